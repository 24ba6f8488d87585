//! The module's functions, on the caller's thread. They take a key of any length.

use std::path::Path;

use napi_derive::napi;
use wxpaykit::binding::{display, timeline};
use wxpaykit::doctor::config::{Evidence, PageSign};
use wxpaykit::doctor::{self, OtherKeys};
use wxpaykit::notify::{Answer, Incoming};
use wxpaykit::platform::{miniprogram, page_sign};
use wxpaykit::sign;
use wxpaykit::wire::xml;
use wxpaykit::{Error, Fen, Fields, SignType, client, notify, page, value};

use crate::error::{Result, explained, thrown};
use crate::frame::Frame;
use crate::named::headers_of;
use crate::tables;
use crate::text::{Body, OneText, Pieces, Text};

/// The key, then names and values.
#[napi(catch_unwind)]
pub fn sign(fields: Pieces, hmac: bool) -> Text {
    let sign_type = if hmac { SignType::HmacSha256 } else { SignType::Md5 };
    sign::sign(fields.pairs(1), fields.get(0), sign_type).into()
}

/// Names and values: the text that a signature is over.
#[napi(catch_unwind)]
pub fn string_to_sign(fields: Pieces) -> Text {
    sign::string_to_sign(fields.pairs(0)).into()
}

/// The key, then names and values: whether `sign` is right.
#[napi(catch_unwind)]
pub fn verify(fields: Pieces) -> bool {
    let message: Fields = fields.pairs(1).collect();
    sign::verify(&message, fields.get(0), SignType::ALL).is_ok()
}

/// Whether it is a document, and its `sign` is right.
#[napi(catch_unwind)]
pub fn verify_body(body: Body, key: OneText) -> bool {
    xml::parse(&body).is_ok_and(|fields| sign::verify(&fields, &key, SignType::ALL).is_ok())
}

/// The key, APIv3 key and AppSecret, empty where they are not known, the names whose values are numbers with a comma behind each, then
/// names and values: why the signature differs, as JSON.
#[napi(catch_unwind)]
pub fn explain(fields: Pieces) -> String {
    let others = others(fields.get(1), fields.get(2));
    let is_number = |name: &str| fields.get(3).split(',').any(|number| number == name);
    explained(&doctor::examine_typed(&fields.pairs(4).collect(), is_number, fields.get(0), others)).to_string()
}

/// A body, then as `explain`.
#[napi(catch_unwind)]
pub fn explain_body(body: Body, key: String, api_v3_key: String, app_secret: String) -> String {
    explained(&doctor::examine_body(&body, &key, others(&api_v3_key, &app_secret))).to_string()
}

fn others<'a>(api_v3_key: &'a str, app_secret: &'a str) -> OtherKeys<'a> {
    OtherKeys { api_v3_key: Some(api_v3_key), app_secret: Some(app_secret), ..Default::default() }
}

/// Why `wx.config` fails, as JSON. The ticket and the URL that was signed are empty where they are not known.
#[napi(catch_unwind)]
pub fn explain_jssdk(
    nonce_str: String,
    timestamp: String,
    signature: String,
    url: String,
    ticket: String,
    signed_url: String,
) -> String {
    let page = PageSign { nonce_str: &nonce_str, timestamp: &timestamp, signature: &signature, url: &url };
    let tickets = [ticket.as_str()];
    let tickets = if ticket.is_empty() { &[] } else { tickets.as_slice() };
    let signed_url = Some(signed_url.as_str()).filter(|url| !url.is_empty());
    explained(&doctor::config::config(&page, &Evidence { tickets, signed_url, ..Evidence::default() })).to_string()
}

/// A document: names and values.
#[napi(catch_unwind)]
pub fn parse_xml(body: Body) -> Result<Text> {
    let fields = xml::parse(&body).map_err(|error| thrown(error.into()))?;
    Ok(Frame::of_pairs(fields.iter()).into())
}

/// Names and values: a document.
#[napi(catch_unwind)]
pub fn build_xml(fields: Pieces) -> Result<Text> {
    xml::build(fields.pairs(0)).map(Text::from).map_err(thrown)
}

/// The document in `req_info` of a refund notification.
#[napi(catch_unwind)]
pub fn decrypt_req_info(req_info: String, api_key: String) -> Result<String> {
    wxpaykit::decrypt_req_info(&req_info, &api_key).map_err(thrown)
}

/// User data of a mini program: a document.
#[napi(catch_unwind)]
pub fn decrypt_user_data(encrypted_data: String, iv: String, session_key: String, appid: String) -> Result<Text> {
    let data = miniprogram::decrypt_user_data(&encrypted_data, &iv, &session_key, &appid).map_err(thrown)?;
    Ok(Frame::of_document(&data).into())
}

/// The secret, then names and values: the inner signature of WeCom's payments.
#[napi(catch_unwind)]
pub fn workwx_sign(fields: Pieces) -> Result<String> {
    wxpaykit::workwx_sign(&fields.pairs(1).collect(), fields.get(0)).map_err(thrown)
}

/// A text of an error that the package throws by itself, in the language of the environment.
#[napi(catch_unwind)]
pub fn phrase(text: String) -> String {
    wxpaykit::binding::language::phrase(&text).into_owned()
}

