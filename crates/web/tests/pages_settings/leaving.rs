//! Disconnecting with a choice about the links, and what the page says until it is done.

use jiff::SignedDuration;
use rooms_core::booking::Conference;
use rooms_testkit::app::{CLIENT_ID, TestApp, TestPerson, ZOOM_JONAS, ZOOM_MARA, on_each};
use zoom_sim::{Fault, Operation, Trouble};

use super::{APPS, DISCONNECT, leads_to, says, submit};

const ZOOM: Option<Conference> = Some(Conference::Zoom);

fn completion(id: &str) -> String {
    format!("/settings/apps/zoom/connections/{id}/completion")
}

/// Mara, connected, with two bookings that have links; and her connection.
async fn stage(app: &TestApp) -> (TestPerson, String) {
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let room = app.room(&company, "Aster").await;
    let id = app.connect_zoom(&mara, ZOOM_MARA).await.id.to_string();
    for hours in [26, 50] {
        app.book(&mara, &room, hours, ZOOM).await;
    }
    app.run_jobs().await;
    (mara, id)
}

async fn converge(app: &TestApp) {
    for _ in 0..24 {
        app.run_jobs().await;
        app.pass(SignedDuration::from_secs(5));
    }
}

async fn removing_the_links(app: &TestApp) {
    let (mara, id) = stage(app).await;
    let browser = app.signed_in(&mara).await;
    let asks = browser.get(APPS).await;
    says(
        &asks,
        200,
        &[
            "2 upcoming bookings have a link of this account",
            "name=\"links\" value=\"keep\" checked",
            "name=\"links\" value=\"remove\"",
            "Everybody invited gets a mail.",
        ],
    );
    assert!(!asks.text().contains("value=\"move\""), "there is no other");
    app.sim
        .fault(Fault::always(Operation::Delete, Trouble::DropBefore));
    let fields = [("connection_id", id.as_str()), ("links", "remove")];
    let left = submit(&browser, APPS, DISCONNECT, &fields).await;
    says(
        &left,
        200,
        &[
            "Inactive",
            "Zoom is disconnected. Its meetings are being deleted",
            "2 of 2 Zoom meetings are still to be deleted.",
        ],
    );
    converge(app).await;
    says(
        &browser.get(APPS).await,
        200,
        &[
            "2 of 2 Zoom meetings are still to be deleted.",
            "Zoom does not answer. Next try:",
            "Leave the rest in Zoom and finish",
        ],
    );
    app.sim.clear_faults();
    converge(app).await;
    let done = browser.get(APPS).await;
    says(&done, 200, &["Inactive", "2 meetings deleted in Zoom"]);
    assert!(!done.text().contains("still to be deleted"));
    assert!(!app.sim.is_installed(ZOOM_MARA, CLIENT_ID));
    let late = submit(&browser, APPS, &completion(&id), &[]).await;
    says(&late, 200, &["nothing to disconnect"]);
}

async fn leaving_the_rest(app: &TestApp) {
    let (mara, id) = stage(app).await;
    let browser = app.signed_in(&mara).await;
    app.sim
        .fault(Fault::always(Operation::Delete, Trouble::DropBefore));
    let fields = [("connection_id", id.as_str()), ("links", "remove")];
    submit(&browser, APPS, DISCONNECT, &fields).await;
    let done = submit(&browser, APPS, &completion(&id), &[]).await;
    says(
        &done,
        200,
        &[
            "What was not deleted yet stays in Zoom",
            "2 meetings stay in Zoom",
        ],
    );
    app.sim.clear_faults();
    converge(app).await;
    assert!(!app.sim.is_installed(ZOOM_MARA, CLIENT_ID));
}

async fn moving_the_links(app: &TestApp) {
    let (mara, id) = stage(app).await;
    let browser = app.signed_in(&mara).await;
    app.pass(SignedDuration::from_secs(1));
    let second = app.connect_zoom(&mara, ZOOM_JONAS).await.id.to_string();
    let option = format!("<option value=\"{second}\">{ZOOM_JONAS}</option>");
    says(
        &browser.get(APPS).await,
        200,
        &["Move them to another account", &option],
    );
    let to = |target| {
        [
            ("connection_id", id.as_str()),
            ("links", "move"),
            ("target", target),
        ]
    };
    let itself = browser.post_form(APPS, DISCONNECT, &to(&id)).await;
    says(
        &itself,
        422,
        &["Not saved yet.", "Choose an account that is connected."],
    );
    let moved = submit(&browser, APPS, DISCONNECT, &to(&second)).await;
    says(&moved, 200, &["Its meetings are being deleted"]);
    converge(app).await;
    says(&browser.get(APPS).await, 200, &["2 bookings with Zoom"]);
    assert!(!app.sim.is_installed(ZOOM_MARA, CLIENT_ID));
}

#[tokio::test]
async fn removing_the_links_says_how_far_it_is_and_why_it_waits() {
    on_each(removing_the_links).await;
}

#[tokio::test]
async fn what_is_not_deleted_yet_may_be_left_in_zoom() {
    on_each(leaving_the_rest).await;
}

#[tokio::test]
async fn links_can_be_moved_to_another_account() {
    on_each(moving_the_links).await;
}

#[tokio::test]
async fn nobody_finishes_the_end_of_another_and_nothing_without_signing_in() {
    let app = TestApp::start().await;
    let (mara, id) = stage(&app).await;
    let jonas = {
        let other = app.company("other").await;
        app.officer(&other, "jonas").await
    };
    let lee = app.person("admin@halden.example").await;
    app.sim
        .fault(Fault::always(Operation::Delete, Trouble::DropBefore));
    let browser = app.signed_in(&mara).await;
    let fields = [("connection_id", id.as_str()), ("links", "remove")];
    submit(&browser, APPS, DISCONNECT, &fields).await;
    for person in [&jonas, &lee] {
        let browser = app.signed_in(person).await;
        let answer = browser.post_form(APPS, &completion(&id), &[]).await;
        assert_eq!(answer.status.as_u16(), 404);
    }
    let anonymous = app.browser().post(&completion(&id), &[]).await;
    assert_eq!(leads_to(&anonymous), (303, "/sign-in?next=%2F".to_owned()));
    says(
        &browser.get(APPS).await,
        200,
        &["2 of 2 Zoom meetings are still to be deleted."],
    );
}
