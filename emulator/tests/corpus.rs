//! Runs every fuzz target of the emulator on its seeds, whole and truncated, and on the seeds of the other targets.

#[path = "../fuzz/targets.rs"]
mod targets;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use targets::TARGETS;

#[test]
fn seeds_of_every_target() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let names: BTreeSet<String> = TARGETS.map(|(name, _)| name.to_owned()).into();
    let mut seeded = BTreeSet::new();
    for of_target in fs::read_dir(folder.join("seeds")).unwrap() {
        let of_target = of_target.unwrap();
        let name = of_target.file_name().into_string().unwrap();
        for file in fs::read_dir(of_target.path()).unwrap() {
            let seed = fs::read(file.unwrap().path()).unwrap();
            for (other, target) in TARGETS {
                for part in if other == name { 0..=20 } else { 20..=20 } {
                    target(&seed[..seed.len() * part / 20]);
                }
            }
        }
        seeded.insert(name);
    }
    assert_eq!(seeded, names);
    for name in &names {
        let program = fs::read_to_string(folder.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(program.contains(&format!("targets::run(\"{name}\", bytes)")), "{name}");
    }
}
