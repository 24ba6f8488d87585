//! A merchant of APIv3 that signs by itself, and checks what it gets. It shares no code with the client of `wxpaykit`.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use wxpaykit::crypto::aes::Gcm;
use wxpaykit::crypto::rsa::{SigningKey, VerifyingKey};

use super::{Answer, MCH, Wechat};

pub const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
pub const NONCE: &str = "593BEC0C930BF1AFEB40B4A08C8FB242";

/// What signs a request, and what may be wrong with it.
pub struct Signed {
    pub mch_id: String,
    pub serial: String,
    pub key: SigningKey,
    pub timestamp: i64,
    /// The target and the body that are signed, where they are not those that are sent.
    pub target: Option<String>,
    pub body: Option<String>,
    /// Headers besides `Authorization`; these two are there unless they are taken away.
    pub headers: Vec<(&'static str, String)>,
}

pub fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

impl Signed {
    /// As the merchant that the emulator announces.
    pub fn by(wechat: &Wechat) -> Self {
        let running = &wechat.running;
        Self {
            mch_id: running.merchant().mch_id.clone(),
            serial: running.serial_no().to_owned(),
            key: SigningKey::read("key", running.client_key().as_bytes()).unwrap(),
            timestamp: now(),
            target: None,
            body: None,
            headers: vec![("Accept", "application/json".to_owned()), ("User-Agent", "test/1".to_owned())],
        }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        if !value.is_empty() {
            self.headers.push((name, value.to_owned()));
        }
        self
    }

    pub fn authorization(&self, method: &str, target: &str, body: &str) -> String {
        let (target, body) = (self.target.as_deref().unwrap_or(target), self.body.as_deref().unwrap_or(body));
        let text = format!("{method}\n{target}\n{}\n{NONCE}\n{body}\n", self.timestamp);
        let signature = self.key.sign(text.as_bytes()).unwrap();
        format!(
            "{SCHEME} mchid=\"{}\",nonce_str=\"{NONCE}\",signature=\"{signature}\",timestamp=\"{}\",serial_no=\"{}\"",
            self.mch_id, self.timestamp, self.serial
        )
    }

    pub async fn send(&self, wechat: &Wechat, method: &str, target: &str, body: &str) -> Answer {
        let authorization = self.authorization(method, target, body);
        let mut headers: Vec<(&str, &str)> = self.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        if !headers.iter().any(|(name, _)| *name == "Authorization") {
            headers.push(("Authorization", &authorization));
        }
        if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "Content-Type") {
            headers.push(("Content-Type", "application/json"));
        }
        wechat.http(method, target, &headers, body.as_bytes()).await
    }
}

impl Wechat {
    pub async fn v3_get(&self, target: &str) -> Answer {
        let answer = Signed::by(self).send(self, "GET", target, "").await;
        self.check_v3(&answer);
        answer
    }

    pub async fn v3_post(&self, target: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = Signed::by(self).send(self, "POST", target, &body).await;
        self.check_v3(&answer);
        answer
    }

    /// The public key that a message names.
    pub fn v3_key(&self, serial: &str) -> VerifyingKey {
        let pem = if serial == self.running.platform_serial_no() {
            self.running.platform_certificate()
        } else if serial == self.running.platform_public_key_id() {
            self.running.platform_public_key()
        } else {
            panic!("{serial} is no key of this emulator")
        };
        VerifyingKey::read("key", pem.as_bytes()).unwrap()
    }

    /// Checks the signature of a reply, and its headers.
    pub fn check_v3(&self, answer: &Answer) {
        assert!(self.is_signed(answer), "{} {}", answer.head, answer.body);
        let id = answer.header("Request-ID").unwrap();
        let (digits, number) = id.split_once('-').unwrap();
        assert!(digits.len() == 44 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F')), "{id}");
        assert_eq!(number == "0", answer.status < 300, "{id}");
        assert_eq!(answer.header("Content-Type").is_none(), answer.status == 204, "{}", answer.head);
    }

    pub fn is_signed(&self, answer: &Answer) -> bool {
        let header = |name: &str| answer.header(&format!("Wechatpay-{name}")).unwrap_or_default();
        let (timestamp, nonce) = (header("Timestamp"), header("Nonce"));
        if timestamp.is_empty() {
            return false;
        }
        assert!(timestamp.parse::<i64>().unwrap().abs_diff(now()) < 60);
        assert_eq!((nonce.len(), header("Signature-Type")), (32, SCHEME));
        let text = format!("{timestamp}\n{nonce}\n{}\n", answer.body);
        self.v3_key(header("Serial")).verify(text.as_bytes(), header("Signature"))
    }

    pub fn v3_decrypt(&self, resource: &Value) -> String {
        let key = self.running.merchant().api_v3_key.as_ref().unwrap().expose().to_owned();
        decrypt(resource, &key).unwrap()
    }
}

pub fn decrypt(resource: &Value, key: &str) -> Option<String> {
    let get = |name: &str| resource[name].as_str().unwrap_or_default();
    assert_eq!(get("algorithm"), "AEAD_AES_256_GCM");
    let data = BASE64_STANDARD.decode(get("ciphertext")).unwrap();
    let gcm = Gcm::of_api_v3_key("key", key).unwrap();
    gcm.decrypt(get("nonce").as_bytes(), get("associated_data").as_bytes(), &data)
        .map(|text| String::from_utf8(text).unwrap())
}

/// `{status, code, message}` of a refusal.
pub fn refusal(answer: &Answer) -> String {
    let said = answer.json();
    format!("{} {} {}", answer.status, said["code"].as_str().unwrap(), said["message"].as_str().unwrap())
}

/// The internal code at the end of `Request-ID`.
pub fn number(answer: &Answer) -> u32 {
    answer.header("Request-ID").unwrap().split_once('-').unwrap().1.parse().unwrap()
}

pub fn order(out_trade_no: &str) -> Value {
    serde_json::json!({
        "appid": super::APPID,
        "mchid": MCH,
        "description": "Image形象店-深圳腾大-QQ公仔",
        "out_trade_no": out_trade_no,
        "notify_url": "http://127.0.0.1:9/wxpay/notify",
        "amount": { "total": 100, "currency": "CNY" },
        "payer": { "openid": super::OPENID },
    })
}
