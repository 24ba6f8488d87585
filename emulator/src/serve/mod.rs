//! HTTP: the server, the APIs, the control API and the pages.

mod access;
mod arriving_body;
mod calls;
mod connections;
mod control;
mod control_words;
mod describe;
mod dispatcher;
mod first_minute;
mod gateway;
mod inputs;
mod json;
mod leaving_body;
mod origin;
mod person;
mod plan;
mod platform;
mod server;
mod tls;
mod unserved;
mod upload;
mod v2;
mod v3;
mod web;

pub use self::inputs::Inputs;
pub use self::server::{Emulator, Running, StartError};
