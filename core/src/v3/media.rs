//! The reply of an upload.

use crate::table::macros::record;

record! {
    /// The reply of `upload`: which of both it has depends on the path. What other paths answer is there under its own name.
    V3Media
    fields {
        /// WeChat's id of the file: what other calls want, as it is.
        media_id: Text(512),
        /// The address of the image, for coupons.
        media_url: Url(1024),
    }
}
