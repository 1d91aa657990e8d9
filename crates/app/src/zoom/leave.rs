//! Disconnecting here with a choice about the links: keep them, remove them from Zoom, or move them
//! to another connection.
//!
//! The connection ends at once, whatever was chosen: nothing new goes through it. To delete
//! meetings it lends its tokens a little longer ([`rooms_store::leaving`]); each meeting goes
//! through its own durable job, as any other that is taken off a booking. When the last is gone, or
//! a person says that the rest may stay in Zoom, or Zoom takes the grant away, the end is finished:
//! the tokens are shredded, and Zoom is told.

mod links;

use jiff::{SignedDuration, Timestamp};
use rooms_core::connection::{Connection, EndedBy, Links};
use rooms_core::meeting::{Meeting, MeetingState};
use rooms_core::{Actor, CompanyId, ConnectionId, RoomId};
use rooms_store::audit::Entry;
use rooms_store::events::{self, By};
use rooms_store::leaving::{self, Leaving, Remains};
use rooms_store::{Change, Tx, bookings, connections, meetings, notices, rooms};
use uuid::Uuid;

use super::{disconnect, revocation};
use crate::app::App;
use crate::data::erasure;
use crate::error::Failure;
use crate::jobs::{self, JobEnd};

/// How often an end that is not finished is looked at, where nothing says that it is.
const LOOKED_AT: SignedDuration = SignedDuration::from_secs(15);

/// What ending a connection came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Left {
    /// How many meetings are being deleted in Zoom.
    pub removing: usize,
    /// How many bookings keep their link, because no other account is free then.
    pub left_over: usize,
}

/// Ends one of the actor's connections, `id` if given, else the default, and does with its links
/// what was chosen. Gives nothing if nothing ended.
pub async fn leave(
    app: &App,
    actor: &Actor,
    id: Option<ConnectionId>,
    links: Links,
) -> Result<Option<Left>, Failure> {
    if links == Links::Keep {
        let ended = disconnect::disconnect(app, actor, id).await?;
        return Ok(ended.then(Left::default));
    }
    app.store()
        .write(
            (actor.clone(), (id, links), app.now()),
            |tx, (actor, (id, links), now)| {
                Box::pin(async move {
                    let Some(connection) = disconnect::theirs(tx, actor, *id).await? else {
                        return Ok(None);
                    };
                    begin(tx, actor, &connection, *links, *now).await
                })
            },
        )
        .await
}

async fn begin(
    tx: &mut Tx,
    actor: &Actor,
    connection: &Connection,
    links: Links,
    now: Timestamp,
) -> Result<Option<Left>, Failure> {
    if let Some(target) = links.target() {
        takes_over(tx, actor, connection, target).await?;
    }
    // Rooms first, then hosts, as everybody who books locks them.
    lock_rooms(tx, connection, now).await?;
    rooms_store::hosts::lock_able(tx, actor.company, actor.person).await?;
    let by = By::Person(actor.person);
    if !leaving::begin(tx, connection, links, now).await? {
        // Zoom does not let it in any more, or it has ended: there is nothing to delete with.
        let ends = connections::get(tx, connection.company, connection.id).await?;
        let ends = ends.filter(|c| c.disconnected_at.is_none());
        disconnect::end(tx, connection, EndedBy::User, by, now).await?;
        return Ok(ends.map(|_| Left::default()));
    }
    connections::end(tx, connection, EndedBy::User, now).await?;
    let left = links::let_go(tx, actor, connection, links, now).await?;
    let kept = u64::try_from(left.left_over).unwrap_or_default();
    let how = (by, connection.account());
    disconnect::tell(tx, (connection, kept), EndedBy::User, how, now).await?;
    let (company, id) = (connection.company, connection.id);
    leaving::set_total(tx, (company, id), left.removing).await?;
    queue(tx, (company, id), now).await?;
    Ok(Some(left))
}

