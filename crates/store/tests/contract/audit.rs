//! The audit: one chain per company that is only added to, and shows where it was tampered with.

use futures_util::future::join_all;
use rooms_core::CompanyId;
use rooms_store::audit::chain::{self, Broken, Holds};
use rooms_store::audit::{self, Entry, Filter, Topic};
use rooms_store::events::{self, By};
use rooms_store::{Error, Store};
use rooms_testkit::TestDatabase;
use rooms_testkit::database::{on_each_database, sealer_seeded};

use crate::world::World;

const ALL: Filter = Filter {
    topic: None,
    person: None,
    from: None,
    to: None,
    before: None,
    limit: 100,
};

impl World {
    fn entry(&self, minute: i64) -> Entry {
        let by = By::Person(self.ada.id);
        let at = self.at(minute);
        Entry::new(self.company, by, "person.changed", self.ben.id, at)
    }

    /// Puts so many entries on record, a minute apart, each in its own transaction.
    async fn recorded(&self, count: i64) {
        for minute in 0..count {
            let entry = self.entry(minute);
            write!(self.store, |tx, entry| {
                tx.audit(entry.clone());
                Ok(())
            })
            .unwrap();
        }
    }
}

async fn verify(store: &Store, company: CompanyId) -> Result<Holds, Broken> {
    let mut tx = store.read().await.unwrap();
    chain::verify(&mut tx, company).await.unwrap()
}

/// Does what nobody may, as somebody who first takes the guard away.
async fn tamper(database: &TestDatabase, guard: &str, table: &str, sql: &str) {
    let on = if database.is_postgres() {
        format!(" ON {table}")
    } else {
        String::new()
    };
    database.execute(&format!("DROP TRIGGER {guard}{on}")).await;
    database.execute(sql).await;
}

#[tokio::test]
async fn what_a_transaction_puts_on_record_is_kept_with_it_or_not_at_all() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (kept, undone) = (world.entry(0), world.entry(1));
        write!(world.store, |tx, kept| {
            tx.audit(kept.clone().with("role", "admin"));
            Ok(())
        })
        .unwrap();
        let refused: Result<(), Error> = write!(world.store, |tx, undone| {
            tx.audit(undone.clone());
            Err(Error::Corrupt("on purpose"))
        });
        assert!(refused.is_err());
        world.recorded(1).await;
        let mut tx = world.store.read().await.unwrap();
        let list = audit::list(&mut tx, world.company, &ALL).await.unwrap();
        let numbers: Vec<_> = list.iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, [2, 1]);
        let first = &list[1];
        assert_eq!(first.actor, Some(world.ada.id));
        assert_eq!(first.actor_kind, "person");
        assert_eq!(first.topic, "permission");
        assert_eq!(first.subject_id(), world.ben.id.to_string());
        assert_eq!(first.details, r#"{"role":"admin"}"#);
        assert_eq!(
            verify(&world.store, world.company).await.unwrap().entries,
            2
        );
    })
    .await;
}

#[tokio::test]
async fn a_history_of_connections_meetings_and_people_goes_on_record_and_a_plain_booking_does_not()
{
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (company, about, now) = (world.company, world.id(), world.now);
        write!(world.store, |tx| {
            for kind in [
                "booking.made",
                "room.added",
                "zoom.connected",
                "meeting.ready",
                "person.renamed",
            ] {
                events::insert(tx, (company, about), kind, By::System, "Ada", now).await?;
            }
            Ok(())
        })
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        let list = audit::list(&mut tx, company, &ALL).await.unwrap();
        let actions: Vec<_> = list.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(
            actions,
            ["person.renamed", "meeting.ready", "zoom.connected"]
        );
        assert!(list.iter().all(|entry| entry.details == "{}"), "no words");
    })
    .await;
}

#[tokio::test]
async fn writers_side_by_side_make_one_chain() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let other = database.open(sealer_seeded(2)).await.unwrap();
        let writes = (0..40_i64).map(|n| {
            let store = if n % 2 == 0 { &world.store } else { &other };
            let entries = (world.entry(n), n);
            let rival = world.rival;
            let at = world.at(n);
            async move {
                store
                    .write::<_, _, Error, _>(entries, move |tx, (entry, n)| {
                        // Now the one chain first, now the other.
                        let theirs = Entry::new(rival, By::System, "data.kept", rival, at);
                        let both = if n % 4 < 2 {
                            [entry.clone(), theirs]
                        } else {
                            [theirs, entry.clone()]
                        };
                        for entry in both {
                            tx.audit(entry);
                        }
                        Box::pin(async { Ok(()) })
                    })
                    .await
            }
        });
        for written in join_all(writes).await {
            written.unwrap();
        }
        for company in [world.company, world.rival] {
            assert_eq!(verify(&other, company).await.unwrap().entries, 40);
        }
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_database_refuses_to_change_or_remove_an_entry() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        world.recorded(2).await;
        for sql in [
            "UPDATE audit SET action = 'nothing'",
            "DELETE FROM audit WHERE number = 2",
            "DELETE FROM audit_chain",
            "UPDATE audit_chain SET number = number - 1",
        ] {
            let why = database.refusal(sql).await;
            assert!(why.contains("audit_append_only"), "{sql}: {why}");
        }
        if database.is_postgres() {
            let why = database.refusal("TRUNCATE audit").await;
            assert!(why.contains("audit_append_only"), "{why}");
        }
        assert_eq!(
            verify(&world.store, world.company).await.unwrap().entries,
            2
        );
    })
    .await;
}

