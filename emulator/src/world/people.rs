//! The customers: a few people who use every appid, and those whom the merchant file lists for its appids.

use std::borrow::Cow;

use super::merchant::{DEMO_USER, is_openid, openid_of};
use super::registry::Registry;

/// A customer with a WeChat account. One person has another openid at each appid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// A name of the emulator's, or the openid of a person who is known at one appid only.
    pub(crate) key: String,
    pub(crate) nickname: Cow<'static, str>,
}

/// Key and nickname. Since 2021 WeChat calls every user 微信用户 until they choose a name.
const EVERYWHERE: [(&str, &str); 3] = [(DEMO_USER, "微信用户"), ("ming", "阿明"), ("hong", "小红")];

/// The others are customers of the corps.
const MEMBERS: [&str; 2] = [DEMO_USER, "ming"];

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

    /// All users of an appid, the demo user first.
    pub(crate) fn of_app(registry: &Registry, appid: &str) -> Vec<Self> {
        Self::everywhere().chain(registry.users_of(appid).map(Self::of_file)).collect()
    }

    /// All people.
    pub(crate) fn all(registry: &Registry) -> Vec<Self> {
        Self::everywhere().chain(registry.users().map(Self::of_file)).collect()
    }

    pub(crate) fn by_key(registry: &Registry, key: &str) -> Option<Self> {
        Self::all(registry).into_iter().find(|person| person.key == key)
    }

    /// The person with this openid at an appid; `None` when the emulator does not know the openid.
    pub(crate) fn by_openid(registry: &Registry, appid: &str, openid: &str) -> Option<Self> {
        let has = |person: &Self| person.openid(registry, appid).as_deref() == Some(openid);
        Self::of_app(registry, appid).into_iter().find(has)
    }

    /// This person's openid at an appid; `None` for a person who is known at another appid only.
    pub(crate) fn openid(&self, registry: &Registry, appid: &str) -> Option<String> {
        if is_openid(&self.key) {
            return registry.users_of(appid).any(|openid| openid == self.key).then(|| self.key.clone());
        }
        Some(openid_of(appid, &self.key))
    }

    /// Whether the person is a member of every corp in WeCom. Members have their key as userid.
    pub(crate) fn is_member(&self) -> bool {
        MEMBERS.contains(&self.key.as_str())
    }

    /// The path of this person's picture.
    pub(crate) fn avatar_path(&self) -> String {
        format!("/_wechat/avatar/{}", self.key)
    }
}
