//! The port with TLS: its authority, its names, and the authority that a folder keeps.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::path::PathBuf;
use std::sync::Arc;

use common::{Request, Wechat, start, within};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use wxpaykit_emulator::{Config, Emulator, Tls};

fn with_tls(dir: Option<PathBuf>) -> impl FnOnce(&mut Config) {
    move |config| config.tls = Some(Tls::new(0, dir))
}

async fn authority(wechat: &Wechat) -> String {
    let pem = wechat.get("/_emulator/ca.pem").await;
    assert_eq!((pem.status, pem.header("content-type")), (200, Some("application/x-pem-file")));
    assert!(pem.body.starts_with("-----BEGIN CERTIFICATE-----") && !pem.body.contains("PRIVATE KEY"));
    pem.body
}

/// What a client that trusts `ca` reads from the port with TLS, addressed as `name`.
async fn ask(wechat: &Wechat, ca: &str, name: &str, request: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let address = wechat.running.tls_url().unwrap().trim_start_matches("https://");
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    // The server may close without close_notify.
    let _ = stream.read_to_string(&mut answer).await;
    Ok(answer)
}

#[test]
fn orders_are_made_under_wechats_own_host_name() {
    within(async {
        let wechat = start(with_tls(None)).await;
        let ca = authority(&wechat).await;
        let body = Request::order("n1").xml();
        for name in ["api.mch.weixin.qq.com", "localhost", "127.0.0.1"] {
            let request = format!(
                "POST /pay/unifiedorder HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let answer = ask(&wechat, &ca, name, &request).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("prepay_id"), "{name}: {answer}");
        }
        assert!(ask(&wechat, &ca, "shop.example", "").await.is_err(), "a host that it does not stand for");
        let other = start(with_tls(None)).await;
        assert!(ask(&wechat, &authority(&other).await, "localhost", "").await.is_err(), "another authority");
        // The two ports share one state.
        assert_eq!(wechat.order("n1").await["trade_state"], "NOTPAY");
    });
}

#[test]
fn without_tls_there_is_no_authority() {
    within(async {
        let wechat = start(|_| {}).await;
        assert!(wechat.running.tls_url().is_none());
        assert_eq!(wechat.get("/_emulator/ca.pem").await.status, 404);
    });
}

#[test]
fn the_authority_is_kept_in_the_folder() {
    within(async {
        let dir = std::env::temp_dir().join(format!("wxpaykit-emulator-tls-{}", std::process::id()));
        let first = start(with_tls(Some(dir.clone()))).await;
        let ca = authority(&first).await;
        assert_eq!(std::fs::read_to_string(dir.join("ca.pem")).unwrap(), ca);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |name: &str| std::fs::metadata(dir.join(name)).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode("ca-key.pem"), 0o600);
        }
        first.running.stop().await;
        let again = start(with_tls(Some(dir.clone()))).await;
        assert_eq!(authority(&again).await, ca);
        let health = "GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        assert!(ask(&again, &ca, "localhost", health).await.unwrap().contains("\"ok\":true"));
        std::fs::write(dir.join("ca-key.pem"), "nothing").unwrap();
        let mut config = Config::default();
        config.tls = Some(Tls::new(0, Some(dir.clone())));
        let refused = Emulator::start(config).await.unwrap_err().to_string();
        assert!(refused.starts_with("TLS: ") && refused.contains("ca-key.pem"), "{refused}");
        std::fs::remove_dir_all(&dir).unwrap();
    });
}
