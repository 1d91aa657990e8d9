use jiff::civil::date;
use jiff::tz::TimeZone;

use super::*;

fn basel(year: i16, month: i8, day: i8) -> DayFrame {
    DayFrame::new(
        date(year, month, day),
        &TimeZone::get("Europe/Zurich").unwrap(),
    )
    .unwrap()
}

fn day() -> DayFrame {
    basel(2026, 11, 24)
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

fn booking(start: &str, end: &str) -> DayBooking {
    DayBooking {
        id: format!("bk_{}", start.replace(':', "")),
        span: span(start, end),
        title: Some("Glare test".to_owned()),
        by: "Wei Zhang".to_owned(),
        mine: false,
        pending: false,
    }
}

fn room(bookings: Vec<DayBooking>) -> RoomDay {
    RoomDay {
        id: "rm_1".to_owned(),
        name: "Birch".to_owned(),
        seats: 8,
        equipment: vec!["screen".to_owned()],
        group: "2nd floor".to_owned(),
        open: Some(span("08:00", "19:00")),
        out_of_service: None,
        bookings,
    }
}

const OFFICE_WINDOW: Window = Window { from: 7, to: 20 };

fn row(now: &str, bookings: Vec<DayBooking>) -> Vec<Item> {
    let drawn = lay_out(&day(), OFFICE_WINDOW, at(now), &[room(bookings)]);
    drawn.groups[0].rooms[0].items.clone()
}

fn free_times(items: &[Item]) -> Vec<(u16, u16)> {
    let free = |item: &&Item| matches!(item.kind, ItemKind::Free { .. });
    items
        .iter()
        .filter(free)
        .map(|item| (item.start, item.end))
        .collect()
}

#[test]
fn an_ordinary_day_has_288_steps_and_ten_oclock_is_the_120th() {
    assert_eq!(day().steps(), 288);
    assert_eq!(day().step(at("10:00")), 120);
    assert_eq!(day().turn(), None);
}

#[test]
fn the_short_day_has_23_hours_and_skips_two_oclock() {
    let frame = basel(2026, 3, 29);
    assert_eq!(frame.steps(), 276);
    assert_eq!(
        frame.turn(),
        Some(Turn {
            step: 24,
            minutes: 60
        })
    );
    let hours = frame.hours(frame.whole());
    let labels: Vec<&str> = hours.iter().map(|hour| hour.label.as_str()).collect();
    assert_eq!(labels[..4], ["0", "1", "3", "4"]);
    assert_eq!(labels.len(), 23);
    let ten: Timestamp = "2026-03-29T10:00:00+02:00".parse().unwrap();
    assert_eq!(frame.step(ten), 108);
    assert_eq!(frame.clock(frame.instant(108)), "10:00");
}

#[test]
fn the_long_day_has_25_hours_and_tells_the_repeated_one_apart() {
    let frame = basel(2026, 10, 25);
    assert_eq!(frame.steps(), 300);
    assert_eq!(
        frame.turn(),
        Some(Turn {
            step: 36,
            minutes: -60
        })
    );
    let hours = frame.hours(frame.whole());
    let labels: Vec<&str> = hours.iter().map(|hour| hour.label.as_str()).collect();
    assert_eq!(labels[..5], ["0", "1", "2a", "2b", "3"]);
    assert_eq!(labels.len(), 25);
}

#[test]
fn a_day_that_begins_at_one_is_drawn_from_its_first_instant() {
    let zone = TimeZone::get("Africa/Cairo").unwrap();
    let frame = DayFrame::new(date(2026, 4, 24), &zone).unwrap();
    assert_eq!(frame.steps(), 276);
    assert_eq!(frame.clock(frame.start()), "01:00");
    assert_eq!(frame.hours(frame.whole())[0].label, "1");
}

#[test]
fn a_half_hour_turn_labels_the_hours_as_lived() {
    let zone = TimeZone::get("Australia/Lord_Howe").unwrap();
    let frame = DayFrame::new(date(2026, 10, 4), &zone).unwrap();
    assert_eq!(frame.steps(), 282);
    assert_eq!(
        frame.turn(),
        Some(Turn {
            step: 24,
            minutes: 30
        })
    );
    assert_eq!(frame.hours(frame.whole())[2].label, "2:30");
}

#[test]
fn gaps_between_bookings_are_free() {
    let items = row(
        "06:00",
        vec![booking("09:00", "10:30"), booking("14:30", "16:00")],
    );
    assert_eq!(free_times(&items), [(96, 108), (126, 174), (192, 228)]);
}

#[test]
fn the_past_is_not_offered_and_the_next_five_minutes_begin_the_gap() {
    let items = row("10:12", vec![booking("11:00", "12:00")]);
    assert_eq!(free_times(&items), [(123, 132), (144, 228)]);
    assert_eq!(
        items[0].kind,
        ItemKind::Closed {
            words: "Past".to_owned()
        }
    );
    assert_eq!((items[0].start, items[0].end), (84, 122));
}

#[test]
fn bookings_that_touch_leave_no_gap_even_off_the_five_minutes() {
    let items = row(
        "06:00",
        vec![booking("09:00", "10:07"), booking("10:07", "11:00")],
    );
    assert_eq!(free_times(&items), [(96, 108), (132, 228)]);
    let blocks: Vec<(u16, u16)> = items
        .iter()
        .filter(|item| matches!(item.kind, ItemKind::Block { .. }))
        .map(|item| (item.start, item.end))
        .collect();
    assert_eq!(blocks, [(108, 121), (121, 132)]);
}

#[test]
fn closed_hours_stand_on_both_sides() {
    let items = row("06:00", vec![]);
    let closed: Vec<(u16, u16)> = items
        .iter()
        .filter(|item| matches!(item.kind, ItemKind::Closed { .. }))
        .map(|item| (item.start, item.end))
        .collect();
    assert_eq!(closed, [(84, 96), (228, 240)]);
}

#[test]
fn a_day_gone_by_offers_nothing() {
    let later: Timestamp = "2026-11-26T09:00:00+01:00".parse().unwrap();
    let drawn = lay_out(
        &day(),
        OFFICE_WINDOW,
        later,
        &[room(vec![booking("09:00", "10:00")])],
    );
    let items = &drawn.groups[0].rooms[0].items;
    assert_eq!(free_times(items), []);
    assert!(drawn.now.is_none());
    assert_eq!((items[0].start, items[0].end), (84, 240));
}

#[test]
fn a_room_out_of_service_says_why_and_offers_nothing() {
    let mut room = room(vec![booking("09:00", "10:00")]);
    room.out_of_service = Some("Closed until Thursday: projector repair".to_owned());
    let drawn = lay_out(&day(), OFFICE_WINDOW, at("06:00"), &[room]);
    let items = &drawn.groups[0].rooms[0].items;
    assert_eq!(items.len(), 1);
    assert!(matches!(items[0].kind, ItemKind::Out { .. }));
}

#[test]
fn a_closed_day_is_closed_from_end_to_end() {
    let mut room = room(vec![]);
    room.open = None;
    let drawn = lay_out(&day(), OFFICE_WINDOW, at("06:00"), &[room]);
    let items = &drawn.groups[0].rooms[0].items;
    assert_eq!(items.len(), 1);
    assert_eq!((items[0].start, items[0].end), (84, 240));
}

#[test]
fn a_booking_is_drawn_with_what_it_is() {
    let mut own = booking("10:00", "10:30");
    own.mine = true;
    own.title = None;
    let items = row("10:12", vec![own]);
    let ItemKind::Block {
        class,
        title,
        words,
        ..
    } = &items[1].kind
    else {
        panic!("{items:?}")
    };
    assert_eq!(class, " mine private brief running");
    assert_eq!(*title, None);
    assert_eq!(words, ", Birch, 10:00 to 10:30");
}

#[test]
fn a_booking_from_the_day_before_is_clipped() {
    let night = DayBooking {
        span: Span {
            start: "2026-11-23T22:00:00+01:00".parse().unwrap(),
            end: at("08:30"),
        },
        ..booking("08:00", "09:00")
    };
    let items = row("06:00", vec![night]);
    let block = items
        .iter()
        .find(|item| matches!(item.kind, ItemKind::Block { .. }))
        .unwrap();
    assert_eq!((block.start, block.end), (84, 102));
    assert_eq!(free_times(&items), [(102, 228)]);
}

#[test]
fn the_link_of_a_gap_fills_the_form_with_half_an_hour() {
    let items = row("06:00", vec![booking("09:00", "10:30")]);
    let ItemKind::Free { href, .. } = &items[3].kind else {
        panic!("{items:?}")
    };
    assert_eq!(
        href,
        "/bookings/new?room_id=rm_1&date=2026-11-24&start=10%3A30&end=11%3A00"
    );
}

#[test]
fn the_window_is_an_hour_around_the_bookable_hours() {
    let frame = day();
    let quiet = at("12:00");
    assert_eq!(
        frame.window(Some(span("08:00", "19:00")), &[], quiet),
        OFFICE_WINDOW
    );
    let early = [span("05:15", "06:00")];
    let wide = frame.window(Some(span("08:00", "19:00")), &early, quiet);
    assert_eq!(wide, Window { from: 5, to: 20 });
}

#[test]
fn a_day_open_at_all_hours_shows_an_office_day_and_now() {
    let frame = day();
    let all = Some(Span {
        start: frame.start(),
        end: frame.end(),
    });
    assert_eq!(frame.window(all, &[], at("12:00")), OFFICE_WINDOW);
    assert_eq!(
        frame.window(all, &[], at("22:30")),
        Window { from: 7, to: 24 }
    );
    assert_eq!(frame.window(all, &[], at("03:00")).from, 3);
}

#[test]
fn a_strip_shows_busy_times_the_wanted_one_and_now() {
    let window = Window { from: 10, to: 14 };
    let strip = day().strip(
        window,
        "Aster",
        &[span("11:30", "12:30"), span("15:00", "16:00")],
        &[(Mark::Wanted, span("10:15", "10:45"))],
        at("10:12"),
    );
    let marks: Vec<_> = strip
        .marks
        .iter()
        .map(|m| (m.class, m.start, m.end))
        .collect();
    assert_eq!(
        marks,
        [("b", 138, 150), ("want", 123, 129), ("n", 122, 122)]
    );
    assert_eq!(strip.hours.len(), 4);
}

#[test]
fn rooms_stand_under_their_headings_in_the_order_given() {
    let mut other = room(vec![]);
    other.group = "Ground floor".to_owned();
    let drawn = lay_out(
        &day(),
        OFFICE_WINDOW,
        at("06:00"),
        &[room(vec![]), other, room(vec![])],
    );
    let names: Vec<_> = drawn
        .groups
        .iter()
        .map(|g| (g.name.as_str(), g.rooms.len()))
        .collect();
    assert_eq!(names, [("2nd floor", 2), ("Ground floor", 1)]);
}
