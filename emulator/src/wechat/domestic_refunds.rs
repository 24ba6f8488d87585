//! `/v3/refund/domestic/refunds`: refunds by APIv3. They are the refunds of APIv2 too (protocol v3 §8).

use serde_json::{Value, json};
use wxpaykit::Fields;

use super::banks::card;
use super::lookup::{missing, order_of};
use super::refund::{ORDER_UNKNOWN, RefundRequest, accept};
use super::transaction::kind;
use super::v3_error::V3Error;
use super::verdict::BusinessError;
use crate::app::App;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::world::ids::rfc3339;
use crate::world::merchant::Merchant;
use crate::world::order::V3Origin;
use crate::world::payment::Coupon;
use crate::world::refund::{Channel, DURATION, Refund, Source, UNSETTLED};
use crate::world::refund_status::Status;

/// The funds of APIv2 that pay when a request names `AVAILABLE`.
const AVAILABLE: &str = "REFUND_SOURCE_RECHARGE_FUNDS";

/// A refund, as a dialect has read it.
pub(crate) struct DomesticRefund {
    /// The order, by APIv2's names.
    pub(crate) named: Fields,
    pub(crate) out_refund_no: String,
    pub(crate) total: u64,
    pub(crate) refund: u64,
    pub(crate) currency: String,
    /// Whether it names the funds `AVAILABLE`.
    pub(crate) available: bool,
    pub(crate) notify_url: Option<String>,
    pub(crate) v3: V3Origin,
}

/// Accepts a refund, or returns the one that the same request made.
pub(crate) fn create(app: &App, merchant: &Merchant, asked: DomesticRefund) -> Result<Value, V3Error> {
    let mut state = app.state();
    let unknown = || denied(&ORDER_UNKNOWN).because(Explanation::reason(Reason::ORDER_UNKNOWN));
    let found = order_of(&mut state, merchant, &asked.named);
    let id = found.ok_or_else(|| missing(&mut state, merchant, &asked.named, unknown))?;
    // A number that another order's refund has.
    if let Some(known) = state.refunds.by_number(&merchant.mch_id, &asked.out_refund_no)
        && state.refunds.get(known).is_some_and(|refund| refund.order != id)
    {
        return Err(V3Error::invalid("支付单号校验不一致，请核实后再试"));
    }
    let wanted = RefundRequest {
        out_refund_no: asked.out_refund_no,
        total_fee: asked.total,
        refund_fee: asked.refund,
        currency: Some(asked.currency),
        account: if asked.available { AVAILABLE } else { UNSETTLED }.to_owned(),
        notify_url: asked.notify_url,
        source: Source::Api,
        v3: Some(asked.v3),
    };
    let made = accept(app, &mut state, id, wanted).map_err(|refused| denied(&refused))?;
    let made = state.refunds.get(made).map(describe);
    made.ok_or_else(V3Error::system)
}

/// One refund by the merchant's number.
pub(crate) fn query(
    app: &App,
    merchant: &Merchant,
    out_refund_no: &str,
    sub_mch_id: Option<&str>,
) -> Result<Value, V3Error> {
    let mut state = app.state();
    let id = state.refunds.by_number(&merchant.mch_id, out_refund_no);
    let refund = id.and_then(|id| state.refunds.look_up(id));
    let own = refund.filter(|refund| refund.sub_mch_id.as_deref() == sub_mch_id);
    own.map(describe).ok_or_else(not_there)
}

/// Where a refund goes that the customer's card does not take.
pub(crate) enum OtherCard<'a> {
    /// Another card of the customer's: its bank and its number.
    OfUser { bank_type: &'a str, number: &'a str },
    /// The merchant's, who pays the customer by other means.
    OfMerchant,
}

impl OtherCard<'_> {
    /// The account as `user_received_account` has it.
    fn account(&self) -> String {
        let Self::OfUser { bank_type, number } = self else { return "商户结算银行账户".to_owned() };
        let tail = number.len().checked_sub(4).and_then(|at| number.get(at..)).unwrap_or(number);
        card(bank_type, tail).unwrap_or_default()
    }
}

