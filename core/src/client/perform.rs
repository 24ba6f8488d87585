//! One call by its row: built, sent, and its reply read.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::HeaderValue;
use tokio::time::Instant;

use super::attempts::{JSON, OutgoingRequest, Streamed};
use super::inner::{WxPay, nonce, now};
use super::route::Route;
use super::subject;
use crate::codes::{Api, ErrorCode};
use crate::crypto::digest::SignType;
use crate::crypto::identity;
use crate::doctor::{self, Explanation, OtherKeys};
use crate::error::{Error, Kind, Retry};
use crate::fields::Fields;
use crate::merchant::V3Keys;
use crate::platform;
use crate::platform::reply::{EXPIRES_IN, UNSAID};
use crate::redact::Redaction;
use crate::registry;
use crate::retry::RetryClass;
use crate::secret::Secret;
use crate::table::row::{Call, Document, Endpoint, Field, FieldKind, Host, Record, ReplyBody, Resumes};
use crate::v2::paths::CALL;
use crate::v2::sign::verify;
use crate::v2::{reply, request};
use crate::value::{Params, Value};
use crate::wire::xml::{self, MAX_BYTES};

impl WxPay {
    /// Sends a call of the table and reads its reply.
    pub(super) async fn perform(&self, endpoint: &'static Endpoint, params: &Params<'_>) -> Result<Fields, Error> {
        if endpoint.reply_body == ReplyBody::Bill {
            return Err(Error::invalid("call", "is streamed: use the method of its own").at(endpoint.name));
        }
        match endpoint.api {
            Api::V2 => self.perform_v2(endpoint, params).await,
            Api::Platform | Api::WeCom => self.perform_json(endpoint, params).await,
            Api::V3 => self.perform_v3(endpoint, params, Instant::now() + self.0.limits.timeout).await,
        }
    }

    /// As [`WxPay::perform`], with the types of the call.
    pub(super) async fn perform_typed<C: Call>(&self, call: C) -> Result<C::Reply, Error> {
        self.perform(C::ENDPOINT, call.params()).await.map(C::Reply::from_fields)
    }

    /// Sends a call of APIv2 without a method, by what is known of its path.
    pub(super) async fn perform_raw(&self, path: &str, params: &Params<'_>) -> Result<Fields, Error> {
        let endpoint = registry::of_path(path);
        if endpoint.reply_body == ReplyBody::Bill {
            let rule = format!("is answered with a bill, which is streamed: use the method {}", endpoint.name);
            return Err(Error::invalid("path", rule).at(CALL));
        }
        if endpoint.cert {
            self.check_certificate().map_err(|error| error.at(CALL))?;
        }
        let built = request::raw(endpoint, params, &self.0.merchant, &nonce()?);
        let (body, sent) = built.map_err(|error| error.at(CALL))?;
        let class = endpoint.retry_class(params);
        let next_step = next_step((endpoint.path, endpoint), params, &sent);
        let accept = reply::accepted(endpoint, &self.0.merchant.accept);
        let read = |status, body: &[u8]| {
            let reply = reply::read_raw(endpoint, class, status, body, &self.0.merchant);
            let reply = reply.map_err(|error| self.explained(error, body, &sent, accept))?;
            reply::answers_raw(endpoint, class, &sent, &reply)?;
            self.note(endpoint, &sent, &reply);
            Ok(reply)
        };
        let request = OutgoingRequest {
            out_trade_no: order(&sent),
            secrets: secrets(endpoint, params),
            ..posted(CALL, class, path, body)
        };
        let reply = self.attempts(self.route(endpoint.host), request, read).await;
        reply.map_err(|error| match next_step {
            Some(step) => step.after(error),
            None => error,
        })
    }

    /// Keeps what a reply shows: that the key is right, and whose a `prepay_id` is.
    fn note(&self, endpoint: &Endpoint, sent: &Fields, reply: &Fields) {
        if matches!(endpoint.reply_body, ReplyBody::Xml { signed: true, .. }) {
            self.0.verified.store(true, Ordering::Relaxed);
        }
        self.0.payers.remember(&self.0.merchant, sent, reply);
    }

    async fn perform_v2(&self, endpoint: &'static Endpoint, params: &Params<'_>) -> Result<Fields, Error> {
        if endpoint.cert {
            self.check_certificate().map_err(|error| error.at(endpoint.name))?;
        }
        let (body, sent) = request::signed(endpoint, params, &self.0.merchant, &nonce()?)?;
        let next_step = next_step((endpoint.name, endpoint), params, &sent);
        let read = |status, body: &[u8]| {
            let reply = reply::read(endpoint, status, body, &self.0.merchant);
            let accept = reply::accepted(endpoint, &self.0.merchant.accept);
            let reply = reply.map_err(|error| self.explained(error, body, &sent, accept))?;
            reply::answers(endpoint, &sent, &reply)?;
            self.note(endpoint, &sent, &reply);
            Ok(reply)
        };
        let request = OutgoingRequest {
            out_trade_no: order(&sent),
            secrets: secrets(endpoint, params),
            ..posted(endpoint.name, endpoint.retry_class(params), endpoint.path, body)
        };
        let reply = self.attempts(self.route(endpoint.host), request, read).await;
        reply.map_err(|error| match next_step {
            Some(step) => step.after(error),
            None => error,
        })
    }

