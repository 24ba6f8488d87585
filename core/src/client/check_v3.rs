//! `check` of APIv3: whether WeChat accepts a signed request, what the APIv3 key decrypts, and whose signature its replies have.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::time::Instant;

use super::attempts::{OutgoingRequest, RawReply, V3Signing};
use super::certs::certificates_sent;
use super::clock;
use super::finding::{Finding, Part, reach, without};
use super::inner::{WxPay, now};
use super::pages::new_out_trade_no;
use super::v3::v3_sent;
use crate::codes::{self, ErrorCode, Meaning, is_provider_without_sub_mch_id};
use crate::crypto::keys::{Keys, PUBLIC_KEY_ID};
use crate::crypto::rsa::VerifyingKey;
use crate::doctor::Mistake;
use crate::doctor::v3::PROBE;
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

/// Where the console shows the WeChat Pay public key.
const PUB_KEY_PAGE: &str = "pub_key.pem, pay.weixin.qq.com > 账户中心 > API安全";

/// The findings about APIv3.
pub(super) struct V3Findings {
    pub(super) findings: Vec<Finding>,
    /// Whether requests were sent.
    pub(super) is_sent: bool,
    /// By how many seconds this machine's clock is ahead of WeChat's.
    pub(super) ahead: Option<i64>,
}

/// The reply to a signed request, before its signature is verified.
struct SignedReply {
    headers: Headers,
    body: Bytes,
    /// Why WeChat refused the request, if it did.
    refused: Option<Error>,
    /// The mistake in the signature of a request that WeChat did not accept.
    why: Option<Explanation>,
}

/// The result of the download of the platform certificates.
enum CertificateList {
    /// The settings have no APIv3 key, which decrypts the list.
    NotAsked,
    /// The list decrypts.
    Read(Vec<PlatformCertificate>),
    /// The merchant has no platform certificates: it uses the WeChat Pay public key.
    Absent,
    /// WeChat did not send the list, or it cannot be read.
    Refused(Error),
    /// The APIv3 key does not decrypt the list. Whether the API key does.
    WrongKey { is_exchanged: bool },
}

impl WxPay {
    /// Checks the keys of APIv3. For a client without any there is one finding, which says so.
    pub(super) async fn check_v3(&self, language: Language) -> V3Findings {
        let unsent = |findings| V3Findings { findings, is_sent: false, ahead: None };
        let Ok(keys) = self.merchant().v3() else { return unsent(vec![not_used(language)]) };
        if keys.signer().is_err() {
            return unsent(without_client_key(language));
        }
        let end = Instant::now() + self.0.limits.timeout;
        // The public key is named, as in every call: without it a reply may have another signature while the merchant changes over.
        let signing = || V3Signing {
            serial: keys.public_key().map(|(id, _)| id.to_owned()),
            end: Some(end),
            ..V3Signing::default()
        };
        let list = async {
            match keys.api_v3_key() {
                None => None,
                Some(_) => Some(self.send_signed(certificates_sent(signing())).await),
            }
        };
        let query = async {
            let reply = self.send_signed(self.unknown_order(signing())?).await?;
            if !is_probe(&reply) {
                return Ok(reply);
            }
            // A probe says nothing about the keys, and seldom comes twice.
            let second = self.send_signed(self.unknown_order(signing())?).await;
            Ok(second.unwrap_or(reply))
        };
        // In one task, so that the clock is read from either reply.
        let ((query, list), ahead) = clock::watching(async { tokio::join!(query, list) }).await;
        let list = self.certificate_list(list);
        let platform = self.platform_with(match &list {
            CertificateList::Read(found) => found.clone(),
            _ => Vec::new(),
        });
        let findings = vec![
            client_key(&query, &platform.keys, language),
            self.api_v3_key(keys, &list, language),
            platform_keys(keys, &list, &query, &platform.keys, language),
        ];
        V3Findings { findings, is_sent: true, ahead }
    }

