//! The life of a Zoom meeting after it was made: changed here, changed or deleted in Zoom, lost and
//! found again, never deleted; on both databases, beside the simulator.

use jiff::SignedDuration;
use rooms_app::bookings::link::{self, LinkAction};
use rooms_app::bookings::{self, Booked};
use rooms_app::zoom::disconnect::disconnect;
use rooms_app::{Failure, history};
use rooms_core::booking::{self, Conference, Who};
use rooms_core::meeting::MeetingState;
use rooms_core::room::Room;
use rooms_testkit::app::{TestApp, TestCompany, TestPerson, ZOOM_JONAS, ZOOM_MARA, on_each};
use serde_json::json;
use zoom_sim::{Fault, Operation, StoredMeeting, Trouble};

const ZOOM: Option<Conference> = Some(Conference::Zoom);

struct Stage {
    company: TestCompany,
    mara: TestPerson,
    room: Room,
}

async fn stage(app: &TestApp) -> Stage {
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let room = app.room(&company, "Aster").await;
    app.connect_zoom(&mara, ZOOM_MARA).await;
    Stage {
        company,
        mara,
        room,
    }
}

/// A booking in four hours whose link is there.
async fn ready(app: &TestApp, stage: &Stage) -> Booked {
    let booked = app.book(&stage.mara, &stage.room, 4, ZOOM).await;
    app.run_jobs().await;
    // So that none arrives later, of its own accord.
    app.deliver_webhooks().await;
    let booked = now(app, &stage.mara, &booked).await;
    assert_eq!(state(&booked), MeetingState::Ready);
    app.pass(SignedDuration::from_secs(30));
    booked
}

async fn now(app: &TestApp, whose: &TestPerson, booked: &Booked) -> Booked {
    bookings::get(&app.app, &whose.actor, booked.booking.id)
        .await
        .unwrap()
}

fn state(booked: &Booked) -> MeetingState {
    booked.meeting.as_ref().unwrap().state
}

fn alive(app: &TestApp) -> Vec<StoredMeeting> {
    app.sim
        .meetings()
        .into_iter()
        .filter(|meeting| meeting.deleted_at.is_none())
        .collect()
}

/// Lets two minutes pass in small steps, doing what is due at each; webhooks arrive meanwhile.
async fn converge(app: &TestApp) {
    for _ in 0..24 {
        app.run_jobs().await;
        app.deliver_webhooks().await;
        app.pass(SignedDuration::from_secs(5));
    }
}

async fn change(app: &TestApp, stage: &Stage, booked: &Booked, change: booking::Change) -> Booked {
    bookings::change(&app.app, &stage.mara.actor, booked.booking.id, change, None)
        .await
        .unwrap()
}

fn retitled(title: &str) -> booking::Change {
    booking::Change {
        title: Some(title.to_owned()),
        ..booking::Change::default()
    }
}

async fn kinds_of_notices(app: &TestApp, whose: &TestPerson) -> Vec<String> {
    let notices = history::notices(&app.app, &whose.actor).await.unwrap();
    notices.into_iter().map(|notice| notice.kind).collect()
}

async fn happened(app: &TestApp, stage: &Stage, booked: &Booked) -> Vec<String> {
    let (_, events) = bookings::with_history(&app.app, &stage.mara.actor, booked.booking.id)
        .await
        .unwrap();
    events.into_iter().map(|event| event.kind).collect()
}

fn calls(app: &TestApp, method: &str) -> usize {
    app.sim
        .requests()
        .iter()
        .filter(|call| call.method == method && call.path.contains("/meetings"))
        .count()
}

