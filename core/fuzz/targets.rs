//! The fuzz targets: functions that read bytes from outside. `core/tests/corpus.rs` runs them on the vectors and on `seeds/`.

use percent_encoding::percent_decode_str;
use wxpaykit::bill::Reader;
use wxpaykit::codes::Api;
use wxpaykit::crypto::identity::{CertificateSettings, Identity};
use wxpaykit::doctor::config::{Evidence, PageSign, impossible};
use wxpaykit::doctor::{Explanation, Language, OtherKeys};
use wxpaykit::flow::ledger::State;
use wxpaykit::hosts::Hosts;
use wxpaykit::platform::token::TimedToken;
use wxpaykit::registry;
use wxpaykit::sign;
use wxpaykit::store;
use wxpaykit::v2::reply;
use wxpaykit::wire::{form, json, xml};
use wxpaykit::{Merchant, MerchantOptions, PaymentNotification, Secret, SignType, doctor, page, platform, v3};

/// A name and the function that reads the bytes.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// All targets.
pub(crate) const TARGETS: [Target; 16] = [
    ("xml", xml),
    ("notify", notify),
    ("oauth_json", oauth_json),
    ("store", store),
    ("settings", settings),
    ("doctor", doctor),
    ("page_config", page_config),
    ("form", form),
    ("explanation", explanation),
    ("store_address", store_address),
    ("identity", identity),
    ("req_info", req_info),
    ("bill", bill),
    ("v3_key", v3_key),
    ("v3_message", v3_message),
    ("v3_request", v3_request),
];

/// Runs a target.
#[allow(dead_code, reason = "the test of the seeds runs the table")]
pub(crate) fn run(name: &str, bytes: &[u8]) {
    for (target, read) in TARGETS {
        if target == name {
            read(bytes);
        }
    }
}

/// The key that the seeds are signed with.
const KEY: &str = "192006250b4c09247ec02edce69f6a2d";
/// Keys that a message may be signed with by mistake.
const OTHERS: OtherKeys<'_> = OtherKeys {
    api_v3_key: Some("0123456789abcdef0123456789abcdef"),
    app_secret: Some("5a1d0c7e9b3f48268f2e6d4b7c90a1e3"),
    other_merchants: &["8934e7d15453e97507ef794cf7b0519d"],
};
/// The ticket of the pages, from WeChat's documents.
const TICKET: &str = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";

/// Reads a bill in two ways of cutting it: the rows are the same, and every cell is part of the batch.
fn bill(bytes: &[u8]) {
    let read = |size: usize| {
        let mut reader = Reader::new();
        let (mut cells, mut failed) = (Vec::new(), None);
        for piece in bytes.chunks(size) {
            failed = failed.or_else(|| reader.push(piece).err());
            while let Some(batch) = reader.next_batch() {
                let width = batch.layout().width();
                for (row, place) in (0..batch.len()).flat_map(|row| (0..width).map(move |place| (row, place))) {
                    let _ = batch.cell(row, place);
                    cells.push(batch.text(row, place).map(str::to_owned));
                }
            }
            if failed.is_some() {
                return (cells, failed);
            }
        }
        let failed = reader.finish().err();
        (cells, failed)
    };
    let (whole, parts) = (read(bytes.len().max(1)), read(3));
    assert!(whole.0.iter().all(Option::is_some));
    assert_eq!(whole.1.map(|breach| breach.code), parts.1.map(|breach| breach.code));
}

