//! Who is asking: the session cookie, and the forms sent under it.

mod cookies;

use std::net::IpAddr;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use rooms_app::people::sessions::{self, Visitor, visitor};
use rooms_views::links;

pub use self::cookies::{await_second, close, open, say};
use self::cookies::{
    browser_name, cookie, find, said_name, session_name, set, step_name, visit_name, was_said,
};
use crate::csrf;
use crate::limits::{self, TooMany};
use crate::pages::{PageError, sign_in};
use crate::refusals::Asked;
use crate::state::Web;

/// Who is asking, and what their forms are bound to.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The open session, if there is one.
    pub visitor: Option<Visitor>,
    /// The cookie the form token is made from.
    bound_to: String,
    /// Where this request leads, to come back to after signing in.
    here: String,
    /// Whether a session was open in this browser and is no longer.
    pub lapsed: bool,
    /// What the page before wants said on this one, once.
    said: Option<String>,
}

impl Caller {
    /// The token for this caller's forms.
    #[must_use]
    pub fn csrf(&self, web: &Web) -> String {
        csrf::token(web.app.sealer(), &self.bound_to)
    }

    /// What the page before wanted said on this one; empty for nothing.
    #[must_use]
    pub fn said(&self) -> &str {
        self.said.as_deref().unwrap_or_default()
    }

    /// The sign-in page that leads back to `next`.
    #[must_use]
    pub fn sign_in_first(next: &str) -> Response {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("next", next)
            .finish();
        Redirect::to(&format!("{}?{query}", links::SIGN_IN)).into_response()
    }
}

/// Whether an answer is a page that somebody reads, and not a redirect or a stream.
fn is_page(answer: &Response) -> bool {
    let kind = answer.headers().get(header::CONTENT_TYPE);
    answer.status().is_success()
        && kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// Finds out who is asking, refuses writes that another site sends, and gives browsers without a
/// session the cookie their forms are bound to.
pub async fn layer(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let asked = Asked::of(&web, &request);
    if !from_here(&web, &request) {
        asked.note(StatusCode::FORBIDDEN, None);
        return PageError::form_expired(links::HOME).draw(&web, None);
    }
    let headers = request.headers();
    let token = find(headers, session_name(&web)).map(str::to_owned);
    let visit = find(headers, visit_name(&web)).map(str::to_owned);
    let said = was_said(headers, &web);
    let visitor = match &token {
        Some(token) => match visitor(&web.app, token).await {
            Ok(visitor) => visitor,
            Err(failure) => return PageError::from(failure).draw(&web, None),
        },
        None => None,
    };
    let path = request.uri().path();
    if visitor.as_ref().is_some_and(|v| v.confined) && !open_to_the_confined(path) {
        return Redirect::to(links::SECURITY).into_response();
    }
    let lapsed = visitor.is_none() && token.is_some();
    let (bound_to, fresh) = match (&visitor, token, visit) {
        (Some(_), Some(token), _) => (token, false),
        (_, _, Some(visit)) => (visit, false),
        _ => (rooms_app::secret::token(web.app.entropy(), ""), true),
    };
    let here = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str())
        .to_owned();
    let caller = Caller {
        visitor,
        bound_to: bound_to.clone(),
        here,
        lapsed,
        said,
    };
    let person = caller.visitor.as_ref().map(|visitor| visitor.actor.person);
    let turn = match &caller.visitor {
        Some(visitor) => match limits::turn(&web, &visitor.actor).await {
            Ok(turn) => Some(turn),
            Err(TooMany(seconds)) => {
                asked.note(StatusCode::TOO_MANY_REQUESTS, person);
                let mut answer = PageError::too_many(seconds).draw(&web, Some(&caller));
                sign_in::retry_after(&mut answer, seconds);
                return answer;
            }
        },
        None => None,
    };
    request.extensions_mut().insert(caller.clone());
    let mut answer = next.run(request).await;
    drop(turn);
    asked.note(answer.status(), person);
    if let Some(error) = answer.extensions_mut().remove::<PageError>() {
        answer = error.draw(&web, Some(&caller));
    }
    if caller.said.is_some() && is_page(&answer) {
        let mut over = cookie(&web, said_name(&web), String::new());
        over.set_max_age(cookie::time::Duration::ZERO);
        set(&mut answer, &over);
    }
    if fresh {
        set(&mut answer, &cookie(&web, visit_name(&web), bound_to));
    }
    answer
}

/// Whether a path is open to somebody who first has to set up a second factor: what serves that,
/// the way out, and what is open to all.
fn open_to_the_confined(path: &str) -> bool {
    path == links::SECURITY
        || path
            .strip_prefix(links::SECURITY)
            .is_some_and(|rest| rest.starts_with('/'))
        || [
            links::SIGN_OUT,
            links::GUIDE,
            links::TEST_PLAN,
            links::PRIVACY,
            links::TERMS,
        ]
        .contains(&path)
        || path.starts_with(links::SIGN_IN)
        || path.starts_with("/invitations/")
}

/// Whether a write comes from a page of ours, as far as the browser says.
fn from_here(web: &Web, request: &Request) -> bool {
    if matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    ) {
        return true;
    }
    let header = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    if matches!(header("sec-fetch-site"), Some("cross-site" | "same-site")) {
        return false;
    }
    let Some(origin) = header("origin") else {
        return true;
    };
    let own = web.app.public_url().origin().ascii_serialization();
    let host = header("host").unwrap_or_default();
    origin == own || (!host.is_empty() && origin.split_once("://").is_some_and(|(_, o)| o == host))
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }
}

