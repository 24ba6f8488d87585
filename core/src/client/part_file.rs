//! A file that gets its name once it is whole.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::random;
use crate::error::Error;

/// A file that is being written, under its name with a random word and `.part` at its end. Where it is dropped before it is whole, it is
/// removed.
pub(super) struct PartFile {
    file: File,
    /// Where it is now; empty once it has its name.
    part: OsString,
    path: PathBuf,
    call: &'static str,
}

impl PartFile {
    /// Creates it. `call` is named in errors.
    ///
    /// # Errors
    /// `InvalidRequest` with the field `path`.
    pub(super) fn create(path: &Path, call: &'static str) -> Result<Self, Error> {
        if let Some(rule) = wrong_place(path) {
            return Err(Error::invalid("path", rule).at(call));
        }
        // Random: two that save to one path must not write into one file, of which either would be proved by its own pieces alone.
        let [a, b, c, d, ..] = random::fresh().map_err(|error| error.at(call))?;
        // Of the whole name: files that differ after a point alone have different part files.
        let mut part = path.as_os_str().to_owned();
        part.push(format!(".{:08x}.part", u32::from_be_bytes([a, b, c, d])));
        // A new one: what has the name already, or is linked from it, is somebody else's.
        let file = File::create_new(&part).map_err(|error| refused(&error, call))?;
        Ok(Self { file, part, path: path.to_owned(), call })
    }

    /// Writes a piece.
    ///
    /// # Errors
    /// `InvalidRequest` with the field `path`. Nothing is left behind.
    pub(super) fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.file.write_all(piece).map_err(|error| refused(&error, self.call))
    }

    /// Gives the file its name, with all pieces on the disk. A file of that name is replaced.
    ///
    /// # Errors
    /// As [`PartFile::write`].
    pub(super) async fn finish(mut self) -> Result<(), Error> {
        let call = self.call;
        let refused = |error: io::Error| refused(&error, call);
        let file = self.file.try_clone().map_err(refused)?;
        // The disk may take long, and the thread has other calls to serve.
        let synced = tokio::task::spawn_blocking(move || file.sync_all()).await;
        synced.unwrap_or_else(|stopped| Err(io::Error::other(stopped))).map_err(refused)?;
        std::fs::rename(&self.part, &self.path).map_err(refused)?;
        self.part = OsString::new();
        Ok(())
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.part.is_empty() {
            let _ = std::fs::remove_file(&self.part);
        }
    }
}

fn refused(error: &io::Error, call: &'static str) -> Error {
    Error::invalid("path", format!("cannot be written: {error}")).at(call)
}

/// Why no file can be saved at this path; `None` where one can, and where the system says more when the file is made.
///
/// A file that is whole takes the place of what has its name, which must not happen to a device, a pipe or a folder. A link is what it
/// points to. The names of open files, such as `/dev/stdout`, are links too: their folder tells.
pub(crate) fn wrong_place(path: &Path) -> Option<&'static str> {
    if path.as_os_str().is_empty() {
        return Some("must not be empty");
    }
    if path.as_os_str().as_encoded_bytes().contains(&0) {
        return Some("must not contain U+0000, which no path can have");
    }
    if is_of_the_system(path) {
        return Some(NOT_REGULAR);
    }
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => Some("is a folder, not a file: give the path of a file in it"),
        Ok(found) if !found.is_file() => Some(NOT_REGULAR),
        _ => None,
    }
}

/// Of a device or a pipe, which can be written to without its path.
pub(crate) const NOT_REGULAR: &str = "is not a regular file";

/// Whether it is in a folder of devices or of open files.
fn is_of_the_system(path: &Path) -> bool {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(folder) = folder.canonicalize() else {
        return false;
    };
    cfg!(unix) && (folder == Path::new("/dev") || folder == Path::new("/dev/fd") || folder.starts_with("/proc"))
}
