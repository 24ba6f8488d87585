//! Bills: the reply of a download as a stream of rows.

use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::attempts::{RawReply, Streamed, failed};
use super::inner::{WxPay, nonce, now};
use super::part_file::PartFile;
use super::perform::posted;
use crate::bill::{Batch, Breach, Comparison, Difference, Layout, Mine, Reader, Row};
use crate::codes::{Api, ErrorCode};
use crate::error::{Error, Outcome, Retry};
use crate::table::row::{Call, Endpoint, ReplyBody};
use crate::time::BeijingTime;
use crate::transport::Body;
use crate::v2::{reply, request};
use crate::v3::bill_file;
use crate::value::Params;

/// The SHA-1 of a bill's text, in lower-case hexadecimal digits.
pub(super) enum StatedHash {
    /// The file's own reply has it.
    InHeader(String),
    /// A signed reply of APIv3 has it, and nothing else shows that the file is WeChat Pay's.
    Signed(String),
}

/// A bill that is being downloaded: rows, and the totals after them. It is read once.
///
/// ```no_run
/// # async fn books(pay: &wxpaykit::WxPay) -> Result<(), wxpaykit::Error> {
/// let mut bill = pay.downloadbill(wxpaykit::Downloadbill::new().bill_date("2026-11-27")).await?;
/// while let Some(row) = bill.next().await? {
///     println!("{:?} {:?}", row.out_trade_no(), row.total_fee());
/// }
/// let totals = bill.totals();
/// # Ok(())
/// # }
/// ```
///
/// The connection is open until the bill was read to its end, or is dropped.
pub struct Bill {
    endpoint: &'static str,
    head: Option<Bytes>,
    body: Body,
    reader: Reader,
    /// The SHA-1 of the text, if WeChat sent it.
    sha1: Option<StatedHash>,
    /// The length of the reply, if WeChat sent it.
    size: Option<u64>,
    batch: Option<(Arc<Batch>, usize)>,
    /// Rows were handed out.
    is_begun: bool,
    ended: bool,
    /// What ended the bill too early. It is returned again, so that no later read looks like the end.
    failure: Option<Error>,
}

impl WxPay {
    /// Starts the download of a bill, by its row. The methods `downloadbill` and `downloadfundflow`, and those of APIv3, call it.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) of a call. `no_bill` when there is no bill for the day, `bill_not_ready` when WeChat is
    /// still making it. When it is too early, the text says when to ask again.
    pub async fn open_bill(&self, endpoint: &'static Endpoint, params: &Params<'_>) -> Result<Bill, Error> {
        if endpoint.reply_body != ReplyBody::Bill {
            return Err(Error::invalid("call", "is not the download of a bill").at(endpoint.name));
        }
        if endpoint.api == Api::V3 {
            return Box::pin(self.open_v3_bill(endpoint, params)).await;
        }
        if endpoint.cert {
            self.check_certificate().map_err(|error| error.at(endpoint.name))?;
        }
        let (body, fields) = request::signed(endpoint, params, &self.0.merchant, &nonce()?)?;
        let read = |received: RawReply| {
            let RawReply { status, body, rest, digest, .. } = received;
            let Some(rest) = rest else {
                let error = match reply::read(endpoint, status, &body, &self.0.merchant) {
                    Ok(_) => Error::malformed("a document instead of a bill").at(endpoint.name),
                    Err(error) => error,
                };
                let accept = reply::accepted(endpoint, &self.0.merchant.accept);
                let day = || fields.get("bill_date").map(str::to_owned);
                return Err(when(self.explained(error, &body, &fields, accept), day, now()));
            };
            let sha1 = digest.as_deref().and_then(sha1_of).map(StatedHash::InHeader);
            Ok(Bill::of(endpoint.name, body, rest, sha1))
        };
        let mut sent = posted(endpoint.name, endpoint.retry_class(params), endpoint.path, body);
        sent.streamed = Streamed::Text;
        self.attempts_streamed(self.route(endpoint.host), sent, read).await
    }

