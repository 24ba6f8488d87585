//! The program `wxpaykit`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    // Beside this program, where `cargo install` puts both.
    let folder = std::env::current_exe().ok().and_then(|own| own.parent().map(ToOwned::to_owned));
    ExitCode::from(wxpaykit_cli::run_here(std::env::args_os().skip(1), folder.into_iter().collect()))
}
