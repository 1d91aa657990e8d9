//! The simulator without a port: the same answers, handed over, and webhooks handed out.

use std::net::SocketAddr;

use axum::body::Bytes;
use axum::http::{Method, Request};
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use zoom_sim::{DeliveryState, Fault, Inside, Operation, Options, Trouble, inside};

use crate::support::{app, hmac};

fn simulator() -> Inside {
    let mut options = Options::new(SocketAddr::from(([127, 0, 0, 1], 0)));
    let mut app = app();
    app.webhook_url = Some("http://rooms.example/webhooks/zoom".into());
    options.apps = vec![app];
    inside(&options).unwrap()
}

fn me() -> Request<Bytes> {
    let request = Request::builder().method(Method::GET).uri("/v2/users/me");
    request.body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn a_request_is_answered_at_once() {
    let sim = simulator();
    let answer = sim.answer(me()).now_or_never().unwrap().unwrap();
    assert_eq!(answer.status(), 401);
    assert!(answer.headers().contains_key("x-zm-trackingid"));
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(body["code"], 124);
    assert_eq!(sim.handle().requests().len(), 1);
}

#[tokio::test]
async fn a_cut_connection_is_no_answer_and_a_hanging_call_does_not_end() {
    let sim = simulator();
    sim.handle()
        .fault(Fault::once(Operation::Me, Trouble::DropBefore));
    assert!(sim.answer(me()).now_or_never().unwrap().is_none());
    sim.handle()
        .fault(Fault::once(Operation::Me, Trouble::HangBefore));
    assert!(sim.answer(me()).now_or_never().is_none());
    assert!(sim.answer(me()).now_or_never().unwrap().is_some());
}

#[tokio::test]
async fn a_webhook_is_handed_out_until_it_was_answered() {
    let sim = simulator();
    let letter = sim.letters().remove(0);
    assert_eq!(letter.event(), "endpoint.url_validation");
    assert_eq!(letter.url(), "http://rooms.example/webhooks/zoom");
    let header = |name: &str| {
        let found = letter.headers().iter().find(|(known, _)| *known == name);
        found.unwrap().1.clone()
    };
    let message = format!("v0:{}:{}", header("x-zm-request-timestamp"), letter.body());
    assert_eq!(
        header("x-zm-signature"),
        format!("v0={}", hmac(message.as_bytes()))
    );
    assert_eq!(sim.letters().len(), 1, "nobody has answered it");

    let asked: Value = serde_json::from_str(letter.body()).unwrap();
    let plain = asked["payload"]["plainToken"].as_str().unwrap();
    let met = json!({"plainToken": plain, "encryptedToken": hmac(plain.as_bytes())});
    sim.note(&letter, Ok((200, met.to_string().into_bytes())));
    assert!(sim.letters().is_empty());
    let delivery = sim.handle().deliveries().remove(0);
    assert_eq!(delivery.state, DeliveryState::Delivered);
    assert_eq!(delivery.attempts[0].outcome, "200, challenge met");
}

#[tokio::test]
async fn a_webhook_without_an_answer_is_tried_again_later() {
    let sim = simulator();
    let letter = sim.letters().remove(0);
    sim.note(&letter, Err("connection lost"));
    let delivery = sim.handle().deliveries().remove(0);
    assert_eq!(delivery.attempts[0].outcome, "connection lost");
    assert!(sim.letters().is_empty(), "a challenge is not repeated");
}
