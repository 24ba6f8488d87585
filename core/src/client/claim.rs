//! An entry of the ledger that belongs to this process: claimed, renewed, then finished or released.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;
use tracing::instrument::WithSubscriber;

use super::asked::Asked;
use super::inner::{StoreWork, WxPay, owner, to_its_end};
use crate::error::Error;
use crate::flow::ledger::{self, ItemKind, State};
use crate::secret::Secret;
use crate::store::{Store, StoreError};

/// An entry of the ledger that belongs to this process until it is finished or given back, or its lease ends.
pub struct Claim {
    store: Arc<dyn Store>,
    /// For the writes that claim the entry and give it back.
    work: StoreWork,
    key: String,
    /// For messages: what the entry is about, and the merchant's number of the order.
    kind: ItemKind,
    out_trade_no: String,
    owner: String,
    lease: Duration,
    renewals: Option<AbortHandle>,
    /// Whether [`Claim::finish`] has begun: then it is this process that writes that the thing was handed over.
    finishing: Arc<AtomicBool>,
    /// Whether the caller may have begun to hand the thing over, or the entry has ended. Else a claim that is dropped, such as that of a call
    /// which was cancelled while WeChat was asked, gives the entry back.
    held: AtomicBool,
    /// The mark that WeChat was asked. It stays if the caller may have begun to hand the thing over.
    asked: Option<Asked>,
}

/// The result of claiming an entry.
pub(super) enum ClaimOutcome {
    Ours(Box<Claim>),
    HandedOver,
    Busy,
}

/// How long a second notification waits for the first to be finished.
const WAIT: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(50);
/// The pause before an operation that the store failed to do is tried again.
const PAUSE: Duration = Duration::from_millis(250);
/// The number of renewals, three a lease, after which a warning says that the merchant's function may not end.
const MANY: u32 = 16;

impl WxPay {
    /// Whether a thing was handed over.
    pub(super) async fn is_handed_over(&self, kind: ItemKind, id: &str) -> Result<bool, Error> {
        let key = self.0.keys.entry(kind, self.merchant().mch_id(), id);
        let state = self.0.store.get(&key).await?.as_ref().and_then(State::of);
        Ok(state == Some(State::HandedOver))
    }

    /// Until when a notification waits for another process that has its entry. WeChat waits five seconds for an answer.
    pub(super) fn patience(&self) -> Instant {
        Instant::now() + WAIT.min(self.0.limits.timeout)
    }

    /// Claims an entry of the ledger. Until `end` it waits for another process that has the entry.
    pub(super) async fn claim(
        &self,
        kind: ItemKind,
        id: &str,
        out_trade_no: &str,
        end: Instant,
    ) -> Result<ClaimOutcome, Error> {
        if self.0.lonely.swap(false, Ordering::Relaxed) {
            tracing::warn!(
                "the store is the memory of this process, and other processes may serve the same shop: each of them would hand \
                 a payment over. Leave store out, or set it to sqlite:///a/file.db or redis://host/0"
            );
        }
        let key = self.0.keys.entry(kind, self.merchant().mch_id(), id);
        let (store, owner, lease) = (Arc::clone(&self.0.store), owner()?, self.0.lease);
        let claim = || Claim {
            store: Arc::clone(&store),
            work: self.0.store_work(),
            key: key.clone(),
            kind,
            out_trade_no: out_trade_no.to_owned(),
            owner: owner.clone(),
            lease,
            renewals: None,
            finishing: Arc::default(),
            held: AtomicBool::new(false),
            asked: None,
        };
        loop {
            match store.get(&key).await?.as_ref().map(State::of) {
                Some(Some(State::HandedOver)) => return Ok(ClaimOutcome::HandedOver),
                // Waiting would not help: nothing says that such an entry ends.
                Some(None) => {
                    let reason = format!("the entry {key} in the store has a text that this version does not write");
                    return Err(StoreError::new(reason).into());
                }
                None => {
                    if let Some(ours) = claim().begin().await? {
                        return Ok(ClaimOutcome::Ours(Box::new(ours)));
                    }
                }
                Some(_) => {}
            }
            if Instant::now() + LOOK >= end {
                return Ok(ClaimOutcome::Busy);
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl Claim {
    /// Adds the entry; `None` if there is one. If the caller is gone when the store answers, or does not wait so long, the entry is given
    /// back after the write.
    ///
    /// # Errors
    /// `Store`.
    async fn begin(mut self) -> Result<Option<Self>, StoreError> {
        let work = self.work.clone();
        work.run(async move {
            let seen = State::Seen.to_text(&self.owner);
            match self.work.store.add(&self.key, &seen, self.lease).await {
                Ok(true) => {
                    self.renew(seen);
                    Ok(Some(self))
                }
                Ok(false) => {
                    self.hold();
                    Ok(None)
                }
                Err(error) => {
                    // The entry may still have been added, so it is given back. The error says already that the store fails.
                    self.hold();
                    let work = self.work.clone();
                    work.begin(async move {
                        let _ = self.work.store.compare_and_set(&self.key, &seen, &seen, Duration::ZERO).await;
                    });
                    Err(error)
                }
            }
        })
        .await
    }

    /// Records that WeChat confirmed it. If the caller is gone, the entry is given back after this write: a write that came later would bring
    /// the entry back.
    ///
    /// # Errors
    /// `Store`; also when the lease ended meanwhile and another process has the entry.
    pub(super) async fn confirm(mut self) -> Result<Self, Error> {
        let work = self.work.clone();
        let confirmed = work.run(async move {
            let (seen, confirmed) = (State::Seen.to_text(&self.owner), State::Confirmed.to_text(&self.owner));
            self.stop_renewing();
            if !self.work.store.compare_and_set(&self.key, &seen, &confirmed, self.lease).await? {
                let kind = self.kind.name();
                return Err(StoreError::new(format!("the lease of the {kind} ended before WeChat answered")));
            }
            self.renew(confirmed);
            Ok(self)
        });
        Ok(confirmed.await?)
    }

    /// The mark is removed together with the claim, if that is given back before the caller saw it.
    pub(super) fn with_mark(&mut self, asked: Asked) {
        self.asked = Some(asked);
    }

    /// The caller has seen what was claimed, and may run its function.
    pub(super) fn hold(&self) {
        self.held.store(true, Ordering::Relaxed);
    }

    /// Starts to renew the lease, while this process lives and the claim is not dropped.
    fn renew(&mut self, text: Secret) {
        let (store, key, kind, number) =
            (Arc::clone(&self.store), self.key.clone(), self.kind, self.out_trade_no.clone());
        let renewals = renewals(store, key, (kind, number), text, Arc::clone(&self.finishing), self.lease);
        // Its warnings go where those of the call go.
        self.renewals = Some(tokio::spawn(renewals.with_current_subscriber()).abort_handle());
    }

    fn stop_renewing(&mut self) {
        if let Some(renewals) = self.renewals.take() {
            renewals.abort();
        }
    }

    /// As [`Handling::finish`](super::handling::Handling::finish).
    ///
    /// # Errors
    /// `Store`.
    pub async fn finish(self) -> Result<(), Error> {
        self.hold();
        let recorded = to_its_end(async move {
            // Unconditionally: the function ran, even if another process has the entry by now.
            let text = State::HandedOver.to_text(&self.owner);
            self.finishing.store(true, Ordering::Release);
            let end = Instant::now() + self.lease / 3;
            // The lease is renewed meanwhile. If this fails in the end, the function runs again.
            while let Err(error) = self.store.put(&self.key, &text, ledger::REMEMBERED).await {
                if Instant::now() + PAUSE >= end {
                    return Err(error);
                }
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "order {}: the store has not yet recorded that its {} was handed over; trying again",
                    self.out_trade_no,
                    self.kind.name(),
                );
                tokio::time::sleep(PAUSE).await;
            }
            Ok(())
        });
        let shut_down = || Err(StoreError::new("the runtime was shut down before the store had recorded it"));
        recorded.await.unwrap_or_else(shut_down).map_err(Error::from)
    }

    /// As [`Handling::give_back`](super::handling::Handling::give_back).
    pub async fn give_back(self) {
        let work = self.work.clone();
        // If the runtime is shut down, the lease ends by itself.
        let _ = work
            .run(async move {
                self.release().await;
                Ok(())
            })
            .await;
    }

    async fn release(mut self) {
        self.hold();
        // Otherwise a renewal would claim the entry again.
        self.stop_renewing();
        for state in [State::Confirmed, State::Seen] {
            let mine: Secret = state.to_text(&self.owner);
            match self.work.store.compare_and_set(&self.key, &mine, &mine, Duration::ZERO).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "order {}: the lease of its {} was not released; it ends by itself",
                        self.out_trade_no,
                        self.kind.name(),
                    );
                    return;
                }
            }
        }
    }
}

