//! `docs/reference.md`: every call and document of the table, field by field.

use wxpaykit::bill::{CellKind, Column};
use wxpaykit::codes::{self, Api, ErrorCode, Meaning};
use wxpaykit::registry;
use wxpaykit::retry::{self, Failure, RetryClass};
use wxpaykit::table::{Endpoint, Field, FieldKind, Method, Need, Record, ReplyBody};
use wxpaykit::{Outcome, SignType};

use crate::text::{File, line};

pub fn files() -> Vec<File> {
    let mut out = String::from(
        "# Reference\n\n<!-- Written by `cargo xtask gen`; do not edit. -->\n\n\
         Names are the wire's own, in Rust, Python and Node alike. Amounts are integers of fen (分); times are Beijing time.\n\n\
         [Calls](#calls) · [Documents](#documents) · [Columns of bills](#columns-of-bills) · [When a call fails](#when-a-call-fails) · [Codes of WeChat](#codes-of-wechat) · \
         [Codes of errors](#codes-of-errors)\n",
    );
    calls(&mut out);
    documents(&mut out);
    bill_columns(&mut out);
    failures(&mut out);
    codes_of_wechat(&mut out);
    codes_of_errors(&mut out);
    vec![("docs/reference.md", out)]
}

fn calls(out: &mut String) {
    line(
        out,
        "\n## Calls\n\n| call | path | certificate | signatures | [class](#when-a-call-fails) |\n|---|---|---|---|---|",
    );
    for call in registry::all() {
        let signs: Vec<_> = match call.api {
            Api::V3 => vec!["RSA"],
            _ => call.sign_types.iter().map(|sign: &SignType| sign.as_str()).collect(),
        };
        let anchor = call.name.replace('.', "");
        let (name, cert, class) = (call.name, if call.cert { "yes" } else { "no" }, call.retry.as_str());
        line(out, &format!("| [`{name}`](#{anchor}) | `{}` | {cert} | {} | `{class}` |", call.path, signs.join(", ")));
    }
    for call in registry::all() {
        section(out, call);
    }
    line(out, "\n### Fields of every APIv2 request\n\nThe settings of the client hold where these are left out.\n");
    table(out, registry::of(Api::V2).take(1).flat_map(Endpoint::common));
}

fn documents(out: &mut String) {
    line(out, "\n## Documents");
    let objects = registry::objects(Api::V3).into_iter().chain(registry::parts(Api::V3));
    for record in registry::DOCUMENTS.iter().copied().chain(objects) {
        line(out, &format!("\n### {}\n\n{}\n", record.name, flat(record.doc)));
        table(out, record.fields);
        lists(out, record);
    }
}

fn bill_columns(out: &mut String) {
    line(
        out,
        "\n## Columns of bills\n\nThe cells of a row, and of the totals at the end, under the names that they have in Rust, Python and \
         Node. A column that is not here keeps WeChat's name. See [Bills](bills.md).\n\n\
         | name | holds | WeChat's names | meaning |\n|---|---|---|---|",
    );
    for column in Column::ALL {
        let holds = match column.kind() {
            CellKind::Time => "time",
            CellKind::Fen => "fen",
            CellKind::Fee => "yuan, five decimals",
            CellKind::Count => "integer",
            CellKind::Id | CellKind::Word => "text; none for `0`",
            CellKind::Text | CellKind::Free => "text",
        };
        let names: Vec<_> = column.headers().iter().chain(column.totals()).copied().collect();
        line(out, &format!("| `{}` | {holds} | {} | {} |", column.name(), names.join(", "), column.doc()));
    }
}

/// For each failure and each class of calls, what is known afterwards: `retry::known`, walked.
fn failures(out: &mut String) {
    out.push_str(
        "\n## When a call fails\n\nThe client repeats a call by itself, byte for byte, within `timeout` and `max_network_retries`, \
         when that cannot do anything twice. An error's `retry` says what is safe afterwards. Both depend on the call's class:\n\n\
         | class | what repeating does | calls |\n|---|---|---|\n",
    );
    for class in RetryClass::ALL {
        line(out, &format!("| `{}` | {} | {} |", class.as_str(), class_text(class), members(class)));
    }
    let classes = RetryClass::ALL.map(|class| format!("`{}`", class.as_str())).join(" | ");
    line(out, "\n`retry` of the error, and * where the client has repeated the call before:\n");
    line(out, &format!("| failure | did WeChat act? | {classes} |\n|---|---|---|---|---|---|"));
    for failure in Failure::ALL {
        let cell = |class| {
            let advice = retry::advice(class, failure);
            format!("`{}`{}", advice.retry.as_str(), if advice.repeated { " \\*" } else { "" })
        };
        let cells = RetryClass::ALL.map(cell).join(" | ");
        let acted = if failure.outcome() == Outcome::Unknown { "unknown" } else { "no" };
        line(out, &format!("| {} | {acted} | {cells} |", failure_text(failure)));
    }
    out.push_str(
        "\nThe first attempt has half of `timeout` for its answer where another may follow, so that a silent host gives way to its \
         backup. After an attempt that may have arrived, a later one that was not sent is `unknown` too.\n",
    );
}

