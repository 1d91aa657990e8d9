use rooms_app::zoom::apps::own;
use rooms_app::zoom::connect::NotConnected;
use rooms_core::booking::Conference;
use rooms_core::connection::{ConnectionStatus, EndedBy, Links};
use rooms_core::meeting::MeetingState;
use rooms_store::zoom_apps;
use rooms_testkit::Gate;
use rooms_testkit::app::{CLIENT_ID, ZOOM_JONAS, ZOOM_MARA, on_each};

use super::{connection, in_use};

const ZOOM: Option<Conference> = Some(Conference::Zoom);

#[tokio::test]
async fn removing_the_app_ends_its_connections_as_disconnecting_does_and_then_forgets_the_secrets()
{
    on_each(async |app| {
        let company = app.company("Halden").await;
        let (mara, jonas) = (
            app.officer(&company, "Mara").await,
            app.officer(&company, "Jonas").await,
        );
        app.connect_zoom(&jonas, ZOOM_JONAS).await;
        let own = in_use(app, &company, "ours").await;
        app.connect_zoom(&mara, ZOOM_MARA).await;
        let room = app.room(&company, "Aster").await;
        let booked = app.book(&mara, &room, 4, ZOOM).await;
        app.run_jobs().await;

        let ended = own::remove(&app.app, &company.admin.actor).await.unwrap();
        assert_eq!(ended, 1);
        let gone = connection(app, &mara).await;
        assert_eq!(gone.status, ConnectionStatus::Inactive);
        assert_eq!(gone.disconnected_by, Some(EndedBy::System));
        let others = connection(app, &jonas).await;
        assert_eq!(
            others.status,
            ConnectionStatus::Active,
            "the operator's stays"
        );
        let kept = rooms_app::bookings::get(&app.app, &mara.actor, booked.booking.id).await;
        let kept = kept.unwrap().meeting.unwrap();
        assert_eq!(kept.state, MeetingState::Detached);
        assert!(kept.join_url.is_some(), "the link works on");
        let told = rooms_app::history::notices(&app.app, &mara.actor)
            .await
            .unwrap();
        assert!(told.iter().any(|notice| notice.kind == "zoom.app_removed"));

        app.run_jobs().await;
        app.pass(jiff::SignedDuration::from_mins(1));
        app.deliver_webhooks().await;
        assert!(
            !app.sim.is_installed(ZOOM_MARA, "ours"),
            "handed back to Zoom"
        );
        let mut tx = app.app.read().await.unwrap();
        let left = zoom_apps::by_id(&mut tx, own.id).await.unwrap().unwrap();
        assert_eq!(left.secrets, zoom_apps::Secrets::default(), "shredded");
        drop(tx);
        let overview = own::overview(&app.app, &company.admin.actor).await.unwrap();
        assert!(overview.own.is_none());

        let again = app.connect_zoom(&mara, ZOOM_MARA).await;
        assert_eq!(again.client_id, CLIENT_ID, "through the operator's again");
    })
    .await;
}

#[tokio::test]
async fn an_end_that_still_deletes_meetings_is_finished_by_removing_the_app() {
    on_each(async |app| {
        let company = app.company("Halden").await;
        let mara = app.officer(&company, "Mara").await;
        in_use(app, &company, "ours").await;
        app.connect_zoom(&mara, ZOOM_MARA).await;
        let room = app.room(&company, "Aster").await;
        app.book(&mara, &room, 4, ZOOM).await;
        app.run_jobs().await;
        rooms_app::zoom::leave::leave(&app.app, &mara.actor, None, Links::Remove)
            .await
            .unwrap();
        own::remove(&app.app, &company.admin.actor).await.unwrap();
        let unfinished = rooms_app::zoom::leave::unfinished(&app.app, &mara.actor).await;
        assert!(unfinished.unwrap().is_empty());
        app.run_jobs().await;
        assert!(!app.sim.is_installed(ZOOM_MARA, "ours"));
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_removed_without_a_trace_of_its_secrets() {
    on_each(async |app| {
        let company = app.company("Halden").await;
        let admin = &company.admin.actor;
        own::begin(&app.app, admin).await.unwrap();
        own::enter(&app.app, admin, &super::typed("ours"))
            .await
            .unwrap();
        let id = super::own_of(app, &company).await.id;
        assert_eq!(own::remove(&app.app, admin).await.unwrap(), 0);
        app.run_jobs().await;
        let mut tx = app.app.read().await.unwrap();
        let left = zoom_apps::by_id(&mut tx, id).await.unwrap().unwrap();
        assert_eq!(left.secrets, zoom_apps::Secrets::default());
    })
    .await;
}

#[tokio::test]
async fn who_comes_back_from_zoom_while_the_app_is_removed_is_not_connected_through_it() {
    on_each(async |app| {
        let company = app.company("Halden").await;
        let mara = app.officer(&company, "Mara").await;
        in_use(app, &company, "ours").await;
        // They leave, their state is used up, after the first answer of Zoom its end and what was
        // given are noted, after the second its end; then it is stored.
        let gate = Gate::before(6);
        let other = app.beside(Some(&gate)).await;
        let connecting = Box::pin(app.connect_through(&other, &mara, ZOOM_MARA));
        let admin = &company.admin.actor;
        let removing = Box::pin(gate.meanwhile(async {
            own::remove(&app.app, admin).await.unwrap();
            in_use(app, &company, "another").await;
        }));
        let (connected, ()) = tokio::join!(connecting, removing);
        assert!(
            matches!(connected, Err(NotConnected::Expired)),
            "{connected:?}"
        );
        let all = rooms_app::zoom::connections(&app.app, &mara.actor).await;
        assert!(all.unwrap().is_empty());
        other.shut_down().await;
        assert!(!app.sim.is_installed(ZOOM_MARA, "ours"), "handed back");
    })
    .await;
}
