//! The calls of APIv3, a row each.

use super::rules::Row;
use super::{bill, certificates, code, combined, media, order, refund, sharing, transfer};

pub(crate) static ROWS: &[Row] = &[
    order::JSAPI,
    order::APP,
    order::NATIVE,
    order::H5,
    order::QUERY_ID,
    order::QUERY_NUMBER,
    order::CLOSE,
    order::PARTNER_JSAPI,
    order::PARTNER_APP,
    order::PARTNER_NATIVE,
    order::PARTNER_H5,
    order::PARTNER_QUERY_ID,
    order::PARTNER_QUERY_NUMBER,
    order::PARTNER_CLOSE,
    code::CODEPAY,
    code::REVERSE,
    code::PARTNER_CODEPAY,
    code::PARTNER_REVERSE,
    combined::JSAPI,
    combined::APP,
    combined::NATIVE,
    combined::H5,
    combined::QUERY,
    combined::CLOSE,
    refund::REFUND,
    refund::QUERY,
    refund::APPLY_ABNORMAL,
    bill::TRADEBILL,
    bill::FUNDFLOWBILL,
    bill::SUB_MERCHANT_FUNDFLOWBILL,
    bill::ECOMMERCE_FUNDFLOWBILL,
    bill::DOWNLOAD,
    transfer::CREATE,
    transfer::QUERY_NUMBER,
    transfer::QUERY_ID,
    transfer::CANCEL,
    transfer::RECEIPT_NUMBER,
    transfer::RECEIPT_ID,
    transfer::QUERY_RECEIPT_NUMBER,
    transfer::QUERY_RECEIPT_ID,
    transfer::DOWNLOAD,
    sharing::SHARE,
    sharing::UNFREEZE,
    sharing::QUERY,
    sharing::AMOUNTS,
    sharing::RETURN,
    sharing::QUERY_RETURN,
    sharing::ADD_RECEIVER,
    sharing::DELETE_RECEIVER,
    sharing::CONFIG,
    media::UPLOAD,
    media::VIDEO,
    media::COUPON_IMAGE,
    media::COMPLAINT_IMAGE,
    certificates::CERTIFICATES,
];

/// The row of a request, and the parameters of its path.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) row: &'static Row,
    pub(crate) path: Vec<(&'static str, String)>,
}

/// Why there is no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RouteError {
    /// 404.
    Path,
    /// 405.
    Method,
}

/// Finds the row of a method and a path, which is percent-encoded.
pub(crate) fn find(method: &str, path: &str) -> Result<Route, RouteError> {
    let mut wrong = RouteError::Path;
    for row in ROWS {
        let Some(parameters) = fits(row.path, path) else { continue };
        if row.method == method {
            return Ok(Route { row, path: parameters });
        }
        wrong = RouteError::Method;
    }
    Err(wrong)
}

/// The parameters of a path, decoded; `None` when it does not fit.
fn fits(template: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let mut found = Vec::new();
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(found),
            (Some(wanted), Some(given)) => match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(_) if given.is_empty() => return None,
                Some(name) => found.push((name, decoded(given))),
                None if wanted == given => {}
                None => return None,
            },
            _ => return None,
        }
    }
}

/// A part of a path without percent-encoding. A `+` is a `+` there.
fn decoded(part: &str) -> String {
    let pair = format!("x={}", part.replace('+', "%2B").replace('&', "%26"));
    let mut pairs = form_urlencoded::parse(pair.as_bytes());
    pairs.next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_call_is_listed_twice_and_its_path_names_its_parameters() {
        let calls: HashSet<(&str, &str)> = ROWS.iter().map(|row| (row.method, row.path)).collect();
        assert_eq!(calls.len(), ROWS.len());
        let paths: HashSet<&str> = ROWS.iter().map(|row| row.path).collect();
        assert_eq!(paths.len(), ROWS.len(), "a fault names a call by its path");
        for row in ROWS {
            let names: Vec<&str> = row.in_path.iter().map(|member| member.name).collect();
            let in_template: Vec<&str> = row
                .path
                .split('/')
                .filter_map(|part| part.strip_prefix('{').and_then(|name| name.strip_suffix('}')))
                .collect();
            assert_eq!(names, in_template, "{}", row.path);
            assert!(row.method == "POST" || row.body.is_none(), "{}", row.path);
        }
    }

    #[test]
    fn a_path_is_decoded_and_a_method_counts() {
        assert_eq!(fits("/v3/a/{n}/close", "/v3/a/R%40001%7C/close"), Some(vec![("n", "R@001|".to_owned())]));
        assert_eq!(fits("/v3/a/{n}", "/v3/a/"), None);
        assert_eq!(fits("/v3/a/{n}", "/v3/a/b/c"), None);
        assert_eq!(decoded("a+b"), "a+b");
        assert!(matches!(find("POST", "/v3/certificates"), Err(RouteError::Method)));
        assert!(matches!(find("GET", "/v3/nothing"), Err(RouteError::Path)));
    }
}
