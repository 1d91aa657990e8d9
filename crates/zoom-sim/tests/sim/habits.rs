//! The rules about what nobody outside knows for sure, each both ways.

use axum::Router;
use axum::routing::get;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;
use zoom_sim::{DeadToken, Decline, DomainFile, OauthError, Rules, UnknownZone};

use crate::support::{CHALLENGE, MARA, REDIRECT, Stage, draft, query, stage};

fn rules(stage: &Stage, change: impl FnOnce(&mut Rules)) {
    let mut rules = stage.handle.rules();
    change(&mut rules);
    stage.handle.set_rules(rules);
}

#[tokio::test]
async fn declining_leads_back_or_nowhere() {
    let stage = stage().await;
    let back = stage.consent(MARA, &query(&[]), "decline").await;
    assert!(back.as_str().contains("error=access_denied"));
    rules(&stage, |rules| rules.decline = Decline::Stays);
    let cookie = stage.sign_in(MARA).await;
    let path = format!("/oauth/authorize?{}", query(&[]));
    let page = stage.post(&path, &cookie, &[("answer", "decline")]).await;
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("You have declined"));
}

#[tokio::test]
async fn used_codes_and_wrong_verifiers_are_called_either_way() {
    let stage = stage().await;
    for error in [OauthError::InvalidRequest, OauthError::InvalidGrant] {
        rules(&stage, |rules| {
            rules.used_code = error;
            rules.wrong_verifier = error;
        });
        let name = match error {
            OauthError::InvalidRequest => "invalid_request",
            OauthError::InvalidGrant => "invalid_grant",
        };
        let body: Value = stage.exchange("used").await.json().await.unwrap();
        assert_eq!(body["error"], name);
        let asked = query(&[
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        let back = stage.consent(MARA, &asked, "allow").await;
        let code = crate::support::pair(&back, "code").unwrap();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", "another"),
        ];
        let body: Value = stage.token(&form).await.json().await.unwrap();
        assert_eq!(body["error"], name);
        assert_eq!(body["reason"], "Invalid code verifier");
    }
}

#[tokio::test]
async fn a_dead_refresh_token_has_three_bodies() {
    let stage = stage().await;
    for (form, body) in [
        (
            DeadToken::Grant,
            json!({"reason": "Invalid Token!", "error": "invalid_grant"}),
        ),
        (
            DeadToken::Request,
            json!({"reason": "Invalid Token!", "error": "invalid_request"}),
        ),
        (DeadToken::Bare, json!({"error": "invalid_grant"})),
    ] {
        rules(&stage, |rules| rules.dead_refresh_token = form);
        let answer = stage.refresh("dead").await;
        assert_eq!(answer.status(), 400);
        assert_eq!(answer.json::<Value>().await.unwrap(), body);
    }
}

#[tokio::test]
async fn an_unknown_time_zone_has_three_fates() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    let mut asked = draft();
    asked["timezone"] = json!("Mars/Olympus");
    asked["start_time"] = json!("2026-12-01T09:00:00");
    for (rule, status, zone, start) in [
        (UnknownZone::Utc, 201, Some("UTC"), "2026-12-01T09:00:00Z"),
        (
            UnknownZone::Users,
            201,
            Some("Europe/Berlin"),
            "2026-12-01T08:00:00Z",
        ),
        (UnknownZone::Refused, 400, None, ""),
    ] {
        rules(&stage, |rules| rules.unknown_time_zone = rule);
        let answer = stage.create(&token, &asked).await;
        assert_eq!(answer.status(), status);
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["timezone"].as_str(), zone);
        if zone.is_some() {
            assert_eq!(body["start_time"], start);
        } else {
            assert_eq!(body["errors"][0]["field"], "timezone");
        }
    }
}

#[tokio::test]
async fn a_refresh_ends_the_older_access_token_or_does_not() {
    for ends in [true, false] {
        let stage = stage().await;
        rules(&stage, |rules| rules.refresh_ends_access_token = ends);
        let pair = stage.connect(MARA).await;
        stage.refresh(&pair.refresh).await;
        let call = stage.call(Method::GET, "/v2/users/me", &pair.access);
        let status = call.send().await.unwrap().status();
        assert_eq!(status, if ends { 401 } else { 200 });
    }
}

#[tokio::test]
async fn a_live_meeting_can_be_deleted_if_the_rules_say_so() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    let made: Value = stage.create(&token, &draft()).await.json().await.unwrap();
    let id = made["id"].as_i64().unwrap();
    stage.handle.start_meeting(id);
    assert!(!stage.handle.delete_meeting(id));
    rules(&stage, |rules| rules.live_meetings_can_be_deleted = true);
    assert!(stage.handle.delete_meeting(id));
    assert!(!stage.handle.end_meeting(id), "it is over");
    rules(&stage, |rules| rules.trash_days = 0);
    assert!(!stage.handle.recover_meeting(id));
}

#[tokio::test]
async fn a_domain_is_proved_by_a_file_whose_place_is_a_rule() {
    let stage = stage().await;
    let file = Router::new().route("/zoomverify/verifyzoom.html", get(async || "the-code\n"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let domain = format!("http://{}", listener.local_addr().unwrap());
    let tasks = TaskTracker::new();
    tasks.spawn(async move { axum::serve(listener, file).await });
    let check = async |code: &str| -> Value {
        let form = [("domain", domain.as_str()), ("code", code)];
        let checked = stage.post("/console/domain", "", &form).await;
        checked.json().await.unwrap()
    };
    let proved = check("the-code").await;
    assert_eq!(proved["verified"], true, "{proved}");
    let other = check("another-code").await;
    assert_eq!(other["reason"], "the file holds something else");
    rules(&stage, |rules| rules.domain_file = DomainFile::Root);
    let elsewhere = check("the-code").await;
    assert_eq!(elsewhere["verified"], false);
    assert_eq!(elsewhere["file"], format!("{domain}/verifyzoom.html"));
    assert_eq!(elsewhere["reason"], "404 Not Found");
}
