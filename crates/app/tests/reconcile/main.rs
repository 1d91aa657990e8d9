//! Comparing our links with the meetings at Zoom, and putting right what differs; on both databases,
//! beside the simulator.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stop at the first surprise"
)]

use std::sync::Arc;

use jiff::SignedDuration;
use rooms_app::bookings::{self, Booked};
use rooms_app::zoom::reconcile::{self, Overview};
use rooms_app::zoom::{marker, tokens};
use rooms_app::{Failure, zoom};
use rooms_core::booking::{Booking, Conference};
use rooms_core::connection::Connection;
use rooms_core::meeting::MeetingState;
use rooms_core::reconciliation::{FindingKind, FindingState};
use rooms_core::room::Room;
use rooms_core::{Entropy, MeetingRecordId, Role};
use rooms_store::{MasterKey, Sealer, meetings};
use rooms_testkit::app::{TestApp, TestCompany, TestPerson, ZOOM_JONAS, ZOOM_MARA, on_each};
use zoom_client::{MeetingDraft, MeetingSettings};
use zoom_sim::{Fault, HostChange, Operation, StoredMeeting, Trouble};

mod asking;
mod hosts;

const ZOOM: Option<Conference> = Some(Conference::Zoom);

/// A company with an officer connected to Zoom, and a room.
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
    app.lose_webhooks();
    Stage {
        company,
        mara,
        room,
    }
}

impl Stage {
    /// Books with Zoom, so many hours from now, and lets the link be made.
    async fn book(&self, app: &TestApp, hours: i64) -> Booked {
        let booked = app.book(&self.mara, &self.room, hours, ZOOM).await;
        app.run_jobs().await;
        self.now(app, &booked).await
    }

    async fn now(&self, app: &TestApp, booked: &Booked) -> Booked {
        let (actor, id) = (&self.mara.actor, booked.booking.id);
        bookings::get(&app.app, actor, id).await.unwrap()
    }

    /// Runs a comparison to its end.
    async fn compare(&self, app: &TestApp) -> Overview {
        app.pass(SignedDuration::from_mins(1));
        let admin = &self.company.admin.actor;
        reconcile::start(&app.app, admin).await.unwrap();
        converge(app).await;
        self.overview(app).await
    }

    async fn overview(&self, app: &TestApp) -> Overview {
        let admin = &self.company.admin.actor;
        reconcile::overview(&app.app, admin).await.unwrap()
    }

    async fn fix_all(&self, app: &TestApp, found: &Overview) -> Overview {
        let admin = &self.company.admin.actor;
        let run = found.run.as_ref().unwrap().id;
        reconcile::fix_all(&app.app, admin, run).await.unwrap();
        converge(app).await;
        self.overview(app).await
    }

    async fn connection(&self, app: &TestApp, whose: &TestPerson) -> Connection {
        zoom::connections(&app.app, &whose.actor)
            .await
            .unwrap()
            .remove(0)
    }
}

/// Lets two minutes pass in small steps, doing what is due at each.
async fn converge(app: &TestApp) {
    for _ in 0..24 {
        app.run_jobs().await;
        app.pass(SignedDuration::from_secs(5));
    }
}

fn alive(app: &TestApp) -> Vec<StoredMeeting> {
    let all = app.sim.meetings().into_iter();
    all.filter(|meeting| meeting.deleted_at.is_none()).collect()
}

fn kinds(found: &Overview) -> Vec<FindingKind> {
    found.open.iter().map(|finding| finding.kind).collect()
}

fn zoom_id(booked: &Booked) -> i64 {
    booked.meeting.as_ref().unwrap().zoom_id.unwrap()
}

/// Fails unless Zoom has exactly the meetings of these bookings, at their times.
#[track_caller]
fn exactly(app: &TestApp, bookings: &[&Booking]) {
    let mut there: Vec<_> = alive(app)
        .into_iter()
        .map(|meeting| (meeting.topic, meeting.start_time.unwrap(), meeting.duration))
        .collect();
    let mut wanted: Vec<_> = bookings
        .iter()
        .map(|b| (b.title.clone(), b.slot.starts_at, b.slot.minutes()))
        .collect();
    there.sort();
    wanted.sort();
    assert_eq!(there, wanted);
}

