//! What becomes of the next events of a kind, where the rules alone are too coarse.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Fate;
use crate::clock::later;
use crate::rules::Signature;
use crate::state::World;

/// Something that happens to the next events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mishap {
    /// The event it happens to, such as `meeting.deleted`; to each without.
    pub event: Option<String>,
    /// To how many of them; to all without.
    pub times: Option<u32>,
    /// What happens.
    pub what: MishapKind,
}

/// What happens to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MishapKind {
    /// It never leaves.
    Lost,
    /// It leaves twice.
    Twice,
    /// It leaves this many seconds later.
    Late(u32),
    /// It waits for a hand.
    Held,
    /// Its signature is like this.
    Signed(Signature),
}

impl MishapKind {
    /// In words, for the console page.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Lost => "lost".into(),
            Self::Twice => "sent twice".into(),
            Self::Late(seconds) => format!("{seconds} s late"),
            Self::Held => "held".into(),
            Self::Signed(signature) => format!("signature {}", signature.name()),
        }
    }
}

/// Lets the first mishap that is meant for the event happen to it; counts it.
pub(super) fn strike(world: &mut World, now: Timestamp, event: &str, fate: &mut Fate) {
    let meant = |mishap: &Mishap| mishap.event.as_deref().is_none_or(|wanted| wanted == event);
    let Some(place) = world.mishaps.iter().position(meant) else {
        return;
    };
    let Some(mishap) = world.mishaps.get_mut(place) else {
        return;
    };
    match mishap.what {
        MishapKind::Lost => fate.lost = true,
        MishapKind::Twice => fate.copies = 2,
        MishapKind::Late(seconds) => fate.due_at = Some(later(now, i64::from(seconds))),
        MishapKind::Held => fate.due_at = None,
        MishapKind::Signed(signature) => fate.signature = Some(signature),
    }
    if let Some(times) = &mut mishap.times {
        *times = times.saturating_sub(1);
        if *times == 0 {
            world.mishaps.remove(place);
        }
    }
}
