//! An app for codes as second factor, recovery codes, and the company that asks everybody for one.

use std::time::Duration;

use jiff::SignedDuration;
use rooms_testkit::app::PASSWORD;
use rooms_testkit::authenticator::code_of;
use rooms_testkit::{Answer, Browser, Settings, TestApp, TestPerson};

use crate::{between, leads_to, says, submit};

const SECURITY: &str = "/settings/security";
const APP: &str = "/settings/security/app";
const STEP: &str = "/sign-in/second-step";

fn code(app: &TestApp, secret: &str) -> String {
    code_of(secret, app.app.now().as_second())
}

/// Sets an app for codes up; its secret, and the recovery codes.
async fn set_up(app: &TestApp, browser: &Browser) -> (String, Vec<String>) {
    let page = submit(browser, SECURITY, APP, &[]).await;
    says(&page, 200, &["1. Give the app the key", "class=\"qr\""]);
    let secret = between(&page, "data-copy=\"", "\"").to_owned();
    let typed = code(app, &secret);
    let confirm = format!("{APP}/confirmation");
    let codes = submit(browser, APP, &confirm, &[("code", &typed)]).await;
    says(&codes, 200, &["Keep these where you keep other keys"]);
    let codes: Vec<_> = codes
        .text()
        .split("<li><code>")
        .skip(1)
        .filter_map(|rest| rest.split('<').next().map(str::to_owned))
        .collect();
    assert_eq!(codes.len(), 10);
    (secret, codes)
}

/// Enters the password in a browser, and stops at the second step.
async fn password(browser: &Browser, person: &TestPerson) -> Answer {
    let fields = [
        ("email", person.email()),
        ("password", PASSWORD),
        ("next", "/find"),
    ];
    let answer = browser.post_form("/sign-in", "/sign-in", &fields).await;
    assert_eq!(leads_to(&answer), (303, format!("{STEP}?next=%2Ffind")));
    browser.visit(answer.location().as_str()).await
}

async fn second(browser: &Browser, code: &str) -> Answer {
    let fields = [("code", code), ("next", "/find")];
    browser.post_form(STEP, STEP, &fields).await
}

#[tokio::test]
async fn after_the_password_a_code_is_asked_for_and_counts_once() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let olga = app.officer(&company, "Olga").await;
    let browser = app.signed_in(&olga).await;
    let (secret, _) = set_up(&app, &browser).await;
    says(
        &browser.get(SECURITY).await,
        200,
        &["In use", "10 are left", "Turn off"],
    );

    let other = app.browser();
    let page = password(&other, &olga).await;
    says(
        &page,
        200,
        &[
            "One more step",
            "autocomplete=\"one-time-code\"",
            "inputmode=\"numeric\"",
        ],
    );
    assert!(!page.text().contains("Olga"), "nobody is in yet");
    let not_yet = other.get("/settings").await;
    assert_eq!(leads_to(&not_yet).1, "/sign-in?next=%2Fsettings");
    let used = code(&app, &secret);
    says(
        &second(&other, &used).await,
        422,
        &["was used before", "One more step"],
    );
    app.pass(SignedDuration::from_secs(30));
    for wrong in ["000000", "", "abcdef", "12345678901234567890123456789"] {
        says(&second(&other, wrong).await, 422, &["This code is wrong"]);
    }
    let fresh = code(&app, &secret);
    let entered = second(&other, &fresh).await;
    assert_eq!(leads_to(&entered), (303, "/find".to_owned()));
    says(&other.get("/settings").await, 200, &["Olga"]);

    let replay = app.browser();
    password(&replay, &olga).await;
    says(&second(&replay, &fresh).await, 422, &["was used before"]);
}

#[tokio::test]
async fn a_second_step_ends_after_ten_minutes_and_says_so() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let olga = app.officer(&company, "Olga").await;
    let (secret, _) = set_up(&app, &app.signed_in(&olga).await).await;
    let browser = app.browser();
    password(&browser, &olga).await;
    let token = browser.csrf(STEP).await;
    app.pass(SignedDuration::from_mins(10));
    says(&browser.get(STEP).await, 200, &["That took too long"]);
    let (typed, csrf) = (code(&app, &secret), ("csrf", token.as_str()));
    let late = browser.post(STEP, &[csrf, ("code", &typed)]).await;
    says(&late, 422, &["That took too long", "href=\"/sign-in\""]);
    let nobody = app.browser();
    assert_eq!(
        leads_to(&nobody.get(STEP).await),
        (303, "/sign-in".to_owned())
    );
}

