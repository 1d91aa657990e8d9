//! A Tuesday at Halden Optics, as display data.

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use rooms_views::book_form::{Alternative, BookForm, Field, FieldError, RoomGroup};
use rooms_views::booking::{
    Action, BookingPage, BookingState, Differs, Event, Held, Meeting, MeetingAbout, MeetingFacts,
    When,
};
use rooms_views::find::{Find, Found, Plan};
use rooms_views::home::{Card, Choice, Day, Empty, Home, Zoom};
use rooms_views::layout::{Flash, Layout, Link, Nav, Tone, UndoForm, Who};
use rooms_views::mail::{
    Change, DataAnswered, Invitation, Join, MailFrame, MeetingNews, PermissionAsked,
    ZoomNeedsAttention, ZoomRemoved, cells,
};
use rooms_views::my_bookings::{AgendaDay, AgendaRow, MyBookings, ZoomMark};
use rooms_views::timeline::{
    DayBooking, DayFrame, Mark, RoomDay, Span, Strip, Window, booking_href, lay_out,
};

fn frame() -> DayFrame {
    DayFrame::new(date(2026, 11, 24), &TimeZone::get("Europe/Zurich").unwrap()).unwrap()
}

fn at(clock: &str) -> Timestamp {
    format!("2026-11-24T{clock}:00+01:00").parse().unwrap()
}

fn span(start: &str, end: &str) -> Span {
    Span {
        start: at(start),
        end: at(end),
    }
}

fn now() -> Timestamp {
    at("10:12")
}

fn layout(title: &str, nav: Nav) -> Layout {
    Layout {
        title: title.to_owned(),
        company_name: "Halden Optics".to_owned(),
        person: Some(Who {
            name: "Mara Lindqvist".to_owned(),
            email: "mara.lindqvist@halden.example".to_owned(),
            is_admin: true,
        }),
        nav,
        csrf: "form-token".to_owned(),
        support_email: "support@halden.example".to_owned(),
        ..Layout::default()
    }
}

/// Zoom as it is before anybody connected it.
pub(crate) fn zoom_off() -> Zoom {
    Zoom::Off {
        reason: "Zoom is not connected.".to_owned(),
        link: Link::new("/settings/apps", "Connect Zoom"),
    }
}

fn zoom_ready() -> Zoom {
    Zoom::Ready {
        host: "You host it as mara.lindqvist@halden.example. The link is made when you book."
            .to_owned(),
    }
}

fn room(name: &str, seats: u32, kit: &[&str], group: &str, bookings: Vec<DayBooking>) -> RoomDay {
    RoomDay {
        id: format!("rm_{}", name.to_lowercase()),
        name: name.to_owned(),
        seats,
        equipment: kit.iter().map(|&word| word.to_owned()).collect(),
        group: group.to_owned(),
        open: Some(span("08:00", "19:00")),
        out_of_service: None,
        bookings,
    }
}

fn other(title: &str, by: &str, start: &str, end: &str) -> DayBooking {
    DayBooking {
        id: format!("bk_{}", title.len()),
        span: span(start, end),
        title: Some(title.to_owned()),
        by: by.to_owned(),
        mine: false,
        pending: false,
    }
}

fn mine(title: &str, start: &str, end: &str) -> DayBooking {
    DayBooking {
        mine: true,
        ..other(title, "Mara Lindqvist", start, end)
    }
}

fn private(start: &str, end: &str) -> DayBooking {
    DayBooking {
        title: None,
        ..other("", "Secret Keeper", start, end)
    }
}

