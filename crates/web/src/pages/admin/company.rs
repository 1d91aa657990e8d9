//! The company: its name, and who may connect apps.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use rooms_app::{Failure, companies, people, zoom};
use rooms_core::actor::Person;
use rooms_core::{Actor, ConnectPolicy, FieldErrors};

use super::{Admin, rule, saying};
use crate::links;
use crate::pages::settings::status;
use crate::pages::{PageError, draw, layout, problems, see_other_saying};
use crate::session::Fields;
use crate::state::Web;
use crate::views::admin::CompanyPage;
use crate::views::layout::Nav;
use crate::views::parts::Problems;

pub(super) fn router() -> Router<Web> {
    Router::new().route(links::ADMIN_COMPANY, get(show).post(change))
}

async fn show(State(web): State<Web>, admin: Admin) -> Result<Response, PageError> {
    let company = companies::get(&web.app, &admin.actor).await?;
    let shown = (company.name, company.connect_policy);
    page(&web, &admin, shown, Problems::none()).await
}

async fn change(
    State(web): State<Web>,
    admin: Admin,
    fields: Fields,
) -> Result<Response, PageError> {
    let now = companies::get(&web.app, &admin.actor).await?;
    let (name, sent) = (fields.get("name"), fields.get("connect_apps"));
    let policy = match (sent, ConnectPolicy::parse(sent)) {
        ("", _) => Ok(now.connect_policy),
        (_, Some(policy)) => Ok(policy),
        (_, None) => Err(FieldErrors::one(
            "connect_apps",
            "unknown",
            "Choose one of the three.",
        )),
    };
    let changed = match policy {
        Ok(policy) => companies::change(&web.app, &admin.actor, name, policy).await,
        Err(errors) => Err(Failure::Invalid(errors)),
    };
    match changed {
        Ok(()) => Ok(see_other_saying(
            &web,
            links::ADMIN_COMPANY,
            &saying(&[("done", "saved")]),
        )),
        Err(Failure::Invalid(errors)) => {
            let typed = (
                name.to_owned(),
                ConnectPolicy::parse(sent).unwrap_or(now.connect_policy),
            );
            page(
                &web,
                &admin,
                typed,
                problems(&errors, &[("connect_apps", "rule-everybody")]),
            )
            .await
        }
        Err(other) => Err(other.into()),
    }
}

async fn page(
    web: &Web,
    admin: &Admin,
    (name, policy): (String, ConnectPolicy),
    problems: Problems,
) -> Result<Response, PageError> {
    let connected = connected(web, &admin.actor).await?;
    let lose = |policy: ConnectPolicy| {
        let allowed = |person: &&Person| policy.allows(person.role, person.may_connect);
        connected.iter().filter(|person| !allowed(person)).count()
    };
    let answer = status(&problems);
    let page = CompanyPage {
        layout: layout(web, &admin.caller, "Company", Nav::Admin).await?,
        name,
        rule: rule(policy),
        would_lose: (lose(ConnectPolicy::Chosen), lose(ConnectPolicy::Admins)),
        problems,
        saved: !admin.done().is_empty(),
    };
    Ok(draw(answer, &page))
}

/// The people whose connection has not ended.
async fn connected(web: &Web, actor: &Actor) -> Result<Vec<Person>, Failure> {
    let mut connected = Vec::new();
    for connection in zoom::company_connections(&web.app, actor).await? {
        connected.push(people::get(&web.app, actor, connection.person).await?);
    }
    Ok(connected)
}
