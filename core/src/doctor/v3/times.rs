//! Times in messages, beside the clock.

use jiff::civil::DateTime;
use jiff::fmt::strtime;

use crate::error::Error;

/// WeChat Pay's limit between a message's timestamp and the clock, in seconds.
pub(super) const FRESH: i64 = 300;

/// The clock that a caller gives, if it is in seconds since 1970.
///
/// # Errors
/// `InvalidRequest`: it is negative, or in milliseconds.
pub(crate) fn clock(now: i64) -> Result<i64, Error> {
    const LATEST: i64 = 99_999_999_999;
    match now {
        0..=LATEST => Ok(now),
        ..0 => Err(Error::invalid("now", "must be seconds since 1970, which are not negative")),
        _ => Err(Error::invalid("now", "must be seconds since 1970; these are milliseconds")),
    }
}

/// Seconds since 1970 in decimal digits.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    let fits = (1..=11).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| fits)
}

/// How many hours a time is away, where they are as many as time zones differ by; one hour is as likely a delay.
pub(super) fn whole_hours(away: i64) -> Option<i64> {
    const HOUR: i64 = 3600;
    let hours = away.saturating_add(away.signum() * HOUR / 2) / HOUR;
    let is_whole = away.abs_diff(hours * HOUR) <= FRESH.unsigned_abs();
    (is_whole && (2..=14).contains(&hours.unsigned_abs())).then_some(hours)
}

/// Reads the one form of dates that servers send: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(super) fn http_date(date: &str) -> Option<i64> {
    let at = strtime::parse("%a, %d %b %Y %H:%M:%S GMT", date).ok()?.to_datetime().ok()?;
    const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
    Some(at.duration_since(EPOCH).as_secs())
}
