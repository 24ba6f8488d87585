//! The rows of orders (protocol v3 §5, §6): what APIv3 calls a member, and what the world calls it.

use std::sync::Arc;

use serde_json::{Value, json};
use wxpaykit::Fields;

use super::relation::{Calls, relation};
use super::rules::{OwnCode, Row, Success, ValidRequest, row};
use super::schema::{
    GOODS_ID, Member, NUMBER, OF_NUMBER, PARTNER, URL, flag, integer, list, object, sealed, text, texts, time,
};
use super::times;
use crate::app::App;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::wechat::transactions::{self, LONGEST, OrderRequest};
use crate::wechat::v3_error::V3Error;
use crate::world::merchant::Merchant;
use crate::world::order::Prepay;

pub(super) const OUT_TRADE_NO: Member = text("out_trade_no", "商户订单号", 32).bytes().least(6).form(NUMBER).required();
const MCHID: Member = text("mchid", "直连商户号", 32).required();
pub(super) const SP_MCHID: Member = text("sp_mchid", "服务商户号", 32).required();
pub(super) const SUB_MCHID: Member = text("sub_mchid", "子商户号/二级商户号", 32).required();
const APPID: Member = text("appid", "公众号ID", 32).required();
pub(super) const SP_APPID: Member = text("sp_appid", "服务商应用ID", 32).required();
pub(super) const SUB_APPID: Member = text("sub_appid", "子商户应用ID", 32);
pub(super) const DESCRIPTION: Member = text("description", "商品描述", 127).required();
pub(super) const TIME_EXPIRE: Member = time("time_expire", "交易结束时间");
pub(super) const ATTACH: Member = text("attach", "附加数据", 128).bytes().least(0);
pub(super) const NOTIFY_URL: Member = text("notify_url", "通知地址", 255).form(URL);
/// That of refunds and transfers.
pub(super) const RESULT_NOTIFY_URL: Member = text("notify_url", "通知地址", 256).form(URL);
pub(super) const GOODS_TAG: Member = text("goods_tag", "订单优惠标记", 32);
pub(super) const SUPPORT_FAPIAO: Member = flag("support_fapiao", "电子发票入口开放标识");
pub(super) const LIMIT_PAY: Member = texts("limit_pay", "指定支付方式");
pub(super) const AMOUNT: Member = object(
    "amount",
    "订单金额",
    &[integer("total", "总金额", 1).required(), text("currency", "货币类型", 16).words(&["CNY"])],
)
.required();
pub(super) const IDENTITY: Member =
    object("identity", "实名信息", &[text("type", "证件类型", 32), sealed("number", "证件号"), sealed("name", "姓名")]);
const PAYER: Member = object("payer", "支付者", &[text("openid", "用户标识", 128).required(), IDENTITY]).required();
const SUB_PAYER: Member = object(
    "payer",
    "支付者",
    &[text("sp_openid", "用户服务标识", 128), text("sub_openid", "用户子标识", 128), IDENTITY],
)
.required();
pub(super) const DETAIL: Member = object(
    "detail",
    "优惠功能",
    &[
        integer("cost_price", "订单原价", 0),
        text("invoice_id", "商品小票ID", 32),
        list(
            "goods_detail",
            "单品列表",
            &[
                text("merchant_goods_id", "商户侧商品编码", 32).form(GOODS_ID).required(),
                text("wechatpay_goods_id", "微信支付商品编码", 32),
                text("goods_name", "商品名称", 256),
                integer("quantity", "商品数量", 1).required(),
                integer("unit_price", "商品单价", 0).required(),
            ],
            1,
            6000,
        ),
    ],
);
pub(super) const CLIENT_IP: Member = text("payer_client_ip", "用户终端IP", 45).required();
const DEVICE_ID: Member = text("device_id", "商户端设备号", 32).least(0);
const STORE_INFO: Member = object(
    "store_info",
    "商户门店信息",
    &[
        text("id", "门店编号", 32).required(),
        text("name", "门店名称", 256),
        text("area_code", "地区编码", 32),
        text("address", "详细地址", 512),
    ],
);
const SCENE_INFO: Member = object("scene_info", "场景信息", &[CLIENT_IP, DEVICE_ID, STORE_INFO]);
pub(super) const H5_INFO: Member = object(
    "h5_info",
    "H5场景信息",
    &[
        text("type", "场景类型", 32).required(),
        text("app_name", "应用名称", 64),
        text("app_url", "网站URL", 128),
        text("bundle_id", "iOS平台BundleID", 128),
        text("package_name", "Android平台PackageName", 128),
    ],
)
.required();
const H5_SCENE_INFO: Member = object("scene_info", "场景信息", &[CLIENT_IP, DEVICE_ID, STORE_INFO, H5_INFO]).required();
const SETTLE_INFO: Member = object("settle_info", "结算信息", &[flag("profit_sharing", "是否指定分账")]);
const SUB_SETTLE_INFO: Member = object(
    "settle_info",
    "结算信息",
    &[flag("profit_sharing", "是否指定分账"), integer("subsidy_amount", "补差金额", 0)],
);

