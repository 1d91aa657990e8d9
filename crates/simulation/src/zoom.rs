//! Zoom in the same process: the simulator's own handlers, reached without a network, and a list
//! of every call with what came of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use rooms_core::{Clock as _, SimClock};
use serde_json::Value;
use url::Url;
use zoom_client::transport::{Loss, Sending, Transport};
use zoom_sim::{Fault as Fate, Inside, Operation, Plan, SimUser, Trouble};

use crate::chaos::Call;
use crate::stage::Stage;

/// Who the program is at Zoom.
pub(crate) const CLIENT_ID: &str = "rooms-simulated";
/// What it proves it with.
pub(crate) const CLIENT_SECRET: &str = "rooms-simulated-secret";
/// What webhooks are signed with.
pub(crate) const WEBHOOK_SECRET: &str = "rooms-simulated-webhooks";
/// How people reach the program.
pub(crate) const PUBLIC_URL: &str = "http://rooms.localhost";
/// How long a caller waits for an answer.
const PATIENCE: SignedDuration = SignedDuration::from_secs(10);

/// What a call was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A code is turned into tokens.
    Exchange,
    /// Tokens are renewed.
    Refresh,
    /// Tokens are given back.
    Revoke,
    /// A meeting is made.
    Create,
    /// A host's meetings are listed.
    List,
    /// Anything else with an access token.
    Other,
}

/// A call that Zoom received.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) at: Timestamp,
    /// Whose call.
    pub(crate) by: Running,
    pub(crate) kind: Kind,
    /// The token that came with it: the refresh token of a renewal, else the access token.
    pub(crate) token: String,
    /// The Zoom user whose it is, where that is known.
    pub(crate) user: Option<String>,
    /// For a creation, the record in the mark.
    pub(crate) record: Option<String>,
    /// Whether Zoom carried it out, whatever became of the answer.
    pub(crate) done: bool,
    /// Whether it went well and the caller heard so.
    pub(crate) heard: bool,
    /// The access token that Zoom gave.
    pub(crate) given: Option<String>,
}

/// Who is running, as the conductor says.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Running {
    pub(crate) step: u64,
    pub(crate) actor: u64,
    /// The step it began at.
    pub(crate) born: u64,
    /// When its last transaction was committed.
    pub(crate) since: Option<Timestamp>,
}

/// Zoom, and what it was asked.
pub(crate) struct Zoom {
    pub(crate) inside: Inside,
    pub(crate) clock: Arc<SimClock>,
    stage: Arc<Stage>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    running: Running,
    calls: Vec<Made>,
    /// Whose each code is.
    codes: Vec<(String, String)>,
}

impl std::fmt::Debug for Zoom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Zoom")
    }
}

/// The Zoom users of every seed: two accounts with two users each.
pub(crate) fn users() -> Vec<SimUser> {
    let user = |name: &str, account: &str, licensed| SimUser {
        email: format!("{name}@zoom.example"),
        password: "zoom-demo".to_owned(),
        display_name: name.to_owned(),
        account_id: account.to_owned(),
        user_id: format!("{name}User"),
        licensed,
        time_zone: "Europe/Berlin".to_owned(),
        admin_blocks_app: false,
    };
    vec![
        user("mara", "NorthAccount", true),
        user("jonas", "NorthAccount", true),
        user("ines", "SouthAccount", true),
        user("liam", "SouthAccount", false),
    ]
}

