//! Sessions: what a cookie carries, for how long, in which browsers, and how it ends.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use rooms_core::{Actor, CompanyId, PersonId, SessionId, text};
use rooms_store::audit::Entry;
use rooms_store::events::By;
use rooms_store::sessions::{self, NewSession, Session};
use rooms_store::{Tx, browsers};

use super::security;
use crate::app::App;
use crate::error::Failure;
use crate::secret;

/// How long a session lasts without being seen.
pub const SESSION_IDLE: SignedDuration = SignedDuration::from_hours(24 * 14);
/// How long a session lasts at most, however often it is seen.
pub const SESSION_LIFE: SignedDuration = SignedDuration::from_hours(24 * 30);
/// How long a browser stays known that nobody signs in with.
pub const BROWSER_KNOWN: SignedDuration = SignedDuration::from_hours(24 * 400);
/// How long after proving who one is the ways in may be changed.
pub const PROOF_LIFE: SignedDuration = SignedDuration::from_mins(10);
/// How often a session's last sight is written down.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// Somebody with an open session.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The session.
    pub session: SessionId,
    /// Who it is.
    pub actor: Actor,
    /// When they last proved who they are.
    pub proved_at: Timestamp,
    /// Whether they may only set up the second factor their company asks for.
    pub confined: bool,
}

/// The browser somebody signs in with.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// What it calls itself.
    pub user_agent: String,
    /// The token it was given at an earlier sign-in.
    pub token: Option<String>,
    /// Where it is, for the log.
    pub address: Option<IpAddr>,
}

/// A session just opened.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Its token, for a cookie.
    pub session: String,
    /// What the browser is known by from now on; nothing where it is known already.
    pub browser: Option<String>,
}

struct Opening {
    id: SessionId,
    token_hash: [u8; 32],
    whose: (CompanyId, PersonId),
    user_agent: String,
    known: Option<[u8; 32]>,
    browser_hash: [u8; 32],
    now: Timestamp,
}

/// Opens a session for somebody who has just proved who they are. Where others of their browsers
/// are known and this one is not, they are told.
pub async fn open(
    app: &App,
    whose: (CompanyId, PersonId),
    browser: &Browser,
) -> Result<Opened, Failure> {
    let token = secret::token(app.entropy(), "");
    let fresh = secret::token(app.entropy(), "");
    let user_agent = browser.user_agent.chars().filter(|c| !c.is_control());
    let opening = Opening {
        id: SessionId::from_uuid(app.new_id()),
        token_hash: secret::hash(token.as_bytes()),
        whose,
        user_agent: user_agent.take(200).collect(),
        known: browser.token.as_ref().map(|t| secret::hash(t.as_bytes())),
        browser_hash: secret::hash(fresh.as_bytes()),
        now: app.now(),
    };
    let known = app
        .store()
        .write(opening, |tx, opening| Box::pin(insert(tx, opening)))
        .await?;
    let from = browser.address.map(tracing::field::display);
    tracing::info!(person = %whose.1, from, "somebody signed in");
    Ok(Opened {
        session: token,
        browser: (!known).then_some(fresh),
    })
}

/// Records a session; whether its browser is known.
async fn insert(tx: &mut Tx, opening: &Opening) -> Result<bool, Failure> {
    let (whose, now) = (opening.whose, opening.now);
    let new = NewSession {
        id: opening.id,
        token_hash: &opening.token_hash,
        company: whose.0,
        person: whose.1,
        user_agent: &opening.user_agent,
        now,
        expires_at: ends(now, now),
    };
    sessions::insert(tx, &new).await?;
    if let Some(known) = &opening.known
        && browsers::seen(tx, whose, known, now).await?
    {
        return Ok(true);
    }
    if browsers::any(tx, whose).await? {
        let name = text::browser(&opening.user_agent);
        let words = format!("You signed in with a browser that was not seen before: {name}.");
        let about = (security::NEW_BROWSER, opening.id.uuid());
        security::tell(tx, whose, about, &words, now).await?;
    }
    browsers::insert(tx, whose, &opening.browser_hash, now).await?;
    Ok(false)
}

/// When a session ends that was begun at one instant and seen at another.
fn ends(begun: Timestamp, seen: Timestamp) -> Timestamp {
    let idle = seen.saturating_add(SESSION_IDLE).unwrap_or(seen);
    let last = begun.saturating_add(SESSION_LIFE).unwrap_or(begun);
    idle.min(last)
}

