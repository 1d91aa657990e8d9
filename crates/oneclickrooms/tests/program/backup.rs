//! Backups of servers that are in use, and life on what was restored.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::SignedDuration;
use rooms_core::booking::Conference;
use rooms_core::{Clock as _, SystemClock};
use rooms_testkit::app::ZOOM_MARA;
use rooms_testkit::{Api, Settings, TestApp, TestDatabase};
use tokio::sync::RwLock;

use crate::commands::{databases, over};
use crate::crash::{place, until};
use crate::keys::{book, booked};
use crate::process::{Place, files};

/// What restoring itself adds to.
const TOUCHED: [&str; 6] = [
    "audit",
    "audit_chain",
    "event",
    "job",
    "reconciliation",
    "reconciliation_host",
];

/// The digest of each table in a backup.
fn digests(place: &Place, file: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(place.folder.join(file)).unwrap();
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let ends = lines.filter_map(|line| {
        let table = line["end"].as_str()?.to_owned();
        Some((table, line.to_string()))
    });
    ends.filter(|(table, _)| !TOUCHED.contains(&table.as_str()))
        .collect()
}

/// The same program and Zoom over another database.
fn beside(stage: &TestApp, database: &TestDatabase) -> Place {
    let url = match database.url() {
        rooms_app::DatabaseUrl::Sqlite(file) => format!("sqlite://{}", file.display()),
        rooms_app::DatabaseUrl::Postgres(url) => url.clone(),
    };
    place(stage).with("ONECLICKROOMS_DATABASE_URL", url)
}

async fn link_of(api: &Api, id: &str) {
    until("the link is there", async || {
        let booking = api.get(&format!("bookings/{id}")).await.ok(200);
        booking["meeting"]["join_url"].is_string()
    })
    .await;
}

