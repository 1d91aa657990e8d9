//! A change of the master key: two keys open, one seals, and everything is wrapped anew.

use std::collections::BTreeSet;
use std::sync::Arc;

use rooms_core::connection::{EndedBy, Links};
use rooms_core::{CompanyId, ConnectionId, Entropy};
use rooms_store::keys::{self, Progress};
use rooms_store::{
    MasterKey, MasterKeys, OpenError, Sealer, Store, connections, leaving, second_factor,
};
use rooms_testkit::database::{TestDatabase, on_each_database};
use tokio::sync::Notify;

use crate::world::World;

/// The key of the test kit, and the one that takes over.
const OLD: u8 = 7;
const NEW: u8 = 8;

fn key(byte: u8) -> MasterKey {
    MasterKey::from_bytes([byte; 32])
}

fn sealer(sealing: u8, other: Option<u8>) -> Sealer {
    let keys = MasterKeys {
        sealing: key(sealing),
        other: other.map(key),
    };
    Sealer::new(keys, Arc::new(Entropy::System))
}

async fn open(database: &TestDatabase, sealing: u8, other: Option<u8>) -> Store {
    database.open(sealer(sealing, other)).await.unwrap()
}

async fn access_token(store: &Store, company: CompanyId, id: ConnectionId) -> String {
    let mut tx = store.read().await.unwrap();
    let tokens = connections::tokens(&mut tx, company, id).await.unwrap();
    tokens.unwrap().pair.access_token
}

/// How much each of the two keys wraps.
async fn wrapped(store: &Store) -> (u64, u64) {
    let held = keys::status(store).await.unwrap();
    (held.by(key(OLD).id()), held.by(key(NEW).id()))
}

/// Ada's connection, which is ending, Ben's, and so many more of Ben's.
async fn connected(world: &World, more: usize) -> (ConnectionId, ConnectionId) {
    let leaves = world.connected(&world.ada).await;
    let stays = world.connected(&world.ben).await;
    let now = world.now;
    write!(world.store, |tx, leaves| {
        assert!(leaving::begin(tx, leaves, Links::Remove, now).await?);
        assert!(connections::end(tx, leaves, EndedBy::User, now).await?);
        Ok(())
    })
    .unwrap();
    for number in 0..more {
        let mut one = world.connection(&world.ben);
        one.zoom_user_id = format!("zoom-{number}");
        let pair = world.pair("more");
        write!(world.store, |tx, one, pair| {
            connections::insert(tx, one, pair).await
        })
        .unwrap();
    }
    (leaves.id, stays.id)
}

#[tokio::test]
async fn a_master_key_takes_over_from_another_while_both_are_in_use() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (leaves, stays) = connected(&world, 0).await;
        let company = world.company;
        let mark = world.store.sealer().mark(b"meeting");
        let hash = world.store.sealer().kept_hash("x", &[b"y"]).unwrap();
        // Three of the installation, two companies, a connection and one that is ending.
        assert_eq!(wrapped(&world.store).await, (7, 0));
        world.store.clone().close().await;

        let before = open(database, OLD, Some(NEW)).await;
        let after = open(database, NEW, Some(OLD)).await;
        for (store, name) in [(&before, "Before"), (&after, "After")] {
            let person = rooms_core::actor::Person {
                email: format!("{name}@example.com"),
                ..world.ben.clone()
            };
            let mut one = world.connection(&person);
            one.zoom_user_id = name.to_owned();
            let pair = world.pair(name);
            let id = one.id;
            write!(store, |tx, one, pair| connections::insert(tx, one, pair)
                .await)
            .unwrap();
            for reader in [&before, &after] {
                let token = access_token(reader, company, id).await;
                assert_eq!(token, format!("access-{name}"));
            }
        }
        assert_eq!(wrapped(&after).await, (8, 1));
        let mut told = Vec::new();
        let done = keys::rewrap(&after, |progress| told.push(progress))
            .await
            .unwrap();
        assert_eq!(done, 8);
        assert_eq!(told.last(), Some(&Progress { done: 8, all: 8 }));
        assert_eq!(wrapped(&after).await, (0, 9));
        assert_eq!(keys::rewrap(&after, |_| ()).await.unwrap(), 0, "once");
        // Whoever has not heard of it yet goes on.
        assert_eq!(access_token(&before, company, stays).await, "access-first");
        before.close().await;
        after.close().await;

        let refused = database.open(sealer(OLD, None)).await.unwrap_err();
        assert!(matches!(refused, OpenError::WrongKey), "{refused}");
        let only = open(database, NEW, None).await;
        for id in [leaves, stays] {
            assert_eq!(access_token(&only, company, id).await, "access-first");
        }
        assert_eq!(only.sealer().mark(b"meeting"), mark);
        assert_eq!(only.sealer().kept_hash("x", &[b"y"]).unwrap(), hash);
    })
    .await;
}

