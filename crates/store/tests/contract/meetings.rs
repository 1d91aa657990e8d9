//! Meetings: one wanted per booking, its link sealed, its attempts written down.

mod life;

use rooms_core::booking::{Booking, Conference};
use rooms_core::connection::Connection;
use rooms_core::meeting::{Drift, Facts, Meeting, MeetingState, Promise};
use rooms_core::{BookingId, MeetingRecordId};
use rooms_store::meetings::AttemptOutcome;
use rooms_store::{Error, meetings};
use rooms_testkit::database::on_each_database;

use crate::world::World;

struct Wanted {
    world: World,
    booking: Booking,
    connection: Connection,
    id: MeetingRecordId,
}

impl Wanted {
    async fn new(database: &rooms_testkit::database::TestDatabase) -> Self {
        let world = World::new(database).await;
        let mut booking = world.booking(0, 60);
        booking.conference = Some(Conference::Zoom);
        world.insert(&booking).await.unwrap();
        let connection = world.connected(&world.ada).await;
        let id = MeetingRecordId::from_uuid(world.id());
        let wanted = Self {
            world,
            booking,
            connection,
            id,
        };
        wanted.want(id, wanted.booking.id).await.unwrap();
        wanted
    }

    async fn want(&self, id: MeetingRecordId, booking: BookingId) -> Result<(), Error> {
        let (of, through) = (
            (self.world.company, booking),
            (self.world.ada.id, self.connection.id),
        );
        let now = self.world.now;
        write!(self.world.store, |tx| meetings::insert(
            tx, id, of, through, now
        )
        .await)
    }

    async fn read(&self) -> Meeting {
        let mut tx = self.world.store.read().await.unwrap();
        meetings::get(&mut tx, self.world.company, self.id)
            .await
            .unwrap()
            .unwrap()
    }

    async fn store(&self, meeting: &Meeting) -> Result<(), Error> {
        let now = self.world.at(1);
        write!(self.world.store, |tx, meeting| meetings::store(
            tx, meeting, now
        )
        .await)
    }
}

#[tokio::test]
async fn a_meeting_begins_pending_and_keeps_what_zoom_answered() {
    on_each_database(async |database| {
        let wanted = Wanted::new(database).await;
        let mut meeting = wanted.read().await;
        assert_eq!(
            (meeting.state, meeting.zoom_id),
            (MeetingState::Pending, None)
        );
        assert_eq!((meeting.join_url.as_ref(), meeting.attempts), (None, 0));
        assert_eq!(meeting.connection, wanted.connection.id);
        meeting.state = MeetingState::Ready;
        meeting.zoom_id = Some(85_123_456_789);
        meeting.join_url = Some("https://zoom.example/j/85123456789?pwd=x".to_owned());
        meeting.passcode = Some("pass✓".to_owned());
        meeting.host_email = Some("ada@example.com".to_owned());
        meeting.synced_revision = 3;
        meeting.failure = Some("try again".to_owned());
        meeting.attempts = 2;
        meeting.next_try_at = Some(wanted.world.at(9));
        meeting.told = Some(Facts {
            topic: "Budget".to_owned(),
            starts_at: wanted.world.at(60),
            minutes: 30,
            zone: "Europe/Berlin".to_owned(),
        });
        meeting.drift = Some(Drift {
            starts_at: Some(wanted.world.at(90)),
            ..Drift::default()
        });
        meeting.gone_at = Some(wanted.world.at(2));
        meeting.look_since = Some(wanted.world.at(3));
        meeting.promised = Some(Promise::default());
        meeting.kept = Some(Promise {
            waiting_room: true,
            ..Promise::default()
        });
        meeting.left_by = Some(wanted.world.ada.id);
        wanted.store(&meeting).await.unwrap();
        (meeting.updated_at, meeting.since) = (wanted.world.at(1), wanted.world.at(1));
        assert_eq!(wanted.read().await, meeting);
        meeting.attempts = 3;
        let (world, later) = (&wanted.world, wanted.world.at(4));
        write!(world.store, |tx, meeting| meetings::store(
            tx, meeting, later
        )
        .await)
        .unwrap();
        meeting.updated_at = later;
        assert_eq!(wanted.read().await, meeting, "in the same state since then");
    })
    .await;
}

