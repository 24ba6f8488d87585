//! The certificate authority: of the port with TLS, and of the merchants.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use p12_keystore::{Certificate as P12Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SerialNumber, date_time_ymd,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wxpaykit::crypto::identity::{CertificateSettings, Identity, Validity};
use wxpaykit::crypto::rsa::VerifyingKey;

use super::db::Db;

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
pub(crate) struct Authority {
    /// Its own certificate, as PEM.
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A merchant's certificate and key, as WeChat hands them out.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    mch_id: String,
    /// `apiclient_cert.pem`.
    pub(crate) cert: String,
    /// `apiclient_key.pem`.
    pub(crate) key: String,
    /// The serial number of the certificate, as APIv3 writes it: upper-case hexadecimal digits.
    pub(crate) serial_no: String,
    /// The public key of the certificate, which verifies requests of APIv3.
    pub(crate) public: VerifyingKey,
    cert_der: Vec<u8>,
    key_der: Vec<u8>,
}

/// A certificate and its key in the file of `--db`.
#[derive(Serialize, Deserialize)]
struct StoredCertificate {
    cert: String,
    key: String,
}

/// The kinds of the entries in that file.
const KEPT_AUTHORITY: &str = "authority";
const KEPT_CREDENTIALS: &str = "credentials";

impl Authority {
    /// The authority of the folder, or of the file, or a new one.
    fn open(dir: Option<&Path>, db: Option<&Db>) -> Result<Self, String> {
        let (pem, key) = match (dir, db) {
            (Some(dir), _) => kept(dir).map_err(|error| format!("{}: {error}", dir.display()))?,
            (None, Some(db)) => kept_in_file(db)?,
            (None, None) => made().map_err(|error| error.to_string())?,
        };
        // A certificate names its issuer and the issuer's key, which are the same for an authority that was kept.
        let issuer = authority().map(|params| Issuer::new(params, key)).map_err(|error| error.to_string())?;
        Ok(Self { pem, issuer })
    }

    /// Signs a certificate with these names and uses for a key.
    pub(crate) fn sign(&self, mut params: CertificateParams, key: &KeyPair) -> Result<Certificate, rcgen::Error> {
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let today = now();
        params.not_before = date_time_ymd(1970, 1, 1) + today.saturating_sub(DAY);
        params.not_after = date_time_ymd(1970, 1, 1) + today + LIFE;
        params.signed_by(key, &self.issuer)
    }

    /// A merchant's certificate: its common name is the merchant's number, and its serial number begins with a zero. Key and serial number are
    /// the same in every emulator: a shop that keeps the file signs for APIv3 after a restart as before.
    fn credentials(&self, mch_id: &str) -> Result<StoredCertificate, rcgen::Error> {
        let digest = Sha256::digest(mch_id);
        let (chosen, serial) = (usize::from(*mch_id.as_bytes().last().unwrap_or(&0)) % KEYS.len(), digest.get(..19));
        let key = KeyPair::from_pem(KEYS.get(chosen).copied().unwrap_or_default())?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name = named(mch_id);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.serial_number = Some(SerialNumber::from_slice(&[&[0x0a], serial.unwrap_or_default()].concat()));
        let certificate = self.sign(params, &key)?;
        Ok(StoredCertificate { cert: certificate.pem(), key: key.serialize_pem() })
    }
}

impl Credentials {
    /// A certificate and its key, if they belong together and will be valid for a while.
    fn read(mch_id: &str, StoredCertificate { cert, key }: StoredCertificate) -> Option<Self> {
        let given = CertificateSettings {
            cert: Some(cert.as_bytes()),
            key: Some(key.as_bytes()),
            mch_id,
            ..CertificateSettings::default()
        };
        let today = i64::try_from(now().as_secs()).unwrap_or(i64::MAX);
        let identity = Identity::read(&given).ok().flatten()?;
        if identity.validity(today) != Validity::Valid {
            return None;
        }
        let public = VerifyingKey::read("client_cert", cert.as_bytes()).ok()?;
        Some(Self {
            mch_id: mch_id.to_owned(),
            serial_no: public.serial()?.to_owned(),
            cert_der: identity.chain().next().unwrap_or_default().to_vec(),
            key_der: identity.expose_key().to_vec(),
            public,
            cert,
            key,
        })
    }

    /// A sensitive field of a reply, encrypted for the merchant, in Base64; empty when it is too long.
    pub(crate) fn seal(&self, text: &str) -> String {
        self.public.encrypt(text.as_bytes()).map(|sealed| BASE64_STANDARD.encode(sealed)).unwrap_or_default()
    }

    /// `apiclient_cert.p12`, whose password is the merchant's number.
    pub(crate) fn p12(&self) -> Result<Vec<u8>, p12_keystore::error::Error> {
        let key = PrivateKey::from_der(&self.key_der)?;
        let chain = PrivateKeyChain::new(vec![1], key, [P12Certificate::from_der(&self.cert_der)?]);
        let mut store = KeyStore::new();
        store.add_entry("Tenpay Certificate", KeyStoreEntry::PrivateKeyChain(chain));
        store.writer(&self.mch_id).encryption_iterations(2048).mac_iterations(2048).write()
    }

