//! APIv3: combined orders, one payment of several orders.

use crate::common::v3::{number, order, refusal};
use crate::common::{APPID, MCH, OPENID, Shop, Wechat, http, start, within};
use serde_json::{Value, json};
use wxpaykit::BeijingTime;
use wxpaykit_emulator::Merchant;

const COMBINED: &str = "/v3/combine-transactions";

/// Another merchant that has the same appid.
fn partner() -> Merchant {
    let mut other = Merchant::demo();
    other.mch_id = "10000300".to_owned();
    other.api_key = wxpaykit::Secret::new("k".repeat(32));
    other
}

/// A service provider with two sub-merchants.
fn provider() -> Merchant {
    let mut provider = Merchant::demo();
    provider.provider = true;
    provider.sub_mch_ids = vec!["1900000201".into(), "1900000202".into()];
    provider
}

fn part(mch_id: &str, number: &str, fen: u64) -> Value {
    json!({
        "mchid": mch_id, "attach": format!("of {number}"), "amount": { "total_amount": fen, "currency": "CNY" },
        "out_trade_no": number, "description": "茶",
    })
}

fn combined(number: &str, parts: &[Value]) -> Value {
    json!({
        "combine_appid": APPID, "combine_mchid": MCH, "combine_out_trade_no": number, "sub_orders": parts,
        "combine_payer_info": { "openid": OPENID }, "notify_url": "https://example.com/notify",
    })
}

