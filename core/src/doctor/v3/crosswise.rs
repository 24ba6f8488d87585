//! Values of `Authorization` that stand in each other's place.

use super::evidence::{Evidence, Search};
use super::sent_signature::Bytes;
use super::server_checks::mch_id_of;
use super::texts::SentRequest;
use super::times::seconds;
use crate::crypto::keys::{same_id, serial};
use crate::crypto::rsa::{RecoveredDigest, VerifyingKey};
use crate::doctor::permutations::permutations;
use crate::doctor::signature_text::{SignatureText, decode};
use crate::doctor::signed_digest::is_digest_of;
use crate::explanation::Mistake;

const NAMES: [&str; 5] = ["mchid", "nonce_str", "signature", "timestamp", "serial_no"];

/// The values behind these names. Those that are not given are empty.
pub(super) type Values<'a> = [&'a str; 5];

/// The mistake where the same values in another order are right, with the names of those that are not in their place, and the text to sign.
///
/// The form of each value says where it may stand, so that few orders are tried, and each hashes the text once.
pub(super) fn crosswise(
    known: &Evidence<'_>,
    sent: &SentRequest<'_>,
    bytes: Bytes<'_>,
    given: Values<'_>,
) -> Option<(Mistake, String, String)> {
    if bytes.signed.len() > Search::OF_EXPLAIN.longest {
        return None;
    }
    let keys: Vec<&VerifyingKey> = [known.certificate, known.public_key].into_iter().flatten().collect();
    let opened = given.map(|value| opened(&keys, value));
    let own = known.certificate.and_then(VerifyingKey::serial);
    let mch_id = mch_id_of(sent).or_else(|| known.mch_id.map(str::to_owned));
    let fits = |order: &[usize]| {
        let mut values: Values<'_> = [""; 5];
        for (value, at) in values.iter_mut().zip(order) {
            *value = given.get(*at).copied().unwrap_or_default();
        }
        let [number, nonce, signature, timestamp, serial_no] = values;
        let stays = |(own, value): (&&str, &str)| own.is_empty() == value.is_empty();
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        let is_of_request = number.is_empty() || mch_id.as_ref().is_none_or(|mch_id| mch_id == number);
        let is_serial = serial_no.is_empty() || own.map_or_else(|| is_whole(serial_no), |own| same_id(own, serial_no));
        let is_time = timestamp.len() == 10 && seconds(timestamp).is_some();
        let may_be = values != given && given.iter().zip(values).all(stays) && is_number && is_of_request;
        if !may_be || !is_serial || !is_time {
            return None;
        }
        let moved = NAMES.iter().zip(given.iter().zip(values)).filter(|(_, (own, value))| **own != *value);
        let moved = moved.map(|(name, _)| *name).collect::<Vec<_>>();
        let text = bytes.text(&SentRequest { timestamp, nonce, ..*sent });
        let digest = order.get(2).and_then(|at| opened.get(*at)).and_then(Option::as_ref);
        let is_right = digest.is_some_and(|digest| is_digest_of(digest, &text));
        // Number and serial number are not signed: the certificate, or the form of both, shows that they are in the other's place.
        let is_shown = moved == ["mchid", "serial_no"] && is_whole(serial_no) && !signature.is_empty();
        let is_proved = is_right && (own.is_some() || moved != ["mchid", "serial_no"]);
        let swapped = Mistake::AUTHORIZATION_SWAPPED;
        let mistake = if is_proved { swapped } else { swapped.seen() };
        (is_right || is_shown).then(|| (mistake, moved.join(", "), String::from_utf8_lossy(&text).into_owned()))
    };
    permutations(NAMES.len()).iter().find_map(|order| fits(order))
}

/// Whether it is a serial number with all of its digits: a merchant number and a nonce are shorter.
fn is_whole(serial_no: &str) -> bool {
    serial(serial_no).is_some_and(|digits| digits.len() == 40)
}

