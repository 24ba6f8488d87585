//! Orders and the ways to find them.

use std::collections::HashMap;

use wxpaykit::{Fields, SignType};

use crate::agenda;
use crate::clock::Millis;
use crate::notify::Notification;

/// An order as the merchant sent it, and what became of it.
#[derive(Debug)]
pub(crate) struct Order {
    /// The `unifiedorder` request that made it.
    pub(crate) request: Fields,
    /// The algorithm of that request, which notification and page parameters have to use too.
    pub(crate) sign_type: SignType,
    pub(crate) created: Millis,
    pub(crate) state: TradeState,
    pub(crate) prepay: Prepay,
    pub(crate) closing: Option<agenda::Key>,
    pub(crate) payment: Option<Payment>,
    pub(crate) notification: Option<Notification>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TradeState {
    NotPay,
    Success,
    Closed,
}

impl TradeState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NotPay => "NOTPAY",
            Self::Success => "SUCCESS",
            Self::Closed => "CLOSED",
        }
    }

    /// `trade_state_desc`.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::NotPay => "订单未支付",
            Self::Success => "支付成功",
            Self::Closed => "订单已关闭",
        }
    }
}

/// What opens the cashier.
#[derive(Clone, Debug)]
pub(crate) struct Prepay {
    pub(crate) id: String,
    pub(crate) at: Millis,
    pub(crate) code_url: Option<String>,
    pub(crate) mweb_url: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) transaction_id: String,
    pub(crate) at: Millis,
    pub(crate) openid: String,
    pub(crate) sub_openid: Option<String>,
}

impl Order {
    /// A field of the request; empty when it was not sent.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.request.get(name).unwrap_or_default()
    }

    pub(crate) fn out_trade_no(&self) -> &str {
        self.field("out_trade_no")
    }

    pub(crate) fn mch_id(&self) -> &str {
        self.field("mch_id")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OrderId(usize);

/// All orders. Who finds one by a way to the cashier learns when that way was opened, because it closes by itself.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    all: Vec<Order>,
    by_number: HashMap<String, HashMap<String, OrderId>>,
    by_prepay: HashMap<String, (OrderId, Millis)>,
    by_code: HashMap<String, (OrderId, Millis)>,
    by_transaction: HashMap<String, OrderId>,
}

impl Orders {
    pub(crate) fn insert(&mut self, order: Order) -> OrderId {
        let id = OrderId(self.all.len());
        let numbers = match self.by_number.get_mut(order.mch_id()) {
            Some(numbers) => numbers,
            None => self.by_number.entry(order.mch_id().to_owned()).or_default(),
        };
        numbers.insert(order.out_trade_no().to_owned(), id);
        self.open(id, &order.prepay);
        self.all.push(order);
        id
    }

    /// Gives an order another way to the cashier. The ones it had stay until their time is over.
    pub(crate) fn renew(&mut self, id: OrderId, prepay: Prepay) {
        self.open(id, &prepay);
        if let Some(order) = self.get_mut(id) {
            order.prepay = prepay;
        }
    }

    fn open(&mut self, id: OrderId, prepay: &Prepay) {
        self.by_prepay.insert(prepay.id.clone(), (id, prepay.at));
        if let Some(code_url) = &prepay.code_url {
            self.by_code.insert(code_url.clone(), (id, prepay.at));
        }
    }

    /// Marks an order as paid. `false`, and nothing changed, when the transaction's number is taken.
    pub(crate) fn pay(&mut self, id: OrderId, payment: &Payment) -> bool {
        if self.by_transaction.contains_key(&payment.transaction_id) {
            return false;
        }
        self.by_transaction.insert(payment.transaction_id.clone(), id);
        if let Some(order) = self.get_mut(id) {
            order.state = TradeState::Success;
            order.payment = Some(payment.clone());
        }
        true
    }

    pub(crate) fn get(&self, id: OrderId) -> Option<&Order> {
        self.all.get(id.0)
    }

    pub(crate) fn get_mut(&mut self, id: OrderId) -> Option<&mut Order> {
        self.all.get_mut(id.0)
    }

    pub(crate) fn by_number(&self, mch_id: &str, out_trade_no: &str) -> Option<OrderId> {
        self.by_number.get(mch_id)?.get(out_trade_no).copied()
    }

    /// Orders of every merchant that has one of this number.
    pub(crate) fn with_number(&self, out_trade_no: &str) -> Vec<OrderId> {
        self.by_number.values().filter_map(|numbers| numbers.get(out_trade_no).copied()).collect()
    }

    pub(crate) fn by_transaction(&self, transaction_id: &str) -> Option<OrderId> {
        self.by_transaction.get(transaction_id).copied()
    }

    pub(crate) fn by_prepay(&self, prepay_id: &str) -> Option<(OrderId, Millis)> {
        self.by_prepay.get(prepay_id).copied()
    }

    pub(crate) fn by_code(&self, code_url: &str) -> Option<(OrderId, Millis)> {
        self.by_code.get(code_url).copied()
    }

    /// All of them, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Order> {
        self.all.iter()
    }
}
