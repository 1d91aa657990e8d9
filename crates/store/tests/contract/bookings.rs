//! Bookings: one at a time in a room, found again in order.

use futures_util::future::join_all;
use rooms_core::booking::{BookingState, Conference};
use rooms_core::{BookingId, SiteId, Slot};
use rooms_store::bookings::Filter;
use rooms_store::{Constraint, Error, bookings, rooms};
use rooms_testkit::database::on_each_database;
use uuid::Uuid;

use crate::world::World;

fn overlap(result: &Result<(), Error>) -> bool {
    matches!(result, Err(error) if error.violates(Constraint::BookingNoOverlap))
}

#[tokio::test]
async fn a_booking_reads_back_as_it_was_written() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let mut booking = world.booking(30, 60);
        booking.title = "Zürich · «Planung» 🚪 <b>".to_owned();
        booking.conference = Some(Conference::Zoom);
        booking.invitees = vec!["a@example.org".to_owned(), "b@example.org".to_owned()];
        booking.organizer.clone_from(&world.booking(0, 1).booker);
        booking.booker.id = world.ben.id;
        world.insert(&booking).await.unwrap();
        booking.booker.name = "Ben".to_owned();
        booking.booker.email = "ben@example.com".to_owned();
        let mut tx = world.store.read().await.unwrap();
        let found = bookings::get(&mut tx, world.company, booking.id)
            .await
            .unwrap();
        assert_eq!(found, Some(booking));
    })
    .await;
}

#[tokio::test]
async fn conflicts_are_what_shares_an_instant_and_takes_the_room() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let whole_day = world.booking(-1440, 0);
        world.insert(&whole_day).await.unwrap();
        let early = world.booked(0, 30).await;
        let mut pending = world.booking(60, 90);
        pending.state = BookingState::Pending;
        world.insert(&pending).await.unwrap();
        let mut declined = world.booking(30, 60);
        declined.state = BookingState::Declined;
        world.insert(&declined).await.unwrap();
        let mut elsewhere = world.booking(30, 60);
        elsewhere.room = world.other_room;
        world.insert(&elsewhere).await.unwrap();

        let conflicts = async |from, to, except| {
            let mut tx = world.store.read().await.unwrap();
            let slot = world.slot(from, to);
            bookings::conflicts(&mut tx, world.company, world.room, slot, except)
                .await
                .unwrap()
        };
        assert_eq!(conflicts(30, 60, None).await, [], "touching is no clash");
        assert_eq!(conflicts(29, 61, None).await, [early.slot, pending.slot]);
        assert_eq!(conflicts(29, 61, Some(early.id)).await, [pending.slot]);
        assert_eq!(conflicts(-1, 1, None).await, [whole_day.slot, early.slot]);
        assert_eq!(conflicts(10, 11, None).await, [early.slot], "inside it");
    })
    .await;
}

#[tokio::test]
async fn the_database_refuses_an_overlap_on_insert() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        world.booked(0, 60).await;
        for (from, to) in [(0, 60), (-10, 1), (59, 70), (20, 30), (-10, 70)] {
            let refused = world.insert(&world.booking(from, to)).await;
            assert!(overlap(&refused), "{from} to {to}: {refused:?}");
        }
        let mut pending = world.booking(30, 90);
        pending.state = BookingState::Pending;
        assert!(overlap(&world.insert(&pending).await), "a pending one too");
    })
    .await;
}

#[tokio::test]
async fn a_pending_booking_keeps_others_out() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let mut pending = world.booking(0, 60);
        pending.state = BookingState::Pending;
        world.insert(&pending).await.unwrap();
        assert!(overlap(&world.insert(&world.booking(30, 90)).await));
    })
    .await;
}

#[tokio::test]
async fn touching_bookings_and_other_rooms_are_allowed() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        world.booked(0, 60).await;
        world.booked(60, 120).await;
        world.booked(-60, 0).await;
        let mut elsewhere = world.booking(0, 60);
        elsewhere.room = world.other_room;
        world.insert(&elsewhere).await.unwrap();
        assert_eq!(database.integers("SELECT COUNT(*) FROM booking").await, [4]);
    })
    .await;
}

