//! Why WeChat's browser refuses a page's `wx.config` (invalid signature).

use super::escapes::{as_html, each_other_than_ascii};
use super::page::{is_in_milliseconds, shifted};
use super::permutations::permutations;
use super::secrets::MASK;
use crate::crypto::digest::{SignType, digest, sha1, sha256};
use crate::explanation::{Explanation, Mistake, Proof};
use crate::redact::Known;
use crate::wire::form;

/// The arguments of a page's `wx.config` that are signed, and the page.
#[derive(Clone, Copy, Debug)]
pub struct PageSign<'a> {
    /// `nonceStr`.
    pub nonce_str: &'a str,
    /// `timestamp`, as text.
    pub timestamp: &'a str,
    /// `signature`.
    pub signature: &'a str,
    /// The URL at which the browser is: `location.href`.
    pub url: &'a str,
}

/// What the caller knows besides the page. More evidence tells more mistakes apart.
#[derive(Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// The tickets of the appid that are valid.
    pub tickets: &'a [&'a str],
    /// Tickets that are no longer valid.
    pub stale: &'a [&'a str],
    /// The access_tokens of the appid, which some sign instead.
    pub access_tokens: &'a [&'a str],
    /// The URL that was signed.
    pub signed_url: Option<&'a str>,
    /// URLs at which the browser was before.
    pub pages: &'a [&'a str],
}

/// Explains a page's signature. Without a ticket, only the two URLs are compared.
pub fn config(page: &PageSign<'_>, evidence: &Evidence<'_>) -> Explanation {
    let found = examined(page, evidence);
    // A page's URL may have a ticket or a token in it.
    let all = [evidence.tickets, evidence.stale, evidence.access_tokens].concat();
    let secrets = Known::new(all);
    let hide = |text: String| secrets.without(&text).into_owned();
    Explanation { string_to_sign: hide(found.string_to_sign), likely_string: found.likely_string.map(hide), ..found }
}

fn examined(page: &PageSign<'_>, evidence: &Evidence<'_>) -> Explanation {
    let href = page_of(page.url);
    let given = page.signature.to_ascii_lowercase();
    let fits = |ticket: &str, url: &str| sha1(&text(page, ticket, url)) == given;
    let mut explanation = Explanation::new(Mistake::NONE);
    explanation.sign_type = "SHA1";
    explanation.string_to_sign = text(page, MASK, href);
    let tickets = || evidence.tickets.iter().chain(evidence.stale);
    if tickets().next().is_none() {
        let compared = evidence.signed_url.and_then(|signed| compared(signed, page.url, evidence.pages));
        return match (compared, evidence.signed_url) {
            (Some(mistake), Some(signed)) => {
                explanation = explanation.found(mistake, Some(text(page, MASK, signed)));
                explanation.proof = Proof::Seen;
                explanation
            }
            _ => explanation.found(Mistake::NO_TICKET, None),
        };
    }
    let any = |url: &str| tickets().any(|ticket| fits(ticket, url));
    let shown = |url: &str| Some(text(page, MASK, url));
    if evidence.tickets.iter().any(|ticket| fits(ticket, href)) {
        let mistake = match () {
            () if page.signature != given => Mistake::UPPER_CASE,
            () if is_in_milliseconds(page.timestamp) => Mistake::PAY_TIME_IN_MILLISECONDS,
            () => Mistake::NONE,
        };
        return explanation.found(mistake, shown(href));
    }
    if any(href) {
        return explanation.found(Mistake::STALE_TICKET, shown(href));
    }
    if evidence.access_tokens.iter().any(|token| fits(token, href)) {
        return explanation.found(Mistake::ACCESS_TOKEN_AS_TICKET, shown(href));
    }
    let signed = evidence.signed_url.filter(|signed| any(signed)).map(|signed| {
        (compared(signed, page.url, evidence.pages).unwrap_or(Mistake::URL_OF_OTHER_PAGE), signed.to_owned())
    });
    if let Some((mistake, url)) =
        signed.or_else(|| variants(page.url, evidence.pages).into_iter().find(|(_, url)| any(url)))
    {
        return explanation.found(mistake, shown(&url));
    }
    for ticket in tickets() {
        let found = otherwise(page, ticket, href).into_iter().zip(otherwise(page, MASK, href));
        if let Some((_, (mistake, shown))) = found.into_iter().find(|((_, text), _)| sha1(text) == given) {
            return explanation.found(mistake, Some(shown));
        }
        let text = text(page, ticket, href);
        if digest(&text, "", SignType::Md5).eq_ignore_ascii_case(&given) || sha256(&text) == given {
            return explanation.found(Mistake::CONFIG_HASH, shown(href));
        }
    }
    for ticket in tickets() {
        if let Some((mistake, shown)) = slow(page, ticket, href, &given) {
            return explanation.found(mistake, Some(shown));
        }
    }
    for (mistake, names) in NAMES {
        let written = |ticket: &str| named(page, ticket, href, names);
        if tickets().any(|ticket| sha1(&written(ticket)) == given) {
            return explanation.found(*mistake, Some(written(MASK)));
        }
    }
    for ticket in NO_TICKETS {
        let signed = text(page, ticket, href);
        if sha1(&signed) == given {
            return explanation.found(Mistake::TICKET_NOT_LOADED, Some(signed));
        }
    }
    let is_sha1 = given.len() == 40 && given.bytes().all(|byte| byte.is_ascii_hexdigit());
    explanation.found(if is_sha1 { Mistake::OTHER_PAGE_OR_TICKET } else { Mistake::CONFIG_SIGNATURE_MALFORMED }, None)
}

