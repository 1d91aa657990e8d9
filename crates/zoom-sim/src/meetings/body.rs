//! Reading the body of a create or change request, as strictly as Zoom does.

use axum::http::StatusCode;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::Recurrence;
use crate::api::ApiError;
use crate::rules::UnknownZone;

/// When a meeting is to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// With a `Z`: an instant.
    Instant(Timestamp),
    /// Without: what the clock on the wall shows in the meeting's zone.
    Wall(DateTime),
}

/// What a request asks for; a field that is absent or null asks for nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) topic: Option<String>,
    pub(crate) agenda: Option<String>,
    pub(crate) kind: Option<u8>,
    pub(crate) duration: Option<i64>,
    pub(crate) password: Option<String>,
    pub(crate) default_password: Option<bool>,
    pub(crate) schedule_for: Option<String>,
    pub(crate) settings: Map<String, Value>,
    pub(crate) recurrence: Option<Recurrence>,
    time_zone: Option<String>,
    start: Option<Start>,
}

/// Settings that are true or false.
const FLAGS: [&str; 20] = [
    "host_video",
    "participant_video",
    "join_before_host",
    "mute_upon_entry",
    "watermark",
    "use_pmi",
    "alternative_hosts_email_notification",
    "email_notification",
    "waiting_room",
    "meeting_authentication",
    "private_meeting",
    "internal_meeting",
    "focus_mode",
    "registrants_confirmation_email",
    "registrants_email_notification",
    "close_registration",
    "show_share_button",
    "allow_multiple_devices",
    "push_change_to_calendar",
    "participant_focused_meeting",
];

/// Settings with a choice of words or numbers.
const CHOICES: [(&str, &[&str]); 6] = [
    ("auto_recording", &["none", "local", "cloud"]),
    ("audio", &["both", "telephony", "voip", "thirdParty"]),
    ("encryption_type", &["enhanced_encryption", "e2ee"]),
    ("approval_type", &["0", "1", "2"]),
    ("registration_type", &["1", "2", "3"]),
    ("jbh_time", &["0", "5", "10", "15"]),
];

/// Settings that are kept as they come.
const FREE: [&str; 6] = [
    "alternative_hosts",
    "meeting_invitees",
    "calendar_type",
    "authentication_option",
    "authentication_domains",
    "continuous_meeting_chat",
];

/// The body as an object, or the answer that Zoom gives to anything else.
pub(crate) fn object(bytes: &[u8]) -> Result<Map<String, Value>, ApiError> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            300,
            "Request Body should be a valid JSON object.",
        )),
    }
}

