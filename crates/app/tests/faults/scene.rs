//! The stage of a cell: Mara with her connection, her bookings, and what Zoom has of them.

use jiff::SignedDuration;
use rooms_app::bookings::link::{self, LinkAction};
use rooms_app::bookings::{self, Booked};
use rooms_app::history;
use rooms_app::zoom::{self, disconnect, marker, probes, reconcile, tokens};
use rooms_core::Actor;
use rooms_core::booking::{self, Conference};
use rooms_core::connection::{ConnectionStatus, EndedBy};
use rooms_core::meeting::{Meeting, MeetingState};
use rooms_core::room::Room;
use rooms_testkit::app::{TestApp, TestPerson, ZOOM_MARA};
use zoom_sim::{HostChange, LoggedRequest, StoredMeeting};

use super::cell::Deed;
use super::kinds::Means;

const ZOOM: Option<Conference> = Some(Conference::Zoom);
/// When her first booking is: later than the longest wait of a cell.
const HOURS_AHEAD: i64 = 200;

pub(crate) struct Scene<'a> {
    app: &'a TestApp,
    admin: Actor,
    mara: TestPerson,
    room: Room,
    bookings: Vec<Booked>,
}

impl<'a> Scene<'a> {
    /// Mara, connected; with a meeting where the deed needs one, with an expired access token
    /// where the fault is met when it is renewed.
    pub(crate) async fn set(app: &'a TestApp, deed: Deed, renews: bool) -> Self {
        let company = app.company("halden").await;
        let mara = app.officer(&company, "mara").await;
        let room = app.room(&company, "Aster").await;
        app.connect_zoom(&mara, ZOOM_MARA).await;
        let mut scene = Self {
            app,
            admin: company.admin.actor,
            mara,
            room,
            bookings: Vec::new(),
        };
        if deed != Deed::Create {
            scene.book().await;
            scene.settle().await;
            scene.is_as_wanted(0).await;
        }
        let hours = match deed {
            Deed::Probe => 25,
            _ if renews => 2,
            _ => 0,
        };
        app.pass(SignedDuration::from_hours(hours));
        scene
    }

    async fn book(&mut self) {
        let hours = HOURS_AHEAD + i64::try_from(self.bookings.len()).unwrap();
        let booked = self.app.book(&self.mara, &self.room, hours, ZOOM).await;
        self.bookings.push(booked);
    }

    /// Somebody deletes her meeting in Zoom, and we do not hear of it yet.
    pub(crate) fn host_deletes(&self) {
        assert!(self.app.sim.delete_meeting(alive(self.app)[0].id));
    }

    /// Somebody moves and renames her meeting in Zoom.
    pub(crate) fn host_edits(&self) {
        let meeting = alive(self.app).remove(0);
        let change = HostChange {
            topic: Some("Party".to_owned()),
            start_time: meeting
                .start_time
                .map(|at| at + SignedDuration::from_hours(1)),
            ..HostChange::default()
        };
        assert!(self.app.sim.change_meeting(meeting.id, change));
    }

    /// No room was moved by what Zoom said, and of a difference there is one notice.
    pub(crate) async fn heard_once_at_most(&self) {
        let notices = history::notices(&self.app.app, &self.mara.actor)
            .await
            .unwrap();
        assert!(notices.len() <= 1, "{notices:?}");
        for booked in &self.bookings {
            let now = bookings::get(&self.app.app, &self.mara.actor, booked.booking.id).await;
            assert!(now.unwrap().booking.title != "Party");
        }
    }

    /// An admin compares with Zoom, and has all that differs put right.
    pub(crate) async fn compare_and_fix(&self) {
        // What has only just changed here is not judged yet.
        self.app.pass(SignedDuration::from_mins(1));
        let (app, admin) = (&self.app.app, &self.admin);
        reconcile::start(app, admin).await.unwrap();
        self.settle().await;
        let found = reconcile::overview(app, admin).await.unwrap();
        let run = found.run.unwrap().id;
        reconcile::fix_all(app, admin, run).await.unwrap();
        self.settle().await;
        let left = reconcile::overview(app, admin).await.unwrap().open;
        assert!(left.is_empty(), "{left:?}");
    }

