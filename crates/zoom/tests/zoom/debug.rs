//! What `Debug` shows: enough to find a meeting again, and nothing of people or of the way in.

use zoom_client::webhook::{Event, parse};
use zoom_client::wire;

use crate::peer::{Peer, access, answer};

const MEETING: &str = r#"{"id":85746065432,"topic":"hidden","agenda":"hidden","status":"started",
    "start_time":"2026-12-01T09:00:00Z","join_url":"https://zoom.us/j/1?pwd=hidden",
    "password":"hidden","host_email":"hidden@example.com"}"#;
const EVENT: &str = r#"{"event":"meeting.updated","payload":{"account_id":"a1",
    "operator":"hidden@example.com","operator_id":"op-7","object":{"id":85746065432,
    "topic":"hidden","start_time":"2026-12-01T09:00:00Z","duration":45,"password":"hidden"}}}"#;

fn assert_shows(shown: &str, parts: &[&str]) {
    for part in parts {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert!(!shown.contains("hidden"), "{shown}");
}

#[tokio::test]
async fn a_meeting_shows_its_number_its_status_and_its_start() {
    let list = format!(r#"{{"meetings":[{MEETING}]}}"#);
    let peer = Peer::answering([answer(200, MEETING), answer(200, list)]).await;
    let id = zoom_client::MeetingId(85_746_065_432);
    let meeting = peer.client().meeting(&access(), id).await.unwrap();
    let parts = ["Meeting", "85746065432", "Started", "2026-12-01T09:00:00Z"];
    assert_shows(&format!("{meeting:?}"), &parts);
    let listed = peer.client().scheduled_meetings(&access()).await.unwrap();
    let parts = ["MeetingSummary", "85746065432", "2026-12-01T09:00:00Z"];
    assert_shows(&format!("{listed:?}"), &parts);
}

#[test]
fn an_event_shows_the_meeting_and_the_id_of_who_did_it() {
    let Event::Meeting(event) = parse(EVENT.as_bytes()).unwrap().event else {
        panic!("no event about a meeting");
    };
    let facts = ["Facts", "2026-12-01T09:00:00Z", "45"];
    assert_shows(&format!("{:?}", event.facts), &facts);
    let operator = format!("{:?}", event.operator.unwrap());
    assert_shows(&operator, &["Operator", "op-7"]);
}

#[test]
fn what_travels_shows_the_meeting_too() {
    let meeting: wire::Meeting = serde_json::from_str(MEETING).unwrap();
    let parts = ["Meeting", "85746065432", "started", "2026-12-01T09:00:00Z"];
    assert_shows(&format!("{meeting:?}"), &parts);
    let webhook: wire::Webhook<wire::MeetingPayload> = serde_json::from_str(EVENT).unwrap();
    let parts = ["MeetingPayload", "a1", "EventMeeting", "85746065432"];
    assert_shows(&format!("{:?}", webhook.payload), &parts);
}
