//! Checks a request: steps 7 to 12 of protocol §9.1, in that order, with WeChat's texts.

use std::cell::RefCell;
use std::net::IpAddr;

use url::Url;
use wxpaykit::doctor::Mistake;
use wxpaykit::sign;
use wxpaykit::{BeijingTime, Fields, SignType};

use super::paths::Endpoint;
use crate::app::App;
use crate::journal::Explanation;
use crate::wechat::verdict::{Caller, Refusal};

pub(crate) fn check<'a>(app: &'a App, endpoint: Endpoint, fields: &Fields) -> Result<Caller<'a>, Refusal> {
    let rules = match endpoint {
        Endpoint::UnifiedOrder => UNIFIEDORDER,
        Endpoint::OrderQuery => ORDERQUERY,
        Endpoint::CloseOrder => CLOSEORDER,
    };
    let strict = app.config.strict_docs;
    present(app, endpoint, rules, fields, strict)?;
    for rule in COMMON.iter().chain(rules) {
        if let Some(value) = fields.filled(rule.name) {
            rule.check(value, strict)?;
        }
    }
    let caller = identify(app, fields)?;
    verify(app, &caller, fields)?;
    if endpoint == Endpoint::UnifiedOrder {
        permitted(&caller, fields)?;
        payer(fields)?;
    }
    Ok(caller)
}

/// A field of a request and its limits.
struct Rule {
    name: &'static str,
    required: bool,
    /// In characters.
    max: usize,
    form: fn(&str, bool) -> bool,
}

const COMMON: &[Rule] = &[
    required("appid", 32, |_, _| true),
    required("mch_id", 32, digits),
    required("nonce_str", 32, |_, _| true),
    required("sign", 64, |_, _| true),
    optional("sign_type", 32, |text, _| text.parse::<SignType>().is_ok()),
    optional("sub_appid", 32, |_, _| true),
    optional("sub_mch_id", 32, digits),
];

const UNIFIEDORDER: &[Rule] = &[
    optional("device_info", 32, |_, _| true),
    required("body", 127, |_, _| true),
    optional("detail", 6000, |_, _| true),
    optional("attach", 127, |_, _| true),
    required("out_trade_no", 32, order_number),
    optional("fee_type", 16, |text, _| text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())),
    required("total_fee", 32, amount),
    required("spbill_create_ip", 64, |text, _| text.len() > 64 || text.parse::<IpAddr>().is_ok()),
    optional("time_start", 14, |text, _| time(text).is_some()),
    optional("time_expire", 14, |text, _| time(text).is_some()),
    optional("goods_tag", 32, |_, _| true),
    required("notify_url", 256, notify_url),
    required("trade_type", 16, |text, _| matches!(text, "JSAPI" | "NATIVE" | "APP" | "MWEB")),
    optional("product_id", 32, |_, _| true),
    optional("limit_pay", 32, |text, _| text == "no_credit"),
    optional("openid", 128, |_, _| true),
    optional("sub_openid", 128, |_, _| true),
    optional("receipt", 8, |text, _| text == "Y"),
    optional("profit_sharing", 16, |text, _| matches!(text, "Y" | "N")),
    optional("scene_info", 256, |_, _| true),
];

const ORDERQUERY: &[Rule] = &[optional("transaction_id", 32, |_, _| true), optional("out_trade_no", 32, order_number)];

const CLOSEORDER: &[Rule] = &[required("out_trade_no", 32, order_number)];

const fn required(name: &'static str, max: usize, form: fn(&str, bool) -> bool) -> Rule {
    Rule { name, required: true, max, form }
}

const fn optional(name: &'static str, max: usize, form: fn(&str, bool) -> bool) -> Rule {
    Rule { name, required: false, max, form }
}

