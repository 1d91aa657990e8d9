//! Connections to Zoom and their sealed tokens.

use jiff::Timestamp;
use rooms_core::connection::{
    Connection, ConnectionStatus, EndedBy, HostsFor, NoticedBy, in_order,
};
use rooms_core::{CompanyId, ConnectionId, PersonId};
use uuid::Uuid;

use crate::erasure::hash_of;
use crate::error::Error;
use crate::leaving;
use crate::sessions::instant;
use crate::tx::{Change, Tx};

macro_rules! connection {
    ($filter:literal) => {
        concat!(
            "SELECT id, company_id, person_id, client_id, zoom_user_id, zoom_account_id, zoom_email, zoom_name, zoom_licensed, name, preferred_at, ",
            "hosts_for, scopes, api_url, status, attention, epoch, granted_at, connected_at, disconnected_at, disconnected_by, ",
            "noticed_by FROM connection WHERE ",
            $filter
        )
    };
}
pub(crate) use connection;

statements! {
    INSERT = "INSERT INTO connection (id, company_id, person_id, provider, client_id, zoom_user_id, zoom_account_id, zoom_email, zoom_name, zoom_licensed, \
              scopes, api_url, status, epoch, data_key, access_token, refresh_token, token_version, access_expires_at, granted_at, connected_at, zoom_hash) \
              VALUES ($1, $2, $3, 'zoom', $4, $5, $6, $7, $8, $9, $10, $11, 'active', $12, $13, $14, $15, 1, $16, $17, $18, $19)";
    REGRANT = "UPDATE connection SET zoom_account_id = $3, zoom_email = $4, zoom_name = $5, zoom_licensed = $6, scopes = $7, api_url = $8, status = 'active', \
               attention = NULL, noticed_by = NULL, epoch = epoch + 1, data_key = $9, access_token = $10, refresh_token = $11, token_version = token_version + 1, \
               access_expires_at = $12, refreshing_until = NULL, granted_at = $13, zoom_hash = $14, client_id = $15 WHERE company_id = $1 AND id = $2 AND status <> 'inactive'";
    GET = connection!("company_id = $1 AND id = $2");
    CURRENT = connection!("company_id = $1 AND person_id = $2 AND status <> 'inactive'");
    OF_PERSON = connection!("company_id = $1 AND person_id = $2 ORDER BY connected_at DESC, id DESC");
    OF_COMPANY = connection!("company_id = $1 AND status <> 'inactive' ORDER BY connected_at DESC, id DESC LIMIT 500");
    /// Zoom tells of a user of its own, who may have connections in several companies.
    OF_ZOOM_USER = connection!("client_id = $1 AND zoom_user_id = $2 AND status <> 'inactive' ORDER BY id");
    REMEMBERED = "SELECT id FROM connection WHERE client_id = $1 AND zoom_user_id = $2 LIMIT 1";
    THROUGH_OTHERS = connection!("company_id = $1 AND person_id = $2 AND zoom_user_id = $3 AND client_id <> $4 AND status <> 'inactive' ORDER BY id LIMIT 1");
    /// Of a connection that has ended, only while its meetings are still being deleted.
    TOKENS = "SELECT data_key, access_token, refresh_token, token_version, access_expires_at, epoch, api_url, refreshing_until FROM connection \
              WHERE company_id = $1 AND id = $2 AND status = 'active' UNION ALL \
              SELECT l.data_key, l.access_token, l.refresh_token, l.token_version, l.access_expires_at, c.epoch, c.api_url, l.refreshing_until \
              FROM leaving l JOIN connection c ON c.id = l.connection_id WHERE l.company_id = $1 AND l.connection_id = $2";
    LEASE = "UPDATE connection SET refreshing_until = $4 WHERE company_id = $1 AND id = $2 AND token_version = $3 AND status = 'active' \
             AND (refreshing_until IS NULL OR refreshing_until <= $5)";
    POSTPONE = "UPDATE connection SET refreshing_until = $4 WHERE company_id = $1 AND id = $2 AND token_version = $3 AND refreshing_until = $5";
    LOCK = "UPDATE connection SET status = status WHERE company_id = $1 AND id = $2 AND status <> 'inactive'";
    REFRESHED = "UPDATE connection SET access_token = $4, refresh_token = $5, access_expires_at = $6, token_version = token_version + 1, \
                 refreshing_until = NULL, api_url = $7, scopes = $8 WHERE company_id = $1 AND id = $2 AND token_version = $3 AND status = 'active'";
    END = "UPDATE connection SET status = 'inactive', attention = NULL, disconnected_at = $3, disconnected_by = $4, epoch = epoch + 1, data_key = NULL, \
           access_token = NULL, refresh_token = NULL, refreshing_until = NULL WHERE company_id = $1 AND id = $2 AND status <> 'inactive'";
    ATTENTION = "UPDATE connection SET status = 'needs_attention', attention = $4, epoch = epoch + 1, data_key = NULL, access_token = NULL, \
                 refresh_token = NULL, refreshing_until = NULL WHERE company_id = $1 AND id = $2 AND epoch = $3 AND status = 'active'";
    DATA_KEY = "SELECT data_key FROM connection WHERE company_id = $1 AND id = $2 AND data_key IS NOT NULL UNION ALL \
                SELECT data_key FROM leaving WHERE company_id = $1 AND connection_id = $2";
}

