//! What has to hold of the calls that Zoom received.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use zoom_sim::StoredMeeting;

use crate::conductor::Conductor;
use crate::people::Memory;
use crate::zoom::{Kind, Made, mark};

/// How long a renewal may take before another may try.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// More calls than this about one thing within a minute are a storm.
const STORM: usize = 30;

pub(super) fn check(conductor: &Conductor, there: &[StoredMeeting], broken: &mut Vec<String>) {
    let calls = conductor.world.zoom.calls();
    renewals(conductor, &calls, broken);
    doubles(conductor, &calls, there, broken);
    after_the_end(conductor, &calls, broken);
    storms(&calls, broken);
}

/// Whether whoever made a call came to an end afterwards, so that its answer was stored.
fn lives(conductor: &Conductor, call: &Made) -> bool {
    let cut = &conductor.noted.cut;
    !cut.iter()
        .any(|(actor, step)| *actor == call.by.actor && *step >= call.by.step)
}

/// A refresh token is used once, unless the answer was lost or took too long.
fn renewals(conductor: &Conductor, calls: &[Made], broken: &mut Vec<String>) {
    let mut by_token: BTreeMap<&str, Vec<&Made>> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.kind == Kind::Refresh) {
        by_token.entry(&call.token).or_default().push(call);
    }
    for calls in by_token.values() {
        for pair in calls.windows(2) {
            let [first, second] = pair else { continue };
            let fine = !first.heard || !lives(conductor, first);
            // Whoever was held up for longer than a lease may come first or last.
            let begun = |call: &Made| call.by.since.unwrap_or(call.at);
            let late = begun(second).duration_since(begun(first)).abs() >= LEASE;
            if !fine && !late {
                broken.push(format!(
                    "tokens of {} were renewed twice, at steps {} and {}",
                    first.user.as_deref().unwrap_or("somebody"),
                    first.by.step,
                    second.by.step
                ));
            }
        }
    }
}

/// Whether something explains that a grant given at an instant was lost: an answer that gave the
/// next tokens did not arrive or was not stored, or somebody took the grant away.
pub(super) fn is_excused(conductor: &Conductor, user: &str, granted_at: Timestamp) -> bool {
    let mut renewals: BTreeMap<String, usize> = BTreeMap::new();
    // Zoom's clock has whole seconds, so its own is among those since.
    let mut exchanges = 0;
    let taken = conductor.world.zoom.calls().into_iter().any(|call| {
        if call.user.as_deref() != Some(user) || call.at < granted_at {
            return false;
        }
        match call.kind {
            Kind::Refresh => {
                let times = renewals.entry(call.token.clone()).or_default();
                *times += 1;
                (call.done && (!call.heard || !lives(conductor, &call))) || *times > 1
            }
            // Whoever connects takes the grant from whoever had it.
            Kind::Exchange => {
                exchanges += usize::from(call.done);
                exchanges > 1
            }
            Kind::Revoke => call.done,
            Kind::Create | Kind::List | Kind::Other => false,
        }
    });
    let removed = |memory: &mut Memory| {
        let mut removed = memory.removed.iter();
        removed.any(|(name, at)| *name == user && *at >= granted_at)
    };
    taken || conductor.world.scene(0).remember(removed)
}

/// Whoever has seen a meeting of a record in the host's list makes no other for it.
fn doubles(
    conductor: &Conductor,
    calls: &[Made],
    there: &[StoredMeeting],
    broken: &mut Vec<String>,
) {
    // Of one that was recovered nobody can say whether it was listed.
    let scene = conductor.world.scene(0);
    let recovered = scene.remember(|memory| memory.recovered.clone());
    let there = there
        .iter()
        .filter(|meeting| !recovered.contains(&meeting.id));
    let there: Vec<_> = there.collect();
    for call in calls.iter().filter(|call| call.kind == Kind::Create) {
        let Some(record) = &call.record else { continue };
        let listed = calls.iter().rfind(|list| {
            list.kind == Kind::List
                && list.heard
                && list.by.actor == call.by.actor
                && list.at < call.at
        });
        let Some(listed) = listed else { continue };
        let was_there = there.iter().find(|meeting| {
            mark(&meeting.agenda).as_ref() == Some(record)
                && meeting.created_at < listed.at
                && meeting.deleted_at.is_none_or(|deleted| deleted > call.at)
        });
        if let Some(found) = was_there {
            broken.push(format!(
                "step {} makes another meeting for record {record}, though {} was listed",
                call.by.step, found.id
            ));
        }
    }
}

/// Nobody who begins after the end of a connection asks with its tokens.
fn after_the_end(conductor: &Conductor, calls: &[Made], broken: &mut Vec<String>) {
    // Each access token with the second of the grant it comes from; two grants of a second cannot
    // be told apart.
    let (mut grants, mut given) = (BTreeMap::new(), BTreeMap::new());
    let (mut seconds, mut twice) = (BTreeSet::new(), BTreeSet::new());
    for call in calls {
        let user = call.user.as_deref().unwrap_or_default();
        if call.kind == Kind::Exchange {
            let grant = (user, call.at.as_second());
            grants.insert(grant.0, grant.1);
            if !seconds.insert(grant) {
                twice.insert(grant);
            }
        }
        if let (Some(token), Some(granted)) = (&call.given, grants.get(user)) {
            given.insert(token.as_str(), *granted);
        }
        if !matches!(call.kind, Kind::Create | Kind::List | Kind::Other) {
            continue;
        }
        let Some(granted) = given.get(call.token.as_str()) else {
            continue;
        };
        if twice.contains(&(user, *granted)) {
            continue;
        }
        let mut ended = conductor.noted.ended.iter();
        let ended = ended.find(|(whose, granted_at, step)| {
            whose == user && granted_at.as_second() == *granted && *step < call.by.born
        });
        if let Some((_, _, step)) = ended {
            broken.push(format!(
                "step {} asks with a token of {user} whose connection ended at step {step}",
                call.by.step
            ));
        }
    }
}

/// However often something fails, Zoom is not asked without end.
fn storms(calls: &[Made], broken: &mut Vec<String>) {
    let mut by_token: BTreeMap<&str, Vec<&Made>> = BTreeMap::new();
    for call in calls {
        by_token.entry(&call.token).or_default().push(call);
    }
    for (_, calls) in by_token {
        for window in calls.windows(STORM) {
            if let [first, .., last] = window
                && first.kind == Kind::Refresh
                && last.at.duration_since(first.at) < SignedDuration::from_secs(60)
            {
                broken.push(format!("a storm of renewals ends at step {}", last.by.step));
                break;
            }
        }
    }
}
