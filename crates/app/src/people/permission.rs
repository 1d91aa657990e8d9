//! Asking an admin to be allowed to connect apps, and the answer.

use jiff::{SignedDuration, Timestamp};
use rooms_core::actor::Person;
use rooms_core::{Actor, ConnectPolicy, PermissionRequestId, PersonId, text};
use rooms_store::audit::Entry;
use rooms_store::events::{self, By};
use rooms_store::permissions::{self, PermissionRequest, RequestState};
use rooms_store::{Tx, companies, notices, people};

use super::{find, permission_of};
use crate::app::App;
use crate::companies::admins_only;
use crate::error::Failure;
use crate::mail::{self, Letter};

/// How long after a refusal somebody may ask again.
pub const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(24 * 7);
/// The longest message, and the longest reason of a refusal.
pub const MESSAGE_MAX: usize = 300;
/// What admins are told.
const ASKED: &str = "permission.asked";

/// How somebody's newest request stands.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The request.
    pub request: PermissionRequest,
    /// The names of the admins who were told.
    pub told: Vec<String>,
    /// When it may be asked again; nothing while it waits for an answer.
    pub again_at: Option<Timestamp>,
}

/// When somebody may ask again after their newest request.
fn again_at(request: &PermissionRequest) -> Option<Timestamp> {
    let answered = request.answered_at?;
    match request.state {
        RequestState::Open => None,
        RequestState::Allowed => Some(answered),
        RequestState::Declined => answered.checked_add(AGAIN_AFTER).ok(),
    }
}

/// The actor's newest request.
pub async fn own(app: &App, actor: &Actor) -> Result<Option<Asked>, Failure> {
    let mut tx = app.read().await?;
    let latest = permissions::latest(&mut tx, actor.company, actor.person).await?;
    let Some(request) = latest else {
        return Ok(None);
    };
    let about = (ASKED, actor.person.uuid());
    let told = notices::told(&mut tx, actor.company, about, request.asked_at).await?;
    Ok(Some(Asked {
        again_at: again_at(&request),
        request,
        told,
    }))
}

/// The open request of a person. Admins only.
pub async fn open(
    app: &App,
    actor: &Actor,
    id: PersonId,
) -> Result<Option<PermissionRequest>, Failure> {
    admins_only(actor)?;
    let mut tx = app.read().await?;
    open_in(&mut tx, actor, id).await
}

async fn open_in(
    tx: &mut Tx,
    actor: &Actor,
    id: PersonId,
) -> Result<Option<PermissionRequest>, Failure> {
    let latest = permissions::latest(tx, actor.company, id).await?;
    Ok(latest.filter(|request| request.state == RequestState::Open))
}

/// Asks the admins to let the actor connect apps: a notice and a letter to each. False where
/// nothing is asked, because an answer is awaited or the last one was a refusal not long ago.
pub async fn ask(app: &App, actor: &Actor, message: &str) -> Result<bool, Failure> {
    let message = short("message", message)?;
    let id = PermissionRequestId::from_uuid(app.new_id());
    let input = (actor.clone(), id, message, app.now());
    app.store()
        .write(input, |tx, (actor, id, message, now)| {
            Box::pin(async move {
                let (company, me) = (actor.company, actor.person);
                let policy = policy(tx, actor).await?;
                let person = find(tx, actor, me).await?;
                if permission_of(tx, policy, &person).await?.is_given() {
                    return Err(Failure::Conflict("you may connect apps already"));
                }
                let latest = permissions::latest(tx, company, me).await?;
                if latest.is_some_and(|last| again_at(&last).is_none_or(|at| at > *now)) {
                    return Ok(false);
                }
                if !permissions::insert(tx, *id, (company, me), message, *now).await? {
                    return Ok(false);
                }
                tx.audit(Entry::new(company, By::Person(me), ASKED, *id, *now));
                tell_admins(tx, &person, *now).await?;
                Ok(true)
            })
        })
        .await
}

async fn tell_admins(tx: &mut Tx, person: &Person, now: Timestamp) -> Result<(), Failure> {
    let text = format!("{} asks to connect Zoom.", person.name);
    for admin in people::admins(tx, person.company).await? {
        let whom = (person.company, admin.id);
        notices::insert(tx, whom, ASKED, person.id.uuid(), &text, now).await?;
        let letter = Letter::PermissionAsked {
            admin: admin.id,
            person: person.id,
        };
        mail::queue(tx, person.company, &letter, now).await?;
    }
    Ok(())
}

