//! APIv3 by hand: the functions behind `v3` of the facade.

use std::sync::Arc;

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use wxpaykit::binding::held_keys;
use wxpaykit::client::{nonce, now};
use wxpaykit::v3::{self, Evidence, Headers, Keys, Parts, Resource, SigningKey, VerifyingKey};
use wxpaykit::{Error, Fields};

use crate::error::{Result, explained, thrown};
use crate::frame::Frame;
use crate::text::{Body, Pieces, Text};

/// Seconds since 1970.
#[napi(catch_unwind)]
pub fn v3_now() -> i64 {
    now()
}

/// A new text for `nonce_str`.
#[napi(catch_unwind)]
pub fn v3_nonce() -> Result<String> {
    nonce().map_err(thrown)
}

/// Method, URL, timestamp and nonce.
#[napi(catch_unwind)]
pub fn v3_string_to_sign(parts: Pieces, body: Body) -> Result<Text> {
    let [method, url, timestamp, nonce_str] = [0, 1, 2, 3].map(|index| parts.get(index));
    let text = body_text(&body).and_then(|body| v3::string_to_sign(method, url, timestamp, nonce_str, body));
    text.map(Text::from).map_err(thrown)
}

#[napi(catch_unwind)]
pub fn v3_sign(message: Body, private_key: Body) -> Result<Text> {
    signing_key(&private_key).and_then(|key| v3::sign(&message, &key)).map(Text::from).map_err(thrown)
}

/// Merchant number, serial number, method, URL, timestamp and nonce.
#[napi(catch_unwind)]
pub fn v3_authorization(parts: Pieces, body: Body, private_key: Body) -> Result<Text> {
    let [mch_id, serial_no, method, url, timestamp, nonce_str] = [0, 1, 2, 3, 4, 5].map(|index| parts.get(index));
    let header = body_text(&body).and_then(|body| {
        let parts = Parts { mch_id, serial_no, method, url, body, timestamp, nonce_str };
        v3::authorization(&parts, &*signing_key(&private_key)?)
    });
    header.map(Text::from).map_err(thrown)
}

/// Names and values of headers; the names of the keys, and the keys.
#[napi(catch_unwind)]
pub fn v3_verify(headers: Pieces, body: Body, names: Pieces, keys: Vec<Body>, now: i64) -> Result<String> {
    let headers = Headers::read(headers.pairs(0));
    let found = read_keys(&names, &keys).and_then(|keys| v3::verify(&headers, &body, &keys, now).map(str::to_owned));
    found.map_err(thrown)
}

/// Algorithm, ciphertext, nonce, associated data, and the APIv3 key.
#[napi(catch_unwind)]
pub fn v3_decrypt(parts: Pieces) -> Result<Text> {
    let [algorithm, ciphertext, nonce, associated_data, key] = [0, 1, 2, 3, 4].map(|index| parts.get(index));
    let resource = Resource { algorithm, ciphertext, nonce, associated_data };
    v3::decrypt(&resource, key).map(Text::from).map_err(thrown)
}

#[napi(catch_unwind)]
pub fn v3_encrypt_sensitive(text: String, public_key: Body) -> Result<String> {
    let key = VerifyingKey::read("public_key", &public_key);
    key.and_then(|key| v3::encrypt_sensitive(&text, &key)).map_err(thrown)
}

#[napi(catch_unwind)]
pub fn v3_decrypt_sensitive(text: String, private_key: Body) -> Result<String> {
    let plain = signing_key(&private_key).and_then(|key| v3::decrypt_sensitive(&text, &key));
    plain.map(|plain| plain.to_string()).map_err(thrown)
}

/// One file of an encrypted bill; its key and its nonce as they came.
#[napi(catch_unwind)]
pub fn v3_decrypt_bill(file: Body, encrypt_key: String, nonce: String, private_key: Body) -> Result<Buffer> {
    let plain = signing_key(&private_key).and_then(|key| v3::decrypt_bill(&file, &encrypt_key, &nonce, &key));
    plain.map(Buffer::from).map_err(thrown)
}

