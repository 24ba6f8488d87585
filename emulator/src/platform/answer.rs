//! Answers a call of the open platform.

use serde_json::{Value, json};

use super::call::{End, HINT, PlatformError, ReadRequest, Request, Row};
use super::reasons::{reason, reason_of_wecom};
use crate::app::App;
use crate::journal::{Explanation, Note};
use crate::reasons::Reason;
use crate::world::clock::Millis;

/// Serves a call. Returns the answer and the note for the journal. `fault` is the errcode of a fault, which replaces the
/// call.
pub(crate) fn answer(
    row: &Row,
    app: &App,
    now: Millis,
    request: Request<'_>,
    fault: Option<(i32, &str)>,
) -> (Value, Note) {
    let (errcode, text) = if let Some((code, text)) = fault {
        (code, text.to_owned())
    } else {
        let called = ReadRequest::read(row, app, now, request).and_then(|asked| (row.behaviour)(&asked));
        match called {
            Ok(answer) => return (answer, Note::ok()),
            Err(PlatformError(code, text)) => {
                let comma = if row.end == End::CommaRid && !text.ends_with(',') { "," } else { "" };
                (code, format!("{}{comma} rid: ", text.replace(HINT, &app.ids.hint())))
            }
        }
    };
    let rid = app.ids.rid(now);
    // Tokens are in the query.
    let is_unreadable = row.is_unreadable(request) && !matches!(errcode, 40001 | 40014 | 41001 | 42001);
    let (errmsg, reason) = match row.end {
        End::Rid | End::CommaRid => {
            let errmsg = format!("{text}{rid}");
            (errmsg, if is_unreadable { Some(Explanation::reason(Reason::BODY)) } else { reason(errcode) })
        }
        End::Hint => {
            let text = text.trim_end_matches(" rid: ").trim_end_matches(',');
            let hint = rid.replace('-', "");
            let link = format!("https://open.work.weixin.qq.com/devtool/query?e={errcode}");
            let errmsg = format!("{text}, hint: [{hint}], from ip: 127.0.0.1, more info at {link}");
            let warning = if row.is_unreadable(request) { " Warning: wrong json format." } else { "" };
            let reason = if is_unreadable { Some(Explanation::reason(Reason::BODY)) } else { reason_of_wecom(errcode) };
            (format!("{errmsg}{warning}"), reason)
        }
    };
    let answer = json!({ "errcode": errcode, "errmsg": errmsg });
    (answer, Note::outcome(format!("oauth:{errcode}")).explained(reason))
}
