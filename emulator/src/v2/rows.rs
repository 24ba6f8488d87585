//! The calls of the payment API, a row each.

use super::rules::Row;
use super::{bill, code, order, refund, tools};

pub(crate) static ROWS: [Row; 14] = [
    order::UNIFIEDORDER,
    order::ORDERQUERY,
    order::CLOSEORDER,
    refund::REFUND,
    refund::REFUNDQUERY,
    code::MICROPAY,
    code::REVERSE,
    code::AUTHCODETOOPENID,
    tools::SHORTURL,
    tools::REPORT,
    tools::GETSIGNKEY,
    bill::DOWNLOADBILL,
    bill::DOWNLOADFUNDFLOW,
    bill::BATCHQUERYCOMMENT,
];

/// The row of a path.
pub(crate) fn find(path: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.path == path)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::validate::COMMON;
    use super::{ROWS, find};

    #[test]
    fn no_path_and_no_field_is_listed_twice() {
        let paths: HashSet<&str> = ROWS.iter().map(|row| row.path).collect();
        assert_eq!(paths.len(), ROWS.len());
        for row in &ROWS {
            assert_eq!(find(row.path).map(|found| found.path), Some(row.path));
            let names: HashSet<&str> = COMMON.iter().chain(row.fields).map(|field| field.name).collect();
            assert_eq!(names.len(), COMMON.len() + row.fields.len(), "{}", row.path);
            assert!(row.one_of.iter().all(|name| names.contains(name)), "{}", row.path);
            assert!(row.product.is_none_or(|name| names.contains(name)), "{}", row.path);
            assert!(!row.sign_types.is_empty(), "{}", row.path);
        }
    }
}
