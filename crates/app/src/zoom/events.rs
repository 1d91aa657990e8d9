//! What a webhook that was taken in does.

use jiff::Timestamp;
use rooms_core::connection::{Connection, NoticedBy};
use rooms_core::meeting::{Meeting, MeetingState, Seen, Session};
use rooms_core::{CompanyId, ZoomAppId};
use rooms_store::meetings::{self, sessions};
use rooms_store::{Change, Tx, connections, erasure, inbox, leaving, zoom_apps};
use uuid::Uuid;
use zoom_client::webhook::{self, Event, MeetingChange, MeetingEvent};

use super::{compliance, disconnect, leave, probes};
use crate::app::App;
use crate::error::Failure;
use crate::jobs::JobEnd;

/// Processes one webhook of the inbox, once.
pub(crate) async fn process(app: &App, id: Uuid) -> JobEnd {
    let operators = app.zoom().map(|zoom| zoom.client.client_id().to_owned());
    let confirms = app.zoom().is_some_and(|zoom| zoom.confirms_deletion);
    let input = (id, (operators, confirms), app.now());
    let done = app
        .store()
        .write(input, |tx, (id, (operators, confirms), now)| {
            Box::pin(async move {
                let Some((body, verified_for)) = inbox::waiting(tx, *id).await? else {
                    return Ok(());
                };
                let hearer = hearer(tx, verified_for, operators.as_deref()).await?;
                let outcome = match (webhook::parse(&body), hearer) {
                    (Ok(envelope), Some(hearer)) => {
                        if *confirms && hearer.lost(&envelope.event) {
                            compliance::queue(tx, (*id, &body), *now).await?;
                        }
                        apply(tx, &hearer, envelope, *now).await?
                    }
                    (Ok(_), None) => "the app is gone",
                    (Err(_), _) => "unreadable",
                };
                Ok::<_, Failure>(inbox::processed(tx, *id, outcome, *now).await?)
            })
        })
        .await;
    match done {
        Ok(()) => JobEnd::Done,
        Err(error) => JobEnd::again(app, &error),
    }
}

/// Whom a webhook reaches: connections of the app whose secret verified it, and of no other.
struct Hearer {
    client_id: String,
    /// The company, where the app is a company's own.
    company: Option<CompanyId>,
}

impl Hearer {
    /// Whether somebody removed the operator's app.
    fn lost(&self, event: &Event) -> bool {
        self.company.is_none()
            && matches!(event, Event::AppDeauthorized { client_id, .. } if *client_id == self.client_id)
    }

    fn is_of(&self, connection: &Connection) -> bool {
        connection.client_id == self.client_id
            && self
                .company
                .is_none_or(|company| connection.company == company)
    }
}

async fn hearer(
    tx: &mut Tx,
    verified_for: Option<ZoomAppId>,
    operators: Option<&str>,
) -> Result<Option<Hearer>, Failure> {
    let Some(id) = verified_for else {
        return Ok(operators.map(|client_id| Hearer {
            client_id: client_id.to_owned(),
            company: None,
        }));
    };
    let own = zoom_apps::by_id(tx, id).await?;
    Ok(own.map(|own| Hearer {
        client_id: own.client_id,
        company: Some(own.company),
    }))
}

async fn apply(
    tx: &mut Tx,
    hearer: &Hearer,
    envelope: webhook::Envelope,
    now: Timestamp,
) -> Result<&'static str, Failure> {
    let happened = envelope
        .event_ts
        .and_then(|millis| Timestamp::from_millisecond(millis).ok());
    match envelope.event {
        Event::AppDeauthorized {
            user_id,
            client_id,
            deauthorized_at,
            ..
        } if client_id == hearer.client_id => {
            let at = deauthorized_at.or(happened);
            deauthorized(tx, hearer, &user_id, at, now).await
        }
        Event::AppDeauthorized { .. } => Ok("another app"),
        Event::Meeting(event) => meeting(tx, hearer, &event, now).await,
        _ => Ok("not for us"),
    }
}

