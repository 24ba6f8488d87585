//! Which appid the payer of a service provider's order belongs to, and which merchant an app pays.
//!
//! The parameters of a page must be signed over the appid whose openid the order has, and those of an app name the merchant that is paid. A
//! provider may order for one sub-merchant with `sub_openid` and for the next with `openid`, and the page has only the `prepay_id`. So the
//! process remembers both of the orders that its clients made: all clients of one merchant, appid and address share it, also one that is
//! made after another was closed. For an order of another process they are not guessed: a store would have to be asked, and page parameters
//! are made without I/O.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::Error;
use crate::fields::Fields;
use crate::fork;
use crate::merchant::Merchant;
use crate::wire::json;

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

/// Whose an order is, for the parameters of a page or an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parties {
    /// The appid whose openid the order has.
    pub(super) appid: String,
    /// The merchant that an app pays.
    pub(super) partnerid: String,
}

#[derive(Clone, Debug, Default)]
struct Orders {
    parties: HashMap<String, Parties>,
    /// The oldest first.
    order: VecDeque<String>,
    /// The appids of settings that do not tell the payer's appid: a client with these settings made an order over another one.
    ambiguous: HashSet<String>,
    /// As `ambiguous`, of the settings' `sub_mch_id` and the merchant that an app pays.
    ambiguous_partners: HashSet<String>,
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

    /// Remembers that the client is a provider's, and the order if a call of APIv2 just created one.
    pub(super) fn remember(&self, merchant: &Merchant, sent: &Fields, reply: &Fields) {
        match sent.filled("sub_mch_id") {
            Some(own) => self.remember_order(merchant, own, [sent.filled("openid"), sent.filled("sub_appid")], reply),
            None => self.remember_own(merchant, reply),
        }
    }

    /// As [`Payers::remember`], for a call of APIv3. A combined order names its sub-merchants in its parts.
    pub(super) fn remember_v3(&self, merchant: &Merchant, sent: &Fields, reply: &Fields) {
        let inner = |name| sent.get(name).and_then(|text| json::parse(text.as_bytes())).unwrap_or_default();
        if let Some(parts) = sent.get("sub_orders").and_then(json::parse_list) {
            return self.remember_combined(merchant, &inner("combine_payer_info"), &parts, reply);
        }
        let Some(sub_mchid) = sent.filled("sub_mchid") else { return self.remember_own(merchant, reply) };
        let payer = inner("payer");
        self.remember_order(merchant, sub_mchid, [payer.filled("sp_openid"), sent.filled("sub_appid")], reply);
    }

    /// An order that names no sub-merchant. A provider may sell for itself too, and may name its first sub-merchant after this order.
    fn remember_own(&self, merchant: &Merchant, reply: &Fields) {
        if reply.filled("prepay_id").is_some() {
            self.insert(merchant, false, (merchant.appid(), merchant.mch_id()), reply);
        }
    }

    fn remember_order(
        &self,
        merchant: &Merchant,
        sub_mch_id: &str,
        [openid, sub_appid]: [Option<&str>; 2],
        reply: &Fields,
    ) {
        let appid = match (openid, sub_appid) {
            (None, Some(sub_appid)) => sub_appid,
            _ => merchant.appid(),
        };
        self.insert(merchant, true, (appid, sub_mch_id), reply);
    }

    /// The merchant that combined the orders is the one that an app pays, and its appid is the page's unless the payer is a `sub_openid`.
    fn remember_combined(&self, merchant: &Merchant, payer: &Fields, parts: &[Fields], reply: &Fields) {
        let sub_appid = parts.iter().find_map(|part| part.filled("sub_appid"));
        let appid = match (payer.filled("openid"), payer.filled("sub_openid"), sub_appid) {
            (None, Some(_), Some(sub_appid)) => sub_appid,
            _ => merchant.appid(),
        };
        let is_provider = parts.iter().any(|part| part.filled("sub_mchid").is_some());
        self.insert(merchant, is_provider, (appid, merchant.mch_id()), reply);
    }

    fn insert(&self, merchant: &Merchant, is_provider: bool, (appid, partnerid): (&str, &str), reply: &Fields) {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        if is_provider {
            self.provider.store(true, Ordering::Release);
        }
        let Some(prepay_id) = reply.filled("prepay_id") else { return };
        if appid != merchant.payer_appid() && !orders.ambiguous.contains(merchant.payer_appid()) {
            orders.ambiguous.insert(merchant.payer_appid().to_owned());
        }
        if let Some(own) = merchant.sub_mch_id.as_deref().filter(|own| *own != partnerid) {
            orders.ambiguous_partners.insert(own.to_owned());
        }
        if appid != merchant.appid() {
            orders.other = Some(appid.to_owned());
        }
        let parties = Parties { appid: appid.to_owned(), partnerid: partnerid.to_owned() };
        if orders.parties.insert(prepay_id.to_owned(), parties).is_none() {
            orders.order.push_back(prepay_id.to_owned());
        }
        if orders.order.len() > REMEMBERED
            && let Some(oldest) = orders.order.pop_front()
        {
            orders.parties.remove(&oldest);
        }
    }

