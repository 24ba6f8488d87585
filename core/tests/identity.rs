//! A merchant's certificate and key in every form that people have them in, and every mistake by its name.

use wxpaykit::crypto::identity::{CertificateSettings, Identity, Validity, common_name};
use wxpaykit::error::Detail;
use wxpaykit::{Error, Secret};

const MCH_ID: &str = "1900000109";

fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/../tests/certificates/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn text(name: &str) -> String {
    String::from_utf8(file(name)).unwrap()
}

/// The settings, by the content of files.
#[derive(Default)]
struct Files {
    cert: Option<Vec<u8>>,
    key: Option<Vec<u8>>,
    p12: Option<Vec<u8>>,
    password: Option<&'static str>,
    sub_mch_id: Option<&'static str>,
}

impl Files {
    fn pair(cert: &str, key: &str) -> Self {
        Self::of(file(cert), file(key))
    }

    fn of(cert: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        Self { cert: Some(cert.into()), key: Some(key.into()), ..Self::default() }
    }

    fn p12(name: &str) -> Self {
        Self { p12: Some(file(name)), ..Self::default() }
    }

    fn password(mut self, password: &'static str) -> Self {
        self.password = Some(password);
        self
    }

    fn read(&self) -> Result<Option<Identity>, Error> {
        let (cert, key, p12) = (self.cert.as_deref(), self.key.as_deref(), self.p12.as_deref());
        let (password, sub_mch_id) = (self.password, self.sub_mch_id);
        Identity::read(&CertificateSettings { cert, key, p12, password, mch_id: MCH_ID, sub_mch_id })
    }

    fn good(&self) -> Identity {
        self.read().unwrap().unwrap()
    }

    /// The refusal, held against the field and parts of its text. It has a remedy in both languages, and no secret.
    #[track_caller]
    fn refused(&self, field: &str, parts: &[&str]) -> String {
        let error = self.read().unwrap_err();
        let text = error.to_string();
        assert_eq!((error.class(), error.field()), ("ConfigError", Some(field)), "{text}");
        for part in parts {
            assert!(text.contains(part), "{part:?} is not in {text}");
        }
        let details: Vec<_> = error.details().map(|(name, _)| name).collect();
        assert_eq!(details, ["field", "remedy", "remedy_zh"], "{text}");
        let chinese = error.details().find_map(|(name, detail)| match detail {
            Detail::Text(text) if name == "remedy_zh" => Some(text.to_owned()),
            _ => None,
        });
        assert!(chinese.unwrap().chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)));
        assert!(!text.contains("MII") && !text.contains("192006250b4c"), "{text}");
        text
    }
}

#[test]
fn every_form_gives_the_same_certificate_and_key() {
    let serial = text("serial.txt");
    let (cert, key) = (text("apiclient_cert.pem"), text("apiclient_key.pem"));
    let pkcs1 = text("apiclient_key-pkcs1.pem");
    let both = text("pkcs12-nodes.pem");
    let utf16 = |text: &str| -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    let bare = |pem: &str| pem.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let indented = |text: &str| text.lines().map(|line| format!("    {line}\n")).collect::<String>();
    let mut forms = vec![
        ("as downloaded", Files::of(&*cert, &*key)),
        ("PKCS#1", Files::of(&*cert, &*pkcs1)),
        ("CRLF", Files::of(cert.replace('\n', "\r\n"), key.replace('\n', "\r\n"))),
        ("CR", Files::of(cert.replace('\n', "\r"), key.replace('\n', "\r"))),
        ("BOM", Files::of(format!("\u{feff}{cert}"), format!("\u{feff}{pkcs1}"))),
        ("UTF-16", Files::of(utf16(&cert), utf16(&key))),
        ("indented", Files::of(indented(&cert), indented(&key))),
        ("backslash and n", Files::of(cert.trim().replace('\n', "\\n"), key.trim().replace('\n', "\\r\\n"))),
        ("one line with spaces", Files::of(cert.trim().replace('\n', " "), key.trim().replace('\n', " "))),
        ("DER as Base64", Files::of(bare(&cert), bare(&key))),
        ("one file for both", Files::of(&*both, &*both)),
        ("the key first", Files::of(format!("{key}\n{cert}"), format!("{key}{cert}"))),
        ("with another certificate", Files::of(format!("{}{cert}", text("other_cert.pem")), &*key)),
        ("text around it", Files::of(format!("issued to us\n{cert}\nkeep it"), &*key)),
    ];
    forms.push(("one file, as the certificate", Files { cert: Some(both.clone().into()), ..Files::default() }));
    forms.push(("one file, as the key", Files { key: Some(both.clone().into()), ..Files::default() }));
    forms.push(("one file of PEM, as the p12", Files { p12: Some(both.clone().into()), ..Files::default() }));
    for name in ["apiclient_cert-aes.p12", "apiclient_cert-3des.p12", "apiclient_cert-rc2.p12"] {
        forms.push((name, Files::p12(name)));
        forms.push((name, Files::p12(name).password(MCH_ID)));
        forms.push((name, Files::p12(name).password("")));
        forms.push((name, Files { cert: Some(file(name)), ..Files::default() }));
        let spaced = [file(name), b"\r\n".to_vec()].concat();
        forms.push((name, Files { p12: Some(spaced), ..Files::default() }));
    }
    for (name, files) in forms {
        let identity = files.read().unwrap_or_else(|error| panic!("{name}: {error}")).unwrap();
        assert_eq!((identity.serial(), identity.common_name()), (serial.trim(), MCH_ID), "{name}");
        assert_eq!(identity.chain().count(), 1, "{name}");
        assert!(identity.expose_key().len() > 1000, "{name}");
    }
    assert!(
        Identity::read(&CertificateSettings { mch_id: MCH_ID, ..CertificateSettings::default() }).unwrap().is_none()
    );
}

