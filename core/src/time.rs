//! Beijing time, the only clock on WeChat Pay's wire.

use std::fmt::{self, Write as _};

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::fmt::strtime;

use crate::codes::ErrorCode;
use crate::error::Error;

/// An instant to the second, written in Beijing time (UTC+8, no daylight saving).
///
/// `yyyyMMddHHmmss` in requests and `time_end`; `yyyy-MM-dd HH:mm:ss` in refunds and bills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BeijingTime(i64);

/// The instant 0, on a clock in Beijing.
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 8, 0, 0, 0);
const WIRE: &str = "%Y%m%d%H%M%S";
const DASHED: &str = "%Y-%m-%d %H:%M:%S";
const RFC_3339: &str = "%Y-%m-%dT%H:%M:%S";

impl BeijingTime {
    /// The instant `seconds` after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// `invalid_time` when the year in Beijing is not between 1 and 9999.
    pub fn from_unix(seconds: i64) -> Result<Self, Error> {
        match civil(seconds).map(|at| at.year()) {
            Some(1..=9999) => Ok(Self(seconds)),
            _ => Err(Error::invalid_with_code(
                ErrorCode::InvalidTime,
                "time",
                "its year in Beijing is not between 1 and 9999",
            )),
        }
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn unix(self) -> i64 {
        self.0
    }

    /// Reads `yyyyMMddHHmmss` or `yyyy-MM-dd HH:mm:ss`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let format = match text.len() {
            14 if text.bytes().all(|b| b.is_ascii_digit()) => WIRE,
            19 => DASHED,
            _ => return None,
        };
        let at = strtime::parse(format, text).ok()?.to_datetime().ok()?;
        Self::from_unix(at.duration_since(EPOCH).as_secs()).ok()
    }

    /// Reads RFC 3339, as APIv3 has it: `2018-06-08T10:34:56+08:00`, also with `Z` and with fractions of a second, which are dropped. `None`
    /// for anything else, such as a time without its offset.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let (clock, rest) = text.split_at_checked(19)?;
        let zone = match rest.strip_prefix('.') {
            Some(fraction) => {
                let end = fraction.find(|c: char| !c.is_ascii_digit()).filter(|end| (1..=9).contains(end))?;
                fraction.get(end..)?
            }
            None => rest,
        };
        let offset = match zone.as_bytes() {
            b"Z" => 0,
            [sign @ (b'+' | b'-'), h, hh, b':', m, mm] if [h, hh, m, mm].iter().all(|digit| digit.is_ascii_digit()) => {
                let number = |tens: u8, ones: u8| i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
                let (hours, minutes) = (number(*h, *hh), number(*m, *mm));
                let seconds = (hours * 60 + minutes) * 60;
                if hours > 23 || minutes > 59 {
                    return None;
                }
                if *sign == b'+' { seconds } else { -seconds }
            }
            _ => return None,
        };
        let at = strtime::parse(RFC_3339, clock).ok()?.to_datetime().ok()?;
        // The epoch is on a clock of UTC+8.
        let unix = at.duration_since(EPOCH).as_secs() + 8 * 3600 - offset;
        Self::from_unix(unix).ok()
    }

    /// `yyyy-MM-ddTHH:mm:ss+08:00`.
    pub fn to_rfc3339(self) -> String {
        format!("{}+08:00", self.civil().strftime(RFC_3339))
    }

    /// `yyyyMMddHHmmss`.
    pub fn to_wire(self) -> String {
        let at = self.civil();
        let mut text = String::with_capacity(14);
        // Every order has some of these, and jiff's formatter takes five times as long.
        let _ = write!(text, "{:04}{:02}{:02}", at.year(), at.month(), at.day());
        let _ = write!(text, "{:02}{:02}{:02}", at.hour(), at.minute(), at.second());
        text
    }

    /// The year, and the month, day, hour, minute and second, on a clock in Beijing.
    pub fn parts(self) -> (u16, [u8; 5]) {
        let at = self.civil();
        // jiff's fields are signed; the year is between 1 and 9999.
        let part = |part: i8| part.unsigned_abs();
        (at.year().unsigned_abs(), [at.month(), at.day(), at.hour(), at.minute(), at.second()].map(part))
    }

    /// `yyyy-MM-dd HH:mm:ss`.
    pub fn to_dashed(self) -> String {
        self.civil().strftime(DASHED).to_string()
    }

    /// `from_unix` admits only what jiff can hold, so the epoch never shows.
    fn civil(self) -> DateTime {
        civil(self.0).unwrap_or(EPOCH)
    }
}

fn civil(seconds: i64) -> Option<DateTime> {
    EPOCH.checked_add(SignedDuration::from_secs(seconds)).ok()
}

/// `yyyyMMddHHmmss`.
impl fmt::Display for BeijingTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_wire())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for unix in [0, 1_261_703_410, 951_753_599, 4_102_444_799, -2_208_988_800] {
            let at = BeijingTime::from_unix(unix).unwrap();
            assert_eq!(BeijingTime::parse(&at.to_wire()), Some(at));
            assert_eq!(BeijingTime::parse(&at.to_dashed()), Some(at));
        }
    }

    #[test]
    fn the_parts_are_those_of_beijing() {
        assert_eq!(BeijingTime::from_unix(0).unwrap().parts(), (1970, [1, 1, 8, 0, 0]));
        let leap = BeijingTime::parse("20240229235958").unwrap();
        assert_eq!(leap.parts(), (2024, [2, 29, 23, 59, 58]));
        for year in [1, 9999] {
            let at = BeijingTime::parse(&format!("{year:04}0102030405")).unwrap();
            assert_eq!(at.parts(), (year, [1, 2, 3, 4, 5]));
        }
    }

    #[test]
    fn reads_and_writes_rfc_3339() {
        let at = BeijingTime::from_unix(1_528_425_296).unwrap();
        assert_eq!(at.to_rfc3339(), "2018-06-08T10:34:56+08:00");
        for text in [
            "2018-06-08T10:34:56+08:00",
            "2018-06-08T02:34:56Z",
            "2018-06-08T10:34:56.120+08:00",
            "2018-06-07T21:04:56-05:30",
        ] {
            assert_eq!(BeijingTime::parse_rfc3339(text), Some(at), "{text}");
        }
        for text in [
            "",
            "2018-06-08T10:34:56",
            "2018-06-08T10:34:56+0800",
            "2018-06-08 10:34:56+08:00",
            "2018-06-08T10:34:56.+08:00",
            "2018-06-08T10:34:56+24:00",
            "2018-13-08T10:34:56Z",
            "2018-06-08T10:34:56茶",
        ] {
            assert_eq!(BeijingTime::parse_rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn refuses_other_texts() {
        for text in [
            "",
            "2009122509101",
            "20091325091010",
            "20090229000000",
            "2009-12-25T09:10:10",
            "+0091225091010",
            "２009122509",
        ] {
            assert_eq!(BeijingTime::parse(text), None, "{text}");
        }
    }
}
