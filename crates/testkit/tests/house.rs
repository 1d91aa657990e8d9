//! The rules of the house that no compiler holds: which way the crates point, who may name which
//! library, and what no source file may contain.
//!
//! A rule that is in the way is changed here, with its reason, in the commit that needs it.

#![expect(
    clippy::expect_used,
    reason = "a rule that cannot be checked is a failed test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Each crate of ours and those it may build upon.
const MAY_DEPEND_ON: &[(&str, &[&str])] = &[
    ("rooms-core", &[]),
    ("zoom-client", &[]),
    ("rooms-store", &["rooms-core"]),
    ("rooms-app", &["rooms-core", "rooms-store", "zoom-client"]),
    ("rooms-views", &["rooms-core"]),
    ("rooms-web", &["rooms-app", "rooms-core", "rooms-views"]),
    ("zoom-sim", &["zoom-client"]),
    (
        "oneclickrooms",
        &[
            "rooms-app",
            "rooms-core",
            "rooms-store",
            "rooms-web",
            "zoom-client",
            "zoom-sim",
        ],
    ),
    (
        "rooms-bench",
        &["rooms-app", "rooms-core", "rooms-store", "zoom-client"],
    ),
    (
        "rooms-simulation",
        &[
            "rooms-app",
            "rooms-core",
            "rooms-store",
            "zoom-client",
            "zoom-sim",
        ],
    ),
    (
        "rooms-testkit",
        &[
            "oneclickrooms",
            "rooms-app",
            "rooms-core",
            "rooms-store",
            "rooms-web",
            "zoom-client",
            "zoom-sim",
        ],
    ),
];

/// What a test of any crate may add: the test kit, and the simulator as a peer.
const MAY_TEST_WITH: &[&str] = &["rooms-testkit", "zoom-sim"];

/// Libraries that belong to one place, and the crates that may build upon them.
/// The test kit, the simulation and dev-dependencies are free to name them.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("sqlx", &["rooms-store"]),
    ("axum", &["rooms-web", "zoom-sim"]),
    ("askama", &["rooms-views", "rooms-web", "zoom-sim"]),
    ("reqwest", &["zoom-client", "zoom-sim"]),
    ("chrono", &["rooms-app"]),
    ("time", &[]),
    ("clap", &["oneclickrooms"]),
    ("anyhow", &["oneclickrooms"]),
];

/// Crates that may not enter the tree, by whichever door, and why.
const BANNED: &[(&str, &str)] = &[
    ("openssl", "rustls is our TLS"),
    ("openssl-sys", "rustls is our TLS"),
    ("native-tls", "rustls is our TLS"),
    (
        "aws-lc-sys",
        "ring is our one cryptography provider for TLS, and needs no cmake",
    ),
    ("async-std", "tokio is our runtime"),
];

/// Licences that go with AGPL-3.0-or-later; the same list as in `deny.toml`.
const LICENCES: &[&str] = &[
    "0BSD",
    "AGPL-3.0-or-later",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// A source file over this many lines is listed in `LONG_FILES`.
const LONG: usize = 500;

/// Files that may be long, and why.
const LONG_FILES: &[(&str, &str)] = &[
    ("crates/oneclickrooms/tests/program/secrets.rs", "one life"),
    ("crates/web/tests/matrix/company.rs", "one of everything"),
    (
        "crates/store/tests/contract/people.rs",
        "one promise of the same table after the other",
    ),
    (
        "crates/web/tests/booking_pages/samples.rs",
        "sample data, one value below the other",
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the root exists")
}

fn metadata(extra: &[&str]) -> Value {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--offline", "--format-version", "1"])
        .args(extra)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo metadata failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("cargo metadata speaks JSON")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

#[derive(PartialEq)]
enum Kind {
    Build,
    Dev,
}

/// The packages of the workspace, each with what it names and for what.
fn workspace() -> BTreeMap<String, Vec<(String, Kind)>> {
    let metadata = metadata(&["--no-deps"]);
    list(&metadata, "packages")
        .iter()
        .map(|package| {
            let named = list(package, "dependencies").iter().map(|dependency| {
                let kind = if text(dependency, "kind") == "dev" {
                    Kind::Dev
                } else {
                    Kind::Build
                };
                (text(dependency, "name").to_owned(), kind)
            });
            (text(package, "name").to_owned(), named.collect())
        })
        .collect()
}

fn is_source(path: &Path) -> bool {
    let known = [
        "rs", "sql", "html", "css", "js", "mjs", "ts", "py", "sh", "txt", "toml", "xml",
    ];
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    path.extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| known.contains(&e))
        || ["test", "run", "justfile"].contains(&name)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let passed_over = [
        ".git",
        "target",
        "node_modules",
        "results",
        "oneclickrooms-demo",
    ];
    for entry in fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("an entry can be read").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if path.is_symlink() || passed_over.contains(&name) {
            continue;
        }
        if path.is_dir() {
            walk(&path, found);
        } else if is_source(&path) {
            found.push(path);
        }
    }
}

/// Every source file with its path from the root and its text.
fn sources() -> Vec<(String, String)> {
    let root = root();
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    let sources: Vec<_> = paths
        .iter()
        .map(|path| {
            let name = path
                .strip_prefix(&root)
                .expect("below the root")
                .display()
                .to_string();
            (
                name,
                fs::read_to_string(path).expect("a source file is UTF-8"),
            )
        })
        .collect();
    assert!(sources.len() > 10, "the walk finds the sources");
    sources
}

fn has_ending(name: &str, ending: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|found| found == ending)
}

