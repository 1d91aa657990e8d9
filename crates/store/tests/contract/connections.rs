//! Connections: sealed tokens, one refresh at a time, and an end that leaves nothing to open.

use std::slice;

use futures_util::future::join_all;
use jiff::Timestamp;
use rooms_core::SessionId;
use rooms_core::connection::{Connection, ConnectionStatus, EndedBy};
use rooms_store::connections::Tokens;
use rooms_store::oauth::{self, OauthAttempt};
use rooms_store::{Change, Constraint, Error, connections};
use rooms_testkit::database::on_each_database;

use crate::world::World;

const SHREDDED: &str = "SELECT COUNT(*) FROM connection WHERE data_key IS NULL AND access_token IS NULL \
     AND refresh_token IS NULL AND refreshing_until IS NULL";

async fn tokens(world: &World, connection: &Connection) -> Option<Tokens> {
    let mut tx = world.store.read().await.unwrap();
    connections::tokens(&mut tx, connection.company, connection.id)
        .await
        .unwrap()
}

async fn read(world: &World, connection: &Connection) -> Connection {
    let mut tx = world.store.read().await.unwrap();
    let found = connections::get(&mut tx, connection.company, connection.id)
        .await
        .unwrap();
    found.unwrap()
}

fn held_until(taken: Timestamp) -> Timestamp {
    taken + jiff::SignedDuration::from_secs(30)
}

async fn lease(world: &World, connection: &Connection, version: i64, now: Timestamp) -> bool {
    let (which, until) = ((connection.company, connection.id), held_until(now));
    write!(world.store, |tx| {
        connections::lease_refresh(tx, which, version, until, now).await
    })
    .unwrap()
}

#[tokio::test]
async fn a_connection_reads_back_as_it_was_written() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let connection = world.connected(&world.ada).await;
        assert_eq!(read(&world, &connection).await, connection);
        let mut tx = world.store.read().await.unwrap();
        let current = connections::current(&mut tx, world.company, world.ada.id)
            .await
            .unwrap();
        assert_eq!(current, [connection]);
    })
    .await;
}

#[tokio::test]
async fn tokens_are_sealed_and_open_again() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let connection = world.connected(&world.ada).await;
        let found = tokens(&world, &connection).await.unwrap();
        assert_eq!(found.pair.access_token, "access-first");
        assert_eq!(found.pair.refresh_token, "refresh-first");
        assert_eq!(found.pair.access_expires_at, world.at(60));
        assert_eq!((found.version, found.epoch), (1, 1));
        assert!(!format!("{found:?}").contains("-first"), "never printed");
        let clear = if database.is_postgres() {
            "SELECT COUNT(*) FROM connection WHERE position('access-first'::bytea in access_token) > 0"
        } else {
            "SELECT COUNT(*) FROM connection WHERE instr(access_token, CAST('access-first' AS BLOB)) > 0"
        };
        assert_eq!(database.integers(clear).await, [0]);
    })
    .await;
}

#[tokio::test]
async fn tokens_moved_to_another_connection_do_not_open() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let ada = world.connected(&world.ada).await;
        world.connected(&world.ben).await;
        database
            .execute(
                "UPDATE connection SET data_key = (SELECT data_key FROM connection WHERE zoom_name = 'Ben'), \
                 access_token = (SELECT access_token FROM connection WHERE zoom_name = 'Ben') WHERE zoom_name = 'Ada'",
            )
            .await;
        let mut tx = world.store.read().await.unwrap();
        let refused = connections::tokens(&mut tx, world.company, ada.id).await;
        assert!(matches!(refused, Err(Error::Corrupt(_))), "{refused:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_want_to_refresh_exactly_one_may() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let connection = world.connected(&world.ada).await;
        let race = join_all((0..16).map(|_| lease(&world, &connection, 1, world.now))).await;
        assert_eq!(race.into_iter().filter(|won| *won).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_right_to_refresh_ends_with_time_or_when_it_is_given_back() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let connection = world.connected(&world.ada).await;
        assert!(
            !lease(&world, &connection, 2, world.now).await,
            "no such pair"
        );
        assert!(lease(&world, &connection, 1, world.now).await);
        assert!(!lease(&world, &connection, 1, world.now).await);
        assert!(
            lease(&world, &connection, 1, world.at(1)).await,
            "its holder died"
        );
        let which = (connection.company, connection.id);
        let until = world.at(2);
        let give_back = async |held_until, until| {
            write!(world.store, |tx| {
                connections::postpone_refresh(tx, which, (1, held_until), until).await
            })
            .unwrap();
        };
        give_back(held_until(world.now), world.at(1)).await;
        assert!(
            !lease(&world, &connection, 1, world.at(1)).await,
            "it is its next holder's"
        );
        give_back(held_until(world.at(1)), until).await;
        assert!(!lease(&world, &connection, 1, world.at(1)).await);
        assert!(
            lease(&world, &connection, 1, until).await,
            "given back, for then"
        );
    })
    .await;
}

