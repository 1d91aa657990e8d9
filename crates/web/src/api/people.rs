//! People.

use axum::Json;
use axum::extract::State;
use rooms_app::people;
use rooms_core::PersonId;
use rooms_core::actor::Person as Recorded;

use super::auth::Authorized;
use super::query::{Cursor, Page, PagingParams, Query};
use super::wire::Person;
use crate::problem::Problem;
use crate::state::Web;

/// The people of the company, deactivated ones too.
#[utoipa::path(get, path = "/api/v1/people", operation_id = "list_people", tag = "people",
    summary = "List people", params(PagingParams),
    responses((status = 200, description = "People, by name.", body = inline(super::document::Items<Person>))))]
pub(super) async fn list(
    State(web): State<Web>,
    Authorized(actor): Authorized,
    mut query: Query,
) -> Result<Json<Page<Person>>, Problem> {
    let paging = query.paging();
    query.end()?;
    // The place of somebody is their name, which is looked up: it may be long.
    let last = match paging.after {
        Some(Cursor { id, .. }) => {
            Some(people::get(&web.app, &actor, PersonId::from_uuid(id)).await?)
        }
        None => None,
    };
    let after = last
        .as_ref()
        .map(|person| (person.name.as_str(), person.id));
    let found = people::list(&web.app, &actor, after, paging.limit + 1).await?;
    let place = |person: &Recorded| Cursor {
        order: 0,
        id: person.id.uuid(),
    };
    Ok(Json(paging.page(found, place, Person::from)))
}
