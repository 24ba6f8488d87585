//! APIv2 requests: a caller's fields, completed, signed, and written as XML.

use std::borrow::Cow;

use super::sign::{inner_sign, sign_fields};
use crate::codes::Api;
use crate::crypto::digest::SignType;
use crate::error::Error;
use crate::fields::Fields;
use crate::merchant::Merchant;
use crate::table::check::{check_merchant, check_nul};
use crate::table::collect::{check_sub_merchant, collect, push};
use crate::table::row::{Endpoint, Own};
use crate::value::{Params, Value};
use crate::wire::{form, xml};

/// Checks a call's fields, completes and signs them, and writes the document to send.
///
/// # Errors
/// `InvalidRequest`, naming field and rule. Nothing was sent then.
pub fn build(endpoint: &Endpoint, params: &Params<'_>, merchant: &Merchant, nonce: &str) -> Result<String, Error> {
    signed(endpoint, params, merchant, nonce).map(|(body, _)| body)
}

/// The document to send, and the fields in it.
///
/// # Errors
/// As [`build`].
pub fn signed(
    endpoint: &Endpoint,
    params: &Params<'_>,
    merchant: &Merchant,
    nonce: &str,
) -> Result<(String, Fields), Error> {
    if endpoint.api != Api::V2 {
        return Err(Error::invalid("call", "is not a call of APIv2").at(endpoint.name));
    }
    let mut fields = collect(endpoint, params, |own| merchant.own(own), nonce)?;
    if !endpoint.workwx_signed.is_empty() {
        let inner = inner_sign(&fields, endpoint.workwx_signed, merchant.corp_pay_secret()?);
        push(&mut fields, "workwx_sign", &inner.map_err(|error| error.at(endpoint.name))?)?;
    }
    document(endpoint, fields, merchant).map_err(|error| error.at(endpoint.name))
}

/// Completes, signs and writes the fields of a call without a method, by what is known of its path. Gives the document, and the fields in it.
///
/// # Errors
/// `InvalidRequest` for a value that no field can hold, and for a name that the client fills or that the path has no field for.
pub fn raw(
    endpoint: &Endpoint,
    params: &Params<'_>,
    merchant: &Merchant,
    nonce: &str,
) -> Result<(String, Fields), Error> {
    let mut fields = Fields::with_capacity(params.len() + 8, 1024);
    for (name, value) in params {
        let text = match value {
            Value::Text(text) | Value::Json(text) => text.to_string(),
            Value::Int(int) => int.to_string(),
            Value::Time(time) => time.to_wire(),
            Value::Bool(_) | Value::Date(_) | Value::Object(_) | Value::List(_) | Value::Other(_) => {
                check_own(endpoint, name, "", merchant)?;
                let rule = format!("must be text or an integer, not {}", value.type_name());
                return Err(Error::invalid(&**name, rule));
            }
        };
        check_own(endpoint, name, &text, merchant)?;
        check_merchant(name, &text, || name.to_string())?;
        check_nul(name, &text)?;
        push(&mut fields, name, &text)?;
    }
    if let Some(own) = merchant.own(Own::SubMchId)? {
        check_sub_merchant(&fields, own)?;
    }
    for (name, setting) in endpoint.identity {
        if let (Some(value), false) = (merchant.own(*setting)?, fields.contains(name)) {
            push(&mut fields, name, value)?;
        }
    }
    if endpoint.nonce && !fields.contains("nonce_str") {
        push(&mut fields, "nonce_str", nonce)?;
    }
    if !endpoint.workwx_signed.is_empty() && !fields.contains("workwx_sign") {
        let inner = inner_sign(&fields, endpoint.workwx_signed, merchant.corp_pay_secret()?)?;
        push(&mut fields, "workwx_sign", &inner)?;
    }
    document(endpoint, fields, merchant)
}

