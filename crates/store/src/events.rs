//! The history of bookings, connections and people: who did what, when.

use jiff::Timestamp;
use rooms_core::{CompanyId, EventId, PersonId};
use uuid::Uuid;

use crate::error::Error;
use crate::sessions::instant;
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO event (id, company_id, subject, kind, actor_id, actor_kind, detail, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    OF_SUBJECT = "SELECT e.kind, e.actor_kind, p.name, e.detail, e.at FROM event e LEFT JOIN person p ON p.id = e.actor_id \
                  WHERE e.company_id = $1 AND e.subject = $2 ORDER BY e.at DESC, e.id DESC LIMIT $3";
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A person.
    Person(PersonId),
    /// Zoom told us.
    Zoom,
    /// The product itself.
    System,
}

/// An entry of a history.
#[derive(Debug, Clone)]
pub struct Event {
    /// What happened, for example `booking.moved`.
    pub kind: String,
    /// Whose doing it was: `person`, `zoom` or `system`.
    pub actor_kind: String,
    /// The person's name.
    pub actor_name: Option<String>,
    /// More about it, in words.
    pub detail: String,
    /// When.
    pub at: Timestamp,
}

/// Adds an entry.
pub async fn insert(
    tx: &mut Tx,
    (company, subject): (CompanyId, Uuid),
    kind: &str,
    by: By,
    detail: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let id = EventId::from_uuid(tx.sealer().new_id(now));
    let (actor, actor_kind) = match by {
        By::Person(person) => (Some(person.uuid()), "person"),
        By::Zoom => (None, "zoom"),
        By::System => (None, "system"),
    };
    execute!(
        tx,
        INSERT,
        id.uuid(),
        company.uuid(),
        subject,
        kind,
        actor,
        actor_kind,
        detail,
        now.as_microsecond(),
    )?;
    Ok(())
}

/// The newest entries about a subject, newest first.
pub async fn of_subject(
    tx: &mut Tx,
    company: CompanyId,
    subject: Uuid,
    limit: i64,
) -> Result<Vec<Event>, Error> {
    let rows = fetch_all!(
        tx,
        (String, String, Option<String>, String, i64),
        OF_SUBJECT,
        company.uuid(),
        subject,
        limit
    )?;
    rows.into_iter()
        .map(|(kind, actor_kind, actor_name, detail, at)| {
            Ok(Event {
                kind,
                actor_kind,
                actor_name,
                detail,
                at: instant(at)?,
            })
        })
        .collect()
}
