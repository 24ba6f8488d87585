//! A red packet or a payment to a member of WeCom (platform protocol §2.10).

use serde::{Deserialize, Serialize};

use super::clock::Millis;
use super::thing::Thing;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Payout {
    pub(crate) kind: PayoutKind,
    pub(crate) mch_id: String,
    /// The merchant's number.
    pub(crate) own_number: String,
    /// In fen.
    pub(crate) amount: u64,
    /// The request's fields but for `nonce_str` and the signatures, sorted: a repetition has the same ones.
    pub(crate) asked: Vec<(String, String)>,
    /// WeChat's number.
    pub(crate) number: String,
    pub(crate) created: Millis,
    pub(crate) state: PayoutState,
    /// When it got its state.
    pub(crate) updated: Millis,
    pub(crate) reason: Option<String>,
    /// When a red packet goes back that nobody took.
    goes_back: Option<Millis>,
    /// When it changes by itself, and to what.
    pub(crate) next: Option<(Millis, PayoutState)>,
}

/// The kinds of payouts. Each has numbers of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PayoutKind {
    RedPacket,
    ToMember,
}

/// The state of a payout, in WeChat's spelling. The first six are of red packets, the others of payments to members, and `FAILED` is
/// of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PayoutState {
    #[serde(rename = "SENDING")]
    Sending,
    #[serde(rename = "SENT")]
    Sent,
    #[serde(rename = "RECEIVED")]
    Received,
    #[serde(rename = "FAILED")]
    Failed,
    /// It goes back.
    #[serde(rename = "RFUND_ING")]
    GoingBack,
    /// It went back.
    #[serde(rename = "REFUND")]
    Back,
    #[serde(rename = "PROCESSING")]
    Processing,
    #[serde(rename = "SUCCESS")]
    Success,
}

/// After this time a red packet that nobody took goes back.
const UNCLAIMED: Millis = 24 * 60 * 60 * 1000;
/// How long WeChat works on one.
const DURATION: Millis = 2000;

impl PayoutKind {
    /// What the member has, or can take, as soon as WeChat answers.
    fn begins(self) -> PayoutState {
        match self {
            Self::RedPacket => PayoutState::Sent,
            Self::ToMember => PayoutState::Success,
        }
    }

    /// What the member makes of it.
    pub(crate) fn taken(self) -> PayoutState {
        match self {
            Self::RedPacket => PayoutState::Received,
            Self::ToMember => PayoutState::Success,
        }
    }

    /// The name of the merchant's number.
    pub(crate) fn number_name(self) -> &'static str {
        match self {
            Self::RedPacket => "mch_billno",
            Self::ToMember => "partner_trade_no",
        }
    }

    /// The name that finds one.
    pub(crate) fn name(self, mch_id: &str, number: &str) -> String {
        let kind = match self {
            Self::RedPacket => 'R',
            Self::ToMember => 'M',
        };
        format!("{kind}{number}/{mch_id}")
    }
}

impl PayoutState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "SENDING",
            Self::Sent => "SENT",
            Self::Received => "RECEIVED",
            Self::Failed => "FAILED",
            Self::GoingBack => "RFUND_ING",
            Self::Back => "REFUND",
            Self::Processing => "PROCESSING",
            Self::Success => "SUCCESS",
        }
    }

    /// The states that can follow.
    pub(crate) fn followed_by(self) -> &'static [Self] {
        match self {
            Self::Sending => &[Self::Sent, Self::Failed],
            Self::Sent => &[Self::Sending, Self::Received, Self::Failed, Self::GoingBack, Self::Back],
            Self::GoingBack => &[Self::Back],
            Self::Processing => &[Self::Success, Self::Failed],
            Self::Success => &[Self::Processing, Self::Failed],
            Self::Received | Self::Failed | Self::Back => &[],
        }
    }

    /// Whether the merchant has its money again.
    pub(crate) fn is_given_back(self) -> bool {
        matches!(self, Self::Failed | Self::Back)
    }
}

impl Payout {
    pub(crate) fn new(
        kind: PayoutKind,
        mch_id: String,
        own_number: String,
        amount: u64,
        asked: Vec<(String, String)>,
        (number, created): (String, Millis),
    ) -> Self {
        let mut new = Self {
            kind,
            mch_id,
            own_number,
            amount,
            asked,
            number,
            created,
            state: kind.begins(),
            updated: created,
            reason: None,
            goes_back: (kind == PayoutKind::RedPacket).then_some(created + UNCLAIMED),
            next: None,
        };
        new.become_now(kind.begins(), created);
        new
    }

    /// Gives it a state, from which it may go on by itself.
    pub(crate) fn become_now(&mut self, state: PayoutState, at: Millis) {
        self.state = state;
        self.updated = at;
        self.next = match state {
            PayoutState::Sending => Some((at + DURATION, PayoutState::Sent)),
            PayoutState::Sent => self.goes_back.map(|at| (at, PayoutState::GoingBack)),
            PayoutState::GoingBack => Some((at + DURATION, PayoutState::Back)),
            PayoutState::Processing => Some((at + DURATION, PayoutState::Success)),
            PayoutState::Received | PayoutState::Failed | PayoutState::Back | PayoutState::Success => None,
        };
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.asked.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Moves the due times that are still to come, to later or to earlier ones.
    pub(super) fn postpone(&mut self, by: Millis) {
        if let Some(at) = &mut self.goes_back {
            *at += by;
        }
        if let Some((at, _)) = &mut self.next {
            *at += by;
        }
    }
}

impl Thing for Payout {
    const KIND: &'static str = "payout";

    fn mch_id(&self) -> &str {
        &self.mch_id
    }

    fn names(&self) -> Vec<(String, Millis)> {
        vec![(self.kind.name(&self.mch_id, &self.own_number), self.created)]
    }

    fn due(&self) -> Option<Millis> {
        self.next.map(|(at, _)| at)
    }

    fn due_after_restart(&self) -> Option<Millis> {
        self.due()
    }

    fn is_busy(&self) -> bool {
        false
    }
}
