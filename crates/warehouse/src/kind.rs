//! What kind of value a field has: which operators it takes and how its values are read.

use crate::Operator;

/// The kind of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A configuration id; the name says of what (`campaign_id`).
    Id(&'static str),
    /// A click id.
    ClickId,
    /// A conversion id.
    ConversionId,
    /// Free text; empty is "not set".
    Text,
    /// A word of a list; the first one is "not set".
    Word(&'static [&'static str]),
    /// A number; 0 is "not set".
    Number,
    /// An amount.
    Money,
    /// Yes or no.
    Boolean,
    /// An IP address.
    Address,
    /// 1 Monday – 7 Sunday.
    Weekday,
    /// 0–23.
    HourOfDay,
    /// A visitor's key, 16 hexadecimal digits; 0 is none.
    VisitorKey,
    /// A moment.
    Moment,
    /// An hour of a day, `2026-03-29T02:00:00+02:00`.
    Hour,
    /// A day, the Monday of a week, the first of a month or year: `2026-03-29`.
    Date,
}

const ID_OPERATORS: &[Operator] =
    &[Operator::Equals, Operator::NotEquals, Operator::IsSet, Operator::IsNotSet];
const EVENT_ID_OPERATORS: &[Operator] = &[Operator::Equals, Operator::NotEquals];
const TEXT_OPERATORS: &[Operator] = &[
    Operator::Equals,
    Operator::NotEquals,
    Operator::Contains,
    Operator::NotContains,
    Operator::BeginsWith,
    Operator::EndsWith,
    Operator::Matches,
    Operator::NotMatches,
    Operator::IsSet,
    Operator::IsNotSet,
];
const NUMBER_OPERATORS: &[Operator] = &[
    Operator::Equals,
    Operator::NotEquals,
    Operator::GreaterThan,
    Operator::AtLeast,
    Operator::LessThan,
    Operator::AtMost,
    Operator::Between,
    Operator::IsSet,
    Operator::IsNotSet,
];
const ORDER_OPERATORS: &[Operator] = &[
    Operator::Equals,
    Operator::NotEquals,
    Operator::GreaterThan,
    Operator::AtLeast,
    Operator::LessThan,
    Operator::AtMost,
    Operator::Between,
];
const MOMENT_OPERATORS: &[Operator] =
    &[Operator::AtLeast, Operator::LessThan, Operator::GreaterThan, Operator::AtMost, Operator::Between];
const BOOLEAN_OPERATORS: &[Operator] =
    &[Operator::IsTrue, Operator::IsFalse, Operator::Equals, Operator::NotEquals];
const HOUR_OPERATORS: &[Operator] = &[Operator::Equals, Operator::NotEquals];

impl Kind {
    /// The word for it in metadata.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id(name) => name,
            Self::ClickId => "click_id",
            Self::ConversionId => "conversion_id",
            Self::Text => "text",
            Self::Word(_) => "word",
            Self::Number => "number",
            Self::Money => "money",
            Self::Boolean => "boolean",
            Self::Address => "address",
            Self::VisitorKey => "visitor_key",
            Self::Moment => "moment",
            Self::Weekday => "weekday",
            Self::HourOfDay => "hour_of_day",
            Self::Hour => "hour",
            Self::Date => "date",
        }
    }

    /// The operators its filters take.
    pub const fn operators(self) -> &'static [Operator] {
        match self {
            Self::Id(_) | Self::Word(_) => ID_OPERATORS,
            Self::ClickId | Self::ConversionId | Self::Address | Self::VisitorKey => EVENT_ID_OPERATORS,
            Self::Moment => MOMENT_OPERATORS,
            Self::Text => TEXT_OPERATORS,
            Self::Number => NUMBER_OPERATORS,
            Self::Money | Self::Weekday | Self::HourOfDay | Self::Date => ORDER_OPERATORS,
            Self::Boolean => BOOLEAN_OPERATORS,
            Self::Hour => HOUR_OPERATORS,
        }
    }
}
