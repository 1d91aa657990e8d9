//! Comparing our records of meetings with what each host has at Zoom, and putting right what differs.
//!
//! A run looks at every host of a company, each in a job of its own, so that a slow one delays
//! nobody. What it finds stays until it is put right, left as it is on purpose, or no longer true.
//! Nothing is changed at Zoom without somebody's word, and then only after a second look.

mod fix;
mod host;
pub(crate) mod night;
mod reach;
mod words;

use jiff::Timestamp;
use rooms_core::reconciliation::{FindingKind, FindingState};
use rooms_core::{Actor, CompanyId, FindingId, PersonId, ReconciliationId};
use rooms_store::events::{self, By};
use rooms_store::reconciliations::{self, findings};
use rooms_store::{Tx, companies, jobs as queue};

pub use findings::Finding;
pub(crate) use fix::carry_out;
pub(crate) use host::look;
pub(crate) use night::begin as begin_night;
pub use night::schedule;
pub use reconciliations::{Run, Unreachable};
pub use words::{intention, remedy};

use crate::app::App;
use crate::companies::admins_only;
use crate::error::Failure;
use crate::jobs;
use crate::zoom::apps;

/// The most findings of a state that are shown at once.
pub const SHOWN: i64 = 200;
/// How many findings are taken to be fixed in one transaction.
const AT_ONCE: i64 = 250;

/// How many findings there are, by kind and state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(Vec<(FindingKind, FindingState, usize)>);

impl Counts {
    /// How many there are in a state.
    #[must_use]
    pub fn of(&self, state: FindingState) -> usize {
        self.by_kind(state).map(|(_, number)| number).sum()
    }

    /// How many there are in a state, kind by kind, what hurts people most first.
    pub fn by_kind(&self, state: FindingState) -> impl Iterator<Item = (FindingKind, usize)> {
        FindingKind::ALL.into_iter().filter_map(move |kind| {
            let number = self.0.iter().find(|(k, s, _)| (*k, *s) == (kind, state));
            number.map(|(_, _, number)| (kind, *number))
        })
    }
}

/// How a company's meetings stand to those at Zoom.
#[derive(Debug, Clone)]
pub struct Overview {
    /// Whether the operator configured a Zoom app.
    pub configured: bool,
    /// The newest run.
    pub run: Option<Run>,
    /// The hosts it could not look at.
    pub unreachable: Vec<Unreachable>,
    /// How many findings there are.
    pub counts: Counts,
    /// Those that wait for somebody.
    pub open: Vec<Finding>,
    /// Those that are being put right.
    pub fixing: Vec<Finding>,
    /// Those somebody decided to leave.
    pub left: Vec<Finding>,
    /// Those of the newest run that were put right.
    pub fixed: Vec<Finding>,
}

/// How the company's meetings stand to those at Zoom. Admins only.
pub async fn overview(app: &App, actor: &Actor) -> Result<Overview, Failure> {
    admins_only(actor)?;
    overview_of(app, actor.company).await
}

/// The same for the command line, which acts for the operator.
pub async fn overview_of(app: &App, company: CompanyId) -> Result<Overview, Failure> {
    let configured = apps::current(app, company).await?.is_some();
    let mut tx = app.read().await?;
    let run = reconciliations::newest(&mut tx, company).await?;
    let (mut unreachable, mut fixed, mut counts) = (Vec::new(), Vec::new(), Counts::default());
    if let Some(run) = &run {
        unreachable = reconciliations::unreachable(&mut tx, company, run.id).await?;
        fixed = findings::fixed(&mut tx, company, run.id, SHOWN).await?;
        counts = Counts(findings::counts(&mut tx, company, run.id).await?);
    }
    Ok(Overview {
        configured,
        run,
        unreachable,
        counts,
        open: in_order(&mut tx, company, FindingState::Open).await?,
        fixing: in_order(&mut tx, company, FindingState::Fixing).await?,
        left: in_order(&mut tx, company, FindingState::Left).await?,
        fixed,
    })
}

async fn in_order(
    tx: &mut Tx,
    company: CompanyId,
    state: FindingState,
) -> Result<Vec<Finding>, Failure> {
    let mut found = findings::of_state(tx, company, state, SHOWN).await?;
    found.sort_by_key(|finding| finding.kind);
    Ok(found)
}

/// Begins a run, or gives the one that is under way. Admins only.
pub async fn start(app: &App, actor: &Actor) -> Result<ReconciliationId, Failure> {
    admins_only(actor)?;
    start_for(app, actor.company, Some(actor.person)).await
}

/// The same for the command line, which acts for the operator.
pub async fn start_for(
    app: &App,
    company: CompanyId,
    asked_by: Option<PersonId>,
) -> Result<ReconciliationId, Failure> {
    if apps::current(app, company).await?.is_none() {
        return Err(Failure::Conflict("no Zoom app is set up here"));
    }
    let id = ReconciliationId::from_uuid(app.new_id());
    let input = (id, company, asked_by, app.now());
    app.store()
        .write(input, |tx, (id, company, asked_by, now)| {
            Box::pin(async move {
                if companies::get(tx, *company).await?.is_none() {
                    return Err(Failure::NotFound("company"));
                }
                if let Some(run) = reconciliations::unfinished(tx, *company).await? {
                    return Ok(run.id);
                }
                if begin(tx, *id, *company, (*asked_by, None), *now).await? {
                    return Ok(*id);
                }
                // Somebody else was quicker.
                let run = reconciliations::unfinished(tx, *company).await?;
                run.map(|run| run.id).ok_or(Failure::Stale)
            })
        })
        .await
}

