//! The kinds of faults.

use crate::config::Layout;
use crate::world::notice_fault::NoticeFault;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Reply(ReplyFault),
    Notice(NoticeFault),
}

/// A fault of the answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReplyFault {
    /// No answer; the connection is closed after this many milliseconds of the machine's time.
    Timeout {
        when: Timing,
        ms: u64,
    },
    SystemError(Timing),
    BankError(Timing),
    BadGateway(Timing),
    Truncated,
    NoSign,
    WrongSign,
    ExtraFields,
    Layout(Layout),
    /// Milliseconds of the machine's time.
    Slow {
        ms: u64,
    },
    /// An errcode of the open platform, with its text.
    ErrCode(i32, String),
    /// The request is refused, and has no effect.
    Refused(Refused),
    /// APIv3: a probe, whose signature is wrong and says so (`WECHATPAY/SIGNTEST/`).
    Probe,
    /// APIv3: signed an hour ago.
    StaleTimestamp,
    /// APIv3: signed by a key that the merchant does not have.
    UnknownSerial,
    /// APIv3: 429, before or after the effect.
    Frequency(Timing),
    /// APIv3: another `Request-ID`; none when it is empty.
    RequestId(String),
    /// Trade bills: how the merchant's own texts are written.
    BillTexts(BillTexts),
    /// Trade bills: a day without business has a file all the same.
    EmptyBill,
}

/// How a bill writes the merchant's own texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BillTexts {
    /// As they are: APIv2, unless a fault says otherwise.
    Plain,
    /// With escapes: APIv3 (protocol v3 §10.4), unless a fault says otherwise.
    Escaped,
}

/// A refusal that a fault words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// `err_code` of APIv2, `code` of APIv3. Empty for a refusal of APIv2 in `return_msg` alone.
    pub(crate) code: String,
    pub(crate) message: String,
    /// APIv3 alone.
    pub(crate) status: u16,
}

/// Whether the request is lost on its way in, or its answer on the way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timing {
    Before,
    After,
}

/// The API that a path belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    /// The payment API: signed XML.
    V2,
    /// APIv3: JSON, signed in the headers.
    V3,
    /// The open platform: JSON with errcode.
    Platform,
}

/// A path that is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) path: &'static str,
    pub(crate) api: Api,
}

/// The paths of trade bills.
const TRADE_BILLS: [&str; 2] = ["/pay/downloadbill", "/v3/bill/tradebill"];

impl ReplyFault {
    /// Whether the fault makes sense for a path.
    pub(crate) fn fits(&self, endpoint: Endpoint) -> bool {
        self.fits_api(endpoint.api) && self.paths().is_none_or(|paths| paths.contains(&endpoint.path))
    }

    /// The paths that the fault is for; `None` when it is for all of an API.
    pub(super) fn paths(&self) -> Option<&'static [&'static str]> {
        matches!(self, Self::BillTexts(_) | Self::EmptyBill).then_some(&TRADE_BILLS)
    }

    /// Whether the fault makes sense for an API: signatures and layouts are the payment API's, errcodes the platform's.
    pub(super) fn fits_api(&self, api: Api) -> bool {
        match self {
            Self::Timeout { .. } | Self::BadGateway(_) | Self::Truncated | Self::Slow { .. } => true,
            Self::SystemError(_)
            | Self::BankError(_)
            | Self::NoSign
            | Self::WrongSign
            | Self::ExtraFields
            | Self::Refused(_) => api != Api::Platform,
            Self::Layout(_) => api == Api::V2,
            Self::Probe | Self::StaleTimestamp | Self::UnknownSerial | Self::Frequency(_) | Self::RequestId(_) => {
                api == Api::V3
            }
            Self::BillTexts(_) | Self::EmptyBill => api != Api::Platform,
            Self::ErrCode(..) => api == Api::Platform,
        }
    }
}

/// The requests and notifications that a fault applies to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Scope {
    pub(crate) out_trade_no: Option<String>,
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) times: Option<u64>,
    pub(crate) probability: Option<f64>,
}

/// A request that faults are drawn for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FaultTarget<'a> {
    pub(crate) endpoint: Endpoint,
    pub(crate) out_trade_no: Option<&'a str>,
}