/// Whose numbers a call without a method carries: the client fills them in, under the names of the path.
fn check_own(endpoint: &Endpoint, name: &str, text: &str, merchant: &Merchant) -> Result<(), Error> {
    let is_filled = |rule: String| Err(Error::invalid(name, rule));
    let setting = match name {
        "sign" | "sign_type" => return is_filled("is set by the client".to_owned()),
        "appid" | "mch_appid" | "wxappid" => Own::Appid,
        "mch_id" | "mchid" => Own::MchId,
        _ => return Ok(()),
    };
    let usual = matches!(name, "appid" | "mch_id");
    let own = endpoint.identity.iter().find(|(_, own)| *own == setting).map(|(own, _)| *own);
    match own {
        Some(own) if own == name && usual => is_filled("is set by the client".to_owned()),
        // Earlier versions did not fill it in.
        Some(own) if own == name => match merchant.own(setting)?.filter(|own| *own != text) {
            Some(own) => is_filled(format!("is set by the client, and is {own}")),
            None => Ok(()),
        },
        // Of a path that is not known by itself, the other names may be fields of another meaning.
        _ if endpoint.path.is_empty() || endpoint.path.ends_with('*') => Ok(()),
        Some(own) => is_filled(format!("is called {own} in {}, and is set by the client", endpoint.path)),
        None => is_filled(format!("is not a field of {}", endpoint.path)),
    }
}

/// The document of a request, and the fields in it.
fn document(endpoint: &Endpoint, fields: Fields, merchant: &Merchant) -> Result<(String, Fields), Error> {
    let fields = seal(fields, sign_type(endpoint, merchant), endpoint.sends_sign_type, merchant)?;
    let encoded = |name: &str| endpoint.request.iter().any(|field| field.url_encoded && field.name == name);
    let body = if endpoint.request.iter().any(|field| field.url_encoded) {
        let sent = fields.iter().map(|(name, value)| match encoded(name) {
            true => (name, Cow::Owned(form::component(value))),
            false => (name, Cow::Borrowed(value)),
        });
        let sent: Vec<_> = sent.collect();
        xml::build(sent.iter().map(|(name, value)| (*name, value.as_ref())))
    } else {
        xml::write(&fields)
    };
    Ok((body?, fields))
}

/// The algorithm of a call's signatures: the only one that it takes, or the client's.
fn sign_type(endpoint: &Endpoint, merchant: &Merchant) -> SignType {
    match endpoint.sign_types {
        [only] => *only,
        _ => merchant.sign_type,
    }
}

fn seal(mut fields: Fields, sign_type: SignType, named: bool, merchant: &Merchant) -> Result<Fields, Error> {
    three_byte(&fields)?;
    if named {
        push(&mut fields, "sign_type", sign_type.as_str())?;
    }
    let sign = sign_fields(&fields, merchant.key()?, sign_type);
    push(&mut fields, "sign", &sign)?;
    Ok(fields)
}

/// APIv2 takes characters of one to three bytes; an emoji comes back as 签名错误.
fn three_byte(fields: &Fields) -> Result<(), Error> {
    // A leading byte of 0xF0 or more begins a character of four bytes. The largest byte is found many at a time.
    let has_four = |text: &str| text.bytes().fold(0, u8::max) >= 0xf0;
    if !has_four(fields.text()) {
        return Ok(());
    }
    let rule = "has a character of four bytes in UTF-8 (an emoji?), which APIv2 does not take";
    match fields.iter().find(|(_, value)| has_four(value)) {
        Some((name, _)) => Err(Error::invalid(name, rule)),
        None => Ok(()),
    }
}

#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "the macros make whole public types")]
mod tests {
    use super::*;
    use crate::merchant::MerchantOptions;
    use crate::table::macros::{endpoints, record};
    use crate::table::row::Call;
    use crate::v2::order::Orderquery;
    use crate::v2::paths;

