//! Files of APIv3: uploads, and downloads from an address that another reply names.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;

use bytes::Bytes;
use http::HeaderValue;
use tokio::time::Instant;

use super::attempts::{OutgoingRequest, RawReply, Streamed, V3Signing};
use super::inner::{WxPay, nonce, now};
use super::v3::{NOT_SENT, V3, named, v3_sent};
use super::v3_stream::{Proof, V3File};
use crate::error::{Error, Retry};
use crate::retry::{self, RetryClass};
use crate::table::row::Document as _;
use crate::v3::download::{DOWNLOAD, Download, Hasher, Signs, Stated, signed_text, signs};
use crate::v3::media::V3Media;
use crate::v3::reply;
use crate::v3::request::Target;
use crate::v3::upload::{Checked, Content, UPLOAD, Upload};
use crate::v3::verify::verify_reply;

/// The most bytes of a file that is downloaded into memory.
const LARGEST: usize = 64 * 1024 * 1024;

impl V3<'_> {
    /// Uploads a file, such as the photo of a licence, and returns WeChat's id or address of it. Its type is told by the ending of its name.
    /// The bounds are WeChat's: 5 MB for an image or a video, 7.5 MB for a PDF, 2 MB for images of coupons and complaints.
    ///
    /// ```no_run
    /// # async fn upload(pay: &wxpaykit::WxPay) -> Result<(), wxpaykit::Error> {
    /// let licence = pay.v3().upload(wxpaykit::v3::Upload::file("licence.jpg")).await?;
    /// println!("{:?}", licence.media_id());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidRequest` for `file`, `filename`, `path` or `meta`; nothing was sent. Otherwise those of [`V3::call`].
    pub async fn upload(&self, upload: Upload) -> Result<V3Media, Error> {
        let pay = self.0;
        pay.merchant().v3().and_then(|keys| keys.signer()).map_err(|error| error.at(UPLOAD))?;
        let checked = upload.check().map_err(|error| error.at(UPLOAD))?;
        let end = Instant::now() + pay.0.limits.timeout;
        let (class, answers) = (checked.class, checked.answers);
        let content = content(&checked, upload.content).await.map_err(|error| error.at(UPLOAD))?;
        let form = checked.form(&content, &format!("wxpaykit-{}", nonce()?)).map_err(|error| error.at(UPLOAD))?;
        drop(content);
        let platform = pay.platform(end, NOT_SENT).await.map_err(|error| error.at(UPLOAD))?;
        let travels = V3Signing { meta: Some(form.meta), ..pay.v3_travels(&platform, false, end) };
        let content_type = HeaderValue::from_str(&form.content_type);
        let path = form.path.clone();
        let target = Target { path: form.path, body: None };
        let sent = OutgoingRequest {
            content_type: Some(content_type.map_err(|_| Error::invalid("filename", "cannot be sent").at(UPLOAD))?),
            body: Bytes::from(form.body),
            ..v3_sent(UPLOAD, class, http::Method::POST, target, travels)
        };
        let read = |received: &RawReply| {
            let platform = pay.known_platform();
            let message = received.message();
            let media = reply::read_document(UPLOAD, class, V3Media::RECORD, &message, &pay.opener(&platform)?);
            let media = media.map_err(|error| named(error, "POST", &path, received.status))?;
            match answers {
                Some(name) if media.filled(name).is_none() => {
                    let error = Error::malformed(&format!("{name} is missing"));
                    let error = error.answered(received.status, received.request_id.as_deref(), true);
                    Err(error.at(UPLOAD).advise(retry::after_unknown(class)))
                }
                _ => Ok(V3Media::from_fields(media)),
            }
        };
        pay.send_v3(sent, read).await
    }

    /// Downloads a file whose address and hash another reply has, such as a receipt, or an image of a complaint. The request is signed;
    /// most files are not (protocol §13.3): give the hash where there is one. A reply of another path without a hash must be signed. A
    /// file has at most 64 MiB: [`V3::download_stream`] takes larger ones. Bills have their own calls.
    ///
    /// # Errors
    /// `InvalidRequest` when the address is not at the client's own host, or the hash is of a kind that cannot be checked; nothing was sent.
    /// `Signature` when the file has another hash (`file_hash_mismatch`), or must be signed and is not. `Business` when WeChat answers an error in
    /// place of a file, with status 200 too. Otherwise those of [`V3::call`].
    pub async fn download(&self, download: &Download) -> Result<Bytes, Error> {
        let (pay, requested) = (self.0, self.file_request(download).await?);
        let FileRequest { root, path, stated, sent } = requested;
        let read = |received: &mut RawReply| {
            check_file(pay, received, stated.as_ref())?;
            if let Some(stated) = &stated {
                let checked = stated.check_file(&received.body);
                checked.map_err(|error| error.at(DOWNLOAD).advise(Retry::SameRequest))?;
            }
            if let Some(text) = signed_text(path, &received.body, stated.is_some()) {
                let platform = pay.known_platform();
                let verified = verify_reply(&received.signature, &text, &platform.keys, now());
                verified.map_err(|error| error.at(DOWNLOAD).advise(Retry::SameRequest))?;
            }
            Ok(std::mem::take(&mut received.body))
        };
        pay.send_v3_to(&pay.0.pay.from(root), sent, read).await
    }

    /// [`V3::download`] for a file of any length: its pieces as they arrive, or written into a file. The hash is checked at the end. A file that
    /// must be signed as a whole (a path that is not known, without a hash) is in memory until its signature was checked, and has at most 64 MiB.
    ///
    /// The client's `timeout` is for the beginning of the file, and then for each piece. A file that breaks off is not asked for again.
    ///
    /// # Errors
    /// As [`V3::download`]; those of the pieces and of the hash come from [`V3File::next`].
    pub async fn download_stream(&self, download: &Download) -> Result<V3File, Error> {
        let (pay, requested) = (self.0, self.file_request(download).await?);
        let FileRequest { root, path, stated, sent } = requested;
        let signs = signs(path, stated.is_some());
        if signs == Signs::File {
            return Ok(V3File::whole(pay, path, self.download(download).await?));
        }
        let read = |received: &mut RawReply| {
            check_file(pay, received, stated.as_ref())?;
            let stated = stated.clone().map(|stated| {
                let hasher = stated.hasher();
                Proof::Hash(stated, hasher)
            });
            let headers = (signs == Signs::Hash).then(|| std::mem::take(&mut received.signature));
            let signed = headers.map(|headers| Proof::SignedHash(headers, now(), Hasher::sha1()));
            Ok(V3File::arriving(pay, path, received, stated.into_iter().chain(signed).collect()))
        };
        pay.send_v3_to(&pay.0.pay.from(root), OutgoingRequest { streamed: Streamed::File, ..sent }, read).await
    }

    /// The request for a file.
    async fn file_request<'a>(&'a self, download: &'a Download) -> Result<FileRequest<'a>, Error> {
        let pay = self.0;
        pay.merchant().v3().and_then(|keys| keys.signer()).map_err(|error| error.at(DOWNLOAD))?;
        let roots = pay.0.pay.roots();
        let (root, path) = download.target(&roots).map_err(|error| error.at(DOWNLOAD))?;
        let stated = download.stated().map_err(|error| error.at(DOWNLOAD))?;
        let end = Instant::now() + pay.0.limits.timeout;
        // A refusal is signed.
        let platform = pay.platform(end, NOT_SENT).await.map_err(|error| error.at(DOWNLOAD))?;
        let target = Target { path: path.to_owned(), body: None };
        let travels = pay.v3_travels(&platform, false, end);
        let sent = v3_sent(DOWNLOAD, RetryClass::Safe, http::Method::GET, target, travels);
        Ok(FileRequest { root, path, stated, sent: OutgoingRequest { reply_bytes: LARGEST, ..sent } })
    }
}

