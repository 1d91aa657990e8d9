use jiff::SignedDuration;
use rooms_app::zoom::apps::check::{Verdict, What};
use rooms_app::zoom::apps::own;
use rooms_app::zoom::connect::{self, NotConnected};
use rooms_core::booking::Conference;
use rooms_core::connection::ConnectionStatus;
use rooms_core::meeting::MeetingState;
use rooms_testkit::app::{CLIENT_ID, Settings, TestApp, ZOOM_JONAS, ZOOM_MARA, on_each};

use super::{connection, in_use, own_of, registered};

const ZOOM: Option<Conference> = Some(Conference::Zoom);

#[tokio::test]
async fn a_company_connects_books_and_refreshes_through_its_own_app() {
    on_each(async |app| {
        let (ours, others) = (app.company("Halden").await, app.company("Other").await);
        in_use(app, &ours, "ours").await;
        let (mara, olga) = (
            app.officer(&ours, "Mara").await,
            app.officer(&others, "Olga").await,
        );
        let through_own = app.connect_zoom(&mara, ZOOM_MARA).await;
        let through_operators = app.connect_zoom(&olga, ZOOM_MARA).await;
        assert_eq!(through_own.client_id, "ours");
        assert_eq!(through_operators.client_id, CLIENT_ID);
        // Two apps: neither grant has ended the other.
        for person in [&mara, &olga] {
            assert_eq!(
                connection(app, person).await.status,
                ConnectionStatus::Active
            );
        }

        let (aster, birch) = (
            app.room(&ours, "Aster").await,
            app.room(&others, "Birch").await,
        );
        app.pass(SignedDuration::from_hours(2));
        let booked = app.book(&mara, &aster, 1, ZOOM).await;
        app.book(&olga, &birch, 3, ZOOM).await;
        app.run_jobs().await;
        assert_eq!(
            app.sim.meetings().len(),
            2,
            "both were refreshed by their app"
        );
        let meeting = rooms_app::bookings::get(&app.app, &mara.actor, booked.booking.id).await;
        let meeting = meeting.unwrap().meeting.unwrap();
        assert_eq!(meeting.state, MeetingState::Ready);

        let own = own_of(app, &ours).await;
        assert_eq!((own.connections, own.links), (1, 1));
        let scopes = own.findings.iter().find(|found| found.what == What::Scopes);
        assert_eq!(scopes.unwrap().verdict, Verdict::Ok);
    })
    .await;
}

#[tokio::test]
async fn without_an_app_of_the_operators_a_company_works_through_its_own() {
    let settings = Settings {
        zoom: false,
        ..Settings::default()
    };
    let app = TestApp::with(settings).await;
    let (ours, others) = (app.company("Halden").await, app.company("Other").await);
    in_use(&app, &ours, "ours").await;
    let mara = app.officer(&ours, "Mara").await;
    let olga = app.officer(&others, "Olga").await;
    assert!(
        rooms_app::zoom::status(&app.app, &mara.actor)
            .await
            .unwrap()
            .configured
    );
    assert!(
        !rooms_app::zoom::status(&app.app, &olga.actor)
            .await
            .unwrap()
            .configured
    );

    app.connect_zoom(&mara, ZOOM_MARA).await;
    let room = app.room(&ours, "Aster").await;
    app.book(&mara, &room, 1, ZOOM).await;
    app.run_jobs().await;
    assert_eq!(app.sim.meetings().len(), 1);
    assert!(app.sim.remove_app(ZOOM_MARA, "ours"));
    app.deliver_webhooks().await;
    assert_eq!(
        connection(&app, &mara).await.status,
        ConnectionStatus::Inactive
    );
    app.shut_down().await;
}

