//! The refund notification (退款结果通知). It is not signed: that it decrypts shows that its sender knows the API key. The refund is
//! asked of WeChat, and only that makes a [`ConfirmedRefund`].

use super::compare::{NOTIFICATION, Row, SETTINGS, SubMerchant, compare, owner};
use super::notice::{Notice, not_taken};
use crate::codes::ErrorCode;
use crate::doctor::{self, Explanation, Mistake};
use crate::error::Error;
use crate::fields::Fields;
use crate::merchant::Merchant;
use crate::model::{self, ApiVersion};
use crate::money::Fen;
use crate::shown::short;
use crate::table::macros::record;
use crate::table::row::Document;
use crate::v2::groups::{refund_item, refund_owner, refunded_order};
use crate::v2::refund::{RefundAccount, RefundChannel, RefundStatus, RefundedCoupon, RefundqueryReply};
use crate::v2::req_info::decrypt;
use crate::v3::notification::V3Notification;
use crate::v3::refund::V3RefundedAmount;
use crate::wire::{json, xml};

record! {
    /// A notification about a refund, decrypted, whose appid and mch_id are checked. One of APIv2 is not signed: ask `refundquery` before
    /// you act on it, as `notify.handle` does.
    /// One of APIv3 has no `settlement_total_fee`, `settlement_refund_fee`, `refund_account` and `refund_request_source`.
    RefundNotification includes [refund_owner]
    fields {
        /// The merchant's number of the refund. WeChat's own, for a refund that was made at the merchant platform.
        out_refund_no: OutNo(64) required,
        /// WeChat's number of the refund.
        refund_id: Id(32) required,
        /// The merchant's number of the order.
        out_trade_no: OutNo(32) required,
        /// WeChat's number of the payment.
        transaction_id: Id(32) required,
        /// The order's amount, in fen.
        total_fee: Fen required,
        /// The refund's amount, in fen, coupons included.
        refund_fee: Fen required,
        /// The refund's state: `SUCCESS`, `CHANGE` or `REFUNDCLOSE`.
        refund_status: Enum<RefundStatus>(16) required,
        /// The order's amount less coupons that are not recharged, in fen.
        settlement_total_fee: Fen,
        /// The refund's amount less coupons that are not recharged, in fen.
        settlement_refund_fee: Fen,
        /// Cash refunded to the customer, in fen, where WeChat sends it.
        cash_refund_fee: Fen,
        /// When the customer got it.
        success_time: Time,
        /// Who received it, in WeChat's words and WeChat's spelling: a balance, or a card.
        refund_recv_accout: Text(64),
        /// Which funds paid.
        refund_account: Enum<RefundAccount>(30),
        /// `API`, or `VENDOR_PLATFORM` for a refund that was made at the merchant platform.
        refund_request_source: Text(30),
    }
}

record! {
    /// A refund whose result WeChat itself confirmed by `refundquery` or `v3.refund_query`. `refund_status` is the result: `SUCCESS` when the
    /// customer has the money.
    /// APIv3 has no `appid`, `sub_appid` and `cash_fee_type`. It has `settlement_total_fee` and `settlement_refund_fee` always, APIv2 where
    /// WeChat sends them. `coupon_refund_fee` is missing where APIv3's amounts do not add up.
    ConfirmedRefund includes [refund_item, refunded_order, refund_owner]
    fields {
        /// Which API confirmed it: `v2` or `v3`. The other fields have the same names and values for both: APIv3's `CLOSED` is `REFUNDCLOSE`
        /// here, and its `ABNORMAL` is `CHANGE`.
        api: Enum<ApiVersion>(8) required,
        /// The merchant's number of the refund.
        out_refund_no: OutNo(64) required,
        /// WeChat's number of the refund.
        refund_id: Id(32) required,
        /// The merchant's number of the order.
        out_trade_no: OutNo(32) required,
        /// WeChat's number of the payment.
        transaction_id: Id(32) required,
        /// The order's amount, in fen.
        total_fee: Fen required,
        /// The refund's amount, in fen, coupons included.
        refund_fee: Fen required,
        /// The result: `SUCCESS`; `REFUNDCLOSE`, after which a refund needs a new `out_refund_no`; or `CHANGE`, which a person has to
        /// finish at pay.weixin.qq.com.
        refund_status: Enum<RefundStatus>(16) required,
    }
    lists {
        coupons: RefundedCoupon,
    }
}

