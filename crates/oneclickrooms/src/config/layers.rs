//! The layers: built-in values, one TOML file, the environment, flags; later ones win.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Problem;
use super::keys::{self, Key, PREFIX};

/// Variables that belong to the tests of the project.
const OF_TESTS: &[&str] = &["BIN", "TEST_"];
/// The variable that names the TOML file.
const CONFIG: &str = "CONFIG";

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// Nobody said anything.
    Default,
    /// The TOML file.
    File(PathBuf),
    /// A variable.
    Variable(String),
    /// A file that the TOML file or a variable names.
    Secret(PathBuf),
    /// The command line.
    Flag(&'static str),
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("built in"),
            Self::File(path) | Self::Secret(path) => write!(f, "{}", path.display()),
            Self::Variable(_) => f.write_str("environment"),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// As it was written.
    pub(crate) text: String,
    /// By whom.
    pub(crate) source: Source,
}

/// What the process was started with.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    /// The TOML file named on the command line.
    pub(crate) config_file: Option<PathBuf>,
    /// All variables.
    pub(crate) variables: BTreeMap<String, String>,
    /// What flags say.
    pub(crate) flags: Vec<(&'static Key, &'static str, String)>,
}

impl Surroundings {
    /// Reads the process's variables, once.
    pub(crate) fn of_process(config_file: Option<PathBuf>) -> Self {
        let text = |os: std::ffi::OsString| os.to_string_lossy().into_owned();
        Self {
            config_file,
            variables: std::env::vars_os()
                .map(|(name, value)| (text(name), text(value)))
                .filter(|(name, _)| name.starts_with(PREFIX) || name == "RUST_LOG")
                .collect(),
            flags: Vec::new(),
        }
    }

    /// Adds what a flag says, if it was given.
    pub(crate) fn flag(&mut self, key: &'static Key, flag: &'static str, value: Option<String>) {
        if let Some(value) = value {
            self.flags.push((key, flag, value));
        }
    }
}

/// All layers, one over the other.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    values: BTreeMap<&'static str, Said>,
    /// What is wrong with the layers themselves.
    pub(crate) problems: Vec<Problem>,
    /// What looks odd and is left alone.
    pub(crate) odd: Vec<String>,
}

impl Layers {
    /// Puts the layers together.
    pub(crate) fn read(around: &Surroundings) -> Self {
        let mut layers = Self::default();
        for key in keys::ALL {
            if let Some(default) = key.default {
                layers.put(key, default, Source::Default);
            }
        }
        let named = around.variables.get(&format!("{PREFIX}{CONFIG}"));
        let named = named.filter(|path| !path.is_empty()).map(PathBuf::from);
        if let Some(path) = around.config_file.clone().or(named) {
            layers.file(&path);
        }
        layers.environment(&around.variables);
        for (key, flag, value) in &around.flags {
            layers.put(key, value, Source::Flag(flag));
        }
        layers
    }

    /// What holds for a key.
    pub(crate) fn said(&self, key: &Key) -> Option<&Said> {
        self.values.get(key.name)
    }

    fn put(&mut self, key: &Key, text: &str, source: Source) {
        let text = text.trim().to_owned();
        if text.is_empty() {
            return;
        }
        self.values.insert(key.name, Said { text, source });
    }

    fn file(&mut self, path: &Path) {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                let message = format!("the configuration file cannot be read: {error}");
                return self.problem(&path.display().to_string(), message);
            }
        };
        let table = match text.parse::<toml::Table>() {
            Ok(table) => table,
            Err(error) => {
                let line = error.span().map_or(1, |span| {
                    text.get(..span.start)
                        .map_or(1, |before| before.lines().count().max(1))
                });
                let message = format!("line {line} is no TOML: {}", error.message());
                return self.problem(&path.display().to_string(), message);
            }
        };
        let mut seen = BTreeMap::new();
        for (name, value) in &table {
            let where_ = format!("{}, {name}", path.display());
            let Some((key, in_file)) = keys::find(name) else {
                self.problem(&where_, unknown(name, str::to_owned));
                continue;
            };
            let text = match value {
                toml::Value::String(text) => text.clone(),
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(true) => "on".to_owned(),
                toml::Value::Boolean(false) => "off".to_owned(),
                _ => {
                    self.problem(&where_, "write a text or a number".to_owned());
                    continue;
                }
            };
            if let Some(other) = seen.insert(key.name, name) {
                self.problem(&where_, format!("{other} is set too; keep one of the two"));
            }
            self.take(key, &text, in_file, Source::File(path.to_owned()), &where_);
        }
    }

    fn environment(&mut self, variables: &BTreeMap<String, String>) {
        let mut seen = BTreeMap::new();
        for (variable, value) in variables {
            let Some(name) = variable.strip_prefix(PREFIX) else {
                continue;
            };
            if value.trim().is_empty()
                || name == CONFIG
                || OF_TESTS.iter().any(|known| name.starts_with(known))
            {
                continue;
            }
            let lower = name.to_lowercase();
            let Some((key, in_file)) = keys::find(&lower) else {
                let message = unknown(&lower, |near| format!("{PREFIX}{}", near.to_uppercase()));
                if keys::nearest(&lower).is_some() {
                    self.problem(variable, message);
                } else {
                    self.odd.push(format!("{variable}: {message}"));
                }
                continue;
            };
            if let Some(other) = seen.insert(key.name, variable) {
                self.problem(variable, format!("{other} is set too; keep one of the two"));
            }
            self.take(
                key,
                value,
                in_file,
                Source::Variable(variable.clone()),
                variable,
            );
        }
    }

    fn take(&mut self, key: &Key, text: &str, in_file: bool, source: Source, named: &str) {
        if !in_file {
            return self.put(key, text, source);
        }
        let path = PathBuf::from(text.trim());
        match std::fs::read_to_string(&path) {
            Ok(secret) if secret.trim().is_empty() => {
                self.problem(named, format!("{} is empty", path.display()));
            }
            Ok(secret) => self.put(key, &secret, Source::Secret(path)),
            Err(error) => {
                let message = format!("{} cannot be read: {error}", path.display());
                self.problem(named, message);
            }
        }
    }

    fn problem(&mut self, named: &str, message: String) {
        self.problems.push(Problem {
            named: named.to_owned(),
            message,
        });
    }
}

fn unknown(name: &str, spell: impl Fn(&str) -> String) -> String {
    keys::nearest(name).map_or_else(
        || "there is no such setting; take it out".to_owned(),
        |near| format!("there is no such setting; is {} meant?", spell(&near)),
    )
}
