//! The keys of WeChat Pay's side of APIv3: platform certificates, and the WeChat Pay public key (protocol v3 §3.5, §3.6). They are
//! the same at each start, so that a client keeps what it was configured with.

use serde::{Deserialize, Serialize};
use wxpaykit::Error;
use wxpaykit::crypto::rsa::{SigningKey, VerifyingKey};

use super::clock::Millis;

/// The keys. They are the same for all merchants; the id of the public key is a merchant's own.
#[derive(Debug)]
pub(crate) struct PlatformKeys {
    /// The certificate before a rotation, and the one after it.
    certificates: [PlatformCertificate; 2],
    public: SigningKey,
}

/// A platform certificate (平台证书).
#[derive(Debug)]
pub(crate) struct PlatformCertificate {
    /// Upper-case hexadecimal digits.
    pub(crate) serial_no: String,
    pub(crate) pem: &'static str,
    pub(crate) key: SigningKey,
    /// From when and until when it is valid.
    pub(crate) validity: (Millis, Millis),
}

/// How far a rotation of the platform certificates is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Rotation {
    /// The first certificate alone.
    #[default]
    Old,
    /// Both are in the list, and both sign.
    Overlap,
    /// The second certificate alone.
    New,
}

/// Which keys a merchant has, and which of them sign for it (protocol v3 §3.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MerchantKeys {
    /// Both. Replies and notifications are signed by the key that the request names, or by the certificate. WeChat has no such
    /// merchant; here every SDK works without a setting.
    #[default]
    Any,
    /// Certificates alone: a merchant of before the public key.
    Certificates,
    /// Certificates, and a public key that was applied for and does not sign yet: 「开启公钥切换」 was not pressed.
    Applied,
    /// The public key alone: a merchant of today.
    PublicKey,
    /// A merchant that changes from certificates to the public key: replies as for `any`, and this share of the notifications is
    /// signed by the public key.
    Switching { share: f64 },
}

impl MerchantKeys {
    /// Whether the share is one.
    pub(crate) fn is_valid(self) -> bool {
        !matches!(self, Self::Switching { share } if !(0.0..=1.0).contains(&share))
    }
}

/// One of the keys that sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signer {
    /// A platform certificate, by its place in the list.
    Certificate(usize),
    PublicKey,
}

const CERTIFICATES: [(&str, &str); 2] = [
    (include_str!("../../keys/platform-1.pem"), include_str!("../../keys/platform-1-cert.pem")),
    (include_str!("../../keys/platform-2.pem"), include_str!("../../keys/platform-2-cert.pem")),
];
/// The WeChat Pay public key's private half.
const PUBLIC: &str = include_str!("../../keys/platform-public.pem");
/// The WeChat Pay public key (`pub_key.pem`).
pub(crate) const PUBLIC_KEY: &str = include_str!("../../keys/platform-public-key.pem");

/// The id of a merchant's WeChat Pay public key.
pub(crate) fn public_key_id(mch_id: &str) -> String {
    format!("PUB_KEY_ID_01{mch_id:0>10}20241128{:014}", 1)
}

impl PlatformKeys {
    /// Reads the keys that the program contains.
    pub(crate) fn read() -> Result<Self, Error> {
        let one = |(key, pem): (&str, &'static str)| {
            let certificate = VerifyingKey::read("platform_certificate", pem.as_bytes())?;
            let serial_no = certificate.serial().unwrap_or_default().to_owned();
            let (begins, ends) = certificate.validity().unwrap_or_default();
            let key = SigningKey::read("platform_key", key.as_bytes())?;
            Ok::<_, Error>(PlatformCertificate { serial_no, pem, key, validity: (begins * 1000, ends * 1000) })
        };
        let [old, new] = CERTIFICATES.map(one);
        Ok(Self { certificates: [old?, new?], public: SigningKey::read("platform_key", PUBLIC.as_bytes())? })
    }

    /// The certificate that signs when a request names none.
    pub(crate) fn certificate(&self, stage: Rotation) -> &PlatformCertificate {
        let [old, new] = &self.certificates;
        if stage == Rotation::New { new } else { old }
    }

    /// The certificates of `GET /v3/certificates`, each with its place in the list of all.
    pub(crate) fn listed(&self, stage: Rotation) -> impl Iterator<Item = (usize, &PlatformCertificate)> {
        let shown = move |place: usize| match stage {
            Rotation::Old => place == 0,
            Rotation::Overlap => true,
            Rotation::New => place == 1,
        };
        self.certificates.iter().enumerate().filter(move |(place, _)| shown(*place))
    }

    /// The key of a signer, and its name in `Wechatpay-Serial`.
    pub(crate) fn signer(&self, signer: Signer, mch_id: &str) -> (&SigningKey, String) {
        let certificate = |place: usize| self.certificates.get(place);
        match signer {
            Signer::Certificate(place) if certificate(place).is_some() => {
                let [old, new] = &self.certificates;
                let chosen = if place == 0 { old } else { new };
                (&chosen.key, chosen.serial_no.clone())
            }
            _ => (&self.public, public_key_id(mch_id)),
        }
    }

