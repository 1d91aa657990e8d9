//! `demo`: server and simulated Zoom on a seeded company, all in one folder.

mod company;
mod folder;
mod week;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context as _;
use rooms_app::{App, DatabaseUrl, Store, jobs};
use rooms_core::booking::policy::LATE_START;
use rooms_core::connection::Connection;
use rooms_core::{Entropy, SimClock, SystemClock};
use rooms_store::connections;
use rooms_web::proxies::Proxies;
use rooms_web::{Options, Web};
use secrecy::SecretString;
use url::Url;
use zoom_client::webhook::Window;
use zoom_sim::{Running, StartError};

use crate::config::{self, Database, Layers, Zoom, ZoomAddresses};
use crate::serve::{self, bind};
use crate::signals::Stop;
use crate::simulator::registered;
use crate::wiring::{self, Common, Ground, Outside, now};
use company::{PEOPLE, Seeded};
use folder::Folder;

const CLIENT_ID: &str = "oneclickrooms-demo";

/// Runs the demo until it is told to stop. With `reset` it begins again.
pub(crate) async fn run(layers: &Layers, reset: bool) -> anyhow::Result<()> {
    let mut stop = Stop::listen()?;
    let listen = config::one(layers, config::Reader::listen)?;
    let rate_limits = config::one(layers, config::Reader::rate_limits)?;
    let listener = bind(listen).await?;
    let at = listener.local_addr()?;
    let public_url = match config::one(layers, |reader| reader.public_url(None))? {
        Some(url) => url,
        None => Url::parse(&format!("http://{}", config::public_address(at)))?,
    };

    let mut folder = Folder::open("oneclickrooms-demo".as_ref(), &Entropy::System, reset)?;
    let (sim, moved) = start_zoom(&mut folder, &public_url).await?;
    let database = Database {
        url: DatabaseUrl::Sqlite(folder.database()),
        chosen: true,
    };
    let ground = wiring::open(&database, folder.master_key()?, true).await?;
    let zoom_at = wiring::zoom_at(&ZoomAddresses {
        oauth: sim.url().clone(),
        api: sim.url().clone(),
        api_chosen: true,
    });
    let zoom = Zoom {
        client_id: CLIENT_ID.to_owned(),
        client_secret: SecretString::from(folder.state.client_secret.clone()),
        webhook_secrets: vec![SecretString::from(folder.state.webhook_secret.clone())],
        confirms_deletion: false,
    };
    let zoom = wiring::zoom(&zoom_at, &zoom)?;
    let common = Common {
        support_email: "support@oneclickrooms.com".to_owned(),
        webhook_window: Window::default(),
    };
    seed(&mut folder, &ground, &common, &public_url).await?;
    let app = wiring::app(
        &ground,
        &common,
        Outside {
            clock: Arc::new(SystemClock),
            zoom_at: Some(zoom_at),
            zoom: Some(zoom),
            public_url,
            mailer: None,
        },
    );
    let lines = welcome(&app, &sim, moved).await?;
    let web = Web {
        app: app.clone(),
        options: Options {
            rate_limits,
            trusted_proxies: Proxies::default(),
            oauth_origin: sim.url().origin().ascii_serialization(),
            demo: true,
            set_up_code: None,
            domain_file: None,
        },
    };
    app.tasks().spawn(jobs::run(app.clone()));
    let ended = serve::run(listener, web, &mut stop, &lines).await;
    serve::end(app, ground.store).await;
    sim.stop().await;
    ended
}

