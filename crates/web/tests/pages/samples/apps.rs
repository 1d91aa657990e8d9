//! Connect Apps and its failures.

use askama::Template;
use rooms_views::apps::{
    AppsDone, AppsPage, AskAdmin, ConnectFailedPage, ConnectFailure, ConnectionEvent,
    ConnectionEventKind, Contact, EndedBy, LinkedBooking, MarketplaceStartPage, NotPermitted,
    ZoomAttention, ZoomConnection, ZoomInactive, ZoomState,
};
use rooms_views::layout::Nav;
use rooms_views::parts::Problems;

use super::{Pages, SHARP, autumn, evening, layout, open, s, today};

fn admins() -> Vec<Contact> {
    vec![Contact {
        name: s("Leila Haddad"),
        email: s("leila.haddad@halden.example"),
    }]
}

fn connection(upcoming: usize) -> ZoomConnection {
    let booking = |at: usize| LinkedBooking {
        href: format!("/bookings/bk_{at}"),
        title: if at == 0 { s(SHARP) } else { s("Porto weekly") },
        when: s("Thu 26 Nov 09:00–09:30"),
        room: s("Elder"),
    };
    ZoomConnection {
        id: s("con_1"),
        called: s("mara.lindqvist@halden.example"),
        account: s("mara.lindqvist@halden.example"),
        since: today(),
        health: s("Last used 10:12. Nothing waiting."),
        limits: s("Basic account: Zoom ends meetings after 40 minutes."),
        upcoming: (0..upcoming).map(booking).collect(),
        ..ZoomConnection::default()
    }
}

pub(crate) fn connected(upcoming: usize) -> ZoomState {
    ZoomState::Connected(vec![connection(upcoming)])
}

/// Three accounts: the default, one that hosts for colleagues, one that Zoom refuses.
pub(crate) fn several() -> ZoomState {
    let other = |id: &str, called: &str| ZoomConnection {
        id: s(id),
        called: s(called),
        name: s(called),
        account: s("reception.of.a.long.name@halden.example"),
        ..connection(0)
    };
    ZoomState::Connected(vec![
        connection(3),
        ZoomConnection {
            offered: true,
            company_uses_it: true,
            ..other("con_2", SHARP)
        },
        ZoomConnection {
            attention: Some(refusal("Zoom asks you to sign in again.")),
            ..other("con_3", "Basel")
        },
    ])
}

fn refusal(reason: &str) -> ZoomAttention {
    ZoomAttention {
        refused: today(),
        reason: s(reason),
        waiting: 2,
    }
}

pub(crate) fn inactive(by: EndedBy) -> ZoomState {
    ZoomState::Inactive(ZoomInactive {
        account: s("mara.lindqvist@halden.example"),
        since: autumn(),
        ended: evening(),
        by,
        kept_links: 2,
    })
}

pub(crate) fn attention(reason: &str) -> ZoomState {
    ZoomState::Connected(vec![ZoomConnection {
        attention: Some(refusal(reason)),
        since: autumn(),
        ..connection(0)
    }])
}

pub(crate) fn not_permitted() -> ZoomState {
    ZoomState::NotPermitted(NotPermitted {
        who_may: s("only people an admin has chosen"),
        reason: s("No admin has chosen you, and you are in no group."),
        request: AskAdmin::Can,
        company: s("Halden Optics"),
        admins: admins(),
    })
}

pub(crate) fn apps(zoom: ZoomState) -> AppsPage {
    let event = |at, what| ConnectionEvent {
        at,
        what,
        account: s("mara.lindqvist@halden.example"),
    };
    let history = if matches!(zoom, ZoomState::NotConnected | ZoomState::NotConfigured) {
        Vec::new()
    } else {
        vec![
            event(today(), ConnectionEventKind::Connected),
            event(today(), ConnectionEventKind::Offered),
            event(evening(), ConnectionEventKind::Withdrawn),
            event(evening(), ConnectionEventKind::Ended(EndedBy::Zoom)),
            event(
                evening(),
                ConnectionEventKind::NeedsAttention(s("token no longer valid")),
            ),
            event(
                autumn(),
                ConnectionEventKind::Changed(s("The Zoom account is licensed now.")),
            ),
            event(autumn(), ConnectionEventKind::Connected),
        ]
    };
    AppsPage {
        layout: layout("Connect Apps", Nav::Settings),
        done: AppsDone::Nothing,
        zoom,
        leaving: Vec::new(),
        history,
        problems: Problems::none(),
    }
}

pub(crate) fn failures() -> Vec<(&'static str, ConnectFailure)> {
    vec![
        ("signed-out", ConnectFailure::SignedOut),
        ("declined", ConnectFailure::Declined),
        ("not-approved", ConnectFailure::NotApproved),
        (
            "nothing-happened",
            ConnectFailure::NothingHappened {
                redirect_uri: s("https://rooms.halden.example/zoom_callback"),
            },
        ),
        ("expired", ConnectFailure::StateExpired),
        ("foreign", ConnectFailure::StateForeign),
        (
            "other-session",
            ConnectFailure::OtherSession {
                signed_in: s(SHARP),
            },
        ),
        ("zoom-down", ConnectFailure::ZoomDown),
        (
            "our-configuration",
            ConnectFailure::OurConfiguration {
                redirect_uri: s("https://rooms.halden.example/zoom_callback"),
            },
        ),
        ("not-configured", ConnectFailure::NotConfigured),
        (
            "scopes",
            ConnectFailure::ScopesMissing(vec![s("meeting:delete:meeting"), s("user:read:user")]),
        ),
        ("code-used", ConnectFailure::CodeUsed),
        ("not-permitted", ConnectFailure::NotPermitted),
        (
            "unknown",
            ConnectFailure::Unknown {
                said: s("temporarily_unavailable <script>"),
            },
        ),
    ]
}

pub(crate) fn failed(failure: ConnectFailure) -> ConnectFailedPage {
    ConnectFailedPage {
        layout: layout(failure.title(), Nav::Settings),
        may_connect: failure.again_helps(),
        failure,
        at: today(),
        reference: s("0196b2-7fae"),
        admins: admins(),
        public_url: s("https://rooms.halden.example"),
    }
}

pub(crate) fn marketplace(signed_in: bool) -> MarketplaceStartPage {
    MarketplaceStartPage {
        layout: if signed_in {
            layout("One more step", Nav::Settings)
        } else {
            open("One more step")
        },
        signed_in: signed_in.then(|| s("Mara Lindqvist")),
        sign_in_href: s("/sign-in?next=/settings/apps"),
    }
}

/// Each of them in each state.
pub(crate) fn all(pages: &mut Pages) {
    let states = [
        ("not-connected", ZoomState::NotConnected),
        ("connected", connected(3)),
        ("connected-one", connected(1)),
        ("connected-none", connected(0)),
        ("connected-several", several()),
        ("disconnected", inactive(EndedBy::User)),
        ("removed", inactive(EndedBy::Zoom)),
        ("ended", inactive(EndedBy::System)),
        ("attention", attention(SHARP)),
        ("not-permitted", not_permitted()),
        ("not-configured", ZoomState::NotConfigured),
    ];
    for (name, zoom) in states {
        pages.add(&format!("apps-{name}"), &|| apps(zoom.clone()).render());
    }
    for (name, failure) in failures() {
        pages.add(&format!("zoom-error-{name}"), &|| {
            failed(failure.clone()).render()
        });
    }
    pages.add("zoom-start", &|| marketplace(true).render());
    pages.add("zoom-start-stranger", &|| marketplace(false).render());
}
