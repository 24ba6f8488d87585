//! Payment codes of APIv3: `codepay` and `reverse`.

use super::groups::{order_parties, paid_order, sub_merchant};
use super::order::{V3OrderAmount, V3OrderDetail, V3OrderPayer, V3OrderScene, V3PaidAmount, V3Promotion, V3SettleInfo};
use super::types::{OF_PARTNER, V3TradeType};
use crate::table::macros::{endpoint, endpoints, object, record};
use crate::trade_state::TradeState;

endpoints! {
    /// Charges the payment code that a customer shows (付款码支付). `pay_by_code` does all that follows; call this one by hand only if you
    /// need to.
    /// The order is paid only if `trade_state` is `SUCCESS`. `USERPAYING` means that the customer has to confirm: ask `query` every five
    /// seconds, and after about half a minute cancel the order by `reverse`. Do the same when the outcome is unknown. Never charge the
    /// customer again with another number before `reverse` succeeded. WeChat sends no notification.
    v3.codepay(V3Codepay) -> V3CodepayReply {
        v3_post("/v3/pay/transactions/codepay"),
        identity(&[("appid", Appid), ("mchid", MchId)]),
        partner("/v3/pay/partner/transactions/codepay", OF_PARTNER),
        retry(QueryFirst),
        resumes("out_trade_no", "v3.query"),
        waits("USERPAYING", "trade_state");
        request includes [sub_merchant] {
            /// Description of the goods, shown to the customer.
            description: Text(127) required,
            /// Merchant order number, 6 to 32 characters, unique within the merchant. Another try with another code needs another number.
            out_trade_no: OutNo(32) required,
            /// The customer's payment code.
            payer: Record<V3CodePayer> required,
            /// The amount of the order.
            amount: Record<V3OrderAmount> required,
            /// Where it is sold.
            scene_info: Record<V3CodeSceneInfo> required,
            /// Data of yours: it comes back in the query and the bill.
            attach: Text(128) bytes,
            /// A tag for coupons.
            goods_tag: Text(32),
            /// Whether to show the entry for an electronic invoice.
            support_fapiao: Bool,
            /// The goods.
            detail: Record<V3OrderDetail>,
            /// Whether the money stays frozen for profit sharing.
            settle_info: Record<V3SettleInfo>,
        }
    }

    /// Cancels an order of a payment code (撤销订单): an order that is not paid is closed, and one that is paid is refunded.
    /// While WeChat answers `SYSTEM_ERROR`, the order is not cancelled yet: call it again. WeChat takes it within seven days.
    v3.reverse(V3Reverse) -> V3ReverseReply {
        v3_post("/v3/pay/transactions/out-trade-no/{out_trade_no}/reverse"),
        identity(&[("appid", Appid), ("mchid", MchId)]),
        partner("/v3/pay/partner/transactions/out-trade-no/{out_trade_no}/reverse", OF_PARTNER),
        retry(SameRequest),
        resumes("out_trade_no", "v3.query");
        request includes [sub_merchant] {
            /// The merchant's number of the order.
            out_trade_no: OutNo(32) required,
        }
    }
}

object! {
    /// A customer who shows a payment code.
    V3CodePayer {
        /// The payment code that was scanned: 18 digits that begin with 10 to 15. It works once, for about a minute.
        auth_code: AuthCode required short,
    }
}

object! {
    /// Where an order of a payment code is sold.
    V3CodeSceneInfo {
        /// The number of the till or of the shop's device.
        device_id: Text(32),
        /// The IP address of the till.
        device_ip: Ip(45) required,
        /// The shop.
        store_info: Record<V3CodeStoreInfo>,
    }
}

object! {
    /// The shop of an order of a payment code.
    V3CodeStoreInfo {
        /// WeChat's number of the shop.
        id: Text(32),
        /// Your number of the shop.
        out_id: Text(256),
    }
}

record! {
    /// The reply of `codepay`. The order is paid only if `trade_state` is `SUCCESS`; while the customer has to confirm, `trade_state` may be
    /// the only field.
    V3CodepayReply includes [paid_order, order_parties]
    fields {
        /// The order's state: `SUCCESS`, `USERPAYING` or `PAYERROR`. At `PAYERROR` the charge failed: cancel it by `reverse`, then charge
        /// again with a new number and a new code.
        trade_state: Enum<TradeState>(32) required,
        /// The merchant's number of the order.
        out_trade_no: OutNo(32) echoed,
        /// The amount of the order, and what was paid.
        amount: Record<V3PaidAmount> echoed,
    }
    needs {
        when trade_state = "SUCCESS" any [transaction_id],
        when trade_state = "SUCCESS" any [out_trade_no],
        when trade_state = "SUCCESS" any [amount.total],
    }
}

record! {
    /// The reply of `reverse`: the order is cancelled.
    V3ReverseReply includes [order_parties]
    fields {
        /// The merchant's number of the order.
        out_trade_no: OutNo(32) required echoed,
    }
}