impl Zoom {
    pub(crate) fn new(
        seed: u64,
        clock: Arc<SimClock>,
        stage: Arc<Stage>,
    ) -> anyhow::Result<Arc<Self>> {
        let mut options = zoom_sim::Options::new(std::net::SocketAddr::from(([127, 0, 0, 1], 0)));
        let time = Arc::clone(&clock);
        options.clock = Arc::new(move || time.now());
        options.seed = seed;
        options.users = users();
        options.apps = vec![zoom_sim::App {
            name: "OneClickRooms".to_owned(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
            webhook_secret: WEBHOOK_SECRET.to_owned(),
            redirect_uris: vec![format!("{PUBLIC_URL}/zoom_callback")],
            webhook_url: Some(format!("{PUBLIC_URL}/webhooks/zoom")),
            scopes: zoom_sim::ordinary_scopes(),
        }];
        let inside = zoom_sim::inside(&options)?;
        for account in ["NorthAccount", "SouthAccount"] {
            inside.handle().set_plan(account, Plan::Pro);
        }
        Ok(Arc::new(Self {
            inside,
            clock,
            stage,
            inner: Mutex::default(),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says who is running now.
    pub(crate) fn runs(&self, running: Running) {
        self.lock().running = running;
    }

    /// Every call so far.
    pub(crate) fn calls(&self) -> Vec<Made> {
        self.lock().calls.clone()
    }

    /// A request of a person's browser; its answer comes at once.
    pub(crate) fn browse(
        &self,
        method: &http::Method,
        url: &Url,
        cookie: &str,
        form: &[(&str, &str)],
    ) -> Option<http::Response<Bytes>> {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = http::Request::builder()
            .method(method)
            .uri(url.as_str())
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", cookie)
            .body(Bytes::from(body))
            .ok()?;
        self.inside.answer(request).now_or_never()?
    }

    /// A Zoom user agrees: the address their browser is sent back to.
    pub(crate) fn consent(&self, there: &Url, email: &str) -> Option<Url> {
        let sign_in = there.join("/oauth/signin").ok()?;
        let fields = [
            ("email", email),
            ("password", "zoom-demo"),
            ("return", "/console"),
        ];
        let signed_in = self.browse(&http::Method::POST, &sign_in, "", &fields)?;
        let cookie = signed_in.headers().get("set-cookie")?.to_str().ok()?;
        let cookie = cookie.split(';').next()?.to_owned();
        self.browse(&http::Method::GET, there, &cookie, &[])?;
        let fields = [("answer", "allow"), ("case", "")];
        let sent = self.browse(&http::Method::POST, there, &cookie, &fields)?;
        let back = Url::parse(sent.headers().get("location")?.to_str().ok()?).ok()?;
        let code = back.query_pairs().find(|(name, _)| name == "code");
        if let (Some((_, code)), Some(user)) = (code, users().iter().find(|u| u.email == email)) {
            let known = (code.into_owned(), user.user_id.clone());
            self.lock().codes.push(known);
        }
        Some(back)
    }

    fn receive(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, Loss> {
        let call = self.stage.chaos(crate::chaos::Chaos::call);
        let line = format!("{} {}", request.method(), request.uri().path());
        if call == Call::Unsent {
            self.stage.say(format!("{line}: Zoom is not reached"));
            return Err(Loss::Unsent(None));
        }
        let mut made = self.seen(&request);
        let handle = self.inside.handle();
        let struck = matches!(call, Call::Struck(..));
        let mut done_all_the_same = false;
        if let Call::Struck(fault, trouble) = call {
            self.stage
                .say(format!("{} strikes: {trouble:?}", fault.name()));
            done_all_the_same = after(&trouble);
            handle.fault(Fate::once(Operation::Any, trouble));
        }
        let answer = self.inside.answer(request).now_or_never();
        handle.clear_faults();
        let hangs = answer.is_none();
        let answer = answer.flatten();
        let status = answer.as_ref().map(|answer| answer.status().as_u16());
        self.stage.say(match status {
            Some(status) => format!("{line}: {status}"),
            None => format!("{line}: no answer"),
        });
        let success = status.is_some_and(|status| (200..300).contains(&status));
        made.heard = success && !struck;
        made.done = made.heard || done_all_the_same;
        if let Some(answer) = answer.as_ref().filter(|_| made.heard) {
            let body: Option<Value> = serde_json::from_slice(answer.body()).ok();
            let given = body.as_ref().and_then(|body| body.get("access_token"));
            made.given = given.and_then(Value::as_str).map(str::to_owned);
        }
        self.lock().calls.push(made);
        if hangs {
            self.clock.advance(PATIENCE);
        }
        answer.ok_or(Loss::Unanswered(None))
    }

    fn seen(&self, request: &http::Request<Bytes>) -> Made {
        let running = self.lock().running;
        let path = request.uri().path();
        let form: Vec<(String, String)> = url::form_urlencoded::parse(request.body())
            .into_owned()
            .collect();
        let field = |name: &str| {
            let found = form.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let bearer = request.headers().get("authorization");
        let bearer = bearer.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let bearer = bearer.unwrap_or_default().to_owned();
        let (kind, token) = match path {
            "/oauth/token" if field("grant_type") == "refresh_token" => {
                (Kind::Refresh, field("refresh_token"))
            }
            "/oauth/token" => (Kind::Exchange, field("code")),
            "/oauth/revoke" => (Kind::Revoke, field("token")),
            _ if path.ends_with("/meetings") && request.method() == http::Method::POST => {
                (Kind::Create, bearer)
            }
            _ if path.ends_with("/meetings") => (Kind::List, bearer),
            _ => (Kind::Other, bearer),
        };
        let user = match kind {
            Kind::Exchange => {
                let inner = self.lock();
                let known = inner.codes.iter().find(|(code, _)| *code == token);
                known.map(|(_, user)| user.clone())
            }
            _ => owner(&token),
        };
        let record = (kind == Kind::Create).then(|| {
            let body: Option<Value> = serde_json::from_slice(request.body()).ok();
            let agenda = body.as_ref().and_then(|body| body.get("agenda"));
            mark(agenda.and_then(Value::as_str).unwrap_or_default())
        });
        Made {
            at: self.clock.now(),
            by: running,
            user,
            kind,
            token,
            record: record.flatten(),
            done: false,
            heard: false,
            given: None,
        }
    }
}

/// The Zoom user whom a token of the simulator names.
pub(crate) fn owner(token: &str) -> Option<String> {
    let body = token.split('.').nth(1)?;
    let body = URL_SAFE_NO_PAD.decode(body.trim_end_matches('=')).ok()?;
    let body: Value = serde_json::from_slice(&body).ok()?;
    Some(body.get("uid")?.as_str()?.to_owned())
}

/// Whether a call that this strikes is carried out all the same.
fn after(trouble: &Trouble) -> bool {
    matches!(
        trouble,
        Trouble::DropAfter
            | Trouble::CutShort
            | Trouble::HangAfter
            | Trouble::StatusAfter(..)
            | Trouble::HtmlAfter(_)
    )
}

/// The record that the mark in an agenda names.
pub(crate) fn mark(agenda: &str) -> Option<String> {
    let (record, _) = agenda.strip_prefix("[ocr ")?.split_once('.')?;
    Some(record.to_owned())
}

/// The way of one process to Zoom.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) zoom: Arc<Zoom>,
    pub(crate) stage: Arc<Stage>,
}

impl Transport for Way {
    fn send(&self, request: reqwest::Request) -> Sending<'_> {
        Box::pin(async move {
            self.stage.point("call").await;
            let answer = match inner(&request) {
                Some(request) => self.zoom.receive(request),
                None => Err(Loss::Unsent(None)),
            };
            self.stage.point("answer").await;
            answer.map(Into::into)
        })
    }
}

fn inner(request: &reqwest::Request) -> Option<http::Request<Bytes>> {
    let body = request.body().and_then(reqwest::Body::as_bytes);
    let body = Bytes::copy_from_slice(body.unwrap_or_default());
    let mut inner = http::Request::builder()
        .method(request.method())
        .uri(request.url().as_str())
        .body(body)
        .ok()?;
    *inner.headers_mut() = request.headers().clone();
    Some(inner)
}