    /// As [`WxPay::open_bill`], with the types of the call.
    pub(super) async fn download<C: Call>(&self, call: C) -> Result<Bill, Error> {
        self.open_bill(C::ENDPOINT, call.params()).await
    }
}

impl Bill {
    /// A bill from the beginning of its file and the rest.
    pub(super) fn of(endpoint: &'static str, head: Bytes, body: Body, sha1: Option<StatedHash>) -> Self {
        let reader = if sha1.is_some() { Reader::hashing() } else { Reader::new() };
        let size = http_body::Body::size_hint(&body).exact().map(|rest| head.len() as u64 + rest);
        let head = Some(head);
        Self { endpoint, head, body, reader, sha1, size, batch: None, is_begun: false, ended: false, failure: None }
    }

    /// The next row; `None` at the end of the bill.
    ///
    /// # Errors
    /// `Transport` when the bill breaks off or cannot be read. Rows before the failure are valid, but not the whole bill: download
    /// it again. `Signature` (`bill_hash_mismatch`) at the end of a bill of APIv3 whose hash is not the one that WeChat Pay signed: do
    /// not use its rows.
    pub async fn next(&mut self) -> Result<Option<Row>, Error> {
        loop {
            if let Some((batch, at)) = &mut self.batch
                && let Some(row) = Row::of(batch, *at)
            {
                *at += 1;
                return Ok(Some(row));
            }
            match self.next_batch().await? {
                Some(batch) => self.batch = Some((batch, 0)),
                None => return Ok(None),
            }
        }
    }

    /// The next rows, many together; `None` at the end. Do not mix it with [`Bill::next`].
    ///
    /// # Errors
    /// As [`Bill::next`].
    pub async fn next_batch(&mut self) -> Result<Option<Arc<Batch>>, Error> {
        let batch = self.batch().await?;
        self.is_begun |= batch.is_some();
        Ok(batch)
    }

    async fn batch(&mut self) -> Result<Option<Arc<Batch>>, Error> {
        std::future::poll_fn(|cx| self.poll_read(cx, |reader| reader.next_batch().map(Arc::new))).await
    }

    /// Refuses what needs the whole bill, once rows of it were handed out.
    fn check_whole(&self) -> Result<(), Error> {
        if self.is_begun {
            let rule = "was read in part already: download it again, and read nothing of it before this call";
            return Err(Error::invalid("bill", rule).at(self.endpoint));
        }
        Ok(())
    }

    /// The columns, once the first rows were read.
    pub fn layout(&self) -> Option<&Arc<Layout>> {
        self.reader.parser().layout()
    }

    /// The totals, after the last row: `total_count`, `total_fee`, `refund_fee` and so on; see [`Row`].
    pub fn totals(&self) -> Option<&Row> {
        // The reader has them before the hash is compared.
        self.reader.totals().filter(|_| self.ended && self.failure.is_none())
    }

    /// How many bytes were received so far; packed ones where the bill is packed.
    pub fn bytes_read(&self) -> u64 {
        self.reader.bytes_read()
    }

    /// How many bytes the whole download has; packed ones where the bill is packed. `None` where WeChat does not send its length.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// Reads the bill and compares it with the merchant's own records.
    ///
    /// # Errors
    /// As [`Bill::next`]. `InvalidRequest` when a record stands twice, rows of the bill were read already, or it has no orders of the merchant,
    /// such as a fund flow.
    pub async fn compare(mut self, mine: impl IntoIterator<Item = Mine>) -> Result<Vec<Difference>, Error> {
        self.check_whole()?;
        let mut comparison = Comparison::new();
        for mine in mine {
            let number = mine.out_refund_no.clone().unwrap_or_else(|| mine.out_trade_no.clone());
            if !comparison.expect(mine) {
                return Err(Error::invalid("mine", format!("has {number} twice")).at(self.endpoint));
            }
        }
        while let Some(batch) = self.batch().await? {
            comparison.read(&batch).map_err(|error| error.at(self.endpoint))?;
        }
        Ok(comparison.finish())
    }

