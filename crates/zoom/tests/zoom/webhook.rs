use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use zoom_client::MeetingId;
use zoom_client::webhook::{
    Event, Extent, Facts, MeetingChange, MeetingEvent, Operator, ParseError, SignatureError,
    Window, parse, sign, validation_answer, verify,
};

const TIMESTAMP: &str = "1740439732";
const SIGNATURE: &str = "v0=a2c9515e9d467922b9ed58315f81e7d5a06239889993f50670c4949ea6499c29";
const BODY: &str = r#"{"event":"meeting.deleted","event_ts":1740439732278,"payload":{"account_id":"AAAAAABBBB","operator":"a@example.com","operator_id":"z8yCxjabcdEFGHfp8uQ","operation":"all","object":{"uuid":"4444AAAiAAAAAiAiAiiAii==","id":1234567890,"host_id":"z8yCxjabcdEFGHfp8uQ","topic":"Standup","type":2,"start_time":"2026-12-01T09:00:00Z","duration":30,"timezone":"Europe/Berlin"}}}"#;

fn secret() -> SecretString {
    "example_secret_token".into()
}

fn checked(secrets: &[&str], timestamp: &str, signature: &str) -> Result<(), SignatureError> {
    let secrets: Vec<_> = secrets.iter().copied().map(SecretString::from).collect();
    verify(&secrets, timestamp, signature, BODY.as_bytes())
}

#[test]
fn the_test_vector_is_signed_and_believed() {
    assert_eq!(sign(&secret(), TIMESTAMP, BODY.as_bytes()), SIGNATURE);
    assert_eq!(
        verify(&[secret()], TIMESTAMP, SIGNATURE, BODY.as_bytes()),
        Ok(())
    );
}

#[test]
fn the_validation_of_the_test_vector_is_answered() {
    assert_eq!(
        validation_answer(&secret(), "qgg8vlvZRS6UYooatFL8Aw"),
        "7e675c02622e933be24748e846a58602879cb206f665e4c1c3fdc4ec56822ec4"
    );
}

#[test]
fn any_of_several_secrets_will_do() {
    let right = "example_secret_token";
    assert_eq!(checked(&["other", right], TIMESTAMP, SIGNATURE), Ok(()));
    assert_eq!(checked(&[right, "other"], TIMESTAMP, SIGNATURE), Ok(()));
    assert_eq!(
        checked(&["other", "another"], TIMESTAMP, SIGNATURE),
        Err(SignatureError::Mismatch)
    );
}

#[test]
fn an_empty_secret_believes_nobody() {
    let forged = sign(&"".into(), TIMESTAMP, BODY.as_bytes());
    assert_eq!(
        checked(&[""], TIMESTAMP, &forged),
        Err(SignatureError::NoSecret)
    );
    assert_eq!(
        checked(&[], TIMESTAMP, &forged),
        Err(SignatureError::NoSecret)
    );
    assert_eq!(
        checked(&["", "x"], TIMESTAMP, &forged),
        Err(SignatureError::Mismatch)
    );
}

#[test]
fn a_wrong_signature_is_refused_in_every_form() {
    let secrets = ["example_secret_token"];
    for signature in [
        "",
        "v0=",
        &SIGNATURE[3..],
        &SIGNATURE[..60],
        &SIGNATURE.replace('a', "b"),
    ] {
        assert_eq!(
            checked(&secrets, TIMESTAMP, signature),
            Err(SignatureError::Mismatch),
            "{signature}"
        );
    }
}

#[test]
fn a_changed_body_or_timestamp_is_refused() {
    let changed = BODY.replace("Standup", "Standdown");
    assert_eq!(
        verify(&[secret()], TIMESTAMP, SIGNATURE, changed.as_bytes()),
        Err(SignatureError::Mismatch)
    );
    assert_eq!(
        checked(&["example_secret_token"], "1740439733", SIGNATURE),
        Err(SignatureError::Mismatch)
    );
}

#[test]
fn a_timestamp_that_is_no_number_of_seconds_is_refused() {
    for timestamp in [
        "",
        "soon",
        "-5",
        "+5",
        "1.5",
        " 1740439732",
        "99999999999999999999",
    ] {
        let signature = sign(&secret(), timestamp, BODY.as_bytes());
        assert_eq!(
            verify(&[secret()], timestamp, &signature, BODY.as_bytes()),
            Err(SignatureError::Timestamp),
            "{timestamp}"
        );
    }
}

