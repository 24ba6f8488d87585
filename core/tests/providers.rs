//! Service providers whose calls name the sub-merchant: pages, wx.config, checks.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{APPID, Act, MCH_ID, Scripted, client, control, options, signed, within};
use serde_json::{Value as Json, json};
use tracing::instrument::WithSubscriber;
use wxpaykit::binding::warning::{Warning, Warnings};
use wxpaykit::client::{Part, State};
use wxpaykit::doctor::Language;
use wxpaykit::flow::CodeOptions;
use wxpaykit::platform::jssdk::PageConfig;
use wxpaykit::table::{Endpoint, Field, FieldKind};
use wxpaykit::v3::Call;
use wxpaykit::value::Value;
use wxpaykit::{
    Downloadbill, Downloadfundflow, Error, Fen, MerchantOptions, Micropay, Options, PageParams, Pending, PendingRefund,
    Reconciled, TradeType, Unifiedorder, V3App, V3CombineAmount, V3CombineApp, V3CombineClose, V3CombineCloseItem,
    V3CombineItem, V3CombineJsapi, V3CombineNative, V3CombinePayer, V3CombineQuery, V3OrderAmount,
    V3SubMerchantFundflowbill, V3Tradebill, WxPay, registry, wire,
};
use wxpaykit_emulator::{Config, Emulator, Merchant, Running};

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

/// A service provider's own merchants.
const SUBS: [&str; 2] = ["1900000201", "1900000202"];

async fn provider() -> Running {
    let mut provider = Merchant::new("wx8888888888888888", "1900000100", &"k".repeat(32), "a-provider-secret");
    provider.provider = true;
    provider.sub_mch_ids = SUBS.map(Into::into).to_vec();
    provider.api_v3_key = Some(wxpaykit::Secret::new("v".repeat(32)));
    let mut config = Config::default();
    config.merchants = vec![provider];
    Emulator::start(config).await.unwrap()
}

/// A client of the provider, with a sub-merchant and its appid in the settings or with none.
fn client_of(wechat: &Running, sub: Option<(&str, &str)>) -> WxPay {
    let mut merchant = MerchantOptions::v3("wx8888888888888888", "1900000100", "v".repeat(32))
        .client_cert(wechat.client_cert())
        .client_key(wechat.client_key())
        .notify_url("http://127.0.0.1:9/notify");
    merchant.api_key = Some(wxpaykit::Secret::new("k".repeat(32)));
    merchant.sub_mch_id = sub.map(|(number, _)| number.to_owned());
    merchant.sub_appid = sub.map(|(_, appid)| appid.to_owned());
    WxPay::new(Options::new(merchant).endpoints(wechat.url()).store("memory:")).unwrap()
}

/// The cashier's word about the parameters of a page or an app.
async fn paid_by(wechat: &Running, kind: &str, params: &PageParams) -> String {
    let params: Json = serde_json::from_str(&params.to_json()).unwrap();
    let visit = control(wechat, "POST", "/_emulator/pay", json!({ kind: params })).await;
    visit["err_msg"].as_str().unwrap_or_default().to_owned()
}

fn part(number: &str, sub: &str) -> V3CombineItem {
    part_of_none(number).sub_mchid(sub)
}

/// A part that names no sub-merchant.
fn part_of_none(number: &str) -> V3CombineItem {
    let amount = V3CombineAmount::new().total_amount(Fen(10)).currency("CNY");
    let part = V3CombineItem::new().mchid("1900000100").attach("a").amount(amount);
    part.out_trade_no(number).description("茶")
}

/// Parts of a combined order, both of the first sub-merchant.
fn parts(number: &str) -> Vec<V3CombineItem> {
    vec![part(&format!("{number}a"), SUBS[0]), part(&format!("{number}b"), SUBS[0])]
}

