//! The port with TLS: a certificate authority of its own, and a certificate for this machine and WeChat's hosts.

use std::fs;
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use super::origin::WECHAT;

/// The name of the certificate authority.
const NAME: &str = "wxpaykit-emulator, for tests only";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Some programs refuse certificates that are valid for longer.
const LIFE: Duration = Duration::from_secs(397 * 24 * 60 * 60);

/// TLS as the emulator serves it.
pub(super) struct Secured {
    pub(super) acceptor: TlsAcceptor,
    /// The certificate authority's certificate, as PEM.
    pub(super) ca: String,
}

/// The authority of `dir`, or a new one, and a certificate for this machine, `hosts` and WeChat's hosts.
pub(super) fn secure(dir: Option<&Path>, hosts: &[&str]) -> Result<Secured, String> {
    let (ca, key) = match dir {
        Some(dir) => kept(dir).map_err(|error| format!("{}: {error}", dir.display()))?,
        None => made().map_err(|error| error.to_string())?,
    };
    // A certificate names its issuer and the issuer's key, which are the same for an authority that was kept.
    let issuer = authority().map(|params| Issuer::new(params, key));
    let certificate = issuer.and_then(|issuer| {
        let key = KeyPair::generate()?;
        Ok((leaf(hosts)?.signed_by(&key, &issuer)?, key))
    });
    let (certificate, key) = certificate.map_err(|error| error.to_string())?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone().into_owned()], key)
        });
    let mut config = config.map_err(|error| error.to_string())?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Secured { acceptor: TlsAcceptor::from(Arc::new(config)), ca })
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
            write(&key, &pair.serialize_pem(), 0o600).map_err(text)?;
            write(&certificate, &ca, 0o644).map_err(text)?;
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

fn leaf(hosts: &[&str]) -> Result<CertificateParams, rcgen::Error> {
    let names = WECHAT.iter().copied().chain(["localhost"]);
    let given = hosts.iter().map(|host| host.trim_start_matches('[').trim_end_matches(']'));
    let mut alternatives =
        vec![SanType::IpAddress(Ipv4Addr::LOCALHOST.into()), SanType::IpAddress(Ipv6Addr::LOCALHOST.into())];
    for host in names.chain(given) {
        let alternative = match host.parse::<IpAddr>() {
            Ok(ip) if ip.is_unspecified() => continue,
            Ok(ip) => SanType::IpAddress(ip),
            Err(_) => SanType::DnsName(host.try_into()?),
        };
        if !alternatives.contains(&alternative) {
            alternatives.push(alternative);
        }
    }
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = named("wxpaykit-emulator");
    params.subject_alt_names = alternatives;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let today = now();
    params.not_before = date_time_ymd(1970, 1, 1) + today.saturating_sub(DAY);
    params.not_after = date_time_ymd(1970, 1, 1) + today + LIFE;
    Ok(params)
}

fn named(name: &str) -> DistinguishedName {
    let mut named = DistinguishedName::new();
    named.push(DnType::CommonName, name);
    named
}

/// Since 1970.
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(path)?.write_all(text.as_bytes())
}
