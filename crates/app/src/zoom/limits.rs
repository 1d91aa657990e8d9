//! Keeping below Zoom's limits, and remembering what Zoom says of them.
//!
//! [`Limits`] sees every call of the client ([`zoom_client::watch`]). Before a call it paces the
//! account and counts the change; after it, it remembers who has to wait, in the database, so that
//! no other job and no other process asks meanwhile. What we count ourselves only warns: Zoom
//! alone says when a day is used up, since other apps may use it too.
//!
//! It also notices when Zoom does not accept an app of ours, and when it does again.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::Clock as Ticks;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use jiff::{SignedDuration, Timestamp};
use rooms_core::{Actor, Clock};
use rooms_store::Store;
use rooms_store::limits;
pub use rooms_store::limits::{Trouble, Usage};
use zoom_client::watch::{Call, Caller, Category, Held, Watch, Watching};
use zoom_client::{Class, Client, Error, Limit, WaitUntil};

use crate::app::App;
use crate::companies::admins_only;
use crate::error::Failure;
use crate::zoom::apps;

/// Creations and changes a day that Zoom takes of one user.
///
/// <https://developers.zoom.us/docs/api/rate-limits/>
pub const CHANGES_A_DAY: i64 = 100;
/// Held up for longer than this between deciding on a call and making it, a process makes none: what
/// it decided may be another's by now.
pub(super) const HELD_UP: SignedDuration = SignedDuration::from_mins(1);
/// How long an account rests that asked too often, where Zoom does not say.
const REST: SignedDuration = SignedDuration::from_secs(1);

/// Sees every call of an app to Zoom.
pub(crate) struct Limits {
    store: Store,
    client_id: String,
    paces: Arc<Paces>,
    /// Whether Zoom has refused the app since it last accepted it.
    trouble: AtomicBool,
}

/// How often Zoom's accounts are asked, whichever app asks: Zoom counts for the account.
pub(crate) struct Paces {
    clock: Arc<dyn Clock>,
    by_weight: [Pace; 4],
    known: Mutex<Known>,
}

/// What this process knows without asking the database.
#[derive(Debug, Default)]
struct Known {
    /// Accounts with a licensed user.
    paid: HashSet<String>,
    /// Accounts that rest, and why.
    held: HashMap<String, Held>,
}

/// How often each account may ask; one for each plan and category.
struct Pace {
    paid: bool,
    category: Category,
    limiter: Limiter,
}

type Limiter =
    RateLimiter<String, DefaultKeyedStateStore<String>, ClockTicks, NoOpMiddleware<Duration>>;

/// The injected clock for the pace.
#[derive(Clone)]
struct ClockTicks(Arc<dyn Clock>);

impl Ticks for ClockTicks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let since = self.0.now().duration_since(Timestamp::UNIX_EPOCH);
        Duration::try_from(since).unwrap_or_default()
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Paces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Paces(…)")
    }
}

impl Paces {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let pace = |paid, category| {
            let quota = Quota::per_second(a_second(paid, category));
            let ticks = ClockTicks(Arc::clone(&clock));
            Pace {
                paid,
                category,
                limiter: RateLimiter::new(quota, DefaultKeyedStateStore::default(), ticks),
            }
        };
        let by_weight = [
            pace(false, Category::Light),
            pace(false, Category::Medium),
            pace(true, Category::Light),
            pace(true, Category::Medium),
        ];
        Self {
            clock,
            by_weight,
            known: Mutex::default(),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the account may ask now, as far as this process knows.
    fn admits(&self, caller: &Caller, category: Category) -> Result<(), Held> {
        let now = self.clock.now();
        let account = &caller.account_id;
        let paid = {
            let mut known = self.known();
            if caller.licensed == Some(true) && !known.paid.contains(account) {
                known.paid.insert(account.clone());
            }
            match known.held.get(account) {
                Some(held) if held.until > now => return Err(*held),
                Some(_) => drop(known.held.remove(account)),
                None => {}
            }
            known.paid.contains(account)
        };
        let pace = self
            .by_weight
            .iter()
            .find(|pace| pace.paid == paid && pace.category == category);
        let Some(Err(early)) = pace.map(|pace| pace.limiter.check_key(account)) else {
            return Ok(());
        };
        let wait = early.wait_time_from(ClockTicks(Arc::clone(&self.clock)).now());
        Err(Held {
            until: now.saturating_add(wait).unwrap_or(now),
            limit: Limit::AccountPerSecond,
        })
    }
}

impl Limits {
    /// The same client, whose every call is seen.
    pub(crate) fn watch(client: Client, store: Store, paces: Arc<Paces>) -> Client {
        let client_id = client.client_id().to_owned();
        client.watched_by(Arc::new(Self {
            store,
            client_id,
            paces,
            trouble: AtomicBool::new(false),
        }))
    }