#[test]
fn a_page_of_a_combined_order_is_over_the_appid_that_combined_it() {
    within(async {
        let wechat = provider().await;
        for (at, sub) in [None, Some((SUBS[0], SUB_APPID))].into_iter().enumerate() {
            let pay = client_of(&wechat, sub);
            let payer = V3CombinePayer::new().openid(wechat.openid());
            let number = format!("COMBINED{at}");
            let order = V3CombineJsapi::new().combine_out_trade_no(&number).combine_payer_info(payer);
            let made = pay.v3().combine_jsapi(order.sub_orders(parts(&number))).await.unwrap();
            let page = pay.v3().jsapi_params(made.prepay_id(), None).unwrap();
            assert_eq!(page.get("appId"), Some("wx8888888888888888"));
            assert_eq!(paid_by(&wechat, "params", &page).await, "get_brand_wcpay_request:ok");
            // The customer as the sub-merchant's account knows them.
            let payer = V3CombinePayer::new().sub_openid(format!("oSub{}", "B".repeat(24)));
            let number = format!("COMBINED{at}S");
            let order = V3CombineJsapi::new().combine_out_trade_no(&number).combine_payer_info(payer);
            let of_appid = parts(&number).into_iter().map(|part| part.sub_appid(SUB_APPID)).collect();
            let made = pay.v3().combine_jsapi(order.sub_orders(of_appid)).await.unwrap();
            let page = pay.v3().jsapi_params(made.prepay_id(), None).unwrap();
            assert_eq!(page.get("appId"), Some(SUB_APPID));
            assert_eq!(paid_by(&wechat, "params", &page).await, "get_brand_wcpay_request:ok");
            let query = V3CombineQuery::new().combine_out_trade_no(&number);
            let asked = pay.v3().combine_query(query).await.unwrap();
            let part = asked.sub_orders().swap_remove(0);
            assert_eq!((part.sub_appid(), part.sub_openid().map(str::len)), (Some(SUB_APPID), Some(28)));
        }
    });
}

#[test]
fn the_payer_of_a_combined_order_has_one_openid() {
    within(async {
        let wechat = provider().await;
        let pay = client_of(&wechat, None);
        let both = || V3CombinePayer::new().openid("o").sub_openid("s");
        let sub = || V3CombinePayer::new().sub_openid("s");
        let filled = |appids: [&str; 2]| -> Vec<V3CombineItem> {
            parts("C1").into_iter().zip(appids).map(|(part, appid)| part.sub_appid(appid)).collect()
        };
        let direct = || ["C1a", "C1b"].map(|number| part_of_none(number).sub_appid(SUB_APPID)).to_vec();
        for (payer, parts, field) in [
            (V3CombinePayer::new(), parts("C1"), "combine_payer_info.openid"),
            (both(), filled([SUB_APPID; 2]), "combine_payer_info.sub_openid"),
            (sub(), direct(), "sub_orders.sub_mchid"),
            (sub(), parts("C1"), "sub_orders.sub_appid"),
            (sub(), filled([SUB_APPID, ""]), "sub_orders.sub_appid"),
            (sub(), filled([SUB_APPID, "wx3333333333333333"]), "sub_orders.sub_appid"),
        ] {
            let order = V3CombineJsapi::new().combine_out_trade_no("COMBINED1").combine_payer_info(payer);
            let error = pay.v3().combine_jsapi(order.sub_orders(parts)).await.unwrap_err();
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some(field)), "{error}");
        }
    });
}

