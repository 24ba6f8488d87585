//! Rules of the rows of APIv3: what is refused before anything is sent, and what travels.

#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::signed::{Signed, reply, with_public_key};
use common::within;
use wxpaykit::{Error, V3ProfitsharingConfig, WxPay};

/// Field and text of a value that was not sent.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> (String, String) {
    let error = result.unwrap_err();
    assert_eq!(error.class(), "InvalidRequest", "{error}");
    (error.field().unwrap().to_owned(), error.to_string())
}

/// A client of a server that answers every request with this reply.
async fn scripted(text: &'static str, sub_mch_id: Option<&str>) -> (Signed, WxPay) {
    let server = Signed::start(move |_| reply(200, text)).await;
    let mut merchant = with_public_key();
    if let Some(sub_mch_id) = sub_mch_id {
        merchant = merchant.sub_mch_id(sub_mch_id);
    }
    let pay = WxPay::new(common::signed::options(merchant, &server.url)).unwrap();
    (server, pay)
}

#[test]
fn a_path_needs_its_numbers_and_the_settings_may_give_them() {
    within(async {
        let text = r#"{"sub_mchid":"1900000201","max_ratio":2000}"#;
        let (server, pay) = scripted(text, Some("1900000201")).await;
        assert_eq!(pay.v3().profitsharing_config(V3ProfitsharingConfig::new()).await.unwrap().max_ratio(), 2000);
        assert_eq!(server.only().target, "/v3/profitsharing/merchant-configs/1900000201");
        let (server, pay) = scripted(text, None).await;
        let error = refused(pay.v3().profitsharing_config(V3ProfitsharingConfig::new()).await);
        assert_eq!(error, ("sub_mchid".to_owned(), "v3.profitsharing_config: sub_mchid: is required".to_owned()));
        assert!(server.asked("/").is_empty());
        // The calling code need not name what the settings give.
        assert!(wxpaykit::registry::find("v3.profitsharing_config").unwrap().needs.is_empty());
    });
}
