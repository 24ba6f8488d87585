//! Mini programs (小程序): login, the data that WeChat encrypts for the server, phone numbers.
#![allow(non_snake_case, reason = "the members of user data have WeChat's own names")]

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::IgnoredAny;

use super::oauth::Valid;
use crate::codes::ErrorCode;
use crate::crypto::aes::Cbc;
use crate::crypto::digest::{SignType, digest, sha1};
use crate::error::Error;
use crate::fields::Fields;
use crate::table::macros::{endpoints, record};
use crate::table::row::Document;
use crate::wire::json;

endpoints! {
    /// Exchanges the code of `wx.login` for openid and session key of a customer (小程序登录).
    /// A code works once, for five minutes.
    /// WeChat refuses an invalid code with 40029, and a code that was used with 40163. With -1 it is busy, and the code still works.
    oauth.jscode2session(OauthJscode2session) -> MiniprogramSession {
        get("/sns/jscode2session"),
        identity(&[("appid", Appid), ("secret", AppSecret)]),
        fixed(&[("grant_type", "authorization_code")]),
        // WeChat's document says that of this call alone.
        keeps_code(),
        retry(Once);
        request {
            /// The code that `wx.login` gave to the mini program.
            js_code: Text required hidden,
        }
    }

    /// As `jscode2session`, for a third-party platform (第三方平台) that the mini program has authorised.
    /// It needs no AppSecret of the mini program.
    oauth.component_jscode2session(OauthComponentJscode2session) -> MiniprogramSession {
        get("/sns/component/jscode2session"),
        identity(&[("appid", Appid)]),
        fixed(&[("grant_type", "authorization_code")]),
        retry(Once);
        request {
            /// The code that `wx.login` gave to the mini program.
            js_code: Text required hidden,
            /// The appid of the platform.
            component_appid: Text required,
            /// The platform's token, of `api_component_token`.
            component_access_token: Text required hidden,
        }
    }

    /// Checks that a session key is the customer's current one (检验登录态); fails when it is not.
    /// WeChat refuses another session key with 87009: let the mini program call `wx.login` again.
    oauth.checksession(OauthChecksession) -> Valid {
        get("/wxa/checksession"),
        token(TokenOf::Account),
        session_signed(),
        retry(Safe);
        request {
            /// The customer's openid under this appid.
            openid: Text required short,
            /// The session key of `jscode2session`. It is not sent: it makes a signature.
            session_key: Text required hidden,
            /// The access_token of the mini program; when left out, the client's own, which it keeps and renews.
            access_token: Text hidden,
        }
    }

    /// Gets the phone number that a customer of a mini program agreed to give (获取手机号).
    /// A code works once, for five minutes.
    /// WeChat refuses an invalid code, also one of `wx.login`, with 40029.
    oauth.getuserphonenumber(OauthGetuserphonenumber) -> PhoneNumber {
        post("/wxa/business/getuserphonenumber?access_token={access_token}"),
        token(TokenOf::Account),
        retry(Once);
        request {
            /// The code of the button's event `getPhoneNumber` or `getRealtimePhoneNumber`; not the code of `wx.login`.
            code: Text required hidden,
            /// The customer's openid: with it WeChat checks that the code is this customer's.
            openid: Text short,
            /// The access_token of the mini program; when left out, the client's own, which it keeps and renews.
            access_token: Text hidden,
        }
    }
}

record! {
    /// A customer who opened a mini program: the openid for orders, and the key of this login.
    MiniprogramSession
    fields {
        /// The customer's openid under this appid.
        openid: Id(128) required short,
        /// The key of this login. It decrypts user data: keep it on the server, and out of logs.
        session_key: Text required hidden,
        /// The customer across the accounts of one open platform.
        unionid: Id short,
    }
}

record! {
    /// Reply with a phone number.
    PhoneNumber
    fields {
        /// The number: `phoneNumber`, `purePhoneNumber` without the country code, `countryCode`, and `watermark`.
        phone_info: Record<PhoneInfo> required hidden,
    }
}

