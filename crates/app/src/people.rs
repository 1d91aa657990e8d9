//! People of a company: list, invite, change, deactivate.

pub mod groups;
pub mod invitations;
pub mod passkeys;
pub mod permission;
pub mod recovery;
pub mod second_factor;
pub mod security;
pub mod sessions;
pub mod sign_in;
pub mod tokens;

use jiff::{SignedDuration, Timestamp};
use rooms_core::actor::Person;
use rooms_core::booking::{BOOKABLE_DAYS_AHEAD, Booking};
use rooms_core::group::Permission;
use rooms_core::password::{self, Whose};
use rooms_core::{Actor, CompanyId, ConnectPolicy, FieldErrors, PersonId, PersonState, Role, text};
use rooms_store::audit::Entry;
use rooms_store::events::{self, By};
use rooms_store::groups as grouped;
use rooms_store::{Tx, bookings, companies, invitations as invited, people, sessions as signed_in};

use crate::app::App;
use crate::companies::{admins_only, email_taken, hash};
use crate::error::Failure;
use crate::zoom::disconnect;

/// A person the command line adds, with a password.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// The company.
    pub company: CompanyId,
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they are in the company.
    pub role: Role,
    /// Whether they are chosen to connect apps.
    pub may_connect: bool,
    /// Their password.
    pub password: String,
}

/// Adds a person who can sign in at once.
pub async fn add(app: &App, new: NewPerson) -> Result<PersonId, Failure> {
    let mut errors = FieldErrors::default();
    let email = errors.keep(text::email("email", &new.email));
    let name = errors.keep(text::line("name", &new.name, text::NAME_MAX));
    let company = {
        let mut tx = app.read().await?;
        companies::get(&mut tx, new.company)
            .await?
            .ok_or(Failure::NotFound("company"))?
    };
    let whose = Whose {
        email: &new.email,
        name: &new.name,
        company: &company.name,
    };
    errors.keep(password::check("password", &new.password, &whose));
    let (Some(email), Some(name), true) = (email, name, errors.is_empty()) else {
        return Err(errors.into());
    };
    let password_hash = hash(app, new.password).await?;
    let person = Person {
        id: PersonId::from_uuid(app.new_id()),
        company: new.company,
        email,
        name,
        role: new.role,
        may_connect: new.may_connect,
        state: PersonState::Active,
    };
    let id = person.id;
    app.store()
        .write(
            (person, password_hash, app.now()),
            |tx, (person, password_hash, now)| {
                Box::pin(async move {
                    people::insert(tx, person, Some(password_hash), *now)
                        .await
                        .map_err(email_taken)?;
                    let entry = Entry::new(
                        person.company,
                        By::Operator,
                        "person.added",
                        person.id,
                        *now,
                    );
                    tx.audit(entry.with("role", person.role.as_str()));
                    Ok::<_, Failure>(())
                })
            },
        )
        .await?;
    Ok(id)
}

/// People of the actor's company by name, after one, at most `limit`.
pub async fn list(
    app: &App,
    actor: &Actor,
    after: Option<(&str, PersonId)>,
    limit: i64,
) -> Result<Vec<Person>, Failure> {
    let mut tx = app.read().await?;
    Ok(people::list(&mut tx, actor.company, after, limit).await?)
}

/// The people of the company who have a connection that has not ended. Admins only.
pub async fn connected(app: &App, actor: &Actor) -> Result<Vec<Person>, Failure> {
    admins_only(actor)?;
    let mut tx = app.read().await?;
    Ok(people::connected(&mut tx, actor.company).await?)
}

/// One person of the actor's company.
pub async fn get(app: &App, actor: &Actor, id: PersonId) -> Result<Person, Failure> {
    let mut tx = app.read().await?;
    people::get(&mut tx, actor.company, id)
        .await?
        .ok_or(Failure::NotFound("person"))
}

/// What an admin changes about a person.
#[derive(Debug, Clone)]
pub struct PersonChange {
    /// Their name.
    pub name: String,
    /// What they are in the company.
    pub role: Role,
    /// Whether they are chosen to connect apps.
    pub may_connect: bool,
}

/// Changes a person. Admins only; the last active admin stays one, and a connection ends with the
/// permission for it.
pub async fn change(
    app: &App,
    actor: &Actor,
    id: PersonId,
    change: PersonChange,
) -> Result<(), Failure> {
    admins_only(actor)?;
    let name = text::line("name", &change.name, text::NAME_MAX)?;
    let input = (
        actor.clone(),
        id,
        PersonChange { name, ..change },
        app.now(),
    );
    app.store()
        .write(input, |tx, (actor, id, change, now)| {
            Box::pin(async move {
                companies::lock(tx, actor.company).await?;
                let mut person = find(tx, actor, *id).await?;
                if person.role == Role::Admin && change.role != Role::Admin {
                    keep_an_admin(tx, &person).await?;
                }
                person.name.clone_from(&change.name);
                person.role = change.role;
                if change.may_connect && !person.may_connect {
                    permission::settle(tx, actor, &person, *now).await?;
                }
                person.may_connect = change.may_connect;
                people::update(tx, &person).await?;
                let company = companies::get(tx, actor.company)
                    .await?
                    .ok_or(Failure::NotFound("company"))?;
                let allowed = (company.connect_policy, &person);
                end_unless_allowed(tx, allowed, actor.person, *now).await?;
                let detail = format!("{}, {}", person.name, person.role.as_str());
                let by = By::Person(actor.person);
                let entry = Entry::new(actor.company, by, "person.changed", *id, *now)
                    .with("role", person.role.as_str())
                    .with("may_connect", person.may_connect);
                Ok(events::record(tx, entry, id.uuid(), &detail).await?)
            })
        })
        .await
}

