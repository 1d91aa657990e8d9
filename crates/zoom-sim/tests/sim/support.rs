//! A started simulator, a browser, a client and a receiver.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use jiff::Timestamp;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;
use url::Url;
use zoom_sim::{App, Handle, Options, Running, Scenario, ordinary_scopes, start};

pub(crate) const MARA: &str = "mara@halden.example";
pub(crate) const JONAS: &str = "jonas@halden.example";
pub(crate) const INES: &str = "ines@halden.example";
pub(crate) const REDIRECT: &str = "http://127.0.0.1:9/zoom_callback";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// SHA-256 of it, from RFC 7636, appendix B.
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A clock that stands still until moved.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<Mutex<Timestamp>>);

impl TestClock {
    pub(crate) fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap();
        *now = Timestamp::from_second(now.as_second() + seconds).unwrap();
    }
}

pub(crate) fn app() -> App {
    App {
        name: "Rooms under test".into(),
        client_id: "client-1".into(),
        client_secret: "secret-1".into(),
        webhook_secret: "hook-secret-1".into(),
        redirect_uris: vec![REDIRECT.into(), "http://127.0.0.1:9/other".into()],
        webhook_url: None,
        scopes: ordinary_scopes(),
    }
}

/// A simulator and everything that talks to it.
pub(crate) struct Stage {
    pub(crate) sim: Running,
    pub(crate) handle: Handle,
    pub(crate) clock: TestClock,
    pub(crate) http: Client,
}

pub(crate) async fn stage() -> Stage {
    stage_with(None).await
}

pub(crate) async fn stage_with(data_file: Option<PathBuf>) -> Stage {
    set(data_file, None).await
}

pub(crate) async fn stage_telling(scenario: Scenario) -> Stage {
    set(None, Some(scenario)).await
}

async fn set(data_file: Option<PathBuf>, scenario: Option<Scenario>) -> Stage {
    let clock = TestClock(Arc::new(Mutex::new(
        "2026-11-23T08:00:00Z".parse().unwrap(),
    )));
    let mut options = Options::new(SocketAddr::from(([127, 0, 0, 1], 0)));
    let inner = clock.clone();
    options.clock = Arc::new(move || inner.now());
    options.apps = vec![app()];
    options.data_file = data_file;
    options.scenario = scenario;
    let sim = start(options).await.unwrap();
    // A second test in this process finds it installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .no_proxy()
        .build()
        .unwrap();
    Stage {
        handle: sim.handle(),
        sim,
        clock,
        http,
    }
}

/// A pair of tokens.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Pair {
    pub(crate) fn of(body: &Value) -> Self {
        let text = |key: &str| body[key].as_str().unwrap().to_owned();
        Self {
            access: text("access_token"),
            refresh: text("refresh_token"),
        }
    }
}

impl Stage {
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.sim.url().as_str().trim_end_matches('/'))
    }

    pub(crate) async fn get(&self, path: &str, cookie: &str) -> Response {
        self.http
            .get(self.at(path))
            .header(COOKIE, cookie)
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn post(&self, path: &str, cookie: &str, form: &[(&str, &str)]) -> Response {
        self.http
            .post(self.at(path))
            .header(COOKIE, cookie)
            .form(form)
            .send()
            .await
            .unwrap()
    }

    /// Signs in at the simulator; the cookie as a browser sends it back.
    pub(crate) async fn sign_in(&self, email: &str) -> String {
        let form = [
            ("email", email),
            ("password", "zoom-demo"),
            ("return", "/console"),
        ];
        let answer = self.post("/oauth/signin", "", &form).await;
        assert_eq!(answer.status(), 303);
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// Answers the consent page; the address that the browser is sent to.
    pub(crate) async fn consent(&self, email: &str, query: &str, answer: &str) -> Url {
        let cookie = self.sign_in(email).await;
        let path = format!("/oauth/authorize?{query}");
        let page = self.get(&path, &cookie).await;
        assert_eq!(page.status(), 200);
        let sent = self
            .post(&path, &cookie, &[("answer", answer), ("case", "")])
            .await;
        assert_eq!(sent.status(), 303);
        Url::parse(sent.headers()[LOCATION].to_str().unwrap()).unwrap()
    }

    /// A fresh authorization code without PKCE.
    pub(crate) async fn code(&self, email: &str) -> String {
        let back = self.consent(email, &query(&[]), "allow").await;
        pair(&back, "code").unwrap()
    }

    pub(crate) async fn token(&self, form: &[(&str, &str)]) -> Response {
        self.http
            .post(self.at("/oauth/token"))
            .basic_auth("client-1", Some("secret-1"))
            .form(form)
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn exchange(&self, code: &str) -> Response {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
        ])
        .await
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> Response {
        self.token(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ])
        .await
    }

    /// The whole way to a pair of tokens.
    pub(crate) async fn connect(&self, email: &str) -> Pair {
        let code = self.code(email).await;
        let answer = self.exchange(&code).await;
        assert_eq!(answer.status(), 200);
        Pair::of(&answer.json().await.unwrap())
    }

    pub(crate) fn call(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        self.http.request(method, self.at(path)).bearer_auth(token)
    }

    pub(crate) async fn create(&self, token: &str, body: &Value) -> Response {
        self.call(Method::POST, "/v2/users/me/meetings", token)
            .json(body)
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn revoke(&self, token: &str) -> Response {
        self.http
            .post(self.at("/oauth/revoke"))
            .basic_auth("client-1", Some("secret-1"))
            .form(&[("token", token)])
            .send()
            .await
            .unwrap()
    }
}

/// The query of an authorization request, with more parameters.
pub(crate) fn query(more: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", "client-1")
        .append_pair("redirect_uri", REDIRECT)
        .extend_pairs(more)
        .finish()
}

/// A parameter of an address.
pub(crate) fn pair(address: &Url, name: &str) -> Option<String> {
    address
        .query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// A meeting as a booking product asks for it.
pub(crate) fn draft() -> Value {
    json!({
        "topic": "Budget",
        "agenda": "Numbers",
        "type": 2,
        "start_time": "2026-12-01T09:00:00Z",
        "duration": 30,
        "timezone": "Europe/Berlin",
        "settings": {"waiting_room": false, "join_before_host": true},
    })
}

/// A webhook as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) raw: Vec<u8>,
    pub(crate) body: Value,
}

/// A small server for webhooks that answers challenges and can be told to refuse.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    inner: Arc<Inner>,
}

