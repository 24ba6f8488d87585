//! Runs the fuzz targets on their seeds: every message of the vectors, whole and truncated at each tenth of its length.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../fuzz/targets.rs"]
mod targets;

use std::fs;
use std::path::Path;

use serde_json::Value;

#[test]
fn seeds_of_every_target() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    let mut ran = 0;
    for kind in ["parse_xml", "verify", "notify_payment", "reply", "oauth_json"] {
        let file: Value = serde_json::from_slice(&fs::read(folder.join(format!("{kind}.json"))).unwrap()).unwrap();
        for case in file["cases"].as_array().unwrap() {
            let Some(text) = case["given"]["xml"].as_str().or(case["given"]["body"].as_str()) else { continue };
            for tenth in 0..=10 {
                let seed = &text.as_bytes()[..text.len() * tenth / 10];
                targets::xml(seed);
                targets::notify(seed);
                targets::oauth_json(seed);
                targets::store(seed);
                targets::settings(seed);
                ran += 1;
            }
        }
    }
    assert!(ran > 1000, "{ran} seeds");
}

#[test]
fn seeds_that_no_vector_has() {
    let settings = "wxd930ea5d5a258f4f\n10000100\n192006250b4c09247ec02edce69f6a2d\nsecret\nhttps://shop.example/n\n\nhttp://a,http://b";
    let records = [r#"{"token":"a","renew_at":1,"expires_at":2}"#, "seen 3f2a", "confirmed 3f2a", "handed_over"];
    for seed in records.into_iter().chain([settings]) {
        for end in 0..=seed.len() {
            targets::store(&seed.as_bytes()[..end]);
            targets::settings(&seed.as_bytes()[..end]);
        }
    }
}
