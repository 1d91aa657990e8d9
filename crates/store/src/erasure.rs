//! Erasing what came from Zoom about a person once their connection has ended.
//!
//! Name, address, Zoom's ids, permissions and hosts go, also out of texts that carry them. What
//! stays is a keyed hash of client id, account and user: with it the same Zoom user is known when
//! they come back, and nobody can learn from it who they are. Meeting id, link and passcode belong
//! to the booking and stay.

use jiff::Timestamp;
use rooms_core::connection::Connection;
use rooms_core::{CompanyId, ConnectionId};
use uuid::Uuid;

use crate::connections::{Row, connection};
use crate::error::Error;
use crate::store::Store;
use crate::tx::{Change, Tx};

/// What stands where an address or an id was.
const ERASED: &str = "(erased)";

/// Takes a text out of a column; only where it is in it.
macro_rules! taken_out {
    ($table:literal, $column:literal, $whose:literal) => {
        concat!(
            "UPDATE ",
            $table,
            " SET ",
            $column,
            " = REPLACE(",
            $column,
            ", $2, $3) WHERE company_id = $1 AND REPLACE(",
            $column,
            ", $2, '') <> ",
            $column,
            " AND ",
            $whose
        )
    };
}

statements! {
    /// The hash is the installation's: connections of earlier programs get theirs at its start.
    WITHOUT_HASH = "SELECT id, client_id, zoom_account_id, zoom_user_id FROM connection WHERE zoom_hash IS NULL AND erased_at IS NULL LIMIT 500";
    SET_HASH = "UPDATE connection SET zoom_hash = $2 WHERE id = $1 AND zoom_hash IS NULL";
    /// Zoom tells of a user of its own, who may have had connections in several companies.
    OF_HASH = connection!("zoom_hash = $1 ORDER BY connected_at DESC, id DESC");
    /// The same, since a connection of any company knows its Zoom user.
    SAME_USER = "SELECT 1 FROM connection c JOIN connection n ON n.zoom_hash = c.zoom_hash WHERE c.company_id = $1 AND c.id = $2 \
                 AND n.erased_at IS NULL AND LOWER(n.zoom_user_id) = LOWER($3) LIMIT 1";
    PLAN = "UPDATE connection SET erase_at = $3 WHERE company_id = $1 AND id = $2 AND status = 'inactive' AND erased_at IS NULL";
    DUE = connection!("company_id = $1 AND erase_at <= $2 AND erased_at IS NULL AND status = 'inactive' ORDER BY id LIMIT 500");
    CONNECTION = "UPDATE connection SET zoom_user_id = '', zoom_account_id = '', zoom_email = '', zoom_name = '', zoom_licensed = NULL, scopes = '', \
                  api_url = NULL, attention = NULL, erase_at = NULL, erased_at = $3 WHERE company_id = $1 AND id = $2 AND status = 'inactive' AND erased_at IS NULL";
    HOSTS = "UPDATE meeting SET host_email = NULL WHERE company_id = $1 AND connection_id = $2 AND host_email IS NOT NULL";
    NAMES = taken_out!("connection", "name", "id = $4");
    /// Only what is told of Zoom: the address may be the person's own here, and stays where it is that.
    EVENTS = taken_out!("event", "detail", "(subject = $4 OR subject IN (SELECT m.booking_id FROM meeting m WHERE m.company_id = $1 AND m.connection_id = $5)) \
             AND ((kind >= 'zoom.' AND kind < 'zoom/') OR (kind >= 'meeting.' AND kind < 'meeting/') OR (kind >= 'reconciliation.' AND kind < 'reconciliation/'))");
    NAMED_EVENTS = taken_out!("event", "detail", "subject = $4 AND kind >= 'zoom.' AND kind < 'zoom/'");
    NOTICES = taken_out!("notice", "detail", "person_id = $4 AND ((kind >= 'zoom.' AND kind < 'zoom/') OR (kind >= 'meeting.' AND kind < 'meeting/'))");
    NAMED_NOTICES = taken_out!("notice", "detail", "person_id = $4 AND kind >= 'zoom.' AND kind < 'zoom/'");
    FAILURES = taken_out!("meeting", "failure", "connection_id = $4");
    ATTEMPTS = taken_out!("meeting_attempt", "note", "meeting_id IN (SELECT m.id FROM meeting m WHERE m.company_id = $1 AND m.connection_id = $4)");
    FINDINGS = taken_out!("reconciliation_finding", "differs", "connection_id = $4");
    FINDING_TROUBLES = taken_out!("reconciliation_finding", "trouble", "connection_id = $4");
    HOST_TROUBLES = taken_out!("reconciliation_host", "trouble", "connection_id = $4");
    /// Letters to the address go on: it is that of somebody who is invited.
    JOBS = taken_out!("job", "payload", "payload NOT LIKE '%\"to\":%'");
    JOB_ERRORS = taken_out!("job", "last_error", "last_error IS NOT NULL");
    /// Zoom's users are not those of a company.
    LANES = "UPDATE job SET lane = kind WHERE lane = $1";
    ACCOUNTS = "UPDATE job SET account = NULL WHERE account = $1 AND NOT EXISTS (SELECT 1 FROM connection c WHERE c.zoom_account_id = $1 OR c.zoom_user_id = $1)";
    USAGE = "DELETE FROM zoom_usage WHERE zoom_user_id = $1 AND NOT EXISTS (SELECT 1 FROM connection c WHERE c.zoom_user_id = $1)";
    HOLDS = "DELETE FROM zoom_hold WHERE account = $1 AND NOT EXISTS (SELECT 1 FROM connection c WHERE c.zoom_account_id = $1 OR c.zoom_user_id = $1)";
}

