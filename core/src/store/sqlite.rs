//! A store in a SQLite file, for the processes of one machine.
//!
//! Each operation opens the file anew. A connection must not be carried through fork: SQLite then believes in locks that
//! belong to the parent, and the one that closes last takes the log away from under the other. With nothing open between
//! operations there is nothing to carry, and a fork waits for those under way ([`crate::fork`]).

use std::fs::{DirBuilder, Metadata, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior, params};
use tracing::{Dispatch, dispatcher};

use super::interface::{Store, StoreError, StoreFuture};
use crate::error::Error;
use crate::fork;
use crate::secret::Secret;

/// A file that the processes of one machine share. Not for a network's file system: its locks are not to be relied on.
#[derive(Debug)]
pub struct SqliteStore(Arc<File>);

#[derive(Debug)]
struct File {
    path: PathBuf,
    /// Whether it is the store of a client that names none: its folder is made too, and an error says how to name another store.
    unnamed: bool,
    /// Whether this process has seen the table.
    prepared: AtomicBool,
}

/// How long an operation waits for another process's.
const PATIENCE: Duration = Duration::from_secs(5);

impl SqliteStore {
    /// A store in this file, which is made when it is first used: then it is its owner's alone (mode 0600). For several users
    /// of the machine, make an empty one with the rights that they need.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self::at(path.as_ref().to_owned(), false)
    }

    /// The store of a client that names none. Its folder is made when it is first used.
    pub(super) fn unnamed(path: PathBuf) -> Self {
        Self::at(path, true)
    }

    fn at(path: PathBuf, unnamed: bool) -> Self {
        Self(Arc::new(File { path, unnamed, prepared: AtomicBool::new(false) }))
    }

    /// `sqlite:///an/absolute/path`, or `sqlite:a/relative/path`.
    pub(super) fn at_address(address: &str) -> Result<Self, Error> {
        let path = address.strip_prefix("sqlite:").unwrap_or_default();
        // What stands between the second slash and the third is a host; a relative path there is a mistake.
        let (host, path) = match path.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            None => ("", path),
        };
        if !host.is_empty() || path.is_empty() || path.contains(['?', '#', '\0']) || path == ":memory:" {
            return Err(Error::config(
                "store",
                "needs a file: sqlite:///an/absolute/path.db (three slashes), or sqlite:relative.db",
            ));
        }
        Ok(Self::new(path))
    }

    /// Works on the file on a thread that may wait.
    fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> StoreFuture<'_, T> {
        let file = Arc::clone(&self.0);
        Box::pin(async move {
            // The file is looked at when it is opened first, and a warning about it goes where those of the call go.
            let warnings = (!file.prepared.load(Ordering::Relaxed)).then(|| dispatcher::get_default(Dispatch::clone));
            let done = tokio::task::spawn_blocking(move || {
                let _warnings = warnings.as_ref().map(dispatcher::set_default);
                // Until the connection is closed.
                let _work = fork::begin();
                let mut open = file.open()?;
                work(&mut open).map_err(|error| file.failed(error))
            });
            match done.await {
                Ok(result) => result,
                Err(error) => Err(StoreError::new("the SQLite store's thread ended").because(error)),
            }
        })
    }
}

impl File {
    fn open(&self) -> Result<Connection, StoreError> {
        // Without following a link: SQLite would make the file that a dangling one names, readable for others.
        match std::fs::symlink_metadata(&self.path) {
            Ok(found) if found.is_symlink() => {
                let path = self.path.display();
                return Err(StoreError::new(format!(
                    "the SQLite store {path} is a symbolic link; name the file itself"
                )));
            }
            Ok(found) => {
                if !self.prepared.load(Ordering::Relaxed) {
                    self.warn_if_readable(&found);
                }
            }
            // The file may have been removed. SQLite would make a new one, without the table and readable for others.
            Err(_) => {
                self.prepared.store(false, Ordering::Relaxed);
                self.create()?;
            }
        }
        self.connect().map_err(|error| self.failed(error))
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(self.real_path(), flags())?;
        connection.busy_timeout(PATIENCE)?;
        // The log stays when the last connection closes: to remove it costs more than the operation itself.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        // A ledger that forgets what was handed over after a power cut would hand it over again.
        connection.pragma_update(None, "synchronous", "FULL")?;
        if !self.prepared.load(Ordering::Relaxed) {
            prepare(&connection)?;
            self.prepared.store(true, Ordering::Relaxed);
        }
        Ok(connection)
    }

    /// The path with the links of its folder followed: SQLite refuses links in the folder too, and `/tmp` and `/var` are links on
    /// some systems.
    fn real_path(&self) -> PathBuf {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        match (folder.canonicalize(), self.path.file_name()) {
            (Ok(folder), Some(name)) => folder.join(name),
            _ => self.path.clone(),
        }
    }

    /// Makes an empty file that its owner alone may read, since tokens are in it. SQLite gives its log the same rights. Why a
    /// named file could not be made, SQLite says when it opens it.
    fn create(&self) -> Result<(), StoreError> {
        let made = self.folder().and_then(|()| {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            options.open(&self.path)
        });
        match made {
            Err(error) if self.unnamed && error.kind() != std::io::ErrorKind::AlreadyExists => {
                Err(self.unusable(&error).because(error))
            }
            _ => Ok(()),
        }
    }

