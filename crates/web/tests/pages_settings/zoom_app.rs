//! The company's own app at Zoom, on its page: step by step, and everything that is refused.

use rooms_testkit::app::{CLIENT_ID, Settings, TestApp, ZOOM_MARA};
use rooms_testkit::{Answer, Browser};

use super::{APPS, between, leads_to, says, submit};

const PAGE: &str = "/admin/zoom-app";

fn at(what: &str) -> String {
    format!("{PAGE}/{what}")
}

const TYPED: [(&str, &str); 3] = [
    ("client_id", "ours"),
    ("client_secret", "ours-client-secret"),
    ("webhook_secret", "ours-webhook-secret"),
];

/// The app as it is registered at Zoom, with the addresses that the page shows.
fn registered(app: &TestApp, page: &Answer) -> zoom_sim::App {
    let address = between(page, "De-authorization notification URL</dt>", "</dd>");
    let (_, address) = address.split_once("<code>").unwrap();
    let (address, _) = address.split_once("</code>").unwrap();
    zoom_sim::App {
        name: "Ours".to_owned(),
        client_id: "ours".to_owned(),
        client_secret: "ours-client-secret".to_owned(),
        webhook_secret: "ours-webhook-secret".to_owned(),
        redirect_uris: vec![app.at("/zoom_callback")],
        webhook_url: Some(address.to_owned()),
        scopes: zoom_sim::ordinary_scopes(),
    }
}

/// An admin's browser with the app registered, entered and in use.
async fn in_use(app: &TestApp, admin: &Browser) -> Answer {
    let begun = submit(admin, PAGE, PAGE, &[]).await;
    app.sim.set_app(registered(app, &begun));
    submit(admin, PAGE, &at("credentials"), &TYPED).await;
    submit(admin, PAGE, &at("use"), &[]).await
}

#[tokio::test]
async fn an_admin_sets_the_app_up_step_by_step() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let admin = app.signed_in(&company.admin).await;
    says(
        &admin.get(PAGE).await,
        200,
        &[
            "through the app of whoever runs this server",
            "Set up our own app",
        ],
    );
    let begun = submit(&admin, PAGE, PAGE, &[]).await;
    says(
        &begun,
        200,
        &[
            "1. Create the app at Zoom",
            &app.at("/zoom_callback"),
            &app.at("/webhooks/zoom/za_"),
            "Meeting has been permanently deleted",
            "meeting:read:list_meetings",
            "Zoom has to accept client ID, secret and redirect address first.",
        ],
    );

    // Before Zoom knows the app.
    let stored = submit(&admin, PAGE, &at("credentials"), &TYPED).await;
    says(
        &stored,
        200,
        &[
            "Stored, and checked with Zoom.",
            "To do",
            "Copy the client ID and the client secret",
            "Zoom knows no app with this client ID.",
            "Not known yet",
            "Known once somebody has connected",
        ],
    );
    for secret in ["ours-client-secret", "ours-webhook-secret"] {
        assert!(!stored.text().contains(secret), "{secret} is shown again");
    }
    let too_early = submit(&admin, PAGE, &at("use"), &[]).await;
    says(
        &too_early,
        200,
        &["Zoom has to accept client ID, secret and redirect address before"],
    );

    app.sim.set_app(registered(&app, &begun));
    app.sim.deliver_due_webhooks().await;
    let checked = submit(&admin, PAGE, &at("checks"), &[]).await;
    says(
        &checked,
        200,
        &[
            "Zoom accepts them.",
            "as the app&#39;s.",
            "have the same time.",
            "was answered with the right secret.",
            "Use our own app",
        ],
    );
    assert!(!checked.text().contains("To do"));
    let used = submit(&admin, PAGE, &at("use"), &[]).await;
    says(
        &used,
        200,
        &[
            "From now on people connect Zoom through your own app.",
            "Nobody is connected through it.",
        ],
    );
    let audit = admin.get("/admin/audit").await;
    says(
        &audit,
        200,
        &[
            "began to set up a Zoom app",
            "entered the company’s own Zoom app",
            "put the company’s own Zoom app to use",
        ],
    );
    app.shut_down().await;
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_secrets_are_not_sent_back() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let admin = app.signed_in(&company.admin).await;
    submit(&admin, PAGE, PAGE, &[]).await;
    let credentials = at("credentials");
    let nothing = admin.post_form(PAGE, &credentials, &[]).await;
    says(
        &nothing,
        422,
        &[
            "Not saved.",
            "href=\"#client_id\"",
            "href=\"#client_secret\"",
            "href=\"#webhook_secret\"",
        ],
    );
    let mistyped = [
        ("client_id", "<b>ours"),
        ("client_secret", "two words"),
        ("webhook_secret", "ours-webhook-secret"),
    ];
    let refused = admin.post_form(PAGE, &credentials, &mistyped).await;
    says(
        &refused,
        422,
        &["no space inside", "value=\"&#60;b&#62;ours\""],
    );
    assert!(!refused.text().contains("two words"));
    let operators = [("client_id", CLIENT_ID), TYPED[1], TYPED[2]];
    says(
        &admin.post_form(PAGE, &credentials, &operators).await,
        422,
        &["This is the app of whoever runs this server."],
    );
    app.shut_down().await;
}

