//! The forms of values (protocol §9.5 and §13).

use std::cell::RefCell;
use std::net::IpAddr;

use url::Url;
use wxpaykit::BeijingTime;

use super::rules::Form;

pub(super) const DIGITS: Form = Form::Like(|text, _| digits(text), ["digits only", "只能是数字"]);

/// `out_trade_no`. Older documents list `@` as well.
pub(super) const NUMBER: Form = Form::Like(
    |text, strict| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-|*".contains(&b) || (b == b'@' && !strict)),
    ["letters, digits and _-|* only", "只能是字母、数字和 _-|*"],
);

/// How many to skip.
pub(super) const COUNT: Form = Form::Like(|text, _| text.len() <= 9 && digits(text), ["a whole number", "整数"]);

pub(super) const FEN: Form = Form::Like(
    |text, _| digits(text) && !text.starts_with('0') && text.parse().is_ok_and(|fen: u64| fen <= 1_000_000_000),
    [
        "whole fen from 1 to 1000000000, without sign, point or leading zero",
        "1 到 1000000000 的整数（分），不带正负号、小数点和开头的 0",
    ],
);

pub(super) const CURRENCY: Form = Form::Like(
    |text, _| text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()),
    ["three capital letters, such as CNY", "三个大写字母，例如 CNY"],
);

/// A text that is too long is reported by its length. WeChat refuses an IPv4 address in the form of IPv6.
pub(super) const IP: Form = Form::Like(
    |text, _| {
        let mapped = |ip: &IpAddr| matches!(ip, IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some());
        text.len() > 64 || text.parse::<IpAddr>().is_ok_and(|ip| !mapped(&ip))
    },
    [
        "an IPv4 or IPv6 address, and not ::ffff:203.0.113.9 for 203.0.113.9",
        "IPv4 或 IPv6 地址；203.0.113.9 不要写成 ::ffff:203.0.113.9",
    ],
);

pub(super) const TIME: Form = Form::Like(
    |text, _| text.len() == 14 && BeijingTime::parse(text).is_some(),
    ["yyyyMMddHHmmss, Beijing time", "yyyyMMddHHmmss，北京时间"],
);

pub(super) const NOTIFY_URL: Form = Form::Like(
    |text, _| notify_url(text),
    ["an absolute http or https URL without a query", "完整的 http 或 https 地址，不带参数"],
);

fn digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn notify_url(text: &str) -> bool {
    thread_local! {
        /// The last valid one: a shop sends the same address with every order, and parsing it costs more than all other
        /// checks.
        static VALID: RefCell<String> = const { RefCell::new(String::new()) };
    }
    VALID.with_borrow_mut(|valid| {
        if valid == text {
            return true;
        }
        let fits = !text.contains('?') && Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if fits {
            text.clone_into(valid);
        }
        fits
    })
}