fn rooms() -> Vec<RoomDay> {
    let mut rooms = vec![
        room(
            "Hazel",
            40,
            &["screen", "camera"],
            "Ground floor",
            vec![
                other("Town hall rehearsal", "Samuel Osei", "09:00", "12:00"),
                other("Supplier day", "Wei Zhang", "15:00", "17:30"),
            ],
        ),
        room(
            "Aster",
            6,
            &["screen", "camera"],
            "2nd floor",
            vec![
                other("<script>alert(1)</script>", "Ines Okafor", "08:30", "09:30"),
                other("Lens coating", "Leila Haddad", "11:30", "12:30"),
                mine("Coating review", "14:00", "15:00"),
            ],
        ),
        room(
            "Birch",
            8,
            &["screen", "camera", "whiteboard"],
            "2nd floor",
            vec![
                other("Weekly figures", "Ines Okafor", "09:00", "10:30"),
                private("14:30", "16:00"),
            ],
        ),
        room(
            "Clover",
            4,
            &["screen"],
            "2nd floor",
            vec![
                other("Payroll", "Ines Okafor", "08:00", "09:00"),
                other("Interview", "Wei Zhang", "10:00", "11:00"),
                other("Patent check", "Samuel Osei", "16:00", "17:00"),
            ],
        ),
        room(
            "Elder",
            2,
            &["screen"],
            "3rd floor",
            vec![
                mine("Porto call", "08:30", "09:00"),
                other("Lab hours", "Leila Haddad", "12:00", "13:00"),
                mine("1:1 Leila", "16:30", "17:00"),
            ],
        ),
        room(
            "Fern",
            10,
            &["screen", "camera", "whiteboard"],
            "3rd floor",
            vec![
                other("Shift handover", "Wei Zhang", "07:30", "08:30"),
                other("Hiring round", "Ines Okafor", "14:30", "15:30"),
                other("Recap", "Ines Okafor", "15:30", "16:00"),
            ],
        ),
        room(
            "Gentian",
            20,
            &["screen", "camera"],
            "3rd floor",
            vec![
                other("Audit, day 2", "Samuel Osei", "08:00", "11:00"),
                DayBooking {
                    pending: true,
                    ..mine("Lumen visit", "13:00", "15:00")
                },
            ],
        ),
        room("Iris", 6, &["screen"], "3rd floor", vec![]),
    ];
    if let Some(iris) = rooms.last_mut() {
        iris.out_of_service = Some("Closed until Thursday: projector repair".to_owned());
    }
    rooms
}

fn morning(name: &str, busy: &[Span]) -> Strip {
    let window = Window { from: 10, to: 14 };
    frame().strip(
        window,
        name,
        busy,
        &[(Mark::Wanted, span("10:15", "10:45"))],
        now(),
    )
}

fn card(
    why: &str,
    why_icon: &'static str,
    room: &str,
    until: &str,
    facts: &str,
    busy: &[Span],
) -> Card {
    Card {
        why: why.to_owned(),
        why_icon,
        room_id: format!("rm_{}", room.to_lowercase()),
        room: room.to_owned(),
        until: until.to_owned(),
        facts: facts.to_owned(),
        strip: morning(room, busy),
        minutes: 30,
        date: "2026-11-24".to_owned(),
        start: "10:15".to_owned(),
        end: "10:45".to_owned(),
        title: "Mara’s meeting".to_owned(),
        idempotency_key: format!("key-{room}"),
    }
}

fn equipment(chosen: bool) -> Vec<Choice> {
    vec![
        Choice::new("screen", "Screen", chosen),
        Choice::new("camera", "Camera", chosen),
        Choice::new("whiteboard", "Whiteboard", false),
    ]
}

fn sites() -> Vec<Choice> {
    vec![
        Choice::new("si_1", "Basel", true),
        Choice::new("si_2", "Porto", false),
    ]
}