impl Rule {
    /// Checks the form before the length, so that a word in place of a number is reported as such.
    fn check(&self, value: &str, strict: bool) -> Result<(), Refusal> {
        if !(self.form)(value, strict) {
            let explanation = Explanation::mistake("field_format", format!("{}: {}", self.name, self.wanted()));
            return Err(Refusal::new(match self.name {
                "spbill_create_ip" => "invalid spbill_create_ip".to_owned(),
                name => format!("{name}参数格式错误"),
            })
            .because(explanation));
        }
        let length = value.chars().count();
        let fits = match self.name {
            "appid" | "sub_appid" => length == 18,
            "mch_id" | "sub_mch_id" => matches!(length, 8 | 10),
            // Newer documents ask for six; no capture shows that it is enforced.
            "out_trade_no" if strict => (6..=32).contains(&length),
            _ => length <= self.max,
        };
        if fits {
            return Ok(());
        }
        let limit = match self.name {
            "appid" | "sub_appid" => "18".to_owned(),
            "mch_id" | "sub_mch_id" => "8 or 10".to_owned(),
            _ => format!("at most {}", self.max),
        };
        let detail = format!("{} has {length} characters; allowed: {limit}", self.name);
        Err(Refusal::new(format!("{}参数长度有误", self.name)).because(Explanation::mistake("field_length", detail)))
    }

    /// The form, in words.
    fn wanted(&self) -> &'static str {
        match self.name {
            "mch_id" | "sub_mch_id" => "digits only",
            "sign_type" => "MD5 or HMAC-SHA256",
            "out_trade_no" => "letters, digits and _-|* only",
            "fee_type" => "three capital letters, such as CNY",
            "total_fee" => "whole fen from 1 to 1000000000, without sign, point or leading zero",
            "spbill_create_ip" => "an IPv4 or IPv6 address",
            "time_start" | "time_expire" => "yyyyMMddHHmmss, Beijing time",
            "notify_url" => "an absolute http or https URL without a query",
            "trade_type" => "JSAPI, NATIVE, APP or MWEB",
            "limit_pay" => "no_credit",
            "receipt" => "Y",
            "profit_sharing" => "Y or N",
            _ => "another form",
        }
    }
}

fn digits(text: &str, _: bool) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn order_number(text: &str, strict: bool) -> bool {
    // Older documents list `@` as well.
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-|*".contains(&b) || (b == b'@' && !strict))
}

fn amount(text: &str, _: bool) -> bool {
    digits(text, true) && !text.starts_with('0') && text.parse().is_ok_and(|fen: u64| fen <= 1_000_000_000)
}

fn notify_url(text: &str, _: bool) -> bool {
    thread_local! {
        /// The last valid one: a shop sends the same address with every order, and parsing it costs more than all other
        /// checks.
        static RIGHT: RefCell<String> = const { RefCell::new(String::new()) };
    }
    RIGHT.with_borrow_mut(|right| {
        if right == text {
            return true;
        }
        let fits = !text.contains('?') && Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if fits {
            text.clone_into(right);
        }
        fits
    })
}

fn time(text: &str) -> Option<BeijingTime> {
    BeijingTime::parse(text).filter(|_| text.len() == 14)
}

fn present(app: &App, endpoint: Endpoint, rules: &[Rule], fields: &Fields, strict: bool) -> Result<(), Refusal> {
    let mut missing: Vec<&str> = COMMON
        .iter()
        .chain(rules)
        .filter(|rule| rule.required && fields.filled(rule.name).is_none())
        .map(|rule| rule.name)
        .collect();
    if endpoint == Endpoint::OrderQuery
        && fields.filled("transaction_id").is_none()
        && fields.filled("out_trade_no").is_none()
    {
        missing.push("transaction_id or out_trade_no");
    }
    // The documents require them; whether the server does is not known.
    if strict && endpoint == Endpoint::UnifiedOrder {
        let extra = match fields.get("trade_type") {
            Some("NATIVE") => Some("product_id"),
            Some("MWEB") => Some("scene_info"),
            _ => None,
        };
        missing.extend(extra.filter(|name| fields.filled(name).is_none()));
    }
    if missing.is_empty() {
        return Ok(());
    }
    let detail = format!("missing or empty: {}", missing.join(", "));
    let mut explanation = Explanation::mistake("missing_fields", detail);
    if missing.contains(&"sign") {
        explanation.mistake = Some(Mistake::MISSING.code());
        if let Some(merchant) = fields.get("mch_id").and_then(|mch_id| app.registry.by_mch(mch_id)) {
            let explained = app.registry.explain(merchant, fields, None);
            explanation = Explanation {
                detail: explanation.detail,
                ..Explanation::of_signature(explained, |text| app.registry.redact(text))
            };
        }
    }
    Err(Refusal::new("缺少参数").because(explanation))
}

