//! What is shipped has no planted bugs: only this crate enables them, and a plain build has it not.

use std::fs;
use std::path::Path;

#[test]
fn only_the_simulation_plants_bugs_and_it_is_not_shipped() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let shipped = r#"default-members = ["crates/oneclickrooms"]"#;
    assert!(
        manifest.contains(shipped),
        "`cargo build` builds what is shipped"
    );
    assert!(
        !manifest.contains("planted"),
        "nobody gets it from the root"
    );

    let mut planting = Vec::new();
    for entry in fs::read_dir(root.join("crates")).unwrap() {
        let path = entry.unwrap().path().join("Cargo.toml");
        let Ok(manifest) = fs::read_to_string(&path) else {
            continue;
        };
        let name = path
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_string_lossy();
        if manifest.contains("planted") {
            planting.push(name.into_owned());
        } else {
            assert!(
                !manifest.contains("rooms-simulation"),
                "{name} builds on it"
            );
        }
    }
    planting.sort();
    assert_eq!(planting, ["core", "simulation"]);
    let core = fs::read_to_string(root.join("crates/core/Cargo.toml")).unwrap();
    assert!(core.contains("planted = []") && !core.contains("default ="));
}