/// A platform certificate of the vectors, and its serial number.
const V3_SERIAL: &str = "50062CE505775F070CAB06E697F1BBD1AD4F4D87";
const V3_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\n\
MIIDCDCCAfCgAwIBAgIUUAYs5QV3XwcMqwbml/G70a1PTYcwDQYJKoZIhvcNAQEL\n\
BQAwPjEfMB0GA1UEAwwWVGVucGF5LmNvbSBzaWduICh0ZXN0KTEbMBkGA1UECgwS\n\
d3hwYXlraXQgdGVzdCBvbmx5MB4XDTI1MTEwMTAwMDAwMFoXDTMwMTEwMTAwMDAw\n\
MFowPjEfMB0GA1UEAwwWVGVucGF5LmNvbSBzaWduICh0ZXN0KTEbMBkGA1UECgwS\n\
d3hwYXlraXQgdGVzdCBvbmx5MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKC\n\
AQEArK8jCnI8xNArRSzm8pvRu9Y46S/A0XgUp+3H+8TUEv0+NwI2Z/uiBtdZN1j2\n\
MMRs1aQHrSUdJ7BBMqMf41M6eNOE+lT4REt8RIyC0+KDokaf5CBG/Onshm2prRFY\n\
dGbjOZLKABUqTNg0k+MIqLneUy8gMSdye8km0+2sFNqmi9vGKUN//9N181Gli4Ca\n\
6WLd2wuhubzPzro+l0ZvEvMxIPUDKuGeL1vsUKMmi8Nbrc8VVIXmn7yY100crlRL\n\
ILJXOywomN7DgWhJaTH14bcQRD0LIHUV5qvw5DxWskFPJOHLxevrdkR9yPr7hX3O\n\
s+iogz8rNfVKb6MD6QX51Y70vQIDAQABMA0GCSqGSIb3DQEBCwUAA4IBAQATQt7D\n\
hslwg0NJGYkUFwf/SFx1V6isbR+nF25KEu6KmCL0ynLZq0coyfVIMokZfkjmcH+8\n\
/i5jToKiCdP0Fv+bXvyqI090hI771rO0YVQzoVl0JZuCBGonduzGJt2hDgBuM6Pn\n\
sSAmRHJ47VXR2hMwumKqZ39c13QUWvBjITjGncNX0vTS2chxBBLbaN9DjMcar8ck\n\
dBkIKimRSnEhdaNYlt4Dc+xkV4aoyHTa4pd4UcNRX6q7GYzGZFyJMGrCJdbSJLFs\n\
8TteUj6wNdqskFbw/TmN0VBARlb5tpdZQhg/rtnlIfVLhKF0GWymtly1dq+BOd3O\n\
KyKdl3YQ3zwPTHEU\n\
-----END CERTIFICATE-----";
/// The APIv3 key of the vectors.
const V3_KEY: &str = "wxpaykitTestApiV3Key0123456789ab";

/// Reads a document. A document that can be read can be written, and reads the same again.
fn xml(bytes: &[u8]) {
    let Ok(fields) = xml::parse(bytes) else { return };
    let Ok(written) = xml::write(&fields) else { return };
    assert_eq!(xml::parse(written.as_bytes()).as_ref(), Ok(&fields));
    let _ = sign::verify(&fields, KEY, SignType::ALL);
    let _ = doctor::explain(&fields, KEY);
}

/// Reads a notification, and the same bytes as the reply of every call.
fn notify(bytes: &[u8]) {
    let Ok(merchant) = Merchant::new(MerchantOptions::new("wxd930ea5d5a258f4f", "10000100", KEY)) else { return };
    if let Ok(notification) = PaymentNotification::parse(bytes, &merchant) {
        let _ = (notification.total_fee(), notification.time_end(), notification.coupons().len());
    }
    for endpoint in registry::of(Api::V2) {
        let _ = reply::read(endpoint, 200, bytes, &merchant);
    }
}

/// Reads a reply of the open platform as each of its documents.
fn oauth_json(bytes: &[u8]) {
    for call in registry::of(Api::Platform) {
        let _ = platform::reply::read(call, 200, bytes);
    }
}

/// Reads entries of a store, which other processes and versions may have written. A known entry is written as it was read.
fn store(bytes: &[u8]) {
    let text = Secret::new(String::from_utf8_lossy(bytes));
    if let Some(kept) = TimedToken::from_text(&text, 0) {
        assert_eq!(TimedToken::from_text(&kept.to_text(), 0), Some(kept));
    }
    if let Some(state) = State::of(&text) {
        assert_eq!(State::of(&state.to_text("owner")), Some(state));
    }
}

/// Reads settings, one on each line: the merchant, and the addresses. A merchant that is accepted can sign.
fn settings(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n');
    let mut next = || lines.next().unwrap_or_default();
    let options = MerchantOptions::new(next(), next(), next()).app_secret(next()).notify_url(next()).sub_mch_id(next());
    if let Ok(merchant) = Merchant::new(options) {
        let page = page::jsapi_params(&merchant, "wx201410272009395522657a690389285100", None, 0, "n");
        assert!(page.is_ok(), "{page:?}");
    }
    let _ = Hosts::all_at(next());
}