/// The members of an order's body: those of its merchant, those that all orders have, and those of its product.
macro_rules! body {
    ([$($own:expr),*], [$($of_product:expr),*]) => {
        Some(&[
            $($own,)*
            DESCRIPTION, OUT_TRADE_NO, TIME_EXPIRE, ATTACH, NOTIFY_URL.required(), GOODS_TAG, SUPPORT_FAPIAO, LIMIT_PAY, AMOUNT, DETAIL,
            $($of_product),*
        ])
    };
}

const DIRECT: &[&str] = &["mchid"];

const fn order(
    path: &'static str,
    behaviour: fn(&App, &ValidRequest<'_>) -> Result<Success, V3Error>,
    own_mch_id: &'static [&'static str],
    body: Option<&'static [Member]>,
) -> Row {
    Row { body, own_mch_id, newer_gateway: true, makes_order: true, codes: CODES, ..row("POST", path, behaviour) }
}

/// Today's tables of these calls do not have `OPENID_MISMATCH`, which is of older ones.
const CODES: &[OwnCode] = &[OwnCode { usual: "OPENID_MISMATCH", status: 400, own: "INVALID_REQUEST" }];

pub(super) const JSAPI: Row = order(
    "/v3/pay/transactions/jsapi",
    |app, asked| prepay_id(place(app, asked, "JSAPI", None)),
    DIRECT,
    body!([APPID, MCHID], [PAYER, SCENE_INFO, SETTLE_INFO]),
);
pub(super) const APP: Row = order(
    "/v3/pay/transactions/app",
    |app, asked| prepay_id(place(app, asked, "APP", None)),
    DIRECT,
    body!([APPID, MCHID], [SCENE_INFO, SETTLE_INFO]),
);
pub(super) const NATIVE: Row = order(
    "/v3/pay/transactions/native",
    |app, asked| code_url(place(app, asked, "NATIVE", None)),
    DIRECT,
    body!([APPID, MCHID], [SCENE_INFO, SETTLE_INFO]),
);
pub(super) const H5: Row = order(
    "/v3/pay/transactions/h5",
    |app, asked| h5_url(place(app, asked, "MWEB", None)),
    DIRECT,
    body!([APPID, MCHID], [H5_SCENE_INFO, SETTLE_INFO]),
);
pub(super) const PARTNER_JSAPI: Row = order(
    "/v3/pay/partner/transactions/jsapi",
    |app, asked| prepay_id(place(app, asked, "JSAPI", asked.text("/sub_mchid"))),
    PARTNER,
    body!([SP_APPID, SP_MCHID, SUB_APPID, SUB_MCHID], [SUB_PAYER, SCENE_INFO, SUB_SETTLE_INFO]),
);
pub(super) const PARTNER_APP: Row = order(
    "/v3/pay/partner/transactions/app",
    |app, asked| prepay_id(place(app, asked, "APP", asked.text("/sub_mchid"))),
    PARTNER,
    body!([SP_APPID, SP_MCHID, SUB_APPID, SUB_MCHID], [SCENE_INFO, SUB_SETTLE_INFO]),
);
pub(super) const PARTNER_NATIVE: Row = order(
    "/v3/pay/partner/transactions/native",
    |app, asked| code_url(place(app, asked, "NATIVE", asked.text("/sub_mchid"))),
    PARTNER,
    body!([SP_APPID, SP_MCHID, SUB_APPID, SUB_MCHID], [SCENE_INFO, SUB_SETTLE_INFO]),
);
pub(super) const PARTNER_H5: Row = order(
    "/v3/pay/partner/transactions/h5",
    |app, asked| h5_url(place(app, asked, "MWEB", asked.text("/sub_mchid"))),
    PARTNER,
    body!([SP_APPID, SP_MCHID, SUB_APPID, SUB_MCHID], [H5_SCENE_INFO, SUB_SETTLE_INFO]),
);

const OF_TRANSACTION: &[Member] = &[text("transaction_id", "微信支付订单号", 32)];

