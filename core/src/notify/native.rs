//! Permanent codes (扫码支付模式一): a code that names a product. When it is scanned WeChat asks the merchant for an order, and the merchant
//! answers with its `prepay_id` (protocol §3.16). All signatures are MD5.

use crate::codes::ErrorCode;
use crate::crypto::digest::SignType;
use crate::doctor::{self, OtherKeys};
use crate::error::Error;
use crate::merchant::Merchant;
use crate::page::check_prepay_id;
use crate::table::macros::record;
use crate::table::row::Document;
use crate::v2::sign::{sign, verify};
use crate::wire::{form, xml};

record! {
    /// WeChat's question for an order, after a customer scanned a permanent code. Its signature, appid and mch_id are checked.
    NativeQuestion
    fields {
        /// The appid.
        appid: Id(32) required,
        /// The merchant.
        mch_id: Id(32) required,
        /// The product in the code.
        product_id: Id(32) required,
        /// The customer, as this appid knows them.
        openid: Id(128) required short,
        /// Whether the customer follows the account.
        is_subscribe: Text(1),
    }
}

const QUESTION: &str = "WeChat's question";
const SETTINGS: &str = "the client's settings";
/// The longest text that the customer can be shown.
const SHOWN: usize = 128;

impl NativeQuestion {
    /// Verifies a question's raw body and reads it.
    ///
    /// # Errors
    /// `Signature` when it is not authentic or cannot be read; `Mismatch` when it is another merchant's.
    pub fn parse(body: &[u8], merchant: &Merchant) -> Result<Self, Error> {
        Self::parse_searching(body, merchant, || true)
    }

    /// As [`NativeQuestion::parse`]. `search` decides whether the cause of a wrong signature is searched for.
    pub(crate) fn parse_searching(
        body: &[u8],
        merchant: &Merchant,
        search: impl FnOnce() -> bool,
    ) -> Result<Self, Error> {
        let key = merchant.key()?;
        let fields =
            xml::parse(body).map_err(|error| Error::signature(error.error_code(), doctor::unreadable(body, &error)))?;
        verify(&fields, key, &[SignType::Md5]).map_err(|error| {
            let others = OtherKeys { app_secret: merchant.app_secret().ok(), ..OtherKeys::default() };
            let explanation = doctor::refused(error, &fields, key, others, search());
            let addressed = doctor::addressed(explanation, error, &fields, merchant.appid(), merchant.mch_id());
            Error::signature(error.error_code(), addressed)
        })?;
        for (name, code, own) in [
            ("appid", ErrorCode::AppidMismatch, merchant.appid()),
            ("mch_id", ErrorCode::MchIdMismatch, merchant.mch_id()),
        ] {
            let said = fields.filled(name).unwrap_or("missing");
            if said != own {
                return Err(Error::mismatch(code, name, own, said, (SETTINGS, QUESTION)));
            }
        }
        Self::RECORD.check(&fields).map_err(|(field, why)| Error::malformed_message(field, why))?;
        Ok(Self(fields))
    }
}

/// The text of a permanent code for a product: make a QR code of it, perhaps shortened by `shorturl`. `now` is in seconds since 1970.
///
/// # Errors
/// `InvalidRequest` for a product number that is empty, longer than 32 characters, or has white space.
pub fn native_code_url(merchant: &Merchant, product_id: &str, now: i64, nonce: &str) -> Result<String, Error> {
    let rule = match product_id {
        "" => Some("must not be empty"),
        long if long.chars().count() > 32 => Some("must be at most 32 characters long"),
        text if text.contains(|c: char| c.is_whitespace() || c.is_control()) => Some("must not contain white space"),
        text if text.chars().any(|c| c.len_utf8() > 3) => Some("has a character that APIv2 does not take"),
        _ => None,
    };
    if let Some(rule) = rule {
        return Err(Error::invalid("product_id", rule));
    }
    let time = now.to_string();
    let pairs = [
        ("appid", merchant.appid()),
        ("mch_id", merchant.mch_id()),
        ("product_id", product_id),
        ("time_stamp", &time),
        ("nonce_str", nonce),
    ];
    let sign = sign(pairs, merchant.key()?, SignType::Md5);
    Ok(format!("weixin://wxpay/bizpayurl?{}", form::query([("sign", sign.as_str())].into_iter().chain(pairs))))
}

/// The answer to a question: the order that was made for the customer. Send it with status 200.
///
/// # Errors
/// `InvalidRequest` for a malformed `prepay_id`.
pub fn native_answer(merchant: &Merchant, prepay_id: &str, nonce: &str) -> Result<String, Error> {
    check_prepay_id(prepay_id)?;
    answer(merchant, nonce, ("prepay_id", prepay_id), "SUCCESS")
}

/// The answer to a question for which there is no order: the customer reads `text`. Send it with status 200.
///
/// # Errors
/// `InvalidRequest` for a text that is empty or longer than 128 characters, or that XML cannot carry.
pub fn native_refusal(merchant: &Merchant, text: &str, nonce: &str) -> Result<String, Error> {
    if text.is_empty() || text.chars().count() > SHOWN {
        return Err(Error::invalid("text", format!("must have 1 to {SHOWN} characters: the customer reads it")));
    }
    answer(merchant, nonce, ("err_code_des", text), "FAIL")
}

fn answer(merchant: &Merchant, nonce: &str, own: (&str, &str), result_code: &str) -> Result<String, Error> {
    let pairs = [
        ("return_code", "SUCCESS"),
        ("appid", merchant.appid()),
        ("mch_id", merchant.mch_id()),
        ("nonce_str", nonce),
        ("result_code", result_code),
        own,
    ];
    let sign = sign(pairs, merchant.key()?, SignType::Md5);
    xml::build(pairs.into_iter().chain([("sign", sign.as_str())]))
}
