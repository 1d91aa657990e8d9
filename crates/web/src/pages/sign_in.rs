//! Signing in, and signing out.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use rooms_app::companies;
use rooms_app::people::passkeys;
use rooms_app::people::sessions::{self, Opened};
use rooms_app::people::sign_in::{self, Entry};
use rooms_core::{CompanyId, PersonId};
use rooms_views::layout::Nav;
use rooms_views::links;
use rooms_views::sign_in::{SignInNotice, SignInPage, SignOutPage};

use super::{PageError, draw, layout, see_other, see_other_saying};
use crate::limits::{self, TooMany};
use crate::session::{self, Browser, Caller, Fields, Form, SignedIn};
use crate::state::Web;

/// Said on the sign-in page after leaving here.
const SIGNED_OUT: &str = "signed out";
/// Said on the sign-in page after leaving everywhere.
pub(super) const SIGNED_OUT_EVERYWHERE: &str = "signed out everywhere";

/// Sign-in and sign-out.
pub fn router() -> Router<Web> {
    Router::new()
        .route(links::SIGN_IN, get(show).post(enter))
        .route(links::SIGN_OUT, get(ask).post(leave))
}

async fn show(
    State(web): State<Web>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    if web.options.set_up_code.is_some() && companies::is_empty(&web.app).await? {
        return Ok(see_other(links::SET_UP));
    }
    let asked = Fields::parse(query.unwrap_or_default().as_bytes());
    let notice = match caller.said() {
        SIGNED_OUT => SignInNotice::SignedOut,
        SIGNED_OUT_EVERYWHERE => SignInNotice::SignedOutEverywhere,
        _ if caller.lapsed => SignInNotice::Expired,
        _ if asked.get("next").is_empty() => SignInNotice::None,
        _ => SignInNotice::Needed,
    };
    page(&web, &caller, &asked, (StatusCode::OK, notice)).await
}

async fn enter(
    State(web): State<Web>,
    caller: Caller,
    browser: Browser,
    Form { fields, genuine }: Form,
) -> Result<Response, PageError> {
    let (email, password) = (fields.get("email"), fields.get("password"));
    let refused = |status, notice| page(&web, &caller, &fields, (status, notice));
    if !genuine {
        return refused(StatusCode::FORBIDDEN, SignInNotice::FormExpired).await;
    }
    if email.trim().is_empty() || password.is_empty() {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, SignInNotice::Incomplete).await;
    }
    if let Err(TooMany(seconds)) = limits::sign_in(&web, email, browser.address) {
        return too_many(&web, &caller, &fields, seconds).await;
    }
    let wrong = SignInNotice::WrongCredentials;
    match sign_in::sign_in(&web.app, email, password, &browser.signing_in()).await? {
        Entry::Wrong => refused(StatusCode::UNPROCESSABLE_ENTITY, wrong).await,
        entry => go_on(&web, &caller, entry, next(&fields)).await,
    }
}

/// Lets somebody in who has just set their password, and leads Home; a second factor that stayed
/// is asked for first.
pub(super) async fn let_in(
    web: &Web,
    caller: &Caller,
    browser: &Browser,
    whose: (CompanyId, PersonId),
) -> Result<Response, PageError> {
    let entry = sign_in::after_password(&web.app, whose, &browser.signing_in()).await?;
    go_on(web, caller, entry, links::HOME).await
}

async fn go_on(
    web: &Web,
    caller: &Caller,
    entry: Entry,
    next: &str,
) -> Result<Response, PageError> {
    match entry {
        Entry::Open(opened) => begin(web, caller, opened, next).await,
        Entry::SecondStep(token) => {
            let mut answer = see_other(&links::leading_to(links::SECOND_STEP, next));
            session::await_second(web, token, &mut answer);
            Ok(answer)
        }
        Entry::Wrong => Ok(see_other(links::SIGN_IN)),
    }
}

/// Sets the cookies of a new session and leads on; an earlier session of this browser ends.
pub(super) async fn begin(
    web: &Web,
    caller: &Caller,
    opened: Opened,
    next: &str,
) -> Result<Response, PageError> {
    if let Some(before) = &caller.visitor {
        sessions::sign_out(&web.app, &before.actor, before.session).await?;
    }
    let mut answer = see_other(next);
    session::open(web, opened, &mut answer);
    Ok(answer)
}

