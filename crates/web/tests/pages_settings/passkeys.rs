//! Passkeys: an authenticator in software adds one and signs in with it, and every way in which
//! what it hands over can be wrong is refused.

use jiff::SignedDuration;
use rooms_testkit::app::PASSWORD;
use rooms_testkit::authenticator::{Authenticator, Filled};
use rooms_testkit::{Answer, Browser, Settings, TestApp, TestPerson};
use serde_json::Value;

use crate::{between, leads_to, says, submit};

const SECURITY: &str = "/settings/security";
const PASSKEYS: &str = "/settings/security/passkeys";
const ENTER: &str = "/sign-in/passkey";
const ASK: &str = "/sign-in/passkey/challenge";
const REFUSED: &str = "The passkey was not accepted";

async fn named() -> TestApp {
    TestApp::with(Settings {
        public_url: Some("https://rooms.example".parse().unwrap()),
        ..Settings::default()
    })
    .await
}

fn device() -> Authenticator {
    Authenticator::at("https://rooms.example", "rooms.example")
}

async fn asked(browser: &Browser, page: &str, action: &str) -> Value {
    let answer = browser.post_form(page, action, &[]).await;
    answer.ok(200)
}

fn borrowed<'a>(filled: &'a Filled, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let own = filled.iter().map(|(name, value)| (*name, value.as_str()));
    own.chain(more.iter().copied()).collect()
}

async fn send_new(browser: &Browser, filled: &Filled) -> Answer {
    let fields = borrowed(filled, &[("name", "Laptop")]);
    browser.post_form(SECURITY, PASSKEYS, &fields).await
}

/// Adds the passkey of a device.
async fn add(browser: &Browser, device: &mut Authenticator) -> Answer {
    let asks = asked(browser, SECURITY, &format!("{PASSKEYS}/challenge")).await;
    let answer = send_new(browser, &device.make(&asks)).await;
    assert_eq!(answer.status.as_u16(), 303, "{}", answer.text());
    browser.visit(answer.location().as_str()).await
}

async fn enter(browser: &Browser, filled: &Filled) -> Answer {
    let fields = borrowed(filled, &[("next", "/find")]);
    browser.post_form("/sign-in", ENTER, &fields).await
}

/// Signs in with the passkey of a device, in a new browser.
async fn signs_in(app: &TestApp, device: &mut Authenticator) -> (Browser, Answer) {
    let browser = app.browser();
    let asks = asked(&browser, "/sign-in", ASK).await;
    let answer = enter(&browser, &device.sign(&asks)).await;
    (browser, answer)
}

async fn officer(app: &TestApp, company: &str, name: &str) -> TestPerson {
    let company = app.company(company).await;
    app.officer(&company, name).await
}

