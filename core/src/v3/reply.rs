//! Replies of APIv3: verified over the bytes as received, then read; refusals as errors.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value as Json};

use super::refused;
use super::request::at_members;
use super::sealed::decrypt_sensitive;
use super::verify::verify_reply;
use crate::codes::{Api, ErrorCode, Meaning, QUERY_BEFORE, QUERY_FIRST};
use crate::crypto::keys::Keys;
use crate::crypto::rsa::SigningKey;
use crate::error::Error;
use crate::fields::Fields;
use crate::retry::{self, Failure, RetryClass, after_unknown};
use crate::table::row::{Endpoint, Field, FieldKind, Record};
use crate::wire::json;
use crate::wire::signed::Headers;

/// A reply as it was received.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The headers of the signature.
    pub headers: &'a Headers,
    /// The header `Request-ID`.
    pub request_id: Option<&'a str>,
    /// The body, byte by byte.
    pub body: &'a [u8],
}

/// Without the body, which may hold a token or a customer's name.
impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, request_id) = (&self.status, &self.request_id);
        f.debug_struct("Message").field("status", status).field("request_id", request_id).finish_non_exhaustive()
    }
}

/// What verifies and decrypts replies.
#[derive(Clone, Copy, Debug)]
pub struct Opener<'a> {
    /// WeChat Pay's keys.
    pub keys: &'a Keys,
    /// The merchant's private key.
    pub private_key: &'a SigningKey,
    /// The clock, in seconds since 1970.
    pub now: i64,
}

/// Reads the reply of a call: its fields, those that are encrypted decrypted; none for status 204.
///
/// # Errors
/// `Signature` when it is not authentic, `Protocol`, `Business`, or `Transport`. A reply that is no success may be unsigned (§3.4 of the
/// protocol): what fails before WeChat knows the merchant, and what its edge answers.
pub fn read(
    endpoint: &'static Endpoint,
    class: RetryClass,
    message: &Message<'_>,
    opener: &Opener<'_>,
) -> Result<Fields, Error> {
    let (record, waits) = (Some(endpoint.reply), endpoint.waits);
    let rules = Rules { name: endpoint.name, class, request: endpoint.request, record, waits, sensitive: &[] };
    rules.read(message, opener)
}

/// The same for a call that is no row, and whose reply is a document.
///
/// # Errors
/// As [`read`].
pub fn read_document(
    name: &'static str,
    class: RetryClass,
    record: &'static Record,
    message: &Message<'_>,
    opener: &Opener<'_>,
) -> Result<Fields, Error> {
    Rules { name, class, request: &[], record: Some(record), waits: None, sensitive: &[] }.read(message, opener)
}

/// The same for a call that the table does not have. `sensitive` names members that are encrypted.
///
/// # Errors
/// As [`read`].
pub fn read_raw(
    class: RetryClass,
    sensitive: &[String],
    message: &Message<'_>,
    opener: &Opener<'_>,
) -> Result<Fields, Error> {
    Rules { name: RAW, class, request: &[], record: None, waits: None, sensitive }.read(message, opener)
}

/// The name of a call that the table does not have, in errors and events.
pub const RAW: &str = "v3.call";

/// The error of a reply that is no success, and whose signature was not checked; `None` for a success.
pub fn refusal(name: &'static str, class: RetryClass, message: &Message<'_>) -> Option<Error> {
    Rules { name, class, request: &[], record: None, waits: None, sensitive: &[] }.refusal(message, false)
}

/// Whether a reply repeats what was sent in the fields that say so.
///
/// # Errors
/// `Mismatch`: the reply belongs to another request.
pub fn answers(endpoint: &'static Endpoint, class: RetryClass, sent: &Fields, reply: &Fields) -> Result<(), Error> {
    same(endpoint.reply, sent, reply, "").map_err(|error| error.at(endpoint.name).advise(after_unknown(class)))
}

/// `object` is the object that the fields are members of, with a dot.
fn same(record: &Record, sent: &Fields, reply: &Fields, object: &str) -> Result<(), Error> {
    for field in record.fields.iter().filter(|field| field.echoed) {
        let (Some(sent), Some(answered)) = (sent.filled(field.name), reply.filled(field.name)) else { continue };
        if let FieldKind::Record(inner) = field.kind {
            if let (Some(sent), Some(answered)) = (json::parse(sent.as_bytes()), json::parse(answered.as_bytes())) {
                same(inner, &sent, &answered, &format!("{object}{}.", field.name))?;
            }
        } else if sent != answered {
            let by = ("the request", "WeChat's reply");
            let path = format!("{object}{}", field.name);
            let (sent, answered) = (field.redaction.apply(sent), field.redaction.apply(answered));
            return Err(Error::mismatch(ErrorCode::mismatch(&path), path, sent, answered, by));
        }
    }
    Ok(())
}