struct Inner {
    list: Mutex<Vec<Received>>,
    refuse: Mutex<bool>,
    arrived: Notify,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let inner = Arc::new(Inner {
            list: Mutex::new(Vec::new()),
            refuse: Mutex::new(false),
            arrived: Notify::new(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/hook", post(receive))
            .with_state(Arc::clone(&inner));
        TaskTracker::new().spawn(async move { axum::serve(listener, router).await });
        Self { url, inner }
    }

    pub(crate) fn refuse(&self, refuse: bool) {
        *self.inner.refuse.lock().unwrap() = refuse;
    }

    /// What has arrived of this event.
    pub(crate) fn of(&self, event: &str) -> Vec<Received> {
        let list = self.inner.list.lock().unwrap();
        list.iter()
            .filter(|received| received.body.get("event") == Some(&json!(event)))
            .cloned()
            .collect()
    }

    /// All that has arrived, in order.
    pub(crate) fn all(&self) -> Vec<Received> {
        self.inner.list.lock().unwrap().clone()
    }

    /// Waits until this many of the event have arrived.
    pub(crate) async fn expect(&self, event: &str, count: usize) -> Vec<Received> {
        let wait = async {
            loop {
                let arrived = self.inner.arrived.notified();
                let list = self.of(event);
                if list.len() >= count {
                    return list;
                }
                arrived.await;
            }
        };
        let patience = Duration::from_secs(10);
        tokio::time::timeout(patience, wait)
            .await
            .unwrap_or_else(|_| panic!("no {event} came"))
    }
}

async fn receive(
    State(inner): State<Arc<Inner>>,
    headers: HeaderMap,
    raw: Bytes,
) -> (StatusCode, String) {
    let body: Value = serde_json::from_slice(&raw).unwrap();
    let plain = body
        .pointer("/payload/plainToken")
        .and_then(Value::as_str)
        .map(str::to_owned);
    inner.list.lock().unwrap().push(Received {
        headers,
        raw: raw.to_vec(),
        body,
    });
    inner.arrived.notify_waiters();
    if *inner.refuse.lock().unwrap() {
        return (StatusCode::INTERNAL_SERVER_ERROR, String::new());
    }
    let answer = plain.map(|plain| {
        let encrypted = hmac(plain.as_bytes());
        json!({"plainToken": plain, "encryptedToken": encrypted}).to_string()
    });
    (StatusCode::OK, answer.unwrap_or_default())
}

/// HMAC-SHA256 with the app's webhook secret, in hexadecimal digits.
pub(crate) fn hmac(message: &[u8]) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"hook-secret-1").unwrap();
    mac.update(message);
    let digits = |text, byte: &u8| format!("{text}{byte:02x}");
    mac.finalize()
        .into_bytes()
        .iter()
        .fold(String::new(), digits)
}