fn opened(keys: &[&VerifyingKey], signature: &str) -> Option<RecoveredDigest> {
    /// Those of shorter keys than WeChat Pay takes are not read.
    const LEAST: usize = 340;
    if signature.len() < LEAST {
        return None;
    }
    match decode(signature, |bytes| keys.iter().any(|key| key.open(bytes).is_some())) {
        SignatureText::Plain(bytes) => keys.iter().find_map(|key| key.open(&bytes)),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::crypto::rsa::SigningKey;
    use crate::doctor::v3::{Explanation, explain};
    use crate::explanation::{Proof, RSA_SIGN_TYPE};

    const KEY: &str = include_str!("../../../../tests/certificates/apiclient_key.pem");
    const CERTIFICATE: &str = include_str!("../../../../tests/certificates/apiclient_cert.pem");
    const URL: &str = "/v3/pay/transactions/out-trade-no/T1?mchid=1900000109";

    fn explained(values: Values<'_>, certificate: Option<&VerifyingKey>, reply: Option<&[u8]>) -> Explanation {
        let key = SigningKey::read("key", KEY.as_bytes()).unwrap();
        let members = NAMES.iter().zip(values).map(|(name, value)| format!("{name}=\"{value}\""));
        let authorization = format!("{RSA_SIGN_TYPE} {}", members.collect::<Vec<_>>().join(","));
        let public_key = certificate.map(|_| key.public());
        let authorization = Some(authorization.as_str());
        let known = Evidence {
            authorization,
            certificate,
            public_key,
            reply,
            method: Some("GET"),
            url: Some(URL),
            ..Evidence::default()
        };
        explain(&known).unwrap()
    }

    #[test]
    fn any_values_in_each_others_place_are_named() {
        let key = SigningKey::read("key", KEY.as_bytes()).unwrap();
        let certificate = VerifyingKey::read("certificate", CERTIFICATE.as_bytes()).unwrap();
        for nonce in ["593BEC0C930BF1AFEB40B4A08C8FB242", "xD8ym6tdA1pstW1CFofv2tovYIdaQAL5"] {
            let signature = key.sign(format!("GET\n{URL}\n1764300000\n{nonce}\n\n").as_bytes()).unwrap();
            let right: Values<'_> = ["1900000109", nonce, &signature, "1764300000", certificate.serial().unwrap()];
            let intact = explained(right, Some(&certificate), None);
            assert_eq!(intact.mistake, Mistake::NONE);
            for order in permutations(5) {
                let values: Vec<&str> = order.iter().map(|at| right[*at]).collect();
                let values: Values<'_> = values.try_into().unwrap();
                let moved = NAMES.iter().zip(values.iter().zip(right)).filter(|(_, (own, value))| *own != value);
                let moved = moved.map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
                for reply in [None, Some(r#"{"code":"SIGN_ERROR","message":"签名错误"}"#.as_bytes())] {
                    let found = explained(values, Some(&certificate), reply);
                    if values != right {
                        assert_eq!(found.mistake, Mistake::AUTHORIZATION_SWAPPED, "{values:?}");
                        assert!(found.proved() && found.field == Some(moved.clone()), "{found}");
                        assert_eq!(found.string_to_sign, intact.string_to_sign, "it was signed, and is right");
                    }
                }
            }
            // Without a key, the form of the two shows it, and nothing is proved.
            let mut values = right;
            values.swap(0, 4);
            let found = explained(values, None, None);
            assert_eq!((found.mistake.code(), found.proof), ("authorization_swapped", Proof::Seen));
            assert_eq!(found.field.as_deref(), Some("mchid, serial_no"));
            // Another text was signed as well.
            values[1] = "another";
            let found = explained(values, Some(&certificate), None);
            assert_eq!((found.mistake.code(), found.proof), ("authorization_swapped", Proof::Seen));
            // The serial number twice: it is in no other's place.
            let found = explained([right[4], nonce, &signature, "1764300000", right[4]], Some(&certificate), None);
            assert_eq!(found.mistake, Mistake::MCHID_MALFORMED);
        }
    }
}
