//! Core's functions whose time and nonce are arguments, for the shared vectors. No export of the package reaches them.

use wxpaykit::registry;
use wxpaykit::table::Document;
use wxpaykit::v2::reply;
use wxpaykit::wire::xml;
use wxpaykit::{
    BeijingTime, Error, Fields, Merchant, MerchantOptions, PaymentNotification, SignType, out_trade_no, page, platform,
    sign,
};

use crate::flat::Flat;
use crate::frame::Frame;
use crate::js::{Call, Value};

/// Kind, flat names and values, how many pieces, and a body.
pub(crate) fn probe(call: &Call<'_>) -> Value {
    let (kind, text) = (call.text(0), call.text(1));
    let given: Fields = Flat::new(&text, call.int(2)).map(|mut flat| flat.pairs().collect()).unwrap_or_default();
    let body = call.with_bytes(3, <[u8]>::to_vec);
    let frame = match kind.as_str() {
        "verify" => Frame::of(verify(&given, &body), |found| Frame::from_text(found.as_str())),
        "notify_payment" => {
            Frame::of(notification(&given, &body), |it| Frame::from_record(PaymentNotification::RECORD, it.fields()))
        }
        "beijing_time" => {
            let time = number(&given, "unix").and_then(BeijingTime::from_unix);
            Frame::of(time, |time| {
                Frame::from_map([("wire", &*time.to_wire()), ("dashed", &*time.to_dashed())].into_iter())
            })
        }
        "out_trade_no" => Frame::of(out_trade_no::check_out_trade_no(text_of(&given, "value")), |()| Frame::nothing()),
        "reply" => reply(&given, &body),
        "oauth_json" => open_platform(&given, &body),
        _ => Frame::of(page_params(&kind, &given), |params| Frame::from_map(params.iter())),
    };
    call.give_frame(&frame)
}

fn verify(given: &Fields, body: &[u8]) -> Result<SignType, Error> {
    Ok(sign::verify(&xml::parse(body)?, text_of(given, "key"), &allowed(given)?)?)
}

fn notification(given: &Fields, body: &[u8]) -> Result<PaymentNotification, Error> {
    let (key, appid, mch_id) = (text_of(given, "key"), text_of(given, "appid"), text_of(given, "mch_id"));
    PaymentNotification::parse_with_key(body, key, &allowed(given)?, appid, mch_id)
}

fn reply(given: &Fields, body: &[u8]) -> Frame {
    let Some(endpoint) = registry::find(text_of(given, "endpoint")) else { return Frame::nothing() };
    let read = allowed(given)
        .and_then(|allowed| reply::read_with_key(endpoint, status(given), body, text_of(given, "key"), &allowed));
    Frame::of(read, |fields| Frame::from_record(endpoint.reply, fields))
}

fn open_platform(given: &Fields, body: &[u8]) -> Frame {
    let Some(call) = platform::find(text_of(given, "call")) else { return Frame::nothing() };
    Frame::of(platform::reply::read(call, status(given), body), |fields| Frame::from_record(call.reply, fields))
}

fn status(given: &Fields) -> u16 {
    text_of(given, "status").parse().unwrap_or(200)
}

fn page_params(kind: &str, given: &Fields) -> Result<wxpaykit::PageParams, Error> {
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

fn allowed(given: &Fields) -> Result<Vec<SignType>, Error> {
    text_of(given, "allowed").split(',').map(str::parse).collect()
}

fn text_of<'a>(given: &'a Fields, name: &str) -> &'a str {
    given.get(name).unwrap_or_default()
}

fn number(given: &Fields, name: &str) -> Result<i64, Error> {
    text_of(given, name).parse().map_err(|_| Error::invalid(name, "must be an integer"))
}
