//! Sites and rooms.

use jiff::Timestamp;
use rooms_core::room::{BookableHours, Room, RoomDraft, RoomState, Site};
use rooms_core::{CompanyId, RoomId, SiteId, Zone};
use uuid::Uuid;

use crate::error::Error;
use crate::tx::Tx;

macro_rules! room {
    ($filter:literal) => {
        concat!(
            "SELECT r.id, r.site_id, s.name AS site_name, s.time_zone, r.name, r.capacity, r.equipment, r.bookable_hours, ",
            "CASE WHEN s.state = 'retired' THEN 'retired' ELSE r.state END AS state, r.revision ",
            "FROM room r JOIN site s ON s.id = r.site_id WHERE r.company_id = $1 AND ",
            $filter
        )
    };
}

statements! {
    SITE_INSERT = "INSERT INTO site (id, company_id, name, time_zone, state, created_at) VALUES ($1, $2, $3, $4, 'open', $5)";
    SITE_GET = "SELECT id, name, time_zone, state FROM site WHERE company_id = $1 AND id = $2";
    SITE_LIST = "SELECT id, name, time_zone, state FROM site WHERE company_id = $1 ORDER BY created_at, name, id";
    SITE_UPDATE = "UPDATE site SET name = $3, time_zone = $4, state = $5 WHERE company_id = $1 AND id = $2";
    INSERT = "INSERT INTO room (id, company_id, site_id, name, capacity, equipment, bookable_hours, state, revision, schedule_version, created_at) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', 1, 0, $8)";
    GET = room!("r.id = $2");
    LIST = room!("1 = 1 ORDER BY s.created_at, s.name, s.id, r.name, r.id");
    UPDATE = "UPDATE room SET site_id = $3, name = $4, capacity = $5, equipment = $6, bookable_hours = $7, state = $8, revision = revision + 1 \
              WHERE company_id = $1 AND id = $2 AND revision = $9";
    /// Tenant check and lock at once: whoever books this room next waits for this transaction.
    LOCK = "UPDATE room SET schedule_version = schedule_version + 1 WHERE company_id = $1 AND id = $2";
}

row! {
    struct SiteRow {
        id: Uuid,
        name: String,
        time_zone: String,
        state: String,
    }
}

impl SiteRow {
    fn read(self) -> Result<Site, Error> {
        Ok(Site {
            id: SiteId::from_uuid(self.id),
            name: self.name,
            zone: Zone::stored(&self.time_zone),
            state: RoomState::parse(&self.state).ok_or(Error::Corrupt("site.state"))?,
        })
    }
}

row! {
    struct Row {
        id: Uuid,
        site_id: Uuid,
        site_name: String,
        time_zone: String,
        name: String,
        capacity: i64,
        equipment: String,
        bookable_hours: String,
        state: String,
        revision: i64,
    }
}

impl Row {
    fn read(self) -> Result<Room, Error> {
        Ok(Room {
            id: RoomId::from_uuid(self.id),
            site: SiteId::from_uuid(self.site_id),
            site_name: self.site_name,
            zone: Zone::stored(&self.time_zone),
            name: self.name,
            capacity: self.capacity,
            equipment: json(&self.equipment, "equipment")?,
            hours: json::<BookableHours>(&self.bookable_hours, "bookable_hours")?,
            state: RoomState::parse(&self.state).ok_or(Error::Corrupt("room.state"))?,
            revision: self.revision,
        })
    }
}

/// Reads a JSON column.
pub(crate) fn json<T: serde::de::DeserializeOwned>(
    text: &str,
    column: &'static str,
) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| Error::Corrupt(column))
}

/// Writes a JSON column.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| Error::Corrupt("json"))
}

/// Adds a site.
pub async fn insert_site(
    tx: &mut Tx,
    company: CompanyId,
    id: SiteId,
    name: &str,
    zone: &Zone,
    now: Timestamp,
) -> Result<(), Error> {
    execute!(
        tx,
        SITE_INSERT,
        id.uuid(),
        company.uuid(),
        name,
        zone.name(),
        now.as_microsecond()
    )?;
    Ok(())
}

/// A site of the company.
pub async fn site(tx: &mut Tx, company: CompanyId, id: SiteId) -> Result<Option<Site>, Error> {
    fetch_optional!(tx, SiteRow, SITE_GET, company.uuid(), id.uuid())?
        .map(SiteRow::read)
        .transpose()
}

/// The company's sites, oldest first, retired ones too.
pub async fn sites(tx: &mut Tx, company: CompanyId) -> Result<Vec<Site>, Error> {
    let rows = fetch_all!(tx, SiteRow, SITE_LIST, company.uuid())?;
    rows.into_iter().map(SiteRow::read).collect()
}

/// Changes a site.
pub async fn update_site(tx: &mut Tx, company: CompanyId, site: &Site) -> Result<bool, Error> {
    let hit = execute!(
        tx,
        SITE_UPDATE,
        company.uuid(),
        site.id.uuid(),
        &site.name,
        site.zone.name(),
        site.state.as_str(),
    )?;
    Ok(hit == 1)
}

/// Adds a room to a site.
pub async fn insert(
    tx: &mut Tx,
    company: CompanyId,
    site: SiteId,
    id: RoomId,
    room: &RoomDraft,
    now: Timestamp,
) -> Result<(), Error> {
    execute!(
        tx,
        INSERT,
        id.uuid(),
        company.uuid(),
        site.uuid(),
        &room.name,
        room.capacity,
        to_json(&room.equipment)?,
        to_json(&room.hours)?,
        now.as_microsecond(),
    )?;
    Ok(())
}

/// A room of the company.
pub async fn get(tx: &mut Tx, company: CompanyId, id: RoomId) -> Result<Option<Room>, Error> {
    fetch_optional!(tx, Row, GET, company.uuid(), id.uuid())?
        .map(Row::read)
        .transpose()
}

/// The company's rooms, by site and name, retired ones too.
pub async fn list(tx: &mut Tx, company: CompanyId) -> Result<Vec<Room>, Error> {
    let rows = fetch_all!(tx, Row, LIST, company.uuid())?;
    rows.into_iter().map(Row::read).collect()
}

/// Changes a room; false when it was changed since `room.revision` was read.
pub async fn update(tx: &mut Tx, company: CompanyId, room: &Room) -> Result<bool, Error> {
    let hit = execute!(
        tx,
        UPDATE,
        company.uuid(),
        room.id.uuid(),
        room.site.uuid(),
        &room.name,
        room.capacity,
        to_json(&room.equipment)?,
        to_json(&room.hours)?,
        room.state.as_str(),
        room.revision,
    )?;
    Ok(hit == 1)
}

/// Locks a room's schedule until the transaction ends and gives the room; `None` when the company
/// has no such room.
pub async fn lock(tx: &mut Tx, company: CompanyId, id: RoomId) -> Result<Option<Room>, Error> {
    if execute!(tx, LOCK, company.uuid(), id.uuid())? == 0 {
        return Ok(None);
    }
    get(tx, company, id).await
}