fn identify<'a>(app: &'a App, fields: &Fields) -> Result<Caller<'a>, Refusal> {
    let (appid, mch_id) = (fields.get("appid").unwrap_or_default(), fields.get("mch_id").unwrap_or_default());
    if app.registry.by_app(appid).is_none() {
        let detail = format!("this emulator has no appid {appid}: see --merchant");
        return Err(
            Refusal::new("appid不存在").because(Explanation::mistake("other_appid", app.registry.redact(detail)))
        );
    }
    if app.registry.by_mch(mch_id).is_none() {
        let detail = format!("this emulator has no mch_id {mch_id}: see --merchant");
        return Err(Refusal::new(NO_MERCHANT).because(Explanation::mistake("other_mch_id", detail)));
    }
    let Some(merchant) = app.registry.bound(appid, mch_id) else {
        let detail = format!("appid {appid} and mch_id {mch_id} are both known, but not bound to one another");
        return Err(Refusal::new("商户号mch_id与appid不匹配").because(Explanation::mistake("not_bound", detail)));
    };
    match fields.filled("sub_mch_id") {
        None if merchant.provider => {
            let explanation = Explanation::mistake("missing_fields", "a service provider has to send sub_mch_id");
            return Err(Refusal::new("受理机构必须传入sub_mch_id").because(explanation));
        }
        Some(_) if !merchant.provider => {
            let detail = format!("{mch_id} is no service provider, so it must not send sub_mch_id");
            return Err(Refusal::new(NO_MERCHANT).because(Explanation::detail(detail)));
        }
        Some(sub) if !merchant.sub_mch_ids.is_empty() && !merchant.sub_mch_ids.iter().any(|known| known == sub) => {
            let detail = format!("{sub} is not among this provider's sub_mch_ids");
            return Err(Refusal::new(NO_MERCHANT).because(Explanation::detail(detail)));
        }
        _ => {}
    }
    // An unknown sign_type was refused by its format; without one it is MD5.
    let sign_type = fields.filled("sign_type").and_then(|text| text.parse().ok()).unwrap_or(SignType::Md5);
    Ok(Caller { merchant, sign_type })
}

const NO_MERCHANT: &str = "商户号mch_id或sub_mch_id不存在";

fn verify(app: &App, caller: &Caller<'_>, fields: &Fields) -> Result<(), Refusal> {
    let key = caller.merchant.api_key.expose();
    let right = sign::verify(fields, key, &[caller.sign_type]).is_ok();
    // APIv2 takes characters of at most three bytes: a right signature over an emoji is refused like a wrong one.
    let emoji = fields.iter().any(|(_, value)| value.chars().any(|c| c.len_utf8() == 4));
    if right && !emoji {
        return Ok(());
    }
    let mut explained = app.registry.explain(caller.merchant, fields, None);
    if emoji {
        explained.mistake = Mistake::FOUR_BYTE_CHARACTER;
    }
    let explanation = Explanation::of_signature(explained, |text| app.registry.redact(text));
    Err(Refusal::new("签名错误").because(explanation))
}

fn permitted(caller: &Caller<'_>, fields: &Fields) -> Result<(), Refusal> {
    let products = &caller.merchant.products;
    if products.is_empty() || products.iter().any(|product| Some(product.as_str()) == fields.get("trade_type")) {
        return Ok(());
    }
    let explanation = Explanation::mistake("product", "this merchant's products do not have this trade_type");
    Err(Refusal::new("商户号该产品权限未开通，请前往商户平台>产品中心检查后重试").because(explanation))
}

fn payer(fields: &Fields) -> Result<(), Refusal> {
    if fields.get("trade_type") != Some("JSAPI") || fields.filled("openid").is_some() {
        return Ok(());
    }
    if fields.filled("sub_openid").is_none() {
        let explanation = Explanation::mistake("missing_fields", "JSAPI wants openid, or sub_openid with sub_appid");
        return Err(Refusal::new("JSAPI支付必须传openid").because(explanation));
    }
    if fields.filled("sub_appid").is_none() {
        let detail = "sub_openid belongs to a sub_appid, which is missing";
        return Err(Refusal::new("缺少参数").because(Explanation::mistake("missing_fields", detail)));
    }
    Ok(())
}
