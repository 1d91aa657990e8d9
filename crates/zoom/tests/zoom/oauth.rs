use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use zoom_client::{Access, ApiUrlPolicy, Class, Client, Config, Tokens, WaitUntil};

use crate::peer::{Peer, access, answer};

const TOKENS: &str = r#"{"access_token":"new-access","token_type":"bearer",
    "refresh_token":"new-refresh","expires_in":3599,"scope":"user:read:user meeting:write:meeting",
    "api_url":"API"}"#;

fn refresh_token() -> SecretString {
    "old-refresh-token".into()
}

/// Refreshes at one peer, with the API at another that the answer may name.
async fn tokens_with_api_url(api_url: impl FnOnce(&Peer) -> String) -> (Tokens, Peer) {
    let api = Peer::answering([]).await;
    let oauth = Peer::answering([answer(200, TOKENS.replace("API", &api_url(&api)))]).await;
    let config = Config {
        oauth_url: oauth.url.clone(),
        api_url: api.url.clone(),
        client_id: "the client".to_owned(),
        client_secret: "the secret".into(),
        follow_api_url: ApiUrlPolicy::SameOrigin,
        timeout: Duration::from_secs(20),
    };
    let client = Client::new(config).unwrap();
    (client.refresh(&refresh_token()).await.unwrap(), api)
}

#[tokio::test]
async fn the_authorize_page_gets_state_and_challenge_and_no_scope() {
    let peer = Peer::answering([]).await;
    let url = peer
        .client()
        .authorize_url("http://127.0.0.1:8080/zoom_callback", "s t", "ch");
    assert_eq!(
        url.as_str(),
        format!(
            "{}oauth/authorize?response_type=code&client_id=the+client\
             &redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Fzoom_callback&state=s+t\
             &code_challenge=ch&code_challenge_method=S256",
            peer.url
        )
    );
}

#[tokio::test]
async fn a_code_is_exchanged_in_the_body_with_basic_authentication() {
    let answer = answer(200, TOKENS).with("date", "Sun, 22 Nov 2026 10:00:00 GMT");
    let peer = Peer::answering([answer]).await;
    let tokens = peer
        .client()
        .exchange_code("the-code", "https://r.example/cb", "verifier")
        .await
        .unwrap();

    assert_eq!(tokens.access_token.expose_secret(), "new-access");
    assert_eq!(tokens.refresh_token.expose_secret(), "new-refresh");
    assert_eq!(tokens.expires_in, Duration::from_secs(3599));
    assert_eq!(tokens.scopes, ["user:read:user", "meeting:write:meeting"]);
    assert_eq!(
        tokens.server_time,
        Some("2026-11-22T10:00:00Z".parse().unwrap())
    );

    let asked = &peer.asked()[0];
    assert_eq!(asked.line, "POST /oauth/token");
    assert_eq!(
        asked.headers["content-type"],
        "application/x-www-form-urlencoded"
    );
    // base64 of "the client:the secret"
    assert_eq!(
        asked.headers["authorization"],
        "Basic dGhlIGNsaWVudDp0aGUgc2VjcmV0"
    );
    let form = asked.form();
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["code"], "the-code");
    assert_eq!(form["redirect_uri"], "https://r.example/cb");
    assert_eq!(form["code_verifier"], "verifier");
    assert_eq!(form.len(), 4);
}

#[tokio::test]
async fn a_refresh_sends_the_refresh_token_alone() {
    let peer = Peer::answering([answer(200, TOKENS)]).await;
    peer.client().refresh(&refresh_token()).await.unwrap();
    let form = peer.asked()[0].form();
    assert_eq!(form["grant_type"], "refresh_token");
    assert_eq!(form["refresh_token"], "old-refresh-token");
    assert_eq!(form.len(), 2);
}

#[tokio::test]
async fn an_api_address_on_our_origin_is_followed() {
    let (tokens, peer) = tokens_with_api_url(|peer| peer.url.to_string()).await;
    assert_eq!(tokens.api_url, Some(peer.url));
}

#[tokio::test]
async fn an_api_address_elsewhere_is_dropped() {
    let (tokens, _) = tokens_with_api_url(|_| "https://api-us.zoom.us".to_owned()).await;
    assert_eq!(tokens.api_url, None);
}

