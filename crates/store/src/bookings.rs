//! Bookings. A booking lasts a day at most, so a look-up by time reads starts from a day before.

use jiff::Timestamp;
use rooms_core::booking::{Booking, BookingState, Conference, Named};
use rooms_core::{BookingId, CompanyId, PersonId, RoomId, SiteId, Slot, Zone};
use uuid::Uuid;

use crate::error::Error;
use crate::rooms::{json, to_json};
use crate::sessions::instant;
use crate::tx::Tx;

macro_rules! booking {
    ($filter:literal) => {
        concat!(
            "SELECT b.id, b.company_id, b.room_id, r.name AS room_name, s.name AS site_name, b.organizer_id, o.name AS organizer_name, ",
            "o.email AS organizer_email, b.booker_id, k.name AS booker_name, k.email AS booker_email, b.title, b.starts_at, b.ends_at, ",
            "b.time_zone, b.state, b.conference, b.invitees, b.revision, b.created_at, b.updated_at, b.cancelled_at, b.cancel_reason ",
            "FROM booking b JOIN room r ON r.id = b.room_id JOIN site s ON s.id = r.site_id ",
            "JOIN person o ON o.id = b.organizer_id JOIN person k ON k.id = b.booker_id WHERE b.company_id = $1 AND ",
            $filter
        )
    };
}

const DAY: i64 = 86_400_000_000;

statements! {
    CONFLICTS = "SELECT starts_at, ends_at FROM booking WHERE company_id = $1 AND room_id = $2 AND state IN ('confirmed', 'pending') \
                 AND starts_at < $4 AND starts_at > $3 - 86400000000 AND ends_at > $3 AND id <> $5 ORDER BY starts_at";
    INSERT = "INSERT INTO booking (id, company_id, room_id, organizer_id, booker_id, title, starts_at, ends_at, time_zone, local_start, local_end, \
              state, conference, invitees, revision, created_at, updated_at) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $15, $15)";
    GET = booking!("b.id = $2");
    /// The start is bounded once more by itself, since no plan finds the bound inside the OR: without it every
    /// booking the company ever had is read.
    LIST = booking!("b.starts_at >= $2 AND (b.starts_at > $2 OR b.id > $3) AND b.starts_at < $4 AND b.ends_at > $5 ORDER BY b.starts_at, b.id LIMIT $6");
    LIST_OF_ROOM = booking!("b.room_id = $7 AND b.starts_at >= $2 AND (b.starts_at > $2 OR b.id > $3) AND b.starts_at < $4 AND b.ends_at > $5 \
                   ORDER BY b.starts_at, b.id LIMIT $6");
    OF_PERSON = booking!("(b.organizer_id = $2 OR b.booker_id = $2) AND b.starts_at < $4 AND b.starts_at > $3 - 86400000000 AND b.ends_at > $3 \
                ORDER BY b.starts_at, b.id LIMIT $5");
    OF_DAY = "SELECT b.id, b.room_id, b.organizer_id, o.name, b.booker_id, b.title, b.starts_at, b.ends_at, b.state FROM booking b \
              JOIN room r ON r.id = b.room_id JOIN person o ON o.id = b.organizer_id WHERE b.company_id = $1 AND r.site_id = $2 \
              AND b.state IN ('confirmed', 'pending') AND b.starts_at < $4 AND b.starts_at > $3 - 86400000000 AND b.ends_at > $3 ORDER BY b.starts_at, b.id";
    LATELY = "SELECT room_id FROM booking WHERE company_id = $1 AND organizer_id = $2 AND starts_at > $3 AND starts_at < $4 \
              AND state = 'confirmed' ORDER BY starts_at DESC LIMIT $5";
    BUSY = "SELECT room_id, starts_at, ends_at FROM booking WHERE company_id = $1 AND state IN ('confirmed', 'pending') \
            AND starts_at < $3 AND starts_at > $2 - 86400000000 AND ends_at > $2 ORDER BY starts_at";
    CHANGE = "UPDATE booking SET room_id = $3, organizer_id = $4, title = $5, starts_at = $6, ends_at = $7, time_zone = $8, local_start = $9, \
              local_end = $10, conference = $11, invitees = $12, revision = revision + 1, updated_at = $13 \
              WHERE company_id = $1 AND id = $2 AND revision = $14";
    CANCEL = "UPDATE booking SET state = 'cancelled', cancelled_at = $3, cancel_reason = $4, revision = revision + 1, updated_at = $3 \
              WHERE company_id = $1 AND id = $2 AND state IN ('confirmed', 'pending')";
}