#[tokio::test]
async fn connections_through_the_operators_app_go_on_and_move_when_connected_again() {
    on_each(async |app| {
        let company = app.company("Halden").await;
        let mara = app.officer(&company, "Mara").await;
        let room = app.room(&company, "Aster").await;
        let before = app.connect_zoom(&mara, ZOOM_MARA).await;
        let booked = app.book(&mara, &room, 4, ZOOM).await;
        app.run_jobs().await;
        in_use(app, &company, "ours").await;
        let overview = own::overview(&app.app, &company.admin.actor).await.unwrap();
        assert_eq!(overview.through_operators, 1);

        // It keeps working through the operator's app, renewals too.
        app.pass(SignedDuration::from_hours(2));
        app.book(&mara, &room, 5, ZOOM).await;
        app.run_jobs().await;
        assert_eq!(app.sim.meetings().len(), 2);
        assert_eq!(connection(app, &mara).await.client_id, CLIENT_ID);

        let after = app.connect_zoom(&mara, ZOOM_MARA).await;
        assert_eq!((after.id, after.client_id.as_str()), (before.id, "ours"));
        assert_eq!(after.connected_at, before.connected_at);
        app.run_jobs().await;
        assert!(!app.sim.is_installed(ZOOM_MARA, CLIENT_ID), "given back");
        assert!(app.sim.is_installed(ZOOM_MARA, "ours"));
        app.deliver_webhooks().await;
        let all = rooms_app::zoom::connections(&app.app, &mara.actor)
            .await
            .unwrap();
        assert_eq!(all.len(), 1, "it is one connection");
        assert_eq!(all[0].status, ConnectionStatus::Active);

        // What was made through the other app is looked after by this one.
        rooms_app::bookings::cancel(&app.app, &mara.actor, booked.booking.id, None, None)
            .await
            .unwrap();
        app.run_jobs().await;
        let gone = app
            .sim
            .meetings()
            .into_iter()
            .filter(|m| m.deleted_at.is_some());
        assert_eq!(gone.count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_zoom_user_connected_through_two_apps_is_one_host() {
    on_each(async |app| {
        let company = app.company("Halden").await;
        let (mara, jonas) = (
            app.officer(&company, "Mara").await,
            app.officer(&company, "Jonas").await,
        );
        let before = app.connect_zoom(&mara, ZOOM_MARA).await;
        in_use(app, &company, "ours").await;
        let after = app.connect_zoom(&jonas, ZOOM_MARA).await;
        assert_ne!(before.client_id, after.client_id);
        let (first, second) = (
            app.room(&company, "Aster").await,
            app.room(&company, "Birch").await,
        );
        app.book(&mara, &first, 4, ZOOM).await;
        let request = rooms_core::booking::Request {
            room: second.id,
            title: "Budget".to_owned(),
            starts_at: app.app.now() + SignedDuration::from_hours(4),
            ends_at: app.app.now() + SignedDuration::from_hours(5),
            conference: ZOOM,
            host: None,
            organizer: None,
            invitees: Vec::new(),
        };
        let refused = rooms_app::bookings::book(&app.app, &jonas.actor, request, None).await;
        assert!(
            matches!(refused, Err(rooms_app::Failure::ZoomHostsBusy(_))),
            "{refused:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn permissions_left_out_of_the_app_are_named_to_whoever_sets_it_up() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let own = in_use(&app, &company, "ours").await;
    let few = zoom_sim::App {
        scopes: vec!["user:read:user".to_owned()],
        ..registered(&app, &own, "ours")
    };
    app.sim.set_app(few);
    let visitor = visitor(&app, &company.admin).await;
    let refused = come_back(&app, &visitor, ZOOM_JONAS, async || {}).await;
    assert!(matches!(refused, Err(NotConnected::ScopesMissing(_))));
    let own = own_of(&app, &company).await;
    let scopes = own.findings.iter().find(|found| found.what == What::Scopes);
    let scopes = scopes.unwrap();
    assert_eq!(scopes.verdict, Verdict::ToDo);
    assert!(
        scopes.says.contains("meeting:write:meeting"),
        "{}",
        scopes.says
    );
    assert!(!scopes.says.contains("user:read:user"), "{}", scopes.says);
    app.shut_down().await;
}

#[tokio::test]
async fn who_is_at_zoom_when_the_app_changes_comes_back_to_the_one_they_left_with() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let visitor = visitor(&app, &company.admin).await;
    let back = come_back(&app, &visitor, ZOOM_JONAS, async || {
        in_use(&app, &company, "ours").await;
    })
    .await;
    assert_eq!(back.unwrap().client_id, CLIENT_ID);

    let removed = come_back(&app, &visitor, ZOOM_MARA, async || {
        own::remove(&app.app, &company.admin.actor).await.unwrap();
        app.run_jobs().await;
    })
    .await;
    assert!(matches!(removed, Err(NotConnected::Expired)), "{removed:?}");
    assert!(!app.sim.is_installed(ZOOM_MARA, "ours"));
    app.shut_down().await;
}

async fn visitor(
    app: &TestApp,
    person: &rooms_testkit::TestPerson,
) -> rooms_app::people::sessions::Visitor {
    use rooms_app::people::sessions;
    let whose = (person.actor.company, person.actor.person);
    let browser = sessions::Browser::default();
    let opened = sessions::open(&app.app, whose, &browser).await.unwrap();
    let visitor = sessions::visitor(&app.app, &opened.session).await;
    visitor.unwrap().unwrap()
}

/// Leaves for Zoom, lets something happen there, and comes back.
async fn come_back(
    app: &TestApp,
    visitor: &rooms_app::people::sessions::Visitor,
    zoom_user: &str,
    meanwhile: impl AsyncFn(),
) -> Result<rooms_core::connection::Connection, NotConnected> {
    let there = connect::begin(&app.app, visitor).await.unwrap();
    meanwhile().await;
    let back = app.browser().consent(&there, zoom_user, "allow").await;
    let sent = |name: &str| {
        let mut pairs = back.query_pairs();
        pairs
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.into_owned())
    };
    let answer = connect::Answer {
        code: sent("code"),
        state: sent("state"),
        error: sent("error"),
    };
    connect::complete(&app.app, Some(visitor), &answer).await
}
