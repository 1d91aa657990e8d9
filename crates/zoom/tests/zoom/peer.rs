//! The server at the other end: it gives prepared answers and remembers what it was asked.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse as _;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use url::Url;
use zoom_client::{Access, ApiUrlPolicy, Client, Config};

/// What the peer was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn form(&self) -> HashMap<String, String> {
        url::form_urlencoded::parse(self.body.as_bytes())
            .into_owned()
            .collect()
    }
}

/// An answer the peer gives.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

pub(crate) fn answer(status: u16, body: impl Into<String>) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body: body.into(),
    }
}

impl Answer {
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

#[derive(Default)]
struct Script {
    answers: VecDeque<Answer>,
    asked: Vec<Asked>,
}

/// A running server; it stops when dropped.
pub(crate) struct Peer {
    pub(crate) url: Url,
    script: Arc<Mutex<Script>>,
    _server: JoinSet<()>,
}

impl Peer {
    /// Gives these answers in turn, and nothing ever once they are used up.
    pub(crate) async fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let script = Script {
            answers: answers.into_iter().collect(),
            asked: Vec::new(),
        };
        let script = Arc::new(Mutex::new(script));
        let router = Router::new()
            .fallback(reply)
            .with_state(Arc::clone(&script));
        let (listener, url) = listen().await;
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            script,
            _server: server,
        }
    }

    pub(crate) fn client(&self) -> Client {
        client(&self.url, Duration::from_secs(20))
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script.lock().unwrap().asked.clone()
    }
}

async fn reply(State(script): State<Arc<Mutex<Script>>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let asked = Asked {
        line: format!("{} {}", parts.method, parts.uri),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let next = {
        let mut script = script.lock().unwrap();
        script.asked.push(asked);
        script.answers.pop_front()
    };
    let Some(answer) = next else {
        return std::future::pending().await;
    };
    let mut response = (StatusCode::from_u16(answer.status).unwrap(), answer.body).into_response();
    for (name, value) in answer.headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

pub(crate) async fn listen() -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap())
        .parse()
        .unwrap();
    (listener, url)
}

pub(crate) fn client(url: &Url, timeout: Duration) -> Client {
    let config = Config {
        oauth_url: url.clone(),
        api_url: url.clone(),
        client_id: "the client".to_owned(),
        client_secret: "the secret".into(),
        follow_api_url: ApiUrlPolicy::SameOrigin,
        timeout,
    };
    Client::new(config).unwrap()
}

pub(crate) fn access() -> Access {
    Access {
        token: "access-token-1".into(),
        api_url: None,
        caller: None,
    }
}
