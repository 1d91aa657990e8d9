//! Requests to be allowed to connect apps.

use rooms_core::{PermissionRequestId, PersonId};
use rooms_store::permissions::{self, RequestState};
use rooms_store::{notices, people, personal};
use rooms_testkit::database::on_each_database;

use crate::world::World;

async fn ask(world: &World, minute: i64) -> Option<PermissionRequestId> {
    let id = PermissionRequestId::from_uuid(world.id());
    let (whose, at) = ((world.company, world.ben.id), world.at(minute));
    let asked = write!(world.store, |tx| permissions::insert(
        tx,
        id,
        whose,
        "For the fair",
        at
    )
    .await);
    asked.unwrap().then_some(id)
}

async fn answer(world: &World, id: PermissionRequestId, state: RequestState) -> bool {
    let (which, by, at) = ((world.company, id), world.ada.id, world.at(5));
    let reply = Some("Not yet");
    let answered = write!(world.store, |tx| permissions::answer(
        tx,
        which,
        (state, reply),
        by,
        at
    )
    .await);
    answered.unwrap()
}

#[tokio::test]
async fn one_request_is_open_at_a_time_and_answered_once() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let first = ask(&world, 0).await.unwrap();
        assert_eq!(ask(&world, 1).await, None, "it waits for an answer");
        assert!(answer(&world, first, RequestState::Declined).await);
        assert!(!answer(&world, first, RequestState::Allowed).await, "once");
        let mut tx = world.store.read().await.unwrap();
        let latest = permissions::latest(&mut tx, world.company, world.ben.id).await;
        let latest = latest.unwrap().unwrap();
        assert_eq!(latest.state, RequestState::Declined);
        assert_eq!(
            (latest.id, latest.message.as_str(), latest.reply.as_deref()),
            (first, "For the fair", Some("Not yet"))
        );
        assert_eq!(
            (latest.asked_at, latest.answered_at),
            (world.now, Some(world.at(5)))
        );
        drop(tx);
        let second = ask(&world, 9).await.unwrap();
        let mut tx = world.store.read().await.unwrap();
        let latest = permissions::latest(&mut tx, world.company, world.ben.id).await;
        assert_eq!(latest.unwrap().unwrap().id, second);
    })
    .await;
}

#[tokio::test]
async fn a_request_of_another_company_is_neither_found_nor_answered() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let id = ask(&world, 0).await.unwrap();
        let (rival, spy, ben, now) = (world.rival, world.spy.id, world.ben.id, world.now);
        let allowed = (RequestState::Allowed, None);
        let taken = write!(world.store, |tx| permissions::answer(
            tx,
            (rival, id),
            allowed,
            spy,
            now
        )
        .await);
        assert!(!taken.unwrap());
        let mut tx = world.store.read().await.unwrap();
        let found = permissions::latest(&mut tx, rival, ben).await.unwrap();
        assert_eq!(found, None);
        let admins = people::admins(&mut tx, rival).await.unwrap();
        assert!(admins.iter().all(|admin| admin.company == rival));
    })
    .await;
}

#[tokio::test]
async fn who_was_told_is_known_after_it_was_put_away_for_all() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (company, rival, now) = (world.company, world.rival, world.now);
        let (subject, later) = (world.id(), world.at(1));
        let whom: [PersonId; 2] = [world.ada.id, world.ben.id];
        write!(world.store, |tx, whom| {
            for person in *whom {
                notices::insert(tx, (company, person), "asked", subject, "", now).await?;
            }
            notices::dismiss_of_all(tx, rival, ("asked", subject), now).await?;
            assert_eq!(notices::list(tx, company, whom[0]).await?.len(), 1);
            notices::dismiss_of_all(tx, company, ("asked", subject), now).await?;
            assert!(notices::list(tx, company, whom[0]).await?.is_empty());
            Ok(())
        })
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        let told = notices::told(&mut tx, company, ("asked", subject), now).await;
        assert_eq!(told.unwrap().len(), 2);
        for (of, since) in [(company, later), (rival, now)] {
            let told = notices::told(&mut tx, of, ("asked", subject), since).await;
            assert!(told.unwrap().is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn requests_are_part_of_what_is_held_and_are_erased_with_it() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        ask(&world, 0).await.unwrap();
        let (company, ben, now) = (world.company, world.ben.clone(), world.now);
        let mut tx = world.store.read().await.unwrap();
        let held = personal::held(&mut tx, company, ben.id).await.unwrap();
        let held = held.unwrap().kinds;
        let of_kind = held.iter().find(|(kind, _)| *kind == "permission_requests");
        assert_eq!(of_kind.unwrap().1[0]["message"], "For the fair");
        drop(tx);
        let id = ben.id;
        write!(world.store, |tx, ben| personal::erase(
            tx,
            (company, id),
            (&ben.email, &ben.name),
            now
        )
        .await)
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        assert_eq!(
            permissions::latest(&mut tx, company, id).await.unwrap(),
            None
        );
    })
    .await;
}
