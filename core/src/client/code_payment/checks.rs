//! What has to be there before a code is charged: keys, the certificate, times.

use std::time::Duration;

use crate::client::cautions;
use crate::client::inner::WxPay;
use crate::codes::Api;
use crate::error::Error;
use crate::flow::CodeOptions;
use crate::flow::code_api::charge_endpoint;
use crate::table::row::Call as _;
use crate::v2::code::Reverse;

/// The longest time that an option may have.
const LONGEST: Duration = Duration::from_secs(86_400);
/// The shortest pause between two questions.
const SHORTEST: Duration = Duration::from_millis(50);

impl WxPay {
    /// The API of an order that names none: APIv2, unless only the settings of APIv3 are there.
    pub(super) fn usual_api(&self) -> Api {
        if self.asks_v3_first() { Api::V3 } else { Api::V2 }
    }

    /// Refuses a payment by an API whose keys are not set.
    pub(super) fn check_keys(&self, api: Api) -> Result<(), Error> {
        let merchant = self.merchant();
        let keys = match api {
            Api::V3 => merchant.v3().and_then(|keys| keys.signer()).map(drop),
            _ => merchant.key().map(drop),
        };
        keys.map_err(|error| error.at(charge_endpoint(api).name))
    }

    pub(super) fn checked(&self, mut options: CodeOptions, api: Api) -> Result<CodeOptions, Error> {
        let times =
            [("within", options.within), ("interval", options.interval), ("reverse_after", options.reverse_after)];
        if let Some((name, _)) = times.into_iter().find(|(_, time)| *time > LONGEST) {
            return Err(Error::invalid(name, "must be at most one day"));
        }
        times.into_iter().for_each(|(name, time)| cautions::wait(name, time));
        options.interval = options.interval.max(SHORTEST);
        self.check_keys(api)?;
        // APIv3 signs every call with the certificate's key.
        if options.reverse && api != Api::V3 {
            self.check_certificate().map_err(|error| {
                let text = error.text();
                let remedy = text.trim_end_matches('.');
                Error::config(
                    "client_cert",
                    format!(
                        "{remedy}. pay_by_code cancels an order whose result is not known in time, which needs it; with reverse set to \
                         false it does without, and may end with an unknown result"
                    ),
                )
                .at(Reverse::ENDPOINT.name)
            })?;
        }
        Ok(options)
    }
}
