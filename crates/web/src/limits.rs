//! How often one may ask: sign-in attempts by address and by network, codes and requests by person;
//! and how much of the server one company has at once.
//!
//! Counted in this process: several processes each allow as much. What cannot be counted is refused.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use rooms_core::{Actor, CompanyId, PersonId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::state::Web;

static BY_EMAIL: LazyLock<DefaultKeyedRateLimiter<String>> =
    LazyLock::new(|| RateLimiter::keyed(quota(12, 10)));
static BY_NETWORK: LazyLock<DefaultKeyedRateLimiter<IpAddr>> =
    LazyLock::new(|| RateLimiter::keyed(quota(1, 60)));
static BY_CODE: LazyLock<DefaultKeyedRateLimiter<PersonId>> =
    LazyLock::new(|| RateLimiter::keyed(quota(300, 10)));
static BY_CHALLENGE: LazyLock<DefaultKeyedRateLimiter<IpAddr>> =
    LazyLock::new(|| RateLimiter::keyed(quota(2, 60)));
static BY_PERSON: LazyLock<DefaultKeyedRateLimiter<PersonId>> = LazyLock::new(|| {
    RateLimiter::keyed(Quota::per_second(at_least_one(100)).allow_burst(at_least_one(400)))
});
static COMPANIES: LazyLock<Companies> = LazyLock::new(Companies::default);

/// How many requests of one company are carried out at once. The database has sixteen connections,
/// so the others always find one.
const AT_ONCE: usize = 12;
/// How many more of them wait for their turn; beyond that they are refused.
const WAITING: usize = 200;
/// For so long after a company asked, the others leave room for its next request.
const LATELY: Duration = Duration::from_secs(10);
/// How many requests of one company are carried out at once while others ask, too: as many as keep
/// the processors busy, so that whoever comes next is not one among twelve.
static BESIDE_OTHERS: LazyLock<usize> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
    processors.clamp(2, AT_ONCE)
});

/// The companies that ask this process for something.
#[derive(Default)]
struct Companies(Mutex<Shares>);

#[derive(Default)]
struct Shares {
    of: HashMap<CompanyId, Share>,
    /// Who asked last and when.
    last: Option<(CompanyId, Instant)>,
    /// Who asked last of all others than that one, and when.
    before: Option<(CompanyId, Instant)>,
}

impl Companies {
    fn lock(&self) -> MutexGuard<'_, Shares> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the turn of a request of this company. `clock` says what time it is.
    async fn turn(&self, company: CompanyId, clock: impl Fn() -> Instant) -> Result<Turn, TooMany> {
        let share = self.lock().asks(company, clock());
        let mut held = vec![
            share.places.try_acquire_owned().map_err(|_| TooMany(1))?,
            share.turns.acquire_owned().await.map_err(|_| TooMany(1))?,
        ];
        if self.lock().others_ask(company, clock()) {
            held.push(share.beside.acquire_owned().await.map_err(|_| TooMany(1))?);
        }
        Ok(Turn { _held: held })
    }
}

impl Shares {
    /// Notes that a company asks; its share.
    fn asks(&mut self, company: CompanyId, now: Instant) -> Share {
        if self.last.is_some_and(|(last, _)| last != company) {
            self.before = self.last;
        }
        self.last = Some((company, now));
        self.of.entry(company).or_default().clone()
    }

    /// Whether another company asked lately.
    fn others_ask(&self, company: CompanyId, now: Instant) -> bool {
        let mut askers = [self.last, self.before].into_iter().flatten();
        let other = askers.find(|(asker, _)| *asker != company);
        other.is_some_and(|(_, asked)| now.duration_since(asked) < LATELY)
    }
}

/// What one company has of the server.
#[derive(Clone)]
struct Share {
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    beside: Arc<Semaphore>,
}

impl Default for Share {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            beside: Arc::new(Semaphore::new(*BESIDE_OTHERS)),
        }
    }
}

/// The turn of a request; it ends when this is dropped.
#[derive(Debug, Default)]
pub struct Turn {
    _held: Vec<OwnedSemaphorePermit>,
}

/// One more every so many seconds, and `burst` at once.
fn quota(seconds: u64, burst: u32) -> Quota {
    Quota::with_period(Duration::from_secs(seconds))
        .unwrap_or(Quota::per_second(NonZeroU32::MIN))
        .allow_burst(at_least_one(burst))
}

fn at_least_one(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN)
}

/// Asked too often: try again after this many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany(pub u64);

/// Counts an attempt to sign in: by the network it comes from first, so that whoever sends made-up
/// addresses does not fill the memory with them.
pub fn sign_in(web: &Web, email: &str, from: Option<IpAddr>) -> Result<(), TooMany> {
    if !web.options.rate_limits {
        return Ok(());
    }
    BY_NETWORK.retain_recent();
    check(&BY_NETWORK, &network(from))?;
    BY_EMAIL.retain_recent();
    check(&BY_EMAIL, &email.trim().to_lowercase())
}

/// Whose an address is: in IPv6 everybody has 2^64 of them (RFC 6177). Requests of which nobody
/// knows where they come from count as one network.
fn network(from: Option<IpAddr>) -> IpAddr {
    match from {
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        Some(address) => address,
        None => Ipv6Addr::UNSPECIFIED.into(),
    }
}

