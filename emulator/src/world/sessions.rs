//! The session keys of mini programs: one for each customer and appid, which a later login replaces (platform protocol §1.3).

use serde::{Deserialize, Serialize};

use super::clock::Millis;
use super::db::Db;
use super::tracked_map::TrackedMap;

/// Logins within this time get the same key.
const SAME_FOR: Millis = 60 * 1000;
/// Upper bound, so that many logins do not use more and more memory.
const MOST: usize = 20_000;

#[derive(Debug)]
pub(crate) struct Sessions(TrackedMap<Session>);

#[derive(Debug, Serialize, Deserialize)]
struct Session {
    /// 16 bytes in Base64.
    key: String,
    since: Millis,
}

impl Sessions {
    pub(crate) fn load(db: Option<&Db>) -> Self {
        Self(TrackedMap::load("session", db))
    }

    pub(crate) fn save(&mut self, db: Option<&Db>) {
        self.0.save(db);
    }

    /// Moves the times of all logins.
    pub(crate) fn postpone(&mut self, by: Millis) {
        self.0.change(|session| session.since += by);
    }

    /// A customer logs in: the key of a login shortly before, or `key` as a new one.
    pub(crate) fn log_in(&mut self, appid: &str, openid: &str, key: String, now: Millis) -> String {
        let name = name(appid, openid);
        if let Some(session) = self.0.get(&name).filter(|session| now - session.since < SAME_FOR) {
            return session.key.clone();
        }
        if self.0.len() >= MOST {
            let mut times: Vec<Millis> = self.0.values().map(|session| session.since).collect();
            times.sort_unstable();
            let middle = times.get(times.len() / 2).copied().unwrap_or(now);
            let mut room = MOST / 2;
            self.0.retain(|session| {
                let stays = room > 0 && session.since >= middle;
                room -= usize::from(stays);
                stays
            });
        }
        self.0.insert(name, Session { key: key.clone(), since: now });
        key
    }

    /// The customer's current key, if the customer has logged in.
    pub(crate) fn key(&self, appid: &str, openid: &str) -> Option<&str> {
        self.0.get(&name(appid, openid)).map(|session| session.key.as_str())
    }
}

fn name(appid: &str, openid: &str) -> String {
    format!("{appid} {openid}")
}

#[cfg(test)]
mod tests {
    use super::{MOST, SAME_FOR, Sessions};

    #[test]
    fn a_later_login_replaces_the_key() {
        let mut sessions = Sessions::load(None);
        assert_eq!(sessions.key("wx", "o"), None);
        assert_eq!(sessions.log_in("wx", "o", "first".to_owned(), 0), "first");
        assert_eq!(sessions.log_in("wx", "o", "second".to_owned(), SAME_FOR - 1), "first");
        assert_eq!(sessions.log_in("wx2", "o", "other".to_owned(), 1), "other");
        assert_eq!(sessions.log_in("wx", "o", "second".to_owned(), SAME_FOR), "second");
        assert_eq!((sessions.key("wx", "o"), sessions.key("wx2", "o")), (Some("second"), Some("other")));
    }

    #[test]
    fn many_logins_do_not_use_more_and_more_memory() {
        let mut sessions = Sessions::load(None);
        for n in 0..2 * MOST {
            sessions.log_in("wx", &n.to_string(), "key".to_owned(), 0);
            assert!(sessions.0.len() <= MOST);
        }
        assert_eq!(sessions.key("wx", &(2 * MOST - 1).to_string()), Some("key"));
    }
}
