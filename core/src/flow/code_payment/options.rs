//! What a till decides: the times of a payment by code, and whether it may cancel the order.

use std::time::Duration;

use crate::model::ApiVersion;

/// The times of a payment by code, and whether it may cancel the order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CodeOptions {
    /// How long the customer may take, from the call on. The order is cancelled then.
    pub within: Duration,
    /// The pause between two questions about the order. WeChat asks for five seconds.
    pub interval: Duration,
    /// The earliest time at which the order is cancelled, after its code was charged. WeChat asks for 15 seconds. Before that, an order that
    /// WeChat does not know may still appear.
    pub reverse_after: Duration,
    /// Whether an order whose payment is not known in time is cancelled. That needs the merchant's certificate.
    pub reverse: bool,
    /// The API that charges the code. `None`: that of the fields, and for the fields of `micropay` APIv2 if `api_key` is set, else APIv3. A
    /// payment that is taken up again goes on by the API that charged it.
    pub api: Option<ApiVersion>,
}

impl CodeOptions {
    /// Sets how long the customer may take.
    pub fn within(self, within: Duration) -> Self {
        Self { within, ..self }
    }

    /// Sets the pause between two questions.
    pub fn interval(self, interval: Duration) -> Self {
        Self { interval, ..self }
    }

    /// Sets the earliest time at which the order is cancelled.
    pub fn reverse_after(self, reverse_after: Duration) -> Self {
        Self { reverse_after, ..self }
    }

    /// Sets whether an order whose payment is not known in time is cancelled.
    pub fn reverse(self, reverse: bool) -> Self {
        Self { reverse, ..self }
    }

    /// Sets the API that charges the code.
    pub fn api(self, api: ApiVersion) -> Self {
        Self { api: Some(api), ..self }
    }
}

impl Default for CodeOptions {
    fn default() -> Self {
        Self {
            within: Duration::from_secs(30),
            interval: Duration::from_secs(5),
            reverse_after: Duration::from_secs(15),
            reverse: true,
            api: None,
        }
    }
}
