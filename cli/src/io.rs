//! The streams of a process, its environment, and questions at a terminal.

use std::io::{ErrorKind, Read, Write};
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

/// What a command reads and writes.
pub struct Io<'a> {
    /// Standard input.
    pub input: &'a mut dyn Read,
    /// Standard output: results.
    pub out: &'a mut dyn Write,
    /// Standard error: errors, warnings, questions.
    pub err: &'a mut dyn Write,
    /// Which of them are terminals.
    pub terminals: Terminals,
    /// The names of the variables of the environment.
    pub variables: Vec<String>,
    /// The variables of the environment.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// Folders in which `wxpaykit-emulator` may be, besides those of `PATH`.
    pub folders: Vec<PathBuf>,
}

/// Which streams are terminals.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminals {
    /// Standard input.
    pub input: bool,
    /// Standard output.
    pub out: bool,
    /// Standard error.
    pub err: bool,
    /// The width of the terminal, in columns. Otherwise it is that of the variable `COLUMNS`, or 80.
    pub columns: Option<u16>,
}

/// How long to wait for a stream that another process made non-blocking.
const PAUSE: Duration = Duration::from_millis(2);

/// Writes all of a text.
///
/// # Errors
/// Those of the stream, such as `BrokenPipe` when the reader of a pipe has ended, or `StorageFull`.
pub(crate) fn write(stream: &mut dyn Write, text: &str) -> std::io::Result<()> {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        match stream.write(rest) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(taken) => rest = rest.get(taken..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => sleep(PAUSE),
            Err(error) => return Err(error),
        }
    }
    loop {
        match stream.flush() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => sleep(PAUSE),
            done => return done,
        }
    }
}

/// Reads a stream to its end. One byte more than `most` is read, so that the caller can tell.
///
/// # Errors
/// Those of the stream.
pub(crate) fn read(stream: &mut dyn Read, most: usize) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    let mut piece = [0; 8192];
    while content.len() <= most {
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => content.extend_from_slice(piece.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => sleep(PAUSE),
            Err(error) => return Err(error),
        }
    }
    content.truncate(most + 1);
    Ok(content)
}

/// The width of the terminal of standard output, or of standard error.
#[cfg(unix)]
pub(crate) fn columns() -> Option<u16> {
    use rustix::termios::tcgetwinsize;

    let size = tcgetwinsize(std::io::stdout()).or_else(|_| tcgetwinsize(std::io::stderr())).ok()?;
    Some(size.ws_col).filter(|columns| *columns > 0)
}

/// Here the width is not known.
#[cfg(not(unix))]
pub(crate) fn columns() -> Option<u16> {
    None
}

/// The answer to a question at the terminal.
pub(crate) enum Answer {
    /// A text, which was not shown.
    Text(String),
    /// Ctrl-C.
    Interrupted,
    /// There is no terminal.
    Nobody,
}

/// Asks at the process's terminal, whatever its streams are, and does not show the answer.
#[cfg(unix)]
pub(crate) fn ask(question: &str) -> Answer {
    use std::fs::OpenOptions;

    use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};

    let Ok(mut terminal) = OpenOptions::new().read(true).write(true).open("/dev/tty") else { return Answer::Nobody };
    let Ok(before) = tcgetattr(&terminal) else { return Answer::Nobody };
    let mut quiet = before.clone();
    // Without signals: Ctrl-C would end the process and leave the terminal without echo.
    quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
    quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
    quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
    if tcsetattr(&terminal, OptionalActions::Flush, &quiet).is_err() {
        return Answer::Nobody;
    }
    // An answer without its question would be a guess, so a terminal that cannot be written is as none.
    let answer = write(&mut terminal, question).map_or(Answer::Nobody, |()| line(&mut terminal));
    let _ = tcsetattr(&terminal, OptionalActions::Flush, &before);
    let _ = write(&mut terminal, "\n");
    answer
}

/// Here a terminal cannot be asked without showing the answer.
#[cfg(not(unix))]
pub(crate) fn ask(_: &str) -> Answer {
    Answer::Nobody
}

#[cfg(unix)]
fn line(terminal: &mut impl Read) -> Answer {
    let mut text = Vec::new();
    let mut byte = [0];
    loop {
        match terminal.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return Answer::Nobody,
        }
        match byte {
            [0x03] => return Answer::Interrupted,
            [b'\r' | b'\n' | 0x04] => break,
            [0x08 | 0x7f] => drop(text.pop()),
            // Ctrl-U.
            [0x15] => text.clear(),
            [other] => text.push(other),
        }
    }
    Answer::Text(String::from_utf8_lossy(&text).into_owned())
}