    async fn perform_json(&self, endpoint: &'static Endpoint, params: &Params<'_>) -> Result<Fields, Error> {
        self.check_account(endpoint.api).map_err(|error| error.at(endpoint.name))?;
        let (path, body) = platform::request::build(endpoint, params, &self.0.merchant, &nonce()?)?;
        let class = endpoint.retry_class(params);
        let (method, content_type) = match body {
            Some(_) => (http::Method::POST, Some(JSON)),
            None => (http::Method::GET, None),
        };
        let body = Bytes::from(body.unwrap_or_default());
        let name = endpoint.name;
        let sent = OutgoingRequest {
            name,
            class,
            method,
            path,
            content_type,
            body,
            reply_bytes: MAX_BYTES,
            streamed: Streamed::None,
            out_trade_no: subject::current(),
            secrets: secrets(endpoint, params),
            v3: None,
        };
        let read = |status, body: &[u8]| platform::reply::read_as(endpoint, class, status, body);
        let reply = self.attempts(self.route(endpoint.host), sent, read).await?;
        if reply.get(EXPIRES_IN) == Some(UNSAID) {
            tracing::warn!(
                "{name}: WeChat gave a token or a ticket without a valid expires_in, which is taken for 0; one that the client keeps is used \
                 for a minute"
            );
        }
        Ok(reply)
    }

    /// Refuses a call for public accounts and mini programs with a corpid, and a call of WeCom without its settings: the host of one does
    /// not know the other's ids.
    pub(super) fn check_account(&self, api: Api) -> Result<(), Error> {
        let merchant = &self.0.merchant;
        match api {
            Api::Platform if merchant.is_corp() => {
                let appid = merchant.appid();
                let remedy = format!(
                    "is the corpid {appid} of WeCom, and this call is for public accounts and mini programs: use pay.wecom, with corp_secret and \
                     agent_id, or make another client with the appid of the account"
                );
                Err(Error::config("appid", remedy))
            }
            Api::WeCom => merchant.wecom().map(drop),
            _ => Ok(()),
        }
    }

    pub(super) fn route(&self, host: Host) -> &Route {
        match host {
            Host::Pay => &self.0.pay,
            Host::Platform => &self.0.platform,
            Host::WeCom => &self.0.wecom,
        }
    }

    /// Refuses a call that needs the merchant's certificate, when the client has none, or one that is not valid now.
    pub(super) fn check_certificate(&self) -> Result<(), Error> {
        match self.0.merchant.identity() {
            Some(identity) => identity.expired(now()).map_or(Ok(()), Err),
            // A transport of the user's own may have a certificate.
            None if self.0.own_transport => Ok(()),
            None => Err(identity::missing()),
        }
    }

    /// Adds to a refused signature why it differs, to 签名错误 the text that was signed, and to a refused certificate whose it is.
    pub(super) fn explained(&self, error: Error, body: &[u8], sent: &Fields, accept: &[SignType]) -> Error {
        let merchant = &self.0.merchant;
        if error.is(ErrorCode::Certificate) {
            let used = merchant.identity().map(|identity| format!("the client has {}", identity.describe()));
            return error.noted(used.unwrap_or_else(|| "the client has no certificate".to_owned()));
        }
        let others = OtherKeys { app_secret: merchant.app_secret().ok(), ..OtherKeys::default() };
        if error.is_sign_error() {
            // The key may have been reset since.
            self.0.verified.store(false, Ordering::Relaxed);
            let Ok(key) = merchant.key() else { return error };
            let error = error.signed_over(doctor::signed(sent, key, others));
            // Both may have the same text, so it is told where a key is in doubt and nowhere else.
            let is_both = merchant.v3().ok().and_then(V3Keys::api_v3_key).is_some_and(|other| other.expose() == key);
            return if is_both { error.noted(SAME_TEXT) } else { error };
        }
        let Kind::Signature { .. } = error.kind() else { return error };
        let Ok(fields) = xml::parse(body) else { return error };
        let Ok(key) = merchant.key() else { return error };
        let Err(why) = verify(&fields, key, accept) else { return error };
        let explanation = doctor::refused(why, &fields, key, others, true);
        error.explained(self.of_known_key(explanation))
    }
}

/// What to say of a key that WeChat refuses and that stands in both settings.
const SAME_TEXT: &str = "api_key and api_v3_key have the same text: unless both keys were set to it at pay.weixin.qq.com, one of the two \
                         settings has the other's key";