#[test]
fn an_app_pays_the_sub_merchant_of_its_order_and_who_combined_a_combined_one() {
    within(async {
        let wechat = provider().await;
        let ok = "get_brand_wcpay_request:ok";
        for (at, sub) in [None, Some((SUBS[0], SUB_APPID))].into_iter().enumerate() {
            let pay = client_of(&wechat, sub);
            for (to, of_sub) in [true, false].into_iter().enumerate() {
                let numbers = ["V2", "V3"].map(|api| format!("{api}APP{at}{to}"));
                let order = Unifiedorder::new().body("茶").out_trade_no(&numbers[0]).total_fee(Fen(1));
                let order = order.trade_type(TradeType::App).spbill_create_ip("127.0.0.1").sub_mch_id(SUBS[0]);
                let order = if of_sub { order.sub_appid(SUB_APPID) } else { order };
                let made = pay.unifiedorder(order).await.unwrap();
                let app = pay.app_params(made.prepay_id(), None, None).unwrap();
                assert_eq!(app.get("partnerid"), Some(SUBS[0]));
                assert_eq!(paid_by(&wechat, "app_params", &app).await, ok);
                // The appid alone is given.
                let appid = app.get("appid");
                let again = pay.app_params(made.prepay_id(), appid, None).unwrap();
                assert_eq!(again.get("partnerid"), Some(SUBS[0]));
                let order = V3App::new().description("茶").out_trade_no(&numbers[1]).sub_mchid(SUBS[0]);
                let order = order.amount(V3OrderAmount::new().total(Fen(1)));
                let order = if of_sub { order.sub_appid(SUB_APPID) } else { order };
                let made = pay.v3().app(order).await.unwrap();
                let app = pay.v3().app_params(made.prepay_id(), None, None).unwrap();
                assert_eq!(app.get("partnerid"), Some(SUBS[0]));
                assert_eq!(paid_by(&wechat, "app_params", &app).await, ok);
            }
            let number = format!("COMBINEDAPP{at}");
            let order = V3CombineApp::new().combine_out_trade_no(&number).sub_orders(parts(&number));
            let made = pay.v3().combine_app(order).await.unwrap();
            let app = pay.v3().app_params(made.prepay_id(), None, None).unwrap();
            assert_eq!(app.get("partnerid"), Some("1900000100"));
            assert_eq!(paid_by(&wechat, "app_params", &app).await, ok);
            // An order of another process.
            let error = pay.v3().app_params("wx28169999", Some(SUB_APPID), None).unwrap_err();
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("partnerid")), "{error}");
            let named = pay.v3().app_params("wx28169999", Some(SUB_APPID), Some(SUBS[1])).unwrap();
            assert_eq!(named.get("partnerid"), Some(SUBS[1]));
        }
    });
}

