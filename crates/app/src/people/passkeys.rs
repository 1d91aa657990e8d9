//! Passkeys: added in Settings, and then by themselves two factors at sign-in, the device and a
//! finger, a face or a PIN that it asks for (WebAuthn Level 3).

mod ceremony;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use rooms_core::{CompanyId, FieldErrors, PasskeyId, PersonId, text};
use rooms_store::audit::Entry;
use rooms_store::events::By;
pub use rooms_store::passkeys::Purpose;
use rooms_store::passkeys::{self as stored, Passkey};
use rooms_store::{Constraint, Tx};

use self::ceremony::{AuthenticatorData, Key, bytes, challenge};
pub use self::ceremony::{Refused, Site};
use super::second_factor::{self, PASSKEY};
use super::sessions::{self, Visitor, just_proved};
use crate::app::App;
use crate::error::Failure;
use crate::secret;

/// How long what is asked of an authenticator is waited for.
pub const ASKED_FOR: SignedDuration = SignedDuration::from_mins(5);
/// As many passkeys as somebody may have.
pub const MOST: usize = 20;

/// What a browser hands over of a new passkey, in base64url.
#[derive(Debug, Clone, Copy)]
pub struct Made<'a> {
    /// What it says it was asked.
    pub client_data: &'a str,
    /// What the authenticator says.
    pub authenticator_data: &'a str,
    /// The key, as `SubjectPublicKeyInfo`.
    pub public_key: &'a str,
}

/// What a browser hands over of a passkey that signed, in base64url.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// What the authenticator calls the passkey.
    pub credential: &'a str,
    /// What the browser says it was asked.
    pub client_data: &'a str,
    /// What the authenticator says.
    pub authenticator_data: &'a str,
    /// The signature over both.
    pub signature: &'a str,
    /// Whose passkey the authenticator says it is.
    pub user_handle: &'a str,
}

/// The site passkeys are for; none where people reach it by number, for which there are none.
#[must_use]
pub fn site(app: &App) -> Option<Site> {
    let url = app.public_url();
    let origin = url.origin().ascii_serialization();
    match url.host() {
        Some(url::Host::Domain(name)) => Some(Site {
            rp_id: name.to_owned(),
            origin,
        }),
        _ => None,
    }
}

/// Asks the authenticator of a browser: the challenge, in base64url. It is good once, for this
/// browser, not for long.
pub async fn ask(app: &App, purpose: Purpose, browser: &str) -> Result<String, Failure> {
    let asked = app.entropy().bytes::<32>();
    let now = app.now();
    let until = now.saturating_add(ASKED_FOR).unwrap_or(now);
    let input = (
        secret::hash(&asked),
        purpose,
        secret::hash(browser.as_bytes()),
        until,
    );
    app.store()
        .write(input, |tx, (asked, purpose, bound_to, until)| {
            Box::pin(stored::ask(tx, asked, *purpose, bound_to, *until))
        })
        .await?;
    Ok(URL_SAFE_NO_PAD.encode(asked))
}

/// Asks for a new passkey: the challenge, and the passkeys there are, which a device need not make
/// again.
pub async fn ask_for_new(
    app: &App,
    visitor: &Visitor,
    browser: &str,
) -> Result<(String, Vec<String>), Failure> {
    just_proved(app, visitor)?;
    let known = {
        let mut tx = app.read().await?;
        stored::credentials(&mut tx, (visitor.actor.company, visitor.actor.person)).await?
    };
    let known = known.iter().map(|id| URL_SAFE_NO_PAD.encode(id)).collect();
    Ok((ask(app, Purpose::Add, browser).await?, known))
}

/// What a person is to their authenticators: their id, which tells nobody else anything.
#[must_use]
pub fn user_handle(person: PersonId) -> String {
    URL_SAFE_NO_PAD.encode(person.uuid().as_bytes())
}

