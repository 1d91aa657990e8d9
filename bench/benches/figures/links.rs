//! How fast links follow their bookings, and how long it takes to compare ten thousand of them.
//!
//! The simulated Zoom runs in this process and is asked over HTTP, with the limits of a Business
//! account or with none. The product paces itself by those limits either way.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use rooms_app::people::{self, NewPerson, tokens};
use rooms_app::zoom::{listing, reconcile};
use rooms_bench::{Millis, Sample};
use rooms_core::reconciliation::FindingState;
use rooms_core::{Role, RoomId, Slot};
use rooms_testkit::Browser;
use serde_json::json;
use tokio::task::JoinSet;
use zoom_sim::{App as SimApp, Handle, Options as SimOptions, Rules, Running, SimUser};

use crate::Options;
use crate::http::Connection;
use crate::say;
use crate::stage::{PASSWORD, Place, ROOMS, Server, Stage, WEBHOOK_SECRET, ZOOM_APP};

pub(crate) const HOSTS: usize = 100;
/// In how many Zoom accounts they are; Zoom limits each account's calls a second.
const ACCOUNTS: usize = 10;
/// What Zoom takes of one host in a day, so that the limits do not end the run.
const OF_ONE_HOST: usize = 100;
/// Of each of the others; ten thousand together with both runs of the one.
const OF_EACH: [usize; 2] = [9, 89];
/// How often it is looked whether all is done.
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// Nobody waits longer for all of it.
const LONGEST: Duration = Duration::from_mins(20);

/// Measures on one database.
pub(crate) async fn measure(options: &Options, place: Place) -> anyhow::Result<()> {
    let (stage, simulator, server, hosts) = set(options, &place).await?;
    let zoom = simulator.handle();
    let mut run = Links {
        stage: &stage,
        zoom: &zoom,
        server: &server,
        kind: place.kind(),
        taken: 0,
    };
    let (one, others) = hosts.split_at(1);
    run.make(one, [OF_ONE_HOST; 2]).await?;
    run.make(others, OF_EACH).await?;
    say(&format!(
        "memory after the links, {}: {:.1} MB",
        run.kind,
        server.memory()?
    ));
    run.list().await?;
    run.compare().await?;
    end(server, simulator, stage, place).await
}

/// A company, a Zoom without limits, a server beside it, and the tokens of everybody who is connected.
pub(crate) async fn set(
    options: &Options,
    place: &Place,
) -> anyhow::Result<(Arc<Stage>, Running, Server, Vec<String>)> {
    let stage = Arc::new(Stage::set(place).await?);
    let simulator = simulator().await?;
    let server = Server::beside(&options.binary, place, simulator.url())?;
    let zoom = simulator.handle();
    zoom.set_app(app(server.at));
    zoom.set_rules(with_limits(false));
    let hosts = connect(&stage, &server).await?;
    Ok((stage, simulator, server, hosts))
}

pub(crate) async fn end(
    server: Server,
    simulator: Running,
    stage: Arc<Stage>,
    place: Place,
) -> anyhow::Result<()> {
    drop(server);
    simulator.stop().await;
    let stage = Arc::into_inner(stage).context("the load is over")?;
    stage.close().await;
    place.remove().await
}

/// A Zoom with all hosts in it.
async fn simulator() -> anyhow::Result<Running> {
    let started = zoom_sim::start(SimOptions {
        users: (0..=HOSTS).map(user).collect(),
        ..SimOptions::new(SocketAddr::from(([127, 0, 0, 1], 0)))
    });
    Ok(started.await?)
}

/// A licensed user of one of the accounts; the first has one to itself.
fn user(number: usize) -> SimUser {
    SimUser {
        email: address(number),
        password: "zoom-demo".to_owned(),
        display_name: format!("Host {number}"),
        account_id: format!("BenchAccount{:02}", number.div_ceil(HOSTS / ACCOUNTS)),
        user_id: format!("benchHost{number:03}"),
        licensed: true,
        time_zone: "Europe/Zurich".to_owned(),
        admin_blocks_app: false,
    }
}

