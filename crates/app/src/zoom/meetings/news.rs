//! Telling the people concerned what became of a meeting: history, notice, mail.

use jiff::Timestamp;
use rooms_core::booking::Booking;
use rooms_core::meeting::{Drift, Meeting};
use rooms_store::events::{self, By};
use rooms_store::{Change, Tx, notices};

use crate::bookings::link::differences;
use crate::error::Failure;
use crate::mail::{self, Letter};

/// What people must hear.
pub(super) enum News {
    /// There is no link, and why.
    Failed(String),
    /// Zoom declined a change, and why: it still has what it was told before.
    Declined(String),
    /// It was deleted in Zoom.
    Gone,
    /// It was deleted in Zoom, and another one was made.
    Replaced,
    /// It was changed in Zoom.
    Drifted(Drift),
}

impl News {
    fn kind(&self) -> &'static str {
        match self {
            Self::Failed(_) => "meeting.failed",
            Self::Declined(_) => "meeting.declined",
            Self::Gone => "meeting.gone",
            Self::Replaced => "meeting.replaced",
            Self::Drifted(_) => "meeting.drifted",
        }
    }

    fn by(&self) -> By {
        match self {
            Self::Failed(_) | Self::Declined(_) | Self::Replaced => By::System,
            Self::Gone | Self::Drifted(_) => By::Zoom,
        }
    }

    /// In the history, below what happened.
    fn detail(&self, booking: &Booking) -> String {
        match self {
            Self::Failed(why) | Self::Declined(why) => why.clone(),
            Self::Gone | Self::Replaced => String::new(),
            Self::Drifted(drift) => differences(drift, booking),
        }
    }

    /// In a notice, beside the booking's title.
    fn notice(&self, booking: &Booking) -> String {
        let title = &booking.title;
        match self {
            Self::Failed(why) => format!("“{title}” has no Zoom link. {why}"),
            Self::Declined(why) => {
                format!("The Zoom meeting of “{title}” still has the old time or title. {why}")
            }
            Self::Gone => format!(
                "The Zoom meeting of “{title}” was deleted in Zoom. The room is still yours; the link no longer works."
            ),
            Self::Replaced => format!(
                "“{title}” has a new Zoom link: its meeting was deleted in Zoom. Everybody invited gets the new one."
            ),
            Self::Drifted(drift) => format!(
                "The Zoom meeting of “{title}” was changed in Zoom: {}. The room stays as booked.",
                differences(drift, booking)
            ),
        }
    }

    fn letter(&self, booking: &Booking) -> Letter {
        let id = booking.id;
        match self {
            Self::Failed(why) => Letter::LinkFailed {
                booking: id,
                why: why.clone(),
            },
            Self::Declined(why) => Letter::ChangeDeclined {
                booking: id,
                why: why.clone(),
            },
            Self::Gone => Letter::LinkGone { booking: id },
            Self::Replaced => Letter::LinkReplaced { booking: id },
            Self::Drifted(drift) => Letter::MeetingDrifted {
                booking: id,
                what: differences(drift, booking),
            },
        }
    }
}

/// Tells the organizer.
pub(super) async fn tell(
    tx: &mut Tx,
    meeting: &Meeting,
    booking: &Booking,
    news: &News,
    now: Timestamp,
) -> Result<(), Failure> {
    let (company, about) = (meeting.company, meeting.booking.uuid());
    let (kind, detail) = (news.kind(), news.detail(booking));
    events::insert(tx, (company, about), kind, news.by(), &detail, now).await?;
    // One notice says how it is now; what was said before is over.
    notices::dismiss_about(tx, company, booking.organizer.id, about, now).await?;
    let whom = (company, booking.organizer.id);
    notices::insert(tx, whom, kind, about, &news.notice(booking), now).await?;
    mail::queue(tx, company, &news.letter(booking), now).await?;
    tx.tell(Change::Booking(meeting.booking));
    Ok(())
}
