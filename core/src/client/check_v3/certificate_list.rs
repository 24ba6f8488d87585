//! The result of the download of the platform certificates.

use super::signed_reply::SignedReply;
use crate::client::inner::WxPay;
use crate::codes;
use crate::error::{Error, Kind};
use crate::v3::certificates::{PlatformCertificate, opened};

/// The result of the download of the platform certificates.
pub(super) enum CertificateList {
    /// The settings have no APIv3 key, which decrypts the list.
    NotAsked,
    /// The list decrypts.
    Read(Vec<PlatformCertificate>),
    /// The merchant has no platform certificates: it uses the WeChat Pay public key.
    Absent,
    /// WeChat did not send the list, or it cannot be read.
    Refused(Error),
    /// The APIv3 key does not decrypt the list. Whether the API key does.
    WrongKey { is_exchanged: bool },
}

impl WxPay {
    /// Reads the reply with the platform certificates.
    pub(super) fn certificate_list(&self, reply: Option<Result<SignedReply, Error>>) -> CertificateList {
        let reply = match reply {
            None => return CertificateList::NotAsked,
            Some(Err(error)) => return CertificateList::Refused(error),
            Some(Ok(reply)) => reply,
        };
        match reply.refused {
            Some(error) if error.status() == Some(404) && codes::has_no_certificates(code_of(&error)) => {
                CertificateList::Absent
            }
            Some(error) => CertificateList::Refused(error),
            None => match self.read_list(&reply.body) {
                Ok(found) => CertificateList::Read(found),
                Err(error) if matches!(error.kind(), Kind::Config { .. }) => {
                    let is_exchanged = self.merchant().key().is_ok_and(|key| opened(&reply.body, key).is_ok());
                    CertificateList::WrongKey { is_exchanged }
                }
                Err(error) => CertificateList::Refused(error),
            },
        }
    }
}

/// The code of a refusal.
fn code_of(error: &Error) -> &str {
    match error.kind() {
        Kind::Business { err_code, .. } => err_code,
        _ => "",
    }
}
