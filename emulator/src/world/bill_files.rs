//! The files of bills and receipts that can be downloaded for a while, by the token in their address. They end with the emulator.

use std::collections::VecDeque;
use std::sync::Arc;

use super::clock::Millis;

/// A bill or a receipt that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct BillFile {
    pub(crate) mch_id: String,
    pub(crate) content: Arc<[u8]>,
    /// Whether it is sent as a gzip file.
    pub(crate) packed: bool,
    /// When its address ends.
    pub(crate) ends: Millis,
}

#[derive(Debug, Default)]
pub(crate) struct BillFiles(VecDeque<(String, BillFile)>);

/// Upper bound; the oldest goes first.
const MOST: usize = 32;

impl BillFiles {
    pub(crate) fn add(&mut self, token: String, file: BillFile) {
        self.0.push_back((token, file));
        if self.0.len() > MOST {
            self.0.pop_front();
        }
    }

    /// A file whose time is not over.
    pub(crate) fn get(&self, token: &str, now: Millis) -> Option<BillFile> {
        let (_, file) = self.0.iter().find(|(known, _)| known == token)?;
        (now < file.ends).then(|| file.clone())
    }
}
