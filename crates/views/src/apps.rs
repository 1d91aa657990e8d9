//! Settings > Connect Apps, and the pages that explain why a connection did not come about.

use askama::Template;

use super::{
    layout::Layout,
    parts::{Problems, When},
    settings::SettingsTab,
};

/// What Zoom is asked for, in the order of the consent page. The one list for every page.
pub const PERMITS: [Permit; 6] = [
    Permit {
        scope: "user:read:user",
        words: "See your Zoom profile",
        why: "To show which account is connected, to name you as host, and to know you when you \
              remove the app in Zoom.",
    },
    Permit {
        scope: "meeting:write:meeting",
        words: "Make a meeting",
        why: "When you book a room with Zoom.",
    },
    Permit {
        scope: "meeting:read:meeting",
        words: "Read that meeting",
        why: "To show its link, ID and passcode on the booking, and to see that a change arrived.",
    },
    Permit {
        scope: "meeting:update:meeting",
        words: "Change that meeting",
        why: "When you move or rename the booking.",
    },
    Permit {
        scope: "meeting:delete:meeting",
        words: "Delete that meeting",
        why: "When you cancel the booking.",
    },
    Permit {
        scope: "meeting:read:list_meetings",
        words: "List your scheduled meetings",
        why: "When Zoom’s answer got lost: to find the meeting it made, so that you never get two.",
    },
];

/// One permission that Zoom is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit {
    /// The name of the scope, exactly as Zoom has it.
    pub scope: &'static str,
    /// What it allows.
    pub words: &'static str,
    /// What it is used for here.
    pub why: &'static str,
}

impl Permit {
    /// The permit of this scope.
    #[must_use]
    pub fn of(scope: &str) -> Option<&'static Self> {
        PERMITS.iter().find(|permit| permit.scope == scope)
    }
}

/// `/settings/apps`.
#[derive(Debug, Clone, Template)]
#[template(path = "apps.html")]
pub struct AppsPage {
    /// What every page carries.
    pub layout: Layout,
    /// What has just happened, said once.
    pub done: AppsDone,
    /// The state of Zoom for this person.
    pub zoom: ZoomState,
    /// Connections that have ended, and whose meetings are still being deleted in Zoom.
    pub leaving: Vec<ZoomLeaving>,
    /// What happened to the person's connections, newest first.
    pub history: Vec<ConnectionEvent>,
    /// What needs a change. Fields: `name-` and a connection's id.
    pub problems: Problems,
}

/// What has just been done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AppsDone {
    /// Nothing.
    #[default]
    Nothing,
    /// Connected a moment ago.
    Connected,
    /// Connected a moment ago, by a clock that is wrong, here or at Zoom.
    ConnectedOffClock,
    /// Disconnected a moment ago; the links stay.
    Disconnected,
    /// Disconnected a moment ago; the meetings are deleted in Zoom.
    Leaving,
    /// The same, and some bookings keep their link because no other account was free.
    LeavingSome,
    /// What was not deleted yet stays in Zoom.
    RestLeft,
    /// There was nothing to disconnect any more.
    NothingToDisconnect,
    /// A connection has another name.
    Renamed,
    /// Another connection is the default.
    Preferred,
    /// A connection hosts for colleagues too.
    Offered,
    /// A connection hosts for its owner only.
    Withdrawn,
}

/// Where a person stands with Zoom.
#[derive(Debug, Clone)]
pub enum ZoomState {
    /// Never connected.
    NotConnected,
    /// Connected: one account or several, the default first.
    Connected(Vec<ZoomConnection>),
    /// Was connected, ended in order.
    Inactive(ZoomInactive),
    /// The company does not let this person connect apps.
    NotPermitted(NotPermitted),
    /// The operator has not entered what Zoom gave for this installation.
    NotConfigured,
}

impl ZoomState {
    /// Whether Zoom refuses one of the connections.
    #[must_use]
    pub fn needs_attention(&self) -> bool {
        matches!(self, Self::Connected(connections)
            if connections.iter().any(|connection| connection.attention.is_some()))
    }
}

