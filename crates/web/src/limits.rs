//! How often one may ask: sign-in attempts by address and by network, codes and requests by person;
//! and how much of the server one company has at once.
//!
//! Counted in this process: several processes each allow as much. What cannot be counted is refused.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

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
static BY_COMPANY: LazyLock<Mutex<HashMap<CompanyId, Share>>> = LazyLock::new(Mutex::default);

/// How many requests of one company are carried out at once. The database has sixteen connections,
/// so the others always find one.
const AT_ONCE: usize = 12;
/// How many more of them wait for their turn; beyond that they are refused.
const WAITING: usize = 200;

/// What one company has of the server.
#[derive(Clone)]
struct Share {
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Default for Share {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Share {
    async fn turn(self) -> Result<Turn, TooMany> {
        let place = self.places.try_acquire_owned().map_err(|_| TooMany(1))?;
        let turn = self.turns.acquire_owned().await.map_err(|_| TooMany(1))?;
        Ok(Turn {
            _held: Some([place, turn]),
        })
    }
}

/// The turn of a request; it ends when this is dropped.
#[derive(Debug)]
pub struct Turn {
    _held: Option<[OwnedSemaphorePermit; 2]>,
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
        return Ok(Turn { _held: None });
    }
    check(&BY_PERSON, &actor.person)?;
    let share = {
        let mut shares = BY_COMPANY.lock().unwrap_or_else(PoisonError::into_inner);
        shares.entry(actor.company).or_default().clone()
    };
    share.turn().await
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

    use super::*;

    type Waiting = Pin<Box<dyn Future<Output = Result<Turn, TooMany>>>>;

    fn asks(share: &Share) -> Waiting {
        Box::pin(share.clone().turn())
    }

    fn has(turn: &mut Waiting) -> Option<Result<Turn, TooMany>> {
        match turn.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(turn) => Some(turn),
            Poll::Pending => None,
        }
    }

    #[test]
    fn a_company_has_so_many_turns_and_waits_for_the_next() {
        let share = Share::default();
        let turns = (0..AT_ONCE).map(|_| has(&mut asks(&share)).unwrap().unwrap());
        let mut held: Vec<Turn> = turns.collect();
        let mut waiting: Vec<Waiting> = (0..WAITING).map(|_| asks(&share)).collect();
        assert!(waiting.iter_mut().all(|turn| has(turn).is_none()));
        let refused = has(&mut asks(&share)).unwrap();
        assert_eq!(refused.unwrap_err(), TooMany(1));
        held.pop();
        let next = has(&mut waiting[0]);
        assert!(next.is_some(), "first come, first served");
        assert!(has(&mut waiting[1]).is_none());
        let others = Share::default();
        assert!(has(&mut asks(&others)).is_some(), "another company's");
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
