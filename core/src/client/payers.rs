//! Which appid the payer of a service provider's order belongs to.
//!
//! The parameters of a page must be signed over the appid whose openid the order has. A provider may order for one sub-merchant with
//! `sub_openid` and for the next with `openid`, and the page has only the `prepay_id`. So the process remembers the appid of the orders
//! that its clients made: all clients of one merchant, appid and address share it, also one that is made after another was closed. For
//! an order of another process it is not guessed: a store would have to be asked, and page parameters are made without I/O.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::Error;
use crate::fields::Fields;
use crate::fork;
use crate::merchant::Merchant;

/// The orders of the last two hours, for which a `prepay_id` is valid, of all but the largest providers.
const REMEMBERED: usize = 10_000;
/// The number of merchants, appids and addresses whose orders one process remembers.
const SHARED: usize = 256;
/// How often, and how long apart, a new client looks whether the map of the process is free.
const LOOKS: u32 = 50;
const LOOK: Duration = Duration::from_millis(1);

static PROCESS: Mutex<Option<Shared>> = Mutex::new(None);

/// What the clients of this process remember.
#[derive(Default)]
struct Shared {
    payers: HashMap<Key, (u64, Arc<Payers>)>,
    /// The oldest first.
    order: VecDeque<Key>,
}

/// Address, merchant and appid.
type Key = [String; 3];

#[derive(Debug, Default)]
pub(super) struct Payers {
    /// Whether a call named a sub-merchant. Where none did, as with all merchants that are not providers, no lock is needed.
    provider: AtomicBool,
    /// Whether orders of this process are missing, since they could not be copied after a fork.
    incomplete: bool,
    /// Whether a warning said that `wx.config` is of another appid than orders.
    warned: AtomicBool,
    orders: Mutex<Orders>,
}

#[derive(Clone, Debug, Default)]
struct Orders {
    appids: HashMap<String, String>,
    /// The oldest first.
    order: VecDeque<String>,
    /// The appids of settings that do not tell the payer's appid: a client with these settings made an order over another one.
    ambiguous: HashSet<String>,
    /// The last appid of an order that was not the merchant's own.
    other: Option<String>,
}

impl Payers {
    /// What the process remembers of this merchant and appid at these addresses.
    pub(super) fn of(endpoints: Option<&str>, merchant: &Merchant) -> Arc<Self> {
        let key = [endpoints.unwrap_or_default(), merchant.mch_id(), merchant.appid()].map(str::to_owned);
        let Some(mut shared) = locked() else { return Arc::new(Self { incomplete: true, ..Self::default() }) };
        shared.get_or_insert_default().payers(key)
    }

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
        if appid != merchant.payer_appid() && !orders.ambiguous.contains(merchant.payer_appid()) {
            orders.ambiguous.insert(merchant.payer_appid().to_owned());
        }
        if appid != merchant.appid() {
            orders.other = Some(appid.to_owned());
        }
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
    /// `InvalidRequest` when this process did not make the order, and either the client is a provider's without `sub_appid` in its
    /// settings, or clients with these settings make orders for payers of several appids.
    pub(super) fn appid(&self, merchant: &Merchant, prepay_id: &str) -> Result<Option<String>, Error> {
        if merchant.sub_mch_id.is_none() && !self.provider.load(Ordering::Acquire) {
            return Ok(None);
        }
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        match orders.appids.get(prepay_id) {
            Some(appid) => Ok(Some(appid.clone())),
            None if self.incomplete
                || merchant.sub_appid.is_none()
                || orders.ambiguous.contains(merchant.payer_appid()) =>
            {
                Err(Error::invalid(
                    "appid",
                    "must be given: this client is a service provider's, and this process did not make the order. It is the sub_appid of \
                     the order if the order has sub_openid, else the provider's own appid",
                ))
            }
            None => Ok(None),
        }
    }

    /// The appid of an order that was made over another appid than the merchant's own, when no warning named it yet.
    pub(super) fn other_to_warn_of(&self) -> Option<String> {
        if !self.provider.load(Ordering::Acquire) {
            return None;
        }
        let other = self.orders.lock().unwrap_or_else(PoisonError::into_inner).other.clone()?;
        (!self.warned.swap(true, Ordering::Relaxed)).then_some(other)
    }

    /// A copy for a forked process. The lock of the process that forked may be held by a thread that this one does not have.
    fn forked(&self) -> Self {
        let orders = self.orders.try_lock().map(|orders| orders.clone());
        let provider = self.provider.load(Ordering::Acquire);
        Self {
            provider: provider.into(),
            incomplete: self.incomplete || orders.is_err(),
            warned: AtomicBool::default(),
            orders: Mutex::new(orders.unwrap_or_default()),
        }
    }
}

