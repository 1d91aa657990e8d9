//! Looking at one host: its meetings at Zoom against our records.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::SignedDuration;
use rooms_core::connection::{Connection, ConnectionStatus};
use rooms_core::reconciliation::{self, Listed, Look};
use rooms_core::{CompanyId, ConnectionId, MeetingRecordId, ReconciliationId, Zone};
use rooms_store::events::{self, By};
use rooms_store::reconciliations::findings::{self, Note};
use rooms_store::reconciliations::{self, Looked, Record};
use rooms_store::{connections, rooms};
use uuid::Uuid;
use zoom_client::MeetingSummary;

use super::reach::{self, Trouble};
use super::words;
use crate::app::{App, ZoomApp};
use crate::error::Failure;
use crate::jobs::JobEnd;
use crate::zoom::{apps, marker};

/// What changed so shortly before the look is not judged: Zoom's list may lag behind.
const SETTLES: SignedDuration = SignedDuration::from_secs(10);
/// How long Zoom lists a meeting after its time, and a day more.
const LISTED_AFTER: SignedDuration = SignedDuration::from_hours(24 * 31);
/// How often a host is asked before the run goes on without it.
const TRIES: i64 = 6;
/// How long a run waits for a host that Zoom wants to be left alone.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);
/// How many findings are recorded in one transaction.
const AT_ONCE: usize = 250;

/// Looks at one host for a run, whose id is the payload.
pub(crate) async fn look(
    app: &App,
    company: CompanyId,
    connection: Uuid,
    payload: &str,
    attempts: i64,
) -> JobEnd {
    let Ok(run) = payload.parse::<ReconciliationId>() else {
        return JobEnd::GiveUp("the run cannot be read".to_owned());
    };
    let whose = (company, run, ConnectionId::from_uuid(connection));
    let looked = match compared(app, whose, attempts).await {
        Ok(Some(meetings)) => Looked::Compared(meetings),
        Ok(None) => return JobEnd::Done,
        Err(Trouble::Later(at, why))
            if attempts < TRIES && at.duration_since(app.now()) < LONGEST_WAIT =>
        {
            return JobEnd::RetryAt(at, why);
        }
        Err(Trouble::Later(_, why) | Trouble::Needs(why)) => Looked::Unreachable(why),
        Err(Trouble::Failed(failure)) => return JobEnd::again(app, &failure),
    };
    match done(app, whose, looked).await {
        Ok(()) => JobEnd::Done,
        Err(failure) => JobEnd::again(app, &failure),
    }
}

type Whose = (CompanyId, ReconciliationId, ConnectionId);

/// Compares a host and records what differs; gives how many meetings there were at Zoom, or nothing
/// where the run no longer waits for this host.
async fn compared(app: &App, whose: Whose, attempts: i64) -> Result<Option<usize>, Trouble> {
    let (company, run, id) = whose;
    let (connection, zone) = {
        let mut tx = app.read().await?;
        if !reconciliations::waiting(&mut tx, company, run)
            .await?
            .contains(&id)
        {
            return Ok(None);
        }
        let sites = rooms::sites(&mut tx, company).await?;
        let zone = sites.into_iter().next().map(|site| site.zone);
        (connections::get(&mut tx, company, id).await?, zone)
    };
    let connection = connection.filter(|c| c.status == ConnectionStatus::Active);
    let gone = || Trouble::Needs("Zoom is not connected any more.".to_owned());
    let connection = connection.ok_or_else(gone)?;
    let zoom = apps::of(app, &connection).await?.ok_or_else(gone)?;
    let began = app.now();
    let listed = list(app, &zoom, &connection, attempts).await?;
    let look = Look {
        connection: id,
        before: began.saturating_sub(SETTLES).unwrap_or(began),
        now: began,
    };
    let records = records(app, company, &look, &listed).await?;
    let zone = zone.unwrap_or_else(|| Zone::stored("UTC"));
    let notes = differences(&look, &records, &listed, (&connection.zoom_email, &zone));
    record(app, whose, notes).await?;
    Ok(Some(listed.len()))
}

