//! What has to hold once everything has come to rest, whatever went wrong before.

mod calls;
mod ledger;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use jiff::Timestamp;
use rooms_core::Clock as _;
use zoom_sim::StoredMeeting;

use crate::conductor::Conductor;
use crate::zoom::{CLIENT_ID, mark, users};
use ledger::{Connection, Job, Ledger, Meeting};

/// When it is looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// The program had time.
    Rested,
    /// Somebody compared with Zoom as well, and had everything put right.
    Reconciled,
}

/// What does not hold; nothing if all is well.
pub(crate) async fn check(conductor: &Conductor, when: When) -> anyhow::Result<Vec<String>> {
    let ledger = Ledger::read(&conductor.world.database.url).await?;
    let now = conductor.world.clock.now();
    let meetings = conductor.world.zoom.inside.handle().meetings();
    let mut broken = Vec::new();
    overlaps(&ledger, &mut broken);
    promised(conductor, &ledger, &mut broken);
    inbox(conductor, &ledger, &mut broken);
    at_rest(&ledger, now, &mut broken);
    links(&ledger, &meetings, (now, when), &mut broken);
    connections(conductor, &ledger, now, &mut broken);
    if when == When::Reconciled {
        too_many(&ledger, &meetings, &mut broken);
    }
    calls::check(conductor, &meetings, &mut broken);
    audit(conductor, &ledger, &mut broken).await?;
    Ok(broken)
}

/// No room is taken twice.
fn overlaps(ledger: &Ledger, broken: &mut Vec<String>) {
    let mut by_room: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for booking in ledger.bookings.values().filter(|booking| booking.live) {
        by_room.entry(&booking.room).or_default().push(booking);
    }
    for bookings in by_room.values_mut() {
        bookings.sort_by_key(|booking| booking.starts_at);
        for pair in bookings.windows(2) {
            if let [first, second] = pair
                && first.ends_at > second.starts_at
            {
                broken.push(format!(
                    "a room is taken twice: by {} and {}",
                    first.id, second.id
                ));
            }
        }
    }
}

/// What people were told was booked is, and nobody was told of another company's.
fn promised(conductor: &Conductor, ledger: &Ledger, broken: &mut Vec<String>) {
    let scene = conductor.world.scene(0);
    scene.remember(|memory| {
        let mut seen = BTreeSet::new();
        for known in &memory.bookings {
            let id = known.id.uuid().simple().to_string();
            if !ledger.bookings.contains_key(&id) {
                broken.push(format!("a booking somebody was given is not there: {id}"));
            }
            if !seen.insert(id.clone()) {
                broken.push(format!("two people were given the same booking: {id}"));
            }
        }
        broken.extend(
            memory
                .told_to_spies
                .iter()
                .map(|told| format!("a spy {told}")),
        );
    });
}

/// Each webhook that was accepted is in the inbox, once, and was processed.
fn inbox(conductor: &Conductor, ledger: &Ledger, broken: &mut Vec<String>) {
    let accepted: BTreeSet<&String> = conductor.noted.accepted.iter().collect();
    let brought = conductor.noted.brought.len();
    if ledger.inbox.len() < accepted.len() {
        broken.push(format!(
            "{} webhooks were accepted, and {} are in the inbox",
            accepted.len(),
            ledger.inbox.len()
        ));
    }
    if ledger.inbox.len() > brought {
        broken.push(format!(
            "{brought} webhooks were brought, and {} are in the inbox",
            ledger.inbox.len()
        ));
    }
    for (name, processed) in &ledger.inbox {
        if !processed {
            broken.push(format!("a webhook was never processed: {name}"));
        }
    }
}

/// Nothing is left to do, and nothing was given up.
fn at_rest(ledger: &Ledger, now: Timestamp, broken: &mut Vec<String>) {
    for job in &ledger.jobs {
        let routine = ["reconcile.night", "retention", "probe"].contains(&job.kind.as_str());
        if job.state == "dead" {
            broken.push(format!("work was given up: {} {}", job.kind, job.error));
        } else if !routine || job.run_at < now.as_microsecond() {
            let due = Timestamp::from_microsecond(job.run_at);
            let due = due.map_or_else(|error| error.to_string(), |due| due.to_string());
            let Job {
                kind, error, lease, ..
            } = job;
            broken.push(format!(
                "work is left: {kind} due {due}, leased “{lease}” {error}"
            ));
        }
    }
    if ledger.leaving > 0 {
        broken.push(format!("{} ends are not finished", ledger.leaving));
    }
}