async fn too_many(
    web: &Web,
    caller: &Caller,
    fields: &Fields,
    seconds: u64,
) -> Result<Response, PageError> {
    let notice = SignInNotice::RateLimited {
        try_again: again_in(seconds),
    };
    let refusal = (StatusCode::TOO_MANY_REQUESTS, notice);
    let mut answer = page(web, caller, fields, refusal).await?;
    retry_after(&mut answer, seconds);
    Ok(answer)
}

/// When to try again, in words.
pub(super) fn again_in(seconds: u64) -> String {
    match seconds {
        0..=1 => "in a second".to_owned(),
        2..=90 => format!("in {seconds} seconds"),
        _ => format!("in {} minutes", seconds.div_ceil(60)),
    }
}

/// The same for programs.
pub(crate) fn retry_after(answer: &mut Response, seconds: u64) {
    let headers = answer.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
}

/// The sign-in page for a passkey that was not accepted.
pub(super) async fn no_passkey(
    web: &Web,
    caller: &Caller,
    fields: &Fields,
) -> Result<Response, PageError> {
    let refused = (StatusCode::UNPROCESSABLE_ENTITY, SignInNotice::WrongPasskey);
    page(web, caller, fields, refused).await
}

async fn page(
    web: &Web,
    caller: &Caller,
    fields: &Fields,
    (status, notice): (StatusCode, SignInNotice),
) -> Result<Response, PageError> {
    let next = next(fields);
    let page = SignInPage {
        layout: layout(web, caller, "Sign in", Nav::SignIn).await?,
        notice,
        email: fields.get("email").to_owned(),
        next: next.to_owned(),
        destination: destination(next).to_owned(),
        passkeys: passkeys::site(&web.app).is_some(),
    };
    Ok(draw(status, &page))
}

/// Where to go on to: a page of ours, and Home where another address was given.
pub(super) fn next(fields: &Fields) -> &str {
    let next = fields.get("next");
    if links::is_local(next) && !next.starts_with(links::SIGN_IN) {
        next
    } else {
        links::HOME
    }
}

pub(super) fn destination(path: &str) -> &'static str {
    match path.split('?').next().unwrap_or_default() {
        links::APPS => "Connect Apps",
        links::NEW_BOOKING => "the booking form",
        links::BOOKINGS => "your bookings",
        links::FIND => "finding a room",
        path if path.starts_with(links::BOOKINGS) => "the booking",
        path if path.starts_with(links::SETTINGS) => "your settings",
        path if path.starts_with(links::ADMIN) => "the admin pages",
        _ => "",
    }
}

async fn ask(State(web): State<Web>, caller: Caller) -> Result<Response, PageError> {
    let Some(visitor) = &caller.visitor else {
        return Ok(see_other(links::SIGN_IN));
    };
    let page = SignOutPage {
        layout: layout(&web, &caller, "Sign out", Nav::Settings).await?,
        name: visitor.actor.name.clone(),
    };
    Ok(draw(StatusCode::OK, &page))
}

async fn leave(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    _: Fields,
) -> Result<Response, PageError> {
    sessions::sign_out(&web.app, &visitor.actor, visitor.session).await?;
    let mut answer = see_other_saying(&web, links::SIGN_IN, SIGNED_OUT);
    session::close(&web, &mut answer);
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_to_pages_of_ours_only() {
        let leads_to = |query: &str| next(&Fields::parse(query.as_bytes())).to_owned();
        assert_eq!(leads_to("next=/settings/apps"), "/settings/apps");
        assert_eq!(leads_to("next=%2Fbookings%3Fpast%3D1"), "/bookings?past=1");
        for elsewhere in [
            "",
            "next=",
            "next=//evil.example",
            "next=https://evil.example",
            "next=/%5Cevil.example",
            "next=/sign-in",
        ] {
            assert_eq!(leads_to(elsewhere), "/", "{elsewhere}");
        }
    }
}
