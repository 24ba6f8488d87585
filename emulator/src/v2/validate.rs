//! Checks a request: steps 7 to 12 of protocol §9.1, in that order, with WeChat's texts.

use wxpaykit::doctor::Mistake;
use wxpaykit::sign;
use wxpaykit::{Fields, SignType};

use super::forms::DIGITS;
use super::rules::{Field, Row, field};
use super::workwx;
use crate::app::App;
use crate::faults::BillStyle;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::wechat::verdict::{Caller, Refusal};

/// The fields of every request (protocol §3.1).
pub(super) const COMMON: &[Field] = &[
    field("appid", 32).required().exactly(18),
    field("mch_id", 32).required().either(8, 10).form(DIGITS),
    field("nonce_str", 32).required(),
    field("sign", 64).required(),
    field("sign_type", 32).words(&["MD5", "HMAC-SHA256"]),
    field("sub_appid", 32).exactly(18),
    field("sub_mch_id", 32).either(8, 10).form(DIGITS),
];

pub(super) fn check<'a>(app: &'a App, row: &Row, fields: &Fields) -> Result<Caller<'a>, Refusal> {
    let strict = app.config.strict_docs;
    present(app, row, fields, strict)?;
    for field in COMMON.iter().chain(row.fields) {
        if let Some(value) = fields.filled(field.name) {
            field.check(value, strict).map_err(|refusal| spaced(app, fields, refusal))?;
        }
    }
    let caller = identify(app, row, fields)?;
    if row.closed {
        no_other_field(row, fields)?;
    }
    if let Some((signed, code)) = row.workwx {
        workwx::check(app, caller.merchant, signed, code, fields)?;
    }
    verify(app, row, &caller, fields)?;
    permitted(row, &caller, fields)?;
    (row.requires)(fields)?;
    Ok(caller)
}

fn present(app: &App, row: &Row, fields: &Fields, strict: bool) -> Result<(), Refusal> {
    let absent = |name: &str| fields.filled(name).is_none();
    let asked = |field: &Field| field.required && !(field.name == "appid" && row.appid != Some("appid"));
    let required = COMMON.iter().chain(row.fields).filter(|field| asked(field) && absent(field.name));
    let mut missing: Vec<&str> = required.map(|field| field.name).collect();
    let one_of = row.one_of.join(" or ");
    if !row.one_of.is_empty() && row.one_of.iter().all(|name| absent(name)) {
        missing.push(&one_of);
    }
    if strict {
        missing.extend((row.documented)(fields).filter(|name| absent(name)));
    }
    if missing.is_empty() {
        return Ok(());
    }
    let missing_names = missing.join(", ");
    let missing_names_zh = missing.join("、").replace(" or ", " 或 ");
    let misspelt = misspelt(&missing, fields);
    let [sent, sent_zh] = match misspelt.as_slice() {
        [] => [String::new(), String::new()],
        names => {
            let pairs =
                |join: &str| names.iter().map(|(sent, name)| format!("{sent} → {name}")).collect::<Vec<_>>().join(join);
            [
                format!("; sent under names that WeChat does not read: {}", pairs(", ")),
                format!("；发送时用了微信不认识的名称：{}", pairs("、")),
            ]
        }
    };
    let sent = app.registry.redact(sent);
    let sent_zh = app.registry.redact(sent_zh);
    let mut explanation = Explanation::mistake("missing_fields", format!("missing or empty: {missing_names}{sent}"))
        .in_chinese(format!("缺少这些字段，或它们是空的：{missing_names_zh}{sent_zh}"));
    if missing.contains(&"sign") {
        explanation.mistake = Some(Mistake::MISSING.code());
        if let Some(merchant) = fields.get("mch_id").and_then(|mch_id| app.registry.by_mch(mch_id)) {
            let explained = app.registry.explain(merchant, fields, None);
            explanation = Explanation {
                detail: explanation.detail,
                chinese: explanation.chinese,
                ..Explanation::of_signature(explained, |text| app.registry.redact(text))
            };
        }
    }
    Err(Refusal::new("缺少参数").because(explanation))
}

/// The fields that were sent in another spelling than that of a missing one: `mchId`, `mch__id`, `MCH_ID`.
fn misspelt<'a>(missing: &[&'a str], fields: &'a Fields) -> Vec<(&'a str, &'a str)> {
    /// No name that is shown is longer. Anybody may send a long one.
    const LONGEST: usize = 64;
    let bare = |name: &str| name.replace(['_', '-'], "").to_ascii_lowercase();
    // Other calls have `mchid`: that is no spelling.
    let is_spelt = |name: &str| name.contains("__") || name.bytes().any(|byte| byte.is_ascii_uppercase());
    let is_shown = |name: &str, value: &str| !value.is_empty() && name.len() <= LONGEST && is_spelt(name);
    let sent: Vec<_> = fields.iter().filter(|(name, value)| is_shown(name, value)).collect();
    let one_of = missing.iter().flat_map(|names| names.split(" or "));
    let found = one_of.filter_map(|name| {
        let (sent, _) = sent.iter().find(|(sent, _)| *sent != name && bare(sent) == bare(name))?;
        Some((*sent, name))
    });
    found.collect()
}

