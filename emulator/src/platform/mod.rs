//! The open platform, api.weixin.qq.com: its calls with their rules, and JSON answers.

mod account;
mod answer;
mod call;
mod component;
mod miniprogram;
mod oauth;
mod reasons;
mod rows;
mod wecom;

pub(crate) use self::answer::answer;
pub(crate) use self::call::{Request, Row};
pub(crate) use self::rows::ROWS;
