//! Other JSON documents that may have been signed in place of a body: its members in another order, without one of them or with one more,
//! and its numbers in another form.

use std::ops::{ControlFlow, Range};

use serde_json::{Map, Value};

use crate::doctor::escapes;
use crate::doctor::json_texts::{COMPACT, ON_ONE_LINE, STYLES, Style, Try};
use crate::doctor::permutations::permutations;
use crate::explanation::Mistake;

/// How many bytes these texts may have in all, for a person who asks for the cause.
pub(super) const OF_REQUEST: usize = 5 * 1024 * 1024;
/// The same for a message that came in: anybody may send one.
pub(super) const OF_MESSAGE: usize = 256 * 1024;
/// The same for a notification, whose members are put in WeChat Pay's order where it is rebuilt.
pub(super) const OF_NOTIFICATION: usize = 48 * 1024;

/// Those of them that are in one value or two, which [`difference`] names.
pub(super) const OF_VALUES: [Mistake; 3] =
    [Mistake::MEMBER_NOT_SIGNED, Mistake::MEMBER_NOT_SENT, Mistake::NUMBERS_OTHER_FORM];

/// An object of more members is tried in no order but those of hash tables, and its numbers are not tried each alone.
const MANY: usize = 16;
/// Objects that stand deeper are left as they are: each of their texts takes a copy of all that is around them.
const DEEP: usize = 5;
/// What making a text costs, in bytes, besides writing it.
const COST: usize = 64;
/// So many members have 5040 orders.
const PERMUTED: usize = 7;

/// The documents, the likeliest first, until their texts have more than `most` bytes in all.
pub(super) fn others<F>(body: &str, most: usize, tried: Try<'_, String, F>) -> ControlFlow<F> {
    let Ok(value) = serde_json::from_str::<Value>(body.trim()) else { return ControlFlow::Continue(()) };
    let mut left = most;
    let mut within = |mistake, text: String| {
        let Some(rest) = left.checked_sub(text.len() + COST) else { return ControlFlow::Break(None) };
        left = rest;
        if text == body { ControlFlow::Continue(()) } else { tried(mistake, text).map_break(Some) }
    };
    match all(body, &value, most, &mut within) {
        ControlFlow::Break(Some(found)) => ControlFlow::Break(found),
        _ => ControlFlow::Continue(()),
    }
}

fn all<F>(body: &str, value: &Value, most: usize, tried: Try<'_, String, F>) -> ControlFlow<F> {
    // Programs that write a document twice mostly do it by the same library.
    let own = STYLES.get(1..ON_ONE_LINE).into_iter().flatten().find(|style| style.write(value) == body.trim());
    let styles: Vec<&Style> = [&COMPACT].into_iter().chain(own).collect();
    let mut each = |mistake, value: &Value| styles.iter().try_for_each(|style| tried(mistake, style.write(value)));
    for buckets in [16, 32, 64, 128, 8, 4] {
        each(Mistake::BODY_RESERIALISED, &in_buckets(value, buckets))?;
    }
    for kept in without_one(value) {
        each(Mistake::MEMBER_NOT_SIGNED, &kept)?;
    }
    if let Value::Object(members) = value {
        without_two(members).try_for_each(|kept| each(Mistake::MEMBER_NOT_SIGNED, &kept))?;
    }
    if let (Value::Object(members), OF_REQUEST) = (value, most) {
        // What WeChat Pay sends has no such members.
        with_nothing(members).try_for_each(|more| each(Mistake::MEMBER_NOT_SENT, &more))?;
    }
    numbers(body).into_iter().try_for_each(|text| tried(Mistake::NUMBERS_OTHER_FORM, text))?;
    let mut each =
        |value: &Value| styles.iter().try_for_each(|style| tried(Mistake::BODY_RESERIALISED, style.write(value)));
    for value in at_each_object(value, &|members| Box::new(with_one_moved(members)), 0) {
        each(&value)?;
    }
    if orders(value) <= most / (COMPACT.write(value).len() + COST) {
        return in_all_orders(value).try_for_each(|value| each(&value));
    }
    at_each_object(value, &|members| Box::new(permuted(members)), 0).try_for_each(|value| each(&value))
}

