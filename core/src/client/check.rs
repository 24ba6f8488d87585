//! `check`: whether a client can work, for start-up and readiness probes.

use std::time::Duration;

use super::check_v3::V3Findings;
use super::clock;
use super::finding::{CheckReport, Finding, Part, State, beyond_check, reach, without};
use super::inner::{WxPay, nonce, now};
use super::pages::new_out_trade_no;
use crate::codes::{Meaning, is_provider_without_sub_mch_id};
use crate::crypto::identity::Validity;
use crate::error::{Error, Kind};
use crate::explanation::Language;
use crate::hosts;
use crate::secret::Secret;
use crate::v2::order::Orderquery;

/// A larger difference between two clocks is a failure, in seconds.
const CLOCK_TOLERANCE: i64 = 60;
/// How long the store keeps the value that checks it, if it cannot be deleted.
const CHECK_LIFE: Duration = Duration::from_secs(10);

impl WxPay {
    /// Checks that this client can work: the store, the API key, the keys of APIv3, the AppSecret, this machine's clock and `notify_url`.
    /// No request is sent for a key that is not set.
    ///
    /// It sends an `orderquery` and a `v3.query` for a number that no order has, a `v3.certificates` if `api_v3_key` is set, and a
    /// `stable_token` if there is an AppSecret. All may be repeated, and take at most the call timeout each, at the same time. Call it when a
    /// process starts, and for readiness probes at most once a minute.
    pub async fn check(&self) -> CheckReport {
        self.check_in(Language::English).await
    }

    /// As [`WxPay::check`], with the findings in a language. Texts of errors inside them stay as they are.
    #[doc(hidden)]
    pub async fn check_in(&self, language: Language) -> CheckReport {
        let (store, key, v3, secret) = tokio::join!(
            self.check_store(language),
            self.check_key(language),
            self.check_v3(language),
            self.check_app_secret(language)
        );
        let (key, ahead) = key;
        let V3Findings { findings: of_v3, is_sent: is_v3_sent, ahead: ahead_of_v3 } = v3;
        let is_sent = self.merchant().key().is_ok() || is_v3_sent;
        let has_failed = std::iter::once(&key).chain(&of_v3).any(|finding| finding.state == State::Failed);
        let clock = check_clock(ahead.or(ahead_of_v3), is_sent, has_failed, language);
        let (notify_url, certificate) = (self.check_notify_url(language), self.check_client_cert(language));
        let found = [store, key].into_iter().chain(of_v3).chain([secret, clock, notify_url, certificate]);
        CheckReport::of(found.collect())
    }

    async fn check_store(&self, language: Language) -> Finding {
        match self.try_store().await {
            Ok(()) => Finding::ok(Part::Store, language.pick("the store keeps values", "存储可以读写")),
            Err(error) => {
                let cause = error.causes().next().map(|cause| format!(": {cause}")).unwrap_or_default();
                Finding::failed(
                    Part::Store,
                    format!("{}{cause}", error.message(language)),
                    language.pick(
                        "without a store payments are not handed over; see that its folder or its server is there, and that \
                         this process may write to it",
                        "没有存储就不会交付任何支付；请确认目录或服务器存在，并且本进程有写权限",
                    ),
                )
            }
        }
    }

    async fn try_store(&self) -> Result<(), Error> {
        let (store, name, value) = (&self.0.store, self.0.keys.look(&nonce()?), Secret::new("checked"));
        let added = store.add(&name, &value, CHECK_LIFE).await?;
        let kept = store.get(&name).await?;
        let taken_for_it = store.get(&name.to_ascii_uppercase()).await?;
        let deleted = store.compare_and_set(&name, &value, &value, Duration::ZERO).await?;
        let left = store.get(&name).await?;
        if taken_for_it.is_some() {
            return Err(Error::store(
                "the store takes keys that differ by case alone for one, and WeChat's numbers differ by case: compare keys byte by byte \
                 (in MySQL: a binary collation)",
            ));
        }
        if added && kept == Some(value) && deleted && left.is_none() {
            return Ok(());
        }
        Err(Error::store("the store does not give back what it was given, so it cannot keep the ledger of payments"))
    }

    async fn check_key(&self, language: Language) -> (Finding, Option<i64>) {
        if self.merchant().key().is_err() {
            let message = language.pick(
                "api_key is not set: calls and notifications of APIv2 cannot be used",
                "没有设置 api_key：不能使用 APIv2 的接口和通知",
            );
            return (Finding::not_set(Part::ApiKey, message), None);
        }
        let asked = async {
            let query = Orderquery::new().out_trade_no(new_out_trade_no("CHECK")?);
            self.orderquery(query).await
        };
        let (answer, skew) = clock::watching(asked).await;
        (key_finding(answer.err().as_ref(), language), skew)
    }