    /// The key that a merchant's `Wechatpay-Serial` names, if it is one of this merchant's.
    pub(crate) fn named(&self, id: &str, mch_id: &str, keys: MerchantKeys, stage: Rotation) -> Option<Signer> {
        if keys != MerchantKeys::Certificates && id == public_key_id(mch_id) {
            return Some(Signer::PublicKey);
        }
        let found = self.listed(stage).find(|(_, certificate)| certificate.serial_no.eq_ignore_ascii_case(id));
        found.filter(|_| keys != MerchantKeys::PublicKey).map(|(place, _)| Signer::Certificate(place))
    }

    /// The key that signs a reply to a request with this `Wechatpay-Serial`, if that decides it.
    pub(crate) fn signs(&self, id: &str, mch_id: &str, keys: MerchantKeys, stage: Rotation) -> Option<Signer> {
        let signs = |named: &Signer| *named != Signer::PublicKey || keys != MerchantKeys::Applied;
        self.named(id, mch_id, keys, stage).filter(signs)
    }

    /// The key that signs when nothing names one. `drawn` decides between two certificates, and is even or odd.
    pub(crate) fn usual(&self, keys: MerchantKeys, stage: Rotation, drawn: u64) -> Signer {
        match (keys, stage) {
            (MerchantKeys::PublicKey, _) => Signer::PublicKey,
            (_, Rotation::Old) => Signer::Certificate(0),
            (_, Rotation::Overlap) => Signer::Certificate(usize::from(drawn % 2 == 1)),
            (_, Rotation::New) => Signer::Certificate(1),
        }
    }

    /// All public keys with their names, for explanations.
    pub(crate) fn all(&self, mch_id: &str) -> Vec<(String, &'static str)> {
        let certificates = self.certificates.iter().map(|own| (own.serial_no.clone(), own.pem));
        certificates.chain([(public_key_id(mch_id), PUBLIC_KEY)]).collect()
    }

    /// The content of a file, by its name; `None` for another name. The private keys are here too: a test of a client signs with them.
    pub(crate) fn file(&self, name: &str, stage: Rotation) -> Option<Vec<u8>> {
        let place = usize::from(stage == Rotation::New);
        let (key, certificate) = CERTIFICATES.get(place)?;
        match name {
            "pub_key.pem" => Some(PUBLIC_KEY.as_bytes().to_vec()),
            "platform_cert.pem" => Some(certificate.as_bytes().to_vec()),
            "platform_key.pem" => Some(key.as_bytes().to_vec()),
            "pub_key_private.pem" => Some(PUBLIC.as_bytes().to_vec()),
            _ => None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_the_program_belong_together() {
        let keys = PlatformKeys::read().unwrap();
        for certificate in &keys.certificates {
            assert_eq!(certificate.serial_no.len(), 40);
            assert!(certificate.validity.0 < certificate.validity.1);
            let public = VerifyingKey::read("certificate", certificate.pem.as_bytes());
            assert!(public.is_ok_and(|public| public.is(certificate.key.public())));
        }
        let id = public_key_id("10000100");
        assert_eq!((id.len(), id.as_str()), (45, "PUB_KEY_ID_0100100001002024112800000000000001"));
        let public = VerifyingKey::read("pub_key", PUBLIC_KEY.as_bytes()).unwrap();
        assert!(public.is(keys.public.public()));
    }

    #[test]
    fn a_merchant_has_the_keys_of_its_kind() {
        let keys = PlatformKeys::read().unwrap();
        let id = public_key_id("10000100");
        let old = keys.certificate(Rotation::Old).serial_no.clone();
        let new = keys.certificate(Rotation::New).serial_no.clone();
        let named = |id: &str, kind, stage| keys.named(id, "10000100", kind, stage);
        assert_eq!(named(&id, MerchantKeys::Any, Rotation::Old), Some(Signer::PublicKey));
        assert_eq!(named(&id, MerchantKeys::Certificates, Rotation::Old), None);
        assert_eq!(named(&old, MerchantKeys::PublicKey, Rotation::Old), None);
        assert_eq!(named(&new, MerchantKeys::Any, Rotation::Old), None);
        assert_eq!(named(&new, MerchantKeys::Any, Rotation::Overlap), Some(Signer::Certificate(1)));
        // A key that was applied for is known, and does not sign yet.
        let signs = |id: &str| keys.signs(id, "10000100", MerchantKeys::Applied, Rotation::Old);
        assert_eq!(named(&id, MerchantKeys::Applied, Rotation::Old), Some(Signer::PublicKey));
        assert_eq!((signs(&id), signs(&old)), (None, Some(Signer::Certificate(0))));
        assert_eq!(named(&public_key_id("10000101"), MerchantKeys::Any, Rotation::Old), None);
    }
}
