//! The payment API: what api.mch.weixin.qq.com answers.

mod closeorder;
mod orderquery;
pub(crate) mod reply;
mod unifiedorder;
mod validate;

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::Request;
use hyper::body::Incoming;
use wxpaykit::Fields;
use wxpaykit::wire::xml;

use self::reply::Reply;
pub(crate) use self::unifiedorder::PREPAY_LIFE;
use self::validate::Caller;
use crate::app::App;
use crate::faults::reply::Plan;
use crate::faults::{Asking, When};
use crate::http;
use crate::journal::{Entry, Explanation, Note};
use crate::payment;

/// The calls that are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    UnifiedOrder,
    OrderQuery,
    CloseOrder,
}

impl Endpoint {
    pub(crate) const ALL: [Self; 3] = [Self::UnifiedOrder, Self::OrderQuery, Self::CloseOrder];

    pub(crate) fn at(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.path() == path)
    }

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

pub(crate) type Field = (Cow<'static, str>, Cow<'static, str>);

pub(crate) async fn serve(
    endpoint: Endpoint,
    app: &Arc<App>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Response {
    let (parts, body) = request.into_parts();
    let write = |status: u16, note| {
        let (at, method) = (app.clock.now(), parts.method.clone());
        app.journal.write(Entry { at, peer, method, path: endpoint.path().into(), status, note });
    };
    let Some(body) = http::body(Request::new(body)).await else {
        write(StatusCode::PAYLOAD_TOO_LARGE.as_u16(), Note::outcome("http:413"));
        return http::too_large();
    };
    let fields = read(&parts.method, &body);
    let plan = match plan(app, endpoint, &parts.headers, fields.as_deref().ok()) {
        Ok(plan) => plan,
        Err(why) => return http::bad_header(&why),
    };
    if let Some(lost) = plan.lost() {
        let number = fields.as_ref().ok().and_then(|fields| number(app, fields));
        write(lost.status(), plan.note(Note::ok().about(number)));
        return lost.response().await;
    }
    let (text, note) = match fields {
        Ok(fields) => {
            let (text, note) = answer(app, endpoint, &fields, &plan);
            if endpoint == Endpoint::UnifiedOrder && note.outcome == "ok" {
                payment::before_the_reply(app, &fields).await;
            }
            (text, note)
        }
        Err(refusal) => refused(refusal, None),
    };
    write(StatusCode::OK.as_u16(), plan.note(note));
    // What production sends is not documented; clients must not look at it.
    let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    plan.send(text, |text| (plain, text).into_response()).await
}

/// What goes wrong with a request on purpose.
fn plan(app: &App, endpoint: Endpoint, headers: &HeaderMap, fields: Option<&Fields>) -> Result<Plan, String> {
    let get = |name: &str| fields.and_then(|fields| fields.filled(name));
    let by_transaction = get("transaction_id").filter(|_| app.faults.any()).and_then(|transaction_id| {
        let mut state = app.state();
        let id = state.orders.by_transaction(transaction_id)?;
        state.orders.get(id).map(|order| order.out_trade_no().to_owned())
    });
    let out_trade_no = by_transaction.as_deref().or_else(|| get("out_trade_no"));
    let amount = get("total_fee").filter(|_| app.config.magic_amounts && endpoint == Endpoint::UnifiedOrder);
    Plan::draw(&app.faults, Asking { path: endpoint.path(), out_trade_no }, headers, amount)
}

fn number(app: &App, fields: &Fields) -> Option<String> {
    fields.filled("out_trade_no").map(|number| app.registry.redact(number.to_owned()))
}

fn answer(app: &App, endpoint: Endpoint, fields: &Arc<Fields>, plan: &Plan) -> (String, Note) {
    let number = number(app, fields);
    let caller = match validate::check(app, endpoint, fields) {
        Ok(caller) => caller,
        Err(refusal) => return refused(refusal, number),
    };
    let reply = Reply::new(app, endpoint, &caller, fields, plan.writing(app.config.layout));
    let verdict =
        if plan.system_error(When::Before) { Ok(system_error()) } else { commit(app, endpoint, &caller, fields) };
    let verdict = match verdict {
        Ok(_) if plan.system_error(When::After) => system_error(),
        Ok(verdict) => verdict,
        Err(refusal) => return refused(refusal, number),
    };
    accepted(&reply, verdict, number, Explanation::right(fields, caller.sign_type, &app.registry))
}

/// Where a request takes effect.
fn commit(app: &App, endpoint: Endpoint, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    match endpoint {
        Endpoint::UnifiedOrder => unifiedorder::order(app, caller, fields),
        Endpoint::OrderQuery => Ok(orderquery::query(app, fields)),
        Endpoint::CloseOrder => Ok(closeorder::close(app, fields)),
    }
}

fn system_error() -> Verdict {
    Verdict::Fail("SYSTEMERROR", "系统错误", Vec::new())
}

/// Steps 3 to 6 of protocol §9.1.
fn read(method: &Method, body: &[u8]) -> Result<Arc<Fields>, Refusal> {
    if method != Method::POST {
        return Err(Refusal::new("请使用post方法"));
    }
    if body.is_empty() {
        return Err(Refusal::new("post数据为空"));
    }
    if std::str::from_utf8(body).is_err() {
        return Err(Refusal::new("编码格式错误").because(Explanation::detail("the body is not UTF-8")));
    }
    let mut fields = xml::parse(body).map_err(|error| {
        let message = if error.code() == "xml_encoding" { "编码格式错误" } else { "XML格式错误" };
        Refusal::new(message).because(Explanation::mistake(error.code(), error.to_string()))
    })?;
    // Kept by the thousand, and a document may be 1 MiB of white space.
    fields.shrink_to_fit();
    Ok(Arc::new(fields))
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