/// Allows what a person asks: an admin has chosen them then. Admins only.
pub async fn allow(app: &App, actor: &Actor, id: PersonId) -> Result<(), Failure> {
    admins_only(actor)?;
    app.store()
        .write((actor.clone(), id, app.now()), |tx, (actor, id, now)| {
            Box::pin(async move {
                companies::lock(tx, actor.company).await?;
                if policy(tx, actor).await? == ConnectPolicy::Admins {
                    return Err(Failure::Conflict("only admins may connect apps here"));
                }
                let mut person = find(tx, actor, *id).await?;
                if !settle(tx, actor, &person, *now).await? {
                    return Err(Failure::NotFound("request"));
                }
                person.may_connect = true;
                people::update(tx, &person).await?;
                let by = By::Person(actor.person);
                let entry = Entry::new(actor.company, by, "person.changed", *id, *now)
                    .with("role", person.role.as_str())
                    .with("may_connect", true);
                let detail = format!("{}, {}", person.name, person.role.as_str());
                Ok(events::record(tx, entry, id.uuid(), &detail).await?)
            })
        })
        .await
}

/// Declines what a person asks, with a reason or without. Admins only.
pub async fn decline(app: &App, actor: &Actor, id: PersonId, reply: &str) -> Result<(), Failure> {
    admins_only(actor)?;
    let reply = short("reply", reply)?;
    let input = (actor.clone(), id, reply, app.now());
    app.store()
        .write(input, |tx, (actor, id, reply, now)| {
            Box::pin(async move {
                let person = find(tx, actor, *id).await?;
                let reply = Some(reply.as_str()).filter(|reply| !reply.is_empty());
                if answer(tx, actor, &person, (RequestState::Declined, reply), *now).await? {
                    Ok(())
                } else {
                    Err(Failure::NotFound("request"))
                }
            })
        })
        .await
}

/// Answers the open request of a person whom an admin has just chosen. False where there is none.
pub(super) async fn settle(
    tx: &mut Tx,
    actor: &Actor,
    person: &Person,
    now: Timestamp,
) -> Result<bool, Failure> {
    answer(tx, actor, person, (RequestState::Allowed, None), now).await
}

/// Answers a person's open request: they hear of it, and the admins have nothing to answer any
/// more.
async fn answer(
    tx: &mut Tx,
    actor: &Actor,
    person: &Person,
    (state, reply): (RequestState, Option<&str>),
    now: Timestamp,
) -> Result<bool, Failure> {
    let Some(request) = open_in(tx, actor, person.id).await? else {
        return Ok(false);
    };
    let company = actor.company;
    let which = (company, request.id);
    if !permissions::answer(tx, which, (state, reply), actor.person, now).await? {
        return Ok(false);
    }
    let (action, text) = match (state, reply) {
        (RequestState::Declined, Some(why)) => (
            "permission.declined",
            format!("Your request to connect Zoom was declined: {why}"),
        ),
        (RequestState::Declined, None) => (
            "permission.declined",
            "Your request to connect Zoom was declined.".to_owned(),
        ),
        _ => ("permission.allowed", "You may connect Zoom now.".to_owned()),
    };
    let about = person.id.uuid();
    notices::dismiss_of_all(tx, company, (ASKED, about), now).await?;
    notices::insert(tx, (company, person.id), action, about, &text, now).await?;
    let by = By::Person(actor.person);
    let entry = Entry::new(company, by, action, request.id, now);
    tx.audit(entry.with("person", person.id.to_string()));
    Ok(true)
}

async fn policy(tx: &mut Tx, actor: &Actor) -> Result<ConnectPolicy, Failure> {
    let company = companies::get(tx, actor.company).await?;
    Ok(company.ok_or(Failure::NotFound("company"))?.connect_policy)
}

/// A short text of one line, or nothing.
fn short(field: &'static str, typed: &str) -> Result<String, Failure> {
    if typed.trim().is_empty() && !typed.contains(char::is_control) {
        return Ok(String::new());
    }
    Ok(text::line(field, typed, MESSAGE_MAX)?)
}
