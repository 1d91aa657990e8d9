//! A week at Halden Optics.

use anyhow::Context as _;
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use rooms_app::{App, Failure, bookings};
use rooms_core::Zone;
use rooms_core::booking::Request;

use super::company::{Place, Seeded};

/// The zone in which the week begins.
const HOME: &str = "Europe/Zurich";

/// A booking that comes every week.
#[derive(Debug)]
struct Habit {
    room: &'static str,
    /// Monday is 0.
    days: &'static [i64],
    /// On the wall clock of the room's site.
    at: (i8, i8),
    minutes: i64,
    title: &'static str,
    /// By place in the list of people.
    who: usize,
}

const fn habit(
    room: &'static str,
    days: &'static [i64],
    (at, minutes): ((i8, i8), i64),
    title: &'static str,
    who: usize,
) -> Habit {
    Habit {
        room,
        days,
        at,
        minutes,
        title,
        who,
    }
}

const DAILY: &[i64] = &[0, 1, 2, 3, 4];

/// At every instant four rooms of the first site that can be booked at all hours are free for the
/// next half hour; a test holds that.
const WEEK: &[Habit] = &[
    habit("Aster", DAILY, ((9, 15), 15), "Stand-up, lens design", 2),
    habit("Aster", &[0, 2], ((10, 30), 60), "Prototype review", 0),
    habit("Aster", &[1, 3], ((14, 0), 45), "Candidate interview", 1),
    habit("Birch", &[0], ((8, 30), 90), "Week planning", 3),
    habit("Birch", &[1, 2, 4], ((13, 30), 90), "Coating trials", 1),
    habit("Birch", &[3], ((10, 0), 120), "Supplier audit", 0),
    habit("Cedar", &[1, 4], ((11, 30), 30), "One to one", 0),
    habit("Cedar", &[2], ((15, 30), 30), "One to one", 2),
    habit("Dahlia", &[0, 3], ((13, 0), 60), "Customer call, Lyon", 0),
    habit("Dahlia", &[2], ((9, 30), 150), "Workshop: field of view", 1),
    habit("Fern", &[1], ((11, 0), 60), "Patent round", 2),
    habit("Fern", &[4], ((14, 30), 60), "Retrospective", 0),
    habit("Ginkgo", &[0], ((11, 0), 60), "All hands", 3),
    habit("Ginkgo", &[3], ((14, 0), 180), "Optics training", 2),
    habit("Hazel", DAILY, ((10, 15), 15), "Stand-up, firmware", 1),
    habit("Hazel", &[2], ((11, 0), 60), "Interview", 0),
    habit("Iris", &[1, 3], ((10, 0), 60), "Design sync with Basel", 0),
    habit("Iris", &[0, 4], ((15, 0), 45), "Support hour", 2),
    habit("Juniper", &[2], ((14, 0), 120), "Release planning", 1),
    habit("Juniper", &[4], ((10, 30), 60), "Demo of the week", 3),
    habit("Laurel", &[0, 3], ((16, 0), 30), "Call with the notary", 3),
    habit("Mallow", &[1], ((9, 0), 240), "Onboarding day", 3),
    habit("Mallow", &[4], ((13, 0), 90), "Quality board", 1),
];

/// Around the first start, in one room of the first site only, so that others can be had with one
/// click at any hour: room, minutes from now to the start, minutes, title, who.
const TODAY: &[(&str, i64, i64, &str, usize)] = &[
    ("Dahlia", -25, 60, "Glass delivery, hand-over", 2),
    ("Juniper", -10, 45, "Camera calibration", 1),
    ("Laurel", 20, 60, "Budget questions", 3),
    ("Iris", 45, 30, "Press photos", 0),
];

/// A booking to be made.
struct Wish<'a> {
    place: &'a Place,
    starts_at: Timestamp,
    minutes: i64,
    title: &'static str,
    who: usize,
}

/// Monday of the week that an instant is in.
fn monday(now: Timestamp) -> Date {
    let today = Zone::stored(HOME).date(now);
    let since = i64::from(today.weekday().to_monday_zero_offset());
    today.checked_sub(since.days()).unwrap_or(today)
}

/// The weeks around now that were not filled yet: this one and the next.
pub(crate) fn missing(now: Timestamp, filled: &[Date]) -> Vec<Date> {
    let this = monday(now);
    let next = this.checked_add(7.days()).unwrap_or(this);
    [this, next]
        .into_iter()
        .filter(|monday| !filled.contains(monday))
        .collect()
}

/// When the company was founded: some weeks before.
pub(crate) fn founded(now: Timestamp) -> Timestamp {
    let weeks = SignedDuration::from_hours(24 * 21);
    planned(now).saturating_sub(weeks).unwrap_or(now)
}

