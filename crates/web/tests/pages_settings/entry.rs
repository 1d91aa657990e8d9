//! Signing in and out, and the first run.

use jiff::SignedDuration;
use rooms_testkit::Answer;
use rooms_testkit::app::{PASSWORD, Settings, TestApp, WEBHOOK_SECRET};

use super::{leads_to, says};

#[tokio::test]
async fn signing_in_leads_home_or_on() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let browser = app.browser();
    let asked = browser.get("/settings/apps").await;
    assert_eq!(
        leads_to(&asked),
        (303, "/sign-in?next=%2Fsettings%2Fapps".to_owned())
    );
    says(
        &browser.visit("/settings/apps").await,
        200,
        &["Connect Apps", "name=\"password\""],
    );
    let email = company.admin.email();
    for (next, to) in [
        ("", "/"),
        ("/settings/apps", "/settings/apps"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
    ] {
        let fields = [("email", email), ("password", PASSWORD), ("next", next)];
        let browser = app.browser();
        let answer = browser.post_form("/sign-in", "/sign-in", &fields).await;
        assert_eq!(leads_to(&answer), (303, to.to_owned()), "{next}");
        assert_eq!(answer.location().host_str(), Some("127.0.0.1"), "{next}");
    }
}

#[tokio::test]
async fn a_wrong_sign_in_keeps_the_address() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    for (email, password) in [
        (company.admin.email(), "not the password"),
        ("nobody@halden.example", PASSWORD),
        ("no\0body@halden.example", PASSWORD),
        ("\"><script>@halden.example", PASSWORD),
        (company.admin.email(), ""),
    ] {
        let browser = app.browser();
        let fields = [("email", email), ("password", password), ("next", "/find")];
        let answer = browser.post_form("/sign-in", "/sign-in", &fields).await;
        says(
            &answer,
            422,
            &["Not signed in", "name=\"next\" value=\"/find\""],
        );
        assert!(!answer.text().contains("<script>@"));
        if !email.contains(['\0', '"']) {
            assert!(answer.text().contains(&format!("value=\"{email}\"")));
        }
        assert!(browser.get("/settings").await.status.is_redirection());
    }
}

#[tokio::test]
async fn a_form_without_this_browsers_token_is_refused() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let fields = [("email", company.admin.email()), ("password", PASSWORD)];
    let none = app.browser().post("/sign-in", &fields).await;
    says(&none, 403, &["Not signed in", company.admin.email()]);
    let other = app.browser().csrf("/sign-in").await;
    let browser = app.browser();
    browser.get("/sign-in").await;
    let stolen = [fields[0], fields[1], ("csrf", other.as_str())];
    assert_eq!(browser.post("/sign-in", &stolen).await.status.as_u16(), 403);
    let signed_in = app.signed_in(&company.admin).await;
    let bare = signed_in.post("/settings/devices/removal", &[]).await;
    assert_eq!(bare.status.as_u16(), 403);
    assert_eq!(signed_in.get("/settings").await.status.as_u16(), 200);
}

#[tokio::test]
async fn a_form_from_another_site_is_refused() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let browser = app.browser();
    let token = browser.csrf("/sign-in").await;
    let url = browser.address("/sign-in");
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let fields = [
            ("csrf", token.as_str()),
            ("email", company.admin.email()),
            ("password", PASSWORD),
        ];
        let request = app
            .anonymous()
            .request("POST".parse().unwrap(), "/sign-in")
            .header(name, value)
            .form(&fields);
        let answer = browser.send(url.clone(), request).await;
        assert_eq!(answer.status.as_u16(), 403, "{name}");
    }
}

#[tokio::test]
async fn a_session_planted_before_is_not_the_one_after() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let browser = app.browser();
    browser.get("/sign-in").await;
    let before = browser.cookies(app.url());
    browser.sign_in(company.admin.email(), PASSWORD).await;
    let first = browser.cookies(app.url());
    assert!(first.contains("session=") && !before.contains("session="));
    browser.sign_in(company.admin.email(), PASSWORD).await;
    let second = browser.cookies(app.url());
    assert_ne!(first, second);
    let request = app
        .anonymous()
        .request("GET".parse().unwrap(), "/settings")
        .header("cookie", first);
    let earlier = app.anonymous().send(request).await;
    assert!(
        earlier.status.is_redirection(),
        "the earlier session has ended"
    );
}

/// The program with limits on how often one may ask.
async fn limited() -> TestApp {
    let settings = Settings {
        rate_limits: true,
        ..Settings::default()
    };
    TestApp::with(settings).await
}

