//! The certificate authority: of the port with TLS, and of the merchants.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use p12_keystore::{Certificate as P12Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SerialNumber, date_time_ymd,
};
use sha2::{Digest, Sha256};
use wxpaykit::crypto::identity::{Given, Identity, Validity};

/// The name of the certificate authority.
const NAME: &str = "wxpaykit-emulator, for tests only";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Some programs refuse certificates that are valid for longer.
const LIFE: Duration = Duration::from_secs(397 * 24 * 60 * 60);
/// Keys for merchants. See their README.
const KEYS: [&str; 3] = [
    include_str!("../../keys/merchant-1.pem"),
    include_str!("../../keys/merchant-2.pem"),
    include_str!("../../keys/merchant-3.pem"),
];

/// Signs the certificates of the port with TLS and of the merchants.
pub(super) struct Authority {
    /// Its own certificate, as PEM.
    pub(super) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A merchant's certificate and key, as WeChat hands them out.
#[derive(Clone, Debug)]
pub(super) struct Credentials {
    mch_id: String,
    /// `apiclient_cert.pem`.
    pub(super) cert: String,
    /// `apiclient_key.pem`.
    pub(super) key: String,
    cert_der: Vec<u8>,
    key_der: Vec<u8>,
}

impl Authority {
    /// The authority of `dir`, or a new one.
    pub(super) fn open(dir: Option<&Path>) -> Result<Self, String> {
        let (pem, key) = match dir {
            Some(dir) => kept(dir).map_err(|error| format!("{}: {error}", dir.display()))?,
            None => made().map_err(|error| error.to_string())?,
        };
        // A certificate names its issuer and the issuer's key, which are the same for an authority that was kept.
        let issuer = authority().map(|params| Issuer::new(params, key)).map_err(|error| error.to_string())?;
        Ok(Self { pem, issuer })
    }

    /// Signs a certificate with these names and uses for a key.
    pub(super) fn sign(&self, mut params: CertificateParams, key: &KeyPair) -> Result<Certificate, rcgen::Error> {
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let today = now();
        params.not_before = date_time_ymd(1970, 1, 1) + today.saturating_sub(DAY);
        params.not_after = date_time_ymd(1970, 1, 1) + today + LIFE;
        params.signed_by(key, &self.issuer)
    }

    /// A merchant's certificate: its common name is the merchant's number, and its serial number begins with a zero.
    pub(super) fn credentials(&self, mch_id: &str) -> Result<Credentials, rcgen::Error> {
        let digest = Sha256::digest(format!("{mch_id} {:?}", now()));
        let (chosen, serial) = (usize::from(*mch_id.as_bytes().last().unwrap_or(&0)) % KEYS.len(), digest.get(..19));
        let key = KeyPair::from_pem(KEYS.get(chosen).copied().unwrap_or_default())?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name = named(mch_id);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.serial_number = Some(SerialNumber::from_slice(&[&[0x0a], serial.unwrap_or_default()].concat()));
        let certificate = self.sign(params, &key)?;
        Ok(Credentials {
            mch_id: mch_id.to_owned(),
            cert: certificate.pem(),
            key: key.serialize_pem(),
            cert_der: certificate.der().to_vec(),
            key_der: key.serialize_der(),
        })
    }
}

impl Credentials {
    /// `apiclient_cert.p12`, whose password is the merchant's number.
    pub(super) fn p12(&self) -> Result<Vec<u8>, p12_keystore::error::Error> {
        let key = PrivateKey::from_der(&self.key_der)?;
        let chain = PrivateKeyChain::new(vec![1], key, [P12Certificate::from_der(&self.cert_der)?]);
        let mut store = KeyStore::new();
        store.add_entry("Tenpay Certificate", KeyStoreEntry::PrivateKeyChain(chain));
        store.writer(&self.mch_id).encryption_iterations(2048).mac_iterations(2048).write()
    }

    /// The content of a file, by its name; `None` for another name.
    pub(super) fn file(&self, name: &str) -> Option<Vec<u8>> {
        match name {
            "apiclient_cert.pem" => Some(self.cert.clone().into_bytes()),
            "apiclient_key.pem" => Some(self.key.clone().into_bytes()),
            "apiclient_cert.p12" => self.p12().ok(),
            _ => None,
        }
    }

