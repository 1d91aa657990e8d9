//! `config check`: what holds, where it comes from, and what is wrong.

use std::fmt::Write as _;

use rooms_app::DatabaseUrl;
use url::Url;

use super::keys::{self, Key};
use super::layers::Layers;
use super::{Config, Problem, no_master_key};

const MASK: &str = "********";

/// The report, and whether the server can start with this.
pub(crate) fn check(layers: &Layers) -> (String, Vec<Problem>) {
    let mut report = String::new();
    for key in keys::ALL {
        let (value, source) = match layers.said(key) {
            Some(said) => (shown(key, &said.text), said.source.to_string()),
            None => (format!("({})", key.absent), String::new()),
        };
        let line = format!("{:<27}{value:<40}{source}", key.name);
        let _ = writeln!(report, "{}", line.trim_end());
    }
    let (config, mut problems) = match Config::read(layers) {
        Ok(config) => (Some(config), Vec::new()),
        Err(problems) => (None, problems.0),
    };
    if layers.said(&keys::MASTER_KEY).is_none() {
        problems.push(no_master_key());
    }
    problems.extend(layers.odd.iter().filter_map(|odd| {
        let (named, message) = odd.split_once(": ")?;
        Some(Problem {
            named: named.to_owned(),
            message: message.to_owned(),
        })
    }));
    for note in config.iter().flat_map(notes) {
        let _ = writeln!(report, "note: {note}");
    }
    (report, problems)
}

/// What works, and may still not be what was meant.
fn notes(config: &Config) -> Vec<String> {
    let mut notes = Vec::new();
    if let DatabaseUrl::Sqlite(file) = &config.database.url
        && config.database.chosen
        && !file.exists()
    {
        notes.push(format!(
            "there is no database at {} yet: `oneclickrooms migrate` makes it",
            file.display()
        ));
    }
    match &config.zoom {
        None => notes.push("without a Zoom client id nobody can connect Zoom".to_owned()),
        Some(zoom) if zoom.webhook_secrets.is_empty() => notes.push(format!(
            "without {} the server does not hear when somebody removes the app in Zoom",
            keys::ZOOM_WEBHOOK_SECRET.variable()
        )),
        Some(_) => {}
    }
    if !config.rate_limits {
        notes.push("rate limits are off, which is for load tests".to_owned());
    }
    notes
}

fn shown(key: &Key, text: &str) -> String {
    if !key.secret {
        return text.to_owned();
    }
    let Ok(mut url) = text.parse::<Url>() else {
        return MASK.to_owned();
    };
    if url.scheme() == "sqlite" {
        return text.to_owned();
    }
    let address = ["postgres", "postgresql", "smtp", "smtps"].contains(&url.scheme());
    if !address || url.host().is_none() {
        return MASK.to_owned();
    }
    if url.password().is_some() && url.set_password(Some(MASK)).is_err() {
        return MASK.to_owned();
    }
    // libpq also reads a password from the query.
    if url.query().is_some() {
        url.set_query(None);
        return format!("{url}?{MASK}");
    }
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_addresses_are_masked() {
        let shown = |text| shown(&keys::DATABASE_URL, text);
        assert_eq!(
            shown("postgres://rooms:geheim@db:5432/rooms"),
            "postgres://rooms:********@db:5432/rooms"
        );
        assert_eq!(
            shown("postgres://db/rooms?password=geheim"),
            "postgres://db/rooms?********"
        );
        assert_eq!(
            shown("sqlite:///var/lib/rooms.db"),
            "sqlite:///var/lib/rooms.db"
        );
        assert_eq!(shown("geheim"), MASK);
    }
}
