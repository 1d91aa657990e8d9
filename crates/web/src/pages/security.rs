//! Settings, Signing in: an app for codes, recovery codes, and proving once more who one is.

use std::fmt::Write as _;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use qrcode::{Color, EcLevel, QrCode};
use rooms_app::Failure;
use rooms_app::people::second_factor::{self, SettingUp};
use rooms_app::people::{passkeys, sign_in};
use rooms_views::layout::Nav;
use rooms_views::links;
use rooms_views::parts::Problems;
use rooms_views::security::{CodeAppPage, CodesPage, PasskeyRow, ProofPage, Qr, SecurityPage};

use super::moments::Moments;
use super::passkeys::proven;
use super::settings::status;
use super::sign_in::{again_in, next};
use super::{PageError, draw, layout, see_other, see_other_saying};
use crate::limits::{self, TooMany};
use crate::session::{Browser, Fields, SignedIn};
use crate::state::Web;

/// The ways to sign in.
pub fn router() -> Router<Web> {
    Router::new()
        .route(links::SECURITY, get(show))
        .route(links::CODE_APP, get(set_up).post(begin))
        .route("/settings/security/app/confirmation", post(confirm))
        .route("/settings/security/app/removal", post(turn_off))
        .route(links::CODES, get(show_codes).post(make_codes))
        .route(links::PROOF, get(ask_proof).post(prove))
}

/// Has somebody prove who they are, who has to do that first.
pub(super) fn prove_first(failure: Failure, next: &str) -> Result<Response, PageError> {
    match failure {
        Failure::Unproved => Ok(see_other(&links::leading_to(links::PROOF, next))),
        other => Err(other.into()),
    }
}

/// Leads to the recovery codes just made, or back where there are none to show.
pub(super) fn codes_made(web: &Web, done: &str, codes: &[String]) -> Response {
    if codes.is_empty() {
        return see_other_saying(web, links::SECURITY, done);
    }
    let said = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("done", done)
        .extend_pairs(codes.iter().map(|code| ("code", code)))
        .finish();
    see_other_saying(web, links::CODES, &said)
}

async fn show(State(web): State<Web>, signed_in: SignedIn) -> Result<Response, PageError> {
    security_page(&web, &signed_in, "", Problems::none()).await
}

/// The page, with what was typed in the form for a new passkey.
pub(super) async fn security_page(
    web: &Web,
    SignedIn { visitor, caller }: &SignedIn,
    name: &str,
    problems: Problems,
) -> Result<Response, PageError> {
    let factors = second_factor::of(&web.app, &visitor.actor).await?;
    let moments = Moments::of(web, &visitor.actor).await?;
    let answer = status(&problems);
    let page = SecurityPage {
        layout: layout(web, caller, "Signing in", Nav::Settings).await?,
        must_set_up: factors.required && !factors.any(),
        code_app: factors.code_app.map(|at| moments.when(at)),
        passkeys: factors
            .passkeys
            .iter()
            .map(|passkey| PasskeyRow {
                id: passkey.id.to_string(),
                name: passkey.name.clone(),
                added: moments.when(passkey.created_at),
                used: passkey.used_at.map(|at| moments.when(at)),
            })
            .collect(),
        has_passkeys: passkeys::site(&web.app).is_some(),
        codes_left: factors.codes_left,
        name: name.to_owned(),
        problems,
        done: caller.said().to_owned(),
    };
    Ok(draw(answer, &page))
}

async fn begin(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    _: Fields,
) -> Result<Response, PageError> {
    match second_factor::begin(&web.app, &visitor).await {
        Ok(()) => Ok(see_other(links::CODE_APP)),
        Err(Failure::Conflict(_)) => Ok(see_other(links::SECURITY)),
        Err(other) => prove_first(other, links::SECURITY),
    }
}

async fn set_up(State(web): State<Web>, signed_in: SignedIn) -> Result<Response, PageError> {
    code_app_page(&web, &signed_in, Problems::none()).await
}

async fn confirm(
    State(web): State<Web>,
    signed_in: SignedIn,
    fields: Fields,
) -> Result<Response, PageError> {
    let visitor = &signed_in.visitor;
    if let Err(TooMany(seconds)) = limits::second_step(&web, visitor.actor.person) {
        let words = format!("Too many attempts. Try again {}.", again_in(seconds));
        return code_app_page(&web, &signed_in, Problems::none().with("code", words)).await;
    }
    match second_factor::confirm(&web.app, visitor, fields.get("code")).await {
        Ok(codes) => {
            let done = "From now on a code is asked for when you sign in.";
            Ok(codes_made(&web, done, &codes))
        }
        Err(Failure::Invalid(errors)) => {
            let problems = super::problems(&errors, &[]);
            code_app_page(&web, &signed_in, problems).await
        }
        Err(Failure::NotFound(_)) => Ok(see_other(links::SECURITY)),
        Err(other) => prove_first(other, links::SECURITY),
    }
}

