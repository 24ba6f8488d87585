//! A request of APIv3 as it arrives.

use serde_json::Value;
use wxpaykit::wire::signed::Headers;

/// A request as it arrived.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    /// The scheme and the host that the client used, such as `http://localhost:8700`.
    pub(crate) base_url: &'a str,
    /// Path and query as they were sent.
    pub(crate) target: &'a str,
    pub(crate) headers: &'a Headers,
    /// `Content-Type`.
    pub(crate) content_type: &'a str,
    pub(crate) body: &'a [u8],
    /// All that was sent: of an upload, the whole form.
    pub(crate) sent: &'a [u8],
    /// The body as JSON.
    pub(crate) document: Result<Value, serde_json::Error>,
    /// The file of an upload, whose body is the text of its part `meta`; or why there is none.
    pub(crate) file: Result<Option<File>, String>,
}

/// A file that was uploaded.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// Of its part, which is not signed.
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}
