//! Secrets and settings: from the environment, from a file, or from a question at the terminal.

use clap::ArgMatches;
use wxpaykit::binding::p12;
use wxpaykit::client::{is_path, text_in};
use wxpaykit::codes::Api;
use wxpaykit::redact;
use wxpaykit::table::settings::{self, SettingKind};
use wxpaykit::v3::{SigningKey, VerifyingKey};
use wxpaykit::{Options, WxPay};

use crate::io::{Answer, ask};
use crate::session::Session;
use crate::status::Stop;

/// The variable of a jsapi_ticket, which is no setting of a client.
const TICKET: &str = "WXPAY_JSAPI_TICKET";
/// The variable of the session key of a mini program's login, which is no setting of a client.
const SESSION_KEY: &str = "WXPAY_SESSION_KEY";
/// The variable of the APIv3 key.
const API_V3_KEY: &str = "WXPAY_API_V3_KEY";
/// The variable of WeChat Pay's public key.
const PLATFORM_PUBLIC_KEY: &str = "WXPAY_PLATFORM_PUBLIC_KEY";

/// The API key, of any length.
pub(crate) fn api_key(session: &mut Session<'_>, matches: &ArgMatches) -> Result<String, Stop> {
    if let Some(key) = known(session, matches)? {
        return Ok(key);
    }
    question(session, API_KEY)?.ok_or_else(|| Stop::Wrong(missing(session)))
}

/// The session key of a mini program's login.
pub(crate) fn session_key(session: &mut Session<'_>) -> Result<String, Stop> {
    if let Some(key) = text(session, "session_key", SESSION_KEY)? {
        return Ok(key);
    }
    let missing = session.pick(
        "there is no session key: set WXPAY_SESSION_KEY, or WXPAY_SESSION_KEY_FILE, to the session_key of jscode2session",
        "没有会话密钥：请把 WXPAY_SESSION_KEY 或 WXPAY_SESSION_KEY_FILE 设为 jscode2session 返回的 session_key",
    );
    let words = ["session key (session_key), not shown: ", "会话密钥 session_key（不显示）："];
    question(session, words)?.ok_or_else(|| Stop::Wrong(missing.to_owned()))
}

/// The other secrets that are known, with which a message may have been signed by mistake: the APIv3 key and the AppSecret.
pub(crate) fn others(session: &mut Session<'_>) -> Result<(Option<String>, Option<String>), Stop> {
    let app_secret = text(session, "app_secret", "WXPAY_APP_SECRET")?;
    Ok((text(session, "api_v3_key", API_V3_KEY)?, app_secret))
}

/// The jsapi_ticket, if it is known.
pub(crate) fn ticket(session: &mut Session<'_>, matches: &ArgMatches) -> Result<Option<String>, Stop> {
    match matches.get_one::<String>("ticket-file") {
        Some(path) => file(session, path).map(Some),
        None => text(session, "jsapi_ticket", TICKET),
    }
}

/// A plain setting of the environment.
pub(crate) fn setting(session: &mut Session<'_>, name: &'static str) -> Result<Option<String>, Stop> {
    let variable = format!("WXPAY_{}", name.to_ascii_uppercase());
    Ok(text_in(session.io.environment, name, SettingKind::Text, &variable)?.map(|(text, _)| text))
}

/// A secret of the environment.
pub(crate) fn secret(session: &mut Session<'_>, name: &'static str) -> Result<Option<String>, Stop> {
    let variable = format!("WXPAY_{}", name.to_ascii_uppercase());
    text(session, name, &variable)
}

/// The content of a certificate or a key of the environment: of the file that it names, or the text itself.
pub(crate) fn credential(session: &mut Session<'_>, name: &'static str) -> Result<Option<Vec<u8>>, Stop> {
    let variable = format!("WXPAY_{}", name.to_ascii_uppercase());
    match text_in(session.io.environment, name, SettingKind::Credential, &variable)? {
        None => Ok(None),
        Some((text, _)) if !is_path(&text) => Ok(Some(text.into_bytes())),
        Some((path, file)) => {
            let variable = if file.is_some() { format!("{variable}_FILE") } else { variable };
            session.file(&path).map(Some).map_err(|stop| match stop {
                Stop::Wrong(text) => Stop::Wrong(format!("{variable}: {text}")),
                other => other,
            })
        }
    }
}

