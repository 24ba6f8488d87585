//! The calls of the payment API, a row each, by families.

use super::rules::Row;
use super::{bill, code, order, refund, tools, workwx};

static FAMILIES: [&[Row]; 6] = [order::ROWS, refund::ROWS, code::ROWS, tools::ROWS, bill::ROWS, workwx::ROWS];

/// All rows.
pub(crate) fn rows() -> impl Iterator<Item = &'static Row> {
    FAMILIES.into_iter().flatten()
}

/// The row of a path.
pub(crate) fn find(path: &str) -> Option<&'static Row> {
    rows().find(|row| row.path == path)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::validate::COMMON;
    use super::{find, rows};

    #[test]
    fn no_path_and_no_field_is_listed_twice() {
        let paths: HashSet<&str> = rows().map(|row| row.path).collect();
        assert_eq!(paths.len(), rows().count());
        for row in rows() {
            assert_eq!(find(row.path).map(|found| found.path), Some(row.path));
            let names: HashSet<&str> = COMMON.iter().chain(row.fields).map(|field| field.name).collect();
            assert_eq!(names.len(), COMMON.len() + row.fields.len(), "{}", row.path);
            assert!(row.one_of.iter().all(|name| names.contains(name)), "{}", row.path);
            assert!(row.product.is_none_or(|name| names.contains(name)), "{}", row.path);
            assert!(!row.sign_types.is_empty(), "{}", row.path);
        }
    }
}
