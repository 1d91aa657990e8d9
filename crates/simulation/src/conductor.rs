//! Who goes next. Each step lets one actor run to its next point, or begins a new one, or lets time
//! pass, or has something go wrong; which of them, the seed says.

mod begin;
mod run;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;

use jiff::{SignedDuration, Timestamp};
use rooms_app::App;
use rooms_core::{Clock as _, ConnectionId};
use rooms_store::jobs::Job;
use zoom_sim::Letter;

use crate::chaos::Fault;
use crate::draw::Draw;
use crate::people;
use crate::plan::Plan;
use crate::stage::Waiting;
use crate::trace::Trace;
use crate::world::World;

/// How long the program lets a job take before it cuts it off; a clock that jumps does not count.
const LONGEST: SignedDuration = SignedDuration::from_secs(65);
/// How long Zoom waits for the answer to a webhook.
const ANSWERED: SignedDuration = SignedDuration::from_secs(3);
/// More steps than any seed needs: what goes on longer never comes to rest.
const MOST_STEPS: u64 = 60_000;
/// How many jobs a process runs side by side.
const SIDE_BY_SIDE: usize = 16;

/// What an actor came to.
enum Ended {
    Said(String),
    Took(Vec<Job>),
}

#[derive(PartialEq)]
enum What {
    Person,
    Job,
    Look,
    Tend,
    Webhook,
}

/// Somebody, or something, that takes steps.
struct Actor {
    number: u64,
    name: String,
    what: What,
    process: usize,
    letter: Option<Letter>,
    waits: Option<Waiting>,
    age: SignedDuration,
    born: u64,
    /// When its last transaction was committed.
    since: Option<Timestamp>,
    /// And at which step.
    since_step: u64,
    future: Pin<Box<dyn Future<Output = Ended> + Send>>,
}

/// What a seed counted.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Steps.
    pub steps: u64,
    /// Actions of people.
    pub actions: u64,
    /// Jobs that were taken.
    pub jobs: u64,
    /// Webhooks that were brought.
    pub webhooks: u64,
    /// Processes that died.
    pub crashes: u64,
    /// Calls Zoom received.
    pub calls: u64,
    /// Transactions that were committed.
    pub commits: u64,
    /// How often each fault struck.
    pub struck: Vec<(Fault, u64)>,
}

/// Something that was noticed on the way, for what is checked at the end.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    /// Actors that came to no end, with the step: their process died, or they took too long.
    pub(crate) cut: Vec<(u64, u64)>,
    /// Bodies of webhooks that were answered with 200.
    pub(crate) accepted: Vec<String>,
    /// Bodies of webhooks that were brought.
    pub(crate) brought: BTreeSet<String>,
    /// Connections that ended: Zoom user, when it was granted by Zoom's clock, and the step.
    pub(crate) ended: Vec<(String, Timestamp, u64)>,
}

pub(crate) struct Conductor {
    pub(crate) world: World,
    pub(crate) trace: Trace,
    pub(crate) counts: Counts,
    pub(crate) noted: Noted,
    plan: Plan,
    next_action: usize,
    /// When the next one may begin, or once nobody is busy.
    act_at: Timestamp,
    plays: bool,
    draw: Draw,
    actors: Vec<Actor>,
    born: u64,
    /// Until when no work is due, as far as is known.
    quiet_until: Timestamp,
    /// The step at which it was last told that work was queued.
    told: u64,
    /// How many transactions were committed by the last step.
    commits: u64,
    /// Connections in use: their epoch, Zoom user, and when they were granted.
    connections: BTreeMap<ConnectionId, (i64, String, Timestamp)>,
}

impl Conductor {
    pub(crate) fn new(world: World, plan: Plan, trace: Trace) -> Self {
        let now = world.clock.now();
        Self {
            draw: Draw::of(world.seed, 3),
            world,
            trace,
            counts: Counts::default(),
            noted: Noted::default(),
            plan,
            next_action: 0,
            act_at: now,
            plays: false,
            actors: Vec::new(),
            born: 0,
            quiet_until: now,
            told: 0,
            commits: 0,
            connections: BTreeMap::new(),
        }
    }

    /// Plays the plan to its end, with everything that goes wrong.
    pub(crate) async fn play(&mut self) -> anyhow::Result<()> {
        for (number, action) in self.plan.before.clone().into_iter().enumerate() {
            let scene = self.world.scene(1000 + number);
            let name = people::name(&scene, action);
            let apps = [self.app(0), self.app(0)];
            self.then(&name, people::act(scene, apps, action)).await?;
        }
        self.plays = true;
        self.world.stage.chaos(crate::chaos::Chaos::begin);
        self.act_at = self.world.clock.now();
        while self.next_action < self.plan.actions.len() || !self.actors.is_empty() {
            if self.counts.steps > MOST_STEPS {
                return Ok(());
            }
            self.mishap().await?;
            self.step().await?;
        }
        Ok(())
    }

