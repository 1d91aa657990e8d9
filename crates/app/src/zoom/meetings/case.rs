//! What a step is decided on: the record with its booking, its connection and its attempts.

use jiff::Timestamp;
use rooms_core::booking::{Booking, Conference};
use rooms_core::connection::Connection;
use rooms_core::meeting::{Facts, Meeting, MeetingState, Promise, Situation};
use rooms_core::{CompanyId, MeetingRecordId};
use rooms_store::meetings::{attempts, promises};
use rooms_store::{bookings, connections, meetings};
use uuid::Uuid;

use crate::app::App;
use crate::error::Failure;

/// Everything a step is decided on.
pub(super) struct Case {
    pub(super) meeting: Meeting,
    pub(super) booking: Booking,
    pub(super) connection: Connection,
    /// What is promised of a meeting that is made now.
    pub(super) promise: Promise,
    /// The oldest attempt whose outcome is not known.
    pub(super) open_attempt: Option<(Uuid, Timestamp)>,
    /// Every attempt, with when it began.
    pub(super) attempts: Vec<(Uuid, Timestamp)>,
    /// When what may turn up late is looked for.
    pub(super) sweep_at: Option<Timestamp>,
}

impl Case {
    /// Whether the booking wants a meeting by this record.
    pub(super) fn wanted(&self) -> bool {
        self.booking.state.takes_the_room()
            && self.booking.conference == Some(Conference::Zoom)
            && self.meeting.state != MeetingState::Removing
    }

    /// Whether the booking has ended.
    pub(super) fn over(&self, now: Timestamp) -> bool {
        self.booking.slot.ends_at <= now
    }

    /// What the decision rests on.
    pub(super) fn situation(&self, now: Timestamp) -> Situation {
        Situation {
            state: self.meeting.state,
            wanted: self.wanted(),
            known: self.meeting.zoom_id.is_some(),
            open_attempt: self.open_attempt.is_some(),
            // What has ended is history: Zoom is not told any more.
            stale: self.meeting.synced_revision < self.booking.revision && !self.ended_ready(now),
            look: self.meeting.look_since.is_some(),
            late: self.sweep_at.is_some_and(|at| at <= now),
        }
    }

    fn ended_ready(&self, now: Timestamp) -> bool {
        self.meeting.state == MeetingState::Ready && self.over(now)
    }
}

/// What Zoom is told of a booking.
pub(crate) fn facts(booking: &Booking) -> Facts {
    Facts {
        topic: booking.title.clone(),
        starts_at: booking.slot.starts_at,
        minutes: booking.slot.minutes().max(1),
        zone: booking.zone.name().to_owned(),
    }
}

/// Reads the case as it stands; `None` when the record is gone.
pub(super) async fn load(
    app: &App,
    company: CompanyId,
    id: MeetingRecordId,
) -> Result<Option<Case>, Failure> {
    let mut tx = app.read().await?;
    let Some(meeting) = meetings::get(&mut tx, company, id).await? else {
        return Ok(None);
    };
    let Some(booking) = bookings::get(&mut tx, company, meeting.booking).await? else {
        return Ok(None);
    };
    let Some(connection) = connections::get(&mut tx, company, meeting.connection).await? else {
        return Ok(None);
    };
    let own = promises::of_person(&mut tx, company, meeting.host).await?;
    let promise = match own {
        Some(own) => own,
        None => promises::of_company(&mut tx, company)
            .await?
            .unwrap_or_default(),
    };
    Ok(Some(Case {
        promise,
        open_attempt: meetings::open_attempt(&mut tx, company, id).await?,
        attempts: attempts::of_meeting(&mut tx, company, id).await?,
        sweep_at: attempts::sweep_at(&mut tx, company, id).await?,
        meeting,
        booking,
        connection,
    }))
}
