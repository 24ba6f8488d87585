//! The native half of the npm package `wxpaykit`, private to its TypeScript facade in `node/ts`.
//!
//! It converts and does nothing else: every rule is in the crate `wxpaykit`. napi makes the functions, the classes and their types
//! (`native.d.ts`); `text.rs` and `frame.rs` say how texts and documents cross.

#![expect(unreachable_pub, reason = "napi exports `pub` items alone")]

mod bill;
mod bridge;
mod client;
mod code_payment;
mod error;
mod frame;
mod functions;
mod handling;
mod in_javascript;
mod job;
mod named;
#[cfg(feature = "probe")]
mod probe;
mod queue;
mod store;
mod tables;
mod text;
mod v3;
mod value;
mod watch;

// Memory is allocated by one thread and freed by another, for which the system's allocator takes locks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
