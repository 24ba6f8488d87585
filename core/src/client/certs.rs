//! WeChat Pay's keys for this client: the public key of the settings, and platform certificates, which are downloaded once over all
//! processes that share the store, kept there encrypted as they came, and renewed before they are old.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::attempts::{OutgoingRequest, RawReply, V3Signing};
use super::inner::{WxPay, now};
use super::platform_keys::Platform;
use super::v3::v3_sent;
use crate::codes::{self, ErrorCode};
use crate::crypto::keys::{Keys, PUBLIC_KEY_ID};
use crate::error::{Error, Kind, Outcome, Retry};
use crate::flow::keys::Token;
use crate::platform::token::TimedToken;
use crate::retry::RetryClass;
use crate::secret::Secret;
use crate::shown::short;
use crate::table::row::Call as _;
use crate::v3::certificates::{PlatformCertificate, certificates, opened};
use crate::v3::platform_certificates::V3Certificates;
use crate::v3::reply::refusal;
use crate::v3::request::Target;
use crate::v3::verify::verify_reply;

/// How old a list of certificates is renewed, in seconds. WeChat asks for 12 hours at most.
const RENEW_AFTER: i64 = 11 * 3600;
/// How long a list is used while it cannot be renewed, in seconds. Certificates are valid for five years.
pub(super) const LIFE: i64 = 7 * 86_400;
/// An unknown serial number is looked for once in this time.
const LOOK_AFTER: Duration = Duration::from_secs(60);

impl WxPay {
    /// WeChat Pay's keys, before a request: what cannot be verified is not sent.
    ///
    /// # Errors
    /// `Config` for a merchant that needs the public key, or has another APIv3 key. For every other failure of the download `Transport`
    /// with `not_sent`, also when it did not end before `end`; `so` says in its text what that means.
    pub(super) async fn platform(&self, end: Instant, so: &str) -> Result<Arc<Platform>, Error> {
        if self.merchant().v3()?.public_key().is_some() {
            return Ok(self.known_platform());
        }
        let downloaded = tokio::time::timeout_at(end, self.downloaded_platform()).await;
        downloaded.unwrap_or_else(|_| Err(late())).map_err(|error| not_sent(error, so))
    }

    async fn downloaded_platform(&self) -> Result<Arc<Platform>, Error> {
        let text = self.shared_token(Token::PlatformCertificates, None).await?;
        match self.platform_of(&text) {
            Ok(platform) => Ok(platform),
            // The store's list was encrypted with the APIv3 key before it was changed: only a new list shows whether the key is wrong.
            Err(_) => {
                let text = self.shared_token(Token::PlatformCertificates, Some(&text)).await?;
                self.platform_of(&text)
            }
        }
    }

    /// The keys that this process knows now.
    pub(super) fn known_platform(&self) -> Arc<Platform> {
        let known = self.0.certs.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().map_or_else(|| Arc::new(self.platform_with(Vec::new())), |(_, platform)| Arc::clone(platform))
    }

    /// Looks for the key that a reply names, if it is a platform certificate that is not known: in the store, then at WeChat. At most once
    /// a minute. Without a result before `end` the reply is refused.
    pub(super) async fn look_for(&self, serial: Option<&str>, end: Instant) {
        // The download goes on in a task of its own.
        if tokio::time::timeout_at(end, self.find_key(serial)).await.is_err() {
            tracing::warn!(
                "the platform certificate {:?} of a reply or a notification was not found within the time limit",
                serial.map(short)
            );
        }
    }

