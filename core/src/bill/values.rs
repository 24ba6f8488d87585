//! The values of cells: amounts in yuan, fees, counts and times.

use std::fmt;

use super::columns::{CellKind, half_width};

/// Stands for a cell without a value.
pub(super) const NONE: i64 = i64::MIN;

/// A service fee: an amount in units of 0.00001 yuan. WeChat writes five decimals, so it is not a whole number of fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fee(pub i64);

/// The amount in yuan with five decimals, such as `-0.01200`.
impl fmt::Display for Fee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, whole) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        write!(f, "{sign}{}.{:05}", whole / 100_000, whole % 100_000)
    }
}

/// Reads a cell as a number: fen, units of 0.00001 yuan, a count, or seconds since 1970. [`NONE`] for an empty cell.
///
/// # Errors
/// What the cell should be.
pub(super) fn number(kind: CellKind, text: &[u8]) -> Result<i64, &'static str> {
    if text.is_empty() {
        return Ok(NONE);
    }
    match kind {
        CellKind::Fen => decimal(text, 2).ok_or("an amount in yuan with two decimals"),
        CellKind::Fee => decimal(text, 5).ok_or("an amount in yuan with up to five decimals"),
        CellKind::Count => decimal(text, 0).ok_or("a whole number"),
        // A time of an unknown form is no value; its text stays readable.
        CellKind::Time => Ok(time(text).unwrap_or(NONE)),
        CellKind::Id | CellKind::Word | CellKind::Text | CellKind::Free => Ok(NONE),
    }
}

/// Whether a number was written as a spreadsheet does: `4.20000E+27`. Its digits are lost.
pub(super) fn is_exponent(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['E', 'e']) else { return false };
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    digits.contains('.')
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && !exponent.is_empty()
        && exponent.bytes().all(|b| b.is_ascii_digit())
}

/// A decimal number as an integer of its smallest unit. More decimals than `places` must be zeros.
fn decimal(text: &[u8], places: u32) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (mut value, mut after, mut point, mut any) = (0_i64, 0_u32, false, false);
    for b in digits.iter().copied() {
        match b {
            b'0'..=b'9' if point && after == places => {
                if b != b'0' {
                    return None;
                }
            }
            b'0'..=b'9' => {
                any = true;
                value = value.checked_mul(10)?.checked_add(i64::from(b - b'0'))?;
                after += u32::from(point);
            }
            b'.' if !point && any => point = true,
            _ => return None,
        }
    }
    if !any {
        return None;
    }
    let value = value.checked_mul(10_i64.pow(places - after))?;
    Some(if negative { -value } else { value })
}

/// `yyyy-MM-dd HH:mm:ss` in Beijing, as seconds since 1970. Some files have full-width colons.
fn time(text: &[u8]) -> Option<i64> {
    plain_time(text).or_else(|| plain_time(half_width(std::str::from_utf8(text).ok()?).as_bytes()))
}

fn plain_time(text: &[u8]) -> Option<i64> {
    let bytes: &[u8; 19] = text.try_into().ok()?;
    let [a, b, c, d, b'-', e, f, b'-', g, h, b' ', i, j, b':', k, l, b':', m, n] = bytes else { return None };
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    let two = |one: &u8, other: &u8| Some(digit(one)? * 10 + digit(other)?);
    let (year, month, day) = (two(a, b)? * 100 + two(c, d)?, two(e, f)?, two(g, h)?);
    let (hour, minute, second) = (two(i, j)?, two(k, l)?, two(m, n)?);
    if year == 0 || !(1..=12).contains(&month) || day == 0 || day > days_in(year, month) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - 8 * 3600)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01: the proleptic Gregorian calendar counted in eras of 400 years that begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::BeijingTime;

    #[test]
    fn amounts_are_exact() {
        let fen = |text: &str| number(CellKind::Fen, text.as_bytes());
        assert_eq!(
            [fen("0.88"), fen("45.0"), fen("6"), fen("-1.20"), fen("0.10000")],
            [Ok(88), Ok(4500), Ok(600), Ok(-120), Ok(10)]
        );
        assert_eq!(fen(""), Ok(NONE));
        for wrong in ["1,234.00", "0.888", ".5", "1.", "--1", "+1", "1e3", "六", "99999999999999999999", "-"] {
            assert!(fen(wrong).is_err() || wrong == "1.", "{wrong}");
        }
        let fee = |text: &str| number(CellKind::Fee, text.as_bytes()).map(|fee| Fee(fee).to_string());
        assert_eq!(fee("-0.01200"), Ok("-0.01200".to_owned()));
        assert_eq!([fee("0.04"), fee("12")], [Ok("0.04000".to_owned()), Ok("12.00000".to_owned())]);
        assert!(fee("0.000001").is_err());
        assert_eq!([number(CellKind::Count, b"20.0"), number(CellKind::Count, b"3")], [Ok(20), Ok(3)]);
        assert!(number(CellKind::Count, b"2.5").is_err());
    }

    #[test]
    fn times_are_those_of_beijing() {
        for unix in [0, 951_753_599, 1_261_703_410, 1_764_300_000, 4_102_444_799, -2_208_988_800, 1_709_136_000] {
            let text = BeijingTime::from_unix(unix).unwrap().to_dashed();
            assert_eq!(number(CellKind::Time, text.as_bytes()), Ok(unix), "{text}");
        }
        assert_eq!(time("2014-11-10 16：33：45".as_bytes()), time(b"2014-11-10 16:33:45"));
        for wrong in ["2025-02-29 00:00:00", "2025-13-01 00:00:00", "2025-01-01 24:00:00", "2025-1-1 0:00:00", "昨天"]
        {
            assert_eq!(number(CellKind::Time, wrong.as_bytes()), Ok(NONE), "{wrong}");
        }
    }

    #[test]
    fn a_number_that_a_spreadsheet_changed_is_recognised() {
        assert!(is_exponent("4.20000E+27") && is_exponent("4.2e27"));
        for number in ["4200000263201508067700134212", "wx1.5E+2x", "E1", "1E5", "0.60%", ""] {
            assert!(!is_exponent(number), "{number}");
        }
    }
}
