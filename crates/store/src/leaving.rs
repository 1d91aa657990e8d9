//! Connections that have ended here while their meetings are still being deleted in Zoom, and the
//! links such an end leaves behind.
//!
//! The tokens move out of the connection into a row of their own, which lasts until the last
//! meeting is deleted, or a person or Zoom puts an end to it. Dropping the row shreds them.

use jiff::Timestamp;
use rooms_core::connection::{Connection, Links, NoticedBy};
use rooms_core::{BookingId, CompanyId, ConnectionId, MeetingRecordId, PersonId};
use uuid::Uuid;

use crate::connections::{Pair, Row, connection};
use crate::erasure::hash_of;
use crate::error::Error;
use crate::sessions::instant;
use crate::tx::{Change, Tx};

statements! {
    BEGIN = "INSERT INTO leaving (connection_id, company_id, person_id, links, target_id, total, began_at, data_key, access_token, refresh_token, \
             token_version, access_expires_at, refreshing_until) \
             SELECT id, company_id, person_id, $3, $4, 0, $5, data_key, access_token, refresh_token, token_version, access_expires_at, refreshing_until \
             FROM connection WHERE company_id = $1 AND id = $2 AND status = 'active'";
    TOTAL = "UPDATE leaving SET total = $3 WHERE company_id = $1 AND connection_id = $2";
    GET = "SELECT connection_id, company_id, person_id, links, target_id, total, began_at FROM leaving WHERE company_id = $1 AND connection_id = $2";
    OF_PERSON = "SELECT connection_id, company_id, person_id, links, target_id, total, began_at FROM leaving \
                 WHERE company_id = $1 AND person_id = $2 ORDER BY began_at, connection_id";
    /// Zoom tells of a user of its own, who may have connections in several companies.
    OF_ZOOM_USER = connection!("client_id = $1 AND zoom_user_id = $2 AND status = 'inactive' AND id IN (SELECT connection_id FROM leaving) ORDER BY id");
    FINISH = "DELETE FROM leaving WHERE company_id = $1 AND connection_id = $2";
    NOTICED = "UPDATE connection SET noticed_by = $3 WHERE company_id = $1 AND id = $2";
    REMAIN = "SELECT COUNT(*), MIN(next_try_at), MAX(failure) FROM meeting WHERE company_id = $1 AND connection_id = $2 AND state = 'removing'";
    LATE = "SELECT MIN(a.sweep_at) FROM meeting_attempt a JOIN meeting m ON m.id = a.meeting_id WHERE a.company_id = $1 AND m.company_id = $1 \
            AND m.connection_id = $2 AND m.state <> 'detached' AND a.sweep_at IS NOT NULL";
    LOOKED_FOR = "SELECT DISTINCT m.id FROM meeting_attempt a JOIN meeting m ON m.id = a.meeting_id WHERE a.company_id = $1 AND m.company_id = $1 \
                  AND m.connection_id = $2 AND m.state <> 'detached' AND a.sweep_at <= $3";
    LEASE = "UPDATE leaving SET refreshing_until = $4 WHERE company_id = $1 AND connection_id = $2 AND token_version = $3 \
             AND (refreshing_until IS NULL OR refreshing_until <= $5)";
    POSTPONE = "UPDATE leaving SET refreshing_until = $4 WHERE company_id = $1 AND connection_id = $2 AND token_version = $3 AND refreshing_until = $5";
    REFRESHED = "UPDATE leaving SET access_token = $4, refresh_token = $5, access_expires_at = $6, token_version = token_version + 1, \
                 refreshing_until = NULL WHERE company_id = $1 AND connection_id = $2 AND token_version = $3";
    /// Of everything the same person had through the same Zoom user of the same Zoom account, before that ended: the newest meetings of
    /// bookings still ahead that were kept, or never made.
    LEFT_BEHIND = "SELECT m.id FROM meeting m JOIN booking b ON b.id = m.booking_id JOIN connection c ON c.id = m.connection_id \
            WHERE m.company_id = $1 AND b.company_id = $1 AND c.company_id = $1 AND c.person_id = $2 AND c.zoom_hash = $3 AND c.status = 'inactive' AND ((m.state = 'detached' AND m.zoom_id IS NOT NULL) OR m.state = 'failed') \
            AND b.ends_at > $4 AND b.state IN ('confirmed', 'pending') AND b.conference IS NOT NULL \
            AND NOT EXISTS (SELECT 1 FROM meeting n WHERE n.company_id = $1 AND n.booking_id = m.booking_id AND n.created_at > m.created_at) \
            ORDER BY m.id";
    LINKS_AHEAD = "SELECT COUNT(*) FROM meeting WHERE company_id = $1 AND connection_id = $2 AND state = 'ready' \
                   AND booking_id IN (SELECT id FROM booking WHERE ends_at > $3)";
    OF_OTHERS = "SELECT DISTINCT b.id FROM booking b JOIN meeting m ON m.booking_id = b.id WHERE b.company_id = $1 AND m.company_id = $1 \
                 AND m.connection_id = $2 AND b.organizer_id <> $3 AND b.ends_at > $4 AND b.state IN ('confirmed', 'pending') \
                 AND m.state IN ('pending', 'uncertain', 'ready') ORDER BY b.id";
    TAKE_BACK = "UPDATE meeting SET connection_id = $3, updated_at = $4 WHERE company_id = $1 AND id = $2";
    /// Of all companies: who connects a Zoom user has ended every earlier grant of theirs, so nothing is left to hand back. Handing back
    /// late could end the new grant.
    FORGET_REVOCATIONS = "DELETE FROM job WHERE kind = $1 AND subject IN (SELECT id FROM connection WHERE zoom_hash = $2)";
    /// What is being deleted goes on through another connection of the same Zoom user.
    HAND_OVER = "UPDATE meeting SET connection_id = $3, updated_at = $4 WHERE company_id = $1 AND connection_id = $2 AND state = 'removing'";
}

