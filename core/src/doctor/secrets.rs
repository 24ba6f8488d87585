//! The secrets that are known, and how they are hidden in what is shown.

use std::fmt;

use crate::explanation::Mistake;
use crate::redact::{is_secret_name, without_known};

/// Other keys that are known, with which a message may have been signed. Empty ones count as not known.
#[derive(Clone, Copy, Default)]
pub struct OtherKeys<'a> {
    /// The merchant's APIv3 key.
    pub api_v3_key: Option<&'a str>,
    /// The appid's secret.
    pub app_secret: Option<&'a str>,
    /// The API keys of other merchants, such as a service provider's sub-merchants.
    pub other_merchants: &'a [&'a str],
}

impl<'a> OtherKeys<'a> {
    pub(super) fn iter(self) -> impl Iterator<Item = (Mistake, &'a str)> {
        let own = [(Mistake::API_V3_KEY_AS_KEY, self.api_v3_key), (Mistake::APP_SECRET_AS_KEY, self.app_secret)];
        let own = own.into_iter().filter_map(|(mistake, key)| Some((mistake, key?)));
        let others = self.other_merchants.iter().map(|key| (Mistake::KEY_OF_OTHER_MERCHANT, *key));
        own.chain(others).filter(|(_, key)| !key.is_empty())
    }
}

/// Shows how many there are, and no key.
impl fmt::Debug for OtherKeys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OtherKeys({})", self.iter().count())
    }
}

/// The texts that are masked. Longer ones come first, because a shorter one may be a part of them.
pub(super) fn secrets<'a>(key: &'a str, others: OtherKeys<'a>) -> Vec<&'a str> {
    let mut secrets: Vec<_> = std::iter::once(key).chain(others.iter().map(|(_, key)| key)).collect();
    secrets.retain(|secret| !secret.is_empty());
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

/// The text with `***` for each secret, however it is written in it.
pub(super) fn masked(secrets: &[&str], text: &str) -> String {
    without_known(secrets, text).into_owned()
}

/// Stands for a secret in what is shown.
pub(super) const MASK: &str = "***";

pub(super) fn shown_value<'a>(name: &str, value: &'a str) -> &'a str {
    if !value.is_empty() && is_secret_name(name) { MASK } else { value }
}
