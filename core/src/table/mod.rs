//! The words of the tables: rows, the macros that declare them, and values and replies against them.

pub(crate) mod check;
pub(crate) mod collect;
pub(crate) mod example;
pub(crate) mod limits;
pub(crate) mod macros;
#[cfg(feature = "client")]
pub(crate) mod misspelt;
pub(crate) mod others;
pub(crate) mod read;
pub(crate) mod refused;
pub(crate) mod row;
pub mod settings;
pub(crate) mod target;

#[doc(hidden)]
pub use self::row::wire_name;
pub use self::row::{
    Call, Document, Endpoint, Field, FieldKind, Host, Limit, List, Method, Need, Own, Partner, Read, Record, ReplyBody,
    Sender, Step, TimeInside,
};