/// Whether another connection may take links over: it is in use, and the actor's own or what
/// stands in for people without one.
async fn takes_over(
    tx: &mut Tx,
    actor: &Actor,
    connection: &Connection,
    target: ConnectionId,
) -> Result<(), Failure> {
    let may = may_take_over(tx, actor, connection.id).await?;
    if may.iter().any(|other| other.id == target) {
        return Ok(());
    }
    let words = "Choose an account that is connected.";
    Err(Failure::field("target", "not_in_use", words))
}

/// The connections that may take over the links of one that its owner ends.
pub(super) async fn may_take_over(
    tx: &mut Tx,
    actor: &Actor,
    leaves: ConnectionId,
) -> Result<Vec<Connection>, Failure> {
    let stand_in = rooms_store::hosts::stand_in(tx, actor.company).await?;
    let mut able = rooms_store::hosts::able(tx, actor.company, actor.person).await?;
    let own = |c: &Connection| c.person == actor.person;
    able.retain(|c| c.id != leaves && (own(c) || stand_in.takes(c)));
    able.sort_by_key(|c| (!own(c), c.place()));
    Ok(able)
}

async fn lock_rooms(tx: &mut Tx, connection: &Connection, now: Timestamp) -> Result<(), Failure> {
    let company = connection.company;
    let mut taken: Vec<RoomId> = Vec::new();
    for meeting in meetings::of_connection(tx, company, connection.id).await? {
        let booking = bookings::get(tx, company, meeting.booking).await?;
        taken.extend(booking.filter(|b| links::wants(b, now)).map(|b| b.room));
    }
    taken.sort_unstable();
    taken.dedup();
    for room in taken {
        rooms::lock(tx, company, room).await?;
    }
    Ok(())
}

async fn queue(
    tx: &mut Tx,
    (company, connection): (CompanyId, ConnectionId),
    now: Timestamp,
) -> Result<(), rooms_store::Error> {
    let (id, company) = (connection.uuid(), Some(company));
    rooms_store::jobs::enqueue(tx, jobs::LEAVE, id, company, "", (now, now)).await
}

/// A meeting was deleted: where its connection has ended, that end may be finished now.
pub(super) async fn one_less(
    tx: &mut Tx,
    removed: &Meeting,
    now: Timestamp,
) -> Result<(), rooms_store::Error> {
    let whose = (removed.company, removed.connection);
    if let Some(leaving) = leaving::get(tx, whose.0, whose.1).await? {
        tx.tell(Change::Connection(leaving.person));
        queue(tx, whose, now).await?;
    }
    Ok(())
}

/// Finishes the end of a connection once nothing is left to delete.
pub(crate) async fn advance(app: &App, company: CompanyId, id: Uuid) -> JobEnd {
    let input = ((company, ConnectionId::from_uuid(id)), app.now());
    let done = app
        .store()
        .write(input, |tx, (whose, now)| {
            Box::pin(async move {
                let Some(leaving) = leaving::get(tx, whose.0, whose.1).await? else {
                    return Ok(None);
                };
                let remains = leaving::remains(tx, *whose).await?;
                if remains.is_nothing() {
                    finish(tx, &leaving, Zoom::IsTold, *now).await?;
                    let detail = match leaving.total {
                        1 => "1 meeting deleted in Zoom".to_owned(),
                        total => format!("{total} meetings deleted in Zoom"),
                    };
                    finished(tx, &leaving, (By::System, 0), &detail, *now).await?;
                    return Ok(None);
                }
                // The job of a record may have ended while nothing let it in to look.
                if remains.late_at.is_some_and(|late| late <= *now) {
                    for record in leaving::looked_for(tx, *whose, *now).await? {
                        jobs::ensure_meeting(tx, whose.0, record, *now).await?;
                    }
                }
                Ok::<_, Failure>(Some(remains))
            })
        })
        .await;
    match done {
        Ok(None) => JobEnd::Done,
        Ok(Some(remains)) => {
            let later = app.now().saturating_add(LOOKED_AT).unwrap_or(app.now());
            JobEnd::RetryAt(later, format!("{} still to be deleted", remains.meetings))
        }
        Err(failure) => JobEnd::again(app, &failure),
    }
}