impl Shared {
    fn payers(&mut self, key: Key) -> Arc<Payers> {
        let process = fork::process();
        let payers = match self.payers.get(&key) {
            Some((owner, payers)) if *owner == process => return Arc::clone(payers),
            Some((_, payers)) => Arc::new(payers.forked()),
            None => {
                self.order.push_back(key.clone());
                Arc::default()
            }
        };
        self.payers.insert(key, (process, Arc::clone(&payers)));
        if self.order.len() > SHARED {
            // Merchants that are not providers have nothing to remember. The last one is just being made.
            let is_idle = |key: &Key| {
                let kept = self.payers.get(key);
                kept.is_none_or(|(_, payers)| !payers.provider.load(Ordering::Relaxed))
            };
            let place = self.order.iter().take(SHARED).position(is_idle).unwrap_or_default();
            if let Some(key) = self.order.remove(place) {
                self.payers.remove(&key);
            }
        }
        payers
    }
}

/// The map of the process, unless it stays locked: a child that was forked while another thread held it finds it locked forever.
fn locked() -> Option<MutexGuard<'static, Option<Shared>>> {
    for _ in 0..LOOKS {
        match PROCESS.try_lock() {
            Ok(shared) => return Some(shared),
            Err(std::sync::TryLockError::Poisoned(error)) => return Some(error.into_inner()),
            Err(std::sync::TryLockError::WouldBlock) => std::thread::sleep(LOOK),
        }
    }
    None
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
    fn clients_of_one_merchant_share_what_they_remember_and_others_do_not() {
        let (provider, other) = (merchant(None, None), merchant(None, Some("wx3333333333333333")));
        let url = Some("http://127.0.0.1:1");
        let sub = [PROVIDER, ("sub_appid", "wx2222222222222222"), ("sub_openid", "s")];
        order(&Payers::of(url, &provider), &provider, "p1", &sub);
        // A client that is made later, and one with another sub_appid.
        let again = Payers::of(url, &provider);
        assert_eq!(again.appid(&provider, "p1").unwrap().as_deref(), Some("wx2222222222222222"));
        assert!(again.appid(&provider, "unknown").is_err());
        let another = Payers::of(url, &other);
        assert_eq!(another.appid(&other, "p1").unwrap().as_deref(), Some("wx2222222222222222"));
        assert_eq!(another.appid(&other, "unknown").unwrap(), None, "its own settings are not ambiguous");
        // Another address, such as WeChat's own.
        assert_eq!(Payers::of(None, &provider).appid(&provider, "p1").unwrap(), None);
        assert_eq!(again.other_to_warn_of().as_deref(), Some("wx2222222222222222"));
        assert_eq!(another.other_to_warn_of(), None, "there is one warning");
    }

    #[test]
    fn a_process_remembers_so_many_merchants_and_a_forked_one_copies_them() {
        let (mut shared, provider) = (Shared::default(), merchant(None, None));
        let key = |number: usize| [number.to_string(), String::new(), String::new()];
        order(&shared.payers(key(0)), &provider, "p1", &[PROVIDER]);
        for number in 1..=SHARED {
            shared.payers(key(number));
        }
        assert_eq!((shared.payers.len(), shared.order.len()), (SHARED, SHARED));
        assert!(shared.payers(key(0)).appid(&provider, "p1").unwrap().is_some(), "a provider's orders stay");
        let parent = Arc::clone(&shared.payers[&key(0)].1);
        shared.payers.insert(key(0), (fork::process() + 1, Arc::clone(&parent)));
        let held = parent.orders.lock().unwrap();
        let child = shared.payers(key(0));
        assert!(child.appid(&provider, "p1").is_err(), "what cannot be copied is not guessed");
        let with_sub_appid = merchant(Some("1600000001"), Some("wx2222222222222222"));
        assert!(child.appid(&with_sub_appid, "p1").is_err(), "not by the settings either");
        drop(held);
        shared.payers.insert(key(0), (fork::process() + 1, parent));
        assert!(shared.payers(key(0)).appid(&provider, "p1").unwrap().is_some());
    }

    #[test]
    fn the_newest_provider_stays_where_all_others_are_providers_too() {
        let (mut shared, provider) = (Shared::default(), merchant(None, None));
        let key = |number: usize| [number.to_string(), String::new(), String::new()];
        for number in 0..=SHARED {
            order(&shared.payers(key(number)), &provider, "p1", &[PROVIDER]);
        }
        assert!(shared.payers(key(SHARED)).appid(&provider, "p1").unwrap().is_some());
        assert_eq!((shared.payers.len(), shared.order.len()), (SHARED, SHARED));
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
