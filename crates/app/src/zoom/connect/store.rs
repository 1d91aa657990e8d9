//! Storing what Zoom granted: as a new connection, or as the one that this Zoom user has here.

use jiff::Timestamp;
use rooms_core::connection::Connection;
use rooms_core::{Actor, PersonState, ZoomAppId};
use rooms_store::audit::Entry;
use rooms_store::connections::{self, Pair};
use rooms_store::events::{self, By};
use rooms_store::zoom_apps::{self, AppState};
use rooms_store::{Tx, companies, notices, people};

use crate::error::Failure;
use crate::jobs;
use crate::people::permission_of;
use crate::zoom::{disconnect, leave, probes, returning, revocation};

/// Why a grant is not stored.
pub(super) const TAKEN_ELSEWHERE: &str = "the same Zoom account was connected elsewhere meanwhile";

/// Stores a grant to the operator's app, or to the company's `own`, unless its person, its app or
/// what they may has gone meanwhile.
pub(super) async fn granted(
    tx: &mut Tx,
    (actor, own): (&Actor, Option<ZoomAppId>),
    (granted, pair): &(Connection, Pair),
    now: Timestamp,
) -> Result<Connection, Failure> {
    companies::lock(tx, actor.company).await?;
    if let Some(own) = own {
        still_used(tx, actor, own).await?;
    }
    still_allowed(tx, actor).await?;
    // Zoom has just ended every earlier grant of this user to this app, whoever has it. In the order
    // of their ids, as everybody who locks several does.
    let mut again = None;
    let known = connections::of_zoom_user(tx, &granted.client_id, &granted.zoom_user_id).await?;
    // One that was given later may be stored first: then it is this one that has ended.
    let newer = known.iter().find(|c| c.granted_at > granted.granted_at);
    if let Some(newer) = newer {
        return if (newer.company, newer.person) == (actor.company, actor.person) {
            Ok(newer.clone())
        } else {
            Err(Failure::Conflict(TAKEN_ELSEWHERE))
        };
    }
    for earlier in known {
        if (earlier.company, earlier.person) == (actor.company, actor.person) {
            again = Some(regrant(tx, earlier, granted, pair, now).await?);
        } else {
            let why = if earlier.company == actor.company {
                format!(
                    "{} connected the same Zoom account, so Zoom ended this connection.",
                    actor.name
                )
            } else {
                "The same Zoom account was connected elsewhere, so Zoom ended this connection."
                    .to_owned()
            };
            disconnect::set_needs_attention(tx, &earlier, &why, now).await?;
        }
    }
    if again.is_none() {
        again = moved_here(tx, granted, pair, now).await?;
    }
    let connection = if let Some(again) = again {
        again
    } else {
        connections::insert(tx, granted, pair).await?;
        granted.clone()
    };
    leave::connected_again(tx, &connection, now).await?;
    returning::take_back(tx, &connection, now).await?;
    let by = By::Person(actor.person);
    let entry = Entry::new(actor.company, by, "zoom.connected", connection.id, now)
        .with("person", actor.person.to_string());
    events::record(tx, entry, actor.person.uuid(), &granted.zoom_email).await?;
    notices::dismiss_about(tx, actor.company, actor.person, connection.id.uuid(), now).await?;
    Ok(connection)
}

/// Refuses a grant to the company's own app when that was removed meanwhile: whoever removes it has
/// the company's lock, and ends the connections there are.
async fn still_used(tx: &mut Tx, actor: &Actor, own: ZoomAppId) -> Result<(), Failure> {
    let current = zoom_apps::current(tx, actor.company).await?;
    match current {
        Some(current) if current.id == own && current.state == AppState::Active => Ok(()),
        _ => Err(Failure::Stale),
    }
}

/// Somebody may have lost the permission on their way to Zoom and back. Whoever takes it away locks
/// the company first and ends the connections there are, so under that lock it is certain.
async fn still_allowed(tx: &mut Tx, actor: &Actor) -> Result<(), Failure> {
    let company = companies::get(tx, actor.company).await?;
    let person = people::get(tx, actor.company, actor.person).await?;
    let (company, person) = company
        .zip(person)
        .filter(|(_, person)| person.state == PersonState::Active)
        .ok_or(Failure::Forbidden("you are not here any more"))?;
    let permission = permission_of(tx, company.connect_policy, &person).await?;
    if permission.is_given() {
        Ok(())
    } else {
        Err(Failure::Forbidden("you may not connect apps"))
    }
}

/// Whoever connects a Zoom user again after their company went over to another app goes on with the
/// connection they have: it moves to that app, and the old grant is given back.
async fn moved_here(
    tx: &mut Tx,
    granted: &Connection,
    pair: &Pair,
    now: Timestamp,
) -> Result<Option<Connection>, Failure> {
    let whose = (granted.company, granted.person);
    let (user, client_id) = (&granted.zoom_user_id, &granted.client_id);
    let earlier = connections::through_another_app(tx, whose, user, client_id).await?;
    let Some(earlier) = earlier else {
        return Ok(None);
    };
    // Under an id of its own: what becomes of the connection later does not touch this.
    let subject = tx.new_id(now);
    revocation::queue(tx, &earlier, subject, now).await?;
    regrant(tx, earlier, granted, pair, now).await.map(Some)
}

/// Gives a connection of the same Zoom user the new grant, and resumes what waited for it.
async fn regrant(
    tx: &mut Tx,
    earlier: Connection,
    granted: &Connection,
    pair: &Pair,
    now: Timestamp,
) -> Result<Connection, Failure> {
    let again = Connection {
        id: earlier.id,
        name: earlier.name,
        preferred_at: earlier.preferred_at,
        hosts_for: earlier.hosts_for,
        connected_at: earlier.connected_at,
        ..granted.clone()
    };
    connections::regrant(tx, &again, pair).await?;
    if earlier.zoom_account_id != again.zoom_account_id {
        let subject = (again.company, again.person.uuid());
        let detail = probes::OTHER_ACCOUNT;
        events::insert(tx, subject, "zoom.changed", By::Zoom, detail, now).await?;
        returning::look_at_all(tx, (again.company, again.id), now).await?;
    }
    for meeting in rooms_store::meetings::of_connection(tx, again.company, again.id).await? {
        jobs::queue_meeting(tx, again.company, meeting.id, now).await?;
    }
    Ok(again)
}
