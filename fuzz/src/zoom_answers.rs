//! Fed: what Zoom, or something between us and Zoom, answers. The first line is the call and the
//! status, a line with a colon in front is a header, and the rest is the body.
//!
//! Holds: a success is one of 2xx whose body is the JSON it should be, or 204 where nothing else
//! will do. An answer that cannot be read is never taken for Zoom's own word on a meeting, a grant
//! or the app. What a refusal says for people is one short line without what was sent, and nothing
//! of it is in what goes into logs. And what is read of a body is written and read again as the
//! same.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Response};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::runtime::Runtime;
use zoom_client::transport::{Sending, Transport};
use zoom_client::{
    Access, ApiUrlPolicy, Class, Client, Config, Error, MeetingId, MeetingPatch, Tokens, wire,
};

/// What is sent and must not come back.
const CODE: &str = "the-code-of-the-callback";
/// What a message must not bring into logs.
const MARK: &str = "q1w2e3";

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
});
static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let zoom: url::Url = "http://127.0.0.1:1".parse().expect("an address");
    Client::new(Config {
        oauth_url: zoom.clone(),
        api_url: zoom,
        client_id: "id".to_owned(),
        client_secret: "secret".into(),
        follow_api_url: ApiUrlPolicy::SameOrigin,
        timeout: Duration::from_secs(1),
    })
    .expect("a client")
});

/// Answers everything with the same.
#[derive(Clone, Debug)]
struct Canned {
    status: u16,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Vec<u8>,
}

impl Transport for Canned {
    fn send(&self, _: reqwest::Request) -> Sending<'_> {
        let mut answer = Response::new(self.body.clone());
        *answer.status_mut() = self.status.try_into().expect("a status");
        answer.headers_mut().extend(self.headers.clone());
        Box::pin(async { Ok(answer.into()) })
    }
}

/// Feeds one input.
pub fn feed(data: &[u8]) {
    let Some((call, answer)) = read(data) else {
        return;
    };
    again::<wire::TokenResponse>(&answer.body);
    again::<wire::Meeting>(&answer.body);
    again::<wire::MeetingList>(&answer.body);
    again::<wire::User>(&answer.body);
    again::<wire::ApiError>(&answer.body);
    again::<wire::OAuthError>(&answer.body);
    again::<wire::CreateMeeting>(&answer.body);
    again::<wire::PatchMeeting>(&answer.body);
    let client = CLIENT.clone().over(Arc::new(answer.clone()));
    let outcome = RUNTIME.block_on(ask(&client, &call));
    match outcome {
        Ok(()) => success(&call, &answer),
        Err(error) => refusal(&answer, &error),
    }
}

