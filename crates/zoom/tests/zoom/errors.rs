use std::time::Duration;

use zoom_client::{Class, Error, Limit, MeetingId, WaitUntil};

use crate::peer::{Answer, Peer, access, answer};

const PER_SECOND: &str = r#"{"code":429,"message":"You have reached the maximum per-second rate limit for this API. Try again later."}"#;
const PER_DAY: &str = r#"{"code":429,"message":"You have reached the maximum daily rate limit for this API. Refer to the response header for details on when you can make another request."}"#;
const AT_ONCE: &str = r#"{"code":429,"message":"Too many concurrent requests. A request to disassociate this user has already been made."}"#;
const PER_USER: &str = r#"{"code":429,"message":"You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this particular user. You may resume these requests at GMT 00:00:00."}"#;

async fn error_of(answer: Answer) -> Error {
    let peer = Peer::answering([answer]).await;
    peer.client()
        .meeting(&access(), MeetingId(1))
        .await
        .unwrap_err()
}

#[tokio::test]
async fn each_number_of_the_api_has_its_class() {
    use Class::{NotFound, OurConfiguration, ReconnectNeeded, Refused, TokenRejected};
    let in_progress = Class::WaitUntil(WaitUntil::MeetingEnd);
    // In the order of the numbers: status, code, message.
    for (status, code, message, class) in [
        (401, 124, "Access token is expired.", TokenRejected),
        (401, 124, "Invalid access token.", TokenRejected),
        (400, 124, "Invalid access token.", TokenRejected),
        (
            401,
            124,
            "Invalid access token, this access token is not supported as query parameter string.",
            OurConfiguration,
        ),
        (400, 200, "No permission.", Refused),
        (400, 300, "Validation Failed.", Refused),
        (404, 1001, "User does not exist: me.", ReconnectNeeded),
        (
            400,
            1010,
            "User does not belong to this account",
            ReconnectNeeded,
        ),
        (
            404,
            2300,
            "This API endpoint is not recognized.",
            OurConfiguration,
        ),
        (400, 3000, "Cannot access webinar info.", Refused),
        (404, 3001, "Meeting does not exist: 1.", NotFound),
        (400, 3002, "Meeting is in progress.", in_progress),
        (400, 3003, "You are not the meeting host.", ReconnectNeeded),
        (400, 3007, "Meeting has ended.", Refused),
        (400, 3018, "Not allowed to delete PMI", Refused),
        (400, 3037, "PAC meeting", Refused),
        (400, 3063, "status", Refused),
        (
            400,
            3161,
            "Your user account is not allowed meeting hosting and scheduling capabilities.",
            Refused,
        ),
        (400, 4700, "Invalid access token.", TokenRejected),
        (401, 4702, "client", OurConfiguration),
        (401, 4704, "client", OurConfiguration),
        (400, 4717, "The app has been disabled.", OurConfiguration),
        (401, 4724, "Invalid JWT", TokenRejected),
        (
            400,
            4735,
            "The owner of the token does not exist",
            ReconnectNeeded,
        ),
        (400, 4737, "Token not found", ReconnectNeeded),
        (400, 4738, "Disabled by the admin", ReconnectNeeded),
        (400, 4740, "tolerance", ReconnectNeeded),
        (400, 4741, "The token has been revoked.", ReconnectNeeded),
    ] {
        let error = error_of(answer(
            status,
            format!(r#"{{"code":{code},"message":"{message}"}}"#),
        ))
        .await;
        assert_eq!(error.class(), class, "{status} {code} {message}");
        assert_eq!(error.zoom_message(), Some(message));
        assert_eq!((error.code(), error.limit()), (Some(code), None));
        assert!(!error.outcome_unknown());
    }
}

#[tokio::test]
async fn an_answer_without_a_known_number_has_its_class() {
    use Class::{NotFound, Refused, TokenRejected, TryAgain, Unreadable};
    let cases = [
        (401, r#"{"message":"Unauthorized"}"#, TokenRejected),
        (401, "", TokenRejected),
        (
            404,
            r#"{"code":"3001","message":"Meeting does not exist: 1."}"#,
            NotFound,
        ),
        (404, r#"{"message":"nothing here"}"#, Unreadable),
        (404, "", Unreadable),
        (403, r#"{"code":403,"message":"no"}"#, Refused),
        (400, r#"{"code":98765,"message":"new"}"#, Refused),
        (404, r#"{"code":98765,"message":"new"}"#, Refused),
        // A number that is known decides whatever the status.
        (
            401,
            r#"{"code":300,"message":"Validation Failed."}"#,
            Refused,
        ),
        (409, r#"{"code":409,"message":"busy"}"#, TryAgain),
        (408, "", TryAgain),
        (425, "", TryAgain),
        (500, r#"{"code":500,"message":"oops"}"#, TryAgain),
        (500, r#"{"code":3001,"message":"oops"}"#, TryAgain),
        (502, "<html>Bad Gateway</html>", TryAgain),
        (504, "", TryAgain),
        (400, "<?xml version=\"1.0\"?><Error/>", Unreadable),
        (403, "<html>blocked</html>", Unreadable),
        (401, "<html>proxy</html>", Unreadable),
        (302, "", Unreadable),
        (400, "[1]", Unreadable),
        (400, "{}", Unreadable),
        (400, "", Unreadable),
    ];
    for (status, body, class) in cases {
        let error = error_of(answer(status, body)).await;
        assert_eq!(error.class(), class, "{status} {body}");
        let told = (400..500).contains(&status);
        assert_eq!(error.outcome_unknown(), !told, "{status} {body}");
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
async fn scopes_may_be_missing_without_being_named() {
    let error = error_of(answer(400, r#"{"code":4711,"message":"Scopes."}"#)).await;
    assert_eq!(error.class(), Class::ScopeMissing(Vec::new()));
}

#[tokio::test]
async fn a_message_is_the_first_that_is_not_empty_on_one_line() {
    let body = r#"{"code":300,"reason":"","message":"Too  long\u0007\u0007or\nnot."}"#;
    let error = error_of(answer(400, body)).await;
    assert_eq!(error.zoom_message(), Some("Too long or not."));
}

#[tokio::test]
async fn only_a_number_as_zoom_writes_it_is_taken_from_a_message() {
    for (message, code) in [
        ("Invalid redirect (4,700)", Some(4700)),
        ("Invalid redirect (12,700)", None),
        ("Invalid redirect (4,70)", None),
        ("Invalid redirect (-,700)", None),
        ("Invalid redirect (4,+70)", None),
    ] {
        let error = error_of(answer(400, format!(r#"{{"message":"{message}"}}"#))).await;
        assert_eq!(error.code(), code, "{message}");
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
        // A leap year is the longest that anybody means.
        (
            Some("31622400"),
            WaitUntil::After(Duration::from_hours(366 * 24)),
        ),
        (Some("31622401"), WaitUntil::Unspecified),
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
async fn a_daily_limit_waits_until_zoom_says_else_for_midnight() {
    for (body, limit) in [
        (PER_USER, Limit::UserPerDay),
        (PER_DAY, Limit::AccountPerDay),
    ] {
        let error = error_of(answer(429, body).with("x-ratelimit-remaining", "5893")).await;
        let midnight = Class::WaitUntil(WaitUntil::NextUtcMidnight);
        assert_eq!((error.class(), error.limit()), (midnight, Some(limit)));
        let named = "2026-11-22T17:30:00Z";
        let error = error_of(answer(429, body).with("retry-after", named)).await;
        let then = Class::WaitUntil(WaitUntil::At(named.parse().unwrap()));
        assert_eq!((error.class(), error.limit()), (then, Some(limit)));
    }
}

#[tokio::test]
async fn the_limit_of_a_user_is_known_by_either_of_its_words() {
    for words in [
        "permitted for this particular user",
        "resume at GMT 00:00:00",
    ] {
        let body = format!(r#"{{"code":429,"message":"Exceeded, {words}."}}"#);
        let error = error_of(answer(429, body)).await;
        assert_eq!(error.limit(), Some(Limit::UserPerDay), "{words}");
    }
}

#[tokio::test]
async fn a_short_limit_is_told_from_the_daily_ones() {
    let unspecified = Class::WaitUntil(WaitUntil::Unspecified);
    for (body, limit) in [
        (PER_SECOND, Some(Limit::AccountPerSecond)),
        (AT_ONCE, None),
        ("", None),
    ] {
        let error = error_of(answer(429, body)).await;
        assert_eq!(
            (error.class(), error.limit()),
            (unspecified.clone(), limit),
            "{body}"
        );
    }
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
