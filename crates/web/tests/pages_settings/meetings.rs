//! Zoom meetings on pages: the ways out on a booking's page, the admins' list, and how people come
//! in; all of it by forms without script.

use jiff::SignedDuration;
use rooms_app::bookings::Booked;
use rooms_app::zoom::disconnect;
use rooms_core::booking::Conference;
use rooms_testkit::Browser;
use rooms_testkit::app::{TestApp, TestCompany, TestPerson, ZOOM_JONAS, ZOOM_MARA};
use zoom_sim::{Fault, HostChange, Operation, StoredMeeting, Trouble};

use super::{leads_to, says, submit};

const WAYS: [&str; 7] = [
    "attempts",
    "host",
    "replacement",
    "removal",
    "restoration",
    "acceptance",
    "release",
];

async fn stage(app: &TestApp) -> (TestCompany, TestPerson, Booked) {
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let room = app.room(&company, "Aster").await;
    app.connect_zoom(&mara, ZOOM_MARA).await;
    let booked = app.book(&mara, &room, 4, Some(Conference::Zoom)).await;
    (company, mara, booked)
}

fn page(booked: &Booked) -> String {
    format!("/bookings/{}", booked.booking.id)
}

async fn press(browser: &Browser, booked: &Booked, what: &str) -> rooms_testkit::Answer {
    let at = page(booked);
    submit(browser, &at, &format!("{at}/meeting/{what}"), &[]).await
}

fn alive(app: &TestApp) -> Vec<StoredMeeting> {
    let all = app.sim.meetings();
    all.into_iter().filter(|m| m.deleted_at.is_none()).collect()
}

async fn settle(app: &TestApp) {
    for _ in 0..4 {
        app.run_jobs().await;
        app.deliver_webhooks().await;
        app.pass(SignedDuration::from_secs(2));
    }
}

#[tokio::test]
async fn nobody_does_anything_about_a_link_that_is_not_theirs() {
    let app = TestApp::start().await;
    let (company, _, booked) = stage(&app).await;
    app.run_jobs().await;
    let jonas = app.officer(&company, "jonas").await;
    let other = app.company("strand").await;
    let (stranger, spy) = (app.browser(), app.signed_in(&other.admin).await);
    let colleague = app.signed_in(&jonas).await;
    for what in WAYS {
        let at = format!("{}/meeting/{what}", page(&booked));
        let foreign = spy.post_form("/settings", &at, &[]).await;
        assert_eq!(foreign.status.as_u16(), 404, "{what}");
        let theirs = colleague.post_form("/settings", &at, &[]).await;
        assert_eq!(theirs.status.as_u16(), 403, "{what}");
        let nobody = stranger.post(&at, &[]).await;
        assert_ne!(nobody.status.as_u16(), 200, "{what}");
        let unsigned = colleague.post(&at, &[]).await;
        assert_eq!(unsigned.status.as_u16(), 403, "{what} without its token");
    }
    let unknown = format!("{}/meeting/explosion", page(&booked));
    let answer = colleague.post_form("/settings", &unknown, &[]).await;
    assert_eq!(answer.status.as_u16(), 404);
    assert_eq!(alive(&app).len(), 1, "and nothing of it happened");
}

#[tokio::test]
async fn another_account_takes_over_from_the_booking_s_page() {
    let app = TestApp::start().await;
    let (_, mara, booked) = stage(&app).await;
    settle(&app).await;
    let (browser, at) = (app.signed_in(&mara).await, page(&booked));
    let alone = browser.visit(&at).await;
    assert!(!alone.text().contains("Use another account"));
    let second = app.connect_zoom(&mara, ZOOM_JONAS).await.id.to_string();
    says(
        &browser.visit(&at).await,
        200,
        &["Use another account", ZOOM_JONAS],
    );
    let host = format!("{at}/meeting/host");
    let sent = submit(&browser, &at, &host, &[("connection_id", &second)]).await;
    says(&sent, 200, &["Changed."]);
    settle(&app).await;
    let hosts: Vec<_> = alive(&app).into_iter().map(|m| m.host_email).collect();
    assert_eq!(
        hosts,
        [ZOOM_JONAS],
        "one meeting, and the other host has none"
    );
    says(
        &browser.visit(&at).await,
        200,
        &["Link ready", ZOOM_JONAS, ZOOM_MARA],
    );
    let all = rooms_app::zoom::connections(&app.app, &mara.actor).await;
    let mut all = all.unwrap().into_iter();
    let gone = all.find(|c| c.zoom_email == ZOOM_MARA).unwrap().id;
    let ended = disconnect::disconnect(&app.app, &mara.actor, Some(gone)).await;
    assert!(ended.unwrap());
    let gone = gone.to_string();
    let refused = browser
        .post_form(&at, &host, &[("connection_id", &gone)])
        .await;
    says(&refused, 422, &["Choose another account."]);
}