fn class_text(class: RetryClass) -> &'static str {
    match class {
        RetryClass::Safe => "nothing changes",
        RetryClass::SameRequest => "the same number with the same fields does the job once",
        RetryClass::QueryFirst => "it may do the job twice: query the state first",
        RetryClass::Once => "not safe: the request consumes its argument, and there is nothing to query",
    }
}

fn members(class: RetryClass) -> String {
    let usual = registry::all().filter(|call| call.retry == class).map(|call| format!("`{}`", call.name));
    let with = registry::all().filter_map(|call| match call.retry_with {
        Some((field, value, other)) if other == class => Some(format!("`{}` with `{field}` {value}", call.name)),
        _ => None,
    });
    usual.chain(with).collect::<Vec<_>>().join(", ")
}

fn failure_text(failure: Failure) -> &'static str {
    match failure {
        Failure::NotSent => "no connection (`TransportError`, `not_sent`)",
        Failure::TimedOut => "no answer within the time limit (`TransportError`, `unknown`)",
        Failure::NoAnswer => "no usable answer: a broken connection, a gateway's page (`TransportError`, `unknown`)",
        Failure::NotAuthentic => {
            "an answer that is not authentic, or belongs to another request (`SignatureError`, `PaymentMismatch`)"
        }
        Failure::Trouble => "WeChat failed: [trouble](#codes-of-wechat)",
        Failure::TooMany => "[too many](#codes-of-wechat) requests",
        Failure::AskFirst => "refused: [ask first](#codes-of-wechat)",
        Failure::Later => "refused: [later](#codes-of-wechat)",
        Failure::Refused => "any other refusal",
    }
}

/// The table of codes, by whose they are.
fn codes_of_wechat(out: &mut String) {
    out.push_str(
        "\n## Codes of WeChat\n\n`err_code` and `return_msg` of APIv2 (`BusinessError`, `ProtocolError`), `code` of APIv3, `errcode` of the \
         open platform and of WeCom (`OAuthError`). Spellings with and without `_` are equal. A code that is not here is final.\n",
    );
    for (api, title) in [
        (Api::V2, "APIv2"),
        (Api::V3, "APIv3"),
        (Api::Platform, "The open platform: login, tokens, tickets"),
        (Api::WeCom, "WeCom"),
    ] {
        line(out, &format!("\n### {title}\n\n| code | meaning | what to do | 说明 |\n|---|---|---|---|"));
        for row in codes::ROWS.iter().filter(|row| row.apis.contains(&api)) {
            let names: Vec<_> = row.names.iter().map(wechat_name).collect();
            let (names, meaning) = (names.join(", "), meaning_text(row.meaning));
            line(out, &format!("| {names} | {meaning} | {} | {} |", cell(row.english), cell(row.chinese)));
        }
    }
}

fn codes_of_errors(out: &mut String) {
    out.push_str(
        "\n## Codes of errors\n\n`code` of an error, the same in Rust, Python and Node. The codes stay as they are; new ones may be added.\n\n\
         | code | class | meaning |\n|---|---|---|\n",
    );
    for code in ErrorCode::ALL {
        let class = if code.class().is_empty() { String::new() } else { format!("`{}`", code.class()) };
        line(out, &format!("| `{}` | {class} | {} |", code.as_str(), flat(code.doc())));
    }
}

fn wechat_name(name: &codes::Name) -> String {
    match (name.code, name.words) {
        ("", words) => words.to_owned(),
        (code, "") => format!("`{code}`"),
        (code, words) => format!("`{code}` {words}"),
    }
}

fn meaning_text(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Trouble => "trouble",
        Meaning::TooMany => "too many",
        Meaning::AskFirst => "ask first",
        Meaning::Later => "later",
        Meaning::DeadToken => "token ended",
        Meaning::NotFound => "not found",
        Meaning::Final => "final",
    }
}

/// Text in a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn section(out: &mut String, call: &Endpoint) {
    line(out, &format!("\n### {}\n\n{}\n", call.name, flat(call.doc)));
    paths(out, call);
    line(out, "Request:\n");
    table(out, call.request);
    for need in call.needs {
        line(out, &format!("\n{}", needed(need)));
    }
    if call.reply_body == ReplyBody::Bill {
        line(out, "\nReply: the rows of a bill, see [Bills](bills.md) and [their columns](#columns-of-bills).");
        return;
    }
    line(out, &format!("\nReply, `{}`:\n", call.reply.name));
    table(out, call.reply.fields);
    for need in merged(call.reply.needs) {
        line(out, &format!("\n{need}"));
    }
    lists(out, call.reply);
}