#[tokio::test]
async fn too_many_attempts_have_to_wait() {
    let app = limited().await;
    let browser = app.browser();
    let token = browser.csrf("/sign-in").await;
    let fields = [
        ("csrf", token.as_str()),
        ("email", "guess@halden.example"),
        ("password", "wrong"),
    ];
    let mut last = browser.post("/sign-in", &fields).await;
    for _ in 0..12 {
        last = browser.post("/sign-in", &fields).await;
    }
    says(&last, 429, &["Too many attempts", "guess@halden.example"]);
    assert!(last.header("retry-after").parse::<u64>().unwrap() > 0);
}

/// OWASP ASVS 5.0, 2.4.1: pages and the API count together, whatever way a person floods them.
#[tokio::test]
async fn whoever_asks_too_often_reads_when_to_try_again() {
    let app = limited().await;
    let company = app.company("halden").await;
    let (api, browser) = (app.api(&company.admin), app.signed_in(&company.admin).await);
    for _ in 0..2_000 {
        api.get("sites/x").await;
        let page = browser.get("/privacy").await;
        if page.status == 429 {
            says(&page, 429, &["That was very quick", "Try again in"]);
            assert!(page.header("retry-after").parse::<u64>().unwrap() > 0);
            return;
        }
    }
    panic!("4000 requests in one go were allowed");
}

/// OWASP ASVS 5.0, 16.5.3: what cannot be decided is refused, and what is counted is counted on.
#[tokio::test]
async fn without_a_database_nobody_is_let_past_and_attempts_are_counted() {
    let app = limited().await;
    let company = app.company("halden").await;
    let (api, browser) = (app.api(&company.admin), app.signed_in(&company.admin).await);
    let stranger = app.browser();
    let token = stranger.csrf("/sign-in").await;
    api.get("sites").await.ok(200);
    app.app.store().clone().close().await;

    api.get("sites").await.problem(503, "unavailable");
    assert_eq!(browser.get("/").await.status, 503);
    let event = br#"{"event":"meeting.deleted","payload":{"object":{"id":"1"}}}"#;
    let told = app.webhook(WEBHOOK_SECRET, app.app.now(), event).await;
    assert_eq!(told.status, 503, "Zoom sends it again");
    let fields = [
        ("csrf", token.as_str()),
        ("email", company.admin.email()),
        ("password", PASSWORD),
    ];
    let mut answers = Vec::new();
    for _ in 0..12 {
        answers.push(stranger.post("/sign-in", &fields).await.status.as_u16());
    }
    assert_eq!(answers.first(), Some(&503));
    assert_eq!(answers.last(), Some(&429), "{answers:?}");
    assert!(answers.is_sorted_by(|a, b| a >= b), "{answers:?}");
}

/// Behind a proxy everybody comes in from its address, and still nobody waits for others.
#[tokio::test]
async fn attempts_are_counted_by_the_network_before_the_proxy() {
    let app = limited().await;
    let browser = app.browser();
    let token = browser.csrf("/sign-in").await;
    let guess = async |network: &str, number: usize| {
        let email = format!("guess{number}@{network}.example");
        let fields = [("csrf", &*token), ("email", &*email), ("password", "wrong")];
        let request = app
            .anonymous()
            .request("POST".parse().unwrap(), "/sign-in")
            .header("x-forwarded-for", network)
            .form(&fields);
        let answer = browser.send(browser.address("/sign-in"), request).await;
        answer.status.as_u16()
    };
    let mut tries = 0;
    while guess("203.0.113.7", tries).await != 429 {
        tries += 1;
        assert!(tries < 500, "one network tries other names without end");
    }
    assert_eq!(guess("203.0.113.8", 0).await, 422, "its neighbour waits");
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let browser = app.signed_in(&company.admin).await;
    says(&browser.get("/sign-out").await, 200, &["Sign out?"]);
    let cookies = browser.cookies(app.url());
    let answer = browser.post_form("/sign-out", "/sign-out", &[]).await;
    assert_eq!(answer.header("clear-site-data"), "\"cache\"");
    let out = browser.visit(answer.location().as_str()).await;
    says(&out, 200, &["You are signed out."]);
    let again = browser.get("/sign-in").await;
    assert!(
        !again.text().contains("You are signed out."),
        "it is said once"
    );
    let request = app
        .anonymous()
        .request("GET".parse().unwrap(), "/settings")
        .header("cookie", cookies);
    assert!(app.anonymous().send(request).await.status.is_redirection());
}

#[tokio::test]
async fn a_session_ends_after_two_weeks_without_a_visit() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let browser = app.signed_in(&company.admin).await;
    app.pass(SignedDuration::from_hours(24 * 13));
    assert_eq!(browser.get("/settings").await.status.as_u16(), 200);
    app.pass(SignedDuration::from_hours(24 * 15));
    says(
        &browser.visit("/settings").await,
        200,
        &["Your session has ended."],
    );
}

