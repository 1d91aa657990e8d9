//! Signing in: a password, and where there is a second factor, that too. Also proving once more
//! who one is, and changing the password.

use jiff::{SignedDuration, Timestamp};
use rooms_core::password::{self, Whose};
use rooms_core::{Actor, CompanyId, FieldErrors, PersonId, PersonState, text};
use rooms_store::second_factor::{self as stored, Step};
use rooms_store::{Tx, companies, passkeys, people, sessions as open_ones};

use super::sessions::{self, Browser, Opened, Visitor, own};
use super::{second_factor, security};
use crate::app::App;
use crate::companies::hash;
use crate::error::Failure;
use crate::secret;

/// How long after the password the second factor is waited for.
pub const STEP_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// What became of an address and a password.
#[derive(Debug, Clone)]
pub enum Entry {
    /// The two do not belong together.
    Wrong,
    /// They do; the second factor is awaited under this token.
    SecondStep(String),
    /// They do, and nothing else is asked.
    Open(Opened),
}

/// Whose second factor is awaited.
#[derive(Debug, Clone, Copy)]
pub struct Awaited {
    /// The company.
    pub company: CompanyId,
    /// Who.
    pub person: PersonId,
    /// Whether an app shows them codes.
    pub code_app: bool,
    /// Whether they have passkeys.
    pub passkeys: bool,
    /// Whether it was waited for too long.
    pub expired: bool,
}

/// What became of a second factor.
#[derive(Debug, Clone)]
pub enum Second {
    /// It is not right, or was used before; it may be tried again.
    Wrong,
    /// It was waited for too long, or for nothing.
    Expired,
    /// It is right.
    Open(Opened),
}

/// Lets somebody in by address and password, or waits for their second factor. How long it takes
/// does not tell which of the two is wrong.
pub async fn sign_in(
    app: &App,
    email: &str,
    password: &str,
    browser: &Browser,
) -> Result<Entry, Failure> {
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
            after_password(app, (person.company, person.id), browser).await
        }
        person => {
            refused(person.map(|person| person.id), "password", browser);
            Ok(Entry::Wrong)
        }
    }
}

/// Puts a refusal into the log, by id and network (OWASP ASVS 5.0, 16.3.1).
fn refused(person: Option<PersonId>, factor: &str, browser: &Browser) {
    let person = person.map(tracing::field::display);
    let from = browser.address.map(tracing::field::display);
    tracing::warn!(person, from, factor, "a sign-in was refused");
}

/// Goes on with somebody whose password is right, or who has just set it.
pub async fn after_password(
    app: &App,
    whose: (CompanyId, PersonId),
    browser: &Browser,
) -> Result<Entry, Failure> {
    let (code_app, passkeys) = {
        let mut tx = app.read().await?;
        factors(&mut tx, whose).await?
    };
    if !code_app && !passkeys {
        return Ok(Entry::Open(sessions::open(app, whose, browser).await?));
    }
    let token = secret::token(app.entropy(), "");
    let now = app.now();
    let step = Step {
        company: whose.0,
        person: whose.1,
        expires_at: now.saturating_add(STEP_LIFE).unwrap_or(now),
    };
    let input = (secret::hash(token.as_bytes()), step);
    app.store()
        .write(input, |tx, (hash, step)| {
            Box::pin(stored::insert_step(tx, hash, *step))
        })
        .await?;
    Ok(Entry::SecondStep(token))
}

/// Whether somebody has an app for codes, and passkeys.
async fn factors(tx: &mut Tx, whose: (CompanyId, PersonId)) -> Result<(bool, bool), Failure> {
    let app = stored::app(tx, whose).await?;
    let code_app = app.is_some_and(|app| app.confirmed_at.is_some());
    Ok((code_app, !passkeys::list(tx, whose).await?.is_empty()))
}

/// Whose second factor is awaited under a token.
pub async fn awaited(app: &App, token: &str) -> Result<Option<Awaited>, Failure> {
    let mut tx = app.read().await?;
    let Some(step) = stored::step(&mut tx, &secret::hash(token.as_bytes())).await? else {
        return Ok(None);
    };
    let (code_app, passkeys) = factors(&mut tx, (step.company, step.person)).await?;
    Ok(Some(Awaited {
        company: step.company,
        person: step.person,
        code_app,
        passkeys,
        expired: step.expires_at <= app.now(),
    }))
}

/// Lets somebody in whose password was right, by a code of their app or a recovery code.
pub async fn second(
    app: &App,
    token: &str,
    typed: &str,
    browser: &Browser,
) -> Result<Second, Failure> {
    let Some(awaited) = awaited(app, token).await?.filter(|step| !step.expired) else {
        return Ok(Second::Expired);
    };
    let whose = (awaited.company, awaited.person);
    if !second_factor::use_code(app, whose, typed).await? {
        refused(Some(whose.1), "code", browser);
        return Ok(Second::Wrong);
    }
    app.store()
        .write(whose, |tx, whose| Box::pin(stored::steps_done(tx, *whose)))
        .await?;
    Ok(Second::Open(sessions::open(app, whose, browser).await?))
}

/// Proves once more who a visitor is, by their password. False when it is not theirs.
pub async fn prove(app: &App, visitor: &Visitor, password: &str) -> Result<bool, Failure> {
    let known = {
        let mut tx = app.read().await?;
        people::password_hash(&mut tx, visitor.actor.person).await?
    };
    let good = secret::verify_password(known, password.to_owned()).await;
    if good {
        sessions::proved(app, visitor).await?;
    }
    Ok(good)
}

/// Changes the actor's password after checking the present one; every session ends, and a new one
/// is opened.
pub async fn change_password(
    app: &App,
    actor: &Actor,
    present: &str,
    new: &str,
    browser: &Browser,
) -> Result<Opened, Failure> {
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
            Box::pin(changed(tx, actor, new, *now))
        })
        .await?;
    sessions::open(app, (actor.company, actor.person), browser).await
}

async fn changed(tx: &mut Tx, actor: &Actor, new: &str, now: Timestamp) -> Result<(), Failure> {
    let whose = (actor.company, actor.person);
    tx.audit(own(actor, "person.password_changed", now));
    people::set_password(tx, whose.0, whose.1, new).await?;
    open_ones::delete_all(tx, whose.0, whose.1).await?;
    stored::steps_done(tx, whose).await?;
    let about = (security::PASSWORD, actor.person.uuid());
    let words = "Your password was changed, and your other devices were signed out.";
    security::tell(tx, whose, about, words, now).await
}
