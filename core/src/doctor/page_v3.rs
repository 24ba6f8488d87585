//! Why `paySign` of a page, or `sign` of an app, is refused in APIv3: an RSA signature over four lines (protocol v3 §5.2, §5.7).

use super::page::{
    PREPAY_ID, Page, before, has_marks, is_digits, is_in_milliseconds, is_package, lacks_prepay_id, misnamed, of_app,
    shifted,
};
use super::permutations::permutations;
use super::signature_text::{SignatureText, decode};
use super::signed_digest::{hash_mistake, is_digest_of};
use super::v3::other_nonces;
use super::v3::times::seconds;
use crate::crypto::rsa::{SigningKey, VerifyingKey};
use crate::explanation::{Explanation, Mistake, RSA_SIGN_TYPE};
use crate::fields::Fields;

/// What a page or an app of APIv3 is handed. Those that are missing are empty.
#[derive(Clone, Copy, Debug)]
pub struct Parameters<'a> {
    /// `appId`, or an app's `appid`.
    app_id: &'a str,
    time_stamp: &'a str,
    nonce_str: &'a str,
    /// A page's `package`, or an app's `prepayid`.
    paid: &'a str,
    /// An app's `package`; `None` for a page.
    app_package: Option<&'a str>,
    partner_id: &'a str,
    sign_type: &'a str,
    signature: &'a str,
    /// A name that WeChat does not read, and the right one.
    misnamed: Option<[&'static str; 2]>,
}

impl<'a> Parameters<'a> {
    /// The parameters of a page or an app among fields; `None` for a message.
    pub fn of_fields(fields: &'a Fields) -> Option<Self> {
        if let Some(page) = Page::of_fields(fields) {
            return Some(Self { misnamed: misnamed(fields), ..Self::of_page(&page) });
        }
        let (app, sign_type) = of_app(fields)?;
        Some(Self {
            app_id: app.appid,
            time_stamp: app.timestamp,
            nonce_str: app.noncestr,
            paid: app.prepayid,
            app_package: Some(app.package),
            partner_id: app.partnerid,
            sign_type,
            signature: app.sign,
            misnamed: None,
        })
    }

    /// Those of a page.
    fn of_page(page: &Page<'a>) -> Self {
        Self {
            app_id: page.app_id,
            time_stamp: page.time_stamp,
            nonce_str: page.nonce_str,
            paid: page.package,
            app_package: None,
            partner_id: "",
            sign_type: page.sign_type,
            signature: page.pay_sign,
            misnamed: None,
        }
    }

    /// Whether they say, or show by their signature, that they are of APIv3.
    pub fn is_of_v3(&self) -> bool {
        let is_long = !matches!(decode(self.signature, |bytes| bytes.len() >= 256), SignatureText::Malformed);
        self.sign_type == "RSA" || is_long
    }

    /// The same with an `appId`, where they have none: `wx.chooseWXPay` and mini programs do not get it.
    #[must_use]
    pub fn or_app_id(self, app_id: &'a str) -> Self {
        if self.app_id.is_empty() { Self { app_id, ..self } } else { self }
    }

    fn is_of_page(&self) -> bool {
        self.app_package.is_none()
    }

    /// The text to sign, with another last line, or another end of its lines.
    fn text(&self, paid: &str, end: &str) -> String {
        [self.app_id, self.time_stamp, self.nonce_str, paid].map(|line| format!("{line}{end}")).concat()
    }
}

/// A longer text is not searched: each guess copies it.
const LONGEST: usize = 16 * 1024;

/// Explains what a page or an app of APIv3 was handed. `key` is the public half of the merchant's key.
pub fn explain(given: &Parameters<'_>, key: &VerifyingKey) -> Explanation {
    let text = given.text(given.paid, "\n");
    let base =
        Explanation { string_to_sign: text.clone(), sign_type: RSA_SIGN_TYPE, ..Explanation::new(Mistake::NONE) };
    let is_hex = given.signature.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex && matches!(given.signature.len(), 32 | 64) {
        return base.found(Mistake::V2_SIGNATURE, None);
    }
    let (form, signature) = match decode(given.signature, |bytes| key.open(bytes).is_some()) {
        SignatureText::Plain(signature) => (Mistake::NONE, signature),
        SignatureText::Other(form, signature) => (form, signature),
        SignatureText::Malformed => return base.found(Mistake::SIGNATURE_MALFORMED, None),
    };
    let Some(opened) = key.open(&signature) else {
        let is_pss = key.verify_pss(text.as_bytes(), &signature);
        return base.found(if is_pss { Mistake::PSS_PADDING } else { Mistake::SIGNED_BY_UNKNOWN_KEY }, None);
    };
    if is_digest_of(&opened, text.as_bytes()) {
        let beside = if form == Mistake::NONE { beside(given) } else { form };
        return match given.misnamed.filter(|_| beside == Mistake::NONE) {
            Some([name, own]) => {
                Explanation { field: Some(format!("{name} → {own}")), ..base.found(Mistake::PAGE_NAMES, None) }
            }
            None => base.found(beside, None),
        };
    }
    if let Some(mistake) = hash_mistake(&opened, text.as_bytes()) {
        return base.found(mistake, None);
    }
    if text.len() > LONGEST {
        return base.found(Mistake::NOT_SEARCHED, None);
    }
    let guessed = guesses(given).into_iter().find(|(_, guess)| is_digest_of(&opened, guess.as_bytes()));
    match guessed {
        Some((mistake, text)) => base.found(mistake, Some(text)),
        None if given.app_id.is_empty() => base.found(Mistake::APP_ID_NEEDED, None),
        None => base.found(Mistake::PAGE_V3_UNKNOWN, None),
    }
}

