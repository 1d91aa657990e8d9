//! Access to Zoom for a connection: the stored token while it holds, else one refresh at a time.
//!
//! A refresh token works once, so whoever refreshes first takes a lease in the database, also
//! across processes; the new pair is stored before it is used. A refresh whose answer was lost is
//! tried again with the same token; if Zoom calls it dead then, the person connects again.

use jiff::{SignedDuration, Timestamp};
use rooms_core::connection::{Connection, NoticedBy};
use rooms_core::planted::{Bug, planted};
use rooms_core::{CompanyId, ConnectionId};
use rooms_store::connections::{self, Pair};
use rooms_store::meetings;
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use zoom_client::watch::Caller;
use zoom_client::{Access, Class, Tokens};

use super::{disconnect, revocation};
use crate::app::{App, ZoomApp};
use crate::error::Failure;

/// A token is renewed when it has less than this left.
const FRESH_FOR: SignedDuration = SignedDuration::from_mins(2);
/// How long a refresh may take before another one may try.
const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// How soon to look again whether another's refresh has ended.
const SOON: SignedDuration = SignedDuration::from_secs(1);

/// How long after a refresh that failed nobody tries another.
const PAUSE: SignedDuration = SignedDuration::from_secs(10);

/// Why there is no access now.
#[derive(Debug)]
pub enum NoAccess {
    /// Another worker is refreshing, or Zoom has just not answered one; then there may be.
    Busy(Timestamp),
    /// Zoom cannot be asked now; later there may be.
    Later(String),
    /// The connection is not active any more.
    Ended,
    /// The operator's configuration is wrong; no connection suffers for it.
    Misconfigured(String),
    /// The database failed.
    Failed(Failure),
}

