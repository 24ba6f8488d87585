//! The pages in a browser: the bridge for merchants' pages, the cashier, WeChat's own pages, and the page that explains.
//! Everything is loaded from the emulator itself.

mod authorize;
mod bridge;
mod consent;
mod explain;
mod me;
mod mobile;
mod native;
mod page;
mod pay_code;
mod payreq;
mod router;
mod waiting;

pub(super) use self::router::router;