row! {
    pub(crate) struct Row {
        id: Uuid,
        company_id: Uuid,
        person_id: Uuid,
        client_id: String,
        zoom_user_id: String,
        zoom_account_id: String,
        zoom_email: String,
        zoom_name: String,
        zoom_licensed: Option<bool>,
        name: Option<String>,
        preferred_at: Option<i64>,
        hosts_for: String,
        scopes: String,
        api_url: Option<String>,
        status: String,
        attention: Option<String>,
        epoch: i64,
        granted_at: i64,
        connected_at: i64,
        disconnected_at: Option<i64>,
        disconnected_by: Option<String>,
        noticed_by: Option<String>,
    }
}

impl Row {
    pub(crate) fn read(self) -> Result<Connection, Error> {
        Ok(Connection {
            id: ConnectionId::from_uuid(self.id),
            company: CompanyId::from_uuid(self.company_id),
            person: PersonId::from_uuid(self.person_id),
            client_id: self.client_id,
            zoom_user_id: self.zoom_user_id,
            zoom_account_id: self.zoom_account_id,
            zoom_email: self.zoom_email,
            zoom_name: self.zoom_name,
            zoom_licensed: self.zoom_licensed,
            name: self.name,
            preferred_at: self.preferred_at.map(instant).transpose()?,
            hosts_for: HostsFor::parse(&self.hosts_for).ok_or(Error::Corrupt("hosts_for"))?,
            scopes: self.scopes.split_whitespace().map(str::to_owned).collect(),
            api_url: self.api_url,
            status: ConnectionStatus::parse(&self.status).ok_or(Error::Corrupt("status"))?,
            attention: self.attention,
            epoch: self.epoch,
            granted_at: instant(self.granted_at)?,
            connected_at: instant(self.connected_at)?,
            disconnected_at: self.disconnected_at.map(instant).transpose()?,
            disconnected_by: self
                .disconnected_by
                .map(|by| EndedBy::parse(&by).ok_or(Error::Corrupt("disconnected_by")))
                .transpose()?,
            noticed_by: self
                .noticed_by
                .map(|how| NoticedBy::parse(&how).ok_or(Error::Corrupt("noticed_by")))
                .transpose()?,
        })
    }
}

/// A pair of tokens in clear, on their way in or out; never printed.
#[derive(Clone)]
pub struct Pair {
    /// Opens Zoom's API for about an hour.
    pub access_token: String,
    /// Gets the next pair, once.
    pub refresh_token: String,
    /// When the access token ends.
    pub access_expires_at: Timestamp,
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pair")
            .field("access_expires_at", &self.access_expires_at)
            .finish_non_exhaustive()
    }
}

/// The tokens of an active connection.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The pair.
    pub pair: Pair,
    /// Which pair it is, counted.
    pub version: i64,
    /// The connection's epoch.
    pub epoch: i64,
    /// Where Zoom wants this account's requests, where it said.
    pub api_url: Option<String>,
    /// Until when nobody else may refresh, where somebody does or has just failed to.
    pub refreshing_until: Option<Timestamp>,
}

/// Records a new connection with its tokens.
pub async fn insert(tx: &mut Tx, connection: &Connection, pair: &Pair) -> Result<(), Error> {
    let id = connection.id.uuid();
    let (data_key, access, refresh) = seal_new(tx, id, pair);
    let zoom_hash = hash_of(tx, connection)?;
    execute!(
        tx,
        INSERT,
        id,
        connection.company.uuid(),
        connection.person.uuid(),
        &connection.client_id,
        &connection.zoom_user_id,
        &connection.zoom_account_id,
        &connection.zoom_email,
        &connection.zoom_name,
        connection.zoom_licensed,
        connection.scopes.join(" "),
        &connection.api_url,
        connection.epoch,
        &data_key,
        &access,
        &refresh,
        pair.access_expires_at.as_microsecond(),
        connection.granted_at.as_microsecond(),
        connection.connected_at.as_microsecond(),
        zoom_hash.as_slice(),
    )?;
    tx.tell(Change::Connection(connection.person));
    Ok(())
}

