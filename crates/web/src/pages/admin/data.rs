//! Requests to have data deleted, and how long things are kept.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use rooms_app::Failure;
use rooms_app::audit::{Recorded, hex};
use rooms_app::data::person::{self, Outlook};
use rooms_app::data::requests::{self, DataRequest, RequestState};
use rooms_app::data::retention::{self, Setting};
use rooms_core::retention::Kept;
use rooms_core::{DataRequestId, FieldErrors};
use rooms_views::admin::{
    DataRequestPage, DataRequestRow, DataRequestsPage, RetentionPage, RetentionRow,
};
use rooms_views::data::HeldRow;
use rooms_views::layout::{Nav, Tone};
use rooms_views::links;
use rooms_views::parts::Problems;

use super::people::handover_booking;
use super::{Admin, saying};
use crate::pages::data::{rows, words};
use crate::pages::moments::Moments;
use crate::pages::settings::status;
use crate::pages::{PageError, draw, id, layout, problems, see_other_saying};
use crate::session::Fields;
use crate::state::Web;

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route(links::ADMIN_DATA_REQUESTS, get(list))
        .route("/admin/data-requests/{id}", get(show))
        .route("/admin/data-requests/{id}/cancellation", post(cancel))
        .route("/admin/data-requests/{id}/erasure", post(erase))
        .route("/admin/data-requests/{id}/refusal", post(refuse))
        .route(links::ADMIN_RETENTION, get(show_days).post(change_days))
}

async fn list(State(web): State<Web>, admin: Admin) -> Result<Response, PageError> {
    let moments = Moments::of(&web, &admin.actor).await?;
    let found = requests::list(&web.app, &admin.actor).await?;
    let page = DataRequestsPage {
        layout: layout(&web, &admin.caller, "Data requests", Nav::Admin).await?,
        rows: found.iter().map(|r| row(&web, r, &moments)).collect(),
        done: admin.done(),
    };
    Ok(draw(StatusCode::OK, &page))
}

fn row(web: &Web, request: &DataRequest, moments: &Moments) -> DataRequestRow {
    let late = request.due_at <= web.app.now();
    let (state, tone, icon) = match request.state {
        RequestState::Open if late => ("Too late", Tone::Bad, "warn"),
        RequestState::Open => ("Waits for you", Tone::Warn, "pending"),
        RequestState::Done => ("Data deleted", Tone::Ok, "free"),
        RequestState::Refused => ("Refused", Tone::Off, "close"),
        RequestState::Withdrawn => ("Taken back", Tone::Off, "undo"),
    };
    DataRequestRow {
        href: links::data_request(request.id),
        name: request.name.clone(),
        asked: moments.when(request.asked_at),
        due: moments.when(request.due_at),
        open: request.state == RequestState::Open,
        state: state.to_owned(),
        tone,
        icon,
    }
}

async fn show(
    State(web): State<Web>,
    admin: Admin,
    Path(request): Path<String>,
) -> Result<Response, PageError> {
    page(&web, &admin, id(&request)?, String::new(), Problems::none()).await
}

async fn page(
    web: &Web,
    admin: &Admin,
    id: DataRequestId,
    typed: String,
    problems: Problems,
) -> Result<Response, PageError> {
    let moments = Moments::of(web, &admin.actor).await?;
    let (request, entry) = requests::get(&web.app, &admin.actor, id).await?;
    let open = request.state == RequestState::Open;
    let outlook = if open {
        Some(person::outlook_for(&web.app, &admin.actor, request.person).await?)
    } else {
        None
    };
    let answer = status(&problems);
    let page = DataRequestPage {
        layout: layout(web, &admin.caller, "Data request", Nav::Admin).await?,
        row: row(web, &request, &moments),
        you: request.person == admin.actor.person,
        ahead: outlook.iter().flat_map(ahead).collect(),
        held: held(outlook.as_ref(), &request),
        answered: request.answered_at.map(|at| moments.when(at)),
        answered_by: request.answered_by.unwrap_or_default(),
        reply: if open {
            typed
        } else {
            request.reply.unwrap_or_default()
        },
        proof: entry.as_ref().map(proof).unwrap_or_default(),
        email: request.email,
        problems,
        done: admin.done(),
    };
    Ok(draw(answer, &page))
}

fn ahead(outlook: &Outlook) -> Vec<rooms_views::admin::HandoverBooking> {
    outlook.ahead.iter().map(handover_booking).collect()
}

/// What is stored, or what was deleted.
fn held(outlook: Option<&Outlook>, request: &DataRequest) -> Vec<HeldRow> {
    if let Some(outlook) = outlook {
        return rows(outlook.counts.iter().copied());
    }
    let proof = request.proof.as_deref().unwrap_or("{}");
    let counts: BTreeMap<String, usize> = serde_json::from_str(proof).unwrap_or_default();
    counts
        .into_iter()
        .map(|(kind, count)| HeldRow {
            words: words(&kind).to_owned(),
            count,
        })
        .collect()
}

fn proof(entry: &Recorded) -> String {
    format!("entry {} of the audit, {}", entry.number, hex(&entry.hash))
}

