//! Calls with I/O: from the facade's pieces to core's [`Job`], and from its [`Output`] to a message.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::json;
use wxpaykit::binding::job::{Job, Output};
use wxpaykit::platform::jssdk::PageConfig;
use wxpaykit::registry;
use wxpaykit::value::{Params, Value};
use wxpaykit::{BeijingTime, Error, Pending, PendingRefund, Secret};

use crate::code_payment;
use crate::error;
use crate::frame::Frame;
use crate::handling::{self, Handling, Held};
use crate::queue::{Message, OfBill, Topic};
use crate::text::Pieces;

/// The call's name, then its arguments; for a notification, its body.
pub(crate) fn read(pieces: &Pieces, body: Vec<u8>) -> Result<Job, Error> {
    let argument = |index: usize| pieces.get(1 + index).to_owned();
    let name = pieces.get(0);
    if let Some(endpoint) = registry::find(name) {
        return Ok(Job::of(endpoint, params(pieces, 1)));
    }
    Ok(match name {
        "call" => Job::Call { path: argument(0), params: params(pieces, 2) },
        "check" => Job::Check,
        "notify.confirm" => Job::Confirm { body },
        "notify.handle" => Job::Begin { body },
        "notify.handle_any" => Job::BeginAny { body, failures: is_true(&argument(0)) },
        "notify.confirm_refund" => Job::ConfirmRefund { body },
        "reconcile_refunds" => Job::BeginPendingRefund {
            pending: PendingRefund {
                out_refund_no: argument(0),
                refund_fee: handling::fen("refund_fee", &argument(1))?,
                created: argument(2).parse().map_err(|_| Error::invalid("created", "must be a Date"))?,
                sub_mch_id: filled(argument(3)),
            },
            failures: is_true(&argument(4)),
        },
        "reconcile" => Job::BeginPending(Pending {
            out_trade_no: argument(0),
            total_fee: handling::fen("total_fee", &argument(1))?,
            created: argument(2).parse().map_err(|_| Error::invalid("created", "must be a Date"))?,
            sub_mch_id: filled(argument(3)),
        }),
        "wait_for_payment" => Job::WaitForPayment {
            out_trade_no: argument(0),
            total_fee: handling::fen("totalFee", &argument(1))?,
            within: Duration::from_millis(argument(2).parse().unwrap_or_default()),
            hand_over: is_true(&argument(3)),
            sub_mch_id: filled(argument(4)),
        },
        "jssdk.config" => Job::JssdkConfig(page_config(pieces)),
        "jssdk.access_token" => Job::JssdkAccessToken { refused: filled(argument(0)).map(Secret::new) },
        "jssdk.jsapi_ticket" => Job::JssdkJsapiTicket,
        _ => return Err(Error::invalid("call", "is unknown to the native module")),
    })
}

/// What a job came to, under the number of its call.
pub(crate) fn message(number: u32, result: Result<Output, Error>) -> Message {
    let (topic, frame) = match result {
        Ok(Output::Document(record, fields)) => {
            let mut frame = Frame::default();
            frame.push_document(record, &fields);
            (Topic::Document, frame)
        }
        Ok(Output::Secret(token)) => (Topic::Text, Frame::of_text(token.expose())),
        Ok(Output::Json(json)) => (Topic::Json, Frame::of_text(&json)),
        Ok(Output::NotOurs { state, trade_state, next_due, out_trade_no }) => {
            let found = json!({
                "state": state, "trade_state": trade_state, "next_due": next_due, "out_trade_no": out_trade_no
            });
            (Topic::Json, Frame::of_json(&found))
        }
        Ok(Output::Handling(ours)) => return handed(number, Held::Payment(*ours)),
        Ok(Output::Bill(bill)) => return about_bill(Topic::Bill, number, OfBill::Bill(bill)),
        Ok(Output::Rows(Some(rows))) => return about_bill(Topic::Rows, number, OfBill::Rows(rows)),
        Ok(Output::Bytes(Some(bytes))) => return about_bill(Topic::Bytes, number, OfBill::Bytes(bytes)),
        Ok(Output::RefundHandling(ours)) => return handed(number, Held::Refund(*ours)),
        Ok(Output::CodeProgress(progress)) => (Topic::Json, code_payment::progress(&progress)),
        Ok(Output::CodeEnded(result)) => (Topic::Json, code_payment::ended(&result)),
        // The facade asks for one order a call.
        Ok(Output::Nothing | Output::Each(_) | Output::Rows(None) | Output::Bytes(None)) => {
            (Topic::Nothing, Frame::default())
        }
        Err(error) => (Topic::Failed, Frame::of_text(&error::to_json(&error))),
    };
    Message::new(topic, number, frame)
}

fn handed(number: u32, held: Held) -> Message {
    Message { handling: Some(Handling::new(held)), ..Message::new(Topic::Handling, number, Frame::default()) }
}

fn about_bill(topic: Topic, number: u32, of_bill: OfBill) -> Message {
    Message { of_bill: Some(of_bill), ..Message::new(topic, number, Frame::default()) }
}

fn filled(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// Names, and values behind the letter of their type.
pub(crate) fn params(pieces: &Pieces, first: usize) -> Params<'static> {
    pieces.pairs(first).map(|(name, value)| (Cow::Owned(name.to_owned()), typed(value))).collect()
}

fn typed(value: &str) -> Value<'static> {
    let (letter, text) = value.split_at_checked(1).unwrap_or_default();
    let other = |name: &'static str| Value::Other(name.into());
    match letter {
        "t" => Value::Text(text.to_owned().into()),
        "i" => text.parse().map_or_else(|_| other("an integer beyond 64 bits"), Value::Int),
        "b" => Value::Bool(is_true(text)),
        "d" => text
            .parse()
            .ok()
            .and_then(|seconds| BeijingTime::from_unix(seconds).ok())
            .map_or_else(|| other("a Date outside the years 1 to 9999"), Value::Time),
        "j" => Value::Json(text.to_owned().into()),
        _ => Value::Other(text.to_owned().into()),
    }
}

/// URL, whether to debug, how many names `jsApiList` has, these, and those of `openTagList`.
fn page_config(pieces: &Pieces) -> PageConfig {
    let lists: Vec<String> = pieces.iter().skip(4).map(str::to_owned).collect();
    let (apis, tags) = lists.split_at(pieces.get(3).parse().unwrap_or(0).min(lists.len()));
    PageConfig {
        url: pieces.get(1).to_owned(),
        debug: is_true(pieces.get(2)),
        js_api_list: apis.to_vec(),
        open_tag_list: tags.to_vec(),
    }
}

fn is_true(text: &str) -> bool {
    text == "true"
}