/// The end of a connection that is not finished yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaving {
    /// The connection.
    pub connection: ConnectionId,
    /// The company.
    pub company: CompanyId,
    /// Whose connection it was.
    pub person: PersonId,
    /// What was chosen for the links.
    pub links: Links,
    /// How many meetings there were to delete.
    pub total: i64,
    /// When it began.
    pub began_at: Timestamp,
}

row! {
    struct LeavingRow {
        connection_id: Uuid,
        company_id: Uuid,
        person_id: Uuid,
        links: String,
        target_id: Option<Uuid>,
        total: i64,
        began_at: i64,
    }
}

impl LeavingRow {
    fn read(self) -> Result<Leaving, Error> {
        let target = self.target_id.map(ConnectionId::from_uuid);
        Ok(Leaving {
            connection: ConnectionId::from_uuid(self.connection_id),
            company: CompanyId::from_uuid(self.company_id),
            person: PersonId::from_uuid(self.person_id),
            links: Links::parse(&self.links, target).ok_or(Error::Corrupt("leaving.links"))?,
            total: self.total,
            began_at: instant(self.began_at)?,
        })
    }
}

/// Keeps the tokens of a connection that is about to end, as long as its meetings are deleted;
/// false when it has none.
pub async fn begin(
    tx: &mut Tx,
    connection: &Connection,
    links: Links,
    now: Timestamp,
) -> Result<bool, Error> {
    let hit = execute!(
        tx,
        BEGIN,
        connection.company.uuid(),
        connection.id.uuid(),
        links.as_str(),
        links.target().map(ConnectionId::uuid),
        now.as_microsecond(),
    )?;
    Ok(hit == 1)
}

/// Records how many meetings there are to delete.
pub async fn set_total(
    tx: &mut Tx,
    (company, connection): (CompanyId, ConnectionId),
    total: usize,
) -> Result<(), Error> {
    let total = i64::try_from(total).unwrap_or(i64::MAX);
    execute!(tx, TOTAL, company.uuid(), connection.uuid(), total)?;
    Ok(())
}

/// The unfinished end of a connection.
pub async fn get(
    tx: &mut Tx,
    company: CompanyId,
    connection: ConnectionId,
) -> Result<Option<Leaving>, Error> {
    fetch_optional!(tx, LeavingRow, GET, company.uuid(), connection.uuid())?
        .map(LeavingRow::read)
        .transpose()
}

