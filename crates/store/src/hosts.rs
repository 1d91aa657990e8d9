//! Connections as hosts: what they are called, for whom they host, what stands in, what they hold.

use std::collections::HashMap;

use jiff::Timestamp;
use rooms_core::connection::hosts::{Held, Host, StandIn};
use rooms_core::connection::{Connection, HostsFor};
use rooms_core::{BookingId, CompanyId, ConnectionId, PersonId, Slot};
use uuid::Uuid;

use crate::connections::{Row, connection};
use crate::error::Error;
use crate::sessions::instant;
use crate::tx::{Change, Tx};

statements! {
    RENAME = "UPDATE connection SET name = $4 WHERE company_id = $1 AND person_id = $2 AND id = $3 AND status <> 'inactive'";
    PREFER = "UPDATE connection SET preferred_at = $4 WHERE company_id = $1 AND person_id = $2 AND id = $3 AND status <> 'inactive'";
    OFFER = "UPDATE connection SET hosts_for = $4 WHERE company_id = $1 AND person_id = $2 AND id = $3 AND status <> 'inactive'";
    STAND_IN = "SELECT zoom_stand_in, zoom_shared_id FROM company WHERE id = $1";
    SET_STAND_IN = "UPDATE company SET zoom_stand_in = $2, zoom_shared_id = $3 WHERE id = $1";
    OFFERED = connection!("company_id = $1 AND hosts_for = 'company' AND status <> 'inactive' ORDER BY connected_at, id LIMIT 500");
    ABOUT_OFFERED = "SELECT c.id, p.name, (SELECT COUNT(*) FROM meeting m JOIN booking b ON b.id = m.booking_id WHERE m.company_id = $1 \
                     AND m.connection_id = c.id AND m.state = 'ready' AND b.ends_at > $2) FROM connection c JOIN person p ON p.id = c.person_id \
                     WHERE c.company_id = $1 AND c.hosts_for = 'company' AND c.status <> 'inactive'";
    ABLE = connection!("company_id = $1 AND status = 'active' AND (person_id = $2 OR hosts_for = 'company') ORDER BY id");
    /// A pair, because rows are locked in the order of the list, so that two bookings that could have
    /// the same hosts never wait for each other crosswise; SQLite has one writer and nothing to lock.
    ABLE_LOCKED = connection!("company_id = $1 AND status = 'active' AND (person_id = $2 OR hosts_for = 'company') ORDER BY id");
    ABLE_LOCKED_POSTGRES = connection!("company_id = $1 AND status = 'active' AND (person_id = $2 OR hosts_for = 'company') ORDER BY id FOR NO KEY UPDATE");
    /// By Zoom user, whichever app it was connected through, since an account connected again still holds what was made through it before. Of each
    /// booking only its newest meeting counts; one that failed keeps its host, which is asked again.
    /// Whose Zoom user is erased is known by its hash, once the same user is connected again.
    HELD = "SELECT CASE WHEN c.erased_at IS NULL THEN c.zoom_user_id ELSE COALESCE((SELECT MIN(n.zoom_user_id) FROM connection n \
            WHERE n.company_id = $1 AND n.zoom_hash = c.zoom_hash AND n.status <> 'inactive'), '') END, b.starts_at, b.ends_at, b.organizer_id FROM booking b \
            JOIN meeting m ON m.booking_id = b.id JOIN connection c ON c.id = m.connection_id \
            WHERE b.company_id = $1 AND m.company_id = $1 AND b.state IN ('confirmed', 'pending') AND b.conference IS NOT NULL \
            AND m.state NOT IN ('removing', 'removed') AND b.starts_at < $3 AND b.starts_at > $2 - 86400000000 AND b.ends_at > $2 AND b.id <> $4 \
            AND NOT EXISTS (SELECT 1 FROM meeting n WHERE n.company_id = $1 AND n.booking_id = m.booking_id AND n.created_at > m.created_at) \
            ORDER BY b.starts_at, b.id";
}

/// Names a person's connection that has not ended; without a name it is called by its account.
pub async fn rename(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    id: ConnectionId,
    name: Option<&str>,
) -> Result<bool, Error> {
    let hit = execute!(tx, RENAME, company.uuid(), person.uuid(), id.uuid(), name)?;
    tx.tell(Change::Connection(person));
    Ok(hit == 1)
}

/// Makes a person's connection that has not ended their default.
pub async fn prefer(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    id: ConnectionId,
    now: Timestamp,
) -> Result<bool, Error> {
    let now = now.as_microsecond();
    let hit = execute!(tx, PREFER, company.uuid(), person.uuid(), id.uuid(), now)?;
    tx.tell(Change::Connection(person));
    Ok(hit == 1)
}

