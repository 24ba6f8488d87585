//! Files of APIv3, piece by piece: a download of any length in bounded memory, its hash checked at the end.

use std::fmt;
use std::path::Path;

use bytes::Bytes;

use super::attempts::{RawReply, failed};
use super::inner::WxPay;
use super::part_file::PartFile;
use super::v3::tokens;
use crate::error::{Error, Retry};
use crate::transport::Body;
use crate::v3::Headers;
use crate::v3::download::{DOWNLOAD, Hasher, Stated, signed_hash};
use crate::v3::verify::verify_reply;

/// A file that is being downloaded. It is read once.
///
/// ```no_run
/// # async fn receipt(pay: &wxpaykit::WxPay, download: wxpaykit::v3::Download) -> Result<(), wxpaykit::Error> {
/// let mut file = pay.v3().download_stream(&download).await?;
/// while let Some(piece) = file.next().await? {
///     println!("{} bytes", piece.len());
/// }
/// // Or into a file, which appears under its name once it is whole:
/// pay.v3().download_stream(&download).await?.save("receipt.pdf", |_| {}).await?;
/// # Ok(())
/// # }
/// ```
///
/// The connection is open until the file was read to its end, or is dropped.
pub struct V3File {
    pay: WxPay,
    path: String,
    head: Option<Bytes>,
    body: Body,
    proofs: Vec<Proof>,
    read: u64,
    size: Option<u64>,
    ended: bool,
    /// What ended the file too early. It is returned again, so that no later read looks like the end.
    failure: Option<Error>,
}

/// What shows at the end that a file is whole and WeChat Pay's.
pub(super) enum Proof {
    /// Its hash, of a signed reply.
    Hash(Stated, Hasher),
    /// The signature of its SHA-1, and when it came, in seconds since 1970: a long file takes longer than a signature is fresh.
    SignedHash(Headers, i64, Hasher),
}

impl V3File {
    /// A file that arrives.
    pub(super) fn arriving(pay: &WxPay, path: &str, received: &mut RawReply, proofs: Vec<Proof>) -> Self {
        let head = std::mem::take(&mut received.body);
        let body = received.rest.take().unwrap_or_default();
        let size = http_body::Body::size_hint(&body).exact().map(|rest| head.len() as u64 + rest);
        Self { size, proofs, ..Self::of(pay, path, head, body) }
    }

    /// A file that is here, and was checked.
    pub(super) fn whole(pay: &WxPay, path: &str, file: Bytes) -> Self {
        Self { size: Some(file.len() as u64), ..Self::of(pay, path, file, Body::default()) }
    }

    fn of(pay: &WxPay, path: &str, head: Bytes, body: Body) -> Self {
        let (pay, path, head) = (pay.clone(), path.to_owned(), Some(head));
        Self { pay, path, head, body, proofs: Vec::new(), read: 0, size: None, ended: false, failure: None }
    }

    /// The next piece; `None` at the end of the file, which is whole then.
    ///
    /// # Errors
    /// `Transport` when it breaks off, or a piece takes longer than the client's `timeout`. `Signature` at the end when the file has another hash
    /// (`file_hash_mismatch`), or its hash another signature: do not use the pieces before it.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        if let Some(failure) = &self.failure {
            return Err(failure.copy());
        }
        let read = match self.piece().await {
            Ok(None) if !self.ended => {
                self.ended = true;
                self.prove().map(|()| None)
            }
            read => read,
        };
        if let Err(error) = &read {
            self.failure = Some(error.copy());
            self.body = Body::default();
        }
        read
    }

    /// How many bytes were received so far.
    pub fn bytes_read(&self) -> u64 {
        self.read
    }

    /// How many bytes the whole file has; `None` where WeChat does not send its length.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// Writes the file to `path`. `progress` is called with the bytes received so far. The file appears under its name once it is whole; a
    /// file of that name is replaced. Until then it has another name beside it, which ends with `.part`.
    ///
    /// # Errors
    /// As [`V3File::next`]; `InvalidRequest` with the field `path` when the file cannot be written, and with the field `file` when pieces of
    /// it were read already. Nothing is left behind.
    pub async fn save(mut self, path: impl AsRef<Path>, mut progress: impl FnMut(u64)) -> Result<(), Error> {
        if self.read > 0 {
            let rule = "was read in part already: download it again, and read nothing of it before this call";
            return Err(Error::invalid("file", rule).at(DOWNLOAD));
        }
        let mut part = PartFile::create(path.as_ref(), DOWNLOAD)?;
        while let Some(piece) = self.next().await? {
            progress(self.bytes_read());
            part.write(&piece)?;
        }
        part.finish().await
    }

    async fn piece(&mut self) -> Result<Option<Bytes>, Error> {
        let piece = match self.head.take() {
            Some(head) => Some(head),
            None => self.body.chunk().await.map_err(|failure| {
                let secrets = tokens(&self.path);
                let error = failed(failure, DOWNLOAD, Retry::SameRequest);
                error.masked(&|text| self.pay.merchant().masked(text, &secrets))
            })?,
        };
        if let Some(piece) = &piece {
            self.read = self.read.saturating_add(piece.len() as u64);
            for Proof::Hash(_, hasher) | Proof::SignedHash(_, _, hasher) in &mut self.proofs {
                hasher.update(piece);
            }
        }
        Ok(piece)
    }

    /// Checks a file that was read to its end.
    fn prove(&mut self) -> Result<(), Error> {
        for proof in self.proofs.drain(..) {
            let proved = match proof {
                Proof::Hash(stated, hasher) => stated.check(&hasher.digits()),
                Proof::SignedHash(headers, came, hasher) => {
                    let keys = self.pay.known_platform();
                    verify_reply(&headers, signed_hash(&hasher.digits()).as_bytes(), &keys.keys, came).map(drop)
                }
            };
            proved.map_err(|error| error.at(DOWNLOAD).advise(Retry::SameRequest))?;
        }
        Ok(())
    }
}

/// Without the address, whose token lets anyone with the merchant's key have the file.
impl fmt::Debug for V3File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("V3File").field("bytes_read", &self.read).field("size", &self.size).finish_non_exhaustive()
    }
}