#[test]
fn the_raw_bytes_are_signed_whatever_they_are() {
    for body in [
        "{\"topic\":\"Prüfung 会議 🏢\"}".as_bytes(),
        b"\xff\xfe not utf-8",
    ] {
        let signature = sign(&secret(), TIMESTAMP, body);
        assert_eq!(verify(&[secret()], TIMESTAMP, &signature, body), Ok(()));
    }
    let escaped = br#"{"topic":"Pr\u00fcfung"}"#;
    let plain = "{\"topic\":\"Prüfung\"}".as_bytes();
    let signature = sign(&secret(), TIMESTAMP, plain);
    assert_eq!(
        verify(&[secret()], TIMESTAMP, &signature, escaped),
        Err(SignatureError::Mismatch)
    );
}

#[test]
fn a_signature_is_fresh_for_ninety_minutes_and_five_ahead() {
    let now = |seconds: i64| Timestamp::from_second(1_740_439_732 + seconds).unwrap();
    let window = Window::default();
    assert_eq!(window.check(TIMESTAMP, now(90 * 60)), Ok(now(0)));
    assert_eq!(
        window.check(TIMESTAMP, now(90 * 60 + 1)),
        Err(SignatureError::TooOld)
    );
    assert_eq!(window.check(TIMESTAMP, now(-5 * 60)), Ok(now(0)));
    assert_eq!(
        window.check(TIMESTAMP, now(-5 * 60 - 1)),
        Err(SignatureError::TooNew)
    );
    assert_eq!(window.check("x", now(0)), Err(SignatureError::Timestamp));
    let narrow = Window {
        past: Duration::ZERO,
        ahead: Duration::ZERO,
    };
    assert_eq!(narrow.check(TIMESTAMP, now(0)), Ok(now(0)));
    assert_eq!(narrow.check(TIMESTAMP, now(1)), Err(SignatureError::TooOld));
}

#[test]
fn a_url_validation_is_read() {
    let body = br#"{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1654503849680,
        "event":"endpoint.url_validation"}"#;
    let envelope = parse(body).unwrap();
    let plain_token = "qgg8vlvZRS6UYooatFL8Aw".to_owned();
    assert_eq!(envelope.event, Event::UrlValidation { plain_token });
    assert_eq!(envelope.event_ts, Some(1_654_503_849_680));
    assert_eq!(envelope.name, "endpoint.url_validation");
}

#[test]
fn a_deauthorization_is_read_in_new_and_old_shape() {
    let new = br#"{"event":"app_deauthorized","event_ts":1740439732278,"payload":{
        "account_id":"EabCDEFghiLHMA","user_id":"z9jkdsfsdfjhdkfjQ","signature":"827edc34",
        "deauthorization_time":"2019-06-17T13:52:28.632Z","client_id":"ADZ9k9bTWmGUoUbECUKU_a"}}"#;
    let old = br#"{"event":"app_deauthorized","payload":{"user_data_retention":"false",
        "event_ts":"1740439732278","account_id":"EabCDEFghiLHMA","user_id":"z9jkdsfsdfjhdkfjQ",
        "deauthorization_time":"2019-06-17T13:52:28.632Z","client_id":"ADZ9k9bTWmGUoUbECUKU_a"}}"#;
    for body in [&new[..], &old[..]] {
        let envelope = parse(body).unwrap();
        assert_eq!(
            envelope.event,
            Event::AppDeauthorized {
                account_id: Some("EabCDEFghiLHMA".to_owned()),
                user_id: "z9jkdsfsdfjhdkfjQ".to_owned(),
                client_id: "ADZ9k9bTWmGUoUbECUKU_a".to_owned(),
                deauthorized_at: Some("2019-06-17T13:52:28.632Z".parse().unwrap()),
            }
        );
        assert_eq!(envelope.event_ts, Some(1_740_439_732_278));
    }
}

