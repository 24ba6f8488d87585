//! The module's functions: text in, text out, on the caller's thread. They take a key of any length.

use wxpaykit::SignType;
use wxpaykit::doctor::{self, OtherKeys};
use wxpaykit::platform::page_sign;
use wxpaykit::sign;
use wxpaykit::wire::xml;
use wxpaykit::{Error, Fen, Fields, client, notify, page};

use crate::flat::Flat;
use crate::frame::Frame;
use crate::js::{Call, Value};

/// The flat text (key, then names and values), how many pieces, whether HMAC-SHA256: the signature, or `undefined` when the
/// pieces are not as many.
pub(crate) fn sign(call: &Call<'_>) -> Value {
    let (count, sign_type) = (call.int(1), if call.int(2) == 1 { SignType::HmacSha256 } else { SignType::Md5 });
    let made = call.with_text(0, |text| {
        let mut flat = Flat::new(text, count)?;
        let key = flat.next()?;
        Some(sign::sign(flat.pairs(), key, sign_type))
    });
    made.map_or(Value::UNDEFINED, |made| call.give_text(&made))
}

/// Flat names and values, how many pieces: the text that a signature is over, or `undefined`.
pub(crate) fn string_to_sign(call: &Call<'_>) -> Value {
    let count = call.int(1);
    let made = call.with_text(0, |text| {
        let mut flat = Flat::new(text, count)?;
        Some(sign::string_to_sign(flat.pairs()))
    });
    made.map_or(Value::UNDEFINED, |made| call.give_text(&made))
}

/// The flat text (key, then names and values), how many pieces: whether `sign` is right, or `undefined`.
pub(crate) fn verify(call: &Call<'_>) -> Value {
    let count = call.int(1);
    let right = call.with_text(0, |text| {
        let mut flat = Flat::new(text, count)?;
        let key = flat.next()?;
        let fields: Fields = flat.pairs().collect();
        Some(sign::verify(&fields, key, SignType::ALL).is_ok())
    });
    right.map_or(Value::UNDEFINED, |right| call.give_bool(right))
}

/// A document and a key: whether it is one, and its `sign` is right.
pub(crate) fn verify_body(call: &Call<'_>) -> Value {
    let fields = call.with_bytes(0, xml::parse);
    let right = fields.is_ok_and(|fields| call.with_text(1, |key| sign::verify(&fields, key, SignType::ALL).is_ok()));
    call.give_bool(right)
}

/// The flat text (key, APIv3 key, AppSecret, then names and values), how many pieces: why a signature differs. Keys that
/// are not known are empty.
pub(crate) fn explain(call: &Call<'_>) -> Value {
    let count = call.int(1);
    let frame = call.with_text(0, |text| {
        let mut flat = Flat::new(text, count)?;
        let (key, api_v3_key, app_secret) = (flat.next()?, flat.next()?, flat.next()?);
        let fields: Fields = flat.pairs().collect();
        Some(explanation(&fields, key, api_v3_key, app_secret))
    });
    frame.map_or(Value::UNDEFINED, |frame| call.give_frame(&frame))
}

/// A document, key, APIv3 key, AppSecret: why its signature differs.
pub(crate) fn explain_body(call: &Call<'_>) -> Value {
    let fields = call.with_bytes(0, xml::parse).map_err(Error::from);
    let [key, api_v3_key, app_secret] = [1, 2, 3].map(|index| call.text(index));
    let frame = Frame::of(fields, |fields| explanation(fields, &key, &api_v3_key, &app_secret));
    call.give_frame(&frame)
}

fn explanation(fields: &Fields, key: &str, api_v3_key: &str, app_secret: &str) -> Frame {
    let others = OtherKeys { api_v3_key: Some(api_v3_key), app_secret: Some(app_secret), ..Default::default() };
    let made = doctor::explain_with(fields, key, None, others);
    let message = made.mistake.to_string();
    let pairs = [
        ("stringToSign", made.string_to_sign.as_str()),
        ("signType", made.sign_type.as_str()),
        ("mistake", made.mistake.code()),
        ("message", message.as_str()),
    ];
    let likely = made.likely_string.as_deref().map(|text| ("likelyString", text));
    let pairs: Vec<_> = pairs.into_iter().chain(likely).collect();
    Frame::from_map(pairs.into_iter())
}

/// A document: its fields.
pub(crate) fn parse_xml(call: &Call<'_>) -> Value {
    let fields = call.with_bytes(0, xml::parse).map_err(Error::from);
    call.give_frame(&Frame::of(fields, |fields| Frame::from_map(fields.iter())))
}

/// Flat names and values, how many pieces: the document, or `undefined`.
pub(crate) fn build_xml(call: &Call<'_>) -> Value {
    let count = call.int(1);
    let built = call.with_text(0, |text| {
        let mut flat = Flat::new(text, count)?;
        Some(xml::build(flat.pairs()))
    });
    built.map_or(Value::UNDEFINED, |built| give_text(call, built))
}

/// Ticket, noncestr, timestamp, url.
pub(crate) fn jssdk_signature(call: &Call<'_>) -> Value {
    let timestamp = call.text(2).parse().unwrap_or_default();
    call.give_text(&page_sign::signature(&call.text(0), &call.text(1), timestamp, &call.text(3)))
}

/// `mweb_url`, and where to come back to.
pub(crate) fn mweb_redirect_url(call: &Call<'_>) -> Value {
    give_text(call, page::mweb_redirect_url(&call.text(0), &call.text(1)))
}

/// A prefix.
pub(crate) fn new_out_trade_no(call: &Call<'_>) -> Value {
    give_text(call, call.with_text(0, client::new_out_trade_no))
}

/// Yuan text: fen.
pub(crate) fn yuan_to_fen(call: &Call<'_>) -> Value {
    let fen = call.with_text(0, Fen::from_yuan);
    #[expect(clippy::cast_precision_loss, reason = "the facade refuses what a number cannot hold")]
    call.give_frame(&Frame::of(fen, |fen| Frame::from_number(fen.0 as f64)))
}

/// An integer of fen, as text: yuan text.
pub(crate) fn fen_to_yuan(call: &Call<'_>) -> Value {
    let fen = call.with_text(0, |text| text.parse().map(Fen)).map_err(|_| Error::invalid("fen", "is too large"));
    give_text(call, fen.and_then(Fen::to_yuan))
}

/// 1 to acknowledge or 0 to ask again, and the message.
pub(crate) fn ack(call: &Call<'_>) -> Value {
    give_text(call, call.with_text(1, |msg| notify::ack(call.int(0) == 1, msg)))
}

fn give_text(call: &Call<'_>, result: Result<String, Error>) -> Value {
    call.give_frame(&Frame::of(result, |text| Frame::from_text(text)))
}
