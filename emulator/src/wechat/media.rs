//! Uploads: what WeChat takes. Its words for what it does not take were not captured.

use sha2::{Digest, Sha256};

use super::v3_error::V3Error;
use crate::journal::Explanation;

/// Endings of names, in lower case, and the most bytes of such files.
pub(crate) type Rule = (&'static [&'static str], usize);

const MB: usize = 1024 * 1024;
pub(crate) const IMAGES: &[Rule] = &[(&["jpg", "bmp", "png"], 5 * MB), (&["pdf"], 15 * MB / 2)];
pub(crate) const VIDEOS: &[Rule] =
    &[(&["avi", "wmv", "mpeg", "mp4", "mov", "mkv", "flv", "f4v", "m4v", "rmvb"], 5 * MB)];
pub(crate) const COUPON_IMAGES: &[Rule] = &[(&["jpg", "bmp", "png"], 2 * MB)];

/// Checks a file, with the name of its part, against what `meta` says of it.
pub(crate) fn take(
    (of_part, content): (&str, &[u8]),
    filename: &str,
    sha256: &str,
    rules: &[Rule],
) -> Result<(), V3Error> {
    let refused = |text: &'static str, mistake, english: String, chinese: String| {
        Err(V3Error::parameter(text).because(Explanation::with_values(mistake, english, chinese)))
    };
    let ending = filename.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let endings: Vec<&str> = rules.iter().flat_map(|(endings, _)| endings.iter().copied()).collect();
    let Some((_, most)) = rules.iter().find(|(endings, _)| endings.contains(&ending.as_str())) else {
        let known = endings.join(", ");
        let english = format!("the name in meta must end with one of {known}");
        return refused("文件格式不支持", "field_format", english, format!("meta 中的文件名后缀应为 {known}"));
    };
    if of_part != filename {
        let english = "the filename of the part file is another one than that in meta".to_owned();
        return refused("文件名不一致", "field_format", english, "file 部分的文件名与 meta 中的不一致".to_owned());
    }
    if content.is_empty() || content.len() > *most {
        let size = content.len();
        let english = format!("the file has {size} bytes, and may have 1 to {most}");
        return refused("文件大小不符合要求", "field_length", english, format!("文件有 {size} 字节，应为 1 到 {most}"));
    }
    let found: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
    if !found.eq_ignore_ascii_case(sha256) {
        let english = format!("sha256 in meta is not that of the file, which is {found}");
        return refused(
            "文件摘要校验失败",
            "field_format",
            english,
            format!("meta 中的 sha256 与文件不符，应为 {found}"),
        );
    }
    Ok(())
}
