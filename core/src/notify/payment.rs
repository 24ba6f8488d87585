//! The payment notification (支付结果通知). Anyone can post one, so its signature is verified. Then WeChat is asked for the order:
//! only its answer makes a [`ConfirmedPayment`], or a complete answer to the charge of a payment code, which is signed in the same way.

use super::compare::{CALLER, NOTIFICATION, Row, SETTINGS, SubMerchant, compare, currency, owner_of};
use super::notice::{Notice, is_payment, not_taken};
use crate::codes::ErrorCode;
use crate::crypto::digest::SignType;
use crate::doctor::{self, Explanation, OtherKeys};
use crate::error::Error;
use crate::fields::Fields;
use crate::merchant::Merchant;
use crate::model::{self, ApiVersion};
use crate::money::Fen;
use crate::table::macros::record;
use crate::table::row::Document;
use crate::trade_state::TradeState;
use crate::v2::groups::{identity, paid, payment, state};
use crate::v2::order::{Coupon, OrderqueryReply};
use crate::v2::sign::{VerifyError, verify};
use crate::v3::notification::V3Notification;
use crate::v3::order::V3Order;
use crate::wire::xml;

record! {
    /// A notification whose signature, appid and mch_id are checked. WeChat wrote it, or another holder of the key: ship nothing
    /// because of it alone.
    PaymentNotification includes [paid, payment, identity]
    fields {
        /// Of a part of a combined order: the merchant's number of the combined order.
        combine_out_trade_no: OutNo(32),
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
    /// A payment that WeChat's reply to `orderquery` or `v3.query` confirmed, or to `micropay` or `v3.codepay` where it is complete: the money
    /// has arrived. A part of a combined order is confirmed by `v3.combine_query`; its `mch_id` is the merchant of the part.
    /// APIv3 has no `rate`, `is_subscribe` and `sub_is_subscribe`; its coupons are those of `promotion_detail`, and `coupon_fee` and
    /// `settlement_total_fee` are missing where their amounts do not add up.
    ConfirmedPayment includes [paid, state, payment, identity]
    fields {
        /// Of a part of a combined order: the merchant's number of the combined order.
        combine_out_trade_no: OutNo(32),
        /// Which API confirmed it: `v2` or `v3`. The other fields have the same names and meanings for both; `promotion_detail` is as that
        /// API writes it.
        api: Enum<ApiVersion>(8) required,
    }
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
        let key = merchant.key().map_err(|no_key| readable(body).err().unwrap_or(no_key))?;
        let accept = merchant.accept.as_slice();
        let parsed = Self::read(body, key, accept, merchant.appid(), merchant.mch_id(), |error, fields| {
            let explanation = doctor::refused(error, fields, key, others, search());
            doctor::addressed(explanation, error, fields, merchant.appid(), merchant.mch_id())
        })?;
        parsed.of_sub_merchant(merchant)
    }

    /// Reads a notification: verifies one of APIv2 as [`PaymentNotification::parse`]; one of APIv3 was verified when it was decrypted.
    pub(crate) fn of(notice: &Notice<'_>, merchant: &Merchant, search: impl FnOnce() -> bool) -> Result<Self, Error> {
        match notice {
            Notice::V2(body) => Self::parse_searching(body, merchant, search),
            Notice::V3(notification) => Self::of_v3(notification, merchant),
        }
    }

    fn of_v3(notification: &V3Notification, merchant: &Merchant) -> Result<Self, Error> {
        let order = notification.members();
        if !is_payment(notification) {
            return Err(not_taken(notification, "a payment"));
        }
        let read = Self::of_order(&model::order(&order));
        let checked = V3Order::RECORD.check(&order).map_err(|(field, why)| Error::malformed_message(field, why));
        match checked.and_then(|()| read.check(merchant.appid(), merchant.mch_id())) {
            Ok(()) => read.of_sub_merchant(merchant),
            Err(error) => Err(read.named(error)),
        }
    }

    /// Of an order as [`model::order`] or [`model::part`] writes it.
    pub(super) fn of_order(order: &Fields) -> Self {
        let paid = order.get("trade_state") == Some(TradeState::Success.as_str());
        let result = [("result_code", if paid { "SUCCESS" } else { "FAIL" })];
        Self(order.iter().filter(|(name, _)| *name != model::API).chain(result).collect())
    }

