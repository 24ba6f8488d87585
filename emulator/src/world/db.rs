//! The file of `--db`: everything that has to outlive the emulator, in SQLite.
//!
//! Reads run under the state's lock, on their own connection. Writes go to a thread that commits all waiting writes in
//! one transaction. No request is answered before its writes are committed, so every answer survives a kill of the
//! process. With `synchronous=NORMAL` a crash of the machine may lose the last transactions, but never damages the file.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, params};
use serde_json::Value;
use tokio::sync::watch;

use super::clock::Millis;
use super::due::Due;
use super::schema::{self, DbError};
use super::thing::{Thing, ThingId};

#[derive(Debug)]
pub(crate) struct Db {
    reader: Mutex<Connection>,
    queue: Mutex<Queue>,
    progress: watch::Receiver<Progress>,
    thread: Option<JoinHandle<()>>,
    /// Held while this emulator runs: a second one would answer from outdated memory.
    _lock: Mutex<Connection>,
}

/// Writes on their way to the writer.
#[derive(Debug)]
struct Queue {
    writer: Option<SyncSender<Batch>>,
    /// Writes that belong together: they are committed in one transaction.
    batch: Batch,
    /// The number of batches that were sent.
    sent: u64,
}

type Batch = Vec<Write>;

/// The writer's progress.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    /// The number of the last committed batch.
    pub(crate) committed: u64,
    /// The writer has stopped: nothing more is committed.
    pub(crate) failed: bool,
}