/// The merchant's private key and certificate: of `client_key` and `client_cert`, or of `client_p12`.
pub(crate) fn merchant_keys(session: &mut Session<'_>) -> Result<(Option<SigningKey>, Option<VerifyingKey>), Stop> {
    let private = credential(session, "client_key")?;
    let certificate = credential(session, "client_cert")?;
    if private.is_none()
        && certificate.is_none()
        && let Some(content) = credential(session, "client_p12")?
    {
        let password = secret(session, "client_p12_password")?;
        let mch_id = setting(session, "mch_id")?.unwrap_or_default();
        let keys = p12::read(&content, password.as_deref(), &mch_id)?;
        return Ok(keys.map_or((None, None), |(private, certificate)| (Some(private), Some(certificate))));
    }
    Ok((
        private.map(|key| SigningKey::read("client_key", &key)).transpose()?,
        certificate.map(|key| VerifyingKey::read("client_cert", &key)).transpose()?,
    ))
}

/// Whether there is no API key, and there are keys of APIv3.
pub(crate) fn are_of_v3_alone(session: &mut Session<'_>, matches: &ArgMatches) -> Result<bool, Stop> {
    Ok(known(session, matches)?.is_none() && has_v3_keys(session))
}

/// Whether a key of APIv3 is set. It is read when a client is made.
fn has_v3_keys(session: &Session<'_>) -> bool {
    [API_V3_KEY, PLATFORM_PUBLIC_KEY].into_iter().any(|variable| is_set(session, variable))
}

/// Whether a variable, or that of its file, has a value.
fn is_set(session: &Session<'_>, variable: &str) -> bool {
    let has_value = |variable: &str| (session.io.environment)(variable).is_some_and(|value| !value.is_empty());
    has_value(variable) || has_value(&format!("{variable}_FILE"))
}

/// A client of the environment's settings. The API key may be in a file, or be asked for if calls of `api` need it.
pub(crate) fn client(session: &mut Session<'_>, matches: &ArgMatches, api: Api) -> Result<WxPay, Stop> {
    let options = options(session, matches, api)?;
    // The client's own error names the setting, which may come from either of two variables.
    for setting in settings::SETTINGS.iter().filter(|setting| setting.kind == SettingKind::Credential) {
        credential(session, setting.name)?;
    }
    let language = session.language;
    // Made inside the runtime, where its warnings are printed.
    session.wait(async { WxPay::new(options) }, None).map_err(|stop| match stop {
        Stop::Core(error) if error.field() == Some("api_key") => {
            let text = error.message(language);
            Stop::Wrong(text)
        }
        other => other,
    })
}

/// The options of a client, with every secret of them hidden from then on.
pub(crate) fn options(session: &mut Session<'_>, matches: &ArgMatches, api: Api) -> Result<Options, Stop> {
    let mut key = known(session, matches)?;
    if key.is_none() && is_key_needed(session, api) {
        key = question(session, API_KEY)?;
    }
    let secrets = settings::SETTINGS.iter().filter(|setting| setting.kind == SettingKind::Secret);
    for setting in secrets {
        if let Some(variable) = setting.variable() {
            text(session, setting.name, &variable)?;
        }
    }
    let environment = session.io.environment;
    let lookup = |name: &str| match (name, &key) {
        ("WXPAY_API_KEY", Some(key)) => Some(key.clone()),
        _ => environment(name),
    };
    let variables = std::mem::take(&mut session.io.variables);
    // In the runtime, where its warnings are printed.
    let options =
        session.wait(async { Options::from_variables(variables.iter().map(String::as_str), lookup) }, None)?;
    Ok(options.language("command"))
}

/// Whether a secret would stand on the command line, where it is refused: the names that core knows, those of secret settings, and short ones.
pub(crate) fn is_secret_name(name: &str) -> bool {
    const ALSO: &[&str] = &["ticket", "token"];
    let plain_name = plain(name);
    let is_setting =
        |setting: &settings::Setting| setting.kind == SettingKind::Secret && plain(setting.name) == plain_name;
    redact::is_secret_name(name)
        || redact::is_secret_name(&plain_name)
        || ALSO.contains(&plain_name.as_str())
        || settings::SETTINGS.iter().any(is_setting)
}

/// The variable to set instead of a secret on the command line; `None` for a token, which no variable has.
pub(crate) fn variable_of(name: &str) -> Option<&'static str> {
    match plain(name) {
        name if name == plain(SESSION_KEY) => Some(SESSION_KEY),
        name if name.ends_with("token") => None,
        _ => Some("WXPAY_API_KEY"),
    }
}

/// A name without the prefix of the variables, in small letters and digits alone.
fn plain(name: &str) -> String {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    name.strip_prefix("wxpay").map_or(name.clone(), str::to_owned)
}