record! {
    /// A customer's phone number.
    PhoneInfo
    fields {
        /// The number; foreign ones with their country code.
        phoneNumber: Text short,
        /// The number without country code.
        purePhoneNumber: Text short,
        /// The country code, such as 86.
        countryCode: Text,
        /// The mini program that the data is for, and when it was made.
        watermark: Record<Watermark>,
    }
}

record! {
    /// The mini program that some user data is for, and when it was made.
    Watermark
    fields {
        /// When it was made, in seconds since 1970. Refuse what is too old for you.
        timestamp: Int required,
        /// The appid of the mini program.
        appid: Id required,
    }
}

record! {
    /// User data of a mini program, decrypted. WeChat leaves members out, and has sent neither `openId` nor `unionId` since 2021: take
    /// them from `jscode2session`.
    UserData
    fields {
        /// The mini program that the data is for, and when it was made: `appid`, and `timestamp` in seconds since 1970.
        watermark: Record<Watermark> required,
        /// The customer's openid; in old data.
        openId: Id short,
        /// The customer across the accounts of one open platform; in old data.
        unionId: Id short,
        /// The name; 微信用户 since 2021.
        nickName: Text,
        /// 0 since 2021.
        gender: Int,
        /// The language of the customer's WeChat.
        language: Text,
        /// Empty since 2021.
        city: Text,
        /// Empty since 2021.
        province: Text,
        /// Empty since 2021.
        country: Text,
        /// The address of the picture.
        avatarUrl: Text,
        /// The phone number; foreign ones with their country code.
        phoneNumber: Text short,
        /// The phone number without country code.
        purePhoneNumber: Text short,
        /// The country code, such as 86.
        countryCode: Text,
    }
}

/// Decrypts `encryptedData` that a mini program got from WeChat (`getUserInfo`, `getPhoneNumber`, …), and compares the appid of its
/// watermark with `appid`. Damage by URL or form encoding is repaired.
///
/// # Errors
/// `InvalidRequest` that names the argument. Its code is `session_key_mismatch` when the session key does not fit: the customer logged
/// in again after it was fetched.
pub fn decrypt_user_data(encrypted_data: &str, iv: &str, session_key: &str, appid: &str) -> Result<UserData, Error> {
    let key = key_of_session(session_key)?;
    let iv = decoded("iv", iv)?.try_into().map_err(|_| Error::invalid("iv", "must be 16 bytes in Base64"))?;
    let data = decoded("encrypted_data", encrypted_data)?;
    if data.is_empty() || !data.len().is_multiple_of(16) {
        let rule = format!(
            "has {} bytes, which are not whole blocks of 16: it was cut or changed on its way from the mini program",
            data.len()
        );
        return Err(Error::invalid("encrypted_data", rule));
    }
    let plain = Cbc::new(&key, iv).decrypt(&data).and_then(|plain| String::from_utf8(plain).ok());
    let plain = plain.ok_or_else(unfit)?;
    let data = UserData::from_fields(document(&plain)?);
    let own = data.watermark();
    if own.appid() != appid {
        let rule = format!("is for the mini program {}, and the appid here is {appid}", own.appid());
        return Err(Error::invalid("encrypted_data", rule));
    }
    Ok(data)
}

/// Checks the `signature` of `rawData`, which a mini program got with it from WeChat. `raw_data` is the text as it came: what was parsed
/// and written again has another signature.
///
/// # Errors
/// `InvalidRequest` that names the argument. Its code is `session_key_mismatch` when the signature is not that of this text and
/// session key.
pub fn check_raw_data(raw_data: &str, signature: &str, session_key: &str) -> Result<(), Error> {
    // The signature is over the text of the key; a wrong key is refused here, where the error can name it.
    key_of_session(session_key)?;
    if signature.len() != 40 || !signature.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Error::invalid("signature", "must be the signature beside rawData: 40 hexadecimal digits"));
    }
    if sha1(&format!("{raw_data}{session_key}")).eq_ignore_ascii_case(signature) {
        return Ok(());
    }
    let error = |rule: &str| Error::invalid_with_code(ErrorCode::SessionKeyMismatch, "raw_data", rule);
    // A database writes one question mark for an emoji, or one for each half of it.
    let has_mark = |(_, value): (&str, &str)| value.contains('?') && !value.starts_with("http");
    let has_single_mark = || json::parse(raw_data.as_bytes()).is_some_and(|data| data.iter().any(has_mark));
    Err(error(match raw_data {
        text if text.contains("??") || text.contains('\u{fffd}') || text.contains(":\"?") || text.contains("?\"") => {
            "does not have this signature. It has question marks where emoji may have been: it went through a database or a program that \
             cannot hold them. Check it before it is stored"
        }
        _ if has_single_mark() => {
            "does not have this signature. It has a question mark: if that was an emoji, it went through a database or a program that cannot \
             hold it, and must be checked before it is stored. Otherwise the session key is another one, because the customer logged in again"
        }
        text if !text.trim_start().starts_with('{') => {
            "does not have this signature, and is not the JSON text of rawData: give the text as the mini program got it"
        }
        _ => {
            "does not have this signature: the session key is another one, because the customer logged in again, or the text is not the \
             one that the mini program got, because it was parsed and written again"
        }
    }))
}

