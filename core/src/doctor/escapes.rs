//! Escapes and character sets, written and read the way that other programs do it.

use encoding_rs::Encoding;

use super::json_texts;
use crate::wire::form;

/// Escapes `&`, `<` and `>`; quotation marks become `double` and `single`, which differ between programs.
pub(super) fn html(value: &str, double: &str, single: &str) -> Option<String> {
    let mut out = String::with_capacity(value.len() + 16);
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str(double),
            '\'' => out.push_str(single),
            _ => out.push(c),
        }
    }
    Some(out)
}

/// Characters outside ASCII as numeric references, as XML writers without UTF-8 do it.
pub(super) fn numbered(value: &str, written: fn(u32) -> String) -> Option<String> {
    each_other_than_ascii(value, |c| written(u32::from(c)))
}

/// Characters outside ASCII that HTML has a name for as `&eacute;`.
pub(super) fn entities(value: &str) -> Option<String> {
    let name = |c: char| ENTITIES.iter().find(|(_, of)| *of == c).map(|(name, _)| format!("&{name};"));
    each_other_than_ascii(value, |c| name(c).unwrap_or_else(|| c.to_string()))
}

/// Characters that HTML reads in a text with `&` as that text again: `×tamp` as `&timestamp`. HTML reads the names of Latin-1 also without
/// their semicolon, and with `all` those of `<` and `>` too.
pub(super) fn ampersands_undone(value: &str, all: bool) -> Option<String> {
    let name = |c: char| match c {
        '<' if all => Some("lt"),
        '>' if all => Some("gt"),
        '\u{a0}'..='\u{ff}' => ENTITIES.iter().find(|(_, of)| *of == c).map(|(name, _)| *name),
        _ => None,
    };
    let mut out = String::with_capacity(value.len() + 16);
    for c in value.chars() {
        match name(c) {
            Some(name) => out.extend(["&", name]),
            None => out.push(c),
        }
    }
    (out != value).then_some(out)
}

