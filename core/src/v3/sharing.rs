//! Profit sharing (分账): parts of paid orders go to receivers, and come back.

use super::groups::{sub_merchant, sub_merchant_number};
use crate::error::Error;
use crate::fields::Fields;
use crate::table::macros::{endpoint, endpoints, group, object, record, wire_enum};
use crate::table::row::{Endpoint, Own, Sender};
use crate::wire::json;

/// What a service provider's call carries of the settings.
const OF_PARTNER: &[(&str, Own)] = &[("sub_mchid", Own::SubMchId), ("appid", Own::Appid), ("sub_appid", Own::SubAppid)];

wire_enum! {
    /// Whether WeChat is done with a sharing (分账单状态).
    V3ProfitsharingState {
        /// WeChat is working on it.
        Processing = "PROCESSING",
        /// WeChat is done. The `result` of each receiver says whether it got its part.
        Finished = "FINISHED",
    }
}

wire_enum! {
    /// What became of a receiver's part (分账结果).
    V3ProfitsharingResult {
        /// WeChat is working on it.
        Pending = "PENDING",
        /// The receiver has the money. A `fail_reason` beside it means nothing.
        Success = "SUCCESS",
        /// The receiver did not get it: `fail_reason` says why. The money stays with the order.
        Closed = "CLOSED",
    }
}

wire_enum! {
    /// What became of a return (回退结果).
    V3ProfitsharingReturnResult {
        /// WeChat is working on it.
        Processing = "PROCESSING",
        /// The money came back.
        Success = "SUCCESS",
        /// It failed: `fail_reason` says why.
        Failed = "FAILED",
    }
}

wire_enum! {
    /// What a receiver is (分账接收方类型).
    V3ReceiverType {
        /// A merchant: its account is a `mchid`.
        MerchantId = "MERCHANT_ID",
        /// A person: the account is an openid under the client's appid.
        PersonalOpenid = "PERSONAL_OPENID",
        /// A person: the account is an openid under `sub_appid`. Only service providers send it.
        PersonalSubOpenid = "PERSONAL_SUB_OPENID",
    }
}

wire_enum! {
    /// What a receiver is to the merchant (与分账方的关系类型).
    V3ReceiverRelation {
        /// A shop.
        Store = "STORE",
        /// A member of staff.
        Staff = "STAFF",
        /// The owner of a shop.
        StoreOwner = "STORE_OWNER",
        /// A partner.
        Partner = "PARTNER",
        /// The head office.
        Headquarter = "HEADQUARTER",
        /// A brand.
        Brand = "BRAND",
        /// A distributor.
        Distributor = "DISTRIBUTOR",
        /// A customer.
        User = "USER",
        /// A supplier.
        Supplier = "SUPPLIER",
        /// The service provider.
        ServiceProvider = "SERVICE_PROVIDER",
        /// Something else: `custom_relation` says what.
        Custom = "CUSTOM",
    }
}

