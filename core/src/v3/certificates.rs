//! The platform certificates in the reply of `GET /v3/certificates`.

use serde::Deserialize;

use super::sealed::{Resource, open};
use crate::crypto::aes::Gcm;
use crate::crypto::keys::same_id;
use crate::crypto::rsa::VerifyingKey;
use crate::error::Error;
use crate::time::BeijingTime;

/// One of WeChat Pay's platform certificates (平台证书).
#[derive(Clone, Debug)]
pub struct PlatformCertificate {
    /// Upper-case hexadecimal digits.
    pub serial_no: String,
    /// As WeChat Pay gives it: RFC 3339.
    pub effective_time: String,
    /// As WeChat Pay gives it; it may be earlier than the certificate's own end.
    pub expire_time: String,
    /// The certificate.
    pub pem: String,
    /// Its public key.
    pub key: VerifyingKey,
}

#[derive(Deserialize)]
struct Reply {
    data: Option<Vec<Item>>,
    code: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    serial_no: String,
    #[serde(default)]
    effective_time: String,
    #[serde(default)]
    expire_time: String,
    encrypt_certificate: EncryptedCertificate,
}

#[derive(Deserialize)]
struct EncryptedCertificate {
    #[serde(default)]
    algorithm: String,
    #[serde(default)]
    nonce: String,
    associated_data: Option<String>,
    #[serde(default)]
    ciphertext: String,
}

impl PlatformCertificate {
    /// From when and until when it is valid, in seconds since 1970. WeChat moves `expire_time` forward before it changes certificates.
    fn validity(&self) -> (i64, i64) {
        let (begins, ends) = self.key.validity().unwrap_or((i64::MIN, i64::MAX));
        (begins, seconds(&self.expire_time).map_or(ends, |announced| announced.min(ends)))
    }

    /// When it takes effect. WeChat lists a certificate before that.
    fn takes_effect(&self) -> i64 {
        let (begins, _) = self.validity();
        seconds(&self.effective_time).map_or(begins, |announced| announced.max(begins))
    }

    /// In the order in which they are chosen to encrypt: those that are not valid, those that are and that WeChat does not use yet, those
    /// in force; of several the one that took effect last.
    fn rank(&self, now: i64) -> (bool, bool, i64) {
        let (begins, ends) = self.validity();
        let is_valid = (begins..=ends).contains(&now);
        (is_valid, is_valid && self.takes_effect() <= now, self.takes_effect())
    }
}

fn seconds(time: &str) -> Option<i64> {
    BeijingTime::parse_rfc3339(time).map(BeijingTime::unix)
}

/// Decrypts the reply of `GET /v3/certificates` with the merchant's APIv3 key: the certificates, the one to encrypt with last. That is the
/// one in force at `now` (seconds since 1970) that took effect last; one that has expired or is not yet in force stands before it. Verify
/// with all of them.
///
/// That they decrypt shows that they are WeChat Pay's: the reply is signed by one of them, so [`verify`](super::verify()) it with them
/// afterwards.
///
/// # Errors
/// `InvalidRequest`: the reply is not one, no certificate in it is valid at `now`, or (`decrypt_failed`) the key is another one; `Config`
/// (`key_length`).
pub fn certificates(reply: &[u8], api_v3_key: &str, now: i64) -> Result<Vec<PlatformCertificate>, Error> {
    let mut found = opened(reply, api_v3_key)?;
    found.sort_by_key(|certificate| certificate.rank(now));
    match found.last() {
        Some(last) if !last.rank(now).0 => Err(Error::invalid("reply", out_of_force(last, now))),
        _ => Ok(found),
    }
}

/// That no certificate of a list is valid, with the dates of the one that comes closest.
fn out_of_force(last: &PlatformCertificate, now: i64) -> String {
    let time = |at| BeijingTime::from_unix(at).map_or_else(|_| at.to_string(), BeijingTime::to_rfc3339);
    let (begins, ends) = last.validity();
    let (serial, now, begins, ends) = (&last.serial_no, time(now), time(begins), time(ends));
    format!(
        "has no certificate that is valid at {now}: {serial} is valid from {begins} until {ends}. See that this machine's clock is right, and \
         change over to the WeChat Pay public key at pay.weixin.qq.com > 账户中心 > API安全"
    )
}

/// The certificates in a reply, in its order.
pub(crate) fn opened(reply: &[u8], api_v3_key: &str) -> Result<Vec<PlatformCertificate>, Error> {
    let gcm = Gcm::of_api_v3_key("api_v3_key", api_v3_key)?;
    let refused = |rule: String| Error::invalid("reply", rule);
    let read: Reply = serde_json::from_slice(reply)
        .map_err(|_| refused("must be the body of the reply of GET /v3/certificates, as it came".to_owned()))?;
    let Some(items) = read.data else {
        return Err(refused(refusal(read.code.as_deref(), read.message.as_deref())));
    };
    if items.is_empty() {
        return Err(refused("has no certificate".to_owned()));
    }
    items.into_iter().map(|item| certificate(item, &gcm)).collect()
}

fn certificate(item: Item, gcm: &Gcm) -> Result<PlatformCertificate, Error> {
    let sealed = &item.encrypt_certificate;
    let resource = Resource {
        algorithm: &sealed.algorithm,
        ciphertext: &sealed.ciphertext,
        nonce: &sealed.nonce,
        associated_data: sealed.associated_data.as_deref().unwrap_or_default(),
    };
    let pem = open(&resource, gcm)?;
    let key = VerifyingKey::read("reply", pem.as_bytes())?;
    let Some(own) = key.serial().map(str::to_owned) else {
        return Err(Error::invalid("reply", "has a public key in the place of a certificate"));
    };
    if !item.serial_no.is_empty() && !same_id(&own, &item.serial_no) {
        let shown: String = item.serial_no.chars().take(60).collect();
        return Err(Error::invalid("reply", format!("has the certificate {own} under the serial number {shown:?}")));
    }
    let Item { effective_time, expire_time, .. } = item;
    Ok(PlatformCertificate { serial_no: own, effective_time, expire_time, pem, key })
}

/// What is wrong with a reply without certificates.
fn refusal(code: Option<&str>, message: Option<&str>) -> String {
    match code {
        Some("RESOURCE_NOT_EXISTS") => {
            "says that this merchant has no platform certificates: it uses the WeChat Pay public key \
                                        (pub_key.pem and its id at pay.weixin.qq.com > 账户中心 > API安全)"
                .to_owned()
        }
        Some(code) => {
            let said: String = format!("{code}: {}", message.unwrap_or_default()).chars().take(200).collect();
            format!("is a refusal: {said}")
        }
        None => "has no member data: give the body of the reply of GET /v3/certificates".to_owned(),
    }
}
