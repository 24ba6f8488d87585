//! `python/wxpaykit`: replies as classes, what calls take as typed dicts, a method a call, and the blocking client, which
//! is the asynchronous one without its `await`s.

use std::fmt::Write as _;
use std::io;

use wxpaykit::codes::Api;
use wxpaykit::doctor::Language;
use wxpaykit::redact::Redaction;
use wxpaykit::registry;
use wxpaykit::retry::Failure;
use wxpaykit::table::{Endpoint, Field, FieldKind, Need, Own, Record, ReplyBody};

use crate::settings;
use crate::text::{File, columns, length, limit, line};

/// The files of the asynchronous client, and those of the blocking one that are made of them.
const ASYNC_CLIENT: [(&str, &str, &str); 5] = [
    ("aio.py", include_str!("../../python/wxpaykit/aio.py"), "python/wxpaykit/client.py"),
    ("_v3_async.py", include_str!("../../python/wxpaykit/_v3_async.py"), "python/wxpaykit/_v3_sync.py"),
    (
        "_platform_async.py",
        include_str!("../../python/wxpaykit/_platform_async.py"),
        "python/wxpaykit/_platform_sync.py",
    ),
    ("_notify_async.py", include_str!("../../python/wxpaykit/_notify_async.py"), "python/wxpaykit/_notify_sync.py"),
    ("_files_async.py", include_str!("../../python/wxpaykit/_files_async.py"), "python/wxpaykit/_files_sync.py"),
];

/// What the blocking client says otherwise. Longer names first.
const BLOCKING: &[(&str, &str)] = &[
    (
        "The client for asyncio. ``cargo xtask gen`` makes ``wxpaykit/client.py`` from this file; change this one.",
        "The blocking client. ``wxpaykit/aio.py`` has the same one for asyncio.",
    ),
    (" for asyncio; ``cargo xtask gen`` makes the blocking one of this file.", " for clients that block."),
    ("_calls_async", "_calls_sync"),
    ("_codes_async", "_codes_sync"),
    ("_files_async", "_files_sync"),
    ("_notify_async", "_notify_sync"),
    ("_platform_async", "_platform_sync"),
    ("_v3_async", "_v3_sync"),
    ("_run_async", "_run_sync"),
    ("async def ", "def "),
    ("async with ", "with "),
    ("await run(", "run("),
    ("await call(", "call("),
    ("await display.", "display."),
    ("await in_thread(", "in_thread("),
    ("await self.", "self."),
    ("aclose", "close"),
    ("__aenter__", "__enter__"),
    ("__aexit__", "__exit__"),
    ("__aiter__", "__iter__"),
    ("__anext__", "__next__"),
    ("StopAsyncIteration", "StopIteration"),
    ("AsyncIterator, Awaitable, Callable", "Callable, Iterator"),
    ("Callable[[], Awaitable[BillSource]]", "Callable[[], BillSource]"),
    ("AsyncIterator", "Iterator"),
    ("AsyncCalls", "Calls"),
    ("AsyncWxPay", "WxPay"),
    ("AsyncOAuth", "OAuth"),
    ("AsyncJssdk", "Jssdk"),
    ("AsyncV3", "V3"),
    ("AsyncWecom", "Wecom"),
    ("AsyncNotify", "Notify"),
];

const HEAD: &str = "# Written by `cargo xtask gen` from the table of calls; edit the table instead.\n";

/// # Errors
/// When no file of the asynchronous client has a text that the blocking client replaces.
pub fn files() -> io::Result<Vec<File>> {
    if let Some(from) = unused(&ASYNC_CLIENT.map(|(_, text, _)| text)) {
        return Err(io::Error::other(format!("the asynchronous client does not have the text {from:?} of BLOCKING")));
    }
    let mut files = vec![
        ("python/wxpaykit/_records.py", records()),
        ("python/wxpaykit/types.py", types()),
        ("python/wxpaykit/_calls_sync.py", calls(false)),
        ("python/wxpaykit/_calls_async.py", calls(true)),
    ];
    files.extend(ASYNC_CLIENT.map(|(name, text, path)| (path, blocking(name, text))));
    Ok(files)
}

/// A text that the blocking client replaces, and that none of these files has.
fn unused(texts: &[&str]) -> Option<&'static str> {
    BLOCKING.iter().map(|(from, _)| *from).find(|from| !texts.iter().any(|text| text.contains(from)))
}