/// Sends a refund that the customer's card does not take to another account (异常退款): it is in progress again.
pub(crate) fn apply_abnormal(
    app: &App,
    merchant: &Merchant,
    (refund_id, out_refund_no): (&str, &str),
    sub_mch_id: Option<&str>,
    to: &OtherCard<'_>,
) -> Result<Value, V3Error> {
    let mut state = app.state();
    let id = state.refunds.by_refund_id(refund_id).ok_or_else(not_there)?;
    let refund = state.refunds.fetch(id).ok_or_else(not_there)?;
    let is_own = refund.mch_id == merchant.mch_id && refund.sub_mch_id.as_deref() == sub_mch_id;
    if !is_own || refund.out_refund_no != out_refund_no {
        return Err(not_there());
    }
    if refund.status != Status::Change {
        return Err(V3Error::invalid("退款单状态错误").numbered(268_892_195));
    }
    refund.status = Status::Processing;
    refund.ends = Some((app.clock.now() + DURATION, Status::Success));
    // Both are inferred from what their values mean: no reply after this call was captured.
    (refund.channel, refund.receiver) = (Channel::OtherCard, to.account());
    Ok(describe(refund))
}

fn not_there() -> V3Error {
    V3Error::new(404, "RESOURCE_NOT_EXISTS", "退款单不存在").numbered(268_875_782)
}

/// The refusal of APIv3 for one of APIv2 (protocol v3 §8.5).
fn denied(refused: &BusinessError) -> V3Error {
    let text = refused.text_in_v3.unwrap_or(refused.text);
    let denied = match refused.code {
        "ORDERNOTEXIST" => V3Error::new(404, "RESOURCE_NOT_EXISTS", text),
        "NOTENOUGH" => V3Error::new(403, "NOT_ENOUGH", text),
        code @ "TRADE_OVERDUE" => V3Error::new(400, code, text),
        code @ "FREQUENCY_LIMITED" => V3Error::new(429, code, text),
        _ => V3Error::invalid(text),
    };
    denied.numbered_as(refused)
}

/// A refund. Its members are in the order of the captures.
pub(crate) fn describe(refund: &Refund) -> Value {
    let split = &refund.split;
    let request: Value = refund.v3.as_ref().and_then(|v3| serde_json::from_str(&v3.request).ok()).unwrap_or_default();
    let from = request.pointer("/amount/from").cloned().unwrap_or_else(|| json!([]));
    let mut described = json!({
        "amount": {
            "currency": "CNY",
            "discount_refund": split.coupon_refund_fee(),
            "from": from,
            "payer_refund": split.cash_refund_fee,
            "payer_total": refund.payer_total(),
            "refund": split.refund_fee,
            "refund_fee": 0,
            "settlement_refund": split.settlement_refund_fee,
            "settlement_total": refund.settlement_total_fee.unwrap_or(refund.total_fee),
            "total": refund.total_fee,
        },
        "channel": refund.channel.as_str(),
        "create_time": rfc3339(refund.created),
        "funds_account": request.get("funds_account").and_then(Value::as_str).unwrap_or("AVAILABLE"),
        "out_refund_no": refund.out_refund_no,
        "out_trade_no": refund.out_trade_no,
        "promotion_detail": split.coupons.iter().map(promotion).collect::<Vec<_>>(),
        "refund_id": refund.refund_id,
        "status": refund.status.in_v3(),
    });
    if let Some(members) = described.as_object_mut() {
        if let Some(at) = refund.succeeded {
            members.insert("success_time".to_owned(), rfc3339(at).into());
        }
        members.insert("transaction_id".to_owned(), refund.transaction_id.as_str().into());
        members.insert("user_received_account".to_owned(), refund.receiver.as_str().into());
    }
    described
}

fn promotion(coupon: &Coupon) -> Value {
    json!({
        "amount": coupon.fee,
        "promotion_id": coupon.id,
        "refund_amount": coupon.fee,
        "scope": "GLOBAL",
        "type": kind(coupon.kind),
    })
}