/// Where two documents differ: the names of members that only one of them has, or whose values differ, as `amount.total`.
pub(super) fn difference(one: &str, other: &str) -> Option<String> {
    let read = |text: &str| serde_json::from_str::<Value>(text.trim()).ok();
    let mut found = Vec::new();
    differences(&read(one)?, &read(other)?, "", &mut found);
    (1..=3).contains(&found.len()).then(|| found.join(", "))
}

fn differences(one: &Value, other: &Value, path: &str, found: &mut Vec<String>) {
    let inner = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            for (name, member) in one {
                match other.get(name) {
                    Some(other) => differences(member, other, &inner(name), found),
                    None => found.push(inner(name)),
                }
            }
            found.extend(other.keys().filter(|name| !one.contains_key(*name)).map(|name| inner(name)));
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (at, (one, other)) in one.iter().zip(other).enumerate() {
                differences(one, other, &inner(&at.to_string()), found);
            }
        }
        (one, other) if one != other && !path.is_empty() => found.push(path.to_owned()),
        _ => {}
    }
}

/// The document with the members of each object in the order of a hash table of Java's (`HashMap`, and so fastjson's `JSONObject`).
fn in_buckets(value: &Value, buckets: u32) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            // In a bucket they stand in the order in which they were put.
            members.sort_by_key(|(name, _)| {
                let hash =
                    name.encode_utf16().fold(0_u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()));
                (hash ^ (hash >> 16)) & (buckets - 1)
            });
            members
                .into_iter()
                .map(|(name, member)| (name.clone(), in_buckets(member, buckets)))
                .collect::<Map<_, _>>()
                .into()
        }
        Value::Array(items) => items.iter().map(|item| in_buckets(item, buckets)).collect(),
        other => other.clone(),
    }
}

/// Other objects made of one.
type Others<'a> = Box<dyn Iterator<Item = Map<String, Value>> + 'a>;

/// The documents that one other object in any place gives. Each is made when it is asked for.
fn at_each_object<'a>(
    value: &'a Value,
    made: &'a dyn Fn(&'a Map<String, Value>) -> Others<'a>,
    depth: usize,
) -> Box<dyn Iterator<Item = Value> + 'a> {
    match value {
        _ if depth > DEEP => Box::new(std::iter::empty()),
        Value::Object(members) => {
            let inner = members.iter().flat_map(move |(name, member)| {
                at_each_object(member, made, depth + 1).map(move |other| {
                    let mut members = members.clone();
                    members.insert(name.clone(), other);
                    Value::Object(members)
                })
            });
            Box::new(made(members).map(Value::Object).chain(inner))
        }
        Value::Array(items) => Box::new(items.iter().enumerate().flat_map(move |(at, item)| {
            at_each_object(item, made, depth + 1).map(move |other| {
                items
                    .iter()
                    .enumerate()
                    .map(|(own, item)| if own == at { other.clone() } else { item.clone() })
                    .collect()
            })
        })),
        _ => Box::new(std::iter::empty()),
    }
}

/// The document without one member, wherever it stands.
fn without_one(value: &Value) -> impl Iterator<Item = Value> + '_ {
    at_each_object(value, &|members| Box::new(members.keys().map(|left_out| without(members, &[left_out]))), 0)
}

/// Without two members of the outermost object, such as the numbers of app and merchant, which a client adds.
fn without_two(members: &Map<String, Value>) -> impl Iterator<Item = Value> + '_ {
    let names: Vec<&String> = members.keys().take(MANY).collect();
    let pairs: Vec<_> =
        (0..names.len()).flat_map(|one| (one + 1..names.len()).map(move |other| [one, other])).collect();
    pairs.into_iter().map(move |pair| {
        let left_out: Vec<&String> = pair.into_iter().filter_map(|at| names.get(at).copied()).collect();
        Value::Object(without(members, &left_out))
    })
}

