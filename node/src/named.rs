//! Calls whose arguments cross under their names. The calls of the payment API cross as names and values in one text; see `job.rs`.

use std::time::Duration;

use napi_derive::napi;
use wxpaykit::binding::job::{self, Job, Message};
use wxpaykit::binding::kind::{self, Row};
use wxpaykit::client::{Pending, V3Page};
use wxpaykit::platform::jssdk::PageConfig;
use wxpaykit::v3::request::Call as V3Call;
use wxpaykit::v3::{Download, Headers, Upload};
use wxpaykit::{ApiVersion, CodeOptions, Error, Secret};

use crate::handling::fen;
use crate::value::typed;

/// A call and its arguments. Kinds are `payment`, `refund` and `transfer`, amounts are digits of fen, times are in milliseconds unless they say otherwise.
#[napi(discriminant = "call", object_to_js = false)]
pub enum NamedCall {
    Check,
    /// The body of the notification is passed separately. `headers` are names and values, one after the other.
    Confirm {
        kind: String,
        headers: Option<Vec<String>>,
    },
    /// The body of the notification is passed separately. `takes` are the kinds that the caller takes besides payments; with
    /// `others`, a notification of APIv3 of no kind is returned as it is.
    Begin {
        takes: Vec<Takes>,
        others: bool,
        headers: Option<Vec<String>>,
    },
    /// The body of the notification is passed separately.
    V3Notification {
        headers: Vec<String>,
    },
    /// `failures`: whether those that failed are handed over too.
    BeginPending {
        kind: String,
        rows: Vec<PendingRow>,
        failures: bool,
    },
    WaitForPayment {
        out_trade_no: String,
        total_fee: String,
        within: i64,
        hand_over: bool,
        sub_mch_id: Option<String>,
        combine_out_trade_no: Option<String>,
    },
    JssdkConfig {
        url: String,
        debug: bool,
        js_api_list: Vec<String>,
        open_tag_list: Vec<String>,
    },
    JssdkAccessToken {
        refused: Option<String>,
    },
    JssdkJsapiTicket,
    /// `page` is `jsapi`, `choose_wxpay`, `miniprogram` or `app`.
    V3Params {
        page: String,
        prepay_id: String,
        appid: Option<String>,
        partnerid: Option<String>,
    },
    /// `json` is JSON text.
    V3Call {
        method: String,
        path: String,
        query: Vec<TypedField>,
        json: Option<String>,
        sensitive: Vec<String>,
    },
    /// The bytes of the file are passed separately, unless `file` says where it is. `meta` is JSON text.
    V3Upload {
        file: Option<String>,
        filename: Option<String>,
        path: Option<String>,
        meta: Option<String>,
    },
    V3Download {
        download_url: String,
        hash_type: Option<String>,
        hash_value: Option<String>,
        stream: bool,
    },
    WecomConfig {
        url: String,
        debug: bool,
        js_api_list: Vec<String>,
    },
    WecomAgentConfig {
        url: String,
        js_api_list: Vec<String>,
    },
    WecomAccessToken {
        refused: Option<String>,
    },
    WecomJsapiTicket,
    WecomAgentTicket,
}

/// A kind that the caller of `notify.handle` takes, and whether it takes those that failed.
#[napi(object, object_to_js = false)]
pub struct Takes {
    pub kind: String,
    pub failures: bool,
}

/// A pending thing. `created` is in seconds since 1970.
#[napi(object, object_to_js = false)]
pub struct PendingRow {
    pub number: String,
    pub fee: String,
    pub created: i64,
    pub sub_mch_id: Option<String>,
    pub combine_out_trade_no: Option<String>,
}

/// How many pending things are asked for in one call.
#[napi(catch_unwind)]
pub fn at_once() -> u32 {
    kind::AT_ONCE
}

/// The most bytes of an upload.
#[napi(catch_unwind)]
pub fn largest_upload() -> u32 {
    u32::try_from(wxpaykit::v3::upload::LARGEST).unwrap_or(u32::MAX)
}

/// A field, its value behind the letter of its type.
#[napi(object, object_to_js = false)]
pub struct TypedField {
    pub name: String,
    pub value: String,
}

/// How a payment by code runs, in milliseconds.
#[napi(object, object_to_js = false)]
pub struct CodeTimes {
    pub within: Option<i64>,
    pub interval: Option<i64>,
    pub reverse_after: Option<i64>,
    /// Whether an order whose result is not known in time is cancelled.
    pub reverse: bool,
    /// `v2` or `v3`.
    pub api: Option<String>,
}

/// A payment by code that is taken up again; the amount in digits of fen.
#[napi(object, object_to_js = false)]
pub struct CodeOrder {
    pub out_trade_no: String,
    pub total_fee: String,
    pub sub_mch_id: Option<String>,
}

