//! Payment codes: what a customer's phone shows at a till (protocol §3.9).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::clock::Millis;
use super::db::Db;
use super::tracked_map::TrackedMap;

/// A code that a phone has shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct PayCode {
    /// The key of the person.
    person: String,
    at: Millis,
    used: bool,
    /// The merchant that asked for the openid of the code. No other one may charge it then.
    asked_by: Option<String>,
}

/// The codes of all phones.
#[derive(Debug)]
pub(crate) struct PayCodes {
    codes: TrackedMap<PayCode>,
    /// The code that each person's phone shows.
    shown: HashMap<String, String>,
}

/// Why a code cannot be charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PayCodeError {
    /// No phone has shown it.
    Unknown,
    Used,
    Expired,
    /// Another merchant asked for its openid.
    OtherMerchant,
}

/// How long a phone shows a code.
const SHOWN: Millis = 60_000;
/// How long a code can be charged: the one before the present one still works.
const LIFE: Millis = 2 * SHOWN;
/// How long codes are remembered, so that an old one is known as such.
const KEPT: Millis = 60 * 60 * 1000;

impl PayCodes {
    pub(crate) fn load(db: Option<&Db>) -> Self {
        Self { codes: TrackedMap::load("pay_code", db), shown: HashMap::new() }
    }

    pub(crate) fn save(&mut self, db: Option<&Db>) {
        self.codes.save(db);
    }

    /// Moves the times of all codes, to later or to earlier ones.
    pub(crate) fn postpone(&mut self, by: Millis) {
        self.codes.change(|code| code.at += by);
    }

    /// The code that a person's phone shows, and how long it does: the same one for a minute, unless it is used.
    pub(crate) fn show(&mut self, person: &str, now: Millis, draw: impl Fn() -> String) -> (String, Millis) {
        let current = self.shown.get(person).and_then(|code| Some((code, self.codes.get(code)?)));
        if let Some((code, known)) = current
            && !known.used
            && (known.at..known.at + SHOWN).contains(&now)
        {
            return (code.clone(), known.at + SHOWN - now);
        }
        self.codes.retain(|code| now < code.at + KEPT);
        let mut code = draw();
        // Two equal ones are unlikely; then another one is drawn.
        while self.codes.get(&code).is_some() {
            code = draw();
        }
        let made = PayCode { person: person.to_owned(), at: now, used: false, asked_by: None };
        self.codes.insert(code.clone(), made);
        self.shown.insert(person.to_owned(), code.clone());
        (code, SHOWN)
    }

    /// Uses a code up. Returns the key of the person who showed it.
    pub(crate) fn charge(&mut self, code: &str, mch_id: &str, now: Millis) -> Result<String, PayCodeError> {
        self.check(code, mch_id, now)?;
        let known = self.codes.get_mut(code).ok_or(PayCodeError::Unknown)?;
        known.used = true;
        Ok(known.person.clone())
    }

    /// The key of the person who showed a code. From now on only this merchant can charge it.
    pub(crate) fn ask(&mut self, code: &str, mch_id: &str, now: Millis) -> Result<String, PayCodeError> {
        self.check(code, mch_id, now)?;
        let known = self.codes.get_mut(code).ok_or(PayCodeError::Unknown)?;
        known.asked_by = Some(mch_id.to_owned());
        Ok(known.person.clone())
    }

    fn check(&self, code: &str, mch_id: &str, now: Millis) -> Result<(), PayCodeError> {
        match self.codes.get(code) {
            None => Err(PayCodeError::Unknown),
            Some(known) if known.used => Err(PayCodeError::Used),
            Some(known) if now >= known.at + LIFE => Err(PayCodeError::Expired),
            Some(known) if known.asked_by.as_deref().is_some_and(|other| other != mch_id) => {
                Err(PayCodeError::OtherMerchant)
            }
            Some(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_code_changes_each_minute_and_works_once() {
        let drawn = Cell::new(0);
        let draw = || {
            drawn.set(drawn.get() + 1);
            format!("13{:016}", drawn.get())
        };
        let mut codes = PayCodes::load(None);
        let (one, left) = codes.show("ming", 0, draw);
        assert_eq!(left, 60_000);
        assert_eq!(codes.show("ming", 59_999, draw), (one.clone(), 1));
        let (two, _) = codes.show("ming", 60_000, draw);
        assert_ne!(one, two);
        assert_ne!(codes.show("hong", 60_000, draw).0, two);
        // The one before still works, once, and not long.
        assert_eq!(codes.charge(&one, "1", 119_999), Ok("ming".to_owned()));
        assert_eq!(codes.charge(&one, "1", 119_999), Err(PayCodeError::Used));
        assert_eq!(codes.charge(&two, "1", 180_000), Err(PayCodeError::Expired));
        assert_eq!(codes.charge("130000000000000099", "1", 0), Err(PayCodeError::Unknown));
        // A used code is replaced at once; one whose openid was asked for belongs to that merchant.
        let (three, _) = codes.show("ming", 200_000, draw);
        assert_eq!(codes.ask(&three, "1", 200_000), Ok("ming".to_owned()));
        assert_eq!(codes.charge(&three, "2", 200_001), Err(PayCodeError::OtherMerchant));
        assert_eq!(codes.charge(&three, "1", 200_001), Ok("ming".to_owned()));
        assert_ne!(codes.show("ming", 200_002, draw).0, three);
    }
}
