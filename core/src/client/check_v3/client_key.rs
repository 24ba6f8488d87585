//! The finding of the merchant's private key, with its serial number and mch_id.

use super::signed_reply::{SignedReply, is_accepted};
use super::texts::{not_of_wechat, remedy_of, with_error};
use crate::client::finding::{Finding, Part, beyond_check, without};
use crate::client::inner::now;
use crate::codes::Meaning;
use crate::crypto::keys::Keys;
use crate::doctor::Mistake;
use crate::error::{Error, Kind};
use crate::explanation::Language;
use crate::v3::verify::verify_reply;

/// The private key with its serial number and mch_id, by the reply to a query for an order that does not exist.
pub(super) fn finding(reply: &Result<SignedReply, Error>, known: &Keys, language: Language) -> Finding {
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
    let known =
        cause.map(|(_, english, chinese)| language.pick(english, chinese)).or_else(|| beyond_check(error, language));
    known.unwrap_or(language.pick(
        "take client_cert and client_key (apiclient_cert.pem, apiclient_key.pem) of this mch_id from one download, and see that the certificate \
         was not replaced since",
        "请使用该商户号同一次申请得到的 client_cert 和 client_key（apiclient_cert.pem、apiclient_key.pem），并确认证书此后没有更换过",
    ))
}
