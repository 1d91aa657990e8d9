//! Second factors: an app that shows codes for the time, and recovery codes for the day it is
//! lost. Passkeys are in [`super::passkeys`]; whoever has either is asked for it after the
//! password.

mod totp;

use jiff::Timestamp;
use rooms_core::{Actor, CompanyId, PersonId};
use rooms_store::audit::Entry;
use rooms_store::events::By;
use rooms_store::passkeys::{self, Passkey};
use rooms_store::second_factor as stored;
use rooms_store::{Tx, companies};

use super::security;
use super::sessions::{Visitor, just_proved, own};
use crate::app::App;
use crate::companies::admins_only;
use crate::error::Failure;
use crate::secret;

/// How many recovery codes somebody gets.
pub const CODES: usize = 10;
/// A way to prove who one is: its word on record, and how people call it.
type Kind = (&'static str, &'static str);
/// An app that shows codes.
const CODE_APP: Kind = ("code_app", "an app for codes");
/// A passkey.
pub(crate) const PASSKEY: Kind = ("passkey", "a passkey");
/// What an app for codes calls us.
const ISSUER: &str = "OneClickRooms";

/// What somebody can prove beside their password.
#[derive(Debug, Clone)]
pub struct Factors {
    /// Since when an app shows them codes.
    pub code_app: Option<Timestamp>,
    /// Their passkeys, oldest first.
    pub passkeys: Vec<Passkey>,
    /// How many recovery codes are left.
    pub codes_left: i64,
    /// Whether their company asks everybody for a second factor.
    pub required: bool,
}

impl Factors {
    /// Whether there is any.
    #[must_use]
    pub fn any(&self) -> bool {
        self.code_app.is_some() || !self.passkeys.is_empty()
    }
}

/// An app for codes that is being set up.
#[derive(Clone)]
pub struct SettingUp {
    /// Its secret, to be typed.
    pub secret: String,
    /// The same for a picture that the app reads.
    pub address: String,
}

/// What the actor can prove beside their password.
pub async fn of(app: &App, actor: &Actor) -> Result<Factors, Failure> {
    let whose = (actor.company, actor.person);
    let mut tx = app.read().await?;
    let code_app = stored::app(&mut tx, whose).await?;
    Ok(Factors {
        code_app: code_app.and_then(|app| app.confirmed_at),
        passkeys: passkeys::list(&mut tx, whose).await?,
        codes_left: stored::codes_left(&mut tx, whose).await?,
        required: stored::required(&mut tx, actor.company).await?,
    })
}

/// Begins to set up an app for codes. It counts once a code of it was typed.
pub async fn begin(app: &App, visitor: &Visitor) -> Result<(), Failure> {
    just_proved(app, visitor)?;
    let secret = totp::secret(app.entropy());
    let whose = (visitor.actor.company, visitor.actor.person);
    app.store()
        .write((whose, secret, app.now()), |tx, (whose, secret, now)| {
            Box::pin(async move {
                if stored::begin(tx, *whose, secret, *now).await? {
                    Ok(())
                } else {
                    Err(Failure::Conflict("an app for codes is set up already"))
                }
            })
        })
        .await
}

/// The app that is being set up.
pub async fn setting_up(app: &App, visitor: &Visitor) -> Result<Option<SettingUp>, Failure> {
    just_proved(app, visitor)?;
    let actor = &visitor.actor;
    let mut tx = app.read().await?;
    let known = stored::app(&mut tx, (actor.company, actor.person)).await?;
    let begun = known.filter(|app| app.confirmed_at.is_none());
    Ok(begun.map(|app| SettingUp {
        address: totp::address(&app.secret, ISSUER, &actor.email),
        secret: app.secret,
    }))
}

