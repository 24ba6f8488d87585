//! The rows of payments to members of WeCom, and their inner signature (platform protocol §2.10).

use std::sync::Arc;

use wxpaykit::crypto::digest::digest;
use wxpaykit::{Fields, SignType};

use super::forms::{DIGITS, FEN, IP};
use super::rules::{DONE, Form, Part, Row, Unsigned, field, row};
use crate::app::App;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::wechat::verdict::{Caller, Refusal, Verdict};
use crate::wechat::workwx;
use crate::world::merchant::Merchant;

/// The merchant's number of a payment.
const NUMBER: Form = Form::Like(
    |text, _| text.bytes().all(|b| b.is_ascii_alphanumeric()),
    ["letters and digits only", "只能是字母和数字"],
);

const SCENES: &[&str] =
    &["PRODUCT_1", "PRODUCT_2", "PRODUCT_3", "PRODUCT_4", "PRODUCT_5", "PRODUCT_6", "PRODUCT_7", "PRODUCT_8"];

pub(super) const ROWS: &[Row] = &[
    Row {
        fields: &[
            field("wxappid", 32).required().exactly(18),
            field("mch_billno", 28).required().form(NUMBER),
            field("re_openid", 32).required(),
            field("total_amount", 32).required().form(FEN),
            field("wishing", 128).required(),
            field("act_name", 32).required(),
            field("remark", 256).required(),
            field("sender_name", 128),
            field("agentid", 10).form(DIGITS),
            field("sender_header_media_id", 128),
            field("scene_id", 32).words(SCENES),
            field("workwx_sign", 32),
        ],
        appid: Some("wxappid"),
        requires: one_sender,
        workwx: Some((
            &["act_name", "mch_billno", "mch_id", "nonce_str", "re_openid", "total_amount", "wxappid"],
            "SIGN_ERROR",
        )),
        bare: &["total_amount"],
        ..of_member("/mmpaymkttransfers/sendworkwxredpack", workwx::send_red_packet)
    },
    Row {
        fields: &[field("mch_billno", 28).required().form(NUMBER)],
        unsigned: Some(Unsigned { message: "OK", head: &[DONE] }),
        ..of_member("/mmpaymkttransfers/queryworkwxredpack", workwx::query_red_packet)
    },
    Row {
        fields: &[
            field("partner_trade_no", 32).required().form(NUMBER),
            field("openid", 64).required(),
            field("check_name", 16).required().words(&["NO_CHECK", "FORCE_CHECK"]),
            field("re_user_name", 64),
            field("amount", 32).required().form(FEN),
            field("desc", 81).required(),
            field("spbill_create_ip", 32).required().form(IP),
            field("ww_msg_type", 32).required().words(&["NORMAL_MSG", "APPROVAL_MSG"]),
            field("approval_number", 128),
            field("approval_type", 1).words(&["1"]),
            field("act_name", 50).required(),
            field("agentid", 10).form(DIGITS),
            field("device_info", 32),
            field("workwx_sign", 128),
        ],
        requires: name_and_approval,
        workwx: Some((
            &["amount", "appid", "desc", "mch_id", "nonce_str", "openid", "partner_trade_no", "ww_msg_type"],
            "WORKWX_SIGN_ERROR",
        )),
        unsigned: Some(Unsigned {
            message: "",
            head: &[Part::Sent("appid"), Part::Sent("mch_id"), Part::Sent("device_info"), Part::Nonce, DONE],
        }),
        ..of_member("/mmpaymkttransfers/promotion/paywwsptrans2pocket", workwx::pay_member)
    },
    Row {
        fields: &[field("partner_trade_no", 32).required().form(NUMBER)],
        unsigned: Some(Unsigned { message: "", head: &[DONE] }),
        ..of_member("/mmpaymkttransfers/promotion/querywwsptrans2pocket", workwx::query_payment)
    },
];

/// What the four have in common: the certificate, MD5, and no field besides their own.
const fn of_member(
    path: &'static str,
    behaviour: fn(&App, &Caller<'_>, &Arc<Fields>) -> Result<Verdict, Refusal>,
) -> Row {
    Row { cert: true, sign_types: &[SignType::Md5], closed: true, ..row(path, behaviour) }
}

fn wrong(english: &str, chinese: &str) -> Result<(), Refusal> {
    let explanation = Explanation::with_values("missing_fields", english.to_owned(), chinese.to_owned());
    Err(Refusal::new("参数错误").coded("PARAM_ERROR").because(explanation))
}

fn one_sender(fields: &Fields) -> Result<(), Refusal> {
    match (fields.filled("sender_name"), fields.filled("agentid")) {
        (None, None) => wrong("sender_name or agentid is missing", "缺少 sender_name 或 agentid"),
        (Some(_), Some(_)) => {
            wrong("sender_name and agentid are both there: send one", "sender_name 和 agentid 只能传一个")
        }
        _ => Ok(()),
    }
}

fn name_and_approval(fields: &Fields) -> Result<(), Refusal> {
    let has = |name: &str| fields.filled(name).is_some();
    if fields.get("check_name") == Some("FORCE_CHECK") && !has("re_user_name") {
        return wrong("FORCE_CHECK needs re_user_name", "FORCE_CHECK 必须带 re_user_name");
    }
    if fields.get("ww_msg_type") == Some("APPROVAL_MSG") && !(has("approval_number") && has("approval_type")) {
        let english = "APPROVAL_MSG needs approval_number and approval_type";
        return wrong(english, "APPROVAL_MSG 必须带 approval_number 和 approval_type");
    }
    Ok(())
}

/// Checks `workwx_sign`: MD5 over the fixed fields that are not empty, and the secret of WeCom.
pub(super) fn check(
    app: &App,
    merchant: &Merchant,
    signed: &[&str],
    code: &'static str,
    fields: &Fields,
) -> Result<(), Refusal> {
    let sent = fields.get("workwx_sign").unwrap_or_default();
    let secret = merchant.corp_pay_secret.as_ref().unwrap_or(&merchant.app_secret).expose();
    let fixed = || text(signed.iter().map(|name| (*name, fields.get(name).unwrap_or_default())));
    let of = |text: String, end: &str, key: &str| digest(format!("{text}{end}={key}"), "", SignType::Md5);
    if sent == of(fixed(), "secret", secret) {
        return Ok(());
    }
    let all = || {
        let mut all: Vec<_> = fields.iter().filter(|(name, _)| !matches!(*name, "sign" | "workwx_sign")).collect();
        all.sort_unstable();
        text(all.into_iter())
    };
    let key = merchant.api_key.expose();
    let is = |made: String| made.eq_ignore_ascii_case(sent);
    let reason = match () {
        () if sent.is_empty() => Reason::WORKWX_SIGN_MISSING,
        () if is(of(fixed(), "key", key)) || is(of(fixed(), "key", secret)) => Reason::WORKWX_SIGN_WITH_KEY,
        () if is(of(all(), "secret", secret)) => Reason::WORKWX_SIGN_OF_ALL,
        () => Reason::WORKWX_SIGN_WRONG,
    };
    let explanation = Explanation { string_to_sign: Some(app.registry.redact(fixed())), ..Explanation::reason(reason) };
    Err(Refusal::new("签名错误").coded(code).because(explanation))
}

/// `name=value&` of the fields that are not empty.
fn text<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    fields.filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}={value}&")).collect()
}
