//! Rows: what a call of WeChat's takes and answers, and what a document of WeChat's holds, as plain data.
//!
//! The rows are written with the macros in [`super::macros`]. Rust users see the types that these make; validation, the Python and
//! Node packages and the reference read the rows.

use crate::codes::Api;
use crate::crypto::digest::SignType;
use crate::explanation::Language;
use crate::fields::Fields;
use crate::phrases::docs;
use crate::redact::Redaction;
use crate::retry::RetryClass;
use crate::time::BeijingTime;
use crate::value::Params;

/// One call. [`Endpoint::v2`], [`Endpoint::get`], [`Endpoint::post`], [`Endpoint::v3_get`] and [`Endpoint::v3_post`] have the usual
/// values; the row changes what differs.
#[derive(Debug)]
pub struct Endpoint {
    /// The method's name: the last segment of an APIv2 path, or `oauth.…` and `jssdk.…`.
    pub name: &'static str,
    /// The Rust type that carries its fields.
    pub request_type: &'static str,
    /// The Rust module of that type.
    pub module: &'static str,
    /// Which interface of WeChat's it belongs to.
    pub api: Api,
    /// The HTTP method.
    pub method: Method,
    /// The path, from the host's root. `{field}` stands for a field of the request, URL-encoded.
    pub path: &'static str,
    /// The host that serves it.
    pub host: Host,
    /// The settings of the client that every request carries, under the names that this call has for them.
    pub identity: &'static [(&'static str, Own)],
    /// A field with which the call has another path, and that path for merchants and for service providers.
    pub by: Option<(&'static str, [&'static str; 2])>,
    /// What differs when a service provider makes the call for a sub-merchant, where something does.
    pub partner: Option<Partner>,
    /// Fields that always have the same value.
    pub fixed: &'static [(&'static str, &'static str)],
    /// Whether the request carries a random `nonce_str`.
    pub nonce: bool,
    /// Whether the request carries `sign_type`.
    pub sends_sign_type: bool,
    /// The signature algorithms that the call takes. With one of them alone, it is used whatever the client's setting is.
    pub sign_types: &'static [SignType],
    /// Whether the call needs the merchant's TLS certificate.
    pub cert: bool,
    /// What the body of a reply is.
    pub reply_body: ReplyBody,
    /// The field of an XML reply that has elements inside it, and the name of each of these (protocol §3.18).
    pub xml_list: Option<(&'static str, &'static str)>,
    /// What repeating the call does.
    pub retry: RetryClass,
    /// A field and a value of it with which repeating the call does something else.
    pub retry_with: Option<(&'static str, &'static str, RetryClass)>,
    /// For calls that move money: the field with the merchant's number, and the call that tells the result.
    pub resumes: Option<Resumes>,
    /// A code that WeChat answers with status 202 while the result is open, and the field of the reply that holds it then.
    pub waits: Option<(&'static str, &'static str)>,
    /// Whether a code of the customer's still works after WeChat said that it is busy.
    pub keeps_code: bool,
    /// Whether the reply's token is the account's access_token from then on.
    pub renews_token: bool,
    /// The token that the client adds as `access_token` when the caller gives none; it is renewed when WeChat refuses it.
    pub token: Option<TokenOf>,
    /// Whether `session_key` is not sent: it makes `signature`, and `sig_method` is added.
    pub session_signed: bool,
    /// The fields under `workwx_sign`, the inner signature of WeCom's payments; empty for calls without one.
    pub workwx_signed: &'static [&'static str],
    /// What it does.
    pub doc: &'static str,
    /// The fields that a caller may set, besides [`Endpoint::common`].
    pub request: &'static [Field],
    /// Which fields must be given together.
    pub needs: &'static [Need],
    /// Limits that depend on more than one field.
    pub limits: &'static [Limit],
    /// The document that it answers.
    pub reply: &'static Record,
}

/// How to go on when the result of a call is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resumes {
    /// The field with the merchant's number, which stays the same.
    pub number: &'static str,
    /// The call that tells the result.
    pub query: &'static str,
}

/// What differs in a call of a service provider for a sub-merchant.
#[derive(Clone, Copy, Debug)]
pub struct Partner {
    /// The path.
    pub path: &'static str,
    /// The settings of the client that the request carries.
    pub identity: &'static [(&'static str, Own)],
}

/// The HTTP method of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The fields travel in the query.
    Get,
    /// The fields travel in the body.
    Post,
}

