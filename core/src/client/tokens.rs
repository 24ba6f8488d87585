//! Tokens, and the list of platform certificates, in the store: one of the processes that share it renews them; the others use the old
//! ones, or wait. What is said of tokens here holds for the list too.

use std::pin::Pin;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::certs;
use super::inner::{WxPay, now, owner, to_its_end};
use super::slot::Slot;
use crate::codes::{Api, ErrorCode};
use crate::error::{Error, Kind, Outcome, Retry};
use crate::flow::keys::Token;
use crate::platform::jssdk::{AccessToken, JssdkGetticket, JssdkStableToken, Ticket};
use crate::platform::token::{self, TimedToken};
use crate::platform::wecom::{WecomGetAgentTicket, WecomGetJsapiTicket, WecomGettoken};
use crate::secret::Secret;
use crate::store::StoreError;
use crate::wire::xml::MAX_BYTES;

/// The pause between two looks in the store while another process renews a token.
const LOOK: Duration = Duration::from_millis(25);

impl WxPay {
    /// A token, renewed when necessary. `dead` is a token that WeChat has just refused.
    ///
    /// A task of its own renews it: a caller may be cancelled, and if all callers had short time limits, no renewal would
    /// ever end.
    pub(super) fn shared_token<'a>(
        &'a self,
        which: Token,
        dead: Option<&'a Secret>,
    ) -> Pin<Box<dyn Future<Output = Result<Secret, Error>> + Send + 'a>> {
        Box::pin(async move {
            self.check_account(which.api()).map_err(|error| error.at(which.call()))?;
            if let Some(token) = self.slot(which).copy(now(), dead) {
                return Ok(token);
            }
            let (pay, dead, since) = (self.clone(), dead.cloned(), Instant::now());
            let looking = async move { pay.looked_for(which, dead.as_ref(), since).await };
            to_its_end(looking).await.unwrap_or_else(|| Err(shut_down(which)))
        })
    }

    /// One caller at a time. The callers that waited get the same result, a failure too.
    async fn looked_for(&self, which: Token, dead: Option<&Secret>, since: Instant) -> Result<Secret, Error> {
        let slot = self.slot(which);
        let mut last = slot.asking.lock().await;
        if let Some(token) = slot.copy(now(), dead) {
            return Ok(token);
        }
        if let Some((at, error)) = &*last
            && *at >= since
        {
            return Err(error.copy());
        }
        let found = self.find(which, dead).await;
        *last = found.as_ref().err().map(|error| (Instant::now(), error.copy()));
        let kept = found?;
        slot.remember(&kept);
        Ok(kept.text)
    }

    /// Keeps an access_token that a caller asked for.
    pub(super) async fn keep_access_token(&self, kept: &TimedToken) {
        self.put_token(Token::AccessToken, kept).await;
        self.slot(Token::AccessToken).remember(kept);
    }

    /// Asks WeChat for an access_token, whatever the store has: whether the AppSecret is right.
    pub(super) async fn ask_access_token(&self) -> Result<(), Error> {
        let kept = self.new_access_token().await?;
        self.slot(Token::AccessToken).remember(&kept);
        Ok(())
    }

    fn slot(&self, which: Token) -> &Slot {
        match which {
            Token::AccessToken => &self.0.tokens.access_token,
            Token::JsapiTicket => &self.0.tokens.jsapi_ticket,
            Token::PlatformCertificates => &self.0.tokens.platform_certificates,
            Token::WecomToken => &self.0.tokens.wecom_token,
            Token::WecomTicket => &self.0.tokens.wecom_ticket,
            Token::WecomAgentTicket => &self.0.tokens.wecom_agent_ticket,
        }
    }

    /// The token's key in the store.
    fn token_key(&self, which: Token) -> String {
        let merchant = self.merchant();
        let appid = merchant.appid();
        // The ticket of a corp is one for all of its applications.
        let application = || format!("{appid}:{}", merchant.wecom().map(|(_, agent)| agent).unwrap_or_default());
        let owner = match which {
            Token::AccessToken | Token::JsapiTicket | Token::WecomTicket => appid.to_owned(),
            Token::PlatformCertificates => merchant.mch_id().to_owned(),
            Token::WecomToken | Token::WecomAgentTicket => application(),
        };
        self.0.keys.token(which, &owner)
    }

    async fn renew(&self, which: Token) -> Result<TimedToken, Error> {
        match which {
            Token::AccessToken => self.new_access_token().await,
            Token::PlatformCertificates => self.new_certificates().await,
            Token::WecomToken => self.new_wecom_token().await,
            Token::JsapiTicket | Token::WecomTicket | Token::WecomAgentTicket => self.new_ticket(which).await,
        }
    }

    /// Looks in the store, and renews the token or waits until another process has renewed it.
    async fn find(&self, which: Token, dead: Option<&Secret>) -> Result<TimedToken, Error> {
        let end = Instant::now() + self.0.limits.timeout;
        loop {
            match self.step(which, dead).await {
                Ok(Some(found)) => return found,
                Ok(None) if Instant::now() + LOOK < end => tokio::time::sleep(LOOK).await,
                Ok(None) => return Err(not_renewed(which)),
                Err(error) => {
                    // A store that is not there is said once, one that fails each time.
                    if !error.is_unusable() || !self.0.storeless.swap(true, Ordering::Relaxed) {
                        tracing::warn!(error = &error as &dyn std::error::Error, "no store for the {}", thing(which));
                    }
                    return self.find_alone(which, dead).await;
                }
            }
        }
    }

    /// Without a store, each process renews tokens by itself: WeChat gives all of them the same stable token.
    async fn find_alone(&self, which: Token, dead: Option<&Secret>) -> Result<TimedToken, Error> {
        let slot = self.slot(which);
        let own = slot.living(now(), dead);
        if let Some(own) = own.as_ref().filter(|own| own.is_fresh(now())) {
            return Ok(own.clone());
        }
        let last = slot.alone.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|(at, e)| (*at, e.copy()));
        if let Some((at, error)) = last
            && at.elapsed() < seconds(pause(which, &error, own.is_some()))
        {
            return own.ok_or(error);
        }
        let found = self.renew(which).await;
        let failure = found.as_ref().err().map(|error| (Instant::now(), error.copy()));
        *slot.alone.lock().unwrap_or_else(PoisonError::into_inner) = failure;
        found.or_else(|error| own.ok_or(error))
    }

    /// One look: a token, a failure that counts for now, or `None` while another process asks WeChat.
    async fn step(&self, which: Token, dead: Option<&Secret>) -> Result<Option<Result<TimedToken, Error>>, StoreError> {
        let (store, key, at) = (&self.0.store, self.token_key(which), now());
        let kept = self.kept(which, &key, dead).await?;
        let old = match kept {
            Some(kept) if kept.is_fresh(at) => return Ok(Some(Ok(kept))),
            old => old.filter(|old| old.lives(at)),
        };
        if let Some(failure) = store.get(&format!("{key}:pause")).await? {
            let failure = remembered(which, &failure);
            // A pause that was made while an old token was valid does not apply to a process without one.
            if pause(which, &failure, old.is_some()) > 0 {
                return Ok(Some(old.ok_or(failure)));
            }
        }
        let (lease, mine) = (
            format!("{key}:lease"),
            Secret::new(owner().map_err(|error| StoreError::new("no random number for the lease").because(error))?),
        );
        if !store.add(&lease, &mine, life_of_lease(which, self.0.limits.timeout)).await? {
            return Ok(old.map(Ok));
        }
        // Another process may have renewed it since we looked.
        let found = match self.kept(which, &key, dead).await {
            Ok(Some(kept)) if kept.is_fresh(at) => Ok(kept),
            _ => self.renewed(which, old).await,
        };
        // The lease expires by itself too, so a failure here does not matter for the result.
        if let Err(error) = store.compare_and_set(&lease, &mine, &mine, Duration::ZERO).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "could not release the lease of the {}",
                thing(which)
            );
        }
        Ok(Some(found))
    }

    async fn kept(&self, which: Token, key: &str, dead: Option<&Secret>) -> Result<Option<TimedToken>, StoreError> {
        let kept = self.0.store.get(key).await?;
        let read = |kept: &Secret| match which {
            Token::AccessToken
            | Token::JsapiTicket
            | Token::WecomToken
            | Token::WecomTicket
            | Token::WecomAgentTicket => TimedToken::from_text(kept, now()),
            Token::PlatformCertificates => TimedToken::from_text_within(kept, now(), certs::LIFE, MAX_BYTES),
        };
        Ok(kept.as_ref().and_then(read).filter(|kept| dead != Some(&kept.text)))
    }

    /// Asks WeChat, and stores the result. An old token is used until it expires.
    async fn renewed(&self, which: Token, old: Option<TimedToken>) -> Result<TimedToken, Error> {
        match self.renew(which).await {
            Ok(kept) => {
                self.put_token(which, &kept).await;
                Ok(kept)
            }
            Err(error) => {
                let pause = pause(which, &error, old.is_some());
                // What is wrong with the settings of this process says nothing to another one.
                let is_own = matches!(error.kind(), Kind::Config { .. }) && !certs::is_absent(&error);
                if pause > 0 && !is_own {
                    let key = format!("{}:pause", self.token_key(which));
                    // Without the pause the next caller asks at once: one call too many.
                    let _ = self.0.store.put(&key, &written(which, &error), seconds(pause)).await;
                }
                old.ok_or(error)
            }
        }
    }

    async fn put_token(&self, which: Token, kept: &TimedToken) {
        let life = seconds(kept.expires_at - now());
        if let Err(error) = self.0.store.put(&self.token_key(which), &kept.to_text(), life).await
            && !error.is_unusable()
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "could not store a new {}", thing(which));
        }
    }

    async fn new_access_token(&self) -> Result<TimedToken, Error> {
        let asked = now();
        self.perform_typed(JssdkStableToken::new()).await.map(|reply| kept(&reply, asked))
    }

    async fn new_wecom_token(&self) -> Result<TimedToken, Error> {
        let asked = now();
        self.perform_typed(WecomGettoken::new()).await.map(|reply| kept(&reply, asked))
    }

    /// Asks for a token of an application in WeCom, whatever the store has: whether the secret is right.
    pub(super) async fn ask_wecom_token(&self) -> Result<(), Error> {
        self.new_wecom_token().await.map(drop)
    }

    /// Bounded by the call timeout even when it takes several requests, because other processes wait that long.
    async fn new_ticket(&self, which: Token) -> Result<TimedToken, Error> {
        let ticket = tokio::time::timeout(self.0.limits.timeout, self.ask_ticket(which));
        ticket.await.unwrap_or_else(|_| {
            let reason = "no ticket within the time limit";
            Err(Error::transport(ErrorCode::Timeout, Outcome::Unknown, None, reason)
                .at(which.call())
                .advise(Retry::SameRequest))
        })
    }

    async fn ask_ticket(&self, which: Token) -> Result<TimedToken, Error> {
        let of = if which.api() == Api::WeCom { Token::WecomToken } else { Token::AccessToken };
        let token = self.shared_token(of, None).await?;
        let asked = now();
        let reply = match self.ticket_with(which, &token).await {
            // Another program invalidated the token before it expired.
            Err(error) if token::is_dead(&error) => {
                let token = self.shared_token(of, Some(&token)).await?;
                self.ticket_with(which, &token).await?
            }
            reply => reply?,
        };
        Ok(lasting(reply.ticket(), asked, reply.expires_in()))
    }

    async fn ticket_with(&self, which: Token, token: &Secret) -> Result<Ticket, Error> {
        let token = token.expose();
        match which {
            Token::WecomTicket => self.perform_typed(WecomGetJsapiTicket::new().access_token(token)).await,
            Token::WecomAgentTicket => self.perform_typed(WecomGetAgentTicket::new().access_token(token)).await,
            _ => self.perform_typed(JssdkGetticket::new().access_token(token)).await,
        }
    }
}

