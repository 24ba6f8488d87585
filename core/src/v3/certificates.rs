//! The platform certificates in the reply of `GET /v3/certificates`.

use serde::Deserialize;

use super::sealed::{Resource, open};
use crate::crypto::aes::Gcm;
use crate::crypto::keys::same_id;
use crate::crypto::rsa::VerifyingKey;
use crate::error::Error;

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

/// Decrypts the reply of `GET /v3/certificates` with the merchant's APIv3 key: the certificates, the oldest first. Verify with all of
/// them, and encrypt with the last one, which took effect last.
///
/// That they decrypt shows that they are WeChat Pay's: the reply is signed by one of them, so [`verify`](super::verify()) it with them
/// afterwards.
///
/// # Errors
/// `InvalidRequest`: the reply is not one, or (`decrypt_failed`) the key is another one; `Config` (`key_length`).
pub fn certificates(reply: &[u8], api_v3_key: &str) -> Result<Vec<PlatformCertificate>, Error> {
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
    let mut found: Vec<_> = items.into_iter().map(|item| certificate(item, &gcm)).collect::<Result<_, _>>()?;
    found.sort_by_key(|certificate| certificate.key.validity());
    Ok(found)
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
