//! The documentation of calls, fields and documents in Chinese. Each file has blocks with a blank line between them: the first line
//! of a block says whose it is, the others are the Chinese. Many rows share the text of a field, so it is found by its English.

const CALLS: &str = include_str!("docs/calls.txt");
const FIELDS: &str = include_str!("docs/fields.txt");
const RECORDS: &str = include_str!("docs/records.txt");

/// What the call of this name does.
pub(crate) fn of_call(name: &str) -> Option<&'static str> {
    blocks(CALLS).find(|(first, _)| *first == name).map(|(_, chinese)| chinese)
}

/// What the document or object of this name is.
pub(crate) fn of_record(name: &str) -> Option<&'static str> {
    blocks(RECORDS).find(|(first, _)| *first == name).map(|(_, chinese)| chinese)
}

/// What a field means, by its English documentation, which may have several lines.
pub(crate) fn of_field(english: &str) -> Option<&'static str> {
    let is_same = |first: &str| first.split_whitespace().eq(english.split_whitespace());
    blocks(FIELDS).find(|(first, _)| is_same(first)).map(|(_, chinese)| chinese)
}

fn blocks(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.trim_end().split("\n\n").filter_map(|block| block.split_once('\n'))
}

/// The first lines of the blocks of each file: of calls, of fields, of documents.
#[cfg(test)]
pub(crate) fn keys() -> [Vec<&'static str>; 3] {
    [CALLS, FIELDS, RECORDS].map(|text| blocks(text).map(|(first, _)| first).collect())
}
