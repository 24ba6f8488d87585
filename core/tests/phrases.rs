//! In Chinese, errors say in Chinese which rule a field or a setting breaks.

#![cfg(all(feature = "client", feature = "sqlite"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::collections::BTreeSet;

use common::signed::{self, with_public_key};
use common::{APPID, KEY, MCH_ID, within};
use wxpaykit::doctor::Language;
use wxpaykit::error::Kind;
use wxpaykit::table::Answer;
use wxpaykit::value::{Params, Value};
use wxpaykit::{ApiVersion, CodeOptions, Error, MerchantOptions, Options, WxPay, registry};

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// Both texts of an error, which differ; the English one alone where `core/src/phrases.rs` lacks it.
fn texts(error: &Error) -> (String, Option<String>) {
    let (english, chinese) = (error.text_in(Language::English), error.text_in(Language::Chinese));
    let is_translated = is_chinese(&chinese) && chinese != english;
    (english, is_translated.then_some(chinese))
}

#[track_caller]
fn translated(error: &Error) -> (String, String) {
    let (english, chinese) = texts(error);
    (english, chinese.unwrap_or_else(|| panic!("core/src/phrases.rs lacks {error}")))
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
        for endpoint in registry::all().filter(|endpoint| endpoint.answer != Answer::Bill) {
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
        assert!(missing.is_empty(), "give core/src/phrases.rs the Chinese of {missing:#?}");
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
    let names = ["WXPAY_APPID", "WXPAY_MCHID"];
    let error =
        Options::from_variables(names.into_iter(), |name| names.contains(&name).then(|| APPID.into())).unwrap_err();
    let chinese = "没有设置：请设置 WXPAY_MCH_ID 或 WXPAY_MCH_ID_FILE；设置了 WXPAY_MCHID：是不是 WXPAY_MCH_ID？";
    assert_eq!(translated(&error), (english.to_owned(), chinese.to_owned()));
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
