//! The open platform: web authorisation, tokens, tickets, and the JS-SDK's pages.

pub mod jssdk;
pub mod oauth;
pub mod page_sign;
pub mod reply;
pub mod request;
pub mod token;
