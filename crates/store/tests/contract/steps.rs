//! Who stands at the ends of transactions is reached in order, and decides what becomes of them.

use std::sync::{Arc, Mutex};

use rooms_core::BookingId;
use rooms_store::{Change, Error, Fate, Standing, Steps, bookings};
use rooms_testkit::database::on_each_database;

use crate::world::World;

#[derive(Debug)]
struct Witness {
    fate: Fate,
    saw: Mutex<Vec<&'static str>>,
}

impl Witness {
    fn deciding(fate: Fate) -> Arc<Self> {
        let saw = Mutex::default();
        Arc::new(Self { fate, saw })
    }

    fn saw(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.saw.lock().unwrap())
    }
}

impl Steps for Witness {
    fn before(&self) -> Standing<'_> {
        Box::pin(async { self.saw.lock().unwrap().push("before") })
    }

    fn fate(&self) -> Fate {
        self.saw.lock().unwrap().push("commit");
        self.fate
    }

    fn after(&self) -> Standing<'_> {
        Box::pin(async { self.saw.lock().unwrap().push("after") })
    }
}

async fn book(world: &World, witness: &Arc<Witness>) -> (BookingId, Result<(), Error>) {
    let booking = world.booking(0, 30);
    let store = world.store.clone().with_steps(Arc::clone(witness) as _);
    let answer = write!(store, |tx, booking| {
        bookings::insert(tx, booking).await?;
        tx.tell(Change::Booking(booking.id));
        Ok(())
    });
    (booking.id, answer)
}

async fn is_there(world: &World, id: BookingId) -> bool {
    let mut tx = world.store.read().await.unwrap();
    let found = bookings::get(&mut tx, world.company, id).await.unwrap();
    found.is_some()
}

#[tokio::test]
async fn a_kept_transaction_is_answered() {
    on_each_database(async |database| {
        let (world, witness) = (World::new(database).await, Witness::deciding(Fate::Kept));
        let (id, answer) = book(&world, &witness).await;
        answer.unwrap();
        assert!(is_there(&world, id).await);
        assert_eq!(witness.saw(), ["before", "commit", "after"]);
    })
    .await;
}

#[tokio::test]
async fn of_a_commit_that_fails_nothing_stays_and_nobody_hears() {
    on_each_database(async |database| {
        let (world, witness) = (World::new(database).await, Witness::deciding(Fate::Lost));
        let mut changes = world.store.changes();
        let (id, answer) = book(&world, &witness).await;
        assert!(matches!(answer, Err(Error::Commit(_))));
        assert!(!is_there(&world, id).await);
        assert!(changes.try_recv().is_err());
        assert_eq!(witness.saw(), ["before", "commit", "after"]);
    })
    .await;
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_stays() {
    on_each_database(async |database| {
        let (world, witness) = (World::new(database).await, Witness::deciding(Fate::Unheard));
        let mut changes = world.store.changes();
        let (id, answer) = book(&world, &witness).await;
        assert!(matches!(answer, Err(Error::Commit(_))));
        assert!(is_there(&world, id).await);
        assert_eq!(changes.recv().await.unwrap(), Change::Booking(id));
    })
    .await;
}

#[tokio::test]
async fn a_refused_transaction_has_no_commit() {
    on_each_database(async |database| {
        let (world, witness) = (World::new(database).await, Witness::deciding(Fate::Unheard));
        world.booked(0, 30).await;
        let (_, answer) = book(&world, &witness).await;
        assert!(matches!(answer, Err(Error::Constraint(..))));
        assert_eq!(witness.saw(), ["before", "after"]);
    })
    .await;
}
