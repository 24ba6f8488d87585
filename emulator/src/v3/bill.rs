//! The rows of bills (protocol v3 §10).

use serde_json::{Value, json};

use super::relation::bill_of;
use super::rules::{Row, Success, ValidRequest, row};
use super::schema::{Member, text};
use crate::app::App;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::wechat::bill_files::{self, BillKey};
use crate::wechat::v3_error::V3Error;

const BILL_DATE: Member = text("bill_date", "账单日期", 10).required();
const TAR_TYPE: Member = text("tar_type", "压缩类型", 32).words(&["GZIP"]);

const BILL_TYPES: &[&str] =
    &["ALL", "SUCCESS", "REFUND", "RECHARGE_REFUND", "ALL_SPECIAL", "SUC_SPECIAL", "REF_SPECIAL"];

pub(super) const TRADEBILL: Row = Row {
    query: &[
        BILL_DATE,
        text("sub_mchid", "二级商户号/子商户号", 32),
        text("bill_type", "账单类型", 32).words(BILL_TYPES),
        TAR_TYPE,
    ],
    own_mch_id: &[],
    ..row("GET", "/v3/bill/tradebill", tradebill)
};

/// It ignores names that it does not know.
pub(super) const FUNDFLOWBILL: Row = Row {
    query: &[BILL_DATE, text("account_type", "资金账户类型", 32).words(&["BASIC", "OPERATION", "FEES"]), TAR_TYPE],
    any_query: true,
    own_mch_id: &[],
    ..row("GET", "/v3/bill/fundflowbill", fundflowbill)
};

const ALGORITHM: Member = text("algorithm", "加密算法", 32).words(&["AEAD_AES_256_GCM", "SM4_GCM"]).required();

pub(super) const SUB_MERCHANT_FUNDFLOWBILL: Row = Row {
    query: &[
        text("sub_mchid", "子商户号", 12).required(),
        BILL_DATE,
        text("account_type", "资金账户类型", 32).words(&["BASIC", "OPERATION", "FEES", "DEPOSIT"]).required(),
        ALGORITHM,
        TAR_TYPE,
    ],
    own_mch_id: &[],
    ..row("GET", "/v3/bill/sub-merchant-fundflowbill", sealed)
};

pub(super) const ECOMMERCE_FUNDFLOWBILL: Row = Row {
    query: &[BILL_DATE, text("account_type", "资金账户类型", 32).words(&["ALL"]).required(), ALGORITHM, TAR_TYPE],
    own_mch_id: &[],
    ..row("GET", "/v3/ecommerce/bill/fundflowbill", sealed)
};

pub(super) const DOWNLOAD: Row = Row {
    query: &[text("token", "下载凭证", 2048).required()],
    any_query: true,
    own_mch_id: &[],
    unsigned: true,
    ..row("GET", "/v3/billdownload/file", download)
};

fn tradebill(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    bill_of(asked.merchant, asked.in_query("sub_mchid"))?;
    // What is special about the last three is not documented: each has the rows of the one without.
    let bill_type = match asked.in_query("bill_type") {
        None | Some("ALL_SPECIAL") => "ALL",
        Some("SUC_SPECIAL") => "SUCCESS",
        Some("REF_SPECIAL") => "REFUND",
        Some(other) => other,
    };
    let style = asked.bills;
    prepare(app, asked, &BillKey::Trade { bill_type, sub_mch_id: asked.in_query("sub_mchid"), style })
}

fn fundflowbill(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    let basic = asked.in_query("account_type").is_none_or(|account| account == "BASIC");
    prepare(app, asked, &BillKey::FundFlow { basic })
}

fn sealed(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    if asked.in_query("algorithm") == Some("SM4_GCM") {
        return Err(V3Error::invalid("当前商户不支持国密").because(Explanation::reason(Reason::BILL_ALGORITHM)));
    }
    let sub_mchid = asked.in_query("sub_mchid");
    bill_of(asked.merchant, sub_mchid)?;
    let date = asked.in_query("bill_date").unwrap_or_default();
    let basic = asked.in_query("account_type").is_some_and(|account| matches!(account, "BASIC" | "ALL"));
    let packed = asked.in_query("tar_type").is_some();
    let files = bill_files::prepare_sealed(app, asked.merchant, date, sub_mchid, (basic, packed))?;
    let files: Vec<Value> = (1..)
        .zip(&files)
        .map(|(number, file)| {
            json!({
                "bill_sequence": number, "hash_type": "SHA1", "hash_value": file.address.hash,
                "download_url": format!("{}{}", asked.base_url, file.address.target),
                "encrypt_key": file.encrypt_key, "nonce": file.nonce,
            })
        })
        .collect();
    Ok(Success::Json(json!({ "download_bill_count": files.len(), "download_bill_list": files })))
}

fn prepare(app: &App, asked: &ValidRequest<'_>, wanted: &BillKey<'_>) -> Result<Success, V3Error> {
    let date = asked.in_query("bill_date").unwrap_or_default();
    let packed = asked.in_query("tar_type").is_some();
    let address = bill_files::prepare(app, asked.merchant, date, wanted, packed)?;
    // Clients send their signature to no other host than the one that they asked.
    let url = format!("{}{}", asked.base_url, address.target);
    Ok(Success::Json(json!({ "download_url": url, "hash_type": "SHA1", "hash_value": address.hash })))
}

fn download(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    bill_files::download(app, asked.merchant, asked.in_query("token").unwrap_or_default()).map(Success::File)
}