/// The API key of `--key-file` or of the environment.
fn known(session: &mut Session<'_>, matches: &ArgMatches) -> Result<Option<String>, Stop> {
    match matches.try_get_one::<String>("key-file").ok().flatten() {
        Some(path) => file(session, path).map(Some),
        None => text(session, "api_key", "WXPAY_API_KEY"),
    }
}

/// Whether the API key is the only setting that is missing. Calls of APIv3 and clients of APIv3 alone do not need it.
fn is_key_needed(session: &Session<'_>, api: Api) -> bool {
    if api == Api::V3 || has_v3_keys(session) {
        return false;
    }
    let needed = settings::SETTINGS.iter().filter(|setting| setting.required && setting.name != "api_key");
    let mut needed = needed.filter_map(settings::Setting::variable);
    needed.all(|variable| is_set(session, &variable))
}

/// The question for the API key, in both languages.
const API_KEY: [&str; 2] = ["API key (API密钥), not shown: ", "API 密钥（不显示）："];

fn question(session: &mut Session<'_>, [english, chinese]: [&'static str; 2]) -> Result<Option<String>, Stop> {
    if !session.io.terminals.err {
        return Ok(None);
    }
    match ask(session.pick(english, chinese)) {
        Answer::Text(key) if !key.is_empty() => {
            session.hide(&key);
            Ok(Some(key))
        }
        Answer::Interrupted => Err(Stop::Interrupted(None)),
        Answer::Text(_) | Answer::Nobody => Ok(None),
    }
}

fn text(session: &mut Session<'_>, name: &'static str, variable: &str) -> Result<Option<String>, Stop> {
    let found = text_in(session.io.environment, name, SettingKind::Secret, variable)?.map(|(text, _)| text);
    if let Some(secret) = &found
        && !is_mch_id(session, secret)
    {
        session.hide(secret);
    }
    Ok(found)
}

/// Whether a secret is the merchant number, as the password of a .p12 file is unless it was changed. Results show that number, and
/// hiding the secret would erase it from them.
fn is_mch_id(session: &mut Session<'_>, secret: &str) -> bool {
    setting(session, "mch_id").is_ok_and(|mch_id| mch_id.as_deref() == Some(secret))
}

/// A secret in a file, without the end of its last line.
fn file(session: &mut Session<'_>, path: &str) -> Result<String, Stop> {
    let content = session.file(path)?;
    let Ok(text) = String::from_utf8(content) else {
        let why = session.pick("is not text", "不是文本");
        return Err(Stop::Wrong(format!("{} {why}", session.named(path))));
    };
    let line = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if line.is_empty() {
        let why = session.pick("is empty", "是空的");
        return Err(Stop::Wrong(format!("{} {why}", session.named(path))));
    }
    session.hide(line);
    Ok(line.to_owned())
}

fn missing(session: &Session<'_>) -> String {
    let text = session.pick(
        "there is no API key: set WXPAY_API_KEY or WXPAY_API_KEY_FILE, or name its file with --key-file",
        "没有 API 密钥：请设置 WXPAY_API_KEY 或 WXPAY_API_KEY_FILE，或用 --key-file 指定文件",
    );
    text.to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;
    use crate::io::{Io, Terminals};

    #[test]
    fn the_api_key_is_asked_for_where_it_is_the_only_setting_that_is_missing() {
        let settings = [("WXPAY_APPID", "wxd930ea5d5a258f4f"), ("WXPAY_MCH_ID", "1900000109")];
        let is_needed = |variables: &[(&str, &str)], api: Api| {
            let (mut input, mut out, mut err) = (std::io::empty(), Vec::new(), Vec::new());
            let all = [settings.as_slice(), variables].concat();
            let lookup =
                |name: &str| all.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            let io = Io {
                input: &mut input,
                out: &mut out,
                err: &mut err,
                terminals: Terminals::default(),
                variables: Vec::new(),
                environment: &lookup,
                folders: Vec::new(),
            };
            is_key_needed(&Session::new(io, &[]), api)
        };
        assert!(is_needed(&[], Api::V2) && is_needed(&[], Api::Platform));
        assert!(!is_needed(&[], Api::V3));
        for variable in
            ["WXPAY_API_V3_KEY", "WXPAY_API_V3_KEY_FILE", "WXPAY_PLATFORM_PUBLIC_KEY", "WXPAY_PLATFORM_PUBLIC_KEY_FILE"]
        {
            assert!(!is_needed(&[(variable, "x")], Api::V2), "{variable}");
            assert!(is_needed(&[(variable, "")], Api::V2), "{variable}");
        }
    }
}
