//! Every page rendered with sample data: the words that matter, and that titles stay text.
//!
//! The pages are also written below the target folder, `tmp/pages/`, to be looked at and photographed.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

mod samples;

use std::fs;
use std::path::PathBuf;

use askama::Template;
use rooms_views::book_form::{Alternative, Field};
use rooms_views::booking::{BookingState, Meeting, MeetingPart};
use rooms_views::home::Zoom;
use rooms_views::layout::{Notice, Tone};
use rooms_views::mail::{Change, cells};
use rooms_views::styleguide::StylePage;

/// Renders a page, keeps it for the eye, and holds it against what is true of every page.
fn shown(name: &str, page: &impl Template) -> String {
    let html = page.render().unwrap();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pages");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{name}.html")), &html).unwrap();
    assert!(!html.contains(" style="), "{name} is styled inline");
    assert!(!html.contains("<style"), "{name} is styled inline");
    assert!(!html.contains(" onclick="), "{name} is scripted inline");
    assert!(
        !html.contains("<use href=\"#") && !html.contains("href=\"\""),
        "{name} lacks an address"
    );
    assert!(
        !html.contains("<script>"),
        "a title of {name} became script"
    );
    let forms = html.matches("method=\"post\"").count();
    assert!(
        html.matches("name=\"csrf\"").count() >= forms,
        "a form of {name} lacks its token"
    );
    html
}

#[test]
fn home_books_with_one_click() {
    let html = shown("home", &samples::home());
    assert_eq!(html.matches("class=\"now-card\"").count(), 3);
    assert!(html.contains("<form class=\"pair\" method=\"post\" action=\"/bookings\""));
    for field in [
        "room_id",
        "date",
        "start",
        "end",
        "title",
        "idempotency_key",
    ] {
        assert!(
            html.contains(&format!("name=\"{field}\" value=")),
            "{field} is not sent"
        );
    }
    assert!(html.contains("Free until 11:30"));
    assert!(html.contains("Birch is free 10:30 to 14:30. Book it"));
    assert!(html.contains("room_id=rm_birch&#38;date=2026-11-24"));
    assert!(html.contains("<day-line class=\"timeline tl-body from-7 to-20\""));
    assert!(html.contains("<div role=\"listitem\" class=\"at long s102 e114\">"));
}

#[test]
fn titles_stay_text_everywhere() {
    let home = shown("home", &samples::home());
    assert!(home.contains("&#60;script&#62;alert(1)&#60;/script&#62;"));
    let page = shown("booking-html", &{
        let mut page = samples::booking();
        page.title = "<b>Bold</b> & \"quoted\"".to_owned();
        page
    });
    assert!(page.contains("&#60;b&#62;Bold&#60;/b&#62; &#38; &#34;quoted&#34;"));
    assert!(!page.contains("<b>Bold"));
}

#[test]
fn a_private_booking_shows_no_title_and_no_name() {
    let html = shown("home", &samples::home());
    assert!(html.contains("<span class=\"text\">Private</span>"));
    assert!(!html.contains("Secret Keeper"));
}

#[test]
fn home_without_zoom_says_why_and_where_to_connect() {
    let mut home = samples::home();
    home.day.zoom = samples::zoom_off();
    let html = shown("home-no-zoom", &home);
    assert!(html.contains("value=\"zoom\" disabled aria-describedby=\"zoom-why\""));
    assert!(html.contains("Zoom is not connected. <a href=\"/settings/apps\">Connect Zoom</a>"));
}

#[test]
fn home_shows_notices_until_they_are_seen() {
    let mut home = samples::home();
    home.layout.notices = vec![Notice {
        id: "nt_1".to_owned(),
        kind: Tone::Warn,
        text: "OneClickRooms was removed in Zoom on 23 November at 17:52.".to_owned(),
        link: Some(rooms_views::layout::Link::new(
            "/settings/apps",
            "Connect Zoom again",
        )),
    }];
    let html = shown("home-notice", &home);
    assert!(html.contains("removed in Zoom on 23 November at 17:52"));
    assert!(html.contains("action=\"/notices/nt_1/dismissal\""));
}

#[test]
fn home_without_rooms_offers_the_next_step() {
    let html = shown("home-empty", &samples::home_empty());
    assert!(html.contains("No room yet"));
    assert!(
        html.contains("<a class=\"button main\" href=\"/admin/rooms/new\">Add the first room</a>")
    );
    assert!(!html.contains("day-line"));
}

