//! In Chinese, errors are Chinese throughout: what happened, whether it was sent, and what to do.

#![cfg(feature = "sqlite")]

use std::collections::BTreeSet;

use crate::common::signed::{self, with_public_key};
use crate::common::{APPID, Act, KEY, MCH_ID, Scripted, options, order, within};
use wxpaykit::bill::Reader;
use wxpaykit::crypto::rsa::{SigningKey, VerifyingKey};
use wxpaykit::doctor::Language;
use wxpaykit::error::Kind;
use wxpaykit::table::ReplyBody;
use wxpaykit::value::{Params, Value};
use wxpaykit::{ApiVersion, CodeOptions, Error, Fen, MerchantOptions, Options, V3Jsapi, V3Payer, WxPay, registry};

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// Both texts of an error, which differ; the English one alone where `core/src/phrases` lacks it.
fn texts(error: &Error) -> (String, Option<String>) {
    let (english, chinese) = (error.text_in(Language::English), error.text_in(Language::Chinese));
    let is_translated = is_chinese(&chinese) && chinese != english;
    (english, is_translated.then_some(chinese))
}

#[track_caller]
fn translated(error: &Error) -> (String, String) {
    let (english, chinese) = texts(error);
    (english, chinese.unwrap_or_else(|| panic!("core/src/phrases lacks {error}")))
}

/// The text in Chinese, which has no three words of English in a row outside of quotation marks and brackets.
#[track_caller]
fn all_chinese(error: &Error) -> String {
    let (_, chinese) = translated(error);
    let (mut run, mut depth, mut is_quoted) = (0, 0_i32, false);
    for word in chinese.split(' ') {
        let opens = word.matches(['(', '（']).count() as i32;
        let is_inside = depth > 0 || opens > 0 || is_quoted;
        depth += opens - word.matches([')', '）']).count() as i32;
        is_quoted ^= word.matches(['"', '`']).count() % 2 == 1;
        let bare = word.trim_matches(|c: char| c.is_ascii_punctuation());
        run = if !is_inside && bare.len() > 1 && bare.bytes().all(|b| b.is_ascii_lowercase()) { run + 1 } else { 0 };
        assert!(run < 3, "{chinese}");
    }
    for mark in ["; ", ". ", "? "] {
        assert!(!chinese.contains(mark), "{chinese}");
    }
    chinese
}

fn wrong_values() -> Vec<Value<'static>> {
    vec![
        Value::Int(0),
        Value::Bool(true),
        Value::Text("".into()),
        Value::Text("a \u{0} b".into()),
        Value::Text("不 对".into()),
        Value::Text("x".repeat(9000).into()),
        Value::List(Vec::new()),
        Value::List(vec![Value::Int(1)]),
        Value::Object(vec![("nothing".into(), Value::Int(1))].into_iter().collect()),
        Value::Other("a tuple".into()),
    ]
}

#[test]
fn every_rule_of_the_table_of_calls() {
    within(async {
        let both = MerchantOptions { api_key: Some(KEY.into()), app_secret: Some("s".into()), ..with_public_key() };
        let mut options = signed::options(both, "http://127.0.0.1:9");
        options.limits.max_network_retries = 0;
        let pay = WxPay::new(options).unwrap();
        let (mut rules, mut missing) = (BTreeSet::new(), BTreeSet::new());
        for endpoint in registry::all().filter(|endpoint| endpoint.reply_body != ReplyBody::Bill) {
            for field in endpoint.fields() {
                for value in wrong_values() {
                    let params: Params<'_> = [(field.name.into(), value)].into_iter().collect();
                    let error = pay.execute(endpoint, &params).await.expect_err("nothing answers there");
                    if matches!(error.kind(), Kind::InvalidRequest { .. }) {
                        match texts(&error) {
                            (english, Some(_)) => rules.insert(english),
                            (english, None) => missing.insert(english),
                        };
                    }
                }
            }
            let params: Params<'_> = [("nothing".into(), Value::Int(1))].into_iter().collect();
            let error = pay.execute(endpoint, &params).await.expect_err("there is no such field");
            translated(&error);
        }
        assert!(missing.is_empty(), "give core/src/phrases the Chinese of {missing:#?}");
        assert!(rules.len() > 80, "{}", rules.len());
    });
}

