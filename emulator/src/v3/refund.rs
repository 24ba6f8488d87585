//! The rows of refunds (protocol v3 §8).

use serde_json::{Value, json};
use wxpaykit::Fields;

use super::order::RESULT_NOTIFY_URL;
use super::relation::{Calls, relation};
use super::rules::{Row, Success, ValidRequest, row};
use super::schema::{REFUND_NUMBER, SUB_MCHID, integer, list, object, sealed, text};
use crate::app::App;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::wechat::domestic_refunds::{self, DomesticRefund, OtherCard};
use crate::wechat::v3_error::V3Error;
use crate::world::fen::sum;

pub(super) const REFUND: Row = Row {
    body: Some(&[
        SUB_MCHID,
        text("transaction_id", "微信支付订单号", 32),
        text("out_trade_no", "商户订单号", 32),
        text("out_refund_no", "商户退款单号", 64).form(REFUND_NUMBER).required(),
        text("reason", "退款原因", 80).bytes(),
        RESULT_NOTIFY_URL,
        text("funds_account", "退款资金来源", 32).words(&["AVAILABLE", "UNSETTLED"]),
        object(
            "amount",
            "金额信息",
            &[
                integer("refund", "退款金额", 1).required(),
                list(
                    "from",
                    "退款出资账户及金额",
                    &[
                        text("account", "出资账户类型", 32).words(&["AVAILABLE", "UNAVAILABLE"]).required(),
                        integer("amount", "出资金额", 1).required(),
                    ],
                    0,
                    10,
                ),
                integer("total", "原订单金额", 1).required(),
                text("currency", "退款币种", 16).words(&["CNY"]).required(),
            ],
        )
        .required(),
        list(
            "goods_detail",
            "退款商品",
            &[
                text("merchant_goods_id", "商户侧商品编码", 32).required(),
                text("wechatpay_goods_id", "微信侧商品编码", 32),
                text("goods_name", "商品名称", 256),
                integer("unit_price", "商品单价", 0).required(),
                integer("refund_amount", "商品退款金额", 0).required(),
                integer("refund_quantity", "商品退货数量", 1).required(),
            ],
            0,
            6000,
        ),
    ]),
    own_mch_id: &[],
    ..row("POST", "/v3/refund/domestic/refunds", refund)
};

pub(super) const QUERY: Row = Row {
    in_path: &[text("out_refund_no", "商户退款单号", 64)],
    query: &[SUB_MCHID],
    own_mch_id: &[],
    ..row("GET", "/v3/refund/domestic/refunds/{out_refund_no}", query)
};

pub(super) const APPLY_ABNORMAL: Row = Row {
    in_path: &[text("refund_id", "微信支付退款单号", 32)],
    body: Some(&[
        SUB_MCHID,
        text("out_refund_no", "商户退款单号", 64).required(),
        text("type", "异常退款处理方式", 32).words(&["USER_BANK_CARD", "MERCHANT_BANK_CARD"]).required(),
        text("bank_type", "开户银行", 16).words(BANKS),
        sealed("bank_account", "收款银行卡号"),
        sealed("real_name", "收款用户姓名"),
    ]),
    own_mch_id: &[],
    ..row("POST", "/v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund", apply_abnormal)
};

/// Whose debit cards take an abnormal refund (protocol v3 §8.6).
const BANKS: &[&str] = &[
    "CMB_DEBIT",
    "COMM_DEBIT",
    "ABC_DEBIT",
    "CCB_DEBIT",
    "ICBC_DEBIT",
    "BOC_DEBIT",
    "PAB_DEBIT",
    "SPDB_DEBIT",
    "CITIC_DEBIT",
    "CEB_DEBIT",
    "CMBC_DEBIT",
    "CIB_DEBIT",
    "GDB_DEBIT",
    "PSBC_DEBIT",
    "NBCB_DEBIT",
];

fn refund(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    relation(asked.merchant, asked.text("/sub_mchid"), Calls::Refunds)?;
    asked.exactly_one("/transaction_id", "/out_trade_no")?;
    let refund = asked.number("/amount/refund").unwrap_or_default();
    let from = asked.body.pointer("/amount/from").and_then(Value::as_array);
    let amounts = |from: &Vec<Value>| sum(from.iter().filter_map(|one| one.get("amount").and_then(Value::as_u64)));
    if from.is_some_and(|from| !from.is_empty() && amounts(from) != Some(refund)) {
        let at = json!({ "location": "body", "value": "" });
        return Err(V3Error::parameter("出资金额之和必须等于退款金额").with(at));
    }
    let names = [
        ("transaction_id", asked.text("/transaction_id")),
        ("out_trade_no", asked.text("/out_trade_no")),
        ("sub_mch_id", asked.text("/sub_mchid")),
    ];
    let named: Fields = names.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let refunding = DomesticRefund {
        named,
        out_refund_no: asked.given("/out_refund_no").to_owned(),
        total: asked.number("/amount/total").unwrap_or_default(),
        refund,
        currency: asked.text("/amount/currency").unwrap_or("CNY").to_owned(),
        available: asked.text("/funds_account") == Some("AVAILABLE"),
        notify_url: asked.text("/notify_url").map(str::to_owned),
        v3: asked.of_v3(),
    };
    domestic_refunds::create(app, asked.merchant, refunding).map(Success::Json)
}

fn query(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    let sub_mch_id = asked.in_query("sub_mchid");
    relation(asked.merchant, sub_mch_id, Calls::Refunds)?;
    domestic_refunds::query(app, asked.merchant, asked.in_path("out_refund_no"), sub_mch_id).map(Success::Json)
}

fn apply_abnormal(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    relation(asked.merchant, asked.text("/sub_mchid"), Calls::Refunds)?;
    let needed = ["/bank_type", "/bank_account", "/real_name"].map(|name| asked.text(name));
    let to = match (asked.text("/type"), needed) {
        (Some("USER_BANK_CARD"), [Some(bank_type), Some(number), Some(_)]) => OtherCard::OfUser { bank_type, number },
        (Some("USER_BANK_CARD"), _) => {
            let explanation = Explanation::reason(Reason::BANK_CARD_MISSING);
            return Err(V3Error::parameter("用户银行卡信息不完整").because(explanation));
        }
        _ => OtherCard::OfMerchant,
    };
    let numbers = (asked.in_path("refund_id"), asked.given("/out_refund_no"));
    domestic_refunds::apply_abnormal(app, asked.merchant, numbers, asked.text("/sub_mchid"), &to).map(Success::Json)
}
