//! What carries a person's requests: sessions of the pages and tokens of the API.
//!
//! Both are looked up by the SHA-256 of 256 random bits, before a company is known.

use jiff::Timestamp;
use rooms_core::{Actor, ApiTokenId, CompanyId, ConnectPolicy, PersonId, Role, SessionId};
use uuid::Uuid;

use crate::error::Error;
use crate::tx::Tx;

macro_rules! actor {
    () => {
        "p.company_id, p.id AS person_id, p.role, \
         (p.may_connect OR EXISTS (SELECT 1 FROM person_group_member m JOIN person_group g ON g.id = m.group_id WHERE m.person_id = p.id AND g.may_connect)) AS chosen, \
         p.name, p.email, c.connect_policy"
    };
}

/// Whether somebody may do nothing but set up the second factor that their company asks for.
macro_rules! confined {
    () => {
        "(c.second_factor AND NOT EXISTS (SELECT 1 FROM code_app f WHERE f.person_id = p.id AND f.confirmed_at IS NOT NULL) \
          AND NOT EXISTS (SELECT 1 FROM passkey f WHERE f.person_id = p.id)) AS confined"
    };
}

statements! {
    INSERT = "INSERT INTO session (id, token_hash, company_id, person_id, user_agent, created_at, seen_at, proved_at, expires_at) \
              VALUES ($1, $2, $3, $4, $5, $6, $6, $6, $7)";
    BY_HASH = concat!("SELECT s.id, s.seen_at, s.created_at, s.proved_at, ", confined!(), ", ", actor!(), " FROM session s \
              JOIN person p ON p.id = s.person_id JOIN company c ON c.id = p.company_id \
              WHERE s.token_hash = $1 AND s.expires_at > $2 AND p.state = 'active'");
    SEEN = "UPDATE session SET seen_at = $2, expires_at = $3 WHERE id = $1";
    PROVED = "UPDATE session SET proved_at = $4 WHERE company_id = $1 AND person_id = $2 AND id = $3";
    LIST = "SELECT id, user_agent, created_at, seen_at FROM session WHERE company_id = $1 AND person_id = $2 AND expires_at > $3 ORDER BY seen_at DESC";
    DELETE = "DELETE FROM session WHERE company_id = $1 AND person_id = $2 AND id = $3";
    DELETE_ALL = "DELETE FROM session WHERE company_id = $1 AND person_id = $2";
    DELETE_OTHERS = "DELETE FROM session WHERE company_id = $1 AND person_id = $2 AND id <> $3";
    PURGE = "DELETE FROM session WHERE expires_at <= $1";
    TOKEN_INSERT = "INSERT INTO api_token (id, token_hash, company_id, person_id, name, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    /// A token is no way in for people: what they owe their company's pages does not bind it.
    TOKEN_BY_HASH = concat!("SELECT t.id, COALESCE(t.seen_at, 0) AS seen_at, t.created_at, t.created_at AS proved_at, FALSE AS confined, ", actor!(), " FROM api_token t \
              JOIN person p ON p.id = t.person_id JOIN company c ON c.id = p.company_id \
              WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND p.state = 'active'");
    TOKEN_SEEN = "UPDATE api_token SET seen_at = $2 WHERE id = $1";
    TOKEN_LIST = "SELECT id, name, created_at, seen_at FROM api_token WHERE company_id = $1 AND person_id = $2 AND revoked_at IS NULL ORDER BY created_at DESC";
    TOKEN_REVOKE = "UPDATE api_token SET revoked_at = $4 WHERE company_id = $1 AND person_id = $2 AND id = $3 AND revoked_at IS NULL";
    TOKEN_REVOKE_ALL = "UPDATE api_token SET revoked_at = $3 WHERE company_id = $1 AND person_id = $2 AND revoked_at IS NULL";
}

