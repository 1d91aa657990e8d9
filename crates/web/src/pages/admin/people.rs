//! People: the list with its invitation, one person's page, deactivation.

use std::collections::{HashMap, HashSet};

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use jiff::{SignedDuration, Timestamp};
use rooms_app::people::invitations::{self, Invited, NewInvitation};
use rooms_app::people::recovery::{self, RECOVERY_LIFE};
use rooms_app::people::{self, PersonChange, groups, second_factor};
use rooms_app::{Failure, companies, zoom};
use rooms_core::actor::Person;
use rooms_core::booking::Booking;
use rooms_core::connection::{Connection, ConnectionStatus};
use rooms_core::group::Permission;
use rooms_core::{ConnectPolicy, PersonId, PersonState, Role};
use rooms_views::admin::{
    self as views, HandoverBooking, InGroup, InvitationLink, InviteTyped, PeoplePage, PersonPage,
    PersonRow,
};
use rooms_views::layout::Nav;
use rooms_views::links;
use rooms_views::parts::Problems;

use super::{Admin, rule, saying};
use crate::pages::moments::{self, Moments};
use crate::pages::settings::status;
use crate::pages::{PageError, draw, id, layout, problems, see_other, see_other_saying, sentence};
use crate::session::Fields;
use crate::state::Web;

/// How many people are read at a time.
const PAGE: i64 = 500;

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route(links::ADMIN_PEOPLE, get(list).post(invite))
        .route("/admin/people/{id}", get(show).post(change))
        .route("/admin/people/{id}/invitation", post(invite_again))
        .route("/admin/people/{id}/recovery", post(recover))
        .route("/admin/people/{id}/reactivation", post(invite_again))
        .route("/admin/people/{id}/deactivation", post(deactivate))
}

/// What the rows of people say beside what is recorded of them.
struct Around {
    me: PersonId,
    now: Timestamp,
    moments: Moments,
    zoom: HashMap<PersonId, ConnectionStatus>,
    invited: HashMap<PersonId, Timestamp>,
    with_factor: HashSet<PersonId>,
}

impl Around {
    async fn of(web: &Web, admin: &Admin) -> Result<Self, Failure> {
        let mut connections = zoom::company_connections(&web.app, &admin.actor).await?;
        // Of several one that works is what counts: the last one said of a person stays.
        connections.sort_by_key(Connection::is_active);
        let invited = invitations::waiting(&web.app, &admin.actor).await?;
        let (_, with_factor) = second_factor::rule(&web.app, &admin.actor).await?;
        Ok(Self {
            me: admin.actor.person,
            now: web.app.now(),
            moments: Moments::of(web, &admin.actor).await?,
            zoom: connections.iter().map(|c| (c.person, c.status)).collect(),
            invited: invited.into_iter().collect(),
            with_factor: with_factor.into_iter().collect(),
        })
    }

    fn row(&self, person: &Person) -> PersonRow {
        PersonRow {
            id: person.id.to_string(),
            name: person.name.clone(),
            email: person.email.clone(),
            admin: person.role == Role::Admin,
            zoom: match self.zoom.get(&person.id) {
                Some(ConnectionStatus::Active) => "Connected".to_owned(),
                Some(ConnectionStatus::NeedsAttention) => "Needs attention".to_owned(),
                Some(ConnectionStatus::Inactive) | None => String::new(),
            },
            second_factor: self.with_factor.contains(&person.id),
            state: match (person.state, self.invited.get(&person.id)) {
                (PersonState::Active, _) => views::PersonState::Active,
                (PersonState::Deactivated, _) => views::PersonState::Deactivated,
                (PersonState::Invited, Some(until)) if *until > self.now => {
                    views::PersonState::Invited(format!("until {}", self.moments.words(*until)))
                }
                (PersonState::Invited, _) => views::PersonState::InvitationExpired,
            },
            you: person.id == self.me,
        }
    }
}

/// Everybody of the company by name, those deactivated last.
pub(super) async fn everybody(web: &Web, admin: &Admin) -> Result<Vec<Person>, Failure> {
    let mut all: Vec<Person> = Vec::new();
    loop {
        let after = all.last().map(|last| (last.name.as_str(), last.id));
        let some = people::list(&web.app, &admin.actor, after, PAGE).await?;
        let full = i64::try_from(some.len()) == Ok(PAGE);
        all.extend(some);
        if !full {
            break;
        }
    }
    all.sort_by_key(|person| person.state == PersonState::Deactivated);
    Ok(all)
}

async fn list(State(web): State<Web>, admin: Admin) -> Result<Response, PageError> {
    people_page(&web, &admin, InviteTyped::default(), Problems::none()).await
}

