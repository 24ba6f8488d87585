//! Fields that calls and documents of APIv2 share.

use crate::table::macros::group;

group! {
    identity {
        /// The appid.
        appid: Id(32) required echoed,
        /// The merchant.
        mch_id: Id(32) required echoed,
        /// The sub-merchant's appid.
        sub_appid: Id(32),
        /// The sub-merchant.
        sub_mch_id: Id(32) echoed,
    }
}

group! {
    refund_owner {
        /// The appid of the order. APIv3 does not say it.
        appid: Id(32),
        /// The merchant.
        mch_id: Id(32) required,
        /// The sub-merchant's appid.
        sub_appid: Id(32),
        /// The sub-merchant.
        sub_mch_id: Id(32),
    }
}

group! {
    // What is sold, for `unifiedorder` and `micropay`.
    sale {
        /// Returned unchanged by queries, notifications and bills.
        attach: Text(127),
        /// The goods, as JSON, for single-item promotions.
        detail: Json(6000),
        /// The currency, ISO 4217. The client's own setting when left out; another one is refused.
        fee_type: Currency(16),
        /// When the order was made, Beijing time.
        time_start: Time,
        /// The promotion's tag.
        goods_tag: Text(32),
        /// `no_credit` keeps credit cards out.
        limit_pay: Enum<LimitPay>(32),
        /// `Y` shows an entry for an electronic invoice.
        receipt: Enum<YesNo>(8),
        /// `Y` freezes the money for profit sharing.
        profit_sharing: Enum<YesNo>(16),
        /// `1.0` asks for `promotion_detail`.
        version: Text(32),
    }
}

group! {
    order_number {
        /// WeChat's number of the payment. It wins over `out_trade_no`.
        transaction_id: Id(32),
        /// The merchant's number of the order.
        out_trade_no: OutNo(32),
    }
}

group! {
    paid {
        /// The merchant's number of the order.
        out_trade_no: OutNo(32) required,
        /// WeChat's number of the payment.
        transaction_id: Id(32) required,
        /// The order's amount in fen. Compare it with the amount that you recorded for the order.
        total_fee: Fen required,
    }
}

group! {
    state {
        /// The order's state. A payment that is confirmed has `SUCCESS`.
        trade_state: Enum<TradeState>(32) required,
        /// The state in WeChat's words.
        trade_state_desc: Text(256),
    }
}

group! {
    payment {
        /// Settlement amount in fen: the total minus non-recharge coupons.
        settlement_total_fee: Fen,
        /// Cash paid by the customer, in fen.
        cash_fee: Fen,
        /// Amount paid by coupons, in fen.
        coupon_fee: Fen,
        /// How many coupons were used.
        coupon_count: Int,
        /// The currency, ISO 4217.
        fee_type: Text(8),
        /// The currency of `cash_fee`.
        cash_fee_type: Text(16),
        /// The exchange rate, for merchants abroad.
        rate: Text(16),
        /// The customer's openid under this appid.
        openid: Id(128) short,
        /// Whether the customer follows the account.
        is_subscribe: Text(1),
        /// The customer, as the sub-merchant's appid knows them.
        sub_openid: Id(128) short,
        /// Whether the customer follows the sub-merchant's account.
        sub_is_subscribe: Text(1),
        /// How it was paid.
        trade_type: Text(16),
        /// The bank, or `OTHERS`.
        bank_type: Text(32),
        /// The merchant's own text, as sent.
        attach: Text(128),
        /// When it was paid.
        time_end: Time,
        /// Promotions used, as JSON, for `version` 1.0.
        promotion_detail: Json(6000),
        /// The terminal's number, as sent.
        device_info: Text(32),
    }
}

group! {
    refund_item {
        /// Where the money goes.
        refund_channel: Enum<RefundChannel>(16),
        /// Settlement refund amount in fen: the refund minus non-recharge coupons.
        settlement_refund_fee: Fen,
        /// Amount refunded to coupons, in fen.
        coupon_refund_fee: Fen,
        /// Number of coupons refunded.
        coupon_refund_count: Int,
        /// `CASH` (recharged) or `NO_CASH`. Older gateways send one for all coupons.
        coupon_type: Text(16),
        /// Which funds paid.
        refund_account: Enum<RefundAccount>(30),
        /// Who received it, in WeChat's words and WeChat's spelling: a balance, or a card.
        refund_recv_accout: Text(64),
        /// When the customer got it.
        refund_success_time: Time,
    }
}

group! {
    refunded_order {
        /// The order's amount less coupons that are not recharged, in fen.
        settlement_total_fee: Fen,
        /// The currency, ISO 4217.
        fee_type: Text(8),
        /// Cash paid by the customer, in fen.
        cash_fee: Fen,
        /// The currency of `cash_fee`.
        cash_fee_type: Text(16),
    }
}
