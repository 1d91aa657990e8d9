//! Whose account hosts: own connections, what stands in, and never two meetings at once on a host
//! that is not the organizer's alone; on both databases, beside the simulator.

mod race;

use jiff::SignedDuration;
use rooms_app::bookings::{self, Booked};
use rooms_app::zoom::{self, disconnect, hosts};
use rooms_app::{Failure, people};
use rooms_core::booking::{self, Conference, Request, Who};
use rooms_core::connection::hosts::StandIn;
use rooms_core::connection::{Connection, ConnectionStatus, HostsFor};
use rooms_core::meeting::MeetingState;
use rooms_core::room::Room;
use rooms_core::{ConnectionId, Slot};
use rooms_testkit::app::{
    CLIENT_ID, TestApp, TestCompany, TestPerson, ZOOM_JONAS, ZOOM_MARA, on_each,
};
use rooms_testkit::database::now as beginning;

const ZOOM_INES: &str = "ines@halden.example";

struct Stage {
    company: TestCompany,
    mara: TestPerson,
    jonas: TestPerson,
    lee: TestPerson,
    rooms: Vec<Room>,
}

/// Connects somebody a second later than whatever happened before, so that the order is known.
async fn connect(app: &TestApp, who: &TestPerson, zoom: &str) -> Connection {
    app.pass(SignedDuration::from_secs(1));
    app.sim.set_blocks_apps("HaldenStrictAccount002", false);
    app.connect_zoom(who, zoom).await
}

/// A company with four rooms, two people who may lend their Zoom account, and Lee, who has none.
async fn stage(app: &TestApp) -> Stage {
    let company = app.company("halden").await;
    let mut rooms = Vec::new();
    for name in ["Aster", "Birch", "Cedar", "Dahlia"] {
        rooms.push(app.room(&company, name).await);
    }
    Stage {
        mara: app.officer(&company, "mara").await,
        jonas: app.officer(&company, "jonas").await,
        lee: app.officer(&company, "lee").await,
        rooms,
        company,
    }
}

impl Stage {
    /// Connects somebody and offers that connection to the company.
    async fn offered(&self, app: &TestApp, whose: &TestPerson, zoom: &str) -> ConnectionId {
        let id = connect(app, whose, zoom).await.id;
        hosts::offer(&app.app, &whose.actor, id, HostsFor::Company)
            .await
            .unwrap();
        id
    }

    async fn stands_in(&self, app: &TestApp, stand_in: StandIn) {
        hosts::set_stand_in(&app.app, &self.company.admin.actor, stand_in)
            .await
            .unwrap();
    }

    /// A pool of Mara's and Jonas's accounts.
    async fn pool(&self, app: &TestApp) -> [ConnectionId; 2] {
        let pool = [
            self.offered(app, &self.mara, ZOOM_MARA).await,
            self.offered(app, &self.jonas, ZOOM_JONAS).await,
        ];
        self.stands_in(app, StandIn::Pool).await;
        pool
    }

    fn wish(&self, room: usize, (from, minutes): (i64, i64)) -> Request {
        let starts_at = beginning() + SignedDuration::from_mins(from);
        Request {
            room: self.rooms[room].id,
            title: format!("In {}", self.rooms[room].name),
            starts_at,
            ends_at: starts_at + SignedDuration::from_mins(minutes),
            conference: Some(Conference::Zoom),
            host: None,
            organizer: None,
            invitees: Vec::new(),
        }
    }

    async fn book(
        &self,
        app: &TestApp,
        who: &TestPerson,
        room: usize,
        when: (i64, i64),
    ) -> Result<Booked, Failure> {
        bookings::book(&app.app, &who.actor, self.wish(room, when), None).await
    }
}

fn host(booked: &Booked) -> ConnectionId {
    booked.meeting.as_ref().unwrap().connection
}

fn moved((from, minutes): (i64, i64)) -> booking::Change {
    let starts_at = beginning() + SignedDuration::from_mins(from);
    booking::Change {
        starts_at: Some(starts_at),
        ends_at: Some(starts_at + SignedDuration::from_mins(minutes)),
        ..booking::Change::default()
    }
}

fn slot(from: i64, to: i64) -> Slot {
    let at = |minutes| beginning() + SignedDuration::from_mins(minutes);
    Slot::new(at(from), at(to)).unwrap()
}

/// Whose account holds which meeting in Zoom: host and topic, in order.
fn in_zoom(app: &TestApp) -> Vec<(String, String)> {
    let meetings = app.sim.meetings();
    let alive = meetings.into_iter().filter(|m| m.deleted_at.is_none());
    let mut found: Vec<_> = alive.map(|m| (m.host_email, m.topic)).collect();
    found.sort();
    found
}

