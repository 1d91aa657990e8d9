//! The history of bookings, connections and people: who did what, when.

use jiff::Timestamp;
use rooms_core::{BookingId, CompanyId, EventId, PersonId, ReconciliationId};
use uuid::Uuid;

use crate::audit::{Entry, Subject};
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
    /// Whoever runs the installation, from the command line.
    Operator,
}

impl By {
    /// The person, and the word in the audit.
    pub(crate) const fn on_record(self) -> (Option<PersonId>, &'static str) {
        match self {
            Self::Person(person) => (Some(person), "person"),
            Self::Zoom => (None, "zoom"),
            Self::System => (None, "system"),
            Self::Operator => (None, "operator"),
        }
    }

    /// The person, and the word in a history.
    const fn in_history(self) -> (Option<PersonId>, &'static str) {
        match self {
            Self::Operator => (None, "system"),
            other => other.on_record(),
        }
    }
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

/// Adds an entry, and puts what is about connections, meetings and people on record too.
pub async fn insert(
    tx: &mut Tx,
    (company, subject): (CompanyId, Uuid),
    kind: &str,
    by: By,
    detail: &str,
    now: Timestamp,
) -> Result<(), Error> {
    if let Some(about) = on_record(kind, subject) {
        tx.audit(Entry::new(company, by, kind, about, now));
    }
    add(tx, (company, subject), kind, by, detail, now).await
}

/// Adds what goes on record to a history as well: that of `subject`, with a detail in words.
pub async fn record(tx: &mut Tx, entry: Entry, subject: Uuid, detail: &str) -> Result<(), Error> {
    let (about, by, at) = ((entry.company(), subject), entry.by(), entry.at());
    add(tx, about, entry.action(), by, detail, at).await?;
    tx.audit(entry);
    Ok(())
}

/// What the audit calls the subject of a history; what is about rooms and plain bookings is not
/// put on record.
fn on_record(kind: &str, subject: Uuid) -> Option<Subject> {
    match kind.split_once('.')?.0 {
        "zoom" | "person" => Some(PersonId::from_uuid(subject).into()),
        "meeting" => Some(BookingId::from_uuid(subject).into()),
        "reconciliation" => Some(ReconciliationId::from_uuid(subject).into()),
        _ => None,
    }
}

async fn add(
    tx: &mut Tx,
    (company, subject): (CompanyId, Uuid),
    kind: &str,
    by: By,
    detail: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let id = EventId::from_uuid(tx.sealer().new_id(now));
    let (actor, actor_kind) = by.in_history();
    let actor = actor.map(PersonId::uuid);
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
