//! `openapi.json` is what is documented, and what is served.

use std::path::Path;

use rooms_testkit::{TestApp, database::now};
use rooms_web::api::document::document;

/// Set `UPDATE_OPENAPI=1` to write the file anew after a change that is meant.
#[test]
fn the_document_is_the_one_that_was_reviewed() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api/openapi.json");
    let document = serde_json::to_string_pretty(&document(now())).unwrap();
    let document = document + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&file, &document).unwrap();
    }
    let reviewed = std::fs::read_to_string(&file).unwrap();
    let differs = reviewed
        .lines()
        .zip(document.lines())
        .position(|(old, new)| old != new);
    assert!(
        reviewed == document,
        "docs/api/openapi.json differs from line {differs:?} on; UPDATE_OPENAPI=1 writes it anew"
    );
}

#[tokio::test]
async fn everybody_may_read_it() {
    let app = TestApp::start().await;
    let served = app.anonymous().get("openapi.json").await.ok(200);
    assert_eq!(served, document(now()));
    assert_eq!(served["openapi"], "3.1.0");
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document(now());
    let text = document.to_string();
    let mut found = 0;
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
        found += 1;
    }
    assert!(found > 20);
}