async fn backed_up_and_restored(database: TestDatabase, targets: Vec<TestDatabase>) {
    let stage = TestApp::with(Settings {
        database: Some(database),
        real_time: true,
        ..Settings::default()
    })
    .await;
    let company = stage.company("halden").await;
    let olga = stage.officer(&company, "olga").await;
    let room = stage.room(&company, "Aster").await;
    stage.connect_zoom(&olga, ZOOM_MARA).await;
    let source = place(&stage);
    let (server, address) = source.serve();
    let api = |address: &str| Api::new(address.parse().unwrap(), Some(olga.token.clone()));
    let open = Arc::new(RwLock::new(vec![Some(address.clone())]));
    let enough = Arc::new(AtomicBool::new(false));
    let what = (olga.token.clone(), room.id.to_string(), stage.app.now());
    let booking = tokio::spawn(book(open, Arc::clone(&enough), what));
    let seen = async || booked(&api(&address)).await;
    until("there are links", async || seen().await >= 3).await;
    let before = seen().await;
    source.run(&["backup", "first.backup"]).good();
    until("people book on", async || seen().await > before).await;
    let said = source.run(&["backup", "second.backup"]);
    assert!(said.good().contains("The master key is not."), "{said:?}");
    enough.store(true, Ordering::Relaxed);
    let ids = booking.await.unwrap();
    for id in &ids {
        link_of(&api(&address), id).await;
    }
    source.run(&["backup", "last.backup"]).good();
    server.interrupt();

    let path = |file: &str| source.folder.join(file).display().to_string();
    for target in &targets {
        let there = beside(&stage, target);
        let restored = there.run(&["restore", &path("last.backup")]);
        let said = restored.good();
        assert!(said.contains("read back as they were written"), "{said}");
        assert!(
            said.contains("No room is booked twice at a time."),
            "{said}"
        );
        assert!(
            said.contains("1 companies are compared with Zoom"),
            "{said}"
        );
        there.run(&["backup", "again.backup"]).good();
        let (was, is) = (
            digests(&source, "last.backup"),
            digests(&there, "again.backup"),
        );
        assert!(was.len() > 25, "{was:?}");
        assert_eq!(was, is);
        let verified = there.run(&["audit", "verify"]);
        let verified = verified.good();
        assert!(
            verified.contains("installation: 1 entries hold"),
            "{verified}"
        );

        let refused = there.run(&["restore", &path("last.backup")]);
        assert!(refused.refusal().contains("is not empty"), "{refused:?}");
        let (server, address) = there.serve();
        for id in &ids {
            link_of(&api(&address), id).await;
        }
        let more = stage.app.now().as_second() / 3600 + 24 * 9;
        let at = |minutes: i64| {
            jiff::Timestamp::from_second(more * 3600 + minutes * 60)
                .unwrap()
                .to_string()
        };
        let wish = serde_json::json!({
            "room_id": room.id.to_string(), "title": "After the restore",
            "starts_at": at(0), "ends_at": at(30), "conference": "zoom",
        });
        let booked = api(&address).post("bookings", &wish).await.ok(201);
        link_of(&api(&address), booked["id"].as_str().unwrap()).await;
        server.interrupt();
    }
    // One that was made while people booked holds what was answered before, and hangs together.
    let third = TestDatabase::sqlite();
    let there = beside(&stage, &third);
    there.run(&["restore", &path("first.backup")]).good();
    let held = third.integers("SELECT COUNT(*) FROM booking").await[0];
    assert!(held >= i64::try_from(before).unwrap(), "{held} of {before}");
    stage.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_while_people_book_is_restored_into_either_kind_from_sqlite() {
    backed_up_and_restored(TestDatabase::sqlite(), databases().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_while_people_book_is_restored_into_either_kind_from_postgres() {
    if let Some(database) = TestDatabase::postgres().await {
        backed_up_and_restored(database, databases().await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn meetings_made_since_the_backup_are_found_as_belonging_to_no_booking() {
    for database in databases().await {
        let (stage, target) = (
            TestApp::with(Settings {
                database: Some(database),
                mail: Some(std::time::Duration::from_secs(2)),
                ..Settings::default()
            })
            .await,
            TestDatabase::sqlite(),
        );
        // What has just been made is not judged, and the command has the machine's clock.
        stage
            .clock()
            .set(SystemClock.now() - SignedDuration::from_mins(30));
        stage.lose_webhooks();
        let company = stage.company("halden").await;
        let olga = stage.officer(&company, "olga").await;
        let room = stage.room(&company, "Aster").await;
        stage.connect_zoom(&olga, ZOOM_MARA).await;
        let zoom = Some(Conference::Zoom);
        stage.book(&olga, &room, 24, zoom).await;
        stage.run_jobs().await;
        let made_before = stage.sim.meetings()[0].id;
        let source = place(&stage);
        source.run(&["backup", "rooms.backup"]).good();
        stage.book(&olga, &room, 26, zoom).await;
        stage.run_jobs().await;
        let made_since = stage.sim.meetings();
        let made_since = made_since.iter().find(|m| m.id != made_before).unwrap();

        let there = beside(&stage, &target);
        let path = source.folder.join("rooms.backup").display().to_string();
        there.run(&["restore", &path]).good();
        let id = company.id.to_string();
        let compared = there.run(&["zoom", "reconcile", "--company", &id]);
        assert_eq!(compared.code, Some(3), "{compared:?}");
        let orphan = format!("{ZOOM_MARA} {} “Budget”", made_since.id);
        assert!(compared.stdout.contains(&orphan), "{compared:?}");
        assert!(
            !compared.stdout.contains(&made_before.to_string()),
            "{compared:?}"
        );
        assert_eq!(stage.sim.meetings().len(), 2, "nothing is touched");
        stage.shut_down().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_is_refused_leaves_nothing_and_says_why() {
    for database in databases().await {
        let place = over(&database);
        place.run(&["migrate"]).good();
        crate::commands::company(&place, "admin@halden.example");
        place.run(&["backup", "rooms.backup"]).good();
        let again = place.run(&["backup", "rooms.backup"]);
        assert!(again.refusal().contains("is there already"), "{again:?}");
        let piped = place.run(&["backup", "-"]);
        assert!(piped.good().starts_with("{\"oneclickrooms_backup\":1,"));
        assert_eq!(
            files(&place.folder)
                .iter()
                .filter(|name| Path::new(name).extension().is_some_and(|end| end == "part"))
                .count(),
            0
        );

        let target = TestDatabase::sqlite();
        let mut there = over(&target);
        let path = place.folder.join("rooms.backup");
        let text = fs::read_to_string(&path).unwrap();
        let path = path.display().to_string();
        let half = there.write("half.backup", &text[..text.len() / 2]);
        let refused = there.run(&["restore", &half]);
        assert!(
            refused.refusal().contains("damaged or cut off at line"),
            "{refused:?}"
        );
        there.set(
            "ONECLICKROOMS_MASTER_KEY",
            "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=",
        );
        let refused = there.run(&["restore", &path]);
        assert!(
            refused.refusal().contains("the master key is not the one"),
            "{refused:?}"
        );
        there.set("ONECLICKROOMS_MASTER_KEY", crate::process::MASTER_KEY);
        let restored = there.run_with(&["restore", "-"], &text);
        let said = restored.good();
        assert!(said.contains("No Zoom app is set up here"), "{said}");
        assert_eq!(target.integers("SELECT COUNT(*) FROM company").await, [1]);
    }
}
