//! The audit: who did what to connections, meetings, permissions and data, one chain per company.
//!
//! Each entry carries a keyed hash over itself and the hash before it, so that one that is changed,
//! left out or put in shows. Entries hold ids and words of ours and never a name or an address:
//! erasing a person breaks nothing. Only the oldest are ever removed, behind a sealed note of where
//! the chain goes on. What a transaction puts on record ([`Tx::audit`]) is written at its end.

pub mod chain;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::Timestamp;
use rooms_core::{
    ApiTokenId, BookingId, CompanyId, ConnectionId, DataRequestId, GroupId, PermissionRequestId,
    PersonId, ReconciliationId, ZoomAppId,
};
use uuid::Uuid;

use crate::error::Error;
use crate::events::By;
use crate::sessions::instant;
use crate::tx::Tx;

macro_rules! entries {
    ($rest:literal) => {
        concat!(
            "SELECT company_id, number, at, actor_kind, actor_id, topic, action, subject_kind, subject, details, previous, hash FROM audit ",
            "WHERE company_id = $1 AND ",
            $rest
        )
    };
}

statements! {
    TAKE = "UPDATE audit_chain SET number = number + $2 WHERE company_id = $1 RETURNING number, hash";
    BEGIN = "INSERT INTO audit_chain (company_id, number, hash, removed_number, removed_hash, seal) VALUES ($1, 0, $2, 0, $2, $3) \
             ON CONFLICT (company_id) DO NOTHING";
    INSERT = "INSERT INTO audit (company_id, number, at, actor_kind, actor_id, topic, action, subject_kind, subject, details, previous, hash) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    HEAD = "UPDATE audit_chain SET hash = $2 WHERE company_id = $1";
    AFTER = entries!("number > $2 AND number <= $3 ORDER BY number LIMIT $4");
    LIST = entries!("number < $2 AND at >= $3 AND at < $4 AND topic >= $5 AND topic <= $6 ORDER BY number DESC LIMIT $7");
    LIST_BY = entries!("number < $2 AND at >= $3 AND at < $4 AND topic >= $5 AND topic <= $6 AND actor_id = $8 ORDER BY number DESC LIMIT $7");
    NAMES = "SELECT p.id, p.name FROM person p WHERE p.company_id = $1 AND p.id IN (\
             SELECT a.actor_id FROM audit a WHERE a.company_id = $1 AND a.number >= $2 AND a.number <= $3 AND a.actor_id IS NOT NULL UNION \
             SELECT s.subject FROM audit s WHERE s.company_id = $1 AND s.number >= $2 AND s.number <= $3 AND s.subject_kind = 'person')";
    LATEST = entries!("subject = $2 AND action = $3 ORDER BY number DESC LIMIT 1");
}

/// What an entry is about, so that people can look for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Connections to Zoom.
    Connection,
    /// Meetings in Zoom.
    Meeting,
    /// Who may do what, and how they sign in.
    Permission,
    /// Data held on people: exports, erasures, requests, retention.
    Data,
}

impl Topic {
    /// All of them, in the order of a page.
    pub const ALL: [Self; 4] = [
        Self::Connection,
        Self::Meeting,
        Self::Permission,
        Self::Data,
    ];

    /// The word in SQL and addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Meeting => "meeting",
            Self::Permission => "permission",
            Self::Data => "data",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == text)
    }

    /// What an action belongs to, by its first word.
    fn of(action: &str) -> Self {
        match action.split_once('.').map_or(action, |(first, _)| first) {
            "zoom" => Self::Connection,
            "meeting" | "reconciliation" => Self::Meeting,
            "data" | "retention" | "audit" | "keys" => Self::Data,
            _ => Self::Permission,
        }
    }
}

/// What an entry was done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    kind: &'static str,
    id: Uuid,
}

macro_rules! subjects {
    ($($id:ident $word:literal),*) => {
        $(impl From<$id> for Subject {
            fn from(id: $id) -> Self {
                Self { kind: $word, id: id.uuid() }
            }
        })*

        /// An id as people write it, from the word of its kind.
        fn written(kind: &str, id: Uuid) -> String {
            match kind {
                $($word => $id::from_uuid(id).to_string(),)*
                _ => id.simple().to_string(),
            }
        }
    };
}

subjects!(
    CompanyId "company",
    PersonId "person",
    ConnectionId "connection",
    BookingId "booking",
    ApiTokenId "token",
    GroupId "group",
    PermissionRequestId "permission_request",
    DataRequestId "request",
    ReconciliationId "reconciliation",
    ZoomAppId "zoom_app"
);

