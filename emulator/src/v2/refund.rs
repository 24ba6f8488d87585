//! The rows of refunds (protocol §3.5, §3.6).

use super::forms::{COUNT, CURRENCY, DIGITS, FEN, NOTIFY_URL};
use super::order::OUT_TRADE_NO;
use super::rules::{Order, Row, USUAL_ORDER, field, row};
use crate::wechat::{refund, refundquery};

pub(super) const ROWS: &[Row] = &[
    Row {
        fields: &[
            field("transaction_id", 32),
            OUT_TRADE_NO,
            field("out_refund_no", 64).required(),
            field("total_fee", 32).required().form(FEN),
            field("refund_fee", 32).required().form(FEN),
            field("refund_fee_type", 8).form(CURRENCY),
            field("refund_desc", 80),
            field("refund_account", 30).words(&["REFUND_SOURCE_UNSETTLED_FUNDS", "REFUND_SOURCE_RECHARGE_FUNDS"]),
            field("notify_url", 256).form(NOTIFY_URL),
            field("op_user_id", 32),
            field("device_info", 32),
        ],
        one_of: &["transaction_id", "out_trade_no"],
        cert: true,
        bare: &["refund_fee", "coupon_refund_fee", "total_fee", "cash_fee", "coupon_refund_count", "cash_refund_fee"],
        ..row("/secapi/pay/refund", refund::refund)
    },
    Row {
        fields: &[
            field("transaction_id", 32),
            OUT_TRADE_NO,
            field("out_refund_no", 64),
            field("refund_id", 32).form(DIGITS),
            field("offset", 9).form(COUNT),
        ],
        one_of: &["refund_id", "out_refund_no", "transaction_id", "out_trade_no"],
        order: Order { alphabetical: true, ..USUAL_ORDER },
        bare: &["total_fee", "cash_fee", "refund_count", "refund_fee"],
        ..row("/pay/refundquery", refundquery::query)
    },
];
