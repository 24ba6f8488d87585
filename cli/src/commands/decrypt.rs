//! `decrypt`: what WeChat encrypts. The kinds are those of [`Sealed`].

use clap::{ArgMatches, ValueEnum as _};
use wxpaykit::binding::display;
use wxpaykit::notify::RefundNotification;
use wxpaykit::table::{Document as _, Record};
use wxpaykit::wire::xml;
use wxpaykit::{Fields, decrypt_req_info};

use crate::args::Sealed;
use crate::input::{Given, given, read, values};
use crate::keys;
use crate::session::Session;
use crate::show;
use crate::status::{DONE, Stop};

/// How one kind is found and decrypted.
struct Kind {
    /// What is decrypted, of the message or the text that was given; `None` when it is of another kind.
    sealed: fn(&Message) -> Option<String>,
    /// The plain document.
    open: fn(&mut Session<'_>, &ArgMatches, &str) -> Result<String, Stop>,
    /// What the plain document is.
    record: Option<&'static Record>,
}

/// What was given: the fields of a message, or a text.
enum Message {
    Fields(Fields),
    Text(String),
}

fn kind(sealed: Sealed) -> Kind {
    match sealed {
        Sealed::Refund => Kind {
            sealed: |message| match message {
                Message::Fields(fields) => fields.filled("req_info").map(str::to_owned),
                Message::Text(text) => Some(text.clone()),
            },
            open: |session, matches, sealed| {
                let key = keys::api_key(session, matches)?;
                Ok(decrypt_req_info(sealed, &key)?)
            },
            record: Some(RefundNotification::RECORD),
        },
    }
}

pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    let message = message(session, matches)?;
    let named = matches.get_one::<Sealed>("kind");
    let mut kinds = Sealed::value_variants().iter().filter(|kind| named.is_none_or(|named| named == *kind));
    let found = kinds.find_map(|sealed| {
        let kind = kind(*sealed);
        let sealed = (kind.sealed)(&message)?;
        Some((kind, sealed))
    });
    let Some((kind, sealed)) = found else {
        let text = session.pick(
            "there is nothing encrypted in this message: a refund notification has req_info",
            "这个报文里没有加密的内容：退款通知有 req_info",
        );
        return Err(Stop::Wrong(text.to_owned()));
    };
    let plain = (kind.open)(session, matches, &sealed)?;
    if matches.get_flag("xml") {
        let lines: Vec<_> = plain.lines().map(display::clean).collect();
        session.print(&lines.join("\n"));
        return Ok(DONE);
    }
    let fields = xml::parse(plain.as_bytes()).map_err(wxpaykit::Error::from)?;
    show::document(session, kind.record, &fields);
    Ok(DONE)
}

fn message(session: &mut Session<'_>, matches: &ArgMatches) -> Result<Message, Stop> {
    match given(session, &values(matches, "fields"))? {
        Given::Fields(fields) => Ok(Message::Fields(fields)),
        Given::Bytes(bytes) => {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let is_document = text.trim_start_matches('\u{feff}').trim_start().starts_with(['<', '{']);
            if is_document { read(session, &bytes).map(Message::Fields) } else { Ok(Message::Text(text)) }
        }
    }
}