/// A file with more bytes is not an error of WeChat's.
pub(crate) const LONGEST_ERROR: usize = 64 * 1024;

/// Checks that a success is not an error of WeChat's that came in place of a file.
///
/// # Errors
/// `Business`, with the code as it came; `Signature` when the error is signed, and the signature is wrong.
pub fn check_is_file(
    name: &'static str,
    class: RetryClass,
    message: &Message<'_>,
    opener: &Opener<'_>,
) -> Result<(), Error> {
    let body = message.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message.body);
    let object = if body.len() <= LONGEST_ERROR { json::object(body) } else { None };
    let Some(object) = object.filter(|object| object.contains_key("message")) else { return Ok(()) };
    let members = json::parse(body).unwrap_or_default();
    let Some(code) = members.filled("code").map(str::to_owned) else { return Ok(()) };
    let words = members.get("message").unwrap_or_default().to_owned();
    let rules = Rules { name, class, request: &[], record: None, waits: None, sensitive: &[] };
    let is_verified = rules.verify_signed(message, message.headers.is_signed(), opener)?;
    Err(rules.refused(Error::v3_business(message.status, code, words, members), message, Some(&object), is_verified))
}

struct Rules<'a> {
    name: &'static str,
    class: RetryClass,
    /// The fields that the caller may have sent.
    request: &'static [Field],
    record: Option<&'static Record>,
    /// [`Endpoint::waits`].
    waits: Option<(&'static str, &'static str)>,
    sensitive: &'a [String],
}

