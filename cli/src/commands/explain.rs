//! `explain`: why a signature is refused.

use clap::ArgMatches;
use wxpaykit::doctor::{self, Explanation, Mistake, OtherKeys};
use wxpaykit::wire::{json, xml};

use crate::input::{Given, fields, given, values};
use crate::keys;
use crate::session::Session;
use crate::show;
use crate::status::{DONE, NO, Stop};

pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    let given = given(session, &values(matches, "fields"))?;
    let explanation = match unreadable(&given) {
        Some(explanation) => explanation,
        None => {
            let fields = fields(session, &given)?;
            let key = keys::api_key(session, matches)?;
            let (api_v3_key, app_secret) = keys::others(session)?;
            let (api_v3_key, app_secret) = (api_v3_key.as_deref(), app_secret.as_deref());
            doctor::examine(&fields, &key, OtherKeys { api_v3_key, app_secret, ..OtherKeys::default() })
        }
    };
    let is_right = explanation.mistake == Mistake::NONE;
    show::explanation(session, &explanation, is_right);
    Ok(if is_right { DONE } else { NO })
}

/// What a body is that no message can be read in: a notification of APIv3, HTML, something compressed …
fn unreadable(given: &Given) -> Option<Explanation> {
    let Given::Bytes(body) = given else { return None };
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    let is_xml = text.starts_with('<');
    // An object of fields is what a program has logged, or a page's parameters; other JSON is no message of APIv2.
    let has_fields =
        json::parse(body).is_some_and(|fields| ["sign", "paySign", "appid"].iter().any(|name| fields.contains(name)));
    let is_named = text.contains('=') && !text.starts_with(['<', '{', '&', '%', '"', '\'']) && !text.contains('<');
    if !is_xml && (has_fields || is_named) {
        return None;
    }
    let error = xml::parse(body).err()?;
    Some(doctor::unreadable(body, &error.to_string()))
}
