//! `decrypt`: the encrypted parts of WeChat's messages. The kinds are those of [`Sealed`].

use clap::{ArgMatches, ValueEnum as _};
use serde_json::Value;
use wxpaykit::binding::display;
use wxpaykit::notify::RefundNotification;
use wxpaykit::table::{Document as _, Record};
use wxpaykit::wire::xml;
use wxpaykit::{Fields, decrypt_req_info, v3};

use crate::args::Sealed;
use crate::input::{Given, given, http, read, values};
use crate::keys;
use crate::session::Session;
use crate::show;
use crate::status::{DONE, Stop};

/// How one kind is found and decrypted.
struct Kind {
    /// The encrypted part of the message or the text that was given; `None` when it is of another kind.
    sealed: fn(&Message) -> Option<String>,
    /// The plain document.
    open: fn(&mut Session<'_>, &ArgMatches, &str) -> Result<String, Stop>,
    /// The form of the plain document.
    plain: Plain,
}

/// The form of a plain document.
enum Plain {
    /// XML.
    Xml(&'static Record),
    /// JSON.
    Json,
}

/// The fields of a message, or a text.
enum Message {
    Fields(Fields),
    Json(Value),
    Text(String),
}

fn kind(sealed: Sealed) -> Kind {
    match sealed {
        Sealed::Refund => Kind {
            sealed: |message| match message {
                Message::Fields(fields) => fields.filled("req_info").map(str::to_owned),
                Message::Json(value) => value.get("req_info").and_then(Value::as_str).map(str::to_owned),
                Message::Text(text) => is_base64(text).then(|| text.clone()),
            },
            open: |session, matches, sealed| {
                let key = keys::api_key(session, matches)?;
                Ok(decrypt_req_info(sealed, &key)?)
            },
            plain: Plain::Xml(RefundNotification::RECORD),
        },
        Sealed::V3 => Kind {
            sealed: |message| {
                let Message::Json(value) = message else { return None };
                // A notification, an entry of /v3/certificates, or the encrypted part alone.
                let parts = [value.get("resource"), value.get("encrypt_certificate"), Some(value)];
                let part = parts.into_iter().flatten().find(|part| part.get("ciphertext").is_some());
                part.map(Value::to_string)
            },
            open: |session, _, sealed| {
                let (key, _) = keys::others(session)?;
                let missing = session.pick(
                    "the APIv3 key is not set: set WXPAY_API_V3_KEY, or WXPAY_API_V3_KEY_FILE",
                    "没有设置 APIv3 密钥：请设置 WXPAY_API_V3_KEY 或 WXPAY_API_V3_KEY_FILE",
                );
                let key = key.ok_or_else(|| Stop::Wrong(missing.to_owned()))?;
                let value: Value = serde_json::from_str(sealed).unwrap_or_default();
                let text = |name| value.get(name).and_then(Value::as_str).unwrap_or_default();
                let resource = v3::Resource {
                    algorithm: text("algorithm"),
                    ciphertext: text("ciphertext"),
                    nonce: text("nonce"),
                    associated_data: text("associated_data"),
                };
                Ok(v3::decrypt(&resource, &key)?)
            },
            plain: Plain::Json,
        },
    }
}

pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    let message = message(session, matches)?;
    let named = matches.get_one::<Sealed>("kind");
    let mut kinds = Sealed::value_variants().iter().filter(|kind| named.is_none_or(|named| named == *kind));
    let found = kinds.find_map(|sealed| {
        let kind = kind(*sealed);
        let sealed = (kind.sealed)(&message)?;
        Some((kind, sealed))
    });
    let Some((kind, sealed)) = found else {
        let text = session.pick(
            "there is nothing encrypted in this message: a refund notification has req_info, a notification of APIv3 has resource",
            "这个报文里没有加密的内容：退款通知有 req_info，APIv3 的通知有 resource",
        );
        return Err(Stop::Wrong(text.to_owned()));
    };
    let plain = (kind.open)(session, matches, &sealed)?;
    if matches.get_flag("xml") {
        session.print(&display::clean_lines(plain.trim_end()));
        return Ok(DONE);
    }
    match (kind.plain, serde_json::from_str::<Value>(&plain)) {
        (Plain::Xml(record), _) => {
            let fields = xml::parse(plain.as_bytes()).map_err(wxpaykit::Error::from)?;
            show::document(session, Some(record), &fields);
        }
        (Plain::Json, Ok(value)) => session.print_json(&value),
        // A certificate.
        (Plain::Json, Err(_)) => session.print(&display::clean_lines(plain.trim_end())),
    }
    Ok(DONE)
}

fn message(session: &mut Session<'_>, matches: &ArgMatches) -> Result<Message, Stop> {
    match given(session, &values(matches, "fields"))? {
        Given::Fields(fields) => Ok(Message::Fields(fields)),
        Given::Bytes(bytes) => {
            let bytes = http(session, &bytes)?.map_or(bytes, |message| message.reply.unwrap_or(message.body));
            if let Ok(value @ Value::Object(_)) = serde_json::from_slice(&bytes) {
                return Ok(Message::Json(value));
            }
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let is_document = text.trim_start_matches('\u{feff}').trim_start().starts_with(['<', '{']);
            if is_document { read(session, &bytes).map(Message::Fields) } else { Ok(Message::Text(text)) }
        }
    }
}

/// Whether a text may be Base64, as an address or a form may have changed it.
fn is_base64(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b.is_ascii_whitespace() || b"+/=-_%".contains(&b))
}
