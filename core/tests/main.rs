//! The tests of the crate's public interface, as one program: a program for each file would take longer to build than all of them take to run.
//! `killed.rs` is a program of its own: it starts itself, and `make killed` runs it alone.

#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bill;
mod bills;
mod broken;
mod certificate;
mod check;
mod check_v3;
mod client;
mod code_flow;
mod codes;
mod common;
mod corpus;
mod coupons;
mod currency;
mod debug;
mod digest;
mod dispatch;
mod faults;
mod handle;
mod identity;
mod miniprogram;
mod mistakes;
mod names;
mod native_codes;
mod notification;
mod paths;
mod phrases;
mod providers;
mod questions;
mod refund;
mod refusals;
mod reply_rows;
mod request;
mod retry;
mod send;
mod store;
mod streaming;
mod tokens;
mod transport;
mod unnamed_store;
mod v3;
mod v3_bills;
mod v3_client;
mod v3_files;
mod v3_money;
mod v3_notify;
mod v3_rows;
mod v3_settings;
mod vectors;
mod wecom;
mod workwx;
