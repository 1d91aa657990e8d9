//! Groups of people: who is in them, and that a group may let its members connect apps.

use jiff::Timestamp;
use rooms_core::actor::Person;
use rooms_core::group::Permission;
use rooms_core::{Actor, Group, GroupId, PersonId, text};
use rooms_store::audit::Entry;
use rooms_store::events::{self, By};
use rooms_store::{Constraint, Tx, companies, groups, people};

use super::end_unless_allowed;
use crate::app::App;
use crate::companies::admins_only;
use crate::error::Failure;

/// The company's groups by name, each with how many are in it. Admins only.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<(Group, i64)>, Failure> {
    admins_only(actor)?;
    let mut tx = app.read().await?;
    Ok(groups::list(&mut tx, actor.company).await?)
}

/// A group and who is in it. Admins only.
pub async fn get(app: &App, actor: &Actor, id: GroupId) -> Result<(Group, Vec<PersonId>), Failure> {
    admins_only(actor)?;
    let mut tx = app.read().await?;
    let group = find(&mut tx, actor, id).await?;
    let members = groups::members(&mut tx, actor.company, id).await?;
    Ok((group, members))
}

/// A person's groups, and why they may connect apps or may not: for admins and for themselves.
pub async fn of_person(
    app: &App,
    actor: &Actor,
    id: PersonId,
) -> Result<(Vec<Group>, Permission), Failure> {
    if id != actor.person {
        admins_only(actor)?;
    }
    let mut tx = app.read().await?;
    let company = companies::get(&mut tx, actor.company)
        .await?
        .ok_or(Failure::NotFound("company"))?;
    let person = super::find(&mut tx, actor, id).await?;
    let groups = groups::of_person(&mut tx, actor.company, id).await?;
    let permission = Permission::of(company.connect_policy, &person, &groups);
    Ok((groups, permission))
}

/// Everybody whom a group lets connect apps. Admins only.
pub async fn let_connect(app: &App, actor: &Actor) -> Result<Vec<PersonId>, Failure> {
    admins_only(actor)?;
    let mut tx = app.read().await?;
    Ok(groups::let_connect(&mut tx, actor.company).await?)
}

/// Adds a group with nobody in it. Admins only.
pub async fn add(
    app: &App,
    actor: &Actor,
    name: &str,
    may_connect: bool,
) -> Result<Group, Failure> {
    admins_only(actor)?;
    let group = Group {
        id: GroupId::from_uuid(app.new_id()),
        company: actor.company,
        name: text::line("name", name, text::NAME_MAX)?,
        may_connect,
    };
    let input = (actor.clone(), group.clone(), app.now());
    app.store()
        .write(input, |tx, (actor, group, now)| {
            Box::pin(async move {
                groups::insert(tx, group, *now).await.map_err(name_taken)?;
                let entry = entry(actor, "group.added", group.id, *now);
                tx.audit(entry.with("may_connect", group.may_connect));
                Ok::<_, Failure>(())
            })
        })
        .await?;
    Ok(group)
}

/// Changes a group's name, and whether its members may connect apps; connections of those who may
/// not any more end. Admins only.
pub async fn change(
    app: &App,
    actor: &Actor,
    id: GroupId,
    (name, may_connect): (&str, bool),
) -> Result<(), Failure> {
    admins_only(actor)?;
    let group = Group {
        id,
        company: actor.company,
        name: text::line("name", name, text::NAME_MAX)?,
        may_connect,
    };
    app.store()
        .write((actor.clone(), group, app.now()), |tx, input| {
            Box::pin(async move {
                let (actor, group, now) = input;
                companies::lock(tx, actor.company).await?;
                let known = find(tx, actor, group.id).await?;
                groups::update(tx, group).await.map_err(name_taken)?;
                let entry = entry(actor, "group.changed", group.id, *now);
                tx.audit(entry.with("may_connect", group.may_connect));
                if known.may_connect && !group.may_connect {
                    let members = groups::members(tx, actor.company, group.id).await?;
                    end_where_lost(tx, actor, &members, *now).await?;
                }
                Ok::<_, Failure>(())
            })
        })
        .await
}

