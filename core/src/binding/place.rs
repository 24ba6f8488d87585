//! Where a file of a user's may be saved.

use std::path::Path;

/// Why no file can be saved at this path; `None` where one can, and where the system says more when the file is made.
pub fn wrong(path: &Path) -> Option<&'static str> {
    crate::client::wrong_place(path)
}
