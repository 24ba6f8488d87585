//! Money: an integer number of fen (分), and the yuan text that people and bill files use.

use std::fmt;
use std::str::FromStr;

use crate::codes::ErrorCode;
use crate::error::Error;

/// An amount in fen (分), the only unit on WeChat Pay's wire. 100 fen are one yuan.
///
/// ```
/// use wxpaykit::Fen;
/// assert_eq!(Fen::from_yuan("12.30")?, Fen(1230));
/// assert_eq!(Fen(1230).to_yuan()?, "12.30");
/// # Ok::<(), wxpaykit::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fen(pub i64);

impl Fen {
    /// Reads yuan text: ASCII digits, and at most two after a point. No sign, no exponent, no white space.
    ///
    /// # Errors
    /// `invalid_amount` for anything else, and for amounts beyond an `i64` of fen.
    pub fn from_yuan(text: &str) -> Result<Self, Error> {
        let (yuan, cents) = text.split_once('.').unwrap_or((text, "00"));
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(yuan) || !digits(cents) || cents.len() > 2 {
            return Err(invalid("not an amount in yuan with at most two decimals"));
        }
        let tens = if cents.len() == 1 { 10 } else { 1 };
        let fen = || {
            let yuan: i64 = yuan.parse().ok()?;
            let cents: i64 = cents.parse().ok()?;
            yuan.checked_mul(100)?.checked_add(cents.checked_mul(tens)?)
        };
        fen().map(Self).ok_or_else(|| invalid("is larger than the largest amount"))
    }

    /// Yuan text with two decimals.
    ///
    /// # Errors
    /// `invalid_amount` for a negative amount, which WeChat Pay has no text for.
    pub fn to_yuan(self) -> Result<String, Error> {
        if self.0 < 0 {
            return Err(invalid("must not be negative"));
        }
        Ok(format!("{}.{:02}", self.0 / 100, self.0 % 100))
    }
}

fn invalid(rule: &str) -> Error {
    Error::invalid_with_code(ErrorCode::InvalidAmount, "amount", rule)
}

/// The integer of fen, as on the wire.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The integer of fen, as on the wire.
impl FromStr for Fen {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl From<i64> for Fen {
    fn from(fen: i64) -> Self {
        Self(fen)
    }
}
