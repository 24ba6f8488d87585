//! `xml`: fields of a document, or the document of fields.

use clap::ArgMatches;
use serde_json::{Map, Value};
use wxpaykit::Fields;
use wxpaykit::binding::display;
use wxpaykit::wire::xml;

use crate::input::{Input, fields, given, line, values};
use crate::session::Session;
use crate::status::{DONE, Stop};

pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    let given = given(session, &values(matches, "fields"))?;
    let fields = fields(session, &given)?;
    let is_document = matches!(&given, Input::Bytes(bytes) if is_xml(bytes));
    if is_document {
        print_fields(session, &fields);
    } else {
        let document = xml::build(fields.iter())?;
        session.print(&document);
    }
    Ok(DONE)
}

fn print_fields(session: &mut Session<'_>, fields: &Fields) {
    if session.json {
        let object: Map<String, Value> =
            fields.iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
        return session.print_json(&Value::Object(object));
    }
    for (name, value) in fields.iter() {
        let line = line(name, value);
        // In a file the text stays as it is, so that it can be read back.
        let line = if session.io.terminals.out { display::clean(&line).into_owned() } else { line };
        session.print(&line);
    }
}

fn is_xml(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes).trim_start_matches('\u{feff}').trim_start().starts_with('<')
}
