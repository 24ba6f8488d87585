//! A file that gets its name once it is whole.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// A file that is being written, under its name with `.part` at its end. Where it is dropped before it is whole, it is removed.
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
        // Of the whole name: files that differ after a point alone have different part files.
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let file = File::create(&part).map_err(|error| refused(&error, call))?;
        Ok(Self { file, part, path: path.to_owned(), call })
    }

    /// Writes all pieces, and gives the file its name. A file of that name is replaced.
    ///
    /// # Errors
    /// Those of `next`; `InvalidRequest` with the field `path`. Nothing is left behind.
    pub(super) async fn write_all<P: AsRef<[u8]>>(
        mut self,
        mut next: impl AsyncFnMut() -> Result<Option<P>, Error>,
    ) -> Result<(), Error> {
        let call = self.call;
        let refused = |error: io::Error| refused(&error, call);
        while let Some(piece) = next().await? {
            self.file.write_all(piece.as_ref()).map_err(refused)?;
        }
        self.file.sync_all().map_err(refused)?;
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
