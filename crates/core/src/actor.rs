//! Who acts, and what they may do.

use crate::ids::{CompanyId, PersonId};

/// What a person is in their company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Books rooms.
    Officer,
    /// Books rooms and runs the company's settings.
    Admin,
}

impl Role {
    /// The word in SQL, the API and the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Officer => "officer",
            Self::Admin => "admin",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Officer, Self::Admin]
            .into_iter()
            .find(|role| role.as_str() == text)
    }
}

/// Where a person stands with the company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonState {
    /// Has not set a password yet.
    Invited,
    /// Can sign in.
    Active,
    /// Cannot sign in; what they booked stays.
    Deactivated,
}

impl PersonState {
    /// The word in SQL and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Deactivated => "deactivated",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Invited, Self::Active, Self::Deactivated]
            .into_iter()
            .find(|s| s.as_str() == text)
    }
}

/// Who in a company may connect apps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectPolicy {
    /// Everybody who can sign in.
    Everybody,
    /// People an admin has chosen, one by one or as a group, and admins.
    Chosen,
    /// Admins only.
    Admins,
}

impl ConnectPolicy {
    /// The word in SQL and forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::Chosen => "chosen",
            Self::Admins => "admins",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Everybody, Self::Chosen, Self::Admins]
            .into_iter()
            .find(|p| p.as_str() == text)
    }

    /// Whether somebody of this role may connect apps, chosen or not: by themselves or through a
    /// group of theirs.
    #[must_use]
    pub fn allows(self, role: Role, chosen: bool) -> bool {
        match self {
            Self::Everybody => true,
            Self::Chosen => chosen || role == Role::Admin,
            Self::Admins => role == Role::Admin,
        }
    }
}

/// A signed-in person, or a program with their token: the tenant travels with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Their company; every statement about company data is limited to it.
    pub company: CompanyId,
    /// Who they are.
    pub person: PersonId,
    /// What they are in the company.
    pub role: Role,
    /// Whether they may connect apps.
    pub may_connect: bool,
    /// Their name, for pages and histories.
    pub name: String,
    /// Their address.
    pub email: String,
}

impl Actor {
    /// Whether they run the company's settings.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }

    /// Whether they may change or cancel a booking: its organizer, its booker or an admin.
    #[must_use]
    pub fn may_change(&self, organizer: PersonId, booker: PersonId) -> bool {
        self.is_admin() || self.person == organizer || self.person == booker
    }
}

/// A company as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Its id.
    pub id: CompanyId,
    /// Its name.
    pub name: String,
    /// Who in it may connect apps.
    pub connect_policy: ConnectPolicy,
}

/// A person as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// Their company.
    pub company: CompanyId,
    /// Their address, lower-cased, unique in the installation.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they are in the company.
    pub role: Role,
    /// Whether an admin chose them, of all people, to connect apps; a group of theirs may let them
    /// as well.
    pub may_connect: bool,
    /// Where they stand with the company.
    pub state: PersonState,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_connect_policy_is_a_table() {
        use ConnectPolicy::{Admins, Chosen, Everybody};
        use Role::{Admin, Officer};
        let allowed = |policy: ConnectPolicy| {
            [(Officer, false), (Officer, true), (Admin, false)].map(|(r, c)| policy.allows(r, c))
        };
        assert_eq!(allowed(Everybody), [true, true, true]);
        assert_eq!(allowed(Chosen), [false, true, true]);
        assert_eq!(allowed(Admins), [false, false, true]);
    }

    #[test]
    fn a_booking_is_changed_by_its_organizer_its_booker_or_an_admin() {
        let person = |n| PersonId::from_uuid(Uuid::from_u128(n));
        let (mara, lee, noor) = (person(1), person(2), person(3));
        let may = |role, organizer, booker| {
            let actor = Actor {
                company: CompanyId::from_uuid(Uuid::nil()),
                person: mara,
                role,
                may_connect: true,
                name: "Mara".to_owned(),
                email: "mara@halden.example".to_owned(),
            };
            assert_eq!(actor.is_admin(), role == Role::Admin);
            actor.may_change(organizer, booker)
        };
        assert!(may(Role::Officer, mara, lee));
        assert!(may(Role::Officer, lee, mara));
        assert!(!may(Role::Officer, lee, noor));
        assert!(may(Role::Admin, lee, noor));
    }
}
