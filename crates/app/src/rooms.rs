//! Sites and rooms: listing them for everybody, changing them for admins.

use rooms_core::room::{BookableHours, Room, RoomDraft, RoomState, Site};
use rooms_core::{Actor, FieldErrors, RoomId, SiteId, Zone, text};
use rooms_store::events::{self, By};
use rooms_store::idempotency::{self, Claim};
use rooms_store::{Tx, rooms};

use crate::app::App;
use crate::companies::admins_only;
use crate::error::{Failure, Idempotency};

/// The company's sites, oldest first, retired ones too.
pub async fn sites(app: &App, actor: &Actor) -> Result<Vec<Site>, Failure> {
    let mut tx = app.read().await?;
    Ok(rooms::sites(&mut tx, actor.company).await?)
}

/// The company's rooms by site and name, retired ones too.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Room>, Failure> {
    let mut tx = app.read().await?;
    Ok(rooms::list(&mut tx, actor.company).await?)
}

/// One room.
pub async fn get(app: &App, actor: &Actor, id: RoomId) -> Result<Room, Failure> {
    let mut tx = app.read().await?;
    rooms::get(&mut tx, actor.company, id)
        .await?
        .ok_or(Failure::NotFound("room"))
}

/// One site.
pub async fn site(app: &App, actor: &Actor, id: SiteId) -> Result<Site, Failure> {
    let mut tx = app.read().await?;
    rooms::site(&mut tx, actor.company, id)
        .await?
        .ok_or(Failure::NotFound("site"))
}

/// Adds a site. Admins only.
pub async fn add_site(
    app: &App,
    actor: &Actor,
    name: &str,
    time_zone: &str,
    key: Option<Idempotency>,
) -> Result<Site, Failure> {
    admins_only(actor)?;
    let (name, zone) = parse_site(name, time_zone)?;
    let id = SiteId::from_uuid(app.new_id());
    let input = (actor.clone(), id, name, zone, key, app.now());
    app.store()
        .write(input, |tx, (actor, id, name, zone, key, now)| {
            Box::pin(async move {
                let earlier = claim(tx, actor, key.as_ref(), id.uuid(), *now).await?;
                let id = if let Some(earlier) = earlier {
                    SiteId::from_uuid(earlier)
                } else {
                    rooms::insert_site(tx, actor.company, *id, name, zone, *now).await?;
                    let by = By::Person(actor.person);
                    let subject = (actor.company, id.uuid());
                    events::insert(tx, subject, "site.added", by, name, *now).await?;
                    *id
                };
                rooms::site(tx, actor.company, id)
                    .await?
                    .ok_or(Failure::NotFound("site"))
            })
        })
        .await
}

/// Changes a site. Admins only. Bookings keep their instants when the zone changes; the last open
/// site stays open.
pub async fn change_site(
    app: &App,
    actor: &Actor,
    id: SiteId,
    (name, time_zone): (&str, &str),
    state: RoomState,
) -> Result<(), Failure> {
    admins_only(actor)?;
    let (name, zone) = parse_site(name, time_zone)?;
    let site = Site {
        id,
        name,
        zone,
        state,
    };
    app.store()
        .write(
            (actor.clone(), site, app.now()),
            |tx, (actor, site, now)| {
                Box::pin(async move {
                    let sites = rooms::sites(tx, actor.company).await?;
                    let known = sites.iter().any(|s| s.id == site.id);
                    let mut others = sites.iter().filter(|s| s.id != site.id);
                    let last = !others.any(|s| s.state == RoomState::Open);
                    if known && last && site.state == RoomState::Retired {
                        return Err(Failure::Conflict("a company keeps at least one open site"));
                    }
                    if !rooms::update_site(tx, actor.company, site).await? {
                        return Err(Failure::NotFound("site"));
                    }
                    let by = By::Person(actor.person);
                    let subject = (actor.company, site.id.uuid());
                    Ok(events::insert(tx, subject, "site.changed", by, &site.name, *now).await?)
                })
            },
        )
        .await
}

fn parse_site(name: &str, time_zone: &str) -> Result<(String, Zone), FieldErrors> {
    let mut errors = FieldErrors::default();
    let name = errors.keep(text::line("name", name, text::NAME_MAX));
    let zone = errors.keep(Zone::parse("time_zone", time_zone));
    name.zip(zone).ok_or(errors)
}

