//! Companies, people, and what carries their requests.

use futures_util::future::join_all;
use rooms_core::actor::Person;
use rooms_core::{ApiTokenId, ConnectPolicy, InvitationId, PersonId, PersonState, Role, SessionId};
use rooms_store::sessions::NewSession;
use rooms_store::{Constraint, companies, invitations, people, rooms, sessions};
use rooms_testkit::database::on_each_database;

use crate::world::{World, room_draft};

async fn signed_in(world: &World, token: &'static [u8], person: &Person) -> SessionId {
    let id = SessionId::from_uuid(world.id());
    let (company, person, now, expires_at) = (person.company, person.id, world.now, world.at(60));
    write!(world.store, |tx| {
        let new = NewSession {
            id,
            token_hash: token,
            company,
            person,
            user_agent: "a browser",
            now,
            expires_at,
        };
        sessions::insert(tx, &new).await
    })
    .unwrap();
    id
}

async fn session(world: &World, token: &[u8], minute: i64) -> Option<PersonId> {
    let mut tx = world.store.read().await.unwrap();
    let carried = sessions::by_hash(&mut tx, token, world.at(minute))
        .await
        .unwrap();
    carried.map(|c| c.actor.person)
}

async fn token(world: &World, hash: &'static [u8], person: &Person) -> ApiTokenId {
    let id = ApiTokenId::from_uuid(world.id());
    let (who, now) = ((person.company, person.id), world.now);
    write!(world.store, |tx| sessions::insert_token(
        tx, id, hash, who, "ci", now
    )
    .await)
    .unwrap();
    id
}

async fn carried(world: &World, hash: &[u8]) -> Option<PersonId> {
    let mut tx = world.store.read().await.unwrap();
    sessions::token_by_hash(&mut tx, hash)
        .await
        .unwrap()
        .map(|c| c.actor.person)
}

async fn deactivate(world: &World, person: &Person) {
    let (company, id, now) = (person.company, person.id, world.now);
    write!(world.store, |tx| people::deactivate(tx, company, id, now)
        .await)
    .unwrap();
}

#[tokio::test]
async fn an_empty_database_has_no_company() {
    on_each_database(async |database| {
        let store = database.store().await;
        assert!(
            !companies::any(&mut store.read().await.unwrap())
                .await
                .unwrap()
        );
    })
    .await;
    on_each_database(async |database| {
        let world = World::new(database).await;
        assert!(
            companies::any(&mut world.store.read().await.unwrap())
                .await
                .unwrap()
        );
    })
    .await;
}

#[tokio::test]
async fn a_company_can_be_renamed_and_its_policy_changed() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let mut tx = world.store.read().await.unwrap();
        let mut company = companies::get(&mut tx, world.company)
            .await
            .unwrap()
            .unwrap();
        company.name = "Aster & Söhne".to_owned();
        company.connect_policy = ConnectPolicy::Chosen;
        write!(world.store, |tx, company| companies::update(tx, company)
            .await)
        .unwrap();
        let found = companies::get(&mut tx, world.company).await.unwrap();
        assert_eq!(found, Some(company));
    })
    .await;
}

#[tokio::test]
async fn an_address_belongs_to_one_person_of_the_installation() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let mut double = world.spy.clone();
        double.id = PersonId::from_uuid(world.id());
        double.email.clone_from(&world.ada.email);
        let now = world.now;
        let refused = write!(world.store, |tx, double| people::insert(
            tx, double, None, now
        )
        .await);
        let refused = refused.unwrap_err();
        assert!(refused.violates(Constraint::PersonEmail), "{refused}");
        let mut tx = world.store.read().await.unwrap();
        let found = people::anywhere(&mut tx, &world.ada.email).await.unwrap();
        assert_eq!(found, Some(world.ada));
    })
    .await;
}

