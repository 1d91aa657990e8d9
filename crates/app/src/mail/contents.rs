//! What a queued letter says, looked up when it is sent.

use jiff::Timestamp;
use rooms_core::booking::BookingState;
use rooms_core::connection::{Connection, ConnectionStatus};
use rooms_core::meeting::MeetingState;
use rooms_core::{BookingId, CompanyId, ConnectionId, DataRequestId, PersonId};
use rooms_store::jobs::Job;
use rooms_store::permissions::{self, RequestState};
use rooms_store::{
    Tx, bookings, companies, connections, meetings, people, personal, requests, unheard,
};
use uuid::Uuid;

use super::{Content, Invited, Letter, Mail, MeetingNews, Recipient, invitation_to, open_text};
use crate::app::App;
use crate::bookings::Booked;
use crate::calendar;
use crate::error::Failure;

/// Looks up what a letter is about; `None` when it has nothing to say any more.
pub(super) async fn write(
    app: &App,
    company: CompanyId,
    job: &Job,
    letter: Letter,
) -> Result<Option<Mail>, Failure> {
    let Some((to, content)) = look_up(app, company, letter).await? else {
        return Ok(None);
    };
    if to.email.ends_with(personal::NOWHERE) {
        return Ok(None);
    }
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
            let Some(link) = open(app, &sealed_link) else {
                return Ok(None);
            };
            Ok(Some((to, Content::Account { inviter, link })))
        }
        Letter::Recovery {
            person,
            by,
            sealed_link,
        } => {
            let to = recipient(&mut tx, company, person).await?;
            let link = open(app, &sealed_link);
            Ok(to
                .zip(link)
                .map(|(to, link)| (to, Content::Recovery { by, link })))
        }
        Letter::Security { person, what, at } => {
            let Some(to) = recipient(&mut tx, company, person).await? else {
                return Ok(None);
            };
            let at = Timestamp::from_microsecond(at).unwrap_or(app.now());
            let link = app.link("/settings/security");
            Ok(Some((to, Content::Security { what, at, link })))
        }
        Letter::ZoomRemoved { person, at } => {
            let Some(to) = recipient(&mut tx, company, person).await? else {
                return Ok(None);
            };
            let at = Timestamp::from_microsecond(at).unwrap_or(app.now());
            let link = app.link("/settings/apps");
            Ok(Some((to, Content::ZoomRemoved { at, link })))
        }
        Letter::ZoomNeedsAttention { connection } => {
            needs_attention(app, &mut tx, (company, connection)).await
        }
        Letter::PermissionAsked { admin, person } => {
            permission_asked(app, &mut tx, company, (admin, person)).await
        }
        Letter::DataAnswered { request, sealed_to } => {
            data_answered(app, &mut tx, (company, request), &sealed_to).await
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
        Letter::LinkTakenOff { booking, why } => {
            news(app, &mut tx, (company, booking), MeetingNews::TakenOff(why)).await
        }
        Letter::LinkUnmanaged { booking, why } => {
            news(
                app,
                &mut tx,
                (company, booking),
                MeetingNews::Unmanaged(why),
            )
            .await
        }
        Letter::MeetingDrifted { booking, what } => {
            news(app, &mut tx, (company, booking), MeetingNews::Drifted(what)).await
        }
        Letter::Invitation { booking, to } => {
            invitation(app, &mut tx, (company, booking), to).await
        }
    }
}

/// What somebody asks an admin for, while nobody has answered.
async fn permission_asked(
    app: &App,
    tx: &mut Tx,
    company: CompanyId,
    (admin, person): (PersonId, PersonId),
) -> Result<Option<(Recipient, Content)>, Failure> {
    let request = permissions::latest(tx, company, person).await?;
    let open = request.filter(|request| request.state == RequestState::Open);
    let who = people::get(tx, company, person).await?;
    let (Some(request), Some(who), Some(to)) = (open, who, recipient(tx, company, admin).await?)
    else {
        return Ok(None);
    };
    let content = Content::PermissionAsked {
        who: who.name,
        message: request.message,
        link: app.link(&format!("/admin/people/{person}")),
    };
    Ok(Some((to, content)))
}

/// What became of a request to have data erased. The person may be without an address by now, so it
/// comes with the letter.
async fn data_answered(
    app: &App,
    tx: &mut Tx,
    (company, request): (CompanyId, DataRequestId),
    sealed_to: &[String],
) -> Result<Option<(Recipient, Content)>, Failure> {
    let request = requests::get(tx, company, request).await?;
    let (Some(request), Some(email)) = (request, open(app, sealed_to)) else {
        return Ok(None);
    };
    let erased = match request.state {
        requests::RequestState::Done => true,
        requests::RequestState::Refused => false,
        requests::RequestState::Open | requests::RequestState::Withdrawn => return Ok(None),
    };
    let content = Content::DataAnswered {
        erased,
        reply: request.reply.unwrap_or_default(),
        link: app.link("/settings/data"),
    };
    Ok(Some((Recipient { name: None, email }, content)))
}

