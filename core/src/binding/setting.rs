//! What may be shown of a setting. A secret may stand in the wrong variable, so a value is shown only where it has its setting's form.

use std::borrow::Cow;

use crate::client::is_path;
use crate::crypto::keys::PUBLIC_KEY_ID;
use crate::hosts::is_bare_url;
use crate::merchant::{is_appid, is_mch_id};
use crate::table::settings::{Setting, SettingKind};

/// How many digits a number of seconds or a count has, at most. A key may be of digits alone.
const DIGITS: usize = 12;

/// The value of a setting as it may be shown; `None` for a secret, and for a text that is no such value and may be one.
pub fn shown<'a>(setting: &Setting, text: &'a str) -> Option<Cow<'a, str>> {
    let is_shown = match setting.kind {
        SettingKind::Secret | SettingKind::Listener => false,
        SettingKind::Credential => is_path(text),
        SettingKind::Seconds | SettingKind::Count => text.len() <= DIGITS && text.parse::<f64>().is_ok(),
        SettingKind::Flag => matches!(text.to_ascii_lowercase().as_str(), "true" | "false" | "yes" | "no" | "1" | "0"),
        SettingKind::SignType | SettingKind::SignTypes => {
            text.split(',').all(|name| matches!(name.trim(), "MD5" | "HMAC-SHA256"))
        }
        SettingKind::Store => return store(text),
        SettingKind::Text => has_its_form(setting.name, text),
    };
    is_shown.then(|| text.into())
}

/// Whether a text has the form of this setting. One that is not listed is not shown.
fn has_its_form(name: &str, text: &str) -> bool {
    let is_of = |least: usize, most: usize, digit: fn(&u8) -> bool| {
        (least..=most).contains(&text.len()) && text.bytes().all(|byte| digit(&byte))
    };
    match name {
        "appid" | "sub_appid" => is_appid(text),
        "mch_id" | "sub_mch_id" => is_mch_id(text),
        "agent_id" => is_of(1, 10, u8::is_ascii_digit),
        "fee_type" => is_of(3, 3, u8::is_ascii_uppercase),
        // Shorter ones are accepted too, but keys have 32 digits.
        "client_cert_serial" => is_of(40, 40, u8::is_ascii_hexdigit),
        "platform_public_key_id" => text.strip_prefix(PUBLIC_KEY_ID).is_some_and(|digits| {
            (1..=64).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
        }),
        "notify_url" => is_bare_url(text),
        "endpoints" => text.split(',').all(|address| is_bare_url(address.trim())),
        _ => false,
    }
}

/// Whether it is an address without a password: one of Redis that lacks its `@` has it where the host and the port are.
fn is_address(text: &str) -> bool {
    let Some(address) = text.strip_prefix("redis://").or_else(|| text.strip_prefix("rediss://")) else {
        return text == "memory:" || text.starts_with("sqlite:");
    };
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let (place, path) = address.split_once('/').unwrap_or((address, ""));
    let (host, port) = place.rsplit_once(':').unwrap_or((place, "6379"));
    let is_v6 = host.strip_prefix('[').is_some_and(|host| host.ends_with(']'));
    let is_host = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c) || is_v6 && "[]:".contains(c);
    let has_host = !host.is_empty() && host.chars().all(is_host);
    has_host && port.parse::<u16>().is_ok() && path.chars().all(|c| c.is_ascii_digit())
}

/// The address of a store without user, password and query, whether it has a scheme or lacks it by mistake.
fn store(text: &str) -> Option<Cow<'_, str>> {
    let without_query = |text: &str| match text.split_once(['?', '#']) {
        Some((before, _)) => format!("{before}?***"),
        None => text.to_owned(),
    };
    match text.rsplit_once('@') {
        Some((before, host)) => {
            let scheme = before.split_once("://").map(|(scheme, _)| scheme);
            let scheme =
                scheme.filter(|scheme| matches!(*scheme, "redis" | "rediss")).map(|scheme| format!("{scheme}://"));
            Some(format!("{}***@{}", scheme.unwrap_or_default(), without_query(host)).into())
        }
        None => is_address(text).then(|| without_query(text).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::settings::SETTINGS;

    fn of(name: &str, text: &str) -> Option<String> {
        let setting = SETTINGS.iter().find(|setting| setting.name == name).unwrap();
        shown(setting, text).map(Cow::into_owned)
    }

    #[test]
    fn no_setting_shows_a_secret_that_stands_in_it() {
        for secret in [
            "192006250b4c09247ec02edce69f6a2d",
            "5A1D0C7E9B3F48268F2E6D4B7C90A1FF",
            "12345678901234567890123456789012",
            "PUB_KEY_ID_192006250b4c09247ec02edce69f6a2d",
            "http://u:hunter2@127.0.0.1:1",
            "https://shop.example/n?key=hunter2",
            "tiihtNczf5v6AKRyjwEUhQ==",
            "hunter2hunter2",
            "hunter2\nhunter2",
            "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
        ] {
            for setting in SETTINGS {
                assert_eq!(of(setting.name, secret).filter(|shown| !shown.contains("***")), None, "{}", setting.name);
            }
        }
        for password in
            ["redis://u:hunter2@h:6379/0?password=hunter2", "hunter2:hunter2://u:hunter2@h", "redis://h/0?p=hunter2"]
        {
            assert!(!of("store", password).unwrap().contains("hunter2"), "{password}");
        }
        for without_at in [
            "redis://:hunter2",
            "rediss://:hunter2:6379",
            "redis://u:hunter2",
            "redis://h:6379/hunter2",
            "memory:hunter2",
        ] {
            assert_eq!(of("store", without_at), None, "{without_at}");
        }
    }

    #[test]
    fn a_value_with_its_setting_s_form_is_shown() {
        for (name, value) in [
            ("appid", "wxd930ea5d5a258f4f"),
            ("sub_appid", "wxd930ea5d5a258f4f"),
            ("mch_id", "10000100"),
            ("sub_mch_id", "1900000109"),
            ("agent_id", "1000002"),
            ("fee_type", "HKD"),
            ("client_cert_serial", "7132D72A03E93CDDF8C03BBD1F37EEDF0B0A2F8C"),
            ("platform_public_key_id", "PUB_KEY_ID_0119000000012025112800000000000001"),
            ("notify_url", "https://shop.example/wxpay/notify"),
            ("endpoints", "http://127.0.0.1:8700, http://127.0.0.1:8701"),
            ("allow_insecure_endpoints", "true"),
            ("sign_type", "MD5"),
            ("accept_sign_types", "MD5, HMAC-SHA256"),
            ("timeout", "2.5"),
            ("max_connections", "64"),
            ("client_key", "/run/secrets/apiclient_key.pem"),
            ("store", "memory:"),
            ("store", "sqlite:///var/lib/shop/wxpay.db"),
            ("store", "redis://127.0.0.1:6379/0"),
            ("store", "rediss://cache-1.shop.example"),
            ("store", "redis://[::1]:6379/"),
        ] {
            assert_eq!(of(name, value).as_deref(), Some(value), "{name}");
        }
        assert_eq!(of("store", "redis://u:p@ss@h:6379/0").as_deref(), Some("redis://***@h:6379/0"));
    }
}