fn without(members: &Map<String, Value>, left_out: &[&String]) -> Map<String, Value> {
    let kept = members.iter().filter(|(name, _)| !left_out.contains(name));
    kept.map(|(name, member)| (name.clone(), member.clone())).collect()
}

/// With one more member that stands for nothing, in any place: a class has it, and the client leaves it out.
fn with_nothing(members: &Map<String, Value>) -> impl Iterator<Item = Value> + '_ {
    /// What requests may leave out.
    const OPTIONAL: [&str; 14] = [
        "attach",
        "time_expire",
        "goods_tag",
        "detail",
        "scene_info",
        "settle_info",
        "support_fapiao",
        "reason",
        "notify_url",
        "transaction_id",
        "sub_appid",
        "payer",
        "funds_account",
        "goods_detail",
    ];
    let names = OPTIONAL.iter().filter(|name| members.len() <= MANY && !members.contains_key(**name));
    names.flat_map(move |name| {
        [Value::Null, Value::from("")].into_iter().flat_map(move |nothing| {
            (0..=members.len()).map(move |place| {
                let before = members.iter().take(place).map(|(name, member)| (name.clone(), member.clone()));
                let behind = members.iter().skip(place).map(|(name, member)| (name.clone(), member.clone()));
                let more = std::iter::once(((*name).to_owned(), nothing.clone()));
                Value::Object(before.chain(more).chain(behind).collect())
            })
        })
    })
}

/// The object with one member in another place.
fn with_one_moved(members: &Map<String, Value>) -> impl Iterator<Item = Map<String, Value>> + '_ {
    let count = if members.len() <= MANY { members.len() } else { 0 };
    (0..count).flat_map(move |from| {
        (0..count).filter(move |to| *to != from).map(move |to| {
            let mut order: Vec<usize> = (0..count).filter(|at| *at != from).collect();
            order.insert(to, from);
            in_order(members, &order)
        })
    })
}

/// The object in all orders of its members, if there are not too many.
fn permuted(members: &Map<String, Value>) -> impl Iterator<Item = Map<String, Value>> + '_ {
    let count = if members.len() <= PERMUTED { members.len() } else { 0 };
    permutations(count).into_iter().filter(|order| order.len() > 1).map(|order| in_order(members, &order))
}

fn in_order(members: &Map<String, Value>, order: &[usize]) -> Map<String, Value> {
    let chosen = order.iter().filter_map(|at| members.iter().nth(*at));
    chosen.map(|(name, member)| (name.clone(), member.clone())).collect()
}

/// How many documents [`in_all_orders`] gives.
fn orders(value: &Value) -> usize {
    match value {
        Value::Object(members) => {
            let own = (1..=members.len()).fold(1_usize, usize::saturating_mul);
            members.values().fold(own, |all, member| all.saturating_mul(orders(member)))
        }
        Value::Array(items) => match items.iter().fold(1, |all: usize, item| all.saturating_mul(orders(item))) {
            all if all > 1 && items.len() > MANY => usize::MAX,
            all => all,
        },
        _ => 1,
    }
}

/// The document with the members of each object in all orders. To be asked for only where there are few.
fn in_all_orders(value: &Value) -> Box<dyn Iterator<Item = Value> + '_> {
    match value {
        value if orders(value) == 1 => Box::new(std::iter::once(value.clone())),
        Value::Object(members) => {
            let inner = members.iter().map(|(name, member)| (name, in_all_orders(member).collect::<Vec<_>>()));
            let objects = inner.fold(vec![Map::new()], |objects, (name, written)| {
                let with = |object: &Map<String, Value>, member: &Value| {
                    let mut object = object.clone();
                    object.insert(name.clone(), member.clone());
                    object
                };
                objects
                    .iter()
                    .flat_map(|object| written.iter().map(|member| with(object, member)).collect::<Vec<_>>())
                    .collect()
            });
            let orders = permutations(members.len());
            Box::new(objects.into_iter().flat_map(move |object| {
                orders.iter().map(|order| Value::Object(in_order(&object, order))).collect::<Vec<_>>()
            }))
        }
        Value::Array(items) => {
            let inner = items.iter().map(|item| in_all_orders(item).collect::<Vec<_>>());
            let lists = inner.fold(vec![Vec::new()], |lists: Vec<Vec<Value>>, written| {
                let with = |list: &Vec<Value>, item: &Value| list.iter().cloned().chain([item.clone()]).collect();
                lists.iter().flat_map(|list| written.iter().map(|item| with(list, item)).collect::<Vec<_>>()).collect()
            });
            Box::new(lists.into_iter().map(Value::Array))
        }
        other => Box::new(std::iter::once(other.clone())),
    }
}

