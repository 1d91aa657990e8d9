//! The apps at Zoom that companies have of their own, with their sealed secrets, and what was heard
//! of every app, the operator's included.

use jiff::Timestamp;
use rooms_core::connection::Connection;
use rooms_core::{CompanyId, ZoomAppId};
use uuid::Uuid;

use crate::connections::{Row as ConnectionRow, connection};
use crate::error::Error;
use crate::sessions::instant;
use crate::tx::{Change, Tx};

macro_rules! zoom_app {
    ($filter:literal) => {
        concat!(
            "SELECT a.id, a.company_id, a.state, a.client_id, a.client_secret, a.webhook_secret, a.earlier_webhook_secret, a.webhook_secret_at, a.revision, ",
            "a.checks, a.checked_at, a.used_at, c.data_key FROM zoom_app a JOIN company c ON c.id = a.company_id WHERE ",
            $filter
        )
    };
}

statements! {
    BEGIN = "INSERT INTO zoom_app (id, company_id, state, client_id, revision, created_at) VALUES ($1, $2, 'draft', '', 1, $3) ON CONFLICT DO NOTHING";
    CURRENT = zoom_app!("a.company_id = $1 AND a.state <> 'removed'");
    /// The one in use comes first: its client id may have been that of an app that was removed.
    OF_CLIENT = zoom_app!("a.company_id = $1 AND a.client_id = $2 AND a.state <> 'draft' AND a.client_secret IS NOT NULL ORDER BY a.state, a.created_at DESC LIMIT 1");
    /// Zoom's webhooks name no company: the app is in their address.
    BY_ID = zoom_app!("a.id = $1");
    /// Of any company: an app at Zoom has one owner here.
    OWNER = "SELECT company_id FROM zoom_app WHERE client_id = $1 AND state = 'active'";
    DATA_KEY = "SELECT data_key FROM company WHERE id = $1";
    STORE = "UPDATE zoom_app SET state = $4, client_id = $5, client_secret = $6, webhook_secret = $7, earlier_webhook_secret = $8, webhook_secret_at = $9, \
             checks = $10, checked_at = $11, used_at = $12, removed_at = $13, revision = revision + 1 WHERE company_id = $1 AND id = $2 AND revision = $3";
    SHRED = "UPDATE zoom_app SET client_secret = NULL, webhook_secret = NULL, earlier_webhook_secret = NULL, revision = revision + 1 \
             WHERE company_id = $1 AND id = $2 AND state = 'removed'";
    ENDING = connection!("company_id = $1 AND client_id = $2 AND status <> 'inactive' ORDER BY id");
    LEAVING = connection!("company_id = $1 AND client_id = $2 AND status = 'inactive' AND id IN (SELECT connection_id FROM leaving WHERE company_id = $1) ORDER BY id");
    LINKS = "SELECT COUNT(*) FROM meeting m JOIN connection c ON c.id = m.connection_id JOIN booking b ON b.id = m.booking_id WHERE m.company_id = $1 \
             AND c.company_id = $1 AND b.company_id = $1 AND c.client_id = $2 AND c.status <> 'inactive' AND m.state = 'ready' AND b.ends_at > $3";
    HANDING_BACK = "SELECT COUNT(*) FROM job WHERE company_id = $1 AND kind = $3 AND state = 'queued' \
                    AND subject IN (SELECT id FROM connection WHERE company_id = $1 AND client_id = $2)";
    /// What is heard belongs to the app whose secret or grant it came with; the operator's is no company's.
    CHALLENGED = "INSERT INTO zoom_app_heard (app_id, client_id, challenged_at) VALUES ($1, $2, $3) \
                  ON CONFLICT (app_id, client_id) DO UPDATE SET challenged_at = excluded.challenged_at";
    HEARD_AT = "SELECT heard_at FROM zoom_app_heard WHERE app_id = $1 AND client_id = $2";
    /// The same.
    HEARD = "INSERT INTO zoom_app_heard (app_id, client_id, heard_at) VALUES ($1, $2, $3) ON CONFLICT (app_id, client_id) DO UPDATE SET \
             heard_at = excluded.heard_at WHERE zoom_app_heard.heard_at IS NULL OR zoom_app_heard.heard_at < excluded.heard_at - 60000000";
    /// The same.
    GRANTED = "INSERT INTO zoom_app_heard (app_id, client_id, scopes, granted_at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (app_id, client_id) DO UPDATE SET scopes = excluded.scopes, granted_at = excluded.granted_at";
    /// The same.
    KNOWN = "SELECT challenged_at, heard_at, scopes, granted_at FROM zoom_app_heard WHERE app_id = $1 AND client_id = $2";
}

