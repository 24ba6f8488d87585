//! The data that clients share: tokens, and the state of each payment. A store keeps texts under keys, each until its time.
//!
//! Five operations, so that anything can be one: a map, a table, Redis, an object of the user's in Python or JavaScript.
//! All that several processes must agree on is decided by [`Store::add`] and [`Store::compare_and_set`].

mod address;
mod interface;
mod limited;
mod memory;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "redis")]
mod replies;
#[cfg(feature = "sqlite")]
mod sqlite;
mod unnamed;

pub use self::address::{Place, open};
pub use self::interface::{Store, StoreError, StoreFuture};
pub(crate) use self::limited::TimeLimited;
pub use self::memory::MemoryStore;
#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
#[cfg(feature = "sqlite")]
pub use self::sqlite::SqliteStore;
pub(crate) use self::unnamed::open as unnamed;