    async fn before(&self, call: &Call) -> Result<(), Held> {
        let (Some(caller), Some(category)) = (&call.caller, call.category) else {
            return Ok(());
        };
        if let Err(held) = self.paces.admits(caller, category) {
            self.rest(&caller.account_id, held).await;
            return Err(held);
        }
        if !call.is_change {
            return Ok(());
        }
        let asked = self.paces.clock.now();
        let input = (caller.user_id.clone(), asked);
        let counted = self
            .store
            .write(input, |tx, (user, now)| {
                Box::pin(async move {
                    let blocked = limits::usage(tx, user, *now).await?.blocked_until;
                    if blocked.is_none() {
                        limits::count(tx, user, *now).await?;
                    }
                    Ok::<_, rooms_store::Error>(blocked)
                })
            })
            .await;
        let now = self.paces.clock.now();
        match counted {
            _ if now.duration_since(asked) > HELD_UP => Err(Held {
                until: now,
                limit: Limit::AccountPerSecond,
            }),
            Ok(None) => Ok(()),
            Ok(Some(until)) => Err(Held {
                until,
                limit: Limit::UserPerDay,
            }),
            Err(error) => {
                // The count only warns, so it holds nothing up.
                tracing::warn!(%error, "a change at Zoom was not counted");
                Ok(())
            }
        }
    }

    async fn after(&self, call: &Call, outcome: Result<(), &Error>) {
        match outcome {
            Ok(()) => {
                // A token endpoint that answers accepts the app; so does the API, less clearly.
                if call.caller.is_none() || self.trouble.load(Relaxed) {
                    self.accepted().await;
                }
            }
            Err(error) => match (error.class(), &call.caller) {
                (Class::OurConfiguration, _) => self.not_accepted(error).await,
                (Class::WaitUntil(wait), Some(caller)) if error.status() == Some(429) => {
                    self.limited(caller, wait, error.limit()).await;
                }
                _ => {}
            },
        }
    }

    /// Remembers a limit Zoom has told of.
    async fn limited(&self, caller: &Caller, wait: WaitUntil, limit: Option<Limit>) {
        let now = self.paces.clock.now();
        let until = until(now, wait).or_else(|| now.saturating_add(REST).ok());
        let Some(until) = until.filter(|until| *until > now) else {
            return;
        };
        let limit = limit.unwrap_or(Limit::AccountPerSecond);
        if limit != Limit::UserPerDay {
            self.rest(&caller.account_id, Held { until, limit }).await;
            return;
        }
        tracing::warn!(%until, "Zoom takes no more changes of a host");
        let input = (caller.user_id.clone(), until, now);
        let noted = self
            .store
            .write(input, |tx, (user, until, now)| {
                Box::pin(limits::block(tx, user, *until, *now))
            })
            .await;
        if let Err(error) = noted {
            tracing::warn!(%error, "a limit of Zoom's was not remembered");
        }
    }

    /// Lets an account rest, here and in every other process.
    async fn rest(&self, account: &str, held: Held) {
        let before = self.paces.known().held.insert(account.to_owned(), held);
        if before == Some(held) {
            return;
        }
        let per_day = held.limit == Limit::AccountPerDay;
        let input = (account.to_owned(), held.until, per_day);
        let noted = self
            .store
            .write(input, |tx, (account, until, per_day)| {
                Box::pin(limits::hold(tx, account, *until, *per_day))
            })
            .await;
        if let Err(error) = noted {
            tracing::warn!(%error, "a limit of Zoom's was not remembered");
        }
    }