/// Adds a passkey. Gives the first recovery codes where there are none yet.
pub async fn add(
    app: &App,
    visitor: &Visitor,
    browser: &str,
    name: &str,
    made: &Made<'_>,
) -> Result<Vec<String>, Failure> {
    just_proved(app, visitor)?;
    let name = text::line("name", name, text::NAME_MAX)?;
    let made = read(app, made).map_err(refused)?;
    let passkey = Passkey {
        id: PasskeyId::from_uuid(app.new_id()),
        company: visitor.actor.company,
        person: visitor.actor.person,
        public_key: made.public_key,
        sign_count: i64::from(made.sign_count),
        name,
        created_at: app.now(),
        used_at: None,
    };
    let adding = Adding {
        visitor: visitor.clone(),
        passkey,
        credential: made.credential,
        challenge_hash: secret::hash(&made.challenge),
        bound_to: secret::hash(browser.as_bytes()),
        codes: second_factor::codes(app),
    };
    app.store()
        .write(adding, |tx, adding| Box::pin(insert(tx, adding)))
        .await
}

struct Adding {
    visitor: Visitor,
    passkey: Passkey,
    credential: Vec<u8>,
    challenge_hash: [u8; 32],
    bound_to: [u8; 32],
    codes: Vec<String>,
}

async fn insert(tx: &mut Tx, adding: &Adding) -> Result<Vec<String>, Failure> {
    let (visitor, passkey) = (&adding.visitor, &adding.passkey);
    let now = passkey.created_at;
    let whose = (passkey.company, passkey.person);
    let (asked, bound_to) = (&adding.challenge_hash, &adding.bound_to);
    if !stored::take(tx, asked, Purpose::Add, bound_to, now).await? {
        return Err(refused(Refused::NotAsked));
    }
    if stored::list(tx, whose).await?.len() >= MOST {
        let words = format!("{MOST} passkeys are the most. Remove one that is not needed.");
        return Err(FieldErrors::one("passkey", "too_many", words).into());
    }
    let inserted = stored::insert(tx, passkey, &adding.credential).await;
    inserted.map_err(|error| {
        if error.violates(Constraint::PasskeyCredential) {
            Failure::field("passkey", "taken", "This passkey is in use already.")
        } else {
            error.into()
        }
    })?;
    second_factor::added(tx, visitor, PASSKEY, now).await?;
    second_factor::first_codes(tx, visitor, &adding.codes, now).await
}

/// A new passkey, read and checked.
struct New {
    challenge: Vec<u8>,
    credential: Vec<u8>,
    public_key: Vec<u8>,
    sign_count: u32,
}

fn read(app: &App, made: &Made<'_>) -> Result<New, Refused> {
    let site = site(app).ok_or(Refused::Elsewhere)?;
    let challenge = challenge(&bytes(made.client_data)?, "webauthn.create", &site)?;
    let data = bytes(made.authenticator_data)?;
    let data = AuthenticatorData::read(&data, &site)?;
    let public_key = bytes(made.public_key)?;
    Key::read(&public_key)?;
    Ok(New {
        challenge,
        credential: data.new_credential()?.to_vec(),
        sign_count: data.sign_count,
        public_key,
    })
}

/// What somebody reads whose passkey was not accepted.
fn refused(why: Refused) -> Failure {
    tracing::info!(%why, "a new passkey is refused");
    let words = match why {
        Refused::NotAsked => "That took too long. Try once more.",
        Refused::Unverified => {
            "The device did not ask for a finger, a face or a PIN. Choose one that does."
        }
        _ => "The device’s answer was not accepted. Try once more, or another device.",
    };
    Failure::field("passkey", "refused", words)
}

/// Whose passkey has just signed what this browser was asked.
pub async fn whose(
    app: &App,
    browser: &str,
    shown: &Shown<'_>,
) -> Result<Result<(CompanyId, PersonId), Refused>, Failure> {
    let proof = match unread(app, shown) {
        Ok(proof) => proof,
        Err(why) => return Ok(Err(why)),
    };
    let input = (proof, secret::hash(browser.as_bytes()), app.now());
    let outcome = app
        .store()
        .write(input, |tx, (proof, bound_to, now)| {
            Box::pin(accept(tx, proof, bound_to, *now))
        })
        .await?;
    if let Err(why) = outcome {
        tracing::warn!(%why, "a passkey is refused");
    }
    Ok(outcome)
}

/// What a passkey signed, decoded.
struct Proof {
    site: Site,
    challenge: Vec<u8>,
    credential: Vec<u8>,
    client_data: Vec<u8>,
    authenticator_data: Vec<u8>,
    signature: Vec<u8>,
    user_handle: Vec<u8>,
}

