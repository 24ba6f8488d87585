//! Pages made of templates, under a strict Content-Security-Policy: no inline script or style, nothing from elsewhere.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A page that no other page may frame.
pub(super) fn page(template: &str, values: &[(&str, &str)]) -> Response {
    framed_page(template, values, "'none'")
}

/// A page that the pages of `ancestors` may frame; these are sources of a Content-Security-Policy.
pub(super) fn framed_page(template: &str, values: &[(&str, &str)], ancestors: &str) -> Response {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, &policy),
        (header::CACHE_CONTROL, "no-store"),
        // Not no-referrer: a form would then send no origin, and be refused.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, fill(template, values)).into_response()
}

/// A page with a message, and perhaps a link back.
pub(super) fn message(title: &str, detail: &str, back: Option<&str>) -> Response {
    let link = back.map_or_else(String::new, |back| fill(BACK, &[("back", back)]));
    let text = include_str!("../../../web/message.html").replace("{{link}}", &link);
    page(&text, &[("title", title), ("detail", detail)])
}

const BACK: &str = "<p><a class=\"button\" data-testid=\"back\" href=\"{{back}}\">返回商家</a></p>";

pub(super) fn forbidden(why: &str) -> Response {
    (StatusCode::FORBIDDEN, message("不能打开", why, None)).into_response()
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
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn values_are_text() {
        let page = fill("<p title=\"{{a}}\">{{b}}{{a}}</p>{{c}}", &[("a", "\"'<&>{{b}}"), ("b", "1")]);
        assert_eq!(page, "<p title=\"&quot;&#39;&lt;&amp;&gt;{{b}}\">1&quot;&#39;&lt;&amp;&gt;{{b}}</p>");
        assert_eq!(fill("{{", &[]), "");
    }
}