/// A file of the blocking client, of the text of the asynchronous one.
fn blocking(name: &str, asynchronous: &str) -> String {
    let text = BLOCKING.iter().fold(asynchronous.to_owned(), |text, (from, to)| text.replace(from, to));
    format!("# Written by `cargo xtask gen` from {name}; edit that one.\n{text}")
}

fn records() -> String {
    let replies = registry::replies(Api::V2);
    let v3 = registry::parts(Api::V3).into_iter().chain(registry::replies(Api::V3));
    let v3 = v3.filter(|record| !record.is_acknowledgement());
    let mut records: Vec<&Record> = Vec::new();
    for record in registry::DOCUMENTS.iter().copied().chain(replies).chain(v3) {
        if !records.iter().any(|known| known.name == record.name) {
            records.push(record);
        }
    }
    let mut out = format!(
        "{HEAD}\"\"\"Documents that WeChat sends, a class each. Amounts are in fen, times aware and in Beijing's zone.\"\"\"\n\n\
         from __future__ import annotations\n\nfrom ._native import Reply\n\nTYPE_CHECKING = False\n\
         if TYPE_CHECKING:\n    from datetime import datetime\n    from typing import Any\n\n"
    );
    let mut names: Vec<&str> = records.iter().map(|record| record.name).collect();
    names.sort_unstable();
    out.push_str("__all__ = [\n");
    for name in &names {
        line(&mut out, &format!("    \"{name}\","));
    }
    out.push_str("]\n");
    for record in records {
        class(&mut out, record);
    }
    out.push_str("\n\n# The class of each document, by its name in the table.\nRECORDS: dict[str, type[Reply]] = {\n");
    for name in names {
        line(&mut out, &format!("    \"{name}\": {name},"));
    }
    out.push_str("}\n");
    out
}

fn class(out: &mut String, record: &Record) {
    line(out, &format!("\n\nclass {}(Reply):", record.name));
    let attributes = record.fields.iter().map(|field| (field.name, read_type(field), field.doc));
    let lists = record.lists.iter().map(|list| (list.name, format!("tuple[{}, ...]", list.item.name), list.item.doc));
    let attributes: Vec<_> = attributes.chain(lists).collect();
    let mut doc = paragraphs(record.doc);
    doc.push(String::new());
    doc.push("Attributes:".to_owned());
    doc.extend(attributes.iter().map(|(name, _, doc)| format!("    {name}: {}", joined(doc))));
    docstring(out, "    ", &doc);
    out.push_str("\n    __slots__ = ()\n\n");
    for (name, kind, _) in attributes {
        // A field whose name is a word of Python's is reached by reply["from"].
        let is_word = KEYWORDS.contains(&name);
        line(out, &if is_word { format!("    # {name}: {kind}") } else { format!("    {name}: {kind}") });
    }
}

/// The words of Python's that WeChat uses as names.
const KEYWORDS: &[&str] = &["from"];

fn read_type(field: &Field) -> String {
    let kind = match field.kind {
        FieldKind::Int | FieldKind::Fen => "int",
        FieldKind::Time | FieldKind::Instant => "datetime",
        FieldKind::Bool => "bool",
        FieldKind::Json => return "Any".to_owned(),
        FieldKind::Record(record) => record.name,
        FieldKind::List(record) => return format!("tuple[{}, ...]", record.name),
        FieldKind::Text
        | FieldKind::Id
        | FieldKind::OutNo
        | FieldKind::TradeNo
        | FieldKind::BillNo
        | FieldKind::GoodsNo
        | FieldKind::AuthCode
        | FieldKind::Ip
        | FieldKind::Currency
        | FieldKind::Url
        | FieldKind::Date
        | FieldKind::Day
        | FieldKind::Enum(_) => "str",
    };
    if field.required { kind.to_owned() } else { format!("{kind} | None") }
}

fn types() -> String {
    let types = TYPES.replace("OUTCOMES\n", &format!("{}\n", outcomes()));
    let mut out = format!("{HEAD}{types}{}{PAGE_TYPES}", settings::python_members());
    for object in registry::objects(Api::V3) {
        let mut doc = paragraphs(object.doc);
        doc.extend(object.needs.iter().map(need));
        typed_dicts(&mut out, object.name, &doc, object.fields.iter());
    }
    let v3 = registry::of(Api::V3).filter(|endpoint| endpoint.fields().next().is_some());
    for endpoint in registry::of(Api::V2).chain(v3) {
        let mut doc = vec![format!("What `{}` takes.", endpoint.name)];
        doc.extend(endpoint.needs.iter().map(need));
        doc.extend(endpoint.limits.iter().map(|own| limit(own, "``", Language::English)));
        typed_dicts(&mut out, &params_name(endpoint), &doc, endpoint.fields());
    }
    out
}