impl Wanted {
    /// Reads and checks; all fields at fault are named at once.
    pub(crate) fn read(sent: &Map<String, Value>) -> Result<Self, ApiError> {
        let mut faults: Vec<(String, &str)> = Vec::new();
        let mut wanted = Self {
            topic: text(sent, "topic", 200, &mut faults),
            agenda: text(sent, "agenda", 2_000, &mut faults),
            password: text(sent, "password", 10, &mut faults),
            schedule_for: text(sent, "schedule_for", 320, &mut faults),
            time_zone: text(sent, "timezone", 100, &mut faults),
            ..Self::default()
        };
        match value(sent, "type").map(Value::as_u64) {
            None => {}
            Some(Some(kind @ (1..=3 | 8))) => wanted.kind = u8::try_from(kind).ok(),
            Some(Some(10)) => {
                faults.push(("type".into(), "The simulator does not play type 10."));
            }
            Some(_) => faults.push(("type".into(), "Invalid field.")),
        }
        match value(sent, "duration").map(Value::as_i64) {
            None => {}
            Some(Some(minutes)) if (0..=100_000).contains(&minutes) => {
                wanted.duration = Some(minutes);
            }
            Some(_) => faults.push(("duration".into(), "Invalid field.")),
        }
        match value(sent, "default_password").map(Value::as_bool) {
            None => {}
            Some(Some(flag)) => wanted.default_password = Some(flag),
            Some(None) => faults.push(("default_password".into(), "Invalid field.")),
        }
        if let Some(start) = value(sent, "start_time") {
            wanted.start = start.as_str().and_then(start_time);
            if wanted.start.is_none() {
                faults.push(("start_time".into(), "Invalid field."));
            }
        }
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "@-_*".contains(letter);
        if wanted
            .password
            .as_deref()
            .is_some_and(|text| !text.chars().all(allowed))
        {
            faults.push(("password".into(), "Invalid field."));
        }
        match value(sent, "settings") {
            None => {}
            Some(Value::Object(settings)) => {
                wanted.settings = known_settings(settings, &mut faults);
            }
            Some(_) => faults.push(("settings".into(), "Invalid field.")),
        }
        match value(sent, "recurrence") {
            None => {}
            Some(Value::Object(rule)) => match Recurrence::read(rule) {
                Ok(recurrence) => wanted.recurrence = Some(recurrence),
                Err(fields) => {
                    faults.extend(fields.into_iter().map(|field| (field, "Invalid field.")));
                }
            },
            Some(_) => faults.push(("recurrence".into(), "Invalid field.")),
        }
        if faults.is_empty() {
            return Ok(wanted);
        }
        let fields: Vec<(&str, &str)> = faults
            .iter()
            .map(|(field, message)| (field.as_str(), *message))
            .collect();
        Err(ApiError::validation(&fields))
    }

    /// Refuses a series of more occurrences than there may be.
    pub(crate) fn fits(&self, most: u32) -> Result<(), ApiError> {
        match &self.recurrence {
            Some(series) if series.exceeds(most) => Err(ApiError::validation(&[(
                "recurrence.end_times",
                "The number of occurrences exceeds the maximum.",
            )])),
            _ => Ok(()),
        }
    }

    /// A change the host makes in Zoom's own pages.
    pub(crate) fn by_host(
        topic: Option<String>,
        start: Option<Timestamp>,
        duration: Option<i64>,
    ) -> Self {
        Self {
            topic,
            duration,
            start: start.map(Start::Instant),
            ..Self::default()
        }
    }

    /// Decides what becomes of a zone that is not known.
    pub(crate) fn settle_zone(
        &mut self,
        rule: UnknownZone,
        users_zone: &str,
    ) -> Result<(), ApiError> {
        let unknown = |name: &String| !name.is_empty() && TimeZone::get(name).is_err();
        if !self.time_zone.as_ref().is_some_and(unknown) {
            return Ok(());
        }
        match rule {
            UnknownZone::Utc => self.time_zone = Some("UTC".into()),
            UnknownZone::Users => self.time_zone = Some(users_zone.to_owned()),
            UnknownZone::Refused => {
                return Err(ApiError::validation(&[("timezone", "Invalid field.")]));
            }
        }
        Ok(())
    }

    /// The zone asked for; one that is not known becomes UTC.
    pub(crate) fn zone_name(&self) -> Option<String> {
        let name = self.time_zone.as_deref().filter(|name| !name.is_empty())?;
        Some(TimeZone::get(name).map_or_else(|_| "UTC".into(), |_| name.to_owned()))
    }

    /// The beginning as an instant; wall time is read in this zone.
    pub(crate) fn instant(&self, time_zone: &str) -> Option<Timestamp> {
        match self.start? {
            Start::Instant(at) => Some(at),
            Start::Wall(wall) => {
                let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
                wall.to_zoned(zone).ok().map(|zoned| zoned.timestamp())
            }
        }
    }
}

fn value<'a>(sent: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    sent.get(key).filter(|value| !value.is_null())
}

