//! Groups of people: the list, adding and changing one, who is in it.

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use rooms_app::people::groups;
use rooms_app::{Failure, companies};
use rooms_core::actor::Person;
use rooms_core::{Group, PersonId, PersonState};
use rooms_views::admin::{GroupHead, GroupPage, GroupPerson, GroupRow, GroupsPage};
use rooms_views::layout::Nav;
use rooms_views::links;
use rooms_views::parts::Problems;

use super::people::everybody;
use super::{Admin, rule, saying};
use crate::pages::settings::status;
use crate::pages::{PageError, draw, id, layout, problems, see_other_saying};
use crate::session::Fields;
use crate::state::Web;

/// How many people a search shows.
const FOUND: usize = 20;

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route(links::ADMIN_GROUPS, get(list).post(add))
        .route("/admin/groups/new", get(new))
        .route("/admin/groups/{id}", get(show).post(change))
        .route("/admin/groups/{id}/members", post(put_in))
        .route("/admin/groups/{id}/removal", post(take_out))
        .route("/admin/groups/{id}/deletion", post(delete))
}

async fn list(State(web): State<Web>, admin: Admin) -> Result<Response, PageError> {
    let company = companies::get(&web.app, &admin.actor).await?;
    let groups = groups::list(&web.app, &admin.actor).await?;
    let page = GroupsPage {
        layout: layout(&web, &admin.caller, "Groups", Nav::Admin).await?,
        groups: groups.into_iter().map(row).collect(),
        rule: rule(company.connect_policy),
        done: admin.done(),
    };
    Ok(draw(StatusCode::OK, &page))
}

fn row((group, members): (Group, i64)) -> GroupRow {
    GroupRow {
        id: group.id.to_string(),
        name: group.name,
        members,
        may_connect: group.may_connect,
    }
}

async fn new(State(web): State<Web>, admin: Admin) -> Result<Response, PageError> {
    page(&web, &admin, None, ("", true), Problems::none()).await
}

/// The name and the box of the form.
fn typed(fields: &Fields) -> (&str, bool) {
    (fields.get("name"), fields.get("may_connect") == "yes")
}

async fn add(State(web): State<Web>, admin: Admin, fields: Fields) -> Result<Response, PageError> {
    let (name, may_connect) = typed(&fields);
    match groups::add(&web.app, &admin.actor, name, may_connect).await {
        Ok(group) => {
            let done = format!("{} is added. Now it can have people.", group.name);
            let said = saying(&[("done", &done)]);
            Ok(see_other_saying(&web, &links::admin_group(group.id), &said))
        }
        Err(Failure::Invalid(errors)) => {
            let wrong = problems(&errors, &[]);
            page(&web, &admin, None, (name, may_connect), wrong).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn show(
    State(web): State<Web>,
    admin: Admin,
    Path(group): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let (group, members) = groups::get(&web.app, &admin.actor, id(&group)?).await?;
    let asked = Fields::parse(query.unwrap_or_default().as_bytes());
    let head = head(&web, &admin, (&group, &members), asked.get("q")).await?;
    let shown = (group.name.as_str(), group.may_connect);
    page(&web, &admin, Some(head), shown, Problems::none()).await
}

async fn change(
    State(web): State<Web>,
    admin: Admin,
    Path(group): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let (group, members) = groups::get(&web.app, &admin.actor, id(&group)?).await?;
    let typed = typed(&fields);
    match groups::change(&web.app, &admin.actor, group.id, typed).await {
        Ok(()) => {
            let said = saying(&[("done", "Saved.")]);
            Ok(see_other_saying(&web, &links::admin_group(group.id), &said))
        }
        Err(Failure::Invalid(errors)) => {
            let head = head(&web, &admin, (&group, &members), "").await?;
            page(&web, &admin, Some(head), typed, problems(&errors, &[])).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn put_in(
    State(web): State<Web>,
    admin: Admin,
    Path(group): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let (group, person) = (id(&group)?, id(fields.get("person_id"))?);
    let person = groups::put_in(&web.app, &admin.actor, group, person).await?;
    let done = format!("{} is in the group.", person.name);
    let back = match fields.get("q") {
        "" => links::admin_group(group),
        q => format!("{}?{}", links::admin_group(group), saying(&[("q", q)])),
    };
    Ok(see_other_saying(&web, &back, &saying(&[("done", &done)])))
}

async fn take_out(
    State(web): State<Web>,
    admin: Admin,
    Path(group): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let (group, person) = (id(&group)?, id(fields.get("person_id"))?);
    let person = groups::take_out(&web.app, &admin.actor, group, person).await?;
    let done = format!("{} is not in the group any more.", person.name);
    let back = links::admin_group(group);
    Ok(see_other_saying(&web, &back, &saying(&[("done", &done)])))
}

async fn delete(
    State(web): State<Web>,
    admin: Admin,
    Path(group): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    let group = groups::delete(&web.app, &admin.actor, id(&group)?).await?;
    let said = saying(&[("done", &format!("{} is deleted.", group.name))]);
    Ok(see_other_saying(&web, links::ADMIN_GROUPS, &said))
}

/// A group with its people, and whom a search finds among the others.
async fn head(
    web: &Web,
    admin: &Admin,
    (group, members): (&Group, &[PersonId]),
    q: &str,
) -> Result<GroupHead, Failure> {
    let q = q.trim();
    let wanted = q.to_lowercase();
    let (inside, others): (Vec<Person>, Vec<Person>) = everybody(web, admin)
        .await?
        .into_iter()
        .partition(|person| members.contains(&person.id));
    let found: Vec<Person> = others
        .into_iter()
        .filter(|person| person.state != PersonState::Deactivated)
        .filter(|p| p.name.to_lowercase().contains(&wanted) || p.email.contains(&wanted))
        .collect();
    Ok(GroupHead {
        id: group.id.to_string(),
        name: group.name.clone(),
        members: inside.iter().map(shown).collect(),
        q: q.to_owned(),
        more: found.len().saturating_sub(FOUND),
        found: found.iter().take(FOUND).map(shown).collect(),
    })
}

fn shown(person: &Person) -> GroupPerson {
    GroupPerson {
        id: person.id.to_string(),
        name: person.name.clone(),
        email: person.email.clone(),
        deactivated: person.state == PersonState::Deactivated,
    }
}

async fn page(
    web: &Web,
    admin: &Admin,
    group: Option<GroupHead>,
    (name, may_connect): (&str, bool),
    problems: Problems,
) -> Result<Response, PageError> {
    let company = companies::get(&web.app, &admin.actor).await?;
    let answer = status(&problems);
    let page = GroupPage {
        layout: layout(web, &admin.caller, "Group", Nav::Admin).await?,
        group,
        name: name.to_owned(),
        may_connect,
        rule: rule(company.connect_policy),
        problems,
        done: admin.done(),
    };
    Ok(draw(answer, &page))
}
