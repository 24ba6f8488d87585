//! Replies: status, body, and the headers that sign them (protocol v3 §1.5, §17.1).

use serde_json::{Value, json};

use crate::app::App;
use crate::faults::{ReplyStyle, Signing};
use crate::wechat::signing::{self, Kind};
use crate::wechat::v3_error::V3Error;
use crate::world::merchant::Merchant;

/// A reply to send.
#[derive(Debug)]
pub(crate) struct V3Answer {
    pub(crate) status: u16,
    /// Empty for 204.
    pub(crate) body: Vec<u8>,
    /// Whether the body is a file, and not JSON.
    pub(crate) is_file: bool,
    pub(crate) request_id: String,
    /// `Wechatpay-…`; empty when the reply is not signed.
    pub(crate) signature: Vec<(&'static str, String)>,
}

/// Who is answered, once it is known.
#[derive(Clone, Copy)]
pub(super) struct Recipient<'a> {
    pub(super) merchant: &'a Merchant,
    /// The key that the request asks for.
    pub(super) serial: Option<&'a str>,
}

impl V3Answer {
    pub(super) fn new(app: &App, status: u16, body: Vec<u8>, number: u32) -> Self {
        let request_id = format!("{}-{number}", app.ids.request_id());
        Self { status, body, is_file: false, request_id, signature: Vec::new() }
    }

    /// The reply to a request that was refused; not signed yet.
    pub(super) fn denied(app: &App, denied: &V3Error) -> Self {
        let mut body = json!({ "code": denied.code });
        if let Some(object) = body.as_object_mut() {
            object.extend(denied.detail.as_deref().map(|detail| ("detail".to_owned(), detail.clone())));
            object.insert("message".to_owned(), denied.message.as_ref().into());
        }
        Self::new(app, denied.status, body.to_string().into_bytes(), denied.number)
    }

    /// Signs it for the merchant, or as a fault wants it.
    pub(super) fn signed(mut self, app: &App, recipient: Recipient<'_>, style: ReplyStyle) -> Self {
        let kind = match style.sign {
            Signing::Right => Kind::Right,
            Signing::Wrong => Kind::Wrong,
            Signing::Missing => return self,
            Signing::Probe => Kind::Probe,
            Signing::Stale => Kind::Stale,
            Signing::Unknown => Kind::UnknownSerial,
        };
        let nonce = app.ids.long_nonce();
        let signer = signing::of_reply(app, recipient.merchant, recipient.serial);
        self.signature = signing::headers(app, recipient.merchant, signer, &nonce, &self.body, kind);
        self
    }
}

/// A document, with the members that a fault adds.
pub(super) fn document(mut value: Value, style: ReplyStyle) -> Vec<u8> {
    if let (true, Some(object)) = (style.extra, value.as_object_mut()) {
        object.insert("emulator_extra".to_owned(), "任意".into());
    }
    value.to_string().into_bytes()
}