/// Gives a connection that has not ended a new grant of the same Zoom user, and makes it active; the
/// grant may be to another app than before.
pub async fn regrant(tx: &mut Tx, connection: &Connection, pair: &Pair) -> Result<bool, Error> {
    let id = connection.id.uuid();
    let (data_key, access, refresh) = seal_new(tx, id, pair);
    let zoom_hash = hash_of(tx, connection)?;
    let hit = execute!(
        tx,
        REGRANT,
        connection.company.uuid(),
        id,
        &connection.zoom_account_id,
        &connection.zoom_email,
        &connection.zoom_name,
        connection.zoom_licensed,
        connection.scopes.join(" "),
        &connection.api_url,
        &data_key,
        &access,
        &refresh,
        pair.access_expires_at.as_microsecond(),
        connection.granted_at.as_microsecond(),
        zoom_hash.as_slice(),
        &connection.client_id,
    )?;
    tx.tell(Change::Connection(connection.person));
    Ok(hit == 1)
}

fn seal_new(tx: &Tx, id: Uuid, pair: &Pair) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let sealer = tx.sealer();
    let (key, wrapped) = sealer.new_data_key(id);
    let access = sealer.seal(&key, id, "access_token", &pair.access_token);
    let refresh = sealer.seal(&key, id, "refresh_token", &pair.refresh_token);
    (wrapped, access, refresh)
}

/// A connection of the company.
pub async fn get(
    tx: &mut Tx,
    company: CompanyId,
    id: ConnectionId,
) -> Result<Option<Connection>, Error> {
    fetch_optional!(tx, Row, GET, company.uuid(), id.uuid())?
        .map(Row::read)
        .transpose()
}

/// The connections of a person that have not ended, the default first.
pub async fn current(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
) -> Result<Vec<Connection>, Error> {
    let rows = fetch_all!(tx, Row, CURRENT, company.uuid(), person.uuid())?;
    let found: Result<_, _> = rows.into_iter().map(Row::read).collect();
    found.map(in_order)
}

/// All connections a person has had, newest first.
pub async fn of_person(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
) -> Result<Vec<Connection>, Error> {
    let rows = fetch_all!(tx, Row, OF_PERSON, company.uuid(), person.uuid())?;
    rows.into_iter().map(Row::read).collect()
}

/// The company's connections that have not ended, newest first.
pub async fn of_company(tx: &mut Tx, company: CompanyId) -> Result<Vec<Connection>, Error> {
    let rows = fetch_all!(tx, Row, OF_COMPANY, company.uuid())?;
    rows.into_iter().map(Row::read).collect()
}

/// The connections of a Zoom user under a client id that have not ended, in all companies.
pub async fn of_zoom_user(
    tx: &mut Tx,
    client_id: &str,
    zoom_user_id: &str,
) -> Result<Vec<Connection>, Error> {
    let rows = fetch_all!(tx, Row, OF_ZOOM_USER, client_id, zoom_user_id)?;
    rows.into_iter().map(Row::read).collect()
}

/// Whether any connection of a Zoom user made through an app, also one that has ended, still names
/// them.
pub async fn is_remembered(
    tx: &mut Tx,
    client_id: &str,
    zoom_user_id: &str,
) -> Result<bool, Error> {
    let found = fetch_optional!(tx, (Uuid,), REMEMBERED, client_id, zoom_user_id)?;
    Ok(found.is_some())
}

/// A person's connection of a Zoom user that has not ended and was made through another app.
pub async fn through_another_app(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    zoom_user_id: &str,
    client_id: &str,
) -> Result<Option<Connection>, Error> {
    let (company, person) = (company.uuid(), person.uuid());
    fetch_optional!(
        tx,
        Row,
        THROUGH_OTHERS,
        company,
        person,
        zoom_user_id,
        client_id
    )?
    .map(Row::read)
    .transpose()
}

row! {
    struct TokenRow {
        data_key: Option<Vec<u8>>,
        access_token: Option<Vec<u8>>,
        refresh_token: Option<Vec<u8>>,
        token_version: i64,
        access_expires_at: i64,
        epoch: i64,
        api_url: Option<String>,
        refreshing_until: Option<i64>,
    }
}

/// Keeps a connection as it is until the transaction ends; whether it is in use.
pub async fn lock(tx: &mut Tx, company: CompanyId, id: ConnectionId) -> Result<bool, Error> {
    Ok(execute!(tx, LOCK, company.uuid(), id.uuid())? == 1)
}

