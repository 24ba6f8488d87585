//! Readers and writers of the documents that travel.

pub mod form;
pub mod json;
pub mod multipart;
mod name;
mod scan;
pub mod signed;
pub mod xml;