#[test]
fn keys_of_elliptic_curves_and_chains_are_read() {
    for key in ["ec_key.pem", "ec_key-sec1.pem"] {
        let identity = Files::pair("ec_cert.pem", key).good();
        assert_eq!(identity.serial(), "F00D", "a byte of 0 keeps it positive, and does not count");
        Files::pair("apiclient_cert.pem", key).refused("client_key", &["is not the key of"]);
    }
    Files::pair("ec_cert.pem", "apiclient_key.pem").refused("client_key", &["is not the key of"]);
    for identity in [
        Files::p12("chain-no-password.p12").good(),
        Files::of([file("issuer_cert.pem"), file("issued_cert.pem")].concat(), file("apiclient_key.pem")).good(),
    ] {
        assert_eq!(identity.serial(), "0ABC");
        let names: Vec<_> = identity.chain().map(|der| common_name(der).unwrap()).collect();
        assert_eq!(names, [MCH_ID, "TEST ONLY root"]);
    }
}

#[test]
fn damaged_files_are_told_apart() {
    Files::p12("empty.p12").refused("client_p12", &["is empty", "download it again"]);
    Files::of("\n\n", file("apiclient_key.pem")).refused("client_cert", &["is empty"]);
    Files::p12("read-as-utf8.p12").refused("client_p12", &["was read as text", "EF BF BD", "binary"]);
    Files::p12("cut-in-half.p12").refused("client_p12", &["is cut short: it has 1308 of 2616 bytes"]);
    let (cert, key) = (text("apiclient_cert.pem"), text("apiclient_key.pem"));
    Files::of(&cert[..600], &*key).refused("client_cert", &["no END line", "incomplete"]);
    Files::of(cert.replace("MII", "M?I"), &*key).refused("client_cert", &["CERTIFICATE is not Base64"]);
    Files::of(&*cert, key.replace("MII", "MAA")).refused("client_key", &["is not a private key"]);
    let hello = Files { p12: Some(b"<html>404</html>".to_vec()), ..Files::default() };
    hello.refused("client_p12", &["is neither PEM nor PKCS#12: 16 bytes that begin with 3C68746D"]);
    let rubbish = Files { p12: Some([0x30, 3, 2, 1, 3].to_vec()), ..Files::default() };
    rubbish.refused("client_p12", &["is neither a certificate nor PKCS#12: 5 bytes"]);
    Files::pair("version1_cert.pem", "apiclient_key.pem").refused("client_cert", &["X.509 version 1"]);
}

#[test]
fn a_wrong_password_says_what_the_password_is() {
    let p12 = || Files::p12("apiclient_cert-aes.p12");
    let said =
        ["client_p12_password: does not open client_p12", "WeChat sets the merchant number (mch_id) as the password"];
    p12().password("1900000201").refused("client_p12_password", &said);
    p12().password("1900000201").refused("client_p12_password", &["the mch_id does open it"]);
    p12().password("1900000109\n").refused("client_p12_password", &["has white space around it"]);
    p12()
        .password("192006250b4c09247ec02edce69f6a2d")
        .refused("client_p12_password", &["looks like an API key or an AppSecret"]);
    let sub = Files { sub_mch_id: Some("1900000201"), ..p12() };
    sub.password("1900000201").refused("client_p12_password", &["is the sub-merchant's number"]);
    let content = file("apiclient_cert-rc2.p12");
    let other = Identity::read(&CertificateSettings {
        p12: Some(&content),
        mch_id: "1900000201",
        ..CertificateSettings::default()
    });
    let error = other.unwrap_err().to_string();
    assert!(
        error.starts_with("client_p12_password: is not set, and client_p12 does not open with the mch_id"),
        "{error}"
    );
    // A right password does not mend a damaged file, and the error is another one.
    Files::p12("cut-in-half.p12").password(MCH_ID).refused("client_p12", &["cut short"]);
}

