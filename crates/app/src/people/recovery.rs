//! Giving somebody their account back who lost their password or second factor: an admin begins
//! it, a link that works once ends it. Nothing changes before the link is used, and nobody but
//! the person chooses the password (OWASP ASVS 5.0, 6.4.3 and 6.4.4).

use jiff::{SignedDuration, Timestamp};
use rooms_core::actor::Person;
use rooms_core::{Actor, CompanyId, InvitationId, PersonId, PersonState, text};
use rooms_store::audit::Entry;
use rooms_store::events::{self, By};
use rooms_store::invitations::{self, Recovery};
use rooms_store::{Tx, browsers, notices, people, second_factor as stored};

use super::invitations::Invited;
use super::{find, second_factor, security};
use crate::app::App;
use crate::companies::admins_only;
use crate::error::Failure;
use crate::mail::{self, Letter};
use crate::secret;

/// How long the link works.
pub const RECOVERY_LIFE: SignedDuration = SignedDuration::from_hours(24);
/// What the person hears at once.
const LINK_MADE: &str = "A link was made that sets another password for you. If you did not ask \
                         for it, tell an admin today.";
/// The longest reason.
pub const REASON_MAX: usize = 300;

struct Beginning {
    id: InvitationId,
    token_hash: [u8; 32],
    link: String,
    recovery: Recovery,
    now: Timestamp,
}

impl Beginning {
    fn new(app: &App, recovery: Recovery) -> Self {
        let token = secret::token(app.entropy(), "");
        Self {
            id: InvitationId::from_uuid(app.new_id()),
            token_hash: secret::hash(token.as_bytes()),
            link: app.link(&format!("/invitations/{token}")),
            recovery,
            now: app.now(),
        }
    }
}

/// Begins to give a person of the company their account back: they get a link to set another
/// password, which also removes their second factors where that is wanted. Admins only, and for
/// others only.
pub async fn begin(
    app: &App,
    actor: &Actor,
    id: PersonId,
    reason: &str,
    removes_factors: bool,
) -> Result<Invited, Failure> {
    admins_only(actor)?;
    if actor.person == id {
        return Err(Failure::Conflict(
            "you cannot give your own account back; ask another admin",
        ));
    }
    let recovery = Recovery {
        reason: text::line("reason", reason, REASON_MAX)?,
        removes_factors,
    };
    let beginning = Beginning::new(app, recovery);
    let invited = Invited {
        person: id,
        link: beginning.link.clone(),
    };
    app.store()
        .write(
            (actor.clone(), id, beginning),
            |tx, (actor, id, beginning)| {
                Box::pin(async move {
                    let person = find(tx, actor, *id).await?;
                    let letter = Letter::Recovery {
                        person: *id,
                        by: actor.name.clone(),
                        sealed_link: mail::seal_one(tx, beginning.id.uuid(), &beginning.link)?,
                    };
                    let by = By::Person(actor.person);
                    record(tx, &person, (by, &letter), beginning).await
                })
            },
        )
        .await?;
    Ok(invited)
}

/// The same for somebody by address, of any company, where no admin is left who could: the command
/// line's way. Gives the link.
pub async fn begin_by_operator(
    app: &App,
    email: &str,
    removes_factors: bool,
) -> Result<String, Failure> {
    let email = text::email("email", email)?;
    let recovery = Recovery {
        reason: "Asked of the operator of this server".to_owned(),
        removes_factors,
    };
    let beginning = Beginning::new(app, recovery);
    let link = beginning.link.clone();
    app.store()
        .write((email, beginning), |tx, (email, beginning)| {
            Box::pin(async move {
                let person = people::anywhere(tx, email).await?;
                let person = person.ok_or(Failure::NotFound("person"))?;
                let letter = Letter::Security {
                    person: person.id,
                    what: LINK_MADE.to_owned(),
                    at: beginning.now.as_microsecond(),
                };
                record(tx, &person, (By::Operator, &letter), beginning).await
            })
        })
        .await?;
    Ok(link)
}

/// Keeps the link, and says and records that there is one.
async fn record(
    tx: &mut Tx,
    person: &Person,
    (by, letter): (By, &Letter),
    beginning: &Beginning,
) -> Result<(), Failure> {
    if person.state != PersonState::Active {
        return Err(Failure::Conflict(
            "only somebody who can sign in gets their account back; invite others again",
        ));
    }
    let (whose, now) = ((person.company, person.id), beginning.now);
    invitations::void(tx, whose.0, whose.1, now).await?;
    let until = now.saturating_add(RECOVERY_LIFE).unwrap_or(now);
    let which = (beginning.id, beginning.token_hash.as_slice());
    invitations::insert_recovery(tx, which, whose, &beginning.recovery, (now, until)).await?;
    let action = "person.recovery_begun";
    let entry = Entry::new(whose.0, by, action, whose.1, now)
        .with("removes_factors", beginning.recovery.removes_factors);
    events::record(tx, entry, whose.1.uuid(), &beginning.recovery.reason).await?;
    let subject = whose.1.uuid();
    notices::insert(tx, whose, security::RECOVERY, subject, LINK_MADE, now).await?;
    Ok(mail::queue(tx, whose.0, letter, now).await?)
}

/// What else happens as the link is used, after the password is set and every session has ended.
pub(super) async fn complete(
    tx: &mut Tx,
    whose: (CompanyId, PersonId),
    recovery: &Recovery,
    now: Timestamp,
) -> Result<(), Failure> {
    if recovery.removes_factors {
        second_factor::remove_all(tx, whose).await?;
    }
    stored::steps_done(tx, whose).await?;
    browsers::forget(tx, whose).await?;
    let entry = Entry::new(
        whose.0,
        By::Person(whose.1),
        "person.recovered",
        whose.1,
        now,
    );
    tx.audit(entry.with("removes_factors", recovery.removes_factors));
    let about = (security::RECOVERY, whose.1.uuid());
    let factors = if recovery.removes_factors {
        " Your second factor is removed."
    } else {
        ""
    };
    let words = format!("Your account has a new password, set by a link.{factors}");
    security::tell(tx, whose, about, &words, now).await?;
    let person = people::get(tx, whose.0, whose.1).await?;
    let name = person.map(|person| person.name).unwrap_or_default();
    for admin in people::admins(tx, whose.0).await? {
        if admin.id != whose.1 {
            let words = format!("{name} set another password by the link they were given.");
            security::tell(tx, (whose.0, admin.id), about, &words, now).await?;
        }
    }
    Ok(())
}
