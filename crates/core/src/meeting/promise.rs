//! What is promised of a meeting: how people come in, and what is recorded.

use std::fmt::Write as _;

/// Whether and where a meeting is recorded from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recording {
    /// Not recorded.
    None,
    /// On the host's computer.
    Local,
    /// In Zoom's cloud.
    Cloud,
}

impl Recording {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::None, Self::Local, Self::Cloud];

    /// The word in SQL and forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Local => "local",
            Self::Cloud => "cloud",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What is promised of a company's or a person's meetings, and what Zoom made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// People wait until the host lets them in.
    pub waiting_room: bool,
    /// The meeting has a passcode; the link holds it.
    pub passcode: bool,
    /// People may start without the host.
    pub join_before_host: bool,
    /// People come in muted.
    pub mute_upon_entry: bool,
    /// What is recorded.
    pub recording: Recording,
}

impl Default for Promise {
    /// A link that works at once for everybody who has it, and for nobody else.
    fn default() -> Self {
        Self {
            waiting_room: false,
            passcode: true,
            join_before_host: true,
            mute_upon_entry: false,
            recording: Recording::None,
        }
    }
}

impl Promise {
    /// The names and values of its switches, in the order people read them.
    #[must_use]
    pub const fn switches(&self) -> [(&'static str, bool); 4] {
        [
            ("waiting_room", self.waiting_room),
            ("passcode", self.passcode),
            ("join_before_host", self.join_before_host),
            ("mute_upon_entry", self.mute_upon_entry),
        ]
    }

    /// What Zoom made of it otherwise, in sentences for people. Joining before the host means
    /// nothing while there is a waiting room.
    #[must_use]
    pub fn broken_by(&self, made: &Self) -> Vec<&'static str> {
        let mut said = Vec::new();
        let mut differs = |asked: bool, got: bool, on: &'static str, off: &'static str| {
            if asked != got {
                said.push(if got { on } else { off });
            }
        };
        differs(
            self.waiting_room,
            made.waiting_room,
            "Zoom’s account keeps the waiting room on: the host lets people in.",
            "Zoom’s account keeps the waiting room off: everybody with the link comes in at once.",
        );
        differs(
            self.passcode,
            made.passcode,
            "Zoom’s account asks for a passcode.",
            "Zoom’s account makes meetings without a passcode.",
        );
        if !made.waiting_room {
            differs(
                self.join_before_host,
                made.join_before_host,
                "Zoom’s account lets people start before the host.",
                "Zoom’s account lets nobody in before the host.",
            );
        }
        differs(
            self.mute_upon_entry,
            made.mute_upon_entry,
            "Zoom’s account mutes people when they come in.",
            "Zoom’s account does not mute people when they come in.",
        );
        if self.recording != made.recording {
            said.push(match made.recording {
                Recording::None => "Zoom’s account does not record this meeting.",
                Recording::Local => "Zoom’s account records on the host’s computer.",
                Recording::Cloud => "Zoom’s account records in the cloud.",
            });
        }
        said
    }

    /// As it is stored.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (name, on) in self.switches() {
            // Writing to a String does not fail.
            let _ = write!(text, "{name}={} ", if on { "on" } else { "off" });
        }
        text + "recording=" + self.recording.as_str()
    }

    /// Reads what was stored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let of = |name: &str| {
            text.split(' ')
                .filter_map(|pair| pair.split_once('='))
                .find_map(|(n, value)| (n == name).then_some(value))
        };
        let on = |name: &str| match of(name)? {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        };
        Some(Self {
            waiting_room: on("waiting_room")?,
            passcode: on("passcode")?,
            join_before_host: on("join_before_host")?,
            mute_upon_entry: on("mute_upon_entry")?,
            recording: Recording::parse(of("recording")?)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_promise_survives_being_stored() {
        for bits in 0_u8..16 {
            for recording in Recording::ALL {
                let promise = Promise {
                    waiting_room: bits & 1 > 0,
                    passcode: bits & 2 > 0,
                    join_before_host: bits & 4 > 0,
                    mute_upon_entry: bits & 8 > 0,
                    recording,
                };
                assert_eq!(Promise::parse(&promise.to_text()), Some(promise));
                assert!(promise.broken_by(&promise).is_empty());
            }
        }
        assert_eq!(Promise::parse("waiting_room=on"), None);
    }

    #[test]
    fn what_zoom_made_otherwise_is_said_once_each() {
        let asked = Promise::default();
        let made = Promise {
            waiting_room: true,
            join_before_host: false,
            recording: Recording::Cloud,
            ..asked
        };
        let said = asked.broken_by(&made);
        assert_eq!(
            said.len(),
            2,
            "the waiting room explains the rest: {said:?}"
        );
        assert!(said[0].contains("keeps the waiting room on"));
    }
}
