//! What the instance says about itself, and the words that forms offer.

use serde::Serialize;
use utoipa::ToSchema;

/// What the instance says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Instance {
    /// Version of the program.
    #[schema(example = "0.1.0")]
    pub version: String,
    /// Addresses under which it is reached.
    pub urls: InstanceUrls,
    /// Geography of addresses.
    pub geo: GeoInfo,
    /// Its parts and whether they work now.
    pub parts: Vec<Part>,
}

/// Addresses under which an instance is reached, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct InstanceUrls {
    /// Admin and API.
    pub admin: String,
    /// Visitors.
    pub traffic: String,
    /// Affiliate networks.
    pub postback: String,
}

/// Where the geography of addresses comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GeoInfo {
    /// Whether addresses are looked up at all.
    pub available: bool,
    /// Credit to be shown where geography is shown; absent when the data needs none.
    pub attribution: Option<Attribution>,
}

/// Credit for data that is used under a licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Attribution {
    /// Text to show.
    #[schema(example = "IP Geolocation by DB-IP")]
    pub text: String,
    /// Where the text links to.
    #[schema(example = "https://db-ip.com")]
    pub url: String,
    /// Licence of the data.
    #[schema(example = "CC-BY-4.0")]
    pub license: String,
}

/// A part of the instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Part {
    /// `catalog`, `warehouse` or `geo`.
    pub name: String,
    /// Whether it works now.
    pub state: PartState,
    /// Why not, or how.
    pub detail: String,
}

/// Whether a part works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// Works.
    Ready,
    /// Does not work now.
    Unavailable,
    /// Is not there, and the rest does without it.
    Absent,
}

/// The words that forms offer: criteria of rules, roles of parameters, statuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Vocabulary {
    /// Criteria of rules; `query.`, `sub_id.` and `header.` take an argument.
    pub criteria: Vec<CriterionInfo>,
    /// Operators of rules.
    pub operators: Vec<OperatorInfo>,
    /// What an expression can name.
    pub expression_variables: Vec<VariableInfo>,
    /// Roles that a source's parameter can have.
    pub parameter_roles: Vec<WordInfo>,
    /// Statuses of conversions.
    pub conversion_statuses: Vec<WordInfo>,
    /// Macros that target URLs understand.
    pub macros: Vec<MacroInfo>,
    /// Macros that outgoing postbacks understand.
    pub output_macros: Vec<MacroInfo>,
    /// Timezones this build knows.
    pub timezones: Vec<String>,
}

/// A criterion of rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CriterionInfo {
    /// Name as in a rule; ends with a dot when an argument follows.
    #[schema(example = "country")]
    pub name: String,
    /// Shown name.
    pub title: String,
    /// Group in the rule builder.
    pub group: String,
    /// What its values are.
    pub kind: ValueKind,
    /// What the argument is; absent when there is none.
    pub argument: Option<String>,
    /// Operators that make sense for it.
    pub operators: Vec<super::Operator>,
    /// Values it can have, when they are few; empty: any text.
    pub values: Vec<WordInfo>,
    /// What a value looks like.
    #[schema(example = "DE")]
    pub example: String,
}

/// What the values of a criterion are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// Codes of countries.
    Country,
    /// One of the listed words.
    Word,
    /// `true` or `false`.
    Flag,
    /// Any text.
    Text,
    /// A number.
    Number,
    /// A number of clicks.
    Count,
    /// A percentage, 0 to 100.
    Percent,
    /// A dotted version.
    Version,
    /// An address, a block (`10.0.0.0/8`) or a range of addresses (`10.0.0.1-10.0.0.9`).
    Address,
    /// A range of times, `HH:MM-HH:MM`.
    Time,
    /// A range of dates, `YYYY-MM-DD..YYYY-MM-DD`.
    Date,
    /// `mon` to `sun`.
    Weekday,
    /// Id of a traffic source.
    Source,
    /// Text, or a number when it is compared as one.
    Any,
}

/// An operator of rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OperatorInfo {
    /// Name as in a rule.
    pub name: super::Operator,
    /// How it reads between a criterion and a value.
    #[schema(example = "does not contain")]
    pub title: String,
    /// What it compares with.
    pub values: OperatorValues,
}

/// What an operator compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OperatorValues {
    /// Nothing.
    None,
    /// One value.
    One,
    /// Alternatives.
    Many,
    /// Ranges, which are alternatives.
    Ranges,
    /// Masks or regular expressions, which are alternatives.
    Patterns,
}

/// Something that an expression can name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct VariableInfo {
    /// As written; with an example of a key for maps.
    #[schema(example = "sub_id[1]")]
    pub name: String,
    /// What it is.
    pub description: String,
}

/// A word and how it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WordInfo {
    /// The word as sent.
    pub name: String,
    /// Shown name.
    pub title: String,
}

/// A macro.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MacroInfo {
    /// As written, with braces.
    #[schema(example = "{click_id}")]
    pub name: String,
    /// What it becomes.
    pub description: String,
}