/// Home on an ordinary morning.
pub(crate) fn home() -> Home {
    let frame = frame();
    let rooms = rooms();
    let window = frame.window(Some(span("08:00", "19:00")), &[], now());
    let mut timeline = lay_out(&frame, window, now(), &rooms);
    timeline.whole_day_href = Some("/?date=2026-11-24&hours=all".to_owned());
    Home {
        layout: layout("Book a room", Nav::Book),
        heading: "Free now".to_owned(),
        clock: "10:12".to_owned(),
        site: "Basel".to_owned(),
        cards: vec![
            card(
                "Your favourite",
                "star",
                "Aster",
                "Free until 11:30",
                "6 seats, screen, camera. 2nd floor.",
                &[span("11:30", "12:30")],
            ),
            card(
                "Nearest to your desk",
                "place",
                "Elder",
                "Free until 12:00",
                "2 seats, screen. 3rd floor.",
                &[span("12:00", "13:00")],
            ),
            card(
                "Free the longest",
                "clock",
                "Fern",
                "Free until 14:30",
                "10 seats, screen, camera, whiteboard. 3rd floor.",
                &[],
            ),
        ],
        empty: Empty::default(),
        has_rooms: true,
        day: Day {
            weekday: "Tuesday".to_owned(),
            date_words: "24 November".to_owned(),
            is_today: true,
            earlier: Link::new("/?date=2026-11-23", "Monday 23 November"),
            later: Link::new("/?date=2026-11-25", "Wednesday 25 November"),
            today_href: "/".to_owned(),
            unfiltered_href: "/?date=2026-11-24".to_owned(),
            sites: sites(),
            sizes: vec![
                Choice::new("", "Any size", true),
                Choice::new("4", "4 or more", false),
                Choice::new("8", "8 or more", false),
            ],
            equipment: equipment(false),
            kept: vec![("site_id".to_owned(), "si_1".to_owned())],
            timeline,
            as_list: false,
            other_view: Link::new("/?date=2026-11-24&view=list", "As a list"),
            zoom: zoom_ready(),
            quick_title: "Mara’s meeting".to_owned(),
            quick_key: "key-quick".to_owned(),
        },
    }
}

/// Home before the first room.
pub(crate) fn home_empty() -> Home {
    Home {
        cards: Vec::new(),
        has_rooms: false,
        heading: "Free now".to_owned(),
        empty: Empty {
            heading: "No room yet".to_owned(),
            text: "A room needs a name and a number of seats. Then one click books it.".to_owned(),
            links: vec![Link::new("/admin/rooms/new", "Add the first room")],
        },
        ..home()
    }
}

fn facts() -> MeetingFacts {
    MeetingFacts {
        join_url: "https://zoom.us/j/91444102277?pwd=x".to_owned(),
        join_text: "zoom.us/j/914 4410 2277".to_owned(),
        meeting_id: "914 4410 2277".to_owned(),
        passcode: "k7Wd2P".to_owned(),
        host: "mara.lindqvist@halden.example".to_owned(),
        invitation:
            "Coating review\nTuesday 24 November, 14:00–15:00\nhttps://zoom.us/j/91444102277?pwd=x"
                .to_owned(),
    }
}

/// A meeting that is being made.
pub(crate) fn pending() -> Meeting {
    Meeting::Pending {
        words: "The room is yours already. The link appears here by itself, usually within a \
                second, and goes to everyone invited."
            .to_owned(),
    }
}

/// A meeting that could not be made.
pub(crate) fn failed() -> Meeting {
    Meeting::Failed {
        reason:
            "Zoom has not answered since 10:12. Your room is booked; only the link is missing. \
                 We try again at 10:17, and then for a day."
                .to_owned(),
        link: None,
    }
}

/// What can be done about a meeting that could not be made.
pub(crate) fn about_failed() -> MeetingAbout {
    MeetingAbout {
        tries: "Tried 3 times. Next try today 10:17.".to_owned(),
        actions: vec![
            Action {
                words: "Try now".to_owned(),
                action: "/bookings/bk_1/meeting/attempts".to_owned(),
                icon: "retry",
                main: true,
            },
            Action {
                words: "Go on without Zoom".to_owned(),
                action: "/bookings/bk_1/meeting/removal".to_owned(),
                ..Action::default()
            },
        ],
        ..MeetingAbout::default()
    }
}

/// A meeting that was moved in Zoom.
pub(crate) fn about_changed() -> MeetingAbout {
    let way = |words: &str, what: &str| Action {
        words: words.to_owned(),
        action: format!("/bookings/bk_1/meeting/{what}"),
        ..Action::default()
    };
    MeetingAbout {
        differs: Some(Differs {
            words: "In Zoom it begins on 24 November 15:00, it is called “<b>Coating</b>”."
                .to_owned(),
            actions: vec![
                way("Take Zoom’s time", "acceptance"),
                way("Restore ours", "restoration"),
                way("Make a new link", "replacement"),
            ],
        }),
        held: Some(Held {
            live: true,
            words: "Live since today 14:02".to_owned(),
        }),
        notes: vec![
            "Zoom’s account keeps the waiting room on: the host lets people in.".to_owned(),
        ],
        ..MeetingAbout::default()
    }
}

