//! Runs every fuzz target on seeds: the messages of the vectors, and the files in `core/fuzz/seeds`, whole and truncated.

#[path = "../fuzz/targets.rs"]
mod targets;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use targets::TARGETS;

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn messages_of_the_vectors() {
    let mut ran = 0;
    for kind in ["parse_xml", "verify", "notify_payment", "reply", "oauth_json"] {
        let file = fs::read(folder("../tests/vectors").join(format!("{kind}.json"))).unwrap();
        let file: Value = serde_json::from_slice(&file).unwrap();
        for case in file["cases"].as_array().unwrap() {
            let Some(text) = case["given"]["xml"].as_str().or(case["given"]["body"].as_str()) else { continue };
            for (n, (_, target)) in TARGETS.into_iter().enumerate() {
                // The targets from the sixth on have seeds of their own.
                for tenth in if n < 5 { 0..=10 } else { 10..=10 } {
                    target(&text.as_bytes()[..text.len() * tenth / 10]);
                    ran += 1;
                }
            }
        }
    }
    assert!(ran > 5000, "{ran} runs");
}

/// The seeds of the targets whose input no vector has. Every target reads the seeds of all.
#[test]
fn seeds_of_every_target() {
    let mut seeded = BTreeSet::new();
    for of_target in fs::read_dir(folder("fuzz/seeds")).unwrap() {
        let of_target = of_target.unwrap();
        let name = of_target.file_name().into_string().unwrap();
        for file in fs::read_dir(of_target.path()).unwrap() {
            let seed = fs::read(file.unwrap().path()).unwrap();
            for (other, target) in TARGETS {
                if other == name {
                    (0..=20).for_each(|part| target(&seed[..seed.len() * part / 20]));
                } else {
                    target(&seed);
                }
            }
        }
        seeded.insert(name);
    }
    // These have the vectors.
    seeded.extend(["xml", "notify", "oauth_json"].map(str::to_owned));
    assert_eq!(seeded, TARGETS.map(|(name, _)| name.to_owned()).into());
}

#[test]
fn every_target_has_a_program() {
    let manifest = fs::read_to_string(folder("fuzz/Cargo.toml")).unwrap();
    for (name, _) in TARGETS {
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"")), "{name}");
        let program = fs::read_to_string(folder("fuzz/fuzz_targets").join(format!("{name}.rs"))).unwrap();
        assert!(program.contains(&format!("targets::run(\"{name}\", bytes)")), "{name}");
    }
}