pub(super) const QUERY_ID: Row = Row {
    in_path: OF_TRANSACTION,
    query: &[MCHID],
    newer_gateway: true,
    ..row("GET", "/v3/pay/transactions/id/{transaction_id}", query)
};
pub(super) const QUERY_NUMBER: Row = Row {
    in_path: OF_NUMBER,
    query: &[MCHID],
    newer_gateway: true,
    ..row("GET", "/v3/pay/transactions/out-trade-no/{out_trade_no}", query)
};
pub(super) const CLOSE: Row = Row {
    in_path: OF_NUMBER,
    body: Some(&[MCHID]),
    newer_gateway: true,
    ..row("POST", "/v3/pay/transactions/out-trade-no/{out_trade_no}/close", close)
};
pub(super) const PARTNER_QUERY_ID: Row = Row {
    in_path: OF_TRANSACTION,
    query: &[SP_MCHID, SUB_MCHID],
    own_mch_id: PARTNER,
    newer_gateway: true,
    ..row("GET", "/v3/pay/partner/transactions/id/{transaction_id}", query)
};
pub(super) const PARTNER_QUERY_NUMBER: Row = Row {
    in_path: OF_NUMBER,
    query: &[SP_MCHID, SUB_MCHID],
    own_mch_id: PARTNER,
    newer_gateway: true,
    ..row("GET", "/v3/pay/partner/transactions/out-trade-no/{out_trade_no}", query)
};
pub(super) const PARTNER_CLOSE: Row = Row {
    in_path: OF_NUMBER,
    body: Some(&[SP_MCHID, SUB_MCHID]),
    own_mch_id: PARTNER,
    newer_gateway: true,
    ..row("POST", "/v3/pay/partner/transactions/out-trade-no/{out_trade_no}/close", close)
};

pub(super) fn prepay_id(placed: Result<Prepay, V3Error>) -> Result<Success, V3Error> {
    placed.map(|prepay| Success::Json(json!({ "prepay_id": prepay.id })))
}

pub(super) fn code_url(placed: Result<Prepay, V3Error>) -> Result<Success, V3Error> {
    placed.map(|prepay| Success::Json(json!({ "code_url": prepay.code_url })))
}

pub(super) fn h5_url(placed: Result<Prepay, V3Error>) -> Result<Success, V3Error> {
    placed.map(|prepay| Success::Json(json!({ "h5_url": prepay.mweb_url })))
}

/// Makes an order. `sub_mch_id` is the sub-merchant of a service provider's order.
fn place(app: &App, asked: &ValidRequest<'_>, trade_type: &str, sub_mch_id: Option<&str>) -> Result<Prepay, V3Error> {
    let payer = if sub_mch_id.is_some() { "/payer/sp_openid" } else { "/payer/openid" };
    let of_product = [
        ("notify_url", asked.given("/notify_url")),
        ("trade_type", trade_type),
        ("openid", asked.given(payer)),
        ("sub_openid", asked.given("/payer/sub_openid")),
        ("spbill_create_ip", asked.given("/scene_info/payer_client_ip")),
    ];
    let fields = fields(app, asked, trade_type, sub_mch_id, &of_product)?;
    if trade_type == "JSAPI" && sub_mch_id.is_some() {
        check_payer(asked)?;
    }
    let expires = asked.text("/time_expire").and_then(times::read);
    let placing = OrderRequest { fields: Arc::new(fields), expires, longest: LONGEST, v3: asked.of_v3() };
    transactions::place(app, asked.merchant, placing)
}

/// The longest `detail`.
const DETAIL_BYTES: usize = 6144;

/// An order by APIv2's names: the fields that all orders have, and those of its product. Checks that the merchant may make it.
pub(super) fn fields(
    app: &App,
    asked: &ValidRequest<'_>,
    trade_type: &str,
    sub_mch_id: Option<&str>,
    of_product: &[(&str, &str)],
) -> Result<Fields, V3Error> {
    let merchant = asked.merchant;
    let appid = asked.given(if sub_mch_id.is_some() { "/sp_appid" } else { "/appid" });
    permitted(app, merchant, appid, sub_mch_id, trade_type)?;
    check_sub_appid(app, sub_mch_id, asked.text("/sub_appid"))?;
    let total = asked.number("/amount/total").unwrap_or_default().to_string();
    let detail = asked.body.get("detail").map(Value::to_string).unwrap_or_default();
    if detail.len() > DETAIL_BYTES {
        let at = json!({ "location": "body", "value": "" });
        return Err(V3Error::parameter("输入源“/body/detail”映射到字段“优惠功能”规则校验失败，字节数超过6144").with(at));
    }
    let shares = asked.body.pointer("/settle_info/profit_sharing").and_then(Value::as_bool) == Some(true);
    let of_all = [
        ("appid", appid),
        ("mch_id", &merchant.mch_id),
        ("sub_appid", asked.given("/sub_appid")),
        ("sub_mch_id", sub_mch_id.unwrap_or_default()),
        ("body", asked.given("/description")),
        ("out_trade_no", asked.given("/out_trade_no")),
        ("total_fee", &total),
        ("fee_type", asked.text("/amount/currency").unwrap_or("CNY")),
        ("attach", asked.given("/attach")),
        ("goods_tag", asked.given("/goods_tag")),
        ("detail", &detail),
        ("device_info", asked.given("/scene_info/device_id")),
        ("profit_sharing", if shares { "Y" } else { "" }),
    ];
    Ok(of_all.into_iter().chain(of_product.iter().copied()).filter(|(_, value)| !value.is_empty()).collect())
}

