//! Changing, cancelling and booking again: what is refused, what is kept, and what the history says;
//! on both databases.

use jiff::{SignedDuration, Timestamp};
use rooms_app::bookings::{self, Booked};
use rooms_app::zoom::disconnect;
use rooms_app::{Failure, rooms};
use rooms_core::booking::{BookingState, Change, Conference, Request, Who};
use rooms_core::meeting::MeetingState;
use rooms_core::room::{BookableHours, DayHours, Room, RoomDraft};
use rooms_testkit::app::{TestApp, TestCompany, TestPerson, ZOOM_MARA, on_each};

const ZOOM: Option<Conference> = Some(Conference::Zoom);

struct Stage {
    company: TestCompany,
    mara: TestPerson,
    /// Open at all hours.
    aster: Room,
    birch: Room,
}

async fn stage(app: &TestApp) -> Stage {
    let company = app.company("halden").await;
    Stage {
        mara: app.officer(&company, "mara").await,
        aster: app.room(&company, "Aster").await,
        birch: app.room(&company, "Birch").await,
        company,
    }
}

impl Stage {
    async fn change(
        &self,
        app: &TestApp,
        booked: &Booked,
        change: Change,
    ) -> Result<Booked, Failure> {
        bookings::change(&app.app, &self.mara.actor, booked.booking.id, change, None).await
    }

    async fn now(&self, app: &TestApp, booked: &Booked) -> Booked {
        bookings::get(&app.app, &self.mara.actor, booked.booking.id)
            .await
            .unwrap()
    }

    /// What the history says of the last change.
    async fn said(&self, app: &TestApp, booked: &Booked) -> String {
        let id = booked.booking.id;
        let found = bookings::with_history(&app.app, &self.mara.actor, id).await;
        let mut changes = found.unwrap().1.into_iter();
        let last = changes.find(|event| event.kind == "booking.changed");
        last.unwrap().detail
    }
}

/// A change to this time.
fn at(starts_at: Timestamp, minutes: i64) -> Change {
    Change {
        starts_at: Some(starts_at),
        ends_at: Some(starts_at + SignedDuration::from_mins(minutes)),
        ..Change::default()
    }
}

fn to(room: &Room) -> Change {
    Change {
        room: Some(room.id),
        ..Change::default()
    }
}

