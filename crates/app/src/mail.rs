//! Letters: queued with what they are about, written and sent by a job, one for each person, so that
//! nobody gets one twice because somebody else's was not taken.

mod contents;
pub mod smtp;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use rooms_core::booking::Booking;
use rooms_core::meeting::Meeting;
use rooms_core::{BookingId, CompanyId, ConnectionId, DataRequestId, PersonId};
use rooms_store::jobs::{self as queue, Job};
use rooms_store::{Tx, bookings, unheard};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use self::contents::about;
use crate::app::App;
use crate::bookings::Booked;
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
    /// To a person: a link that gives their account back.
    Recovery {
        /// Who.
        person: PersonId,
        /// The admin's name.
        by: String,
        /// The link, sealed: it is a way in.
        sealed_link: Vec<String>,
    },
    /// To a person: something happened to the ways into an account.
    Security {
        /// Who is told.
        person: PersonId,
        /// What, in a sentence.
        what: String,
        /// When, in microseconds.
        at: i64,
    },
    /// To a person: the app was removed in Zoom.
    ZoomRemoved {
        /// Whose connection ended.
        person: PersonId,
        /// When, in microseconds.
        at: i64,
    },
    /// To a person: Zoom no longer accepts their connection, and bookings are ahead.
    ZoomNeedsAttention {
        /// Which connection.
        connection: ConnectionId,
    },
    /// To an admin: somebody asks to be allowed to connect apps.
    PermissionAsked {
        /// The admin.
        admin: PersonId,
        /// Who asks.
        person: PersonId,
    },
    /// To who asked to have their data erased: it was, or it was refused.
    DataAnswered {
        /// What they asked.
        request: DataRequestId,
        /// Their address, sealed: the letter may be all that is left of it.
        sealed_to: Vec<String>,
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
    /// To the organizer: the link was taken off by whoever hosted it, and why.
    LinkTakenOff {
        /// The booking.
        booking: BookingId,
        /// Why.
        why: String,
    },
    /// To the organizer: the account that hosts it was removed in Zoom, and which.
    LinkUnmanaged {
        /// The booking.
        booking: BookingId,
        /// Why.
        why: String,
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
    /// A link that gives an account back.
    Recovery {
        /// The admin's name.
        by: String,
        /// Where to set another password.
        link: String,
    },
    /// Something happened to the ways into an account.
    Security {
        /// What, in a sentence.
        what: String,
        /// When.
        at: Timestamp,
        /// Where to see to it.
        link: String,
    },
    /// The app was removed in Zoom.
    ZoomRemoved {
        /// When.
        at: Timestamp,
        /// Where to connect again.
        link: String,
    },
    /// Zoom no longer accepts a connection, and bookings are ahead.
    ZoomNeedsAttention {
        /// The Zoom account's address.
        account: String,
        /// Why, and what to do.
        why: String,
        /// How many bookings ahead have a link through it, or wait for one.
        ahead: usize,
        /// Where to connect again.
        link: String,
    },
    /// Somebody asks to be allowed to connect apps.
    PermissionAsked {
        /// Their name.
        who: String,
        /// What they wrote; empty for nothing.
        message: String,
        /// Where to answer.
        link: String,
    },
    /// A request to have data erased was answered.
    DataAnswered {
        /// Whether the data is erased.
        erased: bool,
        /// What the admin wrote; empty for nothing.
        reply: String,
        /// Where they see what is held on them.
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
    /// An invitation to a booking, a change of it, its cancellation or its withdrawal.
    Invitation {
        /// Which of them.
        says: Invited,
        /// The booking with its meeting.
        booked: Box<Booked>,
        /// Its page.
        link: String,
        /// The calendar entry (RFC 5546).
        calendar: String,
    },
}

/// What an invitee is told of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invited {
    /// They are invited.
    New,
    /// It has changed.
    Changed,
    /// It does not take place.
    Cancelled,
    /// It takes place without them.
    Withdrawn,
}

impl Invited {
    /// The method of its calendar entry (RFC 5546).
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::New | Self::Changed => "REQUEST",
            Self::Cancelled | Self::Withdrawn => "CANCEL",
        }
    }
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
    /// Whoever hosted it took it off, and why.
    TakenOff(String),
    /// It no longer follows the booking, and why.
    Unmanaged(String),
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
    queue_to(tx, booking, &booking.invitees, now).await
}

