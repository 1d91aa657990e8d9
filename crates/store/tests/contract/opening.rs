//! Opening a database: made when asked for, brought up to date once, refused where it does not fit.

use std::sync::Arc;

use futures_util::future::join;
use rooms_core::Entropy;
use rooms_store::{DatabaseUrl, MasterKey, OpenError, Sealer, Store, companies};
use rooms_testkit::database::{TestDatabase, now, on_each_database, sealer, sealer_seeded};

use crate::world::World;

const MIGRATIONS: &str = "SELECT COUNT(*) FROM _sqlx_migrations";

#[test]
fn an_address_says_which_database_it_is() {
    let parse = str::parse::<DatabaseUrl>;
    assert_eq!(
        parse("sqlite:///data/rooms.db").unwrap(),
        DatabaseUrl::Sqlite("/data/rooms.db".into())
    );
    let server = "postgres://rooms@localhost/rooms";
    assert_eq!(
        parse(server).unwrap(),
        DatabaseUrl::Postgres(server.to_owned())
    );
    for wrong in ["", "sqlite://", "mysql://localhost/rooms", "rooms.db"] {
        assert!(matches!(parse(wrong), Err(OpenError::Url)), "{wrong}");
    }
}

#[tokio::test]
async fn opening_twice_changes_nothing() {
    on_each_database(async |database| {
        let first = database.store().await;
        let mut tx = first.read().await.unwrap();
        let marker = companies::installation(&mut tx).await.unwrap();
        drop(tx);
        let applied = database.integers(MIGRATIONS).await;
        first.close().await;

        let second = database.open(sealer_seeded(2)).await.unwrap();
        let mut tx = second.read().await.unwrap();
        assert_eq!(companies::installation(&mut tx).await.unwrap(), marker);
        assert_eq!(database.integers(MIGRATIONS).await, applied);
    })
    .await;
}

#[tokio::test]
async fn two_processes_may_open_a_new_database_at_once() {
    on_each_database(async |database| {
        let (one, two) = join(
            database.open(sealer_seeded(1)),
            database.open(sealer_seeded(2)),
        )
        .await;
        let (one, two) = (one.unwrap(), two.unwrap());
        let marker = async |store: &Store| {
            companies::installation(&mut store.read().await.unwrap())
                .await
                .unwrap()
        };
        assert_eq!(marker(&one).await, marker(&two).await);
        let twice = "SELECT version FROM _sqlx_migrations GROUP BY version HAVING COUNT(*) > 1";
        assert_eq!(database.integers(twice).await, [0_i64; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    on_each_database(async |database| {
        database.store().await.close().await;
        let blob = if database.is_postgres() { "'\\x00'" } else { "x'00'" };
        let newer = format!(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'from the future', TRUE, {blob}, 0)"
        );
        database.execute(&newer).await;
        let refused = database.open(sealer()).await.unwrap_err();
        assert!(matches!(refused, OpenError::Newer { version: 9999 }), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn a_missing_file_is_made_only_when_asked() {
    let database = TestDatabase::sqlite();
    let DatabaseUrl::Sqlite(file) = database.url() else {
        panic!("a file was asked for");
    };
    let refused = Store::open(database.url(), false, sealer(), now()).await;
    let refused = refused.unwrap_err();
    assert!(
        matches!(&refused, OpenError::Missing(path) if path == file),
        "{refused}"
    );
    assert!(!file.exists(), "the refusal left a file");
    database.store().await.close().await;
    assert!(
        Store::open(database.url(), false, sealer(), now())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_said_to_be_out_of_reach() {
    let nobody = DatabaseUrl::Postgres("postgres://rooms@127.0.0.1:1/rooms".to_owned());
    let refused = Store::open(&nobody, true, sealer(), now())
        .await
        .unwrap_err();
    assert!(matches!(refused, OpenError::Connect(_)), "{refused}");
}

#[tokio::test]
async fn another_master_key_is_refused() {
    on_each_database(async |database| {
        database.store().await.close().await;
        let other = Sealer::new(MasterKey::from_bytes([8; 32]), Arc::new(Entropy::seeded(1)));
        let refused = database.open(other).await.unwrap_err();
        assert!(matches!(refused, OpenError::WrongKey), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn what_was_written_is_there_after_closing() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let clone = world.store.clone();
        world.store.close().await;
        assert!(clone.check().await.is_err(), "closed for every holder");
        let again = database.open(sealer_seeded(2)).await.unwrap();
        again.check().await.unwrap();
        let mut tx = again.read().await.unwrap();
        let found = companies::get(&mut tx, world.company).await.unwrap();
        assert_eq!(found.unwrap().name, "Aster");
    })
    .await;
}
