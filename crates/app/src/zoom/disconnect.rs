//! The end of a connection: by its person, by Zoom, by the product, or because Zoom no longer
//! accepts it. Tokens are shredded in the same transaction.

use jiff::Timestamp;
use rooms_core::connection::{Connection, ConnectionStatus, EndedBy, NoticedBy};
use rooms_core::planted::{Bug, planted};
use rooms_core::{Actor, BookingId, CompanyId, ConnectionId, PersonId};
use rooms_store::audit::Entry;
use rooms_store::connections;
use rooms_store::events::{self, By};
use rooms_store::{Tx, leaving, meetings, notices};

use super::{leave, revocation, tokens};
use crate::app::App;
use crate::data::erasure;
use crate::error::Failure;
use crate::mail::{self, Letter};

/// Ends one of the actor's connections: `id` if given, else the default. Links made before are
/// kept. Gives whether anything ended: ending what has ended changes nothing.
pub async fn disconnect(
    app: &App,
    actor: &Actor,
    id: Option<ConnectionId>,
) -> Result<bool, Failure> {
    app.store()
        .write((actor.clone(), id, app.now()), |tx, (actor, id, now)| {
            Box::pin(async move {
                let Some(connection) = theirs(tx, actor, *id).await? else {
                    return Ok(false);
                };
                let by = By::Person(actor.person);
                end(tx, &connection, EndedBy::User, by, *now).await?;
                Ok(connection.status != ConnectionStatus::Inactive)
            })
        })
        .await
}

/// One of the actor's connections: `id` if given, else the default, where they have one.
pub(super) async fn theirs(
    tx: &mut Tx,
    actor: &Actor,
    id: Option<ConnectionId>,
) -> Result<Option<Connection>, Failure> {
    let Some(id) = id else {
        let current = connections::current(tx, actor.company, actor.person).await?;
        return Ok(current.into_iter().next());
    };
    connections::get(tx, actor.company, id)
        .await?
        .filter(|connection| connection.person == actor.person)
        .ok_or(Failure::NotFound("connection"))
        .map(Some)
}

/// Ends every connection of a person for the product, in this transaction.
pub(crate) async fn end_all(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    by: By,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut current = connections::current(tx, company, person).await?;
    // In the order of their ids, as everybody who locks several does.
    current.sort_by_key(|connection| connection.id);
    for connection in current {
        end(tx, &connection, EndedBy::System, by, now).await?;
    }
    for unfinished in leaving::of_person(tx, company, person).await? {
        if let Some(connection) = connections::get(tx, company, unfinished.connection).await? {
            leave::cut_short(tx, &connection, (leave::Zoom::IsTold, By::System), now).await?;
        }
    }
    Ok(())
}

/// Ends a connection here, in this transaction: status and shredded tokens, meetings let go,
/// history, and the work of telling Zoom. What Zoom ended is [`removed`].
pub async fn end(
    tx: &mut Tx,
    connection: &Connection,
    ended_by: EndedBy,
    by: By,
    now: Timestamp,
) -> Result<(), Failure> {
    if connection.status == ConnectionStatus::Inactive {
        return Ok(());
    }
    revocation::queue(tx, connection, connection.id.uuid(), now).await?;
    if !connections::end(tx, connection, ended_by, now).await? {
        return Ok(());
    }
    let why = "Zoom was disconnected before the link was made.";
    let kept = meetings::let_go(tx, connection.company, connection.id, why, now).await?;
    let how = (by, connection.account());
    tell(tx, (connection, kept), ended_by, how, now).await?;
    // Last, so that it finds what was just written about the account.
    erasure::connection_ended(tx, connection, ended_by, now).await
}

