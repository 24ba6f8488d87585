//! The names that one API has for what the other one calls differently, so that an example of the other API can be followed.

use super::row::{Endpoint, Field, FieldKind, Record};
use crate::codes::Api;

/// A field of APIv2, and its place in APIv3.
const NAMES: &[(&str, &str)] = &[
    ("body", "description"),
    ("total_fee", "amount.total"),
    ("fee_type", "amount.currency"),
    ("openid", "payer.openid"),
    ("openid", "combine_payer_info.openid"),
    ("sub_openid", "payer.sub_openid"),
    ("auth_code", "payer.auth_code"),
    ("spbill_create_ip", "scene_info.payer_client_ip"),
    ("device_info", "scene_info.device_id"),
    ("profit_sharing", "settle_info.profit_sharing"),
    ("receipt", "support_fapiao"),
    ("mch_id", "mchid"),
    ("sub_mch_id", "sub_mchid"),
    ("refund_fee", "amount.refund"),
    ("refund_fee_type", "amount.currency"),
    ("refund_desc", "reason"),
    ("refund_account", "funds_account"),
];

/// Where a name is a member of an object of the call, as a path: `amount.total`. Of several the one that is nearest to the call's own fields;
/// `None` where no object has it, or several as near. Items of lists are left out: which of them is meant, nobody knows.
pub(crate) fn inside(endpoint: &Endpoint, name: &str) -> Option<String> {
    let mut around: Vec<(String, &'static Record)> =
        endpoint.fields().filter_map(|field| Some((field.name.to_owned(), object(field)?))).collect();
    while !around.is_empty() {
        let found: Vec<_> = around.iter().filter(|(_, record)| record.field(name).is_some()).collect();
        match *found {
            [] => {}
            [(path, _)] => return Some(format!("{path}.{name}")),
            _ => return None,
        }
        let inner = |(path, record): &(String, &'static Record)| {
            let path = path.clone();
            record
                .fields
                .iter()
                .filter_map(move |field| Some((format!("{path}.{}", field.name), object(field)?)))
                .collect::<Vec<_>>()
        };
        around = around.iter().flat_map(inner).collect();
    }
    None
}

/// The record of a field that is an object.
fn object(field: &Field) -> Option<&'static Record> {
    match field.kind {
        FieldKind::Record(record) => Some(record),
        _ => None,
    }
}

/// What to say of a name that is a field of the other API; `None` when this call has nothing for it.
pub(crate) fn field(endpoint: &Endpoint, name: &str) -> Option<String> {
    let has = |own: &str| endpoint.fields().any(|field| field.name == own);
    match endpoint.api {
        Api::V3 => {
            let place = NAMES.iter().filter(|(v2, _)| *v2 == name).map(|(_, place)| *place).find(|place| {
                let Some((object, member)) = place.split_once('.') else { return has(place) };
                let found = endpoint.fields().find(|field| field.name == object);
                found.and_then(|field| field.kind.record()?.field(member)).is_some()
            })?;
            Some(match place.split_once('.') {
                Some((object, member)) => {
                    format!("is a field of APIv2: in APIv3 it is {member} in the object {object}")
                }
                None => format!("is a field of APIv2: in APIv3 it is {place}"),
            })
        }
        Api::V2 => {
            let of_place =
                |place: &str| place == name || place.split_once('.').is_some_and(|(object, _)| object == name);
            let names: Vec<&str> =
                NAMES.iter().filter(|(v2, place)| of_place(place) && has(v2)).map(|(v2, _)| *v2).collect();
            let is_required = |name: &str| endpoint.fields().any(|field| field.name == name && field.required);
            let required: Vec<&str> = names.iter().copied().filter(|name| is_required(name)).collect();
            let names = if required.is_empty() { names.get(..1)? } else { required.as_slice() };
            Some(format!("is a field of APIv3: in APIv2 it is {}", names.join(" and ")))
        }
        Api::Platform | Api::WeCom => None,
    }
}

/// The member of an object of APIv3 that a name of APIv2 means.
pub(crate) fn member(record: &Record, name: &str) -> Option<&'static str> {
    let members = NAMES.iter().filter(|(v2, _)| *v2 == name).filter_map(|(_, place)| place.split_once('.'));
    members.map(|(_, member)| member).find(|member| record.field(member).is_some())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::registry;
    use crate::table::collect::collect;
    use crate::value::Value;

    #[test]
    fn a_name_that_is_wrong_has_a_hint() {
        for (call, name, hint) in [
            ("v3.jsapi", "total_fee", "is a field of APIv2: in APIv3 it is total in the object amount"),
            ("v3.jsapi", "body", "is a field of APIv2: in APIv3 it is description"),
            ("v3.jsapi", "openid", "is a field of APIv2: in APIv3 it is openid in the object payer"),
            (
                "v3.h5",
                "spbill_create_ip",
                "is a field of APIv2: in APIv3 it is payer_client_ip in the object scene_info",
            ),
            ("v3.refund", "refund_fee", "is a field of APIv2: in APIv3 it is refund in the object amount"),
            ("v3.refund", "refund_desc", "is a field of APIv2: in APIv3 it is reason"),
            ("v3.codepay", "auth_code", "is a field of APIv2: in APIv3 it is auth_code in the object payer"),
            ("unifiedorder", "description", "is a field of APIv3: in APIv2 it is body"),
            ("unifiedorder", "amount", "is a field of APIv3: in APIv2 it is total_fee"),
            ("refund", "amount", "is a field of APIv3: in APIv2 it is total_fee and refund_fee"),
            ("refund", "reason", "is a field of APIv3: in APIv2 it is refund_desc"),
            ("unifiedorder", "totl_fee", "is not a field of unifiedorder; did you mean total_fee?"),
            ("unifiedorder", "totalFee", "is not a field of unifiedorder; did you mean total_fee?"),
            ("v3.jsapi", "total", "is not a field of v3.jsapi, but of its object: amount.total"),
            ("v3.h5", "type", "is not a field of v3.h5, but of its object: scene_info.h5_info.type"),
            ("v3.close", "total_fee", "is not a field of v3.close; v3.call() sends what this version does not know"),
            (
                "unifiedorder",
                "something",
                "is not a field of unifiedorder; call() sends what this version does not know",
            ),
        ] {
            let endpoint = registry::find(call).unwrap();
            let params = vec![(name.into(), Value::Text("1".into()))];
            let error = collect(endpoint, &params, |_| Ok(None), "n").unwrap_err();
            assert_eq!(error.to_string(), format!("{call}: {name}: {hint}"));
        }
    }
}