    /// Makes the text of the bill instead of its rows. Once rows of it were read, its first [`BillText::next`] is an error.
    pub fn into_text(mut self) -> BillText {
        self.reader.keep_text();
        BillText { bill: self }
    }

    /// Writes the text of the bill into a file, unpacked. `progress` is called with the bytes received so far. The file appears under
    /// its name once the bill is whole; a file of that name is replaced. Until then it has another name beside it, which ends with `.part`.
    ///
    /// # Errors
    /// As [`Bill::next`]; `InvalidRequest` with the field `path` when the file cannot be written, and with the field `bill` when rows of it
    /// were read already.
    pub async fn save(self, path: impl AsRef<Path>, mut progress: impl FnMut(u64)) -> Result<(), Error> {
        self.check_whole()?;
        let (mut part, mut text) = (PartFile::create(path.as_ref(), self.endpoint)?, self.into_text());
        while let Some(piece) = text.next().await? {
            progress(text.bytes_read());
            part.write(&piece)?;
        }
        part.finish().await
    }

    /// Reads the body until `next` finds something; `None` at the end of the bill.
    fn poll_read<T>(
        &mut self,
        cx: &mut Context<'_>,
        next: impl Fn(&mut Reader) -> Option<T>,
    ) -> Poll<Result<Option<T>, Error>> {
        loop {
            if let Some(failure) = &self.failure {
                return Poll::Ready(Err(failure.copy()));
            }
            if let Some(found) = next(&mut self.reader) {
                return Poll::Ready(Ok(Some(found)));
            }
            let read = match self.reader.failure() {
                Some(breach) => Err(unreadable(breach, self.endpoint)),
                None if self.ended => return Poll::Ready(Ok(None)),
                None => match std::task::ready!(self.poll_piece(cx)) {
                    Ok(Some(piece)) => self.reader.push(&piece).map_err(|breach| unreadable(&breach, self.endpoint)),
                    Ok(None) => self.finish(),
                    Err(error) => Err(error),
                },
            };
            if let Err(error) = read {
                self.failure = Some(error.copy());
                self.body = Body::default();
                return Poll::Ready(Err(error));
            }
        }
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.ended = true;
        self.reader.finish().map_err(|breach| unreadable(&breach, self.endpoint))?;
        let found = self.reader.sha1().unwrap_or_default();
        match &self.sha1 {
            Some(StatedHash::InHeader(hash)) if *hash != found => {
                Err(unreadable(&other_hash(hash, &found), self.endpoint))
            }
            Some(StatedHash::Signed(hash)) if *hash != found => {
                Err(bill_file::other_hash(hash, &found).at(self.endpoint).advise(Retry::SameRequest))
            }
            _ => Ok(()),
        }
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Error>> {
        if let Some(head) = self.head.take() {
            return Poll::Ready(Ok(Some(head)));
        }
        let chunk = std::task::ready!(http_body::Body::poll_frame(std::pin::Pin::new(&mut self.body), cx));
        Poll::Ready(match chunk {
            Some(Ok(frame)) => Ok(Some(frame.into_data().unwrap_or_default())),
            None => Ok(None),
            Some(Err(failure)) => Err(failed(failure, self.endpoint, Retry::SameRequest)),
        })
    }
}

impl std::fmt::Debug for Bill {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bill")
            .field("call", &self.endpoint)
            .field("bytes_read", &self.bytes_read())
            .finish_non_exhaustive()
    }
}

/// The text of a bill, unpacked, piece by piece. It is read as the rows are, so that a bill which is not whole is an error.
pub struct BillText {
    bill: Bill,
}

