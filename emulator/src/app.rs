//! What every request handler shares.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::RwLock;

use crate::agenda::Agenda;
use crate::clock::Clock;
use crate::config::Config;
use crate::ids::Ids;
use crate::journal::Journal;
use crate::jssdk::Pages;
use crate::live::Live;
use crate::merchant::{MerchantError, Registry};
use crate::oauth::OAuth;
use crate::order::{OrderId, Orders, TradeState};
use crate::platform::Platform;

#[derive(Debug)]
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) registry: Registry,
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    pub(crate) journal: Journal,
    pub(crate) live: Arc<Live>,
    /// Read by jobs that run as time passes, written by whoever moves the clock. Its readers are counted, so that a
    /// thousand payments at once do not open a thousand connections to one shop.
    pub(crate) running: Arc<RwLock<()>>,
    /// Where a browser on this machine reaches it, once it listens.
    url: OnceLock<String>,
    state: Mutex<State>,
}

/// Everything that changes, behind one lock. Whoever holds it neither waits nor signs.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) orders: Orders,
    pub(crate) agenda: Agenda,
    /// Openids handed out by OAuth, and the appid each belongs to.
    pub(crate) openids: HashMap<String, String>,
    pub(crate) oauth: OAuth,
    pub(crate) platform: Platform,
    pub(crate) pages: Pages,
}

impl App {
    pub(crate) fn new(config: Config) -> Result<Self, MerchantError> {
        let live = Arc::new(Live::default());
        Ok(Self {
            registry: Registry::new(&config.merchants)?,
            clock: Clock::new(config.frozen_clock),
            ids: Ids::default(),
            journal: Journal::new(config.keep, Arc::clone(&live)),
            live,
            running: Arc::new(RwLock::with_max_readers((), 64)),
            url: OnceLock::new(),
            state: Mutex::default(),
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

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Closes an order that nobody paid.
    pub(crate) fn close(&mut self, id: OrderId) {
        let Some(order) = self.orders.get_mut(id).filter(|order| order.state == TradeState::NotPay) else { return };
        order.state = TradeState::Closed;
        if let Some(closing) = order.closing.take() {
            self.agenda.remove(closing);
        }
    }
}
