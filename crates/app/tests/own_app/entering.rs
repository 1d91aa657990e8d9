use rooms_app::Failure;
use rooms_app::zoom::apps::check::{Verdict, What};
use rooms_app::zoom::apps::own::{self, AppState, Typed};
use rooms_testkit::TestApp;
use rooms_testkit::app::{CLIENT_ID, on_each};

use super::{in_use, own_of, registered, typed};

/// The fields a refusal is about.
fn fields(failure: Failure) -> Vec<(&'static str, &'static str)> {
    let Failure::Invalid(errors) = failure else {
        panic!("{failure}");
    };
    errors
        .0
        .iter()
        .map(|error| (error.field, error.code))
        .collect()
}

#[tokio::test]
async fn an_app_is_checked_as_it_is_entered_and_used_once_zoom_accepts_it() {
    on_each(async |app| {
        let company = app.company("Halden").await;
        let admin = &company.admin.actor;
        own::begin(&app.app, admin).await.unwrap();
        let own = own_of(app, &company).await;
        assert!(own.findings.is_empty() && !own.entered);
        assert!(matches!(
            own::put_to_use(&app.app, admin).await,
            Err(Failure::Conflict(_))
        ));

        // Entered before Zoom knows it.
        own::enter(&app.app, admin, &typed("ours")).await.unwrap();
        let verdict = async |what| {
            let own = own_of(app, &company).await;
            let mut found = own.findings.into_iter();
            found.find(|finding| finding.what == what).unwrap().verdict
        };
        assert_eq!(verdict(What::Secret).await, Verdict::ToDo);
        assert_eq!(verdict(What::Webhook).await, Verdict::Unknown);
        assert!(matches!(
            own::put_to_use(&app.app, admin).await,
            Err(Failure::Conflict(own::NOT_ACCEPTED))
        ));
        assert_eq!(own_of(app, &company).await.state, AppState::Draft);

        app.sim.set_app(registered(app, &own, "ours"));
        app.deliver_webhooks().await;
        own::check(&app.app, admin).await.unwrap();
        for what in [What::Secret, What::Redirect, What::Clock, What::Webhook] {
            assert_eq!(verdict(what).await, Verdict::Ok, "{what:?}");
        }
        assert_eq!(verdict(What::Scopes).await, Verdict::Unknown);
        own::put_to_use(&app.app, admin).await.unwrap();
        let own = own_of(app, &company).await;
        assert_eq!(
            (own.state, own.used_at),
            (AppState::Active, Some(app.app.now()))
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_missing_or_mistyped_is_said_beside_its_field() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let admin = &company.admin.actor;
    own::begin(&app.app, admin).await.unwrap();
    let refused =
        async |typed: Typed| fields(own::enter(&app.app, admin, &typed).await.unwrap_err());
    assert_eq!(
        refused(Typed::default()).await,
        [
            ("client_id", "required"),
            ("client_secret", "required"),
            ("webhook_secret", "required")
        ]
    );
    let two_words = Typed {
        client_secret: "two words".to_owned(),
        ..typed("ours")
    };
    assert_eq!(refused(two_words).await, [("client_secret", "not_copied")]);
    assert_eq!(
        refused(typed(CLIENT_ID)).await,
        [("client_id", "operators")],
        "everybody has that one already"
    );

    own::enter(&app.app, admin, &typed("ours")).await.unwrap();
    let other_id = Typed {
        client_id: "another".to_owned(),
        ..Typed::default()
    };
    own::enter(&app.app, admin, &other_id).await.unwrap();
    let own = own_of(&app, &company).await;
    assert_eq!(own.client_id, "another");
    assert!(own.entered, "what is left empty stays as it was");
    app.shut_down().await;
}

#[tokio::test]
async fn only_admins_have_anything_to_do_with_it() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let officer = app.officer(&company, "Mara").await;
    let actor = &officer.actor;
    let refused = [
        own::overview(&app.app, actor).await.map(drop),
        own::begin(&app.app, actor).await,
        own::enter(&app.app, actor, &typed("ours")).await,
        own::check(&app.app, actor).await,
        own::put_to_use(&app.app, actor).await,
        own::replace_secret(&app.app, actor, "x").await,
        own::rotate_webhook_secret(&app.app, actor, "x").await,
        own::end_rotation(&app.app, actor).await,
        own::remove(&app.app, actor).await.map(drop),
    ];
    for refusal in refused {
        assert!(matches!(refusal, Err(Failure::Forbidden(_))), "{refusal:?}");
    }
    app.shut_down().await;
}

#[tokio::test]
async fn an_app_in_use_belongs_to_one_company_and_a_draft_claims_nothing() {
    on_each(async |app| {
        let (ours, theirs) = (app.company("Halden").await, app.company("Rival").await);
        // Somebody who only knows the client id keeps nobody from using it.
        own::begin(&app.app, &theirs.admin.actor).await.unwrap();
        let guess = Typed {
            client_secret: "guessed".to_owned(),
            ..typed("ours")
        };
        own::enter(&app.app, &theirs.admin.actor, &guess)
            .await
            .unwrap();
        in_use(app, &ours, "ours").await;

        own::enter(&app.app, &theirs.admin.actor, &typed("ours"))
            .await
            .unwrap();
        let refused = own::put_to_use(&app.app, &theirs.admin.actor).await;
        assert_eq!(fields(refused.unwrap_err()), [("client_id", "taken")]);
        let own = own_of(app, &theirs).await;
        assert_eq!(own.state, AppState::Draft);
    })
    .await;
}

#[tokio::test]
async fn a_client_secret_is_replaced_only_by_one_that_zoom_accepts() {
    on_each(async |app| {
        let company = app.company("Halden").await;
        let admin = &company.admin.actor;
        let mara = app.officer(&company, "Mara").await;
        let own = in_use(app, &company, "ours").await;
        app.connect_zoom(&mara, "mara@halden.example").await;
        let refused = own::replace_secret(&app.app, admin, "wrong").await;
        assert_eq!(
            fields(refused.unwrap_err()),
            [("client_secret", "not_accepted")]
        );

        app.sim.set_app(zoom_sim::App {
            client_secret: "renewed".to_owned(),
            ..registered(app, &own, "ours")
        });
        own::replace_secret(&app.app, admin, "renewed")
            .await
            .unwrap();
        // Another process of this server would notice by the revision, as this one does.
        app.pass(jiff::SignedDuration::from_hours(2));
        let room = app.room(&company, "Aster").await;
        let zoom = Some(rooms_core::booking::Conference::Zoom);
        app.book(&mara, &room, 1, zoom).await;
        app.run_jobs().await;
        assert_eq!(app.sim.meetings().len(), 1, "refreshed with the new secret");
    })
    .await;
}
