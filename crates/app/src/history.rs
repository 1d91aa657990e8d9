//! What a history says, and notices.

use rooms_core::{Actor, NoticeId};
use rooms_store::notices::{self, Notice};

use crate::app::App;
use crate::error::Failure;

/// The actor's notices, newest first.
pub async fn notices(app: &App, actor: &Actor) -> Result<Vec<Notice>, Failure> {
    let mut tx = app.read().await?;
    Ok(notices::list(&mut tx, actor.company, actor.person).await?)
}

/// Puts a notice away.
pub async fn dismiss(app: &App, actor: &Actor, id: NoticeId) -> Result<(), Failure> {
    let now = app.now();
    app.store()
        .write((actor.clone(), id, now), |tx, (actor, id, now)| {
            Box::pin(async move {
                let hit = notices::dismiss(tx, actor.company, actor.person, *id, *now).await?;
                if hit {
                    Ok(())
                } else {
                    Err(Failure::NotFound("notice"))
                }
            })
        })
        .await
}
