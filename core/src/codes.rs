//! What codes mean: WeChat's `err_code`, `code` and `errcode`, some of its texts, and our own codes. One table each; no
//! other file interprets a code.

use std::borrow::Cow;

use crate::explanation::Language;

/// Whose code it is. The same code may mean something else elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// `err_code` and `return_msg` of APIv2.
    V2,
    /// `code` of APIv3.
    V3,
    /// `errcode` of the open platform.
    Platform,
    /// `errcode` of WeCom.
    WeCom,
}

/// What a refusal says about the request, and so what is safe now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// WeChat failed. It may have acted: repeat only what may be repeated.
    Trouble,
    /// Not taken, because there were too many requests, or WeChat was busy. The same request works in a moment.
    TooMany,
    /// The outcome is unknown: query it.
    AskFirst,
    /// Not taken. The same request works once the cause is gone: a quota, a balance, a bill that is not made yet.
    Later,
    /// The access token has expired. Not taken: get another token and repeat once.
    DeadToken,
    /// WeChat has nothing under this number. The same question gets the same answer.
    NotFound,
    /// Refused for good. The same request is refused again.
    Final,
}

/// One meaning, and the codes and texts of WeChat that have it.
#[derive(Debug)]
pub struct Row {
    /// Whose codes they are.
    pub apis: &'static [Api],
    /// The calls in which they mean this, where they mean something else in others: by name, and of APIv2 by path where a call has no
    /// method. Empty for all calls.
    pub calls: &'static [&'static str],
    /// The codes and texts.
    pub names: &'static [Name],
    /// What they say about the request.
    pub meaning: Meaning,
    /// What they mean for people, and what to do.
    pub english: &'static str,
    /// The same in Chinese.
    pub chinese: &'static str,
    /// The meaning without the advice, in both languages, for errors that give a more exact next step.
    pub(crate) cause: Option<[&'static str; 2]>,
}

/// A code of WeChat's, or a text that it sends without a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// The code; empty for a text that comes without one.
    pub code: &'static str,
    /// A part of WeChat's words that tells this row from others of the same code; empty for all words.
    pub words: &'static str,
}

impl Row {
    /// What it means for people, and what to do.
    pub fn remedy(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.english,
            Language::Chinese => self.chinese,
        }
    }

    /// The name that a code with these words has here.
    fn name_of(&self, api: Api, code: &str, words: &str) -> Option<&Name> {
        let is_it = |name: &&Name| same(name.code, code) && contains(words, name.words);
        self.names.iter().find(is_it).filter(|_| self.apis.contains(&api))
    }

    /// What it means for people, in the text of an error that says itself what to do.
    pub(crate) fn cause(&self, language: Language) -> &'static str {
        self.cause.map_or(self.remedy(language), |[english, chinese]| language.pick(english, chinese))
    }
}

/// A text with what codes mean in Chinese where it has that in English.
pub(crate) fn with_chinese_remedies(text: &str) -> Cow<'_, str> {
    let rows = || {
        ROWS.iter().chain([
            &QUERY_BEFORE,
            &QUERY_FIRST,
            &CODE_KEPT,
            &CODE_MAY_BE_USED,
            &CLOCK_WRONG,
            &FAILED_AND_CANCELLED,
        ])
    };
    // A cause is the beginning of a longer text, which is looked for first.
    let texts = rows().map(|row| [row.english, row.chinese]).chain(rows().filter_map(|row| row.cause));
    texts.filter(|[english, _]| !english.is_empty()).fold(Cow::Borrowed(text), |text, [english, chinese]| {
        match text.contains(english) {
            true => Cow::Owned(text.replace(english, chinese)),
            false => text,
        }
    })
}

/// The row of a code, or of WeChat's words (`return_msg`, `err_code_des`) where the code is empty or not in the table. Words about
/// the signature win over a code that refuses for good: what to do is the same, whatever WeChat calls it.
pub fn find(api: Api, code: &str, words: &str) -> Option<&'static Row> {
    let row = |code: &str| ROWS.iter().find(|row| row.calls.is_empty() && row.name_of(api, code, words).is_some());
    let of_code = row(code);
    if api == Api::V2 && names_signature(words) && of_code.is_none_or(|row| row.meaning == Meaning::Final) {
        return row("SIGNERROR");
    }
    of_code.or_else(|| row(""))
}

/// The row of a code that means something of its own in this call. It says the same about the request as the row of all calls, which counts
/// where WeChat's words say more than the code.
pub(crate) fn of_call(api: Api, call: &str, code: &str, words: &str) -> Option<&'static Row> {
    let mut own = ROWS.iter().filter(|row| row.calls.contains(&call));
    let (row, name) = own.find_map(|row| Some((row, row.name_of(api, code, words)?)))?;
    let usual = find(api, code, words).and_then(|row| row.name_of(api, code, words));
    let says_more = usual.is_some_and(|usual| name.words.is_empty() && !usual.words.is_empty());
    (!says_more && !names_signature(words)).then_some(row)
}

/// What a code says about the request. What the table does not have is final.
pub fn meaning(api: Api, code: &str, words: &str) -> Meaning {
    find(api, code, words).map_or(Meaning::Final, |row| row.meaning)
}

/// What a code means for people, and what to do.
pub fn remedy(api: Api, code: &str, words: &str, language: Language) -> Option<&'static str> {
    find(api, code, words).map(|row| row.remedy(language))
}

/// The row of a refusal of APIv3. A code that is not in the table is read by the status.
pub(crate) fn of_v3(status: u16, code: &str, words: &str) -> Option<&'static Row> {
    find(Api::V3, code, words).or_else(|| match status {
        429 => find(Api::V3, "FREQUENCY_LIMITED", ""),
        202 => find(Api::V3, "ACCEPTED", ""),
        500..=599 => find(Api::V3, "SYSTEM_ERROR", ""),
        _ => None,
    })
}

/// The row in the place of [`Meaning::Trouble`]'s for a call of APIv3 that may act twice when it is repeated. The error names the query.
pub static QUERY_BEFORE: Row = Row {
    apis: &[Api::V3],
    calls: &[],
    names: &[],
    meaning: Meaning::Trouble,
    english: "WeChat is busy, failed, or has not finished it, and may have acted. Query it before anything else.",
    chinese: "微信繁忙、出错或尚未处理完，可能已经处理。请务必先查询。",
    cause: Some([
        "WeChat is busy, failed, or has not finished it, and may have acted.",
        "微信繁忙、出错或尚未处理完，可能已经处理。",
    ]),
};

/// The same for a call that the table does not have.
pub static QUERY_FIRST: Row = Row {
    apis: &[Api::V3],
    calls: &[],
    names: &[],
    meaning: Meaning::Trouble,
    english: "WeChat is busy, failed, or has not finished it, and may have acted. Query first; repeat only if WeChat has nothing under the number.",
    chinese: "微信繁忙、出错或尚未处理完，可能已经处理：请先查询；只有查询不到该单号时才能重试。",
    // The SDK does not know which query fits such a call.
    cause: None,
};

/// The row in the place of [`Meaning::Trouble`]'s for a login whose code a busy WeChat does not use up.
pub static CODE_KEPT: Row = Row {
    apis: &[Api::Platform],
    calls: &[],
    names: &[],
    meaning: Meaning::TooMany,
    english: "WeChat is busy, and the code is not used up. Repeat with the same code in a few seconds.",
    chinese: "微信系统繁忙，code 没有被使用：请几秒后用同一个 code 重试。",
    cause: None,
};

/// The same for a call of which no document says whether its code is used up then.
pub static CODE_MAY_BE_USED: Row = Row {
    apis: &[Api::Platform, Api::WeCom],
    calls: &[],
    names: &[],
    meaning: Meaning::Trouble,
    english: "WeChat failed, and may have used the code up. Ask for another code.",
    chinese: "微信系统繁忙，code 可能已被使用：请重新获取 code。",
    cause: None,
};

/// The row in the place of `PAYERROR`'s, where the order was cancelled since.
pub static FAILED_AND_CANCELLED: Row = Row {
    apis: &[Api::V2, Api::V3],
    calls: &[],
    names: &[],
    meaning: Meaning::Final,
    english: "The payment failed, and the order is cancelled. For another try use a new out_trade_no.",
    chinese: "支付失败，订单已经撤销。如需重试，请换新的 out_trade_no。",
    cause: None,
};

/// The row in the place of that of a refused signature, where the clock of the machine that signed is wrong.
pub static CLOCK_WRONG: Row = Row {
    apis: &[Api::V3],
    calls: &[],
    names: &[],
    meaning: Meaning::Final,
    english: "Set this machine's clock by NTP. The same call works then.",
    chinese: "请用 NTP 校准本机时钟，之后同样的请求就会成功。",
    cause: None,
};

/// Whether a code is about the caller, who is checked before the number of a request is looked up: it says nothing of an earlier attempt.
#[cfg(feature = "client")]
pub(crate) fn is_about_caller(code: &str) -> bool {
    ["NOAUTH", "REQUEST_BLOCKED", "MCH_NOT_EXISTS", "APPID_MCHID_NOT_MATCH", "SIGNERROR"]
        .iter()
        .any(|own| same(own, code))
}

/// Whether WeChat says that it has nothing under a number. Only WeChat knows these codes, and it looks numbers up after it verified the signature
/// of the request.
#[cfg(feature = "client")]
pub(crate) fn is_number_unknown(code: &str) -> bool {
    same(code, "ORDERNOTEXIST") || same(code, "RESOURCE_NOT_EXISTS")
}

/// Our own code of a refused bill.
pub(crate) fn of_bill(row: &Row) -> Option<ErrorCode> {
    let has = |code: &str| row.names.iter().any(|name| name.code == code);
    match () {
        () if has("NO_BILL_EXIST") || has("20002") => Some(ErrorCode::NoBill),
        () if has("BILL_CREATING") => Some(ErrorCode::BillNotReady),
        () => None,
    }
}

/// Whether WeChat refused to send a file because its address is no longer valid: the address is all that such a request has.
#[cfg(feature = "client")]
pub(crate) fn is_address_expired(code: &str) -> bool {
    same(code, "INVALID_REQUEST")
}

/// Whether WeChat refused the signature of the request, in any of its wordings.
pub fn is_sign_error(code: &str, words: &str) -> bool {
    names_signature(words) || same(code, "SIGNERROR")
}

/// Whether words are about a signature: all of WeChat's wordings have 签名, or are `SIGN ERROR` without a code.
fn names_signature(words: &str) -> bool {
    let mut parts = words.split(|c: char| !(c.is_ascii_alphabetic() || matches!(c, '_' | ' ')));
    words.contains("签名") || parts.any(|part| same(&part.to_ascii_uppercase(), "SIGNERROR"))
}

/// Whether WeChat refused a provider's call because it names no sub-merchant.
#[cfg(feature = "client")]
pub(crate) fn is_provider_without_sub_mch_id(words: &str) -> bool {
    words.contains("受理机构必须传入")
}

/// Whether WeChat's words are about the merchant's certificate.
pub(crate) fn is_certificate_error(words: &str) -> bool {
    words.contains("证书") || contains(words, "certificate")
}

/// What a page of WeChat's gateway says of the merchant's certificate; `None` for another page. Its status is 400, or 200 behind
/// some proxies.
pub(crate) fn refused_certificate(page: &[u8]) -> Option<&'static str> {
    const WORDS: [&str; 2] = ["No required SSL certificate was sent", "The SSL certificate error"];
    let page = String::from_utf8_lossy(page.get(..4096).unwrap_or(page));
    WORDS.into_iter().find(|words| page.contains(words))
}

/// Whether a payment code was taken, and its customer has to confirm.
pub(crate) fn awaits_customer(code: &str) -> bool {
    same(code, "USERPAYING")
}

/// Whether the payment of a payment code failed, and WeChat asks to cancel its order.
pub(crate) fn is_pay_error(code: &str) -> bool {
    same(code, "PAYERROR")
}

/// Whether an order's number was used before: it is paid, or has an order of other fields.
pub(crate) fn is_number_used(code: &str, words: &str) -> bool {
    same(code, "ORDERPAID")
        || same(code, "OUT_TRADE_NO_USED")
        || ["商户订单号重复", "订单重入", "请求重入", "订单已支付"].iter().any(|text| words.contains(text))
}

/// Whether a reply of status 404 to `/v3/certificates` says that the merchant has none. A path that a gateway does not know has another code.
#[cfg(feature = "client")]
pub(crate) fn has_no_certificates(code: &str) -> bool {
    same(code, "RESOURCE_NOT_EXISTS")
}

/// WeChat spells some codes in several ways: `NOAUTH` and `NO_AUTH`, `SIGNERROR`, `SIGN_ERROR` and `SIGN ERROR`.
fn same(a: &str, b: &str) -> bool {
    fn letters(code: &str) -> impl Iterator<Item = u8> {
        code.bytes().filter(|byte| !matches!(byte, b'_' | b' '))
    }
    letters(a).eq(letters(b))
}

/// In any case of ASCII letters: `No Bill Exist` is also spelled `NO Bill Exist`.
fn contains(text: &str, part: &str) -> bool {
    part.is_empty() || text.to_ascii_lowercase().contains(&part.to_ascii_lowercase())
}

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])+ $name:ident $code:literal $class:literal;)+) => {
        /// Our own code of an error, the same in Rust, Python and Node.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[doc = $doc])+ $name,)+
        }

        impl ErrorCode {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code as users read it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }

            /// The class of the error in Python and Node; empty where they raise something else.
            pub fn class(self) -> &'static str {
                match self {
                    $(Self::$name => $class,)+
                }
            }

            /// The code of an error of this class that a program makes itself without a code, in Python and Node.
            pub fn of_class(class: &str) -> Option<Self> {
                const DEFAULTS: [ErrorCode; 10] = [
                    ErrorCode::Error,
                    ErrorCode::Config,
                    ErrorCode::InvalidRequest,
                    ErrorCode::Network,
                    ErrorCode::Protocol,
                    ErrorCode::Business,
                    ErrorCode::SignMismatch,
                    ErrorCode::Store,
                    ErrorCode::PaymentMismatch,
                    ErrorCode::OAuth,
                ];
                DEFAULTS.into_iter().find(|code| code.class() == class)
            }

            /// The code for a reply that repeats this field with another value than the request had.
            pub(crate) fn mismatch(field: &str) -> Self {
                // `refund_fee_mismatch` is about what the merchant recorded, not about a request.
                let of_field = |code: &&Self| {
                    code.as_str().strip_suffix("_mismatch") == Some(field) && **code != Self::RefundFeeMismatch
                };
                Self::ALL.iter().find(of_field).copied().unwrap_or(Self::ReplyMismatch)
            }

            /// What it means.
            pub fn doc(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($doc),+).trim_ascii(),)+
                }
            }
        }
    };
}