#[tokio::test]
async fn people_are_listed_by_name_page_by_page() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (now, mut more) = (world.now, Vec::new());
        for (n, name) in ["Cleo", "Ben", "adam", "Ägidius", "Zoe", "Ben"]
            .into_iter()
            .enumerate()
        {
            more.push(Person {
                id: PersonId::from_uuid(world.id()),
                email: format!("{n}@example.com"),
                name: name.to_owned(),
                ..world.ben.clone()
            });
        }
        write!(world.store, |tx, more| {
            for person in more {
                people::insert(tx, person, None, now).await?;
            }
            Ok(())
        })
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        let mut seen: Vec<Person> = Vec::new();
        loop {
            let after = seen.last().map(|p| (p.name.as_str(), p.id));
            let page = people::list(&mut tx, world.company, after, 3)
                .await
                .unwrap();
            if page.is_empty() {
                break;
            }
            seen.extend(page);
        }
        let names: Vec<_> = seen.iter().map(|p| p.name.as_str()).collect();
        let expected = ["Ada", "Ben", "Ben", "Ben", "Cleo", "Zoe", "adam", "Ägidius"];
        assert_eq!(names, expected, "in the same order on every database");
    })
    .await;
}

#[tokio::test]
async fn a_password_makes_an_invited_person_active() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let mut invited = world.ben.clone();
        invited.id = PersonId::from_uuid(world.id());
        invited.email = "new@example.com".to_owned();
        invited.state = PersonState::Invited;
        let (now, company, id) = (world.now, world.company, invited.id);
        write!(world.store, |tx, invited| people::insert(
            tx, invited, None, now
        )
        .await)
        .unwrap();
        let hash = async || {
            let mut tx = world.store.read().await.unwrap();
            people::password_hash(&mut tx, id).await.unwrap()
        };
        let set = async || {
            write!(world.store, |tx| people::set_password(
                tx, company, id, "argon"
            )
            .await)
            .unwrap()
        };
        let state = async || {
            let mut tx = world.store.read().await.unwrap();
            people::get(&mut tx, company, id)
                .await
                .unwrap()
                .unwrap()
                .state
        };
        assert_eq!(hash().await, None);
        assert!(set().await);
        assert_eq!(
            (hash().await.as_deref(), state().await),
            (Some("argon"), PersonState::Active)
        );

        deactivate(&world, &invited).await;
        assert_eq!(
            (hash().await, state().await),
            (None, PersonState::Deactivated)
        );
        assert!(!set().await, "not while deactivated");
        let back = write!(world.store, |tx| people::reactivate(tx, company, id).await);
        assert!(back.unwrap());
        assert_eq!(state().await, PersonState::Invited);
        let twice = write!(world.store, |tx| people::reactivate(tx, company, id).await);
        assert!(!twice.unwrap());
    })
    .await;
}

