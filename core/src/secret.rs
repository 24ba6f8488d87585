//! Keys, tokens and certificates: redacted in `Debug`, wiped on drop, compared in constant time.

use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A value that must never be printed. Reading it takes a call that says so.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the secret text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The secret itself. Keep it out of logs and errors.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// A certificate or a private key: its content, or the file that has it.
///
/// From text it is the content if the text is PEM or Base64, else a path.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// The content: PEM, DER, PKCS#12, or Base64 of one of the latter.
    Content(Zeroizing<Vec<u8>>),
    /// A file, which is read once, when a client is constructed.
    File(PathBuf),
}

/// Base64 of DER begins so. Such a text of this length is no path.
const DER: &str = "MI";
const LEAST: usize = 200;

impl Credential {
    /// Takes text: PEM, Base64 of DER with or without `data:;base64,` before it, or a path.
    pub fn new(text: impl Into<String>) -> Self {
        let text = Zeroizing::new(text.into());
        if let Some(data) = text.strip_prefix("data:;base64,")
            && let Ok(content) = BASE64_STANDARD.decode(data)
        {
            return Self::from(content);
        }
        let trimmed = text.trim_start_matches('\u{feff}').trim();
        let is_base64 =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\n' | b'\r' | b' ');
        let encoded = trimmed.starts_with(DER) && trimmed.len() >= LEAST && trimmed.bytes().all(is_base64);
        if encoded || text.contains("-----BEGIN ") {
            Self::Content(Zeroizing::new(text.as_bytes().to_vec()))
        } else {
            Self::File(PathBuf::from(&*text))
        }
    }

    /// The content; `None` for a file that was not read.
    pub fn content(&self) -> Option<&[u8]> {
        match self {
            Self::Content(content) => Some(content),
            Self::File(_) => None,
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A path may be a key that was given in a wrong form.
        f.write_str("Credential(…)")
    }
}

impl From<&str> for Credential {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Credential {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&Path> for Credential {
    fn from(file: &Path) -> Self {
        Self::File(file.to_owned())
    }
}

impl From<PathBuf> for Credential {
    fn from(file: PathBuf) -> Self {
        Self::File(file)
    }
}

impl From<Vec<u8>> for Credential {
    fn from(content: Vec<u8>) -> Self {
        Self::Content(Zeroizing::new(content))
    }
}

impl From<&[u8]> for Credential {
    fn from(content: &[u8]) -> Self {
        Self::from(content.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_pem_base64_or_a_path() {
        let file = |text: &str| match Credential::new(text) {
            Credential::File(path) => Some(path),
            Credential::Content(_) => None,
        };
        let encoded = format!("MII{}", "abcd+/12".repeat(30));
        for content in [
            "-----BEGIN CERTIFICATE-----",
            " \n-----BEGIN PRIVATE KEY-----\nMII",
            &encoded,
            &format!("\n{encoded}==\n"),
        ] {
            assert_eq!(file(content), None, "{content}");
        }
        for path in ["apiclient_cert.p12", "/etc/MII/key.pem", "MIIcert", "证书/apiclient_key.pem", ""] {
            assert_eq!(file(path), Some(path.into()));
        }
        assert_eq!(format!("{:?}", Credential::new(encoded)), "Credential(…)");
        assert_eq!(Credential::new("data:;base64,AAEC").content(), Some(&[0, 1, 2][..]));
        assert_eq!(Credential::new("data:;base64,").content(), Some(&[][..]));
    }
}
