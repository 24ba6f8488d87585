//! The search for the mistake in a signature: what was signed, and the guesses that are tried until one gives the signature that was
//! received. What is guessed stands in `guesses`.

use super::changes::Change;
use super::message::origin_of;
use super::secrets::{MASK, masked, shown_value};
use crate::crypto::digest::{SignType, digest, sha256};
use crate::explanation::{Mistake, Origin};
use crate::fields::Fields;
use crate::redact::without_secrets;

/// A longer message is not searched: each guess hashes it again, and anybody may send one.
pub(super) const SEARCHED: usize = 16 * 1024;

/// How many bytes all guesses together may hash: some milliseconds.
pub(super) const BUDGET: usize = 3 * 1024 * 1024;

/// Up to how many fields each is tried alone.
pub(super) const TRIED_ALONE: usize = 48;

/// How far apart the times are that a program takes twice, at most.
pub(super) const SECONDS: i64 = 10;

/// How a key or a name was written.
pub(super) type Spelling = fn(&str) -> String;

/// How text and key were joined.
pub(super) type End = fn(&str, &str) -> String;

pub(super) struct Found {
    pub(super) mistake: Mistake,
    pub(super) field: Option<String>,
    pub(super) likely: Option<String>,
}

/// The place of a field, and the number of an occurrence in its value.
pub(super) type Place = (usize, usize);

/// A message as it is signed over and as it is shown: the same, with secrets masked.
pub(super) struct Message<'a> {
    /// All but `sign`, in the order in which they were sent.
    pub(super) sent: Vec<(&'a str, &'a str)>,
    /// Those with a value, by name.
    pub(super) filled: Vec<(&'a str, &'a str)>,
}

impl<'a> Message<'a> {
    pub(super) fn of(fields: &'a Fields) -> Self {
        let sent: Vec<_> = fields.iter().filter(|(name, _)| *name != "sign").collect();
        let mut filled: Vec<_> = sent.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
        filled.sort_by_key(|(name, _)| *name);
        Self { sent, filled }
    }

    pub(super) fn origin(&self) -> Origin {
        origin_of(self.sent.iter().map(|(name, _)| *name))
    }

    pub(super) fn name(&self, at: usize) -> Option<&'a str> {
        self.filled.get(at).map(|(name, _)| *name)
    }

    /// The values that a change changes, each with its place.
    pub(super) fn changed(&self, change: &Change) -> Vec<(usize, String)> {
        let values = self.filled.iter().enumerate();
        values.filter_map(|(at, (_, value))| Some((at, change.of(value)?))).collect()
    }

    /// The text with some values changed. A value of which nothing is left is not signed.
    pub(super) fn with_values(&self, values: &[(usize, String)]) -> String {
        let pairs = self.filled.iter().enumerate().map(|(at, (name, value))| {
            let signed = values.iter().find(|(changed, _)| *changed == at);
            (*name, signed.map_or(*value, |(_, signed)| signed.as_str()))
        });
        joined(pairs.filter(|(_, value)| !value.is_empty()))
    }

    /// All occurrences of a character in the values.
    pub(super) fn occurrences(&self, c: char) -> Vec<Place> {
        let values = self.filled.iter().enumerate();
        values.flat_map(|(at, (_, value))| (0..value.matches(c).count()).map(move |number| (at, number))).collect()
    }

    /// The text with some occurrences of a character changed.
    pub(super) fn with_some(&self, from: char, to: char, chosen: &[Place]) -> String {
        let values = self.filled.iter().enumerate().map(|(at, (_, value))| {
            let mut number = 0;
            let changed = |c: char| {
                if c != from {
                    return c;
                }
                number += 1;
                if chosen.contains(&(at, number - 1)) { to } else { c }
            };
            (at, value.chars().map(changed).collect())
        });
        self.with_values(&values.collect::<Vec<(usize, String)>>())
    }

    pub(super) fn without<'b>(&'b self, left_out: &'b str) -> impl Iterator<Item = (&'a str, &'a str)> + 'b {
        self.filled.iter().copied().filter(move |(name, _)| *name != left_out)
    }

    pub(super) fn with<'b>(&self, name: &'b str, value: &'b str) -> Vec<(&'b str, &'b str)>
    where
        'a: 'b,
    {
        self.filled.iter().copied().filter(|(known, _)| *known != name).chain([(name, value)]).collect()
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Hash {
    Declared,
    Sha256,
    /// The digest of the digest's digits, in capitals.
    Twice,
    TwiceInSmallLetters,
}

/// Tries one guess after the other until one gives the signature that was received.
pub(super) struct Search<'a> {
    pub(super) message: Message<'a>,
    pub(super) key: &'a str,
    pub(super) secrets: &'a [&'a str],
    /// The signature that was received, in hexadecimal.
    pub(super) given: &'a str,
    pub(super) sign_type: SignType,
    /// Bytes that may still be hashed.
    pub(super) budget: usize,
    pub(super) found: Option<Found>,
}

