//! Combined orders (合单支付): one payment of several orders.

use std::collections::BTreeSet;

use super::groups::combine_order;
use super::order::{
    V3Closed, V3H5Info, V3H5Reply, V3NativeReply, V3OrderPayer, V3OrderScene, V3PayerIdentity, V3PrepayReply,
};
use super::order::{V3Promotion, V3SettleInfo};
use super::types::V3TradeType;
use crate::error::Error;
use crate::fields::Fields;
use crate::table::macros::{endpoint, endpoints, object, record};
use crate::table::row::{Endpoint, Limit, Own};
use crate::trade_state::TradeState;
use crate::wire::json;

/// What each call carries of the settings.
const OWN: &[(&str, Own)] = &[("combine_appid", Own::Appid), ("combine_mchid", Own::MchId)];

/// The parts of service providers and platforms name their sub-merchants; those of other merchants do not.
const OF_PARTS: &[Limit] = &[
    Limit::ItemsWithout { field: "sub_orders", member: "sub_orders.sub_mchid", least: 2, most: 10 },
    Limit::AtMost { field: "sub_orders.settle_info.subsidy_amount", fen: 500_000, when: None },
];

endpoints! {
    /// Creates one payment of several orders, for a page in WeChat or for a mini program (合单JSAPI下单). Its `prepay_id` is valid for two hours.
    /// Repeating it with the same numbers and the same fields gives the same order; with other fields it is refused.
    /// Its notification tells of all parts: `notify.handle` confirms it by `combine_query`, and hands each part over by `on_paid`. Each part is
    /// refunded by `refund`, with its own `transaction_id`.
    v3.combine_jsapi(V3CombineJsapi) -> V3PrepayReply {
        v3_post("/v3/combine-transactions/jsapi"),
        identity(OWN),
        limits(OF_PARTS),
        retry(SameRequest),
        resumes("combine_out_trade_no", "v3.combine_query");
        request includes [combine_order] {
            /// The customer.
            combine_payer_info: Record<V3CombinePayer> required,
            /// Where it is sold.
            scene_info: Record<V3CombineSceneInfo>,
        }
    }

    /// Creates one payment of several orders for a QR code (合单Native下单). Make the QR code of its `code_url`, which is valid for two hours.
    /// Otherwise as `combine_jsapi`.
    v3.combine_native(V3CombineNative) -> V3NativeReply {
        v3_post("/v3/combine-transactions/native"),
        identity(OWN),
        limits(OF_PARTS),
        retry(SameRequest),
        resumes("combine_out_trade_no", "v3.combine_query");
        request includes [combine_order] {
            /// Where it is sold.
            scene_info: Record<V3CombineSceneInfo>,
        }
    }

    /// Creates one payment of several orders for a phone's browser outside WeChat (合单H5下单). Its `h5_url` is valid for five minutes.
    /// Otherwise as `combine_jsapi`.
    v3.combine_h5(V3CombineH5) -> V3H5Reply {
        v3_post("/v3/combine-transactions/h5"),
        identity(OWN),
        limits(OF_PARTS),
        retry(SameRequest),
        resumes("combine_out_trade_no", "v3.combine_query");
        request includes [combine_order] {
            /// Where it is sold: the customer's IP address, and the site.
            scene_info: Record<V3CombineH5SceneInfo> required,
        }
    }

    /// Creates one payment of several orders for an app with the Open SDK (合单APP下单). Its `prepay_id` is valid for two hours.
    /// Otherwise as `combine_jsapi`.
    v3.combine_app(V3CombineApp) -> V3PrepayReply {
        v3_post("/v3/combine-transactions/app"),
        identity(OWN),
        limits(OF_PARTS),
        retry(SameRequest),
        resumes("combine_out_trade_no", "v3.combine_query");
        request includes [combine_order] {
            /// Where it is sold.
            scene_info: Record<V3CombineSceneInfo>,
        }
    }

    /// Queries a combined order (合单查询订单). Only this reply proves a payment: each of `sub_orders` has its own `trade_state`. `query` does not
    /// find the parts.
    v3.combine_query(V3CombineQuery) -> V3CombineOrder {
        v3_get("/v3/combine-transactions/out-trade-no/{combine_out_trade_no}"),
        retry(Safe);
        request {
            /// The merchant's number of the combined order.
            combine_out_trade_no: OutNo(32) required,
        }
    }

    /// Closes a combined order that is not paid, with all its parts (合单关闭订单). Closing a closed one succeeds.
    v3.combine_close(V3CombineClose) -> V3Closed {
        v3_post("/v3/combine-transactions/out-trade-no/{combine_out_trade_no}/close"),
        identity(&[("combine_appid", Appid)]),
        retry(SameRequest);
        request {
            /// The merchant's number of the combined order.
            combine_out_trade_no: OutNo(32) required,
            /// All its parts, as they were ordered.
            sub_orders: List<V3CombineCloseItem>(1, 50) required,
        }
    }
}