#[tokio::test]
async fn the_database_refuses_an_overlap_on_change() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        world.booked(0, 60).await;
        let mut moved = world.booked(60, 120).await;
        let mut elsewhere = world.booking(0, 60);
        elsewhere.room = world.other_room;
        world.insert(&elsewhere).await.unwrap();
        let now = world.now;

        moved.slot = world.slot(30, 90);
        let refused = write!(world.store, |tx, moved| {
            bookings::change(tx, moved, now).await.map(|_| ())
        });
        assert!(overlap(&refused), "another time: {refused:?}");
        elsewhere.room = world.room;
        let refused = write!(world.store, |tx, elsewhere| {
            bookings::change(tx, elsewhere, now).await.map(|_| ())
        });
        assert!(overlap(&refused), "another room: {refused:?}");
        moved.slot = world.slot(90, 150);
        let changed = write!(world.store, |tx, moved| {
            bookings::change(tx, moved, now).await
        });
        assert!(changed.unwrap(), "it is not in its own way");
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_booking_frees_its_slot_and_cannot_come_back_over_another() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let cancelled = world.booked(0, 60).await;
        let (company, id, now) = (world.company, cancelled.id, world.at(5));
        let cancel = async || {
            write!(world.store, |tx| {
                bookings::cancel(tx, company, id, Some("ill"), now).await
            })
            .unwrap()
        };
        assert!(cancel().await);
        assert!(!cancel().await, "once");
        world.booked(0, 60).await;

        let mut tx = world.store.read().await.unwrap();
        let found = bookings::get(&mut tx, company, id).await.unwrap().unwrap();
        assert_eq!(found.state, BookingState::Cancelled);
        assert_eq!(found.cancel_reason.as_deref(), Some("ill"));
        assert_eq!((found.cancelled_at, found.updated_at), (Some(now), now));
        assert_eq!(found.revision, 2);
        drop(tx);

        let mut moved = found;
        moved.state = BookingState::Confirmed;
        moved.id = BookingId::from_uuid(world.id());
        assert!(overlap(&world.insert(&moved).await));
    })
    .await;
}

#[tokio::test]
async fn a_change_rests_on_the_revision_that_was_read() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let mut booking = world.booked(0, 60).await;
        booking.title = "Retrospective".to_owned();
        booking.slot = world.slot(120, 180);
        booking.room = world.other_room;
        booking.conference = Some(Conference::Zoom);
        let now = world.at(1);
        let change = async || {
            write!(world.store, |tx, booking| bookings::change(
                tx, booking, now
            )
            .await)
        };
        assert!(change().await.unwrap());
        assert!(!change().await.unwrap(), "the second is stale");
        let mut tx = world.store.read().await.unwrap();
        let found = bookings::get(&mut tx, world.company, booking.id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((found.revision, found.updated_at), (2, now));
        assert_eq!((found.title, found.slot), (booking.title, booking.slot));
        assert_eq!(found.room_name, "Birch");
        assert_eq!(found.conference, Some(Conference::Zoom));
    })
    .await;
}

#[tokio::test]
async fn a_slot_is_neither_reversed_nor_longer_than_a_day() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let mut booking = world.booking(0, 1441);
        assert!(
            world
                .insert(&booking)
                .await
                .unwrap_err()
                .violates(Constraint::Other)
        );
        std::mem::swap(&mut booking.slot.starts_at, &mut booking.slot.ends_at);
        assert!(
            world
                .insert(&booking)
                .await
                .unwrap_err()
                .violates(Constraint::Other)
        );
        world.booked(0, 1440).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_want_one_slot_exactly_one_gets_it() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (company, room) = (world.company, world.room);
        let races = (0..32).map(|n| {
            let booking = world.booking(n % 3, 60);
            world.store.write(booking, move |tx, booking| {
                Box::pin(async move {
                    rooms::lock(tx, company, room).await?.unwrap();
                    let taken = bookings::conflicts(tx, company, room, booking.slot, None).await?;
                    if taken.is_empty() {
                        bookings::insert(tx, booking).await?;
                    }
                    Ok::<_, Error>(taken.is_empty())
                })
            })
        });
        let won = join_all(races)
            .await
            .into_iter()
            .filter(|r| *r.as_ref().unwrap())
            .count();
        assert_eq!(won, 1);
        assert_eq!(database.integers("SELECT COUNT(*) FROM booking").await, [1]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_lock_the_constraint_still_lets_only_one_in() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let wanted: Vec<_> = (0..16).map(|n| world.booking(n, 60)).collect();
        let races = join_all(wanted.iter().map(|booking| world.insert(booking))).await;
        assert_eq!(races.iter().filter(|r| r.is_ok()).count(), 1);
        for lost in races.iter().filter(|r| r.is_err()) {
            let contended = lost.as_ref().is_err_and(Error::is_contended);
            assert!(overlap(lost) || contended, "{lost:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_list_is_half_open_and_in_order_of_start() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let late = world.booked(60, 120).await;
        let early = world.booked(0, 60).await;
        let before = world.booked(-60, 0).await;
        let after = world.booked(120, 180).await;
        let mut elsewhere = world.booking(0, 60);
        elsewhere.room = world.other_room;
        world.insert(&elsewhere).await.unwrap();
        let list = async |room, from, to| {
            let filter = Filter {
                room,
                from: world.at(from),
                to: world.at(to),
                after: None,
                limit: 100,
            };
            let mut tx = world.store.read().await.unwrap();
            let found = bookings::list(&mut tx, world.company, &filter)
                .await
                .unwrap();
            found.into_iter().map(|b| b.id).collect::<Vec<_>>()
        };
        let room = Some(world.room);
        assert_eq!(list(room, 0, 120).await, [early.id, late.id]);
        assert_eq!(
            list(room, -1, 121).await,
            [before.id, early.id, late.id, after.id]
        );
        assert_eq!(list(room, 59, 60).await, [early.id]);
        let mut twins = [early.id, elsewhere.id];
        twins.sort();
        assert_eq!(list(None, 0, 60).await, twins, "by id at one start");
        assert_eq!(list(None, 500, 600).await, []);
    })
    .await;
}