/// The same for those who were not invited before, who so far have heard nothing.
pub(crate) async fn invite(
    tx: &mut Tx,
    booking: &Booking,
    before: &[String],
    now: Timestamp,
) -> Result<(), rooms_store::Error> {
    for to in booking.invitees.iter().filter(|to| !before.contains(to)) {
        let id = invitation_to(booking.id, to);
        unheard::add(tx, id, (booking.company, booking.id)).await?;
    }
    queue_invitations(tx, booking, now).await
}

/// Tells those who are invited no longer, unless they never heard of it.
pub(crate) async fn withdraw(
    tx: &mut Tx,
    booking: &Booking,
    before: &[String],
    now: Timestamp,
) -> Result<(), rooms_store::Error> {
    let invited = |to: &&String| booking.invitees.contains(to);
    let withdrawn: Vec<_> = before.iter().filter(|to| !invited(to)).cloned().collect();
    queue_to(tx, booking, &withdrawn, now).await
}

async fn queue_to(
    tx: &mut Tx,
    booking: &Booking,
    whom: &[String],
    now: Timestamp,
) -> Result<(), rooms_store::Error> {
    let at = now.saturating_add(UNDO).unwrap_or(now);
    for to in whom {
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
pub(crate) fn seal_texts(
    tx: &Tx,
    owner: Uuid,
    texts: &[&str],
) -> Result<Vec<String>, rooms_store::Error> {
    let (key, wrapped) = tx.sealer().passing_data_key(owner)?;
    let sealed = std::iter::once(wrapped)
        .chain(
            texts
                .iter()
                .map(|text| tx.sealer().seal(&key, owner, "job", text)),
        )
        .map(|bytes| STANDARD.encode(bytes))
        .collect();
    Ok(sealed)
}

/// Opens one of the texts that [`seal_texts`] sealed, by the wrapped key it gave first.
pub(crate) fn open_text(app: &App, owner: Uuid, key: &str, text: &str) -> Option<String> {
    let key = STANDARD.decode(key).ok()?;
    let key = app.sealer().data_key(owner, &key).ok()?;
    key.open(owner, "job", &STANDARD.decode(text).ok()?).ok()
}

/// Seals the one text of a letter that nobody may read in the queue: owner, wrapped key, text.
pub(crate) fn seal_one(
    tx: &Tx,
    owner: Uuid,
    text: &str,
) -> Result<Vec<String>, rooms_store::Error> {
    let mut sealed = seal_texts(tx, owner, &[text])?;
    sealed.insert(0, owner.to_string());
    Ok(sealed)
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
    let mail = match contents::write(app, company, job, letter).await {
        Ok(Some(mail)) => mail,
        Ok(None) => return JobEnd::Done,
        Err(failure) => return JobEnd::again(app, &failure),
    };
    match mailer.send(&mail).await {
        Ok(()) => match heard(app, company, job, &mail.content).await {
            Ok(()) => JobEnd::Done,
            Err(failure) => JobEnd::again(app, &failure),
        },
        Err(error @ MailError::Later(_)) if job.attempts < TRIES => {
            let wait = SignedDuration::from_secs(10 << job.attempts.clamp(0, 8));
            let at = app.now().saturating_add(wait).unwrap_or(app.now());
            JobEnd::RetryAt(at, error.to_string())
        }
        Err(error) => JobEnd::GiveUp(error.to_string()),
    }
}

/// Whoever got an invitation has heard of its booking.
async fn heard(app: &App, company: CompanyId, job: &Job, said: &Content) -> Result<(), Failure> {
    if !matches!(said, Content::Invitation { .. }) {
        return Ok(());
    }
    app.store()
        .write((company, job.subject), |tx, (company, id)| {
            Box::pin(async move { Ok(unheard::heard(tx, *company, *id).await?) })
        })
        .await
}
