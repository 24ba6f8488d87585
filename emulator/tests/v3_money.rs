//! APIv3: bills, payment codes and transfers to customers.

use std::io::Read;

use crate::common;
use crate::common::v3::{Signed, number, order, refusal};
use crate::common::{APPID, Answer, MCH, OPENID, Request, Shop, Wechat, changes, http, start, within};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wxpaykit::BeijingTime;
use wxpaykit::crypto::aes::open_file;
use wxpaykit::crypto::rsa::{SigningKey, VerifyingKey};
use wxpaykit_emulator::Merchant;

const DAY: i64 = 24 * 60 * 60;
const TRANSFERS: &str = "/v3/fund-app/mch-transfer/transfer-bills";

async fn post(wechat: &Wechat, path: &str, body: &Value) -> Value {
    let answer = wechat.v3_post(path, body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// Another merchant of APIv3.
fn other_merchant() -> Merchant {
    let mut other = Merchant::new("wx1111111111111111", "10000300", &"k".repeat(32), "another-app-secret");
    other.api_v3_key = Some(wxpaykit::Secret::new("v".repeat(32)));
    other
}

/// What signs as another merchant of the emulator.
async fn signed_by(wechat: &Wechat, mch_id: &str) -> Signed {
    let file = async |name: &str| wechat.get(&format!("/_emulator/certificates/{mch_id}/{name}")).await.body;
    let certificate = VerifyingKey::read("cert", file("apiclient_cert.pem").await.as_bytes()).unwrap();
    let key = SigningKey::read("key", file("apiclient_key.pem").await.as_bytes()).unwrap();
    Signed { mch_id: mch_id.into(), serial: certificate.serial().unwrap().into(), key, ..Signed::by(wechat) }
}

fn hash(content: &[u8]) -> String {
    Sha1::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of a download, which may be a gzip file.
async fn download(wechat: &Wechat, target: &str) -> (String, Vec<u8>) {
    let signed = Signed::by(wechat);
    let authorization = signed.authorization("GET", target, "");
    let mut stream = TcpStream::connect(&wechat.address).await.unwrap();
    let head = format!(
        "GET {target} HTTP/1.1\r\nHost: {}\r\nAccept: */*\r\nUser-Agent: x\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n",
        wechat.address
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    (String::from_utf8(answer[..end].to_vec()).unwrap(), answer[end + 4..].to_vec())
}

/// The day of the emulated clock, as bills name it.
async fn today(wechat: &Wechat) -> String {
    let order = wechat.order("V3-bill-0001").await;
    let paid = order["time_end"].as_str().unwrap();
    format!("{}-{}-{}", &paid[..4], &paid[4..6], &paid[6..8])
}

#[test]
fn bills_are_asked_for_and_downloaded() {
    within(async {
        let wechat = start(|config| {
            config.merchants = vec![Merchant::demo(), other_merchant()];
        })
        .await;
        post(&wechat, "/v3/pay/transactions/jsapi", &order("V3-bill-0001")).await;
        wechat.pay("V3-bill-0001").await;
        let day = today(&wechat).await;
        let ask = async |path: &str, more: &str| wechat.v3_get(&format!("/v3/bill/{path}?bill_date={day}{more}")).await;
        assert_eq!(
            refusal(&ask("tradebill", "").await),
            "400 NO_STATEMENT_EXIST 请求的账单文件不存在",
            "the day is not over"
        );
        // The next day: before nine there is none, and it is not said to be too old.
        wechat.advance(DAY - (wechat.now().await + 8 * 3600) % DAY + 60).await;
        for name in ["tradebill", "fundflowbill"] {
            let refused = refusal(&ask(name, "").await);
            assert_eq!(refused, "400 NO_STATEMENT_EXIST 请求的账单文件不存在", "{name}: nobody began to make it");
        }
        wechat.advance(9 * 3600).await;
        assert_eq!(refusal(&ask("tradebill", "").await), "400 STATEMENT_CREATING 请求的账单正在生成中");
        wechat.advance(3600).await;
        let said = ask("tradebill", "").await.json();
        let url = said["download_url"].as_str().unwrap().to_owned();
        let target = url.strip_prefix(wechat.running.url()).unwrap();
        let (head, bill) = download(&wechat, target).await;
        assert!(head.starts_with("HTTP/1.1 200") && !head.to_lowercase().contains("wechatpay-"), "{head}");
        assert_eq!(
            (said["hash_type"].as_str(), said["hash_value"].as_str()),
            (Some("SHA1"), Some(hash(&bill).as_str()))
        );
        let text = String::from_utf8(bill).unwrap();
        assert!(text.starts_with("\u{feff}交易时间,公众账号ID") && text.contains("V3-bill-0001"), "{text}");

        let packed = ask("tradebill", "&tar_type=GZIP&bill_type=SUCCESS").await.json();
        let url = packed["download_url"].as_str().unwrap();
        assert!(url.ends_with("&tartype=gzip"), "{url}");
        let (_, file) = download(&wechat, url.strip_prefix(wechat.running.url()).unwrap()).await;
        let mut plain = Vec::new();
        GzDecoder::new(&file[..]).read_to_end(&mut plain).unwrap();
        assert_eq!(packed["hash_value"], hash(&plain).as_str(), "of the text, and not of the gzip file");
        let funds = ask("fundflowbill", "&account_type=BASIC&bill_type=ALL").await.json();
        let (_, funds_bill) =
            download(&wechat, funds["download_url"].as_str().unwrap().strip_prefix(wechat.running.url()).unwrap())
                .await;
        assert!(String::from_utf8(funds_bill).unwrap().contains("记账时间"));

        // The address is at the host that was asked: a client's signature is for no other one.
        let of_host = async |host: &str| {
            let signed = Signed::by(&wechat).with("Host", host);
            let asked = format!("/v3/bill/tradebill?bill_date={day}");
            let said = signed.send(&wechat, "GET", &asked, "").await.json();
            let url = said["download_url"].as_str().unwrap().to_owned();
            let target = url.strip_prefix(&format!("http://{host}")).unwrap_or_else(|| panic!("{url}"));
            let file = signed.send(&wechat, "GET", target, "").await;
            assert!(file.status == 200 && file.body.contains("V3-bill-0001"), "{}", file.body);
        };
        let (_, port) = wechat.address.rsplit_once(':').unwrap();
        for host in ["api.mch.weixin.qq.com", &format!("localhost:{port}"), &wechat.address] {
            of_host(host).await;
        }

        // Only the merchant that asked, with a signature, and only for a while.
        let bare = wechat.http("GET", target, &[("Accept", "*/*"), ("User-Agent", "x")], b"").await;
        assert_eq!(bare.status, 401);
        let other = signed_by(&wechat, "10000300").await;
        assert!(refusal(&other.send(&wechat, "GET", target, "").await).starts_with("403 NO_AUTH"));
        wechat.advance(300).await;
        let late = Signed::by(&wechat).send(&wechat, "GET", target, "").await;
        assert!(refusal(&late).starts_with("400 INVALID_REQUEST"), "{}", late.body);
        for date in ["20251127", "20261129--", "2026-1-128", "2026--1128", "2026/11/28", "+026-11-28", "2026-13-01"] {
            let answer = wechat.v3_get(&format!("/v3/bill/tradebill?bill_date={date}")).await;
            assert_eq!(refusal(&answer), "400 PARAM_ERROR 账单日期格式不正确", "{date}");
        }
        wechat.advance(100 * DAY).await;
        for name in ["tradebill", "fundflowbill"] {
            assert_eq!(refusal(&ask(name, "").await), "400 INVALID_REQUEST 请求的账单日期已过期");
        }
    });
}

/// Protocol v3 §14.4.
#[test]
fn the_internal_code_of_a_code_payment_is_that_of_its_cause() {
    within(async {
        for strict in [false, true] {
            let wechat = start(|config| config.strict_docs = strict).await;
            assert_eq!(charge(&wechat, "V3-pay-00001", 100).await.status, 200);
            // The customer has to confirm it.
            assert_eq!(charge(&wechat, "V3-pay-00002", 200_000).await.status, 202);
            let reverse = async |number: &str| {
                let path = format!("/v3/pay/transactions/out-trade-no/{number}/reverse");
                wechat.v3_post(&path, &json!({ "appid": APPID, "mchid": MCH })).await
            };
            let mut cases = vec![
                (charge(&wechat, "V3-pay-00001", 100).await, 268_498_689),
                (charge(&wechat, "V3-pay-00002", 1).await, 268_498_688),
                (reverse("V3-pay-00009").await, 268_512_771),
            ];
            wechat.advance(20).await;
            assert_eq!(reverse("V3-pay-00002").await.status, 200);
            cases.push((charge(&wechat, "V3-pay-00002", 200_000).await, 268_447_914));
            for (answer, code) in cases {
                assert_eq!(number(&answer), code, "{}", refusal(&answer));
            }
        }
    });
}

/// Protocol v3 §10.4.
#[test]
fn merchant_texts_are_escaped_in_the_trade_bill() {
    within(async {
        let wechat = start(|_| {}).await;
        let text = "\\\"'`,茶\n\r\t.";
        let mut body = order("V3-bill-0001");
        body["description"] = text.into();
        body["attach"] = "茶,热".into();
        post(&wechat, "/v3/pay/transactions/jsapi", &body).await;
        wechat.pay("V3-bill-0001").await;
        let refund = json!({
            "out_trade_no": "V3-bill-0001", "out_refund_no": "R-text", "amount": { "refund": 1, "total": 100, "currency": "CNY" },
        });
        post(&wechat, "/v3/refund/domestic/refunds", &refund).await;
        let day = today(&wechat).await;
        wechat.advance((DAY - (wechat.now().await + 8 * 3600) % DAY) + 11 * 3600).await;
        let said = wechat.v3_get(&format!("/v3/bill/tradebill?bill_date={day}")).await.json();
        let url = said["download_url"].as_str().unwrap();
        let (_, bill) = download(&wechat, url.strip_prefix(wechat.running.url()).unwrap()).await;
        let bill = String::from_utf8(bill).unwrap();
        let rows: Vec<&str> = bill.lines().filter(|line| line.contains("V3-bill-0001")).collect();
        let [paid, refunded] = rows[..] else { panic!("{bill}") };
        assert!(paid.contains(r#",`\\\"\'\`\ 茶\n\r\t.,`茶\ 热,`"#), "{paid}");
        assert!(refunded.contains(r#",`\\\"'\140\ 茶\n\r\t.,`茶\ 热,`"#), "{refunded}");
    });
}

async fn charge(wechat: &Wechat, number: &str, total: u64) -> Answer {
    let code = wechat.control("payment-code", json!({})).await["auth_code"].clone();
    let body = json!({
        "appid": APPID, "mchid": MCH, "description": "茶", "out_trade_no": number, "amount": { "total": total },
        "payer": { "auth_code": code }, "scene_info": { "device_ip": "203.0.113.9" },
    });
    wechat.v3_post("/v3/pay/transactions/codepay", &body).await
}

#[test]
fn payment_codes_are_charged_and_reversed() {
    within(async {
        let wechat = start(|_| {}).await;
        let paid = charge(&wechat, "V3-code-0001", 100).await;
        assert_eq!(
            (paid.status, &paid.json()["trade_state"], &paid.json()["trade_type"]),
            (200, &json!("SUCCESS"), &json!("MICROPAY"))
        );
        let reverse = async |number: &str| {
            wechat
                .v3_post(
                    &format!("/v3/pay/transactions/out-trade-no/{number}/reverse"),
                    &json!({ "appid": APPID, "mchid": MCH }),
                )
                .await
        };
        let done = reverse("V3-code-0001").await;
        assert_eq!(done.json(), json!({ "appid": APPID, "mchid": MCH, "out_trade_no": "V3-code-0001" }));
        let found = wechat.v3_get(&format!("/v3/pay/transactions/out-trade-no/V3-code-0001?mchid={MCH}")).await;
        assert_eq!(found.json()["trade_state"], "REVOKED");
        // Over ¥1000 the customer confirms.
        wechat.advance(60).await;
        let waits = charge(&wechat, "V3-code-0002", 100_001).await;
        assert_eq!(
            (waits.status, waits.json()),
            (202, json!({ "code": "USERPAYING", "message": "需要用户输入支付密码" }))
        );
        wechat.pay("V3-code-0002").await;
        let found = wechat.v3_get(&format!("/v3/pay/transactions/out-trade-no/V3-code-0002?mchid={MCH}")).await;
        assert_eq!(found.json()["trade_state"], "SUCCESS");
        wechat.advance(60).await;
        wechat.control("faults", json!({ "fault": "user_paying", "reply": "state", "times": 1 })).await;
        let waits = charge(&wechat, "V3-code-0003", 100).await;
        assert_eq!((waits.status, &waits.json()["trade_state"]), (202, &json!("USERPAYING")), "{}", waits.body);
        let closed =
            wechat.v3_post("/v3/pay/transactions/out-trade-no/V3-code-0003/close", &json!({ "mchid": MCH })).await;
        assert_eq!(refusal(&closed), "400 INVALID_REQUEST 当前交易不允许进行普通关单（只能撤销）");
        assert_eq!(refusal(&reverse("V3-unknown").await), "404 ORDER_NOT_EXIST 订单不存在");
        let body = json!({
            "appid": APPID, "mchid": MCH, "description": "茶", "out_trade_no": "V3-code-0004", "amount": { "total": 1 },
            "payer": { "auth_code": "280000000000000000" }, "scene_info": { "device_ip": "203.0.113.9" },
        });
        let refused = wechat.v3_post("/v3/pay/transactions/codepay", &body).await;
        assert_eq!(refusal(&refused), "400 AUTH_CODE_INVALID 101 付款码无效，请重新扫码");
        assert_eq!(wechat.order("V3-code-0001").await["api"], "v3");
    });
}

#[test]
fn a_charge_that_is_refused_leaves_the_order_of_the_other_api_alone() {
    within(async {
        let wechat = start(|_| {}).await;
        wechat.unifiedorder(&Request::order("V2-code-0001")).await.ok();
        let refused = charge(&wechat, "V2-code-0001", 100).await;
        assert_eq!(refusal(&refused), "400 INVALID_REQUEST 201 商户订单号重复");
        assert_eq!(wechat.order("V2-code-0001").await["api"], "v2");
    });
}

#[test]
fn the_phone_confirms_and_faults_reach_payment_codes() {
    within(async {
        let wechat = start(|config| config.magic_amounts = true).await;
        charge(&wechat, "V3-code-1001", 123_456).await;
        let phone = async || wechat.http("GET", "/_wechat/code", &[], b"").await.body;
        assert!(phone().await.contains("¥1234.56"));
        let origin = format!("http://{}", wechat.address);
        let headers = [("Origin", origin.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
        let body = format!("out_trade_no=V3-code-1001&mch_id={MCH}&result=ok");
        assert_eq!(wechat.http("POST", "/_wechat/code", &headers, body.as_bytes()).await.status, 303);
        assert!(!phone().await.contains("¥1234.56"));
        let state = async |number: &str| wechat.order(number).await["trade_state"].clone();
        assert_eq!(state("V3-code-1001").await, "SUCCESS");

        let reverse = async |number: &str| {
            let path = format!("/v3/pay/transactions/out-trade-no/{number}/reverse");
            wechat.v3_post(&path, &json!({ "appid": APPID, "mchid": MCH })).await
        };
        wechat.control("faults", json!({ "fault": "recall", "times": 1 })).await;
        assert!(refusal(&reverse("V3-code-1001").await).starts_with("500 SYSTEM_ERROR"));
        assert_eq!(state("V3-code-1001").await, "SUCCESS");
        assert_eq!(reverse("V3-code-1001").await.status, 200);
        assert_eq!(state("V3-code-1001").await, "REVOKED");
        // The number is not charged again.
        assert_eq!(refusal(&charge(&wechat, "V3-code-1001", 123_456).await), "400 ORDER_CLOSED 订单已关闭");

        // The amounts that make a fault work here too.
        assert_eq!(refusal(&charge(&wechat, "V3-code-1002", 77_046).await), "500 BANK_ERROR 银行系统异常");
        assert_eq!(state("V3-code-1002").await, "SUCCESS");
        assert_eq!(refusal(&charge(&wechat, "V3-code-1002", 77_046).await), "400 INVALID_REQUEST 该订单已支付");
        wechat.control("faults", json!({ "fault": "pay_error", "times": 1 })).await;
        assert!(refusal(&charge(&wechat, "V3-code-1003", 88).await).starts_with("403 TRADE_ERROR"));
        assert_eq!(state("V3-code-1003").await, "PAYERROR");
    });
}

fn transfer(number: &str, fen: u64) -> Value {
    json!({
        "appid": APPID, "out_bill_no": number, "transfer_scene_id": "1000", "openid": OPENID, "transfer_amount": fen,
        "transfer_remark": "新会员开通有礼",
        "transfer_scene_report_infos": [
            { "info_type": "活动名称", "info_content": "新会员有礼" }, { "info_type": "奖励说明", "info_content": "注册会员抽奖一等奖" },
        ],
    })
}

#[test]
fn a_transfer_waits_for_the_customer_and_is_notified() {
    within(async {
        let wechat = start(|_| {}).await;
        let shop = Shop::open(|n| Some(http(if n == 0 { 500 } else { 200 }, ""))).await;
        let mut body = transfer("plfk2020042013", 30);
        body["notify_url"] = json!(shop.url);
        let made = post(&wechat, TRANSFERS, &body).await;
        assert_eq!(made["state"], "WAIT_USER_CONFIRM");
        assert!(made["package_info"].is_string() && made["transfer_bill_no"].as_str().unwrap().len() == 40);
        assert_eq!(post(&wechat, TRANSFERS, &body).await, made, "the same request, the same transfer");
        let mut dearer = body.clone();
        dearer["transfer_amount"] = json!(31);
        assert!(refusal(&wechat.v3_post(TRANSFERS, &dearer).await).starts_with("400 INVALID_REQUEST"));
        wechat.control("transfer", json!({ "out_bill_no": "plfk2020042013" })).await;
        let query = format!("{TRANSFERS}/out-bill-no/plfk2020042013");
        assert_eq!(wechat.v3_get(&query).await.json()["state"], "TRANSFERING");
        wechat.advance(2).await;
        let found = wechat.v3_get(&query).await.json();
        assert_eq!(
            (&found["state"], &found["mch_id"], &found["transfer_amount"]),
            (&json!("SUCCESS"), &json!(MCH), &json!(30))
        );
        let by_id = format!("{TRANSFERS}/transfer-bill-no/{}", made["transfer_bill_no"].as_str().unwrap());
        assert_eq!(wechat.v3_get(&by_id).await.json(), found);
        assert_eq!(refusal(&wechat.v3_post(TRANSFERS, &body).await).split(' ').nth(1), Some("ALREADY_EXISTS"));
        assert_eq!(refusal(&wechat.v3_get(&format!("{TRANSFERS}/out-bill-no/none")).await), "404 NOT_FOUND 记录不存在");
        wechat.advance(15).await;
        let bodies = shop.bodies();
        assert_eq!(bodies.len(), 2, "repeated after 15 s");
        let said: Value = serde_json::from_str(&bodies[1]).unwrap();
        assert_eq!(
            (&said["event_type"], &said["resource"]["original_type"]),
            (&json!("MCHTRANSFER.BILL.FINISHED"), &json!("mch_payment"))
        );
        let plain: Value = serde_json::from_str(&wechat.v3_decrypt(&said["resource"])).unwrap();
        assert_eq!(
            (&plain["mch_id"], &plain["state"], &plain["out_bill_no"]),
            (&json!(MCH), &json!("SUCCESS"), &json!("plfk2020042013"))
        );
        assert_eq!((&found["appid"], plain.get("appid")), (&json!(APPID), None), "only the query has it: {plain}");
        assert_eq!(wechat.control("transfers", Value::Null).await[0]["notifications"]["acknowledged"], true);
    });
}

/// Protocol v3 §11.1, §11.3.
#[test]
fn a_transfer_reports_the_items_of_a_scene_that_is_opened() {
    within(async {
        let wechat = start(|_| {}).await;
        let of_scene = |number: &str, scene: &str, types: &[&str]| {
            let mut body = transfer(number, 30);
            let infos: Vec<Value> =
                types.iter().map(|kind| json!({ "info_type": kind, "info_content": "新会员有礼" })).collect();
            (body["transfer_scene_id"], body["transfer_scene_report_infos"]) = (json!(scene), json!(infos));
            body
        };
        let refused = "400 PARAM_ERROR 未传入完整且对应的转账场景报备信息，请根据接口文档检查";
        for (scene, types) in [
            ("1000", &["活动名称"][..]),
            ("1000", &["活动名称", "活动名称"]),
            ("1000", &["活动名称", "奖励说明", "岗位类型"]),
            ("1000", &["岗位类型", "报酬说明"]),
            ("1005", &["活动名称", "奖励说明"]),
            ("1005", &["报酬说明"]),
        ] {
            let answer = wechat.v3_post(TRANSFERS, &of_scene("scene01", scene, types)).await;
            assert_eq!(refusal(&answer), refused, "{scene} {types:?}");
            let explained = wechat.last().await["explanation"].clone();
            assert_eq!(explained["mistake"], "scene_reports");
            assert!(explained["detail"].as_str().unwrap().contains(types[0]), "{explained}");
        }
        // In any order. What the others report is not known here.
        for (number, scene, types) in [
            ("scene02", "1000", &["奖励说明", "活动名称"][..]),
            ("scene03", "1005", &["岗位类型", "报酬说明"]),
            ("scene04", "1006", &["报销类型"]),
            ("scene05", "1011", &["赔付原因"]),
        ] {
            post(&wechat, TRANSFERS, &of_scene(number, scene, types)).await;
        }
        let unopened = wechat.v3_post(TRANSFERS, &of_scene("scene06", "9999", &["活动名称", "奖励说明"])).await;
        assert_eq!(refusal(&unopened), "400 INVALID_REQUEST 你尚未获取该转账场景");
        assert_eq!(wechat.last().await["explanation"]["mistake"], "transfer_scene");

        let wechat = start(|config| {
            let mut merchant = Merchant::demo();
            merchant.transfer_scenes = vec!["1005".to_owned(), "9999".to_owned()];
            config.merchants = vec![merchant];
        })
        .await;
        let unopened = wechat.v3_post(TRANSFERS, &transfer("scene07", 30)).await;
        assert_eq!(refusal(&unopened), "400 INVALID_REQUEST 你尚未获取该转账场景");
        post(&wechat, TRANSFERS, &of_scene("scene08", "9999", &["x"])).await;
    });
}

#[test]
fn transfers_are_cancelled_expire_and_are_refused() {
    within(async {
        let wechat = start(|_| {}).await;
        wechat.control("balance", json!({ "mch_id": MCH, "fen": 100 })).await;
        post(&wechat, TRANSFERS, &transfer("cancelled01", 60)).await;
        assert_eq!(refusal(&wechat.v3_post(TRANSFERS, &transfer("dear01", 60)).await), "403 NOT_ENOUGH 账户余额不足");
        let path = format!("{TRANSFERS}/out-bill-no/cancelled01");
        let cancelled = wechat.v3_post(&format!("{path}/cancel"), &Value::Null).await;
        assert_eq!(cancelled.json()["state"], "CANCELING", "{}", cancelled.body);
        wechat.advance(2).await;
        assert_eq!(wechat.v3_get(&path).await.json()["state"], "CANCELLED");
        assert_eq!(wechat.control("balance", Value::Null).await[MCH], 100, "the money is back");
        post(&wechat, TRANSFERS, &transfer("expired01", 60)).await;
        wechat.advance(DAY).await;
        let found = wechat.v3_get(&format!("{TRANSFERS}/out-bill-no/expired01")).await.json();
        assert_eq!((&found["state"], &found["fail_reason"]), (&json!("FAIL"), &json!("OVERDUE_CLOSE")));
        let late = wechat.v3_post(&format!("{TRANSFERS}/out-bill-no/expired01/cancel"), &Value::Null).await;
        assert_eq!(refusal(&late), "400 INVALID_REQUEST 当前状态不支持撤销");
        post(&wechat, TRANSFERS, &transfer("failed01", 60)).await;
        let failed = wechat
            .control(
                "transfer",
                json!({ "out_bill_no": "failed01", "result": "fail", "fail_reason": "ACCOUNT_FROZEN" }),
            )
            .await;
        assert_eq!((&failed["state"], &failed["fail_reason"]), (&json!("FAIL"), &json!("ACCOUNT_FROZEN")));
        let dash = wechat.v3_post(TRANSFERS, &transfer("with_dash", 60)).await;
        assert!(refusal(&dash).ends_with("字符串必须匹配正则表达式“^[0-9a-zA-Z]+$”"), "{}", dash.body);
        let mut packet = transfer("packet01", 20_001);
        packet["user_recv_style"] = json!({ "type": "RED_PACKET" });
        let refused = wechat.v3_post(TRANSFERS, &packet).await;
        assert_eq!(refusal(&refused), "400 PARAM_ERROR 红包样式的转账金额不能超过200元");
        packet["transfer_amount"] = json!(20_000);
        assert_eq!(refusal(&wechat.v3_post(TRANSFERS, &packet).await), "403 NOT_ENOUGH 账户余额不足");
        let mut long = transfer("long01", 60);
        long["notify_url"] = json!(format!("https://shop.example/{}", "n".repeat(236)));
        assert!(refusal(&wechat.v3_post(TRANSFERS, &long).await).ends_with("字符数 257，大于最大值 256"));
        let mut unreported = transfer("unreported", 60);
        unreported.as_object_mut().unwrap().remove("transfer_scene_report_infos");
        assert!(refusal(&wechat.v3_post(TRANSFERS, &unreported).await).contains("必填性规则校验失败"));
    });
}

#[test]
fn the_name_of_a_receiver_is_encrypted_both_ways() {
    within(async {
        let wechat = start(|_| {}).await;
        let nameless = wechat.v3_post(TRANSFERS, &transfer("dear02", 200_000)).await;
        assert_eq!(refusal(&nameless), "400 PARAM_ERROR 收款用户姓名不符合要求");
        let id = wechat.running.platform_public_key_id().to_owned();
        let named = || {
            let mut body = transfer("named01", 200_000);
            body["user_name"] = json!(wxpaykit::v3::encrypt_sensitive("张三", &wechat.v3_key(&id)).unwrap());
            body.to_string()
        };
        let send =
            async || Signed::by(&wechat).with("Wechatpay-Serial", &id).send(&wechat, "POST", TRANSFERS, &named()).await;
        let first = send().await;
        assert_eq!(first.status, 200, "{}", first.body);
        assert_eq!(send().await.json(), first.json(), "another cipher text of the same name is the same request");
        let found = wechat.v3_get(&format!("{TRANSFERS}/out-bill-no/named01")).await.json();
        let key = SigningKey::read("key", wechat.running.client_key().as_bytes()).unwrap();
        let name = wxpaykit::v3::decrypt_sensitive(found["user_name"].as_str().unwrap(), &key).unwrap();
        assert_eq!(name.as_str(), "张三");
        let mut plain = transfer("plain01", 200_000);
        plain["user_name"] = json!("张三");
        let refused = Signed::by(&wechat)
            .with("Wechatpay-Serial", &id)
            .send(&wechat, "POST", TRANSFERS, &plain.to_string())
            .await;
        assert_eq!(refusal(&refused), "400 PARAM_ERROR 请确认待处理的消息是否为加密后的密文");
    });
}

const SHARING: &str = "/v3/profitsharing";

#[test]
fn an_order_is_shared_returned_and_unfrozen() {
    within(async {
        let wechat = start(|_| {}).await;
        let mut shared = order("V3-share-001");
        shared["amount"]["total"] = json!(10_000);
        shared["settle_info"] = json!({ "profit_sharing": true });
        post(&wechat, "/v3/pay/transactions/jsapi", &shared).await;
        wechat.pay("V3-share-001").await;
        let id = wechat.order("V3-share-001").await["transaction_id"].as_str().unwrap().to_owned();
        let body = |number: &str, fen: u64, unfreeze: bool| {
            json!({
                "appid": APPID, "transaction_id": id, "out_order_no": number, "unfreeze_unsplit": unfreeze,
                "receivers": [{ "type": "MERCHANT_ID", "account": "1900000201", "amount": fen, "description": "分给商户" }],
            })
        };
        let orders = format!("{SHARING}/orders");
        let unknown = wechat.v3_post(&orders, &body("P1", 10, false)).await;
        assert_eq!(refusal(&unknown), "400 INVALID_REQUEST 分账接收方关系不存在");
        let key = wechat.v3_key(wechat.running.platform_public_key_id());
        let name = wxpaykit::v3::encrypt_sensitive("示例商户全称", &key).unwrap();
        let receiver = json!({ "appid": APPID, "type": "MERCHANT_ID", "account": "1900000201", "name": name, "relation_type": "SUPPLIER" });
        let serial = wechat.running.platform_public_key_id().to_owned();
        let added = Signed::by(&wechat).with("Wechatpay-Serial", &serial);
        let added =
            added.send(&wechat, "POST", &format!("{SHARING}/receivers/add"), &receiver.to_string()).await.json();
        let own = SigningKey::read("key", wechat.running.client_key().as_bytes()).unwrap();
        assert_eq!(
            wxpaykit::v3::decrypt_sensitive(added["name"].as_str().unwrap(), &own).unwrap().as_str(),
            "示例商户全称"
        );

        let made = post(&wechat, &orders, &body("P1", 1000, false)).await;
        assert_eq!((&made["state"], &made["receivers"][0]["result"]), (&json!("PROCESSING"), &json!("PENDING")));
        assert_eq!(made["receivers"][0]["finish_time"], "1970-01-01T08:00:00+08:00");
        assert_eq!(post(&wechat, &orders, &body("P1", 1000, false)).await, made, "the same request");
        let other = wechat.v3_post(&orders, &body("P1", 999, false)).await;
        assert_eq!(refusal(&other), "400 INVALID_REQUEST 分账接收方与原请求不一致");
        let much = wechat.v3_post(&orders, &body("P2", 2001, false)).await;
        assert_eq!(refusal(&much), "403 RULE_LIMIT 分账金额超出最大分账比例", "30 % of the order together");
        let amounts = async || {
            wechat.v3_get(&format!("{SHARING}/transactions/{id}/amounts")).await.json()["unsplit_amount"].clone()
        };
        assert_eq!(amounts().await, 10_000 - 60 - 1000, "without the service fee");
        let refund = json!({ "transaction_id": id, "out_refund_no": "R1", "amount": { "refund": 9001, "total": 10_000, "currency": "CNY" } });
        let refused = wechat.v3_post("/v3/refund/domestic/refunds", &refund).await;
        assert_eq!(refusal(&refused), "400 INVALID_REQUEST 申请退款金额大于剩余未分账金额，请等待分账完成后再试");
        wechat.advance(2).await;
        let query = format!("{orders}/P1?transaction_id={id}");
        let done = wechat.v3_get(&query).await.json();
        assert_eq!((&done["state"], &done["receivers"][0]["result"]), (&json!("FINISHED"), &json!("SUCCESS")));

        let back = json!({ "out_order_no": "P1", "out_return_no": "B1", "return_mchid": "1900000201", "amount": 400, "description": "退" });
        assert_eq!(post(&wechat, &format!("{SHARING}/return-orders"), &back).await["result"], "PROCESSING");
        let mut more = back.clone();
        more["out_return_no"] = json!("B2");
        more["amount"] = json!(601);
        let refused = wechat.v3_post(&format!("{SHARING}/return-orders"), &more).await;
        assert_eq!(refusal(&refused), "400 INVALID_REQUEST 回退金额超过可回退金额");
        wechat.advance(2).await;
        let found = wechat.v3_get(&format!("{SHARING}/return-orders/B1?out_order_no=P1")).await.json();
        assert_eq!((&found["result"], &found["amount"]), (&json!("SUCCESS"), &json!(400)));
        assert_eq!(amounts().await, 10_000 - 60 - 600);

        let unfreeze = json!({ "transaction_id": id, "out_order_no": "U1", "description": "解冻全部剩余资金" });
        let rest = post(&wechat, &format!("{SHARING}/orders/unfreeze"), &unfreeze).await;
        assert_eq!((&rest["receivers"][0]["account"], &rest["receivers"][0]["amount"]), (&json!(MCH), &json!(9340)));
        assert_eq!(amounts().await, 0);
        let ended = wechat.v3_post(&orders, &body("P3", 1, false)).await;
        assert_eq!(refusal(&ended), "400 INVALID_REQUEST 订单已完结分账，不支持分账");
        let removed = json!({ "appid": APPID, "type": "MERCHANT_ID", "account": "1900000201" });
        assert_eq!(post(&wechat, &format!("{SHARING}/receivers/delete"), &removed).await["account"], "1900000201");
        let ratio = wechat.v3_get(&format!("{SHARING}/merchant-configs/1900000201")).await.json();
        assert_eq!(ratio, json!({ "max_ratio": 3000, "sub_mchid": "1900000201" }));
    });
}

/// Pays an order that can be shared, and adds merchants that may receive a part of it. Returns its transaction_id.
async fn sharable(wechat: &Wechat, number: &str, total: u64, receivers: &[&str]) -> String {
    let mut shared = order(number);
    shared["amount"]["total"] = json!(total);
    shared["settle_info"] = json!({ "profit_sharing": true });
    post(wechat, "/v3/pay/transactions/jsapi", &shared).await;
    wechat.pay(number).await;
    for account in receivers {
        let receiver =
            json!({ "appid": APPID, "type": "MERCHANT_ID", "account": account, "relation_type": "SUPPLIER" });
        post(wechat, &format!("{SHARING}/receivers/add"), &receiver).await;
    }
    wechat.order(number).await["transaction_id"].as_str().unwrap().to_owned()
}

/// A request that shares an order: accounts of merchants with their amounts.
fn sharing(transaction_id: &str, number: &str, receivers: &[(&str, u64)]) -> Value {
    let receivers: Vec<Value> = receivers
        .iter()
        .map(|(account, fen)| json!({ "type": "MERCHANT_ID", "account": account, "amount": fen, "description": "分" }))
        .collect();
    json!({ "transaction_id": transaction_id, "out_order_no": number, "unfreeze_unsplit": false, "receivers": receivers })
}

#[test]
fn sums_of_large_amounts_do_not_wrap() {
    const LARGEST: u64 = i64::MAX.unsigned_abs();
    within(async {
        let wechat = start(|_| {}).await;
        let accounts = ["1900000201", "1900000202", "1900000203"];
        let id = sharable(&wechat, "V3-share-100", 10_000, &accounts).await;
        let orders = format!("{SHARING}/orders");
        // Together these are 1 more than 64 bits hold.
        let receivers = [(accounts[0], LARGEST), (accounts[1], LARGEST), (accounts[2], 3)];
        let refused = wechat.v3_post(&orders, &sharing(&id, "P1", &receivers)).await;
        assert_eq!(refusal(&refused), "403 NOT_ENOUGH 分账金额不足");
        let refund = json!({
            "transaction_id": id, "out_refund_no": "R-large", "amount": {
                "refund": 1, "total": 10_000, "currency": "CNY", "from": [
                    { "account": "AVAILABLE", "amount": LARGEST },
                    { "account": "UNAVAILABLE", "amount": LARGEST },
                    { "account": "AVAILABLE", "amount": 3 },
                ],
            },
        });
        let refused = wechat.v3_post("/v3/refund/domestic/refunds", &refund).await;
        assert_eq!(refusal(&refused), "400 PARAM_ERROR 出资金额之和必须等于退款金额");

        // The part of a large order is compared without wrapping too.
        let id = sharable(&wechat, "V3-share-101", LARGEST, &[]).await;
        let much = wechat.v3_post(&orders, &sharing(&id, "P2", &[(accounts[0], LARGEST / 2)])).await;
        assert_eq!(refusal(&much), "403 RULE_LIMIT 分账金额超出最大分账比例");
        post(&wechat, &orders, &sharing(&id, "P3", &[(accounts[0], LARGEST / 4)])).await;
    });
}

#[test]
fn a_merchant_returns_its_own_shares_only() {
    within(async {
        let wechat = start(|config| config.merchants = vec![Merchant::demo(), other_merchant()]).await;
        let id = sharable(&wechat, "V3-share-102", 10_000, &["1900000201"]).await;
        let made = post(&wechat, &format!("{SHARING}/orders"), &sharing(&id, "P1", &[("1900000201", 1000)])).await;
        wechat.advance(2).await;
        let path = format!("{SHARING}/return-orders");
        let back = json!({
            "order_id": made["order_id"], "out_return_no": "B1", "return_mchid": "1900000201", "amount": 400, "description": "退",
        });
        let other = signed_by(&wechat, "10000300").await;
        let answer = other.send(&wechat, "POST", &path, &back.to_string()).await;
        assert_eq!(refusal(&answer), "404 RESOURCE_NOT_EXISTS 记录不存在");
        let made = post(&wechat, &path, &back).await;
        assert_eq!(made["out_order_no"], "P1");
        // The same number is the same request, or it is refused.
        assert_eq!(post(&wechat, &path, &back).await, made);
        for (name, value) in [("description", json!("其他")), ("amount", json!(399))] {
            let mut other = back.clone();
            other[name] = value;
            let refused = wechat.v3_post(&path, &other).await;
            assert_eq!(refusal(&refused), "400 INVALID_REQUEST 回退请求与原请求不一致", "{name}");
        }
        let neither = json!({ "out_return_no": "B2", "return_mchid": "1900000201", "amount": 1, "description": "退" });
        let refused = wechat.v3_post(&path, &neither).await;
        assert_eq!(refusal(&refused), "400 PARAM_ERROR order_id和out_order_no必须二选一");
    });
}

/// Then both APIs refund it whole, also what was shared.
#[test]
fn thirty_days_after_the_payment_an_order_is_unfrozen_by_itself() {
    within(async {
        let wechat = start(|config| config.frozen_clock = true).await;
        let ids = [
            sharable(&wechat, "V3-share-301", 10_000, &["1900000201"]).await,
            sharable(&wechat, "V3-share-302", 10_000, &["1900000201"]).await,
        ];
        for id in &ids {
            let shared = sharing(id, &format!("P{id}"), &[("1900000201", 1000)]);
            post(&wechat, &format!("{SHARING}/orders"), &shared).await;
        }
        let amounts = async || {
            let amounts = wechat.v3_get(&format!("{SHARING}/transactions/{}/amounts", ids[0])).await;
            amounts.json()["unsplit_amount"].clone()
        };
        let by_v3 = json!({ "transaction_id": ids[0], "out_refund_no": "R1", "amount": { "refund": 9001, "total": 10_000, "currency": "CNY" } });
        let refund_v3 = async || wechat.v3_post("/v3/refund/domestic/refunds", &by_v3).await;
        let by_v2 = Request::new()
            .with("transaction_id", &ids[1])
            .with("out_refund_no", "R2")
            .with("total_fee", "10000")
            .with("refund_fee", "9001");
        let refund_v2 = async || wechat.call("/secapi/pay/refund", &by_v2).await;
        wechat.advance(30 * DAY).await;
        assert_eq!(amounts().await, 10_000 - 60 - 1000);
        let too_much = "申请退款金额大于剩余未分账金额，请等待分账完成后再试";
        assert_eq!(refusal(&refund_v3().await), format!("400 INVALID_REQUEST {too_much}"));
        assert_eq!(refund_v2().await.failed(), format!("INVALID_REQUEST {too_much}"));
        wechat.advance(1).await;
        assert_eq!(amounts().await, 0);
        let late = wechat.v3_post(&format!("{SHARING}/orders"), &sharing(&ids[0], "P2", &[("1900000201", 1)])).await;
        assert_eq!(refusal(&late), "400 INVALID_REQUEST 订单已完结分账，不支持分账");
        let refunded = refund_v3().await;
        assert_eq!(refunded.status, 200, "{}", refunded.body);
        assert_eq!(refund_v2().await.ok().get("refund_fee"), "9001");
    });
}

/// A receiver that is a merchant here pays a return from its balance.
#[test]
fn a_return_takes_money_of_the_receiver() {
    within(async {
        let receiver = other_merchant().mch_id;
        let wechat = start(|config| config.merchants = vec![Merchant::demo(), other_merchant()]).await;
        let id = sharable(&wechat, "V3-share-105", 10_000, &[&receiver]).await;
        post(&wechat, &format!("{SHARING}/orders"), &sharing(&id, "P1", &[(&receiver, 1000)])).await;
        wechat.advance(2).await;
        let path = format!("{SHARING}/return-orders");
        let back = |number: &str, fen: u64| json!({ "out_order_no": "P1", "out_return_no": number, "return_mchid": receiver, "amount": fen, "description": "退" });
        let found = async |number: &str| {
            let found = wechat.v3_get(&format!("{path}/{number}?out_order_no=P1")).await.json();
            (found["result"].clone(), found["fail_reason"].clone())
        };
        wechat.control("balance", json!({ "mch_id": receiver, "fen": 500 })).await;
        for (number, fen) in [("B1", 400), ("B2", 101)] {
            assert_eq!(post(&wechat, &path, &back(number, fen)).await["result"], "PROCESSING");
        }
        assert_eq!(found("B2").await, (json!("PROCESSING"), Value::Null));
        wechat.advance(2).await;
        assert_eq!(found("B1").await, (json!("SUCCESS"), Value::Null));
        assert_eq!(found("B2").await, (json!("FAILED"), json!("BALANCE_NOT_ENOUGH")));
        assert_eq!(wechat.control("balance", Value::Null).await[&receiver], 100);
        assert_eq!(
            wechat.v3_get(&format!("{SHARING}/transactions/{id}/amounts")).await.json()["unsplit_amount"],
            10_000 - 60 - 600,
            "what failed is not returned"
        );
        // The whole rest can be returned under a new number.
        wechat.control("balance", json!({ "mch_id": receiver, "fen": 600 })).await;
        post(&wechat, &path, &back("B3", 600)).await;
        wechat.advance(2).await;
        assert_eq!(found("B3").await.0, "SUCCESS");
        assert_eq!(wechat.control("balance", Value::Null).await[&receiver], 0);
    });
}

#[test]
fn an_order_has_at_most_fifty_returns() {
    within(async {
        let wechat = start(|_| {}).await;
        let id = sharable(&wechat, "V3-share-103", 10_000, &["1900000201"]).await;
        for number in ["P1", "P2"] {
            post(&wechat, &format!("{SHARING}/orders"), &sharing(&id, number, &[("1900000201", 1000)])).await;
        }
        wechat.advance(2).await;
        let path = format!("{SHARING}/return-orders");
        let back = |n: usize| {
            json!({
                "out_order_no": if n.is_multiple_of(2) { "P1" } else { "P2" }, "out_return_no": format!("B{n}"),
                "return_mchid": "1900000201", "amount": 1, "description": "退",
            })
        };
        for n in 0..50 {
            post(&wechat, &path, &back(n)).await;
        }
        let refused = wechat.v3_post(&path, &back(50)).await;
        assert_eq!(refusal(&refused), "403 RULE_LIMIT 订单分账回退次数超过限制");
        post(&wechat, &path, &back(49)).await;
    });
}

fn provider() -> Merchant {
    let mut provider = Merchant::new("wx8888888888888888", "1900000109", &"k".repeat(32), "a-provider-secret");
    provider.provider = true;
    provider.sub_mch_ids = vec!["1900000201".into(), "1900000202".into()];
    provider.api_v3_key = Some(wxpaykit::Secret::new("v".repeat(32)));
    provider
}

#[test]
fn sharing_is_for_the_sub_merchant_of_the_order() {
    within(async {
        let wechat = start(|config| config.merchants = vec![provider(), Merchant::demo()]).await;
        let order = json!({
            "sp_appid": "wx8888888888888888", "sp_mchid": "1900000109", "sub_mchid": "1900000201", "description": "茶",
            "out_trade_no": "V3-share-104", "notify_url": "https://example.com/notify", "amount": { "total": 10_000 },
            "payer": { "sp_openid": wechat.running.openid() }, "settle_info": { "profit_sharing": true },
        });
        post(&wechat, "/v3/pay/partner/transactions/jsapi", &order).await;
        wechat.pay("V3-share-104").await;
        let id = wechat.order("V3-share-104").await["transaction_id"].as_str().unwrap().to_owned();
        let with_sub = |mut body: Value, sub: Option<&str>| {
            if let Some(sub) = sub {
                body["sub_mchid"] = json!(sub);
            }
            body
        };
        let receiver = json!({ "appid": "wx8888888888888888", "type": "MERCHANT_ID", "account": "1900000301", "relation_type": "STORE" });
        let removed = json!({ "appid": "wx8888888888888888", "type": "MERCHANT_ID", "account": "1900000301" });
        let back = json!({ "out_order_no": "P1", "out_return_no": "B1", "return_mchid": "1900000301", "amount": 1, "description": "退" });
        let own = Some("1900000201");
        post(&wechat, &format!("{SHARING}/receivers/add"), &with_sub(receiver.clone(), own)).await;
        post(&wechat, &format!("{SHARING}/orders"), &with_sub(sharing(&id, "P1", &[("1900000301", 1000)]), own)).await;
        wechat.advance(2).await;

        let unnamed = "400 PARAM_ERROR 受理机构必须传入sub_mch_id";
        let foreign = "400 INVALID_REQUEST 受理关系不存在";
        for (sub, expected) in [(None, unnamed), (Some("1900000999"), foreign)] {
            for (path, body) in [("receivers/add", &receiver), ("receivers/delete", &removed), ("return-orders", &back)]
            {
                let answer = wechat.v3_post(&format!("{SHARING}/{path}"), &with_sub(body.clone(), sub)).await;
                assert_eq!(refusal(&answer), expected, "{path}");
            }
            let more = sub.map(|sub| format!("&sub_mchid={sub}")).unwrap_or_default();
            for target in [format!("orders/P1?transaction_id={id}"), "return-orders/B1?out_order_no=P1".to_owned()] {
                let answer = wechat.v3_get(&format!("{SHARING}/{target}{more}")).await;
                assert_eq!(refusal(&answer), expected, "{target}");
            }
        }
        // Another sub-merchant of the provider's.
        let other = Some("1900000202");
        let unknown = "404 RESOURCE_NOT_EXISTS 记录不存在";
        let path = format!("{SHARING}/return-orders");
        assert_eq!(refusal(&wechat.v3_post(&path, &with_sub(back.clone(), other)).await), unknown);
        post(&wechat, &path, &with_sub(back.clone(), own)).await;
        for target in [format!("orders/P1?transaction_id={id}"), "return-orders/B1?out_order_no=P1".to_owned()] {
            let answer = wechat.v3_get(&format!("{SHARING}/{target}&sub_mchid=1900000202")).await;
            assert_eq!(refusal(&answer), unknown, "{target}");
            assert_eq!(wechat.v3_get(&format!("{SHARING}/{target}&sub_mchid=1900000201")).await.status, 200);
        }

        // Another merchant's appid, and a merchant that is no provider.
        for (path, body) in [("receivers/add", &receiver), ("receivers/delete", &removed)] {
            let mut body = with_sub(body.clone(), own);
            body["appid"] = json!(APPID);
            let answer = wechat.v3_post(&format!("{SHARING}/{path}"), &body).await;
            assert_eq!(refusal(&answer), "400 INVALID_REQUEST 商户号与appid不匹配", "{path}");
            let direct = signed_by(&wechat, MCH).await;
            let answer = direct.send(&wechat, "POST", &format!("{SHARING}/{path}"), &body.to_string()).await;
            assert_eq!(refusal(&answer), "400 INVALID_REQUEST 普通商户不允许传sub_mch_id", "{path}");
        }
    });
}

/// The calls of a direct merchant that name a sub-merchant, and those of a service provider that name none.
#[test]
fn sub_mchid_is_for_service_providers() {
    within(async {
        let wechat = start(|config| config.merchants = vec![provider(), Merchant::demo()]).await;
        let direct = signed_by(&wechat, MCH).await;
        let sub = "1900000201";
        let share =
            json!({ "receivers": [{ "type": "MERCHANT_ID", "account": "1", "amount": 1, "description": "分" }] });
        let amount = json!({ "refund": 1, "total": 1, "currency": "CNY" });
        let receiver = json!({ "appid": APPID, "type": "MERCHANT_ID", "account": "1", "relation_type": "STORE" });
        let gone = json!({ "appid": APPID, "type": "MERCHANT_ID", "account": "1" });
        let back = json!({ "out_order_no": "P1", "out_return_no": "B1", "return_mchid": "1", "amount": 1, "description": "退" });
        let with = |body: Value, more: Value| {
            let mut body = body;
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body["sub_mchid"] = json!(sub);
            body.to_string()
        };
        let numbers = json!({ "transaction_id": "4200000000", "out_order_no": "P1" });
        let refused = "400 INVALID_REQUEST 普通商户不允许传sub_mch_id";
        for (path, body) in [
            (
                "/v3/refund/domestic/refunds",
                with(json!({ "out_trade_no": "V3-000001", "out_refund_no": "R1" }), json!({ "amount": amount })),
            ),
            (
                "/v3/profitsharing/orders",
                with(share, json!({ "transaction_id": "4200000000", "out_order_no": "P1", "unfreeze_unsplit": false })),
            ),
            ("/v3/profitsharing/orders/unfreeze", with(numbers, json!({ "description": "解冻" }))),
            ("/v3/profitsharing/return-orders", with(back, json!({}))),
            ("/v3/profitsharing/receivers/add", with(receiver, json!({}))),
            ("/v3/profitsharing/receivers/delete", with(gone, json!({}))),
        ] {
            assert_eq!(refusal(&direct.send(&wechat, "POST", path, &body).await), refused, "{path}");
        }
        for target in [
            format!("/v3/refund/domestic/refunds/R1?sub_mchid={sub}"),
            format!("/v3/profitsharing/orders/P1?transaction_id=4200000000&sub_mchid={sub}"),
            format!("/v3/profitsharing/return-orders/B1?out_order_no=P1&sub_mchid={sub}"),
        ] {
            assert_eq!(refusal(&direct.send(&wechat, "GET", &target, "").await), refused, "{target}");
        }
        let parent = "403 NO_AUTH 不是指定的子商户的父商户";
        let bill = "bill_date=2025-11-27";
        let sealed = "account_type=BASIC&algorithm=AEAD_AES_256_GCM";
        for target in [
            format!("/v3/bill/tradebill?{bill}&sub_mchid={sub}"),
            format!("/v3/bill/sub-merchant-fundflowbill?{bill}&{sealed}&sub_mchid={sub}"),
        ] {
            assert_eq!(refusal(&direct.send(&wechat, "GET", &target, "").await), parent, "{target}");
            let other = target.replace(sub, "1900000999");
            assert_eq!(refusal(&wechat.v3_get(&other).await), parent, "{other}");
        }

        // A service provider that names none is told by the mode of the order, as it was reported.
        let order = json!({
            "sp_appid": "wx8888888888888888", "sp_mchid": "1900000109", "sub_mchid": sub, "description": "茶",
            "out_trade_no": "V3-share-106", "notify_url": "https://example.com/notify", "amount": { "total": 10_000 },
            "payer": { "sp_openid": wechat.running.openid() }, "settle_info": { "profit_sharing": true },
        });
        post(&wechat, "/v3/pay/partner/transactions/jsapi", &order).await;
        wechat.pay("V3-share-106").await;
        let id = wechat.order("V3-share-106").await["transaction_id"].clone();
        let mode = "400 INVALID_REQUEST 请求分账的交易模式和下单的交易模式不匹配，请核实后再试";
        for (path, more) in [
            (
                "orders",
                json!({ "receivers": [{ "type": "MERCHANT_ID", "account": "1", "amount": 1, "description": "分" }], "unfreeze_unsplit": true }),
            ),
            ("orders/unfreeze", json!({ "description": "解冻" })),
        ] {
            let mut body = json!({ "transaction_id": id, "out_order_no": "P1" });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            assert_eq!(refusal(&wechat.v3_post(&format!("{SHARING}/{path}"), &body).await), mode, "{path}");
            // Another sub-merchant of the provider's, and one that is none of it.
            body["sub_mchid"] = json!("1900000202");
            assert_eq!(refusal(&wechat.v3_post(&format!("{SHARING}/{path}"), &body).await), mode, "{path}");
            body["sub_mchid"] = json!("1900000999");
            let foreign = "400 INVALID_REQUEST 受理关系不存在";
            assert_eq!(refusal(&wechat.v3_post(&format!("{SHARING}/{path}"), &body).await), foreign, "{path}");
        }
    });
}

/// Each reason of the documents (protocol v3 §12.3), and one that no list has.
#[test]
fn a_receiver_may_get_nothing() {
    within(async {
        let shop = Shop::open(|_| Some(http(200, ""))).await;
        let url = shop.url.clone();
        let wechat = start(move |config| {
            let mut receiver = other_merchant();
            receiver.sharing_notify_url = Some(url);
            config.merchants = vec![Merchant::demo(), receiver];
        })
        .await;
        let other = other_merchant().mch_id;
        let id = sharable(&wechat, "V3-share-107", 10_000, &["1900000201", &other]).await;
        let path = format!("{SHARING}/orders");
        let found = async |number: &str| wechat.v3_get(&format!("{path}/{number}?transaction_id={id}")).await.json();
        let unsplit = async || {
            wechat.v3_get(&format!("{SHARING}/transactions/{id}/amounts")).await.json()["unsplit_amount"].clone()
        };
        let fault = async |body: Value| wechat.control("faults", body).await;
        let reasons = [
            "ACCOUNT_ABNORMAL",
            "NO_RELATION",
            "RECEIVER_HIGH_RISK",
            "RECEIVER_REAL_NAME_NOT_VERIFIED",
            "NO_AUTH",
            "RECEIVER_RECEIPT_LIMIT",
            "PAYER_ACCOUNT_ABNORMAL",
            "INVALID_REQUEST",
            "A_REASON_OF_2027",
        ];
        for (n, reason) in reasons.into_iter().enumerate() {
            fault(json!({ "fault": "share_closed", "reason": reason, "account": other, "times": 1 })).await;
            let number = format!("P{n}");
            // Another receiver's request does not use the fault up.
            let made = post(&wechat, &path, &sharing(&id, &format!("Q{n}"), &[("1900000201", 1)])).await;
            assert_eq!(made["receivers"][0]["result"], "PENDING");
            let made = post(&wechat, &path, &sharing(&id, &number, &[("1900000201", 1), (&other, 2000)])).await;
            let of_other = &made["receivers"][1];
            assert_eq!((&of_other["result"], of_other.get("fail_reason")), (&json!("PENDING"), None));
            // What is not decided yet cannot be shared once more.
            assert_eq!(unsplit().await, 10_000 - 60 - 2 * (n as u64 + 1) - 2000);
            wechat.advance(2).await;
            let ended = found(&number).await;
            assert_eq!(ended["state"], "FINISHED");
            let results: Vec<_> = ended["receivers"].as_array().unwrap().iter().collect();
            assert_eq!((&results[0]["result"], results[0].get("fail_reason")), (&json!("SUCCESS"), None));
            assert_eq!((&results[1]["result"], &results[1]["fail_reason"]), (&json!("CLOSED"), &json!(reason)));
            assert_ne!(results[1]["finish_time"], "1970-01-01T08:00:00+08:00");
            assert_eq!(unsplit().await, 10_000 - 60 - 2 * (n as u64 + 1), "what was closed can be shared again");
        }
        assert_eq!(wechat.control("faults", Value::Null).await[0]["struck"], 1);
        assert!(shop.heard().is_empty(), "a receiver that got nothing is not told");
        let back = json!({ "out_order_no": "P0", "out_return_no": "B1", "return_mchid": other, "amount": 1, "description": "退" });
        let refused = wechat.v3_post(&format!("{SHARING}/return-orders"), &back).await;
        assert_eq!(refusal(&refused), "400 INVALID_REQUEST 回退方与分账接收方不一致");

        // SUCCESS all the same, with a reason: the money has come.
        fault(json!({ "fault": "share_reason", "out_trade_no": "V3-share-107", "times": 1 })).await;
        post(&wechat, &path, &sharing(&id, "P10", &[(&other, 900)])).await;
        wechat.advance(2).await;
        let ended = found("P10").await;
        let receiver = &ended["receivers"][0];
        assert_eq!((&receiver["result"], &receiver["fail_reason"]), (&json!("SUCCESS"), &json!("ACCOUNT_ABNORMAL")));
        assert_eq!(unsplit().await, 10_000 - 60 - 2 * reasons.len() - 900);
        assert_eq!(shop.bodies().len(), 1);

        // What is unfrozen has no receiver, so no fault strikes it.
        fault(json!({ "fault": "share_closed" })).await;
        let rest = json!({ "transaction_id": id, "out_order_no": "U1", "description": "解冻" });
        post(&wechat, &format!("{path}/unfreeze"), &rest).await;
        wechat.advance(2).await;
        assert_eq!(found("U1").await["receivers"][0]["result"], "SUCCESS");

        // The fund flow has what was given alone.
        let day = next_morning(&wechat).await;
        let said = wechat.v3_get(&format!("/v3/bill/fundflowbill?bill_date={day}&account_type=BASIC")).await.json();
        let target = said["download_url"].as_str().unwrap().strip_prefix(wechat.running.url()).unwrap().to_owned();
        let file = Signed::by(&wechat).send(&wechat, "GET", &target, "").await.body;
        let shared: Vec<i64> =
            changes(&file, 0).iter().filter(|(name, ..)| name == "分账").map(|(_, change, _)| *change).collect();
        assert_eq!(shared.iter().sum::<i64>(), -(2 * reasons.len() as i64 + 900), "{file}");
    });
}

#[test]
fn an_order_of_a_payment_code_has_the_fields_of_other_orders() {
    within(async {
        let wechat = start(|_| {}).await;
        let code = async || wechat.control("payment-code", json!({})).await["auth_code"].clone();
        let body = |number: &str, code: Value, detail: Value| {
            json!({
                "appid": APPID, "mchid": MCH, "description": "茶", "out_trade_no": number, "amount": { "total": 10_000 },
                "payer": { "auth_code": code }, "detail": detail, "settle_info": { "profit_sharing": true },
                "scene_info": { "device_ip": "203.0.113.9" }, "support_fapiao": true,
            })
        };
        let goods = |name: &str, count: usize| {
            let one = json!({ "merchant_goods_id": "tea", "goods_name": name, "quantity": 1, "unit_price": 1 });
            json!({ "goods_detail": vec![one; count] })
        };
        let path = "/v3/pay/transactions/codepay";
        let long = wechat.v3_post(path, &body("V3-code-0101", code().await, goods(&"x".repeat(200), 40))).await;
        assert!(refusal(&long).ends_with("字节数超过6144"), "{}", long.body);
        assert_eq!(wechat.control("orders", Value::Null).await, json!([]));
        let paid = post(&wechat, path, &body("V3-code-0102", code().await, goods("龙井", 1))).await;
        // Its money waits to be shared.
        let id = paid["transaction_id"].as_str().unwrap();
        let amounts = wechat.v3_get(&format!("{SHARING}/transactions/{id}/amounts")).await.json();
        assert_eq!(amounts["unsplit_amount"], 10_000 - 60);
        // Another detail is another order.
        let used = code().await;
        wechat.control("faults", json!({ "fault": "user_paying", "times": 1 })).await;
        let waits = wechat.v3_post(path, &body("V3-code-0103", used.clone(), goods("龙井", 1))).await;
        assert_eq!(waits.status, 202, "{}", waits.body);
        let again = wechat.v3_post(path, &body("V3-code-0103", used.clone(), goods("龙井", 1))).await;
        assert_eq!(again.status, 202, "{}", again.body);
        let other = wechat.v3_post(path, &body("V3-code-0103", used, goods("普洱", 1))).await;
        assert_eq!(refusal(&other), "400 INVALID_REQUEST 201 商户订单号重复");
    });
}

#[test]
fn orders_that_cannot_be_shared() {
    within(async {
        let wechat = start(|_| {}).await;
        post(&wechat, "/v3/pay/transactions/jsapi", &order("V3-share-002")).await;
        wechat.pay("V3-share-002").await;
        let id = wechat.order("V3-share-002").await["transaction_id"].clone();
        let body = |sub: Option<&str>, id: &Value| {
            let mut body = json!({
                "appid": APPID, "transaction_id": id, "out_order_no": "P1", "unfreeze_unsplit": true,
                "receivers": [{ "type": "PERSONAL_OPENID", "account": OPENID, "amount": 1, "description": "分" }],
            });
            if let Some(sub) = sub {
                body["sub_mchid"] = json!(sub);
            }
            body
        };
        let refused = async |body: Value| refusal(&wechat.v3_post(&format!("{SHARING}/orders"), &body).await);
        assert_eq!(refused(body(None, &id)).await, "400 INVALID_REQUEST 非分账订单不支持分账");
        assert_eq!(refused(body(None, &json!("4200000000"))).await, "404 RESOURCE_NOT_EXISTS 记录不存在");
        let missing = wechat.v3_get(&format!("{SHARING}/orders/P9?transaction_id=1")).await;
        assert_eq!(refusal(&missing), "404 RESOURCE_NOT_EXISTS 记录不存在");
    });
}

/// What the type of a receiver and its relation ask for (protocol v3 §12.3, §12.5).
#[test]
fn members_that_the_type_of_a_receiver_asks_for() {
    within(async {
        let direct = start(|_| {}).await;
        let strict = start(|config| config.strict_docs = true).await;
        let partner = start(|config| config.merchants = vec![provider()]).await;
        let share = |kind: &str, more: Value| {
            let mut body = json!({
                "transaction_id": "4200000000", "out_order_no": "P1", "unfreeze_unsplit": true,
                "receivers": [{ "type": kind, "account": "1", "amount": 1, "description": "分" }],
            });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        let unknown = "404 RESOURCE_NOT_EXISTS 记录不存在";
        let required = |at: &str, title: &str| {
            format!("400 PARAM_ERROR 输入源“/body/{at}”映射到字段“{title}”必填性规则校验失败，此字段为必填项")
        };
        let sub = "1900000201";
        for (wechat, kind, more, said) in [
            (&direct, "PERSONAL_OPENID", json!({}), required("appid", "应用ID")),
            (&direct, "PERSONAL_OPENID", json!({ "appid": APPID }), unknown.to_owned()),
            (&direct, "MERCHANT_ID", json!({}), unknown.to_owned()),
            (&strict, "MERCHANT_ID", json!({}), required("receivers/0/name", "分账接收方全称")),
            (&partner, "PERSONAL_SUB_OPENID", json!({ "sub_mchid": sub }), required("sub_appid", "子商户应用ID")),
            (
                &partner,
                "PERSONAL_SUB_OPENID",
                json!({ "sub_mchid": sub, "sub_appid": "wx7777777777777777" }),
                unknown.to_owned(),
            ),
        ] {
            let answer = wechat.v3_post(&format!("{SHARING}/orders"), &share(kind, more.clone())).await;
            assert_eq!(refusal(&answer), said, "{kind} {more}");
        }
        let add = |kind: &str, relation: &str, more: Value| {
            let mut body = json!({ "type": kind, "account": "1", "relation_type": relation });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        let (own, of_partner) = (json!({ "appid": APPID }), json!({ "appid": "wx8888888888888888", "sub_mchid": sub }));
        let foreign = "400 PARAM_ERROR 与分账方的关系类型不正确".to_owned();
        for (wechat, body, said) in [
            (&direct, add("MERCHANT_ID", "STORE", own.clone()), None),
            (&direct, add("MERCHANT_ID", "SERVICE_PROVIDER", own.clone()), Some(foreign)),
            (&strict, add("MERCHANT_ID", "STORE", own), Some(required("name", "分账接收方全称"))),
            (&partner, add("MERCHANT_ID", "SERVICE_PROVIDER", of_partner.clone()), None),
            (&partner, add("PERSONAL_SUB_OPENID", "USER", of_partner), Some(required("sub_appid", "子商户应用ID"))),
        ] {
            let answer = wechat.v3_post(&format!("{SHARING}/receivers/add"), &body).await;
            assert_eq!((answer.status != 200).then(|| refusal(&answer)), said, "{body}");
        }
    });
}

/// The event type is that of a payment: only `original_type` tells them apart.
#[test]
fn a_receiver_of_a_part_is_notified() {
    within(async {
        let shop = Shop::open(|_| Some(http(200, ""))).await;
        let url = shop.url.clone();
        let wechat = start(move |config| {
            let mut receiver = other_merchant();
            receiver.sharing_notify_url = Some(url);
            config.merchants = vec![Merchant::demo(), receiver];
        })
        .await;
        let mut shared = order("V3-share-003");
        shared["settle_info"] = json!({ "profit_sharing": true });
        post(&wechat, "/v3/pay/transactions/jsapi", &shared).await;
        wechat.pay("V3-share-003").await;
        let id = wechat.order("V3-share-003").await["transaction_id"].clone();
        let receiver =
            json!({ "appid": APPID, "type": "MERCHANT_ID", "account": "10000300", "relation_type": "STORE" });
        post(&wechat, &format!("{SHARING}/receivers/add"), &receiver).await;
        let body = json!({
            "transaction_id": id, "out_order_no": "P1", "unfreeze_unsplit": true,
            "receivers": [{ "type": "MERCHANT_ID", "account": "10000300", "amount": 30, "description": "分给门店" }],
        });
        post(&wechat, &format!("{SHARING}/orders"), &body).await;
        assert!(shop.heard().is_empty());
        wechat.advance(2).await;
        let bodies = shop.bodies();
        let said: Value = serde_json::from_str(&bodies[0]).unwrap();
        assert_eq!(
            (&said["event_type"], &said["resource"]["original_type"]),
            (&json!("TRANSACTION.SUCCESS"), &json!("profitsharing"))
        );
        let plain: Value =
            serde_json::from_str(&common::v3::decrypt(&said["resource"], &"v".repeat(32)).unwrap()).unwrap();
        assert_eq!((&plain["mchid"], &plain["receiver"]["amount"]), (&json!(MCH), &json!(30)));
        assert_eq!(bodies.len(), 1, "and no more of what is unfrozen");
    });
}

#[test]
fn service_providers_charge_payment_codes_for_sub_merchants() {
    within(async {
        let wechat = start(|config| {
            config.merchants = vec![provider()];
        })
        .await;
        let code = wechat.control("payment-code", json!({})).await["auth_code"].clone();
        let body = json!({
            "sp_appid": "wx8888888888888888", "sp_mchid": "1900000109", "sub_mchid": "1900000201", "description": "茶",
            "out_trade_no": "V3-sp-code-1", "amount": { "total": 100 }, "payer": { "auth_code": code },
            "scene_info": { "device_ip": "203.0.113.9" },
        });
        let paid = post(&wechat, "/v3/pay/partner/transactions/codepay", &body).await;
        assert_eq!((&paid["sub_mchid"], &paid["trade_state"]), (&json!("1900000201"), &json!("SUCCESS")));
        let path = "/v3/pay/partner/transactions/out-trade-no/V3-sp-code-1/reverse";
        let reversed = post(&wechat, path, &json!({ "sp_mchid": "1900000109", "sub_mchid": "1900000201" })).await;
        assert_eq!(reversed["sub_mchid"], "1900000201");
        let unnamed = wechat.v3_post(path, &json!({ "sp_mchid": "1900000109" })).await;
        assert_eq!(refusal(&unnamed).split(' ').nth(1), Some("PARAM_ERROR"));
    });
}

/// C-59: how long a number can be sent again is not documented, so it is a setting, and without one it is for ever.
#[test]
fn a_transfer_is_not_asked_for_again_after_its_retry_period() {
    within(async {
        let late = "400 INVALID_REQUEST 对应单号已超出重试期,请查单确认后决定是否换单请求";
        for (period, expected) in [(Some(3600), late), (None, "400 ALREADY_EXISTS 该单据已是终态，请查询单据状态")]
        {
            let wechat = start(|config| config.transfer_retry_period = period).await;
            let made = post(&wechat, TRANSFERS, &transfer("retry01", 30)).await;
            wechat.advance(3600).await;
            assert_eq!(post(&wechat, TRANSFERS, &transfer("retry01", 30)).await, made, "still in time");
            wechat.advance(40 * DAY).await;
            let refused = wechat.v3_post(TRANSFERS, &transfer("retry01", 30)).await;
            assert_eq!(refusal(&refused), expected);
            let id = refused.header("Request-ID").unwrap();
            assert_eq!(id.ends_with("-268529824"), period.is_some(), "{id}");
            // Another number is another transfer.
            post(&wechat, TRANSFERS, &transfer("retry02", 30)).await;
        }
    });
}

const RECEIPTS: &str = "/v3/fund-app/mch-transfer/elecsign";

#[test]
fn a_receipt_is_applied_for_made_and_downloaded() {
    within(async {
        let wechat = start(|config| {
            config.merchants = vec![Merchant::demo(), other_merchant()];
        })
        .await;
        let made = post(&wechat, TRANSFERS, &transfer("receipt01", 30)).await;
        let by_number = json!({ "out_bill_no": "receipt01" });
        let by_id = json!({ "transfer_bill_no": made["transfer_bill_no"] });
        let ask = async |path: &str| wechat.v3_get(&format!("{RECEIPTS}/{path}")).await;
        for (path, body) in [("out-bill-no", &by_number), ("transfer-bill-no", &by_id)] {
            let answer = wechat.v3_post(&format!("{RECEIPTS}/{path}"), body).await;
            assert_eq!(refusal(&answer), "400 INVALID_REQUEST 转账单状态不支持申请电子回单");
        }
        wechat.control("transfer", json!({ "out_bill_no": "receipt01", "result": "ok" })).await;
        wechat.advance(3).await;
        assert_eq!(refusal(&ask("out-bill-no/receipt01").await), "404 NOT_FOUND 记录不存在", "nobody applied");
        let applied = post(&wechat, &format!("{RECEIPTS}/out-bill-no"), &by_number).await;
        assert_eq!((&applied["state"], applied.as_object().unwrap().len()), (&json!("GENERATING"), 2));
        let waits = ask("out-bill-no/receipt01").await.json();
        assert_eq!((&waits["state"], waits.get("download_url")), (&json!("GENERATING"), None));
        wechat.advance(3).await;
        let again = post(&wechat, &format!("{RECEIPTS}/transfer-bill-no"), &by_id).await;
        assert_eq!(
            (&again["state"], &again["create_time"]),
            (&json!("FINISHED"), &applied["create_time"]),
            "the same receipt"
        );
        let found = ask(&format!("transfer-bill-no/{}", made["transfer_bill_no"].as_str().unwrap())).await.json();
        assert_eq!((&found["state"], &found["hash_type"]), (&json!("FINISHED"), &json!("SHA256")));
        let url = found["download_url"].as_str().unwrap();
        let target = url.strip_prefix(wechat.running.url()).unwrap();
        let (head, pdf) = download(&wechat, target).await;
        assert!(
            head.starts_with("HTTP/1.1 200") && head.to_lowercase().contains("content-type: application/pdf"),
            "{head}"
        );
        assert!(!head.to_lowercase().contains("wechatpay-"), "{head}");
        let hash: String = sha2::Sha256::digest(&pdf).iter().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(found["hash_value"], hash);
        let text = String::from_utf8(pdf).unwrap();
        assert!(text.starts_with("%PDF-1.4\n") && text.contains("(out_bill_no receipt01)"), "{text}");
        // The places that its table names are those of its objects.
        for (number, line) in text.lines().filter(|line| line.ends_with(" 00000 n ")).enumerate() {
            let place: usize = line[..10].parse().unwrap();
            assert!(text[place..].starts_with(&format!("{} 0 obj", number + 1)), "{line}");
        }
        let other = signed_by(&wechat, "10000300").await.send(&wechat, "GET", target, "").await;
        assert_eq!(refusal(&other), "403 NO_AUTH 无权下载该账单");
        wechat.advance(599).await;
        assert!(download(&wechat, target).await.0.starts_with("HTTP/1.1 200"));
        wechat.advance(1).await;
        assert_eq!(refusal(&wechat.v3_get(target).await), "400 INVALID_REQUEST token已失效，请重新获取下载链接");
        assert_eq!(refusal(&ask("out-bill-no/unknown").await), "404 NOT_FOUND 记录不存在");
    });
}

#[test]
fn the_fund_flow_of_a_sub_merchant_is_encrypted() {
    within(async {
        let wechat = start(|config| {
            let mut provider = Merchant::new("wx8888888888888888", "1900000109", &"k".repeat(32), "app-secret");
            provider.provider = true;
            provider.sub_mch_ids = ["1900000201", "1900000202", "1900000203"].map(str::to_owned).into();
            provider.api_v3_key = Some(wxpaykit::Secret::new("v".repeat(32)));
            config.merchants = vec![provider];
        })
        .await;
        for (number, sub_mchid) in [("V3-sub-00001", "1900000201"), ("V3-sub-00002", "1900000202")] {
            let body = json!({
                "sp_appid": "wx8888888888888888", "sp_mchid": "1900000109", "sub_mchid": sub_mchid, "description": "服务商下单",
                "out_trade_no": number, "notify_url": "https://example.com/notify", "amount": { "total": 100 },
                "payer": { "sp_openid": wechat.running.openid() },
            });
            post(&wechat, "/v3/pay/partner/transactions/jsapi", &body).await;
            wechat.pay(number).await;
        }
        let paid = wechat.order("V3-sub-00001").await["time_end"].as_str().unwrap().to_owned();
        let day = format!("{}-{}-{}", &paid[..4], &paid[4..6], &paid[6..8]);
        wechat.advance(DAY - (wechat.now().await + 8 * 3600) % DAY + 11 * 3600).await;
        let ask = async |path: &str, more: &str| {
            let shared = format!("bill_date={day}&algorithm=AEAD_AES_256_GCM");
            wechat.v3_get(&format!("/v3/{path}?{shared}&{more}")).await
        };
        let one = "bill/sub-merchant-fundflowbill";
        // The text of all files, after it was decrypted.
        let text = async |said: Value| {
            let own = SigningKey::read("key", wechat.running.client_key().as_bytes()).unwrap();
            let files = said["download_bill_list"].as_array().unwrap().clone();
            assert_eq!(said["download_bill_count"], files.len());
            let mut whole = String::new();
            for file in &files {
                let url = file["download_url"].as_str().unwrap();
                let (_, sealed) = download(&wechat, url.strip_prefix(wechat.running.url()).unwrap()).await;
                let key = BASE64_STANDARD.decode(file["encrypt_key"].as_str().unwrap()).unwrap();
                let (key, nonce) = (own.decrypt(&key).unwrap(), file["nonce"].as_str().unwrap());
                assert_eq!((key.len(), nonce.len()), (32, 16));
                let plain = open_file(&key, nonce.as_bytes(), &sealed).unwrap();
                assert_eq!(file["hash_value"], hash(&plain));
                whole.push_str(std::str::from_utf8(&plain).unwrap());
            }
            whole
        };
        let first = text(ask(one, "sub_mchid=1900000201&account_type=BASIC").await.json()).await;
        assert!(first.starts_with("\u{feff}记账时间,") && first.contains("V3-sub-00001"), "{first}");
        assert!(!first.contains("V3-sub-00002"), "{first}");
        let all = text(ask("ecommerce/bill/fundflowbill", "account_type=ALL").await.json()).await;
        assert!(all.contains("V3-sub-00001") && all.contains("V3-sub-00002"), "{all}");
        // Nothing came to the provider's own balance.
        let own = wechat.v3_get(&format!("/v3/bill/fundflowbill?bill_date={day}&account_type=BASIC")).await;
        assert_eq!(refusal(&own), "400 NO_STATEMENT_EXIST 请求的账单文件不存在");
        let none = ask(one, "sub_mchid=1900000203&account_type=BASIC").await;
        assert_eq!(refusal(&none), "400 NO_STATEMENT_EXIST 请求的账单文件不存在");
        let other = ask(one, "sub_mchid=1900000204&account_type=BASIC").await;
        assert_eq!(refusal(&other), "403 NO_AUTH 不是指定的子商户的父商户");
        let deposit = ask(one, "sub_mchid=1900000201&account_type=DEPOSIT").await;
        assert_eq!(refusal(&deposit), "400 NO_STATEMENT_EXIST 请求的账单文件不存在");
        assert!(refusal(&ask(one, "account_type=BASIC").await).contains("/query/sub_mchid"));
        assert!(
            refusal(&ask("ecommerce/bill/fundflowbill", "account_type=BASIC").await).starts_with("400 PARAM_ERROR")
        );
        let target = format!("/v3/ecommerce/bill/fundflowbill?bill_date={day}&account_type=ALL&algorithm=SM4_GCM");
        assert!(refusal(&wechat.v3_get(&target).await).starts_with("400 INVALID_REQUEST"));
    });
}

/// Moves the clock to eleven o'clock of the next day in Beijing. Returns the day before.
async fn next_morning(wechat: &Wechat) -> String {
    let day = BeijingTime::from_unix(wechat.now().await).unwrap().to_wire();
    wechat.advance(DAY - (wechat.now().await + 8 * 3600) % DAY + 11 * 3600).await;
    format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..8])
}

#[test]
fn a_transfer_is_confirmed_by_its_number_whichever_merchant_made_it() {
    within(async {
        let wechat = start(|config| config.merchants = vec![other_merchant(), Merchant::demo()]).await;
        let demo = signed_by(&wechat, MCH).await;
        let made = demo.send(&wechat, "POST", TRANSFERS, &transfer("T1", 30).to_string()).await;
        assert_eq!(made.status, 200, "{}", made.body);
        assert_eq!(wechat.control("transfer", json!({ "out_bill_no": "T1" })).await["out_bill_no"], "T1");
        let foreign = json!({ "out_bill_no": "T1", "mch_id": other_merchant().mch_id }).to_string();
        assert_eq!(wechat.http("POST", "/_emulator/transfer", &[], foreign.as_bytes()).await.status, 404);
    });
}

#[test]
fn a_fund_flow_has_transfers_and_profit_sharing() {
    within(async {
        let other = other_merchant().mch_id;
        let wechat = start(|config| config.merchants = vec![Merchant::demo(), other_merchant()]).await;
        next_morning(&wechat).await;
        let id = sharable(&wechat, "V3-flow-0001", 10_000, &[&other]).await;
        wechat.advance(1).await;
        post(&wechat, &format!("{SHARING}/orders"), &sharing(&id, "P1", &[(&other, 1000)])).await;
        wechat.advance(3).await;
        let back = json!({ "out_order_no": "P1", "out_return_no": "B1", "return_mchid": other, "amount": 400, "description": "退\r\n回" });
        post(&wechat, &format!("{SHARING}/return-orders"), &back).await;
        // A return that fails moves nothing.
        wechat.control("balance", json!({ "mch_id": other, "fen": 0 })).await;
        let mut failed = back.clone();
        failed["out_return_no"] = json!("B2");
        failed["amount"] = json!(1);
        post(&wechat, &format!("{SHARING}/return-orders"), &failed).await;
        let rest = json!({ "transaction_id": id, "out_order_no": "U1", "description": "解冻" });
        wechat.advance(3).await;
        post(&wechat, &format!("{SHARING}/orders/unfreeze"), &rest).await;
        wechat.advance(3).await;
        for number in ["T1", "T2", "T3"] {
            post(&wechat, TRANSFERS, &transfer(number, 30)).await;
            wechat.advance(1).await;
        }
        wechat.control("transfer", json!({ "out_bill_no": "T1" })).await;
        post(&wechat, &format!("{TRANSFERS}/out-bill-no/T2/cancel"), &Value::Null).await;
        wechat.advance(60).await;
        let amount = json!({ "refund": 500, "total": 10_000, "currency": "CNY" });
        let refund = json!({ "transaction_id": id, "out_refund_no": "R1", "amount": amount });
        post(&wechat, "/v3/refund/domestic/refunds", &refund).await;
        let day = next_morning(&wechat).await;

        let by_v3 = async |signed: &Signed, day: &str| {
            let target = format!("/v3/bill/fundflowbill?bill_date={day}&account_type=BASIC");
            let said = signed.send(&wechat, "GET", &target, "").await.json();
            let target = said["download_url"].as_str().unwrap().strip_prefix(wechat.running.url()).unwrap().to_owned();
            let file = signed.send(&wechat, "GET", &target, "").await;
            assert_eq!(said["hash_value"], hash(file.body.as_bytes()));
            file.body
        };
        let own = by_v3(&Signed::by(&wechat), &day).await;
        let row = |name: &str, change: i64, number: &str| (name.to_owned(), change, number.to_owned());
        assert_eq!(
            changes(&own, 0),
            [
                row("交易", 10_000, "V3-flow-0001"),
                row("扣除交易手续费", -60, "V3-flow-0001"),
                row("分账", -1000, "P1"),
                row("分账回退", 400, "B1"),
                row("商家转账", -30, "T1"),
                row("商家转账", -30, "T2"),
                row("商家转账", -30, "T3"),
                row("商家转账退回", 30, "T2"),
                row("退款", -497, "R1"),
            ],
            "{own}"
        );
        assert!(own.contains(",`退  回,`B1"), "{own}");
        let wanted = Request::new().with("bill_date", &day.replace('-', "")).with("account_type", "Basic").hmac();
        let by_v2 = wechat.http("POST", "/pay/downloadfundflow", &[], wanted.xml().as_bytes()).await.body;
        assert_eq!(by_v2, own, "either API gives the same file");
        let of_receiver = by_v3(&signed_by(&wechat, &other).await, &day).await;
        assert_eq!(changes(&of_receiver, 0), [row("分账", 1000, "P1"), row("分账回退", -400, "B1")], "{of_receiver}");

        // T3 waited for its customer until its day was over.
        wechat.advance(13 * 3600).await;
        let next = BeijingTime::from_unix(wechat.now().await - DAY).unwrap().to_wire();
        wechat.advance(11 * 3600).await;
        let next = by_v3(&Signed::by(&wechat), &format!("{}-{}-{}", &next[..4], &next[4..6], &next[6..8])).await;
        assert_eq!(changes(&next, 8783), [row("商家转账退回", 30, "T3")], "{next}");
    });
}
