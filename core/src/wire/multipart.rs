//! Writes multipart/form-data (RFC 7578). A request's body is one piece of memory here, the same for every attempt, and a part of it is
//! signed: the writers of HTTP clients make streams, under a boundary of their own.

use std::fmt;

/// One part.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    /// The name of the field.
    pub name: &'a str,
    /// The name of the file, for a part that is one.
    pub filename: Option<&'a str>,
    /// Its `Content-Type`.
    pub content_type: &'a str,
    /// Its bytes.
    pub content: &'a [u8],
}

/// Names alone: its bytes may be the photo of an identity card.
impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("name", &self.name)
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}

/// The header `Content-Type` of a form with this boundary.
pub fn content_type(boundary: &str) -> String {
    format!("multipart/form-data; boundary={boundary}")
}

/// The body of a form. `boundary` must not be in any part: 32 random letters and digits are not.
pub fn write(boundary: &str, parts: &[Part<'_>]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.content.len() + 256).sum();
    let mut out = Vec::with_capacity(length);
    for part in parts {
        let filename = part.filename.map(|name| format!("; filename=\"{}\"", quoted(name))).unwrap_or_default();
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"{filename}\r\nContent-Type: {}\r\n\r\n",
            quoted(part.name),
            part.content_type
        );
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(part.content);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    out
}

/// A name between quotes, as browsers write it.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_its_parts_byte_by_byte() {
        let parts = [
            Part { name: "meta", filename: None, content_type: "application/json", content: b"{}" },
            Part { name: "file", filename: Some("a\"b\r\n.png"), content_type: "image/png", content: b"\x89\r\n--\0" },
        ];
        let expected = b"--B\r\nContent-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json\r\n\r\n{}\r\n\
            --B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22b%0D%0A.png\"\r\nContent-Type: image/png\r\n\r\n\
            \x89\r\n--\0\r\n--B--\r\n";
        assert_eq!(write("B", &parts), expected);
        assert_eq!(content_type("B"), "multipart/form-data; boundary=B");
    }
}