#[tokio::test]
async fn a_booking_form_outlives_the_session_it_was_opened_in() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    app.room(&company, "Aster").await;
    let browser = app.signed_in(&company.admin).await;
    let token = browser.csrf("/bookings/new").await;
    app.pass(SignedDuration::from_hours(24 * 15));
    let typed = [
        ("csrf", token.as_str()),
        ("title", "Coating & review"),
        ("invitees", "guest@halden.example"),
    ];
    for (posted, form) in [
        ("/bookings", "/bookings/new"),
        ("/bookings/bk_1", "/bookings/bk_1/change"),
    ] {
        let answer = browser.post(posted, &typed).await;
        assert_eq!(answer.status.as_u16(), 303, "{}", answer.text());
        let (path, next) = next_of(&answer);
        assert_eq!(path, "/sign-in");
        let query = "title=Coating+%26+review&invitees=guest%40halden.example";
        assert_eq!(next, format!("{form}?{query}"));
    }
    let answer = browser.post("/bookings", &typed).await;
    let (_, next) = next_of(&answer);
    let email = company.admin.email();
    let fields = [("email", email), ("password", PASSWORD), ("next", &next)];
    let back = super::submit(&browser, "/sign-in", "/sign-in", &fields).await;
    says(
        &back,
        200,
        &["value=\"Coating &#38; review\"", "guest@halden.example"],
    );
}

fn next_of(answer: &Answer) -> (String, String) {
    let to = answer.location();
    let next = to.query_pairs().find(|(name, _)| name == "next");
    let next = next.map(|(_, value)| value.into_owned());
    (to.path().to_owned(), next.unwrap_or_default())
}

#[tokio::test]
async fn the_first_run_needs_its_code_and_happens_once() {
    let app = TestApp::with(Settings {
        set_up_code: Some("let-me-in".to_owned()),
        ..Settings::default()
    })
    .await;
    let browser = app.browser();
    says(&browser.visit("/sign-in").await, 200, &["One-time code"]);
    let form = |code, password| {
        [
            ("code", code),
            ("name", "Ada Admin"),
            ("email", "ada@halden.example"),
            ("password", password),
            ("company", "Halden Optics"),
            ("site", "Basel"),
            ("time_zone", "Europe/Zurich"),
            ("room", "Aster"),
            ("capacity", "8"),
            ("equipment", "screen"),
        ]
    };
    let wrong = browser
        .post_form("/set-up", "/set-up", &form("guess", PASSWORD))
        .await;
    says(&wrong, 403, &["This is not the code", "Halden Optics"]);
    let short = browser
        .post_form("/set-up", "/set-up", &form("let-me-in", "short"))
        .await;
    says(
        &short,
        422,
        &["Use 8 characters or more", "ada@halden.example"],
    );
    assert!(!short.text().contains("value=\"short\""));
    let empty: Vec<_> = form("let-me-in", PASSWORD)
        .into_iter()
        .map(|(name, value)| match name {
            "site" | "room" | "company" => (name, ""),
            _ => (name, value),
        })
        .collect();
    let empty = browser.post_form("/set-up", "/set-up", &empty).await;
    says(&empty, 422, &["#company", "#site", "#room"]);
    let done = browser
        .post_form("/set-up", "/set-up", &form("let-me-in", PASSWORD))
        .await;
    assert_eq!(leads_to(&done), (303, "/".to_owned()));
    let rooms = browser.get("/admin/rooms").await;
    says(&rooms, 200, &["Aster", "Basel, Europe/Zurich"]);
    for code in ["let-me-in", "guess"] {
        let again = app.browser();
        says(&again.get("/set-up").await, 404, &["Already set up"]);
        let token = again.csrf("/sign-in").await;
        let mut fields = form(code, PASSWORD).to_vec();
        fields.push(("csrf", &token));
        says(
            &again.post("/set-up", &fields).await,
            404,
            &["Already set up"],
        );
    }
}

#[tokio::test]
async fn without_a_code_there_is_no_first_run() {
    let app = TestApp::start().await;
    let browser = app.browser();
    assert_eq!(browser.get("/set-up").await.status.as_u16(), 404);
    assert_eq!(browser.get("/sign-in").await.status.as_u16(), 200);
}

#[tokio::test]
async fn documents_are_open_and_know_who_reads_them() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let (stranger, admin) = (app.browser(), app.signed_in(&company.admin).await);
    for path in ["/zoom/guide", "/zoom/test-plan", "/privacy", "/terms"] {
        let open = stranger.get(path).await;
        says(&open, 200, &["support@oneclickrooms.example", "Sign in"]);
        assert!(!open.text().contains("Ada Admin"));
        says(&admin.get(path).await, 200, &["Ada Admin"]);
    }
}
