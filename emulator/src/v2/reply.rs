//! Replies: signed with the request's algorithm, in either of the two layouts (protocol §2.9).

use wxpaykit::crypto::digest::sha1;
use wxpaykit::{Fields, sign};

use super::rules::{Part, Row, Unsigned};
use crate::app::App;
use crate::config::Layout;
use crate::faults::{ReplyStyle, Signing};
use crate::wechat::document::document;
use crate::wechat::verdict::{Caller, Field, Refusal, Text, Verdict};

/// The reply to a request.
#[derive(Debug)]
pub(super) struct Reply<'a> {
    pub(super) app: &'a App,
    pub(super) row: &'a Row,
    pub(super) caller: &'a Caller<'a>,
    pub(super) fields: &'a Fields,
    pub(super) style: ReplyStyle,
}

impl<'a> Reply<'a> {
    /// The signed document, or the text.
    pub(super) fn write(&self, verdict: Verdict) -> V2Answer {
        match verdict {
            Verdict::Success(business) => self.document(None, &business),
            Verdict::Text(text) => text.into(),
            Verdict::Fail(refused, business) => self.document(Some((refused.code, refused.text)), &business),
        }
    }

    /// The refusal that a fault words.
    pub(super) fn refuse(&self, code: &str, text: &str) -> V2Answer {
        self.document(Some((code, text)), &[])
    }

    fn document(&self, error: Option<(&str, &str)>, business: &[Field]) -> V2Answer {
        let result = if error.is_some() { "FAIL" } else { "SUCCESS" };
        if let Some(unsigned) = &self.row.unsigned {
            return self.unsigned(unsigned, error, business).into();
        }
        let nonce = self.app.ids.nonce();
        let mut pairs: Vec<(&str, &str)> = Vec::with_capacity(24);
        pairs.extend([("return_code", "SUCCESS"), ("return_msg", "OK")]);
        match self.style.layout {
            Layout::Old => {
                pairs.extend(self.row.appid.map(|name| (name, self.sent(name))));
                pairs.push(("mch_id", self.sent("mch_id")));
                echo(&mut pairs, self.fields, business);
                let absent = |name: &&&str| self.fields.filled(name).is_none();
                pairs.extend(self.row.order.empty.iter().filter(absent).map(|name| (*name, "")));
                pairs.extend([("nonce_str", nonce.as_str()), ("sign", ""), ("result_code", result)]);
                pairs.extend(error.into_iter().flat_map(|(code, text)| [("err_code", code), ("err_code_des", text)]));
                extend(&mut pairs, business);
            }
            Layout::New => {
                pairs.push(("result_code", result));
                pairs.extend(error.into_iter().flat_map(|(code, text)| [("err_code_des", text), ("err_code", code)]));
                pairs.push(("mch_id", self.sent("mch_id")));
                pairs.extend(self.row.appid.map(|name| (name, self.sent(name))));
                echo(&mut pairs, self.fields, business);
                let signature = [("nonce_str", nonce.as_str()), ("sign", "")];
                if self.row.order.sign_first {
                    pairs.extend(signature);
                    extend(&mut pairs, business);
                } else {
                    extend(&mut pairs, business);
                    pairs.extend(signature);
                }
            }
        }
        if self.row.order.alphabetical {
            pairs.sort_unstable();
        }
        if self.style.extra {
            pairs.extend([("emulator_extra", "任意"), ("emulator_empty", "")]);
        }
        let key = self.caller.merchant.api_key.expose();
        let mut signature = sign::sign(pairs.iter().copied(), key, self.caller.sign_type);
        match self.style.sign {
            Signing::Right | Signing::Probe | Signing::Stale | Signing::Unknown => {}
            // Of the same length as the right one.
            Signing::Wrong => signature = signature.chars().rev().collect(),
            Signing::Missing => pairs.retain(|(name, _)| *name != "sign"),
        }
        if let Some(place) = pairs.iter_mut().find(|(name, _)| *name == "sign") {
            place.1 = &signature;
        }
        let lines = if self.style.layout == Layout::Old { "\n" } else { "" };
        document(&pairs, lines, self.row.bare).into()
    }

    /// A reply without signature.
    fn unsigned(&self, layout: &Unsigned, error: Option<(&str, &str)>, business: &[Field]) -> String {
        let nonce = self.app.ids.nonce();
        let mut pairs: Vec<(&str, &str)> = vec![("return_code", "SUCCESS"), ("return_msg", layout.message)];
        match error {
            Some((code, text)) => {
                pairs.extend([("result_code", "FAIL"), ("err_code", code), ("err_code_des", text)]);
            }
            None => pairs.extend(layout.head.iter().filter_map(|part| match part {
                Part::Sent(name) => Some((*name, self.fields.filled(name)?)),
                Part::Nonce => Some(("nonce_str", nonce.as_str())),
                Part::Always(name, value) => Some((*name, *value)),
            })),
        }
        extend(&mut pairs, business);
        if self.row.order.alphabetical {
            pairs.sort_unstable();
        }
        document(&pairs, "\n", &[])
    }

    fn sent(&self, name: &str) -> &'a str {
        self.fields.get(name).unwrap_or_default()
    }
}

/// `return_code` FAIL: unsigned, and the same in both layouts.
pub(super) fn failure(Refusal { message, number, code, .. }: &Refusal) -> V2Answer {
    let number = number.as_deref().map(|number| ("error_code", number));
    let coded = code.map(|code| [("result_code", "FAIL"), ("err_code", code), ("err_code_des", message)]);
    let head = [("return_code", "FAIL"), ("return_msg", &**message)];
    let pairs: Vec<_> = head.into_iter().chain(number).chain(coded.into_iter().flatten()).collect();
    document(&pairs, "\n", &[]).into()
}

/// The body that is sent: a document, or the text of a bill.
#[derive(Debug)]
pub(crate) struct V2Answer {
    pub(crate) text: String,
    /// Whether it is sent as a gzip file.
    pub(crate) packed: bool,
    /// The header `Digest`.
    pub(crate) digest: Option<String>,
}

impl From<String> for V2Answer {
    fn from(text: String) -> Self {
        Self { text, packed: false, digest: None }
    }
}

impl From<Text> for V2Answer {
    fn from(text: Text) -> Self {
        let digest = text.digest.then(|| format!("SHA={}", sha1(&text.content)));
        Self { packed: text.packed, digest, text: text.content }
    }
}

fn extend<'a>(pairs: &mut Vec<(&'a str, &'a str)>, business: &'a [Field]) {
    pairs.extend(business.iter().map(|(name, value)| (name.as_ref(), value.as_ref())));
}

/// The fields of the request that every reply repeats, unless the call's own fields have them.
fn echo<'a>(pairs: &mut Vec<(&'a str, &'a str)>, fields: &'a Fields, business: &[Field]) {
    for name in ["device_info", "sub_appid", "sub_mch_id"] {
        let says = business.iter().any(|(said, _)| said == name);
        pairs.extend(fields.filled(name).filter(|_| !says).map(|value| (name, value)));
    }
}
