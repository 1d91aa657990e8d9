//! What the database holds at the end, read behind the program's back.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rooms_store::DatabaseUrl;

use crate::database::Raw;

pub(super) struct Booking {
    pub(super) id: String,
    pub(super) room: String,
    pub(super) title: String,
    pub(super) starts_at: i64,
    pub(super) ends_at: i64,
    pub(super) live: bool,
    pub(super) zoom: bool,
}

pub(super) struct Meeting {
    pub(super) id: String,
    pub(super) company: String,
    pub(super) booking: String,
    pub(super) connection: String,
    pub(super) state: String,
    pub(super) zoom_id: Option<i64>,
    pub(super) failure: String,
}

pub(super) struct Connection {
    pub(super) company: String,
    pub(super) person: String,
    pub(super) user: String,
    pub(super) status: String,
    pub(super) attention: String,
    pub(super) granted_at: Timestamp,
}

pub(super) struct Job {
    pub(super) kind: String,
    pub(super) state: String,
    pub(super) run_at: i64,
    pub(super) lease: String,
    pub(super) error: String,
}

/// All that is looked at. Ids are 32 hexadecimal digits.
pub(super) struct Ledger {
    pub(super) bookings: BTreeMap<String, Booking>,
    pub(super) meetings: BTreeMap<String, Meeting>,
    pub(super) connections: BTreeMap<String, Connection>,
    /// Name, and whether it was processed.
    pub(super) inbox: Vec<(String, bool)>,
    pub(super) jobs: Vec<Job>,
    /// Person, kind and subject.
    pub(super) notices: BTreeSet<(String, String, String)>,
    /// Action and subject.
    pub(super) audit: BTreeSet<(String, String)>,
    pub(super) leaving: usize,
}

impl Ledger {
    pub(super) async fn read(url: &DatabaseUrl) -> anyhow::Result<Self> {
        let mut raw = Raw::open(url).await?;
        let ledger = Self {
            bookings: bookings(&mut raw).await?,
            meetings: meetings(&mut raw).await?,
            connections: connections(&mut raw).await?,
            inbox: inbox(&mut raw).await?,
            jobs: jobs(&mut raw).await?,
            notices: notices(&mut raw).await?,
            audit: audit(&mut raw).await?,
            leaving: raw.rows(&["total"], "FROM leaving").await?.len(),
        };
        raw.close().await?;
        Ok(ledger)
    }

    pub(super) fn meetings_of(&self, booking: &str) -> impl Iterator<Item = &Meeting> {
        self.meetings
            .values()
            .filter(move |meeting| meeting.booking == booking)
    }

    /// Whether a meeting's own connection is in use.
    pub(super) fn reaches(&self, meeting: &Meeting) -> bool {
        let connection = self.connections.get(&meeting.connection);
        connection.is_some_and(|connection| connection.status == "active")
    }

    /// Whether a booking that is not over has a meeting through a connection.
    pub(super) fn has_bookings_ahead(&self, connection: &str, now: Timestamp) -> bool {
        let mut theirs = self
            .meetings
            .values()
            .filter(|m| m.connection == connection);
        theirs.any(|meeting| {
            let booking = self.bookings.get(&meeting.booking);
            booking.is_some_and(|b| b.live && b.ends_at > now.as_microsecond())
        })
    }

    /// Whether a company has a connection in use of a Zoom user.
    pub(super) fn may_look(&self, company: &str, user: &str) -> bool {
        self.connections.values().any(|connection| {
            connection.company == company
                && connection.status == "active"
                && connection.user.eq_ignore_ascii_case(user)
        })
    }
}

fn number(text: &str) -> Option<i64> {
    text.parse().ok()
}

async fn bookings(raw: &mut Raw) -> anyhow::Result<BTreeMap<String, Booking>> {
    let columns = [
        "#id",
        "#room_id",
        "title",
        "starts_at",
        "ends_at",
        "state",
        "conference",
    ];
    let rows = raw.rows(&columns, "FROM booking").await?;
    let read = |row: Vec<String>| {
        let [id, room, title, starts_at, ends_at, state, conference] = row.try_into().ok()?;
        let booking = Booking {
            id: id.clone(),
            room,
            title,
            starts_at: number(&starts_at)?,
            ends_at: number(&ends_at)?,
            live: ["confirmed", "pending"].contains(&state.as_str()),
            zoom: conference == "zoom",
        };
        Some((id, booking))
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

async fn meetings(raw: &mut Raw) -> anyhow::Result<BTreeMap<String, Meeting>> {
    let columns = [
        "#id",
        "#company_id",
        "#booking_id",
        "#connection_id",
        "state",
        "zoom_id",
        "failure",
    ];
    let rows = raw.rows(&columns, "FROM meeting").await?;
    let read = |row: Vec<String>| {
        let [id, company, booking, connection, state, zoom_id, failure] = row.try_into().ok()?;
        let meeting = Meeting {
            id: id.clone(),
            company,
            booking,
            connection,
            state,
            zoom_id: number(&zoom_id),
            failure,
        };
        Some((id, meeting))
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

async fn connections(raw: &mut Raw) -> anyhow::Result<BTreeMap<String, Connection>> {
    let columns = [
        "#id",
        "#company_id",
        "#person_id",
        "zoom_user_id",
        "status",
        "attention",
        "granted_at",
    ];
    let rows = raw.rows(&columns, "FROM connection").await?;
    let read = |row: Vec<String>| {
        let [id, company, person, user, status, attention, granted_at] = row.try_into().ok()?;
        let connection = Connection {
            company,
            person,
            user,
            status,
            attention,
            granted_at: Timestamp::from_microsecond(number(&granted_at)?).ok()?,
        };
        Some((id, connection))
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

async fn inbox(raw: &mut Raw) -> anyhow::Result<Vec<(String, bool)>> {
    let rows = raw.rows(&["name", "processed_at"], "FROM inbox").await?;
    let read = |row: Vec<String>| {
        let [name, processed] = row.try_into().ok()?;
        Some((name, !processed.is_empty()))
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

async fn jobs(raw: &mut Raw) -> anyhow::Result<Vec<Job>> {
    let columns = ["kind", "state", "run_at", "lease_until", "last_error"];
    let rows = raw.rows(&columns, "FROM job").await?;
    let read = |row: Vec<String>| {
        let [kind, state, run_at, lease, error] = row.try_into().ok()?;
        Some(Job {
            kind,
            state,
            run_at: number(&run_at)?,
            lease,
            error,
        })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

async fn notices(raw: &mut Raw) -> anyhow::Result<BTreeSet<(String, String, String)>> {
    let columns = ["#person_id", "kind", "#subject"];
    let rows = raw.rows(&columns, "FROM notice").await?;
    let read = |row: Vec<String>| {
        let [person, kind, subject] = row.try_into().ok()?;
        Some((person, kind, subject))
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

async fn audit(raw: &mut Raw) -> anyhow::Result<BTreeSet<(String, String)>> {
    let rows = raw.rows(&["action", "#subject"], "FROM audit").await?;
    let read = |row: Vec<String>| {
        let [action, subject] = row.try_into().ok()?;
        Some((action, subject))
    };
    Ok(rows.into_iter().filter_map(read).collect())
}