/// A typed dict: what must be there in a class of its own.
fn typed_dicts(out: &mut String, name: &str, doc: &[String], fields: impl Iterator<Item = &'static Field>) {
    let (words, fields): (Vec<&Field>, Vec<&Field>) = fields.partition(|field| KEYWORDS.contains(&field.name));
    let (must, may): (Vec<&Field>, Vec<&Field>) = fields.into_iter().partition(|field| is_needed(field));
    let mut bases = Vec::new();
    if !words.is_empty() {
        let base = format!("_{name}Words");
        let members = words.iter().map(|field| format!("\"{}\": \"{}\"", field.name, given_type(field.kind)));
        let members = members.collect::<Vec<_>>().join(", ");
        line(out, &format!("\n\n{base} = TypedDict(\"{base}\", {{{members}}}, total=False)"));
        bases.push(base);
    }
    if !must.is_empty() {
        let base = format!("_{name}Required");
        typed_dict(out, &format!("{base}(TypedDict)"), &[], &must);
        bases.push(base);
    }
    let bases = if bases.is_empty() { "TypedDict".to_owned() } else { bases.join(", ") };
    typed_dict(out, &format!("{name}({bases}, total=False)"), doc, &may);
    if may.is_empty() && doc.is_empty() {
        line(out, "    pass");
    }
}

/// The type of `Event.outcome`.
fn outcomes() -> String {
    let mut out = "#: How an attempt at a call ended: ``ok``, or how it failed.\n".to_owned();
    for failure in Failure::ALL {
        line(&mut out, &format!("#: ``{}``: {}.", failure.as_str(), failure.doc()));
    }
    line(&mut out, "EventOutcome = Literal[");
    for name in ["ok"].into_iter().chain(Failure::ALL.map(Failure::as_str)) {
        line(&mut out, &format!("    \"{name}\","));
    }
    line(&mut out, "]");
    out
}

fn typed_dict(out: &mut String, class: &str, doc: &[String], fields: &[&Field]) {
    line(out, &format!("\n\nclass {class}:"));
    if !doc.is_empty() {
        docstring(out, "    ", doc);
        out.push('\n');
    }
    for field in fields {
        let none = if is_needed(field) { "" } else { " | None" };
        let short = format!("    {}: {}{none}", field.name, given_type(field.kind));
        match field.kind {
            FieldKind::Enum(values) if short.len() > WIDTH => {
                // As ruff breaks it.
                line(out, &format!("    {}: Literal[", field.name));
                for value in values {
                    line(out, &format!("        \"{value}\","));
                }
                line(out, &format!("    ]{none}"));
            }
            _ => line(out, &short),
        }
        docstring(out, "    ", &[describe(field)]);
    }
}

fn given_type(kind: FieldKind) -> String {
    match kind {
        FieldKind::Int | FieldKind::Fen => "int".to_owned(),
        FieldKind::Time | FieldKind::Instant => "datetime | str".to_owned(),
        FieldKind::Date | FieldKind::Day => "date | str".to_owned(),
        FieldKind::Bool => "bool".to_owned(),
        FieldKind::Json => "Mapping[str, Any] | Sequence[Any] | str".to_owned(),
        FieldKind::Record(record) => record.name.to_owned(),
        FieldKind::List(record) => format!("Sequence[{}]", record.name),
        FieldKind::Enum(values) => {
            let values: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
            format!("Literal[{}]", values.join(", "))
        }
        FieldKind::Text
        | FieldKind::Id
        | FieldKind::OutNo
        | FieldKind::TradeNo
        | FieldKind::BillNo
        | FieldKind::GoodsNo
        | FieldKind::AuthCode
        | FieldKind::Ip
        | FieldKind::Currency
        | FieldKind::Url => "str".to_owned(),
    }
}