/// The unfinished ends of a person's connections, oldest first.
pub async fn of_person(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
) -> Result<Vec<Leaving>, Error> {
    let rows = fetch_all!(tx, LeavingRow, OF_PERSON, company.uuid(), person.uuid())?;
    rows.into_iter().map(LeavingRow::read).collect()
}

/// The connections of a Zoom user under a client id whose end is not finished, in all companies.
pub async fn of_zoom_user(
    tx: &mut Tx,
    client_id: &str,
    zoom_user_id: &str,
) -> Result<Vec<Connection>, Error> {
    let rows = fetch_all!(tx, Row, OF_ZOOM_USER, client_id, zoom_user_id)?;
    rows.into_iter().map(Row::read).collect()
}

/// Finishes the end of a connection and shreds its tokens; false when it was finished.
pub async fn finish(tx: &mut Tx, leaving: &Leaving) -> Result<bool, Error> {
    let (company, connection) = (leaving.company.uuid(), leaving.connection.uuid());
    let hit = execute!(tx, FINISH, company, connection)?;
    tx.tell(Change::Connection(leaving.person));
    Ok(hit == 1)
}

/// Records how it was noticed that Zoom ended or refuses a connection.
pub async fn noticed(tx: &mut Tx, connection: &Connection, by: NoticedBy) -> Result<(), Error> {
    let (company, id) = (connection.company.uuid(), connection.id.uuid());
    execute!(tx, NOTICED, company, id, by.as_str())?;
    Ok(())
}

/// What is left to do before the end of a connection is finished.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remains {
    /// How many meetings are still to be deleted.
    pub meetings: i64,
    /// When the next of them is tried again, where one waits.
    pub next_try_at: Option<Timestamp>,
    /// What went wrong last, in words for people.
    pub failure: Option<String>,
    /// When a meeting that may have turned up late is looked for, if one may have.
    pub late_at: Option<Timestamp>,
}

impl Remains {
    /// Whether nothing is left.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.meetings == 0 && self.late_at.is_none()
    }
}

/// The records of a connection for which a meeting that was given up is to be looked for by now.
pub async fn looked_for(
    tx: &mut Tx,
    (company, connection): (CompanyId, ConnectionId),
    now: Timestamp,
) -> Result<Vec<MeetingRecordId>, Error> {
    let rows = fetch_all!(
        tx,
        (Uuid,),
        LOOKED_FOR,
        company.uuid(),
        connection.uuid(),
        now.as_microsecond(),
    )?;
    Ok(rows
        .into_iter()
        .map(|(id,)| MeetingRecordId::from_uuid(id))
        .collect())
}

/// Counts what is left to do.
pub async fn remains(
    tx: &mut Tx,
    (company, connection): (CompanyId, ConnectionId),
) -> Result<Remains, Error> {
    let (company, connection) = (company.uuid(), connection.uuid());
    let row = fetch_optional!(
        tx,
        (i64, Option<i64>, Option<String>),
        REMAIN,
        company,
        connection
    )?;
    let (meetings, next_try_at, failure) = row.unwrap_or_default();
    let late = fetch_optional!(tx, (Option<i64>,), LATE, company, connection)?;
    Ok(Remains {
        meetings,
        next_try_at: next_try_at.map(instant).transpose()?,
        failure,
        late_at: late.and_then(|(at,)| at).map(instant).transpose()?,
    })
}

/// The meetings of bookings still ahead that ended connections of the same person and Zoom user
/// left behind: kept in Zoom, or never made.
pub async fn left_behind(
    tx: &mut Tx,
    connection: &Connection,
    now: Timestamp,
) -> Result<Vec<MeetingRecordId>, Error> {
    let hash = hash_of(tx, connection)?;
    let rows = fetch_all!(
        tx,
        (Uuid,),
        LEFT_BEHIND,
        connection.company.uuid(),
        connection.person.uuid(),
        hash.as_slice(),
        now.as_microsecond(),
    )?;
    let ids = rows.into_iter().map(|(id,)| id);
    Ok(ids.map(MeetingRecordId::from_uuid).collect())
}

