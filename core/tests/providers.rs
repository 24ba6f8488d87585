//! Service providers whose calls name the sub-merchant: pages, wx.config, checks.

use std::sync::{Arc, Mutex};

use crate::common::{APPID, Act, MCH_ID, Scripted, client, options, signed, within};
use tracing::instrument::WithSubscriber;
use wxpaykit::binding::warning::{Warning, Warnings};
use wxpaykit::client::{Part, State};
use wxpaykit::doctor::Language;
use wxpaykit::platform::jssdk::PageConfig;
use wxpaykit::{Fen, Unifiedorder, wire};

const SUB_MCH_ID: &str = "1900000109";
const SUB_APPID: &str = "wx2421b1c4370ec43b";

/// A reply to unifiedorder.
fn made(prepay_id: &str) -> String {
    signed(&[
        ("return_code", "SUCCESS"),
        ("result_code", "SUCCESS"),
        ("appid", APPID),
        ("mch_id", MCH_ID),
        ("sub_mch_id", SUB_MCH_ID),
        ("nonce_str", "n"),
        ("trade_type", "JSAPI"),
        ("prepay_id", prepay_id),
    ])
}

/// An order whose customer has an openid of the sub-merchant's appid.
fn of_sub_merchant() -> Unifiedorder {
    let order = Unifiedorder::new().body("茶").out_trade_no("A1").total_fee(Fen(88)).spbill_create_ip("127.0.0.1");
    order.sub_mch_id(SUB_MCH_ID).sub_appid(SUB_APPID).sub_openid("s")
}

const TOKEN: &str = r#"{"access_token":"t","expires_in":7200}"#;
const TICKET: &str = r#"{"errcode":0,"ticket":"k","expires_in":7200}"#;

#[test]
fn a_page_is_over_the_appid_of_its_order_also_at_another_client_of_the_process() {
    within(async {
        let server = Scripted::start(vec![Act::Answer(200, made("wx28161122"))]).await;
        let pay = client(options(&server.url));
        let sub = of_sub_merchant();
        let reply = pay.unifiedorder(sub).await.unwrap();
        let page = |pay: &wxpaykit::WxPay| pay.jsapi_params(reply.prepay_id(), None).unwrap().to_json();
        assert!(page(&pay).contains(SUB_APPID));
        // A sync and an async client, or one that is made after another was closed.
        let other = client(options(&server.url));
        drop(pay);
        let params = page(&other);
        assert!(params.contains(SUB_APPID) && !params.contains(APPID), "{params}");
        assert_eq!(other.jsapi_params("wx28169999", None).unwrap_err().field(), Some("appid"));
    });
}

#[test]
fn wx_config_warns_when_orders_are_paid_over_another_appid() {
    within(async {
        let answers = [made("wx28161123"), TOKEN.to_owned(), TICKET.to_owned()];
        let server = Scripted::start(answers.map(|answer| Act::Answer(200, answer)).into()).await;
        let pay = client(options(&server.url));
        let sub = of_sub_merchant();
        pay.unifiedorder(sub).await.unwrap();
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let hearing = Arc::clone(&heard);
        let dispatch = tracing::Dispatch::new(Warnings(Language::English, move |Warning { message, .. }: Warning| {
            hearing.lock().unwrap().push(message);
        }));
        let page = PageConfig { url: "https://shop.example/".into(), ..PageConfig::default() };
        for _ in 0..2 {
            let jssdk = pay.jssdk();
            let config = jssdk.config(&page).with_subscriber(dispatch.clone()).await.unwrap();
            assert_eq!(config.app_id, APPID);
        }
        let heard = heard.lock().unwrap();
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert!(heard[0].contains(SUB_APPID) && heard[0].contains("wx.config is of appid"), "{heard:?}");
    });
}

#[test]
fn the_key_of_a_provider_without_a_sub_merchant_is_not_checked_and_not_called_wrong() {
    within(async {
        let words = "商户号mch_id或sub_mch_id错误，受理机构必须传入sub_mch_id";
        let refusal = wire::xml::build([("return_code", "FAIL"), ("return_msg", words)]).unwrap();
        let server = Scripted::start(vec![Act::Answer(200, refusal)]).await;
        let mut options = options(&server.url);
        options.merchant.app_secret = None;
        let report = client(options).check().await;
        let finding = report.finding(Part::ApiKey).unwrap();
        assert_eq!(finding.state, State::NotSet, "{report}");
        assert!(finding.message.contains("was not checked") && finding.message.contains(words), "{report}");
        assert!(finding.remedy.as_ref().unwrap().contains("sub_mch_id"), "{report}");
        assert!(report.is_ok(), "{report}");
    });
}
