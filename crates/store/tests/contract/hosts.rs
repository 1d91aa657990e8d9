//! Connections as hosts: what is offered, what stands in, and what each Zoom user holds when.

use std::time::Duration;

use jiff::Timestamp;
use rooms_core::booking::{Booking, BookingState, Conference};
use rooms_core::connection::hosts::StandIn;
use rooms_core::connection::{Connection, HostsFor};
use rooms_core::meeting::MeetingState;
use rooms_core::{MeetingRecordId, Slot};
use rooms_store::{bookings, connections, hosts, meetings};
use rooms_testkit::database::on_each_database;

use crate::world::World;

/// A booking from and to in minutes after now, with a meeting of this host in a state.
async fn held(
    world: &World,
    host: &Connection,
    (from, to): (i64, i64),
    state: MeetingState,
    at: Timestamp,
) -> Booking {
    let mut booking = world.booking(from, to);
    booking.conference = Some(Conference::Zoom);
    world.insert(&booking).await.unwrap();
    meeting(world, host, &booking, state, at).await;
    booking
}

async fn meeting(
    world: &World,
    host: &Connection,
    booking: &Booking,
    state: MeetingState,
    at: Timestamp,
) {
    let id = MeetingRecordId::from_uuid(world.id());
    let (whose, by) = ((host.company, booking.id), (host.person, host.id));
    write!(world.store, |tx| {
        meetings::insert(tx, id, whose, by, at).await?;
        let mut meeting = meetings::get(tx, whose.0, id).await?.unwrap();
        meeting.state = state;
        meetings::store(tx, &meeting, at).await
    })
    .unwrap();
}

async fn busy(world: &World, host: &Connection, within: Slot) -> Vec<Slot> {
    let mut tx = world.store.read().await.unwrap();
    let hosts = hosts::with_held(&mut tx, host.company, vec![host.clone()], within, None).await;
    let hosts = hosts.unwrap();
    hosts[0].held.iter().map(|held| held.slot).collect()
}

#[tokio::test]
async fn a_host_holds_the_newest_meeting_of_each_live_booking() {
    on_each_database(async |database| {
        use MeetingState::{Detached, Failed, Pending, Ready, Removing};
        let world = World::new(database).await;
        let (ada, ben) = (
            world.connected(&world.ada).await,
            world.connected(&world.ben).await,
        );
        let (now, later) = (world.now, world.at(1));
        for (nth, state) in [Pending, Ready, Failed, Detached, Removing]
            .into_iter()
            .enumerate()
        {
            let from = i64::try_from(nth).unwrap() * 60;
            held(&world, &ada, (from, from + 30), state, now).await;
        }
        let rehosted = held(&world, &ada, (300, 330), Failed, now).await;
        meeting(&world, &ben, &rehosted, Pending, later).await;
        let cancelled = held(&world, &ada, (360, 390), Ready, now).await;
        let company = world.company;
        write!(world.store, |tx| {
            bookings::cancel(tx, company, cancelled.id, None, later).await
        })
        .unwrap();
        let slots = |starts: &[i64]| -> Vec<Slot> {
            starts
                .iter()
                .map(|from| world.slot(*from, from + 30))
                .collect()
        };
        let day = world.slot(0, 600);
        assert_eq!(busy(&world, &ada, day).await, slots(&[0, 60, 120, 180]));
        assert_eq!(busy(&world, &ben, day).await, slots(&[300]));
        assert_eq!(busy(&world, &ada, world.slot(30, 60)).await, []);
        assert_eq!(
            busy(&world, &ada, world.slot(29, 61)).await,
            slots(&[0, 60])
        );
    })
    .await;
}

#[tokio::test]
async fn an_account_connected_again_holds_what_it_held_before() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let first = world.connected(&world.ada).await;
        let booking = held(&world, &first, (0, 60), MeetingState::Detached, world.now).await;
        let now = world.now;
        write!(world.store, |tx, first| {
            let by = rooms_core::connection::EndedBy::User;
            connections::end(tx, first, by, now).await
        })
        .unwrap();
        let again = world.connected(&world.ada).await;
        assert_ne!(first.id, again.id);
        assert_eq!(
            busy(&world, &again, world.slot(0, 60)).await,
            [booking.slot]
        );
        let mut tx = world.store.read().await.unwrap();
        let except = Some(booking.id);
        let hosts = vec![again];
        let found = hosts::with_held(&mut tx, world.company, hosts, booking.slot, except).await;
        assert_eq!(found.unwrap()[0].held, [], "not in its own way");
    })
    .await;
}

#[tokio::test]
async fn own_connections_and_offered_ones_are_able_to_host() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (ada, ben) = (
            world.connected(&world.ada).await,
            world.connected(&world.ben).await,
        );
        let able = async |person| {
            let mut tx = world.store.read().await.unwrap();
            let found = hosts::able(&mut tx, world.company, person).await.unwrap();
            found.into_iter().map(|c| c.id).collect::<Vec<_>>()
        };
        assert_eq!(able(world.ada.id).await, [ada.id]);
        let (whose, id) = ((world.company, world.ben.id), ben.id);
        let offer = async |whose, hosts_for| {
            write!(world.store, |tx| hosts::offer(tx, whose, id, hosts_for)
                .await)
            .unwrap()
        };
        let not_theirs = (world.company, world.ada.id);
        assert!(
            !offer(not_theirs, HostsFor::Company).await,
            "its owner's to offer"
        );
        assert!(offer(whose, HostsFor::Company).await);
        let mut both = [ada.id, ben.id];
        both.sort();
        assert_eq!(able(world.ada.id).await, both);
        assert_eq!(able(world.ben.id).await, [ben.id]);
        let (company, person) = (world.company, world.ada.id);
        let locked = write!(world.store, |tx| hosts::lock_able(tx, company, person)
            .await);
        assert_eq!(locked.unwrap().len(), 2);
        assert!(offer(whose, HostsFor::Owner).await);
        assert_eq!(able(world.ada.id).await, [ada.id]);
    })
    .await;
}

