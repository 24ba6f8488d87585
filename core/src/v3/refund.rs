//! Refunds of APIv3: `refund`, `refund_query` and `apply_abnormal_refund`.

use super::groups::sub_merchant_number;
use crate::table::macros::{endpoint, endpoints, object, record, wire_enum};

wire_enum! {
    /// The state of a refund (退款状态).
    V3RefundStatus {
        /// The customer has the money.
        Success = "SUCCESS",
        /// WeChat closed the refund. No money reached the customer; refund again with a new `out_refund_no`.
        Closed = "CLOSED",
        /// WeChat is working on it.
        Processing = "PROCESSING",
        /// The customer's card cannot take it. Send it to another account by `apply_abnormal_refund`, or at pay.weixin.qq.com > 交易中心.
        Abnormal = "ABNORMAL",
    }
}

wire_enum! {
    /// Which of the merchant's funds pay a refund (退款资金来源).
    V3FundsAccount {
        /// The available balance.
        Available = "AVAILABLE",
        /// Money of payments that is not settled yet.
        Unsettled = "UNSETTLED",
    }
}

wire_enum! {
    /// An account that pays a part of a refund (出资账户类型).
    V3RefundAccount {
        /// The available balance.
        Available = "AVAILABLE",
        /// The money that is not available.
        Unavailable = "UNAVAILABLE",
    }
}

wire_enum! {
    /// Who receives an abnormal refund (异常退款处理方式).
    V3AbnormalRefundType {
        /// A debit card of the customer's. It needs `bank_type`, `bank_account` and `real_name`.
        UserBankCard = "USER_BANK_CARD",
        /// The merchant's own bank account.
        MerchantBankCard = "MERCHANT_BANK_CARD",
    }
}

endpoints! {
    /// Refunds an order, in full or in part (申请退款).
    /// A success means that WeChat accepted it; the result comes by notification, or from `refund_query`.
    /// Repeating it with the same `out_refund_no` and the same amounts refunds once. Do so after `NOT_ENOUGH`, and whenever the outcome
    /// is unknown; take a new number only after `CLOSED`.
    /// WeChat takes a refund within one year of the payment, at most 50 for an order, and one a minute for an order.
    v3.refund(V3Refund) -> V3RefundReply {
        v3_post("/v3/refund/domestic/refunds"),
        partner("/v3/refund/domestic/refunds", &[("sub_mchid", SubMchId)]),
        retry(SameRequest),
        resumes("out_refund_no", "v3.refund_query");
        request includes [sub_merchant_number] {
            /// The merchant's number of the order.
            out_trade_no: OutNo(32),
            /// WeChat's number of the payment, instead of `out_trade_no`.
            transaction_id: Id(32),
            /// The merchant's number of the refund, the same for every attempt at it.
            out_refund_no: OutNo(64) required,
            /// Reason; shown to the customer for a partial refund above ¥1.
            reason: Text(80) bytes,
            /// Where WeChat posts the refund's notification: https, reachable from outside, without a query.
            notify_url: Url(256) from_merchant,
            /// Which funds pay.
            funds_account: Enum<V3FundsAccount>(32),
            /// What is refunded, and what the order cost.
            amount: Record<V3RefundAmount> required,
            /// The goods that come back.
            goods_detail: List<V3RefundGoods>,
        }
        needs {
            any [transaction_id, out_trade_no] exclusive,
        }
    }

    /// Asks for a refund by the merchant's number (查询单笔退款).
    v3.refund_query(V3RefundQuery) -> V3RefundReply {
        v3_get("/v3/refund/domestic/refunds/{out_refund_no}"),
        partner("/v3/refund/domestic/refunds/{out_refund_no}", &[("sub_mchid", SubMchId)]),
        retry(Safe);
        request includes [sub_merchant_number] {
            /// The merchant's number of the refund.
            out_refund_no: OutNo(64) required,
        }
    }

    /// Sends a refund in the state `ABNORMAL` to another account (发起异常退款): the customer's card did not take it.
    /// A success means that WeChat accepted it: the refund is `PROCESSING` again, and its result comes as that of any refund.
    /// WeChat refuses it in every other state, so ask `refund_query` when the outcome is unknown.
    v3.apply_abnormal_refund(V3ApplyAbnormalRefund) -> V3RefundReply {
        v3_post("/v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund"),
        partner("/v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund", &[("sub_mchid", SubMchId)]),
        retry(QueryFirst),
        resumes("out_refund_no", "v3.refund_query");
        request includes [sub_merchant_number] {
            /// WeChat's number of the refund.
            refund_id: Id(32) required,
            /// The merchant's number of the refund.
            out_refund_no: OutNo(64) required,
            /// Who receives the money.
            r#type: Enum<V3AbnormalRefundType>(32) required,
            /// The bank of the customer's card, such as `ICBC_DEBIT`. WeChat takes debit cards of 15 banks.
            bank_type: Text(16),
            /// The number of the customer's card. The client encrypts it.
            bank_account: Text sensitive,
            /// The name of the customer. The client encrypts it.
            real_name: Text sensitive,
        }
        needs {
            when r#type = "USER_BANK_CARD" any [bank_type],
            when r#type = "USER_BANK_CARD" any [bank_account],
            when r#type = "USER_BANK_CARD" any [real_name],
        }
    }
}