/// A meeting whose connection ended.
pub(crate) fn detached() -> Meeting {
    Meeting::Detached {
        words: "You disconnected Zoom on 24 November at 10:40 and chose to keep this link. It \
                works. If you move or cancel this booking, change the meeting in Zoom too."
            .to_owned(),
        facts: Some(facts()),
        link: Some(Link::new("/settings/apps", "Connect Zoom again")),
    }
}

fn event(at: &str, words: &str, detail: &str, tone: Option<Tone>, icon: &'static str) -> Event {
    Event {
        at: format!("Today {at}"),
        at_iso: format!("2026-11-24T{at}+01:00"),
        words: words.to_owned(),
        detail: detail.to_owned(),
        tone,
        icon,
    }
}

fn aster(mark: Mark) -> Strip {
    frame().strip(
        Window { from: 8, to: 19 },
        "Aster on this day: busy 8:30 to 9:30, 11:30 to 12:30 and, with this booking, 14:00 to 15:00",
        &[span("08:30", "09:30"), span("11:30", "12:30")],
        &[(mark, span("14:00", "15:00"))],
        now(),
    )
}

/// A booking with its link.
pub(crate) fn booking() -> BookingPage {
    BookingPage {
        layout: layout("Coating review", Nav::MyBookings),
        id: "bk_1".to_owned(),
        title: "Coating review".to_owned(),
        state: BookingState::Confirmed,
        day_link: Link::new("/?date=2026-11-24", "Tuesday 24 Nov"),
        when: When {
            start: "14:00".to_owned(),
            end: "15:00".to_owned(),
            start_iso: "2026-11-24T14:00:00+01:00".to_owned(),
            end_iso: "2026-11-24T15:00:00+01:00".to_owned(),
            day: "Tuesday 24 November".to_owned(),
            length: "1 hour".to_owned(),
            elsewhere: "In Porto 13:00–14:00.".to_owned(),
        },
        room: "Aster".to_owned(),
        place: "2nd floor, Basel".to_owned(),
        room_facts: "6 seats, screen, camera.".to_owned(),
        strip: aster(Mark::Own),
        meeting: Meeting::Ready(facts()),
        about: MeetingAbout::default(),
        people: vec![
            "Mara Lindqvist, organiser".to_owned(),
            "Priya Raman".to_owned(),
            "e.brandt@lumen.example".to_owned(),
        ],
        notes: String::new(),
        history: vec![
            event(
                "10:12",
                "Zoom link made",
                "after 0.6 s",
                Some(Tone::Ok),
                "free",
            ),
            event("10:12", "Booked from Home, with Zoom", "by you", None, ""),
        ],
        change_href: Some("/bookings/bk_1/edit".to_owned()),
        may_cancel: true,
        again_href: None,
    }
}

/// The same booking a moment after it was cancelled.
pub(crate) fn booking_cancelled() -> BookingPage {
    let mut page = booking();
    page.state = BookingState::Cancelled;
    page.strip = aster(Mark::Clash);
    page.meeting = Meeting::Removing {
        words: "The link stops working in a moment. Everyone invited is told by mail.".to_owned(),
    };
    page.change_href = None;
    page.may_cancel = false;
    page.again_href = Some(booking_href("rm_aster", "2026-11-24", "14:00", "15:00"));
    page.history.insert(
        0,
        event("10:46", "Cancelled", "by you", Some(Tone::Off), "close"),
    );
    page.layout.flash = Some(Flash {
        text: "Coating review is cancelled.".to_owned(),
        undo: Some(UndoForm {
            action: "/bookings/bk_1/restoration".to_owned(),
            fields: vec![("idempotency_key".to_owned(), "key-undo".to_owned())],
        }),
    });
    page
}