/// What an invitee has to hear of a booking, if anything: nobody hears of the end of what they had
/// not heard of.
async fn invitation(
    app: &App,
    tx: &mut Tx,
    (company, booking): (CompanyId, BookingId),
    to: String,
) -> Result<Option<(Recipient, Content)>, Failure> {
    let Some(booking) = bookings::get(tx, company, booking).await? else {
        return Ok(None);
    };
    let unheard = unheard::is(tx, company, invitation_to(booking.id, &to)).await?;
    let says = match booking.state {
        _ if !booking.invitees.contains(&to) => Invited::Withdrawn,
        BookingState::Cancelled | BookingState::Declined => Invited::Cancelled,
        _ if booking.revision > 1 && !unheard => Invited::Changed,
        _ => Invited::New,
    };
    let ends = matches!(says, Invited::Cancelled | Invited::Withdrawn);
    let meeting = meetings::of_booking(tx, company, booking.id).await?;
    let meeting = meeting.into_iter().next();
    let waits = [MeetingState::Pending, MeetingState::Uncertain];
    let link_follows = meeting.as_ref().is_some_and(|m| waits.contains(&m.state));
    if if ends { unheard } else { link_follows } {
        return Ok(None);
    }
    let link = app.link(&format!("/bookings/{}", booking.id));
    let booked = Box::new(Booked { booking, meeting });
    let calendar = calendar::invitation(app, &booked, says, &to);
    let content = Content::Invitation {
        says,
        booked,
        link,
        calendar,
    };
    let to = Recipient {
        name: None,
        email: to,
    };
    Ok(Some((to, content)))
}

/// The booking a queued letter is about, and whom it goes to.
pub(crate) async fn about(
    tx: &mut Tx,
    company: CompanyId,
    payload: &str,
) -> Result<(Option<BookingId>, Option<String>), Failure> {
    Ok(match serde_json::from_str::<Letter>(payload) {
        Ok(
            Letter::Account { person, .. }
            | Letter::Recovery { person, .. }
            | Letter::Security { person, .. }
            | Letter::ZoomRemoved { person, .. }
            | Letter::PermissionAsked { admin: person, .. },
        ) => {
            let to = recipient(tx, company, person).await?;
            (None, to.map(|to| to.email))
        }
        Ok(Letter::ZoomNeedsAttention { connection }) => {
            let to = match connections::get(tx, company, connection).await? {
                Some(connection) => recipient(tx, company, connection.person).await?,
                None => None,
            };
            (None, to.map(|to| to.email))
        }
        Ok(
            Letter::LinkFailed { booking, .. }
            | Letter::ChangeDeclined { booking, .. }
            | Letter::LinkGone { booking }
            | Letter::LinkReplaced { booking }
            | Letter::LinkTakenOff { booking, .. }
            | Letter::LinkUnmanaged { booking, .. }
            | Letter::MeetingDrifted { booking, .. },
        ) => {
            let found = bookings::get(tx, company, booking).await?;
            (Some(booking), found.map(|found| found.organizer.email))
        }
        Ok(Letter::Invitation { booking, to }) => (Some(booking), Some(to)),
        // The address is nobody's to read any more.
        Ok(Letter::DataAnswered { .. }) | Err(_) => (None, None),
    })
}

/// What to do about a connection, to its person; nothing once it is done.
async fn needs_attention(
    app: &App,
    tx: &mut Tx,
    (company, id): (CompanyId, ConnectionId),
) -> Result<Option<(Recipient, Content)>, Failure> {
    let connection = connections::get(tx, company, id).await?;
    let asked = |c: &Connection| c.status == ConnectionStatus::NeedsAttention;
    let Some(connection) = connection.filter(asked) else {
        return Ok(None);
    };
    let Some(to) = recipient(tx, company, connection.person).await? else {
        return Ok(None);
    };
    let content = Content::ZoomNeedsAttention {
        account: connection.zoom_email,
        why: connection.attention.unwrap_or_default(),
        ahead: meetings::bookings_ahead(tx, company, id, app.now()).await?,
        link: app.link("/settings/apps"),
    };
    Ok(Some((to, content)))
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

/// Opens what `seal_one` sealed.
fn open(app: &App, sealed: &[String]) -> Option<String> {
    let [owner, key, text] = sealed else {
        return None;
    };
    open_text(app, Uuid::try_parse(owner).ok()?, key, text)
}
