//! Meetings over REST.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{JONAS, MARA, Stage, app, draft, stage};

async fn json_of(stage: &Stage, method: Method, path: &str, token: &str) -> (u16, Value) {
    let answer = stage.call(method, path, token).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn patch(stage: &Stage, token: &str, id: i64, body: &Value) -> u16 {
    let path = format!("/v2/meetings/{id}");
    let answer = stage
        .call(Method::PATCH, &path, token)
        .json(body)
        .send()
        .await
        .unwrap();
    let status = answer.status().as_u16();
    if status == 204 {
        assert_eq!(answer.bytes().await.unwrap().len(), 0);
    }
    status
}

#[tokio::test]
async fn a_meeting_is_made_read_changed_and_deleted() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    let answer = stage.create(&token, &draft()).await;
    assert_eq!(answer.status(), 201);
    assert!(answer.headers().contains_key("x-zm-trackingid"));
    let made: Value = answer.json().await.unwrap();
    let id = made["id"].as_i64().unwrap();
    assert_eq!(made["start_time"], "2026-12-01T09:00:00Z");
    assert_eq!(made["timezone"], "Europe/Berlin");
    assert_eq!(made["host_email"], MARA);
    assert_eq!(made["password"].as_str().unwrap().len(), 6);
    let prefix = stage.at(&format!("/j/{id}?pwd="));
    assert!(made["join_url"].as_str().unwrap().starts_with(&prefix));

    let path = format!("/v2/meetings/{id}");
    let (status, read) = json_of(&stage, Method::GET, &path, &token).await;
    assert_eq!((status, &read["uuid"]), (200, &made["uuid"]));

    assert_eq!(
        patch(
            &stage,
            &token,
            id,
            &json!({"topic": "Plan", "duration": 45})
        )
        .await,
        204
    );
    let (_, read) = json_of(&stage, Method::GET, &path, &token).await;
    assert_eq!(read["topic"], "Plan");
    assert_eq!(read["duration"], 45);
    assert_eq!(read["agenda"], "Numbers");
    assert_eq!(read["join_url"], made["join_url"]);

    let answer = stage
        .call(Method::DELETE, &path, &token)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 204);
    assert_eq!(answer.bytes().await.unwrap().len(), 0);
    for method in [Method::GET, Method::DELETE] {
        let (status, body) = json_of(&stage, method, &path, &token).await;
        assert_eq!((status, body["code"].as_i64()), (404, Some(3001)));
        assert_eq!(body["message"], format!("Meeting does not exist: {id}."));
    }
    assert_eq!(
        patch(&stage, &token, id, &json!({"topic": "Late"})).await,
        404
    );
    assert!(stage.handle.meetings()[0].deleted_at.is_some());
}

#[tokio::test]
async fn what_was_sent_is_kept_as_it_came() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    let body = json!({"topic": "T", "agenda": null, "type": 2});
    stage.create(&token, &body).await;
    let stored = stage.handle.meetings();
    assert_eq!(stored[0].sent, body);
    let logged = stage
        .handle
        .requests()
        .into_iter()
        .find(|request| request.path.ends_with("/meetings"));
    let logged = logged.unwrap();
    assert_eq!(logged.user.as_deref(), Some(MARA));
    assert_eq!(logged.status, Some(201));
    assert_eq!(
        serde_json::from_str::<Value>(&logged.body.unwrap()).unwrap(),
        body
    );
}

#[tokio::test]
async fn settings_left_out_follow_the_account_and_locked_ones_win() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    stage
        .handle
        .set_account_default("HaldenMainAccount00001", "mute_upon_entry", json!(true));
    stage
        .handle
        .lock_account_setting("HaldenMainAccount00001", "waiting_room", json!(true));
    let made: Value = stage.create(&token, &draft()).await.json().await.unwrap();
    assert_eq!(made["settings"]["mute_upon_entry"], true);
    assert_eq!(made["settings"]["join_before_host"], true);
    assert_eq!(made["settings"]["waiting_room"], true);
}