endpoints! {
    /// Shares a paid order with receivers (请求分账). The order must have `settle_info.profit_sharing`, and the receivers must have been added.
    /// WeChat takes it from a minute after the payment, for 30 days, and by default up to 30 % of the order.
    /// A success means that WeChat accepted it: ask `profitsharing_order_query` until `state` is `FINISHED`, and then look at each
    /// receiver's `result`.
    /// Repeating it with the same `out_order_no` and the same fields shares once. Do so whenever the outcome is unknown.
    v3.profitsharing_order(V3ProfitsharingOrder) -> V3ProfitsharingOrderReply {
        v3_post("/v3/profitsharing/orders"),
        identity(&[("appid", Appid)]),
        partner("/v3/profitsharing/orders", OF_PARTNER),
        retry(SameRequest),
        resumes("out_order_no", "v3.profitsharing_order_query");
        request includes [sub_merchant] {
            /// WeChat's number of the payment.
            transaction_id: Id(32) required,
            /// The merchant's number of the sharing, the same for every attempt at it.
            out_order_no: OutNo(64) required,
            /// Who receives how much.
            receivers: List<V3ProfitsharingReceiver>(50) required,
            /// Whether the rest is released to the merchant, after which the order cannot be shared again.
            unfreeze_unsplit: Bool required,
        }
    }

    /// Queries a sharing (查询分账结果).
    v3.profitsharing_order_query(V3ProfitsharingOrderQuery) -> V3ProfitsharingOrderReply {
        v3_get("/v3/profitsharing/orders/{out_order_no}"),
        partner("/v3/profitsharing/orders/{out_order_no}", &[("sub_mchid", SubMchId)]),
        retry(Safe);
        request includes [sub_merchant_number] {
            /// The merchant's number of the sharing.
            out_order_no: OutNo(64) required,
            /// WeChat's number of the payment.
            transaction_id: Id(32) required,
        }
    }

    /// Takes back a part from a receiver that is a merchant (请求分账回退), within 180 days. The receiver must have allowed it.
    /// A success means that WeChat accepted it: ask `profitsharing_return_query` until `result` is not `PROCESSING`.
    /// Repeating it with the same `out_return_no` and the same fields returns once. Do so whenever the outcome is unknown.
    v3.profitsharing_return(V3ProfitsharingReturn) -> V3ProfitsharingReturnReply {
        v3_post("/v3/profitsharing/return-orders"),
        partner("/v3/profitsharing/return-orders", &[("sub_mchid", SubMchId)]),
        retry(SameRequest),
        resumes("out_return_no", "v3.profitsharing_return_query");
        request includes [sub_merchant_number] {
            /// WeChat's number of the sharing. Give it or `out_order_no`, not both.
            order_id: Id(64),
            /// The merchant's number of the sharing.
            out_order_no: OutNo(64),
            /// The merchant's number of the return, the same for every attempt at it.
            out_return_no: OutNo(64) required,
            /// The number of the merchant that gives it back.
            return_mchid: Id(32) required,
            /// The amount in fen.
            amount: Fen required,
            /// The reason.
            description: Text(80) required,
        }
        needs {
            any [order_id, out_order_no] exclusive,
        }
    }

    /// Queries a return (查询分账回退结果).
    v3.profitsharing_return_query(V3ProfitsharingReturnQuery) -> V3ProfitsharingReturnReply {
        v3_get("/v3/profitsharing/return-orders/{out_return_no}"),
        partner("/v3/profitsharing/return-orders/{out_return_no}", &[("sub_mchid", SubMchId)]),
        retry(Safe);
        request includes [sub_merchant_number] {
            /// The merchant's number of the return.
            out_return_no: OutNo(64) required,
            /// The merchant's number of the sharing.
            out_order_no: OutNo(64) required,
        }
    }

    /// Releases what is left of an order to the merchant (解冻剩余资金). The order cannot be shared again.
    /// Repeating it with the same `out_order_no` and the same fields releases once. Do so whenever the outcome is unknown.
    v3.profitsharing_unfreeze(V3ProfitsharingUnfreeze) -> V3ProfitsharingOrderReply {
        v3_post("/v3/profitsharing/orders/unfreeze"),
        partner("/v3/profitsharing/orders/unfreeze", &[("sub_mchid", SubMchId)]),
        retry(SameRequest),
        resumes("out_order_no", "v3.profitsharing_order_query");
        request includes [sub_merchant_number] {
            /// WeChat's number of the payment.
            transaction_id: Id(32) required,
            /// A new number of the merchant's: not that of a sharing before.
            out_order_no: OutNo(64) required,
            /// The reason.
            description: Text(80) required,
        }
    }

    /// Tells how much of an order can still be shared (查询剩余待分金额).
    v3.profitsharing_amounts(V3ProfitsharingAmounts) -> V3ProfitsharingAmountsReply {
        v3_get("/v3/profitsharing/transactions/{transaction_id}/amounts"),
        retry(Safe);
        request {
            /// WeChat's number of the payment.
            transaction_id: Id(32) required,
        }
    }

    /// Service providers: tells which part of an order a sub-merchant may share (查询最大分账比例).
    v3.profitsharing_config(V3ProfitsharingConfig) -> V3ProfitsharingConfigReply {
        v3_get("/v3/profitsharing/merchant-configs/{sub_mchid}"),
        identity(&[("sub_mchid", SubMchId)]),
        retry(Safe);
        request {
            /// The sub-merchant's number. The client's own setting when left out.
            sub_mchid: Id(32),
        }
    }

    /// Adds a receiver (添加分账接收方). Adding one twice succeeds. A merchant may have 20,000.
    v3.profitsharing_add_receiver(V3ProfitsharingAddReceiver) -> V3ProfitsharingAddReceiverReply {
        v3_post("/v3/profitsharing/receivers/add"),
        identity(&[("appid", Appid)]),
        partner("/v3/profitsharing/receivers/add", OF_PARTNER),
        retry(SameRequest);
        request includes [receiver, sub_merchant] {
            /// The full name of a merchant, required with `MERCHANT_ID`; or the name of a person, which WeChat compares. The client encrypts
            /// it.
            name: Text sensitive,
            /// What the receiver is to the merchant. Only service providers send `SERVICE_PROVIDER`.
            relation_type: Enum<V3ReceiverRelation>(32) required,
            /// With `CUSTOM`: what the receiver is.
            custom_relation: Text(10),
        }
        needs {
            when relation_type = "CUSTOM" any [custom_relation],
        }
    }

    /// Deletes a receiver (删除分账接收方).
    v3.profitsharing_delete_receiver(V3ProfitsharingDeleteReceiver) -> V3ProfitsharingDeleteReceiverReply {
        v3_post("/v3/profitsharing/receivers/delete"),
        identity(&[("appid", Appid)]),
        partner("/v3/profitsharing/receivers/delete", OF_PARTNER),
        retry(SameRequest);
        request includes [receiver, sub_merchant] {}
    }
}