#[tokio::test]
async fn a_failed_link_says_why_and_is_tried_again() {
    let app = TestApp::start().await;
    let (_, mara, booked) = stage(&app).await;
    app.sim
        .fault(Fault::always(Operation::Create, Trouble::Html(502)));
    app.run_jobs().await;
    let browser = app.signed_in(&mara).await;
    let at = page(&booked);
    let waits = browser.visit(&at).await;
    says(
        &waits,
        200,
        &["Zoom link is being made", "Tried once.", "Try now"],
    );
    app.sim.clear_faults();
    press(&browser, &booked, "attempts").await;
    app.pass(SignedDuration::from_secs(10));
    settle(&app).await;
    says(
        &browser.visit(&at).await,
        200,
        &["Link ready", "Join Zoom meeting"],
    );
    assert_eq!(alive(&app).len(), 1);
}

#[tokio::test]
async fn a_day_that_is_used_up_says_when_zoom_is_asked_again() {
    let app = TestApp::start().await;
    let (company, mara, _) = stage(&app).await;
    app.run_jobs().await;
    let room = app.room(&company, "Birch").await;
    let booked = app.book(&mara, &room, 40, Some(Conference::Zoom)).await;
    let limit = Fault::once(Operation::Create, Trouble::DailyLimitUser);
    app.sim.fault(limit);
    app.run_jobs().await;
    let browser = app.signed_in(&mara).await;
    // Midnight in UTC is one o'clock in Berlin.
    let used_up = [
        "Today’s are used up.",
        "Tried once. Next try 24 November 01:0",
    ];
    says(&browser.visit(&page(&booked)).await, 200, &used_up);
    says(
        &browser.visit("/settings/apps").await,
        200,
        &["Zoom takes no more until"],
    );
    app.pass(SignedDuration::from_hours(17));
    settle(&app).await;
    says(&browser.visit(&page(&booked)).await, 200, &["Link ready"]);
}

#[tokio::test]
async fn a_meeting_moved_in_zoom_has_three_ways_out() {
    let app = TestApp::start().await;
    let (_, mara, booked) = stage(&app).await;
    settle(&app).await;
    let browser = app.signed_in(&mara).await;
    let at = page(&booked);
    let start = booked.booking.slot.starts_at;
    let later = |hours| HostChange {
        start_time: Some(start + SignedDuration::from_hours(hours)),
        ..HostChange::default()
    };
    let first = alive(&app)[0].id;
    assert!(app.sim.change_meeting(first, later(1)));
    settle(&app).await;
    let differs = browser.visit(&at).await;
    let ways = [
        "Changed in Zoom.",
        "Take Zoom’s time",
        "Restore ours",
        "Make a new link",
    ];
    says(&differs, 200, &ways);
    press(&browser, &booked, "restoration").await;
    settle(&app).await;
    assert_eq!(alive(&app)[0].start_time, Some(start));
    assert!(!browser.visit(&at).await.text().contains("Take Zoom’s time"));

    assert!(app.sim.change_meeting(first, later(2)));
    settle(&app).await;
    let taken = press(&browser, &booked, "acceptance").await;
    says(&taken, 200, &["Changed."]);
    settle(&app).await;
    let api = app.api(&mara).get(&at[1..]).await.ok(200);
    let moved = start + SignedDuration::from_hours(2);
    assert_eq!(api["starts_at"], moved.to_string());
    assert_eq!(api["meeting"]["differs"], serde_json::Value::Null);

    assert!(app.sim.change_meeting(first, later(3)));
    settle(&app).await;
    press(&browser, &booked, "replacement").await;
    settle(&app).await;
    let meetings = alive(&app);
    assert_eq!(meetings.len(), 1);
    assert_ne!(meetings[0].id, first);
    assert_eq!(meetings[0].start_time, Some(moved));
}

