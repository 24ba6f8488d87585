//! Which API is asked about an order or a refund, and its reply. Both know the same orders, whichever of them made one (protocol v3 §5.10).

use super::inner::WxPay;
use crate::codes::{Api, Meaning};
use crate::error::Error;
use crate::fields::Fields;
use crate::flow::Item;
use crate::shown::short;
use crate::table::row::{Call, Document, Endpoint};
use crate::value::{Params, texts};

/// The numbers that a question may be by, WeChat's first.
const NUMBERS: [&str; 5] = ["transaction_id", "refund_id", "out_trade_no", "out_refund_no", "out_bill_no"];

/// A question about one thing: to one of the APIs.
pub(super) struct Asking {
    api: Api,
    pub(super) endpoint: &'static Endpoint,
    pub(super) params: Params<'static>,
}

impl Asking {
    /// The error of this question. Where WeChat has nothing under a number, it says which: the number of a forged notification is none of an
    /// order that is there.
    pub(super) fn naming_number(&self, error: Error) -> Error {
        let number = NUMBERS.iter().find_map(|name| {
            let texts = texts(&self.params).ok()?;
            let (_, value) = texts.into_iter().find(|(given, _)| given == name)?;
            Some(format!("{name} {}", short(&value)))
        });
        match number.filter(|_| error.meaning() == Some(Meaning::NotFound)) {
            Some(number) => error.noted(format!("asked by {number}")),
            None => error,
        }
    }
}

impl WxPay {
    /// The API to query: the one that sent the notification, unless the client has only the settings of the other. Without a notification:
    /// APIv2 if both are set.
    fn asked_api(&self, told: Api) -> Api {
        let merchant = self.merchant();
        let has_v3 = merchant.v3().is_ok_and(|keys| keys.signer().is_ok());
        match (told, merchant.key().is_ok()) {
            (Api::V3, true) if !has_v3 => Api::V2,
            (Api::V3, _) | (_, false) => Api::V3,
            (_, true) => Api::V2,
        }
    }

    /// Whether a pending thing is asked of APIv3: the settings of APIv2 are not there.
    pub(super) fn asks_v3_first(&self) -> bool {
        self.asked_api(Api::V2) == Api::V3
    }

    /// Whether to ask APIv3 after this failure of APIv2: the APIv2 key is wrong or was removed, and the settings of APIv3 are there.
    pub(super) fn asks_v3_after(&self, error: &Error) -> bool {
        error.is_sign_error() && self.merchant().v3().is_ok_and(|keys| keys.signer().is_ok())
    }

    /// The question about a thing; `told` is the API that sent the notification of it.
    pub(super) fn asking<T: Item>(
        &self,
        told: Api,
        v2: impl FnOnce() -> T::Query,
        v3: impl FnOnce() -> T::V3Query,
    ) -> Asking {
        match self.asked_api(told) {
            Api::V3 => Asking { api: Api::V3, endpoint: T::V3Query::ENDPOINT, params: v3().params().clone() },
            api => Asking { api, endpoint: T::Query::ENDPOINT, params: v2().params().clone() },
        }
    }

    /// The reply to a question, as APIv2 has it.
    pub(super) fn v2_reply<T: Item>(
        &self,
        asking: &Asking,
        reply: Fields,
        sub_mch_id: Option<&str>,
    ) -> <T::Query as Call>::Reply {
        match asking.api {
            Api::V3 => T::v2_reply(&Document::from_fields(reply), self.merchant(), sub_mch_id),
            _ => Document::from_fields(reply),
        }
    }
}
