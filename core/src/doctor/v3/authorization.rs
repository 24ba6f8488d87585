//! The header `Authorization` of a request.

use crate::explanation::RSA_SIGN_TYPE;

/// The header `Authorization` of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authorization {
    /// The merchant's number: `mchid`.
    pub mch_id: String,
    /// The serial number of the merchant's certificate.
    pub serial_no: String,
    /// Seconds since 1970.
    pub timestamp: String,
    /// The nonce.
    pub nonce_str: String,
    /// The signature in Base64.
    pub signature: String,
}

impl Authorization {
    /// Reads the header. The order of its members is free.
    ///
    /// # Errors
    /// The mistake in it, in a few words and without the signature.
    pub fn parse(header: &str) -> Result<Self, String> {
        let (scheme, rest) = header.trim().split_once(' ').ok_or("has no scheme")?;
        if scheme != RSA_SIGN_TYPE {
            let shown: String = scheme.chars().take(40).collect();
            return Err(format!("the scheme is {shown:?}"));
        }
        if rest.contains(['\n', '\r']) {
            return Err("has line breaks".to_owned());
        }
        const NAMES: [&str; 5] = ["mchid", "nonce_str", "signature", "timestamp", "serial_no"];
        let mut found = Self::default();
        for pair in rest.split(',') {
            let (name, value) = pair.trim().split_once('=').ok_or("a member has no value")?;
            let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            let shown: String = name.chars().take(20).collect();
            let value = value.ok_or_else(|| format!("{shown} has no quotation marks"))?;
            let slot = match name {
                "mchid" => &mut found.mch_id,
                "nonce_str" => &mut found.nonce_str,
                "signature" => &mut found.signature,
                "timestamp" => &mut found.timestamp,
                "serial_no" => &mut found.serial_no,
                _ => return Err(format!("{shown:?} is not a member")),
            };
            value.clone_into(slot);
        }
        let values = [&found.mch_id, &found.nonce_str, &found.signature, &found.timestamp, &found.serial_no];
        let missing = NAMES.into_iter().zip(values).find(|(_, value)| value.is_empty());
        if let Some((name, _)) = missing {
            return Err(format!("{name} is missing"));
        }
        Ok(found)
    }
}
