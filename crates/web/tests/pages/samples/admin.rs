//! Rooms, sites, people, company, health.

use askama::Template;
use rooms_core::meeting::Promise;
use rooms_views::admin::{
    AsksFor, CompanyPage, ConnectRule, ConnectionRow, DeadJob, HandoverBooking, HealthFigures,
    HealthPage, HoursForm, HoursKind, InGroup, InvitationLink, InviteTyped, MeetingRow,
    MeetingsPage, OfferedHost, PeoplePage, PersonPage, PersonRow, PersonState, RoomGroup, RoomHead,
    RoomPage, RoomRow, RoomRowState, RoomsPage, SiteHead, SitePage, SiteRow, SitesPage, StandIn,
    StandInChoice, StateCount,
};
use rooms_views::layout::{Link, Nav, Tone};
use rooms_views::parts::{Choice, Problems};
use rooms_views::settings::CompanyPromisePage;

use super::{Pages, SHARP, autumn, equipment, evening, layout, s, today, zones};

pub(crate) fn rooms(empty: bool) -> RoomsPage {
    let room = |name: &str, hours: &str, state| RoomRow {
        id: s("rm_1"),
        name: s(name),
        capacity: 6,
        equipment: s("screen, camera"),
        hours: s(hours),
        state,
    };
    RoomsPage {
        layout: layout("Rooms", Nav::Admin),
        groups: if empty {
            Vec::new()
        } else {
            vec![
                RoomGroup {
                    heading: s("Basel, Europe/Zurich"),
                    rooms: vec![
                        room("Aster", "", RoomRowState::Open),
                        room("Birch", "Mon–Fri 07:30–19:00", RoomRowState::Open),
                        room(SHARP, "", RoomRowState::Open),
                    ],
                },
                RoomGroup {
                    heading: s("Porto, Europe/Lisbon"),
                    rooms: vec![room("Juniper", "", RoomRowState::Retired)],
                },
            ]
        },
        total: if empty { 0 } else { 4 },
        q: String::new(),
        sites: vec![
            Choice::new("", "Basel and Porto").chosen(true),
            Choice::new("st_1", "Basel"),
        ],
        states: vec![
            Choice::new("", "Open and closed").chosen(true),
            Choice::new("retired", "Retired"),
        ],
        done: if empty {
            String::new()
        } else {
            s("Aster is open again.")
        },
    }
}

pub(crate) fn room(kind: HoursKind, known: bool, problems: Problems) -> RoomPage {
    RoomPage {
        layout: layout("Room", Nav::Admin),
        room: known.then(|| RoomHead {
            id: s("rm_1"),
            name: s("Aster"),
            version: s("7"),
            retired: false,
            upcoming: 3,
        }),
        name: s(SHARP),
        capacity: s("6"),
        sites: vec![
            Choice::new("st_1", "Basel").chosen(true),
            Choice::new("st_2", "Porto"),
        ],
        equipment: equipment(),
        hours: HoursForm {
            kind,
            ..HoursForm::always()
        },
        problems,
        saved: false,
    }
}

pub(crate) fn sites() -> SitesPage {
    let site = |name: &str, zone: &str, now: &str, retired| SiteRow {
        id: s("st_1"),
        name: s(name),
        time_zone: s(zone),
        now: s(now),
        rooms: 9,
        retired,
    };
    SitesPage {
        layout: layout("Sites", Nav::Admin),
        sites: vec![
            site("Basel", "Europe/Zurich", "10:12", false),
            site("Porto", "Europe/Lisbon", "09:12", false),
            site(SHARP, "Europe/Berlin", "10:12", true),
        ],
        done: String::new(),
    }
}

pub(crate) fn site(last: bool) -> SitePage {
    SitePage {
        layout: layout("Site", Nav::Admin),
        site: Some(SiteHead {
            id: s("st_1"),
            name: s("Basel"),
            retired: false,
            rooms: 9,
            last,
        }),
        name: s("Basel"),
        zones: zones(),
        problems: Problems::none(),
        saved: true,
    }
}

fn person_row(name: &str, admin: bool, zoom: &str, state: PersonState) -> PersonRow {
    PersonRow {
        id: s("p_1"),
        name: s(name),
        email: s("someone.with.a.long.name@halden.example"),
        admin,
        zoom: s(zoom),
        second_factor: !admin,
        state,
        you: false,
    }
}

