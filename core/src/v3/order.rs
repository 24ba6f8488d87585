//! Orders of APIv3: `jsapi`, `native`, `h5`, `app`, `query` and `close`, for merchants and, where the settings have a sub-merchant, for
//! service providers.

use super::groups::{order, order_parties, paid_order, sub_merchant, sub_merchant_number};
use super::types::{OF_PARTNER, V3TradeType};
use crate::table::macros::{endpoint, endpoints, object, record, wire_enum};
use crate::trade_state::TradeState;

wire_enum! {
    /// What a coupon is good for.
    V3PromotionScope {
        /// The whole order.
        Global = "GLOBAL",
        /// Single goods.
        Single = "SINGLE",
    }
}

endpoints! {
    /// Creates an order for a page in WeChat or for a mini program (JSAPI下单, 小程序下单). Its `prepay_id` is valid for two hours.
    /// Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
    v3.jsapi(V3Jsapi) -> V3PrepayReply {
        v3_post("/v3/pay/transactions/jsapi"),
        identity(&[("appid", Appid), ("mchid", MchId)]),
        partner("/v3/pay/partner/transactions/jsapi", OF_PARTNER),
        retry(SameRequest),
        resumes("out_trade_no", "v3.query");
        request includes [order, sub_merchant] {
            /// The customer.
            payer: Record<V3Payer> required,
            /// Where it is sold.
            scene_info: Record<V3SceneInfo>,
        }
    }

    /// Creates an order for a QR code (Native下单). Make the QR code of its `code_url`, which is valid for two hours.
    /// Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
    v3.native(V3Native) -> V3NativeReply {
        v3_post("/v3/pay/transactions/native"),
        identity(&[("appid", Appid), ("mchid", MchId)]),
        partner("/v3/pay/partner/transactions/native", OF_PARTNER),
        retry(SameRequest),
        resumes("out_trade_no", "v3.query");
        request includes [order, sub_merchant] {
            /// Where it is sold.
            scene_info: Record<V3SceneInfo>,
        }
    }

    /// Creates an order for a phone's browser outside WeChat (H5下单). Send the customer to its `h5_url`, which is valid for five minutes.
    /// Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
    v3.h5(V3H5) -> V3H5Reply {
        v3_post("/v3/pay/transactions/h5"),
        identity(&[("appid", Appid), ("mchid", MchId)]),
        partner("/v3/pay/partner/transactions/h5", OF_PARTNER),
        retry(SameRequest),
        resumes("out_trade_no", "v3.query");
        request includes [order, sub_merchant] {
            /// Where it is sold: the customer's IP address, and the site.
            scene_info: Record<V3H5SceneInfo> required,
        }
    }

    /// Creates an order for an app with the Open SDK (APP下单). Its `prepay_id` is valid for two hours.
    /// Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
    v3.app(V3App) -> V3PrepayReply {
        v3_post("/v3/pay/transactions/app"),
        identity(&[("appid", Appid), ("mchid", MchId)]),
        partner("/v3/pay/partner/transactions/app", OF_PARTNER),
        retry(SameRequest),
        resumes("out_trade_no", "v3.query");
        request includes [order, sub_merchant] {
            /// Where it is sold.
            scene_info: Record<V3SceneInfo>,
        }
    }

    /// Queries an order by `out_trade_no` or `transaction_id` (查询订单). Only this reply proves a payment. An unpaid order has no
    /// `transaction_id`.
    v3.query(V3Query) -> V3Order {
        v3_get("/v3/pay/transactions/out-trade-no/{out_trade_no}"),
        by("transaction_id", "/v3/pay/transactions/id/{transaction_id}", "/v3/pay/partner/transactions/id/{transaction_id}"),
        identity(&[("mchid", MchId)]),
        partner("/v3/pay/partner/transactions/out-trade-no/{out_trade_no}", &[("sp_mchid", MchId), ("sub_mchid", SubMchId)]),
        retry(Safe);
        request includes [sub_merchant_number] {
            /// The merchant's number of the order.
            out_trade_no: OutNo(32),
            /// WeChat's number of the payment. It wins over `out_trade_no`.
            transaction_id: Id(32),
        }
        needs {
            any [transaction_id, out_trade_no],
        }
    }

    /// Closes an order that is not paid (关闭订单). Closing a closed order succeeds.
    v3.close(V3Close) -> V3Closed {
        v3_post("/v3/pay/transactions/out-trade-no/{out_trade_no}/close"),
        identity(&[("mchid", MchId)]),
        partner("/v3/pay/partner/transactions/out-trade-no/{out_trade_no}/close",
            &[("sp_mchid", MchId), ("sub_mchid", SubMchId)]),
        retry(SameRequest);
        request includes [sub_merchant_number] {
            /// The merchant's number of the order.
            out_trade_no: OutNo(32) required,
        }
    }
}