/// Exactly one of the two openids names the payer of a service provider's order.
fn check_payer(asked: &ValidRequest<'_>) -> Result<(), V3Error> {
    match (asked.text("/payer/sp_openid"), asked.text("/payer/sub_openid")) {
        (None, None) => {
            let explanation = Explanation::reason(Reason::PAYER_MISSING);
            Err(V3Error::parameter("JSAPI支付必须传openid").numbered(268_501_013).because(explanation))
        }
        (None, Some(_)) if asked.text("/sub_appid").is_none() => {
            let explanation = Explanation::reason(Reason::SUB_APPID_MISSING);
            Err(V3Error::invalid("sub_appid和sub_openid不匹配").because(explanation))
        }
        _ => asked.exactly_one("/payer/sp_openid", "/payer/sub_openid"),
    }
}

/// Whether a merchant may order with this appid, for this sub-merchant, this way.
pub(super) fn permitted(
    app: &App,
    merchant: &Merchant,
    appid: &str,
    sub_mch_id: Option<&str>,
    trade_type: &str,
) -> Result<(), V3Error> {
    relation(merchant, sub_mch_id, Calls::Orders)?;
    let Some(bound) = app.registry.bound(appid, &merchant.mch_id) else {
        let english = format!("appid {appid} and merchant {} are not bound to one another", merchant.mch_id);
        let chinese = format!("appid {appid} 与商户号 {} 没有绑定", merchant.mch_id);
        let redacted = |text| app.registry.redact(text);
        let explanation = Explanation::with_values("not_bound", redacted(english), redacted(chinese));
        let text = "appid和mch_id不匹配，请检查后再试";
        let denied = V3Error::new(400, "APPID_MCHID_NOT_MATCH", text).numbered(268_445_527);
        return Err(denied.because(explanation));
    };
    if bound.products.is_empty() || bound.products.iter().any(|product| product == trade_type) {
        return Ok(());
    }
    let english = format!("this merchant's products do not include {trade_type}");
    let explanation = Explanation::with_values("product", english, format!("该商户没有开通 {trade_type}"));
    let text = "商户号该产品权限未开通，请前往商户平台>产品中心检查后重试";
    Err(V3Error::new(403, "NO_AUTH", text).because(explanation))
}

/// Checks that a sub-merchant's appid is bound to it, where the sub-merchant is one of this emulator's merchants. Of others it knows no appid.
pub(super) fn check_sub_appid(app: &App, sub_mch_id: Option<&str>, sub_appid: Option<&str>) -> Result<(), V3Error> {
    let Some((sub_mch_id, sub_appid)) = sub_mch_id.zip(sub_appid) else { return Ok(()) };
    if app.registry.by_mch(sub_mch_id).is_none() || app.registry.bound(sub_appid, sub_mch_id).is_some() {
        return Ok(());
    }
    let english = format!("sub_appid {sub_appid} and sub_mchid {sub_mch_id} are not bound to one another");
    let chinese = format!("sub_appid {sub_appid} 与 sub_mchid {sub_mch_id} 没有绑定");
    let redacted = |text| app.registry.redact(text);
    let explanation = Explanation::with_values("not_bound", redacted(english), redacted(chinese));
    // The documents give the text without its code.
    Err(V3Error::invalid("sub_mch_id与sub_appid不匹配").because(explanation))
}

/// The order that path, query and body name, by APIv2's names.
fn named(asked: &ValidRequest<'_>) -> Fields {
    let sub_mch_id = asked.in_query("sub_mchid").or_else(|| asked.text("/sub_mchid"));
    let names = [
        ("transaction_id", asked.in_path("transaction_id")),
        ("out_trade_no", asked.in_path("out_trade_no")),
        ("sub_mch_id", sub_mch_id.unwrap_or_default()),
    ];
    names.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn query(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    let named = named(asked);
    relation(asked.merchant, named.get("sub_mch_id"), Calls::Orders)?;
    transactions::query(app, asked.merchant, &named).map(Success::Json)
}

fn close(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    let named = named(asked);
    relation(asked.merchant, named.get("sub_mch_id"), Calls::Orders)?;
    transactions::close(app, asked.merchant, &named).map(|()| Success::Nothing)
}
