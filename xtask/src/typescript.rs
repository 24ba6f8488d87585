//! `node/ts/generated/`: requests and replies as TypeScript has them, and a method a call.

use std::collections::BTreeSet;

use wxpaykit::bill::{CellKind, Column};
use wxpaykit::codes::Api;
use wxpaykit::doctor::Language;
use wxpaykit::registry;
use wxpaykit::retry::{Failure, RetryClass};
use wxpaykit::table::{Endpoint, Field, FieldKind, Method, Need, Own, Record, ReplyBody};

use crate::text::{File, length, limit, line};

const DOCUMENTS: &str = "\
// Written by `cargo xtask gen` from the table of calls; edit the table instead.

import { Reply, type Json, type JsonObject } from '../reply.js'

/** Options of every call, in addition to its fields. */
export interface CallOptions {
  /**
   * Ends the HTTP request. The promise rejects with a `TransportError` of code `cancelled`, whose `cause` is the signal's
   * reason and whose `outcome` is `unknown`: whether WeChat acted on the request is not known then.
   */
  signal?: AbortSignal | undefined
}

/** A text of the wire that later versions may add to. */
export type Open<T extends string> = T | (string & {})
";

const METHODS: &str = "\
// Written by `cargo xtask gen` from the table of calls; edit the table instead.

import { needBoolean, needSignal, needText, optionsOf, signalOf } from '../arguments.js'
import type { Bill } from '../bill.js'
import type { Reply } from '../reply.js'
import * as documents from './documents.js'
import type { CallOptions } from './documents.js'
";

pub fn files() -> Vec<File> {
    vec![
        ("node/ts/generated/bill.ts", bill()),
        ("node/ts/generated/documents.ts", documents()),
        ("node/ts/generated/methods.ts", methods()),
    ]
}

/// The cells of bills.
fn bill() -> String {
    let mut out = BILL.to_owned();
    for (name, doc, totals) in [
        ("BillCells", "The cells of a row whose meaning is known. Cells that hold nothing are `undefined`.", false),
        ("BillTotals", "The totals at the end of a bill. Amounts are integers of fen.", true),
    ] {
        line(&mut out, &format!("\n/** {doc} */\nexport interface {name} {{"));
        let of_it = |column: &&Column| !(if totals { column.totals() } else { column.headers() }).is_empty();
        for column in Column::ALL.iter().filter(of_it) {
            comment(&mut out, "  ", &[column.doc().to_owned()]);
            let kind = match column.kind() {
                CellKind::Time => "Date",
                CellKind::Fen | CellKind::Count => "number",
                _ => "string",
            };
            line(&mut out, &format!("  readonly {}: {kind} | undefined", column.name()));
        }
        line(&mut out, "}");
    }
    out
}

const BILL: &str = "\
// Written by `cargo xtask gen` from the columns of bills; edit core/src/bill/columns.rs instead.
";

/// What a user of the package meets: requests and replies.
fn documents() -> String {
    let mut out = DOCUMENTS.to_owned();
    outcomes(&mut out);
    for object in registry::objects(Api::V3) {
        object_interface(&mut out, object);
    }
    for endpoint in payment_calls() {
        request_interface(&mut out, endpoint);
    }
    for part in registry::parts(Api::V3) {
        part_interface(&mut out, part);
    }
    for record in records() {
        record_class(&mut out, record);
    }
    for endpoint in payment_calls() {
        reply_types(&mut out, endpoint);
    }
    out
}

/// The calls of the payment API.
fn payment_calls() -> impl Iterator<Item = &'static Endpoint> {
    registry::of(Api::V2).chain(registry::of(Api::V3)).filter(|endpoint| endpoint.fields().next().is_some())
}

