//! Webhooks that were taken in, each once. While one waits, what it says is sealed under a key of
//! its own: Zoom writes join links and passcodes into it.

use jiff::Timestamp;
use rooms_core::ZoomAppId;
use uuid::Uuid;

use crate::error::Error;
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO inbox (id, source, dedupe_key, name, body, received_at, app_id) VALUES ($1, $2, $3, $4, $5, $6, $7) \
              ON CONFLICT (source, dedupe_key) DO NOTHING";
    GET = "SELECT body, app_id, processed_at FROM inbox WHERE id = $1";
    /// What it said is needed no longer; that it came is, against repeats.
    PROCESSED = "UPDATE inbox SET processed_at = $2, outcome = $3, body = $4 WHERE id = $1";
    PURGE = "DELETE FROM inbox WHERE processed_at IS NOT NULL AND received_at < $1";
}

/// What a body from before they were sealed begins with. A sealed one begins with the length of its
/// wrapped key, which is another number.
const CLEAR: u8 = b'{';
const BODY: &str = "inbox.body";

fn seal(tx: &Tx, id: Uuid, body: &str) -> Result<Vec<u8>, Error> {
    let (key, wrapped) = tx.sealer().passing_data_key(id)?;
    let sealed = tx.sealer().seal(&key, id, BODY, body);
    let length = u8::try_from(wrapped.len()).map_err(|_| Error::Corrupt(BODY))?;
    Ok([&[length], wrapped.as_slice(), &sealed].concat())
}

fn open(tx: &Tx, id: Uuid, body: Vec<u8>) -> Result<Vec<u8>, Error> {
    let Some((length, rest)) = body.split_first().filter(|(first, _)| **first != CLEAR) else {
        return Ok(body);
    };
    let split = rest.split_at_checked(usize::from(*length));
    let (wrapped, sealed) = split.ok_or(Error::Corrupt(BODY))?;
    let key = tx.sealer().data_key(id, wrapped)?;
    Ok(key.open(id, BODY, sealed)?.into_bytes())
}

/// Takes a webhook in; false when it was taken in before. `app` is the company's own app whose
/// secret it was verified with, where it was not the operator's.
pub async fn insert(
    tx: &mut Tx,
    (id, app): (Uuid, Option<ZoomAppId>),
    (source, dedupe_key): (&str, &[u8]),
    name: &str,
    body: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    let body = seal(tx, id, body)?;
    Ok(execute!(
        tx,
        INSERT,
        id,
        source,
        dedupe_key,
        name,
        body,
        now.as_microsecond(),
        app.map(ZoomAppId::uuid)
    )? == 1)
}

/// A webhook that waits to be processed: its body, and the company's own app it was verified for.
pub async fn waiting(tx: &mut Tx, id: Uuid) -> Result<Option<(Vec<u8>, Option<ZoomAppId>)>, Error> {
    let row = fetch_optional!(tx, (Vec<u8>, Option<Uuid>, Option<i64>), GET, id)?;
    let waits = row.filter(|(_, _, processed)| processed.is_none());
    waits
        .map(|(body, app, _)| Ok((open(tx, id, body)?, app.map(ZoomAppId::from_uuid))))
        .transpose()
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
