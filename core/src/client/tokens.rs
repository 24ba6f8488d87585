//! Tokens over the store: over all processes that share it one is renewed by one of them, while the others use the old one
//! or wait.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{WxPay, nonce, now};
use crate::error::{Error, Kind, Outcome, Retry};
use crate::secret::Secret;
use crate::store::{Store, StoreError};
use crate::token::{self, Kept};

/// This process's own. A ticket is asked for with a token, so each waits in a queue of its own.
#[derive(Default)]
pub(super) struct Tokens {
    pub(super) access_token: Slot,
    pub(super) jsapi_ticket: Slot,
}

/// A copy of what the store has of a token, and who is asking.
#[derive(Default)]
pub(super) struct Slot {
    copy: Mutex<Option<(Kept, Instant)>>,
    /// Held by whoever looks for the token, with the failure of the last who tried.
    asking: tokio::sync::Mutex<Option<(Instant, Error)>>,
}

/// How long the copy is used before the store is looked at again.
const COPY: Duration = Duration::from_secs(60);
/// How often whoever waits for another process's token looks for it.
const LOOK: Duration = Duration::from_millis(25);

impl Slot {
    /// The copy, while it is fresh and not the one that WeChat has just refused.
    fn copy(&self, dead: Option<&Secret>) -> Option<Secret> {
        let copy = self.copy.lock().unwrap_or_else(PoisonError::into_inner);
        let (kept, since) = copy.as_ref()?;
        (kept.is_fresh(now()) && since.elapsed() < COPY && dead != Some(&kept.text)).then(|| kept.text.clone())
    }

    fn remember(&self, kept: &Kept) {
        *self.copy.lock().unwrap_or_else(PoisonError::into_inner) = Some((kept.clone(), Instant::now()));
    }
}

impl WxPay {
    /// The token under `key`, renewed by `renew` when it has to be. `dead` is one that WeChat has just refused.
    pub(super) async fn shared_token<F>(
        &self,
        slot: &Slot,
        key: &str,
        dead: Option<&Secret>,
        renew: impl Fn() -> F,
    ) -> Result<Secret, Error>
    where
        F: Future<Output = Result<Kept, Error>>,
    {
        if let Some(token) = slot.copy(dead) {
            return Ok(token);
        }
        let since = Instant::now();
        let mut last = slot.asking.lock().await;
        if let Some(token) = slot.copy(dead) {
            return Ok(token);
        }
        if let Some((at, error)) = &*last
            && *at >= since
        {
            return Err(error.copy());
        }
        let found = self.find(key, dead, &renew).await;
        *last = found.as_ref().err().map(|error| (Instant::now(), error.copy()));
        let kept = found?;
        slot.remember(&kept);
        Ok(kept.text)
    }

