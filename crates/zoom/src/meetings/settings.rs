//! The settings of a meeting: those asked for, and those Zoom reports.

use crate::wire;
use crate::wire::AutoRecording;

/// The settings that are promised to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeetingSettings {
    /// Whether a meeting gets a passcode, which Zoom makes.
    pub passcode: bool,
    /// Whether participants wait until the host lets them in.
    pub waiting_room: bool,
    /// Whether participants may start without the host; without effect beside a waiting room.
    pub join_before_host: bool,
    /// Whether participants enter muted.
    pub mute_upon_entry: bool,
    /// Recording from the start.
    pub auto_recording: AutoRecording,
}

impl Default for MeetingSettings {
    /// What Zoom gives a new user: a passcode, and nothing else.
    fn default() -> Self {
        Self {
            passcode: true,
            waiting_room: false,
            join_before_host: false,
            mute_upon_entry: false,
            auto_recording: AutoRecording::None,
        }
    }
}

/// The settings Zoom reports; an account may have locked some to other values than asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportedSettings {
    /// Whether participants wait until the host lets them in.
    pub waiting_room: Option<bool>,
    /// Whether participants may start without the host.
    pub join_before_host: Option<bool>,
    /// Whether participants enter muted.
    pub mute_upon_entry: Option<bool>,
    /// Recording from the start.
    pub auto_recording: Option<AutoRecording>,
    /// Whether the host's personal room is used; asked never to be.
    pub use_pmi: Option<bool>,
}

impl ReportedSettings {
    /// The names of the settings that Zoom reports otherwise than they were asked for; what it
    /// does not report counts as asked. Whether there is a passcode, [`Meeting`](crate::Meeting) says.
    #[must_use]
    pub fn differences(&self, asked: &MeetingSettings) -> Vec<&'static str> {
        fn differs<T: Copy + PartialEq>(reported: Option<T>, asked: T) -> bool {
            reported.is_some_and(|reported| reported != asked)
        }
        [
            (
                "waiting_room",
                differs(self.waiting_room, asked.waiting_room),
            ),
            (
                "join_before_host",
                differs(self.join_before_host, asked.join_before_host),
            ),
            (
                "mute_upon_entry",
                differs(self.mute_upon_entry, asked.mute_upon_entry),
            ),
            (
                "auto_recording",
                differs(self.auto_recording, asked.auto_recording),
            ),
            ("use_pmi", differs(self.use_pmi, false)),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }
}

impl From<&MeetingSettings> for wire::MeetingSettings {
    fn from(settings: &MeetingSettings) -> Self {
        Self {
            waiting_room: Some(settings.waiting_room),
            join_before_host: Some(settings.join_before_host),
            mute_upon_entry: Some(settings.mute_upon_entry),
            auto_recording: Some(settings.auto_recording),
            // A personal room has one link for everybody and every time.
            use_pmi: Some(false),
        }
    }
}

impl From<wire::MeetingSettings> for ReportedSettings {
    fn from(settings: wire::MeetingSettings) -> Self {
        Self {
            waiting_room: settings.waiting_room,
            join_before_host: settings.join_before_host,
            mute_upon_entry: settings.mute_upon_entry,
            auto_recording: settings.auto_recording,
            use_pmi: settings.use_pmi,
        }
    }
}