async fn list(
    app: &App,
    zoom: &ZoomApp,
    connection: &Connection,
    attempts: i64,
) -> Result<Vec<Listed>, Trouble> {
    let granted = reach::granted(app, zoom, connection, attempts).await?;
    match zoom.client.scheduled_meetings(&granted.access).await {
        Ok(meetings) => Ok(meetings.into_iter().map(|m| listed(app, m)).collect()),
        Err(error) => {
            let whose = (connection, &granted);
            Err(reach::refused(app, zoom, whose, &error, attempts).await)
        }
    }
}

fn listed(app: &App, meeting: MeetingSummary) -> Listed {
    let agenda = meeting.agenda.unwrap_or_default();
    Listed {
        zoom_id: meeting.id.0,
        mark: marker::read(app.sealer(), &agenda).map(|mark| mark.meeting),
        topic: meeting.topic,
        starts_at: meeting.start_time,
        minutes: meeting.duration_minutes.map(i64::from),
        created_at: meeting.created_at,
    }
}

/// The host's records, and every other one that a mark names.
async fn records(
    app: &App,
    company: CompanyId,
    look: &Look,
    listed: &[Listed],
) -> Result<Vec<Record>, Failure> {
    let mut tx = app.read().await?;
    let ending_after = look.now.saturating_sub(LISTED_AFTER).unwrap_or(look.now);
    let since = (ending_after, look.before);
    let mut records =
        reconciliations::records_of_host(&mut tx, company, look.connection, since).await?;
    let known: HashSet<MeetingRecordId> = records.iter().map(|r| r.recorded.id).collect();
    let marks = listed.iter().filter_map(|meeting| meeting.mark);
    let others: BTreeSet<MeetingRecordId> = marks.filter(|mark| !known.contains(mark)).collect();
    let others: Vec<MeetingRecordId> = others.into_iter().collect();
    records.extend(reconciliations::records(&mut tx, company, &others, look.before).await?);
    Ok(records)
}

/// What differs, in words.
fn differences(
    look: &Look,
    records: &[Record],
    listed: &[Listed],
    host: (&str, &Zone),
) -> Vec<Note> {
    let recorded: Vec<_> = records.iter().map(|r| r.recorded.clone()).collect();
    let by_id: HashMap<_, _> = records.iter().map(|r| (r.recorded.id, r)).collect();
    let there: HashMap<_, _> = listed.iter().map(|m| (m.zoom_id, m)).collect();
    reconciliation::compare(look, &recorded, listed)
        .iter()
        .map(|finding| {
            let record = finding.record.and_then(|id| by_id.get(&id).copied());
            let meeting = there.get(&finding.zoom_id).copied();
            words::note(finding, record, meeting, host)
        })
        .collect()
}

async fn record(app: &App, whose: Whose, notes: Vec<Note>) -> Result<(), Failure> {
    for some in notes.chunks(AT_ONCE) {
        app.store()
            .write(
                (whose, some.to_vec(), app.now()),
                |tx, (whose, notes, now)| {
                    Box::pin(async move {
                        for note in notes {
                            findings::note(tx, *whose, note, *now).await?;
                        }
                        Ok::<_, Failure>(())
                    })
                },
            )
            .await?;
    }
    Ok(())
}

/// Ends the look at a host; the last one ends the run.
async fn done(app: &App, whose: Whose, looked: Looked) -> Result<(), Failure> {
    app.store()
        .write((whose, looked, app.now()), |tx, (whose, looked, now)| {
            Box::pin(async move {
                if matches!(looked, Looked::Compared(_)) {
                    findings::not_seen(tx, *whose, *now).await?;
                }
                if reconciliations::host_done(tx, *whose, looked, *now).await? {
                    let subject = (whose.0, whose.1.uuid());
                    let kind = "reconciliation.finished";
                    events::insert(tx, subject, kind, By::System, "", *now).await?;
                }
                Ok::<_, Failure>(())
            })
        })
        .await
}