/// A host of WeChat's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// The payment API.
    Pay,
    /// The open platform.
    Platform,
    /// WeCom.
    WeCom,
}

/// Whose access_token a call needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenOf {
    /// The account's: that of the appid.
    Account,
    /// Of the application in WeCom.
    Application,
}

/// A setting of the client that a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// The appid.
    Appid,
    /// The merchant's number.
    MchId,
    /// The sub-merchant's appid, if it is set.
    SubAppid,
    /// The sub-merchant's number, if it is set.
    SubMchId,
    /// The AppSecret.
    AppSecret,
    /// The secret of the application in WeCom.
    CorpSecret,
    /// The URL for notifications, if it is set.
    NotifyUrl,
    /// The currency of the orders.
    FeeType,
}

/// What the body of a reply is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyBody {
    /// An XML document with `return_code`.
    Xml {
        /// Whether it carries a signature unless `return_code` is FAIL.
        signed: bool,
        /// Whether it carries `result_code` too.
        result_code: bool,
    },
    /// A bill: text, perhaps packed, which is streamed; XML when the call failed.
    Bill,
    /// Lines of comments; XML when the call failed.
    Comments,
    /// A JSON object, with `errcode` when the call failed.
    Json,
    /// A JSON object of APIv3, or nothing with status 204; its signature is in the headers. With `code` when the call failed.
    SignedJson,
}

/// A document that WeChat sends, or an object inside a JSON request.
#[derive(Debug)]
pub struct Record {
    /// The type's name, in the three languages.
    pub name: &'static str,
    /// The Rust module of the type.
    pub module: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// The fields that are known. Others are kept.
    pub fields: &'static [Field],
    /// Its numbered fields, as lists of records.
    pub lists: &'static [List],
    /// The fields that are there when another has a value.
    pub needs: &'static [Need],
}

/// Fields that WeChat numbers, as in `coupon_id_0`, read as a list of records. An item may have lists of its own: the second
/// number of `coupon_refund_id_0_1` belongs to the list inside item 0.
#[derive(Debug)]
pub struct List {
    /// The list's name here; the wire has none.
    pub name: &'static str,
    /// An item, its fields without their number.
    pub item: &'static Record,
}

/// One field of a call or a document.
#[derive(Debug)]
pub struct Field {
    /// The wire's name.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// What it means.
    pub doc: &'static str,
    /// The fewest characters it may have, or of a list the fewest items; 0 for no limit. A field that may be left out may be empty as well,
    /// which is the same; a list may not, and a merchant's number may not ([`names_merchant`]).
    pub least: usize,
    /// The most characters it may have, or of a list the most items; 0 for no limit.
    pub max: usize,
    /// Whether the limits count bytes of UTF-8. Those of an object count its JSON.
    pub bytes: bool,
    /// Whether it is always there.
    pub required: bool,
    /// The value that is sent when the caller gives none.
    pub default: Option<&'static str>,
    /// Whether the client's own setting is sent when the caller gives no value.
    pub from_merchant: bool,
    /// Whether a reply repeats the request's value: another value means that the reply belongs to another request.
    pub echoed: bool,
    /// Whether it travels URL-encoded. The signature is over the text itself.
    pub url_encoded: bool,
    /// Which merchants send it.
    pub sender: Sender,
    /// Whether it travels encrypted for the receiver's key (APIv3).
    pub sensitive: bool,
    /// How much of it may be shown.
    pub redaction: Redaction,
    /// Whether the objects in it have times, at any depth.
    pub has_times_inside: bool,
}

/// Which merchants send a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// All.
    Any,
    /// Merchants that are not service providers.
    Direct,
    /// Service providers, for a sub-merchant.
    Partner,
}

/// Who sends a value.
#[derive(Clone, Copy)]
pub(crate) struct By<'a> {
    /// Which kind of merchants, for the example in an error.
    pub(crate) sender: Sender,
    /// The currency of the client, where it is known: the only one that is sent. What is paid in another one is not confirmed.
    pub(crate) fee_type: Option<&'a str>,
}

impl<'a> By<'a> {
    /// A merchant of this kind, of whom no more is known.
    #[cfg(any(test, feature = "client"))]
    pub(crate) fn any(sender: Sender) -> Self {
        Self { sender, fee_type: None }
    }

