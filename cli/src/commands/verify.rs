//! `verify`: whether a signature is right.

use clap::ArgMatches;
use serde_json::json;
use wxpaykit::doctor::{self, OtherKeys};
use wxpaykit::{SignType, sign};

use super::sign::lacks_its_type;
use crate::input::{fields, given, values};
use crate::keys;
use crate::session::{Colour, Session};
use crate::status::{DONE, NO, Stop};

pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    let given = given(session, &values(matches, "fields"))?;
    let fields = fields(session, &given)?;
    let key = keys::api_key(session, matches)?;
    let found = doctor::examine(&fields, &key, OtherKeys::default());
    let sign_type = sign::verify(&fields, &key, SignType::ALL).ok();
    // What a page or an app pays with has its signature elsewhere.
    let is_right = sign_type.is_some() || found.mistake.leaves_signature_right();
    let name = sign_type.map_or(found.sign_type, SignType::as_str);
    if matches.get_flag("quiet") {
    } else if session.json {
        session.print_json(&json!({ "right": is_right, "sign_type": name }));
    } else if is_right {
        let text = session.pick("the signature is right", "签名正确");
        let text = session.paint(Colour::Green, text);
        session.print(&format!("{text} ({name})"));
        if sign_type.is_some_and(|sign_type| lacks_its_type(&fields, sign_type)) {
            let text = session.pick(
                "but WeChat reads a request without sign_type as MD5 and refuses this one: send sign_type=HMAC-SHA256, and sign it too",
                "但没有 sign_type 的请求会被微信当作 MD5 而拒绝：请发送 sign_type=HMAC-SHA256，它也参与签名",
            );
            session.remark(text);
        }
    } else {
        let text = session.pick("the signature is wrong", "签名错误");
        let text = session.paint(Colour::Red, text);
        let why = found.message(session.language);
        let colon = session.colon();
        session.print(&format!("{text}{colon}{}", wxpaykit::binding::display::clean(&why)));
    }
    Ok(if is_right { DONE } else { NO })
}