#[tokio::test]
async fn a_beginning_in_the_past_is_passed_over_in_silence() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    let made: Value = stage.create(&token, &draft()).await.json().await.unwrap();
    let id = made["id"].as_i64().unwrap();
    let past = json!({"start_time": "2026-11-01T09:00:00Z", "topic": "Moved"});
    assert_eq!(patch(&stage, &token, id, &past).await, 204);
    let stored = &stage.handle.meetings()[0];
    assert_eq!(stored.topic, "Moved");
    assert_eq!(
        stored.start_time.unwrap().to_string(),
        "2026-12-01T09:00:00Z"
    );
}

#[tokio::test]
async fn wall_time_is_read_in_its_zone_and_answered_in_utc() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    let mut body = draft();
    body["start_time"] = json!("2026-12-01T09:00:00");
    let made: Value = stage.create(&token, &body).await.json().await.unwrap();
    assert_eq!(made["start_time"], "2026-12-01T08:00:00Z");
}

#[tokio::test]
async fn a_new_passcode_changes_the_join_link() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    let made: Value = stage.create(&token, &draft()).await.json().await.unwrap();
    let id = made["id"].as_i64().unwrap();
    assert_eq!(
        patch(&stage, &token, id, &json!({"password": "abc123"})).await,
        204
    );
    let (_, read) = json_of(&stage, Method::GET, &format!("/v2/meetings/{id}"), &token).await;
    assert_eq!(read["password"], "abc123");
    assert_ne!(read["join_url"], made["join_url"]);
}

#[tokio::test]
async fn lists_are_paged_and_cut_the_agenda() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    let mut body = draft();
    body["agenda"] = json!("x".repeat(400));
    for _ in 0..5 {
        stage.create(&token, &body).await;
    }
    let path = "/v2/users/me/meetings?type=scheduled&page_size=2";
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let (status, page) = json_of(
            &stage,
            Method::GET,
            &format!("{path}&next_page_token={next}"),
            &token,
        )
        .await;
        assert_eq!(status, 200);
        assert_eq!(page["total_records"], 5);
        for item in page["meetings"].as_array().unwrap() {
            assert_eq!(item["agenda"].as_str().unwrap().len(), 250);
            seen.push(item["id"].as_i64().unwrap());
        }
        next = page["next_page_token"].as_str().unwrap().to_owned();
        if next.is_empty() {
            break;
        }
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 5);

    let (_, page) = json_of(&stage, Method::GET, path, &token).await;
    let old_token = page["next_page_token"].as_str().unwrap();
    stage.clock.pass(901);
    let (status, body) = json_of(
        &stage,
        Method::GET,
        &format!("{path}&next_page_token={old_token}"),
        &token,
    )
    .await;
    assert_eq!((status, body["code"].as_i64()), (400, Some(300)));
}

