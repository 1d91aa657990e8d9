//! What a query asks for, and the pages of lists.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rooms_core::time::parse_instant;
use rooms_core::{FieldError, FieldErrors};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::Problem;

/// The most things on one page.
pub(super) const LIMIT_MAX: i64 = 500;
/// How many are on a page where nobody says.
pub(super) const LIMIT: i64 = 50;

/// A place in a list: after the thing of this order and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cursor {
    /// What the list is ordered by first.
    pub order: i64,
    /// What it is ordered by then.
    pub id: Uuid,
}

impl Cursor {
    /// Every text of 32 letters of that alphabet is a place in every list.
    fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 24] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (order, id) = bytes.split_first_chunk::<8>()?;
        Some(Self {
            order: i64::from_be_bytes(*order),
            id: Uuid::from_slice(id).ok()?,
        })
    }

    fn written(self) -> String {
        let mut bytes = [0; 24];
        let (order, id) = bytes.split_at_mut(8);
        order.copy_from_slice(&self.order.to_be_bytes());
        id.copy_from_slice(self.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// Part of a list.
#[derive(Debug, Serialize)]
pub(super) struct Page<T> {
    /// The things on it.
    pub items: Vec<T>,
    /// Where the next page begins; null on the last.
    pub next_cursor: Option<String>,
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paging {
    /// After this place.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: i64,
}

impl Paging {
    /// The page of a list that was read from its place on, with one more thing than fits where
    /// there is another page.
    pub(super) fn page<S, T>(
        self,
        mut found: Vec<S>,
        place: impl Fn(&S) -> Cursor,
        shown: impl Fn(S) -> T,
    ) -> Page<T> {
        let fits = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = found.len() > fits;
        found.truncate(fits);
        let last = found.last().filter(|_| more).map(place);
        Page {
            items: found.into_iter().map(shown).collect(),
            next_cursor: last.map(Cursor::written),
        }
    }

    /// The page of a list that was read whole: puts it in order and leaves out what came before.
    pub(super) fn page_of_all<S, T>(
        self,
        mut found: Vec<S>,
        place: impl Fn(&S) -> Cursor,
        shown: impl Fn(S) -> T,
    ) -> Page<T> {
        found.sort_by_key(&place);
        if let Some(after) = self.after {
            found.retain(|thing| place(thing) > after);
        }
        self.page(found, place, shown)
    }
}

/// The parameters of a query, taken out one by one; what is left over is refused.
#[derive(Debug)]
pub(super) struct Query {
    pairs: Vec<(String, String)>,
    wrong: FieldErrors,
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self::parse(query))
    }
}

impl Query {
    fn parse(query: &str) -> Self {
        Self {
            pairs: url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            wrong: FieldErrors::default(),
        }
    }

    /// Every text of a parameter.
    pub(super) fn all(&mut self, name: &'static str) -> Vec<String> {
        let of_name = |pair: &mut (String, String)| pair.0 == name;
        self.pairs
            .extract_if(.., of_name)
            .map(|(_, text)| text)
            .collect()
    }

    /// The text of a parameter that is sent once.
    pub(super) fn one(&mut self, name: &'static str) -> Option<String> {
        let mut all = self.all(name);
        if all.len() > 1 {
            self.wrong.add(name, "repeated", "Send this once.");
        }
        all.pop()
    }

    /// A parameter that is read in a way of its own.
    pub(super) fn read<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&str) -> Result<T, FieldErrors>,
    ) -> Option<T> {
        let text = self.one(name)?;
        self.wrong.keep(read(&text))
    }

    /// An instant.
    pub(super) fn instant(&mut self, name: &'static str) -> Option<Timestamp> {
        self.read(name, |text| parse_instant(name, text))
    }

    /// An instant that has to be there.
    pub(super) fn required_instant(&mut self, name: &'static str) -> Option<Timestamp> {
        if !self.pairs.iter().any(|(sent, _)| sent == name) {
            let example = "Send a time with its offset, for example 2026-12-01T09:00:00Z.";
            self.wrong.add(name, "required", example);
        }
        self.instant(name)
    }

    /// A whole number in a range.
    pub(super) fn number(&mut self, name: &'static str, from: i64, to: i64) -> Option<i64> {
        self.read(name, |text| {
            let number = text
                .bytes()
                .all(|digit| digit.is_ascii_digit())
                .then(|| text.parse().ok());
            number
                .flatten()
                .filter(|n| (from..=to).contains(n))
                .ok_or_else(|| {
                    let range = format!("Write a whole number from {from} to {to}.");
                    FieldErrors::one(name, "out_of_range", range)
                })
        })
    }

    /// An id; what is not even an id is as unknown as one nobody has, so it is not found.
    pub(super) fn id<T: std::str::FromStr>(
        &mut self,
        name: &'static str,
        kind: &'static str,
    ) -> Result<Option<T>, Problem> {
        self.one(name)
            .map(|text| super::id(&text, kind))
            .transpose()
    }

    /// `cursor` and `limit`.
    pub(super) fn paging(&mut self) -> Paging {
        let after = self.read("cursor", |text| {
            Cursor::parse(text).ok_or_else(|| {
                let words = "Send next_cursor of the page before, or nothing.";
                FieldErrors::one("cursor", "not_a_cursor", words)
            })
        });
        Paging {
            after,
            limit: self.number("limit", 1, LIMIT_MAX).unwrap_or(LIMIT),
        }
    }

    /// Nothing else was asked, and nothing was wrong.
    pub(super) fn end(self) -> Result<(), Problem> {
        let mut wrong: Vec<Value> = self.wrong.0.iter().map(shown).collect();
        wrong.extend(self.pairs.into_iter().map(|(name, _)| {
            json!({
                "parameter": name,
                "code": "unknown",
                "detail": "There is no such parameter here.",
            })
        }));
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(refused(wrong))
        }
    }
}