#[tokio::test]
async fn a_code_of_one_person_opens_nothing_of_another() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let olga = app.officer(&company, "Olga").await;
    let ben = app.officer(&company, "Ben").await;
    let (olgas, codes) = set_up(&app, &app.signed_in(&olga).await).await;
    let (bens, _) = set_up(&app, &app.signed_in(&ben).await).await;
    app.pass(SignedDuration::from_secs(60));
    let browser = app.browser();
    password(&browser, &olga).await;
    says(&second(&browser, &code(&app, &bens)).await, 422, &["wrong"]);
    let other = app.browser();
    password(&other, &ben).await;
    says(&second(&other, &codes[0]).await, 422, &["wrong"]);
    // Whose step it is stays so in another browser; it opens nothing without that person's code.
    let planted = app.browser();
    planted.plant("step", &browser.cookie("step").unwrap());
    says(&second(&planted, &code(&app, &bens)).await, 422, &["wrong"]);
    let right = code(&app, &olgas);
    let forged = [("csrf", "forged"), ("code", right.as_str())];
    assert_eq!(planted.post(STEP, &forged).await.status.as_u16(), 403);
    planted.plant("step", "made up");
    let nothing = planted.get(STEP).await;
    assert_eq!(leads_to(&nothing), (303, "/sign-in".to_owned()));
}

#[tokio::test]
async fn recovery_codes_count_once_each_and_are_told_of() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let olga = app.officer(&company, "Olga").await;
    let here = app.signed_in(&olga).await;
    let (_, codes) = set_up(&app, &here).await;
    let page = here.get("/settings/security/codes").await;
    says(&page, 200, &["shown once", "You have 10 left"]);
    assert!(!page.text().contains(&codes[0]));
    let there = app.browser();
    password(&there, &olga).await;
    let shouted = codes[0].to_uppercase().replace('-', " ");
    let entered = second(&there, &shouted).await;
    assert_eq!(leads_to(&entered), (303, "/find".to_owned()));
    let again = app.browser();
    password(&again, &olga).await;
    says(&second(&again, &codes[0]).await, 422, &["used before"]);
    says(
        &here.get(SECURITY).await,
        200,
        &[
            "9 are left",
            "A recovery code was used to sign in as you. 9 are left.",
        ],
    );
    let fresh = submit(&here, SECURITY, "/settings/security/codes", &[]).await;
    says(&fresh, 200, &["Your codes from before have ended"]);
    says(&second(&again, &codes[1]).await, 422, &["wrong"]);
}

#[tokio::test]
async fn ways_in_change_only_after_proving_who_one_is() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let olga = app.officer(&company, "Olga").await;
    let browser = app.signed_in(&olga).await;
    let (secret, _) = set_up(&app, &browser).await;
    app.pass(SignedDuration::from_mins(10));
    let proof = "/settings/security/proof?next=%2Fsettings%2Fsecurity";
    for action in [
        format!("{APP}/removal"),
        "/settings/security/codes".to_owned(),
    ] {
        let sent = browser.post_form(SECURITY, &action, &[]).await;
        assert_eq!(leads_to(&sent), (303, proof.to_owned()), "{action}");
    }
    says(&browser.get(proof).await, 200, &["Is it you?"]);
    let prove = "/settings/security/proof";
    let wrong = [("password", "not the password"), ("next", SECURITY)];
    let refused = browser.post_form(proof, prove, &wrong).await;
    says(&refused, 422, &["This is not your password", "#password"]);
    let elsewhere = [("password", PASSWORD), ("next", "https://evil.example")];
    let proven = browser.post_form(proof, prove, &elsewhere).await;
    assert_eq!(leads_to(&proven), (303, "/".to_owned()));
    let off = submit(&browser, SECURITY, &format!("{APP}/removal"), &[]).await;
    says(
        &off,
        200,
        &["The app for codes is turned off", "Set up an app"],
    );
    assert!(!off.text().contains("Recovery codes"), "they ended with it");
    app.browser().sign_in(olga.email(), PASSWORD).await;
    let typed = code(&app, &secret);
    let gone = browser
        .post_form(
            SECURITY,
            &format!("{APP}/confirmation"),
            &[("code", &typed)],
        )
        .await;
    assert_eq!(leads_to(&gone), (303, SECURITY.to_owned()));
}

#[tokio::test]
async fn a_wrong_first_code_keeps_the_key() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let browser = app.signed_in(&company.admin).await;
    assert_eq!(
        leads_to(&browser.get(APP).await),
        (303, SECURITY.to_owned())
    );
    let page = submit(&browser, SECURITY, APP, &[]).await;
    let secret = between(&page, "data-copy=\"", "\"").to_owned();
    let wrong = browser
        .post_form(APP, &format!("{APP}/confirmation"), &[("code", "000000")])
        .await;
    says(
        &wrong,
        422,
        &["not the code it shows now", "code-wrong", &secret],
    );
    says(&browser.get(SECURITY).await, 200, &["Set up an app"]);
    app.browser().sign_in(company.admin.email(), PASSWORD).await;
}