/// A text as a page shows it: HTML reads the names of Latin-1 without their semicolon, `&notify_url` as `¬ify_url`.
pub(super) fn as_html(text: &str) -> String {
    let (mut rest, mut out) = (text, String::with_capacity(text.len()));
    let is_bare = |c: char| ('\u{a0}'..='\u{ff}').contains(&c);
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let named = ENTITIES.iter().filter(|(name, of)| is_bare(*of) && after.starts_with(name));
        match named.max_by_key(|(name, _)| name.len()) {
            Some((name, c)) => {
                out.push(*c);
                let after = after.get(name.len()..).unwrap_or_default();
                rest = after.strip_prefix(';').unwrap_or(after);
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out + rest
}

/// The bytes of a text as Python's `str` writes them: `b'…'`.
pub(super) fn bytes_repr(value: &str) -> String {
    let mut out = String::from("b");
    for c in json_texts::quoted(value).chars() {
        if c.is_ascii() && !c.is_ascii_control() {
            out.push(c);
        } else {
            out.extend(c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("\\x{byte:02x}")));
        }
    }
    out
}

/// Whether a value has what is written in place of a character that was lost: U+FFFD, or a question mark where no question ends.
pub(super) fn is_lost(value: &str) -> bool {
    let is_next = |(mark, next): (char, char)| mark == '?' && (next.is_alphanumeric() || next == '?');
    let is_address = value.contains(['=', '/']) && !value.contains("??");
    let has_mark = || value.chars().zip(value.chars().skip(1)).any(is_next);
    value.contains('\u{fffd}') || value == "?" || !is_address && has_mark()
}

/// Entities and numeric references as the characters that they stand for, once.
pub(super) fn html_undone(value: &str) -> Option<String> {
    let (mut rest, mut out, mut any) = (value, String::with_capacity(value.len()), false);
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let entity = after.split_once(';').filter(|(name, _)| name.len() <= 8);
        match entity.and_then(|(name, after)| Some((character(name)?, after))) {
            Some((c, after)) => {
                out.push(c);
                (rest, any) = (after, true);
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    any.then_some(out)
}

fn character(entity: &str) -> Option<char> {
    Some(match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            if let Some((_, c)) = ENTITIES.iter().find(|(name, _)| *name == entity) {
                return Some(*c);
            }
            let number = entity.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(number)?
        }
    })
}

/// HTML's names of characters outside ASCII.
#[rustfmt::skip]
const ENTITIES: &[(&str, char)] = &[
    ("AElig", '\u{c6}'), ("Aacute", '\u{c1}'), ("Acirc", '\u{c2}'), ("Agrave", '\u{c0}'), ("Alpha", '\u{391}'),
    ("Aring", '\u{c5}'), ("Atilde", '\u{c3}'), ("Auml", '\u{c4}'), ("Beta", '\u{392}'), ("Ccedil", '\u{c7}'),
    ("Chi", '\u{3a7}'), ("Dagger", '\u{2021}'), ("Delta", '\u{394}'), ("ETH", '\u{d0}'), ("Eacute", '\u{c9}'),
    ("Ecirc", '\u{ca}'), ("Egrave", '\u{c8}'), ("Epsilon", '\u{395}'), ("Eta", '\u{397}'), ("Euml", '\u{cb}'),
    ("Gamma", '\u{393}'), ("Iacute", '\u{cd}'), ("Icirc", '\u{ce}'), ("Igrave", '\u{cc}'), ("Iota", '\u{399}'),
    ("Iuml", '\u{cf}'), ("Kappa", '\u{39a}'), ("Lambda", '\u{39b}'), ("Mu", '\u{39c}'), ("Ntilde", '\u{d1}'),
    ("Nu", '\u{39d}'), ("OElig", '\u{152}'), ("Oacute", '\u{d3}'), ("Ocirc", '\u{d4}'), ("Ograve", '\u{d2}'),
    ("Omega", '\u{3a9}'), ("Omicron", '\u{39f}'), ("Oslash", '\u{d8}'), ("Otilde", '\u{d5}'), ("Ouml", '\u{d6}'),
    ("Phi", '\u{3a6}'), ("Pi", '\u{3a0}'), ("Prime", '\u{2033}'), ("Psi", '\u{3a8}'), ("Rho", '\u{3a1}'),
    ("Scaron", '\u{160}'), ("Sigma", '\u{3a3}'), ("THORN", '\u{de}'), ("Tau", '\u{3a4}'), ("Theta", '\u{398}'),
    ("Uacute", '\u{da}'), ("Ucirc", '\u{db}'), ("Ugrave", '\u{d9}'), ("Upsilon", '\u{3a5}'), ("Uuml", '\u{dc}'),
    ("Xi", '\u{39e}'), ("Yacute", '\u{dd}'), ("Yuml", '\u{178}'), ("Zeta", '\u{396}'), ("aacute", '\u{e1}'),
    ("acirc", '\u{e2}'), ("acute", '\u{b4}'), ("aelig", '\u{e6}'), ("agrave", '\u{e0}'), ("alefsym", '\u{2135}'),
    ("alpha", '\u{3b1}'), ("and", '\u{2227}'), ("ang", '\u{2220}'), ("aring", '\u{e5}'), ("asymp", '\u{2248}'),
    ("atilde", '\u{e3}'), ("auml", '\u{e4}'), ("bdquo", '\u{201e}'), ("beta", '\u{3b2}'), ("brvbar", '\u{a6}'),
    ("bull", '\u{2022}'), ("cap", '\u{2229}'), ("ccedil", '\u{e7}'), ("cedil", '\u{b8}'), ("cent", '\u{a2}'),
    ("chi", '\u{3c7}'), ("circ", '\u{2c6}'), ("clubs", '\u{2663}'), ("cong", '\u{2245}'), ("copy", '\u{a9}'),
    ("crarr", '\u{21b5}'), ("cup", '\u{222a}'), ("curren", '\u{a4}'), ("dArr", '\u{21d3}'), ("dagger", '\u{2020}'),
    ("darr", '\u{2193}'), ("deg", '\u{b0}'), ("delta", '\u{3b4}'), ("diams", '\u{2666}'), ("divide", '\u{f7}'),
    ("eacute", '\u{e9}'), ("ecirc", '\u{ea}'), ("egrave", '\u{e8}'), ("empty", '\u{2205}'), ("emsp", '\u{2003}'),
    ("ensp", '\u{2002}'), ("epsilon", '\u{3b5}'), ("equiv", '\u{2261}'), ("eta", '\u{3b7}'), ("eth", '\u{f0}'),
    ("euml", '\u{eb}'), ("euro", '\u{20ac}'), ("exist", '\u{2203}'), ("fnof", '\u{192}'), ("forall", '\u{2200}'),
    ("frac12", '\u{bd}'), ("frac14", '\u{bc}'), ("frac34", '\u{be}'), ("frasl", '\u{2044}'), ("gamma", '\u{3b3}'),
    ("ge", '\u{2265}'), ("hArr", '\u{21d4}'), ("harr", '\u{2194}'), ("hearts", '\u{2665}'), ("hellip", '\u{2026}'),
    ("iacute", '\u{ed}'), ("icirc", '\u{ee}'), ("iexcl", '\u{a1}'), ("igrave", '\u{ec}'), ("image", '\u{2111}'),
    ("infin", '\u{221e}'), ("int", '\u{222b}'), ("iota", '\u{3b9}'), ("iquest", '\u{bf}'), ("isin", '\u{2208}'),
    ("iuml", '\u{ef}'), ("kappa", '\u{3ba}'), ("lArr", '\u{21d0}'), ("lambda", '\u{3bb}'), ("lang", '\u{2329}'),
    ("laquo", '\u{ab}'), ("larr", '\u{2190}'), ("lceil", '\u{2308}'), ("ldquo", '\u{201c}'), ("le", '\u{2264}'),
    ("lfloor", '\u{230a}'), ("lowast", '\u{2217}'), ("loz", '\u{25ca}'), ("lrm", '\u{200e}'), ("lsaquo", '\u{2039}'),
    ("lsquo", '\u{2018}'), ("macr", '\u{af}'), ("mdash", '\u{2014}'), ("micro", '\u{b5}'), ("middot", '\u{b7}'),
    ("minus", '\u{2212}'), ("mu", '\u{3bc}'), ("nabla", '\u{2207}'), ("nbsp", '\u{a0}'), ("ndash", '\u{2013}'),
    ("ne", '\u{2260}'), ("ni", '\u{220b}'), ("not", '\u{ac}'), ("notin", '\u{2209}'), ("nsub", '\u{2284}'),
    ("ntilde", '\u{f1}'), ("nu", '\u{3bd}'), ("oacute", '\u{f3}'), ("ocirc", '\u{f4}'), ("oelig", '\u{153}'),
    ("ograve", '\u{f2}'), ("oline", '\u{203e}'), ("omega", '\u{3c9}'), ("omicron", '\u{3bf}'), ("oplus", '\u{2295}'),
    ("or", '\u{2228}'), ("ordf", '\u{aa}'), ("ordm", '\u{ba}'), ("oslash", '\u{f8}'), ("otilde", '\u{f5}'),
    ("otimes", '\u{2297}'), ("ouml", '\u{f6}'), ("para", '\u{b6}'), ("part", '\u{2202}'), ("permil", '\u{2030}'),
    ("perp", '\u{22a5}'), ("phi", '\u{3c6}'), ("pi", '\u{3c0}'), ("piv", '\u{3d6}'), ("plusmn", '\u{b1}'),
    ("pound", '\u{a3}'), ("prime", '\u{2032}'), ("prod", '\u{220f}'), ("prop", '\u{221d}'), ("psi", '\u{3c8}'),
    ("rArr", '\u{21d2}'), ("radic", '\u{221a}'), ("rang", '\u{232a}'), ("raquo", '\u{bb}'), ("rarr", '\u{2192}'),
    ("rceil", '\u{2309}'), ("rdquo", '\u{201d}'), ("real", '\u{211c}'), ("reg", '\u{ae}'), ("rfloor", '\u{230b}'),
    ("rho", '\u{3c1}'), ("rlm", '\u{200f}'), ("rsaquo", '\u{203a}'), ("rsquo", '\u{2019}'), ("sbquo", '\u{201a}'),
    ("scaron", '\u{161}'), ("sdot", '\u{22c5}'), ("sect", '\u{a7}'), ("shy", '\u{ad}'), ("sigma", '\u{3c3}'),
    ("sigmaf", '\u{3c2}'), ("sim", '\u{223c}'), ("spades", '\u{2660}'), ("sub", '\u{2282}'), ("sube", '\u{2286}'),
    ("sum", '\u{2211}'), ("sup", '\u{2283}'), ("sup1", '\u{b9}'), ("sup2", '\u{b2}'), ("sup3", '\u{b3}'),
    ("supe", '\u{2287}'), ("szlig", '\u{df}'), ("tau", '\u{3c4}'), ("there4", '\u{2234}'), ("theta", '\u{3b8}'),
    ("thetasym", '\u{3d1}'), ("thinsp", '\u{2009}'), ("thorn", '\u{fe}'), ("tilde", '\u{2dc}'), ("times", '\u{d7}'),
    ("trade", '\u{2122}'), ("uArr", '\u{21d1}'), ("uacute", '\u{fa}'), ("uarr", '\u{2191}'), ("ucirc", '\u{fb}'),
    ("ugrave", '\u{f9}'), ("uml", '\u{a8}'), ("upsih", '\u{3d2}'), ("upsilon", '\u{3c5}'), ("uuml", '\u{fc}'),
    ("weierp", '\u{2118}'), ("xi", '\u{3be}'), ("yacute", '\u{fd}'), ("yen", '\u{a5}'), ("yuml", '\u{ff}'),
    ("zeta", '\u{3b6}'), ("zwj", '\u{200d}'), ("zwnj", '\u{200c}'),
];

/// Undoes `\x22`, which web servers write into their logs.
pub(super) fn hex_escapes_undone(value: &str) -> Option<String> {
    let (mut rest, mut out, mut any) = (value, Vec::with_capacity(value.len()), false);
    while let Some((before, after)) = rest.split_once("\\x") {
        out.extend_from_slice(before.as_bytes());
        match after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                (rest, any) = (after.get(2..).unwrap_or_default(), true);
            }
            None => {
                out.extend_from_slice(b"\\x");
                rest = after;
            }
        }
    }
    out.extend_from_slice(rest.as_bytes());
    any.then(|| String::from_utf8(out).ok()).flatten()
}