fn text(
    sent: &Map<String, Value>,
    key: &str,
    longest: usize,
    faults: &mut Vec<(String, &str)>,
) -> Option<String> {
    match value(sent, key)? {
        Value::String(text) if text.chars().count() <= longest => Some(text.clone()),
        Value::String(_) => {
            faults.push((key.into(), "The length of the field exceeds the maximum."));
            None
        }
        _ => {
            faults.push((key.into(), "Invalid field."));
            None
        }
    }
}

fn known_settings(
    sent: &Map<String, Value>,
    faults: &mut Vec<(String, &str)>,
) -> Map<String, Value> {
    let mut known = Map::new();
    for (key, value) in sent {
        if value.is_null() {
            continue;
        }
        let written = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let choice = CHOICES.iter().find(|(name, _)| name == key);
        let fits = if FLAGS.contains(&key.as_str()) {
            value.is_boolean()
        } else if let Some((_, words)) = choice {
            words.contains(&written.as_str())
        } else if FREE.contains(&key.as_str()) {
            true
        } else {
            // Unknown settings are passed over in silence.
            continue;
        };
        if fits {
            known.insert(key.clone(), value.clone());
        } else {
            faults.push((format!("settings.{key}"), "Invalid field."));
        }
    }
    known
}

/// `…Z` or no zone at all; an offset such as `+01:00` is not among Zoom's forms.
fn start_time(text: &str) -> Option<Start> {
    let (digits, instant) = match text.strip_suffix('Z') {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    if digits
        .get(10..)
        .is_some_and(|rest| rest.contains(['+', '-']))
    {
        return None;
    }
    let wall: DateTime = digits.parse().ok()?;
    let wall = wall.with().subsec_nanosecond(0).build().ok()?;
    if !instant {
        return Some(Start::Wall(wall));
    }
    wall.to_zoned(TimeZone::UTC)
        .ok()
        .map(|zoned| Start::Instant(zoned.timestamp()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &Value) -> Result<Wanted, ApiError> {
        Wanted::read(&object(body.to_string().as_bytes())?)
    }

    fn instant(start: &str, zone: &str) -> String {
        let wanted = read(&json!({"start_time": start, "timezone": zone}))
            .ok()
            .unwrap();
        crate::clock::zulu(wanted.instant(&wanted.zone_name().unwrap()).unwrap())
    }

    #[test]
    fn all_three_ways_to_say_when_end_in_utc() {
        assert_eq!(
            instant("2026-12-01T09:00:00Z", "Europe/Berlin"),
            "2026-12-01T09:00:00Z"
        );
        assert_eq!(
            instant("2026-12-01T09:00:00", "Europe/Berlin"),
            "2026-12-01T08:00:00Z"
        );
        assert_eq!(
            instant("2026-12-01T09:00:00", "Not/AZone"),
            "2026-12-01T09:00:00Z"
        );
        assert_eq!(
            instant("2026-12-01T09:00:00.123Z", "UTC"),
            "2026-12-01T09:00:00Z"
        );
    }

    #[test]
    fn what_zoom_refuses_is_refused() {
        for body in [
            json!({"start_time": "2026-12-01T09:00:00+01:00"}),
            json!({"start_time": "tomorrow"}),
            json!({"topic": "x".repeat(201)}),
            json!({"agenda": "x".repeat(2001)}),
            json!({"password": "with space"}),
            json!({"duration": "30"}),
            json!({"type": 7}),
            json!({"settings": {"waiting_room": "yes"}}),
            json!({"settings": {"auto_recording": "tape"}}),
        ] {
            let refusal = read(&body)
                .err()
                .unwrap_or_else(|| panic!("accepted {body}"));
            assert_eq!(refusal.status, StatusCode::BAD_REQUEST);
        }
    }

    #[test]
    fn null_and_unknown_ask_for_nothing() {
        let wanted = read(&json!({"topic": null, "shape": "round", "settings": {"x": 1}}));
        let wanted = wanted.ok().unwrap();
        assert_eq!(wanted.topic, None);
        assert!(wanted.settings.is_empty());
    }
}
