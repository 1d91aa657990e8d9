//! Connecting the same Zoom user again: what its earlier connections left behind is looked after
//! again.
//!
//! Only for the same person, under the same client id, with the same user of the same Zoom account:
//! anybody else could neither read nor delete those meetings.

use jiff::Timestamp;
use rooms_core::connection::Connection;
use rooms_core::meeting::{Meeting, MeetingState};
use rooms_core::{CompanyId, ConnectionId};
use rooms_store::audit::Entry;
use rooms_store::events::{self, By};
use rooms_store::{Change, Tx, leaving, meetings, notices};

use crate::error::Failure;
use crate::jobs;

/// Takes back the links that ended connections left behind. A kept one is compared with Zoom before
/// anything else is done with it; one that was never made is made now.
pub(super) async fn take_back(
    tx: &mut Tx,
    connection: &Connection,
    now: Timestamp,
) -> Result<(), Failure> {
    let (company, by) = (connection.company, By::Person(connection.person));
    let mut links = 0;
    for id in leaving::left_behind(tx, connection, now).await? {
        let Some(mut meeting) = meetings::lock(tx, company, id).await? else {
            continue;
        };
        if !resumes(&mut meeting, now) {
            continue;
        }
        leaving::take_back(tx, (company, id), connection.id, now).await?;
        meetings::store(tx, &meeting, now).await?;
        jobs::queue_meeting(tx, company, id, now).await?;
        let about = meeting.booking.uuid();
        events::insert(tx, (company, about), "meeting.taken_back", by, "", now).await?;
        notices::dismiss_about(tx, company, connection.person, about, now).await?;
        tx.tell(Change::Booking(meeting.booking));
        links += 1;
    }
    if links > 0 {
        let detail = match links {
            1 => "1 link follows its booking again".to_owned(),
            links => format!("{links} links follow their bookings again"),
        };
        let person = connection.person;
        let entry = Entry::new(company, by, "zoom.taken_back", connection.id, now)
            .with("person", person.to_string())
            .with("meetings", links);
        events::record(tx, entry, person.uuid(), &detail).await?;
    }
    Ok(())
}

fn resumes(meeting: &mut Meeting, now: Timestamp) -> bool {
    match meeting.state {
        MeetingState::Detached => {
            meeting.state = MeetingState::Ready;
            meeting.look_since = Some(now);
            meeting.left_by = None;
            true
        }
        // What was deleted in Zoom is made again only when somebody asks for it.
        MeetingState::Failed if meeting.gone_at.is_none() && meeting.zoom_id.is_none() => {
            meeting.start_over();
            true
        }
        _ => false,
    }
}

/// The Zoom user of a connection has moved to another Zoom account: whether its meetings came along
/// is seen by reading them.
pub(super) async fn look_at_all(
    tx: &mut Tx,
    (company, connection): (CompanyId, ConnectionId),
    now: Timestamp,
) -> Result<(), Failure> {
    for meeting in meetings::of_connection(tx, company, connection).await? {
        let Some(mut meeting) = meetings::lock(tx, company, meeting.id).await? else {
            continue;
        };
        if meeting.state == MeetingState::Ready {
            meeting.look_since = Some(now);
            meetings::store(tx, &meeting, now).await?;
        }
    }
    Ok(())
}