impl WxPay {
    /// The explanation of a wrong signature, without doubts about a key that has verified other messages.
    pub(super) fn of_known_key(&self, explanation: Explanation) -> Explanation {
        if self.0.verified.load(Ordering::Relaxed) { doctor::with_right_key(explanation) } else { explanation }
    }
}

/// The order that a request is about.
pub(super) fn order(sent: &Fields) -> Option<String> {
    sent.filled("out_trade_no").map(str::to_owned).or_else(subject::current)
}

/// What a call sends that nobody may read: its hidden fields, and a payment code, which its customer can still be charged with.
pub(super) fn secrets(endpoint: &'static Endpoint, params: &Params<'_>) -> Vec<Secret> {
    let mut found = Vec::new();
    for (name, value) in params.iter() {
        if let Some(field) = endpoint.fields().find(|field| field.name == name) {
            add_secrets(field, value, &mut found);
        }
    }
    found
}

/// The same of one field, and of the members of an object.
fn add_secrets(field: &Field, value: &Value<'_>, found: &mut Vec<Secret>) {
    match (value, field.kind) {
        (Value::Text(text), kind) if field.redaction == Redaction::Hidden || matches!(kind, FieldKind::AuthCode) => {
            found.push(Secret::new(text.trim()));
        }
        (Value::Object(members), FieldKind::Record(record) | FieldKind::List(record)) => {
            for (name, value) in members.iter() {
                if let Some(field) = record.field(name) {
                    add_secrets(field, value, found);
                }
            }
        }
        (Value::Json(text), FieldKind::Record(record) | FieldKind::List(record)) => {
            if let Ok(object) = serde_json::from_str(text) {
                add_secrets_of_json(record, &object, found);
            }
        }
        (Value::List(items), _) => items.iter().for_each(|item| add_secrets(field, item, found)),
        _ => {}
    }
}

/// The same of an object, or a list of objects, that is given as JSON.
fn add_secrets_of_json(record: &'static Record, value: &serde_json::Value, found: &mut Vec<Secret>) {
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(|item| add_secrets_of_json(record, item, found)),
        serde_json::Value::Object(members) => {
            for (name, value) in members {
                match (record.field(name), value) {
                    (Some(field), serde_json::Value::String(text)) => {
                        add_secrets(field, &Value::Text(text.into()), found);
                    }
                    (Some(Field { kind: FieldKind::Record(record) | FieldKind::List(record), .. }), value) => {
                        add_secrets_of_json(record, value, found);
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// How to find out what became of a call whose result is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NextStep {
    name: &'static str,
    resumes: Resumes,
    class: RetryClass,
    /// The merchant's number of what the call makes.
    value: String,
}

impl NextStep {
    /// The error of the call, with the next step.
    pub(crate) fn after(&self, error: Error) -> Error {
        let Self { name, resumes: Resumes { number, query }, class, value } = self;
        let text = match error.retry() {
            Retry::SameRequest | Retry::Never if *class == RetryClass::SameRequest => format!(
                "Repeat {name} with the same {number} {value} and the same fields, or call {query}; do not use a new {number}"
            ),
            _ => format!("Call {query} with {number} {value} first; do not use a new {number}"),
        };
        let error = error.resumed_by(text).numbered(number, value);
        // Where the call's number is the order's.
        if *number == "out_trade_no" { error.about(value) } else { error }
    }
}

/// The next step of a call. It is named by its method, and by its path where it has none.
pub(super) fn next_step(
    (name, endpoint): (&'static str, &'static Endpoint),
    params: &Params<'_>,
    sent: &Fields,
) -> Option<NextStep> {
    let resumes = endpoint.resumes?;
    // A call that names the order by WeChat's number can only be repeated as it was.
    let value = sent.filled(resumes.number)?.to_owned();
    Some(NextStep { name, resumes, class: endpoint.retry_class(params), value })
}

/// The next step of a call whose fields are as the caller gave them.
pub(crate) fn next_step_of(
    (name, endpoint): (&'static str, &'static Endpoint),
    params: &Params<'_>,
) -> Option<NextStep> {
    let resumes = endpoint.resumes?;
    let given = params.iter().find(|(name, _)| name == resumes.number);
    let Some((_, Value::Text(value))) = given else { return None };
    let value = value.to_string();
    Some(NextStep { name, resumes, class: endpoint.retry_class(params), value })
}

pub(super) fn posted(name: &'static str, class: RetryClass, path: &str, body: String) -> OutgoingRequest {
    OutgoingRequest {
        name,
        class,
        method: http::Method::POST,
        path: path.to_owned(),
        content_type: Some(HeaderValue::from_static("text/xml; charset=utf-8")),
        body: body.into(),
        reply_bytes: MAX_BYTES,
        streamed: Streamed::None,
        out_trade_no: None,
        secrets: Vec::new(),
        v3: None,
    }
}