#[tokio::test]
async fn a_changed_entry_is_found() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        world.recorded(5).await;
        let sql = "UPDATE audit SET details = '{\"role\":\"officer\"}' WHERE number = 3";
        tamper(database, "audit_no_update", "audit", sql).await;
        let broken = verify(&world.store, world.company).await.unwrap_err();
        assert_eq!((broken.number, broken.why), (3, "the entry was changed"));
        assert!(
            verify(&world.store, world.rival).await.is_ok(),
            "only that chain"
        );
    })
    .await;
}

#[tokio::test]
async fn an_entry_that_was_taken_out_is_found_wherever_it_was() {
    for (taken, found) in [(1, 1), (3, 3), (5, 5)] {
        on_each_database(async |database| {
            let world = World::new(database).await;
            world.recorded(5).await;
            let sql = format!("DELETE FROM audit WHERE number = {taken}");
            tamper(database, "audit_no_delete", "audit", &sql).await;
            let broken = verify(&world.store, world.company).await.unwrap_err();
            assert_eq!((broken.number, broken.why), (found, "the entry is missing"));
        })
        .await;
    }
}

#[tokio::test]
async fn the_oldest_are_removed_behind_a_note_that_nobody_can_forge() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        world.recorded(6).await;
        let (company, before) = (world.company, world.at(4));
        let removed = write!(world.store, |tx| {
            chain::remove_before(tx, company, before).await
        });
        assert_eq!(removed.unwrap(), 4);
        let again = write!(world.store, |tx| {
            chain::remove_before(tx, company, before).await
        });
        assert_eq!(again.unwrap(), 0);
        world.recorded(1).await;
        let holds = verify(&world.store, company).await.unwrap();
        assert_eq!((holds.entries, holds.removed), (3, 4));
        // Somebody moves the note on and removes one more.
        let hash = "(SELECT a.hash FROM audit a WHERE a.number = 5 AND a.company_id = audit_chain.company_id)";
        database
            .execute(&format!(
                "UPDATE audit_chain SET removed_number = 5, removed_hash = {hash} WHERE removed_number = 4"
            ))
            .await;
        database.execute("DELETE FROM audit WHERE number = 5").await;
        let broken = verify(&world.store, company).await.unwrap_err();
        assert_eq!(broken.why, "the note of what was removed is not ours");
    })
    .await;
}

#[tokio::test]
async fn entries_are_found_by_topic_person_and_time_and_only_in_their_company() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        world.recorded(4).await;
        let (company, by) = (world.company, By::Person(world.ben.id));
        let entry = Entry::new(company, by, "zoom.default", company, world.at(10));
        write!(world.store, |tx, entry| {
            tx.audit(entry.clone());
            Ok(())
        })
        .unwrap();
        let found = async |wanted: Filter| {
            let mut tx = world.store.read().await.unwrap();
            let list = audit::list(&mut tx, company, &wanted).await.unwrap();
            list.into_iter()
                .map(|entry| entry.number)
                .collect::<Vec<_>>()
        };
        let topic = Some(Topic::Connection);
        assert_eq!(found(Filter { topic, ..ALL }).await, [5]);
        let person = Some(world.ada.id);
        assert_eq!(
            found(Filter {
                person,
                limit: 2,
                ..ALL
            })
            .await,
            [4, 3]
        );
        let (from, to) = (Some(world.at(1)), Some(world.at(3)));
        assert_eq!(found(Filter { from, to, ..ALL }).await, [3, 2]);
        assert_eq!(
            found(Filter {
                before: Some(2),
                ..ALL
            })
            .await,
            [1]
        );
        let mut tx = world.store.read().await.unwrap();
        let theirs = audit::list(&mut tx, world.rival, &ALL).await.unwrap();
        assert_eq!(theirs, []);
    })
    .await;
}

#[tokio::test]
async fn a_page_has_the_names_of_the_people_on_it_and_of_nobody_else() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let company = world.company;
        world.recorded(2).await;
        let entry = Entry::new(company, By::System, "retention.ran", company, world.at(3));
        write!(world.store, |tx, entry| {
            tx.audit(entry.clone());
            Ok(())
        })
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        let both = audit::names(&mut tx, company, 1..=3).await.unwrap();
        let (ada, ben) = (&world.ada, &world.ben);
        let expected = [ada, ben].map(|person| (person.id.uuid(), person.name.clone()));
        assert_eq!(both, expected.into());
        let nobody = audit::names(&mut tx, company, 3..=3).await.unwrap();
        assert!(nobody.is_empty(), "the system has no name");
        let rival = audit::names(&mut tx, world.rival, 1..=3).await.unwrap();
        assert!(rival.is_empty());
    })
    .await;
}
