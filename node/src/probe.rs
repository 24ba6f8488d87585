//! For the package's own tests: core's functions with time and nonce as arguments, and a client's store. Only in builds with the
//! feature `probe`; published ones do not have it.

use std::time::Duration;

use napi::Env;
use napi_derive::napi;
use serde_json::json;
use wxpaykit::binding::job::Job;
use wxpaykit::registry;
use wxpaykit::store::{Store, StoreError};
use wxpaykit::table::Record;
use wxpaykit::v2::reply;
use wxpaykit::wire::xml;
use wxpaykit::{
    BeijingTime, Error, Fields, Merchant, MerchantOptions, PaymentNotification, Secret, SignType, out_trade_no, page,
    platform, sign,
};

use crate::bridge::Bridge;
use crate::client::Client;
use crate::error::{self, Result, thrown};
use crate::frame::Frame;
use crate::queue::{Message, Topic};
use crate::text::{Body, Pieces, Text};

type Found = std::result::Result<(Topic, Frame), Error>;

/// A kind of vector, its names and values, and a body: a message without a number.
#[napi(catch_unwind)]
pub fn probe(kind: String, given: Pieces, body: Body) -> Result<Text> {
    let given: Fields = given.pairs(0).collect();
    let (topic, frame) = run(&kind, &given, &body).map_err(thrown)?;
    Ok(frame.addressed(topic as u16, 0))
}

/// What a client's store does, as a call under a number: method, key, value, old value, life in milliseconds.
#[napi(catch_unwind)]
pub fn probe_store(bridge: &Bridge, env: Env, number: u32, client: &Client, call: Pieces) {
    let (store, about) = (std::sync::Arc::clone(&client.store), Job::Nothing.about());
    let call: Vec<String> = call.iter().map(str::to_owned).collect();
    bridge.spawn(env, number, client, about, false, async move {
        match ask(&*store, &call).await {
            Ok(answer) => {
                let answer = answer.as_ref().map(Secret::expose);
                Message::new(Topic::Json, number, Frame::of_json(&json!({ "answer": answer })))
            }
            Err(error) => Message::new(Topic::Failed, number, Frame::of_text(&error::to_json(&error.into()))),
        }
    });
}

async fn ask(store: &dyn Store, call: &[String]) -> std::result::Result<Option<Secret>, StoreError> {
    let piece = |index: usize| call.get(index).map(String::as_str).unwrap_or_default();
    let (key, value, old) = (piece(1), Secret::new(piece(2)), Secret::new(piece(3)));
    let life = Duration::from_millis(piece(4).parse().unwrap_or_default());
    let said = |is: bool| Some(Secret::new(is.to_string()));
    match piece(0) {
        "get" => store.get(key).await,
        "put" => store.put(key, &value, life).await.map(|()| None),
        "add" => store.add(key, &value, life).await.map(said),
        "compareAndSet" => store.compare_and_set(key, &old, &value, life).await.map(said),
        _ => store.delete(key).await.map(|()| None),
    }
}

fn run(kind: &str, given: &Fields, body: &[u8]) -> Found {
    Ok(match kind {
        "verify" => {
            let found = sign::verify(&xml::parse(body)?, text_of(given, "key"), &allowed(given)?)?;
            (Topic::Text, Frame::of_text(found.as_str()))
        }
        "notify_payment" => {
            let (key, appid, mch_id) = (text_of(given, "key"), text_of(given, "appid"), text_of(given, "mch_id"));
            let found = PaymentNotification::parse_with_key(body, key, &allowed(given)?, appid, mch_id)?;
            (Topic::Document, Frame::of_document(&found))
        }
        "beijing_time" => {
            let time = BeijingTime::from_unix(number(given, "unix")?)?;
            (Topic::Json, Frame::of_json(&json!({ "wire": &*time.to_wire(), "dashed": &*time.to_dashed() })))
        }
        "out_trade_no" => {
            out_trade_no::check_out_trade_no(text_of(given, "value"))?;
            (Topic::Nothing, Frame::default())
        }
        "reply" => {
            let name = text_of(given, "endpoint");
            let endpoint = registry::find(name).ok_or_else(|| Error::invalid("endpoint", "is unknown"))?;
            let key = text_of(given, "key");
            let fields = reply::read_with_key(endpoint, status(given), body, key, &allowed(given)?)?;
            document(endpoint.reply, &fields)
        }
        "oauth_json" => {
            let name = text_of(given, "call");
            let call = registry::find(name).ok_or_else(|| Error::invalid("call", "is unknown"))?;
            document(call.reply, &platform::reply::read(call, status(given), body)?)
        }
        "v3_bill_hash" => {
            let plain = wxpaykit::v3::check_bill(body, text_of(given, "hash_value"))?;
            (Topic::Json, Frame::of_json(&json!(plain.len())))
        }
        _ => {
            let params = page_params(kind, given)?;
            let params: serde_json::Map<_, _> =
                params.iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            (Topic::Json, Frame::of_json(&params))
        }
    })
}

fn document(record: &'static Record, fields: &Fields) -> (Topic, Frame) {
    let mut frame = Frame::default();
    frame.push_document(Some(record), fields);
    (Topic::Document, frame)
}

fn status(given: &Fields) -> u16 {
    text_of(given, "status").parse().unwrap_or(200)
}

fn page_params(kind: &str, given: &Fields) -> std::result::Result<wxpaykit::PageParams, Error> {
    let mch_id = given.filled("mch_id").unwrap_or("10000100");
    let mut options = MerchantOptions::new(text_of(given, "appid"), mch_id, text_of(given, "key"));
    options.sign_type = text_of(given, "sign_type").parse()?;
    let merchant = Merchant::new(options)?;
    let (prepay_id, now, nonce) = (text_of(given, "prepay_id"), number(given, "timestamp")?, text_of(given, "nonce"));
    match kind {
        "jsapi_params" => page::jsapi_params(&merchant, prepay_id, None, now, nonce),
        "choose_wxpay_params" => page::choose_wxpay_params(&merchant, prepay_id, None, now, nonce),
        "miniprogram_params" => page::miniprogram_params(&merchant, prepay_id, None, now, nonce),
        "app_params" => page::app_params(&merchant, prepay_id, None, None, now, nonce),
        _ => Err(Error::invalid("kind", "is unknown")),
    }
}

fn allowed(given: &Fields) -> std::result::Result<Vec<SignType>, Error> {
    text_of(given, "allowed").split(',').map(str::parse).collect()
}

fn text_of<'a>(given: &'a Fields, name: &str) -> &'a str {
    given.get(name).unwrap_or_default()
}

fn number(given: &Fields, name: &str) -> std::result::Result<i64, Error> {
    text_of(given, name).parse().map_err(|_| Error::invalid(name, "must be an integer"))
}
