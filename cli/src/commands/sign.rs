//! `sign`: the signature of fields.

use clap::ArgMatches;
use serde_json::json;
use wxpaykit::wire::xml;
use wxpaykit::{SignType, sign};

use crate::input::{fields, given, values};
use crate::keys;
use crate::session::Session;
use crate::show;
use crate::status::{DONE, Stop};

pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    let given = given(session, &values(matches, "fields"))?;
    let fields = fields(session, &given)?;
    let named = matches.get_one::<String>("type").map(String::as_str).or_else(|| fields.filled("sign_type"));
    let sign_type: SignType = match named {
        None => SignType::Md5,
        Some(name) => name.parse().map_err(|_| {
            let text = session.pick("sign_type must be MD5 or HMAC-SHA256", "sign_type 必须是 MD5 或 HMAC-SHA256");
            Stop::Wrong(text.to_owned())
        })?,
    };
    let key = keys::api_key(session, matches)?;
    let signed = sign::sign(fields.iter(), &key, sign_type);
    let text = format!("{}&key=***", sign::string_to_sign(fields.iter()));
    if session.json {
        session.print_json(&json!({ "sign": signed, "sign_type": sign_type.as_str(), "string_to_sign": text }));
    } else if matches.get_flag("quiet") {
        session.print(&signed);
    } else if matches.get_flag("xml") {
        let rest = fields.iter().filter(|(name, _)| *name != "sign");
        let document = xml::build(rest.chain([("sign", signed.as_str())]))?;
        session.print(&document);
    } else {
        let rows = [("sign", signed.as_str()), ("sign_type", sign_type.as_str()), ("string_to_sign", &text)];
        show::table(
            session,
            &rows.map(|(name, text)| (name.to_owned(), wxpaykit::binding::display::clean(text).into_owned())),
        );
    }
    Ok(DONE)
}
