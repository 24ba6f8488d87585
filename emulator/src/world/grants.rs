//! OAuth: codes and tokens that were issued, and the users that they name (protocol §6).

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::clock::Millis;
use super::db::Db;
use super::tracked_map::TrackedMap;

/// How long a code waits for its exchange.
const CODE_LIFE: Millis = 5 * 60 * 1000;
pub(crate) const TOKEN_LIFE: Millis = 7200 * 1000;
const REFRESH_LIFE: Millis = 30 * 24 * 60 * 60 * 1000;
/// From this number on, expired codes and tokens are removed.
const SWEEP_AT: usize = 4096;
/// Upper bound of codes and of tokens of one kind, so that many logins do not use more and more memory.
const MOST: usize = 20_000;

/// Codes and tokens that may come back.
#[derive(Debug)]
pub(crate) struct Grants {
    codes: TrackedMap<Code>,
    access: TrackedMap<Grant>,
    refresh: TrackedMap<Grant>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Code {
    grant: Grant,
    used: bool,
}

/// The permission of an appid to know a user, and until when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) appid: String,
    pub(crate) openid: String,
    pub(crate) scope: Cow<'static, str>,
    /// The third-party platform that acts for the appid; empty for none.
    #[serde(default)]
    pub(crate) component: String,
    until: Millis,
}

/// The scopes of the codes that a mini program gets: of `wx.login`, and of the button that asks for the phone number.
pub(crate) const LOGIN: &str = "wx.login";
pub(crate) const PHONE: &str = "getPhoneNumber";

/// The user that a code is for: an openid of an appid, for which a third-party platform may act.
pub(crate) struct CodeUser<'a> {
    pub(crate) appid: &'a str,
    pub(crate) openid: String,
    pub(crate) component: &'a str,
}

/// Why a code or a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GrantError {
    Unknown,
    Used,
    Expired,
}

impl Grants {
    pub(crate) fn load(db: Option<&Db>) -> Self {
        Self {
            codes: TrackedMap::load("oauth_code", db),
            access: TrackedMap::load("oauth_access", db),
            refresh: TrackedMap::load("oauth_refresh", db),
        }
    }

    pub(crate) fn save(&mut self, db: Option<&Db>) {
        self.codes.save(db);
        self.access.save(db);
        self.refresh.save(db);
    }

    /// Moves the ends of all codes and tokens to a later time, or to an earlier one.
    pub(crate) fn postpone(&mut self, by: Millis) {
        self.codes.change(|code| code.grant.until += by);
        self.access.change(|grant| grant.until += by);
        self.refresh.change(|grant| grant.until += by);
    }

    /// Issues a code for a user. A used code stays for its lifetime, to tell a second use from an unknown code.
    pub(crate) fn issue_code(&mut self, code: String, whose: CodeUser<'_>, scope: Cow<'static, str>, now: Millis) {
        let CodeUser { appid, openid, component } = whose;
        let (appid, component) = (appid.to_owned(), component.to_owned());
        let grant = Grant { appid, openid, scope, component, until: now + CODE_LIFE };
        sweep(&mut self.codes, now, |code| code.grant.until);
        self.codes.insert(code, Code { grant, used: false });
    }

    /// Uses a code, which works once. `fits` says whether a code of this grant is one for the call.
    pub(crate) fn use_code(
        &mut self,
        code: &str,
        now: Millis,
        fits: impl Fn(&Grant) -> bool,
    ) -> Result<Grant, GrantError> {
        let known = self.codes.get_mut(code).filter(|known| fits(&known.grant)).ok_or(GrantError::Unknown)?;
        if known.used {
            return Err(GrantError::Used);
        }
        if known.grant.until <= now {
            return Err(GrantError::Expired);
        }
        known.used = true;
        Ok(known.grant.clone())
    }

    /// Uses a code of an authorize link, and issues a refresh token. `component` is the third-party platform that asks; empty for none.
    pub(crate) fn exchange(
        &mut self,
        (appid, component): (&str, &str),
        code: &str,
        refresh: &str,
        now: Millis,
    ) -> Result<Grant, GrantError> {
        let is_web = |grant: &Grant| grant.scope != LOGIN && grant.scope != PHONE;
        let fits = |grant: &Grant| grant.appid == appid && grant.component == component && is_web(grant);
        let grant = self.use_code(code, now, fits)?;
        sweep(&mut self.refresh, now, |grant| grant.until);
        self.refresh.insert(refresh.to_owned(), Grant { until: now + REFRESH_LIFE, ..grant.clone() });
        Ok(grant)
    }

    /// The grant of a refresh token. `component` is the third-party platform that asks; empty for none.
    pub(crate) fn refreshed(
        &self,
        (appid, component): (&str, &str),
        refresh: &str,
        now: Millis,
    ) -> Result<Grant, GrantError> {
        let fits = |grant: &&Grant| grant.appid == appid && grant.component == component;
        let grant = self.refresh.get(refresh).filter(fits).ok_or(GrantError::Unknown)?;
        if grant.until <= now { Err(GrantError::Expired) } else { Ok(grant.clone()) }
    }

    /// Issues an access token for a grant.
    pub(crate) fn issue_access(&mut self, token: String, grant: Grant, now: Millis) {
        sweep(&mut self.access, now, |grant| grant.until);
        self.access.insert(token, Grant { until: now + TOKEN_LIFE, ..grant });
    }

    /// The grant of an access token.
    pub(crate) fn access(&self, token: &str, now: Millis) -> Result<&Grant, GrantError> {
        let grant = self.access.get(token).ok_or(GrantError::Unknown)?;
        if grant.until <= now { Err(GrantError::Expired) } else { Ok(grant) }
    }
}

/// Makes room: removes what has expired, and at `MOST` also the half that expires first.
fn sweep<T: Serialize + DeserializeOwned>(map: &mut TrackedMap<T>, now: Millis, until: impl Fn(&T) -> Millis) {
    if map.len() >= SWEEP_AT && map.len().is_power_of_two() {
        map.retain(|value| until(value) > now);
    }
    if map.len() >= MOST {
        let mut ends: Vec<Millis> = map.values().map(&until).collect();
        ends.sort_unstable();
        let middle = ends.get(ends.len() / 2).copied().unwrap_or(now);
        // Under a frozen clock all of them expire at one instant.
        let mut room = MOST / 2;
        map.retain(|value| {
            let stays = room > 0 && until(value) >= middle;
            room -= usize::from(stays);
            stays
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Millis, TrackedMap, sweep};

    #[test]
    fn many_logins_do_not_use_more_and_more_memory() {
        for end in [|_| 5000, |n: usize| Millis::try_from(n).unwrap_or_default() + 1] {
            let mut persisted: TrackedMap<Millis> = TrackedMap::load("test", None);
            for n in 0..3 * MOST {
                sweep(&mut persisted, 0, |until| *until);
                persisted.insert(n.to_string(), end(n));
                assert!(persisted.len() <= MOST);
            }
            // Those that expire last are among those that stay.
            assert!(persisted.get(&(3 * MOST - 1).to_string()).is_some());
        }
    }
}
