//! The page on which a user agrees to `snsapi_userinfo`, or does not. Its buttons are links: the browser goes on to the
//! shop, which `form-action` would not let a form do.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, RawQuery, State};
use axum::response::Response;
use wxpaykit::wire::form;

use crate::app::App;
use crate::people::Person;
use crate::{oauth, web};

/// Asks. `query` is the link's own, and was checked.
pub(crate) fn ask(app: &App, appid: &str, query: &str, person: Option<Person>) -> Response {
    let people = Person::of_app(&app.registry, appid);
    let picked = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == AS).last();
    let picked = picked.and_then(|(_, key)| people.iter().find(|person| person.key == key).cloned());
    let person = picked.or(person.filter(|person| people.contains(person))).unwrap_or_else(Person::demo);
    let others: String = people
        .iter()
        .filter(|other| **other != person)
        .map(|other| {
            let link = format!("/connect/oauth2/authorize?{query}&{}", form::query([(AS, other.key.as_str())]));
            let avatar = super::me::avatar_path(other);
            web::fill(
                OTHER,
                &[("link", &link), ("avatar", &avatar), ("key", &other.key), ("nickname", &other.nickname)],
            )
        })
        .collect();
    let answer = |answer: &str| {
        format!("/_wechat/consent?{query}&{}", form::query([(AS, person.key.as_str()), (ANSWER, answer)]))
    };
    let name = app.registry.by_app(appid).map(|merchant| merchant.name.as_str()).unwrap_or_default();
    let page = include_str!("../../web/consent.html").replace("{{others}}", &others);
    let values = [
        ("merchant", name),
        ("nickname", &person.nickname),
        ("avatar", &super::me::avatar_path(&person)),
        ("agree", &answer("yes")),
        ("refuse", &answer("no")),
    ];
    web::page(&page, &values)
}

const AS: &str = "as";
const ANSWER: &str = "answer";
const OTHER: &str = "<li><a data-testid=\"user-{{key}}\" href=\"{{link}}\"><img src=\"{{avatar}}\" alt=\"\" width=\"40\" \
                     height=\"40\">{{nickname}}</a></li>";

/// `GET /_wechat/consent`: the link's own query, and who answers what.
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let last = |wanted: &str| form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == wanted).last();
    let person = last(AS).and_then(|(_, key)| Person::by_key(&app.registry, &key));
    let agreed = last(ANSWER).is_some_and(|(_, answer)| answer == "yes");
    oauth::consented(&app, peer, &query, person, agreed)
}
