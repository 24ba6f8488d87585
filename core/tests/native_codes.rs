//! Permanent codes (扫码支付模式一) and small calls.

use crate::common::{self, APPID, Act, KEY, MCH_ID, Scripted, client, control, number, within};
use serde_json::{Value, json};
use wxpaykit::wire::xml;
use wxpaykit::{
    Fen, Fields, Getsignkey, Kind, Options, Orderquery, Report, Shorturl, SignType, TradeState, TradeType,
    Unifiedorder, WxPay, sign,
};
use wxpaykit_emulator::{Config, Emulator, Merchant};

fn signed(pairs: &[(&str, &str)]) -> String {
    let sign = sign::sign(pairs.iter().copied(), KEY, SignType::Md5);
    xml::build(pairs.iter().copied().chain([("sign", sign.as_str())])).unwrap()
}

fn pay() -> WxPay {
    client(common::options("http://127.0.0.1:9"))
}

#[test]
fn a_code_names_a_product_and_is_signed() {
    let url = pay().native_code_url("茶 2&3".replace(' ', "").as_str()).unwrap();
    let query = url.strip_prefix("weixin://wxpay/bizpayurl?sign=").unwrap();
    assert!(query.contains("product_id=%E8%8C%B62%263"), "{url}");
    let pairs: Vec<(String, String)> = url
        .split_once('?')
        .unwrap()
        .1
        .split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.replace("%E8%8C%B6", "茶").replace("%26", "&")))
        .collect();
    let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["sign", "appid", "mch_id", "product_id", "time_stamp", "nonce_str"]);
    let fields: Fields = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    // MD5, whatever the client's own algorithm is.
    assert_eq!(sign::verify(&fields, KEY, &[SignType::Md5]), Ok(SignType::Md5));
    for wrong in ["", "a b", &"x".repeat(33), "🍵"] {
        assert_eq!(pay().native_code_url(wrong).unwrap_err().field(), Some("product_id"), "{wrong}");
    }
}

