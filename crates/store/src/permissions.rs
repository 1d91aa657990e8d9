//! What people ask their admins for: to be allowed to connect apps.

use jiff::Timestamp;
use rooms_core::{CompanyId, PermissionRequestId, PersonId};
use uuid::Uuid;

use crate::error::Error;
use crate::sessions::instant;
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO permission_request (id, company_id, person_id, state, message, asked_at) VALUES ($1, $2, $3, 'open', $4, $5) ON CONFLICT DO NOTHING";
    LATEST = "SELECT id, state, message, asked_at, answered_at, reply FROM permission_request WHERE company_id = $1 AND person_id = $2 \
              ORDER BY asked_at DESC, id DESC LIMIT 1";
    ANSWER = "UPDATE permission_request SET state = $3, answered_at = $4, answered_by = $5, reply = $6 WHERE company_id = $1 AND id = $2 AND state = 'open'";
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestState {
    /// It waits for an admin.
    Open,
    /// An admin allowed it.
    Allowed,
    /// An admin declined it.
    Declined,
}

impl RequestState {
    /// The word in SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Allowed => "allowed",
            Self::Declined => "declined",
        }
    }

    fn read(word: &str) -> Result<Self, Error> {
        [Self::Open, Self::Allowed, Self::Declined]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or(Error::Corrupt("permission_request.state"))
    }
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionRequest {
    /// Its id.
    pub id: PermissionRequestId,
    /// Where it stands.
    pub state: RequestState,
    /// What the person wrote; empty for nothing.
    pub message: String,
    /// When it was made.
    pub asked_at: Timestamp,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
    /// What was answered; nothing where no reason was given.
    pub reply: Option<String>,
}

row! {
    struct Row {
        id: Uuid,
        state: String,
        message: String,
        asked_at: i64,
        answered_at: Option<i64>,
        reply: Option<String>,
    }
}

/// Records a request; false when the person has an open one.
pub async fn insert(
    tx: &mut Tx,
    id: PermissionRequestId,
    (company, person): (CompanyId, PersonId),
    message: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    let hit = execute!(
        tx,
        INSERT,
        id.uuid(),
        company.uuid(),
        person.uuid(),
        message,
        now.as_microsecond()
    )?;
    Ok(hit == 1)
}

/// A person's newest request.
pub async fn latest(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
) -> Result<Option<PermissionRequest>, Error> {
    fetch_optional!(tx, Row, LATEST, company.uuid(), person.uuid())?
        .map(|row| {
            Ok(PermissionRequest {
                id: PermissionRequestId::from_uuid(row.id),
                state: RequestState::read(&row.state)?,
                message: row.message,
                asked_at: instant(row.asked_at)?,
                answered_at: row.answered_at.map(instant).transpose()?,
                reply: row.reply,
            })
        })
        .transpose()
}

/// Answers a request, once. False when it is not open.
pub async fn answer(
    tx: &mut Tx,
    (company, id): (CompanyId, PermissionRequestId),
    (state, reply): (RequestState, Option<&str>),
    by: PersonId,
    now: Timestamp,
) -> Result<bool, Error> {
    let hit = execute!(
        tx,
        ANSWER,
        company.uuid(),
        id.uuid(),
        state.as_str(),
        now.as_microsecond(),
        by.uuid(),
        reply
    )?;
    Ok(hit == 1)
}
