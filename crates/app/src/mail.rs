//! Letters: queued with what they are about, written and sent by a job, one for each person, so that
//! nobody gets one twice because somebody else's was not taken.

pub mod smtp;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use rooms_core::booking::{Booking, BookingState};
use rooms_core::meeting::{Meeting, MeetingState};
use rooms_core::{BookingId, CompanyId, PersonId};
use rooms_store::jobs::{self as queue, Job};
use rooms_store::{Tx, bookings, companies, meetings, people};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::App;
use crate::bookings::Booked;
use crate::calendar;
use crate::error::Failure;
use crate::jobs::{self, JobEnd};
use crate::secret;

/// How long mail about a booking waits, so that an Undo comes first.
const UNDO: SignedDuration = SignedDuration::from_secs(6);

/// What a letter is about; kept in the queue, so it holds ids and no secrets in clear.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub enum Letter {
    /// To a person: an account waits for a password.
    Account {
        /// Who is invited.
        person: PersonId,
        /// The admin's name.
        inviter: String,
        /// The link, sealed: it is a way in.
        sealed_link: Vec<String>,
    },
    /// To a person: the app was removed in Zoom.
    ZoomRemoved {
        /// Whose connection ended.
        person: PersonId,
        /// When, in microseconds.
        at: i64,
    },
    /// To the organizer: there is no link, and why.
    LinkFailed {
        /// The booking.
        booking: BookingId,
        /// Why.
        why: String,
    },
    /// To the organizer: Zoom declined a change, and why.
    ChangeDeclined {
        /// The booking.
        booking: BookingId,
        /// Why.
        why: String,
    },
    /// To the organizer: the meeting was deleted in Zoom.
    LinkGone {
        /// The booking.
        booking: BookingId,
    },
    /// To the organizer: the meeting was deleted in Zoom, and there is a new one.
    LinkReplaced {
        /// The booking.
        booking: BookingId,
    },
    /// To the organizer: the meeting was changed in Zoom.
    MeetingDrifted {
        /// The booking.
        booking: BookingId,
        /// What Zoom has otherwise.
        what: String,
    },
    /// To an invitee: come, it has changed, or it is cancelled.
    Invitation {
        /// The booking.
        booking: BookingId,
        /// Who is invited.
        to: String,
    },
}

/// Whom a letter goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Their name, where known.
    pub name: Option<String>,
    /// Their address.
    pub email: String,
}

/// Everything a letter says; written as text and HTML by who sends it.
#[derive(Debug, Clone)]
pub enum Content {
    /// An account waits for a password.
    Account {
        /// The admin's name.
        inviter: String,
        /// Where to set a password.
        link: String,
    },
    /// The app was removed in Zoom.
    ZoomRemoved {
        /// When.
        at: Timestamp,
        /// Where to connect again.
        link: String,
    },
    /// Something an organizer has to know about the meeting of a booking.
    MeetingNews {
        /// The booking.
        booking: Box<Booking>,
        /// What.
        news: MeetingNews,
        /// Its page.
        link: String,
    },
    /// An invitation to a booking, a change of it, or its cancellation.
    Invitation {
        /// The booking with its meeting.
        booked: Box<Booked>,
        /// Its page.
        link: String,
        /// The calendar entry (RFC 5546).
        calendar: String,
    },
}

/// What an organizer has to know about a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MeetingNews {
    /// There is no link, and why.
    Failed(String),
    /// Zoom declined a change, and why.
    Declined(String),
    /// It was deleted in Zoom.
    Gone,
    /// It was deleted in Zoom, and there is a new one.
    Replaced,
    /// It was changed in Zoom: what is otherwise there.
    Drifted(String),
}

/// A letter to one person, and what stands under it.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Names it in all the world; the same however often it is tried (RFC 5322, 3.6.4).
    pub id: String,
    /// When it is sent.
    pub at: Timestamp,
    /// Whom it goes to.
    pub to: Recipient,
    /// The name of the company it is sent for.
    pub company: String,
    /// Whom people write to.
    pub support_email: String,
    /// What it says.
    pub content: Content,
}

/// Why a letter was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It may be sent later.
    #[error("the mail server cannot take it now: {0}")]
    Later(String),
    /// It will not be sent.
    #[error("the mail server refuses it: {0}")]
    Refused(String),
}

/// A letter on its way.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), MailError>> + Send + 'a>>;

/// Writes and sends letters.
pub trait Mailer: Send + Sync + fmt::Debug {
    /// Sends one letter to one person.
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a>;
}

/// Queues a letter.
pub(crate) async fn queue(
    tx: &mut Tx,
    company: CompanyId,
    letter: &Letter,
    now: Timestamp,
) -> Result<(), rooms_store::Error> {
    let id = tx.new_id(now);
    queue_at(tx, id, company, letter, (now, now)).await
}

