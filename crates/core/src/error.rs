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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_kept_in_order_and_nothing_wrong_is_fine() {
        let mut errors = FieldErrors::default();
        assert!(errors.is_empty());
        assert_eq!(errors.keep(Ok(7)), Some(7));
        assert_eq!(errors.clone().check(), Ok(()));
        let late = FieldErrors::one("starts_at", "past", "Choose another time.");
        assert_eq!(errors.keep::<i64>(Err(late)), None);
        errors.add("title", "required", "Write something here.");
        assert!(!errors.is_empty());
        let codes: Vec<_> = errors.0.iter().map(|error| error.code).collect();
        assert_eq!(codes, ["past", "required"]);
        assert_eq!(errors.clone().check(), Err(errors));
    }
}
