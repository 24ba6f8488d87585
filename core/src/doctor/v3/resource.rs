//! The encrypted resource of a notification, which the APIv3 key opens.

use serde_json::Value;

use super::evidence::Evidence;
use crate::crypto::aes::Gcm;
use crate::doctor::signature_text::base64;
use crate::explanation::{Explanation, IS_API_KEY_TOO, Mistake, Proof};

/// The mistake in the resource of an authentic notification.
pub(super) fn resource_mistake(known: &Evidence<'_>) -> Mistake {
    let (Some(sealed), Some(key)) = (resource(known.body), known.api_v3_key) else { return Mistake::NONE };
    match () {
        () if sealed.opens(key) => Mistake::NONE,
        () if sealed.data.len() < 16 || sealed.nonce.len() != 12 => Mistake::RESOURCE_MALFORMED,
        () => Mistake::APIV3_KEY_WRONG,
    }
}

impl Explanation {
    /// The APIv2 key that opens a resource proves that it was used in place of the APIv3 key.
    pub(super) fn with_resource_proof(mut self, known: &Evidence<'_>) -> Self {
        let (Some(sealed), true) = (resource(known.body), self.mistake == Mistake::APIV3_KEY_WRONG) else {
            return self;
        };
        let opens = |key: &str| sealed.opens(key);
        let given = known.api_v3_key.unwrap_or_default();
        let around = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\u{feff}' | '\u{200b}');
        let spelt = [
            (
                "opens it without what stands around it (white space or quotation marks)",
                given.trim_matches(around).to_owned(),
            ),
            ("opens it in upper case", given.to_uppercase()),
            ("opens it in lower case", given.to_lowercase()),
        ];
        let found = spelt.into_iter().find(|(_, key)| opens(key)).map(|(words, _)| words.to_owned());
        if found.is_some() || known.api_key.is_some_and(opens) {
            self.proof = Proof::Recomputed;
        }
        let length = given.chars().count();
        let is_of_v2 = || (known.api_key == Some(given)).then(|| IS_API_KEY_TOO.to_owned());
        let is_short = || (length != 32).then(|| format!("has the length of {length} characters"));
        Self { field: found.or_else(is_of_v2).or_else(is_short), ..self }
    }
}

/// A resource as it came.
pub(super) struct EncryptedResource {
    /// How many characters `ciphertext` has.
    length: usize,
    data: Vec<u8>,
    pub(super) nonce: String,
    associated_data: String,
}

impl EncryptedResource {
    /// How long `ciphertext` is where its end is missing: it is no whole Base64, or, where a key does not open it, it has as many characters
    /// as a column may have.
    pub(super) fn cut(&self, with_key: bool) -> Option<(Mistake, usize)> {
        const COLUMNS: [usize; 11] = [128, 200, 256, 300, 400, 500, 512, 600, 800, 1000, 1024];
        let is_odd = !self.length.is_multiple_of(4);
        let is_column = with_key && COLUMNS.contains(&self.length);
        let mistake = if is_odd { Mistake::RESOURCE_MALFORMED } else { Mistake::RESOURCE_MALFORMED.likely() };
        (self.length > 0 && (is_odd || is_column)).then_some((mistake, self.length))
    }

    pub(super) fn opens(&self, key: &str) -> bool {
        Gcm::of_api_v3_key("api_v3_key", key)
            .is_ok_and(|gcm| gcm.decrypt(self.nonce.as_bytes(), self.associated_data.as_bytes(), &self.data).is_some())
    }
}

/// Whether a body is the resource of a notification, or what is in it: a payment or a refund.
pub(super) fn is_of_resource(body: &[u8]) -> bool {
    let Ok(Value::Object(members)) = serde_json::from_slice::<Value>(body) else { return false };
    let has = |name: &&str| members.contains_key(*name);
    !has(&"resource") && ["ciphertext", "trade_state", "refund_status"].iter().any(has)
}

/// The resource of a notification; `None` when there is none.
pub(super) fn resource(body: &[u8]) -> Option<EncryptedResource> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let resource = value.get("resource")?;
    let text = |name: &str| resource.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let ciphertext = text("ciphertext");
    let data = base64(&ciphertext).unwrap_or_default();
    Some(EncryptedResource {
        length: ciphertext.len(),
        data,
        nonce: text("nonce"),
        associated_data: text("associated_data"),
    })
}
