//! Everything that is left to chance comes from here, and from a seed.

use rooms_core::Entropy;

/// A sequence of draws.
#[derive(Debug)]
pub(crate) struct Draw(Entropy);

impl Draw {
    /// One of several independent sequences of a seed.
    pub(crate) fn of(seed: u64, sequence: u64) -> Self {
        // Neighbouring seeds must not give neighbouring sequences (SplitMix64).
        let mut x = seed
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .wrapping_add(sequence.wrapping_mul(0xD1B5_4A32_D192_ED03));
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Self(Entropy::seeded(x ^ (x >> 31)))
    }

    /// A number below a bound.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    /// A number from `from` to `to`, both included.
    pub(crate) fn between(&self, from: u64, to: u64) -> u64 {
        from + self.below(to - from + 1)
    }

    /// A place in a list of so many.
    pub(crate) fn place(&self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// True so many times in a thousand.
    pub(crate) fn in_a_thousand(&self, times: u64) -> bool {
        times > 0 && self.below(1000) < times
    }
}
