//! Openids that OAuth issued, with their appids: the newest of them, and those that orders still need.

use serde::{Deserialize, Serialize};

use super::db::Db;
use super::tracked_map::TrackedMap;

/// Upper bound, so that many logins do not use more and more memory.
const MOST: usize = 20_000;

#[derive(Debug)]
pub(crate) struct OpenIds {
    kept: TrackedMap<Owner>,
    /// Counts the issued openids: a frozen clock cannot tell which is newer.
    turn: u64,
    /// The number of openids at which [`Self::sweep`] is due.
    most: usize,
}

#[derive(Debug, Serialize, Deserialize)]
struct Owner {
    appid: String,
    turn: u64,
}

impl OpenIds {
    pub(crate) fn load(db: Option<&Db>) -> Self {
        let kept: TrackedMap<Owner> = TrackedMap::load("openid", db);
        let turn = kept.values().map(|owner| owner.turn).max().unwrap_or_default();
        Self { kept, turn, most: MOST }
    }

    pub(crate) fn save(&mut self, db: Option<&Db>) {
        self.kept.save(db);
    }

    /// The appid that this openid belongs to.
    pub(crate) fn owner(&self, openid: &str) -> Option<&str> {
        self.kept.get(openid).map(|owner| owner.appid.as_str())
    }

    pub(crate) fn issue(&mut self, openid: String, appid: &str) {
        self.turn += 1;
        self.kept.insert(openid, Owner { appid: appid.to_owned(), turn: self.turn });
    }

    /// Whether [`Self::sweep`] is due.
    pub(crate) fn is_full(&self) -> bool {
        self.kept.len() >= self.most
    }

    /// Keeps the newer half, and those that are needed.
    pub(crate) fn sweep(&mut self, needed: impl Fn(&str) -> bool) {
        let mut turns: Vec<u64> = self.kept.values().map(|owner| owner.turn).collect();
        turns.sort_unstable();
        let Some(middle) = turns.get(turns.len() / 2).copied() else { return };
        self.kept.retain_named(|openid, owner| owner.turn > middle || needed(openid));
        // If orders need more than that, the next sweep waits, so that not every login walks through all of them.
        self.most = MOST.max(2 * self.kept.len());
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, OpenIds};

    #[test]
    fn many_logins_do_not_use_more_and_more_memory() {
        let mut openids = OpenIds::load(None);
        openids.issue("needed".to_owned(), "wx");
        for n in 0..3 * MOST {
            if openids.is_full() {
                openids.sweep(|openid| openid == "needed");
            }
            openids.issue(n.to_string(), "wx");
            assert!(openids.kept.len() <= MOST);
        }
        assert_eq!(openids.owner("needed"), Some("wx"));
        assert_eq!(openids.owner("0"), None);
        // The newest stay, also those that are handed out again.
        assert_eq!(openids.owner(&(3 * MOST - MOST / 4).to_string()), Some("wx"));
    }
}
