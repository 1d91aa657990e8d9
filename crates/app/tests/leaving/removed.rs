//! Removed in Zoom: told by a webhook, or noticed without one.

use jiff::SignedDuration;
use rooms_app::bookings;
use rooms_app::zoom::{self, hosts, probes};
use rooms_core::connection::hosts::StandIn;
use rooms_core::connection::{ConnectionStatus, EndedBy, HostsFor, NoticedBy};
use rooms_core::meeting::MeetingState;
use rooms_testkit::app::{CLIENT_ID, TestApp, ZOOM_MARA, on_each};
use serde_json::{Value, json};
use zoom_sim::{Fault, Operation, Standing, Trouble};

use super::{Stage, ZOOM, converge, stage, told};

/// The end state of every removal in Zoom.
async fn is_removed(app: &TestApp, stage: &Stage, noticed: NoticedBy) {
    let ended = stage.connection(app).await;
    assert_eq!(ended.status, ConnectionStatus::Inactive);
    assert_eq!(ended.disconnected_by, Some(EndedBy::Zoom));
    assert_eq!(ended.noticed_by, Some(noticed));
    assert!(stage.shredded(app).await);
    let words = told(app, &stage.mara).await.join(" ");
    assert!(words.contains("The app was removed in Zoom"), "{words}");
    let status = zoom::status(&app.app, &stage.mara.actor).await.unwrap();
    let mut ends = status.history.iter().filter(|e| e.kind == "zoom.removed");
    let how = match noticed {
        NoticedBy::Webhook => "Zoom told us",
        NoticedBy::Refresh => "noticed when our access was to be renewed",
        NoticedBy::Call => "noticed when a booking needed Zoom",
        NoticedBy::Probe => "noticed when we asked Zoom how it stands",
    };
    let detail = &ends.next().unwrap().detail;
    assert!(detail.ends_with(&format!("; {how}")), "{detail}");
}

#[tokio::test]
async fn the_webhook_ends_it_and_colleagues_with_bookings_ahead_hear_of_it() {
    on_each(async |app| {
        let stage = stage(app).await;
        let lee = app.officer(&stage.company, "lee").await;
        let (actor, id) = (&stage.mara.actor, stage.first.id);
        hosts::offer(&app.app, actor, id, HostsFor::Company)
            .await
            .unwrap();
        hosts::set_stand_in(&app.app, &stage.company.admin.actor, StandIn::Pool)
            .await
            .unwrap();
        let lees = app.book(&lee, &stage.room, 30, ZOOM).await;
        app.run_jobs().await;
        app.pass(SignedDuration::from_mins(1));
        assert!(app.sim.remove_app(ZOOM_MARA, CLIENT_ID));
        app.deliver_webhooks().await;
        is_removed(app, &stage, NoticedBy::Webhook).await;
        assert_eq!(stage.state(app, &lees).await, MeetingState::Detached);
        let words = told(app, &lee).await.join(" ");
        assert!(
            words.contains("The Zoom link of “Budget” no longer follows the booking."),
            "{words}"
        );
    })
    .await;
}

#[tokio::test]
async fn without_a_webhook_a_refused_renewal_notices_that_the_user_is_gone() {
    on_each(async |app| {
        let stage = stage(app).await;
        let [booked] = stage.booked(app, [30]).await;
        assert!(app.sim.set_standing(ZOOM_MARA, Standing::Deleted));
        app.pass(SignedDuration::from_hours(2));
        app.book(&stage.mara, &stage.room, 40, ZOOM).await;
        converge(app).await;
        is_removed(app, &stage, NoticedBy::Refresh).await;
        assert_eq!(stage.state(app, &booked).await, MeetingState::Detached);
    })
    .await;
}

/// Zoom says that a token was revoked.
fn revoked() -> Trouble {
    Trouble::Status(
        400,
        json!({ "code": 4741, "message": "Token has been revoked." }),
    )
}

#[tokio::test]
async fn without_a_webhook_a_call_notices_that_the_token_was_revoked() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.sim.fault(Fault::always(Operation::Create, revoked()));
        let booked = app.book(&stage.mara, &stage.room, 30, ZOOM).await;
        converge(app).await;
        is_removed(app, &stage, NoticedBy::Call).await;
        assert_eq!(stage.state(app, &booked).await, MeetingState::Failed);
    })
    .await;
}