    record! {
        /// The answer of a transfer.
        Transferred
        fields {
            /// WeChat's number.
            payment_no: Text(64),
        }
    }

    endpoints! {
        /// A transfer, whose identity has other names.
        transfers(Transfers) -> Transferred {
            v2("/mmpaymkttransfers/promotion/transfers"),
            cert(),
            identity(&[("mch_appid", Appid), ("mchid", MchId)]),
            only(&[SignType::Md5]),
            no_sign_type(),
            reply_body(ReplyBody::Xml { signed: false, result_code: true }),
            retry(SameRequest);
            request {
                /// The merchant's number.
                partner_trade_no: Id(32) required,
            }
        }

        /// A query without nonce and appid.
        sharequery(Sharequery) -> Transferred {
            v2("/pay/profitsharingquery"),
            identity(&[("mch_id", MchId)]),
            no_nonce(),
            only(&[SignType::HmacSha256]),
            retry(Safe);
            request {
                /// WeChat's number.
                transaction_id: Id(32) required,
            }
        }
    }

    fn merchant(sign_type: SignType) -> Merchant {
        let mut options = MerchantOptions::new("wxd930ea5d5a258f4f", "10000100", "192006250b4c09247ec02edce69f6a2d");
        options.sub_mch_id = Some("10000101".into());
        options.sign_type = sign_type;
        Merchant::new(options).unwrap()
    }

    fn sent<C: Call>(call: &C, sign_type: SignType) -> Vec<(String, String)> {
        let (_, fields) = signed(C::ENDPOINT, call.params(), &merchant(sign_type), "n").unwrap();
        fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn a_row_says_what_identifies_the_merchant_and_how_it_is_signed() {
        let transfer = sent(&Transfers::new().partner_trade_no("T1"), SignType::HmacSha256);
        let names: Vec<_> = transfer.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["partner_trade_no", "mch_appid", "mchid", "nonce_str", "sign"]);
        assert_eq!(transfer.last().unwrap().1.len(), 32, "MD5, whatever the client's setting is");

        let query = sent(&Sharequery::new().transaction_id("4"), SignType::Md5);
        let names: Vec<_> = query.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["transaction_id", "mch_id", "sign_type", "sign"]);
        assert_eq!(query.last().unwrap().1.len(), 64);
    }

    #[test]
    fn fields_that_a_row_does_not_send_are_refused() {
        let refused = |endpoint: &'static Endpoint, name: &'static str| {
            let params = vec![(name.into(), Value::Text("1".into()))];
            signed(endpoint, &params, &merchant(SignType::Md5), "n").unwrap_err().to_string()
        };
        assert_eq!(refused(Transfers::ENDPOINT, "mchid"), "transfers: mchid: is set by the client");
        assert!(refused(Transfers::ENDPOINT, "sub_mch_id").contains("is not a field of transfers"));
        assert!(refused(Sharequery::ENDPOINT, "nonce_str").contains("is not a field of sharequery"));
        let common = |endpoint: &Endpoint| endpoint.common().map(|field| field.name).collect::<Vec<_>>();
        assert_eq!(common(Transfers::ENDPOINT), ["nonce_str"]);
        assert_eq!(common(Orderquery::ENDPOINT), ["sub_appid", "sub_mch_id", "nonce_str"]);
    }

    #[test]
    fn a_nul_character_is_refused_by_the_name_of_its_field() {
        let params = || vec![("out_trade_no".into(), Value::Text("a\0b".into()))];
        let merchant = merchant(SignType::Md5);
        for error in [
            signed(Orderquery::ENDPOINT, &params(), &merchant, "n").unwrap_err(),
            raw(paths::find("/pay/anything"), &params(), &merchant, "n").unwrap_err(),
        ] {
            assert_eq!((error.field(), error.code()), (Some("out_trade_no"), "invalid_char"));
            assert!(error.to_string().contains("U+0000"), "{error}");
        }
    }
}
