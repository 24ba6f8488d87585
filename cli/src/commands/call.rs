//! `call`, and its short names: any row of the table of calls, and paths that it does not have.

use std::borrow::Cow;

use clap::ArgMatches;
use serde_json::{Value as Json, json};
use wxpaykit::binding::job::Job;
use wxpaykit::binding::{display, example};
use wxpaykit::codes::Api;
use wxpaykit::doctor::Language;
use wxpaykit::error::Outcome;
use wxpaykit::redact::Redaction;
use wxpaykit::table::{Endpoint, Field, FieldKind, ReplyBody};
use wxpaykit::value::{Params, Value};
use wxpaykit::{BeijingTime, Fen, Fields, registry};

use super::rows;
use crate::args::{SHORT, refusal};
use crate::input::{pair, read, values};
use crate::keys;
use crate::session::{Colour, Session};
use crate::show;
use crate::status::{DONE, Stop};

/// `call NAME`.
pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    match matches.get_one::<String>("name") {
        None => list(session),
        Some(path) if path.starts_with('/') => by_path(session, matches, path),
        Some(name) => named(session, matches, name),
    }
}

/// A call of the table.
pub(super) fn named(session: &mut Session<'_>, matches: &ArgMatches, name: &str) -> Result<u8, Stop> {
    let Some(endpoint) = registry::find(name) else { return Err(unknown(session, name)) };
    if matches.get_flag("fields-of") {
        return describe(session, endpoint);
    }
    if endpoint.api == Api::V2 && keys::are_of_v3_alone(session, matches)? {
        return Err(Stop::Wrong(needs_v2(session.language, endpoint.name)));
    }
    let given = given(session, matches, Some(endpoint))?;
    check_fen(session, endpoint, &given)?;
    let params = values_of(session, endpoint, given)?;
    let pay = keys::client(session, matches, endpoint.api)?;
    if endpoint.reply_body == ReplyBody::Bill {
        return rows::print(session, &pay, endpoint, &params);
    }
    let about = Job::Execute { endpoint, params: params.clone() }.about();
    // What a person has to know whose Ctrl-C came while an order was made or money was on its way.
    let cancelled = about.cancelled(Outcome::Unknown);
    let told = endpoint.resumes.map(|_| cancelled.message(session.language));
    let fields = session.wait(async { pay.execute(endpoint, &params).await }, told)?;
    show::document(session, Some(endpoint.reply), &fields);
    Ok(DONE)
}

fn by_path(session: &mut Session<'_>, matches: &ArgMatches, path: &str) -> Result<u8, Stop> {
    if path.starts_with("/v3/") {
        return Err(Stop::Wrong(of_v3(session.language, path)));
    }
    if keys::are_of_v3_alone(session, matches)? {
        return Err(Stop::Wrong(needs_v2(session.language, path)));
    }
    let given = given(session, matches, None)?;
    let params: Params<'static> =
        given.into_iter().map(|(name, value)| (name.into(), Value::Text(value.into()))).collect();
    let pay = keys::client(session, matches, Api::V2)?;
    // Nothing says what the call does, so it may have changed something.
    let about = Job::Call { path: path.to_owned(), params: params.clone() }.about();
    let told = about.cancelled(Outcome::Unknown).message(session.language);
    let fields = session.wait(async { pay.call(path, &params).await }, Some(told))?;
    show::document(session, None, &fields);
    Ok(DONE)
}

/// A call of APIv2, where only keys of APIv3 are set.
fn needs_v2(language: Language, name: &str) -> String {
    let name = display::clean(name);
    let known = SHORT.iter().find(|short| short.v2 == name).map(|short| short.of_v3);
    match language {
        Language::English => {
            let by_v3 = known.unwrap_or("wxpaykit call lists those of APIv3, which begin with v3.");
            format!(
                "{name} is a call of APIv2, and only keys of APIv3 are set. Set WXPAY_API_KEY for it, or use a call of APIv3: {by_v3}"
            )
        }
        Language::Chinese => {
            let by_v3 = known.unwrap_or("wxpaykit call 会列出所有接口，APIv3 的以 v3. 开头");
            format!(
                "{name} 是 APIv2 的接口，而这里只设置了 APIv3 的密钥。请为它设置 WXPAY_API_KEY，或改用 APIv3 的接口：{by_v3}"
            )
        }
    }
}

