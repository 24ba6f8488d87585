//! The command `wxpaykit`, as a library: pip's console script, npm's bin and the program of `cargo install` run [`run`].
//!
//! ```
//! use wxpaykit_cli::{Io, Terminals, run};
//!
//! let (mut out, mut err) = (Vec::new(), Vec::new());
//! let mut input: &[u8] = b"<xml><total_fee>100</total_fee></xml>";
//! let io = Io {
//!     input: &mut input,
//!     out: &mut out,
//!     err: &mut err,
//!     terminals: Terminals::default(),
//!     variables: Vec::new(),
//!     environment: &|_| None,
//!     folders: Vec::new(),
//! };
//! assert_eq!(run(["xml", "-"].map(Into::into), io), 0);
//! assert_eq!(out, b"total_fee=100\n");
//! ```
//!
//! The exit codes are in [`status`].

#![forbid(unsafe_code)]

mod args;
mod columns;
mod commands;
mod http;
mod input;
mod io;
mod keys;
mod progress;
mod session;
mod show;
pub mod status;

use std::ffi::OsString;
use std::io::{IsTerminal as _, stderr, stdin, stdout};
use std::path::PathBuf;

pub use self::io::{Io, Terminals};

/// Runs a command line, without the program's name. Returns the exit code.
pub fn run(args: impl IntoIterator<Item = OsString>, io: Io<'_>) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    let mut session = session::Session::new(io, &args);
    let ended = args::matches(&args, &session).and_then(|matches| commands::run(&mut session, &matches));
    session.end(ended)
}

/// As [`run`], with this process's streams and environment. `folders` are where `wxpaykit-emulator` may be, besides `PATH`.
pub fn run_here(args: impl IntoIterator<Item = OsString>, folders: Vec<PathBuf>) -> u8 {
    let terminals = Terminals {
        input: stdin().is_terminal(),
        out: stdout().is_terminal(),
        err: stderr().is_terminal(),
        columns: io::columns(),
    };
    let io = Io {
        input: &mut stdin().lock(),
        out: &mut stdout().lock(),
        err: &mut stderr().lock(),
        terminals,
        variables: std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect(),
        environment: &|name| std::env::var(name).ok(),
        folders,
    };
    run(args, io)
}