impl RefundStatus {
    /// Whether WeChat is done with the refund. A card that does not take it ([`RefundStatus::Change`]) ends it too: what follows is a
    /// person's work.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Success | Self::RefundClose | Self::Change)
    }

    /// Whether the customer has the money.
    pub fn is_refunded(&self) -> bool {
        *self == Self::Success
    }
}

/// The source of WeChat's reply, as named in error messages.
fn said_by(reply: &Fields) -> &'static str {
    if model::is_v3(reply) { "WeChat's reply to v3.refund_query" } else { "WeChat's reply to refundquery" }
}

/// Whether a body is a refund notification, or a message that has nothing but a failure of WeChat's to send one. Its members tell, and not
/// its text: a payment's `attach` may hold anything.
pub(crate) fn is_refund_notification(body: &[u8]) -> bool {
    let Ok(fields) = xml::parse(body) else { return false };
    fields.contains("req_info") || (!fields.contains("sign") && fields.filled("return_code") == Some("FAIL"))
}

impl RefundNotification {
    /// Decrypts a notification's raw body and reads it. Give the bytes as they came, not a parsed form of them.
    ///
    /// # Errors
    /// `Signature` when it cannot be read or does not decrypt with the API key; `Mismatch` when it is another merchant's, or not a
    /// refund notification.
    pub fn parse(body: &[u8], merchant: &Merchant) -> Result<Self, Error> {
        let outer =
            xml::parse(body).map_err(|error| Error::signature(error.error_code(), doctor::unreadable(body, &error)))?;
        let Some(req_info) = outer.filled("req_info") else { return Err(not_one(&outer)) };
        check_owner(&outer, Some(merchant.appid()), merchant)?;
        let plain = decrypt(req_info, merchant.key()?).map_err(|why| undecryptable(why.rule(), merchant))?;
        let inner = xml::parse(plain.as_bytes()).map_err(|error| undecryptable(&error.to_string(), merchant))?;
        let notification = Self(merged(&outer, &inner)?);
        match Self::RECORD.check(&notification.0) {
            Ok(()) => Ok(notification),
            Err((field, why)) => Err(notification.named(Error::malformed_message(field, why))),
        }
    }
}

/// Whether an event of APIv3 is about a refund.
pub(crate) fn is_refund(notification: &V3Notification) -> bool {
    notification.event_type().starts_with("REFUND.") && notification.get("original_type") == Some("refund")
}

impl RefundNotification {
    /// Reads a notification: decrypts one of APIv2 as [`RefundNotification::parse`]; one of APIv3 was verified and decrypted before.
    pub(crate) fn of(notice: &Notice<'_>, merchant: &Merchant) -> Result<Self, Error> {
        match notice {
            Notice::V2(body) => Self::parse(body, merchant),
            Notice::V3(notification) => Self::of_v3(notification, merchant),
        }
    }

    fn of_v3(notification: &V3Notification, merchant: &Merchant) -> Result<Self, Error> {
        if !is_refund(notification) {
            return Err(not_taken(notification, "a refund"));
        }
        let refund = notification.members();
        let fields = model::notified_refund(&refund);
        let read = Self(fields.iter().filter(|(name, _)| *name != model::API).collect());
        match read.check_v3(&refund, merchant) {
            Ok(()) => Ok(read),
            Err(error) => Err(read.named(error)),
        }
    }

    /// The error with this notification's order.
    fn named(&self, error: Error) -> Error {
        match self.0.filled("out_trade_no") {
            Some(number) => error.about(number),
            None => error,
        }
    }

    fn check_v3(&self, refund: &Fields, merchant: &Merchant) -> Result<(), Error> {
        let malformed = |(field, why)| Error::malformed_message(field, why);
        let amount = refund.get("amount").and_then(|amount| json::parse(amount.as_bytes())).unwrap_or_default();
        V3RefundedAmount::RECORD.check(&amount).map_err(malformed)?;
        check_owner(&self.0, None, merchant)?;
        Self::RECORD.check(&self.0).map_err(malformed)
    }
}

