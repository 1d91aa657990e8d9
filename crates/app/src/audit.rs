//! The audit: looking it through, listing it, and giving it out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use rooms_core::{Actor, CompanyId, PersonId};
use rooms_store::audit::chain::{self, Broken, Holds};
use rooms_store::audit::{self, Entry};
pub use rooms_store::audit::{Filter, Recorded, Topic};
use rooms_store::events::By;
use serde::Serialize;

use crate::app::App;
use crate::companies::admins_only;
use crate::error::Failure;

/// The company of what concerns the installation itself.
pub const INSTALLATION: CompanyId = CompanyId::from_uuid(uuid::Uuid::nil());

/// How many entries are read at once when all are given out.
const PAGE: i64 = 500;

/// What came of looking a chain through.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Whose chain.
    pub company: CompanyId,
    /// Whether it holds, or where it does not.
    pub found: Result<Holds, Broken>,
}

/// Looks chains through: one company's, or all there are.
pub async fn verify(app: &App, company: Option<CompanyId>) -> Result<Vec<Verdict>, Failure> {
    let mut tx = app.read().await?;
    let companies = match company {
        Some(company) => vec![company],
        None => chain::companies(&mut tx).await?,
    };
    let mut verdicts = Vec::new();
    for company in companies {
        let found = chain::verify(&mut tx, company).await?;
        verdicts.push(Verdict { company, found });
    }
    Ok(verdicts)
}

/// An entry as it is given out.
#[derive(Debug, Clone, Serialize)]
pub struct Given {
    /// Its place in the chain.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Whose doing it was.
    pub actor_kind: String,
    /// The person's id.
    pub actor: Option<PersonId>,
    /// What it is about.
    pub topic: String,
    /// What was done.
    pub action: String,
    /// What kind of thing it was done to.
    pub subject_kind: String,
    /// Its id.
    pub subject: String,
    /// More about it.
    pub details: serde_json::Value,
    /// The entry's hash, in hex: with it an excerpt can be compared with the chain.
    pub hash: String,
}

impl From<Recorded> for Given {
    fn from(entry: Recorded) -> Self {
        Self {
            number: entry.number,
            at: entry.at,
            actor_kind: entry.actor_kind.clone(),
            actor: entry.actor,
            topic: entry.topic.clone(),
            action: entry.action.clone(),
            subject_kind: entry.subject_kind.clone(),
            subject: entry.subject_id(),
            details: serde_json::from_str(&entry.details).unwrap_or_default(),
            hash: hex(&entry.hash),
        }
    }
}

/// Bytes as people compare them.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The columns of an export as a table.
pub const COLUMNS: [&str; 10] = [
    "number",
    "at",
    "actor_kind",
    "actor",
    "topic",
    "action",
    "subject_kind",
    "subject",
    "details",
    "hash",
];

impl Given {
    /// The line of a table, as RFC 4180 has it.
    #[must_use]
    pub fn csv(&self) -> String {
        let cells = [
            self.number.to_string(),
            self.at.to_string(),
            self.actor_kind.clone(),
            self.actor.map_or_else(String::new, |id| id.to_string()),
            self.topic.clone(),
            self.action.clone(),
            self.subject_kind.clone(),
            self.subject.clone(),
            self.details.to_string(),
            self.hash.clone(),
        ];
        cells.map(|cell| quoted(&cell)).join(",")
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// Every entry of a company that a filter lets through, oldest first, for the command line; that it
/// was given out goes on record.
pub async fn export(app: &App, company: CompanyId, wanted: Filter) -> Result<Vec<Given>, Failure> {
    given(app, company, By::Operator, wanted).await
}

/// The same for an admin of the company.
pub async fn download(app: &App, actor: &Actor, wanted: Filter) -> Result<Vec<Given>, Failure> {
    admins_only(actor)?;
    given(app, actor.company, By::Person(actor.person), wanted).await
}

async fn given(
    app: &App,
    company: CompanyId,
    by: By,
    wanted: Filter,
) -> Result<Vec<Given>, Failure> {
    let mut found = Vec::new();
    let mut wanted = Filter {
        limit: PAGE,
        ..wanted
    };
    {
        let mut tx = app.read().await?;
        loop {
            let page = audit::list(&mut tx, company, &wanted).await?;
            let Some(last) = page.last() else { break };
            wanted.before = Some(last.number);
            found.extend(page.into_iter().map(Given::from));
        }
    }
    found.reverse();
    let entry = Entry::new(company, by, "audit.exported", company, app.now());
    let entry = entry.with("entries", found.len());
    app.store()
        .write(entry, |tx, entry| {
            tx.audit(entry.clone());
            Box::pin(async { Ok::<_, Failure>(()) })
        })
        .await?;
    Ok(found)
}

/// A page of the audit.
#[derive(Debug, Clone)]
pub struct Page {
    /// Entries, newest first.
    pub entries: Vec<Recorded>,
    /// Names of the people who did it, as far as they are known.
    pub names: BTreeMap<uuid::Uuid, String>,
    /// The number to go on before, where there are more.
    pub more: Option<i64>,
}

/// A page of what a filter lets through. Admins only.
pub async fn page(app: &App, actor: &Actor, wanted: &Filter) -> Result<Page, Failure> {
    admins_only(actor)?;
    let mut tx = app.read().await?;
    let one_more = Filter {
        limit: wanted.limit + 1,
        ..wanted.clone()
    };
    let mut entries = audit::list(&mut tx, actor.company, &one_more).await?;
    let fits = usize::try_from(wanted.limit).unwrap_or(usize::MAX);
    let is_more = entries.len() > fits;
    entries.truncate(fits);
    let names = match (entries.first(), entries.last()) {
        (Some(newest), Some(oldest)) => {
            let numbers = oldest.number..=newest.number;
            audit::names(&mut tx, actor.company, numbers).await?
        }
        _ => BTreeMap::new(),
    };
    let more = entries.last().filter(|_| is_more).map(|entry| entry.number);
    Ok(Page {
        entries,
        names,
        more,
    })
}