#[derive(Debug)]
enum Write {
    Thing { id: i64, kind: &'static str, mch_id: String, due: Option<Millis>, data: Vec<u8> },
    Name { kind: &'static str, name: String, id: i64, at: Millis },
    Kept { kind: &'static str, key: String, value: Option<String> },
}

/// A place in the file's agenda.
type Moment = (Millis, ThingId);

/// The number of batches that may be queued. When the queue is full, writers wait for the file.
const QUEUE: usize = 4096;

impl Db {
    /// Opens a file, or creates it.
    pub(crate) fn open(path: &Path) -> Result<Self, DbError> {
        create(path)?;
        let lock = lock(path)?;
        let mut connection = connect(path)?;
        schema::prepare(&mut connection)?;
        restrict(path);
        let reader = connect(path)?;
        reader.pragma_update(None, "query_only", true)?;
        let (writer, batches) = sync_channel(QUEUE);
        let (reached, progress) = watch::channel(Progress::default());
        let thread = std::thread::Builder::new()
            .name("emulator-db".to_owned())
            .spawn(move || write(connection, &batches, &reached))
            .map_err(|error| DbError::new(error.to_string()))?;
        Ok(Self {
            reader: Mutex::new(reader),
            queue: Mutex::new(Queue { writer: Some(writer), batch: Vec::new(), sent: 0 }),
            progress,
            thread: Some(thread),
            _lock: Mutex::new(lock),
        })
    }

    /// The number of the newest thing; 0 when there is none.
    pub(crate) fn newest(&self) -> u64 {
        let found = self.one("SELECT max(id) FROM things", (), |row| row.get::<_, Option<i64>>(0));
        found.flatten().and_then(|id| u64::try_from(id).ok()).unwrap_or_default()
    }

    pub(crate) fn read<T: Thing>(&self, id: ThingId) -> Option<T> {
        let sql = "SELECT data FROM things WHERE id = ?1 AND kind = ?2";
        let data = self.one(sql, params![key(id), T::KIND], |row| row.get::<_, Vec<u8>>(0))?;
        parse(id, &data)
    }

    /// The thing of a name, and when it got that name.
    pub(crate) fn named(&self, kind: &str, name: &str) -> Option<(ThingId, Millis)> {
        let sql = "SELECT id, at FROM names WHERE kind = ?1 AND name = ?2";
        self.one(sql, [kind, name], |row| Ok((thing_id(row)?, row.get(1)?)))
    }

    /// The things whose name begins with a text.
    pub(crate) fn named_from(&self, kind: &str, beginning: &str) -> Vec<ThingId> {
        // U+10FFFF is higher than every character of a name.
        let sql = "SELECT id FROM names WHERE kind = ?1 AND name >= ?2 AND name < ?2 || char(1114111)";
        self.all(sql, [kind, beginning], thing_id)
    }

    /// The newest things of a merchant, or of all, newest first.
    pub(crate) fn newest_of<T: Thing>(&self, mch_id: Option<&str>, limit: usize) -> Vec<(ThingId, T)> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql =
            "SELECT id, data FROM things WHERE kind = ?1 AND (?2 IS NULL OR mch_id = ?2) ORDER BY id DESC LIMIT ?3";
        let read = |row: &Row<'_>| Ok((thing_id(row)?, row.get::<_, Vec<u8>>(1)?));
        let rows = self.all(sql, params![T::KIND, mch_id, limit], read);
        rows.into_iter().filter_map(|(id, data)| Some((id, parse(id, &data)?))).collect()
    }

    /// At most `limit` things that are due from a time on, in the order of their times, and where to go on reading.
    pub(crate) fn due_from(&self, from: Moment, limit: usize) -> (Vec<(Millis, Due)>, Option<Moment>) {
        let rows = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql = "SELECT id, due, kind FROM things WHERE due IS NOT NULL AND (due, id) >= (?1, ?2)
                   ORDER BY due, id LIMIT ?3";
        let read = |row: &Row<'_>| Ok((thing_id(row)?, row.get(1)?, row.get::<_, String>(2)?));
        let mut found = self.all(sql, params![from.0, key(from.1), rows], read);
        let next = if found.len() < limit { None } else { found.pop() };
        let known = found.into_iter().filter_map(|(id, at, kind)| Some((at, Due::of_kind(&kind, id)?)));
        (known.collect(), next.map(|(id, at, _)| (at, id)))
    }

    /// All entries of a kind.
    pub(crate) fn kept(&self, kind: &str) -> Vec<(String, String)> {
        self.all("SELECT key, value FROM kept WHERE kind = ?1", [kind], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The last setting of the emulated clock.
    pub(crate) fn clock(&self) -> Option<Value> {
        self.kept("clock").pop().and_then(|(_, text)| serde_json::from_str(&text).ok())
    }

    /// Counts the starts of emulators on this file; returns the number of earlier ones.
    pub(crate) fn start(&self) -> u64 {
        let before = self.kept("starts").pop().and_then(|(_, text)| text.parse::<u64>().ok()).unwrap_or_default();
        self.keep("starts", "starts".to_owned(), Some((before + 1).to_string()));
        before
    }

    /// Adds an entry of a kind to the batch, or its removal.
    pub(crate) fn keep(&self, kind: &'static str, key: String, value: Option<String>) {
        self.queue().batch.push(Write::Kept { kind, key, value });
    }

    /// Adds a thing to the batch; returns the number of the batch.
    pub(crate) fn write<T: Thing>(&self, id: ThingId, thing: &T) -> u64 {
        let data = serde_json::to_vec(thing).unwrap_or_default();
        let (mch_id, due) = (thing.mch_id().to_owned(), thing.due_after_restart());
        let mut queue = self.queue();
        queue.batch.push(Write::Thing { id: key(id), kind: T::KIND, mch_id, due, data });
        queue.sent + 1
    }

    /// Adds a name to the batch.
    pub(crate) fn write_name(&self, kind: &'static str, name: String, id: ThingId, at: Millis) {
        self.queue().batch.push(Write::Name { kind, name, id: key(id), at });
    }

    /// Sends the batch to the writer.
    pub(crate) fn send(&self) {
        let mut queue = self.queue();
        if queue.batch.is_empty() {
            return;
        }
        queue.sent += 1;
        let batch = std::mem::take(&mut queue.batch);
        // A writer that has stopped has set `failed`, and no request is answered any more.
        if let Some(writer) = &queue.writer {
            let _ = writer.send(batch);
        }
    }

    /// The number of the last batch that was sent, and the writer's progress.
    pub(crate) fn pending(&self) -> (u64, watch::Receiver<Progress>) {
        (self.queue().sent, self.progress.clone())
    }

    pub(crate) fn committed(&self) -> u64 {
        self.progress.borrow().committed
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn one<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Option<T> {
        let found = self.reader().prepare_cached(sql).and_then(|mut query| query.query_row(params, read).optional());
        found.unwrap_or_else(|error| {
            warn(&error.to_string());
            None
        })
    }

    fn all<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Vec<T> {
        let found = self.reader().prepare_cached(sql).and_then(|mut query| query.query_map(params, read)?.collect());
        found.unwrap_or_else(|error| {
            warn(&error.to_string());
            Vec::new()
        })
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        // The writer ends when the queue closes; waiting for it commits everything that was sent.
        self.queue().writer = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Makes a new file and its lock, for their owner alone: they hold tokens and what customers bought. SQLite gives its other
/// files the mode of the file.
fn create(path: &Path) -> Result<(), DbError> {
    for file in [path.to_owned(), beside(path, "-lock")] {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&file) {
            // What a dangling link names would be made by SQLite, for all to read.
            Err(error) if error.kind() == ErrorKind::AlreadyExists && !file.exists() => {
                return Err(DbError::new(format!("{} is a link to a file that does not exist", file.display())));
            }
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(DbError::new(error.to_string())),
            _ => {}
        }
    }
    Ok(())
}

/// Takes the files of earlier versions away from other users.
#[cfg(unix)]
fn restrict(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    for file in ["", "-lock", "-wal", "-shm"].map(|end| beside(path, end)) {
        let open = std::fs::metadata(&file).is_ok_and(|found| found.permissions().mode() & 0o077 != 0);
        if open && std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).is_err() {
            warn(&format!("other users of this machine can read {}", file.display()));
        }
    }
}

#[cfg(not(unix))]
fn restrict(_: &Path) {}

/// The name of a file that belongs to the file.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn connect(path: &Path) -> Result<Connection, DbError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(2))?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// Locks `FILE-lock`. The system releases the lock however the emulator ends.
fn lock(path: &Path) -> Result<Connection, DbError> {
    let lock = Connection::open(beside(path, "-lock"))?;
    lock.busy_timeout(Duration::from_secs(2))?;
    lock.execute_batch("BEGIN EXCLUSIVE").map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy) => DbError::new("another emulator uses it"),
        _ => error.into(),
    })?;
    Ok(lock)
}

/// The writer's thread: commits all waiting batches in one transaction.
fn write(mut connection: Connection, batches: &Receiver<Batch>, reached: &watch::Sender<Progress>) {
    let mut committed = 0;
    while let Ok(first) = batches.recv() {
        let waiting = std::iter::once(first).chain(batches.try_iter().take(QUEUE));
        match commit(&mut connection, waiting) {
            Ok(count) => {
                committed += count;
                reached.send_replace(Progress { committed, failed: false });
            }
            Err(error) => {
                warn(&format!("cannot write, so no request is answered any more: {error}"));
                reached.send_replace(Progress { committed, failed: true });
                return;
            }
        }
    }
}

/// Commits batches; returns their number.
fn commit(connection: &mut Connection, batches: impl Iterator<Item = Batch>) -> rusqlite::Result<u64> {
    let transaction = connection.transaction()?;
    let mut count = 0;
    for batch in batches {
        for write in batch {
            write_one(&transaction, &write)?;
        }
        count += 1;
    }
    transaction.commit()?;
    Ok(count)
}

fn write_one(connection: &Connection, write: &Write) -> rusqlite::Result<usize> {
    match write {
        Write::Thing { id, kind, mch_id, due, data } => {
            let sql = "INSERT INTO things (id, kind, mch_id, due, data) VALUES (?1, ?2, ?3, ?4, ?5)
                       ON CONFLICT (id) DO UPDATE SET due = ?4, data = ?5";
            connection.prepare_cached(sql)?.execute(params![id, kind, mch_id, due, data])
        }
        Write::Name { kind, name, id, at } => {
            let sql = "INSERT OR IGNORE INTO names (kind, name, id, at) VALUES (?1, ?2, ?3, ?4)";
            connection.prepare_cached(sql)?.execute(params![kind, name, id, at])
        }
        Write::Kept { kind, key, value: Some(value) } => {
            let sql = "INSERT INTO kept VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = ?3";
            connection.prepare_cached(sql)?.execute(params![kind, key, value])
        }
        Write::Kept { kind, key, value: None } => {
            connection.prepare_cached("DELETE FROM kept WHERE kind = ?1 AND key = ?2")?.execute([kind, key.as_str()])
        }
    }
}

fn parse<T: Thing>(id: ThingId, data: &[u8]) -> Option<T> {
    serde_json::from_slice(data).map_err(|error| warn(&format!("{} {}: {error}", T::KIND, id.0))).ok()
}

fn thing_id(row: &Row<'_>) -> rusqlite::Result<ThingId> {
    row.get::<_, i64>(0).map(|id| ThingId(id.unsigned_abs()))
}

fn key(id: ThingId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}

fn warn(what: &str) {
    // If standard error is closed too, there is nowhere to report it.
    let _ = writeln!(std::io::stderr(), "wxpaykit-emulator: --db: {what}");
}
