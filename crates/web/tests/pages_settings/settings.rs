//! A person's own settings: name, password, devices, tokens.

use rooms_testkit::app::{PASSWORD, TestApp};

use super::{leads_to, says, submit};

#[tokio::test]
async fn a_name_is_changed_and_a_wrong_one_kept_in_the_form() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let browser = app.signed_in(&mara).await;
    let saved = submit(
        &browser,
        "/settings",
        "/settings/profile",
        &[("name", "Mara L.")],
    )
    .await;
    says(&saved, 200, &["Saved.", "Mara L.", "Officer at halden."]);
    let wrong = browser
        .post_form("/settings", "/settings/profile", &[("name", "a\u{202e}b")])
        .await;
    says(&wrong, 422, &["Remove the line breaks", "href=\"#name\""]);
    says(&browser.visit("/settings/profile").await, 200, &["Mara L."]);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let (here, there) = (app.signed_in(&mara).await, app.signed_in(&mara).await);
    let form = |current, password, repeat| {
        [
            ("current", current),
            ("password", password),
            ("repeat", repeat),
        ]
    };
    let post = async |fields: [(&str, &str); 3]| {
        here.post_form("/settings", "/settings/password", &fields)
            .await
    };
    let new = "another long password";
    says(
        &post(form("wrong", new, new)).await,
        422,
        &["#current", "not your present password"],
    );
    says(
        &post(form(PASSWORD, "short", "short")).await,
        422,
        &["#password", "Use 8 characters"],
    );
    says(
        &post(form(PASSWORD, new, "other")).await,
        422,
        &["#repeat", "not the same"],
    );
    let done = post(form(PASSWORD, new, new)).await;
    assert_eq!(leads_to(&done), (303, "/settings".to_owned()));
    says(
        &here.get("/settings").await,
        200,
        &["Your password is changed."],
    );
    assert!(there.get("/settings").await.status.is_redirection());
    app.browser().sign_in(mara.email(), new).await;
}

#[tokio::test]
async fn devices_are_signed_out_one_by_one_or_all_at_once() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let (here, there) = (app.signed_in(&mara).await, app.signed_in(&mara).await);
    let page = here.get("/settings/devices").await;
    says(&page, 200, &["This device", "/removal"]);
    let other = page.text().split("/settings/devices/se_").nth(1).unwrap();
    let action = format!(
        "/settings/devices/se_{}/removal",
        other.split('/').next().unwrap()
    );
    let stranger = app.signed_in(&company.admin).await;
    submit(&stranger, "/settings/devices", &action, &[]).await;
    assert_eq!(
        there.get("/settings").await.status.as_u16(),
        200,
        "not theirs to end"
    );
    says(
        &submit(&here, "/settings/devices", &action, &[]).await,
        200,
        &["That device is signed out."],
    );
    assert!(there.get("/settings").await.status.is_redirection());

    let third = app.signed_in(&mara).await;
    let out = submit(&here, "/settings/devices", "/settings/devices/removal", &[]).await;
    says(&out, 200, &["You are signed out on every device."]);
    for browser in [&here, &third] {
        assert!(browser.get("/settings").await.status.is_redirection());
    }
}

#[tokio::test]
async fn a_token_is_shown_once_and_can_be_revoked() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let browser = app.signed_in(&mara).await;
    let none = browser
        .post_form("/settings/tokens", "/settings/tokens", &[("name", " ")])
        .await;
    says(&none, 422, &["#name"]);
    let page = submit(
        &browser,
        "/settings/tokens",
        "/settings/tokens",
        &[("name", "Lobby")],
    )
    .await;
    says(&page, 200, &["Lobby is ready."]);
    let token = page.text().split("<code id=\"token\">").nth(1).unwrap();
    let token = token.split('<').next().unwrap().to_owned();
    let api = app.anonymous().with_token(&token);
    assert_eq!(api.get("rooms").await.status.as_u16(), 200);
    let later = browser.get("/settings/tokens").await;
    assert!(!later.text().contains(&token), "shown once");
    let row = later.text().split("Lobby").nth(1).unwrap();
    let action = row
        .split("action=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let admin = app.signed_in(&company.admin).await;
    let foreign = admin.post_form("/settings/tokens", &action, &[]).await;
    assert_eq!(foreign.status.as_u16(), 404);
    says(
        &submit(&browser, "/settings/tokens", &action, &[]).await,
        200,
        &["Revoked."],
    );
    assert_eq!(api.get("rooms").await.status.as_u16(), 401);
}