row! {
    struct Row {
        id: Uuid,
        company_id: Uuid,
        room_id: Uuid,
        room_name: String,
        site_name: String,
        organizer_id: Uuid,
        organizer_name: String,
        organizer_email: String,
        booker_id: Uuid,
        booker_name: String,
        booker_email: String,
        title: String,
        starts_at: i64,
        ends_at: i64,
        time_zone: String,
        state: String,
        conference: Option<String>,
        invitees: String,
        revision: i64,
        created_at: i64,
        updated_at: i64,
        cancelled_at: Option<i64>,
        cancel_reason: Option<String>,
    }
}

impl Row {
    fn read(self) -> Result<Booking, Error> {
        let named = |id, name, email| Named {
            id: PersonId::from_uuid(id),
            name,
            email,
        };
        Ok(Booking {
            id: BookingId::from_uuid(self.id),
            company: CompanyId::from_uuid(self.company_id),
            room: RoomId::from_uuid(self.room_id),
            room_name: self.room_name,
            site_name: self.site_name,
            organizer: named(self.organizer_id, self.organizer_name, self.organizer_email),
            booker: named(self.booker_id, self.booker_name, self.booker_email),
            title: self.title,
            slot: slot(self.starts_at, self.ends_at)?,
            zone: Zone::stored(&self.time_zone),
            state: BookingState::parse(&self.state).ok_or(Error::Corrupt("booking.state"))?,
            conference: self
                .conference
                .map(|c| Conference::parse(&c).ok_or(Error::Corrupt("conference")))
                .transpose()?,
            invitees: json(&self.invitees, "invitees")?,
            revision: self.revision,
            created_at: instant(self.created_at)?,
            updated_at: instant(self.updated_at)?,
            cancelled_at: self.cancelled_at.map(instant).transpose()?,
            cancel_reason: self.cancel_reason,
        })
    }
}

fn slot(starts_at: i64, ends_at: i64) -> Result<Slot, Error> {
    Slot::new(instant(starts_at)?, instant(ends_at)?).ok_or(Error::Corrupt("slot"))
}

/// What else takes the room in a slot, `except` left out.
pub async fn conflicts(
    tx: &mut Tx,
    company: CompanyId,
    room: RoomId,
    wanted: Slot,
    except: Option<BookingId>,
) -> Result<Vec<Slot>, Error> {
    let rows = fetch_all!(
        tx,
        (i64, i64),
        CONFLICTS,
        company.uuid(),
        room.uuid(),
        wanted.starts_at.as_microsecond(),
        wanted.ends_at.as_microsecond(),
        except.map_or(Uuid::nil(), BookingId::uuid),
    )?;
    rows.into_iter().map(|(from, to)| slot(from, to)).collect()
}

/// Records a booking as it stands, at revision 1.
pub async fn insert(tx: &mut Tx, booking: &Booking) -> Result<(), Error> {
    execute!(
        tx,
        INSERT,
        booking.id.uuid(),
        booking.company.uuid(),
        booking.room.uuid(),
        booking.organizer.id.uuid(),
        booking.booker.id.uuid(),
        &booking.title,
        booking.slot.starts_at.as_microsecond(),
        booking.slot.ends_at.as_microsecond(),
        booking.zone.name(),
        booking.zone.civil(booking.slot.starts_at).to_string(),
        booking.zone.civil(booking.slot.ends_at).to_string(),
        booking.state.as_str(),
        booking.conference.map(Conference::as_str),
        to_json(&booking.invitees)?,
        booking.created_at.as_microsecond(),
    )?;
    Ok(())
}

/// A booking of the company.
pub async fn get(tx: &mut Tx, company: CompanyId, id: BookingId) -> Result<Option<Booking>, Error> {
    fetch_optional!(tx, Row, GET, company.uuid(), id.uuid())?
        .map(Row::read)
        .transpose()
}

/// Which bookings to list: those that share an instant with `[from, to)`.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// Of one room only.
    pub room: Option<RoomId>,
    /// That end after this.
    pub from: Timestamp,
    /// That start before this.
    pub to: Timestamp,
    /// That come after this one in the order of the list.
    pub after: Option<(Timestamp, BookingId)>,
    /// At most so many.
    pub limit: i64,
}

/// The company's bookings by start and id, in every state.
pub async fn list(tx: &mut Tx, company: CompanyId, filter: &Filter) -> Result<Vec<Booking>, Error> {
    let from = filter.from.as_microsecond();
    let (after, id) = match filter.after {
        Some((at, id)) => (at.as_microsecond(), id.uuid()),
        None => (from.saturating_sub(DAY), Uuid::nil()),
    };
    let to = filter.to.as_microsecond();
    let rows = match filter.room {
        None => fetch_all!(
            tx,
            Row,
            LIST,
            company.uuid(),
            after,
            id,
            to,
            from,
            filter.limit
        )?,
        Some(room) => {
            let (company, room) = (company.uuid(), room.uuid());
            fetch_all!(
                tx,
                Row,
                LIST_OF_ROOM,
                company,
                after,
                id,
                to,
                from,
                filter.limit,
                room
            )?
        }
    };
    rows.into_iter().map(Row::read).collect()
}

