//! The currency of the settings: orders and refunds carry it, and another one is refused before anything is sent.

use std::time::Duration;

use crate::common::signed::{Signed, reply, with_public_key};
use crate::common::{self, asked, client, control, number, order, within};
use serde_json::{Value as Json, json};
use wxpaykit::doctor::Language;
use wxpaykit::registry;
use wxpaykit::table::{Field, FieldKind, Record};
use wxpaykit::value::{Params, Value};
use wxpaykit::{
    ApiVersion, CodeOptions, ConfirmedPayment, Fen, Micropay, Options, Refund, V3App, V3Native, V3OrderAmount,
    V3Refund, V3RefundAmount, WxPay,
};
use wxpaykit_emulator::{Config, Emulator, Running};

fn in_currency(mut options: Options, fee_type: &str) -> WxPay {
    options.merchant.fee_type = Some(fee_type.to_owned());
    client(options)
}

/// A server that answers each request with this reply of APIv3, and a client of it with the settings of both APIs.
async fn answered(text: &'static str, fee_type: &str) -> (Signed, WxPay) {
    let server = Signed::start(move |_| reply(200, text)).await;
    let mut merchant = with_public_key().notify_url("https://shop.example/notify");
    merchant.api_key = Some(common::KEY.into());
    let pay = in_currency(common::signed::options(merchant, &server.url), fee_type);
    (server, pay)
}

/// A client with the settings of both APIs.
fn both(wechat: &Running, fee_type: &str) -> WxPay {
    let mut options = common::v3_options(wechat);
    options.merchant.api_key = Some(wechat.merchant().api_key.expose().into());
    in_currency(options, fee_type)
}

/// A value for a field, with this currency in each place for one; `None` for a field without such a place.
fn with_currency(field: &Field, currency: &'static str) -> Option<(String, Value<'static>)> {
    let inside = |record: &'static Record| {
        let (path, value) = record.fields.iter().find_map(|member| {
            let (path, value) = with_currency(member, currency)?;
            Some((path, Value::Object(vec![(member.name.into(), value)])))
        })?;
        Some((format!("{}.{path}", field.name), value))
    };
    match field.kind {
        FieldKind::Currency => Some((field.name.to_owned(), Value::Text(currency.into()))),
        FieldKind::Record(record) => inside(record),
        FieldKind::List(record) => inside(record).map(|(path, item)| (path, Value::List(vec![item]))),
        _ => None,
    }
}

#[test]
fn each_call_that_has_a_currency_takes_that_of_the_settings_alone() {
    within(async {
        let (server, pay) = answered("{}", "USD").await;
        let mut calls = Vec::new();
        for endpoint in registry::all() {
            for field in endpoint.request {
                let Some((path, value)) = with_currency(field, "CNY") else { continue };
                let params: Params<'static> = vec![(field.name.into(), value)];
                let error = pay.execute(endpoint, &params).await.unwrap_err();
                assert_eq!((error.class(), error.field()), ("InvalidRequest", Some(&*path)), "{}", endpoint.name);
                let text = error.to_string();
                assert!(text.contains("is CNY, and fee_type in the settings is USD"), "{text}");
                calls.push(endpoint.name);
            }
        }
        let orders = ["v3.jsapi", "v3.native", "v3.h5", "v3.app", "v3.codepay"];
        let combined = ["v3.combine_jsapi", "v3.combine_native", "v3.combine_h5", "v3.combine_app"];
        let expected =
            ["unifiedorder", "refund", "micropay"].into_iter().chain(orders).chain(combined).chain(["v3.refund"]);
        assert!(calls.iter().copied().eq(expected), "{calls:?}");
        assert!(server.got.lock().unwrap().is_empty());
    });
}

