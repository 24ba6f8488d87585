//! Why `paySign` of APIv3 is refused: an RSA signature over four lines (protocol v3 §5.2).

use super::page::Page;
use super::v3::{SignatureText, decode, is_digest_of};
use crate::crypto::rsa::{SigningKey, VerifyingKey};
use crate::explanation::{Explanation, Mistake, RSA_SIGN_TYPE};

/// Explains what a page of APIv3 was handed. `key` is the public half of the merchant's key.
pub fn page(page: &Page<'_>, key: &VerifyingKey) -> Explanation {
    let text = lines(page, page.package, "\n");
    let base =
        Explanation { string_to_sign: text.clone(), sign_type: RSA_SIGN_TYPE, ..Explanation::new(Mistake::NONE) };
    let (form, signature) = match decode(page.pay_sign, |bytes| key.open(bytes).is_some()) {
        SignatureText::Plain(signature) => (Mistake::NONE, signature),
        SignatureText::Other(form, signature) => (form, signature),
        SignatureText::Malformed => return base.found(Mistake::SIGNATURE_MALFORMED, None),
    };
    let Some(opened) = key.open(&signature) else { return base.found(Mistake::SIGNED_BY_UNKNOWN_KEY, None) };
    if is_digest_of(&opened, text.as_bytes()) {
        return base.found(form, None);
    }
    let guessed = guesses(page).into_iter().find(|(_, guess)| is_digest_of(&opened, guess.as_bytes()));
    match guessed {
        Some((mistake, text)) => base.found(mistake, Some(text)),
        None if page.app_id.is_empty() => base.found(Mistake::APP_ID_NEEDED, None),
        None => base.found(Mistake::V3_UNKNOWN, None),
    }
}

/// The public half of a key in PEM, private or public, or of a certificate; `None` for another text, such as an API key.
pub(super) fn key_of(text: &str) -> Option<VerifyingKey> {
    let private = SigningKey::read("key", text.as_bytes()).map(|key| key.public().clone());
    private.or_else(|_| VerifyingKey::read("key", text.as_bytes())).ok()
}

/// The text to sign, with another package or another end of its lines.
fn lines(page: &Page<'_>, package: &str, end: &str) -> String {
    [page.app_id, page.time_stamp, page.nonce_str, package].map(|line| format!("{line}{end}")).concat()
}

/// The texts that are signed by mistake.
fn guesses(page: &Page<'_>) -> Vec<(Mistake, String)> {
    let text = lines(page, page.package, "\n");
    let bare = page.package.strip_prefix("prepay_id=").unwrap_or(page.package);
    vec![
        (Mistake::PACKAGE_WITHOUT_NAME, lines(page, bare, "\n")),
        (Mistake::PACKAGE_NAMED_TWICE, lines(page, &format!("prepay_id={}", page.package), "\n")),
        (Mistake::NO_FINAL_NEWLINE, text.trim_end_matches('\n').to_owned()),
        (Mistake::CRLF_NEWLINES, lines(page, page.package, "\r\n")),
        (Mistake::ESCAPED_NEWLINES, lines(page, page.package, "\\n")),
    ]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::doctor::{OtherKeys, examine};
    use crate::fields::Fields;

    const OWN: &str = include_str!("../../../tests/certificates/apiclient_key.pem");
    const CERTIFICATE: &str = include_str!("../../../tests/certificates/apiclient_cert.pem");
    const OTHER: &str = include_str!("../../../tests/certificates/other_key.pem");
    const PACKAGE: &str = "prepay_id=wx201410272009395522657a690389285100";
    const HEAD: &str = "wxd930ea5d5a258f4f\n1764300000\nnonce\n";

    fn explained(signed: &str, with: &str, change: &[(&str, &str)], key: &str) -> Explanation {
        let signature = SigningKey::read("key", with.as_bytes()).unwrap().sign(signed.as_bytes()).unwrap();
        let own = [
            ("appId", "wxd930ea5d5a258f4f"),
            ("timeStamp", "1764300000"),
            ("nonceStr", "nonce"),
            ("package", PACKAGE),
            ("signType", "RSA"),
            ("paySign", &signature),
        ];
        let value = |name, own| change.iter().find(|(changed, _)| *changed == name).map_or(own, |(_, value)| *value);
        let fields: Fields = own.into_iter().map(|(name, own)| (name, value(name, own))).collect();
        examine(&fields, key, OtherKeys::default())
    }

    #[test]
    fn the_mistakes_of_a_page() {
        let bare = PACKAGE.strip_prefix("prepay_id=").unwrap();
        let right = format!("{HEAD}{PACKAGE}\n");
        for (signed, change, mistake, is_proved) in [
            (right.clone(), vec![], "none", true),
            (format!("{HEAD}{bare}\n"), vec![], "package_without_name", true),
            (format!("{HEAD}prepay_id={PACKAGE}\n"), vec![], "package_named_twice", true),
            (format!("{HEAD}{PACKAGE}"), vec![], "no_final_newline", true),
            (right.replace('\n', "\r\n"), vec![], "crlf_newlines", true),
            (right.replace('\n', "\\n"), vec![], "escaped_newlines", true),
            (right.clone(), vec![("nonceStr", "other")], "v3_unknown", false),
            (right.clone(), vec![("appId", "")], "app_id_needed", false),
            (right.clone(), vec![("paySign", "")], "signature_malformed", false),
            (right.clone(), vec![("paySign", "签名")], "signature_malformed", false),
        ] {
            for key in [OWN, CERTIFICATE] {
                let found = explained(&signed, OWN, &change, key);
                assert_eq!(found.mistake.code(), mistake, "{found}");
                assert!(found.proved() == is_proved || mistake == "none", "{found}");
                assert!(!found.string_to_sign.contains("PRIVATE"));
            }
            let found = explained(&signed, OTHER, &[], OWN);
            assert_eq!(found.mistake.code(), "signed_by_unknown_key");
        }
        // An API key: RSA does not belong there, as before.
        assert_eq!(explained(&right, OWN, &[], "192006250b4c09247ec02edce69f6a2d").mistake.code(), "sign_malformed");
        let huge = "x".repeat(1 << 20);
        let found = explained(&right, OWN, &[("nonceStr", &huge), ("paySign", &huge)], OWN);
        assert_eq!(found.mistake.code(), "signed_by_unknown_key", "it is Base64");
    }
}
