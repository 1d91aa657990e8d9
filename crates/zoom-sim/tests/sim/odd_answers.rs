//! Answers that no client expects, and faults that are meant for somebody.

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use zoom_sim::{Fault, Only, Operation, Raw, Trouble};

use crate::support::{JONAS, MARA, Pair, Stage, draft, stage};

async fn create(stage: &Stage, token: &str) -> Result<Response, reqwest::Error> {
    let call = stage.call(Method::POST, "/v2/users/me/meetings", token);
    call.json(&draft()).send().await
}

/// Makes a meeting under a trouble: status, content type, body, and how many meetings there are.
async fn under(trouble: Trouble) -> (StatusCode, String, Result<String, reqwest::Error>, usize) {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    stage.handle.fault(Fault::once(Operation::Create, trouble));
    let answer = create(&stage, &token).await.unwrap();
    let status = answer.status();
    let kind = answer.headers().get("content-type");
    let kind = kind.map_or("", |kind| kind.to_str().unwrap()).to_owned();
    let body = answer.text().await;
    (status, kind, body, stage.handle.meetings().len())
}

#[tokio::test]
async fn another_answer_may_come_although_the_call_is_carried_out() {
    let busy = json!({"code": 500, "message": "Internal Server Error"});
    let (status, _, body, made) = under(Trouble::StatusAfter(500, busy.clone())).await;
    assert_eq!((status.as_u16(), made), (500, 1));
    assert_eq!(body.unwrap(), busy.to_string());

    let raw = Raw {
        status: 200,
        content_type: "text/plain".into(),
        body: "OK".into(),
    };
    for (trouble, count) in [(Trouble::Raw(raw.clone()), 0), (Trouble::RawAfter(raw), 1)] {
        let (status, kind, body, made) = under(trouble).await;
        assert_eq!((status.as_u16(), kind.as_str()), (200, "text/plain"));
        assert_eq!((body.unwrap().as_str(), made), ("OK", count));
    }
}

#[tokio::test]
async fn the_right_answer_may_arrive_badly() {
    let (status, _, body, made) = under(Trouble::Truncated).await;
    assert_eq!((status.as_u16(), made), (201, 1));
    let body = body.unwrap();
    assert!(body.starts_with('{') && serde_json::from_str::<Value>(&body).is_err());

    let (status, _, body, made) = under(Trouble::Emptied).await;
    assert_eq!(
        (status.as_u16(), made, body.unwrap().as_str()),
        (201, 1, "")
    );

    let (status, kind, body, made) = under(Trouble::Mislabelled).await;
    assert_eq!((status.as_u16(), made), (201, 1));
    assert!(kind.starts_with("text/html"));
    assert!(serde_json::from_str::<Value>(&body.unwrap()).is_ok());

    let (status, _, body, made) = under(Trouble::CutShort).await;
    assert_eq!((status.as_u16(), made), (201, 1));
    let error = body.unwrap_err();
    assert!(error.is_body() || error.is_decode(), "{error:?}");
}

#[tokio::test]
async fn a_dripping_answer_is_the_right_one_in_the_end() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    // Byte by byte without a pause: a busy machine is slow enough.
    let drip = Trouble::Drip(Duration::ZERO);
    stage.handle.fault(Fault::once(Operation::Me, drip));
    let call = stage.call(Method::GET, "/v2/users/me", &token);
    let me: Value = call.send().await.unwrap().json().await.unwrap();
    assert_eq!(me["email"], MARA);
    let drip = Trouble::Drip(Duration::from_secs(1));
    stage.handle.fault(Fault::once(Operation::Me, drip));
    let call = stage.call(Method::GET, "/v2/users/me", &token);
    let slow = call.timeout(Duration::from_millis(200)).send().await;
    let error = match slow {
        Ok(answer) => answer.bytes().await.unwrap_err(),
        Err(error) => error,
    };
    assert!(error.is_timeout(), "{error:?}");
}