pub(crate) fn people() -> PeoplePage {
    PeoplePage {
        layout: layout("People", Nav::Admin),
        people: vec![
            PersonRow {
                you: true,
                ..person_row("Leila Haddad", true, "", PersonState::Active)
            },
            person_row("Mara Lindqvist", false, "Connected", PersonState::Active),
            person_row(SHARP, false, "", PersonState::Invited(s("until 29 Nov"))),
            person_row("Ida Moreau", false, "", PersonState::InvitationExpired),
            person_row("Tom Vale", false, "", PersonState::Deactivated),
        ],
        invite: InviteTyped::default(),
        chosen_people: true,
        problems: Problems::none().with("email", "That address is in use here already."),
        link: Some(InvitationLink {
            name: s("Jonas Weber"),
            url: s("https://rooms.halden.example/invitations/4GkQ2mN8vXz7tBq1LrWf0sYd6HcPjE3u"),
            good_until: s("29 November"),
        }),
        done: s("Jonas Weber is invited."),
    }
}

pub(crate) fn person(state: PersonState) -> PersonPage {
    let booking = |title: &str, zoom| HandoverBooking {
        href: s("/bookings/bk_1"),
        title: s(title),
        when: s("Thu 26 Nov 09:00–09:30"),
        room: s("Elder"),
        zoom,
    };
    PersonPage {
        layout: layout("Person", Nav::Admin),
        person: person_row("Mara Lindqvist", false, "Connected", state),
        name: s("Mara Lindqvist"),
        connect_apps: true,
        rule: ConnectRule::Chosen,
        asks: Some(AsksFor {
            since: today(),
            message: s(SHARP),
            can_be_allowed: true,
        }),
        permission: s("As saved: may connect apps, through the group Sales."),
        groups: vec![
            InGroup {
                href: s("/admin/groups/gr_1"),
                name: s("Sales"),
            },
            InGroup {
                href: s("/admin/groups/gr_2"),
                name: s(SHARP),
            },
        ],
        role_fixed: String::new(),
        handover: vec![booking("Porto weekly", true), booking(SHARP, false)],
        reason: s(SHARP),
        removes_factors: true,
        problems: Problems::none(),
        done: String::new(),
        link: None,
    }
}

fn stand_in() -> StandIn {
    let choice = |value: &str, words: &str, chosen| StandInChoice {
        value: s(value),
        words: s(words),
        then: s("One of them hosts."),
        chosen,
    };
    let host = |called: &str, healthy| OfferedHost {
        called: s(called),
        account: s("reception@halden.example"),
        owner: s("Mara Lindqvist"),
        href: s("/admin/people/p_1"),
        healthy,
        ahead: s("3 links"),
    };
    StandIn {
        choices: vec![
            choice("nobody", "Nobody", false),
            choice("cn_1", SHARP, false),
            choice("pool", "Whichever is free", true),
        ],
        offered: vec![host(SHARP, true), host("reception@halden.example", false)],
        trouble: String::new(),
    }
}

pub(crate) fn company(with_hosts: bool) -> CompanyPage {
    let without = StandIn {
        choices: stand_in().choices.into_iter().take(1).collect(),
        trouble: s("Nothing that is offered works just now, so nobody hosts."),
        ..StandIn::default()
    };
    CompanyPage {
        stand_in: Some(if with_hosts { stand_in() } else { without }),
        layout: layout("Company", Nav::Admin),
        name: s(SHARP),
        rule: ConnectRule::Everybody,
        second_factor: (with_hosts, 3),
        would_lose: (1, 3),
        problems: Problems::none(),
        saved: false,
    }
}

