//! Every Zoom meeting of a company, for its admins.

use jiff::Timestamp;
use rooms_core::{Actor, MeetingRecordId};
use rooms_store::meetings::listing;
pub use rooms_store::meetings::listing::{Count, Filter, Listed};

use crate::app::App;
use crate::companies::admins_only;
use crate::error::Failure;

/// A page of the list, and how many meetings there are of each state. Admins only.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: Filter<'_>,
    after: Option<(Timestamp, MeetingRecordId)>,
    limit: i64,
) -> Result<(Vec<Listed>, Vec<Count>), Failure> {
    admins_only(actor)?;
    let mut tx = app.read().await?;
    let listed = listing::list(&mut tx, actor.company, filter, after, limit).await?;
    let counts = listing::count(&mut tx, actor.company, filter).await?;
    Ok((listed, counts))
}
