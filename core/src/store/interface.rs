//! The interface of stores: texts under keys, each until its time.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use crate::error::Error;
use crate::secret::Secret;

/// The result of a store's operation.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Texts under keys, each until its time. Keys are at most 200 ASCII characters; values may be secret.
///
/// Each operation is atomic: of two that happen at once, in whatever processes share the store, one comes first.
pub trait Store: Send + Sync {
    /// The text under `key`, while its time lasts.
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Secret>>;

    /// Keeps `value` under `key` for `life`, whatever was there.
    fn put<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, ()>;

    /// Keeps `value` under `key` for `life` if nothing is kept there; says whether it did.
    fn add<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, bool>;

    /// Keeps `new` under `key` for `life` if `old` is kept there; says whether it did. A life of zero forgets the key.
    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        old: &'a Secret,
        new: &'a Secret,
        life: Duration,
    ) -> StoreFuture<'a, bool>;

    /// Forgets what is kept under `key`.
    fn delete<'a>(&'a self, key: &'a str) -> StoreFuture<'a, ()>;
}

/// A store operation failed. It may still have taken effect.
#[derive(Debug)]
pub struct StoreError {
    reason: String,
    /// Whether no operation can succeed until a setting is changed.
    unusable: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl StoreError {
    /// One sentence without a secret: no address of a database with its password.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), unusable: false, source: None }
    }

    /// The client names no store, and the default one cannot be used: why, and how to name one. For the user of the client it is a
    /// `Config` error.
    pub(super) fn unnamed(why: &str) -> Self {
        let reason = format!(
            "is not set, and {why}. Set store (WXPAY_STORE) to sqlite:///a/file.db for the processes of one machine, to \
             redis://host/0 for several machines, or to memory: when one process alone serves the shop"
        );
        Self { unusable: true, ..Self::new(reason) }
    }

    /// Whether no operation can succeed until a setting is changed.
    pub(crate) fn is_unusable(&self) -> bool {
        self.unusable
    }

    /// With what the database said.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let made = if error.unusable { Self::config("store", error.reason) } else { Self::store(error.reason) };
        match error.source {
            Some(source) => made.because(source),
            None => made,
        }
    }
}