    /// The appid for the page of an order, unless the caller gives it; `None` when the settings say it: `sub_appid`, or `appid` of a
    /// merchant that is not a provider.
    ///
    /// # Errors
    /// `InvalidRequest` when this process did not make the order, and either the client is a provider's without `sub_appid` in its
    /// settings, or clients with these settings make orders for payers of several appids.
    pub(super) fn appid(
        &self,
        merchant: &Merchant,
        prepay_id: &str,
        given: Option<&str>,
    ) -> Result<Option<String>, Error> {
        let is_settled =
            |orders: &Orders| merchant.sub_appid.is_some() && !orders.ambiguous.contains(merchant.payer_appid());
        self.party((merchant, prepay_id, given), |parties| &parties.appid, is_settled, || {
            Error::invalid(
                "appid",
                "must be given: this client is a service provider's, and this process did not make the order. It is the sub_appid of \
                 the order if the order has sub_openid, else the provider's own appid",
            )
        })
    }

    /// The merchant that an app pays, unless the caller gives it; `None` when the settings say it: `sub_mch_id`, or `mch_id` of a merchant
    /// that is not a provider.
    ///
    /// # Errors
    /// `InvalidRequest` when this process did not make the order, and either the client is a provider's without `sub_mch_id` in its
    /// settings, or clients with these settings make combined orders too.
    pub(super) fn partnerid(
        &self,
        merchant: &Merchant,
        prepay_id: &str,
        given: Option<&str>,
    ) -> Result<Option<String>, Error> {
        let is_settled =
            |orders: &Orders| merchant.sub_mch_id.as_ref().is_some_and(|own| !orders.ambiguous_partners.contains(own));
        self.party((merchant, prepay_id, given), |parties| &parties.partnerid, is_settled, || {
            Error::invalid(
                "partnerid",
                "must be given: this client is a service provider's, and this process did not make the order. It is the sub_mch_id of \
                 the order; of a combined order it is the provider's own mch_id",
            )
        })
    }

    /// What is given, else what this process knows of the order, else `None` where the settings say it, else `unknown`.
    fn party(
        &self,
        (merchant, prepay_id, given): (&Merchant, &str, Option<&str>),
        of: fn(&Parties) -> &String,
        is_settled: impl Fn(&Orders) -> bool,
        unknown: impl FnOnce() -> Error,
    ) -> Result<Option<String>, Error> {
        if given.is_some() || !self.is_provider(merchant) {
            return Ok(given.map(str::to_owned));
        }
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        match orders.parties.get(prepay_id) {
            Some(parties) => Ok(Some(of(parties).clone())),
            None if self.incomplete || !is_settled(&orders) => Err(unknown()),
            None => Ok(None),
        }
    }

    fn is_provider(&self, merchant: &Merchant) -> bool {
        merchant.sub_mch_id.is_some() || self.provider.load(Ordering::Acquire)
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
        assert_eq!(payers.appid(&merchant, "p0", None).unwrap(), None);
        let (own, sub) = (("openid", "o"), [("sub_appid", "wx2222222222222222"), ("sub_openid", "s")]);
        order(&payers, &merchant, "p1", &[PROVIDER, own]);
        order(&payers, &merchant, "p2", &[PROVIDER, sub[0], sub[1]]);
        order(&payers, &merchant, "p3", &[PROVIDER, sub[0], own]);
        order(&payers, &merchant, "p4", &[PROVIDER, sub[0]]);
        let appid = |prepay_id| payers.appid(&merchant, prepay_id, None).unwrap();
        assert_eq!(appid("p1").as_deref(), Some("wx1111111111111111"));
        assert_eq!(appid("p2").as_deref(), Some("wx2222222222222222"));
        assert_eq!(appid("p3").as_deref(), Some("wx1111111111111111"), "its openid is the provider's");
        assert_eq!(appid("p4").as_deref(), Some("wx2222222222222222"));
        assert_eq!(payers.appid(&merchant, "unknown", None).unwrap_err().field(), Some("appid"));
    }