/// Each live booking that wants a link has a live one, or says why not.
fn links(
    ledger: &Ledger,
    there: &[StoredMeeting],
    (now, when): (Timestamp, When),
    broken: &mut Vec<String>,
) {
    for booking in ledger.bookings.values() {
        let records: Vec<&Meeting> = ledger.meetings_of(&booking.id).collect();
        let over = booking.ends_at <= now.as_microsecond();
        let wants = booking.live && booking.zoom && !over;
        for meeting in &records {
            let connection = ledger.connections.get(&meeting.connection);
            let status = connection.map_or("", |connection| connection.status.as_str());
            state(meeting, status, wants, broken);
            let held = ["ready", "removing"].contains(&meeting.state.as_str());
            if held && status == "inactive" {
                broken.push(format!(
                    "a meeting is {} though its connection has ended: {}",
                    meeting.state, meeting.id
                ));
            }
        }
        let ready: Vec<&&Meeting> = records.iter().filter(|m| m.state == "ready").collect();
        if ready.len() > 1 {
            broken.push(format!("a booking has two links: {}", booking.id));
        }
        if !wants {
            continue;
        }
        for meeting in ready {
            let found = there
                .iter()
                .find(|found| Some(found.id) == meeting.zoom_id && found.deleted_at.is_none());
            let Some(found) = found else {
                // Of what was deleted in Zoom nobody may have told us.
                if when == When::Reconciled && ledger.reaches(meeting) {
                    broken.push(format!("a link leads nowhere: booking {}", booking.id));
                }
                continue;
            };
            let same = found.start_time.map(Timestamp::as_microsecond) == Some(booking.starts_at)
                && found.duration * 60_000_000 == booking.ends_at - booking.starts_at
                && found.topic == booking.title;
            // What has begun is not moved any more.
            let ahead = booking.starts_at > now.as_microsecond();
            if !same && ahead && when == When::Reconciled && ledger.reaches(meeting) {
                broken.push(format!(
                    "Zoom has another time or title: booking {}: {:?} {} {}",
                    booking.id, found.start_time, found.duration, found.topic
                ));
            }
        }
    }
}

/// A record has come to rest, and says why it is not where it should be.
fn state(meeting: &Meeting, connection: &str, wants: bool, broken: &mut Vec<String>) {
    let Meeting { id, state, .. } = meeting;
    let unsettled = ["pending", "uncertain", "removing"].contains(&state.as_str());
    if unsettled && connection == "active" {
        broken.push(format!(
            "a meeting is still {state}: {id} ({})",
            meeting.failure
        ));
    }
    let unexplained = meeting.failure.is_empty();
    if unsettled && unexplained && wants {
        broken.push(format!("a meeting is {state}, and nobody reads why: {id}"));
    }
    if state == "failed" && unexplained {
        broken.push(format!("a meeting failed, and nobody reads why: {id}"));
    }
}

/// What is used is granted, and what was lost was lost for a reason that its person reads.
fn connections(conductor: &Conductor, ledger: &Ledger, now: Timestamp, broken: &mut Vec<String>) {
    let handle = conductor.world.zoom.inside.handle();
    for (id, connection) in &ledger.connections {
        let Connection {
            user,
            status,
            attention,
            ..
        } = connection;
        let email = users().into_iter().find(|known| known.user_id == *user);
        let email = email.map(|user| user.email).unwrap_or_default();
        // Of one without bookings ahead nobody asks for weeks, should Zoom's word have been lost.
        let asked = ledger.has_bookings_ahead(id, now);
        if status == "active" && asked && !handle.is_installed(&email, CLIENT_ID) {
            broken.push(format!(
                "a connection is used whose app was removed: {user}"
            ));
        }
        if status == "needs_attention" {
            if attention.is_empty() {
                broken.push(format!("nobody reads why {user} needs attention"));
            }
            let told = ledger.notices.contains(&(
                connection.person.clone(),
                "zoom.needs_attention".to_owned(),
                id.clone(),
            ));
            if !told {
                broken.push(format!("nobody was told that {user} needs attention"));
            }
            if !calls::is_excused(conductor, user, connection.granted_at) {
                broken.push(format!("the grant of {user} was lost without a reason"));
            }
        }
    }
}

/// Nothing of ours is in Zoom that no booking wants, as far as we may look there.
fn too_many(ledger: &Ledger, there: &[StoredMeeting], broken: &mut Vec<String>) {
    for found in there.iter().filter(|found| found.deleted_at.is_none()) {
        let Some(record) = mark(&found.agenda) else {
            continue;
        };
        let Some(meeting) = ledger.meetings.get(&record) else {
            broken.push(format!("a meeting in Zoom has no record: {}", found.id));
            continue;
        };
        let known = meeting.zoom_id == Some(found.id);
        let kept = ["ready", "detached", "failed"].contains(&meeting.state.as_str());
        // It waits until its own person signs in again, and nobody else finishes it.
        let status = ledger.connections.get(&meeting.connection);
        if status.is_some_and(|connection| connection.status == "needs_attention") {
            continue;
        }
        if (known && kept) || !ledger.may_look(&meeting.company, &found.host_id) {
            continue;
        }
        broken.push(format!(
            "a meeting too many in Zoom: {} of record {} which is {}",
            found.id, record, meeting.state
        ));
    }
}

/// The audit chain holds, and knows of every end and every connection.
async fn audit(
    conductor: &Conductor,
    ledger: &Ledger,
    broken: &mut Vec<String>,
) -> anyhow::Result<()> {
    let verdicts = rooms_app::audit::verify(&conductor.app(0), None)
        .await
        .context("the audit")?;
    for verdict in verdicts {
        if let Err(why) = verdict.found {
            broken.push(format!("the audit chain is broken: {why:?}"));
        }
    }
    for (id, connection) in &ledger.connections {
        let has = |action: &str| {
            let entry = (action.to_owned(), id.clone());
            ledger.audit.contains(&entry)
        };
        if !has("zoom.connected") {
            broken.push(format!("a connection is not on record: {id}"));
        }
        let ended = has("zoom.disconnected") || has("zoom.removed") || has("zoom.ended");
        if connection.status == "inactive" && !ended {
            broken.push(format!("the end of a connection is not on record: {id}"));
        }
        if connection.status == "needs_attention" && !has("zoom.needs_attention") {
            broken.push(format!("a refused connection is not on record: {id}"));
        }
    }
    Ok(())
}
