//! Small display values that the pages of settings, administration and sign-in share.

/// What is asked of a new password: as many characters as `rooms_core::password::SHORTEST` says.
pub const PASSWORD_HELP: &str = "8 characters or more. Three unrelated words are fine.";

/// What is wrong with a form, field by field, in the order of the form.
///
/// A field is named by the `id` of its element, so that a summary can link to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

/// One sentence about one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The `id` of the element.
    pub field: String,
    /// What is true and what to do.
    pub words: String,
}

impl Problems {
    /// No problem yet.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a sentence about a field.
    #[must_use]
    pub fn with(mut self, field: impl Into<String>, words: impl Into<String>) -> Self {
        self.note(field, words);
        self
    }

    /// Notes a sentence about a field.
    pub fn note(&mut self, field: impl Into<String>, words: impl Into<String>) {
        self.0.push(Problem {
            field: field.into(),
            words: words.into(),
        });
    }

    /// The sentence about this field, if there is one.
    #[must_use]
    pub fn of(&self, field: impl AsRef<str>) -> Option<&str> {
        let field = field.as_ref();
        self.0
            .iter()
            .find(|problem| problem.field == field)
            .map(|problem| problem.words.as_str())
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// An instant as it is shown, with its exact form for machines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct When {
    /// RFC 3339, for the `datetime` attribute.
    pub exact: String,
    /// As a person says it: "today 10:09", "23 November 2026 at 17:52".
    pub words: String,
}

impl When {
    /// An instant with its exact form and its words.
    #[must_use]
    pub fn new(exact: impl Into<String>, words: impl Into<String>) -> Self {
        Self {
            exact: exact.into(),
            words: words.into(),
        }
    }
}

/// One line of a select, or one box of a set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// What is posted.
    pub value: String,
    /// What is read.
    pub words: String,
    /// Whether it is chosen now.
    pub chosen: bool,
}

impl Choice {
    /// A choice that is not chosen.
    #[must_use]
    pub fn new(value: impl Into<String>, words: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            words: words.into(),
            chosen: false,
        }
    }

    /// The same, chosen or not.
    #[must_use]
    pub fn chosen(mut self, chosen: bool) -> Self {
        self.chosen = chosen;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_says_how_long_a_password_is() {
        let least = rooms_core::password::SHORTEST;
        assert!(PASSWORD_HELP.starts_with(&format!("{least} characters")));
    }

    #[test]
    fn problems_are_found_by_field() {
        let problems = Problems::none().with("email", "One address is enough.");
        assert_eq!(problems.of("email"), Some("One address is enough."));
        assert_eq!(problems.of("password"), None);
        assert!(!problems.is_empty());
    }
}