    /// Checks whose it is: notifications of all sub-merchants are signed with the one key of their provider.
    pub(super) fn of_sub_merchant(self, merchant: &Merchant) -> Result<Self, Error> {
        match &merchant.sub_mch_id {
            Some(own) => match belongs(&self.0, "sub_mch_id", ErrorCode::SubMchIdMismatch, own) {
                Ok(()) => Ok(self),
                Err(error) => Err(self.named(error)),
            },
            None => Ok(self),
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
        let fields = readable(body)?;
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
        self.check_whole()
    }

    /// Whether it has all that a payment has.
    pub(super) fn check_whole(&self) -> Result<(), Error> {
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

/// The fields of a notification of APIv2. What is not one is nobody's mistake but the sender's, whatever the settings are.
fn readable(body: &[u8]) -> Result<Fields, Error> {
    xml::parse(body).map_err(|error| Error::signature(error.error_code(), doctor::unreadable(body, &error)))
}

/// The source of WeChat's reply about a combined order, as named in error messages.
pub(super) const COMBINED_REPLY: &str = "WeChat's reply to v3.combine_query";

/// The source of WeChat's reply, as named in error messages.
fn said_by(reply: &Fields) -> &'static str {
    if model::is_v3(reply) { "WeChat's reply to v3.query" } else { "WeChat's reply to orderquery" }
}

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
    let said = said_by(reply.fields());
    confirmed_of((merchant.mch_id(), SETTINGS), said, notification, reply, merchant)
}

/// [`confirmed`] for the payment of a part of a combined order, which may be another merchant's.
///
/// # Errors
/// As [`confirmed`].
pub(super) fn confirmed_part(
    notification: &PaymentNotification,
    reply: OrderqueryReply,
    merchant: &Merchant,
) -> Result<ConfirmedPayment, Error> {
    confirmed_of((notification.mch_id(), NOTIFICATION), COMBINED_REPLY, notification, reply, merchant)
}

fn confirmed_of(
    mch_id: (&str, &'static str),
    reply_said: &'static str,
    notification: &PaymentNotification,
    reply: OrderqueryReply,
    merchant: &Merchant,
) -> Result<ConfirmedPayment, Error> {
    let by = (NOTIFICATION, reply_said);
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
    compare(own.into_iter().chain(owner_of(mch_id, merchant, sub_merchant, reply.fields(), reply_said)))?;
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
    let reply_said = said_by(reply.fields());
    let owned = (merchant.mch_id(), SETTINGS);
    let sub_merchant = SubMerchant::given(sub_mch_id, merchant);
    asked_by_number(reply, merchant, (owned, sub_merchant, reply_said), out_trade_no, total_fee)
}

/// [`confirmed_by_query`] for the payment of a part of a combined order, which may be another merchant's. The sub-merchant is compared where
/// the caller or the settings name one.
///
/// # Errors
/// As [`confirmed_by_query`].
pub(crate) fn confirmed_part_by_query(
    reply: OrderqueryReply,
    merchant: &Merchant,
    sub_mch_id: Option<&str>,
    out_trade_no: &str,
    total_fee: Fen,
) -> Result<ConfirmedPayment, Error> {
    let [receiver, sub_merchant] = ["mch_id", "sub_mch_id"].map(|name| reply.fields().filled(name).map(str::to_owned));
    let owned = (receiver.as_deref().unwrap_or("the merchant of the part"), COMBINED_REPLY);
    let sub_merchant = match SubMerchant::given(sub_mch_id, merchant) {
        SubMerchant { number: None, .. } => SubMerchant { number: sub_merchant.as_deref(), by: COMBINED_REPLY },
        given => given,
    };
    asked_by_number(reply, merchant, (owned, sub_merchant, COMBINED_REPLY), out_trade_no, total_fee)
}

fn asked_by_number(
    reply: OrderqueryReply,
    merchant: &Merchant,
    (mch_id, sub_merchant, reply_said): ((&str, &'static str), SubMerchant<'_>, &'static str),
    out_trade_no: &str,
    total_fee: Fen,
) -> Result<ConfirmedPayment, Error> {
    let text = |fen: Fen| fen.to_string();
    let asked = (CALLER, reply_said);
    let paid = Some(TradeState::Success.as_str());
    let amounts = ("the recorded total_fee", "WeChat");
    let own = [
        Row::new(ErrorCode::TradeStateMismatch, "trade_state", paid, reply.get("trade_state"), asked),
        Row::new(ErrorCode::OutTradeNoMismatch, "out_trade_no", Some(out_trade_no), reply.out_trade_no(), asked),
        Row::new(ErrorCode::TotalFeeMismatch, "total_fee", Some(text(total_fee)), reply.total_fee().map(text), amounts),
    ];
    let owner = owner_of(mch_id, merchant, sub_merchant, reply.fields(), reply_said);
    compare(owner.into_iter().chain(own))?;
    whole(reply)
}

fn whole(mut reply: OrderqueryReply) -> Result<ConfirmedPayment, Error> {
    model::note_api(&mut reply.0);
    let malformed = |(field, why)| Error::malformed_message(field, why);
    ConfirmedPayment::RECORD.check(reply.fields()).map_err(malformed)?;
    Ok(ConfirmedPayment(reply.0))
}