#[tokio::test]
async fn only_active_admins_are_counted() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (company, mut ben) = (world.company, world.ben.clone());
        let count =
            async || write!(world.store, |tx| people::lock_admins(tx, company).await).unwrap();
        assert_eq!(count().await, 1);
        ben.role = Role::Admin;
        ben.name = "Benjamin".to_owned();
        ben.may_connect = true;
        write!(world.store, |tx, ben| people::update(tx, ben).await).unwrap();
        assert_eq!(count().await, 2);
        let mut tx = world.store.read().await.unwrap();
        let found = people::by_email(&mut tx, company, &ben.email)
            .await
            .unwrap();
        assert_eq!(found, Some(ben.clone()));
        drop(tx);
        deactivate(&world, &ben).await;
        assert_eq!(count().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_session_carries_its_person_until_it_ends() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let id = signed_in(&world, b"one", &world.ada).await;
        assert_eq!(session(&world, b"one", 59).await, Some(world.ada.id));
        assert_eq!(session(&world, b"one", 60).await, None, "ended");
        assert_eq!(session(&world, b"two", 0).await, None, "another token");
        let (seen_at, ends_at) = (world.at(30), world.at(90));
        write!(world.store, |tx| sessions::seen(tx, id, seen_at, ends_at)
            .await)
        .unwrap();
        assert_eq!(
            session(&world, b"one", 60).await,
            Some(world.ada.id),
            "moved on"
        );
        let mut tx = world.store.read().await.unwrap();
        let carried = sessions::by_hash(&mut tx, b"one", world.now)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((carried.id, carried.seen_at), (id, seen_at));
        assert_eq!(carried.actor.email, world.ada.email);
        assert_eq!(
            (carried.actor.company, carried.actor.role),
            (world.company, Role::Admin)
        );
        assert!(carried.actor.may_connect, "everybody may");
    })
    .await;
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_or_all() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (company, ada, ben, now) = (world.company, world.ada.id, world.ben.id, world.now);
        let first = signed_in(&world, b"one", &world.ada).await;
        signed_in(&world, b"two", &world.ada).await;
        signed_in(&world, b"bens", &world.ben).await;
        let mut tx = world.store.read().await.unwrap();
        let listed = sessions::list(&mut tx, company, ada, now).await.unwrap();
        assert_eq!(listed.len(), 2);
        assert_eq!(
            (listed[0].user_agent.as_str(), listed[0].created_at),
            ("a browser", now)
        );
        drop(tx);
        let not_his = write!(world.store, |tx| sessions::delete(tx, company, ben, first)
            .await);
        assert!(!not_his.unwrap());
        let hers = write!(world.store, |tx| sessions::delete(tx, company, ada, first)
            .await);
        assert!(hers.unwrap());
        assert_eq!(session(&world, b"one", 0).await, None);
        assert_eq!(session(&world, b"two", 0).await, Some(ada));
        write!(world.store, |tx| sessions::delete_all(tx, company, ada)
            .await)
        .unwrap();
        assert_eq!(session(&world, b"two", 0).await, None);
        assert_eq!(session(&world, b"bens", 0).await, Some(ben));
        let later = world.at(60);
        let purged = write!(world.store, |tx| sessions::purge(tx, later).await);
        assert_eq!(purged.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_token_carries_its_person_until_it_is_revoked() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (company, ada, ben, now) = (world.company, world.ada.id, world.ben.id, world.now);
        let id = token(&world, b"one", &world.ada).await;
        token(&world, b"two", &world.ada).await;
        assert_eq!(carried(&world, b"one").await, Some(ada));
        write!(world.store, |tx| sessions::token_seen(tx, id, now).await).unwrap();
        let mut tx = world.store.read().await.unwrap();
        let listed = sessions::tokens(&mut tx, company, ada).await.unwrap();
        let seen: Vec<_> = listed
            .iter()
            .filter(|t| t.seen_at == Some(now))
            .map(|t| t.id)
            .collect();
        assert_eq!((listed.len(), seen), (2, vec![id]));
        drop(tx);
        let revoke = async |person| {
            write!(world.store, |tx| sessions::revoke_token(
                tx, company, person, id, now
            )
            .await)
            .unwrap()
        };
        assert!(!revoke(ben).await, "it is not his");
        assert!(revoke(ada).await);
        assert!(!revoke(ada).await, "once");
        assert_eq!(carried(&world, b"one").await, None);
        assert_eq!(carried(&world, b"two").await, Some(ada));
        write!(world.store, |tx| sessions::revoke_tokens(
            tx, company, ada, now
        )
        .await)
        .unwrap();
        assert_eq!(carried(&world, b"two").await, None);
    })
    .await;
}

