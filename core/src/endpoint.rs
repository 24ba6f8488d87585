//! The table that all else is generated from: every call WeChat takes, every document it sends, field by field.
//!
//! [`endpoints!`] declares calls, [`record!`] declares documents. Both yield Rust types and rows of plain data. Rust users
//! meet the types; validation, the Python and Node surfaces and the reference read the rows.

use std::collections::BTreeSet;

use crate::jssdk::{AccessToken, Ticket};
use crate::notify::{ConfirmedPayment, PaymentNotification};
use crate::oauth::{UserInfo, WebToken};
use crate::pay::order::Coupon;
use crate::sign::SignType;
use crate::time::BeijingTime;
use crate::wire::Fields;

/// One call of the payment API.
#[derive(Debug)]
pub struct Endpoint {
    /// The method's name: the last segment of the path.
    pub name: &'static str,
    /// The path, from the host's root.
    pub path: &'static str,
    /// Whether the call wants the merchant's TLS certificate.
    pub cert: bool,
    /// The algorithms it takes.
    pub sign_types: &'static [SignType],
    /// Whether a reply with `return_code` SUCCESS must carry a signature.
    pub signed_reply: bool,
    /// What may be done when the result is not known.
    pub retry: RetryClass,
    /// What it does.
    pub doc: &'static str,
    /// The fields a caller may give. The client adds the common ones.
    pub request: &'static [Field],
    /// What must be there together.
    pub needs: &'static [Need],
    /// What it answers.
    pub reply: &'static Record,
}

/// What repeating a call does, and so what may be done when its result is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryClass {
    /// It changes nothing: repeat at will.
    Safe,
    /// Repeating it with the same number and fields does the job once.
    SameRequest,
    /// Ask for the state before anything is repeated.
    QueryFirst,
    /// What it takes is used up by it, and there is nothing to ask for: it is not repeated.
    Once,
}

/// A document that WeChat sends.
#[derive(Debug)]
pub struct Record {
    /// The type's name, in the three languages.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Its fields, so far as they are known. Others are kept.
    pub fields: &'static [Field],
    /// Its numbered fields, as lists of records.
    pub lists: &'static [List],
}

/// Fields that WeChat numbers, as in `coupon_id_0`, read as a list of records.
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
    pub kind: Kind,
    /// What it means.
    pub doc: &'static str,
    /// The most characters it may have; 0 for no limit.
    pub max: usize,
    /// Whether it is always there.
    pub required: bool,
    /// What is sent when the caller gives nothing.
    pub default: Option<&'static str>,
    /// Whether the client's own setting stands in when the caller gives nothing.
    pub from_merchant: bool,
    /// How much of it may be shown to a person.
    pub show: Show,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text of characters of up to three bytes.
    Text,
    /// Text without white space.
    Id,
    /// A merchant's number: digits, letters, `_ - | *`, and the `@` of older documents.
    OutNo,
    /// An IPv4 or IPv6 address.
    Ip,
    /// An absolute http or https URL without a query.
    Url,
    /// An integer.
    Int,
    /// An amount in fen, at least 1 in a request.
    Fen,
    /// An instant, in Beijing time on the wire.
    Time,
    /// A JSON text.
    Json,
    /// One of these. Replies may hold others.
    Enum(&'static [&'static str]),
}

/// How much of a field may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// All of it.
    Plain,
    /// Enough to tell one from another: somebody's openid.
    Short,
    /// Nothing: a token.
    Hidden,
}

/// At least one of some fields must be given, perhaps only when another has a value.
#[derive(Debug)]
pub struct Need {
    /// The field and value that make it apply; `None` for always.
    pub when: Option<(&'static str, &'static str)>,
    /// The fields of which one must be there.
    pub any: &'static [&'static str],
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
    /// An instant.
    Time(BeijingTime),
    /// JSON text.
    Json(&'a str),
}

impl Field {
    #[doc(hidden)]
    pub const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, kind, doc, max: 0, required: false, default: None, from_merchant: false, show: Show::Plain }
    }

    #[doc(hidden)]
    pub const fn max(mut self, max: usize) -> Self {
        self.max = max;
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
    pub const fn short(mut self) -> Self {
        self.show = Show::Short;
        self
    }

    #[doc(hidden)]
    pub const fn hidden(mut self) -> Self {
        self.show = Show::Hidden;
        self
    }

    /// Reads a value that WeChat sent; `None` when it is not of this field's kind.
    pub fn read<'a>(&self, value: Option<&'a str>) -> Option<Read<'a>> {
        let Some(value) = value else { return Some(Read::Absent) };
        match self.kind {
            Kind::Int | Kind::Fen | Kind::Time | Kind::Json if value.is_empty() => Some(Read::Absent),
            Kind::Int => integer(value.strip_prefix('-').unwrap_or(value)).and(value.parse().ok()).map(Read::Int),
            Kind::Fen => integer(value).and(value.parse().ok()).map(Read::Int),
            Kind::Time => BeijingTime::parse(value).map(Read::Time),
            Kind::Json => serde_json::from_str::<serde_json::Value>(value).ok().map(|_| Read::Json(value)),
            Kind::Text | Kind::Id | Kind::OutNo | Kind::Ip | Kind::Url | Kind::Enum(_) => Some(Read::Text(value)),
        }
    }
}