#[tokio::test]
async fn kinds_of_lists_tell_past_from_future() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    let mut body = draft();
    for start in ["2026-11-23T09:00:00Z", "2026-12-01T09:00:00Z"] {
        body["start_time"] = json!(start);
        stage.create(&token, &body).await;
    }
    stage.clock.pass(2 * 3_600);
    let token = stage.connect(MARA).await.access;
    for (query, expected) in [
        ("type=scheduled", 2),
        ("type=upcoming", 1),
        ("type=previous_meetings", 1),
        ("type=live", 0),
        ("type=scheduled&from=2026-11-24&to=2026-12-31", 1),
    ] {
        let path = format!("/v2/users/me/meetings?{query}");
        let (_, page) = json_of(&stage, Method::GET, &path, &token).await;
        assert_eq!(page["total_records"], expected, "{query}");
    }
    let (status, _) = json_of(
        &stage,
        Method::GET,
        "/v2/users/me/meetings?type=odd",
        &token,
    )
    .await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn others_meetings_and_other_users_are_out_of_reach() {
    let stage = stage().await;
    let mara = stage.connect(MARA).await.access;
    let made: Value = stage.create(&mara, &draft()).await.json().await.unwrap();
    let jonas = stage.connect(JONAS).await.access;
    let path = format!("/v2/meetings/{}", made["id"]);
    assert_eq!(json_of(&stage, Method::GET, &path, &jonas).await.0, 404);
    let path = format!("/v2/users/{MARA}");
    let (status, body) = json_of(&stage, Method::GET, &path, &jonas).await;
    assert_eq!((status, body["code"].as_i64()), (400, Some(4711)));
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let stage = stage().await;
    let mut app = app();
    app.scopes.retain(|scope| scope != "meeting:write:meeting");
    stage.handle.set_app(app);
    let token = stage.connect(MARA).await.access;
    let answer = stage.create(&token, &draft()).await;
    assert_eq!(answer.status(), 400);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["code"], 4711);
    assert!(
        body["message"]
            .as_str()
            .unwrap()
            .contains("scopes:[meeting:write:meeting,")
    );
}

#[tokio::test]
async fn the_hundred_and_first_request_of_a_day_is_refused() {
    let stage = stage().await;
    let mut rules = stage.handle.rules();
    assert_eq!(rules.meeting_requests_per_day, Some(100));
    rules.meeting_requests_per_day = Some(2);
    stage.handle.set_rules(rules);
    let token = stage.connect(MARA).await.access;
    let made: Value = stage.create(&token, &draft()).await.json().await.unwrap();
    let id = made["id"].as_i64().unwrap();
    assert_eq!(
        patch(&stage, &token, id, &json!({"topic": "Two"})).await,
        204
    );
    let refused = stage.create(&token, &draft()).await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().get("retry-after").is_none());
    let body: Value = refused.json().await.unwrap();
    assert!(
        body["message"]
            .as_str()
            .unwrap()
            .contains("daily rate limit (100) of Meeting")
    );
    assert_eq!(
        patch(&stage, &token, id, &json!({"topic": "Three"})).await,
        429
    );

    let jonas = stage.connect(JONAS).await.access;
    assert_eq!(stage.create(&jonas, &draft()).await.status(), 201);
    stage.clock.pass(16 * 3_600);
    let token = stage.connect(MARA).await.access;
    assert_eq!(stage.create(&token, &draft()).await.status(), 201);
}

#[tokio::test]
async fn errors_are_worded_as_zoom_words_them() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    let answer = stage
        .create(
            &token,
            &json!({"topic": "x".repeat(201), "start_time": "soon"}),
        )
        .await;
    assert_eq!(answer.status(), 400);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(
        (body["code"].as_i64(), &body["message"]),
        (Some(300), &json!("Validation Failed."))
    );
    assert_eq!(body["errors"].as_array().unwrap().len(), 2);

    let answer = stage
        .call(Method::POST, "/v2/users/me/meetings", &token)
        .body("[1]")
        .send()
        .await
        .unwrap();
    let body: Value = answer.json().await.unwrap();
    assert_eq!(
        body["message"],
        "Request Body should be a valid JSON object."
    );

    let (status, body) = json_of(&stage, Method::GET, "/v2/meetings/1", "nonsense").await;
    assert_eq!((status, body["code"].as_i64()), (401, Some(124)));
    let path = format!("/v2/users/me?access_token={token}");
    let (status, body) = json_of(&stage, Method::GET, &path, &token).await;
    assert_eq!(status, 401);
    assert!(
        body["message"]
            .as_str()
            .unwrap()
            .contains("query parameter")
    );
    let (status, body) = json_of(&stage, Method::GET, "/v2/rooms", &token).await;
    assert_eq!((status, body["code"].as_i64()), (404, Some(2300)));
}
