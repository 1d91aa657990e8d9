//! Back from Zoom: connected, or a page that says why not and what to do.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use rooms_app::secret;
use rooms_app::zoom::connect::{self, Answer, NotConnected};
use rooms_core::connection::Connection;
use rooms_views::apps::{ConnectFailedPage, ConnectFailure, MarketplaceStartPage};
use rooms_views::layout::Nav;
use rooms_views::links;

use super::apps::{self, CONNECTED, CONNECTED_OFF_CLOCK};
use super::moments::Moments;
use super::{PageError, draw, layout, see_other, see_other_saying};
use crate::session::{Caller, Fields, SignedIn};
use crate::state::Web;

/// Where Zoom sends people back to.
pub fn router() -> Router<Web> {
    Router::new()
        .route(links::CALLBACK, get(back))
        .route(links::MARKETPLACE, get(begun_in_marketplace))
        .route(links::NOT_APPROVED, get(not_approved))
        .route(links::NOTHING_HAPPENED, get(nothing_happened))
}

async fn back(
    State(web): State<Web>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let sent = |name| Some(fields.get(name).to_owned()).filter(|text| !text.is_empty());
    let answer = Answer {
        code: sent("code"),
        state: sent("state"),
        error: sent("error"),
    };
    if answer.code.is_some() && answer.state.is_none() {
        // Begun in the Marketplace. The code may be somebody else's, so nothing is done with it,
        // and it stays in no address bar.
        return Ok(see_other(links::MARKETPLACE));
    }
    match connect::complete(&web.app, caller.visitor.as_ref(), &answer).await {
        Ok(connection) => {
            let said = if off_clock(&web, &connection) {
                CONNECTED_OFF_CLOCK
            } else {
                CONNECTED
            };
            Ok(see_other_saying(&web, links::APPS, said))
        }
        Err(why) => not_connected(&web, &caller, why).await,
    }
}

/// How far this server's clock and Zoom's may be apart before Zoom's messages count as forged.
const CLOCKS_APART: SignedDuration = SignedDuration::from_mins(4);

/// Whether Zoom's clock at the grant and ours are too far apart. The connection works; what Zoom
/// sends us may not.
fn off_clock(web: &Web, connection: &Connection) -> bool {
    let off = is_apart(connection.granted_at, web.app.now());
    if off {
        let reference = secret::reference(web.app.entropy());
        let zooms = connection.granted_at;
        tracing::warn!(reference, %zooms, "this server's clock is not Zoom's");
    }
    off
}

fn is_apart(zooms: Timestamp, ours: Timestamp) -> bool {
    zooms.duration_since(ours).abs() > CLOCKS_APART
}

/// Zoom sends nobody back when its administrator has not approved the app: this is how they get
/// on all the same.
async fn not_approved(
    State(web): State<Web>,
    SignedIn { caller, .. }: SignedIn,
) -> Result<Response, PageError> {
    by_hand(&web, &caller, ConnectFailure::NotApproved).await
}

/// Nor when its page was closed, or refuses our address.
async fn nothing_happened(
    State(web): State<Web>,
    SignedIn { caller, .. }: SignedIn,
) -> Result<Response, PageError> {
    let redirect_uri = connect::redirect_uri(&web.app);
    by_hand(
        &web,
        &caller,
        ConnectFailure::NothingHappened { redirect_uri },
    )
    .await
}

/// A page that people open themselves, since nothing comes back from Zoom.
async fn by_hand(
    web: &Web,
    caller: &Caller,
    failure: ConnectFailure,
) -> Result<Response, PageError> {
    let reference = secret::reference(web.app.entropy());
    tracing::info!(
        reference,
        page = failure.title(),
        "somebody looks why Zoom sent nothing back"
    );
    failed(web, caller, (StatusCode::OK, failure), reference).await
}

async fn begun_in_marketplace(
    State(web): State<Web>,
    caller: Caller,
) -> Result<Response, PageError> {
    let visitor = caller.visitor.as_ref();
    let set_up = match visitor {
        Some(visitor) => rooms_app::zoom::apps::is_set_up(&web.app, visitor.actor.company).await?,
        // Whose company has which app is not known before they sign in.
        None => true,
    };
    if !set_up {
        return not_connected(&web, &caller, NotConnected::NotConfigured).await;
    }
    let page = MarketplaceStartPage {
        layout: layout(&web, &caller, "One more step", Nav::Settings).await?,
        signed_in: visitor.map(|visitor| visitor.actor.name.clone()),
        sign_in_href: format!("{}?next={}", links::SIGN_IN, links::APPS),
    };
    Ok(draw(StatusCode::OK, &page))
}

