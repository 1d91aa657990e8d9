//! Who may use a route, in words that a reader of the table understands, and what that means for
//! each role.

use crate::roles::Role;

/// Whose a route is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Policy {
    /// Everybody's, signed in or not.
    Anyone,
    /// Whoever holds the link: its token is the permission.
    HoldsTheLink,
    /// Whoever can sign as Zoom does.
    ZoomsSignature,
    /// Everybody's who is signed in, for their company alone.
    SignedIn,
    /// Those who may connect apps.
    MayConnect,
    /// The one person's whom the thing belongs to; to everybody else it does not exist.
    ItsOwner,
    /// The same, but that for everybody else it does nothing and does not say so: who ends what has
    /// ended already is where they wanted to be.
    ItsOwnerQuietly,
    /// The organizer's, the booker's and the company's admins'.
    OrganizerOrAdmin,
    /// The company's admins'.
    Admin,
}

/// What somebody gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gets {
    /// What the row of the table says.
    Done,
    /// They are asked to sign in: a page leads there, the API says 401.
    SignIn,
    /// As if it were done, and nothing is.
    Quiet,
    /// They may know that it exists, and not do it: 403.
    Forbidden,
    /// For them it does not exist: 404.
    Nothing,
    /// 403 or 404, and the same whether it exists elsewhere or nowhere.
    Refused,
}

impl Policy {
    /// What a role gets with the ids of its own company, or, for the admin of the other company,
    /// with ids that are not of theirs.
    pub(crate) fn gives(self, role: Role) -> Gets {
        use Policy::{
            Admin, Anyone, HoldsTheLink, ItsOwner, ItsOwnerQuietly, MayConnect, OrganizerOrAdmin,
            SignedIn, ZoomsSignature,
        };
        match (self, role) {
            (Anyone | HoldsTheLink | ZoomsSignature, _) => Gets::Done,
            (_, role) if !role.is_somebody() => Gets::SignIn,
            (ItsOwner | ItsOwnerQuietly, Role::Owner) => Gets::Done,
            (ItsOwnerQuietly, _) => Gets::Quiet,
            (ItsOwner, _) => Gets::Nothing,
            (MayConnect, Role::Officer) => Gets::Forbidden,
            (SignedIn | MayConnect, _) | (OrganizerOrAdmin, Role::Owner) => Gets::Done,
            (OrganizerOrAdmin | Admin, role) if role.is_admin() => Gets::Done,
            (OrganizerOrAdmin | Admin, _) => Gets::Forbidden,
        }
    }

    /// What a role gets where the address names what is not of its company.
    pub(crate) fn gives_of_others(self, role: Role) -> Gets {
        match self.gives(role) {
            Gets::Done | Gets::Quiet if self == Self::ItsOwnerQuietly => Gets::Quiet,
            Gets::Done | Gets::Quiet | Gets::Nothing => Gets::Nothing,
            Gets::Forbidden | Gets::Refused => Gets::Refused,
            Gets::SignIn => Gets::SignIn,
        }
    }
}
