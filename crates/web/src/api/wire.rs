//! What goes over the line: the names here are the outer contract.
//!
//! The doc sentences become the descriptions in `openapi.json`; the pattern `LINE` stands for one
//! line of text, see [`super::document`].

use jiff::Timestamp;
use rooms_app::bookings::Booked;
use rooms_app::bookings::find::FreeRoom;
use rooms_core::actor::Person as RecordedPerson;
use rooms_core::booking::{Booking as Recorded, Named};
use rooms_core::connection::Connection as RecordedConnection;
use rooms_core::meeting::Meeting as RecordedMeeting;
use rooms_core::room::{self, BookableHours, DayHours};
use rooms_core::time::parse_instant;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// A place with a time zone of its own.
#[derive(Debug, Serialize, ToSchema)]
pub struct Site {
    /// Its id.
    #[schema(pattern = "^si_[0-9a-f]{32}$")]
    id: String,
    /// Its name.
    name: String,
    /// Its IANA time zone.
    #[schema(example = "Europe/Zurich")]
    time_zone: String,
    /// Whether it is in use.
    #[schema(value_type = OpenOrRetired)]
    state: &'static str,
}

impl From<room::Site> for Site {
    fn from(site: room::Site) -> Self {
        Self {
            id: site.id.to_string(),
            name: site.name,
            time_zone: site.zone.name().to_owned(),
            state: site.state.as_str(),
        }
    }
}

/// Whether a room or site is in use; what is retired keeps its history and cannot be booked.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OpenOrRetired {
    /// Can be booked.
    Open,
    /// Cannot be booked any more.
    Retired,
}

/// A site to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSite {
    /// Its name.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = "LINE",
        example = "Lakeside"
    )]
    pub name: String,
    /// Its IANA time zone.
    #[schema(pattern = "ZONE", example = "Europe/Zurich")]
    pub time_zone: String,
}

/// When on a day, by the clock on the wall of the site: from a minute on, for so many minutes,
/// and until midnight at the latest.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// The first minute.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "08:00")]
    from: String,
    /// How many minutes from then on.
    #[schema(minimum = 1, maximum = 1440, example = 630)]
    minutes: u16,
}

impl From<DayHours> for Hours {
    fn from(hours: DayHours) -> Self {
        Self {
            from: format!("{:02}:{:02}", hours.from / 60, hours.from % 60),
            minutes: hours.to.saturating_sub(hours.from),
        }
    }
}

impl Hours {
    fn read(&self) -> Option<DayHours> {
        let from = minute(&self.from)?;
        (1..=room::DAY_MINUTES)
            .contains(&self.minutes)
            .then(|| DayHours {
                from,
                to: (from + self.minutes).min(room::DAY_MINUTES),
            })
    }
}

