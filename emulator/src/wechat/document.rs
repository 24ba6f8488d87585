//! WeChat's XML documents, in its own form.

/// `<xml>…</xml>`: texts in CDATA, the fields in `bare` without it, and `between` after each element.
pub(crate) fn document(pairs: &[(&str, &str)], between: &str, bare: &[&str]) -> String {
    let size: usize = pairs.iter().map(|(name, value)| 2 * name.len() + value.len() + 18).sum();
    let mut out = String::with_capacity(size + 11);
    out.push_str("<xml>");
    for (name, value) in pairs {
        out.extend(["<", name, ">"]);
        if bare.contains(name) {
            out.push_str(value);
        } else {
            text(&mut out, value);
        }
        out.extend(["</", name, ">", between]);
    }
    out.push_str("</xml>");
    out
}

pub(super) fn text(out: &mut String, value: &str) {
    // XML readers turn a carriage return into a line feed, in CDATA too, so it becomes a character reference.
    for (i, line) in value.split('\r').enumerate() {
        if i > 0 {
            out.push_str("&#13;");
        }
        out.push_str("<![CDATA[");
        for (i, part) in line.split("]]>").enumerate() {
            if i > 0 {
                out.push_str("]]]]><![CDATA[>");
            }
            out.push_str(part);
        }
        out.push_str("]]>");
    }
}
