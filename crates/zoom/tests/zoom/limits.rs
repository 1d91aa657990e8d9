use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;
use url::Url;
use zoom_client::{ApiUrlPolicy, Class, Client, Config, Error, MeetingId, WaitUntil};

use crate::peer::{Peer, access, answer, client, listen};

const ID: MeetingId = MeetingId(1);

/// Reads a request, writes these bytes and hangs up, for every connection.
async fn hanging_up_after(bytes: &'static [u8]) -> (Url, JoinSet<()>) {
    let (listener, url) = listen().await;
    let mut server = JoinSet::new();
    server.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(bytes).await;
        }
    });
    (url, server)
}

async fn deletion_against(bytes: &'static [u8]) -> Error {
    let (url, _server) = hanging_up_after(bytes).await;
    client(&url, Duration::from_secs(20))
        .delete_meeting(&access(), ID)
        .await
        .unwrap_err()
}

#[tokio::test]
async fn a_server_that_never_answers_leaves_the_outcome_unknown() {
    let peer = Peer::answering([]).await;
    let client = client(&peer.url, Duration::from_millis(200));
    let error = client.delete_meeting(&access(), ID).await.unwrap_err();
    assert_eq!(error.class(), Class::TryAgain);
    assert!(error.outcome_unknown());
    assert_eq!(error.status(), None);
}

#[tokio::test]
async fn a_refused_connection_is_certainly_nothing_done() {
    let (listener, url) = listen().await;
    drop(listener);
    let client = client(&url, Duration::from_secs(20));
    let error = client.delete_meeting(&access(), ID).await.unwrap_err();
    assert_eq!(error.class(), Class::TryAgain);
    assert!(!error.outcome_unknown());
}

#[tokio::test]
async fn a_connection_lost_after_sending_leaves_the_outcome_unknown() {
    let error = deletion_against(b"").await;
    assert_eq!(error.class(), Class::TryAgain);
    assert!(error.outcome_unknown());
}

#[tokio::test]
async fn a_success_cut_off_in_its_body_leaves_the_outcome_unknown() {
    let error = deletion_against(b"HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{").await;
    assert_eq!(error.class(), Class::TryAgain);
    assert!(error.outcome_unknown());
    assert_eq!(error.status(), Some(201));
}

#[tokio::test]
async fn a_refusal_cut_off_in_its_body_is_certainly_nothing_done() {
    let error = deletion_against(b"HTTP/1.1 400 Bad\r\ncontent-length: 99\r\n\r\n{").await;
    assert_eq!(error.class(), Class::TryAgain);
    assert!(!error.outcome_unknown());
}

#[tokio::test]
async fn a_limit_cut_off_in_its_body_is_waited_for_all_the_same() {
    let error = deletion_against(b"HTTP/1.1 429 Slow\r\ncontent-length: 99\r\n\r\n{").await;
    assert_eq!(error.class(), Class::WaitUntil(WaitUntil::Unspecified));
    assert!(!error.outcome_unknown());
    let with_pause = b"HTTP/1.1 429 Slow\r\nretry-after: 7\r\ncontent-length: 99\r\n\r\n{";
    let wait = WaitUntil::After(Duration::from_secs(7));
    let error = deletion_against(with_pause).await;
    assert_eq!(error.class(), Class::WaitUntil(wait));
}

#[tokio::test]
async fn a_lost_call_names_its_cause_and_not_the_address() {
    let error = deletion_against(b"").await;
    let cause = std::error::Error::source(&error).unwrap().to_string();
    let shown = format!("{error:?}");
    let call = "Error(zoom delete_meeting: no usable answer, try again, outcome unknown: ";
    assert!(shown.starts_with(call), "{shown}");
    assert!(
        !shown.contains("/v2/") && !cause.contains("/v2/"),
        "{shown} {cause}"
    );
}

