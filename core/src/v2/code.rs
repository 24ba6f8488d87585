//! Payment codes: 付款码支付 `micropay`, 撤销订单 `reverse`, 付款码查询openid `authcodetoopenid`.

use super::groups::{identity, order_number, payment, sale};
use super::order::{Coupon, LimitPay, YesNo};
use crate::table::macros::{endpoint, endpoints, record};
use crate::trade_state::TradeState;

endpoints! {
    /// Charges the payment code that a customer shows (付款码支付). `pay_by_code` does all that follows; call this one by hand only if you
    /// need to.
    /// A success is a payment only if `trade_state` is `SUCCESS` or missing, and `transaction_id` is there: WeChat may answer SUCCESS while
    /// the customer still has to confirm (`USERPAYING`), or when the payment failed (`PAYERROR`).
    /// After `USERPAYING`, `SYSTEMERROR`, `BANKERROR` or no answer, ask `orderquery` every five seconds, and after about half a minute cancel
    /// the order by `reverse`. WeChat sends no notification.
    micropay(Micropay) -> MicropayReply {
        v2("/pay/micropay"),
        retry(QueryFirst),
        resumes("out_trade_no", "orderquery");
        request includes [sale] {
            /// The payment code that was scanned: 18 digits that begin with 10 to 15. It works once, for about a minute.
            auth_code: AuthCode required short,
            /// Description of the goods, shown to the customer.
            body: Text(128) required,
            /// Merchant order number, unique within the merchant. Another try with another code needs another number.
            out_trade_no: OutNo(32) required,
            /// The amount in fen.
            total_fee: Fen required,
            /// The IP address of the till.
            spbill_create_ip: Ip(64) required,
            /// Where it is sold, as JSON: `store_info`.
            scene_info: Json(256),
            /// The terminal's number.
            device_info: Text(32),
            /// Until when the customer may confirm, Beijing time, at least one minute from now.
            time_expire: Time,
            /// `Y` for a deposit.
            deposit: Enum<YesNo>(1),
        }
    }

    /// Cancels an order of a payment code (撤销订单): an order that is not paid is closed, and one that is paid is refunded.
    /// While the reply's `recall` is `Y`, the order is not cancelled yet: call it again. WeChat takes it within seven days, and asks to wait
    /// 15 seconds after `micropay`.
    reverse(Reverse) -> ReverseReply {
        v2("/secapi/pay/reverse"),
        cert(),
        retry(SameRequest),
        resumes("out_trade_no", "orderquery");
        request includes [order_number] {}
        needs {
            any [transaction_id, out_trade_no],
        }
    }

    /// Tells the openid of the customer whose payment code was scanned (付款码查询openid). From then on only this merchant can charge the
    /// code, until it changes.
    authcodetoopenid(Authcodetoopenid) -> AuthcodetoopenidReply {
        v2("/tools/authcodetoopenid"),
        retry(Safe);
        request {
            /// The payment code that was scanned: 18 digits that begin with 10 to 15.
            auth_code: AuthCode required short,
        }
    }
}

record! {
    /// The reply of `micropay`. It is a payment only if `trade_state` is `SUCCESS` or missing, and `transaction_id` is there.
    MicropayReply includes [payment, identity]
    fields {
        /// The order's state, where WeChat says it: `SUCCESS`, `USERPAYING` or `PAYERROR`.
        trade_state: Enum<TradeState>(32),
        /// The state in WeChat's words.
        trade_state_desc: Text(256),
        /// The merchant's number of the order.
        out_trade_no: OutNo(32) echoed,
        /// WeChat's number of the payment.
        transaction_id: Id(32),
        /// The order's amount in fen.
        total_fee: Fen echoed,
    }
    lists {
        coupons: Coupon,
    }
}

record! {
    /// The reply of `reverse`.
    ReverseReply includes [identity]
    fields {
        /// `Y`: the order is not cancelled yet, so call `reverse` again.
        recall: Enum<YesNo>(1),
    }
}

record! {
    /// The reply of `authcodetoopenid`.
    AuthcodetoopenidReply includes [identity]
    fields {
        /// The customer, as this appid knows them.
        openid: Id(128) required short,
        /// The customer, as the sub-merchant's appid knows them.
        sub_openid: Id(128) short,
    }
}