pub(crate) fn health(ill: bool) -> HealthPage {
    HealthPage {
        layout: layout("Health", Nav::Admin),
        zoom_configured: true,
        app_refused: ill.then(evening),
        figures: HealthFigures {
            connected: 3,
            attention: usize::from(ill),
            waiting: 0,
            failed: usize::from(ill),
        },
        dead: if ill {
            vec![DeadJob {
                id: s("job_1"),
                what: s("Make the Zoom meeting"),
                href: s("/bookings/bk_1"),
                about: s(SHARP),
                reason: s("Zoom said: your user account is not allowed to host meetings."),
                at: evening(),
                attempts: 12,
            }]
        } else {
            Vec::new()
        },
        connections: if ill {
            vec![
                ConnectionRow {
                    person: s("Ida Moreau"),
                    href: s("/admin/people/p_2"),
                    account: s("ida@halden.example"),
                    used: String::new(),
                    healthy: false,
                    since: evening(),
                },
                ConnectionRow {
                    person: s("Mara Lindqvist"),
                    href: s("/admin/people/p_1"),
                    account: s("mara.lindqvist@halden.example"),
                    used: s("34 of 100 changes today."),
                    healthy: true,
                    since: autumn(),
                },
            ]
        } else {
            Vec::new()
        },
        done: String::new(),
    }
}

pub(crate) fn meetings(some: bool) -> MeetingsPage {
    let row = |title: &str, state: &str, tone, icon, trouble: &str| MeetingRow {
        title: s(title),
        href: s("/bookings/bk_1"),
        starts: today(),
        place: s("Aster, Basel"),
        host: s("Mara Lindqvist"),
        host_href: s("/admin/people/p_1"),
        state: s(state),
        tone,
        icon,
        since: evening(),
        trouble: s(trouble),
    };
    let count = |words: &str, age: &str, shown| StateCount {
        words: s(words),
        age: s(age),
        href: s("/admin/meetings?state=failed"),
        shown,
    };
    MeetingsPage {
        layout: layout("Zoom meetings", Nav::Admin),
        counts: if some {
            vec![
                count("1 being made", "oldest today 10:09", false),
                count("12 ready", "", false),
                count("1 no link", "oldest 23 November 2026 at 17:52", true),
            ]
        } else {
            Vec::new()
        },
        states: vec![Choice::new("all", "Any").chosen(true)],
        people: vec![Choice::new("", "Everybody").chosen(true)],
        sites: vec![Choice::new("", "All sites").chosen(true)],
        from: s("2026-11-24"),
        to: String::new(),
        rows: if some {
            vec![
                row(SHARP, "Ready", Tone::Off, "free", ""),
                row(
                    "Coating review",
                    "No link",
                    Tone::Bad,
                    "failed",
                    "Zoom declined.",
                ),
            ]
        } else {
            Vec::new()
        },
        next: some.then(|| Link::new("/admin/meetings?after=1", "Later ones")),
        filtered: some,
    }
}

pub(crate) fn promise() -> CompanyPromisePage {
    CompanyPromisePage {
        layout: layout("How people come in", Nav::Admin),
        promise: Promise::default(),
        saved: true,
    }
}

/// Each of them in each state.
pub(crate) fn all(pages: &mut Pages) {
    pages.add("admin-rooms", &|| rooms(false).render());
    pages.add("admin-rooms-empty", &|| rooms(true).render());
    pages.add("admin-room", &|| {
        room(HoursKind::ByDay, true, Problems::none()).render()
    });
    pages.add("admin-room-new", &|| {
        room(
            HoursKind::Same,
            false,
            Problems::none()
                .with("name", "Basel has a room of this name.")
                .with("until", "The end comes before the beginning."),
        )
        .render()
    });
    pages.add("admin-sites", &|| sites().render());
    pages.add("admin-site", &|| site(false).render());
    pages.add("admin-site-last", &|| site(true).render());
    pages.add("admin-people", &|| people().render());
    pages.add("admin-person", &|| person(PersonState::Active).render());
    pages.add("admin-person-invited", &|| {
        person(PersonState::Invited(s("until 29 Nov"))).render()
    });
    pages.add("admin-person-gone", &|| {
        person(PersonState::Deactivated).render()
    });
    pages.add("admin-company", &|| company(true).render());
    pages.add("admin-company-no-hosts", &|| company(false).render());
    pages.add("admin-meetings", &|| meetings(true).render());
    pages.add("admin-meetings-empty", &|| meetings(false).render());
    pages.add("admin-promise", &|| promise().render());
    pages.add("admin-health", &|| health(true).render());
    pages.add("admin-health-well", &|| health(false).render());
}