/// Bookings a person organizes or made that share an instant with `[from, to)`, in every state.
pub async fn of_person(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
    from: Timestamp,
    to: Timestamp,
    limit: i64,
) -> Result<Vec<Booking>, Error> {
    let rows = fetch_all!(
        tx,
        Row,
        OF_PERSON,
        company.uuid(),
        person.uuid(),
        from.as_microsecond(),
        to.as_microsecond(),
        limit,
    )?;
    rows.into_iter().map(Row::read).collect()
}

/// A booking as a day shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnDay {
    /// Its id.
    pub id: BookingId,
    /// The room it takes.
    pub room: RoomId,
    /// In whose name.
    pub organizer: PersonId,
    /// Their name.
    pub organizer_name: String,
    /// Who made it.
    pub booker: PersonId,
    /// Its title.
    pub title: String,
    /// When.
    pub slot: Slot,
    /// Confirmed or pending.
    pub state: BookingState,
}

row! {
    struct OnDayRow {
        id: Uuid,
        room_id: Uuid,
        organizer_id: Uuid,
        name: String,
        booker_id: Uuid,
        title: String,
        starts_at: i64,
        ends_at: i64,
        state: String,
    }
}

/// What takes the rooms of a site within a day, in order of start: only what a day shows of it.
pub async fn of_day(
    tx: &mut Tx,
    company: CompanyId,
    site: SiteId,
    day: Slot,
) -> Result<Vec<OnDay>, Error> {
    let rows = fetch_all!(
        tx,
        OnDayRow,
        OF_DAY,
        company.uuid(),
        site.uuid(),
        day.starts_at.as_microsecond(),
        day.ends_at.as_microsecond()
    )?;
    rows.into_iter()
        .map(|row| {
            Ok(OnDay {
                id: BookingId::from_uuid(row.id),
                room: RoomId::from_uuid(row.room_id),
                organizer: PersonId::from_uuid(row.organizer_id),
                organizer_name: row.name,
                booker: PersonId::from_uuid(row.booker_id),
                title: row.title,
                slot: slot(row.starts_at, row.ends_at)?,
                state: BookingState::parse(&row.state).ok_or(Error::Corrupt("booking.state"))?,
            })
        })
        .collect()
}

/// The rooms of the newest bookings in a person's name that begin within `(from, to)`, at most
/// `limit`, each as often as it was booked.
pub async fn rooms_lately(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
    (from, to): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<RoomId>, Error> {
    let rows = fetch_all!(
        tx,
        (Uuid,),
        LATELY,
        company.uuid(),
        person.uuid(),
        from.as_microsecond(),
        to.as_microsecond(),
        limit
    )?;
    Ok(rows
        .into_iter()
        .map(|(id,)| RoomId::from_uuid(id))
        .collect())
}

/// When the company's rooms are taken within `[from, to)`, in order of start.
pub async fn busy(
    tx: &mut Tx,
    company: CompanyId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(RoomId, Slot)>, Error> {
    let rows = fetch_all!(
        tx,
        (Uuid, i64, i64),
        BUSY,
        company.uuid(),
        from.as_microsecond(),
        to.as_microsecond()
    )?;
    rows.into_iter()
        .map(|(room, from, to)| Ok((RoomId::from_uuid(room), slot(from, to)?)))
        .collect()
}

/// Records a changed booking; false when it changed since `booking.revision` was read.
pub async fn change(tx: &mut Tx, booking: &Booking, now: Timestamp) -> Result<bool, Error> {
    let hit = execute!(
        tx,
        CHANGE,
        booking.company.uuid(),
        booking.id.uuid(),
        booking.room.uuid(),
        booking.organizer.id.uuid(),
        &booking.title,
        booking.slot.starts_at.as_microsecond(),
        booking.slot.ends_at.as_microsecond(),
        booking.zone.name(),
        booking.zone.civil(booking.slot.starts_at).to_string(),
        booking.zone.civil(booking.slot.ends_at).to_string(),
        booking.conference.map(Conference::as_str),
        to_json(&booking.invitees)?,
        now.as_microsecond(),
        booking.revision,
    )?;
    Ok(hit == 1)
}

/// Cancels a booking; false when it does not take the room any more.
pub async fn cancel(
    tx: &mut Tx,
    company: CompanyId,
    id: BookingId,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<bool, Error> {
    let hit = execute!(
        tx,
        CANCEL,
        company.uuid(),
        id.uuid(),
        now.as_microsecond(),
        reason
    )?;
    Ok(hit == 1)
}
