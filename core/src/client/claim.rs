//! An entry of the ledger while this process has it: reached for, renewed, written down or given back.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;
use tracing::instrument::WithSubscriber;

use super::inner::{WxPay, nonce, to_its_end};
use crate::error::Error;
use crate::flow::ledger::{self, State};
use crate::secret::Secret;
use crate::store::{Store, StoreError};

/// An entry of the ledger that this process holds: until it is finished or given back, or its lease ends.
pub struct Claim {
    store: Arc<dyn Store>,
    key: String,
    /// The merchant's number of the order, for the log.
    out_trade_no: String,
    owner: String,
    lease: Duration,
    beat: Option<AbortHandle>,
}

/// What came of reaching for an entry.
pub(super) enum Claimed {
    Ours(Claim),
    HandedOver,
    Busy,
}

/// How long a second notification of a payment waits for the first to be finished: WeChat waits five seconds for an answer.
const WAIT: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(50);
/// How long what the store did not do waits before it is tried again: a renewal, and the writing down of what was handed over.
const AGAIN: Duration = Duration::from_millis(250);
/// After so many renewals, three a lease, the merchant's function is taken for one that may not end.
const LONG: u32 = 16;

impl WxPay {
    /// Reaches for a payment's entry in the ledger; waits a little for somebody who has it.
    pub(super) async fn claim(
        &self,
        transaction_id: &str,
        out_trade_no: &str,
        patient: bool,
    ) -> Result<Claimed, Error> {
        let key = ledger::key(self.merchant().mch_id(), transaction_id);
        let (store, owner, lease) = (Arc::clone(&self.0.store), nonce()?, self.0.lease);
        let end = Instant::now() + if patient { WAIT.min(self.0.limits.timeout) } else { Duration::ZERO };
        let seen = State::Seen.to_text(&owner);
        loop {
            match store.get(&key).await?.as_ref().map(State::of) {
                Some(State::HandedOver) => return Ok(Claimed::HandedOver),
                None if store.add(&key, &seen, lease).await? => {
                    let out_trade_no = out_trade_no.to_owned();
                    let mut claim = Claim { store, key, out_trade_no, owner, lease, beat: None };
                    claim.renew(seen);
                    return Ok(Claimed::Ours(claim));
                }
                _ if Instant::now() + LOOK < end => tokio::time::sleep(LOOK).await,
                _ => return Ok(Claimed::Busy),
            }
        }
    }
}

impl Claim {
    /// WeChat confirmed the payment.
    ///
    /// # Errors
    /// `Store`; also when the lease ran out meanwhile and somebody else has the entry.
    pub(super) async fn confirm(&mut self) -> Result<(), Error> {
        let (seen, confirmed) = (State::Seen.to_text(&self.owner), State::Confirmed.to_text(&self.owner));
        self.rest();
        if !self.store.compare_and_set(&self.key, &seen, &confirmed, self.lease).await? {
            return Err(StoreError::new("the payment's lease ran out before WeChat had answered").into());
        }
        self.renew(confirmed);
        Ok(())
    }

    /// From here on the lease is renewed, while this process lives.
    fn renew(&mut self, text: Secret) {
        let (store, key, number) = (Arc::clone(&self.store), self.key.clone(), self.out_trade_no.clone());
        let beat = renewals(store, key, number, text, self.lease);
        // Whoever hears of the call's warnings hears of these.
        self.beat = Some(tokio::spawn(beat.with_current_subscriber()).abort_handle());
    }

    fn rest(&mut self) {
        if let Some(beat) = self.beat.take() {
            beat.abort();
        }
    }

    /// As [`Handling::finish`](super::handling::Handling::finish).
    ///
    /// # Errors
    /// `Store`.
    pub async fn finish(self) -> Result<(), Error> {
        let written = to_its_end(async move {
            // Not by comparing: the function ran, whoever may have taken the entry over.
            let text = State::HandedOver.to_text(&self.owner);
            let end = Instant::now() + self.lease / 3;
            // The lease is renewed meanwhile. What is not written down here, the function is run for once more.
            while let Err(error) = self.store.put(&self.key, &text, ledger::REMEMBERED).await {
                if Instant::now() + AGAIN >= end {
                    return Err(error);
                }
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "order {}: the store has not yet recorded that its payment was handed over; trying again",
                    self.out_trade_no
                );
                tokio::time::sleep(AGAIN).await;
            }
            Ok(())
        });
        let written = written
            .await
            .unwrap_or_else(|| Err(StoreError::new("the runtime was shut down before it was written down")));
        written.map_err(Error::from)
    }

    /// As [`Handling::give_back`](super::handling::Handling::give_back).
    pub async fn give_back(self) {
        // Where the runtime ended, the lease ends by itself.
        let _ = to_its_end(self.given_back()).await;
    }

    async fn given_back(mut self) {
        // Else it would have back what is given back here.
        self.rest();
        for state in [State::Confirmed, State::Seen] {
            let mine: Secret = state.to_text(&self.owner);
            match self.store.compare_and_set(&self.key, &mine, &mine, Duration::ZERO).await {
                Ok(true) => return,
                Ok(false) => {}
                // It ends by itself with its lease.
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "order {}: the lease of its payment was not released; it ends by itself",
                        self.out_trade_no
                    );
                    return;
                }
            }
        }
    }
}

/// Renews an entry three times a lease, until it is lost.
async fn renewals(store: Arc<dyn Store>, key: String, out_trade_no: String, text: Secret, lease: Duration) {
    let (mut pause, mut renewed) = (lease / 3, 0_u32);
    loop {
        tokio::time::sleep(pause).await;
        let beat = match store.compare_and_set(&key, &text, &text, lease).await {
            // What is merely gone, as from a store that was emptied, is had back before somebody else has it.
            Ok(false) => store.add(&key, &text, lease).await,
            beat => beat,
        };
        match beat {
            Ok(true) => {
                (pause, renewed) = (lease / 3, renewed.saturating_add(1));
                if renewed >= LONG && renewed.is_power_of_two() {
                    tracing::warn!(
                        entry = key,
                        renewed,
                        "order {out_trade_no}: the lease of its payment was renewed {renewed} times: does your function end?"
                    );
                }
            }
            Ok(false) => {
                tracing::warn!(
                    "order {out_trade_no}: the lease of its payment ran out while the payment was handed over; \
                     another process may hand it over too"
                );
                return;
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "order {out_trade_no}: the lease of its payment was not renewed; trying again"
                );
                // Once the store is back there may be little left of the lease.
                pause = AGAIN.min(lease / 3);
            }
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.rest();
    }
}