#[tokio::test]
async fn a_passkey_alone_signs_in_and_after_a_password_it_is_asked_for() {
    let app = named().await;
    let olga = officer(&app, "Halden", "Olga").await;
    let browser = app.signed_in(&olga).await;
    for mut device in [device(), device().edwards()] {
        let first = device.credential.clone();
        let page = add(&browser, &mut device).await;
        says(&page, 200, &["The passkey is added"]);
        for _ in 0..2 {
            let (there, answer) = signs_in(&app, &mut device).await;
            assert_eq!(leads_to(&answer), (303, "/find".to_owned()));
            says(&there.get("/settings").await, 200, &["Olga"]);
        }
        assert_eq!(device.credential, first);
    }
    let page = browser.get(SECURITY).await;
    says(&page, 200, &["Laptop", "Last used", "10 are left"]);
    let other = app.browser();
    let fields = [("email", olga.email()), ("password", PASSWORD)];
    let step = other.post_form("/sign-in", "/sign-in", &fields).await;
    let step = other.visit(step.location().as_str()).await;
    says(
        &step,
        200,
        &["One more step", "Use a passkey", "Recovery code"],
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_proof_opens_nothing() {
    type Spoil = fn(&mut Authenticator);

    let app = named().await;
    let olga = officer(&app, "Halden", "Olga").await;
    let mut device = device();
    add(&app.signed_in(&olga).await, &mut device).await;
    let wrong: [(&str, Spoil); 5] = [
        ("origin", |d| {
            d.origin = "https://rooms.example.evil".to_owned();
        }),
        ("site", |d| d.rp_id = "evil.example".to_owned()),
        ("not verified", |d| d.flags = 0x01),
        ("not touched", |d| d.flags = 0x04),
        ("another person", |d| d.user = vec![7; 16]),
    ];
    for (what, spoil) in wrong {
        let kept = (device.origin.clone(), device.rp_id.clone(), device.flags);
        let user = device.user.clone();
        spoil(&mut device);
        let (browser, answer) = signs_in(&app, &mut device).await;
        says(&answer, 422, &[REFUSED]);
        assert!(
            browser.get("/settings").await.status.is_redirection(),
            "{what}"
        );
        (device.origin, device.rp_id, device.flags) = kept;
        device.user = user;
    }
    let browser = app.browser();
    for (field, flip) in [
        ("signature", 9),
        ("authenticator_data", 40),
        ("user_handle", 3),
    ] {
        let asks = asked(&browser, "/sign-in", ASK).await;
        let mut filled = device.sign(&asks);
        for (name, value) in &mut filled {
            if *name == field {
                let old = value.as_bytes()[flip];
                let new = if old == b'A' { "B" } else { "A" };
                value.replace_range(flip..=flip, new);
            }
        }
        says(&enter(&browser, &filled).await, 422, &[REFUSED]);
    }
    let (_, good) = signs_in(&app, &mut device).await;
    assert_eq!(leads_to(&good), (303, "/find".to_owned()));
}

#[tokio::test]
async fn a_challenge_is_good_once_here_and_not_for_long() {
    let app = named().await;
    let olga = officer(&app, "Halden", "Olga").await;
    let mut device = device();
    device.count = 0;
    add(&app.signed_in(&olga).await, &mut device).await;
    let browser = app.browser();
    let asks = asked(&browser, "/sign-in", ASK).await;
    let filled = device.sign(&asks);
    let stranger = app.browser();
    says(&enter(&stranger, &filled).await, 422, &[REFUSED]);
    let answer = enter(&browser, &filled).await;
    assert_eq!(leads_to(&answer), (303, "/find".to_owned()));
    submit(&browser, "/settings", "/sign-out", &[]).await;
    says(&enter(&browser, &filled).await, 422, &[REFUSED]);
    let asks = asked(&browser, "/sign-in", ASK).await;
    app.pass(SignedDuration::from_mins(5));
    says(&enter(&browser, &device.sign(&asks)).await, 422, &[REFUSED]);
    let own = serde_json::json!({ "challenge": "bXkgb3duIGNoYWxsZW5nZQ" });
    says(&enter(&browser, &device.sign(&own)).await, 422, &[REFUSED]);
    for empty in [vec![], vec![("client_data", "%%".to_owned())]] {
        says(&enter(&browser, &empty).await, 422, &[REFUSED]);
    }
}

#[tokio::test]
async fn a_count_that_goes_back_is_refused_and_on_record() {
    let app = named().await;
    let company = app.company("Halden").await;
    let olga = app.officer(&company, "Olga").await;
    let mut device = device();
    add(&app.signed_in(&olga).await, &mut device).await;
    signs_in(&app, &mut device).await;
    device.count = 1;
    let (_, answer) = signs_in(&app, &mut device).await;
    says(&answer, 422, &[REFUSED]);
    let admin = app.signed_in(&company.admin).await;
    let audit = admin.get("/admin/audit").await;
    says(&audit, 200, &["used a passkey that exists twice; refused"]);
    device.count = 9;
    let (_, answer) = signs_in(&app, &mut device).await;
    assert_eq!(leads_to(&answer), (303, "/find".to_owned()));
}

#[tokio::test]
async fn a_passkey_belongs_to_one_person() {
    let app = named().await;
    let olga = officer(&app, "Halden", "Olga").await;
    let sven = officer(&app, "Strand", "Sven").await;
    let (here, there) = (app.signed_in(&olga).await, app.signed_in(&sven).await);
    let mut device = device();
    add(&here, &mut device).await;
    let asks = asked(&there, SECURITY, &format!("{PASSKEYS}/challenge")).await;
    let user = device.user.clone();
    let taken = send_new(&there, &device.make(&asks)).await;
    says(&taken, 422, &["This passkey is in use already"]);
    device.user = user;
    let page = here.get(SECURITY).await;
    let id = between(&page, &format!("{PASSKEYS}/pk_"), "/");
    let one = format!("{PASSKEYS}/pk_{id}");
    for what in ["name", "removal"] {
        let fields = [("name", "Stolen")];
        let action = format!("{one}/{what}");
        let refused = there.post_form(SECURITY, &action, &fields).await;
        assert_eq!(refused.status.as_u16(), 404, "{what}");
    }
    let empty = here
        .post_form(SECURITY, &format!("{one}/name"), &[("name", " ")])
        .await;
    says(&empty, 422, &["Write something here"]);
    let named = submit(
        &here,
        SECURITY,
        &format!("{one}/name"),
        &[("name", "Phone")],
    )
    .await;
    says(&named, 200, &["Saved.", "value=\"Phone\""]);
    let removed = submit(&here, SECURITY, &format!("{one}/removal"), &[]).await;
    says(&removed, 200, &["The passkey is removed"]);
    let (_, answer) = signs_in(&app, &mut device).await;
    says(&answer, 422, &[REFUSED]);
}

#[tokio::test]
async fn what_is_wrong_with_a_new_passkey_adds_none() {
    let app = named().await;
    let olga = officer(&app, "Halden", "Olga").await;
    let browser = app.signed_in(&olga).await;
    let challenge = format!("{PASSKEYS}/challenge");
    let wrong: [fn(&mut Authenticator); 3] = [
        |d| d.origin = "http://rooms.example".to_owned(),
        |d| d.rp_id = "evil.example".to_owned(),
        |d| d.flags = 0x01,
    ];
    for spoil in wrong {
        let mut device = device();
        spoil(&mut device);
        let asks = asked(&browser, SECURITY, &challenge).await;
        let refused = send_new(&browser, &device.make(&asks)).await;
        says(&refused, 422, &["Not added yet", "#passkey"]);
    }
    let mut device = device();
    let asks = asked(&browser, "/settings", ASK).await;
    let other_purpose = send_new(&browser, &device.make(&asks)).await;
    says(&other_purpose, 422, &["That took too long"]);
    let asks = asked(&browser, SECURITY, &challenge).await;
    app.pass(SignedDuration::from_mins(5));
    let late = send_new(&browser, &device.make(&asks)).await;
    says(&late, 422, &["That took too long"]);
    app.pass(SignedDuration::from_mins(5));
    let unproved = browser.post_form(SECURITY, &challenge, &[]).await;
    assert!(
        leads_to(&unproved)
            .1
            .starts_with("/settings/security/proof")
    );
    says(&browser.get(SECURITY).await, 200, &["Add a passkey"]);
    assert!(!browser.get(SECURITY).await.text().contains("Last used"));
}

#[tokio::test]
async fn a_passkey_proves_once_more_who_one_is_and_only_ones_own() {
    let app = named().await;
    let olga = officer(&app, "Halden", "Olga").await;
    let sven = officer(&app, "Strand", "Sven").await;
    let (mut olgas, mut svens) = (device(), device());
    let browser = app.signed_in(&olga).await;
    add(&browser, &mut olgas).await;
    add(&app.signed_in(&sven).await, &mut svens).await;
    app.pass(SignedDuration::from_mins(10));
    let proof = "/settings/security/proof";
    says(&browser.get(proof).await, 200, &["Use a passkey"]);
    for (device, good) in [(&mut svens, false), (&mut olgas, true)] {
        let asks = asked(&browser, proof, ASK).await;
        let filled = device.sign(&asks);
        let fields = borrowed(&filled, &[("next", SECURITY)]);
        let answer = browser.post_form(proof, proof, &fields).await;
        if good {
            assert_eq!(leads_to(&answer), (303, SECURITY.to_owned()));
        } else {
            says(&answer, 422, &["The passkey was not accepted"]);
        }
    }
    let codes = submit(&browser, SECURITY, "/settings/security/codes", &[]).await;
    says(&codes, 200, &["Keep these where you keep other keys"]);
}

#[tokio::test]
async fn a_server_that_is_reached_by_a_number_has_none() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let browser = app.signed_in(&company.admin).await;
    says(
        &browser.get(SECURITY).await,
        200,
        &["Passkeys need this server to have a name"],
    );
    for (page, action) in [
        ("/sign-in", ASK.to_owned()),
        (SECURITY, format!("{PASSKEYS}/challenge")),
    ] {
        let answer = browser.post_form(page, &action, &[]).await;
        assert_eq!(answer.status.as_u16(), 404, "{action}");
    }
    assert!(
        !app.browser()
            .get("/sign-in")
            .await
            .text()
            .contains("passkeys.js")
    );
}