object! {
    /// What an order costs.
    V3OrderAmount {
        /// In fen.
        total: Fen required,
        /// The currency, ISO 4217. The client's own setting when left out; another one is refused.
        currency: Currency(16),
    }
}

object! {
    /// The customer of an order: `openid`, or for service providers exactly one of `sp_openid` and `sub_openid`.
    V3Payer {
        /// The customer's openid under the client's appid. For merchants that are not service providers.
        openid: Id(128) short direct,
        /// Service providers: the customer's openid under the client's appid.
        sp_openid: Id(128) short partner,
        /// Service providers: the customer's openid under `sub_appid`.
        sub_openid: Id(128) short partner,
        /// Real-name payment, which needs a permit.
        identity: Record<V3PayerIdentity>,
    }
}

object! {
    /// Who the customer must be.
    V3PayerIdentity {
        /// The kind of document, such as `IDCARD`.
        r#type: Text(32) required,
        /// The document's number. The client encrypts it.
        number: Text required sensitive,
        /// The customer's name. The client encrypts it.
        name: Text required sensitive,
    }
}

object! {
    /// The goods of an order.
    V3OrderDetail {
        /// The price of the whole receipt, in fen. If it differs from the amount, discounts of single goods do not apply.
        cost_price: Int,
        /// Your number of the receipt.
        invoice_id: Text(32),
        /// The goods, one at least.
        goods_detail: List<V3OrderGoods> nonempty,
    }
}

object! {
    /// One of the goods of an order.
    V3OrderGoods {
        /// Your number of the goods: letters, digits, `_` and `-`.
        merchant_goods_id: GoodsNo(32) required,
        /// WeChat's number of the goods.
        wechatpay_goods_id: Id(32),
        /// The name of the goods.
        goods_name: Text(256),
        /// How many.
        quantity: Int required,
        /// What one costs, in fen.
        unit_price: Int required,
    }
}

object! {
    /// Where an order is sold.
    V3SceneInfo {
        /// The customer's IP address.
        payer_client_ip: Ip(45) required,
        /// The number of the till or of the shop's device.
        device_id: Text(32),
        /// The shop.
        store_info: Record<V3StoreInfo>,
    }
}

object! {
    /// Where an order of a phone's browser is sold.
    V3H5SceneInfo {
        /// The customer's IP address.
        payer_client_ip: Ip(45) required,
        /// The number of the till or of the shop's device.
        device_id: Text(32),
        /// The shop.
        store_info: Record<V3StoreInfo>,
        /// The site or the app.
        h5_info: Record<V3H5Info> required,
    }
}

object! {
    /// A shop.
    V3StoreInfo {
        /// Your number of the shop.
        id: Text(32) required,
        /// Its name.
        name: Text(256),
        /// Its area code.
        area_code: Text(32),
        /// Its address.
        address: Text(512),
    }
}

