//! The rows of profit sharing (protocol v3 §12).

use serde_json::{Value, json};

use super::relation::{Calls, relation};
use super::rules::{Row, Success, ValidRequest, row};
use super::schema::{Form, Member, REFUND_NUMBER, SUB_MCHID, flag, integer, list, missing_with, sealed, text};
use crate::app::App;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::wechat::lookup;
use crate::wechat::profit_sharing::{self, MAX_RATIO, ReturnRequest, SharingRequest};
use crate::wechat::v3_error::V3Error;
use crate::world::sharing::Receiver;

const TRANSACTION_ID: Member = text("transaction_id", "微信订单号", 32).required();
const OUT_ORDER_NO: Member = text("out_order_no", "商户分账单号", 64).form(REFUND_NUMBER).required();
const TYPE: Member = text("type", "分账接收方类型", 32).form(Form::Words(TYPES)).required();
const ACCOUNT: Member = text("account", "分账接收方账号", 64).required();
const TYPES: &[&str] = &["MERCHANT_ID", "PERSONAL_OPENID", "PERSONAL_SUB_OPENID"];
const RELATIONS: &[&str] = &[
    "STORE",
    "STAFF",
    "STORE_OWNER",
    "PARTNER",
    "HEADQUARTER",
    "BRAND",
    "DISTRIBUTOR",
    "USER",
    "SUPPLIER",
    "CUSTOM",
    "SERVICE_PROVIDER",
];

pub(super) const SHARE: Row = Row {
    body: Some(&[
        SUB_MCHID,
        text("appid", "应用ID", 32),
        text("sub_appid", "子商户应用ID", 32),
        TRANSACTION_ID,
        OUT_ORDER_NO,
        list(
            "receivers",
            "分账接收方列表",
            &[
                TYPE,
                ACCOUNT,
                sealed("name", "分账个人接收方姓名"),
                integer("amount", "分账金额", 1).required(),
                text("description", "分账描述", 80).required(),
            ],
            1,
            50,
        )
        .required(),
        flag("unfreeze_unsplit", "是否解冻剩余未分资金").required(),
    ]),
    own_mch_id: &[],
    ..row("POST", "/v3/profitsharing/orders", share)
};

pub(super) const QUERY: Row = Row {
    in_path: &[text("out_order_no", "商户分账单号", 64)],
    query: &[SUB_MCHID, TRANSACTION_ID],
    own_mch_id: &[],
    ..row("GET", "/v3/profitsharing/orders/{out_order_no}", query)
};

pub(super) const UNFREEZE: Row = Row {
    body: Some(&[SUB_MCHID, TRANSACTION_ID, OUT_ORDER_NO, text("description", "分账描述", 80).required()]),
    own_mch_id: &[],
    ..row("POST", "/v3/profitsharing/orders/unfreeze", unfreeze)
};

pub(super) const AMOUNTS: Row = Row {
    in_path: &[text("transaction_id", "微信订单号", 32)],
    own_mch_id: &[],
    ..row("GET", "/v3/profitsharing/transactions/{transaction_id}/amounts", |app, asked| {
        profit_sharing::amounts(app, asked.merchant, asked.in_path("transaction_id")).map(Success::Json)
    })
};

pub(super) const RETURN: Row = Row {
    body: Some(&[
        SUB_MCHID,
        text("order_id", "微信分账单号", 64),
        text("out_order_no", "商户分账单号", 64),
        text("out_return_no", "商户回退单号", 64).form(REFUND_NUMBER).required(),
        text("return_mchid", "回退商户号", 32).required(),
        integer("amount", "回退金额", 1).required(),
        text("description", "回退描述", 80).required(),
    ]),
    own_mch_id: &[],
    ..row("POST", "/v3/profitsharing/return-orders", give_back)
};

pub(super) const QUERY_RETURN: Row = Row {
    in_path: &[text("out_return_no", "商户回退单号", 64)],
    query: &[SUB_MCHID, OUT_ORDER_NO],
    own_mch_id: &[],
    ..row("GET", "/v3/profitsharing/return-orders/{out_return_no}", query_return)
};

