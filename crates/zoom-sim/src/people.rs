//! What becomes of a user in their Zoom account: deactivated, deleted, moved, with a licence or
//! without.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::options::SimUser;
use crate::state::World;
use crate::webhooks;

/// How a user stands in their Zoom account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// As ever.
    #[default]
    Active,
    /// May not host meetings: 400/3161.
    NoHosting,
    /// Deactivated by the administrator: what their calls are told is a rule.
    Deactivated,
    /// Deleted: 404/1001, and 4735 for a refresh.
    Deleted,
}

impl Standing {
    /// Names as files and the console page write them.
    pub(crate) const ALL: [(&'static str, Self); 4] = [
        ("active", Self::Active),
        ("no-hosting", Self::NoHosting),
        ("deactivated", Self::Deactivated),
        ("deleted", Self::Deleted),
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == self)
            .map_or("active", |(name, _)| name)
    }

    /// Can use Zoom's own pages.
    pub(crate) fn may_sign_in(self) -> bool {
        matches!(self, Self::Active | Self::NoHosting)
    }
}

/// Changes how a user stands; false if there is no such user.
pub(crate) fn set_standing(
    world: &mut World,
    now: Timestamp,
    email: &str,
    standing: Standing,
) -> bool {
    let Some(user) = world.user_by_email(email).cloned() else {
        return false;
    };
    let before = world.standing(&user.user_id);
    world.standings.insert(user.user_id.clone(), standing);
    if !standing.may_sign_in() {
        world.sessions.retain(|_, id| *id != user.user_id);
    }
    let event = match (before, standing) {
        (_, Standing::Deactivated) => "user.deactivated",
        (_, Standing::Deleted) => "user.deleted",
        (Standing::Deactivated, _) => "user.activated",
        _ => return true,
    };
    webhooks::about_user(world, now, &user, event, json!({"object": outline(&user)}));
    true
}

/// Moves a user to another Zoom account, which is made if need be; false if there is no such user.
pub(crate) fn move_to(world: &mut World, now: Timestamp, email: &str, account_id: &str) -> bool {
    let Some(user) = world.user_by_email(email).cloned() else {
        return false;
    };
    webhooks::about_user(
        world,
        now,
        &user,
        "user.disassociated",
        json!({"object": outline(&user)}),
    );
    world.open_account(account_id, false);
    for held in &mut world.users {
        if held.user_id == user.user_id {
            account_id.clone_into(&mut held.account_id);
        }
    }
    true
}

/// Gives a user a licence, or takes it; false if there is no such user.
pub(crate) fn set_licensed(world: &mut World, now: Timestamp, email: &str, licensed: bool) -> bool {
    let Some(old) = world.user_by_email(email).cloned() else {
        return false;
    };
    for held in &mut world.users {
        if held.user_id == old.user_id {
            held.licensed = licensed;
        }
    }
    if old.licensed != licensed {
        let kind = |licensed: bool| json!({"id": old.user_id, "type": kind(licensed)});
        let rest = json!({
            "object": kind(licensed),
            "old_object": kind(old.licensed),
            "time_stamp": now.as_millisecond(),
        });
        webhooks::about_user(world, now, &old, "user.updated", rest);
    }
    true
}

/// Zoom's number for a licence.
pub(crate) fn kind(licensed: bool) -> u8 {
    if licensed { 2 } else { 1 }
}

fn outline(user: &SimUser) -> Map<String, Value> {
    let (first, last) = names(user);
    let mut object = Map::new();
    object.insert("id".into(), json!(user.user_id));
    object.insert("first_name".into(), json!(first));
    object.insert("last_name".into(), json!(last));
    object.insert("email".into(), json!(user.email));
    object.insert("type".into(), json!(kind(user.licensed)));
    object
}

/// First and last name.
pub(crate) fn names(user: &SimUser) -> (&str, &str) {
    user.display_name
        .split_once(' ')
        .unwrap_or((user.display_name.as_str(), ""))
}
