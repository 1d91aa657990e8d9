//! Webhooks that are lost, late, reordered or badly signed, and addresses that fail challenges.

use serde_json::Value;
use zoom_sim::{DeliveryState, Mishap, MishapKind, Place, Rules, Signature, WebhookMode};

use crate::support::{MARA, Received, Receiver, Stage, app, draft, hmac, stage};

async fn listening() -> (Stage, Receiver, String) {
    let receiver = Receiver::start().await;
    let stage = stage().await;
    let mut app = app();
    app.webhook_url = Some(receiver.url.clone());
    stage.handle.set_app(app);
    receiver.expect("endpoint.url_validation", 1).await;
    stage.handle.deliver_due_webhooks().await;
    let token = stage.connect(MARA).await.access;
    (stage, receiver, token)
}

fn rules(stage: &Stage, change: impl FnOnce(&mut Rules)) {
    let mut rules = stage.handle.rules();
    change(&mut rules);
    stage.handle.set_rules(rules);
}

fn mishap(event: Option<&str>, times: Option<u32>, what: MishapKind) -> Mishap {
    Mishap {
        event: event.map(str::to_owned),
        times,
        what,
    }
}

/// A meeting made and deleted; its number.
async fn come_and_go(stage: &Stage, token: &str) -> i64 {
    let made: Value = stage.create(token, &draft()).await.json().await.unwrap();
    let id = made["id"].as_i64().unwrap();
    assert!(stage.handle.delete_meeting(id));
    id
}

fn is_signed(webhook: &Received) -> bool {
    let header = |name: &str| webhook.headers.get(name)?.to_str().ok();
    let (Some(at), Some(signature)) = (header("x-zm-request-timestamp"), header("x-zm-signature"))
    else {
        return false;
    };
    let mut message = format!("v0:{at}:").into_bytes();
    message.extend_from_slice(&webhook.raw);
    signature == format!("v0={}", hmac(&message))
}

#[tokio::test]
async fn the_next_events_of_a_kind_are_lost_late_or_doubled() {
    let (stage, receiver, token) = listening().await;
    let deleted = Some("meeting.deleted");
    stage
        .handle
        .mishap(mishap(deleted, Some(1), MishapKind::Lost));
    stage
        .handle
        .mishap(mishap(deleted, Some(1), MishapKind::Twice));
    stage
        .handle
        .mishap(mishap(deleted, Some(1), MishapKind::Late(90)));
    for arrived in [0, 2, 2] {
        come_and_go(&stage, &token).await;
        stage.handle.deliver_due_webhooks().await;
        assert_eq!(receiver.of("meeting.deleted").len(), arrived);
    }
    assert_eq!(receiver.of("meeting.created").len(), 3);
    stage.clock.pass(90);
    stage.handle.deliver_due_webhooks().await;
    assert_eq!(receiver.of("meeting.deleted").len(), 3);

    stage.handle.mishap(mishap(None, None, MishapKind::Held));
    come_and_go(&stage, &token).await;
    stage.handle.deliver_due_webhooks().await;
    assert_eq!(receiver.of("meeting.deleted").len(), 3);
    let held: Vec<u64> = stage
        .handle
        .deliveries()
        .iter()
        .filter(|one| one.state == DeliveryState::Waiting)
        .map(|one| one.id)
        .collect();
    assert_eq!(held.len(), 2);
    assert!(stage.handle.hurry_webhook(held[1]));
    assert!(stage.handle.lose_webhook(held[0]));
    assert!(!stage.handle.lose_webhook(held[0]));
    stage.handle.deliver_due_webhooks().await;
    assert_eq!(receiver.of("meeting.deleted").len(), 4);
    assert_eq!(receiver.of("meeting.created").len(), 3);
    stage.handle.clear_mishaps();
    come_and_go(&stage, &token).await;
    stage.handle.deliver_due_webhooks().await;
    assert_eq!(receiver.of("meeting.deleted").len(), 5);
}

#[tokio::test]
async fn rules_hold_for_all_events() {
    let (stage, receiver, token) = listening().await;
    rules(&stage, |rules| rules.webhooks = WebhookMode::Lost);
    come_and_go(&stage, &token).await;
    stage.handle.deliver_due_webhooks().await;
    assert!(receiver.of("meeting.created").is_empty());

    rules(&stage, |rules| {
        rules.webhooks = WebhookMode::Once;
        rules.webhook_delay_seconds = 30;
    });
    come_and_go(&stage, &token).await;
    stage.handle.deliver_due_webhooks().await;
    assert!(receiver.of("meeting.created").is_empty());
    stage.clock.pass(30);
    stage.handle.deliver_due_webhooks().await;
    assert_eq!(receiver.of("meeting.created").len(), 1);
}

#[tokio::test]
async fn events_that_are_due_together_arrive_newest_first() {
    let (stage, receiver, token) = listening().await;
    rules(&stage, |rules| {
        rules.webhooks = WebhookMode::Reversed;
        rules.webhook_delay_seconds = 10;
    });
    come_and_go(&stage, &token).await;
    stage.clock.pass(10);
    stage.handle.deliver_due_webhooks().await;
    let events: Vec<String> = receiver
        .all()
        .iter()
        .map(|one| one.body["event"].as_str().unwrap().to_owned())
        .filter(|event| event.starts_with("meeting."))
        .collect();
    assert_eq!(events, ["meeting.deleted", "meeting.created"]);
}