#[tokio::test]
async fn a_change_of_an_earlier_version_is_stale() {
    on_each(async |app| {
        let stage = stage(app).await;
        let booked = app.book(&stage.mara, &stage.aster, 4, None).await;
        let (actor, id) = (&stage.mara.actor, booked.booking.id);
        let named = |title: &str| Change {
            title: Some(title.to_owned()),
            ..Change::default()
        };
        let first = bookings::change(&app.app, actor, id, named("First"), Some(1)).await;
        assert_eq!(first.unwrap().booking.revision, 2);
        let late = bookings::change(&app.app, actor, id, named("Late"), Some(1)).await;
        assert!(matches!(late, Err(Failure::Stale)), "{late:?}");
        assert_eq!(stage.now(app, &booked).await.booking.title, "First");
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_booking_is_changed_no_more() {
    on_each(async |app| {
        let stage = stage(app).await;
        let booked = app.book(&stage.mara, &stage.aster, 4, None).await;
        let id = booked.booking.id;
        bookings::cancel(&app.app, &stage.mara.actor, id, None, None)
            .await
            .unwrap();
        let refused = stage.change(app, &booked, to(&stage.birch)).await;
        let Err(Failure::Conflict(why)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(why, "this booking is cancelled");
    })
    .await;
}

#[tokio::test]
async fn a_booking_moves_to_another_room_unless_that_is_taken_then() {
    on_each(async |app| {
        let stage = stage(app).await;
        let booked = app.book(&stage.mara, &stage.aster, 4, None).await;
        let other = app.book(&stage.mara, &stage.birch, 4, None).await;
        let refused = stage.change(app, &booked, to(&stage.birch)).await;
        let Err(Failure::RoomTaken(free)) = refused else {
            panic!("{refused:?}");
        };
        assert!(!free.is_empty(), "it says what is free");
        let kept = stage.now(app, &booked).await.booking;
        assert_eq!((kept.room, kept.revision), (stage.aster.id, 1));

        let id = other.booking.id;
        bookings::cancel(&app.app, &stage.mara.actor, id, None, None)
            .await
            .unwrap();
        let moved = stage.change(app, &booked, to(&stage.birch)).await.unwrap();
        assert_eq!(moved.booking.room_name, "Birch");
        assert_eq!(moved.booking.slot, booked.booking.slot);
    })
    .await;
}

#[tokio::test]
async fn a_running_booking_ends_earlier_or_later_and_begins_when_it_began() {
    on_each(async |app| {
        let stage = stage(app).await;
        let booked = app.book(&stage.mara, &stage.aster, 1, None).await;
        app.pass(SignedDuration::from_mins(70));
        let began = booked.booking.slot.starts_at;
        let longer = stage.change(app, &booked, at(began, 60)).await.unwrap();
        assert_eq!(longer.booking.slot.minutes(), 60);
        let shorter = stage.change(app, &booked, at(began, 15)).await.unwrap();
        assert_eq!(shorter.booking.slot.minutes(), 15);
        for (wrong, field) in [
            (at(began, 10), "ends_at"),
            (at(began - MINUTE * 30, 30), "starts_at"),
        ] {
            let refused = stage.change(app, &booked, wrong).await;
            let Err(Failure::Invalid(errors)) = refused else {
                panic!("{refused:?}");
            };
            assert!(errors.0.iter().any(|e| e.field == field), "{errors:?}");
        }
    })
    .await;
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[tokio::test]
async fn a_room_is_open_for_a_change_as_for_a_booking() {
    on_each(async |app| {
        let stage = stage(app).await;
        let hours = BookableHours(
            [Some(DayHours {
                from: 8 * 60,
                to: 18 * 60,
            }); 7],
        );
        let draft = RoomDraft::parse("Cedar", 4, &[], hours).unwrap();
        let (admin, site) = (&stage.company.admin.actor, stage.company.site);
        let cedar = rooms::add(&app.app, admin, site, draft, None)
            .await
            .unwrap();
        // It is nine o'clock there.
        let booked = app.book(&stage.mara, &cedar, 4, None).await;
        let evening = booked.booking.slot.starts_at + SignedDuration::from_hours(8);
        let request = Request {
            room: cedar.id,
            title: "Late".to_owned(),
            starts_at: evening,
            ends_at: evening + MINUTE * 30,
            conference: None,
            host: None,
            organizer: None,
            invitees: Vec::new(),
        };
        let refused = bookings::book(&app.app, &stage.mara.actor, request, None).await;
        assert!(matches!(refused, Err(Failure::Invalid(_))), "{refused:?}");
        let refused = stage.change(app, &booked, at(evening, 30)).await;
        assert!(matches!(refused, Err(Failure::Invalid(_))), "{refused:?}");
        let late = app.book(&stage.mara, &stage.aster, 12, None).await;
        let refused = stage.change(app, &late, to(&cedar)).await;
        assert!(matches!(refused, Err(Failure::Invalid(_))), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn the_history_says_what_was_changed() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.officer(&stage.company, "jonas").await;
        app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        let booked = app.book(&stage.mara, &stage.aster, 4, None).await;
        let later = booked.booking.slot.starts_at + SignedDuration::from_hours(1);
        let with_zoom = |conference| Change {
            conference: Some(conference),
            ..Change::default()
        };
        let invited = Change {
            invitees: Some(vec!["ines@elsewhere.example".to_owned()]),
            ..Change::default()
        };
        let renamed = Change {
            title: Some("Plan".to_owned()),
            ..to(&stage.birch)
        };
        let handed_over = Change {
            organizer: Some(Who::Email("jonas@halden.example".to_owned())),
            ..Change::default()
        };
        for (change, words) in [
            (at(later, 30), "23 November 14:00–23 November 14:30"),
            (renamed, "Birch, “Plan”"),
            (with_zoom(ZOOM), "with Zoom"),
            (with_zoom(None), "without Zoom"),
            (invited, "1 invited"),
            (handed_over, "in the name of jonas"),
        ] {
            app.pass(SignedDuration::from_secs(1));
            stage.change(app, &booked, change).await.unwrap();
            assert_eq!(stage.said(app, &booked).await, words);
        }
    })
    .await;
}

#[tokio::test]
async fn a_link_is_taken_off_and_another_one_is_made() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        let booked = app.book(&stage.mara, &stage.aster, 4, ZOOM).await;
        app.run_jobs().await;
        let first = stage.now(app, &booked).await.meeting.unwrap();
        for (conference, state) in [(None, MeetingState::Removed), (ZOOM, MeetingState::Ready)] {
            let change = Change {
                conference: Some(conference),
                ..Change::default()
            };
            stage.change(app, &booked, change).await.unwrap();
            app.run_jobs().await;
            let meeting = stage.now(app, &booked).await.meeting.unwrap();
            assert_eq!(meeting.state, state);
        }
        let second = stage.now(app, &booked).await.meeting.unwrap();
        assert_ne!(first.zoom_id, second.zoom_id);
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_booking_is_booked_again_by_whoever_may_change_it() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        let booked = app.book(&stage.mara, &stage.aster, 4, ZOOM).await;
        let (actor, id) = (&stage.mara.actor, booked.booking.id);
        let early = bookings::book_again(&app.app, actor, id).await;
        assert!(matches!(early, Err(Failure::Conflict(_))), "{early:?}");
        bookings::cancel(&app.app, actor, id, Some("by mistake"), None)
            .await
            .unwrap();
        let lee = app.officer(&stage.company, "lee").await;
        let strangers = bookings::book_again(&app.app, &lee.actor, id).await;
        assert!(
            matches!(strangers, Err(Failure::Forbidden(_))),
            "{strangers:?}"
        );

        disconnect::disconnect(&app.app, actor, None).await.unwrap();
        let again = bookings::book_again(&app.app, actor, id).await.unwrap();
        assert_eq!(again.booking.state, BookingState::Confirmed);
        assert_eq!(again.booking.slot, booked.booking.slot);
        assert_eq!(again.booking.conference, None, "Zoom cannot be had now");
        let twice = bookings::book_again(&app.app, actor, id).await.unwrap();
        assert_eq!(twice.booking.id, again.booking.id, "once");
    })
    .await;
}
