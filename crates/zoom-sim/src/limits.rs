//! How much an account may ask: per second and per day, by plan and by category of call, on the
//! injected clock. All apps and users of an account share one budget.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::{next_utc_midnight, utc_day, zulu};
use crate::faults::{Operation, limited};
use crate::rules::{RetryAfter, Rules};

/// What an account pays for; its limits follow from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plan {
    /// Free: few calls per second, and few per day.
    Free,
    /// Pro.
    Pro,
    /// Business, Education, Enterprise and Partner.
    #[default]
    Business,
}

impl Plan {
    /// Names as files and the console page write them.
    pub(crate) const ALL: [(&'static str, Self); 3] = [
        ("free", Self::Free),
        ("pro", Self::Pro),
        ("business", Self::Business),
    ];

    /// The plan with this name.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, plan)| *plan)
            .ok_or_else(|| format!("a plan is free, pro or business, not {name:?}"))
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Pro => "pro",
            Self::Business => "business",
        }
    }

    /// Calls per second.
    fn per_second(self, category: Category) -> u32 {
        match (self, category) {
            (Self::Free, Category::Light) => 4,
            (Self::Free, Category::Medium) => 2,
            (Self::Free, Category::Heavy) => 1,
            (Self::Pro, Category::Light) => 30,
            (Self::Pro, Category::Medium) => 20,
            (Self::Pro, Category::Heavy) => 10,
            (Self::Business, Category::Light) => 80,
            (Self::Business, Category::Medium) => 60,
            (Self::Business, Category::Heavy) => 40,
        }
    }

    /// Calls per day, where there is a limit.
    fn per_day(self, category: Category) -> Option<u32> {
        match (self, category) {
            (Self::Free, Category::Light) => Some(6_000),
            (Self::Free, Category::Medium) => Some(2_000),
            (Self::Free, Category::Heavy) => Some(1_000),
            (Self::Pro, Category::Heavy) => Some(30_000),
            (Self::Business, Category::Heavy) => Some(60_000),
            (_, Category::Light | Category::Medium) => None,
        }
    }
}

/// How heavy a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Category {
    Light,
    Medium,
    Heavy,
}

impl Category {
    /// By Zoom's labels; calls that the simulator does not play are light, but for reports.
    pub(crate) fn of(call: Option<Operation>, path: &str) -> Self {
        match call {
            Some(Operation::Create | Operation::List) => Self::Medium,
            None if path.starts_with("/v2/report") || path.starts_with("/v2/marketplace") => {
                Self::Heavy
            }
            _ => Self::Light,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Light => "Light",
            Self::Medium => "Medium",
            Self::Heavy => "Heavy",
        }
    }
}

/// What has been asked so far; it begins anew with the process.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    used: Mutex<BTreeMap<(String, Category), Used>>,
}

#[derive(Debug, Default)]
struct Used {
    second: i64,
    in_second: u32,
    day: String,
    in_day: u32,
}

/// One call, counted.
pub(crate) struct Count {
    category: Category,
    per_second: u32,
    left_in_second: u32,
    per_day: Option<u32>,
    left_in_day: u32,
    /// The limit that is reached.
    pub(crate) refused: Option<Reached>,
}

/// A limit that is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    PerSecond,
    PerDay,
}

impl Limits {
    /// Counts a call, or refuses it; what is refused is not counted.
    pub(crate) fn count(
        &self,
        rules: &Rules,
        (account, plan): (&str, Plan),
        category: Category,
        now: Timestamp,
    ) -> Count {
        let mut all = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let used = all.entry((account.to_owned(), category)).or_default();
        if used.second != now.as_second() {
            (used.second, used.in_second) = (now.as_second(), 0);
        }
        let day = utc_day(now);
        if used.day != day {
            (used.day, used.in_day) = (day, 0);
        }
        let (per_second, per_day) = (plan.per_second(category), plan.per_day(category));
        let full = per_day.is_some_and(|limit| used.in_day >= limit);
        let refused = if rules.limits_per_day && full {
            Some(Reached::PerDay)
        } else if rules.limits_per_second && used.in_second >= per_second {
            Some(Reached::PerSecond)
        } else {
            used.in_second += 1;
            used.in_day += 1;
            None
        };
        Count {
            category,
            per_second,
            left_in_second: per_second.saturating_sub(used.in_second),
            per_day,
            left_in_day: per_day.unwrap_or_default().saturating_sub(used.in_day),
            refused,
        }
    }
}