    async fn check_app_secret(&self, language: Language) -> Finding {
        let is_corp = self.merchant().is_corp();
        if is_corp && self.merchant().wecom().is_err() {
            let message = language.pick(
                "corp_secret and agent_id are not set: WeCom cannot be used",
                "没有设置 corp_secret 和 agent_id：不能使用企业微信",
            );
            return Finding::not_set(Part::AppSecret, message);
        }
        if !is_corp && self.merchant().app_secret().is_err() {
            let message = language.pick(
                "app_secret is not set: OAuth and the JS-SDK cannot be used",
                "没有设置 app_secret：不能使用网页授权和 JS-SDK",
            );
            return Finding::not_set(Part::AppSecret, message);
        }
        let asked = if is_corp { self.ask_wecom_token().await } else { self.ask_access_token().await };
        match asked {
            Ok(()) if is_corp => {
                let message = language
                    .pick("WeCom gives a token for corpid and corp_secret", "corpid 和 corp_secret 可以取得 token");
                Finding::ok(Part::AppSecret, message)
            }
            Ok(()) => {
                let message =
                    language.pick("WeChat gives a token for appid and AppSecret", "appid 和 AppSecret 可以取得 token");
                Finding::ok(Part::AppSecret, message)
            }
            Err(error) => {
                let known = error.remedy(language);
                let remedy = match error.kind() {
                    Kind::OAuth { .. } => known.unwrap_or(language.pick(
                        "see that app_secret is the AppSecret of this appid, the one that its other working programs use",
                        "请确认 app_secret 是这个 appid 的 AppSecret，与它其他正常运行的程序一致",
                    )),
                    _ => reach(language),
                };
                Finding::failed(Part::AppSecret, without(&error, language), remedy)
            }
        }
    }

    fn check_notify_url(&self, language: Language) -> Finding {
        let part = Part::NotifyUrl;
        let Some(url) = &self.0.merchant.notify_url else {
            let message = language
                .pick("notify_url is not set: each order has to name one", "没有设置 notify_url：每个订单都要自己带上");
            return Finding::not_set(part, message);
        };
        if !self.asks_wechat() {
            let message = language.pick(
                "endpoints is set, so an emulator has to reach notify_url, not WeChat",
                "设置了 endpoints：需要访问 notify_url 的是模拟器，而不是微信",
            );
            return Finding::ok(part, message);
        }
        if hosts::is_private(url) {
            let message = match language {
                Language::English => {
                    format!("WeChat cannot reach {url}: it is an address of this machine or of a private network")
                }
                Language::Chinese => format!("微信访问不到 {url}：这是本机或内网的地址"),
            };
            let remedy = language.pick(
                "set a public address; for development use the emulator, or a tunnel to this machine",
                "请设置公网地址；开发时请使用模拟器，或通往本机的隧道",
            );
            return Finding::failed(part, message, remedy);
        }
        Finding::ok(part, language.pick("notify_url is a public address", "notify_url 是公网地址"))
    }

    fn check_client_cert(&self, language: Language) -> Finding {
        let part = Part::ClientCert;
        let Some(identity) = self.0.merchant.identity() else {
            let message = match self.merchant().key() {
                Ok(_) => language.pick(
                    "client_cert is not set: refunds and other calls of APIv2 that need the certificate cannot be sent",
                    "没有设置 client_cert：不能发送 APIv2 的退款等需要商户证书的请求",
                ),
                Err(_) => language.pick(
                    "client_cert is not set: its dates cannot be checked; APIv3 needs its serial number alone",
                    "没有设置 client_cert：无法检查证书有效期；APIv3 只需要它的序列号",
                ),
            };
            return Finding::not_set(part, message);
        };
        let now = now();
        let Some(remark) = identity.remark(now) else { return Finding::ok(part, &identity.describe_in(language)) };
        let (message, remedy) = (without(&remark, language), remark.remedy(language).unwrap_or_default());
        match identity.validity(now) {
            Validity::Valid | Validity::EndsSoon => Finding::attention(part, message, remedy),
            Validity::Expired | Validity::NotYet => Finding::failed(part, message, remedy),
        }
    }

    /// Whether calls go to WeChat's own hosts.
    pub(super) fn asks_wechat(&self) -> bool {
        self.0.open == hosts::Hosts::default().open
    }
}

