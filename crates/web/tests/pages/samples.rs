//! The pages of sign-in, settings, administration and documents, each in each of its states.

use askama::Template;
use rooms_web::views::admin::*;
use rooms_web::views::apps::*;
use rooms_web::views::documents::*;
use rooms_web::views::error::*;
use rooms_web::views::invitation::*;
use rooms_web::views::layout::{Layout, Nav, Who};
use rooms_web::views::parts::{Choice, Problems, When};
use rooms_web::views::set_up::*;
use rooms_web::views::settings::*;
use rooms_web::views::sign_in::*;

/// A name that would change the page if it were not escaped.
pub const SHARP: &str = "<b>\"O'Neil & Sons\"</b>";

fn s(text: &str) -> String {
    text.to_owned()
}

pub fn layout(title: &str, nav: Nav) -> Layout {
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

pub fn open(title: &str) -> Layout {
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

fn admins() -> Vec<Contact> {
    vec![Contact {
        name: s("Leila Haddad"),
        email: s("leila.haddad@halden.example"),
    }]
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

pub fn sign_in(notice: SignInNotice) -> SignInPage {
    SignInPage {
        layout: Layout {
            nav: Nav::SignIn,
            ..open("Sign in")
        },
        notice,
        email: s("mara.lindqvist@halden.example"),
        next: s("/bookings/bk_1?a=1&b=2"),
        destination: s("Coating review, Tuesday 14:00"),
    }
}

pub fn set_up(problems: Problems) -> SetUpPage {
    SetUpPage {
        layout: open("Set up"),
        typed: SetUpTyped {
            code: s("7F3K-9QPL"),
            name: s("Leila Haddad"),
            email: s("leila.haddad@halden.example"),
            company: s(SHARP),
            site: s("Basel"),
            room: s("Aster"),
            capacity: s("6"),
        },
        zones: zones(),
        equipment: equipment(),
        problems,
    }
}

pub fn invitation() -> InvitationPage {
    InvitationPage {
        layout: open("Welcome"),
        action: s("/invitation/inv_abc"),
        company: s("Halden Optics"),
        name: s(SHARP),
        email: s("jonas@halden.example"),
        good_until: s("29 November"),
        problems: Problems::none().with("repeat", "The two do not match."),
    }
}

pub fn invitation_ended(ended: InvitationEnd) -> InvitationEndedPage {
    InvitationEndedPage {
        layout: open("Invitation"),
        ended,
        ask_email: s("leila.haddad@halden.example"),
    }
}

pub fn you() -> YouPage {
    YouPage {
        layout: layout("You", Nav::Settings),
        name: s(SHARP),
        email: s("mara.lindqvist@halden.example"),
        role: s("Officer"),
        company: s("Halden Optics"),
        saved: YouSaved::Nothing,
        problems: Problems::none(),
    }
}

pub fn devices() -> DevicesPage {
    let device = |id: &str, name: &str, current| Device {
        id: s(id),
        name: s(name),
        signed_in: autumn(),
        last_seen: today(),
        current,
    };
    DevicesPage {
        layout: layout("Devices", Nav::Settings),
        devices: vec![
            device("ses_1", "Firefox on Linux", true),
            device("ses_2", "Safari on iPhone", false),
        ],
        removed: false,
    }
}

pub fn tokens(full: bool) -> TokensPage {
    let token = |id: &str, name: &str, last_used| ApiToken {
        id: s(id),
        name: s(name),
        made: autumn(),
        last_used,
    };
    TokensPage {
        layout: layout("API tokens", Nav::Settings),
        tokens: if full {
            vec![
                token("tok_1", "Lobby display", Some(today())),
                token("tok_2", SHARP, None),
            ]
        } else {
            Vec::new()
        },
        issued: full.then(|| IssuedToken {
            name: s("Lobby display"),
            token: s("ocr_4GkQ2mN8vXz7tBq1LrWf0sYd6HcPjE3uKa5oRi9TgMx"),
        }),
        revoked: false,
        name: String::new(),
        problems: Problems::none(),
    }
}

pub fn connected(upcoming: usize) -> ZoomState {
    let booking = |at: usize| LinkedBooking {
        href: format!("/bookings/bk_{at}"),
        title: if at == 0 { s(SHARP) } else { s("Porto weekly") },
        when: s("Thu 26 Nov 09:00–09:30"),
        room: s("Elder"),
    };
    ZoomState::Connected(ZoomConnected {
        connection_id: s("con_1"),
        account: s("mara.lindqvist@halden.example"),
        since: today(),
        health: s("Last used 10:12. Nothing waiting."),
        limits: s("Basic account: Zoom ends meetings after 40 minutes."),
        upcoming: (0..upcoming).map(booking).collect(),
    })
}

pub fn inactive(by: EndedBy) -> ZoomState {
    ZoomState::Inactive(ZoomInactive {
        account: s("mara.lindqvist@halden.example"),
        since: autumn(),
        ended: evening(),
        by,
        kept_links: 2,
    })
}

pub fn attention(reason: AttentionReason) -> ZoomState {
    ZoomState::NeedsAttention(ZoomAttention {
        connection_id: s("con_1"),
        account: s("mara.lindqvist@halden.example"),
        since: autumn(),
        refused: today(),
        reason,
        waiting: 2,
    })
}

pub fn not_permitted() -> ZoomState {
    ZoomState::NotPermitted(NotPermitted {
        who_may: s("only people an admin has chosen"),
        company: s("Halden Optics"),
        admins: admins(),
    })
}

pub fn apps(zoom: ZoomState) -> AppsPage {
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
            event(evening(), ConnectionEventKind::Ended(EndedBy::Zoom)),
            event(
                evening(),
                ConnectionEventKind::NeedsAttention(s("token no longer valid")),
            ),
            event(autumn(), ConnectionEventKind::Connected),
        ]
    };
    AppsPage {
        layout: layout("Connect Apps", Nav::Settings),
        done: AppsDone::Nothing,
        zoom,
        history,
    }
}

pub fn failures() -> Vec<(&'static str, ConnectFailure)> {
    vec![
        ("declined", ConnectFailure::Declined),
        ("not-approved", ConnectFailure::NotApproved),
        ("expired", ConnectFailure::StateExpired),
        ("foreign", ConnectFailure::StateForeign),
        (
            "other-person",
            ConnectFailure::OtherPerson {
                signed_in: s(SHARP),
            },
        ),
        (
            "wrong-redirect",
            ConnectFailure::WrongRedirect {
                redirect_uri: s("https://rooms.halden.example/zoom_callback"),
            },
        ),
        ("zoom-down", ConnectFailure::ZoomDown),
        ("our-configuration", ConnectFailure::OurConfiguration),
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

pub fn failed(failure: ConnectFailure) -> ConnectFailedPage {
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

pub fn marketplace(signed_in: bool) -> MarketplaceStartPage {
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

pub fn rooms(empty: bool) -> RoomsPage {
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
                        room(SHARP, "", RoomRowState::Closed(s("until Thu"))),
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

pub fn room(kind: HoursKind, known: bool, problems: Problems) -> RoomPage {
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

pub fn sites() -> SitesPage {
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

pub fn site(last: bool) -> SitePage {
    SitePage {
        layout: layout("Site", Nav::Admin),
        site: Some(SiteHead {
            id: s("st_1"),
            name: s("Basel"),
            retired: false,
            rooms: 9,
            upcoming: 4,
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
        state,
        you: false,
    }
}

pub fn people() -> PeoplePage {
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
            url: s("https://rooms.halden.example/invitation/4GkQ2mN8vXz7tBq1LrWf0sYd6HcPjE3u"),
            good_until: s("29 November"),
        }),
        done: s("Jonas Weber is invited."),
    }
}

pub fn person(state: PersonState) -> PersonPage {
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
        role_fixed: String::new(),
        handover: vec![booking("Porto weekly", true), booking(SHARP, false)],
        problems: Problems::none(),
        done: String::new(),
        link: None,
    }
}

pub fn company() -> CompanyPage {
    CompanyPage {
        layout: layout("Company", Nav::Admin),
        name: s(SHARP),
        rule: ConnectRule::Everybody,
        would_lose: (1, 3),
        problems: Problems::none(),
        saved: false,
    }
}

pub fn health(ill: bool) -> HealthPage {
    HealthPage {
        layout: layout("Health", Nav::Admin),
        zoom_configured: true,
        figures: HealthFigures {
            connected: 3,
            attention: usize::from(ill),
            waiting: 0,
            failed: usize::from(ill),
            last_answer: Some(today()),
            last_webhook: None,
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
                    healthy: false,
                    since: evening(),
                },
                ConnectionRow {
                    person: s("Mara Lindqvist"),
                    href: s("/admin/people/p_1"),
                    account: s("mara.lindqvist@halden.example"),
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

pub fn guide() -> GuidePage {
    GuidePage {
        layout: open("Zoom guide"),
    }
}

pub fn test_plan() -> TestPlanPage {
    TestPlanPage {
        layout: open("Zoom test plan"),
        public_url: s("https://rooms.halden.example"),
        zoom_oauth_url: s("https://zoom.us"),
    }
}

pub fn privacy() -> PrivacyPage {
    PrivacyPage {
        layout: open("Privacy"),
        public_url: s("https://rooms.halden.example"),
    }
}

pub fn terms() -> TermsPage {
    TermsPage {
        layout: open("Terms"),
    }
}

pub fn errors() -> Vec<(&'static str, ErrorKind)> {
    vec![
        (
            "forbidden",
            ErrorKind::Forbidden {
                why: s("Only admins of Halden Optics change rooms."),
            },
        ),
        (
            "form-expired",
            ErrorKind::FormExpired {
                back_href: s("/bookings/new?title=%22a%22&end=11:00"),
            },
        ),
        ("not-found", ErrorKind::NotFound),
        ("method", ErrorKind::MethodNotAllowed),
        ("too-large", ErrorKind::TooLarge),
        (
            "too-many",
            ErrorKind::TooMany {
                try_again: s("in 40 seconds"),
            },
        ),
        ("internal", ErrorKind::Internal),
        ("unavailable", ErrorKind::Unavailable),
    ]
}

pub fn error(kind: ErrorKind) -> ErrorPage {
    ErrorPage {
        layout: layout(kind.title(), Nav::None),
        kind,
        reference: s("0196b2-7fae"),
    }
}

/// Every page in every state, by name.
pub fn all() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    let mut add = |name: &str, page: &dyn Fn() -> askama::Result<String>| {
        pages.push((s(name), page().unwrap()));
    };
    let notices = [
        ("plain", SignInNotice::None),
        ("needed", SignInNotice::Needed),
        ("expired", SignInNotice::Expired),
        ("signed-out", SignInNotice::SignedOut),
        ("everywhere", SignInNotice::SignedOutEverywhere),
        ("password-set", SignInNotice::PasswordSet),
        ("wrong", SignInNotice::WrongCredentials),
        ("incomplete", SignInNotice::Incomplete),
        ("form-expired", SignInNotice::FormExpired),
        (
            "limited",
            SignInNotice::RateLimited {
                try_again: s("in 4 minutes"),
            },
        ),
    ];
    for (name, notice) in notices {
        add(&format!("sign-in-{name}"), &|| {
            sign_in(notice.clone()).render()
        });
    }
    add("sign-out", &|| {
        SignOutPage {
            layout: layout("Sign out", Nav::None),
            name: s(SHARP),
        }
        .render()
    });
    add("set-up", &|| set_up(Problems::none()).render());
    add("set-up-wrong", &|| {
        set_up(
            Problems::none()
                .with("code", "This is not the code that the server printed.")
                .with("password", "12 characters or more are needed."),
        )
        .render()
    });
    add("set-up-done", &|| {
        SetUpDonePage {
            layout: open("Set up"),
        }
        .render()
    });
    add("invitation", &|| invitation().render());
    for (name, ended) in [
        ("expired", InvitationEnd::Expired),
        ("used", InvitationEnd::Used),
        ("unknown", InvitationEnd::Unknown),
    ] {
        add(&format!("invitation-{name}"), &|| {
            invitation_ended(ended).render()
        });
    }
    add("settings-you", &|| you().render());
    add("settings-devices", &|| devices().render());
    add("settings-tokens", &|| tokens(true).render());
    add("settings-tokens-empty", &|| tokens(false).render());
    let states = [
        ("not-connected", ZoomState::NotConnected),
        ("connected", connected(3)),
        ("connected-one", connected(1)),
        ("connected-none", connected(0)),
        ("disconnected", inactive(EndedBy::User)),
        ("removed", inactive(EndedBy::Zoom)),
        ("ended", inactive(EndedBy::System)),
        ("attention", attention(AttentionReason::SignInAgain)),
        (
            "attention-elsewhere",
            attention(AttentionReason::ConnectedElsewhere),
        ),
        ("attention-host", attention(AttentionReason::CannotHost)),
        ("attention-said", attention(AttentionReason::Said(s(SHARP)))),
        (
            "attention-scopes",
            attention(AttentionReason::ScopesMissing(vec![s(
                "meeting:write:meeting",
            )])),
        ),
        ("not-permitted", not_permitted()),
        ("not-configured", ZoomState::NotConfigured),
    ];
    for (name, zoom) in states {
        add(&format!("apps-{name}"), &|| apps(zoom.clone()).render());
    }
    for (name, failure) in failures() {
        add(&format!("zoom-error-{name}"), &|| {
            failed(failure.clone()).render()
        });
    }
    add("zoom-start", &|| marketplace(true).render());
    add("zoom-start-stranger", &|| marketplace(false).render());
    add("admin-rooms", &|| rooms(false).render());
    add("admin-rooms-empty", &|| rooms(true).render());
    add("admin-room", &|| {
        room(HoursKind::ByDay, true, Problems::none()).render()
    });
    add("admin-room-new", &|| {
        room(
            HoursKind::Same,
            false,
            Problems::none()
                .with("name", "Basel has a room of this name.")
                .with("until", "The end comes before the beginning."),
        )
        .render()
    });
    add("admin-sites", &|| sites().render());
    add("admin-site", &|| site(false).render());
    add("admin-site-last", &|| site(true).render());
    add("admin-people", &|| people().render());
    add("admin-person", &|| person(PersonState::Active).render());
    add("admin-person-invited", &|| {
        person(PersonState::Invited(s("until 29 Nov"))).render()
    });
    add("admin-person-gone", &|| {
        person(PersonState::Deactivated).render()
    });
    add("admin-company", &|| company().render());
    add("admin-health", &|| health(true).render());
    add("admin-health-well", &|| health(false).render());
    add("guide", &|| guide().render());
    add("test-plan", &|| test_plan().render());
    add("privacy", &|| privacy().render());
    add("terms", &|| terms().render());
    for (name, kind) in errors() {
        add(&format!("error-{name}"), &|| error(kind.clone()).render());
    }
    pages
}