/// What a token was found to carry.
#[derive(Debug, Clone)]
pub struct Carried<Id> {
    /// The session or token.
    pub id: Id,
    /// Who it is.
    pub actor: Actor,
    /// When it was last seen, to the precision it is written with.
    pub seen_at: Timestamp,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When its person last proved who they are.
    pub proved_at: Timestamp,
    /// Whether it is good for setting up a second factor only, which the company asks for.
    pub confined: bool,
}

/// A session as its person sees it.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// What the browser called itself.
    pub user_agent: String,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When it was last seen.
    pub seen_at: Timestamp,
}

/// An API token as its person sees it.
#[derive(Debug, Clone)]
pub struct ApiToken {
    /// Its id.
    pub id: ApiTokenId,
    /// What the person called it.
    pub name: String,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it was last used.
    pub seen_at: Option<Timestamp>,
}

row! {
    struct Row {
        id: Uuid,
        seen_at: i64,
        created_at: i64,
        proved_at: i64,
        confined: bool,
        company_id: Uuid,
        person_id: Uuid,
        role: String,
        chosen: bool,
        name: String,
        email: String,
        connect_policy: String,
    }
}

impl Row {
    fn read<Id>(self, id: fn(Uuid) -> Id) -> Result<Carried<Id>, Error> {
        let role = Role::parse(&self.role).ok_or(Error::Corrupt("role"))?;
        let policy =
            ConnectPolicy::parse(&self.connect_policy).ok_or(Error::Corrupt("connect_policy"))?;
        Ok(Carried {
            id: id(self.id),
            actor: Actor {
                company: CompanyId::from_uuid(self.company_id),
                person: PersonId::from_uuid(self.person_id),
                role,
                may_connect: policy.allows(role, self.chosen),
                name: self.name,
                email: self.email,
            },
            seen_at: instant(self.seen_at)?,
            created_at: instant(self.created_at)?,
            proved_at: instant(self.proved_at)?,
            confined: self.confined,
        })
    }
}

/// A session to be opened.
#[derive(Debug)]
pub struct NewSession<'a> {
    /// Its id.
    pub id: SessionId,
    /// SHA-256 of its token.
    pub token_hash: &'a [u8],
    /// The company.
    pub company: CompanyId,
    /// Whose it is.
    pub person: PersonId,
    /// What the browser calls itself.
    pub user_agent: &'a str,
    /// Now.
    pub now: Timestamp,
    /// When it ends unless it is seen again.
    pub expires_at: Timestamp,
}

/// Opens a session.
pub async fn insert(tx: &mut Tx, new: &NewSession<'_>) -> Result<(), Error> {
    execute!(
        tx,
        INSERT,
        new.id.uuid(),
        new.token_hash,
        new.company.uuid(),
        new.person.uuid(),
        new.user_agent,
        new.now.as_microsecond(),
        new.expires_at.as_microsecond(),
    )?;
    Ok(())
}

