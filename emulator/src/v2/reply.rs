//! Replies: signed with the request's algorithm, in either of the two layouts (protocol §2.9).

use wxpaykit::{Fields, sign};

use super::paths::Endpoint;
use crate::app::App;
use crate::config::Layout;
use crate::faults::{Signing, Writing};
use crate::wechat::document::document;
use crate::wechat::verdict::{Caller, Field, Verdict};

/// The reply to a request.
#[derive(Debug)]
pub(crate) struct Reply<'a> {
    app: &'a App,
    endpoint: Endpoint,
    caller: &'a Caller<'a>,
    fields: &'a Fields,
    writing: Writing,
}

impl<'a> Reply<'a> {
    pub(crate) fn new(
        app: &'a App,
        endpoint: Endpoint,
        caller: &'a Caller<'a>,
        fields: &'a Fields,
        writing: Writing,
    ) -> Self {
        Self { app, endpoint, caller, fields, writing }
    }

    /// The signed document.
    pub(crate) fn write(&self, verdict: Verdict) -> String {
        let (result, error, business) = match verdict {
            Verdict::Success(business) => ("SUCCESS", None, business),
            Verdict::Fail(code, text, business) => ("FAIL", Some((code, text)), business),
        };
        let nonce = self.app.ids.nonce();
        let mut pairs: Vec<(&str, &str)> = Vec::with_capacity(24);
        pairs.extend([("return_code", "SUCCESS"), ("return_msg", "OK")]);
        match self.writing.layout {
            Layout::Old => {
                pairs.extend([("appid", self.sent("appid")), ("mch_id", self.sent("mch_id"))]);
                echo(&mut pairs, self.fields, &business);
                // Captured from 2018 to 2021: ordinary merchants get an empty one from closeorder.
                if self.endpoint == Endpoint::CloseOrder && self.fields.filled("sub_mch_id").is_none() {
                    pairs.push(("sub_mch_id", ""));
                }
                pairs.extend([("nonce_str", nonce.as_str()), ("sign", ""), ("result_code", result)]);
                pairs.extend(error.into_iter().flat_map(|(code, text)| [("err_code", code), ("err_code_des", text)]));
                extend(&mut pairs, &business);
            }
            Layout::New => {
                pairs.push(("result_code", result));
                pairs.extend(error.into_iter().flat_map(|(code, text)| [("err_code_des", text), ("err_code", code)]));
                pairs.extend([("mch_id", self.sent("mch_id")), ("appid", self.sent("appid"))]);
                echo(&mut pairs, self.fields, &business);
                let signature = [("nonce_str", nonce.as_str()), ("sign", "")];
                if self.endpoint == Endpoint::UnifiedOrder {
                    pairs.extend(signature);
                    extend(&mut pairs, &business);
                } else {
                    extend(&mut pairs, &business);
                    pairs.extend(signature);
                }
            }
        }
        if self.writing.extra {
            pairs.extend([("emulator_extra", "任意"), ("emulator_empty", "")]);
        }
        let key = self.caller.merchant.api_key.expose();
        let mut signature = sign::sign(pairs.iter().copied(), key, self.caller.sign_type);
        match self.writing.sign {
            Signing::Right => {}
            // Of the same length as the right one.
            Signing::Wrong => signature = signature.chars().rev().collect(),
            Signing::Missing => pairs.retain(|(name, _)| *name != "sign"),
        }
        if let Some(place) = pairs.iter_mut().find(|(name, _)| *name == "sign") {
            place.1 = &signature;
        }
        let lines = if self.writing.layout == Layout::Old { "\n" } else { "" };
        document(&pairs, lines, &["total_fee", "cash_fee"])
    }

    fn sent(&self, name: &str) -> &'a str {
        self.fields.get(name).unwrap_or_default()
    }
}

/// `return_code` FAIL: unsigned, and the same in both layouts.
pub(crate) fn failure(message: &str) -> String {
    document(&[("return_code", "FAIL"), ("return_msg", message)], "\n", &[])
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