/// Why no file can be saved at a path.
#[napi(catch_unwind)]
pub fn wrong_place(path: String, takes_stream: bool) -> Option<&'static str> {
    wxpaykit::binding::place::wrong(Path::new(&path), takes_stream)
}

#[napi(catch_unwind)]
pub fn check_raw_data(raw_data: Body, signature: String, session_key: String) -> Result<()> {
    let text = std::str::from_utf8(&raw_data).map_err(|_| Error::invalid("raw_data", "is not UTF-8"));
    text.and_then(|text| miniprogram::check_raw_data(text, &signature, &session_key)).map_err(thrown)
}

#[napi(catch_unwind)]
pub fn jssdk_signature(ticket: String, noncestr: String, timestamp: i64, url: String) -> String {
    page_sign::signature(&ticket, &noncestr, timestamp, &url)
}

#[napi(catch_unwind)]
pub fn mweb_redirect_url(mweb_url: String, redirect_url: String) -> Result<String> {
    page::mweb_redirect_url(&mweb_url, &redirect_url).map_err(thrown)
}

#[napi(catch_unwind)]
pub fn new_out_trade_no(prefix: String) -> Result<String> {
    client::new_out_trade_no(&prefix).map_err(thrown)
}

#[napi(catch_unwind)]
pub fn new_out_refund_no(prefix: String) -> Result<String> {
    client::new_out_refund_no(&prefix).map_err(thrown)
}

/// A time inside an object of a request. `unix` is in seconds since 1970.
#[napi(catch_unwind)]
pub fn time_in_json(field: String, unix: i64) -> Result<String> {
    value::time_in_json(&field, unix).map_err(thrown)
}

#[napi(catch_unwind)]
pub fn yuan_to_fen(yuan: String) -> Result<i64> {
    Fen::from_yuan(&yuan).map(|fen| fen.0).map_err(thrown)
}

/// `fen` is an integer in digits.
#[napi(catch_unwind)]
pub fn fen_to_yuan(fen: String) -> Result<String> {
    let fen = fen.parse().map(Fen).map_err(|_| Error::invalid("fen", "is too large"));
    fen.and_then(Fen::to_yuan).map_err(thrown)
}

#[napi(catch_unwind)]
pub fn ack(ok: bool, msg: String) -> Result<String> {
    notify::ack(ok, &msg).map_err(thrown)
}

/// The answer to a notification.
#[napi(object)]
pub struct NotifyAnswer {
    pub status: u16,
    pub content_type: String,
    pub body: String,
}

/// The answer to a notification, in the form of its API. `body` is empty when it could not be read: then the headers tell which API it is.
#[napi(catch_unwind)]
pub fn answer_to(body: Body, headers: Vec<String>, ok: bool, is_refused: bool) -> NotifyAnswer {
    let headers = headers_of(&headers);
    let notification = Incoming::new(&body, &headers);
    let answer = if ok { Answer::ok(notification) } else { Answer::again(notification, is_refused) };
    NotifyAnswer { status: answer.status, content_type: answer.content_type.to_owned(), body: answer.body }
}

/// The documents that the facade makes objects of, as JSON; see `tables.rs`.
#[napi(catch_unwind)]
pub fn tables() -> String {
    tables::to_json()
}

/// A value as it may be shown; `redaction` is `plain`, `short` or `hidden`.
#[napi(catch_unwind)]
pub fn redact(redaction: String, value: String) -> String {
    tables::redaction(&redaction).apply(&value).into_owned()
}

/// A document as people read it, a line for each value: its class, its names and values by turns, and the paths of members to hide.
#[napi(catch_unwind)]
pub fn display(name: String, wire: Vec<String>, hidden: Option<Vec<String>>) -> String {
    let pairs = wire.chunks_exact(2).filter_map(|pair| Some((pair.first()?.as_str(), pair.get(1)?.as_str())));
    display::text(&name, tables::named(&name), &pairs.collect::<Fields>().hiding(hidden.unwrap_or_default()))
}

/// A text with an escape in place of each character that moves a cursor, colours a terminal or changes the direction of text.
#[napi(catch_unwind)]
pub fn clean(text: String) -> String {
    display::clean(&text).into_owned()
}

/// Something that happened to an order in the emulator; `at` is in seconds since 1970.
#[napi(object)]
pub struct Moment {
    pub at: i64,
    #[napi(ts_type = "'request' | 'customer' | 'notification'")]
    pub lane: String,
    pub what: String,
    pub ok: bool,
    pub detail: String,
}

/// The history of an order in the emulator, of JSON of its control API.
#[napi(catch_unwind)]
pub fn moments(out_trade_no: String, order: String, refunds: String, journal: String) -> Vec<Moment> {
    let moment = |one: timeline::Moment| {
        let timeline::Moment { at, lane, what, ok, detail } = one;
        Moment { at, lane: lane.to_owned(), what, ok, detail }
    };
    timeline::moments(&out_trade_no, &order, &refunds, &journal).into_iter().map(moment).collect()
}

/// Runs the command `wxpaykit` on this process's own streams, for npm's bin: the command line, and folders where the emulator may be.
/// Gives the exit code.
#[napi(catch_unwind)]
pub fn command(args: Vec<String>, folders: Vec<String>) -> u8 {
    let args = args.into_iter().map(Into::into).collect::<Vec<_>>();
    wxpaykit_cli::run_here(args, folders.into_iter().map(Into::into).collect())
}
