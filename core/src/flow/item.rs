//! The kinds of things that WeChat notifies of and that are handed over once.

use super::ledger::{ItemKind, Schedule};
use crate::error::Error;
use crate::merchant::Merchant;
use crate::money::Fen;
use crate::notify::Notice;
use crate::table::row::{Call, Document};
use crate::v3::combine::V3CombineOrder;

/// A kind of thing that WeChat notifies of, that its answer to a call confirms, and that is handed over once: payments, refunds.
///
/// The ledger, the client and the bindings take all that they need to know of a kind from here. To add one, implement this for its
/// confirmed record, name it in `binding::kind::KINDS`, and give it a member of `client::Handled` and its functions in `client::Handler`.
pub trait Item: Document + Clone + Send + Sync + 'static {
    /// Its notification, verified or decrypted.
    type Notification: Document + Send + Sync;
    /// The merchant's record of one whose result they wait for.
    type Pending: Clone + Send + Sync + 'static;
    /// The call of APIv2 that confirms it.
    type Query: Call<Reply: Send + Sync> + Send + Sync;
    /// The call of APIv3 that confirms it.
    type V3Query: Call<Reply: Send + Sync> + Send + Sync;

    /// Its name in messages, and for the bindings.
    const NAME: &'static str;
    /// The name in messages of what the merchant waits for.
    const PENDING: &'static str;
    /// The field of the merchant's number of a pending one.
    const NUMBER: &'static str;
    /// The field of its amount.
    const FEE: &'static str;
    /// The part of a key of the store that says that WeChat was asked for a pending one. Existing stores have it, so it never changes.
    const ASKED: &'static str;
    /// The name of the state of one that failed and that the caller does not take.
    const FAILED: &'static str;
    /// Whether its entry of the ledger depends on WeChat's answer. Then WeChat is asked before the entry is claimed.
    const ENTRY_DEPENDS_ON_ANSWER: bool;
    /// The ages at which WeChat is asked for a pending one.
    const SCHEDULE: Schedule;

    /// Its entry of the ledger.
    fn kind(&self) -> ItemKind;

    /// The merchant that it belongs to.
    fn mch_id(&self) -> &str;

    /// WeChat's number of it, which is the same in every notification and every query.
    fn id(&self) -> &str;

    /// The merchant's number of the order that it belongs to.
    fn out_trade_no(&self) -> &str;

    /// Whether it ended as the merchant wanted.
    fn is_success(&self) -> bool;

    /// Compares with the amount that the merchant recorded for the order; `None` when the merchant has no such order. For payments: the amount
    /// of another thing is compared when it is asked for.
    ///
    /// # Errors
    /// `Mismatch`.
    fn check(&self, _recorded: Option<Fen>) -> Result<(), Error> {
        Ok(())
    }

    /// Whether a notification is about this kind, by its members. One of APIv2 is not verified.
    fn is_notified_by(notice: &Notice<'_>) -> bool;

    /// Reads a notification, and checks that it is WeChat's and this merchant's. `search` decides whether the cause of a wrong signature is
    /// searched for: that takes up to a few milliseconds, and anyone may send a wrong signature.
    ///
    /// # Errors
    /// `Signature` or `Mismatch`.
    fn parse(
        notice: &Notice<'_>,
        merchant: &Merchant,
        search: impl FnOnce() -> bool,
    ) -> Result<Self::Notification, Error>;

    /// The numbers in a notification.
    fn notified(notification: &Self::Notification) -> NotificationNumbers<'_>;

    /// The call of APIv2 that confirms a notification.
    fn query_notified(notification: &Self::Notification) -> Self::Query;

    /// The call of APIv3 that confirms a notification.
    fn v3_query_notified(notification: &Self::Notification) -> Self::V3Query;

    /// The reply of that call, or of [`Item::v3_query_pending`], as APIv2 would have it: so one rule compares both. `sub_mch_id` is the
    /// sub-merchant that was asked about.
    fn v2_reply(
        reply: &<Self::V3Query as Call>::Reply,
        merchant: &Merchant,
        sub_mch_id: Option<&str>,
    ) -> <Self::Query as Call>::Reply;

    /// Compares WeChat's answer with the notification.
    ///
    /// # Errors
    /// `Mismatch`, naming the first thing that differs, or that there is no result yet.
    fn confirm_notified(
        notification: &Self::Notification,
        reply: <Self::Query as Call>::Reply,
        merchant: &Merchant,
    ) -> Result<Self, Error>;

    /// The call that confirms it, of one of the APIs, as errors name it.
    fn call_name(is_v3: bool) -> &'static str {
        if is_v3 { Self::V3Query::ENDPOINT.name } else { Self::Query::ENDPOINT.name }
    }

    /// A pending one of these values.
    fn pending(values: PendingFields<'_>) -> Self::Pending;

    /// The values of a pending one.
    fn fields_of(pending: &Self::Pending) -> PendingFields<'_>;

    /// The call of APIv2 that asks for the result of a pending one.
    fn query_pending(pending: &Self::Pending) -> Self::Query;

    /// The call of APIv3 that asks for the result of a pending one.
    fn v3_query_pending(pending: &Self::Pending) -> Self::V3Query;

    /// Compares WeChat's answer with what the merchant recorded.
    ///
    /// # Errors
    /// `Mismatch`, naming the first thing that differs.
    fn confirm_pending(
        pending: &Self::Pending,
        reply: <Self::Query as Call>::Reply,
        merchant: &Merchant,
    ) -> Result<PendingAnswer<Self>, Error>;

    /// The same where a pending one is a part of a combined order, for which WeChat answers as a whole. Only payments are parts.
    ///
    /// # Errors
    /// `Mismatch`, naming the first thing that differs.
    fn confirm_pending_part(
        pending: &Self::Pending,
        reply: &V3CombineOrder,
        merchant: &Merchant,
    ) -> Result<PendingAnswer<Self>, Error> {
        let (_, _) = (reply, merchant);
        let PendingFields { number, .. } = Self::fields_of(pending);
        Err(Error::invalid("combine_out_trade_no", "is of orders only").about(number))
    }
}

/// The numbers in a notification.
#[derive(Clone, Copy, Debug)]
pub struct NotificationNumbers<'a> {
    /// The entry of the ledger, by the result that the notification says.
    pub kind: ItemKind,
    /// WeChat's number.
    pub id: &'a str,
    /// The merchant's number of the order.
    pub out_trade_no: &'a str,
    /// For service providers: the sub-merchant.
    pub sub_mch_id: Option<&'a str>,
}

/// The merchant's record of a thing whose result they wait for.
#[derive(Clone, Copy, Debug)]
pub struct PendingFields<'a> {
    /// The merchant's number.
    pub number: &'a str,
    /// The amount.
    pub fee: Fen,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// For service providers: the sub-merchant that it belongs to, when it is not the client's.
    pub sub_mch_id: Option<&'a str>,
    /// For payments: the merchant's number of the combined order that it is a part of.
    pub combine_out_trade_no: Option<&'a str>,
}

/// WeChat's answer about a pending thing.
#[derive(Debug)]
pub enum PendingAnswer<T> {
    /// It has its result.
    Confirmed(T),
    /// An order that is not paid; WeChat's `trade_state`.
    Unpaid(String),
    /// WeChat is working on it; WeChat's word for that.
    Processing(String),
}
