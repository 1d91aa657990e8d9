//! Who hosts: choosing the connection of a meeting, and what people decide about it beforehand.
//!
//! The rule itself is [`rooms_core::connection::hosts`]; here it meets the database. Whoever wants
//! a meeting asks [`choose`] inside their transaction, after the room is locked.

use jiff::SignedDuration;
use rooms_core::booking::Named;
use rooms_core::booking::alternatives::REACH;
use rooms_core::connection::hosts::{
    self as rule, Choice, Host, NoHost, StandIn, Standing, Wish, candidates, next_free,
};
use rooms_core::connection::{Connection, HostsFor};
use rooms_core::{Actor, BookingId, CompanyId, ConnectionId, PersonId, Slot, text};
use rooms_store::audit::Entry;
use rooms_store::events::{self, By};
use rooms_store::{Tx, connections, hosts};

use crate::app::App;
use crate::companies::admins_only;
use crate::error::Failure;

/// How far around a meeting a host's load is looked at, to ask the least busy of several first.
const LOAD: SignedDuration = SignedDuration::from_hours(12);

/// A meeting that needs a host.
#[derive(Debug, Clone)]
pub(crate) struct Asked<'a> {
    /// In whose name.
    pub organizer: &'a Named,
    /// When.
    pub slot: Slot,
    /// The only connection that is wanted, if one was named.
    pub named: Option<ConnectionId>,
    /// The connection it has now, and the organizer it was chosen for.
    pub present: Option<(ConnectionId, PersonId)>,
    /// The booking, which is not in its own way.
    pub booking: BookingId,
}

/// Who asks for a host.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker {
    /// Of which company.
    pub company: CompanyId,
    /// Which person; nobody where it is the product's own doing.
    pub person: Option<PersonId>,
}

impl From<&Actor> for Asker {
    fn from(actor: &Actor) -> Self {
        Self {
            company: actor.company,
            person: Some(actor.person),
        }
    }
}

impl Asked<'_> {
    fn wish(&self) -> Wish {
        Wish {
            organizer: self.organizer.id,
            slot: self.slot,
            named: self.named,
            present: self.present,
        }
    }
}

/// What came of asking.
#[derive(Debug)]
pub(crate) enum Found {
    /// This connection hosts.
    Host(Box<Choice>),
    /// All that could are taken then.
    AllBusy(Box<HostsBusy>),
}

impl Found {
    /// The host, or the refusal. It comes after "the room is taken" and so is asked for apart.
    pub(crate) fn free(self) -> Result<Choice, Failure> {
        match self {
            Self::Host(choice) => Ok(*choice),
            Self::AllBusy(busy) => Err(Failure::ZoomHostsBusy(busy)),
        }
    }
}

/// Every connection that could host a meeting hosts another one then.
#[derive(Debug, Clone)]
pub struct HostsBusy {
    /// How many could.
    pub hosts: usize,
    /// When it was wanted.
    pub slot: Slot,
    /// The next time, as long, for which one is free; none within seven days, or not looked up.
    pub free: Option<Slot>,
    wish: Wish,
    booking: BookingId,
}

/// Chooses the host of a meeting; whoever could be chosen stays locked until the transaction ends.
pub(crate) async fn choose(tx: &mut Tx, who: Asker, asked: &Asked<'_>) -> Result<Found, Failure> {
    let able = hosts::lock_able(tx, who.company, asked.organizer.id).await?;
    decide(tx, who, asked, able).await
}