fn calls(is_async: bool) -> String {
    let (prefix, module, doc, def, wait) = if is_async {
        ("Async", "_run_async", "for asyncio", "async def", "await run")
    } else {
        ("", "_run_sync", "that blocks", "def", "run")
    };
    let mut out = format!(
        "{HEAD}\"\"\"A method {doc} for each call in the table.\"\"\"\n\nfrom __future__ import annotations\n\n"
    );
    let bill = if is_async { "AsyncBill" } else { "Bill" };
    line(
        &mut out,
        &format!("from ._given import job\nfrom .{module} import run\nfrom ._settings import hidden_text\n"),
    );
    line(&mut out, "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from typing import Literal\n");
    let replies =
        registry::all().filter(|endpoint| endpoint.reply_body != ReplyBody::Bill).map(|endpoint| endpoint.reply);
    let replies = replies.filter(|reply| !reply.is_acknowledgement());
    let mut replies: Vec<&str> = replies.map(|reply| reply.name).collect();
    let takes_fields = |endpoint: &&Endpoint| endpoint.fields().next().is_some();
    let v3 = registry::of(Api::V3).filter(takes_fields);
    let mut params: Vec<String> = registry::of(Api::V2).chain(v3).map(params_name).collect();
    // As ruff sorts imports.
    replies.sort_unstable_by_key(|name| name.to_ascii_lowercase());
    replies.dedup();
    params.sort_unstable_by_key(|name| name.to_ascii_lowercase());
    line(&mut out, "    from typing_extensions import Unpack\n\n    from ._native import Client");
    import(&mut out, "._records", &replies);
    line(&mut out, &format!("    from .bill import {bill}"));
    import(&mut out, ".types", &params);
    let calls = "\"\"\"The calls of the payment API.\"\"\"";
    line(&mut out, &format!("\n\nclass {prefix}Calls:\n    {calls}\n\n    _native: Client"));
    for endpoint in registry::of(Api::V2) {
        payment_method(&mut out, endpoint, is_async, (def, wait));
    }
    line(&mut out, &format!("\n\nclass {prefix}V3Calls:\n    \"\"\"The calls of APIv3.\"\"\"\n\n    _native: Client"));
    for endpoint in registry::of(Api::V3) {
        payment_method(&mut out, endpoint, is_async, (def, wait));
    }
    for (group, class, doc) in PLATFORM {
        line(&mut out, &format!("\n\nclass {prefix}{class}:\n    \"\"\"{doc}\"\"\"\n\n    _native: Client"));
        for endpoint in registry::of(Api::Platform).chain(registry::of(Api::WeCom)) {
            if let Some((of, name)) = endpoint.name.split_once('.')
                && of == *group
            {
                platform_method(&mut out, endpoint, name, (def, wait));
            }
        }
    }
    out
}

/// The head of a method, broken as ruff breaks it.
fn signature(def: &str, method: &str, takes: &str, reply: &str) -> String {
    let short = format!("    {def} {method}({takes}) -> {reply}:");
    match short.len() <= WIDTH {
        true => format!("\n{short}"),
        false => format!("\n    {def} {method}(\n        {takes}\n    ) -> {reply}:"),
    }
}

/// A call of the payment API: its fields are keywords.
fn payment_method(out: &mut String, endpoint: &Endpoint, is_async: bool, (def, wait): (&str, &str)) {
    let (name, params, mut reply) = (endpoint.name, params_name(endpoint), endpoint.reply.name);
    let method = name.rsplit('.').next().unwrap_or(name);
    let mut def = def;
    if endpoint.reply_body == ReplyBody::Bill {
        // A bill for asyncio is opened when its first row is asked for.
        (def, reply) = ("def", if is_async { "AsyncBill" } else { "Bill" });
    }
    let acknowledged = endpoint.reply_body != ReplyBody::Bill && endpoint.reply.is_acknowledgement();
    if acknowledged {
        reply = "None";
    }
    let takes =
        if endpoint.fields().next().is_none() { String::new() } else { format!(", **fields: Unpack[{params}]") };
    line(out, &signature(def, method, &format!("self{takes}"), reply));
    let mut doc = paragraphs(endpoint.doc);
    doc.extend(endpoint.needs.iter().map(need));
    doc.extend(endpoint.limits.iter().map(|own| limit(own, "``", Language::English)));
    if !takes.is_empty() {
        doc.push(String::new());
        doc.push("Args:".to_owned());
        let fields = endpoint.fields();
        doc.extend(fields.map(|field| format!("    {}: {}", field.name, describe(field))));
    }
    doc.extend(RAISES.iter().map(|text| (*text).to_owned()));
    if endpoint.api == Api::V3 {
        doc.push("    ConfigError: The client has no settings of APIv3.".to_owned());
    }
    docstring(out, "        ", &doc);
    let has_fields = !takes.is_empty();
    if endpoint.reply_body == ReplyBody::Bill {
        // Programs without bills start quicker.
        line(out, &format!("        from .bill import {reply}\n"));
        let fields = if has_fields { "fields" } else { "{}" };
        let made = format!("{reply}._download(self._native, \"{name}\", {fields})");
        // No frame of an error shows the fields.
        match has_fields {
            true => {
                line(out, &format!("        try:\n            return {made}\n        finally:\n            del fields"))
            }
            false => line(out, &format!("        return {made}")),
        }
        return;
    }
    let job = match has_fields {
        true => format!("job(self._native, \"{name}\", fields)"),
        false => format!("self._native.execute(\"{name}\", {{}})"),
    };
    let call = format!("{wait}({job})");
    if acknowledged {
        line(out, &format!("        {call}"));
        return;
    }
    let assigned = format!("        reply: {reply} = {call}");
    match assigned.len() <= WIDTH {
        true => line(out, &assigned),
        false => line(out, &format!("        reply: {reply} = {wait}(\n            {job}\n        )")),
    }
    line(out, "        return reply");
}