/// Changes the actor's own name.
pub async fn rename(app: &App, actor: &Actor, name: &str) -> Result<(), Failure> {
    let name = text::line("name", name, text::NAME_MAX)?;
    app.store()
        .write(
            (actor.clone(), name, app.now()),
            |tx, (actor, name, now)| {
                Box::pin(async move {
                    let mut person = find(tx, actor, actor.person).await?;
                    person.name.clone_from(name);
                    people::update(tx, &person).await?;
                    record(tx, actor, person.id, "person.renamed", name, *now).await
                })
            },
        )
        .await
}

/// Why a person may connect apps, or may not.
pub(crate) async fn permission_of(
    tx: &mut Tx,
    policy: ConnectPolicy,
    person: &Person,
) -> Result<Permission, Failure> {
    let groups = grouped::of_person(tx, person.company, person.id).await?;
    Ok(Permission::of(policy, person, &groups))
}

/// Ends the connections of a person who may not connect apps any more.
pub(crate) async fn end_unless_allowed(
    tx: &mut Tx,
    (policy, person): (ConnectPolicy, &Person),
    by: PersonId,
    now: Timestamp,
) -> Result<(), Failure> {
    if permission_of(tx, policy, person).await?.is_given() {
        return Ok(());
    }
    disconnect::end_all(tx, (person.company, person.id), By::Person(by), now).await
}

/// Deactivates a person: sessions and API tokens end, the Zoom connection ends (`system`) and is
/// revoked at Zoom, and the bookings still ahead come back for handover. Admins only.
pub async fn deactivate(app: &App, actor: &Actor, id: PersonId) -> Result<Vec<Booking>, Failure> {
    admins_only(actor)?;
    if actor.person == id {
        return Err(Failure::Conflict(
            "you cannot deactivate yourself; ask another admin",
        ));
    }
    let input = (actor.clone(), id, app.now());
    app.store()
        .write(input, |tx, (actor, id, now)| {
            Box::pin(async move {
                // Somebody who is on their way back from Zoom connects before this, or not at all.
                companies::lock(tx, actor.company).await?;
                let person = find(tx, actor, *id).await?;
                keep_an_admin(tx, &person).await?;
                people::deactivate(tx, actor.company, *id, *now).await?;
                signed_in::delete_all(tx, actor.company, *id).await?;
                signed_in::revoke_tokens(tx, actor.company, *id, *now).await?;
                invited::void(tx, actor.company, *id, *now).await?;
                let by = By::Person(actor.person);
                disconnect::end_all(tx, (actor.company, *id), by, *now).await?;
                record(tx, actor, *id, "person.deactivated", &person.name, *now).await?;
                upcoming(tx, actor.company, *id, *now).await
            })
        })
        .await
}

/// The bookings a person has ahead.
pub async fn handover(app: &App, actor: &Actor, id: PersonId) -> Result<Vec<Booking>, Failure> {
    admins_only(actor)?;
    let mut tx = app.read().await?;
    upcoming(&mut tx, actor.company, id, app.now()).await
}

pub(crate) async fn upcoming(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
    now: Timestamp,
) -> Result<Vec<Booking>, Failure> {
    let horizon = SignedDuration::from_hours(24 * (BOOKABLE_DAYS_AHEAD + 1));
    let to = now.saturating_add(horizon).unwrap_or(now);
    let mut ahead = bookings::of_person(tx, company, person, now, to, 500).await?;
    ahead.retain(|booking| booking.state.takes_the_room());
    Ok(ahead)
}

async fn find(tx: &mut Tx, actor: &Actor, id: PersonId) -> Result<Person, Failure> {
    people::get(tx, actor.company, id)
        .await?
        .ok_or(Failure::NotFound("person"))
}

pub(crate) async fn keep_an_admin(tx: &mut Tx, person: &Person) -> Result<(), Failure> {
    let counts = person.role == Role::Admin && person.state == PersonState::Active;
    if counts && people::lock_admins(tx, person.company).await? < 2 {
        return Err(Failure::Conflict(
            "a company keeps at least one active admin",
        ));
    }
    Ok(())
}

async fn record(
    tx: &mut Tx,
    actor: &Actor,
    id: PersonId,
    kind: &str,
    detail: &str,
    now: Timestamp,
) -> Result<(), Failure> {
    let by = By::Person(actor.person);
    Ok(events::insert(tx, (actor.company, id.uuid()), kind, by, detail, now).await?)
}
