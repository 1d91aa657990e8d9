//! Invitations: an admin adds a person, who sets a password by a link that works once.

use jiff::SignedDuration;
use rooms_core::actor::Person;
use rooms_core::password::{self, Whose};
use rooms_core::{Actor, CompanyId, FieldErrors, InvitationId, PersonId, PersonState, Role, text};
use rooms_store::audit::Entry;
use rooms_store::events::By;
use rooms_store::invitations::{self, Invitation};
use rooms_store::{Tx, people, sessions};

use super::recovery;
use crate::app::App;
use crate::companies::{admins_only, email_taken, hash};
use crate::error::Failure;
use crate::mail::{self, Letter};
use crate::secret;

/// How long an invitation's link works.
pub const INVITATION_LIFE: SignedDuration = SignedDuration::from_hours(24 * 7);

/// Whom to invite.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they will be in the company.
    pub role: Role,
    /// Whether they are chosen to connect apps.
    pub may_connect: bool,
}

/// Who was invited, and the link to hand over where no mail is sent.
#[derive(Debug, Clone)]
pub struct Invited {
    /// The person.
    pub person: PersonId,
    /// The link, shown to the admin this once.
    pub link: String,
}

struct Inviting {
    id: InvitationId,
    token_hash: [u8; 32],
    link: String,
    actor: Actor,
    now: jiff::Timestamp,
}

/// Invites somebody new. Admins only; an address that is taken anywhere is refused.
pub async fn invite(app: &App, actor: &Actor, new: NewInvitation) -> Result<Invited, Failure> {
    admins_only(actor)?;
    let mut errors = FieldErrors::default();
    let email = errors.keep(text::email("email", &new.email));
    let name = errors.keep(text::line("name", &new.name, text::NAME_MAX));
    let (Some(email), Some(name)) = (email, name) else {
        return Err(errors.into());
    };
    let person = Person {
        id: PersonId::from_uuid(app.new_id()),
        company: actor.company,
        email,
        name,
        role: new.role,
        may_connect: new.may_connect,
        state: PersonState::Invited,
    };
    let inviting = inviting(app, actor);
    let invited = Invited {
        person: person.id,
        link: inviting.link.clone(),
    };
    app.store()
        .write((person, inviting), |tx, (person, inviting)| {
            Box::pin(async move {
                people::insert(tx, person, None, inviting.now)
                    .await
                    .map_err(email_taken)?;
                let entry = on_record(inviting, person.id, "person.invited")
                    .with("role", person.role.as_str())
                    .with("may_connect", person.may_connect);
                tx.audit(entry);
                send(tx, person.id, inviting).await
            })
        })
        .await?;
    Ok(invited)
}

/// Gives somebody who has not set a password yet a new link; earlier links end, and somebody
/// deactivated is let in again. Who can sign in gets their account back otherwise
/// ([`super::recovery`]). Admins only.
pub async fn invite_again(app: &App, actor: &Actor, id: PersonId) -> Result<Invited, Failure> {
    admins_only(actor)?;
    let inviting = inviting(app, actor);
    let invited = Invited {
        person: id,
        link: inviting.link.clone(),
    };
    app.store()
        .write((id, inviting), |tx, (id, inviting)| {
            Box::pin(async move {
                let company = inviting.actor.company;
                let person = people::get(tx, company, *id)
                    .await?
                    .ok_or(Failure::NotFound("person"))?;
                if person.state == PersonState::Active {
                    return Err(Failure::Conflict("this person has a password"));
                }
                if person.state == PersonState::Deactivated {
                    let hit = people::reactivate(tx, company, *id).await?;
                    if !hit {
                        return Err(Failure::Conflict("this person's data was erased"));
                    }
                }
                tx.audit(on_record(inviting, *id, "person.invited_again"));
                send(tx, *id, inviting).await
            })
        })
        .await?;
    Ok(invited)
}

fn inviting(app: &App, actor: &Actor) -> Inviting {
    let token = secret::token(app.entropy(), "");
    Inviting {
        id: InvitationId::from_uuid(app.new_id()),
        token_hash: secret::hash(token.as_bytes()),
        link: app.link(&format!("/invitations/{token}")),
        actor: actor.clone(),
        now: app.now(),
    }
}

fn on_record(inviting: &Inviting, person: PersonId, action: &str) -> Entry {
    let by = By::Person(inviting.actor.person);
    Entry::new(inviting.actor.company, by, action, person, inviting.now)
}

async fn send(tx: &mut Tx, person: PersonId, inviting: &Inviting) -> Result<(), Failure> {
    let (company, now) = (inviting.actor.company, inviting.now);
    invitations::void(tx, company, person, now).await?;
    let expires_at = now.saturating_add(INVITATION_LIFE).unwrap_or(now);
    let whose = (company, person);
    invitations::insert(
        tx,
        inviting.id,
        &inviting.token_hash,
        whose,
        now,
        expires_at,
    )
    .await?;
    let letter = Letter::Account {
        person,
        inviter: inviting.actor.name.clone(),
        sealed_link: mail::seal_one(tx, inviting.id.uuid(), &inviting.link)?,
    };
    Ok(mail::queue(tx, company, &letter, now).await?)
}

/// Until when the links work that the company's people have not used yet. Admins only.
pub async fn waiting(
    app: &App,
    actor: &Actor,
) -> Result<Vec<(PersonId, jiff::Timestamp)>, Failure> {
    admins_only(actor)?;
    let mut tx = app.read().await?;
    Ok(invitations::waiting(&mut tx, actor.company).await?)
}

/// What an invitation's link shows; `None` when there is no such link.
pub async fn look(app: &App, token: &str) -> Result<Option<Invitation>, Failure> {
    let mut tx = app.read().await?;
    Ok(invitations::by_hash(&mut tx, &secret::hash(token.as_bytes())).await?)
}

/// Sets the password of an invited person, and gives whose it is for a session.
pub async fn accept(
    app: &App,
    token: &str,
    password: &str,
) -> Result<(CompanyId, PersonId), Failure> {
    let invitation = look(app, token)
        .await?
        .ok_or(Failure::NotFound("invitation"))?;
    let whose = Whose {
        email: &invitation.email,
        name: &invitation.name,
        company: &invitation.company_name,
    };
    password::check("password", password, &whose)?;
    let password_hash = hash(app, password.to_owned()).await?;
    let input = (secret::hash(token.as_bytes()), password_hash, app.now());
    app.store()
        .write(input, |tx, (token_hash, password_hash, now)| {
            Box::pin(async move {
                let invitation = invitations::by_hash(tx, token_hash)
                    .await?
                    .ok_or(Failure::NotFound("invitation"))?;
                if !invitations::redeem(tx, token_hash, *now).await? {
                    return Err(Failure::Conflict("this invitation was used or has expired"));
                }
                let whose = (invitation.company, invitation.person);
                people::set_password(tx, whose.0, whose.1, password_hash).await?;
                sessions::delete_all(tx, whose.0, whose.1).await?;
                if let Some(recovery) = &invitation.recovers {
                    recovery::complete(tx, whose, recovery, *now).await?;
                }
                let by = By::Person(whose.1);
                tx.audit(Entry::new(
                    whose.0,
                    by,
                    "person.password_set",
                    whose.1,
                    *now,
                ));
                Ok(whose)
            })
        })
        .await
}
