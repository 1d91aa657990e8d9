//! What is deleted after a removal in Zoom is confirmed to it where the operator wants that; nothing
//! depends on how that ends.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use rooms_app::data::retention;
use rooms_app::{jobs, zoom};
use rooms_core::connection::EndedBy;
use rooms_core::retention::Kept;
use rooms_testkit::app::{CLIENT_ID, ZOOM_JONAS};
use rooms_testkit::{Settings, TestApp, TestDatabase, TestPerson};
use zoom_sim::{Fault, Operation, Trouble};

use crate::{found_in_database, office};

async fn on_each(confirms_deletion: bool, test: impl AsyncFn(&TestApp)) {
    let databases = [Some(TestDatabase::sqlite()), TestDatabase::postgres().await];
    for database in databases.into_iter().flatten() {
        let settings = Settings {
            database: Some(database),
            confirms_deletion,
            ..Settings::default()
        };
        test(&TestApp::with(settings).await).await;
    }
}

/// The answers of Zoom to its being told.
fn told(app: &TestApp) -> Vec<Option<u16>> {
    let requests = app.sim.requests().into_iter();
    let told = requests.filter(|request| request.path == "/oauth/data/compliance");
    told.map(|request| request.status).collect()
}

async fn removed(app: &TestApp) {
    app.pass(SignedDuration::from_mins(1));
    assert!(app.sim.remove_app(ZOOM_JONAS, CLIENT_ID));
    app.deliver_webhooks().await;
}

async fn ended_by(app: &TestApp, person: &TestPerson) -> Option<EndedBy> {
    let connections = zoom::connections(&app.app, &person.actor).await;
    connections.unwrap()[0].disconnected_by
}

#[tokio::test]
async fn zoom_is_told_once_and_only_where_the_operator_wants_it() {
    for wanted in [false, true] {
        on_each(wanted, async |app| {
            let (_, mara, _) = office(app).await;
            let connection = app.connect_zoom(&mara, ZOOM_JONAS).await;
            removed(app).await;
            let expected = if wanted { vec![Some(200)] } else { Vec::new() };
            assert_eq!(told(app), expected);
            assert_eq!(ended_by(app, &mara).await, Some(EndedBy::Zoom));
            let left = found_in_database(app, &[&connection.zoom_user_id]).await;
            assert!(left.is_empty(), "{left:?}");
            app.pass(SignedDuration::from_hours(24 * 3));
            app.run_jobs().await;
            assert_eq!(told(app), expected);
        })
        .await;
    }
}

#[tokio::test]
async fn a_zoom_that_refuses_to_hear_it_holds_nothing_up_and_is_left_alone_after_two_days() {
    on_each(true, async |app| {
        let (company, mara, _) = office(app).await;
        let connection = app.connect_zoom(&mara, ZOOM_JONAS).await;
        app.sim
            .fault(Fault::always(Operation::Compliance, Trouble::DropBefore));
        removed(app).await;
        assert_eq!(ended_by(app, &mara).await, Some(EndedBy::Zoom));
        let left = found_in_database(app, &[&connection.zoom_user_id]).await;
        assert!(left.is_empty(), "what waits is sealed: {left:?}");
        for _ in 0..20 {
            app.pass(SignedDuration::from_hours(12));
            app.run_jobs().await;
        }
        let tries = told(app).len();
        assert!((10..=20).contains(&tries), "{tries}");
        let dead = jobs::dead(&app.app, &company.admin.actor).await.unwrap();
        assert!(dead.is_empty(), "{dead:?}");
        app.pass(SignedDuration::from_hours(24 * 30));
        app.run_jobs().await;
        assert_eq!(told(app).len(), tries);
    })
    .await;
}

#[tokio::test]
async fn it_waits_until_the_companys_days_are_over_and_is_dropped_when_they_connect_again() {
    on_each(true, async |app| {
        let (company, mara, _) = office(app).await;
        let days = BTreeMap::from([(Kept::ZoomRemoved, 3)]);
        retention::change(&app.app, &company.admin.actor, days)
            .await
            .unwrap();
        app.connect_zoom(&mara, ZOOM_JONAS).await;
        removed(app).await;
        assert!(told(app).is_empty());
        app.pass(SignedDuration::from_hours(24 * 4));
        retention::run(&app.app, company.id).await.unwrap();
        app.run_jobs().await;
        assert_eq!(told(app), [Some(200)]);

        app.connect_zoom(&mara, ZOOM_JONAS).await;
        removed(app).await;
        app.connect_zoom(&mara, ZOOM_JONAS).await;
        app.pass(SignedDuration::from_hours(24 * 2));
        app.run_jobs().await;
        assert_eq!(told(app).len(), 1, "they use it again");
    })
    .await;
}