/// A path of APIv3, which this command does not send.
fn of_v3(language: Language, path: &str) -> String {
    match language {
        Language::English => format!(
            "{path} is a path of APIv3: this command sends calls of APIv3 by their names, such as v3.query; `wxpaykit call` lists them. For \
             another one use v3.call of the SDK"
        ),
        Language::Chinese => {
            format!(
                "{path} 是 APIv3 的路径：APIv3 的接口在这里只能用名称调用，例如 v3.query；`wxpaykit call` 会列出所有名称。其他接口请用 SDK 的 v3.call"
            )
        }
    }
}

/// The fields of the arguments and of the documents that they name; a later value replaces an earlier one.
pub(super) fn given(
    session: &mut Session<'_>,
    matches: &ArgMatches,
    endpoint: Option<&Endpoint>,
) -> Result<Vec<(String, String)>, Stop> {
    let mut all: Vec<(String, String)> = Vec::new();
    let mut has_day = false;
    for argument in values(matches, "fields") {
        let path = argument.strip_prefix('@').filter(|path| !path.contains('='));
        let document = match (argument.as_str(), path) {
            ("-", _) => Some(session.standard_input()?),
            (_, Some(path)) => Some(session.file(path)?),
            _ => None,
        };
        let fields: Vec<(String, String)> = match document {
            Some(content) => {
                let fields: Fields = read(session, &content)?;
                fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
            }
            // The day of a bill.
            None if is_day(&argument) && endpoint.is_some_and(|endpoint| has_field(endpoint, "bill_date")) => {
                if std::mem::replace(&mut has_day, true) {
                    let one = session.pick("a bill is of one day: give one", "账单按天下载：请只给一个日期");
                    return Err(Stop::Wrong(one.to_owned()));
                }
                vec![("bill_date".to_owned(), argument)]
            }
            None => {
                let (name, value) = pair(session, &argument)?;
                let from_file = argument.split_once('=').is_some_and(|(_, text)| text.starts_with('@'));
                let field = endpoint.and_then(|endpoint| field_at(endpoint, &name));
                if !from_file && field.is_some_and(|field| field.redaction == Redaction::Hidden) {
                    return Err(Stop::Wrong(refusal(&name, session.language)));
                }
                vec![(name, value)]
            }
        };
        for (name, value) in fields {
            match all.iter_mut().find(|(known, _)| *known == name) {
                Some((_, earlier)) => *earlier = value,
                None => all.push((name, value)),
            }
        }
    }
    for (name, value) in &all {
        let field = endpoint.and_then(|endpoint| field_at(endpoint, name));
        if field.is_some_and(|field| field.redaction == Redaction::Hidden) {
            session.hide(value);
        }
    }
    Ok(all)
}

fn has_field(endpoint: &Endpoint, name: &str) -> bool {
    endpoint.fields().any(|field| field.name == name)
}

