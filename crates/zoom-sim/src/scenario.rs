//! Scenarios as files: accounts, users, apps, rules, faults, and what happens when.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};
use toml::Spanned;

use crate::deeds::Deed;
use crate::faults::Order;
use crate::limits::Plan;
use crate::options::{App, SimUser, ordinary_scopes};
use crate::people::Standing;
use crate::rules::Rules;
use crate::state::Sim;
use crate::webhooks;
use crate::words::text;

/// A story that a simulator tells from its start; read from TOML.
#[derive(Clone, Debug)]
pub struct Scenario {
    plot: Plot,
    apps: Vec<App>,
    users: Vec<SimUser>,
}

/// Why a file is no scenario: what is wrong, and where.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("cannot read the scenario {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Something in it is wrong.
    #[error("{path}, line {line}: {what}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from one.
        line: usize,
        /// What is wrong there.
        what: String,
    },
}

/// The file as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plot {
    /// One sentence for the log.
    #[serde(default)]
    about: String,
    #[serde(default)]
    rules: BTreeMap<String, Spanned<Text>>,
    #[serde(default)]
    account: Vec<Spanned<AccountPart>>,
    #[serde(default)]
    user: Vec<Spanned<UserPart>>,
    #[serde(default)]
    app: Vec<Spanned<AppPart>>,
    #[serde(default)]
    fault: Vec<Spanned<Order>>,
    #[serde(default)]
    event: Vec<Spanned<Deed>>,
}

#[derive(Clone, Debug, Deserialize)]
struct Text(#[serde(deserialize_with = "text")] String);

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountPart {
    id: String,
    plan: Option<String>,
    blocks_apps: Option<bool>,
    #[serde(default)]
    defaults: Map<String, Value>,
    #[serde(default)]
    locked: Map<String, Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserPart {
    email: String,
    name: Option<String>,
    account: String,
    id: Option<String>,
    password: Option<String>,
    #[serde(default = "yes")]
    licensed: bool,
    time_zone: Option<String>,
    #[serde(default)]
    standing: Standing,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AppPart {
    name: Option<String>,
    client_id: String,
    client_secret: String,
    webhook_secret: Option<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    webhook_url: Option<String>,
    scopes: Option<Vec<String>>,
}

fn yes() -> bool {
    true
}

impl Scenario {
    /// Reads a file, and checks all of it: nothing comes as a surprise later.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let file = std::fs::read_to_string(path).map_err(|source| ScenarioError::File {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&file).map_err(|wrong| ScenarioError::Line {
            path: path.to_owned(),
            line: wrong.line,
            what: wrong.what,
        })
    }

    fn parse(file: &str) -> Result<Self, Wrong> {
        let plot: Plot = toml::from_str(file).map_err(|error| {
            let span = error.span().unwrap_or_default();
            Wrong::at(file, &span, error.message())
        })?;
        let mut rules = Rules::default();
        for (name, value) in &plot.rules {
            rules
                .set(name, &value.get_ref().0)
                .map_err(|what| Wrong::at(file, &value.span(), &what))?;
        }
        for part in &plot.account {
            if let Some(plan) = &part.get_ref().plan {
                Plan::named(plan).map_err(|what| Wrong::at(file, &part.span(), &what))?;
            }
        }
        for order in &plot.fault {
            let read = order.get_ref().read();
            read.map_err(|what| Wrong::at(file, &order.span(), &what))?;
        }
        for deed in &plot.event {
            let check = deed.get_ref().check();
            check.map_err(|what| Wrong::at(file, &deed.span(), &what))?;
        }
        let apps = plot.app.iter().map(|part| {
            let app = part.get_ref().app();
            app.map_err(|what| Wrong::at(file, &part.span(), &what))
        });
        let apps = apps.collect::<Result<_, _>>()?;
        let users = plot.user.iter().map(|part| part.get_ref().user()).collect();
        Ok(Self { plot, apps, users })
    }

    /// What it is about, in its own words.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.plot.about
    }

    /// The apps it brings.
    #[must_use]
    pub fn apps(&self) -> &[App] {
        &self.apps
    }

    /// The users it brings.
    #[must_use]
    pub fn users(&self) -> &[SimUser] {
        &self.users
    }

    /// Sets the scene; what happens later is put down for its time.
    pub(crate) fn stage(&self, sim: &Sim) -> Result<(), String> {
        sim.change(|world, now| {
            world.admit(&self.apps, &self.users);
            for part in self.plot.account.iter().map(Spanned::get_ref) {
                let account = world.open_account(&part.id, false);
                if let Some(plan) = &part.plan {
                    account.plan = Plan::named(plan)?;
                }
                account.blocks_apps = part.blocks_apps.unwrap_or(account.blocks_apps);
                account.defaults.extend(part.defaults.clone());
                account.locked.extend(part.locked.clone());
            }
            for part in self.plot.user.iter().map(Spanned::get_ref) {
                let user = part.user();
                world.standings.insert(user.user_id, part.standing);
            }
            for (name, value) in &self.plot.rules {
                world.rules.set(name, &value.get_ref().0)?;
            }
            for app in &self.apps {
                webhooks::challenge(world, now, &app.client_id);
            }
            Ok::<(), String>(())
        })?;
        for order in &self.plot.fault {
            sim.faults.add(order.get_ref().read()?);
        }
        for deed in &self.plot.event {
            sim.agenda.put(sim.now(), deed.get_ref().clone())?;
        }
        Ok(())
    }
}

