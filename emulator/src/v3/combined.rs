//! The rows of combined orders (protocol v3 §7).

use std::sync::Arc;

use serde_json::{Value, json};
use wxpaykit::Fields;

use super::order::{
    CLIENT_IP, DESCRIPTION, GOODS_TAG, H5_INFO, IDENTITY, LIMIT_PAY, NOTIFY_URL, OUT_TRADE_NO, SUB_APPID, TIME_EXPIRE,
    check_sub_appid, code_url, h5_url, permitted, prepay_id,
};
use super::relation::{Calls, relation};
use super::rules::{OwnCode, Row, Success, ValidRequest, row};
use super::schema::{Member, NUMBER, SUB_MCHID, check_count, flag, integer, list, object, text, time};
use super::times;
use crate::app::App;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::wechat::combined::{self, PartName};
use crate::wechat::transactions::{LONGEST_OF_COMBINED, OrderRequest};
use crate::wechat::v3_error::V3Error;
use crate::world::fen::sum;
use crate::world::order::{Prepay, V3Origin};

const APPID: Member = text("combine_appid", "合单商户AppID", 32).required();
const MCHID: Member = text("combine_mchid", "合单商户号", 32).required();
const COMBINE_OUT_TRADE_NO: Member =
    text("combine_out_trade_no", "合单商户订单号", 32).bytes().least(6).form(NUMBER).required();
const DEVICE_ID: Member = text("device_id", "商户端设备号", 16).least(0);
const SCENE_INFO: Member = object("scene_info", "场景信息", &[CLIENT_IP, DEVICE_ID]);
const H5_SCENE_INFO: Member = object("scene_info", "场景信息", &[CLIENT_IP, DEVICE_ID, H5_INFO]).required();
const PAYER: Member = object(
    "combine_payer_info",
    "支付者",
    &[text("openid", "用户标识", 128), text("sub_openid", "用户子标识", 128), IDENTITY],
);
/// A platform adds at most 5000 yuan to a part.
const SETTLE_INFO: Member = object(
    "settle_info",
    "结算信息",
    &[flag("profit_sharing", "是否指定分账"), integer("subsidy_amount", "补差金额", 0).most(500_000)],
);
const PART_MCHID: Member = text("mchid", "子单商户号", 32).required();
const SUB_ORDERS: Member = list(
    "sub_orders",
    "子单信息",
    &[
        PART_MCHID,
        text("attach", "附加数据", 128).bytes().required(),
        object(
            "amount",
            "订单金额",
            &[
                integer("total_amount", "标价金额", 1).required(),
                text("currency", "标价币种", 8).words(&["CNY"]).required(),
            ],
        )
        .required(),
        OUT_TRADE_NO,
        SUB_MCHID,
        SUB_APPID,
        DESCRIPTION,
        GOODS_TAG,
        SETTLE_INFO,
    ],
    1,
    MOST_OF_PROVIDERS,
)
.required();

macro_rules! body {
    ($payer:expr, $scene:expr) => {
        Some(&[
            APPID,
            MCHID,
            COMBINE_OUT_TRADE_NO,
            $scene,
            SUB_ORDERS,
            $payer,
            time("time_start", "交易起始时间"),
            TIME_EXPIRE,
            NOTIFY_URL.required(),
            LIMIT_PAY,
        ])
    };
}