impl Search<'_> {
    /// A guess at the fields' text, to which the key is rightly appended.
    pub(super) fn fields(&mut self, mistake: Mistake, text: impl Fn(&Message<'_>) -> String) {
        self.bytes(mistake, None, |message, key| keyed(text(message), key).into());
    }

    /// The same, about one field.
    pub(super) fn fields_of(&mut self, mistake: Mistake, field: &str, text: impl Fn(&Message<'_>) -> String) {
        self.bytes(mistake, Some(field), |message, key| keyed(text(message), key).into());
    }

    /// A guess at the whole text.
    pub(super) fn bytes(
        &mut self,
        mistake: Mistake,
        field: Option<&str>,
        text: impl Fn(&Message<'_>, &str) -> Vec<u8>,
    ) {
        self.try_with(mistake, field, Hash::Declared, str::to_owned, text);
    }

    /// The right text under another key.
    pub(super) fn another_key(&mut self, mistake: Mistake, other: &str) {
        let spelt = |key: &str| if key == MASK { MASK.to_owned() } else { other.to_owned() };
        self.try_with(mistake, None, Hash::Declared, spelt, |message, key| {
            keyed(joined(message.filled.iter().copied()), key).into()
        });
    }

    /// The right text with the key in another spelling.
    pub(super) fn key_spelt(&mut self, mistake: Mistake, spelt: impl Fn(&str) -> String) {
        self.try_with(mistake, None, Hash::Declared, spelt, |message, key| {
            keyed(joined(message.filled.iter().copied()), key).into()
        });
    }

    /// The right text, and another key of the HMAC.
    pub(super) fn hmac_key(&mut self, other: &str) {
        if self.sign_type != SignType::HmacSha256 || self.is_over() {
            return;
        }
        let text = |message: &Message<'_>, key: &str| keyed(joined(message.filled.iter().copied()), key).into_bytes();
        let guess = text(&self.message, self.key);
        self.compare(Mistake::HMAC_KEY, None, Hash::Declared, other, &guess, |message| text(message, MASK));
    }

    /// Whether a guess fits, or the budget is used up.
    pub(super) fn is_over(&self) -> bool {
        self.found.is_some() || self.budget == 0
    }

    /// Charges work that costs as much as hashing so many bytes.
    pub(super) fn spend(&mut self, bytes: usize) {
        self.budget = self.budget.saturating_sub(bytes);
    }

    /// The values that a change changes; none once the budget is used up. Changing a value costs about as much as hashing
    /// it four times.
    pub(super) fn changed(&mut self, change: &Change) -> Vec<(usize, String)> {
        let length: usize =
            self.message.filled.iter().filter(|(_, value)| change.may(value)).map(|(_, v)| v.len()).sum();
        match self.budget.checked_sub(4 * length) {
            Some(budget) => {
                self.budget = budget;
                self.message.changed(change)
            }
            None => Vec::new(),
        }
    }

    /// A guess at some values. A change of which nothing is left leaves the text of fields that were not signed at all: it proves no
    /// change of their values.
    pub(super) fn values(&mut self, change: &Change, field: Option<&str>, values: &[(usize, String)]) {
        if self.is_over() || values.iter().all(|(_, signed)| signed.is_empty()) {
            return;
        }
        let guess = keyed(self.message.with_values(values), self.key).into_bytes();
        // In a request of the merchant's it is a slip; in a message of WeChat's the amount itself was changed.
        let is_amount = field.is_some_and(|field| field.ends_with("_fee")) && self.message.origin() == Origin::WeChat;
        let mistake = if change.mistake == Mistake::AMOUNT_HUNDREDFOLD && !is_amount {
            Mistake::NUMBERS_OTHER_FORM
        } else {
            change.mistake
        };
        self.compare(mistake, field, Hash::Declared, self.key, &guess, |message| {
            let shown = message.changed(change);
            let shown: Vec<_> = shown.into_iter().filter(|(at, _)| values.iter().any(|(real, _)| real == at)).collect();
            keyed(message.with_values(&shown), MASK).into()
        });
    }

    /// A guess at the whole text, the key and the hash. The same guess with everything masked from the start is what is
    /// shown, so that no spelling of a secret gets through.
    pub(super) fn try_with(
        &mut self,
        mistake: Mistake,
        field: Option<&str>,
        hash: Hash,
        spelt: impl Fn(&str) -> String,
        text: impl Fn(&Message<'_>, &str) -> Vec<u8>,
    ) {
        if self.is_over() {
            return;
        }
        let key = spelt(self.key);
        let guess = text(&self.message, &key);
        self.compare(mistake, field, hash, &key, &guess, |message| text(message, &spelt(MASK)));
    }

    pub(super) fn compare(
        &mut self,
        mistake: Mistake,
        field: Option<&str>,
        hash: Hash,
        key: &str,
        guess: &[u8],
        shown: impl Fn(&Message<'_>) -> Vec<u8>,
    ) {
        // Short texts cost about as much as these bytes do.
        let Some(budget) = self.budget.checked_sub(guess.len() + 128) else {
            self.budget = 0;
            return;
        };
        self.budget = budget;
        let signature = match hash {
            Hash::Declared => digest(guess, key, self.sign_type),
            Hash::Sha256 => sha256(&String::from_utf8_lossy(guess)),
            Hash::Twice => digest(digest(guess, key, self.sign_type), key, self.sign_type),
            Hash::TwiceInSmallLetters => {
                digest(digest(guess, key, self.sign_type).to_ascii_lowercase(), key, self.sign_type)
            }
        };
        if signature.eq_ignore_ascii_case(self.given) {
            let likely = Some(self.shown(shown));
            self.found = Some(Found { mistake, field: field.map(str::to_owned), likely });
        }
    }

    pub(super) fn shown(&self, text: impl Fn(&Message<'_>) -> Vec<u8>) -> String {
        let mask = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            let mask = |text: &str| masked(self.secrets, text);
            pairs.iter().map(|(name, value)| (mask(name), mask(shown_value(name, value)))).collect()
        };
        let (sent, filled) = (mask(&self.message.sent), mask(&self.message.filled));
        let message = Message { sent: borrowed(&sent), filled: borrowed(&filled) };
        // A guess may have brought a value along. Short secrets are words, such as `key`.
        let long: Vec<&str> = self.secrets.iter().copied().filter(|secret| secret.len() >= 16).collect();
        without_secrets(&masked(&long, &legible(&text(&message)))).into_owned()
    }
}

fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

pub(super) fn keyed(mut text: String, key: &str) -> String {
    text.push_str("&key=");
    text.push_str(key);
    text
}

pub(super) fn by_name(mut pairs: Vec<(&str, &str)>) -> String {
    pairs.sort_by_key(|(name, _)| *name);
    joined(pairs)
}

/// `name=value&…` in the order given, with nothing dropped.
pub(super) fn joined<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::with_capacity(512);
    for (i, (name, value)) in pairs.into_iter().enumerate() {
        if i > 0 {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
    text
}

fn legible(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
    }
    out
}