/// Counts a code that somebody types. Of a million codes three count at a time: whoever knows a
/// password and guesses at this pace needs years.
pub fn second_step(web: &Web, person: PersonId) -> Result<(), TooMany> {
    if !web.options.rate_limits {
        return Ok(());
    }
    BY_CODE.retain_recent();
    check(&BY_CODE, &person)
}

/// Counts what a browser's passkeys are asked.
pub fn challenge(web: &Web, from: Option<IpAddr>) -> Result<(), TooMany> {
    if !web.options.rate_limits {
        return Ok(());
    }
    BY_CHALLENGE.retain_recent();
    check(&BY_CHALLENGE, &network(from))
}

/// Counts a request of somebody, and waits until it is its turn among those of their company: however
/// many of one company ask, another one's are not behind all of them.
pub async fn turn(web: &Web, actor: &Actor) -> Result<Turn, TooMany> {
    if !web.options.rate_limits {
        return Ok(Turn::default());
    }
    check(&BY_PERSON, &actor.person)?;
    COMPANIES.turn(actor.company, Instant::now).await
}

fn check<K: Clone + Eq + std::hash::Hash>(
    limiter: &DefaultKeyedRateLimiter<K>,
    key: &K,
) -> Result<(), TooMany> {
    limiter.check_key(key).map_err(|not_until| {
        TooMany(
            not_until
                .wait_time_from(DefaultClock::default().now())
                .as_secs()
                + 1,
        )
    })
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use uuid::Uuid;

    use super::*;

    type Waiting<'a> = Pin<Box<dyn Future<Output = Result<Turn, TooMany>> + 'a>>;

    fn has(turn: &mut Waiting<'_>) -> Option<Result<Turn, TooMany>> {
        match turn.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(turn) => Some(turn),
            Poll::Pending => None,
        }
    }

    fn company(number: u128) -> CompanyId {
        CompanyId::from_uuid(Uuid::from_u128(number))
    }

    /// As many requests of a company as are carried out at once, and one that has to wait.
    fn at_once(companies: &Companies, of: CompanyId, now: Instant) -> (Vec<Turn>, Waiting<'_>) {
        let mut turns = Vec::new();
        loop {
            let mut next: Waiting<'_> = Box::pin(companies.turn(of, move || now));
            match has(&mut next) {
                Some(turn) => turns.push(turn.unwrap()),
                None => return (turns, next),
            }
        }
    }

    #[test]
    fn a_company_has_so_many_turns_and_waits_for_the_next() {
        let (companies, now) = (Companies::default(), Instant::now());
        let (mut held, mut first) = at_once(&companies, company(1), now);
        assert_eq!(held.len(), AT_ONCE);
        let asks = || -> Waiting<'_> { Box::pin(companies.turn(company(1), || now)) };
        let mut waiting: Vec<Waiting<'_>> = (1..WAITING).map(|_| asks()).collect();
        assert!(waiting.iter_mut().all(|turn| has(turn).is_none()));
        let refused = has(&mut asks()).unwrap();
        assert_eq!(refused.unwrap_err(), TooMany(1));
        held.pop();
        assert!(has(&mut waiting[0]).is_none(), "first come, first served");
        assert!(has(&mut first).is_some());
        let mut other: Waiting<'_> = Box::pin(companies.turn(company(2), || now));
        assert!(has(&mut other).is_some(), "another company's");
    }

    #[test]
    fn a_company_has_fewer_turns_for_a_while_after_another_one_asked() {
        let (companies, begun) = (Companies::default(), Instant::now());
        let at = |seconds: u64| begun + Duration::from_secs(seconds);
        let turns = |of: u128, seconds: u64| at_once(&companies, company(of), at(seconds)).0.len();
        assert_eq!(turns(1, 0), AT_ONCE);
        assert_eq!(turns(2, 5), *BESIDE_OTHERS);
        assert_eq!(turns(1, 6), *BESIDE_OTHERS);
        assert_eq!(
            turns(1, 14),
            *BESIDE_OTHERS,
            "the other one asked nine seconds ago"
        );
        assert_eq!(turns(1, 15), AT_ONCE);
    }

    #[test]
    fn who_had_waited_for_long_is_let_in_as_it_is_then() {
        let (companies, begun) = (Companies::default(), Instant::now());
        let now = std::cell::Cell::new(begun);
        let asks =
            |of: u128| -> Waiting<'_> { Box::pin(companies.turn(company(of), || now.get())) };
        let mut held: Vec<Turn> = (0..AT_ONCE)
            .map(|_| has(&mut asks(1)).unwrap().unwrap())
            .collect();
        let mut waiting: Vec<Waiting<'_>> = (0..AT_ONCE).map(|_| asks(1)).collect();
        assert!(waiting.iter_mut().all(|turn| has(turn).is_none()));
        assert!(has(&mut asks(2)).is_some());
        held.clear();
        let let_in: Vec<Turn> = waiting
            .iter_mut()
            .filter_map(has)
            .map(Result::unwrap)
            .collect();
        assert_eq!(let_in.len(), *BESIDE_OTHERS);
    }

    #[test]
    fn a_network_of_version_6_counts_as_one_and_so_does_what_comes_from_nowhere() {
        let of = |text: &str| network(Some(text.parse().unwrap()));
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(network(None), network(None));
    }
}
