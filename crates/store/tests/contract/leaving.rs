//! Ends of connections that are not finished: their tokens, and who may reach them.

use rooms_core::connection::{Connection, EndedBy, Links};
use rooms_store::connections;
use rooms_store::leaving::{self, Remains};
use rooms_testkit::database::on_each_database;

use crate::world::World;

/// A connection of Ada's that has ended with links to remove.
async fn left(world: &World) -> Connection {
    let connection = world.connected(&world.ada).await;
    let now = world.now;
    write!(world.store, |tx, connection| {
        assert!(leaving::begin(tx, connection, Links::Remove, now).await?);
        assert!(connections::end(tx, connection, EndedBy::User, now).await?);
        leaving::set_total(tx, (connection.company, connection.id), 3).await
    })
    .unwrap();
    connection
}

#[tokio::test]
async fn the_tokens_of_an_end_that_is_not_finished_open_renew_and_go_with_it() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let connection = left(&world).await;
        let (company, id, now) = (world.company, connection.id, world.now);
        assert_eq!(
            database
                .integers("SELECT COUNT(*) FROM connection WHERE access_token IS NOT NULL")
                .await,
            [0],
            "the connection itself has none"
        );
        let second = world.pair("second");
        let (until, later) = (world.at(1), world.at(2));
        write!(world.store, |tx, second| {
            let found = connections::tokens(tx, company, id).await?.unwrap();
            assert_eq!(found.pair.access_token, "access-first");
            assert_eq!((found.version, found.epoch), (1, 2));
            assert_eq!(found.refreshing_until, None);
            assert!(connections::lease_refresh(tx, (company, id), 1, until, now).await?);
            assert!(!connections::lease_refresh(tx, (company, id), 1, until, now).await?);
            let begun = connections::tokens(tx, company, id).await?.unwrap();
            assert_eq!(begun.refreshing_until, Some(until));
            assert!(connections::lease_refresh(tx, (company, id), 1, until, later).await?);
            let about = (None, &[][..]);
            assert!(connections::refreshed(tx, (company, id), 1, second, about).await?);
            assert!(!connections::refreshed(tx, (company, id), 1, second, about).await?);
            let found = connections::tokens(tx, company, id).await?.unwrap();
            assert_eq!(found.pair.access_token, "access-second");
            assert_eq!((found.version, found.refreshing_until), (2, None));

            let one = leaving::get(tx, company, id).await?.unwrap();
            assert_eq!((one.links, one.total), (Links::Remove, 3));
            assert!(leaving::finish(tx, &one).await?);
            assert!(!leaving::finish(tx, &one).await?, "once");
            assert!(connections::tokens(tx, company, id).await?.is_none());
            Ok(())
        })
        .unwrap();
        assert_eq!(
            database.integers("SELECT COUNT(*) FROM leaving").await,
            [0],
            "shredded"
        );
    })
    .await;
}

#[tokio::test]
async fn another_company_neither_finds_nor_finishes_it() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let connection = left(&world).await;
        let (rival, id, now) = (world.rival, connection.id, world.now);
        write!(world.store, |tx, connection| {
            assert!(leaving::get(tx, rival, id).await?.is_none());
            assert!(connections::tokens(tx, rival, id).await?.is_none());
            assert!(!connections::lease_refresh(tx, (rival, id), 1, now, now).await?);
            assert_eq!(leaving::remains(tx, (rival, id)).await?, Remains::default());
            let mut one = leaving::get(tx, connection.company, id).await?.unwrap();
            one.company = rival;
            assert!(!leaving::finish(tx, &one).await?);
            assert_eq!(leaving::hand_over(tx, &one, id, now).await?, 0);
            leaving::set_total(tx, (rival, id), 9).await?;
            let theirs = leaving::of_person(tx, rival, connection.person).await?;
            assert!(theirs.is_empty());
            let mine = leaving::of_person(tx, connection.company, connection.person).await?;
            assert_eq!(mine.first().map(|one| one.total), Some(3));
            Ok(())
        })
        .unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_ended_connection_cannot_leave_again() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let connection = world.connected(&world.ada).await;
        let now = world.now;
        write!(world.store, |tx, connection| {
            connections::end(tx, connection, EndedBy::User, now).await?;
            assert!(!leaving::begin(tx, connection, Links::Remove, now).await?);
            let zoom = (&connection.client_id, &connection.zoom_user_id);
            assert!(leaving::of_zoom_user(tx, zoom.0, zoom.1).await?.is_empty());
            Ok(())
        })
        .unwrap();
    })
    .await;
}
