//! APIv2, the payment API: its paths, checks and replies.

mod answer;
mod paths;
mod reply;
mod validate;

pub(crate) use self::answer::{answer, number, read, refused};
pub(crate) use self::paths::Endpoint;
