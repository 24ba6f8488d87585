//! The payment API over HTTP.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::Request;
use wxpaykit::Fields;

use super::arriving_body::ArrivingBody;
use super::gateway;
use super::plan::Plan;
use super::tls::ClientCertificate;
use crate::app::App;
use crate::faults::{Api, Endpoint, FaultTarget};
use crate::journal::{Entry, Explanation, Note};
use crate::v2::{self, Row, V2Answer};
use crate::wechat::early;
use crate::wechat::verdict::Refusal;

pub(super) async fn serve(
    row: &'static Row,
    app: &Arc<App>,
    (peer, shown): (SocketAddr, ClientCertificate),
    request: Request<ArrivingBody>,
) -> Response {
    let (parts, body) = request.into_parts();
    let write = |status: u16, note| {
        let (at, method) = (app.clock.now(), parts.method.clone());
        app.journal.write(Entry { at, peer, method, path: row.path.into(), status, note });
    };
    let body = match gateway::body(Request::new(body)).await {
        Ok(body) => body,
        Err(error) => {
            write(error.status().as_u16(), error.note());
            return error.page();
        }
    };
    if let Some((words, why, chinese)) = refused_certificate(row, &shown) {
        let explanation = Explanation::mistake("client_certificate", why).in_chinese(chinese);
        write(StatusCode::BAD_REQUEST.as_u16(), Note::outcome("http:400").explained(Some(explanation)));
        return gateway::certificate_page(words);
    }
    let fields = v2::read(parts.method.as_str(), &body).and_then(|fields| {
        let mch_id = fields.filled("mch_id").unwrap_or_default();
        match shown {
            ClientCertificate::Merchant(of) if row.cert && *of != *mch_id => {
                let why = format!("the client's certificate is merchant {of}'s, and mch_id is {mch_id}");
                let chinese = format!("客户端出示的是商户 {of} 的证书，而 mch_id 是 {mch_id}");
                let redacted = |text| app.registry.redact(text);
                let explanation = Explanation::with_values("client_certificate", redacted(why), redacted(chinese));
                Err(Refusal::new("certificate not match").because(explanation))
            }
            _ => Ok(fields),
        }
    });
    let number = fields.as_ref().ok().and_then(|fields| v2::number(app, fields));
    let plan = match plan(app, row, &parts.headers, number.as_deref(), fields.as_deref().ok()) {
        Ok(plan) => plan,
        Err(why) => return gateway::bad_header(&why, app.config.language),
    };
    if let Some(lost) = plan.lost() {
        write(lost.status(), plan.note(Note::ok().about(number)));
        return lost.response().await;
    }
    let (answer, note) = match fields {
        Ok(fields) => {
            let (answer, note) = v2::answer(app, row, &fields, plan.style(app.config.layout), plan.refused());
            if row.makes_order && note.outcome == "ok" {
                let get = |name: &str| fields.get(name).unwrap_or_default();
                early::before_the_reply(app, get("mch_id"), get("out_trade_no")).await;
            }
            (answer, note)
        }
        Err(refusal) => v2::refused(refusal, None),
    };
    let note = v2::with_carriage_return(&body, note);
    write(StatusCode::OK.as_u16(), plan.note(note));
    // The content type of production is not documented; clients must not depend on it.
    let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    let V2Answer { text, packed, digest } = answer;
    plan.send(text, |text| {
        let mut response = match packed {
            true => (plain, gzip(&text)).into_response(),
            false => (plain, text).into_response(),
        };
        if let Some(digest) = digest.and_then(|digest| digest.parse().ok()) {
            response.headers_mut().insert("digest", digest);
        }
        response
    })
    .await
}

fn gzip(text: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    // Memory takes every byte.
    let _ = gzip.write_all(text.as_bytes());
    gzip.finish().unwrap_or_default()
}

/// The gateway's answer about the client's certificate, and the journal's.
fn refused_certificate(row: &Row, shown: &ClientCertificate) -> Option<(&'static str, &'static str, &'static str)> {
    match shown {
        ClientCertificate::Nothing if row.cert => Some((
            "No required SSL certificate was sent",
            "this call needs the merchant's certificate: the client showed none",
            "这个接口需要商户证书：客户端没有出示",
        )),
        ClientCertificate::Refused if row.cert => Some((
            "The SSL certificate error",
            "the client's certificate is not of this emulator's authority, or is not valid now",
            "客户端的证书不是这个模拟器签发的，或现在不在有效期内",
        )),
        _ => None,
    }
}

/// The faults that strike a request.
fn plan(
    app: &App,
    row: &Row,
    headers: &HeaderMap,
    out_trade_no: Option<&str>,
    fields: Option<&Fields>,
) -> Result<Plan, String> {
    let amount = fields.and_then(|fields| fields.filled("total_fee"));
    let amount = amount.filter(|_| app.config.magic_amounts && row.makes_order);
    let endpoint = Endpoint { path: row.path, api: Api::V2 };
    Plan::draw(&app.faults, FaultTarget { endpoint, out_trade_no }, headers, amount)
}
