//! Instants in the words of people: in the zone of their company's first site.

use jiff::Timestamp;
use rooms_app::{Failure, rooms};
use rooms_core::{Actor, Slot, Zone};
use rooms_views::parts::When;

use super::words::clock;
use crate::state::Web;

/// How instants are said on one page.
#[derive(Debug, Clone)]
pub struct Moments {
    zone: Zone,
    now: Timestamp,
}

impl Moments {
    /// As somebody of a company reads them.
    pub async fn of(web: &Web, actor: &Actor) -> Result<Self, Failure> {
        let sites = rooms::sites(&web.app, actor).await?;
        let zone = sites.into_iter().next().map(|site| site.zone);
        Ok(Self {
            zone: zone.unwrap_or_else(|| Zone::stored("UTC")),
            now: web.app.now(),
        })
    }

    /// As somebody unknown reads them.
    #[must_use]
    pub fn unknown(web: &Web) -> Self {
        Self {
            zone: Zone::stored("UTC"),
            now: web.app.now(),
        }
    }

    /// Whose clock it is.
    #[must_use]
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// "today 10:09", "23 November 2026 at 17:52".
    #[must_use]
    pub fn when(&self, at: Timestamp) -> When {
        let exact = at.strftime("%Y-%m-%dT%H:%M:%SZ");
        When::new(exact.to_string(), self.words(at))
    }

    /// The same without the exact form.
    #[must_use]
    pub fn words(&self, at: Timestamp) -> String {
        let (then, today) = (self.zone.civil(at), self.zone.date(self.now));
        let suffix = if self.zone.name() == "UTC" {
            " UTC"
        } else {
            ""
        };
        let time = format!("{}{suffix}", clock(&self.zone, at));
        if then.date() == today {
            format!("today {time}")
        } else if Some(then.date()) == today.yesterday().ok() {
            format!("yesterday {time}")
        } else {
            format!("{} at {time}", then.strftime("%-d %B %Y"))
        }
    }
}

/// "Thu 26 Nov 09:00–09:30", on the wall clock of a zone.
#[must_use]
pub fn slot(zone: &Zone, slot: Slot) -> String {
    let (from, to) = (zone.civil(slot.starts_at), zone.civil(slot.ends_at));
    let mut end = clock(zone, slot.ends_at);
    if to.date() != from.date() {
        end = format!("{} {end}", to.strftime("%a %-d %b"));
    }
    let start = clock(zone, slot.starts_at);
    format!("{} {start}–{end}", from.strftime("%a %-d %b"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_instant_is_said_by_the_clock_of_the_place() {
        let moments = Moments {
            zone: Zone::stored("Europe/Zurich"),
            now: at("2026-11-23T09:00:00Z"),
        };
        assert_eq!(moments.words(at("2026-11-23T08:09:00Z")), "today 09:09");
        assert_eq!(moments.words(at("2026-11-22T22:59:00Z")), "yesterday 23:59");
        assert_eq!(
            moments.when(at("2026-09-01T15:52:07.5Z")),
            When::new("2026-09-01T15:52:07Z", "1 September 2026 at 17:52")
        );
    }

    #[test]
    fn a_slot_over_midnight_names_both_days() {
        let zone = Zone::stored("Europe/Zurich");
        let of = |from, to| slot(&zone, Slot::new(at(from), at(to)).unwrap());
        assert_eq!(
            of("2026-11-26T08:00:00Z", "2026-11-26T08:30:00Z"),
            "Thu 26 Nov 09:00–09:30"
        );
        assert_eq!(
            of("2026-11-26T22:00:00Z", "2026-11-26T23:30:00Z"),
            "Thu 26 Nov 23:00–Fri 27 Nov 00:30"
        );
    }
}
