//! `tests/faults/refusals.json`: every call, with what it can be made with, and every code that WeChat refuses with. The suites let
//! the emulator answer each call with each of them.

use serde_json::{Map, Value, json};
use wxpaykit::codes::{self, Api, Meaning};
use wxpaykit::registry;
use wxpaykit::table::{Endpoint, Field, FieldKind, Limit, Need, Own, Record, Sender};

use crate::text::File;

pub fn files() -> Vec<File> {
    // The refusals of bills have a number and no code; the tests of bills have them.
    let calls = registry::all().filter(|call| call.name != "downloadbill").map(call);
    let calls: Vec<Value> = calls.chain(of_paths()).collect();
    let codes: Map<String, Value> = [Api::V2, Api::V3, Api::Platform, Api::WeCom]
        .into_iter()
        .map(|api| (name(api).to_owned(), rows(api)))
        .collect();
    let about = "Written by `cargo xtask gen` from the table of calls and the table of codes; do not edit.";
    let unsafe_trouble = json!({ "en": codes::QUERY_BEFORE.english, "zh": codes::QUERY_BEFORE.chinese });
    // The SDK does not know what the caller's own path does.
    let trouble_of_path = json!({ "en": codes::QUERY_FIRST.english, "zh": codes::QUERY_FIRST.chinese });
    let code_kept = json!({ "en": codes::CODE_KEPT.english, "zh": codes::CODE_KEPT.chinese });
    let code_may_be_used = json!({ "en": codes::CODE_MAY_BE_USED.english, "zh": codes::CODE_MAY_BE_USED.chinese });
    let file = json!({
        "about": about,
        "calls": calls,
        "codes": codes,
        "v3_trouble_of_query_first": unsafe_trouble,
        "v3_trouble_of_call": trouble_of_path,
        "code_kept": code_kept,
        "code_may_be_used": code_may_be_used,
    });
    vec![("tests/faults/refusals.json", format!("{file:#}\n"))]
}

fn name(api: Api) -> &'static str {
    match api {
        Api::V2 => "v2",
        Api::V3 => "v3",
        Api::Platform => "platform",
        Api::WeCom => "wecom",
    }
}

fn call(call: &'static Endpoint) -> Value {
    json!({
        "name": call.name,
        "api": name(call.api),
        "path": call.path.split('?').next(),
        "class": call.retry.as_str(),
        "renews_token": call.token.is_some(),
        // The appid is the number of a corp.
        "is_of_corp": call.api == Api::WeCom || call.path.contains("workwx") || call.path.contains("wws"),
        "own": own(call.api, call.name),
        "given": of_call(call),
    })
}

/// `call` and `v3.call`, which take the path from the caller. `method` tells them from the calls of the table.
fn of_paths() -> impl Iterator<Item = Value> {
    let paths = [
        // By the rows that have these paths.
        ("call", Api::V2, "POST", "safe", "/pay/orderquery", json!({ "out_trade_no": "A20150806125346" })),
        (
            "call",
            Api::V2,
            "POST",
            "query_first",
            "/pay/micropay",
            json!({
                "auth_code": "134567890123456789",
                "body": "A20150806125346",
                "out_trade_no": "A20150806125346",
                "total_fee": 100,
                "spbill_create_ip": "203.0.113.9",
            }),
        ),
        (
            "v3.call",
            Api::V3,
            "GET",
            "safe",
            "/v3/pay/transactions/out-trade-no/A20150806125346",
            json!({ "mchid": "1900000109" }),
        ),
        (
            "v3.call",
            Api::V3,
            "POST",
            "query_first",
            "/v3/pay/transactions/out-trade-no/A20150806125346/close",
            json!({ "mchid": "1900000109" }),
        ),
    ];
    paths.into_iter().map(|(call, api, method, class, path, given)| {
        json!({
            "name": call,
            "api": name(api),
            "path": path,
            "method": method,
            "class": class,
            "renews_token": false,
            "is_of_corp": false,
            "own": if api == Api::V2 { own(api, registry::of_path(path).name) } else { Vec::new() },
            "given": given,
        })
    })
}

/// The fields of a call. One that is about a sub-merchant names it: these merchants have no setting for that.
pub fn of_call(call: &'static Endpoint) -> Map<String, Value> {
    let is_sub =
        |field: &&Field| call.identity.contains(&(field.name, Own::SubMchId)) && field.sender != Sender::Partner;
    let sub = call.request.iter().filter(is_sub).map(|field| (field.name.to_owned(), value(field)));
    let mut fields: Map<String, Value> = given(call.request, call.needs).into_iter().chain(sub).collect();
    for limit in call.limits {
        // Its items have no member of service providers.
        if let Limit::ItemsWithout { field, least, .. } = limit
            && let Some(Value::Array(items)) = fields.get_mut(*field)
            && let Some(first) = items.first().cloned()
        {
            items.resize(*least, first);
        }
    }
    fields
}

