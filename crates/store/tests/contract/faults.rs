//! A database that cannot be written: everybody concerned hears of it, nothing is half there, and
//! it goes on by itself.

use std::sync::Arc;

use futures_util::future::join_all;
use rooms_store::{Change, Error, bookings};
use rooms_testkit::database::{TestDatabase, on_each_database};
use tokio::sync::Semaphore;

use crate::world::World;

/// Statements behind the program's back that make `SQLite` fail: one title ends the transaction in
/// the middle, as an I/O error or a full disk does, and another is found wrong by the commit.
const FAULTS: [&str; 3] = [
    "CREATE TRIGGER fault_now AFTER INSERT ON booking WHEN NEW.title = 'at once' \
     BEGIN SELECT RAISE(ROLLBACK, 'disk I/O error'); END",
    "CREATE TABLE fault (company_id BLOB REFERENCES company (id) DEFERRABLE INITIALLY DEFERRED)",
    "CREATE TRIGGER fault_later AFTER INSERT ON booking WHEN NEW.title = 'at the commit' \
     BEGIN INSERT INTO fault (company_id) VALUES (NEW.id); END",
];

/// Makes bookings of these titles in one group of the writer; which of them were answered well.
async fn in_one_group(world: &World, titles: &[&str]) -> Vec<bool> {
    let gate = Arc::new(Semaphore::new(0));
    let writes = titles.iter().zip(0..).map(|(title, n)| {
        let mut booking = world.booking(n * 60, n * 60 + 30);
        (*title).clone_into(&mut booking.title);
        let input = (booking, Arc::clone(&gate), n);
        world.store.write(input, |tx, (booking, gate, n)| {
            Box::pin(async move {
                if *n == 0 {
                    // Until all the others wait behind this one.
                    gate.acquire()
                        .await
                        .map_err(|_| Error::Corrupt("gate"))?
                        .forget();
                }
                bookings::insert(tx, booking).await?;
                tx.tell(Change::Booking(booking.id));
                Ok::<_, Error>(())
            })
        })
    });
    let open = async { gate.add_permits(1) };
    let (answers, ()) = tokio::join!(join_all(writes), open);
    for answer in &answers {
        assert!(
            matches!(answer, Ok(()) | Err(Error::Commit(_))),
            "{answer:?}"
        );
    }
    answers.iter().map(Result::is_ok).collect()
}

async fn kept(database: &TestDatabase) -> Vec<String> {
    let titles = "SELECT title FROM booking ORDER BY starts_at";
    database.texts(titles).await
}

async fn faulty() -> (TestDatabase, World) {
    let database = TestDatabase::sqlite();
    let world = World::new(&database).await;
    for fault in FAULTS {
        database.execute(fault).await;
    }
    (database, world)
}

#[tokio::test]
async fn a_commit_that_fails_is_a_refusal_for_the_whole_group() {
    let (database, world) = faulty().await;
    let mut changes = world.store.changes();
    let answers = in_one_group(&world, &["a", "at the commit", "b"]).await;
    assert_eq!(answers, [false, false, false]);
    assert_eq!(kept(&database).await, [""; 0]);
    assert!(
        changes.try_recv().is_err(),
        "nobody is told of what was not kept"
    );

    world.store.check().await.unwrap();
    assert_eq!(in_one_group(&world, &["a", "c", "b"]).await, [true; 3]);
    assert_eq!(kept(&database).await, ["a", "c", "b"]);
    assert!(changes.try_recv().is_ok());
}

#[tokio::test]
async fn a_transaction_that_ends_under_a_write_takes_only_what_was_not_answered() {
    let (database, world) = faulty().await;
    let answers = in_one_group(&world, &["a", "at once", "b"]).await;
    assert_eq!(
        answers,
        [false, false, true],
        "the last is of the next group"
    );
    assert_eq!(kept(&database).await, ["b"]);
    world.store.check().await.unwrap();
}

#[tokio::test]
async fn what_was_answered_before_a_fault_is_there_after_it() {
    let (database, world) = faulty().await;
    assert_eq!(in_one_group(&world, &["a"]).await, [true]);
    let more = world.booking(600, 630);
    world.insert(&more).await.unwrap();
    for title in ["at once", "at the commit"] {
        let mut wrong = world.booking(900, 930);
        wrong.title = title.to_owned();
        assert!(world.insert(&wrong).await.is_err(), "{title}");
    }
    world.store.close().await;
    let again = database.store().await;
    assert_eq!(kept(&database).await, ["a", "Planning"]);
    again.check().await.unwrap();
}

#[tokio::test]
async fn a_database_that_cannot_be_written_does_not_pass_the_check() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        world.store.check().await.unwrap();
        // Everything can be read, and nothing written where the check writes.
        let away = "ALTER TABLE installation RENAME TO gone";
        database.execute(away).await;
        assert!(world.store.check().await.is_err());
        let back = "ALTER TABLE gone RENAME TO installation";
        database.execute(back).await;
        world.store.check().await.unwrap();
    })
    .await;
}