async fn cancel(
    State(web): State<Web>,
    admin: Admin,
    Path(request): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    let id = id(&request)?;
    let (request, _) = requests::get(&web.app, &admin.actor, id).await?;
    if request.state == RequestState::Open {
        let outlook = person::outlook_for(&web.app, &admin.actor, request.person).await?;
        person::cancel_ahead(&web.app, &outlook, Some(&admin.actor)).await?;
    }
    let said = saying(&[("done", "The bookings are cancelled.")]);
    Ok(see_other_saying(&web, &links::data_request(id), &said))
}

async fn erase(
    State(web): State<Web>,
    admin: Admin,
    Path(request): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let done = requests::carry_out(&web.app, &admin.actor, id(&request)?, fields.get("note")).await;
    answered(
        &web,
        &admin,
        id(&request)?,
        done,
        ("note", ""),
        "The data is deleted.",
    )
    .await
}

async fn refuse(
    State(web): State<Web>,
    admin: Admin,
    Path(request): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let reply = fields.get("reply");
    let done = requests::refuse(&web.app, &admin.actor, id(&request)?, reply).await;
    answered(
        &web,
        &admin,
        id(&request)?,
        done,
        ("reply", reply),
        "The request is refused.",
    )
    .await
}

async fn answered(
    web: &Web,
    admin: &Admin,
    id: DataRequestId,
    done: Result<(), Failure>,
    (field, typed): (&'static str, &str),
    said: &str,
) -> Result<Response, PageError> {
    let errors = match done {
        Ok(()) => {
            let said = saying(&[("done", said)]);
            return Ok(see_other_saying(web, &links::data_request(id), &said));
        }
        Err(Failure::Invalid(errors)) => problems(&errors, &[("reply", field)]),
        Err(Failure::Conflict(why)) => Problems::none().with(field, crate::pages::sentence(why)),
        Err(other) => return Err(other.into()),
    };
    page(web, admin, id, typed.to_owned(), errors).await
}

async fn show_days(State(web): State<Web>, admin: Admin) -> Result<Response, PageError> {
    days_page(&web, &admin, &Fields::parse(b""), Problems::none()).await
}

async fn change_days(
    State(web): State<Web>,
    admin: Admin,
    fields: Fields,
) -> Result<Response, PageError> {
    let mut days = BTreeMap::new();
    let mut wrong = FieldErrors::default();
    for kept in Kept::ALL {
        let typed = fields.get(kept.as_str());
        if let Ok(number) = typed.trim().parse() {
            days.insert(kept, number);
        } else if !typed.is_empty() {
            wrong.add(kept.as_str(), "number", "Write a whole number of days.");
        }
    }
    let done = if wrong.is_empty() {
        retention::change(&web.app, &admin.actor, days).await
    } else {
        Err(wrong.into())
    };
    match done {
        Ok(()) => {
            let said = saying(&[("done", "Saved. It holds from the next night on.")]);
            Ok(see_other_saying(&web, links::ADMIN_RETENTION, &said))
        }
        Err(Failure::Invalid(errors)) => {
            days_page(&web, &admin, &fields, problems(&errors, &[])).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn days_page(
    web: &Web,
    admin: &Admin,
    typed: &Fields,
    problems: Problems,
) -> Result<Response, PageError> {
    let moments = Moments::of(web, &admin.actor).await?;
    let settings = retention::settings(&web.app, &admin.actor).await?;
    let answer = status(&problems);
    let page = RetentionPage {
        layout: layout(web, &admin.caller, "How long things are kept", Nav::Admin).await?,
        rows: settings
            .iter()
            .map(|setting| days_row(setting, typed, &moments))
            .collect(),
        problems,
        done: admin.done(),
    };
    Ok(draw(answer, &page))
}

fn days_row(setting: &Setting, typed: &Fields, moments: &Moments) -> RetentionRow {
    let id = setting.kept.as_str();
    let (least, most) = setting.kept.limits();
    let (words, then) = match setting.kept {
        Kept::ZoomRemoved => (
            "Zoom account, after the app was removed in Zoom",
            "Then its name, address and IDs are deleted. Zoom allows 10 days at most.",
        ),
        Kept::ZoomEnded => (
            "Zoom account, after it was disconnected here",
            "Then its name, address and IDs are deleted.",
        ),
        Kept::Meetings => (
            "Links of past bookings",
            "Then link, passcode, host and when the meeting was held are deleted; the booking stays.",
        ),
        Kept::History => (
            "Histories",
            "What was changed by whom, on the pages of bookings, rooms and people.",
        ),
        Kept::Notices => ("Notices", "What people were told on Home."),
        Kept::Audit => ("Audit", "Only the oldest entries are ever deleted."),
    };
    let looked = setting.run.map_or_else(
        || "Not gone through yet.".to_owned(),
        |run| {
            format!(
                "Last gone through {}: {} deleted.",
                moments.words(run.at),
                run.removed
            )
        },
    );
    let days = match typed.get(id) {
        "" => setting.days.to_string(),
        typed => typed.to_owned(),
    };
    RetentionRow {
        id: id.to_owned(),
        words: words.to_owned(),
        then: then.to_owned(),
        days,
        least,
        most,
        last: looked,
    }
}
