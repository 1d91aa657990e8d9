//! Idempotency keys and the inbox: one effect however often something is sent.

use futures_util::future::join_all;
use rooms_core::ZoomAppId;
use rooms_store::idempotency::{self, Claim};
use rooms_store::{Error, bookings, inbox};
use rooms_testkit::database::on_each_database;
use uuid::Uuid;

use crate::world::World;

async fn claim(world: &World, key: &'static str, hash: &'static [u8], subject: Uuid) -> Claim {
    let (who, now) = ((world.company, world.ada.id), world.now);
    write!(world.store, |tx| idempotency::claim(
        tx, who, key, hash, subject, now
    )
    .await)
    .unwrap()
}

#[tokio::test]
async fn a_key_is_new_once_then_a_replay_of_its_request_only() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (first, second) = (world.id(), world.id());
        assert_eq!(claim(&world, "key", b"request", first).await, Claim::New);
        assert_eq!(
            claim(&world, "key", b"request", second).await,
            Claim::Replay(first)
        );
        assert_eq!(
            claim(&world, "key", b"another", second).await,
            Claim::Mismatch
        );
        assert_eq!(claim(&world, "other", b"request", second).await, Claim::New);
        let (who, now) = ((world.company, world.ben.id), world.now);
        let bens = write!(world.store, |tx| {
            idempotency::claim(tx, who, "key", b"bens", second, now).await
        });
        assert_eq!(bens.unwrap(), Claim::New, "keys are a person's own");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_with_one_key_one_is_new_and_the_others_replay_it() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let subjects: Vec<_> = (0..16).map(|_| world.id()).collect();
        let claims = subjects
            .iter()
            .map(|subject| claim(&world, "key", b"request", *subject));
        let claims = join_all(claims).await;
        let winner = claims.iter().position(|c| *c == Claim::New).unwrap();
        for (n, claim) in claims.iter().enumerate().filter(|(n, _)| *n != winner) {
            assert_eq!(*claim, Claim::Replay(subjects[winner]), "{n}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_free() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        world.booked(0, 30).await;
        let clash = world.booking(0, 30);
        let (who, now) = ((world.company, world.ada.id), world.now);
        let refused: Result<(), Error> = write!(world.store, |tx, clash| {
            idempotency::claim(tx, who, "key", b"request", clash.id.uuid(), now).await?;
            bookings::insert(tx, clash).await
        });
        assert!(refused.is_err());
        assert_eq!(
            claim(&world, "key", b"request", world.id()).await,
            Claim::New
        );
    })
    .await;
}

#[tokio::test]
async fn old_keys_are_forgotten() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        claim(&world, "key", b"request", world.id()).await;
        for (before, gone) in [(world.now, 0), (world.at(1), 1)] {
            let forgotten = write!(world.store, |tx| idempotency::purge(tx, before).await);
            assert_eq!(forgotten.unwrap(), gone);
        }
        assert_eq!(
            claim(&world, "key", b"another", world.id()).await,
            Claim::New
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_taken_in_once() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let now = world.now;
        let take_in = async |source: &'static str, key: &'static [u8]| {
            let id = world.id();
            let new = write!(world.store, |tx| {
                inbox::insert(tx, (id, None), (source, key), "app_deauthorized", "{}", now).await
            });
            (id, new.unwrap())
        };
        let taken = join_all((0..8).map(|_| take_in("zoom", b"one"))).await;
        let new: Vec<_> = taken.iter().filter(|(_, new)| *new).collect();
        assert_eq!(new.len(), 1);
        assert!(take_in("zoom", b"two").await.1);
        assert!(take_in("other", b"one").await.1, "another sender");

        let id = new[0].0;
        let waiting = async || {
            inbox::waiting(&mut world.store.read().await.unwrap(), id)
                .await
                .unwrap()
        };
        assert_eq!(waiting().await, Some((b"{}".to_vec(), None)));
        write!(world.store, |tx| inbox::processed(tx, id, "ended 1", now)
            .await)
        .unwrap();
        assert_eq!(waiting().await, None);
        assert!(
            !take_in("zoom", b"one").await.1,
            "remembered when processed"
        );
    })
    .await;
}

#[tokio::test]
async fn only_processed_webhooks_are_forgotten() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (done, open, now, later) = (world.id(), world.id(), world.now, world.at(1));
        let app = Some(ZoomAppId::from_uuid(world.id()));
        write!(world.store, |tx| {
            inbox::insert(tx, (done, None), ("zoom", b"done"), "a", "", now).await?;
            inbox::insert(tx, (open, app), ("zoom", b"open"), "a", "", now).await?;
            inbox::processed(tx, done, "", now).await
        })
        .unwrap();
        for (before, gone) in [(now, 0), (later, 1), (later, 0)] {
            let forgotten = write!(world.store, |tx| inbox::purge(tx, before).await);
            assert_eq!(forgotten.unwrap(), gone);
        }
        let mut tx = world.store.read().await.unwrap();
        let (_, of) = inbox::waiting(&mut tx, open).await.unwrap().unwrap();
        assert_eq!(of, app, "it knows the app it was verified for");
    })
    .await;
}

/// Zoom writes join links and passcodes into what it says of a meeting.
#[tokio::test]
async fn what_a_waiting_webhook_says_is_sealed_and_forgotten_with_its_end() {
    const SAID: &str = "{\"join_url\":\"https://zoom.us/j/1?pwd=open-sesame\"}";
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (id, now) = (world.id(), world.now);
        let taken = async |key: &'static [u8], id| {
            write!(world.store, |tx| {
                let id = (id, None);
                inbox::insert(tx, id, ("zoom", key), "meeting.created", SAID, now).await
            })
            .unwrap()
        };
        assert!(taken(b"one", id).await);
        let holds = async |text: &str| {
            let dump = database.dump().await;
            let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            let dump = String::from_utf8_lossy(&dump).into_owned();
            dump.contains(text) || dump.contains(&hex)
        };
        assert!(holds("meeting.created").await, "it is looked for rightly");
        assert!(!holds("open-sesame").await);
        let waiting = async |id| {
            let mut tx = world.store.read().await.unwrap();
            let waiting = inbox::waiting(&mut tx, id).await;
            waiting.map(|waiting| waiting.map(|(body, _)| body))
        };
        let said = waiting(id).await.unwrap();
        assert_eq!(said.as_deref(), Some(SAID.as_bytes()));

        // One from before they were sealed, and one that somebody moved to another row.
        let old = world.id();
        assert!(taken(b"old", old).await);
        let (clear, moved) = if database.is_postgres() {
            (
                "'\\x7b7d'",
                "(SELECT body FROM inbox WHERE dedupe_key = '\\x6f6e65')",
            )
        } else {
            (
                "x'7b7d'",
                "(SELECT body FROM inbox WHERE dedupe_key = x'6f6e65')",
            )
        };
        let key = if database.is_postgres() {
            "'\\x6f6c64'"
        } else {
            "x'6f6c64'"
        };
        let set = |body: &str| format!("UPDATE inbox SET body = {body} WHERE dedupe_key = {key}");
        assert_eq!(database.execute(&set(clear)).await, 1);
        assert_eq!(
            waiting(old).await.unwrap().as_deref(),
            Some(b"{}".as_slice())
        );
        assert_eq!(database.execute(&set(moved)).await, 1);
        assert!(matches!(waiting(old).await, Err(Error::Corrupt(_))));
    })
    .await;
}
