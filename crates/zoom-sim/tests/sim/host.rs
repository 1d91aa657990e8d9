//! The host, who works on the app's meetings in Zoom itself.

use reqwest::Method;
use serde_json::{Value, json};
use zoom_sim::HostChange;

use crate::support::{MARA, Receiver, Stage, app, draft, stage};

/// A meeting of Mara's, the token it was made with, and who hears of it.
async fn meeting() -> (Stage, Receiver, String, Value) {
    let receiver = Receiver::start().await;
    let stage = stage().await;
    let mut app = app();
    app.webhook_url = Some(receiver.url.clone());
    app.scopes.push("meeting:update:status".into());
    stage.handle.set_app(app);
    receiver.expect("endpoint.url_validation", 1).await;
    let token = stage.connect(MARA).await.access;
    let made: Value = stage.create(&token, &draft()).await.json().await.unwrap();
    (stage, receiver, token, made)
}

async fn status(stage: &Stage, token: &str, path: &str) -> (u16, Value) {
    let answer = stage.call(Method::GET, path, token).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// The one event of this name.
async fn told(stage: &Stage, receiver: &Receiver, event: &str) -> Value {
    stage.handle.deliver_due_webhooks().await;
    let mut list = receiver.expect(event, 1).await;
    assert_eq!(list.len(), 1, "{event}");
    list.remove(0).body["payload"].clone()
}

#[tokio::test]
async fn a_deleted_meeting_comes_back_as_it_was() {
    let (stage, receiver, token, made) = meeting().await;
    let id = made["id"].as_i64().unwrap();
    let path = format!("/v2/meetings/{id}");
    assert!(!stage.handle.recover_meeting(id), "it is not in the trash");
    assert!(stage.handle.delete_meeting(id));
    assert_eq!(status(&stage, &token, &path).await.1["code"], 3001);
    stage.clock.pass(6 * 86_400);
    assert!(stage.handle.recover_meeting(id));
    assert!(!stage.handle.recover_meeting(id));

    let payload = told(&stage, &receiver, "meeting.recovered").await;
    assert_eq!(payload["operation"], "all");
    assert_eq!(payload["operator"], MARA);
    assert_eq!(payload["object"]["id"], id);
    assert_eq!(payload["object"]["uuid"], made["uuid"]);
    let token = stage.connect(MARA).await.access;
    let (code, back) = status(&stage, &token, &path).await;
    assert_eq!((code, &back["join_url"]), (200, &made["join_url"]));
}

#[tokio::test]
async fn the_trash_is_emptied_by_hand_or_after_seven_days() {
    let (stage, receiver, token, made) = meeting().await;
    let id = made["id"].as_i64().unwrap();
    assert!(!stage.handle.purge_meeting(id), "it is not in the trash");
    stage.handle.delete_meeting(id);
    assert!(stage.handle.purge_meeting(id));
    assert!(!stage.handle.recover_meeting(id));
    let payload = told(&stage, &receiver, "meeting.permanently_deleted").await;
    assert_eq!(payload["object"]["id"], id);

    let other: Value = stage.create(&token, &draft()).await.json().await.unwrap();
    let id = other["id"].as_i64().unwrap();
    stage.handle.delete_meeting(id);
    stage.clock.pass(7 * 86_400);
    assert!(!stage.handle.recover_meeting(id));
}

#[tokio::test]
async fn a_meeting_that_takes_place_is_listed_as_live_and_cannot_be_deleted() {
    let (stage, receiver, token, made) = meeting().await;
    let id = made["id"].as_i64().unwrap();
    let path = format!("/v2/meetings/{id}");
    let live = "/v2/users/me/meetings?type=live";
    assert!(!stage.handle.end_meeting(id), "it has not begun");
    assert!(stage.handle.start_meeting(id));
    assert!(!stage.handle.start_meeting(id));
    let payload = told(&stage, &receiver, "meeting.started").await;
    assert_eq!(payload["object"]["id"], id.to_string(), "a string");
    assert_eq!(payload["object"]["start_time"], "2026-11-23T08:00:00Z");
    assert_eq!(
        status(&stage, &token, live).await.1["meetings"][0]["id"],
        id
    );
    assert_eq!(status(&stage, &token, &path).await.1["status"], "started");
    let answer = stage.call(Method::DELETE, &path, &token).send().await;
    let refusal: Value = answer.unwrap().json().await.unwrap();
    assert_eq!(refusal["code"], 3002);
    assert!(!stage.handle.delete_meeting(id));

    stage.clock.pass(1_800);
    assert!(stage.handle.end_meeting(id));
    let payload = told(&stage, &receiver, "meeting.ended").await;
    assert_eq!(payload["object"]["id"], id.to_string(), "a string");
    assert_eq!(payload["object"]["uuid"], made["uuid"]);
    assert_eq!(payload["object"]["start_time"], "2026-11-23T08:00:00Z");
    assert_eq!(payload["object"]["end_time"], "2026-11-23T08:30:00Z");
    assert_eq!(status(&stage, &token, live).await.1["total_records"], 0);
    let (_, after) = status(&stage, &token, &path).await;
    assert_eq!(after["status"], "waiting");
    assert_ne!(
        after["uuid"], made["uuid"],
        "the next time is another instance"
    );
}

#[tokio::test]
async fn the_app_may_end_a_meeting_too() {
    let (stage, receiver, token, made) = meeting().await;
    let id = made["id"].as_i64().unwrap();
    let end = async |action: &str| {
        let path = format!("/v2/meetings/{id}/status");
        let call = stage.call(Method::PUT, &path, &token);
        let answer = call.json(&json!({"action": action})).send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap_or_default();
        (status, body["code"].as_i64())
    };
    assert_eq!(end("end").await, (400, Some(3063)));
    stage.handle.start_meeting(id);
    assert_eq!(end("stop").await, (400, Some(300)));
    assert_eq!(end("end").await, (204, None));
    told(&stage, &receiver, "meeting.ended").await;
}

#[tokio::test]
async fn the_console_has_a_button_for_all_of_it() {
    let (stage, receiver, _, made) = meeting().await;
    let id = made["id"].as_i64().unwrap();
    let console = async || stage.get("/console", "").await.text().await.unwrap();
    let press = async |what: &str, fields: &[(&str, &str)]| {
        let path = format!("/console/meetings/{id}{what}");
        let page = console().await;
        assert!(page.contains(&format!("action=\"{path}\"")), "{what}");
        assert_eq!(stage.post(&path, "", fields).await.status(), 303, "{what}");
    };
    press("", &[("topic", "Renamed")]).await;
    let time = [("start_time", "2026-12-02T10:00:00Z"), ("duration", "45")];
    press("", &time).await;
    for what in ["/beginning", "/end", "/removal", "/recovery", "/removal"] {
        press(what, &[]).await;
    }
    press("/purge", &[]).await;
    let again = format!("/console/meetings/{id}/recovery");
    assert_eq!(stage.post(&again, "", &[]).await.status(), 422);
    assert!(console().await.contains("gone for good"));
    stage.handle.deliver_due_webhooks().await;
    for (event, count) in [
        ("meeting.updated", 2),
        ("meeting.started", 1),
        ("meeting.ended", 1),
        ("meeting.deleted", 2),
        ("meeting.recovered", 1),
        ("meeting.permanently_deleted", 1),
    ] {
        assert_eq!(receiver.of(event).len(), count, "{event}");
    }
}

#[tokio::test]
async fn moving_a_meeting_tells_the_old_time_and_the_new_one() {
    let (stage, receiver, _, made) = meeting().await;
    let id = made["id"].as_i64().unwrap();
    let change = HostChange {
        start_time: Some("2026-12-01T10:00:00Z".parse().unwrap()),
        ..HostChange::default()
    };
    assert!(stage.handle.change_meeting(id, change));
    let payload = told(&stage, &receiver, "meeting.updated").await;
    let (new, old) = (&payload["object"], &payload["old_object"]);
    assert_eq!(
        new,
        &json!({"id": id, "start_time": "2026-12-01T10:00:00Z"})
    );
    assert_eq!(
        old,
        &json!({"id": id, "start_time": "2026-12-01T09:00:00Z"})
    );
    assert_eq!(payload["scope"], "all");
    assert!(payload["time_stamp"].is_i64());
}
