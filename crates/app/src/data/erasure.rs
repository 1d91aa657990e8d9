//! Erasing what came from Zoom once a connection has ended: at once where the app was removed in
//! Zoom, unless the company says otherwise.

use jiff::{SignedDuration, Timestamp};
use rooms_core::connection::{Connection, EndedBy};
use rooms_core::retention::Kept;
use rooms_store::audit::Entry;
use rooms_store::events::By;
use rooms_store::{Tx, erasure, retention};

use crate::error::Failure;

/// Erases what came from Zoom about the person of a connection that has just ended, or says when.
pub(crate) async fn connection_ended(
    tx: &mut Tx,
    ended: &Connection,
    by: EndedBy,
    now: Timestamp,
) -> Result<(), Failure> {
    let kept = kept_as(Some(by));
    let days = retention::days(tx, ended.company).await?;
    let days = days.get(&kept).copied().unwrap_or_default();
    if days == 0 {
        return erase(tx, ended, now).await;
    }
    let at = now.saturating_add(SignedDuration::from_hours(24 * days));
    Ok(erasure::plan(tx, ended, at.unwrap_or(now)).await?)
}

/// What the setting calls what is kept of a connection.
pub(super) fn kept_as(by: Option<EndedBy>) -> Kept {
    match by {
        Some(EndedBy::Zoom) => Kept::ZoomRemoved,
        Some(EndedBy::User | EndedBy::System) | None => Kept::ZoomEnded,
    }
}

/// Erases it, and puts on record that it was.
pub(crate) async fn erase(tx: &mut Tx, ended: &Connection, now: Timestamp) -> Result<(), Failure> {
    if erasure::erase(tx, ended, now).await? {
        let entry = Entry::new(ended.company, By::System, "data.zoom_erased", ended.id, now);
        tx.audit(entry.with("person", ended.person.to_string()));
    }
    Ok(())
}
