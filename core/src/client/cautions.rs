//! Warnings about settings that are valid but probably a mistake.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::hosts;
use crate::merchant::Merchant;

/// API keys that anyone can read: WeChat's documents and the emulator's demo merchant have this one.
const PUBLIC_KEYS: &[&str] = &["192006250b4c09247ec02edce69f6a2d"];

/// More clients of one merchant within [`WINDOW`] are a client for each request.
const MANY: u32 = 100;
const WINDOW: Duration = Duration::from_secs(60);
/// The most merchants, and addresses, that are kept. Platforms have thousands of merchants, with one client each.
const COUNTED: usize = 1000;

static RECENT: Mutex<Option<HashMap<String, Recent>>> = Mutex::new(None);
/// The `endpoints` and the variables that a warning was about.
static KNOWN: Mutex<Option<HashSet<String>>> = Mutex::new(None);

/// Clients of one merchant.
struct Recent {
    since: Instant,
    count: u32,
}

/// Checks the addresses that replace WeChat's, and warns of them: one variable that is left over from a test is enough to lose payments.
/// There is one warning for each address in a process.
///
/// # Errors
/// `Config` for plain http to another machine, unless it is allowed by name.
pub(super) fn endpoints(addresses: &str, allowed: bool) -> Result<(), Error> {
    let secure = addresses.split(',').all(|address| hosts::is_secure(address.trim_matches(' ')));
    if !secure && !allowed {
        return Err(Error::config(
            "endpoints",
            "is plain http to another machine, where everyone on the way can read the AppSecret and choose openids: use https, or set \
             allow_insecure_endpoints for an emulator in a network of yours",
        ));
    }
    // Where no subscriber takes warnings yet, the next client warns.
    if tracing::event_enabled!(tracing::Level::WARN) && is_first(addresses) {
        let how = if secure { "" } else { " in plain http, which can be read and changed on the network," };
        tracing::warn!("endpoints is set: all calls, including payments, go to {addresses}{how} and not to WeChat");
    }
    Ok(())
}

/// Warns about a variable of the environment that no setting uses. Once for each variable in a process.
pub(super) fn misspelt(variable: &str, meant: &str) {
    if tracing::event_enabled!(tracing::Level::WARN) && is_first(variable) {
        tracing::warn!("{variable} is not a variable of wxpaykit and has no effect: did you mean {meant}?");
    }
}

/// Shorter times are probably seconds where milliseconds are taken, and longer ones the opposite.
const SHORT: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(1000);
/// A wait for a customer may be that of an order's whole life, two hours.
const LONG_WAIT: Duration = Duration::from_secs(10_000);

/// Warns of settings that are times and probably in another unit, once for each time.
pub(super) fn times(settings: &[(&str, Duration)]) {
    for (name, time) in settings {
        unit(name, *time, LONG, &format!("{name}={time:?}"));
    }
}

/// Warns of the time of a call that is probably in another unit, once: programs work these times out, so that each is another.
pub(super) fn wait(name: &str, time: Duration) {
    unit(name, time, LONG_WAIT, &format!("the unit of {name}"));
}

/// Zero is no time.
fn unit(name: &str, time: Duration, long: Duration, once: &str) {
    let is_odd = !time.is_zero() && (time < SHORT || time >= long);
    if is_odd && tracing::event_enabled!(tracing::Level::WARN) && is_first(once) {
        let seconds = time.as_secs_f64();
        tracing::warn!(
            "{name} is {seconds} seconds: is the unit right? Python and variables of the environment take seconds, Node takes milliseconds"
        );
    }
}

/// Whether these addresses or this variable are met for the first time in this process. Nothing is locked when it returns.
fn is_first(what: &str) -> bool {
    // A child that was forked while another thread was here finds it locked forever. Two warnings are better than none.
    let Ok(mut known) = KNOWN.try_lock() else { return true };
    let known = known.get_or_insert_default();
    heard(known, what)
}

/// Whether this text is new. Of very many the earlier ones are forgotten, so that the set stays small.
fn heard(known: &mut HashSet<String>, what: &str) -> bool {
    if known.len() >= COUNTED && !known.contains(what) {
        known.clear();
    }
    known.insert(what.to_owned())
}

