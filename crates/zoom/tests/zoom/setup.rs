use zoom_client::Class;
use zoom_client::setup::{AuthorizePage, Credentials};

use crate::peer::{Peer, answer};

const REDIRECT: &str = "https://rooms.example/zoom_callback";

#[tokio::test]
async fn what_the_token_endpoint_refuses_first_tells_whether_the_secret_is_right() {
    for (body, accepted) in [
        (
            r#"{"reason":"Invalid client_id or client_secret","error":"invalid_client"}"#,
            false,
        ),
        (
            r#"{"reason":"Invalid authorization code x","error":"invalid_request"}"#,
            true,
        ),
        (r#"{"error":"invalid_grant"}"#, true),
        (
            r#"{"reason":"Redirect URI mismatch. (4,709)","error":"invalid_request"}"#,
            true,
        ),
        (
            r#"{"reason":"disabled (4,717)","error":"access_denied"}"#,
            false,
        ),
    ] {
        let answer = answer(400, body).with("date", "Sun, 22 Nov 2026 10:00:00 GMT");
        let peer = Peer::answering([answer]).await;
        let said = peer.client().try_credentials(REDIRECT).await.unwrap();
        let server_time = Some("2026-11-22T10:00:00Z".parse().unwrap());
        let expected = Credentials {
            accepted,
            server_time,
        };
        assert_eq!(said, expected, "{body}");
        let asked = peer.asked().remove(0);
        assert_eq!(asked.line, "POST /oauth/token");
        assert_eq!(asked.form()["redirect_uri"], REDIRECT);
    }
}

#[tokio::test]
async fn a_zoom_that_is_down_says_nothing_of_an_app() {
    let peer = Peer::answering([answer(503, ""), answer(502, "<html>")]).await;
    let credentials = peer.client().try_credentials(REDIRECT).await.unwrap_err();
    assert_eq!(credentials.class(), Class::TryAgain);
    let page = peer.client().try_authorize_page(REDIRECT).await;
    assert_eq!(page.unwrap_err().class(), Class::TryAgain);
}

#[tokio::test]
async fn the_authorize_page_tells_what_it_does_not_know() {
    let html = |words: &str| format!("<html><h1>{words}</h1></html>");
    for (answer, expected) in [
        (
            answer(302, "").with("location", "/oauth/signin"),
            AuthorizePage::GoesOn,
        ),
        (answer(200, html("Sign in")), AuthorizePage::GoesOn),
        (
            answer(200, html("Invalid redirect: https://x (4,700)")),
            AuthorizePage::WrongRedirect,
        ),
        (
            answer(
                400,
                r#"{"status": false, "errorCode": 4700, "errorMessage": "Invalid redirect url"}"#,
            ),
            AuthorizePage::WrongRedirect,
        ),
        (
            answer(400, html("Invalid client_id: x (4,702)")),
            AuthorizePage::UnknownApp,
        ),
        (answer(404, html("4700")), AuthorizePage::Unclear(404)),
    ] {
        let peer = Peer::answering([answer]).await;
        let said = peer.client().try_authorize_page(REDIRECT).await.unwrap();
        assert_eq!(said, expected);
        let asked = peer.asked();
        assert_eq!(asked.len(), 1, "redirects are not followed");
        assert!(
            asked[0]
                .line
                .starts_with("GET /oauth/authorize?response_type=code")
        );
    }
}

#[tokio::test]
async fn a_page_beside_zooms_is_its_text_or_nothing() {
    let peer = Peer::answering([answer(200, "a verification"), answer(404, "not here")]).await;
    let url = peer.url.join("/verifyzoom.html").unwrap();
    let found = peer.client().try_page(url.clone()).await.unwrap();
    assert_eq!(found.as_deref(), Some("a verification"));
    assert_eq!(peer.client().try_page(url).await.unwrap(), None);
    assert_eq!(peer.asked()[0].line, "GET /verifyzoom.html");
}
