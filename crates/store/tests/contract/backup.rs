//! Backups: of every schema there ever was, from each kind of database into each, or refused.

use std::collections::{BTreeMap, BTreeSet};

use rooms_store::backup::{self, BackupError, Contents};
use rooms_store::{DatabaseUrl, OpenError};
use rooms_testkit::database::{TestDatabase, now, on_each_database, sealer};
use serde_json::Value;

use crate::filled::{fill, schemas};
use crate::world::World;

/// Everything in a database as lines.
async fn lines(database: &TestDatabase) -> String {
    let mut out = Vec::new();
    backup::write(database.url(), "0.0.0", &mut out, now())
        .await
        .unwrap();
    String::from_utf8(out).unwrap()
}

async fn restore(database: &TestDatabase, text: &str) -> Result<Contents, BackupError> {
    backup::restore(database.url(), &mut text.as_bytes(), &sealer()).await
}

/// Rows by table, each as its values by column.
type Rows = BTreeMap<String, Vec<BTreeMap<String, Value>>>;

fn rows(text: &str) -> Rows {
    let mut rows = Rows::new();
    let (mut table, mut columns) = (String::new(), Vec::new());
    for line in text.lines() {
        match serde_json::from_str::<Value>(line).unwrap() {
            Value::Array(values) => {
                let names = columns.iter().cloned();
                let row = names.zip(values).collect();
                rows.get_mut(&table).unwrap().push(row);
            }
            line if line["columns"].is_array() => {
                line["table"].as_str().unwrap().clone_into(&mut table);
                columns = serde_json::from_value(line["columns"].clone()).unwrap();
                rows.insert(table.clone(), Vec::new());
            }
            _ => {}
        }
    }
    rows
}

/// Every row that was there is there, and every value of it is what it was.
#[track_caller]
fn nothing_is_lost(before: &Rows, after: &Rows, how: &str) {
    for (table, rows) in before {
        assert!(!rows.is_empty(), "{table} was filled");
        let now = &after[table];
        assert_eq!(now.len(), rows.len(), "{how}: {table}");
        for row in rows {
            let same = now.iter().any(|now| {
                let mut values = row.iter();
                values.all(|(column, value)| now.get(column) == Some(value))
            });
            assert!(same, "{how}: {table} had {row:?}, and has {now:?}");
        }
    }
}

fn file(database: &TestDatabase) -> &std::path::Path {
    match database.url() {
        DatabaseUrl::Sqlite(file) => file,
        DatabaseUrl::Postgres(_) => panic!("a file"),
    }
}

#[tokio::test]
async fn every_earlier_schema_comes_up_to_date_and_no_row_is_lost() {
    for schema in schemas().await {
        let source = TestDatabase::sqlite();
        fill(file(&source), schema, &sealer()).await;
        let archive = lines(&source).await;
        let before = rows(&archive);
        source.store().await.close().await;
        let upgraded = format!("schema {schema}, upgraded");
        nothing_is_lost(&before, &rows(&lines(&source).await), &upgraded);
        // The same from a backup that was made then, into either kind.
        on_each_database(async |target| {
            let restored = restore(target, &archive).await.unwrap();
            assert_eq!(restored.tables, u64::try_from(before.len()).unwrap());
            target.store().await.close().await;
            let how = format!("schema {schema}, restored");
            nothing_is_lost(&before, &rows(&lines(target).await), &how);
        })
        .await;
    }
}

#[tokio::test]
async fn a_backup_reads_back_as_the_same_lines_from_either_kind_of_database() {
    let source = TestDatabase::sqlite();
    let newest = schemas().await.into_iter().max().unwrap();
    fill(file(&source), newest, &sealer()).await;
    let archive = lines(&source).await;
    let left_out: BTreeSet<_> = ["session", "oauth_attempt", "second_step", "challenge"].into();
    assert!(
        rows(&archive)
            .keys()
            .all(|table| !left_out.contains(table.as_str()))
    );
    assert!(
        !archive.contains("BwcHBwcHBwcHBwcH"),
        "the master key is not in it"
    );
    on_each_database(async |target| {
        restore(target, &archive).await.unwrap();
        assert_eq!(lines(target).await, archive);
        let back = TestDatabase::sqlite();
        restore(&back, &lines(target).await).await.unwrap();
        assert_eq!(lines(&back).await, archive);
    })
    .await;
}

