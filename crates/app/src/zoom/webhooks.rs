//! Taking Zoom's webhooks in: checked on the raw bytes, stored once, answered at once.

use jiff::SignedDuration;
use rooms_store::{inbox, jobs as queue};
use sha2::{Digest, Sha256};
use zoom_client::webhook::{self, Event};

use crate::app::App;
use crate::error::Failure;
use crate::jobs;

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

/// Takes a webhook in. `timestamp` and `signature` are the headers as sent, `body` the raw bytes.
///
/// <https://developers.zoom.us/docs/api/webhooks/#verify-webhook-events>
pub async fn take(
    app: &App,
    timestamp: &str,
    signature: &str,
    body: &[u8],
) -> Result<Taken, NotTaken> {
    let zoom = app.zoom().ok_or(NotTaken::NotConfigured)?;
    let now = app.now();
    webhook::verify(&zoom.webhook_secrets, timestamp, signature, body)
        .map_err(|_| NotTaken::BadSignature)?;
    app.webhook_window()
        .check(timestamp, now)
        .map_err(|_| NotTaken::Stale)?;
    let envelope = webhook::parse(body).map_err(|_| NotTaken::Unreadable)?;
    if let Event::UrlValidation { plain_token } = envelope.event {
        let secret = zoom.webhook_secrets.iter().find(|secret| {
            webhook::verify(std::slice::from_ref(*secret), timestamp, signature, body).is_ok()
        });
        let secret = secret.ok_or(NotTaken::BadSignature)?;
        let encrypted_token = webhook::validation_answer(secret, &plain_token);
        return Ok(Taken::Challenge {
            plain_token,
            encrypted_token,
        });
    }
    let dedupe_key: [u8; 32] = Sha256::digest(body).into();
    let text = std::str::from_utf8(body).map_err(|_| NotTaken::Unreadable)?;
    let input = (
        app.new_id(),
        dedupe_key,
        envelope.name,
        text.to_owned(),
        now,
    );
    app.store()
        .write(input, |tx, (id, dedupe_key, name, body, now)| {
            Box::pin(async move {
                if inbox::insert(tx, *id, ("zoom", dedupe_key), name, body, *now).await? {
                    queue::enqueue(tx, jobs::INBOX, *id, None, "", (*now, *now)).await?;
                }
                Ok::<_, rooms_store::Error>(())
            })
        })
        .await?;
    Ok(Taken::Stored)
}
