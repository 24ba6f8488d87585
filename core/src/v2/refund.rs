//! Refunds: 申请退款 `refund`, 查询退款 `refundquery`.

use super::groups::{identity, order_number, refund_item, refunded_order};
use crate::table::macros::{endpoint, endpoints, record, wire_enum};

wire_enum! {
    /// The state of a refund (退款状态).
    RefundStatus {
        /// The customer has the money.
        Success = "SUCCESS",
        /// WeChat closed the refund. No money reached the customer; refund again with a new `out_refund_no`.
        RefundClose = "REFUNDCLOSE",
        /// WeChat is working on it.
        Processing = "PROCESSING",
        /// The customer's card cannot take it. Finish it by hand at pay.weixin.qq.com > 交易中心.
        Change = "CHANGE",
        /// Not known yet, from older gateways: repeat the refund with the same `out_refund_no`.
        NotSure = "NOTSURE",
    }
}

wire_enum! {
    /// Where the money of a refund goes (退款渠道).
    RefundChannel {
        /// Back the way it came.
        Original = "ORIGINAL",
        /// To the customer's balance.
        Balance = "BALANCE",
        /// To another balance, because the account is abnormal.
        OtherBalance = "OTHER_BALANCE",
        /// To another card, because the card is abnormal.
        OtherBankcard = "OTHER_BANKCARD",
    }
}

wire_enum! {
    /// Which of the merchant's funds pay a refund (退款资金来源).
    RefundAccount {
        /// Money of payments that is not settled yet.
        UnsettledFunds = "REFUND_SOURCE_UNSETTLED_FUNDS",
        /// The available balance.
        RechargeFunds = "REFUND_SOURCE_RECHARGE_FUNDS",
    }
}

endpoints! {
    /// Refunds an order, in full or in part (申请退款).
    /// A success means that WeChat accepted it; the result comes by notification, or from `refundquery`.
    /// Repeating it with the same `out_refund_no` and the same amounts refunds once. Do so after `NOTENOUGH`, and whenever the outcome
    /// is unknown; take a new number only after `REFUNDCLOSE`.
    /// WeChat takes a refund within one year of the payment, at most 50 for an order, and one a minute for an order.
    refund(Refund) -> RefundReply {
        v2("/secapi/pay/refund"),
        cert(),
        retry(SameRequest),
        resumes("out_refund_no", "refundquery");
        request includes [order_number] {
            /// The merchant's number of the refund, the same for every attempt at it.
            out_refund_no: OutNo(64) required,
            /// The amount of the whole order, in fen.
            total_fee: Fen required,
            /// Amount to refund, in fen; at most the amount not refunded yet.
            refund_fee: Fen required,
            /// The currency of the order, ISO 4217. The client's own setting when left out; another one is refused.
            refund_fee_type: Currency(8),
            /// Reason; shown to the customer for a partial refund above ¥1.
            refund_desc: Text(80),
            /// Which funds pay. `REFUND_SOURCE_UNSETTLED_FUNDS` when left out.
            refund_account: Enum<RefundAccount>(30),
            /// Where WeChat posts the refund's notification: reachable from outside, without a query.
            notify_url: Url(256) from_merchant,
            /// Operator ID (legacy). Defaults to `mch_id`.
            op_user_id: Id(32),
            /// The terminal's number.
            device_info: Text(32),
        }
        needs {
            any [transaction_id, out_trade_no],
        }
    }

    /// Asks for refunds: one, by its number, or those of an order (查询退款).
    /// WeChat sends ten at most. For more give `offset`: how many to skip, less than `total_refund_count`.
    refundquery(Refundquery) -> RefundqueryReply {
        v2("/pay/refundquery"),
        retry(Safe);
        request includes [order_number] {
            /// WeChat's number of the refund. It wins over the other numbers.
            refund_id: Id(32),
            /// The merchant's number of the refund. It wins over the order's numbers.
            out_refund_no: OutNo(64),
            /// How many refunds to skip.
            offset: Int,
        }
        needs {
            any [refund_id, out_refund_no, transaction_id, out_trade_no],
        }
    }
}

record! {
    /// The reply of `refund`: WeChat accepted it.
    RefundReply includes [refunded_order, identity]
    fields {
        /// The merchant's number of the refund.
        out_refund_no: OutNo(64) required echoed,
        /// WeChat's number of the refund.
        refund_id: Id(32) required,
        /// WeChat's number of the payment.
        transaction_id: Id(32) echoed,
        /// The merchant's number of the order.
        out_trade_no: OutNo(32) echoed,
        /// Amount refunded, in fen, coupons included.
        refund_fee: Fen required echoed,
        /// The order's amount, in fen.
        total_fee: Fen required echoed,
        /// Where the money goes, if WeChat says so.
        refund_channel: Enum<RefundChannel>(16),
        /// Settlement refund amount in fen: the refund minus non-recharge coupons.
        settlement_refund_fee: Fen,
        /// Cash refunded to the customer, in fen.
        cash_refund_fee: Fen,
        /// The currency of `cash_refund_fee`.
        cash_refund_fee_type: Text(16),
        /// Amount refunded to coupons, in fen.
        coupon_refund_fee: Fen,
        /// Number of coupons refunded.
        coupon_refund_count: Int,
        /// The terminal's number, as sent.
        device_info: Text(32),
    }
    lists {
        coupons: RefundedCoupon,
    }
}

record! {
    /// The reply of `refundquery`.
    RefundqueryReply includes [refunded_order, identity]
    fields {
        /// How many refunds this reply has.
        refund_count: Int required,
        /// How many refunds the order has, where WeChat says so.
        total_refund_count: Int,
        /// WeChat's number of the payment.
        transaction_id: Id(32) echoed,
        /// The merchant's number of the order.
        out_trade_no: OutNo(32) echoed,
        /// The order's amount, in fen.
        total_fee: Fen,
        /// The sum of the refunds, in fen, where WeChat sends it.
        refund_fee: Fen,
        /// The terminal's number, as sent.
        device_info: Text(32),
    }
    lists {
        refunds: RefundItem,
    }
}

record! {
    /// A refund in the reply of `refundquery`.
    RefundItem includes [refund_item]
    fields {
        /// The merchant's number of the refund.
        out_refund_no: OutNo(64),
        /// WeChat's number of the refund.
        refund_id: Id(32),
        /// Amount of the refund request, in fen, coupons included.
        refund_fee: Fen,
        /// The refund's state.
        refund_status: Enum<RefundStatus>(16),
    }
    lists {
        coupons: RefundedCoupon,
    }
}

record! {
    /// The refund of one coupon.
    RefundedCoupon
    fields {
        /// The coupon's number.
        coupon_refund_id: Text(20),
        /// `CASH` (recharged) or `NO_CASH`; of a refund that APIv3 confirmed also `COUPON` or `DISCOUNT`.
        coupon_type: Text(16),
        /// Amount refunded to it, in fen.
        coupon_refund_fee: Fen,
        /// The coupon's batch, from older gateways.
        coupon_refund_batch_id: Text(20),
    }
}