/// Deletes a group; connections of members who may not connect apps without it end. Admins only.
pub async fn delete(app: &App, actor: &Actor, id: GroupId) -> Result<Group, Failure> {
    admins_only(actor)?;
    app.store()
        .write((actor.clone(), id, app.now()), |tx, (actor, id, now)| {
            Box::pin(async move {
                companies::lock(tx, actor.company).await?;
                let group = find(tx, actor, *id).await?;
                let members = groups::members(tx, actor.company, *id).await?;
                groups::delete(tx, actor.company, *id).await?;
                let entry = entry(actor, "group.deleted", *id, *now);
                tx.audit(entry.with("members", members.len()));
                end_where_lost(tx, actor, &members, *now).await?;
                Ok(group)
            })
        })
        .await
}

/// Puts a person into a group; nothing changes where they are in it. Admins only.
pub async fn put_in(
    app: &App,
    actor: &Actor,
    id: GroupId,
    member: PersonId,
) -> Result<Person, Failure> {
    admins_only(actor)?;
    let input = (actor.clone(), id, member, app.now());
    app.store()
        .write(input, |tx, (actor, id, member, now)| {
            Box::pin(async move {
                let (group, person) = both(tx, actor, *id, *member).await?;
                if groups::add(tx, actor.company, *id, *member).await? {
                    record(tx, actor, "group.joined", (&group, *member), *now).await?;
                }
                Ok(person)
            })
        })
        .await
}

/// Takes a person out of a group, and ends their connections if they may not connect apps without
/// it. Admins only.
pub async fn take_out(
    app: &App,
    actor: &Actor,
    id: GroupId,
    member: PersonId,
) -> Result<Person, Failure> {
    admins_only(actor)?;
    let input = (actor.clone(), id, member, app.now());
    app.store()
        .write(input, |tx, (actor, id, member, now)| {
            Box::pin(async move {
                let (group, person) = both(tx, actor, *id, *member).await?;
                if groups::remove(tx, actor.company, *id, *member).await? {
                    record(tx, actor, "group.left", (&group, *member), *now).await?;
                    end_where_lost(tx, actor, &[*member], *now).await?;
                }
                Ok(person)
            })
        })
        .await
}

/// Ends the connections of those among some people who may not connect apps any more.
async fn end_where_lost(
    tx: &mut Tx,
    actor: &Actor,
    of: &[PersonId],
    now: Timestamp,
) -> Result<(), Failure> {
    let company = companies::get(tx, actor.company)
        .await?
        .ok_or(Failure::NotFound("company"))?;
    let connected = people::connected(tx, actor.company).await?;
    for person in connected.into_iter().filter(|p| of.contains(&p.id)) {
        let allowed = (company.connect_policy, &person);
        end_unless_allowed(tx, allowed, actor.person, now).await?;
    }
    Ok(())
}

async fn find(tx: &mut Tx, actor: &Actor, id: GroupId) -> Result<Group, Failure> {
    groups::get(tx, actor.company, id)
        .await?
        .ok_or(Failure::NotFound("group"))
}

/// A group and a person, while nobody else changes who may connect apps.
async fn both(
    tx: &mut Tx,
    actor: &Actor,
    id: GroupId,
    member: PersonId,
) -> Result<(Group, Person), Failure> {
    companies::lock(tx, actor.company).await?;
    let group = find(tx, actor, id).await?;
    Ok((group, super::find(tx, actor, member).await?))
}

fn entry(actor: &Actor, action: &str, id: GroupId, now: Timestamp) -> Entry {
    Entry::new(actor.company, By::Person(actor.person), action, id, now)
}

/// Puts on record that somebody came into a group or left it, and into their own history by its
/// name.
async fn record(
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    (group, member): (&Group, PersonId),
    now: Timestamp,
) -> Result<(), Failure> {
    let entry = entry(actor, action, group.id, now).with("person", member.to_string());
    Ok(events::record(tx, entry, member.uuid(), &group.name).await?)
}

/// Says that a name is taken beside its field.
fn name_taken(error: rooms_store::Error) -> Failure {
    if error.violates(Constraint::GroupName) {
        Failure::field("name", "taken", "There is a group of this name.")
    } else {
        error.into()
    }
}