#[test]
fn filters_that_fit_no_room_offer_every_room() {
    let mut home = samples::home();
    home.day.timeline.groups.clear();
    let html = shown("home-filtered", &home);
    assert!(html.contains("No room fits these filters"));
}

#[test]
fn a_ready_meeting_shows_link_id_passcode_and_host() {
    let html = shown("booking", &samples::booking());
    assert!(html.contains("Join Zoom meeting"));
    assert!(html.contains("href=\"https://zoom.us/j/91444102277?pwd=x\""));
    assert!(html.contains("914 4410 2277"));
    assert!(html.contains("<dt>Passcode</dt><dd>k7Wd2P"));
    assert!(html.contains("<dt>Host</dt><dd>mara.lindqvist@halden.example"));
    assert!(html.contains("href=\"/bookings/bk_1/calendar.ics\""));
    assert!(html.contains("action=\"/bookings/bk_1/cancellation\""));
    assert!(
        html.contains("data-follow=\"/bookings/bk_1/events\""),
        "it may change in Zoom"
    );
}

#[test]
fn a_meeting_in_the_making_is_followed() {
    let mut page = samples::booking();
    page.meeting = samples::pending();
    let html = shown("booking-pending", &page);
    assert!(html.contains("Zoom link is being made"));
    assert!(html.contains("data-follow=\"/bookings/bk_1/events\""));
    assert!(!html.contains("Join Zoom meeting"));
}

#[test]
fn a_failed_meeting_says_why_and_can_be_tried_again() {
    let mut page = samples::booking();
    page.meeting = samples::failed();
    page.about = samples::about_failed();
    let html = shown("booking-failed", &page);
    assert!(html.contains("Zoom has not answered since 10:12."));
    assert!(html.contains("Tried 3 times. Next try today 10:17."));
    assert!(html.contains("action=\"/bookings/bk_1/meeting/attempts\""));
    assert_eq!(html.matches("button main").count(), 1);
}

#[test]
fn a_meeting_changed_in_zoom_says_what_differs_and_offers_three_ways_out() {
    let mut page = samples::booking();
    page.about = samples::about_changed();
    let html = shown("booking-changed", &page);
    assert!(html.contains("Live since today 14:02"));
    assert!(html.contains("it is called “&#60;b&#62;Coating&#60;/b&#62;”"));
    for way in ["acceptance", "restoration", "replacement"] {
        assert!(html.contains(&format!("action=\"/bookings/bk_1/meeting/{way}\"")));
    }
    assert!(html.contains("keeps the waiting room on"));
}

#[test]
fn a_detached_meeting_keeps_its_link() {
    let mut page = samples::booking();
    page.meeting = samples::detached();
    let html = shown("booking-detached", &page);
    assert!(html.contains("Link kept, no longer managed here"));
    assert!(html.contains("Join Zoom meeting"));
    assert!(html.contains("Connect Zoom again"));
}

#[test]
fn a_cancelled_booking_can_be_undone() {
    let html = shown("booking-cancelled", &samples::booking_cancelled());
    assert!(html.contains("<s>Coating review</s>"));
    assert!(html.contains("Zoom meeting is being removed"));
    assert!(html.contains("Undo</button>"));
    assert!(html.contains("Book again"));
    assert!(!html.contains("/cancellation"));
}

#[test]
fn a_removed_meeting_and_no_meeting_have_their_words() {
    let mut page = samples::booking_cancelled();
    page.meeting = Meeting::Removed {
        words: "Deleted in Zoom at 10:46.".to_owned(),
    };
    assert!(shown("booking-removed", &page).contains("Zoom meeting removed"));
    page.meeting = Meeting::None {
        words: "Room only.".to_owned(),
    };
    page.state = BookingState::Past;
    let html = shown("booking-room-only", &page);
    assert!(html.contains("Room only."));
    assert!(html.contains("Over"));
}

#[test]
fn somebody_elses_booking_is_seen_not_changed() {
    let mut page = samples::booking();
    page.may_cancel = false;
    page.change_href = None;
    let html = shown("booking-other", &page);
    assert!(!html.contains("Cancel booking"));
    assert!(!html.contains(">Change<"));
}

#[test]
fn the_meeting_alone_is_the_same_as_on_the_page() {
    let page = samples::booking();
    let part = MeetingPart {
        layout: page.layout.clone(),
        id: page.id.clone(),
        meeting: page.meeting.clone(),
        about: page.about.clone(),
    };
    let part = part.render().unwrap();
    assert!(part.starts_with("<div class=\"strip\" id=\"meeting\""));
    assert!(page.render().unwrap().contains(part.trim()));
}

