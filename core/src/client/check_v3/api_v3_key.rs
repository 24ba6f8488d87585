//! The finding of the APIv3 key.

use super::certificate_list::CertificateList;
use super::signed_reply::is_silence;
use super::texts::{remedy_of, with_error};
use crate::client::finding::{Finding, Part};
use crate::explanation::Language;
use crate::merchant::V3Keys;

/// The APIv3 key, by the platform certificates that it decrypts. `api_key` is the key of APIv2.
pub(super) fn finding(keys: &V3Keys, api_key: Option<&str>, list: &CertificateList, language: Language) -> Finding {
    let part = Part::ApiV3Key;
    // A merchant may have given both the same text.
    let is_api_key = api_key.is_some_and(|own| keys.api_v3_key().is_some_and(|v3| v3.expose() == own));
    let take = language.pick(
        "first compare it with the APIv3 key (APIv3密钥) that other working programs of this mch_id use; it is not the APIv2 key (API密钥). \
         pay.weixin.qq.com does not show it, and a reset there invalidates it for all programs of this mch_id at once: do not reset it while \
         you are not sure",
        "请先与该商户号其他正常运行的程序使用的 APIv3 密钥核对；它不是 APIv2 密钥（API密钥）。商户平台不显示已设置的密钥；重新设置会使该商户号的所有程序同时失效，没有把握时不要重设",
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
