//! Runs seeds: one of them with its trace, or any number on all cores.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;
use rooms_core::planted::{Bug, plant};
use rooms_simulation::{Counts, Fault, How, Place, Report, Simulator, Template};

/// Runs the simulation of `OneClickRooms` for seeds, and says what breaks.
#[derive(Debug, Parser)]
struct Args {
    /// One seed.
    #[arg(long, conflicts_with = "seeds")]
    seed: Option<u64>,
    /// So many seeds.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// On so many cores.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// With this bug planted in the program, to see what finds it.
    #[arg(long, value_parser = bug)]
    plant: Option<Bug>,
    /// On this server in place of `SQLite`.
    #[arg(long)]
    postgres: Option<String>,
    /// Shows every step.
    #[arg(long)]
    trace: bool,
    /// Only the first so many actions of the plan.
    #[arg(long)]
    actions: Option<usize>,
    /// A fault that never strikes; may be repeated.
    #[arg(long, value_parser = fault)]
    without: Vec<Fault>,
    /// Looks for the smallest part of a failing seed that still fails.
    #[arg(long, requires = "seed")]
    shrink: bool,
    /// Goes on after seeds that fail.
    #[arg(long)]
    all: bool,
}

fn fault(name: &str) -> Result<Fault, String> {
    Fault::named(name).ok_or_else(|| {
        let names = Fault::ALL.map(Fault::name).join(", ");
        format!("choose one of {names}")
    })
}

fn bug(name: &str) -> Result<Bug, String> {
    let found = Bug::ALL.into_iter().find(|bug| format!("{bug:?}") == name);
    found.ok_or_else(|| format!("choose one of {:?}", Bug::ALL))
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let place = match &args.postgres {
        Some(url) => Place::Postgres(url.clone()),
        None => Place::Sqlite,
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let overlaps = args.plant == Some(Bug::CheckOutside);
    let template = runtime.block_on(Template::make(place, overlaps))?;
    plant(args.plant);
    let how = How {
        actions: args.actions,
        without: args.without.clone(),
        aloud: args.trace,
    };
    if let Some(seed) = args.seed {
        let simulator = Simulator::on(&template)?;
        let mut report = simulator.run(seed, &how)?;
        if args.shrink && !report.broken.is_empty() {
            report = rooms_simulation::shrink(&simulator, report, &how)?;
        }
        println!("{}", report.words(12, args.postgres.as_deref()));
        return Ok(code(report.broken.is_empty()));
    }
    let started = Instant::now();
    let next = AtomicU64::new(args.from);
    let total = Mutex::new((Counts::default(), Vec::<Report>::new()));
    let work = || -> anyhow::Result<()> {
        let simulator = Simulator::on(&template)?;
        plant(args.plant);
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let failed = {
                let total = total.lock().unwrap_or_else(PoisonError::into_inner);
                !total.1.is_empty() && !args.all
            };
            if seed >= args.from + args.seeds || failed {
                return Ok(());
            }
            let report = simulator.run(seed, &how)?;
            let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
            total.0.add(&report.counts);
            if !report.broken.is_empty() {
                println!("{}", report.words(0, args.postgres.as_deref()));
                total.1.push(report);
            }
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..args.threads.max(1))
            .map(|_| scope.spawn(work))
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| match thread.join() {
                Ok(done) => done,
                Err(_) => anyhow::bail!("a seed panicked"),
            })
    })?;
    let (counts, failed) = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!("{}", counts.words(args.seeds, started.elapsed()));
    println!("{} of {} seeds fail", failed.len(), args.seeds);
    Ok(code(failed.is_empty()))
}

fn code(fine: bool) -> ExitCode {
    if fine {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
