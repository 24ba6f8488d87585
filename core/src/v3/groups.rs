//! Fields that several calls of APIv3 share.

use crate::table::macros::group;

group! {
    order {
        /// Description of the goods, shown to the customer.
        description: Text(127) required,
        /// Merchant order number, 6 to 32 characters, unique within the merchant.
        out_trade_no: TradeNo(6, 32) required,
        /// When the order can no longer be paid, at least one minute from now. Seven days when left out.
        time_expire: Instant,
        /// Data of yours: it comes back in the query, the notification and the bill.
        attach: Text(128) bytes,
        /// Where WeChat posts the notification: https, reachable from outside, without a query.
        notify_url: Url(255) required from_merchant,
        /// A tag for coupons.
        goods_tag: Text(32),
        /// Whether to show the entry for an electronic invoice.
        support_fapiao: Bool,
        /// How it may be paid: a list of `no_balance`, `no_credit`, `no_debit` and `balance_only`. WeChat's current page does not name it.
        limit_pay: Json(256),
        /// The amount of the order.
        amount: Record<V3OrderAmount> required,
        /// The goods.
        detail: Record<V3OrderDetail>(6144) bytes,
        /// Whether the money stays frozen for profit sharing.
        settle_info: Record<V3SettleInfo>,
    }
}

group! {
    sub_merchant {
        /// Service providers: the sub-merchant's number. The client's own setting when left out.
        sub_mchid: Id(32) partner,
        /// Service providers: the sub-merchant's appid. The client's own setting when left out.
        sub_appid: Id(32) partner,
    }
}

group! {
    sub_merchant_number {
        /// Service providers: the sub-merchant's number. The client's own setting when left out.
        sub_mchid: Id(32) partner,
    }
}

// Of an order: how it was paid.
group! {
    paid_order {
        /// The state, in words.
        trade_state_desc: Text(256),
        /// WeChat's number of the payment.
        transaction_id: Id(32) echoed,
        /// How it was paid.
        trade_type: Enum<V3TradeType>(16),
        /// Payment bank code.
        bank_type: Text(32),
        /// The data of the order, as sent.
        attach: Text(128),
        /// When it was paid.
        success_time: Instant,
        /// Who paid.
        payer: Record<V3OrderPayer>,
        /// Where it was sold.
        scene_info: Record<V3OrderScene>,
        /// Coupons that were used.
        promotion_detail: List<V3Promotion>,
    }
}

// Of an order: whose it is.
group! {
    order_parties {
        /// The appid of the order.
        appid: Id(32),
        /// The merchant's number.
        mchid: Id(32) echoed,
        /// Service providers: the provider's appid.
        sp_appid: Id(32),
        /// Service providers: the provider's number.
        sp_mchid: Id(32) echoed,
        /// Service providers: the sub-merchant's appid.
        sub_appid: Id(32),
        /// Service providers: the sub-merchant's number.
        sub_mchid: Id(32) echoed,
    }
}

group! {
    combine_order {
        /// The merchant's number of the combined order, 6 to 32 characters.
        combine_out_trade_no: TradeNo(6, 32) required,
        /// The parts: 2 to 10, for service providers and platforms up to 50.
        sub_orders: List<V3CombineItem>(1, 50) required,
        /// When the order was made.
        time_start: Instant,
        /// When the order can no longer be paid.
        time_expire: Instant,
        /// How it may be paid: a list of `no_balance`, `no_credit`, `no_debit` and `balance_only`. WeChat's current page does not name it.
        limit_pay: Json(256),
        /// Where WeChat posts the notification: https, reachable from outside, without a query.
        notify_url: Url(255) required from_merchant,
    }
}
