//! APIv2, the payment API: its rows, checks and replies.

mod answer;
mod bill;
mod causes;
mod code;
mod forms;
mod order;
mod refund;
mod reply;
mod rows;
mod rules;
mod tools;
mod validate;
mod workwx;

pub(crate) use self::answer::{answer, number, read, refused, with_carriage_return};
pub(crate) use self::reply::V2Answer;
pub(crate) use self::rows::{find, rows};
pub(crate) use self::rules::Row;
