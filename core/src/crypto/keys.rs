//! Serial numbers of certificates, and public keys by their serial number or id.

use super::rsa::VerifyingKey;
use crate::error::Error;

/// What the id of a WeChat Pay public key begins with.
pub const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_";

/// A serial number as WeChat Pay writes it: upper-case hexadecimal digits, two for each byte. Takes colons, blanks, lower case and a
/// lost zero at the beginning; `None` when the text is none of these, such as a number in decimal digits.
pub fn serial(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix("serial=").unwrap_or(text);
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect::<String>().to_ascii_uppercase();
    let fits = (1..=40).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let zero = if digits.len() % 2 == 1 { "0" } else { "" };
    fits.then(|| format!("{zero}{digits}"))
}

/// The serial number that a text in decimal digits stands for, as programs print big integers.
pub fn serial_of_decimal(text: &str) -> Option<String> {
    let text = text.trim();
    if !(45..=49).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Base 256, the lowest byte first.
    let mut bytes: Vec<u8> = Vec::new();
    for digit in text.bytes() {
        let mut carry = u32::from(digit - b'0');
        for byte in &mut bytes {
            let all = u32::from(*byte) * 10 + carry;
            // The remainder of a division by 256 fits.
            *byte = u8::try_from(all % 256).unwrap_or_default();
            carry = all / 256;
        }
        if carry > 0 {
            bytes.push(u8::try_from(carry).unwrap_or_default());
        }
    }
    let digits = bytes.iter().rev().map(|byte| format!("{byte:02X}")).collect::<String>();
    (digits.len() <= 40).then_some(digits)
}

/// The serial number of a merchant's certificate, as requests name it. Colons, small letters and a lost zero at the beginning are mended.
///
/// # Errors
/// `Config` for the setting or argument `field`, with the likely mistake.
pub fn merchant_serial(field: &'static str, given: &str) -> Result<String, Error> {
    if let Some(serial) = serial(given) {
        return Ok(serial);
    }
    let remedy = match serial_of_decimal(given) {
        Some(hex) => format!("is written in decimal digits; in hexadecimal it is {hex}"),
        None if given.is_empty() => "is empty: give the serial number of apiclient_cert.pem".to_owned(),
        None if given.starts_with(PUBLIC_KEY_ID) => {
            "is the id of WeChat Pay's public key; Authorization has the serial number of apiclient_cert.pem".to_owned()
        }
        None => "must have 40 hexadecimal digits: openssl x509 -in apiclient_cert.pem -noout -serial".to_owned(),
    };
    Err(Error::config(field, remedy))
}

/// Whether two serial numbers or ids are the same: letter case, colons and zeros at the beginning of a serial number do not count.
pub fn same_id(a: &str, b: &str) -> bool {
    let digits = |text: &str| serial(text).map(|digits| digits.trim_start_matches('0').to_owned());
    match (digits(a), digits(b)) {
        (Some(a), Some(b)) => a == b,
        _ => a.trim() == b.trim(),
    }
}

/// WeChat Pay's public keys: the platform certificates by their serial number, the public key by its id. Both may be there at once, as
/// while a merchant changes from one to the other.
#[derive(Clone, Debug, Default)]
pub struct Keys(Vec<(String, VerifyingKey)>);

impl Keys {
    /// Reads keys and certificates, each with its serial number or id.
    ///
    /// # Errors
    /// `Config` that names the serial number or the id: it cannot be read, or a certificate has another serial number. `Config` when a
    /// name is empty, or there is no key.
    pub fn read<'a>(given: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Self, Error> {
        let mut keys = Vec::new();
        for (id, content) in given {
            let shown: String = id.chars().take(60).filter(|c| !c.is_control()).collect();
            if id.trim().is_empty() {
                let fact = "has a key without a name: give its serial number or its id (PUB_KEY_ID_…)";
                return Err(Error::config("keys", fact));
            }
            let key = VerifyingKey::read("keys", content).map_err(|error| error.of_one(&shown))?;
            if let (Some(own), Some(_)) = (key.serial(), serial(id))
                && !same_id(own, id)
            {
                let fact = match key.merchant_number() {
                    Some(_) => format!(
                        "is given {}: that is the merchant's own certificate (apiclient_cert.pem), and not WeChat Pay's; give the platform \
                         certificate by its serial number, or the WeChat Pay public key by its id (PUB_KEY_ID_…)",
                        key.describe()
                    ),
                    None => format!("is given {}: use its own serial number", key.describe()),
                };
                return Err(Error::config("keys", fact).of_one(&shown));
            }
            keys.push((id.to_owned(), key));
        }
        if keys.is_empty() {
            let remedy = "is empty: give the WeChat Pay public key by its id (PUB_KEY_ID_…), or platform certificates by their serial \
                          numbers";
            return Err(Error::config("keys", remedy));
        }
        Ok(Self(keys))
    }

    /// Keys that were read before, each with its serial number or id.
    pub fn of(keys: impl IntoIterator<Item = (String, VerifyingKey)>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// The key that a message names, with the name that it was given under. The merchant may have written a serial number in another
    /// form; WeChat Pay writes it in one alone.
    pub fn find(&self, id: &str) -> Option<(&str, &VerifyingKey)> {
        self.iter()
            .find(|(known, key)| *known == id || key.serial() == Some(id) || serial(known).as_deref() == Some(id))
    }

    /// The key that is there alone.
    pub fn only(&self) -> Option<(&str, &VerifyingKey)> {
        match self.0.as_slice() {
            [(id, key)] => Some((id, key)),
            _ => None,
        }
    }

    /// All keys with their serial numbers and ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &VerifyingKey)> {
        self.0.iter().map(|(id, key)| (&**id, key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_keep_their_digits() {
        let own = "0A1B2C3D4E5F60718293A4B5C6D7E8F901234567";
        for written in
            [own, &own.to_ascii_lowercase(), &own[1..], "0A:1B:2C:3D:4E:5F:60:71:82:93:A4:B5:C6:D7:E8:F9:01:23:45:67"]
        {
            assert_eq!(serial(written).as_deref(), Some(own), "{written}");
            assert!(same_id(written, own));
        }
        for other in ["", "PUB_KEY_ID_0119", "316619589946583748254911118771567464205306098945", "0x12", "G1"] {
            assert_eq!(serial(other), None, "{other}");
        }
        let decimal = "316619589946583748254911118771567464205306098945";
        assert_eq!(serial_of_decimal(decimal).as_deref(), Some("3775B6A45ACD588826D15E583A95F5DD0AF0F501"));
        assert_eq!(serial_of_decimal(own), None);
        assert!(!same_id("PUB_KEY_ID_0119", "0119"));
    }
}
