//! The finding of WeChat Pay's keys.

use super::certificate_list::CertificateList;
use super::signed_reply::{SignedReply, is_accepted, names_a_key};
use super::texts::{not_of_wechat, remedy_of, with_error};
use crate::client::finding::{Finding, Part, without};
use crate::client::inner::now;
use crate::codes::ErrorCode;
use crate::crypto::keys::{Keys, PUBLIC_KEY_ID};
use crate::crypto::rsa::VerifyingKey;
use crate::error::Error;
use crate::explanation::{Explanation, Language, Mistake, wrong_public_key_id};
use crate::merchant::V3Keys;
use crate::v3::verify::verify_reply;

/// Where the console shows the WeChat Pay public key.
const PUB_KEY_PAGE: &str = "pub_key.pem, pay.weixin.qq.com > 账户中心 > API安全";

/// WeChat Pay's keys, by the signature of the same reply.
pub(super) fn finding(
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
    let signed_by = reply.signer();
    if signed_by.starts_with(PUBLIC_KEY_ID) && signed_by != own {
        return other_id(own, &signed_by, language);
    }
    let found = Explanation { field: Some(own.to_owned()), ..Explanation::new(Mistake::PUBLIC_KEY_ID_WRONG) };
    Finding::failed(part, with_error(&found.title(language), error, language), found.mistake.advice(language))
}

/// WeChat signs with another public key than the one in the settings.
fn other_id(own: &str, signed_by: &str, language: Language) -> Finding {
    let found = wrong_public_key_id(own, signed_by);
    let advice = found.mistake.advice(language);
    let remedy = match language {
        Language::English => format!("set platform_public_key_id to {signed_by}; {advice}"),
        Language::Chinese => format!("请把 platform_public_key_id 改为 {signed_by}；{advice}"),
    };
    Finding::failed(Part::PlatformKeys, found.title(language), &remedy)
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
    let signed_by = reply.signer();
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