/// The form of a new booking.
pub(crate) fn book_form() -> BookForm {
    let rooms = [("Aster", 6), ("Birch", 8), ("Clover", 4)].map(|(name, seats)| {
        let value = format!("rm_{}", name.to_lowercase());
        Choice::new(
            value,
            format!("{name}, {seats} seats, 2nd floor"),
            name == "Birch",
        )
    });
    BookForm {
        layout: layout("New booking", Nav::Book),
        heading: "New booking".to_owned(),
        lead: String::new(),
        back: Link::new("/?date=2026-11-24", "Tuesday 24 Nov"),
        action: "/bookings".to_owned(),
        submit: "Book Birch".to_owned(),
        idempotency_key: "key-form".to_owned(),
        version: String::new(),
        title: "Glare test, <results>".to_owned(),
        date: "2026-11-24".to_owned(),
        start: "12:30".to_owned(),
        end: "13:30".to_owned(),
        length: "1 hour, Basel time".to_owned(),
        rooms: vec![
            RoomGroup {
                name: "Basel".to_owned(),
                rooms: rooms.to_vec(),
            },
            RoomGroup {
                name: "Porto".to_owned(),
                rooms: vec![Choice::new("rm_douro", "Douro, 8 seats", false)],
            },
        ],
        strip: Some(frame().strip(
            Window { from: 8, to: 19 },
            "Birch: busy 9:00 to 10:30 and 14:30 to 16:00",
            &[span("09:00", "10:30"), span("14:30", "16:00")],
            &[(Mark::Wanted, span("12:30", "13:30"))],
            now(),
        )),
        organizers: vec![
            Choice::new("pe_1", "Mara Lindqvist (you)", true),
            Choice::new("pe_2", "Leila Haddad", false),
        ],
        invitees: "priya@halden.example, e.brandt@lumen.example".to_owned(),
        people: vec![Choice::new("leila@halden.example", "Leila Haddad", false)],
        zoom: zoom_ready(),
        hosts: Vec::new(),
        host_of: String::new(),
        wants_zoom: true,
        refusal: String::new(),
        errors: Vec::new(),
        alternatives: Vec::new(),
    }
}

/// The form after a clash and a wrong address.
pub(crate) fn book_form_refused() -> BookForm {
    let mut form = BookForm {
        start: "14:00".to_owned(),
        end: "15:00".to_owned(),
        invitees: "priya@halden.example, e.brandt@lumen".to_owned(),
        refusal: "Not booked yet.".to_owned(),
        ..book_form()
    };
    form.strip = Some(frame().strip(
        Window { from: 8, to: 19 },
        "Birch: busy 9:00 to 10:30 and 14:30 to 16:00",
        &[span("09:00", "10:30"), span("14:30", "16:00")],
        &[(Mark::Clash, span("14:00", "15:00"))],
        now(),
    ));
    form.errors = vec![
        FieldError {
            field: Field::When,
            short: "the time".to_owned(),
            text: "Birch is taken 14:30–16:00. Free instead:".to_owned(),
        },
        FieldError {
            field: Field::Invitees,
            short: "one address".to_owned(),
            text: "e.brandt@lumen is not a whole address.".to_owned(),
        },
    ];
    form.alternatives = [("13:30", "14:30", "Birch"), ("14:00", "15:00", "Clover")]
        .map(|(start, end, room)| Alternative {
            text: format!("{start}–{end} in {room}"),
            room_id: format!("rm_{}", room.to_lowercase()),
            date: "2026-11-24".to_owned(),
            start: start.to_owned(),
            end: end.to_owned(),
        })
        .to_vec();
    form
}

fn found(name: &str, facts: &str, why: &str, busy: &[Span]) -> Found {
    let window = Window { from: 8, to: 19 };
    Found {
        name: name.to_owned(),
        facts: facts.to_owned(),
        strip: frame().strip(
            window,
            name,
            busy,
            &[(Mark::Wanted, span("14:00", "15:00"))],
            at("00:00"),
        ),
        book_href: booking_href(
            &format!("rm_{}", name.to_lowercase()),
            "2026-11-24",
            "14:00",
            "15:00",
        ),
        why: why.to_owned(),
    }
}

fn plan(change: &str, room: &str, time: (&str, &str), facts: &str, busy: Span) -> Plan {
    let window = Window { from: 13, to: 17 };
    Plan {
        change: change.to_owned(),
        room: room.to_owned(),
        time: format!("{}–{}", time.0, time.1),
        facts: facts.to_owned(),
        strip: frame().strip(
            window,
            room,
            &[busy],
            &[(Mark::Wanted, span(time.0, time.1))],
            at("00:00"),
        ),
        book_href: booking_href(
            &format!("rm_{}", room.to_lowercase()),
            "2026-11-24",
            time.0,
            time.1,
        ),
    }
}

