//! What organizers are written whose meetings a colleague's account hosted.

use rooms_app::zoom::{hosts, leave};
use rooms_core::connection::hosts::StandIn;
use rooms_core::connection::{HostsFor, Links};
use rooms_testkit::app::{CLIENT_ID, ZOOM_MARA};
use rooms_testkit::{TestApp, TestPerson};

use super::{Stage, ZOOM, on_each, only, read, send};

/// Lee, with a booking that Mara's account hosts.
async fn hosted(app: &TestApp, stage: &Stage) -> TestPerson {
    let lee = app.officer(&stage.company, "Lee").await;
    let connection = app.connect_zoom(&stage.mara, ZOOM_MARA).await;
    hosts::offer(
        &app.app,
        &stage.mara.actor,
        connection.id,
        HostsFor::Company,
    )
    .await
    .unwrap();
    let admin = &stage.company.admin.actor;
    hosts::set_stand_in(&app.app, admin, StandIn::Shared(connection.id))
        .await
        .unwrap();
    app.book(&lee, &stage.room, 24, ZOOM).await;
    assert!(send(app).await.is_empty());
    assert_eq!(app.sim.meetings().len(), 1, "Mara's account hosts it");
    lee
}

#[track_caller]
fn says(letter: &rooms_testkit::mail::Delivered, to: &TestPerson, subject: &str, words: &[&str]) {
    assert_eq!(letter.to, [to.email()]);
    let letter = read(letter);
    let said = letter.subject().unwrap();
    assert!(said.starts_with(subject), "{said}");
    for body in [letter.body_text(0).unwrap(), letter.body_html(0).unwrap()] {
        for words in words {
            assert!(body.contains(words), "no {words}: {body}");
        }
    }
}

#[tokio::test]
async fn a_link_that_its_host_took_off_is_written_of() {
    on_each(async |app, stage| {
        let lee = hosted(app, &stage).await;
        leave::leave(&app.app, &stage.mara.actor, None, Links::Remove)
            .await
            .unwrap();
        let letter = only(send(app).await);
        let words = ["The room is yours.", "ask for a new link", "/bookings/bk_"];
        says(&letter, &lee, "Zoom link taken off: Budget", &words);
    })
    .await;
}

#[tokio::test]
async fn a_link_that_no_longer_follows_is_written_of() {
    on_each(async |app, stage| {
        let lee = hosted(app, &stage).await;
        assert!(app.sim.remove_app(ZOOM_MARA, CLIENT_ID));
        app.sim.deliver_due_webhooks().await;
        let letters = send(app).await;
        let [to_mara, to_lee] = letters.as_slice() else {
            panic!("{letters:?}");
        };
        let (to_mara, to_lee) = if to_mara.to == [lee.email()] {
            (to_lee, to_mara)
        } else {
            (to_mara, to_lee)
        };
        assert_eq!(to_mara.to, [stage.mara.email()]);
        let words = ["Its Zoom link works", "does not follow", "/bookings/bk_"];
        says(to_lee, &lee, "Zoom link no longer follows: Budget", &words);
    })
    .await;
}
