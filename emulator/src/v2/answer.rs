//! Answers a request of the payment API: reads it, checks it, lets it take effect, and writes the reply.

use std::borrow::Cow;
use std::sync::Arc;

use wxpaykit::Fields;
use wxpaykit::doctor::{self, Language, Mistake};
use wxpaykit::wire::xml::{self, XmlError};

use super::causes::cause;
use super::reply::{self, Reply, V2Answer};
use super::rules::Row;
use super::validate;
use crate::app::App;
use crate::faults::{Failure, Refused, ReplyStyle, Timing};
use crate::journal::{Explanation, Note};
use crate::wechat::subject;
use crate::wechat::verdict::{BusinessError, Caller, Refusal, Verdict};

/// The number of the order that a request is about, for the journal and for faults; without secrets.
pub(crate) fn number(app: &App, fields: &Fields) -> Option<String> {
    let mch_id = fields.filled("mch_id").unwrap_or_default();
    let number = subject::order_number(app, mch_id, |name| fields.filled(name))?;
    Some(app.registry.redact(number))
}

/// Serves a request. Returns the reply and the note for the journal.
pub(crate) fn answer(
    app: &App,
    row: &Row,
    fields: &Arc<Fields>,
    style: ReplyStyle,
    fault: Option<&Refused>,
) -> (V2Answer, Note) {
    let decoded = decoded(row, fields);
    let fields = decoded.as_ref().unwrap_or(fields);
    let number = number(app, fields);
    let caller = match validate::check(app, row, fields) {
        Ok(caller) => caller,
        Err(refusal) => return refused(refusal, number),
    };
    let caller = Caller { bills: style.bills, ..caller };
    let reply = Reply { app, row, caller: &caller, fields, style };
    match fault {
        Some(Refused { code, message, .. }) if code.is_empty() => {
            return refused(Refusal::new(message.clone()), number);
        }
        Some(Refused { code, message, .. }) if row.numbered => {
            return refused(Refusal::new(message.clone()).numbered(code.clone()), number);
        }
        Some(Refused { code, message, .. }) => {
            let signed = Explanation::right(fields, caller.sign_type, &app.registry);
            let note = Note::outcome(format!("business:{code}")).about(number);
            let note = note.explained(Some(signed.refused_for(cause(code, message))));
            return (reply.refuse(code, message), note);
        }
        None => {}
    }
    let verdict = match style.failure {
        Some((failure, Timing::Before)) => Ok(failed(failure)),
        _ => (row.behaviour)(app, &caller, fields),
    };
    let verdict = match (verdict, style.failure) {
        (Ok(_), Some((failure, Timing::After))) => failed(failure),
        (Ok(verdict), _) => verdict,
        (Err(refusal), _) => return refused(refusal, number),
    };
    let right = Explanation::right(fields, caller.sign_type, &app.registry);
    let right = match with_a_secret(app, &caller, fields) {
        Some(told) => right.refused_for(told),
        None => right,
    };
    accepted(&reply, verdict, number, right)
}

/// What is said of a request that is right and has a key among its fields.
fn with_a_secret(app: &App, caller: &Caller<'_>, fields: &Fields) -> Option<Explanation> {
    let is_secret = |name: &str, value: &str| name == "key" || app.registry.redact(value.to_owned()) != value;
    if !fields.iter().any(|(name, value)| is_secret(name, value)) {
        return None;
    }
    let explained = app.registry.explain(caller.merchant, fields, Some(caller.sign_type));
    let is_sent = explained.mistake == Mistake::KEY_SENT_SIGNED;
    is_sent.then(|| Explanation::of_signature(explained, |text| app.registry.redact(text)))
}

/// The fields with the text that one of them stands for.
fn decoded(row: &Row, fields: &Fields) -> Option<Arc<Fields>> {
    let name = row.url_encoded?;
    let decode = |text: &str| {
        // A client that does not encode it is understood too.
        let pair = format!("{name}={text}");
        let encoded = text.contains('%') && !text.contains('&');
        let decoded = encoded.then(|| form_urlencoded::parse(pair.as_bytes()).next()).flatten();
        decoded.map_or_else(|| text.to_owned(), |(_, value)| value.into_owned())
    };
    let pairs: Vec<(String, String)> = fields
        .iter()
        .map(|(known, value)| (known.to_owned(), if known == name { decode(value) } else { value.to_owned() }))
        .collect();
    Some(Arc::new(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()))
}

