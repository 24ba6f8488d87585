//! APIv3: what a client does under `pay.v3`.

use std::sync::PoisonError;

use bytes::Bytes;
use tokio::time::Instant;

use super::attempts::{JSON, OutgoingRequest, RawReply, Streamed, V3_ACCEPT, V3Signing};
use super::clock;
use super::inner::{WxPay, nonce, now};
use super::perform::{next_step, order, secrets};
use super::platform_keys::Platform;
use super::route::Route;
use super::subject;
use crate::codes::CLOCK_WRONG;
use crate::doctor::{Explanation, Language, Mistake};
use crate::error::{Error, Kind};
use crate::fields::Fields;
use crate::fork;
use crate::notify::of_sub_merchant;
use crate::page::{self, PageParams, SignedBy};
use crate::retry::RetryClass;
use crate::secret::Secret;
use crate::table::row::{Call as _, Document, Endpoint, Method};
use crate::v3::catalogue;
use crate::v3::notification::V3Notification;
use crate::v3::order::{V3App, V3Jsapi, V3PrepayReply};
use crate::v3::reply::{self, Opener, RAW};
use crate::v3::request::{self, Call, Target};
use crate::v3::{Evidence, Headers, explain};
use crate::value::Params;
use crate::wire::xml::MAX_BYTES;

/// The calls of APIv3, and the parameters for pages and apps that open the cashier of its orders.
#[derive(Clone, Copy, Debug)]
pub struct V3<'a>(pub(super) &'a WxPay);

/// An error with the published path that was probably meant, for a status that WeChat's router gives without a word.
pub(super) fn named(error: Error, method: &str, path: &str, status: u16) -> Error {
    let hint = Some(path).filter(|_| [404, 405].contains(&status)).and_then(|path| catalogue::hint(method, path));
    match hint {
        Some(hint) => error.noted(hint),
        None => error,
    }
}

impl WxPay {
    /// APIv3. It needs `client_cert` with `client_key`, or `client_p12`; and `platform_public_key` with its id, or `api_v3_key`, with
    /// which the client downloads platform certificates.
    pub fn v3(&self) -> V3<'_> {
        V3(self)
    }
}