/// Whose a notification is. One of APIv3 names no appid.
fn check_owner(fields: &Fields, appid: Option<&str>, merchant: &Merchant) -> Result<(), Error> {
    for (name, code, own) in [
        ("appid", ErrorCode::AppidMismatch, appid),
        ("mch_id", ErrorCode::MchIdMismatch, Some(merchant.mch_id())),
        ("sub_mch_id", ErrorCode::SubMchIdMismatch, merchant.sub_mch_id.as_deref()),
    ] {
        let told = fields.get(name).unwrap_or("missing");
        if let Some(own) = own.filter(|own| *own != told) {
            return Err(Error::mismatch(code, name, own, told, (SETTINGS, NOTIFICATION)));
        }
    }
    Ok(())
}

/// The members of both documents.
fn merged(outer: &Fields, inner: &Fields) -> Result<Fields, Error> {
    let mut all = Fields::with_capacity(outer.len() + inner.len(), 1024);
    for (name, value) in outer.iter().filter(|(name, _)| *name != "req_info").chain(inner.iter()) {
        let twice = |_| Error::malformed_message("req_info", "repeats a field of the document around it");
        all.push(name, value).map_err(twice)?;
    }
    Ok(all)
}

/// A document without `req_info`.
fn not_one(fields: &Fields) -> Error {
    let malformed = |field, what: String| Error::malformed_message(field, what);
    if fields.filled("return_code") == Some("FAIL") && fields.filled("sign").is_none() {
        // Nobody signed it.
        let said = short(fields.filled("return_msg").unwrap_or("no reason was given"));
        return malformed(
            "return_code",
            format!("is FAIL ({said}): WeChat could not send the notification; ask refundquery for the refund"),
        );
    }
    if fields.filled("sign").is_some() || fields.filled("transaction_id").is_some() {
        let what = "is missing: this is a payment notification (it has a sign and no req_info), which notify.handle and notify.parse \
                    take";
        return malformed("req_info", what.to_owned());
    }
    malformed("req_info", "is missing: this is not a refund notification".to_owned())
}

fn undecryptable(why: &str, merchant: &Merchant) -> Error {
    let (appid, mch_id) = (merchant.appid(), merchant.mch_id());
    let summary = format!(
        "req_info {}. appid {appid} and mch_id {mch_id} of the notification are this client's own, so look at api_key",
        short(why)
    );
    Error::signature(ErrorCode::DecryptFailed, Explanation::refused(Mistake::REQ_INFO_KEY, summary))
}

/// The refund with this number in WeChat's answer to a query, with what the answer says about the order.
///
/// # Errors
/// `Mismatch` when there is no such refund in it.
pub(crate) fn found(reply: &RefundqueryReply, field: &'static str, number: &str) -> Result<Fields, Error> {
    let items = reply.refunds();
    let Some(item) = items.iter().find(|item| item.get(field) == Some(number)) else {
        let other = items.first().and_then(|item| item.get(field)).unwrap_or("missing");
        return Err(Error::mismatch(
            ErrorCode::ReplyMismatch,
            field,
            number,
            other,
            ("the request", said_by(reply.fields())),
        ));
    };
    const OF_ORDER: [&str; 12] = [
        model::API,
        "appid",
        "mch_id",
        "sub_appid",
        "sub_mch_id",
        "transaction_id",
        "out_trade_no",
        "total_fee",
        "settlement_total_fee",
        "fee_type",
        "refund_fee_type",
        "cash_fee",
    ];
    let of_order = OF_ORDER.iter().filter_map(|name| Some((*name, reply.get(name)?)));
    Ok(of_order.chain(item.fields().iter()).collect())
}

/// Compares what WeChat answered about the refund with what the notification said of it.
///
/// # Errors
/// `Mismatch`, naming the first thing that differs.
pub(crate) fn confirmed_refund(
    notification: &RefundNotification,
    reply: &RefundqueryReply,
    merchant: &Merchant,
) -> Result<ConfirmedRefund, Error> {
    let refund = found(reply, "refund_id", notification.refund_id())?;
    let sub_merchant = SubMerchant { number: notification.0.filled("sub_mch_id"), by: NOTIFICATION };
    let said = [
        (ErrorCode::OutTradeNoMismatch, "out_trade_no"),
        (ErrorCode::TransactionIdMismatch, "transaction_id"),
        (ErrorCode::ReplyMismatch, "out_refund_no"),
        (ErrorCode::RefundFeeMismatch, "refund_fee"),
        (ErrorCode::TotalFeeMismatch, "total_fee"),
    ];
    let said = said.into_iter().map(|(code, name)| {
        Row::new(code, name, notification.0.filled(name), refund.filled(name), (NOTIFICATION, said_by(&refund)))
    });
    compare(owner(merchant, sub_merchant, &refund, said_by(&refund)).into_iter().chain(said))?;
    whole(refund)
}

