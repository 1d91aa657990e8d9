//! Requests of people to have their data erased.

use jiff::Timestamp;
use rooms_core::{CompanyId, DataRequestId, PersonId};
use uuid::Uuid;

use crate::error::Error;
use crate::sessions::instant;
use crate::tx::Tx;

macro_rules! requests {
    ($rest:literal) => {
        concat!(
            "SELECT q.id, q.person_id, p.name, p.email, q.state, q.asked_at, q.due_at, q.answered_at, a.name AS answered_by, q.reply, q.proof ",
            "FROM data_request q JOIN person p ON p.id = q.person_id LEFT JOIN person a ON a.id = q.answered_by WHERE q.company_id = $1 AND ",
            $rest
        )
    };
}

statements! {
    INSERT = "INSERT INTO data_request (id, company_id, person_id, state, asked_at, due_at) VALUES ($1, $2, $3, 'open', $4, $5) ON CONFLICT DO NOTHING";
    GET = requests!("q.id = $2");
    LIST = requests!("q.asked_at >= $2 ORDER BY CASE q.state WHEN 'open' THEN 0 ELSE 1 END, q.asked_at DESC, q.id DESC LIMIT 500");
    OF_PERSON = requests!("q.person_id = $2 ORDER BY q.asked_at DESC, q.id DESC");
    COUNT_OPEN = "SELECT COUNT(*) FROM data_request WHERE company_id = $1 AND state = 'open'";
    ANSWER = "UPDATE data_request SET state = $3, answered_at = $4, answered_by = $5, reply = $6, proof = $7 WHERE company_id = $1 AND id = $2 AND state = 'open'";
    /// What a restored backup has to be told again, of the whole installation.
    ERASED = "SELECT company_id, id, erased_at FROM person WHERE erased_at >= $1 ORDER BY erased_at, id";
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestState {
    /// It waits for an admin.
    Open,
    /// The person's data was erased.
    Done,
    /// It was refused, with the reason.
    Refused,
    /// The person thought better of it.
    Withdrawn,
}

impl RequestState {
    /// The word in SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    fn read(word: &str) -> Result<Self, Error> {
        [Self::Open, Self::Done, Self::Refused, Self::Withdrawn]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or(Error::Corrupt("data_request.state"))
    }
}

/// A request.
#[derive(Debug, Clone)]
pub struct DataRequest {
    /// Its id.
    pub id: DataRequestId,
    /// Who asks.
    pub person: PersonId,
    /// Their name, as it is now.
    pub name: String,
    /// Their address, as it is now.
    pub email: String,
    /// Where it stands.
    pub state: RequestState,
    /// When it was made.
    pub asked_at: Timestamp,
    /// Until when it has to be answered.
    pub due_at: Timestamp,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
    /// Who answered it.
    pub answered_by: Option<String>,
    /// What was answered.
    pub reply: Option<String>,
    /// What was erased, as JSON: numbers by kind.
    pub proof: Option<String>,
}

row! {
    struct Row {
        id: Uuid,
        person_id: Uuid,
        name: String,
        email: String,
        state: String,
        asked_at: i64,
        due_at: i64,
        answered_at: Option<i64>,
        answered_by: Option<String>,
        reply: Option<String>,
        proof: Option<String>,
    }
}

impl Row {
    fn read(self) -> Result<DataRequest, Error> {
        Ok(DataRequest {
            id: DataRequestId::from_uuid(self.id),
            person: PersonId::from_uuid(self.person_id),
            name: self.name,
            email: self.email,
            state: RequestState::read(&self.state)?,
            asked_at: instant(self.asked_at)?,
            due_at: instant(self.due_at)?,
            answered_at: self.answered_at.map(instant).transpose()?,
            answered_by: self.answered_by,
            reply: self.reply,
            proof: self.proof,
        })
    }
}

/// Records a request; false when the person has an open one.
pub async fn insert(
    tx: &mut Tx,
    id: DataRequestId,
    (company, person): (CompanyId, PersonId),
    asked_at: Timestamp,
    due_at: Timestamp,
) -> Result<bool, Error> {
    let hit = execute!(
        tx,
        INSERT,
        id.uuid(),
        company.uuid(),
        person.uuid(),
        asked_at.as_microsecond(),
        due_at.as_microsecond()
    )?;
    Ok(hit == 1)
}

/// A request of the company.
pub async fn get(
    tx: &mut Tx,
    company: CompanyId,
    id: DataRequestId,
) -> Result<Option<DataRequest>, Error> {
    fetch_optional!(tx, Row, GET, company.uuid(), id.uuid())?
        .map(Row::read)
        .transpose()
}

/// The company's requests made since an instant, open ones first.
pub async fn list(
    tx: &mut Tx,
    company: CompanyId,
    since: Timestamp,
) -> Result<Vec<DataRequest>, Error> {
    let rows = fetch_all!(tx, Row, LIST, company.uuid(), since.as_microsecond())?;
    rows.into_iter().map(Row::read).collect()
}

/// A person's requests, newest first.
pub async fn of_person(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
) -> Result<Vec<DataRequest>, Error> {
    let rows = fetch_all!(tx, Row, OF_PERSON, company.uuid(), person.uuid())?;
    rows.into_iter().map(Row::read).collect()
}

/// How many requests of the company are open.
pub async fn count_open(tx: &mut Tx, company: CompanyId) -> Result<i64, Error> {
    let row = fetch_optional!(tx, (i64,), COUNT_OPEN, company.uuid())?;
    Ok(row.map_or(0, |(count,)| count))
}

/// How a request is answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Where it stands then.
    pub state: RequestState,
    /// By whom, where it was a person.
    pub by: Option<PersonId>,
    /// In words.
    pub reply: Option<String>,
    /// What was erased.
    pub proof: Option<String>,
}

/// Answers an open request; false when it is not open.
pub async fn answer(
    tx: &mut Tx,
    company: CompanyId,
    id: DataRequestId,
    answer: &Answer,
    now: Timestamp,
) -> Result<bool, Error> {
    let hit = execute!(
        tx,
        ANSWER,
        company.uuid(),
        id.uuid(),
        answer.state.as_str(),
        now.as_microsecond(),
        answer.by.map(PersonId::uuid),
        &answer.reply,
        &answer.proof
    )?;
    Ok(hit == 1)
}

/// Everybody whose data was erased since an instant, in all companies.
pub async fn erased_since(
    tx: &mut Tx,
    since: Timestamp,
) -> Result<Vec<(CompanyId, PersonId, Timestamp)>, Error> {
    let rows = fetch_all!(tx, (Uuid, Uuid, i64), ERASED, since.as_microsecond())?;
    rows.into_iter()
        .map(|(company, person, at)| {
            let ids = (CompanyId::from_uuid(company), PersonId::from_uuid(person));
            Ok((ids.0, ids.1, instant(at)?))
        })
        .collect()
}
