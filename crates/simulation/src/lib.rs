//! The whole program and its Zoom in one process, step by step from one seed.
//!
//! A seed draws what people do, what goes wrong, and who goes next at every point: before and after
//! each transaction and each call to Zoom. Then nothing goes wrong any more, everything comes to
//! rest, and what has to hold is checked. The same seed takes the same steps, so that what it finds
//! can be looked at: `cargo run --release -p rooms-simulation -- --seed N --trace`.
//!
//! The cast: a `Conductor` lets the actors of a `World` take steps on its `Stage`; `Chaos` says what
//! goes wrong. See `docs/decisions/0010-seeded-simulation.md`.

#![expect(
    clippy::indexing_slicing,
    reason = "a simulation that cannot go on has failed, as a test has"
)]

mod chaos;
mod check;
mod conductor;
mod database;
mod draw;
mod people;
mod plan;
mod report;
mod stage;
mod trace;
mod world;
mod zoom;

use anyhow::Context as _;
use jiff::SignedDuration;
use rooms_app::zoom::reconcile;
use zoom_client::Client;

use check::{When, check};
use conductor::Conductor;
use plan::Plan;
use trace::Trace;
use world::World;

pub use chaos::Fault;
pub use conductor::Counts;
pub use database::{Place, Template};
pub use report::shrink;

/// How long everything has time to come to rest: longer than a day, so that limits of the day end,
/// tokens run out, and the night's work is done.
const REST: SignedDuration = SignedDuration::from_hours(30);
/// How long after somebody had everything put right.
const SHORT_REST: SignedDuration = SignedDuration::from_hours(2);

/// How a seed is run.
#[derive(Debug, Clone, Default)]
pub struct How {
    /// Only the first so many actions of its plan.
    pub actions: Option<usize>,
    /// These faults never strike.
    pub without: Vec<Fault>,
    /// Every line is shown while it is made.
    pub aloud: bool,
}

/// What came of a seed.
#[derive(Debug)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// What does not hold; nothing if all is well.
    pub broken: Vec<String>,
    /// How many actions its plan has.
    pub actions: usize,
    /// Every step.
    pub trace: Vec<String>,
    /// A hash of them: two runs of a seed have the same on `SQLite`.
    pub hash: String,
    /// What it counted.
    pub counts: Counts,
    /// How it was run.
    pub how: How,
}

/// Runs seeds, one after the other.
pub struct Simulator<'a> {
    template: &'a Template,
    client: Client,
}

impl<'a> Simulator<'a> {
    /// On copies of a database.
    pub fn on(template: &'a Template) -> anyhow::Result<Self> {
        let client = world::client()?;
        Ok(Self { template, client })
    }

    /// Runs one seed, on a runtime of its own.
    pub fn run(&self, seed: u64, how: &How) -> anyhow::Result<Report> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let report = runtime.block_on(self.run_seed(seed, how));
        runtime.shutdown_background();
        report.with_context(|| format!("seed {seed} cannot be run"))
    }

    async fn run_seed(&self, seed: u64, how: &How) -> anyhow::Result<Report> {
        let mut plan = Plan::of(seed);
        let actions = plan.actions.len();
        plan.actions.truncate(how.actions.unwrap_or(actions));
        let chaos = chaos::Chaos::of(seed, &how.without);
        let mut trace = Trace::new(how.aloud);
        trace.note(
            database::dawn(),
            &format!(
                "{} actions, {} processes, {}",
                plan.actions.len(),
                plan.processes,
                chaos.words()
            ),
        );
        let processes = plan.processes;
        let world = World::new(seed, self.template, (&self.client, chaos), processes).await?;
        let mut conductor = Conductor::new(world, plan, trace);
        let broken = lead(&mut conductor).await?;
        conductor.finish();
        let Conductor {
            world,
            trace,
            counts,
            ..
        } = conductor;
        world.end().await?;
        Ok(Report {
            seed,
            broken,
            actions,
            hash: trace.hash(),
            trace: trace.into_lines(),
            counts,
            how: how.clone(),
        })
    }
}

/// The whole of a seed, and what does not hold at its end.
async fn lead(conductor: &mut Conductor) -> anyhow::Result<Vec<String>> {
    conductor.play().await?;
    if !conductor.settle(REST).await? {
        return Ok(vec!["it never comes to rest".to_owned()]);
    }
    let broken = check(conductor, When::Rested).await?;
    if !broken.is_empty() {
        return Ok(broken);
    }
    for company in 0..conductor.world.cast.companies.len() {
        let (app, scene) = (conductor.app(0), conductor.world.scene(0));
        let admin = scene.cast.members[company * 4].visitor.actor.clone();
        let compare = async move {
            match reconcile::start(&app, &admin).await {
                Ok(run) => format!("run {run}"),
                Err(failure) => format!("refused: {failure}"),
            }
        };
        conductor.then("compare", compare).await?;
    }
    conductor.settle(SHORT_REST).await?;
    for company in 0..conductor.world.cast.companies.len() {
        let (app, scene) = (conductor.app(0), conductor.world.scene(0));
        let fix = async move {
            let fixed = people::fix_all(&scene, &app, company).await;
            fixed.unwrap_or_else(|failure| format!("refused: {failure}"))
        };
        conductor.then("fix all", fix).await?;
    }
    if !conductor.settle(SHORT_REST).await? {
        return Ok(vec!["it never comes to rest after a comparison".to_owned()]);
    }
    check(conductor, When::Reconciled).await
}