/// Whether an argument is a day, as `20251127` or `2025-11-27`.
fn is_day(text: &str) -> bool {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    matches!((text.len(), text.len() - digits.len()), (8, 0) | (10, 2)) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Refuses an amount in yuan, with what it is in fen.
fn check_fen(session: &Session<'_>, endpoint: &Endpoint, given: &[(String, String)]) -> Result<(), Stop> {
    for (name, text) in given {
        let is_fen = field_at(endpoint, name).is_some_and(|field| matches!(field.kind, FieldKind::Fen));
        let Some(fen) = Fen::from_yuan(text).ok().filter(|_| is_fen && text.contains('.')) else { continue };
        return Err(Stop::Wrong(match session.language {
            Language::English => format!("{name}: must be an integer of fen: {text} yuan are {name}={fen}"),
            Language::Chinese => format!("{name}: 应为以分为单位的整数：{text} 元是 {name}={fen}"),
        }));
    }
    Ok(())
}

/// A field, or a member of an object as `amount.total`.
fn field_at(endpoint: &Endpoint, path: &str) -> Option<&'static Field> {
    let mut names = path.split('.');
    let first = names.next()?;
    let field = endpoint.fields().find(|field| field.name == first)?;
    names.try_fold(field, |field, name| match field.kind {
        FieldKind::Record(record) => record.field(name),
        _ => None,
    })
}

/// The texts of the command line as values of their fields' kinds. The members of an object may be given one by one: `amount.total=100`.
fn values_of(
    session: &Session<'_>,
    endpoint: &Endpoint,
    given: Vec<(String, String)>,
) -> Result<Params<'static>, Stop> {
    let mut params = Params::new();
    for (name, text) in given {
        let object = name.split_once('.').and_then(|(object, _)| field_at(endpoint, object));
        let whole = object.or_else(|| field_at(endpoint, &name));
        let is_json = |is: fn(&Json) -> bool| serde_json::from_str(&text).is_ok_and(|json| is(&json));
        let is_fit = match whole.map(|field| field.kind) {
            Some(FieldKind::Record(_)) => object.is_some() || is_json(Json::is_object),
            Some(FieldKind::List(_)) => object.is_none() && is_json(Json::is_array),
            _ => true,
        };
        match whole.filter(|_| !is_fit) {
            Some(field) => return Err(Stop::Wrong(as_members(session, field))),
            None => put(&mut params, "", &name, typed(field_at(endpoint, &name), text), endpoint)
                .map_err(|object| Stop::Wrong(twice(session, &object)))?,
        }
    }
    Ok(params)
}

/// Adds a value, inside the objects that its name names. Fails with the name of an object that is given as a whole too.
fn put(
    members: &mut Params<'static>,
    before: &str,
    name: &str,
    value: Value<'static>,
    endpoint: &Endpoint,
) -> Result<(), String> {
    let of_object = name.split_once('.').filter(|(object, _)| {
        let kind = field_at(endpoint, &format!("{before}{object}")).map(|field| field.kind);
        matches!(kind, Some(FieldKind::Record(_)))
    });
    let known = |members: &Params<'_>, name: &str| members.iter().position(|(known, _)| known == name);
    let Some((object, rest)) = of_object else {
        return match known(members, name) {
            Some(_) => Err(format!("{before}{name}")),
            None => {
                members.push((name.to_owned().into(), value));
                Ok(())
            }
        };
    };
    let at = known(members, object).unwrap_or_else(|| {
        members.push((object.to_owned().into(), Value::Object(Params::new())));
        members.len() - 1
    });
    match members.get_mut(at) {
        Some((_, Value::Object(inner))) => put(inner, &format!("{before}{object}."), rest, value, endpoint),
        _ => Err(format!("{before}{object}")),
    }
}

fn twice(session: &Session<'_>, object: &str) -> String {
    match session.language {
        Language::English => format!("{object}: is given as a whole and by its members: give one of the two"),
        Language::Chinese => format!("{object}: 既给出了整个对象，又给出了它的成员：请只用一种写法"),
    }
}

/// How an object, or a list of objects, is written on the command line.
fn as_members(session: &Session<'_>, field: &Field) -> String {
    let (name, json) = (field.name, example::json(field).unwrap_or_default());
    let mut members = Vec::new();
    if let Ok(object @ Json::Object(_)) = serde_json::from_str(&json) {
        add_members(&mut members, name, &object);
    }
    match (session.language, members.is_empty()) {
        (Language::English, true) => format!("{name}: is a list of objects: write '{name}={json}'"),
        (Language::Chinese, true) => format!("{name}: 是对象的列表：请写成 '{name}={json}'"),
        (Language::English, false) => format!("{name}: is an object: write {}, or '{name}={json}'", members.join(" ")),
        (Language::Chinese, false) => format!("{name}: 是对象：请写成 {}，或 '{name}={json}'", members.join(" ")),
    }
}