/// Removes each backslash before a character (PHP's `stripslashes`).
pub(super) fn backslashes_removed(value: &str) -> Option<String> {
    let (mut out, mut chars) = (String::with_capacity(value.len()), value.chars());
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    value.contains('\\').then_some(out)
}

/// A JSON string's contents, read.
pub(super) fn json_undone(value: &str) -> Option<String> {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    if inner.is_none() && !value.contains('\\') {
        return None;
    }
    serde_json::from_str(&format!("\"{}\"", inner.unwrap_or(value))).ok()
}

/// `\u8336` as the character, other escapes as they are.
pub(super) fn unicode_escapes_undone(value: &str) -> Option<String> {
    units_undone(value, "\\u")
}

/// `%u8336` and `%20` as the characters, as JavaScript's `unescape` reads them.
pub(super) fn script_undone(value: &str) -> Option<String> {
    let undone = units_undone(value, "%u")?;
    let (mut rest, mut out) = (undone.as_str(), String::with_capacity(undone.len()));
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        match after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(char::from(byte));
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push('%');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    Some(out)
}

/// Four hexadecimal digits after each `mark` as the UTF-16 unit that they are.
fn units_undone(value: &str, mark: &str) -> Option<String> {
    let unit = |text: &str| text.get(..4).and_then(|digits| u16::from_str_radix(digits, 16).ok());
    let (mut rest, mut out, mut any) = (value, Vec::with_capacity(value.len()), false);
    while let Some((before, after)) = rest.split_once(mark) {
        out.extend(before.encode_utf16());
        match unit(after) {
            Some(unit) => {
                out.push(unit);
                (rest, any) = (after.get(4..).unwrap_or_default(), true);
            }
            None => {
                out.extend(mark.encode_utf16());
                rest = after;
            }
        }
    }
    out.extend(rest.encode_utf16());
    any.then(|| String::from_utf16(&out).ok()).flatten()
}