/// Digits alone: Rust's own parser takes a plus sign.
fn integer(text: &str) -> Option<()> {
    text.bytes().all(|b| b.is_ascii_digit()).then_some(())
}

impl Record {
    /// The known field of this name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Holds a document against this record: what is required is there and of its kind, and so is all money. Another
    /// field that is not of its kind reads as absent, and keeps its text: it must not make a paid order unreadable.
    ///
    /// # Errors
    /// The field that is not, and why.
    pub fn check(&self, fields: &Fields) -> Result<(), (&'static str, &'static str)> {
        for field in self.fields {
            if !field.required && field.kind != Kind::Fen {
                continue;
            }
            let value = fields.get(field.name);
            if field.required && value.is_none_or(str::is_empty) {
                return Err((field.name, "is missing"));
            }
            if field.read(value).is_none() {
                return Err((field.name, "is not of its kind"));
            }
        }
        for list in self.lists {
            for item in list.read(fields) {
                for (field, value) in item {
                    if field.kind == Kind::Fen && field.read(Some(value)).is_none() {
                        return Err((field.name, "is not of its kind"));
                    }
                }
            }
        }
        Ok(())
    }
}

impl List {
    /// The items in the order of their numbers. Numbers may be missing; the companion count is not relied on.
    pub fn read<'a>(&self, fields: &'a Fields) -> Vec<Vec<(&'static Field, &'a str)>> {
        let numbers: BTreeSet<u32> = fields.iter().filter_map(|(name, _)| self.number(name)).collect();
        let item = |number: u32| {
            let value =
                |field: &'static Field| fields.get(&format!("{}_{number}", field.name)).map(|value| (field, value));
            self.item.fields.iter().filter_map(value).collect()
        };
        numbers.into_iter().map(item).collect()
    }

    /// The number in a name such as `coupon_id_0`, when the rest of the name is one of these fields.
    fn number(&self, name: &str) -> Option<u32> {
        // Few names end in a digit, and this is asked of every name.
        if !name.ends_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let (base, number) = name.rsplit_once('_')?;
        let known = self.item.fields.iter().any(|field| field.name == base);
        (known && number.bytes().all(|b| b.is_ascii_digit())).then(|| number.parse().ok())?
    }
}

/// A document read into a type.
pub trait Document {
    /// Its row.
    const RECORD: &'static Record;

    /// All its fields, as received.
    fn fields(&self) -> &Fields;
}

/// A call with its fields.
pub trait Call {
    /// Its row.
    const ENDPOINT: &'static Endpoint;
    /// What it answers.
    type Reply: Document;
}

