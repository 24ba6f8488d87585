//! `check`: whether a client can work, for start-up and readiness probes.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::clock;
use super::inner::{WxPay, nonce, now};
use super::pages::new_out_trade_no;
use crate::codes::Meaning;
use crate::error::{Error, Kind};
use crate::explanation::Language;
use crate::hosts;
use crate::secret::Secret;
use crate::v2::order::Orderquery;
use crate::wire::json;

/// What [`WxPay::check`] found.
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
    /// What to do, unless the part works.
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
}

/// Whether a part of a client works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It works.
    Ok,
    /// It does not work, or WeChat did not say.
    Failed,
    /// It is not set, so there is nothing to check.
    NotSet,
}

/// A larger difference between two clocks is a failure, in seconds.
const CLOCK_TOLERANCE: i64 = 60;
/// How long the store keeps the value that checks it, if it cannot be deleted.
const CHECK_LIFE: Duration = Duration::from_secs(10);

impl WxPay {
    /// Checks that this client can work: the store, the API key, the AppSecret, this machine's clock and `notify_url`.
    ///
    /// It sends an `orderquery` for a number that no order has, and a `stable_token` if there is an AppSecret. Both may be
    /// repeated, and take at most the call timeout each, at the same time. Call it when a process starts, and for readiness
    /// probes at most once a minute.
    pub async fn check(&self) -> CheckReport {
        let (store, (key, skew), secret) = tokio::join!(self.check_store(), self.check_key(), self.check_app_secret());
        let clock = check_clock(skew, key.state);
        CheckReport { findings: vec![store, key, secret, clock, self.check_notify_url(), self.check_client_cert()] }
    }

    async fn check_store(&self) -> Finding {
        match self.try_store().await {
            Ok(()) => Finding::ok(Part::Store, "the store keeps values"),
            Err(error) => {
                let cause = error.causes().next().map(|cause| format!(": {cause}")).unwrap_or_default();
                Finding::failed(
                    Part::Store,
                    format!("{error}{cause}"),
                    "without a store payments are not handed over; see that its folder or its server is there, and that \
                     this process may write to it",
                )
            }
        }
    }

    async fn try_store(&self) -> Result<(), Error> {
        let (store, name, value) = (&self.0.store, self.0.keys.look(&nonce()?), Secret::new("checked"));
        let added = store.add(&name, &value, CHECK_LIFE).await?;
        let kept = store.get(&name).await?;
        let deleted = store.compare_and_set(&name, &value, &value, Duration::ZERO).await?;
        let left = store.get(&name).await?;
        if added && kept == Some(value) && deleted && left.is_none() {
            return Ok(());
        }
        Err(Error::store("the store does not give back what it was given, so it cannot keep the ledger of payments"))
    }

    async fn check_key(&self) -> (Finding, Option<i64>) {
        let asked = async {
            let query = Orderquery::new().out_trade_no(new_out_trade_no("CHECK")?);
            self.orderquery(query).await
        };
        let (answer, skew) = clock::watching(asked).await;
        (key_finding(answer.err().as_ref()), skew)
    }

    async fn check_app_secret(&self) -> Finding {
        if self.merchant().app_secret().is_err() {
            let message = "app_secret is not set: OAuth and the JS-SDK cannot be used";
            return Finding { part: Part::AppSecret, state: State::NotSet, message: message.to_owned(), remedy: None };
        }
        match self.ask_access_token().await {
            Ok(()) => Finding::ok(Part::AppSecret, "WeChat gives a token for appid and AppSecret"),
            Err(error) => {
                let known = error.remedy(Language::English);
                let remedy = match error.kind() {
                    Kind::OAuth { .. } => known.unwrap_or("take the AppSecret of this appid from mp.weixin.qq.com"),
                    _ => REACH,
                };
                Finding::failed(Part::AppSecret, without(&error, known), remedy)
            }
        }
    }

    fn check_notify_url(&self) -> Finding {
        let part = Part::NotifyUrl;
        let Some(url) = &self.0.merchant.notify_url else {
            let message = "notify_url is not set: each order has to name one".to_owned();
            return Finding { part, state: State::NotSet, message, remedy: None };
        };
        if !self.asks_wechat() {
            return Finding::ok(part, "endpoints is set, so an emulator has to reach notify_url, not WeChat");
        }
        if hosts::is_private(url) {
            return Finding::failed(part, format!("WeChat cannot reach {url}: {PRIVATE_URL}"), PRIVATE_URL_REMEDY);
        }
        Finding::ok(part, "notify_url is a public address")
    }

