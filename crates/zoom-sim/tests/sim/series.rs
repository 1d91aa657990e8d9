//! Recurring meetings with a fixed time.

use reqwest::Method;
use serde_json::{Value, json};
use zoom_sim::Rules;

use crate::support::{MARA, Stage, stage};

/// A series from a Monday, the week before Berlin's clocks go forward.
fn series(recurrence: &Value) -> Value {
    json!({
        "topic": "Weekly",
        "type": 8,
        "start_time": "2027-03-22T09:00:00",
        "timezone": "Europe/Berlin",
        "duration": 30,
        "recurrence": recurrence,
    })
}

async fn made(stage: &Stage, token: &str, recurrence: &Value) -> (u16, Value) {
    let answer = stage.create(token, &series(recurrence)).await;
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn starts(meeting: &Value) -> Vec<&str> {
    let all = meeting["occurrences"].as_array().unwrap();
    all.iter()
        .map(|one| one["start_time"].as_str().unwrap())
        .collect()
}

async fn call(stage: &Stage, method: Method, path: &str, token: &str, body: &Value) -> u16 {
    let call = stage.call(method, path, token).json(body);
    call.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn each_rule_makes_its_occurrences_at_the_same_time_on_the_wall() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    for (rule, expected) in [
        (
            json!({"type": 1, "repeat_interval": 7, "end_times": 2}),
            vec!["2027-03-22T08:00:00Z", "2027-03-29T07:00:00Z"],
        ),
        (
            json!({"type": 2, "weekly_days": "2,4", "end_times": 3}),
            vec![
                "2027-03-22T08:00:00Z",
                "2027-03-24T08:00:00Z",
                "2027-03-29T07:00:00Z",
            ],
        ),
        (
            // The Sunday of the first week lies before the start.
            json!({"type": 2, "repeat_interval": 2, "weekly_days": "1", "end_times": 1}),
            vec!["2027-04-04T07:00:00Z"],
        ),
        (
            json!({"type": 3, "monthly_day": 31, "end_times": 2}),
            vec!["2027-03-31T07:00:00Z", "2027-05-31T07:00:00Z"],
        ),
        (
            json!({"type": 3, "monthly_week": -1, "monthly_week_day": 6, "end_times": 2}),
            vec!["2027-03-26T08:00:00Z", "2027-04-30T07:00:00Z"],
        ),
        (
            json!({"type": 1, "end_date_time": "2027-03-24T08:00:00Z"}),
            vec![
                "2027-03-22T08:00:00Z",
                "2027-03-23T08:00:00Z",
                "2027-03-24T08:00:00Z",
            ],
        ),
    ] {
        let (status, meeting) = made(&stage, &token, &rule).await;
        assert_eq!(status, 201, "{rule}: {meeting}");
        assert_eq!(starts(&meeting), expected, "{rule}");
        assert_eq!(meeting["start_time"], expected[0]);
        assert_eq!(meeting["recurrence"], rule);
    }
}

#[tokio::test]
async fn a_series_has_fifty_occurrences_at_most_or_sixty() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    let of = |times: u32| json!({"type": 1, "end_times": times});
    assert_eq!(made(&stage, &token, &of(50)).await.0, 201);
    let (status, refused) = made(&stage, &token, &of(51)).await;
    assert_eq!((status, &refused["code"]), (400, &json!(300)));
    assert_eq!(refused["errors"][0]["field"], "recurrence.end_times");
    let (_, endless) = made(&stage, &token, &of(0)).await;
    assert_eq!(starts(&endless).len(), 50);
    stage.handle.set_rules(Rules {
        max_occurrences: 60,
        ..stage.handle.rules()
    });
    assert_eq!(made(&stage, &token, &of(60)).await.0, 201);
    assert_eq!(made(&stage, &token, &of(61)).await.0, 400);
}

#[tokio::test]
async fn one_of_a_series_is_moved_or_taken_out_by_its_id() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    let (_, meeting) = made(&stage, &token, &json!({"type": 1, "end_times": 3})).await;
    let id = meeting["id"].as_i64().unwrap();
    let one = |place: usize| {
        let id_of_one = meeting["occurrences"][place]["occurrence_id"].as_str();
        format!("/v2/meetings/{id}?occurrence_id={}", id_of_one.unwrap())
    };
    let moved = json!({"start_time": "2027-03-23T15:00:00Z", "duration": 45});
    assert_eq!(
        call(&stage, Method::PATCH, &one(1), &token, &moved).await,
        204
    );
    assert_eq!(
        call(&stage, Method::DELETE, &one(0), &token, &json!({})).await,
        204
    );
    assert_eq!(
        call(&stage, Method::DELETE, &one(0), &token, &json!({})).await,
        404
    );
    let path = format!("/v2/meetings/{id}");
    let read = stage.call(Method::GET, &path, &token).send().await.unwrap();
    let read: Value = read.json().await.unwrap();
    assert_eq!(read["occurrences"][0]["status"], "deleted");
    assert_eq!(read["occurrences"][1]["start_time"], moved["start_time"]);
    assert_eq!(read["occurrences"][1]["duration"], 45);
    for place in [1, 2] {
        let status = call(&stage, Method::DELETE, &one(place), &token, &json!({})).await;
        assert_eq!(status, 204);
    }
    let gone = stage.call(Method::GET, &path, &token).send().await.unwrap();
    assert_eq!(gone.status(), 404, "with its last the series is gone");
}

#[tokio::test]
async fn another_time_of_the_series_gives_its_occurrences_other_ids() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    let (_, before) = made(&stage, &token, &json!({"type": 1, "end_times": 2})).await;
    let path = format!("/v2/meetings/{}", before["id"]);
    let ids = |meeting: &Value| -> Vec<String> {
        let all = meeting["occurrences"].as_array().unwrap();
        all.iter()
            .map(|one| one["occurrence_id"].to_string())
            .collect()
    };
    for (change, same) in [
        (json!({"topic": "Renamed"}), true),
        (json!({"start_time": "2027-03-22T10:00:00"}), false),
    ] {
        assert_eq!(
            call(&stage, Method::PATCH, &path, &token, &change).await,
            204
        );
        let read = stage.call(Method::GET, &path, &token).send().await.unwrap();
        let read: Value = read.json().await.unwrap();
        assert_eq!(ids(&read) == ids(&before), same, "{change}");
        assert_eq!(starts(&read).len(), 2);
    }
}

#[tokio::test]
async fn a_rule_that_is_none_is_refused_with_its_field() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    for (rule, field) in [
        (json!({"type": 4}), "recurrence.type"),
        (json!({"type": 3}), "recurrence.type"),
        (
            json!({"type": 2, "repeat_interval": 51}),
            "recurrence.repeat_interval",
        ),
        (
            json!({"type": 2, "weekly_days": "8"}),
            "recurrence.weekly_days",
        ),
        (
            json!({"type": 1, "end_date_time": "soon"}),
            "recurrence.end_date_time",
        ),
        (json!(7), "recurrence"),
        (Value::Null, "recurrence"),
    ] {
        let (status, refused) = made(&stage, &token, &rule).await;
        assert_eq!(status, 400, "{rule}");
        let errors = refused["errors"].as_array().unwrap();
        assert!(
            errors.iter().any(|e| e["field"] == field),
            "{rule}: {refused}"
        );
    }
}
