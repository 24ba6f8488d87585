//! An HTTP message as a person saved it: `curl -v`, a proxy's log, the developer tools of a browser.

use httparse::{EMPTY_HEADER, Request, Response, Status};

/// A request, a reply or a notification of APIv3.
pub(crate) struct Message {
    /// The method and the path or URL, unless it is a reply.
    pub(crate) target: Option<(String, String)>,
    /// All headers, in order.
    pub(crate) headers: Vec<(String, String)>,
    /// What follows the empty line, byte for byte.
    pub(crate) body: Vec<u8>,
}

/// The most headers that a message may have.
const HEADERS: usize = 128;

/// Reads a message from its start line on. `None` for a text that is not one.
pub(crate) fn message(bytes: &[u8]) -> Option<Message> {
    let mut headers = [EMPTY_HEADER; HEADERS];
    let (target, head, end) = if bytes.starts_with(b"HTTP/") {
        let mut reply = Response::new(&mut headers);
        let Status::Complete(end) = reply.parse(bytes).ok()? else { return None };
        (None, reply.headers, end)
    } else {
        let mut request = Request::new(&mut headers);
        let Status::Complete(end) = request.parse(bytes).ok()? else { return None };
        (Some((request.method?.to_owned(), request.path?.to_owned())), request.headers, end)
    };
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers = head.iter().map(|header| (header.name.to_owned(), text(header.value))).collect();
    Some(Message { target, headers, body: bytes.get(end..)?.to_vec() })
}
