//! Notifications of combined orders (合单支付): one tells of the payments of all parts (protocol v3 §9.4). APIv3 alone has them.

use super::compare::{CALLER, NOTIFICATION, Row, SETTINGS, compare};
use super::notice::{Notice, is_combined};
use super::payment::{COMBINED_REPLY, ConfirmedPayment, PaymentNotification, confirmed_part};
use crate::codes::ErrorCode;
use crate::error::Error;
use crate::fields::Fields;
use crate::merchant::Merchant;
use crate::model;
use crate::table::row::Document;
use crate::v2::order::OrderqueryReply;
use crate::v3::combine::{V3CombineOrder, V3CombinePart, V3CombineQuery};

/// A notification of a combined order, verified and decrypted. It is not confirmed.
#[derive(Clone, Debug)]
pub struct CombinedNotification {
    combine_out_trade_no: String,
    parts: Vec<PaymentNotification>,
}

impl CombinedNotification {
    /// Whether a notification is about a combined order. Its event is that of a payment, and its number tells it.
    pub fn is_notified_by(notice: &Notice<'_>) -> bool {
        match notice {
            Notice::V2(_) => false,
            Notice::V3(notification) => is_combined(notification),
        }
    }

    /// Reads a notification, which was verified and decrypted before, and checks that it is this merchant's: the merchant who combined the
    /// orders is told. A part may be another merchant's. Where the settings have a sub-merchant, each part must be of that one.
    ///
    /// # Errors
    /// `Mismatch`.
    pub fn of(notice: &Notice<'_>, merchant: &Merchant) -> Result<Self, Error> {
        let notification = match notice {
            Notice::V3(notification) if is_combined(notification) => notification,
            _ => return Err(Error::malformed_message("body", "is not a notification of a combined order".to_owned())),
        };
        let order = notification.members();
        let number = order.filled("combine_out_trade_no").unwrap_or_default();
        Self::read(&order, number, merchant).map_err(|error| error.about(number))
    }

    fn read(order: &Fields, number: &str, merchant: &Merchant) -> Result<Self, Error> {
        compare(owner(merchant, order, NOTIFICATION))?;
        V3CombineOrder::RECORD.check(order).map_err(|(field, why)| Error::malformed_message(field, why))?;
        if merchant.sub_mch_id.is_some() && sub_merchant(order).is_none() {
            let what = "are of several sub-merchants: use a client without sub_mch_id";
            return Err(Error::malformed_message("sub_orders", what.to_owned()));
        }
        let mut parts: Vec<PaymentNotification> = Vec::new();
        for part in V3CombineOrder::from_fields(order.clone()).sub_orders() {
            let part = PaymentNotification::of_order(&model::part(order, part.fields()));
            part.check_whole().map_err(|error| part.named(error))?;
            let part = part.of_sub_merchant(merchant)?;
            // The ledger would hand one of them over.
            let is_same = |other: &PaymentNotification| {
                other.out_trade_no() == part.out_trade_no() || other.transaction_id() == part.transaction_id()
            };
            if parts.iter().any(is_same) {
                return Err(Error::malformed_message("sub_orders", "has a part twice".to_owned()));
            }
            parts.push(part);
        }
        if parts.is_empty() {
            return Err(Error::malformed_message("sub_orders", "has no part".to_owned()));
        }
        Ok(Self { combine_out_trade_no: number.to_owned(), parts })
    }

    /// The merchant's number of the combined order.
    pub fn combine_out_trade_no(&self) -> &str {
        &self.combine_out_trade_no
    }

    /// The payments of the parts.
    pub fn parts(&self) -> &[PaymentNotification] {
        &self.parts
    }

    /// The call that confirms it.
    pub fn query(&self) -> V3CombineQuery {
        V3CombineQuery::new().combine_out_trade_no(&self.combine_out_trade_no)
    }

