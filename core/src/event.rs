//! Events about the requests of a client, for metrics, logs and traces. They contain no secret: no body, no query, no key.

use std::time::Duration;

use crate::error::{Error, Kind};
use crate::retry::Failure;

/// One attempt at a call that ended, or whose caller was cancelled: its code is `cancelled` then, and its result is unknown.
#[derive(Debug)]
pub struct Event<'a> {
    /// The call, such as `unifiedorder` or `oauth.access_token`.
    pub endpoint: &'static str,
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
}

impl Event<'_> {
    /// `ok`; or `not_sent`, `timed_out`, `no_answer`, `not_authentic`, `trouble`, `too_many` or `refused`, as
    /// [`Failure`] has them.
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
