//! The native half of the npm package `wxpaykit`, private to its TypeScript facade in `node/ts`.
//!
//! It converts and nothing else: every rule is in the crate `wxpaykit`. One flat text crosses in, one text and a row of
//! numbers cross back, whatever they hold: see [`flat`] and [`frame`]. [`js`] is the only module that speaks Node-API.

mod bridge;
mod calls;
mod client;
mod flat;
mod frame;
mod functions;
mod handling;
mod js;
mod probe;
mod store;
mod tables;
mod watch;

use js::Handler;

// What one thread allocates here another frees, and the system's allocator makes them wait for each other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the facade finds in the addon.
const FUNCTIONS: &[(&str, Handler)] = &[
    ("sign", functions::sign),
    ("stringToSign", functions::string_to_sign),
    ("verify", functions::verify),
    ("verifyBody", functions::verify_body),
    ("explain", functions::explain),
    ("explainBody", functions::explain_body),
    ("parseXml", functions::parse_xml),
    ("buildXml", functions::build_xml),
    ("jssdkSignature", functions::jssdk_signature),
    ("mwebRedirectUrl", functions::mweb_redirect_url),
    ("newOutTradeNo", functions::new_out_trade_no),
    ("yuanToFen", functions::yuan_to_fen),
    ("fenToYuan", functions::fen_to_yuan),
    ("ack", functions::ack),
    ("create", client::create),
    ("describe", client::describe),
    ("pageParams", client::page_params),
    ("authorizeUrl", client::authorize_url),
    ("parseNotification", client::parse_notification),
    ("connect", calls::connect),
    ("submit", calls::submit),
    ("abort", calls::abort),
    ("check", handling::check),
    ("answer", store::answer),
    ("listen", watch::listen),
    ("tables", tables::tables),
    ("probe", probe::probe),
];
