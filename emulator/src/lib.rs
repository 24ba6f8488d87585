//! WeChat on a loopback port, to develop and test with WeChat Pay: OAuth, orders, payments and notifications.
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
//! Its rules are its own. Of `wxpaykit` it uses documents and signatures, never the client, so that a mistake in the client
//! does not hide behind the same mistake here.

#![forbid(unsafe_code)]

mod app;
mod config;
mod faults;
mod journal;
mod live;
mod platform;
mod reasons;
mod serve;
mod v2;
mod v3;
mod wechat;
mod world;

pub use config::{Config, Layout, OpenIds, Tls};
#[doc(hidden)]
pub use serve::Inputs;
pub use serve::{Emulator, Running, StartError};
pub use world::merchant::{Merchant, MerchantError};
pub use world::notification::SCHEDULE;