/// The minute of the day a clock shows.
fn minute(clock: &str) -> Option<u16> {
    let (hours, minutes) = clock.split_once(':')?;
    let number = |text: &str| {
        let two_digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        two_digits.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// The week of a room, Monday first; null is a day on which it cannot be booked.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(min_items = 7, max_items = 7)]
pub struct Week(Vec<Option<Hours>>);

impl From<&BookableHours> for Week {
    fn from(hours: &BookableHours) -> Self {
        Self(hours.0.iter().map(|day| day.map(Hours::from)).collect())
    }
}

impl Week {
    /// The hours, if they are seven days and each is part of a day.
    pub fn read(&self) -> Option<BookableHours> {
        let mut days = Vec::with_capacity(7);
        for day in &self.0 {
            days.push(match day {
                Some(hours) => Some(hours.read()?),
                None => None,
            });
        }
        days.try_into().ok().map(BookableHours)
    }
}

/// A room.
#[derive(Debug, Serialize, ToSchema)]
pub struct Room {
    /// Its id.
    #[schema(pattern = "^rm_[0-9a-f]{32}$")]
    id: String,
    /// The site it is at.
    #[schema(pattern = "^si_[0-9a-f]{32}$")]
    site_id: String,
    /// Its name.
    name: String,
    /// How many people it seats.
    capacity: i64,
    /// What is in it, in lower case.
    equipment: Vec<String>,
    /// When it can be booked.
    bookable_hours: Week,
    /// The IANA time zone of its site.
    time_zone: String,
    /// Whether it is in use.
    #[schema(value_type = OpenOrRetired)]
    state: &'static str,
    /// Counts its changes, from 1.
    revision: i64,
}

impl From<room::Room> for Room {
    fn from(room: room::Room) -> Self {
        Self {
            id: room.id.to_string(),
            site_id: room.site.to_string(),
            name: room.name,
            capacity: room.capacity,
            equipment: room.equipment,
            bookable_hours: Week::from(&room.hours),
            time_zone: room.zone.name().to_owned(),
            state: room.state.as_str(),
            revision: room.revision,
        }
    }
}

/// A room to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRoom {
    /// The site it is at.
    #[schema(pattern = "^si_[0-9a-f]{32}$")]
    pub site_id: String,
    /// Its name.
    #[schema(min_length = 1, max_length = 100, pattern = "LINE", example = "Aster")]
    pub name: String,
    /// How many people it seats.
    #[schema(minimum = 1, maximum = 10000, example = 8)]
    pub capacity: i64,
    /// What is in it.
    #[serde(default)]
    #[schema(required = false, max_items = 30, value_type = Vec<Equipment>)]
    pub equipment: Vec<String>,
    /// When it can be booked; at all hours where nothing is said.
    #[serde(default)]
    pub bookable_hours: Option<Week>,
}

/// Something that is in a room.
#[derive(Debug, ToSchema)]
#[schema(min_length = 1, max_length = 40, pattern = "LINE", example = "screen")]
#[expect(dead_code, reason = "describes an item of a list")]
pub struct Equipment(String);

/// What is to change about a room; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomChange {
    /// Another site.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, pattern = "^si_[0-9a-f]{32}$")]
    pub site_id: Option<String>,
    /// Another name.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, min_length = 1, max_length = 100, pattern = "LINE")]
    pub name: Option<String>,
    /// Other seats.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, minimum = 1, maximum = 10000)]
    pub capacity: Option<i64>,
    /// Other equipment.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, max_items = 30, value_type = Vec<Equipment>)]
    pub equipment: Option<Vec<String>>,
    /// Other hours.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, value_type = Week)]
    pub bookable_hours: Option<Week>,
    /// Retire or reopen it.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, value_type = OpenOrRetired)]
    pub state: Option<OpenOrRetired>,
}

/// A room that is free all of the time asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct AvailableRoom {
    /// The room's id once more, by the name that bookings give it.
    #[schema(pattern = "^rm_[0-9a-f]{32}$")]
    room_id: String,
    /// The room.
    #[serde(flatten)]
    room: Room,
    /// When it is next taken or closed, if that is within a day.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    free_until: Option<Timestamp>,
}

impl From<FreeRoom> for AvailableRoom {
    fn from(free: FreeRoom) -> Self {
        Self {
            room_id: free.room.id.to_string(),
            free_until: free.until,
            room: free.room.into(),
        }
    }
}

/// A person of the company.
#[derive(Debug, Serialize, ToSchema)]
pub struct Person {
    /// Their id.
    #[schema(pattern = "^pe_[0-9a-f]{32}$")]
    id: String,
    /// Their name.
    name: String,
    /// Their address.
    email: String,
    /// What they are in the company.
    #[schema(value_type = PersonRole)]
    role: &'static str,
    /// Where they stand with the company.
    #[schema(value_type = PersonStanding)]
    state: &'static str,
}

/// What somebody is in the company.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum PersonRole {
    /// Books rooms.
    Officer,
    /// Books rooms and runs the company's settings.
    Admin,
}

/// Where somebody stands with the company.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum PersonStanding {
    /// Has not set a password yet.
    Invited,
    /// Can sign in.
    Active,
    /// Cannot sign in any more.
    Deactivated,
}

