//! Which routes the router has, read from the router itself.
//!
//! A router cannot be asked, but it can be printed, and then names the methods of each route and
//! the path of each. Where the print changes with a new version of the library, this finds other
//! routes than the table declares, and the test that compares them fails.

use std::collections::{BTreeMap, BTreeSet};

use rooms_testkit::TestApp;

use crate::ids::Ids;
use crate::table::table;

const METHODS: [&str; 8] = [
    "get", "delete", "options", "patch", "post", "put", "trace", "connect",
];

/// `GET /bookings/{id}` and so on; `HEAD` goes with `GET`.
fn of_the_router(app: &TestApp) -> BTreeSet<String> {
    let print = format!("{:?}", rooms_web::router(app.web.clone()));
    // What follows is the router of what has no route.
    let (print, _) = print.split_once("fallback_router").unwrap();
    let (endpoints, paths) = print.split_once("Node { paths: {").unwrap();
    let paths: BTreeMap<&str, &str> = entries(paths)
        .filter_map(|entry| Some((entry.0, entry.1.split('"').nth(1)?)))
        .collect();
    entries(endpoints)
        .flat_map(|(id, endpoint)| {
            let path = paths.get(id).copied().unwrap_or_default();
            METHODS
                .iter()
                .filter(move |method| !endpoint.contains(&format!(" {method}: None")))
                .map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}

/// The entries of a printed map by route id.
fn entries(map: &str) -> impl Iterator<Item = (&str, &str)> {
    map.split("RouteId(")
        .skip(1)
        .filter_map(|entry| entry.split_once("): "))
}

#[tokio::test]
async fn every_route_of_the_router_is_in_the_table_and_nothing_else() {
    let app = TestApp::start().await;
    let routed = of_the_router(&app);
    assert!(routed.len() > 100, "the print is understood: {routed:#?}");
    let ids = Ids::of_nobody();
    let declared: BTreeSet<String> = table(&ids, &ids)
        .into_iter()
        .map(|row| row.route.to_owned())
        .collect();
    let undeclared: Vec<_> = routed.difference(&declared).collect();
    let unknown: Vec<_> = declared.difference(&routed).collect();
    assert!(
        undeclared.is_empty() && unknown.is_empty(),
        "without a policy: {undeclared:#?}; not of the router: {unknown:#?}"
    );
}
