//! Each fault, as a client sees it.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use zoom_sim::{Fault, Operation, Trouble};

use crate::support::{MARA, Stage, draft, stage};

async fn create(stage: &Stage, token: &str) -> Result<Response, reqwest::Error> {
    stage
        .call(Method::POST, "/v2/users/me/meetings", token)
        .json(&draft())
        .timeout(Duration::from_millis(400))
        .send()
        .await
}

/// Makes a meeting under a fault: the client's view, and how many meetings there are then.
async fn under(trouble: Trouble) -> (Result<Response, reqwest::Error>, usize, Stage) {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    stage.handle.fault(Fault::once(Operation::Create, trouble));
    let answer = create(&stage, &token).await;
    let made = stage.handle.meetings().len();
    (answer, made, stage)
}

#[tokio::test]
async fn a_cut_connection_leaves_the_client_in_the_dark() {
    for (trouble, expected) in [(Trouble::DropBefore, 0), (Trouble::DropAfter, 1)] {
        let (answer, made, stage) = under(trouble).await;
        let error = answer.unwrap_err();
        assert!(!error.is_timeout() && !error.is_connect(), "{error:?}");
        assert_eq!(made, expected);
        let logged = stage.handle.requests().pop().unwrap();
        assert_eq!(logged.status, None);
        assert!(logged.fault.unwrap().contains("cut"));
    }
}

#[tokio::test]
async fn a_hanging_answer_never_comes() {
    for (trouble, expected) in [(Trouble::HangBefore, 0), (Trouble::HangAfter, 1)] {
        let (answer, made, stage) = under(trouble).await;
        assert!(answer.unwrap_err().is_timeout());
        assert_eq!(made, expected);
        stage.sim.stop().await;
    }
}

#[tokio::test]
async fn a_slow_answer_is_the_right_one() {
    let (answer, made, _stage) = under(Trouble::Slow(Duration::from_millis(20))).await;
    assert_eq!(answer.unwrap().status(), 201);
    assert_eq!(made, 1);
}

#[tokio::test]
async fn another_status_takes_the_place_of_the_answer() {
    let body = json!({"code": 3161, "message": "not allowed"});
    let (answer, made, stage) = under(Trouble::Status(400, body.clone())).await;
    let answer = answer.unwrap();
    assert_eq!((answer.status().as_u16(), made), (400, 0));
    assert!(answer.headers().contains_key("x-zm-trackingid"));
    assert_eq!(answer.json::<Value>().await.unwrap(), body);
    let token = stage.connect(MARA).await.access;
    assert_eq!(create(&stage, &token).await.unwrap().status(), 201);
}

#[tokio::test]
async fn gateways_answer_in_html() {
    for (trouble, expected) in [(Trouble::Html(502), 0), (Trouble::HtmlAfter(502), 1)] {
        let (answer, made, _stage) = under(trouble).await;
        let answer = answer.unwrap();
        assert_eq!((answer.status().as_u16(), made), (502, expected));
        assert_eq!(answer.headers()["content-type"], "text/html");
    }
}

#[tokio::test]
async fn every_limit_has_its_own_words_and_headers() {
    for (trouble, words, retry_after) in [
        (Trouble::RateLimitedPerSecond, "per-second", None),
        (
            Trouble::DailyLimitAccount,
            "maximum daily",
            Some("2026-11-24T00:00:00Z"),
        ),
        (Trouble::DailyLimitUser, "this particular user", None),
        (Trouble::TooManyConcurrent, "Too many concurrent", None),
    ] {
        let (answer, made, _stage) = under(trouble).await;
        let answer = answer.unwrap();
        assert_eq!((answer.status().as_u16(), made), (429, 0));
        let header = answer
            .headers()
            .get("retry-after")
            .map(|value| value.to_str().unwrap());
        assert_eq!(header, retry_after);
        assert!(answer.text().await.unwrap().contains(words), "{words}");
    }
}

#[tokio::test]
async fn a_fault_strikes_its_own_call_as_often_as_told() {
    let stage = stage().await;
    let pair = stage.connect(MARA).await;
    let busy = || Trouble::Status(503, json!({}));
    stage.handle.fault(Fault {
        on: Operation::Refresh,
        times: Some(2),
        what: busy(),
    });
    assert_eq!(create(&stage, &pair.access).await.unwrap().status(), 201);
    assert_eq!(stage.refresh(&pair.refresh).await.status(), 503);
    assert_eq!(stage.exchange("nonsense").await.status(), 400);
    assert_eq!(stage.refresh(&pair.refresh).await.status(), 503);
    assert_eq!(stage.refresh(&pair.refresh).await.status(), 200);

    stage.handle.fault(Fault::always(Operation::Any, busy()));
    for _ in 0..3 {
        assert_eq!(create(&stage, &pair.access).await.unwrap().status(), 503);
    }
    assert_eq!(stage.get("/console", "").await.status(), 200);
    stage.handle.clear_faults();
    assert_eq!(create(&stage, &pair.access).await.unwrap().status(), 401);
}

#[tokio::test]
async fn faults_can_be_set_by_hand() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    let form = [
        ("on", "create"),
        ("what", "status"),
        ("times", ""),
        ("status", "418"),
        ("body", ""),
    ];
    assert_eq!(stage.post("/console/faults", "", &form).await.status(), 303);
    assert_eq!(create(&stage, &token).await.unwrap().status(), 418);
    assert!(
        stage
            .get("/console", "")
            .await
            .text()
            .await
            .unwrap()
            .contains("until ended")
    );
    assert_eq!(
        stage
            .post("/console/faults/removal", "", &[])
            .await
            .status(),
        303
    );
    assert_eq!(create(&stage, &token).await.unwrap().status(), 201);
    let wrong = [("on", "create"), ("what", "earthquake")];
    assert_eq!(
        stage.post("/console/faults", "", &wrong).await.status(),
        422
    );
}