/// Whether a file is never compiled into the product: tests, the benchmark, and examples, which
/// are programs of their own.
fn is_test(name: &str) -> bool {
    name.starts_with("crates/testkit/")
        || name.starts_with("crates/simulation/")
        || name.starts_with("bench/")
        || name.contains("/tests/")
        || name.contains("/examples/")
        || name.ends_with("/tests.rs")
        || name.starts_with("e2e/")
}

fn assert_none(broken: &[String], rule: &str) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

#[test]
fn crates_point_one_way() {
    let workspace = workspace();
    let ours: BTreeSet<&str> = workspace.keys().map(String::as_str).collect();
    let listed: BTreeSet<&str> = MAY_DEPEND_ON.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        ours, listed,
        "every crate of the workspace has its place in MAY_DEPEND_ON"
    );

    let mut broken = Vec::new();
    for (name, allowed) in MAY_DEPEND_ON {
        for (dependency, kind) in &workspace[*name] {
            let dependency = dependency.as_str();
            let fits = match kind {
                Kind::Build => allowed.contains(&dependency),
                Kind::Dev => allowed.contains(&dependency) || MAY_TEST_WITH.contains(&dependency),
            };
            if ours.contains(dependency) && !fits {
                broken.push(format!("{name} names {dependency}"));
            }
        }
    }
    assert_none(&broken, "a crate points the wrong way");
}

#[test]
fn each_library_stays_in_its_place() {
    let workspace = workspace();
    let mut broken = Vec::new();
    for (library, allowed) in MAY_NAME {
        for (name, dependencies) in &workspace {
            let names_it = dependencies
                .iter()
                .any(|(dependency, kind)| dependency == library && *kind == Kind::Build);
            let free = ["rooms-testkit", "rooms-simulation"].contains(&name.as_str());
            if names_it && !free && !allowed.contains(&name.as_str()) {
                broken.push(format!("{name} names {library}"));
            }
        }
    }
    assert_none(&broken, "a library is named outside its place");
}

#[test]
fn versions_are_written_in_the_root_only() {
    let mut broken = Vec::new();
    for (name, source) in sources() {
        if !name.starts_with("crates/") || !name.ends_with("/Cargo.toml") {
            continue;
        }
        let mut section = "";
        for line in source.lines().map(str::trim) {
            if line.starts_with('[') {
                section = line;
            } else if section.ends_with("dependencies]")
                && !line.is_empty()
                && !line.starts_with('#')
                && !line.contains("workspace = true")
            {
                broken.push(format!("{name}: {line}"));
            }
        }
    }
    assert_none(&broken, "a dependency is not taken from the workspace");
}

#[test]
fn every_dependency_has_its_reason_written_down() {
    let reasons = fs::read_to_string(root().join("docs/decisions/dependencies.md"))
        .expect("docs/decisions/dependencies.md exists");
    let ours: BTreeSet<&str> = MAY_DEPEND_ON.iter().map(|(name, _)| *name).collect();
    let missing: BTreeSet<String> = workspace()
        .into_values()
        .flatten()
        .map(|(name, _)| name)
        .filter(|name| !ours.contains(name.as_str()) && !reasons.contains(&format!("`{name}`")))
        .collect();
    assert_none(
        &missing.into_iter().collect::<Vec<_>>(),
        "a dependency has no line in docs/decisions/dependencies.md",
    );
}

