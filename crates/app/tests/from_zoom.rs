//! What happens to a meeting in Zoom: moved, renamed, deleted, recovered, held. The room stays; its
//! people hear what differs and choose.

use jiff::SignedDuration;
use rooms_app::bookings::link::{self, LinkAction};
use rooms_app::bookings::{self, Booked};
use rooms_app::{Failure, history, jobs};
use rooms_core::booking::Conference;
use rooms_core::meeting::MeetingState;
use rooms_core::room::Room;
use rooms_testkit::app::{TestApp, TestPerson, ZOOM_MARA, on_each};
use zoom_sim::{HostChange, StoredMeeting};

const ZOOM: Option<Conference> = Some(Conference::Zoom);

async fn ready(app: &TestApp) -> (TestPerson, Room, Booked) {
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let room = app.room(&company, "Aster").await;
    app.connect_zoom(&mara, ZOOM_MARA).await;
    let booked = app.book(&mara, &room, 4, ZOOM).await;
    app.run_jobs().await;
    app.deliver_webhooks().await;
    app.pass(SignedDuration::from_mins(1));
    let booked = now(app, &mara, &booked).await;
    assert_eq!(booked.meeting.as_ref().unwrap().state, MeetingState::Ready);
    (mara, room, booked)
}

async fn now(app: &TestApp, whose: &TestPerson, booked: &Booked) -> Booked {
    bookings::get(&app.app, &whose.actor, booked.booking.id)
        .await
        .unwrap()
}

fn alive(app: &TestApp) -> Vec<StoredMeeting> {
    app.sim
        .meetings()
        .into_iter()
        .filter(|meeting| meeting.deleted_at.is_none())
        .collect()
}

async fn settle(app: &TestApp) {
    for _ in 0..6 {
        app.run_jobs().await;
        app.deliver_webhooks().await;
        app.pass(SignedDuration::from_secs(2));
    }
}

async fn notices(app: &TestApp, whose: &TestPerson) -> Vec<(String, String)> {
    let notices = history::notices(&app.app, &whose.actor).await.unwrap();
    let said = |notice: rooms_app::Notice| (notice.kind, notice.detail);
    notices.into_iter().map(said).collect()
}

fn moved(app: &TestApp, booked: &Booked, hours: i64) -> HostChange {
    let start = booked.booking.slot.starts_at + SignedDuration::from_hours(hours);
    assert!(alive(app).len() == 1, "one meeting to move");
    HostChange {
        start_time: Some(start),
        ..HostChange::default()
    }
}

