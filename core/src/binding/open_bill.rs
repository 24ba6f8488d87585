//! A bill, or another file, that the calls of a binding read, one at a time.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crate::bill::{Batch, Layout, Row};
use crate::client::{Bill, BillText, V3File};
use crate::error::Error;
use crate::v3::download::DOWNLOAD;

/// A bill that is read by jobs, one at a time. A file of `v3.download` is read as the text of a bill is.
#[derive(Debug)]
pub struct OpenBill {
    pub(super) endpoint: &'static str,
    source: tokio::sync::Mutex<Source>,
    read: AtomicU64,
    layout: OnceLock<Arc<Layout>>,
    totals: OnceLock<Row>,
    /// It is not read any further.
    closed: AtomicBool,
}

/// The part of a bill that is read.
#[derive(Debug)]
enum Source {
    Rows(Bill),
    Text(BillText),
    File(Box<V3File>),
    /// Between the two, or closed.
    None,
}

impl OpenBill {
    pub(super) fn new(endpoint: &'static str, bill: Bill) -> Self {
        Self::reading(endpoint, Source::Rows(bill))
    }

    /// A file that is no bill.
    pub(super) fn of_file(file: V3File) -> Self {
        Self::reading(DOWNLOAD, Source::File(Box::new(file)))
    }

    fn reading(endpoint: &'static str, source: Source) -> Self {
        let source = tokio::sync::Mutex::new(source);
        let (layout, totals) = (OnceLock::new(), OnceLock::new());
        Self { endpoint, source, read: AtomicU64::new(0), layout, totals, closed: AtomicBool::new(false) }
    }

    /// How many bytes were received so far.
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// The columns, after the first rows.
    pub fn layout(&self) -> Option<&Arc<Layout>> {
        self.layout.get()
    }

    /// The totals, after the last row.
    pub fn totals(&self) -> Option<&Row> {
        self.totals.get()
    }

    /// Ends the download and its connection. A read that is on its way ends first. Later reads are errors.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.let_go();
    }

    pub(super) async fn rows(&self) -> Result<Option<Arc<Batch>>, Error> {
        let _closing = ReadGuard(self);
        let mut source = self.source.lock().await;
        let bill = match &mut *source {
            Source::Rows(bill) => bill,
            Source::Text(_) => return Err(self.misused("its text is being read")),
            Source::File(_) => return Err(Error::invalid("file", "has no rows").at(self.endpoint)),
            Source::None => return Err(self.misused("it was closed")),
        };
        let rows = bill.next_batch().await?;
        self.read.store(bill.bytes_read(), Ordering::Relaxed);
        if let Some(layout) = bill.layout() {
            let _ = self.layout.set(Arc::clone(layout));
        }
        self.keep_totals(rows.is_none(), bill.totals());
        Ok(rows)
    }

    pub(super) async fn text(&self) -> Result<Option<Vec<u8>>, Error> {
        let _closing = ReadGuard(self);
        let mut source = self.source.lock().await;
        *source = match std::mem::replace(&mut *source, Source::None) {
            Source::Rows(bill) if bill.bytes_read() > 0 => {
                *source = Source::Rows(bill);
                return Err(self.misused("its rows are being read"));
            }
            Source::Rows(bill) => Source::Text(bill.into_text()),
            other => other,
        };
        let text = match &mut *source {
            Source::Text(text) => text,
            Source::File(file) => {
                let piece = file.next().await?;
                self.read.store(file.bytes_read(), Ordering::Relaxed);
                return Ok(piece.map(Vec::from));
            }
            _ => return Err(self.misused("it was closed")),
        };
        let piece = text.next().await?;
        self.read.store(text.bytes_read(), Ordering::Relaxed);
        self.keep_totals(piece.is_none(), text.totals());
        Ok(piece)
    }

    fn keep_totals(&self, ended: bool, totals: Option<&Row>) {
        if let (true, Some(totals)) = (ended, totals) {
            let _ = self.totals.set(totals.clone());
        }
    }

    /// Closes the connection of a closed bill. While a read has the lock, that read does it at its end.
    fn let_go(&self) {
        if self.closed.load(Ordering::SeqCst)
            && let Ok(mut source) = self.source.try_lock()
        {
            *source = Source::None;
        }
    }

    fn misused(&self, why: &str) -> Error {
        let rule = format!("is read once, and {why}: download it again, or save it and read the file");
        Error::invalid(if self.endpoint == DOWNLOAD { "file" } else { "bill" }, rule).at(self.endpoint)
    }
}

/// Runs at the end of a read, also of one that was cancelled, after it has given the lock back.
struct ReadGuard<'a>(&'a OpenBill);

impl Drop for ReadGuard<'_> {
    fn drop(&mut self) {
        self.0.let_go();
    }
}
