//! What the merchants have for refunds and payments.

use super::db::Db;
use super::tracked_map::TrackedMap;

/// By merchant, in fen, where the control API has set it. Others have enough.
#[derive(Debug)]
pub(crate) struct Balances(TrackedMap<u64>);

/// The balance is smaller than the amount. Nothing was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotEnough;

impl Balances {
    pub(super) fn load(db: Option<&Db>) -> Self {
        Self(TrackedMap::load("balance", db))
    }

    pub(super) fn save(&mut self, db: Option<&Db>) {
        self.0.save(db);
    }

    /// `None` for a merchant that has enough for everything.
    pub(crate) fn of(&self, mch_id: &str) -> Option<u64> {
        self.0.get(mch_id).copied()
    }

    pub(crate) fn set(&mut self, mch_id: String, fen: Option<u64>) {
        match fen {
            Some(fen) => self.0.insert(mch_id, fen),
            None => self.0.remove(&mch_id),
        }
    }

    /// Takes an amount.
    pub(crate) fn debit(&mut self, mch_id: &str, fen: u64) -> Result<(), NotEnough> {
        if let Some(balance) = self.0.get_mut(mch_id) {
            *balance = balance.checked_sub(fen).ok_or(NotEnough)?;
        }
        Ok(())
    }

    /// Gives back an amount that was taken.
    pub(crate) fn credit(&mut self, mch_id: &str, fen: u64) {
        if let Some(balance) = self.0.get_mut(mch_id) {
            *balance = balance.saturating_add(fen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_taken_whole_or_not_at_all() {
        let mut balances = Balances::load(None);
        assert_eq!((balances.debit("1", u64::MAX), balances.of("1")), (Ok(()), None), "it was not set");
        balances.set("1".to_owned(), Some(10));
        assert_eq!((balances.debit("1", 11), balances.of("1")), (Err(NotEnough), Some(10)));
        assert_eq!((balances.debit("1", 10), balances.of("1")), (Ok(()), Some(0)));
        balances.credit("1", 4);
        balances.credit("2", 4);
        assert_eq!((balances.of("1"), balances.of("2")), (Some(4), None));
        balances.credit("1", u64::MAX);
        assert_eq!(balances.of("1"), Some(u64::MAX));
        balances.set("1".to_owned(), None);
        assert_eq!(balances.of("1"), None);
    }
}
