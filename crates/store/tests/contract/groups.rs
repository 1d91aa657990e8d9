//! Groups of people, and that a group lets its members connect apps.

use rooms_core::actor::Company;
use rooms_core::{ApiTokenId, ConnectPolicy, Group, GroupId, PersonId};
use rooms_store::{Constraint, companies, groups, people, personal, sessions};
use rooms_testkit::database::on_each_database;

use crate::world::World;

async fn group(world: &World, name: &str, may_connect: bool) -> Group {
    let (now, group) = (world.now, made(world, name, may_connect));
    write!(world.store, |tx, group| groups::insert(tx, group, now)
        .await)
    .unwrap();
    group
}

fn made(world: &World, name: &str, may_connect: bool) -> Group {
    Group {
        id: GroupId::from_uuid(world.id()),
        company: world.company,
        name: name.to_owned(),
        may_connect,
    }
}

async fn put_in(world: &World, group: &Group, person: PersonId) -> bool {
    let (company, id) = (world.company, group.id);
    write!(world.store, |tx| groups::add(tx, company, id, person).await).unwrap()
}

async fn policy(world: &World, connect_policy: ConnectPolicy) {
    let company = Company {
        id: world.company,
        name: "Aster".to_owned(),
        connect_policy,
    };
    write!(world.store, |tx, company| companies::update(tx, company)
        .await)
    .unwrap();
}

/// Whether Ben's token carries the permission.
async fn ben_may(world: &World) -> bool {
    let mut tx = world.store.read().await.unwrap();
    let carried = sessions::token_by_hash(&mut tx, b"ben").await.unwrap();
    carried.unwrap().actor.may_connect
}

async fn with_a_token(world: &World) {
    let id = ApiTokenId::from_uuid(world.id());
    let (who, now) = ((world.company, world.ben.id), world.now);
    write!(world.store, |tx| sessions::insert_token(
        tx, id, b"ben", who, "ci", now
    )
    .await)
    .unwrap();
}

#[tokio::test]
async fn groups_are_listed_by_name_with_how_many_are_in_them() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (sales, guests) = (
            group(&world, "Sales", true).await,
            group(&world, "Guests", false).await,
        );
        assert!(put_in(&world, &sales, world.ada.id).await);
        assert!(put_in(&world, &sales, world.ben.id).await);
        assert!(!put_in(&world, &sales, world.ben.id).await, "once");
        assert!(put_in(&world, &guests, world.ben.id).await);
        let mut tx = world.store.read().await.unwrap();
        let listed = groups::list(&mut tx, world.company).await.unwrap();
        assert_eq!(listed, [(guests.clone(), 1), (sales.clone(), 2)]);
        let of_ben = groups::of_person(&mut tx, world.company, world.ben.id).await;
        assert_eq!(of_ben.unwrap(), [guests, sales.clone()]);
        let mut members = groups::members(&mut tx, world.company, sales.id)
            .await
            .unwrap();
        let mut expected = vec![world.ada.id, world.ben.id];
        members.sort();
        expected.sort();
        assert_eq!(members, expected);
        let let_connect = groups::let_connect(&mut tx, world.company).await.unwrap();
        assert_eq!(let_connect.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_name_belongs_to_one_group_of_a_company() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        group(&world, "Sales", true).await;
        let (now, double) = (world.now, made(&world, "Sales", false));
        let refused = write!(world.store, |tx, double| groups::insert(tx, double, now)
            .await)
        .unwrap_err();
        assert!(refused.violates(Constraint::GroupName), "{refused}");
        let mut other = group(&world, "Guests", false).await;
        other.name = "Sales".to_owned();
        let refused = write!(world.store, |tx, other| groups::update(tx, other).await);
        assert!(refused.unwrap_err().violates(Constraint::GroupName));
        let theirs = Group {
            company: world.rival,
            ..made(&world, "Sales", true)
        };
        write!(world.store, |tx, theirs| groups::insert(tx, theirs, now)
            .await)
        .unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_person_carries_the_permission_of_a_group_only_where_chosen_people_may() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        with_a_token(&world).await;
        let (company, ben) = (world.company, world.ben.id);
        let mut sales = group(&world, "Sales", true).await;
        policy(&world, ConnectPolicy::Chosen).await;
        assert!(!ben_may(&world).await, "nobody chose him");
        put_in(&world, &sales, ben).await;
        assert!(ben_may(&world).await, "through the group");
        policy(&world, ConnectPolicy::Admins).await;
        assert!(!ben_may(&world).await, "admins only");
        policy(&world, ConnectPolicy::Chosen).await;
        sales.may_connect = false;
        let changed = sales.clone();
        write!(world.store, |tx, changed| groups::update(tx, changed).await).unwrap();
        assert!(!ben_may(&world).await, "the group may not any more");
        sales.may_connect = true;
        let id = sales.id;
        write!(world.store, |tx, sales| groups::update(tx, sales).await).unwrap();
        assert!(ben_may(&world).await);
        let left = write!(world.store, |tx| groups::remove(tx, company, id, ben).await);
        assert!(left.unwrap());
        assert!(!ben_may(&world).await, "taken out");
    })
    .await;
}

