//! Looking after connections: does Zoom still let us in, and is its user still the same?
//!
//! A connection with bookings ahead is asked daily, so that its person hears of a dead grant
//! before a booking does; any other before its refresh token ends unused. Asking refreshes.

use jiff::{SignedDuration, Timestamp};
use rooms_core::connection::{Connection, ConnectionStatus, NoticedBy};
use rooms_core::{CompanyId, ConnectionId};
use rooms_store::audit::Entry;
use rooms_store::events::{self, By};
use rooms_store::probes::{self, Due};
use rooms_store::{Tx, connections, notices};
use uuid::Uuid;
use zoom_client::{Class, User};

use super::limits::until;
use super::tokens::{self, Granted, NoAccess};
use super::{apps, disconnect};
use crate::app::App;
use crate::error::Failure;
use crate::jobs::{self, JobEnd};

/// How often a connection with bookings ahead is asked.
const DAILY: SignedDuration = SignedDuration::from_hours(24);
/// How old a refresh token may grow. Zoom's live 90 days; this leaves time for an outage.
const UNUSED: SignedDuration = SignedDuration::from_hours(24 * 75);
/// The longest pause between tries while Zoom does not answer.
const LONGEST_PAUSE: u64 = 3_600;

/// What people read when Zoom says so.
pub(super) const OTHER_ACCOUNT: &str = "The Zoom user belongs to another Zoom account now.";

/// Queues a probe of one connection, now.
pub(super) async fn queue_one(
    tx: &mut Tx,
    connection: &Connection,
    now: Timestamp,
) -> Result<(), rooms_store::Error> {
    let (id, company) = (connection.id.uuid(), Some(connection.company));
    rooms_store::jobs::enqueue(tx, jobs::PROBE, id, company, "", (now, now)).await
}

/// Queues a probe of every connection that is due; gives how many.
pub async fn queue_due(app: &App) -> Result<u64, rooms_store::Error> {
    let now = app.now();
    let before = |age| now.saturating_sub(age).unwrap_or(now);
    let due = Due {
        unheard_since: before(DAILY),
        unrenewed_since: before(UNUSED),
    };
    app.store()
        .write((due, now), |tx, (due, now)| {
            Box::pin(probes::queue(tx, jobs::PROBE, *due, *now))
        })
        .await
}

/// Asks Zoom how a connection stands.
pub(crate) async fn probe(app: &App, company: CompanyId, id: Uuid, attempts: i64) -> JobEnd {
    match ask(app, (company, ConnectionId::from_uuid(id)), attempts).await {
        Ok(end) => end,
        Err(failure) => JobEnd::again(app, &failure),
    }
}

async fn ask(
    app: &App,
    (company, id): (CompanyId, ConnectionId),
    attempts: i64,
) -> Result<JobEnd, Failure> {
    let connection = connections::get(&mut app.read().await?, company, id).await?;
    let Some(connection) = connection.filter(|c| c.status == ConnectionStatus::Active) else {
        return Ok(JobEnd::Done);
    };
    let Some(zoom) = apps::of(app, &connection).await? else {
        return Ok(JobEnd::Done);
    };
    let mut refused = None;
    loop {
        let granted = match tokens::access(app, &zoom, &connection, refused).await {
            Ok(granted) => granted,
            Err(none) => return no_access(app, none, attempts),
        };
        let error = match zoom.client.me(&granted.access).await {
            Ok(user) => {
                heard(app, connection, &granted, user).await?;
                return Ok(JobEnd::Done);
            }
            Err(error) => error,
        };
        let which = (&connection, granted.epoch);
        match error.class() {
            // Once more with another pair, since this one may just have been replaced.
            Class::TokenRejected if refused.is_none() => refused = Some(granted.version),
            Class::TokenRejected | Class::ReconnectNeeded => {
                let said = (&error, granted.renewing);
                disconnect::grant_refused(app, which, said, NoticedBy::Probe).await?;
                return Ok(JobEnd::Done);
            }
            Class::ScopeMissing(_) => {
                let why = disconnect::SCOPE_MISSING;
                disconnect::needs_attention(app, which, why, NoticedBy::Probe).await?;
                return Ok(JobEnd::Done);
            }
            Class::WaitUntil(wait) => {
                let at = until(app.now(), wait).unwrap_or_else(|| pause(app, attempts));
                return Ok(JobEnd::RetryAt(at, error.to_string()));
            }
            Class::TryAgain
            | Class::Unreadable
            | Class::OurConfiguration
            | Class::NotFound
            | Class::Refused => {
                return Ok(JobEnd::RetryAt(pause(app, attempts), error.to_string()));
            }
        }
    }
}