/// An object inside a JSON request.
fn object_interface(out: &mut String, object: &Record) {
    let mut doc: Vec<String> = object.doc.lines().map(|text| text.trim().to_owned()).collect();
    doc.extend(object.needs.iter().map(need));
    line(out, "");
    comment(out, "", &doc);
    line(out, &format!("export interface {} {{", object.name));
    for field in object.fields {
        request_member(out, field);
    }
    line(out, "}");
}

fn request_member(out: &mut String, field: &Field) {
    let mut doc: Vec<String> = field.doc.lines().map(|text| text.trim().to_owned()).collect();
    doc.extend(limits(field));
    comment(out, "  ", &doc);
    let (mark, none) = if is_needed(field) { ("", "") } else { ("?", " | null | undefined") };
    line(out, &format!("  {}{mark}: {}{none}", field.name, given_type(field.kind)));
}

/// Whether a caller has to give the field.
fn is_needed(field: &Field) -> bool {
    field.required && field.default.is_none() && !field.from_merchant
}

/// An object inside a JSON reply.
fn part_interface(out: &mut String, part: &Record) {
    let doc: Vec<String> = part.doc.lines().map(|text| text.trim().to_owned()).collect();
    line(out, "");
    comment(out, "", &doc);
    line(out, &format!("export interface {} {{", part.name));
    for field in part.fields {
        let doc: Vec<String> = field.doc.lines().map(|text| text.trim().to_owned()).collect();
        comment(out, "  ", &doc);
        let mark = if field.required { "" } else { "?" };
        line(out, &format!("  readonly {}{mark}: {}", field.name, member_type(part, field)));
    }
    line(out, "}");
}

/// The type of `CallEvent.outcome`.
fn outcomes(out: &mut String) {
    line(out, "\n/**\n * How an attempt at a call ended: `ok`, or how it failed.\n *");
    for failure in Failure::ALL {
        line(out, &format!(" * - `{}`: {}.", failure.as_str(), failure.doc()));
    }
    line(out, " */\nexport type AttemptOutcome =\n  | 'ok'");
    for failure in Failure::ALL {
        line(out, &format!("  | '{}'", failure.as_str()));
    }
}

/// What the client is made of.
fn methods() -> String {
    let mut out = METHODS.to_owned();
    line(&mut out, "");
    line(&mut out, "/** The class of each document, by its name in the table. */");
    line(&mut out, "export const RECORDS: Readonly<Record<string, typeof Reply>> = {");
    for record in records() {
        line(&mut out, &format!("  {0}: documents.{0},", record.name));
    }
    line(&mut out, "}");
    calls(&mut out);
    v3_calls(&mut out);
    for (group, class, doc) in PLATFORM {
        platform_calls(&mut out, group, class, doc);
    }
    out
}

/// The classes of the open platform's calls.
const PLATFORM: &[(&str, &str, &str)] = &[
    ("oauth", "OAuthCalls", "The calls of web authorisation."),
    ("jssdk", "JssdkCalls", "The calls for tokens and tickets."),
    ("wecom", "WecomCalls", "The calls of WeCom."),
];

/// Each record once.
fn records() -> impl Iterator<Item = &'static Record> {
    let v3 = registry::replies(Api::V3).filter(|record| !record.is_acknowledgement());
    let replies = registry::replies(Api::V2).chain(v3);
    let mut seen = BTreeSet::new();
    registry::DOCUMENTS.iter().copied().chain(replies).filter(move |record| seen.insert(record.name))
}

