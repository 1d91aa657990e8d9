//! What is wrong with an input, field by field.

use serde::Serialize;

/// One thing that needs a change, said beside its field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field's name as forms and JSON spell it, for example `starts_at`.
    pub field: &'static str,
    /// A short stable word for programs, for example `too_long`.
    pub code: &'static str,
    /// What to do, in a sentence for people.
    pub message: String,
}

/// Everything that is wrong with an input, so that all of it can be said at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{} of the fields need a change", .0.len())]
pub struct FieldErrors(pub Vec<FieldError>);

impl FieldErrors {
    /// One error alone.
    #[must_use]
    pub fn one(field: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, code, message);
        errors
    }

    /// Adds one more.
    pub fn add(&mut self, field: &'static str, code: &'static str, message: impl Into<String>) {
        self.0.push(FieldError {
            field,
            code,
            message: message.into(),
        });
    }

    /// Takes the value of a result, or keeps its errors and gives nothing.
    pub fn keep<T>(&mut self, result: Result<T, FieldErrors>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(FieldErrors(mut errors)) => {
                self.0.append(&mut errors);
                None
            }
        }
    }

    /// `Ok` when nothing is wrong.
    pub fn check(self) -> Result<(), FieldErrors> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