impl From<RecordedPerson> for Person {
    fn from(person: RecordedPerson) -> Self {
        Self {
            id: person.id.to_string(),
            name: person.name,
            email: person.email,
            role: person.role.as_str(),
            state: person.state.as_str(),
        }
    }
}

/// A person as a booking names them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonOfBooking {
    /// Their id.
    #[schema(pattern = "^pe_[0-9a-f]{32}$")]
    id: String,
    /// Their name.
    name: String,
    /// Their address.
    email: String,
}

impl From<Named> for PersonOfBooking {
    fn from(person: Named) -> Self {
        Self {
            id: person.id.to_string(),
            name: person.name,
            email: person.email,
        }
    }
}

/// Which conference a booking is held with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Conference {
    /// A Zoom meeting.
    Zoom,
}

impl From<Conference> for rooms_core::booking::Conference {
    fn from(Conference::Zoom: Conference) -> Self {
        Self::Zoom
    }
}

/// Where a booking stands.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum BookingState {
    /// The room is theirs.
    Confirmed,
    /// Holds the room until it is approved.
    Pending,
    /// Not approved.
    Declined,
    /// Called off; the room is free again.
    Cancelled,
}

/// Where a meeting stands.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum MeetingState {
    /// It is being made, or Zoom cannot be reached at the moment.
    Pending,
    /// The link is there.
    Ready,
    /// Zoom refused, or a person has to act; `failure` says which.
    Failed,
    /// It is being deleted.
    Removing,
    /// It is deleted, or was never made.
    Removed,
    /// The connection ended: the link stays and is no longer managed.
    Detached,
}

/// The meeting of a booking.
#[expect(clippy::struct_field_names, reason = "the API's own words")]
#[derive(Debug, Serialize, ToSchema)]
pub struct Meeting {
    /// Who holds it.
    #[schema(value_type = Conference)]
    provider: &'static str,
    /// Where it stands.
    #[schema(value_type = MeetingState)]
    state: &'static str,
    /// Where people join.
    #[schema(required)]
    join_url: Option<String>,
    /// Its number, in digits.
    #[schema(required, pattern = "^[0-9]+$")]
    meeting_id: Option<String>,
    /// What people type to join by number.
    #[schema(required)]
    passcode: Option<String>,
    /// The host's address at Zoom.
    #[schema(required)]
    host_email: Option<String>,
    /// What went wrong, in words for people.
    #[schema(required)]
    failure: Option<String>,
}

impl From<RecordedMeeting> for Meeting {
    fn from(meeting: RecordedMeeting) -> Self {
        Self {
            provider: "zoom",
            state: meeting.state.api_word(),
            join_url: meeting.join_url,
            meeting_id: meeting.zoom_id.map(|id| id.to_string()),
            passcode: meeting.passcode,
            host_email: meeting.host_email,
            failure: meeting.failure,
        }
    }
}

/// A booking of a room.
#[derive(Debug, Serialize, ToSchema)]
pub struct Booking {
    /// Its id.
    #[schema(pattern = "^bk_[0-9a-f]{32}$")]
    id: String,
    /// The room.
    #[schema(pattern = "^rm_[0-9a-f]{32}$")]
    room_id: String,
    /// What for.
    title: String,
    /// The first instant.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// The first instant after it.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// The IANA time zone of the room's site.
    time_zone: String,
    /// Where it stands.
    #[schema(value_type = BookingState)]
    state: &'static str,
    /// In whose name it is; the meeting is made through their connection.
    organizer: PersonOfBooking,
    /// Who booked it.
    booker: PersonOfBooking,
    /// Addresses of the people invited.
    invitees: Vec<String>,
    /// Which conference it is held with; null for none.
    #[schema(required, value_type = Option<Conference>)]
    conference: Option<&'static str>,
    /// Its meeting; null without a conference.
    #[schema(required)]
    meeting: Option<Meeting>,
    /// Counts its changes, from 1; the `ETag` is made of it.
    revision: i64,
    /// When it was booked.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// When it was cancelled.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    cancelled_at: Option<Timestamp>,
    /// Why, in the words of who cancelled.
    #[schema(required)]
    cancel_reason: Option<String>,
}

