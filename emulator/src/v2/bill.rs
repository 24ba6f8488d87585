//! The rows of bills and comments (protocol §3.7, §3.8, §3.14). Their texts about wrong fields are their own, so that the behaviour
//! checks the fields.

use wxpaykit::SignType;

use super::rules::{Row, field, row};
use crate::wechat::{bill, comments, fundflow};

const HMAC: &[SignType] = &[SignType::HmacSha256];

pub(super) const ROWS: &[Row] = &[
    Row {
        fields: &[field("bill_date", 32), field("bill_type", 32), field("tar_type", 32), field("device_info", 32)],
        numbered: true,
        ..row("/pay/downloadbill", bill::download)
    },
    Row {
        fields: &[field("bill_date", 32), field("account_type", 32), field("tar_type", 32)],
        sign_types: HMAC,
        cert: true,
        ..row("/pay/downloadfundflow", fundflow::download)
    },
    Row {
        fields: &[field("begin_time", 32), field("end_time", 32), field("offset", 32), field("limit", 32)],
        sign_types: HMAC,
        cert: true,
        ..row("/billcommentsp/batchquerycomment", comments::query)
    },
];
