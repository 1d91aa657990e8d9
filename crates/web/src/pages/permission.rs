//! Asking to be allowed to connect apps: why somebody may not, and what became of asking.

use axum::extract::State;
use axum::response::Response;
use rooms_app::Failure;
use rooms_app::people::groups;
use rooms_app::people::permission::{self, Asked};
use rooms_core::Actor;
use rooms_core::group::Permission;
use rooms_views::apps::AskAdmin;
use rooms_views::links;

use super::moments::Moments;
use super::{PageError, see_other};
use crate::session::{Fields, SignedIn};
use crate::state::Web;

/// Asks the admins; where it was asked already the page says so.
pub(super) async fn ask(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    fields: Fields,
) -> Result<Response, PageError> {
    match permission::ask(&web.app, &visitor.actor, fields.get("message")).await {
        // What they asked for is given meanwhile: the page offers it.
        Ok(_) | Err(Failure::Conflict(_)) => Ok(see_other(links::APPS)),
        Err(other) => Err(other.into()),
    }
}

/// Why the actor may not connect apps, in a sentence; empty where the company's rule says it all.
pub(super) async fn reason(web: &Web, actor: &Actor) -> Result<String, Failure> {
    let (groups, permission) = groups::of_person(&web.app, actor, actor.person).await?;
    let names: Vec<String> = groups.into_iter().map(|group| group.name).collect();
    Ok(match (permission, names.as_slice()) {
        (Permission::NotChosen, []) => {
            "No admin has chosen you, and you are in no group.".to_owned()
        }
        (Permission::NotChosen, [one]) => {
            format!("No admin has chosen you, and your group {one} may not.")
        }
        (Permission::NotChosen, several) => format!(
            "No admin has chosen you, and none of your groups may: {}.",
            several.join(", ")
        ),
        _ => String::new(),
    })
}

/// Whether the actor can ask, or what became of it.
pub(super) async fn request(
    web: &Web,
    actor: &Actor,
    moments: &Moments,
) -> Result<AskAdmin, Failure> {
    let Some(Asked {
        request,
        told,
        again_at,
    }) = permission::own(&web.app, actor).await?
    else {
        return Ok(AskAdmin::Can);
    };
    Ok(match again_at {
        None => AskAdmin::Asked {
            at: moments.when(request.asked_at),
            told: told_words(&told),
        },
        Some(again) if again > web.app.now() => AskAdmin::Declined {
            at: moments.when(request.answered_at.unwrap_or(request.asked_at)),
            reason: request.reply.unwrap_or_default(),
            again: moments.when(again),
        },
        Some(_) => AskAdmin::Can,
    })
}

/// "Olga Brandt and 1 other were told."
fn told_words(told: &[String]) -> String {
    match told {
        [] => "Nobody could be told.".to_owned(),
        [one] => format!("{one} was told."),
        [first, _] => format!("{first} and 1 other were told."),
        [first, others @ ..] => format!("{first} and {} others were told.", others.len()),
    }
}
