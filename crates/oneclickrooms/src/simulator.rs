//! `zoom-sim`: the simulated Zoom on its own.

use url::Url;
use zoom_sim::{App, Options, Scenario, ordinary_scopes, start};

use crate::cli::ZoomSim;
use crate::config::{self, Layers, keys, text};
use crate::output::say;
use crate::signals::Stop;

/// What the app is called on the consent page.
pub(crate) const APP_NAME: &str = "OneClickRooms";

/// An app as it would be registered at Zoom for a server at this address.
pub(crate) fn registered(
    (client_id, client_secret): (&str, &str),
    webhook_secret: &str,
    public_url: &Url,
) -> App {
    let link = |path: &str| format!("{}{path}", public_url.as_str().trim_end_matches('/'));
    App {
        name: APP_NAME.to_owned(),
        client_id: client_id.to_owned(),
        client_secret: client_secret.to_owned(),
        webhook_secret: webhook_secret.to_owned(),
        redirect_uris: vec![link("/zoom_callback")],
        webhook_url: Some(link("/webhooks/zoom")),
        scopes: ordinary_scopes(),
    }
}

/// Runs the simulator until it is told to stop, with the app that the configuration names.
pub(crate) async fn run(layers: &Layers, sim: ZoomSim) -> anyhow::Result<()> {
    let mut stop = Stop::listen()?;
    let scenario = sim.scenario.as_deref().map(Scenario::read).transpose()?;
    let public_url = if let Some(url) = text(layers, &keys::PUBLIC_URL) {
        url.parse()?
    } else {
        let listen = config::one(layers, config::Reader::listen)?;
        Url::parse(&format!("http://{}", config::public_address(listen)))?
    };
    let client_id = text(layers, &keys::ZOOM_CLIENT_ID).unwrap_or("demo-client-id");
    let client_secret = text(layers, &keys::ZOOM_CLIENT_SECRET).unwrap_or("demo-client-secret");
    // While two secrets are configured, Zoom still signs with the first.
    let webhook_secret = text(layers, &keys::ZOOM_WEBHOOK_SECRET)
        .and_then(|secrets| secrets.split(',').next())
        .unwrap_or("demo-webhook-secret");
    let mut options = Options::new(sim.listen);
    options.data_file = sim.data;
    options.apps = vec![registered(
        (client_id, client_secret),
        webhook_secret,
        &public_url,
    )];
    if let Some(scenario) = &scenario
        && !scenario.about().is_empty()
    {
        say(scenario.about());
    }
    options.scenario = scenario;
    let running = start(options).await?;
    say(&format!(
        "The Zoom simulator is ready at {}",
        running.url().as_str().trim_end_matches('/')
    ));
    say(&format!(
        "Its app is {client_id:?}, for a server at {public_url}"
    ));
    stop.wished().await;
    running.stop().await;
    Ok(())
}
