//! One call by its row: built, sent, and its reply read.

use bytes::Bytes;

use super::attempts::Sent;
use super::inner::{WxPay, nonce};
use super::route::Route;
use crate::codes::Api;
use crate::doctor;
use crate::error::Error;
use crate::fields::Fields;
use crate::platform;
use crate::retry::RetryClass;
use crate::table::row::{Call, Document, Endpoint, Host};
use crate::v2::{reply, request};
use crate::value::Params;
use crate::wire::xml::MAX_BYTES;

impl WxPay {
    /// Sends a call of the table and reads its reply.
    pub(super) async fn perform(&self, endpoint: &'static Endpoint, params: &Params<'_>) -> Result<Fields, Error> {
        match endpoint.api {
            Api::V2 => self.perform_v2(endpoint, params).await,
            Api::Platform | Api::WeCom => self.perform_json(endpoint, params).await,
            // Its requests are signed with the merchant's RSA key, which this client does not have.
            Api::V3 => Err(Error::invalid("call", "is a call of APIv3").at(endpoint.name)),
        }
    }

    /// As [`WxPay::perform`], with the types of the call.
    pub(super) async fn perform_typed<C: Call>(&self, call: C) -> Result<C::Reply, Error> {
        self.perform(C::ENDPOINT, call.params()).await.map(C::Reply::from_fields)
    }

    /// Sends a call of APIv2 that the table does not have.
    pub(super) async fn perform_raw(&self, path: &str, params: &Params<'_>) -> Result<Fields, Error> {
        let (body, sent) = request::raw(params, &self.0.merchant, &nonce()?).map_err(|error| error.at("call"))?;
        let read = |status, body: &[u8]| {
            let reply = reply::read_raw(status, body, &self.0.merchant).map_err(|error| self.explained(error, body))?;
            reply::answers_raw(&sent, &reply)?;
            Ok(reply)
        };
        self.attempts(&self.0.pay, xml("call", RetryClass::QueryFirst, path, body), read).await
    }

    async fn perform_v2(&self, endpoint: &'static Endpoint, params: &Params<'_>) -> Result<Fields, Error> {
        let (body, sent) = request::signed(endpoint, params, &self.0.merchant, &nonce()?)?;
        let read = |status, body: &[u8]| {
            let reply =
                reply::read(endpoint, status, body, &self.0.merchant).map_err(|error| self.explained(error, body))?;
            reply::answers(endpoint, &sent, &reply)?;
            Ok(reply)
        };
        let sent = xml(endpoint.name, endpoint.retry_class(params), endpoint.path, body);
        self.attempts(self.route(endpoint.host), sent, read).await
    }

    async fn perform_json(&self, endpoint: &'static Endpoint, params: &Params<'_>) -> Result<Fields, Error> {
        let (path, body) = platform::request::build(endpoint, params, &self.0.merchant, &nonce()?)?;
        let class = endpoint.retry_class(params);
        let (method, content_type) = match body {
            Some(_) => (http::Method::POST, Some("application/json")),
            None => (http::Method::GET, None),
        };
        let body = Bytes::from(body.unwrap_or_default());
        let name = endpoint.name;
        let sent = Sent { name, class, method, path, content_type, body, reply_bytes: MAX_BYTES };
        let read = |status, body: &[u8]| platform::reply::read_as(endpoint, class, status, body);
        self.attempts(self.route(endpoint.host), sent, read).await
    }

    fn route(&self, host: Host) -> &Route {
        match host {
            Host::Pay => &self.0.pay,
            Host::Platform => &self.0.platform,
        }
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