/// The pause after a failure, in seconds.
fn pause(which: Token, error: &Error, has_old: bool) -> i64 {
    let own = if matches!(which, Token::PlatformCertificates) { certs::pause_after(error) } else { 0 };
    token::pause_after(error).max(own).max(if has_old { token::PAUSE_WITH_OLD } else { 0 })
}

/// How long a process that died while it renewed something keeps the others from it.
fn life_of_lease(which: Token, timeout: Duration) -> Duration {
    match which {
        // Two downloads do no harm, and a notification waits for three seconds alone.
        Token::PlatformCertificates => timeout.min(Duration::from_secs(2)),
        // Longer than a renewal may take: a second one could make the token of the first one invalid.
        _ => timeout + Duration::from_secs(2),
    }
}

fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(seconds.max(0).unsigned_abs())
}

/// A failure for the processes that pause because of it.
fn written(which: Token, error: &Error) -> Secret {
    Secret::new(match error.kind() {
        _ if matches!(which, Token::PlatformCertificates) => certs::written(error),
        Kind::OAuth { errcode, errmsg } => format!("{errcode} {errmsg}"),
        _ => format!("-1 {error}"),
    })
}

fn remembered(which: Token, failure: &Secret) -> Error {
    if matches!(which, Token::PlatformCertificates) {
        return certs::remembered(failure.expose());
    }
    let (errcode, errmsg) = failure.expose().split_once(' ').unwrap_or_default();
    let error = Error::oauth(which.api(), errcode.parse().unwrap_or(-1), errmsg);
    error.at(which.call()).advise(Retry::SameRequest)
}

/// What is shared, for people.
fn thing(which: Token) -> &'static str {
    if matches!(which, Token::PlatformCertificates) { "list of platform certificates" } else { "token" }
}

fn shut_down(which: Token) -> Error {
    let reason = format!("the runtime was shut down while the {} was looked for", thing(which));
    Error::transport(ErrorCode::Cancelled, Outcome::Unknown, None, reason).at(which.call()).advise(Retry::SameRequest)
}

fn not_renewed(which: Token) -> Error {
    let reason = format!("another process is renewing the {}, and did not finish in time", thing(which));
    Error::transport(ErrorCode::Timeout, Outcome::NotSent, None, reason).at(which.call()).advise(Retry::SameRequest)
}

pub(super) fn kept(reply: &AccessToken, asked: i64) -> TimedToken {
    lasting(reply.access_token(), asked, reply.expires_in())
}

fn lasting(text: &str, asked: i64, expires_in: i64) -> TimedToken {
    if expires_in < 0 {
        tracing::warn!("WeChat gave a token or ticket with expires_in {expires_in}; it is used for a minute");
    }
    TimedToken::new(text, asked, expires_in)
}
