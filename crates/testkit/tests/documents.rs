//! What the documents promise of the tests: each one they name exists.

#![expect(
    clippy::expect_used,
    reason = "a promise that cannot be checked is a failed test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Everything in files of one ending below a folder, as one text.
fn all(folder: &Path, ending: &str) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            text.push_str(&all(&path, ending));
        } else if path.extension().is_some_and(|found| found == ending) {
            text.push_str(&fs::read_to_string(&path).expect("a source file"));
        }
    }
    text
}

/// The tests that the last column of each table names.
fn named(document: &str) -> Vec<&str> {
    let rows = document.lines().filter(|line| line.starts_with('|'));
    let last = rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next());
    last.flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect()
}

#[test]
fn every_test_that_the_zoom_review_names_exists() {
    let checks = fs::read_to_string(root().join("docs/zoom-review/checks.md"));
    let checks = checks.expect("the table of checks");
    let named = named(&checks);
    assert!(named.len() > 50, "the table is understood: {named:?}");
    let (crates, browser) = (
        all(&root().join("crates"), "rs"),
        all(&root().join("e2e/tests"), "ts"),
    );
    let exists = |name: &&str| {
        if name.contains(' ') {
            browser.contains(&format!("test('{name}'"))
        } else {
            crates.contains(&format!("fn {name}("))
        }
    };
    let missing: Vec<_> = named.iter().filter(|name| !exists(name)).collect();
    assert!(missing.is_empty(), "no test is called {missing:#?}");
}

/// How many requirements of levels 1 and 2 each chapter of OWASP ASVS 5.0.0 has.
const REQUIREMENTS: [usize; 17] = [27, 11, 19, 10, 9, 35, 18, 7, 7, 29, 14, 9, 13, 9, 13, 16, 7];

#[test]
fn every_requirement_of_the_standard_is_answered_and_its_tests_exist() {
    let security = fs::read_to_string(root().join("docs/security.md")).expect("the table");
    let rows: Vec<Vec<&str>> = security
        .lines()
        .filter(|line| line.starts_with("| V"))
        .map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    let mut counted = [0; 17];
    let mut ids = BTreeSet::new();
    let sources = all(&root().join("crates"), "rs");
    for row in &rows {
        let [id, level, words, verdict, place] = row[..] else {
            panic!("five columns: {row:?}");
        };
        let chapter = id.trim_start_matches('V').split('.').next();
        let chapter: usize = chapter
            .and_then(|text| text.parse().ok())
            .expect("a chapter");
        counted[chapter - 1] += 1;
        assert!(ids.insert(id), "{id} is answered twice");
        assert!(["1", "2"].contains(&level), "{row:?}");
        assert!(["pass", "not applicable"].contains(&verdict), "{row:?}");
        assert!(!words.is_empty() && !place.is_empty(), "{row:?}");
        let names = place.split('`').skip(1).step_by(2);
        for name in names.filter(|name| name.matches('_').count() > 1 && !name.contains('/')) {
            assert!(
                sources.contains(&format!("fn {name}(")),
                "{id}: no test {name}"
            );
        }
    }
    assert_eq!(counted, REQUIREMENTS);
    let of = |verdict: &str| rows.iter().filter(|row| row[3] == verdict).count();
    let (pass, not) = (of("pass"), of("not applicable"));
    assert!(security.contains(&format!("{pass} pass, {not} are not applicable")));
}

#[test]
fn a_name_in_the_last_column_is_read_and_any_other_is_not() {
    let table = "| a `b` | `one_test` `T2 deny: two` |\n|---|---|\nnone `of_these`\n";
    assert_eq!(named(table), ["one_test", "T2 deny: two"]);
}
