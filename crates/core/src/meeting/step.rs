//! What is done next for a meeting: a pure decision over what is wanted and what is known.

use super::MeetingState;

/// What a job does next for a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// Nothing: what Zoom has is what is wanted.
    Rest,
    /// Look for a meeting of ours in Zoom; make one where none is found.
    FindOrCreate,
    /// Make one: no attempt can have made one before.
    Create,
    /// Tell Zoom the booking's present time and title.
    Update,
    /// Delete it in Zoom.
    Delete,
    /// Nothing was ever made: mark it removed.
    ForgetUnmade,
    /// It may exist although no answer arrived: look for it and delete it.
    FindAndDelete,
    /// Zoom says it changed there: read it before judging.
    Look,
    /// One that was given up may have turned up late: look for it and delete it.
    Sweep,
}

/// What the decision rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    /// The state as recorded.
    pub state: MeetingState,
    /// Whether the booking still wants a meeting.
    pub wanted: bool,
    /// Whether Zoom's id is known.
    pub known: bool,
    /// Whether an attempt was begun whose outcome is not known.
    pub open_attempt: bool,
    /// Whether the booking changed since Zoom was last told.
    pub stale: bool,
    /// Whether Zoom says that it changed there.
    pub look: bool,
    /// Whether an attempt was given up whose meeting may have turned up by now.
    pub late: bool,
}

/// Decides the next step for a meeting.
#[must_use]
pub fn next_step(s: Situation) -> NextStep {
    match s.state {
        MeetingState::Detached => NextStep::Rest,
        MeetingState::Removed | MeetingState::Failed => at_rest(s),
        _ if s.wanted && s.known && s.stale => NextStep::Update,
        _ if s.wanted && s.known => at_rest(s),
        _ if s.wanted && s.open_attempt => NextStep::FindOrCreate,
        _ if s.wanted => NextStep::Create,
        _ if s.known => NextStep::Delete,
        _ if s.open_attempt => NextStep::FindAndDelete,
        _ => NextStep::ForgetUnmade,
    }
}

/// Nothing is to be done for the booking; Zoom may still have something to say.
fn at_rest(s: Situation) -> NextStep {
    if s.look && s.known && s.state != MeetingState::Removed {
        NextStep::Look
    } else if s.late {
        NextStep::Sweep
    } else {
        NextStep::Rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn situation(state: MeetingState, wanted: bool, known: bool, open: bool) -> Situation {
        Situation {
            state,
            wanted,
            known,
            open_attempt: open,
            stale: false,
            look: false,
            late: false,
        }
    }

    #[test]
    fn a_second_create_never_follows_an_open_attempt() {
        for state in MeetingState::ALL {
            for stale in [false, true] {
                let s = Situation {
                    stale,
                    ..situation(state, true, false, true)
                };
                assert_ne!(next_step(s), NextStep::Create, "{state:?}");
            }
        }
    }

    #[test]
    fn what_is_no_longer_wanted_is_deleted_or_looked_for() {
        use MeetingState::{Pending, Ready, Removing, Uncertain};
        assert_eq!(
            next_step(situation(Removing, false, true, false)),
            NextStep::Delete
        );
        assert_eq!(
            next_step(situation(Ready, false, true, true)),
            NextStep::Delete
        );
        assert_eq!(
            next_step(situation(Uncertain, false, false, true)),
            NextStep::FindAndDelete
        );
        assert_eq!(
            next_step(situation(Pending, false, false, false)),
            NextStep::ForgetUnmade
        );
    }

    #[test]
    fn what_was_never_told_to_zoom_is_not_told_of_a_change() {
        use MeetingState::{Pending, Ready, Removing, Uncertain};
        for state in [Pending, Uncertain, Ready, Removing] {
            for stale in [false, true] {
                let next = |wanted, known, open| {
                    let s = situation(state, wanted, known, open);
                    next_step(Situation { stale, ..s })
                };
                assert_eq!(next(true, false, false), NextStep::Create);
                assert_eq!(next(true, false, true), NextStep::FindOrCreate);
                assert_eq!(next(false, true, false), NextStep::Delete);
                assert_eq!(next(false, true, true), NextStep::Delete);
                assert_eq!(next(false, false, true), NextStep::FindAndDelete);
                assert_eq!(next(false, false, false), NextStep::ForgetUnmade);
            }
        }
    }

    #[test]
    fn a_change_is_told_once() {
        let ready = situation(MeetingState::Ready, true, true, false);
        assert_eq!(next_step(ready), NextStep::Rest);
        assert_eq!(
            next_step(Situation {
                stale: true,
                ..ready
            }),
            NextStep::Update
        );
    }

    #[test]
    fn ended_lives_are_left_alone() {
        for state in [
            MeetingState::Detached,
            MeetingState::Removed,
            MeetingState::Failed,
        ] {
            assert_eq!(
                next_step(situation(state, false, true, true)),
                NextStep::Rest
            );
        }
    }

    #[test]
    fn a_hint_is_followed_only_for_what_we_look_after() {
        let hinted = |state| Situation {
            look: true,
            ..situation(state, true, true, false)
        };
        assert_eq!(next_step(hinted(MeetingState::Ready)), NextStep::Look);
        // It may have been recovered.
        assert_eq!(next_step(hinted(MeetingState::Failed)), NextStep::Look);
        for state in [MeetingState::Detached, MeetingState::Removed] {
            assert_eq!(next_step(hinted(state)), NextStep::Rest, "{state:?}");
        }
        let unmade = Situation {
            look: true,
            ..situation(MeetingState::Failed, true, false, false)
        };
        assert_eq!(next_step(unmade), NextStep::Rest);
    }

    #[test]
    fn what_may_turn_up_late_is_looked_for_once_the_rest_is_done() {
        for state in MeetingState::ALL {
            let late = |known| Situation {
                late: true,
                ..situation(state, state != MeetingState::Removing, known, false)
            };
            let swept = next_step(late(true)) == NextStep::Sweep;
            let at_rest = next_step(situation(state, true, true, false)) == NextStep::Rest;
            let detached = state == MeetingState::Detached;
            let removing = state == MeetingState::Removing;
            assert_eq!(swept, at_rest && !detached && !removing, "{state:?}");
        }
    }
}