async fn queue_at(
    tx: &mut Tx,
    id: Uuid,
    company: CompanyId,
    letter: &Letter,
    when: (Timestamp, Timestamp),
) -> Result<(), rooms_store::Error> {
    let payload =
        serde_json::to_string(letter).map_err(|_| rooms_store::Error::Corrupt("letter"))?;
    queue::enqueue(tx, jobs::MAIL, id, Some(company), &payload, when).await
}

/// Queues the invitations of a booking, or of its change or end: one letter for all of them that
/// still wait for the same person. With Zoom they wait for the link, except to say that it is
/// cancelled.
pub(crate) async fn queue_invitations(
    tx: &mut Tx,
    booking: &Booking,
    now: Timestamp,
) -> Result<(), rooms_store::Error> {
    let at = now.saturating_add(UNDO).unwrap_or(now);
    for to in &booking.invitees {
        let id = invitation_to(booking.id, to);
        let letter = Letter::Invitation {
            booking: booking.id,
            to: to.clone(),
        };
        queue_at(tx, id, booking.company, &letter, (at, now)).await?;
    }
    Ok(())
}

/// What queues one person's letters about one booking behind each other.
fn invitation_to(booking: BookingId, email: &str) -> Uuid {
    let hash = secret::hash(format!("{booking} {email}").as_bytes());
    let (id, _) = hash.split_first_chunk().unwrap_or((&[0; 16], &[]));
    Uuid::from_bytes(*id)
}

/// Hurries the invitations of a booking whose link has arrived.
pub(crate) async fn queue_link(
    tx: &mut Tx,
    meeting: &Meeting,
    now: Timestamp,
) -> Result<(), Failure> {
    if let Some(booking) = bookings::get(tx, meeting.company, meeting.booking).await? {
        queue_invitations(tx, &booking, now).await?;
    }
    Ok(())
}

/// Seals texts for a job's payload under a key of their own: the wrapped key, then each text.
pub(crate) fn seal_texts(tx: &Tx, owner: Uuid, texts: &[&str]) -> Vec<String> {
    let sealer = tx.sealer();
    let (key, wrapped) = sealer.new_data_key(owner);
    std::iter::once(wrapped)
        .chain(
            texts
                .iter()
                .map(|text| sealer.seal(&key, owner, "job", text)),
        )
        .map(|bytes| STANDARD.encode(bytes))
        .collect()
}

/// Seals the link of an invitation: owner, wrapped key, link.
pub(crate) fn seal_link(tx: &Tx, owner: Uuid, link: &str) -> Vec<String> {
    std::iter::once(owner.to_string())
        .chain(seal_texts(tx, owner, &[link]))
        .collect()
}

fn open_link(app: &App, sealed: &[String]) -> Option<String> {
    let [owner, key, link] = sealed else {
        return None;
    };
    let owner = Uuid::try_parse(owner).ok()?;
    let key = app
        .sealer()
        .data_key(owner, &STANDARD.decode(key).ok()?)
        .ok()?;
    key.open(owner, "job", &STANDARD.decode(link).ok()?).ok()
}

/// How often a letter is tried that the server cannot take: four hours and a half in all.
const TRIES: i64 = 12;

/// Sends a queued letter, if the operator set a mail server up.
pub(crate) async fn send(app: &App, company: CompanyId, job: &Job) -> JobEnd {
    let Some(mailer) = app.mailer() else {
        return JobEnd::Done;
    };
    let Ok(letter) = serde_json::from_str::<Letter>(&job.payload) else {
        return JobEnd::GiveUp("the letter cannot be read".to_owned());
    };
    let mail = match write(app, company, job, letter).await {
        Ok(Some(mail)) => mail,
        Ok(None) => return JobEnd::Done,
        Err(failure) => return JobEnd::again(app, &failure),
    };
    match mailer.send(&mail).await {
        Ok(()) => JobEnd::Done,
        Err(error @ MailError::Later(_)) if job.attempts < TRIES => {
            let wait = SignedDuration::from_secs(10 << job.attempts.clamp(0, 8));
            let at = app.now().saturating_add(wait).unwrap_or(app.now());
            JobEnd::RetryAt(at, error.to_string())
        }
        Err(error) => JobEnd::GiveUp(error.to_string()),
    }
}

/// Looks up what a letter is about; `None` when it has nothing to say any more.
async fn write(
    app: &App,
    company: CompanyId,
    job: &Job,
    letter: Letter,
) -> Result<Option<Mail>, Failure> {
    let Some((to, content)) = look_up(app, company, letter).await? else {
        return Ok(None);
    };
    let mut tx = app.read().await?;
    let company = companies::get(&mut tx, company)
        .await?
        .map(|company| company.name);
    let host = app.public_url().host_str().unwrap_or("localhost");
    Ok(Some(Mail {
        id: format!("{}.{}@{host}", job.id, job.generation),
        at: app.now(),
        to,
        company: company.unwrap_or_default(),
        support_email: app.support_email().to_owned(),
        content,
    }))
}