#[test]
fn a_deauthorization_with_a_strange_time_still_counts() {
    let body = br#"{"event":"app_deauthorized","payload":{"user_id":"u","client_id":"c",
        "deauthorization_time":"yesterday"}}"#;
    assert_eq!(
        parse(body).unwrap().event,
        Event::AppDeauthorized {
            account_id: None,
            user_id: "u".to_owned(),
            client_id: "c".to_owned(),
            deauthorized_at: None,
        }
    );
}

#[test]
fn a_deletion_of_a_meeting_is_read() {
    let envelope = parse(BODY.as_bytes()).unwrap();
    assert_eq!(
        envelope.event,
        Event::Meeting(Box::new(MeetingEvent {
            change: MeetingChange::Deleted,
            meeting_id: MeetingId(1_234_567_890),
            uuid: Some("4444AAAiAAAAAiAiAiiAii==".to_owned()),
            host_id: Some("z8yCxjabcdEFGHfp8uQ".to_owned()),
            account_id: Some("AAAAAABBBB".to_owned()),
            operator: Some(Operator {
                id: Some("z8yCxjabcdEFGHfp8uQ".to_owned()),
                email: Some("a@example.com".to_owned()),
            }),
            extent: Some(Extent::All),
            at: Some(Timestamp::from_millisecond(1_740_439_732_278).unwrap()),
            ended_at: None,
            facts: Facts {
                topic: Some("Standup".to_owned()),
                start_time: Some("2026-12-01T09:00:00Z".parse().unwrap()),
                duration_minutes: Some(30),
                time_zone: Some("Europe/Berlin".to_owned()),
                kind: Some(2),
                ..Facts::default()
            },
            before: Facts::default(),
        }))
    );
    assert_eq!(envelope.name, "meeting.deleted");
    assert_eq!(envelope.event_ts, Some(1_740_439_732_278));
}

fn meeting_event(body: &str) -> MeetingEvent {
    match parse(body.as_bytes()).unwrap().event {
        Event::Meeting(event) => *event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_event_about_a_meeting_is_known() {
    for (name, change) in [
        ("created", MeetingChange::Created),
        ("updated", MeetingChange::Updated),
        ("deleted", MeetingChange::Deleted),
        ("recovered", MeetingChange::Recovered),
        ("permanently_deleted", MeetingChange::PermanentlyDeleted),
        ("started", MeetingChange::Started),
        ("ended", MeetingChange::Ended),
    ] {
        let body = BODY.replace("meeting.deleted", &format!("meeting.{name}"));
        assert_eq!(meeting_event(&body).change, change, "{name}");
        // The least that an event says.
        let body = format!(r#"{{"event":"meeting.{name}","payload":{{"object":{{"id":"85"}}}}}}"#);
        let event = meeting_event(&body);
        assert_eq!((event.change, event.meeting_id), (change, MeetingId(85)));
        assert_eq!((event.at, event.operator), (None, None), "{name}");
    }
}

#[test]
fn an_update_tells_what_changed_and_what_was_before() {
    let event = meeting_event(
        r#"{"event":"meeting.updated","event_ts":1740439732999,"payload":{"account_id":"A",
        "operator":"a@example.com","operator_id":"u1","scope":"single","time_stamp":1740439732278,
        "object":{"id":85746065432,"start_time":"2026-12-01T10:00:00Z","duration":45,
            "join_url":"https://zoom.example/j/1","password":"","settings":{"waiting_room":true}},
        "old_object":{"id":85746065432,"start_time":"2026-12-01T09:00:00Z","duration":30}}}"#,
    );
    assert_eq!(event.meeting_id, MeetingId(85_746_065_432));
    assert_eq!((event.host_id, event.uuid), (None, None));
    assert_eq!(event.extent, Some(Extent::Single));
    assert_eq!(
        event.at,
        Some(Timestamp::from_millisecond(1_740_439_732_278).unwrap())
    );
    assert_eq!(
        event.facts,
        Facts {
            start_time: Some("2026-12-01T10:00:00Z".parse().unwrap()),
            duration_minutes: Some(45),
            join_url: true,
            passcode: true,
            settings: true,
            ..Facts::default()
        }
    );
    assert_eq!(
        event.before,
        Facts {
            start_time: Some("2026-12-01T09:00:00Z".parse().unwrap()),
            duration_minutes: Some(30),
            ..Facts::default()
        }
    );
}

#[test]
fn a_meeting_that_ended_says_when_and_has_its_number_as_text() {
    let event = meeting_event(
        r#"{"event":"meeting.ended","event_ts":1740439732278,"payload":{"account_id":"A",
        "object":{"id":"85746065432","uuid":"x==","host_id":"u1","topic":"Standup","type":0,
            "start_time":"2026-12-01T09:00:00Z","duration":30,"timezone":"UTC",
            "end_time":"2026-12-01T09:31:05Z"}}}"#,
    );
    assert_eq!(event.meeting_id, MeetingId(85_746_065_432));
    assert_eq!(event.facts.kind, Some(0));
    assert_eq!(
        event.ended_at,
        Some("2026-12-01T09:31:05Z".parse().unwrap())
    );
}

