//! The variable that a misspelt one probably means, so that a setting is not left out in silence.

use strsim::osa_distance;

use super::settings::SETTINGS;

/// The beginning of every variable.
const PREFIX: &str = "WXPAY_";
/// The end of a variable that names a file.
const FILE: &str = "_FILE";
/// Variables of the command, which are no settings of a client.
const OF_THE_COMMAND: &[&str] = &["jsapi_ticket", "session_key"];
/// Variables that resemble a setting and probably have another meaning: the key of another service (`APP_KEY`).
const OF_OTHERS: &[&str] = &["app_key", "appkey"];
/// Names that people use for settings, without underscores.
const ALSO_CALLED: &[(&str, &str)] = &[
    ("key", "api_key"),
    ("mchkey", "api_key"),
    ("paykey", "api_key"),
    ("apiv2key", "api_key"),
    ("v3key", "api_v3_key"),
    ("secret", "app_secret"),
    ("merchantid", "mch_id"),
    ("privatekey", "client_key"),
    ("keypath", "client_key"),
    ("apiclientkey", "client_key"),
    ("apiclientcert", "client_cert"),
    ("serialno", "client_cert_serial"),
    ("mchserialno", "client_cert_serial"),
    ("publickey", "platform_public_key"),
    ("publickeyid", "platform_public_key_id"),
];

/// The variable that `name` probably means: `WXPAY_API_KEY` for `WXPAY_APIKEY`. `None` for a variable that is right, and for one that
/// resembles none, which may be another program's.
pub(crate) fn meant(name: &str) -> Option<String> {
    let given = name.strip_prefix(PREFIX)?.to_ascii_lowercase();
    let (given, end) = match given.strip_suffix("_file").or_else(|| given.strip_suffix("_path")) {
        Some(given) => (given.to_owned(), FILE),
        None => (given, ""),
    };
    let known = || SETTINGS.iter().filter(|setting| setting.variable().is_some()).map(|setting| setting.name);
    let right = |setting: &str| format!("{PREFIX}{}{end}", setting.to_ascii_uppercase());
    if OF_THE_COMMAND.contains(&given.as_str()) || OF_OTHERS.contains(&given.as_str()) {
        return None;
    }
    if known().any(|setting| setting == given) {
        // Only the end may be wrong.
        return Some(right(&given)).filter(|right| right != name);
    }
    // WXPAY_MCH_ID_2 may be the second merchant of a program that has several.
    if known().any(|setting| given.strip_prefix(setting).is_some_and(|rest| rest.starts_with('_'))) {
        return None;
    }
    // The path of a key is that of the private key: the API key is seldom in a file.
    let bare = if given == "key" && name.to_ascii_lowercase().ends_with("_path") {
        "keypath".to_owned()
    } else {
        letters(&given)
    };
    let also = ALSO_CALLED.iter().find(|(called, _)| *called == bare).map(|(_, setting)| *setting);
    let near = || {
        let near = known().map(|setting| (osa_distance(&bare, &letters(setting)), setting));
        let near = near.filter(|(distance, setting)| *distance <= allowed(setting) && digits(&bare) == digits(setting));
        near.min_by_key(|(distance, _)| *distance).map(|(_, setting)| setting)
    };
    also.or_else(near).map(right)
}

/// How many letters may differ in the name of a setting.
fn allowed(setting: &str) -> usize {
    match letters(setting).len() {
        ..=5 => 0,
        6..=7 => 1,
        _ => 2,
    }
}

fn letters(name: &str) -> String {
    name.chars().filter(|c| *c != '_' && *c != '-').collect()
}

fn digits(name: &str) -> String {
    name.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_variables_and_those_of_other_programs() {
        for (given, right) in [
            ("WXPAY_APIKEY", "WXPAY_API_KEY"),
            ("WXPAY_KEY", "WXPAY_API_KEY"),
            ("WXPAY_API_KYE", "WXPAY_API_KEY"),
            ("WXPAY_API_V2_KEY", "WXPAY_API_KEY"),
            ("WXPAY_APIV3_KEY", "WXPAY_API_V3_KEY"),
            ("WXPAY_MCHID", "WXPAY_MCH_ID"),
            ("WXPAY_APP_ID", "WXPAY_APPID"),
            ("WXPAY_APPSECRET_FILE", "WXPAY_APP_SECRET_FILE"),
            ("WXPAY_CLIENT_CERT_PATH", "WXPAY_CLIENT_CERT_FILE"),
            ("WXPAY_NOTIFYURL", "WXPAY_NOTIFY_URL"),
            ("WXPAY_ENDPOINT", "WXPAY_ENDPOINTS"),
            ("WXPAY_PLATFORM_PUBLICKEY_ID", "WXPAY_PLATFORM_PUBLIC_KEY_ID"),
            ("WXPAY_notify_url", "WXPAY_NOTIFY_URL"),
            ("WXPAY_KEY_PATH", "WXPAY_CLIENT_KEY_FILE"),
            ("WXPAY_PRIVATE_KEY_PATH", "WXPAY_CLIENT_KEY_FILE"),
        ] {
            assert_eq!(meant(given).as_deref(), Some(right), "{given}");
        }
        for right in [
            "WXPAY_API_KEY",
            "WXPAY_CLIENT_CERT_FILE",
            "WXPAY_STORE",
            "WXPAY_JSAPI_TICKET",
            "WXPAY_SESSION_KEY_FILE",
            "WXPAY_MCH_ID_2",
            "WXPAY_API_KEY2",
            "WXPAY_NOTIFY_URL_APP",
            "WXPAY_PORT",
            "WXPAY_SCORE",
            "WXPAY_APP_KEY",
            "WXPAY_LOG_LEVEL",
            "WXPAY_API",
            "WXPAYKIT_LANG",
            "PATH",
            "",
        ] {
            assert_eq!(meant(right), None, "{right}");
        }
        for setting in SETTINGS {
            assert_eq!(setting.variable().and_then(|variable| meant(&variable)), None, "{}", setting.name);
        }
    }
}