#[tokio::test]
async fn another_companys_app_is_refused_only_to_whoever_has_its_secret() {
    let app = TestApp::start().await;
    let (halden, rival) = (app.company("halden").await, app.company("rival").await);
    in_use(&app, &app.signed_in(&halden.admin).await).await;
    let spy = app.signed_in(&rival.admin).await;
    submit(&spy, PAGE, PAGE, &[]).await;
    let guessed = [TYPED[0], ("client_secret", "guessed"), TYPED[2]];
    let stored = submit(&spy, PAGE, &at("credentials"), &guessed).await;
    assert!(
        !stored.text().contains("Another company"),
        "nobody learns it by guessing"
    );
    submit(&spy, PAGE, &at("credentials"), &TYPED).await;
    says(
        &spy.post_form(PAGE, &at("use"), &[]).await,
        422,
        &[
            "Another company on this server uses this app already.",
            "value=\"ours\"",
        ],
    );
    app.shut_down().await;
}

#[tokio::test]
async fn secrets_are_replaced_each_by_itself() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let admin = app.signed_in(&company.admin).await;
    let used = in_use(&app, &admin).await;
    let secret = at("client-secret");
    let wrong = [("client_secret", "not-the-secret")];
    says(
        &admin.post_form(PAGE, &secret, &wrong).await,
        422,
        &["Zoom does not accept it with this client ID. The one before stays in use."],
    );
    app.sim.set_app(zoom_sim::App {
        client_secret: "renewed".to_owned(),
        ..registered(&app, &used)
    });
    let renewed = [("client_secret", "renewed")];
    says(
        &submit(&admin, PAGE, &secret, &renewed).await,
        200,
        &["Zoom accepts the new client secret."],
    );

    let hook = at("webhook-secret");
    let same = [("webhook_secret", "ours-webhook-secret")];
    says(
        &admin.post_form(PAGE, &hook, &same).await,
        422,
        &["This is the present one."],
    );
    let new = [("webhook_secret", "renewed-webhooks")];
    says(
        &submit(&admin, PAGE, &hook, &new).await,
        200,
        &[
            "holds beside the one before",
            "Two secrets hold since",
            "Take the earlier one away",
        ],
    );
    let ended = submit(&admin, PAGE, &at("earlier-webhook-secret/removal"), &[]).await;
    says(&ended, 200, &["Only the present webhook secret holds now."]);
    assert!(!ended.text().contains("Two secrets hold"));
    app.shut_down().await;
}

