//! `decrypt`: the encrypted parts of WeChat's messages. The kinds are those of [`EncryptedKind`].

use clap::{ArgMatches, ValueEnum as _};
use serde_json::{Value, json};
use wxpaykit::binding::display;
use wxpaykit::notify::RefundNotification;
use wxpaykit::platform::miniprogram::{UserData, decrypt_user_data};
use wxpaykit::table::{Document as _, Record};
use wxpaykit::wire::xml;
use wxpaykit::{Fields, decrypt_req_info, v3};

use crate::args::EncryptedKind;
use crate::input::{Input, given, http, read, values};
use crate::keys;
use crate::session::Session;
use crate::show;
use crate::status::{DONE, Stop};

/// How one kind is found and decrypted.
struct Kind {
    /// The encrypted part of the message or the text that was given; `None` when it is of another kind.
    sealed: fn(&Message) -> Option<String>,
    /// Decrypts it.
    open: fn(&mut Session<'_>, &ArgMatches, &str) -> Result<Plain, Stop>,
}

/// A plain document.
enum Plain {
    /// XML.
    Xml(String, &'static Record),
    /// JSON, or the PEM of a certificate.
    Text(String),
    /// A document that was read already.
    Document(&'static Record, Fields),
}

/// The fields of a message, or a text.
enum Message {
    Fields(Fields),
    Json(Value),
    Text(String),
}

fn kind(sealed: EncryptedKind) -> Kind {
    match sealed {
        EncryptedKind::Refund => Kind {
            sealed: |message| match message {
                Message::Text(text) => is_base64(text).then(|| text.clone()),
                _ => message.text("req_info"),
            },
            open: |session, matches, sealed| {
                let key = keys::api_key(session, matches)?;
                Ok(Plain::Xml(decrypt_req_info(sealed, &key)?, RefundNotification::RECORD))
            },
        },
        EncryptedKind::V3 => Kind {
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
                Ok(Plain::Text(v3::decrypt(&resource, &key)?))
            },
        },
        EncryptedKind::Miniprogram => Kind {
            sealed: |message| {
                let text = |names: &[&str]| names.iter().find_map(|name| message.text(name));
                let data = text(&["encryptedData", "encrypted_data"])?;
                Some(json!({ "data": data, "iv": text(&["iv"]), "appid": text(&["appid"]) }).to_string())
            },
            open: |session, _, sealed| {
                let value: Value = serde_json::from_str(sealed).unwrap_or_default();
                let text = |name| value.get(name).and_then(Value::as_str).unwrap_or_default();
                let missing = session.pick(
                    "the appid of the mini program is missing: set WXPAY_APPID, or give appid=",
                    "缺少小程序的 appid：请设置 WXPAY_APPID，或给出 appid=",
                );
                let appid = Some(text("appid").to_owned()).filter(|appid| !appid.is_empty());
                let appid = appid.map_or_else(|| keys::setting(session, "appid"), |appid| Ok(Some(appid)))?;
                let appid = appid.ok_or_else(|| Stop::Wrong(missing.to_owned()))?;
                let key = keys::session_key(session)?;
                let data = decrypt_user_data(text("data"), text("iv"), &key, &appid)?;
                Ok(Plain::Document(UserData::RECORD, data.fields().clone()))
            },
        },
    }
}

pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    let message = message(session, matches)?;
    let named = matches.get_one::<EncryptedKind>("kind");
    let mut kinds = EncryptedKind::value_variants().iter().filter(|kind| named.is_none_or(|named| named == *kind));
    let found = kinds.find_map(|sealed| {
        let kind = kind(*sealed);
        let sealed = (kind.sealed)(&message)?;
        Some((kind, sealed))
    });
    let Some((kind, sealed)) = found else {
        let text = session.pick(
            "there is nothing encrypted in this message: a refund notification has req_info, a notification of APIv3 has resource, data \
             of a mini program has encryptedData and iv",
            "这个报文里没有加密的内容：退款通知有 req_info，APIv3 的通知有 resource，小程序的数据有 encryptedData 和 iv",
        );
        return Err(Stop::Wrong(text.to_owned()));
    };
    let is_raw = matches.get_flag("xml");
    match (kind.open)(session, matches, &sealed)? {
        Plain::Xml(plain, record) if !is_raw => {
            let fields = xml::parse(plain.as_bytes()).map_err(wxpaykit::Error::from)?;
            show::document(session, Some(record), &fields);
        }
        Plain::Document(record, fields) if !is_raw => show::document(session, Some(record), &fields),
        Plain::Document(record, fields) => session.print_json(&display::object(Some(record), &fields).into()),
        Plain::Xml(plain, _) | Plain::Text(plain) => match serde_json::from_str::<Value>(&plain) {
            Ok(value) if !is_raw => session.print_json(&value),
            _ => session.print(&display::clean_lines(plain.trim_end())),
        },
    }
    Ok(DONE)
}

impl Message {
    /// A field that is a text.
    fn text(&self, name: &str) -> Option<String> {
        match self {
            Self::Fields(fields) => fields.filled(name).map(str::to_owned),
            Self::Json(value) => value.get(name).and_then(Value::as_str).map(str::to_owned),
            Self::Text(_) => None,
        }
    }
}

fn message(session: &mut Session<'_>, matches: &ArgMatches) -> Result<Message, Stop> {
    match given(session, &values(matches, "fields"))? {
        Input::Fields(fields) => Ok(Message::Fields(fields)),
        Input::Bytes(bytes) => {
            let bytes =
                http(session, &bytes)?.map_or(bytes, |message| message.reply.or(message.body).unwrap_or_default());
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