/// Whose session a token is, if it is open and its person active.
pub async fn by_hash(
    tx: &mut Tx,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<Carried<SessionId>>, Error> {
    fetch_optional!(tx, Row, BY_HASH, token_hash, now.as_microsecond())?
        .map(|row| row.read(SessionId::from_uuid))
        .transpose()
}

/// Notes that a session was seen, and moves its end on.
pub async fn seen(
    tx: &mut Tx,
    id: SessionId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Error> {
    execute!(
        tx,
        SEEN,
        id.uuid(),
        now.as_microsecond(),
        expires_at.as_microsecond()
    )?;
    Ok(())
}

/// A person's open sessions, last seen first.
pub async fn list(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
    now: Timestamp,
) -> Result<Vec<Session>, Error> {
    let rows = fetch_all!(
        tx,
        (Uuid, String, i64, i64),
        LIST,
        company.uuid(),
        person.uuid(),
        now.as_microsecond()
    )?;
    rows.into_iter()
        .map(|(id, user_agent, created_at, seen_at)| {
            Ok(Session {
                id: SessionId::from_uuid(id),
                user_agent,
                created_at: instant(created_at)?,
                seen_at: instant(seen_at)?,
            })
        })
        .collect()
}

/// Ends one session.
pub async fn delete(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
    id: SessionId,
) -> Result<bool, Error> {
    Ok(execute!(tx, DELETE, company.uuid(), person.uuid(), id.uuid())? == 1)
}

/// Notes that its person has just proved who they are.
pub async fn proved(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    id: SessionId,
    now: Timestamp,
) -> Result<(), Error> {
    let now = now.as_microsecond();
    execute!(tx, PROVED, company.uuid(), person.uuid(), id.uuid(), now).map(|_| ())
}

/// Ends all sessions of a person but one.
pub async fn delete_others(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    kept: SessionId,
) -> Result<u64, Error> {
    execute!(
        tx,
        DELETE_OTHERS,
        company.uuid(),
        person.uuid(),
        kept.uuid()
    )
}

/// Ends all sessions of a person.
pub async fn delete_all(tx: &mut Tx, company: CompanyId, person: PersonId) -> Result<u64, Error> {
    execute!(tx, DELETE_ALL, company.uuid(), person.uuid())
}

/// Forgets sessions that have ended.
pub async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    execute!(tx, PURGE, now.as_microsecond())
}

/// Issues an API token.
pub async fn insert_token(
    tx: &mut Tx,
    id: ApiTokenId,
    token_hash: &[u8],
    (company, person): (CompanyId, PersonId),
    name: &str,
    now: Timestamp,
) -> Result<(), Error> {
    execute!(
        tx,
        TOKEN_INSERT,
        id.uuid(),
        token_hash,
        company.uuid(),
        person.uuid(),
        name,
        now.as_microsecond(),
    )?;
    Ok(())
}

/// Whose API token it is, if it holds and its person is active.
pub async fn token_by_hash(
    tx: &mut Tx,
    token_hash: &[u8],
) -> Result<Option<Carried<ApiTokenId>>, Error> {
    fetch_optional!(tx, Row, TOKEN_BY_HASH, token_hash)?
        .map(|row| row.read(ApiTokenId::from_uuid))
        .transpose()
}

/// Notes that an API token was used.
pub async fn token_seen(tx: &mut Tx, id: ApiTokenId, now: Timestamp) -> Result<(), Error> {
    execute!(tx, TOKEN_SEEN, id.uuid(), now.as_microsecond())?;
    Ok(())
}

/// A person's API tokens, newest first.
pub async fn tokens(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
) -> Result<Vec<ApiToken>, Error> {
    let rows = fetch_all!(
        tx,
        (Uuid, String, i64, Option<i64>),
        TOKEN_LIST,
        company.uuid(),
        person.uuid()
    )?;
    rows.into_iter()
        .map(|(id, name, created_at, seen_at)| {
            Ok(ApiToken {
                id: ApiTokenId::from_uuid(id),
                name,
                created_at: instant(created_at)?,
                seen_at: seen_at.map(instant).transpose()?,
            })
        })
        .collect()
}

/// Revokes an API token.
pub async fn revoke_token(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
    id: ApiTokenId,
    now: Timestamp,
) -> Result<bool, Error> {
    let hit = execute!(
        tx,
        TOKEN_REVOKE,
        company.uuid(),
        person.uuid(),
        id.uuid(),
        now.as_microsecond()
    )?;
    Ok(hit == 1)
}

/// Revokes all API tokens of a person.
pub async fn revoke_tokens(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
    now: Timestamp,
) -> Result<u64, Error> {
    execute!(
        tx,
        TOKEN_REVOKE_ALL,
        company.uuid(),
        person.uuid(),
        now.as_microsecond()
    )
}

/// Reads an instant back.
pub(crate) fn instant(micros: i64) -> Result<Timestamp, Error> {
    Timestamp::from_microsecond(micros).map_err(|_| Error::Corrupt("instant"))
}