/// Renews an entry three times a lease, until it is lost, or says that this process has handed the thing over.
async fn renewals(
    store: Arc<dyn Store>,
    key: String,
    (kind, out_trade_no): (ItemKind, String),
    text: Secret,
    finishing: Arc<AtomicBool>,
    lease: Duration,
) {
    let kind = kind.name();
    let (mut pause, mut renewed) = (lease / 3, 0_u32);
    loop {
        tokio::time::sleep(pause).await;
        let renewal = match store.compare_and_set(&key, &text, &text, lease).await {
            // The entry is gone, as after a restart of the store. It is written again before another process claims it.
            Ok(false) => store.add(&key, &text, lease).await,
            renewal => renewal,
        };
        let renewal = match renewal {
            // `Claim::finish` may have written it, although the store has not said so.
            Ok(false) if finishing.load(Ordering::Acquire) => match store.get(&key).await {
                Ok(entry) if entry.as_ref().and_then(State::of) == Some(State::HandedOver) => return,
                Ok(_) => Ok(false),
                Err(error) => Err(error),
            },
            renewal => renewal,
        };
        match renewal {
            Ok(true) => {
                (pause, renewed) = (lease / 3, renewed.saturating_add(1));
                if renewed >= MANY && renewed.is_power_of_two() {
                    tracing::warn!(
                        entry = key,
                        renewed,
                        "order {out_trade_no}: the lease of its {kind} was renewed {renewed} times: does your function end?"
                    );
                }
            }
            Ok(false) => {
                tracing::warn!(
                    "order {out_trade_no}: the lease of its {kind} ended while the {kind} was handed over; \
                     another process may hand it over too"
                );
                return;
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "order {out_trade_no}: the lease of its {kind} was not renewed; trying again"
                );
                // The lease may nearly be over when the store answers again.
                pause = PAUSE.min(lease / 3);
            }
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.stop_renewing();
        if *self.held.get_mut() {
            if let Some(asked) = &mut self.asked {
                asked.leave();
            }
            return;
        }
        let dropped = Self {
            store: Arc::clone(&self.store),
            work: self.work.clone(),
            key: mem::take(&mut self.key),
            kind: self.kind,
            out_trade_no: mem::take(&mut self.out_trade_no),
            owner: mem::take(&mut self.owner),
            lease: self.lease,
            renewals: None,
            finishing: Arc::default(),
            held: AtomicBool::new(true),
            asked: None,
        };
        let asked = self.asked.take();
        self.work.begin(async move {
            dropped.release().await;
            // After the entry: who asks again finds that free.
            drop(asked);
        });
    }
}
