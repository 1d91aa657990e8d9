//! The rules by name, in words, for the console page and for files.

use serde_json::Value;

/// A rule, as people see it.
pub(crate) struct Rule {
    /// As in the code and in files.
    pub(crate) name: &'static str,
    /// On the console page.
    pub(crate) words: &'static str,
    /// What it can be.
    pub(crate) kind: Kind,
}

/// What a rule can be.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Yes or no.
    Switch,
    /// A whole number, or nothing.
    Limit,
    /// A whole number.
    Number,
    /// One of these words, each explained.
    Word(&'static [(&'static str, &'static str)]),
}

impl Kind {
    /// The JSON value of a text; `None` if it is none of this kind.
    pub(crate) fn parse(self, text: &str) -> Option<Value> {
        match self {
            Self::Switch => match text {
                "yes" | "on" | "true" => Some(true.into()),
                "no" | "off" | "false" => Some(false.into()),
                _ => None,
            },
            Self::Limit if text.is_empty() => Some(Value::Null),
            Self::Limit | Self::Number => text.parse::<u32>().ok().map(Value::from),
            Self::Word(words) => words
                .iter()
                .find(|(word, _)| *word == text)
                .map(|(word, _)| Value::from(*word)),
        }
    }

    /// For a message: what it can be.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Switch => "yes or no".into(),
            Self::Limit => "a whole number, or nothing for none".into(),
            Self::Number => "a whole number".into(),
            Self::Word(words) => {
                let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                format!("one of {}", words.join(", "))
            }
        }
    }
}

const ERRORS: Kind = Kind::Word(&[
    ("invalid_request", "invalid_request"),
    ("invalid_grant", "invalid_grant"),
]);

const fn rule(name: &'static str, words: &'static str, kind: Kind) -> Rule {
    Rule { name, words, kind }
}

/// All of them, in the order of the console page.
pub(crate) const RULES: [Rule; 25] = [
    rule(
        "refresh_ends_access_token",
        "A refresh ends the older access token",
        Kind::Switch,
    ),
    rule(
        "decline",
        "After “Decline” the user",
        Kind::Word(&[
            ("comes-back", "comes back with error=access_denied"),
            ("stays", "stays at Zoom; the app hears nothing"),
        ]),
    ),
    rule("used_code", "A used code is called", ERRORS),
    rule("wrong_verifier", "A wrong PKCE verifier is called", ERRORS),
    rule(
        "dead_refresh_token",
        "A dead refresh token is called",
        Kind::Word(&[
            ("grant", "invalid_grant, Invalid Token!"),
            ("request", "invalid_request, Invalid Token!"),
            ("bare", "invalid_grant, no reason"),
        ]),
    ),
    rule(
        "deactivated_user",
        "Calls of a deactivated user get",
        Kind::Word(&[
            ("no-user", "404/1001, no such user"),
            ("bad-token", "401/124, token not valid"),
            ("no-hosting", "400/3161, no hosting"),
        ]),
    ),
    rule(
        "meeting_requests_per_day",
        "Create and change requests per user and day; empty for no limit",
        Kind::Limit,
    ),
    rule(
        "max_occurrences",
        "Occurrences that a series may have",
        Kind::Number,
    ),
    rule(
        "limits_per_second",
        "The plan's limits per second hold",
        Kind::Switch,
    ),
    rule(
        "limits_per_day",
        "The plan's limits per day hold",
        Kind::Switch,
    ),
    rule(
        "rate_limit_headers",
        "Answers carry X-RateLimit-…",
        Kind::Switch,
    ),
    rule(
        "retry_after",
        "Retry-After is",
        Kind::Word(&[
            ("iso", "an ISO 8601 time"),
            ("http-date", "an HTTP date"),
            ("seconds", "a number of seconds"),
            ("none", "left out"),
        ]),
    ),
    rule(
        "webhooks",
        "Webhooks go out",
        Kind::Word(&[
            ("once", "once each"),
            ("twice", "twice each"),
            ("reversed", "the newest first"),
            ("held", "only by hand"),
            ("lost", "never"),
        ]),
    ),
    rule(
        "webhook_delay_seconds",
        "Seconds between an event and its webhook",
        Kind::Number,
    ),
    rule(
        "webhook_signature",
        "The signature of webhooks is",
        Kind::Word(&[
            ("right", "right"),
            ("wrong", "made with another secret"),
            ("tampered", "right for another body"),
            ("stale", "a day old"),
            ("missing", "missing"),
        ]),
    ),
    rule(
        "retries_are_signed_anew",
        "Repeated webhooks are signed with the time of the attempt",
        Kind::Switch,
    ),
    rule(
        "retries_keep_tracking_id",
        "Repeated webhooks keep their tracking id",
        Kind::Switch,
    ),
    rule(
        "unproved_addresses_hear_events",
        "Events go to addresses that have not proved themselves",
        Kind::Switch,
    ),
    rule(
        "user_events",
        "Apps of users hear user.… events",
        Kind::Switch,
    ),
    rule(
        "deauthorization_says_retention",
        "app_deauthorized carries user_data_retention",
        Kind::Switch,
    ),
    rule(
        "deauthorization_event_ts",
        "app_deauthorized has its event_ts",
        Kind::Word(&[
            ("top", "beside the event's name"),
            ("payload", "in the payload"),
            ("nowhere", "nowhere"),
        ]),
    ),
    rule(
        "unknown_time_zone",
        "A time zone that Zoom does not know",
        Kind::Word(&[
            ("utc", "becomes UTC"),
            ("users", "becomes the user's"),
            ("refused", "is refused, 400/300"),
        ]),
    ),
    rule(
        "domain_file",
        "The file that proves a domain is",
        Kind::Word(&[
            ("folder", "/zoomverify/verifyzoom.html"),
            ("root", "/verifyzoom.html"),
        ]),
    ),
    rule(
        "trash_days",
        "Days that a deleted meeting can be recovered",
        Kind::Number,
    ),
    rule(
        "live_meetings_can_be_deleted",
        "A meeting that takes place can be deleted",
        Kind::Switch,
    ),
];