/// A JSON string's contents, written. `ascii` writes other characters as `\u8336`, `slashes` writes `/` as `\/`.
pub(super) fn json(value: &str, ascii: bool, slashes: bool) -> Option<String> {
    let written = serde_json::to_string(value).ok()?;
    let mut written = written.strip_prefix('"')?.strip_suffix('"')?.to_owned();
    if slashes {
        written = written.replace('/', "\\/");
    }
    if ascii { unicode_escapes(&written).or(Some(written)) } else { Some(written) }
}

/// Characters outside ASCII as `\u8336`.
pub(super) fn unicode_escapes(value: &str) -> Option<String> {
    each_other_than_ascii(value, |c| units(c, |unit| format!("\\u{unit:04x}")))
}

/// Characters outside ASCII as `\u00E9`, with capitals.
pub(super) fn large_unicode_escapes(value: &str) -> Option<String> {
    each_other_than_ascii(value, |c| units(c, |unit| format!("\\u{unit:04X}")))
}

fn units(c: char, written: fn(u16) -> String) -> String {
    c.encode_utf16(&mut [0; 2]).iter().map(|unit| written(*unit)).collect()
}

/// JavaScript's `escape(value)`.
pub(super) fn as_script(value: &str) -> String {
    let written = |c: char| match c {
        _ if c.is_ascii_alphanumeric() || "@*_+-./".contains(c) => c.to_string(),
        '\0'..='\u{ff}' => format!("%{:02X}", u32::from(c)),
        _ => units(c, |unit| format!("%u{unit:04X}")),
    };
    value.chars().map(written).collect()
}

