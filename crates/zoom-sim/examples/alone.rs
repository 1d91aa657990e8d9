//! The simulator alone, with one app: `cargo run -p zoom-sim --example alone -- 127.0.0.1:8090`.

use std::error::Error;
use std::net::SocketAddr;

use zoom_sim::{App, Options, ordinary_scopes, start};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listen = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8090".into());
    let mut options = Options::new(listen.parse::<SocketAddr>()?);
    options.apps.push(App {
        name: "Example app".into(),
        client_id: "example-id".into(),
        client_secret: "example-secret".into(),
        webhook_secret: "example-webhook-secret".into(),
        redirect_uris: vec!["http://127.0.0.1:8080/zoom_callback".into()],
        webhook_url: None,
        scopes: ordinary_scopes(),
    });
    let running = start(options).await?;
    #[expect(clippy::print_stdout, reason = "the one thing a newcomer has to know")]
    {
        println!("The Zoom simulator is at {}", running.url());
    }
    tokio::signal::ctrl_c().await?;
    running.stop().await;
    Ok(())
}
