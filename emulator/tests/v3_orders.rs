//! APIv3: orders, refunds and their notifications, and how both APIs see them.

use crate::common;
use crate::common::v3::{Signed, decrypt, number, order, refusal};
use crate::common::{APPID, Answer, MCH, OPENID, Request, Shop, Wechat, http, start, within};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use wxpaykit::BeijingTime;
use wxpaykit::crypto::rsa::SigningKey;
use wxpaykit::doctor::Language;
use wxpaykit_emulator::Merchant;

const JSAPI: &str = "/v3/pay/transactions/jsapi";
const NATIVE: &str = "/v3/pay/transactions/native";
const REFUNDS: &str = "/v3/refund/domestic/refunds";

async fn place(wechat: &Wechat, path: &str, body: &Value) -> Value {
    let answer = wechat.v3_post(path, body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

async fn query(wechat: &Wechat, out_trade_no: &str) -> Answer {
    wechat.v3_get(&format!("/v3/pay/transactions/out-trade-no/{out_trade_no}?mchid={MCH}")).await
}

async fn close(wechat: &Wechat, out_trade_no: &str) -> Answer {
    let path = format!("/v3/pay/transactions/out-trade-no/{out_trade_no}/close");
    wechat.v3_post(&path, &json!({ "mchid": MCH })).await
}

fn without(mut body: Value, name: &str) -> Value {
    body.as_object_mut().unwrap().remove(name);
    body
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

/// An order that no member names the payer of.
fn native(out_trade_no: &str) -> Value {
    without(order(out_trade_no), "payer")
}

fn rsa(wechat: &Wechat, text: &str) -> String {
    SigningKey::read("key", wechat.running.client_key().as_bytes()).unwrap().sign(text.as_bytes()).unwrap()
}

#[test]
fn an_order_is_made_paid_and_queried() {
    within(async {
        let wechat = start(|_| {}).await;
        let body = with(order("V3-20251128001"), "attach", json!("自定义"));
        let prepay_id = place(&wechat, JSAPI, &body).await["prepay_id"].as_str().unwrap().to_owned();
        assert!(prepay_id.starts_with("wx") && prepay_id.len() == 36, "{prepay_id}");
        let unpaid = query(&wechat, "V3-20251128001").await.json();
        let expected = json!({
            "amount": { "payer_currency": "CNY", "total": 100 }, "appid": APPID, "attach": "自定义", "mchid": MCH,
            "out_trade_no": "V3-20251128001", "promotion_detail": [], "scene_info": { "device_id": "" },
            "trade_state": "NOTPAY", "trade_state_desc": "订单未支付",
        });
        assert_eq!(unpaid, expected);
        // A page pays with parameters that the merchant's key has signed.
        let (time, nonce, package) = ("1764300000", "abc", format!("prepay_id={prepay_id}"));
        let sign = |text: String| rsa(&wechat, &text);
        let params = |pay_sign: String| {
            json!({ "params": {
                "appId": APPID, "timeStamp": time, "nonceStr": nonce, "package": package, "signType": "RSA", "paySign": pay_sign,
            } })
        };
        let bare = sign(format!("{APPID}\n{time}\n{nonce}\n{prepay_id}\n"));
        let refused = wechat.control("pay", params(bare)).await;
        assert_eq!(refused["err_desc"], "支付验证签名失败");
        let why = wechat.last().await["explanation"].clone();
        assert_eq!((&why["mistake"], &why["sign_type"]), (&json!("package_without_name"), &json!("RSA")));
        assert_eq!(why["string_to_sign"], format!("{APPID}\n{time}\n{nonce}\n{package}\n"));
        assert_eq!(why["likely_string"], format!("{APPID}\n{time}\n{nonce}\n{prepay_id}\n"));
        let old = wechat.control("pay", params("0".repeat(32))).await;
        assert_eq!(
            (&old["err_desc"], &wechat.last().await["explanation"]["mistake"]),
            (&json!("支付验证签名失败"), &json!("v2_signature"))
        );
        let paid = wechat.control("pay", params(sign(format!("{APPID}\n{time}\n{nonce}\n{package}\n")))).await;
        assert_eq!(paid["err_msg"], "get_brand_wcpay_request:ok", "{paid}");

        let found = query(&wechat, "V3-20251128001").await.json();
        let names: Vec<&String> = found.as_object().unwrap().keys().collect();
        assert!(names.is_sorted(), "{names:?}");
        assert_eq!(
            found["amount"],
            json!({ "currency": "CNY", "payer_currency": "CNY", "payer_total": 100, "total": 100 })
        );
        assert_eq!((&found["trade_state"], &found["trade_type"]), (&json!("SUCCESS"), &json!("JSAPI")));
        assert_eq!((&found["payer"]["openid"], &found["bank_type"]), (&json!(OPENID), &json!("OTHERS")));
        assert!(found["success_time"].as_str().unwrap().ends_with("+08:00"));
        let id = found["transaction_id"].as_str().unwrap();
        let by_id = wechat.v3_get(&format!("/v3/pay/transactions/id/{id}?mchid={MCH}")).await;
        assert_eq!(by_id.json(), found);
        let order = wechat.order("V3-20251128001").await;
        assert_eq!((&order["api"], &order["sign_type"]), (&json!("v3"), &json!("RSA")));
    });
}

#[test]
fn the_products_differ_in_what_they_return() {
    within(async {
        let wechat = start(|_| {}).await;
        let app = place(&wechat, "/v3/pay/transactions/app", &native("V3-app-01")).await;
        let prepay_id = app["prepay_id"].as_str().unwrap();
        let sign = rsa(&wechat, &format!("{APPID}\n1764300000\nabc\n{prepay_id}\n"));
        let params = json!({ "app_params": {
            "appid": APPID, "partnerid": MCH, "prepayid": prepay_id, "package": "Sign=WXPay", "noncestr": "abc", "timestamp": 1764300000,
            "sign": sign,
        } });
        assert_eq!(wechat.control("pay", params).await["err_code"], 0);
        let code = place(&wechat, NATIVE, &native("V3-native-01")).await["code_url"].as_str().unwrap().to_owned();
        assert!(code.starts_with("weixin://wxpay/bizpayurl?pr="));
        // The same order again: another code_url, and the one before it ends.
        let again = place(&wechat, NATIVE, &native("V3-native-01")).await["code_url"].as_str().unwrap().to_owned();
        assert_ne!(code, again);
        let old = wechat.http("POST", "/_emulator/pay", &[], json!({ "code_url": code }).to_string().as_bytes()).await;
        assert_eq!(old.status, 404, "{}", old.body);
        assert_eq!(wechat.control("pay", json!({ "code_url": again })).await["err_code"], 0);
        let scene = json!({ "payer_client_ip": "203.0.113.9", "h5_info": { "type": "Wap" } });
        let h5 = with(native("V3-h5-0001"), "scene_info", scene);
        let url = place(&wechat, "/v3/pay/transactions/h5", &h5).await["h5_url"].as_str().unwrap().to_owned();
        assert!(url.contains("/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx"), "{url}");
        assert_eq!(wechat.control("pay", json!({ "mweb_url": url })).await["err_code"], 0);
        assert_eq!(query(&wechat, "V3-h5-0001").await.json()["trade_type"], "MWEB");
    });
}

#[test]
fn refusals_of_orders() {
    within(async {
        let wechat = start(|config| {
            let mut demo = Merchant::demo();
            demo.products = vec!["JSAPI".into(), "NATIVE".into()];
            let other = Merchant::new("wx1111111111111111", "10000300", &"k".repeat(32), "another-app-secret");
            config.merchants = vec![demo, other];
        })
        .await;
        let body = || order("V3-refused-1");
        let required = "输入源“/body/description”映射到字段“商品描述”必填性规则校验失败，此字段为必填项";
        let cases = [
            (JSAPI, without(body(), "description"), format!("400 PARAM_ERROR {required}")),
            (JSAPI, with(body(), "total_fee", json!(1)), "400 PARAM_ERROR 请求中含有未在API文档中定义的参数".into()),
            (NATIVE, body(), "400 PARAM_ERROR 请求中含有未在API文档中定义的参数".into()),
            (JSAPI, with(body(), "description", json!("茶🍵")), "400 PARAM_ERROR 请求体中含有不支持的字符".into()),
            (
                JSAPI,
                with(body(), "mchid", json!("10000300")),
                "400 PARAM_ERROR http header中的mchid与post payload中的mchid不匹配".into(),
            ),
            (
                JSAPI,
                with(body(), "appid", json!("wx1111111111111111")),
                "400 APPID_MCHID_NOT_MATCH appid和mch_id不匹配，请检查后再试".into(),
            ),
            (JSAPI, with(body(), "payer", json!({ "openid": "o" })), "400 PARAM_ERROR 无效的openid".into()),
            (
                "/v3/pay/transactions/app",
                native("V3-refused-1"),
                "403 NO_AUTH 商户号该产品权限未开通，请前往商户平台>产品中心检查后重试".into(),
            ),
        ];
        for (path, body, expected) in cases {
            let answer = wechat.v3_post(path, &body).await;
            assert_eq!(refusal(&answer), expected);
        }
        assert_eq!(wechat.control("orders", Value::Null).await, json!([]), "none of them made an order");
        let answer = Signed::by(&wechat)
            .with("Content-Type", "text/plain")
            .send(&wechat, "POST", JSAPI, &body().to_string())
            .await;
        assert!(refusal(&answer).starts_with("400 PARAM_ERROR"), "{}", answer.body);
        let answer = Signed::by(&wechat).send(&wechat, "POST", JSAPI, "[]").await;
        assert!(refusal(&answer).starts_with("400 PARAM_ERROR"), "{}", answer.body);
        // The newer gateway asks for no Accept, and has other words.
        let answer = wechat.http("POST", JSAPI, &[("Content-Type", "application/json")], b"{}").await;
        assert_eq!(refusal(&answer), "401 SIGN_ERROR 签名信息错误，验签失败");
        let signed = Signed { body: Some("{}".into()), ..Signed::by(&wechat).with("Accept", "") };
        let answer = signed.send(&wechat, "POST", JSAPI, &body().to_string()).await;
        assert_eq!(refusal(&answer), "401 SIGN_ERROR 签名错误");
        let detail = answer.json()["detail"].clone();
        assert_eq!(detail["detail"]["issue"], "sign not match");
        assert!(
            detail["sign_information"]["truncated_sign_message"].as_str().unwrap().ends_with("\n{\"appid\"\n"),
            "{detail}"
        );
    });
}

#[test]
fn a_body_has_no_null_and_no_character_of_four_bytes() {
    within(async {
        let wechat = start(|_| {}).await;
        let plain = order("V3-unfit-001").to_string();
        let send = async |body: String| {
            let answer = Signed::by(&wechat).send(&wechat, "POST", JSAPI, &body).await;
            let detail = wechat.last().await["explanation"]["detail"].as_str().unwrap_or_default().to_owned();
            (refusal(&answer), detail)
        };
        let strange = "400 PARAM_ERROR 请求体中含有不支持的字符";
        let with_member = |member: &str| format!("{{{member},{}", &plain[1..]);
        for (body, at) in [
            (with_member(r#""attach":"茶🍵""#), "/body/attach"),
            (with_member(r#""attach":"\ud83c\udf75""#), "/body/attach"),
            (with_member(r#""a\ud83c\udf75":1"#), "/body/a🍵"),
            (
                with_member(r#""detail":{"goods_detail":[{"goods_name":"\ud83c\udf75"}]}"#),
                "/body/detail/goods_detail/0/goods_name",
            ),
        ] {
            let (refused, detail) = send(body.clone()).await;
            assert_eq!(refused, strange, "{body}");
            assert!(detail.starts_with(at), "{detail}");
        }
        for member in [r#""attach":null"#, r#""unknown":null"#, r#""limit_pay":[null]"#] {
            let (refused, detail) = send(with_member(member)).await;
            assert!(refused.starts_with("400 PARAM_ERROR "), "{refused}");
            assert!(detail.contains("APIv3 takes no null: leave the member out"), "{member}: {detail}");
        }
        assert_eq!(wechat.control("orders", Value::Null).await, json!([]), "none of them made an order");
    });
}

#[test]
fn long_requests_do_not_make_long_entries_of_the_journal() {
    within(async {
        let wechat = start(|_| {}).await;
        let mut body = order("V3-long-0001");
        for n in 0..5000 {
            body[format!("{n:0>100}")] = json!(1);
        }
        let answer = wechat.v3_post(JSAPI, &body).await;
        assert_eq!(refusal(&answer), "400 PARAM_ERROR 请求中含有未在API文档中定义的参数");
        let listed = answer.json()["detail"]["value"].clone();
        let listed: Vec<&str> = listed.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(listed.len(), 16);
        assert!(listed.iter().all(|name| name.len() == 64 && name.starts_with("/body/000")), "{listed:?}");
        let entry = wechat.last().await;
        assert!(entry["explanation"]["detail"].as_str().unwrap().ends_with(" and 4984 more"), "{entry}");
        assert!(entry.to_string().len() < 20_000, "{}", entry.to_string().len());

        let query = (0..1000).map(|n| format!("&{n:0>20}=1")).collect::<String>();
        let answer = wechat.v3_get(&format!("/v3/certificates?algorithm_type=RSA{query}")).await;
        assert_eq!(answer.json()["detail"]["value"].as_array().unwrap().len(), 16);
        let kind = format!("text/{}", "x".repeat(10_000));
        let body = order("V3-long-0002").to_string();
        let answer = Signed::by(&wechat).with("Content-Type", &kind).send(&wechat, "POST", JSAPI, &body).await;
        assert!(refusal(&answer).starts_with("400 PARAM_ERROR"), "{}", answer.body);
        let entry = wechat.last().await;
        assert!(entry["explanation"]["detail"].as_str().unwrap().len() < 100, "{entry}");
    });
}

#[test]
fn numbers_are_used_once() {
    within(async {
        let wechat = start(|_| {}).await;
        let body = order("V3-number-01");
        let first = place(&wechat, JSAPI, &body).await;
        // The order of members does not count.
        let mut turned: Vec<(String, Value)> = body.as_object().unwrap().clone().into_iter().collect();
        turned.reverse();
        let again = place(&wechat, JSAPI, &Value::Object(turned.into_iter().collect())).await;
        assert_ne!(first, again);
        let dearer = with(body.clone(), "amount", json!({ "total": 101, "currency": "CNY" }));
        assert_eq!(refusal(&wechat.v3_post(JSAPI, &dearer).await), "400 INVALID_REQUEST 201 商户订单号重复");
        let other = wechat.v3_post(NATIVE, &native("V3-number-01")).await;
        assert_eq!(refusal(&other), "403 OUT_TRADE_NO_USED 商户订单号重复");
        assert_eq!(wechat.last().await["explanation"]["mistake"], "number_used");
        let closed = close(&wechat, "V3-number-01").await;
        assert_eq!((closed.status, closed.body.as_str()), (204, ""));
        assert_eq!(close(&wechat, "V3-number-01").await.status, 204, "again");
        assert_eq!(query(&wechat, "V3-number-01").await.json()["trade_state"], "CLOSED");
        assert_eq!(refusal(&wechat.v3_post(JSAPI, &body).await), "400 ORDER_CLOSED 订单已关闭");
        assert_eq!(refusal(&close(&wechat, "V3-unknown").await), "404 ORDER_NOT_EXIST 订单不存在");
        assert_eq!(refusal(&query(&wechat, "V3-unknown").await), "404 ORDER_NOT_EXIST 订单不存在");
        place(&wechat, JSAPI, &order("V3-number-02")).await;
        wechat.pay("V3-number-02").await;
        assert_eq!(refusal(&close(&wechat, "V3-number-02").await), "400 INVALID_REQUEST 该订单已支付");
        assert_eq!(refusal(&wechat.v3_post(JSAPI, &order("V3-number-02")).await), "400 INVALID_REQUEST 该订单已支付");
        let strange = wechat.v3_get(&format!("/v3/pay/transactions/out-trade-no/V3-number-02?mchid={MCH}&x=1")).await;
        assert_eq!(strange.json()["detail"], json!({ "location": "query", "value": ["/query/x"] }));
        let long = wechat.v3_get(&format!("/v3/pay/transactions/out-trade-no/{}?mchid={MCH}", "9".repeat(35))).await;
        assert!(
            refusal(&long).contains("/uri_template/out_trade_no") && refusal(&long).contains("字节数 35"),
            "{}",
            long.body
        );
    });
}

/// A partner's order, and a combined one, too: the bodies of NATIVE and of APP are equal.
#[test]
fn a_number_is_of_the_product_that_it_was_used_for() {
    within(async {
        let mut provider = Merchant::new("wx8888888888888888", "1900000109", &"k".repeat(32), "a-provider-secret");
        provider.provider = true;
        provider.api_v3_key = Some(wxpaykit::Secret::new("v".repeat(32)));
        let partner = start(|config| config.merchants = vec![provider]).await;
        let wechat = start(|_| {}).await;
        let by_partner = json!({
            "sp_appid": "wx8888888888888888", "sp_mchid": "1900000109", "sub_mchid": "1900000201", "description": "服务商下单",
            "out_trade_no": "V3-product-2", "notify_url": "https://example.com/notify", "amount": { "total": 100 },
        });
        let part = |number: &str| {
            json!({
                "mchid": MCH, "attach": "a", "amount": { "total_amount": 1, "currency": "CNY" }, "out_trade_no": number,
                "description": "茶",
            })
        };
        let combined = json!({
            "combine_appid": APPID, "combine_mchid": MCH, "combine_out_trade_no": "V3-product-3",
            "sub_orders": [part("V3-product-4"), part("V3-product-5")], "notify_url": "https://example.com/notify",
        });
        for (wechat, folder, body) in [
            (&wechat, "/v3/pay/transactions", &native("V3-product-1")),
            (&partner, "/v3/pay/partner/transactions", &by_partner),
            (&wechat, "/v3/combine-transactions", &combined),
        ] {
            place(wechat, &format!("{folder}/native"), body).await;
            let other = wechat.v3_post(&format!("{folder}/app"), body).await;
            assert_eq!(refusal(&other), "403 OUT_TRADE_NO_USED 商户订单号重复", "{folder}");
            assert_eq!(number(&other), 268_498_688);
            let told = wechat.last().await["explanation"]["detail"].clone();
            assert!(told.as_str().unwrap().contains("the call of another product"), "{told}");
            place(wechat, &format!("{folder}/native"), body).await;
        }
        // The number of an order of APIv2 is taken for every product, and the other way round.
        wechat.unifiedorder(&Request::of_type("NATIVE", "V2-product-1")).await.ok();
        let same = wechat.v3_post(NATIVE, &native("V2-product-1")).await;
        assert_eq!(refusal(&same), "400 INVALID_REQUEST 201 商户订单号重复");
        let other = wechat.v3_post("/v3/pay/transactions/app", &native("V2-product-1")).await;
        assert_eq!(refusal(&other), "403 OUT_TRADE_NO_USED 商户订单号重复");
        for kind in ["NATIVE", "APP"] {
            let by_v2 = wechat.unifiedorder(&Request::of_type(kind, "V3-product-1")).await;
            assert_eq!(by_v2.failed(), "INVALID_REQUEST 201 商户订单号重复", "{kind}");
        }
    });
}

/// The end of payability is no automatic close: WeChat closes the order some time later.
#[test]
fn past_its_time_expire_an_order_is_notpay_until_it_is_closed() {
    within(async {
        for (switch, delay) in [(None, 7 * 86_400), (Some(0), 0), (Some(3600), 3600)] {
            let wechat = start(|config| {
                config.frozen_clock = true;
                config.close_expired_after = switch.unwrap_or(config.close_expired_after);
            })
            .await;
            let later = |now: i64, s: i64| json!(BeijingTime::from_unix(now + s).unwrap().to_rfc3339());
            let now = wechat.now().await;
            let states = async |number: &str| {
                let by_v3 = query(&wechat, number).await.json()["trade_state"].clone();
                assert_eq!(by_v3, wechat.orderquery(number).await.get("trade_state"), "both APIs say the same");
                by_v3
            };
            let body = with(native("V3-expire-01"), "time_expire", later(now, 3600));
            let code = place(&wechat, NATIVE, &body).await["code_url"].clone();
            let h5 = json!({ "payer_client_ip": "203.0.113.9", "h5_info": { "type": "Wap" } });
            place(&wechat, "/v3/pay/transactions/h5", &with(native("V3-expire-02"), "scene_info", h5)).await;
            wechat.advance(3599).await;
            place(&wechat, NATIVE, &body).await;
            assert!(wechat.get("/_wechat/qr").await.body.contains("V3-expire-01"));
            wechat.advance(1).await;
            if delay == 0 {
                assert_eq!(states("V3-expire-01").await, "CLOSED");
                continue;
            }
            assert_eq!(states("V3-expire-01").await, "NOTPAY");
            assert!(wechat.get("/_wechat/qr").await.body.contains("没有等待支付的订单"), "{code}");
            let refused = wechat.control("pay", json!({ "out_trade_no": "V3-expire-01" })).await;
            assert_eq!((&refused["err_desc"], &refused["trade_state"]), (&json!("该订单已失效"), &json!("NOTPAY")));
            assert_eq!(wechat.last().await["explanation"]["mistake"], "order_expired");
            let again = wechat.v3_post(NATIVE, &body).await;
            assert_eq!((refusal(&again).as_str(), number(&again)), ("400 INVALID_REQUEST 该订单已失效", 268_447_914));
            wechat.advance(delay - 1).await;
            assert_eq!(states("V3-expire-01").await, "NOTPAY");
            wechat.advance(1).await;
            assert_eq!(states("V3-expire-01").await, "CLOSED");
            // Without time_expire it can be paid for seven days.
            let left = now + 7 * 86_400 - wechat.now().await;
            if left > 0 {
                wechat.advance(left - 1).await;
                assert!(wechat.get("/_wechat/h5").await.body.contains("V3-expire-02"));
                wechat.advance(1).await;
            }
            assert!(wechat.get("/_wechat/h5").await.body.contains("没有等待支付的订单"));
            assert_eq!(states("V3-expire-02").await, "NOTPAY");
            assert_eq!(close(&wechat, "V3-expire-02").await.status, 204);
            assert_eq!(states("V3-expire-02").await, "CLOSED");
            assert_eq!(close(&wechat, "V3-expire-02").await.status, 204, "again");
            // An order of APIv2 closes itself, also for queries of APIv3; and APIv2 closes one of APIv3.
            let now = wechat.now().await;
            let wire = BeijingTime::from_unix(now + 62).unwrap().to_wire();
            wechat.unifiedorder(&Request::order("V2-expire-01").with("time_expire", &wire)).await.ok();
            place(&wechat, NATIVE, &with(native("V3-expire-03"), "time_expire", later(now, 62))).await;
            wechat.advance(62).await;
            assert_eq!(
                (states("V2-expire-01").await, states("V3-expire-03").await),
                (json!("CLOSED"), json!("NOTPAY"))
            );
            wechat.closeorder("V3-expire-03").await.ok();
            assert_eq!(states("V3-expire-03").await, "CLOSED");
        }
    });
}

/// The texts of WeChat stay as they are; the journal's explanations are in the language of the emulator.
#[test]
fn explains_in_chinese() {
    within(async {
        let wechat = start(|config| config.language = Language::Chinese).await;
        let told = async |answer: Answer, mistake: &str, detail: &str| {
            let entry = wechat.last().await;
            assert_eq!(entry["status"], answer.status);
            let explanation = &entry["explanation"];
            assert_eq!((&explanation["mistake"], &explanation["detail"]), (&json!(mistake), &json!(detail)));
        };
        let sent = async |request: Signed, path: &str, body: String| request.send(&wechat, "POST", path, &body).await;
        let by = || Signed::by(&wechat);
        let body = || order("V3-words-001");
        let text = || body().to_string();

        let prepay_id = place(&wechat, JSAPI, &body()).await["prepay_id"].as_str().unwrap().to_owned();
        let entry = wechat.last().await;
        assert_eq!(
            (&entry["explanation"]["mistake"], &entry["explanation"]["detail"]),
            (&Value::Null, &json!("签名没有问题"))
        );

        // Who signs.
        let scheme = "Authorization 的认证类型不是 WECHATPAY2-SHA256-RSA2048";
        let bearer = by().with("Authorization", "Bearer x");
        told(sent(bearer, JSAPI, text()).await, "authorization_malformed", scheme).await;
        let right = by().authorization("POST", JSAPI, &text());
        let bare = by().with("Authorization", &right.replace("nonce_str", "nonce"));
        told(sent(bare, JSAPI, text()).await, "authorization_malformed", "Authorization：nonce 不是其中的一项").await;
        let missing = wechat.http("POST", JSAPI, &[("Content-Type", "application/json")], text().as_bytes()).await;
        told(missing, "authorization_missing", "请求没有 Authorization").await;
        let late = Signed { timestamp: common::v3::now() * 1000, ..by() };
        let milliseconds = "timestamp 的单位是毫秒，而 APIv3 要求秒";
        told(sent(late, JSAPI, text()).await, "timestamp_in_milliseconds", milliseconds).await;
        let other = Signed { mch_id: "10000999".into(), ..by() };
        told(sent(other, JSAPI, text()).await, "other_mch_id", "模拟器没有商户号 10000999：见 --merchant").await;
        let own = wechat.running.platform_public_key_id();
        let serial = format!(
            "Wechatpay-Serial 是 0A，不是微信支付给该商户的任何一个公钥或平台证书；它的微信支付公钥 ID 是 {own}"
        );
        told(sent(by().with("Wechatpay-Serial", "0A"), JSAPI, text()).await, "serial_unknown", &serial).await;
        // The sentence of the client.
        let other = "PUB_KEY_ID_0119000000012025112800000000000001";
        let wrong = wxpaykit::doctor::wrong_public_key_id(other, own).message(Language::Chinese);
        assert!(wrong.contains(other) && wrong.contains(own), "{wrong}");
        told(sent(by().with("Wechatpay-Serial", other), JSAPI, text()).await, "public_key_id_wrong", &wrong).await;
        let xml = wxpaykit::doctor::Mistake::BODY_IS_XML.message(Language::Chinese);
        told(sent(by(), JSAPI, "<xml><appid>x</appid></xml>".to_owned()).await, "body_is_xml", &xml).await;

        // What it says.
        let kind = sent(by().with("Content-Type", "text/plain"), JSAPI, text()).await;
        told(kind, "content_type", "Content-Type 是 \"text/plain\"").await;
        told(sent(by(), JSAPI, "[1]".to_owned()).await, "body_format", "请求体不是 JSON 对象").await;
        let differs = format!("Authorization 里是 {MCH}，而 mchid 是 10000101");
        told(wechat.v3_post(JSAPI, &with(body(), "mchid", json!("10000101"))).await, "mchid_differs", &differs).await;
        let undefined = "文档中没有这些参数：/body/x";
        told(wechat.v3_post(JSAPI, &with(body(), "x", json!(1))).await, "undefined_parameter", undefined).await;
        for (name, value, mistake, detail) in [
            ("attach", json!(null), "field_format", "/body/attach 是 null；APIv3 不接受 null，请不要传这一项"),
            (
                "attach",
                json!("🍵"),
                "four_byte_character",
                "/body/attach：APIv3 只接受最多三个字节的字符，不接受表情符号",
            ),
            ("attach", json!(1), "field_format", "/body/attach 的类型不对，应为字符串"),
            ("description", json!(""), "field_length", "/body/description 不符合要求：字符数 0，小于最小值 1"),
            ("amount", json!({ "total": 0 }), "field_format", "/body/amount/total 是 0，低于最小值 1"),
            ("amount", json!({}), "missing_fields", "/body/amount/total 是必填项"),
            ("time_expire", json!("x"), "field_format", "/body/time_expire 应为 2025-11-28T11:20:05+08:00 这样的时间"),
            ("payer", json!({ "openid": "o" }), "other_openid", "appid 下没有这个 openid 的用户"),
            ("appid", json!("wx1"), "not_bound", &format!("appid wx1 与商户号 {MCH} 没有绑定")),
        ] {
            told(wechat.v3_post(JSAPI, &with(body(), name, value)).await, mistake, detail).await;
        }
        let refund = json!({ "out_trade_no": "V3-words-001", "transaction_id": "1", "out_refund_no": "R1", "amount": { "refund": 1, "total": 100, "currency": "CNY" } });
        let one = "transaction_id 和 out_trade_no 必须且只能传一个";
        told(wechat.v3_post(REFUNDS, &refund).await, "missing_fields", one).await;
        let foreign = with(refund, "sub_mchid", json!("1900000201"));
        told(wechat.v3_post(REFUNDS, &foreign).await, "relation", "该商户不是服务商：见 --merchant").await;
        let date = "bill_date 的格式必须是 yyyy-MM-dd";
        told(wechat.v3_get("/v3/bill/tradebill?bill_date=20251128").await, "field_format", date).await;
        let method = by().send(&wechat, "GET", JSAPI, "").await;
        told(method, "other_method", "路径正确，但请求方法不对").await;

        // What a page hands over.
        let other_id = place(&wechat, JSAPI, &order("V3-words-002")).await["prepay_id"].as_str().unwrap().to_owned();
        let named = format!("prepay_id={prepay_id}");
        let signed = |package: &str| rsa(&wechat, &format!("{APPID}\n1764300000\nabc\n{package}\n"));
        for (package, sign_type, pay_sign, mistake, beginning) in [
            (&named, "MD5", signed(&named), "sign_type_not_rsa", "按 APIv3 签名没有问题，但 signType 不是 RSA"),
            (&prepay_id, "RSA", signed(&prepay_id), "package_form", "签名没有问题，但 package 不是 prepay_id=… 的形式"),
            (&named, "RSA", "c2lnbmVk".to_owned(), "signature_malformed", ""),
            (&named, "RSA", signed("prepay_id=x"), "page_v3_unknown", ""),
            (&named, "RSA", signed(&format!("prepay_id={other_id}")), "package_changed", "package 在签名之后又改过"),
        ] {
            let params = json!({
                "appId": APPID, "timeStamp": "1764300000", "nonceStr": "abc", "package": package, "signType": sign_type,
                "paySign": pay_sign,
            });
            let refused = wechat.control("pay", json!({ "params": params })).await;
            assert_eq!(refused["err_desc"], "支付验证签名失败");
            let explanation = wechat.last().await["explanation"].clone();
            let detail = explanation["detail"].as_str().unwrap();
            assert_eq!(explanation["mistake"], mistake);
            assert!(detail.starts_with(beginning) && !detail.is_ascii(), "{detail}");
        }
    });
}

/// Protocol v3 §14.4.
#[test]
fn the_internal_code_of_a_refusal_is_that_of_its_cause() {
    within(async {
        let wechat = start(|_| {}).await;
        place(&wechat, JSAPI, &order("V3-code-0001")).await;
        wechat.pay("V3-code-0001").await;
        place(&wechat, JSAPI, &order("V3-code-0002")).await;
        let refund = |order: &str, number: &str, fen: u64| {
            let amount = json!({ "refund": fen, "total": 100, "currency": "CNY" });
            json!({ "out_trade_no": order, "out_refund_no": number, "amount": amount })
        };
        let one = place(&wechat, REFUNDS, &refund("V3-code-0001", "R1", 60)).await;
        let abnormal = format!("{REFUNDS}/{}/apply-abnormal-refund", one["refund_id"].as_str().unwrap());
        let abnormal_body = json!({ "out_refund_no": "R1", "type": "MERCHANT_BANK_CARD" });
        let mut cases = vec![
            // The same text has other codes elsewhere.
            (wechat.v3_post(REFUNDS, &refund("V3-unknown", "R2", 1)).await, 268_892_180),
            (query(&wechat, "V3-unknown").await, 268_512_771),
            (wechat.v3_post(REFUNDS, &refund("V3-code-0001", "R1", 50)).await, 268_892_183),
            (wechat.v3_post(REFUNDS, &refund("V3-code-0001", "R3", 50)).await, 268_449_311),
            (wechat.v3_get(&format!("{REFUNDS}/R9")).await, 268_875_782),
            (wechat.v3_post(&abnormal, &abnormal_body).await, 268_892_195),
            (close(&wechat, "V3-code-0001").await, 268_449_538),
            (wechat.v3_post(JSAPI, &order("V3-code-0001")).await, 268_498_689),
            (wechat.v3_post(JSAPI, &with(order("V3-code-0002"), "description", json!("x"))).await, 268_498_688),
            (wechat.v3_post(JSAPI, &with(order("V3-code-0003"), "appid", json!("wx1"))).await, 268_445_527),
            (wechat.v3_post(JSAPI, &with(order("V3-code-0003"), "amount", json!({ "total": 0 }))).await, 268_435_461),
            (wechat.v3_post(JSAPI, &with(order("V3-code-0003"), "x", json!(1))).await, 270_924_358),
            (wechat.v3_get("/v3/bill/tradebill?bill_date=20251128").await, 270_522_884),
            (wechat.v3_get("/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/T1").await, 268_495_763),
            (
                wechat.v3_post("/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/T1/cancel", &Value::Null).await,
                268_537_840,
            ),
        ];
        place(&wechat, REFUNDS, &refund("V3-code-0001", "R4", 40)).await;
        cases.push((wechat.v3_post(REFUNDS, &refund("V3-code-0001", "R5", 1)).await, 268_892_177));
        assert_eq!(close(&wechat, "V3-code-0002").await.status, 204);
        cases.push((wechat.v3_post(REFUNDS, &refund("V3-code-0002", "R6", 1)).await, 268_892_181));
        cases.push((wechat.v3_post(JSAPI, &order("V3-code-0002")).await, 268_447_914));
        let frequent = Signed::by(&wechat).with("X-Emulator-Fault", "frequency_before");
        cases.push((frequent.send(&wechat, "POST", JSAPI, &order("V3-code-0004").to_string()).await, 268_435_472));
        let bearer = Signed::by(&wechat).with("Authorization", "Bearer x");
        cases.push((bearer.send(&wechat, "POST", JSAPI, &order("V3-code-0004").to_string()).await, 270_924_360));
        for (answer, code) in cases {
            assert_eq!(number(&answer), code, "{}", refusal(&answer));
        }
    });
}

#[test]
fn both_apis_see_the_same_orders() {
    within(async {
        let wechat = start(|_| {}).await;
        place(&wechat, JSAPI, &order("V3-both-0001")).await;
        wechat.pay("V3-both-0001").await;
        let by_v2 = wechat.orderquery("V3-both-0001").await;
        assert_eq!((by_v2.ok().get("trade_state"), by_v2.get("total_fee")), ("SUCCESS", "100"));
        wechat.unifiedorder(&Request::order("V2-both-0001")).await.ok();
        assert_eq!(query(&wechat, "V2-both-0001").await.json()["trade_state"], "NOTPAY");
        assert_eq!(close(&wechat, "V2-both-0001").await.status, 204);
        assert_eq!(wechat.orderquery("V2-both-0001").await.get("trade_state"), "CLOSED");
        // A number of one API is used for the other one too.
        assert_eq!(wechat.unifiedorder(&Request::order("V3-both-0002")).await.ok().get("trade_type"), "JSAPI");
        let answer = wechat.v3_post(JSAPI, &order("V3-both-0002")).await;
        assert_eq!(refusal(&answer), "400 INVALID_REQUEST 201 商户订单号重复");
        // V3 refunds an order of V2, and V2 one of V3.
        wechat.unifiedorder(&Request::order("V2-both-0003")).await.ok();
        wechat.pay("V2-both-0003").await;
        let body = json!({ "out_trade_no": "V2-both-0003", "out_refund_no": "R3", "amount": { "refund": 8, "total": 88, "currency": "CNY" } });
        assert_eq!(place(&wechat, REFUNDS, &body).await["status"], "PROCESSING");
        let by_v2 = wechat.call("/pay/refundquery", &Request::new().with("out_refund_no", "R3")).await;
        assert_eq!(by_v2.ok().get("refund_status_0"), "PROCESSING");
    });
}

#[test]
fn service_providers_order_for_sub_merchants() {
    within(async {
        let wechat = start(|config| {
            let mut provider = Merchant::new("wx8888888888888888", "1900000109", &"k".repeat(32), "a-provider-secret");
            provider.provider = true;
            provider.sub_mch_ids = vec!["1900000201".into(), "1900000203".into()];
            provider.api_v3_key = Some(wxpaykit::Secret::new("v".repeat(32)));
            config.merchants = vec![provider];
        })
        .await;
        let openid = wechat.running.openid();
        let path = "/v3/pay/partner/transactions/jsapi";
        let body = json!({
            "sp_appid": "wx8888888888888888", "sp_mchid": "1900000109", "sub_mchid": "1900000201", "description": "服务商下单",
            "out_trade_no": "V3-sp-00001", "notify_url": "https://example.com/notify", "amount": { "total": 100 },
            "payer": { "sp_openid": openid },
        });
        place(&wechat, path, &body).await;
        wechat.pay("V3-sp-00001").await;
        let target = "/v3/pay/partner/transactions/out-trade-no/V3-sp-00001?sp_mchid=1900000109&sub_mchid=";
        let found = wechat.v3_get(&format!("{target}1900000201")).await.json();
        assert_eq!((&found["sp_mchid"], &found["sub_mchid"]), (&json!("1900000109"), &json!("1900000201")));
        assert_eq!((&found["payer"], found.get("mchid")), (&json!({ "sp_openid": openid }), None));
        assert_eq!(refusal(&wechat.v3_get(&format!("{target}1900000202")).await), "400 INVALID_REQUEST 受理关系不存在");
        // Another sub-merchant of the provider's.
        let mixed_up = "400 INVALID_REQUEST 子商户号和订单信息不匹配";
        assert_eq!(refusal(&wechat.v3_get(&format!("{target}1900000203")).await), mixed_up);
        let close = "/v3/pay/partner/transactions/out-trade-no/V3-sp-00001/close";
        let of_other = json!({ "sp_mchid": "1900000109", "sub_mchid": "1900000203" });
        assert_eq!(refusal(&wechat.v3_post(close, &of_other).await), mixed_up);
        let refused =
            async |name: &str, value: Value| refusal(&wechat.v3_post(path, &with(body.clone(), name, value)).await);
        assert_eq!(
            refused("sub_mchid", json!("1900000109")).await,
            "400 INVALID_REQUEST 子商户mchid不能与自身mchid相同"
        );
        assert_eq!(refused("payer", json!({})).await, "400 PARAM_ERROR JSAPI支付必须传openid");
        assert_eq!(
            refused("payer", json!({ "sub_openid": openid })).await,
            "400 INVALID_REQUEST sub_appid和sub_openid不匹配"
        );
        assert_eq!(wechat.last().await["explanation"]["detail"], "sub_openid was sent without sub_appid");
        let both = with(body.clone(), "sub_appid", json!("wx9999999999999999"));
        let both = with(both, "payer", json!({ "sp_openid": openid, "sub_openid": common::OTHER_OPENID }));
        let both = with(both, "out_trade_no", json!("V3-sp-00003"));
        assert_eq!(refusal(&wechat.v3_post(path, &both).await), "400 PARAM_ERROR sp_openid和sub_openid必须二选一");
        place(&wechat, path, &with(both, "payer", json!({ "sub_openid": common::OTHER_OPENID }))).await;
        let direct =
            with(with(order("V3-sp-00002"), "mchid", json!("1900000109")), "appid", json!("wx8888888888888888"));
        assert_eq!(refusal(&wechat.v3_post(JSAPI, &direct).await), "400 PARAM_ERROR 受理机构必须传入sub_mch_id");
        let refund = json!({ "out_trade_no": "V3-sp-00001", "out_refund_no": "R1", "amount": { "refund": 1, "total": 100, "currency": "CNY" } });
        let answer = wechat.v3_post(REFUNDS, &refund).await;
        assert_eq!(refusal(&answer), "400 INVALID_REQUEST 受理机构发起退款时，必须传入子商户mchid");
        // Not among the provider's sub-merchants, and the provider itself.
        for (sub, text) in [("1900000999", "受理关系不存在"), ("1900000109", "子商户mchid不能与自身mchid相同")]
        {
            let answer = wechat.v3_post(REFUNDS, &with(refund.clone(), "sub_mchid", json!(sub))).await;
            assert_eq!(refusal(&answer), format!("400 INVALID_REQUEST {text}"));
        }
        let of_other = with(refund.clone(), "sub_mchid", json!("1900000203"));
        assert_eq!(refusal(&wechat.v3_post(REFUNDS, &of_other).await), mixed_up);
        let refund = with(refund, "sub_mchid", json!("1900000201"));
        assert_eq!(place(&wechat, REFUNDS, &refund).await["out_refund_no"], "R1");
        assert_eq!(wechat.v3_get(&format!("{REFUNDS}/R1?sub_mchid=1900000201")).await.status, 200);
    });
}

/// Orders, payment codes and the parts of combined orders.
#[test]
fn a_sub_appid_is_bound_to_its_sub_merchant() {
    within(async {
        let mut provider = Merchant::new("wx8888888888888888", "1900000109", &"k".repeat(32), "a-provider-secret");
        provider.provider = true;
        provider.api_v3_key = Some(wxpaykit::Secret::new("v".repeat(32)));
        let sub = Merchant::new("wx1111111111111111", "1900000201", &"s".repeat(32), "a-sub-secret");
        let wechat = start(|config| config.merchants = vec![provider, sub]).await;
        let order = |number: &str, sub_mchid: &str, sub_appid: &str| {
            json!({
                "sp_appid": "wx8888888888888888", "sp_mchid": "1900000109", "sub_mchid": sub_mchid, "sub_appid": sub_appid,
                "description": "服务商下单", "out_trade_no": number, "notify_url": "https://example.com/notify", "amount": { "total": 100 },
            })
        };
        let code = |body: Value| {
            let body = without(with(body, "payer", json!({ "auth_code": "130000000000000001" })), "notify_url");
            with(body, "scene_info", json!({ "device_ip": "127.0.0.1" }))
        };
        let combined = |sub_mchid: &str, sub_appid: &str| {
            json!({
                "combine_appid": "wx8888888888888888", "combine_mchid": "1900000109", "combine_out_trade_no": "V3-bound-3",
                "notify_url": "https://example.com/notify",
                "sub_orders": [{
                    "mchid": "1900000109", "attach": "a", "amount": { "total_amount": 1, "currency": "CNY" }, "out_trade_no": "V3-bound-4",
                    "description": "茶", "sub_mchid": sub_mchid, "sub_appid": sub_appid,
                }],
            })
        };
        let partner = "/v3/pay/partner/transactions";
        let refused = "400 INVALID_REQUEST sub_mch_id与sub_appid不匹配";
        let (own, other) = ("wx1111111111111111", "wx2222222222222222");
        for (path, body) in [
            (format!("{partner}/native"), order("V3-bound-1", "1900000201", other)),
            (format!("{partner}/app"), order("V3-bound-1", "1900000201", APPID)),
            (format!("{partner}/codepay"), code(order("V3-bound-2", "1900000201", other))),
            ("/v3/combine-transactions/native".to_owned(), combined("1900000201", other)),
        ] {
            assert_eq!(refusal(&wechat.v3_post(&path, &body).await), refused, "{path}");
            assert_eq!(wechat.last().await["explanation"]["mistake"], "not_bound");
        }
        place(&wechat, &format!("{partner}/native"), &order("V3-bound-1", "1900000201", own)).await;
        place(&wechat, "/v3/combine-transactions/native", &combined("1900000201", own)).await;
        let by_code =
            wechat.v3_post(&format!("{partner}/codepay"), &code(order("V3-bound-2", "1900000201", own))).await;
        assert!(
            refusal(&by_code).contains("AUTH_CODE_INVALID"),
            "the code is wrong, the appid is not: {}",
            by_code.body
        );
        // This emulator does not know the appids of a sub-merchant that is not one of its merchants.
        place(&wechat, &format!("{partner}/native"), &order("V3-bound-5", "1900000202", other)).await;
    });
}

#[test]
fn refunds_are_accepted_and_end() {
    within(async {
        let wechat = start(|_| {}).await;
        place(&wechat, JSAPI, &order("V3-refund-01")).await;
        let body = |number: &str, fen: u64| {
            json!({
                "out_trade_no": "V3-refund-01", "out_refund_no": number, "reason": "商品已售完",
                "amount": { "refund": fen, "total": 100, "currency": "CNY" },
            })
        };
        assert_eq!(refusal(&wechat.v3_post(REFUNDS, &body("R@001", 40)).await), "404 RESOURCE_NOT_EXISTS 订单不存在");
        wechat.pay("V3-refund-01").await;
        let made = place(&wechat, REFUNDS, &body("R@001", 40)).await;
        assert_eq!((&made["status"], &made["channel"]), (&json!("PROCESSING"), &json!("ORIGINAL")));
        let amount = json!({
            "currency": "CNY", "discount_refund": 0, "from": [], "payer_refund": 40, "payer_total": 100, "refund": 40, "refund_fee": 0,
            "settlement_refund": 40, "settlement_total": 100, "total": 100,
        });
        assert_eq!((&made["amount"], &made["user_received_account"]), (&amount, &json!("支付用户零钱")));
        assert_eq!(place(&wechat, REFUNDS, &body("R@001", 40)).await, made, "the same request, the same refund");
        let other = wechat.v3_post(REFUNDS, &body("R@001", 41)).await;
        assert_eq!(refusal(&other), "400 INVALID_REQUEST 订单金额或退款金额与之前请求不一致，请核实后再试");
        let more = wechat.v3_post(REFUNDS, &body("R2", 61)).await;
        assert_eq!(refusal(&more), "400 INVALID_REQUEST 申请退款金额超过订单可退金额");
        assert_eq!(query(&wechat, "V3-refund-01").await.json()["trade_state"], "REFUND");
        wechat.advance(5).await;
        let found = wechat.v3_get(&format!("{REFUNDS}/R%40001")).await.json();
        assert_eq!((&found["status"], &found["refund_id"]), (&json!("SUCCESS"), &made["refund_id"]));
        assert!(found["success_time"].is_string());
        assert_eq!(refusal(&wechat.v3_get(&format!("{REFUNDS}/none")).await), "404 RESOURCE_NOT_EXISTS 退款单不存在");
        let direct = with(body("R3", 1), "sub_mchid", json!("1900000201"));
        assert_eq!(refusal(&wechat.v3_post(REFUNDS, &direct).await), "400 INVALID_REQUEST 普通商户不允许传sub_mch_id");
        wechat.control("balance", json!({ "mch_id": MCH, "fen": 0 })).await;
        let poor = wechat.v3_post(REFUNDS, &body("R4", 1)).await;
        assert_eq!(refusal(&poor), "403 NOT_ENOUGH 基本账户余额不足，请充值后重新发起");
    });
}

#[test]
fn a_refund_that_the_card_does_not_take_goes_to_another_account() {
    within(async {
        let wechat = start(|_| {}).await;
        place(&wechat, JSAPI, &order("V3-abnormal")).await;
        wechat.pay("V3-abnormal").await;
        wechat.control("faults", json!({ "fault": "refund_change" })).await;
        let refund = json!({ "out_trade_no": "V3-abnormal", "out_refund_no": "R1", "amount": { "refund": 100, "total": 100, "currency": "CNY" } });
        let id = place(&wechat, REFUNDS, &refund).await["refund_id"].as_str().unwrap().to_owned();
        wechat.advance(5).await;
        assert_eq!(wechat.v3_get(&format!("{REFUNDS}/R1")).await.json()["status"], "ABNORMAL");
        let path = format!("{REFUNDS}/{id}/apply-abnormal-refund");
        let key = wechat.v3_key(wechat.running.platform_public_key_id());
        let sealed = wxpaykit::v3::encrypt_sensitive("6225880137706868", &key).unwrap();
        let body = |account: &str| {
            json!({ "out_refund_no": "R1", "type": "USER_BANK_CARD", "bank_type": "ICBC_DEBIT", "bank_account": account, "real_name": sealed })
                .to_string()
        };
        let id = wechat.running.platform_public_key_id().to_owned();
        let serial = wechat.running.platform_serial_no().to_owned();
        let by = |id: &str| Signed::by(&wechat).with("Wechatpay-Serial", id);
        let answer = by("").send(&wechat, "POST", &path, &body(&sealed)).await;
        assert_eq!(refusal(&answer), "400 PARAM_ERROR HTTP header缺少微信支付平台证书序列号(Wechatpay-Serial)");
        let answer = by(&serial).send(&wechat, "POST", &path, &body(&sealed)).await;
        assert_eq!(refusal(&answer), "400 PARAM_ERROR 平台私钥解密失败");
        assert_eq!(wechat.last().await["explanation"]["mistake"], "other_key");
        let answer = by(&id).send(&wechat, "POST", &path, &body("张三")).await;
        assert_eq!(refusal(&answer), "400 PARAM_ERROR 请确认待处理的消息是否为加密后的密文");
        assert_eq!(wechat.last().await["explanation"]["mistake"], "not_encrypted");
        let gbk = BASE64_STANDARD.encode(key.encrypt(b"\xd5\xc5\xc8\xfd").unwrap());
        let answer = by(&id).send(&wechat, "POST", &path, &body(&gbk)).await;
        assert_eq!(refusal(&answer), "400 PARAM_ERROR 平台私钥解密失败");
        assert_eq!(wechat.last().await["explanation"]["mistake"], "not_utf8");
        // Debit cards of 15 banks alone (protocol v3 §8.6).
        for bank in ["SRCB_DEBIT", "ICBC_CREDIT", "ICBC", "NOTABANK"] {
            let other = body(&sealed).replace("ICBC_DEBIT", bank);
            let answer = by(&id).send(&wechat, "POST", &path, &other).await;
            let said = refusal(&answer);
            assert!(
                said.starts_with("400 PARAM_ERROR 输入源“/body/bank_type”") && said.contains("|NBCB_DEBIT)$”"),
                "{said}"
            );
        }
        let before = wechat.v3_get(&format!("{REFUNDS}/R1")).await.json();
        assert_eq!(
            (&before["channel"], &before["user_received_account"]),
            (&json!("ORIGINAL"), &json!("支付用户零钱"))
        );
        let answer = by(&id).send(&wechat, "POST", &path, &body(&sealed)).await;
        assert_eq!(answer.json()["status"], "PROCESSING", "{}", answer.body);
        wechat.advance(5).await;
        let moved = wechat.v3_get(&format!("{REFUNDS}/R1")).await.json();
        assert_eq!(
            (&moved["status"], &moved["channel"], &moved["user_received_account"]),
            (&json!("SUCCESS"), &json!("OTHER_BANKCARD"), &json!("工商银行储蓄卡6868"))
        );
        // APIv2 sees the same.
        let query = Request::new().with("out_trade_no", "V3-abnormal");
        let by_v2 = wechat.call("/pay/refundquery", &query).await;
        assert_eq!(by_v2.ok().get("refund_channel_0"), "OTHER_BANKCARD");
        assert_eq!(by_v2.get("refund_recv_accout_0"), "工商银行储蓄卡6868");
    });
}

#[test]
fn a_refund_says_where_it_goes_and_which_funds_pay_it() {
    within(async {
        let wechat = start(|_| {}).await;
        place(&wechat, JSAPI, &order("V3-account")).await;
        wechat.control("pay", json!({ "out_trade_no": "V3-account", "bank_type": "CMB_CREDIT" })).await;
        let refund = |number: &str| json!({ "out_trade_no": "V3-account", "out_refund_no": number, "amount": { "refund": 10, "total": 100, "currency": "CNY" } });
        for (number, asked, funds) in
            [("R1", None, "AVAILABLE"), ("R2", Some("UNSETTLED"), "UNSETTLED"), ("R3", Some("AVAILABLE"), "AVAILABLE")]
        {
            let mut body = refund(number);
            if let Some(asked) = asked {
                body["funds_account"] = json!(asked);
            }
            let made = place(&wechat, REFUNDS, &body).await;
            assert_eq!(
                (&made["funds_account"], &made["user_received_account"]),
                (&json!(funds), &json!("招商银行信用卡0403"))
            );
        }
        wechat.control("refund", json!({ "out_refund_no": "R1", "result": "CHANGE" })).await;
        let one = wechat.v3_get(&format!("{REFUNDS}/R1")).await.json();
        let path = format!("{REFUNDS}/{}/apply-abnormal-refund", one["refund_id"].as_str().unwrap());
        place(&wechat, &path, &json!({ "out_refund_no": "R1", "type": "MERCHANT_BANK_CARD" })).await;
        wechat.advance(5).await;
        let moved = wechat.v3_get(&format!("{REFUNDS}/R1")).await.json();
        assert_eq!(
            (&moved["status"], &moved["channel"], &moved["user_received_account"]),
            (&json!("SUCCESS"), &json!("OTHER_BANKCARD"), &json!("商户结算银行账户"))
        );
    });
}

/// The head and the body of a notification, with its signature checked.
fn noticed(wechat: &Wechat, request: &str) -> (bool, Value) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let header = |name: &str| {
        let found =
            head.lines().find_map(|line| line.split_once(": ").filter(|(known, _)| known.eq_ignore_ascii_case(name)));
        found.map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    assert_eq!(header("Content-Type"), "application/json");
    let text = format!("{}\n{}\n{body}\n", header("Wechatpay-Timestamp"), header("Wechatpay-Nonce"));
    let serial = header("Wechatpay-Serial");
    let known = serial == wechat.running.platform_serial_no() || serial == wechat.running.platform_public_key_id();
    let right = known && wechat.v3_key(&serial).verify(text.as_bytes(), &header("Wechatpay-Signature"));
    (right, serde_json::from_str(body).unwrap())
}

fn no_content() -> String {
    "HTTP/1.1 204 No Content\r\n\r\n".to_owned()
}

#[test]
fn a_payment_and_a_refund_are_notified() {
    within(async {
        let wechat = start(|_| {}).await;
        let shop = Shop::open(|n| Some(if n == 0 { http(500, "") } else { no_content() })).await;
        let body = with(order("V3-notice-01"), "notify_url", json!(shop.url));
        let id = wechat.running.platform_public_key_id().to_owned();
        let answer =
            Signed::by(&wechat).with("Wechatpay-Serial", &id).send(&wechat, "POST", JSAPI, &body.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        wechat.pay("V3-notice-01").await;
        wechat.advance(0).await;
        wechat.advance(15).await;
        let heard = shop.heard();
        assert_eq!(heard.len(), 2, "refused once, and repeated after 15 s");
        assert!(
            heard[0].contains(&format!("wechatpay-serial: {id}"))
                || heard[0].contains(&format!("Wechatpay-Serial: {id}")),
            "{}",
            heard[0]
        );
        let (first, second) = (noticed(&wechat, &heard[0]), noticed(&wechat, &heard[1]));
        assert!(first.0 && second.0);
        assert_eq!(first.1, second.1, "the same id and the same content");
        let nonce = |text: &str| {
            text.lines().find(|line| line.to_ascii_lowercase().starts_with("wechatpay-nonce")).unwrap().to_owned()
        };
        assert_ne!(nonce(&heard[0]), nonce(&heard[1]), "signed anew");
        let said = first.1;
        let names: Vec<&String> = said.as_object().unwrap().keys().collect();
        assert_eq!(names, ["id", "create_time", "resource_type", "event_type", "summary", "resource"]);
        assert_eq!((&said["event_type"], &said["summary"]), (&json!("TRANSACTION.SUCCESS"), &json!("支付成功")));
        assert_eq!(
            (said["id"].as_str().unwrap().len(), &said["resource"]["original_type"]),
            (36, &json!("transaction"))
        );
        let plain: Value = serde_json::from_str(&wechat.v3_decrypt(&said["resource"])).unwrap();
        assert_eq!((&plain["mchid"], &plain["out_trade_no"]), (&json!(MCH), &json!("V3-notice-01")));
        assert_eq!(
            plain["amount"],
            json!({ "payer_total": 100, "total": 100, "currency": "CNY", "payer_currency": "CNY" })
        );
        assert_eq!(
            (&plain["trade_state"], &plain["payer"]["openid"], &plain["attach"]),
            (&json!("SUCCESS"), &json!(OPENID), &json!(""))
        );
        let seen = wechat.order("V3-notice-01").await["notifications"].clone();
        assert_eq!((&seen["acknowledged"], &seen["resource"]), (&json!(true), &plain), "the page shows what is in it");

        let refund = json!({
            "transaction_id": plain["transaction_id"], "out_refund_no": "R1", "notify_url": shop.url,
            "amount": { "refund": 40, "total": 100, "currency": "CNY" },
        });
        place(&wechat, REFUNDS, &refund).await;
        wechat.advance(5).await;
        let heard = shop.heard();
        let (right, said) = noticed(&wechat, &heard[2]);
        assert!(right);
        assert_eq!((&said["event_type"], &said["summary"]), (&json!("REFUND.SUCCESS"), &json!("退款成功")));
        let plain: Value = serde_json::from_str(&wechat.v3_decrypt(&said["resource"])).unwrap();
        assert_eq!((&plain["refund_status"], plain.get("status")), (&json!("SUCCESS"), None));
        assert_eq!(plain["amount"], json!({ "total": 100, "refund": 40, "payer_total": 100, "payer_refund": 40 }));
        let again = wechat.control("notify", json!({ "out_refund_no": "R1" })).await;
        assert_eq!(again["accepted"], true);
        assert!(noticed(&wechat, &shop.heard()[3]).0);
    });
}

/// An order of V2 is notified in V2's form, and a refund without an address of its own too.
#[test]
fn notifications_have_the_form_of_what_they_are_about() {
    within(async {
        let shop = Shop::open(|_| Some(no_content())).await;
        let console = shop.url.clone();
        let wechat = start(move |config| {
            let mut demo = Merchant::demo();
            demo.refund_notify_url = Some(console);
            config.merchants = vec![demo];
        })
        .await;
        wechat.unifiedorder(&Request::order("V2-form-0001").with("notify_url", &shop.url)).await.ok();
        wechat.pay("V2-form-0001").await;
        wechat.advance(0).await;
        assert!(shop.bodies()[0].starts_with("<xml>"));
        let refund = json!({ "out_trade_no": "V2-form-0001", "out_refund_no": "R1", "amount": { "refund": 1, "total": 88, "currency": "CNY" } });
        place(&wechat, REFUNDS, &refund).await;
        wechat.advance(3).await;
        assert!(shop.bodies()[1].contains("<req_info>"), "{}", shop.bodies()[1]);
    });
}

#[test]
fn messages_that_a_client_must_refuse_come_before_the_right_one() {
    within(async {
        let wechat = start(|_| {}).await;
        let faults = [
            json!({ "fault": "notice_probe" }),
            json!({ "fault": "notice_stale" }),
            json!({ "fault": "notice_unknown_serial" }),
            json!({ "fault": "notice_no_headers" }),
            json!({ "fault": "notice_rewritten" }),
            json!({ "fault": "forge", "sign": "other_key" }),
            json!({ "fault": "tamper", "field": "total_fee" }),
            json!({ "fault": "tamper", "field": "appid", "sign": "right" }),
        ];
        for (n, fault) in faults.into_iter().enumerate() {
            let shop = Shop::open(|_| Some(no_content())).await;
            let number = format!("V3-fault-{n:03}");
            place(&wechat, JSAPI, &with(order(&number), "notify_url", json!(shop.url))).await;
            let mut wanted = fault.clone();
            wanted["out_trade_no"] = json!(number);
            wechat.control("faults", wanted).await;
            wechat.pay(&number).await;
            wechat.advance(0).await;
            let heard = shop.heard();
            assert_eq!(heard.len(), 2, "{fault}");
            let (extra, genuine) = (noticed(&wechat, &heard[0]), noticed(&wechat, &heard[1]));
            assert!(genuine.0, "{fault}");
            let is_signed = fault["sign"] == "right" || fault["fault"] == "notice_stale";
            assert_eq!(extra.0, is_signed, "{fault}");
            assert_eq!(heard[0].contains("WECHATPAY/SIGNTEST/"), fault["fault"] == "notice_probe", "{fault}");
            if fault["fault"] == "forge" {
                let signature = heard[0].lines().filter_map(|line| line.split_once(": "));
                let mut signature = signature.filter(|(name, _)| name.eq_ignore_ascii_case("wechatpay-signature"));
                let bytes = BASE64_STANDARD.decode(signature.next().unwrap().1).unwrap();
                assert_eq!(bytes.len(), 256, "its form is right");
            }
            if fault["fault"] == "tamper" {
                let plain: Value = serde_json::from_str(&wechat.v3_decrypt(&extra.1["resource"])).unwrap();
                assert!(plain["amount"]["total"] == 1 || plain["appid"] == "wx0000000000000000", "{plain}");
            }
            let attempts = wechat.order(&number).await["notifications"]["attempts"].clone();
            assert_eq!(
                (&attempts[0]["genuine"], &attempts[0]["accepted"]),
                (&json!(false), &json!(true)),
                "the journal says so"
            );
        }
        let shop = Shop::open(|_| Some(no_content())).await;
        place(&wechat, JSAPI, &with(order("V3-aad-0001"), "notify_url", json!(shop.url))).await;
        wechat.control("faults", json!({ "fault": "notice_empty_aad" })).await;
        wechat.pay("V3-aad-0001").await;
        wechat.advance(0).await;
        let (right, said) = noticed(&wechat, &shop.heard()[0]);
        assert!(right && said["resource"]["associated_data"] == "");
        assert!(wechat.v3_decrypt(&said["resource"]).contains("V3-aad-0001"));
        assert_eq!(decrypt(&said["resource"], &"k".repeat(32)), None);
    });
}

#[test]
fn answers_to_notifications() {
    within(async {
        let wechat = start(|_| {}).await;
        let cases = [
            (http(200, ""), true),
            (http(200, "{\"code\":\"SUCCESS\",\"message\":\"成功\"}"), true),
            (no_content(), true),
            (http(200, "<html>checking your browser</html>"), true),
            (http(200, common::ACK), false),
            (http(200, "\"{\\\"code\\\":\\\"SUCCESS\\\"}\""), false),
            (http(401, "{\"code\":\"FAIL\",\"message\":\"失败\"}"), false),
            (http(302, ""), false),
        ];
        for (n, (answer, accepted)) in cases.into_iter().enumerate() {
            let said = answer.clone();
            let shop = Shop::open(move |_| Some(said.clone())).await;
            let number = format!("V3-answer-{n}");
            place(&wechat, JSAPI, &with(order(&number), "notify_url", json!(shop.url))).await;
            wechat.pay(&number).await;
            wechat.advance(0).await;
            let seen = wechat.order(&number).await["notifications"].clone();
            assert_eq!(seen["acknowledged"], accepted, "{answer}: {seen}");
        }
    });
}

#[test]
fn an_order_outlives_a_restart_with_its_notification() {
    within(async {
        let dir = std::env::temp_dir().join(format!("wxpaykit-v3-orders-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let db = dir.join("world.db");
        let started = async || start(|config| config.db = Some(db.clone())).await;
        let wechat = started().await;
        let shop = Shop::open(|n| Some(if n == 0 { http(500, "") } else { no_content() })).await;
        let body = with(order("V3-restart-1"), "notify_url", json!(shop.url));
        let prepay_id = place(&wechat, JSAPI, &body).await["prepay_id"].clone();
        wechat.pay("V3-restart-1").await;
        wechat.advance(0).await;
        wechat.running.stop().await;
        let wechat = started().await;
        wechat.advance(15).await;
        assert!(noticed(&wechat, &shop.heard()[1]).0);
        assert_eq!(query(&wechat, "V3-restart-1").await.json()["trade_state"], "SUCCESS");
        assert_eq!(wechat.order("V3-restart-1").await["prepay_id"], prepay_id);
        wechat.running.stop().await;
        std::fs::remove_dir_all(&dir).unwrap();
    });
}

#[test]
fn faults_of_orders() {
    within(async {
        let wechat = start(|config| config.magic_amounts = true).await;
        wechat.control("faults", json!({ "fault": "systemerror_after", "endpoint": JSAPI, "times": 1 })).await;
        let answer = wechat.v3_post(JSAPI, &order("V3-trouble-1")).await;
        assert_eq!(answer.status, 500);
        assert_eq!(query(&wechat, "V3-trouble-1").await.json()["trade_state"], "NOTPAY", "it took effect");
        assert_eq!(wechat.v3_post(JSAPI, &order("V3-trouble-1")).await.status, 200, "the same request is repeated");
        let magic = with(order("V3-trouble-2"), "amount", json!({ "total": 77003 }));
        assert_eq!(wechat.v3_post(JSAPI, &magic).await.status, 500);
        assert_eq!(query(&wechat, "V3-trouble-2").await.status, 404, "it did not");
        // Paid and notified before the order is answered.
        let shop = Shop::open(|_| Some(no_content())).await;
        wechat.control("faults", json!({ "fault": "early", "out_trade_no": "V3-trouble-3" })).await;
        place(&wechat, JSAPI, &with(order("V3-trouble-3"), "notify_url", json!(shop.url))).await;
        assert_eq!(shop.heard().len(), 1);
        assert!(noticed(&wechat, &shop.heard()[0]).0);
    });
}

#[test]
fn the_journal_has_the_order_of_a_request_by_whichever_number_it_names() {
    within(async {
        let wechat = start(|_| {}).await;
        let number = "V3-history-001";
        place(&wechat, JSAPI, &order(number)).await;
        wechat.pay(number).await;
        let id = wechat.order(number).await["transaction_id"].as_str().unwrap().to_owned();
        wechat.v3_get(&format!("/v3/pay/transactions/id/{id}?mchid={MCH}")).await;
        let amount = json!({ "refund": 1, "total": 100, "currency": "CNY" });
        let refund = json!({ "transaction_id": id, "out_refund_no": "R1", "amount": amount });
        let refund_id = place(&wechat, REFUNDS, &refund).await["refund_id"].as_str().unwrap().to_owned();
        let asked = format!("{REFUNDS}/R1");
        assert_eq!(wechat.v3_get(&asked).await.status, 200);
        let abnormal = format!("{REFUNDS}/{refund_id}/apply-abnormal-refund");
        wechat.v3_post(&abnormal, &json!({ "out_refund_no": "R1", "type": "MERCHANT_BANK_CARD" })).await;
        // The order is named in the query.
        let shared = format!("/v3/profitsharing/orders/P1?transaction_id={id}");
        wechat.v3_get(&shared).await;
        // Of a refund that is not there, the number itself is kept.
        wechat.v3_get(&format!("{REFUNDS}/R9")).await;
        let journal = wechat.control("journal", Value::Null).await;
        let paths = |number: &str| -> Vec<String> {
            let of_api = journal.as_array().unwrap().iter().filter(|entry| entry["out_trade_no"] == number);
            let paths = of_api.map(|entry| entry["path"].as_str().unwrap().to_owned());
            paths.filter(|path| path.starts_with("/v3/")).collect()
        };
        let by_id = format!("/v3/pay/transactions/id/{id}");
        let expected = [JSAPI, &by_id, REFUNDS, &asked, &abnormal, "/v3/profitsharing/orders/P1"];
        assert_eq!(paths(number), expected);
        assert_eq!(paths("R9"), [format!("{REFUNDS}/R9")]);
    });
}

#[test]
fn a_fault_that_names_an_order_strikes_a_request_by_whichever_number_it_names() {
    within(async {
        let wechat = start(|_| {}).await;
        let mut ids = Vec::new();
        for number in ["V3-struck-001", "V3-struck-002"] {
            place(&wechat, JSAPI, &order(number)).await;
            wechat.pay(number).await;
            ids.push(wechat.order(number).await["transaction_id"].as_str().unwrap().to_owned());
        }
        let [id, others_id] = ids.try_into().unwrap();
        let amount = json!({ "refund": 1, "total": 100, "currency": "CNY" });
        let refund = |number: &str| json!({ "transaction_id": id, "out_refund_no": number, "amount": amount });
        place(&wechat, REFUNDS, &refund("R1")).await;
        let by_id = |id: &str| format!("/v3/pay/transactions/id/{id}?mchid={MCH}");
        for (target, body) in [
            (format!("/v3/pay/transactions/out-trade-no/V3-struck-001?mchid={MCH}"), None),
            (by_id(&id), None),
            (REFUNDS.to_owned(), Some(refund("R2"))),
            (format!("{REFUNDS}/R1"), None),
            // In the query.
            (format!("/v3/profitsharing/orders/P1?transaction_id={id}"), None),
        ] {
            let fault = json!({ "fault": "systemerror_before", "out_trade_no": "V3-struck-001", "times": 1 });
            wechat.control("faults", fault).await;
            assert_eq!(wechat.v3_get(&by_id(&others_id)).await.status, 200, "{target}: of another order");
            let answer = match body {
                Some(body) => wechat.v3_post(&target, &body).await,
                None => wechat.v3_get(&target).await,
            };
            assert_eq!(answer.status, 500, "{target}: {}", answer.body);
            assert!(answer.body.contains("SYSTEM_ERROR"), "{target}: {}", answer.body);
            assert_eq!(wechat.last().await["outcome"], "fault:systemerror_before", "{target}");
        }
    });
}