pub(crate) fn address(number: usize) -> String {
    format!("host{number}@bench.example")
}

pub(crate) fn app(at: SocketAddr) -> SimApp {
    SimApp {
        name: "Bench".to_owned(),
        client_id: ZOOM_APP.to_owned(),
        client_secret: ZOOM_APP.to_owned(),
        webhook_secret: WEBHOOK_SECRET.to_owned(),
        redirect_uris: vec![format!("http://{at}/zoom_callback")],
        webhook_url: Some(format!("http://{at}/webhooks/zoom")),
        scopes: zoom_sim::ordinary_scopes(),
    }
}

fn with_limits(limits: bool) -> Rules {
    Rules {
        meeting_requests_per_day: limits.then_some(100),
        limits_per_second: limits,
        limits_per_day: limits,
        ..Rules::default()
    }
}

/// An officer for each host, connected as a person is; their API tokens.
async fn connect(stage: &Stage, server: &Server) -> anyhow::Result<Vec<String>> {
    let mut hosts = Vec::new();
    for number in 0..=HOSTS {
        let new = NewPerson {
            company: stage.actor.company,
            email: address(number),
            name: format!("Host {number}"),
            role: Role::Officer,
            may_connect: true,
            password: PASSWORD.to_owned(),
        };
        people::add(&stage.app, new).await?;
        let browser = Browser::new(format!("http://{}", server.at).parse()?);
        browser.sign_in(&address(number), PASSWORD).await;
        let page = browser.connect_zoom(&address(number)).await;
        ensure!(page.status == 200, "connecting: {}", page.status);
        hosts.push(tokens::issue_for(&stage.app, &address(number), "bench").await?);
    }
    Ok(hosts)
}

struct Links<'a> {
    stage: &'a Arc<Stage>,
    zoom: &'a Handle,
    server: &'a Server,
    kind: &'static str,
    /// How many slots of each room are taken.
    taken: usize,
}