    async fn find_key(&self, serial: Option<&str>) {
        let Some(serial) = serial.filter(|serial| !serial.starts_with(PUBLIC_KEY_ID)) else { return };
        if self.merchant().v3().is_ok_and(|keys| keys.api_v3_key().is_none()) || self.knows(serial) {
            return;
        }
        let mut looked = self.0.certs.looking.lock().await;
        // Another call may have found it meanwhile.
        if self.knows(serial) || looked.is_some_and(|at| at.elapsed() < LOOK_AFTER) {
            return;
        }
        *looked = Some(Instant::now());
        // The store's list may be older than the certificate: then it is asked for without that list.
        let mut old = None;
        for _ in 0..2 {
            let found = self.shared_token(Token::PlatformCertificates, old.as_ref()).await;
            match found {
                // A list that does not decrypt was made before the APIv3 key was changed.
                Ok(text) if self.platform_of(&text).is_ok() && self.knows(serial) => return,
                Ok(text) => old = Some(text),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(
                        error,
                        "the platform certificate {:?} of a reply or a notification is not known",
                        short(serial)
                    );
                    return;
                }
            }
        }
    }

    /// Asks WeChat for the certificates.
    pub(super) async fn new_certificates(&self) -> Result<TimedToken, Error> {
        let asked = now();
        let sent = certificates_sent(V3Signing::default());
        let text = self.send_v3(sent, |received| self.read_certificates(received)).await?;
        Ok(TimedToken { text: Secret::new(text), renew_at: asked + RENEW_AFTER, expires_at: asked + LIFE })
    }

    /// Reads the certificates in a reply that one of them signed. That they decrypt shows that they are WeChat Pay's.
    fn read_certificates(&self, received: &RawReply) -> Result<String, Error> {
        let name = V3Certificates::ENDPOINT.name;
        let (status, body) = (received.status, &received.body[..]);
        if let Some(error) = refusal(name, RetryClass::Safe, &received.message()) {
            let is_absent =
                matches!(error.kind(), Kind::Business { err_code, .. } if codes::has_no_certificates(err_code));
            return Err(if status == 404 && is_absent { absent() } else { error });
        }
        let read = self.read_list(body).map_err(|error| error.at(name))?;
        let platform = self.platform_with(read);
        verify_reply(&received.signature, body, &platform.keys, now()).map_err(|error| error.at(name))?;
        String::from_utf8(body.to_vec()).map_err(|_| Error::malformed("it is not UTF-8").at(name))
    }

    /// Decrypts a list of certificates.
    pub(super) fn read_list(&self, body: &[u8]) -> Result<Vec<PlatformCertificate>, Error> {
        let merchant = self.merchant();
        let key = merchant.v3()?.api_v3_key().ok_or_else(|| Error::config("api_v3_key", NEEDED))?;
        certificates(body, key.expose(), now()).map_err(|error| {
            if let (Kind::InvalidRequest { rule, .. }, false) = (error.kind(), error.is(ErrorCode::DecryptFailed)) {
                return Error::malformed(&format!("the list of platform certificates {rule}"));
            }
            if !error.is(ErrorCode::DecryptFailed) {
                return error;
            }
            let is_old = merchant.key().is_ok_and(|old| opened(body, old).is_ok());
            let remedy = if is_old {
                "is another one: api_key is what decrypts the platform certificates, so the APIv3 key and the APIv2 key were exchanged"
            } else {
                "does not decrypt the platform certificates: it is not the APIv3 key of this mch_id, or it was changed (APIv3密钥, at \
                 pay.weixin.qq.com > 账户中心 > API安全)"
            };
            Error::config("api_v3_key", remedy)
        })
    }

    /// The keys in a list as the store has it. They are remembered.
    fn platform_of(&self, text: &Secret) -> Result<Arc<Platform>, Error> {
        let mut known = self.0.certs.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((old, platform)) = &*known
            && old == text
        {
            return Ok(Arc::clone(platform));
        }
        let platform = Arc::new(self.platform_with(self.read_list(text.expose().as_bytes())?));
        *known = Some((text.clone(), Arc::clone(&platform)));
        Ok(platform)
    }

    /// The keys of certificates, and the public key of the settings.
    pub(super) fn platform_with(&self, certificates: Vec<PlatformCertificate>) -> Platform {
        // The list has the one to encrypt with last.
        let newest = certificates.last().map(|one| (one.serial_no.clone(), one.key.clone()));
        let public = self.merchant().v3().ok().and_then(|keys| keys.public_key());
        let public = public.map(|(id, key)| (id.to_owned(), key.clone()));
        let certificates = certificates.into_iter().map(|one| (one.serial_no, one.key));
        Platform { keys: Keys::of(public.clone().into_iter().chain(certificates)), encrypts: public.or(newest) }
    }

    /// Whether a key is known that has this serial number or id.
    pub(super) fn knows_any(&self, serial: Option<&str>) -> bool {
        serial.is_some_and(|serial| self.knows(serial))
    }

    fn knows(&self, serial: &str) -> bool {
        self.known_platform().keys.find(serial).is_some()
    }
}

/// The request for the certificates.
pub(super) fn certificates_sent(travels: V3Signing) -> OutgoingRequest {
    let endpoint = V3Certificates::ENDPOINT;
    let target = Target { path: endpoint.path.to_owned(), body: None };
    OutgoingRequest {
        out_trade_no: None,
        ..v3_sent(endpoint.name, RetryClass::Safe, http::Method::GET, target, travels)
    }
}

const NEEDED: &str = "is not set, and the platform certificates are encrypted with it: set it, or platform_public_key and \
                      platform_public_key_id";

/// An error of the download, for the call that needs the keys: nothing of that call was sent.
fn not_sent(error: Error, so: &str) -> Error {
    match error.kind() {
        Kind::Config { .. } => error,
        _ => error.unsent(&format!("the platform certificates could not be downloaded, {so}")),
    }
}

/// The error of a download that did not end before the call had to.
fn late() -> Error {
    Error::transport(ErrorCode::Timeout, Outcome::NotSent, None, "no reply within the time limit")
        .at(V3Certificates::ENDPOINT.name)
}

/// The pause after a download that failed, in seconds, for all processes that share the store.
pub(super) fn pause_after(error: &Error) -> i64 {
    match error.kind() {
        // A merchant without platform certificates gets none in the next minute either.
        Kind::Config { .. } if is_absent(error) => 60,
        // A setting of this process.
        Kind::Config { .. } => 0,
        _ => 10,
    }
}

/// A failure as the store keeps it during the pause.
pub(super) fn written(error: &Error) -> String {
    match error.kind() {
        _ if is_absent(error) => ABSENT.to_owned(),
        Kind::Transport { reason, .. } => reason.clone(),
        _ => error.text(),
    }
}

/// A failure that the store has.
pub(super) fn remembered(text: &str) -> Error {
    if text == ABSENT {
        return absent();
    }
    let reason: String = text.chars().take(400).collect();
    Error::transport(ErrorCode::Network, Outcome::NotSent, None, reason)
        .at(V3Certificates::ENDPOINT.name)
        .advise(Retry::SameRequest)
}

/// In the place of a failure: the merchant has no platform certificates.
const ABSENT: &str = "absent";

/// Whether it is the error of [`absent`].
pub(super) fn is_absent(error: &Error) -> bool {
    matches!(error.kind(), Kind::Config { .. }) && error.field() == Some("platform_public_key")
}

/// The error for a merchant without platform certificates.
pub(super) fn absent() -> Error {
    let remedy = "is not set, and WeChat says that this merchant has no platform certificates (404): it uses the WeChat Pay public key \
                  (微信支付公钥). Set platform_public_key (pub_key.pem) and platform_public_key_id (PUB_KEY_ID_…), from \
                  pay.weixin.qq.com > 账户中心 > API安全";
    Error::config("platform_public_key", remedy).at(V3Certificates::ENDPOINT.name)
}