/// How many bookings still ahead have a link through a connection.
pub async fn links_ahead(
    tx: &mut Tx,
    (company, connection): (CompanyId, ConnectionId),
    now: Timestamp,
) -> Result<usize, Error> {
    let (company, connection, now) = (company.uuid(), connection.uuid(), now.as_microsecond());
    let row = fetch_optional!(tx, (i64,), LINKS_AHEAD, company, connection, now)?;
    let (count,) = row.unwrap_or_default();
    Ok(usize::try_from(count).unwrap_or_default())
}

/// The bookings still ahead that a connection hosts in the name of others than its owner.
pub async fn hosted_for_others(
    tx: &mut Tx,
    connection: &Connection,
    now: Timestamp,
) -> Result<Vec<BookingId>, Error> {
    let rows = fetch_all!(
        tx,
        (Uuid,),
        OF_OTHERS,
        connection.company.uuid(),
        connection.id.uuid(),
        connection.person.uuid(),
        now.as_microsecond(),
    )?;
    Ok(rows
        .into_iter()
        .map(|(id,)| BookingId::from_uuid(id))
        .collect())
}

/// Lets a connection look after a meeting from now on.
pub async fn take_back(
    tx: &mut Tx,
    (company, meeting): (CompanyId, MeetingRecordId),
    connection: ConnectionId,
    now: Timestamp,
) -> Result<(), Error> {
    let now = now.as_microsecond();
    execute!(
        tx,
        TAKE_BACK,
        company.uuid(),
        meeting.uuid(),
        connection.uuid(),
        now
    )?;
    Ok(())
}

/// Forgets what was queued to hand back earlier grants of a Zoom user, since a new one ends them.
pub async fn forget_revocations(
    tx: &mut Tx,
    kind: &str,
    granted: &Connection,
) -> Result<u64, Error> {
    let hash = hash_of(tx, granted)?;
    execute!(tx, FORGET_REVOCATIONS, kind, hash.as_slice())
}

/// Lets another connection of the same Zoom user delete what is left.
pub async fn hand_over(
    tx: &mut Tx,
    leaving: &Leaving,
    to: ConnectionId,
    now: Timestamp,
) -> Result<u64, Error> {
    execute!(
        tx,
        HAND_OVER,
        leaving.company.uuid(),
        leaving.connection.uuid(),
        to.uuid(),
        now.as_microsecond()
    )
}

/// See [`crate::connections::lease_refresh`].
pub(crate) async fn lease_refresh(
    tx: &mut Tx,
    (company, id): (CompanyId, ConnectionId),
    version: i64,
    (until, now): (Timestamp, Timestamp),
) -> Result<bool, Error> {
    let hit = execute!(
        tx,
        LEASE,
        company.uuid(),
        id.uuid(),
        version,
        until.as_microsecond(),
        now.as_microsecond()
    )?;
    Ok(hit == 1)
}

/// See [`crate::connections::postpone_refresh`].
pub(crate) async fn postpone_refresh(
    tx: &mut Tx,
    (company, id): (CompanyId, ConnectionId),
    (version, lease): (i64, Timestamp),
    until: Timestamp,
) -> Result<(), Error> {
    let (until, lease) = (until.as_microsecond(), lease.as_microsecond());
    execute!(
        tx,
        POSTPONE,
        company.uuid(),
        id.uuid(),
        version,
        until,
        lease
    )?;
    Ok(())
}

/// See [`crate::connections::refreshed`]; the pair comes sealed.
pub(crate) async fn refreshed(
    tx: &mut Tx,
    (company, id): (CompanyId, ConnectionId),
    version: i64,
    (access, refresh): (&[u8], &[u8]),
    pair: &Pair,
) -> Result<bool, Error> {
    let hit = execute!(
        tx,
        REFRESHED,
        company.uuid(),
        id.uuid(),
        version,
        access,
        refresh,
        pair.access_expires_at.as_microsecond(),
    )?;
    Ok(hit == 1)
}