/// The refusal of a value that has white space around it, where that was not signed: a writer of XML indented it.
fn spaced(app: &App, fields: &Fields, refusal: Refusal) -> Refusal {
    let has_space = fields.iter().any(|(_, value)| value.trim() != value);
    let mch_id = fields.filled("mch_id").unwrap_or_default().trim();
    let Some(merchant) = app.registry.by_mch(mch_id).filter(|_| has_space) else { return refusal };
    let explained = app.registry.explain(merchant, fields, None);
    if explained.mistake != Mistake::VALUES_TRIMMED {
        return refusal;
    }
    refusal.because(Explanation::of_signature(explained, |text| app.registry.redact(text)))
}

fn identify<'a>(app: &'a App, row: &Row, fields: &Fields) -> Result<Caller<'a>, Refusal> {
    let mch_id = fields.get("mch_id").unwrap_or_default();
    let appid = match row.appid {
        Some(name) => fields.get(name).unwrap_or_default(),
        None => app.registry.by_mch(mch_id).map(|merchant| merchant.appid.as_str()).unwrap_or_default(),
    };
    if row.appid.is_some() && app.registry.by_app(appid).is_none() {
        let detail = format!("this emulator has no appid {appid}: see --merchant");
        let chinese = format!("模拟器没有 appid {appid}：见 --merchant");
        let explanation = Explanation::mistake("other_appid", app.registry.redact(detail));
        return Err(Refusal::new("appid不存在").because(explanation.in_chinese(app.registry.redact(chinese))));
    }
    if app.registry.by_mch(mch_id).is_none() {
        let detail = format!("this emulator has no mch_id {mch_id}: see --merchant");
        let chinese = format!("模拟器没有商户号 {mch_id}：见 --merchant");
        return Err(Refusal::new(NO_MERCHANT).because(Explanation::mistake("other_mch_id", detail).in_chinese(chinese)));
    }
    let Some(merchant) = app.registry.bound(appid, mch_id) else {
        let detail = format!("appid {appid} and mch_id {mch_id} are both known, but not bound to one another");
        let chinese = format!("appid {appid} 与商户号 {mch_id} 都存在，但没有绑定");
        let explanation = Explanation::mistake("not_bound", detail).in_chinese(chinese);
        return Err(Refusal::new("商户号mch_id与appid不匹配").because(explanation));
    };
    match fields.filled("sub_mch_id") {
        None if merchant.provider => {
            let explanation = Explanation::reason(Reason::SUB_MCH_ID_MISSING);
            return Err(Refusal::new("受理机构必须传入sub_mch_id").because(explanation));
        }
        Some(_) if !merchant.provider => {
            let detail = format!("{mch_id} is not a service provider, so it must not send sub_mch_id");
            let chinese = format!("{mch_id} 不是服务商，不能传 sub_mch_id");
            return Err(Refusal::new(NO_MERCHANT).because(Explanation::detail(detail).in_chinese(chinese)));
        }
        Some(sub) if !merchant.sub_mch_ids.is_empty() && !merchant.sub_mch_ids.iter().any(|known| known == sub) => {
            let detail = format!("{sub} is not among this provider's sub_mch_ids");
            let chinese = format!("{sub} 不在该服务商的 sub_mch_ids 里");
            return Err(Refusal::new(NO_MERCHANT).because(Explanation::detail(detail).in_chinese(chinese)));
        }
        _ => {}
    }
    // An unknown sign_type was refused by its format.
    let sent = fields.filled("sign_type").and_then(|text| text.parse().ok());
    let sign_type = sent.or(row.sign_types.first().copied()).unwrap_or(SignType::Md5);
    Ok(Caller { merchant, sign_type, bills: BillStyle::default() })
}

const BAD_SIGN: &str = "签名错误";
const NO_MERCHANT: &str = "商户号mch_id或sub_mch_id不存在";

fn verify(app: &App, row: &Row, caller: &Caller<'_>, fields: &Fields) -> Result<(), Refusal> {
    if !row.sign_types.contains(&caller.sign_type) {
        let allowed: Vec<&str> = row.sign_types.iter().map(|sign_type| sign_type.as_str()).collect();
        let detail = format!("{} takes sign_type {} only", row.path, allowed.join(" or "));
        let chinese = format!("{} 的 sign_type 只能是 {}", row.path, allowed.join(" 或 "));
        let explanation = Explanation::mistake(Mistake::OTHER_ALGORITHM.code(), detail).in_chinese(chinese);
        return Err(Refusal::new(BAD_SIGN).because(explanation));
    }
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
    Err(Refusal::new(BAD_SIGN).because(explanation))
}