#[tokio::test]
async fn a_stored_api_address_elsewhere_is_not_used() {
    let peer = Peer::answering([answer(200, r#"{"id":"u"}"#)]).await;
    let elsewhere = Peer::answering([]).await;
    let access = Access {
        api_url: Some(elsewhere.url.clone()),
        ..access()
    };
    peer.client().me(&access).await.unwrap();
    assert_eq!(peer.asked()[0].line, "GET /v2/users/me");
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn a_grant_is_revoked_with_its_access_token() {
    let peer = Peer::answering([answer(200, r#"{"status":"success"}"#)]).await;
    peer.client().revoke(&access().token).await.unwrap();
    let asked = &peer.asked()[0];
    assert_eq!(asked.line, "POST /oauth/revoke");
    assert_eq!(asked.form()["token"], "access-token-1");
    assert!(asked.headers["authorization"].starts_with("Basic "));
}

#[tokio::test]
async fn a_deletion_is_confirmed_with_the_event_that_asked_for_it() {
    let peer = Peer::answering([answer(200, "{}"), answer(404, "")]).await;
    let event = serde_json::json!({"user_id": "u1", "account_id": "a1", "signature": "s"});
    peer.client().confirm_deletion(&event).await.unwrap();
    let asked = peer.asked().remove(0);
    assert_eq!(asked.line, "POST /oauth/data/compliance");
    let expected = serde_json::json!({
        "client_id": "the client",
        "user_id": "u1",
        "account_id": "a1",
        "deauthorization_event_received": event,
        "compliance_completed": true,
    });
    assert_eq!(asked.json(), expected);
    let gone = peer.client().confirm_deletion(&event).await;
    assert_eq!(gone.unwrap_err().operation(), "confirm_deletion");
}

#[tokio::test]
async fn tokens_without_a_refresh_token_are_unreadable_and_the_grant_uncertain() {
    let peer = Peer::answering([answer(200, r#"{"access_token":"a","expires_in":3599}"#)]).await;
    let error = peer.client().refresh(&refresh_token()).await.unwrap_err();
    assert_eq!(error.class(), Class::Unreadable);
    assert!(error.outcome_unknown());
}

#[tokio::test]
async fn each_error_of_the_token_endpoint_has_its_class() {
    use Class::{OurConfiguration, ReconnectNeeded, Refused, TokenRejected, TryAgain, Unreadable};
    let cases = [
        (
            400,
            r#"{"reason":"Invalid Token!","error":"invalid_grant"}"#,
            ReconnectNeeded,
        ),
        (
            400,
            r#"{"reason":"Invalid Token!","error":"invalid_request"}"#,
            ReconnectNeeded,
        ),
        (400, r#"{"error":"invalid_grant"}"#, ReconnectNeeded),
        (
            400,
            r#"{"reason":"Invalid authorization code c","error":"invalid_request"}"#,
            ReconnectNeeded,
        ),
        (
            400,
            r#"{"reason":"Invalid client_id or client_secret","error":"invalid_client"}"#,
            OurConfiguration,
        ),
        (
            401,
            r#"{"reason":"who are you","error":"unknown"}"#,
            OurConfiguration,
        ),
        (
            400,
            r#"{"reason":"unsupported grant type","error":"unsupported_grant_type"}"#,
            OurConfiguration,
        ),
        (
            400,
            r#"{"reason":"Redirect URI mismatch.","error":"invalid_request"}"#,
            OurConfiguration,
        ),
        (
            400,
            r#"{"reason":"Redirect URI mismatch.","error":"invalid_grant"}"#,
            OurConfiguration,
        ),
        (
            400,
            r#"{"code":4709,"message":"mismatch"}"#,
            OurConfiguration,
        ),
        (400, r#"{"code":4741,"message":"revoked"}"#, ReconnectNeeded),
        (
            400,
            r#"{"code":4735,"message":"no owner"}"#,
            ReconnectNeeded,
        ),
        (
            400,
            r#"{"status":false,"errorCode":4711,"errorMessage":"Refresh token invalid"}"#,
            ReconnectNeeded,
        ),
        (
            401,
            r#"{"code":124,"message":"Invalid access token."}"#,
            TokenRejected,
        ),
        (
            400,
            r#"{"reason":"something new","error":"invalid_request"}"#,
            Refused,
        ),
        (
            400,
            r#"{"reason":"Missing client_id","error":"invalid_request"}"#,
            OurConfiguration,
        ),
        (
            400,
            r#"{"reason":"Wrong client_secret","error":"invalid_request"}"#,
            OurConfiguration,
        ),
        (400, r#"{"error":"temporarily_unavailable"}"#, TryAgain),
        (400, r#"{"error":"server_error"}"#, TryAgain),
        (400, "<html>4,700</html>", Unreadable),
        (401, "", Unreadable),
        (502, "<html>Bad Gateway</html>", TryAgain),
    ];
    for (status, body, class) in cases {
        let peer = Peer::answering([answer(status, body)]).await;
        let error = peer.client().refresh(&refresh_token()).await.unwrap_err();
        assert_eq!(error.class(), class, "{status} {body}");
        assert_eq!(error.outcome_unknown(), status >= 500, "{status} {body}");
        assert_eq!(error.status(), Some(status));
        assert_eq!(error.operation(), "refresh");
    }
}

#[tokio::test]
async fn each_number_of_the_token_endpoint_has_its_class() {
    use Class::{OurConfiguration, ReconnectNeeded, Refused, TryAgain};
    for (code, class) in [
        // Zoom's word for whatever has no number of its own.
        (4700, Refused),
        (4702, OurConfiguration),
        (4704, OurConfiguration),
        (4705, OurConfiguration),
        (4706, OurConfiguration),
        (4709, OurConfiguration),
        (4711, ReconnectNeeded),
        (4717, OurConfiguration),
        (4724, ReconnectNeeded),
        (4732, TryAgain),
        (4733, ReconnectNeeded),
        (4734, ReconnectNeeded),
        (4735, ReconnectNeeded),
        (4737, ReconnectNeeded),
        (4738, ReconnectNeeded),
        (4740, ReconnectNeeded),
        (4741, ReconnectNeeded),
    ] {
        for body in [
            format!(r#"{{"code":{code},"message":"x"}}"#),
            format!(r#"{{"status":false,"errorCode":{code},"errorMessage":"x","result":null}}"#),
        ] {
            let peer = Peer::answering([answer(400, body)]).await;
            let error = peer.client().refresh(&refresh_token()).await.unwrap_err();
            assert_eq!((error.class(), error.code()), (class.clone(), Some(code)));
        }
    }
}

#[tokio::test]
async fn a_limit_of_the_token_endpoint_is_waited_for() {
    let peer = Peer::answering([answer(429, "").with("retry-after", "7")]).await;
    let error = peer.client().refresh(&refresh_token()).await.unwrap_err();
    let wait = WaitUntil::After(Duration::from_secs(7));
    assert_eq!(error.class(), Class::WaitUntil(wait));
}

#[tokio::test]
async fn a_code_that_zoom_repeats_is_taken_out_of_its_message() {
    let body = r#"{"reason":"Invalid authorization code code-1234","error":"invalid_request"}"#;
    let peer = Peer::answering([answer(400, body)]).await;
    let error = peer
        .client()
        .exchange_code("code-1234", "https://r.example", "verifier")
        .await
        .unwrap_err();
    assert_eq!(error.zoom_message(), Some("Invalid authorization code …"));
}

#[tokio::test]
async fn of_a_code_at_the_end_of_a_long_message_no_half_stays() {
    let words = "long ".repeat(98);
    let body = format!(r#"{{"reason":"{words}code-1234-5678-9012","error":"invalid_request"}}"#);
    let peer = Peer::answering([answer(400, body)]).await;
    let error = peer
        .client()
        .exchange_code("code-1234-5678-9012", "https://r.example", "verifier")
        .await
        .unwrap_err();
    assert_eq!(error.zoom_message(), Some(format!("{words}…").as_str()));
}

#[tokio::test]
async fn a_token_or_the_apps_secret_in_a_message_is_taken_out_too() {
    let said = |what: &str| answer(400, format!(r#"{{"code":300,"message":"no {what} here"}}"#));
    let peer = Peer::answering([said("access-token-1"), said("the secret")]).await;
    let error = peer.client().me(&access()).await.unwrap_err();
    assert_eq!(error.zoom_message(), Some("no … here"));
    let error = peer.client().refresh(&refresh_token()).await.unwrap_err();
    assert_eq!(error.zoom_message(), Some("no … here"));
}
