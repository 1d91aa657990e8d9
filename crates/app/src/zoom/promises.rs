//! How people come into new Zoom meetings: the company's rule, and what a person chose for theirs.
//! Meetings that were made keep what they were promised.

use rooms_core::Actor;
use rooms_core::meeting::Promise;
use rooms_store::meetings::promises;

use crate::app::App;
use crate::companies::admins_only;
use crate::error::Failure;

/// The company's rule, and a person's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promises {
    /// What holds for everybody who chose nothing.
    pub company: Promise,
    /// What the actor chose.
    pub own: Option<Promise>,
}

/// What holds for the actor's meetings.
pub async fn get(app: &App, actor: &Actor) -> Result<Promises, Failure> {
    let mut tx = app.read().await?;
    let company = promises::of_company(&mut tx, actor.company).await?;
    Ok(Promises {
        company: company.unwrap_or_default(),
        own: promises::of_person(&mut tx, actor.company, actor.person).await?,
    })
}

/// Chooses for the actor's own meetings; `None` follows the company.
pub async fn choose(app: &App, actor: &Actor, own: Option<Promise>) -> Result<(), Failure> {
    app.store()
        .write((actor.clone(), own), |tx, (actor, own)| {
            Box::pin(async move {
                promises::set_of_person(tx, actor.company, actor.person, *own).await?;
                Ok::<_, Failure>(())
            })
        })
        .await
}

/// Sets the company's rule. Admins only.
pub async fn rule(app: &App, actor: &Actor, promise: Promise) -> Result<(), Failure> {
    admins_only(actor)?;
    app.store()
        .write((actor.company, promise), |tx, (company, promise)| {
            Box::pin(async move {
                promises::set_of_company(tx, *company, *promise).await?;
                Ok::<_, Failure>(())
            })
        })
        .await
}