    /// The currency to send where the caller gives none. WeChat takes CNY then.
    pub(crate) fn unsaid_fee_type(self) -> Option<&'a str> {
        self.fee_type.filter(|fee_type| *fee_type != "CNY")
    }
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum FieldKind {
    /// Any text of characters of up to three bytes.
    Text,
    /// Text without white space.
    Id,
    /// A merchant's number: digits, letters, `_ - | *`, and the `@` of older documents.
    OutNo,
    /// A merchant's number of an order that APIv3 makes: digits, letters, `_ - | *`.
    TradeNo,
    /// A merchant's number of a transfer: digits and letters alone.
    BillNo,
    /// A merchant's number of goods: digits, letters, `_ -`.
    GoodsNo,
    /// A payment code that was scanned: 18 digits that begin with 10 to 15. White space around it is dropped.
    AuthCode,
    /// An IPv4 or IPv6 address.
    Ip,
    /// An absolute http or https URL without a query.
    Url,
    /// A currency, by its code of ISO 4217.
    Currency,
    /// An integer.
    Int,
    /// An amount in fen, at least 1 in a request.
    Fen,
    /// Yes or no.
    Bool,
    /// An instant, in Beijing time on the wire.
    Time,
    /// An instant, in RFC 3339 on the wire.
    Instant,
    /// A day in Beijing, as `20251127` on the wire.
    Date,
    /// A day in Beijing, as `2025-11-27` on the wire.
    Day,
    /// A JSON text.
    Json,
    /// One of these. Replies may hold others.
    Enum(&'static [&'static str]),
    /// A JSON object with these fields.
    Record(&'static Record),
    /// A JSON list of such objects.
    List(&'static Record),
}

/// At least one of some fields must be there, perhaps only when another has a value.
#[derive(Debug)]
pub struct Need {
    /// The field that makes it apply, and the value that does if it is not any; `None` for always.
    pub when: Option<(&'static str, Option<&'static str>)>,
    /// The fields of which one must be there; a member of an object in a reply as `amount.total`.
    pub any: &'static [&'static str],
    /// For requests: whether only one of them may be there.
    pub exclusive: bool,
    /// For replies: what is wrong when none is there, and what to do; empty where nothing is to be said.
    pub hint: &'static str,
}

impl Need {
    #[doc(hidden)]
    pub const fn exclusive(mut self) -> Self {
        self.exclusive = true;
        self
    }

    /// Whether one of its fields must be present in this document.
    pub(crate) fn applies(&self, fields: &Fields) -> bool {
        self.when.is_none_or(|(name, value)| match value {
            Some(value) => fields.get(name) == Some(value),
            None => fields.filled(name).is_some(),
        })
    }
}

/// A limit of a request that depends on more than one of its fields. A member is named as `amount.total`, and that of each item of a list as
/// `sub_orders.mchid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// An amount has a maximum, perhaps only when a member has a value.
    AtMost {
        /// The amount.
        field: &'static str,
        /// The maximum, in fen.
        fen: i64,
        /// The member, and its value; `None` for always.
        when: Option<(&'static str, &'static str)>,
    },
    /// A list has so many items where none of them has a member.
    ItemsWithout {
        /// The list.
        field: &'static str,
        /// The member.
        member: &'static str,
        /// The fewest items.
        least: usize,
        /// The most items.
        most: usize,
    },
    /// A field is required when an amount is so high.
    RequiredFrom {
        /// The field.
        field: &'static str,
        /// The amount.
        amount: &'static str,
        /// The lowest amount that asks for it, in fen.
        fen: i64,
    },
    /// A field must be left out when an amount is too low.
    AbsentBelow {
        /// The field.
        field: &'static str,
        /// The amount.
        amount: &'static str,
        /// The lowest amount that allows it, in fen.
        fen: i64,
    },
}

/// A reply's value, read by its field's kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Read<'a> {
    /// The wire has no such field, or nothing in a field that is not text.
    Absent,
    /// Text as received.
    Text(&'a str),
    /// An integer, or an amount in fen.
    Int(i64),
    /// Yes or no.
    Bool(bool),
    /// An instant.
    Time(BeijingTime),
    /// JSON text.
    Json(&'a str),
}

/// A time in the objects of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeInside {
    /// The way to it from the field's value.
    pub way: Vec<Step>,
    /// The time; `None` where what is there is not a time.
    pub time: Option<BeijingTime>,
}

/// A step into a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the member of an object.
    Member(&'static str),
    /// To the item of a list.
    Item(usize),
}

/// A document read into a type.
pub trait Document: Sized {
    /// Its row.
    const RECORD: &'static Record;

    /// Reads fields that were checked against the row before.
    #[doc(hidden)]
    fn from_fields(fields: Fields) -> Self;

