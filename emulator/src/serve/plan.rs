//! The faults that strike one request: before it is served, when its reply is written, and when the reply is sent.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::body::Frame;

use super::gateway;
use wxpaykit::doctor::Language;

use crate::config::Layout;
use crate::faults::{
    BillStyle, Failure, FaultTarget, Faults, Refused, ReplyFault, ReplyStyle, Signing, Timing, from_header,
};
use crate::journal::{Explanation, Note};
use crate::world::notice_fault::ActiveFault;

/// The name of the header that asks for faults.
const HEADER: &str = "x-emulator-fault";

/// The faults of one request.
#[derive(Debug, Default)]
pub(super) struct Plan(Vec<ActiveFault<ReplyFault>>);

impl Plan {
    /// Draws the faults of the header, of the order's amount and of the table. An error is about the header.
    pub(super) fn draw(
        faults: &Faults,
        asking: FaultTarget<'_>,
        headers: &HeaderMap,
        amount: Option<&str>,
    ) -> Result<Self, String> {
        let mut plan = Vec::new();
        for value in headers.get_all(HEADER) {
            let text = value.to_str().map_err(|_| "X-Emulator-Fault must be ASCII".to_owned())?;
            for (name, fault) in from_header(text)? {
                plan.extend(faults.once(&name, fault, asking.out_trade_no));
            }
        }
        if let (Some(amount), Some(number)) = (amount, asking.out_trade_no) {
            plan.extend(faults.of_amount(amount, number));
        }
        plan.extend(faults.of_reply(asking));
        plan.retain(|active| active.fault.fits(asking.endpoint));
        Ok(Self(plan))
    }

    /// The event that replaces the answer when the request is lost on its way in.
    pub(super) fn lost(&self) -> Option<Loss> {
        self.lost_at(Timing::Before)
    }

    /// The errcode that replaces the platform's own reply.
    pub(super) fn errcode(&self) -> Option<(i32, &str)> {
        self.0.iter().find_map(|active| match &active.fault {
            ReplyFault::ErrCode(code, text) => Some((*code, text.as_str())),
            _ => None,
        })
    }

    /// The refusal that a request gets, without any effect.
    pub(super) fn refused(&self) -> Option<&Refused> {
        self.0.iter().find_map(|active| match &active.fault {
            ReplyFault::Refused(refused) => Some(refused),
            _ => None,
        })
    }

    /// The `Request-ID` of a reply in place of its own; empty for none.
    pub(super) fn request_id(&self) -> Option<&str> {
        self.0.iter().find_map(|active| match &active.fault {
            ReplyFault::RequestId(value) => Some(value.as_str()),
            _ => None,
        })
    }

    pub(super) fn style(&self, layout: Layout) -> ReplyStyle {
        // A request that two faults strike does not take effect.
        let fail = |style: &mut ReplyStyle, failure, when| {
            if style.failure.is_none_or(|(_, known)| known != Timing::Before) {
                style.failure = Some((failure, when));
            }
        };
        let mut style =
            ReplyStyle { layout, sign: Signing::Right, extra: false, failure: None, bills: BillStyle::default() };
        for active in &self.0 {
            match active.fault {
                ReplyFault::BillTexts(texts) => style.bills.texts = Some(texts),
                ReplyFault::EmptyBill => style.bills.empty = true,
                ReplyFault::Layout(layout) => style.layout = layout,
                ReplyFault::NoSign => style.sign = Signing::Missing,
                ReplyFault::WrongSign => style.sign = Signing::Wrong,
                ReplyFault::ExtraFields => style.extra = true,
                ReplyFault::SystemError(when) => fail(&mut style, Failure::System, when),
                ReplyFault::BankError(when) => fail(&mut style, Failure::Bank, when),
                ReplyFault::Frequency(when) => fail(&mut style, Failure::Frequency, when),
                ReplyFault::Probe => style.sign = Signing::Probe,
                ReplyFault::StaleTimestamp => style.sign = Signing::Stale,
                ReplyFault::UnknownSerial => style.sign = Signing::Unknown,
                _ => {}
            }
        }
        style
    }

    /// The note for the journal, with the result that the faults hid.
    pub(super) fn note(&self, note: Note) -> Note {
        if self.0.is_empty() {
            return note;
        }
        let names: Vec<&str> = self.0.iter().map(|active| active.name.as_str()).collect();
        let mut explanation = note.explanation.map(|boxed| *boxed).unwrap_or_default();
        let (arrived, chinese) = if self.lost().is_some() {
            let chinese = "请求在处理之前就丢失了";
            ("the request was lost before anything happened".to_owned(), chinese.to_owned())
        } else {
            (format!("without the fault: {}", note.outcome), format!("没有这个故障时的结果：{}", note.outcome))
        };
        explanation.chinese = Some(match explanation.words(Language::Chinese) {
            "" => chinese.into(),
            detail => format!("{chinese}；{detail}").into(),
        });
        explanation.detail = match &*explanation.detail {
            "" => arrived.into(),
            detail => format!("{arrived}; {detail}").into(),
        };
        let outcome = format!("fault:{}", names.join(","));
        Note { outcome: outcome.into(), explanation: Some(Box::new(Explanation { ..explanation })), ..note }
    }

    /// Sends a reply, unless a fault delays, cuts or replaces it.
    pub(super) async fn send(&self, text: String, whole: impl FnOnce(String) -> Response) -> Response {
        let slow = self.0.iter().map(|active| if let ReplyFault::Slow { ms } = active.fault { ms } else { 0 }).sum();
        if slow > 0 {
            tokio::time::sleep(Duration::from_millis(slow)).await;
        }
        if let Some(lost) = self.lost_at(Timing::After) {
            return lost.response().await;
        }
        let cut = self.0.iter().any(|active| active.fault == ReplyFault::Truncated);
        whole(if cut { half(text) } else { text })
    }

    /// The same for a reply that may be a file.
    pub(super) async fn send_bytes(&self, body: Vec<u8>, whole: impl FnOnce(Vec<u8>) -> Response) -> Response {
        match String::from_utf8(body) {
            Ok(text) => self.send(text, |text| whole(text.into_bytes())).await,
            Err(file) => {
                let file = file.into_bytes();
                let cut = file.len() / 2;
                let is_cut = self.0.iter().any(|active| active.fault == ReplyFault::Truncated);
                self.send(String::new(), |_| whole(if is_cut { file.into_iter().take(cut).collect() } else { file }))
                    .await
            }
        }
    }

    fn lost_at(&self, at: Timing) -> Option<Loss> {
        self.0.iter().find_map(|active| match active.fault {
            ReplyFault::Timeout { when, ms } if when == at => Some(Loss::HungUp(Duration::from_millis(ms))),
            ReplyFault::BadGateway(when) if when == at => Some(Loss::BadGateway),
            _ => None,
        })
    }
}

/// The event that replaces an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    HungUp(Duration),
    BadGateway,
}

impl Loss {
    /// The status in the journal; 0 when there is no answer.
    pub(super) fn status(self) -> u16 {
        match self {
            Self::HungUp(_) => 0,
            Self::BadGateway => 502,
        }
    }

    pub(super) async fn response(self) -> Response {
        match self {
            Self::BadGateway => gateway::page(StatusCode::BAD_GATEWAY, "502 Bad Gateway"),
            Self::HungUp(after) => {
                tokio::time::sleep(after).await;
                Body::new(HangUp).into_response()
            }
        }
    }
}

/// A body that fails before its first byte: the server closes the connection without sending the head.
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