/// A search with results.
pub(crate) fn find() -> Find {
    Find {
        layout: layout("Find a room", Nav::Find),
        site: "Basel".to_owned(),
        sites: sites(),
        date: "2026-11-25".to_owned(),
        start: "14:00".to_owned(),
        lengths: vec![
            Choice::new("30", "30 min", false),
            Choice::new("60", "1 h", true),
            Choice::new("90", "1 h 30", false),
        ],
        capacity: "4".to_owned(),
        equipment: equipment(true),
        wrong: String::new(),
        heading: "3 rooms fit".to_owned(),
        day_words: "Wednesday".to_owned(),
        time_words: "14:00–15:00".to_owned(),
        nothing: String::new(),
        rooms: vec![
            found(
                "Birch",
                "8 seats, 2nd floor",
                "Best fit: your floor, whiteboard too. Free until 16:30.",
                &[span("09:00", "10:30"), span("16:30", "17:30")],
            ),
            found(
                "Fern",
                "10 seats, 3rd floor",
                "One floor up, larger than you need. Booked again at 15:30.",
                &[span("08:00", "08:30"), span("15:30", "16:30")],
            ),
            found(
                "Hazel",
                "40 seats, ground floor",
                "Far larger than you need. Booked again at 15:00.",
                &[span("09:00", "12:00"), span("15:00", "17:30")],
            ),
        ],
        plans: plans(),
    }
}

fn plans() -> Vec<Plan> {
    vec![
        plan(
            "15 min later",
            "Dahlia",
            ("14:15", "15:15"),
            "12 seats, everything you asked for.",
            span("13:00", "14:15"),
        ),
        plan(
            "10 min shorter",
            "Gentian",
            ("14:00", "14:50"),
            "20 seats.",
            span("14:50", "16:00"),
        ),
        plan(
            "The room next door",
            "Fern",
            ("14:00", "15:00"),
            "10 seats, two people would stand.",
            span("15:30", "16:30"),
        ),
    ]
}

/// A search that nothing fits.
pub(crate) fn find_none() -> Find {
    Find {
        heading: "Nothing fits exactly".to_owned(),
        nothing: "Three rooms seat 12, and all are taken at 14:00. These come closest:".to_owned(),
        rooms: Vec::new(),
        capacity: "12".to_owned(),
        ..find()
    }
}

fn row(id: &str, time: &str, title: &str, state: BookingState, zoom: ZoomMark) -> AgendaRow {
    AgendaRow {
        id: id.to_owned(),
        time: time.to_owned(),
        title: title.to_owned(),
        place: "Aster, 2nd floor, Basel".to_owned(),
        state,
        zoom,
    }
}

/// A few bookings ahead and behind.
pub(crate) fn my_bookings() -> MyBookings {
    let day = |words: &str, bookings| AgendaDay {
        words: words.to_owned(),
        bookings,
    };
    let join_url = "https://zoom.us/j/91444102277".to_owned();
    MyBookings {
        layout: layout("My bookings", Nav::MyBookings),
        upcoming: vec![
            day(
                "Today",
                vec![
                    row(
                        "bk_1",
                        "14:00–15:00",
                        "Coating review",
                        BookingState::Confirmed,
                        ZoomMark::Ready { join_url },
                    ),
                    row(
                        "bk_2",
                        "16:30–17:00",
                        "1:1 Leila",
                        BookingState::Confirmed,
                        ZoomMark::None,
                    ),
                ],
            ),
            day(
                "Wednesday 25 November",
                vec![
                    row(
                        "bk_3",
                        "09:00–10:00",
                        "Lumen visit",
                        BookingState::Confirmed,
                        ZoomMark::Failed,
                    ),
                    row(
                        "bk_4",
                        "11:00–12:00",
                        "Audit",
                        BookingState::Confirmed,
                        ZoomMark::Detached,
                    ),
                    row(
                        "bk_5",
                        "13:00–14:00",
                        "Hiring",
                        BookingState::Pending,
                        ZoomMark::Pending,
                    ),
                ],
            ),
        ],
        past: vec![day(
            "Monday 23 November",
            vec![
                row(
                    "bk_6",
                    "08:30–09:00",
                    "Porto call",
                    BookingState::Cancelled,
                    ZoomMark::None,
                ),
                row(
                    "bk_7",
                    "10:00–11:00",
                    "Recap",
                    BookingState::Past,
                    ZoomMark::None,
                ),
            ],
        )],
        older_href: Some("/bookings?before=2026-11-23".to_owned()),
    }
}