/// What programs have in place of a ticket that was not fetched.
const NO_TICKETS: [&str; 10] =
    ["", "undefined", "null", "None", "nil", "<nil>", "NULL", "[object Object]", "[object Promise]", "false"];

/// The right values, put together in another way: the same number of texts for each ticket.
fn otherwise(page: &PageSign<'_>, ticket: &str, href: &str) -> Vec<(Mistake, String)> {
    let mut found = Vec::new();
    for [before, after] in AROUND {
        found.push((Mistake::TICKET_WITH_WHITE_SPACE, text(page, &format!("{before}{ticket}{after}"), href)));
    }
    let times = [Some(format!("{}000", page.timestamp)), page.timestamp.get(..10).map(str::to_owned)];
    for timestamp in times.into_iter().flatten().filter(|time| time != page.timestamp) {
        found.push((Mistake::TIME_OTHER_FORM, text(&PageSign { timestamp: &timestamp, ..*page }, ticket, href)));
    }
    for timestamp in shifted(page.timestamp) {
        found.push((Mistake::TIMESTAMP_DIFFERS, text(&PageSign { timestamp: &timestamp, ..*page }, ticket, href)));
    }
    // A page shows `&timestamp` so: ×tamp.
    found.push((Mistake::TEXT_AS_HTML, as_html(&text(page, ticket, href))));
    let pairs = [
        format!("jsapi_ticket={ticket}"),
        format!("noncestr={}", page.nonce_str),
        format!("timestamp={}", page.timestamp),
        format!("url={href}"),
    ];
    for order in permutations(pairs.len()) {
        let pairs: Vec<&str> = order.iter().filter_map(|at| pairs.get(*at)).map(String::as_str).collect();
        found.push((Mistake::NAMES_NOT_SORTED, pairs.join("&")));
    }
    found
}

/// What was signed where it is neither the right text nor one that differs in the URL: the values without their names, as the message push
/// has them, or the time in milliseconds.
fn slow(page: &PageSign<'_>, ticket: &str, href: &str, given: &str) -> Option<(Mistake, String)> {
    let is_of = |values: &[[&str; 2]]| {
        let texts = |at: usize| values.iter().filter_map(|value| value.get(at).copied()).collect::<String>();
        (sha1(&texts(0)) == given).then(|| (Mistake::CONFIG_VALUES, texts(1)))
    };
    // Each with what is shown of it.
    let all = [[ticket, MASK], [page.nonce_str; 2], [page.timestamp; 2], [href; 2]];
    for values in [&all[..], all.split_at(3).0] {
        let mut sorted = values.to_vec();
        sorted.sort_unstable();
        if let Some(found) = is_of(values).or_else(|| is_of(&sorted)) {
            return Some(found);
        }
    }
    let is_seconds = page.timestamp.len() == 10 && page.timestamp.bytes().all(|b| b.is_ascii_digit());
    let all = if is_seconds && href.len() <= LONGEST { 0..1000 } else { 0..0 };
    let times = all.map(|more| format!("{}{more:03}", page.timestamp));
    let with = |timestamp: &str, ticket: &str| text(&PageSign { timestamp, ..*page }, ticket, href);
    let found = times.into_iter().find(|time| sha1(&with(time, ticket)) == given)?;
    Some((Mistake::TIME_OTHER_FORM, with(&found, MASK)))
}

