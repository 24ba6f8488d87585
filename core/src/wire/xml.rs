//! WeChat's flat XML: one root, one level of fields, each name once.
//!
//! Reading is strict, since every byte may come from anybody: no DOCTYPE, no processing instruction, no attribute, no
//! entity but XML's own five and numbered characters, no nesting, bounded in size and number. Values are kept as they
//! were sent, to the byte, because the signature is over them.

use std::borrow::Cow;
use std::fmt;

use quick_xml::Reader;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};

pub use super::name::{MAX_BYTES, MAX_FIELDS};
use super::name::{is_name, is_space};
use super::scan;
use crate::codes::ErrorCode;
use crate::error::Error;
use crate::fields::Fields;

/// Why a document was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmlError {
    code: ErrorCode,
    detail: Cow<'static, str>,
}

impl XmlError {
    fn new(code: ErrorCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into() }
    }

    /// `xml_malformed`, `xml_forbidden`, `xml_root`, `xml_nested`, `xml_duplicate`, `xml_too_large` or `xml_encoding`.
    pub fn code(&self) -> &'static str {
        self.code.as_str()
    }

    pub(crate) fn error_code(&self) -> ErrorCode {
        self.code
    }
}

impl fmt::Display for XmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for XmlError {}

impl From<XmlError> for Error {
    fn from(error: XmlError) -> Self {
        Error::invalid_with_code(error.code, "xml", error.detail)
    }
}

/// Reads a flat document from bytes: UTF-8, with or without a byte order mark.
///
/// # Errors
/// [`XmlError`], whose code says which rule the document breaks.
pub fn parse(bytes: &[u8]) -> Result<Fields, XmlError> {
    if bytes.len() > MAX_BYTES {
        return Err(XmlError::new(ErrorCode::XmlTooLarge, format!("longer than {MAX_BYTES} bytes")));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| XmlError::new(ErrorCode::XmlEncoding, "not UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.starts_with('\u{feff}') {
        return Err(XmlError::new(ErrorCode::XmlMalformed, "a second byte order mark"));
    }
    scan::read(text).map_or_else(|| parse_any(text, None), Ok)
}

/// As [`parse`], for a document that has a list of items in a field, as `("hblist", "hbinfo")`: the fields of item 0 become `openid_0` and so on,
/// as WeChat numbers them where its documents are flat.
///
/// # Errors
/// As [`parse`].
pub(crate) fn parse_with_list(bytes: &[u8], list: (&str, &str)) -> Result<Fields, XmlError> {
    match parse(bytes) {
        Err(error) if error.code == ErrorCode::XmlNested => {
            let text = std::str::from_utf8(bytes).unwrap_or_default();
            parse_any(text.strip_prefix('\u{feff}').unwrap_or(text), Some(list))
        }
        read => read,
    }
}

fn parse_any(text: &str, list: Option<(&str, &str)>) -> Result<Fields, XmlError> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.trim_markup_names_in_closing_tags = true;
    config.check_end_names = true;

    let mut fields = Fields::with_capacity(24, text.len());
    let is_list = |tag: &BytesStart<'_>| list.is_some_and(|(list, _)| tag.name().as_ref() == list);
    let is_item = |tag: &BytesStart<'_>| list.is_some_and(|(_, item)| tag.name().as_ref() == item);
    // The number of the next item, and what the field that is read stands in.
    let (mut next, mut around) = (0_usize, Place::Root);
    let mut place = Place::Start;
    loop {
        let event = reader.read_event().map_err(malformed)?;
        place = match (place, event) {
            (_, Event::DocType(_)) => return Err(XmlError::new(ErrorCode::XmlForbidden, "a DOCTYPE")),
            (_, Event::PI(_)) => return Err(XmlError::new(ErrorCode::XmlForbidden, "a processing instruction")),
            (Place::Start, Event::Decl(declaration)) => {
                declared(&declaration)?;
                Place::Prolog
            }
            (Place::Start | Place::Prolog, Event::Start(tag)) => {
                root(&tag)?;
                Place::Root
            }
            (Place::Start | Place::Prolog, Event::Empty(tag)) => {
                root(&tag)?;
                Place::End
            }
            (Place::Root, Event::Start(tag)) if is_list(&tag) => {
                plain(&tag)?;
                Place::List
            }
            (Place::List, Event::Start(tag)) if is_item(&tag) => {
                plain(&tag)?;
                next += 1;
                Place::Item
            }
            (Place::Item, Event::End(_)) => Place::List,
            (Place::List, Event::End(_)) => Place::Root,
            (Place::Root | Place::Item, Event::Start(tag)) => {
                around = place;
                open(&mut fields, &tag, number(place, next))?;
                Place::Field
            }
            (Place::Root | Place::Item, Event::Empty(tag)) => {
                open(&mut fields, &tag, number(place, next))?;
                place
            }
            (Place::Root, Event::End(_)) => Place::End,
            (Place::Field, Event::Text(text)) => {
                append(&mut fields, &text)?;
                Place::Field
            }
            (Place::Field, Event::CData(text)) => {
                append(&mut fields, &text)?;
                Place::Field
            }
            (Place::Field, Event::GeneralRef(reference)) => {
                let mut buffer = [0; 4];
                fields.append(resolve(&reference)?.encode_utf8(&mut buffer));
                Place::Field
            }
            (Place::Field, Event::End(_)) => {
                fields.close();
                around
            }
            (Place::Field, Event::Start(tag) | Event::Empty(tag)) if is_name(tag.name().as_ref()) => {
                return Err(XmlError::new(ErrorCode::XmlNested, "an element inside a field"));
            }
            (Place::Field, Event::Comment(_)) => {
                return Err(XmlError::new(ErrorCode::XmlForbidden, "a comment inside a value"));
            }
            (place, Event::Comment(_)) => place.past_prolog(),
            (place, Event::Text(text)) if text.bytes().all(is_space) => place.past_prolog(),
            (Place::End, Event::Eof) => return Ok(fields),
            (Place::Start | Place::Prolog, Event::Eof) => {
                return Err(XmlError::new(ErrorCode::XmlMalformed, "no document"));
            }
            (Place::Root | Place::List | Place::Item | Place::Field, Event::Eof) => {
                return Err(XmlError::new(ErrorCode::XmlMalformed, "ends half-way"));
            }
            _ => return Err(XmlError::new(ErrorCode::XmlMalformed, "unexpected text or markup")),
        };
    }
}