/// Whether an SPDX expression can be satisfied with the licences we accept.
fn acceptable(expression: &str) -> bool {
    let expression = expression.replace(['(', ')'], " ").replace('/', " OR ");
    expression
        .split(" AND ")
        .all(|part| part.split(" OR ").any(|one| LICENCES.contains(&one.trim())))
}

#[test]
fn what_we_build_on_is_licensed_known_and_not_banned() {
    let rustc = Command::new("rustc")
        .arg("-vV")
        .output()
        .expect("rustc runs");
    let rustc = String::from_utf8_lossy(&rustc.stdout).into_owned();
    let host = rustc
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("rustc has a host");
    let metadata = metadata(&["--locked", "--filter-platform", host]);

    // Only what is really built for this machine: the graph, not the lock file.
    let built: BTreeSet<&str> = metadata
        .pointer("/resolve/nodes")
        .and_then(Value::as_array)
        .expect("cargo metadata resolves")
        .iter()
        .map(|node| text(node, "id"))
        .collect();
    let mut broken = Vec::new();
    for package in list(&metadata, "packages") {
        if !built.contains(text(package, "id")) {
            continue;
        }
        let name = text(package, "name");
        let licence = text(package, "license");
        if !acceptable(licence) {
            broken.push(format!("{name} is under {licence:?}"));
        }
        if let Some((_, why)) = BANNED.iter().find(|(banned, _)| *banned == name) {
            broken.push(format!("{name} is banned: {why}"));
        }
        let source = text(package, "source");
        if !source.is_empty() && source != "registry+https://github.com/rust-lang/crates.io-index" {
            broken.push(format!("{name} comes from {source}"));
        }
    }
    assert_none(&broken, "something we build on is not acceptable");
}

#[test]
fn only_the_binary_reads_the_environment() {
    let broken: Vec<_> = sources()
        .into_iter()
        .filter(|(name, _)| has_ending(name, "rs") && !is_test(name))
        .filter(|(name, _)| !name.starts_with("crates/oneclickrooms/"))
        .filter(|(_, source)| source.contains("std::env") || source.contains("env::var"))
        .map(|(name, _)| name)
        .collect();
    assert_none(&broken, "the environment is read outside the binary");
}

#[test]
fn modules_live_beside_their_folder() {
    let broken: Vec<_> = sources()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| name.ends_with("/mod.rs"))
        .collect();
    assert_none(&broken, "foo.rs stands beside foo/, there is no mod.rs");
}

#[test]
fn chrono_stays_in_the_adapters() {
    let broken: Vec<_> = sources()
        .into_iter()
        .filter(|(name, _)| has_ending(name, "rs") && !name.starts_with("crates/app/"))
        .filter(|(_, source)| source.contains(concat!("chrono", "::")))
        .map(|(name, _)| name)
        .collect();
    assert_none(&broken, "jiff is our time");
}

#[test]
fn nothing_is_left_for_later() {
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[", "ignore"),
        concat!("test.", "skip("),
        concat!("test.", "only("),
        concat!("test.", "fixme("),
    ];
    let mut broken = Vec::new();
    for (name, source) in sources() {
        for (number, line) in source.lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark)) {
                broken.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert_none(&broken, "work left undone");
}

#[test]
fn long_files_are_few_and_explained() {
    let sources = sources();
    let long: BTreeMap<&str, usize> = sources
        .iter()
        .filter(|(name, _)| !has_ending(name, "txt"))
        .map(|(name, source)| (name.as_str(), source.lines().count()))
        .filter(|(_, lines)| *lines > LONG)
        .collect();
    let listed: BTreeSet<&str> = LONG_FILES.iter().map(|(name, _)| *name).collect();

    let unlisted: Vec<_> = long
        .iter()
        .filter(|(name, _)| !listed.contains(*name))
        .map(|(name, lines)| format!("{name}: {lines} lines"))
        .collect();
    assert_none(
        &unlisted,
        "split the file, or list it in LONG_FILES with its reason",
    );

    let stale: Vec<_> = listed
        .iter()
        .filter(|name| !long.contains_key(*name))
        .map(ToString::to_string)
        .collect();
    assert_none(&stale, "listed in LONG_FILES, but no longer long");
    assert!(LONG_FILES.len() <= 5, "the list of long files is short");
}
