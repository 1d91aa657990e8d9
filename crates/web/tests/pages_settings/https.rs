//! Behind a proxy that speaks TLS: what browsers are told to hold to.

use rooms_testkit::app::{PASSWORD, Settings, TestApp};
use rooms_testkit::{Answer, Browser};

use super::leads_to;

async fn behind_a_proxy() -> TestApp {
    TestApp::with(Settings {
        public_url: Some("https://rooms.example".parse().unwrap()),
        ..Settings::default()
    })
    .await
}

/// The cookies an answer sets: name, and what is said about it, in small letters.
fn set_cookies(answer: &Answer) -> Vec<(String, Vec<String>)> {
    let cookies = answer.headers.get_all("set-cookie").iter();
    cookies
        .map(|cookie| {
            let text = cookie.to_str().unwrap();
            let (pair, rules) = text.split_once(';').unwrap();
            let (name, _) = pair.split_once('=').unwrap();
            let rules = rules.split(';').map(|rule| rule.trim().to_lowercase());
            (name.to_owned(), rules.collect())
        })
        .collect()
}

/// Signs in, out and in again, and gives every cookie that was set on the way.
async fn all_cookies(app: &TestApp, browser: &Browser) -> Vec<(String, Vec<String>)> {
    let company = app.company("halden").await;
    let mut cookies = set_cookies(&browser.get("/sign-in").await);
    let fields = [("email", company.admin.email()), ("password", PASSWORD)];
    let entered = browser.post_form("/sign-in", "/sign-in", &fields).await;
    assert_eq!(leads_to(&entered), (303, "/".to_owned()));
    cookies.extend(set_cookies(&entered));
    let left = browser.post_form("/sign-out", "/sign-out", &[]).await;
    assert_eq!(leads_to(&left), (303, "/sign-in".to_owned()));
    cookies.extend(set_cookies(&left));
    cookies.extend(set_cookies(&browser.get("/sign-in").await));
    cookies
}

#[tokio::test]
async fn with_https_every_cookie_is_secure_and_bound_to_this_host() {
    let app = behind_a_proxy().await;
    let cookies = all_cookies(&app, &app.browser()).await;
    for name in ["__Host-visit", "__Host-session", "__Host-said"] {
        assert!(
            cookies.iter().any(|(n, _)| n == name),
            "{name}: {cookies:?}"
        );
    }
    for (name, rules) in &cookies {
        assert!(name.starts_with("__Host-"), "{name}");
        for rule in ["secure", "httponly", "samesite=lax", "path=/"] {
            assert!(
                rules.iter().any(|r| r == rule),
                "{name} lacks {rule}: {rules:?}"
            );
        }
        assert!(
            !rules.iter().any(|rule| rule.starts_with("domain")),
            "{name}"
        );
    }
}

#[tokio::test]
async fn without_https_cookies_work_and_promise_nothing() {
    let app = TestApp::start().await;
    let cookies = all_cookies(&app, &app.browser()).await;
    for (name, rules) in &cookies {
        assert!(!name.starts_with("__"), "{name}");
        assert!(!rules.contains(&"secure".to_owned()), "{name}: {rules:?}");
        assert!(rules.contains(&"httponly".to_owned()), "{name}: {rules:?}");
    }
    let page = app.browser().get("/sign-in").await;
    assert!(!page.headers.contains_key("strict-transport-security"));
}

#[tokio::test]
async fn with_https_every_answer_asks_for_https_for_two_years() {
    let app = behind_a_proxy().await;
    let (browser, nobody) = (app.browser(), app.anonymous());
    for answer in [
        browser.get("/sign-in").await,
        browser.get("/nowhere").await,
        browser.get("/").await,
        browser.get("/healthz").await,
        nobody.get("bookings").await,
        nobody.get("openapi.json").await,
        browser.post("/sign-in", &[]).await,
    ] {
        assert_eq!(
            answer.header("strict-transport-security"),
            "max-age=63072000; includeSubDomains",
            "{}",
            answer.url
        );
    }
}

#[tokio::test]
async fn forms_may_lead_here_and_to_zoom_only() {
    for app in [TestApp::start().await, behind_a_proxy().await] {
        let page = app.browser().get("/sign-in").await;
        let policy = page.header("content-security-policy").to_owned();
        let rule = |name: &str| {
            let rules = policy.split(';').map(str::trim);
            let mut words = rules.map(|rule| rule.split(' ')).filter_map(|mut words| {
                (words.next() == Some(name)).then(|| words.collect::<Vec<_>>())
            });
            words.next().unwrap_or_default()
        };
        let zoom = app.zoom_url().origin().ascii_serialization();
        assert_eq!(rule("form-action"), ["'self'", &zoom, "https://*.zoom.us"]);
        assert_eq!(rule("default-src"), ["'none'"]);
        assert_eq!(rule("script-src"), ["'self'"]);
        assert_eq!(rule("frame-ancestors"), ["'none'"]);
        assert_eq!(rule("base-uri"), ["'none'"]);
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}

#[tokio::test]
async fn the_way_to_zoom_names_the_address_people_use() {
    let app = behind_a_proxy().await;
    let company = app.company("halden").await;
    let browser = app.signed_in(&company.admin).await;
    let left = browser
        .post_form(super::APPS, super::CONNECT, &[])
        .await
        .location();
    let back = left.query_pairs().find(|(name, _)| name == "redirect_uri");
    assert_eq!(
        back.map(|(_, value)| value.into_owned()).as_deref(),
        Some("https://rooms.example/zoom_callback")
    );
}

#[tokio::test]
async fn a_form_of_the_public_address_is_one_of_ours() {
    let app = behind_a_proxy().await;
    let company = app.company("halden").await;
    for (origin, status) in [
        ("https://rooms.example", 303),
        ("https://rooms.example.evil.example", 403),
        ("null", 403),
    ] {
        let browser = app.browser();
        let token = browser.csrf("/sign-in").await;
        let fields = [
            ("csrf", token.as_str()),
            ("email", company.admin.email()),
            ("password", PASSWORD),
        ];
        let request = app
            .anonymous()
            .request("POST".parse().unwrap(), "/sign-in")
            .header("origin", origin)
            .form(&fields);
        let answer = browser.send(browser.address("/sign-in"), request).await;
        assert_eq!(answer.status.as_u16(), status, "{origin}");
    }
}
