//! What the readers and the writer of documents agree on: names, white space, limits.

/// The largest document that is read, in bytes. WeChat's are under 64 KiB.
pub const MAX_BYTES: usize = 1 << 20;
/// The most fields that a document may have. WeChat's largest reply has some hundreds.
pub const MAX_FIELDS: usize = 1024;

pub(super) fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r' | b'\n')
}

/// The names WeChat uses, and more: ASCII letters, digits, `_`, `.` and `-`, not beginning with a digit or sign.
pub(super) fn is_name(name: &str) -> bool {
    // To the end, whatever a byte is: names are short, and a branch for each byte takes longer.
    name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && name.bytes().fold(true, |all, byte| all & is_name_byte(byte))
}

pub(super) fn is_name_byte(b: u8) -> bool {
    NAME.get(usize::from(b)).copied().unwrap_or_default()
}

/// Of each byte, whether a name may have it.
static NAME: [bool; 256] = {
    let mut may = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "it is below 256")]
        {
            may[byte] = matches!(byte as u8, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'.' | b'-');
        }
        byte += 1;
    }
    may
};