/// Somebody signed in; everybody else is asked to sign in and comes back.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session and who it is.
    pub visitor: Visitor,
    /// Who is asking.
    pub caller: Caller,
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let caller = Caller::from_request_parts(parts, state).await?;
        match caller.visitor.clone() {
            Some(visitor) => Ok(Self { visitor, caller }),
            None if parts.method == Method::GET => Err(Caller::sign_in_first(&caller.here)),
            None => Err(Caller::sign_in_first(&came_from(&parts.headers))),
        }
    }
}

/// The page of ours that a form was on; Home where the browser does not say.
#[must_use]
pub fn came_from(headers: &HeaderMap) -> String {
    headers
        .get(header::REFERER)
        .and_then(|referer| referer.to_str().ok())
        .and_then(|referer| url::Url::parse(referer).ok())
        .map(|referer| match referer.query() {
            Some(query) => format!("{}?{query}", referer.path()),
            None => referer.path().to_owned(),
        })
        .filter(|path| links::is_local(path))
        .unwrap_or_else(|| links::HOME.to_owned())
}

/// The browser that asks, as far as it can be told from another.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// What it calls itself.
    pub user_agent: String,
    /// Where it is.
    pub address: Option<IpAddr>,
    /// What it is known by.
    known: Option<String>,
    /// The second factor that is awaited in it.
    pub step: Option<String>,
}

impl Browser {
    /// The browser as sign-in knows it.
    #[must_use]
    pub fn signing_in(&self) -> sessions::Browser {
        sessions::Browser {
            user_agent: self.user_agent.clone(),
            token: self.known.clone(),
            address: self.address,
        }
    }
}

impl FromRequestParts<Web> for Browser {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Self::Rejection> {
        let user_agent = parts.headers.get(header::USER_AGENT);
        Ok(Self {
            user_agent: user_agent
                .and_then(|name| name.to_str().ok())
                .unwrap_or_default()
                .to_owned(),
            address: web.origin(&parts.extensions, &parts.headers),
            known: find(&parts.headers, browser_name(web)).map(str::to_owned),
            step: find(&parts.headers, step_name(web)).map(str::to_owned),
        })
    }
}

/// A form's fields as they were typed, after its token was checked.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a query or form body.
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(text).into_owned().collect())
    }

    /// A field's text; empty where it was not sent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(field, _)| field == name)
            .map_or("", |(_, text)| text)
    }

    /// Every text of a field that may be sent several times.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(field, _)| field == name)
            .map(|(_, text)| text.as_str())
    }

    /// The fields as a query, without the form token: to fill the form in again.
    #[must_use]
    pub fn to_query(&self) -> String {
        let kept = self.0.iter().filter(|(field, _)| field != csrf::FIELD);
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .finish()
    }
}

/// The longest form that is read.
pub const FORM_MAX: usize = 64 * 1024;

impl FromRequest<Web> for Fields {
    type Rejection = PageError;

    async fn from_request(request: Request, web: &Web) -> Result<Self, PageError> {
        let path = request.uri().path().to_owned();
        let Form { fields, genuine } = Form::from_request(request, web).await?;
        if genuine {
            Ok(fields)
        } else {
            let back = with_what_was_typed(&path, &fields);
            Err(PageError::form_expired(back.unwrap_or(path)))
        }
    }
}

/// Where the booking form stands that was posted to an address, with what was typed in it.
fn with_what_was_typed(path: &str, fields: &Fields) -> Option<String> {
    let form = match path.strip_prefix(links::BOOKINGS)?.strip_prefix('/') {
        None => links::NEW_BOOKING.to_owned(),
        Some(id) if !id.contains('/') => format!("{path}/change"),
        Some(_) => return None,
    };
    let query = fields.to_query();
    (query.len() < LONGEST_QUERY).then(|| format!("{form}?{query}"))
}

/// The longest query that a form is filled from; what is longer would not pass every proxy.
const LONGEST_QUERY: usize = 4096;

/// A booking form of somebody signed in. Whose session has ended signs in first, and then finds the
/// form as they left it.
#[derive(Debug, Clone)]
pub struct SignedForm {
    /// The session and who it is.
    pub visitor: Visitor,
    /// Who is asking.
    pub caller: Caller,
    /// What was typed.
    pub fields: Fields,
}

impl FromRequest<Web> for SignedForm {
    type Rejection = Response;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, web).await?;
        let path = parts.uri.path().to_owned();
        let page = came_from(&parts.headers);
        let request = Request::from_parts(parts, body);
        let Some(visitor) = caller.visitor.clone() else {
            let form = Form::from_request(request, web).await;
            let form = form.map_err(IntoResponse::into_response)?;
            let typed = with_what_was_typed(&path, &form.fields);
            return Err(Caller::sign_in_first(&typed.unwrap_or(page)));
        };
        let fields = Fields::from_request(request, web).await;
        Ok(Self {
            visitor,
            caller,
            fields: fields.map_err(IntoResponse::into_response)?,
        })
    }
}

/// A form for whose token the handler itself answers, so that it can keep what was typed.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// What was typed.
    pub fields: Fields,
    /// Whether the form's token is this browser's.
    pub genuine: bool,
}

impl FromRequest<Web> for Form {
    type Rejection = PageError;

    async fn from_request(request: Request, web: &Web) -> Result<Self, PageError> {
        let caller = request.extensions().get::<Caller>().cloned();
        let body = Bytes::from_request(request, web)
            .await
            .map_err(|rejection| PageError::unreadable(rejection.status()))?;
        let fields = Fields::parse(&body);
        let genuine = caller.is_some_and(|caller| {
            csrf::holds(web.app.sealer(), &caller.bound_to, fields.get(csrf::FIELD))
        });
        Ok(Self { fields, genuine })
    }
}
