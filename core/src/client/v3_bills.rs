//! Bills of APIv3: a signed reply has the address and the hash of a file, and the file is downloaded without a signature.

use bytes::Bytes;
use tokio::time::Instant;

use super::attempts::{OutgoingRequest, RawReply, Streamed, failed};
use super::bills::{Bill, StatedHash, when};
use super::inner::{WxPay, now};
use super::v3::{tokens, v3_sent};
use crate::codes::{self, ErrorCode};
use crate::error::{Error, Kind, Retry};
use crate::fork;
use crate::retry::{self, Failure, RetryClass};
use crate::table::row::{Document as _, Endpoint};
use crate::transport::Body;
use crate::v3::bill::{V3BillFile, V3SealedBill, V3SealedBillFile, text_and_sha1};
use crate::v3::bill_file::{self, Address};
use crate::v3::reply;
use crate::v3::request::{self, Target};
use crate::v3::sealed_bill::{LARGEST, decrypt_bill_in_place};
use crate::value::Params;

impl WxPay {
    /// Asks for the address of a bill, and opens its file. Both have to happen within one time limit. The files of an encrypted bill are read
    /// to their ends too, and each of their pieces has a time limit of its own.
    pub(super) async fn open_v3_bill(&self, endpoint: &'static Endpoint, params: &Params<'_>) -> Result<Bill, Error> {
        let end = Instant::now() + self.0.limits.timeout;
        if endpoint.reply.name == V3SealedBill::RECORD.name {
            let opened = self.open_sealed_bill(endpoint, params, end).await;
            return opened.map_err(|error| self.with_day(endpoint, params, error));
        }
        let opened = async {
            let address = self.ask_for_address(endpoint, params, end).await?;
            match self.open_file(endpoint, address, end).await {
                // The address may have expired on the way: it is asked for once more.
                Err(expired) if is_expired(&expired) => {
                    let again = async {
                        let address = self.ask_for_address(endpoint, params, end).await?;
                        self.open_file(endpoint, address, end).await
                    };
                    again.await.map_err(|error| if is_answered(&error) { error } else { expired })
                }
                opened => opened,
            }
        };
        opened.await.map_err(|error| self.with_day(endpoint, params, error))
    }

    /// When to ask again, for a bill that there is not.
    fn with_day(&self, endpoint: &'static Endpoint, params: &Params<'_>, error: Error) -> Error {
        let day = || {
            let request = request::complete(endpoint, params, self.merchant()).ok()?;
            request.fields().get("bill_date").map(str::to_owned)
        };
        when(error, day, now())
    }

    /// Downloads all files of an encrypted bill. Nothing of a file can be trusted before its end, so they are kept in memory.
    async fn open_sealed_bill(
        &self,
        endpoint: &'static Endpoint,
        params: &Params<'_>,
        end: Instant,
    ) -> Result<Bill, Error> {
        let reply = V3SealedBill::from_fields(self.perform_v3(endpoint, params, end).await?);
        let mut files = reply.download_bill_list();
        files.sort_by_key(V3SealedBillFile::bill_sequence);
        let refused = |reason: String| Error::malformed(&reason).at(endpoint.name).advise(Retry::SameRequest);
        let count = i64::try_from(files.len()).unwrap_or_default();
        let is_whole = (1..).zip(&files).all(|(number, file)| file.bill_sequence() == number);
        if count == 0 || count != reply.download_bill_count() || !is_whole {
            let named = reply.download_bill_count();
            return Err(refused(format!("the bill has {named} files, and the reply lists {count}, or not each once")));
        }
        let mut text = Vec::new();
        for file in &files {
            let hash = (file.hash_type(), file.hash_value());
            let address = Address::of(file.download_url(), hash, &self.0.pay.roots());
            let address = address.map_err(|error| error.at(endpoint.name))?;
            let sha1 = address.sha1.clone();
            let sealed = self.sealed_file(endpoint, &address).await?;
            let key = &self.merchant().v3()?.signer()?.key;
            let plain = fork::apart(|| decrypt_bill_in_place(sealed, file.encrypt_key(), file.nonce(), key));
            let plain =
                plain.map_err(|error| refused(format!("file {} of the bill: {error}", file.bill_sequence())))?;
            let read = text_and_sha1(plain, LARGEST - text.len());
            let (plain, found) = read.ok_or_else(|| {
                refused(format!("a file of the bill is a broken gzip file, or the bill has more than {LARGEST} bytes"))
            })?;
            if found != sha1 {
                return Err(bill_file::other_hash(&sha1, &found).at(endpoint.name).advise(Retry::SameRequest));
            }
            if text.is_empty() {
                text = plain;
            } else {
                text.extend_from_slice(&plain);
            }
        }
        Ok(Bill::of(endpoint.name, Bytes::from(text), Body::default(), None))
    }

