//! Documents and fields from the command line, a file, or standard input.

use clap::ArgMatches;
use wxpaykit::Fields;
use wxpaykit::binding::display;
use wxpaykit::wire::{json, xml};

use crate::http::{self, Message};
use crate::session::Session;
use crate::status::Stop;

/// The document or the fields of the command line.
pub(crate) enum Input {
    /// A document as it came.
    Bytes(Vec<u8>),
    /// Names and values.
    Fields(Fields),
}

/// The arguments of a name, as texts.
pub(crate) fn values(matches: &ArgMatches, name: &str) -> Vec<String> {
    matches.get_many::<String>(name).into_iter().flatten().cloned().collect()
}

/// The document or the fields that the arguments name: `-`, a file, `@file`, a document, or fields. Standard input where there are none.
pub(crate) fn given(session: &mut Session<'_>, arguments: &[String]) -> Result<Input, Stop> {
    match arguments {
        [] if session.io.terminals.input => {
            let text = session.pick(
                "give a document: a file, - for standard input, or fields as name=value",
                "请给出报文：文件名、- 表示标准输入，或 name=value 形式的字段",
            );
            Err(Stop::Wrong(text.to_owned()))
        }
        [] => session.standard_input().map(Input::Bytes),
        [one] if one == "-" => session.standard_input().map(Input::Bytes),
        [one] if one.starts_with(['<', '{']) => Ok(Input::Bytes(one.clone().into_bytes())),
        [one] if one.starts_with('@') || !one.contains('=') => {
            session.file(one.strip_prefix('@').unwrap_or(one)).map(Input::Bytes)
        }
        many => pairs(session, many).map(Input::Fields),
    }
}

/// The HTTP message in a file or standard input; `None` when it does not look like one.
pub(crate) fn http(session: &Session<'_>, bytes: &[u8]) -> Result<Option<Message>, Stop> {
    http::message(bytes).map_err(|_| {
        let text = session.pick(
            "this looks like an HTTP message, but it cannot be read: begin with the start line, then the headers, an empty line, \
             and the body",
            "这像是 HTTP 报文，但无法读取：先写起始行，然后是各个请求头或响应头、一个空行，最后是正文",
        );
        Stop::Wrong(text.to_owned())
    })
}

/// The fields of a document or of arguments.
pub(crate) fn fields(session: &Session<'_>, given: &Input) -> Result<Fields, Stop> {
    match given {
        Input::Fields(fields) => Ok(fields.clone()),
        Input::Bytes(bytes) => read(session, bytes),
    }
}

/// Whether a field was a number: JSON alone has other values than texts.
pub(crate) fn is_number(given: &Input, name: &str) -> bool {
    matches!(given, Input::Bytes(bytes) if matches!(kind(bytes), Kind::Json) && json::is_number(bytes, name))
}

/// The fields of a document: XML, a JSON object, lines of `name=value`, or `name=value&name=value` as in a log.
pub(crate) fn read(session: &Session<'_>, bytes: &[u8]) -> Result<Fields, Stop> {
    match kind(bytes) {
        Kind::Xml => Ok(xml::parse(bytes).map_err(wxpaykit::Error::from)?),
        Kind::Json => json::parse(bytes)
            .ok_or_else(|| Stop::Wrong(session.pick("the document is not a JSON object", "不是 JSON 对象").to_owned())),
        Kind::Lines(text) => lines(session, text),
        Kind::Other => {
            let text = session
                .pick("the document is neither XML nor JSON nor name=value", "既不是 XML、JSON，也不是 name=value");
            Err(Stop::Wrong(text.to_owned()))
        }
    }
}

/// A field of the command line: `name=value`, `name=@file`, `name=@-`, and `name=@@text` for a text that begins with `@`.
pub(crate) fn pair(session: &mut Session<'_>, argument: &str) -> Result<(String, String), Stop> {
    let Some((name, value)) = argument.split_once('=').filter(|(name, _)| !name.is_empty()) else {
        // The argument may be a secret in the wrong place.
        let text = session.pick(
            "an argument is not a field: fields are name=value, days are 20260801, and a document is one argument alone",
            "有参数不是字段：字段写成 name=value，日期写成 20260801，报文则只能是唯一的参数",
        );
        return Err(Stop::Wrong(text.to_owned()));
    };
    let value = match value.strip_prefix('@') {
        None => value.to_owned(),
        Some(text) if text.starts_with('@') => text.to_owned(),
        Some(path) => {
            let content = if path == "-" { session.standard_input()? } else { session.file(path)? };
            let text = String::from_utf8(content).map_err(|_| {
                Stop::Wrong(format!("{}: {}", display::clean(name), session.pick("is not text", "不是文本")))
            })?;
            text.strip_suffix('\n').map_or(text.clone(), |line| line.strip_suffix('\r').unwrap_or(line).to_owned())
        }
    };
    Ok((name.to_owned(), value))
}

/// A field as a line that [`read`] takes.
pub(crate) fn line(name: &str, value: &str) -> String {
    if value.starts_with('"') || value.contains(char::is_control) {
        return format!("{name}={}", serde_json::Value::from(value));
    }
    format!("{name}={value}")
}

enum Kind<'a> {
    Xml,
    Json,
    Lines(&'a str),
    Other,
}

fn kind(bytes: &[u8]) -> Kind<'_> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Kind::Other };
    let text = text.trim_start_matches('\u{feff}').trim();
    let named = |text: &str| {
        let name = text.split('=').next().unwrap_or_default();
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        text.contains('=') && !name.is_empty() && name.chars().all(is_name)
    };
    match text {
        _ if text.starts_with('<') => Kind::Xml,
        _ if text.starts_with('{') => Kind::Json,
        _ if named(text) => Kind::Lines(text),
        _ => Kind::Other,
    }
}

fn pairs(session: &mut Session<'_>, arguments: &[String]) -> Result<Fields, Stop> {
    let mut fields = Fields::default();
    for argument in arguments {
        let (name, value) = pair(session, argument)?;
        add(session, &mut fields, &name, &value)?;
    }
    Ok(fields)
}

fn lines(session: &Session<'_>, text: &str) -> Result<Fields, Stop> {
    let mut fields = Fields::default();
    let one = !text.contains('\n');
    let parts: Vec<&str> = if one { text.split('&').collect() } else { text.lines().collect() };
    for part in parts.iter().map(|part| part.trim_end_matches('\r')).filter(|part| !part.trim().is_empty()) {
        let Some((name, value)) = part.split_once('=') else {
            let text = session.pick("a line is not name=value", "有一行不是 name=value");
            return Err(Stop::Wrong(text.to_owned()));
        };
        let quoted = (!one && value.starts_with('"')).then(|| serde_json::from_str::<String>(value).ok()).flatten();
        add(session, &mut fields, name.trim(), quoted.as_deref().unwrap_or(value))?;
    }
    Ok(fields)
}

fn add(session: &Session<'_>, fields: &mut Fields, name: &str, value: &str) -> Result<(), Stop> {
    fields
        .push(name, value)
        .map_err(|_| Stop::Wrong(format!("{}: {}", display::clean(name), session.pick("is given twice", "重复出现"))))
}