/// Warns of the settings of a client whose calls go to WeChat itself.
pub(super) fn warn(merchant: &Merchant) {
    if let Some(url) = merchant.notify_url.as_deref().filter(|url| hosts::is_private(url)) {
        tracing::warn!(
            "notify_url is {url}, which WeChat cannot reach, so no notification will come: set a public address"
        );
    }
    if merchant.key().is_ok_and(|key| PUBLIC_KEYS.contains(&key)) {
        tracing::warn!(
            "api_key is the example of WeChat's documents, which everyone knows, and endpoints is not set: for the emulator set \
             endpoints, for WeChat set a key of your own"
        );
    }
    let name = format!("{}/{}", merchant.mch_id(), merchant.appid());
    if are_many(&name) {
        tracing::warn!(
            "{MANY} clients of merchant {} were made within a minute: make one and keep it; each has connections and tokens of its own",
            merchant.mch_id()
        );
    }
}

/// Warns of a client that makes orders of APIv3 with an address for their notifications, and cannot open these: payments would be
/// confirmed by queries alone. Once for each merchant in a process.
pub(super) fn notifications(merchant: &Merchant) {
    let unread = merchant.notify_url.is_some() && merchant.v3().is_ok_and(|keys| keys.api_v3_key().is_none());
    let once = format!("the APIv3 key of {}", merchant.mch_id());
    if unread && tracing::event_enabled!(tracing::Level::WARN) && is_first(&once) {
        tracing::warn!(
            "notify_url is set and api_v3_key is not: it decrypts the notifications of APIv3, so each will be refused with 500"
        );
    }
}

/// Counts a client. True once, when it is the last of [`MANY`] of this name. Nothing is locked when it returns: a listener to warnings
/// may make clients.
fn are_many(name: &str) -> bool {
    // A child that was forked while another thread counted finds it locked forever. Then nothing is counted.
    let Ok(mut recent) = RECENT.try_lock() else { return false };
    count(recent.get_or_insert_default(), name, Instant::now())
}

fn count(recent: &mut HashMap<String, Recent>, name: &str, now: Instant) -> bool {
    if recent.len() >= COUNTED && !recent.contains_key(name) {
        recent.clear();
    }
    let entry = recent.entry(name.to_owned()).or_insert(Recent { since: now, count: 0 });
    if entry.count < MANY && now.duration_since(entry.since) > WINDOW {
        *entry = Recent { since: now, count: 0 };
    }
    entry.count = entry.count.saturating_add(1);
    entry.count == MANY
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::binding::warning::Warnings;

    #[test]
    fn times_in_another_unit_are_warned_of() {
        let heard = std::sync::Arc::new(Mutex::new(Vec::new()));
        let list = std::sync::Arc::clone(&heard);
        let hear = Warnings(crate::explanation::Language::English, move |warning: crate::binding::warning::Warning| {
            list.lock().unwrap().push(warning.message);
        });
        let seconds = Duration::from_secs;
        tracing::subscriber::with_default(hear, || {
            times(&[("timeout", Duration::from_millis(5)), ("lease", seconds(5000)), ("connect_timeout", seconds(3))]);
            times(&[("timeout", Duration::from_millis(5)), ("timeout", Duration::from_millis(100))]);
            wait("within", seconds(7200));
            wait("within", Duration::ZERO);
            wait("reverse_after", seconds(15_000));
        });
        let names: Vec<_> =
            heard.lock().unwrap().iter().map(|text| text.split(':').next().unwrap().to_owned()).collect();
        assert_eq!(names, ["timeout is 0.005 seconds", "lease is 5000 seconds", "reverse_after is 15000 seconds"]);
    }

    #[test]
    fn a_text_is_new_once_however_many_came_before_it() {
        let mut known = HashSet::new();
        let fresh = (0..5 * COUNTED).filter(|number| heard(&mut known, &number.to_string())).count();
        assert!(fresh == 5 * COUNTED && known.len() <= COUNTED);
        assert!(heard(&mut known, "again") && !heard(&mut known, "again"));
    }

    #[test]
    fn a_hundred_clients_of_one_merchant_within_a_minute_are_warned_of_once() {
        let (mut recent, start) = (HashMap::new(), Instant::now());
        let warned = |recent: &mut HashMap<_, _>, name: &str, from: u64, ms: u64| {
            (0..250).filter(|i| count(recent, name, start + Duration::from_millis(from + i * ms))).count()
        };
        assert_eq!(warned(&mut recent, "1/a", 0, 1), 1);
        assert_eq!(warned(&mut recent, "1/a", 100_000, 1), 0, "once is enough");
        assert_eq!(warned(&mut recent, "2/a", 0, 1000), 0, "one a second");
        assert_eq!((0..5000).filter(|i| count(&mut recent, &i.to_string(), start)).count(), 0, "many merchants");
        assert!(recent.len() <= COUNTED);
    }
}
