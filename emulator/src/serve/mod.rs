//! HTTP: the server, the APIs, the control API and the pages.

mod access;
mod control;
mod describe;
mod dispatcher;
mod gateway;
mod json;
mod origin;
mod person;
mod plan;
mod platform;
mod server;
mod v2;
mod web;

pub use self::server::{Emulator, Running, StartError};
