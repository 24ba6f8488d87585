//! An emulator with a day's business, for the tests of bills.

use serde_json::{Value, json};
use wxpaykit::{BeijingTime, Fen, Options, Refund, WxPay};
use wxpaykit_emulator::{Config, Emulator, Running};

use super::{control, number, order};

const DAY: i64 = 86_400;

/// An emulator whose clock stands still.
pub async fn emulator() -> Running {
    let mut config = Config::default();
    config.frozen_clock = true;
    Emulator::start(config).await.unwrap()
}

/// Options with the merchant's certificate.
pub fn options(wechat: &Running, url: &str) -> Options {
    let mut options = super::options(url);
    options.merchant.client_cert = Some(wechat.client_cert().as_bytes().into());
    options.merchant.client_key = Some(wechat.client_key().as_bytes().into());
    options
}

/// Moves the clock to this hour of the next day in Beijing. Returns the day before.
pub async fn next_day(wechat: &Running, hour: i64) -> String {
    let clock = control(wechat, "GET", "/_emulator/clock", Value::Null).await;
    let now = clock["now"].as_i64().unwrap();
    let begins = (now + 8 * 3600).div_euclid(DAY) * DAY - 8 * 3600;
    let advance = begins + DAY + hour * 3600 - now;
    control(wechat, "POST", "/_emulator/clock", json!({ "advance_s": advance })).await;
    BeijingTime::from_unix(now).unwrap().to_dashed()[..10].to_owned()
}

/// Makes a payment of 88 fen and a refund of 30 at eight in the morning. Returns the order's number.
pub async fn business(wechat: &Running, pay: &WxPay) -> String {
    next_day(wechat, 8).await;
    let number = number();
    pay.unifiedorder(order(&number).attach("茶,热")).await.unwrap();
    control(wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": number })).await;
    let refund = Refund::new().out_trade_no(&number).out_refund_no(format!("R{number}"));
    pay.refund(refund.total_fee(Fen(88)).refund_fee(Fen(30))).await.unwrap();
    control(wechat, "POST", "/_emulator/clock", json!({ "advance_s": 60 })).await;
    number
}