/// Explains a message, the parameters of a page or an app as JSON, and a body that is neither. No key is shown.
fn doctor(bytes: &[u8]) {
    let secrets = [Some(KEY), OTHERS.api_v3_key, OTHERS.app_secret]
        .into_iter()
        .flatten()
        .chain(OTHERS.other_merchants.iter().copied());
    let text = String::from_utf8_lossy(bytes);
    let hidden: Vec<&str> = secrets.filter(|secret| !text.contains(secret)).collect();
    let check = |explanation: &Explanation| {
        let shown = shown(explanation);
        assert!(!hidden.iter().any(|secret| shown.contains(secret)), "{shown}");
    };
    for fields in [xml::parse(bytes).ok(), json::parse(bytes)].into_iter().flatten() {
        check(&doctor::examine(&fields, KEY, OTHERS));
        let signed = doctor::signed(&fields, KEY, OTHERS);
        assert!(!hidden.iter().any(|secret| signed.contains(secret)), "{signed}");
    }
    check(&doctor::examine_body(bytes, KEY, OTHERS));
    if let Err(error) = xml::parse(b"not a document") {
        check(&doctor::unreadable(bytes, &error));
    }
}

/// Explains the arguments of a page's `wx.config`, one on each line: nonce, timestamp, signature, the page's URL, the URL that was
/// signed, and the URL before. The ticket is not shown.
fn page_config(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n');
    let mut next = || lines.next().unwrap_or_default();
    let page = PageSign { nonce_str: next(), timestamp: next(), signature: next(), url: next() };
    let (signed_url, before) = (next(), next());
    let (tickets, pages) = ([TICKET], [before]);
    for tickets in [&tickets[..0], &tickets] {
        for signed_url in [None, Some(signed_url)] {
            let evidence = Evidence { tickets, signed_url, pages: &pages, ..Evidence::default() };
            let shown = shown(&doctor::config::config(&page, &evidence));
            assert!(text.contains(TICKET) || !shown.contains(TICKET), "{shown}");
        }
    }
    let _ = impossible(signed_url);
}

/// Writes values into a query, one from each line. They can be read again, and none can add a name or end the query.
fn form(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let values: Vec<&str> = text.split('\n').collect();
    let query = form::query(values.iter().map(|value| ("n", *value)));
    assert!(query.bytes().all(|byte| byte.is_ascii_graphic() && !b"#+\"<>".contains(&byte)), "{query}");
    let read: Vec<_> = query
        .split('&')
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or_default();
            assert_eq!(name, "n");
            percent_decode_str(value).decode_utf8_lossy()
        })
        .collect();
    assert_eq!(read, values);
    assert_eq!(percent_decode_str(&form::component(&text)).decode_utf8_lossy(), text);
}

/// Reads an explanation as a task queue may have kept it, a name and a text on each line with a tab between. Its own fields give the
/// same explanation again.
fn explanation(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<(&str, &str)> = text.split('\n').filter_map(|line| line.split_once('\t')).collect();
    let get = |name: &str| lines.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    let explanation = Explanation::from_fields(get);
    let _ = shown(&explanation);
    let fields: Vec<(&str, &str)> = explanation.fields().collect();
    let again = Explanation::from_fields(|name| fields.iter().find(|(known, _)| *known == name).map(|(_, text)| *text));
    assert_eq!(again, explanation);
}

/// Reads the address of a store. An error does not show the password in it.
fn store_address(bytes: &[u8]) {
    const PASSWORD: &str = "hunter2-of-redis";
    let address = String::from_utf8_lossy(bytes);
    if let Err(error) = store::open(&address) {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(PASSWORD), "{shown}");
    }
}

/// Everything that a person may see of an explanation.
fn shown(explanation: &Explanation) -> String {
    let mut shown = format!("{explanation} {explanation:?}");
    for language in [Language::English, Language::Chinese] {
        shown += &explanation.text(language);
        shown += &explanation.html(language);
    }
    shown
}

