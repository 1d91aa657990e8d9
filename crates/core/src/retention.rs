//! How long a company keeps what: kinds, defaults and limits.

/// Something that is kept for a number of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    /// What came from Zoom about a person, after the app was removed in Zoom.
    ZoomRemoved,
    /// The same, after the connection ended here.
    ZoomEnded,
    /// Link, passcode, host and times held of the meetings of past bookings.
    Meetings,
    /// The history of bookings, connections, people and rooms.
    History,
    /// What people were told on Home.
    Notices,
    /// The audit.
    Audit,
}

impl Kept {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 6] = [
        Self::ZoomRemoved,
        Self::ZoomEnded,
        Self::Meetings,
        Self::History,
        Self::Notices,
        Self::Audit,
    ];

    /// The word in SQL and forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ZoomRemoved => "zoom_removed",
            Self::ZoomEnded => "zoom_ended",
            Self::Meetings => "meetings",
            Self::History => "history",
            Self::Notices => "notices",
            Self::Audit => "audit",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kept| kept.as_str() == text)
    }

    /// How many days, unless the company says otherwise.
    #[must_use]
    pub const fn default_days(self) -> i64 {
        match self {
            Self::ZoomRemoved => 0,
            Self::ZoomEnded => 30,
            Self::Meetings => 365,
            Self::History | Self::Audit => 730,
            Self::Notices => 90,
        }
    }

    /// The fewest and the most days a company may choose. Zoom gives ten days after the app was
    /// removed; what shows who did what is kept for three months at least.
    #[must_use]
    pub const fn limits(self) -> (i64, i64) {
        match self {
            Self::ZoomRemoved => (0, 10),
            Self::ZoomEnded => (0, 365),
            Self::Meetings => (1, 3_650),
            Self::History => (30, 3_650),
            Self::Notices => (7, 365),
            Self::Audit => (90, 3_650),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_within_its_limits_and_every_word_reads_back() {
        for kept in Kept::ALL {
            let (least, most) = kept.limits();
            assert!((least..=most).contains(&kept.default_days()), "{kept:?}");
            assert_eq!(Kept::parse(kept.as_str()), Some(kept));
        }
        assert_eq!(Kept::ZoomRemoved.limits().1, 10, "Zoom's own limit");
    }
}