/// Parameters that need a change, headers included.
fn refused(wrong: Vec<Value>) -> Problem {
    let first = wrong.first().cloned().unwrap_or_default();
    let word = |key: &str| {
        first
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let detail = format!("{}: {}", word("parameter"), word("detail"));
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid",
        "Something that was sent needs a change",
        detail,
    )
    .with("errors", Value::Array(wrong))
}

/// Headers that need a change.
pub(super) fn refused_headers(errors: &FieldErrors) -> Problem {
    refused(errors.0.iter().map(shown).collect())
}

fn shown(error: &FieldError) -> Value {
    json!({ "parameter": error.field, "code": error.code, "detail": error.message })
}

/// `cursor` and `limit` in the document.
#[derive(Debug, utoipa::IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what Query::paging reads")]
pub(super) struct PagingParams {
    /// `next_cursor` of the page before.
    #[param(required = false, pattern = "^[A-Za-z0-9_-]{32}$")]
    cursor: String,
    /// The most things on the page.
    #[param(required = false, minimum = 1, maximum = 500, default = 50)]
    limit: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(order: i64) -> Cursor {
        Cursor {
            order,
            id: Uuid::from_u128(7),
        }
    }

    #[test]
    fn a_cursor_reads_back_and_orders() {
        for order in [i64::MIN, -1, 0, 1_795_420_800_000_000, i64::MAX] {
            let text = place(order).written();
            assert_eq!(text.len(), 32);
            assert_eq!(Cursor::parse(&text), Some(place(order)));
        }
        assert!(Cursor::parse(&"A".repeat(32)).is_some());
        assert!(Cursor::parse("").is_none() && Cursor::parse("AAAA").is_none());
        assert!(place(1) < place(2));
    }

    #[test]
    fn pages_join_without_a_gap() {
        let all: Vec<i64> = (0..10).collect();
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let paging = Paging { after, limit: 3 };
            let page = paging.page_of_all(all.clone(), |n| place(*n), |n| n);
            seen.extend(page.items);
            let Some(next) = page.next_cursor else { break };
            after = Cursor::parse(&next);
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn what_is_wrong_in_a_query_is_named() {
        let mut query = Query::parse("limit=0&from=soon&colour=blue&to=2026-12-01T09:00:00Z");
        query.paging();
        assert!(query.instant("from").is_none());
        assert!(query.instant("to").is_some());
        let problem = query.end().unwrap_err();
        let errors = problem.more[0].1.as_array().unwrap().clone();
        let names: Vec<_> = errors.iter().map(|e| e["parameter"].clone()).collect();
        assert_eq!(names, ["limit", "from", "colour"]);
    }
}
