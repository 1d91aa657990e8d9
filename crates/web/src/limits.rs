//! How often one may ask: sign-in attempts by address and by network, codes and API calls by person.
//!
//! Counted in this process: several processes each allow as much.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::LazyLock;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use rooms_core::PersonId;

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

/// Counts an attempt to sign in.
pub fn sign_in(web: &Web, email: &str, from: Option<IpAddr>) -> Result<(), TooMany> {
    if !web.options.rate_limits {
        return Ok(());
    }
    BY_EMAIL.retain_recent();
    BY_NETWORK.retain_recent();
    check(&BY_EMAIL, &email.trim().to_lowercase())?;
    from.map_or(Ok(()), |from| check(&BY_NETWORK, &from))
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
    match from {
        Some(from) if web.options.rate_limits => {
            BY_CHALLENGE.retain_recent();
            check(&BY_CHALLENGE, &from)
        }
        _ => Ok(()),
    }
}

/// Counts a call of the API.
pub fn api(web: &Web, person: PersonId) -> Result<(), TooMany> {
    if web.options.rate_limits {
        check(&BY_PERSON, &person)
    } else {
        Ok(())
    }
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