/// The classes of the open platform's calls.
const PLATFORM: &[(&str, &str, &str)] = &[
    ("oauth", "OAuthCalls", "The calls of web authorisation."),
    ("jssdk", "JssdkCalls", "The calls for tokens and tickets."),
    ("wecom", "WecomCalls", "The calls of WeCom."),
];

/// A call of the open platform: its fields are the arguments, in the order of the table.
fn platform_method(out: &mut String, endpoint: &Endpoint, name: &str, (def, wait): (&str, &str)) {
    let (must, may) = endpoint.arguments();
    let needed = must.iter().map(|field| format!("{}: {}", field.name, given_type(field.kind)));
    let optional = may.iter().map(|field| match (field.kind, field.default) {
        (FieldKind::Bool, Some("true")) => format!("{}: bool = True", field.name),
        (FieldKind::Bool, Some(_)) => format!("{}: bool = False", field.name),
        (kind, Some(default)) => format!("{}: {} = \"{default}\"", field.name, given_type(kind)),
        (kind, None) => format!("{}: {} | None = None", field.name, given_type(kind)),
    });
    let arguments: Vec<String> = ["self".to_owned()].into_iter().chain(needed).chain(optional).collect();
    let reply = if endpoint.reply.is_acknowledgement() { "None" } else { endpoint.reply.name };
    let arguments = arguments.join(", ");
    let short = format!("    {def} {name}({arguments}) -> {reply}:");
    let head =
        if short.len() <= WIDTH { short } else { format!("    {def} {name}(\n        {arguments}\n    ) -> {reply}:") };
    line(out, &format!("\n{head}"));
    let mut doc = paragraphs(endpoint.doc);
    doc.push(String::new());
    if !endpoint.request.is_empty() {
        doc.push("Args:".to_owned());
        let fields = must.iter().chain(&may);
        doc.extend(fields.map(|field| format!("    {}: {}", field.name, joined(field.doc))));
        doc.push(String::new());
    }
    doc.push("Raises:".to_owned());
    if !endpoint.request.is_empty() {
        doc.push("    InvalidRequest: An argument breaks a rule. Nothing was sent.".to_owned());
    }
    doc.push("    OAuthError: WeChat refused the call.".to_owned());
    if endpoint.api == Api::WeCom {
        doc.push("    ConfigError: There is no ``corp_secret``.".to_owned());
    } else if endpoint.carries(Own::AppSecret) {
        doc.push("    ConfigError: There is no ``app_secret``.".to_owned());
    } else if endpoint.token.is_some() {
        doc.push("    ConfigError: Neither ``access_token`` nor ``app_secret`` is there.".to_owned());
    }
    doc.push("    TransportError: No reply.".to_owned());
    docstring(out, "        ", &doc);
    // A secret stands in the frame of a traceback that shows local variables.
    for field in endpoint.request.iter().filter(|field| field.redaction == Redaction::Hidden) {
        line(out, &format!("        {0} = hidden_text({0})", field.name));
    }
    let fields: Vec<_> = endpoint.request.iter().map(|field| format!("\"{0}\": {0}", field.name)).collect();
    let mut fields = format!("{{{}}}", fields.join(", "));
    let rest = format!("        reply: {reply} = {wait}(self._native.execute(\"{}\", ))", endpoint.name);
    if fields.len() > WIDTH / 2 || rest.len() + fields.len() > WIDTH {
        if fields.len() + 17 <= WIDTH {
            line(out, &format!("        fields = {fields}"));
        } else {
            line(out, "        fields = {");
            for field in endpoint.request {
                line(out, &format!("            \"{0}\": {0},", field.name));
            }
            line(out, "        }");
        }
        fields = "fields".to_owned();
    }
    let call = format!("{wait}(self._native.execute(\"{}\", {fields}))", endpoint.name);
    if endpoint.reply.is_acknowledgement() {
        line(out, &format!("        {call}"));
    } else {
        line(out, &format!("        reply: {reply} = {call}"));
        line(out, "        return reply");
    }
}