/// The tokens of a connection, if it is active, or if its meetings are still being deleted after
/// its end ([`crate::leaving`]).
pub async fn tokens(
    tx: &mut Tx,
    company: CompanyId,
    id: ConnectionId,
) -> Result<Option<Tokens>, Error> {
    let Some(row) = fetch_optional!(tx, TokenRow, TOKENS, company.uuid(), id.uuid())? else {
        return Ok(None);
    };
    let (Some(data_key), Some(access), Some(refresh)) =
        (row.data_key, row.access_token, row.refresh_token)
    else {
        return Err(Error::Corrupt("tokens"));
    };
    let key = tx.sealer().data_key(id.uuid(), &data_key)?;
    Ok(Some(Tokens {
        pair: Pair {
            access_token: key.open(id.uuid(), "access_token", &access)?,
            refresh_token: key.open(id.uuid(), "refresh_token", &refresh)?,
            access_expires_at: instant(row.access_expires_at)?,
        },
        version: row.token_version,
        epoch: row.epoch,
        api_url: row.api_url,
        refreshing_until: row.refreshing_until.map(instant).transpose()?,
    }))
}

/// Takes the right to refresh pair `version` until an instant; false when somebody else has it, or
/// the pair is no longer the newest.
pub async fn lease_refresh(
    tx: &mut Tx,
    (company, id): (CompanyId, ConnectionId),
    version: i64,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool, Error> {
    let hit = execute!(
        tx,
        LEASE,
        company.uuid(),
        id.uuid(),
        version,
        until.as_microsecond(),
        now.as_microsecond()
    )?;
    Ok(hit == 1 || leaving::lease_refresh(tx, (company, id), version, (until, now)).await?)
}

/// Gives that right back without a new pair: nobody has it before an instant. Whoever held it
/// until `lease` and was held up for longer changes nothing: it is somebody else's by now.
pub async fn postpone_refresh(
    tx: &mut Tx,
    (company, id): (CompanyId, ConnectionId),
    (version, lease): (i64, Timestamp),
    until: Timestamp,
) -> Result<(), Error> {
    execute!(
        tx,
        POSTPONE,
        company.uuid(),
        id.uuid(),
        version,
        until.as_microsecond(),
        lease.as_microsecond()
    )?;
    leaving::postpone_refresh(tx, (company, id), (version, lease), until).await
}

/// Stores the pair that took the place of pair `version`; false when the connection has ended or
/// was granted anew meanwhile.
pub async fn refreshed(
    tx: &mut Tx,
    (company, id): (CompanyId, ConnectionId),
    version: i64,
    pair: &Pair,
    (api_url, scopes): (Option<&str>, &[String]),
) -> Result<bool, Error> {
    let wrapped = fetch_optional!(tx, (Option<Vec<u8>>,), DATA_KEY, company.uuid(), id.uuid())?;
    let Some((Some(wrapped),)) = wrapped else {
        return Ok(false);
    };
    let sealer = tx.sealer();
    let key = sealer.data_key(id.uuid(), &wrapped)?;
    let access = sealer.seal(&key, id.uuid(), "access_token", &pair.access_token);
    let refresh = sealer.seal(&key, id.uuid(), "refresh_token", &pair.refresh_token);
    let hit = execute!(
        tx,
        REFRESHED,
        company.uuid(),
        id.uuid(),
        version,
        &access,
        &refresh,
        pair.access_expires_at.as_microsecond(),
        api_url,
        scopes.join(" "),
    )?;
    if hit == 1 {
        return Ok(true);
    }
    leaving::refreshed(tx, (company, id), version, (&access, &refresh), pair).await
}

/// Ends a connection and shreds its tokens; false when it had ended.
pub async fn end(
    tx: &mut Tx,
    connection: &Connection,
    by: EndedBy,
    now: Timestamp,
) -> Result<bool, Error> {
    let hit = execute!(
        tx,
        END,
        connection.company.uuid(),
        connection.id.uuid(),
        now.as_microsecond(),
        by.as_str()
    )?;
    tx.tell(Change::Connection(connection.person));
    Ok(hit == 1)
}

/// Marks an active connection of that epoch as needing its person, and shreds its tokens.
pub async fn needs_attention(
    tx: &mut Tx,
    connection: &Connection,
    why: &str,
) -> Result<bool, Error> {
    let hit = execute!(
        tx,
        ATTENTION,
        connection.company.uuid(),
        connection.id.uuid(),
        connection.epoch,
        why
    )?;
    tx.tell(Change::Connection(connection.person));
    Ok(hit == 1)
}