#[test]
fn a_question_is_verified_and_answered() {
    let pay = pay();
    let question = [
        ("appid", APPID),
        ("mch_id", MCH_ID),
        ("openid", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"),
        ("is_subscribe", "N"),
        ("nonce_str", "n"),
        ("product_id", "P1"),
    ];
    let read = pay.notify().parse_native(signed(&question).as_bytes()).unwrap();
    assert_eq!((read.product_id(), read.openid()), ("P1", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"));
    let forged = signed(&question).replace("P1", "P2");
    let error = pay.notify().parse_native(forged.as_bytes()).unwrap_err();
    assert_eq!((error.class(), error.code()), ("SignatureError", "sign_mismatch"));
    let mut other = question;
    other[1].1 = "1900000109";
    let error = pay.notify().parse_native(signed(&other).as_bytes()).unwrap_err();
    assert_eq!(error.code(), "mch_id_mismatch");
    let error = pay.notify().parse_native(signed(&question[..5]).as_bytes()).unwrap_err();
    assert!(error.to_string().contains("product_id"), "{error}");
    assert_eq!(pay.notify().parse_native(b"not XML").unwrap_err().class(), "SignatureError");

    for (answer, name, result) in [
        (pay.native_answer("wx201411101639507cbf6ffd8b0779950874").unwrap(), "prepay_id", "SUCCESS"),
        (pay.native_refusal("卖完了 & 没了").unwrap(), "err_code_des", "FAIL"),
    ] {
        let fields = xml::parse(answer.as_bytes()).unwrap();
        assert_eq!(sign::verify(&fields, KEY, &[SignType::Md5]), Ok(SignType::Md5), "{answer}");
        assert_eq!((fields.get("return_code"), fields.get("result_code")), (Some("SUCCESS"), Some(result)));
        assert!(fields.filled(name).is_some() && fields.filled("nonce_str").is_some());
    }
    assert_eq!(pay.native_answer("undefined").unwrap_err().field(), Some("prepay_id"));
    for wrong in ["", &"x".repeat(129)] {
        assert_eq!(pay.native_refusal(wrong).unwrap_err().field(), Some("text"));
    }
}

/// The emulator scans the code, long and short, asks the shop, and the customer pays.
#[test]
fn a_scanned_code_is_paid() {
    within(async {
        // The shop answers with an order that it makes for each question.
        let shop = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut merchant = Merchant::demo();
        merchant.native_callback_url = Some(format!("http://{}/native", shop.local_addr().unwrap()));
        let mut config = Config::default();
        config.merchants.push(merchant);
        let wechat = Emulator::start(config).await.unwrap();
        let pay = client(common::options(wechat.url()));
        let asked = pay.clone();
        tokio::spawn(async move {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            while let Ok((mut stream, _)) = shop.accept().await {
                let mut bytes = vec![0; 8192];
                let mut read = 0;
                while !bytes[..read].ends_with(b"</xml>") {
                    read += stream.read(&mut bytes[read..]).await.unwrap();
                }
                let text = String::from_utf8(bytes[..read].to_vec()).unwrap();
                let question = asked.notify().parse_native(text.split_once("\r\n\r\n").unwrap().1.as_bytes()).unwrap();
                let answer = if question.product_id() == "sold-out" {
                    asked.native_refusal("卖完了").unwrap()
                } else {
                    let order = Unifiedorder::new()
                        .body("茶")
                        .out_trade_no(format!("N{}", question.product_id()))
                        .total_fee(Fen(88))
                        .spbill_create_ip("127.0.0.1")
                        .trade_type(TradeType::Native)
                        .product_id(question.product_id())
                        .openid(question.openid());
                    asked.native_answer(asked.unifiedorder(order).await.unwrap().prepay_id()).unwrap()
                };
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", answer.len());
                stream.write_all(format!("{head}{answer}").as_bytes()).await.unwrap();
            }
        });
        let long = pay.native_code_url("P1").unwrap();
        let short = pay.shorturl(Shorturl::new().long_url(&long)).await.unwrap();
        assert!(short.short_url().starts_with("weixin://wxpay/s/"));
        let visit = scan(wechat.url(), short.short_url()).await;
        let prepay_id = visit["visit"]["prepay_id"].clone();
        assert!(prepay_id.is_string(), "{visit}");
        control(&wechat, "POST", "/_emulator/pay", json!({ "prepay_id": prepay_id })).await;
        let found = pay.orderquery(Orderquery::new().out_trade_no("NP1")).await.unwrap();
        assert_eq!(found.trade_state(), TradeState::Success);
        let refused = scan(wechat.url(), &pay.native_code_url("sold-out").unwrap()).await;
        assert_eq!(refused["result"]["err_desc"], "卖完了");
    });
}

/// The customer's phone scans a code.
async fn scan(url: &str, code: &str) -> Value {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = url.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let body = json!({ "code_url": code }).to_string();
    let head = format!(
        "POST /_wechat/scan HTTP/1.1\r\nHost: {address}\r\nOrigin: {url}\r\nContent-Type: application/json\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn small_calls() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let pay = client(common::options(wechat.url()));
        let key = pay.getsignkey(Getsignkey::new()).await.unwrap();
        assert_eq!(key.sandbox_signkey().len(), 32);
        assert!(!format!("{key:?}").contains(key.sandbox_signkey()), "{key:?}");
        let report =
            || Report::new().interface_url("https://api.mch.weixin.qq.com/pay/unifiedorder").user_ip("203.0.113.9");
        let took = report().execute_time_(120).return_code("SUCCESS").result_code("SUCCESS");
        assert_eq!(pay.report(took).await.unwrap().err_code(), Some("0"));
        let trades = r#"[{"out_trade_no":"A1","begin_time":"20160602203256","end_time":"20160602203257","state":"OK","err_msg":""}]"#;
        pay.report(report().trades(trades)).await.unwrap();
        let error = pay.report(report()).await.unwrap_err();
        assert_eq!(error.field(), Some("execute_time_ or trades"));
        assert_eq!(pay.report(report().execute_time_(1)).await.unwrap_err().field(), Some("return_code"));
        // It is not repeated.
        let server = Scripted::start(vec![Act::HangUp]).await;
        let mut options: Options = common::options(&server.url);
        options.limits.max_network_retries = 3;
        let lost = client(options).report(report().trades(trades)).await.unwrap_err();
        assert!(matches!(lost.kind(), Kind::Transport { .. }));
        assert_eq!((lost.retry().as_str(), server.bodies().len()), ("never", 1));
        assert!(!number().is_empty());
    });
}
