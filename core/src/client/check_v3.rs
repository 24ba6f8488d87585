//! `check` of APIv3: whether WeChat accepts a signed request, what the APIv3 key decrypts, and whose signature its replies have.

use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use tokio::time::Instant;

use super::attempts::{OutgoingRequest, RawReply, V3Signing};
use super::certs::certificates_sent;
use super::clock;
use super::finding::{Finding, Part, reach, without};
use super::inner::{WxPay, now};
use super::pages::new_out_trade_no;
use super::v3::v3_sent;
use crate::codes::{ErrorCode, Meaning, is_provider_without_sub_mch_id};
use crate::crypto::keys::{Keys, PUBLIC_KEY_ID};
use crate::crypto::rsa::VerifyingKey;
use crate::error::{Error, Kind};
use crate::explanation::{Explanation, Language};
use crate::merchant::V3Keys;
use crate::retry::RetryClass;
use crate::table::row::Call as _;
use crate::v3::certificates::{PlatformCertificate, certificates};
use crate::v3::order::V3Query;
use crate::v3::reply::refusal;
use crate::v3::request;
use crate::v3::verify::verify_reply;
use crate::wire::signed::Headers;

/// What was found of APIv3, and by how many seconds this machine's clock is ahead.
pub(super) struct V3Checked {
    pub(super) findings: Vec<Finding>,
    pub(super) ahead: Option<i64>,
}

/// What came back for a signed request. Its signature is not verified yet.
struct Heard {
    headers: Headers,
    body: Bytes,
    /// Why WeChat refused the request, if it did.
    refused: Option<Error>,
    /// The mistake in the signature of a request that WeChat did not accept.
    why: Option<Explanation>,
}

/// What came of the download of the platform certificates.
enum Listed {
    /// The settings have no APIv3 key, which decrypts them.
    NotAsked,
    /// They decrypt.
    Read(Vec<PlatformCertificate>),
    /// The merchant has none: it uses the WeChat Pay public key.
    Absent,
    /// WeChat did not give them, or they cannot be read.
    Refused(Error),
    /// The APIv3 key does not decrypt them. Whether the API key does.
    WrongKey { is_exchanged: bool },
}

impl WxPay {
    /// Checks the keys of APIv3. Without any there is one finding, which says so.
    pub(super) async fn check_v3(&self, language: Language) -> V3Checked {
        let keys = match self.merchant().v3() {
            Ok(keys) => keys,
            Err(_) => return V3Checked { findings: vec![not_used(language)], ahead: None },
        };
        if keys.signer().is_err() {
            let message = language.pick(
                "client_key is not set: requests of APIv3 cannot be signed",
                "没有设置 client_key：不能为 APIv3 的请求签名",
            );
            return V3Checked { findings: vec![Finding::not_set(Part::ClientKey, message)], ahead: None };
        }
        let end = Instant::now() + self.0.limits.timeout;
        // The public key is named, as in every call: without it a reply may have another signature while the merchant changes over.
        let travels = || V3Signing {
            serial: keys.public_key().map(|(id, _)| id.to_owned()),
            end: Some(end),
            ..V3Signing::default()
        };
        let list = async {
            if keys.api_v3_key().is_none() { None } else { Some(self.hear(certificates_sent(travels())).await) }
        };
        let query = async { self.hear(self.unknown_order(travels())?).await };
        // In one task, so that the clock is read from either reply.
        let ((query, list), ahead) = clock::watching(async { tokio::join!(query, list) }).await;
        let listed = self.listed(list);
        let platform = self.platform_with(match &listed {
            Listed::Read(found) => found.clone(),
            _ => Vec::new(),
        });
        let findings = vec![
            client_key(&query, language),
            self.api_v3_key(keys, &listed, language),
            platform_keys(keys, &listed, &query, &platform.keys, language),
        ];
        V3Checked { findings, ahead }
    }

    /// A `v3.query` for a number that no order has.
    fn unknown_order(&self, travels: V3Signing) -> Result<OutgoingRequest, Error> {
        let endpoint = V3Query::ENDPOINT;
        let query = V3Query::new().out_trade_no(new_out_trade_no("CHECK")?);
        let target = request::complete(endpoint, query.params(), self.merchant())?.target();
        Ok(v3_sent(endpoint.name, RetryClass::Safe, http::Method::GET, target, travels))
    }

