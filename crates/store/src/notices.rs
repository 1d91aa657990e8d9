//! What people must hear: shown on Home until dismissed.

use jiff::Timestamp;
use rooms_core::{CompanyId, NoticeId, PersonId};
use uuid::Uuid;

use crate::error::Error;
use crate::sessions::instant;
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO notice (id, company_id, person_id, kind, subject, detail, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    LIST = "SELECT id, kind, subject, detail, created_at FROM notice WHERE company_id = $1 AND person_id = $2 AND dismissed_at IS NULL \
            ORDER BY created_at DESC LIMIT 20";
    DISMISS = "UPDATE notice SET dismissed_at = $4 WHERE company_id = $1 AND person_id = $2 AND id = $3 AND dismissed_at IS NULL";
    DISMISS_ABOUT = "UPDATE notice SET dismissed_at = $4 WHERE company_id = $1 AND person_id = $2 AND subject = $3 AND dismissed_at IS NULL";
    TOLD = "SELECT p.name FROM notice n JOIN person p ON p.id = n.person_id WHERE n.company_id = $1 AND n.kind = $2 AND n.subject = $3 AND n.created_at >= $4 \
            ORDER BY p.name, p.id";
    DISMISS_OF_ALL = "UPDATE notice SET dismissed_at = $4 WHERE company_id = $1 AND kind = $2 AND subject = $3 AND dismissed_at IS NULL";
}

/// A notice.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// What it is about, for example `zoom.removed`.
    pub kind: String,
    /// The booking or connection.
    pub subject: Uuid,
    /// What happened, in words.
    pub detail: String,
    /// When.
    pub created_at: Timestamp,
}

/// Leaves a notice for a person.
pub async fn insert(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    kind: &str,
    subject: Uuid,
    detail: &str,
    now: Timestamp,
) -> Result<NoticeId, Error> {
    let id = NoticeId::from_uuid(tx.sealer().new_id(now));
    execute!(
        tx,
        INSERT,
        id.uuid(),
        company.uuid(),
        person.uuid(),
        kind,
        subject,
        detail,
        now.as_microsecond(),
    )?;
    Ok(id)
}

/// A person's notices, newest first.
pub async fn list(tx: &mut Tx, company: CompanyId, person: PersonId) -> Result<Vec<Notice>, Error> {
    let rows = fetch_all!(
        tx,
        (Uuid, String, Uuid, String, i64),
        LIST,
        company.uuid(),
        person.uuid()
    )?;
    rows.into_iter()
        .map(|(id, kind, subject, detail, at)| {
            Ok(Notice {
                id: NoticeId::from_uuid(id),
                kind,
                subject,
                detail,
                created_at: instant(at)?,
            })
        })
        .collect()
}

/// Dismisses one notice.
pub async fn dismiss(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
    id: NoticeId,
    now: Timestamp,
) -> Result<bool, Error> {
    let now = now.as_microsecond();
    Ok(execute!(tx, DISMISS, company.uuid(), person.uuid(), id.uuid(), now)? == 1)
}

/// Dismisses what was said about a subject, since it is no longer so.
pub async fn dismiss_about(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
    subject: Uuid,
    now: Timestamp,
) -> Result<(), Error> {
    let now = now.as_microsecond();
    execute!(
        tx,
        DISMISS_ABOUT,
        company.uuid(),
        person.uuid(),
        subject,
        now
    )?;
    Ok(())
}

/// The names of those who were told something about a subject since an instant.
pub async fn told(
    tx: &mut Tx,
    company: CompanyId,
    (kind, subject): (&str, Uuid),
    since: Timestamp,
) -> Result<Vec<String>, Error> {
    let since = since.as_microsecond();
    let rows = fetch_all!(tx, (String,), TOLD, company.uuid(), kind, subject, since)?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// Dismisses what everybody of the company was told of a subject, since it is done.
pub async fn dismiss_of_all(
    tx: &mut Tx,
    company: CompanyId,
    (kind, subject): (&str, Uuid),
    now: Timestamp,
) -> Result<(), Error> {
    let now = now.as_microsecond();
    execute!(tx, DISMISS_OF_ALL, company.uuid(), kind, subject, now).map(|_| ())
}
