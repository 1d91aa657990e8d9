//! A running server with a mail server.

use rooms_app::people::invitations::{NewInvitation, invite};
use rooms_core::Role;
use rooms_testkit::{MailSink, Settings, TestApp};

use crate::commands::over;
use crate::crash::until;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_sends_what_is_queued_in_the_name_that_was_configured() {
    let stage = TestApp::with(Settings {
        real_time: true,
        ..Settings::default()
    })
    .await;
    let company = stage.company("halden").await;
    let sink = MailSink::start().await;
    let place = over(stage.database())
        .with("ONECLICKROOMS_SMTP_URL", sink.url_for("rooms", "geheim"))
        .with("ONECLICKROOMS_MAIL_FROM", "rooms@halden.example")
        .with("ONECLICKROOMS_PUBLIC_URL", "https://rooms.example");
    let (server, _) = place.serve();
    let new = NewInvitation {
        email: "ida@halden.example".to_owned(),
        name: "Ida".to_owned(),
        role: Role::Officer,
        may_connect: false,
    };
    invite(&stage.app, &company.admin.actor, new).await.unwrap();
    until("the letter has arrived", async || {
        !sink.delivered().is_empty()
    })
    .await;
    let letter = sink.take().remove(0);
    assert_eq!(letter.from, "rooms@halden.example");
    assert_eq!(letter.to, ["ida@halden.example"]);
    let login = Some(("rooms".to_owned(), "geheim".to_owned()));
    assert_eq!(letter.login, login);
    let text = String::from_utf8(letter.message).unwrap();
    assert!(text.contains("@rooms.example>\r\n"), "its name: {text}");
    server.signal("INT");
    let (code, log) = server.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("ida@halden.example"), "{log}");
    assert!(!log.contains("geheim"), "{log}");
    stage.shut_down().await;
}
