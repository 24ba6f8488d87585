//! What every request handler shares.

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::RwLock;
use wxpaykit::Secret;

use crate::access;
use crate::agenda::{Agenda, WINDOW};
use crate::clock::{Clock, Millis};
use crate::config::Config;
use crate::db::{Db, DbError};
use crate::faults::{self, Faults};
use crate::ids::Ids;
use crate::issued::Issued;
use crate::journal::Journal;
use crate::jssdk::Pages;
use crate::live::Live;
use crate::merchant::{MerchantError, Registry};
use crate::oauth::OAuth;
use crate::order::TradeState;
use crate::orders::{OrderId, Orders};
use crate::platform::Platform;

#[derive(Debug)]
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) registry: Registry,
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    pub(crate) journal: Journal,
    pub(crate) live: Arc<Live>,
    pub(crate) faults: Faults,
    /// What the control API and the pages want to be shown, if anything.
    pub(crate) token: Option<Secret>,
    /// Read by jobs that run as time passes, written by whoever moves the clock. Its readers are counted, so that a
    /// thousand payments at once do not open a thousand connections to one shop.
    pub(crate) running: Arc<RwLock<()>>,
    /// Where a browser on this machine reaches it, once it listens.
    url: OnceLock<String>,
    state: Mutex<State>,
}

/// Everything that changes, behind one lock. Whoever holds it neither waits nor signs.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) orders: Orders,
    pub(crate) agenda: Agenda,
    /// Openids handed out by OAuth.
    pub(crate) openids: Issued,
    pub(crate) oauth: OAuth,
    pub(crate) platform: Platform,
    pub(crate) pages: Pages,
    /// Orders whose notification waits until another's went first.
    pub(crate) held: Vec<OrderId>,
    /// How many orders stay in memory.
    keep: usize,
}

/// Why an emulator cannot be made.
#[derive(Debug)]
pub(crate) enum Unusable {
    Merchant(MerchantError),
    Db(DbError),
}

impl App {
    pub(crate) fn new(config: Config) -> Result<Self, Unusable> {
        let registry = Registry::new(&config.merchants).map_err(Unusable::Merchant)?;
        let mut db = config.db.as_deref().map(Db::open).transpose().map_err(Unusable::Db)?;
        let clock = Clock::new(config.frozen_clock, db.as_ref().and_then(Db::clock));
        // A seed repeats a run, not what it left in a file.
        let seed = config.seed.map(|seed| seed ^ faults::mix(db.as_mut().map_or(0, Db::start)));
        let state = State::new(db, config.keep.max(1));
        let live = Arc::new(Live::default());
        Ok(Self {
            registry,
            clock,
            ids: Ids::new(seed),
            journal: Journal::new(config.keep, Arc::clone(&live)),
            live,
            token: access::token(&config),
            faults: Faults::new(config.seed.unwrap_or_else(faults::random)),
            running: Arc::new(RwLock::with_max_readers((), 64)),
            url: OnceLock::new(),
            state: Mutex::new(state),
            config,
        })
    }

    /// Says where it listens.
    pub(crate) fn at(&self, mut address: SocketAddr) {
        // Everywhere is no place to go to.
        if address.ip().is_unspecified() {
            address.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        let url = self.url.get_or_init(|| format!("http://{address}"));
        self.ids.set_mweb_base(self.config.mweb_base.as_ref().unwrap_or(url));
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> &str {
        self.url.get().map_or("", String::as_str)
    }

    pub(crate) fn state(&self) -> Guard<'_> {
        Guard(self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until everything that happened so far is in the file, if there is one. `false` when it never will be.
    pub(crate) async fn saved(&self) -> bool {
        if self.config.db.is_none() {
            return true;
        }
        let pending = self.state().orders.db.as_ref().map(Db::pending);
        let Some((sent, mut progress)) = pending else { return true };
        let reached = progress.wait_for(|progress| progress.failed || progress.committed >= sent).await;
        reached.is_ok_and(|progress| progress.committed >= sent)
    }

    /// Tells the file what time it is on the emulated clock.
    pub(crate) fn save_clock(&self) {
        let set = self.clock.to_json();
        if let Some(db) = self.state().orders.db.as_mut() {
            db.keep("clock", "clock".to_owned(), Some(set.to_string()));
        }
    }
}

impl State {
    fn new(db: Option<Db>, keep: usize) -> Self {
        Self {
            agenda: Agenda::new(db.is_some()),
            openids: Issued::load(db.as_ref()),
            oauth: OAuth::load(db.as_ref()),
            platform: Platform::load(db.as_ref()),
            pages: Pages::default(),
            held: Vec::new(),
            keep,
            orders: Orders::new(db),
        }
    }

    /// Remembers whose openid it is.
    pub(crate) fn issue(&mut self, openid: String, appid: &str) {
        if self.openids.is_full() {
            // An order that is sent again has its openid looked at again.
            let unpaid = self.orders.iter().filter(|(_, order)| order.state == TradeState::NotPay);
            let named = unpaid.flat_map(|(_, order)| [order.field("openid"), order.field("sub_openid")]);
            let needed: HashSet<&str> = named.collect();
            self.openids.sweep(|openid| needed.contains(openid));
        }
        self.openids.issue(openid, appid);
    }

    /// Closes an order that nobody paid.
    pub(crate) fn close(&mut self, id: OrderId) {
        if let Some(order) = self.orders.get_mut(id).filter(|order| order.state == TradeState::NotPay) {
            order.state = TradeState::Closed;
        }
    }

    /// When something happens next.
    pub(crate) fn next_due(&mut self) -> Option<Millis> {
        self.look_ahead();
        self.agenda.first()
    }

    /// The next order to which something happens by then, and when.
    pub(crate) fn take_due(&mut self, target: Millis) -> Option<(Millis, OrderId)> {
        self.look_ahead();
        self.agenda.take_until(target)
    }

    /// Reads more of the file's agenda when what was read of it has happened.
    fn look_ahead(&mut self) {
        while let Some(from) = self.agenda.wants_more() {
            let Some(db) = &self.orders.db else { return };
            let mut read = db.due_from(from, WINDOW);
            let horizon = if read.len() < WINDOW { None } else { read.pop() };
            // What is in memory may be newer than the file.
            read.retain(|(_, id)| self.orders.get(*id).is_none());
            let here = self.orders.iter().filter_map(|(id, order)| Some((order.due()?, id)));
            read.extend(here.filter(|due| horizon.is_none_or(|horizon| *due < horizon)));
            read.sort_unstable();
            self.agenda.widen(&read, horizon);
        }
    }

    /// Draws the consequences of whatever was changed: agenda, file, and what may leave memory.
    fn settle(&mut self) {
        for id in self.orders.take_touched() {
            let Some(order) = self.orders.get(id) else { continue };
            self.agenda.set(id, order.due());
            self.orders.save(id);
        }
        let db = &mut self.orders.db;
        self.openids.save(db.as_mut());
        self.oauth.save(db.as_mut());
        self.platform.save(db.as_mut());
        if db.is_some() {
            self.agenda.narrow();
        }
        while self.orders.len() > self.keep {
            let Some(id) = self.orders.next_to_leave() else { break };
            self.orders.forget(id);
            if self.orders.db.is_none() {
                self.agenda.set(id, None);
            }
        }
    }
}

/// The state, as long as nobody else has it. What was changed takes effect when it is released.
pub(crate) struct Guard<'a>(MutexGuard<'a, State>);

impl Deref for Guard<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl DerefMut for Guard<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.0
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.settle();
    }
}
