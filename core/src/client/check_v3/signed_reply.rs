//! The reply to a signed request, before its signature is verified, and what a refusal shows.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::client::attempts::{OutgoingRequest, RawReply};
use crate::client::inner::WxPay;
use crate::codes::{Meaning, is_number_unknown, is_provider_without_sub_mch_id};
use crate::doctor::v3::headers::PROBE;
use crate::error::{Error, Kind};
use crate::explanation::Explanation;
use crate::retry::RetryClass;
use crate::v3::reply::refusal;
use crate::wire::signed::Headers;

/// The reply to a signed request, before its signature is verified.
pub(super) struct SignedReply {
    pub(super) headers: Headers,
    pub(super) body: Bytes,
    /// Why WeChat refused the request, if it did.
    pub(super) refused: Option<Error>,
    /// The mistake in the signature of a request that WeChat did not accept.
    pub(super) why: Option<Explanation>,
}

impl WxPay {
    /// Sends a signed request. A refusal of WeChat's is a reply too.
    ///
    /// # Errors
    /// There is no reply that can be WeChat's, or WeChat failed.
    pub(super) async fn send_signed(&self, sent: OutgoingRequest) -> Result<SignedReply, Error> {
        let signed = sent.v3.as_ref().map(|v3| Arc::clone(&v3.signed)).unwrap_or_default();
        let (name, method, path, body) = (sent.name, sent.method.to_string(), sent.path.clone(), sent.body.clone());
        // The attempt has to end with the refusal, which events and logs report. So its reply is kept here.
        let refused = Mutex::new(None);
        let read = |received: RawReply| {
            let Some(error) = refusal(name, RetryClass::Safe, &received.message()) else {
                return Ok(SignedReply { headers: received.signature, body: received.body, refused: None, why: None });
            };
            let why = match received.status {
                401 => {
                    let (authorization, _) = signed.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    self.why_refused(&method, &path, &body, &authorization, &received)
                }
                _ => None,
            };
            let reply = SignedReply { headers: received.signature, body: received.body, refused: None, why };
            *refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(reply);
            Err(error)
        };
        // On the heap: a check holds several of these at once.
        let error = match Box::pin(self.attempts_streamed(&self.0.pay, sent, read)).await {
            Ok(reply) => return Ok(reply),
            Err(error) if is_silence(&error) => return Err(error),
            Err(error) => error,
        };
        match refused.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(reply) => Ok(SignedReply { refused: Some(error), ..reply }),
            None => Err(error),
        }
    }
}

impl SignedReply {
    /// The serial number or the id that the reply names. It comes from outside, and is shown.
    pub(super) fn signer(&self) -> String {
        let named = self.headers.serial.as_deref().unwrap_or_default();
        named.chars().filter(char::is_ascii_graphic).take(64).collect()
    }

    /// Whether the signature of the reply is a probe of WeChat's (签名探测), which a client has to refuse.
    pub(super) fn is_probe(&self) -> bool {
        self.headers.signature.as_deref().is_some_and(|signature| signature.starts_with(PROBE))
    }
}

/// Whether a refusal shows that WeChat accepted the signature of the request: only WeChat knows the codes of an order that does not exist,
/// and reads the query after it verified the signature.
pub(super) fn is_accepted(error: &Error, is_verified: bool) -> bool {
    match error.kind() {
        Kind::Business { err_code, err_code_des, .. } => {
            is_number_unknown(err_code)
                || is_verified && error.meaning() == Some(Meaning::NotFound)
                || names_a_key(error)
                || is_provider_without_sub_mch_id(err_code_des)
        }
        _ => false,
    }
}

/// Whether WeChat refuses the key that `Wechatpay-Serial` names. That is checked after the signature of the request.
pub(super) fn names_a_key(error: &Error) -> bool {
    matches!(error.kind(), Kind::Business { err_code_des, .. } if err_code_des.contains("Wechatpay-Serial"))
}

/// Whether there was no reply of WeChat's, or WeChat failed.
pub(super) fn is_silence(error: &Error) -> bool {
    matches!(error.kind(), Kind::Transport { .. }) || error.meaning() == Some(Meaning::Trouble)
}
