//! Groups of people: the list, and the page of one.

use askama::Template;

use super::{AdminTab, ConnectRule};
use crate::layout::Layout;
use crate::parts::Problems;

/// `/admin/groups`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_groups.html")]
pub struct GroupsPage {
    /// What every page carries.
    pub layout: Layout,
    /// Groups in order of name.
    pub groups: Vec<GroupRow>,
    /// Who may connect apps in the company, which decides what a group lets its members do.
    pub rule: ConnectRule,
    /// A sentence about what has just been done, empty for none.
    pub done: String,
}

/// One group in the list.
#[derive(Debug, Clone, Default)]
pub struct GroupRow {
    /// Names it in addresses.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How many are in it.
    pub members: i64,
    /// Whether its members may connect apps.
    pub may_connect: bool,
}

/// `/admin/groups/new` and `/admin/groups/{id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_group.html")]
pub struct GroupPage {
    /// What every page carries.
    pub layout: Layout,
    /// The group being changed; `None` while one is added.
    pub group: Option<GroupHead>,
    /// The name as it is or as typed.
    pub name: String,
    /// Whether its members may connect apps, as it is or as chosen.
    pub may_connect: bool,
    /// Who may connect apps in the company, which decides what the box means.
    pub rule: ConnectRule,
    /// What needs a change. Field: `name`.
    pub problems: Problems,
    /// A sentence about what has just been done, empty for none.
    pub done: String,
}

/// The group that a page is about.
#[derive(Debug, Clone, Default)]
pub struct GroupHead {
    /// Names it in addresses.
    pub id: String,
    /// Its name as stored.
    pub name: String,
    /// Who is in it, in order of name.
    pub members: Vec<GroupPerson>,
    /// What was searched for among the others.
    pub q: String,
    /// Others whom the search finds, some of them.
    pub found: Vec<GroupPerson>,
    /// How many more it finds.
    pub more: usize,
}

/// Somebody in a group, or who can be put into it.
#[derive(Debug, Clone, Default)]
pub struct GroupPerson {
    /// Names them in forms and addresses.
    pub id: String,
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// Whether they cannot sign in any more.
    pub deactivated: bool,
}
