//! The pages for people, and what a browser is told about them.

use reqwest::Method;
use reqwest::header::{LOCATION, SET_COOKIE};
use serde_json::{Value, json};

use crate::support::{MARA, draft, query, stage};

#[tokio::test]
async fn pages_carry_a_strict_policy_and_no_script() {
    let stage = stage().await;
    let cookie = stage.sign_in(MARA).await;
    let consent = format!("/oauth/authorize?{}", query(&[]));
    for path in [
        "/",
        "/oauth/signin",
        "/user/installed",
        "/console",
        "/nowhere",
        &consent,
    ] {
        let page = stage.get(path, &cookie).await;
        let policy = page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self';"),
            "{path}"
        );
        let targets = if path == consent {
            " http://127.0.0.1:9"
        } else {
            ""
        };
        assert!(
            policy.contains(&format!("form-action 'self'{targets}")),
            "{path}: {policy}"
        );
        assert!(page.headers().contains_key("x-zm-trackingid"));
        let html = page.text().await.unwrap();
        assert!(html.contains("Zoom simulator. Not Zoom."), "{path}");
        assert!(
            !html.contains("<script") && !html.contains("style="),
            "{path}"
        );
    }
    assert_eq!(
        stage.get("/assets/sim.css", "").await.headers()["content-type"],
        "text/css; charset=utf-8"
    );
}

#[tokio::test]
async fn consent_lists_each_permission_in_words_and_by_name() {
    let stage = stage().await;
    let cookie = stage.sign_in(MARA).await;
    let page = stage
        .get(&format!("/oauth/authorize?{}", query(&[])), &cookie)
        .await;
    let html = page.text().await.unwrap();
    for words in [
        "Make meetings for you",
        "meeting:write:meeting",
        "user:read:user",
        "Decline",
    ] {
        assert!(html.contains(words), "{words}");
    }
}

#[tokio::test]
async fn a_failure_can_be_rehearsed_on_the_consent_page() {
    let stage = stage().await;
    let cookie = stage.sign_in(MARA).await;
    let path = format!("/oauth/authorize?{}", query(&[("state", "s")]));
    let allow = async |case: &str| {
        let answer = stage
            .post(&path, &cookie, &[("answer", "allow"), ("case", case)])
            .await;
        answer
            .headers()
            .get(LOCATION)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(allow("restricted").await, None);
    assert!(!allow("stateless").await.unwrap().contains("state="));
    let expired = allow("expired").await.unwrap();
    let code = expired
        .split("code=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    assert_eq!(stage.exchange(code).await.status(), 400);
    allow("down").await.unwrap();
    assert_eq!(stage.exchange("any").await.status(), 503);
}

#[tokio::test]
async fn sign_in_refuses_strangers_and_foreign_destinations() {
    let stage = stage().await;
    let wrong = [("email", MARA), ("password", "no"), ("return", "/")];
    let answer = stage.post("/oauth/signin", "", &wrong).await;
    assert_eq!(answer.status(), 422);
    assert!(answer.headers().get(SET_COOKIE).is_none());
    for target in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
    ] {
        let form = [
            ("email", MARA),
            ("password", "zoom-demo"),
            ("return", target),
        ];
        let answer = stage.post("/oauth/signin", "", &form).await;
        assert_eq!(answer.headers()[LOCATION], "/");
        assert!(
            answer.headers()[SET_COOKIE]
                .to_str()
                .unwrap()
                .contains("SameSite=Lax")
        );
    }
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let stage = stage().await;
    let cookie = stage.sign_in(MARA).await;
    assert_eq!(stage.get("/user/installed", &cookie).await.status(), 200);
    stage.post("/oauth/signout", &cookie, &[]).await;
    assert_eq!(stage.get("/user/installed", &cookie).await.status(), 303);
}

#[tokio::test]
async fn a_join_link_opens_until_the_meeting_is_deleted() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    let mut body = draft();
    body["topic"] = json!("<b>Bold</b> & quiet");
    let made: Value = stage.create(&token, &body).await.json().await.unwrap();
    let link = made["join_url"].as_str().unwrap();
    let page = stage
        .http
        .get(link)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        page.contains("&#60;b&#62;Bold") || page.contains("&lt;b&gt;Bold"),
        "{page}"
    );
    stage.handle.delete_meeting(made["id"].as_i64().unwrap());
    assert_eq!(stage.http.get(link).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn the_console_shows_and_changes_everything() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    let made: Value = stage.create(&token, &draft()).await.json().await.unwrap();
    let id = made["id"].as_i64().unwrap();
    let html = stage.get("/console", "").await.text().await.unwrap();
    for words in [
        "/v2/users/me/meetings",
        "Budget",
        "HaldenMainAccount00001",
        "client-1",
    ] {
        assert!(html.contains(words), "{words}");
    }
    let change = [
        ("topic", "By hand"),
        ("start_time", "2026-12-02T10:00:00Z"),
        ("duration", "15"),
    ];
    let answer = stage
        .post(&format!("/console/meetings/{id}"), "", &change)
        .await;
    assert_eq!(answer.status(), 303);
    let stored = &stage.handle.meetings()[0];
    assert_eq!((stored.topic.as_str(), stored.duration), ("By hand", 15));
    stage
        .post(&format!("/console/meetings/{id}/removal"), "", &[])
        .await;
    let listed: Value = stage
        .get("/console/meetings.json", "")
        .await
        .json()
        .await
        .unwrap();
    assert!(listed[0]["deleted_at"].is_string());

    let rules = [
        ("meeting_requests_per_day", ""),
        ("webhooks", "held"),
        ("refresh_ends_access_token", "no"),
    ];
    stage.post("/console/rules", "", &rules).await;
    assert_eq!(stage.handle.rules().meeting_requests_per_day, None);
    assert!(!stage.handle.rules().refresh_ends_access_token);
    let one = [("trash_days", "3")];
    stage.post("/console/rules", "", &one).await;
    assert_eq!(stage.handle.rules().trash_days, 3);
    assert!(
        !stage.handle.rules().refresh_ends_access_token,
        "what is not sent stays"
    );
    let wrong = [("trash_days", "4"), ("webhooks", "by pigeon")];
    let answer = stage.post("/console/rules", "", &wrong).await;
    assert_eq!(answer.status(), 422);
    assert_eq!(stage.handle.rules().trash_days, 3);
    let account = [
        ("account_id", "HaldenMainAccount00001"),
        ("blocks_apps", "yes"),
    ];
    stage.post("/console/accounts", "", &account).await;
    let cookie = stage.sign_in(MARA).await;
    let path = format!("/oauth/authorize?{}", query(&[]));
    assert_eq!(stage.get(&path, &cookie).await.status(), 403);
}

#[tokio::test]
async fn an_app_can_be_registered_by_hand() {
    let stage = stage().await;
    let form = [
        ("name", "Other app"),
        ("client_id", "client-2"),
        ("client_secret", "secret-2"),
        ("webhook_secret", "hook-2"),
        ("redirect_uris", "http://127.0.0.1:9/a http://127.0.0.1:9/b"),
        ("webhook_url", ""),
        ("scopes", "user:read:user"),
    ];
    assert_eq!(stage.post("/console/apps", "", &form).await.status(), 303);
    let asked = "response_type=code&client_id=client-2&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fb";
    let back = stage.consent(MARA, asked, "allow").await;
    assert!(back.as_str().starts_with("http://127.0.0.1:9/b?code="));
    let answer = stage
        .http
        .request(Method::GET, stage.at("/"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(answer.contains("Other app"));
}