/// Values that the fields take: those of required fields, and of one of each set of which one is required.
fn given(fields: &'static [Field], needs: &[Need]) -> Map<String, Value> {
    let is_sent = |field: &&Field| field.sender != Sender::Partner;
    let mut given: Map<String, Value> = fields
        .iter()
        .filter(|field| field.required && field.default.is_none() && !field.from_merchant)
        .filter(is_sent)
        .map(|field| (field.name.to_owned(), value(field)))
        .collect();
    for need in needs {
        let default = |name| fields.iter().find(|field| field.name == name).and_then(|field| field.default);
        let sent = |name| given.get(name).and_then(Value::as_str).or_else(|| default(name));
        let applies = need.when.is_none_or(|(name, wanted)| match wanted {
            Some(wanted) => sent(name) == Some(wanted),
            None => given.contains_key(name),
        });
        let known =
            || need.any.iter().filter_map(|name| fields.iter().find(|field| field.name == *name)).filter(is_sent);
        if applies && !known().any(|field| given.contains_key(field.name)) {
            given.extend(known().next().map(|field| (field.name.to_owned(), value(field))));
        }
    }
    given
}

fn value(field: &Field) -> Value {
    match field.kind {
        FieldKind::Text | FieldKind::Id => text(field).into(),
        FieldKind::OutNo | FieldKind::TradeNo | FieldKind::BillNo | FieldKind::GoodsNo => "A20150806125346".into(),
        FieldKind::AuthCode => "134567890123456789".into(),
        FieldKind::Ip => "203.0.113.9".into(),
        FieldKind::Url => "https://shop.example/page".into(),
        FieldKind::Currency => "CNY".into(),
        FieldKind::Int => 1.into(),
        FieldKind::Fen => 100.into(),
        FieldKind::Bool => true.into(),
        FieldKind::Time => "20260801120000".into(),
        FieldKind::Instant => "2036-08-01T12:00:00+08:00".into(),
        FieldKind::Date | FieldKind::Day => "2026-08-01".into(),
        FieldKind::Json => "{}".into(),
        FieldKind::Enum(values) => values.first().copied().unwrap_or_default().into(),
        FieldKind::Record(record) => members(record).into(),
        FieldKind::List(record) => vec![Value::from(members(record))].into(),
    }
}

/// The members of an object; one at least, as an empty one says nothing.
fn members(record: &'static Record) -> Map<String, Value> {
    let mut members = given(record.fields, record.needs);
    if members.is_empty() {
        let first = record.fields.iter().find(|field| field.sender != Sender::Partner);
        members.extend(first.map(|field| (field.name.to_owned(), value(field))));
    }
    members
}

fn text(field: &Field) -> &'static str {
    match field.name {
        name if name.contains("openid") => "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        name if name.ends_with("mchid") || name.ends_with("mch_id") => "1900000109",
        name if name.contains("appid") => "wx8888888888888888",
        "transfer_scene_id" => "1000",
        "return_code" | "result_code" => "SUCCESS",
        "transaction_id" | "refund_id" => "4200000000202608010000000000",
        _ => "A20150806125346",
    }
}

/// The codes and texts, in the order of the table. Of two rows that fit, the first one counts.
fn rows(api: Api) -> Value {
    let of_api = codes::ROWS.iter().filter(|row| row.calls.is_empty() && row.apis.contains(&api));
    let row = |row: &codes::Row| {
        let names: Vec<Value> = row.names.iter().map(|name| json!([name.code, name.words])).collect();
        let status = match row.meaning {
            // WeChat has taken the request, and not done yet.
            _ if row.names.iter().any(|name| name.code == "ACCEPTED") => 202,
            Meaning::Trouble => 500,
            Meaning::TooMany => 429,
            Meaning::NotFound => 404,
            _ => 400,
        };
        json!({ "names": names, "meaning": meaning(row.meaning), "status": status, "en": row.english, "zh": row.chinese })
    };
    of_api.map(row).collect()
}

/// The codes and texts that mean something of their own in a call, with what they mean there.
fn own(api: Api, call: &str) -> Vec<Value> {
    let of_call = codes::ROWS.iter().filter(|row| row.calls.contains(&call) && row.apis.contains(&api));
    let each = |row: &'static codes::Row| {
        row.names.iter().map(|name| json!([name.code, name.words, row.english, row.chinese])).collect::<Vec<_>>()
    };
    of_call.flat_map(each).collect()
}

fn meaning(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Trouble => "trouble",
        Meaning::TooMany => "too_many",
        Meaning::AskFirst => "ask_first",
        Meaning::Later => "later",
        Meaning::DeadToken => "dead_token",
        Meaning::NotFound => "not_found",
        Meaning::Final => "final",
    }
}