async fn invite(
    State(web): State<Web>,
    admin: Admin,
    fields: Fields,
) -> Result<Response, PageError> {
    let typed = InviteTyped {
        name: fields.get("name").to_owned(),
        email: fields.get("email").to_owned(),
        admin: fields.get("role") == Role::Admin.as_str(),
        connect_apps: fields.get("connect_apps") == "yes",
    };
    let new = NewInvitation {
        email: typed.email.clone(),
        name: typed.name.clone(),
        role: if typed.admin {
            Role::Admin
        } else {
            Role::Officer
        },
        may_connect: typed.connect_apps,
    };
    match invitations::invite(&web.app, &admin.actor, new).await {
        Ok(invited) => Ok(handed_over(
            &web,
            links::ADMIN_PEOPLE,
            &invited,
            (typed.name.trim(), invitations::INVITATION_LIFE),
        )),
        Err(Failure::Invalid(errors)) => {
            people_page(&web, &admin, typed, problems(&errors, &[])).await
        }
        Err(other) => Err(other.into()),
    }
}

/// Leads on: the link is sent by mail, or shown on the next page where no mail is set up.
fn handed_over(
    web: &Web,
    to: &str,
    invited: &Invited,
    (name, life): (&str, SignedDuration),
) -> Response {
    if web.app.mailer().is_some() {
        let done = format!("A link is on its way to {name}.");
        return see_other_saying(web, to, &saying(&[("done", &done)]));
    }
    let until = web.app.now().saturating_add(life).unwrap_or(web.app.now());
    let until = until.as_second().to_string();
    let said = saying(&[("link", &invited.link), ("name", name), ("until", &until)]);
    see_other_saying(web, to, &said)
}

/// The link that the page before wants shown, this once.
fn link(admin: &Admin, moments: &Moments) -> Option<InvitationLink> {
    let until = Timestamp::from_second(admin.said("until").parse().ok()?).ok()?;
    Some(InvitationLink {
        name: admin.said("name"),
        url: admin.said("link"),
        good_until: moments.words(until),
    })
}

async fn people_page(
    web: &Web,
    admin: &Admin,
    invite: InviteTyped,
    problems: Problems,
) -> Result<Response, PageError> {
    let around = Around::of(web, admin).await?;
    let people = everybody(web, admin).await?;
    let company = companies::get(&web.app, &admin.actor).await?;
    let answer = status(&problems);
    let page = PeoplePage {
        layout: layout(web, &admin.caller, "People", Nav::Admin).await?,
        people: people.iter().map(|person| around.row(person)).collect(),
        invite,
        chosen_people: company.connect_policy == ConnectPolicy::Chosen,
        problems,
        link: link(admin, &around.moments),
        done: admin.done(),
    };
    Ok(draw(answer, &page))
}

async fn show(
    State(web): State<Web>,
    admin: Admin,
    Path(person): Path<String>,
) -> Result<Response, PageError> {
    let person = people::get(&web.app, &admin.actor, id(&person)?).await?;
    let shown = Shown::of(&person);
    person_page(&web, &admin, &person, shown, Problems::none()).await
}

async fn change(
    State(web): State<Web>,
    admin: Admin,
    Path(person): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let known = people::get(&web.app, &admin.actor, id(&person)?).await?;
    let company = companies::get(&web.app, &admin.actor).await?;
    let typed = typed(&known, company.connect_policy, &fields);
    let change = PersonChange {
        name: typed.name.clone(),
        role: typed.role,
        may_connect: typed.may_connect,
    };
    let wrong = match people::change(&web.app, &admin.actor, known.id, change).await {
        Ok(()) => {
            let said = saying(&[("done", "Saved.")]);
            return Ok(see_other_saying(
                &web,
                &links::admin_person(known.id),
                &said,
            ));
        }
        Err(Failure::Invalid(errors)) => problems(&errors, &[]),
        Err(Failure::Conflict(_)) => Problems::none().with("role-admin", LAST_ADMIN),
        Err(other) => return Err(other.into()),
    };
    person_page(&web, &admin, &known, Shown::of(&typed), wrong).await
}

const LAST_ADMIN: &str = "A company keeps at least one active admin.";

/// The person as the form wants them. A browser does not send what is disabled, so the permission
/// counts only where the company lets it count.
fn typed(known: &Person, policy: ConnectPolicy, fields: &Fields) -> Person {
    Person {
        name: fields.get("name").to_owned(),
        role: Role::parse(fields.get("role")).unwrap_or(known.role),
        may_connect: match policy {
            ConnectPolicy::Chosen => fields.get("connect_apps") == "yes",
            ConnectPolicy::Everybody | ConnectPolicy::Admins => known.may_connect,
        },
        ..known.clone()
    }
}

async fn invite_again(
    State(web): State<Web>,
    admin: Admin,
    Path(person): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    let person = people::get(&web.app, &admin.actor, id(&person)?).await?;
    let back = links::admin_person(person.id);
    match invitations::invite_again(&web.app, &admin.actor, person.id).await {
        Ok(invited) => {
            let whom = (person.name.as_str(), invitations::INVITATION_LIFE);
            Ok(handed_over(&web, &back, &invited, whom))
        }
        // They have chosen a password meanwhile.
        Err(Failure::Conflict(_)) => Ok(see_other(&back)),
        Err(other) => Err(other.into()),
    }
}

