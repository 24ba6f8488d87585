//! The paths that WeChat Pay publishes, for the one that a misspelt path probably means. A path that is not among them may be new: none is
//! refused because of it.

use strsim::osa_distance;

/// A line each: the first letters of its methods (`A` for PATCH, `U` for PUT), and the path with `{}` for each value.
const PATHS: &str = include_str!("catalogue.txt");
const METHODS: &[(char, &str)] = &[('G', "GET"), ('P', "POST"), ('U', "PUT"), ('A', "PATCH"), ('D', "DELETE")];
/// The most letters that may differ.
const MOST: usize = 3;

/// What is probably wrong with a method and a path that WeChat Pay does not know. `None` when the list has both, and when the path
/// resembles none of it.
pub(crate) fn hint(method: &str, path: &str) -> Option<String> {
    let whole = path.trim_end_matches('/');
    let given: Vec<&str> = whole.split('/').collect();
    let rows = PATHS.lines().filter_map(|line| line.split_once(' '));
    let near = rows.filter_map(|(letters, template)| Some((difference(template, &given)?, letters, template)));
    let near: Vec<_> = near.filter(|(difference, ..)| *difference <= MOST).collect();
    let least = near.iter().map(|(difference, ..)| *difference).min()?;
    let mut near = near.into_iter().filter(|(difference, ..)| *difference == least);
    if least > 0 || whole != path {
        return near.next().map(|(_, _, template)| format!("did you mean {}?", filled(template, &given)));
    }
    let letters: String = near.map(|(_, letters, _)| letters).collect();
    let known = METHODS.iter().filter(|(letter, _)| letters.contains(*letter)).map(|(_, name)| *name);
    let known: Vec<&str> = known.collect();
    (!known.contains(&method)).then(|| format!("this path is for {}, not for {method}", known.join(" and ")))
}

/// How many letters of a path differ from a template; `None` when it has another number of parts. A template takes any value.
fn difference(template: &str, given: &[&str]) -> Option<usize> {
    let parts: Vec<&str> = template.split('/').collect();
    (parts.len() == given.len()).then(|| {
        let differ =
            parts.iter().zip(given).map(|(part, given)| if *part == "{}" { 0 } else { osa_distance(part, given) });
        differ.sum()
    })
}

/// A template with the values of the path that was given.
fn filled(template: &str, given: &[&str]) -> String {
    let parts = template.split('/').zip(given).map(|(part, given)| if part == "{}" { given } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::row::Method;

    #[test]
    fn a_misspelt_path_is_named_and_another_method_too() {
        for (method, path, expected) in [
            ("POST", "/v3/pay/transaction/jsapi", Some("did you mean /v3/pay/transactions/jsapi?")),
            ("POST", "/v3/pay/transactions/jsapi/", Some("did you mean /v3/pay/transactions/jsapi?")),
            ("GET", "/v3/refund/domestic/refund/R1", Some("did you mean /v3/refund/domestic/refunds/R1?")),
            ("GET", "/v3/payscroe/serviceorder", Some("did you mean /v3/payscore/serviceorder?")),
            ("GET", "/v3/pay/transactions/jsapi", Some("this path is for POST, not for GET")),
            ("PUT", "/v3/marketing/busifavor/stocks/S1", Some("this path is for GET and PATCH, not for PUT")),
            ("GET", "/v3/pay/transactions/id/4200", None),
            ("POST", "/v3/something/new", None),
            ("POST", "/v3/", None),
        ] {
            assert_eq!(hint(method, path).as_deref(), expected, "{method} {path}");
        }
    }

    #[test]
    fn the_list_has_the_paths_of_the_table() {
        assert_eq!(PATHS.lines().count(), 934);
        for line in PATHS.lines() {
            let (letters, path) = line.split_once(' ').unwrap();
            assert!(
                path.starts_with("/v3/") && letters.chars().all(|c| METHODS.iter().any(|(letter, _)| *letter == c)),
                "{line}"
            );
        }
        let rows = crate::registry::all().filter(|endpoint| endpoint.path.starts_with("/v3/"));
        for endpoint in rows {
            let method = if endpoint.method == Method::Get { "GET" } else { "POST" };
            assert_eq!(hint(method, endpoint.path), None, "{}", endpoint.name);
        }
    }
}
