//! Streams tell of one's own company alone.

use axum::http::Method;
use rooms_app::bookings;
use rooms_app::zoom::reconcile;
use rooms_core::booking::Change;
use rooms_testkit::{Live, TestApp, TestDatabase};

use crate::canaries::whole;
use crate::roles::{Credentials, Role};
use crate::stage::{Stage, World};

async fn follow(world: &World, path: &str, shown: &Credentials) -> Live {
    let api = world.app.anonymous();
    let request = api
        .request(Method::GET, path)
        .header("cookie", shown.cookies());
    api.follow(request).await
}

async fn rename(app: &TestApp, booking: &str, owner: &Credentials, title: &str) {
    let actor = rooms_app::people::tokens::actor(&app.app, &owner.token)
        .await
        .unwrap()
        .unwrap();
    let change = Change {
        title: Some(title.to_owned()),
        ..Change::default()
    };
    let id = booking.parse().unwrap();
    bookings::change(&app.app, &actor, id, change, None)
        .await
        .unwrap();
}

/// What happens in the other company goes first; what is heard first is one's own.
#[tokio::test]
async fn a_stream_says_nothing_of_another_company() {
    let stage = Stage::build(TestDatabase::sqlite()).await;
    let world = stage.world(0).await;
    let (alfa, beta) = (&stage.alfa, &stage.beta);
    let path = format!("/bookings/{}/events", alfa.ids.linked);
    let mut booking = follow(&world, &path, &stage.credentials(Role::Officer)).await;
    let admin = stage.credentials(Role::Admin);
    let mut comparison = follow(&world, "/admin/reconciliation/events", &admin).await;
    for live in [&booking, &comparison] {
        assert_eq!(live.head.status.as_u16(), 200);
        assert!(beta.canaries.found_in(&whole(&live.head), "").is_empty());
    }
    rename(
        &world.app,
        &beta.ids.linked,
        &beta.owner,
        "Kanaribeta moves",
    )
    .await;
    let other = rooms_app::people::tokens::actor(&world.app.app, &beta.admin.token).await;
    reconcile::start(&world.app.app, &other.unwrap().unwrap())
        .await
        .unwrap();
    rename(&world.app, &alfa.ids.linked, &alfa.owner, "Ours moves").await;
    let own = rooms_app::people::tokens::actor(&world.app.app, &admin.token).await;
    reconcile::start(&world.app.app, &own.unwrap().unwrap())
        .await
        .unwrap();
    let heard = [
        booking.next().await.unwrap(),
        comparison.next().await.unwrap(),
    ];
    for (heard, event) in heard.iter().zip(["event: meeting", "event: changed"]) {
        assert_eq!(heard.matches("event:").count(), 1, "{heard}");
        assert!(heard.contains(event), "{heard}");
        assert!(beta.canaries.found_in(heard, "").is_empty(), "{heard}");
    }
}
