//! Mails, each as text and as HTML. The only views with styles in them: mail programs need that.

mod account;

use askama::Template;

pub use self::account::{Account, Recovery, Security};
use super::timeline::Strip;

/// What stands under every mail.
#[derive(Clone, Debug, Default)]
pub struct MailFrame {
    /// Name of the company it is sent for.
    pub company: String,
    /// Where help is.
    pub support_email: String,
}

/// A mail, ready to be put into the outbox.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Letter {
    /// Subject, in one line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// To somebody who is invited to a meeting.
#[derive(Clone, Debug, Default)]
pub struct Invitation {
    /// What stands under it.
    pub frame: MailFrame,
    /// Whether it is new, changed or cancelled.
    pub change: Change,
    /// Name of the organizer.
    pub organizer: String,
    /// Title of the meeting.
    pub title: String,
    /// `Tuesday 24 November`
    pub day: String,
    /// `14:00`
    pub start: String,
    /// `15:00`
    pub end: String,
    /// `13:00–14:00 for you in Porto`, or nothing.
    pub elsewhere: String,
    /// `Aster, 2nd floor, Basel. 6 seats, screen, camera.`
    pub place: String,
    /// How to join.
    pub join: Option<Join>,
    /// Names, with commas.
    pub people: String,
    /// Notes, or nothing.
    pub notes: String,
    /// The room's day as coloured cells, see [`cells`]; may be empty.
    pub cells: Vec<Cell>,
    /// `Aster from 8 to 17: the marked hour is this meeting.`
    pub cells_words: String,
}

/// What an invitation is about.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Change {
    /// A new meeting.
    #[default]
    New,
    /// Another time, room, title or link.
    Changed,
    /// It does not take place.
    Cancelled,
    /// It takes place without whom it is for.
    Withdrawn,
}

impl Change {
    /// Whether it takes place no longer, or not for whom it is for.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Cancelled | Self::Withdrawn)
    }
}

/// How to join a Zoom meeting.
#[derive(Clone, Debug, Default)]
pub struct Join {
    /// Address.
    pub url: String,
    /// The address as it is read.
    pub text: String,
    /// `914 4410 2277`
    pub meeting_id: String,
    /// Passcode, or nothing.
    pub passcode: String,
}

#[derive(Template)]
#[template(path = "mail_invitation.html")]
struct InvitationHtml<'a> {
    mail: &'a Invitation,
}

#[derive(Template)]
#[template(path = "mail_invitation.txt")]
struct InvitationText<'a> {
    mail: &'a Invitation,
}

/// To the host whose Zoom connection ended without them doing it here.
#[derive(Clone, Debug, Default)]
pub struct ZoomRemoved {
    /// What stands under it.
    pub frame: MailFrame,
    /// `OneClickRooms was removed in Zoom on 23 November at 17:52.`
    pub what: String,
    /// `Three upcoming bookings keep their links. ...`
    pub kept: String,
    /// Settings > Connect Apps.
    pub settings_url: String,
}

#[derive(Template)]
#[template(path = "mail_zoom_removed.html")]
struct ZoomRemovedHtml<'a> {
    mail: &'a ZoomRemoved,
}

#[derive(Template)]
#[template(path = "mail_zoom_removed.txt")]
struct ZoomRemovedText<'a> {
    mail: &'a ZoomRemoved,
}

/// To an admin: somebody asks to be allowed to connect apps.
#[derive(Clone, Debug, Default)]
pub struct PermissionAsked {
    /// What stands under it.
    pub frame: MailFrame,
    /// Their name.
    pub who: String,
    /// What they wrote; empty for nothing.
    pub message: String,
    /// Their page, where it is answered.
    pub link: String,
}

#[derive(Template)]
#[template(path = "mail_permission_asked.html")]
struct PermissionAskedHtml<'a> {
    mail: &'a PermissionAsked,
}

#[derive(Template)]
#[template(path = "mail_permission_asked.txt")]
struct PermissionAskedText<'a> {
    mail: &'a PermissionAsked,
}

/// To who asked to have their data deleted: it is, or the request was refused.
#[derive(Clone, Debug, Default)]
pub struct DataAnswered {
    /// What stands under it.
    pub frame: MailFrame,
    /// Whether the data is deleted.
    pub erased: bool,
    /// What the admin wrote; empty for nothing.
    pub reply: String,
    /// Their page about their data.
    pub link: String,
}

#[derive(Template)]
#[template(path = "mail_data_answered.html")]
struct DataAnsweredHtml<'a> {
    mail: &'a DataAnswered,
}

#[derive(Template)]
#[template(path = "mail_data_answered.txt")]
struct DataAnsweredText<'a> {
    mail: &'a DataAnswered,
}

/// To somebody whose connection Zoom no longer accepts, while bookings are ahead.
#[derive(Clone, Debug, Default)]
pub struct ZoomNeedsAttention {
    /// What stands under it.
    pub frame: MailFrame,
    /// `Zoom asks you to sign in again.`
    pub why: String,
    /// `3 bookings ahead use mara@halden.example.`
    pub ahead: String,
    /// Settings > Connect Apps.
    pub settings_url: String,
}

#[derive(Template)]
#[template(path = "mail_zoom_needs_attention.html")]
struct ZoomNeedsAttentionHtml<'a> {
    mail: &'a ZoomNeedsAttention,
}

#[derive(Template)]
#[template(path = "mail_zoom_needs_attention.txt")]
struct ZoomNeedsAttentionText<'a> {
    mail: &'a ZoomNeedsAttention,
}