#[test]
fn settings() {
    let right = || MerchantOptions::new(APPID, MCH_ID, KEY);
    let with = |change: &dyn Fn(&mut MerchantOptions)| {
        let mut merchant = right();
        change(&mut merchant);
        WxPay::new(Options::new(merchant).endpoints("http://127.0.0.1:9").store("memory:")).unwrap_err()
    };
    let errors = [
        with(&|merchant| merchant.appid = "wx1".into()),
        with(&|merchant| merchant.mch_id = "1".into()),
        with(&|merchant| merchant.api_key = Some("short".into())),
        with(&|merchant| merchant.api_key = Some(format!("{KEY} ").into())),
        with(&|merchant| merchant.api_key = None),
        with(&|merchant| merchant.app_secret = Some(KEY.into())),
        with(&|merchant| merchant.notify_url = Some("shop.example".into())),
        with(&|merchant| merchant.fee_type = Some("yuan".into())),
        with(&|merchant| merchant.agent_id = Some("1".into())),
        with(&|merchant| merchant.client_cert_serial = Some("serial".into())),
        WxPay::new(Options::new(right()).endpoints("nowhere")).unwrap_err(),
        WxPay::new(Options::new(right()).endpoints("http://192.0.2.1")).unwrap_err(),
        WxPay::new(Options::new(right()).store("mysql://x")).unwrap_err(),
        Options::from_lookup(|_| None).unwrap_err(),
        Options::from_lookup(|name| (name == "WXPAY_APPID" || name == "WXPAY_MCH_ID").then(|| "x".into())).unwrap_err(),
    ];
    for error in &errors {
        assert!(matches!(error.kind(), Kind::Config { .. }), "{error}");
        translated(error);
    }
    let english = "is not set: set WXPAY_MCH_ID, or WXPAY_MCH_ID_FILE; WXPAY_MCHID is set: did you mean WXPAY_MCH_ID?";
    let names = ["WXPAY_APPID", "WXPAY_MCHID", "WXPAY_API_KEY"];
    let error =
        Options::from_variables(names.into_iter(), |name| names.contains(&name).then(|| APPID.into())).unwrap_err();
    let chinese = "没有设置：请设置 WXPAY_MCH_ID 或 WXPAY_MCH_ID_FILE；设置了 WXPAY_MCHID：是不是 WXPAY_MCH_ID？";
    assert_eq!(translated(&error), (english.to_owned(), chinese.to_owned()));
    for (variables, english, chinese) in [
        (
            &[][..],
            "is not set: set WXPAY_APPID, or WXPAY_APPID_FILE; also not set: WXPAY_MCH_ID, WXPAY_API_KEY (APIv3 alone: WXPAY_API_V3_KEY or \
             WXPAY_PLATFORM_PUBLIC_KEY)",
            "没有设置：请设置 WXPAY_APPID 或 WXPAY_APPID_FILE；还缺少 WXPAY_MCH_ID, WXPAY_API_KEY（只用 APIv3：WXPAY_API_V3_KEY 或 \
             WXPAY_PLATFORM_PUBLIC_KEY）",
        ),
        (
            &["WXPAY_AGENT_ID"],
            "is not set: set WXPAY_APPID, or WXPAY_APPID_FILE; also not set: WXPAY_MCH_ID, WXPAY_API_KEY (APIv3 alone: WXPAY_API_V3_KEY or \
             WXPAY_PLATFORM_PUBLIC_KEY), WXPAY_CORP_SECRET",
            "没有设置：请设置 WXPAY_APPID 或 WXPAY_APPID_FILE；还缺少 WXPAY_MCH_ID, WXPAY_API_KEY（只用 APIv3：WXPAY_API_V3_KEY 或 \
             WXPAY_PLATFORM_PUBLIC_KEY）, WXPAY_CORP_SECRET",
        ),
        (
            &["WXPAY_APPID"],
            "is not set: set WXPAY_MCH_ID, or WXPAY_MCH_ID_FILE; also not set: WXPAY_API_KEY (APIv3 alone: WXPAY_API_V3_KEY or \
             WXPAY_PLATFORM_PUBLIC_KEY)",
            "没有设置：请设置 WXPAY_MCH_ID 或 WXPAY_MCH_ID_FILE；还缺少 WXPAY_API_KEY（只用 APIv3：WXPAY_API_V3_KEY 或 \
             WXPAY_PLATFORM_PUBLIC_KEY）",
        ),
        (
            &["WXPAY_APPID", "WXPAY_CORP_SECRET"],
            "is not set: set WXPAY_MCH_ID, or WXPAY_MCH_ID_FILE; also not set: WXPAY_API_KEY (APIv3 alone: WXPAY_API_V3_KEY or \
             WXPAY_PLATFORM_PUBLIC_KEY), WXPAY_AGENT_ID",
            "没有设置：请设置 WXPAY_MCH_ID 或 WXPAY_MCH_ID_FILE；还缺少 WXPAY_API_KEY（只用 APIv3：WXPAY_API_V3_KEY 或 \
             WXPAY_PLATFORM_PUBLIC_KEY）, WXPAY_AGENT_ID",
        ),
    ] {
        let error = Options::from_lookup(|name| variables.contains(&name).then(|| "x".into())).unwrap_err();
        assert_eq!(translated(&error), (english.to_owned(), chinese.to_owned()));
    }
}

