//! A new call and a new record are named in two places beside their own: in the registry, and in the crate's root for APIv2. These tests say
//! which line is missing.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use wxpaykit::registry;

/// A `.rs` file below `core/src`: its path from there, and its text.
type Source = (String, String);

/// The beginning of a call in the table, `name(Request) -> Reply {`.
struct Head<'a> {
    name: &'a str,
    request: &'a str,
    reply: &'a str,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut found) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn head(line: &str) -> Option<Head<'_>> {
    let (name, rest) = line.strip_prefix("    ")?.split_once('(')?;
    let (request, reply) = rest.strip_suffix(" {")?.split_once(") -> ")?;
    let whole = name.split('.').all(is_word) && is_word(request) && is_word(reply);
    whole.then_some(Head { name, request, reply })
}

/// The calls of the table that a file declares.
fn heads(text: &str) -> impl Iterator<Item = Head<'_>> {
    text.lines().skip_while(|line| *line != "endpoints! {").filter_map(head)
}

/// The records that a file declares.
fn records(text: &str) -> impl Iterator<Item = &str> {
    let blocks = text.split("\nrecord! {\n").skip(1);
    blocks.filter_map(|block| block.lines().map(str::trim).find(|line| !line.starts_with("///"))?.split(' ').next())
}

#[test]
fn every_call_of_the_table_is_in_the_registry() {
    let mut calls = 0;
    for (file, text) in sources() {
        for Head { name, .. } in heads(&text) {
            calls += 1;
            assert!(
                registry::find(name).is_some(),
                "{name} is not found: name the ENDPOINTS of {file} in FAMILIES of registry.rs"
            );
        }
    }
    assert_eq!(calls, registry::all().count());
}

#[test]
fn every_record_is_in_the_registry() {
    let known: HashSet<&str> = registry::DOCUMENTS
        .iter()
        .copied()
        .chain(registry::all().map(|endpoint| endpoint.reply))
        .map(|record| record.name)
        .collect();
    // The records inside those of APIv3 are found through their fields.
    for (file, text) in sources().iter().filter(|(file, _)| !file.starts_with("v3/") && file != "table/macros.rs") {
        for record in records(text) {
            assert!(known.contains(record), "{file}: name {record}::RECORD in DOCUMENTS of registry.rs");
        }
    }
    assert!(known.len() > 20, "{known:?}");
}

#[test]
fn the_types_of_apiv2_are_at_the_crates_root() {
    let sources = sources();
    let (_, root) = sources.iter().find(|(file, _)| file == "lib.rs").unwrap();
    let exported: HashSet<&str> = root.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let mut types = 0;
    for (file, text) in sources.iter().filter(|(file, _)| file.starts_with("v2/") || file.starts_with("notify/")) {
        // A bill is a stream of rows, and not a document.
        let of_calls =
            heads(text).flat_map(|Head { request, reply, .. }| [request, reply]).filter(|name| *name != "BillText");
        // A bill is a stream of rows, and not a document.
        for name in of_calls.chain(records(text)).filter(|name| *name != "BillText") {
            types += 1;
            assert!(exported.contains(name), "{file}: add {name} to the `pub use` of core/src/lib.rs");
        }
    }
    assert!(types > 25, "{types}");
}
