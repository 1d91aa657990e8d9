//! Webhooks, received by a real server.

use reqwest::Method;
use serde_json::{Value, json};
use zoom_sim::{DeliveryState, HostChange, WebhookMode};

use crate::support::{MARA, Receiver, Stage, app, draft, hmac, stage};

async fn listening() -> (Stage, Receiver) {
    let receiver = Receiver::start().await;
    let stage = stage().await;
    let mut app = app();
    app.webhook_url = Some(receiver.url.clone());
    stage.handle.set_app(app);
    receiver.expect("endpoint.url_validation", 1).await;
    (stage, receiver)
}

#[tokio::test]
async fn removing_the_app_in_zoom_sends_a_signed_deauthorization() {
    let (stage, receiver) = listening().await;
    stage.connect(MARA).await;
    let cookie = stage.sign_in(MARA).await;
    let page = stage
        .get("/user/installed", &cookie)
        .await
        .text()
        .await
        .unwrap();
    assert!(page.contains("Rooms under test"));
    let answer = stage
        .post(
            "/user/installed/removal",
            &cookie,
            &[("client_id", "client-1")],
        )
        .await;
    assert_eq!(answer.status(), 303);

    let webhook = receiver.expect("app_deauthorized", 1).await.remove(0);
    let timestamp = webhook.headers["x-zm-request-timestamp"].to_str().unwrap();
    assert_eq!(timestamp, stage.clock.now().as_second().to_string());
    let mut message = format!("v0:{timestamp}:").into_bytes();
    message.extend_from_slice(&webhook.raw);
    let signature = webhook.headers["x-zm-signature"].to_str().unwrap();
    assert_eq!(signature, format!("v0={}", hmac(&message)));
    assert!(webhook.headers.contains_key("x-zm-trackingid"));
    let compact = serde_json::to_vec(&webhook.body).unwrap();
    assert_eq!(compact.len(), webhook.raw.len());
    let payload = &webhook.body["payload"];
    assert_eq!(payload["client_id"], "client-1");
    assert_eq!(payload["account_id"], "HaldenMainAccount00001");
    assert_eq!(payload["deauthorization_time"], "2026-11-23T08:00:00.000Z");
    assert!(payload["user_id"].is_string());
    let page = stage
        .get("/user/installed", &cookie)
        .await
        .text()
        .await
        .unwrap();
    assert!(page.contains("No app may use this Zoom account"));
}

#[tokio::test]
async fn revoking_echoes_as_a_deauthorization() {
    let (stage, receiver) = listening().await;
    let pair = stage.connect(MARA).await;
    stage.revoke(&pair.access).await;
    stage.handle.deliver_due_webhooks().await;
    assert_eq!(receiver.of("app_deauthorized").len(), 1);
}

#[tokio::test]
async fn a_new_authorization_is_no_deauthorization() {
    let (stage, receiver) = listening().await;
    stage.connect(MARA).await;
    stage.connect(MARA).await;
    stage.handle.deliver_due_webhooks().await;
    assert!(receiver.of("app_deauthorized").is_empty());
}

#[tokio::test]
async fn the_app_hears_of_its_own_meetings_and_of_what_the_host_does() {
    let (stage, receiver) = listening().await;
    let token = stage.connect(MARA).await.access;
    let made: Value = stage.create(&token, &draft()).await.json().await.unwrap();
    let id = made["id"].as_i64().unwrap();
    let change = HostChange {
        topic: Some("By the host".into()),
        ..HostChange::default()
    };
    assert!(stage.handle.change_meeting(id, change.clone()));
    assert!(stage.handle.change_meeting(id, change));
    assert!(stage.handle.delete_meeting(id));
    assert!(!stage.handle.delete_meeting(id));
    stage.handle.deliver_due_webhooks().await;

    let created = receiver.expect("meeting.created", 1).await.remove(0).body;
    assert_eq!(created["payload"]["object"]["id"], id);
    assert_eq!(created["payload"]["operator"], MARA);
    assert_eq!(created["payload"]["object"]["join_url"], made["join_url"]);
    let updated = receiver.expect("meeting.updated", 1).await;
    assert_eq!(
        updated.len(),
        1,
        "a change that changes nothing is not announced"
    );
    let payload = &updated[0].body["payload"];
    assert_eq!(payload["object"], json!({"id": id, "topic": "By the host"}));
    assert_eq!(payload["old_object"], json!({"id": id, "topic": "Budget"}));
    assert_eq!(receiver.expect("meeting.deleted", 1).await.len(), 1);

    let answer = stage
        .call(Method::GET, &format!("/v2/meetings/{id}"), &token)
        .send()
        .await;
    assert_eq!(answer.unwrap().status(), 404);
}

