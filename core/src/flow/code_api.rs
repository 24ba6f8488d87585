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
    Dialect::of(api).charge
}

/// What the answer to the charge says. `confirm` compares a reply that says that the order is paid, and fails when it is about another
/// payment, which confirms nothing.
pub fn charged(
    api: Api,
    answer: Result<Fields, Error>,
    confirm: impl FnOnce(OrderqueryReply) -> Result<ConfirmedPayment, Error>,
) -> ChargeOutcome {
    let reply = match answer {
        Ok(reply) => MicropayReply::from_fields((Dialect::of(api).order)(reply)),
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
        Ok(reply) => OrderqueryReply::from_fields((Dialect::of(api).order)(reply)),
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

/// What differs between the two APIs.
struct Dialect {
    charge: &'static Endpoint,
    query: &'static Endpoint,
    reverse: &'static Endpoint,
    /// The field with the number of a service provider's sub-merchant, the same in the three calls.
    sub_merchant: &'static str,
    /// The caller's fields of a charge, checked and completed.
    completed: fn(&Params<'_>, &Merchant) -> Result<Fields, Error>,
    /// The amount in the fields of a charge.
    total_fee: fn(&Fields) -> Option<Fen>,
    /// A reply about an order under the names of APIv2.
    order: fn(Fields) -> Fields,
}

impl Dialect {
    fn of(api: Api) -> &'static Self {
        match api {
            Api::V3 => &V3,
            _ => &V2,
        }
    }
}

const V2: Dialect = Dialect {
    charge: Micropay::ENDPOINT,
    query: Orderquery::ENDPOINT,
    reverse: Reverse::ENDPOINT,
    sub_merchant: "sub_mch_id",
    completed: |params, merchant| request::signed(Micropay::ENDPOINT, params, merchant, "0").map(|(_, fields)| fields),
    total_fee: |fields| fields.get("total_fee")?.parse().ok(),
    order: |reply| reply,
};

const V3: Dialect = Dialect {
    charge: V3Codepay::ENDPOINT,
    query: V3Query::ENDPOINT,
    reverse: V3Reverse::ENDPOINT,
    sub_merchant: "sub_mchid",
    completed: |params, merchant| {
        v3_request::complete(V3Codepay::ENDPOINT, params, merchant).map(|request| request.fields().clone())
    },
    total_fee: |fields| json::parse(fields.get("amount")?.as_bytes())?.get("total")?.parse().ok(),
    order: |reply| model::order(&reply),
};

impl CodeOrder {
    /// The call that asks for the order.
    pub fn query(&self, api: Api) -> CodeCall {
        let dialect = Dialect::of(api);
        (dialect.query, self.params(dialect))
    }

    /// The call that cancels the order.
    pub fn reverse(&self, api: Api) -> CodeCall {
        let dialect = Dialect::of(api);
        (dialect.reverse, self.params(dialect))
    }

    fn params(&self, dialect: &Dialect) -> Params<'static> {
        let number = Some(("out_trade_no".into(), Value::Text(self.out_trade_no.clone().into())));
        let sub_merchant = self.sub_mch_id.clone();
        let sub_merchant = sub_merchant.map(|id| (dialect.sub_merchant.into(), Value::Text(id.into())));
        [number, sub_merchant].into_iter().flatten().collect()
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
        let dialect = Dialect::of(self.api);
        let fields = (dialect.completed)(&self.params, merchant)?;
        let is_given = self.params.iter().any(|(name, _)| name == dialect.sub_merchant);
        Ok(CodeOrder {
            out_trade_no: fields.get("out_trade_no").unwrap_or_default().to_owned(),
            total_fee: (dialect.total_fee)(&fields).unwrap_or_default(),
            sub_mch_id: fields.filled(dialect.sub_merchant).filter(|_| is_given).map(str::to_owned),
        })
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
    let checked = collect(Micropay::ENDPOINT, params, |own| merchant.own(own), "-")?;
    let is_given = |name: &str| params.iter().any(|(given, _)| given == name);
    let given: Vec<_> = checked.iter().filter(|(name, _)| is_given(name)).collect();
    if let Some((name, _)) = given.iter().find(|(name, _)| !PLACES.iter().any(|place| place.of == *name)) {
        let rule =
            "has no place in v3.codepay, which charges this payment: leave it out, or give the fields of v3.codepay";
        return Err(Error::invalid(*name, rule).at(V3Codepay::ENDPOINT.name));
    }
    let mut fields = Params::new();
    for place in PLACES {
        let value = given.iter().find(|(name, value)| *name == place.of && !value.is_empty());
        if let Some(value) = value.and_then(|(_, value)| (place.value)(value)) {
            put(&mut fields, place.at, value);
        }
    }
    Ok(fields)
}

/// The place that `v3.codepay` has for a field of `micropay`.
struct Place {
    /// The field.
    of: &'static str,
    /// The names that lead to the place.
    at: &'static [&'static str],
    /// The checked value as APIv3 has it.
    value: fn(&str) -> Option<Value<'static>>,
}

const fn place(of: &'static str, at: &'static [&'static str], value: fn(&str) -> Option<Value<'static>>) -> Place {
    Place { of, at, value }
}

/// All places. `detail` and `scene_info` have other members in APIv3, and so none.
const PLACES: &[Place] = &[
    place("body", &["description"], text),
    place("out_trade_no", &["out_trade_no"], text),
    place("attach", &["attach"], text),
    place("goods_tag", &["goods_tag"], text),
    place("receipt", &["support_fapiao"], yes),
    place("total_fee", &["amount", "total"], fen),
    place("fee_type", &["amount", "currency"], text),
    place("auth_code", &["payer", "auth_code"], text),
    place("device_info", &["scene_info", "device_id"], text),
    place("spbill_create_ip", &["scene_info", "device_ip"], text),
    place("profit_sharing", &["settle_info", "profit_sharing"], yes),
    place("sub_mch_id", &["sub_mchid"], text),
    place("sub_appid", &["sub_appid"], text),
];

fn text(value: &str) -> Option<Value<'static>> {
    Some(Value::Text(value.to_owned().into()))
}

fn fen(value: &str) -> Option<Value<'static>> {
    value.parse().ok().map(Value::Int)
}

fn yes(value: &str) -> Option<Value<'static>> {
    Some(Value::Bool(value == YesNo::Yes.as_str()))
}

/// Puts a value where these names lead, into the objects on the way.
fn put(fields: &mut Params<'static>, at: &[&'static str], value: Value<'static>) {
    let Some((first, rest)) = at.split_first() else { return };
    if rest.is_empty() {
        fields.push(((*first).into(), value));
        return;
    }
    let object = fields.iter_mut().find_map(|(name, value)| match value {
        Value::Object(members) if name == first => Some(members),
        _ => None,
    });
    match object {
        Some(members) => put(members, rest, value),
        None => {
            let mut members = Params::new();
            put(&mut members, rest, value);
            fields.push(((*first).into(), Value::Object(members)));
        }
    }
}
