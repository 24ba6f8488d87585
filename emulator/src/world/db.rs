//! The file of `--db`: everything that has to outlive the emulator, in SQLite.
//!
//! Reads run under the state's lock, on their own connection. Writes go to a thread that commits all waiting writes in
//! one transaction. No request is answered before its writes are committed, so every answer survives a kill of the
//! process. With `synchronous=NORMAL` a crash of the machine may lose the last transactions, but never damages the file.

use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, params};
use serde_json::Value;
use tokio::sync::watch;

use super::clock::Millis;
use super::order::{Order, OrderId};

#[derive(Debug)]
pub(crate) struct Db {
    reader: Connection,
    writer: Option<SyncSender<Write>>,
    sent: u64,
    progress: watch::Receiver<Progress>,
    thread: Option<JoinHandle<()>>,
    /// Held while this emulator runs: a second one would answer from outdated memory.
    _lock: Connection,
}

/// The writer's progress.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    /// The number of the last committed write.
    pub(crate) committed: u64,
    /// The writer has stopped: nothing more is committed.
    pub(crate) failed: bool,
}

#[derive(Debug)]
enum Write {
    Order { id: i64, row: Box<OrderRow> },
    Kept { kind: &'static str, key: String, value: Option<String> },
}

#[derive(Debug)]
struct OrderRow {
    mch_id: String,
    out_trade_no: String,
    transaction_id: Option<String>,
    due: Option<Millis>,
    ways: Vec<(String, Millis)>,
    data: Vec<u8>,
}

/// Why a file cannot be used.
#[derive(Debug)]
pub(crate) struct DbError(String);

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

/// "wxpk": SQLite's application_id of this program's files.
const APPLICATION: i32 = 0x7778_706b;
const VERSION: i32 = 1;

const SCHEMA: &str = "
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    mch_id TEXT NOT NULL,
    out_trade_no TEXT NOT NULL,
    transaction_id TEXT,
    due INTEGER,
    data BLOB NOT NULL
);
CREATE UNIQUE INDEX order_numbers ON orders (out_trade_no, mch_id);
CREATE UNIQUE INDEX order_transactions ON orders (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX orders_due ON orders (due, id) WHERE due IS NOT NULL;
CREATE TABLE ways (way TEXT PRIMARY KEY, id INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE kept (kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
";

/// Writes that may wait; beyond that, whoever writes waits for the file.
const QUEUE: usize = 4096;

impl Db {
    /// Opens a file, or creates it.
    pub(crate) fn open(path: &Path) -> Result<Self, DbError> {
        let lock = lock(path)?;
        let connection = connect(path)?;
        prepare(&connection)?;
        let reader = connect(path)?;
        reader.pragma_update(None, "query_only", true)?;
        let (writer, writes) = sync_channel(QUEUE);
        let (reached, progress) = watch::channel(Progress::default());
        let thread = std::thread::Builder::new()
            .name("emulator-db".to_owned())
            .spawn(move || write(connection, &writes, &reached))
            .map_err(|error| DbError(error.to_string()))?;
        Ok(Self { reader, writer: Some(writer), sent: 0, progress, thread: Some(thread), _lock: lock })
    }

    /// The number of the newest order; 0 when there is none.
    pub(crate) fn newest(&self) -> u64 {
        let found = self.one("SELECT max(id) FROM orders", (), |row| row.get::<_, Option<i64>>(0));
        found.flatten().and_then(|id| u64::try_from(id).ok()).unwrap_or_default()
    }

    pub(crate) fn order(&self, id: OrderId) -> Option<Order> {
        let data = self.one("SELECT data FROM orders WHERE id = ?1", [key(id)], |row| row.get::<_, Vec<u8>>(0))?;
        serde_json::from_slice(&data).map_err(|error| warn(&format!("order {}: {error}", id.0))).ok()
    }

    pub(crate) fn by_number(&self, mch_id: &str, out_trade_no: &str) -> Option<OrderId> {
        let sql = "SELECT id FROM orders WHERE out_trade_no = ?1 AND mch_id = ?2";
        self.one(sql, [out_trade_no, mch_id], order_id)
    }

    pub(crate) fn with_number(&self, out_trade_no: &str) -> Vec<OrderId> {
        self.all("SELECT id FROM orders WHERE out_trade_no = ?1", [out_trade_no], order_id)
    }

    pub(crate) fn by_transaction(&self, transaction_id: &str) -> Option<OrderId> {
        self.one("SELECT id FROM orders WHERE transaction_id = ?1", [transaction_id], order_id)
    }

    pub(crate) fn by_way(&self, way: &str) -> Option<(OrderId, Millis)> {
        self.one("SELECT id, at FROM ways WHERE way = ?1", [way], |row| Ok((order_id(row)?, row.get(1)?)))
    }

    /// The newest orders of a merchant, or of all, newest first, older than `before`.
    pub(crate) fn older(&self, before: OrderId, mch_id: Option<&str>, limit: usize) -> Vec<(OrderId, Order)> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql = "SELECT id, data FROM orders WHERE id < ?1 AND (?2 IS NULL OR mch_id = ?2) ORDER BY id DESC LIMIT ?3";
        let read = |row: &Row<'_>| Ok((order_id(row)?, row.get::<_, Vec<u8>>(1)?));
        let rows = self.all(sql, params![key(before), mch_id, limit], read);
        rows.into_iter().filter_map(|(id, data)| Some((id, serde_json::from_slice(&data).ok()?))).collect()
    }

    /// The orders that are due from a time on, in order of time.
    pub(crate) fn due_from(&self, from: (Millis, OrderId), limit: usize) -> Vec<(Millis, OrderId)> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql =
            "SELECT due, id FROM orders WHERE due IS NOT NULL AND (due, id) >= (?1, ?2) ORDER BY due, id LIMIT ?3";
        let read = |row: &Row<'_>| Ok((row.get(0)?, OrderId(row.get::<_, i64>(1)?.unsigned_abs())));
        self.all(sql, params![from.0, key(from.1), limit], read)
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
    pub(crate) fn start(&mut self) -> u64 {
        let before = self.kept("starts").pop().and_then(|(_, text)| text.parse::<u64>().ok()).unwrap_or_default();
        self.keep("starts", "starts".to_owned(), Some((before + 1).to_string()));
        before
    }

    pub(crate) fn keep(&mut self, kind: &'static str, key: String, value: Option<String>) {
        self.send(Write::Kept { kind, key, value });
    }

    /// Sends an order to the writer; returns the number of the write.
    pub(crate) fn write(&mut self, id: OrderId, order: &Order) -> u64 {
        let data = serde_json::to_vec(order).unwrap_or_default();
        let row = OrderRow {
            mch_id: order.mch_id().to_owned(),
            out_trade_no: order.out_trade_no().to_owned(),
            transaction_id: order.payment.as_ref().map(|payment| payment.transaction_id.clone()),
            due: order.due_after_restart(),
            ways: order.ways.clone(),
            data,
        };
        self.send(Write::Order { id: key(id), row: Box::new(row) })
    }

    /// The number of the last write that was sent, and the writer's progress.
    pub(crate) fn pending(&self) -> (u64, watch::Receiver<Progress>) {
        (self.sent, self.progress.clone())
    }

    pub(crate) fn committed(&self) -> u64 {
        self.progress.borrow().committed
    }

    fn send(&mut self, write: Write) -> u64 {
        self.sent += 1;
        // A writer that has stopped has set `failed`, and no request is answered any more.
        if let Some(writer) = &self.writer {
            let _ = writer.send(write);
        }
        self.sent
    }

    fn one<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Option<T> {
        let found = self.reader.prepare_cached(sql).and_then(|mut query| query.query_row(params, read).optional());
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
        let found = self.reader.prepare_cached(sql).and_then(|mut query| query.query_map(params, read)?.collect());
        found.unwrap_or_else(|error| {
            warn(&error.to_string());
            Vec::new()
        })
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        // The writer ends when the queue closes; waiting for it commits everything that was sent.
        self.writer = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
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
    let mut name = path.as_os_str().to_owned();
    name.push("-lock");
    let lock = Connection::open(Path::new(&name))?;
    lock.busy_timeout(Duration::from_secs(2))?;
    lock.execute_batch("BEGIN EXCLUSIVE").map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy) => DbError("another emulator uses it".to_owned()),
        _ => error.into(),
    })?;
    Ok(lock)
}

