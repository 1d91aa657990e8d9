//! Many bookings at once.

use futures_util::future::join_all;

use super::*;

/// Everybody wants a link at overlapping times at once, some moving a booking there, owners of the
/// pool among them: no host ever gets two meetings that overlap.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_no_host_gets_two_overlapping_meetings() {
    on_each(async |app| {
        let stage = stage(app).await;
        stage.pool(app).await;
        stage.offered(app, &stage.lee, ZOOM_INES).await;
        let mut rooms = stage.rooms.clone();
        let mut people = vec![stage.lee.clone(), stage.mara.clone()];
        for nth in 0..8 {
            rooms.push(app.room(&stage.company, &format!("Room {nth}")).await);
            people.push(app.officer(&stage.company, &format!("person{nth}")).await);
        }
        let mut later = Vec::new();
        for (room, person) in rooms.iter().zip(&people).skip(8) {
            let wish = Request {
                room: room.id,
                ..stage.wish(0, (600 + 90 * i64::try_from(later.len()).unwrap(), 60))
            };
            later.push((
                person,
                bookings::book(&app.app, &person.actor, wish, None)
                    .await
                    .unwrap(),
            ));
        }
        let booked = join_all((0_i64..24).map(async |nth| {
            let at = usize::try_from(nth).unwrap();
            let person = &people[at % people.len()];
            let wish = Request {
                room: rooms[at % rooms.len()].id,
                ..stage.wish(0, (60 + 20 * (nth % 4), 60))
            };
            bookings::book(&app.app, &person.actor, wish, None)
                .await
                .map(drop)
        }));
        let changed = join_all(later.iter().map(async |(person, booked)| {
            let change = moved((80, 60));
            bookings::change(&app.app, &person.actor, booked.booking.id, change, None)
                .await
                .map(drop)
        }));
        let (booked, changed) = futures_util::future::join(booked, changed).await;
        let all: Vec<_> = booked.into_iter().chain(changed).collect();
        for refused in all.iter().filter_map(|done| done.as_ref().err()) {
            assert!(
                matches!(refused, Failure::ZoomHostsBusy(_) | Failure::RoomTaken(_)),
                "{refused:?}"
            );
        }
        assert!(all.iter().any(Result::is_ok) && all.iter().any(Result::is_err));
        let actor = &stage.company.admin.actor;
        let day = slot(0, 1440);
        let list = bookings::List {
            room: None,
            from: day.starts_at,
            to: day.ends_at,
            after: None,
            limit: 500,
        };
        let held = bookings::list(&app.app, actor, list).await.unwrap();
        for (nth, one) in held.iter().enumerate() {
            for other in held
                .iter()
                .skip(nth + 1)
                .filter(|other| host(other) == host(one))
            {
                let own = one.booking.organizer.id == other.booking.organizer.id
                    && one.meeting.as_ref().unwrap().host == one.booking.organizer.id;
                assert!(
                    own || !one.booking.slot.overlaps(&other.booking.slot),
                    "{} and {} on one host",
                    one.booking.title,
                    other.booking.title
                );
            }
        }
    })
    .await;
}
