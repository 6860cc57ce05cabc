//! Saying what is wrong with a value: every problem at once, each naming its field and the fix.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One problem of one field. `field` is a JSON path such as `streams[0].rules.all[1].values`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Path of the field.
    pub field: String,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// Everything that is wrong with a value; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(pub Vec<FieldError>);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {}", error.field, error.reason)?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}

/// Collects problems under a path.
#[derive(Debug, Default)]
pub struct Validator {
    path: String,
    errors: Vec<FieldError>,
}

impl Validator {
    /// Starts at the root of a value.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that `field` is wrong.
    pub fn reject(&mut self, field: &str, reason: impl Into<String>) {
        let field = match (self.path.is_empty(), field.is_empty()) {
            (true, _) => field.to_owned(),
            (false, true) => self.path.clone(),
            (false, false) => format!("{}.{field}", self.path),
        };
        self.errors.push(FieldError { field, reason: reason.into() });
    }

    /// Notes `reason` unless `condition` holds.
    pub fn require(&mut self, condition: bool, field: &str, reason: impl Into<String>) {
        if !condition {
            self.reject(field, reason);
        }
    }

    /// Requires a text of 1 to `max` characters without control characters.
    pub fn name(&mut self, field: &str, value: &str, max: usize) {
        let length = value.chars().count();
        if value.trim().is_empty() {
            self.reject(field, "must not be empty");
        } else if length > max {
            self.reject(field, format!("has {length} characters; {max} are allowed"));
        } else if value.chars().any(char::is_control) {
            self.reject(field, "contains a control character");
        }
    }

    /// Requires at most `max` characters.
    pub fn at_most(&mut self, field: &str, value: &str, max: usize) {
        let length = value.chars().count();
        self.require(length <= max, field, format!("has {length} characters; {max} are allowed"));
    }

    /// Runs `check` with `field` appended to the path.
    pub fn within(&mut self, field: &str, check: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        if !self.path.is_empty() && !field.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(field);
        check(self);
        self.path.truncate(length);
    }

    /// Runs `check` for each element of a list, with `field[index]` appended to the path.
    pub fn each<T>(&mut self, field: &str, items: &[T], mut check: impl FnMut(&mut Self, &T)) {
        for (index, item) in items.iter().enumerate() {
            self.within(&format!("{field}[{index}]"), |inner| check(inner, item));
        }
    }

    /// The verdict.
    pub fn finish(self) -> Result<(), Invalid> {
        if self.errors.is_empty() { Ok(()) } else { Err(Invalid(self.errors)) }
    }
}