/// Declares a document: its type, with a getter a field, and its row.
macro_rules! record {
    (
        $(#[doc = $doc:literal])+
        $name:ident
        fields {
            $($(#[doc = $fdoc:literal])+ $field:ident : $kind:ident $(<$of:ident>)? $(($max:literal))? $($flag:ident)*,)*
        }
        $(lists {
            $($list:ident : $item:ident,)*
        })?
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(pub(crate) $crate::wire::Fields);

        impl $name {
            $(
                $(#[doc = $fdoc])+
                pub fn $field(&self) -> $crate::endpoint::value!(get ($($flag)*) $kind $(<$of>)?) {
                    $crate::endpoint::value!(read (self.0.get(stringify!($field))) ($($flag)*) $kind $(<$of>)?)
                }
            )*
            $($(
                /// The numbered fields, as a list.
                pub fn $list(&self) -> Vec<$item> {
                    <Self as $crate::endpoint::Document>::RECORD.lists.iter()
                        .filter(|list| list.name == stringify!($list))
                        .flat_map(|list| list.read(&self.0))
                        .map(|item| $item(item.into_iter().map(|(field, value)| (field.name, value)).collect()))
                        .collect()
                }
            )*)?

            /// Any field, known or not, as received.
            pub fn get(&self, name: &str) -> Option<&str> {
                self.0.get(name)
            }
        }

        impl $crate::endpoint::Document for $name {
            const RECORD: &'static $crate::endpoint::Record = &$crate::endpoint::Record {
                name: stringify!($name),
                doc: concat!($($doc, "\n"),+).trim_ascii(),
                fields: &[$(
                    $crate::endpoint::Field::new(
                        stringify!($field), $crate::endpoint::value!(kind $kind $(<$of>)?), concat!($($fdoc, "\n"),+).trim_ascii()
                    )$(.max($max))?$(.$flag())*
                ),*],
                lists: &[$($($crate::endpoint::List {
                    name: stringify!($list),
                    item: <$item as $crate::endpoint::Document>::RECORD,
                }),*)?],
            };

            fn fields(&self) -> &$crate::wire::Fields {
                &self.0
            }
        }
    };
}

/// Declares calls: for each a request type with a setter a field, its reply's type, its row, and the client's method.
macro_rules! endpoints {
    ($(
        $(#[doc = $doc:literal])+
        $method:ident ($request:ident) -> $reply:ident {
            path: $path:literal,
            cert: $cert:literal,
            sign: $sign:expr,
            signed_reply: $signed:literal,
            retry: $retry:ident,
            request {
                $($(#[doc = $fdoc:literal])+ $field:ident : $kind:ident $(<$of:ident>)? $(($max:literal))? $(= $default:literal)? $($flag:ident)*,)*
            }
            needs { $($(when $wfield:ident = $wvalue:literal)? any [$($any:ident),+],)* }
        }
    )+) => {
        /// This family's rows.
        pub const ENDPOINTS: &[&$crate::endpoint::Endpoint] =
            &[$(<$request as $crate::endpoint::Call>::ENDPOINT),+];

        $(
            $(#[doc = $doc])+
            #[derive(Clone, Default)]
            pub struct $request(pub(crate) $crate::request::Params<'static>);

            /// Names alone: a value may be somebody's name or openid.
            impl std::fmt::Debug for $request {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(stringify!($request))?;
                    f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
                }
            }

            impl $request {
                /// No fields yet.
                pub fn new() -> Self {
                    Self::default()
                }

                $(
                    $(#[doc = $fdoc])+
                    pub fn $field(self, value: $crate::endpoint::value!(set $kind $(<$of>)?)) -> Self {
                        self.set(stringify!($field), $crate::endpoint::value!(store (value) $kind $(<$of>)?))
                    }
                )*

                /// The sub-merchant, for service providers; the client's own setting stands in when it is left out.
                pub fn sub_mch_id(self, value: impl Into<String>) -> Self {
                    self.set("sub_mch_id", $crate::request::Value::Text(value.into().into()))
                }

                /// The sub-merchant's appid, for service providers.
                pub fn sub_appid(self, value: impl Into<String>) -> Self {
                    self.set("sub_appid", $crate::request::Value::Text(value.into().into()))
                }

                /// The random text of the request; made when it is left out.
                pub fn nonce_str(self, value: impl Into<String>) -> Self {
                    self.set("nonce_str", $crate::request::Value::Text(value.into().into()))
                }

                /// The fields given so far.
                pub fn params(&self) -> &$crate::request::Params<'static> {
                    &self.0
                }

                fn set(mut self, name: &'static str, value: $crate::request::Value<'static>) -> Self {
                    self.0.push((name.into(), value));
                    self
                }
            }

            impl $crate::endpoint::Call for $request {
                const ENDPOINT: &'static $crate::endpoint::Endpoint = &$crate::endpoint::Endpoint {
                    name: stringify!($method),
                    path: $path,
                    cert: $cert,
                    sign_types: $sign,
                    signed_reply: $signed,
                    retry: $crate::endpoint::RetryClass::$retry,
                    doc: concat!($($doc, "\n"),+).trim_ascii(),
                    request: &[$(
                        $crate::endpoint::Field::new(
                            stringify!($field), $crate::endpoint::value!(kind $kind $(<$of>)?), concat!($($fdoc, "\n"),+).trim_ascii()
                        )$(.max($max))?$(.default($default))?$(.$flag())*
                    ),*],
                    needs: &[$($crate::endpoint::Need {
                        when: $crate::endpoint::when!($($wfield $wvalue)?),
                        any: &[$(stringify!($any)),+],
                    }),*],
                    reply: <$reply as $crate::endpoint::Document>::RECORD,
                };
                type Reply = $reply;
            }

            impl $reply {
                /// Reads a reply that came back over somebody else's HTTP client: verified, and typed.
                ///
                /// # Errors
                /// As [`reply::read`](crate::reply::read).
                pub fn read(status: u16, body: &[u8], merchant: &$crate::Merchant) -> Result<Self, $crate::Error> {
                    $crate::reply::read(<$request as $crate::endpoint::Call>::ENDPOINT, status, body, merchant).map(Self)
                }
            }

            #[cfg(feature = "client")]
            impl $crate::client::WxPay {
                $(#[doc = $doc])+
                ///
                /// # Errors
                /// Every [`Kind`](crate::Kind) but `OAuth`.
                pub async fn $method(&self, request: $request) -> Result<$reply, $crate::Error> {
                    self.execute(<$request as $crate::endpoint::Call>::ENDPOINT, &request.0).await.map($reply)
                }
            }
        )+
    };
}

/// What Rust calls a field of each kind: its row's kind, its getter's and setter's types, and how they read and store.
macro_rules! value {
    (kind Enum<$of:ident>) => { $crate::endpoint::Kind::Enum($of::VALUES) };
    (kind $kind:ident) => { $crate::endpoint::Kind::$kind };

    // What is required was there when the document was read: `Record::check`.
    (get (required $($flag:ident)*) Int) => { i64 };
    (get (required $($flag:ident)*) Fen) => { $crate::Fen };
    (get (required $($flag:ident)*) Enum<$of:ident>) => { $of };
    (get (required $($flag:ident)*) $kind:ident) => { &str };
    (get ($($flag:ident)*) Int) => { Option<i64> };
    (get ($($flag:ident)*) Fen) => { Option<$crate::Fen> };
    (get ($($flag:ident)*) Time) => { Option<$crate::BeijingTime> };
    (get ($($flag:ident)*) Enum<$of:ident>) => { Option<$of> };
    (get ($($flag:ident)*) $kind:ident) => { Option<&str> };

    (read ($value:expr) (required $($flag:ident)*) Int) => { $value.and_then(|text| text.parse().ok()).unwrap_or_default() };
    (read ($value:expr) (required $($flag:ident)*) Fen) => { $value.and_then(|text| text.parse().ok()).unwrap_or_default() };
    (read ($value:expr) (required $($flag:ident)*) Enum<$of:ident>) => { $of::from($value.unwrap_or_default()) };
    (read ($value:expr) (required $($flag:ident)*) $kind:ident) => { $value.unwrap_or_default() };
    (read ($value:expr) ($($flag:ident)*) Int) => { $value.and_then(|text| text.parse().ok()) };
    (read ($value:expr) ($($flag:ident)*) Fen) => { $value.and_then(|text| text.parse().ok()) };
    (read ($value:expr) ($($flag:ident)*) Time) => { $value.and_then($crate::BeijingTime::parse) };
    (read ($value:expr) ($($flag:ident)*) Enum<$of:ident>) => { $value.map($of::from) };
    (read ($value:expr) ($($flag:ident)*) $kind:ident) => { $value };

    (set Int) => { i64 };
    (set Fen) => { impl Into<$crate::Fen> };
    (set Time) => { $crate::BeijingTime };
    (set Enum<$of:ident>) => { $of };
    (set $kind:ident) => { impl Into<String> };

    (store ($value:expr) Int) => { $crate::request::Value::Int($value) };
    (store ($value:expr) Fen) => { $crate::request::Value::Int($value.into().0) };
    (store ($value:expr) Time) => { $crate::request::Value::Time($value) };
    (store ($value:expr) Enum<$of:ident>) => { $crate::request::Value::Text($value.as_str().to_owned().into()) };
    (store ($value:expr) $kind:ident) => { $crate::request::Value::Text($value.into().into()) };
}

macro_rules! when {
    () => {
        None
    };
    ($field:ident $value:literal) => {
        Some((stringify!($field), $value))
    };
}

/// Declares an enumeration of the wire that keeps values it does not know.
macro_rules! wire_enum {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $vdoc:literal])+ $variant:ident = $text:literal,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[doc = $vdoc])+ $variant,)+
            /// A value that came later than this version.
            Other(String),
        }

        impl $name {
            /// The wire's texts.
            pub const VALUES: &'static [&'static str] = &[$($text),+];

            /// The wire's text.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }
    };
}

pub(crate) use {endpoints, record, value, when, wire_enum};

/// Every call in the table, family by family.
pub const ENDPOINTS: &[&[&Endpoint]] = &[crate::pay::order::ENDPOINTS];

/// The documents beside the replies of the calls above. What stands inside another comes before it.
pub const DOCUMENTS: &[&Record] = &[
    Coupon::RECORD,
    PaymentNotification::RECORD,
    ConfirmedPayment::RECORD,
    WebToken::RECORD,
    UserInfo::RECORD,
    AccessToken::RECORD,
    Ticket::RECORD,
];

/// Every call in the table.
pub fn all() -> impl Iterator<Item = &'static Endpoint> {
    ENDPOINTS.iter().flat_map(|family| family.iter().copied())
}

/// The call of this name.
pub fn find(name: &str) -> Option<&'static Endpoint> {
    all().find(|endpoint| endpoint.name == name)
}
