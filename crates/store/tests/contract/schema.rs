//! Both databases hold the same tables, and every statement is one they understand.

use std::collections::BTreeSet;
use std::str::FromStr;

use rooms_store::{DatabaseUrl, statements};
use rooms_testkit::database::{TestDatabase, on_each_database};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Executor, SqlSafeStr};

/// The names of the dialect pairs end so, and only `PostgreSQL` understands them.
const PAIR: &str = "_POSTGRES";

#[tokio::test]
async fn every_statement_is_prepared() {
    on_each_database(async |database| {
        drop(database.store().await);
        let mut refused = Vec::new();
        let mut note = |name: &str, prepared: Result<(), sqlx::Error>| {
            if let Err(error) = prepared {
                refused.push(format!("{name}: {error}"));
            }
        };
        match database.url() {
            DatabaseUrl::Sqlite(file) => {
                let options = SqliteConnectOptions::new().filename(file);
                let mut conn = options.connect().await.unwrap();
                for (name, sql) in statements() {
                    if !name.ends_with(PAIR) {
                        let prepared = (&mut conn).prepare(sql.into_sql_str()).await;
                        note(name, prepared.map(drop));
                    }
                }
            }
            DatabaseUrl::Postgres(url) => {
                let options = PgConnectOptions::from_str(url).unwrap();
                let mut conn = options.connect().await.unwrap();
                for (name, sql) in statements() {
                    let prepared = (&mut conn).prepare(sql.into_sql_str()).await;
                    note(name, prepared.map(drop));
                }
            }
        }
        assert!(refused.is_empty(), "{refused:#?}");
    })
    .await;
}

#[test]
fn every_dialect_pair_has_its_portable_half() {
    let names: BTreeSet<_> = statements().into_iter().map(|(name, _)| name).collect();
    assert!(names.len() > 60, "statements are listed");
    for name in &names {
        if let Some(half) = name.strip_suffix(PAIR) {
            assert!(names.contains(half), "{name}");
        }
    }
}

const COLUMNS_SQLITE: &str = "SELECT m.name || '.' || p.name || ' ' || CASE p.\"notnull\" WHEN 1 THEN 'NOT NULL' ELSE 'NULL' END || ' ' || p.type \
     FROM sqlite_schema m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY 1";
const COLUMNS_POSTGRES: &str = "SELECT table_name || '.' || column_name || ' ' || CASE is_nullable WHEN 'NO' THEN 'NOT NULL' ELSE 'NULL' END || ' ' || \
     CASE data_type WHEN 'bigint' THEN 'INTEGER' WHEN 'boolean' THEN 'INTEGER' WHEN 'uuid' THEN 'BLOB' WHEN 'bytea' THEN 'BLOB' \
     WHEN 'text' THEN 'TEXT' ELSE data_type END \
     FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_%' ORDER BY 1";
const INDEXES_SQLITE: &str =
    "SELECT tbl_name || '.' || name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL";
const INDEXES_POSTGRES: &str = "SELECT tablename || '.' || indexname FROM pg_indexes i WHERE schemaname = 'public' AND tablename NOT LIKE '\\_%' \
     AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)";

async fn both(sqlite: &str, postgres: &str) -> Option<(BTreeSet<String>, BTreeSet<String>)> {
    let there = TestDatabase::postgres().await?;
    let here = TestDatabase::sqlite();
    drop((here.store().await, there.store().await));
    let (here, there) = (here.texts(sqlite).await, there.texts(postgres).await);
    Some((here.into_iter().collect(), there.into_iter().collect()))
}

#[tokio::test]
async fn both_schemas_have_the_same_columns() {
    if let Some((sqlite, postgres)) = both(COLUMNS_SQLITE, COLUMNS_POSTGRES).await {
        assert!(
            sqlite.contains("booking.starts_at NOT NULL INTEGER"),
            "{sqlite:?}"
        );
        assert_eq!(sqlite, postgres);
    }
}

#[tokio::test]
async fn both_schemas_have_the_same_indexes() {
    if let Some((sqlite, postgres)) = both(INDEXES_SQLITE, INDEXES_POSTGRES).await {
        assert!(sqlite.contains("meeting.meeting_one_wanted"), "{sqlite:?}");
        assert_eq!(sqlite, postgres);
    }
}
