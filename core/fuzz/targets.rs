//! The fuzz targets: functions that read bytes from outside. `core/tests/corpus.rs` runs them on the vectors.

use wxpaykit::SignType;
use wxpaykit::codes::Api;
use wxpaykit::flow::ledger::State;
use wxpaykit::hosts::Hosts;
use wxpaykit::platform::token::Kept;
use wxpaykit::registry;
use wxpaykit::sign;
use wxpaykit::v2::reply;
use wxpaykit::wire::xml;
use wxpaykit::{Merchant, MerchantOptions, PaymentNotification, Secret, doctor, page, platform};

/// The key that the seeds are signed with.
const KEY: &str = "192006250b4c09247ec02edce69f6a2d";

/// Reads a document. A document that can be read can be written, and reads the same again.
pub(crate) fn xml(bytes: &[u8]) {
    let Ok(fields) = xml::parse(bytes) else { return };
    let Ok(written) = xml::write(&fields) else { return };
    assert_eq!(xml::parse(written.as_bytes()).as_ref(), Ok(&fields));
    let _ = sign::verify(&fields, KEY, SignType::ALL);
    let _ = doctor::explain(&fields, KEY);
}

/// Reads a notification, and the same bytes as the reply of every call.
pub(crate) fn notify(bytes: &[u8]) {
    let Ok(merchant) = Merchant::new(MerchantOptions::new("wxd930ea5d5a258f4f", "10000100", KEY)) else { return };
    if let Ok(notification) = PaymentNotification::parse(bytes, &merchant) {
        let _ = (notification.total_fee(), notification.time_end(), notification.coupons().len());
    }
    for endpoint in registry::of(Api::V2) {
        let _ = reply::read(endpoint, 200, bytes, &merchant);
    }
}

/// Reads a reply of the open platform as each of its documents.
pub(crate) fn oauth_json(bytes: &[u8]) {
    for call in registry::of(Api::Platform) {
        let _ = platform::reply::read(call, 200, bytes);
    }
}

/// Reads entries of a store, which other processes and versions may have written. A known entry is written as it was read.
pub(crate) fn store(bytes: &[u8]) {
    let text = Secret::new(String::from_utf8_lossy(bytes));
    if let Some(kept) = Kept::from_text(&text, 0) {
        assert_eq!(Kept::from_text(&kept.to_text(), 0), Some(kept));
    }
    if let Some(state) = State::of(&text) {
        assert_eq!(State::of(&state.to_text("owner")), Some(state));
    }
}

/// Reads settings, one on each line: the merchant, and the addresses. A merchant that is accepted can sign.
pub(crate) fn settings(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n');
    let mut next = || lines.next().unwrap_or_default();
    let options = MerchantOptions::new(next(), next(), next()).app_secret(next()).notify_url(next()).sub_mch_id(next());
    if let Ok(merchant) = Merchant::new(options) {
        let page = page::jsapi_params(&merchant, "wx201410272009395522657a690389285100", None, 0, "n");
        assert!(page.is_ok(), "{page:?}");
    }
    let _ = Hosts::all_at(next());
}
