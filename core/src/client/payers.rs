//! Which appid the payer of a service provider's order belongs to.
//!
//! The parameters of a page must be signed over the appid whose openid the order has. A provider may order for one sub-merchant with
//! `sub_openid` and for the next with `openid`, and the page has only the `prepay_id`. So the client remembers the appid of the orders
//! that it made. For an order of another process it is not guessed: a store would have to be asked, and page parameters are made
//! without I/O.

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
    /// Whether a call named a sub-merchant. Where none did, as with all merchants that are not providers, no lock is needed.
    provider: AtomicBool,
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
    /// Remembers that the client is a provider's, and the order if one was just created.
    pub(super) fn remember(&self, merchant: &Merchant, sent: &Fields, reply: &Fields) {
        if sent.filled("sub_mch_id").is_none() {
            return;
        }
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        self.provider.store(true, Ordering::Release);
        let Some(prepay_id) = reply.filled("prepay_id") else { return };
        let appid = match (sent.filled("openid"), sent.filled("sub_appid")) {
            (None, Some(sub_appid)) => sub_appid,
            _ => merchant.appid(),
        };
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

    /// The appid for the page of an order; `None` when the settings say it: `sub_appid`, or `appid` of a merchant that is not a provider.
    ///
    /// # Errors
    /// `InvalidRequest` when this client did not make the order, and either is a provider's without `sub_appid` in its settings, or
    /// makes orders for payers of several appids.
    pub(super) fn appid(&self, merchant: &Merchant, prepay_id: &str) -> Result<Option<String>, Error> {
        if merchant.sub_mch_id.is_none() && !self.provider.load(Ordering::Acquire) {
            return Ok(None);
        }
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        match orders.appids.get(prepay_id) {
            Some(appid) => Ok(Some(appid.clone())),
            None if orders.several || merchant.sub_appid.is_none() => Err(Error::invalid(
                "appid",
                "must be given: this client is a service provider's, and did not make this order. It is the sub_appid of the order if the \
                 order has sub_openid, else the provider's own appid",
            )),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merchant::MerchantOptions;

    const PROVIDER: (&str, &str) = ("sub_mch_id", "1600000001");

    fn merchant(sub_mch_id: Option<&str>, sub_appid: Option<&str>) -> Merchant {
        let mut options = MerchantOptions::new("wx1111111111111111", "1500000001", "0123456789abcdef0123456789abcdef");
        options.sub_mch_id = sub_mch_id.map(str::to_owned);
        options.sub_appid = sub_appid.map(str::to_owned);
        Merchant::new(options).unwrap()
    }

    fn order(payers: &Payers, merchant: &Merchant, prepay_id: &str, sent: &[(&str, &str)]) {
        let reply = [("prepay_id", prepay_id)].into_iter().collect();
        payers.remember(merchant, &sent.iter().copied().collect(), &reply);
    }

    #[test]
    fn an_order_with_sub_openid_is_paid_over_sub_appid() {
        let (payers, merchant) = (Payers::default(), merchant(None, None));
        assert_eq!(payers.appid(&merchant, "p0").unwrap(), None);
        let (own, sub) = (("openid", "o"), [("sub_appid", "wx2222222222222222"), ("sub_openid", "s")]);
        order(&payers, &merchant, "p1", &[PROVIDER, own]);
        order(&payers, &merchant, "p2", &[PROVIDER, sub[0], sub[1]]);
        order(&payers, &merchant, "p3", &[PROVIDER, sub[0], own]);
        order(&payers, &merchant, "p4", &[PROVIDER, sub[0]]);
        let appid = |prepay_id| payers.appid(&merchant, prepay_id).unwrap();
        assert_eq!(appid("p1").as_deref(), Some("wx1111111111111111"));
        assert_eq!(appid("p2").as_deref(), Some("wx2222222222222222"));
        assert_eq!(appid("p3").as_deref(), Some("wx1111111111111111"), "its openid is the provider's");
        assert_eq!(appid("p4").as_deref(), Some("wx2222222222222222"));
        assert_eq!(payers.appid(&merchant, "unknown").unwrap_err().field(), Some("appid"));
    }

    #[test]
    fn a_provider_without_sub_appid_is_not_guessed_for() {
        // By its settings.
        let payers = Payers::default();
        let provider = merchant(Some("1600000001"), None);
        assert_eq!(payers.appid(&provider, "unknown").unwrap_err().field(), Some("appid"));
        let with_sub_appid = merchant(Some("1600000001"), Some("wx2222222222222222"));
        assert_eq!(payers.appid(&with_sub_appid, "unknown").unwrap(), None);
        // By a call of any kind.
        let own = merchant(None, None);
        payers.remember(&own, &[PROVIDER].into_iter().collect(), &Fields::default());
        assert!(payers.appid(&own, "unknown").is_err());
    }

    #[test]
    fn a_merchant_of_its_own_is_not_remembered_and_the_oldest_is_forgotten() {
        let (payers, merchant) = (Payers::default(), merchant(None, None));
        order(&payers, &merchant, "own", &[("openid", "o")]);
        assert_eq!(payers.appid(&merchant, "own").unwrap(), None);
        let sub = [("sub_mch_id", "1"), ("sub_appid", "wx2222222222222222")];
        for number in 0..=REMEMBERED {
            order(&payers, &merchant, &format!("p{number}"), &sub);
        }
        assert!(payers.appid(&merchant, "p0").is_err());
        assert!(payers.appid(&merchant, "p1").unwrap().is_some());
    }
}