/// Starts the simulator where it was the last time, since links lead there, or else on any port.
/// Gives the earlier port when another program has it now.
async fn start_zoom(
    folder: &mut Folder,
    public_url: &Url,
) -> anyhow::Result<(Running, Option<u16>)> {
    let options = |port| {
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut options = zoom_sim::Options::new(at);
        options.data_file = Some(folder.zoom());
        options.seed = folder.state.zoom_seed;
        options.apps = vec![registered(
            (CLIENT_ID, &folder.state.client_secret),
            &folder.state.webhook_secret,
            public_url,
        )];
        options
    };
    let earlier = folder.state.zoom_port;
    let (sim, moved) = match zoom_sim::start(options(earlier)).await {
        Err(StartError::AddressInUse(_)) => (zoom_sim::start(options(0)).await?, Some(earlier)),
        started => (started?, None),
    };
    let port = sim.url().port().context("the simulator has no port")?;
    if port != earlier {
        folder.change(|state| state.zoom_port = port)?;
    }
    Ok((sim, moved))
}

/// Makes the company the first time, and the weeks that are still missing.
async fn seed(
    folder: &mut Folder,
    ground: &Ground,
    common: &Common,
    public_url: &Url,
) -> anyhow::Result<()> {
    let now = now();
    let missing = week::missing(now, &folder.state.weeks);
    if folder.state.seeded && missing.is_empty() {
        return Ok(());
    }
    // The company has been at work since Monday: its clock stands where the booking is made.
    let clock = Arc::new(SimClock::at(now));
    let outside = Outside {
        clock: Arc::<SimClock>::clone(&clock),
        ..Outside::none(public_url.clone())
    };
    let app = wiring::app(ground, common, outside);
    let seeded = if folder.state.seeded {
        Seeded::find(&app).await?
    } else {
        clock.set(week::founded(now));
        company::found(&app).await?
    };
    clock.set(week::planned(now));
    for monday in &missing {
        week::fill(&app, &seeded, *monday).await?;
    }
    if !folder.state.seeded {
        clock.set(now.saturating_sub(LATE_START * 2)?);
        week::today(&app, &seeded, now).await?;
    }
    folder.change(|state| {
        state.seeded = true;
        state.weeks.extend(missing);
    })
}

/// What a newcomer has to know.
async fn welcome(app: &App, sim: &Running, moved: Option<u16>) -> anyhow::Result<Vec<String>> {
    let zoom = sim.url().as_str().trim_end_matches('/').to_owned();
    let mut lines = vec![
        format!("OneClickRooms is ready at {}", app.link("")),
        format!("The simulated Zoom is at {zoom}, with sign-in names of its own"),
    ];
    if let Some(port) = moved {
        lines.push(format!(
            "Another program has port {port} now: join links made before lead nowhere"
        ));
    }
    lines.push(String::new());
    lines.push("Sign in as one of".to_owned());
    lines.extend(people(app.store()).await?);
    lines.push(String::new());
    lines.push("What to try".to_owned());
    lines.push("  1. Sign in as Mara, open Settings > Connect Apps and connect Zoom.".to_owned());
    lines.push(
        "  2. On Home, book a free room with Zoom: the link comes within a second.".to_owned(),
    );
    lines.push(format!(
        "  3. Disconnect, or remove the app at {zoom}, and see what happens to the link."
    ));
    lines.push(String::new());
    lines.push(
        "Ctrl-C ends it. The data stays in ./oneclickrooms-demo; --reset begins again.".to_owned(),
    );
    Ok(lines)
}

/// One line each: address, password, who it is; whoever has yet to connect Zoom comes first.
async fn people(store: &Store) -> anyhow::Result<Vec<String>> {
    let mut tx = store.read().await?;
    let mut lines = Vec::new();
    for person in PEOPLE {
        let mut connected = false;
        if let Some(found) = rooms_store::people::anywhere(&mut tx, person.email).await? {
            let current = connections::current(&mut tx, found.company, found.id).await?;
            connected = current.iter().any(Connection::is_active);
        }
        let zoom = if connected {
            "connected to Zoom"
        } else {
            person.zoom
        };
        let line = format!(
            "  {:<22}{}   {}, {}: {zoom}",
            person.email,
            company::PASSWORD,
            person.name,
            person.role.as_str(),
        );
        lines.push((connected, line));
    }
    lines.sort_by_key(|(connected, _)| *connected);
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}