fn no_access(app: &App, none: NoAccess, attempts: i64) -> Result<JobEnd, Failure> {
    match none {
        NoAccess::Busy(until) => {
            let why = "tokens are renewed".to_owned();
            Ok(JobEnd::RetryAt(until, why))
        }
        NoAccess::Ended => Ok(JobEnd::Done),
        NoAccess::Later(why) | NoAccess::Misconfigured(why) => {
            Ok(JobEnd::RetryAt(pause(app, attempts), why))
        }
        NoAccess::Failed(failure) => Err(failure),
    }
}

/// The next try: twice as long each time, with some jitter, an hour at most.
fn pause(app: &App, attempts: i64) -> Timestamp {
    let base = (15_u64 << attempts.clamp(0, 8)).min(LONGEST_PAUSE);
    let seconds = base - base / 5 + app.entropy().below(base / 5);
    let pause = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(3_600));
    app.now().saturating_add(pause).unwrap_or(app.now())
}

/// Stores what Zoom says of its user, and tells what has changed.
async fn heard(
    app: &App,
    before: Connection,
    granted: &Granted,
    user: User,
) -> Result<(), Failure> {
    let after = Connection {
        zoom_account_id: user
            .account_id
            .unwrap_or_else(|| before.zoom_account_id.clone()),
        zoom_email: user.email.unwrap_or_else(|| before.zoom_email.clone()),
        zoom_name: user
            .display_name
            .unwrap_or_else(|| before.zoom_name.clone()),
        zoom_licensed: user.kind.map(|kind| kind == 2).or(before.zoom_licensed),
        epoch: granted.epoch,
        ..before.clone()
    };
    app.store()
        .write((before, after, app.now()), |tx, (before, after, now)| {
            Box::pin(async move {
                if probes::answered(tx, after, *now).await? {
                    tell(tx, before, after, *now).await?;
                }
                Ok::<_, rooms_store::Error>(())
            })
        })
        .await?;
    Ok(())
}

async fn tell(
    tx: &mut Tx,
    before: &Connection,
    after: &Connection,
    now: Timestamp,
) -> Result<(), rooms_store::Error> {
    let (company, person) = (after.company, after.person);
    let changed = |what: &str| {
        Entry::new(company, By::Zoom, "zoom.changed", after.id, now)
            .with("person", person.to_string())
            .with("what", what)
    };
    if before.zoom_email != after.zoom_email {
        let detail = format!("The Zoom account is {} now.", after.zoom_email);
        events::record(tx, changed("address"), person.uuid(), &detail).await?;
    }
    if before.zoom_account_id != after.zoom_account_id {
        events::record(tx, changed("account"), person.uuid(), OTHER_ACCOUNT).await?;
    }
    if before.zoom_licensed != after.zoom_licensed {
        let basic = after.zoom_licensed == Some(false);
        let detail = if basic {
            "The Zoom account is Basic now: Zoom ends meetings after 40 minutes."
        } else {
            "The Zoom account is licensed now: meetings last as long as they are booked."
        };
        events::record(tx, changed("licence"), person.uuid(), detail).await?;
        if basic {
            let about = after.id.uuid();
            notices::insert(tx, (company, person), "zoom.basic", about, detail, now).await?;
        }
    }
    Ok(())
}