#[test]
fn the_form_posts_every_field_it_promises() {
    let html = shown("book-form", &samples::book_form());
    for field in [
        "csrf",
        "idempotency_key",
        "room_id",
        "title",
        "date",
        "start",
        "end",
    ] {
        assert!(
            html.contains(&format!("name=\"{field}\"")),
            "{field} is missing"
        );
    }
    assert!(html.contains("name=\"organizer\"") && html.contains("name=\"invitees\""));
    assert!(html.contains("name=\"conference\" value=\"zoom\" checked"));
    assert!(html.contains("You host it as mara.lindqvist@halden.example."));
    assert!(!html.contains("aria-invalid"));
}

#[test]
fn a_refused_form_keeps_what_was_typed_and_offers_ways_out() {
    let html = shown("book-form-error", &samples::book_form_refused());
    assert!(html.contains("Not booked yet."));
    assert!(
        html.contains("2 things need a change: <a href=\"&#35;date\">")
            || html.contains("<a href=\"#date\">the time</a>")
    );
    assert!(html.contains("Birch is taken 14:30–16:00. Free instead:"));
    assert!(html.contains("name=\"take\" value=\"rm_birch 2026-11-24 13:30 14:30\""));
    assert!(html.contains("value=\"Glare test, &#60;results&#62;\""));
    assert!(html.contains("aria-describedby=\"date-wrong\""));
}

#[test]
fn the_form_without_zoom_disables_the_choice_and_says_why() {
    let mut form = samples::book_form();
    form.zoom = samples::zoom_off();
    let html = shown("book-form-no-zoom", &form);
    assert!(html.contains("value=\"zoom\" disabled aria-describedby=\"zoom-why\""));
    assert!(html.contains("id=\"v-none\" name=\"conference\" value=\"\" checked"));
    assert!(html.contains("href=\"/settings/apps\""));
}

#[test]
fn an_alternative_survives_its_button() {
    let refused = samples::book_form_refused();
    let sent = refused.alternatives[0].value();
    let read = Alternative::read(&sent).unwrap();
    assert_eq!(
        (read.room_id.as_str(), read.start.as_str()),
        ("rm_birch", "13:30")
    );
    assert_eq!(Alternative::read("rm_birch 2026-11-24"), None);
    assert_eq!(refused.error(Field::Title), None);
}

#[test]
fn find_shows_what_fits_best_first() {
    let html = shown("find", &samples::find());
    assert!(html.contains("3 rooms fit"));
    assert!(html.contains("<a class=\"button main\" href=\"/bookings/new?room_id=rm_birch"));
    assert_eq!(html.matches("button main").count(), 1);
    assert!(html.contains("name=\"minutes\""));
}

#[test]
fn find_is_never_empty() {
    let html = shown("find-none", &samples::find_none());
    assert!(html.contains("Nothing fits exactly"));
    assert!(html.contains("15 min later"));
    assert_eq!(html.matches("button main").count(), 1);
}

#[test]
fn find_explains_a_question_it_cannot_answer() {
    let mut find = samples::find();
    find.wrong = "That day is over. Choose a later one.".to_owned();
    assert!(shown("find-wrong", &find).contains("That day is over."));
}

#[test]
fn my_bookings_say_only_the_exceptions() {
    let html = shown("my-bookings", &samples::my_bookings());
    assert!(html.contains("Coating review"));
    assert!(html.contains("No Zoom link yet"));
    assert!(html.contains("<s>Porto call</s>"));
    assert!(!html.contains("Confirmed"));
}

#[test]
fn my_bookings_teach_while_there_are_none() {
    let mut page = samples::my_bookings();
    page.upcoming.clear();
    page.past.clear();
    assert!(shown("my-bookings-empty", &page).contains("Nothing ahead"));
}

#[test]
fn one_filled_button_on_every_page() {
    let home = samples::home().render().unwrap();
    let (page, card) = home.split_once("<template").unwrap();
    assert_eq!(page.matches("button main").count(), 1);
    assert_eq!(card.matches("button main").count(), 1);
    assert_eq!(
        samples::booking()
            .render()
            .unwrap()
            .matches("button main")
            .count(),
        1
    );
    assert_eq!(
        samples::book_form()
            .render()
            .unwrap()
            .matches("button main")
            .count(),
        1
    );
    assert_eq!(
        samples::my_bookings()
            .render()
            .unwrap()
            .matches("button main")
            .count(),
        1
    );
}

