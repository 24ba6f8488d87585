//! The rows of payment codes (protocol v3 §5.1): the calls of APIv2 behind other names.

use std::sync::Arc;

use serde_json::json;

use super::order::{
    AMOUNT, ATTACH, DESCRIPTION, DETAIL, GOODS_TAG, OUT_TRADE_NO, SP_APPID, SP_MCHID, SUB_APPID, SUB_MCHID,
    SUPPORT_FAPIAO, fields,
};
use super::relation::{Calls, relation};
use super::rules::{Row, Success, ValidRequest, row};
use super::schema::{Member, OF_NUMBER, PARTNER, flag, object, text};
use crate::app::App;
use crate::wechat::code_payments::{self, ChargeOutcome};
use crate::wechat::v3_error::V3Error;

const PAYER: Member = object("payer", "支付者", &[text("auth_code", "付款码", 32).required()]).required();
const SCENE_INFO: Member = object(
    "scene_info",
    "场景信息",
    &[
        text("device_id", "商户端设备号", 32),
        text("device_ip", "商户端设备IP", 45).required(),
        object("store_info", "门店信息", &[text("id", "门店编号", 32), text("out_id", "商家自定义编码", 256)]),
    ],
)
.required();
const SETTLE_INFO: Member = object("settle_info", "结算信息", &[flag("profit_sharing", "是否指定分账")]);
const APPID: Member = text("appid", "公众账号ID", 32).required();
const MCHID: Member = text("mchid", "商户号", 32).required();

pub(super) const CODEPAY: Row = Row {
    body: Some(&[
        APPID,
        MCHID,
        DESCRIPTION,
        OUT_TRADE_NO,
        ATTACH,
        GOODS_TAG,
        SUPPORT_FAPIAO,
        AMOUNT,
        DETAIL,
        PAYER,
        SCENE_INFO,
        SETTLE_INFO,
    ]),
    newer_gateway: true,
    makes_order: true,
    ..row("POST", "/v3/pay/transactions/codepay", codepay)
};

pub(super) const REVERSE: Row = Row {
    in_path: OF_NUMBER,
    body: Some(&[text("appid", "公众账号ID", 32), MCHID]),
    newer_gateway: true,
    ..row("POST", "/v3/pay/transactions/out-trade-no/{out_trade_no}/reverse", reverse)
};

pub(super) const PARTNER_CODEPAY: Row = Row {
    body: Some(&[
        SP_APPID,
        SP_MCHID,
        SUB_APPID,
        SUB_MCHID,
        DESCRIPTION,
        OUT_TRADE_NO,
        ATTACH,
        GOODS_TAG,
        SUPPORT_FAPIAO,
        AMOUNT,
        DETAIL,
        PAYER,
        SCENE_INFO,
        SETTLE_INFO,
    ]),
    own_mch_id: PARTNER,
    newer_gateway: true,
    makes_order: true,
    ..row("POST", "/v3/pay/partner/transactions/codepay", codepay)
};

pub(super) const PARTNER_REVERSE: Row = Row {
    in_path: OF_NUMBER,
    body: Some(&[text("sp_appid", "服务商应用ID", 32), SP_MCHID, SUB_APPID, SUB_MCHID]),
    own_mch_id: PARTNER,
    newer_gateway: true,
    ..row("POST", "/v3/pay/partner/transactions/out-trade-no/{out_trade_no}/reverse", reverse)
};

fn codepay(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    let of_product =
        [("spbill_create_ip", asked.given("/scene_info/device_ip")), ("auth_code", asked.given("/payer/auth_code"))];
    let fields = fields(app, asked, "MICROPAY", asked.text("/sub_mchid"), &of_product)?;
    match code_payments::charge(app, asked.merchant, Arc::new(fields), asked.of_v3())? {
        ChargeOutcome::Paid(order) => Ok(Success::Json(order)),
        ChargeOutcome::Waiting(said) => Ok(Success::Accepted(said)),
    }
}

fn reverse(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    let sub_mch_id = asked.text("/sub_mchid");
    relation(asked.merchant, sub_mch_id, Calls::Orders)?;
    let (number, mch_id) = (asked.in_path("out_trade_no"), &asked.merchant.mch_id);
    let appid = code_payments::reverse(app, asked.merchant, number, sub_mch_id)?;
    Ok(Success::Json(match sub_mch_id {
        None => json!({ "appid": appid, "mchid": mch_id, "out_trade_no": number }),
        Some(sub) => json!({ "out_trade_no": number, "sp_appid": appid, "sp_mchid": mch_id, "sub_mchid": sub }),
    }))
}
