//! What a customer does: opening the cashier by each of its ways, and leaving it.

use crate::common::{APPID, KEY, MCH, OPENID, OTHER_OPENID, Request, Shop, Wechat, start, within};
use serde_json::{Value, json};
use wxpaykit::{SignType, sign};

const OK: &str = "get_brand_wcpay_request:ok";
const FAIL: &str = "get_brand_wcpay_request:fail";
const NO_PREPAY: &str = "调用支付JSAPI缺少参数：total_fee";
const BAD_SIGN: &str = "支付验证签名失败";

async fn refused(wechat: &Wechat, visit: Value) -> String {
    let answer = wechat.control("pay", visit).await;
    assert_eq!(answer["err_msg"], FAIL, "{answer}");
    answer["err_desc"].as_str().unwrap().to_owned()
}

#[test]
fn pays_by_each_way() {
    within(async {
        let wechat = start(|_| {}).await;
        for (trade_type, by) in [
            ("JSAPI", "out_trade_no"),
            ("JSAPI", "prepay_id"),
            ("NATIVE", "code_url"),
            ("MWEB", "mweb_url"),
            ("APP", "prepay_id"),
        ] {
            let number = format!("{trade_type}-{by}");
            let mut request = Request::of_type(trade_type, &number);
            if trade_type == "JSAPI" {
                request = request.with("openid", OPENID);
            }
            let reply = wechat.unifiedorder(&request).await;
            let value = if by == "out_trade_no" { &number } else { reply.ok().get(by) };
            let paid = wechat.control("pay", json!({ by: value })).await;
            assert_eq!(paid["err_msg"], OK, "{paid}");
            assert_eq!(paid["out_trade_no"], number);
            assert_eq!(paid["trade_state"], "SUCCESS");
            assert_eq!(paid["total_fee"], 88);
            let order = wechat.order(&number).await;
            assert_eq!(order["transaction_id"], paid["transaction_id"]);
            assert_eq!(order["openid"], OPENID, "the demo user pays");
        }
    });
}

/// The appid of a page's parameters is the one that the order's openid belongs to (protocol §3.24).
#[test]
fn a_page_pays_with_the_appid_of_the_orders_openid() {
    const SUB: &str = "wx00000000000000cc";
    const SUB_OPENID: &str = "oSubUserOfTheShop00000000000";
    within(async {
        let key = "p".repeat(32);
        let mut provider = wxpaykit_emulator::Merchant::new("wx00000000000000aa", "1900000109", &key, "secret-p");
        provider.provider = true;
        let own = provider.appid.clone();
        let config = provider.clone();
        let wechat = start(move |options| options.merchants = vec![config]).await;
        let openid = wechat.running.openid();
        let order = |number: &str| {
            Request::of_type("JSAPI", number)
                .merchant(&provider)
                .with("sub_mch_id", "1900000110")
                .with("sub_appid", SUB)
        };
        let params = |appid: &str, prepay_id: &str| {
            let package = format!("prepay_id={prepay_id}");
            let pairs =
                [("appId", appid), ("nonceStr", "n"), ("package", &package), ("signType", "MD5"), ("timeStamp", "1")];
            let signature = sign::sign(pairs, &key, SignType::Md5);
            let params: serde_json::Map<String, Value> = pairs
                .into_iter()
                .chain([("paySign", signature.as_str())])
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect();
            json!({ "params": params })
        };
        let cases = [
            (order("sub").with("sub_openid", SUB_OPENID), vec![SUB], vec![own.as_str()]),
            (order("own").with("openid", &openid), vec![own.as_str()], vec![SUB]),
            (order("both").with("openid", &openid).with("sub_openid", SUB_OPENID), vec![SUB, own.as_str()], vec![]),
        ];
        for (request, right, wrong) in cases {
            let reply = wechat.unifiedorder(&request).await;
            let prepay_id = reply.ok().get("prepay_id");
            for appid in wrong {
                assert_eq!(refused(&wechat, params(appid, prepay_id)).await, BAD_SIGN, "{appid}");
                let explanation = wechat.last().await["explanation"].clone();
                assert_eq!(explanation["mistake"], "other_appid");
                assert!(explanation["detail"].as_str().unwrap().contains("sign and pass that appid"), "{explanation}");
            }
            // Signed with the other of the two appids, and passed with the right one.
            for (given, signed) in
                [(SUB, own.as_str()), (own.as_str(), SUB)].into_iter().filter(|(given, _)| right.contains(given))
            {
                let mut crossed = params(signed, prepay_id);
                crossed["params"]["appId"] = given.into();
                assert_eq!(refused(&wechat, crossed).await, BAD_SIGN, "{given}");
                let explanation = wechat.last().await["explanation"].clone();
                assert_eq!(explanation["mistake"], "other_appid");
                let told = format!("paySign was made with appId {signed}, and appId {given} was handed over");
                assert!(explanation["detail"].as_str().unwrap().starts_with(&told), "{explanation}");
            }
            let mut visits: Vec<Value> = right.iter().map(|appid| params(appid, prepay_id)).collect();
            for visit in &mut visits {
                visit["result"] = "cancel".into();
                assert_eq!(wechat.control("pay", visit.clone()).await["err_msg"], "get_brand_wcpay_request:cancel");
            }
        }
        // Another customer than the order's, and an openid of another appid for an order that names no payer.
        let visit = json!({ "out_trade_no": "sub", "openid": openid });
        assert_eq!(refused(&wechat, visit).await, "跨号支付/下单账号与支付账号不一致");
        assert_eq!(wechat.last().await["explanation"]["mistake"], "other_payer");
        wechat.unifiedorder(&Request::of_type("NATIVE", "native")).await.ok();
        let visit = json!({ "out_trade_no": "native", "openid": openid });
        assert_eq!(refused(&wechat, visit).await, "跨号支付/下单账号与支付账号不一致");
        let visit = json!({ "out_trade_no": "native", "openid": OPENID });
        assert_eq!(wechat.control("pay", visit).await["err_msg"], OK);
    });
}

