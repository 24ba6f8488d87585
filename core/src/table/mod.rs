//! The tables' words: rows, the macros that declare them, and values held against them.

pub(crate) mod check;
pub(crate) mod macros;
pub(crate) mod row;
pub mod settings;

pub use self::row::{Call, Document, Endpoint, Field, Kind, List, Need, Read, Record};
