//! What a restored database needs before it is used: it is an earlier state, and Zoom, the mail
//! server and people have gone on since.

use jiff::Timestamp;
use rooms_store::audit::Entry;
pub use rooms_store::backup::{BackupError, Contents, restore, write};
use rooms_store::events::By;
use rooms_store::{backup, jobs as queue, reconciliations};

use crate::app::App;
use crate::audit::{self, INSTALLATION, Verdict};
use crate::error::Failure;
use crate::{jobs, zoom};

/// What was found in a restored database, and done about it.
#[derive(Debug)]
pub struct Settled {
    /// How many pairs of bookings have the same room at the same time; there should be none.
    pub overlaps: i64,
    /// Whether the audit holds, chain by chain.
    pub audit: Vec<Verdict>,
    /// How many letters are not sent, since they may have been sent since.
    pub letters: u64,
    /// How many companies are compared with Zoom once a server runs; nothing where no Zoom app is
    /// set up.
    pub compared: Option<usize>,
}

/// Looks a restored database through, and sees to what is to happen once a server runs on it.
///
/// Letters that waited are dropped: they may have gone out since, and a letter twice is worse than
/// one the product's own notice replaces. Other work goes on, since all of it looks first what is
/// there. Each company is compared with Zoom, where meetings made since have our mark and no
/// booking.
pub async fn settle(app: &App, made_at: Timestamp) -> Result<Settled, Failure> {
    let (overlaps, companies) = {
        let mut tx = app.read().await?;
        let overlaps = backup::overlaps(&mut tx).await?;
        (overlaps, reconciliations::with_hosts(&mut tx).await?)
    };
    let audit = audit::verify(app, None).await?;
    let letters = app
        .store()
        .write((made_at, app.now()), |tx, (made_at, now)| {
            Box::pin(async move {
                let entry = Entry::new(
                    INSTALLATION,
                    By::Operator,
                    "data.restored",
                    INSTALLATION,
                    *now,
                );
                tx.audit(entry.with("made_at", made_at.to_string()));
                queue::drop_queued(tx, jobs::MAIL).await
            })
        })
        .await?;
    let compared = if app.zoom().is_some() {
        for company in &companies {
            zoom::reconcile::start_for(app, *company, None).await?;
        }
        Some(companies.len())
    } else {
        None
    };
    Ok(Settled {
        overlaps,
        audit,
        letters,
        compared,
    })
}
