//! Reads JSON into types and names the place of what does not fit, which `serde_json` alone
//! does not.

use std::fmt;

use axum::http::StatusCode;
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, Error, Expected, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::{Value, json, map};

use crate::problem::Problem;

/// What does not fit, and where (RFC 6901).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pointer: String,
    code: &'static str,
    detail: String,
}

impl Wrong {
    fn here(code: &'static str, detail: impl fmt::Display) -> Self {
        Self {
            pointer: String::new(),
            code,
            detail: detail.to_string(),
        }
    }

    fn under(mut self, step: impl fmt::Display) -> Self {
        let step = step.to_string().replace('~', "~0").replace('/', "~1");
        self.pointer = format!("/{step}{}", self.pointer);
        self
    }

    /// As an answer.
    pub(super) fn into_problem(self) -> Problem {
        let Self {
            pointer,
            code,
            detail,
        } = self;
        let said = match pointer.strip_prefix('/') {
            Some(place) => format!("{place}: {detail}"),
            None => detail.clone(),
        };
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            "Something that was sent needs a change",
            said,
        )
        .with(
            "errors",
            json!([{ "pointer": format!("#{pointer}"), "code": code, "detail": detail }]),
        )
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.detail)
    }
}

impl std::error::Error for Wrong {}

impl Error for Wrong {
    fn custom<T: fmt::Display>(detail: T) -> Self {
        Self::here("invalid", detail)
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Unit => "null".to_owned(),
            Unexpected::Str(_) => "a string".to_owned(),
            Unexpected::Map => "an object".to_owned(),
            Unexpected::Seq => "an array".to_owned(),
            other => other.to_string(),
        };
        Self::here("wrong_type", format!("Send {expected}, not {found}."))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::here("invalid", format!("Send {expected}."))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::here("wrong_length", format!("Send {expected}, not {length}."))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        let known = expected.join(", ");
        Self::here("unknown", format!("Send one of: {known}."))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let known = expected.join(", ");
        Self::here(
            "unknown",
            format!("There is no such field; there are {known}."),
        )
        .under(field)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::here("required", "This is needed.").under(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::here("repeated", "Send this once.").under(field)
    }
}

/// Reads JSON as a type.
pub(super) fn read<'de, T: Deserialize<'de>>(json: &'de Value) -> Result<T, Wrong> {
    T::deserialize(Piece(json))
}

#[derive(Clone, Copy)]
struct Piece<'de>(&'de Value);

impl<'de> Deserializer<'de> for Piece<'de> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(it) => visitor.visit_bool(*it),
            Value::Number(number) => {
                // JSON knows no whole numbers: 3.0 is 3.
                #[expect(clippy::cast_possible_truncation, reason = "it is whole, and in range")]
                let whole = number
                    .as_f64()
                    .filter(|n| n.fract() == 0.0 && n.abs() < 9e15)
                    .map(|n| n as i64);
                match (number.as_i64().or(whole), number.as_u64(), number.as_f64()) {
                    (Some(n), _, _) => visitor.visit_i64(n),
                    (_, Some(n), _) => visitor.visit_u64(n),
                    (_, _, n) => visitor.visit_f64(n.unwrap_or(f64::NAN)),
                }
            }
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(items) => visitor.visit_seq(Items(items.iter().enumerate())),
            Value::Object(members) => visitor.visit_map(Members {
                rest: members.iter(),
                next: None,
            }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    /// An array is not taken for an object with its fields in order.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Array(_) => Err(Wrong::invalid_type(Unexpected::Seq, &"an object")),
            Value::Object(_) => self.deserialize_any(visitor),
            Value::String(_) => Err(Wrong::invalid_type(Unexpected::Str(""), &"an object")),
            _ => Err(Wrong::here("wrong_type", "Send an object.")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::String(text) => visitor.visit_enum(StrDeserializer::<Wrong>::new(text.as_str())),
            _ => Err(Wrong::here("wrong_type", "Send a string.")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'de>(std::iter::Enumerate<std::slice::Iter<'de, Value>>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Wrong> {
        let Some((at, item)) = self.0.next() else {
            return Ok(None);
        };
        let read = seed.deserialize(Piece(item));
        read.map(Some).map_err(|wrong| wrong.under(at))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint().1
    }
}

struct Members<'de> {
    rest: map::Iter<'de>,
    next: Option<(&'de str, &'de Value)>,
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Wrong> {
        let Some((key, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.next = Some((key, value));
        seed.deserialize(StrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        let Some((key, value)) = self.next.take() else {
            return Err(Wrong::here("invalid", "Send an object."));
        };
        seed.deserialize(Piece(value))
            .map_err(|wrong| wrong.under(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Thing {
        name: String,
        #[serde(default)]
        seats: Option<i64>,
        #[serde(default)]
        tags: Vec<String>,
        #[serde(default)]
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Large,
        Small,
    }

    fn wrong(json: &Value) -> (String, &'static str) {
        let wrong = read::<Thing>(json).unwrap_err();
        (wrong.pointer, wrong.code)
    }

    #[test]
    fn what_fits_is_read() {
        let json = json!({ "name": "a", "seats": 3.0, "tags": ["x"], "kind": "small" });
        let thing = Thing {
            name: "a".to_owned(),
            seats: Some(3),
            tags: vec!["x".to_owned()],
            kind: Some(Kind::Small),
        };
        assert_eq!(read::<Thing>(&json), Ok(thing));
        assert!(read::<Thing>(&json!({ "name": "a", "kind": null })).is_ok());
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_place() {
        for (json, place, code) in [
            (json!({}), "/name", "required"),
            (json!({ "name": 1 }), "/name", "wrong_type"),
            (json!({ "name": "a", "seats": "3" }), "/seats", "wrong_type"),
            (json!({ "name": "a", "seats": 3.5 }), "/seats", "wrong_type"),
            (
                json!({ "name": "a", "tags": ["x", 1] }),
                "/tags/1",
                "wrong_type",
            ),
            (json!({ "name": "a", "tags": null }), "/tags", "wrong_type"),
            (json!({ "name": "a", "kind": "tiny" }), "/kind", "unknown"),
            (json!({ "name": "a", "kind": 1 }), "/kind", "wrong_type"),
            (json!({ "name": "a", "a/b~c": 1 }), "/a~1b~0c", "unknown"),
            (json!(["a"]), "", "wrong_type"),
            (json!("a"), "", "wrong_type"),
            (json!(null), "", "wrong_type"),
        ] {
            assert_eq!(wrong(&json), (place.to_owned(), code), "{json}");
        }
    }
}
