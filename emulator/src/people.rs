//! Who may hold the phone: a few people who use every appid, and those that the merchant file names for theirs.

use std::borrow::Cow;

use axum::http::{HeaderMap, header};

use crate::merchant::{DEMO_USER, Registry, is_openid, openid_of};

/// Set by the page where one says who one is. Pages of other ports on this machine see it too; it guards nothing.
pub(crate) const COOKIE: &str = "wechat_user";

/// Somebody with a WeChat. One person has another openid at each appid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// A name of our own, or the openid of somebody who is known at one appid only.
    pub(crate) key: String,
    pub(crate) nickname: Cow<'static, str>,
}

/// Key and nickname. Since 2021 everybody is called 微信用户 until they say otherwise.
const EVERYWHERE: [(&str, &str); 3] = [(DEMO_USER, "微信用户"), ("ming", "阿明"), ("hong", "小红")];

impl Person {
    fn everywhere() -> impl Iterator<Item = Self> {
        EVERYWHERE.into_iter().map(|(key, nickname)| Self { key: key.to_owned(), nickname: nickname.into() })
    }

    fn of_file(openid: &str) -> Self {
        let end = openid.get(24..).unwrap_or_default();
        Self { key: openid.to_owned(), nickname: format!("用户 {end}").into() }
    }

    pub(crate) fn demo() -> Self {
        Self { key: DEMO_USER.to_owned(), nickname: "微信用户".into() }
    }

    /// Everybody who uses an appid, the demo user first.
    pub(crate) fn of_app(registry: &Registry, appid: &str) -> Vec<Self> {
        Self::everywhere().chain(registry.users_of(appid).map(Self::of_file)).collect()
    }

    /// Everybody.
    pub(crate) fn all(registry: &Registry) -> Vec<Self> {
        Self::everywhere().chain(registry.users().map(Self::of_file)).collect()
    }

    pub(crate) fn by_key(registry: &Registry, key: &str) -> Option<Self> {
        Self::all(registry).into_iter().find(|person| person.key == key)
    }

    /// Whoever has this openid, if it is one of ours.
    pub(crate) fn by_openid(registry: &Registry, appid: &str, openid: &str) -> Option<Self> {
        let has = |person: &Self| person.openid(registry, appid).as_deref() == Some(openid);
        Self::of_app(registry, appid).into_iter().find(has)
    }

    /// Whoever the browser says that it is.
    pub(crate) fn of_cookie(registry: &Registry, headers: &HeaderMap) -> Option<Self> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, key) = pairs.find(|(name, _)| *name == COOKIE)?;
        Self::by_key(registry, key)
    }

    /// What an appid knows this person as; `None` for somebody known at another appid only.
    pub(crate) fn openid(&self, registry: &Registry, appid: &str) -> Option<String> {
        if is_openid(&self.key) {
            return registry.users_of(appid).any(|openid| openid == self.key).then(|| self.key.clone());
        }
        Some(openid_of(appid, &self.key))
    }
}