/// Who a session token carries, if its session is open.
pub async fn visitor(app: &App, token: &str) -> Result<Option<Visitor>, Failure> {
    let now = app.now();
    let carried = {
        let mut tx = app.read().await?;
        sessions::by_hash(&mut tx, &secret::hash(token.as_bytes()), now).await?
    };
    let Some(carried) = carried else {
        return Ok(None);
    };
    if now.duration_since(carried.seen_at) >= SEEN_EVERY {
        let until = ends(carried.created_at, now);
        app.store()
            .write((carried.id, now, until), |tx, (id, now, until)| {
                Box::pin(sessions::seen(tx, *id, *now, *until))
            })
            .await?;
    }
    Ok(Some(Visitor {
        session: carried.id,
        actor: carried.actor,
        proved_at: carried.proved_at,
        confined: carried.confined,
    }))
}

/// Refuses what changes somebody's ways in, unless they have proved who they are just now.
pub(crate) fn just_proved(app: &App, visitor: &Visitor) -> Result<(), Failure> {
    if app.now().duration_since(visitor.proved_at) < PROOF_LIFE {
        Ok(())
    } else {
        Err(Failure::Unproved)
    }
}

/// Notes that a visitor has just proved who they are.
pub(crate) async fn proved(app: &App, visitor: &Visitor) -> Result<(), Failure> {
    let input = (visitor.clone(), app.now());
    app.store()
        .write(input, |tx, (visitor, now)| {
            Box::pin(async move {
                let whose = (visitor.actor.company, visitor.actor.person);
                sessions::proved(tx, whose, visitor.session, *now).await
            })
        })
        .await
        .map_err(Failure::Store)
}

/// Ends one session of the actor.
pub async fn sign_out(app: &App, actor: &Actor, session: SessionId) -> Result<(), Failure> {
    app.store()
        .write((actor.clone(), session), |tx, (actor, session)| {
            Box::pin(async move {
                sessions::delete(tx, actor.company, actor.person, *session)
                    .await
                    .map(|_| ())
            })
        })
        .await
        .map_err(Failure::Store)
}

/// Ends every session of the visitor but this one.
pub async fn sign_out_others(app: &App, visitor: &Visitor) -> Result<(), Failure> {
    let input = (visitor.clone(), app.now());
    app.store()
        .write(input, |tx, (visitor, now)| {
            Box::pin(async move {
                let actor = &visitor.actor;
                tx.audit(own(actor, "session.others_ended", *now));
                let whose = (actor.company, actor.person);
                sessions::delete_others(tx, whose, visitor.session)
                    .await
                    .map(|_| ())
            })
        })
        .await
        .map_err(Failure::Store)
}

/// Ends every session of the actor.
pub async fn sign_out_everywhere(app: &App, actor: &Actor) -> Result<(), Failure> {
    app.store()
        .write((actor.clone(), app.now()), |tx, (actor, now)| {
            Box::pin(async move {
                tx.audit(own(actor, "session.all_ended", *now));
                sessions::delete_all(tx, actor.company, actor.person)
                    .await
                    .map(|_| ())
            })
        })
        .await
        .map_err(Failure::Store)
}

/// What somebody did about their own way in.
pub(crate) fn own(actor: &Actor, action: &str, now: Timestamp) -> Entry {
    let by = By::Person(actor.person);
    Entry::new(actor.company, by, action, actor.person, now)
}

/// The actor's open sessions, last seen first.
pub async fn open_sessions(app: &App, actor: &Actor) -> Result<Vec<Session>, Failure> {
    let mut tx = app.read().await?;
    Ok(sessions::list(&mut tx, actor.company, actor.person, app.now()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_unseen_and_in_any_case() {
        let begun = Timestamp::UNIX_EPOCH;
        assert_eq!(ends(begun, begun), begun + SESSION_IDLE);
        let seen = begun + SignedDuration::from_hours(24 * 10);
        assert_eq!(ends(begun, seen), seen + SESSION_IDLE);
        let late = begun + SignedDuration::from_hours(24 * 29);
        assert_eq!(ends(begun, late), begun + SESSION_LIFE);
    }
}