#[tokio::test]
async fn refused_webhooks_come_again_after_5_20_and_60_minutes() {
    let (stage, receiver) = listening().await;
    stage.connect(MARA).await;
    receiver.refuse(true);
    assert!(stage.handle.remove_app(MARA, "client-1"));
    stage.handle.deliver_due_webhooks().await;
    let delivery = |stage: &Stage| {
        let list = stage.handle.deliveries();
        list.into_iter()
            .find(|delivery| delivery.event == "app_deauthorized")
            .unwrap()
    };
    let mut attempts = 1;
    for minutes in [5, 20, 60] {
        assert_eq!(delivery(&stage).state, DeliveryState::Waiting);
        stage.clock.pass(minutes * 60 - 1);
        stage.handle.deliver_due_webhooks().await;
        assert_eq!(delivery(&stage).attempts.len(), attempts);
        stage.clock.pass(1);
        stage.handle.deliver_due_webhooks().await;
        attempts += 1;
        assert_eq!(delivery(&stage).attempts.len(), attempts);
    }
    let last = delivery(&stage);
    assert_eq!(last.state, DeliveryState::GivenUp);
    assert!(
        last.attempts
            .iter()
            .all(|attempt| attempt.status == Some(500))
    );
    let arrivals = receiver.of("app_deauthorized");
    let distinct = |name: &str| {
        let mut values: Vec<_> = arrivals
            .iter()
            .map(|one| one.headers[name].clone())
            .collect();
        values.dedup();
        values.len()
    };
    assert_eq!(arrivals.len(), 4);
    assert_eq!(distinct("x-zm-trackingid"), 1);
    assert_eq!(distinct("x-zm-request-timestamp"), 4);
}

#[tokio::test]
async fn a_delivery_that_fails_once_arrives_later() {
    let (stage, receiver) = listening().await;
    stage.connect(MARA).await;
    receiver.refuse(true);
    stage.handle.remove_app(MARA, "client-1");
    stage.handle.deliver_due_webhooks().await;
    receiver.refuse(false);
    stage.clock.pass(300);
    stage.handle.deliver_due_webhooks().await;
    let states: Vec<DeliveryState> = stage
        .handle
        .deliveries()
        .iter()
        .map(|delivery| delivery.state)
        .collect();
    assert_eq!(states, [DeliveryState::Delivered, DeliveryState::Delivered]);
}

#[tokio::test]
async fn an_address_that_cannot_answer_the_challenge_is_not_proved() {
    let receiver = Receiver::start().await;
    receiver.refuse(true);
    let stage = stage().await;
    let mut app = app();
    app.webhook_url = Some(receiver.url.clone());
    stage.handle.set_app(app);
    stage.handle.deliver_due_webhooks().await;
    assert!(
        stage
            .get("/console", "")
            .await
            .text()
            .await
            .unwrap()
            .contains("address not proved")
    );

    // The next event brings a new challenge with it.
    receiver.refuse(false);
    stage.connect(MARA).await;
    stage.handle.remove_app(MARA, "client-1");
    stage.handle.deliver_due_webhooks().await;
    assert_eq!(receiver.of("endpoint.url_validation").len(), 2);
    assert!(
        stage
            .get("/console", "")
            .await
            .text()
            .await
            .unwrap()
            .contains("address proved")
    );
}

#[tokio::test]
async fn an_address_is_challenged_again_after_72_hours() {
    let (stage, receiver) = listening().await;
    stage.handle.deliver_due_webhooks().await;
    stage.clock.pass(72 * 3_600 - 1);
    stage.handle.deliver_due_webhooks().await;
    assert_eq!(receiver.of("endpoint.url_validation").len(), 1);
    stage.clock.pass(1);
    stage.handle.deliver_due_webhooks().await;
    stage.handle.deliver_due_webhooks().await;
    assert_eq!(receiver.of("endpoint.url_validation").len(), 2);
}

#[tokio::test]
async fn webhooks_may_come_twice_late_and_out_of_order() {
    let (stage, receiver) = listening().await;
    let mut rules = stage.handle.rules();
    rules.webhooks = WebhookMode::Twice;
    stage.handle.set_rules(rules.clone());
    let token = stage.connect(MARA).await.access;
    let made: Value = stage.create(&token, &draft()).await.json().await.unwrap();
    stage.handle.deliver_due_webhooks().await;
    let twins = receiver.of("meeting.created");
    assert_eq!(twins.len(), 2);
    assert_eq!(twins[0].raw, twins[1].raw);

    rules.webhooks = WebhookMode::Held;
    stage.handle.set_rules(rules);
    stage.handle.delete_meeting(made["id"].as_i64().unwrap());
    stage.handle.remove_app(MARA, "client-1");
    stage.clock.pass(3_600);
    stage.handle.deliver_due_webhooks().await;
    assert!(receiver.of("app_deauthorized").is_empty());
    let held = stage.handle.deliveries();
    for delivery in held.iter().rev().take(2) {
        assert!(stage.handle.hurry_webhook(delivery.id));
        stage.handle.deliver_due_webhooks().await;
    }
    assert_eq!(receiver.of("app_deauthorized").len(), 1);
    assert_eq!(receiver.of("meeting.deleted").len(), 1);
    let last = stage.handle.deliveries().last().unwrap().id;
    assert!(stage.handle.send_webhook_again(last));
    stage.handle.deliver_due_webhooks().await;
    assert_eq!(receiver.of("app_deauthorized").len(), 2);
}

#[tokio::test]
async fn nobody_listening_is_noted_and_tried_again() {
    let stage = stage().await;
    let mut app = app();
    app.webhook_url = Some("http://127.0.0.1:9/hook".into());
    stage.handle.set_app(app);
    stage.connect(MARA).await;
    stage.handle.remove_app(MARA, "client-1");
    stage.handle.deliver_due_webhooks().await;
    let list = stage.handle.deliveries();
    let delivery = list
        .iter()
        .find(|one| one.event == "app_deauthorized")
        .unwrap();
    assert_eq!(delivery.state, DeliveryState::Waiting);
    assert_eq!(delivery.attempts[0].outcome, "nobody listens there");
}