fn add_members(members: &mut Vec<String>, name: &str, value: &Json) {
    match value {
        Json::Object(inner) => {
            inner.iter().for_each(|(of, value)| add_members(members, &format!("{name}.{of}"), value))
        }
        Json::String(text) => members.push(format!("{name}={text}")),
        Json::Array(_) => members.push(format!("'{name}={value}'")),
        plain => members.push(format!("{name}={plain}")),
    }
}

/// A text of the command line as a value of its field's kind. One that is not of that kind is refused by the table, with the rule.
fn typed(field: Option<&Field>, text: String) -> Value<'static> {
    match field.map(|field| field.kind) {
        Some(FieldKind::Fen | FieldKind::Int) => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(number), _) => Value::Int(number),
            (_, Ok(_)) => Value::Other(format!("a decimal ({text})").into()),
            _ => Value::Text(text.into()),
        },
        Some(FieldKind::Bool) => text.parse().map_or_else(|_| Value::Text(text.into()), Value::Bool),
        Some(FieldKind::Time) => match BeijingTime::parse(&text) {
            Some(time) => Value::Time(time),
            None => Value::Text(text.into()),
        },
        Some(FieldKind::Json | FieldKind::Record(_) | FieldKind::List(_)) => Value::Json(text.into()),
        _ => Value::Text(text.into()),
    }
}

/// All calls.
fn list(session: &mut Session<'_>) -> Result<u8, Stop> {
    if session.json {
        let calls: Vec<Json> = registry::all()
            .map(|call| json!({ "name": call.name, "path": call.path, "doc": summary(session, call) }))
            .collect();
        session.print_json(&Json::Array(calls));
        return Ok(DONE);
    }
    let rows: Vec<_> = registry::all().map(|call| (call.name.to_owned(), summary(session, call))).collect();
    show::table(session, &rows);
    Ok(DONE)
}

/// What a call does, in one sentence.
fn summary(session: &Session<'_>, call: &'static Endpoint) -> String {
    let lines: Vec<_> = call.doc_in(session.language).lines().map(str::trim).collect();
    let doc = lines.join(" ");
    let ends = [". ", "。"].iter().filter_map(|end| Some(doc.find(end)? + end.trim_end().len())).min();
    doc.get(..ends.unwrap_or(doc.len())).unwrap_or(&doc).to_owned()
}

/// The fields of a call.
fn describe(session: &mut Session<'_>, endpoint: &'static Endpoint) -> Result<u8, Stop> {
    let language = session.language;
    let doc = endpoint.doc_in(language).lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let mut listed = Vec::new();
    for field in endpoint.fields() {
        add_listed(&mut listed, "", None, field);
    }
    if session.json {
        let row = |Listed { name, field, within }: &Listed| {
            let is_needed = is_needed(field);
            json!({
                "name": name,
                "kind": kind(field, Language::English),
                "required": is_needed && within.is_none(),
                "required_with": within.as_ref().filter(|_| is_needed),
                "default": field.default,
                "doc": meaning(field, language),
            })
        };
        let fields: Vec<Json> = listed.iter().map(row).collect();
        session.print_json(&json!({ "name": endpoint.name, "path": endpoint.path, "doc": doc, "fields": fields }));
        return Ok(DONE);
    }
    let doc = session.paint(Colour::Bold, &doc);
    session.print(&doc);
    session.print("");
    let rows: Vec<_> = listed.into_iter().map(|listed| row(session, listed)).collect();
    show::table(session, &rows);
    Ok(DONE)
}