/// Serial numbers and certificates.
#[napi(catch_unwind)]
pub fn v3_certificates(reply: Body, api_v3_key: String, now: i64) -> Result<Text> {
    let found = v3::certificates(&reply, &api_v3_key, now).map_err(thrown)?;
    Ok(Frame::of_pairs(found.iter().map(|one| (one.serial_no.as_str(), one.pem.as_str()))).into())
}

/// Appid, timestamp, nonce and package.
#[napi(catch_unwind)]
pub fn v3_pay_sign(parts: Pieces, private_key: Body) -> Result<Text> {
    let [appid, timestamp, nonce_str, package] = [0, 1, 2, 3].map(|index| parts.get(index));
    let signed = signing_key(&private_key).and_then(|key| v3::pay_sign(appid, timestamp, nonce_str, package, &key));
    signed.map(Text::from).map_err(thrown)
}

#[napi(catch_unwind)]
pub fn v3_serial_no(certificate: Body) -> Result<String> {
    v3::serial_no(&certificate).map_err(thrown)
}

/// As JSON: why a signature is refused. Names and values of the texts that are known; headers; body; the names of the keys, and the keys;
/// the merchant's certificate, private key and public key, and the reply.
#[napi(catch_unwind)]
pub fn v3_explain(
    texts: Pieces,
    headers: Option<Pieces>,
    body: Body,
    names: Pieces,
    keys: Option<Vec<Body>>,
    own: Vec<Option<Body>>,
) -> Result<String> {
    let mut own = own.into_iter();
    let mut next = || own.next().flatten();
    let (certificate, private_key, public_key, reply) = (next(), next(), next(), next());
    let texts: Fields = texts.pairs(0).collect();
    let headers = headers.map(|headers| Headers::read(headers.pairs(0)));
    let found = || {
        let public = |name, key: &Option<Body>| key.as_deref().map(|key| VerifyingKey::read(name, key)).transpose();
        let (certificate, public_key) = (public("certificate", &certificate)?, public("public_key", &public_key)?);
        let private_key = private_key.as_ref().map(signing_key).transpose()?;
        let keys = keys.as_ref().map(|keys| read_keys(&names, keys)).transpose()?;
        v3::explain(&Evidence {
            headers: headers.as_ref(),
            body: &body,
            keys: keys.as_ref(),
            now: texts.get("now").and_then(|now| now.parse().ok()),
            api_v3_key: texts.get("api_v3_key"),
            api_key: texts.get("api_key"),
            method: texts.get("method"),
            url: texts.get("url"),
            timestamp: texts.get("timestamp"),
            nonce_str: texts.get("nonce_str"),
            signature: texts.get("signature"),
            authorization: texts.get("authorization"),
            mch_id: texts.get("mch_id"),
            serial_no: texts.get("serial_no"),
            certificate: certificate.as_ref(),
            public_key: public_key.as_ref().or(private_key.as_deref().map(SigningKey::public)),
            reply: reply.as_deref(),
        })
    };
    found().map(|explanation| explained(&explanation).to_string()).map_err(thrown)
}

fn signing_key(pem: &Body) -> std::result::Result<Arc<SigningKey>, Error> {
    held_keys::signing_key("private_key", pem)
}

fn read_keys(names: &Pieces, keys: &[Body]) -> std::result::Result<Keys, Error> {
    Keys::read(names.iter().zip(keys).map(|(name, key)| (name, &**key)))
}

/// The body of a request, which is JSON.
fn body_text(body: &Body) -> std::result::Result<&str, Error> {
    let rule = "must be UTF-8: JSON as it is sent; of an upload the text of its part meta is signed, and not the file";
    std::str::from_utf8(body).map_err(|_| Error::invalid("body", rule))
}
