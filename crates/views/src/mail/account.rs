//! Mails about an account: that it waits, that it is given back, and what happened to it.

use askama::Template;

use super::{Letter, MailFrame, one_line};

/// To somebody who has been given an account.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// What stands under it.
    pub frame: MailFrame,
    /// Name of the admin.
    pub inviter: String,
    /// Where to set a password.
    pub link: String,
}

#[derive(Template)]
#[template(path = "mail_account.html")]
struct AccountHtml<'a> {
    mail: &'a Account,
}

#[derive(Template)]
#[template(path = "mail_account.txt")]
struct AccountText<'a> {
    mail: &'a Account,
}

/// To somebody who gets their account back.
#[derive(Clone, Debug, Default)]
pub struct Recovery {
    /// What stands under it.
    pub frame: MailFrame,
    /// Name of the admin.
    pub by: String,
    /// Where to set another password.
    pub link: String,
}

#[derive(Template)]
#[template(path = "mail_recovery.html")]
struct RecoveryHtml<'a> {
    mail: &'a Recovery,
}

#[derive(Template)]
#[template(path = "mail_recovery.txt")]
struct RecoveryText<'a> {
    mail: &'a Recovery,
}

/// To somebody about whose account something has to be known.
#[derive(Clone, Debug, Default)]
pub struct Security {
    /// What stands under it.
    pub frame: MailFrame,
    /// What, in a sentence.
    pub what: String,
    /// `23 November at 17:52 UTC`
    pub at: String,
    /// Where to see to it.
    pub link: String,
}

#[derive(Template)]
#[template(path = "mail_security.html")]
struct SecurityHtml<'a> {
    mail: &'a Security,
}

#[derive(Template)]
#[template(path = "mail_security.txt")]
struct SecurityText<'a> {
    mail: &'a Security,
}

impl Account {
    /// The subject.
    #[must_use]
    pub fn subject(&self) -> String {
        one_line(&format!("Book rooms at {}", self.frame.company))
    }

    /// The whole mail.
    pub fn letter(&self) -> Result<Letter, askama::Error> {
        Ok(Letter {
            subject: self.subject(),
            text: AccountText { mail: self }.render()?,
            html: AccountHtml { mail: self }.render()?,
        })
    }
}

impl Recovery {
    /// The subject.
    #[must_use]
    pub fn subject(&self) -> String {
        one_line(&format!("Another password for {}", self.frame.company))
    }

    /// The whole mail.
    pub fn letter(&self) -> Result<Letter, askama::Error> {
        Ok(Letter {
            subject: self.subject(),
            text: RecoveryText { mail: self }.render()?,
            html: RecoveryHtml { mail: self }.render()?,
        })
    }
}

impl Security {
    /// The subject.
    #[must_use]
    pub fn subject(&self) -> String {
        one_line(&format!("Your account at {}", self.frame.company))
    }

    /// When it was, and what to do.
    #[must_use]
    pub fn when(&self) -> String {
        format!(
            "It was on {}. If it was not you, change your password at once and tell an admin of your company.",
            self.at
        )
    }

    /// The whole mail.
    pub fn letter(&self) -> Result<Letter, askama::Error> {
        Ok(Letter {
            subject: self.subject(),
            text: SecurityText { mail: self }.render()?,
            html: SecurityHtml { mail: self }.render()?,
        })
    }
}
