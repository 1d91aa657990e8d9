//! Whether an app is set up at Zoom as it has to be, and what is missing.
//!
//! Zoom is asked without anybody signing in ([`zoom_client::setup`]); what only people and Zoom's
//! own messages can show is taken from what was heard of the app so far.

use jiff::{SignedDuration, Timestamp};
use rooms_core::connection::missing_scopes;
use rooms_store::zoom_apps::{self, Heard};
use serde::{Deserialize, Serialize};
use zoom_client::Class;
use zoom_client::setup::{AuthorizePage, DOMAIN_FILES};

use super::manifest::Values;
use crate::app::{App, ZoomApp};
use crate::error::Failure;

/// Clocks that are further apart have to be set.
const APART: SignedDuration = SignedDuration::from_secs(60);

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Client id and secret.
    Secret,
    /// The redirect address.
    Redirect,
    /// This machine's clock beside Zoom's.
    Clock,
    /// Whether Zoom has challenged the webhook address, and was answered.
    Webhook,
    /// The permissions.
    Scopes,
    /// Whether a server answers at the public address.
    Server,
    /// The file by which Zoom verifies the domain.
    Domain,
}

impl What {
    /// Its name for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Secret => "Client ID and secret",
            Self::Redirect => "Redirect address",
            Self::Clock => "Clock",
            Self::Webhook => "Webhook address",
            Self::Scopes => "Permissions",
            Self::Server => "Public address",
            Self::Domain => "Domain verification",
        }
    }
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is as it has to be.
    Ok,
    /// Somebody has to do something.
    ToDo,
    /// It cannot be known yet.
    Unknown,
}

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What.
    pub what: What,
    /// What came of it.
    pub verdict: Verdict,
    /// What was found, and what to do where that is anything.
    pub says: String,
}

impl Finding {
    fn new(what: What, verdict: Verdict, says: impl Into<String>) -> Self {
        let says = says.into();
        Self {
            what,
            verdict,
            says,
        }
    }
}

/// Checks an app with Zoom, everything at once.
pub async fn run(app: &App, zoom: &ZoomApp) -> Result<Vec<Finding>, Failure> {
    let which = (zoom.own, zoom.client.client_id());
    let heard = zoom_apps::known(&mut app.read().await?, which).await?;
    Ok(findings(app, zoom, &heard, None).await)
}

/// Checks what only a running server shows: whether it answers at the public address, and with the
/// file by which Zoom verifies the domain, where the operator has set its code.
pub async fn at_the_address(app: &App, zoom: &ZoomApp, code: Option<&str>) -> Vec<Finding> {
    let server = match looked_at(app, zoom, "/healthz").await {
        Some(_) => Finding::new(What::Server, Verdict::Ok, "A server answers there."),
        None => Finding::new(
            What::Server,
            Verdict::Unknown,
            format!(
                "Nothing answers at {} when it is asked from this machine. Zoom's challenge, its events and \
                 the file for the domain need a server that runs there.",
                app.public_url()
            ),
        ),
    };
    let answers = server.verdict == Verdict::Ok;
    let domain = match code {
        None => Finding::new(
            What::Domain,
            Verdict::Unknown,
            "No code is set, which only an app that is published needs.",
        ),
        Some(_) if !answers => Finding::new(
            What::Domain,
            Verdict::Unknown,
            "Known once a server runs there.",
        ),
        Some(code) => {
            let mut found = false;
            for path in DOMAIN_FILES {
                let page = looked_at(app, zoom, path).await;
                found |= page.is_some_and(|page| page.trim() == code.trim());
            }
            if found {
                Finding::new(
                    What::Domain,
                    Verdict::Ok,
                    "The file is where Zoom looks for it.",
                )
            } else {
                Finding::new(
                    What::Domain,
                    Verdict::ToDo,
                    "The server there does not answer with the file. Set the same code for every server, \
                     restart them, and let the proxy pass /zoomverify/ on.",
                )
            }
        }
    };
    vec![server, domain]
}

async fn looked_at(app: &App, zoom: &ZoomApp, path: &str) -> Option<String> {
    let url = app.link(path).parse().ok()?;
    zoom.client.try_page(url).await.ok().flatten()
}

/// The same with what was heard of the app, and since when its webhook secret is the present one.
pub(super) async fn findings(
    app: &App,
    zoom: &ZoomApp,
    heard: &Heard,
    secret_since: Option<Timestamp>,
) -> Vec<Finding> {
    let values = super::manifest::of(app, zoom.own);
    let (credentials, page) = tokio::join!(
        zoom.client.try_credentials(&values.redirect),
        zoom.client.try_authorize_page(&values.redirect),
    );
    let known = matches!(&credentials, Ok(said) if said.accepted);
    let zooms_clock = credentials.as_ref().ok().and_then(|said| said.server_time);
    vec![
        secret(credentials.map(|said| said.accepted)),
        redirect(page, known, &values),
        clock(zooms_clock, app.now()),
        webhook(zoom, heard, secret_since, &values),
        scopes(heard),
    ]
}

fn secret(accepted: Result<bool, zoom_client::Error>) -> Finding {
    let of = |verdict, says: &str| Finding::new(What::Secret, verdict, says);
    match accepted {
        Ok(true) => of(Verdict::Ok, "Zoom accepts them."),
        Ok(false) => of(
            Verdict::ToDo,
            "Zoom does not accept them. Copy the client ID and the client secret from the app's page \
             at Zoom again, both from the same tab (development or production), and make sure that \
             the app is switched on.",
        ),
        Err(error) => Finding::new(What::Secret, Verdict::Unknown, silent(&error)),
    }
}

