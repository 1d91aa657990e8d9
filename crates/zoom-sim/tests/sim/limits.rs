//! The limits of an account's plan, as clients in that account meet them.

use reqwest::{Method, Response};
use serde_json::Value;
use zoom_sim::{Plan, RetryAfter};

use crate::support::{INES, JONAS, MARA, Stage, draft, stage};

const MAIN: &str = "HaldenMainAccount00001";

async fn list(stage: &Stage, token: &str) -> Response {
    let call = stage.call(Method::GET, "/v2/users/me/meetings", token);
    call.send().await.unwrap()
}

fn header(answer: &Response, name: &str) -> Option<String> {
    let value = answer.headers().get(name)?;
    Some(value.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn an_account_shares_its_calls_per_second_by_category() {
    let stage = stage().await;
    stage.handle.set_plan(MAIN, Plan::Free);
    stage
        .handle
        .set_blocks_apps("HaldenStrictAccount002", false);
    let mut rules = stage.handle.rules();
    rules.limits_per_second = true;
    stage.handle.set_rules(rules);
    let (mara, jonas) = (stage.connect(MARA).await, stage.connect(JONAS).await);
    let ines = stage.connect(INES).await;

    let first = list(&stage, &mara.access).await;
    assert_eq!(first.status(), 200);
    for (name, value) in [
        ("x-ratelimit-category", "Medium"),
        ("x-ratelimit-type", "QPS"),
        ("x-ratelimit-limit", "2"),
        ("x-ratelimit-remaining", "1"),
    ] {
        assert_eq!(header(&first, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(list(&stage, &jonas.access).await.status(), 200);
    let refused = list(&stage, &mara.access).await;
    assert_eq!(refused.status(), 429);
    assert_eq!(header(&refused, "retry-after"), None);
    assert_eq!(
        header(&refused, "x-ratelimit-remaining").as_deref(),
        Some("0")
    );
    let body: Value = refused.json().await.unwrap();
    assert!(body["message"].as_str().unwrap().contains("per-second"));
    let made = stage.create(&mara.access, &draft()).await;
    assert_eq!(made.status(), 429, "creating is medium too");
    assert!(stage.handle.meetings().is_empty());
    let me = stage.call(Method::GET, "/v2/users/me", &mara.access);
    assert_eq!(me.send().await.unwrap().status(), 200, "this one is light");
    assert_eq!(
        list(&stage, &ines.access).await.status(),
        200,
        "another account"
    );
    stage.clock.pass(1);
    assert_eq!(list(&stage, &mara.access).await.status(), 200);
}

#[tokio::test]
async fn the_day_of_a_free_account_is_over_after_2000_medium_calls() {
    let stage = stage().await;
    stage.handle.set_plan(MAIN, Plan::Free);
    let mut rules = stage.handle.rules();
    rules.limits_per_day = true;
    stage.handle.set_rules(rules.clone());
    let token = stage.connect(MARA).await.access;
    for _ in 0..2_000 {
        list(&stage, &token).await;
    }
    for (form, value) in [
        (RetryAfter::Iso, Some("2026-11-24T00:00:00Z")),
        (RetryAfter::HttpDate, Some("Tue, 24 Nov 2026 00:00:00 GMT")),
        (RetryAfter::Seconds, Some("57600")),
        (RetryAfter::None, None),
    ] {
        rules.retry_after = form;
        stage.handle.set_rules(rules.clone());
        let refused = list(&stage, &token).await;
        assert_eq!(refused.status(), 429);
        assert_eq!(header(&refused, "retry-after").as_deref(), value);
        let kind = header(&refused, "x-ratelimit-type");
        assert_eq!(kind.as_deref(), Some("Daily-limit"));
        let limit = header(&refused, "x-ratelimit-limit");
        assert_eq!(limit.as_deref(), Some("2000"));
    }
    stage.clock.pass(57_600);
    let token = stage.connect(MARA).await.access;
    assert_eq!(list(&stage, &token).await.status(), 200);
}

#[tokio::test]
async fn by_default_only_the_hundred_meetings_of_a_user_are_counted() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    let mut last = None;
    for _ in 0..101 {
        last = Some(stage.create(&token, &draft()).await);
    }
    let refused = last.unwrap();
    assert_eq!(refused.status(), 429);
    assert_eq!(header(&refused, "retry-after"), None);
    assert_eq!(stage.handle.meetings().len(), 100);
    let body: Value = refused.json().await.unwrap();
    let words = body["message"].as_str().unwrap();
    assert!(words.contains("(100)") && words.contains("GMT 00:00:00"));

    let mut rules = stage.handle.rules();
    rules.rate_limit_headers = false;
    stage.handle.set_rules(rules);
    let plain = list(&stage, &token).await;
    assert_eq!(header(&plain, "x-ratelimit-limit"), None);
}
