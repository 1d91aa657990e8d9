//! `zoom reconcile`: what it prints, what it does, and how it ends.

use jiff::SignedDuration;
use rooms_core::booking::Conference;
use rooms_core::{Clock as _, SystemClock};
use rooms_testkit::app::{TestApp, ZOOM_MARA};
use rooms_testkit::{Settings, TestDatabase};

use crate::crash::place;

async fn found_said_and_put_right(database: TestDatabase) {
    let stage = TestApp::with(Settings {
        database: Some(database),
        ..Settings::default()
    })
    .await;
    // What has just been made or changed is not judged, and the command has the machine's clock.
    stage
        .clock()
        .set(SystemClock.now() - SignedDuration::from_mins(30));
    let company = stage.company("halden").await;
    let olga = stage.officer(&company, "olga").await;
    let room = stage.room(&company, "Aster").await;
    stage.connect_zoom(&olga, ZOOM_MARA).await;
    stage.lose_webhooks();
    for hours in [24, 26] {
        stage
            .book(&olga, &room, hours, Some(Conference::Zoom))
            .await;
    }
    stage.run_jobs().await;
    let (place, id) = (place(&stage), company.id.to_string());
    let run = |more: &[&str]| {
        let arguments = [&["zoom", "reconcile", "--company", &id], more].concat();
        place.run(&arguments)
    };

    let agrees = run(&[]);
    assert_eq!(
        agrees.good(),
        "0 of 1 hosts compared\n1 of 1 hosts compared\nNothing differs."
    );

    let there = stage.sim.meetings();
    assert!(stage.sim.delete_meeting(there[0].id));
    let later = there[1].start_time.unwrap() + SignedDuration::from_hours(1);
    let change = zoom_sim::HostChange {
        start_time: Some(later),
        ..zoom_sim::HostChange::default()
    };
    assert!(stage.sim.change_meeting(there[1].id, change));
    let dry = run(&["--fix", "--dry-run"]);
    assert_eq!(dry.code, Some(3), "{dry:?}");
    for words in [
        &format!("missing {ZOOM_MARA} {} “Budget”: ", there[0].id),
        &format!("wrong_time {ZOOM_MARA} {} “Budget”: ", there[1].id),
        "1 new link is made",
        "Nothing was changed: this was a dry run.",
        "Still open: 2.",
    ] {
        assert!(dry.stdout.contains(words), "{words}: {dry:?}");
    }
    assert_eq!(stage.sim.meetings().len(), 2);

    // It works while the server runs.
    let (server, _) = place.serve();
    let fixed = run(&["--fix"]);
    assert!(
        fixed.good().ends_with("2 of 2 done\nNothing differs."),
        "{fixed:?}"
    );
    server.interrupt();
    let mut starts: Vec<_> = stage
        .sim
        .meetings()
        .into_iter()
        .filter(|meeting| meeting.deleted_at.is_none())
        .map(|meeting| meeting.start_time.unwrap())
        .collect();
    starts.sort();
    let mut wanted = [there[0].start_time.unwrap(), there[1].start_time.unwrap()];
    wanted.sort();
    assert_eq!(starts, wanted);

    let unknown = place.run(&[
        "zoom",
        "reconcile",
        "--company",
        "co_00000000000000000000000000000000",
    ]);
    assert!(
        unknown.refusal().contains("there is no such company"),
        "{unknown:?}"
    );
    stage.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_found_said_and_put_right_on_sqlite() {
    found_said_and_put_right(TestDatabase::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_found_said_and_put_right_on_postgres() {
    if let Some(database) = TestDatabase::postgres().await {
        found_said_and_put_right(database).await;
    }
}