/// Adds a room. Admins only.
pub async fn add(
    app: &App,
    actor: &Actor,
    site: SiteId,
    draft: RoomDraft,
    key: Option<Idempotency>,
) -> Result<Room, Failure> {
    admins_only(actor)?;
    let id = RoomId::from_uuid(app.new_id());
    let input = (actor.clone(), site, id, draft, key, app.now());
    app.store()
        .write(input, |tx, (actor, site, id, draft, key, now)| {
            Box::pin(async move {
                let earlier = claim(tx, actor, key.as_ref(), id.uuid(), *now).await?;
                let id = if let Some(earlier) = earlier {
                    RoomId::from_uuid(earlier)
                } else {
                    known_site(tx, actor, *site).await?;
                    rooms::insert(tx, actor.company, *site, *id, draft, *now).await?;
                    let by = By::Person(actor.person);
                    let subject = (actor.company, id.uuid());
                    events::insert(tx, subject, "room.added", by, &draft.name, *now).await?;
                    *id
                };
                rooms::get(tx, actor.company, id)
                    .await?
                    .ok_or(Failure::NotFound("room"))
            })
        })
        .await
}

/// What an admin changes about a room; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct RoomChange {
    /// Another site.
    pub site: Option<SiteId>,
    /// Another name.
    pub name: Option<String>,
    /// Other seats.
    pub capacity: Option<i64>,
    /// Other equipment.
    pub equipment: Option<Vec<String>>,
    /// Other hours.
    pub hours: Option<BookableHours>,
    /// Retire or reopen it.
    pub state: Option<RoomState>,
}

/// Changes a room; with `revision`, only if it is still that one. Admins only.
pub async fn change(
    app: &App,
    actor: &Actor,
    id: RoomId,
    change: RoomChange,
    revision: Option<i64>,
) -> Result<Room, Failure> {
    let input = (actor.clone(), id, change, revision, app.now());
    app.store()
        .write(input, |tx, (actor, id, change, revision, now)| {
            Box::pin(async move {
                let mut room = rooms::get(tx, actor.company, *id)
                    .await?
                    .ok_or(Failure::NotFound("room"))?;
                admins_only(actor)?;
                if revision.is_some_and(|revision| revision != room.revision) {
                    return Err(Failure::Stale);
                }
                let draft = RoomDraft::parse(
                    change.name.as_deref().unwrap_or(&room.name),
                    change.capacity.unwrap_or(room.capacity),
                    change.equipment.as_deref().unwrap_or(&room.equipment),
                    change.hours.clone().unwrap_or_else(|| room.hours.clone()),
                )?;
                if let Some(site) = change.site {
                    known_site(tx, actor, site).await?;
                    room.site = site;
                }
                room.name = draft.name;
                room.capacity = draft.capacity;
                room.equipment = draft.equipment;
                room.hours = draft.hours;
                room.state = change.state.unwrap_or(room.state);
                if !rooms::update(tx, actor.company, &room).await? {
                    return Err(Failure::Stale);
                }
                let by = By::Person(actor.person);
                let subject = (actor.company, id.uuid());
                events::insert(tx, subject, "room.changed", by, &room.name, *now).await?;
                rooms::get(tx, actor.company, *id)
                    .await?
                    .ok_or(Failure::NotFound("room"))
            })
        })
        .await
}

async fn known_site(tx: &mut Tx, actor: &Actor, site: SiteId) -> Result<(), Failure> {
    let known = rooms::site(tx, actor.company, site).await?;
    known.map(|_| ()).ok_or(Failure::NotFound("site"))
}

/// Claims an idempotency key, where one was sent: `Some` is what an earlier request made.
pub(crate) async fn claim(
    tx: &mut Tx,
    actor: &Actor,
    key: Option<&Idempotency>,
    subject: uuid::Uuid,
    now: jiff::Timestamp,
) -> Result<Option<uuid::Uuid>, Failure> {
    let Some(Idempotency { key, request_hash }) = key else {
        return Ok(None);
    };
    let whose = (actor.company, actor.person);
    match idempotency::claim(tx, whose, key, request_hash, subject, now).await? {
        Claim::New => Ok(None),
        Claim::Replay(earlier) => Ok(Some(earlier)),
        Claim::Mismatch => Err(Failure::KeyReused),
    }
}
