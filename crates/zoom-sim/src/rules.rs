//! Habits: what Zoom does that nobody outside knows for sure, what it does only sometimes, and
//! what is in the way of a load test. Each can be switched both ways while the simulator runs.

mod list;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use list::{Kind, RULES};

/// How the simulator behaves where more than one behaviour is to be expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// A refresh ends the older access token at once.
    pub refresh_ends_access_token: bool,
    /// What “Decline” on the consent page does.
    pub decline: Decline,
    /// The `error` of a code that is used, expired or unknown.
    pub used_code: OauthError,
    /// The `error` of a PKCE verifier that does not fit.
    pub wrong_verifier: OauthError,
    /// The body for a refresh token that is dead.
    pub dead_refresh_token: DeadToken,
    /// What the calls of a deactivated user are told.
    pub deactivated_user: Deactivated,
    /// Create and update requests per user and day in UTC; `None` for no limit.
    pub meeting_requests_per_day: Option<u32>,
    /// How many occurrences a series may have: 50 in one place of Zoom's reference, 60 in another.
    pub max_occurrences: u32,
    /// The limits per second of an account's plan hold.
    pub limits_per_second: bool,
    /// The limits per day of an account's plan hold.
    pub limits_per_day: bool,
    /// Answers carry `X-RateLimit-…`.
    pub rate_limit_headers: bool,
    /// How `Retry-After` is written where there is one.
    pub retry_after: RetryAfter,
    /// How webhooks leave the house.
    pub webhooks: WebhookMode,
    /// Events leave this much later than they happen.
    pub webhook_delay_seconds: u32,
    /// What the signature of webhooks is like.
    pub webhook_signature: Signature,
    /// A repeated webhook is signed anew with the time of the attempt.
    pub retries_are_signed_anew: bool,
    /// A repeated webhook keeps its `x-zm-trackingid`.
    pub retries_keep_tracking_id: bool,
    /// Events go to an address that has not proved itself.
    pub unproved_addresses_hear_events: bool,
    /// Apps of users hear of `user.*` events.
    pub user_events: bool,
    /// `app_deauthorized` carries `user_data_retention`, as it did until about 2021.
    pub deauthorization_says_retention: bool,
    /// Where `app_deauthorized` has its `event_ts`.
    pub deauthorization_event_ts: Place,
    /// What becomes of a time zone that Zoom does not know.
    pub unknown_time_zone: UnknownZone,
    /// Where the file lies that proves a domain.
    pub domain_file: DomainFile,
    /// How long a deleted meeting can be recovered.
    pub trash_days: u32,
    /// A meeting that takes place can be deleted.
    pub live_meetings_can_be_deleted: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            refresh_ends_access_token: true,
            decline: Decline::default(),
            used_code: OauthError::InvalidRequest,
            wrong_verifier: OauthError::InvalidGrant,
            dead_refresh_token: DeadToken::default(),
            deactivated_user: Deactivated::default(),
            meeting_requests_per_day: Some(100),
            max_occurrences: 50,
            limits_per_second: false,
            limits_per_day: false,
            rate_limit_headers: true,
            retry_after: RetryAfter::default(),
            webhooks: WebhookMode::Once,
            webhook_delay_seconds: 0,
            webhook_signature: Signature::default(),
            retries_are_signed_anew: true,
            retries_keep_tracking_id: true,
            unproved_addresses_hear_events: true,
            user_events: false,
            deauthorization_says_retention: false,
            deauthorization_event_ts: Place::default(),
            unknown_time_zone: UnknownZone::default(),
            domain_file: DomainFile::default(),
            trash_days: 7,
            live_meetings_can_be_deleted: false,
        }
    }
}

impl Rules {
    /// Sets a rule by its name, from the text that the console page and scenario files write:
    /// `yes` and `no`, a number, nothing for no limit, or one of the words.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), String> {
        let Some(rule) = RULES.iter().find(|rule| rule.name == name) else {
            return Err(format!("there is no rule {name:?}"));
        };
        let text = text.trim();
        let value = rule
            .kind
            .parse(text)
            .ok_or_else(|| format!("{name} is {}, not {text:?}", rule.kind.words()))?;
        let mut all = serde_json::to_value(&*self).map_err(|error| error.to_string())?;
        if let Some(all) = all.as_object_mut() {
            all.insert(name.to_owned(), value);
        }
        *self = serde_json::from_value(all).map_err(|error| format!("{name}: {error}"))?;
        Ok(())
    }

    /// A rule as [`set`](Self::set) reads it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        let all = serde_json::to_value(self).ok()?;
        Some(match all.get(name)? {
            Value::Bool(true) => "yes".into(),
            Value::Bool(false) => "no".into(),
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }
}