/// A connection that has not ended.
#[derive(Debug, Clone, Default)]
pub struct ZoomConnection {
    /// Sent with every form, so that an old page cannot change a newer connection.
    pub id: String,
    /// What it is called: its name, else its account.
    pub called: String,
    /// The name its owner gave it, or nothing.
    pub name: String,
    /// The account: its address, or its name where Zoom gives no address.
    pub account: String,
    /// Since when.
    pub since: When,
    /// One line: "Last used 10:12. Nothing waiting."
    pub health: String,
    /// What Zoom allows: "34 of 100 changes today. Basic account: meetings end after 40 minutes."
    pub limits: String,
    /// Upcoming bookings with a link of this connection, soonest first.
    pub upcoming: Vec<LinkedBooking>,
    /// How many upcoming bookings of colleagues have a link of this connection.
    pub of_colleagues: usize,
    /// The connections that may take its links over.
    pub targets: Vec<TakesOver>,
    /// Why Zoom does not let us in, where it does not.
    pub attention: Option<ZoomAttention>,
    /// Whether its owner lets it host for colleagues.
    pub offered: bool,
    /// Whether the company uses what is offered.
    pub company_uses_it: bool,
}

impl ZoomConnection {
    /// How many links disconnecting is about.
    #[must_use]
    pub fn links(&self) -> usize {
        self.upcoming.len() + self.of_colleagues
    }
}

/// A connection that may take links over.
#[derive(Debug, Clone, Default)]
pub struct TakesOver {
    /// Its id.
    pub id: String,
    /// What it is called, and that it stands in where it is not the person's own.
    pub words: String,
}

/// A connection that has ended, and whose meetings are still being deleted in Zoom.
#[derive(Debug, Clone, Default)]
pub struct ZoomLeaving {
    /// Its id.
    pub id: String,
    /// What it was called.
    pub called: String,
    /// Since when it has ended.
    pub since: When,
    /// "3 of 8 Zoom meetings are still to be deleted."
    pub progress: String,
    /// Why it does not go on, and when it is tried again; empty while it does.
    pub trouble: String,
}

/// An upcoming booking with a Zoom link.
#[derive(Debug, Clone, Default)]
pub struct LinkedBooking {
    /// Its page.
    pub href: String,
    /// Its title.
    pub title: String,
    /// "Thu 26 Nov 09:00–09:30".
    pub when: String,
    /// The room's name.
    pub room: String,
}

/// A connection that has ended.
#[derive(Debug, Clone, Default)]
pub struct ZoomInactive {
    /// The account it was.
    pub account: String,
    /// Since when it had been connected.
    pub since: When,
    /// When it ended.
    pub ended: When,
    /// Who ended it.
    pub by: EndedBy,
    /// Upcoming bookings that keep links nobody manages.
    pub kept_links: usize,
}

/// Who ended a connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EndedBy {
    /// The person, here.
    #[default]
    User,
    /// The person or an administrator, in Zoom.
    Zoom,
    /// We: the person was deactivated or lost the permission.
    System,
}

/// That Zoom refuses a connection.
#[derive(Debug, Clone, Default)]
pub struct ZoomAttention {
    /// Since when Zoom refuses.
    pub refused: When,
    /// Why, in a sentence.
    pub reason: String,
    /// Bookings that wait for their link.
    pub waiting: usize,
}

/// Why a person may not connect, and whom to ask.
#[derive(Debug, Clone, Default)]
pub struct NotPermitted {
    /// Who may: "only admins", "only people an admin has chosen".
    pub who_may: String,
    /// The company's name.
    pub company: String,
    /// The admins to ask.
    pub admins: Vec<Contact>,
    /// Why not this person, in a sentence; empty where the rule says it all.
    pub reason: String,
    /// Whether they can ask an admin, or what became of asking.
    pub request: AskAdmin,
}

/// Asking an admin to be allowed to connect.
#[derive(Debug, Clone, Default)]
pub enum AskAdmin {
    /// Nothing was asked, or it may be asked again.
    #[default]
    Can,
    /// It waits for an answer.
    Asked {
        /// Since when.
        at: When,
        /// "Olga Brandt and 1 other were told."
        told: String,
    },
    /// It was declined not long ago.
    Declined {
        /// When.
        at: When,
        /// Why; empty where no reason was given.
        reason: String,
        /// When it may be asked again.
        again: When,
    },
}

/// Somebody to ask.
#[derive(Debug, Clone, Default)]
pub struct Contact {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
}

/// One line of the history.
#[derive(Debug, Clone)]
pub struct ConnectionEvent {
    /// When.
    pub at: When,
    /// What.
    pub what: ConnectionEventKind,
    /// The account concerned.
    pub account: String,
}

