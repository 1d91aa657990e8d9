//! Letters as people read them: the mail templates, filled.

use jiff::tz::TimeZone;
use rooms_app::bookings::Booked;
use rooms_app::mail::smtp::Written;
use rooms_app::mail::{self, Content, Invited, Mail};
use rooms_core::booking::Booking;
use rooms_core::meeting::MeetingState;
use rooms_views::mail::{
    Account, Change, DataAnswered, Invitation, Join, Letter, MailFrame, MeetingNews,
    PermissionAsked, Recovery, Security, ZoomNeedsAttention, ZoomRemoved,
};

use crate::pages::words;

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
        Content::Recovery { by, link } => Recovery {
            frame,
            by: by.clone(),
            link: link.clone(),
        }
        .letter(),
        Content::Security { what, at, link } => Security {
            frame,
            what: what.clone(),
            at: at
                .to_zoned(TimeZone::UTC)
                .strftime("%-d %B at %H:%M UTC")
                .to_string(),
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
        Content::ZoomNeedsAttention {
            account,
            why,
            ahead,
            link,
        } => ZoomNeedsAttention {
            frame,
            why: why.clone(),
            ahead: match ahead {
                1 => format!("One booking ahead uses {account}."),
                count => format!("{count} bookings ahead use {account}."),
            },
            settings_url: link.clone(),
        }
        .letter(),
        Content::PermissionAsked { who, message, link } => PermissionAsked {
            frame,
            who: who.clone(),
            message: message.clone(),
            link: link.clone(),
        }
        .letter(),
        Content::DataAnswered {
            erased,
            reply,
            link,
        } => DataAnswered {
            frame,
            erased: *erased,
            reply: reply.clone(),
            link: link.clone(),
        }
        .letter(),
        Content::MeetingNews {
            booking,
            news,
            link,
        } => meeting_news(frame, booking, news, link).letter(),
        Content::Invitation { says, booked, .. } => invitation(frame, *says, booked).letter(),
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

fn meeting_news(
    frame: MailFrame,
    booking: &Booking,
    news: &mail::MeetingNews,
    link: &str,
) -> MeetingNews {
    let (head, lead, reason) = match news {
        mail::MeetingNews::Failed(why) => (
            "No Zoom link yet",
            "The room is yours. Only the Zoom link is missing.",
            why.clone(),
        ),
        mail::MeetingNews::Declined(why) => (
            "Zoom declined the change",
            "The room is yours. Its Zoom meeting still has the old time or title.",
            why.clone(),
        ),
        mail::MeetingNews::Gone => (
            "Zoom link gone",
            "The room is yours. Its Zoom meeting was deleted in Zoom.",
            "The link people have no longer works. Make a new one on the booking’s page, or go on \
             without."
                .to_owned(),
        ),
        mail::MeetingNews::Replaced => (
            "New Zoom link",
            "The room is yours. Its Zoom meeting was deleted in Zoom, so there is a new one.",
            "The old link no longer works. Everybody invited gets the new one; pass it on to others."
                .to_owned(),
        ),
        mail::MeetingNews::TakenOff(why) => (
            "Zoom link taken off",
            "The room is yours. Its Zoom meeting is deleted, and the link no longer works.",
            format!("{why} On the booking’s page you can ask for a new link."),
        ),
        mail::MeetingNews::Unmanaged(why) => (
            "Zoom link no longer follows",
            "The room is yours. Its Zoom link works, and no longer follows the booking.",
            format!(
                "{why} If you move or cancel the booking, the Zoom meeting does not follow. On the \
                 booking’s page you can ask for a new link."
            ),
        ),
        mail::MeetingNews::Drifted(what) => (
            "Changed in Zoom",
            "The room stays as booked. Its Zoom meeting was changed in Zoom.",
            format!(
                "In Zoom {what}. On the booking’s page you choose: take Zoom’s time, restore ours, \
                 or make a new link."
            ),
        ),
    };
    MeetingNews {
        frame,
        head: head.to_owned(),
        lead: lead.to_owned(),
        title: booking.title.clone(),
        day: day(booking),
        start: words::clock(&booking.zone, booking.slot.starts_at),
        end: words::clock(&booking.zone, booking.slot.ends_at),
        place: format!("{}, {}", booking.room_name, booking.site_name),
        reason,
        booking_url: link.to_owned(),
    }
}

fn day(booking: &Booking) -> String {
    words::day(
        &booking.zone,
        booking.slot.starts_at,
        booking.slot.starts_at,
    )
}

fn invitation(frame: MailFrame, says: Invited, booked: &Booked) -> Invitation {
    let Booked { booking, meeting } = booked;
    let change = match says {
        Invited::New => Change::New,
        Invited::Changed => Change::Changed,
        Invited::Cancelled => Change::Cancelled,
        Invited::Withdrawn => Change::Withdrawn,
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