/// Percent escapes as the characters that they stand for.
pub(super) fn percent_undone(value: &str) -> Option<String> {
    value.contains('%').then(|| percent_encoding::percent_decode_str(value).decode_utf8().ok())?.map(Into::into)
}

/// `encodeURI(value)`.
pub(super) fn as_uri(value: &str) -> String {
    let kept = [
        ("%3B", ";"),
        ("%2F", "/"),
        ("%3F", "?"),
        ("%3A", ":"),
        ("%40", "@"),
        ("%26", "&"),
        ("%3D", "="),
        ("%2B", "+"),
        ("%24", "$"),
        ("%2C", ","),
        ("%23", "#"),
    ];
    kept.iter().fold(form::component(value), |text, (from, to)| text.replace(from, to))
}

/// `20260301120000` with these texts behind its year, month, day, hour, minute and second.
pub(super) fn time(value: &str, behind: [&str; 6]) -> Option<String> {
    let is_time = value.len() == 14 && value.bytes().all(|b| b.is_ascii_digit());
    let parts = [0..4, 4..6, 6..8, 8..10, 10..12, 12..14].map(|part| value.get(part).unwrap_or_default());
    is_time.then(|| parts.iter().zip(behind).map(|(part, behind)| format!("{part}{behind}")).collect())
}

/// `2026-03-01 12:00:00` and the like as `20260301120000`.
pub(super) fn time_undone(value: &str) -> Option<String> {
    let time = value.get(..19).filter(|time| time.bytes().all(|b| b.is_ascii_digit() || b"-/.:T ".contains(&b)))?;
    let rest = value.get(19..)?;
    let digits: String = time.chars().filter(char::is_ascii_digit).collect();
    let is_zone = rest.len() <= 10 && rest.bytes().all(|b| b.is_ascii_digit() || b"+:.Z".contains(&b));
    (digits.len() == 14 && is_zone).then_some(digits)
}

/// An amount in fen as floating-point numbers give it that multiply yuan by 100: `1990` as `1989.9999999999998`. Only where they are not
/// exact.
pub(super) fn noisy(fen: &str) -> Option<String> {
    // Yuan and fen of longer ones are exact no more.
    let fits = (1..=12).contains(&fen.len()) && fen.bytes().all(|b| b.is_ascii_digit());
    let exact: f64 = fen.parse().ok().filter(|_| fits)?;
    let times = exact / 100.0 * 100.0;
    (times.to_bits() != exact.to_bits()).then(|| times.to_string())
}

/// A whole number as a floating-point number with an exponent: the way of Java (`1.0E7`), and the shorter ones of other languages.
pub(super) fn exponent(value: &str, write: fn(&str, usize) -> String) -> Option<String> {
    let fits = (3..=12).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit()) && !value.starts_with('0');
    let digits = value.trim_end_matches('0');
    let (first, rest) = digits.split_at_checked(1).filter(|_| fits)?;
    let mantissa = if rest.is_empty() { first.to_owned() } else { format!("{first}.{rest}") };
    Some(write(&mantissa, value.len() - 1))
}

/// `1.0E7` of Java, which writes numbers from ten million on so.
pub(super) fn of_java(value: &str) -> Option<String> {
    let written = |mantissa: &str, exponent| {
        let point = if mantissa.contains('.') { "" } else { ".0" };
        format!("{mantissa}{point}E{exponent}")
    };
    exponent(value, written).filter(|_| value.len() >= 8)
}

