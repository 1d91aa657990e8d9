//! The pages: each handler reads what was asked, calls one use case and fills a view.

pub mod admin;
pub mod apps;
pub mod bookings;
pub mod data;
pub mod documents;
pub mod find;
pub mod home;
pub mod invitations;
pub mod moments;
pub mod notices;
pub mod passkeys;
pub mod permission;
pub mod promises;
pub mod second_step;
pub mod security;
pub mod set_up;
pub mod settings;
pub mod sign_in;
pub mod words;
pub mod zoom_callback;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use rooms_app::people::sessions::Visitor;
use rooms_app::{Failure, history, people};
use rooms_core::FieldErrors;
use rooms_views::error::{ErrorKind, ErrorPage};
use rooms_views::layout::{Layout, Link, Nav, Notice, Tone, Who};
use rooms_views::links;
use rooms_views::parts::Problems;
use rooms_views::styleguide::StylePage;

use crate::session;
use crate::session::Caller;
use crate::state::Web;

/// Every page, and what happens to a request before it reaches one.
pub fn router(web: &Web) -> Router<Web> {
    Router::new()
        .merge(home::router())
        .merge(find::router())
        .merge(bookings::router())
        .merge(admin::router())
        .merge(apps::router())
        .merge(data::router())
        .merge(documents::router())
        .merge(invitations::router())
        .merge(notices::router())
        .merge(passkeys::router())
        .merge(promises::router())
        .merge(second_step::router())
        .merge(security::router())
        .merge(set_up::router())
        .merge(settings::router())
        .merge(sign_in::router())
        .merge(zoom_callback::router())
        .route("/styleguide", get(style_page))
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
        .layer(axum::extract::DefaultBodyLimit::max(session::FORM_MAX))
        .layer(axum::middleware::from_fn_with_state(
            web.clone(),
            session::layer,
        ))
}

