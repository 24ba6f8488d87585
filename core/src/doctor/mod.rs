//! The doctor: why a signature differs, and what else goes wrong with messages and pages.

mod calls;
mod changes;
pub mod config;
mod escapes;
mod fields;
mod guesses;
mod json_texts;
mod key_form;
mod message;
mod mistakes;
mod notification;
pub mod page;
pub mod page_v3;
mod permutations;
mod search;
mod secrets;
mod signature_text;
mod signed_digest;
pub mod v3;

pub use self::fields::{addressed, explain, explain_as, explain_with, refused, signed, text_of, with_right_key};
pub use self::message::{unreadable, unreadable_request};
pub use self::secrets::OtherKeys;
pub use crate::explanation::{Explanation, Language, Mistake, Origin, Proof, RSA_SIGN_TYPE, wrong_public_key_id};
use crate::fields::Fields;
pub use crate::redact::Known;
use crate::wire::xml;

/// Explains a signature, whatever it is of: a message with its `sign`, or what a page or an app is handed to pay with. For a page of APIv3
/// `key` is the merchant's private key or certificate in PEM.
pub fn examine(fields: &Fields, key: &str, others: OtherKeys<'_>) -> Explanation {
    let found = signature(fields, key, others);
    // How the document has it is not known here.
    if is_right_request(&found, fields) && has_carriage_return(fields) {
        return found.found(Mistake::CARRIAGE_RETURN, None);
    }
    found
}

fn is_right_request(found: &Explanation, fields: &Fields) -> bool {
    found.mistake == Mistake::NONE && self::fields::is_request(fields)
}

fn has_carriage_return(fields: &Fields) -> bool {
    fields.iter().any(|(_, value)| value.contains('\r'))
}

/// Explains the signature over fields alone.
fn signature(fields: &Fields, key: &str, others: OtherKeys<'_>) -> Explanation {
    // A key in PEM is of APIv3, whatever the parameters say.
    if let Some(given) = page_v3::Parameters::of_fields(fields)
        && let Some(key) = page_v3::key_of(key)
    {
        let found = page_v3::explain(&given, &key);
        let known = Known::new(others.iter().map(|(_, key)| key));
        let hide = |text: String| known.without(&text).into_owned();
        let likely_string = found.likely_string.map(hide);
        return Explanation { string_to_sign: hide(found.string_to_sign), likely_string, ..found };
    }
    if key.contains("-----BEGIN") && page_v3::Parameters::of_fields(fields).is_some() {
        let found = Explanation::new(Mistake::KEY_PEM_MALFORMED);
        return Explanation { sign_type: RSA_SIGN_TYPE, ..found };
    }
    page::of_fields(fields, key, others).unwrap_or_else(|| explain_with(fields, key, None, others))
}

/// Explains a message as it was sent or as it came: its signature, or why no message can be read in it.
pub fn examine_body(body: &[u8], key: &str, others: OtherKeys<'_>) -> Explanation {
    match xml::parse(body) {
        Ok(fields) => {
            let found = signature(&fields, key, others);
            // Written as a reference it stays; as it is, only readers that are not of XML keep it.
            let is_bare = body.contains(&b'\r') && has_carriage_return(&fields);
            let is_right = is_right_request(&found, &fields);
            match () {
                () if is_right && is_bare => found.found(Mistake::CARRIAGE_RETURN, None),
                () if is_right && xml::has_root(body, "root") => found.found(Mistake::XML_ROOT, None),
                () => found,
            }
        }
        Err(error) => unreadable(body, &error),
    }
}

/// As [`examine`], for values that had types: `is_number` says whether the value of a name was a number.
pub fn examine_typed(
    fields: &Fields,
    is_number: impl Fn(&str) -> bool,
    key: &str,
    others: OtherKeys<'_>,
) -> Explanation {
    let found = examine(fields, key, others);
    if fields.contains("paySign") && is_number("timeStamp") { page::with_number(found) } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::sign::sign;

    #[test]
    fn a_carriage_return_is_named_where_readers_of_xml_lose_it() {
        const KEY: &str = "192006250b4c09247ec02edce69f6a2d";
        let found = |attach: &str, more: (&str, &str)| {
            let fields = [("attach", "a\r\nb"), ("mch_id", "1900000109"), ("nonce_str", "n"), more];
            let sign = sign(fields, KEY, crate::crypto::digest::SignType::Md5);
            let body = format!(
                "<xml><attach>{attach}</attach><mch_id>1900000109</mch_id><nonce_str>n</nonce_str><{0}>{1}</{0}>\
                 <sign>{sign}</sign></xml>",
                more.0, more.1
            );
            examine_body(body.as_bytes(), KEY, OtherKeys::default()).mistake.code()
        };
        assert_eq!(found("a\r\nb", ("body", "tea")), "carriage_return");
        assert_eq!(found("<![CDATA[a\r\nb]]>", ("body", "tea")), "carriage_return");
        assert_eq!(found("a&#13;\nb", ("body", "tea")), "none");
        let fields = |names: &[(&str, &str)]| {
            let sign = sign(names.iter().copied(), KEY, crate::crypto::digest::SignType::Md5);
            let fields: Fields = names.iter().copied().chain([("sign", sign.as_str())]).collect();
            examine(&fields, KEY, OtherKeys::default()).mistake.code()
        };
        let own = [("attach", "a\r\nb"), ("mch_id", "1900000109"), ("nonce_str", "n")];
        assert_eq!(fields(&own), "carriage_return");
        assert_eq!(fields(&[&own[..], &[("return_code", "SUCCESS")]].concat()), "none");
        assert_eq!(found("a\r\nb", ("return_code", "SUCCESS")), "none", "what WeChat sends is verified as it came");
    }
}
