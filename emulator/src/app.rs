//! The parts of an emulator that all request handlers share.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use tokio::sync::RwLock;
use wxpaykit::Secret;

use crate::config::Config;
use crate::faults::{Endpoint, Faults};
use crate::journal::Journal;
use crate::live::Live;
use crate::world::authority::Certificates;
use crate::world::clock::Clock;
use crate::world::db::Db;
use crate::world::ids::Ids;
use crate::world::merchant::MerchantError;
use crate::world::platform_keys::PlatformKeys;
use crate::world::random::{mix, random};
use crate::world::registry::Registry;
use crate::world::schema::DbError;
use crate::world::state::{Guard, Shared};

#[derive(Debug)]
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) registry: Registry,
    /// The certificates of the merchants, and the authority that signs them.
    pub(crate) certificates: Certificates,
    /// The keys that sign replies and notifications of APIv3.
    pub(crate) platform_keys: PlatformKeys,
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    pub(crate) journal: Journal,
    pub(crate) live: Arc<Live>,
    pub(crate) faults: Faults,
    /// The token that the control API and the pages require, if any.
    pub(crate) token: Option<Secret>,
    /// Read by jobs that run as time passes, written by a request that moves the clock. The number of readers is limited,
    /// so that a thousand payments at once do not open a thousand connections to one shop.
    pub(crate) running: Arc<RwLock<()>>,
    /// The address for browsers on this machine, once the emulator listens.
    url: OnceLock<String>,
    state: Shared,
    db: Option<Arc<Db>>,
}

/// Why an emulator cannot be made.
#[derive(Debug)]
pub(crate) enum SetupError {
    Merchant(MerchantError),
    Db(DbError),
    Keys(String),
}

impl App {
    /// `endpoints` are the paths that faults can be bound to.
    pub(crate) fn new(config: Config, token: Option<Secret>, endpoints: Vec<Endpoint>) -> Result<Self, SetupError> {
        let registry = Registry::new(&config.merchants).map_err(SetupError::Merchant)?;
        let db = config.db.as_deref().map(Db::open).transpose().map_err(SetupError::Db)?.map(Arc::new);
        let dir = config.tls.as_ref().and_then(|tls| tls.dir.clone());
        let certificates = Certificates::open(dir, db.clone()).map_err(SetupError::Keys)?;
        let platform_keys = PlatformKeys::read().map_err(|error| SetupError::Keys(error.to_string()))?;
        let clock = Clock::new(config.frozen_clock, db.as_deref().and_then(Db::clock));
        // A seed repeats a run, but must not repeat the numbers that earlier runs stored in a file.
        let seed = config.seed.map(|seed| seed ^ mix(db.as_deref().map_or(0, Db::start)));
        let state = Shared::new(db.clone(), config.keep.max(1));
        let live = Arc::new(Live::default());
        Ok(Self {
            registry,
            certificates,
            platform_keys,
            clock,
            ids: Ids::new(seed),
            journal: Journal::new(config.keep, config.language, Arc::clone(&live)),
            live,
            token,
            faults: Faults::new(config.seed.unwrap_or_else(random), endpoints),
            running: Arc::new(RwLock::with_max_readers((), 64)),
            url: OnceLock::new(),
            state,
            db,
            config,
        })
    }

    /// Sets the address at which the emulator listens.
    pub(crate) fn listens(&self, mut address: SocketAddr) {
        // A browser cannot open 0.0.0.0.
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
        self.state.lock()
    }

    /// Waits until all changes so far are committed to the file, if there is one. `false` when the file has failed.
    pub(crate) async fn saved(&self) -> bool {
        let Some((sent, mut progress)) = self.db.as_deref().map(Db::pending) else { return true };
        let reached = progress.wait_for(|progress| progress.failed || progress.committed >= sent).await;
        reached.is_ok_and(|progress| progress.committed >= sent)
    }

    /// Writes the clock's setting to the file.
    pub(crate) fn save_clock(&self) {
        let set = self.clock.to_json();
        // Under the lock, whose release sends it to the file.
        let _state = self.state();
        if let Some(db) = &self.db {
            db.keep("clock", "clock".to_owned(), Some(set.to_string()));
        }
    }
}