#[test]
fn what_is_in_the_wrong_place_is_named() {
    let (cert, key) = ("apiclient_cert.pem", "apiclient_key.pem");
    Files::pair(key, cert).refused("client_cert", &["is a private key, and client_key is a certificate", "swapped"]);
    Files::p12("pem-named-p12.p12").refused("client_p12", &["is PEM, not PKCS#12", "it has a certificate"]);
    Files::pair("request.csr.pem", key).refused("client_cert", &["a certificate request (CSR)", "applied for"]);
    Files::pair(cert, "encrypted_key.pem").refused("client_key", &["encrypted with a password", "openssl pkey"]);
    Files::pair(cert, "encrypted_key-pkcs1.pem").refused("client_key", &["encrypted with a password"]);
    Files::pair("merchant-public-key.pem", key).refused("client_cert", &["has no certificate; it has a public key"]);
    Files::pair(cert, "platform_public_key.pem").refused("client_key", &["has no private key; it has a public key"]);
    Files::pair(cert, cert).refused("client_key", &["has no private key; it has a certificate"]);
    Files::pair(key, key).refused("client_cert", &["has no certificate; it has a private key"]);
    Files::pair("platform_cert.pem", key).refused("client_cert", &["TEST platform", "平台证书"]);
    Files { cert: Some(file(cert)), ..Files::default() }.refused("client_key", &["is not set, and client_cert is"]);
    Files { key: Some(file(key)), ..Files::default() }.refused("client_cert", &["is not set, and client_key is"]);
}

#[test]
fn what_does_not_belong_together_is_named_with_its_serial_number() {
    let serial = text("serial.txt");
    let serial = serial.trim();
    Files::pair("apiclient_cert.pem", "other_key.pem").refused("client_key", &["is not the key of", serial]);
    let mixed = Files { key: Some(file("other_key.pem")), ..Files::p12("apiclient_cert-aes.p12") };
    mixed.refused("client_key", &["is not the key of", serial]);
    let same = Files { key: Some(file("apiclient_key-pkcs1.pem")), ..Files::p12("apiclient_cert-aes.p12") };
    assert_eq!(same.good().serial(), serial);
    let two = Files { cert: Some(file("expired_cert.pem")), ..Files::p12("apiclient_cert-aes.p12") };
    two.refused("client_p12", &[serial, "E1", "Give one certificate"]);
    let other = Files::pair("other_cert.pem", "other_key.pem");
    other.refused("client_cert", &["1900000209", "1111222233334444555566667777888899990000", "mch_id is 1900000109"]);
    let sub = Files { sub_mch_id: Some("1900000209"), ..other };
    sub.refused("client_cert", &["the sub-merchant's", "A service provider uses its own certificate"]);
}

#[test]
fn a_certificate_that_ends_is_warned_of_and_refused_when_it_is_needed() {
    let identity = Files::pair("expired_cert.pem", "apiclient_key.pem").good();
    let ends = identity.ends();
    assert_eq!(ends, 1_704_067_200);
    let day = 24 * 60 * 60;
    let text = |error: Option<Error>| error.map(|error| error.to_string());
    let at = |now| (identity.validity(now), text(identity.remark(now)), text(identity.expired(now)));
    assert_eq!(at(ends - 31 * day), (Validity::Valid, None, None));
    let (validity, warning, refused) = at(ends - 5 * day);
    assert_eq!((validity, refused), (Validity::EndsSoon, None));
    let warning = warning.unwrap();
    assert!(warning.contains("expires on 2024-01-01, in 5 days") && warning.contains("E1"), "{warning}");
    let (validity, warning, refused) = at(ends + day);
    assert_eq!((validity, &warning), (Validity::Expired, &refused));
    let refused = refused.unwrap();
    assert!(
        refused.contains("expired on 2024-01-01; this machine's date is 2024-01-02. Check this machine's clock first")
    );
    let (validity, warning, refused) = at(0);
    assert_eq!((validity, &warning), (Validity::NotYet, &refused));
    let refused = refused.unwrap();
    assert!(
        refused.contains("until 2024-01-01; this machine's date is 1970-01-01. Set this machine's clock"),
        "{refused}"
    );
    assert!(!refused.contains("Apply for"), "the clock is wrong more often than the certificate: {refused}");
}

#[test]
fn no_text_of_an_identity_has_its_key() {
    let identity = Files::pair("apiclient_cert.pem", "apiclient_key.pem").good();
    assert_eq!(format!("{identity:?}"), format!("Identity {{ serial: {:?}, .. }}", identity.serial()));
    assert!(identity.describe().contains(", valid from 2025-01-01 until 2035-01-01"));
    let given = CertificateSettings { password: Some("hunter2"), mch_id: MCH_ID, ..CertificateSettings::default() };
    assert!(!format!("{:?}", Secret::new(given.password.unwrap())).contains("hunter2"));
}