#[tokio::test]
async fn removing_it_says_before_what_ends() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let room = app.room(&company, "Aster").await;
    let admin = app.signed_in(&company.admin).await;
    in_use(&app, &admin).await;
    app.connect_zoom(&mara, ZOOM_MARA).await;
    let zoom = Some(rooms_core::booking::Conference::Zoom);
    app.book(&mara, &room, 4, zoom).await;
    app.run_jobs().await;
    says(
        &admin.get(PAGE).await,
        200,
        &[
            "1 connection ends, as if each person had disconnected",
            "1 link of a booking ahead stays and works",
            "Remove our app and end 1 connection",
        ],
    );
    let removed = submit(&admin, PAGE, &at("removal"), &[]).await;
    says(
        &removed,
        200,
        &["and 1 connection ended.", "Set up our own app"],
    );
    let theirs = app.signed_in(&mara).await;
    says(
        &theirs.get(APPS).await,
        200,
        &[
            "Your company has removed the Zoom app you were connected through",
            "Connect again",
        ],
    );
    let again = admin.post_form(PAGE, &at("removal"), &[]).await;
    assert_eq!(again.status.as_u16(), 404);
    app.shut_down().await;
}

#[tokio::test]
async fn what_comes_too_late_is_told_how_it_stands() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let admin = app.signed_in(&company.admin).await;
    for form in ["credentials", "checks", "use", "client-secret", "removal"] {
        let answer = admin.post_form(APPS, &at(form), &TYPED).await;
        assert_eq!(answer.status.as_u16(), 404, "{form} without an app");
    }
    for page in ["manifest.json", "events"] {
        assert_eq!(admin.get(&at(page)).await.status.as_u16(), 404, "{page}");
    }
    in_use(&app, &admin).await;
    for form in ["credentials", "use"] {
        let late = admin.post_form(PAGE, &at(form), &TYPED).await;
        assert_eq!(leads_to(&late), (303, PAGE.to_owned()), "{form}");
        let shown = admin.get(PAGE).await;
        says(&shown, 200, &["through your company’s own app"]);
    }
    let twice = submit(&admin, PAGE, PAGE, &[]).await;
    says(&twice, 200, &["through your company’s own app"]);
    app.shut_down().await;
}

#[tokio::test]
async fn the_manifest_is_a_file_with_the_apps_own_addresses() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let admin = app.signed_in(&company.admin).await;
    let begun = submit(&admin, PAGE, PAGE, &[]).await;
    let manifest = admin.get(&at("manifest.json")).await;
    assert!(
        manifest
            .header("content-disposition")
            .contains("attachment")
    );
    let manifest = manifest.ok(200);
    let events = &manifest["features"]["event_subscription"]["events"][0];
    let own = registered(&app, &begun).webhook_url.unwrap();
    assert_eq!(events["production_webhook_url"], own);
    assert_eq!(
        manifest["oauth_information"]["production_redirect_uri"],
        app.at("/zoom_callback")
    );
    app.shut_down().await;
}

#[tokio::test]
async fn without_any_app_an_admin_is_led_here_and_others_are_told_whom_to_ask() {
    let settings = Settings {
        zoom: false,
        ..Settings::default()
    };
    let app = TestApp::with(settings).await;
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let admin = app.signed_in(&company.admin).await;
    let officer = app.signed_in(&mara).await;
    for page in [APPS, "/admin/health", "/admin/reconciliation"] {
        says(
            &admin.get(page).await,
            200,
            &["href=\"/admin/zoom-app\">Set up Zoom"],
        );
    }
    let theirs = officer.get(APPS).await;
    says(&theirs, 200, &["An admin of your company can set one up"]);
    assert!(!theirs.text().contains("href=\"/admin/zoom-app\""));
    says(
        &admin.get(PAGE).await,
        200,
        &["Nobody can connect Zoom yet."],
    );

    in_use(&app, &admin).await;
    says(&officer.get(APPS).await, 200, &["Connect Zoom Meeting"]);
    app.connect_zoom(&mara, ZOOM_MARA).await;
    says(&officer.get(APPS).await, 200, &["Connected", ZOOM_MARA]);
    app.shut_down().await;
}