impl V3<'_> {
    /// The parameters for `WeixinJSBridge.invoke('getBrandWCPayRequest', …)`, for an order that APIv3 made. `appid` is the one whose
    /// openid the order has; `None` for the one of the order if this process made it, else for the settings' `sub_appid` or `appid`.
    ///
    /// # Errors
    /// `InvalidRequest` as of [`WxPay::jsapi_params`]; `Config` when the settings have no private key.
    pub fn jsapi_params(&self, prepay_id: &str, appid: Option<&str>) -> Result<PageParams, Error> {
        let appid = self.0.payer_appid(prepay_id, appid)?;
        let _work = fork::begin();
        page::jsapi(self.0.merchant(), SignedBy::PrivateKey, prepay_id, appid.as_deref(), now(), &nonce()?)
    }

    /// The parameters for `wx.chooseWXPay`; `appid` as in [`Self::jsapi_params`].
    ///
    /// # Errors
    /// As [`Self::jsapi_params`].
    pub fn choose_wxpay_params(&self, prepay_id: &str, appid: Option<&str>) -> Result<PageParams, Error> {
        self.jsapi_params(prepay_id, appid).map(PageParams::into_choose_wxpay)
    }

    /// The parameters for `wx.requestPayment` of a mini program; `appid` as in [`Self::jsapi_params`].
    ///
    /// # Errors
    /// As [`Self::jsapi_params`].
    pub fn miniprogram_params(&self, prepay_id: &str, appid: Option<&str>) -> Result<PageParams, Error> {
        self.jsapi_params(prepay_id, appid).map(PageParams::into_miniprogram)
    }

    /// The parameters for the Open SDK's `PayReq` in an app; `appid` and `partnerid` as in [`WxPay::app_params`].
    ///
    /// # Errors
    /// As [`WxPay::app_params`].
    pub fn app_params(
        &self,
        prepay_id: &str,
        appid: Option<&str>,
        partnerid: Option<&str>,
    ) -> Result<PageParams, Error> {
        let (appid, partnerid) = (self.0.payer_appid(prepay_id, appid)?, self.0.partnerid(prepay_id, partnerid)?);
        let (appid, partnerid, signed_by) = (appid.as_deref(), partnerid.as_deref(), SignedBy::PrivateKey);
        let _work = fork::begin();
        page::app(self.0.merchant(), signed_by, prepay_id, appid, partnerid, (now(), &nonce()?))
    }

    /// The parameters for `WeixinJSBridge.invoke('requestMerchantTransfer', …)` of a page and `wx.requestMerchantTransfer` of a mini program,
    /// where the customer confirms a transfer. `package_info` is of the reply of [`Self::transfer`]. An app hands them to the Open SDK. Nothing
    /// is signed, and what the page answers proves nothing: ask [`Self::transfer_query`].
    ///
    /// # Errors
    /// `InvalidRequest` when `package_info` is malformed.
    pub fn transfer_params(&self, package_info: &str) -> Result<PageParams, Error> {
        page::transfer_params(self.0.merchant(), package_info)
    }

    /// Verifies and decrypts a notification of any kind, such as of a transfer or of profit sharing. `headers` are those of the request. It
    /// is not confirmed, and it may have come before: `notify.handle` does both for payments, refunds and
    /// transfers.
    ///
    /// # Errors
    /// `Signature`, `Mismatch` (also when it names another sub-merchant than the settings), `Config`, and the errors of downloading platform
    /// certificates.
    pub async fn notification(&self, body: &[u8], headers: &Headers) -> Result<V3Notification, Error> {
        if body.trim_ascii_start().starts_with(b"<") {
            return Err(Error::malformed_message("body", "is XML: notify.handle takes notifications of APIv2"));
        }
        let notification = self.0.notify().open_v3(body, headers).await?;
        of_sub_merchant(&notification, self.0.merchant())?;
        Ok(notification)
    }

    /// Sends a call that has no method: signed, its reply verified, its members as they are. A GET may be repeated by the client; when the
    /// result of another call is unknown, query it before it is repeated.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn call(&self, call: &Call) -> Result<Fields, Error> {
        self.0.call_v3(call).await
    }

    /// Creates an order, and makes the parameters for the page or app that opens its cashier. `params` are the fields of `jsapi`; for
    /// [`V3Page::App`] those of `app`.
    ///
    /// # Errors
    /// Those of the call, and of [`Self::jsapi_params`].
    pub async fn order_and_params(&self, page: V3Page, params: &Params<'_>) -> Result<PageParams, Error> {
        let endpoint = match page {
            V3Page::App => V3App::ENDPOINT,
            V3Page::Jsapi | V3Page::ChooseWXPay | V3Page::Miniprogram => V3Jsapi::ENDPOINT,
        };
        let order = V3PrepayReply::from_fields(self.0.execute(endpoint, params).await?);
        self.params(page, order.prepay_id(), None, None)
    }

    /// The parameters for one kind of page, or for an app.
    #[doc(hidden)]
    pub fn params(
        &self,
        page: V3Page,
        prepay_id: &str,
        appid: Option<&str>,
        partnerid: Option<&str>,
    ) -> Result<PageParams, Error> {
        match page {
            V3Page::Jsapi => self.jsapi_params(prepay_id, appid),
            V3Page::ChooseWXPay => self.choose_wxpay_params(prepay_id, appid),
            V3Page::Miniprogram => self.miniprogram_params(prepay_id, appid),
            V3Page::App => self.app_params(prepay_id, appid, partnerid),
        }
    }
}

/// What opens the cashier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum V3Page {
    /// `WeixinJSBridge` in a page.
    Jsapi,
    /// `wx.chooseWXPay` of the JS-SDK.
    ChooseWXPay,
    /// `wx.requestPayment` of a mini program.
    Miniprogram,
    /// The Open SDK in an app.
    App,
}

impl V3Page {
    /// From `jsapi`, `choose_wxpay`, `miniprogram` or `app`.
    ///
    /// # Errors
    /// `InvalidRequest`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match text {
            "jsapi" => Ok(Self::Jsapi),
            "choose_wxpay" => Ok(Self::ChooseWXPay),
            "miniprogram" => Ok(Self::Miniprogram),
            "app" => Ok(Self::App),
            _ => Err(Error::invalid("page", "must be jsapi, choose_wxpay, miniprogram or app")),
        }
    }
}

