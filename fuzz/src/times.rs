//! Fed: lines of text, the first the name of a time zone, each other whatever it can be read as: a
//! date, a time of day, an instant, the seconds of a webhook, the number of a meeting.
//!
//! Holds: what is read is written and read again as the same, and in the same order. A day of a
//! zone begins where the day before ends. A time of day that there is on a day comes back from its
//! instant; later times are later instants; the only refusals are those of a skipped time and of
//! the end of time. A slot that is accepted can be kept in microseconds as it is.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use rooms_core::booking::policy::check_slot;
use rooms_core::room::{BookableHours, DayHours};
use rooms_core::time::{Slot, Zone, parse_date, parse_instant, parse_time};
use zoom_client::MeetingId;
use zoom_client::webhook::Window;

/// As many lines are read.
const LINES: usize = 12;
/// Monday, 23 November 2026, eight o'clock in UTC.
const NOW: Timestamp = Timestamp::constant(1_795_420_800, 0);

/// Feeds one input.
pub fn feed(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.lines();
    let zone = Zone::parse("zone", lines.next().unwrap_or_default());
    let lines: Vec<&str> = lines.take(LINES).collect();
    let dates: Vec<Date> = lines.iter().filter_map(|line| date(line)).collect();
    let times: Vec<Time> = lines.iter().filter_map(|line| time(line)).collect();
    let mut instants: Vec<Timestamp> = lines.iter().filter_map(|line| instant(line)).collect();
    for line in &lines {
        if let Ok(id) = line.parse::<MeetingId>() {
            assert!(id.0 > 0 && id.to_string().parse() == Ok(id));
        }
        if let Ok(signed_at) = Window::default().check(line, NOW) {
            let age = NOW.duration_since(signed_at);
            assert!(age <= SignedDuration::from_mins(90) && age >= SignedDuration::from_mins(-5));
        }
    }
    let Ok(zone) = zone else {
        return slots(&instants, None);
    };
    assert_eq!(Zone::parse("zone", zone.name()).as_ref(), Ok(&zone));
    assert_eq!(Zone::stored(zone.name()), zone);
    for date in &dates {
        day(&zone, *date);
    }
    let clocks: Vec<_> = dates
        .iter()
        .flat_map(|date| times.iter().map(|time| date.to_datetime(*time)))
        .collect();
    let mut found = Vec::new();
    for at in &clocks {
        match zone.instant("at", *at) {
            Ok(instant) => {
                assert_eq!(zone.civil(instant), *at, "{at} in {}", zone.name());
                found.push((*at, instant));
            }
            Err(wrong) => {
                let code = wrong.0.first().map(|error| error.code);
                assert!(matches!(code, Some("skipped_time" | "out_of_range")));
            }
        }
    }
    found.sort();
    let ordered = found.windows(2).all(|two| two[0].1 <= two[1].1);
    assert!(ordered, "{found:?} in {}", zone.name());
    instants.extend(found.iter().map(|(_, instant)| *instant));
    slots(&instants, Some(&zone));
}

fn date(line: &str) -> Option<Date> {
    let date = parse_date("date", line).ok()?;
    assert_eq!(parse_date("date", &date.to_string()), Ok(date), "{line:?}");
    Some(date)
}

fn time(line: &str) -> Option<Time> {
    let time = parse_time("time", line).ok()??;
    let written = time.strftime("%H:%M:%S").to_string();
    assert_eq!(parse_time("time", &written), Ok(Some(time)), "{line:?}");
    Some(time)
}

fn instant(line: &str) -> Option<Timestamp> {
    let at = parse_instant("at", line).ok()?;
    assert_eq!(parse_instant("at", &at.to_string()), Ok(at), "{line:?}");
    Some(at)
}

fn day(zone: &Zone, date: Date) {
    let day = zone.day(date);
    let Ok(next) = date.tomorrow() else {
        return;
    };
    assert!(day.starts_at <= day.ends_at, "{date} in {}", zone.name());
    assert_eq!(day.ends_at, zone.day_start(next));
    // A zone may leave a whole day out.
    assert!(day.starts_at == Timestamp::MIN || zone.date(day.starts_at) >= date);
    for hours in [DayHours::WHOLE, DayHours { from: 90, to: 150 }] {
        let hours = BookableHours([Some(hours); 7]);
        if let Some(open) = hours.open(zone, date) {
            assert!(open.starts_at < open.ends_at);
            let is_short = open.length() <= SignedDuration::from_hours(26);
            assert!(
                !is_short || hours.cover(zone, open),
                "{date} in {}",
                zone.name()
            );
        }
    }
}

fn slots(instants: &[Timestamp], zone: Option<&Zone>) {
    let mut kept = Vec::new();
    for (from, to) in instants.iter().zip(instants.iter().skip(1)) {
        let Ok(slot) = check_slot(*from, *to, NOW) else {
            continue;
        };
        for at in [slot.starts_at, slot.ends_at] {
            assert_eq!(
                Timestamp::from_microsecond(at.as_microsecond()).ok(),
                Some(at)
            );
        }
        assert_eq!(Slot::new(*from, *to), Some(slot));
        assert!(slot.overlaps(&slot) && slot.minutes() >= 1);
        if let Some(zone) = zone {
            assert!(BookableHours::default().cover(zone, slot));
        }
        kept.push(slot);
    }
    for one in &kept {
        for other in &kept {
            assert_eq!(one.overlaps(other), other.overlaps(one));
            let apart = one.ends_at <= other.starts_at || other.ends_at <= one.starts_at;
            assert_eq!(one.overlaps(other), !apart);
        }
    }
}
