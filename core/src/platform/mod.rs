//! The open platform and WeCom: web authorisation, mini programs, tokens, tickets, and the JS-SDK's pages.

pub mod jssdk;
pub mod miniprogram;
pub mod oauth;
pub mod page_sign;
pub mod reply;
pub mod request;
pub mod token;
pub mod wecom;