impl WxPay {
    /// Sends a call of APIv3 by its row. It has to end by `end`.
    pub(super) async fn perform_v3(
        &self,
        endpoint: &'static Endpoint,
        params: &Params<'_>,
        end: Instant,
    ) -> Result<Fields, Error> {
        let name = endpoint.name;
        // A wrong setting is said before a wrong field, and both before anything is sent.
        self.merchant().v3().and_then(|keys| keys.signer()).map_err(|error| error.at(name))?;
        let mut request = request::complete(endpoint, params, self.merchant())?;
        let platform = self.platform(end, NOT_SENT).await.map_err(|error| error.at(name))?;
        let sent_fields = request.fields().clone();
        let is_sensitive = request.is_sensitive();
        if is_sensitive {
            let (_, key) = encrypting(&platform).map_err(|error| error.at(name))?;
            fork::apart(|| request.encrypt(key))?;
        }
        let next_step = next_step((name, endpoint), params, &sent_fields);
        let method = match endpoint.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
        };
        let class = endpoint.retry_class(params);
        let sent = OutgoingRequest {
            out_trade_no: order(&sent_fields),
            secrets: secrets(endpoint, params),
            ..v3_sent(name, class, method, request.target(), self.v3_travels(&platform, is_sensitive, end))
        };
        let read = |received: &RawReply| {
            let platform = self.known_platform();
            let opener = self.opener(&platform)?;
            let message = received.message();
            let reply = fork::apart(|| reply::read(endpoint, class, &message, &opener))?;
            reply::answers(endpoint, class, &sent_fields, &reply)
                .map_err(|error| error.answered(message.status, message.request_id, true))?;
            self.0.payers.remember_v3(self.merchant(), &sent_fields, &reply);
            Ok(reply)
        };
        self.send_v3(sent, read).await.map_err(|error| match next_step {
            Some(step) => step.after(error),
            None => error,
        })
    }

    async fn call_v3(&self, call: &Call) -> Result<Fields, Error> {
        self.merchant().v3().and_then(|keys| keys.signer()).map_err(|error| error.at(RAW))?;
        // What is wrong with the call is said before a key is asked for.
        call.target(None).map_err(|error| error.at(RAW))?;
        let end = Instant::now() + self.0.limits.timeout;
        let platform = self.platform(end, NOT_SENT).await.map_err(|error| error.at(RAW))?;
        let key = if call.is_encrypted() { Some(encrypting(&platform).map_err(|error| error.at(RAW))?) } else { None };
        let target = fork::apart(|| call.target(key.map(|(_, key)| key))).map_err(|error| error.at(RAW))?;
        let method = call.method.parse().map_err(|_| Error::invalid("method", "is not an HTTP method").at(RAW))?;
        let class = if call.method == "GET" { RetryClass::Safe } else { RetryClass::QueryFirst };
        let sent = v3_sent(RAW, class, method, target, self.v3_travels(&platform, key.is_some(), end));
        let read = |received: &RawReply| {
            let platform = self.known_platform();
            let opener = self.opener(&platform)?;
            let reply = fork::apart(|| reply::read_raw(class, &call.sensitive, &received.message(), &opener));
            reply.map_err(|error| named(error, &call.method, &call.path, received.status))
        };
        self.send_v3(sent, read).await
    }

    /// How a call travels: the key that is to sign its reply is named, or the one that its fields are encrypted for.
    pub(super) fn v3_travels(&self, platform: &Platform, is_encrypted: bool, end: Instant) -> V3Signing {
        let public = self.merchant().v3().ok().and_then(|keys| keys.public_key());
        // A public key is named always: without it WeChat may sign by a certificate while the merchant changes over.
        let named = public.map(|(id, _)| id.to_owned());
        let encrypts = platform.encrypts.as_ref().filter(|_| is_encrypted).map(|(id, _)| id.clone());
        V3Signing { serial: encrypts.or(named), looks_for_keys: true, end: Some(end), ..V3Signing::default() }
    }

    /// What verifies and decrypts a reply.
    pub(super) fn opener<'a>(&'a self, platform: &'a Platform) -> Result<Opener<'a>, Error> {
        Ok(Opener { keys: &platform.keys, private_key: &self.merchant().v3()?.signer()?.key, now: now() })
    }

    /// Sends a call of APIv3. `read` verifies the reply. A refused signature (401) has the text that was signed, and its likely cause.
    pub(super) async fn send_v3<T>(
        &self,
        sent: OutgoingRequest,
        read: impl Fn(&RawReply) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.send_v3_to(&self.0.pay, sent, |received| read(received)).await
    }

    /// As [`WxPay::send_v3`], to other hosts than the payment API's, and for a reply that may be a stream, which `read` takes out.
    pub(super) async fn send_v3_to<T>(
        &self,
        route: &Route,
        sent: OutgoingRequest,
        read: impl Fn(&mut RawReply) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let signed = sent.v3.as_ref().map(|v3| std::sync::Arc::clone(&v3.signed)).unwrap_or_default();
        let (method, path, secrets) = (sent.method.to_string(), sent.path.clone(), sent.secrets.clone());
        let serial = sent.v3.as_ref().and_then(|v3| v3.serial.clone());
        let meta = sent.v3.as_ref().and_then(|v3| v3.meta.clone());
        let body = meta.map_or_else(|| sent.body.clone(), Bytes::from);
        let reading = |mut received: RawReply| {
            let error = match read(&mut received) {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if let (Some(serial), true) = (&serial, refuses_the_serial(&error)) {
                let english = format!("the request named {serial}");
                return Err(error.noted_in_both(english, format!("请求里用的是 {serial}")));
            }
            if received.status != 401 || !matches!(error.kind(), Kind::Protocol { .. }) {
                return Err(error);
            }
            let (authorization, text) = signed.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let found = self.why_refused(&method, &path, &body, &authorization, &received);
            let error = error.signed_over(self.merchant().masked(&text, &secrets).unwrap_or(text));
            Err(match found {
                // This client signed it just now, so nothing else than the clock can be the cause.
                Some(found) if [Mistake::CLOCK_SKEW, Mistake::CLOCK_TIME_ZONE].contains(&found.mistake) => {
                    let ahead = received.signature.date.as_deref().and_then(clock::ahead_of);
                    let said = |language| {
                        ahead.map_or_else(
                            || found.mistake.title(language).to_owned(),
                            |ahead| clock::said(ahead, language),
                        )
                    };
                    error.noted_in_both(said(Language::English), said(Language::Chinese)).meaning_as(Some(&CLOCK_WRONG))
                }
                Some(found) => {
                    let english = format!("likely: {}", found.message(Language::English));
                    error.noted_in_both(english, format!("可能的原因：{}", found.message(Language::Chinese)))
                }
                None => error,
            })
        };
        self.attempts_streamed(route, sent, reading).await
    }

    /// Why WeChat refused a signature of this client's, as far as it can be found out.
    pub(super) fn why_refused(
        &self,
        method: &str,
        path: &str,
        body: &[u8],
        authorization: &str,
        reply: &RawReply,
    ) -> Option<Explanation> {
        let signer = self.merchant().v3().ok()?.signer().ok()?;
        let headers = Headers {
            date: reply.signature.date.clone(),
            // Both are sent always: only words of WeChat's can say that one did not arrive.
            accept: Some(V3_ACCEPT.to_owned()),
            user_agent: Some(SENT_USER_AGENT.to_owned()),
            ..Headers::default()
        };
        let evidence = Evidence {
            headers: Some(&headers),
            body,
            now: Some(now()),
            method: Some(method),
            url: Some(path),
            authorization: Some(authorization),
            mch_id: Some(self.merchant().mch_id()),
            serial_no: Some(&signer.serial),
            public_key: Some(signer.key.public()),
            reply: Some(&reply.body),
            ..Evidence::default()
        };
        explain(&evidence).ok().filter(|found| !SAID_ALREADY.contains(&found.mistake))
    }
}

