//! Groups of people, and why somebody may connect apps.

use crate::actor::{ConnectPolicy, Person, Role};
use crate::ids::{CompanyId, GroupId};

/// A group of people of a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its company.
    pub company: CompanyId,
    /// Its name, unique in the company.
    pub name: String,
    /// Whether its members may connect apps, where the company lets chosen people.
    pub may_connect: bool,
}

/// Why somebody may connect apps, or may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permission {
    /// They may: everybody may.
    Everybody,
    /// They may: admins always may.
    Admin,
    /// They may: an admin chose them.
    Chosen,
    /// They may: a group of theirs may.
    Group(String),
    /// They may not: only chosen people may, and nobody chose them or a group of theirs.
    NotChosen,
    /// They may not: only admins may.
    AdminsOnly,
}

impl Permission {
    /// Why a person of these groups may connect apps under a policy, or may not.
    #[must_use]
    pub fn of(policy: ConnectPolicy, person: &Person, groups: &[Group]) -> Self {
        let group = groups.iter().find(|group| group.may_connect);
        match (policy, person.role) {
            (ConnectPolicy::Everybody, _) => Self::Everybody,
            (_, Role::Admin) => Self::Admin,
            (ConnectPolicy::Admins, Role::Officer) => Self::AdminsOnly,
            (ConnectPolicy::Chosen, Role::Officer) => match group {
                _ if person.may_connect => Self::Chosen,
                Some(group) => Self::Group(group.name.clone()),
                None => Self::NotChosen,
            },
        }
    }

    /// Whether they may.
    #[must_use]
    pub fn is_given(&self) -> bool {
        !matches!(self, Self::NotChosen | Self::AdminsOnly)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::actor::PersonState;
    use crate::ids::PersonId;

    fn person(role: Role, may_connect: bool) -> Person {
        Person {
            id: PersonId::from_uuid(Uuid::from_u128(1)),
            company: CompanyId::from_uuid(Uuid::from_u128(2)),
            email: "mara@halden.example".to_owned(),
            name: "Mara".to_owned(),
            role,
            may_connect,
            state: PersonState::Active,
        }
    }

    fn group(name: &str, may_connect: bool) -> Group {
        Group {
            id: GroupId::from_uuid(Uuid::from_u128(3)),
            company: CompanyId::from_uuid(Uuid::from_u128(2)),
            name: name.to_owned(),
            may_connect,
        }
    }

    #[test]
    fn the_reason_agrees_with_the_policy_in_every_case() {
        let groups = [group("Guests", false), group("Sales", true)];
        for policy in [
            ConnectPolicy::Everybody,
            ConnectPolicy::Chosen,
            ConnectPolicy::Admins,
        ] {
            for role in [Role::Officer, Role::Admin] {
                for own in [false, true] {
                    for count in 0..=2 {
                        let of: Vec<Group> = groups.iter().take(count).cloned().collect();
                        let chosen = own || of.iter().any(|group| group.may_connect);
                        let why = Permission::of(policy, &person(role, own), &of);
                        assert_eq!(why.is_given(), policy.allows(role, chosen), "{why:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_group_that_lets_somebody_is_named() {
        let groups = [group("Guests", false), group("Sales", true)];
        let why = |own, groups: &[Group]| {
            Permission::of(ConnectPolicy::Chosen, &person(Role::Officer, own), groups)
        };
        assert_eq!(why(false, &groups), Permission::Group("Sales".to_owned()));
        assert_eq!(why(true, &groups), Permission::Chosen);
        assert_eq!(why(false, groups.get(..1).unwrap()), Permission::NotChosen);
    }
}