#[tokio::test]
async fn a_meeting_moved_in_zoom_moves_no_room_and_its_organizer_hears_of_it() {
    on_each(async |app| {
        let (mara, _, booked) = ready(app).await;
        let id = alive(app)[0].id;
        assert!(app.sim.change_meeting(id, moved(app, &booked, 1)));
        settle(app).await;
        let after = now(app, &mara, &booked).await;
        assert_eq!(after.booking, booked.booking);
        let drift = after.meeting.unwrap().drift.unwrap();
        assert_eq!(
            drift.starts_at,
            Some(booked.booking.slot.starts_at + SignedDuration::from_hours(1))
        );
        let said = notices(app, &mara).await;
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(said[0].0, "meeting.drifted");
        // Said once, however often Zoom says it.
        for delivery in app.sim.deliveries() {
            app.sim.send_webhook_again(delivery.id);
        }
        settle(app).await;
        assert_eq!(notices(app, &mara).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn zooms_time_is_taken_by_the_rules_of_every_change() {
    on_each(async |app| {
        let (mara, room, booked) = ready(app).await;
        let id = booked.booking.id;
        assert!(
            app.sim
                .change_meeting(alive(app)[0].id, moved(app, &booked, 1))
        );
        settle(app).await;
        // Somebody has the room then; a booking begins at a whole minute.
        app.pass(SignedDuration::from_secs(48));
        let theirs = app.book(&mara, &room, 5, None).await;
        let taken = bookings::take_zooms(&app.app, &mara.actor, id, None).await;
        match taken {
            Err(Failure::RoomTaken(alternatives)) => assert!(!alternatives.is_empty()),
            other => panic!("{other:?}"),
        }
        bookings::cancel(&app.app, &mara.actor, theirs.booking.id, None, None)
            .await
            .unwrap();
        let patches = |app: &TestApp| {
            let calls = app.sim.requests();
            calls.iter().filter(|call| call.method == "PATCH").count()
        };
        let before = patches(app);
        let taken = bookings::take_zooms(&app.app, &mara.actor, id, None)
            .await
            .unwrap();
        assert_eq!(
            taken.booking.slot.starts_at,
            booked.booking.slot.starts_at + SignedDuration::from_hours(1)
        );
        settle(app).await;
        let after = now(app, &mara, &booked).await;
        assert_eq!(after.meeting.unwrap().drift, None);
        assert_eq!(patches(app), before, "Zoom says so already");
        assert!(notices(app, &mara).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn ours_is_restored_and_the_notice_goes() {
    on_each(async |app| {
        let (mara, _, booked) = ready(app).await;
        let meeting = alive(app)[0].id;
        let renamed = HostChange {
            topic: Some("Party".to_owned()),
            ..moved(app, &booked, 2)
        };
        assert!(app.sim.change_meeting(meeting, renamed));
        settle(app).await;
        let id = booked.booking.id;
        link::act(&app.app, &mara.actor, id, LinkAction::Restore, None)
            .await
            .unwrap();
        settle(app).await;
        let restored = alive(app).remove(0);
        assert_eq!(restored.start_time, Some(booked.booking.slot.starts_at));
        assert_eq!(restored.topic, "Budget");
        assert_eq!(now(app, &mara, &booked).await.meeting.unwrap().drift, None);
        assert!(notices(app, &mara).await.is_empty());
        let again = link::act(&app.app, &mara.actor, id, LinkAction::Restore, None).await;
        assert!(matches!(again, Err(Failure::Conflict(_))), "{again:?}");
    })
    .await;
}

#[tokio::test]
async fn a_meeting_moved_back_in_zoom_needs_nobody() {
    on_each(async |app| {
        let (mara, _, booked) = ready(app).await;
        let meeting = alive(app)[0].id;
        assert!(app.sim.change_meeting(meeting, moved(app, &booked, 2)));
        settle(app).await;
        assert_eq!(notices(app, &mara).await.len(), 1);
        assert!(app.sim.change_meeting(meeting, moved(app, &booked, 0)));
        settle(app).await;
        assert_eq!(now(app, &mara, &booked).await.meeting.unwrap().drift, None);
        assert!(notices(app, &mara).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_meeting_deleted_in_zoom_keeps_the_room_and_a_new_link_is_offered() {
    on_each(async |app| {
        let (mara, _, booked) = ready(app).await;
        let old = alive(app)[0].id;
        assert!(app.sim.delete_meeting(old));
        settle(app).await;
        let after = now(app, &mara, &booked).await;
        assert_eq!(after.booking, booked.booking);
        let gone = after.meeting.unwrap();
        assert_eq!((gone.state, gone.join_url), (MeetingState::Failed, None));
        assert!(gone.gone_at.is_some());
        assert_eq!(notices(app, &mara).await[0].0, "meeting.gone");
        let id = booked.booking.id;
        link::act(&app.app, &mara.actor, id, LinkAction::Renew, None)
            .await
            .unwrap();
        settle(app).await;
        assert_eq!(alive(app).len(), 1);
        assert!(notices(app, &mara).await.is_empty());
        // A change comes after the webhook as well as before it.
        assert!(app.sim.delete_meeting(alive(app)[0].id));
        settle(app).await;
        let change = rooms_core::booking::Change {
            title: Some("Renamed".to_owned()),
            ..rooms_core::booking::Change::default()
        };
        bookings::change(&app.app, &mara.actor, id, change, None)
            .await
            .unwrap();
        settle(app).await;
        let meetings = alive(app);
        assert_eq!((meetings.len(), meetings[0].topic.as_str()), (1, "Renamed"));
        assert_eq!(notices(app, &mara).await[0].0, "meeting.replaced");
    })
    .await;
}

#[tokio::test]
async fn our_own_deletion_is_nobodys_news() {
    on_each(async |app| {
        let (mara, _, booked) = ready(app).await;
        bookings::cancel(&app.app, &mara.actor, booked.booking.id, None, None)
            .await
            .unwrap();
        settle(app).await;
        let removed = now(app, &mara, &booked).await.meeting.unwrap();
        assert_eq!(removed.state, MeetingState::Removed);
        assert!(notices(app, &mara).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_zooms_account_keeps_otherwise_is_known() {
    on_each(async |app| {
        let company = app.company("halden").await;
        let mara = app.officer(&company, "mara").await;
        let room = app.room(&company, "Aster").await;
        app.connect_zoom(&mara, ZOOM_MARA).await;
        let first = app.book(&mara, &room, 4, ZOOM).await;
        app.run_jobs().await;
        let account = alive(app)[0].account_id.clone();
        let kept = now(app, &mara, &first).await.meeting.unwrap();
        assert_eq!(kept.kept, kept.promised);
        app.sim
            .lock_account_setting(&account, "waiting_room", true.into());
        let second = app.book(&mara, &room, 6, ZOOM).await;
        app.run_jobs().await;
        let kept = now(app, &mara, &second).await.meeting.unwrap();
        let broken = kept.promised.unwrap().broken_by(&kept.kept.unwrap());
        assert_eq!(broken.len(), 1, "{broken:?}");
        assert!(broken[0].contains("waiting room on"));
    })
    .await;
}

#[tokio::test]
async fn a_persons_own_promise_goes_before_the_companys() {
    use rooms_app::zoom::promises;
    use rooms_core::meeting::{Promise, Recording};
    on_each(async |app| {
        let company = app.company("halden").await;
        let mara = app.officer(&company, "mara").await;
        let room = app.room(&company, "Aster").await;
        app.connect_zoom(&mara, ZOOM_MARA).await;
        let rule = Promise {
            waiting_room: true,
            join_before_host: false,
            ..Promise::default()
        };
        let denied = promises::rule(&app.app, &mara.actor, rule).await;
        assert!(matches!(denied, Err(Failure::Forbidden(_))));
        promises::rule(&app.app, &company.admin.actor, rule)
            .await
            .unwrap();
        app.book(&mara, &room, 4, ZOOM).await;
        app.run_jobs().await;
        let own = Promise {
            mute_upon_entry: true,
            passcode: false,
            recording: Recording::Local,
            ..Promise::default()
        };
        promises::choose(&app.app, &mara.actor, Some(own))
            .await
            .unwrap();
        app.pass(SignedDuration::from_mins(1));
        app.book(&mara, &room, 6, ZOOM).await;
        app.run_jobs().await;
        let mut sent = alive(app);
        sent.sort_by_key(|meeting| meeting.created_at);
        let settings = |meeting: &StoredMeeting| meeting.sent["settings"].clone();
        assert_eq!(settings(&sent[0])["waiting_room"], true);
        assert_eq!(settings(&sent[0])["join_before_host"], false);
        assert_eq!(sent[0].sent["default_password"], true);
        assert_eq!(settings(&sent[1])["waiting_room"], false);
        assert_eq!(settings(&sent[1])["mute_upon_entry"], true);
        assert_eq!(settings(&sent[1])["auto_recording"], "local");
        assert_eq!(sent[1].sent["default_password"], false);
        for meeting in &sent {
            assert_eq!(settings(meeting)["use_pmi"], false);
        }
    })
    .await;
}

#[tokio::test]
async fn a_meeting_recovered_in_zoom_is_taken_back_unless_there_is_another() {
    on_each(async |app| {
        let (mara, _, booked) = ready(app).await;
        let id = booked.booking.id;
        let old = alive(app)[0].id;
        assert!(app.sim.delete_meeting(old));
        settle(app).await;
        assert!(app.sim.recover_meeting(old));
        settle(app).await;
        let back = now(app, &mara, &booked).await.meeting.unwrap();
        assert_eq!((back.state, back.zoom_id), (MeetingState::Ready, Some(old)));
        assert!(back.join_url.is_some());
        assert!(notices(app, &mara).await.is_empty());
        // Once more, with a new link meanwhile: the old one is left for a person to judge.
        assert!(app.sim.delete_meeting(old));
        settle(app).await;
        link::act(&app.app, &mara.actor, id, LinkAction::Renew, None)
            .await
            .unwrap();
        settle(app).await;
        let new = now(app, &mara, &booked).await.meeting.unwrap();
        assert!(app.sim.recover_meeting(old));
        settle(app).await;
        let after = now(app, &mara, &booked).await.meeting.unwrap();
        assert_eq!((after.id, after.state), (new.id, MeetingState::Ready));
        assert!(notices(app, &mara).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_meeting_deleted_for_good_is_gone_as_well() {
    on_each(async |app| {
        let (mara, _, booked) = ready(app).await;
        let id = alive(app)[0].id;
        assert!(app.sim.delete_meeting(id));
        assert!(app.sim.purge_meeting(id));
        settle(app).await;
        let gone = now(app, &mara, &booked).await.meeting.unwrap();
        assert_eq!(gone.state, MeetingState::Failed);
        assert_eq!(notices(app, &mara).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn when_a_meeting_was_held_is_kept_in_whatever_order_it_is_told() {
    on_each(async |app| {
        let (mara, _, booked) = ready(app).await;
        let id = alive(app)[0].id;
        let told = async || {
            let now = now(app, &mara, &booked).await;
            link::life(&app.app, &mara.actor, &now).await.unwrap()
        };
        assert!(told().await.sessions.is_empty());
        assert!(app.sim.start_meeting(id));
        app.deliver_webhooks().await;
        let live = told().await.sessions;
        assert_eq!(live.len(), 1, "{live:?}");
        assert!(live[0].started_at.is_some() && live[0].ended_at.is_none());
        app.pass(SignedDuration::from_mins(20));
        assert!(app.sim.end_meeting(id));
        app.deliver_webhooks().await;
        let ended = told().await.sessions;
        assert_eq!(ended.len(), 1, "{ended:?}");
        assert!(ended[0].ended_at > ended[0].started_at);
        for delivery in app.sim.deliveries() {
            app.sim.send_webhook_again(delivery.id);
        }
        app.deliver_webhooks().await;
        assert_eq!(told().await.sessions, ended);
        assert!(notices(app, &mara).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_zoom_told_is_kept_for_thirty_days_and_then_forgotten() {
    on_each(async |app| {
        ready(app).await;
        settle(app).await;
        let told = async || app.database().integers("SELECT COUNT(*) FROM inbox").await;
        let before = told().await;
        assert_ne!(before, [0]);
        app.pass(SignedDuration::from_hours(24 * 29));
        jobs::tend(&app.app).await;
        assert_eq!(told().await, before);
        app.pass(SignedDuration::from_hours(25));
        jobs::tend(&app.app).await;
        assert_eq!(told().await, [0]);
        settle(app).await;
    })
    .await;
}
