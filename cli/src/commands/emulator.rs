//! `emulator`: starts `wxpaykit-emulator`, which is a package of its own.

use std::path::PathBuf;
use std::process::Command;

use clap::ArgMatches;

use crate::input::values;
use crate::session::Session;
use crate::status::Stop;

const NAME: &str = if cfg!(windows) { "wxpaykit-emulator.exe" } else { "wxpaykit-emulator" };

pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    let Some(program) = find(session) else {
        let text = session.pick(
            "wxpaykit-emulator is not installed: pip install 'wxpaykit[emulator]', npm install --save-dev wxpaykit-emulator, or cargo \
             install wxpaykit-emulator; or name the program in WXPAYKIT_EMULATOR",
            "没有安装 wxpaykit-emulator：pip install 'wxpaykit[emulator]'、npm install --save-dev wxpaykit-emulator 或 cargo install \
             wxpaykit-emulator；也可以用 WXPAYKIT_EMULATOR 指定程序",
        );
        return Err(Stop::Failed(text.to_owned()));
    };
    let mut command = Command::new(&program);
    command.args(values(matches, "arguments"));
    let error = match start(&mut command) {
        Ok(status) => return Ok(status),
        Err(error) => error,
    };
    let text = session.pick("cannot be started", "无法启动");
    Err(Stop::Failed(format!("{} {text}: {error}", program.display())))
}

/// The program that is named, or the one beside this command, or the one in `PATH`.
fn find(session: &Session<'_>) -> Option<PathBuf> {
    if let Some(named) = (session.io.environment)("WXPAYKIT_EMULATOR").filter(|named| !named.is_empty()) {
        return Some(named.into());
    }
    let path = (session.io.environment)("PATH").unwrap_or_default();
    let folders = session.io.folders.iter().cloned().chain(std::env::split_paths(&path));
    folders.map(|folder| folder.join(NAME)).find(|program| program.is_file())
}

/// Takes the place of this process, so that signals and the terminal are the emulator's. Returns only when it fails.
#[cfg(unix)]
fn start(command: &mut Command) -> std::io::Result<u8> {
    use std::io::{stderr, stdin, stdout};
    use std::os::unix::process::CommandExt as _;

    use rustix::io::{FdFlags, fcntl_setfd};

    // Node marks its streams to be closed here.
    let kept = [
        fcntl_setfd(stdin(), FdFlags::empty()),
        fcntl_setfd(stdout(), FdFlags::empty()),
        fcntl_setfd(stderr(), FdFlags::empty()),
    ];
    match kept.into_iter().find_map(Result::err) {
        Some(error) => Err(error.into()),
        None => Err(command.exec()),
    }
}

#[cfg(not(unix))]
fn start(command: &mut Command) -> std::io::Result<u8> {
    let status = command.status()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
