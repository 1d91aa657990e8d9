//! Who asks.

use rooms_web::csrf;

use crate::stage::World;

/// Everybody who could ask. All but [`Role::OtherAdmin`] and [`Role::Anonymous`] are, or were, of
/// the first company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    /// Nobody: no session, no token.
    Anonymous,
    /// A session that has expired; the API has no such thing and gets a token nobody issued.
    Expired,
    /// A session that was signed out, a token that was revoked.
    Revoked,
    /// The session and token of somebody who was deactivated.
    Deactivated,
    /// The admin of the other company.
    OtherAdmin,
    /// Somebody who books rooms and may not connect apps.
    Officer,
    /// Somebody who books rooms and may connect apps.
    Permitted,
    /// The same, and whom everything on the stage belongs to that belongs to one person.
    Owner,
    /// The company's admin.
    Admin,
}

impl Role {
    pub(crate) const ALL: [Self; 9] = [
        Self::Anonymous,
        Self::Expired,
        Self::Revoked,
        Self::Deactivated,
        Self::OtherAdmin,
        Self::Officer,
        Self::Permitted,
        Self::Owner,
        Self::Admin,
    ];

    /// Whether the program knows who is asking.
    pub(crate) fn is_somebody(self) -> bool {
        !matches!(
            self,
            Self::Anonymous | Self::Expired | Self::Revoked | Self::Deactivated
        )
    }

    pub(crate) fn is_admin(self) -> bool {
        matches!(self, Self::Admin | Self::OtherAdmin)
    }
}

/// What a role shows: a session to pages, a token to the API. Neither where there is none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Credentials {
    pub(crate) session: String,
    pub(crate) token: String,
}

/// The cookie that the forms of browsers without a session are bound to.
const VISIT: &str = "a-visit-of-the-matrix";

impl Credentials {
    /// The cookies of this browser.
    pub(crate) fn cookies(&self) -> String {
        let visit = format!("visit={VISIT}");
        if self.session.is_empty() {
            visit
        } else {
            format!("session={}; {visit}", self.session)
        }
    }

    /// The form token of this browser's pages.
    pub(crate) fn csrf(&self, role: Role, world: &World) -> String {
        let bound_to = if role.is_somebody() {
            &self.session
        } else {
            VISIT
        };
        csrf::token(world.app.app.sealer(), bound_to)
    }
}