/// Ways in which a program writes a number of fen, or of yuan.
const FORMS: [fn(&str) -> Option<String>; 9] = [
    |fen| escapes::yuan(digits(fen)?, true),
    |fen| escapes::yuan(digits(fen)?, false),
    |fen| escapes::yuan(digits(fen)?, false).filter(|yuan| !yuan.contains('.')).map(|yuan| format!("{yuan}.0")),
    |fen| digits(fen).map(|fen| format!("{fen}.0")),
    |fen| digits(fen).map(|fen| format!("{fen}.00")),
    |fen| digits(fen).map(|fen| format!("{fen}00")),
    |fen| escapes::noisy(digits(fen)?),
    escapes::fen,
    |number| {
        number.split_once('.').filter(|(_, rest)| rest.bytes().all(|b| b == b'0')).map(|(whole, _)| whole.to_owned())
    },
];

fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

/// The text with its numbers in another form, as numbers and as texts: all of them, and each alone.
fn numbers(body: &str) -> Vec<String> {
    let places = places(body);
    let forms = FORMS.iter().flat_map(|form| [(form, ""), (form, "\"")]);
    forms
        .flat_map(|(form, mark)| {
            let written = places.iter().filter_map(|(place, number)| Some((place.clone(), form(number)?)));
            rewritten(
                body,
                &written.map(|(place, number)| (place, format!("{mark}{number}{mark}"))).collect::<Vec<_>>(),
            )
        })
        .collect()
}

/// The text with other texts in these places, which stand in their order: in all of them, and in each alone if they are not too many.
pub(super) fn rewritten(body: &str, places: &[(Range<usize>, String)]) -> Vec<String> {
    let with = |chosen: &[(Range<usize>, String)]| {
        let (mut text, mut done) = (String::with_capacity(body.len() + 2 * chosen.len()), 0);
        for (place, other) in chosen {
            text.push_str(body.get(done..place.start).unwrap_or_default());
            text.push_str(other);
            done = place.end;
        }
        text.push_str(body.get(done..).unwrap_or_default());
        text
    };
    let all = (!places.is_empty()).then(|| with(places));
    let alone = if (2..=MANY).contains(&places.len()) { places } else { &[] };
    all.into_iter().chain(alone.iter().map(|one| with(std::slice::from_ref(one)))).collect()
}

