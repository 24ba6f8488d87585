//! `LICENSE-THIRD-PARTY`: the licences of the crates that the packages contain, as these licences ask.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::text::{File, line, root};

/// The crates whose builds are published.
const SHIPPED: [&str; 3] = ["wxpaykit-python", "wxpaykit-node", "wxpaykit-emulator"];

const HEAD: &str = "wxpaykit is licensed under MIT or Apache-2.0, at your choice. Its packages contain compiled code of the crates below,
under the licences that are named beside them.

Written by `cargo xtask notices`.";

/// All of them are under MIT, alone or by choice.
const NO_FILE: &str = "The sources of these crates contain no licence file. They are used under the MIT licence, whose text stands in LICENSE-MIT,
with their authors in place of the copyright line there.";

/// The file, from the lock file and the sources that cargo has downloaded.
///
/// # Errors
/// When cargo does not answer, or a crate has no licence text and is not under MIT.
pub fn file() -> io::Result<File> {
    let metadata = metadata()?;
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in shipped(&metadata) {
        let name = format!("{} {} ({})", text(package, "name"), text(package, "version"), text(package, "license"));
        let folder = Path::new(text(package, "manifest_path")).parent().unwrap_or(Path::new(""));
        let found = licences(folder)?;
        if found.is_empty() {
            if !text(package, "license").contains("MIT") {
                return Err(io::Error::other(format!("{name} has no licence file, and is not under MIT")));
            }
            texts.entry(NO_FILE.to_owned()).or_default().insert(name.clone());
        }
        for licence in found {
            texts.entry(licence).or_default().insert(name.clone());
        }
    }
    let mut out = String::new();
    line(&mut out, HEAD);
    let mut texts: Vec<_> = texts.into_iter().collect();
    texts.sort_by(|(_, one), (_, other)| one.iter().cmp(other.iter()));
    for (licence, crates) in texts {
        line(&mut out, &format!("\n{}\n", "-".repeat(80)));
        for name in crates {
            line(&mut out, &name);
        }
        line(&mut out, &format!("\n{licence}"));
    }
    Ok(("LICENSE-THIRD-PARTY", out))
}

fn metadata() -> io::Result<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let ran = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--all-features"])
        .current_dir(root())
        .output()?;
    if !ran.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&ran.stderr).into_owned()));
    }
    serde_json::from_slice(&ran.stdout).map_err(io::Error::other)
}

/// What the shipped crates are built from, on any platform: not what builds or tests them, and not what is ours.
fn shipped(metadata: &Value) -> Vec<&Value> {
    let packages: BTreeMap<&str, &Value> =
        items(metadata, "packages").map(|package| (text(package, "id"), package)).collect();
    let nodes =
        metadata.get("resolve").map(|resolve| items(resolve, "nodes").map(|node| (text(node, "id"), node)).collect());
    let nodes: BTreeMap<&str, &Value> = nodes.unwrap_or_default();
    let mut open: Vec<&str> =
        packages.iter().filter(|(_, package)| SHIPPED.contains(&text(package, "name"))).map(|(id, _)| *id).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        let Some(node) = nodes.get(id).filter(|_| seen.insert(id)) else { continue };
        let normal = |dependency: &&Value| {
            items(dependency, "dep_kinds").any(|kind| kind.get("kind").is_some_and(Value::is_null))
        };
        open.extend(items(node, "deps").filter(normal).map(|dependency| text(dependency, "pkg")));
    }
    let theirs = |package: &&Value| package.get("source").is_some_and(Value::is_string);
    seen.into_iter().filter_map(|id| packages.get(id).copied()).filter(theirs).collect()
}

/// The texts in a crate's folder. Where MIT's is among them it is the one that applies: each of our dependencies that has it
/// offers it as a choice, or has it alone.
fn licences(folder: &Path) -> io::Result<Vec<String>> {
    const NAMES: [&str; 5] = ["license", "licence", "copying", "notice", "unlicense"];
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if path.is_file() && NAMES.iter().any(|start| name.starts_with(start)) {
            files.push((name, path));
        }
    }
    files.sort();
    let mit: Vec<_> = files.iter().filter(|(name, _)| name.contains("mit")).cloned().collect();
    let chosen = if mit.is_empty() { files } else { mit };
    chosen
        .iter()
        .map(|(_, path)| Ok(String::from_utf8_lossy(&fs::read(path)?).replace("\r\n", "\n").trim_end().to_owned()))
        .collect()
}

fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
