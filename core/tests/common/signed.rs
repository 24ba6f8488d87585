//! A server that signs its replies as APIv3 does, and records the requests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wxpaykit::crypto::aes::Gcm;
use wxpaykit::v3::{self, SigningKey};
use wxpaykit::{MerchantOptions, Options};

use super::change::{Change, SIGNED};

pub const MCH_ID: &str = "1900000109";
pub const APPID: &str = "wxd930ea5d5a258f4f";
pub const API_V3_KEY: &str = "wxpaykitTestApiV3Key0123456789ab";
pub const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0119000000012025112800000000000001";
/// The serial number of `other_cert.pem`, a platform certificate here.
pub const SERIAL: &str = "1111222233334444555566667777888899990000";

pub fn file(name: &str) -> String {
    let path = format!("{}/../tests/certificates/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A private key of the vectors.
fn vector_key() -> String {
    let path = format!("{}/../tests/vectors/v3_authorization.json", env!("CARGO_MANIFEST_DIR"));
    let vectors: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["name"].as_str().unwrap().starts_with("S-REQ-05")).unwrap();
    case["given"]["private_key"].as_str().unwrap().to_owned()
}

/// The key behind [`PUBLIC_KEY_ID`].
pub fn public_key_pair() -> SigningKey {
    SigningKey::read("key", vector_key().as_bytes()).unwrap()
}

/// The key behind [`SERIAL`].
pub fn certificate_pair() -> SigningKey {
    SigningKey::read("key", file("other_key.pem").as_bytes()).unwrap()
}

/// `pub_key.pem` of [`PUBLIC_KEY_ID`].
pub fn public_key_pem() -> String {
    let pem = vector_key();
    let digits: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let pair = KeyPair::from_pkcs8(&BASE64_STANDARD.decode(digits).unwrap()).unwrap();
    let key = BASE64_STANDARD.encode(pair.public_key().as_der().unwrap().as_ref());
    format!("-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----\n")
}

/// A merchant that has platform certificates.
pub fn with_certificates() -> MerchantOptions {
    MerchantOptions::v3(APPID, MCH_ID, API_V3_KEY)
        .client_cert(file("apiclient_cert.pem"))
        .client_key(file("apiclient_key.pem"))
        .notify_url("https://shop.example/wxpay/notify")
}

/// A merchant that has the WeChat Pay public key.
pub fn with_public_key() -> MerchantOptions {
    with_certificates().platform_public_key(public_key_pem()).platform_public_key_id(PUBLIC_KEY_ID)
}

pub fn options(merchant: MerchantOptions, url: &str) -> Options {
    Options::new(merchant).endpoints(url).store("memory:")
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: HashMap<String, String>,
    pub body: String,
    /// The same, byte by byte.
    pub bytes: Vec<u8>,
}

/// How a reply is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    PublicKey,
    Certificate,
    Nobody,
    /// By the public key, and the body is another one.
    Changed,
    /// A probe.
    Probe,
    /// In the public key's name, by another key.
    OtherKey,
    /// By the public key, an hour ago.
    Stale,
    /// By the public key, 298 seconds ago: soon it is stale.
    Aging,
}

#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub body: String,
    pub by: By,
    /// A file in place of `body`, and how many bytes its reply promises. It is written in small pieces.
    pub file: Option<(Vec<u8>, usize)>,
    /// How long the server waits before it answers.
    pub delay: Duration,
    /// How long the server waits before each third of the file.
    pub pause: Duration,
    /// A header besides the usual ones, such as `Location: …`.
    pub header: String,
    /// What is changed once it is signed.
    pub change: Option<Change>,
}

pub fn reply(status: u16, body: &str) -> Reply {
    Reply {
        status,
        body: body.to_owned(),
        by: By::PublicKey,
        file: None,
        delay: Duration::ZERO,
        pause: Duration::ZERO,
        header: String::new(),
        change: None,
    }
}

/// A file, which nobody signs.
pub fn download(content: impl Into<Vec<u8>>) -> Reply {
    let content = content.into();
    let length = content.len();
    Reply { file: Some((content, length)), ..reply(200, "").by(By::Nobody) }
}

impl Reply {
    pub fn by(self, by: By) -> Self {
        Self { by, ..self }
    }

    pub fn with(self, header: &str) -> Self {
        Self { header: format!("{header}\r\n"), ..self }
    }
}

/// The list of platform certificates, encrypted.
pub fn certificates() -> String {
    certificates_under(API_V3_KEY)
}

/// The same, encrypted with another APIv3 key.
pub fn certificates_under(api_v3_key: &str) -> String {
    let gcm = Gcm::of_api_v3_key("key", api_v3_key).unwrap();
    let sealed = gcm.encrypt(b"abcdefghijkl", b"certificate", file("other_cert.pem").as_bytes()).unwrap();
    let item = serde_json::json!({
        "serial_no": SERIAL,
        "effective_time": "2025-01-01T00:00:00+08:00",
        "expire_time": "2035-01-01T00:00:00+08:00",
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "associated_data": "certificate",
            "nonce": "abcdefghijkl",
            "ciphertext": BASE64_STANDARD.encode(sealed),
        },
    });
    serde_json::json!({ "data": [item] }).to_string()
}