fn failed(failure: Failure) -> Verdict {
    match failure {
        Failure::System => Verdict::Fail(BusinessError::new("SYSTEMERROR", "系统错误"), Vec::new()),
        Failure::Bank => Verdict::Fail(BusinessError::new("BANKERROR", "银行系统异常"), Vec::new()),
        Failure::Frequency => Verdict::Fail(BusinessError::new("FREQUENCY_LIMITED", "频率限制"), Vec::new()),
    }
}

/// A document with the line ends that a reader of XML gives (XML 1.0, 2.11): CR LF and CR become LF, and `&#13;` stays.
fn with_line_feeds(body: &[u8]) -> Cow<'_, [u8]> {
    if !body.contains(&b'\r') {
        return body.into();
    }
    let next = body.iter().copied().skip(1).map(Some).chain([None]);
    let kept = body.iter().copied().zip(next).filter(|(byte, next)| *byte != b'\r' || *next != Some(b'\n'));
    kept.map(|(byte, _)| if byte == b'\r' { b'\n' } else { byte }).collect::<Vec<_>>().into()
}

/// The note of a request whose values were signed with CR, which stands bare in its document.
pub(crate) fn with_carriage_return(body: &[u8], mut note: Note) -> Note {
    // A reference stays as it is.
    let has_cr = || match (xml::parse(body), xml::parse(&with_line_feeds(body))) {
        (Ok(sent), Ok(read)) => sent.iter().ne(read.iter()),
        _ => false,
    };
    let of_line_ends = |own: &&mut Box<Explanation>| own.mistake == Some(Mistake::LINE_ENDS.code());
    if let Some(explanation) = note.explanation.as_mut().filter(of_line_ends)
        && has_cr()
    {
        let told = Explanation::told(Mistake::CARRIAGE_RETURN);
        (explanation.mistake, explanation.detail, explanation.chinese) = (told.mistake, told.detail, told.chinese);
    }
    note
}

/// Reads a request: steps 3 to 6 of protocol §9.1.
pub(crate) fn read(method: &str, body: &[u8]) -> Result<Arc<Fields>, Refusal> {
    if method != "POST" {
        return Err(Refusal::new("请使用post方法"));
    }
    let mut fields = xml::parse(&with_line_feeds(body)).map_err(|error| {
        let message = match error.code() {
            _ if body.is_empty() => "post数据为空",
            "xml_encoding" => "编码格式错误",
            _ => "XML格式错误",
        };
        Refusal::new(message).because(unreadable(body, &error))
    })?;
    // The document inside a refund notification has this root, and no request has (protocol §2.1).
    if xml::has_root(body, "root") {
        return Err(Refusal::new("XML格式错误").because(Explanation::told(Mistake::XML_ROOT)));
    }
    // Thousands of requests are kept, and a document may be 1 MiB of white space.
    fields.shrink_to_fit();
    Ok(Arc::new(fields))
}

/// Why no message can be read in a body. The reader's own words name the field.
fn unreadable(body: &[u8], error: &XmlError) -> Explanation {
    let mistake = doctor::unreadable_request(body, error).mistake;
    let [english, chinese] = [Language::English, Language::Chinese].map(|language| mistake.message(language));
    // What a reader of XML says of JSON helps nobody.
    if mistake == Mistake::BODY_IS_JSON {
        return Explanation::with_values(mistake.code(), english, chinese);
    }
    let said = wxpaykit::Error::from(error.clone()).text_in(Language::Chinese);
    Explanation::with_values(mistake.code(), format!("{english} ({error})"), format!("{chinese}（{said}）"))
}

fn accepted(reply: &Reply<'_>, verdict: Verdict, number: Option<String>, signed: Explanation) -> (V2Answer, Note) {
    let (outcome, explanation) = match &verdict {
        Verdict::Success(_) | Verdict::Text(_) => (Cow::Borrowed("ok"), signed),
        Verdict::Fail(BusinessError { code, text, .. }, _) => {
            (Cow::Owned(format!("business:{code}")), signed.refused_for(cause(code, text)))
        }
    };
    (reply.write(verdict), Note::outcome(outcome).about(number).explained(Some(explanation)))
}

/// The reply to an invalid request, and the note for the journal.
pub(crate) fn refused(refusal: Refusal, number: Option<String>) -> (V2Answer, Note) {
    let outcome = format!("protocol:{}", refusal.message);
    (
        reply::failure(&refusal),
        Note::outcome(outcome).about(number).explained(refusal.explanation.map(|explanation| *explanation)),
    )
}
