//! The `oneclickrooms` program: command line, configuration, wiring.
//!
//! [`cli`] says what can be asked for, [`config`] what holds, [`wiring`] puts the parts of
//! `rooms-app` together, and the other modules are the commands. A command that fails says why in
//! one line on standard error; standard output carries only what was asked for.

mod audit;
mod backup;
mod cli;
mod commands;
mod config;
mod data;
mod demo;
mod doctor;
mod keys;
mod logs;
mod output;
mod serve;
mod signals;
mod simulator;
mod wiring;
mod zoom;

use std::process::ExitCode;

use clap::Parser as _;

use cli::{
    AuditCommand, Cli, Command, CompanyCommand, ConfigCommand, DataCommand, KeysCommand,
    PersonCommand, TokenCommand, ZoomCommand,
};
use config::{Layers, Surroundings};

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let result = match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(run(Cli::parse()));
            // A thread may still be reading standard input; nobody waits for it.
            runtime.shutdown_background();
            result
        }
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            output::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let mut around = Surroundings::of_process(cli.config);
    around.flag(
        &config::keys::DATABASE_URL,
        "--database-url",
        cli.database_url,
    );
    match &cli.command {
        Command::Serve(serve) => {
            around.flag(&config::keys::LISTEN, "--listen", serve.listen.clone());
            around.flag(
                &config::keys::PUBLIC_URL,
                "--public-url",
                serve.public_url.clone(),
            );
        }
        Command::Zoom(ZoomCommand::Manifest(ask)) => {
            around.flag(
                &config::keys::PUBLIC_URL,
                "--public-url",
                ask.public_url.clone(),
            );
        }
        Command::Demo(demo) => around.flag(&config::keys::LISTEN, "--listen", demo.listen.clone()),
        _ => {}
    }
    let layers = Layers::read(&around);
    let quiet = matches!(cli.command, Command::Demo(_));
    logs::start(&layers, &around, quiet)?;
    for odd in &layers.odd {
        tracing::warn!("{odd}");
    }
    match cli.command {
        Command::Serve(_) => serve::serve(&layers).await?,
        Command::Worker => serve::worker(&layers).await?,
        Command::Demo(demo) => demo::run(&layers, demo.reset).await?,
        Command::Migrate => commands::migrate(&layers).await?,
        Command::ZoomSim(sim) => simulator::run(&layers, sim).await?,
        Command::Company(CompanyCommand::Add(add)) => commands::add_company(&layers, add).await?,
        Command::Person(PersonCommand::Add(add)) => commands::add_person(&layers, add).await?,
        Command::Person(PersonCommand::Recover(recover)) => {
            commands::recover_person(&layers, &recover).await?;
        }
        Command::Token(TokenCommand::Issue(issue)) => {
            commands::issue_token(&layers, issue).await?;
        }
        Command::Backup(ask) => backup::backup(&layers, ask).await?,
        Command::Restore(ask) => return backup::restore(&layers, ask).await,
        Command::Keys(KeysCommand::Status) => return keys::status(&layers).await,
        Command::Keys(KeysCommand::Rewrap) => return keys::rewrap(&layers).await,
        Command::Zoom(ZoomCommand::Reconcile(ask)) => return zoom::reconcile(&layers, ask).await,
        Command::Zoom(ZoomCommand::Manifest(ask)) => doctor::manifest(&layers, &ask)?,
        Command::Zoom(ZoomCommand::Doctor(ask)) => return doctor::doctor(&layers, ask).await,
        Command::Audit(AuditCommand::Verify(ask)) => return audit::verify(&layers, ask).await,
        Command::Audit(AuditCommand::Export(ask)) => audit::export(&layers, ask).await?,
        Command::Data(DataCommand::Export(ask)) => data::export(&layers, ask).await?,
        Command::Data(DataCommand::Erase(ask)) => return data::erase(&layers, ask).await,
        Command::Data(DataCommand::Erasures(ask)) => data::erasures(&layers, ask).await?,
        Command::Openapi => commands::openapi()?,
        Command::Config(ConfigCommand::Check) => return Ok(commands::check_config(&layers)),
    }
    Ok(ExitCode::SUCCESS)
}
