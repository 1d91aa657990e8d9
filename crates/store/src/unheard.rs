//! Who is invited to a booking and was written nothing of it yet, so that nobody hears only of its
//! end.

use rooms_core::{BookingId, CompanyId};
use uuid::Uuid;

use crate::error::Error;
use crate::tx::Tx;

statements! {
    ADD = "INSERT INTO unheard_invitee (id, company_id, booking_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    IS = "SELECT COUNT(*) FROM unheard_invitee WHERE company_id = $1 AND id = $2";
    HEARD = "DELETE FROM unheard_invitee WHERE company_id = $1 AND id = $2";
}

/// Notes that an invitee of a booking has heard nothing of it yet.
pub async fn add(
    tx: &mut Tx,
    id: Uuid,
    (company, booking): (CompanyId, BookingId),
) -> Result<(), Error> {
    execute!(tx, ADD, id, company.uuid(), booking.uuid())?;
    Ok(())
}

/// Whether that is still so.
pub async fn is(tx: &mut Tx, company: CompanyId, id: Uuid) -> Result<bool, Error> {
    let row = fetch_optional!(tx, (i64,), IS, company.uuid(), id)?;
    Ok(row.is_some_and(|(count,)| count > 0))
}

/// Notes that they have been written to.
pub async fn heard(tx: &mut Tx, company: CompanyId, id: Uuid) -> Result<(), Error> {
    execute!(tx, HEARD, company.uuid(), id)?;
    Ok(())
}