/// Checks that the customer has exactly one openid. `sub_openid` is the customer's under the `sub_appid` of the parts, so that each has it.
///
/// # Errors
/// `InvalidRequest`, naming field and rule.
pub(super) fn check_combined_payer(endpoint: &Endpoint, fields: &Fields) -> Result<(), Error> {
    if !endpoint.request.iter().any(|field| field.name == PAYER) {
        return Ok(());
    }
    let Some(payer) = fields.get(PAYER).and_then(|text| json::parse(text.as_bytes())) else { return Ok(()) };
    let refused = |field: &str, rule: &str| Err(Error::invalid(field, rule));
    match (payer.filled("openid").is_some(), payer.filled("sub_openid").is_some()) {
        (true, false) => return Ok(()),
        (false, false) => return refused("combine_payer_info.openid", "is required, or sub_openid"),
        (true, true) => {
            return refused("combine_payer_info.sub_openid", "must not be given with openid: give one of them");
        }
        (false, true) => {}
    }
    let parts = fields.get("sub_orders").and_then(json::parse_list).unwrap_or_default();
    for (name, rule) in [
        ("sub_mchid", "is required with combine_payer_info.sub_openid, which is for service providers"),
        ("sub_appid", "is required with combine_payer_info.sub_openid: the customer's openid is of this appid"),
    ] {
        if parts.iter().any(|part| part.filled(name).is_none()) {
            return refused(&format!("sub_orders.{name}"), rule);
        }
    }
    let appids: BTreeSet<_> = parts.iter().map(|part| part.filled("sub_appid")).collect();
    match appids.len() {
        0 | 1 => Ok(()),
        _ => refused(
            "sub_orders.sub_appid",
            "must be the same in each part with combine_payer_info.sub_openid: an openid is of one appid",
        ),
    }
}

const PAYER: &str = "combine_payer_info";

object! {
    /// The customer of a combined order.
    V3CombinePayer {
        /// The customer's openid under the client's appid.
        openid: Id(128) short,
        /// Service providers: instead of `openid`, the customer's openid under `sub_appid`, which each part then has.
        sub_openid: Id(128) short,
        /// Real-name payment, which needs a permit.
        identity: Record<V3PayerIdentity>,
    }
}

object! {
    /// Where a combined order is sold.
    V3CombineSceneInfo {
        /// The customer's IP address.
        payer_client_ip: Ip(45) required,
        /// The number of the till or of the shop's device.
        device_id: Text(16),
    }
}

object! {
    /// Where a combined order of a phone's browser is sold.
    V3CombineH5SceneInfo {
        /// The customer's IP address.
        payer_client_ip: Ip(45) required,
        /// The number of the till or of the shop's device.
        device_id: Text(16),
        /// The site or the app.
        h5_info: Record<V3H5Info> required,
    }
}

object! {
    /// A part of a combined order.
    V3CombineItem {
        /// The merchant that receives the money: the client's own, or another one whose number is bound to the appid.
        mchid: Id(32) required,
        /// Data of yours: it comes back in the query, the notification and the bill.
        attach: Text(128) bytes required,
        /// The amount of the part.
        amount: Record<V3CombineAmount> required,
        /// The merchant's number of the part, 6 to 32 characters.
        out_trade_no: OutNo(32) required,
        /// Service providers and platforms: the sub-merchant that receives the money.
        sub_mchid: Id(32),
        /// Service providers and platforms: the sub-merchant's appid.
        sub_appid: Id(32),
        /// Description of the goods, shown to the customer.
        description: Text(127) required,
        /// A tag for coupons.
        goods_tag: Text(32),
        /// Whether the money stays frozen for profit sharing.
        settle_info: Record<V3SettleInfo>,
    }
}

object! {
    /// What a part of a combined order costs.
    V3CombineAmount {
        /// In fen.
        total_amount: Fen required,
        /// The currency, ISO 4217: `CNY`. Another one than the client's own setting is refused.
        currency: Currency(8) required,
    }
}

object! {
    /// A part of a combined order that is closed.
    V3CombineCloseItem {
        /// The merchant of the part.
        mchid: Id(32) required,
        /// The merchant's number of the part.
        out_trade_no: OutNo(32) required,
        /// Service providers and platforms: the sub-merchant of the part.
        sub_mchid: Id(32),
        /// Service providers and platforms: the sub-merchant's appid.
        sub_appid: Id(32),
    }
}

record! {
    /// The reply of `combine_query`. A part that is not paid has no `transaction_id`.
    V3CombineOrder
    fields {
        /// The appid.
        combine_appid: Id(32),
        /// The merchant's number.
        combine_mchid: Id(32),
        /// The merchant's number of the combined order.
        combine_out_trade_no: OutNo(32) required echoed,
        /// Who paid.
        combine_payer_info: Record<V3OrderPayer>,
        /// Where it was sold.
        scene_info: Record<V3OrderScene>,
        /// The parts.
        sub_orders: List<V3CombinePart>,
    }
}

record! {
    /// A part of a combined order.
    V3CombinePart
    fields {
        /// The part's state.
        trade_state: Enum<TradeState>(32),
        /// The merchant of the part.
        mchid: Id(32),
        /// Service providers and platforms: the sub-merchant of the part.
        sub_mchid: Id(32),
        /// Service providers and platforms: the sub-merchant's appid.
        sub_appid: Id(32),
        /// Service providers and platforms: the customer's openid under `sub_appid`.
        sub_openid: Id(128) short,
        /// The merchant's number of the part.
        out_trade_no: OutNo(32),
        /// WeChat's number of the payment of the part.
        transaction_id: Id(32),
        /// How it was paid.
        trade_type: Enum<V3TradeType>(16),
        /// Payment bank code.
        bank_type: Text(32),
        /// The data of the part, as sent.
        attach: Text(128),
        /// When it was paid.
        success_time: Instant,
        /// The amount of the part, and what was paid.
        amount: Record<V3CombinePaidAmount>,
        /// Coupons that were used.
        promotion_detail: List<V3Promotion>,
    }
}

record! {
    /// What a part of a combined order costs, and what was paid.
    V3CombinePaidAmount
    fields {
        /// The part's amount, in fen.
        total_amount: Fen,
        /// What the customer paid, in fen.
        payer_amount: Fen,
        /// The currency, ISO 4217.
        currency: Text(16),
        /// The currency that the customer paid in.
        payer_currency: Text(16),
    }
}