/// Whether Zoom still has to hear of an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zoom {
    /// The tokens are handed back.
    IsTold,
    /// It took the grant away itself.
    Knows,
}

async fn finish(tx: &mut Tx, leaving: &Leaving, zoom: Zoom, now: Timestamp) -> Result<(), Failure> {
    let ended = connections::get(tx, leaving.company, leaving.connection).await?;
    if let Some(ended) = ended.as_ref().filter(|_| zoom == Zoom::IsTold) {
        revocation::queue(tx, ended, ended.id.uuid(), now).await?;
    }
    leaving::finish(tx, leaving).await?;
    // What came from Zoom about the account was needed until now.
    match ended {
        Some(ended) => erasure::connection_ended(tx, &ended, EndedBy::User, now).await,
        None => Ok(()),
    }
}

async fn finished(
    tx: &mut Tx,
    leaving: &Leaving,
    (by, stay): (By, usize),
    detail: &str,
    now: Timestamp,
) -> Result<(), Failure> {
    let entry = Entry::new(leaving.company, by, "zoom.left", leaving.connection, now)
        .with("person", leaving.person.to_string())
        .with("links", leaving.links.as_str())
        .with("meetings", leaving.total)
        .with("meetings_kept", stay);
    Ok(events::record(tx, entry, leaving.person.uuid(), detail).await?)
}

/// Puts an end to the end of a connection, if it is not finished: what is not deleted yet stays in
/// Zoom, unmanaged. Gives how many meetings that were.
pub(super) async fn cut_short(
    tx: &mut Tx,
    connection: &Connection,
    (zoom, by): (Zoom, By),
    now: Timestamp,
) -> Result<Option<usize>, Failure> {
    let (company, id) = (connection.company, connection.id);
    let Some(leaving) = leaving::get(tx, company, id).await? else {
        return Ok(None);
    };
    let mut stay = 0;
    for meeting in meetings::of_connection(tx, company, id).await? {
        let Some(mut meeting) = meetings::lock(tx, company, meeting.id).await? else {
            continue;
        };
        if meeting.state != MeetingState::Removing {
            continue;
        }
        meeting.next_try_at = None;
        meeting.failure = None;
        if meeting.zoom_id.is_some() {
            stay += 1;
            meeting.state = MeetingState::Detached;
            if let By::Person(person) = by {
                meeting.left_by = Some(person);
            }
            let subject = (company, meeting.booking.uuid());
            events::insert(tx, subject, "meeting.left", by, "", now).await?;
        } else {
            meeting.state = MeetingState::Removed;
        }
        meetings::store(tx, &meeting, now).await?;
        tx.tell(Change::Booking(meeting.booking));
    }
    finish(tx, &leaving, zoom, now).await?;
    let detail = match stay {
        0 => String::new(),
        1 => "1 meeting stays in Zoom".to_owned(),
        several => format!("{several} meetings stay in Zoom"),
    };
    finished(tx, &leaving, (by, stay), &detail, now).await?;
    Ok(Some(stay))
}

/// Leaves in Zoom what is not deleted yet, and finishes the end of one of the actor's connections.
/// Gives how many meetings stay; nothing where it was finished.
pub async fn leave_rest(
    app: &App,
    actor: &Actor,
    id: ConnectionId,
) -> Result<Option<usize>, Failure> {
    app.store()
        .write((actor.clone(), id, app.now()), |tx, (actor, id, now)| {
            Box::pin(async move {
                let connection = connections::get(tx, actor.company, *id)
                    .await?
                    .filter(|connection| connection.person == actor.person)
                    .ok_or(Failure::NotFound("connection"))?;
                let how = (Zoom::IsTold, By::Person(actor.person));
                cut_short(tx, &connection, how, *now).await
            })
        })
        .await
}