/// What “Decline” on the consent page does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decline {
    /// The user comes back with `error=access_denied`.
    #[default]
    ComesBack,
    /// The user stays on a page of Zoom; the app hears nothing.
    Stays,
}

/// What the token endpoint calls a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OauthError {
    /// `invalid_request`, as seen in 2020.
    InvalidRequest,
    /// `invalid_grant`, as RFC 6749 has it.
    InvalidGrant,
}

impl OauthError {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidGrant => "invalid_grant",
        }
    }
}

/// The body for a refresh token that is dead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeadToken {
    /// `invalid_grant` and “Invalid Token!”, as since 2024.
    #[default]
    Grant,
    /// `invalid_request` and “Invalid Token!”, as in 2021.
    Request,
    /// `invalid_grant` without a reason.
    Bare,
}

/// What the calls of a deactivated user are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deactivated {
    /// 404/1001: the user does not exist; a refresh is told 4735.
    #[default]
    NoUser,
    /// 401/124: the token is not valid; a refresh is told the same.
    BadToken,
    /// 400/3161 for creating and changing; everything else works.
    NoHosting,
}

/// How `Retry-After` is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RetryAfter {
    /// `2026-12-01T00:00:00Z`, as Zoom has been seen to do.
    #[default]
    Iso,
    /// `Tue, 01 Dec 2026 00:00:00 GMT`.
    HttpDate,
    /// `3600`.
    Seconds,
    /// Not at all.
    None,
}

/// How webhooks leave the house.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WebhookMode {
    /// Each event once.
    #[default]
    #[serde(alias = "Once")]
    Once,
    /// Each event twice, as happens in the wild.
    #[serde(alias = "Twice")]
    Twice,
    /// Nothing leaves until sent by hand: late, or in another order.
    #[serde(alias = "Held")]
    Held,
    /// Events that are due together leave one after the other, the newest first.
    Reversed,
    /// Nothing ever leaves.
    Lost,
}

/// What the signature of a webhook is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signature {
    /// As it should be.
    #[default]
    Right,
    /// Made with another secret.
    Wrong,
    /// Right, but for a body that somebody has changed on the way.
    Tampered,
    /// Right, but a day old.
    Stale,
    /// There is none.
    Missing,
}

impl Signature {
    /// Names as files and the console page write them.
    pub(crate) const ALL: [(&'static str, Self); 5] = [
        ("right", Self::Right),
        ("wrong", Self::Wrong),
        ("tampered", Self::Tampered),
        ("stale", Self::Stale),
        ("missing", Self::Missing),
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == self)
            .map_or("right", |(name, _)| name)
    }
}

/// Where `app_deauthorized` has its `event_ts`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Beside `event`, as in every other event.
    #[default]
    Top,
    /// Inside `payload`.
    Payload,
    /// Nowhere.
    Nowhere,
}

/// Where the file lies that proves a domain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DomainFile {
    /// In a folder of its own, as seen in many apps.
    #[default]
    Folder,
    /// At the root.
    Root,
}

impl DomainFile {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Folder => "/zoomverify/verifyzoom.html",
            Self::Root => "/verifyzoom.html",
        }
    }
}

/// What becomes of a time zone that Zoom does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownZone {
    /// It becomes UTC.
    #[default]
    Utc,
    /// It becomes the user's own.
    Users,
    /// 400/300.
    Refused,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_listed_and_takes_each_of_its_words() {
        let fields = serde_json::to_value(Rules::default()).unwrap();
        let mut fields: Vec<String> = fields.as_object().unwrap().keys().cloned().collect();
        let mut listed: Vec<String> = RULES.iter().map(|rule| rule.name.to_owned()).collect();
        fields.sort();
        listed.sort();
        assert_eq!(fields, listed);
        for rule in &RULES {
            let texts: Vec<&str> = match rule.kind {
                Kind::Switch => vec!["yes", "no"],
                Kind::Limit => vec!["7", ""],
                Kind::Number => vec!["7"],
                Kind::Word(words) => words.iter().map(|(word, _)| *word).collect(),
            };
            for text in texts {
                let mut rules = Rules::default();
                rules.set(rule.name, text).unwrap();
                assert_eq!(rules.get(rule.name).as_deref(), Some(text), "{}", rule.name);
            }
        }
    }

    #[test]
    fn what_is_no_rule_is_named() {
        let mut rules = Rules::default();
        for (name, text, words) in [
            ("gravity", "yes", "there is no rule \"gravity\""),
            ("decline", "shouts", "decline is one of"),
            ("trash_days", "-1", "trash_days is a whole number"),
            ("user_events", "maybe", "user_events is yes or no"),
        ] {
            let wrong = rules.set(name, text).unwrap_err();
            assert!(wrong.contains(words), "{wrong}");
        }
        assert_eq!(rules, Rules::default());
    }
}
