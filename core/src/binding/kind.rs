//! The kinds of things that are handed over, by their names: for languages without generics.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;

use super::about::About;
use super::output::Output;
pub use crate::client::AT_ONCE;
use crate::client::WxPay;
use crate::error::Error;
use crate::flow::Item;
use crate::flow::item::PendingFields;
use crate::money::Fen;
use crate::notify::{ConfirmedPayment, ConfirmedRefund, ConfirmedTransfer, Incoming, Notice};
use crate::table::row::Call;
use crate::v3::Headers;

/// Payments, which every caller of `notify.handle` takes.
pub const PAYMENTS: &dyn Kind = &KindOf::<ConfirmedPayment>::KIND;

/// Every kind.
pub static KINDS: &[&dyn Kind] = &[PAYMENTS, &KindOf::<ConfirmedRefund>::KIND, &KindOf::<ConfirmedTransfer>::KIND];

/// The kind of this name: [`Item::NAME`].
///
/// # Errors
/// `InvalidRequest`: the binding is at fault.
pub fn find(name: &str) -> Result<&'static dyn Kind, Error> {
    let found = KINDS.iter().copied().find(|kind| kind.name() == name);
    found.ok_or_else(|| Error::invalid("kind", format!("must be one of {KINDS:?}")))
}

/// A notification as a binding has it.
#[derive(Clone)]
pub struct Message {
    /// The raw body.
    pub body: Vec<u8>,
    /// The headers of the request, where they were given.
    pub headers: Option<Headers>,
}

/// Without the body, which names the customer.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("headers", &self.headers).finish_non_exhaustive()
    }
}

impl Message {
    /// The same, borrowed.
    pub fn incoming(&self) -> Incoming<'_> {
        (self.body.as_slice(), self.headers.as_ref()).into()
    }
}

/// A pending thing of any kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The merchant's number of it.
    pub number: String,
    /// The amount that the merchant recorded for it.
    pub fee: Fen,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// For service providers: the sub-merchant that it belongs to, when it is not the client's.
    pub sub_mch_id: Option<String>,
    /// For payments: the merchant's number of the combined order that it is a part of.
    pub combine_out_trade_no: Option<String>,
}

/// A call under way.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<Output, Error>> + Send + 'a>>;

/// A kind of things that are handed over: [`Item`] without its types.
pub trait Kind: Sync {
    /// [`Item::NAME`].
    fn name(&self) -> &'static str;

    /// [`Item::PENDING`].
    fn pending(&self) -> &'static str;

    /// [`Item::NUMBER`].
    fn number(&self) -> &'static str;

    /// [`Item::FEE`].
    fn fee(&self) -> &'static str;

    /// The call that confirms one.
    fn about(&self) -> About;

    /// [`Item::is_notified_by`].
    fn is_notified_by(&self, notice: &Notice<'_>) -> bool;

    /// [`Notify::confirm_item`](crate::client::Notify::confirm_item).
    fn confirm<'a>(&self, pay: &'a WxPay, message: Message) -> Running<'a>;

    /// [`Notify::begin_notice`](crate::client::Notify::begin_notice).
    fn begin<'a>(&self, pay: &'a WxPay, notice: Notice<'a>, failures: bool) -> Running<'a>;

    /// [`Notify::begin_all_pending_items`](crate::client::Notify::begin_all_pending_items).
    fn begin_pending<'a>(&self, pay: &'a WxPay, rows: Vec<Row>, failures: bool) -> Running<'a>;
}

struct KindOf<T>(PhantomData<fn() -> T>);

impl<T> KindOf<T> {
    const KIND: Self = Self(PhantomData);
}

impl<T: Item> Kind for KindOf<T> {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn pending(&self) -> &'static str {
        T::PENDING
    }

    fn number(&self) -> &'static str {
        T::NUMBER
    }

    fn fee(&self) -> &'static str {
        T::FEE
    }

    fn about(&self) -> About {
        About::of(T::Query::ENDPOINT)
    }

    fn is_notified_by(&self, notice: &Notice<'_>) -> bool {
        T::is_notified_by(notice)
    }

    fn confirm<'a>(&self, pay: &'a WxPay, message: Message) -> Running<'a> {
        Box::pin(async move { pay.notify().confirm_item::<T>(message.incoming()).await.map(Output::document) })
    }

    fn begin<'a>(&self, pay: &'a WxPay, notice: Notice<'a>, failures: bool) -> Running<'a> {
        Box::pin(async move {
            let (start, out_trade_no) = pay.notify().begin_notice::<T>(&notice, failures).await?;
            Ok(Output::started(start, out_trade_no))
        })
    }

    fn begin_pending<'a>(&self, pay: &'a WxPay, rows: Vec<Row>, failures: bool) -> Running<'a> {
        Box::pin(async move {
            let numbers: Vec<_> = rows.iter().map(|row| row.number.clone()).collect();
            let rows = rows.iter().map(pending_of::<T>).collect();
            let starts = pay.notify().begin_all_pending_items::<T>(rows, failures).await;
            let each = starts.into_iter().zip(numbers);
            Ok(Output::Each(each.map(|(start, number)| Ok(Output::started(start?, number))).collect()))
        })
    }
}

fn pending_of<T: Item>(row: &Row) -> T::Pending {
    T::pending(PendingFields {
        number: &row.number,
        fee: row.fee,
        created: row.created,
        sub_mch_id: row.sub_mch_id.as_deref(),
        combine_out_trade_no: row.combine_out_trade_no.as_deref(),
    })
}

impl fmt::Debug for dyn Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_a_name_of_its_own() {
        for kind in KINDS {
            assert_eq!(KINDS.iter().filter(|other| other.name() == kind.name()).count(), 1, "{kind:?}");
            assert_eq!(find(kind.name()).unwrap().about(), kind.about());
        }
        assert!(find("coupon").is_err());
    }
}
