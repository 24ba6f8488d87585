//! One change of a signed message of APIv3, for property tests.

#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;
use proptest::sample::Index;

/// The headers of a signature.
pub const SIGNED: [&str; 4] = ["Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Serial", "Wechatpay-Signature"];

/// What is changed, and how.
#[derive(Clone, Debug)]
pub enum Change {
    Body(Edit),
    /// The header with this place in [`SIGNED`].
    Header(usize, Edit),
    /// That header is lost.
    Lost(usize),
}

/// How a text is changed at one place.
#[derive(Clone, Debug)]
pub enum Edit {
    Replace(Index, u8),
    /// Capital letters and small ones, which readers of numbers in hexadecimal digits may take for the same.
    Case(Index),
    Insert(Index, u8),
    Remove(Index),
    Swap(Index),
}

/// Any change of any part.
pub fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => edit(any::<u8>()).prop_map(Change::Body),
        // White space around a value of a header is not a part of it, and inside one it is covered by `'!'..='~'` as well.
        8 => (0..SIGNED.len(), edit(b'!'..=b'~')).prop_map(|(which, edit)| Change::Header(which, edit)),
        1 => (0..SIGNED.len()).prop_map(Change::Lost),
    ]
}

fn edit(byte: impl Strategy<Value = u8> + Clone) -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<Index>(), byte.clone()).prop_map(|(at, byte)| Edit::Replace(at, byte)),
        any::<Index>().prop_map(Edit::Case),
        (any::<Index>(), byte).prop_map(|(at, byte)| Edit::Insert(at, byte)),
        any::<Index>().prop_map(Edit::Remove),
        any::<Index>().prop_map(Edit::Swap),
    ]
}

impl Edit {
    fn of(&self, text: &mut Vec<u8>) {
        let count = text.len();
        match self {
            Self::Replace(at, byte) => text[at.index(count)] = *byte,
            Self::Case(at) => {
                text[at.index(count)] ^= if text[at.index(count)].is_ascii_alphabetic() { 0x20 } else { 0 }
            }
            Self::Insert(at, byte) => text.insert(at.index(count + 1), *byte),
            Self::Remove(at) => drop(text.remove(at.index(count))),
            Self::Swap(at) => text.swap(at.index(count), (at.index(count) + 1) % count),
        }
    }
}

impl Change {
    /// Changes a message. Returns whether it became another one.
    pub fn of<N: AsRef<str> + Clone + PartialEq>(&self, headers: &mut Vec<(N, String)>, body: &mut Vec<u8>) -> bool {
        let before = (headers.clone(), body.clone());
        match self {
            Self::Body(edit) => edit.of(body),
            Self::Lost(which) => headers.retain(|(name, _)| name.as_ref() != SIGNED[*which]),
            Self::Header(which, edit) => {
                let (_, value) = headers.iter_mut().find(|(name, _)| name.as_ref() == SIGNED[*which]).unwrap();
                let mut text = std::mem::take(value).into_bytes();
                edit.of(&mut text);
                *value = String::from_utf8(text).unwrap();
            }
        }
        before.0 != *headers || before.1 != *body
    }
}