const fn order(
    path: &'static str,
    behaviour: fn(&App, &ValidRequest<'_>) -> Result<Success, V3Error>,
    body: Option<&'static [Member]>,
) -> Row {
    Row { body, own_mch_id: OWN, newer_gateway: true, codes: CODES, ..row("POST", path, behaviour) }
}

/// These calls spell some codes without underscore, as APIv2 does.
const CODES: &[OwnCode] = &[
    OwnCode { usual: "NO_AUTH", status: 403, own: "NOAUTH" },
    OwnCode { usual: "RULE_LIMIT", status: 403, own: "RULELIMIT" },
    OwnCode { usual: "ORDER_NOT_EXIST", status: 404, own: "ORDERNOTEXIST" },
    OwnCode { usual: "SYSTEM_ERROR", status: 500, own: "SYSTEMERROR" },
];

const OWN: &[&str] = &["combine_mchid"];
const OF_NUMBER: &[Member] = &[text("combine_out_trade_no", "合单商户订单号", 32)];

pub(super) const JSAPI: Row = order(
    "/v3/combine-transactions/jsapi",
    |app, asked| prepay_id(place(app, asked, "JSAPI")),
    body!(PAYER.required(), SCENE_INFO),
);
pub(super) const APP: Row =
    order("/v3/combine-transactions/app", |app, asked| prepay_id(place(app, asked, "APP")), body!(PAYER, SCENE_INFO));
pub(super) const NATIVE: Row = order(
    "/v3/combine-transactions/native",
    |app, asked| code_url(place(app, asked, "NATIVE")),
    body!(PAYER, SCENE_INFO),
);
pub(super) const H5: Row =
    order("/v3/combine-transactions/h5", |app, asked| h5_url(place(app, asked, "MWEB")), body!(PAYER, H5_SCENE_INFO));
pub(super) const QUERY: Row = Row {
    in_path: OF_NUMBER,
    own_mch_id: &[],
    newer_gateway: true,
    codes: CODES,
    ..row("GET", "/v3/combine-transactions/out-trade-no/{combine_out_trade_no}", |app, asked| {
        combined::query(app, asked.merchant, asked.in_path("combine_out_trade_no")).map(Success::Json)
    })
};
pub(super) const CLOSE: Row = Row {
    in_path: OF_NUMBER,
    body: Some(&[
        APPID,
        list(
            "sub_orders",
            "子单信息",
            &[PART_MCHID, text("out_trade_no", "商户订单号", 32).required(), SUB_MCHID, SUB_APPID],
            1,
            MOST_OF_PROVIDERS,
        )
        .required(),
    ]),
    own_mch_id: &[],
    newer_gateway: true,
    codes: CODES,
    ..row("POST", "/v3/combine-transactions/out-trade-no/{combine_out_trade_no}/close", close)
};

/// How many parts a merchant orders that is not a service provider.
const OF_MERCHANTS: (usize, usize) = (2, 10);
const MOST_OF_PROVIDERS: usize = 50;

fn place(app: &App, asked: &ValidRequest<'_>, trade_type: &str) -> Result<Prepay, V3Error> {
    let (merchant, appid) = (asked.merchant, asked.given("/combine_appid"));
    let parts = sub_orders(asked);
    if !merchant.provider {
        check_count(&SUB_ORDERS, parts.len(), OF_MERCHANTS)?;
    }
    let [openid, sub_openid] =
        ["/combine_payer_info/openid", "/combine_payer_info/sub_openid"].map(|at| asked.given(at));
    if trade_type == "JSAPI" && openid.is_empty() && sub_openid.is_empty() {
        return Err(V3Error::parameter("JSAPI支付必须传openid").numbered(268_501_013));
    }
    if !openid.is_empty() && !sub_openid.is_empty() {
        asked.exactly_one("/combine_payer_info/openid", "/combine_payer_info/sub_openid")?;
    }
    let of = |part: &Value, pointer: &str| part.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let amount = |part: &Value| part.pointer("/amount/total_amount").and_then(Value::as_u64).unwrap_or_default();
    for part in parts {
        let (mch_id, sub_mch_id) = (of(part, "/mchid"), part.get("sub_mchid").and_then(Value::as_str));
        let Some(owner) = app.registry.by_mch(&mch_id) else {
            return Err(V3Error::new(400, "MCH_NOT_EXISTS", "商户号不存在"));
        };
        relation(owner, sub_mch_id, Calls::Orders)?;
        permitted(app, owner, appid, sub_mch_id, trade_type)?;
        check_sub_appid(app, sub_mch_id, part.get("sub_appid").and_then(Value::as_str))?;
    }
    // An openid is of one appid.
    let sub_appid = match sub_openid {
        "" => String::new(),
        _ => parts.first().map(|part| of(part, "/sub_appid")).unwrap_or_default(),
    };
    if !sub_openid.is_empty() && (sub_appid.is_empty() || parts.iter().any(|part| of(part, "/sub_appid") != sub_appid))
    {
        let explanation = Explanation::reason(Reason::SUB_APPID_MISSING);
        return Err(V3Error::invalid("sub_appid和sub_openid不匹配").because(explanation));
    }
    let total = sum(parts.iter().map(amount)).ok_or_else(|| V3Error::parameter("订单金额超过限制"))?.to_string();
    let numbers: Vec<_> = parts.iter().map(|part| (of(part, "/mchid"), of(part, "/out_trade_no"))).collect();
    let numbers = json!(numbers).to_string();
    let first = parts.first().map(|part| of(part, "/description")).unwrap_or_default();
    let of_all = [("appid", appid), ("trade_type", trade_type), ("openid", openid), ("sub_openid", sub_openid)];
    let whole = [
        ("sub_appid", &*sub_appid),
        ("mch_id", &*merchant.mch_id),
        ("body", &first),
        ("out_trade_no", asked.given("/combine_out_trade_no")),
        ("total_fee", &total),
        ("fee_type", "CNY"),
        ("notify_url", asked.given("/notify_url")),
        ("spbill_create_ip", asked.given("/scene_info/payer_client_ip")),
        ("device_info", asked.given("/scene_info/device_id")),
        ("sub_orders", &numbers),
    ];
    let filled = |(_, value): &(&str, &str)| !value.is_empty();
    let fields: Fields = of_all.into_iter().chain(whole).filter(filled).collect();
    let made = parts.iter().map(|part| {
        let shares = part.pointer("/settle_info/profit_sharing").and_then(Value::as_bool) == Some(true);
        let names = [
            ("mch_id", of(part, "/mchid")),
            ("sub_mch_id", of(part, "/sub_mchid")),
            ("sub_appid", of(part, "/sub_appid")),
            ("body", of(part, "/description")),
            ("out_trade_no", of(part, "/out_trade_no")),
            ("total_fee", amount(part).to_string()),
            ("fee_type", "CNY".to_owned()),
            ("attach", of(part, "/attach")),
            ("goods_tag", of(part, "/goods_tag")),
            ("profit_sharing", if shares { "Y" } else { "" }.to_owned()),
            ("combine_out_trade_no", asked.given("/combine_out_trade_no").to_owned()),
            ("combine_mchid", merchant.mch_id.clone()),
        ];
        let own = names.iter().map(|(name, value)| (*name, value.as_str()));
        let fields: Fields = of_all.into_iter().chain(own).filter(filled).collect();
        (Arc::new(fields), V3Origin { request: part.to_string(), serial: asked.serial.map(str::to_owned) })
    });
    let expires = asked.text("/time_expire").and_then(times::read);
    let placing = OrderRequest { fields: Arc::new(fields), expires, longest: LONGEST_OF_COMBINED, v3: asked.of_v3() };
    combined::place(app, merchant, placing, made.collect())
}

fn sub_orders<'a>(asked: &'a ValidRequest<'_>) -> &'a [Value] {
    asked.body.get("sub_orders").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn close(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    let text = |part: &Value, name: &str| part.get(name).and_then(Value::as_str).map(str::to_owned);
    let name = |part| PartName {
        mch_id: text(part, "mchid").unwrap_or_default(),
        sub_mch_id: text(part, "sub_mchid"),
        out_trade_no: text(part, "out_trade_no").unwrap_or_default(),
    };
    let named = sub_orders(asked).iter().map(name).collect();
    let (number, appid) = (asked.in_path("combine_out_trade_no"), asked.given("/combine_appid"));
    combined::close(app, asked.merchant, (number, appid), named).map(|()| Success::Nothing)
}