    /// For this process alone: looks in the store, renews, or waits until another process has.
    async fn find<F>(&self, key: &str, dead: Option<&Secret>, renew: &impl Fn() -> F) -> Result<Kept, Error>
    where
        F: Future<Output = Result<Kept, Error>>,
    {
        let end = Instant::now() + self.0.limits.timeout;
        loop {
            match self.step(key, dead, renew).await {
                Ok(Some(found)) => return found,
                Ok(None) if Instant::now() + LOOK < end => tokio::time::sleep(LOOK).await,
                Ok(None) => return Err(nobody_came()),
                // Without the store every process asks for itself: WeChat gives all who ask the same stable token.
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "no store for tokens; asking WeChat");
                    return renew().await;
                }
            }
        }
    }

    /// One look: a token, a failure that counts for now, or `None` while another process asks WeChat.
    async fn step<F>(
        &self,
        key: &str,
        dead: Option<&Secret>,
        renew: &impl Fn() -> F,
    ) -> Result<Option<Result<Kept, Error>>, StoreError>
    where
        F: Future<Output = Result<Kept, Error>>,
    {
        let (store, at) = (&self.0.store, now());
        let kept = self.kept(key, dead).await?;
        let old = match kept {
            Some(kept) if kept.is_fresh(at) => return Ok(Some(Ok(kept))),
            old => old.filter(|old| old.lives(at)),
        };
        let pause = format!("{key}:pause");
        if let Some(failure) = store.get(&pause).await? {
            return Ok(Some(old.ok_or_else(|| remembered(&failure))));
        }
        let (lease, mine) = (format!("{key}:lease"), Secret::new(nonce().unwrap_or_default()));
        // Longer than a call may take, so that whoever holds it is dead when it ends.
        if !store.add(&lease, &mine, self.0.limits.timeout + Duration::from_secs(2)).await? {
            return Ok(old.map(Ok));
        }
        // Whoever asked may go away at any time, and nobody shall wait for them.
        let held = Held { store: Arc::clone(store), lease, mine };
        // Another process may have renewed it since we looked.
        let found = match self.kept(key, dead).await {
            Ok(Some(kept)) if kept.is_fresh(at) => Ok(kept),
            _ => self.renewed(key, renew, old).await,
        };
        held.release().await?;
        Ok(Some(found))
    }

    async fn kept(&self, key: &str, dead: Option<&Secret>) -> Result<Option<Kept>, StoreError> {
        let kept = self.0.store.get(key).await?;
        Ok(kept.as_ref().and_then(Kept::from_text).filter(|kept| dead != Some(&kept.text)))
    }

    /// Asks WeChat, and puts into the store what came of it. An old token is used on while it lives.
    async fn renewed<F>(&self, key: &str, renew: &impl Fn() -> F, old: Option<Kept>) -> Result<Kept, Error>
    where
        F: Future<Output = Result<Kept, Error>>,
    {
        let seconds = |seconds: i64| Duration::from_secs(seconds.max(0).unsigned_abs());
        match renew().await {
            Ok(kept) => {
                let life = seconds(kept.expires_at - now());
                if let Err(error) = self.0.store.put(key, &kept.to_text(), life).await {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a new token could not be kept");
                }
                Ok(kept)
            }
            Err(error) => {
                let pause = token::pause_after(&error).max(if old.is_some() { token::PAUSE_WITH_OLD } else { 0 });
                if pause > 0 {
                    // Without it the next one asks at once, which is no more than a call too many.
                    let _ = self.0.store.put(&format!("{key}:pause"), &written(&error), seconds(pause)).await;
                }
                old.ok_or(error)
            }
        }
    }
}

/// The right to ask WeChat, over all processes.
struct Held {
    store: Arc<dyn Store>,
    lease: String,
    mine: Secret,
}

impl Held {
    async fn release(mut self) -> Result<(), StoreError> {
        let done = self.store.compare_and_set(&self.lease, &self.mine, &self.mine, Duration::ZERO).await;
        // Not before it is over: whoever goes away meanwhile has not released it.
        self.lease.clear();
        done.map(|_| ())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.lease.is_empty() {
            return;
        }
        let (store, lease, mine) = (Arc::clone(&self.store), std::mem::take(&mut self.lease), self.mine.clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { store.compare_and_set(&lease, &mine, &mine, Duration::ZERO).await.map(|_| ()) });
        }
    }
}

/// A failure for the processes that pause because of it.
fn written(error: &Error) -> Secret {
    Secret::new(match error.kind() {
        Kind::OAuth { errcode, errmsg } => format!("{errcode} {errmsg}"),
        _ => format!("-1 {error}"),
    })
}

fn remembered(failure: &Secret) -> Error {
    let (errcode, errmsg) = failure.expose().split_once(' ').unwrap_or_default();
    let kind = Kind::OAuth { errcode: errcode.parse().unwrap_or(-1), errmsg: errmsg.to_owned() };
    Error::new("oauth", kind).at("jssdk.access_token").advise(Retry::SameRequest)
}

fn nobody_came() -> Error {
    let reason = "another process is renewing the token, and did not end within the time limit";
    Error::transport("timeout", Outcome::NotSent, None, reason).at("jssdk.access_token").advise(Retry::SameRequest)
}