/// The fields of a call, and where some have to be there together, a type for each case.
fn request_interface(out: &mut String, endpoint: &Endpoint) {
    let request = request_name(endpoint);
    let name = if endpoint.needs.is_empty() { request.clone() } else { format!("{}Fields", base(&request, "Request")) };
    let mut doc = vec![format!("The fields of `{}`.", endpoint.name)];
    doc.extend(endpoint.needs.iter().map(need));
    doc.extend(endpoint.limits.iter().map(|own| limit(own, "`", Language::English)));
    line(out, "");
    comment(out, "", &doc);
    line(out, &format!("export interface {name} {{"));
    for field in endpoint.fields() {
        request_member(out, field);
    }
    line(out, "}");
    if endpoint.needs.is_empty() {
        return;
    }
    let fields: Vec<&Field> = endpoint.fields().collect();
    let always = needed(&fields, endpoint.needs, None, given_type, "");
    let Some((name_of_kind, values)) = kinds(&fields, endpoint.needs) else {
        line(out, "");
        comment(out, "", &[format!("What `{}` takes.", endpoint.name)]);
        line(out, &format!("export type {request} = {name}{always}"));
        return;
    };
    let mut all = Vec::new();
    for values in variants(values, |value| {
        !needed(&fields, endpoint.needs, Some((name_of_kind, value)), given_type, "").is_empty()
    }) {
        let (variant, value) = match values.as_slice() {
            [value] => (variant_name(&request, value, "Request"), *value),
            _ => (variant_name(&request, "OTHER", "Request"), ""),
        };
        let is_default = fields
            .iter()
            .any(|field| field.name == name_of_kind && field.default.is_some_and(|default| values.contains(&default)));
        let (mark, none, or) = if is_default { ("?", " | null | undefined", ", or left out") } else { ("", "", "") };
        let more = needed(&fields, endpoint.needs, Some((name_of_kind, value)), given_type, "");
        line(out, "");
        let listed = if value.is_empty() { "another" } else { value };
        comment(out, "", &[format!("What `{}` takes when `{name_of_kind}` is {listed}{or}.", endpoint.name)]);
        let union = union(&values);
        line(out, &format!("export type {variant} = {name}{always} & {{ {name_of_kind}{mark}: {union}{none} }}{more}"));
        all.push(variant);
    }
    line(out, "");
    comment(out, "", &[format!("What `{}` takes.", endpoint.name)]);
    line(out, &format!("export type {request} = {}", all.join(" | ")));
}

/// The field whose value decides what else is there, and its values.
fn kinds<'a>(fields: &[&'a Field], needs: &[Need]) -> Option<(&'static str, &'a [&'static str])> {
    let (name, _) = needs.iter().find_map(|need| need.when.filter(|(_, value)| value.is_some()))?;
    let field = fields.iter().find(|field| field.name == name)?;
    match field.kind {
        FieldKind::Enum(values) => Some((name, values)),
        _ => None,
    }
}

/// The fields that have to be there in a case, as types to intersect with: ` & { a: string } & ({ b: string } | { c: string })`.
fn needed(
    fields: &[&Field],
    needs: &[Need],
    when: Option<(&str, &str)>,
    type_of: fn(FieldKind) -> String,
    readonly: &str,
) -> String {
    // `amount.total` is a member of the object in `amount`.
    let member = |path: &&str| {
        let (name, inner) = path.split_once('.').map_or((*path, None), |(name, inner)| (name, Some(inner)));
        let Some(field) = fields.iter().find(|field| field.name == name) else { return String::new() };
        let inner = inner
            .and_then(|inner| field.kind.record()?.field(inner))
            .map_or_else(String::new, |inner| format!(" & {{ {readonly}{}: {} }}", inner.name, type_of(inner.kind)));
        format!("{{ {readonly}{name}: {}{inner} }}", type_of(field.kind))
    };
    // One of several, without the others.
    let alone = |name: &&str, any: &[&str]| {
        let others = any.iter().filter(|other| *other != name);
        let without: Vec<_> = others.map(|other| format!("{readonly}{other}?: null | undefined")).collect();
        format!("{} & {{ {} }}", member(name), without.join("; "))
    };
    let one = |need: &Need| match need.any {
        [only] => format!(" & {}", member(only)),
        any if need.exclusive => {
            format!(" & ({})", any.iter().map(|name| alone(name, any)).collect::<Vec<_>>().join(" | "))
        }
        any => format!(" & ({})", any.iter().map(member).collect::<Vec<_>>().join(" | ")),
    };
    // A need of any value is left to the call: a setting of the client may meet it.
    let when = when.map(|(name, value)| (name, Some(value)));
    needs.iter().filter(|need| need.when == when).map(one).collect()
}

/// The values that have a type of their own, which are those with needs, and then the others together.
fn variants<'a>(values: &[&'a str], has_needs: impl Fn(&str) -> bool) -> Vec<Vec<&'a str>> {
    let (own, others): (Vec<&str>, Vec<&str>) = values.iter().partition(|value| has_needs(value));
    let mut all: Vec<Vec<&str>> = own.into_iter().map(|value| vec![value]).collect();
    if !others.is_empty() {
        all.push(others);
    }
    all
}

