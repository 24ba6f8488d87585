//! What a row of APIv3 says: its path, its parameters with their limits, whose call it is, and what it does. The facts are those of
//! the protocol, not of the client's table.

use serde_json::{Value, json};

use super::request::File;
use super::schema::Member;
use crate::app::App;
use crate::faults::BillStyle;
use crate::journal::Explanation;
use crate::wechat::v3_error::V3Error;
use crate::world::merchant::Merchant;
use crate::world::order::V3Origin;

/// A call of APIv3.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) method: &'static str,
    /// With the names of its parameters: `/v3/pay/transactions/id/{transaction_id}`.
    pub(crate) path: &'static str,
    /// The parameters in the path.
    pub(super) in_path: &'static [Member],
    pub(super) query: &'static [Member],
    /// Whether names in the query that it does not know are ignored.
    pub(super) any_query: bool,
    /// The members of the body; `None` for a call without one.
    pub(super) body: Option<&'static [Member]>,
    /// The members of body or query that name the merchant who signs. They must agree with `Authorization`.
    pub(super) own_mch_id: &'static [&'static str],
    /// Orders: `Accept` and `User-Agent` are not asked for, and refusals of the signature have other words.
    pub(super) newer_gateway: bool,
    /// Whether the request is a form with a file; [`Row::body`] is that of its part `meta`.
    pub(crate) is_upload: bool,
    /// Whether a success is not signed: downloads.
    pub(super) unsigned: bool,
    /// Whether a success makes an order. Its amount may bring a fault, and its customer may pay before the reply.
    pub(crate) makes_order: bool,
    /// The codes that differ in this call.
    pub(super) codes: &'static [OwnCode],
    pub(super) behaviour: fn(&App, &ValidRequest<'_>) -> Result<Success, V3Error>,
}

/// A code that a call replaces with its own.
#[derive(Debug)]
pub(super) struct OwnCode {
    pub(super) usual: &'static str,
    pub(super) status: u16,
    pub(super) own: &'static str,
}

impl Row {
    /// A refusal as this call sends it.
    pub(super) fn refusal(&self, denied: V3Error) -> V3Error {
        match self.codes.iter().find(|code| code.usual == denied.code) {
            Some(code) => V3Error { status: code.status, code: code.own.into(), ..denied },
            None => denied,
        }
    }
}

/// A row of which most is as usual.
pub(super) const fn row(
    method: &'static str,
    path: &'static str,
    behaviour: fn(&App, &ValidRequest<'_>) -> Result<Success, V3Error>,
) -> Row {
    Row {
        method,
        path,
        in_path: &[],
        query: &[],
        any_query: false,
        body: None,
        own_mch_id: &["mchid"],
        newer_gateway: false,
        is_upload: false,
        unsigned: false,
        makes_order: false,
        codes: &[],
        behaviour,
    }
}

/// A request whose signature is right and whose parameters fit.
#[derive(Debug)]
pub(crate) struct ValidRequest<'a> {
    pub(crate) merchant: &'a Merchant,
    /// The parameters of the path, decoded.
    pub(crate) path: Vec<(&'static str, String)>,
    pub(crate) query: Vec<(String, String)>,
    /// An object; an empty one when the call has no body.
    pub(crate) body: Value,
    /// The file of an upload.
    pub(crate) file: Option<File>,
    /// `Wechatpay-Serial`, which names the key to sign with.
    pub(crate) serial: Option<&'a str>,
    /// The scheme and the host that the client used.
    pub(crate) base_url: &'a str,
    /// How faults have bills written.
    pub(crate) bills: BillStyle,
}

impl ValidRequest<'_> {
    /// A parameter of the path; empty when there is none.
    pub(super) fn in_path(&self, name: &str) -> &str {
        self.path.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub(super) fn in_query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// A text of the body by its pointer: `/amount/currency`.
    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.body.pointer(pointer).and_then(Value::as_str)
    }

    /// A text of the body; empty when it was not sent.
    pub(super) fn given(&self, pointer: &str) -> &str {
        self.text(pointer).unwrap_or_default()
    }

    /// A whole number of the body by its pointer.
    pub(super) fn number(&self, pointer: &str) -> Option<u64> {
        self.body.pointer(pointer).and_then(Value::as_u64)
    }

    /// The body with its members in the order of their names: equal requests have equal ones.
    pub(super) fn canonical(&self) -> String {
        canonical(&self.body).to_string()
    }

    /// What an order, a refund or a transfer records of its request.
    pub(super) fn of_v3(&self) -> V3Origin {
        V3Origin { request: self.canonical(), serial: self.serial.map(str::to_owned) }
    }

    /// Checks that exactly one of two members was sent.
    pub(super) fn exactly_one(&self, one: &str, other: &str) -> Result<(), V3Error> {
        if self.text(one).is_some() != self.text(other).is_some() {
            return Ok(());
        }
        let name = |pointer: &str| pointer.rsplit('/').next().unwrap_or_default().to_owned();
        let (one, other) = (name(one), name(other));
        let english = format!("send exactly one of {one} and {other}");
        let explanation =
            Explanation::with_values("missing_fields", english, format!("{one} 和 {other} 必须且只能传一个"));
        // not captured
        let refused = V3Error::parameter(format!("{one}和{other}必须二选一"));
        Err(refused.with(json!({ "location": "body", "value": "" })).because(explanation))
    }
}

/// A document with its members in the order of their names.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            Value::Object(sorted.into_iter().map(|(name, value)| (name.clone(), canonical(value))).collect())
        }
        Value::Array(items) => items.iter().map(canonical).collect(),
        other => other.clone(),
    }
}

/// The answer to a valid request.
#[derive(Debug)]
pub(crate) enum Success {
    /// 200 with this document.
    Json(Value),
    /// 202: not finished; the same request has to be repeated.
    Accepted(Value),
    /// 204.
    Nothing,
    /// A file.
    File(Vec<u8>),
}