#[test]
fn a_client_with_a_sub_merchant_is_for_that_one_alone() {
    within(async {
        let wechat = provider().await;
        let pay = client_of(&wechat, Some((SUBS[0], SUB_APPID)));
        let asked = async || control(&wechat, "GET", "/_emulator/journal", Json::Null).await;
        let before = asked().await;
        let refused = |error: Error, name: &str, field: &str| {
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some(field)), "{name}: {error}");
            let text = error.to_string();
            assert!(text.contains("must be 1900000201, the sub_mch_id of the settings"), "{name}: {text}");
        };
        let mut streamed = Vec::new();
        let names = ["sub_mch_id", "sub_mchid"];
        for endpoint in registry::all() {
            let Some(field) = endpoint.fields().find(|field| names.contains(&field.name)) else { continue };
            let other = vec![(field.name.into(), Value::Text(SUBS[1].into()))];
            let error = pay.execute(endpoint, &other).await.unwrap_err();
            if error.to_string().contains("is streamed") {
                streamed.push(endpoint.name);
                continue;
            }
            refused(error, endpoint.name, field.name);
        }
        assert_eq!(streamed, ["downloadbill", "downloadfundflow", "v3.tradebill", "v3.sub_merchant_fundflowbill"]);
        let day = "20261128";
        let bill = Downloadbill::new().bill_date(day).sub_mch_id(SUBS[1]);
        refused(pay.downloadbill(bill).await.unwrap_err(), "downloadbill", "sub_mch_id");
        let bill = V3Tradebill::new().bill_date("2026-11-28").sub_mchid(SUBS[1]);
        refused(pay.v3().tradebill(bill).await.unwrap_err(), "tradebill", "sub_mchid");
        let bill = Downloadfundflow::new().bill_date(day).sub_mch_id(SUBS[1]);
        refused(pay.downloadfundflow(bill).await.unwrap_err(), "downloadfundflow", "sub_mch_id");
        let bill = V3SubMerchantFundflowbill::new().bill_date("2026-11-28").sub_mchid(SUBS[1]);
        refused(pay.v3().sub_merchant_fundflowbill(bill).await.unwrap_err(), "sub_merchant_fundflowbill", "sub_mchid");
        let raw = vec![("sub_mch_id".into(), Value::Text(SUBS[1].into()))];
        refused(pay.call("/pay/orderquery", &raw).await.unwrap_err(), "call", "sub_mch_id");

        // Combined orders, with a part of another one, and with a part of none.
        for wrong in [Some(SUBS[1]), None] {
            let last = part_of_none("COMBINEDb");
            let last = if let Some(wrong) = wrong { last.sub_mchid(wrong) } else { last };
            let parts = || vec![part("COMBINEDa", SUBS[0]), last.clone()];
            let order = V3CombineNative::new().combine_out_trade_no("COMBINED").sub_orders(parts());
            refused(pay.v3().combine_native(order).await.unwrap_err(), "combine_native", "sub_orders.sub_mchid");
            let item = |number: &str, sub: Option<&str>| {
                let item = V3CombineCloseItem::new().mchid("1900000100").out_trade_no(number);
                if let Some(sub) = sub { item.sub_mchid(sub) } else { item }
            };
            let items = vec![item("COMBINEDa", Some(SUBS[0])), item("COMBINEDb", wrong)];
            let close = V3CombineClose::new().combine_out_trade_no("COMBINED").sub_orders(items);
            refused(pay.v3().combine_close(close).await.unwrap_err(), "combine_close", "sub_orders.sub_mchid");
        }

        // What asks for an order.
        let waited = pay.wait_for_payment_of(Some(SUBS[1]), "ORDER1", Fen(1), Duration::ZERO).await;
        refused(waited.unwrap_err(), "wait_for_payment", "sub_mch_id");
        let row = |combined: Option<&str>| Pending {
            out_trade_no: "ORDER1".to_owned(),
            total_fee: Fen(1),
            created: wxpaykit::client::now() - 60,
            sub_mch_id: Some(SUBS[1].to_owned()),
            combine_out_trade_no: combined.map(str::to_owned),
        };
        for combined in [None, Some("COMBINED")] {
            let waited = pay.wait_for_pending(&row(combined), Duration::ZERO).await;
            refused(waited.unwrap_err(), "wait_for_pending", "sub_mch_id");
            let Reconciled::Failed { error, .. } = pay.reconcile(&row(combined), async |_, _| Ok(())).await else {
                panic!("{combined:?}")
            };
            refused(error, "reconcile", "sub_mch_id");
        }
        let refund = PendingRefund {
            out_refund_no: "REFUND1".to_owned(),
            refund_fee: Fen(1),
            created: wxpaykit::client::now() - 60,
            sub_mch_id: Some(SUBS[1].to_owned()),
        };
        let Reconciled::Failed { error, .. } =
            pay.reconcile_refund(&refund, async |_, _| Ok(()), async |_, _| Ok(())).await
        else {
            panic!("a refund")
        };
        refused(error, "reconcile_refund", "sub_mch_id");
        let resumed = pay.resume_pay_by_code("ORDER1", Fen(1), Some(SUBS[1]), CodeOptions::default()).await;
        refused(resumed.unwrap_err(), "resume_pay_by_code", "sub_mch_id");
        let charge =
            Micropay::new().body("茶").out_trade_no("ORDER1").total_fee(Fen(1)).auth_code("130000000000000001");
        let charge = charge.spbill_create_ip("127.0.0.1").sub_mch_id(SUBS[1]);
        refused(pay.pay_by_code(charge, CodeOptions::default()).await.unwrap_err(), "pay_by_code", "sub_mch_id");
        assert_eq!(asked().await, before, "nothing was sent");

        // Its own number changes nothing.
        let own = Unifiedorder::new().body("茶").out_trade_no("ORDER1").total_fee(Fen(1)).sub_mch_id(SUBS[0]);
        let own = own.trade_type(TradeType::Native).product_id("1").spbill_create_ip("127.0.0.1");
        pay.unifiedorder(own).await.unwrap();
    });
}

/// Paths of the texts that say which merchant a call is for, in the fields of a call.
fn merchants(fields: impl Iterator<Item = &'static Field>, path: &[&'static str], found: &mut Vec<Vec<&'static str>>) {
    for field in fields {
        let path = [path, &[field.name]].concat();
        match field.kind.record() {
            Some(record) => merchants(record.fields.iter(), &path, found),
            None if ["mchid", "mch_id"].iter().any(|name| field.name.ends_with(name)) => found.push(path),
            None => {}
        }
    }
}