#[tokio::test]
async fn signatures_are_right_only_where_they_ought_to_be() {
    let (stage, receiver, token) = listening().await;
    for (number, signature) in [
        Signature::Right,
        Signature::Wrong,
        Signature::Tampered,
        Signature::Stale,
        Signature::Missing,
    ]
    .into_iter()
    .enumerate()
    {
        rules(&stage, |rules| rules.webhook_signature = signature);
        come_and_go(&stage, &token).await;
        stage.handle.deliver_due_webhooks().await;
        let webhook = receiver.of("meeting.created").remove(number);
        let right = matches!(signature, Signature::Right | Signature::Stale);
        assert_eq!(is_signed(&webhook), right, "{signature:?}");
        if signature == Signature::Stale {
            let at = webhook.headers["x-zm-request-timestamp"].to_str().unwrap();
            let day_ago = stage.clock.now().as_second() - 86_400;
            assert_eq!(at, day_ago.to_string());
        }
    }
    rules(&stage, |rules| rules.webhook_signature = Signature::Right);
    let last = stage.handle.deliveries().last().unwrap().id;
    assert!(stage.handle.forge_webhook(last, Signature::Wrong));
    stage.handle.deliver_due_webhooks().await;
    let forged = receiver.of("meeting.deleted").pop().unwrap();
    assert!(!is_signed(&forged));
}

#[tokio::test]
async fn a_repeated_webhook_keeps_its_signature_and_id_or_does_not() {
    for anew in [true, false] {
        let (stage, receiver, token) = listening().await;
        rules(&stage, |rules| {
            rules.retries_are_signed_anew = anew;
            rules.retries_keep_tracking_id = !anew;
        });
        receiver.refuse(true);
        stage.create(&token, &draft()).await;
        stage.handle.deliver_due_webhooks().await;
        stage.clock.pass(300);
        stage.handle.deliver_due_webhooks().await;
        let both = receiver.of("meeting.created");
        assert!(both.iter().all(is_signed));
        let differs = |name: &str| both[0].headers[name] != both[1].headers[name];
        assert_eq!(differs("x-zm-request-timestamp"), anew);
        assert_eq!(differs("x-zm-trackingid"), anew);
    }
}

#[tokio::test]
async fn an_address_that_keeps_failing_is_warned_and_then_disabled() {
    let (stage, receiver, _) = listening().await;
    receiver.refuse(true);
    for failures in 1..=6 {
        stage.clock.pass(72 * 3_600);
        stage.handle.deliver_due_webhooks().await;
        let mails = stage.handle.mails().len();
        assert_eq!(mails, failures / 2, "after {failures} failures");
        assert_eq!(
            stage.handle.webhooks_disabled_at("client-1").is_some(),
            failures == 6
        );
    }
    let words = stage.handle.mails().pop().unwrap().words;
    assert!(words.contains("6 times"), "{words}");
    receiver.refuse(false);
    let before = receiver.all().len();
    let token = stage.connect(MARA).await.access;
    stage.create(&token, &draft()).await;
    stage.clock.pass(72 * 3_600);
    stage.handle.deliver_due_webhooks().await;
    assert_eq!(receiver.all().len(), before, "nothing more is said to it");
    let page = stage.get("/console", "").await.text().await.unwrap();
    assert!(page.contains("subscription disabled"));

    let form = [("do", "enable-webhooks"), ("app", "client-1")];
    let answer = stage.post("/console/deeds", "", &form).await;
    assert_eq!(answer.status(), 303);
    stage.handle.deliver_due_webhooks().await;
    assert_eq!(stage.handle.webhooks_disabled_at("client-1"), None);
    let token = stage.connect(MARA).await.access;
    stage.create(&token, &draft()).await;
    stage.handle.deliver_due_webhooks().await;
    assert_eq!(receiver.of("meeting.created").len(), 1);
}

#[tokio::test]
async fn an_address_that_is_not_proved_hears_events_only_if_the_rules_say_so() {
    for hears in [true, false] {
        let receiver = Receiver::start().await;
        receiver.refuse(true);
        let stage = stage().await;
        rules(&stage, |rules| rules.unproved_addresses_hear_events = hears);
        let mut app = app();
        app.webhook_url = Some(receiver.url.clone());
        stage.handle.set_app(app);
        stage.handle.deliver_due_webhooks().await;
        let token = stage.connect(MARA).await.access;
        stage.create(&token, &draft()).await;
        stage.handle.deliver_due_webhooks().await;
        assert_eq!(receiver.of("meeting.created").len(), usize::from(hears));
    }
}

#[tokio::test]
async fn a_deauthorization_has_the_shape_that_the_rules_say() {
    for place in [Place::Top, Place::Payload, Place::Nowhere] {
        let (stage, receiver, _) = listening().await;
        rules(&stage, |rules| {
            rules.deauthorization_event_ts = place;
            rules.deauthorization_says_retention = place == Place::Payload;
        });
        stage.handle.remove_app(MARA, "client-1");
        stage.handle.deliver_due_webhooks().await;
        let body = receiver.of("app_deauthorized").remove(0).body;
        assert_eq!(body.get("event_ts").is_some(), place == Place::Top);
        let payload = &body["payload"];
        assert_eq!(payload.get("event_ts").is_some(), place == Place::Payload);
        let retention = payload.get("user_data_retention").and_then(Value::as_str);
        assert_eq!(retention, (place == Place::Payload).then_some("false"));
    }
}