#[track_caller]
fn busy(refused: Result<Booked, Failure>) -> (usize, Option<Slot>) {
    match refused {
        Err(Failure::ZoomHostsBusy(busy)) => (busy.hosts, busy.free),
        other => panic!("not refused for want of a host: {other:?}"),
    }
}

#[tokio::test]
async fn the_pool_gives_each_overlapping_booking_a_host_of_its_own_and_then_refuses() {
    on_each(async |app| {
        let stage = stage(app).await;
        let pool = stage.pool(app).await;
        let first = stage.book(app, &stage.lee, 0, (60, 60)).await.unwrap();
        let second = stage.book(app, &stage.lee, 1, (90, 60)).await.unwrap();
        let mut used = [host(&first), host(&second)];
        used.sort();
        let mut both = pool;
        both.sort();
        assert_eq!(used, both);
        let third = stage.book(app, &stage.lee, 2, (90, 30)).await;
        assert_eq!(busy(third), (2, Some(slot(120, 150))));
        let ahead = bookings::mine(
            &app.app,
            &stage.lee.actor,
            app.app.now(),
            slot(0, 600).ends_at,
        );
        assert_eq!(ahead.await.unwrap().len(), 2, "the room was not taken");
        app.run_jobs().await;
        assert_eq!(
            in_zoom(app),
            [
                (ZOOM_JONAS.to_owned(), second.booking.title.clone()),
                (ZOOM_MARA.to_owned(), first.booking.title.clone())
            ]
        );
        stage.book(app, &stage.lee, 2, (120, 30)).await.unwrap();
        bookings::cancel(&app.app, &stage.lee.actor, second.booking.id, None, None)
            .await
            .unwrap();
        let freed = stage.book(app, &stage.lee, 3, (90, 30)).await.unwrap();
        assert_eq!(host(&freed), host(&second));
    })
    .await;
}

