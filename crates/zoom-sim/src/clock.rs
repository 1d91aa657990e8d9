//! Where the simulator takes the time from.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A source of the present instant; tests hand in their own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The clock of this machine.
#[must_use]
pub fn system_clock() -> Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    Arc::new(Timestamp::now)
}

/// Seconds precision with a `Z`, as Zoom writes instants.
pub(crate) fn zulu(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Milliseconds precision with a `Z`, as in `deauthorization_time`.
pub(crate) fn zulu_millis(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// For people: `2026-12-01 09:00:00`.
pub(crate) fn readable(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// For people who meet: `Tue 1 December 2026, 10:00 Europe/Berlin`.
pub(crate) fn in_zone(at: Timestamp, name: &str) -> String {
    let zone = TimeZone::get(name).unwrap_or(TimeZone::UTC);
    let local = at
        .to_zoned(zone)
        .strftime("%a %-d %B %Y, %H:%M")
        .to_string();
    format!("{local} {name}")
}

/// The civil day in UTC; quotas are counted by it.
pub(crate) fn utc_day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// The midnight in UTC that follows.
pub(crate) fn next_utc_midnight(at: Timestamp) -> Timestamp {
    const DAY: i64 = 86_400;
    let second = at.as_second();
    Timestamp::from_second((second.div_euclid(DAY) + 1) * DAY).unwrap_or(at)
}

/// An instant some seconds later; stays where it is at the end of time.
pub(crate) fn later(at: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_second(at.as_second().saturating_add(seconds)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midnight_is_the_next_one_in_utc() {
        let at: Timestamp = "2026-11-22T23:59:59Z".parse().unwrap();
        assert_eq!(zulu(next_utc_midnight(at)), "2026-11-23T00:00:00Z");
        assert_eq!(
            zulu(next_utc_midnight(next_utc_midnight(at))),
            "2026-11-24T00:00:00Z"
        );
        assert_eq!(zulu_millis(at), "2026-11-22T23:59:59.000Z");
    }
}