/// The mistake that parameters have whose signature is right.
fn beside(given: &Parameters<'_>) -> Mistake {
    match given.app_package {
        _ if lacks_prepay_id(given.paid) => Mistake::PREPAY_ID_MISSING,
        None if given.sign_type != "RSA" => Mistake::SIGN_TYPE_NOT_RSA,
        None if !given.paid.starts_with(PREPAY_ID) => Mistake::PACKAGE_FORM,
        Some(package) if package != "Sign=WXPay" => Mistake::APP_PACKAGE,
        None if given.paid.matches(PREPAY_ID).count() > 1 => Mistake::PREPAY_ID_FORM,
        Some(_) if given.paid.starts_with(PREPAY_ID) => Mistake::PREPAY_ID_FORM,
        _ if has_marks(given.paid) => Mistake::PREPAY_ID_MALFORMED,
        _ if is_digits(given.app_id) => Mistake::APP_ID_FORM,
        // The first line is empty.
        _ if given.app_id.is_empty() => Mistake::APP_ID_LEFT_OUT,
        None if given.time_stamp.is_empty() => Mistake::TIME_STAMP,
        _ if is_in_milliseconds(given.time_stamp) => Mistake::PAY_TIME_IN_MILLISECONDS,
        _ if seconds(given.time_stamp).is_none() => Mistake::PAY_TIME_MALFORMED,
        _ => Mistake::NONE,
    }
}

/// The public half of a key in PEM, private or public, or of a certificate; `None` for another text, such as an API key.
pub(super) fn key_of(text: &str) -> Option<VerifyingKey> {
    let private = SigningKey::read("key", text.as_bytes()).map(|key| key.public().clone());
    private.or_else(|_| VerifyingKey::read("key", text.as_bytes())).ok()
}

