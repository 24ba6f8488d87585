//! The macros that declare rows: [`endpoints!`] declares calls, [`record!`] documents, [`wire_enum!`] enumerations. Each makes Rust
//! types, and rows of plain data.

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
        pub struct $name(pub(crate) $crate::fields::Fields);

        impl $name {
            $(
                $(#[doc = $fdoc])+
                pub fn $field(&self) -> $crate::table::macros::value!(get ($($flag)*) $kind $(<$of>)?) {
                    $crate::table::macros::value!(read (self.0.get(stringify!($field))) ($($flag)*) $kind $(<$of>)?)
                }
            )*
            $($(
                /// The numbered fields, as a list.
                pub fn $list(&self) -> Vec<$item> {
                    <Self as $crate::table::row::Document>::RECORD.lists.iter()
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

        impl $crate::table::row::Document for $name {
            const RECORD: &'static $crate::table::row::Record = &$crate::table::row::Record {
                name: stringify!($name),
                doc: concat!($($doc, "\n"),+).trim_ascii(),
                fields: &[$(
                    $crate::table::row::Field::new(
                        stringify!($field), $crate::table::macros::value!(kind $kind $(<$of>)?), concat!($($fdoc, "\n"),+).trim_ascii()
                    )$(.max($max))?$(.$flag())*
                ),*],
                lists: &[$($($crate::table::row::List {
                    name: stringify!($list),
                    item: <$item as $crate::table::row::Document>::RECORD,
                }),*)?],
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

/// Declares calls: for each a request type with a setter a field, its reply's type, and its row.
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
        pub const ENDPOINTS: &[&$crate::table::row::Endpoint] =
            &[$(<$request as $crate::table::row::Call>::ENDPOINT),+];

        $(
            $(#[doc = $doc])+
            #[derive(Clone, Default)]
            pub struct $request(pub(crate) $crate::value::Params<'static>);

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
                    pub fn $field(self, value: $crate::table::macros::value!(set $kind $(<$of>)?)) -> Self {
                        self.set(stringify!($field), $crate::table::macros::value!(store (value) $kind $(<$of>)?))
                    }
                )*

                /// The sub-merchant, for service providers; the client's own setting stands in when it is left out.
                pub fn sub_mch_id(self, value: impl Into<String>) -> Self {
                    self.set("sub_mch_id", $crate::value::Value::Text(value.into().into()))
                }

                /// The sub-merchant's appid, for service providers.
                pub fn sub_appid(self, value: impl Into<String>) -> Self {
                    self.set("sub_appid", $crate::value::Value::Text(value.into().into()))
                }

                /// The random text of the request; made when it is left out.
                pub fn nonce_str(self, value: impl Into<String>) -> Self {
                    self.set("nonce_str", $crate::value::Value::Text(value.into().into()))
                }

                /// The fields given so far.
                pub fn params(&self) -> &$crate::value::Params<'static> {
                    &self.0
                }

                fn set(mut self, name: &'static str, value: $crate::value::Value<'static>) -> Self {
                    self.0.push((name.into(), value));
                    self
                }
            }

            impl $crate::table::row::Call for $request {
                const ENDPOINT: &'static $crate::table::row::Endpoint = &$crate::table::row::Endpoint {
                    name: stringify!($method),
                    request_type: stringify!($request),
                    module: module_path!(),
                    path: $path,
                    cert: $cert,
                    sign_types: $sign,
                    signed_reply: $signed,
                    retry: $crate::retry::RetryClass::$retry,
                    doc: concat!($($doc, "\n"),+).trim_ascii(),
                    request: &[$(
                        $crate::table::row::Field::new(
                            stringify!($field), $crate::table::macros::value!(kind $kind $(<$of>)?), concat!($($fdoc, "\n"),+).trim_ascii()
                        )$(.max($max))?$(.default($default))?$(.$flag())*
                    ),*],
                    needs: &[$($crate::table::row::Need {
                        when: $crate::table::macros::when!($($wfield $wvalue)?),
                        any: &[$(stringify!($any)),+],
                    }),*],
                    reply: <$reply as $crate::table::row::Document>::RECORD,
                };
                type Reply = $reply;

                fn params(&self) -> &$crate::value::Params<'static> {
                    &self.0
                }
            }
        )+
    };
}

/// What Rust calls a field of each kind: its row's kind, its getter's and setter's types, and how they read and store.
macro_rules! value {
    (kind Enum<$of:ident>) => { $crate::table::row::Kind::Enum($of::VALUES) };
    (kind $kind:ident) => { $crate::table::row::Kind::$kind };

    // What is required was there when the document was read: `Record::check`.
    (get (required $($flag:ident)*) Int) => { i64 };
    (get (required $($flag:ident)*) Fen) => { $crate::money::Fen };
    (get (required $($flag:ident)*) Enum<$of:ident>) => { $of };
    (get (required $($flag:ident)*) $kind:ident) => { &str };
    (get ($($flag:ident)*) Int) => { Option<i64> };
    (get ($($flag:ident)*) Fen) => { Option<$crate::money::Fen> };
    (get ($($flag:ident)*) Time) => { Option<$crate::time::BeijingTime> };
    (get ($($flag:ident)*) Enum<$of:ident>) => { Option<$of> };
    (get ($($flag:ident)*) $kind:ident) => { Option<&str> };

    (read ($value:expr) (required $($flag:ident)*) Int) => { $value.and_then(|text| text.parse().ok()).unwrap_or_default() };
    (read ($value:expr) (required $($flag:ident)*) Fen) => { $value.and_then(|text| text.parse().ok()).unwrap_or_default() };
    (read ($value:expr) (required $($flag:ident)*) Enum<$of:ident>) => { $of::from($value.unwrap_or_default()) };
    (read ($value:expr) (required $($flag:ident)*) $kind:ident) => { $value.unwrap_or_default() };
    (read ($value:expr) ($($flag:ident)*) Int) => { $value.and_then(|text| text.parse().ok()) };
    (read ($value:expr) ($($flag:ident)*) Fen) => { $value.and_then(|text| text.parse().ok()) };
    (read ($value:expr) ($($flag:ident)*) Time) => { $value.and_then($crate::time::BeijingTime::parse) };
    (read ($value:expr) ($($flag:ident)*) Enum<$of:ident>) => { $value.map($of::from) };
    (read ($value:expr) ($($flag:ident)*) $kind:ident) => { $value };

    (set Int) => { i64 };
    (set Fen) => { impl Into<$crate::money::Fen> };
    (set Time) => { $crate::time::BeijingTime };
    (set Enum<$of:ident>) => { $of };
    (set $kind:ident) => { impl Into<String> };

    (store ($value:expr) Int) => { $crate::value::Value::Int($value) };
    (store ($value:expr) Fen) => { $crate::value::Value::Int($value.into().0) };
    (store ($value:expr) Time) => { $crate::value::Value::Time($value) };
    (store ($value:expr) Enum<$of:ident>) => { $crate::value::Value::Text($value.as_str().to_owned().into()) };
    (store ($value:expr) $kind:ident) => { $crate::value::Value::Text($value.into().into()) };
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