/// What is written down of the end of a connection, and who hears of it.
pub(super) async fn tell(
    tx: &mut Tx,
    (connection, kept): (&Connection, u64),
    ended_by: EndedBy,
    (by, detail): (By, &str),
    now: Timestamp,
) -> Result<(), Failure> {
    let (company, person) = (connection.company, connection.person);
    let kind = match ended_by {
        EndedBy::User => "zoom.disconnected",
        EndedBy::Zoom => "zoom.removed",
        EndedBy::System => "zoom.ended",
    };
    let entry = Entry::new(company, by, kind, connection.id, now)
        .with("person", person.to_string())
        .with("meetings_kept", kept);
    events::record(tx, entry, person.uuid(), detail).await?;
    notices::dismiss_about(tx, company, person, connection.id.uuid(), now).await?;
    if ended_by == EndedBy::Zoom {
        let subject = connection.id.uuid();
        let text = "The app was removed in Zoom, so new bookings get no link. Links made before still work.";
        notices::insert(tx, (company, person), "zoom.removed", subject, text, now).await?;
        let letter = Letter::ZoomRemoved {
            person,
            at: now.as_microsecond(),
        };
        mail::queue(tx, company, &letter, now).await?;
    }
    Ok(())
}

/// What a person reads when Zoom names a permission that their grant lacks.
pub const SCOPE_MISSING: &str =
    "Zoom says a permission is missing. Connect again and leave all of them on.";

/// Marks a connection as needing its person, if it still is of that epoch.
pub(super) async fn needs_attention(
    app: &App,
    (connection, epoch): (&Connection, i64),
    why: &'static str,
    noticed: NoticedBy,
) -> Result<(), Failure> {
    refused(app, (connection, epoch), Refusal::Attention(why), noticed).await
}

/// Zoom refuses the grant of a connection, if it still is of that epoch: somebody took it away
/// there, or its person has to sign in again. `renewing` says whether an earlier renewal of the same
/// tokens came to no end, so that Zoom may merely have renewed them without our hearing of it.
pub(super) async fn grant_refused(
    app: &App,
    (connection, epoch): (&Connection, i64),
    (error, renewing): (&zoom_client::Error, bool),
    noticed: NoticedBy,
) -> Result<(), Failure> {
    let refusal = if taken_away(error.code(), renewing) {
        Refusal::TakenAway
    } else {
        Refusal::Attention(tokens::GRANT_DEAD)
    };
    refused(app, (connection, epoch), refusal, noticed).await
}

/// Whether Zoom's number says that the grant is gone for good: its user does not exist any more
/// (1001, 4735), or it was revoked (4741). A plain `invalid_grant` says no more than that the
/// token is not the newest. See `docs/decisions/0006-leaving.md`.
fn taken_away(code: Option<i64>, renewing: bool) -> bool {
    match code {
        Some(1001 | 4735) => true,
        Some(4741) => !renewing,
        _ => false,
    }
}

#[derive(Debug, Clone, Copy)]
enum Refusal {
    TakenAway,
    Attention(&'static str),
}

async fn refused(
    app: &App,
    (connection, epoch): (&Connection, i64),
    refusal: Refusal,
    noticed: NoticedBy,
) -> Result<(), Failure> {
    let connection = Connection {
        epoch,
        ..connection.clone()
    };
    let input = (connection, refusal, noticed, app.now());
    app.store()
        .write(input, |tx, (connection, refusal, noticed, now)| {
            Box::pin(refuse(tx, connection, *refusal, *noticed, *now))
        })
        .await
}

async fn refuse(
    tx: &mut Tx,
    connection: &Connection,
    refusal: Refusal,
    noticed: NoticedBy,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut connection = connection.clone();
    if planted(Bug::IgnoreEpoch)
        && let Some(present) = connections::get(tx, connection.company, connection.id).await?
    {
        connection.epoch = present.epoch;
    }
    let connection = &connection;
    // One that has ended is only let in to delete its meetings.
    if leave::locked_out(tx, connection, leave::Zoom::IsTold, now).await? {
        return Ok(());
    }
    match refusal {
        Refusal::Attention(why) => {
            if set_needs_attention(tx, connection, why, now).await? {
                leaving::noticed(tx, connection, noticed).await?;
            }
        }
        // The epoch is asked by the statement that shreds the tokens, so that a new grant stays.
        Refusal::TakenAway => {
            if connections::needs_attention(tx, connection, tokens::GRANT_DEAD).await? {
                removed(tx, connection, noticed, now).await?;
            }
        }
    }
    Ok(())
}

/// How an end in Zoom came to be known, in words that follow the account.
fn noticed_words(noticed: NoticedBy) -> &'static str {
    match noticed {
        NoticedBy::Webhook => "Zoom told us",
        NoticedBy::Refresh => "noticed when our access was to be renewed",
        NoticedBy::Call => "noticed when a booking needed Zoom",
        NoticedBy::Probe => "noticed when we asked Zoom how it stands",
    }
}