    fn check_client_cert(&self) -> Finding {
        let part = Part::ClientCert;
        let Some(identity) = self.0.merchant.identity() else {
            let message =
                "client_cert is not set: refunds and other calls that need the certificate cannot be sent".to_owned();
            return Finding { part, state: State::NotSet, message, remedy: None };
        };
        match identity.expired(now()) {
            None => Finding::ok(part, &identity.warning(now()).unwrap_or_else(|| identity.describe())),
            Some(error) => {
                let remedy = error.remedy(Language::English);
                Finding::failed(part, without(&error, remedy), remedy.unwrap_or_default())
            }
        }
    }

    /// Whether calls go to WeChat's own hosts.
    pub(super) fn asks_wechat(&self) -> bool {
        self.0.open == hosts::Hosts::default().open
    }
}

const REACH: &str = "check that this machine can reach WeChat's hosts over HTTPS, directly or through the proxy";
const PRIVATE_URL: &str = "it is an address of this machine or of a private network";
const PRIVATE_URL_REMEDY: &str = "set a public address; for development use the emulator, or a tunnel to this machine";
const KEY_REMEDY: &str =
    "take the APIv2 key (API密钥) from pay.weixin.qq.com > 账户中心 > API安全, and see that it is this mch_id's";

/// Judges the API key by the reply to an `orderquery` for a nonexistent order.
fn key_finding(error: Option<&Error>) -> Finding {
    let part = Part::ApiKey;
    let right = "WeChat accepts appid, mch_id and API key";
    let Some(error) = error else { return Finding::ok(part, right) };
    let known = error.remedy(Language::English);
    match error.kind() {
        Kind::Business { .. } if error.meaning() == Some(Meaning::NotFound) => Finding::ok(part, right),
        // The refusal is signed with the key, so the key is right.
        Kind::Business { .. } => Finding::failed(
            part,
            format!("the API key is right, and WeChat refuses a query: {}", without(error, known)),
            known.unwrap_or("see that the merchant may use this appid and this call at pay.weixin.qq.com > 产品中心"),
        ),
        Kind::Signature { .. } => Finding::failed(part, error.to_string(), KEY_REMEDY),
        Kind::Protocol { .. } => Finding::failed(part, without(error, known), known.unwrap_or(KEY_REMEDY)),
        _ => Finding::failed(part, format!("the API key could not be checked: {error}"), REACH),
    }
}

/// The text of an error without the remedy at its end, which a finding has beside it.
fn without(error: &Error, remedy: Option<&str>) -> String {
    let text = error.to_string();
    let bare = remedy.and_then(|remedy| text.strip_suffix(remedy)).map(|text| text.trim_end().trim_end_matches('.'));
    bare.map_or_else(|| text.clone(), str::to_owned)
}

fn check_clock(ahead: Option<i64>, key: State) -> Finding {
    let part = Part::Clock;
    match ahead {
        Some(seconds) if seconds.abs() <= CLOCK_TOLERANCE => {
            Finding::ok(part, "this machine's clock agrees with WeChat's")
        }
        Some(seconds) => {
            let (by, way) = (seconds.unsigned_abs(), if seconds > 0 { "ahead of" } else { "behind" });
            Finding::failed(
                part,
                format!("this machine's clock is {by} s {way} WeChat's"),
                "set it by NTP: orders close at the wrong time, and tokens are renewed too late",
            )
        }
        None if key == State::Failed => {
            Finding::failed(part, "the clock could not be compared: there is no reply of WeChat's".to_owned(), REACH)
        }
        None => {
            let message = "the clock could not be compared: WeChat's reply came without a Date, perhaps by a proxy";
            Finding { part, state: State::NotSet, message: message.to_owned(), remedy: None }
        }
    }
}

impl CheckReport {
    /// Whether no part failed.
    pub fn is_ok(&self) -> bool {
        self.findings.iter().all(|finding| finding.state != State::Failed)
    }

    /// What was found, one for each [`Part`].
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
    fn ok(part: Part, message: &str) -> Self {
        Self { part, state: State::Ok, message: message.to_owned(), remedy: None }
    }

    fn failed(part: Part, message: String, remedy: &str) -> Self {
        Self { part, state: State::Failed, message, remedy: Some(remedy.to_owned()) }
    }
}

impl Part {
    /// `store`, `api_key`, `app_secret`, `clock`, `notify_url` or `client_cert`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::ApiKey => "api_key",
            Self::AppSecret => "app_secret",
            Self::Clock => "clock",
            Self::NotifyUrl => "notify_url",
            Self::ClientCert => "client_cert",
        }
    }
}

impl State {
    /// `ok`, `failed` or `not_set`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
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
