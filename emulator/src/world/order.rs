//! An order: what the merchant sent, its state, its payment and its notification.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wxpaykit::{Fields, SignType};

use super::clock::Millis;
use super::notification::Notification;
use super::payment::Payment;
use super::thing::{Thing, ThingId};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The `unifiedorder` request that made it.
    #[serde(with = "pairs")]
    pub(crate) request: Arc<Fields>,
    /// The algorithm of that request. The notification and the page's parameters must use it too.
    #[serde(with = "algorithm")]
    pub(crate) sign_type: SignType,
    pub(crate) created: Millis,
    pub(crate) state: TradeState,
    pub(crate) prepay: Prepay,
    /// Everything that opens the cashier or opened it, and since when.
    pub(crate) ways: Vec<(String, Millis)>,
    /// When it closes if it is not paid.
    pub(crate) closes: Millis,
    /// When it can no longer be paid, where it closes later (APIv3). Orders in files of earlier versions do not have it.
    #[serde(default)]
    pub(crate) expires: Option<Millis>,
    pub(crate) payment: Option<Payment>,
    pub(crate) notification: Option<Notification>,
    /// Its refunds, oldest first, whatever became of them.
    #[serde(default)]
    pub(crate) refunds: Vec<ThingId>,
    /// What was refunded or is being refunded, in fen.
    #[serde(default)]
    pub(crate) refunded: u64,
    /// The customer's confirmation that a payment code waits for.
    #[serde(default)]
    pub(crate) confirming: Option<PhoneConfirmation>,
    /// What APIv3 keeps of an order that it made. `request` has APIv2's names all the same.
    #[serde(default)]
    pub(crate) v3: Option<V3Origin>,
}

/// What APIv3 keeps of the request that made an order or a refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct V3Origin {
    /// Its body with sorted members. A repetition must be the same.
    pub(crate) request: String,
    /// The key that it asked the reply to be signed with.
    pub(crate) serial: Option<String>,
}

/// A customer who has to confirm a payment on the phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PhoneConfirmation {
    /// The key of the person.
    pub(crate) person: String,
    /// A fault: the customer confirms when the order has been queried this many times more.
    pub(crate) queries: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TradeState {
    NotPay,
    Success,
    Closed,
    /// Payment codes: the customer has to confirm.
    UserPaying,
    /// Payment codes: the payment failed.
    PayError,
    /// Payment codes: cancelled, and refunded if it was paid.
    Revoked,
}

impl TradeState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NotPay => "NOTPAY",
            Self::Success => "SUCCESS",
            Self::Closed => "CLOSED",
            Self::UserPaying => "USERPAYING",
            Self::PayError => "PAYERROR",
            Self::Revoked => "REVOKED",
        }
    }

    /// `trade_state_desc`.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::NotPay => "订单未支付",
            Self::Success => "支付成功",
            Self::Closed => "订单已关闭",
            Self::UserPaying => "需要用户输入支付密码",
            Self::PayError => "支付失败，请撤销订单",
            Self::Revoked => "订单已撤销",
        }
    }
}

/// The identifiers that open the cashier.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Prepay {
    pub(crate) id: String,
    pub(crate) at: Millis,
    pub(crate) code_url: Option<String>,
    pub(crate) mweb_url: Option<String>,
}

/// How long a `prepay_id` and a `code_url` open the cashier.
pub(crate) const PREPAY_LIFE: Millis = 2 * 60 * 60 * 1000;

/// Identifiers that an order keeps for its cashier.
const WAYS: usize = 64;

impl Order {
    /// An order that nobody has paid, and that no cashier opens yet.
    pub(crate) fn new(
        request: Arc<Fields>,
        sign_type: SignType,
        created: Millis,
        prepay: Prepay,
        closes: Millis,
    ) -> Self {
        Self {
            request,
            sign_type,
            created,
            state: TradeState::NotPay,
            prepay,
            ways: Vec::new(),
            closes,
            expires: None,
            payment: None,
            notification: None,
            refunds: Vec::new(),
            refunded: 0,
            confirming: None,
            v3: None,
        }
    }

