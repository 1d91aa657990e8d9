//! The pages, each in each of its states, filled with what an office in Basel might hold.

pub(crate) mod admin;
pub(crate) mod apps;
pub(crate) mod data;
pub(crate) mod documents;
pub(crate) mod entry;
pub(crate) mod groups;
pub(crate) mod reconciliation;
pub(crate) mod settings;
pub(crate) mod zoom_app;

use rooms_views::layout::{Layout, Nav, Who};
use rooms_views::parts::{Choice, When};

/// A name that would change the page if it were not escaped.
pub(crate) const SHARP: &str = "<b>\"O'Neil & Sons\"</b>";

/// Rendered pages by name.
#[derive(Default)]
pub(crate) struct Pages(Vec<(String, String)>);

impl Pages {
    #[expect(
        clippy::unwrap_used,
        reason = "a sample that cannot be drawn fails its test"
    )]
    fn add(&mut self, name: &str, render: &dyn Fn() -> askama::Result<String>) {
        self.0.push((s(name), render().unwrap()));
    }
}

/// Every page in every state.
pub(crate) fn all() -> Vec<(String, String)> {
    let mut pages = Pages::default();
    entry::all(&mut pages);
    settings::all(&mut pages);
    apps::all(&mut pages);
    admin::all(&mut pages);
    data::all(&mut pages);
    groups::all(&mut pages);
    reconciliation::all(&mut pages);
    zoom_app::all(&mut pages);
    documents::all(&mut pages);
    pages.0
}

fn s(text: &str) -> String {
    text.to_owned()
}

fn layout(title: &str, nav: Nav) -> Layout {
    Layout {
        title: s(title),
        company_name: s("Halden Optics"),
        person: Some(Who {
            name: s("Mara Lindqvist"),
            email: s("mara.lindqvist@halden.example"),
            is_admin: nav == Nav::Admin,
        }),
        nav,
        csrf: s("csrf-token-1"),
        support_email: s("rooms@halden.example"),
        ..Layout::default()
    }
}

fn open(title: &str) -> Layout {
    Layout {
        person: None,
        company_name: String::new(),
        ..layout(title, Nav::None)
    }
}

fn today() -> When {
    When::new("2026-11-24T10:09:00+01:00", "today 10:09")
}

fn autumn() -> When {
    When::new("2026-09-02T09:15:00+02:00", "2 September 2026")
}

fn evening() -> When {
    When::new("2026-11-23T17:52:00+01:00", "23 November 2026 at 17:52")
}

fn zones() -> Vec<Choice> {
    vec![
        Choice::new("Europe/Zurich", "Europe/Zurich, now 10:12").chosen(true),
        Choice::new("Europe/Lisbon", "Europe/Lisbon, now 09:12"),
    ]
}

fn equipment() -> Vec<Choice> {
    vec![
        Choice::new("screen", "Screen").chosen(true),
        Choice::new("camera", "Camera").chosen(true),
        Choice::new("whiteboard", "Whiteboard"),
    ]
}
