//! Connecting a Zoom account: leaving for Zoom with a signed state and PKCE, and coming back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use rooms_core::connection::{Connection, ConnectionStatus, HostsFor, missing_scopes};
use rooms_core::{Actor, ConnectionId, MeetingRecordId, PersonState, SessionId, ZoomAppId};
use rooms_store::audit::Entry;
use rooms_store::connections::{self, Pair};
use rooms_store::events::{self, By};
use rooms_store::oauth::{self, OauthAttempt};
use rooms_store::zoom_apps::{self, AppState};
use rooms_store::{Sealer, Tx, companies, notices, people};
use url::Url;
use zoom_client::{Access, Class};

use super::{apps, disconnect, leave, probes, returning, revocation, tokens};
use crate::app::{App, ZoomApp};
use crate::error::Failure;
use crate::people::permission_of;
use crate::people::sessions::Visitor;
use crate::{jobs, secret};

/// How long somebody may stay at Zoom.
pub const STATE_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// The path Zoom sends people back to.
pub const CALLBACK: &str = "/zoom_callback";

/// What keyed hashes of states are for.
const STATE: &str = "oauth state";

/// Where Zoom sends people back to.
#[must_use]
pub fn redirect_uri(app: &App) -> String {
    app.link(CALLBACK)
}

/// Sends somebody to Zoom: the address to go to. The state in it is bound to the session.
pub async fn begin(app: &App, visitor: &Visitor) -> Result<Url, Failure> {
    let zoom = apps::current(app, visitor.actor.company)
        .await?
        .ok_or(Failure::Conflict("Zoom is not set up on this server"))?;
    if !visitor.actor.may_connect {
        return Err(Failure::Forbidden(
            "you do not have the permission to connect apps",
        ));
    }
    let verifier = secret::token(app.entropy(), "");
    let state = sign(
        app.sealer(),
        &secret::token(app.entropy(), ""),
        visitor.session,
    );
    let now = app.now();
    let attempt = OauthAttempt {
        company: visitor.actor.company,
        person: visitor.actor.person,
        session: visitor.session,
        verifier: verifier.clone(),
        client_id: Some(zoom.client.client_id().to_owned()),
        expires_at: now.saturating_add(STATE_LIFE).unwrap_or(now),
        used_at: None,
    };
    let input = (secret::hash(state.as_bytes()), attempt, now);
    app.store()
        .write(input, |tx, (state_hash, attempt, now)| {
            Box::pin(oauth::begin(tx, state_hash, attempt, *now))
        })
        .await?;
    let challenge = zoom_client::pkce::challenge(&verifier);
    Ok(zoom
        .client
        .authorize_url(&redirect_uri(app), &state, &challenge))
}

/// The state: a random part, and a keyed hash of it with the session it belongs to.
fn sign(sealer: &Sealer, random: &str, session: SessionId) -> String {
    format!(
        "{random}.{}",
        URL_SAFE_NO_PAD.encode(sealer.mac(STATE, signed(random, session).as_bytes()))
    )
}

/// What the keyed hash of a state is over.
fn signed(random: &str, session: SessionId) -> String {
    format!("{random}.{session}")
}

fn is_signed_for(sealer: &Sealer, state: &str, session: SessionId) -> bool {
    let Some((random, hash)) = state.rsplit_once('.') else {
        return false;
    };
    let Ok(hash) = URL_SAFE_NO_PAD.decode(hash) else {
        return false;
    };
    sealer.verifies(STATE, signed(random, session).as_bytes(), &hash)
}

/// What came back from Zoom in the query.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The authorization code.
    pub code: Option<String>,
    /// The state that was sent along.
    pub state: Option<String>,
    /// What went wrong (RFC 6749, 4.1.2.1).
    pub error: Option<String>,
}

