//! What APIv3 encrypts with a merchant's APIv3 key: certificates and the resources of notifications (protocol v3 §3.5).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use wxpaykit::crypto::aes::Gcm;

/// A key that no merchant has.
pub(super) const OTHER_KEY: &str = "--------------------------------";

/// `{algorithm, associated_data, ciphertext, nonce}` of a text.
pub(crate) fn seal(key: &str, associated_data: &str, nonce: &str, plain: &str) -> Value {
    json!({
        "algorithm": "AEAD_AES_256_GCM",
        "associated_data": associated_data,
        "ciphertext": ciphertext(key, associated_data, nonce, plain),
        "nonce": nonce,
    })
}

/// In Base64. Keys have 32 bytes and nonces 12, so that it never fails.
pub(super) fn ciphertext(key: &str, associated_data: &str, nonce: &str, plain: &str) -> String {
    let sealed = Gcm::of_api_v3_key("api_v3_key", key).ok();
    let sealed = sealed.and_then(|gcm| gcm.encrypt(nonce.as_bytes(), associated_data.as_bytes(), plain.as_bytes()));
    BASE64_STANDARD.encode(sealed.unwrap_or_default())
}

/// The text of a resource; `None` when the key is another one.
pub(crate) fn open(key: &str, resource: &Value) -> Option<String> {
    let get = |name: &str| resource.get(name).and_then(Value::as_str).unwrap_or_default();
    let gcm = Gcm::of_api_v3_key("api_v3_key", key).ok()?;
    let data = BASE64_STANDARD.decode(get("ciphertext")).ok()?;
    String::from_utf8(gcm.decrypt(get("nonce").as_bytes(), get("associated_data").as_bytes(), &data)?).ok()
}