/// Puts the app in force by a code of it. Gives the first recovery codes where there are none yet.
pub async fn confirm(app: &App, visitor: &Visitor, typed: &str) -> Result<Vec<String>, Failure> {
    just_proved(app, visitor)?;
    let input = (visitor.clone(), typed.to_owned(), app.now(), codes(app));
    app.store()
        .write(input, |tx, (visitor, typed, now, codes)| {
            Box::pin(async move {
                let whose = (visitor.actor.company, visitor.actor.person);
                let known = stored::app(tx, whose).await?;
                let begun = known.filter(|app| app.confirmed_at.is_none());
                let begun = begun.ok_or(Failure::NotFound("app for codes"))?;
                let wrong = || {
                    let words = "This is not the code it shows now. Wait for the next one, and see \
                                 that the clock of the device is right.";
                    Failure::field("code", "wrong", words)
                };
                let step = totp::step_of(&begun.secret, typed, *now).ok_or_else(wrong)?;
                if !stored::use_step(tx, whose, step).await? {
                    return Err(wrong());
                }
                stored::confirm(tx, whose, *now).await?;
                added(tx, visitor, CODE_APP, *now).await?;
                first_codes(tx, visitor, codes, *now).await
            })
        })
        .await
}

/// Says and records that somebody can prove who they are in another way.
pub(crate) async fn added(
    tx: &mut Tx,
    visitor: &Visitor,
    (word, what): Kind,
    now: Timestamp,
) -> Result<(), Failure> {
    let entry = own(&visitor.actor, "person.factor_added", now).with("factor", word);
    tx.audit(entry);
    let whose = (visitor.actor.company, visitor.actor.person);
    let about = (security::FACTOR, visitor.session.uuid());
    let words = format!("To sign in as you, {what} counts from now on.");
    security::tell(tx, whose, about, &words, now).await
}

/// Says and records that a way to prove who one is counts no longer. With the last one the
/// recovery codes end.
pub(crate) async fn removed(
    tx: &mut Tx,
    visitor: &Visitor,
    (word, what): Kind,
    now: Timestamp,
) -> Result<(), Failure> {
    let entry = own(&visitor.actor, "person.factor_removed", now).with("factor", word);
    tx.audit(entry);
    let whose = (visitor.actor.company, visitor.actor.person);
    let app = stored::app(tx, whose).await?;
    let in_force = app.is_some_and(|app| app.confirmed_at.is_some());
    if !in_force && passkeys::list(tx, whose).await?.is_empty() {
        stored::no_codes(tx, whose).await?;
    }
    let about = (security::FACTOR, visitor.session.uuid());
    let words = format!("To sign in as you, {what} counts no longer.");
    security::tell(tx, whose, about, &words, now).await
}

/// Takes the app for codes out of force.
pub async fn remove(app: &App, visitor: &Visitor) -> Result<(), Failure> {
    just_proved(app, visitor)?;
    app.store()
        .write((visitor.clone(), app.now()), |tx, (visitor, now)| {
            Box::pin(async move {
                let whose = (visitor.actor.company, visitor.actor.person);
                if !stored::remove(tx, whose).await? {
                    return Err(Failure::NotFound("app for codes"));
                }
                removed(tx, visitor, CODE_APP, *now).await
            })
        })
        .await
}

/// Recovery codes of 120 random bits each, in four groups.
pub(crate) fn codes(app: &App) -> Vec<String> {
    let grouped = |text: String| {
        let letters: Vec<char> = text.chars().collect();
        let groups = letters
            .chunks(6)
            .map(|group| group.iter().collect::<String>());
        groups.collect::<Vec<_>>().join("-")
    };
    (0..CODES)
        .map(|_| grouped(totp::base32(&app.entropy().bytes::<15>()).to_lowercase()))
        .collect()
}

/// What is kept of a recovery code, however it is typed.
fn code_hash(code: &str) -> [u8; 32] {
    let bare = code.chars().filter(char::is_ascii_alphanumeric);
    secret::hash(bare.collect::<String>().to_lowercase().as_bytes())
}

/// Gives somebody their first recovery codes; none where they have some.
pub(crate) async fn first_codes(
    tx: &mut Tx,
    visitor: &Visitor,
    codes: &[String],
    now: Timestamp,
) -> Result<Vec<String>, Failure> {
    let whose = (visitor.actor.company, visitor.actor.person);
    if stored::codes_left(tx, whose).await? > 0 {
        return Ok(Vec::new());
    }
    set_codes(tx, visitor, codes, now).await?;
    Ok(codes.to_vec())
}