    /// Sends a signed request. A refusal is heard too; an error says that there was no reply of WeChat's.
    async fn hear(&self, sent: OutgoingRequest) -> Result<Heard, Error> {
        let signed = sent.v3.as_ref().map(|v3| Arc::clone(&v3.signed)).unwrap_or_default();
        let (name, path) = (sent.name, sent.path.clone());
        let read = |received: RawReply| {
            let refused = refusal(name, RetryClass::Safe, &received.message());
            if let Some(error) = &refused
                && (matches!(error.kind(), Kind::Transport { .. }) || error.meaning() == Some(Meaning::Trouble))
            {
                return refused.map_or_else(|| Err(Error::malformed("it is empty")), Err);
            }
            let why = match received.status {
                401 => {
                    let (authorization, _) = signed.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    self.why_refused("GET", &path, b"", &authorization, &received)
                }
                _ => None,
            };
            let refused = refused.map(|error| error.masked(&|text| self.0.merchant.masked(text, &[])));
            Ok(Heard { headers: received.signature, body: received.body, refused, why })
        };
        self.attempts_streamed(&self.0.pay, sent, read).await
    }

    /// Reads the reply with the platform certificates.
    fn listed(&self, heard: Option<Result<Heard, Error>>) -> Listed {
        let heard = match heard {
            None => return Listed::NotAsked,
            Some(Err(error)) => return Listed::Refused(error),
            Some(Ok(heard)) => heard,
        };
        match heard.refused {
            Some(error) if error.status() == Some(404) && matches!(error.kind(), Kind::Business { .. }) => {
                Listed::Absent
            }
            Some(error) => Listed::Refused(error),
            None => match self.read_list(&heard.body) {
                Ok(found) => Listed::Read(found),
                Err(error) if matches!(error.kind(), Kind::Config { .. }) => {
                    let is_exchanged = self.merchant().key().is_ok_and(|key| certificates(&heard.body, key).is_ok());
                    Listed::WrongKey { is_exchanged }
                }
                Err(error) => Listed::Refused(error),
            },
        }
    }

    /// The APIv3 key.
    fn api_v3_key(&self, keys: &V3Keys, listed: &Listed, language: Language) -> Finding {
        let part = Part::ApiV3Key;
        // A merchant may have given both the same text.
        let is_api_key = self.merchant().key().is_ok_and(|own| keys.api_v3_key().is_some_and(|v3| v3.expose() == own));
        let take = language.pick(
            "take the APIv3 key (APIv3密钥) of this mch_id from pay.weixin.qq.com > 账户中心 > API安全; it is not the APIv2 key (API密钥)",
            "请到 pay.weixin.qq.com > 账户中心 > API安全 取得该商户号的 APIv3 密钥；它不是 APIv2 密钥（API密钥）",
        );
        match listed {
            Listed::NotAsked => Finding::not_set(
                part,
                language.pick(
                    "api_v3_key is not set: notifications of APIv3 cannot be decrypted",
                    "没有设置 api_v3_key：不能解密 APIv3 的通知",
                ),
            ),
            Listed::Read(_) => Finding::ok(
                part,
                language.pick("api_v3_key decrypts the platform certificates", "api_v3_key 可以解密平台证书"),
            ),
            Listed::WrongKey { is_exchanged: true } => Finding::failed(
                part,
                language.pick(
                    "api_v3_key does not decrypt the platform certificates, and api_key does",
                    "api_v3_key 不能解密平台证书，而 api_key 可以",
                ),
                language.pick("exchange the values of api_key and api_v3_key", "请对调 api_key 与 api_v3_key 的值"),
            ),
            Listed::WrongKey { .. } => {
                let message = match is_api_key {
                    true => language.pick(
                        "api_v3_key does not decrypt the platform certificates: it is the text of api_key",
                        "api_v3_key 不能解密平台证书：它填成了 api_key 的值",
                    ),
                    false => language.pick(
                        "api_v3_key does not decrypt the platform certificates: it is another merchant's, or it was changed",
                        "api_v3_key 不能解密平台证书：它属于其他商户，或者已被修改",
                    ),
                };
                Finding::failed(part, message, take)
            }
            Listed::Absent => {
                let message = match is_api_key {
                    true => language.pick(
                        "api_v3_key is the text of api_key; whether it is right, only a notification can show, because this merchant has no \
                         platform certificates",
                        "api_v3_key 与 api_key 的值相同；该商户没有平台证书，只有收到通知才能证明它是否正确",
                    ),
                    false => language.pick(
                        "api_v3_key has 32 characters; whether it is right, only a notification can show, because this merchant has no \
                         platform certificates",
                        "api_v3_key 有 32 个字符；该商户没有平台证书，只有收到通知才能证明它是否正确",
                    ),
                };
                let finding = Finding::not_set(part, message);
                if is_api_key { Finding { remedy: Some(take.to_owned()), ..finding } } else { finding }
            }
            Listed::Refused(error) if is_silence(error) => {
                let message = language.pick("api_v3_key could not be checked", "无法检查 api_v3_key");
                Finding::failed(part, told(message, error, language), reach(language))
            }
            Listed::Refused(error) => {
                let message = language.pick(
                    "api_v3_key was not checked: there are no platform certificates to decrypt",
                    "没有检查 api_v3_key：没有得到可解密的平台证书",
                );
                Finding::not_set(part, &told(message, error, language))
            }
        }
    }
}