impl NamedCall {
    /// The job of this call; `body` is that of a notification, or the bytes of a file.
    pub(crate) fn job(self, body: Vec<u8>) -> Result<Job, Error> {
        Ok(match self {
            Self::Check => Job::Check,
            Self::Confirm { kind, headers } => {
                Job::Confirm { kind: kind::find(&kind)?, message: message_of(body, headers) }
            }
            Self::V3Notification { headers } => Job::V3Notification(message_of(body, Some(headers))),
            Self::Begin { takes, others, headers } => {
                let takes = takes
                    .into_iter()
                    .map(|Takes { kind, failures }| Ok(job::Takes { kind: kind::find(&kind)?, failures }));
                Job::Begin { message: message_of(body, headers), takes: takes.collect::<Result<_, Error>>()?, others }
            }
            Self::BeginPending { kind, rows, failures } => {
                let kind = kind::find(&kind)?;
                let rows = rows.into_iter().map(|row| {
                    let PendingRow { number, fee, created, sub_mch_id, combine_out_trade_no } = row;
                    let fee = fen(kind.fee(), &fee)?;
                    Ok(Row { number, fee, created, sub_mch_id, combine_out_trade_no })
                });
                Job::BeginPending { kind, rows: rows.collect::<Result<_, Error>>()?, failures }
            }
            Self::WaitForPayment { out_trade_no, total_fee, within, hand_over, sub_mch_id, combine_out_trade_no } => {
                let total_fee = fen("totalFee", &total_fee)?;
                let order = Pending { out_trade_no, total_fee, created: 0, sub_mch_id, combine_out_trade_no };
                Job::WaitForPayment { order, within: time(within), hand_over }
            }
            Self::JssdkConfig { url, debug, js_api_list, open_tag_list } => {
                Job::JssdkConfig(PageConfig { url, debug, js_api_list, open_tag_list })
            }
            Self::JssdkAccessToken { refused } => Job::JssdkAccessToken { refused: refused.map(Secret::new) },
            Self::JssdkJsapiTicket => Job::JssdkJsapiTicket,
            Self::V3Params { page, prepay_id, appid, partnerid } => {
                Job::V3Params { page: V3Page::parse(&page)?, prepay_id, appid, partnerid }
            }
            Self::V3Call { method, path, query, json, sensitive } => {
                let query = query.into_iter().map(|TypedField { name, value }| (name.into(), typed(&value)));
                Job::V3Call(V3Call { method, path, query: query.collect(), json, sensitive })
            }
            Self::V3Upload { file, filename, path, meta } => Job::V3Upload(upload_of(file, filename, path, meta, body)),
            Self::V3Download { download_url, hash_type, hash_value, stream } => {
                let download = Download::new(download_url);
                let download = download.with_hash(hash_type.as_deref(), hash_value.as_deref())?;
                if stream { Job::V3OpenFile(download) } else { Job::V3Download(download) }
            }
            Self::WecomConfig { url, debug, js_api_list } => {
                Job::WecomConfig(PageConfig { url, debug, js_api_list, open_tag_list: Vec::new() })
            }
            Self::WecomAgentConfig { url, js_api_list } => Job::WecomAgentConfig { url, js_api_list },
            Self::WecomAccessToken { refused } => Job::WecomAccessToken { refused: refused.map(Secret::new) },
            Self::WecomJsapiTicket => Job::WecomJsapiTicket,
            Self::WecomAgentTicket => Job::WecomAgentTicket,
        })
    }
}

/// An upload of a file, or of these bytes.
fn upload_of(
    file: Option<String>,
    filename: Option<String>,
    path: Option<String>,
    meta: Option<String>,
    body: Vec<u8>,
) -> Upload {
    let mut upload = match (file, filename) {
        (Some(file), Some(filename)) => Upload::file(file).filename(filename),
        (Some(file), None) => Upload::file(file),
        (None, filename) => Upload::bytes(filename.unwrap_or_default(), body),
    };
    if let Some(path) = path {
        upload = upload.path(path);
    }
    match meta {
        Some(meta) => upload.meta(meta),
        None => upload,
    }
}

/// A notification; its headers are names and values, one after the other.
fn message_of(body: Vec<u8>, headers: Option<Vec<String>>) -> Message {
    Message { body, headers: headers.map(|texts| headers_of(&texts)) }
}

pub(crate) fn headers_of(texts: &[String]) -> Headers {
    Headers::read(texts.chunks_exact(2).filter_map(|pair| Some((pair.first()?.as_str(), pair.get(1)?.as_str()))))
}

impl From<CodeTimes> for CodeOptions {
    fn from(CodeTimes { within, interval, reverse_after, reverse, api }: CodeTimes) -> Self {
        let mut options = Self::default();
        options.within = within.map_or(options.within, time);
        options.interval = interval.map_or(options.interval, time);
        options.reverse_after = reverse_after.map_or(options.reverse_after, time);
        options.reverse = reverse;
        options.api = api.map(|api| ApiVersion::from(&*api));
        options
    }
}

fn time(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or_default())
}
