//! Orders: 统一下单 `unifiedorder`, 查询订单 `orderquery`, 关闭订单 `closeorder`.

use crate::crypto::digest::SignType;
use crate::table::macros::{endpoints, record, wire_enum};

wire_enum! {
    /// How an order is paid (交易类型).
    TradeType {
        /// In WeChat: an official account's page, or a mini program.
        Jsapi = "JSAPI",
        /// By scanning a QR code made of `code_url`.
        Native = "NATIVE",
        /// In an app with the Open SDK.
        App = "APP",
        /// On a phone's browser outside WeChat (H5).
        Mweb = "MWEB",
    }
}

wire_enum! {
    /// The state of an order (交易状态).
    TradeState {
        /// Paid.
        Success = "SUCCESS",
        /// Paid, and at least one refund was accepted.
        Refund = "REFUND",
        /// Not paid yet.
        NotPay = "NOTPAY",
        /// Closed by the merchant, or by time.
        Closed = "CLOSED",
        /// Cancelled by `reverse` (payment codes).
        Revoked = "REVOKED",
        /// The customer is entering a password (payment codes).
        UserPaying = "USERPAYING",
        /// The payment failed (payment codes).
        PayError = "PAYERROR",
        /// Accepted, and waiting for the deduction (contracts).
        Accept = "ACCEPT",
    }
}

wire_enum! {
    /// `Y` or `N`.
    YesNo {
        /// Yes.
        Yes = "Y",
        /// No.
        No = "N",
    }
}

wire_enum! {
    /// Which cards may pay (指定支付方式).
    LimitPay {
        /// No credit cards.
        NoCredit = "no_credit",
    }
}

endpoints! {
    /// Creates an order and gives its `prepay_id` (统一下单).
    /// Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
    unifiedorder(Unifiedorder) -> UnifiedorderReply {
        path: "/pay/unifiedorder",
        cert: false,
        sign: SignType::ALL,
        signed_reply: true,
        retry: SameRequest,
        request {
            /// What is bought, as the customer reads it.
            body: Text(127) required,
            /// The merchant's number of the order, never used twice.
            out_trade_no: OutNo(32) required,
            /// The amount in fen.
            total_fee: Fen required,
            /// The IP address of the customer's device (APP, MWEB) or of the caller (JSAPI, NATIVE).
            spbill_create_ip: Ip(64) required,
            /// How it will be paid.
            trade_type: Enum<TradeType>(16) = "JSAPI" required,
            /// The customer, as this appid knows them. JSAPI needs it, or `sub_openid`.
            openid: Id(128) short,
            /// The customer, as the sub-merchant's appid knows them.
            sub_openid: Id(128) short,
            /// Where WeChat posts the notification: reachable from outside, without a query.
            notify_url: Url(256) required from_merchant,
            /// The merchant's product number. NATIVE needs it.
            product_id: Id(32),
            /// Where it is sold, as JSON. MWEB needs its `h5_info`.
            scene_info: Json(256),
            /// Returned unchanged by queries, notifications and bills.
            attach: Text(127),
            /// The goods, as JSON, for single-item promotions.
            detail: Json(6000),
            /// The terminal's number; `WEB` for pages.
            device_info: Text(32),
            /// The currency, ISO 4217. CNY when left out.
            fee_type: Id(16),
            /// When the order was made, Beijing time.
            time_start: Time,
            /// When the order closes by itself, Beijing time, at least one minute from now. Seven days when left out.
            time_expire: Time,
            /// The promotion's tag.
            goods_tag: Text(32),
            /// `no_credit` keeps credit cards out.
            limit_pay: Enum<LimitPay>(32),
            /// `Y` shows the way to an electronic invoice.
            receipt: Enum<YesNo>(8),
            /// `Y` freezes the money for profit sharing.
            profit_sharing: Enum<YesNo>(16),
            /// `1.0` asks for `promotion_detail` in queries and notifications.
            version: Text(32),
            /// Identity-bound payment: what kind of identity.
            user_type: Text(32),
            /// Identity-bound payment: the document's number.
            user_creid: Text(64) short,
            /// Identity-bound payment: the name.
            user_truename: Text(64) short,
        }
        needs {
            when trade_type = "JSAPI" any [openid, sub_openid],
            when trade_type = "NATIVE" any [product_id],
            when trade_type = "MWEB" any [scene_info],
        }
    }

    /// Asks for an order's state (查询订单). The one proof of payment.
    orderquery(Orderquery) -> OrderqueryReply {
        path: "/pay/orderquery",
        cert: false,
        sign: SignType::ALL,
        signed_reply: true,
        retry: Safe,
        request {
            /// WeChat's number of the payment. It wins over `out_trade_no`.
            transaction_id: Id(32),
            /// The merchant's number of the order.
            out_trade_no: OutNo(32),
            /// `1.0` asks for `promotion_detail`.
            version: Text(32),
        }
        needs {
            any [transaction_id, out_trade_no],
        }
    }

    /// Closes an order that is not paid (关闭订单). WeChat asks to wait five minutes after `unifiedorder`.
    closeorder(Closeorder) -> CloseorderReply {
        path: "/pay/closeorder",
        cert: false,
        sign: SignType::ALL,
        signed_reply: true,
        retry: SameRequest,
        request {
            /// The merchant's number of the order.
            out_trade_no: OutNo(32) required,
        }
        needs {}
    }
}

