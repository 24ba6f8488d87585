//! `tests/vectors/*.json`: the cases that the three languages share.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use wxpaykit::Fields;
use wxpaykit::SignType;
use wxpaykit::bill;
use wxpaykit::doctor::config::{Evidence, PageSign};
use wxpaykit::doctor::{self, Explanation};
use wxpaykit::platform::{miniprogram, oauth, page_sign};
use wxpaykit::registry;
use wxpaykit::sign;
use wxpaykit::table::{Document, Read, Record};
use wxpaykit::v2::reply;
use wxpaykit::wire::xml;
use wxpaykit::{
    BeijingTime, Error, Fen, Kind, Merchant, MerchantOptions, PaymentNotification, ack, decrypt_req_info,
    mweb_redirect_url, out_trade_no, page, platform, v3,
};

type Outcome = Result<Value, Failure>;
type Run = fn(&Value) -> Outcome;

/// One function for each kind. An unknown kind fails the run.
const KINDS: &[(&str, Run)] = &[
    ("ack", |given| Ok(ack(given["ok"].as_bool().unwrap(), text(given, "msg"))?.into())),
    ("app_params", |given| page(given, |m, id, now, nonce| page::app_params(m, id, None, None, now, nonce))),
    ("authorize_url", authorize_url),
    ("beijing_time", beijing_time),
    ("bill", bill),
    ("build_xml", |given| Ok(xml::build(pairs(&given["params"]))?.into())),
    ("choose_wxpay_params", |given| {
        page(given, |m, id, now, nonce| page::choose_wxpay_params(m, id, None, now, nonce))
    }),
    ("check_raw_data", |given| {
        let [raw, signature, key] = ["raw_data", "signature", "session_key"].map(|name| text(given, name));
        Ok(miniprogram::check_raw_data(raw, signature, key).map(|()| true)?.into())
    }),
    ("decrypt_user_data", |given| {
        let [data, iv, key, appid] = ["encrypted_data", "iv", "session_key", "appid"].map(|name| text(given, name));
        let data = miniprogram::decrypt_user_data(data, iv, key, appid)?;
        let texts = [
            ("openId", data.openId()),
            ("unionId", data.unionId()),
            ("nickName", data.nickName()),
            ("phoneNumber", data.phoneNumber()),
            ("purePhoneNumber", data.purePhoneNumber()),
            ("countryCode", data.countryCode()),
        ];
        let mut members: Value =
            texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?)))).collect();
        if let Some(gender) = data.gender() {
            members["gender"] = gender.into();
        }
        Ok(members)
    }),
    ("workwx_sign", |given| {
        let params = given["params"].as_object().unwrap().iter();
        let written = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let texts: Vec<_> = params.map(|(name, value)| (name.as_str(), written(value))).collect();
        let fields = texts.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Ok(wxpaykit::workwx_sign(&fields, text(given, "secret"))?.into())
    }),
    ("decrypt_req_info", |given| Ok(decrypt_req_info(text(given, "req_info"), text(given, "api_key"))?.into())),
    ("explain", |given| {
        let others = doctor::OtherKeys {
            api_v3_key: given["api_v3_key"].as_str(),
            app_secret: given["app_secret"].as_str(),
            ..Default::default()
        };
        let fields = members(&given["params"]).collect();
        Ok(explanation(&doctor::examine(&fields, text(given, "key"), others)))
    }),
    ("explain_body", |given| {
        let parsed = PaymentNotification::parse_with_key(&document(given), "key", SignType::ALL, "wx", "1");
        let error = parsed.expect_err("a message of APIv2");
        let Kind::Signature { explanation: found } = error.kind() else { panic!("{error:?}") };
        Ok(explanation(found))
    }),
    ("explain_jssdk", |given| {
        let config = &given["config"];
        let timestamp = config["timestamp"].to_string();
        let page = PageSign {
            nonce_str: text(config, "nonceStr"),
            timestamp: &timestamp,
            signature: text(config, "signature"),
            url: text(given, "url"),
        };
        let tickets: Vec<&str> = given["ticket"].as_str().into_iter().collect();
        let known = Evidence { tickets: &tickets, signed_url: given["signed_url"].as_str(), ..Evidence::default() };
        Ok(explanation(&doctor::config::config(&page, &known)))
    }),
    ("jsapi_params", |given| page(given, |m, id, now, nonce| page::jsapi_params(m, id, None, now, nonce))),
    ("jssdk_signature", |given| {
        let timestamp = given["timestamp"].as_i64().unwrap();
        Ok(page_sign::signature(text(given, "ticket"), text(given, "noncestr"), timestamp, text(given, "url")).into())
    }),
    ("miniprogram_params", |given| page(given, |m, id, now, nonce| page::miniprogram_params(m, id, None, now, nonce))),
    ("money", money),
    ("mweb_url", |given| Ok(mweb_redirect_url(text(given, "mweb_url"), text(given, "redirect_url"))?.into())),
    ("notify_payment", notify_payment),
    ("oauth_json", oauth_json),
    ("out_trade_no", |given| Ok(out_trade_no::check_out_trade_no(text(given, "value")).map(|()| true)?.into())),
    ("parse_xml", |given| Ok(listed(&xml::parse(&document(given)).map_err(Error::from)?))),
    ("redact", |given| Ok(registry::redaction(text(given, "field")).apply(text(given, "value")).into_owned().into())),
    ("reply", read_reply),
    ("roundtrip_xml", |given| {
        let written = xml::build(pairs(&given["params"]))?;
        let read = listed(&xml::parse(written.as_bytes()).map_err(Error::from)?);
        assert_eq!(read, given["params"]);
        Ok(Value::Null)
    }),
    ("sign", |given| {
        Ok(sign::sign(members(&given["params"]), text(given, "key"), text(given, "sign_type").parse()?).into())
    }),
    ("string_to_sign", |given| Ok(sign::string_to_sign(members(&given["params"])).into())),
    ("v3_authorization", |given| {
        let parts = v3::Parts {
            mch_id: text(given, "mch_id"),
            serial_no: text(given, "serial_no"),
            method: text(given, "method"),
            url: text(given, "url"),
            body: text(given, "body"),
            timestamp: text(given, "timestamp"),
            nonce_str: text(given, "nonce_str"),
        };
        let v3::Parts { method, url, body, timestamp, nonce_str, .. } = parts;
        let message = v3::string_to_sign(method, url, timestamp, nonce_str, body)?;
        let key = private_key(given)?;
        let signature = v3::sign(message.as_bytes(), &key)?;
        Ok(json!({"message": message, "signature": signature, "authorization": v3::authorization(&parts, &key)?}))
    }),
    ("v3_bill_hash", |given| Ok(v3::check_bill(&document(given), text(given, "hash_value"))?.len().into())),
    ("v3_certificates", |given| {
        let found = v3::certificates(
            text(given, "reply").as_bytes(),
            text(given, "api_v3_key"),
            given["now"].as_i64().unwrap(),
        )?;
        let hash = |pem: &str| Sha256::digest(pem).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        Ok(found.iter().map(|one| json!({"serial_no": one.serial_no, "pem_sha256": hash(&one.pem)})).collect())
    }),
    ("v3_decrypt", |given| v3_decrypt(&given["resource"], text(given, "api_v3_key"))),
    ("v3_decrypt_sensitive", |given| {
        Ok(v3::decrypt_sensitive(text(given, "text"), &private_key(given)?)?.as_str().into())
    }),
    ("v3_encrypt_sensitive", |given| {
        let key = v3::VerifyingKey::read("public_key", text(given, "public_key").as_bytes())?;
        let sealed = v3::encrypt_sensitive(text(given, "text"), &key)?;
        let decrypted = v3::decrypt_sensitive(&sealed, &private_key(given)?)?;
        Ok(json!({"length": sealed.len(), "decrypted": decrypted.as_str()}))
    }),
    ("v3_explain", |given| Ok(explanation(&v3_explain(given)?))),
    ("v3_pay_sign", |given| {
        let [appid, timestamp, nonce_str, package] =
            ["appid", "timestamp", "nonce_str", "package"].map(|name| text(given, name));
        Ok(v3::pay_sign(appid, timestamp, nonce_str, package, &private_key(given)?)?.into())
    }),
    ("v3_private_key", |given| Ok(v3::sign(text(given, "message").as_bytes(), &private_key(given)?)?.into())),
    ("v3_serial_no", |given| Ok(v3::serial_no(text(given, "certificate").as_bytes())?.into())),
    ("v3_verify", |given| {
        v3_verify(given).map_err(|mut failure| {
            failure.0["cause"] = v3_explain(given).unwrap().mistake.code().into();
            failure
        })
    }),
    ("verify", |given| {
        let fields = xml::parse(text(given, "xml").as_bytes()).map_err(Error::from)?;
        Ok(sign::verify(&fields, text(given, "key"), &allowed(given)).map_err(Error::from)?.as_str().into())
    }),
];

