//! Companies' own apps at Zoom: one at a time, sealed, and nobody else's.

use rooms_core::connection::EndedBy;
use rooms_core::{CompanyId, ZoomAppId};
use rooms_store::zoom_apps::{self, AppState, OwnApp, Secrets};
use rooms_store::{connections, jobs};
use rooms_testkit::database::on_each_database;

use crate::world::World;

async fn begun(world: &World, company: CompanyId) -> Option<ZoomAppId> {
    let (id, now) = (ZoomAppId::from_uuid(world.id()), world.now);
    let begun = write!(world.store, |tx| zoom_apps::begin(tx, company, id, now)
        .await);
    begun.unwrap().then_some(id)
}

async fn current(world: &World, company: CompanyId) -> Option<OwnApp> {
    let mut tx = world.store.read().await.unwrap();
    zoom_apps::current(&mut tx, company).await.unwrap()
}

async fn stored(world: &World, app: &OwnApp) -> Result<bool, rooms_store::Error> {
    let (app, now) = (app.clone(), world.now);
    write!(world.store, |tx, app| zoom_apps::store(tx, app, now).await)
}

/// An app of a company as it is used.
async fn used(world: &World, company: CompanyId, client_id: &str) -> OwnApp {
    begun(world, company).await;
    let app = OwnApp {
        state: AppState::Active,
        client_id: client_id.to_owned(),
        secrets: Secrets {
            client: Some("client secret".to_owned()),
            webhook: Some("webhook secret".to_owned()),
            earlier_webhook: Some("webhook before".to_owned()),
        },
        webhook_secret_at: Some(world.at(1)),
        checks: Some("[]".to_owned()),
        checked_at: Some(world.at(2)),
        used_at: Some(world.at(3)),
        ..current(world, company).await.unwrap()
    };
    assert!(stored(world, &app).await.unwrap());
    current(world, company).await.unwrap()
}

#[tokio::test]
async fn a_company_has_one_app_at_a_time_and_reads_back_what_it_entered() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        assert_eq!(current(&world, world.company).await, None);
        let id = begun(&world, world.company).await.unwrap();
        assert_eq!(begun(&world, world.company).await, None, "one at a time");
        assert!(
            begun(&world, world.rival).await.is_some(),
            "each has its own"
        );

        let draft = current(&world, world.company).await.unwrap();
        assert_eq!((draft.id, draft.state), (id, AppState::Draft));
        assert_eq!(draft.secrets, Secrets::default());
        let app = used(&world, world.company, "client").await;
        assert_eq!((app.id, app.revision), (id, draft.revision + 1));
        assert_eq!(app.secrets.client.as_deref(), Some("client secret"));
        assert_eq!(app.secrets.webhook.as_deref(), Some("webhook secret"));
        assert_eq!(
            app.secrets.earlier_webhook.as_deref(),
            Some("webhook before")
        );
        assert_eq!(
            (app.webhook_secret_at, app.checked_at, app.used_at),
            (Some(world.at(1)), Some(world.at(2)), Some(world.at(3)))
        );

        let gone = OwnApp {
            state: AppState::Removed,
            ..app
        };
        assert!(stored(&world, &gone).await.unwrap());
        assert_eq!(current(&world, world.company).await, None);
        let next = begun(&world, world.company).await.unwrap();
        assert_ne!(next, id, "another app has another address");
    })
    .await;
}

#[tokio::test]
async fn of_two_who_change_an_app_the_second_is_told() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let first = used(&world, world.company, "client").await;
        let mut second = first.clone();
        second.client_id = "other".to_owned();
        assert!(stored(&world, &first).await.unwrap());
        assert!(!stored(&world, &second).await.unwrap());
        let app = current(&world, world.company).await.unwrap();
        assert_eq!(app.client_id, "client");
    })
    .await;
}

#[tokio::test]
async fn secrets_are_sealed_with_the_companys_key_and_for_their_row() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let app = used(&world, world.company, "client").await;
        let text = format!("{app:?}");
        assert!(
            !text.contains("client secret") && !text.contains("webhook before"),
            "{text}"
        );
        let raw = database.dump().await;
        for secret in [
            b"client secret".as_slice(),
            b"webhook secret",
            b"webhook before",
        ] {
            let clear = raw.windows(secret.len()).any(|bytes| bytes == secret);
            assert!(!clear, "{} is in clear", secret.escape_ascii());
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_id_in_use_is_one_companys() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let ours = used(&world, world.company, "client").await;
        let mut tx = world.store.read().await.unwrap();
        let owner = zoom_apps::owner(&mut tx, "client").await.unwrap();
        assert_eq!(owner, Some(world.company));
        assert_eq!(zoom_apps::owner(&mut tx, "other").await.unwrap(), None);
        drop(tx);

        begun(&world, world.rival).await;
        let draft = OwnApp {
            client_id: "client".to_owned(),
            ..current(&world, world.rival).await.unwrap()
        };
        assert!(
            stored(&world, &draft).await.unwrap(),
            "a draft claims nothing"
        );
        let theirs = OwnApp {
            state: AppState::Active,
            ..current(&world, world.rival).await.unwrap()
        };
        assert!(
            stored(&world, &theirs).await.is_err(),
            "the database says no"
        );
        let gone = OwnApp {
            state: AppState::Removed,
            ..ours
        };
        assert!(stored(&world, &gone).await.unwrap());
        assert!(stored(&world, &theirs).await.unwrap(), "it is free again");
    })
    .await;
}