async fn recover(
    State(web): State<Web>,
    admin: Admin,
    Path(person): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let person = people::get(&web.app, &admin.actor, id(&person)?).await?;
    let back = links::admin_person(person.id);
    let reason = fields.get("reason");
    let removes_factors = fields.get("removes_factors") == "yes";
    match recovery::begin(&web.app, &admin.actor, person.id, reason, removes_factors).await {
        Ok(invited) => {
            let whom = (person.name.as_str(), RECOVERY_LIFE);
            Ok(handed_over(&web, &back, &invited, whom))
        }
        Err(Failure::Invalid(errors)) => {
            let shown = Shown {
                reason: reason.to_owned(),
                removes_factors,
                ..Shown::of(&person)
            };
            person_page(&web, &admin, &person, shown, problems(&errors, &[])).await
        }
        Err(Failure::Conflict(why)) => {
            let said = saying(&[("done", &sentence(why))]);
            Ok(see_other_saying(&web, &back, &said))
        }
        Err(other) => Err(other.into()),
    }
}

/// What the forms on somebody's page hold, as recorded or as typed.
struct Shown {
    person: Person,
    reason: String,
    removes_factors: bool,
}

impl Shown {
    fn of(person: &Person) -> Self {
        Self {
            person: person.clone(),
            reason: String::new(),
            removes_factors: false,
        }
    }
}

async fn deactivate(
    State(web): State<Web>,
    admin: Admin,
    Path(person): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    let person = people::get(&web.app, &admin.actor, id(&person)?).await?;
    let done = match people::deactivate(&web.app, &admin.actor, person.id).await {
        Ok(_) => format!("{} is deactivated.", person.name),
        Err(Failure::Conflict(_)) if person.id == admin.actor.person => {
            "You cannot deactivate yourself; ask another admin.".to_owned()
        }
        Err(Failure::Conflict(_)) => LAST_ADMIN.to_owned(),
        Err(other) => return Err(other.into()),
    };
    let back = links::admin_person(person.id);
    Ok(see_other_saying(&web, &back, &saying(&[("done", &done)])))
}

/// The page of somebody.
async fn person_page(
    web: &Web,
    admin: &Admin,
    person: &Person,
    shown: Shown,
    problems: Problems,
) -> Result<Response, PageError> {
    let Shown {
        person: shown,
        reason,
        removes_factors,
    } = shown;
    let around = Around::of(web, admin).await?;
    let company = companies::get(&web.app, &admin.actor).await?;
    let (groups, permission) = groups::of_person(&web.app, &admin.actor, person.id).await?;
    let handover = people::handover(&web.app, &admin.actor, person.id).await?;
    let answer = status(&problems);
    let page = PersonPage {
        layout: layout(web, &admin.caller, person.name.clone(), Nav::Admin).await?,
        person: PersonRow {
            admin: shown.role == Role::Admin,
            ..around.row(person)
        },
        name: shown.name,
        connect_apps: company.connect_policy.allows(shown.role, shown.may_connect),
        rule: rule(company.connect_policy),
        asks: super::permission::asks_for(web, admin, person.id, &around.moments).await?,
        permission: because(&permission),
        groups: groups
            .into_iter()
            .map(|group| InGroup {
                href: links::admin_group(group.id),
                name: group.name,
            })
            .collect(),
        role_fixed: role_fixed(web, admin, person).await?,
        handover: handover.iter().map(handover_booking).collect(),
        reason,
        removes_factors,
        problems,
        done: admin.done(),
        link: link(admin, &around.moments),
    };
    Ok(draw(answer, &page))
}

/// Why somebody may connect apps, or may not, as an admin reads it.
fn because(permission: &Permission) -> String {
    match permission {
        Permission::Everybody => "As saved: may connect apps, as everybody may.".to_owned(),
        Permission::Admin => "As saved: may connect apps, as admins always may.".to_owned(),
        Permission::Chosen => "As saved: may connect apps; an admin allowed it.".to_owned(),
        Permission::Group(name) => {
            format!("As saved: may connect apps, through the group {name}.")
        }
        Permission::NotChosen => {
            "As saved: may not connect apps; neither an admin nor a group allows it.".to_owned()
        }
        Permission::AdminsOnly => "As saved: may not connect apps; only admins may.".to_owned(),
    }
}

/// Why somebody's role cannot be changed; empty when it can.
async fn role_fixed(web: &Web, admin: &Admin, person: &Person) -> Result<String, Failure> {
    let is_active_admin = |p: &&Person| p.role == Role::Admin && p.state == PersonState::Active;
    let everybody = everybody(web, admin).await?;
    let last = is_active_admin(&person) && everybody.iter().filter(is_active_admin).count() == 1;
    Ok(if last {
        LAST_ADMIN.to_owned()
    } else {
        String::new()
    })
}

pub(super) fn handover_booking(booking: &Booking) -> HandoverBooking {
    HandoverBooking {
        href: links::booking(booking.id),
        title: booking.title.clone(),
        when: moments::slot(&booking.zone, booking.slot),
        room: booking.room_name.clone(),
        zoom: booking.conference.is_some(),
    }
}
