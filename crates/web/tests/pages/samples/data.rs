//! What is held on a person, requests, days, and the audit.

use askama::Template as _;
use rooms_views::admin::{
    AuditPage, AuditRow, DataRequestPage, DataRequestRow, DataRequestsPage, HandoverBooking,
    RetentionPage, RetentionRow,
};
use rooms_views::data::{HeldRow, OpenRequest, OwnDataPage, RefusedRequest};
use rooms_views::layout::{Link, Nav, Tone};
use rooms_views::parts::{Choice, Problems};

use super::{Pages, SHARP, autumn, evening, layout, s, today};

fn held() -> Vec<HeldRow> {
    let row = |words: &str, count| HeldRow {
        words: s(words),
        count,
    };
    vec![row("Bookings made", 41), row("API tokens", 0)]
}

fn own(asked: bool) -> OwnDataPage {
    OwnDataPage {
        layout: layout("Your data", Nav::Settings),
        rows: held(),
        open: asked.then(|| OpenRequest {
            asked: autumn(),
            due: today(),
        }),
        refused: (!asked).then(|| RefusedRequest {
            answered: evening(),
            reply: s(SHARP),
        }),
        done: String::new(),
    }
}

fn request(open: bool) -> DataRequestRow {
    DataRequestRow {
        href: s("/admin/data-requests/dr_1"),
        name: s(SHARP),
        asked: autumn(),
        due: today(),
        open,
        state: s(if open {
            "Waits for you"
        } else {
            "Data deleted"
        }),
        tone: if open { Tone::Warn } else { Tone::Ok },
        icon: if open { "pending" } else { "free" },
    }
}

fn requests(empty: bool) -> DataRequestsPage {
    DataRequestsPage {
        layout: layout("Data requests", Nav::Admin),
        rows: if empty {
            Vec::new()
        } else {
            vec![request(true), request(false)]
        },
        done: String::new(),
    }
}

fn one(open: bool, you: bool) -> DataRequestPage {
    DataRequestPage {
        layout: layout("Data request", Nav::Admin),
        row: request(open),
        email: s("mara.lindqvist@halden.example"),
        you,
        ahead: if open {
            vec![HandoverBooking {
                href: s("/bookings/bk_1"),
                title: s(SHARP),
                when: s("Thu 26 Nov 09:00–09:30"),
                room: s("Aster"),
                zoom: true,
            }]
        } else {
            Vec::new()
        },
        held: held(),
        answered: (!open).then(today),
        answered_by: s("Ines Duarte"),
        reply: s("As you asked."),
        proof: s("entry 12 of the audit, 4f1c"),
        problems: if you {
            Problems::none().with("reply", "Say why, so that the person can act on it.")
        } else {
            Problems::none()
        },
        done: String::new(),
    }
}

fn retention() -> RetentionPage {
    RetentionPage {
        layout: layout("How long things are kept", Nav::Admin),
        rows: vec![RetentionRow {
            id: s("zoom_removed"),
            words: s("Zoom account, after the app was removed in Zoom"),
            then: s("Then its name, address and IDs are deleted."),
            days: s("11"),
            least: 0,
            most: 10,
            last: s("Last gone through today 02:10: 1 deleted."),
        }],
        problems: Problems::none().with("zoom_removed", "Choose from 0 to 10 days."),
        done: String::new(),
    }
}

fn audit(empty: bool) -> AuditPage {
    let row = AuditRow {
        number: 12,
        at: today(),
        who: s(SHARP),
        what: s("connected Zoom"),
        details: s("meetings kept 2"),
        on: s("cn_0192f2c8a1b27c3d8e4f5a6b7c8d9e0f"),
        href: String::new(),
    };
    AuditPage {
        layout: layout("Audit", Nav::Admin),
        topics: vec![Choice::new("", "Everything").chosen(true)],
        people: vec![Choice::new("", "Anybody").chosen(true)],
        from: String::new(),
        to: String::new(),
        filtered: empty,
        download: s("/admin/audit/download"),
        next: (!empty).then(|| Link {
            text: s("Older"),
            href: s("/admin/audit?before=12"),
        }),
        rows: if empty { Vec::new() } else { vec![row] },
    }
}

/// Each of them in each state.
pub(crate) fn all(pages: &mut Pages) {
    pages.add("settings-data", &|| own(false).render());
    pages.add("settings-data-asked", &|| own(true).render());
    pages.add("admin-data-requests", &|| requests(false).render());
    pages.add("admin-data-requests-empty", &|| requests(true).render());
    pages.add("admin-data-request", &|| one(true, false).render());
    pages.add("admin-data-request-own", &|| one(true, true).render());
    pages.add("admin-data-request-done", &|| one(false, false).render());
    pages.add("admin-retention", &|| retention().render());
    pages.add("admin-audit", &|| audit(false).render());
    pages.add("admin-audit-empty", &|| audit(true).render());
}
