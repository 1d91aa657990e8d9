//! The nearest free slots to one that is taken.

use jiff::{SignedDuration, Timestamp};

use crate::ids::RoomId;
use crate::room::BookableHours;
use crate::time::{Slot, Zone};

/// How far around the wanted time alternatives are looked for.
pub const REACH: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How many are offered.
pub const OFFERED: usize = 6;

/// A room that may be offered, with what is in the way there.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Which room.
    pub room: RoomId,
    /// How much it differs from the wanted one: 0 is the same room, 1 the same site and large
    /// enough, 2 anything else.
    pub distance: u8,
    /// Its site's zone.
    pub zone: Zone,
    /// When it can be booked.
    pub hours: BookableHours,
    /// Taken slots around the wanted time, in order of start.
    pub busy: Vec<Slot>,
}

/// A free slot of the wanted length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alternative {
    /// Which room.
    pub room: RoomId,
    /// When.
    pub slot: Slot,
}

/// The free slots nearest to `wanted`, none before `earliest`, best first: each room at most three
/// times, the same time elsewhere before another time here when the shift would be long.
#[must_use]
pub fn alternatives(wanted: Slot, earliest: Timestamp, rooms: &[Candidate]) -> Vec<Alternative> {
    let mut ranked: Vec<(i64, Alternative)> = rooms
        .iter()
        .flat_map(|room| {
            nearest(wanted, earliest, room).into_iter().map(|slot| {
                let shift = slot
                    .starts_at
                    .duration_since(wanted.starts_at)
                    .as_mins()
                    .abs();
                let penalty = i64::from(room.distance) * 45;
                (
                    shift + penalty,
                    Alternative {
                        room: room.room,
                        slot,
                    },
                )
            })
        })
        .collect();
    ranked.sort_by_key(|(cost, alternative)| (*cost, alternative.slot.starts_at, alternative.room));
    ranked.truncate(OFFERED);
    ranked
        .into_iter()
        .map(|(_, alternative)| alternative)
        .collect()
}

/// The same time if free, else the nearest before and the nearest after.
fn nearest(wanted: Slot, earliest: Timestamp, room: &Candidate) -> Vec<Slot> {
    let length = wanted.length();
    let free = |start: Timestamp| {
        let slot = Slot::starting(start, length)?;
        let within = start >= earliest
            && start.duration_since(wanted.starts_at).abs() <= REACH
            && room.hours.cover(&room.zone, slot)
            && !room.busy.iter().any(|taken| taken.overlaps(&slot));
        within.then_some(slot)
    };
    if let Some(slot) = free(wanted.starts_at) {
        return vec![slot];
    }
    let mut starts: Vec<Timestamp> = vec![earliest];
    for taken in &room.busy {
        starts.push(taken.ends_at);
        starts.extend(taken.starts_at.checked_sub(length));
    }
    let mut date = room
        .zone
        .date(wanted.starts_at.saturating_sub(REACH).unwrap_or(earliest));
    for _ in 0..16 {
        if let Some(open) = room.hours.open(&room.zone, date) {
            starts.push(open.starts_at);
            starts.extend(open.ends_at.checked_sub(length));
        }
        date = date.tomorrow().unwrap_or(date);
    }
    starts.sort_unstable();
    starts.dedup();
    let split = starts.partition_point(|start| *start < wanted.starts_at);
    let before = starts
        .iter()
        .take(split)
        .rev()
        .find_map(|start| free(*start));
    let after = starts.iter().skip(split).find_map(|start| free(*start));
    before.into_iter().chain(after).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::DayHours;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    fn slot(from: i64, to: i64) -> Slot {
        Slot::new(at(from), at(to)).unwrap()
    }

    fn room(n: u128, distance: u8, busy: Vec<Slot>) -> Candidate {
        Candidate {
            room: RoomId::from_uuid(Uuid::from_u128(n)),
            distance,
            zone: Zone::stored("UTC"),
            hours: BookableHours::default(),
            busy,
        }
    }

    #[test]
    fn the_edges_of_what_is_in_the_way_come_first() {
        let here = room(1, 0, vec![slot(0, 60)]);
        let there = room(2, 1, vec![]);
        let found = alternatives(slot(30, 60), at(-600), &[here.clone(), there.clone()]);
        let offered: Vec<_> = found.iter().map(|a| (a.room, a.slot)).collect();
        assert_eq!(
            offered,
            [
                (here.room, slot(60, 90)),
                (there.room, slot(30, 60)),
                (here.room, slot(-30, 0))
            ]
        );
    }

    #[test]
    fn nothing_is_offered_in_the_past() {
        let found = alternatives(slot(30, 60), at(20), &[room(1, 0, vec![slot(0, 60)])]);
        assert_eq!(
            found.iter().map(|a| a.slot).collect::<Vec<_>>(),
            [slot(60, 90)]
        );
    }

    #[test]
    fn alternatives_reach_seven_days_and_no_further() {
        // Friday the 15th of January 2027, eight o'clock: eight hours after midnight.
        let mut fridays = BookableHours([None; 7]);
        fridays.0[4] = Some(DayHours::WHOLE);
        let week = 7 * 24 * 60;
        let offered = |taken_until| {
            let this_friday = slot(-480, 960);
            let next_friday = slot(week - 480, taken_until);
            let mut here = room(1, 0, vec![this_friday, next_friday]);
            here.hours = fridays.clone();
            let found = alternatives(slot(0, 60), at(0), &[here]);
            found.iter().map(|a| a.slot).collect::<Vec<_>>()
        };
        assert_eq!(offered(week), [slot(week, week + 60)]);
        assert_eq!(offered(week + 1), []);
    }

    proptest! {
        #[test]
        fn what_is_offered_is_free_as_long_and_in_reach(
            blocks in proptest::collection::vec((0i64..2000, 1i64..300), 0..20),
            start in 0i64..2000, length in 1i64..240,
        ) {
            let mut busy: Vec<Slot> = blocks.iter().map(|(s, l)| slot(*s, s + l)).collect();
            busy.sort_by_key(|s| s.starts_at);
            let wanted = slot(start, start + length);
            let found = alternatives(wanted, at(0), &[room(1, 0, busy.clone())]);
            // Seven days always hold more free time than twenty blocks take.
            prop_assert!(!found.is_empty());
            for offer in found {
                prop_assert_eq!(offer.slot.length(), wanted.length());
                prop_assert!(offer.slot.starts_at >= at(0));
                prop_assert!(!busy.iter().any(|taken| taken.overlaps(&offer.slot)));
            }
        }
    }
}