/// What stands around a ticket that was read from a file, a cache or JSON.
const AROUND: [[&str; 2]; 10] = [
    ["", "\n"],
    ["", "\r\n"],
    ["", "\r"],
    ["", " "],
    [" ", ""],
    ["\"", "\""],
    ["'", "'"],
    ["\u{feff}", ""],
    ["\u{200b}", ""],
    ["{\"errcode\":0,\"errmsg\":\"ok\",\"ticket\":\"", "\",\"expires_in\":7200}"],
];

/// How the URL that was signed differs from the one at which the browser is. `None` when it does not matter.
pub fn compared(signed: &str, page: &str, pages: &[&str]) -> Option<Mistake> {
    let href = page_of(page);
    if signed == href {
        return None;
    }
    let found = variants(page, pages).into_iter().find(|(_, url)| url == signed).map(|(mistake, _)| mistake);
    found.or_else(|| {
        let (ours, theirs) = (Parts::of(href), Parts::of(page_of(signed)));
        Some(match (ours, theirs) {
            (Some(ours), Some(theirs)) => {
                if !ours.host.eq_ignore_ascii_case(theirs.host) {
                    Mistake::URL_HOST
                } else if ours.host != theirs.host {
                    Mistake::URL_HOST_CASE
                } else if !ours.scheme.eq_ignore_ascii_case(theirs.scheme) {
                    Mistake::URL_SCHEME
                } else if ours.port != theirs.port {
                    Mistake::URL_PORT
                } else if ours.path != theirs.path {
                    Mistake::URL_OF_OTHER_PAGE
                } else {
                    Mistake::URL_QUERY
                }
            }
            _ => Mistake::URL_WITHOUT_ORIGIN,
        })
    })
}

/// The mistake in a URL that no browser can be at, or that was escaped for HTML; `None` for a usable URL.
pub fn impossible(signed: &str) -> Option<Mistake> {
    let page = page_of(signed);
    if page.contains("&amp;") {
        return Some(Mistake::URL_ESCAPED);
    }
    let Some(href) = url::Url::parse(page).ok().filter(url::Url::has_host) else {
        return Some(Mistake::URL_WITHOUT_ORIGIN);
    };
    if href.as_str() == page { None } else { compared(page, href.as_str(), &[]) }
}

/// A longer URL is not searched: a visitor may have written it, and each guess copies it.
const LONGEST: usize = 4096;
/// With more parameters none is left out, and no more folders of a path are tried: the guesses would grow with their square.
const MOST_PARAMS: usize = 32;

