//! The private keys of functions by hand, which are given the key as text in each call.
//!
//! To read a private key and to sign with it for the first time takes three times as long as each further signature: the parts of the key are
//! checked against each other, and AWS-LC makes the numbers of its fast form. So the last few keys stay in this form. A program that signs in
//! a loop has the text of its key in memory anyway; still a key that was not used for a minute is dropped at the next call, whichever key
//! that has, and an older one when there are too many. A key is found by the SHA-256 of its text, and the text is not kept.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::crypto::rsa::SigningKey;
use crate::error::Error;
use crate::fork;

/// How many keys are held: of the merchants that one program signs for in turn.
const MOST: usize = 4;
/// How long a key is held after it was used.
const UNUSED: Duration = Duration::from_secs(60);

/// The keys, the last used one at the end.
struct HeldKeys(Vec<Held>);

struct Held {
    text: [u8; 32],
    key: Arc<SigningKey>,
    used: Instant,
    /// The process that read the key.
    process: u64,
}

static HELD: Mutex<HeldKeys> = Mutex::new(HeldKeys(Vec::new()));

/// The private key of a text. `field` is the name that errors give the key.
///
/// # Errors
/// As of [`SigningKey::read`].
pub fn signing_key(field: &'static str, content: &[u8]) -> Result<Arc<SigningKey>, Error> {
    let text = Sha256::digest(content).into();
    let (now, process) = (Instant::now(), fork::process());
    // Nobody waits for the lock: the key is read again then. A child that was forked while it was taken never gets it.
    if let Some(key) = HELD.try_lock().ok().and_then(|mut held| held.get(&text, now, process)) {
        return Ok(key);
    }
    let key = Arc::new(SigningKey::read(field, content)?);
    if let Ok(mut held) = HELD.try_lock() {
        held.put(Held { text, key: Arc::clone(&key), used: now, process });
    }
    Ok(key)
}

impl HeldKeys {
    fn get(&mut self, text: &[u8; 32], now: Instant, process: u64) -> Option<Arc<SigningKey>> {
        // A forked child reads its keys anew: the lock in a key of AWS-LC may be taken by a thread that the child does not have.
        self.0.retain(|one| one.process == process && now.saturating_duration_since(one.used) < UNUSED);
        let at = self.0.iter().position(|one| one.text == *text)?;
        let found = self.0.remove(at);
        let key = Arc::clone(&found.key);
        self.0.push(Held { used: now, ..found });
        Some(key)
    }

    fn put(&mut self, key: Held) {
        // Another thread may have read the same one.
        self.0.retain(|one| one.text != key.text);
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        self.0.push(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = include_bytes!("../../../emulator/keys/merchant-2.pem");

    fn held(text: u8, used: Instant) -> Held {
        Held { text: [text; 32], key: Arc::new(SigningKey::read("key", KEY).unwrap()), used, process: 1 }
    }

    #[test]
    fn a_key_is_held_while_it_is_used() {
        let start = Instant::now();
        let mut keys = HeldKeys(Vec::new());
        keys.put(held(1, start));
        let first = keys.get(&[1; 32], start + Duration::from_secs(59), 1).unwrap();
        let again = keys.get(&[1; 32], start + Duration::from_secs(118), 1).unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        assert!(keys.get(&[2; 32], start + Duration::from_secs(178), 1).is_none());
        assert!(keys.0.is_empty(), "a key that is not used is dropped, whichever key is asked for");
    }

    #[test]
    fn the_last_used_keys_are_held() {
        let start = Instant::now();
        let mut keys = HeldKeys(Vec::new());
        (0..4).for_each(|text| keys.put(held(text, start)));
        assert!(keys.get(&[0; 32], start, 1).is_some());
        keys.put(held(4, start));
        assert!(keys.get(&[1; 32], start, 1).is_none());
        assert!([0, 2, 3, 4].iter().all(|text| keys.get(&[*text; 32], start, 1).is_some()));
        keys.put(held(4, start));
        assert_eq!(keys.0.len(), 4);
    }

    #[test]
    fn a_forked_child_reads_its_keys_anew() {
        let start = Instant::now();
        let mut keys = HeldKeys(vec![held(1, start)]);
        assert!(keys.get(&[1; 32], start, 2).is_none());
    }

    #[test]
    fn a_text_gives_the_same_key() {
        let key = signing_key("key", KEY).unwrap();
        assert_eq!(signing_key("key", KEY).unwrap().sign(b"x").unwrap(), key.sign(b"x").unwrap());
        assert!(signing_key("key", b"no key").is_err());
    }
}
