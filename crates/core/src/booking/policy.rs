//! When a room may be booked.

use jiff::{SignedDuration, Timestamp};

use crate::error::FieldErrors;
use crate::room::BookableHours;
use crate::text;
use crate::time::{Slot, Zone};

/// How many days ahead a booking may begin.
pub const BOOKABLE_DAYS_AHEAD: i64 = 500;
/// The longest booking.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(24);
/// How long ago a booking may begin, so that "now" may still be booked when the form is sent.
pub const LATE_START: SignedDuration = SignedDuration::from_mins(15);
/// The most people one booking invites.
pub const INVITEES_MAX: usize = 200;

/// Checks two instants as a slot somebody wants from `now` on.
pub fn check_slot(
    starts_at: Timestamp,
    ends_at: Timestamp,
    now: Timestamp,
) -> Result<Slot, FieldErrors> {
    let mut errors = FieldErrors::default();
    for (field, at) in [("starts_at", starts_at), ("ends_at", ends_at)] {
        // In nanoseconds, for what is less than a microsecond is no whole minute either.
        if at.as_nanosecond() % 60_000_000_000 != 0 {
            errors.add(field, "not_a_whole_minute", "Choose a whole minute.");
        }
    }
    if starts_at
        .saturating_add(LATE_START)
        .is_ok_and(|limit| limit < now)
    {
        errors.add("starts_at", "past", "Choose a time that is still to come.");
    }
    let latest = now.saturating_add(SignedDuration::from_hours(24 * BOOKABLE_DAYS_AHEAD));
    if latest.is_ok_and(|latest| starts_at > latest) {
        errors.add(
            "starts_at",
            "too_far",
            format!("Choose a day within the next {BOOKABLE_DAYS_AHEAD} days."),
        );
    }
    let Some(slot) = Slot::new(starts_at, ends_at) else {
        errors.add(
            "ends_at",
            "not_after_start",
            "Let the booking end after it starts.",
        );
        return Err(errors);
    };
    if slot.length() > LONGEST {
        errors.add("ends_at", "too_long", "Book at most 24 hours at once.");
    }
    if ends_at <= now && errors.is_empty() {
        errors.add("ends_at", "past", "Choose an end that is still to come.");
    }
    errors.check().map(|()| slot)
}

/// Checks that a slot lies in a room's hours.
pub fn check_hours(hours: &BookableHours, zone: &Zone, slot: Slot) -> Result<(), FieldErrors> {
    if hours.cover(zone, slot) {
        return Ok(());
    }
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let message = match hours.on(zone.date(slot.starts_at)) {
        Some(day) => {
            format!(
                "This room can be booked {}–{} that day.",
                clock(day.from),
                clock(day.to)
            )
        }
        None => "This room cannot be booked that day.".to_owned(),
    };
    Err(FieldErrors::one("starts_at", "closed", message))
}