/// `UnifiedorderRequest` for NATIVE as `UnifiedorderNativeRequest`; `USER_BANK_CARD` as `UserBankCard`.
fn variant_name(name: &str, value: &str, end: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first: String = letters.next().into_iter().collect();
        first + &letters.as_str().to_ascii_lowercase()
    };
    format!("{}{}{end}", base(name, end), value.split('_').map(word).collect::<String>())
}

fn base<'a>(name: &'a str, end: &str) -> &'a str {
    name.strip_suffix(end).unwrap_or(name)
}

/// The cases of a document in which more is there than in all: the values of the field that decides, and what is there.
fn cases(record: &Record) -> Vec<(&'static str, Vec<&'static str>, String)> {
    let fields: Vec<&Field> = record.fields.iter().collect();
    let Some((name, values)) = kinds(&fields, record.needs) else { return Vec::new() };
    let mut found: Vec<(&'static str, Vec<&'static str>, String)> = Vec::new();
    for value in values {
        let more = needed(&fields, record.needs, Some((name, value)), read_type, "readonly ");
        match found.iter_mut().find(|(_, _, same)| *same == more) {
            Some((_, values, _)) => values.push(value),
            None => found.push((name, vec![value], more)),
        }
    }
    found
}

/// Whether the request says which case of the reply will come.
fn is_chosen(endpoint: &Endpoint) -> bool {
    let fields: Vec<&Field> = endpoint.fields().collect();
    let reply: Vec<&Field> = endpoint.reply.fields.iter().collect();
    let name = kinds(&fields, endpoint.needs).map(|(name, _)| name);
    name.is_some() && name == kinds(&reply, endpoint.reply.needs).map(|(name, _)| name)
}

/// The cases of a reply: each by itself where the request chooses, and all of them as a discriminated union where it does not.
fn reply_types(out: &mut String, endpoint: &Endpoint) {
    let reply = endpoint.reply.name;
    let cases = cases(endpoint.reply);
    if cases.is_empty() {
        return;
    }
    if is_chosen(endpoint) {
        for (name, values, more) in cases.iter().filter(|(_, _, more)| !more.is_empty()) {
            for value in values {
                line(out, "");
                comment(out, "", &[format!("The reply of `{}` when `{name}` is {value}.", endpoint.name)]);
                let variant = variant_name(reply, value, "Reply");
                line(out, &format!("export type {variant} = {reply} & {{ readonly {name}: '{value}' }}{more}"));
            }
        }
        return;
    }
    let name = cases.first().map(|(name, ..)| *name).unwrap_or_default();
    line(out, "");
    comment(
        out,
        "",
        &[
            format!("What `{}` resolves to: `{name}` tells which fields are there.", endpoint.name),
            "A value that this version does not know may come too: give a `switch` a `default`.".to_owned(),
        ],
    );
    line(out, &format!("export type {} =", result_name(endpoint)));
    for (name, values, more) in cases {
        line(out, &format!("  | ({reply} & {{ readonly {name}: {} }}{more})", union(&values)));
    }
}

fn result_name(endpoint: &Endpoint) -> String {
    format!("{}Result", base(endpoint.reply.name, "Reply"))
}