#[tokio::test]
async fn zooms_time_in_a_taken_room_opens_the_form_with_what_is_free() {
    let app = TestApp::start().await;
    let (_, mara, booked) = stage(&app).await;
    settle(&app).await;
    app.pass(SignedDuration::from_secs(52));
    let room = rooms_app::rooms::get(&app.app, &mara.actor, booked.booking.room)
        .await
        .unwrap();
    app.book(&mara, &room, 6, None).await;
    let theirs = booked.booking.slot.starts_at + SignedDuration::from_hours(2);
    let change = HostChange {
        start_time: Some(theirs),
        ..HostChange::default()
    };
    assert!(app.sim.change_meeting(alive(&app)[0].id, change));
    settle(&app).await;
    let browser = app.signed_in(&mara).await;
    let at = page(&booked);
    let accept = format!("{at}/meeting/acceptance");
    let refused = browser.post_form(&at, &accept, &[]).await;
    says(
        &refused,
        409,
        &["Free instead", &format!("action=\"{at}\"")],
    );
}

#[tokio::test]
async fn the_list_is_filtered_and_says_what_needs_somebody() {
    let app = TestApp::start().await;
    let (company, mara, _) = stage(&app).await;
    let admin = app.signed_in(&company.admin).await;
    let empty = app.company("strand").await;
    app.run_jobs().await;
    let room = app.room(&company, "Birch").await;
    let no = serde_json::json!({ "code": 300, "message": "Not <today>." });
    app.sim
        .fault(Fault::once(Operation::Create, Trouble::Status(400, no)));
    app.book(&mara, &room, 5, Some(Conference::Zoom)).await;
    app.run_jobs().await;
    let all = admin.visit("/admin/meetings").await;
    says(
        &all,
        200,
        &[
            "1 ready",
            "1 no link",
            "Zoom declined: Not &#60;today&#62;.",
        ],
    );
    let failed = admin.visit("/admin/meetings?state=failed").await;
    says(&failed, 200, &["Birch"]);
    assert!(!failed.text().contains("Aster, "), "{}", failed.text());
    let of_mara = format!("/admin/meetings?person={}", mara.id());
    says(&admin.visit(&of_mara).await, 200, &["Aster", "Birch"]);
    let nobody = format!("/admin/meetings?person={}", company.admin.id());
    says(&admin.visit(&nobody).await, 200, &["Nothing like that"]);
    let odd = "/admin/meetings?state=x&from=never&after=1.2&site=%3Cb%3E";
    assert_eq!(admin.visit(odd).await.status.as_u16(), 200);
    let other = app.signed_in(&empty.admin).await;
    says(
        &other.visit("/admin/meetings").await,
        200,
        &["No Zoom meeting ahead"],
    );
}

#[tokio::test]
async fn a_person_and_a_company_choose_how_people_come_in() {
    let app = TestApp::start().await;
    let (company, mara, _) = stage(&app).await;
    let admin = app.signed_in(&company.admin).await;
    let rule = "/admin/company/meetings";
    let strict = [
        ("waiting_room", "on"),
        ("passcode", "on"),
        ("recording", "none"),
    ];
    let saved = submit(&admin, rule, rule, &strict).await;
    says(
        &saved,
        200,
        &["Saved.", "name=\"waiting_room\" value=\"on\" checked"],
    );
    let browser = app.signed_in(&mara).await;
    let own = "/settings/meetings";
    says(
        &browser.visit(own).await,
        200,
        &["With a waiting room, a passcode"],
    );
    let fields = [
        ("whose", "own"),
        ("mute_upon_entry", "on"),
        ("recording", "cloud"),
    ];
    let saved = submit(&browser, own, own, &fields).await;
    says(
        &saved,
        200,
        &["Saved.", "value=\"own\" checked", "value=\"cloud\" checked"],
    );
    let back = submit(&browser, own, own, &[("whose", "company")]).await;
    says(&back, 200, &["value=\"company\" checked"]);
    let stranger = app.browser().get(own).await;
    assert_eq!(leads_to(&stranger).0, 303);
}
