//! The comparison on cases by hand, and on worlds by chance.

use jiff::SignedDuration;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const HOST: ConnectionId = ConnectionId::from_uuid(Uuid::from_u128(1));
const OTHER_HOST: ConnectionId = ConnectionId::from_uuid(Uuid::from_u128(2));

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap() + SignedDuration::from_mins(minutes)
}

fn look() -> Look {
    Look {
        connection: HOST,
        before: at(0) - SignedDuration::from_secs(10),
        now: at(0),
    }
}

fn id(number: u128) -> MeetingRecordId {
    MeetingRecordId::from_uuid(Uuid::from_u128(number))
}

fn record(number: u128, zoom_id: i64) -> Recorded {
    Recorded {
        id: id(number),
        own: true,
        connection: HOST,
        state: MeetingState::Ready,
        zoom_id: Some(zoom_id),
        wanted: true,
        settled: true,
        topic: "Budget".to_owned(),
        slot: Slot::new(at(60), at(90)).unwrap(),
    }
}

/// What Zoom lists where all is well with a record.
fn listed(record: &Recorded, zoom_id: i64) -> Listed {
    Listed {
        zoom_id,
        mark: Some(record.id),
        topic: record.topic.clone(),
        starts_at: Some(record.slot.starts_at),
        minutes: Some(record.slot.minutes()),
        created_at: Some(at(-600)),
    }
}

fn kinds(records: &[Recorded], listed: &[Listed]) -> Vec<FindingKind> {
    let found = compare(&look(), records, listed);
    found.into_iter().map(|finding| finding.kind).collect()
}

#[test]
fn what_agrees_is_not_found() {
    let ready = record(1, 10);
    assert_eq!(
        kinds(std::slice::from_ref(&ready), &[listed(&ready, 10)]),
        []
    );
}

#[test]
fn a_ready_link_without_a_meeting_is_missing_while_its_booking_lasts() {
    let ready = record(1, 10);
    assert_eq!(
        kinds(std::slice::from_ref(&ready), &[]),
        [FindingKind::Missing]
    );
    let over = Recorded {
        slot: Slot::new(at(-90), at(-60)).unwrap(),
        ..ready
    };
    assert_eq!(kinds(&[over], &[]), []);
}

#[test]
fn a_booking_that_ends_now_misses_nothing() {
    let ending = Recorded {
        slot: Slot::new(at(-30), at(0)).unwrap(),
        ..record(1, 10)
    };
    assert_eq!(kinds(&[ending], &[]), []);
}

#[test]
fn what_is_under_way_is_left_to_its_job() {
    let ready = record(1, 10);
    // Another meeting than its own: it would be doubled or orphaned.
    let there = listed(&ready, 11);
    for state in MeetingState::ALL {
        for settled in [true, false] {
            let record = Recorded {
                state,
                settled,
                ..ready.clone()
            };
            let moving = matches!(
                state,
                MeetingState::Pending | MeetingState::Uncertain | MeetingState::Removing
            );
            assert_eq!(record.under_way(), moving || !settled, "{state:?}");
            let mut found = kinds(&[record], std::slice::from_ref(&there));
            found.retain(|kind| *kind != FindingKind::Missing);
            assert_eq!(found.is_empty(), moving || !settled, "{state:?} {settled}");
        }
    }
}

#[test]
fn what_was_made_after_the_look_began_is_not_judged() {
    let ready = record(1, 10);
    let made = |at| Listed {
        created_at: Some(at),
        ..listed(&ready, 11)
    };
    let before = look().before;
    let own = listed(&ready, 10);
    let records = std::slice::from_ref(&ready);
    assert_eq!(
        kinds(records, &[own.clone(), made(before)]),
        [FindingKind::Doubled]
    );
    let after = before + SignedDuration::from_micros(1);
    assert_eq!(kinds(records, &[own, made(after)]), []);
}

#[test]
fn a_meeting_nobody_wants_is_orphaned() {
    let mut gone = record(1, 10);
    for state in [MeetingState::Removed, MeetingState::Failed] {
        gone.state = state;
        assert_eq!(
            kinds(&[gone.clone()], &[listed(&gone, 10)]),
            [FindingKind::Orphaned]
        );
    }
    gone.state = MeetingState::Detached;
    assert_eq!(kinds(&[gone.clone()], &[listed(&gone, 10)]), []);
    gone.wanted = false;
    assert_eq!(
        kinds(&[gone.clone()], &[listed(&gone, 10)]),
        [FindingKind::Orphaned]
    );
    // The record is not known at all: lost with a backup, for instance.
    assert_eq!(kinds(&[], &[listed(&gone, 10)]), [FindingKind::Orphaned]);
}

#[test]
fn a_second_meeting_of_a_booking_is_doubled() {
    let ready = record(1, 10);
    let there = [listed(&ready, 10), listed(&ready, 11)];
    let found = compare(&look(), &[ready], &there);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].kind, found[0].zoom_id),
        (FindingKind::Doubled, 11)
    );
}