#[tokio::test]
async fn codes_are_limited_by_person() {
    let app = TestApp::with(Settings {
        rate_limits: true,
        ..Settings::default()
    })
    .await;
    let company = app.company("Halden").await;
    let olga = app.officer(&company, "Olga").await;
    let (secret, _) = set_up(&app, &app.signed_in(&olga).await).await;
    app.pass(SignedDuration::from_secs(30));
    let browser = app.browser();
    password(&browser, &olga).await;
    for _ in 0..9 {
        says(&second(&browser, "000000").await, 422, &["wrong"]);
    }
    let limited = second(&browser, &code(&app, &secret)).await;
    says(&limited, 429, &["Too many attempts", "in 5 minutes"]);
    assert!(!limited.header("retry-after").is_empty());
}

#[tokio::test]
async fn a_company_that_asks_for_it_gets_it_before_anything_else() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let olga = app.officer(&company, "Olga").await;
    let admin = app.signed_in(&company.admin).await;
    let officer = app.signed_in(&olga).await;
    says(
        &admin.get("/admin/company").await,
        200,
        &["2 people have none yet"],
    );
    let rule = "/admin/company/second-factor";
    let refused = officer
        .post_form("/settings", rule, &[("second_factor", "required")])
        .await;
    assert_eq!(refused.status.as_u16(), 403);
    set_up(&app, &admin).await;
    let fields = [("second_factor", "required")];
    let saved = submit(&admin, "/admin/company", rule, &fields).await;
    says(
        &saved,
        200,
        &[
            "Saved.",
            "value=\"required\" checked",
            "One person has none yet",
        ],
    );
    says(&admin.get("/admin/people").await, 200, &["None", "Yes"]);
    let person = admin.get(&format!("/admin/people/{}", olga.id())).await;
    says(&person, 200, &["<dt>Second factor</dt><dd>None</dd>"]);

    for path in ["/", "/find", "/bookings", "/settings", "/settings/tokens"] {
        let answer = officer.get(path).await;
        assert_eq!(leads_to(&answer), (303, SECURITY.to_owned()), "{path}");
    }
    let token = officer.csrf(SECURITY).await;
    let fields = [("csrf", token.as_str()), ("name", "CI")];
    let none = officer.post("/settings/tokens", &fields).await;
    assert_eq!(leads_to(&none), (303, SECURITY.to_owned()));
    says(
        &officer.get(SECURITY).await,
        200,
        &["Your company asks everybody for a second factor"],
    );
    assert_eq!(app.api(&olga).get("rooms").await.status.as_u16(), 200);
    set_up(&app, &officer).await;
    assert_eq!(officer.get("/find").await.status.as_u16(), 200);
}

#[tokio::test]
async fn people_hear_of_what_happens_to_their_account() {
    let app = TestApp::with(Settings {
        mail: Some(Duration::from_millis(500)),
        ..Settings::default()
    })
    .await;
    let company = app.company("Halden").await;
    let olga = app.officer(&company, "Olga").await;
    let browser = app.signed_in(&olga).await;
    app.run_jobs().await;
    assert!(app.mail().take().is_empty(), "a first sign-in is no news");
    let new = "a long and newer one";
    let other = app.browser();
    other.sign_in(olga.email(), PASSWORD).await;
    set_up(&app, &browser).await;
    submit(&browser, SECURITY, &format!("{APP}/removal"), &[]).await;
    app.pass(SignedDuration::from_secs(1));
    let fields = [("current", PASSWORD), ("password", new), ("repeat", new)];
    submit(&browser, "/settings", "/settings/password", &fields).await;
    app.run_jobs().await;
    let letters = app.mail().take();
    let texts: Vec<_> = letters
        .iter()
        .map(|letter| String::from_utf8_lossy(&letter.message).into_owned())
        .collect();
    for words in [
        "browser that was not seen before",
        "an app for codes counts from now on",
        "an app for codes counts no longer",
        "Your password was changed",
    ] {
        let flat = |text: &String| text.replace("=\r\n", "").replace("\r\n", " ");
        let told = texts.iter().filter(|text| flat(text).contains(words));
        assert_eq!(told.count(), 1, "{words}: {texts:?}");
    }
    let back = app.browser();
    back.sign_in(olga.email(), new).await;
    says(
        &back.get("/").await,
        200,
        &["Your password was changed", "And 2 more."],
    );
}