pub(super) const ADD_RECEIVER: Row = Row {
    body: Some(&[
        SUB_MCHID,
        text("appid", "应用ID", 32).required(),
        text("sub_appid", "子商户应用ID", 32),
        TYPE,
        ACCOUNT,
        sealed("name", "分账接收方全称"),
        text("relation_type", "与分账方的关系类型", 32).form(Form::Words(RELATIONS)).required(),
        text("custom_relation", "自定义的分账关系", 10),
    ]),
    own_mch_id: &[],
    ..row("POST", "/v3/profitsharing/receivers/add", add_receiver)
};

pub(super) const DELETE_RECEIVER: Row = Row {
    body: Some(&[
        SUB_MCHID,
        text("appid", "应用ID", 32).required(),
        text("sub_appid", "子商户应用ID", 32),
        TYPE,
        ACCOUNT,
    ]),
    own_mch_id: &[],
    ..row("POST", "/v3/profitsharing/receivers/delete", delete_receiver)
};

pub(super) const CONFIG: Row = Row {
    in_path: &[text("sub_mchid", "子商户号", 32)],
    own_mch_id: &[],
    ..row("GET", "/v3/profitsharing/merchant-configs/{sub_mchid}", |_, asked| {
        Ok(Success::Json(json!({ "max_ratio": MAX_RATIO, "sub_mchid": asked.in_path("sub_mchid") })))
    })
};

fn share(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    check_named(asked)?;
    let receivers = asked.body.get("receivers").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (n, receiver) in receivers.iter().enumerate() {
        check_kind(app, asked, receiver, &format!("/receivers/{n}"))?;
    }
    let of = |receiver: &Value, name: &str| receiver.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let receivers = receivers.iter().map(|receiver| {
        let amount = receiver.get("amount").and_then(Value::as_u64).unwrap_or_default();
        (of(receiver, "type"), of(receiver, "account"), amount, of(receiver, "description"))
    });
    let asking = SharingRequest {
        receivers: receivers.collect(),
        unfreezes: asked.body.get("unfreeze_unsplit").and_then(Value::as_bool).unwrap_or_default(),
        description: "解冻给分账方".to_owned(),
        ..asking(asked)
    };
    profit_sharing::share(app, asked.merchant, asking).map(Success::Json)
}

/// Checks the members that the type of a receiver asks for. `at` is the pointer of the receiver. The documents ask for the names of
/// merchants; whether WeChat does is not known.
fn check_kind(app: &App, asked: &ValidRequest<'_>, receiver: &Value, at: &str) -> Result<(), V3Error> {
    let kind = receiver.get("type").and_then(Value::as_str).unwrap_or_default();
    let (pointer, title) = match kind {
        "PERSONAL_OPENID" => ("/appid".to_owned(), "应用ID"),
        "PERSONAL_SUB_OPENID" => ("/sub_appid".to_owned(), "子商户应用ID"),
        "MERCHANT_ID" if app.config.strict_docs => (format!("{at}/name"), "分账接收方全称"),
        _ => return Ok(()),
    };
    if asked.text(&pointer).is_some() {
        return Ok(());
    }
    Err(missing_with(&pointer, title, (&format!(" with the type {kind}"), &format!("（类型为 {kind}）"))))
}

/// Checks the sub-merchant that a request names. One that names none is of the merchant's own orders: a service provider's is refused
/// by the mode of the order.
fn check_named(asked: &ValidRequest<'_>) -> Result<(), V3Error> {
    match asked.text("/sub_mchid") {
        named @ Some(_) => relation(asked.merchant, named, Calls::Sharing),
        None => Ok(()),
    }
}

fn unfreeze(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    check_named(asked)?;
    profit_sharing::share(app, asked.merchant, asking(asked)).map(Success::Json)
}

/// A request that unfreezes.
fn asking(asked: &ValidRequest<'_>) -> SharingRequest {
    let given = |pointer: &str| asked.given(pointer).to_owned();
    SharingRequest {
        sub_mch_id: asked.text("/sub_mchid").map(str::to_owned),
        transaction_id: given("/transaction_id"),
        out_order_no: given("/out_order_no"),
        receivers: Vec::new(),
        unfreezes: true,
        description: given("/description"),
        request: asked.canonical(),
    }
}

