//! The format of the `--db` file, and how files of earlier formats are brought up to date.

use std::fmt;

use rusqlite::Connection;

/// Why a file cannot be used.
#[derive(Debug)]
pub(crate) struct DbError(String);

impl DbError {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

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
/// The format that this emulator writes: SQLite's user_version.
const VERSION: i32 = 4;

/// `things` holds everything with a due time, of any kind; `names` the texts that find a thing; `kept` everything else.
const TABLES: &str = "
CREATE TABLE things (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    mch_id TEXT NOT NULL,
    due INTEGER,
    data BLOB NOT NULL
);
CREATE INDEX things_due ON things (due, id, kind) WHERE due IS NOT NULL;
CREATE TABLE names (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;
";

const KEPT: &str = "
CREATE TABLE kept (kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
";

/// Format 1 had a table for orders, and one for the identifiers of their cashiers.
const FROM_1: &str = "
INSERT INTO things (id, kind, mch_id, due, data) SELECT id, 'order', mch_id, due, data FROM orders ORDER BY id;
INSERT OR IGNORE INTO names (kind, name, id, at)
    SELECT 'order', 'N' || out_trade_no || '/' || mch_id, id, 0 FROM orders
    UNION ALL SELECT 'order', 'T' || transaction_id, id, 0 FROM orders WHERE transaction_id IS NOT NULL
    UNION ALL SELECT 'order', 'W' || way, id, at FROM ways
    ORDER BY 2;
DROP TABLE orders;
DROP TABLE ways;
";

/// Makes the tables of a new file, or brings those of an earlier format up to date, in one transaction.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), DbError> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    if tables > 0 && application != APPLICATION {
        return Err(DbError::new("it is another program's file"));
    }
    let changes = match version {
        _ if tables == 0 => Some(format!("{TABLES}{KEPT}")),
        VERSION => None,
        // Formats 3 and 4 have the same tables. Emulators that know format 2 alone would drop the refunds of an order that they
        // change, and those that know format 3 alone what APIv3 keeps of it.
        2 | 3 => Some(String::new()),
        1 => Some(format!("{TABLES}{FROM_1}")),
        _ => {
            return Err(DbError::new(format!(
                "it has format {version}, and this emulator knows formats 1 to {VERSION}: use a newer emulator, or \
                 another file"
            )));
        }
    };
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    if let Some(changes) = changes {
        let transaction = connection.transaction()?;
        transaction.execute_batch(&changes)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
    }
    Ok(())
}