/// Zoom lets a connection in no longer whose meetings are being deleted: its person hears how many
/// stay there.
pub(super) async fn locked_out(
    tx: &mut Tx,
    connection: &Connection,
    zoom: Zoom,
    now: Timestamp,
) -> Result<bool, Failure> {
    let Some(stay) = cut_short(tx, connection, (zoom, By::Zoom), now).await? else {
        return Ok(false);
    };
    if stay > 0 {
        let account = connection.called();
        let text = format!(
            "Zoom let us in no longer before everything was deleted. Meetings still in {account}: {stay}. Delete them in Zoom, under Meetings."
        );
        let whom = (connection.company, connection.person);
        let about = connection.id.uuid();
        notices::insert(tx, whom, "zoom.left", about, &text, now).await?;
    }
    Ok(true)
}

/// The Zoom user of unfinished ends was connected, so Zoom takes their tokens no longer. The same
/// person's new connection deletes what is left; of anybody else's it stays in Zoom.
pub(super) async fn connected_again(
    tx: &mut Tx,
    granted: &Connection,
    now: Timestamp,
) -> Result<(), Failure> {
    let (client, user) = (&granted.client_id, &granted.zoom_user_id);
    leaving::forget_revocations(tx, jobs::REVOKE, granted).await?;
    for earlier in leaving::of_zoom_user(tx, client, user).await? {
        if (earlier.company, earlier.person) != (granted.company, granted.person) {
            locked_out(tx, &earlier, Zoom::Knows, now).await?;
            continue;
        }
        let Some(leaving) = leaving::get(tx, earlier.company, earlier.id).await? else {
            continue;
        };
        leaving::hand_over(tx, &leaving, granted.id, now).await?;
        for meeting in meetings::of_connection(tx, granted.company, granted.id).await? {
            jobs::queue_meeting(tx, granted.company, meeting.id, now).await?;
        }
        finish(tx, &leaving, Zoom::Knows, now).await?;
    }
    Ok(())
}

/// The end of a connection that is not finished yet, as a page shows it.
#[derive(Debug, Clone)]
pub struct Unfinished {
    /// The connection.
    pub connection: Connection,
    /// What was chosen, and how much there was to do.
    pub leaving: Leaving,
    /// What is left to do.
    pub remains: Remains,
}

/// The unfinished ends of the actor's connections, oldest first.
pub async fn unfinished(app: &App, actor: &Actor) -> Result<Vec<Unfinished>, Failure> {
    let mut tx = app.read().await?;
    let mut found = Vec::new();
    for leaving in leaving::of_person(&mut tx, actor.company, actor.person).await? {
        let whose = (leaving.company, leaving.connection);
        let Some(connection) = connections::get(&mut tx, whose.0, whose.1).await? else {
            continue;
        };
        found.push(Unfinished {
            connection,
            remains: leaving::remains(&mut tx, whose).await?,
            leaving,
        });
    }
    Ok(found)
}

/// What disconnecting would leave behind.
#[derive(Debug, Clone, Default)]
pub struct Outlook {
    /// How many bookings still ahead have a link through the connection, colleagues' included.
    pub links: usize,
    /// The connections that may take them over, the actor's own first.
    pub targets: Vec<Connection>,
}

/// Looks what disconnecting would leave behind.
pub async fn outlook(
    app: &App,
    actor: &Actor,
    connection: &Connection,
) -> Result<Outlook, Failure> {
    let mut tx = app.read().await?;
    let now = app.now();
    Ok(Outlook {
        links: leaving::links_ahead(&mut tx, (actor.company, connection.id), now).await?,
        targets: may_take_over(&mut tx, actor, connection.id).await?,
    })
}