impl From<Booked> for Booking {
    fn from(Booked { booking, meeting }: Booked) -> Self {
        let Recorded {
            id,
            room,
            title,
            slot,
            zone,
            state,
            organizer,
            booker,
            invitees,
            conference,
            revision,
            created_at,
            updated_at,
            cancelled_at,
            cancel_reason,
            ..
        } = booking;
        Self {
            id: id.to_string(),
            room_id: room.to_string(),
            title,
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            time_zone: zone.name().to_owned(),
            state: state.as_str(),
            organizer: organizer.into(),
            booker: booker.into(),
            invitees,
            conference: conference.map(rooms_core::booking::Conference::as_str),
            meeting: meeting.filter(|_| conference.is_some()).map(Meeting::from),
            revision,
            created_at,
            updated_at,
            cancelled_at,
            cancel_reason,
        }
    }
}

/// An instant as it is sent.
#[derive(Debug, Clone, Copy)]
pub struct Instant(pub Timestamp);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_instant("", &text).map(Self).map_err(|errors| {
            let first = errors.0.into_iter().next();
            serde::de::Error::custom(first.map_or_else(String::new, |error| error.message))
        })
    }
}

/// A room to book.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBooking {
    /// The room.
    #[schema(pattern = "^rm_[0-9a-f]{32}$")]
    pub room_id: String,
    /// What for.
    #[schema(min_length = 1, max_length = 200, pattern = "LINE", example = "Budget")]
    pub title: String,
    /// The first instant, a whole minute.
    #[schema(value_type = String, format = DateTime, example = "STARTS_AT")]
    pub starts_at: Instant,
    /// The first instant after it, a whole minute, at most 24 hours later.
    #[schema(value_type = String, format = DateTime, example = "ENDS_AT")]
    pub ends_at: Instant,
    /// Which conference it is held with; none where nothing is said.
    #[serde(default)]
    pub conference: Option<Conference>,
    /// In whose name, by id or address; the caller's own where nothing is said.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 254, pattern = "LINE")]
    pub organizer: Option<String>,
    /// Addresses of people to invite.
    #[serde(default)]
    #[schema(required = false, max_items = 200, value_type = Vec<Address>)]
    pub invitees: Vec<String>,
}

/// An e-mail address.
#[derive(Debug, ToSchema)]
#[schema(max_length = 254, pattern = "ADDRESS", example = "ines@example.com")]
#[expect(dead_code, reason = "describes an item of a list")]
pub struct Address(String);

/// What is to change about a booking; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BookingChange {
    /// Another room.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, pattern = "^rm_[0-9a-f]{32}$")]
    pub room_id: Option<String>,
    /// Another title.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, min_length = 1, max_length = 200, pattern = "LINE")]
    pub title: Option<String>,
    /// Another beginning, a whole minute.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, value_type = String, format = DateTime)]
    pub starts_at: Option<Instant>,
    /// Another end, a whole minute.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, value_type = String, format = DateTime)]
    pub ends_at: Option<Instant>,
    /// Another conference; null for none.
    #[serde(default, deserialize_with = "there")]
    #[schema(value_type = Option<Conference>)]
    pub conference: Option<Option<Conference>>,
    /// Another organizer, by id or address.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, min_length = 1, max_length = 254, pattern = "LINE")]
    pub organizer: Option<String>,
    /// Other invitees.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, max_items = 200, value_type = Vec<Address>)]
    pub invitees: Option<Vec<String>>,
}

/// Why a booking is cancelled.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancellation {
    /// In words for those who were invited.
    #[serde(default)]
    #[schema(max_length = 500, pattern = "WORDS", example = "The visitors are ill")]
    pub reason: Option<String>,
}