/// Where in a document the reader stands.
#[derive(Clone, Copy)]
enum Place {
    /// At its first byte, where alone a declaration may stand.
    Start,
    Prolog,
    Root,
    /// In a list of items.
    List,
    /// In one item.
    Item,
    Field,
    End,
}

impl Place {
    fn past_prolog(self) -> Self {
        if matches!(self, Self::Start) { Self::Prolog } else { self }
    }
}

fn declared(declaration: &BytesDecl<'_>) -> Result<(), XmlError> {
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(name)) if name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("utf8") => Ok(()),
        Some(Ok(_)) => Err(XmlError::new(ErrorCode::XmlEncoding, "declares another encoding than UTF-8")),
        Some(Err(error)) => Err(malformed(error.into())),
    }
}

/// Whether the root of a document that was [read](parse) has this name. A declaration and remarks may stand before it.
pub fn has_root(bytes: &[u8], name: &str) -> bool {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => return tag.name().as_ref() == name,
            Ok(Event::Eof) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}

/// `<xml>` on the wire; `<root>` inside a refund notification.
fn root(tag: &BytesStart<'_>) -> Result<(), XmlError> {
    plain(tag)?;
    match tag.name().as_ref() {
        "xml" | "root" => Ok(()),
        _ => Err(XmlError::new(ErrorCode::XmlRoot, "the root is not <xml>")),
    }
}

/// The number of the item that a field is in.
fn number(place: Place, next: usize) -> Option<usize> {
    matches!(place, Place::Item).then(|| next.saturating_sub(1))
}

fn open(fields: &mut Fields, tag: &BytesStart<'_>, item: Option<usize>) -> Result<(), XmlError> {
    plain(tag)?;
    let name = tag.name();
    let name: &str = name.as_ref();
    if fields.len() >= MAX_FIELDS {
        return Err(XmlError::new(ErrorCode::XmlTooLarge, format!("more than {MAX_FIELDS} fields")));
    }
    if !is_name(name) {
        return Err(XmlError::new(ErrorCode::XmlMalformed, "not a field name"));
    }
    let opened = match item {
        Some(number) => fields.open(&format!("{name}_{number}")),
        None => fields.open(name),
    };
    opened
        .map_err(|_| XmlError::new(ErrorCode::XmlDuplicate, format!("{} occurs twice", name.get(..64).unwrap_or(name))))
}