/// What happened to a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectionEventKind {
    /// It began.
    Connected,
    /// It ended.
    Ended(EndedBy),
    /// Zoom refused our access; the reason in a few words.
    NeedsAttention(String),
    /// What was to be deleted in Zoom is, or stays there; in a few words.
    Finished(String),
    /// Links it left behind before are looked after again; how many, in a few words.
    TakenBack(String),
    /// The account is not what it was; in a sentence.
    Changed(String),
    /// It hosts for colleagues too.
    Offered,
    /// It hosts for its owner only.
    Withdrawn,
}

/// The callback page `/zoom_callback` when no connection came about.
#[derive(Debug, Clone, Template)]
#[template(path = "zoom_error.html")]
pub struct ConnectFailedPage {
    /// What every page carries.
    pub layout: Layout,
    /// What happened.
    pub failure: ConnectFailure,
    /// When, in words.
    pub at: When,
    /// Finds the line in the log; to be named when asking.
    pub reference: String,
    /// Who looks after rooms in the company; empty when nobody is signed in.
    pub admins: Vec<Contact>,
    /// This installation's address, for the letter to the Zoom administrator.
    pub public_url: String,
    /// Whether somebody is signed in and may try again at once.
    pub may_connect: bool,
}

/// Why a connection did not come about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectFailure {
    /// Nobody is signed in any more in the browser that comes back.
    SignedOut,
    /// The person chose Decline.
    Declined,
    /// The account allows approved apps only.
    NotApproved,
    /// Zoom was left for, and nothing came back.
    NothingHappened {
        /// The address that has to be registered.
        redirect_uri: String,
    },
    /// More than the allowed minutes passed at Zoom.
    StateExpired,
    /// The state was not made here, was changed, or has been used.
    StateForeign,
    /// Begun in one session, come back into another.
    OtherSession {
        /// Who is signed in now.
        signed_in: String,
    },
    /// Zoom did not answer, or not in a way we can read.
    ZoomDown,
    /// Zoom refuses this installation's own key or address.
    OurConfiguration {
        /// The address that has to be registered.
        redirect_uri: String,
    },
    /// There is no app to connect through.
    NotConfigured,
    /// Permissions were left out; their scope names.
    ScopesMissing(Vec<String>),
    /// The code was used or is too old.
    CodeUsed,
    /// The company does not let this person connect apps.
    NotPermitted,
    /// Anything else; what Zoom said.
    Unknown {
        /// Zoom's own words, empty when it said nothing.
        said: String,
    },
}

impl ConnectFailure {
    /// The heading: what is true.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::SignedOut => "You are not signed in here",
            Self::Declined => "You chose Decline in Zoom",
            Self::NotApproved => "Your Zoom administrator decides",
            Self::NothingHappened { .. } => "Nothing came back from Zoom",
            Self::StateExpired => "That took longer than we wait",
            Self::StateForeign => "This answer does not belong to your request",
            Self::OtherSession { .. } => "This was begun in another session",
            Self::ZoomDown => "Zoom did not answer",
            Self::OurConfiguration { .. } => "Zoom does not accept our key",
            Self::NotConfigured => "Zoom is not set up here",
            Self::ScopesMissing(_) => "Some permissions were left out",
            Self::CodeUsed => "This answer was used already",
            Self::NotPermitted => "Your company decides who connects apps",
            Self::Unknown { .. } => "Zoom stopped half-way",
        }
    }

    /// Whether connecting again, as it is, can help.
    #[must_use]
    pub fn again_helps(&self) -> bool {
        !matches!(
            self,
            Self::OurConfiguration { .. } | Self::NotConfigured | Self::NotPermitted
        )
    }

    /// Whether it is the operator who has to do something.
    #[must_use]
    pub fn operator_acts(&self) -> bool {
        matches!(self, Self::OurConfiguration { .. } | Self::NotConfigured)
    }
}

/// `/zoom_callback` with a code but no state: the install was started in the Zoom Marketplace.
///
/// Never goes on by itself: the code may have been made for somebody else.
#[derive(Debug, Clone, Template)]
#[template(path = "zoom_error_start.html")]
pub struct MarketplaceStartPage {
    /// What every page carries.
    pub layout: Layout,
    /// Who is signed in; `None` shows the way to sign-in.
    pub signed_in: Option<String>,
    /// The sign-in page with the way back to Connect Apps.
    pub sign_in_href: String,
}
