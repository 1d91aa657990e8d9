//! Signing in and signing out.

use askama::Template;

use super::layout::Layout;

/// `/sign-in`: the two fields, why one is asked, and where it leads.
#[derive(Debug, Clone, Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    /// What every page carries.
    pub layout: Layout,
    /// What there is to say before the fields.
    pub notice: SignInNotice,
    /// The address as it was typed.
    pub email: String,
    /// The path to go on to, empty for Home. Goes back with the form.
    pub next: String,
    /// What `next` is in words ("Coating review, Tuesday 14:00"); empty when not known.
    pub destination: String,
    /// Whether this server can be signed in to with a passkey.
    pub passkeys: bool,
}

/// `/sign-in/second-step`: the code of an app, or a recovery code.
#[derive(Debug, Clone, Template)]
#[template(path = "sign_in_second.html")]
pub struct SecondStepPage {
    /// What every page carries.
    pub layout: Layout,
    /// What there is to say before the field.
    pub notice: StepNotice,
    /// The path to go on to. Goes back with the form.
    pub next: String,
    /// Whether an app shows this person codes.
    pub code_app: bool,
    /// Whether this person has passkeys, and this server takes them.
    pub passkeys: bool,
}

/// Why the second step is shown again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum StepNotice {
    /// Nothing to say.
    #[default]
    None,
    /// The code is wrong, or was used before.
    Wrong,
    /// It was waited for too long: the password is asked for again.
    Expired,
    /// Too many attempts.
    RateLimited {
        /// When to try again, in words.
        try_again: String,
    },
}

/// Why the sign-in page is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SignInNotice {
    /// Nothing to say.
    #[default]
    None,
    /// A page was asked for that needs a person.
    Needed,
    /// The session ended by time or from another device.
    Expired,
    /// This browser has just been signed out.
    SignedOut,
    /// All browsers of the person have just been signed out.
    SignedOutEverywhere,
    /// The password was set from a link and can be used now.
    PasswordSet,
    /// Address and password do not go together.
    WrongCredentials,
    /// The passkey was not accepted.
    WrongPasskey,
    /// Address or password was left empty.
    Incomplete,
    /// The form was too old or came from another site.
    FormExpired,
    /// Too many attempts.
    RateLimited {
        /// When to try again, in words: "in 4 minutes", "at 10:31".
        try_again: String,
    },
}

impl SignInNotice {
    /// Whether a field has to be corrected.
    #[must_use]
    pub fn wrong(&self) -> bool {
        matches!(self, Self::WrongCredentials | Self::Incomplete)
    }

    /// Whether the page stands in the way of another page.
    #[must_use]
    pub fn on_the_way(&self) -> bool {
        matches!(
            self,
            Self::None | Self::Needed | Self::Expired | Self::PasswordSet
        )
    }
}

/// `GET /sign-out`: asks once, since leaving is a change of state.
#[derive(Debug, Clone, Template)]
#[template(path = "sign_in_out.html")]
pub struct SignOutPage {
    /// What every page carries.
    pub layout: Layout,
    /// Who is signed in.
    pub name: String,
}