/// The keyed hash of a Zoom user under a client id: whoever has it knows the user again, and nobody
/// can say who it is.
pub fn zoom_hash(
    tx: &Tx,
    client_id: &str,
    account_id: &str,
    user_id: &str,
) -> Result<[u8; 32], Error> {
    let parts = [client_id, account_id, user_id].map(str::as_bytes);
    tx.sealer().kept_hash("zoom user", &parts)
}

/// The hash of a connection's Zoom user.
pub(crate) fn hash_of(tx: &Tx, of: &Connection) -> Result<[u8; 32], Error> {
    zoom_hash(tx, &of.client_id, &of.zoom_account_id, &of.zoom_user_id)
}

/// Gives connections their hash that an earlier program made without one.
pub(crate) async fn fill_in(store: &Store) -> Result<(), Error> {
    loop {
        let without = {
            let mut tx = store.read().await?;
            fetch_all!(tx, (Uuid, String, String, String), WITHOUT_HASH)?
        };
        if without.is_empty() {
            return Ok(());
        }
        store
            .write(without, |tx, without| {
                Box::pin(async move {
                    for (id, client, account, user) in without {
                        let hash = zoom_hash(tx, client, account, user)?;
                        execute!(tx, SET_HASH, *id, hash.as_slice())?;
                    }
                    Ok::<_, Error>(())
                })
            })
            .await?;
    }
}

/// Every connection a Zoom user has had, in all companies, newest first; what is erased included.
pub async fn of_zoom_hash(tx: &mut Tx, hash: &[u8]) -> Result<Vec<Connection>, Error> {
    let rows = fetch_all!(tx, Row, OF_HASH, hash)?;
    rows.into_iter().map(Row::read).collect()
}

/// Whether a connection whose Zoom user is erased was that of a user who is connected again.
pub async fn is_of_user(
    tx: &mut Tx,
    company: CompanyId,
    id: ConnectionId,
    user_id: &str,
) -> Result<bool, Error> {
    let found = fetch_optional!(tx, (i32,), SAME_USER, company.uuid(), id.uuid(), user_id)?;
    Ok(found.is_some())
}

/// Says when an ended connection is to be erased.
pub async fn plan(tx: &mut Tx, ended: &Connection, at: Timestamp) -> Result<(), Error> {
    let (company, id) = (ended.company.uuid(), ended.id.uuid());
    execute!(tx, PLAN, company, id, at.as_microsecond()).map(|_| ())
}

/// The company's ended connections that are to be erased by an instant.
pub async fn due(tx: &mut Tx, company: CompanyId, by: Timestamp) -> Result<Vec<Connection>, Error> {
    let rows = fetch_all!(tx, Row, DUE, company.uuid(), by.as_microsecond())?;
    rows.into_iter().map(Row::read).collect()
}

/// Erases what came from Zoom about the person of an ended connection; false when that was done
/// before, or the connection has not ended. `ended` carries what is to be erased.
pub async fn erase(tx: &mut Tx, ended: &Connection, now: Timestamp) -> Result<bool, Error> {
    let (company, id) = (ended.company.uuid(), ended.id.uuid());
    if execute!(tx, CONNECTION, company, id, now.as_microsecond())? == 0 {
        return Ok(false);
    }
    execute!(tx, HOSTS, company, id)?;
    let person = ended.person.uuid();
    let (user, account) = (&ended.zoom_user_id, &ended.zoom_account_id);
    for text in [&ended.zoom_email, user, account] {
        if is_telling(text) {
            execute!(tx, NAMES, company, text, ERASED, id)?;
            execute!(tx, EVENTS, company, text, ERASED, person, id)?;
            execute!(tx, NOTICES, company, text, ERASED, person)?;
            for statement in [
                FAILURES,
                ATTEMPTS,
                FINDINGS,
                FINDING_TROUBLES,
                HOST_TROUBLES,
            ] {
                execute!(tx, statement, company, text, ERASED, id)?;
            }
            execute!(tx, JOBS, company, text, ERASED)?;
            execute!(tx, JOB_ERRORS, company, text, ERASED)?;
        }
    }
    if is_telling(&ended.zoom_name) {
        let name = &ended.zoom_name;
        execute!(tx, NAMED_EVENTS, company, name, ERASED, person)?;
        execute!(tx, NAMED_NOTICES, company, name, ERASED, person)?;
    }
    if !user.is_empty() {
        execute!(tx, LANES, user)?;
        execute!(tx, USAGE, user)?;
    }
    for held in [account, user] {
        if !held.is_empty() {
            execute!(tx, ACCOUNTS, held)?;
            execute!(tx, HOLDS, held)?;
        }
    }
    tx.tell(Change::Connection(ended.person));
    Ok(true)
}

/// Whether a text says anything, and taking it out of others spoils nothing.
fn is_telling(text: &str) -> bool {
    text.chars().count() > 2
}