/// Reads a certificate, a key, or both, in whatever form. No error shows what was read.
fn identity(bytes: &[u8]) {
    let given = CertificateSettings { mch_id: "1900000109", ..CertificateSettings::default() };
    for given in [
        CertificateSettings { cert: Some(bytes), ..given },
        CertificateSettings { key: Some(bytes), ..given },
        CertificateSettings { p12: Some(bytes), ..given },
        CertificateSettings { cert: Some(bytes), key: Some(bytes), ..given },
    ] {
        match Identity::read(&given) {
            Ok(Some(identity)) => assert!(identity.chain().next().is_some() && !identity.serial().is_empty()),
            Ok(None) => unreachable!("a setting is given"),
            Err(error) => assert!(error.field().is_some_and(|field| field.starts_with("client_")), "{error}"),
        }
    }
}

/// Decrypts the Base64 text of a refund notification.
fn req_info(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(plain) = wxpaykit::decrypt_req_info(&text, KEY) {
        assert!(plain.contains("<root>"));
    }
}

/// Reads a key or a certificate of APIv3 in whatever form. A private key signs what its public half verifies.
fn v3_key(bytes: &[u8]) {
    match v3::SigningKey::read("private_key", bytes) {
        Ok(key) => {
            let signature = key.sign(b"text").unwrap_or_default();
            assert!(key.public().verify(b"text", &signature));
        }
        Err(error) => assert_eq!(error.field(), Some("private_key"), "{error}"),
    }
    if let Ok(key) = v3::VerifyingKey::read("public_key", bytes) {
        assert!(v3::encrypt_sensitive("text", &key).is_ok(), "{key:?}");
    }
    let _ = v3::Keys::read([(V3_SERIAL, bytes)]);
    let _ = v3::serial_no(bytes);
}

/// Reads headers, one on each line, then after an empty line the body of a notification or of a list of certificates. The doctor finds
/// nothing wrong with a signature that is accepted, and something with every other.
fn v3_message(bytes: &[u8]) {
    let end = bytes.windows(2).position(|two| two == b"\n\n").unwrap_or(bytes.len());
    let (head, body) = (String::from_utf8_lossy(&bytes[..end]), bytes.get(end + 2..).unwrap_or_default());
    let headers = v3::Headers::read(head.lines().filter_map(|line| line.split_once(':')));
    let Ok(keys) = v3::Keys::read([(V3_SERIAL, V3_CERTIFICATE.as_bytes())]) else { return };
    let now = headers.timestamp.as_ref().and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
    let authentic = v3::verify(&headers, body, &keys, now).is_ok();
    let known = v3::Evidence {
        headers: Some(&headers),
        body,
        keys: Some(&keys),
        now: Some(now),
        api_v3_key: Some(V3_KEY),
        ..v3::Evidence::default()
    };
    if let Ok(explanation) = v3::explain(&known) {
        let right = ["none", "apiv3_key_wrong", "resource_malformed"].contains(&explanation.mistake.code());
        assert_eq!(right, authentic, "{explanation:?}");
        let shown = shown(&explanation);
        assert!(!shown.contains(V3_KEY) || String::from_utf8_lossy(bytes).contains(V3_KEY), "{shown}");
    }
    let _ = v3::certificates(body, V3_KEY, 1_764_300_006);
    if let Some(resource) = json::parse(body) {
        let get = |name| resource.get(name).unwrap_or_default();
        let sealed = v3::Resource {
            algorithm: get("algorithm"),
            ciphertext: get("ciphertext"),
            nonce: get("nonce"),
            associated_data: get("associated_data"),
        };
        let _ = v3::decrypt(&sealed, V3_KEY);
    }
}

/// Explains a request: method, URL, `Authorization` and WeChat Pay's refusal on a line each, then the body.
fn v3_request(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.splitn(5, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let (method, url, authorization, reply, body) = (next(), next(), next(), next(), next());
    let Ok(key) = v3::VerifyingKey::read("certificate", V3_CERTIFICATE.as_bytes()) else { return };
    let known = v3::Evidence {
        method: Some(method),
        url: Some(url),
        authorization: Some(authorization),
        reply: Some(reply.as_bytes()),
        body: body.as_bytes(),
        certificate: Some(&key),
        now: Some(1_764_300_006),
        ..v3::Evidence::default()
    };
    if let Ok(explanation) = v3::explain(&known) {
        let _ = shown(&explanation);
    }
}
