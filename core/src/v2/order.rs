//! Orders: 统一下单 `unifiedorder`, 查询订单 `orderquery`, 关闭订单 `closeorder`.

use super::groups::{identity, order_number, payment, sale, state};
use crate::table::macros::{endpoint, endpoints, record, wire_enum};
use crate::trade_state::TradeState;

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
    /// Creates an order and returns its `prepay_id` (统一下单).
    /// Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
    unifiedorder(Unifiedorder) -> UnifiedorderReply {
        v2("/pay/unifiedorder"),
        retry(SameRequest),
        resumes("out_trade_no", "orderquery");
        request includes [sale] {
            /// Description of the goods, shown to the customer.
            body: Text(127) required,
            /// Merchant order number, unique within the merchant.
            out_trade_no: OutNo(32) required,
            /// The amount in fen.
            total_fee: Fen required,
            /// The IP address of the customer's device (APP, MWEB) or of the caller (JSAPI, NATIVE).
            spbill_create_ip: Ip(64) required,
            /// How it will be paid.
            trade_type: Enum<TradeType>(16) = "JSAPI" required,
            /// The customer's openid under this appid. JSAPI needs it, or `sub_openid`.
            openid: Id(128) short,
            /// The customer, as the sub-merchant's appid knows them.
            sub_openid: Id(128) short,
            /// Where WeChat posts the notification: reachable from outside, without a query.
            notify_url: Url(256) required from_merchant,
            /// The merchant's product number. NATIVE needs it.
            product_id: Id(32),
            /// Where it is sold, as JSON. MWEB needs its `h5_info`.
            scene_info: Json(256),
            /// The terminal's number; `WEB` for pages.
            device_info: Text(32),
            /// When the order closes by itself, Beijing time, at least one minute from now. Seven days when left out.
            time_expire: Time,
            /// Real-name payment: type of the identity document.
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
            when sub_openid any [sub_appid],
        }
    }

    /// Queries an order (查询订单). Only this reply proves a payment.
    orderquery(Orderquery) -> OrderqueryReply {
        v2("/pay/orderquery"),
        retry(Safe);
        request includes [order_number] {
            /// `1.0` asks for `promotion_detail`.
            version: Text(32),
        }
        needs {
            any [transaction_id, out_trade_no],
        }
    }

    /// Closes an order that is not paid (关闭订单). WeChat asks to wait five minutes after `unifiedorder`.
    closeorder(Closeorder) -> CloseorderReply {
        v2("/pay/closeorder"),
        retry(SameRequest);
        request {
            /// The merchant's number of the order.
            out_trade_no: OutNo(32) required,
        }
    }
}

record! {
    /// The reply of `unifiedorder`.
    UnifiedorderReply includes [identity]
    fields {
        /// How it will be paid.
        trade_type: Enum<TradeType>(16) required,
        /// Payment session ID that opens the cashier. Valid for two hours.
        prepay_id: Id(64) required,
        /// NATIVE: the text of the QR code. Valid for two hours.
        code_url: Text(64),
        /// MWEB: where to send the customer's browser. Valid for five minutes.
        mweb_url: Text(64),
        /// The terminal's number, as sent.
        device_info: Text(32),
    }
    needs {
        when trade_type = "NATIVE" any [code_url]
            hint "is missing: see that the merchant may use Native payment (Native支付), at pay.weixin.qq.com > 产品中心",
        when trade_type = "MWEB" any [mweb_url]
            hint "is missing: see that the merchant may use H5 payment (H5支付), at pay.weixin.qq.com > 产品中心",
    }
}

record! {
    /// The reply of `orderquery`. Unless the order is paid, only its state and numbers are there.
    OrderqueryReply includes [state, payment, identity]
    fields {
        /// The merchant's number of the order.
        out_trade_no: OutNo(32) echoed,
        /// WeChat's number of the payment.
        transaction_id: Id(32) echoed,
        /// The order's amount in fen.
        total_fee: Fen,
    }
    lists {
        coupons: Coupon,
    }
    needs {
        when trade_state = "SUCCESS" any [out_trade_no],
        when trade_state = "SUCCESS" any [transaction_id],
        when trade_state = "SUCCESS" any [total_fee],
        when trade_state = "REFUND" any [out_trade_no],
        when trade_state = "REFUND" any [transaction_id],
        when trade_state = "REFUND" any [total_fee],
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
        /// Amount that it paid, in fen.
        coupon_fee: Fen,
    }
}

record! {
    /// The reply of `closeorder`: the order is closed.
    CloseorderReply includes [identity]
    fields {
        /// `OK`, where WeChat sends it.
        result_msg: Text(32),
    }
}
