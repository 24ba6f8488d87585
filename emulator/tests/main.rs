//! The tests of the emulator's interface, as one program: a program for each file would take longer to build than all of them take to run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod access;
mod bills;
mod binary;
mod browser;
mod cashier;
mod common;
mod connections;
mod control;
mod corpus;
mod foreign;
mod notice_faults;
mod notifications;
mod orders;
mod page;
mod pay_codes;
mod platform;
mod protocol;
mod refunds;
mod reply_faults;
mod restart;
mod tls;
mod v3;
mod v3_combined;
mod v3_money;
mod v3_orders;
mod v3_uploads;
mod workwx;