    #[test]
    fn an_app_pays_the_sub_merchant_of_its_order() {
        let (payers, own) = (Payers::default(), merchant(None, None));
        let partner = |merchant: &Merchant, prepay_id| payers.partnerid(merchant, prepay_id, None);
        assert_eq!(partner(&own, "p0").unwrap(), None);
        order(&payers, &own, "p1", &[PROVIDER, ("sub_appid", "wx2222222222222222")]);
        order(&payers, &own, "p2", &[("sub_mch_id", "1600000002")]);
        assert_eq!(partner(&own, "p1").unwrap().as_deref(), Some("1600000001"));
        assert_eq!(partner(&own, "p2").unwrap().as_deref(), Some("1600000002"));
        assert_eq!(payers.partnerid(&own, "p2", Some("1600000003")).unwrap().as_deref(), Some("1600000003"));
        assert_eq!(partner(&own, "unknown").unwrap_err().field(), Some("partnerid"));
        // The settings say it, until a client with these settings made an order for an app that pays another merchant.
        let of_one = merchant(Some("1600000001"), None);
        assert_eq!(partner(&of_one, "unknown").unwrap(), None);
        combined(&payers, &of_one, "p3", ("openid", "o"), r#"[{"sub_mchid":"1600000001"}]"#);
        assert_eq!(partner(&of_one, "p3").unwrap().as_deref(), Some("1500000001"));
        assert_eq!(partner(&of_one, "unknown").unwrap_err().field(), Some("partnerid"));
        assert_eq!(partner(&merchant(Some("1600000002"), None), "unknown").unwrap(), None);
    }

    #[test]
    fn a_combined_order_is_paid_over_the_appid_that_combined_it() {
        const PARTS: &str =
            r#"[{"sub_mchid":"1600000001"},{"sub_mchid":"1600000002","sub_appid":"wx2222222222222222"}]"#;
        let (payers, own) = (Payers::default(), merchant(None, None));
        // Also one whose parts are of merchants that have no provider: the process may be known as a provider's later.
        combined(&payers, &own, "p0", ("openid", "o"), r#"[{"mchid":"1700000001"}]"#);
        assert_eq!(payers.appid(&own, "unknown", None).unwrap(), None);
        combined(&payers, &own, "p1", ("openid", "o"), PARTS);
        combined(&payers, &own, "p2", ("sub_openid", "s"), PARTS);
        let appid = |merchant: &Merchant, prepay_id| payers.appid(merchant, prepay_id, None);
        for merchant in [&own, &merchant(Some("1600000001"), Some("wx2222222222222222"))] {
            assert_eq!(appid(merchant, "p0").unwrap().as_deref(), Some("wx1111111111111111"));
            assert_eq!(appid(merchant, "p1").unwrap().as_deref(), Some("wx1111111111111111"));
            assert_eq!(appid(merchant, "p2").unwrap().as_deref(), Some("wx2222222222222222"));
        }
        assert_eq!(appid(&own, "unknown").unwrap_err().field(), Some("appid"));
        // A client whose settings have a sub_appid made one over its own: they do not tell any more.
        let with_sub_appid = merchant(Some("1600000001"), Some("wx2222222222222222"));
        assert_eq!(appid(&with_sub_appid, "unknown").unwrap(), None);
        combined(&payers, &with_sub_appid, "p3", ("openid", "o"), PARTS);
        assert_eq!(appid(&with_sub_appid, "unknown").unwrap_err().field(), Some("appid"));
    }

    #[test]
    fn any_call_of_either_api_that_names_a_sub_merchant_is_a_providers() {
        let own = merchant(None, None);
        for (name, v3) in [("sub_mch_id", false), ("sub_mchid", true)] {
            let (payers, sent) = (Payers::default(), [(name, "1600000001")].into_iter().collect());
            let remember = if v3 { Payers::remember_v3 } else { Payers::remember };
            remember(&payers, &own, &sent, &Fields::default());
            assert!(payers.appid(&own, "unknown", None).is_err(), "{name}");
        }
    }

    #[test]
    fn a_provider_sells_for_itself_too() {
        let own = merchant(None, None);
        for v3 in [false, true] {
            let payers = Payers::default();
            let remember = if v3 { Payers::remember_v3 } else { Payers::remember };
            let made = |prepay_id, sent: &[(&str, &str)]| {
                let reply = [("prepay_id", prepay_id)].into_iter().collect();
                remember(&payers, &own, &sent.iter().copied().collect(), &reply);
            };
            made("before", &[("openid", "o")]);
            assert_eq!(payers.appid(&own, "unknown", None).unwrap(), None, "it is not known as a provider yet");
            made("sub", &[(if v3 { "sub_mchid" } else { "sub_mch_id" }, "1600000001")]);
            made("after", &[("openid", "o")]);
            for prepay_id in ["before", "after"] {
                assert_eq!(payers.appid(&own, prepay_id, None).unwrap().as_deref(), Some("wx1111111111111111"));
                assert_eq!(payers.partnerid(&own, prepay_id, None).unwrap().as_deref(), Some("1500000001"));
            }
        }
    }

    fn combined(payers: &Payers, merchant: &Merchant, prepay_id: &str, (name, openid): (&str, &str), parts: &str) {
        let payer = format!(r#"{{"{name}":"{openid}"}}"#);
        let sent = [("combine_payer_info", &*payer), ("sub_orders", parts)].into_iter().collect();
        payers.remember_v3(merchant, &sent, &[("prepay_id", prepay_id)].into_iter().collect());
    }

    #[test]
    fn a_provider_without_sub_appid_is_not_guessed_for() {
        // By its settings.
        let payers = Payers::default();
        let provider = merchant(Some("1600000001"), None);
        assert_eq!(payers.appid(&provider, "unknown", None).unwrap_err().field(), Some("appid"));
        let with_sub_appid = merchant(Some("1600000001"), Some("wx2222222222222222"));
        assert_eq!(payers.appid(&with_sub_appid, "unknown", None).unwrap(), None);
        // By a call of any kind.
        let own = merchant(None, None);
        payers.remember(&own, &[PROVIDER].into_iter().collect(), &Fields::default());
        assert!(payers.appid(&own, "unknown", None).is_err());
    }

    #[test]
    fn clients_of_one_merchant_share_what_they_remember_and_others_do_not() {
        let (provider, other) = (merchant(None, None), merchant(None, Some("wx3333333333333333")));
        let url = Some("http://127.0.0.1:1");
        let sub = [PROVIDER, ("sub_appid", "wx2222222222222222"), ("sub_openid", "s")];
        order(&Payers::of(url, &provider), &provider, "p1", &sub);
        // A client that is made later, and one with another sub_appid.
        let again = Payers::of(url, &provider);
        assert_eq!(again.appid(&provider, "p1", None).unwrap().as_deref(), Some("wx2222222222222222"));
        assert!(again.appid(&provider, "unknown", None).is_err());
        let another = Payers::of(url, &other);
        assert_eq!(another.appid(&other, "p1", None).unwrap().as_deref(), Some("wx2222222222222222"));
        assert_eq!(another.appid(&other, "unknown", None).unwrap(), None, "its own settings are not ambiguous");
        // Another address, such as WeChat's own.
        assert_eq!(Payers::of(None, &provider).appid(&provider, "p1", None).unwrap(), None);
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
        assert!(shared.payers(key(0)).appid(&provider, "p1", None).unwrap().is_some(), "a provider's orders stay");
        let parent = Arc::clone(&shared.payers[&key(0)].1);
        shared.payers.insert(key(0), (fork::process() + 1, Arc::clone(&parent)));
        let held = parent.orders.lock().unwrap();
        let child = shared.payers(key(0));
        assert!(child.appid(&provider, "p1", None).is_err(), "what cannot be copied is not guessed");
        let with_sub_appid = merchant(Some("1600000001"), Some("wx2222222222222222"));
        assert!(child.appid(&with_sub_appid, "p1", None).is_err(), "not by the settings either");
        drop(held);
        shared.payers.insert(key(0), (fork::process() + 1, parent));
        assert!(shared.payers(key(0)).appid(&provider, "p1", None).unwrap().is_some());
    }

    #[test]
    fn the_newest_provider_stays_where_all_others_are_providers_too() {
        let (mut shared, provider) = (Shared::default(), merchant(None, None));
        let key = |number: usize| [number.to_string(), String::new(), String::new()];
        for number in 0..=SHARED {
            order(&shared.payers(key(number)), &provider, "p1", &[PROVIDER]);
        }
        assert!(shared.payers(key(SHARED)).appid(&provider, "p1", None).unwrap().is_some());
        assert_eq!((shared.payers.len(), shared.order.len()), (SHARED, SHARED));
    }

    #[test]
    fn a_merchant_of_its_own_is_not_remembered_and_the_oldest_is_forgotten() {
        let (payers, merchant) = (Payers::default(), merchant(None, None));
        order(&payers, &merchant, "own", &[("openid", "o")]);
        assert_eq!(payers.appid(&merchant, "own", None).unwrap(), None);
        let sub = [("sub_mch_id", "1"), ("sub_appid", "wx2222222222222222")];
        for number in 0..=REMEMBERED {
            order(&payers, &merchant, &format!("p{number}"), &sub);
        }
        assert!(payers.appid(&merchant, "p0", None).is_err());
        assert!(payers.appid(&merchant, "p1", None).unwrap().is_some());
    }
}