/// Whether WeChat refuses the key that `Wechatpay-Serial` of the request names.
fn refuses_the_serial(error: &Error) -> bool {
    let said = match error.kind() {
        Kind::Protocol { return_msg } => return_msg,
        Kind::Business { err_code_des, .. } => err_code_des,
        _ => return false,
    };
    said.contains("Wechatpay-Serial错误")
}

/// What it means for a call that the platform certificates could not be downloaded.
pub(super) const NOT_SENT: &str = "so the call was not sent";
/// The beginning of the header `User-Agent`, which the transport adds.
const SENT_USER_AGENT: &str = "wxpaykit";

/// The tokens in an address of a file: whoever has one and a merchant's key has the file.
pub(super) fn tokens(path: &str) -> Vec<Secret> {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    query.split('&').filter_map(|pair| pair.strip_prefix("token=")).map(Secret::new).collect()
}

/// A call of APIv3 to a target.
pub(super) fn v3_sent(
    name: &'static str,
    class: RetryClass,
    method: http::Method,
    target: Target,
    v3: V3Signing,
) -> OutgoingRequest {
    OutgoingRequest {
        name,
        class,
        method,
        secrets: tokens(&target.path),
        path: target.path,
        content_type: target.body.as_ref().map(|_| JSON),
        body: Bytes::from(target.body.unwrap_or_default()),
        reply_bytes: MAX_BYTES,
        streamed: Streamed::None,
        out_trade_no: subject::current(),
        v3: Some(v3),
    }
}

/// The key that encrypts for WeChat Pay, with its id.
fn encrypting(platform: &Platform) -> Result<(&str, &crate::v3::VerifyingKey), Error> {
    let missing =
        || Error::config("platform_public_key", "is not set, and there is no platform certificate to encrypt with");
    platform.encrypts.as_ref().map(|(id, key)| (id.as_str(), key)).ok_or_else(missing)
}

/// What adds nothing to WeChat Pay's words for a refusal, which the error has.
const SAID_ALREADY: [Mistake; 8] = [
    Mistake::NONE,
    Mistake::V3_UNKNOWN,
    Mistake::REFUSED_ALL_THE_SAME,
    Mistake::REFUSED_FOR_ANOTHER_REASON,
    Mistake::API_V3_KEY_NOT_SET,
    Mistake::CERTIFICATE_REPLACED,
    Mistake::CERTIFICATE_NOT_APPLIED,
    Mistake::MERCHANT_UNKNOWN,
];
