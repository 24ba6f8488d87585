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
        if let Packing::Unknown(head) = &mut self.0 {
            head.extend_from_slice(bytes);
            if head.len() < GZIP.len() {
                return Ok(());
            }
            let head = std::mem::take(head);
            self.0 = match head.starts_with(GZIP) {
                true => Packing::Gzip(Box::new(GzDecoder::new(Vec::new()))),
                false => Packing::Plain,
            };
            return self.unpack(&head, take);
        }
        self.unpack(bytes, take)
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

    fn unpack(&mut self, mut bytes: &[u8], take: &mut impl FnMut(&[u8]) -> Result<(), Breach>) -> Result<(), Breach> {
        let Packing::Gzip(gzip) = &mut self.0 else { return take(bytes) };
        // One write unpacks 32 KiB at most.
        while !bytes.is_empty() {
            let read = gzip.write(bytes).map_err(|_| broken())?;
            take(gzip.get_ref())?;
            gzip.get_mut().clear();
            if read == 0 {
                // Nothing belongs after the end of the file.
                return if bytes.iter().all(|b| *b == 0) { Ok(()) } else { Err(broken()) };
            }
            bytes = bytes.get(read..).unwrap_or_default();
        }
        Ok(())
    }
}

fn broken() -> Breach {
    Breach::malformed("the gzip file is broken; download it again")
}

/// Reads a bill from its bytes, in pieces of any size.
#[derive(Default)]
pub struct Reader {
    unpacker: Unpacker,
    parser: Parser,
    hash: Option<Sha1>,
    read: u64,
}

impl Reader {
    /// Nothing read yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`Reader::new`], and computes the SHA-1 of the text, which WeChat sends with some bills.
    pub fn hashing() -> Self {
        Self { hash: Some(Sha1::new()), ..Self::default() }
    }

    /// Reads the next piece.
    ///
    /// # Errors
    /// A [`Breach`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Breach> {
        self.read += bytes.len() as u64;
        let Self { unpacker, parser, hash, .. } = self;
        unpacker.push(bytes, &mut |text| taken(parser, hash.as_mut(), text))
    }

    /// The bill has ended.
    ///
    /// # Errors
    /// `bill_incomplete` when its end is missing.
    pub fn finish(&mut self) -> Result<(), Breach> {
        let Self { unpacker, parser, hash, .. } = self;
        unpacker.finish(&mut |text| taken(parser, hash.as_mut(), text))?;
        self.parser.finish()
    }

    /// The next rows that are read.
    pub fn next_batch(&mut self) -> Option<Batch> {
        self.parser.next_batch()
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

    /// The SHA-1 of the text, in small hexadecimal digits, for [`Reader::hashing`].
    pub fn sha1(&self) -> Option<String> {
        self.hash.as_ref().map(|hash| hex(&hash.clone().finalize(), LOWER))
    }
}

fn taken(parser: &mut Parser, hash: Option<&mut Sha1>, text: &[u8]) -> Result<(), Breach> {
    if let Some(hash) = hash {
        hash.update(text);
    }
    parser.feed(text)
}