fn import(out: &mut String, module: &str, names: &[impl AsRef<str>]) {
    let names: Vec<_> = names.iter().map(AsRef::as_ref).collect();
    let short = format!("    from {module} import {}", names.join(", "));
    if short.len() <= WIDTH {
        line(out, &short);
        return;
    }
    line(out, &format!("    from {module} import ("));
    for name in names {
        line(out, &format!("        {name},"));
    }
    line(out, "    )");
}

/// Ruff's line length.
const WIDTH: usize = 120;

const RAISES: &[&str] = &[
    "",
    "Raises:",
    "    InvalidRequest: A field breaks a rule. Nothing was sent.",
    "    TransportError: No reply; `outcome` says whether WeChat may have acted on the request.",
    "    ProtocolError: WeChat did not take the request as one.",
    "    BusinessError: WeChat refused it.",
    "    SignatureError: The reply is not authentic.",
];

fn params_name(endpoint: &Endpoint) -> String {
    if endpoint.api == Api::V3 {
        return format!("{}Params", endpoint.request_type);
    }
    let mut letters = endpoint.name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase()).unwrap_or_default();
    format!("{first}{}Params", letters.as_str())
}

fn is_needed(field: &Field) -> bool {
    field.required && field.default.is_none() && !field.from_merchant
}

/// What a field means, and its limits.
fn describe(field: &Field) -> String {
    let mut text = joined(field.doc);
    if !matches!(
        field.kind,
        FieldKind::Enum(_) | FieldKind::Time | FieldKind::Instant | FieldKind::Int | FieldKind::Fen
    ) {
        text.extend(length(field).map(|length| format!(" {length}")));
    }
    match field.kind {
        FieldKind::Time => text.push_str(" An aware datetime, or ``yyyyMMddHHmmss`` in Beijing time."),
        FieldKind::Instant => text.push_str(" An aware datetime, or a text as ``2018-06-08T10:34:56+08:00``."),
        FieldKind::Date => {
            text.push_str(" A date, ``yyyy-MM-dd`` or ``yyyyMMdd``; of an aware datetime its day in Beijing.")
        }
        FieldKind::Day => text.push_str(" A date, or ``yyyy-MM-dd``; of an aware datetime its day in Beijing."),
        FieldKind::Json => text.push_str(" A dict or a list is written as JSON."),
        _ => {}
    }
    if let Some(default) = field.default {
        let _ = write!(text, " ``{default}`` when left out.");
    } else if field.from_merchant {
        text.push_str(" The client's own when left out.");
    }
    text
}

fn need(need: &Need) -> String {
    let names = need.any.iter().map(|name| format!("``{name}``")).collect::<Vec<_>>().join(" or ");
    match need.when {
        Some((name, Some(value))) => format!("``{name}`` ``{value}`` needs {names}."),
        Some((name, None)) => format!("``{name}`` needs {names}."),
        None => format!("Needs {names}."),
    }
}

/// The lines of a doc comment, where a sentence that goes on in the next line is one line.
fn paragraphs(doc: &str) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    for text in doc.lines().map(|text| rst(text.trim())) {
        match paragraphs.last_mut() {
            Some(last) if !(last.is_empty() || text.is_empty() || last.ends_with(['.', ':', '?'])) => {
                last.push(' ');
                last.push_str(&text);
            }
            _ => paragraphs.push(text),
        }
    }
    paragraphs
}

