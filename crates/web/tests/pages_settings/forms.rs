//! Fields that no browser of ours sends, and times that nobody can keep: refused beside the field,
//! with everything else still in the form.

use rooms_app::data::requests;
use rooms_testkit::app::{PASSWORD, TestApp, on_each};
use rooms_testkit::{Answer, Browser};

use super::says;

const NEW_BOOKING: (&str, &str) = ("/bookings/new", "/bookings");

/// Sends a form of a page with one field changed.
async fn with(
    browser: &Browser,
    (page, action): (&str, &str),
    fields: &[(&str, &str)],
    (field, value): (&str, &str),
) -> Answer {
    let mut fields = fields.to_vec();
    for known in &mut fields {
        if known.0 == field {
            known.1 = value;
        }
    }
    browser.post_form(page, action, &fields).await
}

/// The booking form, filled with what can be booked.
fn booking(room: &str) -> [(&str, &str); 8] {
    [
        ("room_id", room),
        ("title", "Budget & plan"),
        ("date", "2026-12-01"),
        ("start", "09:00"),
        ("end", "09:30"),
        ("conference", ""),
        ("organizer", ""),
        ("invitees", ""),
    ]
}

#[tokio::test]
async fn times_that_nobody_can_keep_are_refused_with_their_reason() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let room = app.room(&company, "Aster").await.id.to_string();
    let browser = app.signed_in(&company.admin).await;
    let fields = booking(&room);
    for ((date, start, end), words) in [
        (("2027-03-28", "02:30", "04:00"), "the clocks go forward"),
        (("2027-03-28", "01:30", "02:30"), "the clocks go forward"),
        (("2026-11-20", "09:00", "09:30"), "still to come"),
        (("2026-12-01", "09:30", "09:00"), "end after it starts"),
        (("2026-12-01", "09:00", "09:00"), "end after it starts"),
        (("2030-01-01", "09:00", "09:30"), "within the next 500 days"),
        (("9999-12-31", "09:00", "09:30"), "a date nearer to today"),
        (("2026-02-30", "09:00", "09:30"), "Write a date"),
        (("tomorrow", "09:00", "09:30"), "Write a date"),
        (("2026-12-01", "9 o'clock", "09:30"), "Write a time"),
        (("2026-12-01", "09:00", "25:00"), "Write a time"),
        (("", "", ""), "Write a date"),
    ] {
        let typed: Vec<_> = fields
            .iter()
            .map(|&(name, value)| match name {
                "date" => (name, date),
                "start" => (name, start),
                "end" => (name, end),
                _ => (name, value),
            })
            .collect();
        let (page, action) = NEW_BOOKING;
        let answer = browser.post_form(page, action, &typed).await;
        says(&answer, 422, &[words, "Budget &#38; plan"]);
    }
    let fine = browser
        .post_form(NEW_BOOKING.0, NEW_BOOKING.1, &fields)
        .await;
    assert_eq!(fine.status.as_u16(), 303, "{}", fine.text());
}

