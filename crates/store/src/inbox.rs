//! Webhooks that were taken in, each once.

use jiff::Timestamp;
use uuid::Uuid;

use crate::error::Error;
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO inbox (id, source, dedupe_key, name, body, received_at) VALUES ($1, $2, $3, $4, $5, $6) \
              ON CONFLICT (source, dedupe_key) DO NOTHING";
    GET = "SELECT body, received_at, processed_at FROM inbox WHERE id = $1";
    /// What it said is needed no longer; that it came is, against repeats.
    PROCESSED = "UPDATE inbox SET processed_at = $2, outcome = $3, body = $4 WHERE id = $1";
    PURGE = "DELETE FROM inbox WHERE processed_at IS NOT NULL AND received_at < $1";
}

/// Takes a webhook in; false when it was taken in before.
pub async fn insert(
    tx: &mut Tx,
    id: Uuid,
    (source, dedupe_key): (&str, &[u8]),
    name: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<bool, Error> {
    Ok(execute!(
        tx,
        INSERT,
        id,
        source,
        dedupe_key,
        name,
        body,
        now.as_microsecond()
    )? == 1)
}

/// The body of a webhook that waits to be processed.
pub async fn waiting(tx: &mut Tx, id: Uuid) -> Result<Option<Vec<u8>>, Error> {
    let row = fetch_optional!(tx, (Vec<u8>, i64, Option<i64>), GET, id)?;
    Ok(row.and_then(|(body, _, processed)| processed.is_none().then_some(body)))
}

/// Notes what came of a webhook, and forgets what it said.
pub async fn processed(tx: &mut Tx, id: Uuid, outcome: &str, now: Timestamp) -> Result<(), Error> {
    let nothing: &[u8] = &[];
    execute!(tx, PROCESSED, id, now.as_microsecond(), outcome, nothing)?;
    Ok(())
}

/// Forgets processed webhooks received before an instant; keep them longer than Zoom repeats.
pub async fn purge(tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
    execute!(tx, PURGE, before.as_microsecond())
}