fn joined(doc: &str) -> String {
    paragraphs(doc).join(" ")
}

/// Rust's links and code as Python's documents write them.
fn rst(text: &str) -> String {
    text.replace("[`", "`").replace("`]", "`").replace('`', "``")
}

fn docstring(out: &mut String, indent: &str, lines: &[String]) {
    let (first, rest) = lines.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let mut wrapped = Vec::new();
    for text in rest {
        wrap(&mut wrapped, indent, text);
    }
    if wrapped.is_empty() && indent.len() + first.len() + 6 <= 120 {
        line(out, &format!("{indent}\"\"\"{first}\"\"\""));
        return;
    }
    let mut head = Vec::new();
    wrap(&mut head, indent, &format!("\"\"\"{first}"));
    for text in head.into_iter().chain(if wrapped.first().is_some_and(|text| !text.is_empty()) {
        // A summary stands alone.
        std::iter::once(String::new()).chain(wrapped).collect::<Vec<_>>()
    } else {
        wrapped
    }) {
        line(out, &text);
    }
    line(out, &format!("{indent}\"\"\""));
}

/// Breaks a line at 120 characters, what follows deeper by four.
fn wrap(out: &mut Vec<String>, indent: &str, text: &str) {
    if text.is_empty() {
        out.push(String::new());
        return;
    }
    let own = text.len() - text.trim_start().len();
    let deeper = " ".repeat(own + if own > 0 { 4 } else { 0 });
    let mut current = format!("{indent}{}", &" ".repeat(own));
    let mut empty = true;
    for word in text.split_whitespace() {
        let length = columns(&current) + 1 + columns(word);
        if !empty && length > 118 {
            out.push(std::mem::replace(&mut current, format!("{indent}{deeper}")));
            empty = true;
        }
        if !empty {
            current.push(' ');
        }
        current.push_str(word);
        empty = false;
    }
    out.push(current);
}

/// What does not come from the table.
const TYPES: &str = r#""""Types for checkers: settings, what calls take, and what pages are handed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypedDict, overload

from ._native import Event, Reply

if TYPE_CHECKING:
    from collections.abc import ItemsView, ValuesView

    from typing_extensions import disjoint_base

    @disjoint_base
    class TextReply(Reply):
        """A reply of ``call`` and ``v3.call``: every field is text; lists and objects are JSON."""

        def __getitem__(self, name: str, /) -> str: ...
        @overload
        def get(self, name: str, default: str, /) -> str: ...
        @overload
        def get(self, name: str, default: None = None, /) -> str | None: ...
        def get(self, name: str, default: Any = None, /) -> Any: ...
        def values(self) -> ValuesView[str]: ...
        def items(self) -> ItemsView[str, str]: ...
        def to_dict(self) -> dict[str, str]: ...

else:
    # Only type checkers see this class: at run time it is Reply.
    TextReply = Reply

OUTCOMES

class Store(Protocol):
    """A store of your own: texts under keys, each for its life in seconds. ``WxPay(store=…)`` takes one.

    Keys are at most 200 ASCII characters; values are longer, and may be secret. Each method is atomic: of two that
    happen at once, in whatever processes share the store, one comes first. They are called on threads of their own,
    several at once, and may block; what they raise becomes the cause of a ``StoreError``. One that does not answer
    within the client's ``timeout`` is given up, and goes on in its thread: give what it waits for a time limit.
    """

    def get(self, key: str, /) -> str | None:
        """What is kept under ``key``, while its time lasts."""

    def put(self, key: str, value: str, life: float, /) -> object:
        """Keeps ``value`` under ``key`` for ``life``, whatever was there."""

    def add(self, key: str, value: str, life: float, /) -> bool:
        """Keeps ``value`` if nothing is kept there; says whether it did."""

    def compare_and_set(self, key: str, old: str, new: str, life: float, /) -> bool:
        """Keeps ``new`` if ``old`` is kept there; says whether it did. A life of 0 forgets the key."""

    def delete(self, key: str, /) -> object:
        """Forgets what is kept under ``key``."""


class PendingOrder(Protocol):
    """An order of which you do not know whether it is paid: your number, the amount in fen, when it was made."""

    @property
    def out_trade_no(self) -> str: ...
    @property
    def total_fee(self) -> int: ...
    @property
    def created(self) -> datetime: ...


class _PendingOptions(TypedDict, total=False):
    sub_mch_id: str | None