#[tokio::test]
async fn a_taken_room_is_said_before_a_busy_host_and_a_missing_host_before_both() {
    on_each(async |app| {
        let stage = stage(app).await;
        let refused = stage.book(app, &stage.lee, 0, (60, 60)).await;
        assert!(
            matches!(refused, Err(Failure::ZoomNotConnected { .. })),
            "{refused:?}"
        );
        stage.offered(app, &stage.mara, ZOOM_MARA).await;
        stage.stands_in(app, StandIn::Pool).await;
        stage.book(app, &stage.lee, 0, (60, 60)).await.unwrap();
        let refused = stage.book(app, &stage.lee, 0, (60, 60)).await;
        assert!(matches!(refused, Err(Failure::RoomTaken(_))), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_moved_booking_takes_another_host_where_its_own_is_busy_or_stays_where_it_was() {
    on_each(async |app| {
        let stage = stage(app).await;
        stage.pool(app).await;
        let first = stage.book(app, &stage.lee, 0, (60, 60)).await.unwrap();
        // Hours apart the least busy is asked first, so this one is with the other host.
        let second = stage.book(app, &stage.lee, 1, (60, 30)).await.unwrap();
        let third = stage.book(app, &stage.lee, 2, (90, 30)).await.unwrap();
        assert_eq!(
            host(&second),
            host(&third),
            "the first host holds its meeting till 120"
        );
        app.run_jobs().await;
        assert_eq!(in_zoom(app).len(), 3);

        // Its host is busy from 60 to 90, and the other from 60 to 120.
        let change = async |minutes| {
            app.pass(SignedDuration::from_secs(1));
            let change = moved(minutes);
            bookings::change(&app.app, &stage.lee.actor, third.booking.id, change, None).await
        };
        let (hosts, free) = busy(change((75, 30)).await);
        assert_eq!((hosts, free), (2, Some(slot(90, 120))));
        let same = change((100, 30)).await.unwrap();
        assert_eq!(host(&same), host(&third));
        assert_eq!(same.meeting.unwrap().id, third.meeting.as_ref().unwrap().id);

        bookings::cancel(&app.app, &stage.lee.actor, first.booking.id, None, None)
            .await
            .unwrap();
        let other = change((75, 30)).await.unwrap();
        assert_eq!(host(&other), host(&first), "the host that has become free");
        app.run_jobs().await;
        let now = bookings::get(&app.app, &stage.lee.actor, third.booking.id)
            .await
            .unwrap();
        assert_eq!(now.meeting.unwrap().state, MeetingState::Ready);
        let hosted: Vec<_> = in_zoom(app).into_iter().map(|(host, _)| host).collect();
        assert_eq!(
            hosted,
            [ZOOM_JONAS, ZOOM_MARA],
            "one each, the old one is gone"
        );
    })
    .await;
}

#[tokio::test]
async fn own_meetings_may_overlap_and_those_of_others_keep_their_host() {
    on_each(async |app| {
        let stage = stage(app).await;
        let maras = connect(app, &stage.mara, ZOOM_MARA).await.id;
        for room in [0, 1] {
            let booked = stage.book(app, &stage.mara, room, (60, 60)).await.unwrap();
            assert_eq!(host(&booked), maras);
        }
        hosts::offer(&app.app, &stage.mara.actor, maras, HostsFor::Company)
            .await
            .unwrap();
        stage.stands_in(app, StandIn::Pool).await;
        let lees = stage.book(app, &stage.lee, 2, (90, 60)).await;
        assert_eq!(busy(lees), (1, Some(slot(120, 180))));
        stage.book(app, &stage.lee, 2, (120, 60)).await.unwrap();
        let maras = stage.book(app, &stage.mara, 3, (150, 60)).await;
        assert_eq!(busy(maras), (1, Some(slot(180, 240))));
    })
    .await;
}

#[tokio::test]
async fn one_shared_connection_stands_in_until_its_owner_takes_it_back() {
    on_each(async |app| {
        let stage = stage(app).await;
        let own = connect(app, &stage.jonas, ZOOM_JONAS).await.id;
        let admin = &stage.company.admin.actor;
        let refused = hosts::set_stand_in(&app.app, admin, StandIn::Shared(own)).await;
        assert!(
            matches!(refused, Err(Failure::Invalid(_))),
            "not offered: {refused:?}"
        );
        let refused = hosts::set_stand_in(&app.app, &stage.lee.actor, StandIn::Pool).await;
        assert!(matches!(refused, Err(Failure::Forbidden(_))));
        let shared = stage.offered(app, &stage.mara, ZOOM_MARA).await;
        stage.stands_in(app, StandIn::Shared(shared)).await;

        let booked = stage.book(app, &stage.lee, 0, (60, 60)).await.unwrap();
        assert_eq!(
            (host(&booked), booked.meeting.as_ref().unwrap().host),
            (shared, stage.mara.id())
        );
        let jonas = stage.book(app, &stage.jonas, 1, (60, 60)).await.unwrap();
        assert_eq!(host(&jonas), own);
        app.run_jobs().await;

        hosts::offer(&app.app, &stage.mara.actor, shared, HostsFor::Owner)
            .await
            .unwrap();
        let refused = stage.book(app, &stage.lee, 2, (300, 60)).await;
        assert!(
            matches!(refused, Err(Failure::ZoomNotConnected { .. })),
            "{refused:?}"
        );
        // The link people have stays, also when the booking moves.
        app.pass(SignedDuration::from_secs(1));
        let change = moved((90, 60));
        let kept = bookings::change(&app.app, &stage.lee.actor, booked.booking.id, change, None);
        assert_eq!(host(&kept.await.unwrap()), shared);
        app.run_jobs().await;
        assert_eq!(in_zoom(app).len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_named_host_is_the_one_and_must_be_the_organizers_or_stand_in() {
    on_each(async |app| {
        let stage = stage(app).await;
        let first = connect(app, &stage.mara, ZOOM_MARA).await.id;
        let second = connect(app, &stage.mara, ZOOM_INES).await.id;
        let jonas = connect(app, &stage.jonas, ZOOM_JONAS).await.id;
        let book = async |room, named| {
            let wish = Request {
                host: Some(named),
                ..stage.wish(room, (60, 60))
            };
            bookings::book(&app.app, &stage.mara.actor, wish, None).await
        };
        let booked = book(0, second).await.unwrap();
        assert_eq!(host(&booked), second);
        assert!(matches!(
            book(1, jonas).await,
            Err(Failure::NotFound("connection"))
        ));
        hosts::offer(&app.app, &stage.jonas.actor, jonas, HostsFor::Company)
            .await
            .unwrap();
        assert!(
            matches!(book(1, jonas).await, Err(Failure::Invalid(_))),
            "it stands in for nobody"
        );
        stage.stands_in(app, StandIn::Pool).await;
        assert_eq!(host(&book(1, jonas).await.unwrap()), jonas);
        let wish = Request {
            conference: None,
            host: Some(second),
            ..stage.wish(2, (60, 60))
        };
        let refused = bookings::book(&app.app, &stage.mara.actor, wish, None).await;
        assert!(matches!(refused, Err(Failure::Invalid(_))), "{refused:?}");

        app.run_jobs().await;
        app.pass(SignedDuration::from_secs(1));
        let change = booking::Change {
            host: Some(first),
            ..booking::Change::default()
        };
        let id = booked.booking.id;
        let rehosted = bookings::change(&app.app, &stage.mara.actor, id, change.clone(), None);
        assert_eq!(host(&rehosted.await.unwrap()), first);
        app.run_jobs().await;
        let in_zoom: Vec<_> = in_zoom(app).into_iter().map(|(host, _)| host).collect();
        assert_eq!(
            in_zoom,
            [ZOOM_JONAS, ZOOM_MARA],
            "and not with both of hers"
        );
        let again = bookings::change(&app.app, &stage.mara.actor, id, change, None)
            .await
            .unwrap();
        assert_eq!(again.booking.revision, 2, "it is there already");

        disconnect::disconnect(&app.app, &stage.mara.actor, Some(second))
            .await
            .unwrap();
        assert!(
            matches!(book(2, second).await, Err(Failure::Invalid(_))),
            "not in use any more"
        );
    })
    .await;
}

#[tokio::test]
async fn a_new_organizer_brings_their_own_host() {
    on_each(async |app| {
        let stage = stage(app).await;
        let pool = stage.pool(app).await;
        let admin = connect(app, &stage.company.admin, ZOOM_INES).await.id;
        let booked = stage.book(app, &stage.lee, 0, (60, 60)).await.unwrap();
        assert!(pool.contains(&host(&booked)));
        app.run_jobs().await;
        let organizer = |who: &TestPerson| booking::Change {
            organizer: Some(Who::Id(who.id())),
            ..booking::Change::default()
        };
        app.pass(SignedDuration::from_secs(1));
        let change = organizer(&stage.company.admin);
        let id = booked.booking.id;
        let changed = bookings::change(&app.app, &stage.lee.actor, id, change, None);
        assert_eq!(host(&changed.await.unwrap()), admin);
        app.run_jobs().await;
        let hosted: Vec<_> = in_zoom(app).into_iter().map(|(host, _)| host).collect();
        assert_eq!(hosted, [ZOOM_INES]);
    })
    .await;
}

#[tokio::test]
async fn a_second_account_is_added_and_the_default_is_what_hosts_and_what_disconnects() {
    on_each(async |app| {
        let stage = stage(app).await;
        let first = connect(app, &stage.mara, ZOOM_MARA).await;
        let second = connect(app, &stage.mara, ZOOM_JONAS).await;
        let status = async |connection: &Connection| {
            let all = zoom::connections(&app.app, &stage.mara.actor)
                .await
                .unwrap();
            all.into_iter()
                .find(|c| c.id == connection.id)
                .unwrap()
                .status
        };
        assert_eq!(status(&first).await, ConnectionStatus::Active);
        assert_eq!(
            connect(app, &stage.mara, ZOOM_JONAS).await.id,
            second.id,
            "renewed"
        );
        let booked = stage.book(app, &stage.mara, 0, (60, 60)).await.unwrap();
        assert_eq!(host(&booked), first.id, "the one connected first");
        hosts::make_default(&app.app, &stage.mara.actor, second.id)
            .await
            .unwrap();
        let booked = stage.book(app, &stage.mara, 1, (60, 60)).await.unwrap();
        assert_eq!(host(&booked), second.id);
        let others = hosts::make_default(&app.app, &stage.lee.actor, second.id).await;
        assert!(matches!(others, Err(Failure::NotFound(_))));

        assert!(
            disconnect::disconnect(&app.app, &stage.mara.actor, None)
                .await
                .unwrap()
        );
        assert_eq!(status(&second).await, ConnectionStatus::Inactive);
        assert_eq!(status(&first).await, ConnectionStatus::Active);
        let booked = stage.book(app, &stage.mara, 2, (60, 60)).await.unwrap();
        assert_eq!(host(&booked), first.id);
        app.run_jobs().await;
        assert!(app.sim.is_installed(ZOOM_MARA, CLIENT_ID));
        assert!(!app.sim.is_installed(ZOOM_JONAS, CLIENT_ID));
    })
    .await;
}

#[tokio::test]
async fn deactivating_a_person_ends_all_their_connections() {
    on_each(async |app| {
        let stage = stage(app).await;
        connect(app, &stage.mara, ZOOM_MARA).await;
        connect(app, &stage.mara, ZOOM_JONAS).await;
        people::deactivate(&app.app, &stage.company.admin.actor, stage.mara.id())
            .await
            .unwrap();
        app.run_jobs().await;
        let all = zoom::connections(&app.app, &stage.mara.actor)
            .await
            .unwrap();
        assert!(all.iter().all(|c| c.status == ConnectionStatus::Inactive));
        for user in [ZOOM_MARA, ZOOM_JONAS] {
            assert!(!app.sim.is_installed(user, CLIENT_ID), "{user}");
        }
    })
    .await;
}
