//! The .ics of a booking.

use serde_json::json;

use crate::support::{House, text, with};

fn line<'a>(calendar: &'a str, name: &str) -> &'a str {
    let found = calendar.lines().find(|line| line.starts_with(name));
    found.unwrap_or_else(|| panic!("no {name} in {calendar}"))
}

#[tokio::test]
async fn the_entry_is_the_same_for_life() {
    let house = House::new().await;
    let (path, _) = house.booked(2).await;
    let calendar = format!("{path}/calendar.ics");
    let first = house.jonas().get(&calendar).await;
    assert_eq!(first.status, 200);
    assert_eq!(first.header("content-type"), "text/calendar; charset=utf-8");
    let first = first.text().to_owned();
    assert!(first.starts_with("BEGIN:VCALENDAR\r\n") && first.ends_with("END:VCALENDAR\r\n"));
    assert_eq!(line(&first, "SEQUENCE"), "SEQUENCE:0");
    assert_eq!(line(&first, "DTSTART"), "DTSTART:20261123T100000Z");
    assert_eq!(line(&first, "DTEND"), "DTEND:20261123T103000Z");
    assert_eq!(line(&first, "STATUS"), "STATUS:CONFIRMED");

    house
        .mara()
        .patch(&path, None, &json!({ "title": "Plan" }))
        .await
        .ok(200);
    let changed = house.jonas().get(&calendar).await.text().to_owned();
    assert_eq!(line(&changed, "SEQUENCE"), "SEQUENCE:1");
    assert_eq!(line(&changed, "SUMMARY"), "SUMMARY:Plan");

    house
        .mara()
        .post(&format!("{path}/cancellation"), &json!({}))
        .await
        .ok(200);
    let cancelled = house.jonas().get(&calendar).await.text().to_owned();
    assert_eq!(line(&cancelled, "STATUS"), "STATUS:CANCELLED");
    assert_eq!(line(&cancelled, "SEQUENCE"), "SEQUENCE:2");
    for calendar in [&changed, &cancelled] {
        assert_eq!(line(calendar, "UID"), line(&first, "UID"));
    }
}

#[tokio::test]
async fn lines_are_folded_and_text_is_escaped() {
    let house = House::new().await;
    let title = format!("Größe; Fläche, \\ {}", "längere Überschrift 🗓️ ".repeat(7))
        .trim()
        .to_owned();
    let wish = with(&house.wish(2), "title", title.as_str());
    let booking = house.mara().post("bookings", &wish).await.ok(201);
    let path = format!("bookings/{}/calendar.ics", text(&booking["id"]));
    let answer = house.mara().get(&path).await;
    let calendar = answer.text();
    for line in calendar.split("\r\n") {
        assert!(line.len() <= 75, "{} octets: {line}", line.len());
        assert!(!line.contains('\n'));
    }
    let unfolded = calendar.replace("\r\n ", "");
    let escaped = title
        .replace('\\', "\\\\")
        .replace(';', "\\;")
        .replace(',', "\\,");
    assert!(
        unfolded.contains(&format!("SUMMARY:{escaped}\r\n")),
        "{unfolded}"
    );
}