error_codes! {
    /// An error of the base class that a program made itself, without a code.
    Error "error" "WxPayError";
    /// This package failed: please report it. If the call moves money, query before you repeat it.
    Internal "internal" "TransportError";
    /// A setting is missing or wrong. The message says what to do.
    Config "config" "ConfigError";
    /// A key cannot be read: it is damaged, of another kind, or something else.
    KeyFormat "key_format" "ConfigError";
    /// The APIv3 key does not have 32 bytes.
    KeyLength "key_length" "ConfigError";
    /// A certificate was given in place of a private key.
    KeyIsCertificate "key_is_certificate" "ConfigError";
    /// A public key was given in place of a private key.
    KeyIsPublic "key_is_public" "ConfigError";
    /// A private key was given in place of a public key or a certificate.
    KeyIsPrivate "key_is_private" "ConfigError";
    /// A field breaks a rule. Nothing was sent.
    InvalidRequest "invalid_request" "InvalidRequest";
    /// The body of a notification is not the bytes that WeChat sent: another parser took it, or it was not read to its end.
    NotRawBody "not_raw_body" "InvalidRequest";
    /// The body of a notification is larger than the limit.
    BodyTooLarge "body_too_large" "InvalidRequest";
    /// An amount of money has the wrong form.
    InvalidAmount "invalid_amount" "InvalidRequest";
    /// A time is out of range, or has the wrong form.
    InvalidTime "invalid_time" "InvalidRequest";
    /// The name of a field cannot be an XML element.
    InvalidName "invalid_name" "InvalidRequest";
    /// A field contains a character that XML does not allow.
    InvalidChar "invalid_char" "InvalidRequest";
    /// A document is not well-formed XML.
    XmlMalformed "xml_malformed" "InvalidRequest";
    /// A document has something that WeChat never sends, such as a DOCTYPE.
    XmlForbidden "xml_forbidden" "InvalidRequest";
    /// The root of a document is not `<xml>`.
    XmlRoot "xml_root" "InvalidRequest";
    /// A document has an element inside a field.
    XmlNested "xml_nested" "InvalidRequest";
    /// A document has a field twice.
    XmlDuplicate "xml_duplicate" "InvalidRequest";
    /// A document is longer, or has more fields, than any of WeChat's.
    XmlTooLarge "xml_too_large" "InvalidRequest";
    /// A document is not UTF-8.
    XmlEncoding "xml_encoding" "InvalidRequest";
    /// A bill cannot be read: see the line that the message names. A spreadsheet may have changed the file.
    BillMalformed "bill_malformed" "InvalidRequest";
    /// A bill ended before its totals, or has other rows than its totals say: it was cut off.
    BillIncomplete "bill_incomplete" "InvalidRequest";
    /// What was encrypted does not decrypt with this key.
    DecryptFailed "decrypt_failed" "InvalidRequest";
    /// The session key does not fit the user data of a mini program: the customer may have logged in again.
    SessionKeyMismatch "session_key_mismatch" "InvalidRequest";
    /// A downloaded bill is not the one that its hash belongs to.
    HashMismatch "hash_mismatch" "InvalidRequest";
    /// A text is too long for RSA-OAEP: 214 bytes with a key of 2048 bits.
    PlaintextTooLong "plaintext_too_long" "InvalidRequest";
    /// No connection was made. Nothing was sent.
    Connect "connect" "TransportError";
    /// The TLS handshake failed. Nothing was sent.
    Tls "tls" "TransportError";
    /// More than `max_connections` calls ran at once, and none ended within the time limit. Nothing was sent.
    PoolTimeout "pool_timeout" "TransportError";
    /// There was no reply within the time limit. `outcome` says whether the request was sent.
    Timeout "timeout" "TransportError";
    /// The caller gave the call up. `outcome` says whether the request was sent.
    Cancelled "cancelled" "TransportError";
    /// The connection broke. `outcome` says whether the request was sent.
    Network "network" "TransportError";
    /// A page from a gateway came back instead of a reply.
    Gateway "gateway" "TransportError";
    /// The reply cannot be read.
    MalformedReply "malformed_reply" "TransportError";
    /// WeChat did not take the request (`return_code` FAIL).
    Protocol "protocol" "ProtocolError";
    /// There is no bill for the day. With `retry` `same_request` it is too early, and the message says when to download. With `never` nothing
    /// happened on that day, or it is more than three months ago.
    NoBill "no_bill" "ProtocolError";
    /// WeChat is still making the bill. The message says when to ask again.
    BillNotReady "bill_not_ready" "ProtocolError";
    /// WeChat did not take the merchant's certificate: it is missing, expired, or another merchant's.
    Certificate "certificate" "ProtocolError";
    /// WeChat refused the request (`result_code` FAIL); see its [code](#codes-of-wechat).
    Business "business" "BusinessError";
    /// The open platform or WeCom refused the request; see its [code](#codes-of-wechat).
    OAuth "oauth" "OAuthError";
    /// A message has no `sign`.
    SignMissing "sign_missing" "SignatureError";
    /// The `sign` of a message is not what its fields and the API key give.
    SignMismatch "sign_mismatch" "SignatureError";
    /// A message is signed with an algorithm that `accept_sign_types` does not name.
    SignTypeNotAllowed "sign_type_not_allowed" "SignatureError";
    /// APIv3: a message lacks one of the headers `Wechatpay-…`.
    HeaderMissing "header_missing" "SignatureError";
    /// APIv3: one of the headers `Wechatpay-…` cannot be read.
    HeaderMalformed "header_malformed" "SignatureError";
    /// APIv3: a message was signed more than 300 seconds ago, or so far in the future.
    TimestampExpired "timestamp_expired" "SignatureError";
    /// APIv3: `Wechatpay-Serial` names a key that is not known.
    SerialUnknown "serial_unknown" "SignatureError";
    /// APIv3: WeChat Pay tests whether signatures are checked (签名探测). Refuse the message as any other with a wrong signature.
    SignatureProbe "signature_probe" "SignatureError";
    /// APIv3: the signature of a message is not what its text and the key give.
    SignatureMismatch "signature_mismatch" "SignatureError";
    /// APIv3: a downloaded bill is not the one whose hash WeChat Pay signed. Rows that were read may be wrong: download it again.
    BillHashMismatch "bill_hash_mismatch" "SignatureError";
    /// APIv3: a downloaded file is not the one whose hash WeChat Pay signed. It was cut short or changed: download it again.
    FileHashMismatch "file_hash_mismatch" "SignatureError";
    /// An error of this class that a program made itself, without a code.
    PaymentMismatch "payment_mismatch" "PaymentMismatch";
    /// An authentic message lacks a field, or has one of another kind.
    MalformedMessage "malformed_message" "PaymentMismatch";
    /// An authentic message is about another appid.
    AppidMismatch "appid_mismatch" "PaymentMismatch";
    /// An authentic message is about another merchant.
    MchIdMismatch "mch_id_mismatch" "PaymentMismatch";
    /// An authentic message is about another sub-merchant.
    SubMchIdMismatch "sub_mch_id_mismatch" "PaymentMismatch";
    /// A reply is about another order.
    OutTradeNoMismatch "out_trade_no_mismatch" "PaymentMismatch";
    /// A reply is about another payment.
    TransactionIdMismatch "transaction_id_mismatch" "PaymentMismatch";
    /// A notification says that an order is paid, and WeChat answers that it is not.
    TradeStateMismatch "trade_state_mismatch" "PaymentMismatch";
    /// A notification says that a refund has its result, and WeChat answers that it has none.
    RefundStatusMismatch "refund_status_mismatch" "PaymentMismatch";
    /// A notification says that a transfer has its result, and WeChat answers that it has none.
    TransferStateMismatch "transfer_state_mismatch" "PaymentMismatch";
    /// Another amount was paid than was recorded.
    TotalFeeMismatch "total_fee_mismatch" "PaymentMismatch";
    /// Another amount was refunded than was recorded.
    RefundFeeMismatch "refund_fee_mismatch" "PaymentMismatch";
    /// Another amount was transferred than was recorded.
    TransferAmountMismatch "transfer_amount_mismatch" "PaymentMismatch";
    /// The payment or the refund is in another currency.
    FeeTypeMismatch "fee_type_mismatch" "PaymentMismatch";
    /// The payment is for an order that you do not know.
    OrderUnknown "order_unknown" "PaymentMismatch";
    /// The combined order that you named has no part with this number.
    PartUnknown "part_unknown" "PaymentMismatch";
    /// A reply repeats a field of the request with another value: it belongs to another request.
    ReplyMismatch "reply_mismatch" "PaymentMismatch";
    /// A refund failed (`REFUNDCLOSE`, `CHANGE`), and there is no function for failed refunds.
    RefundFailed "refund_failed" "WxPayError";
    /// A transfer failed or was cancelled (`FAIL`, `CANCELLED`), and there is no function for failed transfers.
    TransferFailed "transfer_failed" "WxPayError";
    /// The store failed, or did not answer in time.
    Store "store" "StoreError";
    /// Your own function failed. In Python and Node its own error is raised.
    Handler "handler" "";
}

/// The first text of each language, where there is a second one.
macro_rules! cause {
    ($english:literal, $chinese:literal, $english_step:literal, $chinese_step:literal) => {
        Some([$english, $chinese])
    };
    ($english:literal, $chinese:literal,,) => {
        None
    };
}

macro_rules! codes {
    ($(
        [$($api:ident)+] $(of [$($call:literal)+])? $($code:literal $($words:literal)?)|+ => $meaning:ident,
            $english:literal $(: $english_step:literal)?, $chinese:literal $(: $chinese_step:literal)?;
    )+) => {
        /// All codes whose meaning is known. Of two rows that fit, the first one counts; but one of the call itself counts before those of all calls.
        pub static ROWS: &[Row] = &[$(Row {
            apis: &[$(Api::$api),+],
            calls: &[$($($call),+)?],
            names: &[$(Name { code: $code, words: concat!($($words)?) }),+],
            meaning: Meaning::$meaning,
            english: concat!($english, $(" ", $english_step)?),
            chinese: concat!($chinese, $($chinese_step)?),
            cause: cause!($english, $chinese, $($english_step)?, $($chinese_step)?),
        }),+];
    };
}