/// `1,000`.
pub(super) fn grouped(value: &str, between: char) -> Option<String> {
    let fits = (4..=12).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit());
    let separated = value.char_indices().flat_map(|(at, digit)| {
        let begins = at > 0 && (value.len() - at).is_multiple_of(3);
        begins.then_some(between).into_iter().chain([digit])
    });
    fits.then(|| separated.collect())
}

/// Fen as yuan, one step of a floating-point number away: `0.30000000000000004`, `19.900000000000002`.
pub(super) fn noisy_yuan(fen: &str, up: bool) -> Option<String> {
    let fits = (1..=9).contains(&fen.len()) && fen.bytes().all(|b| b.is_ascii_digit());
    let yuan: f64 = fen.parse::<f64>().ok().filter(|fen| fits && *fen > 0.0)? / 100.0;
    Some(f64::from_bits(if up { yuan.to_bits() + 1 } else { yuan.to_bits() - 1 }).to_string())
}

/// `1989.9999999999998` as `1990`.
pub(super) fn noise_undone(value: &str) -> Option<String> {
    let (whole, _) = value.split_once('.').filter(|(whole, noise)| whole.len() <= 12 && noise.len() >= 8)?;
    let number: f64 = value.parse().ok()?;
    let fen = format!("{:.0}", number.round());
    (whole.bytes().all(|b| b.is_ascii_digit()) && noisy(&fen).as_deref() == Some(value)).then_some(fen)
}

/// `%E8` as `%e8`.
pub(super) fn small_percents(encoded: &str) -> String {
    let mut small = 0;
    let lower = |c: char| {
        small = if c == '%' { 2 } else { i32::max(small - 1, -1) };
        if small >= 0 && c != '%' { c.to_ascii_lowercase() } else { c }
    };
    encoded.chars().map(lower).collect()
}

pub(super) const LATIN_1: Option<&Encoding> = None;
pub(super) const WINDOWS_1252: Option<&Encoding> = Some(encoding_rs::WINDOWS_1252);
pub(super) const GBK: Option<&Encoding> = Some(encoding_rs::GBK);

/// The text whose UTF-8 bytes, read in that character set, gave what was sent.
pub(super) fn reread(value: &str, charset: Option<&'static Encoding>) -> Option<String> {
    if value.is_ascii() {
        return None;
    }
    let bytes = match charset {
        None => value.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<Vec<u8>>>()?,
        Some(charset) => match charset.encode(value) {
            (bytes, _, false) => bytes.into_owned(),
            _ => return None,
        },
    };
    String::from_utf8(bytes).ok()
}

/// The value's UTF-8 bytes, read in that character set.
pub(super) fn misread(value: &str, charset: Option<&'static Encoding>) -> Option<String> {
    if value.is_ascii() {
        return None;
    }
    Some(match charset {
        None => value.bytes().map(char::from).collect(),
        Some(charset) => charset.decode_without_bom_handling(value.as_bytes()).0.into_owned(),
    })
}

pub(super) fn each_other_than_ascii(value: &str, written: impl Fn(char) -> String) -> Option<String> {
    if value.is_ascii() {
        return None;
    }
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        if c.is_ascii() { out.push(c) } else { out.push_str(&written(c)) }
    }
    Some(out)
}

/// The text without `<…>`.
pub(super) fn without_tags(value: &str) -> Option<String> {
    let (mut rest, mut out, mut any) = (value, String::with_capacity(value.len()), false);
    while let Some((before, after)) = rest.split_once('<') {
        let Some((_, after)) = after.split_once('>') else { break };
        out.push_str(before);
        (rest, any) = (after, true);
    }
    out.push_str(rest);
    any.then_some(out)
}

/// An amount in fen as yuan: with two decimals, or with as few as possible.
pub(super) fn yuan(fen: &str, full: bool) -> Option<String> {
    let fen: u64 = fen.parse().ok()?;
    let text = format!("{}.{:02}", fen / 100, fen % 100);
    let short = || text.trim_end_matches('0').trim_end_matches('.').to_owned();
    Some(if full { text } else { short() })
}