    /// Does it; the work of it is still to be done by jobs.
    pub(crate) async fn act(&mut self, deed: Deed) {
        match deed {
            Deed::Create => self.book().await,
            Deed::Change => self.change().await,
            Deed::Cancel => {
                let id = self.bookings[0].booking.id;
                let cancelled = bookings::cancel(&self.app.app, &self.mara.actor, id, None, None);
                cancelled.await.unwrap();
            }
            Deed::Refresh => {
                self.change().await;
                self.book().await;
            }
            Deed::Probe => {
                assert_eq!(probes::queue_due(&self.app.app).await.unwrap(), 1);
                self.app.pass(SignedDuration::from_hours(1));
            }
        }
        // Edits settle before Zoom is told of them.
        self.app.pass(SignedDuration::from_secs(3));
    }

    async fn change(&self) {
        let before = &self.bookings[0].booking;
        let later = before.slot.starts_at - SignedDuration::from_hours(3);
        let change = booking::Change {
            starts_at: Some(later),
            ends_at: Some(later + before.slot.length()),
            title: Some("Moved".to_owned()),
            ..booking::Change::default()
        };
        bookings::change(&self.app.app, &self.mara.actor, before.id, change, None)
            .await
            .unwrap();
    }

    /// Does what is due, and goes on to when more is due; gives whether there is more.
    async fn round(&self) -> bool {
        self.app.run_jobs().await;
        let now = self.app.app.now();
        let mut tx = self.app.app.read().await.unwrap();
        let next = rooms_store::jobs::next_due(&mut tx, now).await.unwrap();
        if let Some(next) = next {
            self.app.clock().set(next);
        }
        next.is_some()
    }

    /// Lets the fault strike for a while.
    pub(crate) async fn rounds(&self, count: usize) {
        for _ in 0..count {
            self.round().await;
        }
    }

    /// Does everything there is, however late it is due; webhooks arrive meanwhile.
    pub(crate) async fn settle(&self) {
        for _ in 0..40 {
            self.app.sim.deliver_due_webhooks().await;
            if !self.round().await {
                self.app.deliver_webhooks().await;
                return;
            }
        }
        panic!("it never comes to rest");
    }

    async fn meeting(&self, place: usize) -> Meeting {
        let id = self.bookings[place].booking.id;
        let booked = bookings::get(&self.app.app, &self.mara.actor, id).await;
        booked.unwrap().meeting.unwrap()
    }

    /// While the fault holds its record says so, and the connection only where its person can
    /// help.
    pub(crate) async fn shows(&self, deed: Deed, means: Means) {
        let connections = zoom::connections(&self.app.app, &self.mara.actor).await;
        let connection = connections.unwrap().remove(0);
        if means == Means::Removed {
            assert_eq!(connection.status, ConnectionStatus::Inactive);
            assert_eq!(connection.disconnected_by, Some(EndedBy::Zoom));
            for place in 0..self.bookings.len() {
                let meeting = self.meeting(place).await;
                let kept = meeting.zoom_id.is_some() && meeting.state == MeetingState::Detached;
                assert!(kept || meeting.failure.is_some(), "{meeting:?}");
            }
            return;
        }
        if means.asks_the_person() {
            assert_eq!(connection.status, ConnectionStatus::NeedsAttention);
            let why = match means {
                Means::Scope => disconnect::SCOPE_MISSING,
                _ => tokens::GRANT_DEAD,
            };
            assert_eq!(connection.attention.as_deref(), Some(why));
        } else {
            assert_eq!(connection.status, ConnectionStatus::Active);
        }
        let unseen = matches!(means, Means::Nothing | Means::Lost | Means::Gone);
        for place in 0..self.bookings.len() {
            let meeting = self.meeting(place).await;
            let lives = match deed {
                Deed::Cancel => [MeetingState::Removing, MeetingState::Removed],
                _ => [MeetingState::Ready; 2],
            };
            let waits = match (deed, place) {
                (Deed::Create, _) | (Deed::Refresh, 1) => match means {
                    Means::Declined | Means::Gone => [MeetingState::Failed; 2],
                    _ => [MeetingState::Pending, MeetingState::Uncertain],
                },
                _ => lives,
            };
            let (state, failure) = (meeting.state, meeting.failure.as_deref());
            let at_rest = unseen && lives.contains(&state);
            assert!(waits.contains(&state) || at_rest, "{meeting:?}");
            if at_rest || deed == Deed::Probe {
                continue;
            }
            let words = failure.unwrap_or_else(|| panic!("nothing says why: {meeting:?}"));
            let expected = match means {
                Means::Operator => tokens::MISCONFIGURED,
                Means::Declined => "Zoom declined: ",
                Means::Scope => disconnect::SCOPE_MISSING,
                Means::Grant | Means::Token => tokens::GRANT_DEAD,
                _ => "",
            };
            assert!(words.starts_with(expected), "{words}");
        }
    }

