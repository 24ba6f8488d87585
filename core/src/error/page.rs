//! What a person reads in a page that came instead of a reply.

/// The words that a person reads in a page or a document: without tags, comments, scripts and styles.
pub(super) fn readable(page: &str) -> String {
    let (mut rest, mut text) = (page, String::new());
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let begins = |name: &str| tag.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        let is_tag = tag.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
        rest = if let Some(data) = tag.strip_prefix("![CDATA[") {
            let (data, after) = data.split_once("]]>").unwrap_or((data, ""));
            text.push_str(data);
            after
        } else if !is_tag {
            text.push('<');
            tag
        } else {
            text.push(' ');
            // Of a tag that has no end nothing is readable.
            let after = |end: &str| tag.split_once(end).map_or("", |(_, after)| after);
            if begins("script") || begins("style") {
                let end = if begins("script") { "</script>" } else { "</style>" };
                let at = tag.to_ascii_lowercase().find(end);
                at.and_then(|at| tag.get(at + end.len()..)).unwrap_or_default()
            } else if begins("!--") {
                after("-->")
            } else {
                after(">")
            }
        };
    }
    text.push_str(rest);
    let entities = [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    let text = entities.iter().fold(text, |text, (entity, c)| text.replace(entity, c));
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
