//! The words that stand for values in SQL, forms and the API: what was stored once has to read
//! back for ever, so each is written down here.

use crate::actor::{ConnectPolicy, PersonState, Role};
use crate::booking::{BookingState, Conference};
use crate::connection::{ConnectionStatus, EndedBy, HostsFor, NoticedBy};
use crate::meeting::{MeetingState, Recording};
use crate::reconciliation::{FindingKind, FindingState};
use crate::retention::Kept;
use crate::room::RoomState;

macro_rules! assert_words {
    ($kind:ident: $($value:ident $word:literal)+) => {
        $(
            assert_eq!($kind::$value.as_str(), $word);
            assert_eq!($kind::parse($word), Some($kind::$value));
        )+
        assert_eq!($kind::parse(""), None);
    };
}

#[test]
fn every_word_about_people_reads_back() {
    assert_words!(Role: Officer "officer" Admin "admin");
    assert_words!(PersonState: Invited "invited" Active "active" Deactivated "deactivated");
    assert_words!(ConnectPolicy: Everybody "everybody" Chosen "chosen" Admins "admins");
}

#[test]
fn every_word_about_rooms_and_bookings_reads_back() {
    assert_words!(RoomState: Open "open" Retired "retired");
    assert_words!(BookingState:
        Confirmed "confirmed" Pending "pending" Declined "declined" Cancelled "cancelled");
    assert_words!(Conference: Zoom "zoom");
}

#[test]
fn every_word_about_connections_reads_back() {
    assert_words!(ConnectionStatus:
        Active "active" Inactive "inactive" NeedsAttention "needs_attention");
    assert_words!(EndedBy: User "user" Zoom "zoom" System "system");
    assert_words!(NoticedBy: Webhook "webhook" Refresh "refresh" Call "call" Probe "probe");
    assert_words!(HostsFor: Owner "owner" Company "company");
}

#[test]
fn every_word_about_meetings_reads_back() {
    assert_words!(MeetingState:
        Pending "pending" Uncertain "uncertain" Ready "ready" Failed "failed"
        Removing "removing" Removed "removed" Detached "detached");
    assert_words!(Recording: None "none" Local "local" Cloud "cloud");
    assert_words!(FindingKind:
        Missing "missing" WrongHost "wrong_host" WrongTime "wrong_time" WrongTopic "wrong_topic"
        Doubled "doubled" Orphaned "orphaned");
    assert_words!(FindingState:
        Open "open" Fixing "fixing" Fixed "fixed" Left "left" Gone "gone");
}

#[test]
fn every_word_of_what_is_kept_reads_back() {
    assert_words!(Kept:
        ZoomRemoved "zoom_removed" ZoomEnded "zoom_ended" Meetings "meetings" History "history"
        Notices "notices" Audit "audit");
}

#[test]
fn the_api_calls_an_unknown_outcome_pending_and_the_rest_as_in_sql() {
    for state in MeetingState::ALL {
        let word = match state {
            MeetingState::Uncertain => "pending",
            other => other.as_str(),
        };
        assert_eq!(state.api_word(), word, "{state:?}");
    }
}