#[test]
fn what_cannot_be_read_of_a_meeting_counts_as_not_mentioned() {
    let event = meeting_event(
        r#"{"event":"meeting.updated","event_ts":"soon","payload":{"account_id":7,"operator":null,
        "time_stamp":9e99,"operation":"some","object":{"id":"85","topic":["x"],"type":"two",
            "start_time":"tomorrow","duration":"30","settings":"none"},"old_object":{"id":{}}}}"#,
    );
    assert_eq!((event.account_id, event.operator), (None, None));
    assert_eq!((event.at, event.extent), (None, None));
    assert_eq!(
        (event.facts, event.before),
        (Facts::default(), Facts::default())
    );
}

#[test]
fn who_did_it_may_be_known_by_address_or_by_id_alone() {
    let operator = |taken_out: &str| {
        let body = BODY.replace(taken_out, "");
        let Event::Meeting(event) = parse(body.as_bytes()).unwrap().event else {
            panic!("no event about a meeting");
        };
        event.operator
    };
    let (id, email) = ("z8yCxjabcdEFGHfp8uQ", "a@example.com");
    let by_id = operator(r#""operator":"a@example.com","#).unwrap();
    assert_eq!((by_id.id.as_deref(), by_id.email), (Some(id), None));
    let by_address = operator(r#""operator_id":"z8yCxjabcdEFGHfp8uQ","#).unwrap();
    assert_eq!(
        (by_address.id, by_address.email.as_deref()),
        (None, Some(email))
    );
}

#[test]
fn debug_output_of_an_event_names_neither_people_nor_titles() {
    let shown = format!("{:?}", parse(BODY.as_bytes()).unwrap());
    assert!(shown.contains("1234567890"), "{shown}");
    assert!(
        !shown.contains("Standup") && !shown.contains('@'),
        "{shown}"
    );
}

#[test]
fn any_other_event_keeps_its_name() {
    let body = BODY.replace("meeting.deleted", "meeting.participant_joined");
    let envelope = parse(body.as_bytes()).unwrap();
    assert_eq!(
        envelope.event,
        Event::Other {
            name: "meeting.participant_joined".to_owned()
        }
    );
    assert_eq!(envelope.event_ts, Some(1_740_439_732_278));
}

#[test]
fn a_body_that_is_no_event_is_an_error() {
    for body in [
        "",
        "[]",
        "{\"payload\":{}}",
        "{\"event\":1,\"payload\":{}}",
        "<xml/>",
    ] {
        assert!(
            matches!(parse(body.as_bytes()), Err(ParseError::Envelope(_))),
            "{body}"
        );
    }
    for (body, name) in [
        (
            r#"{"event":"app_deauthorized","payload":{"user_id":"u"}}"#,
            "app_deauthorized",
        ),
        (
            r#"{"event":"endpoint.url_validation","payload":{}}"#,
            "endpoint.url_validation",
        ),
        (
            r#"{"event":"meeting.updated","payload":{"object":{"topic":"x"}}}"#,
            "meeting.updated",
        ),
        (
            r#"{"event":"meeting.ended","payload":{"object":{"id":"soon"}}}"#,
            "meeting.ended",
        ),
        (
            r#"{"event":"meeting.deleted","payload":{"account_id":"A"}}"#,
            "meeting.deleted",
        ),
    ] {
        let error = parse(body.as_bytes()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the payload of {name} lacks a field")
        );
    }
}
