//! The pages for people: templates, headers, cookie, and the few routes that are only pages.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use url::Url;

use crate::api;
use crate::clock::in_zone;
use crate::options::{App, SimUser};
use crate::state::Sim;

/// The cookie of the simulator's own sign-in; cookies do not tell ports apart, so the name must.
const COOKIE: &str = "zoom_sim_session";
const STYLE: &str = include_str!("../assets/sim.css");
const ICON: &str = include_str!("../assets/favicon.svg");

pub(crate) fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/", get(front))
        .route("/j/{id}", get(join))
        .route("/s/{id}", get(join))
        .route(
            "/assets/sim.css",
            get(async || asset("text/css; charset=utf-8", STYLE)),
        )
        .route(
            "/assets/favicon.svg",
            get(async || asset("image/svg+xml", ICON)),
        )
}

/// A rendered page with the headers that all of them carry.
pub(crate) struct Page<T> {
    template: T,
    status: StatusCode,
    targets: Vec<String>,
}

impl<T: Template> Page<T> {
    pub(crate) fn new(template: T) -> Self {
        Self {
            template,
            status: StatusCode::OK,
            targets: Vec::new(),
        }
    }

    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// A form here leads on to these addresses; browsers check every hop of it.
    pub(crate) fn posting_to(mut self, addresses: &[String]) -> Self {
        let origin = |address: &String| {
            Url::parse(address)
                .ok()
                .map(|url| url.origin().ascii_serialization())
        };
        self.targets = addresses
            .iter()
            .filter_map(origin)
            .filter(|text| text != "null")
            .collect();
        self
    }
}

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let html = match self.template.render() {
            Ok(html) => html,
            Err(error) => {
                tracing::error!(%error, "cannot render a page");
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
        };
        let targets = [vec!["'self'".to_owned()], self.targets].concat().join(" ");
        let policy = format!(
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action {targets}; \
             base-uri 'none'; frame-ancestors 'none'"
        );
        let mut response = (self.status, Html(html)).into_response();
        let headers = response.headers_mut();
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        for (name, value) in [
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "same-origin"),
            (header::CACHE_CONTROL, "no-store"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// `/oauth/signin`.
#[derive(Template)]
#[template(path = "signin.html")]
pub(crate) struct SignIn<'a> {
    pub(crate) users: &'a [SimUser],
    pub(crate) back: &'a str,
    pub(crate) email: &'a str,
    pub(crate) wrong: bool,
}

/// `/oauth/authorize`, all in order.
#[derive(Template)]
#[template(path = "consent.html")]
pub(crate) struct Consent<'a> {
    pub(crate) user: &'a str,
    pub(crate) app: &'a str,
    pub(crate) comes_back_to: &'a str,
    pub(crate) scopes: Vec<(&'static str, &'a str)>,
    pub(crate) action: String,
    pub(crate) change: String,
    pub(crate) pkce: Option<bool>,
    pub(crate) has_state: bool,
}

/// `/oauth/authorize`, not approved by the administrator.
#[derive(Template)]
#[template(path = "blocked.html")]
pub(crate) struct Blocked<'a> {
    pub(crate) app: &'a str,
    pub(crate) user: &'a str,
    pub(crate) account: &'a str,
    pub(crate) change: String,
}

/// Anything that is refused.
#[derive(Template)]
#[template(path = "refusal.html")]
struct Refusal<'a> {
    title: &'a str,
    words: &'a str,
}

/// An HTML page that says what is wrong.
pub(crate) fn refusal(status: StatusCode, title: &str, words: &str) -> Response {
    Page::new(Refusal { title, words })
        .status(status)
        .into_response()
}

/// No such page, or no such call.
pub(crate) async fn nowhere(OriginalUri(address): OriginalUri) -> Response {
    if address.path().starts_with("/v2/") {
        return api::unrecognized();
    }
    refusal(
        StatusCode::NOT_FOUND,
        "There is nothing here",
        "The simulator has no page at this address.",
    )
}

#[derive(Template)]
#[template(path = "front.html")]
struct Front {
    base: String,
    user: Option<SimUser>,
    apps: Vec<FrontApp>,
}

struct FrontApp {
    app: App,
    install: Option<String>,
}

async fn front(State(sim): State<Arc<Sim>>, headers: HeaderMap) -> Response {
    let apps = sim.read(|world| {
        world
            .apps
            .values()
            .map(|record| record.app.clone())
            .collect::<Vec<App>>()
    });
    let apps = apps
        .into_iter()
        .map(|app| {
            // As the Marketplace's "Add" button does it: no state, no challenge.
            let install = app.redirect_uris.first().map(|uri| {
                format!(
                    "/oauth/authorize?response_type=code&client_id={}&redirect_uri={}",
                    escape(&app.client_id),
                    escape(uri)
                )
            });
            FrontApp { app, install }
        })
        .collect();
    Page::new(Front {
        base: sim.base().to_owned(),
        user: visitor(&sim, &headers),
        apps,
    })
    .into_response()
}

#[derive(Template)]
#[template(path = "join.html")]
struct Join {
    id: i64,
    topic: String,
    host: String,
    begins: Option<String>,
    minutes: i64,
    passcode: String,
}

async fn join(State(sim): State<Arc<Sim>>, Path(id): Path<String>) -> Response {
    let meeting = id.parse::<i64>().ok().and_then(|id| {
        sim.read(|world| {
            world
                .meetings
                .get(&id)
                .filter(|held| held.deleted_at.is_none())
                .cloned()
        })
    });
    let Some(meeting) = meeting else {
        return refusal(
            StatusCode::NOT_FOUND,
            "This meeting does not exist (3,001)",
            "It was never made, or its host has deleted it.",
        );
    };
    let page = Join {
        id: meeting.id,
        topic: meeting.topic,
        host: meeting.host_email,
        begins: meeting.start_time.map(|at| in_zone(at, &meeting.time_zone)),
        minutes: meeting.duration,
        passcode: meeting.password,
    };
    Page::new(page).into_response()
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    (
        [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "max-age=300"),
        ],
        text,
    )
        .into_response()
}

/// 303 to an address of ours or of an app.
pub(crate) fn see_other(address: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(value) = HeaderValue::from_str(address) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

/// A value for a query string.
pub(crate) fn escape(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Who is signed in at the simulator.
pub(crate) fn visitor(sim: &Sim, headers: &HeaderMap) -> Option<SimUser> {
    let session = session_cookie(headers)?;
    sim.read(|world| {
        world
            .sessions
            .get(&session)
            .and_then(|id| world.user(id))
            .filter(|user| world.standing(&user.user_id).may_sign_in())
            .cloned()
    })
}

/// The session in the cookie, known or not.
pub(crate) fn session_cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
        .map(str::to_owned)
}

/// Sets the cookie, or takes it away.
pub(crate) fn with_cookie(mut response: Response, session: Option<&str>) -> Response {
    let text = match session {
        Some(session) => format!("{COOKIE}={session}; Path=/; HttpOnly; SameSite=Lax"),
        None => format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"),
    };
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}