/// The finding of a client without keys of APIv3.
fn not_used(language: Language) -> Finding {
    let message = language.pick(
        "api_v3_key and platform_public_key are not set: calls and notifications of APIv3 cannot be used",
        "没有设置 api_v3_key 和 platform_public_key：不能使用 APIv3 的接口和通知",
    );
    Finding::not_set(Part::ApiV3Key, message)
}

/// The private key with its serial number and mch_id, by the reply to a query for an order that does not exist.
fn client_key(heard: &Result<Heard, Error>, language: Language) -> Finding {
    let part = Part::ClientKey;
    let right = language.pick(
        "WeChat accepts mch_id, client_key and the serial number of its certificate",
        "微信接受 mch_id、client_key 和商户证书序列号",
    );
    let heard = match heard {
        Ok(heard) => heard,
        Err(error) => {
            let message = language.pick("client_key could not be checked", "无法检查 client_key");
            return Finding::failed(part, told(message, error, language), reach(language));
        }
    };
    let Some(error) = &heard.refused else { return Finding::ok(part, right) };
    match error.kind() {
        Kind::Business { .. } if error.meaning() == Some(Meaning::NotFound) || names_a_key(error) => {
            Finding::ok(part, right)
        }
        // WeChat reads the query after it verified the signature.
        Kind::Business { err_code_des, .. } if is_provider_without_sub_mch_id(err_code_des) => Finding::ok(part, right),
        Kind::Business { .. } => {
            let message = language.pick(
                "WeChat accepts the signature of client_key, and refuses a query",
                "微信接受 client_key 的签名，但拒绝了查询",
            );
            let remedy = error.remedy(language).unwrap_or(language.pick(
                "see that the merchant may use this appid and this call at pay.weixin.qq.com > 产品中心",
                "请到 pay.weixin.qq.com > 产品中心 确认该商户可以使用这个 appid 和这个接口",
            ));
            Finding::failed(part, told(message, error, language), remedy)
        }
        _ => {
            let known = error.remedy(language).unwrap_or(language.pick(
                "take client_cert and client_key (apiclient_cert.pem, apiclient_key.pem) of this mch_id from one download",
                "请使用该商户号同一次申请得到的 client_cert 和 client_key（apiclient_cert.pem、apiclient_key.pem）",
            ));
            match &heard.why {
                Some(why) => Finding::failed(part, without(error, language), &why.message(language)),
                None => Finding::failed(part, without(error, language), known),
            }
        }
    }
}