#[tokio::test]
async fn the_link_and_the_passcode_are_sealed() {
    on_each_database(async |database| {
        let wanted = Wanted::new(database).await;
        let mut meeting = wanted.read().await;
        meeting.join_url = Some("https://zoom.example/j/1".to_owned());
        meeting.passcode = Some("passcode".to_owned());
        wanted.store(&meeting).await.unwrap();
        let clear = if database.is_postgres() {
            "SELECT COUNT(*) FROM meeting WHERE position('zoom.example'::bytea in join_url) > 0 \
             OR position('passcode'::bytea in passcode) > 0"
        } else {
            "SELECT COUNT(*) FROM meeting WHERE instr(join_url, CAST('zoom.example' AS BLOB)) > 0 \
             OR instr(passcode, CAST('passcode' AS BLOB)) > 0"
        };
        assert_eq!(database.integers(clear).await, [0]);
        database
            .execute("UPDATE meeting SET passcode = join_url")
            .await;
        let mut tx = wanted.world.store.read().await.unwrap();
        let moved = meetings::get(&mut tx, wanted.world.company, wanted.id).await;
        assert!(
            matches!(moved, Err(Error::Corrupt("passcode"))),
            "{moved:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_booking_wants_one_meeting_at_a_time() {
    on_each_database(async |database| {
        let wanted = Wanted::new(database).await;
        let another = MeetingRecordId::from_uuid(wanted.world.id());
        let booking = wanted.booking.id;
        for state in [
            MeetingState::Pending,
            MeetingState::Uncertain,
            MeetingState::Ready,
        ] {
            let mut meeting = wanted.read().await;
            meeting.state = state;
            wanted.store(&meeting).await.unwrap();
            let refused = wanted.want(another, booking).await;
            assert!(
                matches!(refused, Err(Error::Constraint(..))),
                "{state:?}: {refused:?}"
            );
        }
        let mut meeting = wanted.read().await;
        meeting.state = MeetingState::Detached;
        wanted.store(&meeting).await.unwrap();
        wanted.want(another, booking).await.unwrap();
        let mut tx = wanted.world.store.read().await.unwrap();
        let all = meetings::of_booking(&mut tx, wanted.world.company, booking)
            .await
            .unwrap();
        let ids: Vec<_> = all.iter().map(|m| m.id).collect();
        assert_eq!(ids, [another, wanted.id], "newest first");
    })
    .await;
}

#[tokio::test]
async fn a_connection_looks_after_what_has_not_ended() {
    on_each_database(async |database| {
        let wanted = Wanted::new(database).await;
        for state in MeetingState::ALL {
            let mut meeting = wanted.read().await;
            meeting.state = state;
            wanted.store(&meeting).await.unwrap();
            let (company, connection) = (wanted.world.company, wanted.connection.id);
            let mut tx = wanted.world.store.read().await.unwrap();
            let found = meetings::of_connection(&mut tx, company, connection)
                .await
                .unwrap();
            let ended = matches!(
                state,
                MeetingState::Failed | MeetingState::Removed | MeetingState::Detached
            );
            assert_eq!(found.is_empty(), ended, "{state:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_meetings_of_a_stretch_of_time_are_those_of_bookings_that_start_in_it() {
    on_each_database(async |database| {
        let wanted = Wanted::new(database).await;
        let find = async |from, to| {
            let (company, world) = (wanted.world.company, &wanted.world);
            let mut tx = world.store.read().await.unwrap();
            let found = meetings::of_bookings(&mut tx, company, world.at(from), world.at(to)).await;
            found.unwrap().into_iter().map(|m| m.id).collect::<Vec<_>>()
        };
        assert_eq!(find(0, 1).await, [wanted.id]);
        assert_eq!(find(-60, 0).await, []);
        assert_eq!(find(1, 60).await, []);
    })
    .await;
}

#[tokio::test]
async fn an_attempt_is_open_until_it_is_finished() {
    on_each_database(async |database| {
        let wanted = Wanted::new(database).await;
        let world = &wanted.world;
        let (company, id, now) = (world.company, wanted.id, world.now);
        let (first, second) = (world.id(), world.id());
        let later = world.at(1);
        write!(world.store, |tx| {
            meetings::begin_attempt(tx, first, (company, id), 1, now).await?;
            meetings::begin_attempt(tx, second, (company, id), 1, later).await
        })
        .unwrap();
        let open = async || {
            let mut tx = world.store.read().await.unwrap();
            meetings::open_attempt(&mut tx, company, id).await.unwrap()
        };
        assert_eq!(open().await, Some((first, now)), "the oldest");
        write!(world.store, |tx| {
            let outcome = AttemptOutcome::NotMade;
            meetings::finish_attempt(tx, (company, first), outcome, Some("refused"), later).await
        })
        .unwrap();
        assert_eq!(open().await, Some((second, later)));
        write!(world.store, |tx| {
            meetings::finish_attempts(tx, (company, id), AttemptOutcome::Made, None, later).await
        })
        .unwrap();
        assert_eq!(open().await, None);
        let outcomes = "SELECT outcome FROM meeting_attempt ORDER BY started_at";
        assert_eq!(database.texts(outcomes).await, ["not_made", "made"]);
    })
    .await;
}

#[tokio::test]
async fn a_locked_meeting_is_given_as_it_is() {
    on_each_database(async |database| {
        let wanted = Wanted::new(database).await;
        let (company, id) = (wanted.world.company, wanted.id);
        let locked = write!(wanted.world.store, |tx| meetings::lock(tx, company, id)
            .await);
        assert_eq!(locked.unwrap().unwrap(), wanted.read().await);
    })
    .await;
}

#[tokio::test]
async fn an_ended_connection_lets_go_of_each_meeting_as_its_state_asks() {
    on_each_database(async |database| {
        use MeetingState::{Detached, Failed, Pending, Ready, Removed, Removing, Uncertain};
        let wanted = Wanted::new(database).await;
        let (company, connection) = (wanted.world.company, wanted.connection.id);
        let let_go = async |state, zoom_id, minute| {
            let mut meeting = wanted.read().await;
            meeting.state = state;
            meeting.zoom_id = zoom_id;
            meeting.failure = None;
            wanted.store(&meeting).await.unwrap();
            let now = wanted.world.at(minute);
            let mut tx = wanted.world.store.read().await.unwrap();
            let ahead = meetings::bookings_ahead(&mut tx, company, connection, now)
                .await
                .unwrap();
            drop(tx);
            let kept = write!(wanted.world.store, |tx| {
                meetings::let_go(tx, company, connection, "Zoom was disconnected", now).await
            })
            .unwrap();
            let now = wanted.read().await;
            (ahead, kept, now.state, now.failure.is_some())
        };
        assert_eq!(
            let_go(Ready, Some(1), 59).await,
            (1, 1, Detached, false),
            "still ahead"
        );
        assert_eq!(
            let_go(Ready, Some(1), 60).await,
            (0, 0, Ready, false),
            "it is over"
        );
        assert_eq!(let_go(Removing, Some(1), 0).await, (0, 1, Detached, false));
        assert_eq!(
            let_go(Removing, None, 0).await,
            (0, 0, Removed, false),
            "never made"
        );
        assert_eq!(let_go(Pending, None, 0).await, (1, 0, Failed, true));
        assert_eq!(let_go(Uncertain, None, 0).await, (1, 0, Failed, true));
        assert_eq!(
            let_go(Failed, None, 0).await,
            (0, 0, Failed, false),
            "left alone"
        );
    })
    .await;
}
