//! A test notification of APIv3: encrypted and signed as WeChat Pay's are, with keys of the caller's (protocol v3 §3, §9.1).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::client::nonce;
use crate::crypto::aes::Gcm;
use crate::crypto::rsa::SigningKey;
use crate::error::Error;
use crate::time::BeijingTime;
use crate::wire::signed;

/// The notification of a payment, as it is posted.
pub struct TestNotification {
    /// Its headers.
    pub headers: Vec<(&'static str, String)>,
    /// Its body, byte for byte as it is signed.
    pub body: String,
}

/// Encrypts and signs the notification of a payment. `payment` is the decrypted document, `serial` the id that the shop has for the public key
/// of `platform_key`, and `now` the time in seconds since 1970.
///
/// # Errors
/// `InvalidRequest` for a serial that is empty or has white space; `Config` for an APIv3 key that is not 32 bytes long, or when the system has no
/// random source.
pub fn payment(
    payment: &str,
    api_v3_key: &str,
    platform_key: &SigningKey,
    serial: &str,
    now: i64,
) -> Result<TestNotification, Error> {
    const TYPE: &str = "transaction";
    if serial.is_empty() {
        return Err(Error::invalid("platform_public_key_id", "must not be empty"));
    }
    if serial.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(Error::invalid("platform_public_key_id", "must not contain white space"));
    }
    let (id, header_nonce) = (nonce()?, nonce()?);
    let twelve = nonce()?.chars().take(12).collect::<String>();
    let sealed = Gcm::of_api_v3_key("api_v3_key", api_v3_key)?
        .encrypt(twelve.as_bytes(), TYPE.as_bytes(), payment.as_bytes())
        .ok_or_else(|| Error::invalid("payment", "is too long to be encrypted"))?;
    let body = json!({
        "id": id,
        "create_time": BeijingTime::from_unix(now)?.to_rfc3339(),
        "resource_type": "encrypt-resource",
        "event_type": "TRANSACTION.SUCCESS",
        "summary": "支付成功",
        "resource": {
            "original_type": TYPE,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": BASE64_STANDARD.encode(&sealed),
            "associated_data": TYPE,
            "nonce": twelve,
        },
    })
    .to_string();
    let timestamp = now.to_string();
    let signature = platform_key.sign(&signed::message(&timestamp, &header_nonce, body.as_bytes()))?;
    let headers = vec![
        ("Content-Type", "application/json".to_owned()),
        ("Wechatpay-Nonce", header_nonce),
        ("Wechatpay-Serial", serial.to_owned()),
        ("Wechatpay-Signature", signature),
        ("Wechatpay-Timestamp", timestamp),
    ];
    Ok(TestNotification { headers, body })
}
