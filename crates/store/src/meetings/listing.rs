//! The list of a company's meetings, for admins: filtered, counted, a page at a time.

use jiff::Timestamp;
use rooms_core::meeting::MeetingState;
use rooms_core::{BookingId, CompanyId, MeetingRecordId, PersonId, SiteId, Zone};
use uuid::Uuid;

use crate::error::Error;
use crate::sessions::instant;
use crate::tx::Tx;

macro_rules! chosen {
    ($head:literal, $tail:literal) => {
        concat!(
            $head,
            " FROM booking b JOIN meeting m ON m.booking_id = b.id JOIN room r ON r.id = b.room_id JOIN site s ON s.id = r.site_id ",
            "JOIN person h ON h.id = m.host_id WHERE b.company_id = $1 AND m.company_id = $1 AND b.starts_at >= $2 AND b.starts_at < $3 ",
            "AND ($4 OR m.host_id = $5) AND ($6 OR r.site_id = $7)",
            $tail
        )
    };
}

statements! {
    /// Optional filters stand in one statement here: the plan is made for company and time, and
    /// what they leave is filtered row by row.
    LIST = chosen!(
        "SELECT m.id, b.id AS booking_id, b.title, b.starts_at, b.time_zone, r.name AS room_name, s.name AS site_name, h.id AS host_id, \
         h.name AS host_name, m.host_email, m.state, COALESCE(m.since, m.updated_at) AS since, m.failure, m.attempts, m.next_try_at, \
         CASE WHEN m.drift_topic IS NOT NULL OR m.drift_starts_at IS NOT NULL OR m.drift_minutes IS NOT NULL OR m.drift_zone IS NOT NULL \
         THEN 1 ELSE 0 END AS drifts",
        " AND (b.starts_at > $8 OR (b.starts_at = $8 AND m.id > $9)) AND ($10 = 'all' OR ($10 = 'changed' AND m.state = 'ready' AND \
         (m.drift_topic IS NOT NULL OR m.drift_starts_at IS NOT NULL OR m.drift_minutes IS NOT NULL OR m.drift_zone IS NOT NULL)) \
         OR CASE m.state WHEN 'uncertain' THEN 'pending' ELSE m.state END = $10) ORDER BY b.starts_at, m.id LIMIT $11"
    );
    COUNT = chosen!(
        "SELECT CASE m.state WHEN 'uncertain' THEN 'pending' ELSE m.state END AS word, \
         CASE WHEN m.drift_topic IS NOT NULL OR m.drift_starts_at IS NOT NULL OR m.drift_minutes IS NOT NULL OR m.drift_zone IS NOT NULL \
         THEN 1 ELSE 0 END AS drifts, COUNT(*), MIN(COALESCE(m.since, m.updated_at))",
        " GROUP BY word, drifts"
    );
}

/// Which meetings are listed.
#[derive(Debug, Clone, Copy)]
pub struct Filter<'a> {
    /// A state as the API says it, `changed` for what differs in Zoom, or `all`.
    pub state: &'a str,
    /// Of one host.
    pub host: Option<PersonId>,
    /// At one site.
    pub site: Option<SiteId>,
    /// Of bookings that start at or after this.
    pub from: Timestamp,
    /// Of bookings that start before this.
    pub to: Timestamp,
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The record.
    pub id: MeetingRecordId,
    /// Its booking.
    pub booking: BookingId,
    /// The booking's title.
    pub title: String,
    /// When the booking starts.
    pub starts_at: Timestamp,
    /// In which zone.
    pub zone: Zone,
    /// The room.
    pub room: String,
    /// The site.
    pub site: String,
    /// Whose meeting it is.
    pub host: PersonId,
    /// Their name.
    pub host_name: String,
    /// The host's address at Zoom.
    pub host_email: Option<String>,
    /// Where it stands.
    pub state: MeetingState,
    /// Since when.
    pub since: Timestamp,
    /// What went wrong last.
    pub failure: Option<String>,
    /// How often Zoom was asked since it last answered well.
    pub attempts: i64,
    /// When it is tried again.
    pub next_try_at: Option<Timestamp>,
    /// Whether Zoom has it otherwise than it was told.
    pub drifts: bool,
}

row! {
    struct Row {
        id: Uuid,
        booking_id: Uuid,
        title: String,
        starts_at: i64,
        time_zone: String,
        room_name: String,
        site_name: String,
        host_id: Uuid,
        host_name: String,
        host_email: Option<String>,
        state: String,
        since: i64,
        failure: Option<String>,
        attempts: i64,
        next_try_at: Option<i64>,
        drifts: i32,
    }
}

impl Row {
    fn read(self) -> Result<Listed, Error> {
        Ok(Listed {
            id: MeetingRecordId::from_uuid(self.id),
            booking: BookingId::from_uuid(self.booking_id),
            title: self.title,
            starts_at: instant(self.starts_at)?,
            zone: Zone::stored(&self.time_zone),
            room: self.room_name,
            site: self.site_name,
            host: PersonId::from_uuid(self.host_id),
            host_name: self.host_name,
            host_email: self.host_email,
            state: MeetingState::parse(&self.state).ok_or(Error::Corrupt("meeting.state"))?,
            since: instant(self.since)?,
            failure: self.failure,
            attempts: self.attempts,
            next_try_at: self.next_try_at.map(instant).transpose()?,
            drifts: self.drifts == 1,
        })
    }
}

/// A page of the company's meetings, in the order of their bookings' starts.
pub async fn list(
    tx: &mut Tx,
    company: CompanyId,
    filter: Filter<'_>,
    after: Option<(Timestamp, MeetingRecordId)>,
    limit: i64,
) -> Result<Vec<Listed>, Error> {
    let (after, id) = after.map_or((i64::MIN, Uuid::nil()), |(at, id)| {
        (at.as_microsecond(), id.uuid())
    });
    let rows = fetch_all!(
        tx,
        Row,
        LIST,
        company.uuid(),
        filter.from.as_microsecond(),
        filter.to.as_microsecond(),
        filter.host.is_none(),
        filter.host.map_or(Uuid::nil(), PersonId::uuid),
        filter.site.is_none(),
        filter.site.map_or(Uuid::nil(), SiteId::uuid),
        after,
        id,
        filter.state,
        limit,
    )?;
    rows.into_iter().map(Row::read).collect()
}

/// How many of the company's meetings are in a state, and since when the oldest is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The state as the API says it.
    pub state: String,
    /// Whether these are otherwise in Zoom than it was told.
    pub drifts: bool,
    /// How many.
    pub count: i64,
    /// Since when the one longest in it.
    pub oldest: Timestamp,
}

/// Counts what a filter leaves, whatever state it names.
pub async fn count(
    tx: &mut Tx,
    company: CompanyId,
    filter: Filter<'_>,
) -> Result<Vec<Count>, Error> {
    let rows = fetch_all!(
        tx,
        (String, i32, i64, i64),
        COUNT,
        company.uuid(),
        filter.from.as_microsecond(),
        filter.to.as_microsecond(),
        filter.host.is_none(),
        filter.host.map_or(Uuid::nil(), PersonId::uuid),
        filter.site.is_none(),
        filter.site.map_or(Uuid::nil(), SiteId::uuid),
    )?;
    rows.into_iter()
        .map(|(state, drifts, count, oldest)| {
            Ok(Count {
                state,
                drifts: drifts == 1,
                count,
                oldest: instant(oldest)?,
            })
        })
        .collect()
}
