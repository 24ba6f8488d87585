//! `verify`: whether a signature is right. A message of APIv2 is a document with `sign`; one of APIv3 is an HTTP message.

use clap::ArgMatches;
use serde_json::json;
use wxpaykit::doctor::{self, Explanation, Mistake, OtherKeys};
use wxpaykit::{SignType, sign};

use super::explain;
use super::sign::lacks_its_type;
use crate::http::Message;
use crate::input::{Input, fields, given, http, read, values};
use crate::keys;
use crate::session::{Colour, Session};
use crate::status::{DONE, NO, Stop};

pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    let given = given(session, &values(matches, "fields"))?;
    let http = match &given {
        Input::Bytes(bytes) => http(session, bytes)?,
        Input::Fields(_) => None,
    };
    let fields = match http {
        Some(message) if !explain::is_of_v2(&message) => return of_v3(session, matches, &message),
        Some(message) => read(session, message.body.as_deref().unwrap_or_default())?,
        None => match explain::unreadable(&given) {
            Some(found) if found.mistake == Mistake::API_V3_NOTIFICATION => return Err(body_alone(session)),
            Some(found) if found.mistake == Mistake::ERROR_NOT_SIGNED => {
                return Ok(say(session, matches, &found, false, found.sign_type));
            }
            _ => fields(session, &given)?,
        },
    };
    let key = keys::api_key(session, matches)?;
    let found = doctor::examine(&fields, &key, OtherKeys::default());
    let sign_type = sign::verify(&fields, &key, SignType::ALL).ok();
    // What a page or an app pays with has its signature elsewhere.
    let is_right = sign_type.is_some() || found.mistake.leaves_signature_right();
    let name = sign_type.map_or(found.sign_type, SignType::as_str);
    let status = say(session, matches, &found, is_right, name);
    if is_right
        && !matches.get_flag("quiet")
        && !session.json
        && sign_type.is_some_and(|sign_type| lacks_its_type(&fields, sign_type))
    {
        let text = session.pick(
            "but WeChat reads a request without sign_type as MD5 and refuses this one: send sign_type=HMAC-SHA256, and sign it too",
            "但没有 sign_type 的请求会被微信当作 MD5 而拒绝：请发送 sign_type=HMAC-SHA256，它也参与签名",
        );
        session.remark(text);
    }
    Ok(status)
}

/// Verifies an HTTP message of APIv3 with the keys of the environment.
fn of_v3(session: &mut Session<'_>, matches: &ArgMatches, message: &Message) -> Result<u8, Stop> {
    // Whether the APIv3 key opens the resource is another question.
    let found = explain::http_message(session, message, None, None)?;
    if found.mistake.leaves_signature_right() {
        return Ok(say(session, matches, &found, true, found.sign_type));
    }
    // What the message itself shows, such as headers that are missing, needs no key; without one, no more is known.
    let text = match () {
        () if found.mistake == Mistake::KEY_NOT_GIVEN => session.pick(
            "the signature of a request is verified with the merchant's certificate or private key: set WXPAY_CLIENT_CERT, WXPAY_CLIENT_KEY or \
             WXPAY_CLIENT_P12, or …_FILE",
            "验证请求的签名要用商户证书或商户私钥：请设置 WXPAY_CLIENT_CERT、WXPAY_CLIENT_KEY 或 WXPAY_CLIENT_P12，或 …_FILE",
        ),
        () if OF_NO_KEY.contains(&found.mistake) && !explain::has_platform_key(session)? => session.pick(
            "WeChat Pay's signature is verified with its public key: set WXPAY_PLATFORM_PUBLIC_KEY, or …_FILE, and WXPAY_PLATFORM_PUBLIC_KEY_ID. A \
             platform certificate may stand there too, with its serial number as the id",
            "验证微信支付的签名要用它的公钥：请设置 WXPAY_PLATFORM_PUBLIC_KEY（或 …_FILE）和 WXPAY_PLATFORM_PUBLIC_KEY_ID；也可以填平台证书，ID \
             填它的序列号",
        ),
        () => {
            let (api_v3_key, _) = keys::others(session)?;
            let found = explain::http_message(session, message, None, api_v3_key.as_deref())?;
            return Ok(say(session, matches, &found, false, found.sign_type));
        }
    };
    Err(Stop::Wrong(text.to_owned()))
}

/// What is said of a signature of WeChat Pay's when its key is not among those that are given.
const OF_NO_KEY: [Mistake; 3] = [Mistake::SERIAL_UNKNOWN, Mistake::PUBLIC_KEY_NEEDED, Mistake::CERTIFICATE_NEEDED];
/// What is said of a message without a signature.
const NOT_SIGNED: [Mistake; 6] = [
    Mistake::MISSING,
    Mistake::REFUSAL_NOT_SIGNED,
    Mistake::ERROR_NOT_SIGNED,
    Mistake::FILE_NOT_SIGNED,
    Mistake::HEADER_MISSING,
    Mistake::AUTHORIZATION_MISSING,
];

fn body_alone(session: &Session<'_>) -> Stop {
    let text = session.pick(
        "this is the body of a notification of APIv3, whose signature stands in the HTTP headers (Wechatpay-Signature): give the whole message, \
         from its first line on, with its headers, an empty line, and the body byte for byte",
        "这是 APIv3 通知的报文体，签名在 HTTP 头里（Wechatpay-Signature）：请给出完整的 HTTP 报文，从首行开始，包括全部头、一个空行和逐字节的报文体",
    );
    Stop::Wrong(text.to_owned())
}

/// Says whether a signature is right. Gives the exit code.
fn say(session: &mut Session<'_>, matches: &ArgMatches, found: &Explanation, is_right: bool, name: &str) -> u8 {
    if matches.get_flag("quiet") {
    } else if session.json {
        session.print_json(&json!({ "right": is_right, "sign_type": name }));
    } else if is_right {
        let text = session.pick("the signature is right", "签名正确");
        let text = session.paint(Colour::Green, text);
        session.print(&format!("{text}{}", session.in_brackets(name)));
    } else {
        let text = match NOT_SIGNED.contains(&found.mistake) {
            true => session.pick("there is no signature", "没有签名"),
            false => session.pick("the signature is wrong", "签名错误"),
        };
        let text = session.paint(Colour::Red, text);
        let why = found.message(session.language);
        let colon = session.colon();
        session.print(&format!("{text}{colon}{}", wxpaykit::binding::display::clean(&why)));
    }
    if is_right { DONE } else { NO }
}