    /// Nothing goes wrong any more, and time passes until an instant; false when it never rests.
    pub(crate) async fn settle(&mut self, rest: SignedDuration) -> anyhow::Result<bool> {
        self.world.stage.chaos(crate::chaos::Chaos::end);
        let until = self.world.clock.now() + rest;
        while self.counts.steps <= MOST_STEPS {
            if self.choices() > 0 {
                self.step().await?;
            } else if !self.pass_to_next(until) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// One person does one thing, and whatever follows from it.
    pub(crate) async fn then(
        &mut self,
        name: &str,
        future: impl Future<Output = String> + Send + 'static,
    ) -> anyhow::Result<()> {
        self.add(What::Person, 0, name.to_owned(), async {
            Ended::Said(future.await)
        });
        while !self.actors.is_empty() && self.counts.steps <= MOST_STEPS {
            self.step().await?;
        }
        Ok(())
    }

    pub(crate) fn finish(&mut self) {
        self.counts.calls = self.world.zoom.calls().len() as u64;
        self.counts.commits = self.world.stage.commits();
        self.counts.struck = self.world.stage.chaos(|chaos| chaos.struck());
    }

    fn add(
        &mut self,
        what: What,
        process: usize,
        name: String,
        future: impl Future<Output = Ended> + Send + 'static,
    ) {
        self.born += 1;
        // A job begins with the transaction that took it.
        let since = (what == What::Job).then(|| self.world.clock.now());
        self.actors.push(Actor {
            number: self.born,
            name,
            what,
            process,
            letter: None,
            waits: None,
            age: SignedDuration::ZERO,
            born: self.counts.steps,
            since,
            since_step: 0,
            future: Box::pin(future),
        });
    }

    /// What goes wrong between two steps.
    async fn mishap(&mut self) -> anyhow::Result<()> {
        let strikes = |fault| self.world.stage.chaos(|chaos| chaos.strikes(fault));
        if strikes(Fault::Crash) {
            let place = self.draw.place(self.world.processes.len());
            self.crash(place).await?;
        } else if strikes(Fault::Jump) {
            let minutes = i64::try_from(self.draw.between(1, 20)).unwrap_or(1);
            let by = SignedDuration::from_secs(minutes * 20);
            self.world.clock.advance(by);
            self.trace.note(
                self.world.clock.now(),
                &format!("the clock jumps {by:#} ahead"),
            );
        } else if strikes(Fault::Slow) {
            let seconds = i64::try_from(self.draw.between(1, 40)).unwrap_or(1);
            self.pass(SignedDuration::from_secs(seconds));
            self.trace.note(
                self.world.clock.now(),
                &format!("everything takes {seconds} s longer"),
            );
        }
        Ok(())
    }

    async fn crash(&mut self, place: usize) -> anyhow::Result<()> {
        self.counts.crashes += 1;
        let now = self.world.clock.now();
        self.trace
            .note(now, &format!("process {place} dies, and begins anew"));
        let (dead, alive) = std::mem::take(&mut self.actors)
            .into_iter()
            .partition(|actor: &Actor| actor.process == place);
        self.actors = alive;
        let dead: Vec<Actor> = dead;
        for actor in dead {
            self.gone(&actor);
        }
        self.world.crash(place).await?;
        self.quiet_until = now;
        Ok(())
    }

    /// An actor comes to no end.
    fn gone(&mut self, actor: &Actor) {
        self.noted.cut.push((actor.number, self.counts.steps));
        if let Some(letter) = &actor.letter {
            self.world.zoom.inside.note(letter, Err("connection lost"));
        }
        self.trace.note(
            self.world.clock.now(),
            &format!("{} comes to no end", actor.name),
        );
    }

    /// Time passes for everybody, and whoever takes too long is cut off.
    fn pass(&mut self, by: SignedDuration) {
        self.world.clock.advance(by);
        for actor in &mut self.actors {
            actor.age += by;
        }
        let late = |actor: &Actor| match actor.what {
            What::Job => actor.age >= LONGEST,
            _ => false,
        };
        while let Some(place) = self.actors.iter().position(late) {
            let actor = self.actors.remove(place);
            self.gone(&actor);
        }
    }

    /// Time passes to whatever is due next, at most to an instant; false when nothing is.
    fn pass_to_next(&mut self, until: Timestamp) -> bool {
        let now = self.world.clock.now();
        let mut next = vec![self.quiet_until, self.act_at];
        next.extend(self.world.processes.iter().map(|process| process.tend_at));
        let deliveries = self.world.zoom.inside.handle().deliveries();
        next.extend(deliveries.iter().filter_map(|delivery| delivery.due_at));
        let next = next.into_iter().filter(|at| *at > now).min();
        let Some(next) = next.filter(|next| *next <= until) else {
            return false;
        };
        self.pass(next.duration_since(now));
        true
    }

    async fn step(&mut self) -> anyhow::Result<()> {
        self.counts.steps += 1;
        let small = i64::try_from(self.draw.between(1, 60)).unwrap_or(1);
        self.pass(SignedDuration::from_millis(small));
        let begin_new = self.actors.is_empty() || self.draw.below(10) >= self.plan.patience;
        if begin_new && self.begin().await? {
            return Ok(());
        }
        if self.actors.is_empty() {
            // Nothing is due: the next thing to happen is later.
            let far = self.world.clock.now() + SignedDuration::from_hours(2);
            self.pass_to_next(far);
            return Ok(());
        }
        let place = self.draw.place(self.actors.len());
        self.run(place).await
    }

    pub(crate) fn app(&self, process: usize) -> App {
        self.world.processes[process].app.clone()
    }
}