#[test]
fn an_invitation_says_the_same_in_text_and_html() {
    let letter = samples::invitation(Change::New).letter().unwrap();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pages");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("mail-invitation.html"), &letter.html).unwrap();
    fs::write(folder.join("mail-invitation.txt"), &letter.text).unwrap();
    assert_eq!(
        letter.subject,
        "Coating <review>, Tuesday 24 November 14:00"
    );
    for part in [&letter.text, &letter.html] {
        assert!(part.contains("Mara Lindqvist invites you"));
        assert!(part.contains("https://zoom.us/j/91444102277"));
        assert!(part.contains("Meeting ID 914 4410 2277, passcode k7Wd2P"));
        assert!(part.contains("Aster, 2nd floor, Basel."));
    }
    assert!(letter.text.contains("Coating <review>"));
    assert!(letter.html.contains("Coating &#60;review&#62;"));
    assert!(letter.html.contains("class=\"own\" width=\"48\""));
}

#[test]
fn a_cancelled_invitation_no_longer_offers_the_link() {
    let letter = samples::invitation(Change::Cancelled).letter().unwrap();
    assert!(letter.subject.starts_with("Cancelled: "));
    assert!(!letter.text.contains("zoom.us"));
    assert!(!letter.html.contains("zoom.us"));
    let changed = samples::invitation(Change::Changed).letter().unwrap();
    assert!(
        changed
            .text
            .starts_with("Mara Lindqvist changed this meeting")
    );
}

#[test]
fn the_host_hears_that_zoom_is_gone_or_asks_for_them_and_that_a_link_failed() {
    let (removed, failed) = (samples::zoom_removed(), samples::link_failed());
    let asks = samples::zoom_needs_attention();
    let permission = samples::permission_asked();
    let refused = samples::data_answered(false);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pages");
    fs::create_dir_all(&folder).unwrap();
    for (name, letter) in [
        ("permission-asked", permission.letter().unwrap()),
        ("zoom-removed", removed.letter().unwrap()),
        ("zoom-needs-attention", asks.letter().unwrap()),
        ("link-failed", failed.letter().unwrap()),
        ("data-refused", refused.letter().unwrap()),
    ] {
        fs::write(folder.join(format!("mail-{name}.html")), &letter.html).unwrap();
        fs::write(folder.join(format!("mail-{name}.txt")), &letter.text).unwrap();
        assert!(letter.html.contains("support@halden.example"));
        assert!(letter.text.contains("https://rooms.halden.example/"));
    }
    let deleted = samples::data_answered(true).letter().unwrap();
    assert_eq!(deleted.subject, "Your data is deleted");
    assert!(
        !deleted.html.contains("/settings/data"),
        "nobody signs in there"
    );
    let asked = permission.letter().unwrap();
    assert_eq!(asked.subject, "Jonas asks to connect Zoom");
    assert!(asked.text.contains(&permission.message) && asked.html.contains(&permission.message));
    assert!(removed.letter().unwrap().text.contains(&removed.kept));
    for words in [&asks.why, &asks.ahead] {
        assert!(asks.letter().unwrap().text.contains(words));
    }
    assert!(failed.letter().unwrap().text.contains("The room is yours."));
}

#[test]
fn a_subject_stays_on_one_line() {
    let mut mail = samples::link_failed();
    mail.title = "Review\r\nBcc: everybody@halden.example".to_owned();
    assert!(!mail.letter().unwrap().subject.contains(['\r', '\n']));
}

#[test]
fn the_strip_of_a_mail_is_as_wide_as_its_hours() {
    let cells = cells(&samples::booking().strip);
    assert_eq!(
        cells.iter().map(|cell| u32::from(cell.width)).sum::<u32>(),
        11 * 48
    );
}

#[test]
fn zoom_is_ready_or_it_is_not() {
    assert!(!samples::zoom_off().is_ready());
    assert!(
        Zoom::Ready {
            host: String::new()
        }
        .is_ready()
    );
}

#[test]
fn the_style_page_shows_every_icon_and_every_state() {
    let page = StylePage::new(samples::home().layout);
    assert!(page.icons.len() > 40 && page.icons.contains(&"mark"));
    let html = shown("styleguide", &page);
    for words in [
        "Zoom link is being made",
        "No Zoom link yet",
        "Link ready",
        "Waiting for approval",
    ] {
        assert!(html.contains(words), "{words} is not shown");
    }
}