object! {
    /// The site or app that an order of a phone's browser comes from.
    V3H5Info {
        /// `Wap`, `iOS` or `Android`.
        r#type: Text(32) required,
        /// The app's name.
        app_name: Text(64),
        /// The site's address.
        app_url: Text(128),
        /// The bundle ID of an iOS app.
        bundle_id: Text(128),
        /// The package name of an Android app.
        package_name: Text(128),
    }
}

object! {
    /// How an order is settled.
    V3SettleInfo {
        /// Whether the money stays frozen until it is shared.
        profit_sharing: Bool,
        /// Platforms: what the platform adds to the amount (补差), in fen.
        subsidy_amount: Fen,
    }
}

record! {
    /// The reply of `jsapi` and `app`.
    V3PrepayReply
    fields {
        /// Payment session ID that opens the cashier. Valid for two hours.
        prepay_id: Id(64) required,
    }
}

record! {
    /// The reply of `native`.
    V3NativeReply
    fields {
        /// The text of the QR code. Valid for two hours.
        code_url: Text(512) required,
    }
}

record! {
    /// The reply of `h5`.
    V3H5Reply
    fields {
        /// Where to send the customer's browser. Valid for five minutes.
        h5_url: Text(512) required,
    }
}

record! {
    /// The reply of `close` and `combine_close`: the order is closed.
    V3Closed
    fields {}
}

record! {
    /// The reply of `query`. Unless the order is paid, only its state and numbers are there.
    V3Order includes [paid_order, order_parties]
    fields {
        /// The merchant's number of the order.
        out_trade_no: OutNo(32) required echoed,
        /// The order's state.
        trade_state: Enum<TradeState>(32) required,
        /// The amount of the order, and what was paid.
        amount: Record<V3PaidAmount>,
    }
    needs {
        when trade_state = "SUCCESS" any [transaction_id],
        when trade_state = "SUCCESS" any [amount.total],
        when trade_state = "REFUND" any [transaction_id],
        when trade_state = "REFUND" any [amount.total],
    }
}

record! {
    /// Who paid an order.
    V3OrderPayer
    fields {
        /// The customer's openid under the order's appid.
        openid: Id(128) short,
        /// Service providers: the customer's openid under the provider's appid.
        sp_openid: Id(128) short,
        /// Service providers: the customer's openid under the sub-merchant's appid.
        sub_openid: Id(128) short,
    }
}

record! {
    /// What an order costs, and what was paid.
    V3PaidAmount
    fields {
        /// The order's amount, in fen.
        total: Fen echoed,
        /// What the customer paid, in fen.
        payer_total: Fen,
        /// The currency, ISO 4217.
        currency: Text(16),
        /// The currency that the customer paid in.
        payer_currency: Text(16),
    }
}

record! {
    /// Where an order was sold.
    V3OrderScene
    fields {
        /// The number of the device, as sent.
        device_id: Text(32),
    }
}

record! {
    /// A coupon that was used.
    V3Promotion
    fields {
        /// The coupon's number.
        coupon_id: Text(32),
        /// Its name.
        name: Text(64),
        /// What it is good for.
        scope: Enum<V3PromotionScope>(32),
        /// `CASH` (recharged) or `NOCASH`.
        r#type: Text(32),
        /// What it paid, in fen.
        amount: Fen,
        /// The number of the campaign.
        stock_id: Text(32),
        /// WeChat's part, in fen.
        wechatpay_contribute: Fen,
        /// The merchant's part, in fen.
        merchant_contribute: Fen,
        /// The part of others, in fen.
        other_contribute: Fen,
        /// The currency.
        currency: Text(16),
        /// The goods that it was used for.
        goods_detail: List<V3PromotionGoods>,
    }
}

record! {
    /// Goods that a coupon was used for.
    V3PromotionGoods
    fields {
        /// Your number of the goods.
        goods_id: Text(32),
        /// How many.
        quantity: Int,
        /// What one costs, in fen.
        unit_price: Fen,
        /// The discount, in fen.
        discount_amount: Fen,
        /// A remark.
        goods_remark: Text(128),
    }
}