    /// All its fields, as received.
    fn fields(&self) -> &Fields;
}

/// A call with its fields.
pub trait Call {
    /// Its row.
    const ENDPOINT: &'static Endpoint;
    /// What it answers.
    type Reply: Document;

    /// The fields given so far.
    fn params(&self) -> &Params<'static>;
}

/// What most APIv2 requests carry.
const V2_IDENTITY: &[(&str, Own)] =
    &[("appid", Own::Appid), ("mch_id", Own::MchId), ("sub_appid", Own::SubAppid), ("sub_mch_id", Own::SubMchId)];

/// Fields of many calls, for those that send them.
static COMMON: [Field; 3] = [
    Field::new(
        "sub_appid",
        FieldKind::Id,
        "Service providers: the sub-merchant's appid. The client's own setting when left out.",
    )
    .max(32),
    Field::new(
        "sub_mch_id",
        FieldKind::Id,
        "Service providers: the sub-merchant. The client's own setting when left out.",
    )
    .max(32),
    Field::new("nonce_str", FieldKind::Id, "A random text; generated when left out.").max(32),
];

impl Endpoint {
    /// What the call does, in a language: the first line is a summary.
    pub fn doc_in(&self, language: Language) -> &'static str {
        language.pick(Some(self.doc), docs::of_call(self.name)).unwrap_or(self.doc)
    }

    /// The fields that a caller may set on this call and on many others: sub-merchant and nonce.
    pub fn common(&self) -> impl Iterator<Item = &'static Field> + use<> {
        let (identity, nonce) = (self.identity, self.nonce);
        COMMON.iter().filter(move |field| {
            identity.iter().any(|(name, _)| *name == field.name) || (nonce && field.name == "nonce_str")
        })
    }

    /// All fields that a caller may set.
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> + use<> {
        let own: &'static [Field] = self.request;
        own.iter().chain(self.common())
    }

    /// The fields that a method of the open platform takes by position, and those that may be left out.
    #[doc(hidden)]
    pub fn arguments(&self) -> (Vec<&'static Field>, Vec<&'static Field>) {
        self.request.iter().partition(|field| field.required && field.default.is_none())
    }

    /// Whether a request carries this setting of the client.
    #[doc(hidden)]
    pub fn carries(&self, own: Own) -> bool {
        self.identity.iter().any(|(_, setting)| *setting == own)
    }

    /// What repeating the call with these fields does.
    pub fn retry_class(&self, params: &Params<'_>) -> RetryClass {
        match self.retry_with {
            Some((name, value, class)) if params.iter().any(|(given, text)| given == name && text.is(value)) => class,
            _ => self.retry,
        }
    }

    /// A call of APIv2: signed XML in and out, over `appid`, `mch_id` and `nonce_str`.
    #[doc(hidden)]
    pub const fn v2(path: &'static str) -> Self {
        Self {
            name: "",
            request_type: "",
            module: "",
            api: Api::V2,
            method: Method::Post,
            path,
            host: Host::Pay,
            identity: V2_IDENTITY,
            by: None,
            partner: None,
            fixed: &[],
            nonce: true,
            sends_sign_type: true,
            sign_types: SignType::ALL,
            cert: false,
            reply_body: ReplyBody::Xml { signed: true, result_code: true },
            xml_list: None,
            retry: RetryClass::QueryFirst,
            retry_with: None,
            resumes: None,
            waits: None,
            keeps_code: false,
            renews_token: false,
            token: None,
            session_signed: false,
            workwx_signed: &[],
            doc: "",
            request: &[],
            needs: &[],
            limits: &[],
            reply: &Record { name: "", module: "", doc: "", fields: &[], lists: &[], needs: &[] },
        }
    }

    /// A call of the open platform whose fields travel in the query.
    #[doc(hidden)]
    pub const fn get(path: &'static str) -> Self {
        let mut row = Self::v2(path);
        row.api = Api::Platform;
        row.method = Method::Get;
        row.host = Host::Platform;
        row.identity = &[];
        row.nonce = false;
        row.sends_sign_type = false;
        row.sign_types = &[];
        row.reply_body = ReplyBody::Json;
        row
    }

    /// A call of the open platform whose fields travel in a JSON body.
    #[doc(hidden)]
    pub const fn post(path: &'static str) -> Self {
        let mut row = Self::get(path);
        row.method = Method::Post;
        row
    }

    /// A call of APIv3 whose fields travel in the query.
    #[doc(hidden)]
    pub const fn v3_get(path: &'static str) -> Self {
        let mut row = Self::get(path);
        row.api = Api::V3;
        row.host = Host::Pay;
        row.reply_body = ReplyBody::SignedJson;
        row
    }

    /// A call of APIv3 whose fields travel in a JSON body.
    #[doc(hidden)]
    pub const fn v3_post(path: &'static str) -> Self {
        let mut row = Self::v3_get(path);
        row.method = Method::Post;
        row
    }

    /// A call of WeCom whose fields travel in the query.
    #[doc(hidden)]
    pub const fn wecom_get(path: &'static str) -> Self {
        let mut row = Self::get(path);
        row.api = Api::WeCom;
        row.host = Host::WeCom;
        row
    }

    /// A call of WeCom whose fields travel in a JSON body.
    #[doc(hidden)]
    pub const fn wecom_post(path: &'static str) -> Self {
        let mut row = Self::wecom_get(path);
        row.method = Method::Post;
        row
    }

    #[doc(hidden)]
    pub const fn partner(mut self, path: &'static str, identity: &'static [(&'static str, Own)]) -> Self {
        self.partner = Some(Partner { path, identity });
        self
    }

    #[doc(hidden)]
    pub const fn by(mut self, field: &'static str, path: &'static str, partner: &'static str) -> Self {
        self.by = Some((field, [path, partner]));
        self
    }

    #[doc(hidden)]
    pub const fn host(mut self, host: Host) -> Self {
        self.host = host;
        self
    }

    #[doc(hidden)]
    pub const fn identity(mut self, identity: &'static [(&'static str, Own)]) -> Self {
        self.identity = identity;
        self
    }

    #[doc(hidden)]
    pub const fn fixed(mut self, fixed: &'static [(&'static str, &'static str)]) -> Self {
        self.fixed = fixed;
        self
    }

    #[doc(hidden)]
    pub const fn no_nonce(mut self) -> Self {
        self.nonce = false;
        self
    }

    #[doc(hidden)]
    pub const fn no_sign_type(mut self) -> Self {
        self.sends_sign_type = false;
        self
    }

    #[doc(hidden)]
    pub const fn only(mut self, sign_types: &'static [SignType]) -> Self {
        self.sign_types = sign_types;
        self
    }

    #[doc(hidden)]
    pub const fn cert(mut self) -> Self {
        self.cert = true;
        self
    }

    #[doc(hidden)]
    pub const fn reply_body(mut self, reply_body: ReplyBody) -> Self {
        self.reply_body = reply_body;
        self
    }

    #[doc(hidden)]
    pub const fn xml_list(mut self, list: &'static str, item: &'static str) -> Self {
        self.xml_list = Some((list, item));
        self
    }

    #[doc(hidden)]
    pub const fn retry(mut self, class: RetryClass) -> Self {
        self.retry = class;
        self
    }

    #[doc(hidden)]
    pub const fn retry_with(mut self, name: &'static str, value: &'static str, class: RetryClass) -> Self {
        self.retry_with = Some((name, value, class));
        self
    }

    #[doc(hidden)]
    pub const fn resumes(mut self, number: &'static str, query: &'static str) -> Self {
        self.resumes = Some(Resumes { number, query });
        self
    }

    #[doc(hidden)]
    pub const fn waits(mut self, code: &'static str, field: &'static str) -> Self {
        self.waits = Some((code, field));
        self
    }

    #[doc(hidden)]
    pub const fn keeps_code(mut self) -> Self {
        self.keeps_code = true;
        self
    }

    #[doc(hidden)]
    pub const fn renews_token(mut self) -> Self {
        self.renews_token = true;
        self
    }

    #[doc(hidden)]
    pub const fn token(mut self, of: TokenOf) -> Self {
        self.token = Some(of);
        self
    }

    #[doc(hidden)]
    pub const fn session_signed(mut self) -> Self {
        self.session_signed = true;
        self
    }

    #[doc(hidden)]
    pub const fn limits(mut self, limits: &'static [Limit]) -> Self {
        self.limits = limits;
        self
    }

    #[doc(hidden)]
    pub const fn workwx_signed(mut self, fields: &'static [&'static str]) -> Self {
        self.workwx_signed = fields;
        self
    }
}

