//! Histories and notices.

use rooms_core::NoticeId;
use rooms_store::events::{self, By};
use rooms_store::notices;
use rooms_testkit::database::on_each_database;

use crate::world::World;

#[tokio::test]
async fn a_history_is_newest_first_and_names_who_did_it() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (subject, other, company) = (world.id(), world.id(), world.company);
        let (first, second, third) = (world.at(0), world.at(1), world.at(2));
        let ada = By::Person(world.ada.id);
        write!(world.store, |tx| {
            events::insert(tx, (company, subject), "connected", ada, "", first).await?;
            events::insert(tx, (company, subject), "ended", By::Zoom, "removed", second).await?;
            events::insert(tx, (company, subject), "noticed", By::System, "", third).await?;
            events::insert(tx, (company, other), "else", ada, "", third).await
        })
        .unwrap();
        let history = async |limit| {
            let mut tx = world.store.read().await.unwrap();
            events::of_subject(&mut tx, company, subject, limit)
                .await
                .unwrap()
        };
        let all = history(10).await;
        let kinds: Vec<_> = all
            .iter()
            .map(|e| (e.kind.as_str(), e.actor_kind.as_str()))
            .collect();
        assert_eq!(
            kinds,
            [
                ("noticed", "system"),
                ("ended", "zoom"),
                ("connected", "person")
            ]
        );
        assert_eq!((all[1].detail.as_str(), all[1].at), ("removed", second));
        assert_eq!(all[1].actor_name, None);
        assert_eq!(all[2].actor_name.as_deref(), Some("Ada"));
        assert_eq!(history(1).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_notice_is_shown_until_it_is_dismissed() {
    on_each_database(async |database| {
        let world = World::new(database).await;
        let (company, ada, ben) = (world.company, world.ada.id, world.ben.id);
        let (subject, other) = (world.id(), world.id());
        let (early, late) = (world.at(0), world.at(1));
        let first = write!(world.store, |tx| {
            let first =
                notices::insert(tx, (company, ada), "zoom.removed", subject, "why", early).await?;
            notices::insert(tx, (company, ada), "link.failed", other, "", late).await?;
            Ok(first)
        })
        .unwrap();
        let shown = async |person| {
            let mut tx = world.store.read().await.unwrap();
            let found = notices::list(&mut tx, company, person).await.unwrap();
            found.into_iter().map(|n| n.kind).collect::<Vec<_>>()
        };
        let dismiss = async |person, id: NoticeId| {
            write!(world.store, |tx| notices::dismiss(
                tx, company, person, id, late
            )
            .await)
            .unwrap()
        };
        assert_eq!(
            shown(ada).await,
            ["link.failed", "zoom.removed"],
            "newest first"
        );
        assert!(shown(ben).await.is_empty());
        assert!(!dismiss(ben, first).await, "it is not his");
        assert!(dismiss(ada, first).await);
        assert!(!dismiss(ada, first).await, "once");
        assert_eq!(shown(ada).await, ["link.failed"]);
        write!(world.store, |tx| {
            notices::dismiss_about(tx, company, ada, other, late).await
        })
        .unwrap();
        assert!(shown(ada).await.is_empty());
    })
    .await;
}
