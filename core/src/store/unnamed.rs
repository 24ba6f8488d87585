//! The store of a client that names none: a file of this user, which the processes of this machine share.

#[cfg(feature = "sqlite")]
use std::ffi::OsString;
#[cfg(feature = "sqlite")]
use std::path::PathBuf;
use std::sync::Arc;

use super::interface::{Store, StoreError, StoreFuture};
#[cfg(feature = "sqlite")]
use super::sqlite::SqliteStore;
use crate::secret::Secret;

/// The store of a merchant's client: `wxpaykit/<mch_id>.db` in `$XDG_STATE_HOME`, or in `~/.local/state`; on Windows in `%LOCALAPPDATA%`. It is
/// made when it is first used. Where it cannot be made, each operation fails with [`StoreError::unnamed`].
#[cfg(feature = "sqlite")]
pub(crate) fn open(mch_id: &str) -> Arc<dyn Store> {
    match path(mch_id, |name| std::env::var_os(name)) {
        Some(path) => Arc::new(SqliteStore::unnamed(path)),
        None => Arc::new(NoStore(if cfg!(windows) {
            "the default one needs LOCALAPPDATA, and the environment does not have it"
        } else {
            "the default one needs XDG_STATE_HOME or HOME, and the environment has neither"
        })),
    }
}

/// Without SQLite there is no default store.
#[cfg(not(feature = "sqlite"))]
pub(crate) fn open(_mch_id: &str) -> Arc<dyn Store> {
    Arc::new(NoStore("the default one needs the feature `sqlite` of the crate wxpaykit, which is off"))
}

#[cfg(feature = "sqlite")]
fn path(mch_id: &str, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    // The specification of these folders says that a relative path is to be ignored.
    let folder = |name: &str| variable(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let state = folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")));
    // The folder of Windows for what a program keeps on one machine.
    let state = state.or_else(|| folder("LOCALAPPDATA"))?;
    Some(state.join("wxpaykit").join(format!("{mch_id}.db")))
}

/// A store that is not there.
struct NoStore(&'static str);

impl NoStore {
    fn fail<T: Send + 'static>(&self) -> StoreFuture<'_, T> {
        Box::pin(std::future::ready(Err(StoreError::unnamed(self.0))))
    }
}

impl Store for NoStore {
    fn get<'a>(&'a self, _key: &'a str) -> StoreFuture<'a, Option<Secret>> {
        self.fail()
    }

    fn put<'a>(&'a self, _key: &'a str, _value: &'a Secret, _life: std::time::Duration) -> StoreFuture<'a, ()> {
        self.fail()
    }

    fn add<'a>(&'a self, _key: &'a str, _value: &'a Secret, _life: std::time::Duration) -> StoreFuture<'a, bool> {
        self.fail()
    }

    fn compare_and_set<'a>(
        &'a self,
        _key: &'a str,
        _old: &'a Secret,
        _new: &'a Secret,
        _life: std::time::Duration,
    ) -> StoreFuture<'a, bool> {
        self.fail()
    }

    fn delete<'a>(&'a self, _key: &'a str) -> StoreFuture<'a, ()> {
        self.fail()
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_in_the_users_state_folder() {
        let path = |pairs: &[(&str, &str)]| {
            let found = path("10000100", |name| pairs.iter().find(|(n, _)| *n == name).map(|(_, value)| value.into()));
            found.map(|path| path.display().to_string())
        };
        assert_eq!(path(&[("XDG_STATE_HOME", "/s"), ("HOME", "/h")]).unwrap(), "/s/wxpaykit/10000100.db");
        assert_eq!(path(&[("HOME", "/h")]).unwrap(), "/h/.local/state/wxpaykit/10000100.db");
        assert_eq!(path(&[("XDG_STATE_HOME", "s"), ("HOME", "/h")]).unwrap(), "/h/.local/state/wxpaykit/10000100.db");
        assert_eq!(path(&[("XDG_STATE_HOME", ""), ("HOME", "")]), None);
        assert_eq!(path(&[("LOCALAPPDATA", "/l")]).unwrap(), "/l/wxpaykit/10000100.db");
        assert_eq!(path(&[("HOME", "/h"), ("LOCALAPPDATA", "/l")]).unwrap(), "/h/.local/state/wxpaykit/10000100.db");
        assert_eq!(path(&[]), None);
    }
}