fn plain(tag: &BytesStart<'_>) -> Result<(), XmlError> {
    if tag.attributes_raw().bytes().all(is_space) {
        return Ok(());
    }
    Err(XmlError::new(ErrorCode::XmlForbidden, "an attribute"))
}

fn append(fields: &mut Fields, text: &str) -> Result<(), XmlError> {
    if text.bytes().any(|b| b < 0x20 && !is_space(b)) {
        return Err(XmlError::new(ErrorCode::XmlMalformed, "a control character"));
    }
    fields.append(text);
    Ok(())
}

fn resolve(reference: &BytesRef<'_>) -> Result<char, XmlError> {
    let wrong = || XmlError::new(ErrorCode::XmlMalformed, "an entity that XML does not define");
    match &**reference {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => reference.resolve_char_ref().ok().flatten().filter(|c| is_char(*c)).ok_or_else(wrong),
    }
}

/// In our own words: quick-xml's repeat the document's, which anybody may have written.
fn malformed(error: quick_xml::Error) -> XmlError {
    let detail = match error {
        quick_xml::Error::Syntax(_) => "unterminated markup",
        quick_xml::Error::IllFormed(_) => "tags or references that do not match",
        _ => "not XML",
    };
    XmlError::new(ErrorCode::XmlMalformed, detail)
}

/// Writes `<xml>…</xml>` with the fields in order: digits bare, everything else in CDATA.
///
/// # Errors
/// `invalid_name`, `invalid_char` or `xml_duplicate`, naming the field.
pub fn build<'a, V: AsRef<str>>(pairs: impl IntoIterator<Item = (&'a str, V)>) -> Result<String, Error> {
    let mut fields = Fields::default();
    for (name, value) in pairs {
        fields
            .push(name, value.as_ref())
            .map_err(|_| Error::invalid_with_code(ErrorCode::XmlDuplicate, name, "occurs twice"))?;
    }
    write(&fields)
}

/// As [`build`], of fields that are collected already.
///
/// # Errors
/// `invalid_name` or `invalid_char`, naming the field.
pub fn write(fields: &Fields) -> Result<String, Error> {
    // An element costs its name twice and seventeen more characters.
    let length: usize = fields.iter().map(|(name, value)| 2 * name.len() + value.len() + 17).sum();
    let mut out = String::with_capacity(length + 11);
    out.push_str("<xml>");
    // One pass over all values tells in most documents that none needs care, and is quicker than one over each.
    let is_plain = classes(fields.text()) & !TEXT == 0;
    for (name, value) in fields.iter() {
        let classes = match is_plain {
            true if value.bytes().all(|byte| byte.is_ascii_digit()) => 0,
            true => TEXT,
            false => classes(value),
        };
        write_field(&mut out, name, value, classes)?;
    }
    out.push_str("</xml>");
    Ok(out)
}

/// `classes` are those of the value's bytes.
fn write_field(out: &mut String, name: &str, value: &str, classes: u8) -> Result<(), Error> {
    if !is_name(name) {
        return Err(Error::invalid_with_code(ErrorCode::InvalidName, name, "not a field name"));
    }
    if classes & (CONTROL | WIDE) != 0 && !value.chars().all(is_char) {
        return Err(Error::invalid_with_code(
            ErrorCode::InvalidChar,
            name,
            "contains a character that XML does not allow",
        ));
    }
    out.push('<');
    out.push_str(name);
    out.push('>');
    if classes & TEXT == 0 && !value.is_empty() {
        out.push_str(value);
    } else if classes & CONTROL != 0 && value.contains('\r') {
        // A reader turns a bare carriage return into a line feed, in CDATA too; only a reference survives.
        for c in value.chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '\r' => out.push_str("&#13;"),
                c => out.push(c),
            }
        }
    } else if classes & BRACKET == 0 {
        out.push_str("<![CDATA[");
        out.push_str(value);
        out.push_str("]]>");
    } else {
        out.push_str("<![CDATA[");
        for (i, part) in value.split("]]>").enumerate() {
            if i > 0 {
                out.push_str("]]]]><![CDATA[>");
            }
            out.push_str(part);
        }
        out.push_str("]]>");
    }
    out.push_str("</");
    out.push_str(name);
    out.push('>');
    Ok(())
}

