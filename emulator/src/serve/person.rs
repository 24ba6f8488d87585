//! The person who holds the phone, as the browser's cookie says.

use axum::http::{HeaderMap, header};

use crate::world::people::Person;
use crate::world::registry::Registry;

/// Set by the page where the user chooses a person. Pages of other ports on this machine see it too; it guards nothing.
pub(super) const COOKIE: &str = "wechat_user";

pub(super) fn of_cookie(registry: &Registry, headers: &HeaderMap) -> Option<Person> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, key) = pairs.find(|(name, _)| *name == COOKIE)?;
    Person::by_key(registry, key)
}
