//! A full office for as long as is wished: 64 people look, book, move and cancel, some with Zoom,
//! while one in a hundred of the calls to Zoom goes wrong, and so does one in a hundred of the
//! people's own: they lose the answer and ask again.
//!
//! Beside the figures it is checked that everything acknowledged is there, that no room is booked
//! twice, and that Zoom has exactly the meetings of the bookings.

mod person;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use rooms_bench::{Millis, Sample};
use serde_json::json;
use tokio::task::JoinSet;
use uuid::Uuid;
use zoom_sim::{Fault, Handle, Mishap, MishapKind, Operation, Trouble};

use crate::Options;
use crate::links;
use crate::load::Numbers;
use crate::raw::Raw;
use crate::say;
use crate::stage::{Place, Server, Stage};
use person::{Kept, Person, Tally};

/// How many people there are.
const CLIENTS: usize = 64;
/// One in so many goes wrong.
const ONE_IN: usize = 100;
/// For how many of Zoom's calls it is drawn up.
const FAULTS: u32 = 500;
/// How often the memory is read.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often a webhook is lost or comes twice.
const MISHAP_EVERY: u64 = 5;
/// The queue is empty before that.
const LONGEST: Duration = Duration::from_mins(15);
/// How much more memory than after a quarter of the time is still flat.
const FLAT: f64 = 1.25;

/// Measures on one database.
pub(crate) async fn measure(options: &Options, place: Place) -> anyhow::Result<()> {
    let (stage, simulator, server, hosts) = links::set(options, &place).await?;
    let zoom = simulator.handle();
    let raw = Raw::open(&place.url).await?;
    let run = Run {
        stage: &stage,
        zoom: &zoom,
        hosts: &hosts,
        numbers: Numbers::default(),
        kind: place.kind(),
    };
    let (alone, _) = run.work(&server, 1, options.time / 10).await?;
    drop(server);
    // Nobody signs in so often, nor asks as much alone, where the limits hold.
    let server = Server::limited(&options.binary, &place, Some(simulator.url()))?;
    zoom.set_app(links::app(server.at));
    run.go_wrong();
    let (tally, memory) = run.work(&server, CLIENTS, options.time).await?;
    run.report(&tally, &alone);
    let drained = run.drain(&raw).await?;
    zoom.clear_faults();
    let settled = server.memory()?;
    remember(&memory, settled, drained)?;
    run.check(&raw, &[alone, tally]).await?;
    raw.close().await;
    links::end(server, simulator, stage, place).await
}

struct Run<'a> {
    stage: &'a Arc<Stage>,
    zoom: &'a Handle,
    hosts: &'a [String],
    numbers: Numbers,
    kind: &'static str,
}

