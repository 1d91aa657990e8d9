//! Data on people, requests and days: found, changed and erased in their company only.

use rooms_core::DataRequestId;
use rooms_core::connection::EndedBy;
use rooms_core::retention::Kept;
use rooms_store::events::{self, By};
use rooms_store::requests::{Answer, RequestState};
use rooms_store::retention::Run;
use rooms_store::{connections, erasure, jobs, personal, requests, retention};
use rooms_testkit::database::on_each_database;

use crate::world::World;

#[tokio::test]
async fn another_company_neither_finds_nor_erases_nor_answers() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (company, rival, ada, now) = (world.company, world.rival, world.ada.id, world.now);
        let id = DataRequestId::from_uuid(world.id());
        let connection = world.connected(&world.ada).await;
        let mut theirs = connection.clone();
        theirs.company = rival;
        let later = world.at(60);
        write!(world.store, |tx, connection, theirs| {
            assert!(requests::insert(tx, id, (company, ada), now, later).await?);
            let refused = Answer {
                state: RequestState::Refused,
                by: None,
                reply: None,
                proof: None,
            };
            assert!(!requests::answer(tx, rival, id, &refused, now).await?);
            let erased = personal::erase(tx, (rival, ada), ("ada@example.com", "Ada"), now);
            assert!(erased.await?.is_none());
            connections::end(tx, connection, EndedBy::Zoom, now).await?;
            assert!(!erasure::erase(tx, theirs, now).await?);
            erasure::plan(tx, connection, now).await?;
            retention::set(tx, company, Kept::Audit, 100).await?;
            let run = Run {
                at: now,
                removed: 1,
            };
            retention::ran(tx, company, Kept::Audit, run).await
        })
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        assert!(requests::get(&mut tx, rival, id).await.unwrap().is_none());
        assert!(
            requests::list(&mut tx, rival, now)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            requests::of_person(&mut tx, rival, ada)
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(requests::count_open(&mut tx, rival).await.unwrap(), 0);
        assert_eq!(requests::count_open(&mut tx, company).await.unwrap(), 1);
        assert!(personal::held(&mut tx, rival, ada).await.unwrap().is_none());
        assert!(!personal::is_erased(&mut tx, company, ada).await.unwrap());
        assert!(
            erasure::due(&mut tx, rival, later)
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(
            erasure::due(&mut tx, company, later).await.unwrap().len(),
            1
        );
        assert_eq!(
            retention::days(&mut tx, rival).await.unwrap()[&Kept::Audit],
            730
        );
        assert_eq!(
            retention::days(&mut tx, company).await.unwrap()[&Kept::Audit],
            100
        );
        assert!(retention::runs(&mut tx, rival).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_person_has_one_open_request_and_it_is_answered_once() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (company, ada, now, later) = (world.company, world.ada.id, world.now, world.at(60));
        let ids = [world.id(), world.id(), world.id()].map(DataRequestId::from_uuid);
        write!(world.store, |tx| {
            let done = Answer {
                state: RequestState::Done,
                by: Some(ada),
                reply: Some("As you asked.".to_owned()),
                proof: Some("{}".to_owned()),
            };
            assert!(requests::insert(tx, ids[0], (company, ada), now, later).await?);
            assert!(!requests::insert(tx, ids[1], (company, ada), now, later).await?);
            assert!(requests::answer(tx, company, ids[0], &done, now).await?);
            assert!(!requests::answer(tx, company, ids[0], &done, now).await?);
            assert!(requests::insert(tx, ids[2], (company, ada), later, later).await?);
            let all = requests::list(tx, company, now).await?;
            let states: Vec<_> = all.iter().map(|request| request.state).collect();
            assert_eq!(states, [RequestState::Open, RequestState::Done]);
            assert_eq!(all[1].answered_by.as_deref(), Some("Ada"));
            Ok(())
        })
        .unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_address_that_is_the_persons_own_here_too_is_erased_only_where_it_is_told_of_zoom() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (company, ada, now) = (world.company, world.ada.id, world.now);
        // As with most people: the same address in Zoom and here.
        let connection = world.connected(&world.ada).await;
        let letter = r#"{"letter":"invitation","to":"ada@example.com"}"#;
        let failed = r#"{"letter":"link_failed","why":"ada@example.com has no licence"}"#;
        let jobs = [(world.id(), letter), (world.id(), failed)];
        write!(world.store, |tx, connection| {
            let subject = (company, ada.uuid());
            let told = "Connected as ada@example.com";
            events::insert(tx, subject, "zoom.connected", By::System, told, now).await?;
            let own = "Invited ada@example.com";
            events::insert(tx, subject, "booking.changed", By::System, own, now).await?;
            for (id, payload) in jobs {
                jobs::enqueue(tx, "mail", id, Some(company), payload, (now, now)).await?;
            }
            connections::end(tx, connection, EndedBy::Zoom, now).await?;
            assert!(erasure::erase(tx, connection, now).await?);
            assert!(!erasure::erase(tx, connection, now).await?, "once");
            Ok(())
        })
        .unwrap();
        let details = database
            .texts("SELECT detail FROM event ORDER BY kind")
            .await;
        assert_eq!(
            details,
            ["Invited ada@example.com", "Connected as (erased)"]
        );
        let payloads = database
            .texts("SELECT payload FROM job ORDER BY payload")
            .await;
        assert_eq!(payloads[0], letter);
        assert!(
            payloads[1].contains("(erased) has no licence"),
            "{payloads:?}"
        );
        let emails = database.texts("SELECT zoom_email FROM connection").await;
        assert_eq!(emails, [""]);
    })
    .await;
}