/// Ends a connection that was removed in Zoom, and says how that was noticed. Whoever has bookings
/// ahead that it hosts hears of it.
pub(super) async fn removed(
    tx: &mut Tx,
    connection: &Connection,
    noticed: NoticedBy,
    now: Timestamp,
) -> Result<(), Failure> {
    let (company, id) = (connection.company, connection.id);
    let others = leaving::hosted_for_others(tx, connection, now).await?;
    if !connections::end(tx, connection, EndedBy::Zoom, now).await? {
        return Ok(());
    }
    leaving::noticed(tx, connection, noticed).await?;
    let why = "The app was removed in Zoom before the link was made.";
    let kept = meetings::let_go(tx, company, id, why, now).await?;
    let detail = format!("{}; {}", connection.account(), noticed_words(noticed));
    let how = (By::Zoom, detail.as_str());
    tell(tx, (connection, kept), EndedBy::Zoom, how, now).await?;
    tell_others(tx, connection, others, now).await?;
    erasure::connection_ended(tx, connection, EndedBy::Zoom, now).await
}

/// Tells those whose bookings a connection hosts that it was removed. Its owner is named, and not
/// the account, since nothing of that stays.
async fn tell_others(
    tx: &mut Tx,
    connection: &Connection,
    others: Vec<BookingId>,
    now: Timestamp,
) -> Result<(), Failure> {
    let company = connection.company;
    if others.is_empty() {
        return Ok(());
    }
    let owner = rooms_store::people::get(tx, company, connection.person).await?;
    let owner = owner.map_or_else(String::new, |owner| owner.name);
    for booking in others {
        let Some(booking) = rooms_store::bookings::get(tx, company, booking).await? else {
            continue;
        };
        let why = format!("{owner} hosts it, and the app was removed in that Zoom account.");
        let (whom, about) = ((company, booking.organizer.id), booking.id.uuid());
        let text = format!(
            "The Zoom link of “{}” no longer follows the booking. {why}",
            booking.title
        );
        notices::insert(tx, whom, "meeting.unmanaged", about, &text, now).await?;
        let letter = Letter::LinkUnmanaged {
            booking: booking.id,
            why,
        };
        mail::queue(tx, company, &letter, now).await?;
    }
    Ok(())
}

/// Marks it in this transaction: words on what waits for it, history, notice, and where bookings
/// are ahead also mail, once. False when it had ended, or was granted anew.
pub(super) async fn set_needs_attention(
    tx: &mut Tx,
    connection: &Connection,
    why: &str,
    now: Timestamp,
) -> Result<bool, rooms_store::Error> {
    if !connections::needs_attention(tx, connection, why).await? {
        return Ok(false);
    }
    let (company, person) = (connection.company, connection.person);
    let entry = Entry::new(
        company,
        By::Zoom,
        "zoom.needs_attention",
        connection.id,
        now,
    )
    .with("person", person.to_string());
    events::record(tx, entry, person.uuid(), why).await?;
    let about = connection.id.uuid();
    notices::insert(
        tx,
        (company, person),
        "zoom.needs_attention",
        about,
        why,
        now,
    )
    .await?;
    meetings::hold_up(tx, (company, connection.id), (why, None), now).await?;
    // Without bookings ahead nobody has to act before they come here anyway.
    if meetings::bookings_ahead(tx, company, connection.id, now).await? > 0 {
        let connection = connection.id;
        mail::queue(tx, company, &Letter::ZoomNeedsAttention { connection }, now).await?;
    }
    Ok(true)
}
