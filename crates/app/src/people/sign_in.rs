//! Signing in and out, and what a session cookie carries.

use jiff::SignedDuration;
use rooms_core::password::{self, Whose};
use rooms_core::{Actor, FieldErrors, PersonState, SessionId, text};
use rooms_store::audit::Entry;
use rooms_store::events::By;
use rooms_store::sessions::{self, NewSession, Session};
use rooms_store::{companies, people};

use crate::app::App;
use crate::companies::hash;
use crate::error::Failure;
use crate::secret;

/// How long a session lasts without being seen.
pub const SESSION_IDLE: SignedDuration = SignedDuration::from_hours(24 * 14);
/// How often a session's last sight is written down.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// Somebody with an open session.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The session.
    pub session: SessionId,
    /// Who it is.
    pub actor: Actor,
}

/// Opens a session for an address and password, and gives its token for the cookie. `None` when
/// the two do not belong together; how long that takes does not tell which is wrong.
pub async fn sign_in(
    app: &App,
    email: &str,
    password: &str,
    user_agent: &str,
) -> Result<Option<String>, Failure> {
    let (person, hash) = match text::email("email", email) {
        Ok(email) => {
            let mut tx = app.read().await?;
            let person = people::anywhere(&mut tx, &email).await?;
            let hash = match &person {
                Some(person) => people::password_hash(&mut tx, person.id).await?,
                None => None,
            };
            (person, hash)
        }
        Err(_) => (None, None),
    };
    let good = secret::verify_password(hash, password.to_owned()).await;
    match person {
        Some(person) if good && person.state == PersonState::Active => {
            open(app, (person.company, person.id), user_agent)
                .await
                .map(Some)
        }
        _ => Ok(None),
    }
}

/// Opens a session for somebody who has just proved who they are.
pub async fn open(
    app: &App,
    (company, person): (rooms_core::CompanyId, rooms_core::PersonId),
    user_agent: &str,
) -> Result<String, Failure> {
    let token = secret::token(app.entropy(), "");
    let id = SessionId::from_uuid(app.new_id());
    let user_agent: String = user_agent
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    let input = (
        id,
        secret::hash(token.as_bytes()),
        company,
        person,
        user_agent,
        app.now(),
    );
    app.store()
        .write(
            input,
            |tx, (id, token_hash, company, person, user_agent, now)| {
                Box::pin(async move {
                    let new = NewSession {
                        id: *id,
                        token_hash,
                        company: *company,
                        person: *person,
                        user_agent,
                        now: *now,
                        expires_at: now.saturating_add(SESSION_IDLE).unwrap_or(*now),
                    };
                    sessions::insert(tx, &new).await
                })
            },
        )
        .await?;
    Ok(token)
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
        app.store()
            .write((carried.id, now), |tx, (id, now)| {
                Box::pin(async move {
                    let expires_at = now.saturating_add(SESSION_IDLE).unwrap_or(*now);
                    sessions::seen(tx, *id, *now, expires_at).await
                })
            })
            .await?;
    }
    Ok(Some(Visitor {
        session: carried.id,
        actor: carried.actor,
    }))
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
fn own(actor: &Actor, action: &str, now: jiff::Timestamp) -> Entry {
    let by = By::Person(actor.person);
    Entry::new(actor.company, by, action, actor.person, now)
}

/// The actor's open sessions, last seen first.
pub async fn open_sessions(app: &App, actor: &Actor) -> Result<Vec<Session>, Failure> {
    let mut tx = app.read().await?;
    Ok(sessions::list(&mut tx, actor.company, actor.person, app.now()).await?)
}

/// Changes the actor's password after checking the present one; every session ends, and the token
/// of a new one comes back.
pub async fn change_password(
    app: &App,
    actor: &Actor,
    present: &str,
    new: &str,
    user_agent: &str,
) -> Result<String, Failure> {
    let (known, company) = {
        let mut tx = app.read().await?;
        let known = people::password_hash(&mut tx, actor.person).await?;
        (known, companies::get(&mut tx, actor.company).await?)
    };
    let whose = Whose {
        email: &actor.email,
        name: &actor.name,
        company: company.as_ref().map_or("", |company| &company.name),
    };
    password::check("new_password", new, &whose)?;
    if !secret::verify_password(known, present.to_owned()).await {
        let wrong = FieldErrors::one("password", "wrong", "This is not your present password.");
        return Err(wrong.into());
    }
    let new = hash(app, new.to_owned()).await?;
    app.store()
        .write((actor.clone(), new, app.now()), |tx, (actor, new, now)| {
            Box::pin(async move {
                tx.audit(own(actor, "person.password_changed", *now));
                people::set_password(tx, actor.company, actor.person, new).await?;
                sessions::delete_all(tx, actor.company, actor.person)
                    .await
                    .map(|_| ())
            })
        })
        .await
        .map_err(Failure::Store)?;
    open(app, (actor.company, actor.person), user_agent).await
}
