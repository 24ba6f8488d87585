//! Notifications of APIv3 (protocol v3 §9): verified over the bytes as received, then decrypted.

use serde_json::{Map, Value as Json};

use super::sealed::{Resource, decrypt};
use super::verify::{lacking, verify_searching};
use crate::codes::ErrorCode;
use crate::crypto::keys::Keys;
use crate::doctor::Mistake;
use crate::error::{Error, Kind};
use crate::explanation::{Explanation, Origin};
use crate::fields::Fields;
use crate::table::macros::record;
use crate::table::row::Document;
use crate::wire::json;
use crate::wire::signed::Headers;

record! {
    /// A notification of APIv3 of any kind: its signature is verified, and its resource decrypted. It is not confirmed, and whether it was
    /// handled before is not looked at: `notify.handle` does both for payments, refunds and transfers.
    V3Notification
    fields {
        /// WeChat's number of the notification, the same whenever it is sent again.
        id: Id(36) required,
        /// When it was made.
        create_time: Instant,
        /// What it is about, such as `TRANSACTION.SUCCESS` or `REFUND.SUCCESS`.
        event_type: Text(64) required,
        /// `encrypt-resource`.
        resource_type: Text(32),
        /// The event in WeChat's words.
        summary: Text(64),
        /// What the resource is, such as `transaction`, `refund` or `profitsharing`.
        original_type: Text(32),
        /// The decrypted resource, a JSON object: for a payment with the members of `v3.query`'s reply.
        resource: Json(1048576) required,
    }
}

impl V3Notification {
    /// The members of the resource: texts as they are, other values as JSON.
    pub(crate) fn members(&self) -> Fields {
        self.get("resource").and_then(|text| json::parse(text.as_bytes())).unwrap_or_default()
    }
}

/// Verifies and decrypts a notification. `keys` are WeChat Pay's, and `now` is the clock in seconds since 1970.
///
/// # Errors
/// `Signature` when it is not authentic or does not decrypt; `Mismatch` when it is not whole; `Config` for a key of another length.
pub fn notification(
    headers: &Headers,
    body: &[u8],
    keys: &Keys,
    api_v3_key: &str,
    now: i64,
) -> Result<V3Notification, Error> {
    read(headers, body, (keys, api_v3_key), now, || true)
}

/// As [`notification`]. `search` decides whether the cause of a wrong signature is searched for.
///
/// # Errors
/// As [`notification`].
pub(crate) fn read(
    headers: &Headers,
    body: &[u8],
    (keys, api_v3_key): (&Keys, &str),
    now: i64,
    search: impl FnOnce() -> bool,
) -> Result<V3Notification, Error> {
    whole(headers)?;
    verify_searching(headers, body, keys, now, search)?;
    let malformed = Error::malformed_message;
    let object = json::object(body).ok_or_else(|| malformed("body", "is not a JSON object"))?;
    let Some(Json::Object(resource)) = object.get("resource") else {
        return Err(malformed("resource", "is missing, or is not an object"));
    };
    let plain = decrypt(&sealed(resource), api_v3_key).map_err(undecryptable)?;
    if json::object(plain.as_bytes()).is_none() {
        return Err(malformed("resource", "decrypts, and is not a JSON object"));
    }
    let outer = json::fields_of(&object).ok_or_else(|| malformed("body", "has too many members"))?;
    let own = outer.iter().filter(|(name, _)| *name != "resource" && *name != "original_type");
    let original_type = text(resource, "original_type");
    let fields: Fields = own.chain([("original_type", original_type), ("resource", &plain)]).collect();
    let notification = V3Notification(fields);
    V3Notification::RECORD.check(&notification.0).map_err(|(field, why)| Error::malformed_message(field, why))?;
    Ok(notification)
}

/// Refuses a notification without one of the four headers: WeChat sends all of them, so they were lost on the way or not handed on.
fn whole(headers: &Headers) -> Result<(), Error> {
    let missing = headers.missing().join(", ");
    if missing.is_empty() {
        return Ok(());
    }
    let said = format!(
        "the notification lacks {missing}: hand on the headers of the request, and see that no proxy drops them"
    );
    Err(lacking(missing, said))
}

/// The members of what a notification's resource holds, its signature not verified: to see whose it is. `None` when it is not encrypted with
/// this key.
#[cfg(feature = "client")]
pub(crate) fn members_of(body: &[u8], api_v3_key: &str) -> Option<Fields> {
    let object = json::object(body)?;
    let plain = decrypt(&sealed(object.get("resource")?.as_object()?), api_v3_key).ok()?;
    json::parse(plain.as_bytes())
}

fn sealed(resource: &Map<String, Json>) -> Resource<'_> {
    Resource {
        algorithm: text(resource, "algorithm"),
        ciphertext: text(resource, "ciphertext"),
        nonce: text(resource, "nonce"),
        associated_data: text(resource, "associated_data"),
    }
}

fn text<'a>(members: &'a Map<String, Json>, name: &str) -> &'a str {
    members.get(name).and_then(Json::as_str).unwrap_or_default()
}

/// The signature is right, so the key is another one.
fn undecryptable(error: Error) -> Error {
    let Kind::InvalidRequest { field, rule } = error.kind() else { return error };
    let (why, mistake) = if error.is(ErrorCode::DecryptFailed) && field == "ciphertext" {
        ("does not decrypt with this client's api_v3_key".to_owned(), Mistake::APIV3_KEY_WRONG)
    } else {
        (format!("cannot be decrypted: {field} {rule}"), Mistake::V3_UNKNOWN)
    };
    let summary = format!("the signature of the notification is right, and its resource {why}");
    let found = Explanation { origin: Origin::WeChat, summary: Some(summary), ..Explanation::new(mistake) };
    Error::signature(ErrorCode::DecryptFailed, found)
}