    /// A field of the request; empty when it was not sent.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.request.get(name).unwrap_or_default()
    }

    /// Whether its time to be paid is over, although it may not be closed yet.
    pub(crate) fn is_expired(&self, now: Millis) -> bool {
        self.expires.is_some_and(|expires| now >= expires)
    }

    /// Whether it is one payment of several orders (合单), which are orders of their own.
    pub(crate) fn is_combined(&self) -> bool {
        self.request.filled("sub_orders").is_some()
    }

    /// The number of the combined order that it is a part of.
    pub(crate) fn combined_in(&self) -> Option<&str> {
        self.request.filled("combine_out_trade_no")
    }

    /// The merchant of the combined order that it is a part of. Orders in files of earlier versions do not have it.
    fn combined_by(&self) -> Option<&str> {
        self.request.filled("combine_mchid")
    }

    pub(crate) fn out_trade_no(&self) -> &str {
        self.field("out_trade_no")
    }

    pub(crate) fn mch_id(&self) -> &str {
        self.field("mch_id")
    }

    /// In fen.
    pub(crate) fn total_fee(&self) -> u64 {
        self.field("total_fee").parse().unwrap_or_default()
    }

    /// `trade_state` and `trade_state_desc` of replies. An order with a refund that was accepted stays paid.
    pub(crate) fn trade_state(&self) -> (&'static str, &'static str) {
        match self.state {
            TradeState::Success if !self.refunds.is_empty() => ("REFUND", "订单发生过退款，退款详情请查询退款单"),
            state => (state.as_str(), state.describe()),
        }
    }

    /// Adds identifiers that open the cashier. The earlier ones stay until they expire. Returns those that are dropped.
    pub(crate) fn open(&mut self, prepay: Prepay) -> Vec<String> {
        self.ways.push((prepay.id.clone(), prepay.at));
        self.ways.extend(prepay.code_url.clone().map(|url| (url, prepay.at)));
        self.prepay = prepay;
        let surplus = self.ways.len().saturating_sub(WAYS);
        self.ways.drain(..surplus).map(|(way, _)| way).collect()
    }

    /// Moves the due times that are still to come, to later or to earlier ones.
    pub(super) fn postpone(&mut self, by: Millis) {
        self.closes += by;
        if let Some(expires) = &mut self.expires {
            *expires += by;
        }
        if let Some(notification) = &mut self.notification {
            notification.postpone(by);
        }
    }

    /// The name that finds an order by its number, which each merchant chooses itself.
    pub(super) fn number(mch_id: &str, out_trade_no: &str) -> String {
        format!("N{out_trade_no}/{mch_id}")
    }

    /// The name that finds a part of a combined order by its number, which is unique among those of the merchant that combines them.
    pub(super) fn part(combine_mchid: &str, out_trade_no: &str) -> String {
        format!("C{out_trade_no}/{combine_mchid}")
    }

    /// The name that finds an order by an identifier of its cashier.
    pub(super) fn way(identifier: &str) -> String {
        format!("W{identifier}")
    }

    /// The name that finds a paid order.
    pub(super) fn transaction(transaction_id: &str) -> String {
        format!("T{transaction_id}")
    }
}

impl Thing for Order {
    const KIND: &'static str = "order";

    fn mch_id(&self) -> &str {
        self.mch_id()
    }

    fn names(&self) -> Vec<(String, Millis)> {
        let mut names = Vec::with_capacity(self.ways.len() + 2);
        names.push((Self::number(self.mch_id(), self.out_trade_no()), self.created));
        names.extend(self.combined_by().map(|by| (Self::part(by, self.out_trade_no()), self.created)));
        names.extend(self.ways.iter().map(|(way, at)| (Self::way(way), *at)));
        names.extend(self.payment.as_ref().map(|paid| (Self::transaction(&paid.transaction_id), paid.at)));
        names
    }

    fn due(&self) -> Option<Millis> {
        match self.state {
            TradeState::NotPay | TradeState::UserPaying => Some(self.closes),
            TradeState::Success => self.notification.as_ref().and_then(Notification::due),
            TradeState::Closed | TradeState::PayError | TradeState::Revoked => None,
        }
    }

    fn due_after_restart(&self) -> Option<Millis> {
        match self.state {
            TradeState::Success => self.notification.as_ref().and_then(Notification::due_after_restart),
            _ => self.due(),
        }
    }

    fn is_busy(&self) -> bool {
        self.notification.as_ref().is_some_and(Notification::is_under_way)
    }
}

/// Fields as a list of pairs.
mod pairs {
    use std::sync::Arc;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use wxpaykit::Fields;

    pub(super) fn serialize<S: Serializer>(fields: &Fields, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(fields.iter())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Fields>, D::Error> {
        let pairs = Vec::<(String, String)>::deserialize(deserializer)?;
        let mut fields = Fields::with_capacity(pairs.len(), 512);
        for (name, value) in pairs {
            fields.push(&name, &value).map_err(|_| D::Error::custom("a field occurs twice"))?;
        }
        Ok(Arc::new(fields))
    }
}

mod algorithm {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use wxpaykit::SignType;

    pub(super) fn serialize<S: Serializer>(sign_type: &SignType, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(sign_type.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SignType, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom("unknown sign_type"))
    }
}