fn record_class(out: &mut String, record: &Record) {
    let doc: Vec<String> = record.doc.lines().map(|text| text.trim().to_owned()).collect();
    line(out, "");
    comment(out, "", &doc);
    line(out, &format!("export class {} extends Reply {{", record.name));
    line(out, "  /** Keeps one kind of document from passing for another. */");
    line(out, &format!("  declare protected readonly record: '{}'", record.name));
    line(out, "}");
    line(out, "");
    comment(out, "", &doc);
    line(out, &format!("export interface {} {{", record.name));
    for field in record.fields {
        let doc: Vec<String> = field.doc.lines().map(|text| text.trim().to_owned()).collect();
        comment(out, "  ", &doc);
        let mark = if field.required { "" } else { "?" };
        line(out, &format!("  readonly {}{mark}: {}", field.name, member_type(record, field)));
    }
    for list in record.lists {
        comment(out, "  ", &["The numbered fields, in the order of their numbers.".to_owned()]);
        line(out, &format!("  readonly {}: readonly {}[]", list.name, list.item.name));
    }
    line(out, "}");
}

fn calls(out: &mut String) {
    line(out, "");
    line(out, "/** A method for each call of the payment API, named as the last segment of its path. */");
    line(out, "export abstract class Calls {");
    line(out, "  /** @internal */");
    line(out, "  protected abstract execute<T>(call: string, params: object, options?: CallOptions): Promise<T>");
    line(out, "  /** @internal */");
    line(out, "  protected abstract openBill(call: string, params: object, options?: CallOptions): Promise<Bill>");
    for endpoint in registry::of(Api::V2) {
        let mut doc: Vec<String> = endpoint.doc.lines().map(|text| text.trim().to_owned()).collect();
        doc.push(String::new());
        doc.push(format!("`POST {}`. {}", endpoint.path, retry(endpoint.retry)));
        doc.push("@throws InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError".to_owned());
        for (request, reply) in signatures(endpoint) {
            line(out, "");
            comment(out, "  ", &doc);
            let reply =
                if endpoint.reply_body == ReplyBody::Bill { "Bill".to_owned() } else { format!("documents.{reply}") };
            line(out, &format!("  {}", signature(endpoint.name, &request, &reply)));
        }
        let reply = reply_name(endpoint);
        if signatures(endpoint).len() > 1 {
            let reply = format!("documents.{reply}");
            line(out, &format!("  {} {{", signature(endpoint.name, &request_name(endpoint), &reply)));
        } else {
            out.truncate(out.trim_end().len());
            line(out, " {");
        }
        let method = if endpoint.reply_body == ReplyBody::Bill { "openBill" } else { "execute" };
        line(out, &format!("    return this.{method}('{}', params, options)", endpoint.name));
        line(out, "  }");
    }
    line(out, "}");
}