/// Makes a meeting in somebody's Zoom account as our server would, with a mark.
async fn planted(app: &TestApp, at: &Connection, mark: &str) -> i64 {
    let zoom = app.app.zoom().unwrap();
    let granted = tokens::access(&app.app, zoom, at, None).await.unwrap();
    let draft = MeetingDraft {
        topic: "Budget".to_owned(),
        agenda: format!("{mark}\nBooked in Aster"),
        start_time: app.app.now() + SignedDuration::from_hours(30),
        duration_minutes: 30,
        time_zone: "Europe/Berlin".to_owned(),
        settings: MeetingSettings::default(),
    };
    let made = zoom.client.create_meeting(&granted.access, &draft).await;
    made.unwrap().id.0
}

#[tokio::test]
async fn what_agrees_is_not_found() {
    on_each(async |app| {
        let stage = stage(app).await;
        let one = stage.book(app, 4).await;
        let two = stage.book(app, 6).await;
        bookings::cancel(&app.app, &stage.mara.actor, two.booking.id, None, None)
            .await
            .unwrap();
        app.run_jobs().await;
        let found = stage.compare(app).await;
        assert_eq!(kinds(&found), []);
        let run = found.run.unwrap();
        assert!(run.finished_at.is_some() && !run.nightly);
        assert_eq!((run.hosts, run.hosts_done, run.meetings), (1, 1, 1));
        assert_eq!(run.asked_by.as_deref(), Some("Ada Admin"));
        exactly(app, &[&one.booking]);
    })
    .await;
}