/// Why nothing was connected.
#[derive(Debug, thiserror::Error)]
pub enum NotConnected {
    /// Nobody is signed in here.
    #[error("nobody is signed in")]
    SignedOut,
    /// No app is set up here.
    #[error("no Zoom app is set up")]
    NotConfigured,
    /// The person may not connect apps.
    #[error("the person may not connect apps")]
    NotAllowed,
    /// It was begun in the Marketplace: there is a code, and no state of ours.
    #[error("begun in the Marketplace")]
    NoState,
    /// The state is not one of ours.
    #[error("the state is not ours")]
    ForeignState,
    /// The state belongs to another session or person.
    #[error("the state belongs to another session")]
    OtherSession,
    /// The state was used before.
    #[error("the state was used before")]
    Replayed,
    /// It took longer than [`STATE_LIFE`].
    #[error("the state has expired")]
    Expired,
    /// The person chose Decline at Zoom.
    #[error("declined at Zoom")]
    Declined,
    /// Zoom answered with another error.
    #[error("Zoom answered {0}")]
    Refused(String),
    /// Zoom sent neither a code nor an error.
    #[error("Zoom sent nothing to go on with")]
    NoCode,
    /// Zoom does not accept the code: it was used, or is older than five minutes.
    #[error("Zoom did not accept the code")]
    CodeRejected,
    /// Permissions that are needed were not given.
    #[error("permissions are missing: {0:?}")]
    ScopesMissing(Vec<&'static str>),
    /// Zoom does not answer, or not sensibly.
    #[error("Zoom does not answer: {0}")]
    ZoomDown(String),
    /// Client id, secret or redirect address do not fit what Zoom has.
    #[error("the configuration does not fit what Zoom has: {0}")]
    Misconfigured(String),
    /// Something here failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<rooms_store::Error> for NotConnected {
    fn from(error: rooms_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Comes back from Zoom: checks the state, fetches tokens and account, stores the connection.
pub async fn complete(
    app: &App,
    visitor: Option<&Visitor>,
    answer: &Answer,
) -> Result<Connection, NotConnected> {
    let visitor = visitor.ok_or(NotConnected::SignedOut)?;
    let company = visitor.actor.company;
    let now_ours = apps::current(app, company).await?;
    let now_ours = now_ours.ok_or(NotConnected::NotConfigured)?;
    let Some(state) = answer.state.as_deref().filter(|state| !state.is_empty()) else {
        return Err(match &answer.error {
            Some(error) if error == "access_denied" => NotConnected::Declined,
            _ if answer.code.is_some() => NotConnected::NoState,
            Some(error) => NotConnected::Refused(error.clone()),
            None => NotConnected::NoCode,
        });
    };
    let now = app.now();
    let state_hash = secret::hash(state.as_bytes());
    let attempt = {
        let mut tx = app.read().await?;
        oauth::get(&mut tx, &state_hash)
            .await?
            .ok_or(NotConnected::ForeignState)?
    };
    // A state of another session is not used up: its owner may still come back with it.
    if attempt.session != visitor.session || attempt.person != visitor.actor.person {
        return Err(NotConnected::OtherSession);
    }
    if !is_signed_for(app.sealer(), state, visitor.session) {
        return Err(NotConnected::ForeignState);
    }
    let first = app
        .store()
        .write((state_hash, now), |tx, (state_hash, now)| {
            Box::pin(oauth::use_up(tx, state_hash, *now))
        })
        .await?;
    if !first {
        return Err(NotConnected::Replayed);
    }
    if attempt.expires_at <= now {
        return Err(NotConnected::Expired);
    }
    if let Some(error) = &answer.error {
        return Err(match error.as_str() {
            "access_denied" => NotConnected::Declined,
            other => NotConnected::Refused(other.to_owned()),
        });
    }
    if !visitor.actor.may_connect {
        return Err(NotConnected::NotAllowed);
    }
    let code = answer
        .code
        .as_deref()
        .filter(|c| !c.is_empty())
        .ok_or(NotConnected::NoCode)?;
    let zoom = match attempt.client_id.as_deref() {
        None => now_ours,
        Some(left_with) => apps::of_client(app, company, left_with)
            .await?
            .filter(|zoom| zoom.client.client_id() == left_with)
            // The app was taken away meanwhile.
            .ok_or(NotConnected::Expired)?,
    };
    grant(app, &zoom, &visitor.actor, code, &attempt.verifier).await
}

async fn grant(
    app: &App,
    zoom: &ZoomApp,
    actor: &Actor,
    code: &str,
    verifier: &str,
) -> Result<Connection, NotConnected> {
    let granted = zoom
        .client
        .exchange_code(code, &redirect_uri(app), verifier)
        .await;
    let granted = granted.map_err(|error| because(&error))?;
    note_scopes(app, zoom, &granted.scopes).await?;
    let missing = missing_scopes(&granted.scopes);
    if !missing.is_empty() {
        give_back(app, zoom, granted.access_token).await;
        return Err(NotConnected::ScopesMissing(missing));
    }
    let now = app.now();
    let access = Access {
        token: granted.access_token.clone(),
        api_url: granted.api_url.clone(),
        caller: None,
    };
    let user = match zoom.client.me(&access).await {
        Ok(user) => user,
        Err(error) => {
            give_back(app, zoom, granted.access_token).await;
            return Err(because(&error));
        }
    };
    let connection = Connection {
        id: ConnectionId::from_uuid(app.new_id()),
        company: actor.company,
        person: actor.person,
        client_id: zoom.client.client_id().to_owned(),
        zoom_user_id: user.id,
        zoom_account_id: user.account_id.unwrap_or_default(),
        zoom_email: user.email.unwrap_or_default(),
        zoom_name: user.display_name.unwrap_or_default(),
        zoom_licensed: user.kind.map(|kind| kind == 2),
        name: None,
        preferred_at: None,
        hosts_for: HostsFor::Owner,
        scopes: granted.scopes.clone(),
        api_url: granted.api_url.as_ref().map(Url::to_string),
        status: ConnectionStatus::Active,
        attention: None,
        epoch: 1,
        granted_at: granted.server_time.unwrap_or(now),
        connected_at: now,
        disconnected_at: None,
        disconnected_by: None,
        noticed_by: None,
    };
    let pair = tokens::pair(&granted, now);
    let input = (actor.clone(), (connection, pair), zoom.own, now);
    let stored = app
        .store()
        .write(input, |tx, (actor, granted, own, now)| {
            Box::pin(async move {
                if let Some(own) = own {
                    still_used(tx, actor, *own).await?;
                }
                store(tx, actor, granted, *now).await
            })
        })
        .await;
    match stored {
        Err(Failure::Stale) => {
            give_back(app, zoom, granted.access_token).await;
            Err(NotConnected::Expired)
        }
        Err(Failure::Forbidden(_)) => {
            give_back(app, zoom, granted.access_token).await;
            Err(NotConnected::NotAllowed)
        }
        // Nothing is given back: it would be the other one's.
        Err(Failure::Conflict(TAKEN_ELSEWHERE)) => Err(NotConnected::CodeRejected),
        stored => Ok(stored?),
    }
}

/// Refuses a grant to the company's own app when that was removed meanwhile: whoever removes it has
/// the company's lock, and ends the connections there are.
async fn still_used(tx: &mut Tx, actor: &Actor, own: ZoomAppId) -> Result<(), Failure> {
    companies::lock(tx, actor.company).await?;
    let current = zoom_apps::current(tx, actor.company).await?;
    match current {
        Some(current) if current.id == own && current.state == AppState::Active => Ok(()),
        _ => Err(Failure::Stale),
    }
}

/// Remembers what a grant gave, enough or not: whoever sets the app up sees what is missing.
async fn note_scopes(app: &App, zoom: &ZoomApp, scopes: &[String]) -> Result<(), Failure> {
    let client_id = zoom.client.client_id().to_owned();
    let input = ((zoom.own, client_id), scopes.to_vec(), app.now());
    app.store()
        .write(input, |tx, ((own, client_id), scopes, now)| {
            Box::pin(zoom_apps::granted(tx, (*own, client_id), scopes, *now))
        })
        .await?;
    Ok(())
}

/// Somebody may have lost the permission on their way to Zoom and back. Whoever takes it away locks
/// the company first and ends the connections there are, so under that lock it is certain.
async fn still_allowed(tx: &mut Tx, actor: &Actor) -> Result<(), Failure> {
    companies::lock(tx, actor.company).await?;
    let company = companies::get(tx, actor.company).await?;
    let person = people::get(tx, actor.company, actor.person).await?;
    let (company, person) = company
        .zip(person)
        .filter(|(_, person)| person.state == PersonState::Active)
        .ok_or(Failure::Forbidden("you are not here any more"))?;
    let permission = permission_of(tx, company.connect_policy, &person).await?;
    if permission.is_given() {
        Ok(())
    } else {
        Err(Failure::Forbidden("you may not connect apps"))
    }
}

/// Why a grant is not stored.
const TAKEN_ELSEWHERE: &str = "the same Zoom account was connected elsewhere meanwhile";

async fn store(
    tx: &mut Tx,
    actor: &Actor,
    (granted, pair): &(Connection, Pair),
    now: Timestamp,
) -> Result<Connection, Failure> {
    still_allowed(tx, actor).await?;
    // Zoom has just ended every earlier grant of this user to this app, whoever has it. In the order
    // of their ids, as everybody who locks several does.
    let mut again = None;
    let known = connections::of_zoom_user(tx, &granted.client_id, &granted.zoom_user_id).await?;
    // One that was given later may be stored first: then it is this one that has ended.
    let newer = known.iter().find(|c| c.granted_at > granted.granted_at);
    if let Some(newer) = newer {
        return if (newer.company, newer.person) == (actor.company, actor.person) {
            Ok(newer.clone())
        } else {
            Err(Failure::Conflict(TAKEN_ELSEWHERE))
        };
    }
    for earlier in known {
        if (earlier.company, earlier.person) == (actor.company, actor.person) {
            again = Some(regrant(tx, earlier, granted, pair, now).await?);
        } else {
            let why = if earlier.company == actor.company {
                format!(
                    "{} connected the same Zoom account, so Zoom ended this connection.",
                    actor.name
                )
            } else {
                "The same Zoom account was connected elsewhere, so Zoom ended this connection."
                    .to_owned()
            };
            disconnect::set_needs_attention(tx, &earlier, &why, now).await?;
        }
    }
    if again.is_none() {
        again = moved_here(tx, granted, pair, now).await?;
    }
    let connection = if let Some(again) = again {
        again
    } else {
        connections::insert(tx, granted, pair).await?;
        granted.clone()
    };
    leave::connected_again(tx, &connection, now).await?;
    returning::take_back(tx, &connection, now).await?;
    let by = By::Person(actor.person);
    let entry = Entry::new(actor.company, by, "zoom.connected", connection.id, now)
        .with("person", actor.person.to_string());
    events::record(tx, entry, actor.person.uuid(), &granted.zoom_email).await?;
    notices::dismiss_about(tx, actor.company, actor.person, connection.id.uuid(), now).await?;
    Ok(connection)
}

/// Whoever connects a Zoom user again after their company went over to another app goes on with the
/// connection they have: it moves to that app, and the old grant is given back.
async fn moved_here(
    tx: &mut Tx,
    granted: &Connection,
    pair: &Pair,
    now: Timestamp,
) -> Result<Option<Connection>, Failure> {
    let whose = (granted.company, granted.person);
    let (user, client_id) = (&granted.zoom_user_id, &granted.client_id);
    let earlier = connections::through_another_app(tx, whose, user, client_id).await?;
    let Some(earlier) = earlier else {
        return Ok(None);
    };
    // Under an id of its own: what becomes of the connection later does not touch this.
    let subject = tx.new_id(now);
    revocation::queue(tx, &earlier, subject, now).await?;
    regrant(tx, earlier, granted, pair, now).await.map(Some)
}

/// Gives a connection of the same Zoom user the new grant, and resumes what waited for it.
async fn regrant(
    tx: &mut Tx,
    earlier: Connection,
    granted: &Connection,
    pair: &Pair,
    now: Timestamp,
) -> Result<Connection, Failure> {
    let again = Connection {
        id: earlier.id,
        name: earlier.name,
        preferred_at: earlier.preferred_at,
        hosts_for: earlier.hosts_for,
        connected_at: earlier.connected_at,
        ..granted.clone()
    };
    connections::regrant(tx, &again, pair).await?;
    if earlier.zoom_account_id != again.zoom_account_id {
        let subject = (again.company, again.person.uuid());
        let detail = probes::OTHER_ACCOUNT;
        events::insert(tx, subject, "zoom.changed", By::Zoom, detail, now).await?;
        returning::look_at_all(tx, (again.company, again.id), now).await?;
    }
    for meeting in rooms_store::meetings::of_connection(tx, again.company, again.id).await? {
        let id: MeetingRecordId = meeting.id;
        jobs::queue_meeting(tx, again.company, id, now).await?;
    }
    Ok(again)
}

/// What Zoom's refusal means to the person.
fn because(error: &zoom_client::Error) -> NotConnected {
    tracing::warn!(
        zoom.operation = error.operation(),
        zoom.status = error.status(),
        zoom.code = error.code(),
        zoom.tracking_id = error.tracking_id(),
        "Zoom did not complete a connection"
    );
    match error.class() {
        Class::OurConfiguration => NotConnected::Misconfigured(error.to_string()),
        Class::ReconnectNeeded | Class::TokenRejected | Class::Refused | Class::NotFound => {
            NotConnected::CodeRejected
        }
        Class::ScopeMissing(_) => NotConnected::ScopesMissing(missing_scopes(&[])),
        Class::TryAgain | Class::WaitUntil(_) | Class::Unreadable => {
            NotConnected::ZoomDown(error.to_string())
        }
    }
}

/// Gives an unused grant back, so that nothing of it stays at Zoom.
async fn give_back(app: &App, zoom: &ZoomApp, token: secrecy::SecretString) {
    let client = zoom.client.clone();
    let given = app
        .tasks()
        .spawn(async move { client.revoke(&token).await })
        .await;
    if !matches!(given, Ok(Ok(()))) {
        tracing::warn!("an unused grant could not be given back; it ends by itself");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rooms_core::Entropy;
    use rooms_store::{MasterKey, MasterKeys};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_state_is_signed_for_its_session() {
        let sealer = Sealer::new(MasterKey::from_bytes([1; 32]), Arc::new(Entropy::seeded(1)));
        let session = |n| SessionId::from_uuid(Uuid::from_u128(n));
        let state = sign(&sealer, "abc", session(1));
        assert!(is_signed_for(&sealer, &state, session(1)));
        assert!(!is_signed_for(&sealer, &state, session(2)));
        assert!(!is_signed_for(
            &sealer,
            &state.replace("abc", "abd"),
            session(1)
        ));
        assert!(!is_signed_for(&sealer, "abc", session(1)));
        assert!(!is_signed_for(&sealer, "", session(1)));
    }

    #[test]
    fn a_state_holds_when_the_master_key_is_changed_meanwhile() {
        let key = |byte| MasterKey::from_bytes([byte; 32]);
        let ring = |sealing, other| {
            let (sealing, other) = (key(sealing), Some(key(other)));
            Sealer::new(MasterKeys { sealing, other }, Arc::new(Entropy::seeded(1)))
        };
        let session = SessionId::from_uuid(Uuid::from_u128(1));
        let before = sign(&ring(1, 2), "abc", session);
        let after = sign(&ring(2, 1), "abc", session);
        for state in [&before, &after] {
            assert!(is_signed_for(&ring(1, 2), state, session));
            assert!(is_signed_for(&ring(2, 1), state, session));
        }
        assert!(!is_signed_for(&ring(2, 3), &before, session));
    }
}