/// The key of an app that is being set up; the page before where none is.
async fn code_app_page(
    web: &Web,
    SignedIn { visitor, caller }: &SignedIn,
    problems: Problems,
) -> Result<Response, PageError> {
    let SettingUp { secret, address } = match second_factor::setting_up(&web.app, visitor).await {
        Ok(Some(setting_up)) => setting_up,
        Ok(None) => return Ok(see_other(links::SECURITY)),
        Err(failure) => return prove_first(failure, links::CODE_APP),
    };
    let letters: Vec<char> = secret.chars().collect();
    let groups = letters
        .chunks(4)
        .map(|four| four.iter().collect::<String>());
    let page = CodeAppPage {
        layout: layout(web, caller, "Set up an app", Nav::Settings).await?,
        qr: qr(&address),
        key: groups.collect::<Vec<_>>().join(" "),
        problem: problems.of("code").unwrap_or_default().to_owned(),
        secret,
        problems,
    };
    Ok(draw(status(&page.problems), &page))
}

/// The quiet zone around a QR code, in modules (ISO/IEC 18004).
const QUIET: usize = 4;

/// Draws a text as a QR code; one that would not fit leaves an empty square, beside which the key
/// is written out.
fn qr(text: &str) -> Qr {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return Qr::default();
    };
    let width = code.width();
    let dark = code.to_colors();
    let path = dark
        .iter()
        .enumerate()
        .filter(|(_, colour)| **colour == Color::Dark)
        .fold(String::new(), |mut path, (place, _)| {
            let (x, y) = (place % width + QUIET, place / width + QUIET);
            // Writing to a string cannot fail.
            let _ = write!(path, "M{x} {y}h1v1h-1z");
            path
        });
    Qr {
        size: width + 2 * QUIET,
        path,
    }
}

async fn turn_off(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    _: Fields,
) -> Result<Response, PageError> {
    match second_factor::remove(&web.app, &visitor).await {
        Ok(()) => Ok(see_other_saying(
            &web,
            links::SECURITY,
            "The app for codes is turned off. Delete the account in it, too.",
        )),
        Err(Failure::NotFound(_)) => Ok(see_other(links::SECURITY)),
        Err(other) => prove_first(other, links::SECURITY),
    }
}

async fn make_codes(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    _: Fields,
) -> Result<Response, PageError> {
    match second_factor::new_codes(&web.app, &visitor).await {
        Ok(codes) => Ok(codes_made(
            &web,
            "Your codes from before have ended.",
            &codes,
        )),
        Err(Failure::Conflict(_)) => Ok(see_other(links::SECURITY)),
        Err(other) => prove_first(other, links::SECURITY),
    }
}

async fn show_codes(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
) -> Result<Response, PageError> {
    let said = Fields::parse(caller.said().as_bytes());
    let factors = second_factor::of(&web.app, &visitor.actor).await?;
    let page = CodesPage {
        layout: layout(&web, &caller, "Recovery codes", Nav::Settings).await?,
        codes: said.all("code").map(str::to_owned).collect(),
        codes_left: factors.codes_left,
        done: said.get("done").to_owned(),
    };
    Ok(draw(StatusCode::OK, &page))
}

async fn ask_proof(
    State(web): State<Web>,
    signed_in: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let asked = Fields::parse(query.unwrap_or_default().as_bytes());
    proof_page(&web, &signed_in, &asked, Problems::none()).await
}

async fn prove(
    State(web): State<Web>,
    signed_in: SignedIn,
    browser: Browser,
    fields: Fields,
) -> Result<Response, PageError> {
    let visitor = &signed_in.visitor;
    let refused = |words: &str| Problems::none().with("password", words);
    if let Err(TooMany(seconds)) = limits::sign_in(&web, &visitor.actor.email, browser.address) {
        let words = format!("Too many attempts. Try again {}.", again_in(seconds));
        return proof_page(&web, &signed_in, &fields, refused(&words)).await;
    }
    if !fields.get("credential").is_empty() {
        if let Some(answer) = proven(&web, &signed_in, &fields).await? {
            return Ok(answer);
        }
        let words = "The passkey was not accepted. Try once more, or use your password.";
        return proof_page(&web, &signed_in, &fields, refused(words)).await;
    }
    if sign_in::prove(&web.app, visitor, fields.get("password")).await? {
        Ok(see_other(next(&fields)))
    } else {
        let words = "This is not your password.";
        proof_page(&web, &signed_in, &fields, refused(words)).await
    }
}

async fn proof_page(
    web: &Web,
    SignedIn { visitor, caller }: &SignedIn,
    fields: &Fields,
    problems: Problems,
) -> Result<Response, PageError> {
    let factors = second_factor::of(&web.app, &visitor.actor).await?;
    let page = ProofPage {
        layout: layout(web, caller, "Is it you?", Nav::Settings).await?,
        next: next(fields).to_owned(),
        email: visitor.actor.email.clone(),
        passkeys: !factors.passkeys.is_empty() && passkeys::site(&web.app).is_some(),
        problems,
    };
    Ok(draw(status(&page.problems), &page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_code_has_its_corners_and_its_quiet_zone() {
        let drawn = qr("otpauth://totp/OneClickRooms:mara%40halden.example?secret=ABC");
        assert!(drawn.size > 21 + 2 * QUIET, "{}", drawn.size);
        let last = drawn.size - QUIET - 1;
        for corner in [(QUIET, QUIET), (last, QUIET), (QUIET, last)] {
            let module = format!("M{} {}h1v1h-1z", corner.0, corner.1);
            assert!(drawn.path.contains(&module), "{module}");
        }
        assert!(!drawn.path.contains(&format!("M{} ", QUIET - 1)));
        assert!(qr(&"x".repeat(5000)).path.is_empty());
    }
}
