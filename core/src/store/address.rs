//! Stores by their addresses.

use std::sync::Arc;

use super::interface::Store;
use super::memory::MemoryStore;
#[cfg(feature = "redis")]
use super::redis::RedisStore;
#[cfg(feature = "sqlite")]
use super::sqlite::SqliteStore;
use crate::error::Error;
use crate::secret::Secret;

/// Where a client's store is.
#[derive(Clone)]
pub enum Place {
    /// An address for [`open`]. It may hold a password.
    Address(Secret),
    /// A store that is open.
    Object(Arc<dyn Store>),
}

impl Place {
    /// Whether it is the address of the memory of one process, which [`open`] makes anew each time.
    pub fn is_memory(&self) -> bool {
        matches!(self, Self::Address(address) if scheme_of(address.expose()) == MEMORY)
    }

    /// The store at this place.
    ///
    /// # Errors
    /// As [`open`].
    pub fn open(self) -> Result<Arc<dyn Store>, Error> {
        match self {
            Self::Address(address) => open(address.expose()),
            Self::Object(store) => Ok(store),
        }
    }
}

impl From<&str> for Place {
    fn from(address: &str) -> Self {
        Self::Address(Secret::new(address))
    }
}

impl From<String> for Place {
    fn from(address: String) -> Self {
        Self::Address(Secret::new(address))
    }
}

impl From<Secret> for Place {
    fn from(address: Secret) -> Self {
        Self::Address(address)
    }
}

impl From<Arc<dyn Store>> for Place {
    fn from(store: Arc<dyn Store>) -> Self {
        Self::Object(store)
    }
}

impl<S: Store + 'static> From<Arc<S>> for Place {
    fn from(store: Arc<S>) -> Self {
        Self::Object(store)
    }
}

const MEMORY: &str = "memory";

fn scheme_of(address: &str) -> &str {
    address.split(':').next().unwrap_or_default()
}

/// A store by its address: `memory:`, `sqlite:///var/lib/shop/wxpay.db` (`sqlite:wxpay.db` for a relative path),
/// `redis://host:6379/0`, or `rediss://` for TLS. Nothing is opened or connected before its first use.
///
/// # Errors
/// `Config` for an address of another kind, or of one that this build does not have.
pub fn open(address: &str) -> Result<Arc<dyn Store>, Error> {
    match scheme_of(address) {
        MEMORY => Ok(Arc::new(MemoryStore::default())),
        #[cfg(feature = "sqlite")]
        "sqlite" => Ok(Arc::new(SqliteStore::at_address(address)?)),
        #[cfg(feature = "redis")]
        "redis" | "rediss" | "redis+unix" | "unix" => Ok(Arc::new(RedisStore::at_address(address)?)),
        #[cfg(not(feature = "sqlite"))]
        "sqlite" => Err(Error::config("store", "needs the feature `sqlite` of the crate wxpaykit, which is off")),
        #[cfg(not(feature = "redis"))]
        "redis" | "rediss" | "redis+unix" | "unix" => {
            Err(Error::config("store", "needs the feature `redis` of the crate wxpaykit, which is off"))
        }
        _ => Err(Error::config("store", "must be memory:, sqlite:///a/file.db, redis://host/0 or rediss://host/0")),
    }
}
