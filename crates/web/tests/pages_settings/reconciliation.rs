//! The page that compares every link with the meetings in Zoom.

use jiff::SignedDuration;
use rooms_core::booking::Conference;
use rooms_testkit::app::{TestApp, ZOOM_MARA};
use rooms_testkit::{Browser, TestPerson};
use zoom_sim::HostChange;

use super::{between, says, submit};

const PAGE: &str = "/admin/reconciliation";

/// Two bookings with links; one meeting was deleted in Zoom, the other moved.
async fn differing(app: &TestApp) -> (TestPerson, Browser) {
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let room = app.room(&company, "Aster").await;
    app.connect_zoom(&mara, ZOOM_MARA).await;
    for hours in [24, 26] {
        app.book(&mara, &room, hours, Some(Conference::Zoom)).await;
    }
    app.run_jobs().await;
    app.lose_webhooks();
    let there = app.sim.meetings();
    assert!(app.sim.delete_meeting(there[0].id));
    let change = HostChange {
        start_time: Some(there[1].start_time.unwrap() + SignedDuration::from_hours(1)),
        ..HostChange::default()
    };
    assert!(app.sim.change_meeting(there[1].id, change));
    app.pass(SignedDuration::from_mins(1));
    (mara, app.signed_in(&company.admin).await)
}

async fn converge(app: &TestApp) {
    for _ in 0..24 {
        app.run_jobs().await;
        app.pass(SignedDuration::from_secs(5));
    }
}

#[tokio::test]
async fn a_comparison_is_asked_for_followed_and_put_right() {
    let app = TestApp::start().await;
    let (_, admin) = differing(&app).await;
    says(
        &admin.get(PAGE).await,
        200,
        &["Not compared yet", "Compare now"],
    );
    let running = submit(&admin, PAGE, "/admin/reconciliation/runs", &[]).await;
    says(
        &running,
        200,
        &[
            "0 of 1 hosts",
            "data-follow=\"/admin/reconciliation/events\"",
            "asked for by Ada Admin",
        ],
    );
    assert!(!running.text().contains("Compare now"), "one at a time");
    app.run_jobs().await;
    let found = admin.get(PAGE).await;
    says(
        &found,
        200,
        &[
            "2 meetings are not as their bookings say.",
            "Missing in Zoom",
            "Wrong time",
            "Fix all 2",
            "1 new link is made",
            "1 meeting gets the time of its booking",
            "Makes a new link and sends it to everybody.",
        ],
    );
    assert!(!found.text().contains("data-follow"), "nothing moves");
    let run = between(&found, "name=\"run\" value=\"", "\"").to_owned();
    let fixing = submit(
        &admin,
        PAGE,
        "/admin/reconciliation/fixes",
        &[("run", &run)],
    )
    .await;
    says(&fixing, 200, &["Being put right", "data-follow"]);
    converge(&app).await;
    let done = admin.get(PAGE).await;
    says(
        &done,
        200,
        &["Every link agrees with Zoom.", "Put right", "by Ada Admin"],
    );
    assert!(!done.text().contains("data-follow"));
    says(
        &admin.get("/admin/health").await,
        200,
        &["href=\"/admin/reconciliation\""],
    );
}

#[tokio::test]
async fn one_is_put_right_and_another_left() {
    let app = TestApp::start().await;
    let (_, admin) = differing(&app).await;
    submit(&admin, PAGE, "/admin/reconciliation/runs", &[]).await;
    app.run_jobs().await;
    let found = admin.get(PAGE).await;
    let first = between(&found, "action=\"/admin/reconciliation/findings/", "\"").to_owned();
    let fix = format!("/admin/reconciliation/findings/{first}");
    submit(&admin, PAGE, &fix, &[]).await;
    converge(&app).await;
    let rest = admin.get(PAGE).await;
    says(
        &rest,
        200,
        &["1 meeting is not as its booking says.", "Fix it now"],
    );
    let second = between(&rest, "formaction=\"/admin/reconciliation/findings/", "\"").to_owned();
    let leave = format!("/admin/reconciliation/findings/{second}");
    let left = submit(&admin, PAGE, &leave, &[]).await;
    says(
        &left,
        200,
        &["Every other link agrees with Zoom.", "Left as they are: 1"],
    );

    // Another company's admin does not know of them.
    let other = app.signed_in(&app.company("other").await.admin).await;
    for form in [&fix, &leave] {
        let posted = other.post_form(PAGE, form, &[]).await;
        assert_eq!(posted.status.as_u16(), 404, "{form}");
    }
}

#[tokio::test]
async fn an_old_page_does_not_fix_what_it_did_not_show() {
    let app = TestApp::start().await;
    let (_, admin) = differing(&app).await;
    submit(&admin, PAGE, "/admin/reconciliation/runs", &[]).await;
    app.run_jobs().await;
    let old = admin.get(PAGE).await;
    let run = between(&old, "name=\"run\" value=\"", "\"").to_owned();
    app.pass(SignedDuration::from_secs(1));
    submit(&admin, PAGE, "/admin/reconciliation/runs", &[]).await;
    app.run_jobs().await;
    let refused = submit(
        &admin,
        PAGE,
        "/admin/reconciliation/fixes",
        &[("run", &run)],
    )
    .await;
    says(
        &refused,
        200,
        &["It was compared again meanwhile.", "2 meetings are not"],
    );
}

#[tokio::test]
async fn without_a_zoom_app_the_page_says_whom_to_ask() {
    let app = TestApp::with(rooms_testkit::Settings {
        zoom: false,
        ..rooms_testkit::Settings::default()
    })
    .await;
    let company = app.company("halden").await;
    let admin = app.signed_in(&company.admin).await;
    let page = admin.get(PAGE).await;
    says(
        &page,
        200,
        &["Zoom is not set up yet.", "/admin/zoom-app", "mailto:"],
    );
    assert!(!page.text().contains("Compare now"));
    says(
        &submit(&admin, PAGE, "/admin/reconciliation/runs", &[]).await,
        200,
        &["Zoom is not set up yet."],
    );
}
