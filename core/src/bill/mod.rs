//! Bills: their text, streamed and typed. No I/O.
//!
//! [`Reader`] takes the bytes of a trade bill or a fund flow in pieces of any size, packed or not, and gives [`Batch`]es of
//! [`Row`]s and, at the end, the totals. A bill that ended too early is an error, never a short list.

#[macro_use]
mod columns;

mod batch;
mod compare;
mod parser;
mod reader;
mod text;
mod values;

pub use self::batch::{Batch, Cell, Row};
pub use self::columns::{CellKind, Column, Header, Layout};
pub use self::compare::{Comparison, Difference, Mine, Side};
pub use self::parser::{Breach, Parser};
pub use self::reader::{Reader, Unpacker};
pub use self::text::unescape;
pub use self::values::Fee;
