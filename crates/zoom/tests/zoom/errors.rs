use std::time::Duration;

use zoom_client::{Class, Error, MeetingId, WaitUntil};

use crate::peer::{Answer, Peer, access, answer};

const PER_SECOND: &str = r#"{"code":429,"message":"You have reached the maximum per-second rate limit for this API. Try again later."}"#;
const PER_USER: &str = r#"{"code":429,"message":"You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this particular user. You may resume these requests at GMT 00:00:00."}"#;

async fn error_of(answer: Answer) -> Error {
    let peer = Peer::answering([answer]).await;
    peer.client()
        .meeting(&access(), MeetingId(1))
        .await
        .unwrap_err()
}

#[tokio::test]
async fn each_error_of_the_api_has_its_class() {
    use Class::{
        NotFound, OurConfiguration, ReconnectNeeded, Refused, TokenRejected, TryAgain, Unreadable,
    };
    let cases = [
        (
            401,
            r#"{"code":124,"message":"Access token is expired."}"#,
            TokenRejected,
        ),
        (
            400,
            r#"{"code":124,"message":"Invalid access token."}"#,
            TokenRejected,
        ),
        (401, r#"{"message":"Unauthorized"}"#, TokenRejected),
        (401, "", TokenRejected),
        (
            404,
            r#"{"code":1001,"message":"User does not exist: me."}"#,
            ReconnectNeeded,
        ),
        (
            400,
            r#"{"code":1010,"message":"User does not belong to this account"}"#,
            ReconnectNeeded,
        ),
        (400, r#"{"code":4735,"message":"x"}"#, ReconnectNeeded),
        (400, r#"{"code":4741,"message":"x"}"#, ReconnectNeeded),
        (
            404,
            r#"{"code":3001,"message":"Meeting does not exist: 1."}"#,
            NotFound,
        ),
        (
            404,
            r#"{"code":"3001","message":"Meeting does not exist: 1."}"#,
            NotFound,
        ),
        (
            404,
            r#"{"code":2300,"message":"not recognized"}"#,
            OurConfiguration,
        ),
        (404, r#"{"message":"nothing here"}"#, Unreadable),
        (404, "", Unreadable),
        (400, r#"{"code":200,"message":"No permission."}"#, Refused),
        (
            400,
            r#"{"code":3000,"message":"Cannot access webinar info."}"#,
            Refused,
        ),
        (400, r#"{"code":3161,"message":"not allowed"}"#, Refused),
        (403, r#"{"code":403,"message":"no"}"#, Refused),
        (409, r#"{"code":409,"message":"busy"}"#, TryAgain),
        (408, "", TryAgain),
        (500, r#"{"code":500,"message":"oops"}"#, TryAgain),
        (502, "<html>Bad Gateway</html>", TryAgain),
        (400, "<?xml version=\"1.0\"?><Error/>", Unreadable),
        (403, "<html>blocked</html>", Unreadable),
        (401, "<html>proxy</html>", Unreadable),
        (400, "[1]", Unreadable),
        (400, "{}", Unreadable),
        (400, "", Unreadable),
    ];
    for (status, body, class) in cases {
        let error = error_of(answer(status, body)).await;
        assert_eq!(error.class(), class, "{status} {body}");
        assert_eq!(error.outcome_unknown(), status >= 500, "{status} {body}");
        assert_eq!(error.status(), Some(status));
    }
}

#[tokio::test]
async fn missing_scopes_are_named() {
    let message = "Invalid access token, does not contain scopes:[meeting:read:meeting, \
                   meeting:read:meeting:admin].";
    for (status, code) in [(400, 4711), (401, 4711), (400, 4700), (400, 104)] {
        let body = format!(r#"{{"code":{code},"message":"{message}"}}"#);
        let scopes = vec![
            "meeting:read:meeting".into(),
            "meeting:read:meeting:admin".into(),
        ];
        assert_eq!(
            error_of(answer(status, body)).await.class(),
            Class::ScopeMissing(scopes)
        );
    }
}

#[tokio::test]
async fn a_refusal_carries_what_zoom_says() {
    let body = r#"{"code":300,"message":"Validation Failed.","errors":[
        {"field":"topic","message":"too\nlong"},{"field":"duration","message":"bad"}]}"#;
    let error = error_of(answer(400, body).with("x-zm-trackingid", "v=2.0;clid=us06")).await;
    assert_eq!(error.class(), Class::Refused);
    assert_eq!(error.code(), Some(300));
    assert_eq!(
        error.zoom_message(),
        Some("Validation Failed. topic: too long duration: bad")
    );
    assert_eq!(error.tracking_id(), Some("v=2.0;clid=us06"));
    assert_eq!(error.operation(), "meeting");
}

#[tokio::test]
async fn what_zoom_says_is_not_in_the_text_for_logs() {
    let body = r#"{"code":1001,"message":"User does not exist: ada@example.com."}"#;
    let error = error_of(answer(404, body)).await;
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("ada"), "{shown}");
    assert!(shown.starts_with(
        "zoom meeting: the authorization has ended, authorize again, status 404, code 1001"
    ));
}

#[tokio::test]
async fn the_pause_after_a_rate_limit_is_read_in_its_three_forms() {
    let midnight = WaitUntil::At("2026-11-23T00:00:00Z".parse().unwrap());
    let cases = [
        (Some("2026-11-23T00:00:00Z"), midnight),
        (Some("2026-11-23T00:00:00"), midnight),
        (Some("2026-11-23T01:00:00+01:00"), midnight),
        (Some("Mon, 23 Nov 2026 00:00:00 GMT"), midnight),
        (Some("7"), WaitUntil::After(Duration::from_secs(7))),
        (Some("99999999999999"), WaitUntil::Unspecified),
        (Some("later"), WaitUntil::Unspecified),
        (None, WaitUntil::Unspecified),
    ];
    for (header, wait) in cases {
        let mut answer = answer(429, PER_SECOND);
        if let Some(header) = header {
            answer = answer.with("retry-after", header);
        }
        let error = error_of(answer).await;
        assert_eq!(error.class(), Class::WaitUntil(wait), "{header:?}");
        assert!(!error.outcome_unknown());
    }
}

#[tokio::test]
async fn the_users_daily_limit_waits_for_midnight_whatever_the_headers_say() {
    let answer = answer(429, PER_USER)
        .with("retry-after", "1")
        .with("x-ratelimit-remaining", "5893");
    assert_eq!(
        error_of(answer).await.class(),
        Class::WaitUntil(WaitUntil::NextUtcMidnight)
    );
}

#[tokio::test]
async fn a_rate_limit_is_known_by_status_or_by_code() {
    let unspecified = Class::WaitUntil(WaitUntil::Unspecified);
    assert_eq!(
        error_of(answer(429, "<html>slow down</html>"))
            .await
            .class(),
        unspecified
    );
    assert_eq!(error_of(answer(400, PER_SECOND)).await.class(), unspecified);
}

#[tokio::test]
async fn an_outage_that_names_its_end_is_waited_for() {
    let error = error_of(answer(503, "").with("retry-after", "30")).await;
    let wait = WaitUntil::After(Duration::from_secs(30));
    assert_eq!(error.class(), Class::WaitUntil(wait));
    assert!(error.outcome_unknown());
}
