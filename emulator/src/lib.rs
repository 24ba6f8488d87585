//! WeChat on a loopback port: OAuth, orders, payments and notifications, to develop and test WeChat Pay with.
//!
//! ```no_run
//! # async fn test() -> Result<(), Box<dyn std::error::Error>> {
//! use wxpaykit_emulator::{Config, Emulator};
//!
//! let wechat = Emulator::start(Config::default()).await?;
//! println!("{}", wechat.url());
//! wechat.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! What it believes about WeChat is its own; of `wxpaykit` it uses the wire and the signatures, never the client.

#![forbid(unsafe_code)]

mod access;
mod agenda;
mod app;
mod cashier;
mod clock;
mod config;
mod control;
mod db;
mod faults;
mod http;
mod ids;
mod issued;
mod journal;
mod jssdk;
mod kept;
mod live;
mod merchant;
mod notify;
mod oauth;
mod order;
mod orders;
mod pay;
mod payment;
mod people;
mod platform;
mod server;
mod web;

pub use config::{Config, Layout, OpenIds};
pub use merchant::{Merchant, MerchantError};
pub use notify::SCHEDULE;
pub use server::{Emulator, Running, StartError};
