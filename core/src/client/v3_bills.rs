//! Bills of APIv3: a signed reply has the address and the hash of a file, and the file is downloaded without a signature.

use tokio::time::Instant;

use super::attempts::{OutgoingRequest, RawReply};
use super::bills::{Bill, StatedHash, when};
use super::inner::{WxPay, now};
use super::v3::v3_sent;
use crate::codes::{self, ErrorCode};
use crate::error::{Error, Kind};
use crate::retry::{self, Failure, RetryClass};
use crate::table::row::{Document as _, Endpoint};
use crate::v3::bill::V3BillFile;
use crate::v3::bill_file::{self, Address};
use crate::v3::reply;
use crate::v3::request::{self, Target};
use crate::value::Params;

impl WxPay {
    /// Asks for the address of a bill, and opens its file. Both have to happen within one time limit.
    pub(super) async fn open_v3_bill(&self, endpoint: &'static Endpoint, params: &Params<'_>) -> Result<Bill, Error> {
        let end = Instant::now() + self.0.limits.timeout;
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
        opened.await.map_err(|error| {
            let day = || {
                let request = request::complete(endpoint, params, self.merchant()).ok()?;
                request.fields().get("bill_date").map(str::to_owned)
            };
            when(error, day, now())
        })
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
        let sent = OutgoingRequest { streamed: true, ..v3_sent(name, class, http::Method::GET, target, travels) };
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
