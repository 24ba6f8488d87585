//! Calls by their rows, and calls that have no row.

use bytes::Bytes;

use super::attempts::Sent;
use super::inner::{WxPay, nonce};
use crate::doctor;
use crate::error::Error;
use crate::fields::Fields;
use crate::platform;
use crate::retry::RetryClass;
use crate::table::row::{Call, Document, Endpoint};
use crate::v2::{reply, request};
use crate::value::Params;
use crate::wire::xml::MAX_BYTES;

impl WxPay {
    /// Sends a call of the table, by its row: what every method does.
    ///
    /// # Errors
    /// Every [`Kind`](crate::Kind) but `OAuth`.
    pub async fn execute(&self, endpoint: &'static Endpoint, params: &Params<'_>) -> Result<Fields, Error> {
        let (body, sent) =
            request::signed(endpoint, params, &self.0.merchant, &nonce()?).map_err(|error| error.at(endpoint.name))?;
        let read = |status, body: &[u8]| {
            let reply =
                reply::read(endpoint, status, body, &self.0.merchant).map_err(|error| self.explained(error, body))?;
            reply::answers(endpoint.name, endpoint.retry, &sent, &reply)?;
            Ok(reply)
        };
        self.attempts(&self.0.pay, xml(endpoint.name, endpoint.retry, endpoint.path, body), read).await
    }

    /// As [`WxPay::execute`], with the types of the call.
    pub(super) async fn send<C: Call>(&self, call: C) -> Result<C::Reply, Error> {
        self.execute(C::ENDPOINT, call.params()).await.map(C::Reply::from_fields)
    }

    /// Sends a call that has no method: signed, its reply verified, its fields as they are. `path` is from the host's root.
    ///
    /// # Errors
    /// Every [`Kind`](crate::Kind) but `OAuth`.
    pub async fn call(&self, path: &str, params: &Params<'_>) -> Result<Fields, Error> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'.');
        let dots = path.split('/').any(|part| matches!(part, "." | ".."));
        if !path.starts_with('/') || path.starts_with("//") || dots || !path.bytes().all(plain) {
            return Err(Error::invalid("path", "must be a path of the payment API, such as /pay/orderquery"));
        }
        let (body, sent) = request::raw(params, &self.0.merchant, &nonce()?).map_err(|error| error.at("call"))?;
        let read = |status, body: &[u8]| {
            let reply = reply::read_raw(status, body, &self.0.merchant).map_err(|error| self.explained(error, body))?;
            reply::answers("call", RetryClass::QueryFirst, &sent, &reply)?;
            Ok(reply)
        };
        self.attempts(&self.0.pay, xml("call", RetryClass::QueryFirst, path, body), read).await
    }

    /// Asks the open platform.
    pub(super) async fn ask(
        &self,
        call: &'static platform::Call,
        path: &str,
        body: Option<String>,
    ) -> Result<Fields, Error> {
        let (method, content_type) = match body {
            Some(_) => (http::Method::POST, Some("application/json")),
            None => (http::Method::GET, None),
        };
        let body = Bytes::from(body.unwrap_or_default());
        let (name, class) = (call.name, call.retry);
        let path = path.to_owned();
        let sent = Sent { name, class, method, path, content_type, body, reply_bytes: MAX_BYTES };
        self.attempts(&self.0.platform, sent, |status, body| platform::reply::read(call, status, body)).await
    }

    fn explained(&self, error: Error, body: &[u8]) -> Error {
        doctor::explained(error, body, self.0.merchant.key())
    }
}

fn xml(name: &'static str, class: RetryClass, path: &str, body: String) -> Sent {
    Sent {
        name,
        class,
        method: http::Method::POST,
        path: path.to_owned(),
        content_type: Some("text/xml; charset=utf-8"),
        body: body.into(),
        reply_bytes: MAX_BYTES,
    }
}