/// Checks what belongs to service providers alone: a person under `sub_appid`, and the relation `SERVICE_PROVIDER`.
///
/// # Errors
/// `InvalidRequest`, naming field and rule.
pub(super) fn check_receivers(endpoint: &Endpoint, fields: &Fields, sender: Sender) -> Result<(), Error> {
    if !endpoint.name.starts_with("v3.profitsharing_") {
        return Ok(());
    }
    if fields.get("relation_type") == Some("SERVICE_PROVIDER") && sender != Sender::Partner {
        return Err(Error::invalid("relation_type", format!("must not be SERVICE_PROVIDER: it {OF_PROVIDERS}")));
    }
    let receivers = fields.get("receivers").and_then(json::parse_list).unwrap_or_default();
    let is_sub = |receiver: &Fields| receiver.get("type") == Some("PERSONAL_SUB_OPENID");
    let field = match () {
        () if is_sub(fields) => "type",
        () if receivers.iter().any(is_sub) => "receivers.type",
        () => return Ok(()),
    };
    if sender != Sender::Partner {
        return Err(Error::invalid(field, format!("must not be PERSONAL_SUB_OPENID: it {OF_PROVIDERS}")));
    }
    match fields.filled("sub_appid") {
        None => Err(Error::invalid("sub_appid", format!("is required when {field} is PERSONAL_SUB_OPENID"))),
        Some(_) => Ok(()),
    }
}

const OF_PROVIDERS: &str =
    "is for service providers, who name the sub-merchant, by sub_mchid or by sub_mch_id in the settings";

group! {
    receiver {
        /// What the receiver is.
        r#type: Enum<V3ReceiverType>(32) required,
        /// A merchant's number, or a person's openid.
        account: Id(64) required short,
    }
}

object! {
    /// Who receives a part of an order, and how much.
    V3ProfitsharingReceiver {
        /// What the receiver is.
        r#type: Enum<V3ReceiverType>(32) required,
        /// A merchant's number, or a person's openid.
        account: Id(64) required short,
        /// The full name of a merchant, required with `MERCHANT_ID`; or the name of a person. WeChat compares it. The client encrypts it.
        name: Text sensitive,
        /// The amount in fen.
        amount: Fen required,
        /// The reason, in the receiver's bill.
        description: Text(80) required,
    }
}