record! {
    /// The reply of `unifiedorder`.
    UnifiedorderReply
    fields {
        /// How it will be paid.
        trade_type: Enum<TradeType>(16) required,
        /// What opens the cashier. Valid for two hours.
        prepay_id: Id(64) required,
        /// NATIVE: what the QR code is made of. Valid for two hours.
        code_url: Text(64),
        /// MWEB: where to send the customer's browser. Valid for five minutes.
        mweb_url: Text(64),
        /// The appid, as sent.
        appid: Id(32) required,
        /// The merchant, as sent.
        mch_id: Id(32) required,
        /// The sub-merchant's appid.
        sub_appid: Id(32),
        /// The sub-merchant.
        sub_mch_id: Id(32),
        /// The terminal's number, as sent.
        device_info: Text(32),
    }
}

record! {
    /// The reply of `orderquery`. Unless the order is paid, only its state and numbers are there.
    OrderqueryReply
    fields {
        /// The order's state.
        trade_state: Enum<TradeState>(32) required,
        /// The state in WeChat's words.
        trade_state_desc: Text(256),
        /// The merchant's number of the order.
        out_trade_no: OutNo(32),
        /// WeChat's number of the payment.
        transaction_id: Id(32),
        /// The order's amount in fen.
        total_fee: Fen,
        /// The amount less coupons that are not recharged, in fen.
        settlement_total_fee: Fen,
        /// What the customer paid in money, in fen.
        cash_fee: Fen,
        /// What coupons paid, in fen.
        coupon_fee: Fen,
        /// How many coupons were used.
        coupon_count: Int,
        /// The currency, ISO 4217.
        fee_type: Text(8),
        /// The currency of `cash_fee`.
        cash_fee_type: Text(16),
        /// The exchange rate, for merchants abroad.
        rate: Text(16),
        /// The customer, as this appid knows them.
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
        /// The appid of the order.
        appid: Id(32) required,
        /// The merchant.
        mch_id: Id(32) required,
        /// The sub-merchant's appid.
        sub_appid: Id(32),
        /// The sub-merchant.
        sub_mch_id: Id(32),
        /// The terminal's number, as sent.
        device_info: Text(32),
    }
    lists {
        coupons: Coupon,
    }
}

record! {
    /// A coupon used in a payment.
    Coupon
    fields {
        /// The coupon's number.
        coupon_id: Text(20),
        /// `CASH` (recharged) or `NO_CASH`.
        coupon_type: Text(16),
        /// What it paid, in fen.
        coupon_fee: Fen,
    }
}

record! {
    /// The reply of `closeorder`: the order is closed.
    CloseorderReply
    fields {
        /// `OK`, where WeChat sends it.
        result_msg: Text(32),
        /// The appid, as sent.
        appid: Id(32) required,
        /// The merchant, as sent.
        mch_id: Id(32) required,
        /// The sub-merchant's appid.
        sub_appid: Id(32),
        /// The sub-merchant.
        sub_mch_id: Id(32),
    }
}