/// The same for a meeting that only moves: nothing where its host is out of reach just now, for
/// then it waits for that one as before.
pub(crate) async fn choose_after_move(
    tx: &mut Tx,
    actor: &Actor,
    asked: &Asked<'_>,
) -> Result<Option<Found>, Failure> {
    let able = hosts::lock_able(tx, actor.company, asked.organizer.id).await?;
    let reachable = |(id, _): (ConnectionId, PersonId)| able.iter().any(|c| c.id == id);
    if !asked.present.is_some_and(reachable) {
        return Ok(None);
    }
    match decide(tx, actor.into(), asked, able).await {
        Ok(found) => Ok(Some(found)),
        // Withdrawn since: the link people have stays theirs.
        Err(Failure::ZoomNotConnected { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

async fn decide(
    tx: &mut Tx,
    who: Asker,
    asked: &Asked<'_>,
    able: Vec<Connection>,
) -> Result<Found, Failure> {
    let company = who.company;
    let stand_in = hosts::stand_in(tx, company).await?;
    let within = around(asked.slot, stand_in);
    let able = hosts::with_held(tx, company, able, within, Some(asked.booking)).await?;
    let wish = asked.wish();
    match rule::choose(&wish, stand_in, &able) {
        Ok(choice) => Ok(Found::Host(Box::new(choice))),
        Err(NoHost::Busy { hosts }) => Ok(Found::AllBusy(Box::new(HostsBusy {
            hosts,
            slot: asked.slot,
            free: None,
            wish,
            booking: asked.booking,
        }))),
        Err(NoHost::NotConnected) => Err(Failure::ZoomNotConnected {
            organizer: asked.organizer.id,
            name: asked.organizer.name.clone(),
            own: Some(asked.organizer.id) == who.person,
        }),
        Err(NoHost::NotTheirs) => Err(not_theirs(tx, who, asked).await?),
    }
}

/// The time that has to be looked at: where only own connections can host, the slot itself.
fn around(slot: Slot, stand_in: StandIn) -> Slot {
    if stand_in == StandIn::Nobody {
        return slot;
    }
    let from = slot.starts_at.saturating_sub(LOAD);
    let to = slot.ends_at.saturating_add(LOAD);
    Slot {
        starts_at: from.unwrap_or(slot.starts_at),
        ends_at: to.unwrap_or(slot.ends_at),
    }
}

/// Why a named connection cannot host. Of somebody else's that is not offered nothing is told.
async fn not_theirs(tx: &mut Tx, who: Asker, asked: &Asked<'_>) -> Result<Failure, Failure> {
    let named = match asked.named {
        Some(id) => connections::get(tx, who.company, id).await?,
        None => None,
    };
    let own = |c: &Connection| Some(c.person) == who.person || c.person == asked.organizer.id;
    let known = named.filter(|c| own(c) || c.hosts_for == HostsFor::Company);
    Ok(match known {
        None => Failure::NotFound("connection"),
        Some(known) if known.person == asked.organizer.id => Failure::field(
            "connection_id",
            "not_in_use",
            format!("{} is not in use. Choose another account.", known.called()),
        ),
        Some(known) => Failure::field(
            "connection_id",
            "not_theirs",
            format!(
                "{} does not host for {}. Choose another account.",
                known.called(),
                asked.organizer.name
            ),
        ),
    })
}

/// Adds to "all hosts are busy" when one is free again; every other failure stays as it is.
pub(crate) async fn explain(app: &App, actor: &Actor, failure: Failure) -> Failure {
    match failure {
        Failure::ZoomHostsBusy(mut busy) => match when_free(app, actor, &busy).await {
            Ok(free) => {
                busy.free = free;
                Failure::ZoomHostsBusy(busy)
            }
            Err(failed) => failed,
        },
        other => other,
    }
}

async fn when_free(app: &App, actor: &Actor, busy: &HostsBusy) -> Result<Option<Slot>, Failure> {
    let (wish, slot) = (busy.wish, busy.slot);
    let until = slot.starts_at.saturating_add(REACH);
    let until = until.unwrap_or(slot.ends_at);
    let within = Slot {
        starts_at: slot.starts_at,
        ends_at: until.saturating_add(slot.length()).unwrap_or(until),
    };
    let mut tx = app.read().await?;
    let stand_in = hosts::stand_in(&mut tx, actor.company).await?;
    let able = hosts::able(&mut tx, actor.company, wish.organizer).await?;
    let except = Some(busy.booking);
    let able = hosts::with_held(&mut tx, actor.company, able, within, except).await?;
    Ok(next_free(&wish, stand_in, &able, until))
}

/// A connection that may host, as a page names it.
#[derive(Debug, Clone)]
pub struct MayHost {
    /// The connection.
    pub connection: Connection,
    /// As what.
    pub standing: Standing,
}

/// Who would host a meeting.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// Everything that may, in the order it is asked.
    pub may: Vec<MayHost>,
    /// What it would be now, or why none.
    pub would: Result<Choice, NoHost>,
    /// The organizer's own connection that Zoom refuses, where they have no other.
    pub refused: Option<Connection>,
}

/// Looks who would host a meeting in somebody's name. Without a slot every host is taken for free.
pub async fn outlook(
    app: &App,
    actor: &Actor,
    organizer: PersonId,
    slot: Option<Slot>,
    named: Option<ConnectionId>,
    booking: Option<(BookingId, Option<ConnectionId>)>,
) -> Result<Outlook, Failure> {
    let company = actor.company;
    let mut tx = app.read().await?;
    let stand_in = hosts::stand_in(&mut tx, company).await?;
    let able = hosts::able(&mut tx, company, organizer).await?;
    let now = app.now();
    let able = match slot {
        Some(slot) => {
            let except = booking.map(|(id, _)| id);
            hosts::with_held(&mut tx, company, able, around(slot, stand_in), except).await?
        }
        None => able
            .into_iter()
            .map(|connection| Host {
                connection,
                held: Vec::new(),
            })
            .collect(),
    };
    let wish = Wish {
        organizer,
        slot: slot.unwrap_or(Slot {
            starts_at: now,
            ends_at: now,
        }),
        named: None,
        present: booking.and_then(|(_, host)| host.map(|host| (host, organizer))),
    };
    let may: Vec<MayHost> = candidates(&wish, stand_in, &able)
        .into_iter()
        .map(|(standing, host)| MayHost {
            connection: host.connection.clone(),
            standing,
        })
        .collect();
    // A choice that is no longer one is forgotten, as when the organizer changes.
    let named = named.filter(|id| may.iter().any(|may| may.connection.id == *id));
    let would = rule::choose(&Wish { named, ..wish }, stand_in, &able);
    let refused = if may.is_empty() {
        let own = connections::current(&mut tx, company, organizer).await?;
        own.into_iter().next()
    } else {
        None
    };
    Ok(Outlook {
        may,
        would,
        refused,
    })
}

/// Names one of the actor's connections; without a name it is called by its account.
pub async fn rename(app: &App, actor: &Actor, id: ConnectionId, name: &str) -> Result<(), Failure> {
    let name = match name.trim() {
        "" => None,
        name => Some(text::line("name", name, text::NAME_MAX)?),
    };
    app.store()
        .write((actor.clone(), id, name), |tx, (actor, id, name)| {
            Box::pin(async move {
                let whose = (actor.company, actor.person);
                found(hosts::rename(tx, whose, *id, name.as_deref()).await?)
            })
        })
        .await
}

/// Makes one of the actor's connections their default.
pub async fn make_default(app: &App, actor: &Actor, id: ConnectionId) -> Result<(), Failure> {
    app.store()
        .write((actor.clone(), id, app.now()), |tx, (actor, id, now)| {
            Box::pin(async move {
                let whose = (actor.company, actor.person);
                let by = By::Person(actor.person);
                tx.audit(Entry::new(actor.company, by, "zoom.default", *id, *now));
                found(hosts::prefer(tx, whose, *id, *now).await?)
            })
        })
        .await
}

/// Offers one of the actor's connections to the company, or takes the offer back. Meetings it hosts
/// already stay.
pub async fn offer(
    app: &App,
    actor: &Actor,
    id: ConnectionId,
    hosts_for: HostsFor,
) -> Result<(), Failure> {
    let input = (actor.clone(), id, hosts_for, app.now());
    app.store()
        .write(input, |tx, (actor, id, hosts_for, now)| {
            Box::pin(async move {
                let (company, person) = (actor.company, actor.person);
                found(hosts::offer(tx, (company, person), *id, *hosts_for).await?)?;
                let connection = connections::get(tx, company, *id).await?;
                let called = connection.map_or_else(String::new, |c| c.called().to_owned());
                let kind = match hosts_for {
                    HostsFor::Company => "zoom.offered",
                    HostsFor::Owner => "zoom.withdrawn",
                };
                let entry = Entry::new(company, By::Person(person), kind, *id, *now)
                    .with("person", person.to_string());
                Ok(events::record(tx, entry, person.uuid(), &called).await?)
            })
        })
        .await
}

fn found(hit: bool) -> Result<(), Failure> {
    hit.then_some(()).ok_or(Failure::NotFound("connection"))
}

/// A connection that is offered to the company.
#[derive(Debug, Clone)]
pub struct Offered {
    /// The connection.
    pub connection: Connection,
    /// Its owner's name.
    pub owner: String,
    /// How many bookings ahead have a link made through it.
    pub links_ahead: usize,
}

/// What stands in for people without a connection, and what could.
#[derive(Debug, Clone)]
pub struct StandIns {
    /// What does.
    pub stand_in: StandIn,
    /// What is offered, in the order of connecting.
    pub offered: Vec<Offered>,
}

/// Gives it. Admins only.
pub async fn stand_ins(app: &App, actor: &Actor) -> Result<StandIns, Failure> {
    admins_only(actor)?;
    let company = actor.company;
    let mut tx = app.read().await?;
    let stand_in = hosts::stand_in(&mut tx, company).await?;
    let offered = hosts::offered(&mut tx, company).await?;
    let mut about = hosts::about_offered(&mut tx, company, app.now()).await?;
    let beside = |connection: Connection| {
        let (owner, links_ahead) = about.remove(&connection.id).unwrap_or_default();
        Offered {
            connection,
            owner,
            links_ahead,
        }
    };
    let offered = offered.into_iter().map(beside).collect();
    Ok(StandIns { stand_in, offered })
}

/// Decides what stands in for people without a connection. Admins only.
pub async fn set_stand_in(app: &App, actor: &Actor, stand_in: StandIn) -> Result<(), Failure> {
    admins_only(actor)?;
    app.store()
        .write(
            (actor.clone(), stand_in, app.now()),
            |tx, (actor, stand_in, now)| {
                Box::pin(async move {
                    let (company, by) = (&actor.company, By::Person(actor.person));
                    let entry = Entry::new(*company, by, "zoom.stand_in", *company, *now);
                    tx.audit(match stand_in {
                        StandIn::Nobody => entry.with("stands_in", "nobody"),
                        StandIn::Pool => entry.with("stands_in", "pool"),
                        StandIn::Shared(id) => entry.with("stands_in", id.to_string()),
                    });
                    if let StandIn::Shared(id) = stand_in {
                        let offered = hosts::offered(tx, *company).await?;
                        if !offered.iter().any(|connection| connection.id == *id) {
                            return Err(Failure::field(
                                "stand_in",
                                "not_offered",
                                "Choose a connection that its owner offers.",
                            ));
                        }
                    }
                    Ok(hosts::set_stand_in(tx, *company, *stand_in).await?)
                })
            },
        )
        .await
}