    async fn not_accepted(&self, error: &Error) {
        self.trouble.store(true, Relaxed);
        let input = (
            self.client_id.clone(),
            error.to_string(),
            self.paces.clock.now(),
        );
        let noted = self
            .store
            .write(input, |tx, (client_id, why, now)| {
                Box::pin(limits::trouble(tx, client_id, why, *now))
            })
            .await;
        if let Err(error) = noted {
            tracing::warn!(%error, "that Zoom refuses the app was not remembered");
        }
    }

    async fn accepted(&self) {
        self.trouble.store(false, Relaxed);
        let over = self
            .store
            .write(self.client_id.clone(), |tx, client_id| {
                Box::pin(limits::trouble_over(tx, client_id))
            })
            .await;
        match over {
            Ok(true) => tracing::info!("Zoom accepts the app again"),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "that Zoom accepts the app was not remembered"),
        }
    }
}

impl Watch for Limits {
    fn before<'a>(&'a self, call: &'a Call) -> Watching<'a, Result<(), Held>> {
        Box::pin(Self::before(self, call))
    }

    fn after<'a>(&'a self, call: &'a Call, outcome: Result<(), &'a Error>) -> Watching<'a, ()> {
        Box::pin(Self::after(self, call, outcome))
    }
}

/// What an account may ask in a second: of a paid plan at least what Pro has, else what is free.
///
/// <https://developers.zoom.us/docs/api/rate-limits/>
fn a_second(paid: bool, category: Category) -> NonZeroU32 {
    let requests = match (paid, category) {
        (true, Category::Light) => 30,
        (true, Category::Medium) => 20,
        (false, Category::Light) => 4,
        (false, Category::Medium) => 2,
    };
    NonZeroU32::new(requests).unwrap_or(NonZeroU32::MIN)
}

/// When to go on after Zoom asked to wait, where it says.
pub(crate) fn until(now: Timestamp, wait: WaitUntil) -> Option<Timestamp> {
    /// How often to look whether a meeting that is going on has ended.
    const WHILE_IT_IS_ON: SignedDuration = SignedDuration::from_mins(5);
    match wait {
        WaitUntil::At(at) => Some(at.max(now)),
        WaitUntil::After(pause) => now.saturating_add(pause).ok(),
        WaitUntil::NextUtcMidnight => {
            let day = 86_400;
            Timestamp::from_second((now.as_second().div_euclid(day) + 1) * day).ok()
        }
        WaitUntil::MeetingEnd => now.saturating_add(WHILE_IT_IS_ON).ok(),
        WaitUntil::Unspecified => None,
    }
}

/// What people read while a limit holds something up.
pub(crate) fn why(error: &Error) -> &'static str {
    match (error.class(), error.limit()) {
        (Class::WaitUntil(WaitUntil::MeetingEnd), _) => {
            "The meeting is going on. Zoom changes it when it has ended."
        }
        (_, Some(Limit::UserPerDay)) => {
            "Zoom takes 100 new or changed meetings of a host a day. Today’s are used up."
        }
        (_, Some(Limit::AccountPerDay)) => {
            "Zoom takes no more requests of this Zoom account today."
        }
        (_, Some(Limit::AccountPerSecond) | None) => {
            "Zoom is busy with this Zoom account. It goes on in a moment."
        }
    }
}

/// What a connection's Zoom user has changed today, and until when Zoom takes no more.
pub async fn usage(app: &App, zoom_user: &str) -> Result<Usage, Failure> {
    let mut tx = app.read().await?;
    Ok(limits::usage(&mut tx, zoom_user, app.now()).await?)
}

/// The same of every Zoom user the company has a connection of. Admins only.
pub async fn usage_of_company(app: &App, actor: &Actor) -> Result<Vec<(String, Usage)>, Failure> {
    admins_only(actor)?;
    let mut tx = app.read().await?;
    Ok(limits::of_company(&mut tx, actor.company, app.now()).await?)
}

/// What is wrong with the app that the company's people connect through, if something is. Admins
/// only.
pub async fn trouble(app: &App, actor: &Actor) -> Result<Option<Trouble>, Failure> {
    admins_only(actor)?;
    let Some(zoom) = apps::current(app, actor.company).await? else {
        return Ok(None);
    };
    let mut tx = app.read().await?;
    Ok(limits::current_trouble(&mut tx, zoom.client.client_id()).await?)
}
