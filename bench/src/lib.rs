//! How the figures of the benchmark are reckoned: `cargo bench -p rooms-bench`, see its README.

use std::fmt;
use std::time::Duration;

/// How long each of some equal pieces of work took.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    sorted: Vec<Duration>,
    /// How long all of it took, side by side.
    pub elapsed: Duration,
}

impl Sample {
    /// The pieces in any order, and how long all of it took.
    #[must_use]
    pub fn new(mut pieces: Vec<Duration>, elapsed: Duration) -> Self {
        pieces.sort_unstable();
        Self {
            sorted: pieces,
            elapsed,
        }
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self) -> usize {
        self.sorted.len()
    }

    /// How many a second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "nobody counts that far here")]
        let count = self.count() as f64;
        count / self.elapsed.as_secs_f64().max(f64::EPSILON)
    }

    /// The time that so many of a hundred stay within; nothing took no time.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        let place = (self.count() * percent).div_ceil(100).saturating_sub(1);
        self.sorted.get(place).copied().unwrap_or_default()
    }
}

/// A time in milliseconds, as it is read best.
#[derive(Debug, Clone, Copy)]
pub struct Millis(pub Duration);

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} ms", self.0.as_secs_f64() * 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_taken_from_what_was_measured() {
        let pieces = (1..=200).rev().map(Duration::from_millis).collect();
        let sample = Sample::new(pieces, Duration::from_secs(2));
        assert_eq!(sample.percentile(50), Duration::from_millis(100));
        assert_eq!(sample.percentile(99), Duration::from_millis(198));
        assert_eq!(sample.percentile(100), Duration::from_millis(200));
        assert!((sample.per_second() - 100.0).abs() < 1e-9);
        assert_eq!(Sample::default().percentile(50), Duration::ZERO);
    }
}