/// Something to be put on record.
#[derive(Debug, Clone)]
pub struct Entry {
    company: CompanyId,
    by: By,
    action: String,
    subject: Subject,
    details: serde_json::Map<String, serde_json::Value>,
    at: Timestamp,
}

impl Entry {
    /// Somebody did something to something.
    #[must_use]
    pub fn new(
        company: CompanyId,
        by: By,
        action: &str,
        subject: impl Into<Subject>,
        at: Timestamp,
    ) -> Self {
        Self {
            company,
            by,
            action: action.to_owned(),
            subject: subject.into(),
            details: serde_json::Map::new(),
            at,
        }
    }

    /// With a detail: an id, a number or a word of ours; never a name, an address or a title.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn company(&self) -> CompanyId {
        self.company
    }

    pub(crate) fn by(&self) -> By {
        self.by
    }

    pub(crate) fn action(&self) -> &str {
        &self.action
    }

    pub(crate) fn at(&self) -> Timestamp {
        self.at
    }
}

/// An entry as it is on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The chain's company; zero for the installation itself.
    pub company: CompanyId,
    /// Its place in the chain, from 1.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Whose doing it was: `person`, `zoom`, `system` or `operator`.
    pub actor_kind: String,
    /// The person.
    pub actor: Option<PersonId>,
    /// What it is about.
    pub topic: String,
    /// What was done, for example `zoom.connected`.
    pub action: String,
    /// What kind of thing it was done to.
    pub subject_kind: String,
    /// Its id.
    pub subject: Uuid,
    /// More about it, as JSON.
    pub details: String,
    /// The hash of the entry before it.
    pub previous: Vec<u8>,
    /// Its own.
    pub hash: Vec<u8>,
}

impl Recorded {
    /// The subject's id as people write it.
    #[must_use]
    pub fn subject_id(&self) -> String {
        written(&self.subject_kind, self.subject)
    }

    /// The hash that belongs to what it says.
    fn computed(&self, tx: &Tx) -> Result<[u8; 32], Error> {
        let actor = self.actor.map(PersonId::uuid);
        tx.sealer().kept_hash(
            "audit entry",
            &[
                self.company.uuid().as_bytes(),
                &self.number.to_be_bytes(),
                &self.at.as_microsecond().to_be_bytes(),
                self.actor_kind.as_bytes(),
                actor.as_ref().map_or(&[], |id| id.as_bytes()),
                self.topic.as_bytes(),
                self.action.as_bytes(),
                self.subject_kind.as_bytes(),
                self.subject.as_bytes(),
                self.details.as_bytes(),
                &self.previous,
            ],
        )
    }
}

row! {
    struct Row {
        company_id: Uuid,
        number: i64,
        at: i64,
        actor_kind: String,
        actor_id: Option<Uuid>,
        topic: String,
        action: String,
        subject_kind: String,
        subject: Uuid,
        details: String,
        previous: Vec<u8>,
        hash: Vec<u8>,
    }
}

impl Row {
    fn read(self) -> Result<Recorded, Error> {
        Ok(Recorded {
            company: CompanyId::from_uuid(self.company_id),
            number: self.number,
            at: instant(self.at)?,
            actor_kind: self.actor_kind,
            actor: self.actor_id.map(PersonId::from_uuid),
            topic: self.topic,
            action: self.action,
            subject_kind: self.subject_kind,
            subject: self.subject,
            details: self.details,
            previous: self.previous,
            hash: self.hash,
        })
    }
}

/// Writes what the transaction put on record, as its last statements. Chains are taken in the order
/// of their companies, so that no two transactions wait for each other crosswise.
pub(crate) async fn write(tx: &mut Tx) -> Result<(), Error> {
    let mut entries = tx.take_audited();
    entries.sort_by_key(|entry| entry.company);
    for of_one in entries.chunk_by(|one, next| one.company == next.company) {
        if let Some(first) = of_one.first() {
            append(tx, first.company, of_one).await?;
        }
    }
    Ok(())
}

