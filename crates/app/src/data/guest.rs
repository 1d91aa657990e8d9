//! What is held on somebody who is invited to bookings and has no account: their address, in every
//! company that wrote it. The command line's way, for a guest belongs to no company's admin.

use rooms_core::{CompanyId, text};
use rooms_store::audit::Entry;
use rooms_store::events::By;
use rooms_store::{companies, people, personal};
use serde_json::Value;

use super::person::Erased;
use crate::app::App;
use crate::error::Failure;

/// What is held on a guest.
#[derive(Debug, Clone)]
pub struct Guest {
    /// The address.
    pub email: String,
    /// The bookings it is invited to, by company; those without any are left out.
    pub invited_to: Vec<(CompanyId, Vec<Value>)>,
    /// Whether the address is also somebody's who signs in here, of whom more is held.
    pub has_account: bool,
}

/// What is held on a guest.
pub async fn held(app: &App, email: &str) -> Result<Guest, Failure> {
    let email = text::email("email", email)?;
    let mut tx = app.read().await?;
    let mut invited_to = Vec::new();
    for company in companies::ids(&mut tx).await? {
        let bookings = personal::held_on_guest(&mut tx, company, &email).await?;
        if !bookings.is_empty() {
            invited_to.push((company, bookings));
        }
    }
    Ok(Guest {
        has_account: people::anywhere(&mut tx, &email).await?.is_some(),
        email,
        invited_to,
    })
}

/// The same as one JSON document; that it was given out goes on record in each company.
pub async fn export(app: &App, email: &str) -> Result<String, Failure> {
    let guest = held(app, email).await?;
    let companies: Vec<_> = guest
        .invited_to
        .iter()
        .map(|(company, _)| *company)
        .collect();
    app.store()
        .write((companies, app.now()), |tx, (companies, now)| {
            for company in companies {
                let by = By::Operator;
                tx.audit(Entry::new(
                    *company,
                    by,
                    "data.guest_exported",
                    *company,
                    *now,
                ));
            }
            Box::pin(async { Ok::<_, Failure>(()) })
        })
        .await?;
    let of = |(company, bookings): &(CompanyId, Vec<Value>)| serde_json::json!({ "company": company.to_string(), "invited_to": bookings });
    let document = serde_json::json!({
        "made_at": app.now().to_string(),
        "guest": guest.email,
        "has_account": guest.has_account,
        "companies": guest.invited_to.iter().map(of).collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&document)
        .map_err(|_| Failure::Conflict("the document could not be written"))
}

/// Takes a guest's address out of everything that every company holds; an account of the same
/// address stays. Gives what was erased, by company.
pub async fn erase(app: &App, email: &str) -> Result<Vec<(CompanyId, Erased)>, Failure> {
    let email = text::email("email", email)?;
    app.store()
        .write((email, app.now()), |tx, (email, now)| {
            Box::pin(async move {
                let mut all = Vec::new();
                for company in companies::ids(tx).await? {
                    let erased = personal::erase_guest(tx, company, email).await?;
                    if erased.iter().all(|(_, count)| *count == 0) {
                        continue;
                    }
                    let action = "data.guest_erased";
                    let mut entry = Entry::new(company, By::Operator, action, company, *now);
                    for (kind, count) in &erased {
                        entry = entry.with(kind, *count);
                    }
                    tx.audit(entry);
                    all.push((company, erased));
                }
                Ok(all)
            })
        })
        .await
}