/// Its page, where it is sent, its fields, and those that are tried.
type Form<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "it is a table, with what reads it")]
async fn control_characters_are_refused_in_every_form() {
    on_each(async |app| {
        let company = app.company("halden").await;
        let room = app.room(&company, "Aster").await;
        let booked = app.book(&company.admin, &room, 2, None).await.booking;
        let browser = app.signed_in(&company.admin).await;
        let (site, room) = (company.site.to_string(), room.id.to_string());
        let one = format!("/bookings/{}", booked.id);
        let edit = format!("{one}/change");
        let (of_room, of_site) = (
            format!("/admin/rooms/{room}"),
            format!("/admin/sites/{site}"),
        );
        let add_room = [
            ("name", "Birke"),
            ("capacity", "4"),
            ("site_id", &site),
            ("equipment", "screen"),
            ("hours", "always"),
        ];
        let add_site = [("name", "Lakeside"), ("time_zone", "UTC")];
        let invite = [
            ("name", "Ida"),
            ("email", "ida@halden.example"),
            ("role", "officer"),
        ];
        let booking = booking(&room);
        let asking = app.officer(&company, "asking").await;
        let of_asking = format!("/admin/people/{}", asking.id());
        let declining = format!("{of_asking}/refusal");
        requests::ask(&app.app, &asking.actor).await.unwrap();
        let asked = requests::list(&app.app, &company.admin.actor)
            .await
            .unwrap();
        let of_request = format!("/admin/data-requests/{}", asked[0].id);
        let refusing = format!("{of_request}/refusal");
        let erasing = format!("{of_request}/erasure");
        let cancelling = format!("{one}/cancellation");
        let forms: [Form<'_>; 17] = [
            (
                NEW_BOOKING.0,
                NEW_BOOKING.1,
                &booking,
                &[
                    "room_id",
                    "title",
                    "date",
                    "start",
                    "end",
                    "conference",
                    "organizer",
                    "invitees",
                ],
            ),
            (
                &edit,
                &one,
                &booking,
                &[
                    "room_id",
                    "title",
                    "date",
                    "start",
                    "end",
                    "organizer",
                    "invitees",
                ],
            ),
            (
                "/admin/rooms/new",
                "/admin/rooms",
                &add_room,
                &["name", "site_id", "equipment"],
            ),
            (
                &of_room,
                &of_room,
                &add_room,
                &["name", "site_id", "equipment"],
            ),
            (
                "/admin/sites/new",
                "/admin/sites",
                &add_site,
                &["name", "time_zone"],
            ),
            (&of_site, &of_site, &add_site, &["name", "time_zone"]),
            (
                "/admin/people",
                "/admin/people",
                &invite,
                &["name", "email"],
            ),
            (
                "/admin/groups/new",
                "/admin/groups",
                &[("name", "Sales")],
                &["name"],
            ),
            (
                "/admin/company",
                "/admin/company",
                &[("name", "Halden"), ("connect_apps", "everybody")],
                &["name"],
            ),
            (
                "/settings",
                "/settings/profile",
                &[("name", "Ada")],
                &["name"],
            ),
            (
                "/settings/tokens",
                "/settings/tokens",
                &[("name", "ci")],
                &["name"],
            ),
            (
                "/settings/apps",
                "/settings/apps/zoom/request",
                &[("message", "For the fair")],
                &["message"],
            ),
            (&of_asking, &declining, &[("reply", "Not now")], &["reply"]),
            (&of_request, &refusing, &[("reply", "Not now")], &["reply"]),
            (&of_request, &erasing, &[("note", "By letter")], &["note"]),
            (&one, &cancelling, &[("reason", "Over")], &["reason"]),
            (
                "/settings/apps",
                "/settings/apps/zoom/disconnection",
                &[("connection_id", "")],
                &["connection_id"],
            ),
        ];
        let before = app.database().texts("SELECT name FROM site").await;
        for (page, action, fields, checked) in forms {
            for field in checked {
                for c in ["\u{0}", "\u{7}", "a\u{1b}b", "\u{202e}"] {
                    let known = fields.iter().find(|(name, _)| name == field);
                    let value = format!("{}{c}", known.map_or("", |(_, value)| value));
                    let sent = with(&browser, (page, action), fields, (field, &value)).await;
                    let status = sent.status.as_u16();
                    assert!(
                        [403, 404, 409, 422].contains(&status),
                        "{action} {field} {c:?}: {status} {}",
                        sent.text()
                    );
                }
            }
        }
        assert_eq!(app.database().texts("SELECT name FROM site").await, before);
        let bookings = "SELECT title FROM booking";
        assert_eq!(app.database().texts(bookings).await, ["Budget"]);
        for c in ["\u{0}", "\u{7}", "\u{202e}"] {
            let stranger = app.browser();
            let email = format!("admin@halden.example{c}");
            let fields = [("email", email.as_str()), ("password", PASSWORD)];
            let answer = stranger.post_form("/sign-in", "/sign-in", &fields).await;
            says(&answer, 422, &["Not signed in"]);
        }
    })
    .await;
}