impl BillText {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// As [`Bill::next`]; `InvalidRequest` when rows of the bill were read before.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        self.bill.check_whole()?;
        std::future::poll_fn(|cx| self.bill.poll_read(cx, Reader::next_text)).await
    }

    /// How many bytes were received so far.
    pub fn bytes_read(&self) -> u64 {
        self.bill.bytes_read()
    }

    /// The columns, once the first rows were read.
    pub fn layout(&self) -> Option<&Arc<Layout>> {
        self.bill.layout()
    }

    /// The totals, after the last piece.
    pub fn totals(&self) -> Option<&Row> {
        self.bill.totals()
    }
}

impl std::fmt::Debug for BillText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.bill.fmt(f)
    }
}

/// Downloading it again changes nothing.
fn unreadable(breach: &Breach, endpoint: &'static str) -> Error {
    let reason = format!("the bill cannot be read: {}", breach.rule);
    Error::transport(ErrorCode::MalformedReply, Outcome::Unknown, Some(200), reason)
        .at(endpoint)
        .advise(Retry::SameRequest)
}

fn other_hash(stated: &str, found: &str) -> Breach {
    Breach {
        code: ErrorCode::BillMalformed,
        rule: format!("WeChat states the SHA-1 {stated}, and what arrived has {found}; download it again"),
    }
}

/// The hash in `SHA=<hexadecimal digits>`.
fn sha1_of(digest: &str) -> Option<String> {
    let (name, value) = digest.trim().split_once('=')?;
    let is_hash = value.len() == 40 && value.bytes().all(|b| b.is_ascii_hexdigit());
    (name.eq_ignore_ascii_case("SHA") && is_hash).then(|| value.to_ascii_lowercase())
}

/// When to ask for a bill that there is not: WeChat makes bills after 10:00 of the next day in Beijing.
pub(super) fn when(error: Error, day: impl FnOnce() -> Option<String>, now: i64) -> Error {
    if !(error.is(ErrorCode::NoBill) || error.is(ErrorCode::BillNotReady)) {
        return error;
    }
    let day = day().unwrap_or_default();
    let Some(begins) = BeijingTime::parse(&format!("{}000000", day.replace('-', ""))) else { return error };
    let ready = begins.unix() + (24 + 10) * 3600;
    let later = match (now < ready, error.is(ErrorCode::BillNotReady)) {
        (true, _) => ready,
        // WeChat is late.
        (false, true) => now + 600,
        (false, false) => return error,
    };
    let at = BeijingTime::from_unix(later).map(BeijingTime::to_dashed).unwrap_or_default();
    error.noted(format!("ask for the bill of {day} again after {at} in Beijing")).advise(Retry::SameRequest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::Fields;

    #[test]
    fn a_bill_that_there_is_not_says_when_to_ask_again() {
        let asked = |words: &str, now: &str| {
            let now = BeijingTime::parse(now).unwrap().unix();
            let error = when(Error::protocol(Api::V2, words, Fields::default()), || Some("20261127".to_owned()), now);
            (error.to_string(), error.retry())
        };
        let (text, retry) = asked("No Bill Exist", "2026-11-28 09:59:00");
        assert!(text.contains("ask for the bill of 20261127 again after 2026-11-28 10:00:00 in Beijing"), "{text}");
        assert_eq!(retry, Retry::SameRequest);
        let (text, retry) = asked("No Bill Exist", "2026-11-28 10:00:00");
        assert!(!text.contains("again after 2026"), "{text}");
        assert_eq!(retry, Retry::Never);
        let (text, _) = asked("Bill Creating", "2026-11-28 10:30:00");
        assert!(text.contains("after 2026-11-28 10:40:00"), "{text}");
        let (text, _) = asked("签名错误", "2026-11-28 09:59:00");
        assert!(!text.contains("again after"), "{text}");
    }

    #[test]
    fn the_hash_of_a_header_is_read() {
        let hash = "ec45d7c24492dcd62d92472b0f2816c8d9a2d773";
        assert_eq!(sha1_of(&format!("SHA={hash}")).as_deref(), Some(hash));
        for other in ["SHA-256=abc", hash, "SHA=xyz", ""] {
            assert_eq!(sha1_of(other), None);
        }
    }
}
