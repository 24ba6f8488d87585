//! The two APIs of a payment by code: whose a caller's fields are, which calls charge, ask and cancel, and what their answers say to
//! [`CodeFlow`](super::CodeFlow). The fields of `micropay` are taken for either.

use super::code_payment::{ChargeOutcome, QueryOutcome, ReverseOutcome};
use crate::codes::Api;
use crate::error::Error;
use crate::fields::Fields;
use crate::merchant::Merchant;
use crate::model::{self, ApiVersion};
use crate::money::Fen;
use crate::notify::{ConfirmedPayment, confirmed_by_query};
use crate::table::collect::collect;
use crate::table::row::{Call, Document, Endpoint};
use crate::trade_state::TradeState;
use crate::v2::code::{Micropay, MicropayReply, Reverse};
use crate::v2::order::{Orderquery, OrderqueryReply, YesNo};
use crate::v2::request;
use crate::v3::code::{V3Codepay, V3Reverse};
use crate::v3::order::V3Query;
use crate::v3::request as v3_request;
use crate::value::{Params, Value};
use crate::wire::json;

/// The order that a code pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeOrder {
    /// The merchant's number.
    pub out_trade_no: String,
    /// The amount that the merchant recorded.
    pub total_fee: Fen,
    /// The sub-merchant of a service provider's order, when it is not the client's.
    pub sub_mch_id: Option<String>,
}

/// A call with its fields.
pub type CodeCall = (&'static Endpoint, Params<'static>);

/// The call that charges a code.
pub fn charge_endpoint(api: Api) -> &'static Endpoint {
    match api {
        Api::V3 => V3Codepay::ENDPOINT,
        _ => Micropay::ENDPOINT,
    }
}

/// What the answer to the charge says. `confirm` compares a reply that says that the order is paid, and fails when it is about another
/// payment, which confirms nothing.
pub fn charged(
    api: Api,
    answer: Result<Fields, Error>,
    confirm: impl FnOnce(OrderqueryReply) -> Result<ConfirmedPayment, Error>,
) -> ChargeOutcome {
    let reply = match answer {
        Ok(reply) => MicropayReply::from_fields(as_v2(api, reply)),
        Err(error) => return ChargeOutcome::Failed(error),
    };
    match reply.trade_state() {
        Some(TradeState::Success) => match confirm(OrderqueryReply::from_fields(reply.fields().clone())) {
            Ok(payment) => ChargeOutcome::Paid(Box::new(payment)),
            Err(_) => ChargeOutcome::Unconfirmed(Some(TradeState::Success)),
        },
        // Older gateways of APIv2 do not say the state: the order's own answer confirms it.
        None if reply.transaction_id().is_some() => ChargeOutcome::Unconfirmed(None),
        state => ChargeOutcome::State(state),
    }
}

/// What the answer about the order says.
///
/// # Errors
/// Those of `confirm`: the order of this number is another purchase's.
pub fn asked(
    api: Api,
    answer: Result<Fields, Error>,
    confirm: impl FnOnce(OrderqueryReply) -> Result<ConfirmedPayment, Error>,
) -> Result<QueryOutcome, Error> {
    let reply = match answer {
        Ok(reply) => OrderqueryReply::from_fields(as_v2(api, reply)),
        Err(error) => return Ok(QueryOutcome::Failed(error)),
    };
    match reply.trade_state() {
        TradeState::Success => confirm(reply).map(|payment| QueryOutcome::Paid(Box::new(payment))),
        state => Ok(QueryOutcome::State(state)),
    }
}

/// What the answer to the cancellation says. APIv3 has no `recall`: it answers `SYSTEM_ERROR` until the order is cancelled.
pub fn reversed(answer: Result<Fields, Error>) -> ReverseOutcome {
    let recalls = |reply: &Fields| reply.get("recall") == Some(YesNo::Yes.as_str());
    match answer {
        Ok(reply) if recalls(&reply) => ReverseOutcome::Again(None),
        Ok(_) => ReverseOutcome::Reversed,
        Err(error) if error.reply().is_some_and(recalls) => ReverseOutcome::Again(Some(error)),
        Err(error) => ReverseOutcome::Failed(error),
    }
}

/// A reply about an order under the names of APIv2.
fn as_v2(api: Api, reply: Fields) -> Fields {
    match api {
        Api::V3 => model::order(&reply),
        _ => reply,
    }
}

