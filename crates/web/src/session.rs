//! Who is asking: the session cookie, and the forms sent under it.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use cookie::{Cookie, SameSite};
use rooms_app::people::sign_in::{SESSION_IDLE, Visitor, visitor};

use crate::pages::PageError;
use crate::state::Web;
use crate::{csrf, links};

/// Who is asking, and what their forms are bound to.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The open session, if there is one.
    pub visitor: Option<Visitor>,
    /// The cookie the form token is made from.
    bound_to: String,
    /// Where this request leads, to come back to after signing in.
    here: String,
}

impl Caller {
    /// The token for this caller's forms.
    #[must_use]
    pub fn csrf(&self, web: &Web) -> String {
        csrf::token(web.app.sealer(), &self.bound_to)
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

/// The name of the session cookie; `__Host-` binds it to this host over TLS (RFC 6265bis).
fn session_name(web: &Web) -> &'static str {
    if web.is_https() {
        "__Host-session"
    } else {
        "session"
    }
}

fn visit_name(web: &Web) -> &'static str {
    if web.is_https() {
        "__Host-visit"
    } else {
        "visit"
    }
}

fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(known, value)| (known == name && !value.is_empty()).then_some(value))
}

/// A cookie as this server sets all of its own.
fn cookie(web: &Web, name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(web.is_https())
        .same_site(SameSite::Lax)
        .build()
}

/// Sets the session cookie on an answer.
pub fn open(web: &Web, token: String, answer: &mut Response) {
    let mut cookie = cookie(web, session_name(web), token);
    cookie.set_max_age(cookie::time::Duration::seconds(SESSION_IDLE.as_secs()));
    set(answer, &cookie);
}

/// Takes the session cookie away.
pub fn close(web: &Web, answer: &mut Response) {
    let mut cookie = cookie(web, session_name(web), String::new());
    cookie.set_max_age(cookie::time::Duration::ZERO);
    set(answer, &cookie);
}

fn set(answer: &mut Response, cookie: &Cookie<'_>) {
    if let Ok(value) = HeaderValue::try_from(cookie.to_string()) {
        answer.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Finds out who is asking, refuses writes that another site sends, and gives browsers without a
/// session the cookie their forms are bound to.
pub async fn layer(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    if !from_here(&web, &request) {
        return PageError::form_expired(links::HOME).draw(&web, None);
    }
    let headers = request.headers();
    let token = find(headers, session_name(&web)).map(str::to_owned);
    let visit = find(headers, visit_name(&web)).map(str::to_owned);
    let visitor = match &token {
        Some(token) => match visitor(&web.app, token).await {
            Ok(visitor) => visitor,
            Err(failure) => return PageError::from(failure).draw(&web, None),
        },
        None => None,
    };
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
    };
    request.extensions_mut().insert(caller.clone());
    let mut answer = next.run(request).await;
    if let Some(error) = answer.extensions_mut().remove::<PageError>() {
        answer = error.draw(&web, Some(&caller));
    }
    if fresh {
        set(&mut answer, &cookie(&web, visit_name(&web), bound_to));
    }
    answer
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
            .ok_or_else(|| axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response())
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
            None => Err(Caller::sign_in_first(links::HOME)),
        }
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
        let caller = request.extensions().get::<Caller>().cloned();
        let path = request.uri().path().to_owned();
        let body = Bytes::from_request(request, web)
            .await
            .map_err(|rejection| PageError::unreadable(rejection.status()))?;
        let fields = Self::parse(&body);
        let holds = caller.is_some_and(|caller| {
            csrf::holds(web.app.sealer(), &caller.bound_to, fields.get(csrf::FIELD))
        });
        if holds {
            Ok(fields)
        } else {
            // What was typed is not lost: the booking form opens with it again.
            let back = match path.as_str() {
                links::BOOKINGS => format!("{}?{}", links::NEW_BOOKING, fields.to_query()),
                path => path.to_owned(),
            };
            Err(PageError::form_expired(back))
        }
    }
}