/// The page of a failure, with a reference that the log has too.
pub(super) async fn not_connected(
    web: &Web,
    caller: &Caller,
    why: NotConnected,
) -> Result<Response, PageError> {
    if let NotConnected::Failed(failure) = why {
        return Err(failure.into());
    }
    let reference = secret::reference(web.app.entropy());
    tracing::warn!(reference, reason = %why, "Zoom was not connected");
    let visitor = caller.visitor.as_ref();
    let name = visitor.map_or_else(String::new, |visitor| visitor.actor.name.clone());
    let (status, failure) = explain(why, name, connect::redirect_uri(&web.app));
    failed(web, caller, (status, failure), reference).await
}

/// Draws why no connection came about.
pub(super) async fn failed(
    web: &Web,
    caller: &Caller,
    (status, failure): (StatusCode, ConnectFailure),
    reference: String,
) -> Result<Response, PageError> {
    let (admins, moments, may_connect) = match &caller.visitor {
        Some(visitor) => {
            let actor = &visitor.actor;
            let admins = apps::admins(web, actor).await?;
            (admins, Moments::of(web, actor).await?, actor.may_connect)
        }
        None => (Vec::new(), Moments::unknown(web), false),
    };
    let page = ConnectFailedPage {
        layout: layout(web, caller, failure.title(), Nav::Settings).await?,
        failure,
        at: moments.when(web.app.now()),
        reference,
        admins,
        public_url: web.app.link(""),
        may_connect,
    };
    Ok(draw(status, &page))
}

/// What each reason is on a page. `signed_in` is who comes back.
fn explain(
    why: NotConnected,
    signed_in: String,
    redirect_uri: String,
) -> (StatusCode, ConnectFailure) {
    let unknown = |said| ConnectFailure::Unknown { said };
    match why {
        NotConnected::SignedOut => (StatusCode::FORBIDDEN, ConnectFailure::SignedOut),
        NotConnected::NotConfigured => (
            StatusCode::SERVICE_UNAVAILABLE,
            ConnectFailure::NotConfigured,
        ),
        NotConnected::NotAllowed => (StatusCode::FORBIDDEN, ConnectFailure::NotPermitted),
        NotConnected::ForeignState => (StatusCode::BAD_REQUEST, ConnectFailure::StateForeign),
        NotConnected::OtherSession => (
            StatusCode::FORBIDDEN,
            ConnectFailure::OtherSession { signed_in },
        ),
        NotConnected::Replayed | NotConnected::CodeRejected => {
            (StatusCode::BAD_REQUEST, ConnectFailure::CodeUsed)
        }
        NotConnected::Expired => (StatusCode::BAD_REQUEST, ConnectFailure::StateExpired),
        NotConnected::Declined => (StatusCode::FORBIDDEN, ConnectFailure::Declined),
        NotConnected::Refused(said) => (StatusCode::BAD_REQUEST, unknown(short(&said))),
        NotConnected::NoState | NotConnected::NoCode => {
            (StatusCode::BAD_REQUEST, unknown(String::new()))
        }
        NotConnected::ScopesMissing(scopes) => {
            let scopes = scopes.into_iter().map(str::to_owned).collect();
            (StatusCode::FORBIDDEN, ConnectFailure::ScopesMissing(scopes))
        }
        NotConnected::Misconfigured(_) => (
            StatusCode::BAD_GATEWAY,
            ConnectFailure::OurConfiguration { redirect_uri },
        ),
        NotConnected::ZoomDown(_) | NotConnected::Failed(_) => {
            (StatusCode::BAD_GATEWAY, ConnectFailure::ZoomDown)
        }
    }
}

/// The word for an error comes by way of the browser's address bar: only the start of it.
fn short(said: &str) -> String {
    said.chars().filter(|c| !c.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_a_few_minutes_apart_are_told_and_a_slow_answer_is_not() {
        let ours = Timestamp::from_second(1_800_000_000).unwrap();
        let off = |seconds| is_apart(ours + SignedDuration::from_secs(seconds), ours);
        assert!(!off(0) && !off(-90) && !off(240));
        assert!(off(241) && off(-600));
    }
}
