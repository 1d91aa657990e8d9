//! The company: its name, who may connect apps, and what hosts for people without Zoom.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use rooms_app::people::{groups, second_factor};
use rooms_app::zoom::apps;
use rooms_app::zoom::hosts::{self, Offered, StandIns};
use rooms_app::{Failure, companies, people};
use rooms_core::actor::Person;
use rooms_core::connection::hosts::StandIn;
use rooms_core::{Actor, ConnectPolicy, FieldErrors, PersonState};
use rooms_views::admin::{self as views, CompanyPage};
use rooms_views::layout::Nav;
use rooms_views::links;
use rooms_views::parts::Problems;

use super::{Admin, rule, saying};
use crate::pages::settings::status;
use crate::pages::{PageError, draw, layout, problems, see_other_saying};
use crate::session::Fields;
use crate::state::Web;

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route(links::ADMIN_COMPANY, get(show).post(change))
        .route(links::ADMIN_STAND_IN, post(set_stand_in))
        .route(links::ADMIN_SECOND_FACTOR, post(set_second_factor))
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

async fn set_stand_in(
    State(web): State<Web>,
    admin: Admin,
    fields: Fields,
) -> Result<Response, PageError> {
    let sent = fields.get("stand_in");
    let stand_in = match sent {
        "nobody" => Ok(StandIn::Nobody),
        "pool" => Ok(StandIn::Pool),
        id => id
            .parse()
            .map(StandIn::Shared)
            .map_err(|_| Failure::field("stand_in", "unknown", "Choose one of the list.")),
    };
    let done = match stand_in {
        Ok(stand_in) => hosts::set_stand_in(&web.app, &admin.actor, stand_in).await,
        Err(failure) => Err(failure),
    };
    match done {
        Ok(()) => Ok(see_other_saying(
            &web,
            links::ADMIN_COMPANY,
            &saying(&[("done", "saved")]),
        )),
        Err(Failure::Invalid(errors)) => {
            let company = companies::get(&web.app, &admin.actor).await?;
            let shown = (company.name, company.connect_policy);
            let problems = problems(&errors, &[("stand_in", "stand-in-nobody")]);
            page(&web, &admin, shown, problems).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn set_second_factor(
    State(web): State<Web>,
    admin: Admin,
    fields: Fields,
) -> Result<Response, PageError> {
    let required = fields.get("second_factor") == "required";
    second_factor::require(&web.app, &admin.actor, required).await?;
    let said = saying(&[("done", "saved")]);
    Ok(see_other_saying(&web, links::ADMIN_COMPANY, &said))
}

/// Whether everybody needs a second factor, and how many of those who can sign in have none.
async fn second_factor_rule(web: &Web, admin: &Admin) -> Result<(bool, usize), Failure> {
    let (required, with) = second_factor::rule(&web.app, &admin.actor).await?;
    let people = super::people::everybody(web, admin).await?;
    let active = people.iter().filter(|p| p.state == PersonState::Active);
    let without = active.filter(|person| !with.contains(&person.id)).count();
    Ok((required, without))
}

async fn stand_in(web: &Web, actor: &Actor) -> Result<Option<views::StandIn>, Failure> {
    if !apps::is_set_up(&web.app, actor.company).await? {
        return Ok(None);
    }
    let StandIns { stand_in, offered } = hosts::stand_ins(&web.app, actor).await?;
    let choice = |value: String, words: &str, then: &str, chosen| views::StandInChoice {
        value,
        words: words.to_owned(),
        then: then.to_owned(),
        chosen,
    };
    let mut choices = vec![choice(
        "nobody".to_owned(),
        "Nobody",
        "They book rooms without a link.",
        stand_in == StandIn::Nobody,
    )];
    for host in &offered {
        let (id, called) = (host.connection.id, host.connection.called());
        let then = format!("{}’s account hosts all of them, one at a time.", host.owner);
        choices.push(choice(
            id.to_string(),
            called,
            &then,
            stand_in == StandIn::Shared(id),
        ));
    }
    if offered.len() > 1 || stand_in == StandIn::Pool {
        choices.push(choice(
            "pool".to_owned(),
            "Whichever is free",
            "All that are offered form a pool; the least busy one hosts.",
            stand_in == StandIn::Pool,
        ));
    }
    let hosts = offered
        .iter()
        .filter(|host| stand_in.takes(&host.connection));
    let trouble = match stand_in {
        StandIn::Nobody => "",
        _ if hosts.clone().any(|host| host.connection.is_active()) => "",
        StandIn::Shared(_) if hosts.count() == 0 => {
            "The connection you chose is no longer offered, so nobody hosts. Choose again."
        }
        _ => "Nothing that is offered works just now, so nobody hosts.",
    };
    Ok(Some(views::StandIn {
        choices,
        trouble: trouble.to_owned(),
        offered: offered.iter().map(offered_host).collect(),
    }))
}

fn offered_host(host: &Offered) -> views::OfferedHost {
    let Offered {
        connection,
        owner,
        links_ahead,
    } = host;
    views::OfferedHost {
        called: connection.called().to_owned(),
        account: connection.account().to_owned(),
        owner: owner.clone(),
        href: format!("{}/{}", links::ADMIN_PEOPLE, connection.person),
        healthy: connection.is_active(),
        ahead: match links_ahead {
            0 => "none".to_owned(),
            1 => "1 link".to_owned(),
            more => format!("{more} links"),
        },
    }
}

async fn page(
    web: &Web,
    admin: &Admin,
    (name, policy): (String, ConnectPolicy),
    problems: Problems,
) -> Result<Response, PageError> {
    let connected = people::connected(&web.app, &admin.actor).await?;
    let grouped = groups::let_connect(&web.app, &admin.actor).await?;
    let lose = |policy: ConnectPolicy| {
        let chosen = |person: &Person| person.may_connect || grouped.contains(&person.id);
        let allowed = |person: &&Person| policy.allows(person.role, chosen(person));
        connected.iter().filter(|person| !allowed(person)).count()
    };
    let answer = status(&problems);
    let page = CompanyPage {
        layout: layout(web, &admin.caller, "Company", Nav::Admin).await?,
        name,
        rule: rule(policy),
        stand_in: stand_in(web, &admin.actor).await?,
        second_factor: second_factor_rule(web, admin).await?,
        would_lose: (lose(ConnectPolicy::Chosen), lose(ConnectPolicy::Admins)),
        problems,
        saved: !admin.done().is_empty(),
    };
    Ok(draw(answer, &page))
}
