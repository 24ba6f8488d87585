//! Calls with I/O: from the facade's text to core's [`Job`], and from its [`Output`] to a message.

use std::borrow::Cow;

use serde_json::json;
use wxpaykit::Error;
use wxpaykit::binding::job::{AnyHandling, Job, Output};
use wxpaykit::client::V3Page;
use wxpaykit::value::Params;

use crate::code_payment;
use crate::error;
use crate::frame::Frame;
use crate::handling::Handling;
use crate::queue::{BillMessage, Message, Topic};
use crate::text::Pieces;
use crate::value::typed;

/// A call of the payment API: its name, for `call` its path, and its fields.
pub(crate) fn read(pieces: &Pieces) -> Result<Job, Error> {
    match pieces.get(0) {
        "call" => Ok(Job::Call { path: pieces.get(1).to_owned(), params: params(pieces, 2) }),
        "v3.order_and_params" => {
            Ok(Job::V3OrderAndParams { page: V3Page::parse(pieces.get(1))?, params: params(pieces, 2) })
        }
        name => {
            Job::named(name, params(pieces, 1)).ok_or_else(|| Error::invalid("call", "is unknown to the native module"))
        }
    }
}

/// The message with a job's result, under the number of its call.
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
        Ok(Output::Handling(ours)) => return handed(number, ours),
        Ok(Output::Bill(bill)) => return about_bill(Topic::Bill, number, BillMessage::Bill(bill)),
        Ok(Output::Rows(Some(rows))) => return about_bill(Topic::Rows, number, BillMessage::Rows(rows)),
        Ok(Output::Bytes(Some(bytes))) => return about_bill(Topic::Bytes, number, BillMessage::Bytes(bytes)),
        Ok(Output::CodeProgress(progress)) => (Topic::Json, code_payment::progress(&progress)),
        Ok(Output::CodeEnded(result)) => (Topic::Json, code_payment::ended(&result)),
        Ok(Output::Each(results)) => return several(Topic::Each, number, Frame::default(), results),
        Ok(Output::Parts { combine_out_trade_no, parts }) => {
            return several(Topic::Parts, number, Frame::of_text(&combine_out_trade_no), parts);
        }
        Ok(Output::Nothing | Output::Rows(None) | Output::Bytes(None)) => (Topic::Nothing, Frame::default()),
        Err(error) => (Topic::Failed, Frame::of_text(&error::to_json(&error))),
    };
    Message::new(topic, number, frame)
}

fn handed(number: u32, ours: Box<dyn AnyHandling>) -> Message {
    Message { handling: Some(Handling::new(ours)), ..Message::new(Topic::Handling, number, Frame::default()) }
}

fn several(topic: Topic, number: u32, frame: Frame, results: Vec<Result<Output, Error>>) -> Message {
    let each = results.into_iter().map(|result| message(number, result)).collect();
    Message { each, ..Message::new(topic, number, frame) }
}

fn about_bill(topic: Topic, number: u32, of_bill: BillMessage) -> Message {
    Message { of_bill: Some(of_bill), ..Message::new(topic, number, Frame::default()) }
}

/// Names, and values behind the letter of their type.
pub(crate) fn params(pieces: &Pieces, first: usize) -> Params<'static> {
    pieces.pairs(first).map(|(name, value)| (Cow::Owned(name.to_owned()), typed(value))).collect()
}