impl CodeOrder {
    /// The order in the checked fields of a charge; `given` are those of the caller.
    fn of(api: Api, given: &Params<'_>, fields: &Fields) -> Self {
        let fen = |text: &str| text.parse().unwrap_or_default();
        let (total_fee, sub_merchant) = match api {
            Api::V3 => {
                let amount = fields.get("amount").and_then(|text| json::parse(text.as_bytes())).unwrap_or_default();
                (amount.get("total").map(fen), "sub_mchid")
            }
            _ => (fields.get("total_fee").map(fen), "sub_mch_id"),
        };
        let is_given = given.iter().any(|(name, _)| name == sub_merchant);
        Self {
            out_trade_no: fields.get("out_trade_no").unwrap_or_default().to_owned(),
            total_fee: total_fee.unwrap_or_default(),
            sub_mch_id: fields.filled(sub_merchant).filter(|_| is_given).map(str::to_owned),
        }
    }

    /// The call that asks for the order.
    pub fn query(&self, api: Api) -> CodeCall {
        match api {
            Api::V3 => {
                let query = V3Query::new().out_trade_no(&self.out_trade_no);
                let query = self.sub_mch_id.iter().fold(query, |query, number| query.sub_mchid(number));
                (V3Query::ENDPOINT, query.params().clone())
            }
            _ => {
                let query = Orderquery::new().out_trade_no(&self.out_trade_no);
                let query = self.sub_mch_id.iter().fold(query, |query, number| query.sub_mch_id(number));
                (Orderquery::ENDPOINT, query.params().clone())
            }
        }
    }

    /// The call that cancels the order.
    pub fn reverse(&self, api: Api) -> CodeCall {
        match api {
            Api::V3 => {
                let reverse = V3Reverse::new().out_trade_no(&self.out_trade_no);
                let reverse = self.sub_mch_id.iter().fold(reverse, |reverse, number| reverse.sub_mchid(number));
                (V3Reverse::ENDPOINT, reverse.params().clone())
            }
            _ => {
                let reverse = Reverse::new().out_trade_no(&self.out_trade_no);
                let reverse = self.sub_mch_id.iter().fold(reverse, |reverse, number| reverse.sub_mch_id(number));
                (Reverse::ENDPOINT, reverse.params().clone())
            }
        }
    }

    /// The payment in a reply that says that the order is paid.
    ///
    /// # Errors
    /// `Mismatch`: the reply is about another purchase, or is not whole.
    pub fn confirm(&self, reply: OrderqueryReply, merchant: &Merchant) -> Result<ConfirmedPayment, Error> {
        confirmed_by_query(reply, merchant, self.sub_mch_id.as_deref(), &self.out_trade_no, self.total_fee)
    }
}

/// The fields of a charge, and the API that takes them.
#[derive(Clone)]
pub struct Charge {
    /// The API.
    pub api: Api,
    /// The fields, under its names.
    pub params: Params<'static>,
}

impl Charge {
    /// The order that it pays.
    ///
    /// # Errors
    /// `InvalidRequest` for the fields, `Config` for the settings of the API.
    pub fn order(&self, merchant: &Merchant) -> Result<CodeOrder, Error> {
        let Self { api, params } = self;
        let endpoint = charge_endpoint(*api);
        match api {
            Api::V3 => {
                let request = v3_request::complete(endpoint, params, merchant)?;
                Ok(CodeOrder::of(*api, params, request.fields()))
            }
            _ => {
                let (_, fields) = request::signed(endpoint, params, merchant, "0")?;
                Ok(CodeOrder::of(*api, params, &fields))
            }
        }
    }
}

/// The API that is asked for by name; `None` when none is.
///
/// # Errors
/// `InvalidRequest` for a name that is neither.
pub fn asked_api(asked: Option<&ApiVersion>) -> Result<Option<Api>, Error> {
    match asked {
        None => Ok(None),
        Some(ApiVersion::V2) => Ok(Some(Api::V2)),
        Some(ApiVersion::V3) => Ok(Some(Api::V3)),
        Some(ApiVersion::Other(_)) => Err(Error::invalid("api", "must be v2 or v3")),
    }
}