impl UserPart {
    fn user(&self) -> SimUser {
        let name = self.email.split('@').next().unwrap_or_default();
        // An id that stays, although nobody has thought of one.
        let made = || format!("user-{}", self.email.replace(['@', '.'], "-"));
        SimUser {
            email: self.email.clone(),
            password: self.password.clone().unwrap_or_else(|| "zoom-demo".into()),
            display_name: self.name.clone().unwrap_or_else(|| name.to_owned()),
            account_id: self.account.clone(),
            user_id: self.id.clone().unwrap_or_else(made),
            licensed: self.licensed,
            time_zone: self.time_zone.clone().unwrap_or_else(|| "UTC".into()),
            admin_blocks_app: false,
        }
    }
}

impl AppPart {
    fn app(&self) -> Result<App, String> {
        let addresses = self.redirect_uris.iter().chain(&self.webhook_url);
        for address in addresses {
            url::Url::parse(address).map_err(|error| format!("{address:?}: {error}"))?;
        }
        Ok(App {
            name: self.name.clone().unwrap_or_else(|| self.client_id.clone()),
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.clone(),
            webhook_secret: self.webhook_secret.clone().unwrap_or_default(),
            redirect_uris: self.redirect_uris.clone(),
            webhook_url: self.webhook_url.clone(),
            scopes: self.scopes.clone().unwrap_or_else(ordinary_scopes),
        })
    }
}

/// What is wrong, and in which line.
#[derive(Debug, PartialEq, Eq)]
struct Wrong {
    line: usize,
    what: String,
}

impl Wrong {
    fn at(file: &str, span: &Range<usize>, what: &str) -> Self {
        let before = file.get(..span.start).unwrap_or(file);
        Self {
            line: before.matches('\n').count() + 1,
            what: what.trim().to_owned(),
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_file_is_told_what_is_wrong_and_where() {
        for (file, line, words) in [
            ("about = ", 1, "string"),
            (
                "\n[rules]\ngravity = true",
                3,
                "there is no rule \"gravity\"",
            ),
            ("[rules]\n\ndecline = \"shouts\"", 3, "decline is one of"),
            ("\nstory = 1", 2, "unknown field `story`"),
            ("[[fault]]\non = \"create\"", 1, "missing field `what`"),
            ("\n[[fault]]\nwhat = \"earthquake\"", 2, "earthquake"),
            (
                "[[fault]]\nwhat = \"slow\"\nwhen = 3",
                3,
                "unknown field `when`",
            ),
            (
                "\n\n[[event]]\ndo = \"dance\"",
                3,
                "there is no deed \"dance\"",
            ),
            (
                "[[event]]\ndo = \"delete-user\"",
                1,
                "delete-user needs user",
            ),
            (
                "[[account]]\nid = \"a\"\nplan = \"gold\"",
                1,
                "free, pro or business",
            ),
            (
                "[[app]]\nclient_id = \"a\"\nclient_secret = \"b\"\nwebhook_url = \"here\"",
                1,
                "\"here\"",
            ),
        ] {
            let wrong = Scenario::parse(file).unwrap_err();
            assert_eq!(wrong.line, line, "{file}: {wrong}");
            assert!(wrong.what.contains(words), "{file}: {wrong}");
        }
    }

    #[test]
    fn an_empty_file_is_an_empty_story() {
        let scenario = Scenario::parse("").unwrap();
        assert!(scenario.apps().is_empty() && scenario.users().is_empty());
    }
}