/// Where a company's own app stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppState {
    /// It is being entered; nobody connects through it yet.
    Draft,
    /// The company's people connect through it.
    Active,
    /// It was removed; nobody connects through it any more.
    Removed,
}

impl AppState {
    const ALL: [Self; 3] = [Self::Draft, Self::Active, Self::Removed];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Removed => "removed",
        }
    }

    fn read(word: &str) -> Result<Self, Error> {
        let mut all = Self::ALL.into_iter();
        all.find(|state| state.as_str() == word)
            .ok_or(Error::Corrupt("zoom_app.state"))
    }
}

/// What proves that a message is from the app, or from Zoom to it; in clear, and never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    /// The client secret.
    pub client: Option<String>,
    /// What Zoom signs webhooks with.
    pub webhook: Option<String>,
    /// What it signed them with before, while one takes over from the other.
    pub earlier_webhook: Option<String>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

/// A company's own app at Zoom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnApp {
    /// Its id here, which is in its webhook address.
    pub id: ZoomAppId,
    /// The company.
    pub company: CompanyId,
    /// Where it stands.
    pub state: AppState,
    /// Its client id at Zoom; empty until it is entered.
    pub client_id: String,
    /// Its secrets.
    pub secrets: Secrets,
    /// Since when the webhook secret is the present one.
    pub webhook_secret_at: Option<Timestamp>,
    /// Raised with every change of it.
    pub revision: i64,
    /// What the last check found, as the use case wrote it down.
    pub checks: Option<String>,
    /// When that was.
    pub checked_at: Option<Timestamp>,
    /// Since when people connect through it.
    pub used_at: Option<Timestamp>,
}

row! {
    struct Row {
        id: Uuid,
        company_id: Uuid,
        state: String,
        client_id: String,
        client_secret: Option<Vec<u8>>,
        webhook_secret: Option<Vec<u8>>,
        earlier_webhook_secret: Option<Vec<u8>>,
        webhook_secret_at: Option<i64>,
        revision: i64,
        checks: Option<String>,
        checked_at: Option<i64>,
        used_at: Option<i64>,
        data_key: Vec<u8>,
    }
}

impl Row {
    fn read(self, tx: &Tx) -> Result<OwnApp, Error> {
        let key = tx.sealer().data_key(self.company_id, &self.data_key)?;
        let open = |column, sealed: Option<Vec<u8>>| {
            let open = |sealed: Vec<u8>| key.open(self.id, column, &sealed);
            sealed.map(open).transpose()
        };
        Ok(OwnApp {
            id: ZoomAppId::from_uuid(self.id),
            company: CompanyId::from_uuid(self.company_id),
            state: AppState::read(&self.state)?,
            client_id: self.client_id,
            secrets: Secrets {
                client: open("client_secret", self.client_secret)?,
                webhook: open("webhook_secret", self.webhook_secret)?,
                earlier_webhook: open("earlier_webhook_secret", self.earlier_webhook_secret)?,
            },
            webhook_secret_at: self.webhook_secret_at.map(instant).transpose()?,
            revision: self.revision,
            checks: self.checks,
            checked_at: self.checked_at.map(instant).transpose()?,
            used_at: self.used_at.map(instant).transpose()?,
        })
    }
}