#[tokio::test]
async fn a_deleted_group_leaves_nobody_in_it() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (company, sales) = (world.company, group(&world, "Sales", true).await);
        put_in(&world, &sales, world.ben.id).await;
        let id = sales.id;
        let gone = write!(world.store, |tx| groups::delete(tx, company, id).await);
        assert!(gone.unwrap());
        let mut tx = world.store.read().await.unwrap();
        assert_eq!(groups::get(&mut tx, company, id).await.unwrap(), None);
        let of_ben = groups::of_person(&mut tx, company, world.ben.id).await;
        assert_eq!(of_ben.unwrap(), []);
        drop(tx);
        let twice = write!(world.store, |tx| groups::delete(tx, company, id).await);
        assert!(!twice.unwrap());
    })
    .await;
}

#[tokio::test]
async fn groups_of_another_company_are_neither_found_nor_changed() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let sales = group(&world, "Sales", true).await;
        put_in(&world, &sales, world.ben.id).await;
        let (company, rival, id) = (world.company, world.rival, sales.id);
        let (ben, spy) = (world.ben.id, world.spy.id);
        let theirs = Group {
            company: rival,
            name: "Taken".to_owned(),
            ..sales.clone()
        };
        write!(world.store, |tx, theirs| {
            assert!(!groups::update(tx, theirs).await?);
            assert!(!groups::delete(tx, rival, id).await?);
            assert!(!groups::remove(tx, rival, id, ben).await?);
            assert!(!groups::add(tx, rival, id, spy).await?, "our group");
            assert!(!groups::add(tx, company, id, spy).await?, "their person");
            Ok(())
        })
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        assert_eq!(groups::get(&mut tx, rival, id).await.unwrap(), None);
        assert!(groups::list(&mut tx, rival).await.unwrap().is_empty());
        assert!(
            groups::members(&mut tx, rival, id)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            groups::of_person(&mut tx, rival, ben)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            groups::let_connect(&mut tx, rival)
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(groups::list(&mut tx, company).await.unwrap(), [(sales, 1)]);
    })
    .await;
}

#[tokio::test]
async fn a_persons_groups_are_part_of_what_is_held_and_end_with_it() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let sales = group(&world, "Sales", true).await;
        put_in(&world, &sales, world.ben.id).await;
        let (company, ben, now) = (world.company, world.ben.clone(), world.now);
        let mut tx = world.store.read().await.unwrap();
        let held = personal::held(&mut tx, company, ben.id).await.unwrap();
        let held = held.unwrap().kinds;
        let (_, groups_held) = held.iter().find(|(kind, _)| *kind == "groups").unwrap();
        assert_eq!(
            groups_held,
            &[serde_json::json!({ "name": "Sales", "may_connect": true })]
        );
        drop(tx);
        let id = ben.id;
        let erased = write!(world.store, |tx, ben| personal::erase(
            tx,
            (company, id),
            (&ben.email, &ben.name),
            now
        )
        .await);
        assert!(erased.unwrap().unwrap().contains(&("groups", 1)));
        let mut tx = world.store.read().await.unwrap();
        assert_eq!(groups::of_person(&mut tx, company, id).await.unwrap(), []);
        assert!(people::get(&mut tx, company, id).await.unwrap().is_some());
    })
    .await;
}
