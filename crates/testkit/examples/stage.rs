//! The whole program on a throw-away database, for a look from outside: prints where it answers
//! and an admin's token, and ends with Ctrl-C.

use rooms_testkit::{Settings, TestApp};

#[tokio::main]
async fn main() {
    let app = TestApp::with(Settings {
        real_time: true,
        ..Settings::default()
    })
    .await;
    let company = app.company("Halden").await;
    #[expect(clippy::print_stdout, reason = "what somebody needs to look")]
    {
        println!("{} {}", app.url(), company.admin.token);
    }
    if let Err(error) = tokio::signal::ctrl_c().await {
        eprintln!("{error}");
    }
    app.shut_down().await;
}