/// The paths of a call of APIv3, a line each.
fn paths(out: &mut String, call: &Endpoint) {
    if call.api != Api::V3 {
        return;
    }
    let method = if call.method == Method::Get { "GET" } else { "POST" };
    let partner = call.partner.map(|partner| partner.path).filter(|path| *path != call.path);
    line(out, &format!("- `{method} {}`", call.path));
    if let Some((field, [path, _])) = call.by {
        line(out, &format!("- with `{field}`: `{method} {path}`"));
    }
    if let Some(path) = partner {
        line(out, &format!("- service providers: `{method} {path}`"));
    }
    // A call without a form for service providers has no such path.
    if let Some((field, [direct, path])) = call.by
        && call.partner.is_some()
        && path != direct
    {
        line(out, &format!("- service providers, with `{field}`: `{method} {path}`"));
    }
    line(out, "");
}

/// What is there when a field of the reply has a value, one sentence for all values that say the same.
fn merged(needs: &[Need]) -> Vec<String> {
    let mut found: Vec<(&str, Vec<&str>, Vec<&str>)> = Vec::new();
    for need in needs {
        let (Some((name, Some(value))), [field]) = (need.when, need.any) else { continue };
        match found.iter_mut().find(|(same, values, _)| *same == name && *values == [value]) {
            Some((_, _, fields)) => fields.push(field),
            None => found.push((name, vec![value], vec![field])),
        }
    }
    let mut all: Vec<(&str, Vec<&str>, Vec<&str>)> = Vec::new();
    for (name, values, fields) in found {
        match all.iter_mut().find(|(same, _, there)| *same == name && *there == fields) {
            Some((_, more, _)) => more.extend(values),
            None => all.push((name, values, fields)),
        }
    }
    let code = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    all.iter()
        .map(|(name, values, fields)| format!("Always there with `{name}` {}: {}.", values.join(" or "), code(fields)))
        .collect()
}

fn lists(out: &mut String, record: &Record) {
    for list in record.lists {
        line(out, &format!("\n`{}`: its numbered fields as a list of `{}`.", list.name, list.item.name));
    }
}

fn needed(need: &Need) -> String {
    let names: Vec<_> = need.any.iter().map(|name| format!("`{name}`")).collect();
    if need.exclusive {
        return format!("Exactly one of {} is needed.", names.join(" and "));
    }
    match need.when {
        Some((name, Some(value))) => format!("With `{name}` {value}, {} is needed.", names.join(" or ")),
        Some((name, None)) => format!("With `{name}`, {} is needed.", names.join(" or ")),
        None => format!("{} is needed.", names.join(" or ")),
    }
}

fn table(out: &mut String, fields: impl IntoIterator<Item = &'static Field>) {
    line(out, "| field | holds | present | meaning |\n|---|---|---|---|");
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

/// The longest text that fits into the encryption of a platform key of 2048 bits.
const LONGEST_SENSITIVE: usize = 214;

fn holds(field: &Field) -> String {
    let kind = match field.kind {
        FieldKind::Text => "text",
        FieldKind::Id => "text without white space",
        FieldKind::OutNo => "digits, letters, `_ - \\| * @`",
        FieldKind::BillNo => "digits and letters",
        FieldKind::AuthCode => "18 digits, the first two 10 to 15",
        FieldKind::Currency => "currency, ISO 4217",
        FieldKind::Ip => "IPv4 or IPv6 address",
        FieldKind::Url => "absolute URL without a query",
        FieldKind::Int => "integer",
        FieldKind::Fen => "fen",
        FieldKind::Time => "time",
        FieldKind::Instant => "time, `2018-06-08T10:34:56+08:00`",
        FieldKind::Date => "day, `yyyyMMdd` or `yyyy-MM-dd`",
        FieldKind::Day => "day, `yyyy-MM-dd`",
        FieldKind::Bool => "`true` or `false`",
        FieldKind::Json => "JSON",
        FieldKind::Record(record) => return format!("an object, {}", record.name),
        FieldKind::List(record) if field.max > 0 => {
            return format!("a list of at most {} objects, {}", field.max, record.name);
        }
        FieldKind::List(record) => return format!("a list of objects, {}", record.name),
        FieldKind::Enum(values) => {
            return values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
        }
    };
    let encrypted = if field.sensitive {
        format!("; encrypted, at most {LONGEST_SENSITIVE} bytes of UTF-8")
    } else {
        String::new()
    };
    let limit = if field.max > 0 { format!(", at most {}", field.max) } else { String::new() };
    format!("{kind}{limit}{encrypted}")
}

/// On one line, as a table wants it.
fn flat(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}
