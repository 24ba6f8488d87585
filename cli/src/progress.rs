//! The progress of a download, in one line of a terminal.

use wxpaykit::doctor::Language;

use crate::columns::{cut, width_of};

/// Characters of the bar.
const BAR: u64 = 24;

/// How far a download is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// Bytes received.
    pub(crate) bytes: u64,
    /// Bytes of the whole download, where they are known.
    pub(crate) of: Option<u64>,
    /// Rows read.
    pub(crate) rows: usize,
}

impl Progress {
    /// The line, in at most `width` columns.
    pub(crate) fn line(&self, language: Language, width: usize) -> String {
        let words = language.pick("downloading", "正在下载");
        let rows = format!("{} {}", self.rows, language.pick("rows", "行"));
        let bytes = size(self.bytes);
        let Some(of) = self.of.filter(|of| *of > 0) else {
            return cut(&format!("{words}  {bytes}  {rows}"), width).into_owned();
        };
        let part = |whole: u64| u64::try_from(u128::from(self.bytes) * u128::from(whole) / u128::from(of));
        let part = |whole: u64| part(whole).unwrap_or(whole).min(whole);
        let bar: String = (0..BAR).map(|at| if at < part(BAR) { '#' } else { '.' }).collect();
        let numbers = format!("{:>3}%  {bytes} / {}  {rows}", part(100), size(of));
        let line = format!("{words}  [{bar}] {numbers}");
        if width_of(&line) <= width { line } else { cut(&format!("{words}  {numbers}"), width).into_owned() }
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{}.{} KB", bytes / 1000, bytes % 1000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_has_what_is_known() {
        let line = |bytes, of, width| Progress { bytes, of, rows: 7 }.line(Language::English, width);
        assert_eq!(line(512_345, None, 80), "downloading  512.3 KB  7 rows");
        assert_eq!(
            line(12_345_678, Some(24_691_356), 80),
            "downloading  [############............]  50%  12.3 MB / 24.6 MB  7 rows"
        );
        assert_eq!(line(12_345_678, Some(24_691_356), 50), "downloading   50%  12.3 MB / 24.6 MB  7 rows");
        assert_eq!(line(12_345_678, Some(24_691_356), 20), "downloading   50%  …");
        assert!(line(u64::MAX, Some(1), 80).contains("100%"));
        let chinese = Progress { bytes: 0, of: None, rows: 0 }.line(Language::Chinese, 12);
        assert_eq!(chinese, "正在下载  0…");
    }
}
