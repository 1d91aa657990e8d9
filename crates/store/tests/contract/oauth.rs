//! People on the way to Zoom, and the tokens they come back with.

use rooms_core::SessionId;
use rooms_core::connection::EndedBy;
use rooms_store::connections::{self, Pair};
use rooms_store::oauth::{self, OauthAttempt};
use rooms_testkit::database::on_each_database;

use crate::world::World;

#[tokio::test]
async fn who_left_for_zoom_is_forgotten_once_the_way_back_has_closed() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (company, person, now) = (world.company, world.ada.id, world.now);
        let session = SessionId::from_uuid(world.id());
        for (state, minutes) in [(b"early", 10), (b"later", 20), (b"third", 30)] {
            let expires_at = world.at(minutes);
            write!(world.store, |tx| {
                let attempt = OauthAttempt {
                    company,
                    person,
                    session,
                    verifier: "verifier".to_owned(),
                    client_id: None,
                    expires_at,
                    used_at: None,
                };
                oauth::begin(tx, state, &attempt, now).await
            })
            .unwrap();
        }
        let closed = world.at(30);
        let gone = write!(world.store, |tx| oauth::purge(tx, closed).await);
        assert_eq!(gone.unwrap(), 2);
        let mut tx = world.store.read().await.unwrap();
        for (state, there) in [(b"early", false), (b"later", false), (b"third", true)] {
            let found = oauth::get(&mut tx, state).await.unwrap();
            assert_eq!(found.is_some(), there, "{state:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_zoom_user_is_remembered_also_after_the_end_and_by_their_app_alone() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let connection = world.connected(&world.ada).await;
        let now = world.now;
        let ended = write!(world.store, |tx, connection| {
            connections::end(tx, connection, EndedBy::User, now).await
        });
        assert!(ended.unwrap());
        let user = connection.zoom_user_id.as_str();
        let mut tx = world.store.read().await.unwrap();
        for (client, user, known) in [
            ("client", user, true),
            ("another", user, false),
            ("client", "nobody", false),
        ] {
            let found = connections::is_remembered(&mut tx, client, user).await;
            assert_eq!(found.unwrap(), known, "{client} {user}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_connection_through_another_app_is_found_for_its_person_and_zoom_user() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let connection = world.connected(&world.ada).await;
        let user = connection.zoom_user_id.clone();
        let mut tx = world.store.read().await.unwrap();
        for (person, user, client, there) in [
            (&world.ada, user.as_str(), "another", true),
            (&world.ada, user.as_str(), "client", false),
            (&world.ada, "nobody", "another", false),
            (&world.ben, user.as_str(), "another", false),
        ] {
            let whose = (person.company, person.id);
            let found = connections::through_another_app(&mut tx, whose, user, client).await;
            let expected = there.then(|| connection.clone());
            assert_eq!(found.unwrap(), expected, "{user} {client}");
        }
    })
    .await;
}

#[test]
fn a_pair_of_tokens_shows_when_it_ends_and_no_more() {
    let pair = Pair {
        access_token: "hidden".to_owned(),
        refresh_token: "hidden".to_owned(),
        access_expires_at: "2026-12-01T09:00:00Z".parse().unwrap(),
    };
    assert_eq!(
        format!("{pair:?}"),
        "Pair { access_expires_at: 2026-12-01T09:00:00Z, .. }"
    );
}
