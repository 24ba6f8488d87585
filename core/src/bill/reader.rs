//! The bytes of a bill as they are downloaded or stored: text, or a gzip file of it.

use std::io::Write;

use flate2::write::GzDecoder;
use sha1::{Digest, Sha1};

use super::batch::{Batch, Row};
use super::parser::{Breach, Parser};
use crate::crypto::digest::{LOWER, hex};

/// Unpacks a bill where its first bytes say that it is packed, whatever was asked for: a proxy may have unpacked it.
pub struct Unpacker(Packing);

enum Packing {
    /// Fewer than two bytes have come.
    Unknown(Vec<u8>),
    Plain,
    Gzip(Box<GzDecoder<Vec<u8>>>),
}

impl Default for Unpacker {
    fn default() -> Self {
        Self(Packing::Unknown(Vec::new()))
    }
}

/// The first bytes of a gzip file.
const GZIP: &[u8] = b"\x1f\x8b";

impl Unpacker {
    /// Hands the text in these bytes to `take`, in pieces of limited size.
    ///
    /// # Errors
    /// `bill_malformed` for a broken gzip file; those of `take`.
    pub fn push(&mut self, bytes: &[u8], take: &mut impl FnMut(&[u8]) -> Result<(), Breach>) -> Result<(), Breach> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let read = self.step(rest, take)?;
            rest = rest.get(read..).unwrap_or_default();
        }
        Ok(())
    }

    /// Reads the first of these bytes: of a gzip file as many as unpack to 32 KiB at most. Returns how many it read.
    fn step(&mut self, bytes: &[u8], take: &mut impl FnMut(&[u8]) -> Result<(), Breach>) -> Result<usize, Breach> {
        match &mut self.0 {
            Packing::Unknown(head) => {
                let (first, _) = bytes.split_at(GZIP.len().saturating_sub(head.len()).min(bytes.len()));
                head.extend_from_slice(first);
                if head.len() == GZIP.len() {
                    let head = std::mem::take(head);
                    self.0 = match head == GZIP {
                        true => Packing::Gzip(Box::new(GzDecoder::new(Vec::new()))),
                        false => Packing::Plain,
                    };
                    self.push(&head, take)?;
                }
                Ok(first.len())
            }
            Packing::Plain => take(bytes).map(|()| bytes.len()),
            Packing::Gzip(gzip) => {
                let read = gzip.write(bytes).map_err(|_| broken())?;
                take(gzip.get_ref())?;
                gzip.get_mut().clear();
                match read {
                    // Nothing belongs after the end of the file.
                    0 if bytes.iter().any(|b| *b != 0) => Err(broken()),
                    0 => Ok(bytes.len()),
                    read => Ok(read),
                }
            }
        }
    }

    /// The bytes have ended.
    ///
    /// # Errors
    /// `bill_incomplete` for a gzip file without its end; `bill_malformed` for one whose checksum differs; those of `take`.
    pub fn finish(&mut self, take: &mut impl FnMut(&[u8]) -> Result<(), Breach>) -> Result<(), Breach> {
        match &mut self.0 {
            Packing::Unknown(head) => take(head),
            Packing::Plain => Ok(()),
            Packing::Gzip(gzip) => {
                let ended = gzip.try_finish();
                take(gzip.get_ref())?;
                gzip.get_mut().clear();
                ended.map_err(|error| match error.kind() {
                    std::io::ErrorKind::UnexpectedEof => {
                        Breach::incomplete("the gzip file has no end: it was cut off; download it again")
                    }
                    _ => broken(),
                })
            }
        }
    }
}

fn broken() -> Breach {
    Breach::malformed("the gzip file is broken; download it again")
}

/// Reads a bill from its bytes, in pieces of any size.
///
/// A small gzip file may hold very much text. So a piece is unpacked only until there are rows; the rest of it waits until
/// [`Reader::next_batch`] has handed them out. Call that until it returns `None` before the next piece: the memory is bounded then.
#[derive(Default)]
pub struct Reader {
    unpacker: Unpacker,
    parser: Parser,
    hash: Option<Sha1>,
    read: u64,
    /// Bytes that wait, and how many of them are unpacked.
    packed: Vec<u8>,
    unpacked: usize,
    /// The text that was not handed out, for [`Reader::keep_text`].
    text: Option<Vec<u8>>,
    failure: Option<Breach>,
}

/// No more is unpacked while so much text waits.
const MAX_TEXT: usize = 1 << 16;

impl Reader {
    /// Nothing read yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`Reader::new`], and computes the SHA-1 of the text, which WeChat sends with some bills.
    pub fn hashing() -> Self {
        Self { hash: Some(Sha1::new()), ..Self::default() }
    }

