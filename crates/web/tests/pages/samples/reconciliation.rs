//! The comparison with Zoom in each of its states.

use askama::Template as _;
use rooms_views::admin::{FindingRow, Part, ReconciliationPage, RunFacts, UnreachableRow};
use rooms_views::layout::{Nav, Tone};

use super::{Pages, SHARP, layout, s, today};

/// How far it is.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Stage {
    Empty,
    Running,
    Found,
    Fixing,
    Done,
}

fn row(kind: &'static str, tone: Tone, icon: &'static str, differs: &str) -> FindingRow {
    FindingRow {
        id: s("fd_1"),
        title: s("Lens review with the suppliers from Porto"),
        href: s("/bookings/bk_1"),
        host: s("mara.lindqvist@halden.example"),
        kind,
        tone,
        icon,
        differs: s(differs),
        remedy: "Makes a new link and sends it to everybody.",
        ..FindingRow::default()
    }
}

fn rows() -> Vec<FindingRow> {
    vec![
        row(
            "Missing in Zoom",
            Tone::Bad,
            "failed",
            "Thu 26 Nov 2026 14:00–15:00. Zoom has no such meeting any more.",
        ),
        FindingRow {
            remedy: "Sets the meeting to the time of the booking.",
            trouble: s(
                "Zoom was told, and keeps what it has. Its host may have to change it there.",
            ),
            ..row(
                "Wrong time",
                Tone::Warn,
                "clock",
                "In Zoom Thu 26 Nov 2026 16:00–17:00; the booking is Thu 26 Nov 2026 14:00–15:00.",
            )
        },
        FindingRow {
            title: s(SHARP),
            href: String::new(),
            remedy: "Deletes this meeting in Zoom.",
            ..row(
                "No booking",
                Tone::Warn,
                "detached",
                "In Zoom Fri 27 Nov 2026 09:00–09:30. No booking knows of it.",
            )
        },
    ]
}

fn part(all: usize, rows: Vec<FindingRow>) -> Part {
    Part { all, rows }
}

pub(crate) fn page(stage: Stage) -> ReconciliationPage {
    let changed = |mut row: FindingRow| {
        row.changed = s("today 10:09 by Ida Moreau");
        row
    };
    let of = |at: Stage, rows: &dyn Fn() -> Vec<FindingRow>, all: usize| {
        if stage == at {
            part(all, rows())
        } else {
            Part::default()
        }
    };
    ReconciliationPage {
        layout: layout("Reconciliation", Nav::Admin),
        zoom_configured: true,
        run: (stage != Stage::Empty).then(|| RunFacts {
            id: s("rc_1"),
            running: stage == Stage::Running,
            began: today(),
            whose: s("by itself at night"),
            hosts: 12,
            hosts_done: if stage == Stage::Running { 5 } else { 12 },
            meetings: 418,
        }),
        open: of(Stage::Found, &rows, 203),
        intentions: vec![
            s("1 new link is made"),
            s("201 meetings get the times of their bookings"),
            s("1 meeting that no booking wants is deleted"),
        ],
        fixing: of(Stage::Fixing, &rows, 3),
        left: of(
            Stage::Done,
            &|| rows().into_iter().take(1).map(changed).collect(),
            1,
        ),
        fixed: of(
            Stage::Done,
            &|| rows().into_iter().map(changed).collect(),
            3,
        ),
        unreachable: if stage == Stage::Found {
            vec![UnreachableRow {
                host: s("jonas.weber@halden.example"),
                person: s("Jonas Weber"),
                why: s("Zoom asks you to sign in again."),
            }]
        } else {
            Vec::new()
        },
        done: String::new(),
    }
}

pub(crate) fn all(pages: &mut Pages) {
    for (name, stage) in [
        ("admin-reconciliation-empty", Stage::Empty),
        ("admin-reconciliation-running", Stage::Running),
        ("admin-reconciliation", Stage::Found),
        ("admin-reconciliation-fixing", Stage::Fixing),
        ("admin-reconciliation-done", Stage::Done),
    ] {
        pages.add(name, &|| page(stage).render());
    }
}