    /// Compares WeChat's answer with the notification: the payment of each part, in the order of [`Self::parts`], or the error of that part.
    ///
    /// # Errors
    /// `Mismatch` about the combined order, naming the first thing that differs.
    pub fn confirm(
        &self,
        reply: &V3CombineOrder,
        merchant: &Merchant,
    ) -> Result<Vec<Result<ConfirmedPayment, Error>>, Error> {
        let answered = reply.sub_orders();
        let count = |parts: usize| Some(parts.to_string());
        let by = (NOTIFICATION, COMBINED_REPLY);
        let number = Some(self.combine_out_trade_no());
        let own = [
            Row::new(
                ErrorCode::OutTradeNoMismatch,
                "combine_out_trade_no",
                number,
                reply.get("combine_out_trade_no"),
                by,
            ),
            Row::new(ErrorCode::ReplyMismatch, "sub_orders", count(self.parts.len()), count(answered.len()), by),
        ];
        compare(owner(merchant, reply.fields(), COMBINED_REPLY).into_iter().chain(own))?;
        Ok(self.parts.iter().map(|part| confirmed(part, reply.fields(), &answered, merchant)).collect())
    }
}

fn confirmed(
    part: &PaymentNotification,
    order: &Fields,
    answered: &[V3CombinePart],
    merchant: &Merchant,
) -> Result<ConfirmedPayment, Error> {
    let answer = answered.iter().find(|answer| answer.out_trade_no() == Some(part.out_trade_no()));
    // Without an answer, each of its fields is missing.
    let fields = answer.map(|answer| model::part(order, answer.fields())).unwrap_or_default();
    confirmed_part(part, OrderqueryReply::from_fields(fields), merchant).map_err(|error| part.named(error))
}

/// A part of a combined order that was asked for by its number, as the reply of `orderquery` has it.
///
/// # Errors
/// `Mismatch`: it is another merchant's or another order, or it has no such part.
pub(crate) fn part_of(
    reply: &V3CombineOrder,
    merchant: &Merchant,
    combine_out_trade_no: &str,
    out_trade_no: &str,
) -> Result<OrderqueryReply, Error> {
    let order = reply.fields();
    let by = (CALLER, COMBINED_REPLY);
    let number = order.filled("combine_out_trade_no");
    let own = [Row::new(ErrorCode::ReplyMismatch, "combine_out_trade_no", Some(combine_out_trade_no), number, by)];
    compare(owner(merchant, order, COMBINED_REPLY).into_iter().chain(own))?;
    let mut parts = reply.sub_orders().into_iter().filter(|part| part.out_trade_no() == Some(out_trade_no));
    match (parts.next(), parts.next()) {
        (Some(part), None) => Ok(OrderqueryReply::from_fields(model::part(order, part.fields()))),
        (None, _) => Err(Error::mismatch(ErrorCode::PartUnknown, "out_trade_no", out_trade_no, "missing", by)),
        // Which of them is meant cannot be told.
        (Some(_), Some(_)) => Err(Error::malformed_message("sub_orders", "has a part twice".to_owned())),
    }
}

/// The sub-merchant of a combined order, where all its parts are of the same one.
pub(crate) fn sub_merchant(order: &Fields) -> Option<String> {
    let parts = V3CombineOrder::from_fields(order.clone()).sub_orders();
    let (first, others) = parts.split_first()?;
    let number = first.fields().filled("sub_mchid")?;
    others.iter().all(|part| part.fields().filled("sub_mchid") == Some(number)).then(|| number.to_owned())
}

/// Whose a combined order is.
fn owner<'a>(merchant: &'a Merchant, order: &'a Fields, said: &'static str) -> [Row<'a>; 2] {
    let by = (SETTINGS, said);
    [
        Row::new(ErrorCode::AppidMismatch, "combine_appid", Some(merchant.appid()), order.filled("combine_appid"), by),
        Row::new(ErrorCode::MchIdMismatch, "combine_mchid", Some(merchant.mch_id()), order.filled("combine_mchid"), by),
    ]
}