#[test]
fn a_cancelled_or_failed_payment_can_be_tried_again() {
    within(async {
        let shop = Shop::acknowledging().await;
        let wechat = start(|_| {}).await;
        wechat.unifiedorder(&Request::order("n1").with("notify_url", &shop.url)).await.ok();
        let visit = |result: &str| json!({ "out_trade_no": "n1", "result": result });
        assert_eq!(wechat.control("pay", visit("cancel")).await["err_msg"], "get_brand_wcpay_request:cancel");
        assert_eq!(wechat.control("pay", visit("fail")).await["err_msg"], FAIL);
        assert_eq!(wechat.orderquery("n1").await.get("trade_state"), "NOTPAY");
        assert_eq!(wechat.control("pay", visit("ok")).await["err_msg"], OK);
        assert_eq!(refused(&wechat, visit("ok")).await, "该订单已支付");
        assert_eq!(refused(&wechat, visit("cancel")).await, "该订单已支付");
        wechat.advance(0).await;
        assert_eq!(shop.heard().len(), 1, "one payment, one notification");
        wechat.unifiedorder(&Request::order("n2")).await.ok();
        wechat.closeorder("n2").await.ok();
        assert_eq!(refused(&wechat, json!({ "out_trade_no": "n2" })).await, "该订单已关闭");
    });
}

#[test]
fn an_order_of_another_person() {
    within(async {
        let wechat = start(|_| {}).await;
        wechat.unifiedorder(&Request::order("n1")).await.ok();
        let visit = |openid: &str| json!({ "out_trade_no": "n1", "openid": openid });
        assert_eq!(refused(&wechat, visit(OTHER_OPENID)).await, "跨号支付/下单账号与支付账号不一致");
        assert_eq!(wechat.control("pay", visit(OPENID)).await["err_msg"], OK);
        // An order without a payer takes anybody.
        let reply = wechat.unifiedorder(&Request::of_type("NATIVE", "n2")).await;
        let paid = json!({ "code_url": reply.get("code_url"), "openid": OTHER_OPENID });
        assert_eq!(wechat.control("pay", paid).await["openid"], OTHER_OPENID);
        assert_eq!(wechat.orderquery("n2").await.get("openid"), OTHER_OPENID);
    });
}