/// A server whose replies a function makes.
pub struct Signed {
    pub url: String,
    pub got: Arc<Mutex<Vec<Request>>>,
}

impl Signed {
    pub async fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let got: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (seen, answer) = (Arc::clone(&got), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                tokio::spawn(async move { serve(stream, &seen, &*answer).await });
            }
        });
        Self { url, got }
    }

    /// The requests for a path, without its query.
    pub fn asked(&self, path: &str) -> Vec<Request> {
        let got = self.got.lock().unwrap();
        got.iter().filter(|request| request.target.split('?').next() == Some(path)).cloned().collect()
    }

    /// The only request.
    pub fn only(&self) -> Request {
        let got = self.got.lock().unwrap();
        let [request] = got.as_slice() else { panic!("{got:?}") };
        request.clone()
    }
}

async fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Request>>, answer: &(dyn Fn(&Request) -> Reply + Send + Sync)) {
    let mut bytes = Vec::new();
    let head = loop {
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await.unwrap_or(0);
        if count == 0 {
            return;
        }
        bytes.extend_from_slice(&chunk[..count]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let mut lines = text.lines();
    let mut first = lines.next().unwrap().split(' ');
    let (method, target) = (first.next().unwrap().to_owned(), first.next().unwrap().to_owned());
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    while bytes.len() < head + length {
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await.unwrap();
        bytes.extend_from_slice(&chunk[..count]);
    }
    let bytes = bytes.split_off(head);
    let request = Request { method, target, headers, body: String::from_utf8_lossy(&bytes).into_owned(), bytes };
    let made = answer(&request);
    seen.lock().unwrap().push(request);
    tokio::time::sleep(made.delay).await;
    let _ = stream.write_all(&written(&made)).await;
    for third in made.file.iter().flat_map(|(content, _)| content.chunks(content.len().div_ceil(3).max(1))) {
        tokio::time::sleep(made.pause).await;
        for piece in third.chunks(7) {
            let _ = stream.write_all(piece).await;
        }
    }
    let _ = stream.shutdown().await;
}

/// A reply as it travels.
pub fn written(reply: &Reply) -> Vec<u8> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let now = match reply.by {
        By::Stale => now - 3600,
        By::Aging => now - 298,
        _ => now,
    };
    let nonce = "d824f2e086d3c1df967785d13fcd22ef";
    let signed = match reply.by {
        By::Changed => format!("{now}\n{nonce}\n{} \n", reply.body),
        _ => format!("{now}\n{nonce}\n{}\n", reply.body),
    };
    let (serial, key) = match reply.by {
        By::Certificate => (SERIAL, certificate_pair()),
        By::OtherKey => (PUBLIC_KEY_ID, certificate_pair()),
        _ => (PUBLIC_KEY_ID, public_key_pair()),
    };
    let signature = v3::sign(signed.as_bytes(), &key).unwrap();
    let signature = if reply.by == By::Probe { format!("WECHATPAY/SIGNTEST/{}", &signature[20..]) } else { signature };
    let mut headers = match reply.by {
        By::Nobody => Vec::new(),
        _ => SIGNED.into_iter().zip([now.to_string(), nonce.to_owned(), serial.to_owned(), signature]).collect(),
    };
    let mut body = reply.body.clone().into_bytes();
    if let Some(change) = &reply.change
        && !change.of(&mut headers, &mut body)
    {
        // Here it changes nothing, such as a swap of two equal bytes.
        body.push(b' ');
    }
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = reply.file.as_ref().map_or(body.len(), |(_, length)| *length);
    let length = if reply.status == 204 { String::new() } else { format!("Content-Length: {length}\r\n") };
    let head = format!(
        "HTTP/1.1 {} X\r\nContent-Type: application/json\r\nRequest-ID: 08F5B8C2-0\r\n{headers}{}{length}Connection: close\r\n\r\n",
        reply.status, reply.header
    );
    // A file follows in place of what is signed.
    if reply.file.is_some() { head.into_bytes() } else { [head.into_bytes(), body].concat() }
}

/// A proxy before a server, which takes the requests for one path and does not answer them.
pub struct Silent;

impl Silent {
    /// The proxy's address.
    pub async fn before(server: &Signed, path: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let host = server.url.trim_start_matches("http://").to_owned();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let host = host.clone();
                tokio::spawn(async move {
                    let mut first = [0; 4096];
                    let count = stream.read(&mut first).await.unwrap_or(0);
                    if String::from_utf8_lossy(&first[..count]).contains(&format!(" {path} ")) {
                        return std::future::pending().await;
                    }
                    let mut behind = TcpStream::connect(host).await.unwrap();
                    behind.write_all(&first[..count]).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
                });
            }
        });
        url
    }
}