/// A connection of the caller to Zoom.
#[derive(Debug, Serialize, ToSchema)]
pub struct Connection {
    /// Its id.
    #[schema(pattern = "^cn_[0-9a-f]{32}$")]
    id: String,
    /// To whom.
    #[schema(value_type = Conference)]
    provider: &'static str,
    /// Where it stands.
    #[schema(value_type = ConnectionStatus)]
    status: &'static str,
    /// The address of the account there.
    account_email: String,
    /// When it was connected.
    #[schema(value_type = String, format = DateTime)]
    connected_at: Timestamp,
    /// When it ended.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    disconnected_at: Option<Timestamp>,
    /// Who ended it.
    #[schema(required, value_type = Option<EndedBy>)]
    disconnected_by: Option<&'static str>,
}

/// Where a connection stands.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ConnectionStatus {
    /// Meetings are made through it.
    Active,
    /// It ended.
    Inactive,
    /// Zoom no longer accepts it; its person has to connect again.
    NeedsAttention,
}

/// Who ended a connection.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum EndedBy {
    /// Its person, here.
    User,
    /// Its person or their administrator, in Zoom.
    Zoom,
    /// The product.
    System,
}

impl From<RecordedConnection> for Connection {
    fn from(connection: RecordedConnection) -> Self {
        Self {
            id: connection.id.to_string(),
            provider: "zoom",
            status: connection.status.as_str(),
            account_email: connection.zoom_email,
            connected_at: connection.connected_at,
            disconnected_at: connection.disconnected_at,
            disconnected_by: connection
                .disconnected_by
                .map(rooms_core::connection::EndedBy::as_str),
        }
    }
}

/// What was refused, and why (RFC 9457).
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what crate::problem writes")]
pub struct ProblemDocument {
    /// Its kind: the last part is for programs, for example `room-taken`.
    #[schema(
        format = "uri",
        example = "https://oneclickrooms.com/problems/room-taken"
    )]
    r#type: String,
    /// Its kind in words.
    title: String,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    status: i64,
    /// What to do this time.
    detail: String,
    /// Everything that needs a change, with 422.
    #[schema(required = false, nullable = false, value_type = Vec<ProblemError>)]
    errors: Option<Vec<ProblemError>>,
    /// The nearest free times, where a room is taken: as long as what was asked for.
    #[schema(required = false, nullable = false, value_type = Vec<Alternative>)]
    alternatives: Option<Vec<Alternative>>,
}

/// One thing that needs a change: a place in the body, or a parameter.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what crate::problem writes")]
pub struct ProblemError {
    /// Where in the body, as a JSON pointer (RFC 6901).
    #[schema(required = false, nullable = false, example = "#/starts_at")]
    pointer: Option<String>,
    /// Which parameter of the query.
    #[schema(required = false, nullable = false)]
    parameter: Option<String>,
    /// A word for programs.
    code: String,
    /// What to do.
    detail: String,
}

/// A free slot.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what crate::problem writes")]
pub struct Alternative {
    /// The room.
    #[schema(pattern = "^rm_[0-9a-f]{32}$")]
    room_id: String,
    /// The first instant.
    #[schema(format = DateTime)]
    starts_at: String,
    /// The first instant after it.
    #[schema(format = DateTime)]
    ends_at: String,
}

/// A field that was sent, where null is not the same as nothing.
fn there<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_read_strictly() {
        assert_eq!(minute("08:30"), Some(510));
        for bad in [
            "8:30", "08:60", "24:00", "25:00", "08:30:00", "", "+8:30", "aa:bb",
        ] {
            assert_eq!(minute(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_day_ends_at_midnight() {
        let hours = |from: &str, minutes| {
            let from = from.to_owned();
            Hours { from, minutes }.read()
        };
        assert_eq!(hours("00:00", 1440), Some(DayHours::WHOLE));
        assert_eq!(
            hours("22:00", 600),
            Some(DayHours {
                from: 1320,
                to: 1440
            })
        );
        assert_eq!(hours("08:00", 0), None);
        assert_eq!(hours("08:00", 1441), None);
    }

    #[test]
    fn a_week_has_seven_days() {
        let week = Week::from(&BookableHours::default());
        assert_eq!(week.read(), Some(BookableHours::default()));
        assert!(Week(vec![None, None]).read().is_none());
    }
}