/// The key of a login.
///
/// # Errors
/// `InvalidRequest`: it is empty, too short, or not Base64.
fn key_of_session(text: &str) -> Result<[u8; 16], Error> {
    let rule = "must be the session_key of jscode2session: 16 bytes in Base64, 24 characters";
    decoded("session_key", text)?.try_into().map_err(|_| Error::invalid("session_key", rule))
}

/// The members of decrypted user data.
///
/// # Errors
/// `InvalidRequest`, with the code `session_key_mismatch` when it is not JSON: another key gives bytes that are not.
fn document(plain: &str) -> Result<Fields, Error> {
    let fields = json::parse(plain.as_bytes());
    if fields.is_none() && serde_json::from_str::<IgnoredAny>(plain).is_err() {
        return Err(unfit());
    }
    fields
        .filter(|fields| UserData::RECORD.check(fields).is_ok())
        .ok_or_else(|| Error::invalid("encrypted_data", "decrypts, but has no watermark with appid and timestamp"))
}

fn unfit() -> Error {
    Error::invalid_with_code(
        ErrorCode::SessionKeyMismatch,
        "encrypted_data",
        "does not decrypt with this session key: the customer logged in again after it was fetched. Let the mini program call \
         wx.checkSession, and wx.login if the session has ended, before it asks for the data",
    )
}

/// Bytes of Base64 that came through a mini program, a URL or a form.
fn decoded(field: &str, text: &str) -> Result<Vec<u8>, Error> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let text = match text.contains('%') {
        true => percent_encoding::percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text)),
        false => Cow::Borrowed(text),
    };
    // A form decoder makes a blank of a plus sign; some programs use the alphabet for URLs.
    let repaired: String = text
        .chars()
        .filter(|c| !matches!(c, '\r' | '\n' | '\t' | '='))
        .map(|c| match c {
            ' ' | '-' => '+',
            '_' => '/',
            c => c,
        })
        .collect();
    let rule = "is not Base64: give the text as the mini program got it";
    LENIENT.decode(repaired).map_err(|_| Error::invalid(field, rule))
}

/// Replaces the session key of a request by what proves it: `signature` and `sig_method`. The signature is over the body, and calls with
/// a query have none; the key is the Base64 text itself.
pub(super) fn signed_by_session(fields: &Fields) -> Fields {
    let session_key = fields.get("session_key").unwrap_or_default();
    let signature = digest("", session_key, SignType::HmacSha256).to_ascii_lowercase();
    let others = fields.iter().filter(|(name, _)| *name != "session_key");
    others.chain([("signature", signature.as_str()), ("sig_method", "hmac_sha256")]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Protocol §7, vector S1, made with Python and Node too.
    #[test]
    fn a_session_is_proved_by_the_base64_text_of_its_key() {
        let fields = [("openid", "o"), ("session_key", "o0q0otL8aEzpcZL/FT9WsQ==")].into_iter().collect();
        let signed = signed_by_session(&fields);
        assert_eq!(signed.get("session_key"), None);
        assert_eq!(signed.get("sig_method"), Some("hmac_sha256"));
        let signature = "46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128";
        assert_eq!((signed.get("openid"), signed.get("signature")), (Some("o"), Some(signature)));
    }
}
