//! Taking Zoom's webhooks in: checked on the raw bytes, stored once, answered at once.

use jiff::SignedDuration;
use rooms_core::ZoomAppId;
use rooms_core::planted::{Bug, planted};
use rooms_store::{inbox, jobs as queue, zoom_apps};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use zoom_client::webhook::{self, Event};

use crate::app::App;
use crate::error::Failure;
use crate::jobs;
use crate::zoom::apps;

/// How long processed webhooks are kept: longer than Zoom repeats them.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// Zoom checks that the address is ours: both tokens go back.
    Challenge {
        /// What Zoom sent.
        plain_token: String,
        /// Its keyed hash, in hex.
        encrypted_token: String,
    },
    /// It is stored, or was before.
    Stored,
}

/// Why a webhook was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// No app is set up here.
    #[error("no Zoom app is set up here")]
    NotConfigured,
    /// It is not signed by Zoom for us.
    #[error("the signature does not fit")]
    BadSignature,
    /// It was signed too long ago, or in the future.
    #[error("the signature is too old or too early")]
    Stale,
    /// It is signed, and cannot be read.
    #[error("the body cannot be read")]
    Unreadable,
    /// The database failed: Zoom will send it again.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<rooms_store::Error> for NotTaken {
    fn from(error: rooms_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Whose secrets a webhook is checked with.
struct Verifier {
    own: Option<ZoomAppId>,
    client_id: String,
    secrets: Vec<SecretString>,
}

/// The app whose address a webhook came to: the operator's, or a company's own.
async fn verifier(app: &App, own: Option<ZoomAppId>) -> Result<Option<Verifier>, NotTaken> {
    let Some(id) = own else {
        let zoom = app.zoom().ok_or(NotTaken::NotConfigured)?;
        return Ok(Some(Verifier {
            own,
            client_id: zoom.client.client_id().to_owned(),
            secrets: zoom.webhook_secrets.clone(),
        }));
    };
    let known = zoom_apps::by_id(&mut app.read().await?, id).await?;
    Ok(known.map(|known| Verifier {
        own,
        secrets: apps::webhook_secrets(&known),
        client_id: known.client_id,
    }))
}

/// A webhook as it came.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    /// The header with the time of signing.
    pub timestamp: &'a str,
    /// The header with the signature.
    pub signature: &'a str,
    /// The raw bytes.
    pub body: &'a [u8],
}

impl Sent<'_> {
    fn is_signed_with(&self, secrets: &[SecretString]) -> bool {
        webhook::verify(secrets, self.timestamp, self.signature, self.body).is_ok()
    }

    /// What knows it again. The operator's app and those of companies may be told the same.
    fn dedupe_key(&self, own: Option<ZoomAppId>) -> [u8; 32] {
        let mut hash = Sha256::new();
        if let Some(own) = own {
            hash.update(own.uuid().as_bytes());
        }
        hash.update(self.body);
        hash.finalize().into()
    }
}

/// Takes a webhook in that came to the address of an app: the operator's, or a company's own. An
/// app that there is not is a signature that does not fit, so that nobody learns which there are.
///
/// <https://developers.zoom.us/docs/api/webhooks/#verify-webhook-events>
pub async fn take(app: &App, own: Option<ZoomAppId>, sent: Sent<'_>) -> Result<Taken, NotTaken> {
    let now = app.now();
    let verifier = verifier(app, own).await?;
    let secrets = verifier
        .as_ref()
        .map_or(&[][..], |verifier| &verifier.secrets);
    if secrets.is_empty() {
        // As much work as with a secret.
        let _ = sent.is_signed_with(&[SecretString::from("")]);
    }
    let secret = secrets
        .iter()
        .find(|secret| sent.is_signed_with(std::slice::from_ref(*secret)));
    let (Some(verifier), Some(secret)) = (&verifier, secret) else {
        return Err(NotTaken::BadSignature);
    };
    app.webhook_window()
        .check(sent.timestamp, now)
        .map_err(|_| NotTaken::Stale)?;
    let envelope = webhook::parse(sent.body).map_err(|_| NotTaken::Unreadable)?;
    let which = (verifier.own, verifier.client_id.clone());
    if let Event::UrlValidation { plain_token } = envelope.event {
        let encrypted_token = webhook::validation_answer(secret, &plain_token);
        challenged(app, which).await;
        return Ok(Taken::Challenge {
            plain_token,
            encrypted_token,
        });
    }
    let id = app.new_id();
    let mut dedupe_key = sent.dedupe_key(verifier.own);
    if planted(Bug::DropDedupe) {
        dedupe_key = Sha256::digest(id).into();
    }
    let body = std::str::from_utf8(sent.body).map_err(|_| NotTaken::Unreadable)?;
    let input = (id, which, dedupe_key, envelope.name, body.to_owned(), now);
    let stored = app
        .store()
        .write(
            input,
            |tx, (id, (own, client_id), dedupe_key, name, body, now)| {
                Box::pin(async move {
                    let known = ("zoom", dedupe_key.as_slice());
                    if inbox::insert(tx, (*id, *own), known, name, body, *now).await? {
                        queue::enqueue(tx, jobs::INBOX, *id, None, "", (*now, *now)).await?;
                        zoom_apps::heard(tx, (*own, client_id), *now).await?;
                    }
                    Ok::<_, NotTaken>(())
                })
            },
        )
        .await;
    if !planted(Bug::AcknowledgeFirst) {
        stored?;
    }
    Ok(Taken::Stored)
}

/// Remembers that a challenge was answered. Zoom gets its answer in any case.
async fn challenged(app: &App, which: (Option<ZoomAppId>, String)) {
    let noted = app
        .store()
        .write((which, app.now()), |tx, ((own, client_id), now)| {
            Box::pin(zoom_apps::challenged(tx, (*own, client_id), *now))
        })
        .await;
    if let Err(error) = noted {
        tracing::warn!(%error, "a challenge of Zoom's was answered and not remembered");
    }
}
