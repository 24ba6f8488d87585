//! The open platform: web authorisation, tokens, tickets, and the JS-SDK's pages.

mod calls;
pub mod jssdk;
pub mod oauth;
pub mod page_sign;
pub mod reply;
pub mod token;

pub use self::calls::{
    AUTH, CALLS, Call, FORCED_TOKEN, GETTICKET, REFRESH_TOKEN, STABLE_TOKEN, TOKEN, USERINFO, WEB_TOKEN, find,
};
