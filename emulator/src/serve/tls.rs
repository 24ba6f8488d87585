//! The port with TLS: a certificate for this machine and WeChat's hosts, and the clients' certificates.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, SanType};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use wxpaykit::crypto::identity;

use super::origin::WECHAT;
use crate::world::authority::{Authority, named};

/// The certificate that a client showed when it connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ClientCertificate {
    /// A connection without TLS: no certificate can be requested.
    NotAsked,
    /// None.
    Nothing,
    /// One that the authority did not sign, or that is not valid now.
    Refused,
    /// A merchant's.
    Merchant(Arc<str>),
}

/// Serves TLS, and asks for the certificates of merchants.
#[derive(Clone)]
pub(super) struct Tls {
    acceptor: TlsAcceptor,
    merchants: Arc<dyn ClientCertVerifier>,
}

impl Tls {
    /// With a certificate of the authority for this machine, `hosts` and WeChat's hosts.
    pub(super) fn new(authority: &Authority, hosts: &[&str]) -> Result<Self, String> {
        let provider = Arc::new(default_provider());
        let key = KeyPair::generate();
        let certificate = key.and_then(|key| Ok((authority.sign(leaf(hosts)?, &key)?, key)));
        let (certificate, key) = certificate.map_err(|error| error.to_string())?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut roots = RootCertStore::empty();
        let ca =
            CertificateDer::from_pem_slice(authority.pem.as_bytes()).map_err(|error| format!("ca.pem: {error}"))?;
        roots.add(ca).map_err(|error| format!("ca.pem: {error}"))?;
        let merchants = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
        let merchants = merchants.map_err(|error| error.to_string())?;
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.and_then(|builder| {
            builder
                .with_client_cert_verifier(Arc::new(AnyClient(Arc::clone(&merchants))))
                .with_single_cert(vec![certificate.der().clone().into_owned()], key)
        });
        let mut config = config.map_err(|error| error.to_string())?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), merchants })
    }

    /// Performs the handshake.
    pub(super) async fn accept(&self, stream: TcpStream) -> std::io::Result<(TlsStream<TcpStream>, ClientCertificate)> {
        let stream = self.acceptor.accept(stream).await?;
        let shown = self.shown(stream.get_ref().1.peer_certificates().unwrap_or_default());
        Ok((stream, shown))
    }

    fn shown(&self, chain: &[CertificateDer<'_>]) -> ClientCertificate {
        let [certificate, issuers @ ..] = chain else { return ClientCertificate::Nothing };
        let verified = self.merchants.verify_client_cert(certificate, issuers, UnixTime::now());
        match identity::common_name(certificate) {
            Some(name) if verified.is_ok() => ClientCertificate::Merchant(name.into()),
            _ => ClientCertificate::Refused,
        }
    }
}

/// Lets every client in, with any certificate that it has the key of, or with none: the gateway refuses by a page, not in the
/// handshake.
#[derive(Debug)]
struct AnyClient(Arc<dyn ClientCertVerifier>);

impl ClientCertVerifier for AnyClient {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
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
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}
