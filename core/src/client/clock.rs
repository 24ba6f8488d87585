//! How far the clock of this machine is from WeChat's, by the `Date` of a reply.

use std::cell::Cell;

use http::HeaderMap;
use http::header::DATE;
use jiff::civil::DateTime;
use jiff::fmt::strtime;

use super::inner::now;
use crate::codes::{Meaning, is_provider_without_sub_mch_id};
use crate::error::{Error, Kind};
use crate::explanation::Language;
use crate::phrases;

/// The instant 0 in Greenwich.
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

tokio::task_local! {
    /// The difference that the task has seen. Set for [`watching`] alone, so that other calls need not read the header.
    static SEEN: Cell<Option<i64>>;
}

/// Runs a call; returns by how many seconds this machine's clock is ahead of WeChat's too, if a reply has a `Date`.
pub(super) async fn watching<T>(call: impl Future<Output = T>) -> (T, Option<i64>) {
    SEEN.scope(Cell::new(None), async {
        let result = call.await;
        (result, SEEN.with(Cell::get))
    })
    .await
}

/// Whether a check, which alone runs [`watching`], asked for this refusal: there is no such order, or a service provider's query names no
/// sub-merchant.
pub(super) fn is_hoped_for(error: &Error) -> bool {
    let is_check = SEEN.try_with(|_| ()).is_ok();
    let is_answer = || match error.kind() {
        Kind::Business { err_code_des: words, .. } | Kind::Protocol { return_msg: words } => {
            error.meaning() == Some(Meaning::NotFound) || is_provider_without_sub_mch_id(words)
        }
        _ => false,
    };
    is_check && is_answer()
}

/// By how many seconds this machine's clock is ahead of WeChat's, by the header `Date` of a reply that came now.
pub(super) fn ahead_of(date: &str) -> Option<i64> {
    Some(now() - unix(date)?)
}

/// How far this machine's clock is off, in words.
pub(super) fn said(ahead: i64, language: Language) -> String {
    let by = ahead.unsigned_abs();
    let english = match ahead > 0 {
        true => format!("this machine's clock is {by} s ahead of WeChat's"),
        false => format!("this machine's clock is {by} s behind WeChat's"),
    };
    match language {
        Language::English => english,
        Language::Chinese => phrases::whole(&english).unwrap_or(english),
    }
}

/// Call with the headers of every reply.
pub(super) fn note(headers: &HeaderMap) {
    // Outside of `watching` there is nothing to do.
    let _ = SEEN.try_with(|seen| {
        if let Some(ahead) = headers.get(DATE).and_then(|date| date.to_str().ok()).and_then(ahead_of) {
            seen.set(Some(ahead));
        }
    });
}

/// Reads the one form of dates that servers send: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn unix(date: &str) -> Option<i64> {
    let at = strtime::parse("%a, %d %b %Y %H:%M:%S GMT", date).ok()?.to_datetime().ok()?;
    Some(at.duration_since(EPOCH).as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_http_dates() {
        assert_eq!(unix("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(unix("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        for other in ["", "Sun, 06 Nov 1994 08:49:37", "Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"] {
            assert_eq!(unix(other), None, "{other}");
        }
    }
}