fn read(data: &[u8]) -> Option<(String, Canned)> {
    let mut rest = data;
    let mut line = || {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let (line, after) = rest.split_at(end);
        rest = after.get(1..)?;
        Some(line)
    };
    let first = String::from_utf8_lossy(line()?).into_owned();
    let (call, status) = first.split_once(' ')?;
    let mut answer = Canned {
        // Interim answers and upgrades are the HTTP client's to read.
        status: status.parse().ok().filter(|it| (200..1000).contains(it))?,
        headers: Vec::new(),
        body: Vec::new(),
    };
    while rest.first() == Some(&b':') {
        let end = rest.iter().position(|byte| *byte == b'\n');
        let (header, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after.get(1..).unwrap_or_default();
        let at = header.iter().position(|byte| *byte == b' ');
        let (name, text) = header.split_at(at.unwrap_or(header.len()));
        let name = HeaderName::from_bytes(name.get(1..)?).ok()?;
        let text = HeaderValue::from_bytes(text.get(1..).unwrap_or_default()).ok()?;
        answer.headers.push((name, text));
    }
    answer.body = rest.to_vec();
    Some((call.to_owned(), answer))
}

async fn ask(client: &Client, call: &str) -> Result<(), Error> {
    let access = Access {
        token: CODE.into(),
        api_url: None,
        caller: None,
    };
    let id = MeetingId(1_234_567_890);
    match call {
        "code" => {
            let uri = "http://127.0.0.1/zoom_callback";
            client
                .exchange_code(CODE, uri, CODE)
                .await
                .map(|t| usable(&t))
        }
        "refresh" => client.refresh(&CODE.into()).await.map(|t| usable(&t)),
        "revoke" => client.revoke(&CODE.into()).await,
        "me" => client.me(&access).await.map(drop),
        "list" => client.scheduled_meetings(&access).await.map(|meetings| {
            for meeting in meetings {
                assert!(meeting.id.0 > 0, "{}", meeting.id);
                assert!(meeting.join_url.as_deref().is_none_or(is_web));
            }
        }),
        "change" => {
            let patch = MeetingPatch {
                topic: Some("Budget".to_owned()),
                ..MeetingPatch::default()
            };
            client.update_meeting(&access, id, &patch).await
        }
        "delete" => client.delete_meeting(&access, id).await,
        _ => client.meeting(&access, id).await.map(|meeting| {
            assert!(meeting.id.0 > 0, "{}", meeting.id);
            assert!(is_web(&meeting.join_url), "{:?}", meeting.join_url);
        }),
    }
}

fn is_web(address: &str) -> bool {
    let url = url::Url::parse(address);
    url.is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host())
}

fn usable(tokens: &Tokens) {
    let api = tokens.api_url.as_ref().map(url::Url::origin);
    let here = url::Url::parse("http://127.0.0.1:1").map(|url| url.origin());
    assert!(
        api.is_none_or(|api| Ok(api) == here),
        "{:?}",
        tokens.api_url
    );
    let _ = (
        tokens.access_token.expose_secret(),
        tokens.refresh_token.expose_secret(),
    );
}

fn success(call: &str, answer: &Canned) {
    assert!((200..300).contains(&answer.status), "{}", answer.status);
    if ["change", "delete"].contains(&call) {
        assert_eq!(answer.status, 204);
        return;
    }
    assert!(is_object(&answer.body), "an answer that says nothing");
}

/// Whether it is a JSON object, whatever is in the members that nobody reads.
fn is_object(body: &[u8]) -> bool {
    let begins = body.trim_ascii_start().first();
    begins == Some(&b'{') && serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

fn refusal(answer: &Canned, error: &Error) {
    let said_by_zoom = is_object(&answer.body);
    let class = error.class();
    let is_word_of_zoom = matches!(
        class,
        Class::ScopeMissing(_)
            | Class::ReconnectNeeded
            | Class::OurConfiguration
            | Class::NotFound
            | Class::Refused
    );
    assert!(said_by_zoom || !is_word_of_zoom, "{class:?} of nonsense");
    if (200..300).contains(&answer.status) {
        assert_eq!(class, Class::Unreadable, "{}", answer.status);
    }
    assert_eq!(error.status(), Some(answer.status));
    let unknown = !(400..500).contains(&answer.status);
    assert_eq!(error.outcome_unknown(), unknown);
    if let Some(said) = error.zoom_message() {
        assert!(said.chars().count() <= 500 && !said.chars().any(char::is_control));
        assert!(!said.contains(CODE), "{said}");
        let in_headers = answer.headers.iter().any(|(_, text)| {
            let text = text.as_bytes();
            text.windows(MARK.len()).any(|part| part == MARK.as_bytes())
        });
        let logged = format!("{error} {error:?}");
        assert!(in_headers || !said.contains(MARK) || !logged.contains(MARK));
    }
}

/// What is read is written and read again as the same.
fn again<T: DeserializeOwned + Serialize>(body: &[u8]) {
    let Ok(read) = serde_json::from_slice::<T>(body) else {
        return;
    };
    let written = serde_json::to_value(&read).expect("it can be written");
    let again: T = serde_json::from_value(written.clone()).expect("it can be read again");
    assert_eq!(serde_json::to_value(&again).expect("written"), written);
}