/// A value with `text` at a path of members.
fn at(endpoint: &Endpoint, path: &[&'static str], text: &'static str) -> Value<'static> {
    let Some((last, objects)) = path.split_last() else { panic!("no path") };
    let inner = vec![((*last).into(), Value::Text(text.into()))];
    let mut kinds = Vec::new();
    let mut fields: Vec<&Field> = endpoint.fields().collect();
    for name in objects {
        let field = *fields.iter().find(|field| field.name == *name).unwrap();
        kinds.push(field);
        fields = field.kind.record().unwrap().fields.iter().collect();
    }
    let (mut members, mut at) = (inner, kinds.len());
    loop {
        let Some(field) = at.checked_sub(1).map(|at| kinds[at]) else {
            return members.pop().unwrap().1;
        };
        let object = Value::Object(members);
        let value = if matches!(field.kind, FieldKind::List(_)) { Value::List(vec![object]) } else { object };
        members = vec![(field.name.into(), value)];
        at -= 1;
    }
}

/// The error of a call of APIv3 without a method: with this body, or without one and an empty number in its query.
async fn raw_v3(pay: &WxPay, json: &str) -> Error {
    let mut call = Call { method: "POST".into(), path: "/v3/anything".into(), ..Call::default() };
    match json {
        "" => call.query = vec![("sub_mchid".into(), Value::Text("".into()))],
        json => call.json = Some(json.to_owned()),
    }
    pay.v3().call(&call).await.unwrap_err()
}

#[test]
fn an_empty_number_of_a_merchant_is_not_the_same_as_none() {
    within(async {
        let wechat = provider().await;
        let asked = async || control(&wechat, "GET", "/_emulator/journal", Json::Null).await;
        let before = asked().await;
        for sub in [None, Some((SUBS[0], SUB_APPID))] {
            let pay = client_of(&wechat, sub);
            let mut checked = Vec::new();
            for endpoint in registry::all() {
                let mut found = Vec::new();
                merchants(endpoint.fields(), &[], &mut found);
                for path in found {
                    let value = at(endpoint, &path, "");
                    let error = pay.execute(endpoint, &vec![(path[0].into(), value)]).await.unwrap_err();
                    let text = error.to_string();
                    if text.contains("is streamed") {
                        continue;
                    }
                    let place = path.join(".");
                    assert_eq!((error.class(), error.field()), ("InvalidRequest", Some(&*place)), "{place}: {text}");
                    assert!(text.contains("must not be empty"), "{place}: {text}");
                    checked.push(format!("{} {place}", endpoint.name));
                }
            }
            for known in ["unifiedorder sub_mch_id", "v3.native sub_mchid", "v3.combine_native sub_orders.sub_mchid"] {
                assert!(checked.iter().any(|name| name == known), "{known}: {checked:?}");
            }
            // A call that no row describes, the bills, which are streamed, and what makes orders of other functions' fields.
            let raw = vec![("sub_mch_id".into(), Value::Text("".into()))];
            let bill = Downloadbill::new().bill_date("20261128").sub_mch_id("");
            let v3_bill = V3Tradebill::new().bill_date("2026-11-28").sub_mchid("");
            let charge =
                Micropay::new().body("茶").out_trade_no("ORDER1").total_fee(Fen(1)).auth_code("130000000000000001");
            let charge = charge.spbill_create_ip("127.0.0.1").sub_mch_id("");
            for (error, field) in [
                (pay.call("/pay/unifiedorder", &raw).await.unwrap_err(), "sub_mch_id"),
                (pay.downloadbill(bill).await.unwrap_err(), "sub_mch_id"),
                (pay.v3().tradebill(v3_bill).await.unwrap_err(), "sub_mchid"),
                (pay.pay_by_code(charge, CodeOptions::default()).await.unwrap_err(), "sub_mch_id"),
                (raw_v3(&pay, r#"{"a":[{"sub_mchid":""}]}"#).await, "json.a[0].sub_mchid"),
                (raw_v3(&pay, "").await, "query.sub_mchid"),
                (pay.wait_for_payment_of(Some(""), "ORDER1", Fen(1), Duration::ZERO).await.unwrap_err(), "sub_mch_id"),
            ] {
                assert_eq!((error.class(), error.field()), ("InvalidRequest", Some(field)), "{error}");
                assert!(error.to_string().contains("must not be empty"), "{error}");
            }
        }
        assert_eq!(asked().await, before, "nothing was sent");
    });
}