class _PendingOrderOptions(_PendingOptions, total=False):
    combine_out_trade_no: str | None


class PendingFields(_PendingOrderOptions):
    """The same as a dict. ``sub_mch_id`` is the sub-merchant of a service provider's order.

    ``combine_out_trade_no`` is the number of the combined order (合单) that it is a part of.
    """

    out_trade_no: str
    total_fee: int
    created: datetime


Pending = tuple[str, int, datetime] | PendingFields | PendingOrder


class PendingRefundObject(Protocol):
    """A refund whose result you do not know: your number, the amount in fen, when you asked for it."""

    @property
    def out_refund_no(self) -> str: ...
    @property
    def refund_fee(self) -> int: ...
    @property
    def created(self) -> datetime: ...


class PendingRefundFields(_PendingOptions):
    """The same as a dict. ``sub_mch_id`` is the sub-merchant of a service provider's order."""

    out_refund_no: str
    refund_fee: int
    created: datetime


PendingRefund = tuple[str, int, datetime] | PendingRefundFields | PendingRefundObject


class PendingTransferObject(Protocol):
    """A transfer whose result you do not know: your number, the amount in fen, when you asked for it."""

    @property
    def out_bill_no(self) -> str: ...
    @property
    def transfer_amount(self) -> int: ...
    @property
    def created(self) -> datetime: ...


class PendingTransferFields(TypedDict):
    """The same as a dict."""

    out_bill_no: str
    transfer_amount: int
    created: datetime


PendingTransfer = tuple[str, int, datetime] | PendingTransferFields | PendingTransferObject


class Settings(TypedDict, total=False):
    """The settings of a client, as its constructor takes them."""

"#;

const PAGE_TYPES: &str = r#"

class JsapiParams(TypedDict):
    """What a page gives to ``WeixinJSBridge.invoke('getBrandWCPayRequest', …)``. All texts, the timestamp too."""

    appId: str
    timeStamp: str
    nonceStr: str
    package: str
    signType: str
    paySign: str


class ChooseWXPayParams(TypedDict):
    """What a page gives to ``wx.chooseWXPay``."""

    timestamp: str
    nonceStr: str
    package: str
    signType: str
    paySign: str


class MiniprogramParams(TypedDict):
    """What a mini program gives to ``wx.requestPayment``."""

    timeStamp: str
    nonceStr: str
    package: str
    signType: str
    paySign: str


class AppParams(TypedDict):
    """What an app gives to the Open SDK's ``PayReq``."""

    appid: str
    partnerid: str
    prepayid: str
    package: str
    noncestr: str
    timestamp: str
    sign: str


class TransferParams(TypedDict):
    """What a page gives to ``requestMerchantTransfer``, where the customer confirms a transfer."""

    mchId: str
    appId: str
    package: str


class _Beta(TypedDict, total=False):
    beta: bool


class PageConfig(_Beta):
    """What a page gives to ``wx.config``. ``beta`` is there for pages in WeCom."""

    debug: bool
    appId: str
    timestamp: int
    nonceStr: str
    signature: str
    jsApiList: list[str]
    openTagList: list[str]


class AgentConfig(TypedDict):
    """What a page in WeCom gives to ``wx.agentConfig``."""

    corpid: str
    agentid: str
    timestamp: int
    nonceStr: str
    signature: str
    jsApiList: list[str]
"#;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_that_goes_on_in_the_next_line_is_one_paragraph() {
        assert_eq!(
            paragraphs("One thing:\nship nothing\nbecause of `it`.\nAnother.\n\nLast"),
            ["One thing:", "ship nothing because of ``it``.", "Another.", "", "Last"]
        );
    }

    #[test]
    fn the_blocking_client_says_what_it_is_and_a_replacement_without_its_text_is_an_error() {
        let files = ASYNC_CLIENT.map(|(name, text, _)| blocking(name, text));
        let client = files.first().unwrap();
        assert!(client.contains("\n\"\"\"The blocking client."), "{}", client.get(..200).unwrap_or_default());
        assert!(files.iter().all(|file| !file.contains("async def")));
        let texts = ASYNC_CLIENT.map(|(_, text, _)| text.replace("aclose", "close"));
        assert_eq!(unused(&texts.each_ref().map(String::as_str)), Some("aclose"));
        assert_eq!(unused(&ASYNC_CLIENT.map(|(_, text, _)| text)), None);
    }
}
