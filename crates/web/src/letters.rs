//! Letters as people read them: the mail templates, filled.

use jiff::tz::TimeZone;
use rooms_app::bookings::Booked;
use rooms_app::mail::smtp::Written;
use rooms_app::mail::{Content, Mail};
use rooms_core::booking::{Booking, BookingState};
use rooms_core::meeting::MeetingState;

use crate::pages::words;
use crate::views::mail::{
    Account, Change, Invitation, Join, Letter, LinkFailed, MailFrame, ZoomRemoved,
};

/// Writes a letter as text and HTML.
#[must_use]
pub fn write(mail: &Mail) -> Written {
    let frame = MailFrame {
        company: mail.company.clone(),
        support_email: mail.support_email.clone(),
    };
    let letter = match &mail.content {
        Content::Account { inviter, link } => Account {
            frame,
            inviter: inviter.clone(),
            link: link.clone(),
        }
        .letter(),
        Content::ZoomRemoved { at, link } => {
            let at = at.to_zoned(TimeZone::UTC).strftime("%-d %B at %H:%M UTC");
            ZoomRemoved {
                frame,
                what: format!("OneClickRooms was removed in Zoom on {at}."),
                kept:
                    "Links made before still work; new bookings get none until you connect again."
                        .to_owned(),
                settings_url: link.clone(),
            }
            .letter()
        }
        Content::LinkFailed { booking, why, link } => LinkFailed {
            frame,
            title: booking.title.clone(),
            day: day(booking),
            start: words::clock(&booking.zone, booking.slot.starts_at),
            end: words::clock(&booking.zone, booking.slot.ends_at),
            place: format!("{}, {}", booking.room_name, booking.site_name),
            reason: why.clone(),
            booking_url: link.clone(),
        }
        .letter(),
        Content::Invitation { booked, .. } => invitation(frame, booked).letter(),
    };
    letter.map_or_else(
        |error| {
            tracing::error!(%error, "a letter could not be drawn");
            Written {
                subject: String::new(),
                text: String::new(),
                html: String::new(),
            }
        },
        |Letter {
             subject,
             text,
             html,
         }| Written {
            subject,
            text,
            html,
        },
    )
}

fn day(booking: &Booking) -> String {
    words::day(
        &booking.zone,
        booking.slot.starts_at,
        booking.slot.starts_at,
    )
}

fn invitation(frame: MailFrame, Booked { booking, meeting }: &Booked) -> Invitation {
    let change = match booking.state {
        BookingState::Cancelled | BookingState::Declined => Change::Cancelled,
        _ if booking.revision > 1 => Change::Changed,
        _ => Change::New,
    };
    let join = meeting
        .as_ref()
        .filter(|m| matches!(m.state, MeetingState::Ready | MeetingState::Detached))
        .and_then(|meeting| {
            let url = meeting.join_url.clone()?;
            let text = url.split('?').next().unwrap_or(&url).to_owned();
            Some(Join {
                text,
                meeting_id: meeting.zoom_id.map(|id| id.to_string()).unwrap_or_default(),
                passcode: meeting.passcode.clone().unwrap_or_default(),
                url,
            })
        });
    Invitation {
        frame,
        change,
        organizer: booking.organizer.name.clone(),
        title: booking.title.clone(),
        day: day(booking),
        start: words::clock(&booking.zone, booking.slot.starts_at),
        end: words::clock(&booking.zone, booking.slot.ends_at),
        place: format!("{}, {}", booking.room_name, booking.site_name),
        join,
        people: booking.organizer.name.clone(),
        notes: booking.cancel_reason.clone().unwrap_or_default(),
        ..Invitation::default()
    }
}
