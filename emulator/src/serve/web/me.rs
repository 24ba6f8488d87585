//! The page that chooses the person who holds the phone, and the people's pictures.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::page::{NOBODY, fill, filled_page, forbidden, language, message, translated};
use crate::app::App;
use crate::serve::person::{self, COOKIE};
use crate::serve::{gateway, origin};
use crate::world::people::Person;

/// `GET /_wechat/me`.
pub(super) async fn page(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let me = person::of_cookie(&app.registry, &headers).unwrap_or_else(Person::demo);
    let people: String = Person::all(&app.registry)
        .iter()
        .map(|person| {
            let row = if *person == me { ROW.replace("<input ", "<input checked ") } else { ROW.to_owned() };
            let values =
                [("key", person.key.as_str()), ("nickname", &person.nickname), ("avatar", &person.avatar_path())];
            fill(&row, &values)
        })
        .collect();
    let text = translated(include_str!("../../../web/me.html"), language(&headers)).replace("{{people}}", &people);
    filled_page(&text, &[("nickname", &me.nickname)], NOBODY)
}

const ROW: &str = "<li><label><input type=\"radio\" name=\"user\" value=\"{{key}}\" data-testid=\"user-{{key}}\"><img \
                   src=\"{{avatar}}\" alt=\"\" width=\"40\" height=\"40\"> {{nickname}}</label></li>";

/// `POST /_wechat/me`: `user=KEY`, from the page above.
pub(super) async fn choose(State(app): State<Arc<App>>, request: Request) -> Response {
    let headers = request.headers().clone();
    if let Err(why) = origin::allowed(&app, &headers) {
        return forbidden(&headers, why);
    }
    let body = gateway::body(request).await.unwrap_or_default();
    let user = form_urlencoded::parse(&body).find(|(name, _)| name == "user").map(|(_, key)| key);
    let Some(person) = user.and_then(|key| Person::by_key(&app.registry, &key)) else {
        return (StatusCode::BAD_REQUEST, message(&headers, "[[没有这个用户|There is no such user]]", "", None))
            .into_response();
    };
    let cookie = format!("{COOKIE}={}; Path=/; SameSite=Lax; HttpOnly", person.key);
    (StatusCode::SEE_OTHER, [(header::LOCATION, "/_wechat/me"), (header::SET_COOKIE, &cookie)]).into_response()
}

/// `GET /_wechat/avatar/KEY`: the last letter of the nickname on a coloured ground.
pub(super) async fn avatar(State(app): State<Arc<App>>, Path(who): Path<String>) -> Response {
    let Some(person) = Person::by_key(&app.registry, &who) else { return StatusCode::NOT_FOUND.into_response() };
    const COLOURS: [&str; 6] = ["#3d7a57", "#8a5a2b", "#3f6aa8", "#8d4a7c", "#5c6b2f", "#a14b45"];
    let sum: usize = person.key.bytes().map(usize::from).sum();
    let colour = COLOURS.get(sum % COLOURS.len()).copied().unwrap_or_default();
    let letter = person.nickname.chars().last().map(String::from).unwrap_or_default();
    let picture = fill(AVATAR, &[("colour", colour), ("letter", &letter)]);
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    (headers, picture).into_response()
}

const AVATAR: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 132 132\"><rect width=\"132\" height=\"132\" \
                      fill=\"{{colour}}\"/><text x=\"66\" y=\"88\" font-size=\"64\" font-family=\"sans-serif\" \
                      text-anchor=\"middle\" fill=\"#fff\">{{letter}}</text></svg>";