#[tokio::test]
async fn without_a_webhook_the_probe_notices_it() {
    on_each(async |app| {
        let stage = stage(app).await;
        stage.booked(app, [30]).await;
        app.pass(SignedDuration::from_hours(25));
        app.sim.fault(Fault::always(Operation::Me, revoked()));
        probes::queue_due(&app.app).await.unwrap();
        app.pass(SignedDuration::from_hours(1));
        app.run_jobs().await;
        is_removed(app, &stage, NoticedBy::Probe).await;
    })
    .await;
}

/// From now on Zoom answers every renewal like this.
fn renewals_are_refused(app: &TestApp, answer: Value) {
    let trouble = Trouble::Status(400, answer);
    app.sim.fault(Fault::always(Operation::Refresh, trouble));
}

#[tokio::test]
async fn a_removal_that_waits_for_its_person_says_why() {
    on_each(async |app| {
        let stage = stage(app).await;
        let [booked] = stage.booked(app, [30]).await;
        app.pass(SignedDuration::from_hours(2));
        let dead = json!({ "error": "invalid_grant", "reason": "Invalid Token!" });
        renewals_are_refused(app, dead);
        app.book(&stage.mara, &stage.room, 32, ZOOM).await;
        converge(app).await;
        let asked = stage.connection(app).await;
        assert_eq!(asked.status, ConnectionStatus::NeedsAttention);
        let actor = &stage.mara.actor;
        bookings::cancel(&app.app, actor, booked.booking.id, None, None)
            .await
            .unwrap();
        converge(app).await;
        let after = bookings::get(&app.app, actor, booked.booking.id).await;
        let meeting = after.unwrap().meeting.unwrap();
        assert_eq!(meeting.state, MeetingState::Removing);
        assert_eq!(meeting.failure, asked.attention);
        assert!(meeting.failure.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_grant_that_was_lost_with_an_answer_needs_its_person_and_was_not_removed() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.pass(SignedDuration::from_hours(2));
        app.sim
            .fault(Fault::once(Operation::Refresh, Trouble::DropAfter));
        let booked = app.book(&stage.mara, &stage.room, 30, ZOOM).await;
        app.run_jobs().await;
        // Zoom renewed it; we never heard. The old token counts as revoked now.
        let dead =
            json!({ "errorCode": 4741, "error": "invalid_grant", "reason": "Token revoked" });
        renewals_are_refused(app, dead);
        converge(app).await;
        let asked = stage.connection(app).await;
        assert_eq!(asked.status, ConnectionStatus::NeedsAttention);
        assert_eq!(asked.noticed_by, Some(NoticedBy::Refresh));
        assert_eq!(stage.state(app, &booked).await, MeetingState::Pending);
        app.sim.clear_faults();
        let again = app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        converge(app).await;
        assert_eq!(stage.state(app, &booked).await, MeetingState::Ready);
        let again = (again.id, stage.connection(app).await.noticed_by);
        assert_eq!(again, (stage.first.id, None));
    })
    .await;
}

#[tokio::test]
async fn a_plain_dead_grant_needs_its_person_and_says_how_it_was_noticed() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.pass(SignedDuration::from_hours(2));
        let dead = json!({ "error": "invalid_grant", "reason": "Invalid Token!" });
        renewals_are_refused(app, dead);
        app.book(&stage.mara, &stage.room, 30, ZOOM).await;
        converge(app).await;
        let asked = stage.connection(app).await;
        assert_eq!(asked.status, ConnectionStatus::NeedsAttention);
        assert_eq!(asked.noticed_by, Some(NoticedBy::Refresh));
    })
    .await;
}

#[tokio::test]
async fn told_twice_and_in_the_wrong_order_it_ends_once() {
    on_each(async |app| {
        let stage = stage(app).await;
        stage.booked(app, [30]).await;
        app.pass(SignedDuration::from_mins(1));
        assert!(app.sim.remove_app(ZOOM_MARA, CLIENT_ID));
        app.deliver_webhooks().await;
        let first = app.sim.deliveries().last().unwrap().id;
        app.pass(SignedDuration::from_mins(1));
        app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        app.pass(SignedDuration::from_mins(1));
        assert!(app.sim.remove_app(ZOOM_MARA, CLIENT_ID));
        app.deliver_webhooks().await;
        assert!(app.sim.send_webhook_again(first));
        app.deliver_webhooks().await;
        is_removed(app, &stage, NoticedBy::Webhook).await;
        let words = told(app, &stage.mara).await;
        let removed = words.iter().filter(|w| w.contains("was removed in Zoom"));
        assert_eq!(removed.count(), 2, "two ends, each told once: {words:?}");
    })
    .await;
}