impl FieldKind {
    /// The objects in it.
    pub fn record(self) -> Option<&'static Record> {
        match self {
            Self::Record(record) | Self::List(record) => Some(record),
            _ => None,
        }
    }
}

/// Whether a field of this name says which merchant a call is for, or which merchant's money it is: `mch_id`, `sub_mch_id`, `mchid`,
/// `sub_mchid`, `return_mchid` …
pub(crate) fn names_merchant(name: &str) -> bool {
    name.ends_with("mchid") || name.ends_with("mch_id")
}

impl Field {
    /// What it means, in a language.
    pub fn doc_in(&self, language: Language) -> &'static str {
        language.pick(Some(self.doc), docs::of_field(self.doc)).unwrap_or(self.doc)
    }

    #[doc(hidden)]
    pub const fn new(name: &'static str, kind: FieldKind, doc: &'static str) -> Self {
        Self {
            name: wire_name(name),
            kind,
            doc,
            least: 0,
            max: 0,
            bytes: false,
            required: false,
            default: None,
            from_merchant: false,
            echoed: false,
            url_encoded: false,
            sender: Sender::Any,
            sensitive: false,
            redaction: Redaction::Plain,
            has_times_inside: has_times_inside(kind),
        }
    }

    /// The most characters or items; or of two numbers the fewest and the most.
    #[doc(hidden)]
    pub const fn bounds(mut self, bounds: &'static [usize]) -> Self {
        match bounds {
            [max] => self.max = *max,
            [least, max] => {
                self.least = *least;
                self.max = *max;
            }
            _ => {}
        }
        self
    }

    #[doc(hidden)]
    pub const fn max(mut self, max: usize) -> Self {
        self.max = max;
        self
    }

    /// A list with one item at least.
    #[doc(hidden)]
    pub const fn nonempty(mut self) -> Self {
        self.least = 1;
        self
    }

    #[doc(hidden)]
    pub const fn bytes(mut self) -> Self {
        self.bytes = true;
        self
    }

    #[doc(hidden)]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    #[doc(hidden)]
    pub const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }

    #[doc(hidden)]
    pub const fn from_merchant(mut self) -> Self {
        self.from_merchant = true;
        self
    }

    #[doc(hidden)]
    pub const fn echoed(mut self) -> Self {
        self.echoed = true;
        self
    }

    #[doc(hidden)]
    pub const fn url_encoded(mut self) -> Self {
        self.url_encoded = true;
        self
    }

    #[doc(hidden)]
    pub const fn direct(mut self) -> Self {
        self.sender = Sender::Direct;
        self
    }

    #[doc(hidden)]
    pub const fn partner(mut self) -> Self {
        self.sender = Sender::Partner;
        self
    }

    /// It travels encrypted, and is a person's.
    #[doc(hidden)]
    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self.redaction = Redaction::Short;
        self
    }

    #[doc(hidden)]
    pub const fn short(mut self) -> Self {
        self.redaction = Redaction::Short;
        self
    }

    #[doc(hidden)]
    pub const fn hidden(mut self) -> Self {
        self.redaction = Redaction::Hidden;
        self
    }
}

