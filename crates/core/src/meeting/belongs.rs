//! Whose a meeting in Zoom is: wanted by a booking, ours and too many, or somebody else's.

use jiff::{SignedDuration, Timestamp};

/// How far Zoom's clock may be behind ours.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(2);
/// How late after an attempt began Zoom may still make a meeting of it.
const LATEST: SignedDuration = SignedDuration::from_mins(15);

/// What is known here of the record a meeting in Zoom names in its mark, or that has its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Whether the booking wants a meeting by this record.
    pub wanted: bool,
    /// The id of the record's meeting, where it has one.
    pub zoom_id: Option<i64>,
    /// When the attempt named in the mark began, where that is one of the record's.
    pub attempt_began: Option<Timestamp>,
}

/// Whose a meeting in Zoom is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belongs {
    /// A booking wants it: it is the record's, or the record still lacks one.
    Wanted,
    /// We made it and nobody wants it: it is deleted.
    Extra,
    /// It bears our mark, and nothing proves that we made it: copied by hand, perhaps. A person
    /// decides.
    Unsure,
    /// Not ours.
    Foreign,
}

/// Judges a meeting in Zoom. `known` is the record that its mark names, or else that has its id;
/// `marked` says whether it bears a mark of ours that holds.
#[must_use]
pub fn belongs(
    (zoom_id, created_at): (i64, Option<Timestamp>),
    marked: bool,
    known: Option<Known>,
) -> Belongs {
    let Some(known) = known else {
        // Our mark without a record: of a database that was set back.
        return if marked {
            Belongs::Unsure
        } else {
            Belongs::Foreign
        };
    };
    if known.zoom_id == Some(zoom_id) {
        return if known.wanted {
            Belongs::Wanted
        } else {
            Belongs::Extra
        };
    }
    if !marked {
        return Belongs::Foreign;
    }
    let fits = fits(created_at, known.attempt_began);
    // An attempt whose answer was lost adopts what bears its mark, also where the list has no time.
    if known.wanted && known.zoom_id.is_none() && (fits || created_at.is_none()) {
        return Belongs::Wanted;
    }
    if fits {
        Belongs::Extra
    } else {
        Belongs::Unsure
    }
}

/// Whether a meeting was made when an attempt of ours could have made it.
fn fits(created_at: Option<Timestamp>, began: Option<Timestamp>) -> bool {
    let (Some(created_at), Some(began)) = (created_at, began) else {
        return false;
    };
    let after = created_at.duration_since(began);
    after >= -CLOCKS_DIFFER && after <= LATEST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    /// Judges a meeting that bears our mark, made at an instant.
    fn marked(zoom_id: i64, created_at: Option<Timestamp>, known: Option<Known>) -> Belongs {
        belongs((zoom_id, created_at), true, known)
    }

    fn known(wanted: bool, zoom_id: Option<i64>) -> Known {
        Known {
            wanted,
            zoom_id,
            attempt_began: Some(at(0)),
        }
    }

    #[test]
    fn the_records_own_meeting_is_wanted_as_long_as_its_booking_is() {
        for created in [Some(at(1)), Some(at(90_000)), None] {
            let wanted = Some(known(true, Some(7)));
            assert_eq!(marked(7, created, wanted), Belongs::Wanted);
            let given_up = Some(known(false, Some(7)));
            assert_eq!(belongs((7, created), false, given_up), Belongs::Extra);
        }
    }

    #[test]
    fn one_that_turns_up_late_is_too_many_only_if_mark_and_time_prove_it() {
        let has_another = Some(known(true, Some(7)));
        let late = |seconds| marked(8, Some(at(seconds)), has_another);
        assert_eq!(late(50), Belongs::Extra);
        assert_eq!(late(-30), Belongs::Extra, "clocks differ");
        assert_eq!(late(3600), Belongs::Unsure, "copied by hand");
        assert_eq!(late(-3600), Belongs::Unsure);
        assert_eq!(marked(8, None, has_another), Belongs::Unsure);
        let unmarked = belongs((8, Some(at(50))), false, has_another);
        assert_eq!(unmarked, Belongs::Foreign);
    }

    #[test]
    fn one_that_turns_up_for_a_record_without_a_meeting_is_adopted_or_not_wanted() {
        let (wanting, given_up) = (Some(known(true, None)), Some(known(false, None)));
        assert_eq!(marked(8, Some(at(5)), wanting), Belongs::Wanted);
        assert_eq!(marked(8, None, wanting), Belongs::Wanted);
        assert_eq!(marked(8, Some(at(5)), given_up), Belongs::Extra);
        assert_eq!(marked(8, None, given_up), Belongs::Unsure);
        assert_eq!(marked(8, Some(at(5)), None), Belongs::Unsure);
        assert_eq!(belongs((8, Some(at(5))), false, None), Belongs::Foreign);
    }
}