    fn folder(&self) -> std::io::Result<()> {
        let Some(folder) = self.path.parent().filter(|_| self.unnamed) else { return Ok(()) };
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)
    }

    fn warn_if_readable(&self, _found: &Metadata) {
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&_found.permissions());
            if _found.is_file() && mode & 0o007 != 0 {
                let path = self.path.display();
                tracing::warn!(
                    "every user of this machine may open the store's file {path} (mode {:o}), which holds tokens: chmod o= {path}",
                    mode & 0o777
                );
            }
        }
    }

    fn failed(&self, error: rusqlite::Error) -> StoreError {
        let code = error.sqlite_error_code();
        if self.unnamed
            && matches!(code, Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied))
        {
            return self.unusable(&error).because(error);
        }
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let reason = match folder {
            Some(folder) if !folder.is_dir() => {
                format!("the SQLite store failed: there is no folder {}", folder.display())
            }
            _ => format!("the SQLite store failed: {error}"),
        };
        StoreError::new(reason).because(error)
    }

    fn unusable(&self, error: &dyn std::fmt::Display) -> StoreError {
        StoreError::unnamed(&format!("the default one, {}, cannot be used: {error}", self.path.display()))
    }
}

/// SQLite's own flags when it opens a file by its path alone, and no links.
fn flags() -> OpenFlags {
    OpenFlags::default().difference(OpenFlags::SQLITE_OPEN_URI).union(OpenFlags::SQLITE_OPEN_NOFOLLOW)
}

/// Makes the table. When several connections switch a new file to WAL at once, SQLite refuses all but one without waiting, because
/// they would wait for each other; so this tries again.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    let end = Instant::now() + PATIENCE;
    while let Err(error) = connection.pragma_update(None, "journal_mode", "WAL") {
        if error.sqlite_error_code() != Some(ErrorCode::DatabaseBusy) || Instant::now() > end {
            return Err(error);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS wxpaykit (key TEXT PRIMARY KEY, value TEXT NOT NULL, until INTEGER NOT NULL)
         WITHOUT ROWID;
         CREATE INDEX IF NOT EXISTS wxpaykit_until ON wxpaykit (until)",
    )
}

/// Milliseconds since 1970: all processes of a machine have the one clock.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn until(now: i64, life: Duration) -> i64 {
    now.saturating_add(i64::try_from(life.as_millis()).unwrap_or(i64::MAX))
}

fn read(connection: &Connection, key: &str, now: i64) -> rusqlite::Result<Option<Secret>> {
    connection
        .query_row("SELECT value FROM wxpaykit WHERE key = ? AND until > ?", params![key, now], |row| {
            row.get::<_, String>(0).map(Secret::new)
        })
        .optional()
}

fn write(connection: &Connection, key: &str, value: &Secret, now: i64, life: Duration) -> rusqlite::Result<()> {
    if life.is_zero() {
        connection.execute("DELETE FROM wxpaykit WHERE key = ?", [key])?;
        return Ok(());
    }
    connection.execute(
        "INSERT INTO wxpaykit (key, value, until) VALUES (?, ?, ?)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value, until = excluded.until",
        params![key, value.expose(), until(now, life)],
    )?;
    // A few expired entries, so that the file does not grow with the years.
    connection.execute(
        "DELETE FROM wxpaykit WHERE key IN (SELECT key FROM wxpaykit WHERE until <= ? ORDER BY until LIMIT 8)",
        [now],
    )?;
    Ok(())
}

/// Writes if `fits` accepts the current value; returns whether it wrote.
fn write_if(
    connection: &mut Connection,
    key: &str,
    value: &Secret,
    life: Duration,
    fits: impl FnOnce(Option<&Secret>) -> bool,
) -> rusqlite::Result<bool> {
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Read the clock after waiting for the lock: entries may have expired meanwhile.
    let now = now();
    let kept = read(&change, key, now)?;
    let fits = fits(kept.as_ref());
    if fits {
        write(&change, key, value, now, life)?;
    }
    change.commit()?;
    Ok(fits)
}

impl Store for SqliteStore {
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Secret>> {
        let key = key.to_owned();
        self.with(move |connection| read(connection, &key, now()))
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, ()> {
        let (key, value) = (key.to_owned(), value.clone());
        self.with(move |connection| write_if(connection, &key, &value, life, |_| true).map(drop))
    }

    fn add<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, bool> {
        let (key, value) = (key.to_owned(), value.clone());
        self.with(move |connection| write_if(connection, &key, &value, life, |kept| kept.is_none()))
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        old: &'a Secret,
        new: &'a Secret,
        life: Duration,
    ) -> StoreFuture<'a, bool> {
        let (key, old, new) = (key.to_owned(), old.clone(), new.clone());
        self.with(move |connection| write_if(connection, &key, &new, life, |kept| kept == Some(&old)))
    }

    fn delete<'a>(&'a self, key: &'a str) -> StoreFuture<'a, ()> {
        let key = key.to_owned();
        self.with(move |connection| connection.execute("DELETE FROM wxpaykit WHERE key = ?", [&key]).map(drop))
    }
}
