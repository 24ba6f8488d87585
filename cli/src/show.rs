//! Documents and explanations on a terminal.

use serde_json::{Value, json};
use wxpaykit::Fields;
use wxpaykit::binding::display::{self, Tone};
use wxpaykit::doctor::Explanation;
use wxpaykit::table::Record;

use crate::columns::width_of;
use crate::session::{Colour, Session};

/// Prints a document, or its JSON.
pub(crate) fn document(session: &mut Session<'_>, record: Option<&'static Record>, fields: &Fields) {
    if session.json {
        let object = display::object(record, fields);
        return session.print_json(&Value::Object(object));
    }
    let lines = display::lines(record, fields);
    if lines.is_empty() {
        let text = session.pick("done", "完成");
        let text = session.paint(Colour::Green, text);
        return session.print(&text);
    }
    let rows: Vec<_> = lines
        .into_iter()
        .map(|line| {
            let colour = match line.tone {
                Tone::Good => Some(Colour::Green),
                Tone::Bad => Some(Colour::Red),
                Tone::Open => Some(Colour::Yellow),
                Tone::Plain => None,
            };
            let text = colour.map_or_else(|| line.text.clone(), |colour| session.paint(colour, &line.text));
            (line.name, text)
        })
        .collect();
    table(session, &rows);
}

/// Prints names and values in two columns.
pub(crate) fn table(session: &mut Session<'_>, rows: &[(String, String)]) {
    let widest = rows.iter().map(|(name, _)| width_of(name)).max().unwrap_or_default();
    for (name, text) in rows {
        let gap = " ".repeat(widest - width_of(name) + 2);
        let name = session.paint(Colour::Dim, name);
        session.print(format!("{name}{gap}{text}").trim_end());
    }
}

/// Prints an explanation, or its JSON.
pub(crate) fn explanation(session: &mut Session<'_>, explanation: &Explanation, is_right: bool) {
    let language = session.language;
    if session.json {
        let mut object: serde_json::Map<String, Value> =
            explanation.fields().map(|(name, text)| (name.to_owned(), text.into())).collect();
        object.insert("message".to_owned(), explanation.message(language).into());
        object.insert("proved".to_owned(), explanation.proved().into());
        return session.print_json(&json!(object));
    }
    let text = explanation.text(language);
    let mut lines = text.lines().map(display::clean);
    if let Some(first) = lines.next() {
        let colour = if is_right { Colour::Green } else { Colour::Red };
        let first = session.paint(colour, &first);
        session.print(&first);
    }
    for line in lines {
        let line = if session.has_colours() { marked(session, &line) } else { line.into_owned() };
        session.print(&line);
    }
}

/// The line with the part that differs in a colour.
fn marked(session: &Session<'_>, line: &str) -> String {
    let Some((before, rest)) = line.split_once('«') else { return line.to_owned() };
    let Some((differs, after)) = rest.rsplit_once('»') else { return line.to_owned() };
    format!("{before}{}{after}", session.paint(Colour::Yellow, &format!("«{differs}»")))
}