fn prepare(connection: &Connection) -> Result<(), DbError> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    if tables > 0 && application != APPLICATION {
        return Err(DbError("it is another program's file".to_owned()));
    }
    if tables > 0 && version != VERSION {
        return Err(DbError(format!("it was written by another version of the emulator (format {version})")));
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    if tables == 0 {
        let fresh =
            format!("BEGIN; {SCHEMA} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION}; COMMIT;");
        connection.execute_batch(&fresh)?;
    }
    Ok(())
}

/// The writer's thread: commits all waiting writes in one transaction.
fn write(mut connection: Connection, writes: &Receiver<Write>, reached: &watch::Sender<Progress>) {
    let mut committed = 0;
    while let Ok(first) = writes.recv() {
        let batch = std::iter::once(first).chain(writes.try_iter().take(QUEUE));
        match commit(&mut connection, batch) {
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

fn commit(connection: &mut Connection, batch: impl Iterator<Item = Write>) -> rusqlite::Result<u64> {
    let transaction = connection.transaction()?;
    let mut count = 0;
    for write in batch {
        match write {
            Write::Order { id, row } => write_order(&transaction, id, &row)?,
            Write::Kept { kind, key, value: Some(value) } => {
                let sql = "INSERT INTO kept VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = ?3";
                transaction.prepare_cached(sql)?.execute(params![kind, key, value])?;
            }
            Write::Kept { kind, key, value: None } => {
                transaction.prepare_cached("DELETE FROM kept WHERE kind = ?1 AND key = ?2")?.execute([kind, &key])?;
            }
        }
        count += 1;
    }
    transaction.commit()?;
    Ok(count)
}

fn write_order(connection: &Connection, id: i64, row: &OrderRow) -> rusqlite::Result<()> {
    let sql = "INSERT INTO orders VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT (id) DO UPDATE SET transaction_id = ?4, due = ?5, data = ?6";
    let values = params![id, row.mch_id, row.out_trade_no, row.transaction_id, row.due, row.data];
    connection.prepare_cached(sql)?.execute(values)?;
    let mut way_of = connection.prepare_cached("INSERT OR IGNORE INTO ways VALUES (?1, ?2, ?3)")?;
    for (way, at) in &row.ways {
        way_of.execute(params![way, id, at])?;
    }
    Ok(())
}

fn order_id(row: &Row<'_>) -> rusqlite::Result<OrderId> {
    row.get::<_, i64>(0).map(|id| OrderId(id.unsigned_abs()))
}

fn key(id: OrderId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}

fn warn(what: &str) {
    // If standard error is closed too, there is nowhere to report it.
    let _ = writeln!(std::io::stderr(), "wxpaykit-emulator: --db: {what}");
}
