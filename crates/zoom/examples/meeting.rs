//! A meeting from consent to deletion, against the simulator: `cargo run -p zoom-client --example
//! meeting`. For Zoom itself leave out the first and the last part, and let a browser do what
//! `consent` does.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use url::Url;
use zoom_client::{
    Access, ApiUrlPolicy, Class, Client, Config, MeetingDraft, MeetingPatch, MeetingSettings, pkce,
};
use zoom_sim::{App, Options, Running, ordinary_scopes};

const CALLBACK: &str = "http://127.0.0.1:8080/zoom_callback";
/// Of your own making, 43 to 128 characters at random.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

#[cfg_attr(test, expect(dead_code, reason = "a test calls what it does"))]
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let told = life_of_a_meeting().await?;
    #[expect(clippy::print_stdout, reason = "an example shows what it did")]
    for line in told {
        println!("{line}");
    }
    Ok(())
}

/// What happened, line by line.
pub(crate) async fn life_of_a_meeting() -> Result<Vec<String>, Box<dyn Error>> {
    let simulator = simulator().await?;
    let mut told = Vec::new();

    let zoom = Client::new(Config {
        oauth_url: simulator.url().clone(),
        api_url: simulator.url().clone(),
        client_id: "example-id".to_owned(),
        client_secret: "example-secret".into(),
        follow_api_url: ApiUrlPolicy::SameOrigin,
        timeout: Duration::from_secs(10),
    })?;

    // Out to Zoom and back. The state has to be the one that was sent.
    let page = zoom.authorize_url(CALLBACK, "state-1", &pkce::challenge(VERIFIER));
    let back = consent(&page).await?;
    let answer = |name: &str| {
        let mut pairs = back.query_pairs();
        let found = pairs.find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    if answer("state") != "state-1" {
        return Err("an answer to somebody else's question".into());
    }

    // Both tokens are stored before they are used: the refresh token works once.
    let tokens = zoom
        .exchange_code(&answer("code"), CALLBACK, VERIFIER)
        .await?;
    let tokens = zoom.refresh(&tokens.refresh_token).await?;
    let access = Access {
        token: tokens.access_token,
        api_url: tokens.api_url,
        caller: None,
    };
    let me = zoom.me(&access).await?;
    told.push(format!(
        "connected as {}",
        me.display_name.unwrap_or_default()
    ));

    let draft = MeetingDraft {
        topic: "Weekly".to_owned(),
        agenda: "What is new".to_owned(),
        start_time: "2030-12-01T09:00:00Z".parse()?,
        duration_minutes: 30,
        time_zone: "Europe/Berlin".to_owned(),
        settings: MeetingSettings {
            waiting_room: true,
            ..MeetingSettings::default()
        },
    };
    let meeting = match zoom.create_meeting(&access, &draft).await {
        Ok(meeting) => meeting,
        Err(error) if error.outcome_unknown() => {
            // It may exist: look for your mark in the agendas before making another.
            let listed = zoom.scheduled_meetings(&access).await?;
            let found = listed.into_iter().find(|m| m.topic == draft.topic);
            zoom.meeting(&access, found.ok_or(error)?.id).await?
        }
        Err(error) => return Err(error.into()),
    };
    told.push(format!("made {}", meeting.topic));
    let otherwise = meeting.differences(&draft.settings);
    told.push(format!("{} settings are not as asked", otherwise.len()));

    let later = MeetingPatch {
        start_time: Some("2030-12-01T10:00:00Z".parse()?),
        ..MeetingPatch::default()
    };
    zoom.update_meeting(&access, meeting.id, &later).await?;
    // A change answers nothing, so it is read back.
    let changed = zoom.meeting(&access, meeting.id).await?;
    told.push(format!(
        "moved to {}",
        changed.start_time.unwrap_or_default()
    ));

    zoom.delete_meeting(&access, meeting.id).await?;
    match zoom.delete_meeting(&access, meeting.id).await {
        Err(error) if error.class() == Class::NotFound => told.push("deleted".to_owned()),
        other => other?,
    }
    zoom.revoke(&access.token).await?;
    told.push("disconnected".to_owned());

    simulator.stop().await;
    Ok(told)
}

/// A Zoom with one registered app.
async fn simulator() -> Result<Running, Box<dyn Error>> {
    let mut options = Options::new(SocketAddr::from(([127, 0, 0, 1], 0)));
    options.apps.push(App {
        name: "Example app".into(),
        client_id: "example-id".into(),
        client_secret: "example-secret".into(),
        webhook_secret: "example-webhook-secret".into(),
        redirect_uris: vec![CALLBACK.into()],
        webhook_url: None,
        scopes: ordinary_scopes(),
    });
    Ok(zoom_sim::start(options).await?)
}

/// What a person does in the browser: signs in to Zoom and allows the app.
async fn consent(page: &Url) -> Result<Url, Box<dyn Error>> {
    // Somebody else in this process may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let browser = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()?;
    let who = [
        ("email", "mara@halden.example"),
        ("password", "zoom-demo"),
        ("return", "/console"),
    ];
    let signed_in = browser
        .post(page.join("/oauth/signin")?)
        .form(&who)
        .send()
        .await?;
    let cookie = signed_in.headers().get(SET_COOKIE).ok_or("no session")?;
    let cookie = cookie.to_str()?.split(';').next().unwrap_or_default();
    let allowed = browser
        .post(page.clone())
        .header(COOKIE, cookie)
        .form(&[("answer", "allow"), ("case", "")])
        .send()
        .await?;
    let back = allowed.headers().get(LOCATION).ok_or("not sent back")?;
    Ok(back.to_str()?.parse()?)
}
