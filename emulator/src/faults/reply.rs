//! The one place where faults meet a request: before it is taken, when its reply is written, and when that leaves.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::body::Frame;

use super::{Asking, Faults, ReplyFault, Struck, When};
use crate::config::Layout;
use crate::http;
use crate::journal::{Explanation, Note};
use crate::pay::Endpoint;
use crate::{oauth, platform};

/// The paths that faults can be bound to.
pub(crate) fn endpoints() -> impl Iterator<Item = &'static str> {
    let calls = oauth::CALLS.iter().chain(platform::CALLS).map(|(path, _)| *path);
    Endpoint::ALL.into_iter().map(Endpoint::path).chain(calls)
}

impl ReplyFault {
    /// Whether it makes sense for a path: signatures and layouts are the payment API's, errcodes the platform's.
    pub(super) fn fits(&self, path: &str) -> bool {
        let pay = path.starts_with("/pay/");
        match self {
            Self::Timeout { .. } | Self::BadGateway(_) | Self::Truncated | Self::Slow { .. } => true,
            Self::SystemError(_) | Self::NoSign | Self::WrongSign | Self::ExtraFields | Self::Layout(_) => pay,
            Self::ErrCode(_) => !pay,
        }
    }
}

/// The text of an errcode that can be asked for, without its rid.
pub(crate) fn errmsg(code: i32) -> Option<&'static str> {
    Some(match code {
        -1 => "system error rid: ",
        40001 => {
            "invalid credential, access_token is invalid or not latest, could get access_token by \
             getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r rid: "
        }
        45009 => "reach max api daily quota limit, could get more detail rid: ",
        45011 => "api minute-quota reach limit must slower retry next minute rid: ",
        _ => return None,
    })
}

/// The name of the header that asks for faults.
pub(crate) const HEADER: &str = "x-emulator-fault";

/// What goes wrong with one request.
#[derive(Debug, Default)]
pub(crate) struct Plan(Vec<Struck<ReplyFault>>);

/// How the payment API's reply is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Writing {
    pub(crate) layout: Layout,
    pub(crate) sign: Signing,
    /// Fields that no document knows, signed like all others.
    pub(crate) extra: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signing {
    Right,
    Wrong,
    Missing,
}

impl Plan {
    /// The faults that the header, the order's amount and the table hold for a request. An error is about the header.
    pub(crate) fn draw(
        faults: &Faults,
        asking: Asking<'_>,
        headers: &HeaderMap,
        amount: Option<&str>,
    ) -> Result<Self, String> {
        let mut plan = Vec::new();
        for value in headers.get_all(HEADER) {
            let text = value.to_str().map_err(|_| "X-Emulator-Fault must be ASCII".to_owned())?;
            for (name, fault) in super::from_header(text)? {
                plan.extend(faults.passing(&name, fault, asking.out_trade_no));
            }
        }
        if let (Some(amount), Some(number)) = (amount, asking.out_trade_no) {
            plan.extend(faults.of_amount(amount, number));
        }
        plan.extend(faults.of_reply(asking));
        plan.retain(|struck| struck.fault.fits(asking.path));
        Ok(Self(plan))
    }

    /// What is answered when the request never arrives.
    pub(crate) fn lost(&self) -> Option<Lost> {
        self.lost_at(When::Before)
    }

    /// The errcode that is answered in place of the platform's own reply.
    pub(crate) fn errcode(&self) -> Option<i32> {
        self.0.iter().find_map(|struck| match struck.fault {
            ReplyFault::ErrCode(code) => Some(code),
            _ => None,
        })
    }

    pub(crate) fn system_error(&self, at: When) -> bool {
        self.0.iter().any(|struck| struck.fault == ReplyFault::SystemError(at))
    }

    pub(crate) fn writing(&self, layout: Layout) -> Writing {
        let mut writing = Writing { layout, sign: Signing::Right, extra: false };
        for struck in &self.0 {
            match struck.fault {
                ReplyFault::Layout(layout) => writing.layout = layout,
                ReplyFault::NoSign => writing.sign = Signing::Missing,
                ReplyFault::WrongSign => writing.sign = Signing::Wrong,
                ReplyFault::ExtraFields => writing.extra = true,
                _ => {}
            }
        }
        writing
    }

    /// Says in the journal what a fault hid.
    pub(crate) fn note(&self, note: Note) -> Note {
        if self.0.is_empty() {
            return note;
        }
        let names: Vec<&str> = self.0.iter().map(|struck| struck.name.as_str()).collect();
        let mut explanation = note.explanation.map(|boxed| *boxed).unwrap_or_default();
        let arrived = if self.lost().is_some() {
            "the request was lost before anything happened".to_owned()
        } else {
            format!("without the fault: {}", note.outcome)
        };
        explanation.detail = match &*explanation.detail {
            "" => arrived.into(),
            detail => format!("{arrived}; {detail}").into(),
        };
        let outcome = format!("fault:{}", names.join(","));
        Note { outcome: outcome.into(), explanation: Some(Box::new(Explanation { ..explanation })), ..note }
    }

    /// Sends a reply off, as far as it gets.
    pub(crate) async fn send(&self, text: String, whole: impl FnOnce(String) -> Response) -> Response {
        let slow = self.0.iter().map(|struck| if let ReplyFault::Slow { ms } = struck.fault { ms } else { 0 }).sum();
        if slow > 0 {
            tokio::time::sleep(Duration::from_millis(slow)).await;
        }
        if let Some(lost) = self.lost_at(When::After) {
            return lost.response().await;
        }
        let cut = self.0.iter().any(|struck| struck.fault == ReplyFault::Truncated);
        whole(if cut { half(text) } else { text })
    }

    fn lost_at(&self, at: When) -> Option<Lost> {
        self.0.iter().find_map(|struck| match struck.fault {
            ReplyFault::Timeout { when, ms } if when == at => Some(Lost::HungUp(Duration::from_millis(ms))),
            ReplyFault::BadGateway(when) if when == at => Some(Lost::BadGateway),
            _ => None,
        })
    }
}

/// What comes in place of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    HungUp(Duration),
    BadGateway,
}

impl Lost {
    /// As the journal has it; 0 for none.
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::HungUp(_) => 0,
            Self::BadGateway => 502,
        }
    }

    pub(crate) async fn response(self) -> Response {
        match self {
            Self::BadGateway => http::gateway(StatusCode::BAD_GATEWAY, "502 Bad Gateway"),
            Self::HungUp(after) => {
                tokio::time::sleep(after).await;
                Body::new(HangUp).into_response()
            }
        }
    }
}

/// A body that fails before its first byte: the server drops the connection, and the head with it.
struct HangUp;

impl hyper::body::Body for HangUp {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
    }
}

fn half(text: String) -> String {
    let half = text.len() / 2;
    text.char_indices().take_while(|(at, _)| *at < half).map(|(_, c)| c).collect()
}
