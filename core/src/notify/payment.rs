//! The payment notification (支付结果通知). Anyone can post one, so its signature is verified. Then WeChat is asked for the order:
//! only its answer makes a [`ConfirmedPayment`], or a complete answer to `micropay`, which is signed in the same way.

use super::compare::{CALLER, NOTIFICATION, Row, SETTINGS, SubMerchant, compare, currency, owner};
use crate::codes::ErrorCode;
use crate::crypto::digest::SignType;
use crate::doctor::{self, Explanation, OtherKeys};
use crate::error::Error;
use crate::fields::Fields;
use crate::merchant::Merchant;
use crate::money::Fen;
use crate::table::macros::record;
use crate::table::row::Document;
use crate::trade_state::TradeState;
#[cfg(feature = "client")]
use crate::v2::code::MicropayReply;
use crate::v2::groups::{identity, paid, payment, state};
use crate::v2::order::{Coupon, OrderqueryReply};
use crate::v2::sign::{VerifyError, verify};
use crate::wire::xml;

record! {
    /// A notification whose signature, appid and mch_id are checked. WeChat wrote it, or another holder of the key: ship nothing
    /// because of it alone.
    PaymentNotification includes [paid, payment, identity]
    fields {
        /// `SUCCESS`, or `FAIL` for contracts.
        result_code: Text(16) required,
        /// WeChat's code of a failure, for contracts.
        err_code: Text(32),
        /// The failure in WeChat's words.
        err_code_des: Text(128),
    }
    lists {
        coupons: Coupon,
    }
}

record! {
    /// A payment that WeChat's reply to `orderquery` confirmed, or to `micropay` where it is complete: the money has arrived.
    ConfirmedPayment includes [paid, state, payment, identity]
    fields {}
    lists {
        coupons: Coupon,
    }
}

impl PaymentNotification {
    /// Verifies a notification's raw body and reads it. Give the bytes as they came, not a parsed form of them.
    ///
    /// # Errors
    /// `Signature` when it is not authentic or cannot be read; `Mismatch` when it is another merchant's.
    pub fn parse(body: &[u8], merchant: &Merchant) -> Result<Self, Error> {
        Self::parse_searching(body, merchant, || true)
    }

    /// As [`PaymentNotification::parse`]. `search` decides whether the cause of a wrong signature is searched for. The
    /// search takes up to a few milliseconds, and anyone may send a wrong signature.
    pub(crate) fn parse_searching(
        body: &[u8],
        merchant: &Merchant,
        search: impl FnOnce() -> bool,
    ) -> Result<Self, Error> {
        let others = OtherKeys { app_secret: merchant.app_secret().ok(), ..OtherKeys::default() };
        let (key, accept) = (merchant.key()?, merchant.accept.as_slice());
        let parsed = Self::read(body, key, accept, merchant.appid(), merchant.mch_id(), |error, fields| {
            let explanation = doctor::refused(error, fields, key, others, search());
            doctor::addressed(explanation, error, fields, merchant.appid(), merchant.mch_id())
        })?;
        // Notifications of all sub-merchants are signed with the one key of their provider.
        match &merchant.sub_mch_id {
            Some(own) => match belongs(&parsed.0, "sub_mch_id", ErrorCode::SubMchIdMismatch, own) {
                Ok(()) => Ok(parsed),
                Err(error) => Err(parsed.named(error)),
            },
            None => Ok(parsed),
        }
    }

    /// As [`PaymentNotification::parse`], with a key of any length instead of a merchant.
    ///
    /// # Errors
    /// As [`PaymentNotification::parse`].
    pub fn parse_with_key(
        body: &[u8],
        key: &str,
        accept: &[SignType],
        appid: &str,
        mch_id: &str,
    ) -> Result<Self, Error> {
        Self::read(body, key, accept, appid, mch_id, |error, fields| {
            doctor::refused(error, fields, key, OtherKeys::default(), true)
        })
    }

    fn read(
        body: &[u8],
        key: &str,
        accept: &[SignType],
        appid: &str,
        mch_id: &str,
        explain: impl FnOnce(VerifyError, &Fields) -> Explanation,
    ) -> Result<Self, Error> {
        let fields = xml::parse(body)
            .map_err(|error| Error::signature(error.error_code(), doctor::unreadable(body, &error.to_string())))?;
        verify(&fields, key, accept).map_err(|error| Error::signature(error.error_code(), explain(error, &fields)))?;
        let notification = Self(fields);
        match notification.check(appid, mch_id) {
            Ok(()) => Ok(notification),
            Err(error) => Err(notification.named(error)),
        }
    }