#[test]
fn all_vectors() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    let (mut held, mut ran, mut wrong) = (0, 0, Vec::new());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let (kind, cases) = (text(&file, "kind"), file["cases"].as_array().unwrap());
        held += cases.len();
        let (_, run) =
            KINDS.iter().find(|(name, _)| *name == kind).unwrap_or_else(|| panic!("no function for kind {kind}"));
        for case in cases {
            ran += 1;
            let found = run(&case["given"]);
            if let Some(difference) = difference(case, &found) {
                wrong.push(format!("{kind} / {}: {difference}", text(case, "name")));
            }
        }
    }
    assert!(held > 0);
    assert_eq!(ran, held);
    assert!(wrong.is_empty(), "{} of {ran} vectors differ:\n{}", wrong.len(), wrong.join("\n"));
    // tests/run.py compares this number with those of the other languages.
    let counts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tests");
    fs::create_dir_all(&counts).unwrap();
    fs::write(counts.join("vectors-rust"), ran.to_string()).unwrap();
}

/// The difference between the result of a case and its `expect` or `error`; `None` when they agree.
fn difference(case: &Value, found: &Outcome) -> Option<String> {
    let same = match (case.get("expect"), case.get("error"), found) {
        (Some(expected), None, Ok(found)) => within(expected, found),
        (None, Some(Value::String(code)), Err(failure)) => failure.0["code"] == *code,
        (None, Some(expected), Err(failure)) => within(expected, &failure.0),
        _ => false,
    };
    (!same).then(|| format!("wanted {} {}, found {found:?}", case["expect"], case["error"]))
}