#[tokio::test]
async fn a_connection_is_named_and_preferred_by_its_owner() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let first = world.connected(&world.ada).await;
        let mut second = world.connection(&world.ada);
        second.zoom_user_id = "another".to_owned();
        second.connected_at = world.at(5);
        let pair = world.pair("second");
        write!(world.store, |tx, second, pair| {
            connections::insert(tx, second, pair).await
        })
        .unwrap();
        let (own, others, later) = (
            (world.company, world.ada.id),
            (world.company, world.ben.id),
            world.at(9),
        );
        let id = second.id;
        write!(world.store, |tx| {
            assert!(!hosts::rename(tx, others, id, Some("Mine")).await?);
            assert!(!hosts::prefer(tx, others, id, later).await?);
            assert!(hosts::rename(tx, own, id, Some("Reception")).await?);
            assert!(hosts::prefer(tx, own, id, later).await?);
            Ok(())
        })
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        let current = connections::current(&mut tx, own.0, own.1).await.unwrap();
        let called: Vec<_> = current.iter().map(Connection::called).collect();
        assert_eq!(called, ["Reception", first.called()]);
        assert_eq!(current[0].preferred_at, Some(later));
    })
    .await;
}

#[tokio::test]
async fn what_stands_in_is_remembered() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let shared = world.connected(&world.ada).await.id;
        let company = world.company;
        for stand_in in [StandIn::Shared(shared), StandIn::Pool, StandIn::Nobody] {
            let found = write!(world.store, |tx| {
                hosts::set_stand_in(tx, company, stand_in).await?;
                hosts::stand_in(tx, company).await
            });
            assert_eq!(found.unwrap(), stand_in);
        }
        let mut tx = world.store.read().await.unwrap();
        let other = hosts::stand_in(&mut tx, world.rival).await;
        assert_eq!(other.unwrap(), StandIn::Nobody);
    })
    .await;
}

#[tokio::test]
async fn hosts_of_another_company_are_neither_found_nor_changed() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let ada = world.connected(&world.ada).await;
        held(&world, &ada, (0, 60), MeetingState::Ready, world.now).await;
        let (rival, id, now) = (world.rival, ada.id, world.now);
        let (own, theirs) = ((world.company, world.ada.id), (rival, world.ada.id));
        write!(world.store, |tx| {
            assert!(hosts::offer(tx, own, id, HostsFor::Company).await?);
            assert!(!hosts::offer(tx, theirs, id, HostsFor::Owner).await?);
            assert!(!hosts::rename(tx, theirs, id, Some("Mine")).await?);
            assert!(!hosts::prefer(tx, theirs, id, now).await?);
            assert!(hosts::offered(tx, rival).await?.is_empty());
            assert!(hosts::able(tx, rival, theirs.1).await?.is_empty());
            assert!(hosts::lock_able(tx, rival, theirs.1).await?.is_empty());
            Ok(())
        })
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        let day = world.slot(0, 600);
        let found = hosts::with_held(&mut tx, rival, vec![ada.clone()], day, None).await;
        assert_eq!(found.unwrap()[0].held, []);
        let offered = hosts::offered(&mut tx, world.company).await.unwrap();
        assert_eq!(offered[0].name, None);
        let about = hosts::about_offered(&mut tx, world.company, now).await;
        assert_eq!(about.unwrap()[&id], (world.ada.name.clone(), 1));
        let about = hosts::about_offered(&mut tx, rival, now).await.unwrap();
        assert!(about.is_empty());
    })
    .await;
}

/// Two transactions that lock the same hosts go one after the other, whoever asks in whose name.
#[tokio::test(flavor = "multi_thread")]
async fn who_locks_the_hosts_keeps_others_waiting() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (ada, ben) = (
            world.connected(&world.ada).await,
            world.connected(&world.ben).await,
        );
        let company = world.company;
        for (person, id) in [(world.ada.id, ada.id), (world.ben.id, ben.id)] {
            write!(world.store, |tx| {
                hosts::offer(tx, (company, person), id, HostsFor::Company).await
            })
            .unwrap();
        }
        let rounds = 24;
        let book = async |nth: i64| {
            let person = if nth % 2 == 0 {
                world.ada.id
            } else {
                world.ben.id
            };
            let mut booking = world.booking(nth * 60, nth * 60 + 30);
            booking.conference = Some(Conference::Zoom);
            booking.state = BookingState::Confirmed;
            let id = MeetingRecordId::from_uuid(world.id());
            let (now, free) = (world.now, world.slot(0, rounds * 60));
            // Each wants a host that has nothing yet; only two of all can get one.
            write!(world.store, |tx, booking| {
                let able = hosts::lock_able(tx, company, person).await?;
                let able = hosts::with_held(tx, company, able, free, None).await?;
                let host = able.into_iter().find(|host| host.held.is_empty());
                let Some(host) = host else { return Ok(false) };
                bookings::insert(tx, booking).await?;
                let by = (host.connection.person, host.connection.id);
                meetings::insert(tx, id, (company, booking.id), by, now).await?;
                Ok(true)
            })
            .unwrap()
        };
        let all = futures_util::future::join_all((0..rounds).map(book));
        let won = tokio::time::timeout(Duration::from_secs(30), all).await;
        let won = won.expect("nobody waits for ever");
        assert_eq!(won.into_iter().filter(|won| *won).count(), 2);
    })
    .await;
}
