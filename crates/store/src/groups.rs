//! Groups of people.

use jiff::Timestamp;
use rooms_core::{CompanyId, Group, GroupId, PersonId};
use uuid::Uuid;

use crate::error::Error;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "g.id, g.company_id, g.name, g.may_connect"
    };
}

statements! {
    INSERT = "INSERT INTO person_group (id, company_id, name, may_connect, created_at) VALUES ($1, $2, $3, $4, $5)";
    GET = concat!("SELECT ", columns!(), " FROM person_group g WHERE g.company_id = $1 AND g.id = $2");
    LIST = "SELECT g.id, g.company_id, g.name, g.may_connect, COUNT(m.person_id) AS members FROM person_group g \
            LEFT JOIN person_group_member m ON m.group_id = g.id WHERE g.company_id = $1 \
            GROUP BY g.id, g.company_id, g.name, g.may_connect ORDER BY g.name, g.id";
    UPDATE = "UPDATE person_group SET name = $3, may_connect = $4 WHERE company_id = $1 AND id = $2";
    DELETE = "DELETE FROM person_group WHERE company_id = $1 AND id = $2";
    EMPTY = "DELETE FROM person_group_member WHERE company_id = $1 AND group_id = $2";
    ADD = "INSERT INTO person_group_member (company_id, group_id, person_id) \
           SELECT g.company_id, g.id, p.id FROM person_group g JOIN person p ON p.company_id = g.company_id \
           WHERE g.company_id = $1 AND g.id = $2 AND p.id = $3 ON CONFLICT DO NOTHING";
    REMOVE = "DELETE FROM person_group_member WHERE company_id = $1 AND group_id = $2 AND person_id = $3";
    MEMBERS = "SELECT person_id FROM person_group_member WHERE company_id = $1 AND group_id = $2 ORDER BY person_id";
    OF_PERSON = concat!("SELECT ", columns!(), " FROM person_group_member m JOIN person_group g ON g.id = m.group_id \
                WHERE m.company_id = $1 AND m.person_id = $2 ORDER BY g.name, g.id");
    LET_CONNECT = "SELECT DISTINCT m.person_id FROM person_group_member m JOIN person_group g ON g.id = m.group_id \
                   WHERE m.company_id = $1 AND g.may_connect ORDER BY m.person_id";
}

row! {
    struct Row {
        id: Uuid,
        company_id: Uuid,
        name: String,
        may_connect: bool,
    }
}

impl Row {
    fn read(self) -> Group {
        Group {
            id: GroupId::from_uuid(self.id),
            company: CompanyId::from_uuid(self.company_id),
            name: self.name,
            may_connect: self.may_connect,
        }
    }
}

/// Adds a group; a name that another has is refused by the database.
pub async fn insert(tx: &mut Tx, group: &Group, now: Timestamp) -> Result<(), Error> {
    execute!(
        tx,
        INSERT,
        group.id.uuid(),
        group.company.uuid(),
        &group.name,
        group.may_connect,
        now.as_microsecond(),
    )?;
    Ok(())
}

/// A group of the company.
pub async fn get(tx: &mut Tx, company: CompanyId, id: GroupId) -> Result<Option<Group>, Error> {
    let row = fetch_optional!(tx, Row, GET, company.uuid(), id.uuid())?;
    Ok(row.map(Row::read))
}

/// The company's groups by name, each with how many are in it.
pub async fn list(tx: &mut Tx, company: CompanyId) -> Result<Vec<(Group, i64)>, Error> {
    let rows = fetch_all!(tx, (Uuid, Uuid, String, bool, i64), LIST, company.uuid())?;
    Ok(rows
        .into_iter()
        .map(|(id, company_id, name, may_connect, members)| {
            let row = Row {
                id,
                company_id,
                name,
                may_connect,
            };
            (row.read(), members)
        })
        .collect())
}

/// Changes a group's name and permission. False when there is no such group.
pub async fn update(tx: &mut Tx, group: &Group) -> Result<bool, Error> {
    let hit = execute!(
        tx,
        UPDATE,
        group.company.uuid(),
        group.id.uuid(),
        &group.name,
        group.may_connect,
    )?;
    Ok(hit == 1)
}

/// Deletes a group; nobody is in it any more. False when there is no such group.
pub async fn delete(tx: &mut Tx, company: CompanyId, id: GroupId) -> Result<bool, Error> {
    execute!(tx, EMPTY, company.uuid(), id.uuid())?;
    Ok(execute!(tx, DELETE, company.uuid(), id.uuid())? == 1)
}

/// Puts a person of the company into a group of it. False when they were in it, or either is not
/// there.
pub async fn add(
    tx: &mut Tx,
    company: CompanyId,
    id: GroupId,
    person: PersonId,
) -> Result<bool, Error> {
    Ok(execute!(tx, ADD, company.uuid(), id.uuid(), person.uuid())? == 1)
}

/// Takes a person out of a group. False when they were not in it.
pub async fn remove(
    tx: &mut Tx,
    company: CompanyId,
    id: GroupId,
    person: PersonId,
) -> Result<bool, Error> {
    Ok(execute!(tx, REMOVE, company.uuid(), id.uuid(), person.uuid())? == 1)
}

/// Who is in a group.
pub async fn members(tx: &mut Tx, company: CompanyId, id: GroupId) -> Result<Vec<PersonId>, Error> {
    let rows = fetch_all!(tx, (Uuid,), MEMBERS, company.uuid(), id.uuid())?;
    Ok(people(rows))
}

/// The groups a person is in, by name.
pub async fn of_person(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
) -> Result<Vec<Group>, Error> {
    let rows = fetch_all!(tx, Row, OF_PERSON, company.uuid(), person.uuid())?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// Everybody whom a group lets connect apps.
pub async fn let_connect(tx: &mut Tx, company: CompanyId) -> Result<Vec<PersonId>, Error> {
    let rows = fetch_all!(tx, (Uuid,), LET_CONNECT, company.uuid())?;
    Ok(people(rows))
}

fn people(rows: Vec<(Uuid,)>) -> Vec<PersonId> {
    rows.into_iter()
        .map(|(id,)| PersonId::from_uuid(id))
        .collect()
}