codes! {
    // The request's signature and who sends it.
    [V2] "" "沙箱" => Final,
        "The old sandbox has a key of its own, from sandboxnew/pay/getsignkey. It is no longer kept up: test against \
         wxpaykit-emulator. With the real WeChat check api_key.",
        "旧沙箱使用 sandboxnew/pay/getsignkey 返回的密钥，且已不再维护；请用 wxpaykit-emulator 测试，正式环境请检查 api_key。";
    [V2] "" "签名" | "SIGNERROR" | "PARAM_ERROR" "签名" | "INVALID_REQUEST" "签名" => Final,
        "Most likely api_key is not the APIv2 key of this mch_id (pay.weixin.qq.com > 账户中心 > API安全). Run wxpaykit doctor: it asks \
         WeChat with this key. Of a request that other code signed, wxpaykit explain says what is wrong. An APIv3 key or a \
         sub-merchant's key does not work; a service provider uses its own. The page of wxpaykit-emulator names the mistake too.",
        "多半是 api_key 不是该商户号的 APIv2 密钥（商户平台 > 账户中心 > API安全）。请运行 wxpaykit doctor，它会用这个密钥询问微信；\
         如果请求是别的代码签名的，wxpaykit explain 会说明错在哪里。不能用 APIv3 密钥或子商户的密钥；服务商用自己的密钥。\
         wxpaykit-emulator 的页面也会指出是哪种错误。";
    [V3] "SIGN_ERROR" | "INVALID_REQUEST" "错误的签名" | "INVALID_REQUEST" "签名错误" => Final,
        "WeChat did not accept the request's signature. Run wxpaykit doctor: it asks WeChat with this key. It says whether client_key \
         belongs to the certificate of this mch_id, and whether the clock is right. Of a request that other code signed, \
         wxpaykit explain says what is wrong. Also look whether the certificate was replaced.",
        "微信支付验签失败。请运行 wxpaykit doctor，它会用这个私钥询问微信，检查 client_key 是否与该商户号的证书配套、服务器时间是否准确；\
         如果请求是别的代码签名的，wxpaykit explain 会说明错在哪里。还请确认证书没有更换过。";
    [V2] "WORKWX_SIGN_ERROR" => Final,
        "workwx_sign is wrong: it is made of fixed fields and the payment secret of WeCom, not of api_key.",
        "workwx_sign 不正确：它由固定字段和企业微信的支付 secret 生成，而不是 api_key。";
    [V2] "CA_ERROR" | "" "No required SSL certificate was sent" => Final,
        "The merchant's API certificate is missing or is not this mch_id's: check client_cert and client_key, or client_p12.",
        "未携带商户 API 证书，或证书不属于该商户号：请检查 client_cert 与 client_key，或 client_p12。";
    [V2] "" "证书" | "" "The SSL certificate error" => Final,
        "The merchant's API certificate is expired or is not this mch_id's: download a new one at pay.weixin.qq.com > 账户中心 > \
         API安全, and set client_cert and client_key, or client_p12.",
        "商户 API 证书已过期或不属于该商户号：请到商户平台 > 账户中心 > API安全 重新下载，并设置 client_cert 与 client_key，或 client_p12。";
    [V2] "" "certificate not match" => Final,
        "The certificate is another merchant's: check client_cert and client_key, or client_p12.",
        "证书属于其他商户：请检查 client_cert 与 client_key，或 client_p12。";
    [V2] "APPID_NOT_EXIST" | "" "appid不存在" => Final,
        "WeChat does not know this appid: copy it again from the console, without white space.",
        "appid 不存在：请从公众平台重新复制，注意不要带空格。";
    [V2 V3] "MCHID_NOT_EXIST" | "MCH_NOT_EXISTS" | "" "商户号mch_id或sub_mch_id不存在" => Final,
        "WeChat does not know this mch_id or sub_mch_id: copy it again from pay.weixin.qq.com.",
        "商户号 mch_id 或 sub_mch_id 不存在：请从商户平台重新复制。";
    [V2 V3] "APPID_MCHID_NOT_MATCH" | "" "商户号mch_id与appid不匹配" | "" "appid和mch_id不匹配" | "PARAM_ERROR" "appid和mch_id不匹配"
        | "INVALID_REQUEST" "appid和mch_id不匹配" | "PARAM_ERROR" "商户号mch_id与appid不匹配" => Final,
        "The appid is not bound to the mch_id: bind it at pay.weixin.qq.com > 产品中心 > AppID账号管理, and confirm it in the \
         account's own console.",
        "appid 未绑定到该商户号：请在商户平台 > 产品中心 > AppID账号管理 关联，并到公众平台确认授权。";
    [V2 V3] "NOAUTH" "无分账权限" => Final,
        "Profit sharing is not open for this merchant: apply for it at pay.weixin.qq.com > 产品中心. To return a share, its receiver must have \
         allowed returns there.",
        "商户号未开通分账：请在商户平台 > 产品中心 申请开通；分账回退还需分账接收方在该处授权。";
    [V2 V3] "NOAUTH" "父商户" => Final,
        "sub_mch_id is not a sub-merchant of this mch_id: a service provider checks it, and another merchant leaves it out.",
        "sub_mch_id 不是本商户号的子商户：服务商请检查该值，普通商户请不要传。";
    [V2 V3] "NOAUTH" "异常IP" | "INVALID_REQUEST" "异常IP" | "PARAM_ERROR" "异常IP" | "" "异常IP" => Final,
        "The console has a list of the IP addresses that may refund, and this server is not on it: add it at pay.weixin.qq.com, then \
         repeat with the same number.",
        "商户平台设置了退款 IP 白名单，本服务器不在其中：请在商户平台添加后，用原单号重试。";
    [V2 V3] "NOAUTH" "受理关系不" | "INVALID_REQUEST" "受理关系不" | "PARAM_ERROR" "受理关系不" | "NOAUTH" "授权已被解除" | "INVALID_REQUEST" "授权已被解除"
        | "PARAM_ERROR" "授权已被解除" | "NOAUTH" "未授权服务商" | "INVALID_REQUEST" "未授权服务商" | "PARAM_ERROR" "未授权服务商" => Final,
        "This sub-merchant has not authorized this service provider for the product: check sub_mch_id, and let the sub-merchant confirm it \
         at pay.weixin.qq.com > 产品中心 > 我授权的产品. It takes effect after about ten minutes. A merchant that is not a service provider \
         leaves sub_mch_id out.",
        "该子商户没有授权本服务商使用该产品：请检查 sub_mch_id，并请子商户在商户平台 > 产品中心 > 我授权的产品 中确认；新授权约十分钟后生效。\
         普通商户请不要传 sub_mch_id。";
    [V2 V3] "NOAUTH" "收款功能已被限制" | "INVALID_REQUEST" "收款功能已被限制" | "PARAM_ERROR" "收款功能已被限制" | "RULELIMIT" "收款功能已被限制"
        | "" "收款功能已被限制" => Final,
        "WeChat Pay does not let this merchant receive payments: log in at pay.weixin.qq.com and follow the instructions there.",
        "微信支付限制了该商户的收款功能：请登录商户平台按提示处理，恢复前用户无法付款。";
    [V2 V3] "NOAUTH" "其他人的订单" | "INVALID_REQUEST" "其他人的订单" | "PARAM_ERROR" "其他人的订单" | "INVALID_REQUEST" "商户号和订单信息不匹配"
        | "PARAM_ERROR" "商户号和订单信息不匹配" | "NOAUTH" "商户号和订单信息不匹配" => Final,
        "The order belongs to another merchant: use the mch_id that created it, and its sub_mch_id if it has one.",
        "该订单属于其他商户：请使用下单时的 mch_id；有 sub_mch_id 的订单也须传同一个。";
    [V2 V3] "NOAUTH" => Final,
        "The merchant has no right to this call, or WeChat's risk control stopped it: open the product at pay.weixin.qq.com > \
         产品中心; for transfers and red packets check the IP list there too.",
        "商户没有该接口的权限，或被微信风控拦截：请在商户平台 > 产品中心 开通；转账和红包还需检查 IP 白名单。";
    [V2] "" "产品权限未开通" => Final,
        "This product is not open for the merchant: apply for it at pay.weixin.qq.com > 产品中心.",
        "商户号未开通该产品：请在商户平台 > 产品中心 申请开通。";
    [V2] "" "支付权限" => Final,
        "This way to pay is not open for the merchant: apply for it at pay.weixin.qq.com > 产品中心.",
        "商户号未开通这种支付方式：请在商户平台 > 产品中心 申请开通。";
    [V3] "" "受理机构必须传入" | "PARAM_ERROR" "受理机构必须传入" | "INVALID_REQUEST" "受理机构必须传入"
        | "INVALID_REQUEST" "受理机构发起退款时" | "PARAM_ERROR" "受理机构发起退款时" => Final,
        "This mch_id is a service provider's: set sub_mch_id in the settings, or give sub_mchid with the call. In a combined \
         order give sub_mchid in each of sub_orders.",
        "该商户号是服务商：请在设置中填 sub_mch_id，或在调用时传入 sub_mchid；合单请在 sub_orders 的每个子单中传 sub_mchid。";
    [V2] "" "受理机构必须传入" | "PARAM_ERROR" "受理机构必须传入" | "INVALID_REQUEST" "受理机构必须传入"
        | "INVALID_REQUEST" "受理机构发起退款时" | "PARAM_ERROR" "受理机构发起退款时" => Final,
        "This mch_id is a service provider's: set sub_mch_id in the settings, or give it with the call.",
        "该商户号是服务商：请在设置中或调用时传入 sub_mch_id。";
    [V2 V3] "" "普通商户不允许传sub_mch_id" | "PARAM_ERROR" "普通商户不允许传sub_mch_id"
        | "INVALID_REQUEST" "普通商户不允许传sub_mch_id" => Final,
        "This mch_id is not a service provider's: leave sub_mch_id (APIv3: sub_mchid) out of the call and of the settings.",
        "该商户号是普通商户：调用时和设置中都不要传 sub_mch_id（APIv3 为 sub_mchid）。";
    [V2] "ILLEGAL_APPID" => Final,
        "This appid cannot be used here: it must be a public account's or a mini program's, not an app's.",
        "此处不能使用该 appid：必须是公众号或小程序的 appid，不能是移动应用的。";
    [V2] "NO_COMPETENCE" => Final,
        "The merchant may not use this call: see the product's page at pay.weixin.qq.com.",
        "商户没有该接口的使用资格：请查看商户平台的产品页面。";
    [V2] "WORKWX_MCHID_ERROR" => Final,
        "The corp and the merchant are not bound: bind them in the WeCom console (应用管理 > 企业支付).",
        "企业微信与商户号未绑定：请在企业微信管理后台 > 应用管理 > 企业支付 中绑定。";
    [V2] "API_METHOD_CLOSED" => Final,
        "WeChat closed this call.",
        "微信支付已关闭该接口。";

    // The request's form.
    [V3] "PARAM_ERROR" "平台证书序列号Wechatpay-Serial错误" | "INVALID_REQUEST" "平台证书序列号Wechatpay-Serial错误" => Final,
        "Wechatpay-Serial names a key that this merchant does not have. Where platform_public_key_id is set: it begins with PUB_KEY_ID_ and has \
         digits behind it; copy it from pay.weixin.qq.com (account centre, API security), together with the key (pub_key.pem). A client without \
         the two settings uses the platform certificates.",
        "Wechatpay-Serial 指定的公钥或证书不是该商户的。设置了 platform_public_key_id 的：它以 PUB_KEY_ID_ 开头，后面是数字，请到 \
         pay.weixin.qq.com > 账户中心 > API安全 复制，并与公钥（pub_key.pem）一起取得。不设置这两项时使用平台证书。";
    [V3] "PARAM_ERROR" "必须传openid" | "INVALID_REQUEST" "必须传openid" => Final,
        "The payer's openid is missing: give payer.openid, or payer.sp_openid or payer.sub_openid as a service provider.",
        "缺少付款人的 openid：请传 payer.openid；服务商传 payer.sp_openid 或 payer.sub_openid。";
    [V3] "INVALID_REQUEST" "分账接收方关系不存在" | "PARAM_ERROR" "分账接收方关系不存在" => Final,
        "The receiver was not added: call v3.profitsharing_add_receiver first, then share again with the same out_order_no.",
        "尚未添加该分账接收方：请先调用 v3.profitsharing_add_receiver，再用同一个 out_order_no 请求分账。";
    [V3] "INVALID_REQUEST" "非分账订单不支持分账" | "PARAM_ERROR" "非分账订单不支持分账" => Final,
        "The order was made without settle_info.profit_sharing, and cannot be shared. Its money was settled to the merchant.",
        "下单时没有传 settle_info.profit_sharing，该订单不能分账，资金已结算给商户。";
    [V3] "PARAM_ERROR" "平台私钥解密失败" | "INVALID_REQUEST" "平台私钥解密失败" | "PARAM_ERROR" "是否为加密后的密文"
        | "INVALID_REQUEST" "是否为加密后的密文" => Final,
        "WeChat could not decrypt a sensitive field. Calls of the table are encrypted by the client; for v3.call name the member in \
         sensitive=. Check that platform_public_key and platform_public_key_id belong together.",
        "微信支付无法解密敏感字段：已有方法由客户端加密；用 v3.call 时请在 sensitive= 中列出该字段，并检查 platform_public_key 与 platform_public_key_id 是否配套。";
    [V3] "INVALID_REQUEST" "sub_openid不匹配" | "PARAM_ERROR" "sub_openid不匹配" | "OPENID_MISMATCH" "sub_openid不匹配" => Final,
        "The sub_openid belongs to another appid than sub_appid.",
        "sub_openid 不属于该 sub_appid。";
    [V2 V3] "PARAM_ERROR" "openid" | "OPENID_MISMATCH" | "" "无效的openid" | "INVALID_REQUEST" "无效的openid"
        | "" "openid与appid不匹配" | "" "openid和appid不匹配" | "INVALID_REQUEST" "openid与appid不匹配"
        | "INVALID_REQUEST" "openid和appid不匹配" | "INVALID_REQUEST" "appid与openid不匹配" => Final,
        "The openid belongs to another appid. An order's appid, the account that logged the customer in, and the page's appId must be \
         the same.",
        "openid 不属于该 appid：下单的 appid、获取 openid 的账号与页面的 appId 必须一致。";
    [V2] "OPENID_ERROR" => Final,
        "The openid belongs to another appid, or is not an openid.",
        "openid 不属于该 appid，或不是 openid。";
    [V2 V3] "" "JSAPI支付必须传openid" => Final,
        "trade_type JSAPI needs the customer's openid: get it from pay.oauth (public account) or jscode2session (mini program).",
        "JSAPI 支付需要用户的 openid：公众号通过网页授权获取，小程序通过 jscode2session 获取。";
    [V2 V3] "" "time_expire时间过短" => Final,
        "time_expire is too close: at least one minute from now, in Beijing time. Is the server's clock right?",
        "time_expire 过短：至少为当前北京时间之后一分钟。请检查服务器时间。";
    [V2] "" "invalid spbill_create_ip" => Final,
        "spbill_create_ip must be one IPv4 or IPv6 address: behind a proxy take the customer's from X-Forwarded-For.",
        "spbill_create_ip 必须是一个 IPv4 或 IPv6 地址：在代理之后请从 X-Forwarded-For 取用户的地址。";
    [V2] "" "参数长度有误" => Final,
        "The field that WeChat names is too long or too short.",
        "微信指出的字段过长或过短。";
    [V2] "" "参数格式错误" => Final,
        "The field that WeChat names has the wrong form.",
        "微信指出的字段格式不正确。";
    [V2] "" "缺少参数" | "LACK_PARAMS" => Final,
        "A field is missing: see the fields of this call in docs/reference.md.",
        "缺少必填字段：请参考 docs/zh/reference.md 中该接口的字段。";
    [V2] "XML_FORMAT_ERROR" => Final,
        "WeChat could not read the XML. Something between this machine and WeChat changed it.",
        "微信无法解析 XML：请检查请求在途中是否被改动。";
    [V2] "XML_ERROR" => Final,
        "WeChat could not read the XML, or it was empty. Something between this machine and WeChat changed it.",
        "微信无法解析 XML，或内容为空：请检查请求在途中是否被改动。";
    [V2] "REQUIRE_POST_METHOD" => Final,
        "The request reached WeChat as a GET: a proxy changed the method.",
        "请求以 GET 方式到达微信：请检查代理是否改动了请求方法。";
    [V2 V3] "METHOD_NOT_ALLOWED" | "HTTP_METHOD_ERROR" => Final,
        "This path does not take this HTTP method.",
        "该路径不接受此 HTTP 方法。";
    [V2] "POST_DATA_EMPTY" => Final,
        "The request reached WeChat without its body: a proxy dropped it.",
        "请求到达微信时没有内容：请检查代理是否丢弃了请求体。";
    [V2] "NOT_UTF8" | "PARAM_IS_NOT_UTF8" => Final,
        "A field is not UTF-8, or holds a character of four bytes, such as an emoji.",
        "字段不是 UTF-8，或含有四字节字符（如 emoji）。";
    [V2 V3] "INVALID_REQUEST" "sub_mch_id与sub_appid不匹配" | "PARAM_ERROR" "sub_mch_id与sub_appid不匹配" | "" "sub_mch_id与sub_appid不匹配" => Final,
        "The sub_appid is not bound to the sub_mch_id: the service provider binds it at pay.weixin.qq.com > 服务商功能 > 子商户管理.",
        "sub_appid 未绑定到该 sub_mch_id：请服务商在商户平台 > 服务商功能 > 子商户管理 中配置。";
    [V3] "INVALID_REQUEST" "不能与自身mchid相同" | "PARAM_ERROR" "不能与自身mchid相同" => Final,
        "The sub_mchid is the service provider's own: it must be the sub-merchant's.",
        "sub_mchid 是服务商自己的商户号：应为子商户的商户号。";
    [V3] "PARAM_ERROR" "payload中的mchid不匹配" | "INVALID_REQUEST" "payload中的mchid不匹配" => Final,
        "The merchant that signed is not the one in the request: a service provider signs with its own mch_id, certificate and key.",
        "签名的商户与请求中的商户号不同：服务商应使用自己的商户号、证书和私钥签名。";
    [V3] "INVALID_REQUEST" "子单appid不等于" | "PARAM_ERROR" "子单appid不等于" => Final,
        "The appid of each part must be combine_appid.",
        "合单中每个子单的 appid 都必须是 combine_appid。";
    [V3] "INVALID_REQUEST" "关单的子单信息" | "PARAM_ERROR" "关单的子单信息" => Final,
        "A combined order is closed as a whole: name each of its parts, with the mchid and the out_trade_no that it was ordered with.",
        "合单只能整单关闭：请列出全部子单，mchid 和 out_trade_no 与下单时一致。";
    [V3] "INVALID_REQUEST" "未获取该转账场景" | "PARAM_ERROR" "未获取该转账场景" => Final,
        "This transfer_scene_id is not open for the merchant: apply for the scene at pay.weixin.qq.com > 产品中心 > 商家转账.",
        "商户号未开通该转账场景：请在商户平台 > 产品中心 > 商家转账 申请。";
    [V2 V3] "INVALID_REQUEST" "实名不一致" | "PARAM_ERROR" "实名不一致" | "INVALID_REQUEST" "用户姓名" | "PARAM_ERROR" "用户姓名" => Final,
        "The name is not the verified name of the account, or must not be sent for this amount.",
        "姓名与账户实名不一致，或该金额不能传姓名。";
    [V2 V3] "ERROR" "累计退款金额大于支付金额" | "PARAM_ERROR" "累计退款金额大于支付金额" | "" "refund_fee大于可退金额" => Final,
        "The order has less left than refund_fee: refundquery by out_trade_no tells what was refunded.",
        "退款金额大于订单可退金额：请用 out_trade_no 查询已退款的金额。";
    [V2 V3] "INVALID_REQUEST" "订单总金额与支付金额不一致" | "PARAM_ERROR" "订单总金额与支付金额不一致"
        | "ERROR" "订单总金额与支付金额不一致" => Final,
        "total_fee is not the amount of the order: for a part of an order total_fee stays the whole amount, and refund_fee is the \
         part.",
        "total_fee 不是订单总金额：部分退款时 total_fee 仍为订单总金额，refund_fee 才是退款金额。";
    [V3] "INVALID_REQUEST" "超过订单可退金额" | "PARAM_ERROR" "超过订单可退金额" => Final,
        "amount.refund is more than can still be refunded: add up the order's refunds that are not CLOSED (query each by v3.refund_query).",
        "amount.refund 大于订单可退金额：请累加该订单状态不是 CLOSED 的退款（用 v3.refund_query 按 out_refund_no 逐笔查询）。";
    [V3] "INVALID_REQUEST" "请求参数与订单信息不一致" | "PARAM_ERROR" "请求参数与订单信息不一致" => Final,
        "amount.total or amount.currency is not the order's: for a part of an order amount.total stays the whole amount, and amount.refund is \
         the part.",
        "amount.total 或 amount.currency 与订单不一致：部分退款时 amount.total 仍为订单总金额，amount.refund 才是退款金额。";
    [V2 V3] "RULELIMIT" "最大分账比例" | "INVALID_REQUEST" "最大分账比例" | "PARAM_ERROR" "最大分账比例" => Final,
        "The shares of this order exceed the maximum: 30 % unless pay.weixin.qq.com shows another ratio (for a sub-merchant: \
         v3.profitsharing_config).",
        "该订单的分账总额超过最大比例：默认 30%，以商户平台设置为准（子商户可用 v3.profitsharing_config 查询）。";
    [V2] "NOTENOUGH" "分账金额不足" | "INVALID_REQUEST" "分账金额不足" | "PARAM_ERROR" "分账金额不足" => Final,
        "The order has too little left to share, or nothing to unfreeze: query the rest by /pay/profitsharingorderamountquery.",
        "订单剩余待分金额不足，或没有可解冻的资金：请用 /pay/profitsharingorderamountquery 查询剩余金额。";
    [V2] "NOT_SHARE_ORDER" | "INVALID_REQUEST" "非分账订单" | "PARAM_ERROR" "非分账订单" => Final,
        "The order was created without profit_sharing Y: its money cannot be shared.",
        "下单时未传 profit_sharing=Y，该订单不能分账。";
    [V2 V3] "TRADE_OVERDUE" | "INVALID_REQUEST" "过期不能申请退款" | "INVALID_REQUEST" "超过退款期限" => Final,
        "The order is older than one year and cannot be refunded: pay the customer back by other means.",
        "超过一年的订单不能退款：请通过其他方式退还。";
    [V2] "INVALID_REQUEST" "分账接收方关系不存在" | "PARAM_ERROR" "分账接收方关系不存在" => Final,
        "The receiver was not added: /pay/profitsharingaddreceiver adds it, then share again with the same out_order_no.",
        "尚未添加该分账接收方：请先用 /pay/profitsharingaddreceiver 添加，再用同一个 out_order_no 请求分账。";
    [V2] "" "分账接收方列表格式错误" => Final,
        "receivers must be a text with a list in JSON: [{\"type\": …, \"account\": …, \"amount\": …, \"description\": …}].",
        "receivers 必须是 JSON 数组的文本：[{\"type\": …, \"account\": …, \"amount\": …, \"description\": …}]。";
    [V2 V3] "PARAM_ERROR" => Final,
        "A field is wrong: WeChat's words say which. See the fields of this call in docs/reference.md.",
        "参数错误：微信的说明指出了是哪个字段，请参考 docs/zh/reference.md。";

    // An order and its number.
    [V2 V3] "INVALID_REQUEST" "商户订单号重复" | "OUT_TRADE_NO_USED" | "" "商户订单号重复" => Final,
        "An order with this out_trade_no exists with other fields. To pay it again send exactly the same fields as the first time \
         (store them; time_expire counts too) or keep its prepay_id, which works for two hours. To change anything, close it \
         and use a new out_trade_no.",
        "该 out_trade_no 已有订单，且参数不同。继续支付请原样重发首次的全部参数（time_expire 也算在内），或复用两小时内有效的 prepay_id；\
         要修改参数，请先关单再换新的订单号。";
    [V2 V3] "INVALID_REQUEST" "订单重入" | "INVALID_REQUEST" "请求重入" => Final,
        "An order with this out_trade_no exists with other fields: send exactly the same fields as the first time, or close it and \
         use a new out_trade_no.",
        "该 out_trade_no 已有订单，且参数不同：请原样重发首次的全部参数，或先关单再换新的订单号。";
    [V3] "INVALID_REQUEST" "重复下单且结算信息不一致" => Final,
        "A part with this out_trade_no exists with another settle_info: send exactly the same fields as the first time, or close the \
         combined order and use new numbers.",
        "该子单号已存在，且 settle_info 不同：请原样重发首次的全部参数，或先关闭合单再换新的单号。";
    [V2 V3] "INVALID_REQUEST" "支付单号校验不一致" => Final,
        "This out_refund_no belongs to a refund of another order: query that refund, and use a new out_refund_no for this order.",
        "该 out_refund_no 已用于另一订单的退款：请查询该笔退款；本订单的退款请换新的退款单号。";
    [V2 V3] "INVALID_REQUEST" "分账接收方与原请求不一致" => Final,
        "This out_order_no was used with other receivers or amounts: query it, and use a new out_order_no for another share.",
        "该 out_order_no 已用于其他接收方或金额：请先查询；新的分账请换新的分账单号。";
    [V3] "INVALID_REQUEST" "请求参数与原请求不一致" | "INVALID_REQUEST" "回退请求与原请求不一致" => Final,
        "This number was used with other fields: query it, and use a new number only for another transfer or return.",
        "该单号已用于其他参数：请先查询；只有新的转账或回退才能换单号。";
    [V2 V3] "INVALID_REQUEST" "交易模式不匹配" => Final,
        "The order was made with another sub_mch_id, or with none: give the same one with each call about it.",
        "该订单下单时的 sub_mch_id 不同，或没有传：有关该订单的请求都要与下单时一致。";
    [V2 V3] "INVALID_REQUEST" "订单处理中" => Trouble,
        "The order is still being processed, and WeChat may have acted. Sharing is possible a minute after the payment."
        : "Repeat with the same number and the same fields, or query; never with a new number.",
        "订单正在处理，本次请求也可能已生效。支付一分钟后才能分账。"
        : "请用原单号、原参数重试或先查询，不要换单号。";
    [V2 V3] "INVALID_REQUEST" "订单已完结分账" => Final,
        "The sharing of this order has ended: the rest was unfrozen, or 30 days have passed since the payment. The rest belongs to the merchant.",
        "该订单的分账已完结（已解冻剩余资金，或支付已满 30 天），剩余资金已归商户。";
    [V3] "INVALID_REQUEST" "非电商分账" => Final,
        "This merchant belongs to a platform (电商收付通): share by v3.call with /v3/ecommerce/profitsharing/orders.",
        "该商户属于电商收付通：请用 v3.call 调用 /v3/ecommerce/profitsharing/orders。";
    [V3] "INVALID_REQUEST" "可回退金额" => Final,
        "amount is more than can still be returned of this share: add up its returns that did not fail.",
        "amount 大于该笔分账还可回退的金额：请累加未失败的回退。";
    [V3] "INVALID_REQUEST" "可回退期限" => Final,
        "The share is older than 180 days and cannot be returned.",
        "该笔分账已超过 180 天，不能回退。";
    [V3] "INVALID_REQUEST" "回退方与分账接收方" => Final,
        "return_mchid must be a receiver with result SUCCESS in this share: query it by v3.profitsharing_order_query.",
        "return_mchid 不是该笔分账中结果为 SUCCESS 的接收方：请用 v3.profitsharing_order_query 查询。";
    [V2 V3] "INVALID_REQUEST" "退款次数超过" | "ERROR" "退款次数超过" => Final,
        "The order already has 50 refunds, and cannot have more: pay the customer back by other means.",
        "一个订单最多退款 50 次：请通过其他方式退还。";
    [V3] "INVALID_REQUEST" "退款单状态错误" => Final,
        "Only a refund whose status is ABNORMAL can be sent to another account: query it.",
        "只有状态为 ABNORMAL 的退款才能换账户退回：请先查询。";
    [V2 V3] "INVALID_REQUEST" "订单金额或退款金额与之前请求不一致" | "ERROR" "订单金额或退款金额与之前请求不一致"
        | "REFUND_FEE_MISMATCH" => Final,
        "This out_refund_no was used with other amounts: query that refund first, and use a new out_refund_no for another one.",
        "该 out_refund_no 已用于其他金额：请先查询该笔退款；新的退款请换新的退款单号。";
    [V3] "INVALID_REQUEST" "请稍后再试" | "INVALID_REQUEST" "请稍后重试" => Trouble,
        "WeChat is busy, or is still processing this number, and may have acted."
        : "Repeat with the same number and the same fields, or query; never with a new number.",
        "微信繁忙，或该单号仍在处理中，可能已经处理。"
        : "请用原单号、原参数重试或先查询，不要换单号。";
    [V3] "INVALID_REQUEST" "剩余未分账金额" => Later,
        "The refund is more than the unshared part of the order. First unfreeze the rest by v3.profitsharing_unfreeze, and get shared money \
         back by v3.profitsharing_return. Then repeat with the same number and the same fields.",
        "退款金额大于订单剩余未分账的金额：请先用 v3.profitsharing_unfreeze 解冻剩余资金，已分出的用 v3.profitsharing_return 回退，再用原单号、原参数重试。";
    [V2] "INVALID_REQUEST" "剩余未分账金额" => Later,
        "The refund is more than the unshared part of the order. First unfreeze the rest by /secapi/pay/profitsharingfinish, and get shared \
         money back by /secapi/pay/profitsharingreturn. Then repeat with the same number and the same fields.",
        "退款金额大于订单剩余未分账的金额：请先用 /secapi/pay/profitsharingfinish 解冻剩余资金，已分出的用 /secapi/pay/profitsharingreturn 回退，再用原单号、原参数重试。";
    [V2 V3] "" "超出重试期" | "INVALID_REQUEST" "超出重试期" => AskFirst,
        "This number is too old to be repeated: use another one only if the query says that it failed."
        : "Query it.",
        "该单号已超过重试期限：查询确认失败后才能换单号。"
        : "请先查询。";
    [V2 V3] "INVALID_REQUEST" "已全额退款" | "ERROR" "已全额退款" => Final,
        "The order is refunded in full.",
        "订单已全额退款。";
    [V2 V3] "ORDERPAID" | "INVALID_REQUEST" "订单已支付" => AskFirst,
        "The order is paid: do not create another one."
        : "Query it, and hand it over from the query's answer.",
        "订单已支付：请勿重复下单。"
        : "请查询订单，并按查询结果发货。";
    // A bank transfer has an order of its own.
    [V2] of ["/mmpaysptrans/pay_bank"] "ORDERPAID" => AskFirst,
        "A bank transfer with this partner_trade_no exists."
        : "Query it by /mmpaysptrans/query_bank; do not use another number.",
        "该 partner_trade_no 已有付款到银行卡的订单。"
        : "请用 /mmpaysptrans/query_bank 查询，不要换单号。";
    [V2] of ["/mmpaysptrans/pay_bank"] "FATAL_ERROR" => Final,
        "A bank transfer with this partner_trade_no exists with other fields, or the number is too old: query it by /mmpaysptrans/query_bank, and \
         use a new number only for another transfer.",
        "该 partner_trade_no 已有付款单且参数不同，或单号太旧：请先用 /mmpaysptrans/query_bank 查询；只有另一笔付款才能换单号。";
    [V2] of ["/mmpaysptrans/query_bank"] "ORDERNOTEXIST" => NotFound,
        "WeChat has no bank transfer with this partner_trade_no under this mch_id. If the result of the transfer is unknown, repeat it with the \
         same number and the same fields; do not take a new number.",
        "该商户号下没有这个 partner_trade_no 的付款到银行卡的订单。如果之前付款的结果未知：请用同一个单号和相同的字段重试，不要换单号。";
    // A query of what was asked for before, whose result is unknown: nothing was made of it yet, and the same number is safe.
    [V2] of ["orderquery"] "ORDERNOTEXIST" => NotFound,
        "WeChat has no such order under this mch_id. If the result of the order is unknown, repeat it with the same out_trade_no and the same \
         fields. After micropay the charge may still arrive: query again, or cancel it by reverse, before you charge with a new number. A service \
         provider's order is found only under the sub_mch_id that it was made with.",
        "该商户号下没有此订单。如果之前下单的结果未知：请用同一个 out_trade_no 和相同的字段重试。付款码收款（micropay）之后，请求可能仍会到达：换新单号收款之前，请再次查询，或用 reverse 撤销。服务商的订单只能用下单时的 sub_mch_id 查到。";
    [V3] of ["v3.query"] "ORDERNOTEXIST" => NotFound,
        "WeChat has no such order under this mch_id. If the result of the order is unknown, repeat it with the same out_trade_no and the same \
         fields. After v3.codepay the charge may still arrive: query again, or cancel it by v3.reverse, before you charge with a new number. A part of \
         a combined order is queried by the number of the whole: v3.combine_query. A service provider's order is found only under the sub_mchid \
         that it was made with.",
        "该商户号下没有此订单。如果之前下单的结果未知：请用同一个 out_trade_no 和相同的字段重试。付款码收款（v3.codepay）之后，请求可能仍会到达：换新单号收款之前，请再次查询，或用 v3.reverse 撤销。合单的子单请用合单号查询：v3.combine_query。服务商的订单只能用下单时的 sub_mchid 查到。";
    [V3] of ["v3.combine_query"] "ORDERNOTEXIST" => NotFound,
        "WeChat has no such combined order under this mch_id. If the result of the order is unknown, repeat it with the same \
         combine_out_trade_no and the same fields.",
        "该商户号下没有此合单订单。如果之前下单的结果未知：请用同一个 combine_out_trade_no 和相同的字段重试。";
    [V2] of ["refundquery"] "REFUNDNOTEXIST" => NotFound,
        "WeChat has no such refund. If the result of the refund is unknown, repeat it with the same out_refund_no and the same fields; do not \
         take a new number. Also for an order that is not paid or was never refunded, and for a service provider's refund under another sub_mch_id \
         than its order's.",
        "没有此退款单。如果之前退款的结果未知：请用同一个 out_refund_no 和相同的字段重试，不要换单号。订单未支付或从未退款时也会返回此错误；服务商填写的 sub_mch_id 与下单时不同时也是。";
    [V3] of ["v3.refund_query"] "RESOURCE_NOT_EXISTS" | "REFUNDNOTEXIST" => NotFound,
        "WeChat has no such refund. If the result of the refund is unknown, repeat it with the same out_refund_no and the same fields; do not \
         take a new number. A service provider's is found only under the sub_mchid of its order.",
        "没有此退款单。如果之前退款的结果未知：请用同一个 out_refund_no 和相同的字段重试，不要换单号。服务商只能用下单时的 sub_mchid 查到。";
    [V3] of ["v3.profitsharing_order_query"] "RESOURCE_NOT_EXISTS" => NotFound,
        "WeChat has no such share. If the result of the share is unknown, repeat it with the same out_order_no and the same fields; do not take \
         a new number. A service provider's is found only under the sub_mchid of its order.",
        "没有此分账单。如果之前分账的结果未知：请用同一个 out_order_no 和相同的字段重试，不要换单号。服务商只能用下单时的 sub_mchid 查到。";
    [V3] of ["v3.profitsharing_return_query"] "RESOURCE_NOT_EXISTS" => NotFound,
        "WeChat has no such return. If the result of the return is unknown, repeat it with the same out_return_no and the same fields; do not \
         take a new number. A service provider's is found only under the sub_mchid of its order.",
        "没有此分账回退单。如果之前回退的结果未知：请用同一个 out_return_no 和相同的字段重试，不要换单号。服务商只能用下单时的 sub_mchid 查到。";
    [V3] of ["v3.transfer_query"] "NOT_FOUND" => NotFound,
        "WeChat has no such transfer; one can be queried for 30 days. If the result of the transfer is unknown, repeat it with the same \
         out_bill_no and the same fields; do not take a new number.",
        "没有此转账单；转账只能查询 30 天内的单号。如果之前转账的结果未知：请用同一个 out_bill_no 和相同的字段重试，不要换单号。";
    [V2] of ["queryworkwxredpack" "querywwsptrans2pocket" "/mmpaymkttransfers/gethbinfo" "/mmpaymkttransfers/gettransferinfo"] "NOT_FOUND"
        => NotFound,
        "WeChat has nothing under this number. Transfers and red packets can be queried for 30 days. If the result of the payment is unknown, \
         repeat it with the same number and the same fields; do not take a new number.",
        "没有对应的记录：转账和红包只能查询 30 天内的单号。如果之前发放的结果未知：请用同一个单号和相同的字段重试，不要换单号。";
    [V2 V3] of ["closeorder" "v3.close" "v3.combine_close"] "ORDERPAID" | "INVALID_REQUEST" "订单已支付" => AskFirst,
        "The order is paid, and cannot be closed."
        : "Query it, and hand it over from the query's answer.",
        "订单已支付，不能关闭。"
        : "请查询订单，并按查询结果发货。";
    [V2 V3] of ["closeorder" "v3.close" "v3.combine_close"] "ORDERCLOSED" | "INVALID_REQUEST" "订单已关闭" => Final,
        "The order was closed before: there is nothing to do.",
        "订单此前已关闭，无需处理。";
    [V2 V3] of ["micropay" "v3.codepay"] "OUT_TRADE_NO_USED" | "INVALID_REQUEST" "商户订单号重复" => Final,
        "This out_trade_no was used before: query it. Another charge needs another out_trade_no and another payment code.",
        "该 out_trade_no 已被使用：请先查询；再次收款要换新的订单号和新的付款码。";
    [V2 V3] of ["unifiedorder" "micropay" "v3.codepay"] "NOTENOUGH" => Later,
        "The customer's balance is too low: ask for another card, or another way to pay.",
        "用户余额不足：请用户换一张银行卡或其他支付方式。";
    [V2 V3] of ["unifiedorder" "micropay" "v3.jsapi" "v3.native" "v3.h5" "v3.app" "v3.codepay" "v3.combine_jsapi" "v3.combine_native"
        "v3.combine_h5" "v3.combine_app"] "USER_ACCOUNT_ABNORMAL" => Final,
        "The customer's account is closed or restricted: ask for another way to pay.",
        "用户账户已注销或受限：请用户换其他支付方式。";
    [V3] "INVALID_REQUEST" "不支持申请电子回单" => Final,
        "Only a transfer in state SUCCESS has a receipt: query the transfer first.",
        "只有状态为 SUCCESS 的转账才能申请电子回单：请先查询。";
    [V3] "INVALID_REQUEST" "超过30天无法查询" => Final,
        "The transfer is older than 30 days and cannot be queried.",
        "该笔转账已超过 30 天，不能查询。";
    [V3] "INVALID_REQUEST" "账单日期已过期" => Final,
        "The bill is older than three months and cannot be downloaded.",
        "该账单已超过三个月，不能下载。";
    [V3] "INVALID_REQUEST" "token已失效" => Final,
        "The address of the file has expired: ask for the bill or the receipt again, and download from its new address.",
        "文件的下载地址已失效：请重新申请账单或回单，使用新的下载地址。";
    [V3] "INVALID_REQUEST" "普通关单" => Final,
        "A payment-code order cannot be closed: cancel it by v3.reverse.",
        "付款码订单不能关单：请用 v3.reverse 撤销。";
    [V3] "INVALID_REQUEST" "不支持撤销" => Final,
        "The order's state does not allow to cancel it: query it, and refund it if it was paid.",
        "订单状态不允许撤销：请先查询；已支付的请退款。";
    [V2 V3] "INVALID_REQUEST" "订单已关闭" | "INVALID_REQUEST" "订单已失效" => Final,
        "The order is closed: a payment needs a new out_trade_no, and there is nothing to refund.",
        "订单已关闭：付款请换新的 out_trade_no 重新下单；退款则无款可退。";
    [V2 V3] "INVALID_REQUEST" => Final,
        "The request breaks a rule: see WeChat's message. A number that was used before must be sent with exactly the same fields.",
        "请求不符合规则：请看微信的说明。用过的单号只接受与之前完全一致的参数。";
    [V2 V3] "ORDERCLOSED" => Final,
        "The order is closed: use a new out_trade_no.",
        "订单已关闭：请换新的 out_trade_no 重新下单。";
    [V2 V3] "ORDERREVERSED" => Final,
        "The order was cancelled: use a new out_trade_no.",
        "订单已撤销：请换新的 out_trade_no 重新下单。";
    [V3] "ORDERNOTEXIST" => NotFound,
        "WeChat has no such order under this mch_id. An order exists once the call that creates it succeeded; for a refund it must be paid. \
         A part of a combined order is queried by the number of the whole: v3.combine_query. A service provider's order is found only under the \
         sub_mchid that it was made with.",
        "该商户号下没有此订单：下单成功后订单才存在；退款要求订单已支付。合单的子单请用合单号查询：v3.combine_query。服务商的订单只能用下单时的 sub_mchid 查到。";
    [V2] "ORDERNOTEXIST" => NotFound,
        "WeChat has no such order under this mch_id. An order exists once the call that creates it succeeded; for a refund it must be paid. \
         A service provider's order is found only under the sub_mch_id that it was made with.",
        "该商户号下没有此订单：下单成功后订单才存在；退款要求订单已支付。服务商的订单只能用下单时的 sub_mch_id 查到。";
    [V2] "TRADE_STATE_ERROR" => Final,
        "The order's state does not allow this: query the order. A payment-code order is cancelled by reverse.",
        "订单状态不允许此操作：请先查询订单；付款码订单请用撤销接口。";
    [V2] "INVALID_TRANSACTIONID" => Final,
        "transaction_id is wrong: take it from the notification or from orderquery.",
        "transaction_id 不正确：请使用通知或查询订单返回的值。";
    [V3] "INVALID_TRANSACTIONID" => Final,
        "transaction_id is wrong: take it from the notification or from a query.",
        "transaction_id 不正确：请使用通知或查询订单返回的值。";
    [V2 V3] "RULELIMIT" "分账次数超过" => Final,
        "An order can be shared by 50 requests: put several receivers into one.",
        "一个订单最多分账 50 次：请把多个接收方放在同一次请求中。";
    [V2 V3] "RULELIMIT" "回退次数超过" => Final,
        "The order already has 50 returns, and cannot have more.",
        "该订单已回退 50 次，不能再回退。";
    [V2 V3] "RULELIMIT" => Final,
        "A business rule or WeChat's risk control stopped it: WeChat's words say which.",
        "被业务规则或微信风控限制：请看微信的说明。";
    [V3] "REQUEST_BLOCKED" => Final,
        "WeChat's risk control stopped it: read WeChat's words, or ask WeChat's support.",
        "被微信风控拦截：请看微信的说明，或联系微信支付客服。";
    [V3] "ACCOUNT_ERROR" => Final,
        "The customer's account cannot pay: ask for another way to pay.",
        "用户账号异常，无法支付：请更换支付方式。";

    // Payment codes.
    [V2 V3] "USERPAYING" => AskFirst,
        "The customer is entering the password. Query the order every five seconds; after half a minute cancel it by reverse.",
        "用户正在输入密码：请每五秒查询一次订单；约半分钟仍未支付请撤销。";
    [V2 V3] "AUTHCODEEXPIRE" => Final,
        "The payment code has expired: ask the customer to refresh it, and scan the new one.",
        "付款码已过期：请用户刷新后重新扫码。";
    [V2 V3] "AUTH_CODE_ERROR" => Final,
        "This is not a payment code: 18 digits that begin with 10 to 15.",
        "付款码不正确：应为以 10 至 15 开头的 18 位数字。";
    [V2 V3] "AUTH_CODE_INVALID" => Final,
        "The payment code is wrong or was used: ask the customer to refresh it, and scan the new one.",
        "付款码无效或已使用：请用户刷新后重新扫码。";
    [V2 V3] "BUYER_MISMATCH" => Final,
        "Another customer began to pay this order: use a new out_trade_no.",
        "该订单已由其他用户发起支付：请换新的 out_trade_no。";
    [V2 V3] "NOTSUPORTCARD" | "NOTSUPPORTCARD" => Final,
        "This card cannot be used: ask the customer for another one.",
        "不支持该银行卡：请用户换卡支付。";
    [V2 V3] "TRADE_ERROR" => Final,
        "The payment was refused or the customer cancelled it: WeChat's words say which.",
        "交易失败或用户取消支付：请看微信的说明。";
    [V2 V3] "PAYERROR" => Final,
        "The payment failed. Cancel the order by reverse, and use a new out_trade_no.",
        "支付失败：请撤销该订单，再换新的 out_trade_no。";
    [V2 V3] "REVERSE_EXPIRE" => Final,
        "An order can be cancelled within seven days: refund it instead.",
        "超过七天的订单不能撤销：请改用退款。";

    // Refunds and money that goes out.
    [V3] "NOT_ENOUGH" "分账金额不足" => Final,
        "The order has too little left to share, or nothing to unfreeze: query the rest by v3.profitsharing_amounts.",
        "订单剩余待分金额不足，或没有可解冻的资金：请用 v3.profitsharing_amounts 查询剩余金额。";
    [V2 V3] "NOTENOUGH" "未结算资金不足" => Later,
        "The unsettled money is not enough for this refund. Repeat with the same number and the same fields once there is more; or refund \
         from the available balance (APIv2: refund_account=REFUND_SOURCE_RECHARGE_FUNDS, APIv3: funds_account=AVAILABLE).",
        "未结算资金不足以退款：请待资金足够后用原单号、原参数重试；或改用可用余额（APIv2 传 refund_account=REFUND_SOURCE_RECHARGE_FUNDS，\
         APIv3 传 funds_account=AVAILABLE）。";
    [V2 V3] "NOTENOUGH" => Later,
        "The balance is too low. For refunds, transfers and red packets: top up the merchant's account, then repeat with the same \
         number and the same fields. For a payment: the customer needs another way to pay.",
        "余额不足。退款、转账、红包：请先给商户账户充值，再用原单号、原参数重试；付款：请用户更换支付方式。";
    [V2 V3] "USER_ACCOUNT_ABNORMAL" => Final,
        "The customer's account is closed or restricted: pay the customer back by other means.",
        "用户账户已注销或异常：请通过其他方式退还。";
    [V2] "REFUNDNOTEXIST" => NotFound,
        "WeChat has no such refund. Also for an order that is not paid or was never refunded, and for a service provider's refund under \
         another sub_mch_id than its order's.",
        "没有此退款单：订单未支付或从未退款时也会返回此错误；服务商填写的 sub_mch_id 与下单时不同时也是。";
    [V3] "REFUNDNOTEXIST" => NotFound,
        "WeChat has no such refund. Also for an order that is not paid or was never refunded, and for a service provider's refund under \
         another sub_mchid than its order's.",
        "没有此退款单：订单未支付或从未退款时也会返回此错误；服务商填写的 sub_mchid 与下单时不同时也是。";
    [V3] "RESOURCE_NOT_EXISTS" "无可用的平台证书" => NotFound,
        "This merchant has no platform certificates: it uses the WeChat Pay public key. Set platform_public_key (pub_key.pem) and \
         platform_public_key_id, from pay.weixin.qq.com > 账户中心 > API安全.",
        "该商户没有平台证书，使用微信支付公钥：请设置 platform_public_key（pub_key.pem）和 platform_public_key_id，\
         见商户平台 > 账户中心 > API安全。";
    [V2] "RESOURCE_NOT_EXISTS" => NotFound,
        "WeChat has nothing under this number: an order that is not paid, or a refund, bill or share that does not exist. A service \
         provider's are found only under the sub_mch_id of their order.",
        "没有对应的记录：订单未支付，或退款单、账单、分账单不存在。服务商只能用下单时的 sub_mch_id 查到。";
    [V3] "RESOURCE_NOT_EXISTS" => NotFound,
        "WeChat has nothing under this number: an order that is not paid, or a refund, bill or share that does not exist. A service \
         provider's are found only under the sub_mchid of their order.",
        "没有对应的记录：订单未支付，或退款单、账单、分账单不存在。服务商只能用下单时的 sub_mchid 查到。";
    [V2 V3] "NOT_FOUND" => NotFound,
        "WeChat has nothing under this number. Transfers and red packets can be queried for 30 days.",
        "没有对应的记录：转账和红包只能查询 30 天内的单号。";
    [V2] "ERROR" "订单已关闭" => Final,
        "The order is closed: there is nothing to refund.",
        "订单已关闭，无款可退。";
    [V2] "ERROR" => Final,
        "WeChat refused it: its words say why.",
        "业务错误：请看微信的说明。";
    [V2] "SEND_FAILED" => AskFirst,
        "The transfer or red packet failed: use another number only if the query says FAILED."
        : "Query it by its number first.",
        "转账或红包发放失败：查询结果为 FAILED 时才能换单号重发。"
        : "请先用原单号查询。";
    [V2] "PROCESSING" => AskFirst,
        "WeChat took it and is not done."
        : "Query it by its number; do not send it with another one.",
        "请求已受理，尚未完成。"
        : "请用原单号查询，不要换单号重发。";
    [V3] "ALREADY_EXISTS" => AskFirst,
        "A bill with this number exists and has its result."
        : "Query it.",
        "该单号已存在且已有结果。"
        : "请查询。";
    [V2] "FATAL_ERROR" => Final,
        "This number was used with other fields: query it, and use a new number only for another transfer.",
        "该单号已用于其他参数：请先查询；只有新的转账才能换单号。";
    [V2] "AMOUNT_LIMIT" => Final,
        "The amount is below or above what is allowed: WeChat's words name the limits.",
        "金额超出限制：微信的说明中有上下限。";
    [V2] "MONEY_LIMIT" "今日" | "MONEY_LIMIT" "此用户额度上限" => Later,
        "The limit of the day, or of this person, is reached: repeat tomorrow with the same number.",
        "已达当日金额上限，或付给该用户的额度上限：请明天用原单号重试。";
    // Of a red packet, whose own amount it is about.
    [V2] "MONEY_LIMIT" => Final,
        "The amount is outside the allowed range: see WeChat's message.",
        "金额超出允许的范围：微信的说明中有上下限。";
    [V2] "SENDNUM_LIMIT" => Later,
        "This person received as many today as is allowed: repeat tomorrow with the same number.",
        "该用户今日领取次数已达上限：请明天用原单号重试。";
    [V2] "SENDAMOUNT_LIMIT" => Later,
        "The day's limit of money is reached: repeat tomorrow with the same number.",
        "已达当日发放金额上限：请明天用原单号重试。";
    [V2] "RCVDAMOUNT_LIMIT" => Later,
        "This person received as much today as is allowed: repeat tomorrow with the same number.",
        "该用户今日领取金额已达上限：请明天用原单号重试。";
    [V2] "SEND_MONEY_LIMIT" => Later,
        "The day's limit of money is reached: repeat tomorrow with the same number.",
        "已达当日付款总额上限：请明天用原单号重试。";
    [V2] "RECEIVED_MONEY_LIMIT" => Later,
        "This person received as much today as is allowed: repeat tomorrow with the same number.",
        "该用户今日收款金额已达上限：请明天用原单号重试。";
    [V2] "DAY_OVER_LIMITED" => Later,
        "The day's limit is reached: repeat tomorrow with the same number.",
        "已达当日发放上限：请明天用原单号重试。";
    [V2] "NAME_MISMATCH" => Final,
        "The name is not the one that the account is registered to.",
        "姓名与账户实名不一致。";
    [V2] "V2_ACCOUNT_SIMPLE_BAN" => Final,
        "This person's account has no verified name, and cannot receive money.",
        "该用户未实名，无法收款。";
    [V2 V3] "ORDER_NOT_READY" => Later,
        "The order is not ready for sharing: wait a minute after the payment, then repeat with the same number.",
        "订单尚不能分账：请在支付完成一分钟后用原单号重试。";

    // Bills and comments.
    [V2 V3] "" "No Bill Exist" | "NO_BILL_EXIST" | "NO_STATEMENT_EXIST" => NotFound,
        "There is no bill for this day: nothing happened on it, it is not over, or it is more than three months ago. Bills are there after 10:00 of the \
         next day.",
        "当日没有账单：没有交易，账单尚未生成（次日 10 点后可下载），或已超过三个月。";
    // `error_code` of downloadbill, which has no other code. Its words may change.
    [V2] "20002" => NotFound,
        "There is no bill for this day: nothing happened on it, it is not over, or it is more than three months ago. Bills are there after 10:00 of the \
         next day.",
        "当日没有账单：没有交易，账单尚未生成（次日 10 点后可下载），或已超过三个月。";
    [V2 V3] "" "Bill Creating" | "BILL_CREATING" | "STATEMENT_CREATING" => Later,
        "WeChat is making the bill: ask again after 10:00 of the next day.",
        "账单正在生成：请在次日 10 点后再下载。";
    [V2] "NO_COMMENT" => NotFound,
        "There are no comments in this time.",
        "该时间段内没有评论。";
    [V2] "TIME_EXPIRE" => Final,
        "Comments can be read for three months.",
        "只能读取三个月内的评论。";

    // WeChat's own trouble, and too many requests.
    [V2 V3] "SYSTEMERROR" => Trouble,
        "WeChat failed, and may have acted."
        : "Repeat with the same number and the same fields, or query; never with a new number.",
        "微信系统错误，可能已经处理。"
        : "请用原单号、原参数重试或先查询，不要换单号。";
    [V2 V3] "BANKERROR" => Trouble,
        "The bank failed, and may have acted."
        : "Repeat with the same number and the same fields, or query; never with a new number.",
        "银行系统异常，可能已经处理。"
        : "请用原单号、原参数重试或先查询，不要换单号。";
    [V2] "BIZERR_NEED_RETRY" => Trouble,
        "Two requests came at the same time."
        : "Repeat with the same number and the same fields.",
        "并发冲突。"
        : "请用原单号、原参数重试。";
    [V3] "SERVICE_UNAVAILABLE" => Trouble,
        "WeChat is overloaded, and may have acted."
        : "Repeat with the same number and the same fields.",
        "微信服务繁忙，可能已经处理。"
        : "请用原单号、原参数重试。";
    [V2] "" "系统繁忙" => Trouble,
        "WeChat is overloaded, and may have acted."
        : "Repeat with the same number and the same fields.",
        "微信系统繁忙，可能已经处理。"
        : "请用原单号、原参数重试。";
    [V2] "" "系统超时" => Trouble,
        "WeChat was too slow, and may have acted."
        : "Repeat with the same number and the same fields.",
        "微信系统超时，可能已经处理。"
        : "请用原单号、原参数重试。";
    [V2] "" "系统错误" | "" "SYSTEMERROR" => Trouble,
        "WeChat failed, and may have acted."
        : "Repeat with the same number and the same fields.",
        "微信系统错误，可能已经处理。"
        : "请用原单号、原参数重试。";
    [V2] "FREQUENCY_LIMITED" | "FREQ_LIMIT" | "RATELIMIT_EXCEEDED" => TooMany,
        "Too many requests: slow down, then repeat with the same number and the same fields.",
        "请求过于频繁：请放慢速度，再用原单号、原参数重试。";
    [V2] "SECOND_OVER_LIMITED" => TooMany,
        "Too many red packets in this minute: repeat in the next one with the same number.",
        "每分钟发放红包过多：请下一分钟用原单号重试。";
    [V2] "INVALID_REQ_TOO_MUCH" => TooMany,
        "Too many wrong requests: WeChat blocks the merchant for a minute. Fix the request first.",
        "错误请求过多，被短暂屏蔽一分钟：请先修正请求。";

    // The status 202 of APIv3, whatever code it comes with.
    [V3] "ACCEPTED" => Trouble,
        "WeChat accepted the request and has not finished it."
        : "Query it, or repeat it with the same number and the same fields.",
        "微信已受理，尚未处理完。"
        : "请查询，或用原单号、原参数重试。";

    // APIv3 answers 429 also while it works on the request: the outcome is unknown.
    [V3] "FREQUENCY_LIMITED" | "FREQUENCY_LIMIT" | "FREQUENCY_LIMIT_EXCEED" | "RATELIMIT_EXCEEDED" => Trouble,
        "Too many requests, or WeChat is working on this one: wait a moment."
        : "Then repeat with the same number and the same fields.",
        "请求过于频繁，或该单正在处理：请稍候。"
        : "然后用原单号、原参数重试。";

    // The open platform: login, tokens, tickets.
    [Platform WeCom] "-1" => Trouble,
        "WeChat failed. Repeat in a few seconds.",
        "微信系统繁忙：请几秒后重试。";
    // A mini program has no page to authorize on, and two kinds of codes.
    [Platform] of ["oauth.getuserphonenumber"] "40029" => Final,
        "The code is not a phone number's: it was used, has expired (five minutes), is another appid's, or is one of wx.login. Take it from the \
         event of the button with open-type getPhoneNumber (event.detail.code).",
        "code 不是手机号的 code：已被使用、已过期（5 分钟）、属于其他 appid，或误用了 wx.login 的 code。请使用 open-type 为 getPhoneNumber 的按钮事件里的 code（event.detail.code）。";
    [Platform] of ["oauth.getuserphonenumber"] "40163" => Final,
        "This code was used: ask the customer to press the button with open-type getPhoneNumber again, and take the code of its event.",
        "code 已被使用：请让用户再次点击 open-type 为 getPhoneNumber 的按钮，使用该事件里的新 code。";
    [Platform] of ["oauth.jscode2session" "oauth.component_jscode2session"] "40029" => Final,
        "The code is unknown, expired (five minutes), another appid's (the developer tools may run under another one), or one of \
         getPhoneNumber. Let the mini program call wx.login again, and use each code once.",
        "code 无效、已过期（5 分钟）、属于其他 appid（开发者工具可能使用了另一个 appid），或误用了 getPhoneNumber 的 code。请让小程序重新调用 wx.login，每个 code 只用一次。";
    [Platform] of ["oauth.jscode2session" "oauth.component_jscode2session"] "40163" => Final,
        "This code was used, or the request was sent twice. Let the mini program call wx.login again, and use each code once.",
        "code 已被使用，或请求发送了两次。请让小程序重新调用 wx.login，每个 code 只用一次。";
    [Platform WeCom] "40029" => Final,
        "The code is unknown, expired (five minutes) or another appid's. Authorize again: send the customer to authorize_url (a \
         mini program: wx.login) for a new code. Keep the openid in the session, and use each code once.",
        "code 无效、已过期（5 分钟）或属于其他 appid。请重新授权：跳转到 authorize_url（小程序：wx.login）获取新的 code；\
         请把 openid 存入会话，每个 code 只用一次。";
    [Platform] "40163" => Final,
        "This code was used: the customer reloaded the page, or it was sent twice. Keep the openid in the session and redirect to an \
         address without the code; when the session has none, authorize again.",
        "code 已被使用：用户刷新了页面，或请求发送了两次。请把 openid 存入会话并跳转到不带 code 的地址；会话中没有时重新授权。";
    [Platform] "42003" => Final,
        "The code has expired (five minutes): authorize again.",
        "code 已超时（5 分钟）：请重新授权。";
    [Platform] "40226" => Final,
        "WeChat rates this user as a high risk: refuse the login.",
        "该用户被判定为高风险：请拒绝登录。";
    [Platform WeCom] "41008" => Final,
        "The code is missing: the customer came without WeChat's answer. Authorize again.",
        "缺少 code：请重新授权。";
    [Platform] "87009" | "87007" => Final,
        "The session key is not the customer's current one: let the mini program call wx.login, and jscode2session with its code.",
        "session_key 不是该用户当前的会话密钥：请让小程序重新调用 wx.login，并用新的 code 调用 jscode2session。";
    [Platform] "40003" => Final,
        "The openid is wrong, or another appid's.",
        "openid 不正确，或属于其他 appid。";
    [Platform] "40030" => Final,
        "The refresh_token is wrong: authorize again.",
        "refresh_token 不正确：请重新授权。";
    [Platform] "42002" => Final,
        "The refresh_token has expired (30 days): authorize again.",
        "refresh_token 已过期（30 天）：请重新授权。";
    [Platform] "40001" => DeadToken,
        "The access token has expired or was replaced, or app_secret is wrong. Do all processes share one store? Another program that \
         asks for tokens of this appid ends ours.",
        "access_token 已失效或被替换，或 app_secret 不正确。请让所有进程共用一个 store；其他程序获取该 appid 的 token 会使我们的失效。";
    [WeCom] "40001" => Final,
        "corp_secret is wrong: each application has its own secret.",
        "corp_secret 不正确：每个应用有自己的 secret。";
    [Platform WeCom] "40014" => DeadToken,
        "The access token is invalid or expired: get another one.",
        "access_token 不正确或已失效：请重新获取。";
    [Platform WeCom] "42001" => DeadToken,
        "The access token has expired: get a new one. For a customer's token of OAuth: refresh_token, or authorize again.",
        "access_token 已过期：请重新获取。网页授权的 token 请用 refresh_token 刷新或重新授权。";
    [Platform] "40013" => Final,
        "The appid is wrong, or not the token's: copy it again from the console, without white space.",
        "appid 不正确，或与 token 不符：请从公众平台重新复制，注意不要带空格。";
    [WeCom] "40013" => Final,
        "The corpid is wrong: copy it again from the WeCom console (我的企业).",
        "corpid 不正确：请从企业微信管理后台 > 我的企业 重新复制。";
    [Platform] "40125" => Final,
        "app_secret is not this appid's, or it was reset: compare it with the one that other working programs of this appid use. The console \
         (设置与开发 > 基本配置) does not show it, and a reset there invalidates it for all of them at once: do not reset it while you are \
         not sure.",
        "app_secret 不属于该 appid，或已被重置：请先与该 appid 其他正常运行的程序核对。后台（设置与开发 > 基本配置）不显示已有的 AppSecret；重置会使所有程序同时失效，没有把握时不要重置。";
    [Platform] "40243" => Final,
        "The AppSecret is frozen: unfreeze it in the console.",
        "AppSecret 已被冻结：请登录公众平台解冻。";
    [Platform] "40164" => Final,
        "This machine's IP address is not in the list of the account: add the address that WeChat names to IP白名单 in the console \
         (设置与开发 > 基本配置).",
        "本机 IP 不在白名单：请把微信指出的地址加入公众平台 > 设置与开发 > 基本配置 > IP白名单。";
    [Platform] "61004" => Final,
        "This machine's IP address is not in the list of the third-party platform: add it in the open platform's console.",
        "本机 IP 未登记：请在开放平台的第三方平台配置中加入该 IP。";
    [WeCom] "60020" => Final,
        "This machine's IP address is not trusted: add the address that WeChat names to 企业可信IP of the application.",
        "本机 IP 不可信：请把微信指出的地址加入该应用的企业可信IP。";
    // WeChat does not document 89501 to 89507: they are in the lists of other libraries.
    [Platform] "89501" | "89502" | "89503" | "89504" | "89505" => Final,
        "An administrator must confirm this machine's IP address in the console.",
        "需要管理员在公众平台确认本机 IP。";
    [Platform] "89506" => Final,
        "An administrator refused this machine's IP address: it is refused for 24 hours. Then an administrator must confirm it in the console.",
        "管理员拒绝了本机 IP，24 小时内不能调用：之后请管理员在公众平台确认。";
    [Platform] "89507" => Final,
        "An administrator refused this machine's IP address: it is refused for an hour. Then an administrator must confirm it in the console.",
        "管理员拒绝了本机 IP，1 小时内不能调用：之后请管理员在公众平台确认。";
    [Platform] "45009" => Later,
        "The day's quota is used up. Do all processes share one store? The quota comes back at midnight in Beijing, or by clear_quota.",
        "当日调用次数已用完。请让所有进程共用一个 store；额度在北京时间零点恢复，或用 clear_quota 清零。";
    [WeCom] "45009" => Later,
        "The quota is used up: wait a minute, or an hour.",
        "调用次数超限：请等待一分钟或一小时。";
    [Platform] "45011" => TooMany,
        "Too many requests in this minute: wait for the next one.",
        "本分钟请求过多：请等到下一分钟。";
    [WeCom] "45033" => TooMany,
        "Too many requests at once: send fewer side by side.",
        "并发请求过多：请减少并发。";
    [Platform] "48001" => Final,
        "The account has no right to this call, or the token is of the wrong kind. userinfo needs scope snsapi_userinfo; paying and the \
         JS-SDK need a verified service account (服务号).",
        "账号没有该接口的权限，或 token 类型不对。userinfo 需要 snsapi_userinfo 授权；支付和 JS-SDK 需要已认证的服务号。";
    [WeCom] "48002" => Final,
        "The application has no right to this call: grant it in the WeCom console.",
        "应用没有该接口的权限：请在企业微信管理后台授权。";
    [Platform] "61007" => Final,
        "The account did not grant this right to the third-party platform.",
        "公众号未把该权限授予第三方平台。";
    [Platform] "61003" => Final,
        "The account did not authorize the third-party platform.",
        "公众号未授权该第三方平台。";
    [Platform] "61023" => Final,
        "The refresh token of the account is wrong: the account must authorize the third-party platform again.",
        "刷新令牌不正确：公众号需要重新授权第三方平台。";
    [Platform] "61005" => Final,
        "component_verify_ticket has expired (12 hours): use the one of WeChat's latest push, which comes every 10 minutes.",
        "component_verify_ticket 已过期（12 小时）：请使用最近一次推送的值，微信每 10 分钟推送一次。";
    [Platform] "61006" => Final,
        "component_verify_ticket is wrong: use the one of WeChat's latest push, which comes every 10 minutes.",
        "component_verify_ticket 不正确：请使用最近一次推送的值，微信每 10 分钟推送一次。";
    [Platform] "61009" => Final,
        "The authorization code is wrong: the account must authorize the third-party platform again.",
        "授权码不正确：公众号需要重新授权第三方平台。";
    [Platform] "61010" => Final,
        "The authorization code has expired: the account must authorize the third-party platform again.",
        "授权码已过期：公众号需要重新授权第三方平台。";
    [Platform] "61011" => Final,
        "The third-party platform is wrong: compare component_appid with the open platform's console.",
        "第三方平台不正确：请与开放平台核对 component_appid。";
    [Platform] "41018" => Final,
        "component_appid is missing: give the appid of the third-party platform.",
        "缺少 component_appid：请传入第三方平台的 appid。";
    [Platform] "41021" => Final,
        "component_access_token is missing: get it by api_component_token.",
        "缺少 component_access_token：请用 api_component_token 获取。";
    [Platform WeCom] "41001" => Final,
        "The access token is missing.",
        "缺少 access_token。";
    [Platform WeCom] "41002" => Final,
        "The appid is missing.",
        "缺少 appid。";
    [Platform WeCom] "41004" => Final,
        "The secret is missing: set app_secret.",
        "缺少 secret：请设置 app_secret。";
    [Platform] "40002" => Final,
        "grant_type is wrong.",
        "grant_type 不正确。";
    [Platform] "47001" => Final,
        "The JSON body is malformed.",
        "JSON 格式不正确。";
    [Platform] "50002" => Final,
        "The account is restricted: see the console.",
        "账号受限：请查看公众平台。";
    [Platform] "50004" => Final,
        "The account may not get tokens: see the console.",
        "账号被禁止获取 token：请查看公众平台。";
    [Platform] "50007" => Final,
        "The account is frozen: see the console.",
        "账号已被冻结：请查看公众平台。";
    [WeCom] "43004" => Final,
        "This member is not bound to a WeChat account, and so has no openid.",
        "该成员未绑定微信，没有 openid。";
    [WeCom] "50001" => Final,
        "The page's domain is not the application's trusted domain: add it to 可信域名.",
        "页面域名不是该应用的可信域名：请在应用设置中添加。";
    [WeCom] "50002" => Final,
        "The member is outside the visible range of the application: widen it in the WeCom console.",
        "该成员不在应用的可见范围内：请在企业微信管理后台调整可见范围。";
    [WeCom] "50003" => Final,
        "The application is disabled: enable it in the WeCom console.",
        "应用已停用：请在企业微信管理后台启用。";
    [WeCom] "40056" => Final,
        "agent_id is wrong: copy the AgentId of the application from the WeCom console.",
        "agent_id 不正确：请从企业微信管理后台复制该应用的 AgentId。";
    [WeCom] "40058" => Final,
        "A parameter is missing or wrong: WeCom's words say which.",
        "参数缺失或不正确：请看企业微信的说明。";
    [WeCom] "40091" => Final,
        "corp_secret is another corp's: copy the one of this corp's application from the WeCom console.",
        "corp_secret 属于其他企业：请从企业微信管理后台复制本企业该应用的 Secret。";
    [WeCom] "40093" => Final,
        "The jsapi_ticket is wrong or has expired: use the current one. config and agent_config of pay.wecom do so.",
        "jsapi_ticket 不正确或已失效：请使用当前的 ticket；pay.wecom 的 config 和 agent_config 会自动处理。";
    [WeCom] "60011" => Final,
        "The application may not see this member: widen its visible range.",
        "应用无权访问该成员：请扩大可见范围。";
    [WeCom] "60111" => Final,
        "There is no member with this userid.",
        "没有该 userid 的成员。";
    [WeCom] "301002" => Final,
        "This secret is another application's: use the secret of this agentid.",
        "secret 属于其他应用：请使用该 agentid 的 secret。";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v2(code: &str, words: &str) -> Meaning {
        meaning(Api::V2, code, words)
    }

    #[test]
    fn each_code_of_ours_is_unique_and_explained() {
        for (i, code) in ErrorCode::ALL.iter().enumerate() {
            assert!(ErrorCode::ALL.iter().take(i).all(|other| other.as_str() != code.as_str()), "{code:?}");
            assert!(code.doc().ends_with('.'), "{code:?}");
            // `Timeout` is "timeout", `MchIdMismatch` is "mch_id_mismatch".
            assert_eq!(code.as_str().replace('_', ""), format!("{code:?}").to_ascii_lowercase());
        }
    }

    #[test]
    fn a_code_of_one_call_says_the_same_about_the_request_as_the_code_of_all_calls() {
        let mut count = 0;
        for row in ROWS {
            for call in row.calls {
                let is_path = call.starts_with('/') && crate::registry::of_path(call).path == *call;
                assert!(is_path || crate::registry::find(call).is_some(), "{call}");
            }
            for name in row.names.iter().filter(|_| !row.calls.is_empty()) {
                for api in row.apis {
                    assert_eq!(meaning(*api, name.code, name.words), row.meaning, "{name:?}");
                    count += 1;
                }
            }
        }
        assert!(count > 10, "{count}");
    }

    #[test]
    fn each_class_has_one_code_for_errors_that_programs_make() {
        for class in ErrorCode::ALL.iter().map(|code| code.class()).filter(|class| !class.is_empty()) {
            assert!(ErrorCode::of_class(class).is_some(), "{class}");
        }
        assert_eq!(ErrorCode::of_class("PaymentMismatch"), Some(ErrorCode::PaymentMismatch));
        assert_eq!(ErrorCode::of_class("Exception"), None);
    }

    #[test]
    fn each_name_finds_its_own_row() {
        for row in ROWS {
            for api in row.apis {
                for Name { code, words } in row.names {
                    let usual = find(*api, code, words).unwrap();
                    let found = match row.calls {
                        [] => vec![usual],
                        calls => calls.iter().map(|call| of_call(*api, call, code, words).unwrap()).collect(),
                    };
                    for found in found {
                        assert!(std::ptr::eq(found, row), "{api:?} {code} {words} is found as {:?}", found.names);
                        assert_eq!(found.meaning, usual.meaning, "{api:?} {code} {words}: in every call the same");
                    }
                }
            }
        }
    }

    #[test]
    fn a_query_that_finds_nothing_says_what_to_do_where_the_result_before_it_is_unknown() {
        let of = |api, call: &str, code: &str| of_call(api, call, code, "记录不存在").unwrap();
        for (api, call, code, number) in [
            (Api::V2, "orderquery", "ORDERNOTEXIST", "out_trade_no"),
            (Api::V3, "v3.query", "ORDER_NOT_EXIST", "out_trade_no"),
            (Api::V3, "v3.combine_query", "ORDERNOTEXIST", "combine_out_trade_no"),
            (Api::V2, "refundquery", "REFUNDNOTEXIST", "out_refund_no"),
            (Api::V3, "v3.refund_query", "RESOURCE_NOT_EXISTS", "out_refund_no"),
            (Api::V3, "v3.transfer_query", "NOT_FOUND", "out_bill_no"),
            (Api::V3, "v3.profitsharing_order_query", "RESOURCE_NOT_EXISTS", "out_order_no"),
            (Api::V3, "v3.profitsharing_return_query", "RESOURCE_NOT_EXISTS", "out_return_no"),
            (Api::V2, "queryworkwxredpack", "NOT_FOUND", "number"),
            (Api::V2, "querywwsptrans2pocket", "NOT_FOUND", "number"),
        ] {
            let row = of(api, call, code);
            assert!(row.english.contains(&format!("repeat it with the same {number} and the same fields")), "{call}");
            let number = if number == "number" { "单号" } else { number };
            let chinese = row.chinese.replace("同一个单号", "同一个 单号 ");
            assert!(chinese.contains(&format!("请用同一个 {number} 和相同的字段重试")), "{call}: {chinese}");
            // A payment code is another matter: a charge that was lost may not be wanted any more.
            let warns = row.english.contains("do not take a new number") || row.english.contains("before you charge");
            assert!(warns || call == "v3.combine_query", "{call}");
        }
    }

    #[test]
    fn each_code_of_a_mini_program_comes_from_where_its_call_takes_it() {
        let of = |call: &str, code: &str| of_call(Api::Platform, call, code, "invalid code").unwrap();
        for code in ["40029", "40163"] {
            let phone = of("oauth.getuserphonenumber", code);
            assert!(phone.english.contains("getPhoneNumber") && phone.chinese.contains("getPhoneNumber"), "{phone:?}");
            for login in ["oauth.jscode2session", "oauth.component_jscode2session"] {
                let login = of(login, code);
                assert!(login.english.contains("call wx.login again"), "{login:?}");
                assert!(!login.english.contains("authorize"), "a mini program has no page to go to: {login:?}");
            }
        }
        assert!(find(Api::Platform, "40163", "").unwrap().english.contains("reloaded"), "a page of a public account");
    }

    #[test]
    fn each_row_has_words_for_people_in_both_languages() {
        for Row { names, english, chinese, .. } in ROWS {
            assert!(english.ends_with(['.', '?']) && !english.contains("  "), "{names:?}: {english}");
            assert!(chinese.ends_with(['。', '？']) && !chinese.contains("  "), "{names:?}: {chinese}");
            assert!(chinese.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{names:?}: {chinese}");
        }
    }

    #[test]
    fn a_code_is_found_in_every_spelling() {
        for code in ["SYSTEMERROR", "SYSTEM_ERROR"] {
            assert_eq!(v2(code, ""), Meaning::Trouble);
            assert_eq!(meaning(Api::V3, code, ""), Meaning::Trouble);
        }
        assert!(remedy(Api::V2, "SIGN ERROR", "", Language::English).unwrap().contains("api_key"));
        assert!(remedy(Api::V2, "", "签名错误，请检查后再试", Language::Chinese).unwrap().contains("api_key"));
        assert!(remedy(Api::V2, "A_CODE_OF_2027", "签名错误", Language::English).unwrap().contains("api_key"));
        for words in ["SIGN ERROR", "sign_error", "FAIL: SIGN ERROR.", "SignError"] {
            assert!(remedy(Api::V2, "", words, Language::English).unwrap_or_default().contains("api_key"), "{words}");
            assert!(is_sign_error("", words), "{words}");
        }
        for words in ["DESIGN ERROR", "sign", "no sign errors", "signature"] {
            assert!(!is_sign_error("", words), "{words}");
        }
        assert_eq!(v2("", "NO Bill Exist"), Meaning::NotFound);
    }

    #[test]
    fn words_about_the_signature_win_over_a_final_code_and_not_over_an_unknown_outcome() {
        for code in ["NOAUTH", "PARAM_ERROR", "INVALID_REQUEST", "ERROR", ""] {
            assert!(remedy(Api::V2, code, "签名校验失败", Language::English).unwrap().contains("api_key"), "{code}");
        }
        assert_eq!(v2("SYSTEMERROR", "签名服务异常"), Meaning::Trouble);
        assert_eq!(v2("USERPAYING", "签名"), Meaning::AskFirst);
    }

    #[test]
    fn words_that_come_with_another_code_or_with_none_have_the_same_remedy() {
        for (words, part) in [
            ("201 商户订单号重复", "exactly the same fields"),
            ("appid和mch_id不匹配", "not bound to the mch_id"),
            ("无效的openid", "belongs to another appid"),
        ] {
            for code in ["", "A_CODE_OF_2027", "INVALID_REQUEST"] {
                let found = remedy(Api::V2, code, words, Language::English).unwrap();
                assert!(found.contains(part), "{code} {words}: {found}");
            }
        }
    }

    #[test]
    fn the_message_decides_where_a_code_has_several_meanings() {
        let used = find(Api::V2, "INVALID_REQUEST", "201 商户订单号重复").unwrap();
        assert!(used.english.contains("exactly the same fields") && used.english.contains("prepay_id"));
        assert!(!std::ptr::eq(used, find(Api::V2, "INVALID_REQUEST", "另有原因").unwrap()));
        assert!(std::ptr::eq(used, find(Api::V3, "OUT_TRADE_NO_USED", "").unwrap()));
    }

    #[test]
    fn documented_texts_of_api_v3_have_the_remedy_of_their_mistake() {
        for code in ["PARAM_ERROR", "INVALID_REQUEST"] {
            for (words, part) in [
                ("受理机构必须传入sub_mch_id", "set sub_mch_id in the settings"),
                ("受理机构发起退款时，必须传入子商户mchid", "set sub_mch_id in the settings"),
                ("普通商户不允许传sub_mch_id", "leave sub_mch_id (APIv3: sub_mchid) out"),
                ("JSAPI支付必须传openid", "openid is missing"),
                ("OpenID和AppID不匹配", "belongs to another appid"),
                ("appid与openid不匹配", "belongs to another appid"),
                ("分账接收方关系不存在", "v3.profitsharing_add_receiver"),
                ("非分账订单不支持分账", "settle_info.profit_sharing"),
                ("平台私钥解密失败", "could not decrypt"),
                ("请确认待处理的消息是否为加密后的密文", "could not decrypt"),
            ] {
                let row = find(Api::V3, code, words).unwrap();
                assert!(row.english.contains(part), "{code} {words}: {}", row.english);
                assert_eq!(row.meaning, Meaning::Final, "{code} {words}");
            }
        }
        let signature = find(Api::V3, "INVALID REQUEST", "错误的签名，导致验签失败").unwrap();
        assert!(std::ptr::eq(signature, find(Api::V3, "SIGN_ERROR", "").unwrap()));
    }

    #[test]
    fn the_words_of_refused_refunds_shares_and_transfers_have_advice_of_their_own() {
        use Meaning::{Final, Later, NotFound, Trouble};
        for (apis, code, words, part, meaning) in [
            ("3", "INVALID_REQUEST", "订单已全额退款", "refunded in full", Final),
            ("3", "INVALID_REQUEST", "申请退款金额超过订单可退金额", "amount.refund is more than", Final),
            ("2", "ERROR", "累计退款金额大于支付金额", "less left than refund_fee", Final),
            ("2", "PARAM_ERROR", "累计退款金额大于支付金额", "less left than refund_fee", Final),
            ("23", "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试", "with other amounts", Final),
            (
                "3",
                "REFUND_FEE_MISMATCH",
                "订单金额或退款金额与之前请求不一致，请核实后再试",
                "with other amounts",
                Final,
            ),
            ("3", "INVALID_REQUEST", "您的请求参数与订单信息不一致", "amount.total stays the whole amount", Final),
            ("2", "INVALID_REQUEST", "订单总金额与支付金额不一致", "total_fee stays the whole amount", Final),
            ("23", "INVALID_REQUEST", "支付单号校验不一致，请核实后再试", "a refund of another order", Final),
            ("23", "INVALID_REQUEST", "当前订单过期不能申请退款", "older than one year", Final),
            ("23", "TRADE_OVERDUE", "当前订单过期不能申请退款", "older than one year", Final),
            (
                "3",
                "INVALID_REQUEST",
                "申请退款金额大于剩余未分账金额，请等待分账完成后再试",
                "v3.profitsharing_unfreeze",
                Later,
            ),
            (
                "2",
                "INVALID_REQUEST",
                "申请退款金额大于剩余未分账金额，请等待分账完成后再试",
                "profitsharingfinish",
                Later,
            ),
            ("23", "INVALID_REQUEST", "不允许操作其他人的订单", "belongs to another merchant", Final),
            ("23", "INVALID_REQUEST", "子商户号和订单信息不匹配", "belongs to another merchant", Final),
            ("23", "INVALID_REQUEST", "受理机构发起退款时，必须传入子商户mchid", "sub_mch_id", Final),
            ("23", "INVALID_REQUEST", "订单已关闭", "nothing to refund", Final),
            ("2", "ERROR", "订单已关闭", "nothing to refund", Final),
            ("23", "INVALID_REQUEST", "该订单已失效", "new out_trade_no", Final),
            ("3", "INVALID_REQUEST", "当前使用此业务的用户较多，请稍后再试", "WeChat is busy", Trouble),
            ("23", "NOAUTH", "异常IP请求不予受理", "IP addresses", Final),
            ("23", "INVALID_REQUEST", "订单退款次数超过限制", "50 refunds", Final),
            ("3", "INVALID_REQUEST", "退款单状态错误", "ABNORMAL", Final),
            ("23", "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起", "top up", Later),
            ("23", "NOTENOUGH", "交易未结算资金不足，请使用可用余额退款", "available balance", Later),
            ("3", "INVALID_REQUEST", "非分账订单不支持分账", "settle_info.profit_sharing", Final),
            ("2", "NOT_SHARE_ORDER", "非分账订单不支持分账", "profit_sharing Y", Final),
            ("2", "INVALID_REQUEST", "非分账订单不支持分账", "profit_sharing Y", Final),
            ("3", "INVALID_REQUEST", "分账接收方关系不存在", "v3.profitsharing_add_receiver", Final),
            ("2", "INVALID_REQUEST", "分账接收方关系不存在", "/pay/profitsharingaddreceiver", Final),
            ("2", "", "分账接收方列表格式错误", "JSON", Final),
            ("23", "INVALID_REQUEST", "订单处理中，请稍后重试", "a minute after the payment", Trouble),
            ("23", "INVALID_REQUEST", "分账接收方与原请求不一致", "new out_order_no", Final),
            ("23", "INVALID_REQUEST", "订单已完结分账，不支持分账", "has ended", Final),
            ("23", "INVALID_REQUEST", "微信用户姓名与实名不一致", "The name", Final),
            ("3", "INVALID_REQUEST", "电商商户不允许调用非电商分账API", "/v3/ecommerce/profitsharing/orders", Final),
            ("23", "NO_AUTH", "不是指定的子商户的父商户", "not a sub-merchant of this mch_id", Final),
            ("23", "NO_AUTH", "无分账权限", "Profit sharing is not open", Final),
            ("23", "RULE_LIMIT", "分账金额超出最大分账比例", "30 %", Final),
            ("23", "INVALID_REQUEST", "分账金额超出最大分账比例", "30 %", Final),
            ("23", "RULE_LIMIT", "订单分账次数超过限制", "50 requests", Final),
            ("3", "NOT_ENOUGH", "分账金额不足", "v3.profitsharing_amounts", Final),
            ("2", "NOTENOUGH", "分账金额不足", "profitsharingorderamountquery", Final),
            ("3", "INVALID_REQUEST", "回退金额超过可回退金额", "its returns", Final),
            ("3", "INVALID_REQUEST", "回退请求与原请求不一致", "other fields", Final),
            ("3", "INVALID_REQUEST", "请求分账的交易模式和下单的交易模式不匹配，请核实后再试", "sub_mch_id", Final),
            ("3", "INVALID_REQUEST", "你尚未获取该转账场景", "transfer_scene_id", Final),
            ("3", "INVALID_REQUEST", "转账单状态不支持申请电子回单", "SUCCESS", Final),
            ("3", "INVALID_REQUEST", "超过30天无法查询", "30 days", Final),
            ("3", "INVALID_REQUEST", "请求的账单日期已过期", "three months", Final),
            ("3", "INVALID_REQUEST", "token已失效，请重新获取下载链接", "new address", Final),
            ("3", "INVALID_REQUEST", "当前交易不允许进行普通关单（只能撤销）", "v3.reverse", Final),
            ("3", "INVALID_REQUEST", "当前状态不支持撤销", "query it", Final),
            ("3", "INVALID_REQUEST", "商户单号重复，且请求参数与原请求不一致", "other fields", Final),
            ("3", "INVALID_REQUEST", "OpenID和AppID不匹配", "another appid", Final),
            ("3", "NOT_ENOUGH", "账户余额不足", "top up", Later),
            ("3", "INVALID_REQUEST", "受理关系不存在", "service provider", Final),
            ("23", "NO_AUTH", "特约子商户商户号未授权服务商的产品权限", "service provider", Final),
            ("3", "INVALID_REQUEST", "sub_appid和sub_openid不匹配", "The sub_openid", Final),
            ("3", "OPENID_MISMATCH", "sub_appid和sub_openid不匹配", "The sub_openid", Final),
            ("3", "OPENID_MISMATCH", "appid与openid不匹配", "The openid", Final),
            ("3", "INVALID_REQUEST", "子商户mchid不能与自身mchid相同", "sub-merchant's", Final),
            ("3", "PARAM_ERROR", "http header中的mchid与post payload中的mchid不匹配", "signs with its own", Final),
            (
                "3",
                "INVALID_REQUEST",
                "输入的请求非法，请求关单的子单信息与下单时的子单信息不一致",
                "each of its parts",
                Final,
            ),
            ("3", "INVALID_REQUEST", "重复下单且结算信息不一致", "settle_info", Final),
            ("3", "INVALID_REQUEST", "子单appid不等于combine_appid", "combine_appid", Final),
            ("23", "INVALID_REQUEST", "此商家的收款功能已被限制，暂无法支付。", "receive payments", Final),
            ("3", "PARAM_ERROR", "受理机构必须传入sub_mch_id", "in each of sub_orders", Final),
            ("3", "ORDERNOTEXIST", "订单不存在", "v3.combine_query", NotFound),
            ("3", "ORDERNOTEXIST", "订单不存在", "only under the sub_mchid", NotFound),
            ("2", "ORDERNOTEXIST", "此交易订单号不存在", "only under the sub_mch_id", NotFound),
            ("2", "REFUNDNOTEXIST", "退款单不存在", "another sub_mch_id", NotFound),
            ("3", "RESOURCE_NOT_EXISTS", "退款单不存在", "only under the sub_mchid", NotFound),
            ("3", "PARAM_ERROR", "平台证书序列号Wechatpay-Serial错误", "platform_public_key_id", Final),
        ] {
            for (digit, api) in [('2', Api::V2), ('3', Api::V3)].into_iter().filter(|(digit, _)| apis.contains(*digit))
            {
                let row = find(api, code, words).unwrap();
                assert!(row.english.contains(part), "{digit} {code} {words}: {}", row.english);
                assert_eq!(row.meaning, meaning, "{digit} {code} {words}");
            }
        }
    }

    #[test]
    fn the_same_code_may_mean_something_else_in_another_api() {
        assert_eq!(meaning(Api::Platform, "40001", ""), Meaning::DeadToken);
        assert_eq!(meaning(Api::WeCom, "40001", ""), Meaning::Final);
        assert_eq!(v2("FREQUENCY_LIMITED", ""), Meaning::TooMany);
        assert_eq!(meaning(Api::V3, "FREQUENCY_LIMITED", ""), Meaning::Trouble);
    }

    #[test]
    fn an_unknown_code_of_api_v3_is_read_by_the_status() {
        let meaning = |status, code: &str| of_v3(status, code, "").map(|row| row.meaning);
        assert_eq!(meaning(429, "A_CODE_OF_2027"), Some(Meaning::Trouble));
        assert_eq!(meaning(503, "A_CODE_OF_2027"), Some(Meaning::Trouble));
        assert!(of_v3(202, "A_CODE_OF_2027", "").unwrap().english.contains("has not finished it"));
        assert_eq!(meaning(403, "A_CODE_OF_2027"), None);
        assert_eq!(meaning(500, "OPENID_MISMATCH"), Some(Meaning::Final));
        let none =
            of_v3(404, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥").unwrap();
        assert!(none.english.contains("platform_public_key"));
    }

    #[test]
    fn an_unknown_code_is_final() {
        assert!(find(Api::V2, "A_CODE_OF_2027", "某种原因").is_none());
        assert_eq!(v2("A_CODE_OF_2027", ""), Meaning::Final);
        assert_eq!(v2("", ""), Meaning::Final);
    }
}
