//! Openids that were handed out, and the appid each belongs to: the newest of them, and those that orders still need.

use serde::{Deserialize, Serialize};

use crate::db::Db;
use crate::kept::Kept;

/// More are not kept: a run of logins must not grow without an end.
const MOST: usize = 20_000;

#[derive(Debug)]
pub(crate) struct Issued {
    kept: Kept<Owner>,
    /// Counts what was handed out: a clock that stands still does not tell which is newer.
    turn: u64,
    /// How many are too many.
    most: usize,
}

#[derive(Debug, Serialize, Deserialize)]
struct Owner {
    appid: String,
    turn: u64,
}

impl Issued {
    pub(crate) fn load(db: Option<&Db>) -> Self {
        let kept: Kept<Owner> = Kept::load("openid", db);
        let turn = kept.values().map(|owner| owner.turn).max().unwrap_or_default();
        Self { kept, turn, most: MOST }
    }

    pub(crate) fn save(&mut self, db: Option<&mut Db>) {
        self.kept.save(db);
    }

    /// The appid that knows somebody by this openid.
    pub(crate) fn owner(&self, openid: &str) -> Option<&str> {
        self.kept.get(openid).map(|owner| owner.appid.as_str())
    }

    pub(crate) fn issue(&mut self, openid: String, appid: &str) {
        self.turn += 1;
        self.kept.insert(openid, Owner { appid: appid.to_owned(), turn: self.turn });
    }

    /// Whether it is time to [`Self::sweep`].
    pub(crate) fn is_full(&self) -> bool {
        self.kept.len() >= self.most
    }

    /// Keeps the newer half, and whatever is needed.
    pub(crate) fn sweep(&mut self, needed: impl Fn(&str) -> bool) {
        let mut turns: Vec<u64> = self.kept.values().map(|owner| owner.turn).collect();
        turns.sort_unstable();
        let Some(middle) = turns.get(turns.len() / 2).copied() else { return };
        self.kept.retain_named(|openid, owner| owner.turn > middle || needed(openid));
        // Where orders need more than that, not every login looks through them all.
        self.most = MOST.max(2 * self.kept.len());
    }
}

#[cfg(test)]
mod tests {
    use super::{Issued, MOST};

    #[test]
    fn a_run_of_logins_does_not_grow_without_an_end() {
        let mut issued = Issued::load(None);
        issued.issue("needed".to_owned(), "wx");
        for n in 0..3 * MOST {
            if issued.is_full() {
                issued.sweep(|openid| openid == "needed");
            }
            issued.issue(n.to_string(), "wx");
            assert!(issued.kept.len() <= MOST);
        }
        assert_eq!(issued.owner("needed"), Some("wx"));
        assert_eq!(issued.owner("0"), None);
        // The newest stay, also those that are handed out again.
        assert_eq!(issued.owner(&(3 * MOST - MOST / 4).to_string()), Some("wx"));
    }
}