/// An object names the attributes to compare; other values are compared whole.
fn within(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().all(|(name, value)| found.get(name).is_some_and(|found| within(value, found)))
        }
        (Value::Array(expected), Value::Array(found)) => {
            expected.len() == found.len() && expected.iter().zip(found).all(|(expected, found)| within(expected, found))
        }
        _ => expected == found,
    }
}

/// An error in the form that vectors describe.
#[derive(Debug)]
struct Failure(Value);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let mut object = Map::new();
        object.insert("class".into(), error.class().into());
        object.insert("code".into(), error.code().into());
        match error.kind() {
            Kind::Protocol { return_msg } => object.insert("return_msg".into(), return_msg.as_str().into()),
            Kind::Business { err_code, err_code_des, .. } => {
                object.insert("err_code".into(), err_code.as_str().into());
                object.insert("err_code_des".into(), err_code_des.as_str().into())
            }
            Kind::Transport { outcome, status, .. } => {
                object.insert("outcome".into(), outcome.as_str().into());
                object.insert("status".into(), json!(status))
            }
            Kind::OAuth { errcode, errmsg } => {
                object.insert("errcode".into(), json!(errcode));
                object.insert("errmsg".into(), errmsg.as_str().into())
            }
            _ => None,
        };
        if let Some(body) = error.body() {
            object.insert("body".into(), body.into());
        }
        Self(Value::Object(object))
    }
}

/// Rows and totals: known cells that hold something by their names here, other cells by WeChat's.
fn bill(given: &Value) -> Outcome {
    let bytes = match given["text"].as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => document(given),
    };
    let (mut reader, mut rows, mut ambiguous) = (bill::Reader::new(), Vec::new(), Vec::new());
    let mut read = |reader: &mut bill::Reader| {
        while let Some(batch) = reader.next_batch().map(Arc::new) {
            for row in (0..batch.len()).filter_map(|row| bill::Row::of(&batch, row)) {
                if row.is_ambiguous() {
                    ambiguous.push(rows.len());
                }
                rows.push(cells(&row));
            }
        }
    };
    for piece in bytes.chunks(7) {
        reader.push(piece).map_err(Error::from)?;
        read(&mut reader);
    }
    reader.finish().map_err(Error::from)?;
    read(&mut reader);
    Ok(json!({ "rows": rows, "totals": cells(reader.totals().unwrap()), "ambiguous": ambiguous }))
}