/// The methods of `pay.v3`.
fn v3_calls(out: &mut String) {
    line(out, "");
    line(out, "/** A method for each call of APIv3. */");
    line(out, "export abstract class V3Calls {");
    line(out, "  /** @internal */");
    line(out, "  protected abstract execute<T>(call: string, params: object, options?: CallOptions): Promise<T>");
    line(out, "  /** @internal */");
    line(out, "  protected abstract openBill(call: string, params: object, options?: CallOptions): Promise<Bill>");
    for endpoint in registry::of(Api::V3) {
        let mut doc: Vec<String> = endpoint.doc.lines().map(|text| text.trim().to_owned()).collect();
        doc.push(String::new());
        let method = if endpoint.method == Method::Get { "GET" } else { "POST" };
        doc.push(format!("`{method} {}`. {}", endpoint.path, retry(endpoint.retry)));
        doc.push(
            "@throws ConfigError, InvalidRequest, TransportError, ProtocolError, BusinessError, SignatureError"
                .to_owned(),
        );
        line(out, "");
        comment(out, "  ", &doc);
        let is_bill = endpoint.reply_body == ReplyBody::Bill;
        let is_acknowledgement = !is_bill && endpoint.reply.is_acknowledgement();
        let reply = match (is_bill, is_acknowledgement) {
            (true, _) => "Bill".to_owned(),
            (_, true) => "void".to_owned(),
            _ => format!("documents.{}", reply_name(endpoint)),
        };
        let name = camel(endpoint.name.rsplit('.').next().unwrap_or(endpoint.name));
        let takes_fields = endpoint.fields().next().is_some();
        // The settings of the client may give all that is needed.
        let may_be_empty = endpoint.needs.is_empty() && !endpoint.fields().any(is_needed);
        let default = if may_be_empty { " = {}" } else { "" };
        let (arguments, params) = match takes_fields {
            true => (format!("params: documents.{}{default}, options?: CallOptions", request_name(endpoint)), "params"),
            false => ("options?: CallOptions".to_owned(), "{}"),
        };
        let (is_async, wait) = if is_acknowledgement { ("async ", "await") } else { ("", "return") };
        let send = if is_bill { "openBill" } else { "execute" };
        line(out, &format!("  {is_async}{name}({arguments}): Promise<{reply}> {{"));
        line(out, &format!("    {wait} this.{send}('{}', {params}, options)", endpoint.name));
        line(out, "  }");
    }
    line(out, "}");
}

/// Request and reply of each overload of a method. The last takes them all.
fn signatures(endpoint: &Endpoint) -> Vec<(String, String)> {
    let request = request_name(endpoint);
    let chosen = if is_chosen(endpoint) { cases(endpoint.reply) } else { Vec::new() };
    let special = chosen.iter().filter(|(_, _, more)| !more.is_empty()).flat_map(|(_, values, _)| values);
    let overload =
        |value: &&str| (variant_name(&request, value, "Request"), variant_name(endpoint.reply.name, value, "Reply"));
    special.map(overload).chain([(request.clone(), reply_name(endpoint))]).collect()
}

fn reply_name(endpoint: &Endpoint) -> String {
    if is_chosen(endpoint) || cases(endpoint.reply).is_empty() {
        endpoint.reply.name.to_owned()
    } else {
        result_name(endpoint)
    }
}

fn signature(name: &str, request: &str, reply: &str) -> String {
    format!("{name}(params: documents.{request}, options?: CallOptions): Promise<{reply}>")
}

fn platform_calls(out: &mut String, group: &str, class: &str, doc: &str) {
    line(out, "");
    line(out, &format!("/** {doc} */"));
    line(out, &format!("export abstract class {class} {{"));
    line(out, "  /** @internal */");
    line(out, "  protected abstract execute<T>(call: string, params: object, signal?: AbortSignal): Promise<T>");
    for endpoint in registry::of(Api::Platform).chain(registry::of(Api::WeCom)) {
        if let Some((of, name)) = endpoint.name.split_once('.')
            && of == group
        {
            platform_method(out, endpoint, name);
        }
    }
    line(out, "}");
}