/// URLs that people sign instead of the page's, the likelier ones first.
fn variants(page: &str, pages: &[&str]) -> Vec<(Mistake, String)> {
    let href = page_of(page);
    let mut found = Vec::new();
    if page.len() > LONGEST {
        return found;
    }
    if page != href {
        found.push((Mistake::URL_WITH_HASH, page.to_owned()));
    }
    paths(href, &mut found);
    let Some(parts) = Parts::of(href) else { return found };
    // Another origin, with the path as it is and with another mistake at once.
    let mut rest = vec![parts.rest.to_owned()];
    rest.extend(found.iter().filter_map(|(_, url)| Some(Parts::of(url)?.rest.to_owned())));
    for rest in &rest {
        for (mistake, origin) in parts.origins() {
            found.push((mistake, format!("{origin}{rest}")));
        }
    }
    found.push((Mistake::URL_WITHOUT_ORIGIN, parts.rest.to_owned()));
    found.push((Mistake::URL_WITHOUT_ORIGIN, format!("{}{}", parts.authority(), parts.rest)));
    found.push((Mistake::URL_WITHOUT_ORIGIN, format!("//{}{}", parts.authority(), parts.rest)));
    // The page that was opened first, as single-page applications on iOS go on from.
    let origin = parts.origin();
    let mut folder = parts.path.trim_end_matches('/');
    for _ in 0..MOST_PARAMS {
        let Some((parent, _)) = folder.rsplit_once('/') else { break };
        found.push((Mistake::URL_OF_OTHER_PAGE, format!("{origin}{parent}/")));
        found.push((Mistake::URL_OF_OTHER_PAGE, format!("{origin}{parent}")));
        folder = parent;
    }
    found.extend(pages.iter().map(|other| (Mistake::URL_OF_OTHER_PAGE, page_of(other).to_owned())));
    found.extend(pages.iter().map(|other| (Mistake::URL_OF_OTHER_PAGE, (*other).to_owned())));
    found.retain(|(_, url)| url != href);
    found
}

/// Other paths and queries on the same origin.
fn paths(href: &str, found: &mut Vec<(Mistake, String)>) {
    let (base, query) = href.split_once('?').unwrap_or((href, ""));
    found.push((Mistake::URL_WITHOUT_QUERY, base.to_owned()));
    found.push((Mistake::URL_ESCAPED, href.replace('&', "&amp;")));
    found.push((Mistake::URL_ESCAPED, href.replace('&', "&amp;amp;")));
    let with = |base: &str| if query.is_empty() { base.to_owned() } else { format!("{base}?{query}") };
    found.push((Mistake::URL_SLASH, href.trim_end_matches('/').to_owned()));
    found.push((Mistake::URL_SLASH, format!("{href}/")));
    found.push((Mistake::URL_SLASH, with(base.trim_end_matches('/'))));
    found.push((Mistake::URL_SLASH, with(&format!("{base}/"))));
    found.push((Mistake::URL_MARKS, format!("{href}?")));
    found.push((Mistake::URL_WITH_HASH, format!("{href}#")));
    found.push((Mistake::URL_MARKS, format!("{href}&")));
    let params: Vec<&str> = query.split('&').filter(|param| !param.is_empty()).collect();
    let cut = if params.len() > MOST_PARAMS { 0 } else { params.len() };
    for kept in (1..cut).rev() {
        found.push((Mistake::URL_QUERY_CUT, format!("{base}?{}", params.get(..kept).unwrap_or_default().join("&"))));
    }
    for left_out in 0..cut {
        let rest = params.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, param)| *param);
        let rest = rest.collect::<Vec<_>>().join("&");
        let url = if rest.is_empty() { base.to_owned() } else { format!("{base}?{rest}") };
        found.push((Mistake::URL_QUERY_CUT, url));
    }
    let own = params.iter().filter(|param| !ADDED.contains(&param.split('=').next().unwrap_or_default()));
    let own = own.copied().collect::<Vec<_>>().join("&");
    found.push((Mistake::URL_QUERY_CUT, if own.is_empty() { base.to_owned() } else { format!("{base}?{own}") }));
    let mut sorted = params.clone();
    sorted.sort_unstable();
    found.push((Mistake::URL_QUERY, format!("{base}?{}", sorted.join("&"))));
    found.push((Mistake::URL_QUERY, format!("{base}?{}", params.join("&"))));
    found.push((Mistake::URL_ENCODING, form::component(href)));
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    found.push((Mistake::URL_ENCODING, decoded(href)));
    found.push((Mistake::URL_ENCODING, decoded(&href.replace('+', " "))));
    found.push((Mistake::URL_ENCODING, form::component(&decoded(href))));
    found.push((Mistake::URL_ENCODING, href.replace('%', "%25")));
    found.push((Mistake::URL_ENCODING, href.replace("%20", "+")));
    found.push((Mistake::URL_ENCODING, href.replace('+', "%20")));
    found.push((Mistake::URL_ENCODING, super::escapes::small_percents(href)));
    // In a character set that does not have them.
    for lost in [|_: char| "?".to_owned(), |c: char| "?".repeat(c.len_utf8())] {
        found.extend(each_other_than_ascii(href, lost).map(|url| (Mistake::URL_ENCODING, url)));
        found.extend(each_other_than_ascii(&decoded(href), lost).map(|url| (Mistake::URL_ENCODING, url)));
    }
    if let Ok(url) = url::Url::parse(&decoded(href)) {
        found.push((Mistake::URL_ENCODING, url.into()));
    }
}