fn cells(row: &bill::Row) -> Value {
    let mut found = Map::new();
    for (header, (name, text)) in row.layout().headers().iter().zip(row.iter()) {
        let Some(column) = header.column else {
            found.insert(name.to_owned(), text.into());
            continue;
        };
        let value = match row.get(column) {
            bill::Cell::None => continue,
            bill::Cell::Text(text) => text.into(),
            bill::Cell::Fen(number) | bill::Cell::Count(number) => number.into(),
            bill::Cell::Fee(fee) => fee.to_string().into(),
            bill::Cell::Time(time) => time.to_dashed().into(),
        };
        found.insert(column.name().to_owned(), value);
    }
    found.into()
}

fn explanation(made: &Explanation) -> Value {
    json!({
        "mistake": made.mistake.code(),
        "proved": made.proved(),
        "field": made.field,
        "sign_type": made.sign_type,
        "string_to_sign": made.string_to_sign,
        "likely_string": made.likely_string,
    })
}

fn private_key(given: &Value) -> Result<v3::SigningKey, Error> {
    v3::SigningKey::read("private_key", text(given, "private_key").as_bytes())
}

fn v3_decrypt(resource: &Value, api_v3_key: &str) -> Outcome {
    let part = |name: &str| resource[name].as_str().unwrap_or_default();
    let resource = v3::Resource {
        algorithm: part("algorithm"),
        ciphertext: part("ciphertext"),
        nonce: part("nonce"),
        associated_data: part("associated_data"),
    };
    Ok(v3::decrypt(&resource, api_v3_key)?.into())
}

fn v3_keys(given: &Value) -> Result<v3::Keys, Error> {
    v3::Keys::read(members(&given["keys"]).map(|(id, pem)| (id, pem.as_bytes())))
}

fn v3_verify(given: &Value) -> Outcome {
    let (keys, body) = (v3_keys(given)?, text(given, "body"));
    let headers = v3::Headers::read(members(&given["headers"]));
    let mut found = json!({"key": v3::verify(&headers, body.as_bytes(), &keys, given["now"].as_i64().unwrap())?});
    if let Some(key) = given["api_v3_key"].as_str() {
        let notification: Value = serde_json::from_str(body).unwrap();
        found["resource"] = v3_decrypt(&notification["resource"], key)?;
    }
    Ok(found)
}

fn v3_explain(given: &Value) -> Result<Explanation, Error> {
    let part = |name: &str| given[name].as_str();
    let key = |name| part(name).map(|pem| v3::VerifyingKey::read("key", pem.as_bytes())).transpose();
    let keys = given["keys"].is_object().then(|| v3_keys(given)).transpose()?;
    let headers = given["headers"].is_object().then(|| v3::Headers::read(members(&given["headers"])));
    let own = match part("private_key") {
        Some(_) => Some(private_key(given)?.public().clone()),
        None => key("public_key")?,
    };
    let certificate = key("certificate")?;
    v3::explain(&v3::Evidence {
        headers: headers.as_ref(),
        body: text(given, "body").as_bytes(),
        keys: keys.as_ref(),
        now: given["now"].as_i64(),
        api_v3_key: part("api_v3_key"),
        api_key: part("api_key"),
        method: part("method"),
        url: part("url"),
        timestamp: part("timestamp"),
        nonce_str: part("nonce_str"),
        signature: part("signature"),
        certificate: certificate.as_ref(),
        public_key: own.as_ref(),
        ..v3::Evidence::default()
    })
}

fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_else(|| panic!("{name} is not a text in {object}"))
}

fn members(params: &Value) -> impl Iterator<Item = (&str, &str)> {
    params.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
}

fn pairs(params: &Value) -> impl Iterator<Item = (&str, &str)> {
    params.as_array().unwrap().iter().map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
}

fn listed(fields: &Fields) -> Value {
    fields.iter().map(|(name, value)| json!([name, value])).collect()
}

fn allowed(given: &Value) -> Vec<SignType> {
    given["allowed"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().parse().unwrap()).collect()
}