/// A field of a call, or of its objects and the items of its lists.
struct Listed {
    /// As `amount.total`, or `sub_orders[].out_trade_no`.
    name: String,
    field: &'static Field,
    /// The nearest object or list around it that may be left out, and its members with it.
    within: Option<String>,
}

/// Adds a field, and the members of an object, or of the items of a list, after it.
fn add_listed(listed: &mut Vec<Listed>, before: &str, within: Option<&str>, field: &'static Field) {
    let name = format!("{before}{}", field.name);
    listed.push(Listed { name: name.clone(), field, within: within.map(str::to_owned) });
    let (record, inside) = match field.kind {
        FieldKind::Record(record) => (record, format!("{name}.")),
        FieldKind::List(record) => (record, format!("{name}[].")),
        _ => return,
    };
    let within = if is_needed(field) { within } else { Some(&*name) };
    record.fields.iter().for_each(|member| add_listed(listed, &inside, within, member));
}

fn row(session: &Session<'_>, Listed { name, field, within }: Listed) -> (String, String) {
    let needed = match (is_needed(field), within, session.language) {
        (false, ..) => String::new(),
        (true, None, language) => language.pick(", required", "，必填").to_owned(),
        (true, Some(object), Language::English) => format!(", required with {object}"),
        (true, Some(object), Language::Chinese) => format!("，传 {object} 时必填"),
    };
    let (kind, stop) = (kind(field, session.language), session.pick(". ", "。"));
    (name, format!("{kind}{needed}{stop}{}{}", meaning(field, session.language), left_out(field, session.language)))
}

/// What the client sends when the field is left out.
fn left_out(field: &Field, language: Language) -> String {
    match (field.default, field.from_merchant) {
        (Some(default), _) => language.pick(format!(" {default} when left out."), format!("不填为 {default}。")),
        (None, true) => language.pick(" The setting notify_url when left out.", "不填时用设置 notify_url。").to_owned(),
        (None, false) => String::new(),
    }
}

fn is_needed(field: &Field) -> bool {
    field.required && field.default.is_none() && !field.from_merchant
}

fn kind(field: &Field, language: Language) -> Cow<'static, str> {
    match field.kind {
        FieldKind::Fen => language.pick("fen", "分").into(),
        FieldKind::Int => language.pick("integer", "整数").into(),
        FieldKind::Bool => "true|false".into(),
        FieldKind::Time | FieldKind::Instant => language.pick("time", "时间").into(),
        FieldKind::Json | FieldKind::Record(_) | FieldKind::List(_) => "JSON".into(),
        FieldKind::Url => "URL".into(),
        FieldKind::Ip => "IP".into(),
        FieldKind::Currency => "CNY".into(),
        FieldKind::Enum(values) => values.join("|").into(),
        _ => language.pick("text", "文本").into(),
    }
}

/// What a field means, on one line.
fn meaning(field: &Field, language: Language) -> String {
    field.doc_in(language).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unknown(session: &Session<'_>, name: &str) -> Stop {
    // Node's names of the calls are in camelCase.
    let snake: String = name
        .chars()
        .flat_map(|c| c.is_ascii_uppercase().then_some('_').into_iter().chain([c.to_ascii_lowercase()]))
        .collect();
    let names = || registry::all().map(|call| call.name);
    let is_like =
        |known: &&str| known.contains(&*snake) || snake.contains(known) || known.split('.').any(|part| part == snake);
    let like: Vec<_> = match names().find(|known| *known == snake) {
        Some(same) => vec![same],
        None => names().filter(is_like).take(5).collect(),
    };
    let name = display::clean(name);
    Stop::Wrong(match (session.language, like.is_empty()) {
        (Language::English, true) => format!("there is no call {name}: wxpaykit call lists all"),
        (Language::English, false) => format!("there is no call {name}: is it {}?", like.join(", ")),
        (Language::Chinese, true) => format!("没有接口 {name}：wxpaykit call 会列出全部接口"),
        (Language::Chinese, false) => format!("没有接口 {name}：是不是 {}？", like.join("、")),
    })
}
