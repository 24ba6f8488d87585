//! Answers a call of the open platform.

use serde_json::{Value, json};

use super::call::{Asked, Denied, Request, Row};
use super::reasons::reason;
use crate::app::App;
use crate::faults::errmsg;
use crate::journal::Note;
use crate::world::clock::Millis;

/// Serves a call. Returns the answer and the note for the journal. `fault` is the errcode of a fault, which replaces the
/// call.
pub(crate) fn answer(row: &Row, app: &App, now: Millis, request: Request<'_>, fault: Option<i32>) -> (Value, Note) {
    let (errcode, errmsg) = if let Some((code, text)) = fault.and_then(|code| Some((code, errmsg(code)?))) {
        (code, text.to_owned())
    } else {
        let called = Asked::read(row, app, now, request).and_then(|asked| (row.behaviour)(&asked));
        match called {
            Ok(answer) => return (answer, Note::ok()),
            Err(Denied(code, text)) => {
                let comma = if row.comma && !text.ends_with(',') { "," } else { "" };
                (code, format!("{text}{comma} rid: "))
            }
        }
    };
    let answer = json!({ "errcode": errcode, "errmsg": format!("{errmsg}{}", app.ids.rid(now)) });
    (answer, Note::outcome(format!("oauth:{errcode}")).explained(reason(errcode)))
}
