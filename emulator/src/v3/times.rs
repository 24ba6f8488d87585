//! Times as APIv3 has them: RFC 3339.

use wxpaykit::BeijingTime;

use crate::world::clock::Millis;

/// Reads `yyyy-MM-ddTHH:mm:ss`, with or without a fraction, and with `Z` or an offset such as `+08:00`.
pub(super) fn read(text: &str) -> Option<Millis> {
    let (date, rest) = (text.get(..19)?, text.get(19..)?);
    let (day, clock) = date.split_once('T')?;
    let at = BeijingTime::parse(&format!("{day} {clock}"))?.unix();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let end = fraction.find(|c: char| !c.is_ascii_digit())?;
            let (fraction, zone) = fraction.split_at(end);
            Some(zone).filter(|_| digits(fraction) && fraction.len() <= 9)?
        }
        None => rest,
    };
    let offset = if zone == "Z" { 0 } else { offset(zone)? };
    at.checked_add(8 * 3600)?.checked_sub(offset)?.checked_mul(1000)
}

/// The seconds of `+08:00`.
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let number = |text: &str, most: i64| -> Option<i64> {
        let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|number| digits && *number <= most)
    };
    Some(sign * (number(hours, 23)? * 3600 + number(minutes, 59)? * 60))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn times_have_an_offset() {
        let same = 1_764_300_005_000;
        for text in [
            "2025-11-28T11:20:05+08:00",
            "2025-11-28T03:20:05Z",
            "2025-11-28T11:20:05.120+08:00",
            "2025-11-27T19:20:05-08:00",
        ] {
            assert_eq!(read(text), Some(same), "{text}");
        }
        for text in
            ["2025-11-28T11:20:05", "2025-11-28T11:20:05+0800", "2025-11-28 11:20:05+08:00", "2025-13-28T11:20:05Z", ""]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
