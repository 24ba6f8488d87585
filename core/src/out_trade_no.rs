//! Numbers for new orders and refunds.

use crate::error::Error;
use crate::table::check::is_out_no;
use crate::time::BeijingTime;

/// The longest prefix: it leaves seven random characters, about 78 billion numbers each millisecond.
pub const MAX_PREFIX: usize = 8;

/// A number of 32 characters for a new order: the prefix, Beijing time to the millisecond, and random lower-case letters
/// and digits. Numbers of one prefix sort by time.
///
/// # Errors
/// `InvalidRequest` when the prefix is longer than [`MAX_PREFIX`] or has a character that WeChat does not take.
pub fn new_out_trade_no(prefix: &str, now_ms: i64, random: [u8; 16]) -> Result<String, Error> {
    if prefix.len() > MAX_PREFIX || !prefix.bytes().all(is_out_no) {
        return Err(Error::invalid("prefix", format!("must be at most {MAX_PREFIX} digits, letters, and _ - | * @")));
    }
    let time = BeijingTime::from_unix(now_ms.div_euclid(1000))?;
    let mut number = format!("{prefix}{time}{:03}", now_ms.rem_euclid(1000));
    // Twelve digits at a time fit into 64 bits, whose division is many times as fast.
    const TWELVE: u128 = 36_u128.pow(12);
    let mut random = u128::from_le_bytes(random);
    while number.len() < 32 {
        let mut digits = u64::try_from(random % TWELVE).unwrap_or_default();
        random /= TWELVE;
        for _ in 0..12.min(32 - number.len()) {
            let digit = u32::try_from(digits % 36).ok().and_then(|digit| char::from_digit(digit, 36));
            number.push(digit.unwrap_or('0'));
            digits /= 36;
        }
    }
    Ok(number)
}

/// A number of 32 characters for a new refund, made as [`new_out_trade_no`] makes those of orders. Store it before the first attempt:
/// every further attempt at the refund needs the same one.
///
/// # Errors
/// As [`new_out_trade_no`].
pub fn new_out_refund_no(prefix: &str, now_ms: i64, random: [u8; 16]) -> Result<String, Error> {
    new_out_trade_no(prefix, now_ms, random)
}

/// Refuses what WeChat does not take as a merchant's number.
///
/// # Errors
/// `InvalidRequest`.
pub fn check_out_trade_no(number: &str) -> Result<(), Error> {
    if (1..=32).contains(&number.len()) && number.bytes().all(is_out_no) {
        return Ok(());
    }
    Err(Error::invalid("out_trade_no", "must be 1 to 32 digits, letters, and _ - | * @"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_by_time_and_fit_the_limit() {
        let at = |ms, byte| new_out_trade_no("A", ms, [byte; 16]).unwrap();
        assert_eq!(at(1_261_703_410_007, 1).get(..18), Some("A20091225091010007"));
        assert_eq!(at(0, 255).len(), 32);
        assert_eq!(at(0, 7).get(18..), Some("vi2pir1a36tcb7"));
        assert!(at(1_261_703_410_007, 255) < at(1_261_703_410_008, 0));
        assert!(check_out_trade_no(&at(0, 9)).is_ok());
        assert!(new_out_trade_no("123456789", 0, [0; 16]).is_err());
        assert!(new_out_trade_no("é", 0, [0; 16]).is_err());
    }
}