#[tokio::test]
async fn a_backup_that_is_damaged_or_cut_off_is_refused_wherever_it_is() {
    let source = TestDatabase::sqlite();
    let world = World::new(&source).await;
    world.booked(0, 30).await;
    let archive = lines(&source).await;
    let all: Vec<_> = archive.split_inclusive('\n').collect();
    on_each_database(async |target| {
        for count in (0..all.len()).step_by(7).chain([all.len() - 1]) {
            let refused = restore(target, &all[..count].concat()).await.unwrap_err();
            match refused {
                BackupError::NoBackup => assert_eq!(count, 0),
                BackupError::Damaged { line, .. } => assert!(line > 1, "{line}"),
                other => panic!("{other}"),
            }
        }
        let last = archive.trim_end();
        let refused = restore(target, last).await.unwrap_err();
        assert!(refused.to_string().contains("it ends here"), "{refused}");
        for (from, to) in [
            ("Planning", "Plotting"),
            ("\"table\":\"booking\"", "\"table\":\"bookings\""),
            ("\"rows\":1,", "\"rows\":2,"),
        ] {
            assert!(archive.contains(from), "{from}");
            let refused = restore(target, &archive.replacen(from, to, 1)).await;
            let refused = refused.unwrap_err();
            assert!(matches!(refused, BackupError::Damaged { .. }), "{refused}");
            assert!(refused.to_string().ends_with("Nothing was restored"));
        }
        let more = format!("{archive}\n");
        let refused = restore(target, &more).await.unwrap_err();
        assert!(refused.to_string().contains("behind its end"), "{refused}");
        let refused = restore(target, "BEGIN;\n").await.unwrap_err();
        assert!(matches!(refused, BackupError::NoBackup), "{refused}");
        // None of that has left anything.
        restore(target, &archive).await.unwrap();
        assert_eq!(lines(target).await, archive);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_restored_over_something_or_with_another_key() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        world.booked(0, 30).await;
        let archive = lines(database).await;
        let refused = restore(database, &archive).await.unwrap_err();
        assert!(matches!(refused, BackupError::NotEmpty(_)), "{refused}");
        assert_eq!(lines(database).await, archive, "it is as it was");

        let target = TestDatabase::sqlite();
        let keys = rooms_store::MasterKey::from_bytes([8; 32]);
        let entropy = std::sync::Arc::new(rooms_core::Entropy::System);
        let other = rooms_store::Sealer::new(keys, entropy);
        let refused = backup::restore(target.url(), &mut archive.as_bytes(), &other).await;
        let refused = refused.unwrap_err();
        assert!(
            matches!(refused, BackupError::Open(OpenError::WrongKey)),
            "{refused}"
        );
        // What `migrate` has made is as good as new.
        target.store().await.close().await;
        restore(&target, &archive).await.unwrap();
        assert_eq!(lines(&target).await, archive);
    })
    .await;
}

#[tokio::test]
async fn newer_and_older_schemas_are_told_apart() {
    let source = TestDatabase::sqlite();
    fill(file(&source), 1, &sealer()).await;
    let old = lines(&source).await;
    on_each_database(async |target| {
        let newer = old.replacen("\"schema\":1,", "\"schema\":9999,", 1);
        let refused = restore(target, &newer).await.unwrap_err();
        assert!(
            matches!(&refused, BackupError::Newer { schema: 9999, program } if program == "0.0.0"),
            "{refused}"
        );
        target.store().await.close().await;
        let refused = restore(target, &old).await.unwrap_err();
        assert!(
            matches!(refused, BackupError::OtherSchema { here: 1, .. }),
            "{refused}"
        );
        let blob = if target.is_postgres() { "'\\x00'" } else { "x'00'" };
        target
            .execute(&format!(
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'from the future', TRUE, {blob}, 0)"
            ))
            .await;
        let refused = backup::write(target.url(), "0.0.0", &mut Vec::new(), now()).await;
        let refused = refused.unwrap_err();
        assert!(
            matches!(refused, BackupError::Open(OpenError::Newer { version: 9999 })),
            "{refused}"
        );
    })
    .await;
}
