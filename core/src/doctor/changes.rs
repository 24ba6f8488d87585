//! The changes that people and programs make to a value between signing and sending, one function each.
//!
//! A function takes the value of the message and returns the value that was signed if this change was made, or `None` if it
//! would change nothing.

use super::{escapes, json_texts};
use crate::explanation::Mistake;
use crate::wire::form;

/// One way to change a value.
pub(super) struct Change {
    pub(super) mistake: Mistake,
    signed: fn(&str) -> Option<String>,
    /// Which values it may change.
    values: Values,
    /// Tried on one field at a time only: the change fits every value, and programs do not make it in all of them.
    pub(super) alone: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Values {
    /// Those with more than ASCII letters, digits and `-._`.
    Special,
    /// Those with characters outside ASCII.
    International,
    /// Whole numbers.
    Numbers,
    /// Any.
    Any,
}

impl Change {
    /// The value that was signed, when the change changes it.
    pub(super) fn of(&self, value: &str) -> Option<String> {
        if self.may(value) { (self.signed)(value).filter(|signed| signed != value) } else { None }
    }

    /// Whether the value is one of those that it may change.
    pub(super) fn may(&self, value: &str) -> bool {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
        match self.values {
            Values::Special => !value.bytes().all(plain),
            Values::International => !value.is_ascii(),
            Values::Numbers => value.len() <= LONGEST_NUMBER && number(value).is_some(),
            Values::Any => true,
        }
    }
}

const fn all(mistake: Mistake, signed: fn(&str) -> Option<String>) -> Change {
    Change { mistake, signed, values: Values::Special, alone: false }
}

const fn international(mistake: Mistake, signed: fn(&str) -> Option<String>) -> Change {
    Change { mistake, signed, values: Values::International, alone: false }
}

const fn any(mistake: Mistake, signed: fn(&str) -> Option<String>) -> Change {
    Change { mistake, signed, values: Values::Any, alone: false }
}

const fn alone(mistake: Mistake, signed: fn(&str) -> Option<String>) -> Change {
    Change { mistake, signed, values: Values::Any, alone: true }
}

/// Longer ones are no amounts.
const LONGEST_NUMBER: usize = 12;

const fn of_number(mistake: Mistake, signed: fn(&str) -> Option<String>) -> Change {
    Change { mistake, signed, values: Values::Numbers, alone: true }
}

/// The likelier ones first: several may give the same text.
pub(super) const CHANGES: &[Change] = &[
    // Signed after an escape that the message does not have.
    all(Mistake::VALUES_ESCAPED, |value| escapes::html(value, "&quot;", "&apos;")),
    all(Mistake::VALUES_ESCAPED, |value| escapes::html(value, "&quot;", "&#39;")),
    all(Mistake::VALUES_ESCAPED, |value| escapes::html(value, "&quot;", "&#x27;")),
    // PHP's htmlspecialchars.
    all(Mistake::VALUES_ESCAPED, |value| escapes::html(value, "&quot;", "&#039;")),
    all(Mistake::VALUES_ESCAPED, |value| replaced(value, &[("'", "&#039;")])),
    all(Mistake::VALUES_ESCAPED, |value| escapes::html(value, "&#34;", "&#39;")),
    all(Mistake::VALUES_ESCAPED, |value| escapes::html(value, "&quot;", "'")),
    all(Mistake::VALUES_ESCAPED, |value| escapes::html(value, "\"", "'")),
    all(Mistake::VALUES_ESCAPED, |value| replaced(value, &[("&", "&amp;"), ("<", "&lt;")])),
    all(Mistake::VALUES_ESCAPED, |value| replaced(value, &[("&", "&amp;")])),
    all(Mistake::VALUES_ESCAPED, |value| replaced(value, &[("\"", "&quot;")])),
    international(Mistake::VALUES_ESCAPED, |value| escapes::numbered(value, |number| format!("&#{number};"))),
    international(Mistake::VALUES_ESCAPED, |value| escapes::numbered(value, |number| format!("&#x{number:X};"))),
    international(Mistake::VALUES_ESCAPED, |value| escapes::numbered(value, |number| format!("&#x{number:x};"))),
    // PHP's htmlentities.
    international(Mistake::VALUES_ESCAPED, |value| {
        escapes::html(value, "&quot;", "&#039;").and_then(|value| escapes::entities(&value))
    }),
    international(Mistake::VALUES_ESCAPED, escapes::entities),
    any(Mistake::VALUES_ESCAPED, |value| Some(format!("<![CDATA[{value}]]>"))),
    // Signed plain, and the message has the escape.
    all(Mistake::VALUES_SENT_ESCAPED, escapes::html_undone),
    all(Mistake::VALUES_SENT_ESCAPED, |value| replaced(value, &[("&amp;", "&")])),
    all(Mistake::VALUES_SENT_ESCAPED, |value| replaced(value, &[("&quot;", "\""), ("&#34;", "\""), ("&#x22;", "\"")])),
    all(Mistake::VALUES_SENT_ESCAPED, |value| replaced(value, &[("&lt;", "<"), ("&gt;", ">")])),
    all(Mistake::VALUES_SENT_ESCAPED, |value| escapes::html_undone(value).and_then(|once| escapes::html_undone(&once))),
    all(Mistake::VALUES_SENT_ESCAPED, |value| Some(value.strip_prefix("<![CDATA[")?.strip_suffix("]]>")?.to_owned())),
    // `a&timestamp=1` in a page: HTML reads the names of Latin-1 without their semicolon.
    international(Mistake::VALUES_SENT_ESCAPED, |value| escapes::ampersands_undone(value, false)),
    all(Mistake::VALUES_SENT_ESCAPED, |value| escapes::ampersands_undone(value, true)),
    // Quotation marks.
    any(Mistake::VALUES_QUOTED, |value| Some(format!("\"{value}\""))),
    any(Mistake::VALUES_QUOTED, |value| Some(json_texts::quoted(value))),
    // A list of one text, as parsers of forms and of XML make it.
    any(Mistake::VALUES_QUOTED, |value| Some(format!("['{value}']"))),
    any(Mistake::VALUES_QUOTED, |value| Some(escapes::bytes_repr(value))),
    any(Mistake::VALUES_SENT_QUOTED, |value| String::from_utf8(json_texts::bytes_of_python(value)?).ok()),
    all(Mistake::VALUES_SENT_QUOTED, |value| Some(value.strip_prefix('\'')?.strip_suffix('\'')?.to_owned())),
    all(Mistake::VALUES_QUOTED, |value| Some(format!("\"{}\"", escapes::json(value, false, false)?))),
    all(Mistake::VALUES_QUOTED, |value| Some(format!("\"{}\"", escapes::json(value, true, false)?))),
    all(Mistake::VALUES_SENT_QUOTED, |value| Some(value.strip_prefix('"')?.strip_suffix('"')?.to_owned())),
    // Backslashes.
    // Before the escapes of JSON, which give the same for a value without quotation marks.
    all(Mistake::LINE_ENDS, |value| replaced(value, &[("\n", "\\n")])),
    all(Mistake::VALUES_SENT_BACKSLASHED, escapes::hex_escapes_undone),
    all(Mistake::VALUES_SENT_BACKSLASHED, escapes::backslashes_removed),
    all(Mistake::VALUES_SENT_BACKSLASHED, escapes::json_undone),
    all(Mistake::VALUES_SENT_BACKSLASHED, escapes::unicode_escapes_undone),
    all(Mistake::VALUES_SENT_BACKSLASHED, |value| replaced(value, &[("\\/", "/")])),
    all(Mistake::VALUES_BACKSLASHED, |value| replaced(value, &[("\\", "\\\\"), ("\"", "\\\""), ("'", "\\'")])),
    all(Mistake::VALUES_BACKSLASHED, |value| replaced(value, &[("\\", "\\\\"), ("\"", "\\\"")])),
    all(Mistake::VALUES_BACKSLASHED, |value| replaced(value, &[("\"", "\\\"")])),
    all(Mistake::VALUES_BACKSLASHED, |value| replaced(value, &[("\\", "\\x5C"), ("\"", "\\x22")])),
    all(Mistake::VALUES_BACKSLASHED, |value| replaced(value, &[("/", "\\/")])),
    // Gson, and the writers that escape less of what HTML has a meaning for.
    all(Mistake::VALUES_BACKSLASHED, |value| replaced(value, &HTML_IN_JSON)),
    all(Mistake::VALUES_BACKSLASHED, |value| replaced(value, HTML_IN_JSON.get(..3).unwrap_or_default())),
    all(Mistake::VALUES_BACKSLASHED, |value| escapes::json(value, false, false)),
    all(Mistake::VALUES_BACKSLASHED, |value| escapes::json(value, true, false)),
    all(Mistake::VALUES_BACKSLASHED, |value| escapes::json(value, true, true)),
    international(Mistake::VALUES_BACKSLASHED, escapes::unicode_escapes),
    international(Mistake::VALUES_BACKSLASHED, escapes::large_unicode_escapes),
    all(Mistake::VALUES_BACKSLASHED, |value| escapes::large_unicode_escapes(&escapes::json(value, false, false)?)),
    // URL encoding.
    // As JavaScript, Go and Python, PHP, Java and URLSearchParams, PHP's raw form, Python's quote, .NET, and encodeURI write it.
    all(Mistake::VALUES_URL_ENCODED, |value| Some(form::component(value))),
    all(Mistake::VALUES_URL_ENCODED, |value| Some(strictly(value, "+"))),
    all(Mistake::VALUES_URL_ENCODED, |value| Some(strictly(value, "+").replace('~', "%7E"))),
    all(Mistake::VALUES_URL_ENCODED, |value| Some(strictly(value, "+").replace('~', "%7E").replace("%2A", "*"))),
    all(Mistake::VALUES_URL_ENCODED, |value| Some(strictly(value, "%20"))),
    all(Mistake::VALUES_URL_ENCODED, |value| Some(strictly(value, "%20").replace("%2F", "/"))),
    all(Mistake::VALUES_URL_ENCODED, |value| Some(escapes::small_percents(&strictly(value, "+")))),
    all(Mistake::VALUES_URL_ENCODED, |value| Some(escapes::small_percents(&strictly(value, "%20")))),
    all(Mistake::VALUES_URL_ENCODED, |value| Some(form::component(value).replace("%20", "+"))),
    all(Mistake::VALUES_URL_ENCODED, |value| Some(escapes::as_uri(value))),
    // Twice, JavaScript's escape, and percent signs alone.
    all(Mistake::VALUES_URL_ENCODED, |value| Some(form::component(&form::component(value)))),
    all(Mistake::VALUES_URL_ENCODED, |value| Some(strictly(&strictly(value, "+"), "+"))),
    all(Mistake::VALUES_URL_ENCODED, |value| Some(escapes::as_script(value))),
    all(Mistake::VALUES_URL_ENCODED, |value| replaced(value, &[("%", "%25")])),
    all(Mistake::VALUES_URL_ENCODED, |value| replaced(value, &[(" ", "+")])),
    all(Mistake::VALUES_URL_ENCODED, |value| replaced(value, &[(" ", "%20")])),
    all(Mistake::VALUES_SENT_URL_ENCODED, escapes::percent_undone),
    all(Mistake::VALUES_SENT_URL_ENCODED, |value| escapes::percent_undone(&value.replace('+', " "))),
    all(Mistake::VALUES_SENT_URL_ENCODED, escapes::script_undone),
    all(Mistake::VALUES_SENT_URL_ENCODED, |value| replaced(value, &[("%25", "%")])),
    all(Mistake::VALUES_SENT_URL_ENCODED, |value| replaced(value, &[("+", " ")])),
    all(Mistake::VALUES_SENT_URL_ENCODED, |value| replaced(value, &[("%20", " ")])),
    all(Mistake::VALUES_SENT_URL_ENCODED, |value| {
        escapes::percent_undone(value).and_then(|once| escapes::percent_undone(&once))
    }),
    // White space and line ends.
    all(Mistake::LINE_ENDS, |value| replaced(value, &[("\r\n", "\n")])),
    all(Mistake::LINE_ENDS, |value| replaced(value, &[("\r\n", "\n"), ("\n", "\r\n")])),
    all(Mistake::LINE_ENDS, |value| replaced(value, &[("\r\n", "\r"), ("\n", "\r")])),
    all(Mistake::LINE_ENDS, |value| replaced(value, &[("\r\n", "\n"), ("\r", "\n")])),
    all(Mistake::LINE_ENDS, |value| replaced(value, &[("\\n", "\n")])),
    all(Mistake::LINE_ENDS, |value| replaced(value, &[("<br />\n", "\n"), ("<br>\n", "\n")])),
    all(Mistake::LINE_ENDS, |value| replaced(value, &[("<br>", "\n"), ("<br/>", "\n"), ("<br />", "\n")])),
    all(Mistake::LINE_ENDS, |value| replaced(value, &[("\n", "<br>")])),
    all(Mistake::LINE_ENDS, |value| replaced(value, &[("\n", "<br/>")])),
    all(Mistake::LINE_ENDS, |value| replaced(value, &[("\n", "<br />")])),
    all(Mistake::LINE_ENDS, |value| replaced(value, &[("\n", "<br />\n")])),
    all(Mistake::VALUES_TRIMMED, |value| Some(value.trim().to_owned())),
    all(Mistake::VALUES_TRIMMED, |value| Some(value.trim_start().to_owned())),
    all(Mistake::VALUES_TRIMMED, |value| Some(value.trim_end().to_owned())),
    all(Mistake::VALUES_TRIMMED, |value| Some(value.split_whitespace().collect::<Vec<_>>().join(" "))),
    all(Mistake::VALUES_TRIMMED, |value| Some(value.split_whitespace().collect())),
    all(Mistake::VALUES_TRIMMED, |value| replaced(value, &[("\r", ""), ("\n", "")])),
    all(Mistake::VALUES_TRIMMED, |value| replaced(value, &[("\u{a0}", " "), ("\u{3000}", " ")])),
    international(Mistake::VALUES_TRIMMED, |value| replaced(value, &ZERO_WIDTH.map(|c| (c, "")))),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| Some(format!("{value} "))),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| Some(format!(" {value}"))),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| Some(format!(" {value} "))),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| Some(format!("{value}\n"))),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| Some(format!("{value}\r\n"))),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| Some(format!("\n{value}\n"))),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| Some(format!("{value}\t"))),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| Some(format!("\t{value}"))),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| Some(format!("  {value}"))),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| Some(format!("{value}  "))),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| Some(format!("{value}\u{3000}"))),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| Some(format!("\u{3000}{value}"))),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| Some(format!("{value}\u{200b}"))),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| Some(format!("\u{200b}{value}"))),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| Some(format!("\u{feff}{value}"))),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| replaced(value, &[(" ", "  ")])),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| replaced(value, &[(" ", "\n")])),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| replaced(value, &[(" ", "\t")])),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| replaced(value, &[(" ", "\u{a0}")])),
    alone(Mistake::VALUES_SENT_TRIMMED, |value| replaced(value, &[(" ", "\u{3000}")])),
    // Character sets.
    international(Mistake::VALUES_OTHER_CHARSET, |value| escapes::reread(value, escapes::LATIN_1)),
    international(Mistake::VALUES_OTHER_CHARSET, |value| escapes::reread(value, escapes::WINDOWS_1252)),
    international(Mistake::VALUES_OTHER_CHARSET, |value| escapes::reread(value, escapes::GBK)),
    international(Mistake::VALUES_OTHER_CHARSET, |value| escapes::misread(value, escapes::LATIN_1)),
    international(Mistake::VALUES_OTHER_CHARSET, |value| escapes::misread(value, escapes::WINDOWS_1252)),
    international(Mistake::VALUES_OTHER_CHARSET, |value| escapes::misread(value, escapes::GBK)),
    international(Mistake::VALUES_OTHER_CHARSET, |value| escapes::each_other_than_ascii(value, |_| "?".into())),
    international(Mistake::VALUES_OTHER_CHARSET, |value| escapes::each_other_than_ascii(value, |_| "\u{fffd}".into())),
    international(Mistake::VALUES_OTHER_CHARSET, |value| {
        escapes::each_other_than_ascii(value, |c| "?".repeat(c.len_utf8()))
    }),
    international(Mistake::VALUES_OTHER_CHARSET, |value| escapes::each_other_than_ascii(value, |_| String::new())),
    // The rest.
    all(Mistake::TAGS_STRIPPED, escapes::without_tags),
    any(Mistake::VALUES_OTHER_CASE, |value| Some(value.to_lowercase())),
    any(Mistake::VALUES_OTHER_CASE, |value| Some(value.to_uppercase())),
    any(Mistake::NUMBERS_OTHER_FORM, |value| number(value).map(|digits| format!("{digits}.0"))),
    any(Mistake::NUMBERS_OTHER_FORM, |value| number(value).map(|digits| format!("{digits}.00"))),
    any(Mistake::NUMBERS_OTHER_FORM, |value| {
        let (whole, zeros) = value.split_once('.')?;
        (number(whole).is_some() && zeros.bytes().all(|b| b == b'0')).then(|| whole.to_owned())
    }),
    any(Mistake::NUMBERS_OTHER_FORM, |value| {
        let shorter = number(value)?.trim_start_matches('0');
        (!shorter.is_empty()).then(|| shorter.to_owned())
    }),
    any(Mistake::NUMBERS_OTHER_FORM, escapes::noisy),
    any(Mistake::NUMBERS_OTHER_FORM, escapes::noise_undone),
    alone(Mistake::NUMBERS_OTHER_FORM, |value| number(value).map(|digits| format!("0{digits}"))),
    alone(Mistake::NUMBERS_OTHER_FORM, |value| number(value).map(|digits| format!("00{digits}"))),
    alone(Mistake::NUMBERS_OTHER_FORM, |value| number(value).map(|digits| format!("000{digits}"))),
    alone(Mistake::NUMBERS_OTHER_FORM, |value| number(value).map(|digits| format!("0000{digits}"))),
    // Before the hundredfold, which fits digits of a time too.
    alone(Mistake::TIME_OTHER_FORM, |value| number(value).filter(|v| v.len() == 10).map(|v| format!("{v}000"))),
    alone(Mistake::TIME_OTHER_FORM, |value| number(value).filter(|v| v.len() == 13)?.get(..10).map(str::to_owned)),
    alone(Mistake::TIME_OTHER_FORM, escapes::time_undone),
    alone(Mistake::TIME_OTHER_FORM, |value| escapes::time(value, ["-", "-", " ", ":", ":", ""])),
    alone(Mistake::TIME_OTHER_FORM, |value| escapes::time(value, ["-", "-", "T", ":", ":", ""])),
    alone(Mistake::TIME_OTHER_FORM, |value| escapes::time(value, ["-", "-", "T", ":", ":", "+08:00"])),
    alone(Mistake::TIME_OTHER_FORM, |value| escapes::time(value, ["/", "/", " ", ":", ":", ""])),
    any(Mistake::BOOLEANS_OTHER_FORM, |value| whole(value, &[("true", "Y"), ("false", "N")])),
    any(Mistake::BOOLEANS_OTHER_FORM, |value| whole(value, &[("True", "Y"), ("False", "N")])),
    any(Mistake::BOOLEANS_OTHER_FORM, |value| whole(value, &[("1", "Y"), ("0", "N")])),
    any(Mistake::BOOLEANS_OTHER_FORM, |value| whole(value, &[("Y", "true"), ("N", "false")])),
    any(Mistake::BOOLEANS_OTHER_FORM, |value| whole(value, &[("Y", "True"), ("N", "False")])),
    any(Mistake::BOOLEANS_OTHER_FORM, |value| whole(value, &[("Y", "1"), ("N", "0")])),
    any(Mistake::BOOLEANS_OTHER_FORM, |value| whole(value, &[("true", "True"), ("false", "False")])),
    any(Mistake::BOOLEANS_OTHER_FORM, |value| whole(value, &[("True", "true"), ("False", "false")])),
    any(Mistake::BOOLEANS_OTHER_FORM, |value| whole(value, &[("true", "1"), ("false", "0")])),
    any(Mistake::BOOLEANS_OTHER_FORM, |value| whole(value, &[("1", "true"), ("0", "false")])),
    alone(Mistake::HYPHENS_DIFFER, uuid),
    alone(Mistake::HYPHENS_DIFFER, |value| replaced(value, &[("-", "")])),
    alone(Mistake::ADDRESS_OTHER_FORM, |value| value.strip_prefix("https://").map(|rest| format!("http://{rest}"))),
    alone(Mistake::ADDRESS_OTHER_FORM, |value| value.strip_prefix("http://").map(|rest| format!("https://{rest}"))),
    alone(Mistake::ADDRESS_OTHER_FORM, |value| value.contains("://").then(|| format!("{value}/"))),
    alone(Mistake::ADDRESS_OTHER_FORM, |value| {
        Some(value).filter(|v| v.contains("://"))?.strip_suffix('/').map(str::to_owned)
    }),
    alone(Mistake::IP_OTHER_FORM, |value| is_ipv4(value).then(|| format!("::ffff:{value}"))),
    alone(Mistake::IP_OTHER_FORM, |value| Some(value.strip_prefix("::ffff:")?.to_owned())),
    alone(Mistake::IP_OTHER_FORM, |value| whole(value, &[("127.0.0.1", "::1"), ("::1", "127.0.0.1")])),
    alone(Mistake::IP_OTHER_FORM, |value| {
        whole(value, &[("127.0.0.1", "0:0:0:0:0:0:0:1"), ("0:0:0:0:0:0:0:1", "::1")])
    }),
    alone(Mistake::IP_OTHER_FORM, |value| {
        let (first, _) = value.split_once([',', ' ', ':'])?;
        is_ipv4(first).then(|| first.to_owned())
    }),
    alone(Mistake::AMOUNT_HUNDREDFOLD, |value| number(value)?.strip_suffix("00").map(str::to_owned)),
    alone(Mistake::AMOUNT_HUNDREDFOLD, |value| number(value).map(|digits| format!("{digits}00"))),
    // Cut, and no more rounded: of a message of WeChat's it is another amount.
    alone(Mistake::AMOUNT_HUNDREDFOLD, |value| {
        escapes::noisy(value)?.split_once('.').map(|(whole, _)| whole.to_owned()).filter(|whole| whole != value)
    }),
    alone(Mistake::NUMBERS_OTHER_FORM, |value| escapes::yuan(number(value)?, true)),
    alone(Mistake::NUMBERS_OTHER_FORM, |value| escapes::yuan(number(value)?, false)),
    // Whole yuan as a floating-point number.
    alone(Mistake::NUMBERS_OTHER_FORM, |value| {
        escapes::yuan(number(value)?, false).filter(|yuan| !yuan.contains('.')).map(|yuan| format!("{yuan}.0"))
    }),
    alone(Mistake::NUMBERS_OTHER_FORM, escapes::fen),
    // Floating-point numbers as languages print them, and numbers for people.
    of_number(Mistake::NUMBERS_OTHER_FORM, escapes::of_java),
    of_number(Mistake::NUMBERS_OTHER_FORM, |value| escapes::exponent(value, |mantissa, by| format!("{mantissa}e{by}"))),
    of_number(Mistake::NUMBERS_OTHER_FORM, |value| escapes::exponent(value, |mantissa, by| format!("{mantissa}E{by}"))),
    of_number(Mistake::NUMBERS_OTHER_FORM, |value| {
        escapes::exponent(value, |mantissa, by| format!("{mantissa}E+{by}"))
    }),
    of_number(Mistake::NUMBERS_OTHER_FORM, |value| {
        escapes::exponent(value, |mantissa, by| format!("{mantissa}e+{by:02}"))
    }),
    of_number(Mistake::NUMBERS_OTHER_FORM, |value| escapes::grouped(value, ',')),
    of_number(Mistake::NUMBERS_OTHER_FORM, |value| escapes::grouped(value, ' ')),
    of_number(Mistake::NUMBERS_OTHER_FORM, |value| escapes::grouped(value, '_')),
    of_number(Mistake::NUMBERS_OTHER_FORM, |value| escapes::noisy_yuan(value, true)),
    of_number(Mistake::NUMBERS_OTHER_FORM, |value| escapes::noisy_yuan(value, false)),
];

