//! What somebody asks the admins for, on their page: to be allowed to connect apps.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;
use rooms_app::people::{self, permission};
use rooms_app::{Failure, companies};
use rooms_core::{ConnectPolicy, PersonId};
use rooms_views::admin::AsksFor;
use rooms_views::links;

use super::{Admin, saying};
use crate::pages::moments::Moments;
use crate::pages::{PageError, id, see_other_saying};
use crate::session::Fields;
use crate::state::Web;

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route("/admin/people/{id}/permission", post(allow))
        .route("/admin/people/{id}/refusal", post(decline))
}

const ANSWERED: &str = "Another admin has answered this already.";
const ADMINS_ONLY: &str = "Only admins may connect apps here. Change that under Company first.";

/// The open request of a person.
pub(super) async fn asks_for(
    web: &Web,
    admin: &Admin,
    person: PersonId,
    moments: &Moments,
) -> Result<Option<AsksFor>, Failure> {
    let Some(request) = permission::open(&web.app, &admin.actor, person).await? else {
        return Ok(None);
    };
    let company = companies::get(&web.app, &admin.actor).await?;
    Ok(Some(AsksFor {
        since: moments.when(request.asked_at),
        message: request.message,
        can_be_allowed: company.connect_policy != ConnectPolicy::Admins,
    }))
}

async fn allow(
    State(web): State<Web>,
    admin: Admin,
    Path(person): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    let person = people::get(&web.app, &admin.actor, id(&person)?).await?;
    let done = match permission::allow(&web.app, &admin.actor, person.id).await {
        Ok(()) => format!("{} may connect apps now.", person.name),
        Err(Failure::NotFound(_)) => ANSWERED.to_owned(),
        Err(Failure::Conflict(_)) => ADMINS_ONLY.to_owned(),
        Err(other) => return Err(other.into()),
    };
    Ok(back(&web, person.id, &done))
}

async fn decline(
    State(web): State<Web>,
    admin: Admin,
    Path(person): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let person = people::get(&web.app, &admin.actor, id(&person)?).await?;
    let reply = fields.get("reply");
    let done = match permission::decline(&web.app, &admin.actor, person.id, reply).await {
        Ok(()) => format!("Declined. {} is told.", person.name),
        Err(Failure::NotFound(_)) => ANSWERED.to_owned(),
        Err(other) => return Err(other.into()),
    };
    Ok(back(&web, person.id, &done))
}

fn back(web: &Web, person: PersonId, done: &str) -> Response {
    see_other_saying(
        web,
        &links::admin_person(person),
        &saying(&[("done", done)]),
    )
}
