//! All data held on a person: what there is, and erasing it.

use jiff::Timestamp;
use rooms_core::{CompanyId, PersonId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::error::Error;
use crate::rooms::{json as parsed, to_json};
use crate::sessions::instant;
use crate::tx::Tx;

/// The name of somebody whose data was erased.
pub const DELETED_PERSON: &str = "Deleted person";
/// The title of a past booking of somebody whose data was erased.
pub const DELETED_BOOKING: &str = "Deleted booking";
/// Where addresses of erased people are: no mail goes there (RFC 2606).
pub const NOWHERE: &str = "erased.invalid";

/// Takes a text out of a column; only where it is in it.
macro_rules! taken_out {
    ($table:literal, $column:literal) => {
        concat!(
            "UPDATE ",
            $table,
            " SET ",
            $column,
            " = REPLACE(",
            $column,
            ", $2, $3) WHERE company_id = $1 AND REPLACE(",
            $column,
            ", $2, '') <> ",
            $column
        )
    };
}

statements! {
    PROFILE = "SELECT email, name, role, may_connect, state, created_at, deactivated_at, meeting_promise FROM person WHERE company_id = $1 AND id = $2";
    SESSIONS = "SELECT user_agent, created_at, seen_at FROM session WHERE company_id = $1 AND person_id = $2 ORDER BY created_at";
    TOKENS = "SELECT name, created_at, seen_at, revoked_at FROM api_token WHERE company_id = $1 AND person_id = $2 ORDER BY created_at";
    INVITATIONS = "SELECT created_at, expires_at, used_at, reason FROM invitation WHERE company_id = $1 AND person_id = $2 ORDER BY created_at";
    BOOKINGS = "SELECT b.id, b.title, r.name, b.starts_at, b.ends_at, b.state, b.invitees, b.created_at, b.organizer_id FROM booking b JOIN room r ON r.id = b.room_id \
                WHERE b.company_id = $1 AND (b.organizer_id = $2 OR b.booker_id = $2) ORDER BY b.starts_at, b.id";
    INVITED_TO = "SELECT b.id, b.title, r.name, b.starts_at, b.ends_at, b.state FROM booking b JOIN room r ON r.id = b.room_id \
                  WHERE b.company_id = $1 AND REPLACE(b.invitees, $2, '') <> b.invitees ORDER BY b.starts_at, b.id";
    CONNECTIONS = "SELECT id, zoom_email, zoom_name, zoom_user_id, zoom_account_id, name, scopes, status, connected_at, disconnected_at, erased_at FROM connection \
                   WHERE company_id = $1 AND person_id = $2 ORDER BY connected_at, id";
    MEETINGS = "SELECT id, booking_id, zoom_id, host_email, state, created_at FROM meeting WHERE company_id = $1 AND host_id = $2 ORDER BY created_at, id";
    NOTICES = "SELECT kind, detail, created_at, dismissed_at FROM notice WHERE company_id = $1 AND person_id = $2 ORDER BY created_at, id";
    HISTORY = "SELECT kind, detail, at FROM event WHERE company_id = $1 AND (actor_id = $2 OR subject = $2) ORDER BY at, id";
    AUDIT = "SELECT number, action, subject_kind, at FROM audit WHERE company_id = $1 AND (actor_id = $2 OR subject = $2) ORDER BY number";
    REQUESTS = "SELECT state, asked_at, due_at, answered_at, reply FROM data_request WHERE company_id = $1 AND person_id = $2 ORDER BY asked_at";
    GROUPS = "SELECT g.name, g.may_connect FROM person_group_member m JOIN person_group g ON g.id = m.group_id WHERE m.company_id = $1 AND m.person_id = $2 ORDER BY g.name, g.id";
    PERMISSION_REQUESTS = "SELECT state, message, asked_at, answered_at, reply FROM permission_request WHERE company_id = $1 AND person_id = $2 ORDER BY asked_at, id";
    IS_ERASED = "SELECT erased_at FROM person WHERE company_id = $1 AND id = $2";
    PERSON = "UPDATE person SET name = $3, email = $4, role = 'officer', may_connect = $6, state = 'deactivated', password_hash = NULL, meeting_promise = NULL, \
              deactivated_at = COALESCE(deactivated_at, $5), erased_at = $5 WHERE company_id = $1 AND id = $2 AND erased_at IS NULL";
    CODE_APP = "SELECT created_at, confirmed_at FROM code_app WHERE company_id = $1 AND person_id = $2";
    RECOVERY_CODES = "SELECT created_at, used_at FROM recovery_code WHERE company_id = $1 AND person_id = $2 ORDER BY created_at, used_at";
    PASSKEYS = "SELECT name, created_at, used_at FROM passkey WHERE company_id = $1 AND person_id = $2 ORDER BY created_at, id";
    BROWSERS = "SELECT seen_at FROM browser WHERE company_id = $1 AND person_id = $2 ORDER BY seen_at";
    NO_CODE_APP = "DELETE FROM code_app WHERE company_id = $1 AND person_id = $2";
    NO_RECOVERY_CODES = "DELETE FROM recovery_code WHERE company_id = $1 AND person_id = $2";
    NO_PASSKEYS = "DELETE FROM passkey WHERE company_id = $1 AND person_id = $2";
    NO_BROWSERS = "DELETE FROM browser WHERE company_id = $1 AND person_id = $2";
    NO_STEPS = "DELETE FROM second_step WHERE company_id = $1 AND person_id = $2";
    NO_SESSIONS = "DELETE FROM session WHERE company_id = $1 AND person_id = $2";
    NO_TOKENS = "DELETE FROM api_token WHERE company_id = $1 AND person_id = $2";
    NO_INVITATIONS = "DELETE FROM invitation WHERE company_id = $1 AND person_id = $2";
    NO_ATTEMPTS = "DELETE FROM oauth_attempt WHERE company_id = $1 AND person_id = $2";
    NO_NOTICES = "DELETE FROM notice WHERE company_id = $1 AND person_id = $2";
    NO_GROUPS = "DELETE FROM person_group_member WHERE company_id = $1 AND person_id = $2";
    NO_PERMISSION_REQUESTS = "DELETE FROM permission_request WHERE company_id = $1 AND person_id = $2";
    NO_HISTORY = "DELETE FROM event WHERE company_id = $1 AND subject = $2";
    NO_LETTERS = "DELETE FROM job WHERE company_id = $1 AND kind = 'mail' AND REPLACE(payload, $2, '') <> payload";
    CONNECTION_NAMES = "UPDATE connection SET name = NULL WHERE company_id = $1 AND person_id = $2 AND name IS NOT NULL";
    OVER = "UPDATE booking SET title = $4, invitees = '[]', cancel_reason = NULL WHERE company_id = $1 AND organizer_id = $2 \
            AND (ends_at <= $3 OR state NOT IN ('confirmed', 'pending'))";
    OVER_MEETINGS = "UPDATE meeting SET join_url = NULL, passcode = NULL, host_email = NULL, told_topic = $4, drift_topic = NULL WHERE company_id = $1 \
                     AND booking_id IN (SELECT b.id FROM booking b WHERE b.company_id = $1 AND b.organizer_id = $2 AND (b.ends_at <= $3 OR b.state NOT IN ('confirmed', 'pending')))";
    INVITEES = "SELECT id, invitees FROM booking WHERE company_id = $1 AND REPLACE(invitees, $2, '') <> invitees";
    SET_INVITEES = "UPDATE booking SET invitees = $3 WHERE company_id = $1 AND id = $2";
    IN_HISTORY = taken_out!("event", "detail");
    IN_NOTICES = taken_out!("notice", "detail");
    IN_LETTERS = taken_out!("job", "payload");
}

/// What is held on a person, kind by kind, with what each kind is called.
#[derive(Debug, Clone)]
pub struct Held {
    /// The person's own row.
    pub profile: Value,
    /// Each kind: its word in the file, and its entries.
    pub kinds: Vec<(&'static str, Vec<Value>)>,
}

fn at(micros: i64) -> Result<Value, Error> {
    Ok(json!(instant(micros)?.to_string()))
}

fn maybe(micros: Option<i64>) -> Result<Value, Error> {
    micros.map_or(Ok(Value::Null), at)
}

/// Reads everything that is held on a person of the company.
pub async fn held(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
) -> Result<Option<Held>, Error> {
    let (of, id) = (company.uuid(), person.uuid());
    let row = fetch_optional!(
        tx,
        (
            String,
            String,
            String,
            bool,
            String,
            i64,
            Option<i64>,
            Option<String>
        ),
        PROFILE,
        of,
        id
    )?;
    let Some((email, name, role, may_connect, state, since, left, promise)) = row else {
        return Ok(None);
    };
    let profile = json!({
        "id": person.to_string(), "email": email, "name": name, "role": role, "may_connect": may_connect,
        "state": state, "since": at(since)?, "deactivated_at": maybe(left)?, "meeting_settings": promise,
    });
    let kinds = vec![
        ("bookings", bookings(tx, of, id).await?),
        ("invited_to", invited_to(tx, of, &email).await?),
        ("connections", connections(tx, of, id).await?),
        ("meetings", meetings(tx, of, id).await?),
        ("sessions", sessions(tx, of, id).await?),
        ("browsers", browsers(tx, of, id).await?),
        ("second_factors", second_factors(tx, of, id).await?),
        ("tokens", tokens(tx, of, id).await?),
        ("invitations", invitations(tx, of, id).await?),
        ("groups", groups(tx, of, id).await?),
        (
            "permission_requests",
            permission_requests(tx, of, id).await?,
        ),
        ("notices", notices(tx, of, id).await?),
        ("history", history(tx, of, id).await?),
        ("audit", audit(tx, of, id).await?),
        ("requests", requests(tx, of, id).await?),
    ];
    Ok(Some(Held { profile, kinds }))
}

async fn bookings(tx: &mut Tx, of: Uuid, id: Uuid) -> Result<Vec<Value>, Error> {
    let rows = fetch_all!(
        tx,
        (Uuid, String, String, i64, i64, String, String, i64, Uuid),
        BOOKINGS,
        of,
        id
    )?;
    rows.into_iter()
        .map(|(booking, title, room, from, to, state, invitees, made, organizer)| {
            let invitees: Vec<String> = parsed(&invitees, "invitees")?;
            Ok(json!({
                "id": rooms_core::BookingId::from_uuid(booking).to_string(), "title": title, "room": room,
                "starts_at": at(from)?, "ends_at": at(to)?, "state": state, "invitees": invitees,
                "made_at": at(made)?, "organizer": organizer == id,
            }))
        })
        .collect()
}

/// An address as it stands in a list of invitees.
fn quoted(email: &str) -> String {
    json!(email).to_string()
}

async fn invited_to(tx: &mut Tx, of: Uuid, email: &str) -> Result<Vec<Value>, Error> {
    let rows = fetch_all!(
        tx,
        (Uuid, String, String, i64, i64, String),
        INVITED_TO,
        of,
        quoted(email)
    )?;
    rows.into_iter()
        .map(|(booking, title, room, from, to, state)| {
            Ok(json!({
                "id": rooms_core::BookingId::from_uuid(booking).to_string(), "title": title, "room": room,
                "starts_at": at(from)?, "ends_at": at(to)?, "state": state,
            }))
        })
        .collect()
}

row! {
    struct ConnectionRow {
        id: Uuid,
        zoom_email: String,
        zoom_name: String,
        zoom_user_id: String,
        zoom_account_id: String,
        name: Option<String>,
        scopes: String,
        status: String,
        connected_at: i64,
        disconnected_at: Option<i64>,
        erased_at: Option<i64>,
    }
}

async fn connections(tx: &mut Tx, of: Uuid, id: Uuid) -> Result<Vec<Value>, Error> {
    let rows = fetch_all!(tx, ConnectionRow, CONNECTIONS, of, id)?;
    rows.into_iter()
        .map(|row| {
            Ok(json!({
                "id": rooms_core::ConnectionId::from_uuid(row.id).to_string(), "zoom_email": row.zoom_email,
                "zoom_name": row.zoom_name, "zoom_user_id": row.zoom_user_id, "zoom_account_id": row.zoom_account_id,
                "name": row.name, "permissions": row.scopes, "status": row.status, "connected_at": at(row.connected_at)?,
                "ended_at": maybe(row.disconnected_at)?, "erased_at": maybe(row.erased_at)?,
            }))
        })
        .collect()
}

async fn meetings(tx: &mut Tx, of: Uuid, id: Uuid) -> Result<Vec<Value>, Error> {
    let rows = fetch_all!(
        tx,
        (Uuid, Uuid, Option<i64>, Option<String>, String, i64),
        MEETINGS,
        of,
        id
    )?;
    rows.into_iter()
        .map(|(meeting, booking, zoom_id, host, state, made)| {
            Ok(json!({
                "id": rooms_core::MeetingRecordId::from_uuid(meeting).to_string(),
                "booking": rooms_core::BookingId::from_uuid(booking).to_string(),
                "zoom_id": zoom_id, "host": host, "state": state, "made_at": at(made)?,
            }))
        })
        .collect()
}

async fn sessions(tx: &mut Tx, of: Uuid, id: Uuid) -> Result<Vec<Value>, Error> {
    let rows = fetch_all!(tx, (String, i64, i64), SESSIONS, of, id)?;
    rows.into_iter()
        .map(|(agent, from, seen)| {
            Ok(json!({ "browser": agent, "signed_in_at": at(from)?, "seen_at": at(seen)? }))
        })
        .collect()
}

async fn browsers(tx: &mut Tx, of: Uuid, id: Uuid) -> Result<Vec<Value>, Error> {
    let rows = fetch_all!(tx, (i64,), BROWSERS, of, id)?;
    rows.into_iter()
        .map(|(seen,)| Ok(json!({ "seen_at": at(seen)? })))
        .collect()
}

async fn second_factors(tx: &mut Tx, of: Uuid, id: Uuid) -> Result<Vec<Value>, Error> {
    let mut factors = Vec::new();
    for (made, confirmed) in fetch_all!(tx, (i64, Option<i64>), CODE_APP, of, id)? {
        factors.push(json!({
            "kind": "code_app", "made_at": at(made)?, "confirmed_at": maybe(confirmed)?,
        }));
    }
    for (made, used) in fetch_all!(tx, (i64, Option<i64>), RECOVERY_CODES, of, id)? {
        factors.push(json!({
            "kind": "recovery_code", "made_at": at(made)?, "used_at": maybe(used)?,
        }));
    }
    for (name, made, used) in fetch_all!(tx, (String, i64, Option<i64>), PASSKEYS, of, id)? {
        factors.push(json!({
            "kind": "passkey", "name": name, "made_at": at(made)?, "used_at": maybe(used)?,
        }));
    }
    Ok(factors)
}

async fn tokens(tx: &mut Tx, of: Uuid, id: Uuid) -> Result<Vec<Value>, Error> {
    let rows = fetch_all!(tx, (String, i64, Option<i64>, Option<i64>), TOKENS, of, id)?;
    rows.into_iter()
        .map(|(name, made, seen, ended)| {
            Ok(json!({ "name": name, "made_at": at(made)?, "used_at": maybe(seen)?, "revoked_at": maybe(ended)? }))
        })
        .collect()
}

async fn invitations(tx: &mut Tx, of: Uuid, id: Uuid) -> Result<Vec<Value>, Error> {
    let rows = fetch_all!(
        tx,
        (i64, i64, Option<i64>, Option<String>),
        INVITATIONS,
        of,
        id
    )?;
    rows.into_iter()
        .map(|(made, until, used, recovery)| {
            Ok(json!({
                "made_at": at(made)?, "good_until": at(until)?, "used_at": maybe(used)?, "recovery": recovery,
            }))
        })
        .collect()
}

async fn groups(tx: &mut Tx, of: Uuid, id: Uuid) -> Result<Vec<Value>, Error> {
    let rows = fetch_all!(tx, (String, bool), GROUPS, of, id)?;
    rows.into_iter()
        .map(|(name, may)| Ok(json!({ "name": name, "may_connect": may })))
        .collect()
}

async fn permission_requests(tx: &mut Tx, of: Uuid, id: Uuid) -> Result<Vec<Value>, Error> {
    let rows = fetch_all!(
        tx,
        (String, String, i64, Option<i64>, Option<String>),
        PERMISSION_REQUESTS,
        of,
        id
    )?;
    rows.into_iter()
        .map(|(state, message, asked, answered, reply)| {
            Ok(json!({
                "state": state, "message": message, "asked_at": at(asked)?, "answered_at": maybe(answered)?, "reply": reply,
            }))
        })
        .collect()
}

async fn notices(tx: &mut Tx, of: Uuid, id: Uuid) -> Result<Vec<Value>, Error> {
    let rows = fetch_all!(tx, (String, String, i64, Option<i64>), NOTICES, of, id)?;
    rows.into_iter()
        .map(|(kind, detail, made, seen)| {
            Ok(json!({ "kind": kind, "text": detail, "at": at(made)?, "seen_at": maybe(seen)? }))
        })
        .collect()
}

async fn history(tx: &mut Tx, of: Uuid, id: Uuid) -> Result<Vec<Value>, Error> {
    let rows = fetch_all!(tx, (String, String, i64), HISTORY, of, id)?;
    rows.into_iter()
        .map(|(kind, detail, when)| Ok(json!({ "what": kind, "detail": detail, "at": at(when)? })))
        .collect()
}

async fn audit(tx: &mut Tx, of: Uuid, id: Uuid) -> Result<Vec<Value>, Error> {
    let rows = fetch_all!(tx, (i64, String, String, i64), AUDIT, of, id)?;
    rows.into_iter()
        .map(|(number, action, subject, when)| {
            Ok(json!({ "number": number, "action": action, "on": subject, "at": at(when)? }))
        })
        .collect()
}

async fn requests(tx: &mut Tx, of: Uuid, id: Uuid) -> Result<Vec<Value>, Error> {
    let rows = fetch_all!(
        tx,
        (String, i64, i64, Option<i64>, Option<String>),
        REQUESTS,
        of,
        id
    )?;
    rows.into_iter()
        .map(|(state, asked, due, answered, reply)| {
            Ok(json!({
                "state": state, "asked_at": at(asked)?, "due_at": at(due)?, "answered_at": maybe(answered)?, "reply": reply,
            }))
        })
        .collect()
}

/// Whether a person's data was erased.
pub async fn is_erased(tx: &mut Tx, company: CompanyId, person: PersonId) -> Result<bool, Error> {
    let row = fetch_optional!(tx, (Option<i64>,), IS_ERASED, company.uuid(), person.uuid())?;
    Ok(row.is_some_and(|(at,)| at.is_some()))
}

/// Erases what is held on a person. Their connections have ended and are erased already, and no
/// booking of theirs is ahead. Gives what was erased, by kind; nothing where it was done before.
pub async fn erase(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    (email, name): (&str, &str),
    now: Timestamp,
) -> Result<Option<Vec<(&'static str, u64)>>, Error> {
    let (of, id, micros) = (company.uuid(), person.uuid(), now.as_microsecond());
    let nowhere = format!("{}@{NOWHERE}", id.simple());
    let hit = execute!(tx, PERSON, of, id, DELETED_PERSON, &nowhere, micros, false)?;
    if hit == 0 {
        return Ok(None);
    }
    let mut erased = vec![("profile", hit)];
    for (kind, statement) in [
        ("sessions", NO_SESSIONS),
        ("second_steps", NO_STEPS),
        ("browsers", NO_BROWSERS),
        ("code_apps", NO_CODE_APP),
        ("recovery_codes", NO_RECOVERY_CODES),
        ("passkeys", NO_PASSKEYS),
        ("tokens", NO_TOKENS),
        ("invitations", NO_INVITATIONS),
        ("connection_attempts", NO_ATTEMPTS),
        ("groups", NO_GROUPS),
        ("permission_requests", NO_PERMISSION_REQUESTS),
        ("notices", NO_NOTICES),
        ("history", NO_HISTORY),
        ("connection_names", CONNECTION_NAMES),
    ] {
        erased.push((kind, execute!(tx, statement, of, id)?));
    }
    let mut letters = 0;
    for addressee in [person.to_string(), format!("\"to\":{}", quoted(email))] {
        letters += execute!(tx, NO_LETTERS, of, addressee)?;
    }
    erased.push(("letters", letters));
    execute!(tx, OVER_MEETINGS, of, id, micros, DELETED_BOOKING)?;
    let over = execute!(tx, OVER, of, id, micros, DELETED_BOOKING)?;
    erased.push(("past_bookings", over));
    erased.push(("invited_to", uninvite(tx, of, email).await?));
    for text in [Some(email), Some(name).filter(|name| is_telling(name))] {
        let Some(text) = text else { continue };
        for statement in [IN_HISTORY, IN_NOTICES, IN_LETTERS] {
            execute!(tx, statement, of, text, DELETED_PERSON)?;
        }
    }
    Ok(Some(erased))
}

/// Takes an address out of the lists of people invited to bookings.
async fn uninvite(tx: &mut Tx, of: Uuid, email: &str) -> Result<u64, Error> {
    let rows = fetch_all!(tx, (Uuid, String), INVITEES, of, quoted(email))?;
    let mut count = 0;
    for (booking, invitees) in rows {
        let mut invitees: Vec<String> = parsed(&invitees, "invitees")?;
        invitees.retain(|invited| invited != email);
        count += execute!(tx, SET_INVITEES, of, booking, to_json(&invitees)?)?;
    }
    Ok(count)
}

/// The bookings of a company that an address is invited to which is no person's here.
pub async fn held_on_guest(
    tx: &mut Tx,
    company: CompanyId,
    email: &str,
) -> Result<Vec<Value>, Error> {
    invited_to(tx, company.uuid(), email).await
}

/// Erases a guest's address from the bookings, letters and histories of a company; gives what was
/// erased, by kind.
pub async fn erase_guest(
    tx: &mut Tx,
    company: CompanyId,
    email: &str,
) -> Result<Vec<(&'static str, u64)>, Error> {
    let of = company.uuid();
    let letters = execute!(tx, NO_LETTERS, of, format!("\"to\":{}", quoted(email)))?;
    let invited_to = uninvite(tx, of, email).await?;
    for statement in [IN_HISTORY, IN_NOTICES, IN_LETTERS] {
        execute!(tx, statement, of, email, DELETED_PERSON)?;
    }
    Ok(vec![("invited_to", invited_to), ("letters", letters)])
}

/// Whether a name is long enough that taking it out of other texts spoils no other word.
fn is_telling(name: &str) -> bool {
    name.contains(' ') || name.chars().count() > 4
}
