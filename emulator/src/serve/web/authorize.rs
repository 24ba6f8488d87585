//! `/connect/oauth2/authorize`: the link that a shop opens to learn who its visitor is (protocol §6.1).

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{consent, page};
use crate::app::App;
use crate::journal::{Entry, Explanation, Note};
use crate::serve::person;
use crate::wechat::authorize::{LinkError, USERINFO, allow, check, openid};

/// `snsapi_base` is granted without a page; `snsapi_userinfo` too for a client that does not accept HTML or names its user.
/// A browser gets the page that asks.
pub(super) async fn authorize(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let header = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let named = header(HeaderName::from_static("x-emulator-openid"));
    let html = header(header::ACCEPT).is_some_and(|accept| accept.contains("text/html"));
    let person = person::of_cookie(&app.registry, request.headers());
    let now = app.clock.now();
    let answer = check(&app, query).and_then(|link| match named {
        Some(openid) => allow(&app, &link, openid.to_owned(), now).map(found),
        None if html && link.scope == USERINFO => Ok(consent::ask(&app, request.headers(), &link.appid, query, person)),
        None => allow(&app, &link, openid(&app, &link, person), now).map(found),
    });
    finish(&app, peer, request.method(), request.headers(), "/connect/oauth2/authorize", answer)
}

/// `GET /_wechat/consent`: the user's answer on the page that asks. The query is that of the link, and the answer.
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = query.unwrap_or_default();
    let (person, agreed) = consent::answered(&app, &query);
    let answer = check(&app, &query).and_then(|link| {
        if agreed { allow(&app, &link, openid(&app, &link, person), app.clock.now()) } else { Ok(link.back(None)) }
    });
    finish(&app, peer, &Method::GET, &headers, "/_wechat/consent", answer.map(found))
}

fn found(location: String) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}

/// Writes the journal; an error becomes a page.
fn finish(
    app: &App,
    peer: SocketAddr,
    method: &Method,
    headers: &HeaderMap,
    path: &'static str,
    answer: Result<Response, LinkError>,
) -> Response {
    let (response, note) = match answer {
        Ok(response) => (response, Note::ok()),
        Err(error) => {
            let note = Note::outcome(format!("oauth:{}", error.code.unwrap_or_default()))
                .explained(Some(Explanation::detail(error.detail).in_chinese(error.chinese)));
            let code = error.code.map(|code| format!("errcode: {code}")).unwrap_or_default();
            (page::message(headers, error.text, &code, None), note)
        }
    };
    let status = response.status().as_u16();
    app.journal.write(Entry { at: app.clock.now(), peer, method: method.clone(), path: path.into(), status, note });
    response
}
