//! Tokens for the API: 256 random bits, shown once, stored as SHA-256.

use jiff::SignedDuration;
use rooms_core::{Actor, ApiTokenId, CompanyId, PersonId, PersonState, text};
use rooms_store::audit::Entry;
use rooms_store::events::By;
use rooms_store::people;
use rooms_store::sessions::{self, ApiToken};

use crate::app::App;
use crate::error::Failure;
use crate::secret;

/// What every API token begins with.
pub const PREFIX: &str = "ocr_";
/// How often a token's last use is written down.
const SEEN_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// Issues a token for the actor and gives it, this once.
pub async fn issue(app: &App, actor: &Actor, name: &str) -> Result<String, Failure> {
    let by = By::Person(actor.person);
    insert(app, (actor.company, actor.person), by, name).await
}

/// Issues a token for somebody by address: the command line's way.
pub async fn issue_for(app: &App, email: &str, name: &str) -> Result<String, Failure> {
    let email = text::email("email", email)?;
    let person = {
        let mut tx = app.read().await?;
        people::anywhere(&mut tx, &email)
            .await?
            .ok_or(Failure::NotFound("person"))?
    };
    if person.state == PersonState::Deactivated {
        return Err(Failure::Conflict("this person is deactivated"));
    }
    insert(app, (person.company, person.id), By::Operator, name).await
}

async fn insert(
    app: &App,
    whose: (CompanyId, PersonId),
    by: By,
    name: &str,
) -> Result<String, Failure> {
    let name = text::line("name", name, text::NAME_MAX)?;
    let token = secret::token(app.entropy(), PREFIX);
    let id = ApiTokenId::from_uuid(app.new_id());
    let entry =
        Entry::new(whose.0, by, "token.issued", id, app.now()).with("person", whose.1.to_string());
    let input = (
        id,
        secret::hash(token.as_bytes()),
        whose,
        (name, entry),
        app.now(),
    );
    app.store()
        .write(input, |tx, (id, hash, whose, (name, entry), now)| {
            tx.audit(entry.clone());
            Box::pin(sessions::insert_token(tx, *id, hash, *whose, name, *now))
        })
        .await
        .map_err(Failure::Store)?;
    Ok(token)
}

/// Who a token carries, if it holds.
pub async fn actor(app: &App, token: &str) -> Result<Option<Actor>, Failure> {
    let now = app.now();
    let carried = {
        let mut tx = app.read().await?;
        sessions::token_by_hash(&mut tx, &secret::hash(token.as_bytes())).await?
    };
    let Some(carried) = carried else {
        return Ok(None);
    };
    if now.duration_since(carried.seen_at) >= SEEN_EVERY {
        app.store()
            .write((carried.id, now), |tx, (id, now)| {
                Box::pin(sessions::token_seen(tx, *id, *now))
            })
            .await
            .map_err(Failure::Store)?;
    }
    Ok(Some(carried.actor))
}

/// The actor's tokens, newest first.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<ApiToken>, Failure> {
    let mut tx = app.read().await?;
    Ok(sessions::tokens(&mut tx, actor.company, actor.person).await?)
}

/// Revokes one of the actor's tokens.
pub async fn revoke(app: &App, actor: &Actor, id: ApiTokenId) -> Result<(), Failure> {
    app.store()
        .write((actor.clone(), id, app.now()), |tx, (actor, id, now)| {
            Box::pin(async move {
                let hit =
                    sessions::revoke_token(tx, actor.company, actor.person, *id, *now).await?;
                if hit {
                    let by = By::Person(actor.person);
                    tx.audit(Entry::new(actor.company, by, "token.revoked", *id, *now));
                    Ok(())
                } else {
                    Err(Failure::NotFound("token"))
                }
            })
        })
        .await
}
