//! The macros that declare rows: [`endpoints!`] declares calls, [`record!`] documents, [`object!`] objects inside JSON requests,
//! [`group!`] fields that several of these share, [`wire_enum!`] enumerations. Each makes Rust types, and rows of plain data.

/// Declares fields that several records or requests share. They take them in by `includes [name]`.
macro_rules! group {
    ($name:ident { $($field:tt)* }) => {
        macro_rules! $name {
            ($next:ident! $state:tt) => { $next! { @group { $($field)* } $state } };
        }
        pub(crate) use $name;
    };
}

/// Declares a document: its type with a getter a field, and its row. The fields of its groups follow its own. `needs` are the fields
/// that are there when another has a value; `hint` is what to do where they are not.
macro_rules! record {
    (
        $(#[doc = $doc:literal])+
        $name:ident $(includes [$($group:ident),+])?
        fields { $($field:tt)* }
        $(lists { $($list:tt)* })?
        $(needs { $($need:tt)* })?
    ) => {
        $crate::table::macros::record! {
            @collect [$($($group)+)?] { $($field)* } { [$($doc)+] $name { $($($list)*)? } { $($($need)*)? } }
        }
    };
    (@collect [$group:ident $($rest:ident)*] $fields:tt $state:tt) => {
        $group! { record! { [$($rest)*] $fields $state } }
    };
    (@group { $($more:tt)* } { $rest:tt { $($field:tt)* } $state:tt }) => {
        $crate::table::macros::record! { @collect $rest { $($field)* $($more)* } $state }
    };
    (
        @collect [] {
            $($(#[doc = $fdoc:literal])+ $field:ident : $kind:ident $(<$of:ident>)? $(($($bound:literal),+))? $($flag:ident)*,)*
        } {
            [$($doc:literal)+] $name:ident { $($list:ident : $item:ident,)* }
            { $($(when $wfield:ident = $wvalue:literal)? any [$($($any:ident).+),+] $(hint $hint:literal)?,)* }
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(pub(crate) $crate::fields::Fields);

        impl $name {
            $(
                $(#[doc = $fdoc])+
                pub fn $field(&self) -> $crate::table::macros::value!(get ($($flag)*) $kind $(<$of>)?) {
                    $crate::table::macros::value!(
                        read (self.0.get($crate::table::row::wire_name(stringify!($field)))) ($($flag)*) $kind $(<$of>)?
                    )
                }
            )*
            $(
                /// The numbered fields, as a list.
                pub fn $list(&self) -> Vec<$item> {
                    <Self as $crate::table::row::Document>::RECORD.lists.iter()
                        .filter(|list| list.name == stringify!($list))
                        .flat_map(|list| list.read(&self.0))
                        .map($item)
                        .collect()
                }
            )*

            /// Any field, known or not, as received.
            pub fn get(&self, name: &str) -> Option<&str> {
                self.0.get(name)
            }
        }

        impl $crate::table::row::Document for $name {
            const RECORD: &'static $crate::table::row::Record = &$crate::table::row::Record {
                name: stringify!($name),
                module: module_path!(),
                doc: concat!($($doc, "\n"),+).trim_ascii(),
                fields: &[$(
                    $crate::table::macros::value!(field [$($fdoc)+] $field $kind $(<$of>)?)$(.bounds(&[$($bound),+]))?$(.$flag())*
                ),*],
                lists: &[$($crate::table::row::List {
                    name: stringify!($list),
                    item: <$item as $crate::table::row::Document>::RECORD,
                }),*],
                needs: &[$($crate::table::row::Need {
                    when: $crate::table::macros::when!($($wfield $wvalue)?),
                    any: &[$($crate::table::macros::dotted!($($any)+)),+],
                    exclusive: false,
                    hint: concat!($($hint)?),
                }),*],
            };

            fn from_fields(fields: $crate::fields::Fields) -> Self {
                Self(fields)
            }

            fn fields(&self) -> &$crate::fields::Fields {
                &self.0
            }
        }
    };
}

/// Declares an object inside a JSON request: its type with a setter a field, and its row.
macro_rules! object {
    (
        $(#[doc = $doc:literal])+
        $name:ident {
            $($(#[doc = $fdoc:literal])+ $field:ident : $kind:ident $(<$of:ident>)? $(($($bound:literal),+))? $($flag:ident)*,)*
        }
    ) => {
        $crate::table::macros::given! {
            [$($doc)+] $name { $([$($fdoc)+] $field $kind $(<$of>)?,)* } {}
        }

        impl $name {
            /// Its row.
            pub(crate) const RECORD: &'static $crate::table::row::Record = &$crate::table::row::Record {
                name: stringify!($name),
                module: module_path!(),
                doc: concat!($($doc, "\n"),+).trim_ascii(),
                fields: &[$(
                    $crate::table::macros::value!(field [$($fdoc)+] $field $kind $(<$of>)?)$(.bounds(&[$($bound),+]))?$(.$flag())*
                ),*],
                lists: &[],
                needs: &[],
            };
        }
    };
}

/// A type with a setter a field, that collects what a caller gives.
macro_rules! given {
    (
        [$($doc:literal)+] $name:ident { $([$($fdoc:literal)+] $field:ident $kind:ident $(<$of:ident>)?,)* } { $($more:item)* }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Default)]
        pub struct $name(pub(crate) $crate::value::Params<'static>);

        /// The names alone: a value may be a customer's name or openid.
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($name))?;
                f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
            }
        }

        impl $name {
            /// No fields yet.
            pub fn new() -> Self {
                Self::default()
            }

            $(
                $(#[doc = $fdoc])+
                pub fn $field(self, value: $crate::table::macros::value!(set $kind $(<$of>)?)) -> Self {
                    self.set($crate::table::row::wire_name(stringify!($field)), $crate::table::macros::value!(store (value) $kind $(<$of>)?))
                }
            )*

            /// The fields given so far.
            pub fn params(&self) -> &$crate::value::Params<'static> {
                &self.0
            }

            #[allow(dead_code, reason = "a call may have no fields")]
            fn set(mut self, name: &'static str, value: $crate::value::Value<'static>) -> Self {
                self.0.push((name.into(), value));
                self
            }

            $($more)*
        }
    };
}

/// Declares calls: for each a request type with a setter a field, and its row. The reply is a [`record!`].
///
/// The first word in a call's braces makes the row: `v2`, `get`, `post`, `v3_get` or `v3_post` with the path. Words after it change what differs from the
/// usual row; they are methods of [`Endpoint`](super::row::Endpoint).
macro_rules! endpoints {
    ($(
        $(#[doc = $doc:literal])+
        $($name:ident).+ ($request:ident) -> $reply:ident {
            $row:ident($path:literal) $(, $word:ident($($argument:tt)*))*;
            request $(includes [$($group:ident),+])? { $($field:tt)* }
            $(needs { $($need:tt)* })?
        }
    )+) => {
        /// This family's rows.
        pub const ENDPOINTS: &[&$crate::table::row::Endpoint] =
            &[$(<$request as $crate::table::row::Call>::ENDPOINT),+];

        $(
            $crate::table::macros::endpoint! {
                @collect [$($($group)+)?] { $($field)* } {
                    [$($doc)+] [$($name)+] $request $reply { $row($path) $($word($($argument)*))* } { $($($need)*)? }
                }
            }
        )+
    };
}

/// One call of [`endpoints!`].
macro_rules! endpoint {
    (@collect [$group:ident $($rest:ident)*] $fields:tt $state:tt) => {
        $group! { endpoint! { [$($rest)*] $fields $state } }
    };
    (@group { $($more:tt)* } { $rest:tt { $($field:tt)* } $state:tt }) => {
        $crate::table::macros::endpoint! { @collect $rest { $($field)* $($more)* } $state }
    };
    (
        @collect [] {
            $($(#[doc = $fdoc:literal])+ $field:ident : $kind:ident $(<$of:ident>)? $(($($bound:literal),+))? $(= $default:literal)? $($flag:ident)*,)*
        } {
            [$($doc:literal)+] [$($name:ident)+] $request:ident $reply:ident
            { $row:ident($path:literal) $($word:ident($($argument:tt)*))* }
            { $($(when $wfield:ident $(= $wvalue:literal)?)? any [$($any:ident),+] $($only:ident)?,)* }
        }
    ) => {
        $crate::table::macros::given! {
            [$($doc)+] $request { $([$($fdoc)+] $field $kind $(<$of>)?,)* } {}
        }

        $crate::table::macros::common! { $row $request }

        impl $crate::table::row::Call for $request {
            const ENDPOINT: &'static $crate::table::row::Endpoint = &$crate::table::row::Endpoint {
                name: $crate::table::macros::dotted!($($name)+),
                request_type: stringify!($request),
                module: module_path!(),
                doc: concat!($($doc, "\n"),+).trim_ascii(),
                request: &[$(
                    $crate::table::macros::value!(field [$($fdoc)+] $field $kind $(<$of>)?)$(.bounds(&[$($bound),+]))?$(.default($default))?$(.$flag())*
                ),*],
                needs: &[$($crate::table::row::Need {
                    when: $crate::table::macros::when!($($wfield $($wvalue)?)?),
                    any: &[$(stringify!($any)),+],
                    exclusive: false,
                    hint: "",
                }$(.$only())?),*],
                reply: <$reply as $crate::table::row::Document>::RECORD,
                ..{
                    #[allow(unused_imports, reason = "the words that most rows do not need")]
                    use $crate::{
                        crypto::digest::SignType,
                        retry::RetryClass::*,
                        table::row::{ReplyBody, Host, Own::*, TokenOf},
                    };
                    $crate::table::row::Endpoint::$row($path)$(.$word($($argument)*))*
                }
            };
            type Reply = $reply;

            fn params(&self) -> &$crate::value::Params<'static> {
                &self.0
            }
        }
    };
}

/// Setters of the fields that requests of APIv2 share.
macro_rules! common {
    (v2 $request:ident) => {
        impl $request {
            /// The sub-merchant, for service providers; the client's own setting when it is left out.
            pub fn sub_mch_id(self, value: impl Into<String>) -> Self {
                self.set("sub_mch_id", $crate::value::Value::Text(value.into().into()))
            }

            /// The sub-merchant's appid, for service providers; the client's own setting when it is left out.
            pub fn sub_appid(self, value: impl Into<String>) -> Self {
                self.set("sub_appid", $crate::value::Value::Text(value.into().into()))
            }

            /// The random text of the request; generated when it is left out.
            pub fn nonce_str(self, value: impl Into<String>) -> Self {
                self.set("nonce_str", $crate::value::Value::Text(value.into().into()))
            }
        }
    };
    ($row:ident $request:ident) => {};
}

/// `oauth access_token` as `"oauth.access_token"`.
macro_rules! dotted {
    ($name:ident) => {
        stringify!($name)
    };
    ($group:ident $name:ident) => {
        concat!(stringify!($group), ".", stringify!($name))
    };
}

/// What Rust makes of a field of each kind: its row, its getter's and setter's types, and how they read and store.
macro_rules! value {
    (field [$($doc:literal)+] $field:ident $kind:ident $(<$of:ident>)?) => {
        $crate::table::row::Field::new(
            stringify!($field),
            $crate::table::macros::value!(kind $kind $(<$of>)?),
            concat!($($doc, "\n"),+).trim_ascii(),
        )
    };

    (kind Enum<$of:ident>) => { $crate::table::row::FieldKind::Enum($of::VALUES) };
    (kind Record<$of:ident>) => { $crate::table::row::FieldKind::Record($crate::table::macros::value!(row $of)) };
    (kind List<$of:ident>) => { $crate::table::row::FieldKind::List($crate::table::macros::value!(row $of)) };
    (kind $kind:ident) => { $crate::table::row::FieldKind::$kind };

    // Of a document by its trait, of an object by its own constant.
    (row $of:ident) => {{
        #[allow(unused_imports, reason = "an object does not need it")]
        use $crate::table::row::Document as _;
        $of::RECORD
    }};

    // Required fields were there when the document was read: `Record::check`.
    (get (required $($flag:ident)*) Int) => { i64 };
    (get (required $($flag:ident)*) Fen) => { $crate::money::Fen };
    (get (required $($flag:ident)*) Bool) => { bool };
    (get (required $($flag:ident)*) Enum<$of:ident>) => { $of };
    (get (required $($flag:ident)*) Record<$of:ident>) => { $of };
    (get ($($flag:ident)*) List<$of:ident>) => { Vec<$of> };
    (get (required $($flag:ident)*) $kind:ident) => { &str };
    (get ($($flag:ident)*) Int) => { Option<i64> };
    (get ($($flag:ident)*) Fen) => { Option<$crate::money::Fen> };
    (get ($($flag:ident)*) Bool) => { Option<bool> };
    (get ($($flag:ident)*) Time) => { Option<$crate::time::BeijingTime> };
    (get ($($flag:ident)*) Instant) => { Option<$crate::time::BeijingTime> };
    (get ($($flag:ident)*) Enum<$of:ident>) => { Option<$of> };
    (get ($($flag:ident)*) Record<$of:ident>) => { Option<$of> };
    (get ($($flag:ident)*) $kind:ident) => { Option<&str> };

    (read ($value:expr) (required $($flag:ident)*) Int) => { $value.and_then(|text| text.parse().ok()).unwrap_or_default() };
    (read ($value:expr) (required $($flag:ident)*) Fen) => { $value.and_then(|text| text.parse().ok()).unwrap_or_default() };
    (read ($value:expr) (required $($flag:ident)*) Bool) => { $value == Some("true") };
    (read ($value:expr) (required $($flag:ident)*) Enum<$of:ident>) => { $of::from($value.unwrap_or_default()) };
    (read ($value:expr) (required $($flag:ident)*) Record<$of:ident>) => { $crate::table::read::object($value).unwrap_or_else(|| $of($crate::fields::Fields::default())) };
    (read ($value:expr) ($($flag:ident)*) List<$of:ident>) => { $crate::table::read::objects($value) };
    (read ($value:expr) (required $($flag:ident)*) $kind:ident) => { $value.unwrap_or_default() };
    (read ($value:expr) ($($flag:ident)*) Int) => { $value.and_then(|text| text.parse().ok()) };
    (read ($value:expr) ($($flag:ident)*) Fen) => { $value.and_then(|text| text.parse().ok()) };
    (read ($value:expr) ($($flag:ident)*) Bool) => { $value.and_then(|text| text.parse().ok()) };
    (read ($value:expr) ($($flag:ident)*) Time) => { $value.and_then($crate::time::BeijingTime::parse) };
    (read ($value:expr) ($($flag:ident)*) Instant) => { $value.and_then($crate::time::BeijingTime::parse_rfc3339) };
    (read ($value:expr) ($($flag:ident)*) Enum<$of:ident>) => { $value.map($of::from) };
    (read ($value:expr) ($($flag:ident)*) Record<$of:ident>) => { $crate::table::read::object($value) };
    (read ($value:expr) ($($flag:ident)*) $kind:ident) => { $value };

    (set Int) => { i64 };
    (set Fen) => { impl Into<$crate::money::Fen> };
    (set Bool) => { bool };
    (set Time) => { $crate::time::BeijingTime };
    (set Instant) => { $crate::time::BeijingTime };
    (set Enum<$of:ident>) => { $of };
    (set Record<$of:ident>) => { $of };
    (set List<$of:ident>) => { Vec<$of> };
    (set $kind:ident) => { impl Into<String> };

    (store ($value:expr) Int) => { $crate::value::Value::Int($value) };
    (store ($value:expr) Fen) => { $crate::value::Value::Int($value.into().0) };
    (store ($value:expr) Bool) => { $crate::value::Value::Bool($value) };
    (store ($value:expr) Time) => { $crate::value::Value::Time($value) };
    (store ($value:expr) Instant) => { $crate::value::Value::Time($value) };
    (store ($value:expr) Enum<$of:ident>) => { $crate::value::Value::Text($value.as_str().to_owned().into()) };
    (store ($value:expr) Record<$of:ident>) => { $crate::value::Value::Object($value.0) };
    (store ($value:expr) List<$of:ident>) => {
        $crate::value::Value::List($value.into_iter().map(|item| $crate::value::Value::Object(item.0)).collect())
    };
    (store ($value:expr) $kind:ident) => { $crate::value::Value::Text($value.into().into()) };
}

macro_rules! when {
    () => {
        None
    };
    ($field:ident) => {
        Some(($crate::table::row::wire_name(stringify!($field)), None))
    };
    ($field:ident $value:literal) => {
        Some(($crate::table::row::wire_name(stringify!($field)), Some($value)))
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

pub(crate) use {common, dotted, endpoint, endpoints, given, group, object, record, value, when, wire_enum};