/// The request for a file, and what its reply has to be.
struct FileRequest<'a> {
    root: &'a str,
    path: &'a str,
    stated: Option<Stated>,
    sent: OutgoingRequest,
}

/// Checks that a reply has a file, or its beginning. A file that has its hash may hold anything.
fn check_file(pay: &WxPay, received: &RawReply, stated: Option<&Stated>) -> Result<(), Error> {
    let platform = pay.known_platform();
    let (message, opener) = (received.message(), pay.opener(&platform)?);
    if !(200..300).contains(&received.status) {
        reply::read_document(DOWNLOAD, RetryClass::Safe, V3Media::RECORD, &message, &opener)?;
    }
    if received.status != 200 || received.body.is_empty() {
        let error = Error::malformed("there is no file in it");
        let error = error.answered(received.status, received.request_id.as_deref(), false);
        return Err(error.at(DOWNLOAD).advise(Retry::SameRequest));
    }
    let is_stated = || stated.is_some_and(|stated| stated.check_file(&received.body).is_ok());
    // What has a rest is longer than an error.
    if received.rest.is_some() || is_stated() {
        return Ok(());
    }
    reply::check_is_file(DOWNLOAD, RetryClass::Safe, &message, &opener)
}

/// The bytes of an upload. A file that is too large is not read.
async fn content(checked: &Checked, content: Content) -> Result<Vec<u8>, Error> {
    let path = match content {
        Content::Bytes(bytes) => return Ok(bytes),
        Content::File(path) => path,
    };
    let most = checked.most();
    let (size, bytes) = tokio::task::spawn_blocking(move || read(path, most))
        .await
        .unwrap_or_else(|_| Err(io::Error::other("the thread that read it ended")))
        .map_err(|error| Error::invalid("file", format!("cannot be read: {error}")))?;
    checked.check_size(size)?;
    Ok(bytes)
}

/// The size and the bytes of a file; without bytes if it has more than `most`.
fn read(path: PathBuf, most: u64) -> io::Result<(u64, Vec<u8>)> {
    // What is no file, such as a pipe, could make this thread wait when it is opened.
    if !std::fs::metadata(&path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > most {
        return Ok((size, Vec::new()));
    }
    let mut bytes = Vec::new();
    // A file that grows meanwhile is too large all the same.
    file.take(most + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64, bytes))
}
