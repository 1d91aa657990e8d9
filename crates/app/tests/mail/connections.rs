//! What people are written about their Zoom connections.

use jiff::SignedDuration;
use rooms_app::people::{self, PersonChange, permission};
use rooms_app::zoom::{self, probes};
use rooms_core::Role;
use rooms_core::connection::ConnectionStatus;
use rooms_testkit::TestApp;
use rooms_testkit::app::ZOOM_MARA;
use zoom_sim::{Fault, Operation, Trouble};

use super::{Stage, ZOOM, on_each, only, read, send};

/// Zoom no longer accepts anybody's grant.
fn forget_grants(app: &TestApp) {
    let dead = serde_json::json!({ "reason": "Invalid Token!", "error": "invalid_grant" });
    let what = Trouble::Status(400, dead);
    app.sim.fault(Fault::always(Operation::Refresh, what));
}

/// A day later the connection is asked how it stands.
async fn probe(app: &TestApp) {
    app.pass(SignedDuration::from_hours(25));
    probes::queue_due(&app.app).await.unwrap();
    app.pass(SignedDuration::from_hours(1));
}

async fn status(app: &TestApp, stage: &Stage) -> ConnectionStatus {
    let all = zoom::connections(&app.app, &stage.mara.actor).await;
    all.unwrap()[0].status
}

#[tokio::test]
async fn a_grant_found_dead_with_bookings_ahead_is_written_of_once() {
    on_each(async |app, stage| {
        app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        app.book(&stage.mara, &stage.room, 72, ZOOM).await;
        assert!(send(app).await.is_empty());
        forget_grants(app);
        probe(app).await;
        let letter = only(send(app).await);
        assert_eq!(letter.to, ["mara@halden.example"]);
        let letter = read(&letter);
        assert_eq!(letter.subject(), Some("Zoom needs you to connect again"));
        for body in [letter.body_text(0).unwrap(), letter.body_html(0).unwrap()] {
            for words in ["sign in again", "One booking ahead", "/settings/apps"] {
                assert!(body.contains(words), "no {words}: {body}");
            }
        }
        app.book(&stage.mara, &stage.room, 80, None).await;
        probe(app).await;
        assert!(send(app).await.is_empty(), "it was written once");

        app.sim.clear_faults();
        app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        assert!(send(app).await.is_empty());
        forget_grants(app);
        app.pass(SignedDuration::from_hours(2));
        app.book(&stage.mara, &stage.room, 90, ZOOM).await;
        let letter = only(send(app).await);
        let text = read(&letter).body_text(0).unwrap().into_owned();
        assert!(text.contains("2 bookings ahead"), "a job finds it: {text}");
    })
    .await;
}

#[tokio::test]
async fn a_grant_found_dead_without_bookings_ahead_is_written_of_to_nobody() {
    on_each(async |app, stage| {
        app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        forget_grants(app);
        app.pass(SignedDuration::from_hours(24 * 76));
        probe(app).await;
        assert!(send(app).await.is_empty());
        assert_eq!(status(app, &stage).await, ConnectionStatus::NeedsAttention);
    })
    .await;
}

#[tokio::test]
async fn who_has_connected_again_meanwhile_is_written_nothing() {
    on_each(async |app, stage| {
        app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        app.book(&stage.mara, &stage.room, 72, ZOOM).await;
        assert!(send(app).await.is_empty());
        app.mail().feels(rooms_testkit::mail::Mood::Busy);
        forget_grants(app);
        probe(app).await;
        assert!(send(app).await.is_empty());
        assert_eq!(status(app, &stage).await, ConnectionStatus::NeedsAttention);
        app.sim.clear_faults();
        app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        app.mail().recovers();
        app.pass(SignedDuration::from_hours(1));
        assert!(send(app).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn each_admin_is_written_what_somebody_asks_for_while_it_is_open() {
    on_each(async |app, stage| {
        let (admin, mara) = (&stage.company.admin.actor, &stage.mara);
        let change = PersonChange {
            name: "Mara".to_owned(),
            role: Role::Officer,
            may_connect: false,
        };
        people::change(&app.app, admin, mara.id(), change)
            .await
            .unwrap();
        let asked = permission::ask(&app.app, &mara.actor, "For the fair").await;
        assert!(asked.unwrap());
        let letter = only(send(app).await);
        assert_eq!(letter.to, [stage.company.admin.email()]);
        let letter = read(&letter);
        assert_eq!(letter.subject(), Some("Mara asks to connect Zoom"));
        let page = app.at(&format!("/admin/people/{}", mara.id()));
        for body in [letter.body_text(0).unwrap(), letter.body_html(0).unwrap()] {
            for words in ["For the fair", page.as_str()] {
                assert!(body.contains(words), "no {words}: {body}");
            }
        }
        permission::decline(&app.app, admin, mara.id(), "")
            .await
            .unwrap();
        app.pass(permission::AGAIN_AFTER);
        let again = permission::ask(&app.app, &mara.actor, "").await;
        assert!(again.unwrap());
        permission::allow(&app.app, admin, mara.id()).await.unwrap();
        assert!(send(app).await.is_empty(), "it is answered");
    })
    .await;
}