impl Links<'_> {
    /// So many for each host while Zoom's limits hold, and so many without.
    async fn make(&mut self, hosts: &[String], each: [usize; 2]) -> anyhow::Result<()> {
        let whose = match hosts.len() {
            1 => "one host".to_owned(),
            many => format!("{many} hosts of {ACCOUNTS} Zoom accounts"),
        };
        for (limits, each) in [true, false].into_iter().zip(each) {
            self.zoom.set_rules(with_limits(limits));
            let wanted = hosts.len() * each;
            let took = self.book(hosts, each).await?;
            #[expect(clippy::cast_precision_loss, reason = "nobody counts that far here")]
            let rate = wanted as f64 / took.as_secs_f64() * 60.0;
            say(&format!(
                "links, {}, {whose}, {} limits: {rate:.0} a minute ({wanted} in {:.1} s)",
                self.kind,
                if limits { "with" } else { "without" },
                took.as_secs_f64(),
            ));
        }
        Ok(())
    }

    /// Books for each host, one after the other, the hosts side by side; until all have links.
    async fn book(&mut self, hosts: &[String], each: usize) -> anyhow::Result<Duration> {
        let before = self.ready().await?;
        let begun = Instant::now();
        let mut booking = JoinSet::new();
        for (host, token) in hosts.iter().enumerate() {
            let slots: Vec<_> = (0..each)
                .map(|turn| (self.taken + 2 * turn + host / ROOMS) * ROOMS + host % ROOMS)
                .map(|number| self.stage.slot(number))
                .collect();
            booking.spawn(book(self.server.at, token.clone(), slots));
        }
        self.taken += 2 * each;
        while let Some(done) = booking.join_next().await {
            done??;
        }
        while self.ready().await? < before + hosts.len() * each {
            ensure!(begun.elapsed() < LONGEST, "the links do not arrive");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(begun.elapsed())
    }

    /// How many links the product has.
    async fn ready(&self) -> anyhow::Result<usize> {
        let (app, actor) = (&self.stage.app, &self.stage.actor);
        let filter = listing::Filter {
            state: "all",
            host: None,
            site: None,
            from: self.stage.from,
            to: Timestamp::MAX,
        };
        let (_, counts) = listing::list(app, actor, filter, None, 1).await?;
        let ready = counts.iter().find(|count| count.state == "ready");
        Ok(usize::try_from(ready.map_or(0, |count| count.count))?)
    }

    /// Compares all of them with Zoom, as an admin asks for it.
    async fn compare(&self) -> anyhow::Result<()> {
        const PAGE: &str = "/admin/reconciliation";
        let (app, actor) = (&self.stage.app, &self.stage.actor);
        let browser = Browser::new(format!("http://{}", self.server.at).parse()?);
        browser.sign_in(&actor.email, PASSWORD).await;
        let asked = self.asked();
        let begun = Instant::now();
        let runs = format!("{PAGE}/runs");
        let answer = browser.post_form(PAGE, &runs, &[]).await;
        ensure!(answer.status == 303, "reconciliation: {}", answer.status);
        let mut memory: f64 = 0.0;
        let (overview, run) = loop {
            tokio::time::sleep(LOOK_EVERY).await;
            ensure!(begun.elapsed() < LONGEST, "the comparison does not end");
            memory = memory.max(self.server.memory()?);
            let overview = reconcile::overview(app, actor).await?;
            let run = overview.run.clone();
            if let Some(run) = run.filter(|run| run.finished_at.is_some()) {
                break (overview, run);
            }
        };
        let found = overview.counts.of(FindingState::Open);
        ensure!(found == 0, "{found} differ, and none should");
        ensure!(overview.unreachable.is_empty(), "every host can be asked");
        say(&format!(
            "reconciliation, {}, {} meetings of {} hosts: {:.1} s, {} requests to Zoom, memory {memory:.1} MB at most",
            self.kind,
            run.meetings,
            run.hosts,
            begun.elapsed().as_secs_f64(),
            self.asked() - asked,
        ));
        Ok(())
    }

    /// How long an admin waits for the list of all meetings.
    async fn list(&self) -> anyhow::Result<()> {
        let headers = format!("Cookie: session={}\r\n", self.stage.session);
        let mut client = Connection::open(self.server.at).await?;
        let mut pieces = Vec::new();
        for _ in 0..100 {
            let begun = Instant::now();
            let page = client.get("/admin/meetings", &headers).await?;
            ensure!(page.status == 200, "the list: {}", page.status);
            pieces.push(begun.elapsed());
        }
        let sample = Sample::new(pieces, Duration::ZERO);
        say(&format!(
            "list of {} meetings, {}: p50 {}, p99 {}",
            self.ready().await?,
            self.kind,
            Millis(sample.percentile(50)),
            Millis(sample.percentile(99)),
        ));
        Ok(())
    }

    /// How often Zoom was asked.
    fn asked(&self) -> u64 {
        let requests = self.zoom.requests();
        requests.last().map_or(0, |request| request.number)
    }
}

pub(crate) async fn book(
    at: SocketAddr,
    token: String,
    slots: Vec<(RoomId, Slot)>,
) -> anyhow::Result<()> {
    let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
    let mut client = Connection::open(at).await?;
    for (room, slot) in slots {
        let body = json!({
            "room_id": room.to_string(),
            "title": "Planning",
            "starts_at": slot.starts_at.to_string(),
            "ends_at": slot.ends_at.to_string(),
            "conference": "zoom",
        });
        let body = body.to_string();
        let answer = client
            .ask("POST", "/api/v1/bookings", &headers, body.as_bytes())
            .await?;
        let said = || String::from_utf8_lossy(&answer.body).into_owned();
        ensure!(answer.status == 201, "{}: {}", answer.status, said());
    }
    Ok(())
}
