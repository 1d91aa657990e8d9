//! All data held on one person: seeing it, having it, and erasing it.

use jiff::Timestamp;
use rooms_core::actor::Person;
use rooms_core::booking::Booking;
use rooms_core::{Actor, CompanyId, PersonId, Role, text};
use rooms_store::audit::Entry;
use rooms_store::events::By;
pub use rooms_store::personal::{DELETED_PERSON, Held};
use rooms_store::{Tx, companies, connections, people, personal};

use super::erasure;
use crate::app::App;
use crate::bookings;
use crate::companies::admins_only;
use crate::error::Failure;
use crate::people::{keep_an_admin, upcoming};
use crate::zoom::disconnect;

/// Everything held on the actor.
pub async fn held(app: &App, actor: &Actor) -> Result<Held, Failure> {
    read(app, (actor.company, actor.person)).await
}

async fn read(app: &App, (company, person): (CompanyId, PersonId)) -> Result<Held, Failure> {
    let mut tx = app.read().await?;
    personal::held(&mut tx, company, person)
        .await?
        .ok_or(Failure::NotFound("person"))
}

/// Everything held on the actor as one JSON document; that it was taken goes on record.
pub async fn download(app: &App, actor: &Actor) -> Result<String, Failure> {
    let whose = (actor.company, actor.person);
    document(app, whose, By::Person(actor.person)).await
}

/// The same for somebody by address or id: the command line's way.
pub async fn export(app: &App, whom: &str) -> Result<String, Failure> {
    let person = named(app, whom).await?;
    document(app, (person.company, person.id), By::Operator).await
}

async fn document(app: &App, whose: (CompanyId, PersonId), by: By) -> Result<String, Failure> {
    let held = read(app, whose).await?;
    let now = app.now();
    let mut document = serde_json::Map::new();
    document.insert("made_at".to_owned(), now.to_string().into());
    document.insert("person".to_owned(), held.profile);
    for (kind, entries) in held.kinds {
        document.insert(kind.to_owned(), entries.into());
    }
    let entry = Entry::new(whose.0, by, "data.exported", whose.1, now);
    app.store()
        .write(entry, |tx, entry| {
            tx.audit(entry.clone());
            Box::pin(async { Ok::<_, Failure>(()) })
        })
        .await?;
    serde_json::to_string_pretty(&document)
        .map_err(|_| Failure::Conflict("the document could not be written"))
}

/// Somebody by address, or by id.
async fn named(app: &App, whom: &str) -> Result<Person, Failure> {
    let mut tx = app.read().await?;
    let found = match whom.parse::<PersonId>() {
        Ok(id) => people::by_id_anywhere(&mut tx, id).await?,
        Err(_) => people::anywhere(&mut tx, &text::email("person", whom)?).await?,
    };
    found.ok_or(Failure::NotFound("person"))
}

/// What erasing somebody would do.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// Who.
    pub person: Person,
    /// Their bookings ahead, which have to be handed over or cancelled first.
    pub ahead: Vec<Booking>,
    /// How much is held, by kind.
    pub counts: Vec<(&'static str, usize)>,
}

/// What erasing somebody would do: the command line's way.
pub async fn outlook(app: &App, whom: &str) -> Result<Outlook, Failure> {
    let person = named(app, whom).await?;
    look(app, person).await
}

/// The same for a person of an admin's company.
pub async fn outlook_for(app: &App, actor: &Actor, id: PersonId) -> Result<Outlook, Failure> {
    admins_only(actor)?;
    let person = crate::people::get(app, actor, id).await?;
    look(app, person).await
}

async fn look(app: &App, person: Person) -> Result<Outlook, Failure> {
    let whose = (person.company, person.id);
    let held = read(app, whose).await?;
    let mut tx = app.read().await?;
    Ok(Outlook {
        ahead: own_ahead(&mut tx, whose, app.now()).await?,
        person,
        counts: held
            .kinds
            .iter()
            .map(|(kind, entries)| (*kind, entries.len()))
            .collect(),
    })
}

/// The bookings ahead that are a person's own; those they made for others stay.
async fn own_ahead(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    now: Timestamp,
) -> Result<Vec<Booking>, Failure> {
    let mut ahead = upcoming(tx, company, person, now).await?;
    ahead.retain(|booking| booking.organizer.id == person);
    Ok(ahead)
}

/// Cancels the bookings somebody has ahead, as they could themselves; gives how many that were.
pub async fn cancel_ahead(
    app: &App,
    outlook: &Outlook,
    by: Option<&Actor>,
) -> Result<usize, Failure> {
    let person = &outlook.person;
    let themselves = Actor {
        company: person.company,
        person: person.id,
        role: Role::Officer,
        may_connect: false,
        name: person.name.clone(),
        email: person.email.clone(),
    };
    let actor = by.unwrap_or(&themselves);
    for booking in &outlook.ahead {
        bookings::cancel(app, actor, booking.id, None, None).await?;
    }
    Ok(outlook.ahead.len())
}

/// What was erased, by kind.
pub type Erased = Vec<(&'static str, u64)>;

/// Erases somebody's data: the command line's way. Refused while they have bookings ahead.
pub async fn erase(app: &App, whom: &str) -> Result<Erased, Failure> {
    let person = named(app, whom).await?;
    app.store()
        .write((person, app.now()), |tx, (person, now)| {
            let whose = (person.company, person.id);
            Box::pin(erase_in(tx, whose, By::Operator, *now))
        })
        .await
}

/// Erases somebody's data in this transaction, and puts on record that it was.
pub(super) async fn erase_in(
    tx: &mut Tx,
    (company, id): (CompanyId, PersonId),
    by: By,
    now: Timestamp,
) -> Result<Erased, Failure> {
    companies::lock(tx, company).await?;
    let person = people::get(tx, company, id)
        .await?
        .ok_or(Failure::NotFound("person"))?;
    if personal::is_erased(tx, company, id).await? {
        return Err(Failure::Conflict("this person's data was erased before"));
    }
    keep_an_admin(tx, &person).await?;
    if !own_ahead(tx, (company, id), now).await?.is_empty() {
        return Err(Failure::Conflict(
            "this person has bookings ahead; hand them over or cancel them first",
        ));
    }
    disconnect::end_all(tx, (company, id), by, now).await?;
    let mut connections_erased = 0;
    for ended in connections::of_person(tx, company, id).await? {
        erasure::erase(tx, &ended, now).await?;
        connections_erased += 1;
    }
    let texts = (person.email.as_str(), person.name.as_str());
    let mut erased = personal::erase(tx, (company, id), texts, now)
        .await?
        .ok_or(Failure::Conflict("this person's data was erased before"))?;
    erased.push(("connections", connections_erased));
    let mut entry = Entry::new(company, by, "data.erased", id, now);
    for (kind, count) in &erased {
        entry = entry.with(kind, *count);
    }
    tx.audit(entry);
    Ok(erased)
}

/// Everybody whose data was erased since an instant: what a restored backup has to be told again.
pub async fn erased_since(
    app: &App,
    since: Timestamp,
) -> Result<Vec<(CompanyId, PersonId, Timestamp)>, Failure> {
    let mut tx = app.read().await?;
    Ok(rooms_store::requests::erased_since(&mut tx, since).await?)
}