object! {
    /// What is refunded of an order.
    V3RefundAmount {
        /// Amount to refund, in fen; at most the amount not refunded yet.
        refund: Fen required,
        /// The amount of the whole order, in fen.
        total: Fen required,
        /// The currency of the order, ISO 4217. Another one than the client's own setting is refused.
        currency: Currency(16) required,
        /// Which accounts pay, and how much each.
        from: List<V3RefundFrom>,
    }
}

object! {
    /// What an account pays of a refund.
    V3RefundFrom {
        /// `AVAILABLE` or `UNAVAILABLE`.
        account: Enum<V3RefundAccount>(32) required,
        /// In fen.
        amount: Fen required,
    }
}

object! {
    /// Goods that come back.
    V3RefundGoods {
        /// Your number of the goods.
        merchant_goods_id: Id(32) required,
        /// WeChat's number of the goods.
        wechatpay_goods_id: Id(32),
        /// The name of the goods.
        goods_name: Text(256),
        /// What one costs, in fen.
        unit_price: Int required,
        /// What is refunded for them, in fen.
        refund_amount: Int required,
        /// How many come back.
        refund_quantity: Int required,
    }
}

record! {
    /// A refund: the reply of `refund`, `refund_query` and `apply_abnormal_refund`.
    V3RefundReply
    fields {
        /// WeChat's number of the refund.
        refund_id: Id(32) required echoed,
        /// The merchant's number of the refund.
        out_refund_no: OutNo(64) required echoed,
        /// WeChat's number of the payment.
        transaction_id: Id(32) echoed,
        /// The merchant's number of the order.
        out_trade_no: OutNo(32) echoed,
        /// Where the money goes: `ORIGINAL`, `BALANCE`, `OTHER_BALANCE` or `OTHER_BANKCARD`.
        channel: Text(16),
        /// Who received it, in WeChat's words: a balance, or a card.
        user_received_account: Text(64),
        /// When the customer got it.
        success_time: Instant,
        /// When WeChat accepted it.
        create_time: Instant,
        /// The refund's state.
        status: Enum<V3RefundStatus>(32) required,
        /// Which funds paid.
        funds_account: Text(32),
        /// The amounts.
        amount: Record<V3RefundedAmount> required echoed,
        /// Coupons that were given back.
        promotion_detail: List<V3RefundedPromotion>,
    }
}

record! {
    /// The amounts of a refund, in fen.
    V3RefundedAmount
    fields {
        /// The order's amount.
        total: Fen required echoed,
        /// The amount of the refund.
        refund: Fen required echoed,
        /// What the customer paid.
        payer_total: Fen,
        /// What the customer gets back.
        payer_refund: Fen,
        /// The refund less coupons that are not recharged.
        settlement_refund: Fen,
        /// The order's amount less coupons that are not recharged.
        settlement_total: Fen,
        /// What coupons give back.
        discount_refund: Fen,
        /// The fee that is given back.
        refund_fee: Fen,
        /// The currency, ISO 4217.
        currency: Text(16),
        /// Which accounts paid, and how much each.
        from: List<V3RefundedFrom>,
    }
}

record! {
    /// What an account paid of a refund.
    V3RefundedFrom
    fields {
        /// `AVAILABLE` or `UNAVAILABLE`.
        account: Text(32),
        /// In fen.
        amount: Fen,
    }
}

record! {
    /// A coupon that was given back.
    V3RefundedPromotion
    fields {
        /// The coupon's number.
        promotion_id: Text(32),
        /// `GLOBAL` or `SINGLE`.
        scope: Text(32),
        /// `CASH`, `NOCASH`, `COUPON` or `DISCOUNT`.
        r#type: Text(32),
        /// What it paid, in fen.
        amount: Fen,
        /// What is given back to it, in fen.
        refund_amount: Fen,
        /// The goods.
        goods_detail: List<V3RefundedGoods>,
    }
}

record! {
    /// Goods that came back.
    V3RefundedGoods
    fields {
        /// Your number of the goods.
        merchant_goods_id: Text(32),
        /// WeChat's number of the goods.
        wechatpay_goods_id: Text(32),
        /// The name of the goods.
        goods_name: Text(256),
        /// What one costs, in fen.
        unit_price: Fen,
        /// What is refunded for them, in fen.
        refund_amount: Fen,
        /// How many come back.
        refund_quantity: Int,
    }
}