async fn query(wechat: &Wechat, number: &str) -> Value {
    let answer = wechat.v3_get(&format!("{COMBINED}/out-trade-no/{number}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[test]
fn one_payment_pays_all_parts_and_one_notification_tells_of_them() {
    within(async {
        let wechat = start(|config| config.merchants = vec![Merchant::demo(), partner()]).await;
        let shop = Shop::open(|_| Some(http(200, ""))).await;
        let parts = [part(MCH, "part-0001", 10), part("10000300", "part-0002", 20)];
        let mut body = combined("whole-0001", &parts);
        body["notify_url"] = json!(shop.url);
        let made = wechat.v3_post(&format!("{COMBINED}/jsapi"), &body).await;
        assert!(made.json()["prepay_id"].is_string(), "{}", made.body);
        let again = wechat.v3_post(&format!("{COMBINED}/jsapi"), &body).await;
        assert_eq!(again.status, 200, "the same request, the same order: {}", again.body);
        let open = query(&wechat, "whole-0001").await;
        assert_eq!((&open["sub_orders"][1]["trade_state"], &open["combine_mchid"]), (&json!("NOTPAY"), &json!(MCH)));
        assert!(open.get("combine_payer_info").is_none() && open["sub_orders"][0].get("transaction_id").is_none());
        // Neither the parts nor the whole are orders that the other calls know.
        for number in ["part-0001", "whole-0001"] {
            let single = wechat.v3_get(&format!("/v3/pay/transactions/out-trade-no/{number}?mchid={MCH}")).await;
            assert_eq!(refusal(&single), "404 ORDER_NOT_EXIST 订单不存在");
            let close = format!("/v3/pay/transactions/out-trade-no/{number}/close");
            assert_eq!(wechat.v3_post(&close, &json!({ "mchid": MCH })).await.status, 404);
        }
        let alone = wechat.http("POST", "/_emulator/pay", &[], br#"{"out_trade_no": "part-0001"}"#).await;
        assert_eq!(alone.status, 400, "{}", alone.body);
        wechat.pay("whole-0001").await;
        let paid = query(&wechat, "whole-0001").await;
        let states: Vec<_> = paid["sub_orders"].as_array().unwrap().iter().map(|part| &part["trade_state"]).collect();
        assert_eq!(states, ["SUCCESS", "SUCCESS"]);
        let ids = [&paid["sub_orders"][0]["transaction_id"], &paid["sub_orders"][1]["transaction_id"]];
        assert!(ids[0].is_string() && ids[0] != ids[1]);
        assert_eq!(
            (&paid["combine_payer_info"]["openid"], &paid["sub_orders"][1]["amount"]),
            (
                &json!(OPENID),
                &json!({ "total_amount": 20, "currency": "CNY", "payer_amount": 20, "payer_currency": "CNY" })
            )
        );
        wechat.advance(0).await;
        let bodies = shop.bodies();
        assert_eq!(bodies.len(), 1);
        let said: Value = serde_json::from_str(&bodies[0]).unwrap();
        assert_eq!(
            (&said["event_type"], &said["resource"]["original_type"]),
            (&json!("TRANSACTION.SUCCESS"), &json!("transaction"))
        );
        let plain: Value = serde_json::from_str(&wechat.v3_decrypt(&said["resource"])).unwrap();
        assert_eq!(plain, paid);
        // A part is refunded by its own number, and the whole is not.
        wechat.advance(60).await;
        let refund = |id: &Value, total: u64| json!({ "transaction_id": id, "out_refund_no": "R1", "amount": { "refund": 4, "total": total, "currency": "CNY" } });
        let answer = wechat.v3_post("/v3/refund/domestic/refunds", &refund(ids[0], 10)).await;
        assert_eq!((answer.status, &answer.json()["out_trade_no"]), (200, &json!("part-0001")), "{}", answer.body);
        let parts = query(&wechat, "whole-0001").await["sub_orders"].clone();
        assert_eq!((&parts[0]["trade_state"], &parts[1]["trade_state"]), (&json!("REFUND"), &json!("SUCCESS")));
        let whole = json!({ "out_trade_no": "whole-0001", "out_refund_no": "R2", "amount": { "refund": 4, "total": 30, "currency": "CNY" } });
        assert_eq!(wechat.v3_post("/v3/refund/domestic/refunds", &whole).await.status, 404);
        let at_console = wechat.http("POST", "/_emulator/refund", &[], br#"{"out_trade_no": "whole-0001"}"#).await;
        assert_eq!(at_console.status, 400, "{}", at_console.body);
    });
}

#[test]
fn a_changed_notification_of_a_combined_order() {
    within(async {
        let wechat = start(|config| config.merchants = vec![Merchant::demo(), partner()]).await;
        let shop = Shop::open(|_| Some(http(200, ""))).await;
        for field in ["appid", "total_fee"] {
            wechat.control("faults", json!({ "fault": "tamper", "field": field, "sign": "right" })).await;
        }
        let parts = [part(MCH, "part-0001", 10), part("10000300", "part-0002", 20)];
        let mut body = combined("whole-0001", &parts);
        body["notify_url"] = json!(shop.url);
        wechat.v3_post(&format!("{COMBINED}/jsapi"), &body).await;
        let coupons = br#"{"out_trade_no": "whole-0001", "coupons": [{"fee": 5}]}"#;
        let refused = wechat.http("POST", "/_emulator/pay", &[], coupons).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert!(refused.body.contains("a combined order is paid without coupons"), "{}", refused.body);
        wechat.pay("whole-0001").await;
        wechat.advance(0).await;
        let opened = shop.bodies().into_iter().map(|body| {
            let said: Value = serde_json::from_str(&body).unwrap();
            serde_json::from_str(&wechat.v3_decrypt(&said["resource"])).unwrap()
        });
        let opened: Vec<Value> = opened.collect();
        let found = opened.iter().map(|plain| {
            (
                plain["combine_appid"].as_str().unwrap(),
                plain["sub_orders"][0]["amount"]["total_amount"].as_u64().unwrap(),
            )
        });
        assert_eq!(found.collect::<Vec<_>>(), [("wx0000000000000000", 10), (APPID, 1), (APPID, 10)]);
    });
}

#[test]
fn a_part_of_a_sub_merchant_is_closed_under_its_number_alone() {
    within(async {
        let wechat = start(|config| config.merchants = vec![provider()]).await;
        let of_sub = |number: &str, sub: &str| {
            let mut part = part(MCH, number, 10);
            part["sub_mchid"] = json!(sub);
            part
        };
        let parts = [of_sub("part-0001", "1900000201"), of_sub("part-0002", "1900000202")];
        let made = wechat.v3_post(&format!("{COMBINED}/native"), &without_payer(combined("whole-0001", &parts))).await;
        assert!(made.json()["code_url"].is_string(), "{}", made.body);
        let close = async |subs: [Option<&str>; 2]| {
            let part = |(number, sub): (&str, Option<&str>)| {
                let mut part = json!({ "mchid": MCH, "out_trade_no": number });
                part.as_object_mut().unwrap().extend(sub.map(|sub| ("sub_mchid".to_owned(), json!(sub))));
                part
            };
            let parts: Vec<_> = ["part-0001", "part-0002"].into_iter().zip(subs).map(part).collect();
            let body = json!({ "combine_appid": APPID, "sub_orders": parts });
            wechat.v3_post(&format!("{COMBINED}/out-trade-no/whole-0001/close"), &body).await
        };
        let (one, other) = (Some("1900000201"), Some("1900000202"));
        for wrong in [[None, None], [one, None], [other, one], [one, one]] {
            let text = "400 INVALID_REQUEST 输入的请求非法，请求关单的子单信息与下单时的子单信息不一致";
            assert_eq!(refusal(&close(wrong).await), text, "{wrong:?}");
        }
        assert_eq!(close([one, other]).await.status, 204);
    });
}

#[test]
fn a_service_provider_orders_1_to_50_parts() {
    within(async {
        let wechat = start(|config| config.merchants = vec![provider()]).await;
        let parts = |count: usize| {
            let part = |n: usize| {
                let mut part = part(MCH, &format!("part-1{n:03}"), 1);
                part["sub_mchid"] = json!("1900000201");
                part
            };
            (0..count).map(part).collect::<Vec<_>>()
        };
        let order = async |number: &str, count: usize| {
            let order = without_payer(combined(number, &parts(count)));
            wechat.v3_post(&format!("{COMBINED}/native"), &order).await
        };
        assert!(refusal(&order("whole-0051", 51).await).ends_with("元素个数 51，大于最大值 50"));
        let made = order("whole-0001", 1).await;
        assert!(made.json()["code_url"].is_string(), "{}", made.body);
        let close = json!({
            "combine_appid": APPID,
            "sub_orders": [{ "mchid": MCH, "out_trade_no": "part-1000", "sub_mchid": "1900000201" }],
        });
        assert_eq!(wechat.v3_post(&format!("{COMBINED}/out-trade-no/whole-0001/close"), &close).await.status, 204);
    });
}

#[test]
fn a_combined_order_is_closed_as_a_whole() {
    within(async {
        let wechat = start(|config| config.merchants = vec![Merchant::demo(), partner()]).await;
        let parts = [part(MCH, "part-0001", 10), part("10000300", "part-0002", 20)];
        let made = wechat.v3_post(&format!("{COMBINED}/native"), &without_payer(combined("whole-0001", &parts))).await;
        assert!(made.json()["code_url"].is_string(), "{}", made.body);
        let path = format!("{COMBINED}/out-trade-no/whole-0001/close");
        let named = |numbers: &[(&str, &str)]| {
            let parts: Vec<_> =
                numbers.iter().map(|(mch_id, number)| json!({ "mchid": mch_id, "out_trade_no": number })).collect();
            json!({ "combine_appid": APPID, "sub_orders": parts })
        };
        let other = wechat.v3_post(&path, &named(&[(MCH, "part-0001"), (MCH, "part-0002")])).await;
        assert_eq!(refusal(&other), "400 INVALID_REQUEST 输入的请求非法，请求关单的子单信息与下单时的子单信息不一致");
        let all = named(&[("10000300", "part-0002"), (MCH, "part-0001")]);
        for _ in 0..2 {
            assert_eq!(wechat.v3_post(&path, &all).await.status, 204);
        }
        let parts = query(&wechat, "whole-0001").await["sub_orders"].clone();
        assert_eq!((&parts[0]["trade_state"], &parts[1]["trade_state"]), (&json!("CLOSED"), &json!("CLOSED")));
        let late = wechat.http("POST", "/_emulator/pay", &[], br#"{"out_trade_no": "whole-0001"}"#).await;
        assert_eq!((late.status, &late.json()["trade_state"]), (200, &json!("CLOSED")), "{}", late.body);
        assert_eq!(
            refusal(&wechat.v3_get(&format!("{COMBINED}/out-trade-no/none")).await),
            "404 ORDERNOTEXIST 订单不存在"
        );
    });
}

fn without_payer(mut body: Value) -> Value {
    body.as_object_mut().unwrap().remove("combine_payer_info");
    body
}

#[test]
fn what_a_combined_order_is_refused_for() {
    within(async {
        let wechat = start(|config| config.merchants = vec![Merchant::demo(), partner()]).await;
        wechat.v3_post("/v3/pay/transactions/jsapi", &order("single-001")).await;
        let path = format!("{COMBINED}/jsapi");
        let two = |one: Value| [one, part(MCH, "part-0009", 1)];
        for (parts, code) in [
            (two(part(MCH, "single-001", 1)).to_vec(), "OUT_TRADE_NO_USED"),
            (two(part(MCH, "part-0009", 1)).to_vec(), "OUT_TRADE_NO_USED"),
            (two(part("1999999999", "part-0001", 1)).to_vec(), "MCH_NOT_EXISTS"),
            (vec![part(MCH, "part-0001", 1)], "PARAM_ERROR"),
            ((0..11).map(|n| part(MCH, &format!("part-10{n:02}"), 1)).collect(), "PARAM_ERROR"),
            (two(part(MCH, "part-0001", 0)).to_vec(), "PARAM_ERROR"),
        ] {
            let refused = wechat.v3_post(&path, &combined("whole-0001", &parts)).await;
            assert_eq!(refusal(&refused).split(' ').nth(1), Some(code), "{}", refused.body);
        }
        let mut subsidised = part(MCH, "part-0001", 1);
        subsidised["settle_info"] = json!({ "subsidy_amount": 500_001 });
        let refused = wechat.v3_post(&path, &combined("whole-0001", &two(subsidised))).await;
        assert!(refusal(&refused).ends_with("值高于最大值 500000"), "{}", refused.body);
        let few = wechat.v3_post(&path, &combined("whole-0001", &[part(MCH, "part-0001", 1)])).await;
        let text = "输入源“/body/sub_orders”映射到字段“子单信息”数组规则校验失败，元素个数 1，小于最小值 2";
        assert_eq!(refusal(&few), format!("400 PARAM_ERROR {text}"));
        let parts = two(part(MCH, "part-0001", 1));
        let nobody = wechat.v3_post(&path, &without_payer(combined("whole-0001", &parts))).await;
        assert_eq!(nobody.status, 400, "{}", nobody.body);
        assert_eq!(wechat.v3_post(&path, &combined("whole-0001", &parts)).await.status, 200);
        let dearer = [part(MCH, "part-0001", 2), part(MCH, "part-0009", 1)];
        let refused = wechat.v3_post(&path, &combined("whole-0001", &dearer)).await;
        assert_eq!(refusal(&refused), "400 INVALID_REQUEST 201 商户订单号重复");
        // A part's number is taken.
        let taken = wechat.v3_post("/v3/pay/transactions/jsapi", &order("part-0001")).await;
        assert_eq!(taken.status, 400, "{}", taken.body);
    });
}

/// Protocol v3 §7: codes without underscore, and 500 for an openid of another appid. Other orders have the usual ones.
#[test]
fn combined_orders_have_codes_of_their_own() {
    within(async {
        let mut other = partner();
        other.products = vec!["NATIVE".to_owned()];
        let foreign = "oStrangerOfAnotherAppid00001";
        let mut stranger = Merchant::new("wx1111111111111111", "10000400", &"s".repeat(32), "a-stranger");
        stranger.users = vec![foreign.to_owned()];
        let wechat = start(|config| config.merchants = vec![Merchant::demo(), other, stranger]).await;
        let path = format!("{COMBINED}/jsapi");
        let with_other = [part(MCH, "part-0001", 1), part("10000300", "part-0002", 1)];
        let closed = "商户号该产品权限未开通，请前往商户平台>产品中心检查后重试";
        let refused = wechat.v3_post(&path, &combined("whole-0001", &with_other)).await;
        assert_eq!(refusal(&refused), format!("403 NOAUTH {closed}"));

        let parts = [part(MCH, "part-0001", 1), part(MCH, "part-0002", 1)];
        let mut body = combined("whole-0001", &parts);
        body["combine_payer_info"] = json!({ "openid": foreign });
        assert_eq!(refusal(&wechat.v3_post(&path, &body).await), "500 OPENID_MISMATCH appid与openid不匹配");
        assert_eq!(wechat.last().await["explanation"]["mistake"], "other_openid");
        let mut single = order("single-001");
        single["payer"] = json!({ "openid": foreign });
        let refused = wechat.v3_post("/v3/pay/transactions/jsapi", &single).await;
        assert_eq!(refusal(&refused), "400 INVALID_REQUEST appid与openid不匹配");

        let body = combined("whole-0001", &parts);
        let close_path = format!("{COMBINED}/out-trade-no/whole-0001/close");
        let close = json!({
            "combine_appid": APPID,
            "sub_orders": [{ "mchid": MCH, "out_trade_no": "part-0001" }, { "mchid": MCH, "out_trade_no": "part-0002" }],
        });
        assert_eq!(refusal(&wechat.v3_post(&close_path, &close).await), "404 ORDERNOTEXIST 订单不存在");
        let failed = "500 SYSTEMERROR 系统异常，请稍后重试";
        for (fault, path, body) in [
            ("systemerror_before", &path, &body),
            ("systemerror_after", &path, &body),
            ("systemerror_before", &close_path, &close),
        ] {
            wechat.control("faults", json!({ "fault": fault, "times": 1 })).await;
            assert_eq!(refusal(&wechat.v3_post(path, body).await), failed, "{fault} {path}");
        }
        wechat.control("faults", json!({ "fault": "systemerror_before", "times": 1 })).await;
        let query_path = format!("{COMBINED}/out-trade-no/whole-0001");
        assert_eq!(refusal(&wechat.v3_get(&query_path).await), failed);
        wechat.control("faults", json!({ "fault": "systemerror_before", "times": 1 })).await;
        let single = wechat.v3_post("/v3/pay/transactions/jsapi", &order("single-001")).await;
        assert_eq!(refusal(&single), "500 SYSTEM_ERROR 系统异常，请稍后重试");
        // A fault that names a code sends that one.
        wechat.control("faults", json!({ "fault": "refuse", "code": "NO_AUTH", "times": 1 })).await;
        assert_eq!(refusal(&wechat.v3_get(&query_path).await).split(' ').nth(1), Some("NO_AUTH"));

        // The order was made. What differs is named, but only when it is nothing else.
        let mut shared = body.clone();
        shared["sub_orders"][0]["settle_info"] = json!({ "profit_sharing": true });
        let refused = wechat.v3_post(&path, &shared).await;
        assert_eq!(
            (refusal(&refused).as_str(), number(&refused)),
            ("400 INVALID_REQUEST 重复下单且结算信息不一致", 268_498_688)
        );
        shared["sub_orders"][0]["amount"]["total_amount"] = json!(2);
        assert_eq!(refusal(&wechat.v3_post(&path, &shared).await), "400 INVALID_REQUEST 201 商户订单号重复");
        let mut single = order("single-002");
        assert_eq!(wechat.v3_post("/v3/pay/transactions/jsapi", &single).await.status, 200);
        single["settle_info"] = json!({ "profit_sharing": true });
        let refused = wechat.v3_post("/v3/pay/transactions/jsapi", &single).await;
        assert_eq!(refusal(&refused), "400 INVALID_REQUEST 201 商户订单号重复");
    });
}

/// A later `time_expire` is moved to seven days from now; that of a single order to fifteen. The order stays NOTPAY until it is closed.
#[test]
fn a_combined_order_is_paid_within_seven_days() {
    within(async {
        let wechat = start(|config| {
            config.merchants = vec![Merchant::demo(), partner()];
            config.frozen_clock = true;
        })
        .await;
        let path = format!("{COMBINED}/native");
        let expires = BeijingTime::from_unix(wechat.now().await + 20 * 86_400).unwrap().to_rfc3339();
        let parts = [part(MCH, "part-0001", 10), part("10000300", "part-0002", 20)];
        let mut body = without_payer(combined("whole-0001", &parts));
        body["time_expire"] = json!(expires);
        let mut single = without_payer(order("single-001"));
        single.as_object_mut().unwrap().remove("payer");
        single["time_expire"] = json!(expires);
        let again = async |path: &str, body: &Value| {
            let answer = wechat.v3_post(path, body).await;
            if answer.status == 200 { "200".to_owned() } else { refusal(&answer) }
        };
        let native = "/v3/pay/transactions/native";
        assert_eq!((again(&path, &body).await.as_str(), again(native, &single).await.as_str()), ("200", "200"));
        wechat.advance(7 * 86_400 - 1).await;
        assert_eq!(again(&path, &body).await, "200");
        wechat.advance(1).await;
        let expired = "400 INVALID_REQUEST 该订单已失效";
        assert_eq!((again(&path, &body).await.as_str(), again(native, &single).await.as_str()), (expired, "200"));
        let refused = wechat.control("pay", json!({ "out_trade_no": "whole-0001" })).await;
        assert_eq!(refused["err_desc"], "该订单已失效");
        let states = async || {
            let parts = query(&wechat, "whole-0001").await["sub_orders"].clone();
            [0, 1].map(|n: usize| parts[n]["trade_state"].as_str().unwrap().to_owned())
        };
        assert_eq!(states().await, ["NOTPAY", "NOTPAY"]);
        let close = json!({
            "combine_appid": APPID,
            "sub_orders": [{ "mchid": MCH, "out_trade_no": "part-0001" }, { "mchid": "10000300", "out_trade_no": "part-0002" }],
        });
        assert_eq!(wechat.v3_post(&format!("{COMBINED}/out-trade-no/whole-0001/close"), &close).await.status, 204);
        assert_eq!(states().await, ["CLOSED", "CLOSED"]);
        wechat.advance(8 * 86_400).await;
        assert_eq!(again(native, &single).await, expired);
    });
}

#[test]
fn a_parts_number_is_unique_among_those_of_the_merchant_that_combines() {
    within(async {
        let wechat = start(|config| config.merchants = vec![Merchant::demo(), partner()]).await;
        let path = format!("{COMBINED}/native");
        let place = async |number: &str, parts: [(&str, &str); 2]| {
            let parts = parts.map(|(mch_id, number)| part(mch_id, number, 1));
            wechat.v3_post(&path, &without_payer(combined(number, &parts))).await
        };
        let used = "403 OUT_TRADE_NO_USED 商户订单号重复";
        let twice = place("whole-0001", [(MCH, "part-0001"), ("10000300", "part-0001")]).await;
        assert_eq!(refusal(&twice), used, "in one request");
        let told = wechat.last().await["explanation"]["detail"].clone();
        assert!(told.as_str().unwrap().contains("one of sub_orders"), "{told}");
        let first = [(MCH, "part-0001"), ("10000300", "part-0002")];
        assert_eq!(place("whole-0001", first).await.status, 200);
        assert_eq!(place("whole-0001", first).await.status, 200, "the same request again");
        for (mch_id, taken) in [("10000300", "part-0001"), (MCH, "part-0002")] {
            let of_other = place("whole-0002", [(mch_id, taken), (MCH, "part-0003")]).await;
            assert_eq!(refusal(&of_other), used, "{mch_id} {taken}");
        }
        // The numbers of two merchants' own orders have nothing to do with each other.
        let own = wechat.v3_post("/v3/pay/transactions/jsapi", &order("part-0002")).await;
        assert_eq!(own.status, 200, "{}", own.body);
    });
}

#[test]
fn the_payer_may_be_the_customer_of_the_parts_sub_appid() {
    within(async {
        let wechat = start(|config| config.merchants = vec![provider()]).await;
        let (path, sub_appid, sub_openid) =
            (format!("{COMBINED}/jsapi"), "wx00000000000000cc", "oSubUserOfTheShop00000000000");
        let of = |sub_appids: [Option<&str>; 2]| {
            let subs = [("1900000201", "part-0001"), ("1900000202", "part-0002")];
            let parts = subs.into_iter().zip(sub_appids).map(|((sub_mchid, number), sub_appid)| {
                let mut part = part(MCH, number, 10);
                part["sub_mchid"] = json!(sub_mchid);
                if let Some(sub_appid) = sub_appid {
                    part["sub_appid"] = json!(sub_appid);
                }
                part
            });
            combined("whole-0001", &parts.collect::<Vec<_>>())
        };
        let paid_by = |mut body: Value, payer: Value| {
            body["combine_payer_info"] = payer;
            body
        };
        let sub = || json!({ "sub_openid": sub_openid });
        for sub_appids in [[None, None], [Some(sub_appid), None], [Some(sub_appid), Some("wx00000000000000dd")]] {
            let refused = wechat.v3_post(&path, &paid_by(of(sub_appids), sub())).await;
            assert_eq!(refusal(&refused), "400 INVALID_REQUEST sub_appid和sub_openid不匹配", "{sub_appids:?}");
        }
        let both = json!({ "openid": OPENID, "sub_openid": sub_openid });
        let refused = wechat.v3_post(&path, &paid_by(of([Some(sub_appid); 2]), both)).await;
        assert_eq!(refusal(&refused), "400 PARAM_ERROR openid和sub_openid必须二选一");
        let made = wechat.v3_post(&path, &paid_by(of([Some(sub_appid); 2]), sub())).await;
        assert_eq!(made.status, 200, "{}", made.body);
        wechat.http("POST", "/_emulator/pay", &[], br#"{"out_trade_no": "whole-0001"}"#).await;
        let paid = query(&wechat, "whole-0001").await;
        for part in paid["sub_orders"].as_array().unwrap() {
            assert_eq!((&part["sub_appid"], &part["sub_openid"]), (&json!(sub_appid), &json!(sub_openid)));
        }
        assert_eq!(paid["combine_payer_info"]["openid"].as_str().map(str::len), Some(28));
    });
}