/// Begins to enter an app; false when the company has one already.
pub async fn begin(
    tx: &mut Tx,
    company: CompanyId,
    id: ZoomAppId,
    now: Timestamp,
) -> Result<bool, Error> {
    let now = now.as_microsecond();
    Ok(execute!(tx, BEGIN, id.uuid(), company.uuid(), now)? == 1)
}

/// The company's app that was not removed.
pub async fn current(tx: &mut Tx, company: CompanyId) -> Result<Option<OwnApp>, Error> {
    fetch_optional!(tx, Row, CURRENT, company.uuid())?
        .map(|row| row.read(tx))
        .transpose()
}

/// The company's app with a client id, in use or removed, as long as it has its secrets.
pub async fn of_client(
    tx: &mut Tx,
    company: CompanyId,
    client_id: &str,
) -> Result<Option<OwnApp>, Error> {
    fetch_optional!(tx, Row, OF_CLIENT, company.uuid(), client_id)?
        .map(|row| row.read(tx))
        .transpose()
}

/// An app of any company, for a webhook that comes to its address.
pub async fn by_id(tx: &mut Tx, id: ZoomAppId) -> Result<Option<OwnApp>, Error> {
    fetch_optional!(tx, Row, BY_ID, id.uuid())?
        .map(|row| row.read(tx))
        .transpose()
}

/// The company whose people connect through their own app with a client id.
pub async fn owner(tx: &mut Tx, client_id: &str) -> Result<Option<CompanyId>, Error> {
    let row = fetch_optional!(tx, (Uuid,), OWNER, client_id)?;
    Ok(row.map(|(company,)| CompanyId::from_uuid(company)))
}

/// Stores an app as it is now; false when somebody else has changed it since it was read.
pub async fn store(tx: &mut Tx, app: &OwnApp, now: Timestamp) -> Result<bool, Error> {
    let (company, owner) = (app.company.uuid(), app.id.uuid());
    let (wrapped,) =
        fetch_optional!(tx, (Vec<u8>,), DATA_KEY, company)?.ok_or(Error::Corrupt("company"))?;
    let sealer = tx.sealer();
    let key = sealer.data_key(company, &wrapped)?;
    let seal = |column, text: &Option<String>| {
        let seal = |text: &String| sealer.seal(&key, owner, column, text);
        text.as_ref().map(seal)
    };
    let removed_at = (app.state == AppState::Removed).then(|| now.as_microsecond());
    let hit = execute!(
        tx,
        STORE,
        company,
        owner,
        app.revision,
        app.state.as_str(),
        &app.client_id,
        seal("client_secret", &app.secrets.client),
        seal("webhook_secret", &app.secrets.webhook),
        seal("earlier_webhook_secret", &app.secrets.earlier_webhook),
        app.webhook_secret_at.map(Timestamp::as_microsecond),
        &app.checks,
        app.checked_at.map(Timestamp::as_microsecond),
        app.used_at.map(Timestamp::as_microsecond),
        removed_at,
    )?;
    tx.tell(Change::ZoomApp(app.id));
    Ok(hit == 1)
}

/// Shreds the secrets of an app that was removed.
pub async fn shred(tx: &mut Tx, company: CompanyId, id: ZoomAppId) -> Result<(), Error> {
    execute!(tx, SHRED, company.uuid(), id.uuid())?;
    Ok(())
}

/// The company's connections through a client id that have not ended, in the order of their ids.
pub async fn connections(
    tx: &mut Tx,
    company: CompanyId,
    client_id: &str,
) -> Result<Vec<Connection>, Error> {
    let rows = fetch_all!(tx, ConnectionRow, ENDING, company.uuid(), client_id)?;
    rows.into_iter().map(ConnectionRow::read).collect()
}

/// Those that have ended while their meetings are still being deleted.
pub async fn leaving(
    tx: &mut Tx,
    company: CompanyId,
    client_id: &str,
) -> Result<Vec<Connection>, Error> {
    let rows = fetch_all!(tx, ConnectionRow, LEAVING, company.uuid(), client_id)?;
    rows.into_iter().map(ConnectionRow::read).collect()
}