/// WeChat Pay's keys, by the signature of the same reply.
fn platform_keys(
    keys: &V3Keys,
    listed: &Listed,
    query: &Result<Heard, Error>,
    known: &Keys,
    language: Language,
) -> Finding {
    let part = Part::PlatformKeys;
    let heard = match query {
        Ok(heard) => heard,
        Err(error) => {
            let message = language.pick("WeChat Pay's keys could not be checked", "无法检查微信支付的公钥");
            return Finding::failed(part, told(message, error, language), reach(language));
        }
    };
    let public = keys.public_key().map(|(id, _)| id);
    if matches!(listed, Listed::Absent) && public.is_none() {
        let message = language.pick(
            "this merchant uses the WeChat Pay public key (微信支付公钥), which is not set: it has no platform certificates (404)",
            "该商户使用微信支付公钥，但没有设置：它没有平台证书（404）",
        );
        let remedy = language.pick(
            "set platform_public_key (pub_key.pem) and platform_public_key_id (PUB_KEY_ID_…), from pay.weixin.qq.com > 账户中心 > API安全",
            "请设置 platform_public_key（pub_key.pem）和 platform_public_key_id（PUB_KEY_ID_…），见 pay.weixin.qq.com > 账户中心 > API安全",
        );
        return Finding::failed(part, message, remedy);
    }
    if known.iter().next().is_none() {
        let message = language.pick(
            "WeChat Pay's keys were not checked: there are no platform certificates, which need the right api_v3_key",
            "没有检查微信支付的公钥：没有得到平台证书，这需要正确的 api_v3_key",
        );
        return Finding::not_set(part, message);
    }
    if !heard.headers.is_signed() {
        let message = language.pick(
            "WeChat Pay's keys were not checked: its reply has no signature",
            "没有检查微信支付的公钥：应答没有签名",
        );
        // A request whose signature is refused gets a reply without one.
        if heard.refused.as_ref().is_some_and(|error| matches!(error.kind(), Kind::Protocol { .. })) {
            return Finding::not_set(part, message);
        }
        let remedy =
            language.pick("see that no proxy removes the headers Wechatpay-…", "请确认没有代理去掉 Wechatpay-… 这些头");
        return Finding::failed(part, message, remedy);
    }
    match verify_reply(&heard.headers, &heard.body, known, now()) {
        Ok(id) => verified(id, public, known, language),
        Err(error) => not_verified(&error, heard, public, language),
    }
}

/// A reply was signed with the key `id`, which is known.
fn verified(id: &str, public: Option<&str>, known: &Keys, language: Language) -> Finding {
    let part = Part::PlatformKeys;
    if id.starts_with(PUBLIC_KEY_ID) {
        let message = match language {
            Language::English => format!("WeChat signs its replies with the WeChat Pay public key {id}"),
            Language::Chinese => format!("微信用微信支付公钥 {id} 为应答签名"),
        };
        return Finding::ok(part, &message);
    }
    let key = known.find(id).map(|(_, key)| key);
    let is_valid = key.and_then(VerifyingKey::validity).is_none_or(|(begins, ends)| (begins..=ends).contains(&now()));
    let described = key.map_or_else(|| id.to_owned(), |key| key.describe_in(language));
    let message = match (language, public) {
        (Language::English, None) => format!("WeChat signs its replies with the platform certificate {described}"),
        (Language::English, Some(own)) => {
            format!("WeChat signs its replies with the platform certificate {described}, and not yet with {own}")
        }
        (Language::Chinese, None) => format!("微信用平台证书为应答签名：{described}"),
        (Language::Chinese, Some(own)) => format!("微信用平台证书为应答签名：{described}；尚未改用 {own}"),
    };
    if is_valid {
        return Finding::ok(part, &message);
    }
    let remedy = language.pick(
        "the certificate is not valid at this time: see that this machine's clock is right, and change over to the WeChat Pay public key at \
         pay.weixin.qq.com > 账户中心 > API安全",
        "该证书此刻不在有效期内：请确认本机时钟准确，并到 pay.weixin.qq.com > 账户中心 > API安全 改用微信支付公钥",
    );
    Finding::failed(part, message, remedy)
}

