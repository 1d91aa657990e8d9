//! Looking for a meeting of ours after an unknown outcome, before another is made.

use jiff::SignedDuration;
use rooms_core::booking::Booking;
use rooms_store::meetings::{self, AttemptOutcome};
use zoom_client::Class;

use super::Step;
use super::case::Case;
use super::record::made_or_found;
use super::trouble::refused;
use crate::app::{App, ZoomApp};
use crate::error::Failure;
use crate::jobs::JobEnd;
use crate::zoom::marker;
use crate::zoom::tokens::Granted;

/// How long after an attempt began a meeting of it may still appear in Zoom's list.
const SETTLES: SignedDuration = SignedDuration::from_secs(8);

/// Looks for a meeting of ours after an unknown outcome; adopts the first, deletes what is double.
pub(super) async fn find(
    app: &App,
    zoom: &ZoomApp,
    case: Case,
    granted: Granted,
) -> Result<Step, Failure> {
    let listed = match zoom.client.scheduled_meetings(&granted.access).await {
        Ok(listed) => listed,
        Err(error) => return refused(app, zoom, case, &granted, &error).await,
    };
    let ours = |agenda: &Option<String>| {
        agenda
            .as_deref()
            .is_some_and(|a| marker::is_ours(app.sealer(), case.meeting.id, a))
    };
    let mut found: Vec<_> = listed.into_iter().filter(|m| ours(&m.agenda)).collect();
    found.sort_by_key(|meeting| (meeting.created_at, meeting.id.0));
    let mut found = found.into_iter();
    let Some(first) = found.next() else {
        let began = case.open_attempt.map(|(_, began)| began);
        let settled = began.and_then(|began| began.saturating_add(SETTLES).ok());
        if let Some(settled) = settled.filter(|settled| *settled > app.now()) {
            return Ok(Step::End(JobEnd::RetryAt(
                settled,
                "it may still appear".to_owned(),
            )));
        }
        let input = ((case.meeting.company, case.meeting.id), app.now());
        app.store()
            .write(input, |tx, (whose, now)| {
                let note = Some("not found in the host's meetings");
                Box::pin(meetings::finish_attempts(
                    tx,
                    *whose,
                    AttemptOutcome::NotMade,
                    note,
                    *now,
                ))
            })
            .await?;
        return Ok(Step::Again);
    };
    for double in found {
        if let Err(error) = zoom.client.delete_meeting(&granted.access, double.id).await
            && error.class() != Class::NotFound
        {
            return refused(app, zoom, case, &granted, &error).await;
        }
    }
    match zoom.client.meeting(&granted.access, first.id).await {
        Ok(meeting) => {
            // What it was told is what its attempt knew; the next step tells it the present.
            let case = Case {
                booking: Booking {
                    revision: 0,
                    ..case.booking
                },
                ..case
            };
            made_or_found(app, case, meeting).await
        }
        Err(error) => refused(app, zoom, case, &granted, &error).await,
    }
}
