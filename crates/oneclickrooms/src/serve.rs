//! `serve` and `worker`.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use rooms_app::{App, Store, companies, jobs};
use rooms_core::{Entropy, SystemClock};
use rooms_web::{Options, Web};
use tokio::net::TcpListener;
use url::Url;

use crate::config::{self, Config, Layers};
use crate::output::say;
use crate::signals::Stop;
use crate::wiring::{self, Common, Ground, Outside};

/// How long requests and jobs under way may take to end.
const LAST_WORDS: Duration = Duration::from_secs(8);

/// Runs the server until it is told to stop.
pub(crate) async fn serve(layers: &Layers) -> anyhow::Result<()> {
    let mut stop = Stop::listen()?;
    let config = Config::read(layers)?;
    let key = config.master_keys()?;
    let listener = bind(config.listen).await?;
    let at = listener.local_addr()?;
    let ground = wiring::open(&config.database, key, false).await?;
    let app = full_app(&config, &ground, at)?;
    let set_up_code = companies::is_empty(&app)
        .await?
        .then(|| code(&ground.entropy));
    let web = Web {
        app: app.clone(),
        options: Options {
            rate_limits: config.rate_limits,
            trusted_proxies: config.trusted_proxies.clone(),
            oauth_origin: config.zoom_at.oauth.origin().ascii_serialization(),
            demo: false,
            set_up_code: set_up_code.clone(),
            domain_file: config.domain_file.clone(),
        },
    };
    app.tasks().spawn(jobs::run(app.clone()));
    let mut lines = vec![ready_line(&app, at)];
    if let Some(code) = set_up_code {
        lines.push(format!(
            "There is no company yet: open {} and enter the code {code}",
            app.link("/set-up")
        ));
    }
    run(listener, web, &mut stop, &lines).await?;
    end(app, ground.store).await;
    Ok(())
}

/// Runs jobs until it is told to stop.
pub(crate) async fn worker(layers: &Layers) -> anyhow::Result<()> {
    let mut stop = Stop::listen()?;
    let config = Config::read(layers)?;
    let ground = wiring::open(&config.database, config.master_keys()?, false).await?;
    let app = full_app(&config, &ground, config.listen)?;
    app.tasks().spawn(jobs::run(app.clone()));
    say("OneClickRooms works on jobs");
    stop.wished().await;
    end(app, ground.store).await;
    Ok(())
}

/// Takes an address, or says who has it.
pub(crate) async fn bind(listen: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(listen).await.map_err(|error| {
        let variable = config::keys::LISTEN.variable();
        match error.kind() {
            io::ErrorKind::AddrInUse => anyhow!(
                "{listen} is taken by another program: stop it, or choose another port with \
                 {variable}"
            ),
            io::ErrorKind::AddrNotAvailable => {
                anyhow!("{listen} is no address of this machine: correct {variable}")
            }
            io::ErrorKind::PermissionDenied => anyhow!(
                "{listen} may not be used by this user: choose a port from 1024 on with {variable}"
            ),
            _ => anyhow!(error).context(format!("cannot listen at {listen}")),
        }
    })
}

/// Answers requests until told to stop; prints the lines once requests are accepted.
pub(crate) async fn run(
    listener: TcpListener,
    web: Web,
    stop: &mut Stop,
    lines: &[String],
) -> anyhow::Result<()> {
    let app = web.app.clone();
    let stopping = app.stop().clone();
    let serving = rooms_web::serve(listener, web, async move { stopping.cancelled().await });
    tokio::pin!(serving);
    // Requests that came in while the database was opened are answered first of all.
    let begun = tokio::select! {
        biased;
        ended = &mut serving => Some(ended),
        () = std::future::ready(()) => None,
    };
    if let Some(ended) = begun {
        return ended.context("the server ended");
    }
    for line in lines {
        say(line);
    }
    tokio::select! {
        ended = &mut serving => return ended.context("the server ended"),
        () = stop.wished() => {}
    }
    tracing::info!("stopping: requests and jobs under way are finished first");
    app.stop().cancel();
    tokio::select! {
        ended = &mut serving => ended.context("the server ended"),
        () = tokio::time::sleep(LAST_WORDS) => {
            tracing::warn!("requests that would not end were cut");
            Ok(())
        }
        // Whoever asks twice does not want to wait.
        () = stop.wished() => Ok(()),
    }
}

/// Lets jobs end, and closes the database.
pub(crate) async fn end(app: App, store: Store) {
    if tokio::time::timeout(LAST_WORDS, app.shut_down())
        .await
        .is_err()
    {
        tracing::warn!("jobs that would not end were cut; they run again after their lease");
    }
    drop(app);
    store.close().await;
}

/// The program with everything outside that is configured.
pub(crate) fn full_app(config: &Config, ground: &Ground, at: SocketAddr) -> anyhow::Result<App> {
    let public_url = match &config.public_url {
        Some(url) => url.clone(),
        None => Url::parse(&format!("http://{}", config::public_address(at)))?,
    };
    let zoom_at = wiring::zoom_at(&config.zoom_at);
    let zoom = config.zoom.as_ref();
    let zoom = zoom.map(|zoom| wiring::zoom(&zoom_at, zoom)).transpose()?;
    let outside = Outside {
        clock: Arc::new(SystemClock),
        zoom_at: Some(zoom_at),
        zoom,
        mailer: wiring::mailer(config)?,
        public_url,
    };
    Ok(wiring::app(ground, &Common::from(config), outside))
}

fn ready_line(app: &App, at: SocketAddr) -> String {
    let address = format!("http://{}", config::public_address(at));
    let public = app.link("");
    if public == address {
        format!("OneClickRooms is ready at {address}")
    } else {
        format!("OneClickRooms is ready at {address} (for people: {public})")
    }
}

/// A code for somebody to type: 60 random bits, in letters that are not mistaken for one another.
fn code(entropy: &Entropy) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let letters = entropy.bytes::<12>();
    let letters: Vec<char> = letters
        .iter()
        .filter_map(|byte| LETTERS.get(usize::from(byte % 32)))
        .map(|letter| char::from(*letter))
        .collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join("-")
}