/// Refuses a field that the call does not have: WeChat signs the call's own fields alone (platform protocol §2.10).
fn no_other_field(row: &Row, fields: &Fields) -> Result<(), Refusal> {
    let common = ["mch_id", "nonce_str", "sign"].into_iter().chain(row.appid);
    let own: Vec<&str> = common.chain(row.fields.iter().map(|field| field.name)).collect();
    let Some((other, _)) = fields.iter().find(|(name, value)| !value.is_empty() && !own.contains(name)) else {
        return Ok(());
    };
    let explanation = Explanation::with_values(
        "field_too_many",
        format!("{other} is not a field of {}: WeChat signs the call's own fields alone", row.path),
        format!("{} 没有 {other} 这个字段：微信只对接口自己的字段验签", row.path),
    );
    Err(Refusal::new(BAD_SIGN).coded("SIGN_ERROR").because(explanation))
}

fn permitted(row: &Row, caller: &Caller<'_>, fields: &Fields) -> Result<(), Refusal> {
    let Some(name) = row.product else { return Ok(()) };
    let products = &caller.merchant.products;
    if products.is_empty() || products.iter().any(|product| Some(product.as_str()) == fields.get(name)) {
        return Ok(());
    }
    let detail = format!("this merchant's products do not include this {name}");
    let explanation = Explanation::mistake("product", detail).in_chinese(format!("该商户没有开通这个 {name}"));
    Err(Refusal::new("商户号该产品权限未开通，请前往商户平台>产品中心检查后重试").because(explanation))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::Config;
    use crate::v2::rules::row;
    use crate::wechat::verdict::Verdict;
    use crate::world::merchant::Merchant;

    fn nothing(_: &App, _: &Caller<'_>, _: &Arc<Fields>) -> Result<Verdict, Refusal> {
        Ok(Verdict::Success(Vec::new()))
    }

    /// A call that is not WeChat's: what other calls need and today's rows do not.
    const MADE_UP: Row = Row {
        fields: &[field("product", 8), field("one", 8), field("other", 8)],
        one_of: &["one", "other"],
        documented: |fields| fields.get("one").map(|_| "other"),
        sign_types: &[SignType::HmacSha256],
        product: Some("product"),
        ..row("/made/up", nothing)
    };

    fn app(change: impl FnOnce(&mut Config)) -> App {
        let mut demo = Merchant::demo();
        demo.products = vec!["TEA".to_owned()];
        let mut config = Config { merchants: vec![demo], ..Config::default() };
        change(&mut config);
        App::new(config, None, Vec::new()).unwrap()
    }

    /// The refusal of a request with these fields besides the common ones, signed with an algorithm.
    fn refused(app: &App, sign_type: SignType, more: &[(&str, &str)]) -> Option<String> {
        let demo = Merchant::demo();
        let mut pairs = vec![("appid", demo.appid.as_str()), ("mch_id", &demo.mch_id), ("nonce_str", "n")];
        pairs.extend(more);
        let signature = sign::sign(pairs.iter().copied(), demo.api_key.expose(), sign_type);
        let fields: Fields = pairs.into_iter().chain([("sign", signature.as_str())]).collect();
        let refusal = check(app, &MADE_UP, &fields).err()?;
        Some(format!("{}: {}", refusal.message, refusal.explanation.unwrap().detail))
    }

    #[test]
    fn a_row_sets_the_algorithms() {
        let app = app(|_| {});
        let tea = [("product", "TEA"), ("one", "1")];
        assert_eq!(refused(&app, SignType::HmacSha256, &tea), None, "the first one is the default");
        let named = [("product", "TEA"), ("one", "1"), ("sign_type", "HMAC-SHA256")];
        assert_eq!(refused(&app, SignType::HmacSha256, &named), None);
        let md5 = [("product", "TEA"), ("one", "1"), ("sign_type", "MD5")];
        let text = "签名错误: /made/up takes sign_type HMAC-SHA256 only";
        assert_eq!(refused(&app, SignType::Md5, &md5).unwrap(), text);
        assert!(refused(&app, SignType::Md5, &tea).unwrap().starts_with("签名错误"));
    }

    #[test]
    fn a_row_sets_permission_and_required_fields() {
        let strict = app(|config| config.strict_docs = true);
        let app = app(|_| {});
        let refused = |app, more: &[(&str, &str)]| refused(app, SignType::HmacSha256, more);
        assert_eq!(refused(&app, &[("product", "TEA")]).unwrap(), "缺少参数: missing or empty: one or other");
        assert_eq!(refused(&app, &[("product", "TEA"), ("other", "1")]), None);
        let detail = "this merchant's products do not include this product";
        assert!(refused(&app, &[("product", "COFFEE"), ("one", "1")]).unwrap().ends_with(detail));
        assert!(refused(&app, &[("one", "1")]).unwrap().ends_with(detail));
        assert_eq!(refused(&strict, &[("product", "TEA"), ("one", "1")]).unwrap(), "缺少参数: missing or empty: other");
    }
}
