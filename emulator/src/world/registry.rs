//! All merchants of an emulator, found by the names that requests give them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use wxpaykit::doctor::{Explanation, Known, OtherKeys, explain_with};
use wxpaykit::{Fields, Secret, SignType};

use super::merchant::{DEMO_USER, Merchant, MerchantError, openid_of};

/// All merchants. They do not change while an emulator runs, so no lock guards them.
#[derive(Debug)]
pub(crate) struct Registry {
    merchants: Vec<Merchant>,
    by_pair: HashMap<String, HashMap<String, usize>>,
    by_mch: HashMap<String, usize>,
    by_app: HashMap<String, usize>,
    users: HashMap<String, HashSet<String>>,
    /// All merchants' secrets, with all that they are written as.
    known: Known,
}

impl Registry {
    /// The demo merchant and the others. A number has one key and an appid has one secret.
    pub(crate) fn new(others: &[Merchant]) -> Result<Self, MerchantError> {
        let mut registry = Self {
            merchants: Vec::new(),
            by_pair: HashMap::new(),
            by_mch: HashMap::new(),
            by_app: HashMap::new(),
            users: HashMap::new(),
            known: Known::default(),
        };
        for merchant in others {
            registry.add(merchant)?;
        }
        let demo = Merchant::demo();
        // A file may describe the demo merchant differently; then the file counts.
        if registry.by_mch(&demo.mch_id).is_none() && registry.by_app(&demo.appid).is_none() {
            registry.add(&demo)?;
        }
        registry.known = Known::new(registry.merchants.iter().flat_map(Merchant::secrets));
        Ok(registry)
    }

    fn add(&mut self, merchant: &Merchant) -> Result<(), MerchantError> {
        if self.by_mch(&merchant.mch_id).is_some_and(|known| known.api_key != merchant.api_key) {
            return Err(MerchantError(format!("mch_id {} is listed twice with different api_keys", merchant.mch_id)));
        }
        if self.by_app(&merchant.appid).is_some_and(|known| known.app_secret != merchant.app_secret) {
            return Err(MerchantError(format!("appid {} is listed twice with different app_secrets", merchant.appid)));
        }
        let index = self.merchants.len();
        self.by_mch.entry(merchant.mch_id.clone()).or_insert(index);
        self.by_app.entry(merchant.appid.clone()).or_insert(index);
        self.by_pair.entry(merchant.appid.clone()).or_default().insert(merchant.mch_id.clone(), index);
        let users = self.users.entry(merchant.appid.clone()).or_default();
        users.insert(openid_of(&merchant.appid, DEMO_USER));
        users.extend(merchant.users.iter().cloned());
        self.merchants.push(merchant.clone());
        Ok(())
    }

    /// The merchant that the emulator announces when it starts.
    pub(crate) fn first(&self) -> Option<&Merchant> {
        self.merchants.first()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Merchant> {
        self.merchants.iter()
    }

    pub(crate) fn by_mch(&self, mch_id: &str) -> Option<&Merchant> {
        self.by_mch.get(mch_id).and_then(|index| self.merchants.get(*index))
    }

    pub(crate) fn by_app(&self, appid: &str) -> Option<&Merchant> {
        self.by_app.get(appid).and_then(|index| self.merchants.get(*index))
    }

    pub(crate) fn bound(&self, appid: &str, mch_id: &str) -> Option<&Merchant> {
        let index = self.by_pair.get(appid)?.get(mch_id)?;
        self.merchants.get(*index)
    }

    /// The appid that an openid was configured for.
    pub(crate) fn app_of_user(&self, openid: &str) -> Option<&str> {
        self.users.iter().find(|(_, users)| users.contains(openid)).map(|(appid, _)| appid.as_str())
    }

    /// The openids that were configured for an appid.
    pub(crate) fn users_of(&self, appid: &str) -> impl Iterator<Item = &str> {
        let merchants = self.merchants.iter().filter(move |merchant| merchant.appid == appid);
        merchants.flat_map(|merchant| merchant.users.iter().map(String::as_str))
    }

    /// The openids that were configured.
    pub(crate) fn users(&self) -> impl Iterator<Item = &str> {
        self.merchants.iter().flat_map(|merchant| merchant.users.iter().map(String::as_str))
    }

    pub(crate) fn merchants(&self) -> &[Merchant] {
        &self.merchants
    }

    /// Why a merchant's signature differs, tried with all keys that are known here. `agreed` is the algorithm when the
    /// message does not name it itself.
    pub(crate) fn explain(&self, merchant: &Merchant, fields: &Fields, agreed: Option<SignType>) -> Explanation {
        self.explain_with(merchant, |key, others| explain_with(fields, key, agreed, others))
    }

    /// What `explain` says of a merchant's signature, given the merchant's key and the others that are known here.
    pub(crate) fn explain_with(
        &self,
        merchant: &Merchant,
        explain: impl FnOnce(&str, OtherKeys<'_>) -> Explanation,
    ) -> Explanation {
        /// Other merchants' keys that are tried: anybody may send a wrong signature, and each key costs one more hash.
        const TRIED: usize = 64;
        let others = self.iter().filter(|other| other.mch_id != merchant.mch_id).take(TRIED);
        let others: Vec<&str> = others.map(|other| other.api_key.expose()).collect();
        let known = OtherKeys {
            api_v3_key: merchant.api_v3_key.as_ref().map(Secret::expose),
            app_secret: Some(merchant.app_secret.expose()),
            other_merchants: &others,
        };
        explain(merchant.api_key.expose(), known)
    }

    /// The text without any merchant's secrets.
    pub(crate) fn redact(&self, text: String) -> String {
        match self.known.without(&text) {
            Cow::Owned(masked) => masked,
            // Every request passes through here.
            Cow::Borrowed(_) => text,
        }
    }
}
