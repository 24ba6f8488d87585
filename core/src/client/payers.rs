//! Which appid the payer of a service provider's order belongs to.
//!
//! A page's parameters must be signed over the appid whose openid the order has. A provider may order for one sub-merchant with
//! `sub_openid` and for the next with `openid`, and the page is handed a `prepay_id` alone. So the client remembers whose it is.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::error::Error;
use crate::fields::Fields;
use crate::merchant::Merchant;

/// The orders of the last two hours, for which a `prepay_id` is valid, of all but the largest providers.
const REMEMBERED: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Payers {
    /// Whether an order was ever remembered: merchants of their own have none, and need not take the lock for each page.
    any: AtomicBool,
    orders: Mutex<Orders>,
}

#[derive(Debug, Default)]
struct Orders {
    appids: HashMap<String, String>,
    /// The oldest first.
    order: VecDeque<String>,
    /// Whether an order's payer belonged to another appid than the client's settings say.
    several: bool,
}

impl Payers {
    /// Remembers the order of a provider that was just created.
    pub(super) fn remember(&self, merchant: &Merchant, sent: &Fields, reply: &Fields) {
        let (Some(prepay_id), Some(_)) = (reply.filled("prepay_id"), sent.filled("sub_mch_id")) else { return };
        let appid = match (sent.filled("openid"), sent.filled("sub_appid")) {
            (None, Some(sub_appid)) => sub_appid,
            _ => merchant.appid(),
        };
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        self.any.store(true, Ordering::Release);
        orders.several |= appid != merchant.payer_appid();
        if orders.appids.insert(prepay_id.to_owned(), appid.to_owned()).is_none() {
            orders.order.push_back(prepay_id.to_owned());
        }
        if orders.order.len() > REMEMBERED
            && let Some(oldest) = orders.order.pop_front()
        {
            orders.appids.remove(&oldest);
        }
    }

    /// The appid for the page of an order; `None` when the settings say it.
    ///
    /// # Errors
    /// `InvalidRequest` when this client makes orders for several appids, and does not know this one.
    pub(super) fn appid(&self, prepay_id: &str) -> Result<Option<String>, Error> {
        if !self.any.load(Ordering::Acquire) {
            return Ok(None);
        }
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        match orders.appids.get(prepay_id) {
            Some(appid) => Ok(Some(appid.clone())),
            None if orders.several => Err(Error::invalid(
                "appid",
                "must be given: this client makes orders for payers of several appids, and did not make this one. It is the reply's \
                 sub_appid if the order has sub_openid",
            )),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merchant::MerchantOptions;

    fn merchant() -> Merchant {
        let options = MerchantOptions::new("wx1111111111111111", "1500000001", "0123456789abcdef0123456789abcdef");
        Merchant::new(options).unwrap()
    }

    fn order(payers: &Payers, prepay_id: &str, sent: &[(&str, &str)]) {
        let reply = [("prepay_id", prepay_id)].into_iter().collect();
        payers.remember(&merchant(), &sent.iter().copied().collect(), &reply);
    }

    #[test]
    fn an_order_with_sub_openid_is_paid_with_sub_appid() {
        let payers = Payers::default();
        assert_eq!(payers.appid("p0").unwrap(), None);
        let provider = ("sub_mch_id", "1600000001");
        let (own, sub) = (("openid", "o"), [("sub_appid", "wx2222222222222222"), ("sub_openid", "s")]);
        order(&payers, "p1", &[provider, own]);
        assert_eq!(payers.appid("unknown").unwrap(), None, "all orders are the provider's own");
        order(&payers, "p2", &[provider, sub[0], sub[1]]);
        order(&payers, "p3", &[provider, sub[0], own]);
        order(&payers, "p4", &[provider, sub[0]]);
        let appid = |prepay_id| payers.appid(prepay_id).unwrap();
        assert_eq!(appid("p1").as_deref(), Some("wx1111111111111111"));
        assert_eq!(appid("p2").as_deref(), Some("wx2222222222222222"));
        assert_eq!(appid("p3").as_deref(), Some("wx1111111111111111"), "its openid is the provider's");
        assert_eq!(appid("p4").as_deref(), Some("wx2222222222222222"));
        assert_eq!(payers.appid("unknown").unwrap_err().field(), Some("appid"));
    }

    #[test]
    fn orders_of_ordinary_merchants_are_not_remembered_and_the_oldest_is_forgotten() {
        let payers = Payers::default();
        order(&payers, "own", &[("openid", "o")]);
        assert_eq!(payers.appid("own").unwrap(), None);
        let sub = [("sub_mch_id", "1"), ("sub_appid", "wx2222222222222222")];
        for number in 0..=REMEMBERED {
            order(&payers, &format!("p{number}"), &sub);
        }
        assert!(payers.appid("p0").is_err());
        assert!(payers.appid("p1").unwrap().is_some());
    }
}