// What a text has in it, so that one pass tells how to write it.
const TEXT: u8 = 1;
const BRACKET: u8 = 2;
const CONTROL: u8 = 4;
/// The first byte of U+FFFE and U+FFFF, and of others.
const WIDE: u8 = 8;

fn classes(text: &str) -> u8 {
    text.bytes().fold(0, |classes, byte| classes | class(byte))
}

/// Comparisons and no table: they are made many bytes at a time.
fn class(byte: u8) -> u8 {
    let flag = |class: u8, is: bool| if is { class } else { 0 };
    flag(TEXT, !byte.is_ascii_digit())
        | flag(BRACKET, byte == b']')
        | flag(CONTROL, byte < 0x20)
        | flag(WIDE, byte == 0xef)
}

/// XML 1.0, production 2.
fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_root_is_the_first_element() {
        let xml = "<xml><root>1</root></xml>";
        for before in ["", "\u{feff}", "<?xml version=\"1.0\"?>", "<!-- <root> -->", "<!--><root>-->", " \n"] {
            assert!(!has_root(format!("{before}{xml}").as_bytes(), "root"), "{before}");
            for root in ["<root><a>1</a></root>", "<root/>", "<root >\n</root>"] {
                assert!(has_root(format!("{before}{root}").as_bytes(), "root"), "{before}{root}");
            }
        }
        for other in ["", "root", "<", "<rooted></rooted>", "<!-- <root>", "\u{feff}"] {
            assert!(!has_root(other.as_bytes(), "root"), "{other}");
        }
        assert!(!has_root(b"<\xff><root>", "root"));
    }

    const PIECES: &[&str] = &[
        "<xml>",
        "</xml>",
        "<root>",
        "<a>",
        "</a>",
        "<b_1>",
        "</b_1>",
        "<a/>",
        "<a >",
        "</a >",
        "<a x='1'>",
        "<1>",
        "</1>",
        "<![CDATA[",
        "]]>",
        "]",
        "&amp;",
        "&#13;",
        "&",
        "<",
        ">",
        "<!-- c -->",
        "<?xml version='1.0'?>",
        "<?p?>",
        "<!DOCTYPE a>",
        " ",
        "\r\n",
        "\t",
        "\u{1}",
        "\u{b}",
        "\u{feff}",
        "\u{ffff}",
        "\u{a0}",
        "x",
        "微信",
        "😀",
        "0",
    ];

    fn pieces(most: usize) -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select(PIECES), 0..most).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        /// What the quick way reads, the strict reader reads to the byte.
        #[test]
        fn both_readers_agree(name in "[a-z_][a-z0-9_.-]{0,3}", value in pieces(4), between in pieces(2), end in pieces(2)) {
            let text = format!("<xml>{between}<{name}>{value}</{name}><c><![CDATA[{value}]]></c>{between}</xml>{end}");
            for text in [text.as_str(), value.as_str()] {
                if let Some(fields) = scan::read(text) {
                    prop_assert_eq!(parse_any(text, None), Ok(fields), "{}", text);
                }
            }
        }
    }

    #[test]
    fn the_fast_reader_reads_the_usual_document() {
        let pairs = [("return_code", "SUCCESS"), ("total_fee", "88"), ("attach", "a & <b> 微信"), ("empty", "")];
        let usual = build(pairs).unwrap();
        assert_eq!(scan::read(&usual), Some(pairs.into_iter().collect()));
        let spaced = "<xml>\n  <a>1</a>\r\n  <b><![CDATA[x]]></b>\n</xml>\n";
        assert_eq!(scan::read(spaced), Some([("a", "1"), ("b", "x")].into_iter().collect()));
        for unusual in
            ["<xml><a>1</a><a>2</a></xml>", "<xml><a>&lt;</a></xml>", "<xml><a/></xml>", "<xml><a>1</b></xml>", ""]
        {
            assert_eq!(scan::read(unusual), None, "{unusual}");
        }
    }
}