#[tokio::test]
async fn everything_that_differs_is_found_said_and_put_right() {
    on_each(async |app| {
        let stage = stage(app).await;
        let missing = stage.book(app, 20).await;
        let moved = stage.book(app, 22).await;
        let renamed = stage.book(app, 24).await;
        let fine = stage.book(app, 26).await;
        assert!(app.sim.delete_meeting(zoom_id(&missing)));
        let later = moved.booking.slot.starts_at + SignedDuration::from_hours(1);
        let change = HostChange {
            start_time: Some(later),
            ..HostChange::default()
        };
        assert!(app.sim.change_meeting(zoom_id(&moved), change));
        let change = HostChange {
            topic: Some("Something else".to_owned()),
            ..HostChange::default()
        };
        assert!(app.sim.change_meeting(zoom_id(&renamed), change));
        // A second meeting of a booking, and one of a record that a restored backup forgot.
        let host = stage.connection(app, &stage.mara).await;
        let id = fine.meeting.as_ref().unwrap().id;
        let double = marker::write(app.app.sealer(), id, app.app.new_id());
        let double = planted(app, &host, &double).await;
        let nobody = MeetingRecordId::from_uuid(app.app.new_id());
        let orphan = marker::write(app.app.sealer(), nobody, app.app.new_id());
        let orphan = planted(app, &host, &orphan).await;

        let found = stage.compare(app).await;
        let by_id: Vec<_> = found.open.iter().map(|f| (f.kind, f.zoom_id)).collect();
        assert_eq!(
            by_id,
            [
                (FindingKind::Missing, zoom_id(&missing)),
                (FindingKind::WrongTime, zoom_id(&moved)),
                (FindingKind::WrongTopic, zoom_id(&renamed)),
                (FindingKind::Doubled, double),
                (FindingKind::Orphaned, orphan),
            ]
        );
        assert_eq!(found.open[0].booking, Some(missing.booking.id));
        assert_eq!(found.open[0].host, ZOOM_MARA);
        for (finding, words) in found.open.iter().zip([
            "Zoom has no such meeting any more.",
            "the booking is",
            "it is called “Something else”",
            "The booking has another meeting.",
            "No booking knows of it.",
        ]) {
            assert!(finding.differs.contains(words), "{}", finding.differs);
        }
        let before = alive(app).len();
        assert_eq!(before, 5, "looking changes nothing");

        let done = stage.fix_all(app, &found).await;
        assert_eq!(done.counts.of(FindingState::Open), 0, "{:?}", done.open);
        assert_eq!(done.counts.of(FindingState::Fixing), 0);
        assert_eq!(done.fixed.len(), 5);
        assert_eq!(done.fixed[0].changed_by.as_deref(), Some("Ada Admin"));
        exactly(
            app,
            &[
                &missing.booking,
                &moved.booking,
                &renamed.booking,
                &fine.booking,
            ],
        );
        let again = stage.now(app, &missing).await;
        assert_eq!(again.meeting.as_ref().unwrap().state, MeetingState::Ready);
        assert_ne!(zoom_id(&again), zoom_id(&missing));
        let (_, history) = bookings::with_history(&app.app, &stage.mara.actor, missing.booking.id)
            .await
            .unwrap();
        assert!(
            history
                .iter()
                .any(|event| event.kind == "reconciliation.fixed")
        );
        let after = stage.compare(app).await;
        assert_eq!(kinds(&after), []);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_ours_is_never_touched() {
    on_each(async |app| {
        let stage = stage(app).await;
        let host = stage.connection(app, &stage.mara).await;
        let own = planted(app, &host, "Weekly with the family").await;
        // The mark of another installation: another key wrote it.
        let entropy = Arc::new(Entropy::seeded(9));
        let other = Sealer::new(MasterKey::from_bytes([8; 32]), entropy);
        let id = MeetingRecordId::from_uuid(app.app.new_id());
        let foreign = planted(app, &host, &marker::write(&other, id, app.app.new_id())).await;
        let found = stage.compare(app).await;
        assert_eq!(kinds(&found), []);
        assert_eq!(found.run.unwrap().meetings, 2);
        let there: Vec<i64> = alive(app).iter().map(|meeting| meeting.id).collect();
        assert!(there.contains(&own) && there.contains(&foreign));
    })
    .await;
}

#[tokio::test]
async fn another_companys_meeting_of_the_same_zoom_user_is_left_alone() {
    on_each(async |app| {
        let stage = stage(app).await;
        let booked = stage.book(app, 20).await;
        let other = app.company("lumen").await;
        let noor = app.officer(&other, "noor").await;
        app.pass(SignedDuration::from_mins(1));
        app.connect_zoom(&noor, ZOOM_MARA).await;
        app.pass(SignedDuration::from_mins(1));
        reconcile::start(&app.app, &other.admin.actor)
            .await
            .unwrap();
        converge(app).await;
        let found = reconcile::overview(&app.app, &other.admin.actor)
            .await
            .unwrap();
        assert_eq!(found.run.as_ref().unwrap().meetings, 1);
        assert_eq!(kinds(&found), []);
        exactly(app, &[&booked.booking]);
    })
    .await;
}

#[tokio::test]
async fn a_meeting_with_the_wrong_host_is_made_anew_at_the_right_one() {
    on_each(async |app| {
        let stage = stage(app).await;
        let jonas = app.officer(&stage.company, "jonas").await;
        app.connect_zoom(&jonas, ZOOM_JONAS).await;
        let booked = stage.book(app, 20).await;
        // Mara's administrator hands her meeting to Jonas.
        let there = stage.connection(app, &jonas).await;
        let id = booked.meeting.as_ref().unwrap().id;
        let mark = marker::write(app.app.sealer(), id, app.app.new_id());
        let moved = planted(app, &there, &mark).await;
        assert!(app.sim.delete_meeting(zoom_id(&booked)));
        let mut record = booked.meeting.clone().unwrap();
        record.zoom_id = Some(moved);
        let now = app.app.now();
        app.app
            .store()
            .write((record, now), |tx, (record, now)| {
                Box::pin(meetings::store(tx, record, *now))
            })
            .await
            .unwrap();

        let found = stage.compare(app).await;
        assert_eq!(
            kinds(&found),
            [FindingKind::WrongHost],
            "one fix, said once"
        );
        assert_eq!(found.open[0].host, ZOOM_JONAS);
        let done = stage.fix_all(app, &found).await;
        assert_eq!(done.counts.of(FindingState::Fixed), 1, "{:?}", done.open);
        exactly(app, &[&booked.booking]);
        assert_eq!(alive(app)[0].host_email, ZOOM_MARA);
    })
    .await;
}

#[tokio::test]
async fn a_host_that_does_not_answer_delays_nobody_and_is_said() {
    on_each(async |app| {
        let stage = stage(app).await;
        let jonas = app.officer(&stage.company, "jonas").await;
        app.connect_zoom(&jonas, ZOOM_JONAS).await;
        let booked = stage.book(app, 20).await;
        assert!(app.sim.delete_meeting(zoom_id(&booked)));
        // Jonas's refresh token is dead; Mara's host answers the second time.
        app.pass(SignedDuration::from_hours(2));
        let dead = serde_json::json!({ "reason": "Invalid Token!", "error": "invalid_grant" });
        app.sim
            .fault(Fault::once(Operation::Refresh, Trouble::Status(400, dead)));
        app.sim
            .fault(Fault::once(Operation::List, Trouble::DropBefore));
        let found = stage.compare(app).await;
        let run = found.run.as_ref().unwrap();
        assert!(run.finished_at.is_some());
        assert_eq!((run.hosts, run.hosts_done), (2, 2));
        assert_eq!(found.unreachable.len(), 1);
        assert!(found.unreachable[0].why.contains("sign in again"));
    })
    .await;
}

#[tokio::test]
async fn a_finding_no_longer_true_when_it_is_fixed_is_gone() {
    on_each(async |app| {
        let stage = stage(app).await;
        let missing = stage.book(app, 20).await;
        let host = stage.connection(app, &stage.mara).await;
        let nobody = MeetingRecordId::from_uuid(app.app.new_id());
        let orphan = marker::write(app.app.sealer(), nobody, app.app.new_id());
        let orphan = planted(app, &host, &orphan).await;
        assert!(app.sim.delete_meeting(zoom_id(&missing)));
        let found = stage.compare(app).await;
        assert_eq!(kinds(&found), [FindingKind::Missing, FindingKind::Orphaned]);
        let (actor, id) = (&stage.mara.actor, missing.booking.id);
        bookings::cancel(&app.app, actor, id, None, None)
            .await
            .unwrap();
        assert!(app.sim.delete_meeting(orphan));
        let done = stage.fix_all(app, &found).await;
        assert_eq!(done.counts.of(FindingState::Gone), 2);
        assert_eq!(done.fixed, []);
        exactly(app, &[]);
    })
    .await;
}

#[tokio::test]
async fn a_fix_survives_lost_answers_and_says_what_is_in_its_way() {
    on_each(async |app| {
        let stage = stage(app).await;
        let host = stage.connection(app, &stage.mara).await;
        let nobody = MeetingRecordId::from_uuid(app.app.new_id());
        let orphan = marker::write(app.app.sealer(), nobody, app.app.new_id());
        planted(app, &host, &orphan).await;
        let found = stage.compare(app).await;
        app.sim
            .fault(Fault::always(Operation::Get, Trouble::Html(502)));
        let admin = &stage.company.admin.actor;
        reconcile::fix(&app.app, admin, found.open[0].id)
            .await
            .unwrap();
        app.run_jobs().await;
        let during = stage.overview(app).await;
        assert_eq!(
            during.fixing[0].trouble.as_deref(),
            Some("Zoom does not answer.")
        );
        app.sim.clear_faults();
        app.sim
            .fault(Fault::once(Operation::Delete, Trouble::DropAfter));
        converge(app).await;
        let done = stage.overview(app).await;
        assert_eq!(done.counts.of(FindingState::Fixing), 0);
        assert_eq!(done.counts.of(FindingState::Open), 0);
        exactly(app, &[]);

        // Where it never works, somebody is asked again.
        let orphan = marker::write(app.app.sealer(), nobody, app.app.new_id());
        planted(app, &host, &orphan).await;
        let found = stage.compare(app).await;
        app.sim
            .fault(Fault::always(Operation::Delete, Trouble::Html(502)));
        reconcile::fix(&app.app, admin, found.open[0].id)
            .await
            .unwrap();
        for _ in 0..6 {
            converge(app).await;
        }
        let open = stage.overview(app).await;
        assert_eq!(
            open.open[0].trouble.as_deref(),
            Some("Zoom does not answer.")
        );
        assert_eq!(alive(app).len(), 1);
    })
    .await;
}