/// A call of the open platform: the fields that it needs are the arguments, the others are options.
fn platform_method(out: &mut String, endpoint: &Endpoint, name: &str) {
    let (must, may) = endpoint.arguments();
    let mut doc: Vec<String> = endpoint.doc.lines().map(|text| text.trim().to_owned()).collect();
    doc.push(String::new());
    for field in &must {
        doc.push(format!("@param {} {}", camel(field.name), joined(field.doc)));
    }
    for field in &may {
        let default = field.default.map(|text| format!(" `{text}` when left out.")).unwrap_or_default();
        doc.push(format!("@param options `{}`: {}{default}", camel(field.name), joined(field.doc)));
    }
    let secret = match () {
        () if endpoint.api == Api::WeCom => "; ConfigError without the settings of WeCom",
        () if endpoint.carries(Own::AppSecret) => "; ConfigError without an AppSecret",
        () => "",
    };
    let invalid = if endpoint.request.is_empty() { "" } else { "InvalidRequest, " };
    doc.push(format!("@throws {invalid}OAuthError, TransportError{secret}"));
    line(out, "");
    comment(out, "  ", &doc);
    let needed = must.iter().map(|field| format!("{}: {}", camel(field.name), given_type(field.kind)));
    let optional = may.iter().map(|field| format!("{}?: {} | undefined", camel(field.name), given_type(field.kind)));
    let optional: Vec<_> = optional.collect();
    let options = if optional.is_empty() {
        "options?: CallOptions".to_owned()
    } else {
        format!("options?: CallOptions & {{ {} }}", optional.join("; "))
    };
    let arguments: Vec<_> = needed.chain([options]).collect();
    let acknowledged = endpoint.reply.is_acknowledgement();
    let reply = if acknowledged { "void".to_owned() } else { format!("documents.{}", endpoint.reply.name) };
    let method = camel(name);
    let short = format!("  async {method}({}): Promise<{reply}> {{", arguments.join(", "));
    if short.len() <= WIDTH {
        line(out, &short);
    } else {
        line(out, &format!("  async {method}("));
        for argument in arguments {
            line(out, &format!("    {argument},"));
        }
        line(out, &format!("  ): Promise<{reply}> {{"));
    }
    let signal = if may.is_empty() {
        "signalOf(options)"
    } else {
        let names: String = may.iter().map(|field| format!("{}, ", camel(field.name))).collect();
        let needs: String = may.iter().map(|field| format!("{}: {}, ", camel(field.name), check(field.kind))).collect();
        line(out, &format!("    const {{ {names}signal }} = optionsOf(options, {{ {needs}signal: needSignal }})"));
        "signal"
    };
    let given: Vec<_> = endpoint
        .request
        .iter()
        .map(|field| {
            let argument = camel(field.name);
            match must.iter().any(|needed| needed.name == field.name) {
                true => format!("{}: {}('{}', {argument})", field.name, check(field.kind), field.name),
                false if argument == field.name => argument,
                false => format!("{}: {argument}", field.name),
            }
        })
        .collect();
    let mut given = if given.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", given.join(", ")) };
    if given.len() > WIDTH / 2 {
        line(out, &format!("    const fields = {given}"));
        given = "fields".to_owned();
    }
    let call = format!("this.execute('{}', {given}, {signal})", endpoint.name);
    line(out, &format!("    {} {call}", if acknowledged { "await" } else { "return" }));
    line(out, "  }");
}

/// The function that checks an argument's type.
fn check(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Bool => "needBoolean",
        _ => "needText",
    }
}

fn joined(doc: &str) -> String {
    doc.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// `access_token` as `accessToken`.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let (head, tail) = word.split_at_checked(1).unwrap_or((word, ""));
        text + &head.to_ascii_uppercase() + tail
    })
}

/// Prettier's `printWidth`.
const WIDTH: usize = 130;

fn request_name(endpoint: &Endpoint) -> String {
    if endpoint.api == Api::V3 {
        return format!("{}Request", endpoint.request_type);
    }
    let mut letters = endpoint.name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).chain("Request".chars()).collect()
}

fn given_type(kind: FieldKind) -> String {
    match kind {
        FieldKind::Int | FieldKind::Fen => "number | bigint".to_owned(),
        FieldKind::Time | FieldKind::Instant | FieldKind::Date | FieldKind::Day => "Date | string".to_owned(),
        FieldKind::Bool => "boolean".to_owned(),
        FieldKind::Json => "string | object".to_owned(),
        FieldKind::Record(record) => record.name.to_owned(),
        FieldKind::List(record) => format!("readonly {}[]", record.name),
        FieldKind::Enum(values) => union(values),
        FieldKind::Text
        | FieldKind::Id
        | FieldKind::OutNo
        | FieldKind::TradeNo
        | FieldKind::BillNo
        | FieldKind::GoodsNo
        | FieldKind::AuthCode
        | FieldKind::Ip
        | FieldKind::Currency
        | FieldKind::Url => "string".to_owned(),
    }
}