    /// From now on keeps the text of the bill, for [`Reader::next_text`], instead of its rows.
    pub fn keep_text(&mut self) {
        self.text.get_or_insert_default();
    }

    /// Reads the next piece.
    ///
    /// # Errors
    /// A [`Breach`], of this piece or of an earlier one: nothing more is read after it.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Breach> {
        self.read += bytes.len() as u64;
        self.unpack_waiting(false)?;
        let read = if self.packed.is_empty() { self.unpack(bytes, false)? } else { 0 };
        self.packed.drain(..self.unpacked);
        self.unpacked = 0;
        self.packed.extend_from_slice(bytes.get(read..).unwrap_or_default());
        Ok(())
    }

    /// The bill has ended.
    ///
    /// # Errors
    /// `bill_incomplete` when its end is missing; a [`Breach`] of an earlier piece.
    pub fn finish(&mut self) -> Result<(), Breach> {
        self.unpack_waiting(true)?;
        let Self { unpacker, parser, hash, text, .. } = self;
        let ended = unpacker.finish(&mut |piece| taken(parser, hash.as_mut(), text.as_mut(), piece));
        let ended = ended.and_then(|()| self.parser.finish());
        self.keep_failure(ended)
    }

    /// The next rows that are read; `None` when more bytes are needed, or the rest cannot be read.
    pub fn next_batch(&mut self) -> Option<Batch> {
        if !self.parser.has_batch() {
            // `push` and `finish` return a breach.
            let _ = self.unpack_waiting(false);
        }
        self.parser.next_batch()
    }

    /// The next text, for [`Reader::keep_text`]; `None` when more bytes are needed, or the rest cannot be read.
    pub fn next_text(&mut self) -> Option<Vec<u8>> {
        if self.text.as_ref().is_some_and(Vec::is_empty) {
            let _ = self.unpack_waiting(false);
        }
        self.text.as_mut().map(std::mem::take).filter(|text| !text.is_empty())
    }

    /// Why no more can be read.
    pub fn failure(&self) -> Option<&Breach> {
        self.failure.as_ref()
    }

    /// The parser, for layout, totals and counts.
    pub fn parser(&self) -> &Parser {
        &self.parser
    }

    /// The totals, once the bill has ended.
    pub fn totals(&self) -> Option<&Row> {
        self.parser.totals()
    }

    /// How many bytes were read, packed as they are.
    pub fn bytes_read(&self) -> u64 {
        self.read
    }

    /// The SHA-1 of the text, in lower-case hexadecimal digits, for [`Reader::hashing`].
    pub fn sha1(&self) -> Option<String> {
        self.hash.as_ref().map(|hash| hex(&hash.clone().finalize(), LOWER))
    }

    fn unpack_waiting(&mut self, all: bool) -> Result<(), Breach> {
        if let Some(breach) = &self.failure {
            return Err(breach.clone());
        }
        let mut packed = std::mem::take(&mut self.packed);
        self.unpacked += self.unpack(packed.get(self.unpacked..).unwrap_or_default(), all)?;
        if self.unpacked >= packed.len() {
            packed.clear();
            self.unpacked = 0;
        }
        self.packed = packed;
        Ok(())
    }

    /// Unpacks these bytes; without `all` until there is something to hand out. Returns how many it read.
    fn unpack(&mut self, bytes: &[u8], all: bool) -> Result<usize, Breach> {
        let mut at = 0;
        while at < bytes.len() && (all || !self.is_full()) {
            let Self { unpacker, parser, hash, text, .. } = self;
            let rest = bytes.get(at..).unwrap_or_default();
            let read = unpacker.step(rest, &mut |piece| taken(parser, hash.as_mut(), text.as_mut(), piece));
            at += match read {
                Ok(read) => read,
                Err(breach) => return self.keep_failure(Err(breach)),
            };
        }
        Ok(at)
    }

    fn is_full(&self) -> bool {
        self.parser.has_batch() || self.text.as_ref().is_some_and(|text| text.len() >= MAX_TEXT)
    }

    fn keep_failure<T>(&mut self, read: Result<T, Breach>) -> Result<T, Breach> {
        self.failure = read.as_ref().err().cloned();
        read
    }
}

fn taken(parser: &mut Parser, hash: Option<&mut Sha1>, kept: Option<&mut Vec<u8>>, text: &[u8]) -> Result<(), Breach> {
    if let Some(hash) = hash {
        hash.update(text);
    }
    parser.feed(text)?;
    if let Some(kept) = kept {
        kept.extend_from_slice(text);
        // The rows are not needed.
        while parser.next_batch().is_some() {}
    }
    Ok(())
}
