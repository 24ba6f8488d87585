//! The port with TLS: its authority, its names, and the authority that a folder keeps.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crate::common::v3::Signed;
use crate::common::{Request, Wechat, start, within};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use wxpaykit_emulator::{Config, Emulator, Merchant, Tls};

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
    ask_as(wechat, ca, None, name, request).await
}

/// As `ask`, with a certificate and its key.
async fn ask_as(
    wechat: &Wechat,
    ca: &str,
    identity: Option<(&str, &str)>,
    name: &str,
    request: &str,
) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots);
    let config = match identity {
        None => config.with_no_client_auth(),
        Some((certificate, key)) => {
            let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
            config.with_client_auth_cert(vec![certificate], key).unwrap()
        }
    };
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

/// As on the other port: protocol v3 §1.2.
#[test]
fn an_idle_connection_of_apiv3_is_closed() {
    within(async {
        let wechat = start(with_tls(None)).await;
        let ca = authority(&wechat).await;
        let authorization = Signed::by(&wechat).authorization("GET", "/v3/certificates", "");
        let head = "Host: localhost\r\nAccept: */*\r\nUser-Agent: test";
        let request = format!("GET /v3/certificates HTTP/1.1\r\n{head}\r\nAuthorization: {authorization}\r\n\r\n");
        let begun = Instant::now();
        // It reads until the server closes the connection.
        let answer = ask(&wechat, &ca, "localhost", &request).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("timeout=8"), "{answer}");
        assert!((7.5..9.5).contains(&begun.elapsed().as_secs_f64()), "{:?}", begun.elapsed());
    });
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
fn the_address_of_a_bill_has_the_scheme_and_the_host_of_the_request() {
    within(async {
        let wechat = start(with_tls(None)).await;
        let ca = authority(&wechat).await;
        wechat.unifiedorder(&Request::order("n1")).await.ok();
        wechat.pay("n1").await;
        let paid = wechat.order("n1").await["time_end"].as_str().unwrap().to_owned();
        wechat.advance(2 * 24 * 3600).await;
        let target = format!("/v3/bill/tradebill?bill_date={}-{}-{}", &paid[..4], &paid[4..6], &paid[6..8]);
        let authorization = Signed::by(&wechat).authorization("GET", &target, "");
        let name = "api.mch.weixin.qq.com";
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: {name}\r\nAccept: application/json\r\nUser-Agent: x\r\nAuthorization: {authorization}\r\n\
             Connection: close\r\n\r\n"
        );
        let answer = ask(&wechat, &ca, name, &request).await.unwrap();
        let expected = r#"{"download_url":"https://api.mch.weixin.qq.com/v3/billdownload/file?token="#;
        assert!(answer.contains(expected), "{answer}");
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

/// A refund request that gets no further than the certificate.
fn refund(mch_id: &str) -> String {
    let body = format!("<xml><mch_id>{mch_id}</mch_id></xml>");
    format!(
        "POST /secapi/pay/refund HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn fixture(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../tests/certificates/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn a_call_that_needs_the_certificate_is_answered_as_the_gateway_does() {
    within(async {
        let wechat = start(|config| {
            with_tls(None)(config);
            let other = r#"{"appid":"wx8888888888888888","mch_id":"1900000109","api_key":"8f14e45fceea167a5a36dedd4bea2543","app_secret":"45c48cce2e2d7fbdea1afc51c7c6ad26"}"#;
            config.merchants.extend(Merchant::from_json(other).unwrap());
        })
        .await;
        let ca = authority(&wechat).await;
        let ask = async |identity, mch_id| {
            let answer = ask_as(&wechat, &ca, identity, "localhost", &refund(mch_id)).await.unwrap();
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            (head.lines().next().unwrap().to_owned(), body.to_owned())
        };
        let bad = "HTTP/1.1 400 Bad Request".to_owned();
        assert_eq!(ask(None, "10000100").await, (bad.clone(), fixture("cert-missing-400.html")));
        // Signed by itself, though for the merchant's number; and another authority's.
        let (own, key) = (fixture("demo_cert.pem"), fixture("demo_key.pem"));
        assert_eq!(ask(Some((&own, &key)), "10000100").await, (bad.clone(), fixture("cert-bad-400.html")));
        let foreign = start(with_tls(None)).await;
        let identity = (foreign.running.client_cert(), foreign.running.client_key());
        assert_eq!(ask(Some(identity), "10000100").await, (bad, fixture("cert-bad-400.html")));

        // The first merchant of the configuration is announced.
        let identity = (wechat.running.client_cert(), wechat.running.client_key());
        let (_, answer) = ask(Some(identity), "10000100").await;
        assert!(answer.contains("FAIL") && answer.contains("certificate not match"), "{answer}");
        let (head, answer) = ask(Some(identity), "1900000109").await;
        assert!(head.starts_with("HTTP/1.1 200") && !answer.contains("certificate"), "{answer}");
        let file = async |name: &str| wechat.get(&format!("/_emulator/certificates/10000100/{name}")).await;
        let (cert, key) = (file("apiclient_cert.pem").await, file("apiclient_key.pem").await);
        let (_, answer) = ask(Some((&cert.body, &key.body)), "10000100").await;
        assert!(!answer.contains("certificate"), "{answer}");
        for missing in
            ["/_emulator/certificates/10000100/ca-key.pem", "/_emulator/certificates/1900000201/apiclient_cert.pem"]
        {
            assert_eq!(wechat.get(missing).await.status, 404, "{missing}");
        }

        let journal = wechat.get("/_emulator/journal").await.body;
        for why in
            ["the client showed none", "is not of this emulator's authority", "certificate is merchant 1900000109's"]
        {
            assert!(journal.contains(why), "{why}: {journal}");
        }
        // Without TLS nobody can be asked.
        let plain = wechat.post("/secapi/pay/refund", b"<xml><mch_id>10000100</mch_id></xml>").await;
        assert!(!plain.text.contains("certificate"), "{}", plain.text);
    });
}

#[test]
fn a_folder_keeps_the_certificates_of_all_merchants() {
    within(async {
        let dir = std::env::temp_dir().join(format!("wxpaykit-emulator-merchants-{}", std::process::id()));
        let first = start(with_tls(Some(dir.clone()))).await;
        let folder = dir.join("10000100");
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(read("apiclient_cert.pem"), first.running.client_cert());
        assert_eq!(read("apiclient_key.pem"), first.running.client_key());
        assert!(std::fs::metadata(folder.join("apiclient_cert.p12")).unwrap().len() > 1000);
        let kept = first.running.client_cert().to_owned();
        first.running.stop().await;
        let again = start(with_tls(Some(dir.clone()))).await;
        assert_eq!(again.running.client_cert(), kept);
        let identity = (again.running.client_cert(), again.running.client_key());
        let ca = authority(&again).await;
        let answer = ask_as(&again, &ca, Some(identity), "localhost", &refund("10000100")).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        again.running.stop().await;
        // What is not a certificate, or no longer one, is replaced.
        std::fs::write(folder.join("apiclient_cert.pem"), fixture("demo_expired_cert.pem")).unwrap();
        std::fs::write(folder.join("apiclient_key.pem"), fixture("demo_key.pem")).unwrap();
        let last = start(with_tls(Some(dir.clone()))).await;
        assert_eq!(read("apiclient_cert.pem"), last.running.client_cert());
        assert!(
            last.running.client_cert() != kept
                && !fixture("demo_expired_cert.pem").contains(last.running.client_cert())
        );
        std::fs::remove_dir_all(&dir).unwrap();
    });
}