#[test]
fn time_length_and_title_are_compared_until_the_meeting_begins() {
    let mut ready = record(1, 10);
    let mut moved = listed(&ready, 10);
    moved.starts_at = Some(at(75));
    assert_eq!(
        kinds(std::slice::from_ref(&ready), &[moved.clone()]),
        [FindingKind::WrongTime]
    );
    let mut longer = listed(&ready, 10);
    longer.minutes = Some(45);
    longer.topic = "Planning".to_owned();
    assert_eq!(
        kinds(std::slice::from_ref(&ready), &[longer]),
        [FindingKind::WrongTime, FindingKind::WrongTopic]
    );
    ready.slot = Slot::new(at(-5), at(25)).unwrap();
    assert_eq!(kinds(&[ready], &[moved]), []);
}

#[test]
fn a_meeting_at_another_of_our_hosts_is_with_the_wrong_one() {
    let elsewhere = Recorded {
        connection: OTHER_HOST,
        ..record(1, 10)
    };
    let there = listed(&elsewhere, 10);
    assert_eq!(kinds(&[elsewhere], &[there]), [FindingKind::WrongHost]);
}

fn any_state() -> impl Strategy<Value = MeetingState> {
    prop::sample::select(MeetingState::ALL.to_vec())
}

prop_compose! {
    fn any_record(number: u128)(
        state in any_state(),
        zoom_id in prop::option::weighted(0.8, 0_i64..8),
        (own, wanted, settled, here) in (prop::bool::weighted(0.9), any::<bool>(), prop::bool::weighted(0.8), prop::bool::weighted(0.8)),
        start in -60_i64..240,
    ) -> Recorded {
        Recorded {
            own, wanted, settled, state, zoom_id,
            connection: if here { HOST } else { OTHER_HOST },
            slot: Slot::new(at(start), at(start + 30)).unwrap(),
            ..record(number, 0)
        }
    }
}

prop_compose! {
    fn any_listed(zoom_id: i64)(
        mark in prop::option::weighted(0.8, 0_u128..7),
        start in -60_i64..240,
        minutes in prop::option::of(30_i64..32),
        topic in "Budget|Plan",
        made in prop_oneof![Just(-600_i64), Just(0)],
    ) -> Listed {
        Listed {
            zoom_id,
            mark: mark.map(id),
            topic,
            starts_at: Some(at(start)),
            minutes,
            created_at: Some(at(made)),
        }
    }
}

/// What fixing does to Zoom and to our records, without anything in between.
fn fixed(finding: &Finding, records: &mut Vec<Recorded>, there: &mut Vec<Listed>) {
    let place = records
        .iter()
        .position(|record| Some(record.id) == finding.record);
    // Two records may name one meeting; what is made for them is not one.
    let number = i64::try_from(records.len()).unwrap();
    match finding.kind {
        FindingKind::Orphaned | FindingKind::Doubled => {
            there.retain(|meeting| meeting.zoom_id != finding.zoom_id);
        }
        FindingKind::Missing | FindingKind::WrongHost => {
            there.retain(|meeting| meeting.zoom_id != finding.zoom_id);
            let record = &mut records[place.unwrap()];
            // The new one belongs to a record of its own.
            let fresh = Recorded {
                id: id(100 + u128::try_from(number).unwrap()),
                zoom_id: Some(100 + number),
                connection: HOST,
                ..record.clone()
            };
            record.state = MeetingState::Failed;
            there.push(listed(&fresh, 100 + number));
            records.push(fresh);
        }
        FindingKind::WrongTime | FindingKind::WrongTopic => {
            let right = listed(&records[place.unwrap()], finding.zoom_id);
            for meeting in there.iter_mut() {
                if meeting.zoom_id == finding.zoom_id {
                    *meeting = right.clone();
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn nothing_of_anybody_elses_is_found(
        records in (0_u128..6).prop_map(|n| (0..n).map(any_record).collect::<Vec<_>>()).prop_flat_map(|r| r),
        there in (0_i64..8).prop_map(|n| (0..n).map(any_listed).collect::<Vec<_>>()).prop_flat_map(|l| l),
    ) {
        for finding in compare(&look(), &records, &there) {
            let meeting = there.iter().find(|m| m.zoom_id == finding.zoom_id);
            let record = records.iter().find(|r| Some(r.id) == finding.record);
            if let Some(record) = record {
                prop_assert!(record.own && !record.under_way());
            }
            if finding.kind == FindingKind::Missing {
                prop_assert!(meeting.is_none());
                continue;
            }
            // Everything else is about a meeting with our mark on it, and settled.
            let meeting = meeting.unwrap();
            prop_assert!(meeting.mark.is_some() && meeting.created_at != Some(at(0)));
            let deletes = matches!(finding.kind, FindingKind::Orphaned | FindingKind::Doubled);
            let held = records.iter().any(|r| r.holds(meeting.zoom_id));
            prop_assert!(!(deletes && held));
        }
    }

    #[test]
    fn what_was_fixed_is_not_found_again(
        records in (0_u128..6).prop_map(|n| (0..n).map(any_record).collect::<Vec<_>>()).prop_flat_map(|r| r),
        there in (0_i64..8).prop_map(|n| (0..n).map(any_listed).collect::<Vec<_>>()).prop_flat_map(|l| l),
    ) {
        let (mut records, mut there) = (records, there);
        for finding in compare(&look(), &records, &there) {
            fixed(&finding, &mut records, &mut there);
        }
        prop_assert_eq!(compare(&look(), &records, &there), vec![]);
    }
}