/// An amount in yuan as fen.
pub(super) fn fen(yuan: &str) -> Option<String> {
    let (whole, decimals) = yuan.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() > 2 {
        return None;
    }
    let fen: u64 = format!("{whole}{decimals:0<2}").parse().ok()?;
    Some(fen.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoes_what_it_writes() {
        let hard = "茶 \"<1>\" & 'x'\\ /+%?😀\n";
        assert_eq!(html_undone(&html(hard, "&quot;", "&#39;").unwrap()).as_deref(), Some(hard));
        assert_eq!(html_undone(&numbered(hard, |c| format!("&#x{c:x};")).unwrap()).as_deref(), Some(hard));
        assert_eq!(html_undone(&numbered(hard, |c| format!("&#{c};")).unwrap()).as_deref(), Some(hard));
        let named = "“café” · 20 € …";
        assert_eq!(entities(named).as_deref(), Some("&ldquo;caf&eacute;&rdquo; &middot; 20 &euro; &hellip;"));
        assert_eq!(html_undone(&entities(named).unwrap()).as_deref(), Some(named));
        assert_eq!(large_unicode_escapes("é茶").as_deref(), Some("\\u00E9\\u8336"));
        assert_eq!(as_script("茶é a/b"), "%u8336%E9%20a/b");
        assert_eq!(script_undone(&as_script(hard)).as_deref(), Some(hard));
        assert_eq!(json_undone(&json(hard, true, true).unwrap()).as_deref(), Some(hard));
        assert_eq!(json_undone(&json(hard, false, false).unwrap()).as_deref(), Some(hard));
        assert_eq!(unicode_escapes_undone(&unicode_escapes(hard).unwrap()).as_deref(), Some(hard));
        assert_eq!(percent_undone(&form::component(hard)).as_deref(), Some(hard));
        assert_eq!(reread(&misread("茶é", LATIN_1).unwrap(), LATIN_1).as_deref(), Some("茶é"));
    }

    #[test]
    fn percent_escapes_get_small_letters_alone() {
        assert_eq!(small_percents("/A%7CB%E6%AF?X=%2A"), "/A%7cB%e6%af?X=%2a");
    }

    #[test]
    fn leaves_other_text_alone() {
        assert_eq!(html_undone("a & b; &nothing; &#xZZ; &"), None);
        assert_eq!(html_undone("&amp;amp; &lt").as_deref(), Some("&amp; &lt"));
        assert_eq!(hex_escapes_undone("\\xG1 \\x2"), None);
        assert_eq!(hex_escapes_undone("{\\x22a\\x22: \\xE8\\x8C\\xB6}").as_deref(), Some("{\"a\": 茶}"));
        assert_eq!(hex_escapes_undone("\\xFF"), None);
        assert_eq!(backslashes_removed("\\\"a\\\\\\").as_deref(), Some("\"a\\"));
        assert_eq!(unicode_escapes_undone("\\ud83d\\ude00\\uZ").as_deref(), Some("😀\\uZ"));
        assert_eq!(json_undone("plain"), None);
        assert_eq!(percent_undone("50%").as_deref(), Some("50%"));
        assert_eq!(without_tags("a <b>c</b> <d"), Some("a c <d".into()));
        assert_eq!(without_tags("1 < 2"), None);
    }

    #[test]
    fn writes_the_noise_of_floating_point_numbers() {
        assert_eq!(noisy("1990").as_deref(), Some("1989.9999999999998"));
        assert_eq!(noisy("57").as_deref(), Some("56.99999999999999"));
        assert_eq!(noise_undone("1989.9999999999998").as_deref(), Some("1990"));
        for fen in (0..20_000).map(|fen| fen.to_string()) {
            let Some(noise) = noisy(&fen) else { continue };
            assert_eq!(noise_undone(&noise).as_deref(), Some(fen.as_str()));
        }
        for other in ["1989.99", "", "19.9", "x.99999999999", "1989.9999999999997", "9999999999999999"] {
            assert_eq!(noisy(other).or(noise_undone(other)), None, "{other}");
        }
    }

    #[test]
    fn writes_amounts_both_ways() {
        assert_eq!(yuan("1", true).as_deref(), Some("0.01"));
        assert_eq!(yuan("100", false).as_deref(), Some("1"));
        assert_eq!(yuan("1230", false).as_deref(), Some("12.3"));
        assert_eq!(fen("12.3").as_deref(), Some("1230"));
        assert_eq!(fen("0.01").as_deref(), Some("1"));
        assert_eq!(fen("1.234"), None);
        assert_eq!(fen("12"), None);
    }
}