fn unread(app: &App, shown: &Shown<'_>) -> Result<Proof, Refused> {
    let site = site(app).ok_or(Refused::Elsewhere)?;
    let client_data = bytes(shown.client_data)?;
    Ok(Proof {
        challenge: challenge(&client_data, "webauthn.get", &site)?,
        credential: bytes(shown.credential)?,
        authenticator_data: bytes(shown.authenticator_data)?,
        signature: bytes(shown.signature)?,
        user_handle: bytes(shown.user_handle)?,
        client_data,
        site,
    })
}

/// Checks a proof and notes its use. What was asked is taken back whatever comes of it.
async fn accept(
    tx: &mut Tx,
    proof: &Proof,
    bound_to: &[u8],
    now: Timestamp,
) -> Result<Result<(CompanyId, PersonId), Refused>, Failure> {
    let asked = secret::hash(&proof.challenge);
    if !stored::take(tx, &asked, Purpose::Prove, bound_to, now).await? {
        return Ok(Err(Refused::NotAsked));
    }
    let Some(passkey) = stored::by_credential(tx, &proof.credential).await? else {
        return Ok(Err(Refused::Unknown));
    };
    let count = match verified(&passkey, proof) {
        Ok(count) => i64::from(count),
        Err(why) => return Ok(Err(why)),
    };
    // 7.2, step 22: where either counts, it has to have counted on.
    let counts = count > 0 || passkey.sign_count > 0;
    let went_on = !counts || count > passkey.sign_count;
    if !went_on || !stored::used(tx, &passkey, count, now).await? {
        let by = By::Person(passkey.person);
        let action = "person.passkey_count_went_back";
        tx.audit(Entry::new(passkey.company, by, action, passkey.person, now));
        return Ok(Err(Refused::CountWentBack));
    }
    Ok(Ok((passkey.company, passkey.person)))
}

/// Checks that this passkey signed; how often it has.
fn verified(passkey: &Passkey, proof: &Proof) -> Result<u32, Refused> {
    if proof.user_handle != passkey.person.uuid().as_bytes() {
        return Err(Refused::Unknown);
    }
    let data = AuthenticatorData::read(&proof.authenticator_data, &proof.site)?;
    let key = Key::read(&passkey.public_key)?;
    key.verify(
        &proof.authenticator_data,
        &proof.client_data,
        &proof.signature,
    )?;
    Ok(data.sign_count)
}

/// Proves once more who a visitor is, by a passkey of theirs. False when it is not.
pub async fn prove(
    app: &App,
    visitor: &Visitor,
    browser: &str,
    shown: &Shown<'_>,
) -> Result<bool, Failure> {
    let theirs = (visitor.actor.company, visitor.actor.person);
    let good = whose(app, browser, shown).await? == Ok(theirs);
    if good {
        sessions::proved(app, visitor).await?;
    }
    Ok(good)
}

/// Calls a passkey of the visitor something else.
pub async fn rename(
    app: &App,
    visitor: &Visitor,
    id: PasskeyId,
    name: &str,
) -> Result<(), Failure> {
    let name = text::line("name", name, text::NAME_MAX)?;
    let whose = (visitor.actor.company, visitor.actor.person);
    app.store()
        .write((whose, id, name), |tx, (whose, id, name)| {
            Box::pin(async move { found(stored::rename(tx, *whose, *id, name).await?) })
        })
        .await
}

/// Removes a passkey of the visitor.
pub async fn remove(app: &App, visitor: &Visitor, id: PasskeyId) -> Result<(), Failure> {
    just_proved(app, visitor)?;
    app.store()
        .write(
            (visitor.clone(), id, app.now()),
            |tx, (visitor, id, now)| {
                Box::pin(async move {
                    let whose = (visitor.actor.company, visitor.actor.person);
                    found(stored::remove(tx, whose, *id).await?)?;
                    second_factor::removed(tx, visitor, PASSKEY, *now).await
                })
            },
        )
        .await
}

fn found(hit: bool) -> Result<(), Failure> {
    if hit {
        Ok(())
    } else {
        Err(Failure::NotFound("passkey"))
    }
}
