//! Groups of people.

use askama::Template;
use rooms_views::admin::{ConnectRule, GroupHead, GroupPage, GroupPerson, GroupRow, GroupsPage};
use rooms_views::layout::Nav;
use rooms_views::parts::Problems;

use super::{Pages, SHARP, layout, s};

pub(crate) fn groups(empty: bool) -> GroupsPage {
    let row = |name: &str, members, may_connect| GroupRow {
        id: s("gr_1"),
        name: s(name),
        members,
        may_connect,
    };
    GroupsPage {
        layout: layout("Groups", Nav::Admin),
        groups: if empty {
            Vec::new()
        } else {
            vec![row("Sales", 214, true), row(SHARP, 1, false)]
        },
        rule: ConnectRule::Chosen,
        done: String::new(),
    }
}

pub(crate) fn group(members: usize, rule: ConnectRule) -> GroupPage {
    let person = |nth: usize| GroupPerson {
        id: format!("pe_{nth}"),
        name: if nth == 0 {
            s(SHARP)
        } else {
            s("Mara Lindqvist")
        },
        email: s("mara.lindqvist@halden.example"),
        deactivated: nth == 1,
    };
    GroupPage {
        layout: layout("Group", Nav::Admin),
        group: Some(GroupHead {
            id: s("gr_1"),
            name: s(SHARP),
            members: (0..members).map(person).collect(),
            q: s("mara"),
            found: (0..2).map(person).collect(),
            more: 3,
        }),
        name: s(SHARP),
        may_connect: true,
        rule,
        problems: Problems::none(),
        done: s("Mara Lindqvist is in the group."),
    }
}

/// Each of them in each state.
pub(crate) fn all(pages: &mut Pages) {
    pages.add("admin-groups", &|| groups(false).render());
    pages.add("admin-groups-empty", &|| groups(true).render());
    pages.add("admin-group", &|| group(3, ConnectRule::Chosen).render());
    pages.add("admin-group-empty", &|| {
        group(0, ConnectRule::Everybody).render()
    });
    pages.add("admin-group-large", &|| {
        group(500, ConnectRule::Admins).render()
    });
    pages.add("admin-group-new", &|| {
        let problems = Problems::none().with("name", "There is a group of this name.");
        GroupPage {
            group: None,
            problems,
            ..group(0, ConnectRule::Chosen)
        }
        .render()
    });
}
