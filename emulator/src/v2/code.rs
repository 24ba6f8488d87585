//! The rows of payment codes (protocol §3.9 to §3.11).

use super::forms::{CURRENCY, FEN, IP, TIME};
use super::order::OUT_TRADE_NO;
use super::rules::{Row, field, row};
use crate::wechat::{authcodetoopenid, micropay, reverse};

pub(super) const ROWS: &[Row] = &[
    Row {
        fields: &[
            field("device_info", 32),
            field("body", 128).required(),
            field("detail", 6000),
            field("attach", 127),
            OUT_TRADE_NO.required(),
            field("fee_type", 16).form(CURRENCY),
            field("total_fee", 32).required().form(FEN),
            field("spbill_create_ip", 64).required().form(IP).refused_as("invalid spbill_create_ip"),
            field("time_start", 14).form(TIME),
            field("time_expire", 14).form(TIME),
            field("goods_tag", 32),
            field("limit_pay", 32).words(&["no_credit"]),
            field("auth_code", 128).required(),
            field("receipt", 8).words(&["Y"]),
            field("profit_sharing", 16).words(&["Y", "N"]),
            field("scene_info", 256),
            field("deposit", 1).words(&["Y"]),
            field("version", 32),
        ],
        makes_order: true,
        ..row("/pay/micropay", micropay::micropay)
    },
    Row {
        fields: &[field("transaction_id", 32), OUT_TRADE_NO],
        one_of: &["transaction_id", "out_trade_no"],
        cert: true,
        ..row("/secapi/pay/reverse", reverse::reverse)
    },
    Row { fields: &[field("auth_code", 128).required()], ..row("/tools/authcodetoopenid", authcodetoopenid::ask) },
];
