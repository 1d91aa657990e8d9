//! The company's own app at Zoom.

use askama::Template;
use rooms_views::admin::{CheckRow, OwnZoomApp, ZoomAppPage};
use rooms_views::layout::{Nav, Tone};
use rooms_views::parts::Problems;

use super::{Pages, SHARP, autumn, evening, layout, s, today};

/// How far it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    None,
    NoneAtAll,
    Begun,
    Wrong,
    Entered,
    Ready,
    Used,
    Rotating,
}

fn check(what: &'static str, verdict: (Tone, &'static str, &'static str), says: &str) -> CheckRow {
    CheckRow {
        what,
        verdict,
        says: s(says),
        at: None,
    }
}

fn checks(right: bool) -> Vec<CheckRow> {
    let (ok, to_do) = ((Tone::Ok, "free", "Right"), (Tone::Warn, "warn", "To do"));
    let unknown = (Tone::Off, "clock", "Not known yet");
    let or = |other| if right { ok } else { other };
    let mut checks = vec![
        check(
            "Client ID and secret",
            or(to_do),
            "Zoom does not accept them.",
        ),
        check(
            "Redirect address",
            or(to_do),
            "Zoom does not know https://rooms.halden.example/zoom_callback.",
        ),
        check("Clock", ok, "This server and Zoom have the same time."),
        check(
            "Webhook address",
            or(unknown),
            "Known once Zoom has challenged it.",
        ),
        check("Permissions", unknown, "Known once somebody has connected."),
    ];
    checks[3].at = right.then(today);
    checks
}

pub(crate) fn page(stage: Stage) -> ZoomAppPage {
    let none = matches!(stage, Stage::None | Stage::NoneAtAll);
    let used = matches!(stage, Stage::Used | Stage::Rotating);
    let entered = !none && !matches!(stage, Stage::Begun | Stage::Wrong);
    let right = used || stage == Stage::Ready;
    let own = OwnZoomApp {
        used: used.then(autumn),
        client_id: if stage == Stage::Begun {
            String::new()
        } else {
            s(SHARP)
        },
        entered,
        redirect: s("https://rooms.halden.example/zoom_callback"),
        webhook: s(
            "https://rooms.halden.example/webhooks/zoom/za_0197a5c2b3d47e5f8a1b2c3d4e5f6071",
        ),
        events: vec!["Meeting has been updated", "Start Meeting"],
        scopes: vec!["user:read:user", "meeting:read:list_meetings"],
        checks: if entered { checks(right) } else { Vec::new() },
        checked: entered.then(today),
        usable: right,
        heard: used.then(evening),
        connections: if used { 214 } else { 0 },
        links: usize::from(used),
        two_secrets_since: (stage == Stage::Rotating).then(today),
    };
    ZoomAppPage {
        layout: layout("Zoom app", Nav::Admin),
        own: (!none).then_some(own),
        operators: stage != Stage::NoneAtAll,
        through_operators: 3,
        problems: if stage == Stage::Wrong {
            Problems::none()
                .with("client_id", "Write something here.")
                .with("webhook_secret", "Copy it again.")
        } else {
            Problems::none()
        },
        done: if used {
            s("Checked with Zoom.")
        } else {
            String::new()
        },
        not_done: if stage == Stage::Entered {
            s("Not yet.")
        } else {
            String::new()
        },
    }
}

pub(crate) fn all(pages: &mut Pages) {
    for (name, stage) in [
        ("admin-zoom-app-none", Stage::None),
        ("admin-zoom-app-none-at-all", Stage::NoneAtAll),
        ("admin-zoom-app-begun", Stage::Begun),
        ("admin-zoom-app-wrong", Stage::Wrong),
        ("admin-zoom-app-entered", Stage::Entered),
        ("admin-zoom-app-ready", Stage::Ready),
        ("admin-zoom-app", Stage::Used),
        ("admin-zoom-app-rotating", Stage::Rotating),
    ] {
        pages.add(name, &|| page(stage).render());
    }
}