fn query(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    let sub_mch_id = asked.in_query("sub_mchid");
    relation(asked.merchant, sub_mch_id, Calls::Sharing)?;
    let (number, transaction_id) =
        (asked.in_path("out_order_no"), asked.in_query("transaction_id").unwrap_or_default());
    profit_sharing::query(app, asked.merchant, sub_mch_id, number, transaction_id).map(Success::Json)
}

fn give_back(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    relation(asked.merchant, asked.text("/sub_mchid"), Calls::Sharing)?;
    asked.exactly_one("/order_id", "/out_order_no")?;
    let given = |pointer: &str| asked.given(pointer).to_owned();
    let returning = ReturnRequest {
        sub_mch_id: asked.text("/sub_mchid").map(str::to_owned),
        order_id: asked.text("/order_id").map(str::to_owned),
        out_order_no: asked.text("/out_order_no").map(str::to_owned),
        out_return_no: given("/out_return_no"),
        return_mchid: given("/return_mchid"),
        amount: asked.number("/amount").unwrap_or_default(),
        description: given("/description"),
        request: asked.canonical(),
    };
    profit_sharing::give_back(app, asked.merchant, returning).map(Success::Json)
}

fn query_return(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    let sub_mch_id = asked.in_query("sub_mchid");
    relation(asked.merchant, sub_mch_id, Calls::Sharing)?;
    let (number, out_order_no) = (asked.in_path("out_return_no"), asked.in_query("out_order_no").unwrap_or_default());
    profit_sharing::query_return(app, asked.merchant, sub_mch_id, number, out_order_no).map(Success::Json)
}

/// Whether a merchant may add and delete receivers with the appid and the sub-merchant of a request.
fn check_receiver(app: &App, asked: &ValidRequest<'_>) -> Result<(), V3Error> {
    relation(asked.merchant, asked.text("/sub_mchid"), Calls::Sharing)?;
    lookup::bound(app, asked.merchant, asked.given("/appid"))
}

fn add_receiver(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    check_receiver(app, asked)?;
    check_kind(app, asked, &asked.body, "")?;
    if asked.given("/relation_type") == "SERVICE_PROVIDER" && !asked.merchant.provider {
        let explanation = Explanation::reason(Reason::RELATION_OF_PARTNERS);
        // not captured
        return Err(V3Error::parameter("与分账方的关系类型不正确").because(explanation));
    }
    if asked.given("/relation_type") == "CUSTOM" && asked.text("/custom_relation").is_none() {
        let explanation = Explanation::reason(Reason::CUSTOM_RELATION_MISSING);
        return Err(V3Error::parameter("自定义的分账关系不能为空").because(explanation));
    }
    let given = |pointer: &str| asked.given(pointer).to_owned();
    let receiver = Receiver { kind: given("/type"), account: given("/account"), relation: given("/relation_type") };
    profit_sharing::add_receiver(app, asked.merchant, asked.text("/sub_mchid"), receiver);
    // The name comes back encrypted for the merchant.
    let mut body = asked.body.clone();
    if let Some(Value::String(name)) = body.get_mut("name") {
        *name = app.certificates.of(&asked.merchant.mch_id).map(|own| own.seal(name)).unwrap_or_default();
    }
    Ok(Success::Json(body))
}

fn delete_receiver(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    check_receiver(app, asked)?;
    let (kind, account) = (asked.given("/type"), asked.given("/account"));
    profit_sharing::delete_receiver(app, asked.merchant, asked.text("/sub_mchid"), kind, account);
    let mut reply = json!({ "account": account, "type": kind });
    if let (Some(sub_mch_id), Some(members)) = (asked.text("/sub_mchid"), reply.as_object_mut()) {
        members.insert("sub_mchid".to_owned(), sub_mch_id.into());
    }
    Ok(Success::Json(reply))
}
