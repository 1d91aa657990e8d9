//! No finder and no change reaches into another company.

use rooms_core::connection::EndedBy;
use rooms_core::{ApiTokenId, MeetingRecordId, Slot};
use rooms_store::bookings::Filter;
use rooms_store::idempotency::Claim;
use rooms_store::meetings::sessions::of_meeting as sessions_of;
use rooms_store::meetings::{AttemptOutcome, attempts};
use rooms_store::{
    bookings, connections, events, idempotency, jobs, meetings, notices, people, rooms, sessions,
};
use rooms_testkit::database::on_each_database;

use crate::world::World;

#[tokio::test]
async fn people_of_another_company_are_neither_found_nor_changed() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (rival, ada, now) = (world.rival, world.ada.id, world.now);
        let mut taken = world.ada.clone();
        taken.company = rival;
        taken.name = "Taken".to_owned();
        write!(world.store, |tx, taken| {
            people::update(tx, taken).await?;
            people::deactivate(tx, rival, ada, now).await?;
            assert!(!people::set_password(tx, rival, ada, "stolen").await?);
            assert!(!people::reactivate(tx, rival, ada).await?);
            assert_eq!(people::lock_admins(tx, rival).await?, 1);
            Ok(())
        })
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        assert_eq!(people::get(&mut tx, rival, ada).await.unwrap(), None);
        assert_eq!(
            people::by_email(&mut tx, rival, &world.ada.email)
                .await
                .unwrap(),
            None
        );
        let list = people::list(&mut tx, rival, None, 100).await.unwrap();
        assert_eq!(list, [world.spy]);
        let untouched = people::get(&mut tx, world.company, ada).await.unwrap();
        assert_eq!(untouched, Some(world.ada));
        let hash = people::password_hash(&mut tx, ada).await.unwrap();
        assert_eq!(hash.as_deref(), Some("hash"));
    })
    .await;
}

#[tokio::test]
async fn sessions_and_tokens_of_another_company_are_neither_found_nor_ended() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (company, rival, ada, now) = (world.company, world.rival, world.ada.id, world.now);
        let id = ApiTokenId::from_uuid(world.id());
        write!(world.store, |tx| {
            sessions::insert_token(tx, id, b"token", (company, ada), "ci", now).await?;
            assert!(!sessions::revoke_token(tx, rival, ada, id, now).await?);
            assert_eq!(sessions::revoke_tokens(tx, rival, ada, now).await?, 0);
            assert_eq!(sessions::delete_all(tx, rival, ada).await?, 0);
            Ok(())
        })
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        assert!(
            sessions::tokens(&mut tx, rival, ada)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            sessions::list(&mut tx, rival, ada, now)
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(
            sessions::tokens(&mut tx, company, ada).await.unwrap().len(),
            1
        );
    })
    .await;
}

#[tokio::test]
async fn rooms_of_another_company_are_neither_found_nor_locked_nor_changed() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (rival, site, room) = (world.rival, world.site, world.room);
        let mut tx = world.store.read().await.unwrap();
        let ours = rooms::get(&mut tx, world.company, room)
            .await
            .unwrap()
            .unwrap();
        let our_site = rooms::site(&mut tx, world.company, site)
            .await
            .unwrap()
            .unwrap();
        write!(world.store, |tx, ours, our_site| {
            assert!(rooms::lock(tx, rival, room).await?.is_none());
            assert!(!rooms::update(tx, rival, ours).await?);
            assert!(!rooms::update_site(tx, rival, our_site).await?);
            Ok(())
        })
        .unwrap();
        assert!(rooms::get(&mut tx, rival, room).await.unwrap().is_none());
        assert!(rooms::site(&mut tx, rival, site).await.unwrap().is_none());
        assert!(rooms::list(&mut tx, rival).await.unwrap().is_empty());
        assert!(rooms::sites(&mut tx, rival).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn bookings_of_another_company_are_neither_found_nor_changed() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let booking = world.booked(0, 60).await;
        let (rival, id, now, room) = (world.rival, booking.id, world.now, world.room);
        let mut theirs = booking.clone();
        theirs.company = rival;
        write!(world.store, |tx, theirs| {
            assert!(!bookings::change(tx, theirs, now).await?);
            assert!(!bookings::cancel(tx, rival, id, None, now).await?);
            Ok(())
        })
        .unwrap();
        let (from, to) = (world.at(-60), world.at(120));
        let mut tx = world.store.read().await.unwrap();
        assert_eq!(bookings::get(&mut tx, rival, id).await.unwrap(), None);
        for of in [None, Some(room)] {
            let filter = Filter {
                room: of,
                from,
                to,
                after: None,
                limit: 100,
            };
            assert_eq!(bookings::list(&mut tx, rival, &filter).await.unwrap(), []);
        }
        let ada = world.ada.id;
        assert_eq!(
            bookings::of_person(&mut tx, rival, ada, from, to, 9)
                .await
                .unwrap(),
            []
        );
        assert_eq!(bookings::busy(&mut tx, rival, from, to).await.unwrap(), []);
        let day = Slot::new(from, to).unwrap();
        let of_day = bookings::of_day(&mut tx, rival, world.site, day).await;
        assert_eq!(of_day.unwrap(), []);
        let organizer = booking.organizer.id;
        let lately = bookings::rooms_lately(&mut tx, rival, organizer, (from, to), 9).await;
        assert_eq!(lately.unwrap(), []);
        let conflicts = bookings::conflicts(&mut tx, rival, room, booking.slot, None).await;
        assert_eq!(conflicts.unwrap(), []);
        let untouched = bookings::get(&mut tx, world.company, id).await.unwrap();
        assert_eq!(untouched, Some(booking));
    })
    .await;
}