async fn deauthorized(
    tx: &mut Tx,
    hearer: &Hearer,
    user_id: &str,
    at: Option<Timestamp>,
    now: Timestamp,
) -> Result<&'static str, Failure> {
    let mut outcome = "nothing to end";
    // In the order of their ids, so that two such jobs never wait for each other.
    for connection in connections::of_zoom_user(tx, &hearer.client_id, user_id).await? {
        if !hearer.is_of(&connection) {
            continue;
        }
        // Both by Zoom's clock: one that is older than the grant is about an earlier one. Zoom is
        // asked all the same, in case one of the two times is wrong.
        if at.is_some_and(|at| at < connection.granted_at) {
            probes::queue_one(tx, &connection, now).await?;
            outcome = "older than the connection";
            continue;
        }
        disconnect::removed(tx, &connection, NoticedBy::Webhook, now).await?;
        outcome = "ended";
    }
    for connection in leaving::of_zoom_user(tx, &hearer.client_id, user_id).await? {
        if hearer.is_of(&connection) && at.is_none_or(|at| at >= connection.granted_at) {
            leave::locked_out(tx, &connection, leave::Zoom::Knows, now).await?;
            outcome = "ended";
        }
    }
    Ok(outcome)
}

/// Something happened to a meeting in Zoom. Beginnings and ends are kept; anything else is a hint
/// to read the meeting, unless it is the echo of what we did ourselves.
async fn meeting(
    tx: &mut Tx,
    hearer: &Hearer,
    event: &MeetingEvent,
    now: Timestamp,
) -> Result<&'static str, Failure> {
    let mut outcome = "no meeting of ours";
    for (company, id) in meetings::of_zoom_id(tx, event.meeting_id.0).await? {
        let Some(mut meeting) = meetings::lock(tx, company, id).await? else {
            continue;
        };
        if !hosted(tx, hearer, &meeting, event).await? {
            continue;
        }
        outcome = match event.change {
            MeetingChange::Started | MeetingChange::Ended => {
                let (uuid, session) = session(event, now);
                sessions::held(tx, (company, id), &uuid, &session, now).await?;
                tx.tell(Change::Booking(meeting.booking));
                "kept"
            }
            MeetingChange::Created => "our own doing",
            _ if echo(&meeting, event) => "our own doing",
            _ => {
                super::meetings::have_read(tx, &mut meeting, now).await?;
                "looked at"
            }
        };
    }
    Ok(outcome)
}

/// Whether the event is of the host whose meeting we know under this number, and of the app it was
/// made through.
async fn hosted(
    tx: &mut Tx,
    hearer: &Hearer,
    meeting: &Meeting,
    event: &MeetingEvent,
) -> Result<bool, Failure> {
    let connection = connections::get(tx, meeting.company, meeting.connection).await?;
    let Some(connection) = connection.filter(|connection| hearer.is_of(connection)) else {
        return Ok(false);
    };
    match &event.host_id {
        None => Ok(true),
        Some(host) if connection.zoom_user_id.is_empty() => {
            Ok(erasure::is_of_user(tx, meeting.company, meeting.connection, host).await?)
        }
        Some(host) => Ok(connection.zoom_user_id.eq_ignore_ascii_case(host)),
    }
}

fn session(event: &MeetingEvent, now: Timestamp) -> (String, Session) {
    let began = event.facts.start_time;
    let at = event.at.unwrap_or(now);
    let uuid = event.uuid.clone();
    // Without the id of the instance, its beginning tells it from others.
    let uuid = uuid.unwrap_or_else(|| began.unwrap_or(at).as_second().to_string());
    let session = match event.change {
        MeetingChange::Ended => Session {
            started_at: began,
            ended_at: Some(event.ended_at.unwrap_or(at)),
        },
        _ => Session {
            started_at: Some(began.unwrap_or(at)),
            ended_at: None,
        },
    };
    (uuid, session)
}

/// Whether Zoom only says again what it was told. What cannot be told apart is looked at.
fn echo(meeting: &Meeting, event: &MeetingEvent) -> bool {
    match event.change {
        MeetingChange::Updated => {
            let facts = &event.facts;
            let about_entry = facts.join_url || facts.passcode || facts.settings;
            let seen = Seen {
                topic: facts.topic.clone(),
                starts_at: facts.start_time,
                minutes: facts.duration_minutes.map(i64::from),
                zone: facts.time_zone.clone(),
            };
            let told = meeting.told.as_ref();
            !about_entry
                && meeting.drift.is_none()
                && told.is_some_and(|told| told.drift(&seen).is_none())
        }
        MeetingChange::Deleted | MeetingChange::PermanentlyDeleted => matches!(
            meeting.state,
            MeetingState::Removing | MeetingState::Removed | MeetingState::Detached
        ),
        MeetingChange::Recovered => meeting.state != MeetingState::Failed,
        MeetingChange::Created | MeetingChange::Started | MeetingChange::Ended => false,
    }
}
