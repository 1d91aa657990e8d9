//! From the consent page to tokens, and their end.

use reqwest::Method;
use reqwest::header::LOCATION;
use serde_json::Value;

use crate::support::{
    CHALLENGE, INES, JONAS, MARA, Pair, REDIRECT, Stage, VERIFIER, pair, query, stage,
};

async fn me(stage: &Stage, token: &str) -> (u16, Value) {
    let answer = stage
        .call(Method::GET, "/v2/users/me", token)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn an_authorization_with_pkce_gives_tokens_that_work() {
    let stage = stage().await;
    let asked = query(&[
        ("state", "s t&1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let unsigned = stage.get(&format!("/oauth/authorize?{asked}"), "").await;
    assert_eq!(unsigned.status(), 303);
    assert!(
        unsigned.headers()[LOCATION]
            .to_str()
            .unwrap()
            .starts_with("/oauth/signin?return=")
    );

    let back = stage.consent(MARA, &asked, "allow").await;
    assert!(back.as_str().starts_with(REDIRECT));
    assert_eq!(pair(&back, "state").as_deref(), Some("s t&1"));
    let code = pair(&back, "code").unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    let answer = stage.token(&form).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.headers().contains_key("x-zm-trackingid"));
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["token_type"], "bearer");
    assert_eq!(body["expires_in"], 3599);
    assert_eq!(body["scope"].as_str().unwrap().split(' ').count(), 6);
    assert_eq!(body["api_url"], stage.at(""));

    let (status, profile) = me(&stage, &Pair::of(&body).access).await;
    assert_eq!(status, 200);
    assert_eq!(profile["email"], MARA);
    assert_eq!(profile["type"], 2);
    let (_, profile) = me(&stage, &stage.connect(JONAS).await.access).await;
    assert_eq!(profile["type"], 1);
}

#[tokio::test]
async fn declining_comes_back_with_access_denied() {
    let stage = stage().await;
    let back = stage
        .consent(MARA, &query(&[("state", "x")]), "decline")
        .await;
    assert_eq!(pair(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!(pair(&back, "state").as_deref(), Some("x"));
    assert_eq!(pair(&back, "code"), None);
}

#[tokio::test]
async fn without_a_state_none_comes_back() {
    let stage = stage().await;
    let back = stage.consent(MARA, &query(&[]), "allow").await;
    assert_eq!(pair(&back, "state"), None);
}

#[tokio::test]
async fn a_wrong_or_missing_verifier_is_refused_and_uses_up_the_code() {
    let stage = stage().await;
    let asked = query(&[
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    for verifier in [Some("wrong"), None] {
        let back = stage.consent(MARA, &asked, "allow").await;
        let code = pair(&back, "code").unwrap();
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", REDIRECT),
        ];
        form.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        let answer = stage.token(&form).await;
        assert_eq!(answer.status(), 400);
        assert_eq!(
            answer.json::<Value>().await.unwrap()["error"],
            "invalid_grant"
        );
        form.retain(|(name, _)| *name != "code_verifier");
        form.push(("code_verifier", VERIFIER));
        assert_eq!(stage.token(&form).await.status(), 400);
    }
}

#[tokio::test]
async fn a_code_works_once_and_for_five_minutes() {
    let stage = stage().await;
    let code = stage.code(MARA).await;
    assert_eq!(stage.exchange(&code).await.status(), 200);
    let again = stage.exchange(&code).await;
    assert_eq!(again.status(), 400);
    let body: Value = again.json().await.unwrap();
    assert_eq!(body["reason"], format!("Invalid authorization code {code}"));
    assert_eq!(body["error"], "invalid_request");

    let code = stage.code(MARA).await;
    stage.clock.pass(301);
    assert_eq!(stage.exchange(&code).await.status(), 400);
}

#[tokio::test]
async fn token_requests_that_are_wrong_get_zooms_answers() {
    let stage = stage().await;
    let code = stage.code(MARA).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "http://127.0.0.1:9/other"),
    ];
    let answer: Value = stage.token(&form).await.json().await.unwrap();
    assert_eq!(answer["reason"], "Redirect URI mismatch.");
    let answer: Value = stage
        .token(&[("grant_type", "password")])
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(answer["error"], "unsupported_grant_type");

    let stranger = stage
        .http
        .post(stage.at("/oauth/token"))
        .basic_auth("client-1", Some("no"));
    let answer = stranger
        .form(&[("grant_type", "refresh_token")])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(
        answer.json::<Value>().await.unwrap()["error"],
        "invalid_client"
    );

    let pair = stage.connect(MARA).await;
    let in_address = format!(
        "/oauth/token?grant_type=refresh_token&refresh_token={}",
        pair.refresh
    );
    let answer = stage
        .http
        .post(stage.at(&in_address))
        .basic_auth("client-1", Some("secret-1"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 400);
}

#[tokio::test]
async fn a_refresh_gives_a_new_pair_and_kills_the_old_one() {
    let stage = stage().await;
    let old = stage.connect(MARA).await;
    let answer = stage.refresh(&old.refresh).await;
    assert_eq!(answer.status(), 200);
    let new = Pair::of(&answer.json().await.unwrap());
    assert_ne!(new.refresh, old.refresh);
    assert_eq!(me(&stage, &new.access).await.0, 200);
    let (status, body) = me(&stage, &old.access).await;
    assert_eq!((status, body["code"].as_i64()), (401, Some(124)));

    let again = stage.refresh(&old.refresh).await;
    assert_eq!(again.status(), 400);
    let body: Value = again.json().await.unwrap();
    assert_eq!(body["error"], "invalid_grant");
    assert_eq!(body["reason"], "Invalid Token!");
}

#[tokio::test]
async fn a_refresh_may_leave_the_older_access_token_alive() {
    let stage = stage().await;
    let mut rules = stage.handle.rules();
    rules.refresh_ends_access_token = false;
    stage.handle.set_rules(rules);
    let old = stage.connect(MARA).await;
    assert_eq!(stage.refresh(&old.refresh).await.status(), 200);
    assert_eq!(me(&stage, &old.access).await.0, 200);
}

#[tokio::test]
async fn tokens_run_out() {
    let stage = stage().await;
    let pair = stage.connect(MARA).await;
    stage.clock.pass(3_600);
    let (status, body) = me(&stage, &pair.access).await;
    assert_eq!(status, 401);
    assert_eq!(body["message"], "Access token is expired.");
    stage.clock.pass(90 * 86_400);
    assert_eq!(stage.refresh(&pair.refresh).await.status(), 400);
}

#[tokio::test]
async fn a_new_authorization_kills_the_older_grant() {
    let stage = stage().await;
    let old = stage.connect(MARA).await;
    let new = stage.connect(MARA).await;
    assert_eq!(me(&stage, &old.access).await.0, 401);
    assert_eq!(stage.refresh(&old.refresh).await.status(), 400);
    assert_eq!(me(&stage, &new.access).await.0, 200);
    assert!(stage.handle.is_installed(MARA, "client-1"));
}

#[tokio::test]
async fn revoking_ends_both_tokens() {
    let stage = stage().await;
    let pair = stage.connect(MARA).await;
    let answer = stage.revoke(&pair.access).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.json::<Value>().await.unwrap()["status"], "success");
    assert_eq!(me(&stage, &pair.access).await.0, 401);
    assert_eq!(stage.refresh(&pair.refresh).await.status(), 400);
    assert_eq!(stage.revoke(&pair.access).await.status(), 400);
    assert!(!stage.handle.is_installed(MARA, "client-1"));
}

#[tokio::test]
async fn bad_authorization_requests_end_on_a_page_and_never_go_back() {
    let stage = stage().await;
    let good = query(&[]);
    for (asked, words) in [
        (
            good.replace("client-1", "nobody"),
            "Invalid client_id: nobody (4,702)",
        ),
        (
            good.replace("zoom_callback", "elsewhere"),
            "elsewhere (4,700)",
        ),
        (query(&[("scope", "user:read:user")]), "Invalid scope"),
        (good.replace("=code", "=token"), "Invalid response_type"),
        (
            query(&[("code_challenge_method", "S512")]),
            "Invalid code_challenge_method",
        ),
    ] {
        let page = stage.get(&format!("/oauth/authorize?{asked}"), "").await;
        assert_eq!(page.status(), 400, "{words}");
        assert!(page.headers().get(LOCATION).is_none());
        assert!(page.text().await.unwrap().contains(words), "{words}");
    }
}

#[tokio::test]
async fn an_administrator_who_has_not_approved_stops_the_user() {
    let stage = stage().await;
    let cookie = stage.sign_in(INES).await;
    let path = format!("/oauth/authorize?{}", query(&[]));
    let page = stage.get(&path, &cookie).await;
    assert_eq!(page.status(), 403);
    assert!(
        page.text()
            .await
            .unwrap()
            .contains("You cannot authorize Rooms under test")
    );
    let forced = stage.post(&path, &cookie, &[("answer", "allow")]).await;
    assert_eq!(forced.status(), 403);

    stage
        .handle
        .set_blocks_apps("HaldenStrictAccount002", false);
    assert_eq!(stage.get(&path, &cookie).await.status(), 200);
}
