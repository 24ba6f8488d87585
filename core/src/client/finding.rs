//! What `check` finds, as data.

use std::fmt;

use serde::Serialize;

use crate::error::Error;
use crate::explanation::Language;
use crate::wire::json;

/// What [`WxPay::check`](super::WxPay::check) found.
#[derive(Clone, Debug)]
pub struct CheckReport {
    findings: Vec<Finding>,
}

/// What was found of one part of a client.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// The part.
    pub part: Part,
    /// Whether it works.
    pub state: State,
    /// What was found, in a sentence without secrets.
    pub message: String,
    /// What to do, unless the part works and will go on to.
    pub remedy: Option<String>,
}

/// A part of a client that can be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The store: whether it keeps a value and gives it back.
    Store,
    /// appid, mch_id and API key, by an `orderquery` for a number that no order has.
    ApiKey,
    /// The AppSecret, by a `stable_token`.
    AppSecret,
    /// This machine's clock, by the `Date` of WeChat's reply.
    Clock,
    /// Whether WeChat may reach `notify_url`. Nothing is sent there.
    NotifyUrl,
    /// The merchant's certificate: whether it is valid now, and for how long. Nothing is sent.
    ClientCert,
    /// APIv3: mch_id, private key and serial number, by a signed `v3.query` for a number that no order has.
    ClientKey,
    /// APIv3: the APIv3 key, by the platform certificates that it decrypts.
    ApiV3Key,
    /// APIv3: WeChat Pay's public key or platform certificates, by the signature of a reply.
    PlatformKeys,
}

/// Whether a part of a client works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It works.
    Ok,
    /// It works, and will not for long: there is something to do.
    Attention,
    /// It does not work, or WeChat did not say.
    Failed,
    /// It is not set, so there is nothing to check; or it cannot be checked without another setting, or while another part fails.
    NotSet,
}

impl CheckReport {
    pub(super) fn of(findings: Vec<Finding>) -> Self {
        Self { findings }
    }

    /// Whether no part failed.
    pub fn is_ok(&self) -> bool {
        self.findings.iter().all(|finding| finding.state != State::Failed)
    }

    /// What was found, one for each [`Part`] that this client may use.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What was found of a part.
    pub fn finding(&self, part: Part) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.part == part)
    }

    /// A JSON list of the findings, for bindings.
    pub(crate) fn to_json(&self) -> String {
        json::write(&self.findings)
    }
}

impl Finding {
    pub(super) fn ok(part: Part, message: &str) -> Self {
        Self { part, state: State::Ok, message: message.to_owned(), remedy: None }
    }

    pub(super) fn attention(part: Part, message: impl Into<String>, remedy: &str) -> Self {
        Self { part, state: State::Attention, message: message.into(), remedy: Some(remedy.to_owned()) }
    }

    pub(super) fn not_set(part: Part, message: &str) -> Self {
        Self { part, state: State::NotSet, message: message.to_owned(), remedy: None }
    }

    pub(super) fn failed(part: Part, message: impl Into<String>, remedy: &str) -> Self {
        Self { part, state: State::Failed, message: message.into(), remedy: Some(remedy.to_owned()) }
    }
}

impl Part {
    /// `store`, `api_key`, `app_secret`, `clock`, `notify_url`, `client_cert`, `client_key`, `api_v3_key` or `platform_keys`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::ApiKey => "api_key",
            Self::AppSecret => "app_secret",
            Self::Clock => "clock",
            Self::NotifyUrl => "notify_url",
            Self::ClientCert => "client_cert",
            Self::ClientKey => "client_key",
            Self::ApiV3Key => "api_v3_key",
            Self::PlatformKeys => "platform_keys",
        }
    }
}

impl State {
    /// `ok`, `attention`, `failed` or `not_set`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Attention => "attention",
            Self::Failed => "failed",
            Self::NotSet => "not_set",
        }
    }
}

/// A line for each part.
impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.findings.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// One line: `api_key failed: …; remedy`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.part.as_str(), self.state.as_str(), self.message)?;
        self.remedy.as_ref().map_or(Ok(()), |remedy| write!(f, "; {remedy}"))
    }
}

/// What to do when WeChat did not answer.
pub(super) fn reach(language: Language) -> &'static str {
    language.pick(
        "check that this machine can reach WeChat's hosts over HTTPS, directly or through the proxy",
        "请确认本机可以用 HTTPS 连接微信的域名，或者代理放行了这些连接",
    )
}

/// What to do about an error; `None` for a wrong signature, whose advice is to run this check.
pub(super) fn beyond_check(error: &Error, language: Language) -> Option<&'static str> {
    error.remedy(language).filter(|_| !error.is_sign_error())
}

/// The text of an error without the remedy at its end, which a finding has beside it.
pub(super) fn without(error: &Error, language: Language) -> String {
    let text = error.message(language);
    let remedy = error.remedy(language);
    let bare =
        remedy.and_then(|remedy| text.strip_suffix(remedy)).map(|text| text.trim_end().trim_end_matches(['.', '。']));
    bare.map_or_else(|| text.clone(), str::to_owned)
}