#[tokio::test]
async fn quick_edits_become_one_request_and_the_room_does_not_wait() {
    on_each(async |app| {
        let stage = stage(app).await;
        let booked = ready(app, &stage).await;
        let before = calls(app, "PATCH");
        for title in ["One", "Two", "Three"] {
            let changed = change(app, &stage, &booked, retitled(title)).await;
            assert_eq!(changed.booking.title, title);
            assert_eq!(app.run_jobs().await, 0, "it settles first");
            app.pass(SignedDuration::from_millis(900));
        }
        app.pass(SignedDuration::from_millis(300));
        app.run_jobs().await;
        assert_eq!(calls(app, "PATCH") - before, 1);
        assert_eq!(alive(app)[0].topic, "Three");
        let told = now(app, &stage.mara, &booked).await;
        assert_eq!(told.meeting.unwrap().synced_revision, told.booking.revision);
        // Zoom tells us of it; it is known as our own doing.
        converge(app).await;
        assert_eq!(calls(app, "PATCH") - before, 1);
        assert!(kinds_of_notices(app, &stage.mara).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_was_deleted_in_zoom_is_made_again_on_change_and_people_hear_of_it() {
    on_each(async |app| {
        let stage = stage(app).await;
        let booked = ready(app, &stage).await;
        let old = alive(app)[0].id;
        assert!(app.sim.delete_meeting(old));
        change(app, &stage, &booked, retitled("Renamed")).await;
        app.pass(SignedDuration::from_secs(3));
        app.run_jobs().await;
        let remade = now(app, &stage.mara, &booked).await;
        assert_eq!(state(&remade), MeetingState::Ready);
        let meetings = alive(app);
        assert_eq!(meetings.len(), 1);
        assert_eq!(meetings[0].topic, "Renamed");
        assert_eq!(remade.meeting.unwrap().zoom_id, Some(meetings[0].id));
        assert_eq!(
            kinds_of_notices(app, &stage.mara).await,
            ["meeting.replaced"]
        );
        let events = happened(app, &stage, &booked).await;
        for kind in ["meeting.gone", "meeting.replaced"] {
            assert!(events.iter().any(|event| event == kind), "{events:?}");
        }
        // The webhook about the old one comes late and finds nothing to do.
        converge(app).await;
        assert_eq!(alive(app).len(), 1);
        assert_eq!(
            state(&now(app, &stage.mara, &booked).await),
            MeetingState::Ready
        );
    })
    .await;
}

#[tokio::test]
async fn what_was_deleted_in_zoom_is_not_made_again_through_a_connection_that_has_ended() {
    on_each(async |app| {
        let stage = stage(app).await;
        let booked = ready(app, &stage).await;
        assert!(app.sim.delete_meeting(alive(app)[0].id));
        converge(app).await;
        let gone = now(app, &stage.mara, &booked).await;
        assert_eq!(state(&gone), MeetingState::Failed);
        disconnect(&app.app, &stage.mara.actor, None).await.unwrap();
        change(app, &stage, &booked, retitled("Renamed")).await;
        app.pass(SignedDuration::from_secs(3));
        converge(app).await;
        let after = now(app, &stage.mara, &booked).await;
        assert_eq!(state(&after), MeetingState::Failed);
        assert!(after.meeting.unwrap().gone_at.is_some(), "it still says so");
        assert!(alive(app).is_empty());
    })
    .await;
}

#[tokio::test]
async fn another_organizer_means_a_meeting_at_their_account_and_none_at_the_old_one() {
    on_each(async |app| {
        let stage = stage(app).await;
        let jonas = app.officer(&stage.company, "jonas").await;
        app.connect_zoom(&jonas, ZOOM_JONAS).await;
        let booked = ready(app, &stage).await;
        let handed_over = booking::Change {
            organizer: Some(Who::Id(jonas.id())),
            ..booking::Change::default()
        };
        change(app, &stage, &booked, handed_over).await;
        converge(app).await;
        let meetings = alive(app);
        assert_eq!(meetings.len(), 1);
        assert_eq!(meetings[0].host_email, ZOOM_JONAS);
        let handed = now(app, &jonas, &booked).await;
        assert_eq!(state(&handed), MeetingState::Ready);
        assert_eq!(handed.meeting.unwrap().host, jonas.id());
    })
    .await;
}

#[tokio::test]
async fn a_deletion_that_fails_stays_visible_and_is_tried_until_it_is_done() {
    on_each(async |app| {
        let stage = stage(app).await;
        let booked = ready(app, &stage).await;
        app.sim
            .fault(Fault::always(Operation::Delete, Trouble::Html(502)));
        let room_only = booking::Change {
            conference: Some(None),
            ..booking::Change::default()
        };
        let changed = change(app, &stage, &booked, room_only).await;
        assert!(changed.booking.state.takes_the_room());
        converge(app).await;
        let stuck = now(app, &stage.mara, &booked).await.meeting.unwrap();
        assert_eq!(stuck.state, MeetingState::Removing);
        assert!(stuck.failure.is_some() && stuck.attempts > 2, "{stuck:?}");
        assert!(stuck.next_try_at.is_some());
        app.sim.clear_faults();
        converge(app).await;
        let done = now(app, &stage.mara, &booked).await.meeting.unwrap();
        assert_eq!((done.state, alive(app).len()), (MeetingState::Removed, 0));
    })
    .await;
}

#[tokio::test]
async fn a_person_may_leave_in_zoom_what_cannot_be_deleted() {
    on_each(async |app| {
        let stage = stage(app).await;
        let booked = ready(app, &stage).await;
        let id = booked.booking.id;
        let early = link::act(&app.app, &stage.mara.actor, id, LinkAction::Release, None).await;
        assert!(matches!(early, Err(Failure::Conflict(_))), "{early:?}");
        let no = json!({ "code": 3000, "message": "This meeting cannot be deleted." });
        app.sim
            .fault(Fault::always(Operation::Delete, Trouble::Status(400, no)));
        bookings::cancel(&app.app, &stage.mara.actor, id, None, None)
            .await
            .unwrap();
        converge(app).await;
        assert_eq!(
            state(&now(app, &stage.mara, &booked).await),
            MeetingState::Removing
        );
        let admin = &stage.company.admin.actor;
        let left = link::act(&app.app, admin, id, LinkAction::Release, None)
            .await
            .unwrap()
            .meeting
            .unwrap();
        assert_eq!(left.state, MeetingState::Detached);
        assert_eq!(left.left_by, Some(admin.person));
        let before = calls(app, "DELETE");
        converge(app).await;
        assert_eq!(calls(app, "DELETE"), before, "it is not tried any more");
        assert!(
            happened(app, &stage, &booked)
                .await
                .contains(&"meeting.left".to_owned())
        );
    })
    .await;
}

#[tokio::test]
async fn one_that_turns_up_after_it_was_given_up_is_deleted() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.sim
            .fault(Fault::once(Operation::Create, Trouble::DropAfter));
        let none = json!({ "page_size": 300, "next_page_token": "", "meetings": [] });
        let hidden = Fault {
            times: Some(2),
            ..Fault::always(Operation::List, Trouble::Status(200, none))
        };
        app.sim.fault(hidden);
        let booked = app.book(&stage.mara, &stage.room, 4, ZOOM).await;
        for _ in 0..6 {
            app.run_jobs().await;
            app.pass(SignedDuration::from_secs(4));
        }
        assert_eq!(
            state(&now(app, &stage.mara, &booked).await),
            MeetingState::Ready
        );
        assert_eq!(alive(app).len(), 2, "the first turned up late");
        converge(app).await;
        let meetings = alive(app);
        assert_eq!(meetings.len(), 1);
        let kept = now(app, &stage.mara, &booked).await.meeting.unwrap();
        assert_eq!(kept.zoom_id, Some(meetings[0].id));
    })
    .await;
}

#[tokio::test]
async fn one_that_turns_up_after_its_booking_was_cancelled_is_deleted() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.sim
            .fault(Fault::once(Operation::Create, Trouble::DropAfter));
        let none = json!({ "page_size": 300, "next_page_token": "", "meetings": [] });
        let hidden = Fault {
            times: Some(2),
            ..Fault::always(Operation::List, Trouble::Status(200, none))
        };
        app.sim.fault(hidden);
        let booked = app.book(&stage.mara, &stage.room, 4, ZOOM).await;
        app.run_jobs().await;
        bookings::cancel(&app.app, &stage.mara.actor, booked.booking.id, None, None)
            .await
            .unwrap();
        converge(app).await;
        assert_eq!(
            state(&now(app, &stage.mara, &booked).await),
            MeetingState::Removed
        );
        assert_eq!(alive(app).len(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_declined_change_keeps_the_link_and_says_so() {
    on_each(async |app| {
        let stage = stage(app).await;
        let booked = ready(app, &stage).await;
        let no = json!({ "code": 300, "message": "Topic contains a forbidden word." });
        app.sim
            .fault(Fault::once(Operation::Update, Trouble::Status(400, no)));
        change(app, &stage, &booked, retitled("Forbidden")).await;
        converge(app).await;
        let kept = now(app, &stage.mara, &booked).await.meeting.unwrap();
        assert_eq!(kept.state, MeetingState::Ready);
        assert!(kept.join_url.is_some());
        assert!(kept.failure.unwrap().contains("forbidden word"));
        assert_eq!(
            kinds_of_notices(app, &stage.mara).await,
            ["meeting.declined"]
        );
        assert_eq!(alive(app).len(), 1);
        let id = booked.booking.id;
        link::act(&app.app, &stage.mara.actor, id, LinkAction::Retry, None)
            .await
            .unwrap();
        converge(app).await;
        assert_eq!(alive(app)[0].topic, "Forbidden");
        assert!(kinds_of_notices(app, &stage.mara).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_link_is_renewed_and_the_old_meeting_deleted() {
    on_each(async |app| {
        let stage = stage(app).await;
        let booked = ready(app, &stage).await;
        let old = alive(app)[0].id;
        let id = booked.booking.id;
        link::act(&app.app, &stage.mara.actor, id, LinkAction::Renew, None)
            .await
            .unwrap();
        converge(app).await;
        let meetings = alive(app);
        assert_eq!(meetings.len(), 1);
        assert_ne!(meetings[0].id, old);
        assert_eq!(
            state(&now(app, &stage.mara, &booked).await),
            MeetingState::Ready
        );
    })
    .await;
}

#[tokio::test]
async fn a_failed_link_is_tried_again_on_the_same_record() {
    on_each(async |app| {
        let stage = stage(app).await;
        let no = json!({ "code": 300, "message": "Not today." });
        app.sim
            .fault(Fault::once(Operation::Create, Trouble::Status(400, no)));
        let booked = app.book(&stage.mara, &stage.room, 4, ZOOM).await;
        app.run_jobs().await;
        let failed = now(app, &stage.mara, &booked).await.meeting.unwrap();
        assert_eq!(failed.state, MeetingState::Failed);
        assert_eq!(kinds_of_notices(app, &stage.mara).await, ["meeting.failed"]);
        let id = booked.booking.id;
        let other = app.officer(&stage.company, "nina").await;
        let theirs = link::act(&app.app, &other.actor, id, LinkAction::Retry, None).await;
        assert!(matches!(theirs, Err(Failure::Forbidden(_))), "{theirs:?}");
        link::act(&app.app, &stage.mara.actor, id, LinkAction::Retry, None)
            .await
            .unwrap();
        converge(app).await;
        let made = now(app, &stage.mara, &booked).await.meeting.unwrap();
        assert_eq!((made.id, made.state), (failed.id, MeetingState::Ready));
        assert_eq!(alive(app).len(), 1);
        assert!(kinds_of_notices(app, &stage.mara).await.is_empty());
    })
    .await;
}
