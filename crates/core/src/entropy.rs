//! Randomness, injected: the operating system's in production, seeded in tests.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng, TryRng};
use uuid::Uuid;

/// Where ids, tokens and jitter come from.
#[derive(Debug)]
pub enum Entropy {
    /// The operating system's generator.
    System,
    /// A repeatable sequence, for tests and the simulator only.
    Seeded(Box<Mutex<StdRng>>),
}

impl Entropy {
    /// A repeatable source.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Box::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// `N` random bytes.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: nothing safe can go on without it.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match self {
            Self::System => {
                #[expect(clippy::expect_used, reason = "nothing safe can go on without it")]
                SysRng
                    .try_fill_bytes(&mut bytes)
                    .expect("invariant: the system gives random bytes");
            }
            Self::Seeded(rng) => {
                rng.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .fill_bytes(&mut bytes);
            }
        }
        bytes
    }

    /// A `UUIDv7` (RFC 9562) for an instant.
    #[must_use]
    pub fn uuid(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes::<10>()).into_uuid()
    }

    /// A number below `bound`, for jitter; 0 where the bound is 0.
    #[must_use]
    pub fn below(&self, bound: u64) -> u64 {
        if bound == 0 {
            0
        } else {
            u64::from_le_bytes(self.bytes::<8>()) % bound
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn one_seed_gives_one_sequence() {
        let (a, b) = (Entropy::seeded(7), Entropy::seeded(7));
        assert_eq!(a.bytes::<16>(), b.bytes::<16>());
        assert_ne!(a.bytes::<16>(), [0; 16]);
        assert_ne!(Entropy::System.bytes::<16>(), Entropy::System.bytes::<16>());
    }

    #[test]
    fn ids_sort_by_time() {
        let e = Entropy::seeded(1);
        let early = e.uuid(Timestamp::from_second(1_000).unwrap());
        let late = e.uuid(Timestamp::from_second(2_000).unwrap());
        assert!(early < late);
        assert_ne!(late, e.uuid(Timestamp::from_second(2_000).unwrap()));
    }

    #[test]
    fn jitter_reaches_every_number_below_its_bound_and_none_above() {
        let e = Entropy::seeded(1);
        let met: BTreeSet<u64> = (0..200).map(|_| e.below(5)).collect();
        assert_eq!(met, BTreeSet::from([0, 1, 2, 3, 4]));
        assert_eq!(e.below(0), 0);
    }
}