/// Begins a run in this transaction and queues the work on each host; false where one is under way
/// or this night has had its own.
async fn begin(
    tx: &mut Tx,
    id: ReconciliationId,
    company: CompanyId,
    (asked_by, night): (Option<PersonId>, Option<&str>),
    now: Timestamp,
) -> Result<bool, Failure> {
    if !reconciliations::begin(tx, id, company, (asked_by, night), now).await? {
        return Ok(false);
    }
    let by = asked_by.map_or(By::System, By::Person);
    let subject = (company, id.uuid());
    events::insert(tx, subject, "reconciliation.begun", by, "", now).await?;
    let hosts = reconciliations::waiting(tx, company, id).await?;
    if hosts.is_empty() {
        reconciliations::finish(tx, company, id, now).await?;
    }
    let payload = id.to_string();
    for host in hosts {
        let when = (now, now);
        queue::enqueue(
            tx,
            jobs::RECONCILE,
            host.uuid(),
            Some(company),
            &payload,
            when,
        )
        .await?;
    }
    Ok(true)
}

/// Puts one finding right, also one that was left before. Admins only.
pub async fn fix(app: &App, actor: &Actor, id: FindingId) -> Result<(), Failure> {
    admins_only(actor)?;
    let input = (actor.clone(), id, app.now());
    app.store()
        .write(input, |tx, (actor, id, now)| {
            Box::pin(async move {
                let finding = known(tx, actor, *id).await?;
                let whose = (actor.company, *id);
                let step = (finding.state, FindingState::Fixing);
                let by = (None, Some(actor.person));
                match finding.state {
                    FindingState::Open | FindingState::Left => {
                        findings::move_on(tx, whose, step, by, *now).await?;
                        queue_fix(tx, actor.company, *id, *now).await
                    }
                    // Pressed twice, or it has been settled meanwhile: nothing is left to do.
                    FindingState::Fixing | FindingState::Fixed | FindingState::Gone => Ok(()),
                }
            })
        })
        .await
}

/// Leaves a finding as it is. Admins only.
pub async fn leave(app: &App, actor: &Actor, id: FindingId) -> Result<(), Failure> {
    admins_only(actor)?;
    let input = (actor.clone(), id, app.now());
    app.store()
        .write(input, |tx, (actor, id, now)| {
            Box::pin(async move {
                let finding = known(tx, actor, *id).await?;
                let whose = (actor.company, *id);
                let step = (FindingState::Open, FindingState::Left);
                let by = Some(actor.person);
                if findings::move_on(tx, whose, step, (None, by), *now).await? {
                    let by = By::Person(actor.person);
                    words::tell(tx, actor.company, &finding, "reconciliation.left", by, *now)
                        .await?;
                }
                Ok(())
            })
        })
        .await
}

async fn known(tx: &mut Tx, actor: &Actor, id: FindingId) -> Result<Finding, Failure> {
    let finding = findings::get(tx, actor.company, id).await?;
    finding.ok_or(Failure::NotFound("finding"))
}

/// Puts everything right that was open when `run` was the newest, and gives how much that is.
/// Refused when somebody has looked again since. Admins only.
pub async fn fix_all(app: &App, actor: &Actor, run: ReconciliationId) -> Result<usize, Failure> {
    admins_only(actor)?;
    fix_all_of(app, actor.company, run, Some(actor.person)).await
}

/// The same for the command line, which acts for the operator.
pub async fn fix_all_of(
    app: &App,
    company: CompanyId,
    run: ReconciliationId,
    by: Option<PersonId>,
) -> Result<usize, Failure> {
    let mut all = 0;
    loop {
        let input = (company, run, by, app.now());
        let taken = app
            .store()
            .write(input, |tx, (company, run, by, now)| {
                Box::pin(async move {
                    let newest = reconciliations::newest(tx, *company).await?;
                    if newest.is_none_or(|n| n.id != *run || n.finished_at.is_none()) {
                        return Err(Failure::Stale);
                    }
                    let taken = findings::take(tx, *company, *by, AT_ONCE, *now).await?;
                    for id in &taken {
                        queue_fix(tx, *company, *id, *now).await?;
                    }
                    Ok(taken.len())
                })
            })
            .await?;
        all += taken;
        if i64::try_from(taken).is_ok_and(|taken| taken < AT_ONCE) {
            return Ok(all);
        }
    }
}

async fn queue_fix(
    tx: &mut Tx,
    company: CompanyId,
    id: FindingId,
    now: Timestamp,
) -> Result<(), Failure> {
    let (kind, of) = (jobs::RECONCILE_FIX, Some(company));
    Ok(queue::enqueue(tx, kind, id.uuid(), of, "", (now, now)).await?)
}
