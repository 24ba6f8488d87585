//! `sign`: the signature of fields.

use clap::ArgMatches;
use serde_json::json;
use wxpaykit::wire::xml;
use wxpaykit::{Fields, SignType, sign};

use crate::input::{fields, given, values};
use crate::keys;
use crate::session::Session;
use crate::show;
use crate::status::{DONE, Stop};

pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    let given = given(session, &values(matches, "fields"))?;
    let mut fields = fields(session, &given)?;
    let chosen = matches.get_one::<String>("type").map(String::as_str);
    let named = fields.filled("sign_type").map(str::to_owned);
    if let (Some(chosen), Some(named)) = (chosen, &named)
        && chosen != named
    {
        let text = session.pick("the fields say sign_type=", "字段里写的是 sign_type=");
        let and = session.pick(", and --type says ", "，而 --type 是 ");
        let why = session
            .pick(": WeChat would refuse the signature; leave one of them out", "：微信会拒绝这个签名，请去掉其中一个");
        return Err(Stop::Wrong(format!("{text}{named}{and}{chosen}{why}")));
    }
    let sign_type: SignType = match chosen.or(named.as_deref()) {
        None => SignType::Md5,
        Some(name) => name.parse().map_err(|_| {
            let text = session.pick("sign_type must be MD5 or HMAC-SHA256", "sign_type 必须是 MD5 或 HMAC-SHA256");
            Stop::Wrong(text.to_owned())
        })?,
    };
    let key = keys::api_key(session, matches)?;
    let is_document = matches.get_flag("xml");
    if lacks_its_type(&fields, sign_type) {
        if is_document {
            // One that is empty counts as none.
            let rest = fields.iter().filter(|(name, _)| *name != "sign_type");
            fields = rest.chain([("sign_type", sign_type.as_str())]).collect();
        } else if !matches.get_flag("quiet") {
            let text = session.pick(
                "WeChat reads a request without sign_type as MD5: give sign_type=HMAC-SHA256 among the fields, where it is signed too",
                "没有 sign_type 的请求会被微信当作 MD5：请在字段里加上 sign_type=HMAC-SHA256，它也参与签名",
            );
            session.remark(text);
        }
    }
    let signed = sign::sign(fields.iter(), &key, sign_type);
    let text = format!("{}&key=***", sign::string_to_sign(fields.iter()));
    if session.json {
        session.print_json(&json!({ "sign": signed, "sign_type": sign_type.as_str(), "string_to_sign": text }));
    } else if matches.get_flag("quiet") {
        session.print(&signed);
    } else if is_document {
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

/// Whether a message is a request whose algorithm WeChat would not know: it takes one without `sign_type` for MD5. Its own replies and
/// notifications leave `sign_type` out, and so does what an app pays with.
pub(super) fn lacks_its_type(fields: &Fields, sign_type: SignType) -> bool {
    let has = |name: &&str| fields.filled(name).is_some();
    let is_other = ["return_code", "time_end", "partnerid", "prepayid", "signType"].iter().any(has);
    sign_type == SignType::HmacSha256 && !has(&"sign_type") && !is_other
}