/// How many links of bookings still ahead were made through a client id.
pub async fn links(
    tx: &mut Tx,
    company: CompanyId,
    client_id: &str,
    now: Timestamp,
) -> Result<usize, Error> {
    let now = now.as_microsecond();
    let row = fetch_optional!(tx, (i64,), LINKS, company.uuid(), client_id, now)?;
    Ok(row.map_or(0, |(count,)| usize::try_from(count).unwrap_or(0)))
}

/// Whether connections through a client id are still to be handed back to Zoom, by jobs of a kind.
pub async fn is_handing_back(
    tx: &mut Tx,
    company: CompanyId,
    client_id: &str,
    kind: &str,
) -> Result<bool, Error> {
    let row = fetch_optional!(tx, (i64,), HANDING_BACK, company.uuid(), client_id, kind)?;
    Ok(row.is_some_and(|(count,)| count > 0))
}

/// An app: the company's own, or the operator's, and its client id.
pub type Which<'a> = (Option<ZoomAppId>, &'a str);

fn key(app: Option<ZoomAppId>) -> Uuid {
    app.map_or(Uuid::nil(), ZoomAppId::uuid)
}

/// Lets whoever looks at a company's own app know; nobody looks at the operator's.
fn tell(tx: &mut Tx, app: Option<ZoomAppId>) {
    if let Some(app) = app {
        tx.tell(Change::ZoomApp(app));
    }
}

/// What was heard of an app.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// When Zoom's challenge of the webhook address was answered last.
    pub challenged_at: Option<Timestamp>,
    /// When a webhook was verified last, to the minute.
    pub heard_at: Option<Timestamp>,
    /// The permissions of the last grant, and when that was.
    pub granted: Option<(Vec<String>, Timestamp)>,
}

/// Notes that Zoom's challenge was answered.
pub async fn challenged(
    tx: &mut Tx,
    (app, client): Which<'_>,
    now: Timestamp,
) -> Result<(), Error> {
    execute!(tx, CHALLENGED, key(app), client, now.as_microsecond())?;
    tell(tx, app);
    Ok(())
}

/// Notes that a webhook was verified. Once a minute is enough, and it is read before it is written,
/// so that many webhooks do not wait for one row.
pub async fn heard(tx: &mut Tx, (app, client): Which<'_>, now: Timestamp) -> Result<(), Error> {
    let known = fetch_optional!(tx, (Option<i64>,), HEARD_AT, key(app), client)?;
    let at = known.and_then(|(at,)| at);
    if at.is_some_and(|at| now.as_microsecond() - at <= 60_000_000) {
        return Ok(());
    }
    if execute!(tx, HEARD, key(app), client, now.as_microsecond())? == 1 {
        tell(tx, app);
    }
    Ok(())
}

/// Notes the permissions of a grant, enough or not.
pub async fn granted(
    tx: &mut Tx,
    (app, client): Which<'_>,
    scopes: &[String],
    now: Timestamp,
) -> Result<(), Error> {
    let scopes = scopes.join(" ");
    execute!(tx, GRANTED, key(app), client, scopes, now.as_microsecond())?;
    tell(tx, app);
    Ok(())
}

/// What was heard of an app.
pub async fn known(tx: &mut Tx, (app, client): Which<'_>) -> Result<Heard, Error> {
    type Known = (Option<i64>, Option<i64>, Option<String>, Option<i64>);
    let Some((challenged_at, heard_at, scopes, granted_at)) =
        fetch_optional!(tx, Known, KNOWN, key(app), client)?
    else {
        return Ok(Heard::default());
    };
    let granted_at = granted_at.map(instant).transpose()?;
    Ok(Heard {
        challenged_at: challenged_at.map(instant).transpose()?,
        heard_at: heard_at.map(instant).transpose()?,
        granted: scopes.zip(granted_at).map(|(scopes, at)| {
            let scopes = scopes.split_whitespace().map(str::to_owned).collect();
            (scopes, at)
        }),
    })
}