/// The body of an order that says no currency: for CNY as it is without the setting.
#[test]
fn an_order_without_a_currency_has_that_of_the_settings() {
    within(async {
        for (fee_type, expected) in
            [("CNY", json!({ "total": 88 })), ("USD", json!({ "total": 88, "currency": "USD" }))]
        {
            let (server, pay) =
                answered(r#"{"code_url":"weixin://wxpay/bizpayurl?pr=1","prepay_id":"wx1"}"#, fee_type).await;
            let amount = || V3OrderAmount::new().total(Fen(88));
            let native = V3Native::new().description("茶").out_trade_no("A10001").amount(amount());
            pay.v3().native(native).await.unwrap();
            let app = V3App::new().description("茶").out_trade_no("A10002").amount(amount().currency(fee_type));
            pay.v3().app(app).await.unwrap();
            // As JSON, and with the place left empty.
            for given in [r#"{"total":88}"#, r#"{"total":88,"currency":""}"#] {
                let params: Params<'static> = vec![
                    ("description".into(), Value::Text("茶".into())),
                    ("out_trade_no".into(), Value::Text("A10003".into())),
                    ("amount".into(), Value::Json(given.into())),
                ];
                pay.execute(registry::find("v3.native").unwrap(), &params).await.unwrap();
            }
            let bodies: Vec<Json> =
                server.got.lock().unwrap().iter().map(|request| serde_json::from_str(&request.body).unwrap()).collect();
            let amounts: Vec<_> = bodies.iter().map(|body| body["amount"].clone()).collect();
            let named = json!({ "total": 88, "currency": fee_type });
            assert_eq!(amounts, [expected.clone(), named, expected.clone(), expected], "{fee_type}");
        }
        // Where the currency is required, it is the caller's word.
        let (server, pay) = answered("{}", "USD").await;
        let amount = V3RefundAmount::new().refund(Fen(1)).total(Fen(88));
        let error =
            pay.v3().refund(V3Refund::new().out_trade_no("A1").out_refund_no("R1").amount(amount)).await.unwrap_err();
        assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("amount.currency")));
        // The example of an object has the currency that is taken.
        let error = pay.v3().refund(V3Refund::new().out_trade_no("A1").out_refund_no("R1")).await.unwrap_err();
        assert!(error.to_string().contains(r#""total": 100, "currency": "USD"}"#), "{error}");
        assert!(server.got.lock().unwrap().is_empty());
    });
}

/// What the customer pays in is what the client confirms: by a code, a page, a query; and the money goes back in it.
#[test]
fn a_shop_in_another_currency_sells_and_refunds() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let (dollars, yuan) = (both(&wechat, "USD"), both(&wechat, "CNY"));
        for (pay, fee_type) in [(&dollars, "USD"), (&yuan, "CNY")] {
            let number = number();
            pay.unifiedorder(order(&number)).await.unwrap();
            control(&wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": number })).await;
            let paid = pay.wait_for_payment(&number, Fen(88), Duration::ZERO).await.unwrap().unwrap();
            assert_eq!(paid.fee_type(), Some(fee_type));
            let (other, name) = if fee_type == "USD" { (&yuan, "CNY") } else { (&dollars, "USD") };
            let unconfirmed = other.wait_for_payment(&number, Fen(88), Duration::ZERO).await.unwrap_err();
            assert_eq!(unconfirmed.code(), "fee_type_mismatch");
            let refund = || Refund::new().out_trade_no(&number).total_fee(Fen(88)).refund_fee(Fen(30));
            pay.refund(refund().out_refund_no(format!("R{number}"))).await.unwrap();
            let error = pay.refund(refund().out_refund_no("R2").refund_fee_type(name)).await.unwrap_err();
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("refund_fee_type")));
        }
    });
}

#[test]
fn a_code_is_charged_in_the_currency_of_the_settings() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let charge = async |number: &str| {
            let shown = control(&wechat, "POST", "/_emulator/payment-code", json!({})).await;
            let charge = Micropay::new().auth_code(shown["auth_code"].as_str().unwrap()).out_trade_no(number);
            charge.body("茶").total_fee(Fen(88)).spbill_create_ip("203.0.113.9")
        };
        let options = |api: ApiVersion| {
            let mut options = CodeOptions::default();
            options.api = Some(api);
            options
        };
        let number = number();
        let paid = both(&wechat, "USD").pay_by_code(charge(&number).await, options(ApiVersion::V2)).await.unwrap();
        assert_eq!(paid.payment().and_then(ConfirmedPayment::fee_type), Some("USD"), "{paid:?}");
        // A merchant in China has yuan alone in APIv3: WeChat refuses the charge, and nothing is taken.
        let refused = both(&wechat, "USD").pay_by_code(charge("U10001").await, options(ApiVersion::V3)).await.unwrap();
        assert_eq!(refused.as_str(), "refused", "{refused:?}");
        for api in [ApiVersion::V2, ApiVersion::V3] {
            let before = (asked(&wechat, "/pay/micropay").await, asked(&wechat, "/v3/pay/transactions/codepay").await);
            let error = both(&wechat, "CNY").pay_by_code(charge("U10002").await.fee_type("USD"), options(api)).await;
            let error = error.unwrap_err();
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("fee_type")));
            assert!(error.text_in(Language::Chinese).contains("而配置的 fee_type 是 CNY"), "{error}");
            let after = (asked(&wechat, "/pay/micropay").await, asked(&wechat, "/v3/pay/transactions/codepay").await);
            assert_eq!(before, after);
        }
    });
}
