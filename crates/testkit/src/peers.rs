//! Who the program talks to in a test: the simulator as its Zoom, and its mail server.

#![expect(
    clippy::expect_used,
    reason = "a test whose stage does not stand has failed"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rooms_app::mail::Mailer;
use rooms_app::mail::smtp::Smtp;
use rooms_core::Clock;
use secrecy::SecretString;
use url::Url;
use zoom_client::webhook::sign;

use crate::app::{CLIENT_ID, CLIENT_SECRET, MAIL_FROM, TestApp, WEBHOOK_SECRET};
use crate::http::Answer;
use crate::mail::MailSink;

/// The real mailer, towards the mail server of a test.
pub(crate) fn mailer(sink: &MailSink, patience: Duration) -> Arc<dyn Mailer> {
    let smtp = Smtp::new(&sink.url(), MAIL_FROM, rooms_web::letters::write, patience);
    Arc::new(smtp.expect("a way to the mail server"))
}

/// A simulator that knows the product under this address as its one app.
pub(crate) async fn simulator(
    product: &Url,
    users: Vec<zoom_sim::SimUser>,
    clock: Arc<dyn Clock>,
) -> zoom_sim::Running {
    let mut options = zoom_sim::Options::new(SocketAddr::from(([127, 0, 0, 1], 0)));
    options.users.extend(users);
    options.clock = Arc::new(move || clock.now());
    options.apps = vec![zoom_sim::App {
        name: "OneClickRooms".to_owned(),
        client_id: CLIENT_ID.to_owned(),
        client_secret: CLIENT_SECRET.to_owned(),
        webhook_secret: WEBHOOK_SECRET.to_owned(),
        redirect_uris: vec![product.join("/zoom_callback").expect("an address").into()],
        webhook_url: Some(product.join("/webhooks/zoom").expect("an address").into()),
        scopes: zoom_sim::ordinary_scopes(),
    }];
    zoom_sim::start(options).await.expect("a simulator")
}

impl TestApp {
    /// A webhook as Zoom sends it, signed with a secret at an instant.
    pub async fn webhook(&self, secret: &str, signed_at: Timestamp, body: &[u8]) -> Answer {
        self.webhook_at("/webhooks/zoom", (secret, signed_at), body)
            .await
    }

    /// The same to an address, such as that of a company's own app.
    pub async fn webhook_at(
        &self,
        path: &str,
        (secret, signed_at): (&str, Timestamp),
        body: &[u8],
    ) -> Answer {
        let timestamp = signed_at.as_second().to_string();
        let signature = sign(&SecretString::from(secret), &timestamp, body);
        let zoom = self.anonymous();
        let request = zoom
            .request(reqwest::Method::POST, path)
            .header("content-type", "application/json")
            .header("x-zm-request-timestamp", timestamp)
            .header("x-zm-signature", signature)
            .body(body.to_vec());
        zoom.send(request).await
    }
}
