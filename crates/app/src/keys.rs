//! Changing the master key: which key wraps how much, and wrapping it anew.
//!
//! Both work beside running servers, which open with either of two keys meanwhile.

use rooms_core::CompanyId;
use rooms_store::audit::Entry;
use rooms_store::events::By;
use rooms_store::keys;
pub use rooms_store::keys::{Held, Progress};

use crate::app::App;
use crate::audit::INSTALLATION;
use crate::error::Failure;

/// How many data keys there are, and which master keys wrap them.
pub async fn status(app: &App) -> Result<Held, Failure> {
    Ok(keys::status(app.store()).await?)
}

/// Wraps every data key with the master key that seals, and says how far it is. That some were
/// wrapped goes on record.
pub async fn rewrap(app: &App, say: impl FnMut(Progress)) -> Result<u64, Failure> {
    let done = keys::rewrap(app.store(), say).await?;
    if done > 0 {
        let (key, _) = app.sealer().key_ids();
        let input = (key.to_string(), done, app.now());
        app.store()
            .write(input, |tx, (key, done, now)| {
                Box::pin(async move {
                    let whose: CompanyId = INSTALLATION;
                    let entry = Entry::new(whose, By::Operator, "keys.rewrapped", whose, *now);
                    tx.audit(entry.with("key", key.as_str()).with("keys", *done));
                    Ok::<_, Failure>(())
                })
            })
            .await?;
    }
    Ok(done)
}
