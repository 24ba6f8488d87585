//! What is known of a message or a request, and how far it is searched.

use std::fmt;

use crate::crypto::keys::Keys;
use crate::crypto::rsa::VerifyingKey;
use crate::shown::without_query;
use crate::wire::signed::Headers;

/// How far the texts that may have been signed are searched. Each guess hashes the whole message again.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// A longer body is not searched.
    pub(super) longest: usize,
    /// How many bytes all guesses together may hash.
    pub(super) budget: usize,
}

impl Search {
    /// Nothing is searched: too many messages with a wrong signature came a moment ago.
    pub const NONE: Self = Self { longest: 0, budget: 0 };
    /// For a message that came in: anybody may send one. Takes some milliseconds.
    pub const OF_VERIFY: Self = Self { longest: 16 * 1024, budget: 4 * 1024 * 1024 };
    /// For a person who asks for the cause. Takes less than a second.
    pub const OF_EXPLAIN: Self = Self { longest: 256 * 1024, budget: 64 * 1024 * 1024 };
}

/// The known parts of a request or of a message. The more there is, the more can be proved.
#[derive(Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// All headers of a reply or a notification, or of a request with its `Authorization`.
    pub headers: Option<&'a Headers>,
    /// The body as it was sent or received.
    pub body: &'a [u8],
    /// WeChat Pay's keys.
    pub keys: Option<&'a Keys>,
    /// The clock, in seconds since 1970.
    pub now: Option<i64>,
    /// The merchant's APIv3 key.
    pub api_v3_key: Option<&'a str>,
    /// The merchant's APIv2 key, which may have been used instead.
    pub api_key: Option<&'a str>,
    /// A request's method.
    pub method: Option<&'a str>,
    /// A request's URL or path.
    pub url: Option<&'a str>,
    /// A request's timestamp, where `Authorization` is not given.
    pub timestamp: Option<&'a str>,
    /// A request's nonce.
    pub nonce_str: Option<&'a str>,
    /// A request's signature.
    pub signature: Option<&'a str>,
    /// A request's header `Authorization`.
    pub authorization: Option<&'a str>,
    /// The merchant's number.
    pub mch_id: Option<&'a str>,
    /// The serial number that the merchant uses.
    pub serial_no: Option<&'a str>,
    /// The merchant's certificate, or the public key that belongs to the serial number.
    pub certificate: Option<&'a VerifyingKey>,
    /// The public half of the merchant's private key.
    pub public_key: Option<&'a VerifyingKey>,
    /// The body of WeChat Pay's refusal (401), whose `sign_information` says which text it built.
    pub reply: Option<&'a [u8]>,
}

/// Without the keys, the body and the query of the URL.
impl fmt::Debug for Evidence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.map(without_query);
        f.debug_struct("Evidence").field("method", &self.method).field("url", &url).finish_non_exhaustive()
    }
}
