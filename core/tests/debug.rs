//! `{:?}` of a value shows no secret of it: no payment code, no token, no key, no customer. A program that logs what it has in hand must not
//! write them into its log.

use std::fmt::Debug;

use wxpaykit::binding::job::{Job, Message as Posted, Output};
use wxpaykit::notify::Notice;
use wxpaykit::table::Call as _;
use wxpaykit::v3::reply::Message;
use wxpaykit::v3::request::{Target, complete};
use wxpaykit::v3::{Download, Evidence, Headers, Parts, Upload, request};
use wxpaykit::value::{Params, Value};
use wxpaykit::wire::multipart::Part;
use wxpaykit::{Fields, Incoming, Merchant, MerchantOptions, Micropay, Options, Secret, V3CodePayer, V3Codepay};

/// What no text may have.
const SECRET: &str = "130000000000000000hunter2";

fn hides(what: &dyn Debug) {
    for text in [format!("{what:?}"), format!("{what:#?}")] {
        assert!(!text.contains(SECRET), "{text}");
        // Bytes, as a slice shows them.
        assert!(!text.contains("49, 51, 48") && !text.contains("49,\n"), "{text}");
    }
}

fn value(value: Value<'static>) -> Params<'static> {
    vec![("auth_code".into(), value)]
}

#[test]
fn values_and_parameters() {
    let text = || Value::Text(SECRET.into());
    let json = Value::Json(format!("{{\"auth_code\":\"{SECRET}\"}}").into());
    for given in [
        text(),
        json,
        Value::Date(SECRET.into()),
        Value::Other(SECRET.into()),
        Value::List(vec![text()]),
        Value::Object(value(text())),
        Value::Object(value(Value::List(vec![Value::Object(value(text()))]))),
    ] {
        hides(&given);
        hides(&value(given));
    }
    // What is no secret is shown.
    assert_eq!(format!("{:?}", Value::Int(88)), "Int(88)");
    assert_eq!(format!("{:?}", value(text())), r#"[("auth_code", Text(***))]"#);
    hides(&Micropay::new().auth_code(SECRET));
    hides(&V3Codepay::new().payer(V3CodePayer::new().auth_code(SECRET)));
}

#[test]
fn requests_of_apiv3() {
    let path = format!("/v3/billdownload/file?token={SECRET}");
    let body = format!("{{\"payer\":{{\"auth_code\":\"{SECRET}\"}}}}");
    hides(&Target { path: path.clone(), body: Some(body.clone()) });
    hides(&request::Call {
        query: value(Value::Text(SECRET.into())),
        json: Some(body.clone()),
        ..request::Call::default()
    });
    let (mch_id, serial_no, method, timestamp, nonce_str) = ("1900000109", "5F", "POST", "1", "n");
    hides(&Parts { mch_id, serial_no, method, url: &path, body: &body, timestamp, nonce_str });
    hides(&Download::new(&path));
    hides(&Upload::bytes("a.png", SECRET.as_bytes()));
    hides(&Part { name: "file", filename: Some("a.png"), content_type: "image/png", content: SECRET.as_bytes() });
    let merchant =
        Merchant::new(MerchantOptions::new("wxd930ea5d5a258f4f", "1900000109", "k".repeat(32).as_str())).unwrap();
    let charge = V3Codepay::new().payer(V3CodePayer::new().auth_code("130000000000000000"));
    if let Ok(request) = complete(V3Codepay::ENDPOINT, charge.params(), &merchant) {
        hides(&request);
        hides(&request.target());
    }
}

#[test]
fn messages_and_what_is_known_of_them() {
    let (headers, body) = (Headers::default(), SECRET.as_bytes());
    hides(&Message { status: 200, headers: &headers, request_id: None, body });
    hides(&Incoming::new(body, &headers));
    hides(&Notice::V2(body));
    hides(&Posted { body: body.to_vec(), headers: None });
    let url = format!("/v3/certificates?token={SECRET}");
    let keys = (Some(SECRET), Some(SECRET), Some(&*url));
    hides(&Evidence { body, api_v3_key: keys.0, api_key: keys.1, url: keys.2, ..Evidence::default() });
    let fields: Fields = [("openid", SECRET)].into_iter().collect();
    hides(&fields);
    for output in [
        Output::Document(None, fields),
        Output::Secret(Secret::new(SECRET)),
        Output::Json(SECRET.to_owned()),
        Output::Bytes(Some(body.to_vec())),
    ] {
        hides(&output);
        hides(&Output::Each(vec![Ok(output)]));
    }
    hides(&Job::named("oauth.access_token", value(Value::Text(SECRET.into()))).unwrap());
}

#[test]
fn settings() {
    let mut merchant = MerchantOptions::new("wxd930ea5d5a258f4f", "1900000109", SECRET);
    merchant.app_secret = Some(Secret::new(SECRET));
    merchant.api_v3_key = Some(Secret::new(SECRET));
    hides(&merchant);
    hides(&Secret::new(SECRET));
    hides(&Options::new(merchant).store(format!("redis://:{SECRET}@host/0")));
}