#[tokio::test]
async fn a_new_pair_takes_the_place_of_the_one_it_was_got_with() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let connection = world.connected(&world.ada).await;
        let which = (connection.company, connection.id);
        let refreshed = async |version, name| {
            let (pair, scopes) = (world.pair(name), vec!["user:read:user".to_owned()]);
            write!(world.store, |tx, pair, scopes| {
                let more = (Some("https://eu.zoom.us"), scopes.as_slice());
                connections::refreshed(tx, which, version, pair, more).await
            })
            .unwrap()
        };
        assert!(lease(&world, &connection, 1, world.now).await);
        assert!(refreshed(1, "second").await);
        assert!(!refreshed(1, "stray").await, "the first pair is spent");
        let found = tokens(&world, &connection).await.unwrap();
        assert_eq!(found.pair.refresh_token, "refresh-second");
        assert_eq!((found.version, found.epoch), (2, 1));
        assert_eq!(found.api_url.as_deref(), Some("https://eu.zoom.us"));
        assert_eq!(read(&world, &connection).await.scopes, ["user:read:user"]);
        assert!(
            lease(&world, &connection, 2, world.now).await,
            "the lease ended with it"
        );
    })
    .await;
}

#[tokio::test]
async fn the_end_of_a_connection_shreds_its_tokens() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let connection = world.connected(&world.ada).await;
        lease(&world, &connection, 1, world.now).await;
        let (now, mut changes) = (world.at(5), world.store.changes());
        let end = async || {
            write!(world.store, |tx, connection| {
                connections::end(tx, connection, EndedBy::Zoom, now).await
            })
            .unwrap()
        };
        assert!(end().await);
        assert_eq!(
            changes.recv().await.unwrap(),
            Change::Connection(world.ada.id)
        );
        assert!(!end().await, "it ends once");
        assert_eq!(database.integers(SHREDDED).await, [1]);
        assert!(tokens(&world, &connection).await.is_none());
        let ended = read(&world, &connection).await;
        assert_eq!(ended.status, ConnectionStatus::Inactive);
        assert_eq!(
            (ended.disconnected_at, ended.disconnected_by),
            (Some(now), Some(EndedBy::Zoom))
        );
        assert_eq!(ended.epoch, 2);
        let mut tx = world.store.read().await.unwrap();
        let current = connections::current(&mut tx, world.company, world.ada.id)
            .await
            .unwrap();
        assert_eq!(current, []);
    })
    .await;
}

#[tokio::test]
async fn a_pair_that_arrives_after_the_end_is_not_stored() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let connection = world.connected(&world.ada).await;
        let (now, which, pair) = (
            world.now,
            (world.company, connection.id),
            world.pair("late"),
        );
        let stored = write!(world.store, |tx, connection, pair| {
            connections::end(tx, connection, EndedBy::User, now).await?;
            connections::refreshed(tx, which, 1, pair, (None, &[])).await
        });
        assert!(!stored.unwrap());
        assert_eq!(database.integers(SHREDDED).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn only_the_present_grant_can_come_to_need_attention() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let connection = world.connected(&world.ada).await;
        let mut earlier = connection.clone();
        earlier.epoch = 0;
        let mark = async |connection: Connection| {
            write!(world.store, |tx, connection| {
                connections::needs_attention(tx, connection, "Zoom no longer accepts it").await
            })
            .unwrap()
        };
        assert!(!mark(earlier).await, "an old answer");
        assert!(tokens(&world, &connection).await.is_some());
        assert!(mark(connection.clone()).await);
        assert!(!mark(connection.clone()).await, "once");
        let marked = read(&world, &connection).await;
        assert_eq!(marked.status, ConnectionStatus::NeedsAttention);
        assert_eq!(
            marked.attention.as_deref(),
            Some("Zoom no longer accepts it")
        );
        assert_eq!(marked.epoch, 2);
        assert_eq!(database.integers(SHREDDED).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn a_new_grant_revives_what_needs_attention_and_nothing_that_ended() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let connection = world.connected(&world.ada).await;
        let (now, again) = (world.now, world.pair("again"));
        let regrant = async || {
            write!(world.store, |tx, connection, again| {
                connections::regrant(tx, connection, again).await
            })
            .unwrap()
        };
        write!(world.store, |tx, connection| {
            connections::needs_attention(tx, connection, "why").await
        })
        .unwrap();
        assert!(regrant().await);
        let found = read(&world, &connection).await;
        assert_eq!(
            (found.status, found.attention),
            (ConnectionStatus::Active, None)
        );
        assert_eq!(found.epoch, 3, "attention and the grant each raised it");
        let found = tokens(&world, &connection).await.unwrap();
        assert_eq!(
            (found.pair.access_token.as_str(), found.version),
            ("access-again", 2)
        );

        write!(world.store, |tx, connection| {
            connections::end(tx, connection, EndedBy::User, now).await
        })
        .unwrap();
        assert!(!regrant().await);
        assert!(tokens(&world, &connection).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_person_has_one_current_connection_per_zoom_user_and_a_history() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let first = world.connected(&world.ada).await;
        let mut second = world.connection(&world.ada);
        second.connected_at = world.at(10);
        let (pair, now) = (world.pair("second"), world.at(5));
        let insert = async || {
            write!(world.store, |tx, second, pair| connections::insert(
                tx, second, pair
            )
            .await)
        };
        let refused = insert().await.unwrap_err();
        assert!(
            refused.violates(Constraint::OneCurrentConnection),
            "{refused}"
        );
        write!(world.store, |tx, first| connections::end(
            tx,
            first,
            EndedBy::User,
            now
        )
        .await)
        .unwrap();
        insert().await.unwrap();
        let mut tx = world.store.read().await.unwrap();
        let all = connections::of_person(&mut tx, world.company, world.ada.id)
            .await
            .unwrap();
        let ids: Vec<_> = all.iter().map(|c| c.id).collect();
        assert_eq!(ids, [second.id, first.id], "newest first");
        let company = connections::of_company(&mut tx, world.company)
            .await
            .unwrap();
        assert_eq!(company, slice::from_ref(&second));
        drop(tx);

        let mut other = world.connection(&world.ada);
        other.zoom_user_id = "another".to_owned();
        let pair = world.pair("other");
        write!(world.store, |tx, other, pair| connections::insert(
            tx, other, pair
        )
        .await)
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        let current = connections::current(&mut tx, world.company, world.ada.id).await;
        assert_eq!(
            current.unwrap(),
            [other, second],
            "the oldest is the default"
        );
    })
    .await;
}