fn redirect(
    page: Result<AuthorizePage, zoom_client::Error>,
    known: bool,
    values: &Values,
) -> Finding {
    let of = |verdict, says: String| Finding::new(What::Redirect, verdict, says);
    match page {
        Ok(AuthorizePage::GoesOn) => of(
            Verdict::Ok,
            format!("Zoom knows {} as the app's.", values.redirect),
        ),
        Ok(AuthorizePage::WrongRedirect) => of(
            Verdict::ToDo,
            format!(
                "Zoom does not know {}. Enter exactly this as the redirect address of the app and in \
                 its allow list.",
                values.redirect
            ),
        ),
        Ok(AuthorizePage::UnknownApp) if known => of(
            Verdict::Unknown,
            "Zoom accepts the secret, but its sign-in page does not know the app. Check again in a \
             few minutes."
                .to_owned(),
        ),
        Ok(AuthorizePage::UnknownApp) => of(
            Verdict::ToDo,
            "Zoom knows no app with this client ID. Copy it from the app's page at Zoom again."
                .to_owned(),
        ),
        Ok(AuthorizePage::Unclear(status)) => of(
            Verdict::Unknown,
            format!("Zoom's sign-in page answered with status {status}. Check again later."),
        ),
        Err(error) => of(Verdict::Unknown, silent(&error)),
    }
}

fn clock(zooms: Option<Timestamp>, ours: Timestamp) -> Finding {
    let Some(zooms) = zooms else {
        let says =
            "Zoom has not told its time, so the clocks cannot be compared. Check again later.";
        return Finding::new(What::Clock, Verdict::Unknown, says);
    };
    let apart = ours.duration_since(zooms);
    if apart.abs() <= APART {
        let says = "This server and Zoom have the same time.";
        return Finding::new(What::Clock, Verdict::Ok, says);
    }
    let way = if apart.is_negative() { "slow" } else { "fast" };
    let says = format!(
        "The clock of this server is {} {way}. Whoever runs it has to set it, best by NTP: webhooks \
         that seem too old or too early are refused.",
        words(apart.abs())
    );
    Finding::new(What::Clock, Verdict::ToDo, says)
}

/// A length of time in words, in its largest unit.
fn words(length: SignedDuration) -> String {
    let (number, unit) = match length.as_secs() {
        seconds @ ..120 => (seconds, "seconds"),
        seconds @ ..7_200 => (seconds / 60, "minutes"),
        seconds @ ..172_800 => (seconds / 3_600, "hours"),
        seconds => (seconds / 86_400, "days"),
    };
    format!("{number} {unit}")
}

/// What is known of the webhook address, which only Zoom's own messages show.
pub(super) fn webhook(
    zoom: &ZoomApp,
    heard: &Heard,
    secret_since: Option<Timestamp>,
    values: &Values,
) -> Finding {
    let of = |verdict, says: &str| Finding::new(What::Webhook, verdict, says);
    if zoom.webhook_secrets.is_empty() {
        return of(
            Verdict::ToDo,
            "There is no webhook secret, so it would not be heard when somebody removes the app in Zoom. \
             Enter the secret token of the app at Zoom.",
        );
    }
    let address = &values.webhook;
    match heard.challenged_at {
        Some(at) if secret_since.is_none_or(|since| since <= at) => of(
            Verdict::Ok,
            "Zoom has challenged it, and was answered with the right secret.",
        ),
        Some(_) => of(
            Verdict::ToDo,
            "Zoom has not challenged it since the secret was changed. At Zoom, in the app's event \
             subscription, choose Validate.",
        ),
        None => Finding::new(
            What::Webhook,
            Verdict::Unknown,
            format!(
                "Known once Zoom has challenged it. At Zoom, in the app's event subscription, enter \
                 {address} and choose Validate."
            ),
        ),
    }
}

/// What is known of the permissions, which only a grant shows.
pub(super) fn scopes(heard: &Heard) -> Finding {
    let Some((scopes, _)) = &heard.granted else {
        let says = "Known once somebody has connected: Zoom names them only then.";
        return Finding::new(What::Scopes, Verdict::Unknown, says);
    };
    let missing = missing_scopes(scopes);
    if missing.is_empty() {
        let says = "Whoever connected last gave all that are needed.";
        return Finding::new(What::Scopes, Verdict::Ok, says);
    }
    let says = format!(
        "Whoever connected last did not give {}. Add them to the app's scopes at Zoom, none of them \
         optional, and connect again.",
        missing.join(", ")
    );
    Finding::new(What::Scopes, Verdict::ToDo, says)
}

/// Why Zoom has not said anything.
fn silent(error: &zoom_client::Error) -> String {
    match error.class() {
        Class::WaitUntil(_) => "Zoom is asked too often. Check again in a minute.".to_owned(),
        _ if error.status().is_some() => {
            "Zoom has trouble of its own. Check again later.".to_owned()
        }
        _ => "Zoom cannot be reached from this server. Whoever runs it has to look whether it may \
              call Zoom."
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_are_apart_are_told_by_how_much_and_which_way() {
        let zooms = Timestamp::UNIX_EPOCH;
        let at = |seconds| clock(Some(zooms), zooms + SignedDuration::from_secs(seconds));
        assert_eq!(at(60).verdict, Verdict::Ok);
        assert_eq!(at(-60).verdict, Verdict::Ok);
        for (seconds, words) in [
            (61, "61 seconds fast"),
            (-119, "119 seconds slow"),
            (7_100, "118 minutes fast"),
            (-7_200, "2 hours slow"),
            (864_000, "10 days fast"),
        ] {
            let found = at(seconds);
            assert_eq!(found.verdict, Verdict::ToDo);
            assert!(found.says.contains(words), "{}", found.says);
        }
        assert_eq!(clock(None, zooms).verdict, Verdict::Unknown);
    }
}
