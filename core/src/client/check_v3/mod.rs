//! `check` of APIv3: whether WeChat accepts a signed request, what the APIv3 key decrypts, and whose signature its replies have.

mod api_v3_key;
mod certificate_list;
mod client_key;
mod platform_keys;
mod signed_reply;
mod texts;

use tokio::time::Instant;

use self::certificate_list::CertificateList;
use super::attempts::{OutgoingRequest, V3Signing};
use super::certs::certificates_sent;
use super::clock;
use super::finding::{Finding, Part};
use super::inner::WxPay;
use super::pages::new_out_trade_no;
use super::v3::v3_sent;
use crate::error::Error;
use crate::explanation::Language;
use crate::retry::RetryClass;
use crate::table::row::Call as _;
use crate::v3::order::V3Query;
use crate::v3::request;

/// The findings about APIv3.
pub(super) struct V3Findings {
    pub(super) findings: Vec<Finding>,
    /// Whether requests were sent.
    pub(super) is_sent: bool,
    /// By how many seconds this machine's clock is ahead of WeChat's.
    pub(super) ahead: Option<i64>,
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
            if !reply.is_probe() {
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
            client_key::finding(&query, &platform.keys, language),
            api_v3_key::finding(keys, self.merchant().key().ok(), &list, language),
            platform_keys::finding(keys, &list, &query, &platform.keys, language),
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