#[tokio::test]
async fn a_zoom_user_is_found_in_every_company_under_one_client_id() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let mut here = world.connection(&world.ada);
        let mut there = world.connection(&world.spy);
        let mut other_client = world.connection(&world.ben);
        for connection in [&mut here, &mut there, &mut other_client] {
            connection.zoom_user_id = "zoom-user".to_owned();
        }
        other_client.client_id = "another".to_owned();
        let pair = world.pair("first");
        for connection in [&here, &there, &other_client] {
            write!(world.store, |tx, connection, pair| {
                connections::insert(tx, connection, pair).await
            })
            .unwrap();
        }
        let find = async || {
            let mut tx = world.store.read().await.unwrap();
            let found = connections::of_zoom_user(&mut tx, "client", "zoom-user")
                .await
                .unwrap();
            let mut ids: Vec<_> = found.into_iter().map(|c| c.id).collect();
            ids.sort();
            ids
        };
        let mut both = [here.id, there.id];
        both.sort();
        assert_eq!(find().await, both);
        let now = world.now;
        write!(world.store, |tx, here| connections::end(
            tx,
            here,
            EndedBy::Zoom,
            now
        )
        .await)
        .unwrap();
        assert_eq!(find().await, [there.id], "what has ended is not found");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_back_from_zoom_is_open_once() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (now, expires_at) = (world.now, world.at(10));
        let (company, person) = (world.company, world.ada.id);
        let session = SessionId::from_uuid(world.id());
        write!(world.store, |tx| {
            let attempt = OauthAttempt {
                company,
                person,
                session,
                verifier: "verifier".to_owned(),
                client_id: Some("client".to_owned()),
                expires_at,
                used_at: None,
            };
            oauth::begin(tx, b"state", &attempt, now).await
        })
        .unwrap();
        let used = join_all((0..8).map(|_| async {
            write!(world.store, |tx| oauth::use_up(tx, b"state", now).await).unwrap()
        }))
        .await;
        assert_eq!(used.into_iter().filter(|first| *first).count(), 1);
        let mut tx = world.store.read().await.unwrap();
        let found = oauth::get(&mut tx, b"state").await.unwrap().unwrap();
        assert_eq!(
            (found.company, found.person, found.session),
            (company, person, session)
        );
        assert_eq!(
            (found.verifier.as_str(), found.expires_at, found.client_id),
            ("verifier", expires_at, Some("client".to_owned()))
        );
        assert_eq!(found.used_at, Some(now));
        assert!(oauth::get(&mut tx, b"forged").await.unwrap().is_none());
        let forged = write!(world.store, |tx| oauth::use_up(tx, b"forged", now).await);
        assert!(!forged.unwrap());
        let later = world.at(11);
        let gone = write!(world.store, |tx| oauth::purge(tx, later).await);
        assert_eq!(gone.unwrap(), 1);
    })
    .await;
}
