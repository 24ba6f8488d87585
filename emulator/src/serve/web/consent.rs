//! The page on which a user agrees to `snsapi_userinfo` or refuses it. Its buttons are links, because the browser goes on
//! to the shop, and `form-action` does not allow that to a form.

use axum::http::HeaderMap;
use axum::response::Response;
use wxpaykit::wire::form;

use super::page::{NOBODY, fill, filled_page, language, translated};
use crate::app::App;
use crate::world::people::Person;

/// The page. `query` is that of the link, which was checked.
pub(super) fn ask(app: &App, headers: &HeaderMap, appid: &str, query: &str, person: Option<Person>) -> Response {
    let people = Person::of_app(&app.registry, appid);
    let picked = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == AS).last();
    let picked = picked.and_then(|(_, key)| people.iter().find(|person| person.key == key).cloned());
    let person = picked.or(person.filter(|person| people.contains(person))).unwrap_or_else(Person::demo);
    let others: String = people
        .iter()
        .filter(|other| **other != person)
        .map(|other| {
            let link = format!("/connect/oauth2/authorize?{query}&{}", form::query([(AS, other.key.as_str())]));
            let avatar = other.avatar_path();
            fill(OTHER, &[("link", &link), ("avatar", &avatar), ("key", &other.key), ("nickname", &other.nickname)])
        })
        .collect();
    let answer = |answer: &str| {
        format!("/_wechat/consent?{query}&{}", form::query([(AS, person.key.as_str()), (ANSWER, answer)]))
    };
    let name = app.registry.by_app(appid).map(|merchant| merchant.name.as_str()).unwrap_or_default();
    let text = translated(include_str!("../../../web/consent.html"), language(headers)).replace("{{others}}", &others);
    let values = [
        ("merchant", name),
        ("nickname", &person.nickname),
        ("avatar", &person.avatar_path()),
        ("agree", &answer("yes")),
        ("refuse", &answer("no")),
    ];
    filled_page(&text, &values, NOBODY)
}

const AS: &str = "as";
const ANSWER: &str = "answer";
const OTHER: &str = "<li><a data-testid=\"user-{{key}}\" href=\"{{link}}\"><img src=\"{{avatar}}\" alt=\"\" width=\"40\" \
                     height=\"40\">{{nickname}}</a></li>";

/// The person on the page, and whether they agreed.
pub(super) fn answered(app: &App, query: &str) -> (Option<Person>, bool) {
    let last = |wanted: &str| form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == wanted).last();
    let person = last(AS).and_then(|(_, key)| Person::by_key(&app.registry, &key));
    (person, last(ANSWER).is_some_and(|(_, answer)| answer == "yes"))
}