async fn set_codes(
    tx: &mut Tx,
    visitor: &Visitor,
    codes: &[String],
    now: Timestamp,
) -> Result<(), Failure> {
    let whose = (visitor.actor.company, visitor.actor.person);
    let hashes: Vec<_> = codes.iter().map(|code| code_hash(code)).collect();
    stored::set_codes(tx, whose, &hashes, now).await?;
    tx.audit(own(&visitor.actor, "person.codes_made", now));
    Ok(())
}

/// Makes new recovery codes; earlier ones end.
pub async fn new_codes(app: &App, visitor: &Visitor) -> Result<Vec<String>, Failure> {
    just_proved(app, visitor)?;
    if !of(app, &visitor.actor).await?.any() {
        return Err(Failure::Conflict(
            "there is no second factor to recover from",
        ));
    }
    let codes = codes(app);
    app.store()
        .write(
            (visitor.clone(), codes.clone(), app.now()),
            |tx, (visitor, codes, now)| Box::pin(set_codes(tx, visitor, codes, *now)),
        )
        .await?;
    Ok(codes)
}

/// Whether somebody shows the code of their app, or a recovery code. Each counts once.
pub(crate) async fn use_code(
    app: &App,
    whose: (CompanyId, PersonId),
    typed: &str,
) -> Result<bool, Failure> {
    let input = (whose, typed.to_owned(), app.now());
    app.store()
        .write(input, |tx, (whose, typed, now)| {
            Box::pin(async move {
                let known = stored::app(tx, *whose).await?;
                let in_force = known.filter(|app| app.confirmed_at.is_some());
                let step = in_force.and_then(|app| totp::step_of(&app.secret, typed, *now));
                if let Some(step) = step {
                    return Ok(stored::use_step(tx, *whose, step).await?);
                }
                if !stored::use_code(tx, *whose, &code_hash(typed), *now).await? {
                    return Ok(false);
                }
                let left = stored::codes_left(tx, *whose).await?;
                let by = By::Person(whose.1);
                let entry = Entry::new(whose.0, by, "person.code_used", whose.1, *now);
                tx.audit(entry.with("left", left));
                let words = match left {
                    0 => "A recovery code was used to sign in as you. It was the last one."
                        .to_owned(),
                    _ => format!("A recovery code was used to sign in as you. {left} are left."),
                };
                let about = (security::FACTOR, whose.1.uuid());
                security::tell(tx, *whose, about, &words, *now).await?;
                Ok::<_, Failure>(true)
            })
        })
        .await
}

/// Whether everybody of the actor's company needs a second factor, and who has one. Admins only.
pub async fn rule(app: &App, actor: &Actor) -> Result<(bool, Vec<PersonId>), Failure> {
    admins_only(actor)?;
    let mut tx = app.read().await?;
    let required = stored::required(&mut tx, actor.company).await?;
    Ok((required, stored::with(&mut tx, actor.company).await?))
}

/// Says whether everybody of the company needs a second factor. Admins only.
pub async fn require(app: &App, actor: &Actor, required: bool) -> Result<(), Failure> {
    admins_only(actor)?;
    let input = (actor.clone(), required, app.now());
    app.store()
        .write(input, |tx, (actor, required, now)| {
            Box::pin(async move {
                let company = actor.company;
                companies::lock(tx, company).await?;
                stored::require(tx, company, *required).await?;
                let by = By::Person(actor.person);
                let entry = Entry::new(company, by, "company.second_factor", company, *now);
                tx.audit(entry.with("required", *required));
                Ok::<_, Failure>(())
            })
        })
        .await
}

/// Takes every second factor of somebody away, who gets their account back.
pub(crate) async fn remove_all(
    tx: &mut Tx,
    whose: (CompanyId, PersonId),
) -> Result<(), rooms_store::Error> {
    stored::remove(tx, whose).await?;
    passkeys::remove_all(tx, whose).await?;
    stored::no_codes(tx, whose).await
}