/// Parameters that WeChat adds to the links that people share, and OAuth to the page that it comes back to.
const ADDED: &[&str] = &["from", "isappinstalled", "code", "state", "nsukey", "clicktime", "enterid", "scene"];
/// Where servers listen behind a proxy.
const PORTS: &[&str] =
    &["80", "443", "8080", "8000", "3000", "5000", "8443", "8081", "8888", "9000", "8001", "3001", "5173"];

/// The signed names in other spellings and orders.
const NAMES: &[(Mistake, [&str; 4])] = &[
    (Mistake::CONFIG_NAMES, ["jsapi_ticket", "nonceStr", "timestamp", "url"]),
    (Mistake::CONFIG_NAMES, ["jsapi_ticket", "nonceStr", "timeStamp", "url"]),
    (Mistake::CONFIG_NAMES, ["jsapi_ticket", "noncestr", "timeStamp", "url"]),
    (Mistake::CONFIG_NAMES, ["jsapi_ticket", "nonce_str", "timestamp", "url"]),
    (Mistake::CONFIG_NAMES, ["jsapiTicket", "nonceStr", "timestamp", "url"]),
    (Mistake::CONFIG_NAMES, ["ticket", "noncestr", "timestamp", "url"]),
];

fn page_of(url: &str) -> &str {
    url.split('#').next().unwrap_or_default()
}

/// The signed text with a URL as it stands.
fn text(page: &PageSign<'_>, ticket: &str, url: &str) -> String {
    named(page, ticket, url, &["jsapi_ticket", "noncestr", "timestamp", "url"])
}

fn named(page: &PageSign<'_>, ticket: &str, url: &str, [first, second, third, fourth]: &[&str; 4]) -> String {
    format!("{first}={ticket}&{second}={}&{third}={}&{fourth}={url}", page.nonce_str, page.timestamp)
}

