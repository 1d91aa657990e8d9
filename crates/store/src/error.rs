//! What a database can answer with.

use std::borrow::Cow;

/// A rule the database itself holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constraint {
    /// A room is taken once at a time.
    BookingNoOverlap,
    /// An address belongs to one person of the installation.
    PersonEmail,
    /// One current connection per person and Zoom user under a client id.
    OneCurrentConnection,
    /// A passkey belongs to one person of the installation.
    PasskeyCredential,
    /// A name belongs to one group of a company.
    GroupName,
    /// A webhook is taken in once.
    InboxOnce,
    /// The audit is only added to.
    AuditAppendOnly,
    /// Some other rule.
    Other,
}

/// A statement or transaction that did not go through.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule of the database refused it.
    #[error("the database refused it: {0:?}")]
    Constraint(Constraint, #[source] sqlx::Error),
    /// Another transaction was in the way; trying again helps.
    #[error("another transaction was in the way")]
    Contended(#[source] sqlx::Error),
    /// The database cannot be reached or cannot write.
    #[error("the database does not answer")]
    Unavailable(#[source] sqlx::Error),
    /// The commit of the group this transaction was part of failed; nothing was kept.
    #[error("the commit failed: {0}")]
    Commit(String),
    /// A stored value does not read back; the key is wrong or the row was changed by hand.
    #[error("a stored value does not read back: {0}")]
    Corrupt(&'static str),
    /// Anything else the database said.
    #[error("the database said: {0}")]
    Database(#[source] sqlx::Error),
}

impl Error {
    /// Whether the same transaction may go through when tried again.
    #[must_use]
    pub fn is_contended(&self) -> bool {
        matches!(self, Self::Contended(_))
    }

    /// Whether this is that constraint.
    #[must_use]
    pub fn violates(&self, constraint: Constraint) -> bool {
        matches!(self, Self::Constraint(c, _) if *c == constraint)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(said) = &error else {
            return match error {
                sqlx::Error::Io(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
                other => Self::Database(other),
            };
        };
        let code = said.code().map(|code| primary(&code).into_owned());
        match code.as_deref() {
            // PostgreSQL: serialization failure, deadlock. SQLite: busy, locked.
            Some("40001" | "40P01" | "5" | "6") => Self::Contended(error),
            // PostgreSQL: shutting down or starting, disk full, too many connections.
            // SQLite: read-only, I/O error, full, cannot open.
            Some("57P01" | "57P02" | "57P03" | "53100" | "53300" | "8" | "10" | "13" | "14") => {
                Self::Unavailable(error)
            }
            code => {
                let held = constraint(said.constraint(), said.message());
                match held {
                    Some(name) => Self::Constraint(name, error),
                    None if said.is_unique_violation()
                        || said.is_check_violation()
                        || said.is_foreign_key_violation()
                        || code == Some("23P01") =>
                    {
                        Self::Constraint(Constraint::Other, error)
                    }
                    None => Self::Database(error),
                }
            }
        }
    }
}

/// `SQLite` says more in the upper bits of its codes (<https://sqlite.org/rescode.html>): 517 is one
/// way of being 5. `PostgreSQL`'s codes have five characters and stay.
fn primary(code: &str) -> Cow<'_, str> {
    match code.parse::<u32>() {
        Ok(extended) if code.len() < 5 => Cow::Owned((extended & 0xff).to_string()),
        _ => Cow::Borrowed(code),
    }
}

/// `SQLite` names no constraint: it lists the columns of a unique index, and our triggers raise
/// the name. This is the one function that reads such a text.
fn constraint(name: Option<&str>, message: &str) -> Option<Constraint> {
    const NAMES: [(&str, &str, Constraint); 7] = [
        (
            "booking_no_overlap",
            "booking_no_overlap",
            Constraint::BookingNoOverlap,
        ),
        (
            "person_email_unique",
            "person.email",
            Constraint::PersonEmail,
        ),
        (
            "passkey_credential_unique",
            "passkey.credential_id",
            Constraint::PasskeyCredential,
        ),
        (
            "connection_one_current",
            "connection.person_id, connection.client_id, connection.zoom_user_id",
            Constraint::OneCurrentConnection,
        ),
        (
            "person_group_name",
            "person_group.company_id, person_group.name",
            Constraint::GroupName,
        ),
        (
            "inbox_once",
            "inbox.source, inbox.dedupe_key",
            Constraint::InboxOnce,
        ),
        (
            "audit_append_only",
            "audit_append_only",
            Constraint::AuditAppendOnly,
        ),
    ];
    NAMES.into_iter().find_map(|(constraint, columns, kind)| {
        let hit = match name {
            Some(name) => name == constraint,
            None => message.ends_with(columns),
        };
        hit.then_some(kind)
    })
}
