//! What happens to a meeting, whoever wishes it: the app over REST, or the host in Zoom.

use jiff::Timestamp;
use serde_json::Value;

use super::{Occurrence, Wanted};
use crate::clock::later;
use crate::records::StoredMeeting;
use crate::state::World;
use crate::webhooks;

const DAY_SECONDS: i64 = 86_400;

/// Changes what is asked for and may be changed; says so to the apps. True if there is such a
/// meeting.
pub(crate) fn apply(
    world: &mut World,
    now: Timestamp,
    id: i64,
    wanted: &Wanted,
    sent: Option<Value>,
) -> bool {
    let Some(old) = world
        .meetings
        .get(&id)
        .filter(|old| old.deleted_at.is_none())
        .cloned()
    else {
        return false;
    };
    let locked = world
        .accounts
        .get(&old.account_id)
        .map(|account| account.locked.clone());
    let mut new = old.clone();
    new.changes.extend(sent);
    if let Some(topic) = &wanted.topic {
        new.topic.clone_from(topic);
    }
    if let Some(agenda) = &wanted.agenda {
        new.agenda.clone_from(agenda);
    }
    if let Some(zone) = wanted.zone_name() {
        new.time_zone = zone;
    }
    // A beginning in the past is passed over in silence; the answer is a success all the same.
    if let Some(start) = wanted.instant(&new.time_zone).filter(|start| *start > now) {
        new.start_time = Some(start);
    }
    if let Some(duration) = wanted.duration {
        new.duration = duration;
    }
    if let Some(password) = &wanted.password
        && *password != new.password
    {
        new.password.clone_from(password);
        new.link_key = world.source.long();
    }
    new.settings.extend(wanted.settings.clone());
    new.settings.extend(locked.unwrap_or_default());
    if new.kind == 8 && wanted.recurrence.is_some() {
        new.recurrence.clone_from(&wanted.recurrence);
    }
    let facts = |m: &StoredMeeting| {
        (
            m.start_time,
            m.duration,
            m.time_zone.clone(),
            m.recurrence.clone(),
        )
    };
    if facts(&new) != facts(&old) {
        new = new.repeated(world.rules.max_occurrences);
    }
    webhooks::updated(world, now, &old, &new);
    world.meetings.insert(id, new);
    true
}

/// Moves one meeting of a series; false if there is none like it.
pub(crate) fn move_one(
    world: &mut World,
    now: Timestamp,
    id: i64,
    (occurrence, wanted): (&str, &Wanted),
    sent: Option<Value>,
) -> bool {
    let Some(meeting) = living(world, id) else {
        return false;
    };
    let start = wanted
        .instant(&meeting.time_zone)
        .filter(|start| *start > now);
    let Some(one) = available(meeting, occurrence) else {
        return false;
    };
    one.start_time = start.unwrap_or(one.start_time);
    one.duration = wanted.duration.unwrap_or(one.duration);
    meeting.changes.extend(sent);
    true
}

/// Takes one meeting out of a series, and the series away with its last; false if there is none
/// like it.
pub(crate) fn take_out(world: &mut World, now: Timestamp, id: i64, occurrence: &str) -> bool {
    let Some(meeting) = living(world, id) else {
        return false;
    };
    let Some(one) = available(meeting, occurrence) else {
        return false;
    };
    one.deleted = true;
    if meeting.occurrences.iter().all(|one| one.deleted) {
        return remove(world, now, id);
    }
    true
}

fn available<'a>(meeting: &'a mut StoredMeeting, occurrence: &str) -> Option<&'a mut Occurrence> {
    let mut all = meeting.occurrences.iter_mut();
    all.find(|one| one.occurrence_id == occurrence && !one.deleted)
}

/// Deletes a meeting and says so to the apps; false if there is none, or if it takes place now.
pub(crate) fn remove(world: &mut World, now: Timestamp, id: i64) -> bool {
    let even_live = world.rules.live_meetings_can_be_deleted;
    let deletable = |held: &&mut StoredMeeting| even_live || held.started_at.is_none();
    let Some(meeting) = living(world, id).filter(deletable) else {
        return false;
    };
    meeting.started_at = None;
    meeting.deleted_at = Some(now);
    let meeting = meeting.clone();
    webhooks::deleted(world, now, &meeting);
    true
}

/// Takes a meeting out of the host's trash; false if it is not there, or no longer.
pub(crate) fn recover(world: &mut World, now: Timestamp, id: i64) -> bool {
    let Some(meeting) = in_trash(world, id, now) else {
        return false;
    };
    meeting.deleted_at = None;
    let meeting = meeting.clone();
    webhooks::recovered(world, now, &meeting);
    true
}

/// Throws a meeting out of the host's trash; false if it is not there, or no longer.
pub(crate) fn purge(world: &mut World, now: Timestamp, id: i64) -> bool {
    let Some(meeting) = in_trash(world, id, now) else {
        return false;
    };
    meeting.purged_at = Some(now);
    let meeting = meeting.clone();
    webhooks::permanently_deleted(world, now, &meeting);
    true
}

/// The host begins the meeting; false if there is none, or if it takes place already.
pub(crate) fn start(world: &mut World, now: Timestamp, id: i64) -> bool {
    let Some(meeting) = living(world, id).filter(|held| held.started_at.is_none()) else {
        return false;
    };
    meeting.started_at = Some(now);
    let meeting = meeting.clone();
    webhooks::started(world, now, &meeting);
    true
}

/// Ends a meeting for everybody; false if it does not take place.
pub(crate) fn end(world: &mut World, now: Timestamp, id: i64) -> bool {
    // The next time it takes place it is another instance, under another id.
    let next = world.source.meeting_uuid();
    let Some(meeting) = living(world, id) else {
        return false;
    };
    let Some(started_at) = meeting.started_at.take() else {
        return false;
    };
    let over = meeting.clone();
    meeting.uuid = next;
    webhooks::ended(world, now, &over, started_at);
    true
}

fn living(world: &mut World, id: i64) -> Option<&mut StoredMeeting> {
    world
        .meetings
        .get_mut(&id)
        .filter(|held| held.deleted_at.is_none())
}

fn in_trash(world: &mut World, id: i64, now: Timestamp) -> Option<&mut StoredMeeting> {
    let kept = i64::from(world.rules.trash_days) * DAY_SECONDS;
    let lies = |since: Timestamp| later(since, kept) > now;
    world
        .meetings
        .get_mut(&id)
        .filter(|held| held.purged_at.is_none() && held.deleted_at.is_some_and(lies))
}