/// Lower-cases, checks and de-duplicates invited addresses.
pub fn check_invitees(invitees: &[String]) -> Result<Vec<String>, FieldErrors> {
    if invitees.len() > INVITEES_MAX {
        return Err(FieldErrors::one(
            "invitees",
            "too_many",
            format!("Invite at most {INVITEES_MAX} people."),
        ));
    }
    let mut checked: Vec<String> = Vec::with_capacity(invitees.len());
    for address in invitees {
        let address = text::email("invitees", address).map_err(|_| {
            FieldErrors::one(
                "invitees",
                "not_an_address",
                format!("“{}” is not an e-mail address.", address.escape_debug()),
            )
        })?;
        if !checked.contains(&address) {
            checked.push(address);
        }
    }
    Ok(checked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::DayHours;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn code(starts: &str, ends: &str) -> &'static str {
        check_slot(at(starts), at(ends), at("2026-11-22T10:07:30Z"))
            .map_or_else(|errors| errors.0[0].code, |_| "fine")
    }

    #[test]
    fn slots_that_can_be_wanted() {
        assert_eq!(code("2026-11-22T10:07:00Z", "2026-11-22T10:37:00Z"), "fine");
        assert_eq!(code("2026-11-22T10:00:00Z", "2026-11-22T10:30:00Z"), "fine");
        assert_eq!(code("2027-12-26T10:00:00Z", "2027-12-26T10:01:00Z"), "fine");
    }

    #[test]
    fn slots_that_cannot() {
        assert_eq!(code("2026-11-22T09:52:00Z", "2026-11-22T11:00:00Z"), "past");
        assert_eq!(code("2026-11-22T10:00:00Z", "2026-11-22T10:05:00Z"), "past");
        assert_eq!(
            code("2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z"),
            "not_after_start"
        );
        assert_eq!(
            code("2026-11-23T10:00:00Z", "2026-11-23T09:00:00Z"),
            "not_after_start"
        );
        assert_eq!(
            code("2026-11-23T10:00:00Z", "2026-11-24T10:01:00Z"),
            "too_long"
        );
        assert_eq!(
            code("2026-11-23T10:00:30Z", "2026-11-23T11:00:00Z"),
            "not_a_whole_minute"
        );
        assert_eq!(
            code("2026-11-23T10:00:00.0000001Z", "2026-11-23T11:00:00Z"),
            "not_a_whole_minute"
        );
        assert_eq!(
            code("2029-01-01T10:00:00Z", "2029-01-01T11:00:00Z"),
            "too_far"
        );
        assert_eq!(
            code("9999-12-30T10:00:00Z", "9999-12-30T11:00:00Z"),
            "too_far"
        );
    }

    #[test]
    fn each_limit_itself_can_still_be_wanted() {
        let code = |starts, ends| {
            check_slot(at(starts), at(ends), at("2026-11-22T10:15:00Z"))
                .map_or_else(|errors| errors.0[0].code, |_| "fine")
        };
        assert_eq!(code("2026-11-22T10:00:00Z", "2026-11-22T10:16:00Z"), "fine");
        assert_eq!(code("2026-11-22T10:00:00Z", "2026-11-22T10:15:00Z"), "past");
        assert_eq!(code("2026-11-22T09:59:00Z", "2026-11-22T10:30:00Z"), "past");
        // 500 days later, and one minute more.
        assert_eq!(code("2028-04-05T10:15:00Z", "2028-04-06T10:15:00Z"), "fine");
        assert_eq!(
            code("2028-04-05T10:16:00Z", "2028-04-05T10:30:00Z"),
            "too_far"
        );
    }

    #[test]
    fn a_closed_room_says_when_it_is_open_that_day() {
        let open = DayHours {
            from: 8 * 60 + 5,
            to: 19 * 60 + 30,
        };
        let day = Some(open);
        let hours = BookableHours([day, day, day, day, day, None, None]);
        let zone = Zone::parse("time_zone", "Europe/Zurich").unwrap();
        let said = |starts, ends| {
            let slot = Slot::new(at(starts), at(ends)).unwrap();
            check_hours(&hours, &zone, slot).map_err(|errors| errors.0[0].message.clone())
        };
        // Monday and Saturday, one hour ahead of UTC.
        assert_eq!(said("2026-11-23T07:05:00Z", "2026-11-23T18:30:00Z"), Ok(()));
        assert_eq!(
            said("2026-11-23T07:00:00Z", "2026-11-23T08:00:00Z"),
            Err("This room can be booked 08:05–19:30 that day.".to_owned())
        );
        assert_eq!(
            said("2026-11-28T09:00:00Z", "2026-11-28T10:00:00Z"),
            Err("This room cannot be booked that day.".to_owned())
        );
    }

    #[test]
    fn invitees_are_unique_and_bounded() {
        let list = |items: &[&str]| items.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            check_invitees(&list(&["A@x.y", "a@x.y"])).unwrap(),
            ["a@x.y"]
        );
        assert!(check_invitees(&list(&["nobody"])).is_err());
        assert!(check_invitees(&vec!["a@x.y".to_owned(); 201]).is_err());
        assert!(check_invitees(&vec!["a@x.y".to_owned(); 200]).is_ok());
    }
}
