//! Events about the requests of a client, for metrics, logs and traces. They contain no secret: no body, no query, no key.

use std::fmt;
use std::time::Duration;

use crate::error::{Error, Kind};
use crate::retry::Failure;
use crate::shown::short;

/// One attempt at a call that ended, or whose caller was cancelled: its code is `cancelled` then, and its result is unknown.
#[derive(Debug)]
pub struct Event<'a> {
    /// The call, such as `unifiedorder` or `oauth.access_token`.
    pub endpoint: &'static str,
    /// The merchant's number of the order that the call is about: the call's own, or that of the notification which it confirms.
    pub out_trade_no: Option<&'a str>,
    /// The host that was asked, with its scheme: `https://api.mch.weixin.qq.com`.
    pub host: &'a str,
    /// Which attempt, counted from 1.
    pub attempt: u32,
    /// The HTTP status, when an answer came.
    pub status: Option<u16>,
    /// How long it took.
    pub elapsed: Duration,
    /// How it failed; `None` when it did not.
    pub error: Option<&'a Error>,
    /// Whether another attempt follows.
    pub again: bool,
    /// Whether the failure is the answer that was hoped for: [`WxPay::check`](crate::WxPay::check) asks for an order that does not exist.
    pub expected: bool,
}

impl Event<'_> {
    /// `ok`; or how it failed, as [`Failure::as_str`] writes it: `not_sent`, `timed_out`, `no_answer`, `not_authentic`, `trouble`,
    /// `too_many`, `ask_first`, `later` or `refused`.
    pub fn outcome(&self) -> &'static str {
        self.error.map_or("ok", |error| Failure::of(error).as_str())
    }

    /// WeChat's code where it gave one (`ORDERPAID`, `40029`), else this crate's own (`timeout`); nothing when it went well.
    pub fn code(&self) -> Option<String> {
        self.error.map(|error| match error.kind() {
            Kind::Business { err_code, .. } => err_code.clone(),
            Kind::OAuth { errcode, .. } => errcode.to_string(),
            _ => error.code().to_owned(),
        })
    }
}

/// One line: `orderquery of order T1 at https://api.mch.weixin.qq.com, attempt 1: timed_out timeout after 5000 ms`.
impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint, host, attempt, .. } = self;
        let order = self.out_trade_no.map(|number| format!(" of order {}", short(number))).unwrap_or_default();
        let code = self.code().map(|code| format!(" {}", short(&code))).unwrap_or_default();
        let (outcome, ms) = (self.outcome(), self.elapsed.as_millis());
        let again = if self.again { ", again" } else { "" };
        write!(f, "{endpoint}{order} at {host}, attempt {attempt}: {outcome}{code} after {ms} ms{again}")
    }
}

/// Receives every attempt, on the thread where it ends. It must not block.
pub trait Observer: Send + Sync {
    /// An attempt ended.
    fn attempted(&self, event: &Event<'_>);
}

impl<F: Fn(&Event<'_>) + Send + Sync> Observer for F {
    fn attempted(&self, event: &Event<'_>) {
        self(event);
    }
}