    /// Where a person has to act, they do what their page offers.
    pub(crate) async fn people_do_what_they_are_told(&self, deed: Deed, means: Means) {
        if means.asks_the_person() || means == Means::Removed {
            self.app.connect_zoom(&self.mara, ZOOM_MARA).await;
        }
        let changed_in_vain = means == Means::Declined && deed == Deed::Change;
        for place in 0..self.bookings.len() {
            let failed = self.meeting(place).await.state == MeetingState::Failed;
            if failed || changed_in_vain {
                let id = self.bookings[place].booking.id;
                link::act(&self.app.app, &self.mara.actor, id, LinkAction::Retry, None)
                    .await
                    .unwrap();
            }
        }
        // What we may not delete any more its host deletes, as the page of the booking says.
        if means == Means::Removed && deed == Deed::Cancel {
            self.host_deletes();
        }
    }

    /// Zoom has exactly what live bookings want, and every record says so. No meeting was made
    /// but these and those that were `replaced`.
    pub(crate) async fn is_as_wanted(&self, replaced: usize) {
        let mut wanted = Vec::new();
        for (place, booked) in self.bookings.iter().enumerate() {
            let now = bookings::get(&self.app.app, &self.mara.actor, booked.booking.id).await;
            let booking = now.unwrap().booking;
            let meeting = self.meeting(place).await;
            assert_eq!((&meeting.failure, &meeting.drift), (&None, &None));
            if !booking.state.takes_the_room() {
                let over = [MeetingState::Removed, MeetingState::Detached];
                assert!(over.contains(&meeting.state), "{meeting:?}");
                continue;
            }
            assert_eq!(meeting.state, MeetingState::Ready);
            assert_eq!(meeting.synced_revision, booking.revision);
            wanted.push((
                meeting.zoom_id.unwrap(),
                meeting.id,
                ZOOM_MARA.to_owned(),
                booking.title,
                Some(booking.slot.starts_at),
                booking.slot.minutes(),
            ));
        }
        let mut there: Vec<_> = alive(self.app)
            .into_iter()
            .map(|meeting| {
                let mark = marker::read(self.app.app.sealer(), &meeting.agenda).unwrap();
                let (topic, start) = (meeting.topic, meeting.start_time);
                let whose = (meeting.id, mark.meeting, meeting.host_email);
                (whose.0, whose.1, whose.2, topic, start, meeting.duration)
            })
            .collect();
        there.sort();
        wanted.sort();
        assert_eq!(there, wanted);
        let made = self.app.sim.meetings().len();
        assert_eq!(made, self.bookings.len() + replaced, "none was made twice");
    }

    /// Tokens were renewed once per expiry, and nobody was asked for what they cannot help.
    pub(crate) async fn was_fair(&self, means: Means) {
        let connections = zoom::connections(&self.app.app, &self.mara.actor).await;
        assert_eq!(connections.unwrap()[0].status, ConnectionStatus::Active);
        let history = zoom::status(&self.app.app, &self.mara.actor).await.unwrap();
        let asked = history.history.iter();
        let asked = asked.filter(|event| event.kind == "zoom.needs_attention");
        assert_eq!(asked.count(), usize::from(means.asks_the_person()));
        let renewed = renewals(self.app);
        let close = |pair: &&[LoggedRequest]| {
            pair[1].at.duration_since(pair[0].at) < SignedDuration::from_mins(50)
        };
        let close = renewed.windows(2).filter(close).count();
        let allowed = usize::from(means == Means::Token);
        assert!(close <= allowed, "{renewed:?}");
    }
}

fn alive(app: &TestApp) -> Vec<StoredMeeting> {
    let all = app.sim.meetings().into_iter();
    all.filter(|meeting| meeting.deleted_at.is_none()).collect()
}

/// The refreshes that Zoom granted.
fn renewals(app: &TestApp) -> Vec<LoggedRequest> {
    let all = app.sim.requests().into_iter();
    all.filter(|call| call.body.as_deref() == Some("grant_type=refresh_token"))
        .filter(|call| call.status == Some(200) && call.fault.is_none())
        .collect()
}
