//! Who hears that they need not come, and who does not.

use jiff::SignedDuration;
use rooms_app::bookings::{self, Booked};
use rooms_core::booking;
use rooms_testkit::TestApp;
use zoom_sim::{Fault, Operation, Trouble};

use super::{
    INES, PER, Stage, ZOOM, ZOOM_MARA, calendar, has, on_each, only, read, send, starting,
};

async fn invite(app: &TestApp, stage: &Stage, booked: &Booked, invitees: &[&str]) {
    let change = booking::Change {
        invitees: Some(invitees.iter().map(|&to| to.to_owned()).collect()),
        ..booking::Change::default()
    };
    bookings::change(&app.app, &stage.mara.actor, booked.booking.id, change, None)
        .await
        .unwrap();
}

async fn cancel(app: &TestApp, stage: &Stage, booked: &Booked) {
    bookings::cancel(&app.app, &stage.mara.actor, booked.booking.id, None, None)
        .await
        .unwrap();
}

#[tokio::test]
async fn who_is_invited_no_longer_hears_of_it_and_of_nothing_after_it() {
    on_each(async |app, stage| {
        let booked = stage.book(app, None, &[INES, PER]).await;
        assert_eq!(send(app).await.len(), 2);
        invite(app, &stage, &booked, &[INES]).await;
        let sent = send(app).await;
        assert_eq!(sent.len(), 2, "{sent:?}");
        let to_per = sent.iter().find(|letter| letter.to == [PER]).unwrap();
        let letter = read(to_per);
        let subject = letter.subject().unwrap();
        assert!(subject.starts_with("No longer invited: "), "{subject}");
        for body in [letter.body_text(0).unwrap(), letter.body_html(0).unwrap()] {
            assert!(body.contains("You are no longer invited"), "{body}");
            assert!(body.contains("out of your calendar"), "{body}");
        }
        let (method, entry) = calendar(&letter);
        assert_eq!(method, "CANCEL");
        has(&entry, &["METHOD:CANCEL", "SEQUENCE:1"]);
        let attendees = starting(&entry, "ATTENDEE");
        assert!(
            attendees.len() == 1 && attendees[0].ends_with(PER),
            "{entry:?}"
        );
        assert!(
            starting(&entry, "STATUS").is_empty(),
            "it takes place: {entry:?}"
        );

        let to_ines = sent.iter().find(|letter| letter.to == [INES]).unwrap();
        let (method, theirs) = calendar(&read(to_ines));
        assert_eq!(method, "REQUEST");
        assert_eq!(starting(&theirs, "UID:"), starting(&entry, "UID:"));
        assert_eq!(starting(&theirs, "ATTENDEE").len(), 1);
        cancel(app, &stage, &booked).await;
        assert_eq!(only(send(app).await).to, [INES]);
    })
    .await;
}

#[tokio::test]
async fn who_is_invited_later_is_invited_and_not_told_of_a_change() {
    on_each(async |app, stage| {
        let booked = stage.book(app, None, &[INES]).await;
        send(app).await;
        invite(app, &stage, &booked, &[INES, PER]).await;
        for letter in send(app).await {
            let text = read(&letter).body_text(0).unwrap().into_owned();
            let opening = if letter.to == [PER] {
                "Mara invites you"
            } else {
                "Mara changed this meeting"
            };
            assert!(text.starts_with(opening), "{text}");
        }
        // Off the list and on it again before anything is sent.
        invite(app, &stage, &booked, &[INES]).await;
        invite(app, &stage, &booked, &[INES, PER]).await;
        let sent = send(app).await;
        assert_eq!(sent.len(), 2);
        assert!(
            sent.iter()
                .all(|letter| calendar(&read(letter)).0 == "REQUEST")
        );
    })
    .await;
}

#[tokio::test]
async fn nobody_hears_of_the_end_of_what_they_never_heard_of() {
    on_each(async |app, stage| {
        let undone = stage.book(app, None, &[INES]).await;
        cancel(app, &stage, &undone).await;
        assert!(send(app).await.is_empty(), "undone in time");

        let booked = stage.book(app, None, &[INES]).await;
        assert_eq!(only(send(app).await).to, [INES]);
        invite(app, &stage, &booked, &[INES, PER]).await;
        invite(app, &stage, &booked, &[INES]).await;
        assert_eq!(only(send(app).await).to, [INES], "invited by mistake");
        cancel(app, &stage, &booked).await;
        assert_eq!(only(send(app).await).to, [INES]);

        // The invitation waits for a link that never comes.
        app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        app.sim
            .fault(Fault::always(Operation::Any, Trouble::DropBefore));
        let waiting = stage.book(app, ZOOM, &[INES]).await;
        assert!(send(app).await.is_empty());
        cancel(app, &stage, &waiting).await;
        app.sim.clear_faults();
        app.pass(SignedDuration::from_mins(5));
        assert!(send(app).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_follows_quickly_is_one_letter() {
    on_each(async |app, stage| {
        let booked = stage.book(app, None, &[INES]).await;
        let change = booking::Change {
            title: Some("Plan".to_owned()),
            ..booking::Change::default()
        };
        let id = booked.booking.id;
        bookings::change(&app.app, &stage.mara.actor, id, change, None)
            .await
            .unwrap();
        let letter = only(send(app).await);
        let letter = read(&letter);
        assert_eq!(calendar(&letter).0, "REQUEST");
        let text = letter.body_text(0).unwrap();
        assert!(text.starts_with("Mara invites you"), "{text}");
    })
    .await;
}
