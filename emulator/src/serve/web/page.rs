//! Pages made of templates, under a strict Content-Security-Policy: no inline script or style, nothing from elsewhere.

use std::borrow::Cow;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use wxpaykit::doctor::Language;

use crate::serve::control_words;
use crate::serve::json::header_text;

/// The language for a browser: the first in Accept-Language that the pages have. Chinese for a client that names none, as
/// WeChat's own pages; English for one that names others.
pub(super) fn language(headers: &HeaderMap) -> Language {
    let accepted = header_text(headers, &header::ACCEPT_LANGUAGE);
    let tags = accepted.split(',').map(|part| part.split(';').next().unwrap_or_default().trim());
    let mut tags = tags.filter(|tag| !matches!(*tag, "" | "*")).peekable();
    if tags.peek().is_none() {
        return Language::Chinese;
    }
    let known =
        tags.find(|tag| Language::of_tag(tag) == Language::Chinese || tag.to_ascii_lowercase().starts_with("en"));
    known.map_or(Language::English, Language::of_tag)
}

/// A template in a language: `[[Chinese|English]]` becomes one of the two.
pub(super) fn translated(template: &str, language: Language) -> Cow<'_, str> {
    if !template.contains("[[") {
        return template.into();
    }
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("[[") {
        out.push_str(before);
        // The templates are our own; one with an open bracket ends there.
        let Some((words, after)) = after.split_once("]]") else { return out.into() };
        let (chinese, english) = words.split_once('|').unwrap_or((words, words));
        out.push_str(if language == Language::Chinese { chinese } else { english });
        rest = after;
    }
    out.push_str(rest);
    out.into()
}

/// A page that no other page may frame, in the browser's language.
pub(super) fn page(headers: &HeaderMap, template: &str, values: &[(&str, &str)]) -> Response {
    filled_page(&translated(template, language(headers)), values, NOBODY)
}

/// The `ancestors` of a page that no other page may frame.
pub(super) const NOBODY: &str = "'none'";

/// A page whose template has no languages left, which the pages of `ancestors` may frame; these are sources of a
/// Content-Security-Policy.
pub(super) fn filled_page(template: &str, values: &[(&str, &str)], ancestors: &str) -> Response {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, &policy),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "Accept-Language"),
        // Not no-referrer: a form would then send no origin, and be refused.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, fill(template, values)).into_response()
}

/// A page with a message, and perhaps a link back. The title may have `[[Chinese|English]]`, and the detail is English that
/// `control_words` has in Chinese; WeChat's own words stay Chinese.
pub(super) fn message(headers: &HeaderMap, title: &str, detail: &str, back: Option<&str>) -> Response {
    let language = language(headers);
    let detail = said(detail, language);
    let link = back.map_or_else(String::new, |back| fill(&translated(BACK, language), &[("back", back)]));
    let text = translated(include_str!("../../../web/message.html"), language).replace("{{link}}", &link);
    filled_page(&text, &[("title", &translated(title, language)), ("detail", &detail)], NOBODY)
}

/// What is wrong, in a language.
pub(super) fn said(english: &str, language: Language) -> Cow<'_, str> {
    let chinese = if language == Language::Chinese { control_words::chinese(english) } else { None };
    chinese.map_or(english.into(), Cow::Owned)
}

const BACK: &str =
    "<p><a class=\"button\" data-testid=\"back\" href=\"{{back}}\">[[返回商家|Back to the shop]]</a></p>";

pub(super) fn forbidden(headers: &HeaderMap, why: &str) -> Response {
    (StatusCode::FORBIDDEN, message(headers, "[[不能打开|This page cannot be opened]]", why, None)).into_response()
}

/// Replaces `{{name}}` in a template by values, escaped as text.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 256);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        // The templates are our own; one with an open placeholder ends there.
        let Some((name, after)) = after.split_once("}}") else { return out };
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            escape(&mut out, value);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // No value is a placeholder, so a page may be filled in two steps.
            '{' => out.push_str("&#123;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, header};
    use wxpaykit::doctor::Language;

    use super::{fill, language, translated};

    #[test]
    fn a_page_follows_the_browser() {
        let of = |accepted: Option<&'static str>| {
            let accepted = accepted.map(|text| (header::ACCEPT_LANGUAGE, header::HeaderValue::from_static(text)));
            language(&accepted.into_iter().collect::<HeaderMap>())
        };
        for chinese in [None, Some(""), Some("*"), Some("zh-CN,en;q=0.8"), Some("fr, zh-TW;q=0.5, en;q=0.3")] {
            assert_eq!(of(chinese), Language::Chinese, "{chinese:?}");
        }
        for english in ["en-US,zh;q=0.5", "en", "fr", "de, en-GB;q=0.9, zh;q=0.1"] {
            assert_eq!(of(Some(english)), Language::English, "{english}");
        }
    }

    #[test]
    fn a_template_is_translated() {
        let template = "<p>[[中文|English]] {{a}} [[甲|A]]</p>";
        assert_eq!(translated(template, Language::Chinese), "<p>中文 {{a}} 甲</p>");
        assert_eq!(translated(template, Language::English), "<p>English {{a}} A</p>");
        assert_eq!(translated("a [[b", Language::English), "a ");
        let own = [
            include_str!("../../../web/code.html"),
            include_str!("../../../web/codes.html"),
            include_str!("../../../web/consent.html"),
            include_str!("../../../web/frame.html"),
            include_str!("../../../web/h5.html"),
            include_str!("../../../web/me.html"),
            include_str!("../../../web/message.html"),
            include_str!("../../../web/mobile.html"),
            include_str!("../../../web/payreq.html"),
            include_str!("../../../web/qr.html"),
            include_str!("../../../web/scan.html"),
        ];
        for template in own {
            let english = translated(template, Language::English);
            assert!(!english.contains(|c| matches!(c, '\u{4e00}'..='\u{9fff}')), "{english}");
        }
    }

    #[test]
    fn values_are_text() {
        let page = fill("<p title=\"{{a}}\">{{b}}{{a}}</p>{{c}}", &[("a", "\"'<&>{{b}}"), ("b", "1")]);
        let text = "&quot;&#39;&lt;&amp;&gt;&#123;&#123;b}}";
        assert_eq!(page, format!("<p title=\"{text}\">1{text}</p>"));
        assert_eq!(fill(&page, &[("b", "2")]), page, "a value stays what it is when the page is filled again");
        assert_eq!(fill("{{", &[]), "");
    }
}