/// The texts that are signed by mistake.
fn guesses(given: &Parameters<'_>) -> Vec<(Mistake, String)> {
    let text = given.text(given.paid, "\n");
    let bare = given.paid.strip_prefix(PREPAY_ID).unwrap_or(given.paid);
    let last = |mistake, paid: String| (mistake, given.text(&paid, "\n"));
    let twice = format!("prepay_id={}", given.paid);
    // Where the right one was signed, the one that was handed over is wrong.
    let or_changed = |mistake, signed: &str| if is_package(signed) { Mistake::PACKAGE_CHANGED } else { mistake };
    let (change, name) = match given.app_package {
        None => (Mistake::PACKAGE_CHANGED, PREPAY_ID),
        Some(_) => (Mistake::PREPAYID_CHANGED, ""),
    };
    let changed: Vec<_> = before(given.paid, name).into_iter().map(|paid| last(change, paid)).collect();
    let mut found = match given.app_package {
        None => vec![
            last(or_changed(Mistake::PACKAGE_WITHOUT_NAME, bare), bare.to_owned()),
            last(or_changed(Mistake::PACKAGE_NAMED_TWICE, &twice), twice),
            last(Mistake::PACKAGE_QUOTED, format!("prepay_id=\"{bare}\"")),
            last(Mistake::PACKAGE_QUOTED, format!("\"{}\"", given.paid)),
        ],
        Some(package) => vec![
            last(Mistake::PREPAY_ID_NAMED_IN_APP, format!("prepay_id={bare}")),
            last(Mistake::PACKAGE_SIGNED_IN_APP, package.to_owned()),
            last(Mistake::PACKAGE_SIGNED_IN_APP, "Sign=WXPay".to_owned()),
            last(Mistake::PACKAGE_QUOTED, format!("\"{bare}\"")),
        ],
    };
    found.extend([
        (Mistake::NO_FINAL_NEWLINE, text.trim_end_matches('\n').to_owned()),
        (Mistake::EXTRA_NEWLINE, format!("{text}\n")),
        (Mistake::CRLF_NEWLINES, given.text(given.paid, "\r\n")),
        (Mistake::ESCAPED_NEWLINES, given.text(given.paid, "\\n")),
    ]);
    for (mistake, nonce_str) in other_nonces(given.nonce_str) {
        found.push((mistake, Parameters { nonce_str: &nonce_str, ..*given }.text(given.paid, "\n")));
    }
    for time_stamp in times(given.time_stamp) {
        let other = Parameters { time_stamp: &time_stamp, ..*given };
        found.push((Mistake::TIME_OTHER_FORM, other.text(given.paid, "\n")));
    }
    // Milliseconds of the same moment.
    let moment = given.time_stamp.parse::<i64>().ok().filter(|_| given.time_stamp.len() == 10 && text.len() <= 1024);
    for at in moment.into_iter().flat_map(|at| (-500..1000).map(move |millisecond| at * 1000 + millisecond)) {
        let time_stamp = at.to_string();
        found.push((Mistake::TIME_OTHER_FORM, Parameters { time_stamp: &time_stamp, ..*given }.text(given.paid, "\n")));
    }
    for time_stamp in shifted(given.time_stamp) {
        let other = Parameters { time_stamp: &time_stamp, ..*given };
        found.push((Mistake::TIMESTAMP_DIFFERS, other.text(given.paid, "\n")));
    }
    let [app_id, time_stamp, nonce_str, paid] = [given.app_id, given.time_stamp, given.nonce_str, given.paid];
    found.push((Mistake::APP_ID_LEFT_OUT, format!("{time_stamp}\n{nonce_str}\n{paid}\n")));
    found.push((Mistake::APP_ID_LEFT_OUT, format!("\n{time_stamp}\n{nonce_str}\n{paid}\n")));
    // Where the time stands in the other's place, the text is right and what is handed over is wrong.
    if nonce_str.len() == 10 && seconds(nonce_str).is_some() && seconds(time_stamp).is_none() {
        found.push((Mistake::PAGE_VALUES_SWAPPED, format!("{app_id}\n{nonce_str}\n{time_stamp}\n{paid}\n")));
    }
    found.extend(joined(given).into_iter().map(|text| (Mistake::PAGE_LINES, text)));
    found.extend(changed);
    found
}

/// A time in seconds as milliseconds, and the reverse.
fn times(given: &str) -> Vec<String> {
    let short = given.strip_suffix("000").filter(|_| is_in_milliseconds(given)).map(str::to_owned);
    [Some(format!("{given}000")), Some(format!("{given}.0")), short].into_iter().flatten().collect()
}