#[tokio::test]
async fn an_app_of_another_company_is_neither_found_nor_changed() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let app = used(&world, world.company, "client").await;
        let (rival, id, now) = (world.rival, app.id, world.now);
        let theirs = OwnApp {
            company: rival,
            client_id: "taken".to_owned(),
            ..app.clone()
        };
        assert!(!stored(&world, &theirs).await.unwrap());
        write!(world.store, |tx| zoom_apps::shred(tx, rival, id).await).unwrap();
        world.connected(&world.ada).await;
        let mut tx = world.store.read().await.unwrap();
        let of = zoom_apps::of_client(&mut tx, rival, "client").await;
        assert_eq!(of.unwrap(), None);
        let found = zoom_apps::connections(&mut tx, rival, "client").await;
        assert_eq!(found.unwrap(), []);
        let found = zoom_apps::leaving(&mut tx, rival, "client").await;
        assert_eq!(found.unwrap(), []);
        let links = zoom_apps::links(&mut tx, rival, "client", now).await;
        assert_eq!(links.unwrap(), 0);
        let known = zoom_apps::by_id(&mut tx, id).await.unwrap();
        assert_eq!(known, Some(app), "its address leads to it all the same");
    })
    .await;
}

#[tokio::test]
async fn a_removed_app_keeps_its_secrets_until_they_are_shredded() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let connection = world.connected(&world.ada).await;
        let app = used(&world, world.company, "client").await;
        let (company, id, now) = (world.company, app.id, world.now);
        let gone = OwnApp {
            state: AppState::Removed,
            ..app
        };
        let subject = connection.id.uuid();
        write!(world.store, |tx, gone, connection| {
            connections::end(tx, connection, EndedBy::System, now).await?;
            jobs::enqueue(tx, "revoke", subject, Some(company), "", (now, now)).await?;
            zoom_apps::store(tx, gone, now).await
        })
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        let found = zoom_apps::of_client(&mut tx, company, "client").await;
        assert_eq!(found.unwrap().unwrap().id, id);
        for (kind, expected) in [("revoke", true), ("leave", false)] {
            let waits = zoom_apps::is_handing_back(&mut tx, company, "client", kind).await;
            assert_eq!(waits.unwrap(), expected, "{kind}");
        }
        drop(tx);
        write!(world.store, |tx| zoom_apps::shred(tx, company, id).await).unwrap();
        let mut tx = world.store.read().await.unwrap();
        let found = zoom_apps::of_client(&mut tx, company, "client").await;
        assert_eq!(found.unwrap(), None);
        let app = zoom_apps::by_id(&mut tx, id).await.unwrap().unwrap();
        assert_eq!(app.secrets, Secrets::default());
    })
    .await;
}

#[tokio::test]
async fn what_is_heard_of_an_app_is_kept_for_it_alone() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let own = Some(ZoomAppId::from_uuid(world.id()));
        let (now, soon, later) = (world.now, world.now + SOON, world.at(2));
        let scopes = vec!["user:read:user".to_owned()];
        write!(world.store, |tx, scopes| {
            zoom_apps::challenged(tx, (own, "a"), now).await?;
            zoom_apps::heard(tx, (own, "a"), now).await?;
            zoom_apps::heard(tx, (own, "a"), soon).await?;
            zoom_apps::granted(tx, (None, "a"), scopes, now).await
        })
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        let ours = zoom_apps::known(&mut tx, (own, "a")).await.unwrap();
        assert_eq!(
            (ours.challenged_at, ours.heard_at, ours.granted),
            (Some(now), Some(now), None),
            "to the minute"
        );
        let operators = zoom_apps::known(&mut tx, (None, "a")).await.unwrap();
        assert_eq!(operators.granted, Some((scopes, now)));
        assert_eq!(operators.challenged_at, None);
        let nobody = zoom_apps::known(&mut tx, (own, "b")).await.unwrap();
        assert_eq!(nobody, zoom_apps::Heard::default());
        drop(tx);
        write!(world.store, |tx| zoom_apps::heard(tx, (own, "a"), later)
            .await)
        .unwrap();
        let mut tx = world.store.read().await.unwrap();
        let ours = zoom_apps::known(&mut tx, (own, "a")).await.unwrap();
        assert_eq!(ours.heard_at, Some(later));
    })
    .await;
}

/// Less than a minute.
const SOON: jiff::SignedDuration = jiff::SignedDuration::from_secs(20);
