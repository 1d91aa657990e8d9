//! What somebody must hear about the ways into their account: a notice and a letter (OWASP ASVS
//! 5.0, 6.3.7).

use jiff::Timestamp;
use rooms_core::{CompanyId, PersonId};
use rooms_store::{Tx, notices};
use uuid::Uuid;

use crate::error::Failure;
use crate::mail::{self, Letter};

/// What notices of this kind begin with.
pub const KIND: &str = "security.";
/// A sign-in with a browser not seen before.
pub(crate) const NEW_BROWSER: &str = "security.new_browser";
/// Another password.
pub(crate) const PASSWORD: &str = "security.password";
/// A way to prove who one is, added or taken away.
pub(crate) const FACTOR: &str = "security.factor";
/// An account given back.
pub(crate) const RECOVERY: &str = "security.recovery";

/// Tells a person what has happened to their account. The notice is about the session that did
/// it, which does not show it.
pub(crate) async fn tell(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    (kind, session): (&str, Uuid),
    what: &str,
    now: Timestamp,
) -> Result<(), Failure> {
    notices::insert(tx, (company, person), kind, session, what, now).await?;
    let letter = Letter::Security {
        person,
        what: what.to_owned(),
        at: now.as_microsecond(),
    };
    Ok(mail::queue(tx, company, &letter, now).await?)
}