/// The same values in another order, with another one, or joined as APIv2 joins them.
fn joined(given: &Parameters<'_>) -> Vec<String> {
    let lines = [given.app_id, given.time_stamp, given.nonce_str, given.paid];
    let written = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let mut found: Vec<String> = permutations(lines.len())
        .iter()
        .map(|order| order.iter().filter_map(|at| lines.get(*at).copied()).collect::<Vec<_>>())
        .map(|lines| written(&lines))
        .collect();
    for sign_type in [given.sign_type, "RSA"] {
        found.push(written(&[&lines[..], &[sign_type]].concat()));
    }
    // The fourth line with its name, or the merchant's number in it, or in place of the appid.
    let [app_id, time_stamp, nonce_str, paid] = lines;
    let bare = paid.strip_prefix(PREPAY_ID).unwrap_or(paid);
    let named = [
        format!("package={paid}"),
        format!("package=prepay_id={bare}"),
        format!("prepayid={bare}"),
        format!("prepay_id={bare}"),
    ];
    found.extend(named.iter().map(|last| written(&[app_id, time_stamp, nonce_str, last.as_str()])));
    if !given.partner_id.is_empty() {
        let partner = given.partner_id;
        found.push(written(&[partner, time_stamp, nonce_str, paid]));
        found.push(written(&[app_id, partner, time_stamp, nonce_str, paid]));
        found.push(written(&[app_id, time_stamp, nonce_str, partner, paid]));
        found.push(written(&[app_id, time_stamp, nonce_str, paid, partner]));
        found.push(written(&[app_id, partner, paid, given.app_package.unwrap_or_default(), nonce_str, time_stamp]));
    }
    found.extend(["", "&", ",", " "].map(|between| lines.join(between)));
    let names = if given.is_of_page() {
        ["appId", "timeStamp", "nonceStr", "package"]
    } else {
        ["appid", "timestamp", "noncestr", "prepayid"]
    };
    let pairs: Vec<String> = names.iter().zip(lines).map(|(name, value)| format!("{name}={value}")).collect();
    let package = given.app_package.map(|package| format!("package={package}"));
    let partner = Some(format!("partnerid={}", given.partner_id)).filter(|_| package.is_some());
    for sign_type in [None, Some("signType=RSA".to_owned())] {
        for more in [vec![], vec![package.clone()], vec![package.clone(), partner.clone()]] {
            let more = more.into_iter().flatten();
            let mut pairs: Vec<String> = pairs.iter().cloned().chain(sign_type.clone()).chain(more).collect();
            found.extend([pairs.join("&"), pairs.iter().map(|pair| format!("{pair}\n")).collect()]);
            pairs.sort_unstable();
            found.push(pairs.join("&"));
        }
    }
    found
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
        let bare = PACKAGE.strip_prefix(PREPAY_ID).unwrap();
        let right = format!("{HEAD}{PACKAGE}\n");
        for (signed, change, mistake, is_proved) in [
            (right.clone(), vec![], "none", true),
            (format!("{HEAD}{bare}\n"), vec![], "package_without_name", true),
            (format!("{HEAD}prepay_id={PACKAGE}\n"), vec![], "package_named_twice", true),
            (format!("{HEAD}{PACKAGE}"), vec![], "no_final_newline", true),
            (right.replace('\n', "\r\n"), vec![], "crlf_newlines", true),
            (right.replace('\n', "\\n"), vec![], "escaped_newlines", true),
            (right.clone(), vec![("nonceStr", "other")], "page_v3_unknown", false),
            (format!("{right}RSA\n"), vec![], "page_lines", true),
            (format!("wxd930ea5d5a258f4f\nnonce\n1764300000\n{PACKAGE}\n"), vec![], "page_lines", true),
            (
                format!("appId=wxd930ea5d5a258f4f&nonceStr=nonce&package={PACKAGE}&signType=RSA&timeStamp=1764300000"),
                vec![],
                "page_lines",
                true,
            ),
            (format!("{HEAD}prepay_id=\"{bare}\"\n"), vec![], "package_quoted", true),
            (right.replace("1764300000", "1764300000000"), vec![], "time_other_form", true),
            (right.clone(), vec![("timeStamp", "1764300000000")], "time_other_form", true),
            (
                right.replace("1764300000", "1764300000000"),
                vec![("timeStamp", "1764300000000")],
                "pay_time_in_milliseconds",
                false,
            ),
            (right.clone(), vec![("signType", "MD5")], "sign_type_not_rsa", false),
            (right.clone(), vec![("signType", "")], "sign_type_not_rsa", false),
            (format!("{HEAD}{bare}\n"), vec![("package", bare)], "package_form", false),
            (right.clone(), vec![("paySign", "0123456789ABCDEF0123456789ABCDEF")], "v2_signature", false),
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
        for (right, mistake, is_proved) in [
            (format!("{HEAD}{bare}\n"), "none", true),
            (format!("{HEAD}prepay_id={bare}\n"), "prepay_id_named_in_app", true),
            (format!("{HEAD}Sign=WXPay\n"), "package_signed_in_app", true),
            (format!("{HEAD}{bare}"), "no_final_newline", true),
            (format!("{HEAD}other\n"), "page_v3_unknown", false),
        ] {
            let signature = SigningKey::read("key", OWN.as_bytes()).unwrap().sign(right.as_bytes()).unwrap();
            let of_ios = ["appid", "partnerid", "prepayid", "package", "noncestr", "timestamp", "sign"];
            let of_android = ["appId", "partnerId", "prepayId", "packageValue", "nonceStr", "timeStamp", "sign"];
            let values = ["wxd930ea5d5a258f4f", "1900000109", bare, "Sign=WXPay", "nonce", "1764300000", &signature];
            for names in [of_ios, of_android] {
                for more in [None, Some(("signType", "RSA"))] {
                    for key in [OWN, CERTIFICATE] {
                        let fields: Fields = names.into_iter().zip(values).chain(more).collect();
                        let found = examine(&fields, key, OtherKeys::default());
                        assert_eq!(found.mistake.code(), mistake, "{names:?}, {more:?}: {found}");
                        assert!(found.proved() == is_proved, "{found}");
                        let fields: Fields = fields
                            .iter()
                            .map(|(name, value)| (name, if value == "Sign=WXPay" { "x" } else { value }))
                            .collect();
                        let found = examine(&fields, key, OtherKeys::default());
                        assert_eq!(found.mistake.code() == "app_package", mistake == "none", "{found}");
                    }
                }
            }
        }
        // An API key: RSA does not belong there, as before.
        assert_eq!(explained(&right, OWN, &[], "192006250b4c09247ec02edce69f6a2d").mistake.code(), "sign_malformed");
        let huge = "x".repeat(1 << 20);
        let found = explained(&right, OWN, &[("nonceStr", &huge), ("paySign", &huge)], OWN);
        assert_eq!(found.mistake.code(), "signed_by_unknown_key", "it is Base64");
    }
}