#[tokio::test]
async fn every_named_trouble_can_be_set_by_hand_and_strikes() {
    let stage = stage().await;
    let page = stage.get("/console", "").await.text().await.unwrap();
    for (name, status, words) in [
        ("124-expired", 401, "Access token is expired."),
        ("124-query", 401, "query parameter string"),
        ("4711-scopes", 400, "does not contain scopes:[meeting:"),
        ("200-no-permission", 400, "\"code\":200"),
        ("300-validation", 400, "\"field\""),
        ("300-not-json", 400, "valid JSON object"),
        ("1001-no-user", 404, "User does not exist"),
        ("1010-other-account", 400, "\"code\":1010"),
        ("3000-webinar", 400, "Cannot access webinar info."),
        ("3001-no-meeting", 404, "Meeting does not exist"),
        ("3002-in-progress", 400, "in progress"),
        ("3003-not-host", 400, "\"code\":3003"),
        ("3007-ended", 400, "\"code\":3007"),
        ("3018-pmi", 400, "Not allowed to delete PMI"),
        ("3037-pac", 400, "\"code\":3037"),
        ("3063-status", 400, "\"code\":3063"),
        ("3161-no-hosting", 400, "not allowed meeting hosting"),
        ("2300-unknown", 404, "not recognized"),
        ("invalid-grant", 400, "\"error\":\"invalid_grant\""),
        ("invalid-grant-bare", 400, "{\"error\":\"invalid_grant\"}"),
        ("invalid-token-request", 400, "Invalid Token!"),
        ("invalid-client", 400, "invalid_client"),
        ("4711", 400, "\"errorCode\":4711"),
        ("4735", 400, "\"errorCode\":4735"),
        ("4738", 400, "\"errorCode\":4738"),
        ("4741", 400, "\"errorCode\":4741"),
        ("xml", 500, "<?xml"),
        ("nonsense", 200, "weather"),
        ("not-json", 200, "{\"id\": 8"),
        ("empty", 200, ""),
        ("html", 502, "<html>"),
    ] {
        assert!(page.contains(&format!("value=\"{name}\"")), "{name}");
        let form = [("on", "me"), ("what", name), ("times", "1")];
        let answer = stage.post("/console/faults", "", &form).await;
        assert_eq!(answer.status(), 303, "{name}");
        let call = stage.call(Method::GET, "/v2/users/me", "no token");
        let struck = call.send().await.unwrap();
        assert_eq!(struck.status(), status, "{name}");
        let body = struck.text().await.unwrap();
        assert!(body.contains(words), "{name}: {body}");
    }
}

#[tokio::test]
async fn a_fault_may_be_for_one_user_one_meeting_or_a_later_call() {
    let stage = stage().await;
    let (mara, jonas) = (stage.connect(MARA).await, stage.connect(JONAS).await);
    let gone = || Trouble::Status(404, json!({"code": 1001, "message": "gone"}));
    let only = Only::User(JONAS.into());
    stage
        .handle
        .fault(Fault::always(Operation::Any, gone()).only(only));
    assert_eq!(create(&stage, &mara.access).await.unwrap().status(), 201);
    assert_eq!(create(&stage, &jonas.access).await.unwrap().status(), 404);
    assert_eq!(stage.refresh(&jonas.refresh).await.status(), 404);
    let answer = stage.refresh(&mara.refresh).await;
    let mara = Pair::of(&answer.json().await.unwrap());
    stage.handle.clear_faults();

    create(&stage, &mara.access).await.unwrap();
    let ids: Vec<i64> = stage.handle.meetings().iter().map(|one| one.id).collect();
    let fault = Fault::always(Operation::Get, gone()).only(Only::Meeting(ids[0]));
    stage.handle.fault(fault.after(1));
    let get = async |id: i64| {
        let path = format!("/v2/meetings/{id}");
        let call = stage.call(Method::GET, &path, &mara.access);
        call.send().await.unwrap().status().as_u16()
    };
    assert_eq!(get(ids[0]).await, 200, "the first one passes");
    assert_eq!(get(ids[1]).await, 200);
    assert_eq!(get(ids[0]).await, 404);
    assert_eq!(get(ids[1]).await, 200);
    stage.handle.clear_faults();

    for (only, status) in [
        (Only::App("client-1".into()), 404),
        (Only::App("client-2".into()), 201),
        (Only::Account("HaldenMainAccount00001".into()), 404),
        (Only::Account("HaldenStrictAccount002".into()), 201),
    ] {
        stage
            .handle
            .fault(Fault::always(Operation::Any, gone()).only(only.clone()));
        let made = create(&stage, &mara.access).await.unwrap();
        assert_eq!(made.status(), status, "{only:?}");
        stage.handle.clear_faults();
    }
}

#[tokio::test]
async fn a_fault_set_by_hand_is_aimed_and_ended_by_hand() {
    let stage = stage().await;
    let (mara, jonas) = (stage.connect(MARA).await, stage.connect(JONAS).await);
    let form = [
        ("on", "create"),
        ("what", "raw"),
        ("times", ""),
        ("after", "1"),
        ("user", MARA),
        ("status", "299"),
        ("content_type", "text/plain"),
        ("body", "hm"),
    ];
    assert_eq!(stage.post("/console/faults", "", &form).await.status(), 303);
    let page = stage.get("/console", "").await.text().await.unwrap();
    assert!(page.contains("until ended, after 1 more, only mara@halden.example"));
    let status = async |pair: &Pair| create(&stage, &pair.access).await.unwrap().status();
    assert_eq!(status(&mara).await, 201);
    assert_eq!(status(&mara).await.as_u16(), 299);
    assert_eq!(status(&jonas).await, 201);
    let ended = stage.post("/console/faults/1/removal", "", &[]).await;
    assert_eq!(ended.status(), 303);
    assert_eq!(status(&mara).await, 201);
    for (name, value) in [("times", "0"), ("meeting", "x"), ("status", "99")] {
        let form = [("on", "create"), ("what", "status"), (name, value)];
        let answer = stage.post("/console/faults", "", &form).await;
        assert_eq!(answer.status(), 422, "{name}");
        assert!(answer.text().await.unwrap().contains("No fault was set"));
    }
}