#[tokio::test]
async fn nothing_carries_a_deactivated_person() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        signed_in(&world, b"session", &world.ada).await;
        token(&world, b"token", &world.ada).await;
        deactivate(&world, &world.ada).await;
        assert_eq!(session(&world, b"session", 0).await, None);
        assert_eq!(carried(&world, b"token").await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_used_once() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (who, now, expires_at) = ((world.company, world.ben.id), world.now, world.at(60));
        let id = InvitationId::from_uuid(world.id());
        write!(world.store, |tx| {
            invitations::insert(tx, id, b"link", who, now, expires_at).await
        })
        .unwrap();
        let read = async || {
            let mut tx = world.store.read().await.unwrap();
            invitations::by_hash(&mut tx, b"link").await.unwrap()
        };
        let shown = read().await.unwrap();
        assert_eq!(
            (shown.company, shown.person, shown.used_at),
            (who.0, who.1, None)
        );
        assert_eq!(
            (shown.email.as_str(), shown.company_name.as_str()),
            ("ben@example.com", "Aster")
        );
        let late = write!(world.store, |tx| invitations::redeem(
            tx, b"link", expires_at
        )
        .await);
        assert!(!late.unwrap(), "expired");
        let used = join_all((0..8).map(|_| async {
            write!(world.store, |tx| invitations::redeem(tx, b"link", now)
                .await)
            .unwrap()
        }))
        .await;
        assert_eq!(used.into_iter().filter(|u| *u).count(), 1);
        assert_eq!(read().await.unwrap().used_at, Some(now));
        deactivate(&world, &world.ben).await;
        assert!(read().await.is_none(), "not for a deactivated person");
    })
    .await;
}

#[tokio::test]
async fn a_newer_invitation_makes_earlier_ones_useless() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (who, now, expires_at) = ((world.company, world.ben.id), world.now, world.at(60));
        let (one, two) = (
            InvitationId::from_uuid(world.id()),
            InvitationId::from_uuid(world.id()),
        );
        write!(world.store, |tx| {
            invitations::insert(tx, one, b"one", who, now, expires_at).await?;
            invitations::void(tx, who.0, who.1, now).await?;
            invitations::insert(tx, two, b"two", who, now, expires_at).await
        })
        .unwrap();
        let earlier = write!(world.store, |tx| invitations::redeem(tx, b"one", now).await);
        let newer = write!(world.store, |tx| invitations::redeem(tx, b"two", now).await);
        assert_eq!((earlier.unwrap(), newer.unwrap()), (false, true));
    })
    .await;
}

#[tokio::test]
async fn a_room_reads_back_and_changes_by_revision() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let mut tx = world.store.read().await.unwrap();
        let mut room = rooms::get(&mut tx, world.company, world.room)
            .await
            .unwrap()
            .unwrap();
        let draft = room_draft("Aster");
        assert_eq!((&room.name, room.capacity), (&draft.name, draft.capacity));
        assert_eq!(
            (&room.equipment, &room.hours),
            (&draft.equipment, &draft.hours)
        );
        assert_eq!((room.revision, room.zone.name()), (1, "Europe/Zurich"));
        room.capacity = 20;
        room.hours.0[6] = None;
        let company = world.company;
        let update = async || {
            write!(world.store, |tx, room| rooms::update(tx, company, room)
                .await)
            .unwrap()
        };
        assert!(update().await);
        assert!(!update().await, "the second is stale");
        room.revision = 2;
        assert_eq!(
            rooms::get(&mut tx, company, world.room).await.unwrap(),
            Some(room)
        );
        let names: Vec<_> = rooms::list(&mut tx, company)
            .await
            .unwrap()
            .into_iter()
            .map(|r| r.name)
            .collect();
        assert_eq!(names, ["Aster", "Birch"]);
    })
    .await;
}

#[tokio::test]
async fn the_rooms_of_a_retired_site_are_retired() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let company = world.company;
        let mut tx = world.store.read().await.unwrap();
        let mut site = rooms::site(&mut tx, company, world.site)
            .await
            .unwrap()
            .unwrap();
        site.state = rooms_core::room::RoomState::Retired;
        site.name = "Zug".to_owned();
        let updated = write!(world.store, |tx, site| rooms::update_site(
            tx, company, site
        )
        .await);
        assert!(updated.unwrap());
        assert_eq!(
            rooms::sites(&mut tx, company).await.unwrap(),
            [site.clone()]
        );
        let room = rooms::get(&mut tx, company, world.room)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((room.state, room.site_name.as_str()), (site.state, "Zug"));
    })
    .await;
}