    /// Writes the files into a folder, or takes them from there if it has them already and the certificate is still valid.
    pub(super) fn keep(mut self, dir: &Path) -> io::Result<Self> {
        let dir = dir.join(&self.mch_id);
        let (cert, key) = (dir.join("apiclient_cert.pem"), dir.join("apiclient_key.pem"));
        if let (Ok(cert), Ok(key)) = (fs::read_to_string(&cert), fs::read_to_string(&key))
            && let Some(identity) = valid(&cert, &key, &self.mch_id)
        {
            (self.cert, self.key) = (cert, key);
            self.cert_der = identity.chain().next().unwrap_or_default().to_vec();
            self.key_der = identity.expose_key().to_vec();
            return Ok(self);
        }
        fs::create_dir_all(&dir)?;
        for name in ["apiclient_key.pem", "apiclient_cert.pem", "apiclient_cert.p12"] {
            let path = dir.join(name);
            // What is left of a start that was interrupted.
            drop(fs::remove_file(&path));
            write(&path, &self.file(name).unwrap_or_default(), if name.ends_with("cert.pem") { 0o644 } else { 0o600 })?;
        }
        Ok(self)
    }
}

/// The certificates of merchants, made when they are asked for.
pub(super) struct Certificates {
    authority: Authority,
    /// The folder that keeps them.
    dir: Option<PathBuf>,
    made: Mutex<HashMap<String, Credentials>>,
}

impl Certificates {
    pub(super) fn new(authority: Authority, dir: Option<PathBuf>) -> Self {
        Self { authority, dir, made: Mutex::default() }
    }

    /// Whether a folder keeps them.
    pub(super) fn are_kept(&self) -> bool {
        self.dir.is_some()
    }

    /// The authority's own certificate, as PEM.
    pub(super) fn authority(&self) -> &str {
        &self.authority.pem
    }

    /// A merchant's, the same each time.
    pub(super) fn of(&self, mch_id: &str) -> Result<Credentials, String> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.get(mch_id) {
            return Ok(known.clone());
        }
        let mut new = self.authority.credentials(mch_id).map_err(|error| format!("{mch_id}: {error}"))?;
        if let Some(dir) = &self.dir {
            new = new.keep(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
        }
        made.insert(mch_id.to_owned(), new.clone());
        Ok(new)
    }
}

/// A merchant's certificate and key, if they belong together and will be valid for a while.
fn valid(cert: &str, key: &str, mch_id: &str) -> Option<Identity> {
    let given = Given { cert: Some(cert.as_bytes()), key: Some(key.as_bytes()), mch_id, ..Given::default() };
    let now = i64::try_from(now().as_secs()).unwrap_or(i64::MAX);
    Identity::read(&given).ok().flatten().filter(|identity| identity.validity(now) == Validity::Valid)
}

/// The authority that a folder keeps. A new one is written into it if it has none.
fn kept(dir: &Path) -> Result<(String, KeyPair), String> {
    let (certificate, key) = (dir.join("ca.pem"), dir.join("ca-key.pem"));
    let text = |error: io::Error| error.to_string();
    match (fs::read_to_string(&certificate), fs::read_to_string(&key)) {
        (Ok(ca), Ok(key)) => Ok((ca, KeyPair::from_pem(&key).map_err(|error| format!("ca-key.pem: {error}"))?)),
        (Err(one), Err(other)) if [one.kind(), other.kind()] == [io::ErrorKind::NotFound; 2] => {
            let (ca, pair) = made().map_err(|error| error.to_string())?;
            fs::create_dir_all(dir).map_err(text)?;
            write(&key, pair.serialize_pem().as_bytes(), 0o600).map_err(text)?;
            write(&certificate, ca.as_bytes(), 0o644).map_err(text)?;
            Ok((ca, pair))
        }
        (Err(error), _) => Err(format!("ca.pem: {error}")),
        (_, Err(error)) => Err(format!("ca-key.pem: {error}")),
    }
}

/// A new authority.
fn made() -> Result<(String, KeyPair), rcgen::Error> {
    let key = KeyPair::generate()?;
    Ok((authority()?.self_signed(&key)?.pem(), key))
}

fn authority() -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = named(NAME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let today = now();
    params.not_before = date_time_ymd(1970, 1, 1) + today.saturating_sub(DAY);
    params.not_after = date_time_ymd(1970, 1, 1) + today + 10 * LIFE;
    Ok(params)
}

pub(super) fn named(name: &str) -> DistinguishedName {
    let mut named = DistinguishedName::new();
    named.push(DnType::CommonName, name);
    named
}

/// Since 1970.
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn write(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(path)?.write_all(content)
}
