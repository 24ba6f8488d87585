//! APIv3: how its requests and replies travel, its rows, and, by hand, for notebooks and for programs that have an HTTP client of their own:
//! signing requests, verifying replies and notifications, decrypting what is in them. Nothing here does I/O.
//!
//! ```no_run
//! use wxpaykit::v3;
//!
//! # fn main() -> Result<(), wxpaykit::Error> {
//! # let (pem, pub_key_pem): (&[u8], &[u8]) = (b"", b"");
//! let key = v3::SigningKey::read("private_key", pem)?;
//! let message = v3::string_to_sign("GET", "/v3/certificates", "1554208460", "593BEC0C930BF1AFEB40B4A08C8FB242", "")?;
//! let signature = v3::sign(message.as_bytes(), &key)?;
//!
//! let keys = v3::Keys::read([("PUB_KEY_ID_0119000000012025112800000000000001", pub_key_pem)])?;
//! let headers = v3::Headers::read([("Wechatpay-Timestamp", "1764300006")]);
//! let id = v3::verify(&headers, br#"{"prepay_id":"wx28"}"#, &keys, 1764300007)?;
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "client")]
pub(crate) mod address;
pub mod bill;
#[cfg(feature = "client")]
pub(crate) mod bill_file;
#[cfg(feature = "client")]
pub(crate) mod catalogue;
pub mod certificates;
pub mod code;
pub mod combine;
#[cfg(feature = "client")]
pub mod download;
pub(crate) mod groups;
pub mod media;
pub mod notification;
pub mod order;
pub mod platform_certificates;
pub mod refund;
pub(crate) mod refused;
pub mod reply;
pub mod request;
pub mod sealed;
pub mod sealed_bill;
pub mod sharing;
pub mod sign;
pub mod transfer;
pub mod types;
#[cfg(feature = "client")]
pub mod upload;
pub mod verify;

pub use self::bill::check_bill;
pub use self::certificates::{PlatformCertificate, certificates};
#[cfg(feature = "client")]
pub use self::download::Download;
pub use self::notification::{V3Notification, notification};
#[cfg(feature = "client")]
pub use self::request::Call;
pub use self::sealed::{Resource, decrypt, decrypt_sensitive, encrypt_sensitive};
pub use self::sealed_bill::decrypt_bill;
pub use self::sign::{Parts, authorization, pay_sign, serial_no, sign, string_to_sign};
#[cfg(feature = "client")]
pub use self::upload::Upload;
pub use self::verify::verify;
pub use crate::crypto::keys::Keys;
pub use crate::crypto::rsa::{SigningKey, VerifyingKey};
pub use crate::doctor::v3::{Authorization, Evidence, explain};
pub use crate::wire::signed::Headers;
