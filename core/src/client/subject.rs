//! Which order a call is about whose own fields do not say it: the query that confirms a notification names WeChat's number alone.

use std::future::Future;

tokio::task_local! {
    /// The merchant's number of the order.
    static ORDER: String;
}

/// Runs calls for an order, so that their events and log lines name it.
pub(super) async fn about<T>(out_trade_no: &str, calls: impl Future<Output = T>) -> T {
    ORDER.scope(out_trade_no.to_owned(), calls).await
}

/// The order of [`about`], where this runs inside it.
pub(super) fn current() -> Option<String> {
    ORDER.try_with(Clone::clone).ok()
}