#[tokio::test]
async fn the_secret_of_an_app_for_codes_is_read_with_the_new_key() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (whose, now) = ((world.company, world.ada.id), world.now);
        let begun = write!(world.store, |tx| {
            second_factor::begin(tx, whose, "SECRET", now).await
        });
        assert!(begun.unwrap());
        world.store.close().await;
        let both = open(database, NEW, Some(OLD)).await;
        // Three of the installation, two companies, and the app.
        assert_eq!(keys::rewrap(&both, |_| ()).await.unwrap(), 6);
        both.close().await;
        let only = open(database, NEW, None).await;
        let mut tx = only.read().await.unwrap();
        let app = second_factor::app(&mut tx, whose).await.unwrap();
        assert_eq!(app.unwrap().secret, "SECRET");
    })
    .await;
}

#[tokio::test]
async fn a_change_that_was_cut_off_is_noticed_and_goes_on() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (_, stays) = connected(&world, 150).await;
        let company = world.company;
        world.store.close().await;
        let both = open(database, NEW, Some(OLD)).await;
        // It ends where the first hundred connections are done, as a process dies.
        let (begun, cut) = (Notify::new(), 100);
        tokio::select! {
            biased;
            () = begun.notified() => {}
            done = keys::rewrap(&both, |so_far| {
                assert_eq!(so_far.all, 157);
                if so_far.done >= cut {
                    begun.notify_one();
                }
            }) => panic!("it was not cut off: {done:?}"),
        }
        // What was handed to the database when it was cut off still comes to its end.
        both.close().await;
        let both = open(database, NEW, Some(OLD)).await;
        let (old, new) = wrapped(&both).await;
        assert_eq!(old + new, 157);
        assert!(old > 0 && new >= cut, "{old} {new}");
        both.close().await;

        for (sealing, missing, count) in [(NEW, OLD, old), (OLD, NEW, new)] {
            let refused = database.open(sealer(sealing, None)).await.unwrap_err();
            assert!(matches!(refused, OpenError::KeysMissing(_)), "{refused}");
            let why = refused.to_string();
            assert!(why.starts_with(&format!("{count} keys (")), "{why}");
            let missing = format!("still wrapped with the master key {}", key(missing).id());
            assert!(why.contains(&missing), "{why}");
            assert!(why.contains("oneclickrooms keys rewrap"), "{why}");
        }
        let both = open(database, NEW, Some(OLD)).await;
        assert_eq!(keys::rewrap(&both, |_| ()).await.unwrap(), old);
        both.close().await;
        let only = open(database, NEW, None).await;
        assert_eq!(wrapped(&only).await, (0, 157));
        assert_eq!(access_token(&only, company, stays).await, "access-first");
    })
    .await;
}

/// Takes the key's id out of wrapped keys, and the key of marks away: what databases looked like
/// before there were ids.
async fn age(database: &TestDatabase) {
    let columns = [
        ("installation", "key_check"),
        ("installation", "hash_key"),
        ("company", "data_key"),
        ("connection", "data_key"),
        ("leaving", "data_key"),
    ];
    for (table, column) in columns {
        let aged = if database.is_postgres() {
            format!("'\\x01'::bytea || substr({column}, 6)")
        } else {
            format!("unhex('01' || substr(hex({column}), 11))")
        };
        database
            .execute(&format!(
                "UPDATE {table} SET {column} = {aged} WHERE {column} IS NOT NULL"
            ))
            .await;
    }
    forget_mark_key(database).await;
}

async fn forget_mark_key(database: &TestDatabase) {
    database
        .execute("UPDATE installation SET mark_key = NULL")
        .await;
}

#[tokio::test]
async fn databases_from_before_keys_had_ids_open_and_change_theirs() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (leaves, stays) = connected(&world, 0).await;
        let company = world.company;
        let mark = world.store.sealer().mark(b"meeting");
        world.store.close().await;

        age(database).await;
        let same = open(database, OLD, None).await;
        assert_eq!(access_token(&same, company, stays).await, "access-first");
        assert_eq!(same.sealer().mark(b"meeting"), mark);
        same.close().await;

        forget_mark_key(database).await;
        let refused = database.open(sealer(NEW, None)).await.unwrap_err();
        assert!(matches!(refused, OpenError::WrongKey), "{refused}");
        // The program and its key are changed in one step.
        let both = open(database, NEW, Some(OLD)).await;
        assert_eq!(both.sealer().mark(b"meeting"), mark, "of the earlier key");
        keys::rewrap(&both, |_| ()).await.unwrap();
        both.close().await;
        let only = open(database, NEW, None).await;
        assert_eq!(wrapped(&only).await, (0, 7));
        for id in [leaves, stays] {
            assert_eq!(access_token(&only, company, id).await, "access-first");
        }
        assert_eq!(only.sealer().mark(b"meeting"), mark);
    })
    .await;
}

#[tokio::test]
async fn every_column_of_wrapped_keys_is_looked_through() {
    let database = TestDatabase::sqlite();
    drop(database.store().await);
    let there = database
        .texts(
            "SELECT m.name || '.' || p.name FROM sqlite_schema m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' \
             AND (p.name = 'key_check' OR p.name LIKE '%\\_key' ESCAPE '\\') AND p.type = 'BLOB' AND p.name NOT IN ('dedupe_key', 'public_key')",
        )
        .await;
    let there: BTreeSet<_> = there.iter().map(String::as_str).collect();
    assert_eq!(there, keys::columns().collect());
}