/// Where the numbers of a text stand that are values of members, with the quotation marks of those that are texts.
fn places(body: &str) -> Vec<(Range<usize>, &str)> {
    let place = |(at, _): (usize, &str)| {
        let value = body.get(at + 1..)?;
        let start = at + 1 + value.len() - value.trim_start().len();
        let value = value.trim_start();
        let inner = value.strip_prefix('"').unwrap_or(value);
        let marks = value.len() - inner.len();
        let number =
            inner.split(|c: char| !c.is_ascii_digit() && c != '.').next().filter(|number| !number.is_empty())?;
        let end = inner.get(number.len()..)?;
        let ends = if marks > 0 { end.starts_with('"') } else { end.trim_start().starts_with([',', '}', ']']) };
        ends.then(|| (start..start + number.len() + 2 * marks, number))
    };
    body.match_indices(':').filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::json_texts::tests::{grown, written};

    fn found(sent: &str, signed: &str) -> Option<(&'static str, Option<String>)> {
        let found = others(sent, OF_REQUEST, &mut |mistake, text| {
            if text == signed { ControlFlow::Break(mistake) } else { ControlFlow::Continue(()) }
        });
        found.break_value().map(|mistake| (mistake.code(), difference(sent, signed)))
    }

    #[test]
    fn another_document_is_found_with_the_member_that_differs() {
        const SENT: &str = r#"{"a":"x","b":"1","c":2990,"d":{"e":1,"f":{"g":"y","h":[{"i":true,"j":2}]}}}"#;
        let field = |field: &str| Some(field.to_owned());
        for (signed, mistake, field) in [
            (
                r#"{"b":"1","d":{"f":{"h":[{"j":2,"i":true}],"g":"y"},"e":1},"a":"x","c":2990}"#,
                "body_reserialised",
                None,
            ),
            (r#"{"a":"x","b":"1","d":{"e":1,"f":{"g":"y","h":[{"i":true,"j":2}]}}}"#, "member_not_signed", field("c")),
            (
                r#"{"a":"x","b":"1","c":2990,"d":{"e":1,"f":{"g":"y","h":[{"i":true}]}}}"#,
                "member_not_signed",
                field("d.f.h.0.j"),
            ),
            (r#"{"b":"1","c":2990}"#, "member_not_signed", field("a, d")),
            (&SENT.replace(r#","c""#, r#","attach":null,"c""#), "member_not_sent", field("attach")),
            (&SENT.replace("2990", "29.9"), "numbers_other_form", field("c")),
            (&SENT.replace("2990", "\"29.90\""), "numbers_other_form", field("c")),
            (&SENT.replace("2990", "299000"), "numbers_other_form", field("c")),
        ] {
            assert_eq!(found(SENT, signed), Some((mistake, field)), "{signed}");
        }
        assert_eq!(found(SENT, &SENT.replace('x', "z")), None);
        assert_eq!(found("[1", "[1]"), None);
    }

    #[test]
    fn a_hash_table_of_java_orders_any_number_of_members() {
        // Java 17: new JSONObject (fastjson) of these names, put in this order.
        let names = "appid mchid description out_trade_no notify_url amount payer attach time_expire goods_tag";
        let members: Map<_, _> = names.split(' ').map(|name| (name.to_owned(), Value::Null)).collect();
        let Value::Object(ordered) = in_buckets(&Value::Object(members), 16) else { panic!() };
        let ordered: Vec<&str> = ordered.keys().map(String::as_str).collect();
        assert_eq!(ordered.len(), 10);
        let bucket = |name: &str| {
            let hash = name.bytes().fold(0_i32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
            (hash ^ ((hash as u32) >> 16) as i32) & 15
        };
        assert!(ordered.is_sorted_by_key(|name| bucket(name)), "{ordered:?}");
        // "amount".hashCode() in Java.
        assert_eq!(
            "amount".bytes().fold(0_i32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into())),
            -1_413_853_096
        );
    }

    #[test]
    fn the_texts_have_only_so_many_bytes_in_all() {
        let flat = |count: usize, length: usize| {
            let members = (0..count).map(|at| format!("\"{at}\":\"{}\"", "x".repeat(length / count)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        };
        let nested = format!("{{\"a\":{},\"b\":{}}}", flat(6, 300), flat(7, 300));
        let bodies = [839, 1400, 15_000].into_iter().flat_map(grown);
        let bodies = bodies.chain([flat(7, 300), flat(7, 15_000), flat(16, 15_000), flat(40, 2000), nested]);
        for body in bodies {
            for most in [OF_NOTIFICATION, OF_MESSAGE, OF_REQUEST] {
                let bytes =
                    written(|| assert!(others(&body, most, &mut |_, _| ControlFlow::<()>::Continue(())).is_continue()));
                // Which style is the body's own takes a text of each.
                assert!(bytes <= most + 80 * body.len() + 64 * 1024, "{bytes} of {}", body.len());
            }
        }
    }
}