record! {
    /// A sharing: the reply of `profitsharing_order`, `profitsharing_order_query` and `profitsharing_unfreeze`.
    V3ProfitsharingOrderReply
    fields {
        /// Whether WeChat is done with it. `FINISHED` does not mean that each receiver got its part.
        state: Enum<V3ProfitsharingState>(32) required,
        /// Service providers: the sub-merchant's number.
        sub_mchid: Id(32) echoed,
        /// WeChat's number of the payment.
        transaction_id: Id(32) required echoed,
        /// The merchant's number of the sharing.
        out_order_no: OutNo(64) required echoed,
        /// WeChat's number of the sharing.
        order_id: Id(64) required,
        /// The receivers. What was released is a part of the merchant's own.
        receivers: List<V3ProfitsharingPart>,
    }
}

record! {
    /// What a receiver gets of an order.
    V3ProfitsharingPart
    fields {
        /// What became of it. Only `SUCCESS` means that the receiver has the money.
        result: Enum<V3ProfitsharingResult>(32),
        /// What the receiver is.
        r#type: Enum<V3ReceiverType>(32),
        /// A merchant's number, or a person's openid.
        account: Id(64) short,
        /// The amount in fen.
        amount: Fen,
        /// The reason.
        description: Text(80),
        /// Why the receiver did not get it.
        fail_reason: Text(64),
        /// When it was accepted.
        create_time: Instant,
        /// When it ended; WeChat writes 1970 while it is pending.
        finish_time: Instant,
        /// WeChat's number of the part.
        detail_id: Text(64),
    }
}

record! {
    /// A return: the reply of `profitsharing_return` and `profitsharing_return_query`.
    V3ProfitsharingReturnReply
    fields {
        /// What became of it.
        result: Enum<V3ProfitsharingReturnResult>(32) required,
        /// Service providers: the sub-merchant's number.
        sub_mchid: Id(32) echoed,
        /// WeChat's number of the sharing.
        order_id: Id(64) echoed,
        /// The merchant's number of the sharing.
        out_order_no: OutNo(64) echoed,
        /// The merchant's number of the return.
        out_return_no: OutNo(64) required echoed,
        /// WeChat's number of the return.
        return_id: Id(64),
        /// The number of the merchant that gives it back.
        return_mchid: Id(32) echoed,
        /// The amount in fen.
        amount: Fen required echoed,
        /// The reason.
        description: Text(80),
        /// Why it failed.
        fail_reason: Text(64),
        /// When it was accepted.
        create_time: Instant,
        /// When it ended; WeChat writes 1970 while it is open.
        finish_time: Instant,
    }
}

record! {
    /// The reply of `profitsharing_amounts`.
    V3ProfitsharingAmountsReply
    fields {
        /// WeChat's number of the payment.
        transaction_id: Id(32) required echoed,
        /// What can still be shared, in fen.
        unsplit_amount: Fen required,
    }
}

record! {
    /// The reply of `profitsharing_config`.
    V3ProfitsharingConfigReply
    fields {
        /// The sub-merchant's number.
        sub_mchid: Id(32) required echoed,
        /// The largest part of an order that may be shared, in hundredths of a percent: 2000 is 20 %.
        max_ratio: Int required,
    }
}

record! {
    /// The reply of `profitsharing_add_receiver`.
    V3ProfitsharingAddReceiverReply
    fields {
        /// What the receiver is.
        r#type: Enum<V3ReceiverType>(32) required echoed,
        /// A merchant's number, or a person's openid.
        account: Id(64) required echoed short,
        /// The name, as sent. The client decrypts it.
        name: Text sensitive,
        /// What the receiver is to the merchant.
        relation_type: Enum<V3ReceiverRelation>(32),
        /// With `CUSTOM`: what the receiver is.
        custom_relation: Text(10),
        /// Service providers: the sub-merchant's number.
        sub_mchid: Id(32) echoed,
        /// The appid.
        appid: Id(32),
        /// Service providers: the sub-merchant's appid.
        sub_appid: Id(32),
    }
}

record! {
    /// The reply of `profitsharing_delete_receiver`.
    V3ProfitsharingDeleteReceiverReply
    fields {
        /// What the receiver was.
        r#type: Enum<V3ReceiverType>(32) required echoed,
        /// A merchant's number, or a person's openid.
        account: Id(64) required echoed short,
        /// Service providers: the sub-merchant's number.
        sub_mchid: Id(32) echoed,
    }
}
