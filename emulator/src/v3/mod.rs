//! APIv3: its rows, checks and replies (protocol v3).

mod answer;
mod authorize;
mod bill;
mod certificates;
mod code;
mod combined;
mod media;
mod order;
mod refund;
mod relation;
mod reply;
mod request;
mod rows;
mod rules;
mod schema;
mod sharing;
mod times;
mod transfer;

pub(crate) use self::answer::{answer, number};
pub(crate) use self::reply::V3Answer;
pub(crate) use self::request::{File, Request};
pub(crate) use self::rows::{ROWS, Route, RouteError, find};