#[tokio::test]
async fn connections_of_another_company_are_neither_found_nor_used() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let connection = world.connected(&world.ada).await;
        let (rival, id, now, later) = (world.rival, connection.id, world.now, world.at(1));
        let (mut theirs, pair) = (connection.clone(), world.pair("stolen"));
        theirs.company = rival;
        write!(world.store, |tx, theirs, pair| {
            assert!(!connections::lease_refresh(tx, (rival, id), 1, later, now).await?);
            assert!(!connections::refreshed(tx, (rival, id), 1, pair, (None, &[])).await?);
            assert!(!connections::regrant(tx, theirs, pair).await?);
            assert!(!connections::needs_attention(tx, theirs, "why").await?);
            assert!(!connections::end(tx, theirs, EndedBy::User, now).await?);
            Ok(())
        })
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        assert!(
            connections::get(&mut tx, rival, id)
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            connections::tokens(&mut tx, rival, id)
                .await
                .unwrap()
                .is_none()
        );
        let ada = world.ada.id;
        assert!(
            connections::current(&mut tx, rival, ada)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            connections::of_person(&mut tx, rival, ada)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            connections::of_company(&mut tx, rival)
                .await
                .unwrap()
                .is_empty()
        );
        let untouched = connections::get(&mut tx, world.company, id).await.unwrap();
        assert_eq!(untouched, Some(connection));
    })
    .await;
}

#[tokio::test]
async fn meetings_of_another_company_are_neither_found_nor_changed() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let booking = world.booked(0, 60).await.id;
        let connection = world.connected(&world.ada).await.id;
        let (company, rival, ada, now) = (world.company, world.rival, world.ada.id, world.now);
        let (id, attempt) = (MeetingRecordId::from_uuid(world.id()), world.id());
        write!(world.store, |tx| {
            meetings::insert(tx, id, (company, booking), (ada, connection), now).await?;
            meetings::begin_attempt(tx, attempt, (company, id), 1, now).await?;
            assert!(meetings::lock(tx, rival, id).await?.is_none());
            let outcome = AttemptOutcome::Made;
            meetings::finish_attempts(tx, (rival, id), outcome, None, now).await?;
            meetings::finish_attempt(tx, (rival, attempt), outcome, None, now).await?;
            attempts::lose(tx, (rival, id), "spied", (now, now)).await?;
            attempts::swept(tx, rival, id, now).await?;
            let let_go = meetings::let_go(tx, rival, connection, "why", now);
            assert_eq!(let_go.await?, 0);
            let mut theirs = meetings::get(tx, company, id).await?.unwrap();
            theirs.company = rival;
            theirs.host_email = Some("spy@example.com".to_owned());
            meetings::store(tx, &theirs, now).await
        })
        .unwrap();
        let (from, to) = (world.at(-60), world.at(120));
        let mut tx = world.store.read().await.unwrap();
        assert!(meetings::get(&mut tx, rival, id).await.unwrap().is_none());
        assert!(
            meetings::of_booking(&mut tx, rival, booking)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            meetings::of_bookings(&mut tx, rival, from, to)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            meetings::of_connection(&mut tx, rival, connection)
                .await
                .unwrap()
                .is_empty()
        );
        let tried = attempts::of_meeting(&mut tx, rival, id).await.unwrap();
        assert!(tried.is_empty());
        assert_eq!(attempts::sweep_at(&mut tx, rival, id).await.unwrap(), None);
        let held = sessions_of(&mut tx, rival, id).await.unwrap();
        assert!(held.is_empty());
        let ahead = meetings::bookings_ahead(&mut tx, rival, connection, from).await;
        assert_eq!(ahead.unwrap(), 0);
        assert!(
            meetings::open_attempt(&mut tx, rival, id)
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            meetings::open_attempt(&mut tx, company, id)
                .await
                .unwrap()
                .is_some()
        );
        let untouched = meetings::get(&mut tx, company, id).await.unwrap().unwrap();
        assert_eq!(untouched.host_email, None);
    })
    .await;
}

#[tokio::test]
async fn jobs_histories_notices_and_keys_of_another_company_are_out_of_reach() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (company, rival, ada, now) = (world.company, world.rival, world.ada.id, world.now);
        let subject = world.id();
        write!(world.store, |tx| {
            jobs::enqueue(tx, "mail", subject, Some(company), "{}", (now, now)).await?;
            let at_once = jobs::AtOnce {
                pieces: 9,
                of_a_lane: 9,
                of_an_account: 9,
            };
            for job in jobs::claim(tx, now, jiff::SignedDuration::from_mins(1), at_once).await? {
                jobs::bury(tx, &job, "why").await?;
                assert!(!jobs::revive(tx, rival, job.id, now).await?);
            }
            assert_eq!(jobs::dead(tx, company).await?.len(), 1);
            assert!(jobs::dead(tx, rival).await?.is_empty());

            let by = events::By::Person(ada);
            events::insert(tx, (company, subject), "made", by, "", now).await?;
            assert!(events::of_subject(tx, rival, subject, 9).await?.is_empty());

            let notice = notices::insert(tx, (company, ada), "x", subject, "", now).await?;
            assert!(notices::list(tx, rival, ada).await?.is_empty());
            assert!(!notices::dismiss(tx, rival, ada, notice, now).await?);
            notices::dismiss_about(tx, rival, ada, subject, now).await?;
            assert_eq!(notices::list(tx, company, ada).await?.len(), 1);

            let claim = idempotency::claim(tx, (company, ada), "key", b"hash", subject, now);
            assert_eq!(claim.await?, Claim::New);
            let claim = idempotency::claim(tx, (rival, ada), "key", b"hash", subject, now);
            assert_eq!(claim.await?, Claim::Mismatch, "nothing is told of it");
            Ok(())
        })
        .unwrap();
    })
    .await;
}