fn mail_frame() -> MailFrame {
    MailFrame {
        company: "Halden Optics".to_owned(),
        support_email: "support@halden.example".to_owned(),
    }
}

/// An invitation, its change or its end.
pub(crate) fn invitation(change: Change) -> Invitation {
    Invitation {
        frame: mail_frame(),
        change,
        organizer: "Mara Lindqvist".to_owned(),
        title: "Coating <review>".to_owned(),
        day: "Tuesday 24 November".to_owned(),
        start: "14:00".to_owned(),
        end: "15:00".to_owned(),
        elsewhere: "13:00–14:00 for you in Porto".to_owned(),
        place: "Aster, 2nd floor, Basel. 6 seats, screen, camera.".to_owned(),
        join: Some(Join {
            url: "https://zoom.us/j/91444102277".to_owned(),
            text: "zoom.us/j/914 4410 2277".to_owned(),
            meeting_id: "914 4410 2277".to_owned(),
            passcode: "k7Wd2P".to_owned(),
        }),
        people: "Mara Lindqvist, Priya Raman, e.brandt@lumen.example".to_owned(),
        notes: String::new(),
        cells: cells(&aster(Mark::Own)),
        cells_words: "Aster from 8 to 19: the marked hour is this meeting.".to_owned(),
    }
}

/// Zoom removed from Zoom's side.
pub(crate) fn zoom_removed() -> ZoomRemoved {
    ZoomRemoved {
        frame: mail_frame(),
        what: "OneClickRooms was removed in Zoom on 23 November at 17:52.".to_owned(),
        kept: "Three upcoming bookings keep their links: everybody can still join.".to_owned(),
        settings_url: "https://rooms.halden.example/settings/apps".to_owned(),
    }
}

/// Somebody asks to be allowed to connect.
pub(crate) fn permission_asked() -> PermissionAsked {
    PermissionAsked {
        frame: mail_frame(),
        who: "Jonas".to_owned(),
        message: "For the fair in March.".to_owned(),
        link: "https://rooms.halden.example/admin/people/pe_1".to_owned(),
    }
}

/// The data of who asked for it is deleted, or not.
pub(crate) fn data_answered(erased: bool) -> DataAnswered {
    DataAnswered {
        frame: mail_frame(),
        erased,
        reply: "Your contract runs on until May.".to_owned(),
        link: "https://rooms.halden.example/settings/data".to_owned(),
    }
}

/// Zoom no longer accepts the connection.
pub(crate) fn zoom_needs_attention() -> ZoomNeedsAttention {
    ZoomNeedsAttention {
        frame: mail_frame(),
        why: "Zoom asks you to sign in again.".to_owned(),
        ahead: "3 bookings ahead use mara@halden.example.".to_owned(),
        settings_url: "https://rooms.halden.example/settings/apps".to_owned(),
    }
}

/// A link that could not be made.
pub(crate) fn link_failed() -> MeetingNews {
    MeetingNews {
        head: "No Zoom link yet".to_owned(),
        lead: "The room is yours. Only the Zoom link is missing.".to_owned(),
        frame: mail_frame(),
        title: "Coating review".to_owned(),
        day: "Tuesday 24 November".to_owned(),
        start: "14:00".to_owned(),
        end: "15:00".to_owned(),
        place: "Aster, Basel".to_owned(),
        reason: "Zoom did not answer for a day. Open the booking to try again.".to_owned(),
        booking_url: "https://rooms.halden.example/bookings/bk_1".to_owned(),
    }
}
