//! An invited person sets a password.

use askama::Template;

use super::{layout::Layout, parts::Problems};

/// `/invitations/{token}` while the link is good.
#[derive(Debug, Clone, Template)]
#[template(path = "invitation.html")]
pub struct InvitationPage {
    /// What every page carries.
    pub layout: Layout,
    /// Where the form is posted: the page's own address.
    pub action: String,
    /// The company that invites.
    pub company: String,
    /// The invited person's name.
    pub name: String,
    /// The address to sign in with later.
    pub email: String,
    /// Where it gives an account back: whether the second factors go.
    pub recovers: Option<bool>,
    /// Until when the link is good, in words.
    pub good_until: String,
    /// What needs a change. Fields: `password`, `repeat`.
    pub problems: Problems,
}

/// `/invitations/{token}` when the link leads nowhere any more.
#[derive(Debug, Clone, Template)]
#[template(path = "invitation_ended.html")]
pub struct InvitationEndedPage {
    /// What every page carries.
    pub layout: Layout,
    /// What became of the link.
    pub ended: InvitationEnd,
    /// Whom to ask: the admin's or the support address.
    pub ask_email: String,
}

/// What became of an invitation link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationEnd {
    /// Too old.
    Expired,
    /// A password has been set with it.
    Used,
    /// Replaced by a newer one, withdrawn, or mistyped.
    Unknown,
}