/// What Gson writes for the characters that HTML has a meaning for.
const HTML_IN_JSON: [(&str, &str); 5] =
    [("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("=", "\\u003d"), ("'", "\\u0027")];

/// Characters that nobody sees: they come along when a text is copied from a page.
const ZERO_WIDTH: [&str; 5] = ["\u{200b}", "\u{200c}", "\u{200d}", "\u{2060}", "\u{feff}"];

/// A value that is one of these texts, as the other of its pair.
fn whole(value: &str, pairs: &[(&str, &str)]) -> Option<String> {
    pairs.iter().find(|(from, _)| *from == value).map(|(_, to)| (*to).to_owned())
}

fn is_ipv4(value: &str) -> bool {
    let is_byte = |part: &str| number(part).is_some() && part.parse::<u8>().is_ok();
    value.split('.').count() == 4 && value.split('.').all(is_byte)
}

/// 32 hexadecimal digits as a UUID with its hyphens.
fn uuid(value: &str) -> Option<String> {
    let is_plain = value.len() == 32 && value.bytes().all(|b| b.is_ascii_hexdigit());
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| value.get(part));
    is_plain.then(|| parts.into_iter().flatten().collect::<Vec<_>>().join("-"))
}

fn number(value: &str) -> Option<&str> {
    (!value.is_empty() && value.bytes().all(|b| b.is_ascii_digit())).then_some(value)
}

/// One replacement after the other.
fn replaced(value: &str, pairs: &[(&str, &str)]) -> Option<String> {
    let any = pairs.iter().any(|(from, _)| value.contains(from));
    any.then(|| pairs.iter().fold(value.to_owned(), |text, (from, to)| text.replace(from, to)))
}

/// All but letters, digits and `-_.~`.
pub(super) fn strictly(value: &str, space: &str) -> String {
    let rest = [("!", "%21"), ("*", "%2A"), ("'", "%27"), ("(", "%28"), (")", "%29"), ("%20", space)];
    rest.iter().fold(form::component(value), |text, (from, to)| text.replace(from, to))
}
