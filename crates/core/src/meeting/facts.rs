//! What Zoom was told of a meeting, what it says, and where the two differ.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How many characters of a title Zoom keeps.
const TOPIC: usize = 200;

/// What Zoom is told of a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The title.
    pub topic: String,
    /// When it begins.
    pub starts_at: Timestamp,
    /// How long it lasts.
    pub minutes: i64,
    /// The IANA zone it is shown in.
    pub zone: String,
}

/// What Zoom says of a meeting; what it leaves out is not judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// The title.
    pub topic: Option<String>,
    /// When it begins.
    pub starts_at: Option<Timestamp>,
    /// How long it lasts.
    pub minutes: Option<i64>,
    /// The IANA zone it is shown in.
    pub zone: Option<String>,
}

/// Where Zoom differs from what it was told: the values there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// Another title.
    pub topic: Option<String>,
    /// Another beginning.
    pub starts_at: Option<Timestamp>,
    /// Another length.
    pub minutes: Option<i64>,
    /// A zone in which the clock shows another time.
    pub zone: Option<String>,
}

impl Facts {
    /// Compares what Zoom was told with what it says; `None` when it is the same.
    #[must_use]
    pub fn drift(&self, seen: &Seen) -> Option<Drift> {
        let other_zone = |zone: &&String| !same_clock(&self.zone, zone, self.starts_at);
        let drift = Drift {
            topic: seen
                .topic
                .as_ref()
                .filter(|topic| plain(topic) != plain(&self.topic))
                .cloned(),
            starts_at: seen
                .starts_at
                // Zoom keeps whole seconds.
                .filter(|at| at.as_second() != self.starts_at.as_second()),
            minutes: seen.minutes.filter(|minutes| *minutes != self.minutes),
            zone: seen.zone.as_ref().filter(other_zone).cloned(),
        };
        (drift != Drift::default()).then_some(drift)
    }
}

impl Drift {
    /// Whether it is about when the meeting is, and not only how it is named or shown.
    #[must_use]
    pub fn moved(&self) -> bool {
        self.starts_at.is_some() || self.minutes.is_some()
    }
}

/// A title as Zoom keeps it: cut, and with single spaces.
fn plain(topic: &str) -> String {
    let cut: String = topic.chars().take(TOPIC).collect();
    cut.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether two zones show the same clock then: Zoom may write `Asia/Calcutta` for `Asia/Kolkata`.
fn same_clock(ours: &str, theirs: &str, at: Timestamp) -> bool {
    let offset = |name: &str| TimeZone::get(name).ok().map(|zone| zone.to_offset(at));
    ours == theirs || (offset(ours).is_some() && offset(ours) == offset(theirs))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told() -> Facts {
        Facts {
            topic: "Budget  2027".to_owned(),
            starts_at: "2026-12-01T09:00:00Z".parse().unwrap(),
            minutes: 30,
            zone: "Europe/Berlin".to_owned(),
        }
    }

    fn seen() -> Seen {
        Seen {
            topic: Some("Budget 2027".to_owned()),
            starts_at: Some(told().starts_at),
            minutes: Some(30),
            zone: Some("Europe/Berlin".to_owned()),
        }
    }

    #[test]
    fn an_echo_is_no_drift() {
        assert_eq!(told().drift(&seen()), None);
        assert_eq!(told().drift(&Seen::default()), None, "silence is no answer");
        let long = Facts {
            topic: "ä".repeat(300),
            ..told()
        };
        let cut = Seen {
            topic: Some("ä".repeat(200)),
            ..Seen::default()
        };
        assert_eq!(long.drift(&cut), None);
    }

    #[test]
    fn each_difference_is_named_with_what_zoom_has() {
        let later = "2026-12-01T10:00:00Z".parse().unwrap();
        let other = Seen {
            topic: Some("Budget".to_owned()),
            starts_at: Some(later),
            minutes: Some(45),
            zone: Some("Europe/London".to_owned()),
        };
        let drift = told().drift(&other).unwrap();
        assert_eq!(drift.topic.as_deref(), Some("Budget"));
        assert_eq!(drift.starts_at, Some(later));
        assert_eq!(drift.minutes, Some(45));
        assert_eq!(drift.zone.as_deref(), Some("Europe/London"));
        assert!(drift.moved());
        let renamed = Seen {
            minutes: Some(30),
            starts_at: None,
            ..other
        };
        assert!(!told().drift(&renamed).unwrap().moved());
        let later = Seen {
            starts_at: Some(later),
            ..Seen::default()
        };
        let longer = Seen {
            minutes: Some(45),
            ..Seen::default()
        };
        for seen in [later, longer] {
            assert!(told().drift(&seen).unwrap().moved(), "{seen:?}");
        }
    }

    #[test]
    fn a_zone_of_another_name_and_the_same_clock_is_the_same() {
        let zone = |name: &str| Seen {
            zone: Some(name.to_owned()),
            ..Seen::default()
        };
        assert_eq!(told().drift(&zone("Europe/Paris")), None);
        assert!(told().drift(&zone("Nowhere/Land")).is_some());
    }
}
