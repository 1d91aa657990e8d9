//! The day view of a company with fifty rooms and a hundred thousand bookings, and what it weighs.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use jiff::{SignedDuration, Timestamp};
use rooms_bench::Millis;
use rooms_core::booking::{Booking, BookingState, Named};
use rooms_core::{BookingId, Slot};
use rooms_store::Error;

use crate::Options;
use crate::http::Connection;
use crate::load;
use crate::say;
use crate::stage::{Place, ROOMS, Server, Stage};

const BOOKINGS: usize = 100_000;
/// Bookings of a room and day, from eight o'clock in UTC on, an hour each.
const A_DAY: usize = 8;

/// Measures on one database.
pub(crate) async fn measure(options: &Options, place: Place) -> anyhow::Result<()> {
    let stage = Stage::set(&place).await?;
    fill(&stage).await?;
    let server = Server::start(&options.binary, &place)?;
    let at = server.at;
    let headers: Arc<str> = format!("Cookie: session={}\r\n", stage.session).into();
    let mut first = Connection::open(at).await?;
    let page = first.get("/", &headers).await?;
    let text = String::from_utf8_lossy(&page.body);
    ensure!(page.status == 200, "Home answers with {}", page.status);
    ensure!(text.contains("Room 49"), "Home shows all rooms");
    for clients in [1, 8] {
        let headers = Arc::clone(&headers);
        let sample = load::run(
            clients,
            options.time,
            async || Connection::open(at).await,
            move |mut client| {
                let headers = Arc::clone(&headers);
                async move {
                    let page = client.get("/", &headers).await?;
                    ensure!(page.status == 200, "Home answers with {}", page.status);
                    Ok(client)
                }
            },
        )
        .await?;
        say(&format!(
            "day view, {}, 50 rooms, 100,000 bookings, {clients} clients: {:.0}/s, p50 {}, p99 {}",
            place.kind(),
            sample.per_second(),
            Millis(sample.percentile(50)),
            Millis(sample.percentile(99)),
        ));
    }
    weigh(&mut first, &headers).await?;
    say(&format!(
        "memory after the day views, {}: {:.1} MB",
        place.kind(),
        server.memory()?
    ));
    drop(server);
    stage.close().await;
    place.remove().await
}

/// Home with everything it loads, compressed.
async fn weigh(client: &mut Connection, headers: &str) -> anyhow::Result<()> {
    let page = client.get("/", headers).await?;
    let text = String::from_utf8_lossy(&page.body).into_owned();
    let gzip = format!("{headers}Accept-Encoding: gzip\r\n");
    let html = client.get("/", &gzip).await?.body.len();
    let mut loaded = BTreeSet::new();
    for piece in text.split(['"', '\'']) {
        let path = piece.split('#').next().unwrap_or_default();
        let name = path.split('?').next().unwrap_or_default();
        if path.starts_with('/')
            && [".css", ".js", ".svg"]
                .iter()
                .any(|end| name.ends_with(end))
        {
            loaded.insert(path.to_owned());
        }
    }
    let mut rest = 0;
    for path in &loaded {
        let file = client.get(path, &gzip).await?;
        ensure!(file.status == 200, "{path} answers with {}", file.status);
        rest += file.body.len();
    }
    say(&format!(
        "Home, 50 rooms, compressed: {:.1} kB of page (uncompressed {:.1}), {:.1} kB in {} files beside it",
        kb(html),
        kb(text.len()),
        kb(rest),
        loaded.len()
    ));
    Ok(())
}

fn kb(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1000.0
}

/// Books every room for many days around today, past rules and clocks.
async fn fill(stage: &Stage) -> anyhow::Result<()> {
    let days = BOOKINGS / ROOMS / A_DAY;
    let now = stage.app.now();
    let midnight = Timestamp::from_second(now.as_second().div_euclid(86_400) * 86_400)?;
    let person = Named {
        id: stage.actor.person,
        name: stage.actor.name.clone(),
        email: stage.actor.email.clone(),
    };
    let mut bookings = Vec::with_capacity(BOOKINGS);
    for number in 0..BOOKINGS {
        let hour = number / ROOMS % A_DAY;
        let day = number / ROOMS / A_DAY;
        let day = i64::try_from(day)? - i64::try_from(days / 2)?;
        let hours = day * 24 + 8 + i64::try_from(hour)?;
        let from = midnight.checked_add(SignedDuration::from_hours(hours))?;
        bookings.push(Booking {
            id: BookingId::from_uuid(stage.app.new_id()),
            company: stage.actor.company,
            room: *stage.rooms.get(number % ROOMS).context("a room")?,
            room_name: String::new(),
            site_name: String::new(),
            organizer: person.clone(),
            booker: person.clone(),
            title: "Planning of the next quarter".to_owned(),
            slot: Slot::starting(from, SignedDuration::from_hours(1)).context("a slot")?,
            zone: stage.zone.clone(),
            state: BookingState::Confirmed,
            conference: None,
            invitees: Vec::new(),
            revision: 1,
            created_at: now,
            updated_at: now,
            cancelled_at: None,
            cancel_reason: None,
        });
    }
    for some in bookings.chunks(5000) {
        stage
            .app
            .store()
            .write::<_, _, Error, _>(some.to_vec(), |tx, some| {
                Box::pin(async move {
                    for booking in some {
                        rooms_store::bookings::insert(tx, booking).await?;
                    }
                    Ok(())
                })
            })
            .await?;
    }
    Ok(())
}