/// A URL as it is written, in parts.
#[derive(Clone, Copy)]
struct Parts<'a> {
    scheme: &'a str,
    host: &'a str,
    port: Option<&'a str>,
    path: &'a str,
    /// Path and query.
    rest: &'a str,
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Option<Self> {
        let (scheme, after) = url.split_once("://")?;
        let end = after.find(['/', '?']).unwrap_or(after.len());
        let (authority, rest) = after.split_at_checked(end)?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, Some(port)),
            _ => (authority, None),
        };
        Some(Self { scheme, host, port, path: rest.split('?').next().unwrap_or_default(), rest })
    }

    fn authority(&self) -> String {
        self.port.map_or_else(|| self.host.to_owned(), |port| format!("{}:{port}", self.host))
    }

    fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.authority())
    }

    /// Other origins, each with the first thing that differs.
    fn origins(&self) -> Vec<(Mistake, String)> {
        let title = |label: &str| {
            let mut letters = label.chars();
            letters.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
        };
        let titled = |host: &str| host.split('.').map(title).collect::<Vec<_>>().join(".");
        let bare = self.host.strip_prefix("www.");
        let hosts = [
            (None, self.host.to_owned()),
            (Some(Mistake::URL_HOST_CASE), title(self.host)),
            (Some(Mistake::URL_HOST_CASE), titled(self.host)),
            (Some(Mistake::URL_HOST_CASE), self.host.to_ascii_uppercase()),
            (Some(Mistake::URL_HOST), bare.map_or_else(|| format!("www.{}", self.host), str::to_owned)),
            (Some(Mistake::URL_HOST), "localhost".to_owned()),
            (Some(Mistake::URL_HOST), "127.0.0.1".to_owned()),
        ];
        let mut found = Vec::new();
        for scheme in [self.scheme, if self.scheme == "https" { "http" } else { "https" }] {
            for port in [self.port, None].into_iter().chain(PORTS.iter().map(|port| Some(*port))) {
                for (host_mistake, host) in &hosts {
                    let mistake = host_mistake.unwrap_or(match (scheme == self.scheme, port == self.port) {
                        (false, _) => Mistake::URL_SCHEME,
                        _ => Mistake::URL_PORT,
                    });
                    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
                    found.push((mistake, format!("{scheme}://{host}{port}")));
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICKET: &str = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3";

    fn signed(url: &str, page: &str) -> (&'static str, bool) {
        let mut made = PageSign { nonce_str: "n", timestamp: "1414587457", signature: "", url };
        let signature = sha1(&text(&made, TICKET, url));
        (made.url, made.signature) = (page, &signature);
        let explanation = config(&made, &Evidence { tickets: &[TICKET], ..Evidence::default() });
        assert!(!explanation.to_string().contains(TICKET));
        (explanation.mistake.code(), explanation.proved())
    }

    /// A visitor may write the URL: what is tried must not grow with the square of its parts.
    #[test]
    fn a_hostile_url_has_few_variants() {
        let longest = |url: &str| {
            let found = variants(url, &[]);
            (found.len(), found.iter().map(|(_, url)| url.len()).sum::<usize>())
        };
        for url in [
            format!("HTTPS://a.b/c?{}", "d=e&".repeat(1000)),
            format!("HTTPS://a.b/{}", "c/".repeat(2000)),
            format!("HTTPS://a.b/c?{}", "d=e&".repeat(100_000)),
            format!("HTTPS://a.b/{}?{}", "c/".repeat(100), "d=e&".repeat(MOST_PARAMS)),
        ] {
            let (count, bytes) = longest(&url);
            assert!(count < 40_000 && bytes < 24 * 1024 * 1024, "{count} variants, {bytes} bytes");
        }
        let long = |host: &str| format!("https://{host}/c?{}", "d=e&".repeat(2000));
        assert_eq!(compared(&long("a.b"), &long("x.y"), &[]), Some(Mistake::URL_HOST), "compared all the same");
    }

    #[test]
    fn names_what_was_signed_instead() {
        let page = "https://shop.example/pay?a=1&name=%E8%8C%B6%20x&from=singlemessage";
        for (url, mistake) in [
            ("https://shop.example/pay?a=1&name=%E8%8C%B6%20x&from=singlemessage", "none"),
            ("https://shop.example/pay?a=1&amp;name=%E8%8C%B6%20x&amp;from=singlemessage", "url_escaped"),
            ("http://shop.example/pay?a=1&name=%E8%8C%B6%20x&from=singlemessage", "url_scheme"),
            ("http://shop.example:8000/pay?a=1&name=%E8%8C%B6%20x&from=singlemessage", "url_scheme"),
            ("https://shop.example:443/pay?a=1&name=%E8%8C%B6%20x&from=singlemessage", "url_port"),
            ("https://Shop.example/pay?a=1&name=%E8%8C%B6%20x&from=singlemessage", "url_host_case"),
            ("https://www.shop.example/pay?a=1&name=%E8%8C%B6%20x&from=singlemessage", "url_host"),
            ("https://shop.example/pay?a=1&name=%E8%8C%B6%20x", "url_query_cut"),
            ("https://shop.example/pay?a=1", "url_query_cut"),
            ("https://shop.example/pay?a=1&from=singlemessage", "url_query_cut"),
            ("https://shop.example/pay", "url_without_query"),
            ("http://shop.example/pay", "url_scheme"),
            ("https://shop.example/pay?a=1&name=茶 x&from=singlemessage", "url_encoding"),
            ("https://shop.example/pay?a=1&name=%e8%8c%b6%20x&from=singlemessage", "url_encoding"),
            ("https://shop.example/pay/?a=1&name=%E8%8C%B6%20x&from=singlemessage", "url_slash"),
            ("/pay?a=1&name=%E8%8C%B6%20x&from=singlemessage", "url_without_origin"),
            ("https://shop.example/", "url_of_other_page"),
        ] {
            assert_eq!(signed(url, page), (mistake, true), "{url}");
            let compared = compared(url, page, &[]).map_or("none", |mistake| mistake.code());
            assert_eq!(compared, mistake, "{url}");
        }
        assert_eq!(signed("https://shop.example/pay#/a", "https://shop.example/pay#/a"), ("url_with_hash", true));
        assert_eq!(signed("https://shop.example/landing", page), ("other_page_or_ticket", false));
    }

    #[test]
    fn knows_tickets_tokens_and_pages() {
        let page = PageSign { nonce_str: "n", timestamp: "1", signature: "", url: "https://shop.example/pay" };
        let explained =
            |signature: &str, evidence: &Evidence<'_>| config(&PageSign { signature, ..page }, evidence).mistake.code();
        let evidence = Evidence { tickets: &["t"], stale: &["s"], access_tokens: &["a"], ..Evidence::default() };
        let sign = |ticket: &str| sha1(&text(&page, ticket, page.url));
        assert_eq!(explained(&sign("t"), &evidence), "none");
        assert_eq!(explained(&sign("t").to_ascii_uppercase(), &evidence), "upper_case");
        assert_eq!(explained(&sign("s"), &evidence), "stale_ticket");
        assert_eq!(explained(&sign("a"), &evidence), "access_token_as_ticket");
        assert_eq!(explained(&sign("t"), &Evidence::default()), "no_ticket");
        let landing = sha1(&text(&page, "t", "https://shop.example/landing?code=1"));
        let pages = Evidence { pages: &["https://shop.example/landing?code=1#/x"], ..evidence };
        assert_eq!(explained(&landing, &pages), "url_of_other_page");
        let signed_elsewhere = Evidence { signed_url: Some("https://shop.example/landing?code=1"), ..evidence };
        assert_eq!(explained(&landing, &signed_elsewhere), "url_of_other_page");
        let names = sha1("jsapi_ticket=t&nonceStr=n&timestamp=1&url=https://shop.example/pay");
        assert_eq!(explained(&names, &evidence), "config_names");
        let only = Evidence { signed_url: Some("http://shop.example/pay"), ..Evidence::default() };
        let explanation = config(&page, &only);
        assert_eq!((explanation.mistake.code(), explanation.proved()), ("url_scheme", false));
    }

    #[test]
    fn a_ticket_in_the_url_is_hidden() {
        let ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy";
        let url = format!("https://shop.example/pay?ticket={ticket}");
        for signature in [
            "0000000000000000000000000000000000000000",
            &sha1(&format!("jsapi_ticket={ticket}&noncestr=n&timestamp=1&url={url}")),
        ] {
            let page = PageSign { nonce_str: "n", timestamp: "1", signature, url: &url };
            let found = config(&page, &Evidence { tickets: &[ticket], ..Evidence::default() });
            assert!(!format!("{found:?}").contains(ticket), "{found:?}");
            assert_eq!(
                found.string_to_sign,
                "jsapi_ticket=***&noncestr=n&timestamp=1&url=https://shop.example/pay?ticket=***"
            );
        }
    }

    #[test]
    fn recognises_urls_that_no_browser_can_be_at() {
        for (url, mistake) in [
            ("https://shop.example/pay?a=1&b=2#x", None),
            ("https://shop.example/%E8%8C%B6", None),
            ("http://127.0.0.1:8000/", None),
            ("https://shop.example/?a=1&amp;b=2", Some("url_escaped")),
            ("https://shop.example:443/a", Some("url_port")),
            ("http://shop.example:80/a", Some("url_port")),
            ("https://Shop.Example/a", Some("url_host_case")),
            ("https://shop.example", Some("url_slash")),
            ("https://shop.example?a=1", Some("url_slash")),
            ("https://shop.example/茶", Some("url_encoding")),
            ("https://shop.example/a b", Some("url_encoding")),
            ("https://shop.example/a/../b", Some("url_of_other_page")),
            ("/pay", Some("url_without_origin")),
        ] {
            assert_eq!(impossible(url).map(|mistake| mistake.code()), mistake, "{url}");
        }
    }
}