/// Fields of documents whose JSON is an object in any case: core refuses a document in which it is something else.
const OBJECTS: &[(&str, &str)] = &[("V3Notification", "resource")];

fn member_type(record: &Record, field: &Field) -> String {
    match OBJECTS.contains(&(record.name, field.name)) {
        true => "JsonObject".to_owned(),
        false => read_type(field.kind),
    }
}

fn read_type(kind: FieldKind) -> String {
    match kind {
        FieldKind::Int | FieldKind::Fen => "number".to_owned(),
        FieldKind::Time | FieldKind::Instant => "Date".to_owned(),
        FieldKind::Bool => "boolean".to_owned(),
        FieldKind::Json => "Json".to_owned(),
        FieldKind::Record(record) => record.name.to_owned(),
        FieldKind::List(record) => format!("readonly {}[]", record.name),
        FieldKind::Enum(values) => format!("Open<{}>", union(values)),
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
        | FieldKind::Day => "string".to_owned(),
    }
}

fn union(values: &[&str]) -> String {
    values.iter().map(|value| format!("'{value}'")).collect::<Vec<_>>().join(" | ")
}

fn limits(field: &Field) -> Vec<String> {
    let mut limits = Vec::new();
    match field.kind {
        FieldKind::Fen => limits.push("An integer of fen, at least 1.".to_owned()),
        FieldKind::Int => limits.push("An integer.".to_owned()),
        FieldKind::Instant => limits.push("A `Date`, or a text as `2018-06-08T10:34:56+08:00`.".to_owned()),
        FieldKind::Time => {
            limits.push("A `Date` (sent in Beijing time), or `yyyyMMddHHmmss` in Beijing time.".to_owned())
        }
        FieldKind::Date => {
            limits.push("`yyyy-MM-dd`, `yyyyMMdd`, or a `Date`, whose day in Beijing is taken.".to_owned())
        }
        FieldKind::Day => limits.push("`yyyy-MM-dd`, or a `Date`, whose day in Beijing is taken.".to_owned()),
        FieldKind::Json => limits.push("An object or a list is written as JSON; a string is sent as it is.".to_owned()),
        _ => {}
    }
    limits.extend(length(field));
    if let Some(default) = field.default {
        limits.push(format!("`{default}` when left out."));
    }
    if field.from_merchant {
        limits.push("The client's own when left out.".to_owned());
    }
    limits
}

fn need(need: &Need) -> String {
    let any = need.any.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
    if need.exclusive {
        return format!("Exactly one of {any} must be there.");
    }
    match need.when {
        Some((name, Some(value))) => format!("{any} must be there when `{name}` is {value}."),
        Some((name, None)) => format!("{any} must be there when `{name}` is."),
        None => format!("{any} must be there."),
    }
}

fn retry(class: RetryClass) -> &'static str {
    match class {
        RetryClass::Safe => "It changes nothing: repeat at will.",
        RetryClass::SameRequest => "When its result is not known, repeat it with the same number and the same fields.",
        RetryClass::QueryFirst => "When its result is not known, ask for the state before anything is repeated.",
        RetryClass::Once => "It is not repeated: what it takes is used up.",
    }
}

fn comment(out: &mut String, indent: &str, doc: &[String]) {
    let doc: Vec<&str> = doc.iter().map(String::as_str).collect();
    match doc.as_slice() {
        [one] => line(out, &format!("{indent}/** {one} */")),
        many => {
            line(out, &format!("{indent}/**"));
            for text in many {
                line(out, format!("{indent} * {text}").trim_end());
            }
            line(out, &format!("{indent} */"));
        }
    }
}
