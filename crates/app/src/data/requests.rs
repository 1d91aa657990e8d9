//! Requests of people to have their data erased, and how admins answer them.

use jiff::{SignedDuration, Timestamp};
use rooms_core::{Actor, CompanyId, DataRequestId, text};
use rooms_store::audit::{self, Entry, Recorded};
use rooms_store::events::By;
pub use rooms_store::requests::{Answer, DataRequest, RequestState};
use rooms_store::{Tx, requests};

use super::person;
use crate::app::App;
use crate::companies::admins_only;
use crate::error::Failure;
use crate::mail::{self, Letter};

/// How long an admin has to answer.
pub const TO_ANSWER: SignedDuration = SignedDuration::from_hours(24 * 30);
/// How long answered requests are listed.
const LISTED: SignedDuration = SignedDuration::from_hours(24 * 730);
/// The longest reply.
const REPLY_MAX: usize = 1_000;

/// The actor asks to have their data erased.
pub async fn ask(app: &App, actor: &Actor) -> Result<(), Failure> {
    let id = DataRequestId::from_uuid(app.new_id());
    app.store()
        .write((actor.clone(), id, app.now()), |tx, (actor, id, now)| {
            Box::pin(async move {
                let whose = (actor.company, actor.person);
                let due = now.saturating_add(TO_ANSWER).unwrap_or(*now);
                if !requests::insert(tx, *id, whose, *now, due).await? {
                    return Err(Failure::Conflict("you have asked already"));
                }
                let by = By::Person(actor.person);
                tx.audit(Entry::new(actor.company, by, "data.requested", *id, *now));
                Ok(())
            })
        })
        .await
}

/// The actor takes their open request back.
pub async fn withdraw(app: &App, actor: &Actor) -> Result<(), Failure> {
    app.store()
        .write((actor.clone(), app.now()), |tx, (actor, now)| {
            Box::pin(async move {
                let (company, by) = (actor.company, By::Person(actor.person));
                let all = requests::of_person(tx, company, actor.person).await?;
                let open = all.into_iter().find(|r| r.state == RequestState::Open);
                let open = open.ok_or(Failure::NotFound("request"))?;
                let answer = Answer {
                    state: RequestState::Withdrawn,
                    by: Some(actor.person),
                    reply: None,
                    proof: None,
                };
                requests::answer(tx, company, open.id, &answer, *now).await?;
                tx.audit(Entry::new(company, by, "data.withdrawn", open.id, *now));
                Ok(())
            })
        })
        .await
}

/// The actor's requests, newest first.
pub async fn own(app: &App, actor: &Actor) -> Result<Vec<DataRequest>, Failure> {
    let mut tx = app.read().await?;
    Ok(requests::of_person(&mut tx, actor.company, actor.person).await?)
}

/// The company's requests, open ones first. Admins only.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<DataRequest>, Failure> {
    admins_only(actor)?;
    let since = app.now().saturating_sub(LISTED).unwrap_or(app.now());
    let mut tx = app.read().await?;
    Ok(requests::list(&mut tx, actor.company, since).await?)
}

/// How many requests are open. Admins only.
pub async fn open(app: &App, actor: &Actor) -> Result<i64, Failure> {
    admins_only(actor)?;
    let mut tx = app.read().await?;
    Ok(requests::count_open(&mut tx, actor.company).await?)
}

/// A request, and the entry of the audit that proves what was erased. Admins only.
pub async fn get(
    app: &App,
    actor: &Actor,
    id: DataRequestId,
) -> Result<(DataRequest, Option<Recorded>), Failure> {
    admins_only(actor)?;
    let mut tx = app.read().await?;
    let request = requests::get(&mut tx, actor.company, id)
        .await?
        .ok_or(Failure::NotFound("request"))?;
    let about = request.person.uuid();
    let entry = audit::latest(&mut tx, actor.company, about, "data.erased").await?;
    let entry = entry.filter(|_| request.state == RequestState::Done);
    Ok((request, entry))
}

/// Erases the data of who asked, and closes the request with a reply. Admins only, and not for
/// themselves: another admin does that.
pub async fn carry_out(
    app: &App,
    actor: &Actor,
    id: DataRequestId,
    reply: &str,
) -> Result<(), Failure> {
    admins_only(actor)?;
    let reply = checked(reply)?;
    let input = (actor.clone(), id, reply, app.now());
    app.store()
        .write(input, |tx, (actor, id, reply, now)| {
            Box::pin(async move {
                let (company, by) = (actor.company, By::Person(actor.person));
                let request = requests::get(tx, company, *id)
                    .await?
                    .ok_or(Failure::NotFound("request"))?;
                if request.state != RequestState::Open {
                    return Err(Failure::Conflict("this request was answered before"));
                }
                if request.person == actor.person {
                    return Err(Failure::Conflict("another admin has to do this"));
                }
                let whose = (company, request.person);
                answered(tx, company, &request, *now).await?;
                let erased = person::erase_in(tx, whose, by, *now).await?;
                let proof: serde_json::Map<_, _> = erased
                    .into_iter()
                    .map(|(kind, count)| (kind.to_owned(), count.into()))
                    .collect();
                let answer = Answer {
                    state: RequestState::Done,
                    by: Some(actor.person),
                    reply: reply.clone(),
                    proof: Some(serde_json::Value::Object(proof).to_string()),
                };
                requests::answer(tx, company, *id, &answer, *now).await?;
                let entry = Entry::new(company, by, "data.request_done", *id, *now);
                tx.audit(entry.with("person", request.person.to_string()));
                Ok(())
            })
        })
        .await
}

/// Refuses a request, and says why. Admins only.
pub async fn refuse(
    app: &App,
    actor: &Actor,
    id: DataRequestId,
    reply: &str,
) -> Result<(), Failure> {
    admins_only(actor)?;
    let reply = checked(reply)?.ok_or(Failure::field(
        "reply",
        "missing",
        "Say why, so that the person can act on it.",
    ))?;
    let input = (actor.clone(), id, reply, app.now());
    app.store()
        .write(input, |tx, (actor, id, reply, now)| {
            Box::pin(async move {
                let (company, by) = (actor.company, By::Person(actor.person));
                let request = requests::get(tx, company, *id)
                    .await?
                    .ok_or(Failure::NotFound("request"))?;
                let answer = Answer {
                    state: RequestState::Refused,
                    by: Some(actor.person),
                    reply: Some(reply.clone()),
                    proof: None,
                };
                if !requests::answer(tx, company, *id, &answer, *now).await? {
                    return Err(Failure::Conflict("this request was answered before"));
                }
                tx.audit(Entry::new(company, by, "data.refused", *id, *now));
                answered(tx, company, &request, *now).await
            })
        })
        .await
}

/// Writes to who asked, at the address they have now: after an erasure nothing else knows it.
async fn answered(
    tx: &mut Tx,
    company: CompanyId,
    request: &DataRequest,
    now: Timestamp,
) -> Result<(), Failure> {
    let letter = Letter::DataAnswered {
        request: request.id,
        sealed_to: mail::seal_one(tx, request.id.uuid(), &request.email)?,
    };
    Ok(mail::queue(tx, company, &letter, now).await?)
}

fn checked(reply: &str) -> Result<Option<String>, Failure> {
    match reply.trim() {
        "" => Ok(None),
        some => Ok(Some(text::line("reply", some, REPLY_MAX)?)),
    }
}