    fn check(&self, appid: &str, mch_id: &str) -> Result<(), Error> {
        belongs(&self.0, "appid", ErrorCode::AppidMismatch, appid)?;
        belongs(&self.0, "mch_id", ErrorCode::MchIdMismatch, mch_id)?;
        Self::RECORD.check(&self.0).map_err(|(field, why)| Error::malformed_message(field, why))
    }

    /// The error with this notification's order.
    pub(crate) fn named(&self, error: Error) -> Error {
        match self.0.get("out_trade_no") {
            Some(number) if !number.is_empty() => error.about(number),
            _ => error,
        }
    }
}

/// The source of WeChat's reply, as named in error messages.
const REPLY: &str = "WeChat's reply to orderquery";

fn belongs(fields: &Fields, name: &'static str, code: ErrorCode, own: &str) -> Result<(), Error> {
    match fields.get(name) {
        Some(value) if value == own => Ok(()),
        other => Err(Error::mismatch(code, name, own, other.unwrap_or("missing"), (SETTINGS, NOTIFICATION))),
    }
}

/// Compares WeChat's reply about the order with the notification.
///
/// # Errors
/// `Mismatch`, naming the first thing that differs.
pub(crate) fn confirmed(
    notification: &PaymentNotification,
    reply: OrderqueryReply,
    merchant: &Merchant,
) -> Result<ConfirmedPayment, Error> {
    let by = (NOTIFICATION, REPLY);
    let sub_merchant = SubMerchant { number: notification.0.filled("sub_mch_id"), by: NOTIFICATION };
    let text = |fen: Fen| fen.to_string();
    let (said, answered) = (text(notification.total_fee()), reply.total_fee().map(text));
    let (number, payment) = (notification.out_trade_no(), notification.transaction_id());
    let paid = Some(TradeState::Success.as_str());
    let own = [
        Row::new(ErrorCode::TradeStateMismatch, "trade_state", paid, reply.get("trade_state"), by),
        Row::new(ErrorCode::OutTradeNoMismatch, "out_trade_no", Some(number), reply.out_trade_no(), by),
        Row::new(ErrorCode::TransactionIdMismatch, "transaction_id", Some(payment), reply.transaction_id(), by),
        Row::new(ErrorCode::TotalFeeMismatch, "total_fee", Some(said), answered, by),
        Row::new(
            ErrorCode::FeeTypeMismatch,
            "fee_type",
            Some(currency(&notification.0)),
            Some(currency(reply.fields())),
            by,
        ),
    ];
    compare(own.into_iter().chain(owner(merchant, sub_merchant, reply.fields(), REPLY)))?;
    whole(reply)
}

/// Compares WeChat's reply about an order, queried by its number, with what the merchant recorded.
///
/// # Errors
/// `Mismatch`, naming the first thing that differs.
pub(crate) fn confirmed_by_query(
    reply: OrderqueryReply,
    merchant: &Merchant,
    sub_mch_id: Option<&str>,
    out_trade_no: &str,
    total_fee: Fen,
) -> Result<ConfirmedPayment, Error> {
    let text = |fen: Fen| fen.to_string();
    let asked = (CALLER, REPLY);
    let paid = Some(TradeState::Success.as_str());
    let amounts = ("the recorded total_fee", "WeChat");
    let own = [
        Row::new(ErrorCode::TradeStateMismatch, "trade_state", paid, reply.get("trade_state"), asked),
        Row::new(ErrorCode::OutTradeNoMismatch, "out_trade_no", Some(out_trade_no), reply.out_trade_no(), asked),
        Row::new(ErrorCode::TotalFeeMismatch, "total_fee", Some(text(total_fee)), reply.total_fee().map(text), amounts),
    ];
    let owner = owner(merchant, SubMerchant::given(sub_mch_id, merchant), reply.fields(), REPLY);
    compare(owner.into_iter().chain(own))?;
    whole(reply)
}

/// As [`confirmed_by_query`], with the reply of `micropay`, which is signed as that of `orderquery` is, and says the same where it is complete.
///
/// # Errors
/// `Mismatch`, naming the first thing that differs or is missing.
#[cfg(feature = "client")]
pub(crate) fn confirmed_by_charge(
    reply: &MicropayReply,
    merchant: &Merchant,
    sub_mch_id: Option<&str>,
    out_trade_no: &str,
    total_fee: Fen,
) -> Result<ConfirmedPayment, Error> {
    let reply = OrderqueryReply::from_fields(reply.fields().clone());
    confirmed_by_query(reply, merchant, sub_mch_id, out_trade_no, total_fee)
}

fn whole(reply: OrderqueryReply) -> Result<ConfirmedPayment, Error> {
    let malformed = |(field, why)| Error::malformed_message(field, why);
    ConfirmedPayment::RECORD.check(reply.fields()).map_err(malformed)?;
    Ok(ConfirmedPayment(reply.0))
}
