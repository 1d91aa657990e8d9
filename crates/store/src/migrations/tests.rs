//! Upgrades of a file: copied as it was, or left alone.

use std::borrow::Cow;

use sqlx::migrate::{Migration, MigrationType};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use super::*;

/// The migrations as they are, and one that an upgrade brings.
fn upgraded(sql: &'static str) -> Migrator {
    let newest = SQLITE.iter().map(|m| m.version).max().unwrap();
    let mut all = SQLITE.migrations.to_vec();
    all.push(Migration::new(
        newest + 1,
        Cow::Borrowed("upgrade"),
        MigrationType::Simple,
        sqlx::SqlStr::from_static(sql),
        false,
    ));
    Migrator::with_migrations(all)
}

async fn open(file: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true);
    SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await
        .unwrap()
}

async fn tables(pool: &SqlitePool, name: &'static str) -> i64 {
    let count = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = $1";
    sqlx::query_scalar(count)
        .bind(name)
        .fetch_one(pool)
        .await
        .unwrap()
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("rooms-migrations-{}-{name}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn files(&self) -> Vec<String> {
        let files = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> = files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.contains("before"))
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn a_file_is_copied_as_it_is_before_an_upgrade() {
    let folder = Folder::new("copy");
    let file = folder.0.join("rooms.db");
    let pool = open(&file).await;
    sqlite(&pool, &file).await.unwrap();
    sqlite(&pool, &file).await.unwrap();
    assert_eq!(folder.files(), [""; 0], "no copy where nothing changes");
    // What an upgrade left half done that was cut off is not taken for a copy.
    let migrator = upgraded("CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT");
    let newest = migrator.iter().map(|m| m.version).max().unwrap();
    let name = format!("rooms.db.before-{newest}");
    std::fs::write(folder.0.join(format!("{name}.part")), "half").unwrap();
    sqlite_to(&migrator, &pool, &file).await.unwrap();
    assert_eq!(tables(&pool, "later").await, 1);
    assert_eq!(folder.files(), std::slice::from_ref(&name));

    let copy = open(&folder.0.join(&name)).await;
    assert_eq!(
        (tables(&copy, "later").await, tables(&copy, "booking").await),
        (0, 1)
    );
    let checked: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(&copy)
        .await
        .unwrap();
    assert_eq!(checked, "ok");
    // The earlier program starts on it, as it would after going back.
    sqlite(&copy, &folder.0.join(&name)).await.unwrap();
}

#[tokio::test]
async fn an_upgrade_that_fails_leaves_the_schema_and_the_copy() {
    let folder = Folder::new("fails");
    let file = folder.0.join("rooms.db");
    let pool = open(&file).await;
    sqlite(&pool, &file).await.unwrap();
    let migrator = upgraded("CREATE TABLE later (id INTEGER PRIMARY KEY); SELECT nonsense");
    for _ in 0..2 {
        let refused = sqlite_to(&migrator, &pool, &file).await.unwrap_err();
        assert!(matches!(refused, OpenError::Migrate(_)), "{refused}");
        assert_eq!(tables(&pool, "later").await, 0);
        assert_eq!(folder.files().len(), 1);
    }
    sqlite(&pool, &file).await.unwrap();
}

#[tokio::test]
async fn without_a_copy_there_is_no_upgrade() {
    let folder = Folder::new("no-copy");
    let file = folder.0.join("rooms.db");
    let pool = open(&file).await;
    sqlite(&pool, &file).await.unwrap();
    let migrator = upgraded("CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT");
    let newest = migrator.iter().map(|m| m.version).max().unwrap();
    // A folder is in the way of the copy.
    let in_the_way = format!("rooms.db.before-{newest}.part");
    std::fs::create_dir(folder.0.join(in_the_way)).unwrap();
    let refused = sqlite_to(&migrator, &pool, &file).await.unwrap_err();
    assert!(matches!(refused, OpenError::Copy(..)), "{refused}");
    assert_eq!(tables(&pool, "later").await, 0);
}

#[test]
fn every_file_is_a_migration() {
    for (folder, listed) in [("sqlite", &SQLITE), ("postgres", &POSTGRES)] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("migrations")
            .join(folder);
        let files = std::fs::read_dir(&folder).unwrap();
        let mut numbers: Vec<i64> = files
            .map(|file| {
                let name = file.unwrap().file_name().into_string().unwrap();
                name.split_once('_').unwrap().0.parse().unwrap()
            })
            .collect();
        numbers.sort_unstable();
        let known: Vec<i64> = listed.iter().map(|m| m.version).collect();
        assert_eq!(known, numbers, "{}", folder.display());
    }
}