impl Run<'_> {
    /// Lets one in a hundred of the calls to Zoom go wrong, each in its way.
    fn go_wrong(&self) {
        let troubles = [
            Trouble::DropBefore,
            Trouble::DropAfter,
            Trouble::Status(500, json!({"code": 500, "message": "simulated"})),
            Trouble::StatusAfter(503, json!({"code": 503, "message": "simulated"})),
            Trouble::Html(502),
            Trouble::Truncated,
            Trouble::RateLimitedPerSecond,
            Trouble::CutShort,
            Trouble::Slow(Duration::from_secs(3)),
            Trouble::HangAfter,
        ];
        let each = u32::try_from(ONE_IN).unwrap_or(u32::MAX);
        for (number, trouble) in (0..FAULTS).zip(troubles.into_iter().cycle()) {
            let fault = Fault::once(Operation::Any, trouble);
            self.zoom.fault(fault.after(number * each + each / 2));
        }
    }

    /// Lets so many people work for so long; what came of it, and the memory of each second.
    async fn work(
        &self,
        server: &Server,
        clients: usize,
        time: Duration,
    ) -> anyhow::Result<(Tally, Vec<f64>)> {
        let begun = Instant::now();
        let mut working = JoinSet::new();
        for token in self.hosts.iter().take(clients) {
            let stage = Arc::clone(self.stage);
            let numbers = self.numbers.clone();
            let person = Person::enter(server.at, stage, numbers, token, time).await?;
            working.spawn(person.work(begun + time));
        }
        let (mut all, mut memory) = (Tally::default(), Vec::new());
        let mut clock = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                _ = clock.tick() => {
                    memory.push(server.memory()?);
                    self.mishap(memory.len());
                }
                done = working.join_next() => match done {
                    Some(done) => all.add(done??),
                    None => break,
                },
            }
        }
        all.elapsed = begun.elapsed();
        Ok((all, memory))
    }

    /// Every few seconds a webhook is lost, or comes twice.
    fn mishap(&self, second: usize) {
        let second = u64::try_from(second).unwrap_or_default();
        if second.is_multiple_of(MISHAP_EVERY) {
            let lost = second.is_multiple_of(2 * MISHAP_EVERY);
            self.zoom.mishap(Mishap {
                event: None,
                times: Some(1),
                what: if lost {
                    MishapKind::Lost
                } else {
                    MishapKind::Twice
                },
            });
        }
    }

    fn report(&self, tally: &Tally, alone: &Tally) {
        let all = tally.sample(None);
        let quiet = alone.sample(None);
        say(&format!(
            "endurance, {}, {CLIENTS} people for {:.0} s: {} requests, {:.0}/s, {:.2} of what one person has alone ({:.0}/s)",
            self.kind,
            tally.elapsed.as_secs_f64(),
            all.count(),
            all.per_second(),
            all.per_second() / quiet.per_second(),
            quiet.per_second(),
        ));
        for operation in tally.operations() {
            let (busy, quiet) = (tally.sample(Some(operation)), alone.sample(Some(operation)));
            say(&format!(
                "  {operation}: {} times, p50 {}, p99 {}, at most {}; alone p50 {}, p99 {}",
                busy.count(),
                Millis(busy.percentile(50)),
                Millis(busy.percentile(99)),
                Millis(busy.percentile(100)),
                Millis(quiet.percentile(50)),
                Millis(quiet.percentile(99)),
            ));
        }
        say(&format!(
            "  answers lost and asked for again: {}; taken rooms asked for and refused: {}; calls to Zoom: {}, one in {ONE_IN} of which went wrong",
            tally.lost,
            tally.refused,
            self.zoom
                .requests()
                .last()
                .map_or(0, |request| request.number),
        ));
    }

    /// Waits until no link is under way; how long that took.
    async fn drain(&self, raw: &Raw) -> anyhow::Result<Duration> {
        const UNDER_WAY: &str = "SELECT COUNT(*) FROM meeting m JOIN booking b ON b.id = m.booking_id \
            WHERE m.state IN ('pending', 'uncertain', 'removing') OR (m.state = 'ready' AND m.synced_revision < b.revision)";
        let begun = Instant::now();
        let mut waiting = raw.number(UNDER_WAY).await?;
        say(&format!(
            "  links under way when the last person left: {waiting}"
        ));
        while waiting > 0 {
            ensure!(begun.elapsed() < LONGEST, "{waiting} links do not arrive");
            tokio::time::sleep(LOOK_EVERY / 4).await;
            waiting = raw.number(UNDER_WAY).await?;
        }
        let dead = "SELECT COUNT(*) FROM job WHERE state = 'dead'";
        ensure!(raw.number(dead).await? == 0, "no work was given up");
        let unread = "SELECT COUNT(*) FROM inbox WHERE processed_at IS NULL";
        while raw.number(unread).await? > 0 {
            ensure!(begun.elapsed() < LONGEST, "webhooks stay unprocessed");
            tokio::time::sleep(LOOK_EVERY / 4).await;
        }
        let drained = begun.elapsed();
        // What was given up may have turned up late, and is looked for once more.
        let late = "SELECT COUNT(*) FROM meeting_attempt WHERE sweep_at IS NOT NULL";
        while raw.number(late).await? > 0 {
            ensure!(begun.elapsed() < LONGEST, "what turned up late stays");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(drained)
    }

    /// Whether everything is as it was acknowledged, in the database and in Zoom.
    async fn check(&self, raw: &Raw, tallies: &[Tally]) -> anyhow::Result<()> {
        let overlaps = "SELECT COUNT(*) FROM booking a JOIN booking b ON b.room_id = a.room_id AND b.id > a.id \
            AND b.starts_at < a.ends_at AND a.starts_at < b.ends_at \
            WHERE a.state IN ('confirmed', 'pending') AND b.state IN ('confirmed', 'pending')";
        ensure!(
            raw.number(overlaps).await? == 0,
            "a room is booked twice at once"
        );
        let rows: Vec<(Uuid, i64, String)> =
            raw.rows("SELECT id, starts_at, state FROM booking").await?;
        let stored: BTreeMap<Uuid, Kept> = rows
            .into_iter()
            .map(|(id, starts_at, state)| {
                let lives = state == "confirmed";
                (id, Kept { starts_at, lives })
            })
            .collect();
        let acknowledged: BTreeMap<Uuid, Kept> = tallies
            .iter()
            .flat_map(|tally| tally.kept.iter().map(|(id, kept)| (*id, *kept)))
            .collect();
        ensure!(
            stored == acknowledged,
            "the database has {} bookings, {} were acknowledged",
            stored.len(),
            acknowledged.len()
        );
        let linked: Vec<(i64,)> = raw
            .rows("SELECT zoom_id FROM meeting WHERE state = 'ready'")
            .await?;
        let linked: BTreeSet<i64> = linked.into_iter().map(|row| row.0).collect();
        let wanted =
            "SELECT COUNT(*) FROM booking WHERE conference IS NOT NULL AND state = 'confirmed'";
        let wanted = usize::try_from(raw.number(wanted).await?)?;
        let meetings = self.zoom.meetings();
        let live: BTreeSet<i64> = meetings
            .iter()
            .filter(|meeting| meeting.deleted_at.is_none())
            .map(|meeting| meeting.id)
            .collect();
        ensure!(
            linked.len() == wanted && linked == live,
            "{wanted} bookings want a link, {} have one, and Zoom has {} meetings",
            linked.len(),
            live.len()
        );
        say(&format!(
            "  checked: {} bookings as they were acknowledged, no overlap, {wanted} links and as many meetings of {} ever made",
            stored.len(),
            meetings.len(),
        ));
        Ok(())
    }
}