#[tokio::test]
async fn an_answer_that_is_no_http_leaves_the_outcome_unknown() {
    let error = deletion_against(b"SSH-2.0-OpenSSH_9.2\r\n").await;
    assert_eq!(error.class(), Class::TryAgain);
    assert!(error.outcome_unknown());
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let meeting = |agenda: &str| {
        format!(r#"{{"id":1,"join_url":"https://zoom.us/j/1","agenda":"{agenda}"}}"#)
    };
    let longest = "a".repeat(1024 * 1024 - meeting("").len());
    let longer = format!("{longest}a");
    let answers = [&longest, &longer].map(|agenda| answer(200, meeting(agenda)));
    let peer = Peer::answering(answers).await;
    let client = peer.client();
    client.meeting(&access(), ID).await.unwrap();
    let error = client.meeting(&access(), ID).await.unwrap_err();
    assert_eq!(error.class(), Class::Unreadable);
    assert!(error.outcome_unknown());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Peer::answering([]).await;
    let redirect = answer(307, "").with("location", elsewhere.url.as_str());
    let peer = Peer::answering([redirect]).await;
    let error = peer.client().me(&access()).await.unwrap_err();
    assert_eq!(error.class(), Class::Unreadable);
    assert_eq!(error.status(), Some(307));
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn a_web_page_in_place_of_success_is_no_success() {
    let page = || answer(200, "<html>Sign in to the guest network</html>");
    let peer = Peer::answering([page(), page()]).await;
    let client = peer.client();
    for error in [
        client.delete_meeting(&access(), ID).await.unwrap_err(),
        client.meeting(&access(), ID).await.map(|_| ()).unwrap_err(),
    ] {
        assert_eq!(error.class(), Class::Unreadable);
        assert!(error.outcome_unknown());
    }
}

#[tokio::test]
async fn a_failed_tls_handshake_is_certainly_nothing_done() {
    let (mut url, _server) = hanging_up_after(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    url = url.as_str().replace("http:", "https:").parse().unwrap();
    let client = client(&url, Duration::from_secs(20));
    let error = client.delete_meeting(&access(), ID).await.unwrap_err();
    assert_eq!(error.class(), Class::TryAgain);
    assert!(!error.outcome_unknown());
}

#[test]
fn an_address_without_a_host_makes_no_client() {
    for text in [
        "mailto:a@example.com",
        "file:///etc/passwd",
        "ftp://zoom.us",
    ] {
        let config = Config {
            oauth_url: "https://zoom.us".parse().unwrap(),
            api_url: text.parse().unwrap(),
            client_id: "id".to_owned(),
            client_secret: "secret".into(),
            follow_api_url: ApiUrlPolicy::ZoomDomains,
            timeout: Duration::from_secs(1),
        };
        let error = Client::new(config).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the api address of zoom must be an http or https address with a host"
        );
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn logs_tell_the_call_and_no_secret() {
    let tokens = r#"{"access_token":"hidden-1","refresh_token":"hidden-2","api_url":"x"}"#;
    let meeting = r#"{"id":1,"join_url":"https://zoom.us/j/1?pwd=hidden-3","password":"hidden-4"}"#;
    let refusal = r#"{"code":300,"message":"hidden-5"}"#;
    let peer = Peer::answering([
        answer(200, tokens).with("x-zm-trackingid", "track-7"),
        answer(200, meeting),
        answer(400, refusal),
    ])
    .await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    {
        let _guard = tracing::subscriber::set_default(subscriber);
        let client = peer.client();
        let tokens = client.refresh(&"hidden-6".into()).await.unwrap();
        let access = zoom_client::Access {
            token: tokens.access_token,
            api_url: None,
            caller: None,
        };
        let meeting = client.meeting(&access, ID).await.unwrap();
        let error = client.meeting(&access, ID).await.unwrap_err();
        tracing::info!(?client, ?access, ?meeting, ?error, %error, "shown");
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("operation=\"refresh\""), "{log}");
    assert!(
        log.contains("track-7") && log.contains("status=200"),
        "{log}"
    );
    assert!(log.contains("shown") && !log.contains("hidden"), "{log}");
    assert!(!log.contains("the secret"), "{log}");
}