/// When the week's bookings were made: the Friday before, in the afternoon.
pub(crate) fn planned(now: Timestamp) -> Timestamp {
    let monday = Zone::stored(HOME).day_start(monday(now));
    monday
        .saturating_sub(SignedDuration::from_hours(56))
        .unwrap_or(now)
}

/// Books a week, all of it at once: the database commits what comes together in groups.
pub(crate) async fn fill(app: &App, seeded: &Seeded, monday: Date) -> anyhow::Result<()> {
    let mut wishes = Vec::new();
    for habit in WEEK {
        let Some(place) = seeded.rooms.get(habit.room) else {
            continue;
        };
        let at = Time::new(habit.at.0, habit.at.1, 0, 0)?;
        for day in habit.days {
            let date = monday.checked_add(day.days())?;
            wishes.push(Wish {
                place,
                starts_at: place.zone.tz().to_timestamp(date.to_datetime(at))?,
                minutes: habit.minutes,
                title: habit.title,
                who: habit.who,
            });
        }
    }
    book(app, seeded, wishes).await
}

/// Books around now, so that something is going on whenever the demo is first started.
pub(crate) async fn today(app: &App, seeded: &Seeded, now: Timestamp) -> anyhow::Result<()> {
    let five_minutes = 300;
    let now = Timestamp::from_second(now.as_second().div_euclid(five_minutes) * five_minutes)?;
    let mut wishes = Vec::new();
    for (room, from, minutes, title, who) in TODAY {
        if let Some(place) = seeded.rooms.get(*room) {
            wishes.push(Wish {
                place,
                starts_at: now.checked_add(SignedDuration::from_mins(*from))?,
                minutes: *minutes,
                title,
                who: *who,
            });
        }
    }
    book(app, seeded, wishes).await
}

async fn book(app: &App, seeded: &Seeded, wishes: Vec<Wish<'_>>) -> anyhow::Result<()> {
    let mut booking = Vec::new();
    for wish in wishes {
        let actor = seeded.actors.get(wish.who);
        let actor = actor.context("nobody is at that place")?.clone();
        let request = Request {
            room: wish.place.id,
            title: wish.title.to_owned(),
            starts_at: wish.starts_at,
            ends_at: wish
                .starts_at
                .checked_add(SignedDuration::from_mins(wish.minutes))?,
            conference: None,
            host: None,
            organizer: None,
            invitees: Vec::new(),
        };
        let theirs = app.clone();
        booking.push(
            app.tasks()
                .spawn(async move { bookings::book(&theirs, &actor, request, None).await }),
        );
    }
    for booked in booking {
        match booked.await? {
            // Somebody was faster, or the room was changed since: that is life in an office.
            Ok(_) | Err(Failure::RoomTaken(_) | Failure::Invalid(_)) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn on_a_sunday_the_week_that_ends_and_the_next_are_filled() {
        let weeks = missing(at("2026-11-22T16:00:00Z"), &[]);
        assert_eq!(
            weeks,
            ["2026-11-16".parse().unwrap(), "2026-11-23".parse().unwrap()]
        );
        let monday = at("2026-11-23T08:00:00Z");
        assert_eq!(missing(monday, &weeks), ["2026-11-30".parse().unwrap()]);
    }

    #[test]
    fn nobody_meets_in_a_taken_room() {
        let from = |habit: &Habit| i64::from(habit.at.0) * 60 + i64::from(habit.at.1);
        for (i, one) in WEEK.iter().enumerate() {
            for other in &WEEK[i + 1..] {
                let same_day = one.days.iter().any(|day| other.days.contains(day));
                let apart = from(one) + one.minutes <= from(other)
                    || from(other) + other.minutes <= from(one);
                assert!(
                    one.room != other.room || !same_day || apart,
                    "{one:?} {other:?}"
                );
            }
        }
    }

    #[test]
    fn four_rooms_of_the_first_site_can_be_had_at_any_time() {
        const ROOMS: [&str; 7] = [
            "Aster", "Birch", "Cedar", "Dahlia", "Elder", "Fern", "Hazel",
        ];
        let from = |habit: &Habit| i64::from(habit.at.0) * 60 + i64::from(habit.at.1);
        for day in 0..5 {
            for minute in 0..24 * 60 {
                let busy = |room: &&&str| {
                    // What is seeded around the first start.
                    **room == "Dahlia"
                        || WEEK.iter().any(|habit| {
                            habit.room == **room
                                && habit.days.contains(&day)
                                && from(habit) < minute + 30
                                && from(habit) + habit.minutes > minute
                        })
                };
                let free = ROOMS.iter().filter(|room| !busy(room)).count();
                assert!(free >= 4, "day {day}, minute {minute}: {free}");
            }
        }
    }
}
