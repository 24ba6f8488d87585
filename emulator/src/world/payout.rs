//! A red packet or a payment to a member of WeCom (platform protocol §2.10).

use serde::{Deserialize, Serialize};

use super::clock::Millis;

/// After this time a red packet that nobody took goes back.
const UNCLAIMED: Millis = 24 * 60 * 60 * 1000;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Payout {
    /// The request's fields but for `nonce_str` and the signatures, sorted: a repetition has the same ones.
    pub(crate) asked: Vec<(String, String)>,
    /// WeChat's number.
    pub(crate) number: String,
    pub(crate) created: Millis,
}

/// The kinds of payouts. Each has numbers of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PayoutKind {
    RedPacket,
    ToMember,
}

impl PayoutKind {
    /// The name that finds one.
    pub(crate) fn name(self, mch_id: &str, number: &str) -> String {
        let kind = match self {
            Self::RedPacket => 'R',
            Self::ToMember => 'M',
        };
        format!("{kind}{number}/{mch_id}")
    }
}

impl Payout {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.asked.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// When the money of a red packet went back: nobody takes one here.
    pub(crate) fn returned(&self, now: Millis) -> Option<Millis> {
        let at = self.created + UNCLAIMED;
        (now >= at).then_some(at)
    }
}