#[test]
fn objects_of_calls_of_v3() {
    within(async {
        let pay = WxPay::new(signed::options(with_public_key(), "http://127.0.0.1:9")).unwrap();
        let jsapi = V3Jsapi::new().description("茶").out_trade_no("A00001").notify_url("https://shop.example/n");
        let amount = r#"{"total": 100, "currency": "CNY"}"#;
        let error = pay.v3().jsapi(jsapi.clone().payer(V3Payer::new().openid("o1"))).await.unwrap_err();
        let (english, chinese) = translated(&error);
        assert_eq!(english, format!("is required: an object (V3OrderAmount) such as {amount}"));
        assert_eq!(chinese, format!("必填：对象（V3OrderAmount），例如 {amount}"));
        let error = pay.v3().jsapi(jsapi).await.unwrap_err();
        assert_eq!(translated(&error).0, r#"is required: an object (V3Payer) such as {"openid": "…"}"#);
        let jsapi = registry::find("v3.jsapi").unwrap();
        for (given, english, chinese) in [
            (Value::Int(100), ", not an integer", "，而不是整数"),
            (Value::Text("100".into()), "", ""),
            (Value::Other("a Decimal (1.00)".into()), ", not a Decimal", "，而不是 Decimal"),
        ] {
            let error = pay.execute(jsapi, &vec![("amount".into(), given)]).await.unwrap_err();
            let is = (
                format!("must be an object (V3OrderAmount) such as {amount}{english}"),
                format!("应为对象（V3OrderAmount），例如 {amount}{chinese}"),
            );
            assert_eq!(translated(&error), is);
        }
        let combined = registry::find("v3.combine_jsapi").unwrap();
        let given =
            vec![("sub_orders".into(), Value::List(vec![Value::Object(vec![("amount".into(), Value::Int(1))])]))];
        let error = pay.execute(combined, &given).await.unwrap_err();
        assert_eq!(error.field(), Some("sub_orders.amount"));
        let (english, chinese) = translated(&error);
        assert!(english.starts_with("must be an object (V3CombineAmount) such as {\"total_amount\": 100"), "{english}");
        assert!(chinese.starts_with("应为对象（V3CombineAmount），例如 {\"total_amount\": 100"), "{chinese}");
    });
}

#[test]
fn payments_by_code() {
    within(async {
        let both = MerchantOptions { api_key: Some(KEY.into()), ..with_public_key() };
        let pay = WxPay::new(signed::options(both, "http://127.0.0.1:9")).unwrap();
        let begin = |fields: &[(&'static str, Value<'static>)], api: Option<&str>| {
            let mut options = CodeOptions::default();
            options.api = api.map(ApiVersion::from);
            let fields = fields.iter().cloned().map(|(name, value)| (name.into(), value));
            pay.begin_code(fields.collect::<Params<'static>>(), options)
        };
        let text = |text: &'static str| Value::Text(text.into());
        let of_v2 = [
            ("auth_code", text("130000000000000000")),
            ("body", text("茶")),
            ("out_trade_no", text("A10001")),
            ("total_fee", Value::Int(88)),
            ("spbill_create_ip", text("203.0.113.9")),
        ];
        let with = |name: &'static str, value| [of_v2.as_slice(), &[(name, text(value))]].concat();
        for error in [
            begin(&with("description", "茶"), None).unwrap_err(),
            begin(&[("description", text("茶"))], Some("v2")).unwrap_err(),
            begin(&with("limit_pay", "no_credit"), Some("v3")).unwrap_err(),
            begin(&of_v2, Some("v4")).unwrap_err(),
        ] {
            translated(&error);
        }
    });
}

#[test]
fn what_becomes_of_a_request() {
    within(async {
        let page = Act::Answer(502, "<html><body>Bad Gateway</body></html>".to_owned());
        let acts = [
            (page, "收到的是网关的页面，而不是应答，来自 "),
            (Act::HangUp, "没有收到 "),
            (Act::Cut("<xml>".to_owned()), "应答只收到一部分，连接就断了"),
            (Act::Answer(200, "<xml><a><b/></a></xml>".to_owned()), "应答无法读取：字段里还有元素"),
            (
                Act::Answer(200, "<xml><return_code>MAYBE</return_code></xml>".to_owned()),
                "应答无法读取：return_code 既不是",
            ),
        ];
        for (act, expected) in acts {
            let server = Scripted::start(vec![act]).await;
            let mut options = options(&server.url);
            options.limits.max_network_retries = 0;
            let error = WxPay::new(options).unwrap().unifiedorder(order("T1")).await.unwrap_err();
            let chinese = all_chinese(&error);
            assert!(chinese.starts_with(expected), "{chinese}");
            let step = "。请用同一个 out_trade_no T1 和相同的字段重新调用 unifiedorder，或调用 orderquery 查询；不要换新的 out_trade_no";
            assert!(chinese.ends_with(&format!("；不知道微信是否已经处理{step}")), "{chinese}");
        }
        let mut nowhere = options("http://127.0.0.1:9");
        nowhere.limits.max_network_retries = 0;
        let pay = WxPay::new(nowhere.clone()).unwrap();
        let error = pay.unifiedorder(order("T1")).await.unwrap_err();
        assert_eq!(all_chinese(&error), "连不上 127.0.0.1:9（连接被拒绝）；请求没有发出");
        // A call that needs the platform certificates, which cannot be downloaded.
        let pay = WxPay::new(signed::options(signed::with_certificates(), "http://127.0.0.1:9")).unwrap();
        let error = pay.v3().query(wxpaykit::V3Query::new().out_trade_no("T1")).await.unwrap_err();
        let expected = "平台证书下载失败，因此没有发出请求：连不上 127.0.0.1:9（连接被拒绝）；请求没有发出";
        assert_eq!(all_chinese(&error), expected);
        let refused = "<xml><return_code>FAIL</return_code></xml>";
        let server = Scripted::start(vec![Act::Answer(200, refused.to_owned())]).await;
        let error = WxPay::new(options(&server.url)).unwrap().unifiedorder(order("T1")).await.unwrap_err();
        assert_eq!(all_chinese(&error), "微信拒绝了请求：没有说明原因（return_code FAIL）");
    });
}

#[test]
fn keys_certificates_and_stores() {
    let certificate = include_str!("../../tests/certificates/apiclient_cert.pem");
    let errors = [
        SigningKey::read("private_key", certificate.as_bytes()).unwrap_err(),
        SigningKey::read("private_key", b"-----BEGIN PRIVATE KEY-----\nMII").unwrap_err(),
        SigningKey::read("private_key", b"apiclient_key.pem").unwrap_err(),
        SigningKey::read("private_key", &[b'x'; 32]).unwrap_err(),
        VerifyingKey::read("public_key", b"<xml/>").unwrap_err(),
        VerifyingKey::read("public_key", b"").unwrap_err(),
    ];
    for error in &errors {
        all_chinese(error);
    }
    let with = |change: &dyn Fn(&mut MerchantOptions)| {
        let mut merchant = MerchantOptions::new(APPID, MCH_ID, KEY);
        change(&mut merchant);
        all_chinese(&WxPay::new(Options::new(merchant).store("memory:")).unwrap_err())
    };
    let text = with(&|merchant| merchant.client_cert = Some(certificate.as_bytes().into()));
    assert!(text.starts_with("没有设置，而设置了 client_cert。"), "{text}");
    let text = with(&|merchant| merchant.client_p12 = Some(b"0\x82\x10\x00short".as_slice().into()));
    assert!(text.starts_with("不完整：只有 "), "{text}");
    let text = with(&|merchant| merchant.api_v3_key = Some("short".into()));
    assert!(text.starts_with("有 5 字节，可能是操作密码，而 APIv3 密钥应为 32 字节。"), "{text}");
    for store in ["sqlite:", "redis://", "mysql://x"] {
        let merchant = MerchantOptions::new(APPID, MCH_ID, KEY);
        all_chinese(&WxPay::new(Options::new(merchant).store(store)).unwrap_err());
    }
    within(async {
        let store = wxpaykit::store::open("sqlite:///nothing/there.db").unwrap();
        let error = Error::from(store.get("key").await.unwrap_err());
        assert_eq!(all_chinese(&error), "SQLite 存储出错：没有文件夹 /nothing");
    });
}

#[test]
fn bills_documents_and_functions_by_hand() {
    let bill = |text: &str| {
        let mut reader = Reader::new();
        let pushed = reader.push(text.as_bytes());
        let breach = pushed.and_then(|()| reader.finish()).unwrap_err();
        all_chinese(&Error::invalid("bill", breach.rule))
    };
    assert_eq!(bill(""), "账单是空的，连表头都没有");
    assert_eq!(bill("x\n"), "第 1 行：不是账单的表头");
    assert_eq!(
        bill("交易时间,总金额\n`2025-11-27 09:00:00,`x\n"),
        "第 2 行：总金额应为两位小数的金额（元），实际是 \"x\""
    );
    let errors = [
        wxpaykit::wire::xml::parse(b"<xml><a>1</a><a>2</a></xml>").map_err(Error::from).unwrap_err(),
        wxpaykit::wire::xml::parse(b"<!DOCTYPE x><xml/>").map_err(Error::from).unwrap_err(),
        wxpaykit::decrypt_user_data("x", "y", "z", APPID).unwrap_err(),
        wxpaykit::check_raw_data("{}", &"0".repeat(40), "AAAAAAAAAAAAAAAAAAAAAA==").unwrap_err(),
        wxpaykit::decrypt_req_info("<xml/>", KEY).unwrap_err(),
        wxpaykit::v3::sealed::encrypt_sensitive(&"x".repeat(300), signed::public_key_pair().public()).unwrap_err(),
        wxpaykit::v3::sealed::decrypt_sensitive("AAAA", &signed::public_key_pair()).unwrap_err(),
        wxpaykit::out_trade_no::check_out_trade_no("").unwrap_err(),
        Fen::from_yuan("1.234").unwrap_err(),
    ];
    for error in &errors {
        all_chinese(error);
    }
}