impl Rules<'_> {
    fn read(&self, message: &Message<'_>, opener: &Opener<'_>) -> Result<Fields, Error> {
        let Message { status, headers, request_id, body } = *message;
        let is_success = (200..300).contains(&status);
        let is_verified = self.verify_signed(message, is_success || headers.is_signed(), opener)?;
        let waiting = self.waiting(message);
        if let (None, Some(error)) = (waiting, self.refusal(message, is_verified)) {
            return Err(error);
        }
        let is_empty = self.record.is_none_or(|record| record.fields.is_empty());
        if is_empty && (status == 204 || body.is_empty()) {
            return Ok(Fields::default());
        }
        let malformed = |why: &str| self.unknown(Error::malformed(why).answered(status, request_id, true));
        let (mut object, text) = json::read(body).ok_or_else(|| malformed("it is not a JSON object"))?;
        if let Some((code, field)) = waiting {
            object.insert(field.to_owned(), code.into());
        }
        self.open(&mut object, opener.private_key)?;
        let fields = json::fields_as_written(&object, &text).ok_or_else(|| malformed("it has too many members"))?;
        if let Some(record) = self.record {
            record.check(&fields).map_err(|(field, why)| malformed(&format!("{field} {why}")))?;
        }
        Ok(fields.hiding(self.sensitive.iter().cloned()))
    }

    /// Verifies a reply that is to be signed; whether it is to be.
    fn verify_signed(&self, message: &Message<'_>, is_signed: bool, opener: &Opener<'_>) -> Result<bool, Error> {
        let Message { status, headers, request_id, body } = *message;
        if is_signed {
            let verified = verify_reply(headers, body, opener.keys, opener.now);
            verified.map_err(|error| self.unknown(error.answered(status, request_id, false)))?;
        }
        Ok(is_signed)
    }

    /// [`Endpoint::waits`], when the reply has this code.
    fn waiting(&self, message: &Message<'_>) -> Option<(&'static str, &'static str)> {
        let (code, field) = self.waits.filter(|_| message.status == 202)?;
        let object = json::object(message.body)?;
        (object.get("code").and_then(Json::as_str) == Some(code)).then_some((code, field))
    }

    /// An error after which the result of the call is unknown.
    fn unknown(&self, error: Error) -> Error {
        error.at(self.name).advise(after_unknown(self.class))
    }

    /// Whether a reply with status 202 says nothing but that it was accepted: it has a code, or no member that the caller could read.
    fn is_accepted_alone(&self, code: &str, object: Option<&Map<String, Json>>) -> bool {
        let is_answer = match self.record {
            Some(record) => !record.fields.is_empty(),
            None => object.is_some_and(|object| !object.is_empty()),
        };
        !code.is_empty() || !is_answer
    }

    fn refusal(&self, message: &Message<'_>, is_verified: bool) -> Option<Error> {
        let Message { status, request_id, body, .. } = *message;
        let object = json::object(body);
        let text = |name: &str| {
            let found = object.as_ref().and_then(|object| object.get(name)).and_then(Json::as_str);
            found.unwrap_or_default().to_owned()
        };
        let (code, words) = (text("code"), text("message"));
        let is_accepted = status == 202 && self.is_accepted_alone(&code, object.as_ref());
        if (200..300).contains(&status) && !is_accepted {
            return None;
        }
        let reply = json::parse(body).unwrap_or_default();
        let reply = reply.hiding(self.sensitive.iter().cloned());
        let error = match status {
            401 => Error::v3_protocol(status, &code, said(&code, &words, status), reply),
            202 if code.is_empty() && words.is_empty() => {
                Error::v3_business(status, code, "there is no result yet".to_owned(), reply)
            }
            _ if is_accepted || !code.is_empty() => Error::v3_business(status, code, words, reply),
            400..=499 if body.is_empty() || object.is_some() => {
                Error::v3_protocol(status, "", said("", &words, status), reply)
            }
            _ => return Some(self.unknown(Error::gateway(status, body).answered(status, request_id, is_verified))),
        };
        Some(self.refused(error, message, object.as_ref(), is_verified))
    }

    /// The error of a refusal, with what is known of its signature and what is safe now.
    fn refused(
        &self,
        error: Error,
        message: &Message<'_>,
        object: Option<&Map<String, Json>>,
        is_verified: bool,
    ) -> Error {
        let error = error.of_call(Api::V3, self.name).answered(message.status, message.request_id, is_verified);
        // Status 401 is about the signature, and the doctor says why.
        let refused = object.filter(|_| message.status != 401).map(|reply| refused::parts(self.request, reply));
        let error = error.pointing_at(refused.unwrap_or_default());
        let error = match message.headers.is_signed() {
            _ if is_verified => error,
            true => error.noted("the signature of the reply was not checked"),
            false => error.noted("the reply is not signed"),
        };
        // A repetition of such a call may act twice, whatever the code says of calls that may be repeated.
        let error = match (self.class, error.meaning()) {
            (RetryClass::QueryFirst, Some(Meaning::Trouble)) => {
                error.meaning_as(Some(if self.name == RAW { &QUERY_FIRST } else { &QUERY_BEFORE }))
            }
            _ => error,
        };
        let retry = retry::advice(self.class, Failure::of(&error)).retry;
        error.at(self.name).advise(retry)
    }

    /// Decrypts what was encrypted for the merchant. A text that is not encrypted stays: older documents have it plain.
    fn open(&self, object: &mut Map<String, Json>, key: &SigningKey) -> Result<(), Error> {
        let mut plain = |text: &str| match decrypt_sensitive(text, key) {
            Ok(plain) => Ok(plain.to_string()),
            Err(_) if is_sealed(text, key) => {
                Err(self.unknown(Error::malformed("a member is encrypted, and client_key does not decrypt it")))
            }
            Err(_) => Ok(text.to_owned()),
        };
        for name in self.sensitive {
            at_members(object, &name.split('.').collect::<Vec<_>>(), &mut |text| {
                if let Some(text) = text {
                    *text = plain(text)?;
                }
                Ok(())
            })?;
        }
        match self.record.filter(|record| record.is_sensitive()) {
            Some(record) => open_members(record, object, &mut plain),
            None => Ok(()),
        }
    }
}

/// Whether a text may be encrypted for a key: it is Base64, and as long as what the key encrypts.
fn is_sealed(text: &str, key: &SigningKey) -> bool {
    BASE64_STANDARD.decode(text).is_ok_and(|data| data.len() == key.public().size())
}

type Replace<'a> = &'a mut dyn FnMut(&str) -> Result<String, Error>;

fn open_members(record: &Record, members: &mut Map<String, Json>, plain: Replace<'_>) -> Result<(), Error> {
    for (name, member) in members {
        let Some(field) = record.field(name) else { continue };
        match (field.sensitive, field.kind.record(), member) {
            (true, _, Json::String(text)) => *text = plain(text)?,
            (_, Some(inner), Json::Object(members)) => open_members(inner, members, plain)?,
            (_, Some(inner), Json::Array(items)) => {
                for item in items {
                    if let Json::Object(members) = item {
                        open_members(inner, members, plain)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// WeChat's words, or what the status says when there are none.
fn said(code: &str, words: &str, status: u16) -> String {
    match (code, words, status) {
        ("", "", 404) => "there is no such path, or it is not open for this merchant".to_owned(),
        ("", "", 405) => "the path does not take this HTTP method".to_owned(),
        ("", "", _) => format!("status {status} without a reason"),
        ("", words, _) => words.to_owned(),
        (code, "", _) => code.to_owned(),
        (code, words, _) => format!("{code}: {words}"),
    }
}
