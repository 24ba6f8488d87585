//! The payment API: what api.mch.weixin.qq.com answers.

mod closeorder;
mod orderquery;
pub(crate) mod reply;
mod unifiedorder;
mod validate;

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use wxpaykit::Fields;
use wxpaykit::wire::xml;

use self::reply::Reply;
pub(crate) use self::unifiedorder::PREPAY_LIFE;
use crate::app::App;
use crate::http;
use crate::journal::{Entry, Explanation, Note};

/// The calls that are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    UnifiedOrder,
    OrderQuery,
    CloseOrder,
}

impl Endpoint {
    pub(crate) const ALL: [Self; 3] = [Self::UnifiedOrder, Self::OrderQuery, Self::CloseOrder];

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::UnifiedOrder => "/pay/unifiedorder",
            Self::OrderQuery => "/pay/orderquery",
            Self::CloseOrder => "/pay/closeorder",
        }
    }
}

/// `return_code` FAIL: the request is not taken as one. Unsigned, and nothing happened.
#[derive(Debug)]
pub(crate) struct Refusal {
    message: Cow<'static, str>,
    explanation: Option<Box<Explanation>>,
}

impl Refusal {
    fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: message.into(), explanation: None }
    }

    fn because(mut self, explanation: Explanation) -> Self {
        self.explanation = Some(Box::new(explanation));
        self
    }
}

/// What a taken request came to.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// `result_code` SUCCESS, with the fields of the call.
    Success(Vec<Field>),
    /// `result_code` FAIL: its code, its text, and fields that go with it all the same.
    Fail(&'static str, &'static str, Vec<Field>),
}

pub(crate) type Field = (&'static str, Cow<'static, str>);

pub(crate) async fn serve(endpoint: Endpoint, app: Arc<App>, peer: SocketAddr, request: Request) -> Response {
    let method = request.method().clone();
    let Some(body) = http::body(request).await else {
        let note = Note::outcome("http:413");
        write(&app, endpoint, peer, method, StatusCode::PAYLOAD_TOO_LARGE, note);
        return http::too_large();
    };
    let (text, note) = answer(&app, endpoint, &method, &body);
    write(&app, endpoint, peer, method, StatusCode::OK, note);
    // What production sends is not documented; clients must not look at it.
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

fn write(app: &App, endpoint: Endpoint, peer: SocketAddr, method: Method, status: StatusCode, note: Note) {
    let at = app.clock.now();
    app.journal.write(Entry { at, peer, method, path: endpoint.path().into(), status: status.as_u16(), note });
}

fn answer(app: &App, endpoint: Endpoint, method: &Method, body: &[u8]) -> (String, Note) {
    let fields = match read(method, body) {
        Ok(fields) => fields,
        Err(refusal) => return refused(refusal, None),
    };
    let number = || fields.filled("out_trade_no").map(|number| app.registry.redact(number.to_owned()));
    let caller = match validate::check(app, endpoint, &fields) {
        Ok(caller) => caller,
        Err(refusal) => return refused(refusal, number()),
    };
    let reply = Reply::new(app, endpoint, &caller, &fields);
    let signed = validate::signed(&caller, &fields);
    let verdict = match endpoint {
        Endpoint::UnifiedOrder => {
            // The order keeps the request, so the number is read before.
            let number = number();
            return match unifiedorder::order(app, &caller, &fields) {
                Ok(verdict) => accepted(&reply, verdict, number, signed),
                Err(refusal) => refused(refusal, number),
            };
        }
        Endpoint::OrderQuery => orderquery::query(app, &fields),
        Endpoint::CloseOrder => closeorder::close(app, &fields),
    };
    accepted(&reply, verdict, number(), signed)
}

/// Steps 3 to 6 of protocol §9.1.
fn read(method: &Method, body: &[u8]) -> Result<Fields, Refusal> {
    if method != Method::POST {
        return Err(Refusal::new("请使用post方法"));
    }
    if body.is_empty() {
        return Err(Refusal::new("post数据为空"));
    }
    if std::str::from_utf8(body).is_err() {
        return Err(Refusal::new("编码格式错误").because(Explanation::detail("the body is not UTF-8")));
    }
    xml::parse(body).map_err(|error| {
        let message = if error.code() == "xml_encoding" { "编码格式错误" } else { "XML格式错误" };
        Refusal::new(message).because(Explanation::mistake(error.code(), error.to_string()))
    })
}

fn accepted(reply: &Reply<'_>, verdict: Verdict, number: Option<String>, signed: Explanation) -> (String, Note) {
    let outcome = match &verdict {
        Verdict::Success(_) => Cow::Borrowed("ok"),
        Verdict::Fail(code, ..) => Cow::Owned(format!("business:{code}")),
    };
    (reply.write(verdict), Note::outcome(outcome).about(number).explained(Some(signed)))
}

fn refused(refusal: Refusal, number: Option<String>) -> (String, Note) {
    let outcome = format!("protocol:{}", refusal.message);
    (
        reply::failure(&refusal.message),
        Note::outcome(outcome).about(number).explained(refusal.explanation.map(|explanation| *explanation)),
    )
}
