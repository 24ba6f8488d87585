//! Why a signature of APIv3 is refused: WeChat Pay's over a reply or a notification, or the merchant's over a request.
//!
//! A public key opens a signature to the digest of the text that was signed. So one RSA operation tells whether a key made it, and
//! each guess at the text costs a SHA-256.

mod authorization;
mod crosswise;
mod documents;
mod evidence;
mod guesses;
pub(crate) mod headers;
mod received;
mod refusal;
mod request;
mod resource;
mod sent_signature;
mod server_checks;
mod texts;
pub(crate) mod times;

pub use self::authorization::Authorization;
pub use self::evidence::{Evidence, Search};
pub(super) use self::texts::other_nonces;
use crate::error::Error;
use crate::explanation::Explanation;
use crate::redact::{Known, without_secrets};
use crate::wire::signed::Headers;

/// Explains a signature: that of a request where its method and URL are given, else that of a reply or a notification by its headers.
///
/// # Errors
/// `InvalidRequest`: neither is given, the URL is not one, or `now` is not in seconds.
pub fn explain(known: &Evidence<'_>) -> Result<Explanation, Error> {
    known.now.map(times::clock).transpose()?;
    // A certificate that was given as the public key is the merchant's certificate.
    let certificate = known.certificate.or_else(|| known.public_key.filter(|key| key.serial().is_some()));
    let known = &Evidence { certificate, ..*known };
    match (known.method, known.url, known.headers) {
        (Some(method), Some(url), _) => Ok(hidden(known, request::explain(known, method, url)?)),
        (None, None, Some(headers)) => Ok(message(known, headers, Search::OF_EXPLAIN)),
        _ => Err(Error::invalid(
            "headers",
            "of a reply or a notification are needed, or method, url and the signature of a request",
        )),
    }
}

/// Explains why a reply or a notification is refused. `search` limits the search for the text that was signed.
pub fn message(known: &Evidence<'_>, headers: &Headers, search: Search) -> Explanation {
    hidden(known, received::explain(known, headers, search))
}

/// The explanation without the keys that are known, and without what stands behind the name of a secret: programs send theirs by mistake.
fn hidden(known: &Evidence<'_>, found: Explanation) -> Explanation {
    let secrets = Known::new([known.api_v3_key, known.api_key].into_iter().flatten());
    let hide = |text: String| without_secrets(&secrets.without(&text)).into_owned();
    Explanation { string_to_sign: hide(found.string_to_sign), likely_string: found.likely_string.map(hide), ..found }
}
