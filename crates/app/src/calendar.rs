//! Calendar entries (RFC 5545): stable UID, a SEQUENCE that rises with each change, times in UTC.

use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};
use jiff::Timestamp;
use rooms_core::booking::BookingState;
use rooms_core::meeting::MeetingState;

use crate::app::App;
use crate::bookings::Booked;
use crate::mail::Invited;

/// The entry to add to one's own calendar.
#[must_use]
pub fn entry(app: &App, booked: &Booked) -> String {
    written(app, booked, "PUBLISH", &booked.booking.invitees)
}

/// The entry sent to an invitee (RFC 5546): a request, its cancellation, or the withdrawal of the
/// invitation, which names only them (3.2.5).
#[must_use]
pub fn invitation(app: &App, booked: &Booked, says: Invited, to: &str) -> String {
    let only = [to.to_owned()];
    let attendees = match says {
        Invited::Withdrawn => &only,
        _ => booked.booking.invitees.as_slice(),
    };
    written(app, booked, says.method(), attendees)
}

fn written(app: &App, booked: &Booked, method: &str, attendees: &[String]) -> String {
    let Booked { booking, meeting } = booked;
    let page = app.link(&format!("/bookings/{}", booking.id));
    let join = meeting
        .as_ref()
        .filter(|meeting| matches!(meeting.state, MeetingState::Ready | MeetingState::Detached));
    let join_url = join.and_then(|meeting| meeting.join_url.as_deref());
    let mut description = String::new();
    if let (Some(meeting), Some(url)) = (join, join_url) {
        description = format!("Join Zoom: {url}\n");
        if let Some(id) = meeting.zoom_id {
            description = format!("{description}Meeting ID: {id}\n");
        }
        if let Some(passcode) = &meeting.passcode {
            description = format!("{description}Passcode: {passcode}\n");
        }
    }
    let mut event = Event::new();
    event
        .uid(&format!(
            "{}@{}",
            booking.id,
            app.public_url().host_str().unwrap_or("localhost")
        ))
        .summary(&booking.title)
        .description(&format!("{description}{page}"))
        .location(&format!("{}, {}", booking.room_name, booking.site_name))
        .sequence(u32::try_from(booking.revision - 1).unwrap_or(0))
        .add_property("DTSTAMP", utc(booking.updated_at))
        .add_property("CREATED", utc(booking.created_at))
        .add_property("LAST-MODIFIED", utc(booking.updated_at))
        .add_property("DTSTART", utc(booking.slot.starts_at))
        .add_property("DTEND", utc(booking.slot.ends_at))
        .url(join_url.unwrap_or(&page));
    match booking.state {
        BookingState::Declined | BookingState::Cancelled => {
            event.status(EventStatus::Cancelled);
        }
        // It takes place, but not for them: a withdrawal has no status.
        _ if method == "CANCEL" => {}
        BookingState::Confirmed => {
            event.status(EventStatus::Confirmed);
        }
        BookingState::Pending => {
            event.status(EventStatus::Tentative);
        }
    }
    let mut organizer = Property::new("ORGANIZER", format!("mailto:{}", booking.organizer.email));
    organizer.add_parameter("CN", &quoted(&booking.organizer.name));
    event.append_property(organizer);
    for invitee in attendees {
        let mut attendee = Property::new("ATTENDEE", format!("mailto:{invitee}"));
        attendee.add_parameter("ROLE", "REQ-PARTICIPANT");
        attendee.add_parameter("RSVP", "TRUE");
        event.append_multi_property(attendee);
    }
    Calendar::new()
        .append_property(Property::new("METHOD", method))
        .push(event.done())
        .done()
        .to_string()
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A parameter's value in quotes, which it cannot itself contain (RFC 5545, 3.2).
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "'"))
}