/// Found while the crate is compiled: no reply is searched for times that its row does not have.
const fn has_times_inside(kind: FieldKind) -> bool {
    let (FieldKind::Record(record) | FieldKind::List(record)) = kind else { return false };
    let mut fields = record.fields;
    while let [field, rest @ ..] = fields {
        if matches!(field.kind, FieldKind::Time | FieldKind::Instant) || field.has_times_inside {
            return true;
        }
        fields = rest;
    }
    false
}

/// The wire's name of a field that Rust has another way to write: `r#type` as `type`.
#[doc(hidden)]
pub const fn wire_name(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', rest @ ..] => match std::str::from_utf8(rest) {
            Ok(bare) => bare,
            Err(_) => name,
        },
        _ => name,
    }
}

impl Record {
    /// What it is, in a language. What is the reply of a call alone has English: the call says what it is.
    pub fn doc_in(&self, language: Language) -> &'static str {
        language.pick(Some(self.doc), docs::of_record(self.name)).unwrap_or(self.doc)
    }

    /// Whether it holds something that travels encrypted.
    pub fn is_sensitive(&self) -> bool {
        self.fields.iter().any(|field| field.sensitive || field.kind.record().is_some_and(Self::is_sensitive))
    }

    /// Whether it says nothing but that the call succeeded: methods return nothing then.
    #[doc(hidden)]
    pub fn is_acknowledgement(&self) -> bool {
        self.lists.is_empty() && self.fields.iter().all(|field| field.name == "errcode")
    }

    /// The known field of this name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}