/// Says for whom a person's connection that has not ended hosts.
pub async fn offer(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    id: ConnectionId,
    hosts_for: HostsFor,
) -> Result<bool, Error> {
    let word = hosts_for.as_str();
    let hit = execute!(tx, OFFER, company.uuid(), person.uuid(), id.uuid(), word)?;
    tx.tell(Change::Connection(person));
    Ok(hit == 1)
}

/// What hosts for people of a company who have no connection in use.
pub async fn stand_in(tx: &mut Tx, company: CompanyId) -> Result<StandIn, Error> {
    let row = fetch_optional!(tx, (String, Option<Uuid>), STAND_IN, company.uuid())?;
    match row {
        None => Ok(StandIn::Nobody),
        Some((word, shared)) => match (word.as_str(), shared) {
            ("nobody", _) => Ok(StandIn::Nobody),
            ("pool", _) => Ok(StandIn::Pool),
            ("shared", Some(id)) => Ok(StandIn::Shared(ConnectionId::from_uuid(id))),
            _ => Err(Error::Corrupt("zoom_stand_in")),
        },
    }
}

/// Decides it.
pub async fn set_stand_in(tx: &mut Tx, company: CompanyId, stand_in: StandIn) -> Result<(), Error> {
    let (word, shared) = match stand_in {
        StandIn::Nobody => ("nobody", None),
        StandIn::Shared(id) => ("shared", Some(id.uuid())),
        StandIn::Pool => ("pool", None),
    };
    execute!(tx, SET_STAND_IN, company.uuid(), word, shared)?;
    Ok(())
}

/// The connections offered to a company that have not ended, in the order of connecting.
pub async fn offered(tx: &mut Tx, company: CompanyId) -> Result<Vec<Connection>, Error> {
    let rows = fetch_all!(tx, Row, OFFERED, company.uuid())?;
    rows.into_iter().map(Row::read).collect()
}

/// Of each of them its owner's name, and how many bookings still ahead have a link made through it.
pub async fn about_offered(
    tx: &mut Tx,
    company: CompanyId,
    now: Timestamp,
) -> Result<HashMap<ConnectionId, (String, usize)>, Error> {
    let now = now.as_microsecond();
    let rows = fetch_all!(tx, (Uuid, String, i64), ABOUT_OFFERED, company.uuid(), now)?;
    let read = |(id, owner, ahead)| {
        let ahead = usize::try_from(ahead).unwrap_or(0);
        (ConnectionId::from_uuid(id), (owner, ahead))
    };
    Ok(rows.into_iter().map(read).collect())
}

/// The connections in use that could host for a person: their own and all that are offered.
pub async fn able(
    tx: &mut Tx,
    company: CompanyId,
    organizer: PersonId,
) -> Result<Vec<Connection>, Error> {
    let rows = fetch_all!(tx, Row, ABLE, company.uuid(), organizer.uuid())?;
    rows.into_iter().map(Row::read).collect()
}

/// The same, locked until the transaction ends: nobody else chooses among them meanwhile.
pub async fn lock_able(
    tx: &mut Tx,
    company: CompanyId,
    organizer: PersonId,
) -> Result<Vec<Connection>, Error> {
    let sql = if tx.is_postgres() {
        ABLE_LOCKED_POSTGRES
    } else {
        ABLE_LOCKED
    };
    let rows = fetch_all!(tx, Row, sql, company.uuid(), organizer.uuid())?;
    rows.into_iter().map(Row::read).collect()
}

/// Puts beside each connection the meetings its Zoom user holds within a slot, those of one booking
/// left out.
pub async fn with_held(
    tx: &mut Tx,
    company: CompanyId,
    connections: Vec<Connection>,
    within: Slot,
    except: Option<BookingId>,
) -> Result<Vec<Host>, Error> {
    let rows = fetch_all!(
        tx,
        (String, i64, i64, Uuid),
        HELD,
        company.uuid(),
        within.starts_at.as_microsecond(),
        within.ends_at.as_microsecond(),
        except.map_or(Uuid::nil(), BookingId::uuid),
    )?;
    let mut hosts: Vec<Host> = connections
        .into_iter()
        .map(|connection| Host {
            connection,
            held: Vec::new(),
        })
        .collect();
    for (zoom_user_id, starts_at, ends_at, organizer) in rows {
        let slot = Slot::new(instant(starts_at)?, instant(ends_at)?);
        let held = Held {
            slot: slot.ok_or(Error::Corrupt("slot"))?,
            organizer: PersonId::from_uuid(organizer),
        };
        for host in &mut hosts {
            if host.connection.zoom_user_id == zoom_user_id {
                host.held.push(held);
            }
        }
    }
    Ok(hosts)
}
