//! Types of conversions that a workspace names itself, and what a repeat of a type does.
//!
//! Conventions (trackers at large): another transaction of a click is another conversion, the same transaction changes it. A workspace can
//! say for each type that there is one conversion for each click instead, and what further postbacks do to it.

use crate::{ConversionStatus, Validator};
use serde::{Deserialize, Serialize};

/// Most words that mean one type.
const WORDS_MAX: usize = 20;

/// What a further postback of the same network, click and type does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepeatPolicy {
    /// Each transaction is a conversion; a postback of a known transaction changes it.
    #[default]
    Transaction,
    /// One conversion for each click: the first amount stands. Another status still changes it.
    Keep,
    /// One conversion for each click: the last postback counts.
    Replace,
    /// One conversion for each click: amounts are added, of each transaction the last one.
    Add,
}

/// A type of conversions: one of the workspace's own, or what is special about a built-in one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversionType {
    /// Which it is. Of the built-in ones `sale` stands for lead, sale, rejected and trash, which are states of one conversion.
    pub status: ConversionStatus,
    /// Shown name; empty for a built-in one.
    #[serde(default)]
    pub name: String,
    /// Words of networks that mean it, compared without regard to case; none for a built-in one. Its name means it as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// What a further postback does.
    #[serde(default)]
    pub repeat: RepeatPolicy,
}

impl ConversionType {
    /// Whether a network's word means this type of the workspace's own.
    pub fn is_meant_by(&self, word: &str) -> bool {
        let word = word.trim();
        let own = self.status.custom_number().is_some();
        own && self.names().any(|name| name.trim().eq_ignore_ascii_case(word))
    }

    /// The name and the words.
    fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.words.iter().map(String::as_str))
    }

    fn validate(&self, v: &mut Validator, others: &[Self]) {
        let own = self.status.custom_number().is_some();
        let head = self.status == ConversionStatus::of_policy(self.status);
        v.require(
            head && self.status != ConversionStatus::Event,
            "status",
            "must be sale (for lead, sale, rejected and trash), rebill, registration, deposit, or custom1 to custom32",
        );
        v.require(!others.iter().any(|other| other.status == self.status), "status", "is listed twice");
        if !own {
            v.require(self.name.is_empty(), "name", "must be empty: a built-in type keeps its name");
            v.require(
                self.words.is_empty(),
                "words",
                "must be empty: words for built-in statuses are mapped for each network",
            );
            return;
        }
        v.name("name", &self.name, 40);
        let plain = |text: &str| !text.contains(|c: char| c.is_control() || "{}=,:".contains(c));
        v.require(plain(&self.name), "name", "must not contain { } = , :");
        v.require(self.words.len() <= WORDS_MAX, "words", format!("has more than {WORDS_MAX} words"));
        v.each("words", &self.words, |v, word| v.name("", word, 100));
        let built_in =
            |text: &str| ConversionStatus::ALL.iter().any(|it| it.as_str().eq_ignore_ascii_case(text.trim()));
        for (index, name) in self.names().enumerate() {
            let field = if index == 0 { "name".to_owned() } else { format!("words[{}]", index - 1) };
            v.require(!built_in(name), &field, "is the word of a built-in status");
            let twice = others.iter().any(|other| other.is_meant_by(name));
            v.require(!twice, &field, "means another type already");
        }
    }
}

/// Checks the types of a workspace.
pub(crate) fn validate_types(v: &mut Validator, types: &[ConversionType]) {
    for (index, kind) in types.iter().enumerate() {
        v.within(&format!("conversion_types[{index}]"), |v| kind.validate(v, &types[..index]));
    }
}

impl ConversionStatus {
    /// The status under which the policy of this one is kept.
    pub const fn of_policy(self) -> Self {
        match self {
            Self::Lead | Self::Rejected | Self::Trash => Self::Sale,
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Workspace;

    fn workspace(types: &serde_json::Value) -> Workspace {
        let fields = serde_json::json!({ "id": "0000000000001", "name": "W", "currency": "USD", "timezone": "UTC", "conversion_types": types });
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn words_and_policies_are_found() {
        let workspace = workspace(&serde_json::json!([
            { "status": "custom1", "name": "Qualified lead", "words": ["QL", "approved"], "repeat": "add" },
            { "status": "sale", "repeat": "keep" },
        ]));
        workspace.validate().unwrap();
        for word in ["ql", " Qualified Lead ", "APPROVED"] {
            assert_eq!(workspace.status_of_word(word), Some(ConversionStatus::Custom1), "{word}");
        }
        assert_eq!(workspace.status_of_word("sale"), None);
        assert_eq!(workspace.status_of_word(""), None);
        assert_eq!(workspace.repeat_of(ConversionStatus::Custom1), RepeatPolicy::Add);
        assert_eq!(workspace.repeat_of(ConversionStatus::Rejected), RepeatPolicy::Keep);
        assert_eq!(workspace.repeat_of(ConversionStatus::Deposit), RepeatPolicy::Transaction);
        assert_eq!(workspace.status_name(ConversionStatus::Custom1), "Qualified lead");
        assert_eq!(workspace.status_name(ConversionStatus::Custom2), "custom2");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let workspace = workspace(&serde_json::json!([
            { "status": "lead" },
            { "status": "sale", "name": "Sales" },
            { "status": "custom1", "name": "A", "words": ["b"] },
            { "status": "custom1", "name": "B" },
            { "status": "custom2", "name": "deposit" },
            { "status": "custom3", "name": "x=1" },
            { "status": "event" },
        ]));
        let errors = workspace.validate().unwrap_err().0;
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "conversion_types[0].status",
                "conversion_types[1].name",
                "conversion_types[3].status",
                "conversion_types[3].name",
                "conversion_types[4].name",
                "conversion_types[5].name",
                "conversion_types[6].status",
            ]
        );
    }

    #[test]
    fn the_number_of_a_type_says_what_it_counts_for() {
        let class = |number: usize| {
            let status = ConversionStatus::ALL[7 + number];
            assert_eq!(status.custom_number().map(usize::from), Some(number));
            assert_eq!(status.as_str(), format!("custom{number}"));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            assert_eq!(ConversionStatus::WORDS[status as usize], status.as_str());
            (status.class().counts, status.class().earns)
        };
        for (numbers, expected) in [
            (1..=8, (true, true)),
            (9..=16, (true, false)),
            (17..=24, (false, true)),
            (25..=32, (false, false)),
        ] {
            assert!(numbers.into_iter().all(|number| class(number) == expected));
        }
        assert_eq!(
            ConversionStatus::ALL.len(),
            ConversionStatus::BUILT_IN.len() + usize::from(crate::CUSTOM_TYPES)
        );
        assert_eq!(ConversionStatus::Event.custom_number(), None);
    }
}
