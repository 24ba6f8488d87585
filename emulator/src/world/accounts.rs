//! The access tokens and jsapi tickets of each appid (protocol §7).

use serde::{Deserialize, Serialize};

use super::clock::Millis;
use super::db::Db;
use super::tracked_map::TrackedMap;

pub(crate) const LIFE: Millis = 7200 * 1000;
/// How long a token lives on after the next one was issued.
const OVERLAP: Millis = 5 * 60 * 1000;
/// `force_refresh`: the shortest pause, and the most a day.
const FORCE_PAUSE: Millis = 30 * 1000;
const FORCES_A_DAY: usize = 20;
const DAY: Millis = 24 * 60 * 60 * 1000;
/// Replaced tokens and tickets that an account keeps.
const KEPT: usize = 64;

#[derive(Debug)]
pub(crate) struct Accounts {
    accounts: TrackedMap<Account>,
    /// The appid of each access_token. Expired ones stay, to tell an expired token from an unknown one.
    owners: TrackedMap<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Account {
    /// Newest last. `/cgi-bin/token` and `/cgi-bin/stable_token` do not affect each other's tokens.
    plain: Vec<Expiring>,
    stable: Vec<Expiring>,
    tickets: Vec<Expiring>,
    forced: Vec<Millis>,
}

/// A token or a ticket, and when it expires.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Expiring {
    pub(crate) text: String,
    pub(crate) until: Millis,
}

/// Why an access_token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenError {
    /// It was never issued, or a newer one has replaced it.
    Replaced,
    /// It is the newest one, and its lifetime is over.
    Expired,
}

/// Why `force_refresh` is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefreshError {
    Minute,
    Day,
}

/// The name under which the tickets of a corp's application in WeCom are kept.
pub(crate) fn agent(corpid: &str) -> String {
    format!("{corpid} agent")
}

fn issue(list: &mut Vec<Expiring>, text: String, now: Millis) -> Option<Expiring> {
    list.push(Expiring { text, until: now + LIFE });
    (list.len() > KEPT).then(|| list.remove(0))
}

/// The newest one, unless it expires soon.
fn current(list: &[Expiring], now: Millis) -> Option<&Expiring> {
    list.last().filter(|newest| newest.until - now > OVERLAP)
}

impl Accounts {
    pub(crate) fn load(db: Option<&Db>) -> Self {
        Self { accounts: TrackedMap::load("account", db), owners: TrackedMap::load("owner", db) }
    }

    pub(crate) fn save(&mut self, db: Option<&Db>) {
        self.accounts.save(db);
        self.owners.save(db);
    }

    /// Moves the ends of all tokens and tickets to a later time, or to an earlier one.
    pub(crate) fn postpone(&mut self, by: Millis) {
        self.accounts.change(|account| {
            let dated = account.plain.iter_mut().chain(&mut account.stable).chain(&mut account.tickets);
            dated.for_each(|dated| dated.until += by);
            account.forced.iter_mut().for_each(|at| *at += by);
        });
    }

    /// `/cgi-bin/token`: a new token; the earlier ones expire soon.
    pub(crate) fn issue_token(&mut self, appid: &str, text: &str, now: Millis) {
        let account = self.accounts.or_default(appid);
        for older in &mut account.plain {
            older.until = older.until.min(now + OVERLAP);
        }
        let dropped = issue(&mut account.plain, text.to_owned(), now);
        self.own(appid, text, dropped);
    }

    /// `gettoken` of WeCom: the present token as long as it lives, or `text` as a new one (platform protocol §2.1).
    pub(crate) fn living_token(&mut self, corpid: &str, text: String, now: Millis) -> Expiring {
        let account = self.accounts.or_default(corpid);
        if let Some(living) = account.stable.last().filter(|newest| newest.until > now) {
            return living.clone();
        }
        let dropped = issue(&mut account.stable, text.clone(), now);
        self.own(corpid, &text, dropped);
        Expiring { text, until: now + LIFE }
    }

    /// `/cgi-bin/stable_token`: the present token, or `text` as a new one.
    pub(crate) fn stable_token(
        &mut self,
        appid: &str,
        text: String,
        force: bool,
        now: Millis,
    ) -> Result<Expiring, RefreshError> {
        let account = self.accounts.or_default(appid);
        if force {
            account.forced.retain(|at| now - at < DAY);
            if account.forced.last().is_some_and(|at| now - at < FORCE_PAUSE) {
                return Err(RefreshError::Minute);
            }
            if account.forced.len() >= FORCES_A_DAY {
                return Err(RefreshError::Day);
            }
            account.forced.push(now);
            for older in &mut account.stable {
                older.until = older.until.min(now);
            }
        } else if let Some(current) = current(&account.stable, now) {
            return Ok(current.clone());
        }
        let dropped = issue(&mut account.stable, text.clone(), now);
        self.own(appid, &text, dropped);
        Ok(Expiring { text, until: now + LIFE })
    }

    fn own(&mut self, appid: &str, token: &str, dropped: Option<Expiring>) {
        self.owners.insert(token.to_owned(), appid.to_owned());
        if let Some(dropped) = dropped {
            self.owners.remove(&dropped.text);
        }
    }

    /// The appid of an access_token.
    pub(crate) fn owner(&self, token: &str, now: Millis) -> Result<String, TokenError> {
        let appid = self.owners.get(token).ok_or(TokenError::Replaced)?;
        let account = self.accounts.get(appid).ok_or(TokenError::Replaced)?;
        let newest = [account.plain.last(), account.stable.last()];
        let newest = newest.into_iter().flatten().any(|newest| newest.text == token);
        let dated = account.plain.iter().chain(&account.stable).find(|dated| dated.text == token);
        match dated {
            Some(dated) if dated.until > now => Ok(appid.clone()),
            Some(_) if newest => Err(TokenError::Expired),
            _ => Err(TokenError::Replaced),
        }
    }

    /// The appid's present ticket, or `text` as a new one.
    pub(crate) fn ticket(&mut self, appid: &str, text: String, now: Millis) -> Expiring {
        let account = self.accounts.or_default(appid);
        if let Some(ticket) = current(&account.tickets, now) {
            return ticket.clone();
        }
        issue(&mut account.tickets, text.clone(), now);
        Expiring { text, until: now + LIFE }
    }

    /// The access_tokens of an appid, valid or not.
    pub(crate) fn access_tokens(&self, appid: &str) -> Vec<String> {
        let account = self.accounts.get(appid);
        account
            .iter()
            .flat_map(|account| account.plain.iter().chain(&account.stable))
            .map(|one| one.text.clone())
            .collect()
    }

    /// The tickets of an appid, newest first, each with whether it is still valid.
    pub(crate) fn tickets(&self, appid: &str, now: Millis) -> Vec<(String, bool)> {
        let tickets = self.accounts.get(appid).map(|account| account.tickets.as_slice()).unwrap_or_default();
        tickets.iter().rev().map(|ticket| (ticket.text.clone(), ticket.until > now)).collect()
    }
}
