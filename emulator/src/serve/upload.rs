//! Reads the form of an upload (protocol v3 §13.2).

use bytes::Bytes;
use futures_util::stream;
use multer::Multipart;

use crate::v3::File;

/// The most bytes of the part `meta`.
const META: usize = 64 * 1024;

/// The text of the part `meta`, which alone is signed, and the file; or why there is none. Of a body that is not a form, the body itself:
/// its signature is checked first.
pub(super) async fn read(content_type: &str, body: Bytes) -> (Bytes, Result<Option<File>, String>) {
    let mut meta = Bytes::new();
    let file = parts(content_type, body.clone(), &mut meta).await;
    let signed = if meta.is_empty() { body } else { meta };
    (signed, file.map(Some))
}

async fn parts(content_type: &str, body: Bytes, meta: &mut Bytes) -> Result<File, String> {
    let boundary = multer::parse_boundary(content_type).map_err(|error| error.to_string())?;
    let mut form = Multipart::new(stream::iter([Ok::<_, std::io::Error>(body)]), boundary);
    let mut file = None;
    while let Some(part) = form.next_field().await.map_err(|error| error.to_string())? {
        let (name, filename) = (part.name().map(str::to_owned), part.file_name().map(str::to_owned));
        let content = part.bytes().await.map_err(|error| error.to_string())?;
        match name.as_deref() {
            Some("meta") if content.len() > META => return Err("the part meta is too long".to_owned()),
            Some("meta") => *meta = content,
            Some("file") => file = Some(File { name: filename.unwrap_or_default(), content: content.into() }),
            _ => {}
        }
    }
    match file {
        Some(file) if !meta.is_empty() => Ok(file),
        Some(_) => Err("the form has no part meta".to_owned()),
        None => Err("the form has no part file".to_owned()),
    }
}
