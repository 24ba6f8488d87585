//! `docs/reference.md`: every call and document of the table, field by field.

use std::ptr;

use wxpaykit::registry;
use wxpaykit::retry::RetryClass;
use wxpaykit::retry::{self, Failure};
use wxpaykit::table::{Endpoint, Field, Kind, Need, Record};
use wxpaykit::v2::request;
use wxpaykit::{Outcome, SignType, platform};

use crate::text::{File, line};

pub fn files() -> Vec<File> {
    let mut out = String::from(
        "# Reference\n\n<!-- Written by `cargo xtask gen`; do not edit. -->\n\n\
         Names are the wire's own, in Rust, Python and Node alike. Amounts are integers of fen (分); times are Beijing time.\n\n\
         | call | path | certificate | signatures | repeat when the result is unknown |\n|---|---|---|---|---|\n",
    );
    for call in registry::all() {
        summary(&mut out, call);
    }
    failures(&mut out);
    for call in registry::all() {
        section(&mut out, call);
    }
    out.push_str("\n## In every request\n\nThe client's own settings stand in where these are left out.\n\n");
    table(&mut out, request::common());
    out.push_str("\n## Documents\n");
    for record in registry::DOCUMENTS {
        document(&mut out, record);
    }
    vec![("docs/reference.md", out)]
}

fn summary(out: &mut String, call: &Endpoint) {
    let signs: Vec<_> = call.sign_types.iter().map(|sign: &SignType| sign.as_str()).collect();
    let retry = match call.retry {
        RetryClass::Safe => "at will",
        RetryClass::SameRequest => "with the same number and fields",
        RetryClass::QueryFirst => "after asking for the state",
        RetryClass::Once => "never",
    };
    let cert = if call.cert { "yes" } else { "no" };
    line(out, &format!("| [`{0}`](#{0}) | `{1}` | {cert} | {2} | {retry} |", call.name, call.path, signs.join(", ")));
}

/// For each failure and each call, what is known afterwards: `retry::known`, walked.
fn failures(out: &mut String) {
    out.push_str(
        "\n## When a call fails\n\nThe client repeats a call by itself, byte for byte, within `timeout` and `max_network_retries`, \
         where that cannot do anything twice. What is left then:\n\n\
         | call | failure | may WeChat have acted? | repeated by itself | `retry` |\n|---|---|---|---|---|\n",
    );
    for call in registry::all() {
        for failure in Failure::ALL {
            row(out, &format!("`{}`", call.name), call.retry, failure, failure_text(failure));
        }
    }
    for call in platform::CALLS {
        let forced = if ptr::eq(call, &platform::FORCED_TOKEN) { ", forced" } else { "" };
        for failure in Failure::ALL {
            if let Some(text) = platform_text(failure) {
                row(out, &format!("`{}`{forced}", call.name), call.retry, failure, text);
            }
        }
    }
    out.push_str(
        "\nThe first attempt has half of `timeout` for its answer, where another may follow: a host that is silent gives way to \
         its backup. `ORDERPAID` and `USERPAYING` are refusals after which the order is to be asked for: their `retry` is \
         `query_first`. A day's quota that is used up (45009) is `same_request`: later. After an attempt that may have \
         arrived, a later one that could not be sent is `unknown` too.\n",
    );
}

fn row(out: &mut String, call: &str, class: RetryClass, failure: Failure, text: &str) {
    let known = retry::known(class, failure);
    let acted = if known.outcome == Outcome::Unknown { "unknown" } else { "no" };
    let repeated = if known.repeated { "yes" } else { "no" };
    line(out, &format!("| {call} | {text} | {acted} | {repeated} | `{}` |", known.retry.as_str()));
}

/// The open platform's failures; its answers have no signature.
fn platform_text(failure: Failure) -> Option<&'static str> {
    match failure {
        Failure::NotSent | Failure::TimedOut | Failure::NoAnswer => Some(failure_text(failure)),
        Failure::NotAuthentic => None,
        Failure::Trouble => Some("-1 system error (`OAuthError`)"),
        Failure::TooMany => Some("45011 too often (`OAuthError`)"),
        Failure::Refused => Some("any other errcode (`OAuthError`)"),
    }
}

fn failure_text(failure: Failure) -> &'static str {
    match failure {
        Failure::NotSent => "no connection (`TransportError`, `not_sent`)",
        Failure::TimedOut => "no answer within the time limit (`TransportError`, `unknown`)",
        Failure::NoAnswer => "no usable answer: broken connection, gateway page (`TransportError`, `unknown`)",
        Failure::NotAuthentic => "an answer that is not authentic, or another's (`SignatureError`, `PaymentMismatch`)",
        Failure::Trouble => {
            "`SYSTEMERROR`, `BANKERROR`, `BIZERR_NEED_RETRY`, 系统繁忙 (`BusinessError`, `ProtocolError`)"
        }
        Failure::TooMany => "`FREQUENCY_LIMITED` and its kin (`BusinessError`)",
        Failure::Refused => "any other refusal (`BusinessError`, `ProtocolError`)",
    }
}

fn section(out: &mut String, call: &Endpoint) {
    line(out, &format!("\n## {}\n\n{}\n\nRequest:\n", call.name, flat(call.doc)));
    table(out, call.request);
    for need in call.needs {
        line(out, &format!("\n{}", needed(need)));
    }
    line(out, &format!("\nReply, `{}`:\n", call.reply.name));
    table(out, call.reply.fields);
    lists(out, call.reply);
}

fn document(out: &mut String, record: &Record) {
    line(out, &format!("\n### {}\n\n{}\n", record.name, flat(record.doc)));
    table(out, record.fields);
    lists(out, record);
}

fn lists(out: &mut String, record: &Record) {
    for list in record.lists {
        line(out, &format!("\n`{}`: its numbered fields as a list of `{}`.", list.name, list.item.name));
    }
}

fn needed(need: &Need) -> String {
    let names: Vec<_> = need.any.iter().map(|name| format!("`{name}`")).collect();
    match need.when {
        Some((name, value)) => format!("With `{name}` {value}, {} is needed.", names.join(" or ")),
        None => format!("{} is needed.", names.join(" or ")),
    }
}

fn table(out: &mut String, fields: &[Field]) {
    line(out, "| field | holds | | |\n|---|---|---|---|");
    for field in fields {
        let presence = match (field.default, field.required) {
            (Some(default), _) => format!("`{default}` when left out"),
            (None, true) if field.from_merchant => "the client's setting when left out".to_owned(),
            (None, true) => "always".to_owned(),
            (None, false) => String::new(),
        };
        line(out, &format!("| `{}` | {} | {presence} | {} |", field.name, holds(field), flat(field.doc)));
    }
}

fn holds(field: &Field) -> String {
    let kind = match field.kind {
        Kind::Text => "text",
        Kind::Id => "text without white space",
        Kind::OutNo => "digits, letters, `_ - \\| * @`",
        Kind::Ip => "IPv4 or IPv6 address",
        Kind::Url => "absolute URL without a query",
        Kind::Int => "integer",
        Kind::Fen => "fen",
        Kind::Time => "time",
        Kind::Json => "JSON",
        Kind::Enum(values) => return values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "),
    };
    if field.max > 0 { format!("{kind}, at most {}", field.max) } else { kind.to_owned() }
}

/// On one line, as a table wants it.
fn flat(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}
