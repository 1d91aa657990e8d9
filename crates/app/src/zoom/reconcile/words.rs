//! What findings are called: what differs, what would be done, and what the history says.

use jiff::{SignedDuration, Timestamp};
use rooms_core::reconciliation::{self, FindingKind, Listed};
use rooms_core::{BookingId, CompanyId, Zone};
use rooms_store::Tx;
use rooms_store::audit::Entry;
use rooms_store::events::{self, By};
use rooms_store::reconciliations::Record;
use rooms_store::reconciliations::findings::{Finding, Note};

use crate::error::Failure;

/// What putting a finding of this kind right does.
#[must_use]
pub const fn remedy(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Missing => "Makes a new link and sends it to everybody.",
        FindingKind::WrongHost => {
            "Makes a new link at the right host, sends it to everybody, and deletes this meeting."
        }
        FindingKind::WrongTime => "Sets the meeting to the time of the booking.",
        FindingKind::WrongTopic => "Gives the meeting the title of the booking.",
        FindingKind::Doubled => "Deletes this second meeting in Zoom. The booking keeps its link.",
        FindingKind::Orphaned => "Deletes this meeting in Zoom.",
    }
}

/// What putting so many of a kind right does, in a few words.
#[must_use]
pub fn intention(kind: FindingKind, number: usize) -> String {
    let (one, many) = match kind {
        FindingKind::Missing => ("new link is made", "new links are made"),
        FindingKind::WrongHost => (
            "meeting is made anew at its right host",
            "meetings are made anew at their right hosts",
        ),
        FindingKind::WrongTime => (
            "meeting gets the time of its booking",
            "meetings get the times of their bookings",
        ),
        FindingKind::WrongTopic => (
            "meeting gets the title of its booking",
            "meetings get the titles of their bookings",
        ),
        FindingKind::Doubled => (
            "second meeting of a booking is deleted",
            "second meetings of bookings are deleted",
        ),
        FindingKind::Orphaned => (
            "meeting that no booking wants is deleted",
            "meetings that no booking wants are deleted",
        ),
    };
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A finding with what it is called and what differs.
pub(super) fn note(
    finding: &reconciliation::Finding,
    record: Option<&Record>,
    meeting: Option<&Listed>,
    (host, fallback): (&str, &Zone),
) -> Note {
    let zone = record.map_or(fallback, |record| &record.zone);
    let booked = record.map(|record| {
        let slot = record.recorded.slot;
        times(zone, slot.starts_at, slot.minutes())
    });
    let booked = booked.unwrap_or_default();
    let there = meeting.and_then(|meeting| Some((meeting.starts_at?, meeting.minutes?)));
    let there = there.map_or_else(
        || "without a time".to_owned(),
        |(start, minutes)| times(zone, start, minutes),
    );
    let called = meeting.map_or("", |meeting| meeting.topic.as_str());
    let differs = match finding.kind {
        FindingKind::Missing => format!("{booked}. Zoom has no such meeting any more."),
        FindingKind::WrongHost => {
            format!("{booked}. It is with {host}, not with the host of the booking.")
        }
        FindingKind::WrongTime => format!("In Zoom {there}; the booking is {booked}."),
        FindingKind::WrongTopic => format!("{booked}. In Zoom it is called “{called}”."),
        FindingKind::Doubled => format!("In Zoom {there}. The booking has another meeting."),
        FindingKind::Orphaned => match record {
            None => format!("In Zoom {there}. No booking knows of it."),
            Some(record) if record.recorded.wanted => {
                format!("In Zoom {there}. Its booking has no link to it.")
            }
            Some(_) => format!("In Zoom {there}. Its booking wants no meeting any more."),
        },
    };
    let title = match record {
        Some(record) => record.recorded.topic.clone(),
        None => called.to_owned(),
    };
    Note {
        kind: finding.kind,
        zoom_id: finding.zoom_id,
        record: finding.record,
        title,
        differs,
    }
}

/// A failure's words as a sentence.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(letters).chain(['.']).collect()
}

fn times(zone: &Zone, start: Timestamp, minutes: i64) -> String {
    let end = start
        .saturating_add(SignedDuration::from_mins(minutes))
        .unwrap_or(start);
    let (from, until) = (zone.civil(start), zone.civil(end));
    format!(
        "{}–{}",
        from.strftime("%a %-d %b %Y %H:%M"),
        until.strftime("%H:%M")
    )
}

/// Writes what happened to a finding into the history of its booking, or of its run.
pub(super) async fn tell(
    tx: &mut Tx,
    company: CompanyId,
    finding: &Finding,
    kind: &str,
    by: By,
    now: Timestamp,
) -> Result<(), Failure> {
    let entry = match finding.booking {
        Some(booking) => Entry::new(company, by, kind, booking, now),
        None => Entry::new(company, by, kind, finding.run, now),
    };
    let entry = entry.with("difference", finding.kind.as_str());
    let subject = finding.booking.map_or(finding.run.uuid(), BookingId::uuid);
    let detail = format!("{} {}", finding.differs, remedy(finding.kind));
    Ok(events::record(tx, entry, subject, &detail).await?)
}