impl Count {
    /// The headers of the limit that is nearest; what stands there already stays.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let daily = self.refused == Some(Reached::PerDay);
        let (kind, limit, left) = if daily {
            (
                "Daily-limit",
                self.per_day.unwrap_or_default(),
                self.left_in_day,
            )
        } else {
            ("QPS", self.per_second, self.left_in_second)
        };
        for (name, value) in [
            ("x-ratelimit-category", self.category.name().to_owned()),
            ("x-ratelimit-type", kind.to_owned()),
            ("x-ratelimit-limit", limit.to_string()),
            ("x-ratelimit-remaining", left.to_string()),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.entry(name).or_insert(value);
            }
        }
    }
}

impl Reached {
    /// The 429 that says so.
    pub(crate) fn answer(self, now: Timestamp, form: RetryAfter) -> Response {
        let (kind, words) = match self {
            Self::PerSecond => (
                "QPS",
                "You have reached the maximum per-second rate limit for this API. Try again \
                 later.",
            ),
            Self::PerDay => (
                "Daily-limit",
                "You have reached the maximum daily rate limit for this API. Refer to the \
                 response header for details on when you can make another request.",
            ),
        };
        let mut answer = limited(words);
        let headers = answer.headers_mut();
        headers.insert("x-ratelimit-type", HeaderValue::from_static(kind));
        headers.insert("x-ratelimit-remaining", HeaderValue::from_static("0"));
        if self == Self::PerDay {
            retry_after(headers, now, form);
        }
        answer
    }
}

/// `Retry-After` until the next midnight in UTC.
pub(crate) fn retry_after(headers: &mut HeaderMap, now: Timestamp, form: RetryAfter) {
    let midnight = next_utc_midnight(now);
    let text = match form {
        RetryAfter::None => return,
        RetryAfter::Iso => zulu(midnight),
        RetryAfter::HttpDate => http_date(midnight),
        RetryAfter::Seconds => (midnight.as_second() - now.as_second()).to_string(),
    };
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.insert(header::RETRY_AFTER, value);
    }
}

/// `Tue, 01 Dec 2026 00:00:00 GMT`, RFC 9110, 5.6.7.
pub(crate) fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_one_budget_per_category_and_second() {
        let limits = Limits::default();
        let rules = Rules {
            limits_per_second: true,
            limits_per_day: true,
            ..Rules::default()
        };
        let at = |second: i64| Timestamp::from_second(1_000_000 + second).unwrap();
        let free = ("a", Plan::Free);
        let ask = |whom, category, second| {
            let count = limits.count(&rules, whom, category, at(second));
            (count.refused, count.left_in_second)
        };
        assert_eq!(ask(free, Category::Medium, 0), (None, 1));
        assert_eq!(ask(free, Category::Medium, 0), (None, 0));
        let over = (Some(Reached::PerSecond), 0);
        assert_eq!(ask(free, Category::Medium, 0), over);
        assert_eq!(ask(free, Category::Light, 0), (None, 3));
        assert_eq!(ask(("b", Plan::Business), Category::Medium, 0), (None, 59));
        assert_eq!(ask(free, Category::Medium, 1), (None, 1));
        for second in 2..1_001 {
            ask(free, Category::Medium, second);
            ask(free, Category::Medium, second);
        }
        let (refused, _) = ask(free, Category::Medium, 1_001);
        assert_eq!(refused, Some(Reached::PerDay));
        assert_eq!(ask(free, Category::Medium, 86_400), (None, 1));
    }

    #[test]
    fn retry_after_has_three_forms() {
        let now: Timestamp = "2026-11-30T23:00:00Z".parse().unwrap();
        for (form, text) in [
            (RetryAfter::Iso, Some("2026-12-01T00:00:00Z")),
            (RetryAfter::HttpDate, Some("Tue, 01 Dec 2026 00:00:00 GMT")),
            (RetryAfter::Seconds, Some("3600")),
            (RetryAfter::None, None),
        ] {
            let mut headers = HeaderMap::new();
            retry_after(&mut headers, now, form);
            let value = headers.get(header::RETRY_AFTER);
            assert_eq!(value.map(|value| value.to_str().unwrap()), text);
        }
    }
}
