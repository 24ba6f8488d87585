//! A notification as web frameworks on hyper give it: `bytes::Bytes` and `http::HeaderMap`.

use bytes::Bytes;
use http::HeaderMap;

use crate::notify::Incoming;
use crate::wire::signed::Headers;

impl<'a> From<&'a Bytes> for Incoming<'a> {
    fn from(body: &'a Bytes) -> Self {
        body.as_ref().into()
    }
}

/// As [`Headers::read`]. A value that is not ASCII counts as missing.
impl From<&HeaderMap> for Headers {
    fn from(headers: &HeaderMap) -> Self {
        Self::read(headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))))
    }
}