async fn look_up(
    app: &App,
    company: CompanyId,
    letter: Letter,
) -> Result<Option<(Recipient, Content)>, Failure> {
    let mut tx = app.read().await?;
    match letter {
        Letter::Account {
            person,
            inviter,
            sealed_link,
        } => {
            let Some(to) = recipient(&mut tx, company, person).await? else {
                return Ok(None);
            };
            let Some(link) = open_link(app, &sealed_link) else {
                return Ok(None);
            };
            Ok(Some((to, Content::Account { inviter, link })))
        }
        Letter::ZoomRemoved { person, at } => {
            let Some(to) = recipient(&mut tx, company, person).await? else {
                return Ok(None);
            };
            let at = Timestamp::from_microsecond(at).unwrap_or(app.now());
            let link = app.link("/settings/apps");
            Ok(Some((to, Content::ZoomRemoved { at, link })))
        }
        Letter::LinkFailed { booking, why } => {
            news(app, &mut tx, (company, booking), MeetingNews::Failed(why)).await
        }
        Letter::ChangeDeclined { booking, why } => {
            news(app, &mut tx, (company, booking), MeetingNews::Declined(why)).await
        }
        Letter::LinkGone { booking } => {
            news(app, &mut tx, (company, booking), MeetingNews::Gone).await
        }
        Letter::LinkReplaced { booking } => {
            news(app, &mut tx, (company, booking), MeetingNews::Replaced).await
        }
        Letter::MeetingDrifted { booking, what } => {
            news(app, &mut tx, (company, booking), MeetingNews::Drifted(what)).await
        }
        Letter::Invitation { booking, to } => {
            let found = bookings::get(&mut tx, company, booking).await?;
            let Some(booking) = found.filter(|booking| booking.invitees.contains(&to)) else {
                return Ok(None);
            };
            let meeting = meetings::of_booking(&mut tx, company, booking.id)
                .await?
                .into_iter()
                .next();
            let link_follows = booking.state != BookingState::Cancelled
                && meeting.as_ref().is_some_and(|meeting| {
                    matches!(
                        meeting.state,
                        MeetingState::Pending | MeetingState::Uncertain
                    )
                });
            if link_follows {
                return Ok(None);
            }
            let to = Recipient {
                name: None,
                email: to,
            };
            let link = app.link(&format!("/bookings/{}", booking.id));
            let booked = Box::new(Booked { booking, meeting });
            let calendar = calendar::invitation(app, &booked);
            let content = Content::Invitation {
                booked,
                link,
                calendar,
            };
            Ok(Some((to, content)))
        }
    }
}

/// The booking a queued letter is about, and whom it goes to.
pub(crate) async fn about(
    tx: &mut Tx,
    company: CompanyId,
    payload: &str,
) -> Result<(Option<BookingId>, Option<String>), Failure> {
    Ok(match serde_json::from_str::<Letter>(payload) {
        Ok(Letter::Account { person, .. } | Letter::ZoomRemoved { person, .. }) => {
            let to = recipient(tx, company, person).await?;
            (None, to.map(|to| to.email))
        }
        Ok(
            Letter::LinkFailed { booking, .. }
            | Letter::ChangeDeclined { booking, .. }
            | Letter::LinkGone { booking }
            | Letter::LinkReplaced { booking }
            | Letter::MeetingDrifted { booking, .. },
        ) => {
            let found = bookings::get(tx, company, booking).await?;
            (Some(booking), found.map(|found| found.organizer.email))
        }
        Ok(Letter::Invitation { booking, to }) => (Some(booking), Some(to)),
        Err(_) => (None, None),
    })
}

/// News of a booking's meeting, to its organizer.
async fn news(
    app: &App,
    tx: &mut Tx,
    (company, booking): (CompanyId, BookingId),
    news: MeetingNews,
) -> Result<Option<(Recipient, Content)>, Failure> {
    let Some(booking) = bookings::get(tx, company, booking).await? else {
        return Ok(None);
    };
    let organizer = booking.organizer.clone();
    let to = Recipient {
        name: Some(organizer.name),
        email: organizer.email,
    };
    let link = app.link(&format!("/bookings/{}", booking.id));
    let booking = Box::new(booking);
    let content = Content::MeetingNews {
        booking,
        news,
        link,
    };
    Ok(Some((to, content)))
}

async fn recipient(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
) -> Result<Option<Recipient>, Failure> {
    let person = people::get(tx, company, person).await?;
    Ok(person.map(|person| Recipient {
        name: Some(person.name),
        email: person.email,
    }))
}