/// Draws a page.
pub fn draw(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be drawn");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Leads on after a form was done (303).
pub(crate) fn see_other(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// Leads on after a form was done, and says something there once.
pub(crate) fn see_other_saying(web: &Web, path: &str, words: &str) -> Response {
    let mut answer = see_other(path);
    session::say(web, words, &mut answer);
    answer
}

/// An id in an address; what is none leads nowhere.
pub(crate) fn id<T: std::str::FromStr>(text: &str) -> Result<T, PageError> {
    text.parse().map_err(|_| PageError::not_found())
}

/// What is wrong with the fields of a form, beside the fields as the form calls them.
pub(crate) fn problems(errors: &FieldErrors, names: &[(&str, &str)]) -> Problems {
    let mut problems = Problems::none();
    for error in &errors.0 {
        let name = names.iter().find(|(name, _)| *name == error.field);
        let field = name.map_or(error.field, |(_, form)| form);
        problems.note(field, error.message.clone());
    }
    problems
}

/// The frame of a page for whoever is asking, with what they must hear.
pub async fn layout(
    web: &Web,
    caller: &Caller,
    title: impl Into<String>,
    nav: Nav,
) -> Result<Layout, PageError> {
    let mut layout = bare_layout(web, title, nav);
    layout.csrf = caller.csrf(web);
    if let Some(visitor) = &caller.visitor {
        layout.person = Some(who(visitor));
        let notices = history::notices(&web.app, &visitor.actor).await?;
        // What this session did itself is no news to it.
        let news = |notice: &rooms_app::Notice| notice.subject != visitor.session.uuid();
        layout.notices = some_at_a_time(notices.into_iter().filter(news));
    }
    Ok(layout)
}

/// The frame of a page that knows nobody.
fn bare_layout(web: &Web, title: impl Into<String>, nav: Nav) -> Layout {
    Layout {
        title: title.into(),
        nav,
        support_email: web.app.support_email().to_owned(),
        demo: web.options.demo,
        ..Layout::default()
    }
}

fn who(visitor: &Visitor) -> Who {
    let actor = &visitor.actor;
    Who {
        name: actor.name.clone(),
        email: actor.email.clone(),
        is_admin: actor.is_admin(),
    }
}

/// As many notices about the ways in are shown at once.
const ABOUT_WAYS_IN: usize = 2;

/// Notices as pages show them. Of those about the ways in only the newest, so that a day on which
/// much was set up does not push every page down; putting one away shows the next.
fn some_at_a_time(notices: impl Iterator<Item = rooms_app::Notice>) -> Vec<Notice> {
    let (ways_in, others): (Vec<_>, Vec<_>) =
        notices.partition(|notice| notice.kind.starts_with(people::security::KIND));
    let more = ways_in.len().saturating_sub(ABOUT_WAYS_IN);
    let mut shown: Vec<_> = ways_in
        .into_iter()
        .take(ABOUT_WAYS_IN)
        .map(notice)
        .collect();
    if let Some(last) = shown.last_mut().filter(|_| more > 0) {
        last.text = format!("{} And {more} more.", last.text);
    }
    shown.extend(others.into_iter().map(notice));
    shown
}

fn notice(notice: rooms_app::Notice) -> Notice {
    let (words, href) = if notice.kind == "permission.asked" {
        let person = rooms_core::PersonId::from_uuid(notice.subject);
        ("Answer", links::admin_person(person))
    } else if notice.kind.starts_with(people::security::KIND) {
        ("See to it", links::SECURITY.to_owned())
    } else if notice.kind.starts_with("zoom.") || notice.kind.starts_with("permission.") {
        ("Connect Apps", links::APPS.to_owned())
    } else {
        let booking = rooms_core::BookingId::from_uuid(notice.subject);
        ("See the booking", links::booking(booking))
    };
    Notice {
        id: notice.id.to_string(),
        kind: Tone::Warn,
        text: notice.detail,
        link: Some(Link {
            text: words.to_owned(),
            href,
        }),
    }
}

/// Why there is no page, or another one than was asked for. As an answer it is only its status;
/// [`session::layer`] draws the page, for it knows who is asking.
#[derive(Debug, Clone)]
pub struct PageError {
    kind: ErrorKind,
}

impl PageError {
    /// The page is of a kind.
    #[must_use]
    pub fn of(kind: ErrorKind) -> Self {
        Self { kind }
    }

    /// There is no such page, or it is not theirs to know of.
    #[must_use]
    pub fn not_found() -> Self {
        Self::of(ErrorKind::NotFound)
    }

    /// The form is too old, or was sent by another site; it can be opened anew at `back`.
    #[must_use]
    pub fn form_expired(back: impl Into<String>) -> Self {
        Self::of(ErrorKind::FormExpired {
            back_href: back.into(),
        })
    }

    /// They ask too often, and may again after so many seconds.
    #[must_use]
    pub fn too_many(seconds: u64) -> Self {
        Self::of(ErrorKind::TooMany {
            try_again: sign_in::again_in(seconds),
        })
    }

    /// The body of a form could not be read.
    #[must_use]
    pub fn unreadable(status: StatusCode) -> Self {
        Self::of(match status {
            StatusCode::PAYLOAD_TOO_LARGE => ErrorKind::TooLarge,
            _ => ErrorKind::FormExpired {
                back_href: links::HOME.to_owned(),
            },
        })
    }

    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Draws the page for whoever is asking.
    pub(crate) fn draw(self, web: &Web, caller: Option<&Caller>) -> Response {
        let status = self.status();
        let reference = rooms_app::secret::reference(web.app.entropy());
        if status.is_server_error() {
            tracing::error!(reference, "a page could not be shown");
        }
        let mut layout = bare_layout(web, self.kind.title(), Nav::None);
        if let Some(caller) = caller {
            layout.csrf = caller.csrf(web);
            layout.person = caller.visitor.as_ref().map(who);
        }
        draw(
            status,
            &ErrorPage {
                layout,
                kind: self.kind,
                reference,
            },
        )
    }
}

impl From<Failure> for PageError {
    fn from(failure: Failure) -> Self {
        Self::of(match failure {
            Failure::NotFound(_) => ErrorKind::NotFound,
            Failure::Forbidden(why) => ErrorKind::Forbidden { why: sentence(why) },
            Failure::Store(error) => {
                tracing::error!(%error, "a page could not be made");
                ErrorKind::Unavailable
            }
            // What a form can be told is shown beside its fields; what is left is a stale page.
            other => {
                tracing::debug!(failure = %other, "a page had no place for this");
                ErrorKind::FormExpired {
                    back_href: links::HOME.to_owned(),
                }
            }
        })
    }
}

/// A failure's words as a sentence.
#[must_use]
pub fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(letters).chain(['.']).collect()
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut answer = self.status().into_response();
        answer.extensions_mut().insert(self);
        answer
    }
}

/// The style page, in the demo only.
async fn style_page(State(web): State<Web>, caller: Caller) -> Result<Response, PageError> {
    if !web.options.demo {
        return Err(PageError::not_found());
    }
    let layout = layout(&web, &caller, "Style", Nav::None).await?;
    Ok(draw(StatusCode::OK, &StylePage::new(layout)))
}

async fn not_found() -> PageError {
    PageError::not_found()
}

async fn not_allowed() -> PageError {
    PageError::of(ErrorKind::MethodNotAllowed)
}