/// Judges the API key by the reply to an `orderquery` for a nonexistent order.
fn key_finding(error: Option<&Error>, language: Language) -> Finding {
    let part = Part::ApiKey;
    let right = language.pick("WeChat accepts appid, mch_id and API key", "微信接受 appid、mch_id 和 API 密钥");
    let key_remedy = language.pick(
        "api_key is not the APIv2 key (API密钥) of this mch_id: first compare it with the key that other working programs of this mch_id use. \
         pay.weixin.qq.com does not show the key, and a reset there invalidates it for all programs of this mch_id at once: do not reset it \
         while you are not sure. An APIv3 key or a sub-merchant's key does not work; a service provider uses its own",
        "api_key 不是这个 mch_id 的 APIv2 密钥（API密钥）：请先与该商户号其他正常运行的程序使用的密钥核对。商户平台不显示已设置的密钥；重新设置会使该商户号的所有程序同时失效，没有把握时不要重设。不能用 APIv3 密钥或子商户的密钥；服务商用自己的密钥",
    );
    let see = language.pick(
        "see that mch_id is right and that api_key is its APIv2 key (API密钥), the one that other working programs of this mch_id use",
        "请确认 mch_id 正确，并且 api_key 是它的 APIv2 密钥（API密钥），与该商户号其他正常运行的程序一致",
    );
    let Some(error) = error else { return Finding::ok(part, right) };
    let known = beyond_check(error, language);
    match error.kind() {
        Kind::Business { .. } if error.meaning() == Some(Meaning::NotFound) => Finding::ok(part, right),
        // The refusal is signed with the key, so the key is right.
        Kind::Business { err_code_des, .. } if is_provider_without_sub_mch_id(err_code_des) => Finding::ok(part, right),
        Kind::Business { .. } => {
            let told = without(error, language);
            let message = match language {
                Language::English => format!("the API key is right, and WeChat refuses a query: {told}"),
                Language::Chinese => format!("API 密钥正确，但微信拒绝了查询：{told}"),
            };
            let remedy = known.unwrap_or(language.pick(
                "see that the merchant may use this appid and this call at pay.weixin.qq.com > 产品中心",
                "请到 pay.weixin.qq.com > 产品中心 确认该商户可以使用这个 appid 和这个接口",
            ));
            Finding::failed(part, message, remedy)
        }
        // Such a refusal is not signed, so it does not say that the key is right.
        Kind::Protocol { return_msg } if is_provider_without_sub_mch_id(return_msg) => not_checked(error, language),
        Kind::Signature { .. } => Finding::failed(part, error.message(language), key_remedy),
        Kind::Protocol { .. } => {
            // Other refusals that are not signed say nothing of the key.
            let remedy = if error.is_sign_error() { key_remedy } else { see };
            Finding::failed(part, without(error, language), known.unwrap_or(remedy))
        }
        _ => {
            let told = error.message(language);
            let message = match language {
                Language::English => format!("the API key could not be checked: {told}"),
                Language::Chinese => format!("无法检查 API 密钥：{told}"),
            };
            Finding::failed(part, message, reach(language))
        }
    }
}

/// The key of a provider whose orders name the sub-merchant: no query fits without its number.
fn not_checked(error: &Error, language: Language) -> Finding {
    let told = without(error, language);
    let (message, remedy) = match language {
        Language::English => (
            format!("the API key was not checked: {told}"),
            "this mch_id is a service provider's, and its settings name no sub-merchant: check a client of one of them, which has \
             sub_mch_id in its settings, or make an orderquery with sub_mch_id",
        ),
        Language::Chinese => (
            format!("没有检查 API 密钥：{told}"),
            "该商户号是服务商，设置里没有子商户：请检查设置了 sub_mch_id 的客户端，或带上 sub_mch_id 查询一笔订单",
        ),
    };
    Finding { part: Part::ApiKey, state: State::NotSet, message, remedy: Some(remedy.to_owned()) }
}

/// The clock, by the `Date` of a reply: whether a request was sent, and whether a check by one has failed.
fn check_clock(ahead: Option<i64>, is_sent: bool, has_failed: bool, language: Language) -> Finding {
    let part = Part::Clock;
    match ahead {
        Some(seconds) if seconds.abs() <= CLOCK_TOLERANCE => {
            Finding::ok(part, language.pick("this machine's clock agrees with WeChat's", "本机时钟与微信一致"))
        }
        Some(seconds) => {
            let remedy = language.pick(
                "set it by NTP: APIv3 refuses requests that are more than 300 s off, orders close at the wrong time, and tokens are \
                 renewed too late",
                "请用 NTP 校时：相差超过 300 秒时 APIv3 会拒绝请求，订单会在错误的时间关闭，token 也会更新得太晚",
            );
            Finding::failed(part, clock::said(seconds, language), remedy)
        }
        None if !is_sent => {
            let message = language.pick("the clock was not checked: no query was sent", "没有检查时钟：没有发送查询");
            Finding::not_set(part, message)
        }
        None if has_failed => {
            let message = language
                .pick("the clock could not be checked: WeChat did not reply", "无法检查时钟：没有收到微信的应答");
            Finding::failed(part, message, reach(language))
        }
        None => {
            let message = language.pick(
                "the clock could not be checked: WeChat's reply has no Date header; a proxy may have removed it",
                "无法检查时钟：微信的应答没有 Date 头，可能被代理去掉了",
            );
            Finding::not_set(part, message)
        }
    }
}