#[test]
fn prepay_ids_and_pages_expire() {
    within(async {
        let wechat = start(|_| {}).await;
        let mobile = wechat.unifiedorder(&Request::of_type("MWEB", "m")).await;
        let jsapi = wechat.unifiedorder(&Request::order("j")).await;
        let native = wechat.unifiedorder(&Request::of_type("NATIVE", "n")).await;
        wechat.advance(300).await;
        let late = json!({ "mweb_url": mobile.get("mweb_url") });
        assert_eq!(refused(&wechat, late).await, "支付请求已失效，请重新发起支付");
        wechat.advance(7200 - 301).await;
        let cancel = json!({ "prepay_id": jsapi.get("prepay_id"), "result": "cancel" });
        assert_eq!(wechat.control("pay", cancel).await["err_msg"], "get_brand_wcpay_request:cancel");
        wechat.advance(1).await;
        for late in [
            json!({ "prepay_id": jsapi.get("prepay_id") }),
            json!({ "out_trade_no": "j" }),
            json!({ "code_url": native.get("code_url") }),
        ] {
            assert_eq!(refused(&wechat, late).await, NO_PREPAY);
            assert_eq!(wechat.last().await["explanation"]["mistake"], "prepay_expired");
        }
    });
}

fn page(prepay_id: &str, sign_type: SignType) -> Value {
    let package = format!("prepay_id={prepay_id}");
    let pairs = [
        ("appId", APPID),
        ("timeStamp", "1414561699"),
        ("nonceStr", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"),
        ("package", &package),
        ("signType", sign_type.as_str()),
    ];
    let signature = sign::sign(pairs, KEY, sign_type);
    let mut page: Value = pairs.into_iter().collect();
    page["paySign"] = signature.into();
    page
}

/// The same page, signed over something else.
fn resigned(page: &Value, pairs: &[(&str, &str)]) -> Value {
    let mut page = page.clone();
    page["paySign"] = sign::sign(pairs.iter().copied(), KEY, SignType::Md5).into();
    page
}

#[test]
fn checks_what_a_page_hands_over() {
    within(async {
        let wechat = start(|_| {}).await;
        let reply = wechat.unifiedorder(&Request::order("n1")).await;
        let prepay_id = reply.ok().get("prepay_id");
        let good = page(prepay_id, SignType::Md5);
        let package = format!("prepay_id={prepay_id}");
        let nonce = "5K8264ILTKCH16CQ2502SI8ZNMTM67VS";
        let other = wechat.unifiedorder(&Request::order("n2")).await;
        let of_other = format!("prepay_id={}", other.ok().get("prepay_id"));
        let changed = |name: &str, value: Value| {
            let mut page = good.clone();
            page[name] = value;
            page
        };
        let cases = [
            (changed("paySign", "".into()), BAD_SIGN, "sign_missing"),
            (changed("paySign", "0".repeat(32).into()), BAD_SIGN, "page_unknown"),
            (changed("nonceStr", "other".into()), BAD_SIGN, "page_unknown"),
            (changed("package", of_other.into()), BAD_SIGN, "package_changed"),
            (changed("package", format!("prepay_id={package}").into()), NO_PREPAY, "package_changed"),
            (page(prepay_id, SignType::HmacSha256), BAD_SIGN, "other_algorithm"),
            (changed("timeStamp", 1_414_561_699.into()), "调用支付JSAPI缺少参数：timeStamp", "time_stamp_is_number"),
            (changed("appId", "wx0000000000000000".into()), NO_PREPAY, "other_appid"),
            (
                resigned(
                    &good,
                    &[
                        ("appId", APPID),
                        ("nonceStr", nonce),
                        ("package", &package),
                        ("signType", "MD5"),
                        ("timestamp", "1414561699"),
                    ],
                ),
                BAD_SIGN,
                "time_stamp_lower_case",
            ),
            (
                resigned(
                    &good,
                    &[("appId", APPID), ("nonceStr", nonce), ("package", &package), ("timeStamp", "1414561699")],
                ),
                BAD_SIGN,
                "sign_type_left_out",
            ),
            (
                resigned(
                    &good,
                    &[("nonceStr", nonce), ("package", &package), ("signType", "MD5"), ("timeStamp", "1414561699")],
                ),
                BAD_SIGN,
                "app_id_left_out",
            ),
            (
                resigned(
                    &good,
                    &[
                        ("appId", APPID),
                        ("nonceStr", nonce),
                        ("package", prepay_id),
                        ("signType", "MD5"),
                        ("timeStamp", "1414561699"),
                    ],
                ),
                BAD_SIGN,
                "package_without_name",
            ),
        ];
        for (params, text, mistake) in cases {
            assert_eq!(refused(&wechat, json!({ "params": params })).await, text, "{mistake}");
            let entry = wechat.last().await;
            assert_eq!(entry["path"], "/_emulator/pay");
            assert_eq!(entry["outcome"], format!("cashier:{text}"));
            assert_eq!(entry["explanation"]["mistake"], mistake, "{entry}");
            if text == BAD_SIGN {
                let text = entry["explanation"]["string_to_sign"].as_str().unwrap();
                assert!(text.starts_with("appId=") && text.ends_with("&key=***") && !text.contains(KEY), "{text}");
            }
        }
        let unknown = changed("package", "prepay_id=wx00000000000000000000000000000000".into());
        assert_eq!(refused(&wechat, json!({ "params": unknown })).await, NO_PREPAY);
        assert_eq!(wechat.control("pay", json!({ "params": good })).await["err_msg"], OK);
    });
}

#[test]
fn what_is_accepted_may_be_noteworthy() {
    within(async {
        let wechat = start(|_| {}).await;
        let reply = wechat.unifiedorder(&Request::order("n1")).await;
        let prepay_id = reply.ok().get("prepay_id");
        let signed = |time: &str, package: &str| {
            let pairs =
                [("appId", APPID), ("timeStamp", time), ("nonceStr", "abc"), ("package", package), ("signType", "MD5")];
            resigned(&pairs.into_iter().collect(), &pairs)
        };
        let pay = async |params: Value| {
            let answer = wechat.control("pay", json!({ "params": params, "result": "cancel" })).await;
            let entry = wechat.last().await;
            (answer["err_desc"].clone(), entry["outcome"].clone(), entry["explanation"]["mistake"].clone())
        };
        let package = format!("prepay_id={prepay_id}");
        let accepted = |mistake: &str| (Value::Null, json!("left"), json!(mistake));
        let refused = |mistake: &str| (json!(NO_PREPAY), json!(format!("cashier:{NO_PREPAY}")), json!(mistake));
        let good = signed("1414561699", &package);
        assert_eq!(pay(good.clone()).await, (Value::Null, json!("left"), Value::Null));
        let mut small = good.clone();
        small["paySign"] = good["paySign"].as_str().unwrap().to_lowercase().into();
        assert_eq!(pay(small).await, accepted("sign_lower_case"));
        assert_eq!(pay(signed("1414561699000", &package)).await, accepted("pay_time_in_milliseconds"));
        assert_eq!(pay(signed("1414561699", prepay_id)).await, refused("package_form"));
        assert_eq!(pay(signed("1414561699", "prepay_id=undefined")).await, refused("prepay_id_missing"));
        // Not signed with the key: that there is no order is all that is said.
        let mut other = signed("1414561699", "prepay_id=undefined");
        other["nonceStr"] = json!("other");
        assert_eq!(pay(other).await.2, json!("prepay_id_unknown"));
        let mut named = good.clone();
        named["sign"] = named.as_object_mut().unwrap().remove("paySign").unwrap();
        assert_eq!(pay(named).await.2, json!("pay_sign_missing"));
        // The names of orders and of apps.
        for names in [&[("nonceStr", "noncestr")][..], &[("nonceStr", "nonce_str"), ("timeStamp", "timestamp")]] {
            let mut spelt = good.clone();
            for (own, other) in names {
                spelt[*other] = spelt.as_object_mut().unwrap().remove(*own).unwrap();
            }
            let refused = (json!(BAD_SIGN), json!(format!("cashier:{BAD_SIGN}")), json!("page_names"));
            assert_eq!(pay(spelt).await, refused);
        }
    });
}

#[test]
fn takes_every_spelling_of_a_page() {
    within(async {
        let wechat = start(|_| {}).await;
        let reply = wechat.unifiedorder(&Request::order("n1").hmac()).await;
        let visit = |params: Value| json!({ "params": params, "result": "cancel" });
        let bridge = page(reply.ok().get("prepay_id"), SignType::HmacSha256);
        // wx.requestPayment names no appId.
        let mut mini = bridge.clone();
        mini.as_object_mut().unwrap().remove("appId");
        // wx.chooseWXPay spells timestamp, and signs timeStamp.
        let mut sdk = mini.clone();
        let time = sdk.as_object_mut().unwrap().remove("timeStamp").unwrap();
        sdk["timestamp"] = time;
        for params in [bridge, mini, sdk] {
            let answer = wechat.control("pay", visit(params)).await;
            assert_eq!(answer["err_msg"], "get_brand_wcpay_request:cancel", "{answer}");
        }
        let native = wechat.unifiedorder(&Request::of_type("NATIVE", "n2").hmac()).await;
        let params = page(native.get("prepay_id"), SignType::HmacSha256);
        assert_eq!(refused(&wechat, visit(params)).await, NO_PREPAY);
    });
}

#[test]
fn checks_what_an_app_hands_over() {
    within(async {
        let wechat = start(|_| {}).await;
        let reply = wechat.unifiedorder(&Request::of_type("APP", "n1").hmac()).await;
        let params = |package: &str, partner: &str, sign_type: SignType| {
            let pairs = [
                ("appid", APPID),
                ("partnerid", partner),
                ("prepayid", reply.ok().get("prepay_id")),
                ("package", package),
                ("noncestr", "a462b76e7436e98e0ed6e13c64b4fd1c"),
                ("timestamp", "1397527777"),
            ];
            let mut params: Value = pairs.into_iter().collect();
            params["sign"] = sign::sign(pairs, KEY, sign_type).into();
            json!({ "app_params": params })
        };
        let hmac = SignType::HmacSha256;
        assert_eq!(refused(&wechat, params("prepay_id=x", MCH, hmac)).await, NO_PREPAY);
        assert_eq!(wechat.last().await["explanation"]["mistake"], "app_package");
        // As Java names them.
        let of_ios = params("Sign=WXPay", MCH, hmac)["app_params"].clone();
        let java = [
            ("appId", "appid"),
            ("partnerId", "partnerid"),
            ("prepayId", "prepayid"),
            ("packageValue", "package"),
            ("nonceStr", "noncestr"),
            ("timeStamp", "timestamp"),
            ("sign", "sign"),
        ];
        let of_android: Value = java.iter().map(|(java, ios)| (*java, of_ios[*ios].clone())).collect();
        let left = wechat.control("pay", json!({ "app_params": of_android, "result": "cancel" })).await;
        assert_eq!(left["err_msg"], "get_brand_wcpay_request:cancel");
        assert_eq!(refused(&wechat, params("Sign=WXPay", "10000101", hmac)).await, NO_PREPAY);
        assert_eq!(refused(&wechat, params("Sign=WXPay", MCH, SignType::Md5)).await, BAD_SIGN);
        assert_eq!(wechat.last().await["explanation"]["mistake"], "other_algorithm");
        assert_eq!(wechat.control("pay", params("Sign=WXPay", MCH, hmac)).await["err_msg"], OK);
    });
}

#[test]
fn names_the_order_that_it_cannot_find() {
    within(async {
        let wechat = start(|_| {}).await;
        for (body, status) in [
            ("", 400),
            ("{", 400),
            ("{}", 400),
            (r#"{"out_trade_no":"n1","result":"maybe"}"#, 400),
            (r#"{"out_trade_no":"n1","surprise":1}"#, 400),
            (r#"{"out_trade_no":"n1","openid":"me"}"#, 400),
            (r#"{"out_trade_no":"n1"}"#, 404),
            (r#"{"prepay_id":"wx1"}"#, 404),
            (r#"{"code_url":"weixin://wxpay/bizpayurl?pr=1"}"#, 404),
            (r#"{"mweb_url":"https://wx.tenpay.com/"}"#, 404),
        ] {
            let answer = wechat.http("POST", "/_emulator/pay", &[], body.as_bytes()).await;
            assert_eq!(answer.status, status, "{body}: {}", answer.body);
            assert!(answer.json()["error"].is_string());
        }
    });
}