/// A reply whose signature no known key verifies.
fn not_verified(error: &Error, heard: &Heard, public: Option<&str>, language: Language) -> Finding {
    let part = Part::PlatformKeys;
    let signed_by = heard.headers.serial.as_deref().unwrap_or_default();
    // It comes from outside, and is shown.
    let signed_by: String = signed_by.chars().filter(char::is_ascii_graphic).take(64).collect();
    let pub_key = "pub_key.pem, pay.weixin.qq.com > 账户中心 > API安全";
    let is_off = error.is(ErrorCode::TimestampExpired);
    let is_unknown_id = heard.refused.as_ref().is_some_and(names_a_key);
    let (message, remedy) = match (public, language) {
        _ if is_off => (without(error, language), reach_the_clock(language).to_owned()),
        (Some(own), Language::English) if signed_by.starts_with(PUBLIC_KEY_ID) && signed_by != own => (
            format!("WeChat signs its replies with {signed_by}, and platform_public_key_id is {own}"),
            format!("set platform_public_key_id to {signed_by}, and platform_public_key to its key ({pub_key})"),
        ),
        (Some(own), Language::Chinese) if signed_by.starts_with(PUBLIC_KEY_ID) && signed_by != own => (
            format!("微信用 {signed_by} 为应答签名，而 platform_public_key_id 是 {own}"),
            format!("请把 platform_public_key_id 改为 {signed_by}，platform_public_key 改为它的公钥（{pub_key}）"),
        ),
        (Some(own), Language::English) if is_unknown_id => (
            format!("WeChat does not know platform_public_key_id {own} for this merchant, and signs with {signed_by}"),
            format!("take platform_public_key_id and platform_public_key from the same page ({pub_key})"),
        ),
        (Some(own), Language::Chinese) if is_unknown_id => (
            format!("微信不认识该商户的 platform_public_key_id {own}，应答由 {signed_by} 签名"),
            format!("请在同一页面取得 platform_public_key_id 和 platform_public_key（{pub_key}）"),
        ),
        (Some(own), Language::English) if signed_by == own => (
            format!("platform_public_key is not the key of {own}: it does not verify WeChat's reply"),
            format!("download the key of this id again ({pub_key})"),
        ),
        (Some(own), Language::Chinese) if signed_by == own => (
            format!("platform_public_key 不是 {own} 的公钥：它不能验证微信的应答"),
            format!("请重新下载这个 ID 的公钥（{pub_key}）"),
        ),
        (_, Language::English) if signed_by.starts_with(PUBLIC_KEY_ID) => (
            format!("WeChat signs its replies with the WeChat Pay public key {signed_by}, which is not set"),
            format!("set platform_public_key_id to {signed_by}, and platform_public_key to its key ({pub_key})"),
        ),
        (_, Language::Chinese) if signed_by.starts_with(PUBLIC_KEY_ID) => (
            format!("微信用微信支付公钥 {signed_by} 为应答签名，但没有设置这个公钥"),
            format!("请把 platform_public_key_id 设为 {signed_by}，platform_public_key 设为它的公钥（{pub_key}）"),
        ),
        _ => (
            without(error, language),
            language
                .pick(
                    "set api_v3_key, with which the platform certificates are downloaded, or the WeChat Pay public key with its id; and see that \
                     no proxy changes replies",
                    "请设置 api_v3_key（用于下载平台证书），或微信支付公钥及其 ID；并确认没有代理改动应答",
                )
                .to_owned(),
        ),
    };
    Finding::failed(part, message, &remedy)
}

/// Whether WeChat refuses the key that `Wechatpay-Serial` names. That is checked after the signature of the request.
fn names_a_key(error: &Error) -> bool {
    matches!(error.kind(), Kind::Business { err_code_des, .. } if err_code_des.contains("Wechatpay-Serial"))
}

/// Whether there was no reply of WeChat's.
fn is_silence(error: &Error) -> bool {
    matches!(error.kind(), Kind::Transport { .. }) || error.meaning() == Some(Meaning::Trouble)
}

/// A finding with the error that led to it.
fn told(message: &str, error: &Error, language: Language) -> String {
    let said = match error.kind() {
        // The error's own text says that the signature was not checked, which is done here.
        Kind::Business { err_code, err_code_des, .. } => format!("{err_code}: {err_code_des}"),
        _ => without(error, language),
    };
    format!("{message}{}{said}", language.pick(": ", "："))
}

fn reach_the_clock(language: Language) -> &'static str {
    language.pick(
        "set this machine's clock by NTP: replies that are more than 300 s off are refused",
        "请用 NTP 校准本机时钟：相差超过 300 秒的应答会被拒绝",
    )
}
