//! What a client and its parts, such as `pay.oauth`, show of themselves: the settings that they use, and no secret.

use super::language::phrase;
use crate::merchant::{Merchant, MerchantOptions};

/// A client, or a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name: of a part that of the client's attribute.
    pub name: &'static str,
    /// What it serves, in WeChat's words. A client and its notifications: the APIs whose keys are set.
    api: Option<&'static str>,
    /// The settings whose values it shows.
    texts: &'static [&'static str],
    /// The secrets, certificates and keys that it uses. A client: all that are set.
    keys: Option<&'static [&'static str]>,
}

/// All of them, the client first.
pub static PARTS: &[Part] = &[
    Part {
        name: "client",
        api: None,
        texts: &["appid", "mch_id", "sub_appid", "sub_mch_id", "notify_url"],
        keys: None,
    },
    Part { name: "oauth", api: Some("OAuth (网页授权)"), texts: &["appid"], keys: Some(&["app_secret"]) },
    Part { name: "jssdk", api: Some("JS-SDK"), texts: &["appid"], keys: Some(&["app_secret"]) },
    Part {
        name: "wecom", api: Some("WeCom (企业微信)"), texts: &["appid", "agent_id"], keys: Some(&["corp_secret"])
    },
    Part {
        name: "notify",
        api: None,
        texts: &["appid", "mch_id", "sub_mch_id", "notify_url"],
        keys: Some(&["api_key", "api_v3_key", "platform_public_key"]),
    },
    Part {
        name: "v3",
        api: Some("APIv3"),
        texts: &["appid", "mch_id", "sub_appid", "sub_mch_id"],
        keys: Some(&["client_cert", "client_key", "client_p12", "api_v3_key", "platform_public_key"]),
    },
];

/// What a part of a client of these settings shows: names and values, of a key only whether it is set. `None` for another name.
pub fn shown<'a>(name: &str, settings: impl Into<Facts<'a>>) -> Option<Vec<(&'static str, String)>> {
    let part = PARTS.iter().find(|part| part.name == name)?;
    let facts = settings.into();
    let words = phrase("set | not set");
    let (set, not_set) = words.split_once(" | ").unwrap_or_default();
    let mut found = vec![("api", part.api.map_or_else(|| facts.apis(), str::to_owned))];
    found.extend(part.texts.iter().filter_map(|name| Some((*name, facts.text(name)?.to_owned()))));
    match part.keys {
        Some(keys) => found.extend(keys.iter().map(|name| {
            let is_set = facts.keys.contains(name);
            (*name, if is_set { set } else { not_set }.to_owned())
        })),
        None => found.extend(facts.keys.iter().map(|name| (*name, set.to_owned()))),
    }
    Some(found)
}

/// The settings that may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts<'a> {
    texts: [(&'static str, Option<&'a str>); 6],
    /// The names of the secrets, certificates and keys that are set.
    keys: Vec<&'static str>,
}

impl<'a> Facts<'a> {
    fn text(&self, name: &str) -> Option<&'a str> {
        self.texts.iter().find(|(known, _)| *known == name).and_then(|(_, value)| *value)
    }

    /// The APIs whose keys are set.
    fn apis(&self) -> String {
        let v3 = ["api_v3_key", "platform_public_key"];
        let found = [
            self.keys.contains(&"api_key").then_some("APIv2"),
            self.keys.iter().any(|name| v3.contains(name)).then_some("APIv3"),
        ];
        found.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl<'a> From<&'a Merchant> for Facts<'a> {
    fn from(merchant: &'a Merchant) -> Self {
        Self {
            texts: [
                ("appid", Some(merchant.appid())),
                ("mch_id", Some(merchant.mch_id())),
                ("sub_appid", merchant.sub_appid.as_deref()),
                ("sub_mch_id", merchant.sub_mch_id.as_deref()),
                ("notify_url", merchant.notify_url.as_deref()),
                ("agent_id", merchant.wecom().ok().map(|(_, agent_id)| agent_id)),
            ],
            keys: merchant.keys_set().to_vec(),
        }
    }
}

/// Of settings that were checked.
impl<'a> From<&'a MerchantOptions> for Facts<'a> {
    fn from(options: &'a MerchantOptions) -> Self {
        Self {
            texts: [
                ("appid", Some(&options.appid)),
                ("mch_id", Some(&options.mch_id)),
                ("sub_appid", options.sub_appid.as_deref()),
                ("sub_mch_id", options.sub_mch_id.as_deref()),
                ("notify_url", options.notify_url.as_deref()),
                ("agent_id", options.agent_id.as_deref()),
            ],
            keys: options.keys_set(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::settings::SETTINGS;

    fn options() -> MerchantOptions {
        MerchantOptions::new("wxd930ea5d5a258f4f", "10000100", "0123456789abcdef0123456789abcdef")
            .app_secret("abcdef0123456789abcdef0123456789")
            .sub_mch_id("10000101")
            .notify_url("https://shop.example.com/notify")
    }

    fn line(name: &str, options: &MerchantOptions) -> String {
        let found = shown(name, options).unwrap();
        found.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_part_shows_the_settings_that_it_uses_and_no_value_of_a_key() {
        let options = options();
        assert_eq!(line("oauth", &options), "api=OAuth (网页授权) appid=wxd930ea5d5a258f4f app_secret=set");
        assert_eq!(
            line("notify", &options),
            "api=APIv2 appid=wxd930ea5d5a258f4f mch_id=10000100 sub_mch_id=10000101 notify_url=https://shop.example.com/notify \
             api_key=set api_v3_key=not set platform_public_key=not set"
        );
        assert!(line("client", &options).ends_with("api_key=set app_secret=set"));
        assert_eq!(shown("secrets", &options), None);
    }

    #[test]
    fn a_checked_merchant_shows_what_its_settings_show() {
        let options = options().corp_secret("abcdef0123456789abcdef0123456789").agent_id("1000002");
        let merchant = Merchant::new(options.clone()).unwrap();
        for part in PARTS {
            let found = shown(part.name, &merchant).unwrap();
            assert_eq!(Some(&found), shown(part.name, &options).as_ref(), "{}", part.name);
            assert!(found.iter().all(|(_, value)| !value.contains("0123456789")), "{}", part.name);
        }
    }

    #[test]
    fn texts_and_keys_are_settings_of_these_kinds() {
        for part in PARTS {
            let is_key = |name: &str| SETTINGS.iter().find(|setting| setting.name == name).unwrap().is_key();
            assert!(part.texts.iter().all(|name| !is_key(name)), "{}", part.name);
            assert!(part.keys.unwrap_or_default().iter().all(|name| is_key(name)), "{}", part.name);
        }
    }
}