/// Compares what WeChat answered about a refund that was queried by its number with what the merchant recorded. The inner error is
/// the state of a refund that has no result yet.
///
/// # Errors
/// `Mismatch`, naming the first thing that differs.
pub(crate) fn confirmed_refund_by_query(
    reply: &RefundqueryReply,
    merchant: &Merchant,
    sub_mch_id: Option<&str>,
    out_refund_no: &str,
    refund_fee: Fen,
) -> Result<Result<ConfirmedRefund, RefundStatus>, Error> {
    let refund = found(reply, "out_refund_no", out_refund_no)?;
    let recorded = Row::new(
        ErrorCode::RefundFeeMismatch,
        "refund_fee",
        Some(refund_fee.to_string()),
        refund.filled("refund_fee"),
        ("the recorded refund", "WeChat"),
    );
    let owner = owner(merchant, SubMerchant::given(sub_mch_id, merchant), &refund, said_by(&refund));
    compare(owner.into_iter().chain([recorded]))?;
    let status = RefundStatus::from(refund.filled("refund_status").unwrap_or_default());
    if !status.is_final() {
        return Ok(Err(status));
    }
    whole(refund).map(Ok)
}

/// A refund that has its result.
fn whole(mut refund: Fields) -> Result<ConfirmedRefund, Error> {
    model::note_api(&mut refund);
    ConfirmedRefund::RECORD.check(&refund).map_err(|(field, why)| Error::malformed_message(field, why))?;
    let refund = ConfirmedRefund(refund);
    let status = refund.refund_status();
    if !status.is_final() {
        let expected = "SUCCESS, CHANGE or REFUNDCLOSE";
        let by = (NOTIFICATION, said_by(refund.fields()));
        return Err(Error::mismatch(ErrorCode::RefundStatusMismatch, "refund_status", expected, status.as_str(), by));
    }
    Ok(refund)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_inside_a_payment_does_not_make_it_a_refund() {
        let payment =
            "<xml><attach><![CDATA[<req_info>]]></attach><return_code>SUCCESS</return_code><sign>A</sign></xml>";
        let unsigned = "<xml><attach><![CDATA[<req_info>FAIL]]></attach><return_code>SUCCESS</return_code></xml>";
        for other in [
            payment,
            unsigned,
            "",
            "<xml/>",
            "\0",
            "<xml><req_info",
            "<xml><return_code>FAIL</return_code><sign>A</sign></xml>",
        ] {
            assert!(!is_refund_notification(other.as_bytes()), "{other}");
        }
        for refund in [
            "<xml><return_code>SUCCESS</return_code><req_info>A</req_info></xml>",
            "<xml><req_info></req_info></xml>",
            "<xml><return_code><![CDATA[FAIL]]></return_code><return_msg>a</return_msg></xml>",
        ] {
            assert!(is_refund_notification(refund.as_bytes()), "{refund}");
        }
    }

    #[test]
    fn each_state_says_whether_it_ends_and_whether_the_money_is_back() {
        let said: Vec<_> = RefundStatus::VALUES
            .iter()
            .chain(&["WAITING_BANK"])
            .map(|text| {
                let status = RefundStatus::from(*text);
                (status.as_str().to_owned(), status.is_final(), status.is_refunded())
            })
            .collect();
        let expected = [
            ("SUCCESS", true, true),
            ("REFUNDCLOSE", true, false),
            ("PROCESSING", false, false),
            ("CHANGE", true, false),
            ("NOTSURE", false, false),
            ("WAITING_BANK", false, false),
        ];
        assert_eq!(said, expected.map(|(text, ends, back)| (text.to_owned(), ends, back)));
    }
}
