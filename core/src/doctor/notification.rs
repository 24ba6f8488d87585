//! The body of a notification as WeChat Pay writes it, made from one that a program parsed and wrote again: its members in another order, or
//! its Chinese lost.

use std::ops::ControlFlow;

use serde_json::{Map, Value};

use super::json_texts::{COMPACT, Try, snake, spelt_as};
use super::permutations::permutations;
use crate::explanation::{Mistake, Proof};

/// The members of a notification in the order in which WeChat Pay writes them (protocol v3 §3.1), and those of its `resource`.
const MEMBERS: [&str; 6] = ["id", "create_time", "resource_type", "event_type", "summary", "resource"];
const OF_RESOURCE: [&str; 5] = ["original_type", "algorithm", "ciphertext", "associated_data", "nonce"];

/// What WeChat Pay says in `summary`.
const SUMMARIES: [&str; 8] =
    ["支付成功", "退款成功", "退款异常", "退款关闭", "分账", "分账回退", "商家转账单据终态通知", "转账成功"];

/// The texts that may have been signed in place of a notification that was parsed; none for any other document.
pub(super) fn rebuilt<F>(value: &Value, tried: Try<'_, String, F>) -> ControlFlow<F> {
    // A filter of names has been there too, where they are in camel case.
    let spelt = spelt_as(value, snake);
    let is_sealed = spelt.get("resource").is_some_and(|resource| resource.get("ciphertext").is_some());
    let (Value::Object(members), true) = (&spelt, is_sealed) else { return ControlFlow::Continue(()) };
    let arranged = arranged(members, &MEMBERS);
    let mistake = if spelt == *value { Mistake::BODY_RESERIALISED } else { Mistake::BODY_NAMES };
    if is_lost(&arranged) {
        // The signature proves it: no other text gives it.
        let lost = Mistake { proof: Proof::Recomputed, ..Mistake::CHARACTERS_LOST };
        for summary in SUMMARIES {
            for document in [members, &arranged] {
                tried(lost, written(document, "summary", Value::from(summary)))?;
            }
        }
    }
    let Some(Value::Object(resource)) = arranged.get("resource") else { return ControlFlow::Continue(()) };
    tried(mistake, COMPACT.write(&Value::Object(arranged.clone())))?;
    if resource.len() > OF_RESOURCE.len() {
        return ControlFlow::Continue(());
    }
    // The documents have the members of resource in several orders.
    for order in permutations(resource.len()) {
        let members = order.iter().filter_map(|at| resource.iter().nth(*at));
        let members: Map<_, _> = members.map(|(name, member)| (name.clone(), member.clone())).collect();
        tried(mistake, written(&arranged, "resource", Value::Object(members)))?;
    }
    ControlFlow::Continue(())
}

/// Whether its `summary` has question marks or U+FFFD in place of characters.
pub(super) fn is_lost(members: &Map<String, Value>) -> bool {
    let summary = members.get("summary").and_then(Value::as_str);
    summary.is_some_and(|summary| summary.contains(['?', '\u{fffd}']))
}

/// The document with another value of one member.
fn written(members: &Map<String, Value>, name: &str, value: Value) -> String {
    let mut members = members.clone();
    members.insert(name.to_owned(), value);
    COMPACT.write(&Value::Object(members))
}

/// The same members in WeChat Pay's order. Those that it does not know come last.
fn arranged(members: &Map<String, Value>, order: &[&str]) -> Map<String, Value> {
    let place = |name: &str| order.iter().position(|known| *known == name).unwrap_or(order.len());
    let mut all: Vec<_> = members.iter().collect();
    all.sort_by_key(|(name, _)| place(name));
    let inner = |name: &str, member: &Value| match member {
        Value::Object(members) if name == "resource" => Value::Object(arranged(members, &OF_RESOURCE)),
        other => other.clone(),
    };
    all.into_iter().map(|(name, member)| (name.clone(), inner(name, member))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = concat!(
        r#"{"id":"1","create_time":"2025-11-28T11:20:00+08:00","resource_type":"encrypt-resource","event_type":"T","#,
        r#""summary":"支付成功","resource":{"original_type":"transaction","algorithm":"A","ciphertext":"c","#,
        r#""associated_data":"transaction","nonce":"n"}}"#
    );

    fn found(text: &str, signed: &str) -> Option<(&'static str, bool)> {
        let value: Value = serde_json::from_str(text).unwrap();
        let found = rebuilt(&value, &mut |mistake, text| {
            if text == signed { ControlFlow::Break(mistake) } else { ControlFlow::Continue(()) }
        });
        found.break_value().map(|mistake| (mistake.code(), mistake.proof == Proof::Recomputed))
    }

    #[test]
    fn a_notification_is_rebuilt_from_any_order_and_with_its_summary() {
        let value: Value = serde_json::from_str(BODY).unwrap();
        let (outer, inner) = (value.as_object().unwrap(), value["resource"].as_object().unwrap());
        let in_order = |members: &Map<String, Value>, order: &[usize]| -> Map<String, Value> {
            order.iter().filter_map(|at| members.iter().nth(*at)).map(|(name, v)| (name.clone(), v.clone())).collect()
        };
        for order in permutations(6).iter().step_by(97) {
            for of_resource in permutations(5).iter().step_by(17) {
                let resource = in_order(inner, of_resource);
                let text = written(&in_order(outer, order), "resource", Value::Object(resource.clone()));
                assert_eq!(found(&text, BODY), Some(("body_reserialised", true)));
                // Where WeChat Pay has the resource in another order.
                let signed = written(outer, "resource", Value::Object(resource));
                assert_eq!(found(&text, &signed), Some(("body_reserialised", true)));
                for lost in ["????", "????????????", "\u{fffd}\u{fffd}", "支付??"] {
                    let text = text.replace("支付成功", lost);
                    assert_eq!(found(&text, BODY), Some(("characters_lost", true)));
                    assert_eq!(found(&text, &BODY.replace("支付成功", "退款成功")), Some(("characters_lost", true)));
                    assert_eq!(found(&text, &BODY.replace('T', "U")), None);
                }
            }
        }
        // Another summary, and another document.
        assert_eq!(found(&BODY.replace("支付成功", "退款成功"), BODY), None);
        assert_eq!(found(r#"{"summary":"????","resource":"x"}"#, BODY), None);
        assert_eq!(found("[1]", BODY), None);
    }
}