async fn append(tx: &mut Tx, company: CompanyId, entries: &[Entry]) -> Result<(), Error> {
    let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    let (last, mut previous) = take(tx, company, count).await?;
    for (number, entry) in (last - count + 1..).zip(entries) {
        let recorded = recorded(tx, entry, number, previous)?;
        execute!(
            tx,
            INSERT,
            company.uuid(),
            recorded.number,
            recorded.at.as_microsecond(),
            &recorded.actor_kind,
            recorded.actor.map(PersonId::uuid),
            &recorded.topic,
            &recorded.action,
            &recorded.subject_kind,
            recorded.subject,
            &recorded.details,
            &recorded.previous,
            &recorded.hash,
        )?;
        previous = recorded.hash;
    }
    execute!(tx, HEAD, company.uuid(), &previous).map(|_| ())
}

/// Takes so many numbers of a chain, which locks it: the last of them, and the hash before the first.
async fn take(tx: &mut Tx, company: CompanyId, count: i64) -> Result<(i64, Vec<u8>), Error> {
    let taken = fetch_optional!(tx, (i64, Vec<u8>), TAKE, company.uuid(), count)?;
    if let Some(taken) = taken {
        return Ok(taken);
    }
    let first = chain::beginning(tx, company)?;
    let seal = chain::seal(tx, company, 0, &first)?;
    execute!(tx, BEGIN, company.uuid(), first.as_slice(), seal.as_slice())?;
    fetch_optional!(tx, (i64, Vec<u8>), TAKE, company.uuid(), count)?
        .ok_or(Error::Corrupt("audit_chain"))
}

fn recorded(tx: &Tx, entry: &Entry, number: i64, previous: Vec<u8>) -> Result<Recorded, Error> {
    let (actor, actor_kind) = entry.by.on_record();
    let mut recorded = Recorded {
        company: entry.company,
        number,
        at: entry.at,
        actor_kind: actor_kind.to_owned(),
        actor,
        topic: Topic::of(&entry.action).as_str().to_owned(),
        action: entry.action.clone(),
        subject_kind: entry.subject.kind.to_owned(),
        subject: entry.subject.id,
        details: serde_json::Value::Object(entry.details.clone()).to_string(),
        previous,
        hash: Vec::new(),
    };
    recorded.hash = recorded.computed(tx)?.to_vec();
    Ok(recorded)
}

/// Which entries are listed.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Of this topic.
    pub topic: Option<Topic>,
    /// By this person.
    pub person: Option<PersonId>,
    /// Not before this instant.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub to: Option<Timestamp>,
    /// Before this number in the chain.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: i64,
}

/// Entries of a company, newest first.
pub async fn list(
    tx: &mut Tx,
    company: CompanyId,
    wanted: &Filter,
) -> Result<Vec<Recorded>, Error> {
    let micros = |at: Option<Timestamp>, open: i64| at.map_or(open, Timestamp::as_microsecond);
    let before = wanted.before.unwrap_or(i64::MAX);
    let from = micros(wanted.from, i64::MIN);
    let to = micros(wanted.to, i64::MAX);
    let (least, most) = wanted
        .topic
        .map_or(("", "~"), |topic| (topic.as_str(), topic.as_str()));
    let limit = wanted.limit;
    let company = company.uuid();
    let rows = match wanted.person.map(PersonId::uuid) {
        None => fetch_all!(tx, Row, LIST, company, before, from, to, least, most, limit)?,
        Some(by) => fetch_all!(
            tx, Row, LIST_BY, company, before, from, to, least, most, limit, by
        )?,
    };
    rows.into_iter().map(Row::read).collect()
}

/// The names of the people who did, or were the subject of, what entries of these numbers say.
pub async fn names(
    tx: &mut Tx,
    company: CompanyId,
    numbers: RangeInclusive<i64>,
) -> Result<BTreeMap<Uuid, String>, Error> {
    let (from, to) = numbers.into_inner();
    let rows = fetch_all!(tx, (Uuid, String), NAMES, company.uuid(), from, to)?;
    Ok(rows.into_iter().collect())
}

/// The newest entry of an action on a subject.
pub async fn latest(
    tx: &mut Tx,
    company: CompanyId,
    subject: Uuid,
    action: &str,
) -> Result<Option<Recorded>, Error> {
    fetch_optional!(tx, Row, LATEST, company.uuid(), subject, action)?
        .map(Row::read)
        .transpose()
}

/// Entries of a chain after a number up to another, oldest first.
pub async fn after(
    tx: &mut Tx,
    company: CompanyId,
    (after, up_to): (i64, i64),
    limit: i64,
) -> Result<Vec<Recorded>, Error> {
    let rows = fetch_all!(tx, Row, AFTER, company.uuid(), after, up_to, limit)?;
    rows.into_iter().map(Row::read).collect()
}
