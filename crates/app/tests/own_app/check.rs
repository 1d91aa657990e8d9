use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use rooms_app::zoom::apps::check::{self, Finding, Verdict, What};
use rooms_app::zoom::apps::manifest;
use rooms_app::{ZoomApp, ZoomAt};
use rooms_core::Clock as _;
use rooms_testkit::TestApp;
use rooms_testkit::app::{CLIENT_ID, CLIENT_SECRET, WEBHOOK_SECRET};
use url::Url;
use zoom_client::ApiUrlPolicy;

/// An app as somebody may have configured it.
fn zoom_app(zoom: &Url, client_id: &str, secret: &str) -> ZoomApp {
    let at = ZoomAt {
        oauth_url: zoom.clone(),
        api_url: zoom.clone(),
        follow_api_url: ApiUrlPolicy::SameOrigin,
        timeout: Duration::from_secs(2),
    };
    let client = at.client(client_id.to_owned(), secret.into());
    ZoomApp {
        own: None,
        client: client.unwrap(),
        webhook_secrets: vec![WEBHOOK_SECRET.into()],
        confirms_deletion: false,
    }
}

fn of(found: &[Finding], what: What) -> (Verdict, &str) {
    let finding = found.iter().find(|finding| finding.what == what).unwrap();
    (finding.verdict, finding.says.as_str())
}

#[tokio::test]
async fn an_app_that_is_set_up_right_is_said_to_be() {
    let app = TestApp::start().await;
    let found = check::run(&app.app, app.app.zoom().unwrap()).await.unwrap();
    for what in [What::Secret, What::Redirect, What::Clock] {
        assert_eq!(of(&found, what).0, Verdict::Ok, "{what:?}");
    }
    assert_eq!(of(&found, What::Scopes).0, Verdict::Unknown);
    // Zoom challenges the address as soon as it knows it, in its own time.
    assert_ne!(of(&found, What::Webhook).0, Verdict::ToDo);
    app.shut_down().await;
}

#[tokio::test]
async fn a_wrong_secret_or_client_id_is_told_apart_from_a_wrong_address() {
    let app = TestApp::start().await;
    let zoom = app.zoom_url();

    let wrong_secret = zoom_app(zoom, CLIENT_ID, "another secret");
    let found = check::run(&app.app, &wrong_secret).await.unwrap();
    assert_eq!(of(&found, What::Secret).0, Verdict::ToDo);
    assert_eq!(of(&found, What::Redirect).0, Verdict::Ok);

    let wrong_id = zoom_app(zoom, "nobody's app", CLIENT_SECRET);
    let found = check::run(&app.app, &wrong_id).await.unwrap();
    assert_eq!(of(&found, What::Secret).0, Verdict::ToDo);
    let (verdict, says) = of(&found, What::Redirect);
    assert_eq!(verdict, Verdict::ToDo);
    assert!(says.contains("knows no app with this client ID"), "{says}");

    app.sim.set_app(zoom_sim::App {
        name: "Elsewhere".to_owned(),
        client_id: "elsewhere".to_owned(),
        client_secret: "secret".to_owned(),
        webhook_secret: String::new(),
        redirect_uris: vec!["https://elsewhere.example/zoom_callback".to_owned()],
        webhook_url: None,
        scopes: zoom_sim::ordinary_scopes(),
    });
    let found = check::run(&app.app, &zoom_app(zoom, "elsewhere", "secret"))
        .await
        .unwrap();
    assert_eq!(of(&found, What::Secret).0, Verdict::Ok);
    let (verdict, says) = of(&found, What::Redirect);
    assert_eq!(verdict, Verdict::ToDo);
    assert!(says.contains(&app.at("/zoom_callback")), "{says}");
    app.shut_down().await;
}

#[tokio::test]
async fn an_app_without_a_webhook_secret_is_told_what_it_would_not_hear() {
    let app = TestApp::start().await;
    let zoom = ZoomApp {
        webhook_secrets: Vec::new(),
        confirms_deletion: false,
        ..zoom_app(app.zoom_url(), CLIENT_ID, CLIENT_SECRET)
    };
    let found = check::run(&app.app, &zoom).await.unwrap();
    let (verdict, says) = of(&found, What::Webhook);
    assert_eq!(verdict, Verdict::ToDo);
    assert!(says.contains("no webhook secret"), "{says}");
    app.shut_down().await;
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_noticed_by_zooms() {
    let app = TestApp::start().await;
    let clock = Arc::clone(app.clock());
    let mut options = zoom_sim::Options::new(SocketAddr::from(([127, 0, 0, 1], 0)));
    options.clock = Arc::new(move || clock.now() + SignedDuration::from_mins(10));
    let ahead = zoom_sim::start(options).await.unwrap();

    let found = check::run(&app.app, &zoom_app(ahead.url(), CLIENT_ID, "x"))
        .await
        .unwrap();
    let (verdict, says) = of(&found, What::Clock);
    assert_eq!(verdict, Verdict::ToDo);
    assert!(says.contains("10 minutes slow"), "{says}");
    ahead.stop().await;
    app.shut_down().await;
}

#[tokio::test]
async fn nothing_is_concluded_from_a_zoom_that_cannot_be_reached() {
    let app = TestApp::start().await;
    let nowhere = Url::parse("http://127.0.0.1:9").unwrap();
    let found = check::run(&app.app, &zoom_app(&nowhere, CLIENT_ID, CLIENT_SECRET))
        .await
        .unwrap();
    for what in [What::Secret, What::Redirect, What::Clock] {
        assert_eq!(of(&found, what).0, Verdict::Unknown, "{what:?}");
    }
    assert!(of(&found, What::Secret).1.contains("cannot be reached"));
    app.shut_down().await;
}

#[tokio::test]
async fn the_manifest_asks_for_what_is_used_and_nothing_else() {
    let app = TestApp::start().await;
    let manifest = manifest::of_operator(&app.app).manifest(manifest::NAME);
    let oauth = &manifest["oauth_information"];
    assert_eq!(oauth["usage"], "USER_OPERATION");
    assert_eq!(oauth["production_redirect_uri"], app.at("/zoom_callback"));
    assert_eq!(oauth["oauth_allow_list"][0], app.at("/zoom_callback"));
    assert_eq!(oauth["strict_mode"], true);
    let scopes: Vec<&str> = oauth["scopes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|scope| scope["optional"] == false)
        .map(|scope| scope["scope"].as_str().unwrap())
        .collect();
    assert_eq!(scopes, zoom_sim::ordinary_scopes());
    let events = &manifest["features"]["event_subscription"]["events"][0];
    assert_eq!(events["production_webhook_url"], app.at("/webhooks/zoom"));
    assert_eq!(events["event_types"].as_array().unwrap().len(), 6);
    app.shut_down().await;
}