    /// One file, still encrypted. The time limit is for its beginning, and then for each piece. One that breaks off is asked for again: nothing
    /// of it was given to anybody.
    async fn sealed_file(&self, endpoint: &'static Endpoint, address: &Address<'_>) -> Result<Vec<u8>, Error> {
        let (name, mut left) = (endpoint.name, self.0.limits.max_network_retries);
        'again: loop {
            let (head, mut rest) = self.begin_sealed_file(endpoint, address).await?;
            let mut file = Vec::from(head);
            loop {
                match rest.chunk().await {
                    Ok(Some(piece)) if piece.len() > LARGEST - file.len() => {
                        let error = Error::malformed(&format!("a file of the bill has more than {LARGEST} bytes"));
                        return Err(error.at(name).advise(Retry::SameRequest));
                    }
                    Ok(Some(piece)) => file.extend_from_slice(&piece),
                    Ok(None) => return Ok(file),
                    Err(failure) => {
                        let error = failed(failure, name, Retry::SameRequest);
                        // Who has waited for a whole time limit waits no longer.
                        if left > 0 && error.code() != ErrorCode::Timeout.as_str() {
                            left -= 1;
                            continue 'again;
                        }
                        return Err(error.masked(&|text| self.merchant().masked(text, &tokens(&address.path))));
                    }
                }
            }
        }
    }

    /// The beginning of a file that is encrypted, and its rest.
    async fn begin_sealed_file(
        &self,
        endpoint: &'static Endpoint,
        address: &Address<'_>,
    ) -> Result<(Bytes, Body), Error> {
        let (name, class) = (endpoint.name, RetryClass::Safe);
        let target = Target { path: address.path.clone(), body: None };
        let travels = self.v3_travels(&self.known_platform(), false, Instant::now() + self.0.limits.timeout);
        let sent =
            OutgoingRequest { streamed: Streamed::File, ..v3_sent(name, class, http::Method::GET, target, travels) };
        let read = |received: &mut RawReply| {
            if received.status == 200 && !received.body.is_empty() {
                let rest = received.rest.take();
                // What has a rest is longer than an error, or no JSON.
                if rest.is_none() {
                    let platform = self.known_platform();
                    reply::check_is_file(name, class, &received.message(), &self.opener(&platform)?)?;
                }
                return Ok((std::mem::take(&mut received.body), rest.unwrap_or_default()));
            }
            if !(200..300).contains(&received.status) {
                let platform = self.known_platform();
                reply::read(endpoint, class, &received.message(), &self.opener(&platform)?)?;
            }
            let error = bill_file::not_a_bill(received.status, &received.body);
            let error = error.answered(received.status, received.request_id.as_deref(), false);
            Err(error.at(name).advise(Retry::SameRequest))
        };
        self.send_v3_to(&self.0.pay.from(address.root), sent, read).await
    }

    async fn ask_for_address(
        &self,
        endpoint: &'static Endpoint,
        params: &Params<'_>,
        end: Instant,
    ) -> Result<Address<'_>, Error> {
        let file = V3BillFile::from_fields(self.perform_v3(endpoint, params, end).await?);
        Address::read(&file, &self.0.pay.roots()).map_err(|error| error.at(endpoint.name))
    }

    async fn open_file(&self, endpoint: &'static Endpoint, address: Address<'_>, end: Instant) -> Result<Bill, Error> {
        let (name, class) = (endpoint.name, RetryClass::Safe);
        let target = Target { path: address.path, body: None };
        let travels = self.v3_travels(&self.known_platform(), false, end);
        let sent =
            OutgoingRequest { streamed: Streamed::Text, ..v3_sent(name, class, http::Method::GET, target, travels) };
        let read = |received: &mut RawReply| {
            if let Some(rest) = received.rest.take() {
                let head = std::mem::take(&mut received.body);
                return Ok(Bill::of(name, head, rest, Some(StatedHash::Signed(address.sha1.clone()))));
            }
            if !(200..300).contains(&received.status) {
                let platform = self.known_platform();
                reply::read(endpoint, class, &received.message(), &self.opener(&platform)?)?;
            }
            let error = bill_file::not_a_bill(received.status, &received.body);
            let error = error.answered(received.status, received.request_id.as_deref(), false);
            let retry = retry::advice(class, Failure::of(&error)).retry;
            Err(error.at(name).advise(retry))
        };
        self.send_v3_to(&self.0.pay.from(address.root), sent, read).await
    }
}

/// Whether an error is about a message of WeChat's. A failure of the network says less than the refusal before it.
fn is_answered(error: &Error) -> bool {
    !matches!(error.kind(), Kind::Transport { .. }) || error.is(ErrorCode::MalformedReply)
}

/// Whether a download failed because its address is no longer valid.
fn is_expired(error: &Error) -> bool {
    matches!(error.kind(), Kind::Business { err_code, .. } if codes::is_address_expired(err_code))
}