    /// A `v3.query` for a number that no order has.
    fn unknown_order(&self, signing: V3Signing) -> Result<OutgoingRequest, Error> {
        let endpoint = V3Query::ENDPOINT;
        let query = V3Query::new().out_trade_no(new_out_trade_no("CHECK")?);
        let target = request::complete(endpoint, query.params(), self.merchant())?.target();
        Ok(v3_sent(endpoint.name, RetryClass::Safe, http::Method::GET, target, signing))
    }

    /// Sends a signed request. A refusal of WeChat's is a reply too.
    ///
    /// # Errors
    /// There is no reply that can be WeChat's, or WeChat failed.
    async fn send_signed(&self, sent: OutgoingRequest) -> Result<SignedReply, Error> {
        let signed = sent.v3.as_ref().map(|v3| Arc::clone(&v3.signed)).unwrap_or_default();
        let (name, method, path, body) = (sent.name, sent.method.to_string(), sent.path.clone(), sent.body.clone());
        // The attempt has to end with the refusal, which events and logs report. So its reply is kept here.
        let refused = Mutex::new(None);
        let read = |received: RawReply| {
            let Some(error) = refusal(name, RetryClass::Safe, &received.message()) else {
                return Ok(SignedReply { headers: received.signature, body: received.body, refused: None, why: None });
            };
            let why = match received.status {
                401 => {
                    let (authorization, _) = signed.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    self.why_refused(&method, &path, &body, &authorization, &received)
                }
                _ => None,
            };
            let reply = SignedReply { headers: received.signature, body: received.body, refused: None, why };
            *refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(reply);
            Err(error)
        };
        // On the heap: a check holds several of these at once.
        let error = match Box::pin(self.attempts_streamed(&self.0.pay, sent, read)).await {
            Ok(reply) => return Ok(reply),
            Err(error) if is_silence(&error) => return Err(error),
            Err(error) => error,
        };
        match refused.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(reply) => Ok(SignedReply { refused: Some(error), ..reply }),
            None => Err(error),
        }
    }

    /// Reads the reply with the platform certificates.
    fn certificate_list(&self, reply: Option<Result<SignedReply, Error>>) -> CertificateList {
        let reply = match reply {
            None => return CertificateList::NotAsked,
            Some(Err(error)) => return CertificateList::Refused(error),
            Some(Ok(reply)) => reply,
        };
        match reply.refused {
            Some(error) if error.status() == Some(404) && codes::has_no_certificates(code_of(&error)) => {
                CertificateList::Absent
            }
            Some(error) => CertificateList::Refused(error),
            None => match self.read_list(&reply.body) {
                Ok(found) => CertificateList::Read(found),
                Err(error) if matches!(error.kind(), Kind::Config { .. }) => {
                    let is_exchanged = self.merchant().key().is_ok_and(|key| certificates(&reply.body, key).is_ok());
                    CertificateList::WrongKey { is_exchanged }
                }
                Err(error) => CertificateList::Refused(error),
            },
        }
    }

    /// The APIv3 key.
    fn api_v3_key(&self, keys: &V3Keys, list: &CertificateList, language: Language) -> Finding {
        let part = Part::ApiV3Key;
        // A merchant may have given both the same text.
        let is_api_key = self.merchant().key().is_ok_and(|own| keys.api_v3_key().is_some_and(|v3| v3.expose() == own));
        let take = language.pick(
            "take the APIv3 key (APIv3密钥) of this mch_id from pay.weixin.qq.com > 账户中心 > API安全; it is not the APIv2 key (API密钥)",
            "请到 pay.weixin.qq.com > 账户中心 > API安全 取得该商户号的 APIv3 密钥；它不是 APIv2 密钥（API密钥）",
        );
        match list {
            CertificateList::NotAsked => Finding::not_set(
                part,
                language.pick(
                    "api_v3_key is not set: notifications of APIv3 cannot be decrypted",
                    "没有设置 api_v3_key：不能解密 APIv3 的通知",
                ),
            ),
            CertificateList::Read(_) => Finding::ok(
                part,
                language.pick("api_v3_key decrypts the platform certificates", "api_v3_key 可以解密平台证书"),
            ),
            CertificateList::WrongKey { is_exchanged: true } => Finding::failed(
                part,
                language.pick(
                    "api_v3_key does not decrypt the platform certificates, and api_key does",
                    "api_v3_key 不能解密平台证书，而 api_key 可以",
                ),
                language.pick("exchange the values of api_key and api_v3_key", "请对调 api_key 与 api_v3_key 的值"),
            ),
            CertificateList::WrongKey { .. } => {
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
            CertificateList::Absent => {
                let message = match is_api_key {
                    true => language.pick(
                        "api_v3_key is the text of api_key; only a notification can show whether it is right, because this merchant has no \
                         platform certificates",
                        "api_v3_key 与 api_key 的值相同；该商户没有平台证书，只有收到通知才能证明它是否正确",
                    ),
                    false => language.pick(
                        "api_v3_key has 32 characters; only a notification can show whether it is right, because this merchant has no \
                         platform certificates",
                        "api_v3_key 有 32 个字符；该商户没有平台证书，只有收到通知才能证明它是否正确",
                    ),
                };
                let finding = Finding::not_set(part, message);
                if is_api_key { Finding { remedy: Some(take.to_owned()), ..finding } } else { finding }
            }
            // With the public key calls work without the list.
            CertificateList::Refused(error) if is_silence(error) && keys.public_key().is_none() => {
                let message = language.pick("api_v3_key could not be checked", "无法检查 api_v3_key");
                Finding::failed(part, with_error(message, error, language), remedy_of(error, language))
            }
            CertificateList::Refused(error) => {
                let message = language.pick(
                    "api_v3_key was not checked: there are no platform certificates to decrypt",
                    "没有检查 api_v3_key：没有得到可解密的平台证书",
                );
                Finding::not_set(part, &with_error(message, error, language))
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

/// The findings of a client with keys of APIv3 that cannot sign requests.
fn without_client_key(language: Language) -> Vec<Finding> {
    let not_set = |part, english, chinese| Finding::not_set(part, language.pick(english, chinese));
    vec![
        not_set(
            Part::ClientKey,
            "client_key is not set: requests of APIv3 cannot be signed",
            "没有设置 client_key：不能为 APIv3 的请求签名",
        ),
        not_set(
            Part::ApiV3Key,
            "api_v3_key cannot be checked without client_key",
            "没有 client_key，无法检查 api_v3_key",
        ),
        not_set(
            Part::PlatformKeys,
            "WeChat Pay's keys cannot be checked without client_key",
            "没有 client_key，无法检查微信支付的公钥",
        ),
    ]
}

/// The private key with its serial number and mch_id, by the reply to a query for an order that does not exist.
fn client_key(reply: &Result<SignedReply, Error>, known: &Keys, language: Language) -> Finding {
    let part = Part::ClientKey;
    let right = language.pick(
        "WeChat accepts mch_id, client_key and the serial number of its certificate",
        "微信接受 mch_id、client_key 和商户证书序列号",
    );
    let unknown = language.pick("client_key could not be checked", "无法检查 client_key");
    let reply = match reply {
        Ok(reply) => reply,
        Err(error) => {
            return Finding::failed(part, with_error(unknown, error, language), remedy_of(error, language));
        }
    };
    let is_verified = verify_reply(&reply.headers, &reply.body, known, now()).is_ok();
    let Some(error) = &reply.refused else {
        if is_verified {
            return Finding::ok(part, right);
        }
        let why = language.pick("the reply is not a signed reply of WeChat's", "应答没有可验证的微信签名");
        return Finding::failed(part, format!("{unknown}{}{why}", language.pick(": ", "：")), not_of_wechat(language));
    };
    if is_accepted(error, is_verified) {
        return Finding::ok(part, right);
    }
    match error.kind() {
        Kind::Business { .. } if is_verified => {
            let message = language.pick(
                "WeChat accepts the signature of client_key, and refuses a query",
                "微信接受 client_key 的签名，但拒绝了查询",
            );
            Finding::failed(part, with_error(message, error, language), remedy_of(error, language))
        }
        Kind::Protocol { .. } if error.status() == Some(401) => {
            let remedy = match &reply.why {
                // The explanation is about messages that were received too.
                Some(why) if [Mistake::CLOCK_SKEW, Mistake::CLOCK_TIME_ZONE].contains(&why.mistake) => language
                    .pick(
                        "set this machine's clock by NTP: WeChat refuses requests that are more than 300 s off",
                        "请用 NTP 校准本机时钟：微信会拒绝相差超过 300 秒的请求",
                    )
                    .to_owned(),
                Some(why) => why.message(language),
                None => refused_identity(error, language).to_owned(),
            };
            Finding::failed(part, without(error, language), &remedy)
        }
        _ => {
            // Another server too says that it has nothing under a path.
            let known = error.remedy(language).filter(|_| error.meaning() != Some(Meaning::NotFound));
            let remedy = known.unwrap_or(not_of_wechat(language));
            Finding::failed(part, with_error(unknown, error, language), remedy)
        }
    }
}

/// Whether a refusal shows that WeChat accepted the signature of the request: only WeChat knows the codes of an order that does not exist,
/// and reads the query after it verified the signature.
fn is_accepted(error: &Error, is_verified: bool) -> bool {
    match error.kind() {
        Kind::Business { err_code, err_code_des, .. } => {
            matches!(err_code.as_str(), "ORDER_NOT_EXIST" | "ORDERNOTEXIST" | "RESOURCE_NOT_EXISTS")
                || is_verified && error.meaning() == Some(Meaning::NotFound)
                || names_a_key(error)
                || is_provider_without_sub_mch_id(err_code_des)
        }
        _ => false,
    }
}

/// What to do about a 401 whose cause the signed text does not show (§2.3 of the protocol).
fn refused_identity(error: &Error, language: Language) -> &'static str {
    const CAUSES: [(&str, &str, &str); 3] = [
        (
            "未设置APIv3密钥",
            "the merchant has no APIv3 key yet: set one (APIv3密钥) at pay.weixin.qq.com > 账户中心 > API安全, and api_v3_key to it",
            "该商户还没有 APIv3 密钥：请到 pay.weixin.qq.com > 账户中心 > API安全 设置，并把 api_v3_key 设为它",
        ),
        (
            "未申请过证书",
            "the merchant has no API certificate yet: apply for one at pay.weixin.qq.com > 账户中心 > API安全, and set client_cert and \
             client_key to it",
            "该商户还没有 API 证书：请到 pay.weixin.qq.com > 账户中心 > API安全 申请，并设置 client_cert 和 client_key",
        ),
        (
            "商户号不存在",
            "WeChat does not know this mch_id: copy it again from pay.weixin.qq.com",
            "微信不认识该商户号：请从 pay.weixin.qq.com 重新复制 mch_id",
        ),
    ];
    let text = error.text();
    let cause = CAUSES.into_iter().find(|(words, ..)| text.contains(words));
    let known = cause.map(|(_, english, chinese)| language.pick(english, chinese)).or_else(|| error.remedy(language));
    known.unwrap_or(language.pick(
        "take client_cert and client_key (apiclient_cert.pem, apiclient_key.pem) of this mch_id from one download",
        "请使用该商户号同一次申请得到的 client_cert 和 client_key（apiclient_cert.pem、apiclient_key.pem）",
    ))
}

/// WeChat Pay's keys, by the signature of the same reply.
fn platform_keys(
    keys: &V3Keys,
    list: &CertificateList,
    query: &Result<SignedReply, Error>,
    known: &Keys,
    language: Language,
) -> Finding {
    let part = Part::PlatformKeys;
    let unknown = language.pick("WeChat Pay's keys could not be checked", "无法检查微信支付的公钥");
    let reply = match query {
        Ok(reply) => reply,
        Err(error) => {
            return Finding::failed(part, with_error(unknown, error, language), remedy_of(error, language));
        }
    };
    // The reply to a request whose signature is refused has no signature itself.
    let is_refused = reply.refused.as_ref().is_some_and(|error| error.status() == Some(401));
    let public = keys.public_key().map(|(id, _)| id);
    if public.is_none()
        && let Some(finding) = without_platform_keys(list, is_refused, language)
    {
        return finding;
    }
    // Every call is refused then, by whichever key the refusal is signed.
    if let (Some(own), Some(error)) = (public, reply.refused.as_ref().filter(|error| names_a_key(error))) {
        return unknown_id(own, error, reply, language);
    }
    if !reply.headers.is_signed() {
        let message = language.pick(
            "WeChat Pay's keys were not checked: WeChat's reply has no signature",
            "没有检查微信支付的公钥：微信的应答没有签名",
        );
        if is_refused {
            return Finding::not_set(part, message);
        }
        if !reply.refused.as_ref().is_some_and(|error| is_accepted(error, false)) {
            let why = language.pick("the reply is not a signed reply of WeChat's", "应答没有可验证的微信签名");
            let message = format!("{unknown}{}{why}", language.pick(": ", "："));
            return Finding::failed(part, message, not_of_wechat(language));
        }
        let remedy =
            language.pick("see that no proxy removes the headers Wechatpay-…", "请确认没有代理去掉 Wechatpay-… 这些头");
        return Finding::failed(part, message, remedy);
    }
    match verify_reply(&reply.headers, &reply.body, known, now()) {
        Ok(id) => verified(id, public, known, language),
        Err(error) if error.is(ErrorCode::SignatureProbe) => {
            let message = language.pick(
                "WeChat Pay's keys were not checked: WeChat answered twice with a probe of signatures (签名探测); check again later",
                "没有检查微信支付的公钥：两次收到微信的签名探测，请稍后再检查",
            );
            Finding::not_set(part, message)
        }
        Err(error) => not_verified(&error, reply, keys, language),
    }
}

/// The finding of a client that has neither the public key nor platform certificates; `None` if it has certificates.
fn without_platform_keys(list: &CertificateList, is_refused: bool, language: Language) -> Option<Finding> {
    let part = Part::PlatformKeys;
    match list {
        CertificateList::Read(found) if !found.is_empty() => None,
        CertificateList::Absent => {
            let message = language.pick(
                "this merchant uses the WeChat Pay public key (微信支付公钥), which is not set: it has no platform certificates (404)",
                "该商户使用微信支付公钥，但没有设置：它没有平台证书（404）",
            );
            let remedy = language.pick(
                "set platform_public_key (pub_key.pem) and platform_public_key_id (PUB_KEY_ID_…), from pay.weixin.qq.com > 账户中心 > \
                 API安全",
                "请设置 platform_public_key（pub_key.pem）和 platform_public_key_id（PUB_KEY_ID_…），见 pay.weixin.qq.com > 账户中心 > API安全",
            );
            Some(Finding::failed(part, message, remedy))
        }
        CertificateList::Refused(error) if !is_refused => {
            let message = language.pick(
                "there are no platform certificates, so no call of APIv3 can be sent",
                "没有得到平台证书，因此不能发送 APIv3 的请求",
            );
            Some(Finding::failed(part, with_error(message, error, language), remedy_of(error, language)))
        }
        CertificateList::WrongKey { .. } => {
            let message = language.pick(
                "WeChat Pay's keys were not checked: api_v3_key does not decrypt the platform certificates",
                "没有检查微信支付的公钥：api_v3_key 不能解密平台证书",
            );
            Some(Finding::not_set(part, message))
        }
        _ => {
            let message = language.pick(
                "WeChat Pay's keys were not checked: there are no platform certificates",
                "没有检查微信支付的公钥：没有得到平台证书",
            );
            Some(Finding::not_set(part, message))
        }
    }
}

/// WeChat refuses the key that the settings name.
fn unknown_id(own: &str, error: &Error, reply: &SignedReply, language: Language) -> Finding {
    let part = Part::PlatformKeys;
    let signed_by = signer_of(reply);
    if signed_by.starts_with(PUBLIC_KEY_ID) && signed_by != own {
        return other_id(own, &signed_by, language);
    }
    let message = match language {
        Language::English => format!("WeChat does not know platform_public_key_id {own} for this merchant"),
        Language::Chinese => format!("微信不认识该商户的 platform_public_key_id {own}"),
    };
    let remedy = match language {
        Language::English => {
            format!("take platform_public_key_id and platform_public_key from the same page ({PUB_KEY_PAGE})")
        }
        Language::Chinese => {
            format!("请在同一页面取得 platform_public_key_id 和 platform_public_key（{PUB_KEY_PAGE}）")
        }
    };
    Finding::failed(part, with_error(&message, error, language), &remedy)
}

/// WeChat signs with another public key than the one in the settings.
fn other_id(own: &str, signed_by: &str, language: Language) -> Finding {
    let (message, remedy) = match language {
        Language::English => (
            format!("WeChat signs its replies with {signed_by}, and platform_public_key_id is {own}"),
            format!("set platform_public_key_id to {signed_by}, and platform_public_key to its key ({PUB_KEY_PAGE})"),
        ),
        Language::Chinese => (
            format!("微信用 {signed_by} 为应答签名，而 platform_public_key_id 是 {own}"),
            format!("请把 platform_public_key_id 改为 {signed_by}，platform_public_key 改为它的公钥（{PUB_KEY_PAGE}）"),
        ),
    };
    Finding::failed(Part::PlatformKeys, message, &remedy)
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
        (Language::English, None) => format!("WeChat signs its replies with a platform certificate: {described}"),
        (Language::English, Some(own)) => {
            format!("WeChat signs its replies with a platform certificate, and not yet with {own}: {described}")
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
fn not_verified(error: &Error, reply: &SignedReply, keys: &V3Keys, language: Language) -> Finding {
    let part = Part::PlatformKeys;
    let signed_by = signer_of(reply);
    let public = keys.public_key().map(|(id, _)| id);
    if error.is(ErrorCode::TimestampExpired) {
        let remedy = language.pick(
            "set this machine's clock by NTP: replies that are more than 300 s off are refused",
            "请用 NTP 校准本机时钟：相差超过 300 秒的应答会被拒绝",
        );
        return Finding::failed(part, without(error, language), remedy);
    }
    let (message, remedy) = match (public, language) {
        (Some(own), _) if signed_by.starts_with(PUBLIC_KEY_ID) && signed_by != own => {
            return other_id(own, &signed_by, language);
        }
        (Some(own), Language::English) if signed_by == own && error.is(ErrorCode::SignatureMismatch) => (
            format!(
                "the signature of WeChat's reply is wrong: platform_public_key is not the key of {own}, or a proxy changed the reply"
            ),
            format!(
                "download the key of this id again ({PUB_KEY_PAGE}); if it is the same, see that no proxy changes the bodies of replies"
            ),
        ),
        (Some(own), Language::Chinese) if signed_by == own && error.is(ErrorCode::SignatureMismatch) => (
            format!("微信应答的签名不正确：platform_public_key 不是 {own} 的公钥，或者代理改动了应答"),
            format!("请重新下载这个 ID 的公钥（{PUB_KEY_PAGE}）；如果公钥相同，请确认没有代理改动应答的内容"),
        ),
        (None, Language::English) if signed_by.starts_with(PUBLIC_KEY_ID) => (
            format!("WeChat signs its replies with the WeChat Pay public key {signed_by}, which is not set"),
            format!("set platform_public_key_id to {signed_by}, and platform_public_key to its key ({PUB_KEY_PAGE})"),
        ),
        (None, Language::Chinese) if signed_by.starts_with(PUBLIC_KEY_ID) => (
            format!("微信用微信支付公钥 {signed_by} 为应答签名，但没有设置这个公钥"),
            format!("请把 platform_public_key_id 设为 {signed_by}，platform_public_key 设为它的公钥（{PUB_KEY_PAGE}）"),
        ),
        _ if error.is(ErrorCode::SerialUnknown) => {
            let remedy = match keys.api_v3_key() {
                None => language.pick(
                    "set api_v3_key: WeChat still signs with a platform certificate, and api_v3_key decrypts those",
                    "请设置 api_v3_key：微信仍用平台证书签名，平台证书需要 api_v3_key 解密",
                ),
                Some(_) => language.pick(
                    "WeChat still signs with a platform certificate, which could not be downloaded: mend what the finding api_v3_key says",
                    "微信仍用平台证书签名，但没有得到该证书：请先解决 api_v3_key 一项的问题",
                ),
            };
            (without(error, language), remedy.to_owned())
        }
        _ => {
            let remedy = language.pick(
                "see that no proxy changes the bodies or the headers Wechatpay-… of replies",
                "请确认没有代理改动应答的内容或 Wechatpay-… 这些头",
            );
            (without(error, language), remedy.to_owned())
        }
    };
    Finding::failed(part, message, &remedy)
}

/// The serial number or the id that a reply names. It comes from outside, and is shown.
fn signer_of(reply: &SignedReply) -> String {
    let named = reply.headers.serial.as_deref().unwrap_or_default();
    named.chars().filter(char::is_ascii_graphic).take(64).collect()
}

/// Whether the signature of a reply is a probe of WeChat's (签名探测), which a client has to refuse.
fn is_probe(reply: &SignedReply) -> bool {
    reply.headers.signature.as_deref().is_some_and(|signature| signature.starts_with(PROBE))
}

/// The code of a refusal.
fn code_of(error: &Error) -> &str {
    match error.kind() {
        Kind::Business { err_code, .. } => err_code,
        _ => "",
    }
}

/// What to do about a request that failed or was refused.
fn remedy_of(error: &Error, language: Language) -> &'static str {
    match error.kind() {
        Kind::Transport { .. } => reach(language),
        _ if error.meaning() == Some(Meaning::Trouble) => {
            language.pick("WeChat failed or is busy: check again in some minutes", "微信系统繁忙：请几分钟后再检查")
        }
        _ => error.remedy(language).unwrap_or(language.pick(
            "see that the merchant may use this appid and this call at pay.weixin.qq.com > 产品中心",
            "请到 pay.weixin.qq.com > 产品中心 确认该商户可以使用这个 appid 和这个接口",
        )),
    }
}

/// What to do about a reply that may be another server's.
fn not_of_wechat(language: Language) -> &'static str {
    language.pick(
        "see that requests reach WeChat, and that no proxy or firewall answers them in its place",
        "请确认请求到达了微信，没有代理或防火墙代为应答",
    )
}

/// Whether WeChat refuses the key that `Wechatpay-Serial` names. That is checked after the signature of the request.
fn names_a_key(error: &Error) -> bool {
    matches!(error.kind(), Kind::Business { err_code_des, .. } if err_code_des.contains("Wechatpay-Serial"))
}

/// Whether there was no reply of WeChat's, or WeChat failed.
fn is_silence(error: &Error) -> bool {
    matches!(error.kind(), Kind::Transport { .. }) || error.meaning() == Some(Meaning::Trouble)
}

/// A message with the error behind it.
fn with_error(message: &str, error: &Error, language: Language) -> String {
    let said = match error.kind() {
        // The error's own text says that the signature was not checked, which is done here.
        Kind::Business { err_code, err_code_des, .. } => format!("{err_code}: {err_code_des}"),
        _ => without(error, language),
    };
    format!("{message}{}{said}", language.pick(": ", "："))
}