/// Whether the memory stayed flat.
fn remember(memory: &[f64], settled: f64, drained: Duration) -> anyhow::Result<()> {
    let quarter = |from: usize| {
        let piece = memory.iter().skip(memory.len() * from / 8);
        let mut piece: Vec<f64> = piece.take(memory.len() / 8 + 1).copied().collect();
        piece.sort_unstable_by(f64::total_cmp);
        piece.get(piece.len() / 2).copied().unwrap_or_default()
    };
    let (early, late) = (quarter(2), quarter(7));
    let most = memory.iter().copied().fold(0.0, f64::max);
    say(&format!(
        "  memory: {early:.1} MB after a quarter of the time, {late:.1} MB at its end ({:.2} of it), at most {most:.1} MB; \
         the queue was empty {:.1} s after the last person left, memory then {settled:.1} MB",
        late / early,
        drained.as_secs_f64(),
    ));
    ensure!(late < early * FLAT, "the memory grows");
    Ok(())
}

impl Tally {
    /// The times of one operation, or of all.
    fn sample(&self, of: Option<&str>) -> Sample {
        let wanted = self
            .times
            .iter()
            .filter(|(operation, _)| of.is_none_or(|of| of == **operation));
        let pieces = wanted
            .flat_map(|(_, times)| times.iter().copied())
            .collect();
        Sample::new(pieces, self.elapsed)
    }

    fn operations(&self) -> Vec<&'static str> {
        self.times.keys().copied().collect()
    }

    fn add(&mut self, other: Self) {
        for (operation, times) in other.times {
            self.times.entry(operation).or_default().extend(times);
        }
        self.kept.extend(other.kept);
        self.lost += other.lost;
        self.refused += other.refused;
    }
}

/// The id behind one of the API's, such as `bk_…`.
fn uuid(id: &str) -> anyhow::Result<Uuid> {
    let (_, id) = id.split_once('_').context("an id")?;
    Ok(Uuid::parse_str(id)?)
}