fn document(given: &Value) -> Vec<u8> {
    if let Some(text) = given["xml"].as_str() {
        return text.into();
    }
    if let Some(text) = given["base64"].as_str() {
        return base64::prelude::BASE64_STANDARD.decode(text).unwrap();
    }
    let repeat = &given["repeat"];
    let units = (0..repeat["count"].as_u64().unwrap()).map(|i| text(repeat, "unit").replace("{i}", &i.to_string()));
    format!("{}{}{}", text(repeat, "prefix"), units.collect::<String>(), text(repeat, "suffix")).into()
}

fn page(given: &Value, make: fn(&Merchant, &str, i64, &str) -> Result<wxpaykit::PageParams, Error>) -> Outcome {
    let mch_id = given["mch_id"].as_str().unwrap_or("10000100");
    let mut options = MerchantOptions::new(text(given, "appid"), mch_id, text(given, "key"));
    options.sign_type = text(given, "sign_type").parse()?;
    let merchant = Merchant::new(options)?;
    let params = make(&merchant, text(given, "prepay_id"), given["timestamp"].as_i64().unwrap(), text(given, "nonce"))?;
    assert_eq!(serde_json::from_str::<Value>(&params.to_json()).unwrap(), params.iter().collect::<Value>());
    Ok(params.iter().collect())
}

fn authorize_url(given: &Value) -> Outcome {
    let visit = oauth::Authorize {
        redirect_uri: text(given, "redirect_uri"),
        scope: text(given, "scope").parse()?,
        state: given["state"].as_str(),
        force_popup: given["force_popup"].as_bool().unwrap(),
        component_appid: given["component_appid"].as_str(),
    };
    Ok(oauth::authorize_url("https://open.weixin.qq.com", text(given, "appid"), &visit)?.into())
}

fn beijing_time(given: &Value) -> Outcome {
    let time = BeijingTime::from_unix(given["unix"].as_i64().unwrap())?;
    Ok(json!({"wire": time.to_wire(), "dashed": time.to_dashed()}))
}

fn money(given: &Value) -> Outcome {
    match given["fen"].as_i64() {
        Some(fen) => Ok(Fen(fen).to_yuan()?.into()),
        None => Ok(Fen::from_yuan(text(given, "yuan"))?.0.into()),
    }
}

fn notify_payment(given: &Value) -> Outcome {
    let (body, key) = (text(given, "body").as_bytes(), text(given, "key"));
    let (appid, mch_id) = (text(given, "appid"), text(given, "mch_id"));
    let notification = PaymentNotification::parse_with_key(body, key, &allowed(given), appid, mch_id)?;
    Ok(attributes(PaymentNotification::RECORD, notification.fields()))
}

fn read_reply(given: &Value) -> Outcome {
    let endpoint = registry::find(text(given, "endpoint")).unwrap();
    let status = given["status"].as_u64().map_or(200, |status| u16::try_from(status).unwrap());
    let (body, key) = (text(given, "body").as_bytes(), text(given, "key"));
    let fields = reply::read_with_key(endpoint, status, body, key, &allowed(given))?;
    Ok(attributes(endpoint.reply, &fields))
}

fn oauth_json(given: &Value) -> Outcome {
    let call = registry::find(text(given, "call")).unwrap();
    let status = u16::try_from(given["status"].as_u64().unwrap()).unwrap();
    let fields = platform::reply::read(call, status, text(given, "body").as_bytes())?;
    Ok(attributes(call.reply, &fields))
}

/// The fields of a document with their types, as a user reads them as attributes.
fn attributes(record: &Record, fields: &Fields) -> Value {
    let mut object: Map<String, Value> = fields
        .iter()
        .map(|(name, value)| {
            let read =
                record.field(name).map_or(Read::Text(value), |field| field.read(Some(value)).unwrap_or(Read::Absent));
            (name.to_owned(), plain(read))
        })
        .collect();
    for list in record.lists {
        let items = list.read(fields).into_iter().map(|item| attributes(list.item, &item));
        object.insert(list.name.into(), items.collect());
    }
    Value::Object(object)
}

fn plain(read: Read<'_>) -> Value {
    match read {
        Read::Absent => Value::Null,
        Read::Text(text) => text.into(),
        Read::Bool(own) => own.into(),
        Read::Int(int) => int.into(),
        Read::Time(time) => format!("{}+08:00", time.to_dashed().replace(' ', "T")).into(),
        Read::Json(text) => serde_json::from_str(text).unwrap(),
    }
}