    /// The content of a file, by its name; `None` for another name.
    pub(crate) fn file(&self, name: &str) -> Option<Vec<u8>> {
        match name {
            "apiclient_cert.pem" => Some(self.cert.clone().into_bytes()),
            "apiclient_key.pem" => Some(self.key.clone().into_bytes()),
            "apiclient_cert.p12" => self.p12().ok(),
            _ => None,
        }
    }

    /// Those that a folder keeps, if their certificate is still valid.
    fn of_folder(mch_id: &str, dir: &Path) -> Option<Self> {
        let read = |name: &str| fs::read_to_string(dir.join(mch_id).join(name)).ok();
        Self::read(mch_id, StoredCertificate { cert: read("apiclient_cert.pem")?, key: read("apiclient_key.pem")? })
    }

    /// Writes the files into a folder.
    fn write(&self, dir: &Path) -> io::Result<()> {
        let dir = dir.join(&self.mch_id);
        fs::create_dir_all(&dir)?;
        for name in ["apiclient_key.pem", "apiclient_cert.pem", "apiclient_cert.p12"] {
            let path = dir.join(name);
            // What is left of a start that was interrupted.
            drop(fs::remove_file(&path));
            write(&path, &self.file(name).unwrap_or_default(), if name.ends_with("cert.pem") { 0o644 } else { 0o600 })?;
        }
        Ok(())
    }
}

/// The certificates of merchants, made when they are asked for.
pub(crate) struct Certificates {
    authority: Authority,
    /// The folder that keeps them.
    dir: Option<PathBuf>,
    /// The file that keeps them when no folder does.
    db: Option<Arc<Db>>,
    made: Mutex<HashMap<String, Arc<Credentials>>>,
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificates")
    }
}

impl Certificates {
    /// Kept in a folder, or in the file, or not at all. The file gets what is new with the next changes of the state.
    pub(crate) fn open(dir: Option<PathBuf>, db: Option<Arc<Db>>) -> Result<Self, String> {
        Ok(Self { authority: Authority::open(dir.as_deref(), db.as_deref())?, dir, db, made: Mutex::default() })
    }

    /// Whether they outlive the emulator.
    pub(crate) fn are_kept(&self) -> bool {
        self.dir.is_some() || self.db.is_some()
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// A merchant's, the same each time.
    pub(crate) fn of(&self, mch_id: &str) -> Result<Arc<Credentials>, String> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.get(mch_id) {
            return Ok(Arc::clone(known));
        }
        let credentials = Arc::new(self.kept(mch_id).map_or_else(|| self.make(mch_id), Ok)?);
        made.insert(mch_id.to_owned(), Arc::clone(&credentials));
        Ok(credentials)
    }

    /// The merchant whose certificate has this serial number, among those that were used since the start.
    pub(crate) fn owner_of(&self, serial_no: &str) -> Option<String> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let is_own = |own: &Credentials| own.serial_no.eq_ignore_ascii_case(serial_no);
        made.iter().find(|(_, own)| is_own(own)).map(|(mch_id, _)| mch_id.clone())
    }

    fn kept(&self, mch_id: &str) -> Option<Credentials> {
        if let Some(dir) = &self.dir {
            return Credentials::of_folder(mch_id, dir);
        }
        let all = self.db.as_ref()?.kept(KEPT_CREDENTIALS);
        let (_, text) = all.into_iter().find(|(known, _)| known == mch_id)?;
        Credentials::read(mch_id, serde_json::from_str(&text).ok()?)
    }

    fn make(&self, mch_id: &str) -> Result<Credentials, String> {
        let new = self.authority.credentials(mch_id).map_err(|error| format!("{mch_id}: {error}"))?;
        let stored = serde_json::to_string(&new).unwrap_or_default();
        let new =
            Credentials::read(mch_id, new).ok_or_else(|| format!("{mch_id}: the new certificate is not valid"))?;
        match (&self.dir, &self.db) {
            (Some(dir), _) => new.write(dir).map_err(|error| format!("{}: {error}", dir.display()))?,
            (None, Some(db)) => db.keep(KEPT_CREDENTIALS, mch_id.to_owned(), Some(stored)),
            (None, None) => {}
        }
        Ok(new)
    }
}

/// The authority that the file of `--db` keeps. A new one is written into it if it has none.
fn kept_in_file(db: &Db) -> Result<(String, KeyPair), String> {
    let read = |text: String| -> Option<(String, KeyPair)> {
        let StoredCertificate { cert, key } = serde_json::from_str(&text).ok()?;
        Some((cert, KeyPair::from_pem(&key).ok()?))
    };
    if let Some(known) = db.kept(KEPT_AUTHORITY).pop().and_then(|(_, text)| read(text)) {
        return Ok(known);
    }
    let (cert, key) = made().map_err(|error| error.to_string())?;
    let stored = StoredCertificate { cert: cert.clone(), key: key.serialize_pem() };
    let text = serde_json::to_string(&stored).unwrap_or_default();
    db.keep(KEPT_AUTHORITY, KEPT_AUTHORITY.to_owned(), Some(text));
    Ok((cert, key))
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

pub(crate) fn named(name: &str) -> DistinguishedName {
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
