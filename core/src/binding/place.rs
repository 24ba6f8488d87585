//! Where a file of a user's may be saved.

use std::path::Path;

use crate::client::{NOT_REGULAR, wrong_place};

/// Why no file can be saved at this path; `None` where one can, and where the system says more when the file is made. `takes_stream`: an
/// open stream may be given in place of the path, which a device or a pipe needs.
pub fn wrong(path: &Path, takes_stream: bool) -> Option<&'static str> {
    match wrong_place(path)? {
        NOT_REGULAR if takes_stream => Some("is not a regular file: give an open stream"),
        rule => Some(rule),
    }
}