/// The charge that these fields are. Fields of `v3.codepay` are charged by APIv3. Fields of `micropay` are charged by the API that is asked for,
/// else by `usual`; for APIv3 they get its names.
///
/// # Errors
/// `InvalidRequest`, naming a field: of the other API than a field beside it or than the one that is asked for, one that APIv3 has no place
/// for, or one with a wrong value.
pub fn charge_of(
    params: Params<'static>,
    asked: Option<Api>,
    usual: Api,
    merchant: &Merchant,
) -> Result<Charge, Error> {
    let of = |own: &Endpoint, other: &Endpoint| {
        let has = |endpoint: &Endpoint, name: &str| endpoint.fields().any(|field| field.name == name);
        let given = params.iter().filter(|(_, value)| !value.is("")).map(|(name, _)| &**name);
        { given }.find(|name| has(own, name) && !has(other, name)).map(str::to_owned)
    };
    let v2 = of(Micropay::ENDPOINT, V3Codepay::ENDPOINT);
    let v3 = of(V3Codepay::ENDPOINT, Micropay::ENDPOINT);
    match (v2, v3, asked) {
        (Some(v2), Some(v3), _) => {
            let rule = format!("is a field of v3.codepay, and {v2} is one of micropay: give the fields of one of them");
            Err(Error::invalid(v3, rule))
        }
        (None, Some(v3), Some(Api::V2)) => Err(Error::invalid(
            v3,
            "is a field of v3.codepay, and api is v2: give the fields of micropay, or leave api out",
        )),
        (None, Some(_), _) => Ok(Charge { api: Api::V3, params }),
        (_, None, asked) => match asked.unwrap_or(usual) {
            Api::V3 => Ok(Charge { api: Api::V3, params: codepay(&params, merchant)? }),
            api => Ok(Charge { api, params }),
        },
    }
}

/// The fields of `v3.codepay` for those of `micropay`.
///
/// # Errors
/// `InvalidRequest`.
fn codepay(params: &Params<'_>, merchant: &Merchant) -> Result<Params<'static>, Error> {
    let given = collect(Micropay::ENDPOINT, params, |own| merchant.own(own), "-")?;
    let is_given = |name: &str| params.iter().any(|(given, _)| given == name);
    if let Some((name, _)) = given.iter().find(|(name, _)| is_given(name) && !TAKEN.contains(name)) {
        let rule =
            "has no place in v3.codepay, which charges this payment: leave it out, or give the fields of v3.codepay";
        return Err(Error::invalid(name, rule).at(V3Codepay::ENDPOINT.name));
    }
    let own = |name: &str| given.filled(name).filter(|_| is_given(name));
    let text = |name: &str| own(name).map(|value| Value::Text(value.to_owned().into()));
    let fee = |name: &str| given.filled(name).and_then(|value| value.parse().ok()).map(Value::Int);
    let yes = |name: &str| own(name).map(|value| Value::Bool(value == "Y"));
    let members = [
        ("description", text("body")),
        ("out_trade_no", text("out_trade_no")),
        ("attach", text("attach")),
        ("goods_tag", text("goods_tag")),
        ("support_fapiao", yes("receipt")),
        ("amount", object([("total", fee("total_fee")), ("currency", text("fee_type"))])),
        ("payer", object([("auth_code", text("auth_code"))])),
        ("scene_info", object([("device_id", text("device_info")), ("device_ip", text("spbill_create_ip"))])),
        ("settle_info", object([("profit_sharing", yes("profit_sharing"))])),
        ("sub_mchid", text("sub_mch_id")),
        ("sub_appid", text("sub_appid")),
    ];
    Ok(present(members))
}

/// The fields of `micropay` that [`codepay`] has a place for. `detail` and `scene_info` have other members there.
const TAKEN: [&str; 13] = [
    "body",
    "out_trade_no",
    "attach",
    "goods_tag",
    "receipt",
    "total_fee",
    "fee_type",
    "auth_code",
    "device_info",
    "spbill_create_ip",
    "profit_sharing",
    "sub_mch_id",
    "sub_appid",
];

fn object<const N: usize>(members: [(&'static str, Option<Value<'static>>); N]) -> Option<Value<'static>> {
    Some(present(members)).filter(|members| !members.is_empty()).map(Value::Object)
}

fn present<const N: usize>(members: [(&'static str, Option<Value<'static>>); N]) -> Params<'static> {
    members.into_iter().filter_map(|(name, value)| Some((name.into(), value?))).collect()
}