impl From<rooms_store::Error> for NoAccess {
    fn from(error: rooms_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Failure> for NoAccess {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Access, with which pair it comes from.
#[derive(Debug)]
pub struct Granted {
    /// What opens Zoom's API.
    pub access: Access,
    /// Which pair it is.
    pub version: i64,
    /// The connection's epoch.
    pub epoch: i64,
    /// Whether Zoom has just given it in place of one it had refused.
    pub renewed: bool,
    /// Whether a renewal of this pair was begun before, and came to no end that we know of.
    pub renewing: bool,
}

/// Gets access for a connection. With `refused`, the pair Zoom has just refused is not used again.
pub async fn access(
    app: &App,
    zoom: &ZoomApp,
    connection: &Connection,
    refused: Option<i64>,
) -> Result<Granted, NoAccess> {
    let whose = (connection.company, connection.id);
    let stored = {
        let mut tx = app.read().await?;
        connections::tokens(&mut tx, whose.0, whose.1)
            .await?
            .ok_or(NoAccess::Ended)?
    };
    let now = app.now();
    let left = stored.pair.access_expires_at.duration_since(now);
    if left > FRESH_FOR && refused != Some(stored.version) {
        return Ok(Granted {
            access: access_from(connection, &stored.pair, stored.api_url.as_deref()),
            version: stored.version,
            epoch: stored.epoch,
            renewed: false,
            renewing: stored.refreshing_until.is_some(),
        });
    }
    let input = (whose, stored.version, app.clone());
    let lease = app
        .store()
        .write(input, |tx, (whose, version, app)| {
            Box::pin(async move {
                // It counts from when it is taken, however long the transaction waited.
                let now = app.now();
                let until = now.saturating_add(LEASE).unwrap_or(now);
                let leased = connections::lease_refresh(tx, *whose, *version, until, now).await?;
                Ok::<_, rooms_store::Error>(leased.then_some(until))
            })
        })
        .await?;
    let lease = match lease {
        Some(lease) => lease,
        None if planted(Bug::RefreshTwice) => now,
        None => return Err(NoAccess::Busy(free_at(stored.refreshing_until, now))),
    };
    let refresh_token = SecretString::from(stored.pair.refresh_token);
    match zoom.client.refresh(&refresh_token).await {
        Ok(tokens) => {
            let pair = pair(&tokens, now);
            let api_url = tokens.api_url.as_ref().map(Url::to_string);
            let access = access_from(connection, &pair, api_url.as_deref());
            let said = (api_url, tokens.scopes.clone());
            let input = (whose, stored.version, pair, said, app.now());
            let kept = app
                .store()
                .write(
                    input,
                    |tx, (whose, version, pair, (api_url, scopes), now)| {
                        Box::pin(async move {
                            let about = (api_url.as_deref(), scopes.as_slice());
                            let kept =
                                connections::refreshed(tx, *whose, *version, pair, about).await?;
                            if !kept {
                                revocation::hand_back(tx, *whose, pair, *now).await?;
                            }
                            Ok::<_, Failure>(kept)
                        })
                    },
                )
                .await?;
            if kept {
                Ok(Granted {
                    access,
                    version: stored.version + 1,
                    epoch: stored.epoch,
                    renewed: refused == Some(stored.version),
                    renewing: false,
                })
            } else {
                Err(NoAccess::Ended)
            }
        }
        Err(error) => {
            let why = error.to_string();
            match error.class() {
                Class::ReconnectNeeded | Class::TokenRejected => {
                    let which = (connection, stored.epoch);
                    let said = (&error, stored.refreshing_until.is_some());
                    disconnect::grant_refused(app, which, said, NoticedBy::Refresh).await?;
                    Err(NoAccess::Ended)
                }
                Class::OurConfiguration => {
                    postpone(app, whose, (stored.version, lease), MISCONFIGURED).await?;
                    Err(NoAccess::Misconfigured(why))
                }
                _ => {
                    postpone(app, whose, (stored.version, lease), SILENT).await?;
                    Err(NoAccess::Later(why))
                }
            }
        }
    }
}

/// What a person reads when Zoom no longer accepts a connection.
pub const GRANT_DEAD: &str = "Zoom asks you to sign in again.";

/// What a person reads while Zoom is silent.
pub const SILENT: &str = "Zoom does not answer.";

/// What a person reads when Zoom refuses the app itself, the operator's or the company's own.
pub const MISCONFIGURED: &str =
    "Zoom does not accept the app of this connection. An administrator has to look.";

/// When to ask again while somebody else may refresh: a refresh takes a moment, and after one that
/// failed nobody may for a while.
fn free_at(refreshing_until: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let soon = now.saturating_add(SOON).unwrap_or(now);
    let postponed = now.saturating_add(PAUSE).unwrap_or(now);
    let until = refreshing_until.filter(|until| *until <= postponed);
    until.map_or(soon, |until| until.max(soon))
}

/// What a person reads when Zoom declines a request, in Zoom's own words.
pub(super) fn declined(error: &zoom_client::Error) -> String {
    let said = error.zoom_message().unwrap_or("no reason");
    format!("Zoom declined: {}.", said.trim_end_matches('.'))
}

/// Lets the next refresh wait, so that the many who want one do not ask one after the other; what
/// waits for it says why.
async fn postpone(
    app: &App,
    whose: (CompanyId, ConnectionId),
    held: (i64, Timestamp),
    why: &'static str,
) -> Result<(), NoAccess> {
    let now = app.now();
    let until = now.saturating_add(PAUSE).unwrap_or(now);
    let input = (whose, held, (why, until), now);
    app.store()
        .write(input, |tx, (whose, held, (why, until), now)| {
            Box::pin(async move {
                connections::postpone_refresh(tx, *whose, *held, *until).await?;
                meetings::hold_up(tx, *whose, (why, Some(*until)), *now).await
            })
        })
        .await
        .map_err(NoAccess::from)
}

/// The pair to store from Zoom's answer.
pub(super) fn pair(tokens: &Tokens, now: Timestamp) -> Pair {
    let life = SignedDuration::try_from(tokens.expires_in).unwrap_or(SignedDuration::ZERO);
    Pair {
        access_token: tokens.access_token.expose_secret().to_owned(),
        refresh_token: tokens.refresh_token.expose_secret().to_owned(),
        access_expires_at: now.saturating_add(life).unwrap_or(now),
    }
}

/// Access from a pair in clear.
fn access_from(connection: &Connection, pair: &Pair, api_url: Option<&str>) -> Access {
    let (user, account) = (&connection.zoom_user_id, &connection.zoom_account_id);
    Access {
        token: SecretString::from(pair.access_token.clone()),
        api_url: api_url.and_then(|url| Url::parse(url).ok()),
        caller: Some(Caller {
            user_id: user.clone(),
            // Where Zoom did not name it, the user stands for it.
            account_id: if account.is_empty() { user } else { account }.clone(),
            licensed: connection.zoom_licensed,
        }),
    }
}