/// To the organizer: something about the Zoom meeting of a booking.
#[derive(Clone, Debug, Default)]
pub struct MeetingNews {
    /// What stands under it.
    pub frame: MailFrame,
    /// `No Zoom link yet`, the head of the subject.
    pub head: String,
    /// `The room is yours. Only the Zoom link is missing.`
    pub lead: String,
    /// Title of the booking.
    pub title: String,
    /// `Tuesday 24 November`
    pub day: String,
    /// `14:00`
    pub start: String,
    /// `15:00`
    pub end: String,
    /// `Aster, Basel`
    pub place: String,
    /// Why, and what to do.
    pub reason: String,
    /// The booking.
    pub booking_url: String,
}

#[derive(Template)]
#[template(path = "mail_meeting_news.html")]
struct MeetingNewsHtml<'a> {
    mail: &'a MeetingNews,
}

#[derive(Template)]
#[template(path = "mail_meeting_news.txt")]
struct MeetingNewsText<'a> {
    mail: &'a MeetingNews,
}

/// A piece of the strip in a mail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cell {
    /// `open`, `busy` or `own`.
    pub class: &'static str,
    /// In pixels.
    pub width: u16,
}

impl Cell {
    /// The colour in light mode; the class changes it in dark mode.
    #[must_use]
    pub fn colour(&self) -> &'static str {
        match self.class {
            "own" => "#1d33b5",
            "busy" => "#c6cbcb",
            _ => "#eef0ef",
        }
    }
}

/// A strip as the cells of a table, four pixels to a step: mail programs know nothing better.
#[must_use]
pub fn cells(strip: &Strip) -> Vec<Cell> {
    let (low, high) = (strip.from * 12, strip.to * 12);
    let class_at = |step: u16| {
        let on = |class: &str| {
            strip
                .marks
                .iter()
                .any(|m| m.class == class && (m.start..m.end).contains(&step))
        };
        match () {
            () if on("m") || on("want") => "own",
            () if on("b") => "busy",
            () => "open",
        }
    };
    let mut cells: Vec<Cell> = Vec::new();
    for class in (low..high).map(class_at) {
        match cells.last_mut() {
            Some(last) if last.class == class => last.width += 4,
            _ => cells.push(Cell { class, width: 4 }),
        }
    }
    cells
}

impl Invitation {
    /// The first line.
    #[must_use]
    pub fn opening(&self) -> String {
        match self.change {
            Change::New => format!("{} invites you", self.organizer),
            Change::Changed => format!("{} changed this meeting", self.organizer),
            Change::Cancelled => format!("{} cancelled this meeting", self.organizer),
            Change::Withdrawn => "You are no longer invited to this meeting".to_owned(),
        }
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> String {
        let what = match self.change {
            Change::New => "",
            Change::Changed => "Changed: ",
            Change::Cancelled => "Cancelled: ",
            Change::Withdrawn => "No longer invited: ",
        };
        one_line(&format!(
            "{what}{}, {} {}",
            self.title, self.day, self.start
        ))
    }

    /// The whole mail.
    pub fn letter(&self) -> Result<Letter, askama::Error> {
        Ok(Letter {
            subject: self.subject(),
            text: InvitationText { mail: self }.render()?,
            html: InvitationHtml { mail: self }.render()?,
        })
    }
}

impl ZoomRemoved {
    /// The subject.
    #[must_use]
    pub fn subject(&self) -> String {
        "Zoom is no longer connected".to_owned()
    }

    /// The whole mail.
    pub fn letter(&self) -> Result<Letter, askama::Error> {
        Ok(Letter {
            subject: self.subject(),
            text: ZoomRemovedText { mail: self }.render()?,
            html: ZoomRemovedHtml { mail: self }.render()?,
        })
    }
}

impl PermissionAsked {
    /// The subject.
    #[must_use]
    pub fn subject(&self) -> String {
        one_line(&format!("{} asks to connect Zoom", self.who))
    }

    /// The whole mail.
    pub fn letter(&self) -> Result<Letter, askama::Error> {
        Ok(Letter {
            subject: self.subject(),
            text: PermissionAskedText { mail: self }.render()?,
            html: PermissionAskedHtml { mail: self }.render()?,
        })
    }
}

impl DataAnswered {
    /// The subject, and the head of it.
    #[must_use]
    pub fn subject(&self) -> String {
        if self.erased {
            "Your data is deleted".to_owned()
        } else {
            "Your data is not deleted".to_owned()
        }
    }

    /// The whole mail.
    pub fn letter(&self) -> Result<Letter, askama::Error> {
        Ok(Letter {
            subject: self.subject(),
            text: DataAnsweredText { mail: self }.render()?,
            html: DataAnsweredHtml { mail: self }.render()?,
        })
    }
}

impl ZoomNeedsAttention {
    /// The subject.
    #[must_use]
    pub fn subject(&self) -> String {
        "Zoom needs you to connect again".to_owned()
    }

    /// The whole mail.
    pub fn letter(&self) -> Result<Letter, askama::Error> {
        Ok(Letter {
            subject: self.subject(),
            text: ZoomNeedsAttentionText { mail: self }.render()?,
            html: ZoomNeedsAttentionHtml { mail: self }.render()?,
        })
    }
}

impl MeetingNews {
    /// The subject.
    #[must_use]
    pub fn subject(&self) -> String {
        one_line(&format!(
            "{}: {}, {} {}",
            self.head, self.title, self.day, self.start
        ))
    }

    /// The whole mail.
    pub fn letter(&self) -> Result<Letter, askama::Error> {
        Ok(Letter {
            subject: self.subject(),
            text: MeetingNewsText { mail: self }.render()?,
            html: MeetingNewsHtml { mail: self }.render()?,
        })
    }
}

/// A subject never spans lines, whatever a title holds.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
