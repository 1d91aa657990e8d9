//! Transactions: all or nothing, side by side, and to the end whoever goes away.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::FutureExt;
use futures_util::future::join_all;
use rooms_core::BookingId;
use rooms_store::{Change, Error, bookings, events, jobs, rooms};
use rooms_testkit::database::{on_each_database, sealer_seeded};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::world::{World, room_draft};

const BOOKINGS: &str = "SELECT COUNT(*) FROM booking";

#[derive(Debug)]
enum Refusal {
    Odd,
    Store(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

#[tokio::test]
async fn concurrent_writes_all_land_and_a_refusal_undoes_only_itself() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let writes = (0..200_i64).map(|n| {
            let booking = world.booking(n * 10, n * 10 + 10);
            world.store.write(booking, move |tx, booking| {
                Box::pin(async move {
                    bookings::insert(tx, booking).await?;
                    if n % 2 == 1 {
                        return Err(Refusal::Odd);
                    }
                    Ok(booking.id)
                })
            })
        });
        let answers = join_all(writes).await;
        for (n, answer) in answers.iter().enumerate() {
            match answer {
                Ok(_) => assert_eq!(n % 2, 0, "{n}"),
                Err(Refusal::Odd) => assert_eq!(n % 2, 1, "{n}"),
                Err(Refusal::Store(error)) => panic!("{n}: {error}"),
            }
        }
        assert_eq!(database.integers(BOOKINGS).await, [100]);
        let mut tx = world.store.read().await.unwrap();
        for kept in answers.into_iter().flatten() {
            assert!(
                bookings::get(&mut tx, world.company, kept)
                    .await
                    .unwrap()
                    .is_some()
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_refusal_undoes_all_its_statements() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        world.booked(0, 30).await;
        let (first, second) = (world.booking(60, 90), world.booking(15, 45));
        let refused = write!(world.store, |tx, first, second| {
            bookings::insert(tx, first).await?;
            bookings::insert(tx, second).await
        });
        assert!(refused.is_err());
        assert_eq!(database.integers(BOOKINGS).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_undo_the_write() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let mut changes = world.store.changes();
        let (begun, gate) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let booking = world.booking(0, 30);
        let id = booking.id;
        let mut call = Box::pin(world.store.write(
            (booking, Arc::clone(&begun), Arc::clone(&gate)),
            |tx, (booking, begun, gate)| {
                Box::pin(async move {
                    begun.add_permits(1);
                    gate.acquire().await.unwrap().forget();
                    bookings::insert(tx, booking).await?;
                    tx.tell(Change::Booking(booking.id));
                    Ok::<_, Error>(())
                })
            },
        ));
        assert!(
            (&mut call).now_or_never().is_none(),
            "the write waits at the gate"
        );
        begun.acquire().await.unwrap().forget();
        drop(call);
        gate.add_permits(1);
        assert_eq!(changes.recv().await.unwrap(), Change::Booking(id));
        assert_eq!(database.integers(BOOKINGS).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn a_write_that_panics_fails_alone() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (lost, kept) = (world.booking(0, 30), world.booking(0, 30));
        let store = &world.store;
        let panicked = async {
            write!(store, |tx, lost| {
                bookings::insert(tx, lost).await?;
                assert!(lost.revision != 1, "a mistake in a use case");
                Ok(())
            })
        }
        .await;
        assert!(matches!(panicked, Err(Error::Commit(_))), "{panicked:?}");
        world.insert(&kept).await.unwrap();
        assert_eq!(database.integers(BOOKINGS).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn transactions_that_lock_rooms_the_wrong_way_round_are_tried_again() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let runs = Arc::new(AtomicU32::new(0));
        let (company, a, b) = (world.company, world.room, world.other_room);
        let lock_both = |first, second| {
            let runs = Arc::clone(&runs);
            world.store.write(runs, move |tx, runs| {
                Box::pin(async move {
                    runs.fetch_add(1, Ordering::Relaxed);
                    rooms::lock(tx, company, first).await?;
                    rooms::lock(tx, company, second).await?;
                    Ok::<_, Error>(())
                })
            })
        };
        let both_ways = (0..2).flat_map(|_| [lock_both(a, b), lock_both(b, a)]);
        for locked in join_all(both_ways).await {
            locked.unwrap();
        }
        assert!(runs.load(Ordering::Relaxed) >= 4);
        let versions = database
            .integers("SELECT DISTINCT schedule_version FROM room")
            .await;
        assert_eq!(versions, [4], "each lock counted once");
    })
    .await;
}

#[tokio::test]
async fn a_reader_sees_what_was_answered() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        for n in 0..20 {
            let id = world.booked(n * 30, n * 30 + 30).await.id;
            let mut tx = world.store.read().await.unwrap();
            assert!(
                bookings::get(&mut tx, world.company, id)
                    .await
                    .unwrap()
                    .is_some()
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_reader_cannot_write_on_sqlite() {
    let database = rooms_testkit::database::TestDatabase::sqlite();
    let world = World::new(&database).await;
    let mut tx = world.store.read().await.unwrap();
    let id = rooms_core::RoomId::from_uuid(world.id());
    let draft = room_draft("Cedar");
    let refused = rooms::insert(&mut tx, world.company, world.site, id, &draft, world.now).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn a_change_is_heard_once_it_is_committed() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let mut changes = world.store.changes();
        let (id, now) = (BookingId::from_uuid(world.id()), world.now);
        let refused = write!(world.store, |tx| {
            tx.tell(Change::Jobs);
            Err::<(), _>(Error::Corrupt("refused"))
        });
        assert!(refused.is_err());
        write!(world.store, |tx| {
            tx.tell(Change::Booking(id));
            tx.tell(Change::Booking(id));
            jobs::enqueue(tx, "meeting", id.uuid(), None, "{}", (now, now)).await
        })
        .unwrap();
        assert_eq!(changes.recv().await.unwrap(), Change::Booking(id));
        assert_eq!(changes.recv().await.unwrap(), Change::Jobs);
        assert!(changes.is_empty());
    })
    .await;
}

#[tokio::test]
async fn on_a_server_a_change_is_heard_by_other_processes() {
    on_each_database(async |database| {
        if !database.is_postgres() {
            return;
        }
        let world = World::new(database).await;
        let other = database.open(sealer_seeded(2)).await.unwrap();
        let mut heard = other.changes();
        let told = [
            Change::Booking(BookingId::from_uuid(world.id())),
            Change::Connection(world.ada.id),
            Change::Jobs,
        ];
        for change in told {
            write!(world.store, |tx| {
                tx.tell(change);
                Ok(())
            })
            .unwrap();
            assert_eq!(heard.recv().await.unwrap(), change);
        }
    })
    .await;
}

#[tokio::test]
async fn hearing_goes_on_after_the_server_ended_the_connection() {
    on_each_database(async |database| {
        if !database.is_postgres() {
            return;
        }
        let world = World::new(database).await;
        let mut heard = world.store.changes();
        let ended = database
            .integers(
                "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
                 WHERE datname = current_database() AND query LIKE 'LISTEN%'",
            )
            .await;
        assert_eq!(ended, [1]);
        // What is said while nobody listens is found by polling; soon somebody listens again.
        let listening = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
             AND query LIKE 'LISTEN%' AND pid <> pg_backend_pid()";
        while database.integers(listening).await != [1] {
            tokio::task::yield_now().await;
        }
        write!(world.store, |tx| {
            tx.tell(Change::Jobs);
            Ok(())
        })
        .unwrap();
        assert_eq!(heard.recv().await.unwrap(), Change::Jobs);
    })
    .await;
}

#[tokio::test]
async fn an_event_and_its_cause_are_written_together() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        world.booked(0, 30).await;
        let clash = world.booking(0, 30);
        let (company, now) = (world.company, world.now);
        let subject: Uuid = clash.id.uuid();
        let refused = write!(world.store, |tx, clash| {
            let by = events::By::Person(clash.booker.id);
            events::insert(tx, (company, subject), "booking.made", by, "", now).await?;
            bookings::insert(tx, clash).await
        });
        assert!(refused.is_err());
        let mut tx = world.store.read().await.unwrap();
        let history = events::of_subject(&mut tx, company, subject, 10)
            .await
            .unwrap();
        assert!(history.is_empty(), "{history:?}");
    })
    .await;
}