#[tokio::test]
async fn pages_of_a_list_join_without_gap_or_repetition() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let mut all = Vec::new();
        for n in 0..5 {
            all.push(world.booked(n * 60, n * 60 + 60).await.id);
            let mut twin = world.booking(n * 60, n * 60 + 30);
            twin.room = world.other_room;
            world.insert(&twin).await.unwrap();
            all.push(twin.id);
        }
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let filter = Filter {
                room: None,
                from: world.at(0),
                to: world.at(600),
                after,
                limit: 3,
            };
            let mut tx = world.store.read().await.unwrap();
            let page = bookings::list(&mut tx, world.company, &filter)
                .await
                .unwrap();
            assert!(page.len() <= 3);
            let Some(last) = page.last() else { break };
            after = Some((last.slot.starts_at, last.id));
            seen.extend(page.iter().map(|b| (b.slot.starts_at, b.id)));
        }
        assert!(seen.is_sorted(), "by start and id");
        let mut seen: Vec<_> = seen.into_iter().map(|(_, id)| id).collect();
        seen.sort();
        all.sort();
        assert_eq!(seen, all);
    })
    .await;
}

#[tokio::test]
async fn a_person_finds_what_they_organize_and_what_they_booked() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let ben = world.ben.id;
        let mut organized = world.booking(0, 30);
        organized.organizer.id = ben;
        let mut made = world.booking(30, 60);
        made.booker.id = ben;
        world.insert(&organized).await.unwrap();
        world.insert(&made).await.unwrap();
        world.booked(60, 90).await;
        let find = async |from, to, limit| {
            let mut tx = world.store.read().await.unwrap();
            let (company, from, to) = (world.company, world.at(from), world.at(to));
            let found = bookings::of_person(&mut tx, company, ben, from, to, limit)
                .await
                .unwrap();
            found.into_iter().map(|b| b.id).collect::<Vec<_>>()
        };
        assert_eq!(find(0, 1000, 9).await, [organized.id, made.id]);
        assert_eq!(
            find(30, 1000, 9).await,
            [made.id],
            "one that ends at the start is out"
        );
        assert_eq!(find(0, 30, 9).await, [organized.id]);
        assert_eq!(find(0, 1000, 1).await, [organized.id]);
    })
    .await;
}

#[tokio::test]
async fn busy_is_what_takes_rooms() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let kept = world.booked(30, 60).await;
        let gone = world.booked(60, 90).await;
        let (company, id, now) = (world.company, gone.id, world.now);
        write!(world.store, |tx| bookings::cancel(
            tx, company, id, None, now
        )
        .await)
        .unwrap();
        let busy = async |from, to| {
            let mut tx = world.store.read().await.unwrap();
            bookings::busy(&mut tx, company, world.at(from), world.at(to))
                .await
                .unwrap()
        };
        assert_eq!(busy(0, 120).await, [(world.room, kept.slot)]);
        assert_eq!(busy(60, 120).await, []);
        assert_eq!(busy(0, 30).await, []);
    })
    .await;
}

#[tokio::test]
async fn a_day_shows_what_takes_the_rooms_of_its_site() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let kept = world.booked(30, 60).await;
        let gone = world.booked(60, 90).await;
        let (company, id, now) = (world.company, gone.id, world.now);
        write!(world.store, |tx| bookings::cancel(
            tx, company, id, None, now
        )
        .await)
        .unwrap();
        let of_day = async |site, from, to| {
            let mut tx = world.store.read().await.unwrap();
            let day = Slot::new(world.at(from), world.at(to)).unwrap();
            let found = bookings::of_day(&mut tx, company, site, day).await.unwrap();
            found
                .into_iter()
                .map(|b| (b.id, b.slot))
                .collect::<Vec<_>>()
        };
        assert_eq!(of_day(world.site, 0, 120).await, [(kept.id, kept.slot)]);
        assert_eq!(of_day(world.site, 45, 46).await, [(kept.id, kept.slot)]);
        assert_eq!(of_day(world.site, 0, 30).await, []);
        assert_eq!(of_day(world.site, 60, 120).await, []);
        let elsewhere = SiteId::from_uuid(Uuid::from_u128(77));
        assert_eq!(of_day(elsewhere, 0, 120).await, []);
    })
    .await;
}

#[tokio::test]
async fn the_rooms_of_a_persons_last_bookings_come_once_for_each() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        for (from, to) in [(0, 30), (30, 60), (60, 90)] {
            world.booked(from, to).await;
        }
        let lately = async |person, from, to, limit| {
            let mut tx = world.store.read().await.unwrap();
            let span = (world.at(from), world.at(to));
            bookings::rooms_lately(&mut tx, world.company, person, span, limit)
                .await
                .unwrap()
        };
        let ada = world.ada.id;
        assert_eq!(lately(ada, -1, 120, 9).await, [world.room; 3]);
        assert_eq!(lately(ada, -1, 60, 9).await, [world.room; 2]);
        assert_eq!(lately(ada, -1, 120, 1).await, [world.room]);
        assert_eq!(lately(world.ben.id, -1, 120, 9).await, []);
    })
    .await;
}
