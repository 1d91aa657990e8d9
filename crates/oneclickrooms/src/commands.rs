//! The commands that do one thing and end.

use std::io::BufRead as _;
use std::process::ExitCode;

use anyhow::bail;
use rooms_app::{App, Failure, companies, people};
use rooms_core::{Clock as _, SystemClock};
use url::Url;

use crate::cli::{CompanyAdd, PersonAdd, PersonRecover, TokenIssue};
use crate::config::{self, Config, Layers};
use crate::output::{complain, say};
use crate::wiring::{self, Common, Ground, Outside};

/// Creates the database or brings it up to date.
pub(crate) async fn migrate(layers: &Layers) -> anyhow::Result<()> {
    let config = Config::read(layers)?;
    let ground = wiring::open(&config.database, config.master_keys()?, true).await?;
    ground.store.close().await;
    say("The database is up to date.");
    Ok(())
}

/// Adds a company and prints its id.
pub(crate) async fn add_company(layers: &Layers, add: CompanyAdd) -> anyhow::Result<()> {
    let (app, ground) = app(layers).await?;
    let new = companies::NewCompany {
        name: add.name,
        time_zone: add.time_zone,
        admin_email: add.admin,
        admin_name: None,
        admin_password: password()?,
        site_name: None,
        first_room: None,
    };
    let founded = companies::add(&app, new).await.map_err(explain)?;
    say(&founded.company.to_string());
    ground.store.close().await;
    Ok(())
}

/// Adds a person and prints their id.
pub(crate) async fn add_person(layers: &Layers, add: PersonAdd) -> anyhow::Result<()> {
    let (app, ground) = app(layers).await?;
    let new = people::NewPerson {
        company: add.company,
        email: add.email,
        name: add.name,
        role: add.role.into(),
        may_connect: add.connect_apps,
        password: password()?,
    };
    let person = people::add(&app, new).await.map_err(explain)?;
    say(&person.to_string());
    ground.store.close().await;
    Ok(())
}

/// Prints a link that gives somebody their account back.
pub(crate) async fn recover_person(layers: &Layers, recover: &PersonRecover) -> anyhow::Result<()> {
    let (app, ground) = app(layers).await?;
    let (email, removes) = (&recover.email, recover.remove_second_factor);
    let link = people::recovery::begin_by_operator(&app, email, removes).await;
    say(&link.map_err(explain)?);
    ground.store.close().await;
    Ok(())
}

/// Issues a token and prints it.
pub(crate) async fn issue_token(layers: &Layers, issue: TokenIssue) -> anyhow::Result<()> {
    let (app, ground) = app(layers).await?;
    let token = people::tokens::issue_for(&app, &issue.email, &issue.name);
    let token = token.await.map_err(explain)?;
    say(&token);
    ground.store.close().await;
    Ok(())
}

/// Prints what holds, and what is wrong with it.
pub(crate) fn check_config(layers: &Layers) -> ExitCode {
    let (report, problems) = config::check(layers);
    say(report.trim_end());
    if problems.is_empty() {
        say("The server can start with this.");
        return ExitCode::SUCCESS;
    }
    for problem in problems {
        complain(&problem.to_string());
    }
    ExitCode::FAILURE
}

/// Prints the document that describes the API.
pub(crate) fn openapi() -> anyhow::Result<()> {
    let document = rooms_web::api::document::document(SystemClock.now());
    say(&serde_json::to_string_pretty(&document)?);
    Ok(())
}

pub(crate) async fn app(layers: &Layers) -> anyhow::Result<(App, Ground)> {
    let config = Config::read(layers)?;
    let ground = wiring::open(&config.database, config.master_keys()?, false).await?;
    let address = config::public_address(config.listen);
    let public_url = match &config.public_url {
        Some(url) => url.clone(),
        None => Url::parse(&format!("http://{address}"))?,
    };
    let app = wiring::app(&ground, &Common::from(&config), Outside::none(public_url));
    Ok((app, ground))
}

/// One line of standard input.
fn password() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let line = line.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        bail!("there is no password on standard input; write it there as one line");
    }
    Ok(line.to_owned())
}

/// Says which field needs what, since there is no form to say it beside.
pub(crate) fn explain(failure: Failure) -> anyhow::Error {
    match failure {
        Failure::Invalid(errors) => {
            let lines: Vec<_> = errors
                .0
                .into_iter()
                .map(|error| format!("{}: {}", error.field, error.message))
                .collect();
            anyhow::anyhow!("{}", lines.join("\n"))
        }
        other => other.into(),
    }
}
