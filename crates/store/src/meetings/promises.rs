//! How people come into new meetings: the company's rule, and a person's own.

use rooms_core::meeting::Promise;
use rooms_core::{CompanyId, PersonId};

use crate::error::Error;
use crate::tx::Tx;

statements! {
    OF_COMPANY = "SELECT meeting_promise FROM company WHERE id = $1";
    OF_PERSON = "SELECT meeting_promise FROM person WHERE company_id = $1 AND id = $2";
    SET_COMPANY = "UPDATE company SET meeting_promise = $2 WHERE id = $1";
    SET_PERSON = "UPDATE person SET meeting_promise = $3 WHERE company_id = $1 AND id = $2";
}

fn read(row: Option<(Option<String>,)>, column: &'static str) -> Result<Option<Promise>, Error> {
    row.and_then(|(text,)| text)
        .map(|text| Promise::parse(&text).ok_or(Error::Corrupt(column)))
        .transpose()
}

/// The company's rule, where it made one.
pub async fn of_company(tx: &mut Tx, company: CompanyId) -> Result<Option<Promise>, Error> {
    let row = fetch_optional!(tx, (Option<String>,), OF_COMPANY, company.uuid())?;
    read(row, "company.meeting_promise")
}

/// A person's own, where they chose one.
pub async fn of_person(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
) -> Result<Option<Promise>, Error> {
    let (company, person) = (company.uuid(), person.uuid());
    let row = fetch_optional!(tx, (Option<String>,), OF_PERSON, company, person)?;
    read(row, "person.meeting_promise")
}

/// Sets the company's rule.
pub async fn set_of_company(
    tx: &mut Tx,
    company: CompanyId,
    promise: Promise,
) -> Result<(), Error> {
    execute!(tx, SET_COMPANY, company.uuid(), promise.to_text())?;
    Ok(())
}

/// Sets a person's own; without one the company's rule holds.
pub async fn set_of_person(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
    promise: Option<Promise>,
) -> Result<(), Error> {
    let text = promise.map(|promise| promise.to_text());
    execute!(tx, SET_PERSON, company.uuid(), person.uuid(), text)?;
    Ok(())
}
