//! Looking after connections: which are due, and what Zoom says of its user.

use jiff::Timestamp;
use rooms_core::connection::Connection;

use crate::erasure::hash_of;
use crate::error::Error;
use crate::tx::{Change, Tx};

statements! {
    /// Looks across companies: it is the installation that looks after its connections. One
    /// statement for all of them. The job has the id of its connection, and begins within the
    /// hour at an instant that is the connection's own, so that they spread.
    QUEUE = "INSERT INTO job (id, kind, subject, company_id, payload, state, run_at, generation, attempts, created_at, lane, account) \
             SELECT c.id, $1, c.id, c.company_id, '', 'queued', $2 + c.connected_at % 3600000000, 1, 0, $2, c.zoom_user_id, \
             CASE WHEN c.zoom_account_id = '' THEN c.zoom_user_id ELSE c.zoom_account_id END \
             FROM connection c WHERE c.status = 'active' AND (c.access_expires_at <= $4 OR \
             (COALESCE(c.probed_at, c.granted_at) <= $3 AND EXISTS (SELECT 1 FROM meeting m JOIN booking b ON b.id = m.booking_id \
             WHERE m.company_id = c.company_id AND m.connection_id = c.id AND b.ends_at > $2 AND b.state IN ('confirmed', 'pending')))) \
             ON CONFLICT DO NOTHING";
    PROBED = "UPDATE connection SET probed_at = $3, zoom_account_id = $4, zoom_email = $5, zoom_name = $6, zoom_licensed = $7, zoom_hash = $9 \
              WHERE company_id = $1 AND id = $2 AND status = 'active' AND epoch = $8";
}

/// Which connections are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// With bookings ahead: those Zoom has not answered for since this instant.
    pub unheard_since: Timestamp,
    /// Any: those whose access token had ended by this instant, so that the refresh token that
    /// came with it is old.
    pub unrenewed_since: Timestamp,
}

/// Queues a probe of every connection that is due and has none queued; gives how many.
pub async fn queue(tx: &mut Tx, kind: &str, due: Due, now: Timestamp) -> Result<u64, Error> {
    let queued = execute!(
        tx,
        QUEUE,
        kind,
        now.as_microsecond(),
        due.unheard_since.as_microsecond(),
        due.unrenewed_since.as_microsecond()
    )?;
    if queued > 0 {
        tx.tell(Change::Jobs);
    }
    Ok(queued)
}

/// Records what Zoom says of the user of a connection; false when the connection has ended or was
/// granted anew meanwhile.
pub async fn answered(tx: &mut Tx, heard: &Connection, now: Timestamp) -> Result<bool, Error> {
    let zoom_hash = hash_of(tx, heard)?;
    let hit = execute!(
        tx,
        PROBED,
        heard.company.uuid(),
        heard.id.uuid(),
        now.as_microsecond(),
        &heard.zoom_account_id,
        &heard.zoom_email,
        &heard.zoom_name,
        heard.zoom_licensed,
        heard.epoch,
        zoom_hash.as_slice()
    )?;
    tx.tell(Change::Connection(heard.person));
    Ok(hit == 1)
}
